//! What is durable of payments.
//!
//! Invariants: one payment a hold, and at most one an appointment; whoever changes one names the revision that they
//! have read, so that of two one does; a
//! payment becomes an appointment's in the transaction that books it ([`ScheduleChange::UsePayment`]). Nothing of a card is kept.
//! Does not: decide (`domain::payment`), or ask the provider.
//!
//! [`ScheduleChange::UsePayment`]: super::schedule::ScheduleChange::UsePayment

use super::Stored;
use crate::domain::payment::State;
use crate::protocol::ids::{AppointmentId, HoldId, OrganisationId, PaymentId, PersonId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use async_trait::async_trait;

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRecord {
    /// Which.
    pub payment_id: PaymentId,
    /// For which hold.
    pub hold_id: HoldId,
    /// Who pays.
    pub patient_id: PersonId,
    /// In the smallest unit; more than nothing.
    pub amount_minor: u32,
    /// ISO 4217.
    pub currency: String,
    /// Where it is.
    pub state: State,
    /// Its name at the provider, once that has answered.
    pub provider_ref: Option<String>,
    /// Where it is paid.
    pub page_url: Option<String>,
    /// What the patient said the appointment is about.
    pub reason: Option<Phi<String>>,
    /// What was booked with it.
    pub appointment_id: Option<AppointmentId>,
    /// When it was begun.
    pub created_at: UnixMillis,
    /// When it was last changed.
    pub updated_at: UnixMillis,
    /// When to look at it; absent when there is nothing to do.
    pub next_look_at: Option<UnixMillis>,
    /// Looks in a row that failed.
    pub attempts: u32,
    /// Grows with every change, from 0.
    pub revision: u32,
}

/// Payments.
#[async_trait]
pub trait Payments {
    /// Begins one, unless the hold has one already; the hold's. `Conflict(Missing)` without such a hold or patient.
    async fn begin_payment(&self, record: PaymentRecord) -> Stored<PaymentRecord>;
    /// By id.
    async fn payment(&self, id: PaymentId) -> Stored<Option<PaymentRecord>>;
    /// Of a hold.
    async fn payment_of(&self, hold: HoldId) -> Stored<Option<PaymentRecord>>;
    /// State, provider, look and attempts from now on. `Conflict(Stale)` when it has another revision than `from` meanwhile.
    async fn save_payment(&self, record: PaymentRecord, from: u32) -> Stored<()>;
    /// What is to be looked at, longest due first.
    async fn payments_due(&self, now: UnixMillis, limit: u32) -> Stored<Vec<PaymentRecord>>;
    /// The newest of an organisation.
    async fn payments(&self, of: OrganisationId, limit: u32) -> Stored<Vec<PaymentRecord>>;
}
