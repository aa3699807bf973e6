//! Rows of an organisation are found: indexes, and the references of before are looked at.
//!
//! On PostgreSQL nobody waits for it: indexes are made beside whoever writes, outside of a transaction, and what an attempt that ended
//! left of one is taken away first. It waits for transactions that were there before it, such as a dump. SQLite has one writer, and
//! an index there is made while nobody writes.

use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// Indexes by `organisation_id`.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261129_000018_organisations_found"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_connection();
        let is_postgres = on.get_database_backend() == DatabaseBackend::Postgres;
        for (name, of) in INDEXES {
            if is_postgres {
                let left = format!("DROP INDEX CONCURRENTLY IF EXISTS {name}");
                on.execute_unprepared(&left).await?;
                let make = format!("CREATE INDEX CONCURRENTLY {name} ON {of}");
                on.execute_unprepared(&make).await?;
            } else {
                let make = format!("CREATE INDEX IF NOT EXISTS {name} ON {of}");
                on.execute_unprepared(&make).await?;
            }
        }
        if is_postgres {
            for statement in REFERENCES {
                on.execute_unprepared(statement).await?;
            }
        }
        Ok(())
    }

    /// None: an index beside those who write cannot be made in one. Whatever of it was done before is done again.
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }
}

const INDEXES: [(&str, &str); 4] = [
    ("users_organisation", "users (organisation_id, role, display_name)"),
    ("services_organisation", "services (organisation_id, name)"),
    ("appointments_organisation", "appointments (organisation_id, starts_at)"),
    ("audit_logs_organisation", "audit_logs (organisation_id, position)"),
];

const REFERENCES: [&str; 2] = [
    "ALTER TABLE users VALIDATE CONSTRAINT users_organisation_id_fkey",
    "ALTER TABLE services VALIDATE CONSTRAINT services_organisation_id_fkey",
];
