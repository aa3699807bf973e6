//! Orders of what is offered, and that a weighted pool is fair.

use super::super::tests::{at, minutes};
use super::*;
use proptest::prelude::*;
use std::sync::Arc;
use uuid::Uuid;

fn person(number: u32) -> PersonId {
    PersonId(Uuid::from_u128(u128::from(number)))
}

fn now() -> UnixMillis {
    at("2026-06-01T08:00:00Z")
}

fn candidate(number: u32, in_minutes: u64) -> Candidate {
    let starts_at = now().plus(minutes(in_minutes));
    let ends_at = starts_at.plus(minutes(30));
    let opening = Opening {
        starts_at,
        ends_at,
        busy_from: starts_at,
        busy_until: ends_at,
        time_zone: Arc::from("Europe/Berlin"),
        location: Arc::from("Ward Example"),
        seats_left: 1,
    };
    Candidate { practitioner_id: person(number), opening }
}

fn context(priority: Priority) -> Context {
    Context { now: now(), priority, seen: Vec::new(), pool: BTreeMap::new() }
}

/// Who comes when, in hours from now.
fn order(strategy: &dyn SlotStrategy, given: &[(u32, u64)], context: &Context) -> Vec<(u32, u64)> {
    let all = given.iter().map(|(who, hours)| candidate(*who, hours * 60)).collect();
    let read = |it: &Candidate| {
        let hours = it.opening.starts_at.since(now()).as_secs() / 3_600;
        (u32::try_from(it.practitioner_id.0.as_u128()).unwrap(), hours)
    };
    strategy.order(all, context).iter().map(read).collect()
}

#[test]
fn the_earliest_first() {
    let ordered = order(&Earliest, &[(2, 5), (1, 9), (3, 1), (1, 5)], &context(Priority::Routine));
    assert_eq!(ordered, [(3, 1), (1, 5), (2, 5), (1, 9)]);
}

#[test]
fn who_can_wait_leaves_the_next_day_to_who_cannot() {
    let given = [(1, 2), (1, 30), (2, 26), (2, 6 * 24), (3, 8 * 24), (3, 23)];
    let urgent = order(&Urgency, &given, &context(Priority::Urgent));
    assert_eq!(urgent, [(1, 2), (3, 23), (2, 26), (1, 30), (2, 6 * 24), (3, 8 * 24)]);
    // Within a week: tomorrow's and later first, then today's, and only then what is too late.
    let standard = order(&Urgency, &given, &context(Priority::Standard));
    assert_eq!(standard, [(2, 26), (1, 30), (2, 6 * 24), (1, 2), (3, 23), (3, 8 * 24)]);
    let routine = order(&Urgency, &given, &context(Priority::Routine));
    assert_eq!(routine, [(2, 26), (1, 30), (2, 6 * 24), (3, 8 * 24), (1, 2), (3, 23)]);
    // At once: what is within the hour before the rest.
    let immediate = order(&Urgency, &[(1, 2), (2, 1), (3, 0)], &context(Priority::Immediate));
    assert_eq!(immediate, [(3, 0), (2, 1), (1, 2)]);
}

#[test]
fn who_is_known_comes_first() {
    let context = Context { seen: vec![person(3), person(1)], ..context(Priority::Routine) };
    let ordered = order(&Continuity, &[(1, 1), (2, 0), (3, 9), (3, 7), (4, 3)], &context);
    assert_eq!(ordered, [(3, 7), (3, 9), (1, 1), (2, 0), (4, 3)]);
}

#[test]
fn whose_turn_it_is_by_weight() {
    let share = |load, weight| Share { load, weight };
    let pool = [(person(1), share(4, 2)), (person(2), share(1, 1)), (person(3), share(0, 1))];
    let mut context = Context { pool: pool.into(), ..context(Priority::Routine) };
    let given = [(1, 1), (2, 2), (3, 9), (3, 8)];
    // Of five, shares are 2.5, 1.25 and 1.25.
    let ordered = order(&WeightedRoundRobin, &given, &context);
    assert_eq!(ordered, [(3, 8), (3, 9), (2, 2), (1, 1)]);
    context.pool.insert(person(3), share(3, 1));
    let ordered = order(&WeightedRoundRobin, &given, &context);
    assert_eq!(ordered, [(2, 2), (1, 1), (3, 8), (3, 9)]);
    // Weight 0 counts as 1, and whoever is not listed has no load.
    let nobody = Context { pool: [(person(1), share(1, 0))].into(), ..context };
    assert_eq!(order(&WeightedRoundRobin, &[(1, 1), (2, 2)], &nobody), [(2, 2), (1, 1)]);
}

fn strategies() -> [&'static dyn SlotStrategy; 4] {
    [&Earliest, &Urgency, &Continuity, &WeightedRoundRobin]
}

proptest! {
    /// While all have time, nobody is ever a whole appointment away from their share.
    #[test]
    fn shares_follow_weights(weights in prop::collection::vec(1_u8..=100, 1..12), bookings in 1_u32..200) {
        let pool = (0..).zip(&weights);
        let mut pool: BTreeMap<PersonId, Share> =
            pool.map(|(it, weight)| (person(it), Share { load: 0, weight: *weight })).collect();
        let total: f64 = weights.iter().map(|it| f64::from(*it)).sum();
        for made in 1..=bookings {
            // The earliest opening is the first one's, always: it must not matter.
            let candidates = (0..).zip(&weights).map(|(it, _)| candidate(it, u64::from(it) * 30)).collect();
            let context = Context { pool: pool.clone(), ..context(Priority::Routine) };
            let chosen = WeightedRoundRobin.order(candidates, &context)[0].practitioner_id;
            pool.get_mut(&chosen).unwrap().load += 1;
            for share in pool.values() {
                let fair = f64::from(made) * f64::from(share.weight) / total;
                prop_assert!((f64::from(share.load) - fair).abs() < 1.0, "{share:?} of {made}: {fair}");
            }
        }
    }

    /// Whoever has no opening is not offered, whatever their share; and nothing is lost or doubled.
    #[test]
    fn an_order_is_a_permutation(given in prop::collection::vec((0_u32..6, 0_u64..2_000), 0..30), behind in 0_u32..12) {
        let pool = (0..12).map(|it| (person(it), Share { load: 50, weight: 1 }));
        let mut context = Context { pool: pool.collect(), ..context(Priority::Standard) };
        context.pool.insert(person(behind), Share { load: 0, weight: 100 });
        context.seen = vec![person(behind), person(2)];
        let all: Vec<Candidate> = given.iter().map(|(who, minute)| candidate(*who, *minute)).collect();
        let sorted = |mut list: Vec<Candidate>| {
            list.sort_by_key(|it| (it.opening.starts_at, it.practitioner_id));
            list
        };
        for strategy in strategies() {
            let ordered = strategy.order(all.clone(), &context);
            prop_assert_eq!(sorted(ordered), sorted(all.clone()));
        }
    }
}
