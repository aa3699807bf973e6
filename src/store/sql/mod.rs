//! The durable store: SQLite in one file by default, PostgreSQL in production.
//!
//! Owns: connections, transactions, the deadline of every call, the fences in the tables, and the mapping of errors. The
//! only place that names `entity` and sea-orm.
//! Invariants: a write is one transaction, and its `Ok` comes after the commit. Nothing is read outside a transaction
//! that takes more than one statement. No value of a row is ever logged, nor the text of a database error, which may
//! hold one; codes, tables and columns are.
//! Does not: decide. Does not: make the schema; [`SqlStore::migrate`] runs the migrations, and nothing else alters it.

use crate::store::Stored;
use crate::store::residency::Keeps;
use call::{Call, Tx};
use migration::SchemaManager;
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, EntityTrait, Select,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

mod audit;
mod booking_rows;
mod bookings;
mod call;
mod checks;
mod commit;
mod connect;
mod conversation_commit;
mod conversation_keys;
mod conversation_lists;
mod conversation_opening;
mod conversation_rows;
mod conversations;
mod copy;
mod emergencies;
mod erasing;
mod errors;
mod factors;
mod federation;
mod files;
mod fold;
mod group;
mod halves;
mod holds;
mod hours;
mod ledger;
mod links;
mod message_rows;
mod message_search;
mod migrating;
mod notice_rows;
mod organisations;
mod outbox;
mod password_links;
mod payments;
mod people;
mod places;
mod profiles;
mod queue;
mod record_rows;
mod records;
mod rederive;
mod reports;
mod residency;
mod said;
mod schedule_commit;
mod schedule_rows;
mod schedules;
mod server;
mod sessions;
mod settlements;
mod sharing;
mod sign_ins;
mod staff;
mod subjects;
mod trail;
mod trail_read;
mod trail_whose;
mod usage;
mod visit_rows;
mod visits;
mod waiting;
mod wall;
mod words;

pub use copy::{Place, program};
pub use halves::Half;

/// What makes a transaction of PostgreSQL one that reads, all of one moment.
const SNAPSHOT: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// Why a store could not be opened or migrated. Says nothing about rows.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is none of a file (`sqlite:<path>`) or of a PostgreSQL server (`postgres://…`).
    #[error(
        "the database address is neither `sqlite:<path>` nor `postgres://<user>@<host>/<name>`"
    )]
    Address,
    /// The server is on another machine, and would be spoken to in clear or without a look at who it is.
    #[error(
        "database_url: a server on another machine needs sslmode=verify-full, and sslrootcert=<file> when its authority is your own"
    )]
    Clear,
    /// There is no file or server there, or it refuses.
    #[error("the database cannot be opened: {0}")]
    Unreachable(DbErr),
    /// Nobody has ever made a schema there.
    #[error("there is nothing of a hub in the database")]
    Nothing,
    /// The schema is not what its list of migrations says. Nothing was changed.
    #[error("{0}")]
    Half(Half),
    /// A migration failed; it was rolled back.
    #[error("the schema cannot be brought up to date: {0}")]
    Migration(DbErr),
}

/// A store in a database.
pub struct SqlStore {
    /// SQLite: one connection, so that writers queue here and not for a lock. PostgreSQL: the same pool as `reader`.
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    backend: DbBackend,
    address: connect::Address,
    /// Whom it keeps.
    keeps: Keeps,
    /// Who opens what was said, where appointments are read.
    opened_by: said::OpenedBy,
    audit: audit::Queue,
    /// What writes several calls in one transaction has connections of its own on PostgreSQL.
    grouped: DatabaseConnection,
    group: group::Group,
    settlements: settlements::Settlements,
    /// Below what every row of the audit log is an entry.
    mark: trail::Mark,
    /// SQLite: what folds its log, and the connection that it has.
    folding: Option<(fold::Folding, DatabaseConnection)>,
}

impl std::fmt::Debug for SqlStore {
    /// Without the address, which may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqlStore").field("backend", &self.backend).finish_non_exhaustive()
    }
}

impl SqlStore {
    /// Opens the database at `url`: `sqlite:<path>` (made when it does not exist) or `postgres://…`. The schema is left as
    /// it is; see [`SqlStore::migrate`]. Must be called on the runtime that lives longest: the writers of the audit log,
    /// of schedules and of the ends of notices run there until the store is dropped.
    ///
    /// # Errors
    /// When the address is none, or the database does not answer.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        SqlStore::open_with(url, connect::POSTGRES_CONNECTIONS).await
    }

    /// The same, with so many connections to PostgreSQL at most.
    ///
    /// # Errors
    /// As [`SqlStore::open`].
    pub async fn open_with(url: &str, connections: u32) -> Result<Self, OpenError> {
        let address = connect::Address::parse(url)?;
        let ways = address.connect(connections).await.map_err(OpenError::Unreachable)?;
        Ok(SqlStore::on(address, ways))
    }

    /// The same, for whoever only looks: what is not there is not made, and nothing can be written.
    ///
    /// # Errors
    /// As [`SqlStore::open`], and when there is nothing of a hub in the database.
    pub async fn look(url: &str) -> Result<Self, OpenError> {
        let address = connect::Address::parse(url)?;
        let all = address.look().await.map_err(OpenError::Unreachable)?;
        let is_there = SchemaManager::new(&all).has_table("users").await;
        if !is_there.map_err(OpenError::Unreachable)? {
            return Err(OpenError::Nothing);
        }
        let [writer, reader, grouped] = [all.clone(), all.clone(), all];
        let ways = connect::Connections { writer, reader, grouped, folder: None };
        Ok(SqlStore::on(address, ways))
    }

    fn on(address: connect::Address, ways: connect::Connections) -> Self {
        let connect::Connections { writer, reader, grouped, folder } = ways;
        let backend = writer.get_database_backend();
        let audit = audit::Queue::start(grouped.clone(), backend);
        let keeps = Keeps::default();
        let group = group::Group::start(&grouped, backend, keeps.clone());
        let settlements = settlements::Settlements::start(writer.clone(), backend);
        let mark = trail::Mark::default();
        let folding = folder.map(|it| (fold::start(it.clone()), it));
        SqlStore {
            writer,
            reader,
            backend,
            address,
            keeps,
            opened_by: said::OpenedBy::default(),
            audit,
            grouped,
            group,
            settlements,
            mark,
            folding,
        }
    }

    /// Brings the schema up to date. Several nodes may do so at the same time: one does, the others wait for it.
    ///
    /// # Errors
    /// When a migration fails, and before any is begun when one was done by half.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        let looked = self.address.migrate(&self.writer).await.map_err(OpenError::Migration)?;
        looked.map_err(OpenError::Half)
    }

    /// Lets running calls end and closes the connections; SQLite's log is folded into its file. Calls after that are
    /// `Aborted`.
    pub async fn close(&self) {
        let folder = self.folding.iter().map(|(task, it)| {
            task.end();
            it
        });
        for connection in [&self.grouped, &self.writer, &self.reader].into_iter().chain(folder) {
            if connection.close_by_ref().await.is_err() {
                tracing::warn!("a connection to the database was not closed in order");
            }
        }
    }

    /// Begins a transaction that writes. On SQLite it takes the lock at once (`BEGIN IMMEDIATE`), so that what it reads
    /// still holds when it writes; on PostgreSQL rows are locked where that is needed.
    async fn begin<'call>(&self, call: &'call Call) -> Stored<Tx<'call>> {
        call.begin(&self.writer, self.backend).await
    }

    /// Begins a transaction that reads: all its statements see the same moment.
    async fn snapshot<'call>(&self, call: &'call Call) -> Stored<Tx<'call>> {
        let is_postgres = self.backend == DbBackend::Postgres;
        let options = TransactionOptions {
            isolation_level: None,
            access_mode: None,
            sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred),
        };
        let inner = self.reader.begin_with_options(options).await.map_err(errors::before_commit)?;
        if is_postgres {
            // What it is, and for whom, in one round trip.
            let wall = wall::whose(self.backend).map(wall::telling).unwrap_or_default();
            let told = inner.execute_unprepared(&format!("{SNAPSHOT}; {wall}")).await;
            told.map_err(errors::before_commit)?;
        }
        Ok(Tx::new(inner, call))
    }

    /// All rows that a query finds.
    async fn find_all<E: EntityTrait>(&self, query: Select<E>) -> Stored<Vec<E::Model>> {
        let call = Call::default();
        call.run(async { query.all(&self.reading().await?).await.map_err(errors::before_commit) })
            .await
    }
}
