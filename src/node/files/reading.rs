//! The text of documents is looked through: where nobody waits for the thread, within a time, and whatever happens there.
//!
//! Invariants: a document that breaks its reader, or takes too long, is an unread one and nothing worse. What was read is
//! nowhere but in memory, and not for longer than detectors take. Does not: read (`crate::files::text`), or judge.

use super::Facts;
use super::pieces::NotNow;
use crate::domain::dlp;
use crate::files::text::{self, Bounds, Unread};
use crate::node::Node;
use crate::protocol::file::Finding;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long reading may take. What the bounds let pass takes some seconds on a slow machine; files behind it wait so long.
const WITHIN: Duration = Duration::from_secs(20);
/// How long it may take to hear that it is over. Then nobody waits for it any more; its bounds end it.
const GRACE: Duration = Duration::from_secs(2);

impl Node {
    /// Looks through a document, as far as it can be read.
    pub(super) async fn read_document(
        &self,
        facts: &mut Facts,
        bytes: &Arc<Vec<u8>>,
    ) -> Result<(), NotNow> {
        let _one = self.files.decoding.acquire().await.map_err(|_| NotNow)?;
        let bytes = Arc::clone(bytes);
        let (findings, outcome) = within(WITHIN, move |is_over| {
            let text = text::read(&bytes, &Bounds::USUAL, is_over);
            (dlp::find(&text.letters), text.unread)
        })
        .await;
        metrics::counter!("bedside_documents_read_total", "outcome" => outcome).increment(1);
        (facts.findings, facts.is_unread) = (findings, outcome != READ);
        Ok(())
    }
}

/// All was read.
const READ: &str = "read";

/// What was found, and the word for how far it was read.
async fn within(
    time: Duration,
    read: impl FnOnce(&AtomicBool) -> (Vec<Finding>, Option<Unread>) + Send + 'static,
) -> (Vec<Finding>, &'static str) {
    let is_over = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&is_over);
    let mut reading = tokio::task::spawn_blocking(move || read(&heard));
    let done = match tokio::time::timeout(time, &mut reading).await {
        Ok(done) => done,
        Err(_) => {
            is_over.store(true, Ordering::Relaxed);
            match tokio::time::timeout(GRACE, reading).await {
                Ok(done) => done,
                Err(_) => return (vec![], Unread::Late.word()),
            }
        }
    };
    match done {
        Ok((findings, unread)) => (findings, unread.map_or(READ, Unread::word)),
        Err(_) => {
            tracing::error!("a document broke its reader");
            (vec![], "failed")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::file::DetectorKind;
    use std::time::Instant;

    const CARD: Finding = Finding { kind: DetectorKind::PaymentCard, count: 1 };

    #[tokio::test]
    async fn what_breaks_or_takes_too_long_is_unread_and_nothing_worse() {
        let time = Duration::from_millis(20);
        assert_eq!(within(time, |_| (vec![CARD], None)).await, (vec![CARD], "read"));
        assert_eq!(within(time, |_| panic!("a mistake of ours")).await, (vec![], "failed"));
        let begun = Instant::now();
        let heard = within(time, move |is_over| {
            while !is_over.load(Ordering::Relaxed) && begun.elapsed() < 2 * GRACE {
                std::thread::yield_now();
            }
            (vec![CARD], Some(Unread::Late))
        });
        assert_eq!(heard.await, (vec![CARD], "late"), "what was read until then is told");
    }
}
