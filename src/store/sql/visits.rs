//! Appointments with their visits: making, reading, claiming.

use super::booking_rows::history_of;
use super::bookings::insert_history;
use super::call::{Call, Tx};
use super::holds::claim;
use super::ledger::keep_answer;
use super::said::keys_of;
use super::schedule_rows::ClaimedBy;
use super::visit_rows::{
    appointment_row, assemble, attendance_record, participant_rows, visit_row,
};
use super::words::{count, unreadable};
use super::{SqlStore, errors};
use crate::domain::visit::Visit;
use crate::protocol::ids::{AppointmentId, ParticipantId, PersonId};
use crate::protocol::media::ReportQuality;
use crate::protocol::time::UnixMillis;
use crate::store::schedule::{BookingEvent, BookingRecord};
use crate::store::verdict::plain_claim;
use crate::store::{
    Answered, AttendanceRecord, Claim, Conflict, JoinLinkRecord, LinkUse, NewVisit, SessionRecord,
    StoreError, Stored, VisitCommit, VisitFilter, Visits,
};
use async_trait::async_trait;
use entity::{appointment, participant, quality_sample, visit, visit_event};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{
    ActiveValue, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, Statement,
};
use std::collections::HashMap;
use uuid::Uuid;

/// What a visit's actor is called in `actor_fence`.
pub(super) const KIND: &str = "visit";

/// Takes the key. The epoch never goes back: it starts with the first claim and only ever grows by one (PL-1). Both
/// databases understand it as it stands; a visit that does not exist gives no row.
const CLAIM: &str = "
    INSERT INTO actor_fence (kind, id, epoch, node, incarnation, next_offset, sealed)
    SELECT $1, appointment_id, 1, $2, 0, revision + 1, FALSE FROM visits WHERE appointment_id = $3
    ON CONFLICT (kind, id) DO UPDATE
    SET epoch = actor_fence.epoch + 1, node = excluded.node, incarnation = excluded.incarnation,
        sealed = FALSE
    RETURNING epoch, next_offset";

#[async_trait]
impl Visits for SqlStore {
    async fn create_visit(&self, new: NewVisit, answered: Option<Answered>) -> Stored<()> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            insert_visits(&tx, &[(&new, None)]).await?;
            let facts = &new.visit.facts;
            let line = history_of(facts, 1, BookingEvent::Booked, new.created_at, None);
            insert_history(&tx, &[line]).await?;
            if new.visit.closed.is_none() {
                let by = ClaimedBy::Appointment(facts.appointment_id);
                claim(&tx, vec![(plain_claim(facts), by)]).await?;
            }
            tx.commit().await
        })
        .await
    }

    async fn visit(&self, id: AppointmentId) -> Stored<Option<Visit>> {
        let found = self.read_visits(appointment::Entity::find_by_id(id.0)).await?;
        Ok(found.into_iter().next())
    }

    async fn visits(&self, filter: VisitFilter) -> Stored<Vec<Visit>> {
        let mut query = appointment::Entity::find();
        if let Some(house) = filter.organisation {
            query = query.filter(appointment::Column::OrganisationId.eq(house.0));
        }
        if let Some(person) = filter.person_id {
            let is_part = Condition::any()
                .add(appointment::Column::ClinicianId.eq(person.0))
                .add(appointment::Column::PatientId.eq(person.0))
                .add(appointment::Column::Id.in_subquery(parts_of(person)));
            query = query.filter(is_part);
        }
        if let Some(from) = filter.from {
            query = query.filter(appointment::Column::EndsAt.gt(from.0));
        }
        if let Some(until) = filter.until {
            query = query.filter(appointment::Column::StartsAt.lt(until.0));
        }
        let query = query
            .order_by_asc(appointment::Column::StartsAt)
            .order_by_asc(appointment::Column::Id)
            .limit(u64::from(filter.limit));
        self.read_visits(query).await
    }

    async fn claim_visit(&self, id: AppointmentId, node: &str) -> Stored<Claim> {
        self.take_fence(CLAIM, KIND, id.0, node).await
    }

    async fn commit_visit(&self, commit: VisitCommit) -> Stored<()> {
        self.save_commit(commit).await
    }

    async fn attendance(&self, id: AppointmentId) -> Stored<Vec<AttendanceRecord>> {
        let query = visit_event::Entity::find()
            .filter(visit_event::Column::AppointmentId.eq(id.0))
            .order_by_asc(visit_event::Column::Number);
        let found = Call::default()
            .run(async { query.all(&self.reading().await?).await.map_err(errors::before_commit) })
            .await?;
        found.into_iter().map(attendance_record).collect()
    }

    async fn create_link(&self, link: JoinLinkRecord, answered: Option<Answered>) -> Stored<()> {
        self.keep_link(link, answered).await
    }

    async fn link(&self, token_hash: &[u8]) -> Stored<Option<(JoinLinkRecord, bool)>> {
        self.look_at_link(token_hash).await
    }

    async fn use_link(
        &self,
        token_hash: &[u8],
        session: SessionRecord,
        now: UnixMillis,
    ) -> Stored<LinkUse> {
        self.use_up_link(token_hash, session, now).await
    }

    async fn record_quality(
        &self,
        participant: ParticipantId,
        report: ReportQuality,
        at: UnixMillis,
    ) -> Stored<()> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let insert = quality_sample::Entity::insert(quality_row(participant, report, at));
            insert.exec_without_returning(tx.on()).await.map_err(errors::before_commit)?;
            tx.commit_beside().await
        })
        .await
    }
}

impl SqlStore {
    /// Takes an actor's key by a statement that says who can have one.
    pub(super) async fn take_fence(
        &self,
        sql: &'static str,
        kind: &'static str,
        id: Uuid,
        node: &str,
    ) -> Stored<Claim> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let values = [kind.into(), node.into(), id.into()];
            let claim = Statement::from_sql_and_values(self.backend, sql, values);
            let row = tx.on().query_one_raw(claim).await.map_err(errors::before_commit)?;
            let row = row.ok_or(StoreError::Conflict(Conflict::Missing))?;
            let number = |column: &'static str| {
                let number = row.try_get::<i64>("", column).map_err(errors::before_commit)?;
                count(number, "actor_fence", column)
            };
            let claim = Claim { epoch: number("epoch")?, next_offset: number("next_offset")? };
            tx.commit_beside().await?;
            Ok(claim)
        })
        .await
    }

    /// The visits of the appointments that `query` finds, in its order.
    async fn read_visits(&self, query: Select<appointment::Entity>) -> Stored<Vec<Visit>> {
        let call = Call::default();
        let (mut appointments, states, participants, keys) = call
            .run(async {
                let tx = self.snapshot(&call).await?;
                let appointments = query.all(tx.on()).await.map_err(errors::before_commit)?;
                let ids: Vec<_> = appointments.iter().map(|it| it.id).collect();
                let states = visit::Entity::find()
                    .filter(visit::Column::AppointmentId.is_in(ids.iter().copied()))
                    .all(tx.on());
                let states = states.await.map_err(errors::before_commit)?;
                let participants = participant::Entity::find()
                    .filter(participant::Column::AppointmentId.is_in(ids))
                    .all(tx.on());
                let participants = participants.await.map_err(errors::before_commit)?;
                let keys = keys_of(&tx, &appointments).await?;
                Ok((appointments, states, participants, keys))
            })
            .await?;
        self.opened_by.open(&mut appointments, &keys).await;

        let mut states: HashMap<_, _> =
            states.into_iter().map(|it| (it.appointment_id, it)).collect();
        let mut members: HashMap<_, Vec<_>> = HashMap::new();
        for it in participants {
            members.entry(it.appointment_id).or_default().push(it);
        }
        let visit = |it: appointment::Model| {
            let members = members.remove(&it.id).unwrap_or_default();
            let state = states.remove(&it.id).ok_or_else(|| unreadable("visits", "appointment_id"));
            assemble(it, state?, members)
        };
        appointments.into_iter().map(visit).collect()
    }
}

/// Makes appointments with their visits. Their claims and their history are the caller's.
pub(super) async fn insert_visits(
    tx: &Tx<'_>,
    new: &[(&NewVisit, Option<&BookingRecord>)],
) -> Stored<()> {
    if new.is_empty() {
        return Ok(());
    }
    let rows = new.iter().map(|(it, booking)| appointment_row(it, *booking).into_active_model());
    let insert = appointment::Entity::insert_many(rows).exec_without_returning(tx.on());
    insert.await.map_err(errors::before_commit)?;
    let rows = new.iter().map(|(it, _)| visit_row(&it.visit).into_active_model());
    let insert = visit::Entity::insert_many(rows).exec_without_returning(tx.on());
    insert.await.map_err(errors::before_commit)?;
    let mut rows = Vec::new();
    for (it, _) in new {
        rows.extend(participant_rows(&it.visit)?);
    }
    if !rows.is_empty() {
        let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
        let insert = participant::Entity::insert_many(rows).exec_without_returning(tx.on());
        insert.await.map_err(errors::before_commit)?;
    }
    Ok(())
}

/// Appointments in which somebody has a part, such as an interpreter.
fn parts_of(person: PersonId) -> SelectStatement {
    participant::Entity::find()
        .select_only()
        .column(participant::Column::AppointmentId)
        .filter(participant::Column::UserId.eq(person.0))
        .into_query()
}

fn quality_row(
    participant: ParticipantId,
    report: ReportQuality,
    at: UnixMillis,
) -> quality_sample::ActiveModel {
    quality_sample::ActiveModel {
        id: ActiveValue::NotSet,
        appointment_id: ActiveValue::Set(report.appointment_id.0),
        participant_id: ActiveValue::Set(participant.0),
        at: ActiveValue::Set(at.0),
        round_trip_ms: ActiveValue::Set(i64::from(report.round_trip_ms)),
        loss_percent: ActiveValue::Set(report.loss_percent),
        jitter_ms: ActiveValue::Set(i64::from(report.jitter_ms)),
        freezes: ActiveValue::Set(i64::from(report.freezes)),
        received_kbps: ActiveValue::Set(i64::from(report.received_kbps)),
        sent_kbps: ActiveValue::Set(i64::from(report.sent_kbps)),
    }
}
