//! Records of people: their keys, consents, legal holds and erasures.

use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, string, text, text_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::sea_query::{
    Expr, ExprTrait, ForeignKey, ForeignKeyCreateStatement, Table, TableCreateStatement,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// `subject_keys`, `consents`, `legal_holds`, `erasures`.
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
        for table in [subject_keys(), consents(), legal_holds(), erasures()] {
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
    "CREATE INDEX subject_keys_key ON subject_keys (key_id)",
    "CREATE INDEX consents_user ON consents (user_id, at)",
    "CREATE INDEX legal_holds_user ON legal_holds (user_id) WHERE lifted_at IS NULL",
    // One waits at a time, and one that waits is found.
    "CREATE UNIQUE INDEX erasures_waiting ON erasures (user_id) WHERE done_at IS NULL",
];

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
        .foreign_key(&mut of_user("subject_keys"))
        .take()
}

fn consents() -> TableCreateStatement {
    Table::create()
        .table("consents")
        .col(uuid("id").primary_key())
        .col(uuid("user_id"))
        .col(string("kind"))
        .col(string("jurisdiction"))
        .col(string("version"))
        .col(boolean("is_given"))
        .col(big_integer("at"))
        .foreign_key(&mut of_user("consents"))
        .take()
}

fn legal_holds() -> TableCreateStatement {
    Table::create()
        .table("legal_holds")
        .col(uuid("id").primary_key())
        .col(uuid("user_id"))
        .col(text("reason"))
        .col(uuid("set_by"))
        .col(big_integer("set_at"))
        .col(uuid_null("lifted_by"))
        .col(big_integer_null("lifted_at"))
        .col(text_null("lifted_because"))
        .foreign_key(&mut of_user("legal_holds"))
        .take()
}

/// One that is done has its certificate.
fn erasures() -> TableCreateStatement {
    let is_done = || Expr::col("done_at").is_not_null();
    Table::create()
        .table("erasures")
        .col(uuid("id").primary_key())
        .col(uuid("user_id"))
        .col(big_integer("asked_at"))
        .col(uuid_null("done_by"))
        .col(big_integer_null("done_at"))
        .col(text_null("certificate"))
        .col(text_null("signature"))
        .col(text_null("public_key"))
        .check(is_done().eq(Expr::col("certificate").is_not_null()))
        .check(is_done().eq(Expr::col("signature").is_not_null()))
        .foreign_key(&mut of_user("erasures"))
        .take()
}

fn of_user(table: &'static str) -> ForeignKeyCreateStatement {
    let mut refers = ForeignKey::create();
    refers.name(format!("{table}_user_id_fkey")).from(table, "user_id").to("users", "id");
    refers
}
