//! The rows of schedules in the memory store, and the claims in them.
//!
//! Invariants: SC-1 and SC-4 as in the tables. A hold and an appointment know the keys of their claims; a claim whose row is
//! gone claims nothing.

use super::state::{conflict, ensure};
use super::table::Table;
use crate::domain::schedule::{Claim, ClaimState, Exception, Service, Template};
use crate::protocol::ids::{
    AppointmentId, ExceptionId, HoldId, PaymentId, PersonId, ServiceId, SlotId, TaskId, TemplateId,
    WaitlistId,
};
use crate::protocol::time::UnixMillis;
use crate::store::payment::PaymentRecord;
use crate::store::schedule::{
    BookingRecord, FreedPlace, HistoryRecord, HoldRecord, PatientRecord, PlaceOffer,
    PractitionerRecord, TaskRecord, WaitlistRecord, ZONE_CONFLICT,
};
use crate::store::verdict::Begins;
use crate::store::{Claim as Fence, Conflict, StoreError, Stored};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Whose claim, and which.
pub(super) type Key = (PersonId, SlotId);

/// Everything that is kept of schedules.
#[derive(Debug, Default)]
pub(super) struct Booked {
    pub(super) services: Table<ServiceId, Service>,
    pub(super) practitioners: Table<PersonId, PractitionerRecord>,
    pub(super) patients: Table<PersonId, PatientRecord>,
    pub(super) templates: Table<TemplateId, (PersonId, Template)>,
    pub(super) exceptions: Table<ExceptionId, Exception>,
    pub(super) holds: Table<HoldId, Hold>,
    pub(super) tokens: Table<Vec<u8>, HoldId>,
    pub(super) slots: Table<Key, Claim>,
    pub(super) bookings: Table<AppointmentId, Booking>,
    pub(super) history: Table<AppointmentId, Vec<HistoryRecord>>,
    pub(super) waitlist: Table<WaitlistId, WaitlistRecord>,
    /// With whether somebody may still be told.
    pub(super) places: Table<Uuid, (FreedPlace, bool)>,
    pub(super) offers: Vec<PlaceOffer>,
    pub(super) payments: Table<PaymentId, PaymentRecord>,
    pub(super) tasks: Table<TaskId, TaskRecord>,
    pub(super) fences: BTreeMap<PersonId, Fence>,
}

/// A hold and what became of it.
#[derive(Debug, Clone)]
pub(super) struct Hold {
    pub(super) record: HoldRecord,
    /// Neither used, released nor ended.
    pub(super) is_open: bool,
    pub(super) claims: Vec<Key>,
}

impl Hold {
    pub(super) fn is_good(&self, at: UnixMillis) -> bool {
        self.is_open && self.record.expires_at > at
    }
}

/// What an appointment has besides its visit.
#[derive(Debug, Clone)]
pub(super) struct Booking {
    pub(super) record: BookingRecord,
    pub(super) claims: Vec<Key>,
}

impl Booked {
    pub(super) fn begin(&mut self) {
        self.templates.begin();
        self.exceptions.begin();
        self.holds.begin();
        self.tokens.begin();
        self.slots.begin();
        self.bookings.begin();
        self.history.begin();
        self.tasks.begin();
        self.payments.begin();
    }

    pub(super) fn end(&mut self, is_kept: bool) {
        self.templates.end(is_kept);
        self.exceptions.end(is_kept);
        self.holds.end(is_kept);
        self.tokens.end(is_kept);
        self.slots.end(is_kept);
        self.bookings.end(is_kept);
        self.history.end(is_kept);
        self.tasks.end(is_kept);
        self.payments.end(is_kept);
    }

    /// As the tables do it.
    pub(super) fn settle_conflict(&mut self, id: AppointmentId, at: UnixMillis) {
        let is_it = |it: &TaskRecord| {
            it.appointment_id == id && it.kind == ZONE_CONFLICT && it.done_at.is_none()
        };
        let open = self.tasks.values().find(|it| is_it(it)).map(|it| it.task_id);
        if let Some(open) = open {
            self.tasks.change(&open, |it| it.done_at = Some(at));
        }
    }

    /// One human's claims.
    pub(super) fn claims(&self, of: PersonId) -> impl Iterator<Item = &Claim> {
        let (first, last) = (SlotId(Uuid::nil()), SlotId(Uuid::max()));
        self.slots.range((of, first)..=(of, last)).map(|(_, it)| it)
    }

    /// SC-1: the rule of the tables, and their checks.
    pub(super) fn check_claim(&self, new: &Claim) -> Stored<()> {
        let is_whole = new.busy_from <= new.starts_at
            && new.starts_at < new.ends_at
            && new.ends_at <= new.busy_until;
        if !is_whole {
            return Err(StoreError::Aborted);
        }
        let excludes = |it: &Claim| {
            if it.group == new.group {
                it.seat == new.seat
            } else {
                it.busy_from < new.busy_until && it.busy_until > new.busy_from
            }
        };
        let is_free = !self.claims(new.practitioner_id).any(excludes);
        ensure(is_free, Conflict::SlotTaken)
    }

    /// Makes a claim. The key under which it is.
    pub(super) fn claim(&mut self, new: Claim) -> Stored<Key> {
        self.check_claim(&new)?;
        self.check_service(new.service_id)?;
        let key = (new.practitioner_id, new.slot_id);
        ensure(!self.slots.contains_key(&key), Conflict::Stale)?;
        self.slots.insert(key, new);
        Ok(key)
    }

    pub(super) fn check_service(&self, id: Option<ServiceId>) -> Stored<()> {
        ensure(id.is_none_or(|it| self.services.contains_key(&it)), Conflict::Missing)
    }

    /// Takes away what is still held of these claims.
    pub(super) fn let_go(&mut self, claims: &[Key]) {
        for key in claims {
            let row = self.slots.get(key);
            if row.is_some_and(|it| matches!(it.state, ClaimState::Held { .. })) {
                self.slots.remove(key);
            }
        }
    }

    /// SC-4. See the SQL store.
    pub(super) fn sweep(&mut self, humans: &BTreeSet<PersonId>, at: UnixMillis) {
        let is_over =
            |it: &&Claim| matches!(it.state, ClaimState::Held { expires_at } if expires_at <= at);
        let all = humans.iter().flat_map(|it| self.claims(*it));
        let holds: BTreeSet<_> = all.filter(is_over).map(|it| it.hold_id).collect();
        for hold in holds {
            if let Some(claims) = self.holds.get(&hold).map(|it| it.claims.clone()) {
                self.let_go(&claims);
            }
        }
    }

    pub(super) fn open_holds(&self, patient: PersonId, at: UnixMillis) -> u32 {
        let good = self.holds.values().filter(|it| it.is_good(at));
        let theirs = good.filter(|it| it.record.patient_id == patient).count();
        u32::try_from(theirs).unwrap_or(u32::MAX)
    }

    pub(super) fn hold(&mut self, record: HoldRecord, claims: Vec<Claim>) -> Stored<()> {
        self.check_service(Some(record.service_id))?;
        let is_new = !self.holds.contains_key(&record.hold_id)
            && !self.tokens.contains_key(&record.token_hash);
        ensure(is_new, Conflict::Stale)?;
        let state = ClaimState::Held { expires_at: record.expires_at };
        let hold_id = record.hold_id;
        let keys = claims.into_iter().map(|it| self.claim(Claim { hold_id, state, ..it }));
        let claims = keys.collect::<Stored<Vec<_>>>()?;
        self.tokens.insert(record.token_hash.clone(), hold_id);
        self.holds.insert(hold_id, Hold { record, is_open: true, claims });
        Ok(())
    }

    pub(super) fn release(&mut self, id: HoldId, practitioner: PersonId) {
        let open = self.holds.get(&id).filter(|it| it.is_open);
        let theirs = open.filter(|it| it.record.practitioner_id == practitioner);
        if let Some(claims) = theirs.map(|it| it.claims.clone()) {
            self.holds.change(&id, |it| it.is_open = false);
            self.let_go(&claims);
        }
    }

    /// The hold ends then instead, with its claims, unless it has ended.
    pub(super) fn extend(
        &mut self,
        id: HoldId,
        practitioner: PersonId,
        until: UnixMillis,
        at: UnixMillis,
    ) {
        let good = self.holds.get(&id).filter(|it| it.is_good(at));
        let theirs = good.filter(|it| it.record.practitioner_id == practitioner);
        let Some(claims) = theirs.map(|it| it.claims.clone()) else { return };
        self.holds.change(&id, |it| it.record.expires_at = until);
        for key in claims {
            self.slots.change(&key, |it| {
                if let ClaimState::Held { expires_at } = &mut it.state {
                    *expires_at = until;
                }
            });
        }
    }

    /// Uses a hold up: its claims.
    pub(super) fn take(
        &mut self,
        id: HoldId,
        practitioner: PersonId,
        at: UnixMillis,
    ) -> Stored<Vec<Claim>> {
        let good = self.holds.get(&id).filter(|it| it.is_good(at));
        let theirs = good.filter(|it| it.record.practitioner_id == practitioner);
        let Some(hold) = theirs else { return conflict(Conflict::Stale) };
        let claims = hold.claims.iter().filter_map(|it| self.slots.get(it)).cloned().collect();
        self.holds.change(&id, |it| it.is_open = false);
        Ok(claims)
    }

    /// Claims of one begin become the appointment's.
    pub(super) fn occupy(
        &mut self,
        begins: &Begins,
        claims: &[Claim],
        begin: UnixMillis,
        by: AppointmentId,
    ) -> Stored<()> {
        let slots = begins.get(&begin).ok_or(StoreError::Conflict(Conflict::Stale))?;
        let theirs = claims.iter().filter(|it| slots.contains(&it.slot_id));
        let keys: Vec<_> = theirs.map(|it| (it.practitioner_id, it.slot_id)).collect();
        for key in &keys {
            self.slots.change(key, |it| it.state = ClaimState::Busy(by));
        }
        self.bookings.change(&by, |it| it.claims = keys);
        Ok(())
    }

    /// The appointment claims nothing any more.
    pub(super) fn vacate(&mut self, id: AppointmentId) {
        let claims = self.bookings.get(&id).map(|it| it.claims.clone()).unwrap_or_default();
        for key in claims {
            self.slots.remove(&key);
        }
    }

    pub(super) fn remember(&mut self, line: HistoryRecord) {
        let id = line.appointment_id;
        if !self.history.contains_key(&id) {
            self.history.insert(id, vec![]);
        }
        self.history.change(&id, |lines| lines.push(line));
    }

    pub(super) fn expire(&mut self, at: UnixMillis, limit: usize) -> Vec<PersonId> {
        let open = self.holds.values().filter(|it| it.is_open && it.record.expires_at <= at);
        let mut due: Vec<_> = open.map(|it| (it.record.expires_at, it.record.hold_id)).collect();
        due.sort_unstable();
        due.truncate(limit);
        let mut whose = BTreeSet::new();
        for (_, id) in due {
            if let Some(hold) = self.holds.get(&id).cloned() {
                whose.insert(hold.record.practitioner_id);
                self.holds.change(&id, |it| it.is_open = false);
                self.let_go(&hold.claims);
            }
        }
        whose.into_iter().collect()
    }
}
