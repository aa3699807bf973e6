//! The log in the database, made anew from what was found good before: what is signed of it, and what its rows say.
//!
//! Owns: how far this process has come, and what it has found wrong on its way. Invariants: nothing is believed but this log's own keys.
//! What is wrong is kept until it was looked at again and is good: a row or a detail is asked about each time
//! ([`Recheck::looks_again`]), though what is behind it is read meanwhile; what is not what was signed is not passed. Rows are compared
//! with entries that are what was signed, and with no others. Of a page that was read only what is wrong stays in memory.
//! Does not: ask files (`verify` does, for whoever does not trust the hub), or change anything.

use super::MERKLE;
use super::export::Said;
use super::leaf::{Detail, Leaf, commitment};
use super::published::{Signed, Unpublished};
use super::sequencer::{Whose, fitting};
use super::succession::Keys;
use crate::domain::merkle::{Frontier, Hash};
use crate::store::trail::{CheckpointRecord, Opening};
use crate::store::{Store, Stored};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;

/// Entries that are read at once, and checkpoints of one step.
const PAGE: u32 = 512;
/// Entries that are kept to be asked about again. Of more than these only the number is known, until all is read anew.
const MOST_KEPT: usize = 20_000;

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Step {
    /// Entries that were read.
    pub asked: u64,
    /// There is nothing more to be read, or no use in it.
    pub is_end: bool,
}

/// How far the log was found good.
#[derive(Debug)]
pub struct Recheck {
    keys: Keys,
    page: u32,
    end: Frontier,
    /// One of these is not what was signed, or is not there.
    unsigned: Option<Range<u64>>,
    /// Entries that are what was signed, as hashes, and whose row or detail says something else.
    odd: BTreeMap<u64, Hash>,
    /// More of those.
    uncounted: u64,
}

impl Recheck {
    /// Nothing was looked at yet.
    pub fn new(keys: Keys) -> Self {
        let (end, odd) = (Frontier::default(), BTreeMap::new());
        Recheck { keys, page: PAGE, end, unsigned: None, odd, uncounted: 0 }
    }

    /// So many entries at once.
    #[must_use]
    pub fn in_pages(self, page: u32) -> Self {
        Recheck { page: page.max(1), ..self }
    }

    /// From the first entry on. What was found wrong is not forgotten before it was read again.
    pub fn begins_anew(&mut self) {
        self.end = Frontier::default();
        self.uncounted = 0;
    }

    /// Entries that are what was signed, as far as this reading has come.
    pub const fn size(&self) -> u64 {
        self.end.size()
    }

    /// Entries of which one is not what was signed.
    pub const fn unsigned(&self) -> Option<&Range<u64>> {
        self.unsigned.as_ref()
    }

    /// Entries whose row or detail is not what they commit to: the first of them, and how many.
    pub fn odd(&self) -> (impl Iterator<Item = u64>, u64) {
        let kept = u64::try_from(self.odd.len()).unwrap_or(u64::MAX);
        (self.odd.keys().copied(), kept.saturating_add(self.uncounted))
    }

    /// Up to as many checkpoints as a page reaches, one at least.
    ///
    /// # Errors
    /// When the store does not answer. What was read before that is not read again.
    pub async fn step(&mut self, store: &dyn Store) -> Result<Step, Unpublished> {
        let from = self.end.size();
        let mut due: VecDeque<_> = store.checkpoints(from, self.page).await?.into();
        let Some(first) = due.front().map(|it| it.size) else {
            let last = store.trail_head().await?.map_or(0, |it| it.size);
            if last < from {
                self.unsigned = Some(last..from);
            }
            return Ok(Step { asked: 0, is_end: true });
        };
        let reach = first.max(from.saturating_add(self.page.into()));
        due.retain(|it| it.size <= reach);
        let until = due.back().map_or(first, |it| it.size);
        let (mut end, mut odd, mut asked) = (self.end.clone(), BTreeMap::new(), 0_u64);
        while let Some(next) = due.front().map(|it| it.size) {
            let most = until.saturating_sub(end.size()).min(self.page.into());
            let some = store.openings(end.size(), u32::try_from(most).unwrap_or(PAGE)).await?;
            let wrong = wrong(store, &some).await?;
            let before = end.size();
            for it in some {
                if it.entry.index != end.size() {
                    break;
                }
                asked = asked.saturating_add(1);
                let leaf = MERKLE.leaf(it.entry.leaf.as_bytes());
                end.append(MERKLE, leaf);
                if wrong.contains(&it.entry.index) {
                    odd.insert(it.entry.index, leaf);
                }
                if let Some(signed) = due.pop_front_if(|it| it.size == end.size()) {
                    if !self.is_signed(&signed, &end) {
                        return Ok(self.stays(signed.size, asked));
                    }
                    self.passes(&end, std::mem::take(&mut odd));
                }
            }
            if end.size() == before {
                return Ok(self.stays(next, asked));
            }
        }
        Ok(Step { asked, is_end: false })
    }

    /// These are not what was signed, and nothing behind them can be said to be.
    fn stays(&mut self, until: u64, asked: u64) -> Step {
        let from = self.end.size();
        self.unsigned = Some(from..until.max(from.saturating_add(1)));
        Step { asked, is_end: true }
    }

    /// Entries up to there are what was signed; the rows of these are not.
    fn passes(&mut self, end: &Frontier, odd: BTreeMap<u64, Hash>) {
        let read = self.end.size()..end.size();
        self.end = end.clone();
        if self.unsigned.as_ref().is_some_and(|it| it.start < read.end) {
            self.unsigned = None;
        }
        let mut behind = self.odd.split_off(&read.start);
        self.odd.append(&mut behind.split_off(&read.end));
        for (index, leaf) in odd {
            if self.odd.len() < MOST_KEPT {
                self.odd.insert(index, leaf);
            } else {
                self.uncounted = self.uncounted.saturating_add(1);
            }
        }
    }

    /// Entries from there on whose row or detail was wrong, as many as a page reaches; from where it goes on.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn looks_again(
        &mut self,
        store: &dyn Store,
        from: u64,
    ) -> Result<Option<u64>, Unpublished> {
        let Some(first) = self.odd.range(from..).next().map(|it| *it.0) else { return Ok(None) };
        let until = first.saturating_add(self.page.into());
        let last = self.odd.range(first..until).next_back().map_or(first, |it| *it.0);
        let most = u32::try_from(last - first).unwrap_or(PAGE).saturating_add(1);
        let some = store.openings(first, most).await?;
        let wrong = wrong(store, &some).await?;
        for it in some {
            let leaf = MERKLE.leaf(it.entry.leaf.as_bytes());
            let is_good = !wrong.contains(&it.entry.index);
            if self.odd.get(&it.entry.index) == Some(&leaf) && is_good {
                self.odd.remove(&it.entry.index);
            }
        }
        Ok(Some(until))
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

/// Entries of these of which the row says something else, is meant by other pseudonyms, or is not found by whose record it is about. Who is found
/// besides is not asked: what led to them may be gone by now.
async fn wrong(store: &dyn Store, some: &[Opening]) -> Stored<BTreeSet<u64>> {
    let different = some.iter().filter(|it| !says_the_same(it)).map(|it| it.entry.index);
    let mut wrong: BTreeSet<u64> = different.collect();
    let rows: Vec<_> = some.iter().filter_map(|it| it.row.clone()).collect();
    let mut with_rows = some.iter().filter(|it| it.row.is_some());
    let mut rest = rows.as_slice();
    while !rest.is_empty() {
        let (now, later) = rest.split_at_checked(fitting(rest)).unwrap_or((rest, &[]));
        let whose = Whose::of(store, now).await?;
        for (row, it) in now.iter().zip(with_rows.by_ref()) {
            let by: BTreeSet<_> = it.patients.iter().collect();
            let is_found = whose.patients_of(row).iter().all(|who| by.contains(who));
            let leaf = Leaf::parse(it.entry.leaf.as_bytes());
            let is_meant =
                it.committed.is_none() || leaf.is_some_and(|leaf| whose.are_meant(row, &leaf));
            if !is_found || !is_meant {
                wrong.insert(it.entry.index);
            }
        }
        rest = later;
    }
    Ok(wrong)
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
