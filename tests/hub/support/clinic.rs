//! The clinic: a node over the store that the story asks for, and the people in it.

use super::files;
use super::http::Request;
use super::media::FakeMedia;
use super::people::read;
use super::s3::{self, Gate, with_bucket};
use super::{Party, Someone, canary, eventually, logs, panics, postgres, template};
use actix_web::dev::ServerHandle;
use bedside::auth::tokens::Tokens;
use bedside::clock::{Clock as _, ManualClock};
use bedside::config::{Config, FileStore};
use bedside::crypto::{Keys, new_token, sha256};
use bedside::domain::policy::{Principal, Who};
use bedside::files::blobs::Blobs;
use bedside::http::Site as _;
use bedside::node::{Node, Parts};
use bedside::protocol::appointment::{AppointmentCard, PlaceAppointment};
use bedside::protocol::auth::{CreateJoinToken, JoinToken};
use bedside::protocol::codec::Codec;
use bedside::protocol::ids::{AppointmentId, OrganisationId, ParticipantId, PersonId, SessionId};
use bedside::protocol::person::Role;
use bedside::protocol::time::UnixMillis;
use bedside::protocol::visit::Place;
use bedside::sfu::{MediaPlane, Workers};
use bedside::store::memory::Memory;
use bedside::store::organisations::OrganisationRecord;
use bedside::store::people::Standing;
use bedside::store::sign_ins::SessionAbout;
use bedside::store::sql::SqlStore;
use bedside::store::{PersonRecord, SessionRecord, Store, VisitFilter};
use futures::FutureExt as _;
use std::net::{SocketAddr, TcpListener};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;

/// Length of an appointment of these stories.
pub(crate) const SLOT: Duration = Duration::from_secs(15 * 60);
/// When every story begins.
pub(crate) const BEGIN: UnixMillis = UnixMillis(1_800_000_000_000);
const ZONE: &str = "Europe/Berlin";
/// What browsers call the hub.
pub(crate) const PUBLIC_URL: &str = "http://clinic.test";

/// Kinds of store.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Memory,
    Sqlite,
    Postgres,
}

/// How a story's settings differ from the defaults.
pub(crate) type Settings = fn(&mut Config);

/// A clinic.
pub(crate) struct Clinic {
    pub(crate) node: Arc<Node>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) memory: Option<Memory>,
    pub(crate) clock: ManualClock,
    pub(crate) media: Arc<FakeMedia>,
    pub(crate) hub: SocketAddr,
    /// An administrator.
    pub(crate) admin: Someone,
    tokens: Tokens,
    settings: Settings,
    server: ServerHandle,
    folder: Arc<TempDir>,
    database: Option<String>,
}

/// A visit that was booked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Booked {
    pub(crate) id: AppointmentId,
    pub(crate) patient: ParticipantId,
    pub(crate) clinician: ParticipantId,
}

/// Tells one story to a clinic of its own, and looks what is left when it has ended.
pub(crate) fn tell(kind: Kind, story: impl AsyncFnOnce(&mut Clinic)) {
    tell_with(kind, |_| {}, story);
}

/// The same with other settings.
pub(crate) fn tell_with(kind: Kind, settings: Settings, story: impl AsyncFnOnce(&mut Clinic)) {
    run(kind, false, settings, async |clinic, _| story(clinic).await);
}

/// The same with a gate before a bucket, which the settings name.
pub(crate) fn tell_in_bucket(
    kind: Kind,
    settings: Settings,
    story: impl AsyncFnOnce(&mut Clinic, &Gate),
) {
    run(kind, true, settings, async |clinic, gate| {
        story(clinic, gate.expect("a gate")).await;
    });
}

/// The same story, wherever files are kept.
pub(crate) fn tell_at(kind: Kind, place: files::Place, story: impl AsyncFnOnce(&mut Clinic)) {
    match place {
        files::Place::Folder => tell(kind, story),
        files::Place::Bucket => {
            tell_in_bucket(kind, with_bucket, async |clinic, _| story(clinic).await)
        }
    }
}

fn run(
    kind: Kind,
    has_gate: bool,
    settings: Settings,
    story: impl AsyncFnOnce(&mut Clinic, Option<&Gate>),
) {
    panics::watch();
    logs::watch();
    let system = actix::System::new();
    system.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let gate = if has_gate { Gate::open().await } else { None };
        if has_gate && gate.is_none() {
            return;
        }
        let (database, admin) = match kind {
            Kind::Memory => (None, None),
            Kind::Sqlite => {
                let file = folder.path().join("clinic.db");
                template::in_file(&file).await;
                (Some(template::url_of(&file)), None)
            }
            Kind::Postgres => {
                let Some(admin) = postgres::server() else { return };
                let made = template::on_server(&admin).await;
                (Some(made.plain), Some((admin, made.name)))
            }
        };
        let mut clinic = Clinic::open(Arc::new(folder), database, settings).await;
        let told = AssertUnwindSafe(async {
            story(&mut clinic, gate.as_ref()).await;
            clinic.has_nothing_left().await;
            clinic.keeps_what_it_told().await;
        });
        let told = told.catch_unwind().await;
        clinic.server.stop(false).await;
        drop(clinic);
        if let Some((admin, name)) = admin {
            template::remove(&admin, &name).await;
        }
        if let Err(panic) = told {
            std::panic::resume_unwind(panic);
        }
    });
}

impl Clinic {
    async fn open(folder: Arc<TempDir>, database: Option<String>, settings: Settings) -> Clinic {
        let memory = database.is_none().then(Memory::default);
        let clock = ManualClock::at(BEGIN);
        Clinic::start(folder, database, memory, clock, settings).await
    }

    async fn start(
        folder: Arc<TempDir>,
        database: Option<String>,
        memory: Option<Memory>,
        clock: ManualClock,
        settings: Settings,
    ) -> Clinic {
        let store: Arc<dyn Store> = match (&memory, &database) {
            (Some(memory), _) => Arc::new(memory.clone()),
            (None, Some(url)) => {
                let store = SqlStore::open(url).await.expect("the database opens");
                store.migrate().await.expect("the schema is made");
                Arc::new(store)
            }
            (None, None) => unreachable!("a clinic has a store"),
        };
        let (media, media_events) = FakeMedia::new();
        let media = Arc::new(media);
        let mut config = Config {
            public_url: PUBLIC_URL.to_owned(),
            data_dir: folder.path().to_owned(),
            ..Config::default()
        };
        // Stories are about other things; those of the second factor ask for it.
        config.identity.require_second_factor = false;
        settings(&mut config);
        let its_clock: Arc<dyn bedside::clock::Clock> = Arc::new(clock.clone());
        let keys = bedside::kms::open(&config, &its_clock).expect("keys");
        let tokens = Tokens::new(PUBLIC_URL, &keys.signing).expect("tokens");
        let node = Node::start(Parts {
            config,
            store: Arc::clone(&store),
            keys,
            clock: Arc::new(clock.clone()),
            media: Arc::clone(&media) as Arc<dyn MediaPlane>,
            workers: Arc::clone(&media) as Arc<dyn Workers>,
            media_events,
        })
        .expect("the node starts");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let hub = listener.local_addr().unwrap();
        let server = bedside::http::serve(Arc::clone(&node), listener).expect("serves");
        let handle = server.handle();
        actix_rt::spawn(server);
        node.wake_rooms().await;
        let admin = Someone::stranger(hub);
        let mut clinic = Clinic {
            node,
            store,
            memory,
            clock,
            media,
            hub,
            admin,
            tokens,
            settings,
            server: handle,
            folder,
            database,
        };
        clinic.admin = clinic.person(Role::Admin, "Ada Invented").await;
        clinic
    }

    /// The keys of the node, as another program would read them.
    pub(crate) fn keys(&self) -> Keys {
        Keys::open(&self.folder.path().join("keys")).expect("keys")
    }

    /// The same, when the story's settings say where they are.
    pub(crate) fn keys_with(&self, settings: Settings) -> Keys {
        let data_dir = self.folder.path().to_owned();
        let mut config = Config { data_dir, ..Config::default() };
        settings(&mut config);
        let clock: Arc<dyn bedside::clock::Clock> = Arc::new(self.clock.clone());
        bedside::kms::open(&config, &clock).expect("keys")
    }

    /// The node goes without a word and another one starts over the same database, keys and clock.
    pub(crate) async fn restarts(&mut self) {
        self.server.stop(false).await;
        let folder = Arc::clone(&self.folder);
        let (database, memory) = (self.database.clone(), self.memory.clone());
        let clock = self.clock.clone();
        *self = Clinic::start(folder, database, memory, clock, self.settings).await;
    }

    /// Another hub over the same database, with the same keys and the same clock, that knows nothing of this one.
    pub(crate) async fn twin(&self, settings: Settings) -> Clinic {
        let (folder, database) = (Arc::clone(&self.folder), self.database.clone());
        Clinic::start(folder, database, self.memory.clone(), self.clock.clone(), settings).await
    }

    /// A twin ends.
    pub(crate) async fn goes(self) {
        self.server.stop(false).await;
    }

    /// Address of the database of a story that has one.
    pub(crate) fn database(&self) -> &str {
        self.database.as_deref().expect("a story with a database")
    }

    /// The faults of the memory store.
    pub(crate) fn memory(&self) -> &Memory {
        self.memory.as_ref().expect("a story of the memory store")
    }

    /// Where the node keeps its files.
    pub(crate) fn data_dir(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Objects of files where the node keeps them, as another program would reach them.
    pub(crate) fn blobs(&self) -> Blobs {
        let mut config = Config { data_dir: self.data_dir().to_owned(), ..Config::default() };
        (self.settings)(&mut config);
        match config.files.store {
            FileStore::Folder => Blobs::open(&self.data_dir().join("files")).expect("a folder"),
            FileStore::S3 => s3::blobs_of_now(),
        }
    }

    /// Somebody who is not signed in.
    pub(crate) fn stranger(&self) -> Someone {
        Someone::stranger(self.hub)
    }

    /// A new account, signed in.
    pub(crate) async fn person(&self, role: Role, name: &str) -> Someone {
        self.person_of(OrganisationId::FIRST, role, name).await
    }

    /// Another organisation on the same deployment.
    pub(crate) async fn another_house(&self) -> OrganisationId {
        self.house_called(&Uuid::now_v7().simple().to_string()).await
    }

    /// Another one, with that short name.
    pub(crate) async fn house_called(&self, slug: &str) -> OrganisationId {
        let organisation_id = OrganisationId(Uuid::now_v7());
        let made = OrganisationRecord {
            organisation_id,
            name: "Clinic on the other side".to_owned(),
            slug: slug.to_owned(),
            time_zone: ZONE.to_owned(),
            created_at: self.clock.now(),
        };
        self.store.create_organisation(made).await.expect("the organisation is made");
        organisation_id
    }

    /// A new account of an organisation, signed in.
    pub(crate) async fn person_of(&self, of: OrganisationId, role: Role, name: &str) -> Someone {
        let person_id = PersonId(Uuid::now_v7());
        let record = PersonRecord {
            person_id,
            organisation_id: of,
            display_name: name.into(),
            email: format!("{}@clinic.invalid", person_id.0.simple()).into(),
            password_hash: "none".into(),
            role,
            time_zone: ZONE.to_owned(),
            created_at: self.clock.now(),
            standing: Standing::default(),
        };
        self.store.create_person(record, None).await.expect("the account is made");
        let session = self.session(Some(person_id), None, role).await;
        let who = Who::Person(person_id);
        let principal = Principal { who, role, organisation: of, only_visit: None };
        self.bearer(&session, principal, name)
    }

    /// Another sign-in of somebody of an organisation, whose token may have ended with the time that passed.
    pub(crate) async fn again_of(&self, of: OrganisationId, who: &Someone) -> Someone {
        let id = who.person_id.expect("an account");
        let role = self.store.person(id).await.unwrap().expect("an account").role;
        let session = self.session(Some(id), None, role).await;
        let who_is = Who::Person(id);
        let principal = Principal { who: who_is, role, organisation: of, only_visit: None };
        self.bearer(&session, principal, &who.name)
    }

    /// The administrator, after time has passed or the hub has started anew.
    pub(crate) async fn admin_again(&self) -> Someone {
        let id = self.admin.person_id.expect("an account");
        self.signs_in(id, Role::Admin, "Ada Invented").await
    }

    pub(crate) async fn patient(&self, name: &str) -> Someone {
        self.person(Role::Patient, name).await
    }

    pub(crate) async fn clinician(&self, name: &str) -> Someone {
        self.person(Role::Clinician, name).await
    }

    /// Another sign-in of an account.
    pub(crate) async fn signs_in(&self, person_id: PersonId, role: Role, name: &str) -> Someone {
        let session = self.session(Some(person_id), None, role).await;
        let who = Who::Person(person_id);
        self.bearer(
            &session,
            Principal { who, role, organisation: OrganisationId::FIRST, only_visit: None },
            name,
        )
    }

    /// A session as a join link would have opened it.
    pub(crate) async fn by_link(
        &self,
        visit: AppointmentId,
        part: ParticipantId,
        person_id: Option<PersonId>,
        role: Role,
    ) -> Someone {
        let session = self.session(person_id, Some((visit, part)), role).await;
        let who = Who::Participant(part);
        self.bearer(
            &session,
            Principal { who, role, organisation: OrganisationId::FIRST, only_visit: Some(visit) },
            "by link",
        )
    }

    /// A fresh access token of a session.
    pub(crate) fn bearer(
        &self,
        session: &SessionRecord,
        principal: Principal,
        name: &str,
    ) -> Someone {
        let issued =
            self.tokens.issue(principal, session.session_id, self.clock.now(), session.expires_at);
        Someone {
            name: name.to_owned(),
            person_id: session.person_id,
            session_id: Some(session.session_id),
            token: issued.expect("a token").0.into_exposed(),
            hub: self.hub,
            cookie: None,
        }
    }

    async fn session(
        &self,
        person_id: Option<PersonId>,
        visit: Option<(AppointmentId, ParticipantId)>,
        role: Role,
    ) -> SessionRecord {
        let now = self.clock.now();
        let session = SessionRecord {
            session_id: SessionId(Uuid::now_v7()),
            person_id,
            visit,
            role,
            refresh_hash: sha256(new_token().unwrap().expose().as_bytes()),
            previous_hash: None,
            rotated_at: now,
            created_at: now,
            expires_at: now.plus(bedside::auth::SESSION_FOR),
            ended_at: None,
            about: SessionAbout::proven(now),
        };
        self.store.open_session(session.clone()).await.expect("the session is opened");
        session
    }

    /// Books a visit that begins now; the patient may invite.
    pub(crate) async fn books(&self, patient: &Someone, clinician: &Someone) -> Booked {
        self.books_at(patient, clinician, self.clock.now()).await
    }

    /// Books a visit.
    pub(crate) async fn books_at(
        &self,
        patient: &Someone,
        clinician: &Someone,
        starts_at: UnixMillis,
    ) -> Booked {
        let op = PlaceAppointment {
            patient_id: patient.person_id.expect("an account"),
            clinician_id: clinician.person_id.expect("an account"),
            starts_at,
            ends_at: starts_at.plus(SLOT),
            time_zone: ZONE.to_owned(),
            patient_may_invite: true,
        };
        let card: AppointmentCard = self.admin.calls(op).await.expect("the visit is booked");
        Booked {
            id: card.appointment_id,
            patient: card.patient.participant_id,
            clinician: card.clinician.participant_id,
        }
    }

    /// A join link for a part in a visit.
    pub(crate) async fn link(&self, visit: Booked, part: ParticipantId) -> JoinToken {
        let op = CreateJoinToken { appointment_id: visit.id, participant_id: Some(part) };
        self.admin.calls(op).await.expect("a link")
    }

    /// Patient and clinician in a call with each other, by socket in two codecs.
    pub(crate) async fn in_call(&self) -> (Booked, Party, Party) {
        let ana = self.patient("Ana Fictional").await;
        let dr_b = self.clinician("Dr. Bo Fictional").await;
        let visit = self.books(&ana, &dr_b).await;
        let mut ana = ana.comes_to(visit.id, Codec::Json).await;
        let mut dr_b = dr_b.comes_to(visit.id, Codec::MessagePack).await;
        dr_b.enters().await;
        ana.enters().await;
        dr_b.admits(&ana).await;
        self.connect_media(&mut [&mut ana, &mut dr_b]).await;
        (visit, ana, dr_b)
    }

    /// Everybody joins media, and it connects.
    pub(crate) async fn connect_media(&self, parties: &mut [&mut Party]) {
        for party in parties.iter_mut() {
            party.joins_media().await.expect("an answer");
            self.media.connects(party.seat()).await;
        }
        for party in parties {
            party
                .sees("its media is connected", |it| {
                    it.media.as_ref().is_some_and(|it| it.is_connected)
                })
                .await;
        }
    }

    /// Sockets that the node knows.
    pub(crate) fn sockets(&self) -> usize {
        Arc::clone(&self.node).door().sockets().len()
    }

    /// Bytes that wait for the socket for whom most wait.
    pub(crate) fn most_waiting(&self) -> usize {
        Arc::clone(&self.node).door().sockets().most_waiting()
    }

    /// One figure of the metrics; zero when it was never counted.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let metrics = self.metrics().await;
        let mut lines = metrics.lines().filter_map(|it| it.rsplit_once(' '));
        let figure = lines.find(|(it, _)| *it == name).map(|(_, figure)| figure.parse());
        figure.transpose().expect("a number").unwrap_or(0.0)
    }

    /// Metrics as Prometheus would read them.
    pub(crate) async fn metrics(&self) -> String {
        let answer = Request::new("GET", "/metrics").send(self.hub).await;
        assert_eq!(answer.status, 200);
        answer.text()
    }

    /// Metrics and notices of a story, for the search for canaries.
    async fn keeps_what_it_told(&self) {
        let metrics = bedside::telemetry::metrics().expect("a registry").render();
        canary::keep("metrics", &metrics);
        if let Some(url) = &self.database {
            canary::keep("notices", &super::postgres::notices(url).await);
        }
    }

    /// The attendance as an administrator reads it, numbers checked.
    pub(crate) async fn attendance(
        &self,
        visit: AppointmentId,
    ) -> Vec<bedside::protocol::visit::AttendanceEntry> {
        let answer = self
            .admin
            .asks("visit.read_attendance", &serde_json::json!({"appointment_id": visit}))
            .await;
        let attendance: bedside::protocol::visit::Attendance = read(&answer).expect("attendance");
        let numbers: Vec<u32> = attendance.entries.iter().map(|it| it.number).collect();
        let expected: Vec<u32> = (1..).take(numbers.len()).collect();
        assert_eq!(numbers, expected, "attendance has a gap");
        attendance.entries
    }

    /// Nothing is left over: sockets end with their people, media only for who is inside, numbers without a gap, an end
    /// for every beginning in the audit log, and no panic anywhere.
    async fn has_nothing_left(&self) {
        eventually("every socket to be forgotten", async || self.sockets() == 0).await;
        let all = VisitFilter {
            organisation: None,
            person_id: None,
            from: None,
            until: None,
            limit: 10_000,
        };
        let visits = self.store.visits(all).await.expect("visits");
        for visit in &visits {
            let id = visit.facts.appointment_id;
            let lines = self.store.attendance(id).await.expect("attendance");
            let numbers: Vec<u32> = lines.iter().map(|it| it.number).collect();
            assert_eq!(numbers, (1..=visit.revision).collect::<Vec<_>>(), "attendance of {id}");
        }
        for seat in self.media.seats() {
            let visit = visits.iter().find(|it| it.facts.appointment_id == seat.room);
            let member = visit.and_then(|it| it.members.get(&seat.participant));
            let is_inside = member.is_some_and(|it| it.place() == Place::Inside);
            let is_open = visit.is_some_and(|it| it.closed.is_none());
            assert!(is_inside && is_open, "RM-2: media of somebody who is not inside");
        }
        assert_eq!(panics::seen(), Vec::<String>::new(), "panics");
    }
}
