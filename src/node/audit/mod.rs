//! The audit log of a node: the task that makes entries of its rows, and what of it is asked for.
//!
//! Owns: the key of the log, its files, the turns of whoever appends and publishes. Invariants: nothing that is called waits for
//! the task; what it cannot do now it does at its next turn. A turn is the hub's own, whoever's call has asked for it: the log is of all
//! organisations, and whoever sees rows of one only would take those of the others for entries. A log whose entries are not those that were signed is neither signed nor
//! published any more, and the metric `bedside_audit_changed_total` says so.
//! Does not: decide what an entry looks like (`crate::audit`).

mod archiving;
mod copies;
mod events;
mod lines;
mod proofs;
mod reports;
pub mod terminal;
mod view;

use self::copies::Copying;
use crate::audit::publisher::{Publisher, Unpublished};
use crate::audit::rotation::KeyFiles;
use crate::audit::sequencer::{Sequencer, Unsigned};
use crate::audit::succession::Keys;
use crate::config::Config;
use crate::crypto::NoteSigner;
use crate::files::blobs::Blobs;
use crate::files::tiles::Tiles;
use crate::node::Node;
use crate::protocol::time::UnixMillis;
use crate::store::Store;
use crate::store::behalf::hubs_own;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;

/// Time between two turns: a row is signed so soon after it was committed.
const EVERY: Duration = Duration::from_secs(1);
/// Turns between two that write files: each file is flushed to the disk on which bookings are.
const PUBLISH_EVERY: u32 = 5;
/// Batches of one turn: a log that was never put in order before does not keep the task for minutes.
const MOST_BATCHES: u32 = 160;
/// Time until a log that was changed is looked at again: that reads a lot, and somebody has to come first.
const LOOK_AGAIN: Duration = Duration::from_secs(300);

/// What the audit log needs of a node.
pub(super) struct AuditParts {
    keys: Keys,
    tiles: Tiles,
    sequencer: Mutex<Sequencer>,
    publisher: Mutex<Publisher>,
    copying: Option<Copying>,
    signing: Halt,
    publishing: Halt,
}

/// Whether something has stopped because the log was changed, and when it is looked at again, in epoch ms; 0 while it goes on.
#[derive(Debug, Default)]
struct Halt(AtomicI64);

impl Halt {
    fn is_on(&self) -> bool {
        self.0.load(Ordering::SeqCst) != 0
    }

    fn rests(&self, now: UnixMillis) -> bool {
        now.0 < self.0.load(Ordering::SeqCst)
    }

    fn ends(&self) {
        self.0.store(0, Ordering::SeqCst);
    }

    /// It is looked at again later.
    fn rests_after(&self, now: UnixMillis) {
        self.0.store(now.plus(LOOK_AGAIN).0, Ordering::SeqCst);
    }

    /// Said loudly each time, until somebody has looked.
    fn begins(&self, why: Unpublished, now: UnixMillis) {
        self.rests_after(now);
        metrics::counter!("bedside_audit_changed_total").increment(1);
        tracing::error!(%why, "the audit log is not signed and not published any more; see docs/audit.md");
    }
}

impl AuditParts {
    /// # Errors
    /// When the key or the folder cannot be read or made.
    pub(super) fn open(config: &Config, store: &Arc<dyn Store>, blobs: &Blobs) -> io::Result<Self> {
        let (signer, keys) = open_keys(config)?;
        let tiles = Tiles::open(&folder(config))?;
        let sequencer = Sequencer::new(Arc::clone(store), Arc::new(signer)).after(keys.clone());
        let sequencer = sequencer.beside(tiles.clone());
        let publisher = Publisher::new(Arc::clone(store), tiles.clone(), keys.clone());
        let copying = Copying::open(config, store, blobs, &keys);
        Ok(AuditParts {
            keys,
            tiles,
            sequencer: Mutex::new(sequencer),
            publisher: Mutex::new(publisher),
            copying,
            signing: Halt::default(),
            publishing: Halt::default(),
        })
    }
}

/// The key of the log, made when there never was one and named after what browsers call the hub, and those that were before it.
///
/// # Errors
/// When it cannot be read or made, or is not the one to which the others have handed the log on.
pub fn open_keys(config: &Config) -> io::Result<(NoteSigner, Keys)> {
    key_files(config)?.open(&name(config))
}

/// The keys of the log, for whoever only looks: nothing is made, and no rotation is finished.
///
/// # Errors
/// When there is none, or one cannot be read.
pub fn look_at_keys(config: &Config) -> io::Result<Keys> {
    KeyFiles::at(&config.data_dir.join("keys")).look(&name(config))
}

fn name(config: &Config) -> String {
    let host = config.public_url.split_once("://").map_or(&*config.public_url, |it| it.1);
    let host: String = host.chars().filter(|it| *it != '+' && !it.is_whitespace()).collect();
    format!("{host}/audit")
}

/// Where the key of the log is.
///
/// # Errors
/// When the folder of keys cannot be made.
pub fn key_files(config: &Config) -> io::Result<KeyFiles> {
    let folder = config.data_dir.join("keys");
    std::fs::create_dir_all(&folder)?;
    Ok(KeyFiles::at(&folder))
}

/// Where the files of the log are.
pub fn folder(config: &Config) -> PathBuf {
    Path::new(&config.data_dir).join("audit")
}

/// Starts the task. It ends when the node is dropped.
pub(super) fn start(node: &Arc<Node>) {
    copies::start(node);
    let node = Arc::downgrade(node);
    actix_rt::spawn(async move {
        for turn in (1..=PUBLISH_EVERY).cycle() {
            actix_rt::time::sleep(EVERY).await;
            let Some(node) = node.upgrade() else { return };
            node.order_audit().await;
            if turn == PUBLISH_EVERY {
                node.publish_audit().await;
            }
        }
    });
}

impl AuditParts {
    /// The keys that sign and have signed.
    pub(super) const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Whether the log is what was signed, as far as this node has looked.
    pub(super) fn is_good(&self) -> bool {
        let is_copy_good = self.copying.as_ref().is_none_or(Copying::is_good);
        is_copy_good && !self.signing.is_on() && !self.publishing.is_on()
    }
}

impl Node {
    /// Rows of the audit log that are committed by now become entries, unless another node does so. What is not what was signed is
    /// not signed anew: not before it can be published again.
    pub async fn order_audit(&self) {
        hubs_own(self.ordered()).await;
    }

    async fn ordered(&self) {
        let now = self.clock.now();
        if self.audit.publishing.is_on() || self.audit.signing.rests(now) {
            return;
        }
        let mut sequencer = self.audit.sequencer.lock().await;
        for _ in 0..MOST_BATCHES {
            match sequencer.turn(self.clock.now()).await {
                Ok(done) => {
                    metrics::counter!("bedside_audit_entries_total").increment(done.into());
                    self.audit.signing.ends();
                    if !sequencer.has_more() {
                        return;
                    }
                }
                Err(Unsigned::Refused(why)) => return self.audit.signing.begins(why, now),
                Err(Unsigned::Down(error)) => {
                    tracing::warn!(%error, "rows of the audit log could not be put in order");
                    return;
                }
            }
        }
    }

    /// The files of the audit log say what was signed last.
    pub async fn publish_audit(&self) {
        hubs_own(self.published()).await;
    }

    async fn published(&self) {
        let now = self.clock.now();
        if self.audit.publishing.rests(now) {
            return;
        }
        match self.audit.publisher.lock().await.turn().await {
            Ok(()) => self.audit.publishing.ends(),
            Err(error @ Unpublished::Down) => {
                tracing::warn!(%error, "the audit log could not be published");
            }
            Err(why) => self.audit.publishing.begins(why, now),
        }
    }
}
