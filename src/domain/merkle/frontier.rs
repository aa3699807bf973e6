//! What has to be kept of a log so that it can grow and its root be told: the roots of its complete subtrees.

use super::{Hash, Merkle};

/// Bytes of a hash.
const HASH: usize = 32;

/// The right edge of a tree. At most 64 hashes, whatever the size of the log; appending costs one hash on average.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// One for each bit of `size` that is set, the largest subtree first.
    subtrees: Vec<Hash>,
}

impl Frontier {
    /// Of a log of that size, with the roots of its complete subtrees, the largest first. `None` when there are more or fewer
    /// than such a log has.
    pub fn new(size: u64, subtrees: Vec<Hash>) -> Option<Self> {
        let fits = u32::try_from(subtrees.len()) == Ok(size.count_ones());
        fits.then_some(Frontier { size, subtrees })
    }

    /// From [`Frontier::to_bytes`].
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Option<Self> {
        let subtrees: Result<Vec<Hash>, _> = bytes.chunks(HASH).map(Hash::try_from).collect();
        Frontier::new(size, subtrees.ok()?)
    }

    /// The hashes, one after the other.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.subtrees.concat()
    }

    /// Entries of the log.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// One entry more.
    pub fn append(&mut self, by: Merkle, leaf: Hash) {
        let mut hash = leaf;
        let mut below = self.size;
        while below & 1 == 1
            && let Some(left) = self.subtrees.pop()
        {
            hash = by.node(&left, &hash);
            below >>= 1;
        }
        self.subtrees.push(hash);
        self.size = self.size.saturating_add(1);
    }

    /// The root of the log.
    pub fn root(&self, by: Merkle) -> Hash {
        by.join(&self.subtrees).unwrap_or_else(|| by.empty())
    }
}
