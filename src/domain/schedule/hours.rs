//! When one human is open: templates and openings, less what is closed.
//!
//! Owns: the expansion of a [`Schedule`] into stretches of time ([`OpenInterval`]).
//! Invariants: closed wins over open, whatever the order; all locations of one human are in one list; hours of the same
//! zone, place and services that touch or overlap are one stretch, so that an appointment may lie across midnight or
//! across the seam of two templates; a template that cannot be read opens nothing, and a closure whose zone is no longer
//! known closes its wall times in every zone there could be.
//! Does not: know claims or services' rules.

use super::recurrence::Rule;
use super::zone::{LocalDate, WallTime, Zone};
use super::{Exception, Kind, Schedule, Template};
use crate::protocol::ids::ServiceId;
use crate::protocol::time::UnixMillis;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

#[cfg(test)]
mod tests;

/// Longest window that is computed at once: the longest horizon and a year of looking back in a calendar. What is asked
/// beyond it is cut off.
pub const MAX_WINDOW: Duration = Duration::from_secs(800 * 24 * 60 * 60);
/// The westernmost and the easternmost clocks there are, in hours from UTC.
const CLOCKS: (u64, u64) = (12, 14);

/// A stretch of time in which appointments can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenInterval {
    /// Begin.
    pub from: UnixMillis,
    /// End.
    pub until: UnixMillis,
    /// The zone in which the hours are meant: appointments align to its clocks.
    pub zone: Zone,
    /// Where.
    pub location: Arc<str>,
    /// For these services; for all when empty.
    pub service_ids: Arc<[ServiceId]>,
}

impl OpenInterval {
    /// Whether it is for that service.
    pub fn is_for(&self, service: ServiceId) -> bool {
        self.service_ids.is_empty() || self.service_ids.contains(&service)
    }

    fn kind(&self) -> (&str, &str, &[ServiceId]) {
        (self.zone.name(), &self.location, &self.service_ids)
    }
}

/// When the human is open within `window`, by begin and place. Cut to the window and to [`MAX_WINDOW`].
pub fn open_intervals(schedule: &Schedule, window: &Range<UnixMillis>) -> Vec<OpenInterval> {
    open_where(schedule, window, |_| true)
}

/// The same, for one service only.
pub(super) fn open_for(
    schedule: &Schedule,
    window: &Range<UnixMillis>,
    service: ServiceId,
) -> Vec<OpenInterval> {
    open_where(schedule, window, |ids| ids.is_empty() || ids.contains(&service))
}

fn open_where(
    schedule: &Schedule,
    window: &Range<UnixMillis>,
    is_wanted: impl Fn(&[ServiceId]) -> bool,
) -> Vec<OpenInterval> {
    let window = window.start..window.end.min(window.start.plus(MAX_WINDOW));
    if window.start >= window.end {
        return Vec::new();
    }
    let templates = schedule.templates.iter().filter(|it| is_wanted(&it.service_ids));
    let mut open: Vec<OpenInterval> = templates.flat_map(|it| of_template(it, &window)).collect();
    open.extend(schedule.exceptions.iter().filter_map(|it| of_opening(it, &window)));
    subtract(merge(open), &closed(&schedule.exceptions, &window))
}

/// The stretches that one template opens within `window`, by begin. None when it cannot be read.
pub(super) fn of_template(template: &Template, window: &Range<UnixMillis>) -> Vec<OpenInterval> {
    let read = || {
        let zone = Zone::parse(&template.time_zone).ok()?;
        let rule = Rule::parse(&template.recurrence).ok()?;
        let starts = LocalDate::parse(&template.valid_from).ok()?;
        let until = template.valid_until.as_deref().map(LocalDate::parse).transpose().ok()?;
        Some((zone, rule, starts, until))
    };
    let Some((zone, rule, starts, until)) = read() else {
        return Vec::new();
    };
    let first = zone.local(window.start).wall.date().plus_days(-1).max(starts);
    let last = zone.local(window.end).wall.date().plus_days(1);
    let last = until.map_or(last, |it| it.min(last));
    let left_out = |date: LocalDate| {
        !template.except_dates.is_empty() && template.except_dates.contains(&date.to_string())
    };
    let offsets = zone.offsets(window);
    let location: Arc<str> = Arc::from(template.location.as_str());
    let service_ids: Arc<[ServiceId]> = Arc::from(template.service_ids.as_slice());
    rule.dates(starts, first..=last)
        .into_iter()
        .filter(|date| !left_out(*date))
        .flat_map(|date| {
            offsets.spans(date.at(template.starts_minute)..date.at(template.ends_minute))
        })
        .filter_map(|span| clip(&span, window))
        .map(|span| OpenInterval {
            from: span.start,
            until: span.end,
            zone: zone.clone(),
            location: Arc::clone(&location),
            service_ids: Arc::clone(&service_ids),
        })
        .collect()
}

fn of_opening(exception: &Exception, window: &Range<UnixMillis>) -> Option<OpenInterval> {
    if exception.kind != Kind::Open {
        return None;
    }
    let zone = Zone::parse(&exception.time_zone).ok()?;
    let (begin, end) = walls(exception)?;
    let span = clip(&(zone.begin(begin)..zone.end(end)), window)?;
    Some(OpenInterval {
        from: span.start,
        until: span.end,
        zone,
        location: Arc::from(exception.location.as_str()),
        service_ids: Arc::from([]),
    })
}

/// What is closed within `window`: sorted, apart from each other.
fn closed(exceptions: &[Exception], window: &Range<UnixMillis>) -> Vec<Range<UnixMillis>> {
    let mut spans: Vec<Range<UnixMillis>> = exceptions
        .iter()
        .filter(|it| it.kind == Kind::Closed)
        .filter_map(|it| {
            let (begin, end) = walls(it)?;
            let span = match Zone::parse(&it.time_zone) {
                Ok(zone) => zone.begin(begin)..zone.end(end),
                Err(_) => anywhere(begin, end)?,
            };
            clip(&span, window)
        })
        .collect();
    spans.sort_by_key(|it| it.start);
    let mut apart: Vec<Range<UnixMillis>> = Vec::with_capacity(spans.len());
    for span in spans {
        match apart.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => apart.push(span),
        }
    }
    apart
}

/// Wall times as instants when nobody knows the zone: from the first clock that shows the begin to the last that shows
/// the end.
fn anywhere(begin: WallTime, end: WallTime) -> Option<Range<UnixMillis>> {
    let utc = Zone::parse("UTC").ok()?;
    let hours = |it: u64| Duration::from_secs(it * 60 * 60);
    Some(utc.begin(begin).minus(hours(CLOCKS.1))..utc.end(end).plus(hours(CLOCKS.0)))
}

fn walls(exception: &Exception) -> Option<(WallTime, WallTime)> {
    let begin = WallTime::parse(&exception.starts_local).ok()?;
    let end = WallTime::parse(&exception.ends_local).ok()?;
    Some((begin, end))
}

fn clip(span: &Range<UnixMillis>, window: &Range<UnixMillis>) -> Option<Range<UnixMillis>> {
    let clipped = span.start.max(window.start)..span.end.min(window.end);
    (clipped.start < clipped.end).then_some(clipped)
}

/// Makes one of what is of one kind and touches.
fn merge(mut open: Vec<OpenInterval>) -> Vec<OpenInterval> {
    open.sort_by(|a, b| a.kind().cmp(&b.kind()).then(a.from.cmp(&b.from)));
    let mut merged: Vec<OpenInterval> = Vec::with_capacity(open.len());
    for interval in open {
        match merged.last_mut() {
            Some(last) if last.kind() == interval.kind() && interval.from <= last.until => {
                last.until = last.until.max(interval.until);
            }
            _ => merged.push(interval),
        }
    }
    merged.sort_by(|a, b| a.from.cmp(&b.from).then_with(|| a.kind().cmp(&b.kind())));
    merged
}

/// What is left of `open` (by begin) without `closed` (by begin, apart from each other).
fn subtract(open: Vec<OpenInterval>, closed: &[Range<UnixMillis>]) -> Vec<OpenInterval> {
    if closed.is_empty() {
        return open;
    }
    let mut left = Vec::with_capacity(open.len());
    for interval in open {
        let first = closed.partition_point(|it| it.end <= interval.from);
        let mut from = interval.from;
        for gap in closed.iter().skip(first).take_while(|it| it.start < interval.until) {
            if from < gap.start {
                left.push(OpenInterval { from, until: gap.start, ..interval.clone() });
            }
            from = gap.end;
        }
        if from < interval.until {
            left.push(OpenInterval { from, ..interval });
        }
    }
    left.sort_by(|a, b| a.from.cmp(&b.from).then_with(|| a.kind().cmp(&b.kind())));
    left
}
