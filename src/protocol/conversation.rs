//! Conversations: chat in a visit and between visits, receipts, presence, out of office.
//!
//! A conversation has one log: what is posted, edited, deleted, and who comes and goes, numbered without a gap. The
//! number is the offset of the topic `conversation:<id>`, and the offset of a message is that of its posting. Receipts,
//! presence and typing pass by beside the log: they carry its position and do not move it.

use crate::protocol::file::{FileCard, Override};
use crate::protocol::ids::{AppointmentId, ConversationId, FileId, MemberId, MessageId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::protocol::topic::Position;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bytes of a message's text, UTF-8. What is longer is a document, and belongs into a file.
pub const MAX_BODY_BYTES: usize = 8 * 1024;
/// Messages of one page of history.
pub const MAX_MESSAGES_A_PAGE: u32 = 100;
/// Messages that a snapshot of a conversation carries; older ones are read by page.
pub const MESSAGES_IN_SNAPSHOT: u32 = 50;

/// What a conversation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversationKind {
    /// Of one visit: before, during and after it, with everybody who has a part in it.
    Visit,
    /// Between visits: a patient and those who care for them.
    Care,
}

/// Whether somebody of the clinic has to do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversationStatus {
    /// The patient wrote last, and nobody has answered.
    NeedsAnswer,
    /// Nobody waits for anybody.
    Quiet,
    /// The clinic said that it is dealt with; the next message of the patient opens it again.
    Resolved,
}

/// Where somebody is, of all their sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Here.
    Online,
    /// Connected, but has not touched anything for a while.
    Away,
    /// In a visit.
    InVisit,
    /// The last socket was lost a moment ago.
    Reconnecting,
    /// Not connected.
    Offline,
}

/// Somebody's part in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationMember {
    /// Which.
    pub member_id: MemberId,
    /// Account; guests of a visit have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// In which role.
    pub role: Role,
    /// Name that the others see.
    pub display_name: Phi<String>,
    /// Since when.
    pub joined_at: UnixMillis,
    /// Since when not any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_at: Option<UnixMillis>,
    /// Until when they are out of office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away_until: Option<UnixMillis>,
}

/// How far somebody got: offsets of messages, never going back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberMarks {
    /// Whose.
    pub member_id: MemberId,
    /// A device of theirs has it.
    pub delivered: u32,
    /// They have had it before their eyes.
    pub displayed: u32,
}

/// Where a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberPresence {
    /// Who.
    pub member_id: MemberId,
    /// Where.
    pub presence: Presence,
}

/// One message as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Which.
    pub message_id: MessageId,
    /// Number of its posting in the log.
    pub offset: u32,
    /// Who wrote it.
    pub member_id: MemberId,
    /// When it was saved.
    pub at: UnixMillis,
    /// Its text; absent when it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Phi<String>>,
    /// What it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// When it was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<UnixMillis>,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<UnixMillis>,
    /// What was sent with it, as it is now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileCard>,
}

/// A conversation without its messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationView {
    /// Which.
    pub conversation_id: ConversationId,
    /// What for.
    pub kind: ConversationKind,
    /// Of which visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment_id: Option<AppointmentId>,
    /// Everybody who is or was in it, in the order in which they came.
    pub members: Vec<ConversationMember>,
    /// Which of them the viewer is.
    pub you: MemberId,
    /// Whether somebody has to do something.
    pub status: ConversationStatus,
    /// Who of the clinic looks after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<MemberId>,
    /// Whether the viewer may write.
    pub can_write: bool,
}

/// A conversation in somebody's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationCard {
    /// The conversation.
    pub conversation: ConversationView,
    /// The last message that was not deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Message>,
    /// When something was last posted, or when it was opened.
    pub active_at: UnixMillis,
    /// Messages of others that the viewer has not had before their eyes; at most 999.
    pub unread: u32,
}

/// With whom a conversation is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum OpenWith {
    /// Everybody who has a part in this visit.
    Visit {
        /// Which.
        appointment_id: AppointmentId,
    },
    /// A clinician, for a patient; a patient, for a clinician. They must have an appointment, or have had one.
    Person {
        /// Who.
        person_id: PersonId,
    },
}

/// `conversation.open`: the conversation with somebody; it is made when there is none yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenConversation {
    /// With whom.
    pub with: OpenWith,
}

/// `conversation.list`: the caller's conversations, the most recently active first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListConversations {}

/// Answer of `conversation.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Conversations {
    /// At most 200.
    pub conversations: Vec<ConversationCard>,
}

/// `conversation.read`: one conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadConversation {
    /// Which.
    pub conversation_id: ConversationId,
}

/// `conversation.assign`: another clinician looks after it from now on, and becomes a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignConversation {
    /// Which.
    pub conversation_id: ConversationId,
    /// To whom.
    pub clinician_id: PersonId,
}

/// `conversation.resolve`: the clinic has dealt with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveConversation {
    /// Which.
    pub conversation_id: ConversationId,
}

/// `conversation.mark`: how far the caller got. Never goes back; saying it again changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkConversation {
    /// Which.
    pub conversation_id: ConversationId,
    /// Offset of the last message that this device has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered: Option<u32>,
    /// Offset of the last message that was before the caller's eyes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub displayed: Option<u32>,
}

/// `conversation.type`: the caller is writing, or is not any more. Forgotten after five seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalTyping {
    /// Which.
    pub conversation_id: ConversationId,
    /// Whether they are.
    pub is_typing: bool,
}

/// `message.send`: posts a message. With an idempotency key it is posted once, however often it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SendMessage {
    /// Where.
    pub conversation_id: ConversationId,
    /// What: 1 to 8192 bytes of UTF-8, without control characters but line breaks and tabs, and without overrides of
    /// the direction of text. With files it may be empty.
    pub body: Phi<String>,
    /// What it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// At most ten files that the sender uploaded into this conversation and has not sent yet, in state `checking` or
    /// `clear`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileId>,
    /// It is meant although the hub warned.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "override")]
    pub overriding: Option<Override>,
}

/// Answer of `message.send`: it is saved, and here it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SentMessage {
    /// The message.
    pub message_id: MessageId,
    /// Where the conversation's log was with it.
    pub position: Position,
    /// When it was saved.
    pub at: UnixMillis,
}

/// `message.list`: a page of messages, earliest first. With `since` those after that message; with `before` the last
/// ones before it; with neither the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListMessages {
    /// Where.
    pub conversation_id: ConversationId,
    /// Those after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<MessageId>,
    /// Those before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<MessageId>,
    /// At most so many, 1 to 100; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Answer of `message.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Messages {
    /// Earliest first.
    pub messages: Vec<Message>,
    /// Whether there are more in the direction that was asked for.
    pub has_more: bool,
}

/// `message.edit`: the author writes it anew, within fifteen minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EditMessage {
    /// Where.
    pub conversation_id: ConversationId,
    /// Which.
    pub message_id: MessageId,
    /// What it says from now on.
    pub body: Phi<String>,
    /// It is meant although the hub warned.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "override")]
    pub overriding: Option<Override>,
}

/// `message.delete`: the author takes it back, within fifteen minutes. That it was there stays visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteMessage {
    /// Where.
    pub conversation_id: ConversationId,
    /// Which.
    pub message_id: MessageId,
}

/// `message.search`: messages with all of these words, newest first. It changes nothing; it is posted because words do
/// not belong into a URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchMessages {
    /// Words, or beginnings of words of at least three letters.
    pub words: Phi<String>,
    /// In this conversation; in all of the caller's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
}

/// One message that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FoundMessage {
    /// Where.
    pub conversation_id: ConversationId,
    /// The message.
    pub message: Message,
}

/// Answer of `message.search`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FoundMessages {
    /// At most 50, newest first.
    pub found: Vec<FoundMessage>,
}

/// When a clinician does not answer, and who does instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutOfOffice {
    /// Until when; not out of office when absent or over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<UnixMillis>,
    /// The clinician who answers meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covered_by: Option<PersonId>,
}

/// `out_of_office.read`: the caller's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadOutOfOffice {}

/// `out_of_office.update`: the caller's, from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateOutOfOffice {
    /// From now on.
    pub out_of_office: OutOfOffice,
}

/// `presence.set`: whether the caller touches anything on this socket. Without a socket it changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPresence {
    /// Nothing was touched for a while.
    pub is_away: bool,
}
