//! What appointments have from now on, and what those that are there already are given.
//!
//! The version of the program before knows none of these columns: it goes on writing appointments without them, and the
//! triggers in `guards` make and take away their claims.

use sea_orm_migration::SchemaManager;
use sea_orm_migration::schema::{big_integer, string_null, text_null, uuid_null};
use sea_orm_migration::sea_orm::sea_query::{ColumnDef, Table};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr};

pub(super) async fn add_columns(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for column in columns() {
        // One at a time, as SQLite wants it.
        let alter = Table::alter().table("appointments").add_column(column).take();
        manager.alter_table(alter).await?;
    }
    // The builder adds no column that refers to another table. The types are those that it gives to a UUID.
    let uuid = match manager.get_database_backend() {
        DbBackend::Sqlite => "uuid_text",
        _ => "uuid",
    };
    for (column, target) in [("service_id", "services"), ("interpreter_id", "users")] {
        let alter = format!(
            "ALTER TABLE appointments ADD COLUMN {column} {uuid} NULL REFERENCES {target} (id)"
        );
        manager.get_connection().execute_unprepared(&alter).await?;
    }
    Ok(())
}

fn columns() -> Vec<ColumnDef> {
    vec![
        big_integer("version").default(1).take(),
        uuid_null("series_id"),
        text_null("reason"),
        string_null("jurisdiction"),
        text_null("licence_override"),
        string_null("local_start"),
        string_null("tzdb_version"),
    ]
}

/// SC-1 stands on `slots` now: groups share a time, and buffers, interpreters and holds count.
pub(super) const OLD_GUARDS_SQLITE: &[&str] = &[
    "DROP TRIGGER appointments_overlap_insert",
    "DROP TRIGGER appointments_overlap_update",
    "DROP INDEX appointments_live",
];

/// See [`OLD_GUARDS_SQLITE`].
pub(super) const OLD_GUARDS_POSTGRES: &[&str] = &[
    "ALTER TABLE appointments DROP CONSTRAINT appointments_overlap",
    "DROP INDEX appointments_live",
];

/// Each booked appointment claims its time, and each has the one line of history that is known.
pub(super) const EXISTING: &[&str] = &[
    "INSERT INTO slots (id, practitioner_id, starts_at, ends_at, busy_from, busy_until, group_id, seat,
                        appointment_id, state)
     SELECT id, clinician_id, starts_at, ends_at, starts_at, ends_at, id, 0, id, 'busy'
     FROM appointments WHERE status = 'booked'",
    "INSERT INTO appointment_history (appointment_id, version, event, at, by_id, clinician_id, starts_at, ends_at)
     SELECT id, 1, 'booked', created_at, NULL, clinician_id, starts_at, ends_at FROM appointments",
];
