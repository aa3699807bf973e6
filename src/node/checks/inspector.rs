//! Whoever asks: check by check, page by page, with a rest after each.
//!
//! Owns: how far each check has come, and how far the audit log was found good. Invariant: a run is bounded; a check that did not come to
//! its end goes on there the next time. Does not: tell anybody.

use crate::audit::recheck::{Recheck, Wrong};
use crate::audit::succession::Keys;
use crate::crypto::Vault;
use crate::node::keyring::missing;
use crate::protocol::time::UnixMillis;
use crate::store::checks::{After, Check};
use crate::store::{Store, StoreError};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Rows of one page.
const PAGE: u32 = 200;
/// Pages of one check in one run: four million rows, or the next night goes on.
const MOST_PAGES: u32 = 20_000;
/// Tries of a page whose store does not answer, the last of one row.
const MOST_TRIES: u32 = 10;
/// What is named of what is wrong; it is counted all.
const NAMED: usize = 20;
/// Runs after which the audit log is read from its first entry again.
const ANEW_AFTER: u32 = 7;

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Nothing is wrong.
    Good,
    /// Something is.
    Wrong,
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
            Answer::NotAsked => "not asked",
            Answer::Unanswered => "no answer",
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// By which check.
    pub check: Check,
    /// In a word.
    pub answer: Answer,
    /// Rows, tables, entries or keys that were looked at.
    pub asked: u64,
    /// How many of them are wrong.
    pub wrong: u64,
    /// The first of those.
    pub named: Vec<String>,
}

impl Found {
    const fn new(check: Check) -> Self {
        Found { check, answer: Answer::Good, asked: 0, wrong: 0, named: vec![] }
    }

    fn takes(&mut self, asked: u64, wrong: Vec<String>) {
        self.asked = self.asked.saturating_add(asked);
        self.wrong = self.wrong.saturating_add(u64::try_from(wrong.len()).unwrap_or(u64::MAX));
        let room = NAMED.saturating_sub(self.named.len());
        self.named.extend(wrong.into_iter().take(room));
        if self.wrong > 0 {
            self.answer = Answer::Wrong;
        }
    }

    /// What is wrong stays wrong, whatever was not answered after it.
    const fn is_cut_short(&mut self) {
        if matches!(self.answer, Answer::Good) {
            self.answer = Answer::Unanswered;
        }
    }
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Of every check.
    pub found: Vec<Found>,
}

impl Report {
    fn count(&self, of: &[Answer]) -> u32 {
        let count = self.found.iter().filter(|it| of.contains(&it.answer)).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Checks that were asked.
    pub fn asked(&self) -> u32 {
        self.count(&[Answer::Good, Answer::Wrong, Answer::Unanswered])
    }

    /// Those that found something.
    pub fn wrong(&self) -> u32 {
        self.count(&[Answer::Wrong])
    }

    /// Rows, tables, entries and keys that were looked at.
    pub fn rows(&self) -> u64 {
        self.found.iter().fold(0, |sum, it| sum.saturating_add(it.asked))
    }

    /// Whether every check that there is was answered, and nothing is wrong.
    pub fn is_good(&self) -> bool {
        self.count(&[Answer::Wrong, Answer::Unanswered]) == 0
    }
}

/// Who asks.
pub struct Inspector {
    store: Arc<dyn Store>,
    recheck: Recheck,
    /// Keys of the node that are gone for good, by the settings.
    lost: Vec<String>,
    places: BTreeMap<Check, After>,
    runs: u32,
}

impl Inspector {
    /// Who has seen nothing yet. `keys` are those of the audit log.
    pub fn new(store: Arc<dyn Store>, keys: Keys, lost: Vec<String>) -> Self {
        Inspector { store, recheck: Recheck::new(keys), lost, places: BTreeMap::new(), runs: 0 }
    }

    /// Asks everything, with a rest after each page.
    pub async fn run(&mut self, vault: &Vault, now: UnixMillis, rest: Duration) -> Report {
        if self.runs > 0 && self.runs.is_multiple_of(ANEW_AFTER) {
            self.recheck.begins_anew();
        }
        self.runs = self.runs.saturating_add(1);
        let (signed, rows) = self.read_log(rest).await;
        let mut found = vec![];
        for check in Check::ALL {
            found.push(match check {
                Check::AuditSigned => signed.clone(),
                Check::AuditRows => rows.clone(),
                Check::Keys => self.look_for_keys(vault).await,
                _ => self.walk(check, now, rest).await,
            });
        }
        Report { found }
    }

    async fn walk(&mut self, check: Check, now: UnixMillis, rest: Duration) -> Found {
        let mut found = Found::new(check);
        let (mut after, mut most) = (self.places.remove(&check).unwrap_or_default(), PAGE);
        let mut tries = 0;
        for _ in 0..MOST_PAGES {
            match self.store.look(check, after, now, most).await {
                Ok(Some(page)) => {
                    found.takes(page.asked, page.wrong);
                    (most, tries) = (most.saturating_mul(2).min(PAGE), 0);
                    let Some(next) = page.next else { return found };
                    after = next;
                }
                Ok(None) => return Found { answer: Answer::NotAsked, ..found },
                // What takes too long is asked in smaller pages.
                Err(StoreError::Aborted | StoreError::Ambiguous) if tries < MOST_TRIES => {
                    (most, tries) = ((most / 2).max(1), tries.saturating_add(1));
                }
                Err(_) => {
                    found.is_cut_short();
                    return found;
                }
            }
            tokio::time::sleep(rest).await;
        }
        // It goes on there.
        self.places.insert(check, after);
        found
    }

    /// What is signed, and what rows say.
    async fn read_log(&mut self, rest: Duration) -> (Found, Found) {
        let (mut signed, mut rows) = (Found::new(Check::AuditSigned), Found::new(Check::AuditRows));
        for _ in 0..MOST_PAGES {
            let Ok(step) = self.recheck.step(&*self.store).await else {
                signed.is_cut_short();
                rows.is_cut_short();
                break;
            };
            let (mut entries, mut odd) = (vec![], vec![]);
            for it in step.wrong {
                match it {
                    Wrong::Entries(from, until) => {
                        entries.push(format!("entries {from} to {}", until.saturating_sub(1)));
                    }
                    Wrong::Row(entry) => odd.push(format!("entry {entry}")),
                }
            }
            signed.takes(step.asked, entries);
            rows.takes(step.asked, odd);
            if step.is_end {
                break;
            }
            tokio::time::sleep(rest).await;
        }
        (signed, rows)
    }

    async fn look_for_keys(&self, vault: &Vault) -> Found {
        let mut found = Found::new(Check::Keys);
        match missing(&*self.store, vault, &self.lost).await {
            Ok((asked, gone)) => found.takes(asked, gone),
            Err(_) => found.is_cut_short(),
        }
        found
    }
}
