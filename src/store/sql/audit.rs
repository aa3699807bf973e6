//! The writing side of the audit log: what is queued while one transaction runs goes into the next one, together.
//!
//! Owns: the queue and the task that writes it. Every operation is audited twice, and a transaction costs a flush to disk;
//! together they cost one.
//! Invariant: whoever is told `Ok` has rows on disk. The rows of one call are in one transaction; a call whose rows are
//! refused takes no other with it.

use super::call::{Call, Tx};
use super::errors;
use super::queue::{Waiting, queue};
use super::words::{to_json, to_word};
use crate::store::{AuditRecord, StoreError, Stored};
use entity::audit_log;
use sea_orm::{ActiveValue, ConnectionTrait as _, DatabaseConnection, DbBackend, EntityTrait};

/// Calls in one transaction.
const GROUP: usize = 128;
/// Rows in one statement: SQLite binds at most 32 766 values.
const ROWS_PER_STATEMENT: usize = 1_000;

/// Rows that a call tells again may stand in a transaction whose outcome it does not know: PostgreSQL then waits for that
/// one. All others wait behind it, so it is given up soon, and told as not written.
const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '100ms'";

type Rows = Vec<audit_log::ActiveModel>;

/// The way to the task. The task ends when the queue is dropped.
pub(super) struct Queue(super::queue::Queue<Rows>);

impl Queue {
    pub(super) fn start(writer: DatabaseConnection, backend: DbBackend) -> Self {
        let (put, waiting) = queue();
        tokio::spawn(write(waiting, writer, backend));
        Queue(put)
    }

    pub(super) async fn append(&self, rows: Vec<AuditRecord>) -> Stored<()> {
        if rows.is_empty() {
            return Ok(());
        }
        self.0.write(rows.into_iter().map(to_row).collect::<Stored<_>>()?).await
    }
}

async fn write(waiting: Waiting<Rows>, writer: DatabaseConnection, backend: DbBackend) {
    loop {
        let group = waiting.take(GROUP).await;
        if group.is_empty() {
            return;
        }
        let rows = group.iter().flat_map(|it| it.what.iter().cloned()).collect();
        match insert(&writer, backend, rows).await {
            // One of them is told already, or waits for a transaction that may tell it yet: the others need not.
            Err(StoreError::Conflict(_) | StoreError::Aborted) if group.len() > 1 => {
                for entry in group {
                    let outcome = insert(&writer, backend, entry.what.clone()).await;
                    entry.tell(outcome);
                }
            }
            outcome => group.into_iter().for_each(|it| it.tell(outcome)),
        }
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
        if backend == DbBackend::Postgres {
            let wait_briefly = tx.on().execute_unprepared(LOCK_TIMEOUT).await;
            wait_briefly.map_err(errors::before_commit)?;
        }
        insert_rows(&tx, rows).await?;
        tx.commit_beside().await
    })
    .await
}

/// Writes rows in the transaction of what they tell.
pub(super) async fn insert_audit(tx: &Tx<'_>, rows: Vec<AuditRecord>) -> Stored<()> {
    insert_rows(tx, rows.into_iter().map(to_row).collect::<Stored<_>>()?).await
}

async fn insert_rows(tx: &Tx<'_>, rows: Rows) -> Stored<()> {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let some = rows.by_ref().take(ROWS_PER_STATEMENT);
        let insert = audit_log::Entity::insert_many(some).exec_without_returning(tx.on());
        insert.await.map_err(errors::before_commit)?;
    }
    Ok(())
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
        patient: ActiveValue::Set(row.patient.map(|it| it.0)),
        returned_count: ActiveValue::Set(row.returned.as_ref().map(|it| it.count.into())),
        returned: ActiveValue::Set(row.returned.map(|it| to_json(&it.ids)).transpose()?),
        network: ActiveValue::Set(row.network),
        organisation_id: ActiveValue::Set(row.organisation.map(|it| it.0)),
    })
}
