//! Whether the schema is what its list of migrations says, asked before anything is changed.
//!
//! Invariants: it only reads; a database whose list and tables disagree is left as it is, and whoever starts the hub is told which migration it
//! is. Each migration is one transaction on both databases, with its line in the list, so one that was interrupted leaves nothing: what is found
//! here was done by hand, or is a backup that was put back by half. Does not: mend anything.

use migration::{MADE, Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, TransactionTrait};
use std::collections::BTreeSet;

/// The list.
const LIST: &str = "SELECT version AS it FROM seaql_migrations";
/// Tables, and columns behind their tables.
const SQLITE: &str = "SELECT m.name || '.' || c.name AS it
    FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'";
const POSTGRES: &str = "SELECT c.relname || '.' || a.attname AS it
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
    AND a.attnum > 0 AND NOT a.attisdropped";
/// Where it stands.
const LIST_TABLE: &str = "seaql_migrations";

/// What is not as it should be. Names no value of a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Half {
    /// Something of it is there, and the list does not know it.
    #[error(
        "migration {migration} was done by half: {made} is there, and the migration is not in the list of those that were done. \
         Nothing was changed. Put the last backup back (runbook, \"A migration was done by half\")"
    )]
    NotListed {
        /// Which.
        migration: String,
        /// What is there.
        made: &'static str,
    },
    /// The list knows it, and something of it is missing.
    #[error(
        "migration {migration} is in the list of those that were done, and {made} is missing. \
         Nothing was changed. Put the last backup back (runbook, \"A migration was done by half\")"
    )]
    Missing {
        /// Which.
        migration: String,
        /// What is missing.
        made: &'static str,
    },
    /// The list has one that this program does not know.
    #[error(
        "migration {migration} was done by a newer program, and this one does not know it. \
         Nothing was changed. Start the newer program, or put the backup of before it back (runbook, \"A migration was done by half\")"
    )]
    Unknown {
        /// Which.
        migration: String,
    },
}

/// Looks, all of one moment.
///
/// # Errors
/// The database's; inside, what is wrong.
pub(super) async fn look(connection: &DatabaseConnection) -> Result<Result<(), Half>, DbErr> {
    let backend = connection.get_database_backend();
    let at = connection.begin().await?;
    let there = all(&at, if backend == DbBackend::Postgres { POSTGRES } else { SQLITE }).await?;
    let there = with_tables(there);
    let listed = match there.contains(LIST_TABLE) {
        true => all(&at, LIST).await?,
        false => BTreeSet::new(),
    };
    at.rollback().await?;
    Ok(judge(&listed, &there))
}

async fn all<C: ConnectionTrait>(on: &C, query: &str) -> Result<BTreeSet<String>, DbErr> {
    let rows = on.query_all_raw(Statement::from_string(on.get_database_backend(), query)).await?;
    rows.iter().map(|it| it.try_get::<String>("", "it")).collect()
}

/// Columns, and the tables that have them.
fn with_tables(columns: BTreeSet<String>) -> BTreeSet<String> {
    let tables = columns.iter().filter_map(|it| it.split_once('.')).map(|it| it.0.to_owned());
    let tables: Vec<_> = tables.collect();
    columns.into_iter().chain(tables).collect()
}

fn judge(listed: &BTreeSet<String>, there: &BTreeSet<String>) -> Result<(), Half> {
    let known: BTreeSet<String> =
        Migrator::migrations().iter().map(|it| it.name().to_owned()).collect();
    if let Some(unknown) = listed.difference(&known).next() {
        return Err(Half::Unknown { migration: unknown.clone() });
    }
    for (migration, made) in MADE {
        let migration = (*migration).to_owned();
        let is_there = |it: &&&str| there.contains(**it);
        if listed.contains(&migration) {
            if let Some(made) = made.iter().find(|it| !is_there(it)) {
                return Err(Half::Missing { migration, made });
            }
        } else if let Some(made) = made.iter().find(is_there) {
            return Err(Half::NotListed { migration, made });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(all: &[&str]) -> BTreeSet<String> {
        all.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn list_and_tables_are_held_against_each_other() {
        let (first, made) = MADE[0];
        let none = set(&[]);
        assert_eq!(judge(&none, &none), Ok(()), "nothing was ever made");
        assert_eq!(judge(&set(&[first]), &set(made)), Ok(()));
        let of = |told: Result<(), Half>| told.expect_err("it is wrong").to_string();
        let told = of(judge(&none, &set(&made[..1])));
        assert!(told.contains(first) && told.contains("done by half"), "{told}");
        let told = of(judge(&set(&[first]), &set(&made[1..])));
        assert!(told.contains(made[0]) && told.contains("is missing"), "{told}");
        let told = of(judge(&set(&[first, "m20990101_000099_later"]), &set(made)));
        assert!(told.contains("m20990101_000099_later"), "{told}");
    }

    #[test]
    fn every_migration_says_what_it_makes() {
        let names: Vec<_> = Migrator::migrations().iter().map(|it| it.name().to_owned()).collect();
        let rows: Vec<_> = MADE.iter().map(|it| it.0.to_owned()).collect();
        assert_eq!(rows, names, "each has one row in migration/src/made.rs, in order");
    }
}
