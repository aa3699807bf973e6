//! Whose turn it is to be told of a place that became free.
//!
//! Owns: the order. Invariants: first come, first told; nobody is told of one place twice; nobody who waits for such a place is
//! left out as long as it is free: whoever is being told of another place has their turn when that offer has had its time.
//! Does not: reserve. An offer is a head start and no claim: a claim would keep a time that may begin within hours for one who
//! is asleep, from everybody who is looking for one now.

use crate::protocol::ids::{PersonId, WaitlistId};
use crate::protocol::time::UnixMillis;
use std::time::Duration;

/// How long one person alone has been told of a place: time to see a message and to book, and short enough that a day's free
/// place reaches a dozen people.
pub const TURN: Duration = Duration::from_secs(30 * 60);

/// Somebody who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Which.
    pub waitlist_id: WaitlistId,
    /// With whom; with anybody when absent.
    pub clinician_id: Option<PersonId>,
    /// Not before.
    pub from: UnixMillis,
    /// Not after.
    pub until: UnixMillis,
    /// When they were last told of a place.
    pub offered_at: Option<UnixMillis>,
}

/// What is to be done about a place that is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// That one is told.
    Of(WaitlistId),
    /// Everybody who is left is being told of another place until then.
    NotBefore(UnixMillis),
    /// Nobody is left.
    Nobody,
}

/// Whose turn it is. `wishes` are those for the service, in the order in which they came; `told` were told of this place.
pub fn next_turn(
    wishes: &[Wish],
    told: &[WaitlistId],
    clinician: PersonId,
    starts_at: UnixMillis,
    now: UnixMillis,
) -> Turn {
    let left = || {
        wishes.iter().filter(|it| {
            it.clinician_id.is_none_or(|id| id == clinician)
                && it.from <= starts_at
                && starts_at < it.until
                && !told.contains(&it.waitlist_id)
        })
    };
    let busy_until = |it: &Wish| it.offered_at.map(|at| at.plus(TURN)).filter(|at| *at > now);
    match left().find(|it| busy_until(it).is_none()) {
        Some(it) => Turn::Of(it.waitlist_id),
        None => left().filter_map(busy_until).min().map_or(Turn::Nobody, Turn::NotBefore),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);
    const CLINICIAN: PersonId = PersonId(Uuid::from_u128(1));

    fn id(number: u128) -> WaitlistId {
        WaitlistId(Uuid::from_u128(number))
    }

    fn wish(number: u128) -> Wish {
        Wish {
            waitlist_id: id(number),
            clinician_id: None,
            from: NOW,
            until: NOW.plus(TURN * 100),
            offered_at: None,
        }
    }

    fn turn(wishes: &[Wish], told: &[WaitlistId]) -> Turn {
        next_turn(wishes, told, CLINICIAN, NOW.plus(TURN * 50), NOW)
    }

    #[test]
    fn first_come_first_told_and_each_once() {
        let wishes = [wish(1), wish(2), wish(3)];
        assert_eq!(turn(&wishes, &[]), Turn::Of(id(1)));
        assert_eq!(turn(&wishes, &[id(1)]), Turn::Of(id(2)));
        assert_eq!(turn(&wishes, &[id(1), id(2)]), Turn::Of(id(3)));
        assert_eq!(turn(&wishes, &[id(1), id(2), id(3)]), Turn::Nobody);
    }

    #[test]
    fn who_is_being_told_of_another_place_is_not_left_out() {
        let busy = |number, since| Wish { offered_at: Some(since), ..wish(number) };
        let since = NOW.minus(TURN / 2);
        assert_eq!(turn(&[busy(1, since), wish(2)], &[]), Turn::Of(id(2)));
        let until = since.plus(TURN);
        assert_eq!(turn(&[busy(1, since), wish(2)], &[id(2)]), Turn::NotBefore(until));
        assert_eq!(turn(&[busy(1, NOW), busy(2, since)], &[]), Turn::NotBefore(until));
        assert_eq!(turn(&[busy(1, NOW.minus(TURN))], &[]), Turn::Of(id(1)), "it has had its time");
    }

    #[test]
    fn a_wish_is_for_somebody_and_for_some_time() {
        let elsewhere = Wish { clinician_id: Some(PersonId(Uuid::from_u128(2))), ..wish(1) };
        let with = Wish { clinician_id: Some(CLINICIAN), ..wish(2) };
        let early = Wish { until: NOW.plus(TURN * 50), ..wish(3) };
        let late = Wish { from: NOW.plus(TURN * 51), ..wish(4) };
        assert_eq!(turn(&[elsewhere, early, late, with], &[]), Turn::Of(id(2)));
        assert_eq!(turn(&[elsewhere, early, late], &[]), Turn::Nobody);
    }
}
