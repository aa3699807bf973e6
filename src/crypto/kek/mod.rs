//! KEY-ENCRYPTION KEYS, behind a trait: whoever seals the data keys of conversations and people, and opens them again.
//!
//! Owns: what a provider is ([`KeyEncryption`]), and the two that need nobody else: [`FileKeys`] and [`GivenKeys`]. One that is asked over
//! the network is `kms::transit`.
//! Invariants: a data key opens at its place only, whoever sealed it. What cannot be opened is told apart: a key that is not here, a
//! value that is not what was sealed, and a provider that does not answer now. Nothing is lost by the last one.
//! Does not: delete a key. That is the operator's, when nothing is sealed by it any more, in no backup either.

use super::vault::{NamedKey, NotOpened, Wrapped, is_key_id};
use async_trait::async_trait;
use std::io;

mod file;
mod given;
mod moving;

pub use file::FileKeys;
pub use given::GivenKeys;
pub use moving::Moving;

/// Whoever seals data keys.
#[async_trait]
pub trait KeyEncryption: Send + Sync + std::fmt::Debug {
    /// The id of the key that seals what is new.
    ///
    /// # Errors
    /// In a sentence: which key cannot be read, or that the provider does not answer.
    async fn current(&self) -> io::Result<String>;
    /// Seals a data key for its place.
    ///
    /// # Errors
    /// As [`KeyEncryption::current`].
    async fn wrap(&self, place: &str, data: &[u8]) -> io::Result<Wrapped>;
    /// The data key that was sealed for a place.
    async fn unwrap(&self, place: &str, wrapped: &Wrapped) -> Result<Vec<u8>, NotOpened>;
    /// The same data key, sealed by the current key.
    async fn rewrap(&self, place: &str, wrapped: &Wrapped) -> io::Result<Wrapped> {
        let data = self.unwrap(place, wrapped).await.map_err(io::Error::other)?;
        self.wrap(place, &data).await
    }
    /// Makes a new key and makes it the current one; its id.
    ///
    /// # Errors
    /// When that is done elsewhere, and where; or as [`KeyEncryption::current`].
    async fn rotate(&self) -> io::Result<String>;
    /// Whether the key of that id is there.
    ///
    /// # Errors
    /// When the provider does not answer.
    async fn has(&self, id: &str) -> io::Result<bool>;
    /// When the current key was made, epoch ms; `None` where the provider does not know.
    ///
    /// # Errors
    /// As [`KeyEncryption::current`].
    async fn made_at(&self) -> io::Result<Option<i64>> {
        Ok(None)
    }
    /// Whether asking costs a way over the network, so that what was opened is remembered for a while.
    fn is_remote(&self) -> bool {
        false
    }
}

/// Seals by a key that is in this process.
fn wrap_by(key: &NamedKey, place: &str, data: &[u8]) -> io::Result<Wrapped> {
    Ok(Wrapped { key_id: key.id().to_owned(), sealed: key.seal(place, data)? })
}

/// The sentence about a key that is not there.
fn missing(id: &str, error: &io::Error) -> io::Error {
    io::Error::other(format!("the key-encryption key {id} cannot be read ({error})"))
}
