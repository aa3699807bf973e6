//! What an entry of the audit log says to everybody, and what only to whoever is shown its detail.
//!
//! Invariants: both are canonical JSON (RFC 8785: fields in order, no blanks, ASCII), so that there is one text of each. A leaf
//! has no identifier of a person or a thing, only pseudonyms. What is not in the leaf is in the detail, so that no column of a row
//! can be changed unseen.

use super::hex;
use crate::crypto::sha256_of;
use crate::store::AuditRecordRead;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The form of leaves.
const VERSION: u32 = 1;

/// An entry as it is hashed. Fields are in the order of their names on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// The operation.
    pub action: String,
    /// Pseudonym of whoever called.
    pub actor: Option<Uuid>,
    /// Epoch ms.
    pub at: i64,
    /// SHA-256 of salt and detail, hexadecimal.
    pub detail: String,
    /// `begin`, `ok` or a fault code.
    pub outcome: String,
    /// Pseudonym of what it was about.
    pub resource: Option<Uuid>,
    /// Number of the entry.
    pub seq: u64,
    /// What kind of thing it was about.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The form.
    pub v: u32,
}

impl Leaf {
    /// The one text of it.
    pub fn canonical(&self) -> String {
        canonical(self)
    }

    /// From its text; `None` when it is not the one text of a leaf.
    pub fn parse(entry: &[u8]) -> Option<Self> {
        let it: Leaf = serde_json::from_slice(entry).ok()?;
        (it.v == VERSION && it.canonical().as_bytes() == entry).then_some(it)
    }
}

/// What a leaf commits to. Fields are in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detail {
    /// The operation.
    pub action: String,
    /// Epoch ms.
    pub at: i64,
    /// Id of the row.
    pub audit_id: Uuid,
    /// Whoever called.
    pub caller: Option<String>,
    /// Where from.
    pub network: Option<String>,
    /// `begin`, `ok` or a fault code.
    pub outcome: String,
    /// Whose record, when that was known at once.
    pub patient: Option<Uuid>,
    /// The call.
    pub request_id: Uuid,
    /// What came back.
    pub returned: Option<Vec<String>>,
    /// How much.
    pub returned_count: Option<u32>,
    /// In which role.
    pub role: Option<String>,
    /// What it was about.
    pub target: Option<String>,
}

impl Detail {
    /// All that a row says.
    pub fn of(row: &AuditRecordRead) -> Self {
        Detail {
            action: row.operation.clone(),
            at: row.at.0,
            audit_id: row.audit_id.0,
            caller: row.caller.clone(),
            network: row.network.clone(),
            outcome: row.phase.clone(),
            patient: row.patient.map(|it| it.0),
            request_id: row.request_id.0,
            returned: row.returned.as_ref().map(|it| it.ids.clone()),
            returned_count: row.returned.as_ref().map(|it| it.count),
            role: row.role.map(|it| it.as_str().to_owned()),
            target: row.target.clone(),
        }
    }

    /// The one text of it.
    pub fn canonical(&self) -> String {
        canonical(self)
    }

    /// Whether a leaf says the same as far as it says anything.
    pub fn suits(&self, leaf: &Leaf) -> bool {
        (&self.action, self.at, &self.outcome) == (&leaf.action, leaf.at, &leaf.outcome)
    }
}

/// What a leaf has of a detail.
pub fn commitment(salt: &[u8], detail: &str) -> String {
    hex(&sha256_of(&[salt, detail.as_bytes()]))
}

/// Who is meant by pseudonyms in the leaf of a row: caller and target.
pub fn subjects(row: &AuditRecordRead) -> impl Iterator<Item = &String> {
    row.caller.iter().chain(row.target.iter())
}

/// The leaf of a row; `pseudonym` knows all of its [`subjects`].
pub fn leaf_of(
    row: &AuditRecordRead,
    seq: u64,
    detail: String,
    pseudonym: impl Fn(&String) -> Option<Uuid>,
) -> Leaf {
    // What has the form `kind:id` says its kind; a target that is anything else is a pseudonym only.
    let kind = row.target.as_ref().and_then(|it| {
        let (kind, id) = it.split_once(':')?;
        Uuid::parse_str(id).ok().map(|_| kind.trim_end_matches("_id").to_owned())
    });
    Leaf {
        action: row.operation.clone(),
        actor: row.caller.as_ref().and_then(&pseudonym),
        at: row.at.0,
        detail,
        outcome: row.phase.clone(),
        resource: row.target.as_ref().and_then(&pseudonym),
        seq,
        kind,
        v: VERSION,
    }
}

/// Structs of texts, numbers and lists have a text.
fn canonical<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
