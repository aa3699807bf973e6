//! Bytes that come: pieces are sealed and kept as they arrive, whoever goes on later goes on from the last whole one.
//!
//! Invariants: a piece counts when its object is on disk and the row says so, in this order; of two calls that write one file the
//! later one does, and the older stops. What is beyond the announced size is not taken.

use super::Known;
use crate::actors::letters::Letters;
use crate::command::transfer::{Incoming, ReadOffset, Upload, WriteFile};
use crate::command::{Call, Execute, unsaved};
use crate::crypto::Piece;
use crate::node::Node;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::file::{CHUNK_BYTES, FileCard, FileState};
use crate::protocol::ids::FileId;
use crate::store::files::FileRecord;
use crate::store::{Conflict, StoreError};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The word of what was uploaded, in names of objects.
pub(super) const ORIGINAL: &str = "original";
/// How long nothing may come before the call ends.
const SILENCE: Duration = Duration::from_secs(30);
/// How long whoever sent the last byte waits for what was found.
const WAIT_FOR_CHECK: Duration = Duration::from_secs(5);

/// Takes pieces out of what comes.
struct Writer<'a> {
    node: &'a Node,
    record: FileRecord,
    letters: Letters,
    /// Of all calls that write this file the latest has the largest.
    turn: u64,
    buffer: Vec<u8>,
}

impl Execute<ReadOffset> for Node {
    async fn execute(&self, call: Call, op: ReadOffset) -> Result<Upload, Fault> {
        let known = self.own_upload(&call, op.file_id).await?;
        Ok(upload(&known))
    }
}

impl Execute<WriteFile> for Node {
    async fn execute(&self, call: Call, op: WriteFile) -> Result<Upload, Fault> {
        let known = self.own_upload(&call, op.file_id).await?;
        let here = received(&known.record);
        if known.record.state != FileState::Uploading || op.offset != here {
            return Err(FaultCode::WrongOffset.into());
        }
        if call.now >= known.record.expires_at {
            return Err(FaultCode::NotFound.into());
        }
        let missing = known.record.bytes.saturating_sub(here);
        if op.length.is_some_and(|it| it > u64::from(missing)) {
            return Err(FaultCode::TooLarge.into());
        }
        let Known { record, letters, .. } = known;
        let turn = self.next_turn(op.file_id);
        let mut writer = Writer { node: self, record, letters, turn, buffer: vec![] };
        let written = writer.take(op.bytes, missing).await;
        self.end_turn(op.file_id, turn);
        written?;
        let here = received(&writer.record);
        if here < writer.record.bytes {
            if op.is_complete && op.length.is_some() {
                let why = "The announced size is not reached.";
                return Err(Fault::invalid("Upload-Complete", why));
            }
            return Ok(Upload { offset: here, bytes: writer.record.bytes, card: None });
        }
        metrics::counter!("bedside_files_uploaded_total").increment(1);
        metrics::counter!("bedside_file_bytes_total").increment(u64::from(here));
        self.files.wake.notify_one();
        let card = self.checked(&call, op.file_id).await?;
        Ok(Upload { offset: here, bytes: here, card: Some(card) })
    }
}

impl Node {
    async fn own_upload(&self, call: &Call, id: FileId) -> Result<Known, Fault> {
        let known = self.known_file(&call.principal()?, id).await?;
        if known.is_own() { Ok(known) } else { Err(FaultCode::NotFound.into()) }
    }

    /// The file when it was looked at, or as it is when that takes long.
    async fn checked(&self, call: &Call, id: FileId) -> Result<FileCard, Fault> {
        let until = tokio::time::sleep(WAIT_FOR_CHECK);
        tokio::pin!(until);
        loop {
            let settled = self.files.settled.notified();
            let known = self.known_file(&call.principal()?, id).await?;
            if known.record.state != FileState::Checking || known.record.attempts > 0 {
                return Ok(known.card());
            }
            tokio::select! {
                () = settled => {}
                () = &mut until => return Ok(known.card()),
            }
        }
    }

    fn next_turn(&self, id: FileId) -> u64 {
        // Never the same one twice: an older call must not find its own again after a newer has ended.
        let turn = self.files.turns.fetch_add(1, Ordering::Relaxed);
        let mut writers = self.files.writers.lock().unwrap_or_else(PoisonError::into_inner);
        writers.insert(id, turn);
        turn
    }

    fn is_turn(&self, id: FileId, turn: u64) -> bool {
        let writers = self.files.writers.lock().unwrap_or_else(PoisonError::into_inner);
        writers.get(&id) == Some(&turn)
    }

    fn end_turn(&self, id: FileId, turn: u64) {
        let mut writers = self.files.writers.lock().unwrap_or_else(PoisonError::into_inner);
        if writers.get(&id) == Some(&turn) {
            writers.remove(&id);
        }
    }
}

impl Writer<'_> {
    /// Takes what comes until nothing does.
    async fn take(&mut self, bytes: Incoming, mut missing: u32) -> Result<(), Fault> {
        let Some(mut bytes) = bytes.0 else { return Ok(()) };
        // Whoever is silent for too long has gone: what is whole is kept.
        while let Ok(Some(some)) = tokio::time::timeout(SILENCE, bytes.recv()).await {
            let length = u32::try_from(some.len()).map_err(|_| FaultCode::TooLarge)?;
            missing = missing.checked_sub(length).ok_or(FaultCode::TooLarge)?;
            self.buffer.extend_from_slice(&some);
            self.keep_whole(missing == 0).await?;
            if missing == 0 {
                break;
            }
        }
        Ok(())
    }

    async fn keep_whole(&mut self, is_end: bool) -> Result<(), Fault> {
        let whole = usize::try_from(CHUNK_BYTES).map_err(|_| FaultCode::Internal)?;
        while self.buffer.len() >= whole || is_end && !self.buffer.is_empty() {
            let rest = self.buffer.split_off(self.buffer.len().min(whole));
            let plain = std::mem::replace(&mut self.buffer, rest);
            self.keep(&plain).await?;
        }
        Ok(())
    }

    async fn keep(&mut self, plain: &[u8]) -> Result<(), Fault> {
        let FileRecord { file_id, blob, chunks, bytes, .. } = self.record;
        let number = chunks;
        let is_last = number.saturating_add(1) == pieces(bytes);
        let piece = Piece { file: file_id.0, variant: ORIGINAL, number, is_last };
        let sealed =
            self.letters.key().seal_piece(piece, plain).map_err(|_| FaultCode::Internal)?;
        if !self.node.is_turn(file_id, self.turn) {
            return Err(FaultCode::WrongOffset.into());
        }
        let put = self.node.files.blobs.put(blob, ORIGINAL, number, sealed).await;
        put.map_err(|_| FaultCode::Unavailable)?;
        let now = self.node.clock.now();
        let added = self.node.store.add_chunk(file_id, number, is_last, now).await;
        added.map_err(|error| match error {
            StoreError::Conflict(Conflict::Stale) => FaultCode::WrongOffset.into(),
            other => unsaved(other),
        })?;
        self.record.chunks = number.saturating_add(1);
        Ok(())
    }
}

/// How many pieces so many bytes are.
pub(super) const fn pieces(bytes: u32) -> u32 {
    bytes.div_ceil(CHUNK_BYTES)
}

fn received(record: &FileRecord) -> u32 {
    record.chunks.saturating_mul(CHUNK_BYTES).min(record.bytes)
}

fn upload(known: &Known) -> Upload {
    let is_whole = known.record.state != FileState::Uploading;
    let card = is_whole.then(|| known.card());
    Upload { offset: received(&known.record), bytes: known.record.bytes, card }
}
