//! Second factors, what a sign-in is beside its tokens, and tries that were in vain.

use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, binary_null, boolean, string, text, text_null, uuid,
};
use sea_orm_migration::sea_orm::sea_query::{
    Expr, ExprTrait, ForeignKey, ForeignKeyCreateStatement, Index, Table, TableCreateStatement,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// `factors`, `recovery_codes`, `spent_challenges`, `failed_tries`; columns of `sessions` and `users`.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261129_000009_identity"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            text_null("client"),
            big_integer_null("last_used_at"),
            big_integer_null("proved_at"),
            boolean("is_limited").default(false).take(),
        ] {
            let sessions = Table::alter().table("sessions").add_column(column).take();
            manager.alter_table(sessions).await?;
        }
        let short = boolean("password_is_short").default(false).take();
        manager.alter_table(Table::alter().table("users").add_column(short).take()).await?;
        for table in [factors(), recovery_codes(), spent_challenges(), failed_tries()] {
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
    "CREATE INDEX factors_user ON factors (user_id)",
    "CREATE UNIQUE INDEX factors_credential ON factors (credential_id)",
    "CREATE INDEX spent_challenges_end ON spent_challenges (expires_at)",
    "CREATE INDEX failed_tries_at ON failed_tries (last_at)",
    "CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL",
];

fn factors() -> TableCreateStatement {
    let is_passkey = || Expr::col("kind").eq("passkey");
    let has_credential = || Expr::col("credential_id").is_not_null();
    Table::create()
        .table("factors")
        .col(uuid("id").primary_key())
        .col(uuid("user_id"))
        .col(string("kind"))
        .col(string("name"))
        .col(text("secret"))
        .col(binary_null("credential_id"))
        .col(big_integer("counter"))
        .col(big_integer("created_at"))
        .col(big_integer_null("confirmed_at"))
        .col(big_integer_null("last_used_at"))
        .check(Expr::col("kind").is_in(["totp", "passkey"]))
        .check(
            is_passkey().and(has_credential()).or(is_passkey().not().and(has_credential().not())),
        )
        .check(Expr::col("counter").gte(0))
        .foreign_key(&mut of_user("factors"))
        .take()
}

fn recovery_codes() -> TableCreateStatement {
    Table::create()
        .table("recovery_codes")
        .col(uuid("user_id"))
        .col(binary("hash"))
        .primary_key(Index::create().col("user_id").col("hash"))
        .foreign_key(&mut of_user("recovery_codes"))
        .take()
}

fn spent_challenges() -> TableCreateStatement {
    Table::create()
        .table("spent_challenges")
        .col(uuid("id").primary_key())
        .col(big_integer("expires_at"))
        .take()
}

fn failed_tries() -> TableCreateStatement {
    Table::create()
        .table("failed_tries")
        .col(string("key").primary_key())
        .col(big_integer("count"))
        .col(big_integer("last_at"))
        .check(Expr::col("count").gte(0))
        .take()
}

fn of_user(table: &'static str) -> ForeignKeyCreateStatement {
    let mut refers = ForeignKey::create();
    refers.name(format!("{table}_user_id_fkey")).from_tbl(table).to_tbl("users");
    refers.from_col("user_id").to_col("id");
    refers
}
