//! A clinic in which nothing happens but messages: a store, a clock, a mail server, a courier, two people.

use crate::smtp::Smtp;
use bedside::clock::{Clock as _, ManualClock};
use bedside::config::{Mail, MailTls};
use bedside::crypto::Keys;
use bedside::domain::schedule::{Claim, ClaimState, Service};
use bedside::domain::visit::{Closed, Detail, Facts, Member, Visit, What};
use bedside::notifications::courier::{Courier, Limits, Parts};
use bedside::notifications::plan::{self, Change};
use bedside::notifications::render::Site;
use bedside::notifications::{Sender, backoff, mail};
use bedside::protocol::ids::{
    AppointmentId, HoldId, OrganisationId, ParticipantId, PersonId, ServiceId, SlotId,
};
use bedside::protocol::person::Role;
use bedside::protocol::time::UnixMillis;
use bedside::protocol::visit::AttendanceKind;
use bedside::store::memory::Memory;
use bedside::store::outbox::{Announcement, Channel, NewNotice, NoticeKind};
use bedside::store::people::Standing;
use bedside::store::schedule::{
    BookingRecord, HoldRecord, Moved, NewBooking, PatientRecord, ScheduleChange, ScheduleCommit,
};
use bedside::store::sql::SqlStore;
use bedside::store::{NewVisit, PersonRecord, Store, VisitCommit};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;

/// When every story begins: a Tuesday in November, 13:00 UTC.
pub(crate) const BEGIN: UnixMillis = UnixMillis(1_795_525_200_000);
pub(crate) const HOUR: Duration = Duration::from_secs(3_600);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3_600);
/// Of every appointment.
const LENGTH: Duration = Duration::from_secs(30 * 60);
pub(crate) const ZONE: &str = "Europe/Berlin";
/// What no message may have in it.
pub(crate) const SPECIALTY: &str = "Fictional dermatology";
pub(crate) const REASON: &str = "a rash that nobody has";
pub(crate) const URL: &str = "http://clinic.test";
/// Longer than any test machine takes for a mail over loopback.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Memory,
    Sqlite,
}

pub(crate) struct World {
    pub(crate) store: Arc<dyn Store>,
    keys: Arc<Keys>,
    pub(crate) memory: Option<Memory>,
    pub(crate) clock: ManualClock,
    pub(crate) smtp: Smtp,
    /// What the courier is told of the mail server, but for its port.
    pub(crate) mail: Mail,
    pub(crate) sms: Option<Arc<dyn Sender>>,
    pub(crate) limits: Limits,
    pub(crate) courier: Option<Courier>,
    pub(crate) pat: PersonId,
    pub(crate) dr_bo: PersonId,
    service: ServiceId,
    _folder: TempDir,
}

/// A clinic whose courier works.
pub(crate) async fn open(kind: Kind) -> World {
    let mut world = closed(kind).await;
    world.starts();
    world
}

/// A clinic whose courier does not work yet.
pub(crate) async fn closed(kind: Kind) -> World {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, memory): (Arc<dyn Store>, _) = match kind {
        Kind::Memory => {
            let memory = Memory::default();
            (Arc::new(memory.clone()), Some(memory))
        }
        Kind::Sqlite => {
            let url = format!("sqlite:{}", folder.path().join("clinic.db").display());
            let store = SqlStore::open(&url).await.expect("the database opens");
            store.migrate().await.expect("the schema is made");
            (Arc::new(store), None)
        }
    };
    let mut world = World {
        store,
        keys: Arc::new(Keys::ephemeral().expect("keys")),
        memory,
        clock: ManualClock::at(BEGIN),
        smtp: Smtp::start().await,
        mail: Mail {
            host: "127.0.0.1".to_owned(),
            tls: MailTls::None,
            from: "Test Clinic <no-reply@clinic.test>".to_owned(),
            ..Mail::default()
        },
        sms: None,
        limits: Limits::default(),
        courier: None,
        pat: PersonId(Uuid::nil()),
        dr_bo: PersonId(Uuid::nil()),
        service: ServiceId(Uuid::now_v7()),
        _folder: folder,
    };
    world.pat = world.hires(Role::Patient, "Pat Example", "pat@people.example").await;
    world.dr_bo = world.hires(Role::Clinician, "Dr. Bo Sample", "bo@people.example").await;
    world
        .store
        .save_service(OrganisationId::FIRST, service(world.service), None)
        .await
        .expect("a service");
    world
}

fn service(service_id: ServiceId) -> Service {
    Service {
        service_id,
        name: SPECIALTY.to_owned(),
        specialty: "dermatology".to_owned(),
        duration: LENGTH,
        buffer_before: Duration::ZERO,
        buffer_after: Duration::ZERO,
        alignment_interval: LENGTH,
        alignment_offset: Duration::ZERO,
        min_notice: Duration::ZERO,
        horizon_days: 60,
        capacity: 1,
        is_active: true,
        price: None,
        revision: 1,
    }
}

fn member(person_id: Option<PersonId>, role: Role, name: &str) -> Member {
    Member {
        participant_id: ParticipantId(Uuid::now_v7()),
        person_id,
        role,
        display_name: name.into(),
        is_admitted: role == Role::Clinician,
        is_present: false,
        waiting_since: None,
        is_revoked: false,
        device_check: None,
        invited_by: None,
    }
}

impl World {
    pub(crate) async fn hires(&self, role: Role, name: &str, email: &str) -> PersonId {
        let person_id = PersonId(Uuid::now_v7());
        let record = PersonRecord {
            person_id,
            organisation_id: OrganisationId::FIRST,
            display_name: name.into(),
            email: email.into(),
            password_hash: "none".into(),
            role,
            time_zone: ZONE.to_owned(),
            created_at: BEGIN,
            standing: Standing::default(),
        };
        self.store.create_person(record, None).await.expect("an account");
        person_id
    }

    /// A courier begins to work. The one before is dropped as it stands.
    pub(crate) fn starts(&mut self) {
        self.courier = None;
        self.courier = Some(self.another());
    }

    /// One more courier over the same outbox.
    pub(crate) fn another(&self) -> Courier {
        let settings = Mail { port: self.smtp.address.port(), ..self.mail.clone() };
        let nowhere = std::path::Path::new("nowhere");
        let (email, address) = mail::open(&settings, nowhere, URL).expect("a mail channel");
        Courier::start(Parts {
            store: Arc::clone(&self.store),
            keys: Arc::clone(&self.keys),
            clock: Arc::new(self.clock.clone()),
            email: Some(email),
            sms: self.sms.clone(),
            site: Site { public_url: URL.to_owned(), address: address.to_string() },
            limits: self.limits,
        })
    }

    /// The courier hears that there is something to do.
    pub(crate) fn wakes(&self) {
        self.courier.as_ref().expect("a courier").wake().notify_one();
    }

    pub(crate) fn passes(&self, time: Duration) {
        self.clock.advance(time);
        self.wakes();
    }

    /// Time passes, and everything that became due is settled.
    pub(crate) async fn lets_pass(&self, time: Duration) {
        self.passes(time);
        self.is_settled().await;
    }

    /// Makes an appointment that begins then.
    pub(crate) async fn books(&self, begins_in: Duration) -> AppointmentId {
        let id = AppointmentId(Uuid::now_v7());
        let starts_at = self.clock.now().plus(begins_in);
        let new = self.booking(id, starts_at);
        let claim = self.claim(starts_at);
        let facts = self.facts(id, 1, starts_at);
        let place = ScheduleChange::Place(Box::new(new), claim);
        self.commits(vec![place], facts, Change::Booked).await;
        id
    }

    /// Moves it, in the zone in which it is meant from then on.
    pub(crate) async fn moves_to(&self, id: AppointmentId, starts_at: UnixMillis, zone: &str) {
        let (visit, from_version) = self.read(id).await;
        let hold_id = HoldId(Uuid::now_v7());
        let now = self.clock.now();
        let hold = HoldRecord {
            hold_id,
            token_hash: hold_id.0.as_bytes().to_vec(),
            practitioner_id: self.dr_bo,
            interpreter_id: None,
            patient_id: self.pat,
            held_by: self.pat,
            service_id: self.service,
            jurisdiction: None,
            licence_override: None,
            created_at: now,
            expires_at: now.plus(HOUR),
        };
        let expires_at = hold.expires_at;
        let state = ClaimState::Held { expires_at };
        let claim = Claim { hold_id, state, ..self.claim(starts_at) };
        let moved = Moved {
            appointment_id: id,
            from_version,
            visit_revision: visit.revision,
            starts_at,
            ends_at: starts_at.plus(LENGTH),
            local_start: "2026-11-26T14:00".to_owned(),
            time_zone: zone.to_owned(),
            tzdb_version: "test".to_owned(),
            jurisdiction: None,
            licence_override: None,
            interpreter_id: None,
            by: Some(self.pat),
        };
        let changes = vec![
            ScheduleChange::Hold(Box::new(hold), vec![claim]),
            ScheduleChange::Move(hold_id, Box::new(moved)),
        ];
        let facts = self.facts(id, from_version + 1, starts_at);
        self.commits(changes, facts, Change::Moved).await;
    }

    pub(crate) async fn moves(&self, id: AppointmentId, by: Duration) {
        let (visit, _) = self.read(id).await;
        self.moves_to(id, visit.facts.starts_at.plus(by), ZONE).await;
    }

    pub(crate) async fn cancels(&self, id: AppointmentId) {
        let (mut visit, version) = self.read(id).await;
        visit.closed = Some(Closed::Cancelled);
        let facts = self.facts(id, version + 1, visit.facts.starts_at);
        let notices = plan::about(facts, Change::Cancelled, self.clock.now(), plan::fresh);
        self.happens(visit, AttendanceKind::Cancelled, None, notices).await;
    }

    /// A guest is invited: no reason for a new version.
    pub(crate) async fn edits(&self, id: AppointmentId) {
        let (mut visit, _) = self.read(id).await;
        let guest = member(None, Role::Interpreter, "Gus Guestly");
        let about = guest.participant_id;
        visit.members.insert(about, guest);
        self.happens(visit, AttendanceKind::Invited, Some(about), vec![]).await;
    }

    pub(crate) async fn has_phone(&self, person: PersonId, number: &str) {
        let record = PatientRecord {
            phone: Some(number.into()),
            revision: 1,
            ..PatientRecord::without_profile(person)
        };
        self.store.save_patient(record, None).await.expect("a profile");
    }

    /// The appointment and its version.
    pub(crate) async fn read(&self, id: AppointmentId) -> (Visit, u32) {
        let visit = self.store.visit(id).await.expect("an answer").expect("a visit");
        let booking = self.store.bookings(&[id]).await.expect("an answer").remove(0);
        (visit, booking.version)
    }

    async fn happens(
        &self,
        mut visit: Visit,
        kind: AttendanceKind,
        about: Option<ParticipantId>,
        notices: Vec<Announcement>,
    ) {
        let claim = self.store.claim_visit(visit.facts.appointment_id, "test").await;
        visit.revision += 1;
        let event = What { kind, at: self.clock.now(), about, by: None, detail: Detail::None };
        let commit = VisitCommit {
            epoch: claim.expect("a claim").epoch,
            visit,
            events: vec![event],
            links: vec![],
            revoked: vec![],
            notices,
            answered: None,
        };
        self.store.commit_visit(commit).await.expect("saved");
        self.tells();
    }

    async fn commits(
        &self,
        changes: Vec<ScheduleChange>,
        facts: plan::Appointment,
        change: Change,
    ) {
        let at = self.clock.now();
        let fence = self.store.claim_schedule(self.dr_bo, "test").await.expect("a claim");
        let commit = ScheduleCommit {
            practitioner_id: self.dr_bo,
            epoch: fence.epoch,
            offset: fence.next_offset,
            at,
            changes,
            notices: plan::about(facts, change, at, plan::fresh),
            answered: None,
            audit: vec![],
        };
        self.store.commit_schedule(commit).await.expect("saved");
        self.tells();
    }

    fn tells(&self) {
        if self.courier.is_some() {
            self.wakes();
        }
    }

    fn facts(&self, id: AppointmentId, version: u32, starts_at: UnixMillis) -> plan::Appointment {
        plan::Appointment {
            appointment_id: id,
            version,
            starts_at,
            patient: self.pat,
            clinician: self.dr_bo,
            interpreter: None,
        }
    }

    fn booking(&self, id: AppointmentId, starts_at: UnixMillis) -> NewBooking {
        let members = [
            member(Some(self.pat), Role::Patient, "Pat Example"),
            member(Some(self.dr_bo), Role::Clinician, "Dr. Bo Sample"),
        ];
        let visit = Visit {
            facts: Facts {
                appointment_id: id,
                organisation_id: OrganisationId::FIRST,
                clinician_id: self.dr_bo,
                patient_id: self.pat,
                starts_at,
                ends_at: starts_at.plus(LENGTH),
                time_zone: ZONE.to_owned(),
                patient_may_invite: true,
                booking: bedside::domain::visit::Booking::default(),
            },
            closed: None,
            is_in_call: false,
            call_started_at: None,
            members: members.into_iter().map(|it| (it.participant_id, it)).collect(),
            revision: 0,
        };
        NewBooking {
            visit: NewVisit { visit, created_at: self.clock.now() },
            booking: BookingRecord {
                appointment_id: id,
                version: 1,
                service_id: Some(self.service),
                service_name: Some(SPECIALTY.to_owned()),
                interpreter_id: None,
                series_id: None,
                sealed_reason: None,
                reason: Some(REASON.into()),
                jurisdiction: None,
                licence_override: None,
                local_start: "2026-11-26T14:00".to_owned(),
                tzdb_version: "test".to_owned(),
            },
            by: Some(self.pat),
        }
    }

    fn claim(&self, starts_at: UnixMillis) -> Claim {
        let slot_id = SlotId(Uuid::now_v7());
        Claim {
            slot_id,
            practitioner_id: self.dr_bo,
            starts_at,
            ends_at: starts_at.plus(LENGTH),
            busy_from: starts_at,
            busy_until: starts_at.plus(LENGTH),
            group: slot_id.0,
            seat: 0,
            service_id: Some(self.service),
            hold_id: HoldId(Uuid::nil()),
            state: ClaimState::Held { expires_at: starts_at },
        }
    }

    /// Waits until everything that is due was settled: nothing is to be done before a lease would end.
    pub(crate) async fn is_settled(&self) {
        self.wakes();
        let is_so = async {
            loop {
                let horizon = self.clock.now().plus(self.limits.lease);
                let mut is_settled = true;
                for channel in Channel::ALL {
                    let next = self.store.next_due(channel).await.expect("an answer");
                    is_settled &= next.is_none_or(|it| it > horizon);
                }
                if is_settled {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, is_so).await.expect("everything is settled in time");
    }

    /// Waits until the courier has looked at every channel: a message to the inbox is the last that it takes.
    pub(crate) async fn has_looked(&self) {
        let before = self.store.inbox(self.pat, 10_000).await.expect("an inbox").len();
        let notice = NewNotice {
            notice_id: plan::fresh(),
            person_id: self.pat,
            kind: NoticeKind::PlaceFree,
            channel: Channel::Inbox,
            appointment_id: None,
            version: 0,
            due_at: self.clock.now(),
            useless_at: None,
        };
        self.store.add_notices(vec![notice]).await.expect("saved");
        self.wakes();
        self.eventually("a message in the inbox", async || {
            self.store.inbox(self.pat, 10_000).await.expect("an inbox").len() > before
        })
        .await;
    }

    /// Asks again and again until it is so. For what nobody is told of.
    pub(crate) async fn eventually(&self, what: &str, mut is_so: impl AsyncFnMut() -> bool) {
        let asking = async {
            while !is_so().await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, asking).await.is_err() {
            panic!("waited in vain for {what}");
        }
    }

    pub(crate) fn clock_now(&self) -> UnixMillis {
        self.clock.now()
    }

    /// Whether that is when the lease of a message ends that was taken now.
    pub(crate) fn is_leased(&self, at: UnixMillis) -> bool {
        at == self.clock.now().plus(self.limits.lease)
    }

    /// Waits until nothing is due and nothing is on its way, but something is to be tried again within the longest wait.
    pub(crate) async fn is_retried(&self) {
        self.wakes();
        let now = self.clock.now();
        self.eventually("a failed try", async || {
            let mut next = vec![];
            for channel in [Channel::Email, Channel::Sms] {
                next.extend(self.store.next_due(channel).await.expect("an answer"));
            }
            let is_waiting = |it: &UnixMillis| *it > now && *it <= now.plus(backoff::LONGEST);
            let is_busy = |it: &UnixMillis| *it <= now || self.is_leased(*it);
            next.iter().any(is_waiting) && !next.iter().any(is_busy)
        })
        .await;
    }
}
