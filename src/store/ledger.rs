//! What is durable of calls: answers by idempotency key, and the audit log.
//!
//! Invariants: of two calls with one key one keeps its answer; rows of the audit log are appended and never changed.

use super::Stored;
use crate::protocol::ids::{AuditId, OrganisationId, PersonId, RequestId};
use crate::protocol::person::Role;
use crate::protocol::time::UnixMillis;
use async_trait::async_trait;

/// An answer that is kept for its idempotency key, at least 30 days.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// Who called: the person or participant, as text.
    pub caller: String,
    /// Operation.
    pub operation: &'static str,
    /// Key.
    pub key: String,
    /// SHA-256 of the params.
    pub params_hash: Vec<u8>,
    /// The output, as on the wire.
    pub output: serde_json::Value,
    /// When.
    pub at: UnixMillis,
}

/// An answer found again.
#[derive(Debug, Clone, PartialEq)]
pub struct AnsweredBefore {
    /// SHA-256 of the params of the first call.
    pub params_hash: Vec<u8>,
    /// Its output.
    pub output: serde_json::Value,
}

/// One row of the audit log. Append-only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// Id of the row.
    pub audit_id: AuditId,
    /// Of the caller, or of whom somebody tried to be; nobody's when neither is known.
    pub organisation: Option<OrganisationId>,
    /// The call.
    pub request_id: RequestId,
    /// When.
    pub at: UnixMillis,
    /// `begin` or the outcome: `ok` or a fault code.
    pub phase: &'static str,
    /// Who: person or participant; absent when nobody is signed in.
    pub caller: Option<String>,
    /// In which role.
    pub role: Option<Role>,
    /// Operation.
    pub operation: &'static str,
    /// The appointment or person it is about, when the params name one.
    pub target: Option<String>,
    /// Whose record, when that is known and the target does not tell.
    pub patient: Option<PersonId>,
    /// What came back, or what it was about beside its target.
    pub returned: Option<Returned>,
    /// The network that it came from: an address without its last part.
    pub network: Option<String>,
}

/// What came back of a call that reads, or what else a call was about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Returned {
    /// As `kind:id`, at most so many as are kept.
    pub ids: Vec<String>,
    /// How many there were.
    pub count: u32,
}

/// Answers by idempotency key, and the audit log.
#[async_trait]
pub trait Ledger {
    /// The answer that this caller was given for this key.
    async fn answered(
        &self,
        caller: &str,
        operation: &str,
        key: &str,
    ) -> Stored<Option<AnsweredBefore>>;
    /// Keeps an answer of an operation that has no transaction of its own. `Conflict(KeyUsed)`.
    async fn keep_answer(&self, answered: Answered) -> Stored<()>;
    /// Deletes at most `most` answers that were kept before `before`; how many. Their keys are free again.
    async fn forget_answers(&self, before: UnixMillis, most: u32) -> Stored<u32>;
    /// Appends rows, all or none.
    async fn append_audit(&self, rows: Vec<AuditRecord>) -> Stored<()>;
    /// The last `limit` rows, newest first. For tests and for the administrator's page to come.
    async fn audit(&self, limit: u32) -> Stored<Vec<AuditRecordRead>>;
    /// Says whether the database answers.
    async fn ready(&self) -> Stored<()>;
}

impl AuditRecordRead {
    /// Whose it is to look at: what names nothing and is nobody's, such as a sign-in with an unknown address, is the first
    /// organisation's.
    pub fn house(&self) -> Option<OrganisationId> {
        let names_nothing = self.target.is_none() && self.patient.is_none();
        self.organisation.or_else(|| names_nothing.then_some(OrganisationId::FIRST))
    }
}

/// A row of the audit log as read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecordRead {
    /// Grows, and may have gaps.
    pub position: i64,
    /// Id of the row.
    pub audit_id: AuditId,
    /// Of which organisation.
    pub organisation: Option<OrganisationId>,
    /// The call.
    pub request_id: RequestId,
    /// When.
    pub at: UnixMillis,
    /// `begin` or the outcome.
    pub phase: String,
    /// Who.
    pub caller: Option<String>,
    /// In which role.
    pub role: Option<Role>,
    /// Operation.
    pub operation: String,
    /// About what.
    pub target: Option<String>,
    /// Whose record.
    pub patient: Option<PersonId>,
    /// What came back.
    pub returned: Option<Returned>,
    /// From which network.
    pub network: Option<String>,
}
