//! What figures of a clinic's use are made of: appointments of patients who agree to be counted.
//!
//! Invariant: US-2 nobody else's appointments are given: who never agreed, or to another version, who took it back, who was erased, and
//! who is of another organisation is not there, as it stands at the moment of the call. Does not: count, or hide what is small
//! (`domain::usage`).

use super::Stored;
use crate::domain::consent::Texts;
use crate::domain::usage::Counted;
use crate::protocol::ids::{AppointmentId, OrganisationId};
use crate::protocol::time::UnixMillis;
use async_trait::async_trait;

/// Whose appointments, and which.
#[derive(Debug, Clone, Copy)]
pub struct UsageOf<'a> {
    /// Of this organisation.
    pub organisation: OrganisationId,
    /// That begin then or later …
    pub since: UnixMillis,
    /// … and before this.
    pub until: UnixMillis,
    /// By what it is judged whether somebody agrees.
    pub texts: Texts<'a>,
    /// Behind this one, by begin and id; from the first when absent.
    pub after: Option<Place>,
    /// So many are looked at.
    pub most: u32,
}

/// Where an appointment stands among all.
pub type Place = (UnixMillis, AppointmentId);

/// What is counted of the appointments that were looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UsagePage {
    /// Of those who agree, in no order.
    pub rows: Vec<Counted>,
    /// The last that was looked at, when there may be more behind it.
    pub next: Option<Place>,
}

/// Reports.
#[async_trait]
pub trait Usage {
    /// Appointments of patients who agree to `analytics` as it holds where they live.
    async fn counted(&self, of: UsageOf<'_>) -> Stored<UsagePage>;
}
