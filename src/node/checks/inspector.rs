//! Whoever asks: check by check, page by page, with a rest after each.
//!
//! Owns: how far each check has come, what it found wrong on its way, and how far the audit log was found good. Invariants: a run is
//! bounded unless it is asked to go to the end; a check that did not come to its end says so and goes on there the next time. What was
//! found wrong is told in each run until a check has come through all of it and has not found it again.
//! Does not: tell anybody.

use super::report::{Answer, Found, NAMED, Odd, Report};
use crate::audit::recheck::Recheck;
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
/// Pages of one check in one run: four million rows, or ten million entries of the audit log.
const MOST_PAGES: u32 = 20_000;
/// Tries of a page whose store does not answer, the last of one row.
const MOST_TRIES: u32 = 10;
/// Runs after which the audit log is read from its first entry again, once it was read to its end.
const ANEW_AFTER: u32 = 7;

/// A way through a check that may take several runs.
#[derive(Debug, Default)]
struct Course {
    after: After,
    /// Something on it did not answer in its time.
    is_missed: bool,
    /// Wrong so far.
    seen: Odd,
    /// Wrong the last time that it came to its end.
    before: Odd,
}

/// Who asks.
pub struct Inspector {
    store: Arc<dyn Store>,
    recheck: Recheck,
    /// Keys of the node that are gone for good, by the settings.
    lost: Vec<String>,
    courses: BTreeMap<Check, Course>,
    rows: u32,
    /// Pages of one check in one run; `None`: as many as there are.
    most: Option<u32>,
    /// Whether the audit log was read to its end, or as far as it is good.
    is_read: bool,
    /// Runs since that was begun.
    runs: u32,
    /// Whether somebody needs the node more.
    stops: Box<dyn Fn() -> bool + Send + Sync>,
}

impl Inspector {
    /// Who has seen nothing yet. `keys` are those of the audit log.
    pub fn new(store: Arc<dyn Store>, keys: Keys, lost: Vec<String>) -> Self {
        Inspector {
            store,
            recheck: Recheck::new(keys),
            lost,
            courses: BTreeMap::new(),
            rows: PAGE,
            most: Some(MOST_PAGES),
            is_read: false,
            runs: 0,
            stops: Box::new(|| false),
        }
    }

    /// With no bound of a run: to the end of everything.
    #[must_use]
    pub fn to_the_end(self) -> Self {
        Inspector { most: None, ..self }
    }

    /// With pages of so many rows or entries, and so many pages of a check in a run.
    #[must_use]
    pub fn in_pages(self, rows: u32, most: u32) -> Self {
        let recheck = self.recheck.in_pages(rows);
        Inspector { rows: rows.max(1), most: Some(most), recheck, ..self }
    }

    /// Ends a run between two pages when this is so.
    #[must_use]
    pub fn unless(self, stops: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Inspector { stops: Box::new(stops), ..self }
    }

    /// Asks everything, with a rest after each page.
    pub async fn run(&mut self, vault: &Vault, now: UnixMillis, rest: Duration) -> Report {
        if self.is_read && self.runs >= ANEW_AFTER {
            self.recheck.begins_anew();
            (self.is_read, self.runs) = (false, 0);
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
        Report { found, is_stopped: (self.stops)() }
    }

    fn goes_on(&self, pages: u32) -> bool {
        self.most.is_none_or(|most| pages < most) && !(self.stops)()
    }

    async fn walk(&mut self, check: Check, now: UnixMillis, rest: Duration) -> Found {
        let mut it = self.courses.remove(&check).unwrap_or_default();
        let (mut most, mut tries, mut pages, mut asked) = (self.rows, 0_u32, 0_u32, 0_u64);
        let came = loop {
            if !self.goes_on(pages) {
                break Answer::Partly;
            }
            match self.store.look(check, it.after, now, most).await {
                Ok(Some(page)) => {
                    asked = asked.saturating_add(page.asked);
                    it.seen.takes(page.wrong);
                    it.is_missed |= page.missed > 0;
                    (most, tries) = (most.saturating_mul(2).min(self.rows), 0);
                    pages = pages.saturating_add(1);
                    let Some(next) = page.next else {
                        break if it.is_missed { Answer::Unanswered } else { Answer::Good };
                    };
                    it.after = next;
                }
                Ok(None) => return Found::of(check, Answer::NotAsked, asked, Odd::default()),
                // What takes too long is asked in smaller pages.
                Err(StoreError::Aborted | StoreError::Ambiguous)
                    if tries < MOST_TRIES && !check.is_by_table() =>
                {
                    (most, tries) = ((most / 2).max(1), tries.saturating_add(1));
                }
                Err(_) => break Answer::Unanswered,
            }
            tokio::time::sleep(rest).await;
        };
        let (told, next) = match came {
            Answer::Good => (it.seen.clone(), Course { before: it.seen, ..Course::default() }),
            // What nobody can get past is begun anew, so that what is before it is looked at again; and so is what was gone past.
            Answer::Unanswered if pages == 0 || it.is_missed => {
                let told = it.seen.and(&it.before);
                (told.clone(), Course { before: told, ..Course::default() })
            }
            _ => (it.seen.and(&it.before), it),
        };
        self.courses.insert(check, next);
        Found::of(check, came, asked, told)
    }

    /// What is signed, and what rows say.
    async fn read_log(&mut self, rest: Duration) -> (Found, Found) {
        let mut again = (self.recheck.odd().1 > 0).then_some(0);
        let (mut tries, mut pages, mut asked) = (0_u32, 0_u32, 0_u64);
        let came = loop {
            if !self.goes_on(pages) {
                break Answer::Partly;
            }
            let done = match again {
                // As many as are kept, and no more.
                Some(from) => self.recheck.looks_again(&*self.store, from).await.map(|next| {
                    again = next;
                    false
                }),
                None => self.recheck.step(&*self.store).await.map(|it| {
                    asked = asked.saturating_add(it.asked);
                    pages = pages.saturating_add(1);
                    it.is_end
                }),
            };
            match done {
                Ok(true) => {
                    self.is_read = true;
                    break Answer::Good;
                }
                Ok(false) => tries = 0,
                Err(_) if tries < MOST_TRIES => tries = tries.saturating_add(1),
                Err(_) => break Answer::Unanswered,
            }
            tokio::time::sleep(rest).await;
        };
        let entries = self.recheck.unsigned();
        let name = |it: &std::ops::Range<u64>| {
            format!("entries {} to {}", it.start, it.end.saturating_sub(1))
        };
        let mut unsigned = Odd::default();
        unsigned.takes(entries.map(name).into_iter().collect());
        let (odd, count) = self.recheck.odd();
        let named = odd.take(NAMED).map(|it| format!("entry {it}")).collect();
        (
            Found::of(Check::AuditSigned, came, asked, unsigned),
            Found::of(Check::AuditRows, came, asked, Odd { count, named }),
        )
    }

    async fn look_for_keys(&self, vault: &Vault) -> Found {
        match missing(&*self.store, vault, &self.lost).await {
            Ok((asked, gone)) => {
                let mut odd = Odd::default();
                odd.takes(gone);
                Found::of(Check::Keys, Answer::Good, asked, odd)
            }
            Err(_) => Found::of(Check::Keys, Answer::Unanswered, 0, Odd::default()),
        }
    }
}
