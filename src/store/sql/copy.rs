//! The whole database as bytes, and back into an empty one.
//!
//! Owns: how each database is copied while it is written to: SQLite by `VACUUM INTO`, PostgreSQL by `pg_dump` in its custom form, which is one
//! snapshot. Invariants: a copy is of one moment, and has everything that was committed before it began. Nothing is restored over
//! anything that is there. A password is in no command line.

use super::connect::Address;
use super::server::certificates;
use super::wall::HUBS_OWN;
use super::{OpenError, SqlStore};
use percent_encoding::percent_decode_str;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgSslMode};
use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::{ConnectionTrait, DbErr, Statement};
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where a database is, and how it is copied.
pub enum Place {
    /// A file.
    File(PathBuf),
    /// A server, with what its programs are told by their environment.
    Server(Vec<(&'static str, String)>),
}

impl std::fmt::Debug for Place {
    /// Without what is told, which may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Place::File(_) => "File",
            Place::Server(_) => "Server",
        })
    }
}

impl Place {
    /// Of an address as in the settings, for programs that an operator tells this besides.
    ///
    /// # Errors
    /// When it is none.
    pub fn of(url: &str, options: Option<String>) -> Result<Self> {
        let wrong = || Error::other(OpenError::Address);
        match Address::parse(url).map_err(Error::other)? {
            Address::Sqlite(url) => {
                let options: SqliteConnectOptions = url.parse().map_err(|_| wrong())?;
                Ok(Place::File(options.get_filename().to_owned()))
            }
            Address::Postgres(url) => {
                let server: PgConnectOptions = url.parse().map_err(|_| wrong())?;
                let socket = server.get_socket().map(|it| it.display().to_string());
                let host = socket.unwrap_or_else(|| server.get_host().to_owned());
                let mut told = vec![
                    ("PGHOST", host),
                    ("PGPORT", server.get_port().to_string()),
                    ("PGUSER", server.get_username().to_owned()),
                    ("PGSSLMODE", ssl_mode(server.get_ssl_mode()).to_owned()),
                ];
                // Whoever copies the hub's rows is the hub, on its side of the wall between organisations; behind what the operator says.
                let (setting, own) = HUBS_OWN;
                let own = format!("-c {setting}={own}");
                let all = options.into_iter().chain([own]).collect::<Vec<_>>().join(" ");
                told.push(("PGOPTIONS", all));
                told.extend(server.get_database().map(|it| ("PGDATABASE", it.to_owned())));
                told.extend(certificates(&url, server.get_ssl_mode()));
                told.extend(password(&url).map(|it| ("PGPASSWORD", it)));
                Ok(Place::Server(told))
            }
        }
    }
}

/// A program of PostgreSQL, told where the server is by its environment.
pub fn program(name: &str, told: &[(&'static str, String)], arguments: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(arguments).envs(told.iter().map(|(name, value)| (*name, value)));
    command
}

fn password(url: &str) -> Option<String> {
    let (user, _) = url.strip_prefix("postgres://")?.split_once('@')?;
    let (_, password) = user.split_once(':')?;
    Some(percent_decode_str(password).decode_utf8_lossy().into_owned())
}

fn ssl_mode(mode: PgSslMode) -> &'static str {
    match mode {
        PgSslMode::Disable => "disable",
        PgSslMode::Allow => "allow",
        PgSslMode::Prefer => "prefer",
        PgSslMode::Require => "require",
        PgSslMode::VerifyCa => "verify-ca",
        PgSslMode::VerifyFull => "verify-full",
    }
}

impl SqlStore {
    /// A copy of a SQLite database, of one moment, while it is written to: into a file that is there and empty, so that whoever made it has
    /// said who may read it.
    ///
    /// # Errors
    /// When it cannot be written. There is no deadline: nobody waits for it.
    pub async fn copy_into(&self, path: &Path) -> Result<()> {
        let path = path.display().to_string().replace('\'', "''");
        let statement = format!("VACUUM INTO '{path}'");
        self.reader.execute_unprepared(&statement).await.map(drop).map_err(|error| told(&error))
    }

    /// The highest position in the audit log; 0 for an empty one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn audit_position(&self) -> Result<i64> {
        self.number("SELECT COALESCE(MAX(position), 0) AS n FROM audit_logs").await
    }

    /// Logs of conversations may be shorter than clients remember: whoever comes back is told everything anew.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn begin_another_epoch(&self) -> Result<()> {
        let statement = "UPDATE log_epoch SET epoch = epoch % 4000000000 + 1";
        self.writer.execute_unprepared(statement).await.map(drop).map_err(|error| told(&error))
    }

    /// Whether there is no table in it.
    ///
    /// # Errors
    /// When that cannot be read.
    pub async fn has_no_table(&self) -> Result<bool> {
        let query = match self.backend {
            sea_orm::DbBackend::Sqlite => {
                "SELECT COUNT(*) AS n FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
            }
            _ => {
                "SELECT COUNT(*) AS n FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace \
                 WHERE s.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'S')"
            }
        };
        Ok(self.number(query).await? == 0)
    }

    /// Whether the database itself finds nothing wrong with its file.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn is_whole(&self) -> Result<bool> {
        let check = Statement::from_string(self.backend, "PRAGMA integrity_check");
        let rows = self.reader.query_all_raw(check).await.map_err(|error| told(&error))?;
        let lines: Vec<String> = rows.iter().filter_map(|it| it.try_get_by_index(0).ok()).collect();
        Ok(lines == ["ok"])
    }

    async fn number(&self, query: &str) -> Result<i64> {
        let row = self.reader.query_one_raw(Statement::from_string(self.backend, query)).await;
        let row = row.map_err(|error| told(&error))?.ok_or_else(|| Error::other("no row"))?;
        row.try_get("", "n").map_err(|error| told(&error))
    }
}

/// The kind alone: the text of an error may hold a value.
fn told(error: &DbErr) -> Error {
    let kind = match error {
        DbErr::Conn(_) | DbErr::ConnectionAcquire(_) => "the database does not answer",
        _ => "the database refuses it",
    };
    Error::other(kind)
}
