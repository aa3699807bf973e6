//! What other nodes are told through Redis, beside everything else: which schedules they must read anew.
//!
//! Invariant: nobody waits for it. What is outdated is gathered and told by one task, so that a storm on one schedule is a
//! word now and then; what cannot be told is told by the age of the entries.

use crate::actors::board::{Outdated, Told};
use crate::cache::Redis;
use crate::protocol::ids::PersonId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Time between two looks whether Redis is there.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Schedules that wait to be told, at most. More than a clinic has; then all of them are outdated.
const MAX_WAITING: usize = 4_096;

#[derive(Debug, Default)]
struct Waiting {
    one: HashMap<PersonId, u32>,
    all: bool,
}

#[derive(Debug, Default)]
struct Gathered {
    waiting: Mutex<Waiting>,
    wake: Notify,
}

/// Starts the tasks, when there is a Redis. They end when the node is dropped.
pub(super) fn start(redis: Option<&Arc<Redis>>) -> Told {
    let Some(redis) = redis else { return Box::new(|_| {}) };
    let gathered = Arc::new(Gathered::default());
    let (weak, from) = (Arc::downgrade(redis), Arc::downgrade(&gathered));
    actix_rt::spawn(async move {
        loop {
            // The board holds what is gathered: when it is gone, so is the node.
            let Some(gathered) = from.upgrade() else { return };
            // Woken by the look below too, so that it ends.
            let _woken_or_late = tokio::time::timeout(LOOK_EVERY, gathered.wake.notified()).await;
            let Some(redis) = weak.upgrade() else { return };
            let waiting = std::mem::take(
                &mut *gathered.waiting.lock().unwrap_or_else(PoisonError::into_inner),
            );
            if waiting.all {
                redis.forget_schedules().await;
            }
            for (id, revision) in waiting.one {
                redis.forget_schedule(id, revision).await;
            }
        }
    });
    let weak = Arc::downgrade(redis);
    actix_rt::spawn(async move {
        loop {
            {
                let Some(redis) = weak.upgrade() else { return };
                redis.look().await;
            }
            actix_rt::time::sleep(LOOK_EVERY).await;
        }
    });
    Box::new(move |outdated| gathered.add(outdated))
}

impl Gathered {
    fn add(&self, outdated: Outdated) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match outdated {
            Outdated::One(id, revision) => {
                let kept = waiting.one.entry(id).or_default();
                *kept = revision.max(*kept);
            }
            Outdated::All => waiting.all = true,
        }
        if waiting.one.len() > MAX_WAITING {
            waiting.one.clear();
            waiting.all = true;
        }
        drop(waiting);
        self.wake.notify_one();
    }
}
