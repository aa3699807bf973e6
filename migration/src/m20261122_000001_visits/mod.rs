//! The first schema: people, sign-ins, appointments with their visits, idempotency, audit, fences.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

mod guards;
mod indexes;
mod tables;

/// The first schema.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261122_000001_visits"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables::all() {
            manager.create_table(table).await?;
        }
        for index in indexes::all() {
            manager.create_index(index).await?;
        }
        let guards: &[&str] = match manager.get_database_backend() {
            DbBackend::Sqlite => guards::SQLITE,
            DbBackend::Postgres => guards::POSTGRES,
            other => return Err(DbErr::Migration(format!("{other:?} is not supported"))),
        };
        for guard in guards {
            manager.get_connection().execute_unprepared(guard).await?;
        }
        Ok(())
    }

    /// On SQLite too, where the default is none: half a schema helps nobody.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
