//! Of which region a database is, and where people are at home.
//!
//! Both are nullable: a program of before writes neither. Who has no home is of the database's own region.

use sea_orm_migration::schema::text_null;
use sea_orm_migration::sea_orm::sea_query::Table;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// Columns of `users` and `database_identity`.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261129_000023_residency"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_connection();
        if on.get_database_backend() == DatabaseBackend::Postgres {
            on.execute_unprepared(WAIT).await?;
        }
        for (table, column) in [("database_identity", "region"), ("users", "home_region")] {
            let alter = Table::alter().table(table).add_column(text_null(column)).take();
            manager.alter_table(alter).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Calls wait behind who waits for the lock of a table, and have two seconds.
const WAIT: &str = "SET LOCAL lock_timeout = '500ms'";
