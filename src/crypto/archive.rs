//! What seals a backup: chunks that open in their order only, under a key that is kept elsewhere.
//!
//! Owns: the key of backups as a file (32 bytes in base64, one line), its id, and the key of one archive, which HKDF derives from it and from the
//! archive's own random salt. Invariants: a chunk opens in its archive, at its number, and as the last one only if it was sealed as the
//! last: what was cut off, reordered or put together of two archives does not open.

use super::conversation::subkey;
use super::vault::{KEY_BYTES, KEY_ID_LETTERS, hex};
use super::{NotOpened, Sealer, random, write_private};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io;
use std::path::Path;

/// Bytes that an archive begins with, so that its key is its own.
pub const SALT_BYTES: usize = 16;

/// The key of backups.
pub struct BackupKey(Vec<u8>);

impl std::fmt::Debug for BackupKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BackupKey")
    }
}

/// The key of one archive.
pub struct ArchiveKey(Sealer);

impl std::fmt::Debug for ArchiveKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ArchiveKey")
    }
}

impl BackupKey {
    /// From a file.
    ///
    /// # Errors
    /// In a sentence: that it cannot be read, or is no key.
    pub fn read(path: &Path) -> io::Result<Self> {
        let told =
            |why: &str| io::Error::other(format!("the key of backups {} {why}", path.display()));
        let text = std::fs::read_to_string(path)
            .map_err(|error| told(&format!("cannot be read ({error})")))?;
        let bytes = STANDARD.decode(text.trim()).ok().filter(|it| it.len() == KEY_BYTES);
        bytes.map(BackupKey).ok_or_else(|| told("is not 32 bytes in base64"))
    }

    /// A new one, into a file that is not there yet.
    ///
    /// # Errors
    /// In a sentence: that it is there already, or cannot be written.
    pub fn make(path: &Path) -> io::Result<Self> {
        if path.exists() {
            let text = format!("the key of backups {} is there already", path.display());
            return Err(io::Error::other(text));
        }
        let text = format!("{}\n", STANDARD.encode(random::<KEY_BYTES>()?));
        write_private(path, text.as_bytes())?;
        BackupKey::read(path)
    }

    /// By which an archive says which key it needs. Says nothing about the key.
    ///
    /// # Errors
    /// Never, in practice.
    pub fn id(&self) -> io::Result<String> {
        let prk = Salt::new(HKDF_SHA256, b"bedside backup v1").extract(&self.0);
        Ok(hex(&subkey::<{ KEY_ID_LETTERS / 2 }>(&prk, b"key id")?))
    }

    /// A new archive's salt.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn new_salt() -> io::Result<[u8; SALT_BYTES]> {
        random()
    }

    /// The key of the archive with that salt.
    ///
    /// # Errors
    /// Never, in practice.
    pub fn of(&self, salt: &[u8]) -> io::Result<ArchiveKey> {
        let prk = Salt::new(HKDF_SHA256, salt).extract(&self.0);
        Ok(ArchiveKey(Sealer::new(&subkey::<KEY_BYTES>(&prk, b"bedside backup chunks v1")?)?))
    }
}

impl ArchiveKey {
    /// Seals a chunk.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn seal(&self, number: u64, is_last: bool, plain: &[u8]) -> io::Result<Vec<u8>> {
        self.0.seal_bytes(&at(number, is_last), plain)
    }

    /// A chunk.
    ///
    /// # Errors
    /// When it was not sealed as this one.
    pub fn open(&self, number: u64, is_last: bool, sealed: &[u8]) -> Result<Vec<u8>, NotOpened> {
        self.0.open_bytes(&at(number, is_last), sealed).ok_or(NotOpened::Damaged)
    }
}

fn at(number: u64, is_last: bool) -> String {
    format!("backup|{number}|{}", if is_last { "last" } else { "more" })
}
