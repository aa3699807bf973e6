//! Saving a decision about a schedule: fence, answer, changes and notices, in one transaction.
//!
//! Invariants: the fence comes first, as for visits. SC-4: before anything is claimed, what has expired by then is gone.
//! Whatever is refused takes everything else of the commit back.

use super::SqlStore;
use super::bookings::{book, insert_bookings, move_to};
use super::call::{Call, Tx};
use super::commit::{Fence, pass_fence};
use super::holds::{claim, extend, make, release, sweep};
use super::hours::{KIND, remove_exception, remove_template, save_exception, save_template};
use super::ledger::keep_answer;
use super::notice_rows::insert_notices;
use super::payments::use_payment;
use super::rederive::rederive;
use super::schedule_rows::ClaimedBy;
use super::waiting::insert_task;
use crate::domain::schedule::Claim;
use crate::protocol::ids::PersonId;
use crate::protocol::time::UnixMillis;
use crate::store::schedule::{NewBooking, ScheduleChange, ScheduleCommit};
use crate::store::{Conflict, StoreError, Stored};

const STALE: StoreError = StoreError::Conflict(Conflict::Stale);

impl SqlStore {
    pub(super) async fn save_schedule(&self, commit: ScheduleCommit) -> Stored<()> {
        let humans = commit.humans();
        let (practitioner, at) = (commit.practitioner_id, commit.at);
        let fence = Fence {
            kind: KIND,
            id: practitioner.0,
            epoch: commit.epoch,
            first: commit.offset,
            count: 1,
        };
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            pass_fence(&tx, fence).await?;
            keep_answer(&tx, commit.answered).await?;
            sweep(&tx, &humans, at).await?;
            for change in commit.changes {
                Box::pin(apply(&tx, change, practitioner, at)).await?;
            }
            insert_notices(&tx, &commit.notices).await?;
            tx.commit().await
        })
        .await
    }
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
        ScheduleChange::SaveException(it) => save_exception(tx, it, Some(practitioner)).await,
        ScheduleChange::RemoveException(id) => remove_exception(tx, id, Some(practitioner)).await,
        ScheduleChange::Hold(record, claims) => {
            if record.practitioner_id != practitioner {
                return Err(STALE);
            }
            make(tx, *record, claims).await
        }
        ScheduleChange::Release(id) => release(tx, id, practitioner).await,
        ScheduleChange::Book(hold, new) => book(tx, hold, &new, practitioner, at).await,
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
    insert_bookings(tx, &[new], at).await?;
    claim(tx, vec![claimed], by).await
}
