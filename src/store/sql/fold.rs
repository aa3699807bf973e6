//! SQLite's log is folded into its file beside those who write, and not by whoever happens to come upon it.
//!
//! A transaction that folds the log copies thousands of pages and flushes the file, while everybody who writes waits behind it: some tens of
//! milliseconds every two seconds under load. On a connection of its own the same work keeps nobody: SQLite copies what is
//! committed while others append. When all of it is copied and nobody reads it, the next transaction begins at the front by itself.
//!
//! Owns: a task with a connection. Invariants: nobody waits but for the moment in which a long log is begun anew, which finds little
//! left to copy; should the task be gone, or never find that moment, a writer folds the log at [`AT_MOST`]. Whoever reads for long keeps
//! the log from being begun anew, as ever. Every program that opens the store does this, also beside a hub that runs. Does not:
//! change what is durable: a commit flushes the log, before and after.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement};
use std::time::Duration;
use tokio::task::AbortHandle;

/// Between two looks. A page that is changed again and again meanwhile is copied once.
const EVERY: Duration = Duration::from_secs(2);
/// Pages of the log above which it is begun anew, if it was not by itself: 128 MiB, some seconds of the heaviest load. Everybody who writes
/// waits for that, some tens of milliseconds. A start after a crash reads as much.
const BEGIN_ANEW: i64 = 32_000;
/// Pages of the log at which whoever writes folds it: 256 MiB. It is not reached while the task runs.
pub(super) const AT_MOST: u32 = 64_000;
/// How long the moment may take in which the log is begun anew: it waits for those who read, and whoever writes waits for it.
pub(super) const WITHIN: Duration = Duration::from_millis(20);

/// The task. It ends when this is dropped.
pub(super) struct Folding(AbortHandle);

impl Folding {
    /// It folds no more: the connection is closed.
    pub(super) fn end(&self) {
        self.0.abort();
    }
}

impl Drop for Folding {
    fn drop(&mut self) {
        self.end();
    }
}

/// What a fold says of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Folded {
    /// Somebody else was about it, or in the way.
    pub(super) is_busy: bool,
    /// Pages in the log.
    pub(super) pages: i64,
    /// Those of them that are in the file.
    pub(super) folded: i64,
}

/// How it is folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// What can be, while others read and write.
    Beside,
    /// All of it; the next transaction begins at the front.
    Anew,
    /// All of it, and nothing of it stays in the log's file.
    Wiped,
}

/// Starts it on a connection of its own.
pub(super) fn start(connection: DatabaseConnection) -> Folding {
    let task = tokio::spawn(async move {
        loop {
            tokio::time::sleep(EVERY).await;
            if let Err(error) = turn(&connection).await {
                tracing::warn!(%error, "SQLite's log could not be folded into its file");
            }
        }
    });
    Folding(task.abort_handle())
}

/// Folds what can be folded beside the others, and begins the log anew when it has become long.
async fn turn(connection: &DatabaseConnection) -> Result<(), DbErr> {
    let folded = fold(connection, How::Beside).await?;
    if folded.is_busy {
        // Somebody else is about it.
        return Ok(());
    }
    metrics::gauge!("bedside_sqlite_log_pages").set(u32::try_from(folded.pages).unwrap_or(0));
    begin_anew(connection, folded, BEGIN_ANEW).await
}

/// Begins it anew when it has more than so many pages.
async fn begin_anew(connection: &DatabaseConnection, log: Folded, most: i64) -> Result<(), DbErr> {
    if log.pages >= most && fold(connection, How::Anew).await?.is_busy {
        metrics::counter!("bedside_sqlite_log_kept_total").increment(1);
    }
    Ok(())
}

/// Folds it.
pub(super) async fn fold(connection: &impl ConnectionTrait, how: How) -> Result<Folded, DbErr> {
    let mode = match how {
        How::Beside => "PASSIVE",
        How::Anew => "RESTART",
        How::Wiped => "TRUNCATE",
    };
    let statement = format!("PRAGMA wal_checkpoint({mode})");
    let statement = Statement::from_string(connection.get_database_backend(), statement);
    let row = connection.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("the log's state".to_owned()))?;
    let is_busy: i64 = row.try_get("", "busy")?;
    Ok(Folded {
        is_busy: is_busy != 0,
        pages: row.try_get("", "log")?,
        folded: row.try_get("", "checkpointed")?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::connect::{Address, Connections};
    use super::*;
    use rstest::rstest;
    use sea_orm::{SqliteTransactionMode, TransactionOptions, TransactionTrait};
    use tempfile::TempDir;

    /// A file with a table, and the ways to it.
    async fn file() -> (TempDir, Connections, DatabaseConnection) {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite:{}", folder.path().join("clinic.db").display());
        let Ok(address) = Address::parse(&url) else { panic!("{url}") };
        let mut ways = address.connect(1).await.unwrap();
        ways.writer.execute_unprepared("CREATE TABLE kept (it BLOB)").await.unwrap();
        let own = ways.folder.take().expect("a connection of its own");
        (folder, ways, own)
    }

    async fn write(on: &impl ConnectionTrait, bytes: i64) {
        let insert = format!("INSERT INTO kept VALUES (zeroblob({bytes}))");
        on.execute_unprepared(&insert).await.unwrap();
    }

    #[tokio::test]
    async fn the_log_is_folded_while_somebody_writes() {
        let (_folder, ways, own) = file().await;
        write(&ways.writer, 100_000).await;
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let writing = ways.writer.begin_with_options(options).await.unwrap();
        write(&writing, 1).await;
        let folded = fold(&own, How::Beside).await.unwrap();
        assert!(!folded.is_busy && folded.pages > 24, "{folded:?}");
        assert_eq!(folded.folded, folded.pages, "all that was committed");
        writing.commit().await.unwrap();
    }

    /// A log that somebody read while it was folded, so that SQLite does not begin it anew by itself; of so many bytes.
    async fn read_meanwhile(ways: &Connections, own: &DatabaseConnection, bytes: i64) -> Folded {
        let reading = ways.reader.begin().await.unwrap();
        let count = Statement::from_string(own.get_database_backend(), "SELECT COUNT(*) FROM kept");
        reading.query_one_raw(count).await.unwrap();
        write(&ways.writer, bytes).await;
        let folded = fold(own, How::Beside).await.unwrap();
        assert!(folded.folded < folded.pages, "some of it is kept for who reads: {folded:?}");
        reading.rollback().await.unwrap();
        folded
    }

    #[rstest]
    #[case::long(20, true)]
    #[case::not_long(1_000, false)]
    #[tokio::test]
    async fn a_log_is_begun_anew_when_it_is_long(#[case] bound: i64, #[case] is_anew: bool) {
        let (_folder, ways, own) = file().await;
        let log = read_meanwhile(&ways, &own, 400_000).await;
        begin_anew(&own, log, bound).await.unwrap();
        write(&ways.writer, 1).await;
        let after = fold(&own, How::Beside).await.unwrap().pages;
        assert_eq!(after < 20, is_anew, "{after}");
    }

    /// What this program links; the versions before may spoil a file when two fold the log and a third begins it anew
    /// (SQLite's "WAL-reset" bug, mended in 3.51.3).
    #[tokio::test]
    async fn sqlite_is_one_whose_log_two_may_fold() {
        let (_folder, _ways, own) = file().await;
        let ask =
            Statement::from_string(own.get_database_backend(), "SELECT sqlite_version() AS it");
        let version: String =
            own.query_one_raw(ask).await.unwrap().unwrap().try_get("", "it").unwrap();
        let numbers: Vec<u32> = version.split('.').map(|it| it.parse().unwrap()).collect();
        assert!(numbers >= vec![3, 51, 3], "{version}");
    }

    #[tokio::test]
    async fn nothing_stays_in_a_log_that_is_wiped_and_who_reads_is_in_the_way() {
        let (folder, ways, own) = file().await;
        write(&ways.writer, 100_000).await;
        let reading = ways.reader.begin().await.unwrap();
        let count = Statement::from_string(own.get_database_backend(), "SELECT COUNT(*) FROM kept");
        reading.query_one_raw(count).await.unwrap();
        write(&ways.writer, 1).await;
        assert!(fold(&own, How::Wiped).await.unwrap().is_busy, "it may still be read");
        reading.rollback().await.unwrap();
        assert!(!fold(&own, How::Wiped).await.unwrap().is_busy);
        let log = folder.path().join("clinic.db-wal");
        assert_eq!(std::fs::metadata(log).unwrap().len(), 0);
    }
}
