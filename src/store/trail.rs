//! The audit log in its one order: which row is which entry, what was signed of it, and how it is looked through.
//!
//! Invariants: entries have no gap and never change; entry, what it commits to, whose record it is about, and the checkpoint that
//! covers it are saved together or not at all. Only committed rows become entries, each once, however late their transaction
//! commits. Of several nodes one appends at a time; one that was overtaken changes nothing (`Fenced`).
//! Does not: hash, sign, or know what an entry looks like (`crate::audit`).

use super::{AuditRecordRead, Stored};
use crate::protocol::ids::{AuditId, OrganisationId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use async_trait::async_trait;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Kinds of things by which [`Trail::patients_of`] finds whose record is meant, as in the targets of rows.
pub const KINDS: [&str; 10] = [
    "patient_id",
    "person_id",
    "appointment_id",
    "participant_id",
    "conversation_id",
    "message_id",
    "file_id",
    "payment_id",
    "waitlist_id",
    "grant_id",
];

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailEntry {
    /// From 0, without a gap.
    pub index: u64,
    /// The row of the audit log.
    pub position: i64,
    /// What is hashed.
    pub leaf: String,
}

/// An entry to be appended, with what it commits to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// The entry.
    pub entry: TrailEntry,
    /// Random.
    pub salt: Vec<u8>,
    /// What is hidden by the commitment.
    pub detail: String,
    /// Whose records the row is about.
    pub patients: Vec<PersonId>,
}

/// What was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointRecord {
    /// Entries.
    pub size: u64,
    /// Root of the tree.
    pub root: Vec<u8>,
    /// Roots of its complete subtrees.
    pub frontier: Vec<u8>,
    /// The signed note.
    pub note: String,
    /// When.
    pub at: UnixMillis,
}

/// Entries that follow each other, and the checkpoint after the last of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailBatch {
    /// Who appends: one run of a node, which took the lease.
    pub holder: Uuid,
    /// In order; the first follows the last checkpoint.
    pub entries: Vec<NewEntry>,
    /// Pseudonyms that are new.
    pub pseudonyms: Vec<(String, Uuid)>,
    /// After them.
    pub checkpoint: CheckpointRecord,
}

/// An entry with what can be shown of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The entry.
    pub entry: TrailEntry,
    /// Salt and detail; `None` when they were erased.
    pub committed: Option<(Vec<u8>, String)>,
    /// The row of the audit log as it is now; `None` when there is none.
    pub row: Option<AuditRecordRead>,
    /// By whose record it is found.
    pub patients: Vec<PersonId>,
}

/// What is looked for in the audit log. Rows that say how something ended, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditQuery {
    /// Of this organisation, as [`AuditRecordRead::house`] says it; of all when absent, which is for who asks about themselves and
    /// for the hub.
    pub organisation: Option<OrganisationId>,
    /// By them, as in rows.
    pub caller: Option<String>,
    /// About the record of this patient. Only rows that are entries already.
    pub patient: Option<PersonId>,
    /// About this, as in rows.
    pub target: Option<String>,
    /// One of these operations; any when there are none.
    pub operations: Vec<String>,
    /// That ended so; `begin` for what was begun. All that ended when absent.
    pub phase: Option<String>,
    /// At or after this.
    pub from: Option<UnixMillis>,
    /// Before this.
    pub until: Option<UnixMillis>,
    /// Before this position.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

/// A row that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundAudit {
    /// The row.
    pub row: AuditRecordRead,
    /// Its entry, when it is one already.
    pub entry: Option<u64>,
    /// Whose records it is about.
    pub patients: Vec<PersonId>,
}

/// Whoever is behind an id of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The account, if they have one.
    pub person_id: Option<PersonId>,
    /// Name.
    pub display_name: Phi<String>,
    /// Role.
    pub role: Role,
}

/// The audit log in its one order.
#[async_trait]
pub trait Trail {
    /// The last checkpoint; `None` when nothing is an entry yet.
    async fn trail_head(&self) -> Stored<Option<CheckpointRecord>>;
    /// Takes or renews the lease until then; false when somebody else has it.
    async fn lead_trail(&self, holder: Uuid, now: UnixMillis, until: UnixMillis) -> Stored<bool>;
    /// Rows that are no entries yet, in order, those first whose transaction was late.
    async fn unsequenced(&self, now: UnixMillis, most: u32) -> Stored<Vec<AuditRecordRead>>;
    /// Pseudonyms of those that have one.
    async fn pseudonyms(&self, subjects: Vec<String>) -> Stored<BTreeMap<String, Uuid>>;
    /// Whose record each of these is, as `kind:id` (see [`KINDS`]), where it is anybody's.
    async fn patients_of(&self, named: Vec<String>) -> Stored<BTreeMap<String, PersonId>>;
    /// Appends. `Fenced` without the lease, `Conflict(Stale)` when the log has grown or a row is an entry already.
    async fn append_trail(&self, batch: TrailBatch) -> Stored<()>;
    /// Entries from there on.
    async fn trail(&self, from: u64, most: u32) -> Stored<Vec<TrailEntry>>;
    /// Entries from there on, with what can be shown of them.
    async fn openings(&self, from: u64, most: u32) -> Stored<Vec<Opening>>;
    /// Checkpoints of more than `after` entries, the smallest first.
    async fn checkpoints(&self, after: u64, most: u32) -> Stored<Vec<CheckpointRecord>>;
    /// Erases salt and detail of entries; of how many.
    async fn erase_details(&self, entries: Vec<u64>) -> Stored<u32>;
    /// Looks through the log.
    async fn search_audit(&self, query: AuditQuery) -> Stored<Vec<FoundAudit>>;
    /// One row.
    async fn audit_row(&self, id: AuditId) -> Stored<Option<FoundAudit>>;
    /// Who is behind `person:<id>` and `participant:<id>`.
    async fn named(&self, who: Vec<String>) -> Stored<BTreeMap<String, Named>>;
}
