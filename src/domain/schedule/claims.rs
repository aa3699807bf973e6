//! What happens to claims after a decision: held, confirmed, moved, released, ended.
//!
//! Owns: the transitions of a [`Schedule`]'s claims, as the owner of a schedule applies them after they were saved.
//! Invariants: SC-4 a hold that ends at or before `now` confirms nothing (an end and a confirmation at the same instant:
//! the end wins); a transition happens to all claims of a hold or to none.
//! Does not: decide what may be claimed ([`super::booking`]).

use super::refusal::Refusal;
use super::{Claim, ClaimState, Schedule};
use crate::protocol::ids::{AppointmentId, HoldId};
use crate::protocol::time::UnixMillis;

impl Claim {
    /// Whether it takes its time at `now`: busy, or held by a hold that has not ended. A hold ends *at* its instant.
    pub fn is_live(&self, now: UnixMillis) -> bool {
        match self.state {
            ClaimState::Held { expires_at } => now < expires_at,
            ClaimState::Busy(_) => true,
        }
    }

    /// Whether two claims of one human cannot both be: they overlap, buffers included, and are not seats of one group.
    pub fn collides_with(&self, other: &Claim) -> bool {
        self.practitioner_id == other.practitioner_id
            && self.group != other.group
            && self.busy_from < other.busy_until
            && other.busy_from < self.busy_until
    }
}

impl Schedule {
    /// Adds a claim that was decided.
    pub fn apply(&mut self, claim: Claim) {
        self.claims.push(claim);
        self.revision += 1;
    }

    /// The claims of a hold become busy, one appointment each, by begin.
    ///
    /// # Errors
    /// [`Refusal::HoldExpired`] when it holds nothing at `now`, or another number of claims than appointments.
    pub fn confirm(
        &mut self,
        hold: HoldId,
        appointments: &[AppointmentId],
        now: UnixMillis,
    ) -> Result<(), Refusal> {
        let is_open = |it: &&mut Claim| {
            it.hold_id == hold && it.is_live(now) && matches!(it.state, ClaimState::Held { .. })
        };
        let mut held: Vec<&mut Claim> = self.claims.iter_mut().filter(is_open).collect();
        if held.is_empty() || held.len() != appointments.len() {
            return Err(Refusal::HoldExpired);
        }
        held.sort_by_key(|it| it.starts_at);
        for (claim, appointment) in held.into_iter().zip(appointments) {
            claim.state = ClaimState::Busy(*appointment);
        }
        self.revision += 1;
        Ok(())
    }

    /// The appointment goes to the hold's claim, and what it had before is free: both or neither.
    ///
    /// # Errors
    /// As [`Schedule::confirm`].
    pub fn relocate(
        &mut self,
        hold: HoldId,
        appointment: AppointmentId,
        now: UnixMillis,
    ) -> Result<(), Refusal> {
        self.confirm(hold, &[appointment], now)?;
        self.claims.retain(|it| it.hold_id == hold || it.state != ClaimState::Busy(appointment));
        Ok(())
    }

    /// The hold ends then instead.
    pub fn extend(&mut self, hold: HoldId, until: UnixMillis) {
        let held = self.claims.iter_mut().filter(|it| it.hold_id == hold);
        for it in held {
            if let ClaimState::Held { expires_at } = &mut it.state {
                *expires_at = until;
            }
        }
        self.revision += 1;
    }

    /// The hold ends; what it held is free. Nothing when it has ended or was used.
    pub fn release(&mut self, hold: HoldId) {
        self.drop_claims(|it| it.hold_id == hold && matches!(it.state, ClaimState::Held { .. }));
    }

    /// The appointment claims this instead of what it claimed.
    pub fn replace(&mut self, appointment: AppointmentId, claims: impl Iterator<Item = Claim>) {
        self.free(appointment);
        claims.for_each(|it| self.apply(it));
    }

    /// The appointment's time is free.
    pub fn free(&mut self, appointment: AppointmentId) {
        self.drop_claims(|it| it.state == ClaimState::Busy(appointment));
    }

    /// Forgets holds that have ended at `now`.
    pub fn expire(&mut self, now: UnixMillis) {
        self.drop_claims(|it| !it.is_live(now));
    }

    /// When the next hold ends: when to call [`Schedule::expire`].
    pub fn next_expiry(&self) -> Option<UnixMillis> {
        let ends = self.claims.iter().filter_map(|it| match it.state {
            ClaimState::Held { expires_at } => Some(expires_at),
            ClaimState::Busy(_) => None,
        });
        ends.min()
    }

    fn drop_claims(&mut self, is_gone: impl Fn(&Claim) -> bool) {
        let before = self.claims.len();
        self.claims.retain(|it| !is_gone(it));
        if self.claims.len() != before {
            self.revision += 1;
        }
    }
}
