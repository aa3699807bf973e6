//! A clinic in which nothing happens but messages: a store, a clock, a mail server, a courier, two people.

use crate::smtp::Smtp;
use bedside::clock::{Clock as _, ManualClock};
use bedside::config::{Mail, MailTls};
use bedside::domain::visit::{Closed, Facts, Member, Visit};
use bedside::notifications::courier::{Courier, Limits, Parts};
use bedside::notifications::plan::{self, Change};
use bedside::notifications::render::{Current, Site};
use bedside::notifications::{Sender, backoff, mail};
use bedside::protocol::ids::{AppointmentId, ParticipantId, PersonId};
use bedside::protocol::person::Role;
use bedside::protocol::phi::Phi;
use bedside::protocol::time::UnixMillis;
use bedside::store::memory::Memory;
use bedside::store::outbox::{Channel, NewNotice, NoticeKind};
use bedside::store::sql::SqlStore;
use bedside::store::{NewVisit, PersonRecord, Store, Stored};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;

/// When every story begins: a Tuesday in November, 13:00 UTC.
pub(crate) const BEGIN: UnixMillis = UnixMillis(1_795_525_200_000);
pub(crate) const HOUR: Duration = Duration::from_secs(3_600);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3_600);
pub(crate) const URL: &str = "http://clinic.test";
/// Longer than any test machine takes for a mail over loopback.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Memory,
    Sqlite,
}

/// Appointments as the store of schedules tells them.
#[derive(Debug, Default)]
pub(crate) struct Diary {
    appointments: Mutex<BTreeMap<AppointmentId, (Visit, u32)>>,
    phones: Mutex<BTreeMap<PersonId, String>>,
}

#[async_trait::async_trait]
impl Current for Diary {
    async fn appointment(&self, id: AppointmentId) -> Stored<Option<(Visit, u32)>> {
        Ok(self.appointments.lock().unwrap().get(&id).cloned())
    }

    async fn phone(&self, id: PersonId) -> Stored<Option<Phi<String>>> {
        Ok(self.phones.lock().unwrap().get(&id).cloned().map(Phi::from))
    }
}

pub(crate) struct World {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) memory: Option<Memory>,
    pub(crate) clock: ManualClock,
    pub(crate) smtp: Smtp,
    pub(crate) diary: Arc<Diary>,
    pub(crate) sms: Option<Arc<dyn Sender>>,
    pub(crate) limits: Limits,
    pub(crate) courier: Option<Courier>,
    pub(crate) pat: PersonId,
    pub(crate) dr_bo: PersonId,
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
        memory,
        clock: ManualClock::at(BEGIN),
        smtp: Smtp::start().await,
        diary: Arc::default(),
        sms: None,
        limits: Limits::default(),
        courier: None,
        pat: PersonId(Uuid::nil()),
        dr_bo: PersonId(Uuid::nil()),
        _folder: folder,
    };
    world.pat = world.hires(Role::Patient, "Pat Example", "pat@people.example").await;
    world.dr_bo = world.hires(Role::Clinician, "Dr. Bo Sample", "bo@people.example").await;
    world
}

impl World {
    pub(crate) async fn hires(&self, role: Role, name: &str, email: &str) -> PersonId {
        let person_id = PersonId(Uuid::now_v7());
        let record = PersonRecord {
            person_id,
            display_name: name.into(),
            email: email.into(),
            password_hash: "none".into(),
            role,
            time_zone: "Europe/Berlin".to_owned(),
            created_at: BEGIN,
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
        let settings = Mail {
            host: "127.0.0.1".to_owned(),
            port: self.smtp.address.port(),
            tls: MailTls::None,
            from: "Test Clinic <no-reply@clinic.test>".to_owned(),
            ..Mail::default()
        };
        let nowhere = std::path::Path::new("nowhere");
        let (email, address) = mail::open(&settings, nowhere, URL).expect("a mail channel");
        Courier::start(Parts {
            store: Arc::clone(&self.store),
            current: Arc::clone(&self.diary) as Arc<dyn Current>,
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

    /// Makes an appointment that begins then, and tells.
    pub(crate) async fn books(&self, begins_in: Duration) -> AppointmentId {
        let now = self.clock.now();
        let appointment_id = AppointmentId(Uuid::now_v7());
        let starts_at = now.plus(begins_in);
        let member = |person_id, role, name: &str| Member {
            participant_id: ParticipantId(Uuid::now_v7()),
            person_id: Some(person_id),
            role,
            display_name: name.into(),
            is_admitted: role == Role::Clinician,
            is_present: false,
            waiting_since: None,
            is_revoked: false,
            device_check: None,
        };
        let members = [
            member(self.pat, Role::Patient, "Pat Example"),
            member(self.dr_bo, Role::Clinician, "Dr. Bo Sample"),
        ];
        let visit = Visit {
            facts: Facts {
                appointment_id,
                clinician_id: self.dr_bo,
                patient_id: self.pat,
                starts_at,
                ends_at: starts_at.plus(HOUR / 2),
                time_zone: "Europe/Berlin".to_owned(),
                patient_may_invite: true,
            },
            closed: None,
            is_in_call: false,
            call_started_at: None,
            members: members.into_iter().map(|it| (it.participant_id, it)).collect(),
            revision: 0,
        };
        let new = NewVisit { visit: visit.clone(), created_at: now };
        self.store.create_visit(new, None).await.expect("a visit");
        self.diary.appointments.lock().unwrap().insert(appointment_id, (visit, 1));
        self.tells(appointment_id, Change::Booked).await;
        appointment_id
    }

    /// Changes an appointment into its next version, and tells.
    pub(crate) async fn changes(
        &self,
        id: AppointmentId,
        change: Change,
        how: impl FnOnce(&mut Visit),
    ) {
        {
            let mut all = self.diary.appointments.lock().unwrap();
            let (visit, version) = all.get_mut(&id).expect("an appointment");
            how(visit);
            *version += 1;
        }
        self.tells(id, change).await;
    }

    pub(crate) async fn moves(&self, id: AppointmentId, by: Duration) {
        self.changes(id, Change::Moved, |visit| {
            visit.facts.starts_at = visit.facts.starts_at.plus(by);
            visit.facts.ends_at = visit.facts.ends_at.plus(by);
        })
        .await;
    }

    pub(crate) async fn cancels(&self, id: AppointmentId) {
        self.changes(id, Change::Cancelled, |visit| visit.closed = Some(Closed::Cancelled)).await;
    }

    /// Changes something that is no reason for a new version.
    pub(crate) fn edits(&self, id: AppointmentId, how: impl FnOnce(&mut Visit)) {
        how(&mut self.diary.appointments.lock().unwrap().get_mut(&id).expect("one").0);
    }

    pub(crate) fn has_phone(&self, person: PersonId, number: &str) {
        self.diary.phones.lock().unwrap().insert(person, number.to_owned());
    }

    async fn tells(&self, id: AppointmentId, change: Change) {
        let facts = {
            let all = self.diary.appointments.lock().unwrap();
            let (visit, version) = &all[&id];
            plan::Appointment {
                appointment_id: id,
                version: *version,
                starts_at: visit.facts.starts_at,
                patient: visit.facts.patient_id,
                clinician: visit.facts.clinician_id,
                interpreter: None,
            }
        };
        let notices = plan::about(facts, change, self.clock.now(), plan::fresh);
        self.store.add_notices(notices).await.expect("saved");
        if self.courier.is_some() {
            self.wakes();
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
