//! Reports of the audit log: filters that an administrator looks with again and again, kept under a name.

use crate::protocol::ids::{PersonId, ReportId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Characters of a report's name: a line on a button.
pub const MAX_REPORT_NAME: usize = 80;
/// Reports of one person: more is a list nobody finds anything in.
pub const MAX_REPORTS: u32 = 50;
/// Reports of one answer: one's own, and what others share. A list that people read.
pub const MAX_REPORTS_LISTED: u32 = 200;

/// What is looked for: the filters of `audit.search`. Every one narrows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditFilters {
    /// Called by this account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// About the record of this patient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_id: Option<PersonId>,
    /// This operation, such as `visit.admit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// That ended so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// At or after this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<UnixMillis>,
    /// Before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<UnixMillis>,
}

/// `audit.save_report`: keeps filters under a name. A report of the caller's by that name is replaced. At most 50 a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveAuditReport {
    /// 1 to 80 characters. Free text: it may name somebody.
    pub name: Phi<String>,
    /// What it looks for.
    pub filters: AuditFilters,
    /// Whether all administrators of the organisation see it.
    #[serde(default)]
    pub shared: bool,
}

/// One report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditReport {
    /// Which.
    pub report_id: ReportId,
    /// What it is called.
    pub name: Phi<String>,
    /// What it looks for.
    pub filters: AuditFilters,
    /// Whether all administrators of the organisation see it.
    pub shared: bool,
    /// Who made it, and may remove it.
    pub made_by: PersonId,
    /// When it was saved last.
    pub saved_at: UnixMillis,
}

/// Answer of `audit.list_reports`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditReports {
    /// The caller's own first, then those of others that are shared; each by name.
    pub reports: Vec<AuditReport>,
}

/// `audit.list_reports`: the caller's own, and those that others of the organisation share; at most 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListAuditReports {}

/// `audit.remove_report`: one of the caller's own. Of another one they are told that there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveAuditReport {
    /// Which.
    pub report_id: ReportId,
}
