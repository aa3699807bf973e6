//! One plausible and plainly fictional example of every shape.

mod audit;
mod booking;
mod conversation;
mod file;
mod identity;
mod policy;
mod provider;
mod record;
mod report;
mod wire;

use crate::golden::Golden;
use bedside::protocol::appointment::*;
use bedside::protocol::auth::*;
use bedside::protocol::ids::*;
use bedside::protocol::media::*;
use bedside::protocol::person::*;
use bedside::protocol::phi::Phi;
use bedside::protocol::time::UnixMillis;
use bedside::protocol::visit::*;
use std::time::Duration;
use uuid::Uuid;

/// All of them.
pub(crate) fn all() -> Vec<Golden> {
    let mut all = Vec::new();
    all.extend(signing_in());
    all.extend(identity::proving());
    all.extend(identity::factors());
    all.extend(identity::sessions());
    all.extend(provider::calls());
    all.extend(people_and_appointments());
    all.extend(booking::practice());
    all.extend(booking::schedules());
    all.extend(booking::bookings());
    all.extend(booking::payments());
    all.extend(booking::notices());
    all.extend(conversation::calls());
    all.extend(file::calls());
    all.extend(audit::calls());
    all.extend(record::calls());
    all.extend(report::calls());
    all.extend(policy::calls());
    all.extend(policy::support());
    all.extend(visit_calls());
    all.extend(visit_answers());
    all.extend(wire::media());
    all.extend(wire::client_frames());
    all.extend(wire::server_frames());
    all.extend(wire::topics());
    all.extend(wire::faults());
    all
}

fn uuid(number: u16) -> Uuid {
    format!("01900000-0000-7000-8000-00000000{number:04x}").parse().unwrap()
}

fn visit() -> AppointmentId {
    AppointmentId(uuid(0xa1))
}

fn patient_part() -> ParticipantId {
    ParticipantId(uuid(0xb1))
}

fn clinician_part() -> ParticipantId {
    ParticipantId(uuid(0xb2))
}

fn guest_part() -> ParticipantId {
    ParticipantId(uuid(0xb3))
}

fn person() -> PersonId {
    PersonId(uuid(0xc1))
}

/// 2031-03-04T09:00:00Z and some minutes.
fn at(minutes: u64) -> UnixMillis {
    UnixMillis(1_930_467_600_000).plus(Duration::from_secs(minutes * 60))
}

fn text(it: &str) -> Phi<String> {
    it.into()
}

fn me() -> Me {
    Me {
        home_region: Some("eu-west".into()),
        person_id: Some(person()),
        visit: None,
        display_name: text("Pat Placeholder"),
        role: Role::Patient,
        session_id: SessionId(uuid(0xd1)),
        time_zone: Some("Europe/Berlin".into()),
        idle_after_s: Some(3_600),
        must_enrol: false,
    }
}

fn guest() -> Me {
    Me {
        home_region: None,
        person_id: None,
        visit: Some(OwnVisit { appointment_id: visit(), participant_id: guest_part() }),
        display_name: text("Ines Example"),
        role: Role::Interpreter,
        session_id: SessionId(uuid(0xd2)),
        time_zone: None,
        idle_after_s: None,
        must_enrol: false,
    }
}

fn link() -> JoinToken {
    JoinToken {
        join_token: text("not-a-token"),
        url: text("https://clinic.example/join#not-a-token"),
        participant_id: guest_part(),
        role: Role::Interpreter,
        expires_at: at(120),
    }
}

fn turn() -> IceServer {
    IceServer {
        urls: vec!["turn:turn.clinic.example:3478?transport=udp".into()],
        username: Some("1930475400:example".into()),
        credential: Some(text("not-a-credential")),
    }
}

fn signing_in() -> Vec<Golden> {
    vec![
        Golden::new(
            "sign in",
            SignIn {
                email: text("pat@clinic.example"),
                password: text("correct horse example"),
                devices: vec![],
            },
        ),
        Golden::new("signed in", identity::signed_in(me())),
        Golden::new(
            "refresh",
            Refresh { session_id: SessionId(uuid(0xd1)), refresh_token: Phi::default() },
        ),
        Golden::new("sign out", SignOut {}),
        Golden::new("done", Done {}),
        Golden::new("read me", ReadMe {}),
        Golden::new("me, with an account", me()),
        Golden::new("me, a guest", guest()),
        Golden::new(
            "a link for myself",
            CreateJoinToken { appointment_id: visit(), participant_id: None },
        ),
        Golden::new(
            "a link for somebody",
            CreateJoinToken { appointment_id: visit(), participant_id: Some(guest_part()) },
        ),
        Golden::new("join link", link()),
        Golden::new("open a link", CreateVideoSession { join_token: text("not-a-token") }),
        Golden::new(
            "session for a visit",
            VideoSession {
                room_id: visit(),
                token: text("header.claims.signature"),
                expires_at: at(15),
                me: guest(),
                ice_servers: vec![
                    IceServer {
                        urls: vec!["stun:stun.clinic.example".into()],
                        username: None,
                        credential: None,
                    },
                    turn(),
                ],
                refresh_token: Phi::default(),
            },
        ),
    ]
}

fn card() -> AppointmentCard {
    AppointmentCard {
        appointment_id: visit(),
        starts_at: at(0),
        ends_at: at(30),
        time_zone: "Europe/Berlin".into(),
        patient: CardPerson {
            participant_id: patient_part(),
            person_id: person(),
            display_name: text("Pat Placeholder"),
        },
        clinician: CardPerson {
            participant_id: clinician_part(),
            person_id: PersonId(uuid(0xc2)),
            display_name: text("Dr. Clara Sample"),
        },
        stage: Stage::Waiting,
        waiting_since: Some(at(1)),
        clinician_present: false,
        guests: 1,
        device_check: Some(check()),
        version: 1,
        service_id: None,
        reason: None,
        series_id: None,
        revision: 4,
    }
}

fn check() -> DeviceCheck {
    DeviceCheck {
        camera: DeviceVerdict::Good,
        microphone: DeviceVerdict::Good,
        speaker: DeviceVerdict::Skipped,
        network: DeviceVerdict::Poor,
    }
}

fn people_and_appointments() -> Vec<Golden> {
    let somebody = Person {
        person_id: person(),
        display_name: text("Pat Placeholder"),
        email: text("pat@clinic.example"),
        role: Role::Patient,
        time_zone: "Europe/Berlin".into(),
        created_at: at(0),
        status: PersonStatus::Active,
        status_since: None,
        suspension: None,
        revision: 1,
        home_region: None,
    };
    let suspended = Person {
        status: PersonStatus::Suspended,
        status_since: Some(at(9)),
        suspension: Some(Suspension { reason: text("Away for a year"), by: PersonId(uuid(0xad)) }),
        revision: 2,
        ..somebody.clone()
    };
    vec![
        Golden::new(
            "create a person",
            CreatePerson {
                home_region: None,
                display_name: text("Zoë Muster 例"),
                email: text("zoe@clinic.example"),
                password: Some(text("fifteen letters and more")),
                role: Role::Patient,
                time_zone: "Europe/Berlin".into(),
            },
        ),
        Golden::new("invite a person again", InvitePerson { person_id: PersonId(uuid(0xad)) }),
        Golden::new(
            "a person who was invited",
            Person { status: PersonStatus::Invited, status_since: Some(at(0)), ..somebody.clone() },
        ),
        Golden::new("person", somebody.clone()),
        Golden::new(
            "a person who is kept elsewhere",
            Person {
                status: PersonStatus::Elsewhere,
                home_region: Some("us-east".into()),
                ..somebody.clone()
            },
        ),
        Golden::new("list everybody", ListPeople { role: None, status: None }),
        Golden::new(
            "list clinicians who are suspended",
            ListPeople { role: Some(Role::Clinician), status: Some(PersonStatus::Suspended) },
        ),
        Golden::new(
            "people",
            People {
                people: vec![somebody, suspended.clone()],
                regions: vec![RegionCard { region: "eu-west".into(), is_kept: true }],
            },
        ),
        Golden::new(
            "change a person",
            UpdatePerson {
                home_region: Some("us-east".into()),
                person_id: person(),
                revision: 1,
                display_name: text("Pat Otherwise"),
                role: Role::Patient,
                time_zone: "America/Lima".into(),
            },
        ),
        Golden::new(
            "suspend a person",
            SuspendPerson { person_id: person(), reason: text("Away for a year") },
        ),
        Golden::new(
            "a person who is suspended",
            PersonSuspended { person: suspended, appointments_ahead: 2 },
        ),
        Golden::new("reinstate a person", ReinstatePerson { person_id: person() }),
        Golden::new(
            "create an appointment",
            PlaceAppointment {
                patient_id: person(),
                clinician_id: PersonId(uuid(0xc2)),
                starts_at: at(0),
                ends_at: at(30),
                time_zone: "Europe/Berlin".into(),
                patient_may_invite: true,
            },
        ),
        Golden::new("read an appointment", ReadAppointment { appointment_id: visit() }),
        Golden::new(
            "list all appointments",
            ListAppointments { person_id: None, from: None, until: None },
        ),
        Golden::new(
            "list appointments of a day",
            ListAppointments { person_id: None, from: Some(at(0)), until: Some(at(24 * 60)) },
        ),
        Golden::new("appointment", card()),
        Golden::new("appointments", Appointments { appointments: vec![card()] }),
        Golden::new("cancel an appointment", CancelAppointment { appointment_id: visit() }),
    ]
}

fn visit_calls() -> Vec<Golden> {
    let (appointment_id, participant_id) = (visit(), patient_part());
    vec![
        Golden::new("read a visit", ReadVisit { appointment_id }),
        Golden::new("enter", EnterVisit { appointment_id }),
        Golden::new("leave", LeaveVisit { appointment_id }),
        Golden::new("admit", AdmitParticipant { appointment_id, participant_id }),
        Golden::new("hold", HoldParticipant { appointment_id, participant_id }),
        Golden::new("mute", MuteParticipant { appointment_id, participant_id }),
        Golden::new("revoke", RevokeGuest { appointment_id, participant_id: guest_part() }),
        Golden::new(
            "invite",
            InviteGuest {
                appointment_id,
                role: Role::Interpreter,
                display_name: text("Ines Example"),
            },
        ),
        Golden::new("end", EndVisit { appointment_id }),
        Golden::new("mark as not attended", MarkNoShow { appointment_id }),
        Golden::new("report a device check", ReportDevice { appointment_id, check: check() }),
        Golden::new("read the attendance", ReadAttendance { appointment_id }),
    ]
}

fn participant(id: ParticipantId, name: &str, role: Role, place: Place) -> Participant {
    Participant {
        participant_id: id,
        display_name: text(name),
        role,
        place,
        connection: Connection::Online,
        waiting_since: (place == Place::Waiting).then(|| at(1)),
        microphone: place == Place::Inside,
        muted_by_host: false,
        camera: place == Place::Inside,
        screen: false,
        device_check: None,
        link_score: None,
    }
}

fn waiting() -> VisitView {
    VisitView {
        appointment_id: visit(),
        stage: Stage::Waiting,
        starts_at: at(0),
        ends_at: at(30),
        time_zone: "Europe/Berlin".into(),
        you: Some(patient_part()),
        clinician_name: text("Dr. Clara Sample"),
        clinician: HostState::Busy,
        queue: Some(Queue { position: 2, waiting_since: at(1), estimated_at: at(30) }),
        participants: vec![participant(
            patient_part(),
            "Pat Placeholder",
            Role::Patient,
            Place::Waiting,
        )],
        media: None,
        call_started_at: None,
        can: vec![Can::Enter, Can::Leave],
        revision: 4,
    }
}

fn in_call() -> VisitView {
    let guest = Participant {
        connection: Connection::Reconnecting,
        muted_by_host: true,
        microphone: false,
        device_check: Some(check()),
        link_score: Some(2),
        ..participant(guest_part(), "Ines Example", Role::Interpreter, Place::Inside)
    };
    VisitView {
        stage: Stage::InCall,
        clinician: HostState::Here,
        queue: None,
        participants: vec![
            participant(patient_part(), "Pat Placeholder", Role::Patient, Place::Inside),
            participant(clinician_part(), "Dr. Clara Sample", Role::Clinician, Place::Inside),
            guest,
        ],
        media: Some(media_view()),
        call_started_at: Some(at(3)),
        can: vec![Can::Leave, Can::JoinMedia, Can::Invite],
        revision: 9,
        ..waiting()
    }
}

fn media_view() -> MediaView {
    let slot = |slot, participant_id, source, paused| Slot { slot, participant_id, source, paused };
    MediaView {
        transport: 3,
        is_connected: true,
        slots: vec![
            slot(0, Some(clinician_part()), Source::Camera, None),
            slot(1, Some(clinician_part()), Source::Screen, None),
            slot(2, Some(guest_part()), Source::Camera, Some(Paused::Bandwidth)),
            slot(3, None, Source::Camera, None),
        ],
    }
}

fn visit_answers() -> Vec<Golden> {
    let entry = |number, what, about: Option<ParticipantId>| AttendanceEntry {
        number,
        at: at(u64::from(number)),
        what,
        participant_id: about,
        display_name: about.map(|_| text("Pat Placeholder")),
        role: about.map(|_| Role::Patient),
        by: (what == AttendanceKind::Admitted).then(clinician_part),
    };
    vec![
        Golden::new("a visit as who waits sees it", waiting()),
        Golden::new("a visit as who is inside sees it", in_call()),
        Golden::new("invited guest", InvitedGuest { participant_id: guest_part(), link: link() }),
        Golden::new(
            "attendance",
            Attendance {
                entries: vec![
                    entry(1, AttendanceKind::Entered, Some(patient_part())),
                    entry(2, AttendanceKind::Admitted, Some(patient_part())),
                    entry(3, AttendanceKind::CallStarted, None),
                ],
            },
        ),
    ]
}
