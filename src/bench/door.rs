//! A hub in this process, and the way through its one door: what an operation costs without HTTP in front of it.
//!
//! The hub's actors and its store run on a thread of their own, as they do beside the threads of HTTP; the callers are
//! those who measure. Invariant: the hub ends with [`Door`], and a folder with [`Folder`].

use crate::clock::{Clock as _, SystemClock};
use crate::command::{self, Call, Caller, Execute};
use crate::config::Config;
use crate::domain::policy::{Principal, Who};
use crate::node::{self, Node, Parts};
use crate::protocol::fault::Fault;
use crate::protocol::ids::{OrganisationId, PersonId, SessionId};
use crate::protocol::operation::Operation;
use crate::protocol::person::Role;
use crate::store::memory::Memory;
use std::io::{Error, Result};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;
use uuid::Uuid;

/// Longer than any benchmark.
const SIGNED_IN_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// A folder for the data of one benchmark.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn make() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("bedside-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Folder(path))
    }

    /// Settings of a hub whose data are in it, in a SQLite file or in the database that is named.
    pub(super) fn config(&self, name: &str, database_url: Option<String>) -> Config {
        let mut config = Config { data_dir: self.0.join(name), ..Config::default() };
        config.media.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        config.database_url = database_url.unwrap_or_default();
        config
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _removed = std::fs::remove_dir_all(&self.0);
    }
}

/// A hub that runs.
pub(super) struct Door {
    node: Arc<Node>,
    ends: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Door {
    /// Starts a hub that knows nothing yet but what is in its database.
    pub(super) async fn open(config: Config) -> Result<Door> {
        Door::start(config, |parts| parts).await
    }

    /// The same on a store in memory: what is measured is not a database.
    pub(super) async fn open_in_memory(config: Config) -> Result<Door> {
        Door::start(config, |parts| Parts { store: Arc::new(Memory::default()), ..parts }).await
    }

    async fn start(config: Config, of: fn(Parts) -> Parts) -> Result<Door> {
        let (ready, started) = oneshot::channel();
        let (ends, ended) = oneshot::channel();
        let hub = async move {
            let node = match node::open(config).await {
                Ok(parts) => Node::start(of(parts)),
                Err(error) => Err(error),
            };
            // Nobody waits any more when the benchmark was given up.
            let _told = ready.send(node);
            let _ended: std::result::Result<(), _> = ended.await;
        };
        let thread = std::thread::Builder::new()
            .name("bench-hub".to_owned())
            .spawn(move || actix::System::new().block_on(hub))?;
        let node = started.await.map_err(|_| Error::other("the hub ended at once"))??;
        Ok(Door { node, ends: Some(ends), thread: Some(thread) })
    }

    /// The hub itself, for what needs no measuring.
    pub(super) fn node(&self) -> &Arc<Node> {
        &self.node
    }

    /// Through the door.
    pub(super) async fn calls<O: Operation>(
        &self,
        who: PersonId,
        role: Role,
        op: O,
    ) -> std::result::Result<O::Output, Fault>
    where
        Node: Execute<O>,
    {
        let now = SystemClock.now();
        let principal = Principal {
            who: Who::Person(who),
            role,
            organisation: OrganisationId::FIRST,
            only_visit: None,
        };
        let session_id = SessionId(Uuid::now_v7());
        let expires_at = now.plus(SIGNED_IN_FOR);
        let caller = Caller { principal, session_id, expires_at, is_limited: false };
        let call = Call::new(Some(caller), now, IpAddr::V4(Ipv4Addr::LOCALHOST));
        command::call(self.node.as_ref(), call.with_key(key::<O>()), op).await
    }

    /// As an administrator who never comes twice, so that no limit of a person is in the way of what is made ready.
    pub(super) async fn prepares<O: Operation>(&self, op: O) -> Result<O::Output>
    where
        Node: Execute<O>,
    {
        let who = PersonId(Uuid::now_v7());
        self.calls(who, Role::Admin, op).await.map_err(|it| said(&it))
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Some(ends) = self.ends.take() {
            let _has_ended = ends.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _joined = thread.join();
        }
    }
}

/// Writes have one, as the SDK sends it.
fn key<O: Operation>() -> Option<String> {
    let is_write = O::EFFECT == crate::protocol::operation::Effect::Write;
    is_write.then(|| Uuid::now_v7().to_string())
}

/// A fault for the terminal.
pub(super) fn said(fault: &Fault) -> Error {
    Error::other(format!("{}: {}", fault.code.as_str(), fault.message))
}
