//! Decisions of several planners in one transaction: what is queued while one runs goes into the next, together.
//!
//! Owns: the queue and the task that writes it. A booking is a dozen statements and a flush to disk; of thirty that are
//! under way at once it is the same dozen and one flush.
//! Invariants: whoever is told `Ok` has it on disk. When anything of a group is refused, all of it is rolled back and each
//! is written by itself, so that a refusal concerns whoever caused it and nobody else. The fence of each is in its
//! transaction: whoever was given up and is written late changes nothing once another owner has taken over.

use super::ledger::{key_of, used_keys};
use super::queue::{Entry, Queue, Waiting, queue};
use super::schedule_commit::{Writing, save};
use crate::store::residency::Keeps;
use crate::store::schedule::ScheduleCommit;
use crate::store::{Conflict, StoreError, Stored};
use sea_orm::{DatabaseConnection, DbBackend};
use std::collections::BTreeSet;

/// Decisions in one transaction. Each number of rows is a statement of its own that the database has to prepare.
const GROUP: usize = 32;

/// The way to the task. It ends when it is dropped.
pub(super) struct Group(Queue<ScheduleCommit>);

impl Group {
    pub(super) fn start(writer: &DatabaseConnection, backend: DbBackend, keeps: Keeps) -> Self {
        let (put, waiting) = queue();
        let into = Writing { writer: writer.clone(), backend, keeps };
        tokio::spawn(write(waiting, into));
        Group(put)
    }

    /// Saves one that [`may_share`](super::schedule_commit::may_share).
    pub(super) async fn save(&self, commit: ScheduleCommit) -> Stored<()> {
        self.0.write(commit).await
    }
}

async fn write(waiting: Waiting<ScheduleCommit>, into: Writing) {
    loop {
        let taken = waiting.take(GROUP).await;
        if taken.is_empty() {
            return;
        }
        let (group, later) = one_a_schedule(taken);
        let refused = together(&into, group).await;
        // Nobody waits for who was given up, and nothing of it was written.
        for entry in refused.into_iter().chain(later).filter(|it| !it.is_given_up()) {
            let outcome = save(&into, vec![entry.what.clone()]).await;
            entry.tell(outcome);
        }
    }
}

/// Saves them in one transaction. Returns those that have to be saved alone, because somebody among them was refused.
async fn together(into: &Writing, mut group: Entries) -> Entries {
    let mut has_looked = false;
    while !group.is_empty() {
        let commits = group.iter().map(|it| it.what.clone()).collect();
        match save(into, commits).await {
            Err(StoreError::Conflict(Conflict::KeyUsed)) if group.len() > 1 && !has_looked => {
                has_looked = true;
                group = tell_who_asks_again(&into.writer, group).await;
            }
            Err(StoreError::Conflict(_) | StoreError::Fenced | StoreError::Aborted)
                if group.len() > 1 =>
            {
                metrics::counter!("bedside_groups_taken_apart_total").increment(1);
                return group;
            }
            outcome => {
                group.into_iter().for_each(|it| it.tell(outcome));
                return vec![];
            }
        }
    }
    group
}

/// Tells those whose keys were used; returns the others, who may go on together. Whoever repeats a call again and again
/// costs them a transaction and a look, and not a transaction each.
async fn tell_who_asks_again(writer: &DatabaseConnection, group: Entries) -> Entries {
    let keys: Vec<_> = group.iter().filter_map(|it| it.what.answered.as_ref()).collect();
    let Ok(used) = used_keys(writer, &keys).await else { return group };
    let is_used = |it: &Entry<ScheduleCommit>| {
        it.what.answered.as_ref().is_some_and(|it| used.contains(&key_of(it)))
    };
    let (again, others): (Entries, Entries) = group.into_iter().partition(is_used);
    again.into_iter().for_each(|it| it.tell(Err(StoreError::Conflict(Conflict::KeyUsed))));
    others
}

type Entries = Vec<Entry<ScheduleCommit>>;

/// The first of each schedule, and those that have to come after it.
fn one_a_schedule(taken: Entries) -> (Entries, Entries) {
    let mut schedules = BTreeSet::new();
    let is_wanted = |it: &Entry<ScheduleCommit>| !it.is_given_up();
    let (first, later) = taken
        .into_iter()
        .filter(is_wanted)
        .partition(|it| schedules.insert(it.what.practitioner_id));
    (first, later)
}
