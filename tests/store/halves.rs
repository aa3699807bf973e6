//! A migration that was interrupted leaves nothing, and a schema that was brought up by half is named and left as it is.

use crate::support::Clinic;
use bedside::store::sql::{OpenError, SqlStore};
use migration::{MADE, Migrator, MigratorTrait, SchemaManager};
use sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement, TransactionTrait,
};
use std::collections::BTreeSet;

const EMPTY: &str =
    "DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner";
const SQLITE: &str =
    "SELECT type || ' ' || name || ' ' || coalesce(sql, '') AS it FROM sqlite_master";
/// Columns with their types, indexes, conditions, triggers and guards of rows: what a migration can make.
const POSTGRES: &str = "
    SELECT c.relkind::text || ' ' || c.relname || '.' || a.attname || ' '
        || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull AS it
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL SELECT 'constraint ' || conname || ' ' || convalidated FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'function ' || proname FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'policy ' || policyname || ' ' || tablename FROM pg_policies";

/// A database in which nothing is.
async fn nothing(clinic: &Clinic) -> (DatabaseConnection, String) {
    let url = clinic.url.clone().expect("a database");
    let shell = clinic.shell().await;
    if shell.get_database_backend() == DbBackend::Postgres {
        shell.execute_unprepared(EMPTY).await.expect("emptied");
        return (Database::connect(&url).await.expect("it opens"), url);
    }
    let url = format!("{url}.new");
    (Database::connect(format!("{url}?mode=rwc")).await.expect("it opens"), url)
}

async fn texts(on: &impl ConnectionTrait, query: &str) -> BTreeSet<String> {
    let rows = on.query_all_raw(Statement::from_string(on.get_database_backend(), query)).await;
    rows.expect("rows").iter().map(|it| it.try_get("", "it").expect("a text")).collect()
}

/// Everything that is in the schema.
async fn schema(on: &impl ConnectionTrait) -> BTreeSet<String> {
    let is_postgres = on.get_database_backend() == DbBackend::Postgres;
    texts(on, if is_postgres { POSTGRES } else { SQLITE }).await
}

/// The list of what was done.
async fn list(on: &impl ConnectionTrait) -> BTreeSet<String> {
    texts(on, "SELECT version AS it FROM seaql_migrations").await
}

/// Tables, and columns behind their tables.
async fn columns(on: &impl ConnectionTrait) -> BTreeSet<(String, String)> {
    let query = match on.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT c.relname || '.' || a.attname AS it
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
             AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped"
        }
        _ => {
            "SELECT m.name || '.' || c.name AS it FROM sqlite_master m
             JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
        }
    };
    let all = texts(on, query).await;
    let split = |it: &String| it.split_once('.').map(|(a, b)| (a.to_owned(), b.to_owned()));
    // The list itself, and what SQLite makes for itself.
    let is_other = |it: &str| it == "seaql_migrations" || it.starts_with("sqlite_");
    all.iter().filter_map(split).filter(|it| !is_other(&it.0)).collect()
}

pub(crate) async fn each_migration_makes_what_the_table_says(clinic: Clinic) {
    let (database, _) = nothing(&clinic).await;
    let mut before = columns(&database).await;
    for (migration, made) in MADE {
        Migrator::up(&database, Some(1)).await.expect("one more");
        let after = columns(&database).await;
        let tables: BTreeSet<_> = before.iter().map(|it| it.0.clone()).collect();
        let found: BTreeSet<String> = after
            .difference(&before)
            .map(|(table, column)| match tables.contains(table) {
                true => format!("{table}.{column}"),
                false => table.clone(),
            })
            .collect();
        let said: BTreeSet<String> = made.iter().map(|it| (*it).to_owned()).collect();
        assert_eq!(said, found, "{migration}");
        let gone: Vec<_> = before.difference(&after).collect();
        assert!(
            gone.is_empty(),
            "{migration} takes away {gone:?}: its makers' rows must not say it"
        );
        before = after;
    }
    database.close().await.unwrap();
}

pub(crate) async fn a_migration_that_is_interrupted_leaves_nothing(clinic: Clinic) {
    let (database, _) = nothing(&clinic).await;
    for migration in Migrator::migrations() {
        let name = migration.name().to_owned();
        if migration.use_transaction() == Some(true) {
            let before = schema(&database).await;
            let at = database.begin().await.unwrap();
            migration.up(&SchemaManager::new(&at)).await.expect("nearly done");
            assert_ne!(schema(&at).await, before, "{name}");
            // The connection is lost, and the transaction with it.
            drop(at);
            assert_eq!(schema(&database).await, before, "{name} left something");
        }
        Migrator::up(&database, Some(1)).await.unwrap_or_else(|it| panic!("{name}: {it}"));
        assert!(list(&database).await.contains(&name));
    }
    // What cannot be in a transaction makes indexes only, and is done again.
    let apart = Migrator::migrations().into_iter().filter(|it| it.use_transaction() != Some(true));
    for migration in apart {
        let made = MADE.iter().find(|it| it.0 == migration.name()).expect("a row");
        assert!(made.1.is_empty(), "{} would be there by half", migration.name());
        migration.up(&SchemaManager::new(&database)).await.expect("it is done again");
    }
    database.close().await.unwrap();
}

pub(crate) async fn a_schema_that_was_brought_up_by_half_is_named_and_left_as_it_is(
    clinic: Clinic,
) {
    let (database, url) = nothing(&clinic).await;
    Migrator::up(&database, Some(20)).await.unwrap();
    let store = SqlStore::open(&url).await.expect("it opens");
    let last = "m20261129_000023_residency";
    for (breaks, mends, named, said) in [
        (
            "ALTER TABLE users ADD COLUMN home_region TEXT",
            "ALTER TABLE users DROP COLUMN home_region",
            last,
            "users.home_region is there",
        ),
        (
            "DELETE FROM seaql_migrations WHERE version = 'm20261129_000010_records'",
            "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20261129_000010_records', 1)",
            "m20261129_000010_records",
            "is there",
        ),
        (
            "ALTER TABLE tasks RENAME TO elsewhere",
            "ALTER TABLE elsewhere RENAME TO tasks",
            "m20261122_000003_schedule",
            "tasks is missing",
        ),
        (
            "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20990101_000099_later', 1)",
            "DELETE FROM seaql_migrations WHERE version = 'm20990101_000099_later'",
            "m20990101_000099_later",
            "by a newer program",
        ),
    ] {
        database.execute_unprepared(breaks).await.unwrap();
        let before = (schema(&database).await, list(&database).await);
        let told = store.migrate().await.expect_err(breaks);
        assert!(matches!(told, OpenError::Half(_)), "{told}");
        let told = told.to_string();
        assert!(told.contains(named) && told.contains(said), "{told}");
        assert!(told.contains("Nothing was changed") && !told.contains('\n'), "{told}");
        assert_eq!((schema(&database).await, list(&database).await), before, "{breaks}");
        database.execute_unprepared(mends).await.unwrap();
    }
    store.migrate().await.expect("it goes on from where it was");
    assert_eq!(list(&database).await.len(), MADE.len());
    database.close().await.unwrap();
    store.close().await;
}
