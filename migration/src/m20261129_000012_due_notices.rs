//! The indexes of `notices`, one for each question that is asked.
//!
//! Of a hundred thousand notices a few are due on a channel: the index of all that wait, by time alone, gave a look at one
//! channel the rows of all of them to sort. A notice stands in one of these at a time, and most of its life in none. The
//! version before runs on them as well, only slower.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// `notices_pending`, `notices_dead`, `notices_inbox`.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261129_000012_due_notices"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in STATEMENTS {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const STATEMENTS: &[&str] = &[
    "CREATE INDEX notices_pending ON notices (channel, next_try_at, id) WHERE state = 'pending'",
    "CREATE INDEX notices_dead ON notices (settled_at, id) WHERE state = 'dead'",
    "CREATE INDEX notices_inbox ON notices (person_id, settled_at, id)
     WHERE channel = 'inbox' AND state = 'sent'",
    "DROP INDEX notices_state_next",
    "DROP INDEX notices_person",
    // Nobody asks for the notices of an appointment, and appointments are never deleted.
    "DROP INDEX notices_appointment",
];
