//! Conversations: members, the log, messages with sealed bodies, what can be searched of them, out of office.
//!
//! No table of these is partitioned by month. A conversation is read by its own numbers, so a page of it would look into
//! the index of every month; a key of a partitioned table contains what it is partitioned by, so (conversation, number)
//! could not be unique; and what is old goes away with its key, conversation by conversation, not month by month.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

mod guards;
mod tables;

/// Conversations.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261128_000004_conversations"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables::all() {
            manager.create_table(table).await?;
        }
        let own = match manager.get_database_backend() {
            DbBackend::Sqlite => guards::SQLITE,
            DbBackend::Postgres => guards::POSTGRES,
            other => return Err(DbErr::Migration(format!("{other:?} is not supported"))),
        };
        for statement in guards::INDEXES.iter().chain(own) {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    /// On SQLite too, where the default is none: half a schema helps nobody.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
