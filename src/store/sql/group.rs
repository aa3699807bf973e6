//! Decisions of several planners in one transaction: what is queued while one runs goes into the next, together.
//!
//! Owns: the queue and the task that writes it. A booking is a dozen statements and a flush to disk; of thirty that are
//! under way at once it is the same dozen and one flush.
//! Invariants: whoever is told `Ok` has it on disk. When anything of a group is refused, all of it is rolled back and each
//! is written by itself, so that a refusal concerns whoever caused it and nobody else. The fence of each is in its
//! transaction: whoever was given up and is written late changes nothing once another owner has taken over.

use super::queue::{Entry, Queue, Waiting, queue};
use super::schedule_commit::save;
use crate::store::schedule::ScheduleCommit;
use crate::store::{StoreError, Stored};
use sea_orm::{DatabaseConnection, DbBackend};
use std::collections::BTreeSet;

/// Decisions in one transaction. Each number of rows is a statement of its own that the database has to prepare.
const GROUP: usize = 32;

/// The way to the task. It ends when it is dropped.
pub(super) struct Group(Queue<ScheduleCommit>);

impl Group {
    pub(super) fn start(writer: &DatabaseConnection, backend: DbBackend) -> Self {
        let (put, waiting) = queue();
        tokio::spawn(write(waiting, writer.clone(), backend));
        Group(put)
    }

    /// Saves one that [`may_share`](super::schedule_commit::may_share).
    pub(super) async fn save(&self, commit: ScheduleCommit) -> Stored<()> {
        self.0.write(commit).await
    }
}

async fn write(waiting: Waiting<ScheduleCommit>, writer: DatabaseConnection, backend: DbBackend) {
    loop {
        let taken = waiting.take(GROUP).await;
        if taken.is_empty() {
            return;
        }
        let (group, alone) = one_a_schedule(taken);
        if group.is_empty() {
            continue;
        }
        let commits = group.iter().map(|it| it.what.clone()).collect();
        let alone = match save(&writer, backend, commits).await {
            Err(StoreError::Conflict(_) | StoreError::Fenced | StoreError::Aborted)
                if group.len() > 1 =>
            {
                metrics::counter!("bedside_groups_taken_apart_total").increment(1);
                group.into_iter().chain(alone).collect()
            }
            outcome => {
                group.into_iter().for_each(|it| it.tell(outcome));
                alone
            }
        };
        // Nobody waits for who was given up, and nothing of it was written.
        for entry in alone.into_iter().filter(|it| !it.is_given_up()) {
            let outcome = save(&writer, backend, vec![entry.what.clone()]).await;
            entry.tell(outcome);
        }
    }
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
