//! Conversations: who may be in one, who may write what, and what follows from it.
//!
//! Owns: the durable state ([`Conversation`]) and the rules that decide its lines ([`rules`]), what a text may be ([`body`]),
//! which members a visit makes ([`parts`]), how it looks to whom ([`view`]), who is told that nobody has looked
//! ([`attention`]), and where people are ([`presence`]).
//! Invariants: CH-4 whoever is no member, or not any more, may not know that there is a conversation; administrators are
//! never members. CH-2 marks never go back, and never beyond the log.
//! Does not: see keys, sockets or the store.

use crate::domain::policy::Who;
use crate::protocol::conversation::{ConversationKind, ConversationStatus, Message};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{AppointmentId, ConversationId, MemberId, ParticipantId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use std::time::Duration;

pub mod attention;
pub mod body;
pub mod delivery;
pub mod parts;
pub mod presence;
pub mod rules;
pub mod typing;
pub mod view;

#[cfg(test)]
mod tests;

/// How long its author may write a message anew, or take it back. Long enough to correct a mistake that is seen at once;
/// what somebody has acted on stays as it was.
pub const EDIT_WITHIN: Duration = Duration::from_secs(15 * 60);
/// People who are or ever were in one conversation: bounds what has to be loaded and shown.
pub const MAX_MEMBERS: usize = 64;
/// How far ahead somebody may say that they are out of office.
pub const MAX_AWAY: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// Somebody's part in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Which.
    pub member_id: MemberId,
    /// Account; guests of a visit have none.
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
    /// How far a device of theirs is.
    pub delivered: u32,
    /// How far they have looked.
    pub displayed: u32,
    /// When they are out of office, and who answers meanwhile.
    pub away: Option<Away>,
}

/// When a clinician does not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Away {
    /// Until when.
    pub until: UnixMillis,
    /// Who answers meanwhile.
    pub cover: Option<Cover>,
}

/// Who answers for somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cover {
    /// The clinician.
    pub person_id: PersonId,
    /// Name that the others see.
    pub display_name: Phi<String>,
}

/// On whose side of a conversation somebody writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Who is treated, and who helps them.
    Patient,
    /// Who treats.
    Clinic,
}

/// The durable state of a conversation, without its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Which.
    pub conversation_id: ConversationId,
    /// What for.
    pub kind: ConversationKind,
    /// Of which visit.
    pub appointment_id: Option<AppointmentId>,
    /// Whose.
    pub patient_id: PersonId,
    /// With whom it was opened.
    pub clinician_id: PersonId,
    /// Whether somebody has to do something.
    pub status: ConversationStatus,
    /// Who looks after it.
    pub assigned_to: Option<MemberId>,
    /// Its time to be kept is over: nothing of it can be read, and nothing written.
    pub is_closed: bool,
    /// Everybody who is or was in it, in the order in which they came.
    pub members: Vec<Member>,
    /// When something was last posted, or when it was opened.
    pub active_at: UnixMillis,
    /// Number of the last line of the log.
    pub last_offset: u32,
}

/// What one line of the log says, with what it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A new message.
    Posted(Message),
    /// A message as it is from now on: edited, or deleted.
    Rewritten(Message),
    /// A member as they are from now on: new, gone, or back.
    Member(Member),
    /// A member is out of office, or back.
    Away(Member),
    /// Status, and who looks after it.
    Conversation(ConversationStatus, Option<MemberId>),
}

/// Why something cannot be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The caller is no member, or not any more.
    #[error("no such conversation")]
    NoSuchConversation,
    /// There is no such message here.
    #[error("no such message")]
    NoSuchMessage,
    /// There is no such clinician.
    #[error("no such clinician")]
    NoSuchClinician,
    /// It was written by somebody else.
    #[error("not the author")]
    NotTheAuthor,
    /// Only who treats may do that.
    #[error("not of the clinic")]
    NotOfTheClinic,
    /// It was written too long ago.
    #[error("too late")]
    TooLate,
    /// It was deleted.
    #[error("deleted")]
    Deleted,
    /// The conversation is closed.
    #[error("closed")]
    Closed,
    /// Who is in the conversation of a visit is decided by the visit.
    #[error("not of this visit")]
    NotOfThisVisit,
    /// As many people as a conversation may have.
    #[error("full")]
    Full,
    /// The text is empty.
    #[error("empty")]
    Empty,
    /// The text is too long.
    #[error("too long")]
    TooLong,
    /// The text has characters that nobody sees, or that turn others around.
    #[error("invisible characters")]
    Invisible,
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        let not_now = |why| Fault::new(FaultCode::NotAllowedNow).because(why);
        match refusal {
            Refusal::NoSuchConversation | Refusal::NoSuchMessage | Refusal::NoSuchClinician => {
                FaultCode::NotFound.into()
            }
            Refusal::NotTheAuthor => {
                Fault::new(FaultCode::Forbidden).because("Only its author may do that.")
            }
            Refusal::NotOfTheClinic => {
                Fault::new(FaultCode::Forbidden).because("Only a clinician of it may do that.")
            }
            Refusal::TooLate => not_now("It was written too long ago."),
            Refusal::Deleted => not_now("It was deleted."),
            Refusal::Closed => not_now("The conversation is closed."),
            Refusal::NotOfThisVisit => not_now("That clinician has no part in the visit."),
            Refusal::Full => not_now("As many people as may be in a conversation were in it."),
            Refusal::Empty => Fault::invalid("body", "1 to 8192 bytes."),
            Refusal::TooLong => {
                Fault { field: Some("body".to_owned()), ..FaultCode::TooLarge.into() }
            }
            Refusal::Invisible => Fault::invalid(
                "body",
                "No control characters but line breaks and tabs, and none that cannot be seen.",
            ),
        }
    }
}

impl Side {
    /// The side of a role; who translates is on neither.
    pub const fn of(role: Role) -> Option<Side> {
        match role {
            Role::Patient | Role::Caregiver => Some(Side::Patient),
            Role::Clinician | Role::Colleague => Some(Side::Clinic),
            Role::Interpreter | Role::Admin | Role::Support => None,
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Side {
        match self {
            Side::Patient => Side::Clinic,
            Side::Clinic => Side::Patient,
        }
    }
}

impl Member {
    /// Whether they are in it now.
    pub fn is_in(&self) -> bool {
        self.left_at.is_none()
    }

    /// Whether this is them.
    pub fn is(&self, who: Who) -> bool {
        match who {
            Who::Person(id) => self.person_id == Some(id),
            Who::Participant(id) => self.participant_id == Some(id),
        }
    }

    /// As whom they call: their account, or their part in the visit.
    pub fn who(&self) -> Option<Who> {
        let account = self.person_id.map(Who::Person);
        account.or_else(|| self.participant_id.map(Who::Participant))
    }

    /// Whether they are out of office at `now`.
    pub fn is_away(&self, now: UnixMillis) -> bool {
        self.away.as_ref().is_some_and(|it| now < it.until)
    }
}

impl Conversation {
    /// The caller's part in it, as long as they are in it.
    ///
    /// # Errors
    /// [`Refusal::NoSuchConversation`].
    pub fn part_of(&self, who: Who) -> Result<&Member, Refusal> {
        let mut present = self.members.iter().filter(|it| it.is_in());
        present.find(|it| it.is(who)).ok_or(Refusal::NoSuchConversation)
    }

    /// One of those who are or were in it.
    pub fn member(&self, id: MemberId) -> Option<&Member> {
        self.members.iter().find(|it| it.member_id == id)
    }

    /// Those who are in it.
    pub fn present(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|it| it.is_in())
    }

    /// How far the furthest of a side has looked.
    pub fn seen_by(&self, side: Side) -> u32 {
        let of_side = self.present().filter(|it| Side::of(it.role) == Some(side));
        of_side.map(|it| it.displayed).max().unwrap_or(0)
    }

    /// Makes a saved line so. Its number follows the one before.
    pub fn apply(&mut self, line: &Line) {
        self.last_offset = self.last_offset.saturating_add(1);
        match line {
            Line::Posted(message) => self.active_at = self.active_at.max(message.at),
            Line::Rewritten(_) => {}
            Line::Member(member) | Line::Away(member) => {
                match self.members.iter_mut().find(|it| it.member_id == member.member_id) {
                    Some(known) => {
                        let (delivered, displayed) = (known.delivered, known.displayed);
                        *known = Member { delivered, displayed, ..member.clone() };
                    }
                    None => {
                        self.members.push(member.clone());
                        self.members.sort_by_key(|it| (it.joined_at, it.member_id));
                    }
                }
            }
            Line::Conversation(status, assigned_to) => {
                self.status = *status;
                self.assigned_to = *assigned_to;
            }
        }
    }

    /// What the marks of a member are with these, when that is more than they are. They never go back, never beyond the
    /// log, and what was displayed was delivered.
    pub fn further(&self, id: MemberId, delivered: u32, displayed: u32) -> Option<(u32, u32)> {
        let last = self.last_offset;
        let known = self.member(id)?;
        let next_displayed = known.displayed.max(displayed.min(last));
        let next_delivered = known.delivered.max(delivered.min(last)).max(next_displayed);
        let next = (next_delivered, next_displayed);
        (next != (known.delivered, known.displayed)).then_some(next)
    }

    /// Takes marks of a member; what they are from now on, when that is more than before.
    pub fn mark(&mut self, id: MemberId, delivered: u32, displayed: u32) -> Option<(u32, u32)> {
        let next = self.further(id, delivered, displayed)?;
        let known = self.members.iter_mut().find(|it| it.member_id == id)?;
        (known.delivered, known.displayed) = next;
        Some(next)
    }
}
