//! Organisations: clinics of their own on one deployment, and what belongs to which.
//!
//! Expand: every deployment gets its first organisation, and whoever was there before is in it. The columns have it as their
//! default, so that the version before, which does not name them, goes on: what it writes is the first organisation's, which is
//! the only one that there is while it runs. A release later the default goes. On PostgreSQL the column of a large table is added
//! without writing its rows.
//!
//! There it locks nearly every table, each for a moment, and keeps them until its end: it reads no table, and does not wait for a
//! lock while calls wait for it. Whoever finds a table in use gives all of them back, and begins again (`store::sql` does). What has to
//! read a table is the next migration's: indexes, and whether every row refers to an organisation that there is.

mod wall;

use sea_orm_migration::schema::{big_integer, string, text, uuid};
use sea_orm_migration::sea_orm::sea_query::{Table, TableCreateStatement};
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// `organisations`, and `organisation_id` of what belongs to one.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261129_000017_organisations"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_connection();
        let is_postgres = on.get_database_backend() == DatabaseBackend::Postgres;
        if is_postgres {
            on.execute_unprepared(&format!("SET LOCAL lock_timeout = '{LOCKS_WITHIN}'")).await?;
        }
        manager.create_table(organisations()).await?;
        let (kind, first) = match is_postgres {
            true => ("uuid", "'00000000-0000-8000-8000-000000000001'"),
            false => ("uuid_text", "X'00000000000080008000000000000001'"),
        };
        on.execute_unprepared(&format!(
            "INSERT INTO organisations (id, name, slug, timezone, created_at)
             VALUES ({first}, 'The first clinic', 'first', 'UTC', 0)"
        ))
        .await?;
        for (table, must) in COLUMNS {
            let must = if must { "NOT NULL " } else { "" };
            on.execute_unprepared(&format!(
                "ALTER TABLE {table} ADD COLUMN organisation_id {kind} {must}DEFAULT {first}"
            ))
            .await?;
        }
        let guards = if is_postgres { POSTGRES } else { SQLITE };
        for statement in guards {
            on.execute_unprepared(statement).await?;
        }
        if is_postgres {
            for statement in wall::statements() {
                on.execute_unprepared(&statement).await?;
            }
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// How long one lock is waited for on PostgreSQL: calls wait behind it, which have two seconds, and it is less than after which
/// PostgreSQL looks whether two wait for each other.
const LOCKS_WITHIN: &str = "500ms";

/// What belongs to an organisation by a column of its own, and whether every row does. Everything else belongs to the one of its
/// person, its appointment or its conversation.
const COLUMNS: [(&str, bool); 5] = [
    ("users", true),
    ("services", true),
    ("appointments", true),
    // Of closures; a practitioner's are of their account.
    ("availability_exceptions", false),
    // Of the caller; who is nobody is of none.
    ("audit_logs", false),
];

fn organisations() -> TableCreateStatement {
    Table::create()
        .table("organisations")
        .col(uuid("id").primary_key())
        .col(text("name"))
        .col(string("slug").unique_key())
        .col(string("timezone"))
        .col(big_integer("created_at"))
        .take()
}

/// Nobody and nothing moves to another organisation: what is remembered of whose something is stays true.
const SQLITE: &[&str] = &[
    "CREATE TRIGGER users_stay BEFORE UPDATE OF organisation_id ON users
     WHEN NEW.organisation_id <> OLD.organisation_id
     BEGIN SELECT RAISE(ABORT, 'stays_in_its_organisation'); END",
    "CREATE TRIGGER services_stay BEFORE UPDATE OF organisation_id ON services
     WHEN NEW.organisation_id <> OLD.organisation_id
     BEGIN SELECT RAISE(ABORT, 'stays_in_its_organisation'); END",
    "CREATE TRIGGER appointments_stay BEFORE UPDATE OF organisation_id ON appointments
     WHEN NEW.organisation_id <> OLD.organisation_id
     BEGIN SELECT RAISE(ABORT, 'stays_in_its_organisation'); END",
];

/// See [`SQLITE`]. Columns that refer to an organisation cannot be added with their reference there. Rows of before are looked at by
/// the next migration; those of from now on are at once.
const POSTGRES: &[&str] = &[
    "ALTER TABLE users ADD CONSTRAINT users_organisation_id_fkey
     FOREIGN KEY (organisation_id) REFERENCES organisations (id) NOT VALID",
    "ALTER TABLE services ADD CONSTRAINT services_organisation_id_fkey
     FOREIGN KEY (organisation_id) REFERENCES organisations (id) NOT VALID",
    "CREATE FUNCTION bedside_stays() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       RAISE EXCEPTION 'stays_in_its_organisation' USING ERRCODE = 'restrict_violation';
     END $$",
    "CREATE TRIGGER users_stay BEFORE UPDATE OF organisation_id ON users
     FOR EACH ROW WHEN (NEW.organisation_id IS DISTINCT FROM OLD.organisation_id)
     EXECUTE FUNCTION bedside_stays()",
    "CREATE TRIGGER services_stay BEFORE UPDATE OF organisation_id ON services
     FOR EACH ROW WHEN (NEW.organisation_id IS DISTINCT FROM OLD.organisation_id)
     EXECUTE FUNCTION bedside_stays()",
    "CREATE TRIGGER appointments_stay BEFORE UPDATE OF organisation_id ON appointments
     FOR EACH ROW WHEN (NEW.organisation_id IS DISTINCT FROM OLD.organisation_id)
     EXECUTE FUNCTION bedside_stays()",
];
