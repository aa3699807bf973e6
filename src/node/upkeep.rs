//! What schedules need now and then: holds that nobody booked end in the tables too, and the history of the coming months
//! has its place. Now and then it asks `zones` to follow a new version of the zone database. Payments have a task of their own
//! (`settling`): nothing here waits for whoever takes money.
//!
//! Invariant: nothing depends on it. A hold that has ended holds nothing, whether its row is there or not (SC-4), and a
//! month that nobody made ready for is kept all the same. Every node has one such task; two at once do the same work once.
//! Does not: decide anything.

use crate::node::Node;
use std::sync::Arc;
use std::time::Duration;

/// Time between two looks: a calendar that is shown from the tables is at most so far behind.
const EVERY: Duration = Duration::from_secs(60);
/// Holds that one transaction ends.
const BATCH: u32 = 500;
/// Looks between two that make the coming months ready.
const MONTHS_EVERY: u32 = 60;

/// Starts the task. It ends when the node is dropped.
pub(super) fn start(node: &Arc<Node>) {
    let node = Arc::downgrade(node);
    actix_rt::spawn(async move {
        let mut next_look = None;
        for turn in (0..MONTHS_EVERY).cycle() {
            {
                let Some(node) = node.upgrade() else { return };
                if turn == 0 {
                    node.prepare_months().await;
                }
                node.end_holds().await;
                node.offer_places().await;
                let now = node.clock.now();
                if next_look.is_none_or(|at| now >= at) {
                    next_look = Some(now.plus(node.follow_zone_laws().await));
                }
            }
            actix_rt::time::sleep(EVERY).await;
        }
    });
}

impl Node {
    /// Holds that have ended end in the tables. Planners that run have forgotten them by themselves.
    pub async fn end_holds(&self) {
        match self.store.expire_holds(self.clock.now(), BATCH).await {
            Ok(practitioners) => {
                let without = |id: &&_| self.planners.find_running(**id).is_none();
                practitioners.iter().filter(without).for_each(|id| self.board.forget(*id));
            }
            Err(error) => tracing::warn!(%error, "holds that have ended could not be deleted"),
        }
    }

    async fn prepare_months(&self) {
        if let Err(error) = self.store.prepare_partitions(self.clock.now()).await {
            tracing::warn!(%error, "the history of the coming months could not be made ready");
        }
    }
}
