//! Where a sealed value belongs: organisation, table, column, row.
//!
//! Owns: the words that are bound to a sealed value, and who says of which organisation somebody is. Invariant: what was sealed in one
//! organisation does not open in another, not even when the row of whose it is was moved there.
//! Does not: seal.

use async_trait::async_trait;
use std::fmt;
use std::io;
use uuid::Uuid;

/// Of which organisation a sealed value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tenant(Option<Uuid>);

impl Tenant {
    /// What a program of before has sealed, which bound one word for all organisations.
    pub(super) const BEFORE: Tenant = Tenant(None);

    pub(super) const fn of(house: Uuid) -> Self {
        Tenant(Some(house))
    }

    /// Where a value belongs; it opens nowhere else.
    pub(super) fn place(self, table: &str, column: &str, row: &str) -> String {
        format!("{self}|{table}|{column}|{row}")
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(house) => write!(f, "{house}"),
            None => f.write_str("default"),
        }
    }
}

/// Whose a data key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// A conversation's.
    Conversation(Uuid),
    /// A person's.
    Person(Uuid),
}

impl Owner {
    pub(super) fn place(self, tenant: Tenant) -> String {
        match self {
            Owner::Conversation(id) => tenant.place("conversations", "sealed_key", &id.to_string()),
            Owner::Person(id) => tenant.place("subject_keys", "sealed_key", &id.to_string()),
        }
    }
}

/// Who knows of which organisation somebody is.
#[async_trait]
pub trait Houses: Send + Sync {
    /// The organisation of a person, or of a conversation; nothing when there is no such one.
    ///
    /// # Errors
    /// When it cannot be asked now.
    async fn house(&self, owner: Owner) -> io::Result<Option<Uuid>>;
}

/// Known by whoever asks.
#[derive(Debug, Clone, Copy)]
pub struct Of(
    /// The organisation.
    pub Uuid,
);

#[async_trait]
impl Houses for Of {
    async fn house(&self, _: Owner) -> io::Result<Option<Uuid>> {
        Ok(Some(self.0))
    }
}
