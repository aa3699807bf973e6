//! What following a topic is called in the log: THE TABLE of topics with somebody's record in them.
//!
//! Invariant: a topic in which there is something of a patient has a name here. Does not: record ([`crate::node`] does).

use super::fhir::kinds::{Kind, Rest};
use crate::protocol::topic::Topic;

/// A kind of topic whose following is an access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// One visit.
    Visit,
    /// Somebody's appointments.
    Agenda,
    /// Somebody's calendar.
    Schedule,
    /// One conversation.
    Conversation,
    /// Somebody's list of conversations.
    Mailbox,
}

impl Followed {
    /// All of them.
    pub const ALL: [Followed; 5] = [
        Followed::Visit,
        Followed::Agenda,
        Followed::Schedule,
        Followed::Conversation,
        Followed::Mailbox,
    ];

    /// Of a topic, with what it is about as rows name it. `None`: whoever follows it hears nothing of anybody.
    pub fn of(topic: Topic) -> Option<(Self, String)> {
        match topic {
            Topic::Visit(id) => Some((Followed::Visit, format!("appointment_id:{id}"))),
            Topic::Agenda(id) => Some((Followed::Agenda, format!("person_id:{id}"))),
            Topic::Schedule(id) => Some((Followed::Schedule, format!("practitioner_id:{id}"))),
            Topic::Conversation(id) => {
                Some((Followed::Conversation, format!("conversation_id:{id}")))
            }
            Topic::Mailbox(id) => Some((Followed::Mailbox, format!("person_id:{id}"))),
            Topic::Openings(_) => None,
        }
    }

    /// As operations are named.
    pub const fn name(self) -> &'static str {
        match self {
            Followed::Visit => "visit.follow",
            Followed::Agenda => "agenda.follow",
            Followed::Schedule => "schedule.follow",
            Followed::Conversation => "conversation.follow",
            Followed::Mailbox => "mailbox.follow",
        }
    }

    /// Whether it is a list: what was in it is named beside it, as with every list.
    pub const fn is_list(self) -> bool {
        matches!(self, Followed::Agenda | Followed::Schedule | Followed::Mailbox)
    }

    /// As events are told.
    pub const fn kind(self) -> Kind {
        Kind::With(if self.is_list() { Rest::Search } else { Rest::Read })
    }
}
