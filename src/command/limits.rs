//! EVERY BOUND on how fast callers may call, with its reason. Sizes of frames are in `protocol::frame`.
//!
//! Token buckets (governor's GCRA), one per address or caller and pace, in memory. Kept small by `shrink`. When nodes share
//! buckets ([`SharedBuckets`]), a caller takes from both: the node's own bounds whoever asks while the others are away.

use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::operation::Pace;
use futures::future::BoxFuture;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

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
/// Topics that one person begins to follow. A page follows five; whoever comes back follows all of theirs anew, twice when the line is bad.
/// Each is an entry of the audit log, those that are refused too.
pub const FOLLOWS: Bucket = Bucket { per_second: 20, burst: 640 };
/// Refusals before the door that are recorded, of one address: as many as it may try secrets. Those above it are refused all the same.
pub const REFUSALS: Bucket = CREDENTIAL;
/// The same of all addresses together: a crowd fills no log. A working day of it is less than a million rows.
pub const REFUSALS_IN_ALL: Bucket = Bucket { per_second: 20, burst: 600 };
/// Hellos that a node welcomes. Each makes it read what somebody has missed and tell it: after a loss of the hub, five
/// thousand come at once. What is left to calls and waiting rooms is in `domain::admission`. The setting
/// `hellos_per_second` changes it, for a machine that can more or less.
pub const HELLOS: Bucket = Bucket { per_second: 500, burst: 1_000 };
/// Upgrades for each of these hellos, before anybody has said who they are: a crowd that is sent away and comes again
/// stays below it.
pub const UPGRADES_PER_HELLO: u32 = 4;
/// Distinct keys above which old ones are forgotten.
const SHRINK_ABOVE: usize = 20_000;

/// Whoever has an IPv6 address has the 64 bits behind it as well: what is counted is the network. An IPv4 address that is
/// written as IPv6 is the one that it is.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(whole) => IpAddr::V6(Ipv6Addr::from_bits(whole.to_bits() >> 64 << 64)),
        v4 => v4,
    }
}

/// Buckets that all nodes of a clinic take from.
pub trait SharedBuckets: Send + Sync {
    /// Takes one token of the bucket of that kind and key: how long to wait for one, nothing when it was taken. `None` when
    /// nobody knows. Answers within a bound of its own.
    fn take<'a>(
        &'a self,
        kind: &'static str,
        bucket: Bucket,
        key: &str,
    ) -> BoxFuture<'a, Option<Duration>>;
}

/// The buckets of one node, and those that it shares.
pub struct Limits {
    shared: Option<Arc<dyn SharedBuckets>>,
    normal: DefaultKeyedRateLimiter<String>,
    credential: DefaultKeyedRateLimiter<String>,
    frequent: DefaultKeyedRateLimiter<String>,
    account: DefaultKeyedRateLimiter<String>,
    messages: DefaultKeyedRateLimiter<String>,
    follows: DefaultKeyedRateLimiter<String>,
    refusals: DefaultKeyedRateLimiter<String>,
    refusals_in_all: DefaultDirectRateLimiter,
}

impl std::fmt::Debug for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Limits")
    }
}

impl Limits {
    /// Full buckets.
    pub fn new(shared: Option<Arc<dyn SharedBuckets>>) -> Self {
        let limiter = |bucket: Bucket| RateLimiter::keyed(quota(bucket));
        Limits {
            shared,
            normal: limiter(NORMAL),
            credential: limiter(CREDENTIAL),
            frequent: limiter(FREQUENT),
            account: limiter(PER_ACCOUNT),
            messages: limiter(MESSAGES),
            follows: limiter(FOLLOWS),
            refusals: limiter(REFUSALS),
            refusals_in_all: RateLimiter::direct(quota(REFUSALS_IN_ALL)),
        }
    }

    /// Takes one token of `key`.
    ///
    /// # Errors
    /// [`FaultCode::TooManyRequests`] with the time to wait.
    pub async fn take(&self, pace: Pace, key: &str) -> Result<(), Fault> {
        let (own, kind, bucket) = match pace {
            Pace::Normal => (&self.normal, "normal", NORMAL),
            Pace::Credential => (&self.credential, "credential", CREDENTIAL),
            Pace::Frequent => (&self.frequent, "frequent", FREQUENT),
        };
        check(own, key)?;
        self.take_shared(kind, bucket, key).await
    }

    /// Takes one token of an account that somebody tries to sign in to. `key` is a hash of its e-mail address.
    ///
    /// # Errors
    /// As [`Limits::take`].
    pub async fn take_account(&self, key: &str) -> Result<(), Fault> {
        check(&self.account, key)?;
        self.take_shared("account", PER_ACCOUNT, key).await
    }

    /// Takes one token of somebody who posts a message.
    ///
    /// # Errors
    /// As [`Limits::take`].
    pub async fn take_message(&self, key: &str) -> Result<(), Fault> {
        check(&self.messages, key)?;
        self.take_shared("messages", MESSAGES, key).await
    }

    /// Takes one token of somebody who begins to follow something. Of this node alone: whoever follows is at it.
    ///
    /// # Errors
    /// As [`Limits::take`].
    pub fn take_follow(&self, key: &str) -> Result<(), Fault> {
        check(&self.follows, key)
    }

    /// Takes one token of an address, and of all of them, for a refusal that is to be recorded. Of this node alone.
    ///
    /// # Errors
    /// As [`Limits::take`].
    pub fn take_refusal(&self, key: &str) -> Result<(), Fault> {
        // In this order: one address that has had its own takes nothing from the others.
        check(&self.refusals, key)?;
        self.refusals_in_all.check().map_err(|_| FaultCode::TooManyRequests.into())
    }

    async fn take_shared(
        &self,
        kind: &'static str,
        bucket: Bucket,
        key: &str,
    ) -> Result<(), Fault> {
        let Some(shared) = &self.shared else { return Ok(()) };
        match shared.take(kind, bucket, key).await {
            Some(wait) if !wait.is_zero() => {
                Err(Fault::new(FaultCode::TooManyRequests).after(wait))
            }
            // Taken, or nobody knows: then the node's own bucket has judged.
            _ => Ok(()),
        }
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
    use crate::command::{Call, limit_key};
    use crate::protocol::time::UnixMillis;

    #[test]
    fn whoever_has_a_network_is_counted_once() {
        let key =
            |address: &str| limit_key(&Call::new(None, UnixMillis(0), address.parse().unwrap()));
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.7"), key("192.0.2.7"));
        assert_ne!(key("192.0.2.7"), key("192.0.2.8"));
    }

    #[tokio::test]
    async fn a_burst_passes_then_the_caller_waits_and_others_do_not() {
        let limits = Limits::new(None);
        for _ in 0..CREDENTIAL.burst {
            limits.take(Pace::Credential, "a").await.unwrap();
        }
        let fault = limits.take(Pace::Credential, "a").await.unwrap_err();
        assert_eq!(fault.code, FaultCode::TooManyRequests);
        assert!(fault.after_ms.unwrap() <= 500);
        limits.take(Pace::Credential, "b").await.unwrap();
        limits.take(Pace::Normal, "a").await.unwrap();
    }

    #[test]
    fn what_strangers_are_refused_fills_no_log() {
        let limits = Limits::new(None);
        let taken = |key: &str| (0..200).filter(|_| limits.take_refusal(key).is_ok()).count();
        assert!((60..80).contains(&taken("a")), "one address");
        assert!((60..80).contains(&taken("b")), "another has its own");
        let all: usize = (0..30).map(|it| taken(&it.to_string())).sum();
        assert!((400..640).contains(&all), "all of them together: {all}");
    }
}
