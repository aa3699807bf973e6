//! Whether a log is what was signed: every entry, every hash, every earlier checkpoint, and what is shown of the entries.
//!
//! Invariants: nothing is believed but the keys that whoever checks brings along. What is wrong is told with the first entry that it
//! concerns. Every file is read once, so the largest log needs the memory of one file.
//! Does not: ask a hub, or a clock.

use super::MERKLE;
use super::checkpoint::Checkpoint;
use super::details::Details;
use super::folder::{CHECKPOINTS, Folder};
use super::leaf::Leaf;
use super::publisher::CHECKPOINT;
use super::succession::{Forged, Keys, Reign};
use crate::crypto::NoteVerifier;
use crate::domain::merkle::tile::{Tile, WIDTH};
use crate::domain::merkle::{Frontier, Hash};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;

/// What is told of what is wrong; more of it helps nobody.
const MOST: usize = 100;

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The first entry that it concerns.
    pub entry: u64,
    /// What.
    pub what: Wrong,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// The checkpoint is missing, or is not signed by the key.
    NotSigned,
    /// What is said of keys that follow each other is not what those keys have signed.
    Keys(Forged),
    /// The entry is none, or is not what was hashed.
    Changed,
    /// It is not there.
    Removed,
    /// Another one stands in its place, and it in another.
    Moved,
    /// From here on there is nothing.
    CutOff,
    /// A file of hashes is missing, or its hashes do not fit together.
    Hashes(String),
    /// Entries were changed, and the hashes with them: one of those from here to before this number.
    Rewritten(u64),
    /// A checkpoint of so many entries, which somebody kept, is none of this log.
    SplitView(u64),
    /// The log was once longer: so many entries.
    Shorter(u64),
    /// A checkpoint that somebody kept is not signed by a key that is known.
    UnknownCheckpoint,
    /// What is shown is not what the entry commits to.
    Detail,
    /// The row of the database was changed after it became an entry.
    Row,
    /// The row of the database was deleted.
    RowGone,
    /// Others are shown, and of this one it is not even said that it was erased.
    NotShown,
    /// It is shown twice, out of order, or there is no such entry.
    Stray,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let it = self.entry;
        match &self.what {
            Wrong::NotSigned => {
                write!(f, "the checkpoint is missing, or is not signed by this key")
            }
            Wrong::Keys(why) => write!(f, "{why}"),
            Wrong::Changed => write!(f, "entry {it} was changed"),
            Wrong::Removed => write!(f, "entry {it} was removed"),
            Wrong::Moved => write!(f, "entry {it} was moved: another one stands in its place"),
            Wrong::CutOff => {
                write!(f, "the log was cut off: entry {it} is the first that is missing")
            }
            Wrong::Hashes(name) => {
                write!(f, "entry {it}: the hashes in {name} are not those of the log")
            }
            Wrong::Rewritten(until) => {
                write!(
                    f,
                    "the log was rewritten: the first wrong entry is one of {it} to {}",
                    until - 1
                )
            }
            Wrong::SplitView(size) => write!(
                f,
                "another log was shown before: the checkpoint of {size} entries that was kept is none of this one; \
                 the first wrong entry is {it} or a later one"
            ),
            Wrong::Shorter(size) => {
                write!(
                    f,
                    "the log had {size} entries once: entry {it} is the first that was cut off"
                )
            }
            Wrong::UnknownCheckpoint => {
                write!(f, "a checkpoint that was kept is not signed by a key that is known")
            }
            Wrong::Detail => write!(f, "entry {it}: what is shown is not what it commits to"),
            Wrong::Row => write!(f, "entry {it}: the row of the database was changed"),
            Wrong::RowGone => write!(f, "entry {it}: the row of the database was deleted"),
            Wrong::NotShown => write!(f, "entry {it}: its line was taken out of what is shown"),
            Wrong::Stray => write!(f, "entry {it}: a line that is shown of it has no place there"),
        }
    }
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Entries that the checkpoint covers.
    pub size: u64,
    /// Of which more is shown than the leaf.
    pub shown: u64,
    /// Of which the rest was erased.
    pub erased: u64,
    /// Who signed it, and up to how many entries; from the key on that was trusted.
    pub reigns: Vec<Reign>,
    /// What is wrong, the first entry first.
    pub findings: Vec<Finding>,
}

impl Report {
    pub(super) fn finds(&mut self, entry: u64, what: Wrong) {
        if self.findings.len() < MOST {
            self.findings.push(Finding { entry, what });
        }
    }
}

/// Who is believed, and what was kept.
#[derive(Debug, Clone)]
pub struct Trust {
    /// The key of the log.
    pub log: NoteVerifier,
    /// Keys of witnesses, whose signature is as good under a checkpoint that was kept.
    pub witnesses: Vec<NoteVerifier>,
    /// Checkpoints that were kept: notes.
    pub kept: Vec<String>,
}

impl Trust {
    fn opens(&self, note: &str, keys: &Keys) -> Option<Checkpoint> {
        let by_witness = || self.witnesses.iter().find_map(|it| Checkpoint::opened(note, it));
        let found = keys.opened(note).or_else(by_witness);
        found.filter(|it| it.origin == self.log.name())
    }
}

/// Checks a log.
///
/// # Errors
/// When a file cannot be read.
pub fn verify(folder: &Folder, trust: &Trust) -> io::Result<Report> {
    let mut report = Report::default();
    let note = folder.text(CHECKPOINT)?.unwrap_or_default();
    let keys = match folder.keys(&trust.log)? {
        Ok(keys) => keys,
        Err(why) => {
            report.finds(0, Wrong::Keys(why));
            return Ok(report);
        }
    };
    let Some(signed) = keys.opened(&note) else {
        report.finds(0, Wrong::NotSigned);
        return Ok(report);
    };
    report.size = signed.head.size;
    report.reigns = keys.reigns().to_vec();
    let kept = kept(trust, &keys, &mut report);
    let history = history(folder, &keys, report.size)?;
    let all = history.iter().chain(&kept).chain([&signed]);
    let roots = all.map(|it| (it.head.size, None)).collect();
    let mut log = Log { frontier: Frontier::default(), roots, is_good: true };
    log.read(folder, &mut report)?;
    if log.is_good {
        log.compare(&history, &signed, &mut report);
        log.compare_hashes(folder, report.size, &mut report)?;
    }
    log.compare_kept(&kept, &mut report);
    report.findings.sort();
    Ok(report)
}

fn kept(trust: &Trust, keys: &Keys, report: &mut Report) -> Vec<Checkpoint> {
    let opened: Vec<_> = trust.kept.iter().map(|it| trust.opens(it, keys)).collect();
    if opened.iter().any(Option::is_none) {
        report.finds(0, Wrong::UnknownCheckpoint);
    }
    // What a key said of the log when it handed it on counts like what somebody kept.
    let mut kept: Vec<_> =
        opened.into_iter().flatten().chain(keys.handed_on().iter().cloned()).collect();
    kept.sort_by_key(|it| it.head.size);
    kept
}

/// Checkpoints that came with the log. They only narrow down where it was changed; one that is not signed says nothing.
fn history(folder: &Folder, keys: &Keys, size: u64) -> io::Result<Vec<Checkpoint>> {
    let text = folder.text(CHECKPOINTS)?.unwrap_or_default();
    let notes = text.lines().filter_map(|it| serde_json::from_str::<String>(it).ok());
    let mut all: Vec<_> = notes.filter_map(|it| keys.opened(&it)).collect();
    all.retain(|it| it.head.size <= size);
    all.sort_by_key(|it| it.head.size);
    Ok(all)
}

struct Log {
    frontier: Frontier,
    /// Roots at the sizes that are asked for.
    roots: BTreeMap<u64, Option<Hash>>,
    /// Whether all entries are there and are those that were hashed.
    is_good: bool,
}

impl Log {
    fn read(&mut self, folder: &Folder, report: &mut Report) -> io::Result<()> {
        self.mark();
        let mut details = Details::of(folder)?;
        for index in 0..report.size.div_ceil(WIDTH) {
            let Some(tile) = Tile::of(0, index, report.size) else { break };
            let before = report.findings.len();
            let hashes = folder.hashes(tile)?;
            if hashes.is_none() {
                report.finds(index * WIDTH, Wrong::Hashes(tile.path()));
            }
            let (entries, is_whole) = folder.entries(tile)?;
            let leaves = self.read_tile(tile, &entries, &hashes.unwrap_or_default(), report);
            if !is_whole && report.findings.len() == before {
                report.finds(index * WIDTH, Wrong::Changed);
            }
            self.is_good &= report.findings.len() == before;
            details.compare(index * WIDTH + tile.width, &leaves, report)?;
            if report.findings.iter().any(|it| it.what == Wrong::CutOff) {
                return Ok(());
            }
        }
        details.end(report)
    }

    /// The root at this size, if somebody asks for it.
    fn mark(&mut self) {
        if let Some(root) = self.roots.get_mut(&self.frontier.size()) {
            *root = Some(self.frontier.root(MERKLE));
        }
    }

    /// The leaves of one file, by their numbers.
    fn read_tile(
        &mut self,
        tile: Tile,
        entries: &[Vec<u8>],
        hashes: &[Hash],
        report: &mut Report,
    ) -> BTreeMap<u64, Leaf> {
        let first = tile.index * WIDTH;
        let all = first..first + tile.width;
        let (mut there, mut leaves) = (BTreeSet::new(), BTreeMap::new());
        let mut is_in_order = true;
        for (place, entry) in (first..).zip(entries) {
            let leaf = Leaf::parse(entry).filter(|it| all.contains(&it.seq));
            let number = leaf.as_ref().map_or(place, |it| it.seq);
            let hash = MERKLE.leaf(entry);
            let at = usize::try_from(number - first).unwrap_or(usize::MAX);
            if leaf.is_none() || hashes.get(at).is_some_and(|it| *it != hash) {
                report.finds(number, Wrong::Changed);
            }
            is_in_order &= number == place;
            there.insert(number);
            self.frontier.append(MERKLE, hash);
            self.mark();
            leaves.extend(leaf.map(|it| (number, it)));
        }
        let missing: Vec<_> = all.clone().filter(|it| !there.contains(it)).collect();
        let end = there.last().map_or(first, |it| it + 1);
        let (inside, behind): (Vec<u64>, Vec<u64>) = missing.into_iter().partition(|it| *it < end);
        inside.iter().for_each(|it| report.finds(*it, Wrong::Removed));
        if inside.is_empty() && !is_in_order {
            let places = (first..).zip(entries);
            let seq = |it: &[u8]| Leaf::parse(it).map(|it| it.seq);
            let moved = places.filter(|(place, it)| seq(it).is_some_and(|seq| seq != *place));
            moved.for_each(|(place, _)| report.finds(place, Wrong::Moved));
        }
        if let Some(cut) = behind.first() {
            report.finds(*cut, Wrong::CutOff);
        }
        leaves
    }

    fn root(&self, size: u64) -> Option<Hash> {
        self.roots.get(&size).copied().flatten()
    }

    /// Between the last checkpoint that fits and the first that does not.
    fn compare(&self, history: &[Checkpoint], signed: &Checkpoint, report: &mut Report) {
        let mut good = 0;
        for it in history.iter().chain([signed]) {
            if self.root(it.head.size) != Some(it.head.root) {
                report.finds(good, Wrong::Rewritten(it.head.size.max(good + 1)));
                return;
            }
            good = it.head.size;
        }
    }

    /// The files of hashes above the leaves. Whoever fetches proofs from them is told nothing wrong.
    fn compare_hashes(&self, folder: &Folder, size: u64, report: &mut Report) -> io::Result<()> {
        for level in 1..8_u8 {
            let mut index = 0;
            while let Some(tile) = Tile::of(level, index, size) {
                let below = index * WIDTH..index * WIDTH + tile.width;
                let mut roots = vec![];
                for it in below {
                    let full = Tile { level: level - 1, index: it, width: WIDTH };
                    roots.push(MERKLE.root(&folder.hashes(full)?.unwrap_or_default()));
                }
                if folder.hashes(tile)?.as_ref() != Some(&roots) {
                    let first = (index * WIDTH) << (8 * u32::from(level));
                    report.finds(first, Wrong::Hashes(tile.path()));
                }
                index += 1;
            }
        }
        Ok(())
    }

    /// Smaller ones first. Where entries are not even those that were hashed, that is told and no more.
    fn compare_kept(&self, kept: &[Checkpoint], report: &mut Report) {
        let mut good = 0;
        for it in kept {
            let size = it.head.size;
            if size > report.size {
                report.finds(report.size, Wrong::Shorter(size));
            } else if self.is_good && self.root(size) != Some(it.head.root) {
                report.finds(good, Wrong::SplitView(size));
                return;
            }
            good = size;
        }
    }
}
