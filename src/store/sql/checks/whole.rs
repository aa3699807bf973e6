//! What is looked at table by table: whether SQLite's file is whole, and whether what rows refer to is there.
//!
//! Invariants: on SQLite some tables are one statement on a connection of its own, which keeps nobody who writes; while it lasts the log is not
//! begun anew. On PostgreSQL it is some blocks of a table a statement, for each foreign key that the database itself says it has.
//! Does not: ask PostgreSQL about its files: that is `data_checksums` and `amcheck`, of whoever runs the server.

use crate::store::checks::{After, Looked};
use crate::store::sql::{SqlStore, errors};
use crate::store::{StoreError, Stored};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, QueryResult, Statement};
use std::time::Duration;

/// Tables, or foreign keys, that are looked at one after the other.
const AT_ONCE: usize = 8;
/// How long so many tables of a file may take.
const WITHIN: Duration = Duration::from_secs(600);
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
        self.of_tables(after, QUICK_CHECK).await
    }

    /// Rows of tables that refer to what is not there.
    pub(super) async fn look_at_tables(&self, after: After) -> Stored<Looked> {
        self.of_tables(after, FOREIGN_KEY_CHECK).await
    }

    /// Some tables, in one statement.
    async fn of_tables(&self, after: After, sql: &str) -> Stored<Looked> {
        let from = place(after)?;
        let on = self.address.apart().await.map_err(errors::before_commit)?;
        let some = format!("({TABLES} LIMIT {AT_ONCE} OFFSET {from})");
        let looking = async {
            let there = rows(&on, TABLES.to_owned()).await?.len();
            let mut wrong = vec![];
            for row in rows(&on, sql.replace("{some}", &some)).await? {
                wrong.push(row.try_get("", "told").map_err(errors::before_commit)?);
            }
            let next = from.saturating_add(AT_ONCE);
            let asked = there.min(next).saturating_sub(from);
            let asked = u64::try_from(asked).unwrap_or(u64::MAX);
            Ok(Looked { asked, wrong, next: (next < there).then(|| numbered(next)) })
        };
        let looked = tokio::time::timeout(WITHIN, looking).await;
        on.close().await.map_err(errors::before_commit)?;
        looked.unwrap_or(Err(StoreError::Aborted))
    }

    /// Some foreign keys, or some blocks of a large table by one of them.
    pub(super) async fn look_at_blocks(&self, after: After) -> Stored<Looked> {
        let at = place(after)?;
        let (first, mut block) = (at / OF_KEY, at % OF_KEY);
        let keys = self.asked(FOREIGN_KEYS.to_owned()).await?;
        let mut looked = Looked::default();
        for (index, row) in keys.iter().enumerate().skip(first).take(AT_ONCE) {
            let key = ForeignKey::of(row)?;
            looked.wrong.extend(self.look_by(&key, block).await?);
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
