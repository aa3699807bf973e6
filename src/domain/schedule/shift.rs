//! Appointments that keep their wall time while their instant changes, because a zone's law did.
//!
//! Owns: which of them can follow. Invariants: they move together, as a whole day does, or each would stand in the way of the
//! next; whoever cannot follow stays where it is, and stands in the way of others there; SC-1 among all that is left.
//! Does not: derive instants (`derive`), save, or tell anybody.

use super::openings::{group_for, is_open};
use super::refusal::Refusal;
use super::{Claim, ClaimState, Schedule, Service};
use crate::protocol::ids::{AppointmentId, HoldId, PersonId, ServiceId};
use crate::protocol::time::UnixMillis;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

#[cfg(test)]
mod tests;

/// One that shall go from one instant to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    /// Which.
    pub appointment_id: AppointmentId,
    /// Its instant so far.
    pub from: UnixMillis,
    /// Its instant from now on.
    pub to: UnixMillis,
}

/// Why one cannot follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// Somebody has reserved the time for the next minutes: it may be free soon.
    Held,
    /// For good, until somebody looks at it.
    Refused(Refusal),
}

/// What becomes of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shifted {
    /// Those that follow, with all that they claim from now on, in the order in which they were asked for.
    pub moved: Vec<(AppointmentId, Vec<Claim>)>,
    /// Those that stay.
    pub stuck: Vec<(AppointmentId, Obstacle)>,
}

/// Decides. `schedules` are those of everybody whose time is claimed: the clinician and the interpreters.
pub fn shift(
    schedules: &BTreeMap<PersonId, Arc<Schedule>>,
    services: &[Service],
    shifts: &[Shift],
    now: UnixMillis,
) -> Shifted {
    let mut shifted = Shifted::default();
    let mut moving = Vec::new();
    for it in shifts {
        match target(schedules, services, it, now) {
            Ok(claims) => moving.push((it.appointment_id, claims)),
            Err(why) => shifted.stuck.push((it.appointment_id, Obstacle::Refused(why))),
        }
    }
    loop {
        let blocked = blocked(schedules, &moving, now);
        if blocked.is_empty() {
            break;
        }
        moving.retain(|(id, _)| !blocked.contains_key(id));
        shifted.stuck.extend(blocked);
    }
    shifted.moved = moving;
    shifted
}

/// Everything that an appointment claims, at its new instant.
fn target(
    schedules: &BTreeMap<PersonId, Arc<Schedule>>,
    services: &[Service],
    shift: &Shift,
    now: UnixMillis,
) -> Result<Vec<Claim>, Refusal> {
    if shift.to <= now {
        return Err(Refusal::InThePast);
    }
    let all = schedules.iter().flat_map(|(id, it)| it.claims.iter().map(move |claim| (id, claim)));
    let own = all.filter(|(_, it)| it.state == ClaimState::Busy(shift.appointment_id));
    let mut claims = Vec::new();
    for (whose, claim) in own {
        let claim = moved(claim, services, shift);
        let needed = claim.starts_at..claim.ends_at;
        let is_outside = |service: ServiceId| {
            schedules.get(whose).is_none_or(|it| !is_open(it, service, &needed))
        };
        // What an administrator placed, for no service, lies in hours or not.
        if claim.service_id.is_some_and(is_outside) {
            return Err(Refusal::NotOffered);
        }
        claims.push(claim);
    }
    if claims.is_empty() { Err(Refusal::NotOffered) } else { Ok(claims) }
}

fn moved(claim: &Claim, services: &[Service], shift: &Shift) -> Claim {
    let to = |at: UnixMillis| UnixMillis(at.0.saturating_add(shift.to.0 - shift.from.0));
    let starts_at = to(claim.starts_at);
    let service = services.iter().find(|it| Some(it.service_id) == claim.service_id);
    // The group of a time moves with it; one that somebody else gave stays.
    let group = match service {
        Some(it) if claim.group == group_for(it, claim.starts_at, claim.slot_id) => {
            group_for(it, starts_at, claim.slot_id)
        }
        _ => claim.group,
    };
    Claim {
        starts_at,
        ends_at: to(claim.ends_at),
        busy_from: to(claim.busy_from),
        busy_until: to(claim.busy_until),
        group,
        hold_id: HoldId(Uuid::nil()),
        ..claim.clone()
    }
}

/// Those that somebody who stays, or one before them, stands in the way of.
fn blocked(
    schedules: &BTreeMap<PersonId, Arc<Schedule>>,
    moving: &[(AppointmentId, Vec<Claim>)],
    now: UnixMillis,
) -> BTreeMap<AppointmentId, Obstacle> {
    let ids: BTreeSet<_> = moving.iter().map(|(id, _)| *id).collect();
    let stays = |it: &&Claim| match it.state {
        ClaimState::Busy(id) => !ids.contains(&id),
        ClaimState::Held { .. } => it.is_live(now),
    };
    let mut taken: Vec<&Claim> =
        schedules.values().flat_map(|it| &it.claims).filter(stays).collect();
    let mut blocked = BTreeMap::new();
    for (id, claims) in moving {
        let in_the_way = claims.iter().find_map(|new| taken.iter().find(|it| excludes(it, new)));
        match in_the_way.map(|it| it.state) {
            None => taken.extend(claims),
            Some(ClaimState::Held { .. }) => {
                blocked.insert(*id, Obstacle::Held);
            }
            Some(ClaimState::Busy(_)) => {
                blocked.insert(*id, Obstacle::Refused(Refusal::Taken));
            }
        }
    }
    blocked
}

/// As the tables judge: two claims of one human that overlap, or the same seat of one group.
fn excludes(one: &Claim, other: &Claim) -> bool {
    let is_one_seat = one.practitioner_id == other.practitioner_id
        && one.group == other.group
        && one.seat == other.seat;
    is_one_seat || one.collides_with(other)
}
