//! The audit log proves itself: its rows in one order without a gap, what was signed of it, and what of it can be erased.
//!
//! * `audit_entries`, `audit_checkpoints` and `audit_touched` are append-only, as `audit_logs` is.
//! * `audit_details` and `audit_subjects` can be erased, row by row, and not changed: what was committed to cannot become
//!   something else.
//!
//! The columns that `audit_logs` gains are nullable: the program before goes on without them.

use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, string, string_null, text, text_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::sea_query::{
    ColumnDef, Expr, ExprTrait, Index, Table, TableCreateStatement,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// `audit_entries` and what belongs to them.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261129_000008_audit"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One column a statement: SQLite adds no more at once.
        for column in columns() {
            let alter = Table::alter().table("audit_logs").add_column(column).take();
            manager.alter_table(alter).await?;
        }
        for table in [entries(), details(), touched(), subjects(), checkpoints(), lease()] {
            manager.create_table(table).await?;
        }
        let backend = manager.get_database_backend();
        let guards = match backend {
            DbBackend::Sqlite => sqlite(),
            DbBackend::Postgres => postgres(),
            other => return Err(DbErr::Migration(format!("{other:?} is not supported"))),
        };
        let others = [
            "CREATE UNIQUE INDEX audit_entries_position ON audit_entries (position)",
            "CREATE INDEX audit_touched_position ON audit_touched (position)",
            "INSERT INTO audit_lease (id, until) VALUES (1, 0)",
        ];
        for statement in others.into_iter().map(str::to_owned).chain(guards) {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// What a row of the log says more: whose record, what came back of it (and how much), and from which network.
fn columns() -> [ColumnDef; 4] {
    [
        uuid_null("patient"),
        text_null("returned"),
        big_integer_null("returned_count"),
        string_null("network"),
    ]
}

/// The log in its one order: entry `idx` is the row at `position` of `audit_logs`.
fn entries() -> TableCreateStatement {
    Table::create()
        .table("audit_entries")
        .col(big_integer("idx").primary_key())
        .col(big_integer("position"))
        .col(text("leaf"))
        .check(Expr::col("idx").gte(0))
        .take()
}

/// What entries commit to.
fn details() -> TableCreateStatement {
    Table::create()
        .table("audit_details")
        .col(big_integer("idx").primary_key())
        .col(binary("salt"))
        .col(text("detail"))
        .take()
}

/// Whose record a row of the log is about.
fn touched() -> TableCreateStatement {
    Table::create()
        .table("audit_touched")
        .col(uuid("patient"))
        .col(big_integer("position"))
        .primary_key(Index::create().col("patient").col("position"))
        .take()
}

/// Pseudonyms: who or what is meant in entries.
fn subjects() -> TableCreateStatement {
    Table::create()
        .table("audit_subjects")
        .col(string("subject").primary_key())
        .col(uuid("pseudonym"))
        .take()
}

/// What was signed. The frontier is what the next entries are appended to.
fn checkpoints() -> TableCreateStatement {
    Table::create()
        .table("audit_checkpoints")
        .col(big_integer("size").primary_key())
        .col(binary("root"))
        .col(binary("frontier"))
        .col(text("note"))
        .col(big_integer("at"))
        .take()
}

/// Which node puts rows in order. One row.
fn lease() -> TableCreateStatement {
    Table::create()
        .table("audit_lease")
        .col(big_integer("id").primary_key())
        .col(uuid_null("holder"))
        .col(big_integer("until"))
        .check(Expr::col("id").eq(1))
        .take()
}

/// Tables of which no row is ever changed or deleted, with their keys.
const APPEND_ONLY: [(&str, &str); 3] = [
    ("audit_entries", "idx = NEW.idx OR position = NEW.position"),
    ("audit_checkpoints", "size = NEW.size"),
    ("audit_touched", "patient = NEW.patient AND position = NEW.position"),
];
/// Tables of which rows can be deleted and not changed.
const UNCHANGED: [(&str, &str); 2] =
    [("audit_details", "idx = NEW.idx"), ("audit_subjects", "subject = NEW.subject")];

fn sqlite() -> Vec<String> {
    let all = APPEND_ONLY.into_iter().chain(UNCHANGED);
    let unchanged = all.flat_map(|(table, same)| {
        [
            format!(
                "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
                 BEGIN SELECT RAISE(ABORT, 'append_only'); END"
            ),
            // REPLACE deletes without the delete trigger; so refuse what it would replace.
            format!(
                "CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
                 WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})
                 BEGIN SELECT RAISE(ABORT, 'already_there'); END"
            ),
        ]
    });
    let kept = APPEND_ONLY.into_iter().map(|(table, _)| {
        format!(
            "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
             BEGIN SELECT RAISE(ABORT, 'append_only'); END"
        )
    });
    unchanged.chain(kept).collect()
}

fn postgres() -> Vec<String> {
    let kept = APPEND_ONLY.into_iter().flat_map(|(table, _)| {
        [
            format!(
                "CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
                 FOR EACH ROW EXECUTE FUNCTION bedside_append_only()"
            ),
            format!(
                "CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
                 FOR EACH STATEMENT EXECUTE FUNCTION bedside_append_only()"
            ),
        ]
    });
    let unchanged = UNCHANGED.into_iter().map(|(table, _)| {
        format!(
            "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
             FOR EACH ROW EXECUTE FUNCTION bedside_append_only()"
        )
    });
    kept.chain(unchanged).collect()
}
