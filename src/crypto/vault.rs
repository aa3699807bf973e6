//! The vault: what makes, seals and opens the data keys of conversations and of people.
//!
//! Owns: keys with names, and how a data key is kept. Who seals data keys is a provider ([`super::kek`]); where they belong is said by
//! [`super::place`]. Invariant: a data key opens for whom it was made only, as long as they are of the organisation that they were of then. What a
//! remote provider has opened is remembered, a bounded number of keys, so that whoever talks goes on while it does not answer.
//! Does not: delete a key of the node.

use super::Sealer;
use super::conversation::ConversationKey;
use super::kek::{FileKeys, KeyEncryption};
use super::place::{Houses, Owner, Tenant};
use super::subject::SubjectKey;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// Bytes of a key.
pub(super) const KEY_BYTES: usize = 32;
/// Letters of a key id: 64 random bits, so that two never meet.
pub(super) const KEY_ID_LETTERS: usize = 16;

/// Why something sealed was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    /// The key that it names is not here: it was destroyed, or its file is missing.
    #[error("the key that sealed it is not here")]
    UnknownKey,
    /// It was changed, moved or cut off.
    #[error("it is not what was sealed here")]
    Damaged,
    /// Whoever keeps the key does not answer now. Nothing is lost: it can be opened later.
    #[error("whoever keeps the key does not answer")]
    Unavailable,
}

/// A sealing key with a name. What it seals begins with that name and is bound to it.
#[derive(Debug)]
pub(super) struct NamedKey {
    id: String,
    sealer: Sealer,
}

impl NamedKey {
    pub(super) fn new(id: String, key: &[u8]) -> io::Result<Self> {
        Ok(NamedKey { id, sealer: Sealer::new(key)? })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// `<key id>.<sealed, base64url>`
    pub(super) fn seal(&self, place: &str, plain: &[u8]) -> io::Result<String> {
        let sealed = self.sealer.seal(&self.bound(place), plain)?;
        Ok(format!("{}.{sealed}", self.id))
    }

    pub(super) fn open(&self, place: &str, sealed: &str) -> Result<Vec<u8>, NotOpened> {
        let (id, sealed) = sealed.split_once('.').ok_or(NotOpened::Damaged)?;
        if id != self.id {
            return Err(if is_key_id(id) { NotOpened::UnknownKey } else { NotOpened::Damaged });
        }
        self.sealer.open(&self.bound(place), sealed).ok_or(NotOpened::Damaged)
    }

    /// Key id and sealed bytes.
    pub(super) fn seal_bytes(&self, place: &str, plain: &[u8]) -> io::Result<Vec<u8>> {
        let mut sealed = self.id.clone().into_bytes();
        sealed.extend_from_slice(&self.sealer.seal_bytes(&self.bound(place), plain)?);
        Ok(sealed)
    }

    pub(super) fn open_bytes(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, NotOpened> {
        let (id, sealed) = sealed.split_at_checked(KEY_ID_LETTERS).ok_or(NotOpened::Damaged)?;
        if id != self.id.as_bytes() {
            let is_id = std::str::from_utf8(id).is_ok_and(is_key_id);
            return Err(if is_id { NotOpened::UnknownKey } else { NotOpened::Damaged });
        }
        self.sealer.open_bytes(&self.bound(place), sealed).ok_or(NotOpened::Damaged)
    }

    fn bound(&self, place: &str) -> String {
        format!("{place}|{}", self.id)
    }
}

/// A data key as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// Which key of the node seals it.
    pub key_id: String,
    /// Sealed.
    pub sealed: String,
}

/// How the sealed form of a data key begins that is bound to an organisation. One without was sealed by a program of before.
pub const BOUND: &str = "~2.";
/// Owners whose organisation is remembered: some 5 MB. It never changes, so that above that all are asked for again and nothing else happens.
const MAX_HOUSES: usize = 65_536;
/// Data keys that a remote provider has opened and that are remembered: beyond that all are asked for again.
const MAX_REMEMBERED: usize = 4_096;

/// Seals and opens data keys.
#[derive(Debug)]
pub struct Vault {
    provider: Arc<dyn KeyEncryption>,
    remembered: Mutex<BTreeMap<Owner, Remembered>>,
    houses: Mutex<HashMap<Owner, Uuid>>,
}

/// How it was kept, of which organisation, and what it is.
struct Remembered(Wrapped, Tenant, Vec<u8>);

impl std::fmt::Debug for Remembered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Remembered")
    }
}

impl Vault {
    /// With this provider.
    pub fn new(provider: Arc<dyn KeyEncryption>) -> Self {
        Vault { provider, remembered: Mutex::default(), houses: Mutex::default() }
    }

    /// With the keys in a folder; a first one is made when there is none.
    ///
    /// # Errors
    /// When the folder cannot be read or written.
    pub fn open(folder: &Path) -> io::Result<Self> {
        Ok(Vault::new(Arc::new(FileKeys::open(folder)?)))
    }

    /// Keys that live as long as the process, for tests.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn ephemeral() -> io::Result<Self> {
        Ok(Vault::new(Arc::new(FileKeys::ephemeral()?)))
    }

    /// The key that seals what is new.
    ///
    /// # Errors
    /// In a sentence: which key cannot be read, or that nobody answers.
    pub async fn current(&self) -> io::Result<String> {
        self.provider.current().await
    }

    /// Makes a new key and makes it the current one; its id.
    ///
    /// # Errors
    /// When it cannot be made, or is made elsewhere.
    pub async fn rotate(&self) -> io::Result<String> {
        self.provider.rotate().await
    }

    /// Whether the key of that id is here.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn has(&self, id: &str) -> io::Result<bool> {
        self.provider.has(id).await
    }

    /// When the current key was made, epoch ms, as far as whoever keeps it knows.
    ///
    /// # Errors
    /// As [`Vault::current`].
    pub async fn made_at(&self) -> io::Result<Option<i64>> {
        self.provider.made_at().await
    }

    /// A new key for a conversation of an organisation, and how it is to be kept.
    ///
    /// # Errors
    /// When the system has no randomness, or the current key cannot be used.
    pub async fn new_key(
        &self,
        conversation: Uuid,
        house: Uuid,
    ) -> io::Result<(ConversationKey, Wrapped)> {
        let data = super::random::<KEY_BYTES>()?;
        let tenant = Tenant::of(house);
        let key = ConversationKey::new(conversation, tenant, &data)?;
        Ok((key, self.wrap(Owner::Conversation(conversation), tenant, &data).await?))
    }

    /// The key of a conversation, which is of the organisation that `houses` says.
    ///
    /// # Errors
    /// When it is none of this conversation, the conversation is of another organisation than it was, or its key of the node is not here.
    pub async fn open_key(
        &self,
        conversation: Uuid,
        houses: &dyn Houses,
        wrapped: &Wrapped,
    ) -> Result<ConversationKey, NotOpened> {
        let owner = Owner::Conversation(conversation);
        let tenant = self.tenant(owner, houses).await?;
        let data = self.unwrap(owner, tenant, wrapped).await?;
        ConversationKey::new(conversation, tenant, &data).map_err(|_| NotOpened::Damaged)
    }

    /// A new key for a person, and how it is to be kept.
    ///
    /// # Errors
    /// As [`Vault::new_key`], and when nobody knows of which organisation they are.
    pub async fn new_subject(
        &self,
        person: Uuid,
        houses: &dyn Houses,
    ) -> io::Result<(SubjectKey, Wrapped)> {
        let owner = Owner::Person(person);
        let tenant = self.tenant(owner, houses).await.map_err(io::Error::other)?;
        let data = super::random::<KEY_BYTES>()?;
        let key = SubjectKey::new(tenant, &data)?;
        Ok((key, self.wrap(owner, tenant, &data).await?))
    }

    /// The key of a person, who is of the organisation that `houses` says.
    ///
    /// # Errors
    /// As [`Vault::open_key`].
    pub async fn open_subject(
        &self,
        person: Uuid,
        houses: &dyn Houses,
        wrapped: &Wrapped,
    ) -> Result<SubjectKey, NotOpened> {
        let owner = Owner::Person(person);
        let tenant = self.tenant(owner, houses).await?;
        let data = self.unwrap(owner, tenant, wrapped).await?;
        SubjectKey::new(tenant, &data).map_err(|_| NotOpened::Damaged)
    }

    /// The same key, sealed by the current key of the node, and bound to its organisation.
    ///
    /// # Errors
    /// As [`Vault::open_key`].
    pub async fn rewrap(
        &self,
        owner: Owner,
        houses: &dyn Houses,
        wrapped: &Wrapped,
    ) -> io::Result<Wrapped> {
        let tenant = self.tenant(owner, houses).await.map_err(io::Error::other)?;
        let Some(within) = within(wrapped) else {
            let data = self.provider.unwrap(&owner.place(Tenant::BEFORE), wrapped).await;
            return self.wrap(owner, tenant, &data.map_err(io::Error::other)?).await;
        };
        Ok(bound(self.provider.rewrap(&owner.place(tenant), &within).await?))
    }

    /// Whether a data key opens.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn try_open(
        &self,
        owner: Owner,
        houses: &dyn Houses,
        wrapped: &Wrapped,
    ) -> Result<(), NotOpened> {
        let tenant = self.tenant(owner, houses).await?;
        self.opened(owner, tenant, wrapped).await.map(drop)
    }

    /// What was remembered of a key that was destroyed goes as well.
    pub fn forget(&self, owner: Owner) {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner).remove(&owner);
    }

    /// Of which organisation the owner is.
    async fn tenant(&self, owner: Owner, houses: &dyn Houses) -> Result<Tenant, NotOpened> {
        let known = self.houses().get(&owner).copied();
        if let Some(house) = known {
            return Ok(Tenant::of(house));
        }
        let house = houses.house(owner).await.map_err(|_| NotOpened::Unavailable)?;
        let house = house.ok_or(NotOpened::Damaged)?;
        let mut known = self.houses();
        if known.len() >= MAX_HOUSES {
            known.clear();
        }
        known.insert(owner, house);
        Ok(Tenant::of(house))
    }

    fn houses(&self) -> MutexGuard<'_, HashMap<Owner, Uuid>> {
        self.houses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn wrap(&self, owner: Owner, tenant: Tenant, data: &[u8]) -> io::Result<Wrapped> {
        Ok(bound(self.provider.wrap(&owner.place(tenant), data).await?))
    }

    async fn opened(
        &self,
        owner: Owner,
        tenant: Tenant,
        wrapped: &Wrapped,
    ) -> Result<Vec<u8>, NotOpened> {
        match within(wrapped) {
            Some(within) => self.provider.unwrap(&owner.place(tenant), &within).await,
            None => self.provider.unwrap(&owner.place(Tenant::BEFORE), wrapped).await,
        }
    }

    async fn unwrap(
        &self,
        owner: Owner,
        tenant: Tenant,
        wrapped: &Wrapped,
    ) -> Result<Vec<u8>, NotOpened> {
        if !self.provider.is_remote() {
            return self.opened(owner, tenant, wrapped).await;
        }
        let known = {
            let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
            let same = remembered.get(&owner).filter(|it| it.0 == *wrapped && it.1 == tenant);
            same.map(|it| it.2.clone())
        };
        if let Some(data) = known {
            return Ok(data);
        }
        let data = self.opened(owner, tenant, wrapped).await?;
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= MAX_REMEMBERED {
            remembered.clear();
        }
        remembered.insert(owner, Remembered(wrapped.clone(), tenant, data.clone()));
        Ok(data)
    }
}

/// As a data key is kept that is bound to its organisation.
fn bound(it: Wrapped) -> Wrapped {
    Wrapped { sealed: format!("{BOUND}{}", it.sealed), ..it }
}

/// What the provider has sealed, of a data key that is bound to its organisation.
fn within(it: &Wrapped) -> Option<Wrapped> {
    let sealed = it.sealed.strip_prefix(BOUND)?.to_owned();
    Some(Wrapped { key_id: it.key_id.clone(), sealed })
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

pub(super) fn is_key_id(id: &str) -> bool {
    let is_hex = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
    id.len() == KEY_ID_LETTERS && id.bytes().all(is_hex)
}

#[cfg(test)]
#[path = "vault_tests.rs"]
mod tests;
