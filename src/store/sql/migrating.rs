//! PostgreSQL is migrated, by one node at a time and beside others that serve.
//!
//! Invariants: nobody waits for the lock of the migration within a statement: an index that is made beside those who write waits for
//! every statement that began before, and the two would wait for each other for ever. What finds a table in use gives everything back
//! before it tries again. A program of before this rule waits within its statement: it is not to be started meanwhile.

use super::errors::is_in_use;
use super::halves::{self, Half};
use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, Statement, TransactionTrait,
};
use std::time::Duration;

/// Key of the advisory lock under which PostgreSQL is migrated: "bedside" in bytes.
const MIGRATION_LOCK: i64 = 0x62_65_64_73_69_64_65;
/// Between two looks whether another node has done it.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// How often tables that are in use are come back to, and how long after: calls that waited meanwhile are answered before that. In two
/// minutes a hub that serves has a moment; where somebody keeps a table locked, whoever runs the hub is told.
const TRIES: u32 = 60;
const COMES_BACK: Duration = Duration::from_secs(2);

/// Brings the schema up, unless it was brought up by half: then nothing is changed, and what is wrong is inside.
///
/// # Errors
/// The database's; also when a table is in use at every try.
pub(super) async fn up(connection: &DatabaseConnection) -> Result<Result<(), Half>, DbErr> {
    for left in (0..TRIES).rev() {
        let lock = alone(connection).await?;
        // Under the lock: what another node is about is not by half.
        let looked = halves::look(connection).await?;
        if looked.is_err() {
            lock.rollback().await?;
            return Ok(looked);
        }
        match Migrator::up(connection, None).await {
            Ok(()) => {
                lock.commit().await?;
                return Ok(looked);
            }
            Err(error) if left > 0 && is_in_use(&error) => {
                lock.rollback().await?;
                tracing::info!(left, "a table is in use; the migration is tried again");
                tokio::time::sleep(COMES_BACK).await;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Ok(()))
}

/// The lock, which ends with its transaction. One that is idle has no snapshot, and an index does not wait for it.
async fn alone(connection: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    loop {
        let lock = connection.begin().await?;
        let ask = format!("SELECT pg_try_advisory_xact_lock({MIGRATION_LOCK}) AS it");
        let ask = Statement::from_string(connection.get_database_backend(), ask);
        let row = lock.query_one_raw(ask).await?;
        if row.map(|it| it.try_get::<bool>("", "it")).transpose()? == Some(true) {
            return Ok(lock);
        }
        lock.rollback().await?;
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}
