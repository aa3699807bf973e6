//! The trait of schedules, in memory.

use super::{Memory, Point, at_most};
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
use uuid::Uuid;

#[async_trait]
impl Schedules for Memory {
    async fn services(&self, of: OrganisationId) -> Stored<Vec<Service>> {
        let mut found: Vec<_> = {
            let state = self.state();
            let is_theirs = |it: &&Service| state.houses.services.get(&it.service_id) == Some(&of);
            state.booked.services.values().filter(is_theirs).cloned().collect()
        };
        found.sort_by(|a, b| (&a.name, a.service_id).cmp(&(&b.name, b.service_id)));
        Ok(found)
    }

    async fn save_service(
        &self,
        of: OrganisationId,
        service: Service,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.write(Point::SaveService, |state| state.save_service(of, service, answered)).await
    }

    async fn practitioners(&self, of: OrganisationId) -> Stored<Vec<PractitionerRecord>> {
        Ok(self.state().practitioners(of))
    }

    async fn save_practitioner(
        &self,
        record: PractitionerRecord,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.write(Point::SavePractitioner, |state| state.save_practitioner(record, answered)).await
    }

    async fn patient(&self, id: PersonId) -> Stored<Option<PatientRecord>> {
        Ok(self.state().patient(id))
    }

    async fn save_patient(&self, record: PatientRecord, answered: Option<Answered>) -> Stored<()> {
        self.write(Point::SavePatient, |state| state.save_patient(record, answered)).await
    }

    async fn schedule(&self, id: PersonId, from: UnixMillis) -> Stored<Schedule> {
        Ok(self.state().schedule(id, from))
    }

    async fn claim_schedule(&self, id: PersonId, _node: &str) -> Stored<Fence> {
        self.write_beside(Point::ClaimSchedule, |state| state.claim_schedule(id)).await
    }

    async fn commit_schedule(&self, commit: ScheduleCommit) -> Stored<()> {
        self.write(Point::CommitSchedule, |state| state.commit_schedule(commit)).await
    }

    async fn hold(&self, token_hash: &[u8], at: UnixMillis) -> Stored<Option<(HoldRecord, bool)>> {
        let state = self.state();
        let id = state.booked.tokens.get(&token_hash.to_vec());
        let hold = id.and_then(|it| state.booked.holds.get(it));
        Ok(hold.map(|it| (it.record.clone(), it.is_good(at))))
    }

    async fn hold_by_id(&self, id: HoldId, at: UnixMillis) -> Stored<Option<(HoldRecord, bool)>> {
        let state = self.state();
        Ok(state.booked.holds.get(&id).map(|it| (it.record.clone(), it.is_good(at))))
    }

    async fn hold_claims(&self, id: HoldId) -> Stored<Vec<Claim>> {
        let state = self.state();
        let keys = state.booked.holds.get(&id).into_iter().flat_map(|it| &it.claims);
        let mut claims: Vec<_> =
            keys.filter_map(|it| state.booked.slots.get(it)).cloned().collect();
        claims.sort_by_key(|it| (it.starts_at, it.practitioner_id, it.slot_id));
        Ok(claims)
    }

    async fn open_holds(&self, patient: PersonId, at: UnixMillis) -> Stored<u32> {
        let state = self.state();
        Ok(state.booked.open_holds(patient, at))
    }

    async fn expire_holds(&self, at: UnixMillis, limit: u32) -> Stored<Vec<PersonId>> {
        self.write_beside(Point::ExpireHolds, |state| Ok(state.booked.expire(at, at_most(limit))))
            .await
    }

    async fn closures(&self, of: OrganisationId, from: UnixMillis) -> Stored<Vec<Exception>> {
        Ok(self.state().exceptions(None, of, from))
    }

    async fn save_closure(
        &self,
        of: OrganisationId,
        closure: Exception,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.write(Point::SaveClosure, |state| state.save_closure(of, closure, answered)).await
    }

    async fn remove_closure(
        &self,
        of: OrganisationId,
        id: ExceptionId,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.write(Point::RemoveClosure, |state| state.remove_closure(of, id, answered)).await
    }

    async fn bookings(&self, ids: &[AppointmentId]) -> Stored<Vec<BookingRecord>> {
        let state = self.state();
        Ok(ids.iter().filter_map(|it| state.booking(*it)).collect())
    }

    async fn derived_otherwise(
        &self,
        tzdb: &str,
        filter: LiveFilter,
    ) -> Stored<Vec<BookingRecord>> {
        Ok(self.state().derived_otherwise(tzdb, filter))
    }

    async fn renew_derived(&self, tzdb: &str, of: Vec<(AppointmentId, u32)>) -> Stored<()> {
        self.write_beside(Point::RenewDerived, |state| {
            state.renew_derived(tzdb, &of);
            Ok(())
        })
        .await
    }

    async fn history(&self, id: AppointmentId) -> Stored<Vec<HistoryRecord>> {
        Ok(self.state().booked.history.get(&id).cloned().unwrap_or_default())
    }

    async fn loads(&self, from: UnixMillis, until: UnixMillis) -> Stored<Vec<(PersonId, u32)>> {
        Ok(self.state().loads(from, until))
    }

    async fn seen_by(&self, patient: PersonId, limit: u32) -> Stored<Vec<PersonId>> {
        let mut seen = self.state().seen_by(patient);
        seen.truncate(at_most(limit));
        Ok(seen)
    }

    async fn join_waitlist(&self, entry: WaitlistRecord, answered: Option<Answered>) -> Stored<()> {
        self.write(Point::JoinWaitlist, |state| state.join_waitlist(entry, answered)).await
    }

    async fn leave_waitlist(
        &self,
        id: WaitlistId,
        patient: PersonId,
        answered: Option<Answered>,
    ) -> Stored<bool> {
        self.write(Point::LeaveWaitlist, |state| state.leave_waitlist(id, patient, answered)).await
    }

    async fn waitlist(
        &self,
        service: Option<ServiceId>,
        patient: Option<PersonId>,
    ) -> Stored<Vec<WaitlistRecord>> {
        Ok(self.state().who_waits(service, patient))
    }

    async fn free_place(&self, place: FreedPlace) -> Stored<()> {
        self.write_beside(Point::FreePlace, |state| state.free_place(place)).await
    }

    async fn places_due(&self, now: UnixMillis, limit: u32) -> Stored<Vec<FreedPlace>> {
        Ok(self.state().places_due(now, limit))
    }

    async fn told_of(&self, place: Uuid) -> Stored<Vec<WaitlistId>> {
        Ok(self.state().told_of(place))
    }

    async fn offer_place(&self, offer: PlaceOffer, notices: Vec<Announcement>) -> Stored<()> {
        self.write_beside(Point::OfferPlace, |state| state.offer_place(offer, notices)).await
    }

    async fn postpone_place(&self, place: FreedPlace, next_at: Option<UnixMillis>) -> Stored<()> {
        self.write_beside(Point::PostponePlace, |state| state.postpone_place(place, next_at)).await
    }

    async fn raise_task(&self, task: TaskRecord) -> Stored<()> {
        self.write_beside(Point::RaiseTask, |state| state.raise_task(task)).await
    }

    async fn tasks(&self, of: OrganisationId, limit: u32) -> Stored<Vec<TaskRecord>> {
        let mut open: Vec<_> = {
            let state = self.state();
            let is_theirs = |it: &&TaskRecord| {
                let visit = state.visits.get(&it.appointment_id);
                visit.is_some_and(|it| it.facts.organisation_id == of)
            };
            let open = state.booked.tasks.values().filter(|it| it.done_at.is_none());
            let open = open.filter(is_theirs);
            open.cloned().collect()
        };
        open.sort_by_key(|it| (it.created_at, it.task_id));
        open.truncate(at_most(limit));
        Ok(open)
    }

    async fn finish_task(
        &self,
        id: TaskId,
        at: UnixMillis,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.write(Point::FinishTask, |state| state.finish_task(id, at, answered)).await
    }

    async fn prepare_partitions(&self, _now: UnixMillis) -> Stored<()> {
        Ok(())
    }
}
