//! What a row says about a token that is presented, and what a commit says about its numbers.
//!
//! Owns: the comparisons that every implementation of the store has to make in the same way.
//! Invariant: pure; told the time. Does not: read or write anything.

use super::schedule::{NewBooking, ScheduleChange, ScheduleCommit};
use super::{JoinLinkRecord, SessionRecord, VisitCommit};
use crate::domain::schedule::zone::wall_utc;
use crate::domain::schedule::{Claim, ClaimState};
use crate::domain::visit::{Closed, Facts};
use crate::protocol::ids::{HoldId, PersonId, SlotId};
use crate::protocol::person::Role;
use crate::protocol::time::UnixMillis;
use crate::protocol::visit::AttendanceKind;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use uuid::Uuid;

/// What a refresh token is to its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presented {
    /// The current one.
    Current,
    /// The one before, young enough.
    Grace,
    /// Neither: a copy of an older one.
    Older,
    /// The session has ended or expired.
    Gone,
}

/// Judges a presented refresh token. The hashes are compared plainly: whoever can choose a hash to present would have
/// to invert SHA-256 to learn anything from the time that takes.
pub(super) fn presented(
    session: &SessionRecord,
    hash: &[u8],
    now: UnixMillis,
    grace: Duration,
) -> Presented {
    if session.ended_at.is_some() || now >= session.expires_at {
        Presented::Gone
    } else if session.refresh_hash == hash {
        Presented::Current
    } else if session.previous_hash.as_deref() == Some(hash)
        && now.since(session.rotated_at) < grace
    {
        Presented::Grace
    } else {
        Presented::Older
    }
}

/// What a join link is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkState {
    /// One use.
    Good,
    /// Nothing: it was withdrawn.
    Withdrawn,
    /// Nothing: it was used.
    Used,
    /// Nothing: too late.
    Expired,
}

/// Judges a link. Withdrawn goes first, because it may not be known that there was one; used goes before expired,
/// because "somebody has been here with this link" is what its owner should hear.
pub(super) fn link_state(
    link: &JoinLinkRecord,
    used_at: Option<UnixMillis>,
    withdrawn_at: Option<UnixMillis>,
    now: UnixMillis,
) -> LinkState {
    if withdrawn_at.is_some() {
        LinkState::Withdrawn
    } else if used_at.is_some() {
        LinkState::Used
    } else if now >= link.expires_at {
        LinkState::Expired
    } else {
        LinkState::Good
    }
}

impl VisitCommit {
    /// How many events there are, and the number of the first. Nothing when there are more than the revision can
    /// count: no fence can fit that.
    pub(super) fn numbers(&self) -> Option<(u32, u32)> {
        let count = u32::try_from(self.events.len()).ok()?;
        let first = self.visit.revision.checked_sub(count)?.checked_add(1)?;
        Some((count, first))
    }

    /// The instant of the decision. A revocation always has an event; the other two are for completeness.
    pub(super) fn at(&self) -> UnixMillis {
        let of_event = self.events.last().map(|it| it.at);
        let of_answer = self.answered.as_ref().map(|it| it.at);
        of_event.or(of_answer).unwrap_or(self.visit.facts.ends_at)
    }

    /// Whether it leaves the visit cancelled.
    pub(super) fn is_cancelled(&self) -> bool {
        self.visit.closed == Some(Closed::Cancelled)
    }

    /// Who cancelled it, when it was a member with an account.
    pub(super) fn cancelled_by(&self) -> Option<PersonId> {
        let cancelled = self.events.iter().rfind(|it| it.kind == AttendanceKind::Cancelled)?;
        self.visit.members.get(&cancelled.by?)?.person_id
    }
}

/// A wall time such that whatever ended at or before it ended before `at`, in whatever zone it was meant.
pub(super) fn wall_time_surely_before(at: UnixMillis) -> String {
    /// No zone is farther from UTC.
    const FARTHEST: Duration = Duration::from_secs(24 * 60 * 60);
    wall_utc(at.minus(FARTHEST))
}

/// Whose time can be booked.
pub(super) const PRACTITIONERS: [Role; 2] = [Role::Clinician, Role::Interpreter];

/// What an appointment claims that came without a hold: its own time, without buffers, shared with nobody.
pub(super) fn plain_claim(facts: &Facts) -> Claim {
    Claim {
        slot_id: SlotId(facts.appointment_id.0),
        practitioner_id: facts.clinician_id,
        starts_at: facts.starts_at,
        ends_at: facts.ends_at,
        busy_from: facts.starts_at,
        busy_until: facts.ends_at,
        group: facts.appointment_id.0,
        seat: 0,
        service_id: None,
        hold_id: HoldId(Uuid::nil()),
        state: ClaimState::Busy(facts.appointment_id),
    }
}

/// The claims of a hold, by the begin of the appointment that they are for.
pub(super) type Begins = BTreeMap<UnixMillis, Vec<SlotId>>;

/// Sorts a hold's claims. Nothing when there are none, or when one of the appointments would be without the practitioner.
pub(super) fn begins(claims: &[Claim], practitioner: PersonId) -> Option<Begins> {
    let mut begins = Begins::new();
    for it in claims {
        begins.entry(it.starts_at).or_default().push(it.slot_id);
    }
    let theirs = claims.iter().filter(|it| it.practitioner_id == practitioner);
    let covered: BTreeSet<_> = theirs.map(|it| it.starts_at).collect();
    (!begins.is_empty() && covered.len() == begins.len()).then_some(begins)
}

/// Whether these appointments are what the hold is for: one with the practitioner for each begin.
pub(super) fn is_for(begins: &Begins, bookings: &[NewBooking], practitioner: PersonId) -> bool {
    let wanted: BTreeSet<_> = bookings.iter().map(|it| it.visit.visit.facts.starts_at).collect();
    let is_theirs = |it: &NewBooking| it.visit.visit.facts.clinician_id == practitioner;
    bookings.len() == begins.len()
        && bookings.iter().all(is_theirs)
        && wanted.iter().eq(begins.keys())
}

impl ScheduleCommit {
    /// Who is booked by it, and as what.
    pub(super) fn booked(&self) -> BTreeSet<(PersonId, Role)> {
        let with = |clinician: PersonId, interpreter: Option<PersonId>| {
            let interpreter = interpreter.map(|it| (it, Role::Interpreter));
            [Some((clinician, Role::Clinician)), interpreter].into_iter().flatten()
        };
        let of =
            |it: &NewBooking| with(it.visit.visit.facts.clinician_id, it.booking.interpreter_id);
        let mut booked = BTreeSet::new();
        for change in &self.changes {
            match change {
                ScheduleChange::Hold(it, _) => {
                    booked.extend(with(it.practitioner_id, it.interpreter_id));
                }
                ScheduleChange::Book(_, new) => booked.extend(new.iter().flat_map(of)),
                ScheduleChange::Place(new, _) => booked.extend(of(new)),
                ScheduleChange::Move(_, it) => {
                    booked.extend(with(self.practitioner_id, it.interpreter_id));
                }
                ScheduleChange::SaveTemplate(_)
                | ScheduleChange::RemoveTemplate(_)
                | ScheduleChange::SaveException(_)
                | ScheduleChange::RemoveException(_)
                | ScheduleChange::Release(_)
                | ScheduleChange::Rederive(_)
                | ScheduleChange::RaiseTask(_)
                | ScheduleChange::ExtendHold(..)
                | ScheduleChange::UsePayment(..) => {}
            }
        }
        booked
    }

    /// For whom it holds or books.
    pub(super) fn patients(&self) -> BTreeSet<PersonId> {
        let of = |it: &NewBooking| it.visit.visit.facts.patient_id;
        let mut patients = BTreeSet::new();
        for change in &self.changes {
            match change {
                ScheduleChange::Hold(it, _) => {
                    patients.insert(it.patient_id);
                }
                ScheduleChange::Book(_, new) => patients.extend(new.iter().map(of)),
                ScheduleChange::Place(new, _) => {
                    patients.insert(of(new));
                }
                ScheduleChange::Move(..)
                | ScheduleChange::SaveTemplate(_)
                | ScheduleChange::RemoveTemplate(_)
                | ScheduleChange::SaveException(_)
                | ScheduleChange::RemoveException(_)
                | ScheduleChange::Release(_)
                | ScheduleChange::Rederive(_)
                | ScheduleChange::RaiseTask(_)
                | ScheduleChange::ExtendHold(..)
                | ScheduleChange::UsePayment(..) => {}
            }
        }
        patients
    }

    /// Whose time it claims anew.
    pub(super) fn humans(&self) -> BTreeSet<PersonId> {
        let mut humans = BTreeSet::new();
        for change in &self.changes {
            match change {
                ScheduleChange::Hold(_, claims) => {
                    humans.extend(claims.iter().map(|it| it.practitioner_id));
                }
                ScheduleChange::Place(_, claim) => {
                    humans.insert(claim.practitioner_id);
                }
                ScheduleChange::Rederive(all) => {
                    let claims = all.iter().flat_map(|it| &it.claims);
                    humans.extend(claims.map(|it| it.practitioner_id));
                }
                ScheduleChange::SaveTemplate(_)
                | ScheduleChange::RemoveTemplate(_)
                | ScheduleChange::SaveException(_)
                | ScheduleChange::RemoveException(_)
                | ScheduleChange::Release(_)
                | ScheduleChange::Book(..)
                | ScheduleChange::RaiseTask(_)
                | ScheduleChange::ExtendHold(..)
                | ScheduleChange::UsePayment(..)
                | ScheduleChange::Move(..) => {}
            }
        }
        humans
    }
}
