//! What is durable of conversations: members, the log, messages with sealed bodies, receipts, keys.
//!
//! Invariants: CH-1 the log of a conversation is numbered from 1 without a gap, the same for all (the fence of
//! `cluster` allocates the numbers); a message, its line in the log, what can be searched of it, the answer to its
//! sender and the notices of it are saved in one transaction, or none of them is. CH-2 receipts never go back. Bodies
//! come and go sealed: this module never sees a text, and a conversation whose key was destroyed cannot be read again.
//! Does not: seal, or know who may read (`domain::conversation`).

use super::conversation_state::Opening;
use super::files::FileChange;
use super::outbox::Announcement;
use super::{Answered, Claim, Stored};
use crate::protocol::conversation::{ConversationKind, ConversationStatus, MemberMarks};
use crate::protocol::ids::{
    AppointmentId, ConversationId, MemberId, MessageId, ParticipantId, PersonId,
};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use async_trait::async_trait;

/// Unread messages are counted so far and no further.
pub const MOST_UNREAD: u32 = 999;

/// Somebody's part in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRecord {
    /// Which.
    pub member_id: MemberId,
    /// Account.
    pub person_id: Option<PersonId>,
    /// Part in the visit, in the conversation of a visit.
    pub participant_id: Option<ParticipantId>,
    /// Role.
    pub role: Role,
    /// Name that the others see.
    pub display_name: Phi<String>,
    /// Since when.
    pub joined_at: UnixMillis,
    /// Since when not any more.
    pub left_at: Option<UnixMillis>,
    /// How far they got: `delivered`. Written by [`Conversations::save_marks`] alone.
    pub delivered: u32,
    /// The same: `displayed`.
    pub displayed: u32,
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationRecord {
    /// Which.
    pub conversation_id: ConversationId,
    /// What for.
    pub kind: ConversationKind,
    /// Of which visit: at most one conversation each.
    pub appointment_id: Option<AppointmentId>,
    /// Whose: the patient. At most one conversation of kind `care` each with the same `clinician_id`.
    pub patient_id: PersonId,
    /// With whom it was opened.
    pub clinician_id: PersonId,
    /// Whether somebody has to do something.
    pub status: ConversationStatus,
    /// Who looks after it.
    pub assigned_to: Option<MemberId>,
    /// When it was opened.
    pub created_at: UnixMillis,
    /// When something was last posted.
    pub active_at: UnixMillis,
    /// Its key, sealed by the node's key of that id; `None` when it was destroyed.
    pub key: Option<WrappedKey>,
    /// In the order in which they came: by `joined_at`, then by id.
    pub members: Vec<MemberRecord>,
    /// Number of the last line of the log; 0 for an empty one.
    pub last_offset: u32,
}

/// A data key as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// Which key of the node seals it.
    pub key_id: String,
    /// Sealed, base64url.
    pub sealed: String,
}

/// One message as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRecord {
    /// Which.
    pub message_id: MessageId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Number of its posting.
    pub offset: u32,
    /// Who wrote it.
    pub member_id: MemberId,
    /// When.
    pub at: UnixMillis,
    /// Sealed; `None` when it was deleted.
    pub sealed_body: Option<String>,
    /// What was sent with it, sealed; `None` when there is nothing, or it was deleted.
    pub sealed_files: Option<String>,
    /// What it answers.
    pub reply_to: Option<MessageId>,
    /// When it was last edited.
    pub edited_at: Option<UnixMillis>,
    /// When it was deleted.
    pub deleted_at: Option<UnixMillis>,
    /// Number of the line that changed it last, as the log says, which is only added to; `None` when none did.
    pub changed: Option<u32>,
}

/// What a line of the log says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogEntry {
    /// This message was posted.
    Posted(MessageId),
    /// It was edited or deleted.
    Changed(MessageId),
    /// This member came, went or is out of office.
    Member(MemberId),
    /// Status, or who looks after it.
    Conversation,
}

/// A line of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogRecord {
    /// From 1, without a gap.
    pub offset: u32,
    /// When.
    pub at: UnixMillis,
    /// What.
    pub entry: LogEntry,
}

/// What one line of the log changes besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogChange {
    /// A new message, and what can be searched of it (blind, see `crypto`).
    Post(MessageRecord, Vec<Term>),
    /// The body, the files, `edited_at` and `deleted_at` of a message, and what can be searched of it from now on.
    Rewrite(MessageRecord, Vec<Term>),
    /// A member as they are from now on; receipts are left alone.
    Member(MemberRecord),
    /// Status, and who looks after it.
    Conversation(ConversationStatus, Option<MemberId>),
    /// Nothing: a member is out of office, or back.
    Nothing,
}

/// One line of the log with all that it changes.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLine {
    /// As it will be read.
    pub record: LogRecord,
    /// What it changes.
    pub change: LogChange,
    /// Saved with it: the answer, when the call had an idempotency key.
    pub answered: Option<Answered>,
    /// Saved with it.
    pub notices: Vec<Announcement>,
    /// What happens to files with it. Those of a message that is deleted go without being named.
    pub files: Vec<FileChange>,
}

/// Lines that are saved together: a group of messages, in one transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct LogCommit {
    /// Where.
    pub conversation_id: ConversationId,
    /// The writer's epoch.
    pub epoch: u32,
    /// Numbered one after the other.
    pub lines: Vec<LogLine>,
    /// Saved with them: answers of decisions that changed nothing. With no line at all, these alone.
    pub answers: Vec<Answered>,
    /// When something was last posted, after them.
    pub active_at: UnixMillis,
}

impl LogCommit {
    /// How many lines, and the number of the first. `None` unless they are numbered one after the other, each of them
    /// names what it changes, and a message has the number of its posting.
    pub(super) fn numbers(&self) -> Option<(u32, u32)> {
        let first = self.lines.first()?.record.offset;
        let mut next = first;
        for line in &self.lines {
            if line.record.offset != next || !self.is_whole(line) {
                return None;
            }
            next = next.checked_add(1)?;
        }
        Some((next.checked_sub(first)?, first))
    }

    fn is_whole(&self, line: &LogLine) -> bool {
        match (&line.change, line.record.entry) {
            (LogChange::Post(it, _), LogEntry::Posted(id)) => {
                it.message_id == id
                    && it.offset == line.record.offset
                    && it.conversation_id == self.conversation_id
                    && it.changed.is_none()
            }
            (LogChange::Rewrite(it, _), LogEntry::Changed(id)) => {
                it.message_id == id && it.changed == Some(line.record.offset)
            }
            (LogChange::Member(it), LogEntry::Member(id)) => it.member_id == id,
            (LogChange::Conversation(..), LogEntry::Conversation)
            | (LogChange::Nothing, LogEntry::Member(_)) => true,
            _ => false,
        }
    }

    /// Whether a sealed body is among it: then the conversation must have its key.
    pub(super) fn seals(&self) -> bool {
        self.lines.iter().any(|it| match &it.change {
            LogChange::Post(it, _) | LogChange::Rewrite(it, _) => it.sealed_body.is_some(),
            LogChange::Member(_) | LogChange::Conversation(..) | LogChange::Nothing => false,
        })
    }

    /// Members as they are from now on.
    pub(super) fn members(&self) -> impl Iterator<Item = &MemberRecord> {
        self.lines.iter().filter_map(|it| match &it.change {
            LogChange::Member(member) => Some(member),
            _ => None,
        })
    }

    /// All answers that are kept with it.
    pub(super) fn answers(&self) -> impl Iterator<Item = &Answered> {
        self.lines.iter().filter_map(|it| it.answered.as_ref()).chain(&self.answers)
    }

    /// What is told with it.
    pub(super) fn notices(&self) -> impl Iterator<Item = &Announcement> {
        self.lines.iter().flat_map(|it| &it.notices)
    }
}

/// Which messages of one conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The earliest with a larger offset, ascending.
    After(u32),
    /// The latest with a smaller offset, ascending.
    Before(u32),
}

/// A conversation in somebody's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationSummary {
    /// The conversation.
    pub record: ConversationRecord,
    /// The last message that was not deleted.
    pub last: Option<MessageRecord>,
    /// Messages of others after what the person has displayed, deleted ones not counted; at most 999.
    pub unread: u32,
}

/// Bytes of a [`Term`].
pub const TERM_BYTES: usize = 8;

/// What a word is found by, blind (see `crypto`).
pub type Term = [u8; TERM_BYTES];

/// Words to look for in one conversation: all of these, blind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlindQuery {
    /// Where.
    pub conversation_id: ConversationId,
    /// What.
    pub terms: Vec<Term>,
}

/// When a clinician does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AwayRecord {
    /// Who.
    pub person_id: PersonId,
    /// Until when.
    pub until: UnixMillis,
    /// Who answers meanwhile.
    pub covered_by: Option<PersonId>,
}

/// Conversations.
#[async_trait]
pub trait Conversations {
    /// The epoch of all logs of this database: it changes when offsets may have gone back (a restore), and only then.
    async fn log_epoch(&self) -> Stored<u32>;
    /// Makes a conversation with its first members, or finds the one that is there (of that visit; of that patient with
    /// that clinician): exactly one of two concurrent calls makes it. The answer is kept by the one that
    /// makes it: who finds one finds the same one again. `Conflict(KeyUsed | Missing)`; of a patient who was erased none is made.
    async fn open_conversation(
        &self,
        new: ConversationRecord,
        answered: Option<Answered>,
    ) -> Stored<ConversationRecord>;
    /// One, with all its members.
    async fn conversation(&self, id: ConversationId) -> Stored<Option<ConversationRecord>>;
    /// That of a visit.
    async fn conversation_of_visit(&self, id: AppointmentId) -> Stored<Option<ConversationId>>;
    /// Those that a person is in and has not left, the most recently active first.
    async fn conversations_of(&self, id: PersonId, limit: u32) -> Stored<Vec<ConversationSummary>>;
    /// One of them, as [`Conversations::conversations_of`] has it. `None` when they are not in it.
    async fn summary(
        &self,
        id: ConversationId,
        person: PersonId,
    ) -> Stored<Option<ConversationSummary>>;
    /// Takes the key of a conversation's actor; see `claim_visit`.
    async fn claim_conversation(&self, id: ConversationId, node: &str) -> Stored<Claim>;
    /// What its owner begins with, of one moment: the latest `messages` and `lines`.
    async fn opening(
        &self,
        id: ConversationId,
        messages: u32,
        lines: u32,
    ) -> Stored<Option<Opening>>;
    /// Who may write its log, and what comes next in it; `None` when nobody ever claimed it.
    async fn conversation_fence(&self, id: ConversationId) -> Stored<Option<Claim>>;
    /// Saves lines, all or none. `Fenced` when epoch or offset do not fit; `Conflict(KeyUsed | Missing)`. `Missing`, too,
    /// when a body is among them and the conversation's key was destroyed: what nobody can read is not taken.
    /// `Conflict(Stale)` when a file is not as it was.
    async fn append_log(&self, commit: LogCommit) -> Stored<()>;
    /// Lines after `after`, at most `limit`, ascending, with the messages that they name as they are now.
    async fn log_since(
        &self,
        id: ConversationId,
        after: u32,
        limit: u32,
    ) -> Stored<Vec<(LogRecord, Option<MessageRecord>)>>;
    /// One message.
    async fn message(&self, id: MessageId) -> Stored<Option<MessageRecord>>;
    /// A page of messages, at most `limit`.
    async fn messages(
        &self,
        id: ConversationId,
        page: Page,
        limit: u32,
    ) -> Stored<Vec<MessageRecord>>;
    /// Receipts: each keeps the larger of what is there and what is given. Needs no fence, as it cannot go back. Those of
    /// somebody who is no member are passed over.
    async fn save_marks(&self, id: ConversationId, marks: Vec<MemberMarks>) -> Stored<()>;
    /// Messages with all terms of a query, of any of them, newest first. Deleted ones are not found.
    async fn find_messages(
        &self,
        queries: Vec<BlindQuery>,
        limit: u32,
    ) -> Stored<Vec<MessageRecord>>;
    /// Keys that are sealed by another key of the node than `key_id`, or bound to no organisation, at most `limit`, by id, those after `after`.
    async fn keys_sealed_otherwise(
        &self,
        key_id: &str,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Stored<Vec<(ConversationId, WrappedKey)>>;
    /// How many keys each key of the node seals; `None`: how many conversations have no key any more.
    async fn key_counts(&self) -> Stored<Vec<(Option<String>, u64)>>;
    /// A key sealed anew. `Conflict(Stale)` when it is no longer `before`.
    async fn rewrap_key(
        &self,
        id: ConversationId,
        before: WrappedKey,
        after: WrappedKey,
    ) -> Stored<()>;
    /// A new key for a conversation whose key was destroyed: what was written before stays unreadable, and it counts as
    /// active at `at`. Its owner is fenced, as it does not know that key. `Conflict(Stale)` when it has one.
    async fn renew_key(&self, id: ConversationId, key: WrappedKey, at: UnixMillis) -> Stored<()>;
    /// Conversations in which nothing was posted since `before`, whose visit, if they are of one, was over by then, and
    /// whose key was not destroyed yet, at most `limit`, the longest idle ones first. Not those of patients on whom a legal hold
    /// stands.
    async fn idle_conversations(
        &self,
        kind: ConversationKind,
        before: UnixMillis,
        limit: u32,
    ) -> Stored<Vec<ConversationId>>;
    /// Destroys the key, what could be searched, and files: nothing of it can be read again. Its owner is fenced, so that nothing
    /// is sealed by that key any more. False, and nothing is destroyed,
    /// when it is not idle since `before`, see [`Conversations::idle_conversations`], or there is no key.
    async fn destroy_key(&self, id: ConversationId, before: UnixMillis) -> Stored<bool>;
    /// Of these, those whose key was destroyed.
    async fn keyless(&self, ids: &[ConversationId]) -> Stored<Vec<ConversationId>>;
    /// When somebody is out of office; `None` when they never said.
    async fn away(&self, id: PersonId) -> Stored<Option<AwayRecord>>;
    /// From now on; `None` for: not any more. `Conflict(KeyUsed | Missing)`.
    async fn save_away(
        &self,
        id: PersonId,
        away: Option<AwayRecord>,
        answered: Option<Answered>,
    ) -> Stored<()>;
}
