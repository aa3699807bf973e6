//! What a node published of the log, read back: the last thing that it knows and that no database can change.
//!
//! Invariants: only what this log's own key signed is believed, and of the files only what has the signed root. A log that does not
//! continue what was published is not signed and not published any more.
//! Does not: write files (`publisher`), or repair them.

use super::checkpoint::NotOwn;
use super::publisher::CHECKPOINT;
use super::succession::Keys;
use super::{MERKLE, hashes_of};
use crate::domain::merkle::proof::Head;
use crate::domain::merkle::tile::{Tile, WIDTH};
use crate::domain::merkle::{Frontier, Hash};
use crate::files::blobs::BlobError;
use crate::files::tiles::Tiles;
use crate::store::{Store, StoreError};
use std::collections::BTreeMap;

/// Entries that are read at once: four full files.
pub(super) const PAGE: u32 = 1_024;

/// Why nothing was published, or signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unpublished {
    /// The store or the folder does not answer: later.
    #[error("the store or the folder does not answer")]
    Down,
    /// What the store has is not what was signed. Somebody has changed it.
    #[error("the entries are not those that were signed")]
    Changed,
    /// This node has another key than the one that signed the log.
    #[error(
        "the log was signed by another key than this node's keys/audit-log.key, and is not continued by it: put back the key \
         that signed it, and keys/audit-log.rotations if there was one"
    )]
    AnotherKey,
    /// The log is older than the last rotation of its key.
    #[error(
        "the log ends before keys/audit-log.rotations says that its key was rotated, and is not continued by the key of later: \
         put back the database, or keys/audit-log.key and keys/audit-log.rotations of that time"
    )]
    BeforeRotation,
}

impl From<StoreError> for Unpublished {
    fn from(_: StoreError) -> Self {
        Unpublished::Down
    }
}

impl From<BlobError> for Unpublished {
    fn from(_: BlobError) -> Self {
        Unpublished::Down
    }
}

impl From<NotOwn> for Unpublished {
    fn from(why: NotOwn) -> Self {
        match why {
            NotOwn::Forged => Unpublished::Changed,
            NotOwn::AnotherKey => Unpublished::AnotherKey,
        }
    }
}

/// A checkpoint with its note.
#[derive(Debug, Clone)]
pub(super) struct Signed {
    pub note: String,
    pub head: Head,
}

impl Signed {
    /// What bears the signature of one of these keys.
    pub(super) fn own(note: String, keys: &Keys) -> Result<Self, Unpublished> {
        let head = keys.own(&note)?.head;
        Ok(Signed { note, head })
    }
}

/// Files of a log that were published under its keys.
#[derive(Debug, Clone)]
pub struct Published {
    pub(super) tiles: Tiles,
    pub(super) keys: Keys,
}

impl Published {
    /// There.
    pub fn new(tiles: Tiles, keys: Keys) -> Self {
        Published { tiles, keys }
    }

    /// What was published last; `None` when nothing was.
    pub(super) async fn last(&self) -> Result<Option<Signed>, Unpublished> {
        let note = match self.tiles.get(CHECKPOINT).await {
            Ok(bytes) => bytes,
            Err(BlobError::Missing) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let note = String::from_utf8(note.to_vec()).map_err(|_| Unpublished::Changed)?;
        Signed::own(note, &self.keys).map(Some)
    }

    /// Whether a log is what was published, and more: its entries since then are read and hashed.
    pub(super) async fn leads_to(
        &self,
        published: Option<Signed>,
        last: Head,
        store: &dyn Store,
    ) -> Result<(), Unpublished> {
        let Some(Signed { head, .. }) = published else { return Ok(()) };
        let mut frontier = self.edge(&head).await.unwrap_or_default().frontier;
        for goal in [head, last] {
            while frontier.size() < goal.size {
                for leaf in leaves(store, frontier.size(), goal.size).await? {
                    frontier.append(MERKLE, MERKLE.leaf(leaf.as_bytes()));
                }
            }
            if frontier.size() != goal.size || frontier.root(MERKLE) != goal.root {
                return Err(Unpublished::Changed);
            }
        }
        Ok(())
    }

    /// The files that have room, when they are all there and have the root that was signed.
    pub(super) async fn edge(&self, head: &Head) -> Option<Edge> {
        let mut edge = Edge::default();
        for tile in partial(head.size) {
            let hashes = hashes_of(&self.tiles.get(&tile.path()).await.ok()?)?;
            edge.levels.insert(tile.level, hashes);
            if tile.level == 0 {
                edge.bundle = self.tiles.get(&tile.entries_path()).await.ok()?.to_vec();
            }
        }
        edge.frontier = edge.frontier_of(head.size)?;
        (edge.frontier.root(MERKLE) == head.root).then_some(edge)
    }
}

/// Entries from there on, one at least and none from `until` on.
pub(super) async fn leaves(
    store: &dyn Store,
    from: u64,
    until: u64,
) -> Result<Vec<String>, Unpublished> {
    let left = u32::try_from(until.saturating_sub(from)).unwrap_or(u32::MAX);
    let entries = store.trail(from, left.min(PAGE)).await?;
    let is_whole = (from..).zip(&entries).all(|(index, it)| it.index == index);
    if entries.is_empty() || !is_whole {
        return Err(Unpublished::Changed);
    }
    Ok(entries.into_iter().map(|it| it.leaf).collect())
}

/// The files of a log that have room, one a level at most.
pub(super) fn partial(size: u64) -> impl Iterator<Item = Tile> {
    let there = move |level: u8| size.checked_shr(8 * u32::from(level)).unwrap_or(0);
    let last = move |level| Tile::of(level, there(level) / WIDTH, size);
    (0..8).filter_map(last).filter(|it| it.is_partial())
}

/// Files by their names.
pub(super) type Files = Vec<(String, Vec<u8>)>;

/// What is not in full files yet.
#[derive(Debug, Default)]
pub(super) struct Edge {
    pub frontier: Frontier,
    /// Hashes of the file of each level that has room.
    pub levels: BTreeMap<u8, Vec<Hash>>,
    /// Entries of the last file of entries.
    pub bundle: Vec<u8>,
}

impl Edge {
    /// An entry, and the files that it fills; `None` when it is longer than one can be.
    pub(super) fn append(&mut self, entry: &str, full: &mut Files) -> Option<()> {
        if !super::bundle::push(&mut self.bundle, entry.as_bytes()) {
            return None;
        }
        let mut hash = MERKLE.leaf(entry.as_bytes());
        self.frontier.append(MERKLE, hash);
        for level in 0..u8::MAX {
            let hashes = self.levels.entry(level).or_default();
            hashes.push(hash);
            if u64::try_from(hashes.len()) != Ok(WIDTH) {
                break;
            }
            let done = std::mem::take(hashes);
            hash = MERKLE.root(&done);
            let there = self.frontier.size() >> (8 * u32::from(level));
            let tile = Tile { level, index: there.saturating_sub(1) / WIDTH, width: WIDTH };
            if level == 0 {
                full.push((tile.entries_path(), std::mem::take(&mut self.bundle)));
            }
            full.push((tile.path(), done.concat()));
        }
        Some(())
    }

    /// The files that have room.
    pub(super) fn files(&self) -> Files {
        let mut files = Files::new();
        for tile in partial(self.frontier.size()) {
            let hashes = self.levels.get(&tile.level).map(|it| it.concat());
            files.push((tile.path(), hashes.unwrap_or_default()));
            if tile.level == 0 {
                files.push((tile.entries_path(), self.bundle.clone()));
            }
        }
        files
    }

    /// The roots of complete subtrees: those of the highest level first.
    fn frontier_of(&self, size: u64) -> Option<Frontier> {
        let mut bytes = Vec::new();
        for hashes in self.levels.values().rev() {
            let mut part = Frontier::default();
            hashes.iter().for_each(|it| part.append(MERKLE, *it));
            bytes.extend(part.to_bytes());
        }
        Frontier::from_bytes(size, &bytes)
    }
}
