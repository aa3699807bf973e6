//! Servers of others to compare with: `benches/peers`, as a child process of Node on the same machine.
//!
//! Invariant: the child ends when [`Peer`] is dropped. What they do not do stands in `docs/benchmarks.md`.

use crate::bench::procfs;
use crate::bench::way::Server;
use crate::protocol::codec::Codec;
use std::io::{Error, Result};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// From the root of the repository.
const FOLDER: &str = "benches/peers";
const READY_WITHIN: Duration = Duration::from_secs(20);

/// A server that runs.
pub(super) struct Peer {
    /// Where it listens.
    pub(super) address: SocketAddr,
    pid: u32,
    _process: Child,
}

impl Peer {
    /// Whether there is what is needed, or why not.
    pub(super) fn can_run() -> Result<()> {
        if Path::new(FOLDER).join("node_modules").exists() {
            return Ok(());
        }
        Err(Error::other(format!("{FOLDER} is not installed here: npm ci --prefix {FOLDER}")))
    }

    /// Starts one that speaks that codec.
    pub(super) async fn start(kind: Server, codec: Codec) -> Result<Self> {
        let codec = match codec {
            Codec::Json => "json",
            Codec::MessagePack => "msgpack",
        };
        let mut process = Command::new("node")
            .args(["server.mjs", kind.name(), codec])
            .current_dir(FOLDER)
            .env("NODE_ENV", "production")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Error::other(format!("node cannot be started ({error})")))?;
        let silent = || Error::other("the server of a peer did not say its port");
        let output = process.stdout.take().ok_or_else(silent)?;
        let mut lines = BufReader::new(output).lines();
        let line = timeout(READY_WITHIN, lines.next_line()).await.map_err(|_| silent())??;
        let port: u16 = line.and_then(|it| it.trim().parse().ok()).ok_or_else(silent)?;
        let pid = process.id().ok_or_else(silent)?;
        Ok(Peer { address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)), pid, _process: process })
    }

    /// CPU time so far, read as the hub's is.
    pub(super) fn cpu_time(&self) -> Result<Duration> {
        procfs::cpu_time(self.pid)
    }
}
