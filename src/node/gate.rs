//! THE GATE of a node: whether somebody who connects is welcomed now, or told when to come again.
//!
//! Owns: the buckets of upgrades and of hellos, and to which class a hello belongs. Invariant: judged by what is in
//! memory, before anything is read for whoever comes. The class of who is in a call is not theirs to claim: it is what
//! rooms have said; a claim to wait for a visit takes no place from a call.

use crate::command::limits::{Bucket, HELLOS, UPGRADES_PER_HELLO};
use crate::config::Config;
use crate::domain::admission::{Admission, Class, Terms};
use crate::domain::policy::Principal;
use crate::protocol::close::Pause;
use crate::protocol::frame::Resume;
use crate::protocol::time::UnixMillis;
use crate::protocol::topic::Topic;
use crate::protocol::visit::Place;
use std::sync::{Mutex, PoisonError};

/// Both buckets.
pub(super) struct Gate {
    upgrades: Mutex<Admission>,
    hellos: Mutex<Admission>,
}

impl Gate {
    /// With full buckets.
    pub(super) fn open(config: &Config, now: UnixMillis) -> Self {
        let hellos = config.hellos_per_second.map_or(HELLOS, |per_second| Bucket {
            per_second,
            burst: per_second.saturating_mul(2),
        });
        let bucket = |times: u32| {
            let per_second = hellos.per_second.saturating_mul(times);
            let burst = hellos.burst.saturating_mul(times);
            Mutex::new(Admission::new(Terms { per_second, burst }, now))
        };
        Gate { upgrades: bucket(UPGRADES_PER_HELLO), hellos: bucket(1) }
    }

    /// Nobody knows yet who it is, so that all are alike.
    pub(super) fn may_upgrade(&self, now: UnixMillis) -> Result<(), Pause> {
        self.upgrades.lock().unwrap_or_else(PoisonError::into_inner).judge(Class::Call, now)
    }

    /// Somebody whose token is good, where they are of all visits, and what they want to follow.
    pub(super) fn welcomes(
        &self,
        who: &Principal,
        place: Place,
        follow: &[Resume],
        now: UnixMillis,
    ) -> Result<(), Pause> {
        let class = class_of(who, place, follow);
        let judged = self.hellos.lock().unwrap_or_else(PoisonError::into_inner).judge(class, now);
        let verdict = if judged.is_ok() { "welcome" } else { "later" };
        let labels = [("class", class.name()), ("verdict", verdict)];
        metrics::counter!("bedside_hellos_total", &labels).increment(1);
        judged
    }
}

fn class_of(who: &Principal, place: Place, follow: &[Resume]) -> Class {
    let is_for_a_visit = |it: &Resume| matches!(it.topic, Topic::Visit(_));
    match place {
        Place::Inside => Class::Call,
        Place::Waiting => Class::Waiting,
        // Right after its start a hub does not know its rooms yet, and a link is for nothing but a visit.
        Place::Away | Place::Revoked
            if who.only_visit.is_some() || follow.iter().any(is_for_a_visit) =>
        {
            Class::Waiting
        }
        Place::Away | Place::Revoked => Class::Other,
    }
}
