//! Identities at OpenID providers, which session came from which, and logouts that providers told of.
//!
//! An identity is its issuer and its subject and nothing else: an address changes hands. Logouts are kept until their token has
//! ended, so that none is told twice.

use sea_orm_migration::schema::{big_integer, big_integer_null, string_len, string_len_null, uuid};
use sea_orm_migration::sea_orm::sea_query::{
    ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement, Index, Table, TableCreateStatement,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// `external_identities`, `session_origins`, `provider_logouts`.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261129_000015_federation"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [external_identities(), session_origins(), provider_logouts()] {
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
    "CREATE UNIQUE INDEX external_identities_subject ON external_identities (issuer, subject)",
    // One identity of a provider for an account: whoever takes another one unlinks the first.
    "CREATE UNIQUE INDEX external_identities_user ON external_identities (user_id, issuer)",
    "CREATE INDEX session_origins_subject ON session_origins (issuer, subject)",
    "CREATE INDEX session_origins_sid ON session_origins (issuer, sid)",
    "CREATE INDEX provider_logouts_end ON provider_logouts (expires_at)",
];

fn external_identities() -> TableCreateStatement {
    Table::create()
        .table("external_identities")
        .col(uuid("id").primary_key())
        .col(uuid("user_id"))
        .col(string_len("issuer", 255))
        .col(string_len("subject", 255))
        .col(big_integer("linked_at"))
        .col(big_integer_null("last_used_at"))
        .foreign_key(&mut refers("external_identities", "user_id", "users"))
        .take()
}

fn session_origins() -> TableCreateStatement {
    let mut session = refers("session_origins", "session_id", "sessions");
    session.on_delete(ForeignKeyAction::Cascade);
    Table::create()
        .table("session_origins")
        .col(uuid("session_id").primary_key())
        .col(string_len("issuer", 255))
        .col(string_len("subject", 255))
        .col(string_len_null("sid", 255))
        .foreign_key(&mut session)
        .take()
}

fn provider_logouts() -> TableCreateStatement {
    Table::create()
        .table("provider_logouts")
        .col(string_len("issuer", 255))
        .col(string_len("jti", 255))
        .col(string_len_null("subject", 255))
        .col(string_len_null("sid", 255))
        .col(big_integer("at"))
        .col(big_integer("expires_at"))
        .primary_key(Index::create().col("issuer").col("jti"))
        .take()
}

fn refers(
    table: &'static str,
    column: &'static str,
    to: &'static str,
) -> ForeignKeyCreateStatement {
    let mut refers = ForeignKey::create();
    refers.name(format!("{table}_{column}_fkey")).from_tbl(table).to_tbl(to);
    refers.from_col(column).to_col("id");
    refers
}
