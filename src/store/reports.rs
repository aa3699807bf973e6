//! What is durable of reports of the audit log: filters under a name.
//!
//! Invariants: of one person no two have the same name, and no more than may be; whoever changes or removes one has made it. Those that name
//! somebody go when that person is erased. Does not: look for anything.

use super::{Answered, Stored};
use crate::protocol::audit_report::AuditFilters;
use crate::protocol::ids::{OrganisationId, PersonId, ReportId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use async_trait::async_trait;

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRecord {
    /// Which.
    pub report_id: ReportId,
    /// Whose.
    pub made_by: PersonId,
    /// What it is called.
    pub name: Phi<String>,
    /// What it looks for.
    pub filters: AuditFilters,
    /// Whether all administrators of the organisation see it.
    pub is_shared: bool,
    /// When it was saved last.
    pub saved_at: UnixMillis,
}

/// Reports.
#[async_trait]
pub trait Reports {
    /// Keeps one. Another one of the same person by that name is replaced, as a whole. `Conflict(KeyUsed)`, `Conflict(Full)` when they have
    /// as many as one may have, `Conflict(Missing)` when somebody whom it names is not there.
    async fn save_report(&self, it: ReportRecord, answered: Option<Answered>) -> Stored<()>;
    /// Somebody's own first, then those of others of that organisation that are shared; each by name.
    async fn reports(
        &self,
        own: PersonId,
        of: OrganisationId,
        limit: u32,
    ) -> Stored<Vec<ReportRecord>>;
    /// It is not there any more. `Conflict(Missing)` when they have made no such one, `Conflict(KeyUsed)`.
    async fn remove_report(
        &self,
        id: ReportId,
        by: PersonId,
        answered: Option<Answered>,
    ) -> Stored<()>;
}
