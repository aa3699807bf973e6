//! Plainly fictional schedules.

use crate::samples::{MINUTE, NOW, visit};
use crate::support::Clinic;
use bedside::domain::schedule::{Claim, ClaimState, Exception, Kind, Service, Template};
use bedside::protocol::ids::{
    AppointmentId, ExceptionId, HoldId, NoticeId, OrganisationId, PersonId, ServiceId, SlotId,
    TemplateId,
};
use bedside::protocol::person::Role;
use bedside::protocol::time::UnixMillis;
use bedside::store::outbox::{Announcement, NoticeKind};
use bedside::store::schedule::{
    BookingRecord, HoldRecord, Moved, NewBooking, ScheduleChange, ScheduleCommit,
};
use bedside::store::{Conflict, PersonRecord, StoreError, Stored};
use std::time::Duration;
use uuid::Uuid;

pub(crate) const TAKEN: Stored<()> = Err(StoreError::Conflict(Conflict::SlotTaken));
pub(crate) const STALE: Stored<()> = Err(StoreError::Conflict(Conflict::Stale));
pub(crate) const MISSING: Stored<()> = Err(StoreError::Conflict(Conflict::Missing));
pub(crate) const KEY_USED: Stored<()> = Err(StoreError::Conflict(Conflict::KeyUsed));

/// So many minutes after the stories begin.
pub(crate) fn minute(n: u32) -> UnixMillis {
    NOW.plus(n * MINUTE)
}

pub(crate) fn service(name: &str) -> Service {
    Service {
        service_id: ServiceId(Uuid::now_v7()),
        name: name.to_owned(),
        specialty: "dermatology".to_owned(),
        duration: 30 * MINUTE,
        buffer_before: 5 * MINUTE,
        buffer_after: 10 * MINUTE,
        alignment_interval: 15 * MINUTE,
        alignment_offset: Duration::ZERO,
        min_notice: 60 * MINUTE,
        horizon_days: 60,
        capacity: 3,
        is_active: true,
        price: Some((4_500, "EUR".to_owned())),
        revision: 1,
    }
}

pub(crate) fn template() -> Template {
    Template {
        template_id: TemplateId(Uuid::now_v7()),
        location: "Second floor".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        recurrence: "FREQ=WEEKLY;BYDAY=MO,TU".to_owned(),
        starts_minute: 9 * 60,
        ends_minute: 24 * 60,
        valid_from: "2027-01-01".to_owned(),
        valid_until: Some("2027-12-31".to_owned()),
        except_dates: vec!["2027-05-01".to_owned()],
        service_ids: vec![ServiceId(Uuid::now_v7())],
    }
}

/// An exception on a day; of everybody when nobody is named.
pub(crate) fn exception(whose: Option<PersonId>, day: &str) -> Exception {
    Exception {
        exception_id: ExceptionId(Uuid::now_v7()),
        practitioner_id: whose,
        kind: Kind::Closed,
        time_zone: "Pacific/Apia".to_owned(),
        starts_local: format!("{day}T08:00"),
        ends_local: format!("{day}T12:30"),
        location: String::new(),
        reason: "Training".to_owned(),
    }
}

/// A claim without buffers that is shared with nobody.
pub(crate) fn claim(whose: &PersonRecord, from: u32, until: u32) -> Claim {
    let id = Uuid::now_v7();
    Claim {
        slot_id: SlotId(id),
        practitioner_id: whose.person_id,
        starts_at: minute(from),
        ends_at: minute(until),
        busy_from: minute(from),
        busy_until: minute(until),
        group: id,
        seat: 0,
        service_id: None,
        hold_id: HoldId(Uuid::nil()),
        state: ClaimState::Busy(AppointmentId(Uuid::nil())),
    }
}

pub(crate) fn notice(to: &PersonRecord, about: Option<AppointmentId>) -> Announcement {
    Announcement {
        notice_id: NoticeId(Uuid::now_v7()),
        person_id: to.person_id,
        kind: NoticeKind::Booked,
        appointment_id: about,
        version: 1,
        due_at: NOW,
        useless_at: None,
    }
}

/// A clinician's schedule in the hands of its owner.
pub(crate) struct Agenda {
    pub(crate) clinic: Clinic,
    pub(crate) clinician: PersonRecord,
    pub(crate) patient: PersonRecord,
    pub(crate) service: Service,
    pub(crate) epoch: u32,
    pub(crate) next: u32,
}

impl Agenda {
    pub(crate) async fn open(clinic: Clinic) -> Self {
        let clinician = clinic.hires("Dr Robin Sample", Role::Clinician).await;
        let patient = clinic.hires("Pat Example", Role::Patient).await;
        let service = service("Skin check");
        clinic
            .store
            .save_service(OrganisationId::FIRST, service.clone(), None)
            .await
            .expect("a service");
        let fence = clinic.store.claim_schedule(clinician.person_id, "node-a").await.expect("one");
        let (epoch, next) = (fence.epoch, fence.next_offset);
        Agenda { clinic, clinician, patient, service, epoch, next }
    }

    /// Another clinician of the same clinic, for the same patient.
    pub(crate) async fn beside(&self, name: &str) -> Self {
        let clinic = self.clinic.clone();
        let clinician = clinic.hires(name, Role::Clinician).await;
        let fence = clinic.store.claim_schedule(clinician.person_id, "node-a").await.expect("one");
        Agenda {
            clinic,
            clinician,
            patient: self.patient.clone(),
            service: self.service.clone(),
            epoch: fence.epoch,
            next: fence.next_offset,
        }
    }

    /// Another clinician of the same clinic, for a patient of their own: one patient has three holds at most.
    pub(crate) async fn elsewhere(&self, name: &str) -> Self {
        let patient = self.clinic.hires(&format!("Sam of {name}"), Role::Patient).await;
        Agenda { patient, ..self.beside(name).await }
    }

    pub(crate) fn id(&self) -> PersonId {
        self.clinician.person_id
    }

    pub(crate) fn saving(&self, at: u32, changes: Vec<ScheduleChange>) -> ScheduleCommit {
        ScheduleCommit {
            practitioner_id: self.id(),
            epoch: self.epoch,
            offset: self.next,
            at: minute(at),
            changes,
            notices: vec![],
            answered: None,
            audit: vec![],
        }
    }

    /// Saves changes at that minute.
    pub(crate) async fn saves(&mut self, at: u32, changes: Vec<ScheduleChange>) -> Stored<()> {
        let commit = self.saving(at, changes);
        self.commits(commit).await
    }

    pub(crate) async fn commits(&mut self, commit: ScheduleCommit) -> Stored<()> {
        let told = self.clinic.store.commit_schedule(commit).await;
        if told.is_ok() {
            self.next += 1;
        }
        told
    }

    /// A hold that expires at minute 10.
    pub(crate) fn hold(&self, claims: Vec<Claim>) -> (HoldId, ScheduleChange) {
        let hold_id = HoldId(Uuid::now_v7());
        let others = claims.iter().map(|it| it.practitioner_id);
        let record = HoldRecord {
            hold_id,
            token_hash: hold_id.0.as_bytes().repeat(2),
            practitioner_id: self.id(),
            interpreter_id: others.into_iter().find(|it| *it != self.id()),
            patient_id: self.patient.person_id,
            held_by: self.patient.person_id,
            service_id: self.service.service_id,
            jurisdiction: Some("DE".to_owned()),
            licence_override: Some("On holiday there".to_owned()),
            created_at: NOW,
            expires_at: minute(10),
        };
        (hold_id, ScheduleChange::Hold(Box::new(record), claims))
    }

    /// Holds these claims at minute 0.
    pub(crate) async fn holds(&mut self, claims: Vec<Claim>) -> Stored<HoldId> {
        let (id, change) = self.hold(claims);
        self.saves(0, vec![change]).await.map(|()| id)
    }

    /// Holds from one minute to another.
    pub(crate) async fn reserves(&mut self, from: u32, until: u32) -> HoldId {
        let claim = claim(&self.clinician, from, until);
        self.holds(vec![claim]).await.expect("a hold")
    }

    pub(crate) fn booking(&self, from: u32, until: u32) -> NewBooking {
        let mut visit = visit(&self.clinician, &self.patient, from, until);
        let booking = BookingRecord {
            appointment_id: visit.visit.facts.appointment_id,
            version: 1,
            service_id: Some(self.service.service_id),
            service_name: Some(self.service.name.clone()),
            interpreter_id: None,
            series_id: None,
            sealed_reason: None,
            reason: Some("An itch".into()),
            jurisdiction: Some("DE".to_owned()),
            licence_override: None,
            local_start: "2027-01-15T03:00".to_owned(),
            tzdb_version: "2026a".to_owned(),
        };
        let facts = &mut visit.visit.facts.booking;
        (facts.service_id, facts.reason) = (booking.service_id, booking.reason.clone());
        NewBooking { visit, booking, by: Some(self.patient.person_id) }
    }

    /// Holds and books in two commits at minute 0.
    pub(crate) async fn books(&mut self, from: u32, until: u32) -> AppointmentId {
        let hold = self.reserves(from, until).await;
        let new = self.booking(from, until);
        let id = new.booking.appointment_id;
        self.saves(0, vec![ScheduleChange::Book(hold, vec![new])]).await.expect("booked");
        id
    }

    /// To a quarter of an hour that begins at that minute, from version 1.
    pub(crate) fn moving(&self, id: AppointmentId, to: u32) -> Moved {
        Moved {
            appointment_id: id,
            from_version: 1,
            visit_revision: 0,
            starts_at: minute(to),
            ends_at: minute(to + 15),
            local_start: "2027-01-16T04:00".to_owned(),
            time_zone: "Europe/Paris".to_owned(),
            tzdb_version: "2026b".to_owned(),
            jurisdiction: Some("FR".to_owned()),
            licence_override: Some("A fictional reason".to_owned()),
            interpreter_id: None,
            by: Some(self.clinician.person_id),
        }
    }

    /// What the schedule says at minute 0.
    pub(crate) async fn claims(&self) -> Vec<Claim> {
        self.clinic.store.schedule(self.id(), NOW).await.expect("a schedule").claims
    }

    /// Who has which minutes: from, until, busy.
    pub(crate) async fn taken(&self) -> Vec<(u32, u32, bool)> {
        let minutes =
            |at: UnixMillis| u32::try_from(at.since(NOW).as_secs() / 60).expect("not so many");
        let line = |it: Claim| {
            let is_busy = matches!(it.state, ClaimState::Busy(_));
            (minutes(it.starts_at), minutes(it.ends_at), is_busy)
        };
        self.claims().await.into_iter().map(line).collect()
    }
}
