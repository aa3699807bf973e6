//! EVERY BOUND on how fast callers may call, with its reason. Sizes of frames are in `protocol::frame`.
//!
//! Token buckets (governor's GCRA), one per address or caller and pace, in memory. Kept small by `shrink`.

use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::operation::Pace;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;

/// Calls a second that one caller may make, and how many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// A second, in the long run.
    pub per_second: u32,
    /// At once.
    pub burst: u32,
}

/// Reads and everyday writes: twenty a second is more than a person can click, sixty is a page that opens.
pub const NORMAL: Bucket = Bucket { per_second: 20, burst: 60 };
/// Whatever tries a secret. A clinic behind one address signs in together in the morning; a guesser gets nowhere.
pub const CREDENTIAL: Bucket = Bucket { per_second: 2, burst: 60 };
/// Sizes, sources and quality: a window that is being resized.
pub const FREQUENT: Bucket = Bucket { per_second: 40, burst: 120 };
/// Sign-in attempts on one account, whatever address they come from.
pub const PER_ACCOUNT: Bucket = Bucket { per_second: 1, burst: 10 };
/// Messages of one person, over all conversations. Ten a second is more than anybody types; forty is what was written
/// while there was no connection.
pub const MESSAGES: Bucket = Bucket { per_second: 10, burst: 40 };
/// Distinct keys above which old ones are forgotten.
const SHRINK_ABOVE: usize = 20_000;

/// The buckets of one node.
pub struct Limits {
    normal: DefaultKeyedRateLimiter<String>,
    credential: DefaultKeyedRateLimiter<String>,
    frequent: DefaultKeyedRateLimiter<String>,
    account: DefaultKeyedRateLimiter<String>,
    messages: DefaultKeyedRateLimiter<String>,
}

impl std::fmt::Debug for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Limits")
    }
}

impl Default for Limits {
    fn default() -> Self {
        let limiter = |bucket: Bucket| RateLimiter::keyed(quota(bucket));
        Limits {
            normal: limiter(NORMAL),
            credential: limiter(CREDENTIAL),
            frequent: limiter(FREQUENT),
            account: limiter(PER_ACCOUNT),
            messages: limiter(MESSAGES),
        }
    }
}

impl Limits {
    /// Takes one token of `key`.
    ///
    /// # Errors
    /// [`FaultCode::TooManyRequests`] with the time to wait.
    pub fn take(&self, pace: Pace, key: &str) -> Result<(), Fault> {
        match pace {
            Pace::Normal => check(&self.normal, key),
            Pace::Credential => check(&self.credential, key),
            Pace::Frequent => check(&self.frequent, key),
        }
    }

    /// Takes one token of an account that somebody tries to sign in to. `key` is a hash of its e-mail address.
    ///
    /// # Errors
    /// As [`Limits::take`].
    pub fn take_account(&self, key: &str) -> Result<(), Fault> {
        check(&self.account, key)
    }

    /// Takes one token of somebody who posts a message.
    ///
    /// # Errors
    /// As [`Limits::take`].
    pub fn take_message(&self, key: &str) -> Result<(), Fault> {
        check(&self.messages, key)
    }
}

fn quota(bucket: Bucket) -> Quota {
    let nonzero = |it: u32| NonZeroU32::new(it).unwrap_or(NonZeroU32::MIN);
    Quota::per_second(nonzero(bucket.per_second)).allow_burst(nonzero(bucket.burst))
}

fn check(limiter: &DefaultKeyedRateLimiter<String>, key: &str) -> Result<(), Fault> {
    if limiter.len() > SHRINK_ABOVE {
        limiter.retain_recent();
    }
    limiter.check_key(&key.to_owned()).map_err(|not_until| {
        let wait = not_until.wait_time_from(DefaultClock::default().now());
        Fault::new(FaultCode::TooManyRequests).after(wait)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_the_caller_waits_and_others_do_not() {
        let limits = Limits::default();
        for _ in 0..CREDENTIAL.burst {
            limits.take(Pace::Credential, "a").unwrap();
        }
        let fault = limits.take(Pace::Credential, "a").unwrap_err();
        assert_eq!(fault.code, FaultCode::TooManyRequests);
        assert!(fault.after_ms.unwrap() <= 500);
        limits.take(Pace::Credential, "b").unwrap();
        limits.take(Pace::Normal, "a").unwrap();
    }
}
