//! Reports of the audit log, which were kept in browsers.
//!
//! A table of its own: a program of before does not know it.

use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, string_null, text, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::sea_query::{ForeignKey, ForeignKeyCreateStatement, Table};
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// `audit_reports`, and its wall.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000027_audit_reports"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("audit_reports")
            .col(uuid("id").primary_key())
            .col(uuid("made_by"))
            .col(text("name"))
            .col(uuid_null("person_id"))
            .col(uuid_null("patient_id"))
            .col(string_null("operation"))
            .col(string_null("outcome"))
            .col(big_integer_null("from_at"))
            .col(big_integer_null("until_at"))
            .col(boolean("is_shared"))
            .col(big_integer("saved_at"))
            .foreign_key(&mut of_user("made_by"))
            .foreign_key(&mut of_user("person_id"))
            .foreign_key(&mut of_user("patient_id"))
            .take();
        manager.create_table(table).await?;
        let on = manager.get_connection();
        let wall: &[&str] = match on.get_database_backend() {
            DatabaseBackend::Postgres => WALL,
            _ => &[],
        };
        for statement in INDEXES.iter().chain(wall) {
            on.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const INDEXES: &[&str] = &[
    // A name is one report of a person.
    "CREATE UNIQUE INDEX audit_reports_name ON audit_reports (made_by, name)",
    "CREATE INDEX audit_reports_patient ON audit_reports (patient_id) WHERE patient_id IS NOT NULL",
];

/// An organisation's by whoever made it, as for all other tables.
const WALL: &[&str] = &[
    "CREATE POLICY of_one_house ON audit_reports
     USING (COALESCE(current_setting('bedside.organisation', true), '*') = '*'
            OR EXISTS (SELECT 1 FROM users o WHERE o.id = audit_reports.made_by))",
    "ALTER TABLE audit_reports ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE audit_reports FORCE ROW LEVEL SECURITY",
];

fn of_user(column: &'static str) -> ForeignKeyCreateStatement {
    let mut refers = ForeignKey::create();
    refers
        .name(format!("audit_reports_{column}_fkey"))
        .from("audit_reports", column)
        .to("users", "id");
    refers
}
