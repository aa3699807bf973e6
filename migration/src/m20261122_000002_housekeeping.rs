//! Who invited a guest, and what is looked up to delete what is old.

use sea_orm_migration::schema::uuid_null;
use sea_orm_migration::sea_orm::DbErr;
use sea_orm_migration::sea_orm::sea_query::{Index, Table};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// `participants.invited_by`, and an index on `sessions.expires_at`.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261122_000002_housekeeping"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // No foreign key: SQLite cannot add one to a table that is there, and both databases are alike.
        let invited_by =
            Table::alter().table("participants").add_column(uuid_null("invited_by")).take();
        manager.alter_table(invited_by).await?;
        let expires =
            Index::create().name("sessions_expires").table("sessions").col("expires_at").take();
        manager.create_index(expires).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
