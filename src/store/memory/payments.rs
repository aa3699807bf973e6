//! Payments in the memory store.

use super::state::{State as Rows, conflict, ensure};
use super::{Memory, Point, at_most};
use crate::domain::payment::State;
use crate::protocol::ids::{AppointmentId, HoldId, OrganisationId, PaymentId};
use crate::protocol::time::UnixMillis;
use crate::store::payment::{PaymentRecord, Payments};
use crate::store::{Conflict, StoreError, Stored};
use async_trait::async_trait;

#[async_trait]
impl Payments for Memory {
    async fn begin_payment(&self, record: PaymentRecord) -> Stored<PaymentRecord> {
        let begun = self.write(Point::BeginPayment, |state| state.begin_payment(record));
        begun.await.map(|(it, _)| it)
    }

    async fn payment(&self, id: PaymentId) -> Stored<Option<PaymentRecord>> {
        Ok(self.state().booked.payments.get(&id).cloned())
    }

    async fn payment_of(&self, hold: HoldId) -> Stored<Option<PaymentRecord>> {
        Ok(self.state().booked.payments.values().find(|it| it.hold_id == hold).cloned())
    }

    async fn save_payment(&self, record: PaymentRecord, from: u32) -> Stored<()> {
        self.write_beside(Point::SavePayment, |state| state.save_payment(record, from)).await
    }

    async fn payments_due(&self, now: UnixMillis, limit: u32) -> Stored<Vec<PaymentRecord>> {
        let state = self.state();
        let is_due = |it: &&PaymentRecord| it.next_look_at.is_some_and(|at| at <= now);
        let mut due: Vec<_> = state.booked.payments.values().filter(is_due).cloned().collect();
        due.sort_by_key(|it| (it.next_look_at, it.payment_id));
        due.truncate(at_most(limit));
        Ok(due)
    }

    async fn payments(&self, of: OrganisationId, limit: u32) -> Stored<Vec<PaymentRecord>> {
        let mut all: Vec<_> = {
            let state = self.state();
            let is_theirs = |it: &&PaymentRecord| state.is_of(it.patient_id, of);
            state.booked.payments.values().filter(is_theirs).cloned().collect()
        };
        all.sort_by_key(|it| std::cmp::Reverse((it.created_at, it.payment_id)));
        all.truncate(at_most(limit));
        Ok(all)
    }
}

impl Rows {
    fn begin_payment(&mut self, record: PaymentRecord) -> Stored<(PaymentRecord, bool)> {
        let known = self.booked.payments.values().find(|it| it.hold_id == record.hold_id);
        if let Some(known) = known {
            return Ok((known.clone(), false));
        }
        let is_whole = self.booked.holds.contains_key(&record.hold_id)
            && self.people.contains_key(&record.patient_id);
        ensure(is_whole, Conflict::Missing)?;
        ensure(!self.booked.payments.contains_key(&record.payment_id), Conflict::Stale)?;
        if record.amount_minor == 0 {
            return Err(StoreError::Aborted);
        }
        self.booked.payments.insert(record.payment_id, record.clone());
        Ok((record, true))
    }

    fn save_payment(&mut self, record: PaymentRecord, from: u32) -> Stored<()> {
        let known = self.booked.payments.get(&record.payment_id);
        ensure(known.is_some_and(|it| it.revision == from), Conflict::Stale)?;
        self.booked.payments.change(&record.payment_id, |it| {
            it.state = record.state;
            it.provider_ref = record.provider_ref;
            it.page_url = record.page_url;
            it.updated_at = record.updated_at;
            it.next_look_at = record.next_look_at;
            it.attempts = record.attempts;
            it.revision += 1;
        });
        Ok(())
    }

    pub(super) fn use_payment(
        &mut self,
        id: PaymentId,
        hold: HoldId,
        appointment: AppointmentId,
        at: UnixMillis,
    ) -> Stored<()> {
        let known = self.booked.payments.get(&id);
        if !known.is_some_and(|it| it.hold_id == hold && it.state == State::Authorised) {
            return conflict(Conflict::Stale);
        }
        self.booked.payments.change(&id, |it| {
            it.state = State::Booked;
            it.appointment_id = Some(appointment);
            it.updated_at = at;
            it.next_look_at = Some(at);
            it.attempts = 0;
            it.revision += 1;
        });
        Ok(())
    }

    pub(super) fn look_at_payment(&mut self, appointment: AppointmentId, at: UnixMillis) {
        let theirs = |it: &&PaymentRecord| it.appointment_id == Some(appointment);
        let known = self.booked.payments.values().find(theirs).map(|it| it.payment_id);
        if let Some(id) = known {
            self.booked.payments.change(&id, |it| {
                it.next_look_at = Some(at);
                it.revision += 1;
            });
        }
    }
}
