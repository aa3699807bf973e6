//! Indexes that a booking wrote and nobody read.
//!
//! `participants_appointment` is the beginning of `participants_of`; the two of live appointments are those of all
//! appointments once more, whose rows of one person in a span of time are few; and a time that is held belongs to no
//! appointment yet. The version before runs without them as well.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// `slots_appointment`, and the end of three others.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261129_000016_fewer_indexes"
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
    "DROP INDEX participants_appointment",
    "DROP INDEX appointments_live_clinician",
    "DROP INDEX appointments_live_patient",
    "DROP INDEX slots_appointment",
    "CREATE INDEX slots_appointment ON slots (appointment_id) WHERE appointment_id IS NOT NULL",
];
