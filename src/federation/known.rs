//! What is known of a provider, and who asks it for more.
//!
//! Owns: the memory of metadata and keys. Invariants: what is known for long enough is told at once, whoever is asking meanwhile; one asks at a
//! time, and who waits for that waits for a bounded time and shares what came of it; a provider that has answered nothing, or nothing
//! good, is left alone for a moment. Does not: know what is good (`provider`).

use super::Refusal;
use super::jwt::KeySet;
use crate::clock::Clock;
use crate::protocol::time::UnixMillis;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;

/// How long a provider that has not answered is left alone.
pub(super) const LEFT_ALONE: Duration = Duration::from_secs(2);
/// How long somebody waits for what another one asks: a request for metadata and one for keys (five seconds each), and a little.
pub(super) const WAIT: Duration = Duration::from_secs(11);

/// Metadata that are read.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: String,
    pub(super) token_endpoint: String,
    pub(super) jwks_uri: String,
    #[serde(default)]
    pub(super) token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    pub(super) code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

#[derive(Debug, Default)]
struct Memory {
    metadata: Option<(Arc<Metadata>, UnixMillis)>,
    keys: Option<(Arc<KeySet>, UnixMillis)>,
    failed: Option<(Refusal, UnixMillis)>,
}

/// The memory.
pub(super) struct Known {
    memory: Mutex<Memory>,
    asking: Mutex<()>,
    clock: Arc<dyn Clock>,
}

/// Whoever may ask.
pub(super) struct Turn<'a> {
    known: &'a Known,
    _asking: MutexGuard<'a, ()>,
}

impl Known {
    pub(super) fn new(clock: &Arc<dyn Clock>) -> Self {
        Known { memory: Mutex::default(), asking: Mutex::default(), clock: Arc::clone(clock) }
    }

    /// Metadata that were fetched within that time.
    pub(super) async fn metadata(&self, within: Duration) -> Option<Arc<Metadata>> {
        self.young(self.memory.lock().await.metadata.as_ref(), within)
    }

    /// Keys that were.
    pub(super) async fn keys(&self, within: Duration) -> Option<Arc<KeySet>> {
        self.young(self.memory.lock().await.keys.as_ref(), within)
    }

    fn young<T>(&self, of: Option<&(Arc<T>, UnixMillis)>, within: Duration) -> Option<Arc<T>> {
        let now = self.clock.now();
        of.filter(|(_, at)| now.since(*at) < within).map(|(it, _)| Arc::clone(it))
    }

    /// Waits until nobody asks.
    ///
    /// # Errors
    /// [`Refusal::Down`] when that takes too long.
    pub(super) async fn turn(&self, wait: Duration) -> Result<Turn<'_>, Refusal> {
        let asking = timeout(wait, self.asking.lock()).await.map_err(|_| Refusal::Down)?;
        Ok(Turn { known: self, _asking: asking })
    }
}

impl Turn<'_> {
    /// Asks, unless what was asked a moment ago came to nothing: then that is the answer to this, too.
    pub(super) async fn ask<T>(
        &self,
        asked: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<Arc<T>, Refusal> {
        let failed = self.known.memory.lock().await.failed;
        if let Some((refusal, at)) = failed
            && self.known.clock.now().since(at) < LEFT_ALONE
        {
            return Err(refusal);
        }
        let said = asked.await;
        // Counted from its end: it may have taken longer than it is left alone.
        let failed = said.as_ref().err().map(|it| (*it, self.known.clock.now()));
        self.known.memory.lock().await.failed = failed;
        said.map(Arc::new)
    }

    pub(super) async fn keep_metadata(&self, it: &Arc<Metadata>) {
        let now = self.known.clock.now();
        self.known.memory.lock().await.metadata = Some((Arc::clone(it), now));
    }

    pub(super) async fn keep_keys(&self, it: &Arc<KeySet>) {
        let now = self.known.clock.now();
        self.known.memory.lock().await.keys = Some((Arc::clone(it), now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use serde_json::json;

    const SLOW: Duration = Duration::from_secs(5);

    fn known() -> (Known, ManualClock) {
        let clock = ManualClock::at(UnixMillis(1_800_000_000_000));
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        (Known::new(&shared), clock)
    }

    #[tokio::test]
    async fn a_provider_that_hangs_or_answers_nonsense_is_left_alone_after_that() {
        for refusal in [Refusal::Down, Refusal::Metadata] {
            let (known, clock) = known();
            let turn = known.turn(Duration::ZERO).await.unwrap();
            let hangs = async {
                clock.advance(SLOW);
                Err::<(), _>(refusal)
            };
            assert_eq!(turn.ask(hangs).await, Err(refusal));
            drop(turn);
            // Whoever has waited meanwhile.
            let turn = known.turn(Duration::ZERO).await.unwrap();
            let asked = turn.ask(async { Err::<(), _>(Refusal::Event) });
            assert_eq!(
                asked.await,
                Err(refusal),
                "it is left alone, and they share what came of it"
            );
            clock.advance(LEFT_ALONE);
            assert_eq!(turn.ask(async { Ok(7) }).await, Ok(Arc::new(7)));
            assert_eq!(turn.ask(async { Ok(8) }).await, Ok(Arc::new(8)), "forgiven");
        }
    }

    #[tokio::test]
    async fn nobody_waits_for_what_is_known_nor_for_ever() {
        let (known, clock) = known();
        let metadata = json!({
            "issuer": "https://id.example", "authorization_endpoint": "", "token_endpoint": "", "jwks_uri": "",
        });
        let metadata: Metadata = serde_json::from_value(metadata).unwrap();
        let turn = known.turn(Duration::ZERO).await.unwrap();
        turn.keep_metadata(&Arc::new(metadata)).await;
        assert!(known.metadata(SLOW).await.is_some(), "while somebody asks");
        assert_eq!(known.turn(Duration::ZERO).await.map(|_| ()), Err(Refusal::Down));
        clock.advance(SLOW);
        assert!(known.metadata(SLOW).await.is_none());
    }
}
