//! Lines of the log that changed a message are found by an index: whoever reads a message asks which was the last.
//!
//! Most messages have none. No release has made rows, so it is made while nobody writes the log.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// `conversation_log_changed`.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261129_000022_changed_lines"
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

const STATEMENTS: &[&str] =
    &["CREATE INDEX conversation_log_changed ON conversation_log (about_id, number)
     WHERE kind = 'changed'"];
