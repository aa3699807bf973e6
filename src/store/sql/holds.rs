//! Holds and the claims that they make.
//!
//! Invariants: of everybody who books, releases or ends a hold one does: its row says so once, and whoever changes that row
//! owns its claims. SC-4: what has expired at a moment is never in the way at that moment, whether anybody has ended it
//! or not.

use super::call::{Call, Tx};
use super::schedule_rows::{
    ClaimedBy, EXPIRED, HELD, OPEN, RELEASED, USED, hold_row, slot_row, to_claim, to_hold,
};
use super::words::is;
use super::{SqlStore, errors};
use crate::domain::schedule::Claim;
use crate::protocol::ids::{HoldId, PersonId};
use crate::protocol::time::UnixMillis;
use crate::store::schedule::{HoldRecord, MAX_HOLDS};
use crate::store::{Conflict, StoreError, Stored};
use entity::{hold, slot, user};
use sea_orm::sea_query::{Expr, LockType, Query};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use std::collections::BTreeSet;
use uuid::Uuid;

const STALE: StoreError = StoreError::Conflict(Conflict::Stale);

impl SqlStore {
    pub(super) async fn one_hold(
        &self,
        token_hash: &[u8],
        at: UnixMillis,
    ) -> Stored<Option<(HoldRecord, bool)>> {
        let query = hold::Entity::find().filter(hold::Column::TokenHash.eq(token_hash));
        Ok(self.find_all(query).await?.pop().map(|row| to_hold(row, at)))
    }

    pub(super) async fn hold_of_id(
        &self,
        id: HoldId,
        at: UnixMillis,
    ) -> Stored<Option<(HoldRecord, bool)>> {
        let found = self.find_all(hold::Entity::find_by_id(id.0)).await?;
        Ok(found.into_iter().next().map(|row| to_hold(row, at)))
    }

    pub(super) async fn claims_of(&self, id: HoldId) -> Stored<Vec<Claim>> {
        let query = slot::Entity::find()
            .filter(slot::Column::HoldId.eq(id.0))
            .order_by_asc(slot::Column::StartsAt)
            .order_by_asc(slot::Column::PractitionerId)
            .order_by_asc(slot::Column::Id);
        self.find_all(query).await?.into_iter().map(to_claim).collect()
    }

    pub(super) async fn count_open(&self, patient: PersonId, at: UnixMillis) -> Stored<u32> {
        let query = hold::Entity::find()
            .filter(hold::Column::PatientId.eq(patient.0))
            .filter(is(hold::Column::State, OPEN))
            .filter(hold::Column::ExpiresAt.gt(at.0));
        let found = Call::default()
            // Of one patient, and on the way of every booking: no wall is built for it.
            .run(async { query.count(&self.reader).await.map_err(errors::before_commit) })
            .await?;
        u32::try_from(found).map_err(|_| StoreError::Aborted)
    }

    pub(super) async fn end_expired(&self, at: UnixMillis, limit: u32) -> Stored<Vec<PersonId>> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let ended = mark_expired(&tx, at, limit).await?;
            if ended.is_empty() {
                return Ok(vec![]);
            }
            let delete = slot::Entity::delete_many()
                .filter(slot::Column::HoldId.is_in(ended.iter().map(|it| it.id)))
                .filter(is(slot::Column::State, HELD));
            delete.exec(tx.on()).await.map_err(errors::before_commit)?;
            tx.commit_beside().await?;
            let whose: BTreeSet<_> = ended.iter().map(|it| PersonId(it.practitioner_id)).collect();
            Ok(whose.into_iter().collect())
        })
        .await
    }
}

/// Says of holds that they have expired. Who books one at this moment holds its row, and is seen after that.
async fn mark_expired(tx: &Tx<'_>, at: UnixMillis, limit: u32) -> Stored<Vec<hold::Model>> {
    let due = Query::select()
        .column(hold::Column::Id)
        .from(hold::Entity)
        .and_where(is(hold::Column::State, OPEN))
        .and_where(hold::Column::ExpiresAt.lte(at.0))
        .order_by(hold::Column::ExpiresAt, sea_orm::Order::Asc)
        .limit(u64::from(limit))
        .to_owned();
    let update = hold::Entity::update_many()
        .col_expr(hold::Column::State, Expr::value(EXPIRED))
        .filter(hold::Column::Id.in_subquery(due))
        .filter(is(hold::Column::State, OPEN));
    update.exec_with_returning(tx.on()).await.map_err(errors::before_commit)
}

/// SC-4: takes away what of these humans' time is claimed by holds that had expired by then, and the rest of what the same
/// holds claim, so that no hold is ever left with half of its claims.
pub(super) async fn sweep(tx: &Tx<'_>, humans: &[(PersonId, UnixMillis)]) -> Stored<()> {
    if humans.is_empty() {
        return Ok(());
    }
    let theirs = |(human, at): &(PersonId, UnixMillis)| {
        Condition::all()
            .add(slot::Column::PractitionerId.eq(human.0))
            .add(is(slot::Column::State, HELD))
            .add(slot::Column::ExpiresAt.lte(at.0))
    };
    let over = Query::select()
        .column(slot::Column::HoldId)
        .from(slot::Entity)
        .cond_where(humans.iter().map(theirs).fold(Condition::any(), Condition::add))
        .to_owned();
    let delete = slot::Entity::delete_many()
        .filter(slot::Column::HoldId.in_subquery(over))
        .filter(is(slot::Column::State, HELD));
    delete.exec(tx.on()).await.map_err(errors::before_commit)?;
    Ok(())
}

/// Whether each patient may have the holds that they want at a moment, one for each time that they are named. Their rows
/// are locked until the end of the transaction, in one order for everybody, so that of those who ask at once each sees
/// what the one before has made; asked before anything but fences is locked.
pub(super) async fn must_have_room(tx: &Tx<'_>, wanted: &[(PersonId, UnixMillis)]) -> Stored<()> {
    if wanted.is_empty() {
        return Ok(());
    }
    let patients: BTreeSet<_> = wanted.iter().map(|it| it.0).collect();
    lock_people(tx, &patients).await?;
    let theirs = |(patient, at): &(PersonId, UnixMillis)| {
        Condition::all()
            .add(hold::Column::PatientId.eq(patient.0))
            .add(hold::Column::ExpiresAt.gt(at.0))
    };
    let open: Vec<Uuid> = hold::Entity::find()
        .select_only()
        .column(hold::Column::PatientId)
        .filter(is(hold::Column::State, OPEN))
        .filter(wanted.iter().map(theirs).fold(Condition::any(), Condition::add))
        .into_tuple()
        .all(tx.on())
        .await
        .map_err(errors::before_commit)?;
    let most = usize::try_from(MAX_HOLDS).unwrap_or(usize::MAX);
    let is_full = |patient: &PersonId| {
        let there = open.iter().filter(|it| **it == patient.0).count();
        there + wanted.iter().filter(|it| it.0 == *patient).count() > most
    };
    match patients.iter().any(is_full) {
        false => Ok(()),
        true => Err(StoreError::Conflict(Conflict::Full)),
    }
}

/// Whoever counts what somebody has locks their account first. It still may be referred to meanwhile. (SQLite has one
/// writer at a time.)
pub(super) async fn lock_people(tx: &Tx<'_>, people: &BTreeSet<PersonId>) -> Stored<()> {
    let rows = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .filter(user::Column::Id.is_in(people.iter().map(|it| it.0)))
        .order_by_asc(user::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .into_tuple::<Uuid>()
        .all(tx.on());
    match rows.await.map_err(errors::before_commit)?.len() == people.len() {
        true => Ok(()),
        false => Err(StoreError::Conflict(Conflict::Missing)),
    }
}

/// Makes holds with their claims.
pub(super) async fn make(tx: &Tx<'_>, holds: Vec<(HoldRecord, Vec<Claim>)>) -> Stored<()> {
    if holds.is_empty() {
        return Ok(());
    }
    let (mut rows, mut claims) = (vec![], vec![]);
    for (record, theirs) in holds {
        let by = ClaimedBy::Hold(record.hold_id, record.expires_at);
        claims.extend(theirs.into_iter().map(|it| (it, by)));
        rows.push(hold_row(record).into_active_model());
    }
    let insert = hold::Entity::insert_many(rows).exec_without_returning(tx.on());
    insert.await.map_err(errors::before_commit)?;
    claim(tx, claims).await
}

/// Makes claims. In one order for everybody: the writers of one human's claims wait for each other, and two who waited for
/// each other crosswise would wait for ever.
pub(super) async fn claim(tx: &Tx<'_>, mut claims: Vec<(Claim, ClaimedBy)>) -> Stored<()> {
    if claims.is_empty() {
        return Ok(());
    }
    claims.sort_by_key(|(it, _)| (it.practitioner_id, it.starts_at));
    let rows = claims.iter().map(|(it, by)| slot_row(it, *by).into_active_model());
    let insert = slot::Entity::insert_many(rows).exec_without_returning(tx.on());
    insert.await.map_err(errors::before_commit)?;
    Ok(())
}

/// Ends a hold of this schedule, if it has not ended.
pub(super) async fn release(tx: &Tx<'_>, id: HoldId, practitioner: PersonId) -> Stored<()> {
    let update = hold::Entity::update_many()
        .col_expr(hold::Column::State, Expr::value(RELEASED))
        .filter(hold::Column::Id.eq(id.0))
        .filter(hold::Column::PractitionerId.eq(practitioner.0))
        .filter(is(hold::Column::State, OPEN))
        .exec(tx.on());
    if update.await.map_err(errors::before_commit)?.rows_affected == 0 {
        return Ok(());
    }
    let delete = slot::Entity::delete_many()
        .filter(slot::Column::HoldId.eq(id.0))
        .filter(is(slot::Column::State, HELD));
    delete.exec(tx.on()).await.map_err(errors::before_commit)?;
    Ok(())
}

/// A hold of this schedule ends then instead, with its claims, unless it has ended.
pub(super) async fn extend(
    tx: &Tx<'_>,
    id: HoldId,
    practitioner: PersonId,
    until: UnixMillis,
    at: UnixMillis,
) -> Stored<()> {
    let update = hold::Entity::update_many()
        .col_expr(hold::Column::ExpiresAt, Expr::value(until.0))
        .filter(hold::Column::Id.eq(id.0))
        .filter(hold::Column::PractitionerId.eq(practitioner.0))
        .filter(is(hold::Column::State, OPEN))
        .filter(hold::Column::ExpiresAt.gt(at.0))
        .exec(tx.on());
    if update.await.map_err(errors::before_commit)?.rows_affected == 0 {
        return Ok(());
    }
    let claims = slot::Entity::update_many()
        .col_expr(slot::Column::ExpiresAt, Expr::value(until.0))
        .filter(slot::Column::HoldId.eq(id.0))
        .filter(is(slot::Column::State, HELD))
        .exec(tx.on());
    claims.await.map_err(errors::before_commit)?;
    Ok(())
}

/// Which hold is used up, in whose schedule, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taking {
    pub(super) id: HoldId,
    pub(super) practitioner: PersonId,
    pub(super) at: UnixMillis,
}

/// Uses holds up; `Stale` when one of them cannot be booked at its moment.
pub(super) async fn use_up(tx: &Tx<'_>, holds: &[Taking]) -> Stored<()> {
    let this = |it: &Taking| {
        Condition::all()
            .add(hold::Column::Id.eq(it.id.0))
            .add(hold::Column::PractitionerId.eq(it.practitioner.0))
            .add(hold::Column::ExpiresAt.gt(it.at.0))
    };
    let update = hold::Entity::update_many()
        .col_expr(hold::Column::State, Expr::value(USED))
        .filter(holds.iter().map(this).fold(Condition::any(), Condition::add))
        .filter(is(hold::Column::State, OPEN))
        .exec(tx.on());
    let taken = update.await.map_err(errors::before_commit)?.rows_affected;
    if usize::try_from(taken) == Ok(holds.len()) { Ok(()) } else { Err(STALE) }
}

/// Uses holds up. Their claims, which are still held; `Stale` when one of them cannot be booked at its moment.
pub(super) async fn take(tx: &Tx<'_>, holds: &[Taking]) -> Stored<Vec<slot::Model>> {
    use_up(tx, holds).await?;
    let claims = slot::Entity::find()
        .filter(slot::Column::HoldId.is_in(holds.iter().map(|it| it.id.0)))
        .filter(is(slot::Column::State, HELD))
        .lock_exclusive()
        .all(tx.on());
    claims.await.map_err(errors::before_commit)
}
