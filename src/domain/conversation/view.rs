//! How a conversation looks to one member. The only way from its state to the wire.
//!
//! Invariant: marks and presence are of those who are in it; who has left is named, and no more.

use super::{Conversation, Member};
use crate::protocol::conversation::{ConversationMember, ConversationView, MemberMarks, Message};
use crate::protocol::ids::MemberId;

/// Unread messages that are counted; more is "many".
pub const MAX_UNREAD: u32 = 999;

/// The conversation as `viewer`, one of its members, may see it.
pub fn of(conversation: &Conversation, viewer: MemberId) -> ConversationView {
    let is_in = conversation.member(viewer).is_some_and(Member::is_in);
    ConversationView {
        conversation_id: conversation.conversation_id,
        kind: conversation.kind,
        appointment_id: conversation.appointment_id,
        members: conversation.members.iter().map(member).collect(),
        you: viewer,
        status: conversation.status,
        assigned_to: conversation.assigned_to,
        can_write: is_in && !conversation.is_closed,
    }
}

/// A member.
pub fn member(it: &Member) -> ConversationMember {
    ConversationMember {
        member_id: it.member_id,
        person_id: it.person_id,
        role: it.role,
        display_name: it.display_name.clone(),
        joined_at: it.joined_at,
        left_at: it.left_at,
        away_until: it.away.as_ref().map(|it| it.until),
    }
}

/// How far those are who are in it.
pub fn marks(conversation: &Conversation) -> Vec<MemberMarks> {
    conversation.present().map(mark).collect()
}

/// How far one is.
pub fn mark(it: &Member) -> MemberMarks {
    MemberMarks { member_id: it.member_id, delivered: it.delivered, displayed: it.displayed }
}

/// How many of these messages a member has not had before their eyes.
pub fn unread<'a>(of: &Member, messages: impl Iterator<Item = &'a Message>) -> u32 {
    let counts = |it: &&Message| {
        it.offset > of.displayed && it.member_id != of.member_id && it.deleted_at.is_none()
    };
    let count = messages.filter(counts).take(MAX_UNREAD as usize).count();
    u32::try_from(count).unwrap_or(MAX_UNREAD)
}
