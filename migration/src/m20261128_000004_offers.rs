//! Freed places, and who was told of them.

use sea_orm_migration::schema::{big_integer, big_integer_null, uuid};
use sea_orm_migration::sea_orm::sea_query::{
    ForeignKey, ForeignKeyCreateStatement, Index, Table, TableCreateStatement,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// `freed_places`, `place_offers`.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261128_000004_offers"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(freed_places()).await?;
        manager.create_table(place_offers()).await?;
        for index in INDEXES {
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// A time that becomes free again while people are told of it is the same place.
const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX freed_places_open ON freed_places (clinician_id, service_id, starts_at)
     WHERE next_at IS NOT NULL",
    "CREATE INDEX freed_places_next ON freed_places (next_at) WHERE next_at IS NOT NULL",
];

fn freed_places() -> TableCreateStatement {
    Table::create()
        .table("freed_places")
        .col(uuid("id").primary_key())
        .col(uuid("clinician_id"))
        .col(uuid("service_id"))
        .col(big_integer("starts_at"))
        .col(big_integer_null("next_at"))
        .foreign_key(&mut refers("freed_places", "clinician_id", "users"))
        .foreign_key(&mut refers("freed_places", "service_id", "services"))
        .take()
}

/// A wish that was fulfilled or withdrawn is deleted; that its person was told stays.
fn place_offers() -> TableCreateStatement {
    Table::create()
        .table("place_offers")
        .col(uuid("place_id"))
        .col(uuid("waitlist_id"))
        .col(big_integer("at"))
        .primary_key(Index::create().col("place_id").col("waitlist_id"))
        .foreign_key(&mut refers("place_offers", "place_id", "freed_places"))
        .take()
}

fn refers(
    table: &'static str,
    column: &'static str,
    target: &'static str,
) -> ForeignKeyCreateStatement {
    let mut refers = ForeignKey::create();
    refers.name(format!("{table}_{column}_fkey")).from_tbl(table).from_col(column);
    refers.to_tbl(target).to_col("id");
    refers
}
