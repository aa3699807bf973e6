//! What the antivirus knows, for administrators: listed, let go, removed.
//!
//! Invariants: they learn the name of a file, its size, why it is there and of whose conversation by id, and not a byte of it. What is
//! let go is looked at again, by everything but the antivirus. Does not: decide that something is quarantined (`checking`).

use super::Facts;
use crate::actors::letters::Letters;
use crate::actors::talk::What;
use crate::command::{Call, Execute, unsaved};
use crate::node::Node;
use crate::protocol::auth::Done;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::file::{
    DropQuarantined, FileFault, FileState, ListQuarantine, Quarantine, QuarantinedFile,
    ReleaseQuarantined,
};
use crate::protocol::ids::FileId;
use crate::store::files::FileRecord;

/// Files of a page when nobody says how many.
const DEFAULT_PAGE: u32 = 50;
/// And at most.
const MAX_PAGE: u32 = 100;

impl Execute<ListQuarantine> for Node {
    async fn execute(&self, call: Call, op: ListQuarantine) -> Result<Quarantine, Fault> {
        let limit = op.limit.unwrap_or(DEFAULT_PAGE);
        if !(1..=MAX_PAGE).contains(&limit) {
            return Err(Fault::invalid("limit", "1 to 100."));
        }
        let of = call.principal()?.organisation;
        let found = self.store.quarantined_files(of, op.after, limit.saturating_add(1)).await;
        let mut records = found.map_err(unsaved)?;
        let size = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = records.len() > size;
        records.truncate(size);
        let mut files = Vec::with_capacity(records.len());
        for record in records {
            let name = match self.facts_of(&record).await {
                Ok((_, facts)) => Some(facts.name.into()),
                Err(fault) if fault.code == FaultCode::NotFound => None,
                Err(fault) => return Err(fault),
            };
            files.push(QuarantinedFile {
                file_id: record.file_id,
                conversation_id: record.conversation_id,
                uploader: record.uploader,
                name,
                bytes: record.bytes,
                why: record.why.unwrap_or(FileFault::Infected),
                created_at: record.created_at,
                is_sent: record.message_id.is_some(),
            });
        }
        Ok(Quarantine { files, has_more })
    }
}

impl Execute<ReleaseQuarantined> for Node {
    async fn execute(&self, call: Call, op: ReleaseQuarantined) -> Result<Done, Fault> {
        let record = self.quarantined(op.file_id).await?;
        let (letters, mut facts) = self.facts_of(&record).await?;
        facts.is_released = true;
        let from = record.revision;
        let next = FileRecord {
            sealed_facts: facts.seal(&letters, record.file_id)?,
            state: FileState::Checking,
            why: None,
            due_at: Some(call.now),
            attempts: 0,
            ..record
        };
        // Its message says so when it was looked at.
        self.store.save_file(next, from, None).await.map_err(unsaved)?;
        metrics::counter!("bedside_quarantine_total", "what" => "released").increment(1);
        self.files.wake.notify_one();
        Ok(Done {})
    }
}

impl Execute<DropQuarantined> for Node {
    async fn execute(&self, call: Call, op: DropQuarantined) -> Result<Done, Fault> {
        let record = self.quarantined(op.file_id).await?;
        let from = record.revision;
        // What is refused loses its bytes next.
        let next = FileRecord {
            state: FileState::Refused,
            why: Some(FileFault::Infected),
            due_at: Some(call.now),
            attempts: 0,
            ..record.clone()
        };
        match record.message_id {
            None => self.store.save_file(next, from, None).await.map_err(unsaved)?,
            Some(message) => {
                let (_, facts) = self.facts_of(&record).await?;
                let card = facts.card(&next);
                let what = What::Settle(message, card, Box::new(next), from);
                // By the hub: whoever keeps the clinic running is no member.
                let by_hub = Call::new(None, call.now, std::net::Ipv4Addr::LOCALHOST.into());
                self.append(by_hub.for_that(&call), record.conversation_id, what).await?;
            }
        }
        metrics::counter!("bedside_quarantine_total", "what" => "removed").increment(1);
        self.files.wake.notify_one();
        Ok(Done {})
    }
}

impl Node {
    async fn quarantined(&self, id: FileId) -> Result<FileRecord, Fault> {
        let found = self.store.file(id).await.map_err(unsaved)?;
        let is_it = |it: &FileRecord| it.state == FileState::Quarantined && it.removed_at.is_none();
        found.filter(is_it).ok_or_else(|| FaultCode::NotFound.into())
    }

    /// What is known of a file, whoever asks; `not_found` when the key of its conversation is gone.
    async fn facts_of(&self, record: &FileRecord) -> Result<(Letters, Facts), Fault> {
        let found = self.store.conversation(record.conversation_id).await.map_err(unsaved)?;
        let key = found.and_then(|it| it.key).ok_or(FaultCode::NotFound)?;
        let letters =
            Letters::open(&self.keys, &*self.store, record.conversation_id, Some(&key)).await?;
        let letters = letters.ok_or(FaultCode::NotFound)?;
        let facts = Facts::open(&letters, record)?;
        Ok((letters, facts))
    }
}
