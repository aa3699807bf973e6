//! Paying for what is held: begin, look, confirm, and the list of the administrator.
//!
//! Invariants: a service with a price is booked by its patient only with a reserved sum that is the price, of this hold; what staff
//! hold for somebody is settled at the desk. A hold is longer while it is paid for, within a bound. Another's payment does not exist.
//! Does not: take or give back money (`settling`).

use crate::actors::planner_work::ExtendWork;
use crate::command::{Call, Execute, Recorded, unsaved};
use crate::crypto::is_signed;
use crate::domain::payment::{State, Sum, heard, held_until};
use crate::domain::policy::Principal;
use crate::domain::schedule::{Refusal, Service};
use crate::domain::visit::view::card_for;
use crate::node::Node;
use crate::node::agreed::{person_of, reason};
use crate::payments::{Act, Failure, Intent, Order, Till};
use crate::protocol::appointment::AppointmentCard;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::PaymentId;
use crate::protocol::payment::{
    BeginPayment, ConfirmPayment, ListPayments, Payment, PaymentState, Payments, ReadPayment,
};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::protocol::practice::Price;
use crate::protocol::time::UnixMillis;
use crate::store::Conflict;
use crate::store::StoreError;
use crate::store::payment::PaymentRecord;
use crate::store::schedule::HoldRecord;
use uuid::Uuid;

/// What a message of the provider names; what else it says is not read.
#[derive(serde::Deserialize)]
struct Message {
    reference: PaymentId,
}

/// Payments of one list.
const MAX_LISTED: u32 = 200;

impl Execute<BeginPayment> for Node {
    async fn execute(&self, call: Call, op: BeginPayment) -> Result<Payment, Fault> {
        let reason = reason(op.reason)?;
        let (hold, is_open) = self.hold_of(&call, &op.hold_token).await?;
        if !is_open {
            return Err(Refusal::HoldExpired.into());
        }
        let service =
            self.bookable(call.principal()?.organisation, hold.service_id, call.now).await?;
        let (Some(till), Some((amount_minor, currency))) =
            (self.till(), self.owed(&hold, &service))
        else {
            return Err(Fault::new(FaultCode::NotAllowedNow).because("Nothing is to be paid here."));
        };
        let schedule = self.look(hold.practitioner_id).await?;
        if self.claims_of(&hold, &schedule).await?.len() != 1 {
            return Err(Fault::invalid("hold_token", "What is paid for is booked one at a time."));
        }
        let payment_id = PaymentId(Uuid::now_v7());
        let reason = self.sealed_for_payment(payment_id, hold.patient_id, reason, call.now).await?;
        let new = PaymentRecord {
            payment_id,
            hold_id: hold.hold_id,
            patient_id: hold.patient_id,
            amount_minor,
            currency,
            state: State::Pending,
            provider_ref: None,
            page_url: None,
            reason,
            appointment_id: None,
            created_at: call.now,
            updated_at: call.now,
            next_look_at: Some(hold.expires_at),
            attempts: 0,
            revision: 0,
        };
        let payment = self.store.begin_payment(new).await.map_err(unsaved)?;
        let until = held_until(hold.created_at, hold.expires_at, call.now);
        if payment.state.is_open() && until > hold.expires_at {
            let work =
                || ExtendWork { hold_id: hold.hold_id, until, interpreter_id: hold.interpreter_id };
            self.plan(hold.practitioner_id, &call, work).await?;
        }
        let payment = self.with_a_page(till, payment, until, call.now).await?;
        self.shown(&payment, call.now).await
    }
}

impl Execute<ReadPayment> for Node {
    // What the provider says on the way is saved.
    const RECORDED: Recorded = Recorded::First;

    async fn execute(&self, call: Call, op: ReadPayment) -> Result<Payment, Fault> {
        let payment = self.payment_for(&call.principal()?, op.payment_id).await?;
        // A provider that does not answer changes nothing: it stands as it was last known.
        let payment = self.asked(payment.clone(), call.now).await.unwrap_or(payment);
        self.shown(&payment, call.now).await
    }
}

impl Execute<ConfirmPayment> for Node {
    async fn execute(&self, call: Call, op: ConfirmPayment) -> Result<AppointmentCard, Fault> {
        let principal = call.principal()?;
        let payment = self.payment_for(&principal, op.payment_id).await?;
        if person_of(&principal) != Some(payment.patient_id) {
            return Err(FaultCode::Forbidden.into());
        }
        if let Some(card) = self.booked_with(&payment, &principal).await? {
            return Ok(card);
        }
        match self.book_paid(&call, &payment).await {
            Ok(card) => Ok(card),
            // Another tab, or a second click, was quicker: it is booked all the same.
            Err(fault) => {
                let payment = self.payment_for(&principal, op.payment_id).await?;
                self.booked_with(&payment, &principal).await?.ok_or(fault)
            }
        }
    }
}

impl Execute<ListPayments> for Node {
    async fn execute(&self, call: Call, _: ListPayments) -> Result<Payments, Fault> {
        let of = call.principal()?.organisation;
        let kept = self.store.payments(of, MAX_LISTED).await.map_err(unsaved)?;
        let shown = kept.iter().map(|it| view(it, None));
        Ok(Payments { payments: shown.collect() })
    }
}

impl Node {
    pub(super) fn till(&self) -> Option<&Till> {
        self.payments.as_ref().map(|it| &it.till)
    }

    /// What has to be paid before this is booked.
    pub(super) fn owed(&self, hold: &HoldRecord, service: &Service) -> Option<(u32, String)> {
        let is_own = hold.held_by == hold.patient_id;
        let price = service.price.clone().filter(|(amount, _)| *amount > 0);
        price.filter(|_| is_own && self.payments.is_some())
    }

    /// The payment with which this hold can be booked, when one is needed.
    pub(super) async fn paid(
        &self,
        hold: &HoldRecord,
        service: &Service,
        now: UnixMillis,
    ) -> Result<Option<PaymentRecord>, Fault> {
        if self.owed(hold, service).is_none() {
            return Ok(None);
        }
        let payment = self.store.payment_of(hold.hold_id).await.map_err(unsaved)?;
        let payment = payment.ok_or(FaultCode::PaymentRequired)?;
        let payment = self.asked(payment, now).await?;
        match payment.state {
            State::Authorised => Ok(Some(payment)),
            _ => Err(FaultCode::PaymentRequired.into()),
        }
    }

    /// The intent of a payment, made when there is none yet.
    async fn with_a_page(
        &self,
        till: &Till,
        before: PaymentRecord,
        until: UnixMillis,
        now: UnixMillis,
    ) -> Result<PaymentRecord, Fault> {
        if before.provider_ref.is_some() || !before.state.is_open() {
            return Ok(before);
        }
        let order = Order {
            payment_id: before.payment_id,
            amount_minor: before.amount_minor,
            currency: before.currency.clone(),
            return_url: format!("{}/book?payment={}", self.config.public_url, before.payment_id),
        };
        let intent = till.begin(&order).await.map_err(unanswered)?;
        let is_page = self.config.payments.is_page(&intent.page_url)
            || intent.page_url.starts_with(&format!("{}/", self.config.public_url));
        if !is_page {
            tracing::error!(
                "the payment provider named a page at a host that is not one of payments.page_hosts"
            );
            return Err(FaultCode::Unavailable.into());
        }
        let next = PaymentRecord {
            provider_ref: Some(intent.provider_ref),
            page_url: Some(intent.page_url),
            updated_at: now,
            next_look_at: Some(until),
            ..before.clone()
        };
        self.changed(&before, next).await
    }

    /// The payment as the provider knows it now, as long as the person can still do something about it.
    pub(super) async fn asked(
        &self,
        before: PaymentRecord,
        now: UnixMillis,
    ) -> Result<PaymentRecord, Fault> {
        let (Some(till), Some(provider_ref)) = (self.till(), before.provider_ref.clone()) else {
            return Ok(before);
        };
        if !before.state.is_open() {
            return Ok(before);
        }
        let intent = till.act(Act::Read, &provider_ref).await.map_err(unanswered)?;
        let state = heard_of(&before, &intent);
        if state == before.state {
            return Ok(before);
        }
        let next_look_at = match state {
            State::Voiding => Some(now),
            _ => before.next_look_at,
        };
        let next = PaymentRecord { state, updated_at: now, next_look_at, ..before.clone() };
        self.changed(&before, next).await
    }

    /// Saves; when somebody else has meanwhile, what they have saved.
    async fn changed(
        &self,
        before: &PaymentRecord,
        next: PaymentRecord,
    ) -> Result<PaymentRecord, Fault> {
        match self.store.save_payment(next.clone(), before.revision).await {
            Ok(()) => Ok(PaymentRecord { revision: before.revision.saturating_add(1), ..next }),
            Err(StoreError::Conflict(Conflict::Stale)) => {
                let kept = self.store.payment(before.payment_id).await.map_err(unsaved)?;
                kept.ok_or_else(|| FaultCode::NotFound.into())
            }
            Err(error) => Err(unsaved(error)),
        }
    }

    /// A message of the provider: when it is signed, the payment that it names is asked for. What it says is not believed.
    pub(super) async fn provider_says(&self, body: &[u8], signature: &str) -> bool {
        let secret = self.payments.as_ref().and_then(|it| it.webhook_secret.as_ref());
        let is_ours = secret.is_some_and(|it| is_signed(it.expose().as_bytes(), body, signature));
        if !is_ours {
            metrics::counter!("bedside_payment_messages_refused_total").increment(1);
            return false;
        }
        let named: Option<Message> = serde_json::from_slice(body).ok();
        let Some(Message { reference }) = named else { return true };
        if let Ok(Some(payment)) = self.store.payment(reference).await
            && self.asked(payment, self.clock.now()).await.is_err()
        {
            tracing::warn!(payment = %reference, "the provider told of a payment and does not answer");
        }
        true
    }

    async fn book_paid(
        &self,
        call: &Call,
        payment: &PaymentRecord,
    ) -> Result<AppointmentCard, Fault> {
        let hold = self.store.hold_by_id(payment.hold_id, call.now).await.map_err(unsaved)?;
        let (hold, is_open) = hold.ok_or(FaultCode::NotFound)?;
        if !is_open {
            return Err(Refusal::HoldExpired.into());
        }
        self.book(call, &hold, None, false).await
    }

    /// What was booked with a payment, as its person sees it.
    async fn booked_with(
        &self,
        payment: &PaymentRecord,
        principal: &Principal,
    ) -> Result<Option<AppointmentCard>, Fault> {
        let Some(id) = payment.appointment_id else { return Ok(None) };
        let visit = self.store.visit(id).await.map_err(unsaved)?.ok_or(FaultCode::NotFound)?;
        Ok(Some(card_for(&visit, principal.who)))
    }

    async fn payment_for(
        &self,
        principal: &Principal,
        id: PaymentId,
    ) -> Result<PaymentRecord, Fault> {
        let kept = self.store.payment(id).await.map_err(unsaved)?;
        let by = person_of(principal);
        let may_see = |it: &PaymentRecord| {
            principal.role == Role::Admin || (by.is_some() && Some(it.patient_id) == by)
        };
        kept.filter(may_see).ok_or_else(|| FaultCode::NotFound.into())
    }

    async fn shown(&self, payment: &PaymentRecord, now: UnixMillis) -> Result<Payment, Fault> {
        let hold = self.store.hold_by_id(payment.hold_id, now).await.map_err(unsaved)?;
        let held = hold.filter(|(_, is_open)| *is_open).map(|(it, _)| it.expires_at);
        Ok(view(payment, held))
    }
}

/// What the provider's word makes of a payment that is open.
pub(super) fn heard_of(payment: &PaymentRecord, intent: &Intent) -> State {
    let owed = Sum { amount_minor: payment.amount_minor, currency: &payment.currency };
    let said = Sum { amount_minor: intent.amount_minor, currency: &intent.currency };
    heard(owed, said, intent.standing)
}

fn unanswered(_: Failure) -> Fault {
    Fault::new(FaultCode::Unavailable).because("The payment provider does not answer.")
}

fn view(it: &PaymentRecord, held_until: Option<UnixMillis>) -> Payment {
    let page_url = it.page_url.clone().filter(|_| it.state.is_open() && held_until.is_some());
    Payment {
        payment_id: it.payment_id,
        patient_id: it.patient_id,
        state: shown_state(it.state),
        price: Price { amount_minor: it.amount_minor, currency: it.currency.clone() },
        page_url: page_url.map(Phi::new),
        held_until,
        appointment_id: it.appointment_id,
        created_at: it.created_at,
    }
}

const fn shown_state(state: State) -> PaymentState {
    match state {
        State::Pending => PaymentState::Pending,
        State::Declined => PaymentState::Declined,
        State::Authorised => PaymentState::Authorised,
        State::Voiding => PaymentState::Voiding,
        State::Voided => PaymentState::Voided,
        State::Booked => PaymentState::Booked,
        State::Captured => PaymentState::Captured,
        State::Uncollected => PaymentState::Uncollected,
        State::Refunding => PaymentState::Refunding,
        State::Refunded => PaymentState::Refunded,
        State::Kept => PaymentState::Kept,
    }
}
