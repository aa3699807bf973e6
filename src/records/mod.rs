//! RECORDS AT REST: what is known of people is sealed before it is kept, and opened for whom it concerns.
//!
//! Owns: the keys of people as they are made and opened, and the profiles that they seal ([`profile`]). Invariants: RE-1 what is kept of
//! a profile opens at its person, column and revision only, by a key that is not in the database. What does not open is reported and
//! shown to nobody. A key that nobody can open now loses nothing.
//! Does not: know who may read (`node`), or how rows are kept (`store`).

use self::houses::HousesOf;
use crate::crypto::{NotOpened, SubjectKey, Vault, Wrapped};
use crate::protocol::ids::PersonId;
use crate::protocol::time::UnixMillis;
use crate::store::conversations::WrappedKey;
use crate::store::subjects::SubjectRecord;
use crate::store::{Conflict, Store, StoreError};

pub mod fhir;
pub mod houses;
mod profile;
mod said;

pub use profile::Opened;
pub use said::OpensSaid;

/// Why something was not read or not sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// The store did not do it.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// It is not what was saved: changed, moved, put back, or its key is another one. It was reported.
    #[error("it is not what was saved")]
    Damaged,
    /// Whoever keeps the keys does not answer now.
    #[error("whoever keeps the keys does not answer")]
    Unavailable,
    /// The key was destroyed: nothing of this person is kept any more.
    #[error("its key was destroyed")]
    Gone,
}

/// Whoever seals and opens what is known of people.
#[derive(Clone, Copy)]
pub struct Records<'a> {
    store: &'a dyn Store,
    vault: &'a Vault,
}

impl std::fmt::Debug for Records<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Records")
    }
}

impl<'a> Records<'a> {
    /// Over this store and these keys.
    pub fn new(store: &'a dyn Store, vault: &'a Vault) -> Self {
        Records { store, vault }
    }

    /// The key of somebody, made when there is none.
    async fn key_or_new(&self, id: PersonId, now: UnixMillis) -> Result<SubjectKey, Unread> {
        if let Some(kept) = self.store.subject(id).await? {
            return self.key(id, &kept).await;
        }
        let made = self.vault.new_subject(id.0, &HousesOf(self.store)).await.map_err(|error| {
            tracing::warn!(%error, "no key could be made for a person");
            Unread::Unavailable
        })?;
        let (key, Wrapped { key_id, sealed }) = made;
        match self.store.open_subject(id, WrappedKey { key_id, sealed }, now).await {
            Ok(()) => Ok(key),
            // Somebody else was quicker.
            Err(StoreError::Conflict(Conflict::Stale)) => {
                let kept = self.store.subject(id).await?.ok_or(Unread::Damaged)?;
                self.key(id, &kept).await
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn key(&self, id: PersonId, kept: &SubjectRecord) -> Result<SubjectKey, Unread> {
        let WrappedKey { key_id, sealed } = kept.key.clone().ok_or(Unread::Gone)?;
        match self
            .vault
            .open_subject(id.0, &HousesOf(self.store), &Wrapped { key_id, sealed })
            .await
        {
            Ok(key) => Ok(key),
            Err(NotOpened::Unavailable) => Err(Unread::Unavailable),
            Err(error) => Err(report(id, "subject_keys", "sealed_key", error)),
        }
    }
}

/// What does not open is told to whoever runs the hub: where it is, and never what it is.
fn report(id: PersonId, table: &'static str, column: &'static str, error: NotOpened) -> Unread {
    metrics::counter!("bedside_records_damaged_total", "table" => table).increment(1);
    tracing::error!(person_id = %id, table, column, %error, "a record is not what was saved");
    Unread::Damaged
}
