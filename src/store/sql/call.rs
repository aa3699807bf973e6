//! One call of the store: its deadline, its transaction, and what its end means.
//!
//! Invariant: what goes wrong before COMMIT was sent is surely not saved, because the connection that is dropped rolls
//! back; what goes wrong after is unknown, unless the database itself says that it refused.

use super::{errors, wall};
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

    /// Commits. From here on the outcome may be unknown.
    pub(super) async fn commit(self) -> Stored<()> {
        self.call.is_committing.store(true, Ordering::SeqCst);
        self.inner.commit().await.map_err(errors::at_commit)
    }
}
