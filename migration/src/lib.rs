//! Schema migrations, for SQLite and PostgreSQL alike.
//!
//! Owns: what the tables look like. `entity` mirrors it, and a test holds the two together.
//!
//! # How to change the schema
//!
//! A new version of the program starts while the one before still runs, so no migration may take away what the version
//! before needs. A change that would is two releases:
//!
//! 1. **Expand.** Add the table, the column (nullable or with a default) or the index. Both versions run on it. Fill it
//!    in batches, outside the migration, when there is much to fill.
//! 2. **Contract**, a release later, when nobody reads or writes the old shape any more: drop it, or make it NOT NULL.
//!
//! A column is never renamed and never given another meaning: add a new one, write both, read the new one, drop the old
//! one. On PostgreSQL an index on a table that has grown is made with `CONCURRENTLY`, in a migration of its own without
//! a transaction, and one that locks a table that is in use waits a moment only (`lock_timeout`): it is begun again. On SQLite `ALTER TABLE` can add and drop columns; a changed constraint needs the copy of the table.
//!
//! Each migration is one transaction on both databases, but for those that cannot be, which can be done again; and there is no way down: attendance and audit are append-only,
//! and a `down` would be the one command that deletes them. Back is forward, by another migration, or a backup.
//!
//! What it makes has a row in [`MADE`], by which a start finds a schema that was brought up by half.
//!
//! A migration that has been released is not edited. Its name is `m<yyyymmdd>_<number>_<what>`.

mod made;

pub use made::MADE;
use sea_orm_migration::MigrationTrait;
pub use sea_orm_migration::{MigratorTrait, SchemaManager};

mod m20261122_000001_visits;
mod m20261122_000002_housekeeping;
mod m20261122_000003_schedule;
mod m20261128_000004_offers;
mod m20261128_000005_payments;
mod m20261128_000006_conversations;
mod m20261129_000007_files;
mod m20261129_000008_audit;
mod m20261129_000009_identity;
mod m20261129_000010_records;
mod m20261129_000011_identity;
mod m20261129_000012_due_notices;
mod m20261129_000014_policy;
mod m20261129_000015_federation;
mod m20261129_000016_fewer_indexes;
mod m20261129_000017_organisations;
mod m20261129_000018_organisations_found;
mod m20261129_000019_people;
mod m20261129_000020_written_for_nobody;
mod m20261129_000021_message_search;
mod m20261129_000022_changed_lines;
mod m20261129_000023_residency;
mod m20261130_000026_erasure_scope;
mod m20261130_000027_audit_reports;
mod m20261130_000028_password_links;

/// All migrations, in order.
#[derive(Debug, Clone, Copy)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_visits::Migration),
            Box::new(m20261122_000002_housekeeping::Migration),
            Box::new(m20261122_000003_schedule::Migration),
            Box::new(m20261128_000004_offers::Migration),
            Box::new(m20261128_000005_payments::Migration),
            Box::new(m20261128_000006_conversations::Migration),
            Box::new(m20261129_000007_files::Migration),
            Box::new(m20261129_000008_audit::Migration),
            Box::new(m20261129_000009_identity::Migration),
            Box::new(m20261129_000010_records::Migration),
            Box::new(m20261129_000011_identity::Migration),
            Box::new(m20261129_000012_due_notices::Migration),
            Box::new(m20261129_000014_policy::Migration),
            Box::new(m20261129_000015_federation::Migration),
            Box::new(m20261129_000016_fewer_indexes::Migration),
            Box::new(m20261129_000017_organisations::Migration),
            Box::new(m20261129_000018_organisations_found::Migration),
            Box::new(m20261129_000019_people::Migration),
            Box::new(m20261129_000020_written_for_nobody::Migration),
            Box::new(m20261129_000021_message_search::Migration),
            Box::new(m20261129_000022_changed_lines::Migration),
            Box::new(m20261129_000023_residency::Migration),
            Box::new(m20261130_000026_erasure_scope::Migration),
            Box::new(m20261130_000027_audit_reports::Migration),
            Box::new(m20261130_000028_password_links::Migration),
        ]
    }
}
