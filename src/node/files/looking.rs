//! When files are looked at: the task that takes what is due, a few at a time.
//!
//! Invariants: no more are checked at the same time than may be, and no check is taken that has no place: whatever ends makes
//! the next begin at once. What is removed or over does not stand behind checks. Does not: know what is done with one (`checking`).

use crate::node::Node;
use crate::protocol::time::UnixMillis;
use crate::store::files::{Due, FileRecord};
use futures::FutureExt as _;
use std::sync::Arc;
use std::time::Duration;

/// Time between two looks when nobody wakes it.
const EVERY: Duration = Duration::from_secs(5);
/// Files that one look takes.
const BATCH: u32 = 4;
/// How long nobody else takes what was taken: longer than the slowest antivirus that may be configured.
const LEASE: Duration = Duration::from_secs(5 * 60);

/// Starts the task. It ends when the node is dropped.
pub(in crate::node) fn start(node: &Arc<Node>) {
    let node = Arc::downgrade(node);
    actix_rt::spawn(async move {
        loop {
            let Some(node) = node.upgrade() else { return };
            node.look_for_blobs().await;
            // A file that breaks what looks at it must not end the looking; its lease says when it is tried again.
            let looking = std::panic::AssertUnwindSafe(node.begin_looking()).catch_unwind();
            let is_busy = looking.await.unwrap_or_else(|_| {
                metrics::counter!("bedside_file_checks_broken_total").increment(1);
                tracing::error!("looking at files broke");
                false
            });
            if !is_busy {
                // Held only as long as nothing is due.
                let files = Arc::clone(&node.files);
                drop(node);
                let waking = tokio::time::timeout(EVERY, files.wake.notified());
                // Woken or not, it looks.
                let _looks = waking.await;
            }
        }
    });
}

impl Node {
    /// One look at what is due, and its end. Whether there may be more.
    pub async fn look_at_files(&self) -> bool {
        let now = self.clock.now();
        let due = self.take_due(now, Due::All, BATCH).await;
        let is_full = is_full(&due, BATCH);
        futures::future::join_all(due.into_iter().map(|it| self.look_at_file(it, now))).await;
        is_full
    }

    /// The same, without waiting for an antivirus: what is checked goes on by itself, so many at a time, and what is removed or
    /// is over does not stand behind it.
    async fn begin_looking(self: &Arc<Self>) -> bool {
        let now = self.clock.now();
        // This alone takes permits, so that there are no fewer when they are.
        let free = u32::try_from(self.files.looking.available_permits()).unwrap_or(BATCH);
        let (what, limit) = match free {
            0 => (Due::ButChecks, BATCH),
            _ => (Due::All, free.min(BATCH)),
        };
        let due = self.take_due(now, what, limit).await;
        let is_full = is_full(&due, limit);
        let (checks, others): (Vec<_>, Vec<_>) =
            due.into_iter().partition(|it| it.waits_for_check(now));
        for record in checks {
            // Its lease says when it is tried again.
            let Ok(permit) = Arc::clone(&self.files.looking).try_acquire_owned() else { break };
            let node = Arc::clone(self);
            actix_rt::spawn(async move {
                node.look_at_file(record, now).await;
                drop(permit);
                node.files.wake.notify_one();
            });
        }
        futures::future::join_all(others.into_iter().map(|it| self.look_at_file(it, now))).await;
        is_full
    }

    async fn take_due(&self, now: UnixMillis, what: Due, limit: u32) -> Vec<FileRecord> {
        let due = self.store.take_due_files(now, now.plus(LEASE), what, limit).await;
        due.unwrap_or_else(|error| {
            tracing::warn!(%error, "files that are due could not be read");
            vec![]
        })
    }
}

fn is_full(due: &[FileRecord], limit: u32) -> bool {
    u32::try_from(due.len()).is_ok_and(|it| it == limit)
}
