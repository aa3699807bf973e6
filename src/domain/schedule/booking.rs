//! Decisions: what a hold claims, how a series recurs, what an administrator may place, what may still be changed, and
//! where a clinician may treat.
//!
//! Owns: those decisions. Invariants: SC-1, by [`super::openings`]; a decision is made on one state of one schedule at
//! one `now`, and the constraint of the tables judges after it.
//! Does not: persist, pay, or tell anybody.

use super::openings::{Opening, Taken, group_for, is_free, is_open, opening_at};
use super::refusal::{Flaw, Refusal};
use super::zone::{LocalDate, Zone};
use super::{Claim, ClaimState, Schedule, Service};
use crate::protocol::ids::{AppointmentId, HoldId, PersonId, SlotId};
use crate::protocol::time::UnixMillis;
use std::time::Duration;

#[cfg(test)]
mod tests;

/// Appointments of one series: half a year of weeks. Whoever needs more should look at the plan before then.
pub const MAX_REPEATS: u8 = 26;
/// Weeks between two appointments of a series.
pub const MAX_WEEKS_APART: u8 = 12;
/// Shortest appointment.
pub const MIN_LENGTH: Duration = Duration::from_secs(5 * 60);
/// Longest appointment: a working day.
pub const MAX_LENGTH: Duration = Duration::from_secs(8 * 60 * 60);
/// How far ahead an administrator may place. Further is a slip of the finger.
pub const MAX_AHEAD: Duration = Duration::from_secs(5 * 366 * 24 * 60 * 60);

/// The ids and the end of a claim that is to be made. They come from outside, as rules make neither ids nor times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewHold {
    /// Of the claim.
    pub slot_id: SlotId,
    /// The hold that it belongs to.
    pub hold_id: HoldId,
    /// When it ends, unless it is confirmed before.
    pub expires_at: UnixMillis,
}

/// The claim of somebody who wants to begin at `starts_at`, and the opening that it takes (zone and place).
///
/// # Errors
/// As [`opening_at`].
pub fn claim_for(
    schedule: &Schedule,
    service: &Service,
    practitioner: PersonId,
    starts_at: UnixMillis,
    now: UnixMillis,
    hold: NewHold,
) -> Result<(Claim, Opening), Refusal> {
    let opening = opening_at(schedule, service, starts_at, now)?;
    let group = group_for(service, starts_at, hold.slot_id);
    let claim = Claim {
        slot_id: hold.slot_id,
        practitioner_id: practitioner,
        starts_at: opening.starts_at,
        ends_at: opening.ends_at,
        busy_from: opening.busy_from,
        busy_until: opening.busy_until,
        group,
        seat: Taken::of(&schedule.claims, now).seat(service, starts_at, group),
        service_id: Some(service.service_id),
        hold_id: hold.hold_id,
        state: ClaimState::Held { expires_at: hold.expires_at },
    };
    Ok((claim, opening))
}

/// The claim on an interpreter's time beside a clinician's: during the appointment, without the clinician's buffers.
/// `schedule` is the interpreter's.
///
/// # Errors
/// [`Refusal::NotOffered`] outside of the interpreter's hours, [`Refusal::Taken`].
pub fn interpreter_claim(
    schedule: &Schedule,
    interpreter: PersonId,
    beside: &Claim,
    slot_id: SlotId,
    now: UnixMillis,
) -> Result<Claim, Refusal> {
    let needed = beside.starts_at..beside.ends_at;
    if beside.service_id.is_some_and(|service| !is_open(schedule, service, &needed)) {
        return Err(Refusal::NotOffered);
    }
    if !is_free(schedule, &needed, now) {
        return Err(Refusal::Taken);
    }
    Ok(Claim {
        slot_id,
        practitioner_id: interpreter,
        busy_from: needed.start,
        busy_until: needed.end,
        group: slot_id.0,
        seat: 0,
        ..beside.clone()
    })
}

/// The claim for an appointment that moves. Where it overlaps the appointment's own `old` claim, both are seats of one
/// group until the old one goes in the transaction in which the appointment arrives; elsewhere it is like any other.
/// `claims` are those of the same human.
pub fn beside(claim: Claim, old: &Claim, claims: &[Claim]) -> Claim {
    if claim.group != claim.slot_id.0 || !is_over(&claim, old) {
        return claim;
    }
    let is_sold = |seat: u8| claims.iter().any(|it| it.group == old.group && it.seat == seat);
    let seat = (0..=u8::MAX).find(|it| !is_sold(*it)).unwrap_or(u8::MAX);
    Claim { group: old.group, seat, ..claim }
}

/// Whether what is held can be used, by a new appointment or by the one that `moves`. What was held [`beside`] an
/// appointment may overlap it, so that nobody but this appointment can go there: SC-1, which the tables cannot see within
/// a group.
///
/// # Errors
/// [`Refusal::Taken`].
pub fn may_use(
    schedule: &Schedule,
    service: &Service,
    hold: HoldId,
    moves: Option<AppointmentId>,
) -> Result<(), Refusal> {
    let is_held = |it: &&Claim| {
        it.hold_id == hold
            && matches!(it.state, ClaimState::Held { .. })
            && it.group != group_for(service, it.starts_at, it.slot_id)
    };
    let is_others = |it: &Claim| match it.state {
        ClaimState::Busy(id) => Some(id) != moves,
        ClaimState::Held { .. } => false,
    };
    let is_taken =
        |held: &Claim| schedule.claims.iter().any(|it| is_others(it) && is_over(it, held));
    if schedule.claims.iter().filter(is_held).any(is_taken) {
        return Err(Refusal::Taken);
    }
    Ok(())
}

fn is_over(one: &Claim, other: &Claim) -> bool {
    one.busy_from < other.busy_until && other.busy_from < one.busy_until
}

/// An appointment that an administrator places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    /// Of the claim.
    pub slot_id: SlotId,
    /// Names the claim's origin, as holds do; nobody can use it.
    pub hold_id: HoldId,
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// Begin.
    pub starts_at: UnixMillis,
    /// End.
    pub ends_at: UnixMillis,
}

/// The claim of an appointment that an administrator places: at any time that is not over, in hours or not, but never
/// over another. Somebody may stand at the desk whose appointment has begun.
///
/// # Errors
/// [`Refusal::InThePast`], [`Refusal::TooFar`] after [`MAX_AHEAD`], a flaw of `ends_at` for a length outside of
/// [`MIN_LENGTH`] to [`MAX_LENGTH`], [`Refusal::Taken`].
pub fn place(
    schedule: &Schedule,
    practitioner: PersonId,
    placement: Placement,
    now: UnixMillis,
) -> Result<Claim, Refusal> {
    let Placement { slot_id, hold_id, appointment_id, starts_at, ends_at } = placement;
    if ends_at <= starts_at {
        return Err(Flaw::EndsBeforeItStarts.of("ends_at"));
    }
    if !(MIN_LENGTH..=MAX_LENGTH).contains(&ends_at.since(starts_at)) {
        return Err(Flaw::OutOfBounds("An appointment has 5 minutes to 8 hours.").of("ends_at"));
    }
    if ends_at <= now {
        return Err(Refusal::InThePast);
    }
    if starts_at > now.plus(MAX_AHEAD) {
        return Err(Refusal::TooFar);
    }
    if !is_free(schedule, &(starts_at..ends_at), now) {
        return Err(Refusal::Taken);
    }
    Ok(Claim {
        slot_id,
        practitioner_id: practitioner,
        starts_at,
        ends_at,
        busy_from: starts_at,
        busy_until: ends_at,
        group: slot_id.0,
        seat: 0,
        service_id: None,
        hold_id,
        state: ClaimState::Busy(appointment_id),
    })
}

/// The begins of a series, the first included: every so many weeks at the same wall time. A wall time that is skipped
/// on one of the days is read as RFC 5545 says (an hour later on the clock), one that comes twice is the first.
///
/// # Errors
/// A flaw of `every_weeks` or `count`.
pub fn repeat(
    zone: &Zone,
    starts_at: UnixMillis,
    every_weeks: u8,
    count: u8,
) -> Result<Vec<UnixMillis>, Refusal> {
    if !(1..=MAX_WEEKS_APART).contains(&every_weeks) {
        return Err(Flaw::OutOfBounds("1 to 12 weeks.").of("every_weeks"));
    }
    if !(1..=MAX_REPEATS).contains(&count) {
        return Err(Flaw::OutOfBounds("1 to 26 appointments.").of("count"));
    }
    let wall = zone.local(starts_at).wall;
    let within_minute = UnixMillis(starts_at.0.rem_euclid(60_000)).since(UnixMillis(0));
    let follow_up = |it: u8| {
        let days = i32::from(it) * i32::from(every_weeks) * 7;
        zone.agreed(wall.plus_days(days)).plus(within_minute)
    };
    Ok(std::iter::once(starts_at).chain((1..count).map(follow_up)).collect())
}

/// Whether an appointment may be moved: until it begins, by anybody who may know of it. Afterwards it is a visit that
/// takes place, or was missed.
///
/// # Errors
/// [`Refusal::HasBegun`].
pub fn may_move(starts_at: UnixMillis, now: UnixMillis) -> Result<(), Refusal> {
    if now < starts_at { Ok(()) } else { Err(Refusal::HasBegun) }
}

/// Who wants to cancel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancels {
    /// The patient, who may until it begins: a late word is better than none.
    Patient,
    /// The clinic, which may until it ends: a clinician may fall ill meanwhile.
    Clinic,
}

/// Whether an appointment may be cancelled, as far as the time decides.
///
/// # Errors
/// [`Refusal::HasBegun`] for patients, [`Refusal::IsOver`].
pub fn may_cancel(
    starts_at: UnixMillis,
    ends_at: UnixMillis,
    now: UnixMillis,
    by: Cancels,
) -> Result<(), Refusal> {
    if now >= ends_at {
        return Err(Refusal::IsOver);
    }
    match by {
        Cancels::Patient if now >= starts_at => Err(Refusal::HasBegun),
        Cancels::Patient | Cancels::Clinic => Ok(()),
    }
}

/// Countries in which the parts license, not the whole: there, no licence covers the country, and whoever says only the
/// country has not said where they will be.
const LICENSED_BY_PARTS: [&str; 2] = ["CA", "US"];

/// A licence to practise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Licence<'a> {
    /// ISO 3166-1 or 3166-2 code, such as `DE` or `US-CA`.
    pub jurisdiction: &'a str,
    /// Last day, `YYYY-MM-DD`.
    pub valid_until: Option<&'a str>,
}

/// Whether a clinician may treat somebody who will be in `patient_jurisdiction` on that local day. What is rendered is
/// rendered where the patient is.
///
/// A licence covers its own jurisdiction; a country's licence covers the country's parts (`DE` covers `DE-BY`), except
/// where the parts license (`US` covers nothing, `US-CA` is needed). It is valid through its last day; a last day that
/// cannot be read has passed.
///
/// # Errors
/// A flaw of `jurisdiction` when it is no code, or too coarse to be judged; [`Refusal::LicenceRequired`].
pub fn licence_gate(
    licences: &[Licence<'_>],
    patient_jurisdiction: &str,
    on_date: LocalDate,
) -> Result<(), Refusal> {
    super::check::jurisdiction(patient_jurisdiction)?;
    if LICENSED_BY_PARTS.contains(&patient_jurisdiction) {
        return Err(Flaw::Misshapen("In this country, name the state or province: US-CA.")
            .of("jurisdiction"));
    }
    let country = patient_jurisdiction.split('-').next().unwrap_or_default();
    let covers = |it: &Licence<'_>| {
        it.jurisdiction == patient_jurisdiction
            || (it.jurisdiction == country && !LICENSED_BY_PARTS.contains(&country))
    };
    let is_valid = |it: &Licence<'_>| match it.valid_until.map(LocalDate::parse) {
        None => true,
        Some(Ok(last)) => on_date <= last,
        Some(Err(_)) => false,
    };
    let is_covered = licences.iter().any(|it| covers(it) && is_valid(it));
    if is_covered { Ok(()) } else { Err(Refusal::LicenceRequired) }
}
