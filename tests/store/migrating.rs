//! The schema changes while a hub of before serves.

use crate::support::Clinic;
use bedside::store::DEADLINE;
use bedside::store::sql::SqlStore;
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Database, DbBackend, Statement, TransactionTrait};
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// Migrations before the one that locks nearly every table.
const BEFORE_ORGANISATIONS: u32 = 15;
/// How long a table is in use.
const IN_USE: Duration = Duration::from_secs(4);

pub(crate) async fn a_table_in_use_is_come_back_to_and_keeps_nobody_waiting(clinic: Clinic) {
    let shell = clinic.shell().await;
    let backend = shell.get_database_backend();
    if backend != DbBackend::Postgres {
        return; // A file belongs to one node.
    }
    let empty = "DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner";
    shell.execute_unprepared(empty).await.unwrap();
    let url = clinic.url.clone().unwrap();
    let serving = Database::connect(&url).await.unwrap();
    Migrator::up(&serving, Some(BEFORE_ORGANISATIONS)).await.unwrap();

    // Such as a dump, which reads for as long as it takes.
    let dump = serving.begin().await.unwrap();
    dump.execute_unprepared("SELECT count(*) FROM appointments").await.unwrap();
    let store = SqlStore::open(&url).await.unwrap();
    let migrating = tokio::spawn(async move { store.migrate().await });
    let began = Instant::now();
    while began.elapsed() < IN_USE {
        for table in ["users", "appointments", "tasks"] {
            let read = format!("SELECT count(*) FROM {table}");
            let answered = timeout(DEADLINE, serving.execute_unprepared(&read)).await;
            answered.expect("no call waits for longer than it has").unwrap();
        }
        sleep(Duration::from_millis(20)).await;
    }
    assert!(!migrating.is_finished(), "it waits for what is in use");
    dump.commit().await.unwrap();
    migrating.await.unwrap().expect("it was come back to");

    let ask = "SELECT count(*) FILTER (WHERE i.indisvalid) AS good, count(*) AS made
               FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
               WHERE c.relname LIKE '%\\_organisation'";
    let row = serving.query_one_raw(Statement::from_string(backend, ask)).await.unwrap().unwrap();
    let count = |name: &str| row.try_get::<i64>("", name).unwrap();
    assert_eq!((count("good"), count("made")), (4, 4));
    serving.close().await.unwrap();
}
