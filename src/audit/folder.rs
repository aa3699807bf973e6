//! The files of a log in a folder, for whoever checks them: as `publisher` and `export` write them.
//!
//! Invariant: nothing that is read here is believed.

use super::publisher::ROTATIONS;
use super::succession::{Forged, Keys};
use super::{bundle, hashes_of};
use crate::crypto::NoteVerifier;
use crate::domain::merkle::Hash;
use crate::domain::merkle::plan::{self, Node};
use crate::domain::merkle::tile::{Tile, WIDTH, node_of};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs;
use std::io::{self, BufRead as _, BufReader, ErrorKind};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// What is shown of entries, a line each.
pub const DETAILS: &str = "details.ndjson";
/// Checkpoints from the beginning on, a note as JSON text a line.
pub const CHECKPOINTS: &str = "checkpoints.ndjson";

/// Lines of a file.
pub type Lines = Box<dyn Iterator<Item = io::Result<String>>>;

/// A folder.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// There.
    pub fn at(path: &Path) -> Self {
        Folder(path.to_owned())
    }

    /// A file, if there is one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn bytes(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.0.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A text, if there is one.
    ///
    /// # Errors
    /// When it cannot be read, or is none.
    pub fn text(&self, name: &str) -> io::Result<Option<String>> {
        let text = |it| String::from_utf8(it).map_err(io::Error::other);
        self.bytes(name)?.map(text).transpose()
    }

    /// The keys of the log from one that is trusted on, as far as its statements lead.
    ///
    /// # Errors
    /// When the file of statements cannot be read; within it, [`Forged`] when it says something that its keys have not signed.
    pub fn keys(&self, trusted: &NoteVerifier) -> io::Result<Result<Keys, Forged>> {
        let text = self.text(ROTATIONS)?.unwrap_or_default();
        let notes: Result<Vec<String>, _> = text.lines().map(serde_json::from_str).collect();
        Ok(match &notes {
            Ok(notes) => Keys::follow(trusted, notes.iter().map(String::as_str)),
            Err(_) => Err(Forged::NotSigned),
        })
    }

    /// The lines of a file, one after the other; `None` when there is no file.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn lines(&self, name: &str) -> io::Result<Option<Lines>> {
        match fs::File::open(self.0.join(name)) {
            Ok(file) => Ok(Some(Box::new(BufReader::new(file).lines()))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.0.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, bytes)
    }

    /// Entries of a file, and whether it was whole.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn entries(&self, tile: Tile) -> io::Result<(Vec<Vec<u8>>, bool)> {
        let bytes = self.of(tile, Tile::entries_path)?.unwrap_or_default();
        let (entries, is_whole) = bundle::entries(&bytes);
        let width = usize::try_from(tile.width).unwrap_or(usize::MAX);
        Ok((entries.into_iter().take(width).map(<[u8]>::to_vec).collect(), is_whole))
    }

    /// Hashes of a file; `None` when it is missing or holds fewer.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn hashes(&self, tile: Tile) -> io::Result<Option<Vec<Hash>>> {
        let width = usize::try_from(tile.width).unwrap_or(usize::MAX);
        let hashes = self.of(tile, Tile::path)?.and_then(|it| hashes_of(&it));
        Ok(hashes.and_then(|it| it.get(..width).map(<[Hash]>::to_vec)))
    }

    /// The file, or the one that is full meanwhile.
    fn of(&self, tile: Tile, path: fn(Tile) -> String) -> io::Result<Option<Vec<u8>>> {
        match self.bytes(&path(tile))? {
            None => self.bytes(&path(Tile { width: WIDTH, ..tile })),
            found => Ok(found),
        }
    }

    /// The hashes of parts of a log of that size; `None` when a file is missing.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn parts(&self, parts: Vec<Range<u64>>, size: u64) -> io::Result<Option<Vec<Hash>>> {
        let mut files: HashMap<Tile, Vec<Hash>> = HashMap::new();
        let mut found = Vec::with_capacity(parts.len());
        for part in parts {
            let mut subtrees = vec![];
            for node in plan::complete(part) {
                let Some(hash) = self.hash(node, size, &mut files)? else { return Ok(None) };
                subtrees.push(hash);
            }
            let Some(hash) = super::MERKLE.join(&subtrees) else { return Ok(None) };
            found.push(hash);
        }
        Ok(Some(found))
    }

    fn hash(
        &self,
        node: Node,
        size: u64,
        files: &mut HashMap<Tile, Vec<Hash>>,
    ) -> io::Result<Option<Hash>> {
        let Some(tile) = Tile::holding(node, size) else { return Ok(None) };
        let hashes = match files.entry(tile) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let Some(hashes) = self.hashes(tile)? else { return Ok(None) };
                place.insert(hashes)
            }
        };
        Ok(node_of(super::MERKLE, node, hashes))
    }
}
