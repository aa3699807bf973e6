//! A second copy of the published audit log, in the bucket of files: out of reach of whoever has the machine.
//!
//! Invariants: as the folder's (`audit::publisher`): a checkpoint comes after what it covers, and what is there and is not what was signed is
//! left as the evidence, and told; nothing is put into the bucket of another database. A bucket that is away holds up neither the folder nor who signs; what it missed comes later.
//! Does not: sign, or read the folder.

use super::{EVERY, Halt, PUBLISH_EVERY};
use crate::audit::publisher::{Publisher, Unpublished};
use crate::audit::succession::Keys;
use crate::config::Config;
use crate::files::blobs::Blobs;
use crate::node::Node;
use crate::store::Store;
use crate::store::behalf::hubs_own;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Mutex;

/// What writes it.
pub(super) struct Copying {
    publisher: Mutex<Publisher>,
    halt: Halt,
    is_here: AtomicBool,
    /// Whether the bucket was found to be this database's.
    is_ours: AtomicBool,
    /// Whether what is there was not what was signed, when somebody looked last.
    is_changed: AtomicBool,
}

impl Copying {
    /// None where files are in a folder: the published log is in one already.
    pub(super) fn open(
        config: &Config,
        store: &Arc<dyn Store>,
        blobs: &Blobs,
        keys: &Keys,
    ) -> Option<Self> {
        let tiles = blobs.tiles(&config.node)?;
        let publisher = Publisher::new(Arc::clone(store), tiles, keys.clone());
        Some(Copying {
            publisher: Mutex::new(publisher),
            halt: Halt::default(),
            is_here: AtomicBool::new(true),
            is_ours: AtomicBool::new(false),
            is_changed: AtomicBool::new(false),
        })
    }

    /// Whether what is there is what was signed, as far as this node has looked.
    pub(super) fn is_good(&self) -> bool {
        !self.is_changed.load(Ordering::SeqCst)
    }

    /// Told once when it goes and once when it is back; counted each time.
    fn is(&self, here: bool) {
        if !here {
            metrics::counter!("bedside_audit_uncopied_total").increment(1);
        }
        if self.is_here.swap(here, Ordering::SeqCst) != here {
            tracing::warn!(is_here = here, "the bucket of the audit log came or went");
        }
    }
}

/// Starts the task where there is something to do. It ends when the node is dropped.
pub(super) fn start(node: &Arc<Node>) {
    if node.audit.copying.is_none() {
        return;
    }
    let node = Arc::downgrade(node);
    actix_rt::spawn(async move {
        loop {
            actix_rt::time::sleep(EVERY.saturating_mul(PUBLISH_EVERY)).await;
            let Some(node) = node.upgrade() else { return };
            node.copy_audit().await;
        }
    });
}

impl Node {
    /// The bucket says what was signed last.
    pub async fn copy_audit(&self) {
        let Some(copying) = &self.audit.copying else { return };
        let now = self.clock.now();
        if copying.halt.rests(now) {
            return;
        }
        if !copying.is_ours.load(Ordering::SeqCst) {
            if !self.are_our_blobs().await {
                return copying.halt.rests_after(now);
            }
            copying.is_ours.store(true, Ordering::SeqCst);
        }
        match hubs_own(async { copying.publisher.lock().await.turn().await }).await {
            Ok(()) => {
                copying.is(true);
                copying.halt.ends();
                copying.is_changed.store(false, Ordering::SeqCst);
            }
            Err(Unpublished::Down) => copying.is(false),
            Err(why) => {
                copying.halt.rests_after(now);
                copying.is_changed.store(true, Ordering::SeqCst);
                metrics::counter!("bedside_audit_changed_total").increment(1);
                tracing::error!(%why, "the copy of the audit log in the bucket is not what was signed; see docs/audit.md");
            }
        }
    }
}
