//! One text in one sealed file, by the key of backups and in their form.
//!
//! Invariants: a file is there whole or not at all, and is never written over. Does not: know what it says.

use super::stream::{Opening, Sealing};
use crate::crypto::archive::BackupKey;
use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Result, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Writes a file, for its owner only.
///
/// # Errors
/// When there is one of that name, or it cannot be written to the disk.
pub fn write(path: &Path, key: &BackupKey, text: &[u8]) -> Result<()> {
    let half = path.with_extension("part");
    // What is left of an attempt that was interrupted.
    let _removed = fs::remove_file(&half);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&half)?;
    let mut sealing = Sealing::begin(BufWriter::new(file), key)?;
    sealing.write_all(text)?;
    let file = sealing.end()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.sync_all()?;
    // A link takes no name that is there already; a rename would.
    fs::hard_link(&half, path)?;
    fs::remove_file(&half)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

/// What stands in a file, as it is read.
///
/// # Errors
/// When it cannot be read, or was sealed by another key.
pub fn open(path: &Path, key: &BackupKey) -> Result<impl Read + use<>> {
    Opening::begin(BufReader::new(File::open(path)?), key)
}
