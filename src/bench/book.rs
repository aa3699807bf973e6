//! Booking: hold and confirm through the door, many patients at once over many clinicians, on each database.
//!
//! Patients choose a clinician and a time at random, so some meet, and one of them is told that it is taken: a try that
//! is no booking. In the end the tables are read: two claims of one clinician at a time are `doubles`, acknowledged
//! bookings that are not there are `lost`, and both must be zero.

use crate::bench::door::{Door, Folder};
use crate::bench::figures::{Spans, rounded};
use crate::bench::practice::{DAYS, MINUTES, Practice};
use crate::bench::procfs;
use crate::clock::{Clock as _, SystemClock};
use crate::config;
use crate::domain::schedule::{Claim, ClaimState};
use crate::protocol::all::*;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{AppointmentId, PersonId};
use crate::protocol::time::UnixMillis;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{Error, Result};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use uuid::Uuid;

/// As many as searches are measured with.
const CLINICIANS: usize = 200;
/// Who books takes turns, because one person may reserve only so much.
const PATIENTS: usize = 1_000;
/// Bookings that are under way at a moment. A thousand a second within 50 ms each are 50 at most (Little), and 28 when a
/// tenth of them may take twice as long as the rest.
const AT_ONCE: usize = 28;
const FOR: Duration = Duration::from_secs(10);

/// Measures it, on SQLite and on the PostgreSQL that the environment names.
pub(super) async fn measure() -> Result<Value> {
    let folder = Folder::make()?;
    let mut runs = vec![run(folder.config("book", None), "sqlite").await?];
    if let Some(url) = config::bench_postgres() {
        runs.push(run(folder.config("book-postgres", Some(url)), "postgres").await?);
    }
    Ok(json!({ "clinicians": CLINICIANS, "at_once": AT_ONCE, "runs": runs }))
}

async fn run(config: config::Config, store: &str) -> Result<Value> {
    let door = Arc::new(Door::open(config).await?);
    let practice = Practice::made(&door, CLINICIANS, PATIENTS, ("00:00", "24:00")).await?;
    let practice = Arc::new(practice);
    let cpu = procfs::cpu_time(std::process::id())?;
    let (began, mut people) = (Instant::now(), JoinSet::new());
    for number in 0..AT_ONCE {
        people.spawn(books(Arc::clone(&door), Arc::clone(&practice), number, began));
    }
    let mut all = Outcome::default();
    while let Some(ended) = people.join_next().await {
        all.absorb(ended.map_err(Error::other)?);
    }
    let took = began.elapsed();
    let cpu = procfs::cpu_time(std::process::id())?.saturating_sub(cpu);
    let (doubles, lost) = judge(&door, &practice, &all.made).await?;
    let confirmed = u32::try_from(all.made.len()).unwrap_or(u32::MAX);
    Ok(json!({
        "store": store,
        "us_cpu_per_booking": rounded(cpu.as_secs_f64() * 1e6 / f64::from(confirmed.max(1))),
        "confirmed_per_s": rounded(f64::from(confirmed) / took.as_secs_f64()),
        "confirm_ms": all.booked.percentiles(),
        "hold_ms": all.held.percentiles(),
        "confirmed": confirmed,
        "tries": all.tries,
        "errors": all.errors,
        "doubles": doubles,
        "lost": lost,
    }))
}

/// What came of tries.
#[derive(Default)]
struct Outcome {
    /// From the wish to the hold.
    held: Spans,
    /// From the wish to the confirmed appointment.
    booked: Spans,
    made: Vec<(PersonId, AppointmentId)>,
    tries: u64,
    /// What was told besides that a time is taken.
    errors: u64,
}

impl Outcome {
    fn absorb(&mut self, other: Outcome) {
        self.held.extend(other.held);
        self.booked.extend(other.booked);
        self.made.extend(other.made);
        self.tries = self.tries.saturating_add(other.tries);
        self.errors = self.errors.saturating_add(other.errors);
    }
}

/// One after the other, until the time is over.
async fn books(door: Arc<Door>, practice: Arc<Practice>, number: usize, began: Instant) -> Outcome {
    let mut outcome = Outcome::default();
    let patients = practice.patients.iter().cycle().skip(number).step_by(AT_ONCE);
    for who in patients {
        if began.elapsed() >= FOR {
            break;
        }
        outcome.tries = outcome.tries.saturating_add(1);
        let Some((clinician, starts_at)) = any_time(&practice) else { break };
        let wish = practice.wish(clinician, starts_at);
        match book(&door, *who, wish, &mut outcome).await {
            Ok(id) => outcome.made.push((clinician, id)),
            Err(fault) if fault.code == FaultCode::SlotTaken => {}
            Err(_) => outcome.errors = outcome.errors.saturating_add(1),
        }
    }
    outcome
}

async fn book(
    door: &Door,
    who: PersonId,
    wish: HoldSlot,
    outcome: &mut Outcome,
) -> std::result::Result<AppointmentId, Fault> {
    let asked = Instant::now();
    let hold = door.calls(who, Role::Patient, wish).await?;
    outcome.held.push(asked.elapsed());
    let op =
        CreateAppointment { hold_token: hold.hold_token, reason: None, patient_may_invite: false };
    let card = door.calls(who, Role::Patient, op).await?;
    outcome.booked.push(asked.elapsed());
    Ok(card.appointment_id)
}

/// A clinician and a time, from the day after tomorrow on.
fn any_time(practice: &Practice) -> Option<(PersonId, UnixMillis)> {
    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
    let length = i64::from(MINUTES) * 60 * 1_000;
    let chance = Uuid::new_v4().as_u128();
    let clinicians = u128::try_from(practice.clinicians.len()).ok()?;
    let clinician = usize::try_from(chance.checked_rem(clinicians)?).ok()?;
    let times = u128::from(DAYS - 2) * 24 * 60 / u128::from(MINUTES);
    let time = i64::try_from((chance >> 64).checked_rem(times)?).ok()?;
    let first = (SystemClock.now().0.div_euclid(DAY_MS) + 2).checked_mul(DAY_MS)?;
    Some((*practice.clinicians.get(clinician)?, UnixMillis(first + time * length)))
}

/// Pairs of claims of one clinician that overlap, and acknowledged bookings that are not there.
async fn judge(
    door: &Door,
    practice: &Practice,
    made: &[(PersonId, AppointmentId)],
) -> Result<(usize, usize)> {
    let (mut doubles, mut kept) = (0_usize, BTreeSet::new());
    for clinician in &practice.clinicians {
        let schedule = door.node().store().schedule(*clinician, SystemClock.now()).await;
        let mut claims: Vec<Claim> = schedule.map_err(Error::other)?.claims;
        claims.sort_by_key(|it| it.busy_from);
        let pairs = claims.iter().zip(claims.iter().skip(1));
        doubles += pairs.filter(|(one, next)| next.busy_from < one.busy_until).count();
        kept.extend(claims.iter().filter_map(|it| match it.state {
            ClaimState::Busy(id) => Some((*clinician, id)),
            ClaimState::Held { .. } => None,
        }));
    }
    Ok((doubles, made.iter().filter(|it| !kept.contains(it)).count()))
}
