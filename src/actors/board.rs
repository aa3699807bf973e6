//! The board: what every schedule of this node looked like when it was last saved, for searches to read.
//!
//! Owns: one [`Posted`] a practitioner, with the openings that were computed from it. Invariants: a schedule is put here
//! only after it was saved, and taken away when somebody else may have written it; nothing is booked by what stands
//! here, because a hold asks the owner, and the table judges. A search that finds a time that has just gone gets its
//! refusal when it holds.
//! Whoever keeps schedules for other nodes hears through [`Told`] what is no longer so.
//! Does not: outlive the process; another node has its own.

use crate::domain::schedule::openings::{Opening, openings};
use crate::domain::schedule::{Schedule, Service};
use crate::protocol::ids::{PersonId, ServiceId};
use crate::protocol::time::UnixMillis;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// How long computed openings serve: the horizon moves on by days, so an hour loses nobody anything.
const COMPUTED_FOR: Duration = Duration::from_secs(60 * 60);
/// How long a schedule that no owner keeps up to date stands here: another node may have written it.
const TRUSTED_FOR: Duration = Duration::from_secs(30);
/// Openings that are computed of one schedule for one service: a year of a full working day.
const MAX_OPENINGS: usize = 20_000;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// One schedule as it was saved last.
#[derive(Debug)]
pub struct Posted {
    schedule: Arc<Schedule>,
    /// Until when it is good without an owner; an owner replaces it.
    good_until: Option<UnixMillis>,
    computed: Mutex<HashMap<ServiceId, Arc<Computed>>>,
}

#[derive(Debug)]
struct Computed {
    revision: u32,
    at: UnixMillis,
    openings: Vec<Opening>,
}

/// What nodes that have read a schedule elsewhere must not believe any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outdated {
    /// What is older than this revision of it; everything when it is 0.
    One(PersonId, u32),
    /// Every schedule.
    All,
}

/// Hears what is outdated, and does not wait.
pub type Told = Box<dyn Fn(Outdated) + Send + Sync>;

/// All schedules of this node.
pub struct Board {
    posted: RwLock<HashMap<PersonId, Arc<Posted>>>,
    told: Told,
    hits: AtomicU64,
    misses: AtomicU64,
}

impl Board {
    /// An empty one.
    pub fn new(told: Told) -> Self {
        let (hits, misses) = (AtomicU64::default(), AtomicU64::default());
        Board { posted: RwLock::default(), told, hits, misses }
    }

    /// An owner has saved it, as the revision of that number.
    pub fn put(&self, id: PersonId, schedule: Arc<Schedule>, revision: u32) {
        self.post(id, schedule, None);
        (self.told)(Outdated::One(id, revision));
    }

    /// It was read from the store, and no owner runs.
    /// What stands there now: an owner may have been faster.
    pub fn put_read(&self, id: PersonId, schedule: Arc<Schedule>, now: UnixMillis) -> Arc<Posted> {
        self.misses.fetch_add(1, Ordering::Relaxed);
        self.post(id, schedule, Some(now.plus(TRUSTED_FOR)))
    }

    /// Another node has read it from the store, and it is good until then.
    pub fn put_shared(
        &self,
        id: PersonId,
        schedule: Arc<Schedule>,
        until: UnixMillis,
    ) -> Arc<Posted> {
        self.hits.fetch_add(1, Ordering::Relaxed);
        self.post(id, schedule, Some(until))
    }

    fn post(
        &self,
        id: PersonId,
        schedule: Arc<Schedule>,
        good_until: Option<UnixMillis>,
    ) -> Arc<Posted> {
        let posted = Arc::new(Posted { schedule, good_until, computed: Mutex::default() });
        let mut all = self.posted.write().unwrap_or_else(PoisonError::into_inner);
        // What an owner has said is never older than what a search has read.
        match all.get(&id).filter(|it| it.good_until.is_none() && good_until.is_some()) {
            Some(owned) => Arc::clone(owned),
            None => {
                all.insert(id, Arc::clone(&posted));
                posted
            }
        }
    }

    /// Nobody vouches for it any more.
    pub fn forget(&self, id: PersonId) {
        self.posted.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
        (self.told)(Outdated::One(id, 0));
    }

    /// Nobody vouches for any of them any more.
    pub fn forget_all(&self) {
        self.posted.write().unwrap_or_else(PoisonError::into_inner).clear();
        (self.told)(Outdated::All);
    }

    /// The schedule, unless it has to be read.
    pub fn get(&self, id: PersonId, now: UnixMillis) -> Option<Arc<Posted>> {
        let found = {
            let all = self.posted.read().unwrap_or_else(PoisonError::into_inner);
            all.get(&id).cloned().filter(|it| it.good_until.is_none_or(|until| now < until))
        };
        // Who finds none here says where it was found instead.
        if found.is_some() {
            self.hits.fetch_add(1, Ordering::Relaxed);
        }
        found
    }

    /// Of all questions so far, how many were answered without the store, 0 to 1 (`slot_cache_hit_ratio`).
    #[allow(clippy::cast_precision_loss, reason = "a ratio for a metric")]
    pub fn hit_ratio(&self) -> f64 {
        let hits = self.hits.load(Ordering::Relaxed) as f64;
        let all = hits + self.misses.load(Ordering::Relaxed) as f64;
        if all == 0.0 { 1.0 } else { hits / all }
    }
}

impl Posted {
    /// The schedule.
    pub fn schedule(&self) -> &Arc<Schedule> {
        &self.schedule
    }

    /// The openings for a service that begin within, at most `limit`, earliest first.
    pub fn openings(
        &self,
        service: &Service,
        window: std::ops::Range<UnixMillis>,
        now: UnixMillis,
        limit: usize,
    ) -> Vec<Opening> {
        let computed = self.computed(service, now);
        let first = window.start.max(now.plus(service.min_notice));
        let begin = computed.openings.partition_point(|it| it.starts_at < first);
        let of = computed.openings.iter().skip(begin);
        of.take_while(|it| it.starts_at < window.end).take(limit).cloned().collect()
    }

    fn computed(&self, service: &Service, now: UnixMillis) -> Arc<Computed> {
        let is_good = |it: &&Arc<Computed>| {
            it.revision == service.revision
                && now.since(it.at) < COMPUTED_FOR
                && now >= it.at
                && self.schedule.next_expiry().is_none_or(|ends| ends > now || ends <= it.at)
        };
        {
            let kept = self.computed.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(found) = kept.get(&service.service_id).filter(is_good) {
                return Arc::clone(found);
            }
        }
        // Computed outside of the lock: two that ask at once compute twice, and nobody waits for the other.
        let until = now.plus(DAY * (u32::from(service.horizon_days) + 2));
        let openings = openings(&self.schedule, service, &(now..until), now, MAX_OPENINGS);
        let made = Arc::new(Computed { revision: service.revision, at: now, openings });
        let mut kept = self.computed.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(service.service_id, Arc::clone(&made));
        made
    }
}
