//! Entries and hashes become files, and last the checkpoint that covers them: what an outsider needs to check the log.
//!
//! Invariants: `checkpoint` never says more than the other files hold, and nothing is published whose root is not the one that was
//! signed: every hash is made anew from the entries. Full files never change again.
//! Every node publishes into its own folder; one that starts goes on where its files end, or begins anew.

use super::bundle;
use super::checkpoint::Checkpoint;
use super::{MERKLE, hashes_of};
use crate::crypto::NoteVerifier;
use crate::domain::merkle::proof::Head;
use crate::domain::merkle::tile::{Tile, WIDTH};
use crate::domain::merkle::{Frontier, Hash};
use crate::files::tiles::Tiles;
use crate::store::{Store, StoreError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The name of the file that covers the others.
pub const CHECKPOINT: &str = "checkpoint";
/// The name of the file with the public key of the log.
pub const KEY: &str = "key";
/// Entries that are read at once: four full files.
const PAGE: u32 = 1_024;

/// Why nothing was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unpublished {
    /// The store or the folder does not answer: later.
    #[error("the store or the folder does not answer")]
    Down,
    /// What the store has is not what was signed. Somebody has changed it.
    #[error("the entries are not those that were signed")]
    Changed,
}

impl From<StoreError> for Unpublished {
    fn from(_: StoreError) -> Self {
        Unpublished::Down
    }
}

impl From<crate::files::blobs::BlobError> for Unpublished {
    fn from(_: crate::files::blobs::BlobError) -> Self {
        Unpublished::Down
    }
}

/// What writes files.
pub struct Publisher {
    store: Arc<dyn Store>,
    tiles: Tiles,
    key: NoteVerifier,
    edge: Option<Edge>,
}

impl Publisher {
    /// Into these files.
    pub fn new(store: Arc<dyn Store>, tiles: Tiles, key: NoteVerifier) -> Self {
        Publisher { store, tiles, key, edge: None }
    }

    /// Publishes the last checkpoint, when it is a new one. What fails is done anew from where the files end.
    ///
    /// # Errors
    /// [`Unpublished`].
    pub async fn turn(&mut self) -> Result<(), Unpublished> {
        let Some(last) = self.store.trail_head().await? else { return Ok(()) };
        if self.edge.as_ref().is_some_and(|it| it.frontier.size() == last.size) {
            return Ok(());
        }
        let mut edge = match self.edge.take() {
            Some(edge) => edge,
            None => self.published().await,
        };
        let head = Checkpoint::opened(&last.note, &self.key).map(|it| it.head);
        let Some(head) = head.filter(|it| it.size == last.size) else {
            return Err(Unpublished::Changed);
        };
        self.extend(&mut edge, head.size).await?;
        if edge.frontier.root(MERKLE) != head.root {
            return Err(Unpublished::Changed);
        }
        self.write_partial(&mut edge).await?;
        self.tiles.put(KEY, format!("{}\n", self.key.text()).into_bytes()).await?;
        self.tiles.put(CHECKPOINT, last.note.into_bytes()).await?;
        self.edge = Some(edge);
        Ok(())
    }

    /// What the files hold: as far as `checkpoint` says, when they are all there.
    async fn published(&self) -> Edge {
        self.read_edge().await.unwrap_or_default()
    }

    async fn read_edge(&self) -> Option<Edge> {
        let note = self.tiles.get(CHECKPOINT).await.ok()?;
        let Checkpoint { head, .. } =
            Checkpoint::opened(std::str::from_utf8(&note).ok()?, &self.key)?;
        let mut edge = Edge::default();
        for tile in partial(head.size) {
            let hashes = hashes_of(&self.tiles.get(&tile.path()).await.ok()?)?;
            edge.levels.insert(tile.level, hashes);
            if tile.level == 0 {
                edge.bundle = self.tiles.get(&tile.entries_path()).await.ok()?.to_vec();
            }
        }
        edge.frontier = edge.frontier_of(head.size)?;
        let Head { root, .. } = head;
        (edge.frontier.root(MERKLE) == root).then_some(edge)
    }

    async fn extend(&self, edge: &mut Edge, size: u64) -> Result<(), Unpublished> {
        while edge.frontier.size() < size {
            let from = edge.frontier.size();
            let left = u32::try_from(size - from).unwrap_or(u32::MAX);
            let entries = self.store.trail(from, left.min(PAGE)).await?;
            if entries.is_empty() {
                return Err(Unpublished::Changed);
            }
            for (index, entry) in (from..).zip(entries) {
                let is_kept = bundle::push(&mut edge.bundle, entry.leaf.as_bytes());
                if entry.index != index || !is_kept {
                    return Err(Unpublished::Changed);
                }
                let leaf = MERKLE.leaf(entry.leaf.as_bytes());
                edge.frontier.append(MERKLE, leaf);
                self.add(edge, leaf).await?;
            }
        }
        Ok(())
    }

    /// A leaf, and whatever it completes.
    async fn add(&self, edge: &mut Edge, leaf: Hash) -> Result<(), Unpublished> {
        let mut hash = leaf;
        for level in 0..u8::MAX {
            let size = edge.frontier.size();
            let hashes = edge.levels.entry(level).or_default();
            hashes.push(hash);
            let is_full = u64::try_from(hashes.len()) == Ok(WIDTH);
            if !is_full {
                return Ok(());
            }
            let full = std::mem::take(hashes);
            hash = MERKLE.root(&full);
            let index = (size >> (8 * u32::from(level))).saturating_sub(1) / WIDTH;
            let tile = Tile { level, index, width: WIDTH };
            self.tiles.put(&tile.path(), full.concat()).await?;
            // What was there of it before is of no use any more.
            self.tiles.remove_below(&format!("{}.p", tile.path())).await?;
            if level == 0 {
                let bundle = std::mem::take(&mut edge.bundle);
                self.tiles.put(&tile.entries_path(), bundle).await?;
                self.tiles.remove_below(&format!("{}.p", tile.entries_path())).await?;
            }
        }
        Ok(())
    }

    async fn write_partial(&self, edge: &mut Edge) -> Result<(), Unpublished> {
        for tile in partial(edge.frontier.size()) {
            let hashes = edge.levels.entry(tile.level).or_default();
            self.tiles.put(&tile.path(), hashes.concat()).await?;
            if tile.level == 0 {
                self.tiles.put(&tile.entries_path(), edge.bundle.clone()).await?;
            }
        }
        Ok(())
    }
}

/// The files of a log that have room, one a level at most.
fn partial(size: u64) -> impl Iterator<Item = Tile> {
    let there = move |level: u8| size.checked_shr(8 * u32::from(level)).unwrap_or(0);
    let last = move |level| Tile::of(level, there(level) / WIDTH, size);
    (0..8).filter_map(last).filter(|it| it.is_partial())
}

/// What is not in full files yet.
#[derive(Debug, Default)]
struct Edge {
    frontier: Frontier,
    /// Hashes of the file of each level that has room.
    levels: BTreeMap<u8, Vec<Hash>>,
    /// Entries of the last file of entries.
    bundle: Vec<u8>,
}

impl Edge {
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
