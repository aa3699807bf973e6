//! Paying before something is booked. Nothing of a card is here: the person pays on the provider's own page.

use crate::protocol::ids::{AppointmentId, PaymentId, PersonId};
use crate::protocol::phi::Phi;
use crate::protocol::practice::Price;
use crate::protocol::time::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `payment.begin`: what is held shall be paid. Asked again for the same hold, it is the same payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginPayment {
    /// As the hold was answered.
    pub hold_token: Phi<String>,
    /// What the appointment is about, at most 500 characters; for the clinician. The provider is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Phi<String>>,
}

/// `payment.read`: how a payment stands; one's own, or anybody's by an administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadPayment {
    /// Which.
    pub payment_id: PaymentId,
}

/// `payment.confirm`: books what was paid for. Asked again, it answers the same appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmPayment {
    /// Which.
    pub payment_id: PaymentId,
}

/// `payment.list`: the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListPayments {}

/// Where a payment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// Not finished at the provider.
    Pending,
    /// Declined; it may be tried again.
    Declined,
    /// The sum is reserved; nothing is taken until the appointment is booked.
    Authorised,
    /// What is reserved is being given back.
    Voiding,
    /// Given back; nothing was taken.
    Voided,
    /// The appointment is booked; the sum is being taken.
    Booked,
    /// Taken.
    Captured,
    /// The provider does not let it be taken; the clinic has to look.
    Uncollected,
    /// It is being paid back.
    Refunding,
    /// Paid back.
    Refunded,
    /// Cancelled too late to be paid back.
    Kept,
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Payment {
    /// Which.
    pub payment_id: PaymentId,
    /// Who pays.
    pub patient_id: PersonId,
    /// Where it is.
    pub state: PaymentState,
    /// The sum.
    pub price: Price,
    /// Where it is paid, while it can be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_url: Option<Phi<String>>,
    /// Until when the time is held, while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<UnixMillis>,
    /// What was booked with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment_id: Option<AppointmentId>,
    /// When it was begun.
    pub created_at: UnixMillis,
}

/// Answer of `payment.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Payments {
    /// At most 200, newest first.
    pub payments: Vec<Payment>,
}
