//! Two providers while a clinic moves from one to the other.
//!
//! Invariant: what is new is sealed by the one that is moved to; the other one opens what it sealed before. Sealing anew
//! (`bedside keys rewrap`) takes a data key from one to the other.

use super::{KeyEncryption, NotOpened, Wrapped};
use async_trait::async_trait;
use std::io;
use std::sync::Arc;

/// From one to the other.
#[derive(Debug)]
pub struct Moving {
    /// Seals from now on.
    pub to: Arc<dyn KeyEncryption>,
    /// Opens what it sealed.
    pub from: Arc<dyn KeyEncryption>,
}

#[async_trait]
impl KeyEncryption for Moving {
    async fn current(&self) -> io::Result<String> {
        self.to.current().await
    }

    async fn wrap(&self, place: &str, data: &[u8]) -> io::Result<Wrapped> {
        self.to.wrap(place, data).await
    }

    async fn unwrap(&self, place: &str, wrapped: &Wrapped) -> Result<Vec<u8>, NotOpened> {
        match self.from.unwrap(place, wrapped).await {
            Err(NotOpened::UnknownKey) => self.to.unwrap(place, wrapped).await,
            opened => opened,
        }
    }

    async fn rewrap(&self, place: &str, wrapped: &Wrapped) -> io::Result<Wrapped> {
        match self.from.unwrap(place, wrapped).await {
            Err(NotOpened::UnknownKey) => self.to.rewrap(place, wrapped).await,
            opened => self.to.wrap(place, &opened.map_err(io::Error::other)?).await,
        }
    }

    async fn rotate(&self) -> io::Result<String> {
        self.to.rotate().await
    }

    async fn has(&self, id: &str) -> io::Result<bool> {
        Ok(self.from.has(id).await? || self.to.has(id).await?)
    }

    async fn made_at(&self) -> io::Result<Option<i64>> {
        self.to.made_at().await
    }

    fn is_remote(&self) -> bool {
        self.to.is_remote()
    }
}

#[cfg(test)]
mod tests {
    use super::super::FileKeys;
    use super::*;

    #[tokio::test]
    async fn a_data_key_is_taken_from_one_to_the_other() {
        let from: Arc<dyn KeyEncryption> = Arc::new(FileKeys::ephemeral().unwrap());
        let to: Arc<dyn KeyEncryption> = Arc::new(FileKeys::ephemeral().unwrap());
        let before = from.wrap("here", b"data").await.unwrap();
        let moving = Moving { to: Arc::clone(&to), from };
        assert_eq!(moving.unwrap("here", &before).await.unwrap(), b"data");
        assert_eq!(moving.unwrap("there", &before).await, Err(NotOpened::Damaged));
        let after = moving.rewrap("here", &before).await.unwrap();
        assert_eq!(to.unwrap("here", &after).await.unwrap(), b"data");
        assert_eq!(moving.unwrap("here", &after).await.unwrap(), b"data");
        assert_eq!(moving.current().await.unwrap(), after.key_id);
        let lost = Wrapped { key_id: "0123456789abcdef".to_owned(), sealed: String::new() };
        assert_eq!(moving.unwrap("here", &lost).await, Err(NotOpened::UnknownKey));
        assert!(moving.rewrap("here", &lost).await.is_err());
    }
}
