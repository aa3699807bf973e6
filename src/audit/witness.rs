//! Somebody outside who remembers: a witness signs a checkpoint only if it continues the last one that it has signed.
//!
//! Invariant: of two logs that contradict each other a witness signs one. What it has signed last is on disk before its signature is
//! told. Does not: look at entries; that is `verify`.

use super::MERKLE;
use super::checkpoint::Checkpoint;
use super::folder::Folder;
use super::publisher::CHECKPOINT;
use super::succession::{Forged, Keys};
use crate::crypto::{Note, NoteSigner, NoteVerifier};
use crate::domain::merkle::proof::Head;
use crate::domain::merkle::{plan, proof};
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

/// Why a witness signs nothing.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The checkpoint is missing, or is not signed by the key of the log.
    #[error("the checkpoint is missing, or is not signed by this key")]
    NotSigned,
    /// What was signed last is not of this log, or cannot be read.
    #[error("what this witness saw last is no checkpoint of this log")]
    OtherLog,
    /// The log was longer.
    #[error("the log had {0} entries when it was seen last, and has {1} now: it was cut off")]
    Shorter(u64, u64),
    /// The log does not begin with what was seen.
    #[error(
        "the log does not begin with the {0} entries that were seen last: it was rewritten, or others are shown another one"
    )]
    SplitView(u64),
    /// What is said of keys that follow each other is not what those keys have signed.
    #[error(transparent)]
    Keys(#[from] Forged),
    /// A file of hashes is missing.
    #[error("files are missing that prove that the log continues the one that was seen")]
    Incomplete,
    /// A file cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Signs the checkpoint of a log, and remembers it in `seen`. What comes out is the note with one signature more.
///
/// # Errors
/// [`Refused`]; then nothing was signed and nothing is forgotten.
pub fn witness(
    folder: &Folder,
    log: &NoteVerifier,
    signer: &NoteSigner,
    seen: &Path,
    seconds: u64,
) -> Result<String, Refused> {
    let note = folder.text(CHECKPOINT)?.unwrap_or_default();
    let keys = folder.keys(log)??;
    let now = keys.opened(&note).ok_or(Refused::NotSigned)?;
    must_contain_what_was_handed_on(folder, &keys, &now.head)?;
    match fs::read_to_string(seen) {
        Ok(last) => must_continue(folder, &keys, &last, &now)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    let text = now.text();
    // Only what was checked is handed on; whatever else stood under it is not known here.
    let own = signer.sign(&text, seconds);
    let parsed = Note::parse(&note).ok_or(Refused::NotSigned)?;
    if parsed.text() != text {
        return Err(Refused::NotSigned);
    }
    remember(seen, &note)?;
    Ok(format!("{note}{own}"))
}

fn must_continue(
    folder: &Folder,
    keys: &Keys,
    last: &str,
    now: &Checkpoint,
) -> Result<(), Refused> {
    let last = keys.opened(last).ok_or(Refused::OtherLog)?;
    continues(folder, &last.head, &now.head)
}

/// What each key said of the log when it handed it on counts like what was seen.
pub(super) fn must_contain_what_was_handed_on(
    folder: &Folder,
    keys: &Keys,
    now: &Head,
) -> Result<(), Refused> {
    keys.handed_on().iter().try_for_each(|it| continues(folder, &it.head, now))
}

fn continues(folder: &Folder, old: &Head, new: &Head) -> Result<(), Refused> {
    let parts = plan::consistency(old.size, new.size);
    let parts = parts.ok_or(Refused::Shorter(old.size, new.size))?;
    let path = folder.parts(parts, new.size)?.ok_or(Refused::Incomplete)?;
    match proof::continues(MERKLE, old, new, &path) {
        true => Ok(()),
        false => Err(Refused::SplitView(old.size)),
    }
}

/// All of it or nothing, and on disk when this returns.
fn remember(path: &Path, note: &str) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = fs::File::create(&new)?;
    file.write_all(note.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)
}
