//! What was signed of the audit log, and that an entry is in it: from the files that were published.

use super::view::number;
use crate::audit::checkpoint::Checkpoint;
use crate::audit::publisher::CHECKPOINT;
use crate::audit::{MERKLE, hashes_of, hex};
use crate::command::{Call, Execute, unsaved};
use crate::domain::merkle::plan::{self, Node as Subtree};
use crate::domain::merkle::tile::{Tile, node_of};
use crate::domain::merkle::{Hash, proof};
use crate::domain::policy::{Principal, Who};
use crate::files::blobs::BlobError;
use crate::node::Node;
use crate::protocol::audit::{
    AuditCheckpoint, AuditDetail, AuditProof, ProveAudit, ReadAuditCheckpoint,
};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::person::Role;
use crate::store::trail::FoundAudit;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

impl Execute<ReadAuditCheckpoint> for Node {
    async fn execute(&self, _: Call, _: ReadAuditCheckpoint) -> Result<AuditCheckpoint, Fault> {
        let last = self.store.trail_head().await.map_err(unsaved)?;
        let last = match last {
            Some(last) => Some(last),
            None => {
                // The first call of a new hub: its own beginning is not put in order yet.
                self.order_audit().await;
                self.store.trail_head().await.map_err(unsaved)?
            }
        };
        let last = last.ok_or(FaultCode::NotFound)?;
        let (key, signed) = self.audit.keys.opened_by(&last.note).ok_or(FaultCode::Internal)?;
        Ok(AuditCheckpoint {
            note: last.note.clone(),
            origin: signed.origin,
            size: number(signed.head.size),
            root: STANDARD.encode(signed.head.root),
            at: last.at,
            kid: key.id_text(),
            key: key.text(),
            public_key: STANDARD.encode(key.key()),
        })
    }
}

impl Execute<ProveAudit> for Node {
    async fn execute(&self, call: Call, op: ProveAudit) -> Result<AuditProof, Fault> {
        let principal = call.principal()?;
        let found = self.store.audit_row(op.audit_id).await.map_err(unsaved)?;
        let mut found = found.ok_or(FaultCode::NotFound)?;
        if found.entry.is_none() {
            self.order_audit().await;
            let again = self.store.audit_row(op.audit_id).await.map_err(unsaved)?;
            found = again.ok_or(FaultCode::NotFound)?;
        }
        if !may_prove(&principal, &found) {
            return Err(FaultCode::NotFound.into());
        }
        let later = || Fault::new(FaultCode::Unavailable).because("It is not signed yet.");
        let entry = found.entry.ok_or_else(later)?;
        let (note, signed) = self.covering(entry).await?.ok_or_else(later)?;
        let opening = self.store.openings(entry, 1).await.map_err(unsaved)?.pop();
        let opening = opening.filter(|it| it.entry.index == entry).ok_or(FaultCode::Internal)?;
        let hashes = self.path_of(entry, signed.head.size).await?;
        let leaf = opening.entry.leaf;
        // An entry that was changed is not proven, and nobody is given what does not hold.
        let hash = MERKLE.leaf(leaf.as_bytes());
        if !proof::includes(MERKLE, &signed.head, entry, &hash, &hashes) {
            metrics::counter!("bedside_audit_changed_total").increment(1);
            tracing::error!(entry, "an entry of the audit log is not what was signed");
            return Err(FaultCode::Internal.into());
        }
        let is_admin = principal.role == Role::Admin;
        let detail = opening.committed.filter(|_| is_admin);
        Ok(AuditProof {
            entry: number(entry),
            size: number(signed.head.size),
            leaf,
            hashes: hashes.iter().map(|it| STANDARD.encode(it)).collect(),
            checkpoint: note,
            detail: detail.map(|(salt, text)| AuditDetail { salt: hex(&salt), text }),
        })
    }
}

/// Administrators prove everything of their organisation, everybody what they called, patients what was about their record.
fn may_prove(principal: &Principal, found: &FoundAudit) -> bool {
    let who = principal.who.to_string();
    let is_theirs = |it: &_| matches!(principal.who, Who::Person(me) if me == *it);
    let is_of_house = found.row.house() == Some(principal.organisation);
    (principal.role == Role::Admin && is_of_house)
        || found.row.caller.as_deref() == Some(&who)
        || found.patients.iter().any(is_theirs)
}

impl Node {
    /// What was published, if it covers an entry; published now if it did not.
    async fn covering(&self, entry: u64) -> Result<Option<(String, Checkpoint)>, Fault> {
        for turn in 0..2 {
            if turn > 0 {
                self.publish_audit().await;
            }
            let note = match self.audit.tiles.get(CHECKPOINT).await {
                Ok(bytes) => String::from_utf8(bytes.to_vec()).map_err(|_| FaultCode::Internal)?,
                Err(BlobError::Missing) => continue,
                Err(BlobError::Down) => return Err(FaultCode::Unavailable.into()),
            };
            let current = self.audit.keys.current();
            let signed = self.audit.keys.opened_by(&note);
            // The key that is handed out beside it is that of now: what an older one signed is good enough when there is no other.
            let signed = signed.filter(|it| turn > 0 || Some(it.0) == current);
            if let Some((_, signed)) = signed.filter(|it| it.1.head.size > entry) {
                return Ok(Some((note, signed)));
            }
        }
        Ok(None)
    }

    /// The hashes from a leaf to the root.
    async fn path_of(&self, entry: u64, size: u64) -> Result<Vec<Hash>, Fault> {
        let parts = plan::inclusion(entry, size).ok_or(FaultCode::Internal)?;
        let mut files: HashMap<String, Vec<Hash>> = HashMap::new();
        let mut path = Vec::with_capacity(parts.len());
        for part in parts {
            let mut subtrees = vec![];
            for subtree in plan::complete(part) {
                subtrees.push(self.hash_of(subtree, size, &mut files).await?);
            }
            path.push(MERKLE.join(&subtrees).ok_or(FaultCode::Internal)?);
        }
        Ok(path)
    }

    async fn hash_of(
        &self,
        subtree: Subtree,
        size: u64,
        files: &mut HashMap<String, Vec<Hash>>,
    ) -> Result<Hash, Fault> {
        let tile = Tile::holding(subtree, size).ok_or(FaultCode::Internal)?;
        let full = Tile { width: crate::domain::merkle::tile::WIDTH, ..tile };
        let hashes = match files.entry(tile.path()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                // One that was full when it was published meanwhile has no partial file any more.
                let bytes = match self.audit.tiles.get(&tile.path()).await {
                    Err(BlobError::Missing) => self.audit.tiles.get(&full.path()).await,
                    found => found,
                };
                let bytes = bytes.map_err(|_| FaultCode::Unavailable)?;
                place.insert(hashes_of(&bytes).ok_or(FaultCode::Internal)?)
            }
        };
        node_of(MERKLE, subtree, hashes).ok_or_else(|| FaultCode::Internal.into())
    }
}
