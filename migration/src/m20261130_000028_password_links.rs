//! Links that set a password, and accounts that wait for one.
//!
//! Expand: a table of its own, and two columns of `users` that a program of before does not write. Such a program takes whoever was
//! invited for somebody whose password is wrong, and a first password for one like any other.

use sea_orm_migration::schema::{big_integer, big_integer_null, binary, string, uuid, uuid_null};
use sea_orm_migration::sea_orm::sea_query::{
    Expr, ExprTrait, ForeignKey, Table, TableCreateStatement,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// `password_links`; columns of `users`.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000028_password_links"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_connection();
        let is_postgres = on.get_database_backend() == DatabaseBackend::Postgres;
        if is_postgres {
            on.execute_unprepared(WAIT).await?;
        }
        for column in ["invited_at", "password_until"] {
            let users = Table::alter().table("users").add_column(big_integer_null(column)).take();
            manager.alter_table(users).await?;
        }
        manager.create_table(password_links()).await?;
        for index in INDEXES {
            on.execute_unprepared(index).await?;
        }
        if is_postgres {
            for statement in WALL {
                on.execute_unprepared(statement).await?;
            }
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Calls wait behind who waits for the lock of a table, and have two seconds.
const WAIT: &str = "SET LOCAL lock_timeout = '500ms'";

/// An account has one link that is good at a time, whoever makes another at the same moment.
const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX password_links_token ON password_links (token_hash)",
    "CREATE INDEX password_links_user ON password_links (user_id)",
    "CREATE INDEX password_links_end ON password_links (expires_at)",
    "CREATE INDEX password_links_asked ON password_links (created_at)
     WHERE opened_at IS NULL AND ended_at IS NULL",
    "CREATE UNIQUE INDEX password_links_open ON password_links (user_id)
     WHERE opened_at IS NOT NULL AND ended_at IS NULL",
];

/// Behind the wall, as sessions are (see the migration of organisations). What nobody's address was asked for is the hub's alone.
const WALL: &[&str] = &[
    "CREATE POLICY of_one_house ON password_links
     USING (COALESCE(current_setting('bedside.organisation', true), '*') = '*'
            OR EXISTS (SELECT 1 FROM users o WHERE o.id = password_links.user_id))",
    "ALTER TABLE password_links ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE password_links FORCE ROW LEVEL SECURITY",
];

fn password_links() -> TableCreateStatement {
    let mut of_user = ForeignKey::create();
    of_user.name("password_links_user_id_fkey").from_tbl("password_links").to_tbl("users");
    of_user.from_col("user_id").to_col("id");
    Table::create()
        .table("password_links")
        .col(uuid("id").primary_key())
        .col(uuid_null("user_id"))
        .col(string("kind"))
        .col(binary("token_hash"))
        .col(big_integer("created_at"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("opened_at"))
        .col(big_integer_null("ended_at"))
        .check(Expr::col("kind").is_in(["reset", "invitation"]))
        .check(Expr::col("opened_at").is_null().or(Expr::col("user_id").is_not_null()))
        .foreign_key(&mut of_user)
        .take()
}
