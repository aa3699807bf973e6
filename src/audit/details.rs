//! What is shown of entries, against their leaves: a line for each entry, in their order, whatever was erased.
//!
//! Invariant: no line is left unread, and none is left out: a file that shows some entries only would be believed for the others.
//! Does not: check leaves (`verify`).

use super::export::{Said, Shown};
use super::folder::{DETAILS, Folder, Lines};
use super::from_hex;
use super::leaf::{Detail, Leaf, commitment};
use super::verify::{Report, Wrong};
use std::collections::BTreeMap;
use std::io;
use std::iter::Peekable;

/// The lines, as far as they are read.
pub(super) struct Details {
    /// `None` when nothing is shown at all.
    lines: Option<Peekable<Lines>>,
    /// The entry of the next line.
    next: u64,
}

impl Details {
    pub(super) fn of(folder: &Folder) -> io::Result<Self> {
        Ok(Details { lines: folder.lines(DETAILS)?.map(Iterator::peekable), next: 0 })
    }

    /// Entries before `end`.
    pub(super) fn compare(
        &mut self,
        end: u64,
        leaves: &BTreeMap<u64, Leaf>,
        report: &mut Report,
    ) -> io::Result<()> {
        let Some(lines) = &mut self.lines else { return Ok(()) };
        // What is no line of this file at all stands for the entry that is next.
        let is_here = |it: &io::Result<String>| entry_of(it).is_none_or(|it| it < end);
        while self.next < end
            && let Some(line) = lines.next_if(is_here)
        {
            let Ok(it) = serde_json::from_str::<Shown>(&line?) else {
                report.finds(self.next, Wrong::Detail);
                self.next += 1;
                continue;
            };
            if it.entry < self.next {
                report.finds(it.entry, Wrong::Stray);
                continue;
            }
            left_out(self.next..it.entry, leaves, report);
            compare_one(&it, leaves.get(&it.entry), report);
            self.next = it.entry + 1;
        }
        left_out(self.next..end, leaves, report);
        self.next = end;
        Ok(())
    }

    /// Nothing is left over.
    pub(super) fn end(&mut self, report: &mut Report) -> io::Result<()> {
        for line in self.lines.iter_mut().flatten() {
            let entry = entry_of(&line).unwrap_or(self.next);
            line?;
            report.finds(entry, Wrong::Stray);
        }
        Ok(())
    }
}

fn entry_of(line: &io::Result<String>) -> Option<u64> {
    let shown: Shown = serde_json::from_str(line.as_ref().ok()?).ok()?;
    Some(shown.entry)
}

/// Of an entry that is not there itself, that is told already.
fn left_out(entries: std::ops::Range<u64>, leaves: &BTreeMap<u64, Leaf>, report: &mut Report) {
    if entries.is_empty() {
        return;
    }
    leaves.range(entries).for_each(|(it, _)| report.finds(*it, Wrong::NotShown));
}

fn compare_one(it: &Shown, leaf: Option<&Leaf>, report: &mut Report) {
    // Of an entry that is not there, or is not what was hashed, that is told already.
    let Some(leaf) = leaf else { return };
    if it.row_is_gone {
        report.finds(it.entry, Wrong::RowGone);
    }
    let (Some(salt), Some(text)) = (&it.salt, &it.detail) else {
        report.erased += 1;
        // The leaf still says what happened, when, and how it ended, and so does the row.
        let is_same = it.said.as_ref().map_or(it.row_is_gone, |it| *it == Said::by(leaf));
        if !is_same || it.row.is_some() {
            report.finds(it.entry, Wrong::Row);
        }
        return;
    };
    if it.row.is_some() {
        report.finds(it.entry, Wrong::Row);
    }
    report.shown += 1;
    let salt = from_hex(salt).unwrap_or_default();
    let detail: Option<Detail> = serde_json::from_str(text).ok();
    let is_good = commitment(&salt, text) == leaf.detail
        && detail.is_some_and(|it| it.suits(leaf) && it.canonical() == *text);
    if !is_good {
        report.finds(it.entry, Wrong::Detail);
    }
}
