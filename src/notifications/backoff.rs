//! How long to wait before the next try, and when to give up.
//!
//! Owns: the schedule of tries: exponential with full jitter, so that what failed together does not come back together.
//! Does not: make randomness or know the time; both are given to it.

use crate::protocol::time::UnixMillis;
use std::time::Duration;

/// Tries of one notice. With [`LONGEST`] the last one is about nine hours after the first.
pub const MAX_ATTEMPTS: u32 = 16;
/// The wait after the first failure is up to this long; it doubles with every further one …
pub const FIRST: Duration = Duration::from_secs(10);
/// … up to this.
pub const LONGEST: Duration = Duration::from_secs(60 * 60);
/// No wait is shorter, or a receiver that refuses at once would be asked in a loop.
pub const SHORTEST: Duration = Duration::from_secs(1);

/// When to try again after try number `attempt` (from 1) failed at `now`; `None` when that was the last one. `random` is
/// any number, each as likely as the others.
pub fn next_try(attempt: u32, now: UnixMillis, random: u64) -> Option<UnixMillis> {
    if attempt >= MAX_ATTEMPTS {
        return None;
    }
    Some(now.plus(wait(attempt, random)))
}

fn wait(attempt: u32, random: u64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(20);
    let bound = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let span = bound.saturating_sub(SHORTEST).as_millis();
    let offset = u128::from(random).checked_rem(span.saturating_add(1)).unwrap_or(0);
    SHORTEST.saturating_add(Duration::from_millis(u64::try_from(offset).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_bound_doubles_up_to_an_hour() {
        let longest = |attempt| {
            // The remainder of one less than the span and one is the span itself.
            let bound = FIRST.saturating_mul(1_u32 << (attempt - 1)).min(LONGEST);
            wait(attempt, u64::try_from((bound - SHORTEST).as_millis()).unwrap())
        };
        assert_eq!(longest(1), Duration::from_secs(10));
        assert_eq!(longest(2), Duration::from_secs(20));
        assert_eq!(longest(9), Duration::from_secs(2_560));
        assert_eq!(longest(10), LONGEST);
        assert_eq!(longest(15), LONGEST);
    }

    #[test]
    fn the_last_try_is_the_last() {
        let now = UnixMillis(1_000);
        assert_eq!(next_try(MAX_ATTEMPTS, now, 3), None);
        assert_eq!(next_try(u32::MAX, now, 3), None);
        assert!(next_try(MAX_ATTEMPTS - 1, now, 3).is_some());
    }

    #[test]
    fn what_failed_together_is_spread() {
        // SplitMix64, so that the test is the same every time.
        let random = |seed: u64| {
            let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^ (z >> 31)
        };
        let waits: Vec<u128> = (1..=1_000).map(|it| wait(5, random(it)).as_millis()).collect();
        let mean = waits.iter().sum::<u128>() / 1_000;
        assert!((70_000..90_000).contains(&mean), "about half of 160 s, not {mean}");
        let early = waits.iter().filter(|it| **it < 40_000).count();
        assert!((200..300).contains(&early), "a quarter in the first quarter, not {early}");
    }

    proptest! {
        #[test]
        fn a_wait_is_within_its_bounds(attempt in 0..u32::MAX, random: u64) {
            let wait = wait(attempt, random);
            prop_assert!((SHORTEST..=LONGEST).contains(&wait));
        }
    }
}
