//! What waits to be written with others: a bounded queue, and who is told how it ended.
//!
//! Owns: the deadline of whoever waits. Invariants: whoever is told `Aborted` here was never queued; whoever was queued and
//! hears nothing in time is told `Ambiguous`, because it may be written at any moment.
//! Does not: know what is written.

use crate::store::{DEADLINE, StoreError, Stored};
use std::sync::Arc;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

/// Calls that may wait. Beyond that a call waits for a place, and is told `Aborted` when there is none in time.
const QUEUE: usize = 1_024;

/// One call's share.
pub(super) struct Entry<T> {
    /// What is to be written.
    pub(super) what: T,
    done: oneshot::Sender<Stored<()>>,
}

impl<T> Entry<T> {
    /// Whether nobody waits for it any more.
    pub(super) fn is_given_up(&self) -> bool {
        self.done.is_closed()
    }

    /// Says how it ended.
    pub(super) fn tell(self, outcome: Stored<()>) {
        if self.done.send(outcome).is_err() {
            tracing::debug!("nobody waits for what was written with others any more");
        }
    }
}

/// The way in. Whoever takes out ends when it is dropped.
pub(super) struct Queue<T>(mpsc::Sender<Entry<T>>);

/// The way out; clones take turns.
pub(super) struct Waiting<T>(Arc<Mutex<mpsc::Receiver<Entry<T>>>>);

impl<T> Clone for Waiting<T> {
    fn clone(&self) -> Self {
        Waiting(Arc::clone(&self.0))
    }
}

/// An empty one.
pub(super) fn queue<T>() -> (Queue<T>, Waiting<T>) {
    let (put, take) = mpsc::channel(QUEUE);
    (Queue(put), Waiting(Arc::new(Mutex::new(take))))
}

impl<T> Queue<T> {
    /// Queues it and waits until it is written, or surely is not.
    pub(super) async fn write(&self, what: T) -> Stored<()> {
        let (done, outcome) = oneshot::channel();
        let deadline = Instant::now() + DEADLINE;
        match timeout_at(deadline, self.0.reserve()).await {
            Ok(Ok(place)) => place.send(Entry { what, done }),
            Ok(Err(_)) | Err(_) => return Err(StoreError::Aborted),
        }
        match timeout_at(deadline, outcome).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) | Err(_) => Err(StoreError::Ambiguous),
        }
    }
}

impl<T> Waiting<T> {
    /// What waits, at most `most`; waits for the first. Nothing when no more will come.
    pub(super) async fn take(&self, most: usize) -> Vec<Entry<T>> {
        let mut taken = Vec::new();
        self.0.lock().await.recv_many(&mut taken, most).await;
        taken
    }
}
