//! The keys of the node that seal the keys of conversations.
//!
//! Owns: the folder `kek` among the keys: `<key id>.key`, 32 bytes each, and `current`, the id of the one that seals what is
//! new. Old ones are kept to open what they sealed.
//! Invariant: a key is on disk before anything is sealed by it. Another process may rotate at any time: what is current is
//! asked for each new key, and an unknown id is looked for in the folder before it counts as unknown.
//! Does not: delete a key. That is the operator's, when nothing is sealed by it any more, in no backup either.

use super::conversation::ConversationKey;
use super::{Sealer, read_or_make, write_private};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
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

/// The key of a conversation as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// Which key of the node seals it.
    pub key_id: String,
    /// Sealed.
    pub sealed: String,
}

/// Seals and opens the keys of conversations.
#[derive(Debug)]
pub struct Vault {
    /// None: keys that live as long as the process.
    folder: Option<PathBuf>,
    keys: RwLock<BTreeMap<String, Arc<NamedKey>>>,
    /// Of a vault without a folder.
    current: RwLock<String>,
}

impl Vault {
    /// Opens the folder, and makes it with a first key when there is none.
    ///
    /// # Errors
    /// When the folder cannot be read or written.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let vault = Vault {
            folder: Some(folder.to_owned()),
            keys: RwLock::default(),
            current: RwLock::default(),
        };
        match vault.current() {
            Ok(id) => vault.key(&id).map(|_| ()).map_err(|error| missing(&id, error))?,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                vault.rotate()?;
            }
            Err(error) => return Err(error),
        }
        Ok(vault)
    }

    /// Keys that live as long as the process, for tests.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn ephemeral() -> io::Result<Self> {
        let vault = Vault { folder: None, keys: RwLock::default(), current: RwLock::default() };
        vault.rotate()?;
        Ok(vault)
    }

    /// The key that seals what is new.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn current(&self) -> io::Result<String> {
        let Some(folder) = &self.folder else {
            return Ok(self.current.read().unwrap_or_else(PoisonError::into_inner).clone());
        };
        let text = fs::read_to_string(folder.join("current"))?;
        let id = text.trim();
        if is_key_id(id) {
            Ok(id.to_owned())
        } else {
            Err(io::Error::other("current names no key"))
        }
    }

    /// Makes a new key, which seals what is new from now on. Its id.
    ///
    /// # Errors
    /// When the system has no randomness, or the folder cannot be written.
    pub fn rotate(&self) -> io::Result<String> {
        let id = hex(&super::random::<{ KEY_ID_LETTERS / 2 }>()?);
        let make = || super::random::<KEY_BYTES>().map(|it| it.to_vec());
        match &self.folder {
            Some(folder) => {
                self.add(&id, &read_or_make(&folder.join(format!("{id}.key")), make)?)?;
                write_private(&folder.join("current"), id.as_bytes())?;
            }
            None => {
                self.add(&id, &make()?)?;
                let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                current.clone_from(&id);
            }
        }
        Ok(id)
    }

    /// Whether the key of that id is here.
    pub fn has(&self, id: &str) -> bool {
        self.key(id).is_ok()
    }

    /// A new key for a conversation, and how it is to be kept.
    ///
    /// # Errors
    /// When the system has no randomness, or the current key cannot be read.
    pub fn new_key(&self, conversation: Uuid) -> io::Result<(ConversationKey, Wrapped)> {
        let data = super::random::<KEY_BYTES>()?;
        let key = ConversationKey::new(conversation, &data)?;
        Ok((key, self.wrap(conversation, &data)?))
    }

    /// The key of a conversation.
    ///
    /// # Errors
    /// When it is none of this conversation, or its key of the node is not here.
    pub fn open_key(
        &self,
        conversation: Uuid,
        wrapped: &Wrapped,
    ) -> Result<ConversationKey, NotOpened> {
        let data = self.unwrap(conversation, wrapped)?;
        ConversationKey::new(conversation, &data).map_err(|_| NotOpened::Damaged)
    }

    /// The same key, sealed by the current key of the node.
    ///
    /// # Errors
    /// As [`Vault::open_key`].
    pub fn rewrap(&self, conversation: Uuid, wrapped: &Wrapped) -> io::Result<Wrapped> {
        let data = self.unwrap(conversation, wrapped).map_err(io::Error::other)?;
        self.wrap(conversation, &data)
    }

    fn wrap(&self, conversation: Uuid, data: &[u8]) -> io::Result<Wrapped> {
        let key_id = self.current()?;
        let key = self.key(&key_id).map_err(|error| missing(&key_id, error))?;
        let sealed = key.seal(&key_place(conversation), data)?;
        Ok(Wrapped { key_id, sealed })
    }

    fn unwrap(&self, conversation: Uuid, wrapped: &Wrapped) -> Result<Vec<u8>, NotOpened> {
        let key = self.key(&wrapped.key_id).map_err(|_| NotOpened::UnknownKey)?;
        key.open(&key_place(conversation), &wrapped.sealed)
    }

    fn key(&self, id: &str) -> io::Result<Arc<NamedKey>> {
        let known = self.keys.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        if let Some(key) = known {
            return Ok(key);
        }
        // An id is a file name only when it looks like one of ours.
        let folder = self.folder.as_deref().filter(|_| is_key_id(id));
        let folder = folder.ok_or_else(|| io::Error::from(ErrorKind::NotFound))?;
        self.add(id, &fs::read(folder.join(format!("{id}.key")))?)
    }

    fn add(&self, id: &str, bytes: &[u8]) -> io::Result<Arc<NamedKey>> {
        let key = Arc::new(NamedKey::new(id.to_owned(), bytes)?);
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.insert(id.to_owned(), Arc::clone(&key));
        Ok(key)
    }
}

fn key_place(conversation: Uuid) -> String {
    place("conversations", "sealed_key", &conversation.to_string())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

fn is_key_id(id: &str) -> bool {
    let is_hex = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
    id.len() == KEY_ID_LETTERS && id.bytes().all(is_hex)
}

fn missing(id: &str, error: io::Error) -> io::Error {
    io::Error::other(format!("the key {id} of conversations cannot be read ({error})"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::phi::Phi;
    use std::os::unix::fs::PermissionsExt as _;

    fn said(key: &ConversationKey, message: Uuid, sealed: &str) -> Result<String, NotOpened> {
        key.open_body(message, sealed).map(Phi::into_exposed)
    }

    #[test]
    fn a_wrapped_key_opens_for_its_conversation_only() {
        let vault = Vault::ephemeral().unwrap();
        let [one, two, message] = [1, 2, 3].map(Uuid::from_u128);
        let (key, wrapped) = vault.new_key(one).unwrap();
        let sealed = key.seal_body(message, "It hurts less.").unwrap();
        let again = vault.open_key(one, &wrapped).unwrap();
        assert_eq!(said(&again, message, &sealed).unwrap(), "It hurts less.");
        assert_eq!(vault.open_key(two, &wrapped).unwrap_err(), NotOpened::Damaged);
        let short = Wrapped {
            sealed: wrapped.sealed[..wrapped.sealed.len() - 2].to_owned(),
            ..wrapped.clone()
        };
        assert_eq!(vault.open_key(one, &short).unwrap_err(), NotOpened::Damaged);
        let none = Wrapped { sealed: String::new(), ..wrapped.clone() };
        assert_eq!(vault.open_key(one, &none).unwrap_err(), NotOpened::Damaged);
        let elsewhere = Vault::ephemeral().unwrap();
        assert_eq!(elsewhere.open_key(one, &wrapped).unwrap_err(), NotOpened::UnknownKey);
    }

    #[test]
    fn what_an_old_key_sealed_opens_after_a_rotation() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kek");
        let vault = Vault::open(&path).unwrap();
        // Another process, which does not know of the rotation.
        let running = Vault::open(&path).unwrap();
        let id = Uuid::from_u128(1);
        let (key, old) = vault.new_key(id).unwrap();
        let sealed = key.seal_body(id, "before").unwrap();
        let next = vault.rotate().unwrap();
        assert_eq!((running.current().unwrap(), old.key_id != next), (next.clone(), true));
        let (_, new) = running.new_key(id).unwrap();
        assert_eq!(new.key_id, next);

        let anew = running.rewrap(id, &old).unwrap();
        assert_eq!(anew.key_id, next);
        for wrapped in [old.clone(), anew.clone()] {
            let key = Vault::open(&path).unwrap().open_key(id, &wrapped).unwrap();
            assert_eq!(said(&key, id, &sealed).unwrap(), "before", "the same data key");
        }
        fs::remove_file(path.join(format!("{}.key", old.key_id))).unwrap();
        let after = Vault::open(&path).unwrap();
        assert_eq!(after.open_key(id, &old).unwrap_err(), NotOpened::UnknownKey);
        assert!(after.rewrap(id, &old).is_err());
        assert!(after.open_key(id, &anew).is_ok());
    }

    #[test]
    fn a_key_under_another_name_opens_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path()).unwrap();
        let id = Uuid::from_u128(1);
        let (_, wrapped) = vault.new_key(id).unwrap();
        let other = "0123456789abcdef";
        let from = folder.path().join(format!("{}.key", wrapped.key_id));
        fs::copy(from, folder.path().join(format!("{other}.key"))).unwrap();
        let rest = wrapped.sealed.split_once('.').unwrap().1;
        let renamed = Wrapped { key_id: other.to_owned(), sealed: format!("{other}.{rest}") };
        assert_eq!(vault.open_key(id, &renamed).unwrap_err(), NotOpened::Damaged);
        let swapped = Wrapped { key_id: other.to_owned(), ..wrapped };
        assert_eq!(vault.open_key(id, &swapped).unwrap_err(), NotOpened::UnknownKey);
        let outside = Wrapped { key_id: "../sealing".to_owned(), sealed: String::new() };
        assert_eq!(vault.open_key(id, &outside).unwrap_err(), NotOpened::UnknownKey);
    }

    #[test]
    fn keys_are_for_their_owner_and_a_lost_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path()).unwrap();
        let current = vault.current().unwrap();
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
