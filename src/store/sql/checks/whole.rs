//! What is looked at table by table: whether SQLite's file is whole, and whether what rows refer to is there.
//!
//! Invariants: on SQLite a table is one statement on a connection of its own, which keeps nobody who writes; while it lasts the log is not
//! begun anew. The database itself ends it after ten minutes ([`WITHIN`]), whoever still waits for it, and the connection is closed within
//! five seconds more ([`AFTER_THAT`]). On PostgreSQL it is some blocks of a table a statement, for each foreign key that the database itself
//! says it has, and the server ends it after the deadline of every call. What did not answer in its time is counted, and gone past.
//! Does not: ask PostgreSQL about its files: that is `data_checksums` and `amcheck`, of whoever runs the server.

use crate::store::checks::{After, Looked};
use crate::store::sql::{SqlStore, errors};
use crate::store::{StoreError, Stored};
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, QueryResult, RuntimeErr, Statement,
};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Foreign keys that are looked at one after the other.
const AT_ONCE: usize = 8;
/// How long a table of a file may take.
const WITHIN: Duration = Duration::from_secs(600);
/// How long is waited for a statement that was ended, and for a connection to close.
const AFTER_THAT: Duration = Duration::from_secs(5);
/// Steps of SQLite after which it is asked whether its time is over.
const STEPS: i32 = 1_000;
/// Blocks of a table of PostgreSQL in one statement: two MiB.
const BLOCKS: usize = 256;
/// Foreign keys are numbered above blocks.
const OF_KEY: usize = 1 << 40;
/// Of one table so many are named.
const NAMED: usize = 100;

const TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";

/// What SQLite says of these tables when they are not good: their names, for what it says may hold a value.
const QUICK_CHECK: &str = "SELECT t.name AS told FROM {some} t
    JOIN pragma_quick_check(t.name) c WHERE c.quick_check <> 'ok'";

const FOREIGN_KEY_CHECK: &str =
    "SELECT t.name || ':' || c.parent || ':' || COALESCE(c.rowid, '') AS told
    FROM {some} t JOIN pragma_foreign_key_check(t.name) c LIMIT 100";

/// Every foreign key of the tables that hold rows, with what has to be the same.
const FOREIGN_KEYS: &str = "SELECT c.conname::text AS name, c.conrelid::regclass::text AS child,
           c.confrelid::regclass::text AS parent,
           string_agg(format('c.%I = p.%I', a.attname, f.attname), ' AND ') AS same,
           string_agg(format('c.%I IS NOT NULL', a.attname), ' AND ') AS named,
           pg_relation_size(c.conrelid) / current_setting('block_size')::bigint AS blocks
    FROM pg_constraint c
    JOIN pg_class r ON r.oid = c.conrelid AND r.relkind = 'r'
    CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS k (ck, fk)
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.ck
    JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = k.fk
    WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace
    GROUP BY c.oid, c.conname, c.conrelid, c.confrelid
    ORDER BY c.conname, child";

/// A foreign key of PostgreSQL: what refers, to what, and what has to be the same.
struct ForeignKey {
    name: String,
    child: String,
    parent: String,
    same: String,
    named: String,
    blocks: usize,
}

impl SqlStore {
    /// Pages, keys, checks of columns; indexes as far as they are pages too.
    pub(super) async fn look_at_file(&self, after: After) -> Stored<Looked> {
        self.of_table(after, QUICK_CHECK, WITHIN).await
    }

    /// Rows of tables that refer to what is not there.
    pub(super) async fn look_at_tables(&self, after: After) -> Stored<Looked> {
        self.of_table(after, FOREIGN_KEY_CHECK, WITHIN).await
    }

    /// One table, in one statement.
    async fn of_table(&self, after: After, sql: &str, within: Duration) -> Stored<Looked> {
        let at = place(after)?;
        let on = self.address.apart().await.map_err(errors::before_commit)?;
        let looked = look_on(&on, at, sql, within).await;
        if !matches!(tokio::time::timeout(AFTER_THAT, on.close()).await, Ok(Ok(()))) {
            tracing::warn!("a connection that looked at a table was not closed in order");
        }
        looked
    }

    /// Some foreign keys, or some blocks of a large table by one of them.
    pub(super) async fn look_at_blocks(&self, after: After) -> Stored<Looked> {
        let at = place(after)?;
        let (first, mut block) = (at / OF_KEY, at % OF_KEY);
        let keys = self.asked(FOREIGN_KEYS.to_owned()).await?;
        let mut looked = Looked::default();
        for (index, row) in keys.iter().enumerate().skip(first).take(AT_ONCE) {
            let key = ForeignKey::of(row)?;
            match self.look_by(&key, block).await {
                Ok(wrong) => looked.wrong.extend(wrong),
                Err(StoreError::Aborted) => looked.missed = looked.missed.saturating_add(1),
                Err(error) => return Err(error),
            }
            looked.asked = looked.asked.saturating_add(1);
            if block.saturating_add(BLOCKS) < key.blocks {
                looked.next = Some(numbered(index * OF_KEY + block + BLOCKS));
                return Ok(looked);
            }
            block = 0;
        }
        let next = first.saturating_add(AT_ONCE);
        looked.next = (next < keys.len()).then(|| numbered(next * OF_KEY));
        Ok(looked)
    }

    async fn look_by(&self, key: &ForeignKey, block: usize) -> Stored<Vec<String>> {
        let ForeignKey { name, child, parent, same, named, .. } = key;
        let until = block.saturating_add(BLOCKS);
        let sql = format!(
            "SELECT COALESCE(to_jsonb(c)->>'id', c.ctid::text) AS id FROM {child} c
             WHERE c.ctid >= '({block},0)'::tid AND c.ctid < '({until},0)'::tid AND {named}
               AND NOT EXISTS (SELECT 1 FROM {parent} p WHERE {same}) LIMIT {NAMED}"
        );
        let found = self.asked(sql).await?;
        let id = |row: &QueryResult| row.try_get::<String>("", "id").map_err(errors::before_commit);
        found.iter().map(|row| Ok(format!("{name}:{}", id(row)?))).collect()
    }
}

impl ForeignKey {
    fn of(row: &QueryResult) -> Stored<Self> {
        let text = |name: &str| row.try_get::<String>("", name).map_err(errors::before_commit);
        let blocks: i64 = row.try_get("", "blocks").map_err(errors::before_commit)?;
        Ok(ForeignKey {
            name: text("name")?,
            child: text("child")?,
            parent: text("parent")?,
            same: text("same")?,
            named: text("named")?,
            blocks: usize::try_from(blocks).unwrap_or(0),
        })
    }
}

async fn look_on(
    on: &DatabaseConnection,
    at: usize,
    sql: &str,
    within: Duration,
) -> Stored<Looked> {
    let there = rows(on, TABLES.to_owned()).await?.len();
    let next = at.saturating_add(1);
    let next = (next < there).then(|| numbered(next));
    let looked = Looked { next, ..Looked::default() };
    if at >= there {
        return Ok(looked);
    }
    ends_after(on, within).await?;
    let begun = Instant::now();
    let some = format!("({TABLES} LIMIT 1 OFFSET {at})");
    let told = rows(on, sql.replace("{some}", &some));
    match tokio::time::timeout(within.saturating_add(AFTER_THAT), told).await {
        Ok(Ok(rows)) => {
            let told = |it: &QueryResult| it.try_get("", "told").map_err(errors::before_commit);
            let wrong = rows.iter().map(told).collect::<Stored<_>>()?;
            Ok(Looked { asked: 1, wrong, ..looked })
        }
        Ok(Err(error)) if begun.elapsed() < within => Err(error),
        _ => Ok(Looked { missed: 1, ..looked }),
    }
}

/// From now on, and so long, this connection works; then SQLite itself ends what it is at.
async fn ends_after(on: &DatabaseConnection, within: Duration) -> Stored<()> {
    let failed = |error| errors::before_commit(DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))));
    let mut connection = on.get_sqlite_connection_pool().acquire().await.map_err(failed)?;
    let mut handle = connection.lock_handle().await.map_err(failed)?;
    let begun = Instant::now();
    handle.set_progress_handler(STEPS, move || begun.elapsed() < within);
    Ok(())
}

/// A place that a check has given out before.
fn place(after: After) -> Stored<usize> {
    match after {
        After::Nothing => Ok(0),
        After::Number(it) => usize::try_from(it).map_err(|_| StoreError::Aborted),
        After::Id(_) => Err(StoreError::Aborted),
    }
}

fn numbered(place: usize) -> After {
    After::Number(i64::try_from(place).unwrap_or(i64::MAX))
}

async fn rows(on: &DatabaseConnection, sql: String) -> Stored<Vec<QueryResult>> {
    let statement = Statement::from_string(DbBackend::Sqlite, sql);
    on.query_all_raw(statement).await.map_err(errors::before_commit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm::Database;

    #[tokio::test]
    async fn a_statement_whose_time_is_over_is_ended_by_sqlite_and_gone_past() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}?mode=rwc", folder.path().join("a.db").display());
        let mut options = sea_orm::ConnectOptions::new(url);
        options.max_connections(1);
        let on = Database::connect(options).await.expect("a file");
        let made = "CREATE TABLE a (n INTEGER); CREATE TABLE b (n INTEGER)";
        on.execute_unprepared(made).await.expect("made");
        // It has no end of its own.
        let endless = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n)
                       SELECT t.name AS told FROM {some} t, n WHERE n.n < 0";
        let missed = look_on(&on, 0, endless, Duration::from_millis(50)).await;
        let next = Some(numbered(1));
        assert_eq!(missed, Ok(Looked { missed: 1, next, ..Looked::default() }));
        // The connection is free again: nothing of it goes on behind our backs.
        let good = look_on(&on, 1, QUICK_CHECK, WITHIN).await;
        assert_eq!(good, Ok(Looked { asked: 1, ..Looked::default() }));
    }
}
