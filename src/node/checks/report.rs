//! What came of a look at the data, check by check.
//!
//! Owns: the words for it, and how much of what is wrong is named. Invariant: only what was asked to its end and is as promised is good.
//! Does not: ask, or tell anybody.

use crate::store::checks::Check;

/// What is named of what is wrong. It is counted all, but of one table of a file, or some blocks of one, a hundred at most: a table that
/// refers to nothing any more need not be counted.
pub(super) const NAMED: usize = 20;

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Nothing is wrong.
    Good,
    /// Something is.
    Wrong,
    /// Nothing is wrong as far as it has come; it goes on there the next time.
    Partly,
    /// This store cannot be asked that.
    NotAsked,
    /// It was asked, and did not answer to the end.
    Unanswered,
}

impl Answer {
    /// For people and programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Answer::Good => "good",
            Answer::Wrong => "wrong",
            Answer::Partly => "not to the end",
            Answer::NotAsked => "not asked",
            Answer::Unanswered => "no answer",
        }
    }
}

/// What is wrong, as far as it is known: how much, and the first of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Odd {
    pub(super) count: u64,
    pub(super) named: Vec<String>,
}

impl Odd {
    pub(super) fn takes(&mut self, wrong: Vec<String>) {
        self.count = self.count.saturating_add(u64::try_from(wrong.len()).unwrap_or(u64::MAX));
        let room = NAMED.saturating_sub(self.named.len());
        self.named.extend(wrong.into_iter().take(room));
    }

    /// Both. What is in both is named once, and never counted for more than it is.
    pub(super) fn and(&self, other: &Odd) -> Odd {
        let mut named = self.named.clone();
        named.extend(other.named.iter().filter(|it| !self.named.contains(it)).cloned());
        let known = u64::try_from(named.len()).unwrap_or(u64::MAX);
        named.truncate(NAMED);
        Odd { count: self.count.max(other.count).max(known), named }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// By which check.
    pub check: Check,
    /// In a word.
    pub answer: Answer,
    /// Rows, tables, entries or keys that were looked at in this run.
    pub asked: u64,
    /// How many are wrong, of these and of what was looked at before.
    pub wrong: u64,
    /// The first of those.
    pub named: Vec<String>,
}

impl Found {
    /// What is wrong stays wrong, however far the check has come.
    pub(super) fn of(check: Check, came: Answer, asked: u64, odd: Odd) -> Self {
        let answer = if odd.count > 0 { Answer::Wrong } else { came };
        Found { check, answer, asked, wrong: odd.count, named: odd.named }
    }
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Of every check.
    pub found: Vec<Found>,
    /// Somebody needed the node more: the run ended before its time, and is none.
    pub is_stopped: bool,
}

impl Report {
    fn count(&self, of: &[Answer]) -> u32 {
        let count = self.found.iter().filter(|it| of.contains(&it.answer)).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Checks that were asked.
    pub fn asked(&self) -> u32 {
        self.count(&[Answer::Good, Answer::Wrong, Answer::Partly, Answer::Unanswered])
    }

    /// Those that found something.
    pub fn wrong(&self) -> u32 {
        self.count(&[Answer::Wrong])
    }

    /// Rows, tables, entries and keys that were looked at.
    pub fn rows(&self) -> u64 {
        self.found.iter().fold(0, |sum, it| sum.saturating_add(it.asked))
    }

    /// Whether every check that there is was answered to its end, and nothing is wrong.
    pub fn is_good(&self) -> bool {
        !self.is_stopped && self.count(&[Answer::Wrong, Answer::Partly, Answer::Unanswered]) == 0
    }
}
