//! Saving decisions about schedules: fences, answers, changes, notices and rows of the audit log, in one
//! transaction.
//!
//! Invariants: the fence comes first, as for visits. SC-4: what has expired by then is in nobody's way: it is gone before
//! anything is claimed, or the table refuses a group for it, and each of the group is saved alone.
//! Whatever is refused takes everything else of the transaction back.

use super::SqlStore;
use super::audit::insert_audit;
use super::bookings::{book, book_one_each, insert_bookings, move_to};
use super::call::{Call, Tx};
use super::commit::{Fence, pass_fences};
use super::holds::{Taking, claim, extend, make, must_have_room, release, sweep};
use super::hours::{KIND, Owner, remove_exception, remove_template, save_exception, save_template};
use super::ledger::keep_answers;
use super::notice_rows::announce;
use super::payments::use_payment;
use super::rederive::rederive;
use super::schedule_rows::ClaimedBy;
use super::staff::{can_be_booked, must_be_kept};
use super::waiting::insert_task;
use crate::domain::schedule::Claim;
use crate::protocol::ids::PersonId;
use crate::protocol::time::UnixMillis;
use crate::store::residency::Keeps;
use crate::store::schedule::{NewBooking, ScheduleChange, ScheduleCommit};
use crate::store::{Conflict, StoreError, Stored};
use sea_orm::{DatabaseConnection, DbBackend};

const STALE: StoreError = StoreError::Conflict(Conflict::Stale);

/// Where decisions go, and who is kept there.
pub(super) struct Writing {
    pub(super) writer: DatabaseConnection,
    pub(super) backend: DbBackend,
    pub(super) keeps: Keeps,
}

impl SqlStore {
    pub(super) fn writing(&self) -> Writing {
        let (writer, keeps) = (self.writer.clone(), self.keeps.clone());
        Writing { writer, backend: self.backend, keeps }
    }
}

/// Whether it may share a transaction with others: it holds or books one time of its own practitioner and nobody else's.
/// Whoever takes an interpreter's time as well goes alone, so that of two who write at once none waits for the other
/// crosswise; a series goes alone because statements are bounded.
pub(super) fn may_share(commit: &ScheduleCommit) -> bool {
    match commit.changes.as_slice() {
        [ScheduleChange::Hold(record, claims)] => {
            let is_own = |it: &Claim| it.practitioner_id == commit.practitioner_id;
            record.practitioner_id == commit.practitioner_id
                && claims.len() == 1
                && claims.iter().all(is_own)
        }
        [ScheduleChange::Book(_, new)] => {
            new.len() == 1 && new.iter().all(|it| it.booking.interpreter_id.is_none())
        }
        _ => false,
    }
}

/// Saves one decision, or several of different practitioners that [`may_share`]: all of them or none.
pub(super) async fn save(into: &Writing, mut commits: Vec<ScheduleCommit>) -> Stored<()> {
    let fences: Vec<_> = commits.iter().map(fence_of).collect();
    let answered = commits.iter_mut().filter_map(|it| it.answered.take()).collect();
    let humans = commits.iter().flat_map(|it| it.humans().into_iter().map(|one| (one, it.at)));
    let humans: Vec<_> = humans.collect();
    let notices = commits.iter_mut().flat_map(|it| std::mem::take(&mut it.notices));
    let notices: Vec<_> = notices.collect();
    let audit = commits.iter_mut().flat_map(|it| std::mem::take(&mut it.audit)).collect();
    let wanted: Vec<_> = commits.iter().flat_map(wanted_holds).collect();
    let booked = commits.iter().flat_map(ScheduleCommit::booked).collect();
    let patients = commits.iter().flat_map(ScheduleCommit::patients).collect();
    let residency = into.keeps.get();
    let call = Call::default();
    call.run(async {
        let tx = call.begin(&into.writer, into.backend).await?;
        pass_fences(&tx, &fences, 1).await?;
        keep_answers(&tx, answered).await?;
        must_be_kept(&tx, &residency, &patients).await?;
        must_have_room(&tx, &wanted).await?;
        can_be_booked(&tx, &residency, &booked).await?;
        if let [_, _, ..] = commits.as_slice() {
            // What has expired and is in the way takes the group apart, and whoever comes upon it sweeps alone.
            apply_shared(&tx, commits).await?;
        } else {
            sweep(&tx, &humans).await?;
            for commit in commits {
                let (practitioner, at) = (commit.practitioner_id, commit.at);
                for change in commit.changes {
                    Box::pin(apply(&tx, change, practitioner, at)).await?;
                }
            }
        }
        announce(&tx, &notices).await?;
        insert_audit(&tx, audit).await?;
        tx.commit().await
    })
    .await
}

/// For whom it holds time, and when.
fn wanted_holds(commit: &ScheduleCommit) -> impl Iterator<Item = (PersonId, UnixMillis)> {
    commit.changes.iter().filter_map(|it| match it {
        ScheduleChange::Hold(record, _) => Some((record.patient_id, commit.at)),
        _ => None,
    })
}

fn fence_of(commit: &ScheduleCommit) -> Fence {
    Fence {
        kind: KIND,
        id: commit.practitioner_id.0,
        epoch: commit.epoch,
        first: commit.offset,
        count: 1,
    }
}

/// Holds and bookings of several practitioners, each kind at once. None of them is in another's way: their times are of
/// different humans, and what is held here is booked by none of them.
async fn apply_shared(tx: &Tx<'_>, commits: Vec<ScheduleCommit>) -> Stored<()> {
    let (mut holds, mut books) = (vec![], vec![]);
    for commit in commits {
        let (practitioner, at) = (commit.practitioner_id, commit.at);
        for change in commit.changes {
            match change {
                ScheduleChange::Hold(record, claims) => holds.push((*record, claims)),
                ScheduleChange::Book(id, new) => books.push((Taking { id, practitioner, at }, new)),
                other => Box::pin(apply(tx, other, practitioner, at)).await?,
            }
        }
    }
    make(tx, holds).await?;
    book_one_each(tx, &books).await
}

async fn apply(
    tx: &Tx<'_>,
    change: ScheduleChange,
    practitioner: PersonId,
    at: UnixMillis,
) -> Stored<()> {
    match change {
        ScheduleChange::SaveTemplate(it) => save_template(tx, it, practitioner).await,
        ScheduleChange::RemoveTemplate(id) => remove_template(tx, id, practitioner).await,
        ScheduleChange::SaveException(it) => {
            save_exception(tx, it, Owner::Practitioner(practitioner)).await
        }
        ScheduleChange::RemoveException(id) => {
            remove_exception(tx, id, Owner::Practitioner(practitioner)).await
        }
        ScheduleChange::Hold(record, claims) => {
            if record.practitioner_id != practitioner {
                return Err(STALE);
            }
            make(tx, vec![(*record, claims)]).await
        }
        ScheduleChange::Release(id) => release(tx, id, practitioner).await,
        ScheduleChange::Book(id, new) => book(tx, &[(Taking { id, practitioner, at }, new)]).await,
        ScheduleChange::Place(new, claim) => place(tx, *new, claim, practitioner, at).await,
        ScheduleChange::Move(hold, moved) => move_to(tx, hold, *moved, practitioner, at).await,
        ScheduleChange::Rederive(all) => rederive(tx, all, practitioner, at).await,
        ScheduleChange::RaiseTask(task) => insert_task(tx, task).await,
        ScheduleChange::ExtendHold(id, until) => extend(tx, id, practitioner, until, at).await,
        ScheduleChange::UsePayment(id, hold, by) => use_payment(tx, id, hold, by, at).await,
    }
}

async fn place(
    tx: &Tx<'_>,
    new: NewBooking,
    claimed: Claim,
    practitioner: PersonId,
    at: UnixMillis,
) -> Stored<()> {
    let facts = &new.visit.visit.facts;
    if facts.clinician_id != practitioner || claimed.practitioner_id != practitioner {
        return Err(STALE);
    }
    let by = ClaimedBy::Appointment(facts.appointment_id);
    insert_bookings(tx, &[(&new, at)]).await?;
    claim(tx, vec![(claimed, by)]).await
}
