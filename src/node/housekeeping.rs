//! What is old enough is deleted: answers that were kept for their idempotency keys, and sign-ins.
//!
//! Invariant: a run is bounded, so that it never holds the database for long; what is left is for the next one. Every node
//! has one such task; two at once delete the same rows once. Does not: touch attendance, audit or visits.

use crate::node::Node;
use crate::store::Stored;
use futures::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;

/// Time between two runs.
const EVERY: Duration = Duration::from_secs(10 * 60);
/// Rows that one transaction deletes.
const BATCH: u32 = 500;
/// Transactions of one run, for each kind of row: 60 000 rows an hour, far above what a node writes.
const MOST_BATCHES: u32 = 20;
/// How long an answer can be asked for again with its key.
const KEEP_ANSWERS: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long a sign-in is kept after the moment at which it ends in any case. While it lasts its row is what tells an old
/// refresh token from an unknown one; after that every token of it is refused with or without the row, and the week is
/// for whoever looks into what happened.
const KEEP_SESSIONS: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Starts the task. It ends when the node is dropped.
pub(super) fn start(node: &Arc<Node>) {
    let node = Arc::downgrade(node);
    actix_rt::spawn(async move {
        loop {
            actix_rt::time::sleep(EVERY).await;
            let Some(node) = node.upgrade() else { return };
            node.keep_house().await;
        }
    });
}

impl Node {
    /// One run.
    pub async fn keep_house(&self) {
        let (store, now) = (self.store.as_ref(), self.clock.now());
        let answers_before = now.minus(KEEP_ANSWERS);
        delete("idempotency_keys", || store.forget_answers(answers_before, BATCH)).await;
        let sessions_before = now.minus(KEEP_SESSIONS);
        delete("sessions", || store.forget_sessions(sessions_before, BATCH)).await;
    }
}

/// Batch after batch, until one was not full or the run is long enough.
async fn delete<'a>(table: &'static str, batch: impl Fn() -> BoxFuture<'a, Stored<u32>>) {
    for _ in 0..MOST_BATCHES {
        match batch().await {
            Ok(deleted) => {
                metrics::counter!("bedside_rows_deleted_total", "table" => table)
                    .increment(u64::from(deleted));
                if deleted < BATCH {
                    return;
                }
            }
            Err(error) => {
                // Nothing depends on it: the next run tries again.
                tracing::warn!(table, %error, "old rows could not be deleted");
                return;
            }
        }
    }
}
