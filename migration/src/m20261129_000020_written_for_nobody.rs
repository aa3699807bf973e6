//! Two indexes that each message wrote, and nobody needs.
//!
//! Nobody looks rows of the audit log up by their request. What is idle is looked for every ten minutes, among conversations, of which there
//! are few; each message moved its conversation in the index of it. The version before runs without them.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// End of `audit_logs_request` and `conversations_idle`.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261129_000020_written_for_nobody"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in STATEMENTS {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const STATEMENTS: &[&str] = &["DROP INDEX audit_logs_request", "DROP INDEX conversations_idle"];
