//! THE TEXT OF A PDF, for those who look for what may not be in it.
//!
//! Owns: what is read of a document ([`objects`], [`unpack`], [`fonts`], [`contents`]) and how much of it ([`Bounds`]). Invariants:
//! whatever the bytes are, reading ends within the bounds, and does not panic. What was not read is said ([`Unread`]); what was
//! read before that is told all the same. Nothing is opened by a table or a tree of the document, so that none can lead in a
//! circle: every page and every form is read, in the order in which they stand.
//! Does not: read letters that are pictures, or lines that are drawn. What it does not know of is no promise that nothing is
//! there: detectors are for mistakes, not for whoever means it.

mod codes;
mod contents;
mod fonts;
#[cfg(test)]
mod hostile;
mod lexer;
mod matrix;
mod objects;
mod pages;
#[cfg(test)]
#[path = "../../../tests/support/paper.rs"]
pub(crate) mod paper;
#[cfg(test)]
mod tests;
mod unpack;

use std::sync::atomic::{AtomicBool, Ordering};

/// How much of a document is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes that are unpacked, of all streams together.
    pub unpacked: usize,
    /// Bytes of objects that are parsed. Each is twice at least; those that many pages refer to, as often.
    pub parsed: usize,
    /// Objects.
    pub objects: usize,
    /// Pages and forms.
    pub pages: usize,
    /// Bytes of text.
    pub text: usize,
}

impl Bounds {
    /// What a hub reads. Such a document takes some seconds; ordinary ones take milliseconds.
    pub const USUAL: Bounds = Bounds {
        // Twice what is unpacked to look for scripts: a book of 25 MB with drawings has as much.
        unpacked: 64 * 1024 * 1024,
        // Five times the largest file: one that is nothing but objects is gone through twice.
        parsed: 128 * 1024 * 1024,
        // Each keeps 64 bytes; a book of a thousand pages has some ten thousand.
        objects: 200_000,
        // Nobody sends two thousand pages to their doctor by mistake.
        pages: 2_000,
        // A thousand pages full of text have three million letters.
        text: 8 * 1024 * 1024,
    };
}

/// Why something was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// Nothing can be found in it, or what is named is not there.
    Broken,
    /// A page is a picture.
    Picture,
    /// What letters mean stands in their font alone.
    Letters,
    /// It is packed in a way that is not unpacked here.
    Packed,
    /// There is more of it than is read.
    Bound,
    /// It took too long.
    Late,
}

impl Unread {
    /// The word for it, for metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Unread::Broken => "broken",
            Unread::Picture => "picture",
            Unread::Letters => "letters",
            Unread::Packed => "packed",
            Unread::Bound => "bound",
            Unread::Late => "late",
        }
    }
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Lines of pages and forms, and what stands in fields, comments and titles.
    pub letters: String,
    /// The first reason for which this is not all; nothing when all was read.
    pub unread: Option<Unread>,
}

/// Reads a document. Ends soon after somebody says that it is over.
pub fn read(bytes: &[u8], bounds: &Bounds, is_over: &AtomicBool) -> Text {
    let mut work = Work {
        letters: String::new(),
        unread: None,
        unpacked: bounds.unpacked,
        parsed: bounds.parsed,
        text: bounds.text,
        is_over,
    };
    pages::read(bytes, bounds, &mut work);
    Text { letters: work.letters, unread: work.unread }
}

/// What was read until now, and how much more may be.
struct Work<'a> {
    letters: String,
    unread: Option<Unread>,
    unpacked: usize,
    parsed: usize,
    text: usize,
    is_over: &'a AtomicBool,
}

impl Work<'_> {
    /// Whether anything more is read.
    fn goes_on(&mut self) -> bool {
        if self.is_over.load(Ordering::Relaxed) {
            self.miss(Unread::Late);
            return false;
        }
        let is_within = self.parsed > 0 && self.letters.len() < self.text;
        if !is_within {
            self.miss(Unread::Bound);
        }
        is_within
    }

    /// Something was not read. The first reason stays.
    fn miss(&mut self, why: Unread) {
        self.unread.get_or_insert(why);
    }

    const fn left_to_unpack(&self) -> usize {
        self.unpacked
    }

    fn has_unpacked(&mut self, bytes: usize) {
        self.unpacked = self.unpacked.saturating_sub(bytes);
    }

    fn has_parsed(&mut self, bytes: usize) {
        self.parsed = self.parsed.saturating_sub(bytes);
    }

    /// Ends the line.
    fn end_line(&mut self) {
        if !self.letters.is_empty() && !self.letters.ends_with('\n') {
            self.letters.push('\n');
        }
    }
}
