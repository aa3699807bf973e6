//! Of which organisation a person or a conversation is, for whoever opens their keys.
//!
//! Invariant: it is what the rows of accounts say now. Does not: remember (the vault does).

use crate::crypto::{Houses, Owner};
use crate::store::organisations::{Kind, Named, Organisations};
use async_trait::async_trait;
use std::io;
use uuid::Uuid;

/// As this store says.
#[derive(Clone, Copy)]
pub struct HousesOf<'a, S: ?Sized>(
    /// The store.
    pub &'a S,
);

impl<S: ?Sized> std::fmt::Debug for HousesOf<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HousesOf")
    }
}

#[async_trait]
impl<S: Organisations + Sync + ?Sized> Houses for HousesOf<'_, S> {
    async fn house(&self, owner: Owner) -> io::Result<Option<Uuid>> {
        let named = match owner {
            Owner::Conversation(id) => Named { kind: Kind::Conversation, id },
            Owner::Person(id) => Named { kind: Kind::Person, id },
        };
        let house = self.0.house_of(named).await.map_err(io::Error::other)?;
        Ok(house.map(|it| it.0))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn keys_that_are_bound_are_known_by_the_same_word() {
        assert_eq!(crate::crypto::BOUND, crate::store::subjects::BOUND);
    }
}
