//! REDIS, when it is configured: what the nodes of one clinic share so that each of them asks the store less, and callers
//! are bounded by all nodes together.
//!
//! Owns: the connections, and everything that stands in Redis. Invariants: nothing depends on it. Every question has a
//! deadline and ends in "nobody knows" when Redis is away, slow, flushed or holds something else; who asks goes on
//! without. What stands there is sealed or hashed under the hub's key: it tells nobody anything, and what somebody else
//! wrote there is not believed. Does not: decide what is booked; that is the owner of a schedule and the table.

mod buckets;
mod schedules;

pub use schedules::{Seen, Shared};

use crate::clock::Clock;
use crate::config::Redis as Settings;
use crate::crypto::Keys;
use deadpool_redis::redis::{
    Client, ClientTlsConfig, ConnectionInfo, IntoConnectionInfo as _, RedisResult, TlsCertificates,
    cmd,
};
use deadpool_redis::{Connection, Manager, Pool, Runtime};
use std::future::Future;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long a connection over TLS may take to be made: a handshake is more than a question, and one that is cut off is begun anew each time.
const HANDSHAKE: Duration = Duration::from_secs(1);
/// Connections of one node. A question takes a fraction of a millisecond; so many at once are thousands a second.
const CONNECTIONS: usize = 8;

/// What the nodes share.
pub struct Redis {
    pool: Pool,
    prefix: String,
    deadline: Duration,
    /// How long it may take until there is a connection to ask on.
    to_connect: Duration,
    keys: Arc<Keys>,
    clock: Arc<dyn Clock>,
    /// Whether the last question was answered. While it was not, nobody waits for another one: only
    /// [`Redis::look`] asks.
    is_here: AtomicBool,
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redis")
    }
}

/// How an address begins that is spoken to over TLS.
const TLS: &str = "rediss://";

/// By whom the server is believed, and by what it believes the hub.
fn with_tls(info: ConnectionInfo, settings: &Settings) -> io::Result<ConnectionInfo> {
    if !settings.url.starts_with(TLS) {
        return Ok(info);
    }
    let root_cert = pem(&settings.ca_file, "redis.ca_file")?;
    let client_cert = pem(&settings.certificate_file, "redis.certificate_file")?;
    let client_key = pem(&settings.key_file, "redis.key_file")?;
    let client_tls = client_cert
        .zip(client_key)
        .map(|(client_cert, client_key)| ClientTlsConfig { client_cert, client_key });
    let certificates = TlsCertificates { client_tls, root_cert };
    let wrong =
        |_| io::Error::other("redis.ca_file, certificate_file, key_file: no certificates in PEM");
    let client = Client::build_with_tls(info, certificates).map_err(wrong)?;
    Ok(client.get_connection_info().clone())
}

/// What is in a file; nothing without one.
fn pem(path: &Path, setting: &str) -> io::Result<Option<Vec<u8>>> {
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    let pem = std::fs::read(path);
    let pem = pem.map_err(|error| io::Error::other(format!("{setting}: {}", error.kind())))?;
    let is_pem = pem.windows(11).any(|it| it == b"-----BEGIN ");
    if is_pem { Ok(Some(pem)) } else { Err(io::Error::other(format!("{setting}: no PEM"))) }
}

impl Redis {
    /// Connects to nothing yet. `None` when none is configured.
    ///
    /// # Errors
    /// When the address cannot be understood, or the password or a certificate not be read.
    pub fn open(
        settings: &Settings,
        keys: Arc<Keys>,
        clock: Arc<dyn Clock>,
    ) -> io::Result<Option<Arc<Redis>>> {
        if settings.url.is_empty() {
            return Ok(None);
        }
        let wrong = |_| io::Error::other("redis.url: such as rediss://127.0.0.1:6379/0");
        let mut info = settings.url.as_str().into_connection_info().map_err(wrong)?;
        if !settings.password_file.as_os_str().is_empty() {
            let password = std::fs::read_to_string(&settings.password_file)
                .map_err(|error| io::Error::other(format!("redis.password_file: {error}")))?;
            let with = info.redis_settings().clone().set_password(password.trim_end());
            info = info.set_redis_settings(with);
        }
        let deadline = Duration::from_millis(settings.deadline_ms.into());
        let is_tls = settings.url.starts_with(TLS);
        let manager = Manager::new(with_tls(info, settings)?).map_err(wrong)?;
        let pool = Pool::builder(manager).max_size(CONNECTIONS).runtime(Runtime::Tokio1).build();
        Ok(Some(Arc::new(Redis {
            pool: pool.map_err(io::Error::other)?,
            prefix: settings.prefix.clone(),
            deadline,
            to_connect: if is_tls { deadline.max(HANDSHAKE) } else { deadline },
            keys,
            clock,
            is_here: AtomicBool::new(true),
        })))
    }

    /// Whether it answered when it was asked last.
    pub fn is_here(&self) -> bool {
        self.is_here.load(Ordering::SeqCst)
    }

    /// Asks whether it is there, whatever the last answer was. To be called every second: it is how one that was away is
    /// found again.
    pub async fn look(&self) {
        let ping = async |mut on: Connection| cmd("PING").query_async::<String>(&mut on).await;
        let _answer = self.try_to(ping).await;
    }

    /// One question. `None` when nobody knows.
    async fn ask<T, F>(&self, question: impl FnOnce(Connection) -> F) -> Option<T>
    where
        F: Future<Output = RedisResult<T>>,
    {
        if !self.is_here() {
            return None;
        }
        self.try_to(question).await
    }

    async fn try_to<T, F>(&self, question: impl FnOnce(Connection) -> F) -> Option<T>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let on = tokio::time::timeout(self.to_connect, self.pool.get()).await;
        let answer = match on {
            Ok(Ok(on)) => tokio::time::timeout(self.deadline, question(on)).await.ok(),
            _ => None,
        };
        let answer = answer.and_then(RedisResult::ok);
        let was_here = self.is_here.swap(answer.is_some(), Ordering::SeqCst);
        if was_here != answer.is_some() {
            tracing::warn!(is_here = answer.is_some(), "redis came or went");
        }
        if answer.is_none() {
            metrics::counter!("bedside_redis_unanswered_total").increment(1);
        }
        answer
    }

    fn key(&self, kind: &str, id: impl std::fmt::Display) -> String {
        format!("{}:{kind}:{id}", self.prefix)
    }
}
