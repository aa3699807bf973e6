//! The vault: what makes, seals and opens the data keys of conversations and of people.
//!
//! Owns: where a sealed value belongs, keys with names, and which data key is whose. Who seals data keys is a provider
//! ([`super::kek`]). Invariant: a data key opens for whom it was made only. What a remote provider has opened is remembered, a bounded
//! number of keys, so that whoever talks goes on while it does not answer.
//! Does not: delete a key of the node.

use super::Sealer;
use super::conversation::ConversationKey;
use super::kek::{FileKeys, KeyEncryption};
use super::subject::SubjectKey;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// Where this hub's rows are. One clinic has one hub; the word keeps place for more.
const TENANT: &str = "default";
/// Bytes of a key.
pub(super) const KEY_BYTES: usize = 32;
/// Letters of a key id: 64 random bits, so that two never meet.
pub(super) const KEY_ID_LETTERS: usize = 16;

/// Where a sealed value belongs; it opens nowhere else.
pub(super) fn place(table: &str, column: &str, row: &str) -> String {
    format!("{TENANT}|{table}|{column}|{row}")
}

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

/// Whose a data key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// A conversation's.
    Conversation(Uuid),
    /// A person's.
    Person(Uuid),
}

impl Owner {
    fn place(self) -> String {
        match self {
            Owner::Conversation(id) => place("conversations", "sealed_key", &id.to_string()),
            Owner::Person(id) => place("subject_keys", "sealed_key", &id.to_string()),
        }
    }
}

/// Data keys that a remote provider has opened and that are remembered: beyond that all are asked for again.
const MAX_REMEMBERED: usize = 4_096;

/// Seals and opens data keys.
#[derive(Debug)]
pub struct Vault {
    provider: Arc<dyn KeyEncryption>,
    remembered: Mutex<BTreeMap<Owner, Remembered>>,
}

/// How it was kept, and what it is.
struct Remembered(Wrapped, Vec<u8>);

impl std::fmt::Debug for Remembered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Remembered")
    }
}

impl Vault {
    /// With this provider.
    pub fn new(provider: Arc<dyn KeyEncryption>) -> Self {
        Vault { provider, remembered: Mutex::default() }
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

    /// A new key for a conversation, and how it is to be kept.
    ///
    /// # Errors
    /// When the system has no randomness, or the current key cannot be used.
    pub async fn new_key(&self, conversation: Uuid) -> io::Result<(ConversationKey, Wrapped)> {
        let data = super::random::<KEY_BYTES>()?;
        let key = ConversationKey::new(conversation, &data)?;
        let place = Owner::Conversation(conversation).place();
        Ok((key, self.provider.wrap(&place, &data).await?))
    }

    /// The key of a conversation.
    ///
    /// # Errors
    /// When it is none of this conversation, or its key of the node is not here.
    pub async fn open_key(
        &self,
        conversation: Uuid,
        wrapped: &Wrapped,
    ) -> Result<ConversationKey, NotOpened> {
        let data = self.unwrap(Owner::Conversation(conversation), wrapped).await?;
        ConversationKey::new(conversation, &data).map_err(|_| NotOpened::Damaged)
    }

    /// A new key for a person, and how it is to be kept.
    ///
    /// # Errors
    /// As [`Vault::new_key`].
    pub async fn new_subject(&self, person: Uuid) -> io::Result<(SubjectKey, Wrapped)> {
        let data = super::random::<KEY_BYTES>()?;
        let key = SubjectKey::new(&data)?;
        Ok((key, self.provider.wrap(&Owner::Person(person).place(), &data).await?))
    }

    /// The key of a person.
    ///
    /// # Errors
    /// As [`Vault::open_key`].
    pub async fn open_subject(
        &self,
        person: Uuid,
        wrapped: &Wrapped,
    ) -> Result<SubjectKey, NotOpened> {
        let data = self.unwrap(Owner::Person(person), wrapped).await?;
        SubjectKey::new(&data).map_err(|_| NotOpened::Damaged)
    }

    /// The same key, sealed by the current key of the node.
    ///
    /// # Errors
    /// As [`Vault::open_key`].
    pub async fn rewrap(&self, owner: Owner, wrapped: &Wrapped) -> io::Result<Wrapped> {
        self.provider.rewrap(&owner.place(), wrapped).await
    }

    /// Whether a data key opens.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn try_open(&self, owner: Owner, wrapped: &Wrapped) -> Result<(), NotOpened> {
        self.provider.unwrap(&owner.place(), wrapped).await.map(drop)
    }

    /// What was remembered of a key that was destroyed goes as well.
    pub fn forget(&self, owner: Owner) {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner).remove(&owner);
    }

    async fn unwrap(&self, owner: Owner, wrapped: &Wrapped) -> Result<Vec<u8>, NotOpened> {
        if !self.provider.is_remote() {
            return self.provider.unwrap(&owner.place(), wrapped).await;
        }
        let known = {
            let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
            let same = remembered.get(&owner).filter(|it| it.0 == *wrapped);
            same.map(|it| it.1.clone())
        };
        if let Some(data) = known {
            return Ok(data);
        }
        let data = self.provider.unwrap(&owner.place(), wrapped).await?;
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= MAX_REMEMBERED {
            remembered.clear();
        }
        remembered.insert(owner, Remembered(wrapped.clone(), data.clone()));
        Ok(data)
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

pub(super) fn is_key_id(id: &str) -> bool {
    let is_hex = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
    id.len() == KEY_ID_LETTERS && id.bytes().all(is_hex)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Written;
    use crate::protocol::phi::Phi;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    fn written(message: Uuid) -> Written {
        Written { message, line: 1, by: Uuid::from_u128(20) }
    }

    fn said(key: &ConversationKey, message: Uuid, sealed: &str) -> Result<String, NotOpened> {
        key.open_body(written(message), sealed).map(Phi::into_exposed)
    }

    #[tokio::test]
    async fn a_wrapped_key_opens_for_its_conversation_only() {
        let vault = Vault::ephemeral().unwrap();
        let [one, two, message] = [1, 2, 3].map(Uuid::from_u128);
        let (key, wrapped) = vault.new_key(one).await.unwrap();
        let sealed = key.seal_body(written(message), "It hurts less.").unwrap();
        let again = vault.open_key(one, &wrapped).await.unwrap();
        assert_eq!(said(&again, message, &sealed).unwrap(), "It hurts less.");
        assert_eq!(vault.open_key(two, &wrapped).await.unwrap_err(), NotOpened::Damaged);
        let short = Wrapped {
            sealed: wrapped.sealed[..wrapped.sealed.len() - 2].to_owned(),
            ..wrapped.clone()
        };
        assert_eq!(vault.open_key(one, &short).await.unwrap_err(), NotOpened::Damaged);
        let none = Wrapped { sealed: String::new(), ..wrapped.clone() };
        assert_eq!(vault.open_key(one, &none).await.unwrap_err(), NotOpened::Damaged);
        let elsewhere = Vault::ephemeral().unwrap();
        assert_eq!(elsewhere.open_key(one, &wrapped).await.unwrap_err(), NotOpened::UnknownKey);
    }

    #[tokio::test]
    async fn what_an_old_key_sealed_opens_after_a_rotation() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kek");
        let vault = Vault::open(&path).unwrap();
        // Another process, which does not know of the rotation.
        let running = Vault::open(&path).unwrap();
        let id = Uuid::from_u128(1);
        let (key, old) = vault.new_key(id).await.unwrap();
        let sealed = key.seal_body(written(id), "before").unwrap();
        let next = vault.rotate().await.unwrap();
        assert_eq!((running.current().await.unwrap(), old.key_id != next), (next.clone(), true));
        let (_, new) = running.new_key(id).await.unwrap();
        assert_eq!(new.key_id, next);

        let anew = running.rewrap(Owner::Conversation(id), &old).await.unwrap();
        assert_eq!(anew.key_id, next);
        for wrapped in [old.clone(), anew.clone()] {
            let key = Vault::open(&path).unwrap().open_key(id, &wrapped).await.unwrap();
            assert_eq!(said(&key, id, &sealed).unwrap(), "before", "the same data key");
        }
        fs::remove_file(path.join(format!("{}.key", old.key_id))).unwrap();
        let after = Vault::open(&path).unwrap();
        assert_eq!(after.open_key(id, &old).await.unwrap_err(), NotOpened::UnknownKey);
        assert!(after.rewrap(Owner::Conversation(id), &old).await.is_err());
        assert!(after.open_key(id, &anew).await.is_ok());
    }

    #[tokio::test]
    async fn a_key_under_another_name_opens_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path()).unwrap();
        let id = Uuid::from_u128(1);
        let (_, wrapped) = vault.new_key(id).await.unwrap();
        let other = "0123456789abcdef";
        let from = folder.path().join(format!("{}.key", wrapped.key_id));
        fs::copy(from, folder.path().join(format!("{other}.key"))).unwrap();
        let rest = wrapped.sealed.split_once('.').unwrap().1;
        let renamed = Wrapped { key_id: other.to_owned(), sealed: format!("{other}.{rest}") };
        assert_eq!(vault.open_key(id, &renamed).await.unwrap_err(), NotOpened::Damaged);
        let swapped = Wrapped { key_id: other.to_owned(), ..wrapped };
        assert_eq!(vault.open_key(id, &swapped).await.unwrap_err(), NotOpened::UnknownKey);
        let outside = Wrapped { key_id: "../sealing".to_owned(), sealed: String::new() };
        assert_eq!(vault.open_key(id, &outside).await.unwrap_err(), NotOpened::UnknownKey);
    }

    #[tokio::test]
    async fn keys_are_for_their_owner_and_a_lost_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path()).unwrap();
        let current = vault.current().await.unwrap();
        let file = folder.path().join(format!("{current}.key"));
        for path in [file.clone(), folder.path().join("current")] {
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::remove_file(&file).unwrap();
        let told = Vault::open(folder.path()).unwrap_err().to_string();
        assert!(told.contains(&current), "{told}");
        fs::write(folder.path().join("current"), "../../etc/passwd").unwrap();
        assert!(Vault::open(folder.path()).is_err());
    }
}
