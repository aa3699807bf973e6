//! Saving a decision: fence, state, members, events, links, revocations and the answer, in one transaction.
//!
//! Invariant: the fence comes first. It is the row lock that puts the writers of one visit in line, and it allocates the
//! numbers: a writer whose epoch is old, or who counts otherwise than the table, changes nothing.

use super::bookings::insert_history;
use super::call::{Call, Tx};
use super::ledger::keep_answer;
use super::links::{insert_links, withdraw};
use super::notice_rows::announce;
use super::payments::look_at_payment;
use super::sessions::end_of_participants;
use super::visit_rows::{event_rows, participant_rows, status};
use super::visits::KIND;
use super::waiting::settle_conflict;
use super::words::{count, millis};
use super::{SqlStore, errors};
use crate::domain::visit::Visit;
use crate::protocol::ids::{AppointmentId, PersonId};
use crate::protocol::time::UnixMillis;
use crate::store::schedule::{BookingEvent, HistoryRecord};
use crate::store::{StoreError, Stored, VisitCommit};
use entity::{actor_fence, appointment, participant, visit, visit_event};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

impl SqlStore {
    pub(super) async fn save_commit(&self, commit: VisitCommit) -> Stored<()> {
        let (count, first) = commit.numbers().ok_or(StoreError::Fenced)?;
        let at = commit.at();
        let id = commit.visit.facts.appointment_id;
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let fence = Fence { kind: KIND, id: id.0, epoch: commit.epoch, first, count };
            pass_fence(&tx, fence).await?;
            keep_answer(&tx, commit.answered.clone()).await?;
            update_appointment(&tx, &commit).await?;
            update_visit(&tx, &commit.visit).await?;
            upsert_members(&tx, &commit.visit).await?;
            let rows = event_rows(id, first, commit.events)?;
            if !rows.is_empty() {
                let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
                let insert = visit_event::Entity::insert_many(rows);
                insert.exec_without_returning(tx.on()).await.map_err(errors::before_commit)?;
            }
            insert_links(&tx, commit.links).await?;
            if !commit.revoked.is_empty() {
                // Links first: whoever uses one at this moment holds its row, and their session is seen after that.
                withdraw(&tx, &commit.revoked, at).await?;
                end_of_participants(&tx, &commit.revoked, at).await?;
            }
            announce(&tx, &commit.notices).await?;
            tx.commit().await
        })
        .await
    }
}

/// What a writer says of its place in line.
pub(super) struct Fence {
    /// Kind of actor.
    pub(super) kind: &'static str,
    /// Its key.
    pub(super) id: Uuid,
    /// Its epoch.
    pub(super) epoch: u32,
    /// The number of what it writes, or of the first …
    pub(super) first: u32,
    /// … of so many.
    pub(super) count: u32,
}

/// `Fenced` unless epoch and number are those of the table; from here on the other writers of that key wait.
pub(super) async fn pass_fence(tx: &Tx<'_>, fence: Fence) -> Stored<()> {
    let count = fence.count;
    pass_fences(tx, &[fence], count).await
}

/// `Fenced` unless the epoch is that of the table: whoever claims next waits until this one is done, and nobody has written since this one claimed.
pub(super) async fn hold_fence(
    tx: &Tx<'_>,
    kind: &'static str,
    id: Uuid,
    epoch: u32,
) -> Stored<()> {
    use actor_fence::{Column, Entity};
    let held = Entity::update_many()
        .col_expr(Column::NextOffset, Expr::col(Column::NextOffset))
        .filter(Column::Kind.eq(kind))
        .filter(Column::Id.eq(id))
        .filter(Column::Epoch.eq(i64::from(epoch)))
        .filter(Column::Sealed.eq(false))
        .exec(tx.on());
    let held = held.await.map_err(errors::before_commit)?.rows_affected;
    if held == 1 { Ok(()) } else { Err(StoreError::Fenced) }
}

/// The same for several keys, all of whose writers write `count`. One that does not fit fences them all.
pub(super) async fn pass_fences(tx: &Tx<'_>, fences: &[Fence], count: u32) -> Stored<()> {
    if fences.is_empty() {
        // No condition at all would be everybody's.
        return Err(StoreError::Fenced);
    }
    let theirs = |it: &Fence| {
        Condition::all()
            .add(actor_fence::Column::Kind.eq(it.kind))
            .add(actor_fence::Column::Id.eq(it.id))
            .add(actor_fence::Column::Epoch.eq(i64::from(it.epoch)))
            .add(actor_fence::Column::NextOffset.eq(i64::from(it.first)))
    };
    let next = Expr::col(actor_fence::Column::NextOffset).add(i64::from(count));
    let passed = actor_fence::Entity::update_many()
        .col_expr(actor_fence::Column::NextOffset, next)
        .filter(fences.iter().map(theirs).fold(Condition::any(), Condition::add))
        .filter(actor_fence::Column::Sealed.eq(false))
        .exec(tx.on());
    let passed = passed.await.map_err(errors::before_commit)?.rows_affected;
    if usize::try_from(passed) == Ok(fences.len()) { Ok(()) } else { Err(StoreError::Fenced) }
}

/// What was agreed stays as it is; of the appointment only the status changes. One that is cancelled gets its next
/// version with it; the table itself takes its claims away.
async fn update_appointment(tx: &Tx<'_>, commit: &VisitCommit) -> Stored<()> {
    use appointment::{Column, Entity};
    let status = status(commit.visit.closed);
    let closing = Entity::update_many()
        .col_expr(Column::Status, Expr::value(status))
        .filter(Column::Id.eq(commit.visit.facts.appointment_id.0))
        .filter(Column::Status.ne(status));
    if !commit.is_cancelled() {
        let closed = closing.exec(tx.on()).await.map_err(errors::before_commit)?.rows_affected > 0;
        if closed {
            settle_conflict(tx, commit.visit.facts.appointment_id, commit.at()).await?;
        }
        return Ok(());
    }
    let closing = closing.col_expr(Column::Version, Expr::col(Column::Version).add(1_i64));
    let cancelled = closing.exec_with_returning(tx.on()).await.map_err(errors::before_commit)?;
    let line = |it: &appointment::Model| {
        Ok(HistoryRecord {
            appointment_id: AppointmentId(it.id),
            version: count(it.version, "appointments", "version")?,
            event: BookingEvent::Cancelled,
            at: commit.at(),
            by: commit.cancelled_by(),
            clinician_id: PersonId(it.clinician_id),
            starts_at: UnixMillis(it.starts_at),
            ends_at: UnixMillis(it.ends_at),
        })
    };
    let lines = cancelled.iter().map(line).collect::<Stored<Vec<_>>>()?;
    for it in &lines {
        look_at_payment(tx, it.appointment_id, it.at).await?;
        settle_conflict(tx, it.appointment_id, it.at).await?;
    }
    insert_history(tx, &lines).await
}

async fn update_visit(tx: &Tx<'_>, of: &Visit) -> Stored<()> {
    let state = visit::Entity::update_many()
        .col_expr(visit::Column::IsInCall, Expr::value(of.is_in_call))
        .col_expr(visit::Column::CallStartedAt, Expr::value(millis(of.call_started_at)))
        .col_expr(visit::Column::Revision, Expr::value(i64::from(of.revision)))
        .filter(visit::Column::AppointmentId.eq(of.facts.appointment_id.0));
    state.exec(tx.on()).await.map_err(errors::before_commit)?;
    Ok(())
}

/// Members are added and changed, never taken away. The columns that others refer to are left alone, so that a link or
/// a session that is being made does not wait for this.
async fn upsert_members(tx: &Tx<'_>, of: &Visit) -> Stored<()> {
    let rows = participant_rows(of)?;
    if rows.is_empty() {
        return Ok(());
    }
    let changes = [
        participant::Column::Role,
        participant::Column::IsAdmitted,
        participant::Column::IsPresent,
        participant::Column::WaitingSince,
        participant::Column::IsRevoked,
        participant::Column::DeviceCheck,
    ];
    let upsert = OnConflict::column(participant::Column::Id).update_columns(changes).to_owned();
    let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
    let insert = participant::Entity::insert_many(rows).on_conflict(upsert);
    insert.exec_without_returning(tx.on()).await.map_err(errors::before_commit)?;
    Ok(())
}
