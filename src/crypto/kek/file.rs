//! Key-encryption keys in files, made at the first run.
//!
//! Owns: the folder `kek` among the keys: `<key id>.key`, 32 bytes each, and `current`, the id of the one that seals what is
//! new. Old ones are kept to open what they sealed.
//! Invariant: a key is on disk before anything is sealed by it. Another process may rotate at any time: what is current is
//! asked for each new key, and an unknown id is looked for in the folder before it counts as unknown.

use super::super::vault::{KEY_BYTES, KEY_ID_LETTERS, hex};
use super::super::{random, read_or_make, write_private};
use super::{KeyEncryption, NamedKey, NotOpened, Wrapped, is_key_id, missing, wrap_by};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// Keys in a folder, or in memory.
#[derive(Debug)]
pub struct FileKeys {
    /// None: keys that live as long as the process.
    folder: Option<PathBuf>,
    keys: RwLock<BTreeMap<String, Arc<NamedKey>>>,
    /// Of keys without a folder.
    current: RwLock<String>,
}

impl FileKeys {
    /// Opens the folder, and makes it with a first key when there is none.
    ///
    /// # Errors
    /// Which key or which file cannot be read or written.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let keys = FileKeys {
            folder: Some(folder.to_owned()),
            keys: RwLock::default(),
            current: RwLock::default(),
        };
        match keys.named_current() {
            Ok(id) => keys.key(&id).map(|_| ()).map_err(|error| missing(&id, &error))?,
            // Keys that are there without it still open what they sealed.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                keys.make()?;
            }
            Err(error) => return Err(error),
        }
        Ok(keys)
    }

    /// Keys that live as long as the process, for tests.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn ephemeral() -> io::Result<Self> {
        let keys = FileKeys { folder: None, keys: RwLock::default(), current: RwLock::default() };
        keys.make()?;
        Ok(keys)
    }

    fn named_current(&self) -> io::Result<String> {
        let Some(folder) = &self.folder else {
            return Ok(self.current.read().unwrap_or_else(PoisonError::into_inner).clone());
        };
        let file = folder.join("current");
        let text = fs::read_to_string(&file)?;
        let id = text.trim();
        if is_key_id(id) {
            Ok(id.to_owned())
        } else {
            Err(io::Error::other(format!("{} names no key", file.display())))
        }
    }

    fn make(&self) -> io::Result<String> {
        let id = hex(&random::<{ KEY_ID_LETTERS / 2 }>()?);
        let make = || random::<KEY_BYTES>().map(|it| it.to_vec());
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

#[async_trait]
impl KeyEncryption for FileKeys {
    async fn current(&self) -> io::Result<String> {
        self.named_current()
    }

    async fn wrap(&self, place: &str, data: &[u8]) -> io::Result<Wrapped> {
        let id = self.named_current()?;
        let key = self.key(&id).map_err(|error| missing(&id, &error))?;
        wrap_by(&key, place, data)
    }

    async fn unwrap(&self, place: &str, wrapped: &Wrapped) -> Result<Vec<u8>, NotOpened> {
        let key = self.key(&wrapped.key_id).map_err(|_| NotOpened::UnknownKey)?;
        key.open(place, &wrapped.sealed)
    }

    async fn rotate(&self) -> io::Result<String> {
        self.make()
    }

    /// Of keys in a folder the file is looked at, whatever is in memory: what opens today is to open after a start as well.
    async fn has(&self, id: &str) -> io::Result<bool> {
        let Some(folder) = &self.folder else { return Ok(self.key(id).is_ok()) };
        if !is_key_id(id) {
            return Ok(false);
        }
        let on_disk = fs::read(folder.join(format!("{id}.key")));
        let Ok(on_disk) = on_disk.and_then(|it| NamedKey::new(id.to_owned(), &it)) else {
            return Ok(false);
        };
        // The one that is in use, and not another one under its name.
        let tried = self.key(id)?.seal("tried", id.as_bytes())?;
        Ok(on_disk.open("tried", &tried).is_ok())
    }

    /// When its file was written: it is written once.
    async fn made_at(&self) -> io::Result<Option<i64>> {
        let Some(folder) = &self.folder else { return Ok(None) };
        let id = self.named_current()?;
        let file = fs::metadata(folder.join(format!("{id}.key")));
        let file = file.map_err(|error| missing(&id, &error))?;
        Ok(Some(file.mtime().saturating_mul(1_000)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_key_whose_file_is_gone_or_another_one_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let keys = FileKeys::open(folder.path()).unwrap();
        let id = keys.current().await.unwrap();
        assert!(keys.has(&id).await.unwrap());
        let file = folder.path().join(format!("{id}.key"));
        let kept = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        assert!(keys.wrap("here", b"data").await.is_ok(), "it is in memory still");
        assert!(!keys.has(&id).await.unwrap());
        write_private(&file, &[7; KEY_BYTES]).unwrap();
        assert!(!keys.has(&id).await.unwrap(), "another one under its name");
        write_private(&file, &kept[1..]).unwrap();
        assert!(!keys.has(&id).await.unwrap(), "a part of it");
        write_private(&file, &kept).unwrap();
        assert!(keys.has(&id).await.unwrap());
    }
}
