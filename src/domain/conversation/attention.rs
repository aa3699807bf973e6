//! Who is told that a message waits which nobody has looked at.
//!
//! Owns: when a message makes notices, for whom, and whether they are still worth telling when they are due. Invariants: a
//! notice says nothing of what the message says; it is not sent when somebody of the other side has looked meanwhile, and
//! whoever does not look is told once, however many more messages come.
//! Does not: send (`notifications`).

use super::{Conversation, Member, Side};
use crate::protocol::conversation::Message;
use crate::protocol::ids::{MemberId, PersonId};
use crate::protocol::time::UnixMillis;
use std::time::Duration;

/// How long a message waits to be looked at before people are told that it waits.
pub const ESCALATE_AFTER: Duration = Duration::from_secs(10 * 60);
/// Messages of one side within this time have the same notices: people who write to each other write many.
pub const TOGETHER: Duration = Duration::from_secs(60);

/// When a message of each side last made notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Announced {
    patient: Option<UnixMillis>,
    clinic: Option<UnixMillis>,
}

impl Announced {
    /// Whether a message by somebody of `side` at `now` makes notices; from then on those of the next minute make none.
    pub fn announce(&mut self, side: Side, now: UnixMillis) -> bool {
        let kept = match side {
            Side::Patient => &mut self.patient,
            Side::Clinic => &mut self.clinic,
        };
        let is_together = kept.is_some_and(|at| now.since(at) < TOGETHER);
        if !is_together {
            *kept = Some(now);
        }
        !is_together
    }
}

/// Whom a message of `side` is told to when nobody looks: the patient, or the clinicians who are in it.
pub fn audience(conversation: &Conversation, side: Side) -> Vec<PersonId> {
    let is_meant = |it: &&Member| match side {
        Side::Clinic => it.person_id == Some(conversation.patient_id),
        Side::Patient => Side::of(it.role) == Some(Side::Clinic),
    };
    let mut people: Vec<_> =
        conversation.present().filter(is_meant).filter_map(|it| it.person_id).collect();
    people.dedup();
    people
}

/// Whether the side of `person` is to be told by notices that are due at `due_at`: the first message that nobody of it has
/// seen is one of those that made them. When an earlier one waits, that was told by its own.
///
/// `messages` are the first after what the side has seen, ascending.
pub fn waits_for(
    conversation: &Conversation,
    person: PersonId,
    messages: &[Message],
    due_at: UnixMillis,
) -> bool {
    let is_person = |it: &&Member| it.person_id == Some(person);
    let Some(side) = conversation.present().find(is_person).and_then(|it| Side::of(it.role)) else {
        return false;
    };
    let seen = conversation.seen_by(side);
    let author_side = |id: MemberId| conversation.member(id).and_then(|it| Side::of(it.role));
    let first = messages.iter().find(|it| {
        it.offset > seen
            && it.deleted_at.is_none()
            && author_side(it.member_id) == Some(side.other())
    });
    let announced_at = due_at.minus(ESCALATE_AFTER);
    first.is_some_and(|it| it.at >= announced_at && it.at.since(announced_at) < TOGETHER)
}
