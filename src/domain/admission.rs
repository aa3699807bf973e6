//! ADMISSION: how many sockets are welcomed in a second, who comes first, and when the others are to come.
//!
//! After a loss of the hub everybody comes back in the same second, and each is told what they missed. Owns: one bucket
//! of welcomes, and the turns that were given out. Invariants: in any span no more are welcomed than the bucket holds and
//! is filled with meanwhile; whoever is in a call finds a welcome as long as there is one, because the others leave a
//! part of the bucket to those before them; of one class, nobody is given an earlier turn than who was sent away before.
//! Told the time. Does not: know who somebody is, or hold a turn for anybody: who comes at theirs takes from the bucket
//! like everybody else.

use crate::protocol::close::Pause;
use crate::protocol::time::UnixMillis;
use std::time::Duration;

/// The latest turn that is given out. Who waits longer than half a minute believes that it is broken; they are sent away
/// once more instead.
pub const LATEST: Duration = Duration::from_secs(30);
/// Turns are spread by so much again: clocks and ways differ, and what was one moment stays none.
pub const SPREAD: Duration = Duration::from_millis(500);
const MILLIS: u64 = 1_000;

/// What somebody comes back to, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// They are in a call: somebody speaks to them and is not heard.
    Call,
    /// They wait to be let into one.
    Waiting,
    /// Lists, calendars, messages.
    Other,
}

impl Class {
    /// All of them.
    pub const ALL: [Class; 3] = [Class::Call, Class::Waiting, Class::Other];

    /// Its name in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Class::Call => "call",
            Class::Waiting => "waiting",
            Class::Other => "other",
        }
    }

    /// Of four parts of the bucket, those that it leaves to the classes before it.
    const fn leaves(self) -> u64 {
        match self {
            Class::Call => 0,
            Class::Waiting => 1,
            Class::Other => 2,
        }
    }
}

/// Welcomes a second, and how many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// A second, in the long run.
    pub per_second: u32,
    /// At once, after a quiet time.
    pub burst: u32,
}

/// The bucket.
#[derive(Debug)]
pub struct Admission {
    terms: Terms,
    /// Thousandths of welcomes.
    level: u64,
    filled_at: UnixMillis,
    /// The next turn of each class, by its number.
    turns: [UnixMillis; Class::ALL.len()],
}

impl Admission {
    /// Full.
    pub fn new(terms: Terms, now: UnixMillis) -> Self {
        let level = u64::from(terms.burst).saturating_mul(MILLIS);
        Admission { terms, level, filled_at: now, turns: [now; Class::ALL.len()] }
    }

    /// Whether somebody is welcomed now.
    ///
    /// # Errors
    /// When they are to come again.
    pub fn judge(&mut self, class: Class, now: UnixMillis) -> Result<(), Pause> {
        self.fill(now);
        let full = u64::from(self.terms.burst).saturating_mul(MILLIS);
        let left = full / 4 * class.leaves();
        if self.level >= left.saturating_add(MILLIS) {
            self.level = self.level.saturating_sub(MILLIS);
            return Ok(());
        }
        Err(self.turn(class, now))
    }

    fn fill(&mut self, now: UnixMillis) {
        let passed = u64::try_from(now.since(self.filled_at).as_millis()).unwrap_or(u64::MAX);
        let full = u64::from(self.terms.burst).saturating_mul(MILLIS);
        let earned = passed.saturating_mul(u64::from(self.terms.per_second));
        self.level = self.level.saturating_add(earned).min(full);
        // A clock that was set back earns nothing by that, and goes on from there: nobody is shut out until it is what
        // it was.
        self.filled_at = now;
    }

    fn turn(&mut self, class: Class, now: UnixMillis) -> Pause {
        let between = MILLIS.div_ceil(u64::from(self.terms.per_second).max(1));
        let latest = now.plus(LATEST);
        let after = |it: UnixMillis| u32::try_from(it.since(now).as_millis()).unwrap_or(u32::MAX);
        let spread_ms = u32::try_from(SPREAD.as_millis()).unwrap_or(u32::MAX);
        let Some(next) = self.turns.iter_mut().zip(Class::ALL).find(|it| it.1 == class) else {
            return Pause { after_ms: after(latest), spread_ms };
        };
        let turn = (*next.0).max(now.plus(Duration::from_millis(between))).min(latest);
        *next.0 = turn.plus(Duration::from_millis(between));
        Pause { after_ms: after(turn), spread_ms }
    }
}

#[cfg(test)]
#[path = "admission_tests.rs"]
mod tests;
