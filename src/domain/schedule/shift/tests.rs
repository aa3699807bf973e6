//! A day that moves as a whole, and what stands in its way.

use super::super::tests::{appointment, at, daily, minutes, open, service, somebody};
use super::*;
use crate::protocol::ids::SlotId;

const NINE: &str = "2027-07-01T07:00:00Z";

fn claim(number: u128, starts_at: UnixMillis, state: ClaimState) -> Claim {
    let slot_id = SlotId(Uuid::from_u128(0xc_0000 + number));
    let ends_at = starts_at.plus(minutes(30));
    Claim {
        slot_id,
        practitioner_id: somebody(),
        starts_at,
        ends_at,
        busy_from: starts_at,
        busy_until: ends_at,
        group: slot_id.0,
        seat: 0,
        service_id: Some(service().service_id),
        hold_id: HoldId(Uuid::from_u128(9)),
        state,
    }
}

fn busy(number: u128, starts_at: UnixMillis) -> Claim {
    claim(number, starts_at, ClaimState::Busy(appointment(number)))
}

/// From eight to six in Berlin.
fn day(claims: Vec<Claim>) -> BTreeMap<PersonId, Arc<Schedule>> {
    let schedule = Schedule { claims, ..open(vec![daily("Europe/Berlin", 480, 1_080)]) };
    BTreeMap::from([(somebody(), Arc::new(schedule))])
}

fn later(number: u128, from: UnixMillis) -> Shift {
    Shift { appointment_id: appointment(number), from, to: from.plus(minutes(60)) }
}

fn now() -> UnixMillis {
    at("2027-01-01T00:00:00Z")
}

#[test]
fn a_whole_day_moves_at_once_in_whatever_order() {
    let begins: Vec<_> = (0..4).map(|it| at(NINE).plus(minutes(30) * it)).collect();
    let numbered = || (1_u128..).zip(begins.iter().copied());
    let schedules = day(numbered().map(|(number, begin)| busy(number, begin)).collect());
    let mut shifts: Vec<_> = numbered().map(|(number, begin)| later(number, begin)).collect();
    for _ in 0..2 {
        let shifted = shift(&schedules, &[service()], &shifts, now());
        assert_eq!(shifted.stuck, []);
        for ((id, claims), asked) in shifted.moved.iter().zip(&shifts) {
            assert_eq!((*id, claims[0].starts_at), (asked.appointment_id, asked.to));
            assert_eq!(claims[0].hold_id, HoldId(Uuid::nil()));
        }
        shifts.reverse();
    }
}

#[test]
fn whoever_cannot_follow_stays_and_is_in_the_way_of_the_one_before() {
    let (first, second, third) =
        (at(NINE), at(NINE).plus(minutes(60)), at(NINE).plus(minutes(120)));
    // The third does not move; the second would go there, and the first to where the second is.
    let schedules = day(vec![busy(1, first), busy(2, second), busy(3, third)]);
    let shifts = [later(1, first), later(2, second)];
    let shifted = shift(&schedules, &[service()], &shifts, now());
    assert_eq!(shifted.moved, []);
    let taken = Obstacle::Refused(Refusal::Taken);
    assert_eq!(shifted.stuck, [(appointment(2), taken), (appointment(1), taken)]);
}

#[test]
fn hours_holds_and_the_past_stand_in_the_way() {
    let last = at("2027-07-01T15:30:00Z");
    let held = ClaimState::Held { expires_at: now().plus(minutes(5)) };
    let over = ClaimState::Held { expires_at: now() };
    let second = at(NINE).plus(minutes(240));
    let schedules = day(vec![
        busy(1, last),
        busy(2, at(NINE)),
        claim(3, at(NINE).plus(minutes(60)), held),
        busy(4, second),
        claim(5, second.plus(minutes(60)), over),
    ]);
    let shifts = [
        later(1, last),
        later(2, at(NINE)),
        later(4, second),
        Shift { appointment_id: appointment(2), from: at(NINE), to: now() },
        later(99, second),
    ];
    let shifted = shift(&schedules, &[service()], &shifts, now());
    assert_eq!(shifted.moved.iter().map(|it| it.0).collect::<Vec<_>>(), [appointment(4)]);
    let stuck = |number, why| (appointment(number), why);
    let expected = [
        stuck(1, Obstacle::Refused(Refusal::NotOffered)),
        stuck(2, Obstacle::Refused(Refusal::InThePast)),
        stuck(99, Obstacle::Refused(Refusal::NotOffered)),
        stuck(2, Obstacle::Held),
    ];
    assert_eq!(shifted.stuck, expected);
}

#[test]
fn a_group_keeps_its_seats_at_its_new_time() {
    let group = Service { capacity: 3, ..service() };
    let seat = |number: u128, seat: u8| {
        let slot_id = SlotId(Uuid::from_u128(0xc_0000 + number));
        Claim { group: group_for(&group, at(NINE), slot_id), seat, ..busy(number, at(NINE)) }
    };
    let schedules = day(vec![seat(1, 0), seat(2, 1)]);
    let shifts = [later(1, at(NINE)), later(2, at(NINE))];
    let shifted = shift(&schedules, std::slice::from_ref(&group), &shifts, now());
    let there: Vec<_> = shifted.moved.iter().map(|(_, it)| (it[0].group, it[0].seat)).collect();
    let new = group_for(&group, at(NINE).plus(minutes(60)), SlotId(Uuid::nil()));
    assert_eq!(there, [(new, 0), (new, 1)]);
}
