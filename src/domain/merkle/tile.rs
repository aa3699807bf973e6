//! Where the hashes of a log stand in files: C2SP tlog-tiles, with 256 hashes in a file.

use super::plan::Node;
use super::{Hash, Merkle};

/// Hashes of a file that is full.
pub const WIDTH: u64 = 256;
/// Levels of the tree that are one level of files.
const HEIGHT: u8 = 8;

/// A file of hashes, or of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tile {
    /// Level of files; 0 holds leaves.
    pub level: u8,
    /// From the left, from 0.
    pub index: u64,
    /// Hashes in it, 1 to 256.
    pub width: u64,
}

impl Tile {
    /// The file at this place in a log of that size; `None` when there is nothing in it.
    pub fn of(level: u8, index: u64, size: u64) -> Option<Self> {
        let there = size.checked_shr(u32::from(level) * u32::from(HEIGHT)).unwrap_or(0);
        let width = there.saturating_sub(index.checked_mul(WIDTH)?).min(WIDTH);
        (width > 0).then_some(Tile { level, index, width })
    }

    /// Where a node is found in a log of that size.
    pub fn holding(node: Node, size: u64) -> Option<Self> {
        let first = node.index.checked_shl(u32::from(node.level % HEIGHT))?;
        Tile::of(node.level / HEIGHT, first / WIDTH, size)
    }

    /// Whether there is room in it.
    pub const fn is_partial(self) -> bool {
        self.width < WIDTH
    }

    /// Name of the file of hashes.
    pub fn path(self) -> String {
        format!("tile/{}/{}", self.level, self.name())
    }

    /// Name of the file of entries beside it; for level 0.
    pub fn entries_path(self) -> String {
        format!("tile/entries/{}", self.name())
    }

    /// Number in groups of three digits, those before the last one with an `x`.
    fn name(self) -> String {
        let mut name = format!("{:03}", self.index % 1_000);
        let mut rest = self.index / 1_000;
        while rest > 0 {
            name = format!("x{:03}/{name}", rest % 1_000);
            rest /= 1_000;
        }
        if self.is_partial() {
            name.push_str(&format!(".p/{}", self.width));
        }
        name
    }
}

/// A node from the hashes of the file that holds it.
pub fn node_of(by: Merkle, node: Node, hashes: &[Hash]) -> Option<Hash> {
    let level = u32::from(node.level % HEIGHT);
    let count = 1_usize << level;
    let first = usize::try_from((node.index << level) % WIDTH).ok()?;
    Some(by.root(hashes.get(first..first.checked_add(count)?)?))
}
