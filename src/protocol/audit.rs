//! The audit log: looked through, saved as a file, shown to whom it is about, and proven.
//!
//! What was called ends with `ok` or the code of a fault; that is an entry's `outcome`. Entries become part of the signed log within a
//! second or two; until then they have no number. docs/audit.md says how the log is checked without the hub.

use crate::protocol::ids::{AuditId, ParticipantId, PersonId, RequestId};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lines of one page when nobody says how many.
pub const AUDIT_PAGE: u16 = 50;
/// Lines of one page at most.
pub const MAX_AUDIT_PAGE: u16 = 200;
/// Lines of one file; the rest is in the next.
pub const MAX_AUDIT_FILE: u32 = 1_000;

/// A number of entries, or the number of one, from 0. Below 2^53, so JSON numbers carry it exactly.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(inline, extend("tsType" = "number"))]
pub struct EntryNumber(pub i64);

/// `audit.search`: what was called, newest first. Every filter narrows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchAudit {
    /// Called by this account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// About the record of this patient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_id: Option<PersonId>,
    /// This operation, such as `visit.admit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// That ended so: `ok` or the code of a fault; `begin` for what was begun, whatever came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// At or after this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<UnixMillis>,
    /// Before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<UnixMillis>,
    /// Goes on after the page that said this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// At most so many, 1 to 200; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u16>,
}

/// Answer of `audit.search`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditRecords {
    /// Newest first.
    pub records: Vec<AuditEntry>,
    /// For the next page; absent when this is the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// One call, as the audit log has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditEntry {
    /// Which.
    pub audit_id: AuditId,
    /// Its number in the signed log; absent until it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<EntryNumber>,
    /// When.
    pub at: UnixMillis,
    /// The call, as in logs and faults.
    pub request_id: RequestId,
    /// Who; absent when nobody was signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<AuditCaller>,
    /// What was called.
    pub operation: String,
    /// `ok`, the code of a fault, or `begin`.
    pub outcome: String,
    /// What it was about, when the call named something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<AuditTarget>,
    /// Whose records it touched, as far as they have an account.
    pub patients: Vec<AuditPerson>,
    /// How many things came back, of a call that reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returned: Option<u32>,
    /// The network it came from, such as `203.0.113.0/24`; of calls that try a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
}

/// Who called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditCaller {
    /// The account, if they have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// Their part in a visit, when they came by a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant_id: Option<ParticipantId>,
    /// Name; absent when there is no such account any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<Phi<String>>,
    /// The role they had then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

/// What a call was about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditTarget {
    /// Kind of thing: `appointment`, `participant`, `patient`, `conversation` and so on.
    pub kind: String,
    /// Its id.
    pub id: String,
}

/// Whose record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditPerson {
    /// Account.
    pub person_id: PersonId,
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<Phi<String>>,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditFormat {
    /// For spreadsheets. No cell is taken for a formula.
    Csv,
    /// A JSON object a line.
    Ndjson,
    /// A FHIR R4 `AuditEvent` a line, in the shape of IHE BALP. An entry about several patients has a line for each.
    Fhir,
}

/// `audit.export`: the same as `audit.search`, as a file of at most 1000 entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportAudit {
    /// How.
    pub format: AuditFormat,
    /// Called by this account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// About the record of this patient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_id: Option<PersonId>,
    /// This operation.
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
    /// Goes on after the file that said this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// Answer of `audit.export`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditFile {
    /// What to call it.
    pub file_name: String,
    /// `text/csv`, `application/x-ndjson` or `application/fhir+ndjson`.
    pub content_type: String,
    /// What is in it.
    pub text: Phi<String>,
    /// Lines, the head of a table not counted.
    pub rows: u32,
    /// For the next file; absent when this is the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// `audit.own`: who saw or changed the caller's record, newest first. Not what the caller did themselves, and not what was refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListOwnAccess {
    /// Goes on after the page that said this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// At most so many, 1 to 200; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u16>,
}

/// Answer of `audit.own`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OwnAccess {
    /// Newest first. A page may hold fewer than were asked for, and there may be more all the same.
    pub accesses: Vec<RecordAccess>,
    /// For the next page; absent when this is the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// Somebody was at a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordAccess {
    /// Which.
    pub audit_id: AuditId,
    /// Its number in the signed log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<EntryNumber>,
    /// When.
    pub at: UnixMillis,
    /// Who; absent when there is no such account any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<Phi<String>>,
    /// The role they had then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// What they did: the operation.
    pub operation: String,
    /// Whether it only read.
    pub is_read: bool,
    /// What it was about, when the call named something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<AuditTarget>,
}

/// `audit.sign_ins`: when somebody signed in to the caller's account, or tried to, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSignIns {
    /// Goes on after the page that said this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// At most so many, 1 to 200; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u16>,
}

/// Answer of `audit.sign_ins`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignIns {
    /// Newest first.
    pub sign_ins: Vec<SignInAttempt>,
    /// For the next page; absent when this is the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// Somebody signed in, or tried to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignInAttempt {
    /// Which.
    pub audit_id: AuditId,
    /// When.
    pub at: UnixMillis,
    /// Whether they got in.
    pub succeeded: bool,
    /// `ok`, or the code of the fault, such as `wrong_credentials`.
    pub outcome: String,
    /// The network they were in, such as `203.0.113.0/24`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
}

/// `audit.checkpoint`: what was last signed of the log, and by which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadAuditCheckpoint {}

/// Answer of `audit.checkpoint`. Whoever keeps one can later show that the log was not changed since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditCheckpoint {
    /// The signed note (C2SP `tlog-checkpoint`): text, empty line, signature.
    pub note: String,
    /// Name of the log.
    pub origin: String,
    /// Entries that it covers.
    pub size: EntryNumber,
    /// Root of the tree, base64.
    pub root: String,
    /// When it was signed.
    pub at: UnixMillis,
    /// Id of the key, hexadecimal.
    pub kid: String,
    /// The key as the command line takes it: `<name>+<id>+<key>`.
    pub key: String,
    /// The key itself: Ed25519, 32 bytes, base64.
    pub public_key: String,
}

/// `audit.prove`: that an entry is in the signed log. Administrators for any, others for what they called themselves, patients also
/// for what was done with their record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProveAudit {
    /// Which.
    pub audit_id: AuditId,
}

/// Answer of `audit.prove`. The hash of the leaf is SHA-256(0x00, leaf), that of a node SHA-256(0x01, left, right); `hashes` lead from the
/// leaf to the root that is signed (RFC 9162).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditProof {
    /// Number of the entry.
    pub entry: EntryNumber,
    /// Entries that the checkpoint covers.
    pub size: EntryNumber,
    /// What is hashed: canonical JSON without names.
    pub leaf: String,
    /// From the leaf up, base64.
    pub hashes: Vec<String>,
    /// The signed note.
    pub checkpoint: String,
    /// What the leaf hides, for administrators: `leaf.detail` is SHA-256(salt, text).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<AuditDetail>,
}

/// `audit.read_event`: one entry as FHIR R4 `AuditEvent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadAuditEvent {
    /// Which.
    pub audit_id: AuditId,
}

/// Answer of `audit.read_event`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditEvents {
    /// A FHIR R4 bundle (`application/fhir+json`) as text: one `AuditEvent`, or one for each patient whom the entry is about.
    pub fhir: Phi<String>,
}

/// What an entry commits to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditDetail {
    /// 32 bytes, hexadecimal.
    pub salt: String,
    /// Canonical JSON.
    pub text: String,
}
