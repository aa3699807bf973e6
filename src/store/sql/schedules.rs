//! The trait of schedules, by part.

use super::call::Call;
use super::hours::KIND;
use super::schedule_commit::{may_share, save};
use super::{SqlStore, errors};
use crate::domain::schedule::{Claim, Exception, Schedule, Service};
use crate::protocol::ids::{
    AppointmentId, ExceptionId, HoldId, OrganisationId, PersonId, ServiceId, TaskId, WaitlistId,
};
use crate::protocol::time::UnixMillis;
use crate::store::outbox::Announcement;
use crate::store::schedule::{
    BookingRecord, FreedPlace, HistoryRecord, HoldRecord, LiveFilter, PatientRecord, PlaceOffer,
    PractitionerRecord, ScheduleCommit, Schedules, TaskRecord, WaitlistRecord,
};
use crate::store::{Answered, Claim as Fence, Stored};
use async_trait::async_trait;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use uuid::Uuid;

/// Takes the key of a schedule; see the one of visits. Somebody whose time cannot be booked gives no row.
const CLAIM: &str = "
    INSERT INTO actor_fence (kind, id, epoch, node, incarnation, next_offset, sealed)
    SELECT $1, id, 1, $2, 0, 1, FALSE FROM users
    WHERE id = $3 AND role IN ('clinician', 'interpreter')
    ON CONFLICT (kind, id) DO UPDATE
    SET epoch = actor_fence.epoch + 1, node = excluded.node, incarnation = excluded.incarnation,
        sealed = FALSE
    RETURNING epoch, next_offset";

/// Makes the partitions of a month and of those after it, on PostgreSQL.
const PARTITIONS: &str = "SELECT bedside_history_partitions($1, $2)";
/// How many.
const MONTHS: i32 = 6;

#[async_trait]
impl Schedules for SqlStore {
    async fn services(&self, of: OrganisationId) -> Stored<Vec<Service>> {
        self.all_services(of).await
    }

    async fn save_service(
        &self,
        of: OrganisationId,
        service: Service,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.write_service(of, service, answered).await
    }

    async fn practitioners(&self, of: OrganisationId) -> Stored<Vec<PractitionerRecord>> {
        self.all_practitioners(of).await
    }

    async fn save_practitioner(
        &self,
        record: PractitionerRecord,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.write_practitioner(record, answered).await
    }

    async fn patient(&self, id: PersonId) -> Stored<Option<PatientRecord>> {
        self.one_patient(id).await
    }

    async fn save_patient(&self, record: PatientRecord, answered: Option<Answered>) -> Stored<()> {
        self.write_patient(record, answered).await
    }

    async fn schedule(&self, id: PersonId, from: UnixMillis) -> Stored<Schedule> {
        self.read_schedule(id, from).await
    }

    async fn claim_schedule(&self, id: PersonId, node: &str) -> Stored<Fence> {
        self.take_fence(CLAIM, KIND, id.0, node).await
    }

    async fn commit_schedule(&self, commit: ScheduleCommit) -> Stored<()> {
        match may_share(&commit) {
            true => self.group.save(commit).await,
            false => save(&self.writing(), vec![commit]).await,
        }
    }

    async fn hold(&self, token_hash: &[u8], at: UnixMillis) -> Stored<Option<(HoldRecord, bool)>> {
        self.one_hold(token_hash, at).await
    }

    async fn hold_by_id(&self, id: HoldId, at: UnixMillis) -> Stored<Option<(HoldRecord, bool)>> {
        self.hold_of_id(id, at).await
    }

    async fn hold_claims(&self, id: HoldId) -> Stored<Vec<Claim>> {
        self.claims_of(id).await
    }

    async fn open_holds(&self, patient: PersonId, at: UnixMillis) -> Stored<u32> {
        self.count_open(patient, at).await
    }

    async fn expire_holds(&self, at: UnixMillis, limit: u32) -> Stored<Vec<PersonId>> {
        self.end_expired(at, limit).await
    }

    async fn closures(&self, of: OrganisationId, from: UnixMillis) -> Stored<Vec<Exception>> {
        self.all_closures(of, from).await
    }

    async fn save_closure(
        &self,
        of: OrganisationId,
        closure: Exception,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.write_closure(of, closure, answered).await
    }

    async fn remove_closure(
        &self,
        of: OrganisationId,
        id: ExceptionId,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.drop_closure(of, id, answered).await
    }

    async fn bookings(&self, ids: &[AppointmentId]) -> Stored<Vec<BookingRecord>> {
        self.bookings_of(ids).await
    }

    async fn derived_otherwise(
        &self,
        tzdb: &str,
        filter: LiveFilter,
    ) -> Stored<Vec<BookingRecord>> {
        self.live_derived_otherwise(tzdb, filter).await
    }

    async fn renew_derived(&self, tzdb: &str, of: Vec<(AppointmentId, u32)>) -> Stored<()> {
        self.note_derived(tzdb, of).await
    }

    async fn history(&self, id: AppointmentId) -> Stored<Vec<HistoryRecord>> {
        self.history_lines(id).await
    }

    async fn loads(&self, from: UnixMillis, until: UnixMillis) -> Stored<Vec<(PersonId, u32)>> {
        self.live_loads(from, until).await
    }

    async fn seen_by(&self, patient: PersonId, limit: u32) -> Stored<Vec<PersonId>> {
        self.last_seen(patient, limit).await
    }

    async fn join_waitlist(&self, entry: WaitlistRecord, answered: Option<Answered>) -> Stored<()> {
        self.begin_waiting(entry, answered).await
    }

    async fn leave_waitlist(
        &self,
        id: WaitlistId,
        patient: PersonId,
        answered: Option<Answered>,
    ) -> Stored<bool> {
        self.end_waiting(id, patient, answered).await
    }

    async fn waitlist(
        &self,
        service: Option<ServiceId>,
        patient: Option<PersonId>,
    ) -> Stored<Vec<WaitlistRecord>> {
        self.who_waits(service, patient).await
    }

    async fn free_place(&self, place: FreedPlace) -> Stored<()> {
        self.note_freed(place).await
    }

    async fn places_due(&self, now: UnixMillis, limit: u32) -> Stored<Vec<FreedPlace>> {
        self.due_places(now, limit).await
    }

    async fn told_of(&self, place: Uuid) -> Stored<Vec<WaitlistId>> {
        self.who_was_told(place).await
    }

    async fn offer_place(&self, offer: PlaceOffer, notices: Vec<Announcement>) -> Stored<()> {
        self.note_offer(offer, notices).await
    }

    async fn postpone_place(&self, place: FreedPlace, next_at: Option<UnixMillis>) -> Stored<()> {
        self.note_next(place, next_at).await
    }

    async fn raise_task(&self, task: TaskRecord) -> Stored<()> {
        self.open_task(task).await
    }

    async fn tasks(&self, of: OrganisationId, limit: u32) -> Stored<Vec<TaskRecord>> {
        self.open_tasks(of, limit).await
    }

    async fn finish_task(
        &self,
        id: TaskId,
        at: UnixMillis,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.close_task(id, at, answered).await
    }

    async fn prepare_partitions(&self, now: UnixMillis) -> Stored<()> {
        if self.backend != DbBackend::Postgres {
            return Ok(());
        }
        let values = [now.0.into(), MONTHS.into()];
        let make = Statement::from_sql_and_values(self.backend, PARTITIONS, values);
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            tx.on().execute_raw(make).await.map_err(errors::before_commit)?;
            tx.commit_beside().await
        })
        .await
    }
}
