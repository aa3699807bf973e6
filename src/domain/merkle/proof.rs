//! Whether a proof holds: RFC 9162, sections 2.1.3.2 and 2.1.4.2.

use super::{Hash, Merkle};

/// A log at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Entries.
    pub size: u64,
    /// Root.
    pub root: Hash,
}

/// Where two positions are on their way up.
struct Way {
    first: u64,
    second: u64,
}

impl Way {
    fn up(&mut self) {
        self.first >>= 1;
        self.second >>= 1;
    }

    /// Whether the next hash of a proof stands to the left.
    const fn is_left(&self) -> bool {
        self.first & 1 == 1 || self.first == self.second
    }

    /// Up past what has no brother.
    fn skip(&mut self) {
        while self.first & 1 == 0 && self.first != 0 {
            self.up();
        }
    }
}

/// Whether the entry with this hash is the one at `index`.
pub fn includes(by: Merkle, head: &Head, index: u64, leaf: &Hash, proof: &[Hash]) -> bool {
    if index >= head.size {
        return false;
    }
    let mut way = Way { first: index, second: head.size - 1 };
    let mut root = *leaf;
    for hash in proof {
        if way.second == 0 {
            return false;
        }
        if way.is_left() {
            root = by.node(hash, &root);
            way.skip();
        } else {
            root = by.node(&root, hash);
        }
        way.up();
    }
    way.second == 0 && root == head.root
}

/// Whether the new log begins with the old one.
pub fn continues(by: Merkle, old: &Head, new: &Head, proof: &[Hash]) -> bool {
    if old.size > new.size {
        return false;
    }
    if old.size == new.size {
        return proof.is_empty() && old.root == new.root;
    }
    if old.size == 0 {
        return proof.is_empty() && old.root == by.empty();
    }
    let mut way = Way { first: old.size - 1, second: new.size - 1 };
    while way.first & 1 == 1 {
        way.up();
    }
    let mut hashes = proof.iter();
    // A complete tree is its own first subtree.
    let begin = if old.size.is_power_of_two() { Some(&old.root) } else { hashes.next() };
    let Some(begin) = begin else { return false };
    let (mut first, mut second) = (*begin, *begin);
    for hash in hashes {
        if way.second == 0 {
            return false;
        }
        if way.is_left() {
            first = by.node(hash, &first);
            second = by.node(hash, &second);
            way.skip();
        } else {
            second = by.node(&second, hash);
        }
        way.up();
    }
    way.second == 0 && first == old.root && second == new.root
}
