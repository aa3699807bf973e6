//! Who was refused a reservation lately because they have as many as one person may have.
//!
//! Owns: when that was. Invariant: it decides nothing; the table judges every reservation. Whoever is known here is asked
//! about before a planner is, because a refusal by the table takes a group of others' bookings apart; of everybody else the
//! question would cost each booking a read.

use crate::node::holds::HOLD_FOR;
use crate::protocol::ids::PersonId;
use crate::protocol::time::UnixMillis;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// People who are kept in mind: far more than are refused within [`HOLD_FOR`].
const MOST: usize = 4_096;

/// Them.
#[derive(Debug, Default)]
pub(super) struct FullHands(Mutex<HashMap<PersonId, UnixMillis>>);

impl FullHands {
    /// Whether they were refused for as long as a reservation lasts, or less.
    pub(super) fn knows(&self, id: PersonId, now: UnixMillis) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&id).is_some_and(|at| now.since(*at) < HOLD_FOR)
    }

    /// They were refused now.
    pub(super) fn remember(&self, id: PersonId, now: UnixMillis) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|_, at| now.since(*at) < HOLD_FOR);
        }
        if known.len() < MOST {
            known.insert(id, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_refusal_is_known_as_long_as_a_reservation_lasts() {
        let (hands, at) = (FullHands::default(), UnixMillis(1_000));
        let ana = PersonId(Uuid::from_u128(1));
        assert!(!hands.knows(ana, at));
        hands.remember(ana, at);
        assert!(hands.knows(ana, UnixMillis(at.plus(HOLD_FOR).0 - 1)));
        assert!(!hands.knows(ana, at.plus(HOLD_FOR)));
        assert!(!hands.knows(PersonId(Uuid::from_u128(2)), at));
    }

    #[test]
    fn a_crowd_is_bounded_and_the_old_make_room() {
        let (hands, at) = (FullHands::default(), UnixMillis(1_000));
        let person = |number: usize| PersonId(Uuid::from_u128(number as u128));
        (0..=MOST).for_each(|it| hands.remember(person(it), at));
        assert!(hands.knows(person(0), at) && !hands.knows(person(MOST), at));
        let later = at.plus(HOLD_FOR);
        hands.remember(person(MOST), later);
        assert!(hands.knows(person(MOST), later));
    }
}
