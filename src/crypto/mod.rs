//! Keys, seals, hashes and random tokens.
//!
//! Owns: the key files of the node (made at first run, readable by the owner only), AES-256-GCM sealing of small
//! values, SHA-256 and HMAC-SHA-256; the keys of conversations (`conversation`) and of people (`subject`), and what seals those
//! (`vault`, by a provider of `kek`). All of it is aws-lc-rs; nothing here is an algorithm of our own.
//! Does not: decide what is secret.

use crate::protocol::phi::Phi;
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

pub mod archive;
pub mod certificate;
mod conversation;
mod file;
pub mod kek;
mod note;
mod place;
mod signature;
mod subject;
pub mod tls;
mod token_keys;
mod vault;
mod words;

pub use conversation::{ConversationKey, MAX_TERMS, MAX_WORDS, Term, Written};
pub use file::Piece;
pub use note::{Note, NoteKind, NoteSigner, NoteVerifier, sha256_of};
pub use place::{Houses, Of, Owner};
pub use signature::PublicKey;
pub use subject::{Field, SEALED, SubjectKey};
pub use token_keys::TokenKey;
pub use vault::{BOUND, NotOpened, Vault, Wrapped};

/// Bytes of a token that opens a door: 256 random bits.
pub const TOKEN_BYTES: usize = 32;

/// A new random token, base64url.
///
/// # Errors
/// When the system has no randomness.
pub fn new_token() -> io::Result<Phi<String>> {
    Ok(Phi::new(URL_SAFE_NO_PAD.encode(random::<TOKEN_BYTES>()?)))
}

/// Random bytes.
///
/// # Errors
/// When the system has no randomness.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0_u8; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| io::Error::other("no randomness"))?;
    Ok(bytes)
}

/// SHA-256 of what comes piece by piece.
pub struct Digest(digest::Context);

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Digest")
    }
}

impl Default for Digest {
    fn default() -> Self {
        Digest(digest::Context::new(&digest::SHA256))
    }
}

impl Digest {
    /// The next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Of everything that came.
    pub fn finish(self) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }
}

/// SHA-256. Tokens are kept as their hash; they are random, so no salt is needed.
pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

/// SHA-512, for what others have hashed by it.
pub fn sha512(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA512, bytes).as_ref().to_vec()
}

/// Whether `signature` is the lower-case hexadecimal HMAC-SHA-256 of the message. Compared in constant time.
pub fn is_signed(secret: &[u8], message: &[u8], signature: &str) -> bool {
    let digit = |it: u8| char::from(it).to_digit(16).and_then(|it| u8::try_from(it).ok());
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? * 16 + digit(*low)?),
        _ => None,
    };
    let tag: Option<Vec<u8>> = signature.as_bytes().chunks(2).map(byte).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    !secret.is_empty() && tag.is_some_and(|tag| hmac::verify(&key, message, &tag).is_ok())
}

/// Seals small values with AES-256-GCM and derives ids, under one key of the node.
pub struct Sealer {
    aead: RandomizedNonceKey,
    mac: hmac::Key,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// From 32 bytes.
    ///
    /// # Errors
    /// When there are not 32.
    pub fn new(key: &[u8]) -> io::Result<Self> {
        let aead = RandomizedNonceKey::new(&AES_256_GCM, key)
            .map_err(|_| io::Error::other("a sealing key has 32 bytes"))?;
        let base = hmac::Key::new(hmac::HMAC_SHA256, key);
        let derived = hmac::sign(&base, b"bedside id derivation v1");
        Ok(Sealer { aead, mac: hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()) })
    }

    /// Nonce, ciphertext and tag, base64url. `place` says where the value belongs; it opens nowhere else.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn seal(&self, place: &str, plain: &[u8]) -> io::Result<String> {
        Ok(URL_SAFE_NO_PAD.encode(self.seal_bytes(place, plain)?))
    }

    /// The same as bytes.
    fn seal_bytes(&self, place: &str, plain: &[u8]) -> io::Result<Vec<u8>> {
        let mut bytes = plain.to_vec();
        let nonce = self
            .aead
            .seal_in_place_append_tag(Aad::from(place.as_bytes()), &mut bytes)
            .map_err(|_| io::Error::other("sealing failed"))?;
        let mut sealed = nonce.as_ref().to_vec();
        sealed.extend_from_slice(&bytes);
        Ok(sealed)
    }

    /// What was sealed for `place`; `None` when it was changed, moved, or sealed under another key.
    pub fn open(&self, place: &str, sealed: &str) -> Option<Vec<u8>> {
        self.open_bytes(place, &URL_SAFE_NO_PAD.decode(sealed).ok()?)
    }

    /// The same of bytes.
    fn open_bytes(&self, place: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut rest = rest.to_vec();
        let aad = Aad::from(place.as_bytes());
        self.aead.open_in_place(nonce, aad, &mut rest).ok().map(|plain| plain.to_vec())
    }

    /// A token that only this hub can derive from these words, always the same.
    pub fn derive_token(&self, words: &[&str]) -> Phi<String> {
        let tag = hmac::sign(&self.mac, words.join("\u{1f}").as_bytes());
        Phi::new(URL_SAFE_NO_PAD.encode(tag.as_ref()))
    }

    /// Whether a token is the one of these words. Compared in constant time.
    pub fn is_derived(&self, words: &[&str], token: &str) -> bool {
        let tag = URL_SAFE_NO_PAD.decode(token).ok();
        let words = words.join("\u{1f}");
        tag.is_some_and(|tag| hmac::verify(&self.mac, words.as_bytes(), &tag).is_ok())
    }

    /// An id that only this hub can derive from these words, always the same.
    pub fn derive_id(&self, words: &[&str]) -> uuid::Uuid {
        let tag = hmac::sign(&self.mac, words.join("\u{1f}").as_bytes());
        let mut bytes = [0_u8; 16];
        bytes.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }
}

/// The node's own keys.
#[derive(Debug)]
pub struct Keys {
    /// Signs access tokens until there is a newer one (`token_keys`): PKCS#8 of an Ed25519 key.
    pub signing: Phi<Vec<u8>>,
    /// Seals.
    pub sealer: Sealer,
    /// Seals the keys of conversations and people.
    pub vault: Vault,
    /// None: keys that live as long as the process.
    folder: Option<PathBuf>,
}

impl Keys {
    /// Reads the keys in `folder`, and makes those that are missing; key-encryption keys are files there as well.
    ///
    /// # Errors
    /// As [`Keys::open_with`].
    pub fn open(folder: &Path) -> io::Result<Self> {
        Keys::open_with(folder, Vault::open(&folder.join("kek"))?)
    }

    /// Reads the keys in `folder`, and makes those that are missing. Data keys are sealed by that vault.
    ///
    /// # Errors
    /// Which file cannot be read or written.
    pub fn open_with(folder: &Path, vault: Vault) -> io::Result<Self> {
        fs::create_dir_all(folder).map_err(|error| unreadable(folder, &error))?;
        let (first, seals) = (folder.join(token_keys::FIRST), folder.join("sealing.key"));
        // It is made first: where there is only the other, it was lost, and a new one would open nothing of before.
        if first.exists() && !seals.exists() {
            let text = "is missing beside the others: put it back from the backup of the keys";
            return Err(io::Error::other(format!("the key {} {text}", seals.display())));
        }
        let sealing = read_or_make(&seals, || Ok(random::<32>()?.to_vec()))?;
        let sealer = Sealer::new(&sealing).map_err(|error| unreadable(&seals, &error))?;
        let signing = read_or_make(&first, token_keys::new_pair)?;
        let signing = Phi::new(signing);
        TokenKey::read(&signing, 0).map_err(|error| unreadable(&first, &error))?;
        Ok(Keys { signing, sealer, vault, folder: Some(folder.to_owned()) })
    }

    /// Keys that live as long as the process, for tests.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn ephemeral() -> io::Result<Self> {
        Ok(Keys {
            signing: Phi::new(token_keys::new_pair()?),
            folder: None,
            sealer: Sealer::new(&random::<32>()?)?,
            vault: Vault::ephemeral()?,
        })
    }
}

/// The sentence about a file of keys.
fn unreadable(path: &Path, error: &io::Error) -> io::Error {
    io::Error::other(format!("the key {} cannot be read ({error})", path.display()))
}

fn read_or_make(path: &Path, make: impl FnOnce() -> io::Result<Vec<u8>>) -> io::Result<Vec<u8>> {
    match fs::read(path) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let bytes = make()?;
            write_private(path, &bytes)?;
            Ok(bytes)
        }
        Err(error) => Err(unreadable(path, &error)),
    }
}

/// Writes a file for its owner alone: all of it or nothing, and on disk when this returns.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Its whole name, for two files may differ in their extensions alone.
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".new");
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    rename_kept(Path::new(&temporary), path)
}

/// Gives a file another name in its folder, on disk when this returns.
pub(crate) fn rename_kept(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    match to.parent() {
        // A name without a folder is in this one.
        Some(folder) if folder.as_os_str().is_empty() => fs::File::open(".")?.sync_all(),
        Some(folder) => fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_in_its_place_only() {
        let sealer = Sealer::new(&[7; 32]).unwrap();
        let sealed = sealer.seal("a", b"plain").unwrap();
        assert_eq!(sealer.open("a", &sealed).unwrap(), b"plain");
        assert_eq!(sealer.open("b", &sealed), None);
        assert_eq!(Sealer::new(&[8; 32]).unwrap().open("a", &sealed), None);
        assert_eq!(sealer.open("a", "not base64!"), None);
        assert_eq!(sealer.open("a", "AAAA"), None);
    }

    #[test]
    fn keys_are_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let first = Keys::open(folder.path()).unwrap();
        let second = Keys::open(folder.path()).unwrap();
        assert_eq!(first.signing, second.signing);
        let sealed = first.sealer.seal("x", b"1").unwrap();
        assert_eq!(second.sealer.open("x", &sealed).unwrap(), b"1");
    }

    #[test]
    fn tokens_have_256_bits() {
        assert_eq!(new_token().unwrap().expose().len(), 43);
    }
}
