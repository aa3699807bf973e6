//! Topics: what a connection can follow, and what it hears.
//!
//! A topic has one owner (an actor), an epoch (that owner's, from the store's fence) and an offset that grows by one.
//! Most topics are class C of the protocol: every event carries the latest state of something, so whoever missed some
//! converges by the next snapshot; a follower that is at the owner's position is told nothing twice. `conversation` is
//! class A: its log is durable, its epoch that of the store, and whoever resumes is replayed what they missed. Events
//! that [`Event::passes_by`] carry the position of their topic and do not move it.

use crate::protocol::appointment::AppointmentCard;
use crate::protocol::conversation::{
    ConversationCard, ConversationMember, ConversationView, MemberMarks, MemberPresence, Message,
};
use crate::protocol::ids::{
    AppointmentId, ConversationId, MemberId, ParticipantId, PersonId, SlotId,
};
use crate::protocol::schedule::{CalendarEntry, Hours};
use crate::protocol::time::UnixMillis;
use crate::protocol::visit::VisitView;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Something to follow. On the wire a string such as `visit:<id>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// One visit, as its viewer may see it.
    Visit(AppointmentId),
    /// The appointments of one person: a patient's visits, a clinician's day.
    Agenda(PersonId),
    /// The calendar of one practitioner, for themselves and administrators.
    Schedule(PersonId),
    /// Whether what can be booked with one practitioner changed, for everybody with an account. Says nothing else.
    Openings(PersonId),
    /// One conversation, for its members.
    Conversation(ConversationId),
    /// The list of a person's conversations, for themselves.
    Mailbox(PersonId),
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Topic::Visit(id) => write!(f, "visit:{id}"),
            Topic::Agenda(id) => write!(f, "agenda:{id}"),
            Topic::Schedule(id) => write!(f, "schedule:{id}"),
            Topic::Openings(id) => write!(f, "openings:{id}"),
            Topic::Conversation(id) => write!(f, "conversation:{id}"),
            Topic::Mailbox(id) => write!(f, "mailbox:{id}"),
        }
    }
}

/// The text is no topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such topic")]
pub struct NotATopic;

impl FromStr for Topic {
    type Err = NotATopic;

    fn from_str(text: &str) -> Result<Self, NotATopic> {
        let (kind, id) = text.split_once(':').ok_or(NotATopic)?;
        match kind {
            "visit" => id.parse().map(Topic::Visit).map_err(|_| NotATopic),
            "agenda" => id.parse().map(Topic::Agenda).map_err(|_| NotATopic),
            "schedule" => id.parse().map(Topic::Schedule).map_err(|_| NotATopic),
            "openings" => id.parse().map(Topic::Openings).map_err(|_| NotATopic),
            "conversation" => id.parse().map(Topic::Conversation).map_err(|_| NotATopic),
            "mailbox" => id.parse().map(Topic::Mailbox).map_err(|_| NotATopic),
            _ => Err(NotATopic),
        }
    }
}

impl Serialize for Topic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Topic {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Topic {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Topic".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^(visit|agenda|schedule|openings|conversation|mailbox):[0-9a-f-]{36}$",
            "tsType": "`visit:${string}` | `agenda:${string}` | `schedule:${string}` | `openings:${string}` | `conversation:${string}` | `mailbox:${string}`"
        })
    }
}

/// Where in a topic: the owner's epoch and the number of the event.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Changes when offsets can no longer be compared (the owner was started anew).
    pub epoch: u32,
    /// Grows by one with every event.
    pub offset: u32,
}

/// The whole of a topic, for one viewer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TopicState {
    /// Of `visit:…`.
    Visit {
        /// The visit as the viewer may see it.
        visit: Box<VisitView>,
    },
    /// Of `agenda:…`.
    Agenda {
        /// Earliest first.
        cards: Vec<AppointmentCard>,
    },
    /// Of `schedule:…`.
    Schedule {
        /// Hours and deviations.
        hours: Hours,
        /// What is held and booked and not over, by begin.
        entries: Vec<CalendarEntry>,
    },
    /// Of `openings:…`: nothing to know but the position.
    Openings {},
    /// Of `conversation:…`.
    Conversation {
        /// The conversation as the viewer may see it.
        conversation: Box<ConversationView>,
        /// The latest messages, earliest first, at most
        /// [`MESSAGES_IN_SNAPSHOT`](crate::protocol::conversation::MESSAGES_IN_SNAPSHOT).
        messages: Vec<Message>,
        /// Whether there are older ones.
        has_older: bool,
        /// How far everybody got who is in it.
        marks: Vec<MemberMarks>,
        /// Where everybody is who is in it.
        presence: Vec<MemberPresence>,
    },
    /// Of `mailbox:…`.
    Mailbox {
        /// The most recently active first, at most 200.
        cards: Vec<ConversationCard>,
    },
}

/// What happened in a topic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// The visit changed; replaces what the viewer knew of it.
    VisitChanged {
        /// The visit as the viewer may see it now.
        visit: Box<VisitView>,
    },
    /// Who speaks changed. Class D: lost ones are not repeated.
    SpeakerChanged {
        /// Who; nobody when absent.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        participant_id: Option<ParticipantId>,
    },
    /// One appointment of an agenda is new or changed; replaces the one with the same id.
    CardChanged {
        /// The appointment.
        card: Box<AppointmentCard>,
    },
    /// The hours of a schedule changed; replaces them.
    HoursChanged {
        /// Hours and deviations.
        hours: Hours,
    },
    /// One entry of a calendar is new or changed; replaces the one with the same id.
    EntryChanged {
        /// The entry.
        entry: CalendarEntry,
    },
    /// One entry of a calendar is gone: released, expired, moved or cancelled.
    EntryRemoved {
        /// Which.
        slot_id: SlotId,
    },
    /// What can be booked changed: search again.
    OpeningsChanged {},
    /// A message is new. Moves the log.
    MessagePosted {
        /// As it is now, which may be edited or deleted when it is replayed.
        message: Message,
    },
    /// A message was edited or deleted, or a file of it was checked; replaces the one with the same id. Moves the log.
    MessageChanged {
        /// As it is now.
        message: Message,
    },
    /// Somebody came, went, or is out of office; replaces the one with the same id. Moves the log.
    MemberChanged {
        /// As they are now.
        member: ConversationMember,
    },
    /// The conversation itself changed: status, or who looks after it; replaces what the viewer knew of it. Moves the log.
    ConversationChanged {
        /// As the viewer may see it now.
        conversation: Box<ConversationView>,
    },
    /// Members got further; each replaces the one of the same member. Passes by.
    MarksChanged {
        /// Whose, and how far.
        marks: Vec<MemberMarks>,
    },
    /// Members are somewhere else; each replaces the one of the same member. Passes by.
    PresenceChanged {
        /// Who, and where.
        presence: Vec<MemberPresence>,
    },
    /// Somebody is writing, or is not any more; ends by itself after five seconds. Passes by, and is not repeated.
    Typing {
        /// Who.
        member_id: MemberId,
        /// Whether they are.
        is_typing: bool,
    },
    /// One conversation of a mailbox is new or changed; replaces the one with the same id.
    ConversationCardChanged {
        /// As the viewer may see it now.
        card: Box<ConversationCard>,
    },
    /// One conversation of a mailbox is not the viewer's any more: purge what you have of it.
    ConversationRemoved {
        /// Which.
        conversation_id: ConversationId,
    },
}

impl Event {
    /// Whether it passes by beside the log: it carries the position of its topic and does not move it.
    pub const fn passes_by(&self) -> bool {
        matches!(
            self,
            Event::SpeakerChanged { .. }
                | Event::MarksChanged { .. }
                | Event::PresenceChanged { .. }
                | Event::Typing { .. }
        )
    }
}

/// An event of the past, as it is replayed to whoever resumes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PastEvent {
    /// Where its topic was with it.
    pub position: Position,
    /// When it happened.
    pub at: UnixMillis,
    /// What.
    pub event: Event,
}
