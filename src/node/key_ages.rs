//! How old the keys of the node are. That of access tokens is followed by another by itself; that which seals data keys by an operator,
//! who is reminded.
//!
//! Invariants: an old key goes on to be good for what it has signed or sealed. The reminder comes once a day. Does not: make a
//! key-encryption key: where it is kept may be somebody else's, and a backup of the keys has to follow it.

use crate::audit::own::Own;
use crate::audit::uncalled::ROTATE_TOKENS;
use crate::node::Node;
use crate::protocol::time::UnixMillis;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long one key signs access tokens, and how long one seals data keys before somebody is reminded.
const KEEP: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// The age at which the reminder came last, in days.
#[derive(Debug, Default)]
pub(super) struct Reminded(AtomicI64);

impl Node {
    /// One look.
    pub(super) async fn look_at_key_ages(&self, now: UnixMillis) {
        self.renew_token_key(now).await;
        note("access_tokens", days(self.tokens.signing_since(), now));
        match self.keys.vault.made_at().await {
            Ok(Some(made_at)) => self.remind_of_sealing_key(UnixMillis(made_at), now),
            // Whoever keeps it does not say.
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "how old the key-encryption key is, is not known"),
        }
    }

    /// A key of access tokens that has signed for long enough is followed by another.
    async fn renew_token_key(&self, now: UnixMillis) {
        if now.since(self.tokens.signing_since()) < KEEP {
            return;
        }
        let renewing = async {
            let done = self.keys.rotate_token_key(now.0);
            self.tokens.read_again();
            done
        };
        let own = Own::new(ROTATE_TOKENS, None);
        let (log, clock) = (self.store.as_ref(), self.clock.as_ref());
        match own.recorded(log, clock, renewing).await {
            Ok(key) => tracing::info!(key, "a new key signs access tokens"),
            Err(error) => tracing::error!(%error, "no new key for access tokens"),
        }
    }

    fn remind_of_sealing_key(&self, made_at: UnixMillis, now: UnixMillis) {
        let days = days(made_at, now);
        note("key_encryption", days);
        let is_old = now.since(made_at) >= KEEP;
        if is_old && self.reminded.0.swap(i64::from(days), Ordering::Relaxed) != i64::from(days) {
            tracing::warn!(
                days,
                "the key-encryption key is old: `bedside keys rotate`, then `bedside keys rewrap`"
            );
        }
    }
}

fn days(from: UnixMillis, to: UnixMillis) -> u32 {
    u32::try_from(to.since(from).as_secs() / DAY.as_secs()).unwrap_or(u32::MAX)
}

fn note(key: &'static str, days: u32) {
    metrics::gauge!("bedside_key_age_days", "key" => key).set(f64::from(days));
}
