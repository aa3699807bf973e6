//! A hub to be measured: this executable as a child process, with a data folder and ports of its own.
//!
//! Invariant: the child ends and its folder goes when [`Hub`] is dropped, whatever happened.

use crate::bench::procfs;
use crate::config::Config;
use crate::crypto::new_token;
use crate::node::demo;
use crate::protocol::phi::Phi;
use std::io::{Error, Result};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a hub may take until it is ready.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// How long it may take to go before it is made to.
const STOP_WITHIN: Duration = Duration::from_secs(3);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// The file with its settings, in its folder.
const SETTINGS: &str = "bedside.toml";
/// The administrator who makes everybody else.
pub(super) const ADMIN: &str = "admin@bench.invalid";

/// A hub that runs.
pub(super) struct Hub {
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// Passphrase of [`ADMIN`].
    pub(super) passphrase: Phi<String>,
    process: Child,
    folder: PathBuf,
}

impl Hub {
    /// Starts one and waits until it is ready.
    pub(super) async fn start() -> Result<Self> {
        Hub::start_with("").await
    }

    /// The same with further settings, a line each.
    pub(super) async fn start_with(further: &str) -> Result<Self> {
        let (hub, ()) = Hub::prepared(further, async |_| Ok(())).await?;
        Ok(hub)
    }

    /// The same, with what is written into its data folder before it starts.
    pub(super) async fn prepared<T>(
        further: &str,
        prepare: impl AsyncFnOnce(&Config) -> Result<T>,
    ) -> Result<(Self, T)> {
        let folder = std::env::temp_dir().join(format!("bedside-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let address = free_tcp()?;
        let public_url = format!("http://{address}");
        let mut config = Config { data_dir: folder.join("data"), public_url, ..Config::default() };
        config.identity.require_second_factor = false;
        let passphrase = new_token()?;
        let admin = ("Bench Admin".to_owned(), ADMIN.to_owned());
        demo::create_admin(&config, None, (admin.0, admin.1), passphrase.expose().clone()).await?;
        let prepared = prepare(&config).await?;
        let text = settings_text(address, free_udp()?, &config);
        // Sections come last.
        std::fs::write(folder.join(SETTINGS), format!("{further}{text}"))?;
        let process = spawn(&folder)?;
        let mut hub = Hub { address, passphrase, process, folder };
        hub.wait_until_ready().await?;
        Ok((hub, prepared))
    }

    /// Base of its URLs.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Resident memory, KiB.
    pub(super) fn resident_kib(&self) -> Result<u64> {
        procfs::resident_kib(self.process.id())
    }

    /// CPU time so far.
    pub(super) fn cpu_time(&self) -> Result<Duration> {
        procfs::cpu_time(self.process.id())
    }

    /// Dies without a word, as for want of memory, and is started again.
    pub(super) async fn dies_and_comes_back(&mut self) -> Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        self.process = spawn(&self.folder)?;
        self.wait_until_ready().await
    }

    async fn wait_until_ready(&mut self) -> Result<()> {
        let url = format!("{}/readyz", self.url());
        let began = Instant::now();
        while began.elapsed() < READY_WITHIN {
            if let Some(status) = self.process.try_wait()? {
                return Err(Error::other(format!("the hub ended at once: {status}")));
            }
            if reqwest::get(&url).await.is_ok_and(|it| it.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Err(Error::other("the hub does not become ready"))
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // Nothing here is worth a graceful end, and the benchmark must not leave anything behind.
        let is_told = self.process.kill().is_ok();
        let began = Instant::now();
        while is_told && began.elapsed() < STOP_WITHIN {
            if !matches!(self.process.try_wait(), Ok(None)) {
                break;
            }
            std::thread::sleep(LOOK_EVERY);
        }
        let _removed = std::fs::remove_dir_all(&self.folder);
    }
}

fn spawn(folder: &Path) -> Result<Child> {
    Command::new(std::env::current_exe()?)
        .arg("--config")
        .arg(folder.join(SETTINGS))
        .arg("serve")
        .env_clear()
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
}

fn settings_text(address: SocketAddr, media: SocketAddr, config: &Config) -> String {
    format!(
        "listen = \"{address}\"\npublic_url = \"http://{address}\"\ndata_dir = {:?}\n\
         [media]\nlisten = \"{media}\"\nadvertise = [\"{}\"]\n[telemetry]\nlog = \"warn,rtc_dtls=error\"\n\
         [identity]\nrequire_second_factor = false\n",
        config.data_dir,
        media.ip()
    )
}

/// A port that was free a moment ago.
fn free_tcp() -> Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

fn free_udp() -> Result<SocketAddr> {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
