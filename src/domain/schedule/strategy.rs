//! In which order openings of several clinicians are offered.
//!
//! Owns: the strategies behind one trait ([`SlotStrategy`]). Invariant: a strategy orders what it is given; it never adds
//! a candidate, so nobody is offered who has no opening.
//! Does not: find openings, or know loads by itself.

use super::openings::Opening;
use crate::protocol::ids::PersonId;
use crate::protocol::time::UnixMillis;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::time::Duration;

#[cfg(test)]
mod tests;

/// Openings this near are kept for those who cannot wait, as long as others have somewhere else to go.
pub const KEPT_FOR_URGENT: Duration = Duration::from_secs(24 * 60 * 60);

/// Somebody's opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Whose.
    pub practitioner_id: PersonId,
    /// Which.
    pub opening: Opening,
}

impl Candidate {
    fn starts_at(&self) -> UnixMillis {
        self.opening.starts_at
    }
}

/// How long somebody may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// At once.
    Immediate,
    /// Within hours.
    VeryUrgent,
    /// Within a day.
    Urgent,
    /// Within a week.
    Standard,
    /// Within four weeks.
    Routine,
}

impl Priority {
    /// The longest wait.
    pub const fn longest_wait(self) -> Duration {
        let hours = match self {
            Priority::Immediate => 1,
            Priority::VeryUrgent => 4,
            Priority::Urgent => 24,
            Priority::Standard => 7 * 24,
            Priority::Routine => 28 * 24,
        };
        Duration::from_secs(hours * 60 * 60)
    }
}

/// A clinician's part in a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Appointments that they have in the period over which the pool is fair.
    pub load: u32,
    /// Their weight in it, 1 to 100.
    pub weight: u8,
}

/// What an order depends on besides the openings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Now.
    pub now: UnixMillis,
    /// How long the patient may wait.
    pub priority: Priority,
    /// The clinicians whom the patient has seen, the last one first.
    pub seen: Vec<PersonId>,
    /// Everybody in the pool, those without an opening included. Whoever is missing has no load and weight 1.
    pub pool: BTreeMap<PersonId, Share>,
}

/// An order of what can be offered.
pub trait SlotStrategy {
    /// The candidates, best first. Never more than were given.
    fn order(&self, candidates: Vec<Candidate>, context: &Context) -> Vec<Candidate>;
}

/// Whoever has time first.
#[derive(Debug, Clone, Copy, Default)]
pub struct Earliest;

impl SlotStrategy for Earliest {
    fn order(&self, mut candidates: Vec<Candidate>, _context: &Context) -> Vec<Candidate> {
        candidates.sort_by_key(earliest);
        candidates
    }
}

/// By how long the patient may wait: what is within it first. Those who can wait leave the next
/// [`KEPT_FOR_URGENT`] to those who cannot, unless nothing else is within their wait.
#[derive(Debug, Clone, Copy, Default)]
pub struct Urgency;

impl SlotStrategy for Urgency {
    fn order(&self, mut candidates: Vec<Candidate>, context: &Context) -> Vec<Candidate> {
        let wait = context.priority.longest_wait();
        let deadline = context.now.plus(wait);
        let kept_until = context.now.plus(KEPT_FOR_URGENT);
        let can_wait = wait > KEPT_FOR_URGENT;
        candidates.sort_by_key(|it| {
            let class = match (it.starts_at() <= deadline, can_wait && it.starts_at() < kept_until)
            {
                (true, false) => 0,
                (true, true) => 1,
                (false, _) => 2,
            };
            (class, earliest(it))
        });
        candidates
    }
}

/// Whom the patient knows first, the last one seen before all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Continuity;

impl SlotStrategy for Continuity {
    fn order(&self, mut candidates: Vec<Candidate>, context: &Context) -> Vec<Candidate> {
        let rank =
            |id: PersonId| context.seen.iter().position(|it| *it == id).unwrap_or(usize::MAX);
        candidates.sort_by_key(|it| (rank(it.practitioner_id), earliest(it)));
        candidates
    }
}

/// Whoever of the pool is furthest behind their share, then their earliest.
///
/// The quota method of Balinski and Young: of those who would not exceed their share, rounded up, by one more, the one
/// with the largest weight for each appointment that they would have then. While everybody has time, nobody is ever a
/// whole appointment away from their share.
#[derive(Debug, Clone, Copy, Default)]
pub struct WeightedRoundRobin;

impl SlotStrategy for WeightedRoundRobin {
    fn order(&self, mut candidates: Vec<Candidate>, context: &Context) -> Vec<Candidate> {
        let mut pool = context.pool.clone();
        for it in &candidates {
            pool.entry(it.practitioner_id).or_insert(Share { load: 0, weight: 1 });
        }
        let ranks = ranks(&pool);
        let rank = |id: PersonId| ranks.get(&id).copied().unwrap_or(usize::MAX);
        candidates.sort_by_key(|it| (rank(it.practitioner_id), earliest(it)));
        candidates
    }
}

fn earliest(it: &Candidate) -> (UnixMillis, PersonId) {
    (it.starts_at(), it.practitioner_id)
}

/// The place of everybody in the pool, 0 for whose turn it is.
fn ranks(pool: &BTreeMap<PersonId, Share>) -> BTreeMap<PersonId, usize> {
    let weights: u64 = pool.values().map(|it| weight(*it)).sum();
    let next: u64 = pool.values().map(|it| u64::from(it.load)).sum::<u64>() + 1;
    let is_over = |it: Share| u64::from(it.load) * weights >= weight(it) * next;
    let mut order: Vec<(PersonId, Share)> = pool.iter().map(|(id, it)| (*id, *it)).collect();
    order.sort_by(|(a_id, a), (b_id, b)| {
        is_over(*a).cmp(&is_over(*b)).then_with(|| turn(*a, *b)).then_with(|| a_id.cmp(b_id))
    });
    order.into_iter().enumerate().map(|(rank, (id, _))| (id, rank)).collect()
}

/// Who comes first by `(load + 1) / weight`, compared without division.
fn turn(a: Share, b: Share) -> Ordering {
    let one_more = |it: Share| u64::from(it.load) + 1;
    (one_more(a) * weight(b)).cmp(&(one_more(b) * weight(a)))
}

fn weight(it: Share) -> u64 {
    u64::from(it.weight.max(1))
}
