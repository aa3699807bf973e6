//! What a backup says about itself: its parts with their hashes, of when it is, and how far the audit log had come.
//!
//! Invariant: it is the last part, so that it tells of all the others; a part that it does not name, or that it names and that is not
//! there, makes it no backup.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name of the part.
pub(super) const NAME: &str = "manifest.json";

/// One part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Bytes.
    pub bytes: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// The manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Which backup.
    pub backup_id: uuid::Uuid,
    /// When it was begun, epoch ms.
    pub began_at: i64,
    /// By which version of the program.
    pub version: String,
    /// `sqlite` or `postgres`.
    pub database: String,
    /// The highest position of the audit log when it was begun: what is in it is at least so new.
    pub audit_position: i64,
    /// Ids of the key-encryption keys that its data keys are sealed by. What is opened by them needs them.
    pub key_ids: Vec<String>,
    /// The region of the database: it goes back into a deployment of that region only. One of before regions has none.
    #[serde(default)]
    pub region: Option<String>,
    /// Whether each of them is in it.
    pub has_keys: bool,
    /// Its parts by name.
    pub parts: BTreeMap<String, Part>,
}
