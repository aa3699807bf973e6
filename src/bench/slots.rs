//! Searching for a time: 200 clinicians, 60 days, a thousand searches a second whether they are answered or not.
//!
//! Nine of ten searches are for one day of one clinician, as a calendar page asks; the tenth is for the first fifty times
//! of everybody in all sixty days, the largest there is. Each span begins when the search was *due*, so that a hub that
//! falls behind cannot hide it. Cold: the first search for each clinician after a start, when every schedule has to be
//! read from the store and its openings computed.

use crate::bench::door::{Door, Folder};
use crate::bench::figures::{Spans, rounded};
use crate::bench::practice::{DAYS, Practice, ZONE};
use crate::bench::procfs;
use crate::clock::{Clock as _, SystemClock};
use crate::domain::schedule::zone::{LocalDate, Zone};
use crate::protocol::all::*;
use crate::protocol::fault::Fault;
use serde_json::{Value, json};
use std::io::{Error, Result};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const CLINICIANS: usize = 200;
/// Callers take turns: no person may ask a thousand times a second.
const PATIENTS: usize = 200;
/// Searches a second.
const OFFERED: u32 = 1_000;
const SEARCHES: usize = 10_000;
/// One of so many is for everybody and all days.
const LARGE_EVERY: usize = 10;
/// Starts from which the first searches are measured.
const COLD_STARTS: usize = 5;
/// Appointments that each clinician has already.
const BOOKED: usize = 2;

/// Measures it.
pub(super) async fn measure() -> Result<Value> {
    let folder = Folder::make()?;
    let config = folder.config("slots", None);
    let door = Door::open(config.clone()).await?;
    let practice = Practice::made(&door, CLINICIANS, PATIENTS, ("08:00", "18:00")).await?;
    let practice = Arc::new(practice);
    let first = first_day()?;
    books(&door, &practice).await?;
    let kib_per_planner = memory(&config, &practice).await?;
    drop(door);

    let (mut cold, mut cold_large) = (Outcome::default(), Outcome::default());
    for start in 0..COLD_STARTS {
        let door = Arc::new(Door::open(config.clone()).await?);
        // In one start the large search comes first, so that there is one for which nothing was read yet.
        if start == 0 {
            let searches = vec![search(&practice, first, 0)];
            cold_large.absorb(offered(&door, &practice, searches).await);
        } else {
            let all = (0..CLINICIANS).map(|it| search_one(&practice, first, it));
            cold.absorb(offered(&door, &practice, all.collect()).await);
        }
    }
    let door = Arc::new(Door::open(config).await?);
    let all = (0..CLINICIANS).map(|it| search_one(&practice, first, it));
    offered(&door, &practice, all.collect()).await;
    let all: Vec<_> = (0..SEARCHES).map(|it| search(&practice, first, it)).collect();
    let began = Instant::now();
    let warm = offered(&door, &practice, all).await;
    let took = began.elapsed();
    Ok(json!({
        "qps": rounded(count(warm.answered()) / took.as_secs_f64()),
        "offered_per_s": OFFERED,
        "clinicians": CLINICIANS,
        "days": DAYS,
        "warm_ms": warm.all.percentiles(),
        "warm_one_day_ms": warm.one.percentiles(),
        "warm_everybody_ms": warm.large.percentiles(),
        "cold_ms": cold.all.percentiles(),
        "cold_everybody_ms": cold_large.all.percentiles(),
        "errors": warm.errors.saturating_add(cold.errors).saturating_add(cold_large.errors),
        "kib_per_planner": kib_per_planner,
    }))
}

/// What came of searches.
#[derive(Default)]
struct Outcome {
    all: Spans,
    one: Spans,
    large: Spans,
    errors: usize,
}

impl Outcome {
    fn answered(&self) -> usize {
        self.all.len()
    }

    fn takes(&mut self, span: Duration, is_large: bool, is_answered: bool) {
        if !is_answered {
            self.errors = self.errors.saturating_add(1);
            return;
        }
        self.all.push(span);
        if is_large { self.large.push(span) } else { self.one.push(span) }
    }

    fn absorb(&mut self, other: Outcome) {
        self.all.extend(other.all);
        self.one.extend(other.one);
        self.large.extend(other.large);
        self.errors = self.errors.saturating_add(other.errors);
    }
}

/// Offers searches at their rate, and waits for the last of them.
async fn offered(
    door: &Arc<Door>,
    practice: &Arc<Practice>,
    searches: Vec<SearchSlots>,
) -> Outcome {
    let every = Duration::from_secs(1) / OFFERED;
    let mut due = tokio::time::Instant::now();
    let mut asked = JoinSet::new();
    let callers = practice.patients.iter().cycle();
    for (search, who) in searches.into_iter().zip(callers) {
        tokio::time::sleep_until(due).await;
        let (door, who, was_due) = (Arc::clone(door), *who, due);
        let is_large = search.clinician_id.is_none();
        asked.spawn(async move {
            let answer = door.calls(who, Role::Patient, search).await;
            (was_due.elapsed(), is_large, answer.is_ok_and(|it| !it.slots.is_empty()))
        });
        due += every;
    }
    let mut outcome = Outcome::default();
    while let Some(ended) = asked.join_next().await {
        let (span, is_large, is_answered) = ended.unwrap_or((Duration::ZERO, false, false));
        outcome.takes(span, is_large, is_answered);
    }
    outcome
}

/// The searches of the mixture, by number.
fn search(practice: &Practice, first: LocalDate, number: usize) -> SearchSlots {
    if !number.is_multiple_of(LARGE_EVERY) {
        return search_one(practice, first, number);
    }
    SearchSlots {
        service_id: Some(practice.service_id),
        from: Some(first.to_string()),
        until: Some(first.plus_days(i32::from(DAYS) - 1).to_string()),
        time_zone: Some(ZONE.to_owned()),
        ..SearchSlots::default()
    }
}

/// One day of one clinician.
fn search_one(practice: &Practice, first: LocalDate, number: usize) -> SearchSlots {
    let day = i32::try_from(number % usize::from(DAYS)).unwrap_or_default();
    SearchSlots {
        clinician_id: practice.clinicians.iter().cycle().nth(number % CLINICIANS).copied(),
        date: Some(first.plus_days(day).to_string()),
        time_zone: Some(ZONE.to_owned()),
        ..SearchSlots::default()
    }
}

/// Tomorrow, where the clinicians are.
fn first_day() -> Result<LocalDate> {
    let zone = Zone::parse(ZONE).map_err(|it| Error::other(format!("{it:?}")))?;
    Ok(zone.local(SystemClock.now()).wall.date().plus_days(1))
}

/// Takes the first times of every clinician.
async fn books(door: &Door, practice: &Practice) -> Result<()> {
    let said = |it: Fault| crate::bench::door::said(&it);
    for (clinician, who) in practice.clinicians.iter().zip(practice.patients.iter().cycle()) {
        let op = SearchSlots { clinician_id: Some(*clinician), ..SearchSlots::default() };
        let found = door.calls(*who, Role::Patient, op).await.map_err(said)?;
        for slot in found.slots.iter().step_by(5).take(BOOKED) {
            let op = practice.wish(*clinician, slot.starts_at);
            let hold = door.calls(*who, Role::Patient, op).await.map_err(said)?;
            let op = CreateAppointment {
                hold_token: hold.hold_token,
                reason: None,
                patient_may_invite: false,
            };
            door.calls(*who, Role::Patient, op).await.map_err(said)?;
        }
    }
    Ok(())
}

/// What the planners of all clinicians hold, each: resident memory after they were started less that before.
async fn memory(config: &crate::config::Config, practice: &Practice) -> Result<f64> {
    let door = Door::open(config.clone()).await?;
    let before = procfs::resident_kib(std::process::id())?;
    for clinician in &practice.clinicians {
        door.prepares(ReadSchedule { practitioner_id: *clinician }).await?;
    }
    let after = procfs::resident_kib(std::process::id())?;
    let held = u32::try_from(after.saturating_sub(before)).unwrap_or(u32::MAX);
    Ok(rounded(f64::from(held) / count(practice.clinicians.len())))
}

fn count(of: usize) -> f64 {
    f64::from(u32::try_from(of).unwrap_or(u32::MAX))
}
