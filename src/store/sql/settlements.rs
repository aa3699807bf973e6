//! How tries of notices ended: what is queued while one transaction runs goes into the next, together.
//!
//! Owns: the queue and the task that writes it. A booking tells two people by three channels, and a flush to disk for
//! each of the six would take the one writer of SQLite away from the next booking.
//! Invariant: whoever is told `Ok` has it on disk; one that is refused takes no other with it.

use super::call::{Call, Tx};
use super::errors;
use super::outbox::settling;
use super::queue::{Waiting, queue};
use crate::protocol::ids::NoticeId;
use crate::protocol::time::UnixMillis;
use crate::store::outbox::{NoticeState, Settled};
use crate::store::{StoreError, Stored};
use entity::notice::Column;
use sea_orm::{ColumnTrait as _, DatabaseConnection, DbBackend, QueryFilter as _};

/// Ends in one transaction: what the channels of one node have on their way at most, twice.
const GROUP: usize = 64;

/// How a try ended.
#[derive(Debug, Clone)]
pub(super) struct Settlement {
    /// Of which notice.
    pub(super) id: NoticeId,
    /// The number of the try.
    pub(super) attempt: u32,
    /// Its end.
    pub(super) how: Settled,
    /// When.
    pub(super) now: UnixMillis,
}

/// The way to the task. The task ends when the queue is dropped.
pub(super) struct Settlements(super::queue::Queue<Settlement>);

impl Settlements {
    pub(super) fn start(writer: DatabaseConnection, backend: DbBackend) -> Self {
        let (put, waiting) = queue();
        tokio::spawn(write(waiting, writer, backend));
        Settlements(put)
    }

    pub(super) async fn save(&self, settlement: Settlement) -> Stored<()> {
        self.0.write(settlement).await
    }
}

async fn write(waiting: Waiting<Settlement>, writer: DatabaseConnection, backend: DbBackend) {
    loop {
        let mut group = waiting.take(GROUP).await;
        if group.is_empty() {
            return;
        }
        // In one order for everybody: two nodes that settle the same notices must not wait for each other crosswise.
        group.sort_by_key(|it| it.what.id);
        let all = group.iter().map(|it| it.what.clone()).collect();
        match save(&writer, backend, all).await {
            Err(StoreError::Conflict(_) | StoreError::Aborted) if group.len() > 1 => {
                for entry in group {
                    let outcome = save(&writer, backend, vec![entry.what.clone()]).await;
                    entry.tell(outcome);
                }
            }
            outcome => group.into_iter().for_each(|it| it.tell(outcome)),
        }
    }
}

async fn save(
    writer: &DatabaseConnection,
    backend: DbBackend,
    settlements: Vec<Settlement>,
) -> Stored<()> {
    let call = Call::default();
    call.run(async {
        let tx = call.begin(writer, backend).await?;
        for it in &settlements {
            settle(&tx, it).await?;
        }
        tx.commit().await
    })
    .await
}

async fn settle(tx: &Tx<'_>, it: &Settlement) -> Stored<()> {
    let mut update = settling(it.how.clone(), it.now)
        .filter(Column::Id.eq(it.id.0))
        .filter(Column::State.eq(NoticeState::Pending.as_str()));
    if !matches!(it.how, Settled::Sent(_)) {
        update = update.filter(Column::Attempts.eq(i64::from(it.attempt)));
    }
    update.exec(tx.on()).await.map_err(errors::before_commit)?;
    Ok(())
}
