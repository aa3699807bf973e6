//! Words about a patient that stand outside of their profile: what an appointment is about, what was said of them in an emergency.
//!
//! Invariants: THE TABLE of where they stand; each is sealed by the patient's key for its table, column and row. What a program of before has
//! written as text is read as it is. Does not: seal or open (`records`).

use super::conversations::WrappedKey;
use super::schedule::Kept;
use crate::protocol::ids::{OrganisationId, PersonId};
use crate::protocol::phi::Phi;
use futures::future::BoxFuture;
use uuid::Uuid;

/// Where words stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    /// What a patient says that an appointment is about.
    Appointment,
    /// The same, until what is paid for is booked.
    Payment,
    /// Why somebody opened a record in an emergency.
    Emergency,
    /// What was found when that was looked into.
    Review,
}

impl Said {
    /// All of them.
    pub const ALL: [Said; 4] = [Said::Appointment, Said::Payment, Said::Emergency, Said::Review];

    /// The table; it has `id` and `patient_id`.
    #[must_use]
    pub const fn table(self) -> &'static str {
        match self {
            Said::Appointment => "appointments",
            Said::Payment => "payments",
            Said::Emergency | Said::Review => "emergency_grants",
        }
    }

    /// The column.
    #[must_use]
    pub const fn column(self) -> &'static str {
        match self {
            Said::Appointment | Said::Payment => "reason",
            Said::Emergency => "because",
            Said::Review => "note",
        }
    }
}

/// Words, and whose they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidOf {
    /// Where.
    pub at: Said,
    /// The row.
    pub row: Uuid,
    /// About whom.
    pub patient: PersonId,
    /// As they are kept.
    pub text: Kept,
}

/// Nobody answers who keeps the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away;

/// Whoever opens sealed words that are read together with much else.
pub trait Opener: Send + Sync {
    /// What was said, by that key of somebody of that organisation. What does not open is reported, and is nothing.
    fn open<'a>(
        &'a self,
        said: &'a SaidOf,
        key: &'a WrappedKey,
        house: OrganisationId,
    ) -> BoxFuture<'a, Result<Option<Phi<String>>, Away>>;
}
