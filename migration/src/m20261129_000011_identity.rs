//! An index for administrators who look at what is quarantined, and which database this is: a random name that outlives programs and restores. Folders and buckets of files carry it, so that a hub
//! that was started with another database throws none of them away.

use sea_orm_migration::schema::{big_integer, string};
use sea_orm_migration::sea_orm::sea_query::{Expr, ExprTrait, Table};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// `database_identity`.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261129_000011_identity"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let identity = Table::create()
            .table("database_identity")
            .col(big_integer("id").primary_key())
            .col(string("name"))
            .check(Expr::col("id").eq(1))
            .take();
        manager.create_table(identity).await?;
        let random = match manager.get_database_backend() {
            DbBackend::Sqlite => "lower(hex(randomblob(16)))",
            _ => "gen_random_uuid()::text",
        };
        let one = format!("INSERT INTO database_identity (id, name) VALUES (1, {random})");
        manager.get_connection().execute_unprepared(&one).await?;
        // Few are: whoever asks for them reads no other row.
        let few = "CREATE INDEX files_quarantined ON files (id) WHERE state = 'quarantined'";
        manager.get_connection().execute_unprepared(few).await.map(|_| ())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
