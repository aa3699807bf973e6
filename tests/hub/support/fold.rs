//! What a client makes of a conversation and of a mailbox by events, and whether that is what it would be told anew.
//!
//! The fold: snapshot and events == fresh snapshot, for every event of these topics.

use bedside::protocol::conversation::{ConversationView, MESSAGES_IN_SNAPSHOT, Message};
use bedside::protocol::topic::{Event, TopicState};
use std::cmp::Reverse;

/// Applies an event to what is known.
pub(crate) fn apply(state: &mut TopicState, event: &Event) {
    match state {
        TopicState::Conversation { .. } => apply_to_conversation(state, event),
        TopicState::Mailbox { cards } => match event {
            Event::ConversationCardChanged { card } => {
                let id = card.conversation.conversation_id;
                cards.retain(|it| it.conversation.conversation_id != id);
                cards.push((**card).clone());
                cards.sort_by_key(|it| Reverse((it.active_at, it.conversation.conversation_id)));
            }
            Event::ConversationRemoved { conversation_id } => {
                cards.retain(|it| it.conversation.conversation_id != *conversation_id);
            }
            other => panic!("{other:?} is of no mailbox"),
        },
        other => panic!("{other:?} is no conversation"),
    }
}

fn apply_to_conversation(state: &mut TopicState, event: &Event) {
    let TopicState::Conversation { conversation, messages, marks, presence, .. } = state else {
        panic!("no conversation");
    };
    match event {
        Event::MessagePosted { message } => {
            assert!(messages.iter().all(|it| it.offset < message.offset), "in order, and once");
            messages.push(message.clone());
        }
        Event::MessageChanged { message } => {
            let known = messages.iter_mut().find(|it| it.message_id == message.message_id);
            if let Some(known) = known {
                known.clone_from(message);
            }
        }
        Event::MemberChanged { member } => {
            conversation.members.retain(|it| it.member_id != member.member_id);
            conversation.members.push(member.clone());
            in_order(conversation);
            if member.left_at.is_some() {
                marks.retain(|it| it.member_id != member.member_id);
                presence.retain(|it| it.member_id != member.member_id);
            }
        }
        Event::ConversationChanged { conversation: view } => conversation.clone_from(view),
        Event::MarksChanged { marks: new } => {
            for it in new {
                marks.retain(|known| known.member_id != it.member_id);
                marks.push(*it);
            }
        }
        Event::PresenceChanged { presence: new } => {
            for it in new {
                presence.retain(|known| known.member_id != it.member_id);
                presence.push(*it);
            }
        }
        other => panic!("{other:?} is of no conversation"),
    }
}

fn in_order(view: &mut ConversationView) {
    view.members.sort_by_key(|it| (it.joined_at, it.member_id));
}

/// Whether only what passes by is missing: an answer may overtake what was published before it, and a snapshot then has
/// what is still on its way.
pub(crate) fn is_behind(known: &TopicState, fresh: &TopicState) -> bool {
    let (mut known, fresh) = (normal(known), normal(fresh));
    let is_same = known == fresh;
    if let (
        TopicState::Conversation { marks, presence, .. },
        TopicState::Conversation { marks: new_marks, presence: new_presence, .. },
    ) = (&mut known, &fresh)
    {
        marks.clone_from(new_marks);
        presence.clone_from(new_presence);
    }
    !is_same && known == fresh
}

/// What is known by events must be what is told anew.
pub(crate) fn assert_same(known: &TopicState, fresh: &TopicState) {
    assert_eq!(normal(known), normal(fresh), "by events and by a fresh snapshot");
}

/// As a snapshot tells it: the latest messages only, lists in one order.
fn normal(state: &TopicState) -> TopicState {
    let mut state = state.clone();
    if let TopicState::Conversation { conversation, messages, has_older, marks, presence } =
        &mut state
    {
        in_order(conversation);
        let latest = usize::try_from(MESSAGES_IN_SNAPSHOT).unwrap();
        let skipped = messages.len().saturating_sub(latest);
        *has_older |= skipped > 0;
        *messages = messages.split_off(skipped);
        marks.sort_by_key(|it| it.member_id);
        presence.sort_by_key(|it| it.member_id);
    }
    state
}

/// The texts of messages; deleted ones say nothing.
pub(crate) fn texts(messages: &[Message]) -> Vec<String> {
    let text = |it: &Message| it.body.as_ref().map(|it| it.expose().clone()).unwrap_or_default();
    messages.iter().map(text).collect()
}
