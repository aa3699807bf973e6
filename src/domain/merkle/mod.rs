//! A Merkle tree over a log that only grows: RFC 9162 (and RFC 6962), section 2.1.
//!
//! Owns: how leaves and nodes are hashed, the root of a log ([`Frontier`]), which subtrees a proof consists of ([`plan`]),
//! whether a proof holds ([`proof`]), and where hashes stand in files ([`tile`], C2SP tlog-tiles).
//! Invariants: a leaf can never be taken for a node, because each has its own first byte. Whoever verifies believes nothing but
//! the roots that they bring along.
//! Does not: know what is in the log, or sign. SHA-256 is handed in, so that there is one implementation of it in the program.

mod frontier;
pub mod plan;
pub mod proof;
pub mod tile;

#[cfg(test)]
mod tests;

pub use frontier::Frontier;

/// A SHA-256.
pub type Hash = [u8; 32];
/// SHA-256 of the parts, one after the other.
pub type Sha256 = fn(&[&[u8]]) -> Hash;

/// What the hash of a leaf begins with.
const LEAF: &[u8] = &[0];
/// What the hash of a node begins with.
const NODE: &[u8] = &[1];

/// The hashing of a tree.
#[derive(Debug, Clone, Copy)]
pub struct Merkle(Sha256);

impl Merkle {
    /// With this SHA-256.
    pub const fn by(sha256: Sha256) -> Self {
        Merkle(sha256)
    }

    /// Of an entry of the log.
    pub fn leaf(self, entry: &[u8]) -> Hash {
        (self.0)(&[LEAF, entry])
    }

    /// Of two subtrees.
    pub fn node(self, left: &Hash, right: &Hash) -> Hash {
        (self.0)(&[NODE, left, right])
    }

    /// Of a log without entries.
    pub fn empty(self) -> Hash {
        (self.0)(&[])
    }

    /// Of the log with these leaves.
    pub fn root(self, leaves: &[Hash]) -> Hash {
        let mut frontier = Frontier::default();
        leaves.iter().for_each(|it| frontier.append(self, *it));
        frontier.root(self)
    }

    /// Of subtrees that stand side by side, the largest first; `None` when there are none.
    pub fn join(self, subtrees: &[Hash]) -> Option<Hash> {
        let (last, before) = subtrees.split_last()?;
        Some(before.iter().rev().fold(*last, |right, left| self.node(left, &right)))
    }
}
