//! How much an erasure takes: everything, or the conversations alone.
//!
//! A program of before writes and means everything, which is the default. It takes one of conversations that waits for one of everything,
//! and may show it as such; it cannot carry it out, because it does not say what was left out, which the table wants: its transaction is
//! refused as a whole, and no account is erased by mistake.

use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// Columns of `erasures`; one of each scope waits.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000026_erasure_scope"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_connection();
        if on.get_database_backend() == DatabaseBackend::Postgres {
            on.execute_unprepared(WAIT).await?;
        }
        for statement in STATEMENTS {
            on.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Calls wait behind who waits for the lock of a table, and have two seconds.
const WAIT: &str = "SET LOCAL lock_timeout = '500ms'";

const STATEMENTS: &[&str] = &[
    "ALTER TABLE erasures ADD COLUMN scope varchar NOT NULL DEFAULT 'everything'
     CHECK (scope IN ('everything', 'conversations'))",
    "ALTER TABLE erasures ADD COLUMN left_out bigint
     CHECK (scope = 'everything' OR (done_at IS NULL) = (left_out IS NULL))",
    "DROP INDEX erasures_waiting",
    // One of each scope waits at a time, and one that waits is found.
    "CREATE UNIQUE INDEX erasures_waiting ON erasures (user_id, scope) WHERE done_at IS NULL",
];
