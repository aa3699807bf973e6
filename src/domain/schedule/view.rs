//! A schedule as it is shown to whom it concerns: its practitioner, and administrators.
//!
//! Owns: the way from the state to the wire. Invariant: no name and no reason of an appointment is in it; those stand in
//! the cards of the appointments. Does not: show anything to patients, who get openings.

use super::hours::open_intervals;
use super::{Claim, ClaimState, Exception, Kind, Schedule, Template};
use crate::protocol::schedule::{
    Calendar, CalendarEntry, EntryKind, ExceptionCard, ExceptionKind, ExceptionTerms, Hours,
    OpenHours, TemplateCard, TemplateTerms,
};
use crate::protocol::time::UnixMillis;
use crate::protocol::topic::Event;
use std::collections::BTreeMap;
use std::ops::Range;

const MINUTES_OF_AN_HOUR: u16 = 60;

/// Templates by their first day, deviations by their begin.
pub fn hours(schedule: &Schedule) -> Hours {
    let mut templates: Vec<_> = schedule.templates.iter().map(template).collect();
    templates.sort_by(|a, b| {
        let key = |it: &TemplateCard| {
            (it.terms.valid_from.clone(), it.terms.starts.clone(), it.template_id)
        };
        key(a).cmp(&key(b))
    });
    let mut exceptions: Vec<_> = schedule.exceptions.iter().map(exception).collect();
    exceptions
        .sort_by(|a, b| (&a.terms.starts, a.exception_id).cmp(&(&b.terms.starts, b.exception_id)));
    Hours { templates, exceptions }
}

/// A rule of hours.
pub fn template(it: &Template) -> TemplateCard {
    TemplateCard {
        template_id: it.template_id,
        terms: TemplateTerms {
            location: it.location.clone(),
            time_zone: it.time_zone.clone(),
            recurrence: it.recurrence.clone(),
            starts: clock(it.starts_minute),
            ends: clock(it.ends_minute),
            valid_from: it.valid_from.clone(),
            valid_until: it.valid_until.clone(),
            except_dates: it.except_dates.clone(),
            service_ids: it.service_ids.clone(),
        },
    }
}

/// A deviation.
pub fn exception(it: &Exception) -> ExceptionCard {
    ExceptionCard {
        exception_id: it.exception_id,
        is_closure: it.practitioner_id.is_none(),
        terms: ExceptionTerms {
            kind: match it.kind {
                Kind::Open => ExceptionKind::Open,
                Kind::Closed => ExceptionKind::Closed,
            },
            time_zone: it.time_zone.clone(),
            starts: it.starts_local.clone(),
            ends: it.ends_local.clone(),
            location: it.location.clone(),
            reason: it.reason.clone(),
        },
    }
}

/// `HH:MM`; the end of the day is 24:00.
fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / MINUTES_OF_AN_HOUR, minute % MINUTES_OF_AN_HOUR)
}

/// The minute of the day that `HH:MM` names, up to 24:00.
pub fn minute(clock: &str) -> Option<u16> {
    let (hours, minutes) = clock.split_once(':')?;
    let is_pair = |it: &str| it.len() == 2 && it.bytes().all(|it| it.is_ascii_digit());
    if !is_pair(hours) || !is_pair(minutes) {
        return None;
    }
    let (hours, minutes) = (hours.parse::<u16>().ok()?, minutes.parse::<u16>().ok()?);
    let is_time = hours < 24 && minutes < 60 || hours == 24 && minutes == 0;
    is_time.then_some(hours * MINUTES_OF_AN_HOUR + minutes)
}

/// Entries by begin.
pub fn entries(claims: &[Claim]) -> Vec<CalendarEntry> {
    let mut entries: Vec<_> = claims.iter().map(entry).collect();
    entries.sort_by_key(|it| (it.starts_at, it.seat, it.slot_id));
    entries
}

/// What takes the time.
pub fn entry(claim: &Claim) -> CalendarEntry {
    let (kind, expires_at, appointment_id) = match claim.state {
        ClaimState::Held { expires_at } => (EntryKind::Held, Some(expires_at), None),
        ClaimState::Busy(appointment) => (EntryKind::Booked, None, Some(appointment)),
    };
    CalendarEntry {
        slot_id: claim.slot_id,
        kind,
        starts_at: claim.starts_at,
        ends_at: claim.ends_at,
        busy_from: claim.busy_from,
        busy_until: claim.busy_until,
        expires_at,
        appointment_id,
        service_id: claim.service_id,
        seat: claim.seat,
    }
}

/// What of a schedule lies within.
pub fn calendar(schedule: &Schedule, window: &Range<UnixMillis>) -> Calendar {
    let within: Vec<_> = schedule
        .claims
        .iter()
        .filter(|it| it.busy_from < window.end && it.busy_until > window.start)
        .cloned()
        .collect();
    let open = open_intervals(schedule, window).into_iter().map(|it| OpenHours {
        from: it.from,
        until: it.until,
        location: it.location.to_string(),
        time_zone: it.zone.name().to_owned(),
    });
    Calendar { entries: entries(&within), open: open.collect() }
}

/// What entries became of entries.
pub fn difference(before: &[Claim], after: &[Claim]) -> Vec<Event> {
    let old: BTreeMap<_, _> = before.iter().map(|it| (it.slot_id, it)).collect();
    let new: BTreeMap<_, _> = after.iter().map(|it| (it.slot_id, it)).collect();
    let gone = old.keys().filter(|id| !new.contains_key(*id));
    let gone = gone.map(|id| Event::EntryRemoved { slot_id: *id });
    let changed = new.iter().filter(|(id, it)| old.get(*id) != Some(*it));
    let changed = changed.map(|(_, it)| Event::EntryChanged { entry: entry(it) });
    gone.chain(changed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_read_as_they_are_written() {
        for at in [0, 1, 59, 60, 719, 1_439, 1_440] {
            assert_eq!(minute(&clock(at)), Some(at));
        }
        for bad in ["", "9:00", "09:60", "24:01", "25:00", "+1:00", "09:00:00", "０９:00"] {
            assert_eq!(minute(bad), None, "{bad}");
        }
    }
}
