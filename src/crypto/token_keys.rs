//! The keys that sign access tokens: the first of the node, and those that came after it.
//!
//! Owns: `signing-ed25519.pk8` and, in the folder `tokens` beside it, `<made at>-<id>.pk8`, the instant in milliseconds. The newest
//! signs. Invariant: a key is on disk before anything is signed by it. Another process may add one at any time.
//! Does not: delete one, or say until when an old one verifies (`auth::tokens`).

use super::{Keys, sha256, write_private};
use crate::protocol::phi::Phi;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

pub(super) const FIRST: &str = "signing-ed25519.pk8";
const FOLDER: &str = "tokens";
/// Bytes of the hash that a key is named by.
const ID_BYTES: usize = 12;

/// A key that signs access tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenKey {
    /// Its name: of the hash of the public key.
    pub id: String,
    /// When it was made, epoch ms.
    pub made_at: i64,
    /// PKCS#8 of the pair.
    pub pkcs8: Phi<Vec<u8>>,
    /// The public key.
    pub public: Vec<u8>,
}

impl TokenKey {
    /// From the PKCS#8 of an Ed25519 key.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(pkcs8: &Phi<Vec<u8>>, made_at: i64) -> io::Result<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8.expose())
            .map_err(|_| io::Error::other("the signing key cannot be read"))?;
        let public = pair.public_key().as_ref().to_vec();
        let id = URL_SAFE_NO_PAD.encode(sha256(&public).get(..ID_BYTES).unwrap_or_default());
        Ok(TokenKey { id, made_at, pkcs8: pkcs8.clone(), public })
    }
}

/// A new pair.
pub(super) fn new_pair() -> io::Result<Vec<u8>> {
    let pair = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new());
    pair.map(|it| it.as_ref().to_vec()).map_err(|_| io::Error::other("no randomness"))
}

impl Keys {
    /// All keys that sign or have signed access tokens, oldest first.
    ///
    /// # Errors
    /// When the folder or a key in it cannot be read.
    pub fn token_keys(&self) -> io::Result<Vec<TokenKey>> {
        let Some(folder) = &self.folder else {
            return Ok(vec![TokenKey::read(&self.signing, 0)?]);
        };
        let first_made = fs::metadata(folder.join(FIRST))?.mtime().saturating_mul(1_000);
        let mut keys = vec![TokenKey::read(&self.signing, first_made)?];
        keys.extend(later(&folder.join(FOLDER))?);
        // The first one is the first, whatever the machine's clock said then.
        keys.get_mut(1..)
            .unwrap_or_default()
            .sort_by(|a, b| (a.made_at, &a.id).cmp(&(b.made_at, &b.id)));
        Ok(keys)
    }

    /// Makes a new key, which signs from now on. Its name.
    ///
    /// # Errors
    /// When the system has no randomness, or the folder cannot be written.
    pub fn rotate_token_key(&self, now: i64) -> io::Result<String> {
        let folder =
            self.folder.as_ref().ok_or_else(|| io::Error::other("these keys are kept nowhere"))?;
        let folder = folder.join(FOLDER);
        fs::create_dir_all(&folder)?;
        let pkcs8 = new_pair()?;
        let key = TokenKey::read(&Phi::new(pkcs8.clone()), now)?;
        write_private(&folder.join(format!("{now:015}-{}.pk8", key.id)), &pkcs8)?;
        Ok(key.id)
    }
}

fn later(folder: &Path) -> io::Result<Vec<TokenKey>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(error),
    };
    let mut keys = vec![];
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let made_at = name.to_str().and_then(|it| it.strip_suffix(".pk8")?.split_once('-'));
        // A file on its way has another ending.
        let Some((made_at, id)) = made_at else { continue };
        let made_at =
            made_at.parse().map_err(|_| io::Error::other("a signing key without an instant"))?;
        let key = TokenKey::read(&Phi::new(fs::read(entry.path())?), made_at)?;
        if key.id != id {
            return Err(io::Error::other("a signing key has the name of another"));
        }
        keys.push(key);
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_last_and_nothing_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(folder.path()).unwrap();
        let first = keys.token_keys().unwrap();
        assert_eq!(first.len(), 1);
        // Another process rotates, and its clock may be before the file's.
        let other = Keys::open(folder.path()).unwrap();
        let (second, third) =
            (other.rotate_token_key(2_000).unwrap(), other.rotate_token_key(3_000).unwrap());
        let now = keys.token_keys().unwrap();
        let ids: Vec<_> = now.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, [first[0].id.as_str(), &second, &third]);
        assert_eq!(now[2].made_at, 3_000);
        let path = folder.path().join(FOLDER);
        fs::write(path.join("half.new"), b"on its way").unwrap();
        assert_eq!(keys.token_keys().unwrap().len(), 3);
        fs::copy(path.join(format!("{:015}-{third}.pk8", 3_000)), path.join("4000-other.pk8"))
            .unwrap();
        assert!(keys.token_keys().is_err(), "a name that is not its own");
        assert!(Keys::ephemeral().unwrap().rotate_token_key(1).is_err());
    }
}
