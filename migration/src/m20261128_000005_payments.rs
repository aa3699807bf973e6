//! What is paid before an appointment is booked.

use sea_orm_migration::schema::{
    big_integer, big_integer_null, string, string_null, text_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::sea_query::{
    Expr, ExprTrait, ForeignKey, ForeignKeyCreateStatement, Table, TableCreateStatement,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// `payments`.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261128_000005_payments"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(payments()).await?;
        for index in INDEXES {
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// One payment a hold, one an intent of the provider, one an appointment: nobody pays twice, and no payment is used twice.
const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX payments_hold ON payments (hold_id)",
    "CREATE UNIQUE INDEX payments_provider ON payments (provider_ref)",
    "CREATE UNIQUE INDEX payments_appointment ON payments (appointment_id)",
    "CREATE INDEX payments_due ON payments (next_look_at) WHERE next_look_at IS NOT NULL",
    "CREATE INDEX payments_created ON payments (created_at)",
];

fn payments() -> TableCreateStatement {
    Table::create()
        .table("payments")
        .col(uuid("id").primary_key())
        .col(uuid("hold_id"))
        .col(uuid("patient_id"))
        .col(big_integer("amount_minor"))
        .col(string("currency"))
        .col(string("state"))
        .col(string_null("provider_ref"))
        .col(text_null("page_url"))
        .col(text_null("reason"))
        .col(uuid_null("appointment_id"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .col(big_integer_null("next_look_at"))
        .col(big_integer("attempts"))
        .col(big_integer("revision"))
        .check(Expr::col("amount_minor").gt(0))
        .foreign_key(&mut refers("payments", "hold_id", "holds"))
        .foreign_key(&mut refers("payments", "patient_id", "users"))
        .foreign_key(&mut refers("payments", "appointment_id", "appointments"))
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
