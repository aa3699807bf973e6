//! That one entry is in a log, for somebody who has nothing else of it: C2SP `tlog-proof`, with the entry beside it.

use super::MERKLE;
use super::checkpoint::Checkpoint;
use super::folder::Folder;
use super::leaf::Leaf;
use super::publisher::CHECKPOINT;
use super::witness::must_contain_what_was_handed_on;
use crate::crypto::NoteVerifier;
use crate::domain::merkle::tile::{Tile, WIDTH};
use crate::domain::merkle::{Hash, plan, proof};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io;

/// What a proof begins with.
const HEAD: &str = "c2sp.org/tlog-proof@v1";
/// Hashes of one proof: a log of 2^63 entries has no more.
const MAX_HASHES: usize = 64;

/// A proof that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The entry.
    pub leaf: Leaf,
    /// Entries that the checkpoint covers.
    pub size: u64,
}

/// The proof of an entry.
///
/// # Errors
/// When a file cannot be read, or the log has no such entry.
pub fn prove(folder: &Folder, key: &NoteVerifier, entry: u64) -> io::Result<String> {
    let note = folder.text(CHECKPOINT)?.unwrap_or_default();
    let keys = folder.keys(key)?.map_err(io::Error::other)?;
    let (by, signed) = keys.opened_by(&note).ok_or_else(|| {
        io::Error::other("the checkpoint is missing, or is not signed by this key")
    })?;
    must_contain_what_was_handed_on(folder, &keys, &signed.head).map_err(io::Error::other)?;
    let missing = || io::Error::other("the log has no such entry, or a file of it is missing");
    let size = signed.head.size;
    let parts = plan::inclusion(entry, size).ok_or_else(missing)?;
    let hashes = folder.parts(parts, size)?.ok_or_else(missing)?;
    let tile = Tile::of(0, entry / WIDTH, size).ok_or_else(missing)?;
    let (entries, _) = folder.entries(tile)?;
    let at = usize::try_from(entry % WIDTH).map_err(|_| missing())?;
    let leaf = entries.get(at).ok_or_else(missing)?;
    let mut text = format!("{HEAD}\nextra {}\nindex {entry}\n", STANDARD.encode(leaf));
    for it in hashes {
        text.push_str(&STANDARD.encode(it));
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&note);
    match check(&text, by) {
        Some(_) => Ok(text),
        None => Err(io::Error::other("this entry cannot be proven: see bedside audit verify")),
    }
}

/// Whether a text is a proof at all.
pub fn is_proof(text: &str) -> bool {
    text.starts_with(HEAD)
}

/// Checks a proof; `None` when it does not hold.
pub fn check(text: &str, key: &NoteVerifier) -> Option<Proven> {
    let (proof, note) = text.split_once("\n\n")?;
    let signed = Checkpoint::opened(note, key)?;
    let mut lines = proof.lines();
    if lines.next()? != HEAD {
        return None;
    }
    let entry = STANDARD.decode(lines.next()?.strip_prefix("extra ")?).ok()?;
    let index: u64 = lines.next()?.strip_prefix("index ")?.parse().ok()?;
    let hash = |it: &str| Hash::try_from(STANDARD.decode(it).ok()?).ok();
    let path: Option<Vec<Hash>> = lines.take(MAX_HASHES).map(hash).collect();
    let leaf = Leaf::parse(&entry).filter(|it| it.seq == index)?;
    let hash = MERKLE.leaf(&entry);
    let holds = proof::includes(MERKLE, &signed.head, index, &hash, &path?);
    holds.then_some(Proven { leaf, size: signed.head.size })
}
