//! The log for somebody who checks it elsewhere: entries as the store has them, hashes as they were published, and what can be shown.
//!
//! Invariant: what may have been changed in one place is taken from there and compared with what is kept in another, so that
//! the check finds it: entries and rows come from the database, hashes and the checkpoint from the published files.
//! Does not: judge. What it writes is wrong when the database is.

use super::folder::{CHECKPOINTS, DETAILS, Folder};
use super::leaf::{Detail, Leaf};
use super::publisher::{CHECKPOINT, KEY, ROTATIONS};
use super::succession::Keys;
use super::{MERKLE, bundle, hashes_of, hex};
use crate::crypto::NoteVerifier;
use crate::domain::merkle::Hash;
use crate::domain::merkle::tile::{Tile, WIDTH};
use crate::files::blobs::BlobError;
use crate::files::tiles::Tiles;
use crate::store::trail::Opening;
use crate::store::{Store, StoreError};
use serde::{Deserialize, Serialize};
use std::io::{self, Write as _};

/// Entries that are read at once.
const PAGE: u32 = 512;
/// Entries between two checkpoints that are handed out: where one of many entries was changed, so many may be it.
const CHECKPOINT_EVERY: u64 = 256;

/// Whether details are handed out. They name accounts; without them the log can be checked all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Details {
    /// With them.
    Shown,
    /// Without.
    Hidden,
}

/// What a leaf says to everybody of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// The operation.
    pub action: String,
    /// Epoch ms.
    pub at: i64,
    /// `begin`, `ok` or a fault code.
    pub outcome: String,
}

impl Said {
    /// That much of a leaf.
    pub fn by(leaf: &Leaf) -> Self {
        let Leaf { action, at, outcome, .. } = leaf.clone();
        Said { action, at, outcome }
    }
}

/// What is shown of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// Which.
    pub entry: u64,
    /// Hexadecimal; absent when it was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    /// Canonical JSON; absent when it was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What the row of the database says instead, when it does not say the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
    /// Of an entry whose detail was erased: what its row says of what everybody is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
    /// The row of the database is not there any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub row_is_gone: bool,
}

impl Shown {
    pub(super) fn of(it: Opening) -> Self {
        let row = it.row.as_ref().map(Detail::of);
        let (entry, row_is_gone) = (it.entry.index, row.is_none());
        let nothing = Shown { entry, salt: None, detail: None, row: None, said: None, row_is_gone };
        match it.committed {
            Some((salt, detail)) => {
                let row = row.map(|row| row.canonical()).filter(|row| *row != detail);
                Shown { row, salt: Some(hex(&salt)), detail: Some(detail), ..nothing }
            }
            // What was erased is not handed out in another way.
            None => Shown {
                said: row.map(|Detail { action, at, outcome, .. }| Said { action, at, outcome }),
                ..nothing
            },
        }
    }
}

fn stored(_: StoreError) -> io::Error {
    io::Error::other("the store does not answer")
}

fn published(_: BlobError) -> io::Error {
    io::Error::other("the published files cannot be read")
}

/// Writes all of it; how many entries there should be.
///
/// # Errors
/// When something cannot be read or written.
pub async fn export(
    store: &dyn Store,
    tiles: &Tiles,
    keys: &Keys,
    to: &Folder,
    details: Details,
) -> io::Result<u64> {
    let note = match tiles.get(CHECKPOINT).await {
        Ok(bytes) => String::from_utf8(bytes.to_vec()).map_err(io::Error::other)?,
        // Nothing was published yet.
        Err(BlobError::Missing) => {
            let last = store.trail_head().await.map_err(stored)?;
            last.ok_or_else(|| io::Error::other("there is no entry yet"))?.note
        }
        Err(error) => return Err(published(error)),
    };
    let signed = keys
        .opened(&note)
        .ok_or_else(|| io::Error::other("the checkpoint is not signed by the key of this hub"))?;
    let size = signed.head.size;
    let key = keys.current().map(NoteVerifier::text).unwrap_or_default();
    to.keep(KEY, format!("{key}\n").as_bytes())?;
    let statements = keys.lines_until(size);
    if !statements.is_empty() {
        to.keep(ROTATIONS, statements.as_bytes())?;
    }
    write_entries(store, tiles, to, size).await?;
    write_above(tiles, to, size).await?;
    write_checkpoints(store, to, size).await?;
    if details == Details::Shown {
        write_details(store, to, size).await?;
    }
    to.keep(CHECKPOINT, note.as_bytes())?;
    Ok(size)
}

async fn write_entries(store: &dyn Store, tiles: &Tiles, to: &Folder, size: u64) -> io::Result<()> {
    for index in 0..size.div_ceil(WIDTH) {
        let Some(tile) = Tile::of(0, index, size) else { break };
        let (first, width) = (index * WIDTH, u32::try_from(tile.width).unwrap_or(u32::MAX));
        let mut entries = store.trail(first, width).await.map_err(stored)?;
        // Behind a hole there are entries of the next file.
        entries.retain(|it| it.index < first + tile.width);
        let mut bytes = Vec::new();
        for it in &entries {
            if !bundle::push(&mut bytes, it.leaf.as_bytes()) {
                return Err(io::Error::other("an entry is longer than one can be"));
            }
        }
        to.keep(&tile.entries_path(), &bytes)?;
        let made = || entries.iter().map(|it| MERKLE.leaf(it.leaf.as_bytes())).collect();
        keep_hashes(tiles, to, tile, made).await?;
    }
    Ok(())
}

/// The levels above the leaves.
async fn write_above(tiles: &Tiles, to: &Folder, size: u64) -> io::Result<()> {
    for level in 1..8_u8 {
        let mut index = 0;
        while let Some(tile) = Tile::of(level, index, size) {
            let mut roots = vec![];
            for below in index * WIDTH..index * WIDTH + tile.width {
                let full = Tile { level: level - 1, index: below, width: WIDTH };
                roots.push(MERKLE.root(&to.hashes(full)?.unwrap_or_default()));
            }
            keep_hashes(tiles, to, tile, || roots).await?;
            index += 1;
        }
    }
    Ok(())
}

/// As published, or made anew when they are not.
async fn keep_hashes(
    tiles: &Tiles,
    to: &Folder,
    tile: Tile,
    made: impl FnOnce() -> Vec<Hash>,
) -> io::Result<()> {
    let full = Tile { width: WIDTH, ..tile };
    for it in [tile, full] {
        match tiles.get(&it.path()).await {
            Ok(bytes) if hashes_of(&bytes).is_some() => return to.keep(&it.path(), &bytes),
            Ok(_) | Err(BlobError::Missing) => {}
            Err(error) => return Err(published(error)),
        }
    }
    to.keep(&tile.path(), &made().concat())
}

async fn write_checkpoints(store: &dyn Store, to: &Folder, size: u64) -> io::Result<()> {
    let (mut after, mut next, mut text) = (0, 0, Vec::new());
    loop {
        let some = store.checkpoints(after, PAGE).await.map_err(stored)?;
        let Some(last) = some.last() else { break };
        after = last.size;
        for it in some.iter().filter(|it| it.size <= size) {
            if it.size >= next || it.size == size {
                next = it.size + CHECKPOINT_EVERY;
                serde_json::to_writer(&mut text, &it.note)?;
                text.write_all(b"\n")?;
            }
        }
    }
    to.keep(CHECKPOINTS, &text)
}

async fn write_details(store: &dyn Store, to: &Folder, size: u64) -> io::Result<()> {
    let (mut from, mut text) = (0, Vec::new());
    while from < size {
        let some = store.openings(from, PAGE).await.map_err(stored)?;
        let Some(last) = some.last() else { break };
        from = last.entry.index + 1;
        for it in some.into_iter().filter(|it| it.entry.index < size) {
            serde_json::to_writer(&mut text, &Shown::of(it))?;
            text.write_all(b"\n")?;
        }
    }
    to.keep(DETAILS, &text)
}
