//! One call of the store: its deadline, its transaction, and what its end means.
//!
//! Invariant: what goes wrong before COMMIT was sent is surely not saved, because the connection that is dropped rolls
//! back; what goes wrong after is unknown, unless the database itself says that it refused.

use super::audit::insert_audit;
use super::{errors, wall};
use crate::store::with_change::of_these;
use crate::store::{DEADLINE, StoreError, Stored};
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

/// One call.
#[derive(Debug, Default)]
pub(super) struct Call {
    is_committing: AtomicBool,
}

impl Call {
    /// Runs the call under [`DEADLINE`].
    pub(super) async fn run<T>(&self, work: impl Future<Output = Stored<T>>) -> Stored<T> {
        match tokio::time::timeout(DEADLINE, work).await {
            Ok(outcome) => outcome,
            Err(_) if self.is_committing.load(Ordering::SeqCst) => {
                tracing::error!("the store's deadline passed during a commit");
                Err(StoreError::Ambiguous)
            }
            Err(_) => {
                tracing::warn!("the store's deadline passed; nothing was saved");
                Err(StoreError::Aborted)
            }
        }
    }

    /// Begins a transaction that writes.
    pub(super) async fn begin(
        &self,
        writer: &DatabaseConnection,
        backend: DbBackend,
    ) -> Stored<Tx<'_>> {
        let immediate = SqliteTransactionMode::Immediate;
        let options = TransactionOptions {
            sqlite_transaction_mode: (backend == DbBackend::Sqlite).then_some(immediate),
            ..TransactionOptions::default()
        };
        let inner = writer.begin_with_options(options).await.map_err(errors::before_commit)?;
        wall::tell(&inner, backend).await?;
        Ok(Tx::new(inner, self))
    }
}

/// A transaction of a call. Dropped, it is rolled back.
pub(super) struct Tx<'call> {
    inner: DatabaseTransaction,
    call: &'call Call,
}

impl<'call> Tx<'call> {
    pub(super) const fn new(inner: DatabaseTransaction, call: &'call Call) -> Self {
        Tx { inner, call }
    }

    /// For statements.
    pub(super) const fn on(&self) -> &DatabaseTransaction {
        &self.inner
    }

    /// Commits what a call has changed, with its rows of the audit log. From here on the outcome may be unknown.
    pub(super) async fn commit(self) -> Stored<()> {
        let calls = of_these();
        let rows = calls.rows();
        if rows.is_empty() {
            return self.commit_beside().await;
        }
        insert_audit(&self, rows).await?;
        calls.committing();
        let saved = self.commit_beside().await;
        calls.told(&saved);
        saved
    }

    /// Commits what is, or is not, what a call was made for.
    pub(super) async fn commit_if(self, is_change: bool) -> Stored<()> {
        match is_change {
            true => self.commit().await,
            false => self.commit_beside().await,
        }
    }

    /// Commits what no call was made for: what is on the way to its change, or the hub's own.
    pub(super) async fn commit_beside(self) -> Stored<()> {
        self.call.is_committing.store(true, Ordering::SeqCst);
        self.inner.commit().await.map_err(errors::at_commit)
    }
}
