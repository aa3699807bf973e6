//! The bucket of welcomes: tables, a crowd in virtual time, and what holds whatever comes.

use super::*;
use proptest::prelude::*;
use rstest::rstest;
use std::collections::BTreeMap;

const NOW: UnixMillis = UnixMillis(1_800_000_000_000);
const TERMS: Terms = Terms { per_second: 100, burst: 40 };

fn at(ms: u64) -> UnixMillis {
    NOW.plus(Duration::from_millis(ms))
}

/// How many of a class are welcomed at one moment.
fn at_once(admission: &mut Admission, class: Class, now: UnixMillis) -> usize {
    std::iter::repeat_with(|| admission.judge(class, now)).take_while(Result::is_ok).count()
}

#[rstest]
#[case(Class::Call, 40)]
#[case(Class::Waiting, 30)]
#[case(Class::Other, 20)]
fn each_class_leaves_something_to_those_before_it(#[case] class: Class, #[case] welcome: usize) {
    let mut admission = Admission::new(TERMS, NOW);
    assert_eq!(at_once(&mut admission, class, NOW), welcome);
    for before in Class::ALL.into_iter().filter(|it| *it < class) {
        assert!(admission.judge(before, NOW).is_ok(), "{before:?} after {class:?}");
    }
    assert!(admission.judge(class, NOW).is_err());
    // After a second it is full again, and never fuller.
    let mut admission = Admission::new(TERMS, NOW);
    at_once(&mut admission, class, NOW);
    assert_eq!(at_once(&mut admission, class, at(3_600_000)), welcome);
}

#[test]
fn turns_are_one_after_the_other_and_not_too_late() {
    let mut admission = Admission::new(TERMS, NOW);
    at_once(&mut admission, Class::Other, NOW);
    // One was sent away just now, and has the first turn.
    let mut turn = |class| admission.judge(class, NOW).unwrap_err().after_ms;
    assert_eq!([turn(Class::Other), turn(Class::Other)], [20, 30]);
    let last = (0..5_000).map(|_| turn(Class::Other)).last();
    assert_eq!(last, Some(30_000));
    assert!(admission.judge(Class::Waiting, NOW).is_ok(), "that is a queue of its own");
}

#[test]
fn a_clock_that_is_set_back_earns_nothing_and_shuts_nobody_out() {
    let mut admission = Admission::new(TERMS, at(3_600_000));
    at_once(&mut admission, Class::Call, at(3_600_000));
    let pause = admission.judge(Class::Call, NOW).unwrap_err();
    assert!(u128::from(pause.after_ms) <= LATEST.as_millis(), "{pause:?}");
    assert_eq!(at_once(&mut admission, Class::Call, at(50)), 5, "it goes on from there");
}

/// Everybody comes within a moment, and those who are sent away come when they were told. When the last was welcomed, and
/// how often somebody was sent away at most.
fn crowd(others: u64, calls: u64, terms: Terms) -> BTreeMap<Class, (u64, u32)> {
    let mut admission = Admission::new(terms, NOW);
    let mut comes: BTreeMap<(u64, u64), (Class, u32)> = BTreeMap::new();
    for number in 0..others + calls {
        let class = if number < calls { Class::Call } else { Class::Other };
        // Full jitter of the first try: within 600 ms.
        comes.insert((number.wrapping_mul(7_919) % 600, number), (class, 0));
    }
    let mut back = BTreeMap::new();
    while let Some(((ms, number), (class, rounds))) = comes.pop_first() {
        match admission.judge(class, at(ms)) {
            Ok(()) => {
                let last: &mut (u64, u32) = back.entry(class).or_default();
                *last = (last.0.max(ms), last.1.max(rounds));
            }
            Err(Pause { after_ms, spread_ms }) => {
                let jitter = number.wrapping_mul(104_729) % u64::from(spread_ms);
                let next = ms + u64::from(after_ms) + jitter;
                comes.insert((next, number), (class, rounds + 1));
            }
        }
    }
    back
}

#[test]
fn a_crowd_is_back_as_fast_as_it_may_and_calls_come_first() {
    let terms = Terms { per_second: 500, burst: 1_000 };
    let back = crowd(4_950, 50, terms);
    let (last_call, rounds) = back[&Class::Call];
    assert!(last_call < 600 && rounds == 0, "a call was sent away: {back:?}");
    let (last, rounds) = back[&Class::Other];
    // Nine seconds at the least: 4 450 of them after the burst, 500 a second.
    assert!((8_500..13_000).contains(&last), "{back:?}");
    assert!(rounds <= 4, "{back:?}");
}

#[test]
fn a_crowd_that_is_larger_than_turns_reach_is_back_as_well() {
    let back = crowd(4_000, 0, Terms { per_second: 50, burst: 100 });
    let (last, _) = back[&Class::Other];
    assert!((75_000..120_000).contains(&last), "{back:?}");
}

fn any_class() -> impl Strategy<Value = Class> {
    (0..Class::ALL.len()).prop_map(|it| Class::ALL[it])
}

proptest! {
    #[test]
    fn whatever_comes_no_more_are_welcomed_than_there_is_room(
        comes in prop::collection::vec((any_class(), 0_u64..40), 1..400),
    ) {
        let mut admission = Admission::new(TERMS, NOW);
        let (mut ms, mut welcomed, mut turns) = (0, vec![], BTreeMap::new());
        for (class, passed) in comes {
            ms += passed;
            match admission.judge(class, at(ms)) {
                Ok(()) => welcomed.push(ms),
                Err(Pause { after_ms, .. }) => {
                    let turn = ms + u64::from(after_ms);
                    prop_assert!(after_ms > 0 && u128::from(after_ms) <= LATEST.as_millis());
                    let before = turns.insert(class, turn);
                    prop_assert!(before.is_none_or(|it| it < turn), "a turn was given twice");
                }
            }
        }
        for (number, from) in welcomed.iter().enumerate() {
            for (count, until) in welcomed[number..].iter().enumerate() {
                let room = u64::from(TERMS.burst) + (until - from) * u64::from(TERMS.per_second) / 1_000;
                prop_assert!((count as u64) < room, "{count} from {from} to {until}");
            }
        }
    }
}
