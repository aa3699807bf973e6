//! Schedules: services, profiles, hours, holds and claims, the history of appointments, and messages to people.

use sea_orm_migration::sea_orm::DbErr;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

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
        for index in indexes::all() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    /// On SQLite too, where the default is none: half a schema helps nobody.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
