//! Which parts of a log a proof consists of.
//!
//! Invariant: each part begins where a subtree of its size may begin, so it consists of few complete subtrees ([`complete`]),
//! whose hashes never change once they are there.

use std::ops::Range;

/// A complete subtree of `2^level` entries, the `index`th of its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node {
    /// 0 for a leaf.
    pub level: u8,
    /// From the left, from 0.
    pub index: u64,
}

/// Where a tree of `size` entries is split: the largest power of two below it.
fn split(size: u64) -> u64 {
    let below = size.saturating_sub(1).max(1);
    1 << (63 - below.leading_zeros())
}

/// The complete subtrees of a part, the largest first.
pub fn complete(part: Range<u64>) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut at = part.start;
    while at < part.end {
        let room = 63 - (part.end - at).leading_zeros();
        let level = at.trailing_zeros().min(room);
        nodes.push(Node { level: u8::try_from(level).unwrap_or(63), index: at >> level });
        at += 1 << level;
    }
    nodes
}

/// The parts that prove that entry `index` is in the log of `size`, from the leaf up. `None` when it is not in it.
pub fn inclusion(index: u64, size: u64) -> Option<Vec<Range<u64>>> {
    if index >= size {
        return None;
    }
    let mut parts = Vec::new();
    let mut tree = 0..size;
    while tree.end - tree.start > 1 {
        let middle = tree.start + split(tree.end - tree.start);
        let (other, mine) = match index < middle {
            true => (middle..tree.end, tree.start..middle),
            false => (tree.start..middle, middle..tree.end),
        };
        parts.push(other);
        tree = mine;
    }
    parts.reverse();
    Some(parts)
}

/// The parts that prove that the log of `new` entries begins with that of `old`. None are needed for an empty log, or for the
/// same. `None` when the new one is smaller.
pub fn consistency(old: u64, new: u64) -> Option<Vec<Range<u64>>> {
    if old > new {
        return None;
    }
    let mut parts = Vec::new();
    if old == 0 || old == new {
        return Some(parts);
    }
    let mut tree = 0..new;
    let mut is_known = true;
    while old != tree.end {
        let middle = tree.start + split(tree.end - tree.start);
        if old <= middle {
            parts.push(middle..tree.end);
            tree = tree.start..middle;
        } else {
            parts.push(tree.start..middle);
            tree = middle..tree.end;
            is_known = false;
        }
    }
    if !is_known {
        parts.push(tree);
    }
    parts.reverse();
    Some(parts)
}
