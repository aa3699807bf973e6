//! How far a message has come with each member, and when those are told by other ways who have not seen it.
//!
//! Invariants: nothing is kept for it: marks say how far each member is, and a message is as far as they are. Who has written it has seen
//! it. Does not: tell anybody (`attention` says whom).

use super::Side;
use super::attention::ESCALATE_AFTER;
use crate::protocol::delivery::{DeliveryState, MemberDelivery};
use crate::protocol::ids::MemberId;
use crate::protocol::person::Role;
use crate::protocol::time::UnixMillis;

/// A message, as far as this asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posted {
    /// Its number in the log.
    pub offset: u32,
    /// Who wrote it.
    pub author: MemberId,
    /// When.
    pub at: UnixMillis,
    /// Whether it was deleted.
    pub is_deleted: bool,
}

/// Somebody who is or was in the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    /// Who.
    pub member_id: MemberId,
    /// Role.
    pub role: Role,
    /// Whether they are in it now.
    pub is_in: bool,
    /// The last that a device of theirs has.
    pub delivered: u32,
    /// The last that was before their eyes.
    pub displayed: u32,
}

impl Reader {
    fn state(&self, offset: u32) -> DeliveryState {
        if self.displayed >= offset {
            DeliveryState::Displayed
        } else if self.delivered >= offset {
            DeliveryState::Delivered
        } else {
            DeliveryState::Committed
        }
    }
}

/// How far it has come with everybody else who is in the conversation.
pub fn delivery(of: &Posted, readers: &[Reader]) -> Vec<MemberDelivery> {
    let others = readers.iter().filter(|it| it.is_in && it.member_id != of.author);
    others
        .map(|it| MemberDelivery { member_id: it.member_id, state: it.state(of.offset) })
        .collect()
}

/// When the other side is told at the latest that something waits; nothing when it has seen the message, or there is none to see.
/// Messages of one minute are told together, so it may be up to a minute earlier.
pub fn escalates_by(of: &Posted, readers: &[Reader]) -> Option<UnixMillis> {
    // Whoever left has written it all the same.
    let author = readers.iter().find(|it| it.member_id == of.author)?;
    let other = Side::of(author.role)?.other();
    let mut of_other = readers.iter().filter(|it| it.is_in && Side::of(it.role) == Some(other));
    let is_seen = of_other.any(|it| it.displayed >= of.offset);
    (!is_seen && !of.is_deleted).then(|| of.at.plus(ESCALATE_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn id(number: u128) -> MemberId {
        MemberId(Uuid::from_u128(number))
    }

    fn reader(number: u128, role: Role, delivered: u32, displayed: u32) -> Reader {
        Reader { member_id: id(number), role, is_in: true, delivered, displayed }
    }

    #[test]
    fn each_member_has_it_or_has_seen_it_or_neither() {
        let of = Posted { offset: 7, author: id(1), at: UnixMillis(1_000), is_deleted: false };
        let gone = Reader { is_in: false, ..reader(5, Role::Caregiver, 9, 9) };
        let mut all = vec![
            reader(1, Role::Patient, 0, 0),
            reader(2, Role::Clinician, 6, 6),
            reader(3, Role::Colleague, 7, 6),
            reader(4, Role::Caregiver, 8, 7),
            gone,
        ];
        let told: Vec<_> = delivery(&of, &all).iter().map(|it| (it.member_id, it.state)).collect();
        let expected = [
            (id(2), DeliveryState::Committed),
            (id(3), DeliveryState::Delivered),
            (id(4), DeliveryState::Displayed),
        ];
        assert_eq!(told, expected);
        // Her own side has seen it; that is not the clinic.
        let by = Some(of.at.plus(ESCALATE_AFTER));
        assert_eq!(escalates_by(&of, &all), by);
        assert_eq!(escalates_by(&Posted { is_deleted: true, ..of }, &all), None);
        all[2].displayed = 7;
        assert_eq!(escalates_by(&of, &all), None, "one of it is enough");
        let of_clinic = Posted { author: id(2), ..of };
        assert_eq!(escalates_by(&of_clinic, &all), None, "her caregiver has seen it");
        all[3].is_in = false;
        assert_eq!(escalates_by(&of_clinic, &all), by, "who has left does not count");
    }
}
