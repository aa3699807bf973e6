//! What happens to payments by itself: what was reserved for a hold that ended is given back, what was booked is taken, what was
//! cancelled in time is paid back.
//!
//! Invariants: before the provider is told to give back, the row says so, and from then on nobody can book with it. Every step may
//! be made again: the provider knows an intent by its name, and a row that was changed meanwhile is read anew. A step has ended when
//! the provider says that the payment stands so, not when it took the request. Nothing here is needed for a booking, and nothing
//! else waits for the provider: this has a task of its own on every node. Does not: decide (`domain::payment`).

use crate::command::unsaved;
use crate::domain::payment::{
    Agreed, Cancelled, Side, Standing, State, Step, judged_begin, next_step,
};
use crate::domain::visit::Closed;
use crate::node::Node;
use crate::notifications::backoff;
use crate::payments::{Act, Failure, Till};
use crate::protocol::fault::Fault;
use crate::protocol::time::UnixMillis;
use crate::store::payment::PaymentRecord;
use crate::store::schedule::{BookingEvent, HistoryRecord};
use crate::store::{Conflict, StoreError};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Payments that one look settles.
const BATCH: u32 = 50;
/// Time between two looks: what was booked is taken within a minute.
const EVERY: Duration = Duration::from_secs(60);

/// How a payment stands after an act was asked for.
struct After {
    standing: Standing,
    is_refused: bool,
}

/// Starts the task, where money is taken. It ends when the node is dropped.
pub(super) fn start(node: &Arc<Node>) {
    if node.till().is_none() {
        return;
    }
    let node = Arc::downgrade(node);
    actix_rt::spawn(async move {
        loop {
            {
                let Some(node) = node.upgrade() else { return };
                node.settle_payments().await;
            }
            actix_rt::time::sleep(EVERY).await;
        }
    });
}

impl Node {
    /// One look at everything that is due.
    pub async fn settle_payments(&self) {
        let Some(till) = self.till() else { return };
        let now = self.clock.now();
        let due = match self.store.payments_due(now, BATCH).await {
            Ok(due) => due,
            Err(error) => return tracing::warn!(%error, "payments could not be read"),
        };
        for payment in due {
            let id = payment.payment_id;
            if let Err(fault) = self.settle(till, payment, now).await {
                tracing::warn!(payment = %id, code = fault.code.as_str(), "a payment waits");
            }
        }
    }

    async fn settle(
        &self,
        till: &Till,
        payment: PaymentRecord,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        let hold = self.store.hold_by_id(payment.hold_id, now).await.map_err(unsaved)?;
        let hold_ends = hold.filter(|(_, is_open)| *is_open).map(|(it, _)| it.expires_at);
        let hours = u64::from(self.config.payments.refund_notice_hours);
        let notice = Duration::from_secs(hours * 60 * 60);
        let cancelled = self.cancelled(&payment, notice).await?;
        match next_step(payment.state, hold_ends, cancelled, notice) {
            Step::Wait(at) => {
                let payment = self.asked(payment, now).await?;
                self.moves_on(&payment, payment.state, Some(at), now).await
            }
            Step::Void => self.gives_back(till, payment, now).await,
            Step::Capture => self.takes(till, payment, cancelled.is_some(), now).await,
            Step::Refund => self.pays_back(till, payment, now).await,
            Step::Keep => self.moves_on(&payment, State::Kept, None, now).await,
            Step::Rest => self.moves_on(&payment, payment.state, None, now).await,
        }
    }

    /// How its appointment was cancelled, if it was.
    async fn cancelled(
        &self,
        payment: &PaymentRecord,
        notice: Duration,
    ) -> Result<Option<Cancelled>, Fault> {
        let Some(id) = payment.appointment_id else { return Ok(None) };
        let visit = self.store.visit(id).await.map_err(unsaved)?;
        let is_cancelled = |it: &crate::domain::visit::Visit| it.closed == Some(Closed::Cancelled);
        let Some(visit) = visit.filter(is_cancelled) else { return Ok(None) };
        let lines = self.store.history(id).await.map_err(unsaved)?;
        let side = |line: &HistoryRecord| match line.by {
            Some(id) if id == payment.patient_id => Side::Patient,
            _ => Side::Clinic,
        };
        let agreed: Vec<Agreed> = lines
            .iter()
            .filter(|it| it.event != BookingEvent::Cancelled)
            .map(|it| Agreed { by: side(it), at: it.at, starts_at: it.starts_at })
            .collect();
        let line = lines.iter().rfind(|it| it.event == BookingEvent::Cancelled);
        Ok(Some(Cancelled {
            by: line.map_or(Side::Clinic, side),
            at: line.map_or(payment.updated_at, |it| it.at),
            starts_at: judged_begin(&agreed, notice).unwrap_or(visit.facts.starts_at),
        }))
    }

    async fn gives_back(
        &self,
        till: &Till,
        payment: PaymentRecord,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        let payment = self.begins(payment, State::Voiding, now).await?;
        let Some(provider_ref) = payment.provider_ref.clone() else {
            // Nobody was ever given a page on which to pay.
            return self.moves_on(&payment, State::Voided, None, now).await;
        };
        match after(till, Act::Void, Standing::Voided, &provider_ref).await {
            Ok(After { standing: Standing::Voided | Standing::Refunded, .. }) => {
                self.moves_on(&payment, State::Voided, None, now).await
            }
            Ok(After { standing: Standing::Captured, .. }) => {
                self.moves_on(&payment, State::Refunding, Some(now), now).await
            }
            _ => self.tries_later(&payment, now).await,
        }
    }

    async fn takes(
        &self,
        till: &Till,
        payment: PaymentRecord,
        is_cancelled: bool,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        let taken = if is_cancelled { State::Kept } else { State::Captured };
        let Some(provider_ref) = payment.provider_ref.clone() else {
            return self.moves_on(&payment, State::Uncollected, None, now).await;
        };
        match after(till, Act::Capture, Standing::Captured, &provider_ref).await {
            Ok(After { standing: Standing::Captured, .. }) => {
                self.moves_on(&payment, taken, None, now).await
            }
            Ok(After { is_refused: true, .. }) => {
                self.moves_on(&payment, State::Uncollected, None, now).await
            }
            _ => self.tries_later(&payment, now).await,
        }
    }

    async fn pays_back(
        &self,
        till: &Till,
        payment: PaymentRecord,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        let payment = self.begins(payment, State::Refunding, now).await?;
        let provider_ref = payment.provider_ref.clone().unwrap_or_default();
        match after(till, Act::Refund, Standing::Refunded, &provider_ref).await {
            Ok(After { standing: Standing::Refunded, .. }) => {
                self.moves_on(&payment, State::Refunded, None, now).await
            }
            _ => self.tries_later(&payment, now).await,
        }
    }

    /// Says what is about to be done, before it is.
    async fn begins(
        &self,
        payment: PaymentRecord,
        state: State,
        now: UnixMillis,
    ) -> Result<PaymentRecord, Fault> {
        if payment.state == state {
            return Ok(payment);
        }
        let next = PaymentRecord {
            state,
            updated_at: now,
            next_look_at: Some(now),
            attempts: 0,
            ..payment.clone()
        };
        self.store.save_payment(next.clone(), payment.revision).await.map_err(unsaved)?;
        Ok(PaymentRecord { revision: payment.revision.saturating_add(1), ..next })
    }

    /// One that was changed meanwhile is due still, and is looked at again.
    async fn moves_on(
        &self,
        payment: &PaymentRecord,
        state: State,
        next_look_at: Option<UnixMillis>,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        let next =
            PaymentRecord { state, updated_at: now, next_look_at, attempts: 0, ..payment.clone() };
        self.saves(payment, next).await?;
        if state != payment.state {
            metrics::counter!("bedside_payments_total", "state" => state.as_str()).increment(1);
        }
        Ok(())
    }

    async fn tries_later(&self, payment: &PaymentRecord, now: UnixMillis) -> Result<(), Fault> {
        let attempts = payment.attempts.saturating_add(1);
        let [a, b, c, d, e, f, g, h, ..] = Uuid::new_v4().into_bytes();
        let random = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        let next = backoff::next_try(attempts, now, random);
        // Money that is not ours is never given up on.
        let next_look_at = Some(next.unwrap_or_else(|| now.plus(backoff::LONGEST)));
        metrics::counter!("bedside_payments_waiting_total").increment(1);
        let next = PaymentRecord { updated_at: now, next_look_at, attempts, ..payment.clone() };
        self.saves(payment, next).await
    }

    async fn saves(&self, before: &PaymentRecord, next: PaymentRecord) -> Result<(), Fault> {
        match self.store.save_payment(next, before.revision).await {
            Ok(()) | Err(StoreError::Conflict(Conflict::Stale)) => Ok(()),
            Err(error) => Err(unsaved(error)),
        }
    }
}

/// Asks for it, and looks when the answer is another than was wanted: a provider may take a request and do it later, and may answer
/// a request that comes again with what it said the first time.
async fn after(
    till: &Till,
    act: Act,
    wanted: Standing,
    provider_ref: &str,
) -> Result<After, Failure> {
    let is_refused = match till.act(act, provider_ref).await {
        Ok(it) if it.standing == wanted => {
            return Ok(After { standing: wanted, is_refused: false });
        }
        Ok(_) => false,
        Err(Failure::Refused) => true,
        Err(Failure::Down) => return Err(Failure::Down),
    };
    let standing = till.act(Act::Read, provider_ref).await?.standing;
    Ok(After { standing, is_refused })
}
