//! What is durable of files: where each is on its way, how much of it has come, what is to be done with it and when.
//!
//! Invariants: FI-1 a file is attached to one message, in the transaction that posts it, and only as it was when its sender
//! was told of it: whoever changes a file names the revision that they have read. How many a person has open and how many
//! bytes a conversation holds is counted in the transaction that makes one more. What is to be done with a file is never
//! forgotten: its row goes when its bytes are gone. Names and types come and go sealed.
//! Does not: hold bytes (`crate::files`), seal, or decide.

use super::{Answered, Stored};
use crate::protocol::file::{FileFault, FileState};
use crate::protocol::ids::{ConversationId, FileId, MemberId, MessageId, OrganisationId};
use crate::protocol::time::UnixMillis;
use async_trait::async_trait;
use uuid::Uuid;

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRecord {
    /// Which.
    pub file_id: FileId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Who uploads it: their part in the conversation.
    pub uploader: MemberId,
    /// The same in all conversations: whose files are counted together.
    pub owner: String,
    /// What its objects are called. Says nothing.
    pub blob: Uuid,
    /// Name, type, what was found in it: sealed by the conversation's key.
    pub sealed_facts: String,
    /// How large it is, or will be.
    pub bytes: u32,
    /// Whole pieces that have come.
    pub chunks: u32,
    /// Where it is on its way.
    pub state: FileState,
    /// Why, when it is quarantined or refused.
    pub why: Option<FileFault>,
    /// Whether an antivirus looked at it.
    pub scanned: bool,
    /// The message that it was sent with.
    pub message_id: Option<MessageId>,
    /// When it was begun.
    pub created_at: UnixMillis,
    /// Until when it has to be attached.
    pub expires_at: UnixMillis,
    /// Since when it is not there any more; its bytes go next.
    pub removed_at: Option<UnixMillis>,
    /// When something is to be done with it; absent when nothing is.
    pub due_at: Option<UnixMillis>,
    /// Looks in a row that came to nothing.
    pub attempts: u32,
    /// Grows with every change, from 0.
    pub revision: u32,
}

impl FileRecord {
    /// Whether it waits to be looked at, and nothing else is to be done with it.
    pub(crate) fn waits_for_check(&self, now: UnixMillis) -> bool {
        let is_over = self.message_id.is_none() && now >= self.expires_at;
        self.state == FileState::Checking && self.removed_at.is_none() && !is_over
    }

    /// Whether bytes of it have to be there.
    pub(super) fn has_bytes(&self) -> bool {
        let is_over = matches!(self.state, FileState::Refused | FileState::Expired);
        self.chunks > 0 && self.removed_at.is_none() && !is_over
    }

    /// Whether it counts as open: not attached, and not over.
    pub(super) fn is_open(&self) -> bool {
        let is_over = matches!(self.state, FileState::Refused | FileState::Expired);
        self.message_id.is_none() && self.removed_at.is_none() && !is_over
    }
}

/// What of that which is due is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// All of it.
    All,
    /// What does not wait to be looked at.
    ButChecks,
}

/// What there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileBounds {
    /// Files of one owner that are not attached.
    pub open: u32,
    /// Their bytes together.
    pub open_bytes: u64,
    /// Bytes of all files of one conversation.
    pub bytes: u64,
}

/// What a line of the log does to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileChange {
    /// It is sent with the message that the line posts; it had this revision.
    Attach(FileId, u32),
    /// It is as it says from now on; it had this revision.
    Save(Box<FileRecord>, u32),
}

/// Files.
#[async_trait]
pub trait Files {
    /// Makes one. `Conflict(KeyUsed | Missing | Full)`; `Full` when there would be more than the bounds say.
    async fn begin_file(
        &self,
        new: FileRecord,
        bounds: FileBounds,
        answered: Option<Answered>,
    ) -> Stored<()>;
    /// One, unless its row is gone. One that was removed is there until its bytes are gone.
    async fn file(&self, id: FileId) -> Stored<Option<FileRecord>>;
    /// The next piece has come: `number` pieces were there before. `Conflict(Stale)` when that is not so, or it is not
    /// being uploaded any more. The last one makes it `checking`, due at `at`.
    async fn add_chunk(&self, id: FileId, number: u32, is_last: bool, at: UnixMillis)
    -> Stored<()>;
    /// Everything but where it belongs and what it is attached to is as it says from now on. `Conflict(Stale)` when it has
    /// another revision than `from` meanwhile; `Conflict(KeyUsed)`.
    async fn save_file(
        &self,
        record: FileRecord,
        from: u32,
        answered: Option<Answered>,
    ) -> Stored<()>;
    /// Takes what is due, the longest due first, and puts it off until `until`: nobody else takes it before.
    async fn take_due_files(
        &self,
        now: UnixMillis,
        until: UnixMillis,
        what: Due,
        limit: u32,
    ) -> Stored<Vec<FileRecord>>;
    /// Those that are quarantined and were not removed, by id, those after `after`, at most `limit`.
    async fn quarantined_files(
        &self,
        of: OrganisationId,
        after: Option<FileId>,
        limit: u32,
    ) -> Stored<Vec<FileRecord>>;
    /// Its bytes are gone; so is its row. Only of one that was removed.
    async fn forget_file(&self, id: FileId) -> Stored<()>;
    /// Which database this is. It outlives programs, and comes back with a restore.
    async fn database_id(&self) -> Stored<Uuid>;
    /// Which of these objects belong to a file that there is.
    async fn known_blobs(&self, blobs: Vec<Uuid>) -> Stored<Vec<Uuid>>;
    /// Whether there is a file of which bytes have to be kept somewhere.
    async fn has_blobs(&self) -> Stored<bool>;
}
