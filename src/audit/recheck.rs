//! The log in the database, made anew from what was found good before: what is signed of it, and what its rows say.
//!
//! Owns: how far this process has come. Invariants: nothing is believed but this log's own keys. What was found good is not passed again
//! before somebody says so ([`Recheck::begins_anew`]); what is wrong is not passed, and is told each time. Rows are compared with entries
//! that are what was signed, and with no others.
//! Does not: ask files (`verify` does, for whoever does not trust the hub), or change anything.

use super::MERKLE;
use super::export::Said;
use super::leaf::{Detail, Leaf, commitment};
use super::published::{Signed, Unpublished};
use super::succession::Keys;
use crate::domain::merkle::Frontier;
use crate::store::Store;
use crate::store::trail::{CheckpointRecord, Opening};

/// Entries that are read at once.
const PAGE: u64 = 512;

/// What is wrong with the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// One of the entries from there to before that is not what was signed, or is not there.
    Entries(u64, u64),
    /// What the row of an entry, or its detail, says is not what the entry commits to.
    Row(u64),
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Step {
    /// Entries that were read.
    pub asked: u64,
    /// What was found.
    pub wrong: Vec<Wrong>,
    /// There is nothing more to be read, or no use in it.
    pub is_end: bool,
}

/// How far the log was found good.
#[derive(Debug)]
pub struct Recheck {
    keys: Keys,
    end: Frontier,
}

impl Recheck {
    /// Nothing was looked at yet.
    pub fn new(keys: Keys) -> Self {
        Recheck { keys, end: Frontier::default() }
    }

    /// From the first entry on.
    pub fn begins_anew(&mut self) {
        self.end = Frontier::default();
    }

    /// Entries that were found good.
    pub const fn size(&self) -> u64 {
        self.end.size()
    }

    /// Up to the next checkpoint.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn step(&mut self, store: &dyn Store) -> Result<Step, Unpublished> {
        let from = self.end.size();
        let next = store.checkpoints(from, 1).await?.pop();
        let Some(next) = next else {
            let last = store.trail_head().await?.map_or(0, |it| it.size);
            let wrong = match last < from {
                true => vec![Wrong::Entries(last, from)],
                false => vec![],
            };
            return Ok(Step { wrong, is_end: true, ..Step::default() });
        };
        let (end, openings) = self.read(store, next.size).await?;
        let asked = u64::try_from(openings.len()).unwrap_or(u64::MAX);
        if !self.is_signed(&next, &end) {
            let wrong = vec![Wrong::Entries(from, next.size.max(from.saturating_add(1)))];
            return Ok(Step { asked, wrong, is_end: true });
        }
        let odd = openings.iter().filter(|it| !says_the_same(it));
        let wrong = odd.map(|it| Wrong::Row(it.entry.index)).collect();
        self.end = end;
        Ok(Step { asked, wrong, is_end: false })
    }

    /// Entries up to there, as far as they follow each other.
    async fn read(
        &self,
        store: &dyn Store,
        until: u64,
    ) -> Result<(Frontier, Vec<Opening>), Unpublished> {
        let (mut end, mut all) = (self.end.clone(), vec![]);
        while end.size() < until {
            let most = u32::try_from((until - end.size()).min(PAGE)).unwrap_or(u32::MAX);
            let some = store.openings(end.size(), most).await?;
            let mut follows = false;
            for it in some {
                follows = it.entry.index == end.size();
                if !follows {
                    break;
                }
                end.append(MERKLE, MERKLE.leaf(it.entry.leaf.as_bytes()));
                all.push(it);
            }
            if !follows {
                break;
            }
        }
        Ok((end, all))
    }

    /// Whether these entries are what this log's keys have signed.
    fn is_signed(&self, it: &CheckpointRecord, end: &Frontier) -> bool {
        let Ok(Signed { head, .. }) = Signed::own(it.note.clone(), &self.keys) else {
            return false;
        };
        (end.size(), end.root(MERKLE)) == (head.size, head.root)
            && (it.size, it.root.as_slice()) == (head.size, head.root.as_slice())
    }
}

/// As an export says it, and whoever checks one.
fn says_the_same(it: &Opening) -> bool {
    let Some(leaf) = Leaf::parse(it.entry.leaf.as_bytes()) else { return false };
    let Some(row) = it.row.as_ref().map(Detail::of) else { return false };
    match &it.committed {
        Some((salt, detail)) => {
            commitment(salt, detail) == leaf.detail
                && row.canonical() == *detail
                && row.suits(&leaf)
        }
        None => {
            let Detail { action, at, outcome, .. } = row;
            Said { action, at, outcome } == Said::by(&leaf)
        }
    }
}
