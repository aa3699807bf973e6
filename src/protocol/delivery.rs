//! How far a message has come with each of those it is for.

use crate::protocol::ids::{ConversationId, MemberId, MessageId};
use crate::protocol::time::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far a message has come with somebody. Each stands for those before it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is saved, and goes to whoever comes.
    Committed,
    /// A device of theirs has it.
    Delivered,
    /// They have had it before their eyes.
    Displayed,
}

/// `message.read_delivery`: how far a message has come, for whoever is in its conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadDelivery {
    /// Where.
    pub conversation_id: ConversationId,
    /// Which.
    pub message_id: MessageId,
}

/// How far a message has come with somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberDelivery {
    /// With whom.
    pub member_id: MemberId,
    /// How far.
    pub state: DeliveryState,
}

/// Answer of `message.read_delivery`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// Which.
    pub message_id: MessageId,
    /// When it was saved.
    pub at: UnixMillis,
    /// Everybody else who is in the conversation now, in the order in which they came.
    pub members: Vec<MemberDelivery>,
    /// When the other side is told at the latest, outside of the conversation, that something waits for it. Absent when somebody of it
    /// has seen the message, or it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalates_by: Option<UnixMillis>,
}
