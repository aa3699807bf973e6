//! Records of people: their keys.

use sea_orm_migration::schema::{big_integer, big_integer_null, string, text_null, uuid};
use sea_orm_migration::sea_orm::sea_query::{
    Expr, ExprTrait, ForeignKey, Table, TableCreateStatement,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// `subject_keys`.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261129_000010_records"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(subject_keys()).await?;
        for index in INDEXES {
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const INDEXES: &[&str] = &["CREATE INDEX subject_keys_key ON subject_keys (key_id)"];

/// A key is there or was destroyed, and one that was destroyed stays so.
fn subject_keys() -> TableCreateStatement {
    let is_gone = || Expr::col("sealed_key").is_null();
    Table::create()
        .table("subject_keys")
        .col(uuid("user_id").primary_key())
        .col(string("key_id"))
        .col(text_null("sealed_key"))
        .col(big_integer("sealed_revision"))
        .col(big_integer("created_at"))
        .col(big_integer_null("destroyed_at"))
        .check(Expr::col("sealed_revision").gte(0))
        .check(is_gone().eq(Expr::col("destroyed_at").is_not_null()))
        .foreign_key(
            ForeignKey::create()
                .name("subject_keys_user_id_fkey")
                .from("subject_keys", "user_id")
                .to("users", "id"),
        )
        .take()
}
