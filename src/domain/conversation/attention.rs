//! Who is told that a message waits which nobody has looked at.
//!
//! Owns: when a message makes a notice, for whom, and whether it is still worth telling when it is due. Invariants: a
//! notice says nothing of what the message says; it is not sent when somebody of the other side has looked meanwhile;
//! while one is on its way, further messages make none.
//! Does not: send (`notifications`).

use super::{Conversation, Member, Side};
use crate::protocol::conversation::Message;
use crate::protocol::ids::{MemberId, PersonId};
use crate::protocol::time::UnixMillis;
use std::time::Duration;

/// How long a message waits to be looked at before people are told that it waits.
pub const ESCALATE_AFTER: Duration = Duration::from_secs(10 * 60);

/// The last message of each side that nobody of the other had seen, and for which people are going to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Announced {
    patient: Option<(u32, UnixMillis)>,
    clinic: Option<(u32, UnixMillis)>,
}

impl Announced {
    /// Whether a message at `offset` by somebody of `side` has to be announced; from now on it is.
    pub fn announce(
        &mut self,
        conversation: &Conversation,
        side: Side,
        offset: u32,
        now: UnixMillis,
    ) -> bool {
        let seen = conversation.seen_by(side.other());
        let kept = match side {
            Side::Patient => &mut self.patient,
            Side::Clinic => &mut self.clinic,
        };
        let is_on_its_way =
            kept.is_some_and(|(before, at)| before > seen && now.since(at) < ESCALATE_AFTER);
        if !is_on_its_way {
            *kept = Some((offset, now));
        }
        !is_on_its_way
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

/// Whether one of these messages, all of them after what the side of `person` has seen, waits for that side for so long
/// that it is to be told of.
pub fn waits_for(
    conversation: &Conversation,
    person: PersonId,
    messages: &[Message],
    now: UnixMillis,
) -> bool {
    let is_person = |it: &&Member| it.person_id == Some(person);
    let Some(side) = conversation.present().find(is_person).and_then(|it| Side::of(it.role)) else {
        return false;
    };
    let seen = conversation.seen_by(side);
    let author_side = |id: MemberId| conversation.member(id).and_then(|it| Side::of(it.role));
    messages.iter().any(|it| {
        it.offset > seen
            && it.deleted_at.is_none()
            && author_side(it.member_id) == Some(side.other())
            && now.since(it.at) >= ESCALATE_AFTER
    })
}
