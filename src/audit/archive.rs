//! Old entries of the log as files that are kept elsewhere: for the years in which nobody looks them up any more and the law still asks.
//!
//! Owns: which entries make a file ([`SEGMENT`]), and its lines: a head, then one for each entry with what everybody is told and what it hides.
//! Invariants: a file holds a whole segment, all of it older than was asked for and below a checkpoint that the log's own key signed; a line that shows
//! something shows what its entry commits to, when it is written and when it is read. Does not: seal (`backup`), or delete: the log keeps all of it.

use super::export::Shown;
use super::folder::Folder;
use super::from_hex;
use super::leaf::{Leaf, commitment};
use super::succession::Keys;
use crate::crypto::NoteVerifier;
use crate::domain::merkle::tile::{Tile, WIDTH};
use crate::protocol::time::UnixMillis;
use crate::store::Store;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, Error, Result, Write as _};

/// Entries of a file: sixteen files of the published log, some megabytes.
pub const SEGMENT: u64 = 16 * WIDTH;
/// Entries that are read at once.
const PAGE: u32 = 512;
/// How the first line says what this is.
const FORMAT: &str = "bedside audit archive 1";

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    format: String,
    /// The public key that has signed the checkpoint.
    pub key: String,
    /// The checkpoint of the log when this was written, as a note.
    pub checkpoint: String,
    /// Number of the first entry.
    pub first: u64,
    /// How many there are.
    pub entries: u64,
}

/// Every other line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// What everybody is told, byte for byte as it was hashed.
    pub leaf: String,
    /// What it hides, and whether the row of the database says the same.
    pub shown: Shown,
}

/// The name of the file that begins with that entry.
pub fn name_of(first: u64) -> String {
    format!("audit-{first:012}.sealed")
}

/// The text of the segment that begins with that entry; nothing when it is not whole yet, or one of it is not older than `before`.
///
/// # Errors
/// When the store does not answer, or the first entry that is not what was signed.
pub async fn segment(
    store: &dyn Store,
    keys: &Keys,
    first: u64,
    before: UnixMillis,
) -> Result<Option<Vec<u8>>> {
    let away = |_| Error::other("the store does not answer");
    let end = first.saturating_add(SEGMENT);
    let Some(last) = store.trail_head().await.map_err(away)? else { return Ok(None) };
    if last.size < end {
        return Ok(None);
    }
    let signed = keys.opened(&last.note).filter(|it| it.head.size >= end);
    let checkpoint = match signed {
        Some(_) => last.note,
        None => return Err(Error::other("the log is not signed by the key of this hub")),
    };
    let key = keys.current().map(NoteVerifier::text).unwrap_or_default();
    let head = Head { format: FORMAT.to_owned(), key, checkpoint, first, entries: SEGMENT };
    let mut text = Vec::new();
    put(&mut text, &head)?;
    let mut next = first;
    while next < end {
        let some = store.openings(next, PAGE).await.map_err(away)?;
        for it in some.into_iter().take_while(|it| it.entry.index < end) {
            if it.entry.index != next {
                break;
            }
            let leaf = it.entry.leaf.clone();
            let line = Line { leaf, shown: Shown::of(it) };
            if checked(&line, next)?.at >= before.0 {
                return Ok(None);
            }
            put(&mut text, &line)?;
            next = next.saturating_add(1);
        }
        if next < end
            && store.trail(next, 1).await.map_err(away)?.first().is_none_or(|it| it.index != next)
        {
            return Err(Error::other(format!("entry {next} was removed")));
        }
    }
    Ok(Some(text))
}

/// Reads a file again, line by line, and holds it against itself; and against the published log where there is one at hand.
///
/// # Errors
/// The first line that is wrong, and what `each` says.
pub fn read(
    mut text: impl BufRead,
    published: Option<&Folder>,
    mut each: impl FnMut(&Line) -> Result<()>,
) -> Result<Head> {
    let mut first = String::new();
    text.read_line(&mut first)?;
    let head: Head = serde_json::from_str(&first)
        .ok()
        .filter(|it: &Head| it.format == FORMAT)
        .ok_or_else(|| Error::other("this is no archive of an audit log"))?;
    let mut next = head.first;
    let mut tile = Vec::new();
    for line in text.lines() {
        let line: Line = serde_json::from_str(&line?)
            .map_err(|_| Error::other(format!("the line of entry {next} cannot be read")))?;
        checked(&line, next)?;
        if let Some(folder) = published {
            if next.is_multiple_of(WIDTH) || next == head.first {
                tile = entries_of(folder, next / WIDTH)?;
            }
            let at = usize::try_from(next % WIDTH).map_err(Error::other)?;
            if tile.get(at).is_none_or(|it| *it != line.leaf.as_bytes()) {
                return Err(Error::other(format!(
                    "entry {next} is not the one that was published"
                )));
            }
        }
        each(&line)?;
        next = next.saturating_add(1);
    }
    if next == head.first.saturating_add(head.entries) {
        return Ok(head);
    }
    Err(Error::other(format!("the archive was cut off: entry {next} is the first that is missing")))
}

fn entries_of(folder: &Folder, index: u64) -> Result<Vec<Vec<u8>>> {
    Ok(folder.entries(Tile { level: 0, index, width: WIDTH })?.0)
}

/// The entry, when the line is of that number and shows what it commits to.
fn checked(line: &Line, entry: u64) -> Result<Leaf> {
    let wrong = |what: &str| Error::other(format!("entry {entry}: {what}"));
    if line.shown.entry != entry {
        return Err(wrong("another one stands in its place"));
    }
    let leaf = Leaf::parse(line.leaf.as_bytes()).ok_or_else(|| wrong("it cannot be read"))?;
    if let (Some(salt), Some(detail)) = (&line.shown.salt, &line.shown.detail) {
        let salt = from_hex(salt).ok_or_else(|| wrong("its salt cannot be read"))?;
        if commitment(&salt, detail) != leaf.detail {
            return Err(wrong("what is shown is not what it commits to"));
        }
    }
    Ok(leaf)
}

fn put(text: &mut Vec<u8>, line: &impl Serialize) -> Result<()> {
    serde_json::to_writer(&mut *text, line)?;
    text.write_all(b"\n")
}
