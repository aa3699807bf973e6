//! Whether somebody can sign in, and how often administrators changed their account.

use sea_orm_migration::schema::{big_integer, big_integer_null, text_null, uuid_null};
use sea_orm_migration::sea_orm::sea_query::Table;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// Columns of `users`. A program of before writes rows without them, and reads none.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261129_000019_people"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_connection();
        if on.get_database_backend() == DatabaseBackend::Postgres {
            on.execute_unprepared(WAIT).await?;
        }
        for column in [
            big_integer("revision").default(1).take(),
            big_integer_null("suspended_at"),
            uuid_null("suspended_by"),
            text_null("suspended_because"),
            big_integer_null("erased_at"),
        ] {
            let users = Table::alter().table("users").add_column(column).take();
            manager.alter_table(users).await?;
        }
        on.execute_unprepared(ERASED).await.map(drop)
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Calls wait behind who waits for the lock of a table, and have two seconds.
const WAIT: &str = "SET LOCAL lock_timeout = '500ms'";

/// When those were erased who were. There are few.
const ERASED: &str = "UPDATE users SET erased_at =
    (SELECT MAX(e.done_at) FROM erasures e WHERE e.user_id = users.id)
    WHERE id IN (SELECT e.user_id FROM erasures e WHERE e.done_at IS NOT NULL)";
