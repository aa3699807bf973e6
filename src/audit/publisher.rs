//! Entries and hashes become files, and last the checkpoint that covers them: what an outsider needs to check the log.
//!
//! Invariants: `checkpoint` never says more than the other files hold, and nothing is written whose root is not the one that was
//! signed: every hash is made anew from the entries, and only then files are. Full files never change again: where one has other
//! bytes, that is told, and what is there stays as the evidence.
//! Every node publishes into its own folder; one that starts goes on where its files end.

use super::MERKLE;
pub use super::published::Unpublished;
use super::published::{Edge, Files, Published, Signed, leaves};
use super::succession::Keys;
use crate::crypto::NoteVerifier;
use crate::files::blobs::BlobError;
use crate::files::tiles::Tiles;
use crate::store::Store;
use std::sync::Arc;

/// The name of the file that covers the others.
pub const CHECKPOINT: &str = "checkpoint";
/// The name of the file with the public key of the log.
pub const KEY: &str = "key";
/// The name of the file that says which key followed which: a note as JSON text a line.
pub const ROTATIONS: &str = "rotations";
/// Entries that are hashed before their files are written: some ten megabytes. A longer way goes by the checkpoints in between.
const STEP: u64 = 32_768;

/// What writes files.
pub struct Publisher {
    store: Arc<dyn Store>,
    published: Published,
    edge: Option<Edge>,
    step: u64,
}

impl Publisher {
    /// Into these files.
    pub fn new(store: Arc<dyn Store>, tiles: Tiles, keys: impl Into<Keys>) -> Self {
        Publisher { store, published: Published::new(tiles, keys.into()), edge: None, step: STEP }
    }

    /// With so many entries hashed before files are written.
    #[must_use]
    pub fn in_steps_of(self, step: u64) -> Self {
        Publisher { step, ..self }
    }

    /// Publishes the last checkpoint, when it is a new one. What fails is done anew from where the files end.
    ///
    /// # Errors
    /// [`Unpublished`].
    pub async fn turn(&mut self) -> Result<(), Unpublished> {
        // In this order: the log may grow meanwhile, and what was published may not.
        let published = self.published.last().await?;
        let last = self.store.trail_head().await?;
        let Some(last) = last else {
            return if published.is_none() { Ok(()) } else { Err(Unpublished::Changed) };
        };
        let known = self.edge.take();
        if let Some(edge) = &known
            && edge.frontier.size() == last.size
            && published.as_ref().is_some_and(|it| it.head.size == last.size)
        {
            self.edge = known;
            return Ok(());
        }
        let size = last.size;
        let last = Signed::own(last.note, &self.published.keys)?;
        if last.head.size != size {
            return Err(Unpublished::Changed);
        }
        let floor = published.as_ref().map_or(0, |it| it.head.size);
        let mut edge = match (known, &published) {
            (Some(edge), _) if edge.frontier.size() == floor => edge,
            (_, Some(it)) => self.published.edge(&it.head).await.unwrap_or_default(),
            (_, None) => Edge::default(),
        };
        for goal in published.into_iter().chain([last]) {
            while edge.frontier.size() < goal.head.size {
                self.step(&mut edge, &goal, floor).await?;
            }
            fits(&edge, &goal)?;
        }
        self.edge = Some(edge);
        Ok(())
    }

    /// As far as `goal`, or the checkpoint on the way there. Files are written when the root is the one that was signed.
    async fn step(&self, edge: &mut Edge, goal: &Signed, floor: u64) -> Result<(), Unpublished> {
        let until = self.next(edge.frontier.size(), goal).await?;
        let mut full = Files::new();
        while edge.frontier.size() < until.head.size {
            for leaf in leaves(&*self.store, edge.frontier.size(), until.head.size).await? {
                edge.append(&leaf, &mut full).ok_or(Unpublished::Changed)?;
            }
        }
        fits(edge, &until)?;
        for (name, bytes) in &full {
            self.keep(name, bytes).await?;
        }
        // Files that were lost are made anew; what covers them stays until they are all there.
        if until.head.size < floor {
            return Ok(());
        }
        let tiles = &self.published.tiles;
        for (name, bytes) in edge.files() {
            tiles.put(&name, bytes).await?;
        }
        let keys = &self.published.keys;
        let key = keys.current().map(NoteVerifier::text).unwrap_or_default();
        tiles.put(KEY, format!("{key}\n").into_bytes()).await?;
        let statements = keys.lines_until(until.head.size);
        if !statements.is_empty() {
            tiles.put(ROTATIONS, statements.into_bytes()).await?;
        }
        tiles.put(CHECKPOINT, until.note.into_bytes()).await?;
        // What was there of full files before is of no use any more.
        for (name, _) in full {
            // A place that lets nobody delete keeps it, and nothing is wrong.
            let _kept = tiles.remove_below(&format!("{name}.p")).await;
        }
        Ok(())
    }

    /// `goal`, unless it is too far away.
    async fn next(&self, from: u64, goal: &Signed) -> Result<Signed, Unpublished> {
        let far = from.saturating_add(self.step);
        if goal.head.size <= far {
            return Ok(goal.clone());
        }
        let some = self.store.checkpoints(far, 1).await?;
        let between = some.into_iter().next();
        let between = between.and_then(|it| Signed::own(it.note, &self.published.keys).ok());
        Ok(between.filter(|it| it.head.size < goal.head.size).unwrap_or_else(|| goal.clone()))
    }

    /// A full file, which is written once.
    async fn keep(&self, name: &str, bytes: &[u8]) -> Result<(), Unpublished> {
        match self.published.tiles.get(name).await {
            Ok(there) if there == bytes => Ok(()),
            Ok(_) => Err(Unpublished::Changed),
            Err(BlobError::Missing) => Ok(self.published.tiles.put(name, bytes.to_vec()).await?),
            Err(error) => Err(error.into()),
        }
    }
}

fn fits(edge: &Edge, goal: &Signed) -> Result<(), Unpublished> {
    let is_it =
        edge.frontier.size() == goal.head.size && edge.frontier.root(MERKLE) == goal.head.root;
    if is_it { Ok(()) } else { Err(Unpublished::Changed) }
}
