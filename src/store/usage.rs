//! What figures of a clinic's use are made of: appointments of patients who agree to be counted.
//!
//! Invariant: US-2 nobody else's appointments are given: who never agreed, or to another version, who took it back, who was erased, and
//! who is of another organisation is not there, as it stands at the moment of the call. Does not: count, or hide what is small
//! (`domain::usage`).

use super::Stored;
use crate::domain::consent::Texts;
use crate::domain::usage::Counted;
use crate::protocol::ids::{OrganisationId, PersonId};
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
    /// Of patients after this one, by id; from the first one when absent.
    pub after: Option<PersonId>,
    /// Of so many patients at most …
    pub patients: u32,
    /// … and so many appointments.
    pub most: u32,
}

/// Appointments of one page of patients.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UsagePage {
    /// In no order. When they are as many as were asked for, some may be left out.
    pub rows: Vec<Counted>,
    /// The last patient of the page, when there may be more behind them.
    pub next: Option<PersonId>,
}

/// Reports.
#[async_trait]
pub trait Reports {
    /// Appointments of patients who agree to `analytics` as it holds where they live.
    async fn counted(&self, of: UsageOf<'_>) -> Stored<UsagePage>;
}
