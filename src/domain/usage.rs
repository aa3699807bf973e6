//! What a clinic is told of its own use: appointments by week and by service, how long people wait and how long a visit takes.
//!
//! Owns: the weeks of a span, what counts as what, and which figures are shown. Invariants: US-1 no figure tells of 1 to 10 patients, and
//! none that does can be had from the others of one answer: where the sum of a column is shown, what is hidden of it is two cells or more,
//! and tells of [`FEWEST`] patients or more together. Sums over outcomes are not shown at all, so that no line gives away what it hides.
//! Does not: know who agrees to be counted (the store gives nobody else), or name anybody.

use super::schedule::zone::{LocalDate, Zone};
use super::schedule::{Flaw, Refusal};
use super::visit::Closed;
use crate::protocol::ids::{PersonId, ServiceId};
use crate::protocol::time::UnixMillis;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

#[cfg(test)]
mod tests;

/// Fewest patients whom a figure tells of. The cell size suppression policy of the Centers for Medicare and Medicaid Services
/// (<https://www.hhs.gov/guidance/document/cms-cell-suppression-policy>): no cell of 1 to 10 is shown, zero is, and nothing is shown from which
/// such a cell can be had. Patients are counted and not appointments: twenty of one patient tell of one.
pub const FEWEST: usize = 11;

/// Weeks of one span: a year, wherever in a week it begins.
pub const MAX_WEEKS: usize = 53;

/// 1970-01-01 was a Thursday; so many days after a Monday.
const EPOCH_AFTER_MONDAY: i32 = 3;
const WEEK: i32 = 7;

/// When what happened in a visit, as far as it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attended {
    /// The patient came for the first time.
    pub entered_at: Option<UnixMillis>,
    /// The patient was let in for the first time.
    pub admitted_at: Option<UnixMillis>,
    /// Patient and clinician were together for the first time.
    pub together_at: Option<UnixMillis>,
    /// The clinician ended it. What ran out hours later has no end that says how long it took.
    pub ended_at: Option<UnixMillis>,
}

impl Attended {
    /// From coming to being let in; who was let in before they came has not waited.
    fn waited(&self) -> Option<Duration> {
        Some(self.admitted_at?.since(self.entered_at?))
    }

    /// From being together to the end.
    fn lasted(&self) -> Option<Duration> {
        Some(self.ended_at?.since(self.together_at?))
    }
}

/// An appointment of a patient who agrees to be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Whose.
    pub patient_id: PersonId,
    /// What for; absent when an administrator placed it.
    pub service_id: Option<ServiceId>,
    /// Begin.
    pub starts_at: UnixMillis,
    /// How it was closed, once it was.
    pub closed: Option<Closed>,
    /// Of one that took place.
    pub attended: Attended,
}

/// A calendar week, from Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week {
    /// Its Monday.
    pub monday: LocalDate,
    /// Its first instant.
    pub since: UnixMillis,
    /// The first instant of the next one.
    pub until: UnixMillis,
}

impl Week {
    fn from(monday: LocalDate, zone: &Zone) -> Week {
        let until = zone.day_begins(monday.plus_days(WEEK));
        Week { monday, since: zone.day_begins(monday), until }
    }

    fn holds(&self, at: UnixMillis) -> bool {
        self.since <= at && at < self.until
    }
}

/// Whole weeks in a row, at least one and at most [`MAX_WEEKS`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    weeks: Vec<Week>,
}

impl Span {
    /// The calendar weeks of a zone that a stretch of time touches.
    ///
    /// # Errors
    /// A refusal of `until` that is not after `since` or more than [`MAX_WEEKS`] weeks away, and of `since` outside of the calendar.
    pub fn touched(since: UnixMillis, until: UnixMillis, zone: &Zone) -> Result<Span, Refusal> {
        if until <= since {
            return Err(Flaw::EndsBeforeItStarts.of("until"));
        }
        let day = zone.local(since).wall.date();
        let after_monday = day.days().saturating_add(EPOCH_AFTER_MONDAY).rem_euclid(WEEK);
        let first = Week::from(day.plus_days(-after_monday), zone);
        if !first.holds(since) {
            return Err(Flaw::YearOutOfRange.of("since"));
        }
        let mut weeks = vec![first];
        let mut last = first;
        while last.until < until {
            if weeks.len() >= MAX_WEEKS {
                return Err(Flaw::OutOfBounds("At most 53 calendar weeks.").of("until"));
            }
            last = Week::from(last.monday.plus_days(WEEK), zone);
            weeks.push(last);
        }
        Ok(Span { weeks })
    }

    /// From the first instant of its first week …
    pub fn since(&self) -> UnixMillis {
        self.weeks.first().map_or_else(UnixMillis::default, |it| it.since)
    }

    /// … to the last of its last one, which is not part of it.
    pub fn until(&self) -> UnixMillis {
        self.weeks.last().map_or_else(UnixMillis::default, |it| it.until)
    }

    fn week_of(&self, at: UnixMillis) -> Option<usize> {
        let place = self.weeks.partition_point(|it| it.until <= at);
        self.weeks.get(place).filter(|it| it.holds(at)).map(|_| place)
    }
}

/// Appointments by what became of them. `None` is not shown: fewer than [`FEWEST`] patients, or it would give such a figure away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Line {
    /// To come, or nobody has said what became of it.
    pub booked: Option<u32>,
    /// The visit took place.
    pub held: Option<u32>,
    /// Cancelled, by whomever.
    pub cancelled: Option<u32>,
    /// The patient did not come.
    pub missed: Option<u32>,
}

/// The figures of a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// Of how many patients they tell.
    pub patients: Option<u32>,
    /// All weeks together.
    pub whole: Line,
    /// Each week.
    pub weeks: Vec<(Week, Line)>,
    /// Each service of which there was an appointment; without one those that an administrator placed.
    pub services: Vec<(Option<ServiceId>, Line)>,
    /// Median of the minutes that patients waited from coming to being let in.
    pub waited_min: Option<u32>,
    /// Median of the minutes that visits took from being together to the end.
    pub lasted_min: Option<u32>,
}

/// Makes the figures. What is not in the span is not counted.
pub fn usage(span: &Span, rows: &[Counted]) -> Usage {
    let rows: Vec<(usize, &Counted)> =
        rows.iter().filter_map(|it| Some((span.week_of(it.starts_at)?, it))).collect();
    let services: BTreeSet<Option<ServiceId>> = rows.iter().map(|(_, it)| it.service_id).collect();
    let column = |closed: Option<Closed>| {
        let those = rows.iter().filter(|(_, it)| it.closed == closed);
        Column::of(those.copied(), span.weeks.len(), &services)
    };
    let columns = Columns {
        booked: column(None),
        held: column(Some(Closed::Ended)),
        cancelled: column(Some(Closed::Cancelled)),
        missed: column(Some(Closed::NoShow)),
    };
    let everybody: BTreeSet<PersonId> = rows.iter().map(|(_, it)| it.patient_id).collect();
    let held = rows.iter().map(|(_, it)| *it).filter(|it| it.closed == Some(Closed::Ended));
    let weeks = span.weeks.iter().enumerate();
    Usage {
        patients: shown(everybody.len(), everybody.len()),
        whole: columns.line(|it| it.whole),
        weeks: weeks.map(|(n, week)| (*week, columns.line(|it| at(&it.weeks, n)))).collect(),
        services: services
            .iter()
            .enumerate()
            .map(|(n, id)| (*id, columns.line(|it| at(&it.services, n))))
            .collect(),
        waited_min: median(held.clone().map(|it| (it.patient_id, it.attended.waited()))),
        lasted_min: median(held.map(|it| (it.patient_id, it.attended.lasted()))),
    }
}

/// What is shown of the appointments of one outcome.
struct Column {
    whole: Option<u32>,
    weeks: Vec<Option<u32>>,
    services: Vec<Option<u32>>,
}

struct Columns {
    booked: Column,
    held: Column,
    cancelled: Column,
    missed: Column,
}

impl Columns {
    fn line(&self, of: impl Fn(&Column) -> Option<u32>) -> Line {
        Line {
            booked: of(&self.booked),
            held: of(&self.held),
            cancelled: of(&self.cancelled),
            missed: of(&self.missed),
        }
    }
}

impl Column {
    fn of<'a>(
        rows: impl Iterator<Item = (usize, &'a Counted)>,
        weeks: usize,
        services: &BTreeSet<Option<ServiceId>>,
    ) -> Column {
        let mut whole = Cell::default();
        let mut by_week = vec![Cell::default(); weeks];
        let mut by_service: BTreeMap<_, _> =
            services.iter().map(|it| (*it, Cell::default())).collect();
        for (week, it) in rows {
            whole.count(it.patient_id);
            if let Some(cell) = by_week.get_mut(week) {
                cell.count(it.patient_id);
            }
            by_service.entry(it.service_id).or_default().count(it.patient_id);
        }
        let by_service: Vec<Cell> = by_service.into_values().collect();
        Column {
            whole: shown(whole.patients.len(), whole.appointments),
            weeks: parts(&by_week),
            services: parts(&by_service),
        }
    }
}

/// Appointments, and whose.
#[derive(Debug, Clone, Default)]
struct Cell {
    appointments: usize,
    patients: BTreeSet<PersonId>,
}

impl Cell {
    fn count(&mut self, whose: PersonId) {
        self.appointments = self.appointments.saturating_add(1);
        self.patients.insert(whose);
    }
}

/// A figure of so many patients: none at all, or enough.
fn shown(patients: usize, figure: usize) -> Option<u32> {
    (patients == 0 || patients >= FEWEST).then(|| u32::try_from(figure).unwrap_or(u32::MAX))
}

/// What is shown of the parts of a sum that is known. One hidden part would be the sum less the others, and of several too much would be
/// known together: so the smallest of those that could be shown are hidden with them, until what is hidden could be shown as one.
fn parts(cells: &[Cell]) -> Vec<Option<u32>> {
    let is_small = |it: &Cell| shown(it.patients.len(), it.appointments).is_none();
    let small: Vec<(usize, &Cell)> =
        cells.iter().enumerate().filter(|(_, it)| is_small(it)).collect();
    let mut hidden: BTreeSet<usize> = small.iter().map(|(n, _)| *n).collect();
    let mut together: BTreeSet<PersonId> =
        small.iter().flat_map(|(_, it)| it.patients.iter().copied()).collect();
    let mut others: Vec<(usize, &Cell)> =
        cells.iter().enumerate().filter(|(_, it)| it.appointments > 0 && !is_small(it)).collect();
    others.sort_by_key(|(n, it)| (it.patients.len(), it.appointments, *n));
    let mut others = others.into_iter();
    while !hidden.is_empty() && (hidden.len() < 2 || together.len() < FEWEST) {
        let Some((n, cell)) = others.next() else { break };
        hidden.insert(n);
        together.extend(cell.patients.iter().copied());
    }
    let figure = |(n, it): (usize, &Cell)| match hidden.contains(&n) {
        true => None,
        false => shown(it.patients.len(), it.appointments),
    };
    cells.iter().enumerate().map(figure).collect()
}

/// The middle of what is known of enough patients, to the minute: it may be one patient's own.
fn median(of: impl Iterator<Item = (PersonId, Option<Duration>)>) -> Option<u32> {
    let known: Vec<(PersonId, Duration)> = of.filter_map(|(who, it)| Some((who, it?))).collect();
    let patients: BTreeSet<PersonId> = known.iter().map(|(who, _)| *who).collect();
    if patients.len() < FEWEST {
        return None;
    }
    let mut all: Vec<Duration> = known.into_iter().map(|(_, it)| it).collect();
    all.sort_unstable();
    let upper = all.get(all.len() / 2).copied()?;
    let lower = all.get(all.len().saturating_sub(1) / 2).copied()?;
    let middle = lower.saturating_add(upper.saturating_sub(lower) / 2);
    u32::try_from(middle.as_secs().saturating_add(30) / 60).ok()
}

fn at(all: &[Option<u32>], n: usize) -> Option<u32> {
    all.get(n).copied().flatten()
}
