//! Conversations: what is written, read, and heard.

use super::file::picture;
use super::{at, clinician_part, patient_part, person, text, uuid, visit};
use crate::golden::Golden;
use bedside::protocol::all::*;
use bedside::protocol::frame::Followed;
use bedside::protocol::ids::*;
use bedside::protocol::topic::{Event, PastEvent, Position, Topic, TopicState};

fn chat() -> ConversationId {
    ConversationId(uuid(0x1a1))
}

fn patient() -> MemberId {
    MemberId(patient_part().0)
}

fn clinician() -> MemberId {
    MemberId(clinician_part().0)
}

fn message() -> Message {
    Message {
        message_id: MessageId(uuid(0x1b1)),
        offset: 3,
        member_id: patient(),
        at: at(4),
        body: Some(text("The new cream helps.")),
        reply_to: Some(MessageId(uuid(0x1b0))),
        edited_at: Some(at(5)),
        deleted_at: None,
        files: vec![picture()],
    }
}

fn deleted() -> Message {
    let message = message();
    let files = vec![];
    Message {
        files,
        body: None,
        reply_to: None,
        edited_at: None,
        deleted_at: Some(at(6)),
        ..message
    }
}

fn member() -> ConversationMember {
    ConversationMember {
        member_id: clinician(),
        person_id: Some(PersonId(uuid(0xc2))),
        role: Role::Clinician,
        display_name: text("Dr. Placeholder"),
        joined_at: at(0),
        left_at: None,
        away_until: Some(at(600)),
    }
}

fn view() -> ConversationView {
    ConversationView {
        conversation_id: chat(),
        kind: ConversationKind::Visit,
        appointment_id: Some(visit()),
        members: vec![
            ConversationMember {
                member_id: patient(),
                person_id: Some(person()),
                role: Role::Patient,
                display_name: text("Pat Placeholder"),
                joined_at: at(0),
                left_at: Some(at(60)),
                away_until: None,
            },
            member(),
        ],
        you: patient(),
        status: ConversationStatus::NeedsAnswer,
        assigned_to: Some(clinician()),
        can_write: true,
    }
}

fn card() -> ConversationCard {
    ConversationCard {
        conversation: ConversationView { kind: ConversationKind::Care, ..view() },
        last: Some(message()),
        active_at: at(4),
        unread: 2,
    }
}

fn marks() -> Vec<MemberMarks> {
    vec![MemberMarks { member_id: clinician(), delivered: 3, displayed: 2 }]
}

fn presence() -> Vec<MemberPresence> {
    vec![MemberPresence { member_id: clinician(), presence: Presence::InVisit }]
}

pub(super) fn calls() -> Vec<Golden> {
    let conversation_id = chat();
    let message_id = message().message_id;
    vec![
        Golden::new(
            "open the conversation of a visit",
            OpenConversation { with: OpenWith::Visit { appointment_id: visit() } },
        ),
        Golden::new(
            "open a conversation with somebody",
            OpenConversation { with: OpenWith::Person { person_id: person() } },
        ),
        Golden::new("list conversations", ListConversations {}),
        Golden::new("conversations", Conversations { conversations: vec![card()] }),
        Golden::new("read a conversation", ReadConversation { conversation_id }),
        Golden::new("conversation", view()),
        Golden::new("conversation card", card()),
        Golden::new(
            "assign a conversation",
            AssignConversation { conversation_id, clinician_id: PersonId(uuid(0xc2)) },
        ),
        Golden::new("resolve a conversation", ResolveConversation { conversation_id }),
        Golden::new(
            "mark a conversation",
            MarkConversation { conversation_id, delivered: Some(3), displayed: None },
        ),
        Golden::new("signal typing", SignalTyping { conversation_id, is_typing: true }),
        Golden::new(
            "send a message",
            SendMessage {
                conversation_id,
                body: text("The new cream helps."),
                reply_to: Some(MessageId(uuid(0x1b0))),
                files: vec![],
                overriding: None,
            },
        ),
        Golden::new(
            "send a file although the hub warned",
            SendMessage {
                conversation_id,
                body: text(""),
                reply_to: None,
                files: vec![picture().file_id],
                overriding: Some(Override { reason: OverrideReason::OwnData }),
            },
        ),
        Golden::new(
            "sent message",
            SentMessage { message_id, position: Position { epoch: 9, offset: 3 }, at: at(4) },
        ),
        Golden::new(
            "list messages",
            ListMessages {
                conversation_id,
                since: Some(message_id),
                before: None,
                limit: Some(20),
            },
        ),
        Golden::new("messages", Messages { messages: vec![message(), deleted()], has_more: true }),
        Golden::new(
            "edit a message",
            EditMessage {
                conversation_id,
                message_id,
                body: text("The new cream helps a lot."),
                overriding: None,
            },
        ),
        Golden::new("read the delivery of a message", ReadDelivery { conversation_id, message_id }),
        Golden::new(
            "delivery of a message",
            Delivery {
                message_id,
                at: at(4),
                members: vec![MemberDelivery {
                    member_id: MemberId(uuid(0x1b1)),
                    state: DeliveryState::Delivered,
                }],
                escalates_by: Some(at(14)),
            },
        ),
        Golden::new("delete a message", DeleteMessage { conversation_id, message_id }),
        Golden::new("message", message()),
        Golden::new(
            "search messages",
            SearchMessages { words: text("cream"), conversation_id: None },
        ),
        Golden::new(
            "found messages",
            FoundMessages { found: vec![FoundMessage { conversation_id, message: message() }] },
        ),
        Golden::new("read out of office", ReadOutOfOffice {}),
        Golden::new(
            "update out of office",
            UpdateOutOfOffice {
                out_of_office: OutOfOffice {
                    until: Some(at(600)),
                    covered_by: Some(PersonId(uuid(0xc2))),
                },
            },
        ),
        Golden::new("out of office", OutOfOffice { until: None, covered_by: None }),
        Golden::new("set presence", SetPresence { is_away: true }),
    ]
}

pub(super) fn events() -> Vec<(&'static str, Event)> {
    vec![
        ("message posted", Event::MessagePosted { message: message() }),
        ("message deleted", Event::MessageChanged { message: deleted() }),
        ("member changed", Event::MemberChanged { member: member() }),
        ("conversation changed", Event::ConversationChanged { conversation: Box::new(view()) }),
        ("marks changed", Event::MarksChanged { marks: marks() }),
        ("presence changed", Event::PresenceChanged { presence: presence() }),
        ("typing", Event::Typing { member_id: clinician(), is_typing: true }),
        ("conversation card changed", Event::ConversationCardChanged { card: Box::new(card()) }),
        ("conversation removed", Event::ConversationRemoved { conversation_id: chat() }),
    ]
}

pub(super) fn states() -> Vec<Golden> {
    vec![
        Golden::new(
            "state of a conversation",
            TopicState::Conversation {
                conversation: Box::new(view()),
                messages: vec![message()],
                has_older: true,
                marks: marks(),
                presence: presence(),
            },
        ),
        Golden::new("state of a mailbox", TopicState::Mailbox { cards: vec![card()] }),
    ]
}

pub(super) fn resumed() -> Followed {
    let position = Position { epoch: 9, offset: 3 };
    let event = Event::MessagePosted { message: message() };
    Followed::Resumed {
        topic: Topic::Conversation(chat()),
        channel: 2,
        position,
        events: vec![PastEvent { position, at: at(4), event }],
        has_more: false,
    }
}
