//! Schedules: services, profiles, hours, holds and claims, the history of appointments, and messages to people.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

mod appointments;
mod guards;
mod history;
mod indexes;
mod tables;

/// Schedules.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261122_000002_schedule"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables::all() {
            manager.create_table(table).await?;
        }
        appointments::add_columns(manager).await?;
        let (old, guards) = match manager.get_database_backend() {
            DbBackend::Sqlite => {
                manager.create_table(history::sqlite()).await?;
                (appointments::OLD_GUARDS_SQLITE, guards::SQLITE)
            }
            DbBackend::Postgres => {
                run(manager, history::POSTGRES).await?;
                run(manager, history::POSTGRES_PARTITIONS).await?;
                (appointments::OLD_GUARDS_POSTGRES, guards::POSTGRES)
            }
            other => return Err(DbErr::Migration(format!("{other:?} is not supported"))),
        };
        run(manager, indexes::ALL).await?;
        run(manager, old).await?;
        run(manager, guards).await?;
        run(manager, appointments::EXISTING).await
    }

    /// On SQLite too, where the default is none: half a schema helps nobody.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}
