//! A Redis for one story: the server of the tests with keys of the story's own, or a server that may be killed.

use super::eventually;
use bedside::config::Config;
use deadpool_redis::redis::aio::MultiplexedConnection;
use deadpool_redis::redis::{Client, cmd};
use std::cell::RefCell;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use uuid::Uuid;

thread_local! {
    /// Address and prefix of the story that this thread tells: settings of a story are a plain function.
    static NOW: RefCell<(String, String)> = RefCell::default();
}

/// The settings of a story that has one. Its deadline is long, because test machines are busy.
pub(crate) fn with_redis(config: &mut Config) {
    let (url, prefix) = NOW.with_borrow(Clone::clone);
    (config.redis.url, config.redis.prefix) = (url, prefix);
    config.redis.deadline_ms = 1_000;
}

/// A server.
pub(crate) struct Redis {
    url: String,
    pub(crate) prefix: String,
    own: Option<Own>,
}

struct Own {
    port: u16,
    folder: TempDir,
    running: Option<Child>,
}

impl Redis {
    /// The server of the tests; `None` when its stories are to be left out.
    #[expect(
        clippy::disallowed_methods,
        reason = "how the tests are run is no configuration of the hub"
    )]
    pub(crate) fn of_the_tests() -> Option<Redis> {
        match std::env::var("BEDSIDE_TEST_REDIS") {
            Ok(url) if !url.is_empty() => Some(Redis::at(url, None)),
            _ if std::env::var("BEDSIDE_TEST_SKIP_REDIS").is_ok_and(|it| it == "1") => None,
            _ => panic!(
                "BEDSIDE_TEST_REDIS is not set: export BEDSIDE_TEST_REDIS=$(scripts/redis.sh start), \
                 or leave Redis out with BEDSIDE_TEST_SKIP_REDIS=1"
            ),
        }
    }

    /// A server of the story's own.
    pub(crate) async fn own() -> Option<Redis> {
        Redis::of_the_tests()?;
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let own = Own { port, folder: tempfile::tempdir().unwrap(), running: None };
        let mut redis = Redis::at(format!("redis://127.0.0.1:{port}"), Some(own));
        redis.starts().await;
        Some(redis)
    }

    fn at(url: String, own: Option<Own>) -> Redis {
        let prefix = format!("test-{}", Uuid::now_v7().simple());
        NOW.set((url.clone(), prefix.clone()));
        Redis { url, prefix, own }
    }

    /// It starts, with nothing in it.
    pub(crate) async fn starts(&mut self) {
        let own = self.own.as_mut().expect("a server of its own");
        let child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"])
            .arg(own.port.to_string())
            .current_dir(own.folder.path())
            .stdout(Stdio::null())
            .spawn();
        own.running = Some(child.expect("redis-server is installed"));
        let client = Client::open(self.url.as_str()).unwrap();
        eventually("redis to answer", async || {
            client.get_multiplexed_async_connection().await.is_ok()
        })
        .await;
    }

    /// It goes, without a word.
    pub(crate) fn is_killed(&mut self) {
        let mut child = self.own.as_mut().and_then(|it| it.running.take()).expect("it runs");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// It keeps its connections and answers nothing, until it goes on.
    pub(crate) fn pauses(&self) {
        self.signal("-STOP");
    }

    pub(crate) fn goes_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let child = self.own.as_ref().and_then(|it| it.running.as_ref()).expect("it runs");
        let id = child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    pub(crate) async fn connects(&self) -> MultiplexedConnection {
        let client = Client::open(self.url.as_str()).unwrap();
        client.get_multiplexed_async_connection().await.expect("redis answers")
    }

    /// The names of what the story's hubs keep.
    pub(crate) async fn keys(&self, kind: &str) -> Vec<String> {
        let pattern = format!("{}:{kind}:*", self.prefix);
        cmd("KEYS").arg(pattern).query_async(&mut self.connects().await).await.unwrap()
    }

    /// One field of what is kept.
    pub(crate) async fn field(&self, key: &str, field: &str) -> Option<String> {
        let mut on = self.connects().await;
        cmd("HGET").arg(key).arg(field).query_async(&mut on).await.unwrap()
    }

    pub(crate) async fn is_flushed(&self) {
        let mut on = self.connects().await;
        cmd("FLUSHALL").query_async::<()>(&mut on).await.unwrap();
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if let Some(mut child) = self.own.as_mut().and_then(|it| it.running.take()) {
            // It may be gone, or paused: killing ends both.
            let _killed = child.kill();
            let _waited = child.wait();
        }
    }
}
