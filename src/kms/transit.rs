//! A transit engine over HTTP: data keys are sealed by a key that never leaves a server of its own.
//!
//! Owns: the requests of HashiCorp Vault's transit engine (OpenBao has the same): `encrypt`, `decrypt`, `rewrap`, and the key's
//! versions. Invariants: what is sealed begins with the hash of its place, so that a data key opens at its place only, whatever the
//! engine can bind. No redirect is followed; no text of an answer is told on. A server that does not answer is left alone for a
//! while (the breaker), and what it would have opened is unavailable, not lost.
//! Does not: sign in. The token is a file; whoever renews it writes the file, which is read for every request.

use crate::clock::Clock;
use crate::config::Keys as Settings;
use crate::crypto::kek::KeyEncryption;
use crate::crypto::{NotOpened, Wrapped, sha256};
use crate::notifications::breaker::{Breaker, Passage};
use crate::notifications::{https_client, read_secret};
use crate::protocol::phi::Phi;
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Method, Url};
use serde_json::{Value, json};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long one request may take: somebody waits for a conversation to open.
const REQUEST: Duration = Duration::from_secs(2);
/// Bytes of an answer that are read. A wrapped key is some hundred.
const MAX_ANSWER: usize = 64 * 1024;
/// Bytes of the hash that binds a data key to its place.
const PLACE_BYTES: usize = 32;

/// Why the engine did not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Failure {
    #[error("no answer, or none that can be read")]
    Down,
    #[error("it does not answer at the moment and is left alone for a while")]
    LeftAlone,
    #[error("the token in keys.token_file is refused")]
    Token,
    #[error("there is no such key or engine")]
    NoKey,
    #[error("it refuses what it was asked")]
    Refused,
    #[error("keys.token_file cannot be read")]
    TokenFile,
}

/// The engine.
pub struct Transit {
    client: Client,
    base: Url,
    mount: String,
    key: String,
    token_file: PathBuf,
    breaker: Mutex<Breaker>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Transit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transit").field("key", &self.key).finish_non_exhaustive()
    }
}

impl Transit {
    /// As the settings say.
    ///
    /// # Errors
    /// What is wrong with them, or a file that cannot be read.
    pub fn open(settings: &Settings, clock: &Arc<dyn Clock>) -> io::Result<Self> {
        let base = settings.url.parse().map_err(|_| io::Error::other("keys.url: no URL"))?;
        read_secret(&settings.token_file, "keys.token_file")?;
        Ok(Transit {
            client: https_client(REQUEST, &settings.ca_file, "keys.ca_file")?,
            base,
            mount: settings.mount.clone(),
            key: settings.key.clone(),
            token_file: settings.token_file.clone(),
            breaker: Mutex::default(),
            clock: Arc::clone(clock),
        })
    }

    async fn ask(
        &self,
        method: Method,
        path: &[&str],
        body: Option<Value>,
    ) -> Result<Value, Failure> {
        let mut probe = self.may_pass()?;
        let answer = self.send(method, path, body).await;
        let now = self.clock.now();
        let mut breaker = self.breaker.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Err(Failure::Down) => {
                breaker.failed(now);
            }
            _ => breaker.answered(),
        }
        if let Some(probe) = &mut probe {
            probe.has_told = true;
        }
        drop(breaker);
        answer
    }

    async fn send(
        &self,
        method: Method,
        path: &[&str],
        body: Option<Value>,
    ) -> Result<Value, Failure> {
        let mut url = self.base.clone();
        {
            let mut segments = url.path_segments_mut().map_err(|()| Failure::Refused)?;
            segments.pop_if_empty().push("v1").extend(self.mount.split('/')).extend(path);
        }
        let token = self.token()?;
        let mut request = self.client.request(method, url).header("X-Vault-Token", token);
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let mut answer = request.send().await.map_err(|_| Failure::Down)?;
        match answer.status().as_u16() {
            200..=299 => {}
            401 | 403 => return Err(Failure::Token),
            404 => return Err(Failure::NoKey),
            429 => return Err(Failure::Down),
            400..=499 => return Err(Failure::Refused),
            _ => return Err(Failure::Down),
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|_| Failure::Down)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MAX_ANSWER {
                return Err(Failure::Down);
            }
        }
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        let answer: Value = serde_json::from_slice(&bytes).map_err(|_| Failure::Down)?;
        answer.get("data").cloned().ok_or(Failure::Down)
    }

    fn token(&self) -> Result<HeaderValue, Failure> {
        let token: Phi<String> =
            read_secret(&self.token_file, "keys.token_file").map_err(|_| Failure::TokenFile)?;
        let mut header =
            HeaderValue::try_from(token.into_exposed()).map_err(|_| Failure::TokenFile)?;
        header.set_sensitive(true);
        Ok(header)
    }

    fn may_pass(&self) -> Result<Option<Probe<'_>>, Failure> {
        let now = self.clock.now();
        let mut breaker = self.breaker.lock().unwrap_or_else(PoisonError::into_inner);
        match breaker.passage(now) {
            Passage::Free => Ok(None),
            Passage::Probe => {
                breaker.probes();
                Ok(Some(Probe { of: self, has_told: false }))
            }
            Passage::Until(_) | Passage::Probing => Err(Failure::LeftAlone),
        }
    }

    /// A text field of the answer to a question about one ciphertext or plaintext.
    async fn act(&self, act: &str, body: Value, field: &str) -> Result<String, Failure> {
        let answer = self.ask(Method::POST, &[act, &self.key], Some(body)).await?;
        let text = answer.get(field).and_then(Value::as_str).ok_or(Failure::Down)?;
        Ok(text.to_owned())
    }

    async fn described(&self) -> Result<Value, Failure> {
        self.ask(Method::GET, &["keys", &self.key], None).await
    }

    async fn versions(&self) -> Result<(u64, u64), Failure> {
        let answer = self.described().await?;
        let number = |field: &str| answer.get(field).and_then(Value::as_u64);
        let latest = number("latest_version").ok_or(Failure::Down)?;
        Ok((number("min_decryption_version").unwrap_or(1), latest))
    }

    fn id(&self, version: u64) -> String {
        format!("transit:{}:v{version}", self.key)
    }

    /// The version of this key that an id names.
    fn version_of(&self, id: &str) -> Option<u64> {
        id.strip_prefix("transit:")?.strip_prefix(&self.key)?.strip_prefix(":v")?.parse().ok()
    }

    /// A ciphertext says by which version it was made: `vault:v3:…`.
    fn wrapped(&self, sealed: String) -> Result<Wrapped, Failure> {
        let version = sealed.strip_prefix("vault:v").and_then(|it| it.split_once(':'));
        let version = version.and_then(|(it, _)| it.parse().ok()).ok_or(Failure::Down)?;
        Ok(Wrapped { key_id: self.id(version), sealed })
    }

    fn told(&self, failure: Failure) -> io::Error {
        let at = self.base.host_str().unwrap_or_default();
        io::Error::other(format!("the transit key {} at {at} cannot be used: {failure}", self.key))
    }
}

/// The one question that may be asked while the engine is left alone. Whoever asks may go away before there is an answer: then the
/// next question is the probe.
struct Probe<'a> {
    of: &'a Transit,
    has_told: bool,
}

impl Drop for Probe<'_> {
    fn drop(&mut self) {
        if !self.has_told {
            let now = self.of.clock.now();
            self.of.breaker.lock().unwrap_or_else(PoisonError::into_inner).told_nothing(now);
        }
    }
}

#[async_trait]
impl KeyEncryption for Transit {
    async fn current(&self) -> io::Result<String> {
        let (_, latest) = self.versions().await.map_err(|it| self.told(it))?;
        Ok(self.id(latest))
    }

    async fn wrap(&self, place: &str, data: &[u8]) -> io::Result<Wrapped> {
        let plain = STANDARD.encode([&sha256(place.as_bytes()), data].concat());
        let sealed = self.act("encrypt", json!({ "plaintext": plain }), "ciphertext").await;
        sealed.and_then(|it| self.wrapped(it)).map_err(|it| self.told(it))
    }

    async fn unwrap(&self, place: &str, wrapped: &Wrapped) -> Result<Vec<u8>, NotOpened> {
        if self.version_of(&wrapped.key_id).is_none() {
            return Err(NotOpened::UnknownKey);
        }
        let body = json!({ "ciphertext": wrapped.sealed });
        let plain = self.act("decrypt", body, "plaintext").await.map_err(|failure| {
            if failure == Failure::Refused {
                return NotOpened::Damaged;
            }
            tracing::warn!(%failure, "a data key cannot be opened now");
            metrics::counter!("bedside_key_provider_failures_total").increment(1);
            NotOpened::Unavailable
        })?;
        // What is no base64 is no answer of an engine: nothing is said about the key.
        let plain = STANDARD.decode(plain).map_err(|_| NotOpened::Unavailable)?;
        let (of, data) = plain.split_at_checked(PLACE_BYTES).ok_or(NotOpened::Damaged)?;
        match of == sha256(place.as_bytes()) {
            true => Ok(data.to_vec()),
            false => Err(NotOpened::Damaged),
        }
    }

    /// The engine seals it anew without showing it. Whether it belongs to its place is seen when it is opened.
    async fn rewrap(&self, _place: &str, wrapped: &Wrapped) -> io::Result<Wrapped> {
        if self.version_of(&wrapped.key_id).is_none() {
            return Err(io::Error::other(NotOpened::UnknownKey));
        }
        let body = json!({ "ciphertext": wrapped.sealed });
        let sealed = self.act("rewrap", body, "ciphertext").await;
        sealed.and_then(|it| self.wrapped(it)).map_err(|it| self.told(it))
    }

    async fn rotate(&self) -> io::Result<String> {
        let path = ["keys", &self.key, "rotate"];
        let body = Some(json!({}));
        self.ask(Method::POST, &path, body).await.map_err(|it| self.told(it))?;
        self.current().await
    }

    async fn has(&self, id: &str) -> io::Result<bool> {
        let Some(version) = self.version_of(id) else { return Ok(false) };
        let (oldest, latest) = self.versions().await.map_err(|it| self.told(it))?;
        Ok((oldest..=latest).contains(&version))
    }

    /// The engine says of each version when it was made, in seconds.
    async fn made_at(&self) -> io::Result<Option<i64>> {
        let answer = self.described().await.map_err(|it| self.told(it))?;
        let latest = answer.get("latest_version").and_then(Value::as_u64);
        let made = answer.get("keys").zip(latest).and_then(|(all, it)| all.get(it.to_string()));
        Ok(made.and_then(Value::as_i64).map(|it| it.saturating_mul(1_000)))
    }

    fn is_remote(&self) -> bool {
        true
    }
}
