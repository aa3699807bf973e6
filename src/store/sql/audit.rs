//! The writing side of the audit log: what is queued while one transaction runs goes into the next one, together.
//!
//! Owns: the queue and the task that writes it. Every operation is audited twice, and a transaction costs a flush to disk;
//! together they cost one.
//! Invariant: whoever is told `Ok` has rows on disk. The rows of one call are in one transaction; a call whose rows are
//! refused takes no other with it.

use super::call::Call;
use super::errors;
use super::words::to_word;
use crate::store::{AuditRecord, DEADLINE, StoreError, Stored};
use entity::audit_log;
use sea_orm::{ActiveValue, DatabaseConnection, DbBackend, EntityTrait};
use tokio::sync::{mpsc, oneshot};

/// Calls that may wait. Beyond that a call waits for a place, and is told `Aborted` when there is none in time.
const QUEUE: usize = 1_024;
/// Calls in one transaction.
const GROUP: usize = 128;
/// Rows in one statement: SQLite binds at most 32 766 values.
const ROWS_PER_STATEMENT: usize = 1_000;

struct Append {
    rows: Vec<audit_log::ActiveModel>,
    done: oneshot::Sender<Stored<()>>,
}

/// The way to the task. The task ends when the queue is dropped.
pub(super) struct Queue(mpsc::Sender<Append>);

impl Queue {
    pub(super) fn start(writer: DatabaseConnection, backend: DbBackend) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(write(waiting, writer, backend));
        Queue(queue)
    }

    pub(super) async fn append(&self, rows: Vec<AuditRecord>) -> Stored<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let rows = rows.into_iter().map(to_row).collect::<Stored<Vec<_>>>()?;
        let (done, outcome) = oneshot::channel();
        let deadline = tokio::time::Instant::now() + DEADLINE;
        match tokio::time::timeout_at(deadline, self.0.reserve()).await {
            Ok(Ok(place)) => place.send(Append { rows, done }),
            Ok(Err(_)) | Err(_) => return Err(StoreError::Aborted),
        }
        // Once queued it may be written at any time, whatever this call waits for.
        match tokio::time::timeout_at(deadline, outcome).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) | Err(_) => Err(StoreError::Ambiguous),
        }
    }
}

async fn write(
    mut waiting: mpsc::Receiver<Append>,
    writer: DatabaseConnection,
    backend: DbBackend,
) {
    let mut group = Vec::new();
    while waiting.recv_many(&mut group, GROUP).await > 0 {
        let rows = group.iter().flat_map(|it| it.rows.iter().cloned()).collect();
        match insert(&writer, backend, rows).await {
            Err(StoreError::Conflict(_)) if group.len() > 1 => {
                for Append { rows, done } in group.drain(..) {
                    tell(done, insert(&writer, backend, rows).await);
                }
            }
            outcome => group.drain(..).for_each(|it| tell(it.done, outcome)),
        }
    }
}

fn tell(done: oneshot::Sender<Stored<()>>, outcome: Stored<()>) {
    if done.send(outcome).is_err() {
        tracing::debug!("nobody waits for an audit row any more");
    }
}

async fn insert(
    writer: &DatabaseConnection,
    backend: DbBackend,
    rows: Vec<audit_log::ActiveModel>,
) -> Stored<()> {
    let call = Call::default();
    call.run(async {
        let tx = call.begin(writer, backend).await?;
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let some = rows.by_ref().take(ROWS_PER_STATEMENT);
            let insert = audit_log::Entity::insert_many(some).exec_without_returning(tx.on());
            insert.await.map_err(errors::before_commit)?;
        }
        tx.commit().await
    })
    .await
}

fn to_row(row: AuditRecord) -> Stored<audit_log::ActiveModel> {
    Ok(audit_log::ActiveModel {
        position: ActiveValue::NotSet,
        id: ActiveValue::Set(row.audit_id.0),
        request_id: ActiveValue::Set(row.request_id.0),
        at: ActiveValue::Set(row.at.0),
        phase: ActiveValue::Set(row.phase.to_owned()),
        caller: ActiveValue::Set(row.caller),
        role: ActiveValue::Set(row.role.as_ref().map(to_word).transpose()?),
        operation: ActiveValue::Set(row.operation.to_owned()),
        target: ActiveValue::Set(row.target),
    })
}
