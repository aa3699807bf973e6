//! What patients share with whom, and records that were opened in an emergency.

use sea_orm_migration::schema::{
    big_integer, big_integer_null, string, string_null, text, text_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::sea_query::{
    Expr, ExprTrait, ForeignKey, ForeignKeyCreateStatement, Index, Table, TableCreateStatement,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// `sharing_versions`, `emergency_grants`.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261129_000014_policy"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [sharing_versions(), emergency_grants()] {
            manager.create_table(table).await?;
        }
        for index in INDEXES {
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const INDEXES: &[&str] = &[
    "CREATE INDEX emergency_grants_clinician ON emergency_grants (clinician_id, opened_at)",
    "CREATE INDEX emergency_grants_patient ON emergency_grants (patient_id, opened_at)",
    "CREATE INDEX emergency_grants_open ON emergency_grants (opened_at) WHERE reviewed_at IS NULL",
];

/// A row each time somebody says so; the last one holds.
fn sharing_versions() -> TableCreateStatement {
    Table::create()
        .table("sharing_versions")
        .col(uuid("user_id"))
        .col(big_integer("revision"))
        .col(text("preferences"))
        .col(big_integer("at"))
        .primary_key(Index::create().col("user_id").col("revision"))
        .check(Expr::col("revision").gte(1))
        .foreign_key(&mut of_user("sharing_versions", "user_id"))
        .take()
}

/// Whoever reviews one has not opened it, and a review has its verdict.
fn emergency_grants() -> TableCreateStatement {
    let is_reviewed = || Expr::col("reviewed_at").is_not_null();
    Table::create()
        .table("emergency_grants")
        .col(uuid("id").primary_key())
        .col(uuid("patient_id"))
        .col(uuid("clinician_id"))
        .col(string("reason"))
        .col(text("because"))
        .col(big_integer("opened_at"))
        .col(big_integer("ends_at"))
        .col(uuid_null("reviewed_by"))
        .col(big_integer_null("reviewed_at"))
        .col(string_null("verdict"))
        .col(text_null("note"))
        .check(Expr::col("ends_at").gt(Expr::col("opened_at")))
        .check(is_reviewed().eq(Expr::col("verdict").is_not_null()))
        .check(is_reviewed().eq(Expr::col("reviewed_by").is_not_null()))
        .check(
            Expr::col("reviewed_by")
                .is_null()
                .or(Expr::col("reviewed_by").ne(Expr::col("clinician_id"))),
        )
        .foreign_key(&mut of_user("emergency_grants", "patient_id"))
        .foreign_key(&mut of_user("emergency_grants", "clinician_id"))
        .take()
}

fn of_user(table: &'static str, column: &'static str) -> ForeignKeyCreateStatement {
    let mut refers = ForeignKey::create();
    refers.name(format!("{table}_{column}_fkey")).from(table, column).to("users", "id");
    refers
}
