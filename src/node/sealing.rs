//! Profiles that were saved before fields were sealed are sealed while the hub runs.
//!
//! Invariant: a hub that is stopped in between goes on with what is left at its next start; two nodes at once do no harm. When nothing is
//! left the database is asked to wipe what it has let go of. Does not: run again later: what is written by this program is sealed.

use crate::node::Node;
use crate::records::Unread;
use std::sync::Arc;
use std::time::Duration;

/// Between two tries, when store or keys do not answer.
const TRY_AGAIN: Duration = Duration::from_secs(30);

/// Starts the task. It ends when all is sealed, or when the node is dropped.
pub(super) fn start(node: &Arc<Node>) {
    let node = Arc::downgrade(node);
    actix_rt::spawn(async move {
        loop {
            let Some(this) = node.upgrade() else { return };
            match this.seal_profiles().await {
                Ok(_) => return,
                Err(error) => tracing::warn!(%error, "profiles could not be sealed"),
            }
            drop(this);
            actix_rt::time::sleep(TRY_AGAIN).await;
        }
    });
}

impl Node {
    /// Seals what is left; how many profiles.
    ///
    /// # Errors
    /// See [`Unread`]. What was sealed stays so.
    pub async fn seal_profiles(&self) -> Result<u64, Unread> {
        let sealed = self.records().seal_what_is_open(self.clock.now()).await?;
        if sealed > 0 {
            tracing::info!(sealed, "profiles of before were sealed");
            if let Err(error) = self.store.wipe_what_was_sealed().await {
                tracing::warn!(%error, "what was let go of could not be wiped");
            }
        }
        Ok(sealed)
    }
}
