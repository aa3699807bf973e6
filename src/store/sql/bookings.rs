//! What appointments have besides their visits: making and moving it, reading it, and its history.
//!
//! Invariants: an appointment, its claims and its history line are written in one transaction; a version is made once,
//! because the update that makes it names the one before.

use super::booking_rows::{history_of, history_row, to_booking, to_history};
use super::call::{Call, Tx};
use super::holds::Taking;
use super::schedule_rows::{BUSY, HELD, to_claim};
use super::visit_rows::status;
use super::visits::insert_visits;
use super::waiting::settle_conflict;
use super::words::is;
use super::{SqlStore, errors, holds};
use crate::domain::schedule::Claim;
use crate::domain::visit::Closed;
use crate::protocol::ids::{AppointmentId, HoldId, PersonId, SlotId};
use crate::protocol::time::UnixMillis;
use crate::store::schedule::{BookingEvent, BookingRecord, HistoryRecord, Moved, NewBooking};
use crate::store::verdict::{begins, is_for};
use crate::store::{Conflict, StoreError, Stored};
use entity::{appointment, appointment_history, service, slot, visit};
use sea_orm::sea_query::{CaseStatement, Expr};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select,
};
use std::collections::HashMap;
use uuid::Uuid;

const STALE: StoreError = StoreError::Conflict(Conflict::Stale);

impl SqlStore {
    pub(super) async fn bookings_of(&self, ids: &[AppointmentId]) -> Stored<Vec<BookingRecord>> {
        let wanted = ids.iter().map(|it| it.0);
        let query = appointment::Entity::find().filter(appointment::Column::Id.is_in(wanted));
        let found = self.read_bookings(query).await?.into_iter();
        let found: HashMap<_, _> = found.map(|it| (it.appointment_id, it)).collect();
        Ok(ids.iter().filter_map(|id| found.get(id).cloned()).collect())
    }

    pub(super) async fn read_bookings(
        &self,
        query: Select<appointment::Entity>,
    ) -> Stored<Vec<BookingRecord>> {
        let call = Call::default();
        let (rows, services) = call
            .run(async {
                let tx = self.snapshot(&call).await?;
                let rows = query.all(tx.on()).await.map_err(errors::before_commit)?;
                let ids = rows.iter().filter_map(|it| it.service_id);
                let services = service::Entity::find().filter(service::Column::Id.is_in(ids));
                Ok((rows, services.all(tx.on()).await.map_err(errors::before_commit)?))
            })
            .await?;
        let names: HashMap<_, _> = services.into_iter().map(|it| (it.id, it.name)).collect();
        let booking = |it: appointment::Model| {
            let name = it.service_id.and_then(|id| names.get(&id).cloned());
            to_booking(it, name)
        };
        rows.into_iter().map(booking).collect()
    }

    pub(super) async fn history_lines(&self, id: AppointmentId) -> Stored<Vec<HistoryRecord>> {
        let query = appointment_history::Entity::find()
            .filter(appointment_history::Column::AppointmentId.eq(id.0))
            .order_by_asc(appointment_history::Column::Version);
        self.find_all(query).await?.into_iter().map(to_history).collect()
    }

    pub(super) async fn live_loads(
        &self,
        from: UnixMillis,
        until: UnixMillis,
    ) -> Stored<Vec<(PersonId, u32)>> {
        let query = appointment::Entity::find()
            .select_only()
            .column(appointment::Column::ClinicianId)
            .column_as(appointment::Column::Id.count(), "load")
            .filter(appointment::Column::Status.eq(status(None)))
            .filter(appointment::Column::StartsAt.gte(from.0))
            .filter(appointment::Column::StartsAt.lt(until.0))
            .group_by(appointment::Column::ClinicianId)
            .order_by_asc(appointment::Column::ClinicianId)
            .into_tuple::<(Uuid, i64)>();
        let found = Call::default()
            .run(async { query.all(&self.reading().await?).await.map_err(errors::before_commit) })
            .await?;
        let load = |(id, load): (Uuid, i64)| {
            let load = u32::try_from(load).map_err(|_| StoreError::Aborted)?;
            Ok((PersonId(id), load))
        };
        found.into_iter().map(load).collect()
    }

    pub(super) async fn last_seen(&self, patient: PersonId, limit: u32) -> Stored<Vec<PersonId>> {
        let query = appointment::Entity::find()
            .select_only()
            .column(appointment::Column::ClinicianId)
            .filter(appointment::Column::PatientId.eq(patient.0))
            .filter(appointment::Column::Status.eq(status(Some(Closed::Ended))))
            .group_by(appointment::Column::ClinicianId)
            .order_by_desc(appointment::Column::StartsAt.max())
            .order_by_asc(appointment::Column::ClinicianId)
            .limit(u64::from(limit))
            .into_tuple::<Uuid>();
        let found = Call::default()
            .run(async { query.all(&self.reading().await?).await.map_err(errors::before_commit) })
            .await?;
        Ok(found.into_iter().map(PersonId).collect())
    }
}

/// Writes lines of the history.
pub(super) async fn insert_history(tx: &Tx<'_>, lines: &[HistoryRecord]) -> Stored<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let rows = lines.iter().map(|it| history_row(it).into_active_model());
    let insert = appointment_history::Entity::insert_many(rows).exec_without_returning(tx.on());
    insert.await.map_err(errors::before_commit)?;
    Ok(())
}

/// Makes appointments with their history, each at its moment. Their claims are the caller's.
pub(super) async fn insert_bookings(tx: &Tx<'_>, new: &[(&NewBooking, UnixMillis)]) -> Stored<()> {
    let visits: Vec<_> = new.iter().map(|(it, _)| (&it.visit, Some(&it.booking))).collect();
    insert_visits(tx, &visits).await?;
    let line = |(it, at): &(&NewBooking, UnixMillis)| {
        let facts = &it.visit.visit.facts;
        history_of(facts, it.booking.version, BookingEvent::Booked, *at, it.by)
    };
    let lines: Vec<_> = new.iter().map(line).collect();
    insert_history(tx, &lines).await
}

/// The claims of each hold become busy by the appointments that it was for.
pub(super) async fn book(tx: &Tx<'_>, books: &[(Taking, Vec<NewBooking>)]) -> Stored<()> {
    if books.is_empty() {
        return Ok(());
    }
    let holds: Vec<_> = books.iter().map(|it| it.0).collect();
    let claims = take_claims(tx, &holds).await?;
    let mut occupied = Vec::new();
    for (Taking { id, practitioner, .. }, new) in books {
        let theirs: Vec<_> = claims.iter().filter(|it| it.hold_id == *id).cloned().collect();
        let begins = begins(&theirs, *practitioner).ok_or(STALE)?;
        if !is_for(&begins, new, *practitioner) {
            return Err(STALE);
        }
        for it in new {
            let facts = &it.visit.visit.facts;
            let slots = begins.get(&facts.starts_at).ok_or(STALE)?;
            occupied.extend(slots.iter().map(|slot| (*slot, facts.appointment_id)));
        }
    }
    let new = books.iter().flat_map(|(hold, new)| new.iter().map(|it| (it, hold.at)));
    insert_bookings(tx, &new.collect::<Vec<_>>()).await?;
    occupy(tx, &occupied).await
}

/// The same for holds of one time each, with one statement less: the claims are told by the update that makes them busy,
/// and judged then. What is refused takes it back.
pub(super) async fn book_one_each(tx: &Tx<'_>, books: &[(Taking, Vec<NewBooking>)]) -> Stored<()> {
    if books.is_empty() {
        return Ok(());
    }
    let holds: Vec<_> = books.iter().map(|it| it.0).collect();
    holds::use_up(tx, &holds).await?;
    let new = books.iter().flat_map(|(hold, new)| new.iter().map(|it| (it, hold.at)));
    insert_bookings(tx, &new.collect::<Vec<_>>()).await?;
    let claims = occupy_held(tx, books).await?;
    for (Taking { id, practitioner, .. }, new) in books {
        let theirs: Vec<_> = claims.iter().filter(|it| it.hold_id == *id).cloned().collect();
        let begins = begins(&theirs, *practitioner).ok_or(STALE)?;
        if theirs.len() != 1 || !is_for(&begins, new, *practitioner) {
            return Err(STALE);
        }
    }
    Ok(())
}

/// What these holds claim becomes their appointments'.
async fn occupy_held(tx: &Tx<'_>, books: &[(Taking, Vec<NewBooking>)]) -> Stored<Vec<Claim>> {
    let whose = |all: CaseStatement, (hold, new): &(Taking, Vec<NewBooking>)| {
        new.iter().fold(all, |all, it| {
            let by = it.visit.visit.facts.appointment_id;
            all.case(slot::Column::HoldId.eq(hold.id.0), Expr::value(by.0))
        })
    };
    let appointment = books.iter().fold(CaseStatement::new(), whose);
    let update = slot::Entity::update_many()
        .col_expr(slot::Column::State, Expr::value(BUSY))
        .col_expr(slot::Column::AppointmentId, appointment.into())
        .col_expr(slot::Column::ExpiresAt, Expr::value(None::<i64>))
        .filter(slot::Column::HoldId.is_in(books.iter().map(|it| it.0.id.0)))
        .filter(is(slot::Column::State, HELD));
    let rows = update.exec_with_returning(tx.on()).await.map_err(errors::before_commit)?;
    rows.into_iter().map(to_claim).collect()
}

/// The appointment goes to where the hold is. The row of the appointment first, then that of its visit, as a commit of
/// the visit does: two who take them in another order would wait for each other.
pub(super) async fn move_to(
    tx: &Tx<'_>,
    hold: HoldId,
    moved: Moved,
    practitioner: PersonId,
    at: UnixMillis,
) -> Stored<()> {
    let claims = take_claims(tx, &[Taking { id: hold, practitioner, at }]).await?;
    let begins = begins(&claims, practitioner).ok_or(STALE)?;
    let slots = match begins.get(&moved.starts_at) {
        Some(slots) if begins.len() == 1 => slots,
        _ => return Err(STALE),
    };
    let interpreter = claims.iter().map(|it| it.practitioner_id).find(|it| *it != practitioner);
    let version = update_times(tx, &moved, practitioner, interpreter).await?;
    leave(tx, &moved).await?;
    let occupied: Vec<_> = slots.iter().map(|it| (*it, moved.appointment_id)).collect();
    occupy(tx, &occupied).await?;
    settle_conflict(tx, moved.appointment_id, at).await?;
    insert_history(tx, &[line_of(&moved, version, practitioner, at)]).await
}

/// The appointment's claims go, if nobody has entered its visit meanwhile.
pub(super) async fn leave(tx: &Tx<'_>, moved: &Moved) -> Stored<()> {
    let unchanged = visit::Entity::find_by_id(moved.appointment_id.0)
        .filter(visit::Column::Revision.eq(i64::from(moved.visit_revision)))
        .lock_exclusive()
        .one(tx.on());
    unchanged.await.map_err(errors::before_commit)?.ok_or(STALE)?;
    let delete = slot::Entity::delete_many()
        .filter(slot::Column::AppointmentId.eq(moved.appointment_id.0))
        .exec(tx.on());
    delete.await.map_err(errors::before_commit)?;
    Ok(())
}

/// The line of the history for a move.
pub(super) fn line_of(
    moved: &Moved,
    version: u32,
    practitioner: PersonId,
    at: UnixMillis,
) -> HistoryRecord {
    HistoryRecord {
        appointment_id: moved.appointment_id,
        version,
        event: BookingEvent::Moved,
        at,
        by: moved.by,
        clinician_id: practitioner,
        starts_at: moved.starts_at,
        ends_at: moved.ends_at,
    }
}

async fn take_claims(tx: &Tx<'_>, holds: &[Taking]) -> Stored<Vec<Claim>> {
    let rows = holds::take(tx, holds).await?;
    rows.into_iter().map(to_claim).collect()
}

/// Returns the version that it made.
pub(super) async fn update_times(
    tx: &Tx<'_>,
    moved: &Moved,
    practitioner: PersonId,
    interpreter: Option<PersonId>,
) -> Stored<u32> {
    use appointment::{Column, Entity};
    let version = moved.from_version.checked_add(1).ok_or(StoreError::Aborted)?;
    let update = Entity::update_many()
        .col_expr(Column::StartsAt, Expr::value(moved.starts_at.0))
        .col_expr(Column::EndsAt, Expr::value(moved.ends_at.0))
        .col_expr(Column::Timezone, Expr::value(moved.time_zone.clone()))
        .col_expr(Column::LocalStart, Expr::value(moved.local_start.clone()))
        .col_expr(Column::TzdbVersion, Expr::value(moved.tzdb_version.clone()))
        .col_expr(Column::InterpreterId, Expr::value(interpreter.map(|it| it.0)))
        .col_expr(Column::Jurisdiction, Expr::value(moved.jurisdiction.clone()))
        .col_expr(Column::LicenceOverride, Expr::value(moved.licence_override.clone()))
        .col_expr(Column::Version, Expr::value(i64::from(version)))
        .filter(Column::Id.eq(moved.appointment_id.0))
        .filter(Column::ClinicianId.eq(practitioner.0))
        .filter(Column::Status.eq(status(None)))
        .filter(Column::Version.eq(i64::from(moved.from_version)))
        .exec(tx.on());
    match update.await.map_err(errors::before_commit)?.rows_affected {
        0 => Err(STALE),
        _ => Ok(version),
    }
}

/// Held claims become those of appointments.
async fn occupy(tx: &Tx<'_>, slots: &[(SlotId, AppointmentId)]) -> Stored<()> {
    let whose = |all: CaseStatement, (slot, by): &(SlotId, AppointmentId)| {
        all.case(slot::Column::Id.eq(slot.0), Expr::value(by.0))
    };
    let appointment = slots.iter().fold(CaseStatement::new(), whose);
    let update = slot::Entity::update_many()
        .col_expr(slot::Column::State, Expr::value(BUSY))
        .col_expr(slot::Column::AppointmentId, appointment.into())
        .col_expr(slot::Column::ExpiresAt, Expr::value(None::<i64>))
        .filter(slot::Column::Id.is_in(slots.iter().map(|it| it.0.0)))
        .filter(is(slot::Column::State, HELD))
        .exec(tx.on());
    let done = update.await.map_err(errors::before_commit)?.rows_affected;
    if usize::try_from(done) == Ok(slots.len()) { Ok(()) } else { Err(STALE) }
}
