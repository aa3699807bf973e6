//! How the databases are reached, and with which settings.

use super::OpenError;
use super::fold;
use super::halves::{self, Half};
use super::migrating;
use super::server::is_safe;
use super::wall::HUBS_OWN;
use crate::store::DEADLINE;
use migration::{Migrator, MigratorTrait};
use sea_orm::sqlx::Connection as _;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous,
};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr, RuntimeErr, SqlxError};
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

/// Connections to PostgreSQL, of one node. A node's load is bounded by its actors, which write one thing at a time each;
/// a hundred connections would only move the queue into the server.
pub(super) const POSTGRES_CONNECTIONS: u32 = 16;
/// Connections that read a SQLite file. There is one more, which writes.
const SQLITE_READERS: u32 = 4;
/// How long a call waits for a free connection. Shorter than [`DEADLINE`], so that it is told as surely not saved.
const WAIT_FOR_CONNECTION: Duration = Duration::from_millis(1_500);
/// How long SQLite waits for the lock of another process (a backup, a shell).
const SQLITE_BUSY: Duration = Duration::from_millis(1_500);
/// How long a transaction of ours may do nothing before PostgreSQL ends it: a node that hangs holds no locks for longer.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(5);
/// A connection that nobody has used for so long is tried before it is handed out.
const TRY_AFTER: Duration = Duration::from_secs(5);
/// Connections to PostgreSQL for what writes several calls at once: decisions of schedules, rows of the audit log, ends of
/// notices. A second one for decisions made the groups smaller and more of them.
const GROUPED: u32 = 3;
/// Statements that a connection keeps prepared: those of groups are one for each number of rows.
const PREPARED: usize = 512;
/// KiB of pages that a connection to SQLite keeps: the upper pages of every index, so that a group of bookings reads none
/// of them again. (SQLite's own 2 000 KiB are less than one group changes.)
const SQLITE_CACHE_KIB: u32 = 32 * 1_024;
/// How the hub calls itself to PostgreSQL; and how programs do that know nothing of organisations, and show everything to everybody.
const APPLICATION: &str = "bedside/organisations";
pub(super) const OF_BEFORE: &str = "bedside";

/// The ways to a database.
pub(super) struct Connections {
    /// For transactions that write.
    pub(super) writer: DatabaseConnection,
    /// For what reads.
    pub(super) reader: DatabaseConnection,
    /// For what writes several calls at once. SQLite: the one that writes. PostgreSQL: a few of its own, so that those
    /// calls wait for each other and for nobody else, and so that their statements, of which there is one for each
    /// number of rows, are prepared on few connections. Each of them is planned once: their plans do not depend on values,
    /// and PostgreSQL would plan each number of rows five times before it says so itself.
    pub(super) grouped: DatabaseConnection,
    /// SQLite: for what folds its log into the file.
    pub(super) folder: Option<DatabaseConnection>,
}

/// Where the database is. Has no `Debug`: there may be a password in it.
pub(super) enum Address {
    Sqlite(String),
    Postgres(String),
}

impl Address {
    pub(super) fn parse(url: &str) -> Result<Self, OpenError> {
        // A database in memory would be another one for each connection.
        if url.contains(":memory:") || url.contains("mode=memory") {
            return Err(OpenError::Address);
        }
        let is_server = ["postgresql://", "postgres://"].iter().find_map(|it| url.strip_prefix(it));
        if let Some(rest) = is_server {
            let url = format!("postgres://{rest}");
            let server: PgConnectOptions = url.parse().map_err(|_| OpenError::Address)?;
            return if is_safe(&server) {
                Ok(Address::Postgres(url))
            } else {
                Err(OpenError::Clear)
            };
        }
        match url.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Address::Sqlite(url.to_owned())),
            _ => Err(OpenError::Address),
        }
    }

    pub(super) async fn connect(&self, most: u32) -> Result<Connections, DbErr> {
        match self {
            Address::Sqlite(url) => {
                make_private(url)?;
                let writer = Database::connect(sqlite(url, 1)).await?;
                let reader = Database::connect(sqlite(url, SQLITE_READERS)).await?;
                let mut folder = sqlite(url, 1);
                folder.map_sqlx_sqlite_opts(|it| of_file(it).busy_timeout(fold::WITHIN));
                let folder = Some(Database::connect(folder).await?);
                Ok(Connections { grouped: writer.clone(), writer, reader, folder })
            }
            Address::Postgres(url) => {
                let mut all = postgres(url, Some(DEADLINE));
                all.max_connections(most);
                let both = Database::connect(all).await?;
                let mut few = postgres(url, Some(DEADLINE));
                few.max_connections(GROUPED).map_sqlx_postgres_opts(|it| {
                    within(it, DEADLINE)
                        .options([("plan_cache_mode", "force_generic_plan")])
                        .statement_cache_capacity(PREPARED)
                });
                let grouped = Database::connect(few).await?;
                Ok(Connections { writer: both.clone(), reader: both, grouped, folder: None })
            }
        }
    }

    /// Ways that can read, and nothing else: nothing is made, and nothing of a file is changed, its log included.
    pub(super) async fn look(&self) -> Result<DatabaseConnection, DbErr> {
        match self {
            Address::Sqlite(url) => {
                let mut options = sqlite(url, SQLITE_READERS);
                options.map_sqlx_sqlite_opts(to_look);
                Database::connect(options).await
            }
            Address::Postgres(url) => {
                let mut options = postgres(url, Some(DEADLINE));
                options.map_sqlx_postgres_opts(|it| {
                    within(it, DEADLINE).options([("default_transaction_read_only", "on")])
                });
                Database::connect(options).await
            }
        }
    }

    /// One connection more to a file, for what takes long and only reads. It could write, and is told not to: of a file that is opened to be
    /// read only, SQLite leaves out the conditions of columns, and `quick_check` finds none that is broken. Others hold the file open
    /// meanwhile, so its log is not folded when this one goes.
    pub(super) async fn apart(&self) -> Result<DatabaseConnection, DbErr> {
        match self {
            Address::Sqlite(url) => {
                let mut options = sqlite(url, 1);
                options.map_sqlx_sqlite_opts(to_look_whole);
                Database::connect(options).await
            }
            Address::Postgres(url) => {
                let mut options = postgres(url, Some(DEADLINE));
                options.max_connections(1);
                Database::connect(options).await
            }
        }
    }

    /// Brings the schema up, unless it was brought up by half: then nothing is changed, and what is wrong is inside.
    pub(super) async fn migrate(
        &self,
        writer: &DatabaseConnection,
    ) -> Result<Result<(), Half>, DbErr> {
        match self {
            Address::Sqlite(_) => {
                let looked = halves::look(writer).await?;
                if looked.is_ok() {
                    Migrator::up(writer, None).await?;
                }
                Ok(looked)
            }
            Address::Postgres(url) => {
                // Connections of its own, because a migration may take longer than any call.
                let connection = Database::connect(postgres(url, None)).await?;
                let looked = migrating::up(&connection).await?;
                connection.close().await?;
                Ok(looked)
            }
        }
    }
}

/// Makes the file for the hub's user alone, if it is not there: SQLite itself would let everybody read it, and gives its
/// log and its shared memory the same permissions as the file.
fn make_private(url: &str) -> Result<(), DbErr> {
    let unusable = |error: String| DbErr::Conn(RuntimeErr::Internal(error));
    let options: SqliteConnectOptions =
        url.parse().map_err(|error: SqlxError| unusable(error.to_string()))?;
    let made =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(options.get_filename());
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(unusable(error.to_string())),
    }
}

fn sqlite(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .min_connections(1)
        .max_connections(connections)
        .acquire_timeout(WAIT_FOR_CONNECTION)
        .test_before_acquire_if_idle_for(TRY_AFTER)
        .sqlx_logging(false)
        .map_sqlx_sqlite_before_acquire(|it, _| Box::pin(is_at_rest(it)))
        .map_sqlx_sqlite_opts(of_file);
    options
}

/// How every connection to a file is.
fn of_file(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // What is let go of is overwritten: no page of the file holds what was sealed or deleted.
        .pragma("secure_delete", "ON")
        .busy_timeout(SQLITE_BUSY)
        .statement_cache_capacity(PREPARED)
        .pragma("cache_size", format!("-{SQLITE_CACHE_KIB}"))
        .pragma("wal_autocheckpoint", fold::AT_MOST.to_string())
        // What takes back a statement that was refused half-way needs no file.
        .pragma("temp_store", "MEMORY")
}

/// How a connection to a file is that only looks. How the file keeps its log is left as it is.
fn to_look(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .read_only(true)
        .create_if_missing(false)
        .busy_timeout(SQLITE_BUSY)
        .pragma("query_only", "ON")
        .pragma("temp_store", "MEMORY")
}

/// The same, where conditions of columns are asked.
fn to_look_whole(options: SqliteConnectOptions) -> SqliteConnectOptions {
    to_look(options).read_only(false)
}

/// Whether a connection is in no transaction; one that is, is closed. When a COMMIT fails because the disk is full, SQLite has taken the
/// transaction back by itself, the ROLLBACK that follows is refused, and the library goes on to believe that it is within one:
/// whatever is written then is a part of a transaction that nobody ends, and is lost, though its COMMIT was answered.
async fn is_at_rest(connection: &mut SqliteConnection) -> Result<bool, SqlxError> {
    if connection.is_in_transaction() {
        // A transaction that was dropped may be on its way back.
        connection.ping().await?;
    }
    let is_at_rest = !connection.is_in_transaction();
    if !is_at_rest {
        tracing::warn!("a connection was left in a transaction, and is closed");
    }
    Ok(is_at_rest)
}

/// `limit` is for each statement; without one a statement and a wait in a transaction may take as long as they need.
fn postgres(url: &str, limit: Option<Duration>) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .min_connections(1)
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(WAIT_FOR_CONNECTION)
        .test_before_acquire_if_idle_for(TRY_AFTER)
        .sqlx_logging(false)
        .map_sqlx_postgres_opts(move |it| match limit {
            None => it.application_name(APPLICATION).options([HUBS_OWN]),
            Some(limit) => within(it, limit),
        });
    options
}

/// Statements end in time, and transactions that do nothing.
fn within(options: PgConnectOptions, limit: Duration) -> PgConnectOptions {
    let idle = IDLE_IN_TRANSACTION.as_millis().to_string();
    options.application_name(APPLICATION).options([
        ("statement_timeout", limit.as_millis().to_string()),
        ("idle_in_transaction_session_timeout", idle),
        (HUBS_OWN.0, HUBS_OWN.1.to_owned()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_file_or_a_server() {
        for url in
            ["sqlite:clinic.db", "sqlite:///var/lib/clinic.db", "sqlite://clinic.db?mode=rwc"]
        {
            assert!(matches!(Address::parse(url), Ok(Address::Sqlite(_))), "{url}");
        }
        for url in ["postgres://hub@localhost/clinic", "postgresql://hub@localhost/clinic"] {
            let Ok(Address::Postgres(it)) = Address::parse(url) else { panic!("{url}") };
            assert_eq!(it, "postgres://hub@localhost/clinic");
        }
        let elsewhere = Address::parse("postgres://hub@db.example/clinic");
        assert!(matches!(elsewhere, Err(OpenError::Clear)));
        for url in
            ["", "clinic.db", "sqlite:", "sqlite::memory:", "sqlite:x?mode=memory", "mysql://x"]
        {
            assert!(matches!(Address::parse(url), Err(OpenError::Address)), "{url}");
        }
    }
}
