//! One visit with everybody in it, and everybody who may want something of it; new for each case.

use super::practice::Practice;
use super::{chat, identity, policy};
use crate::support::{Clinic, Someone};
use bedside::clock::Clock as _;
use bedside::domain::visit::rules::{Decided, NewGuest};
use bedside::domain::visit::{Facts, Member, Visit, What};
use bedside::protocol::ids::{
    AppointmentId, AuditId, GrantId, OrganisationId, ParticipantId, PersonId, ReportId, RequestId,
};
use bedside::protocol::person::Role;
use bedside::protocol::time::UnixMillis;
use bedside::store::{AuditRecord, NewVisit, VisitCommit};
use serde_json::{Value, json};
use uuid::Uuid;

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    Anonymous,
    Patient,
    PatientWaiting,
    OtherPatient,
    Clinician,
    OtherClinician,
    InterpreterAccount,
    Administrator,
    Support,
    PatientByLink,
    PatientWaitingByLink,
    ClinicianByLink,
    InterpreterByLink,
    CaregiverByLink,
    ColleagueByLink,
    GuestWaiting,
    GuestRevoked,
    GuestElsewhere,
    PatientOfAnotherHouse,
    ClinicianOfAnotherHouse,
    InterpreterOfAnotherHouse,
    AdministratorOfAnotherHouse,
    SupportOfAnotherHouse,
}

impl Caller {
    pub(crate) const ALL: [(Caller, &'static str); 23] = [
        (Caller::Anonymous, "anonymous"),
        (Caller::Patient, "patient"),
        (Caller::PatientWaiting, "patient who waits"),
        (Caller::OtherPatient, "another patient"),
        (Caller::Clinician, "clinician"),
        (Caller::OtherClinician, "another clinician"),
        (Caller::InterpreterAccount, "interpreter (account)"),
        (Caller::Administrator, "administrator"),
        (Caller::Support, "support"),
        (Caller::PatientByLink, "patient by link"),
        (Caller::PatientWaitingByLink, "patient by link who waits"),
        (Caller::ClinicianByLink, "clinician by link"),
        (Caller::InterpreterByLink, "interpreter by link"),
        (Caller::CaregiverByLink, "caregiver by link"),
        (Caller::ColleagueByLink, "colleague by link"),
        (Caller::GuestWaiting, "guest who waits"),
        (Caller::GuestRevoked, "guest who was revoked"),
        (Caller::GuestElsewhere, "guest of another visit"),
        (Caller::PatientOfAnotherHouse, "patient of another organisation"),
        (Caller::ClinicianOfAnotherHouse, "clinician of another organisation"),
        (Caller::InterpreterOfAnotherHouse, "interpreter of another organisation"),
        (Caller::AdministratorOfAnotherHouse, "administrator of another organisation"),
        (Caller::SupportOfAnotherHouse, "support of another organisation"),
    ];

    /// In which role they are of another organisation, if they are.
    pub(crate) fn elsewhere(self) -> Option<Role> {
        match self {
            Caller::PatientOfAnotherHouse => Some(Role::Patient),
            Caller::ClinicianOfAnotherHouse => Some(Role::Clinician),
            Caller::InterpreterOfAnotherHouse => Some(Role::Interpreter),
            Caller::AdministratorOfAnotherHouse => Some(Role::Admin),
            Caller::SupportOfAnotherHouse => Some(Role::Support),
            _ => None,
        }
    }

    fn waits(self) -> bool {
        matches!(self, Caller::PatientWaiting | Caller::PatientWaitingByLink)
    }
}

/// The case.
pub(crate) struct World {
    pub(crate) visit: AppointmentId,
    pub(crate) caller: Someone,
    pub(super) ana: PersonId,
    dr_b: PersonId,
    patient: ParticipantId,
    caregiver: ParticipantId,
    practice: Practice,
    chat: Option<chat::Chat>,
    /// That the clinician read the visit, as the audit log has it.
    recorded: AuditId,
    pub(super) own: identity::Own,
    opened: Option<GrantId>,
    /// What an administrator looks for in the audit log.
    report: Option<ReportId>,
    now: UnixMillis,
}

/// A visit to which nothing has happened; the patient may invite.
pub(crate) fn visit_of(patient: PersonId, clinician: PersonId, starts_at: UnixMillis) -> Visit {
    let member = |person_id: PersonId, role: Role, name: &str| Member {
        participant_id: ParticipantId(Uuid::now_v7()),
        person_id: Some(person_id),
        role,
        display_name: name.into(),
        is_admitted: role == Role::Clinician,
        is_present: false,
        waiting_since: None,
        is_revoked: false,
        device_check: None,
        invited_by: None,
    };
    let members = [
        member(patient, Role::Patient, "Ana Fictional"),
        member(clinician, Role::Clinician, "Dr. Bo Fictional"),
    ];
    Visit {
        facts: Facts {
            appointment_id: AppointmentId(Uuid::now_v7()),
            organisation_id: OrganisationId::FIRST,
            clinician_id: clinician,
            patient_id: patient,
            starts_at,
            ends_at: starts_at.plus(crate::support::SLOT),
            time_zone: "Europe/Berlin".to_owned(),
            patient_may_invite: true,
            booking: bedside::domain::visit::Booking::default(),
        },
        closed: None,
        is_in_call: false,
        call_started_at: None,
        members: members.into_iter().map(|it| (it.participant_id, it)).collect(),
        revision: 0,
    }
}

/// A visit and what happened to it.
struct Story {
    visit: Visit,
    events: Vec<What>,
    now: UnixMillis,
}

impl Story {
    fn happens(&mut self, decide: impl FnOnce(&Visit, UnixMillis) -> Decided) {
        for event in decide(&self.visit, self.now).expect("may happen") {
            self.visit.apply(&event);
            self.events.push(event);
        }
    }

    fn guest(&mut self, host: ParticipantId, role: Role, is_admitted: bool) -> ParticipantId {
        let participant_id = ParticipantId(Uuid::now_v7());
        let guest = NewGuest { participant_id, role, display_name: "Gus Fictional".into() };
        self.happens(|it, now| it.invite(host, guest, now));
        self.happens(|it, now| it.enter(participant_id, now));
        if is_admitted {
            self.happens(|it, now| it.admit(host, participant_id, now));
        }
        participant_id
    }

    async fn keep(self, clinic: &Clinic, revoked: Vec<ParticipantId>) {
        let id = self.visit.facts.appointment_id;
        let Facts { patient_id, clinician_id, starts_at, .. } = self.visit.facts.clone();
        let mut first = visit_of(patient_id, clinician_id, starts_at);
        first.facts = self.visit.facts.clone();
        first.members = self
            .visit
            .members
            .values()
            .filter(|it| it.person_id.is_some())
            .map(|it| Member {
                is_present: false,
                waiting_since: None,
                is_admitted: it.role == Role::Clinician,
                ..it.clone()
            })
            .map(|it| (it.participant_id, it))
            .collect();
        let new = NewVisit { visit: first, created_at: self.now };
        clinic.store.create_visit(new, None).await.expect("booked");
        let epoch = clinic.store.claim_visit(id, "before").await.expect("claimed").epoch;
        let commit = VisitCommit {
            epoch,
            visit: self.visit,
            events: self.events,
            links: vec![],
            revoked,
            notices: vec![],
            answered: None,
        };
        clinic.store.commit_visit(commit).await.expect("kept");
    }
}

impl World {
    /// With what an operation needs beside the visit.
    pub(crate) async fn of(clinic: &Clinic, kind: Caller, op: &str) -> World {
        let mut world = World::new(clinic, kind).await;
        if identity::is_of_identity(op) {
            let ana = clinic.signs_in(world.ana, Role::Patient, "Ana Fictional").await;
            let whose = if kind.elsewhere().is_some() { &ana } else { &world.caller };
            world.own = identity::Own::of(clinic, whose).await;
        }
        if op.starts_with("emergency.") {
            world.opened = Some(policy::opened(clinic, world.ana, world.dr_b).await);
        }
        if op == "audit.remove_report" {
            let own = world.caller.person_id.filter(|_| kind == Caller::Administrator);
            world.report = Some(policy::kept(clinic, own.unwrap_or(world.dr_b)).await);
        }
        let of_chat =
            ["conversation.", "message.", "file.", "quarantine.", "patient.list_messages"];
        if of_chat.iter().any(|it| op.starts_with(it)) {
            world.chat = Some(chat::Chat::begun(clinic, world.ana, world.visit, op).await);
        }
        world
    }

    pub(crate) async fn new(clinic: &Clinic, kind: Caller) -> World {
        let now = clinic.clock.now();
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let (ana_id, dr_b_id) = (ana.person_id.unwrap(), dr_b.person_id.unwrap());
        let visit = visit_of(ana_id, dr_b_id, now);
        let id = visit.facts.appointment_id;
        let (patient, host) =
            (visit.patient().unwrap().participant_id, visit.host().unwrap().participant_id);
        let mut story = Story { visit, events: vec![], now };
        story.happens(|it, now| it.enter(host, now));
        story.happens(|it, now| it.enter(patient, now));
        if !kind.waits() {
            story.happens(|it, now| it.admit(host, patient, now));
        }
        let interpreter = story.guest(host, Role::Interpreter, true);
        let caregiver = story.guest(host, Role::Caregiver, true);
        let colleague = story.guest(host, Role::Colleague, true);
        let waiting = story.guest(host, Role::Interpreter, false);
        let revoked = story.guest(host, Role::Caregiver, true);
        story.happens(|it, now| it.revoke(host, revoked, now));
        story.keep(clinic, vec![revoked]).await;
        let guest = async |part, role| clinic.by_link(id, part, None, role).await;
        let caller = match kind {
            Caller::Anonymous => clinic.stranger(),
            Caller::Patient | Caller::PatientWaiting => ana,
            Caller::OtherPatient => clinic.patient("Eve Fictional").await,
            Caller::Clinician => dr_b,
            Caller::OtherClinician => clinic.clinician("Dr. Xu Fictional").await,
            Caller::InterpreterAccount => clinic.person(Role::Interpreter, "Ida Fictional").await,
            Caller::Administrator => clinic.person(Role::Admin, "Ada Fictional").await,
            Caller::Support => clinic.person(Role::Support, "Sol Fictional").await,
            Caller::PatientByLink | Caller::PatientWaitingByLink => {
                clinic.by_link(id, patient, Some(ana_id), Role::Patient).await
            }
            Caller::ClinicianByLink => {
                clinic.by_link(id, host, Some(dr_b_id), Role::Clinician).await
            }
            Caller::InterpreterByLink => guest(interpreter, Role::Interpreter).await,
            Caller::CaregiverByLink => guest(caregiver, Role::Caregiver).await,
            Caller::ColleagueByLink => guest(colleague, Role::Colleague).await,
            Caller::GuestWaiting => guest(waiting, Role::Interpreter).await,
            Caller::GuestRevoked => guest(revoked, Role::Caregiver).await,
            Caller::GuestElsewhere => elsewhere(clinic, now).await,
            Caller::PatientOfAnotherHouse
            | Caller::ClinicianOfAnotherHouse
            | Caller::InterpreterOfAnotherHouse
            | Caller::AdministratorOfAnotherHouse
            | Caller::SupportOfAnotherHouse => {
                let role = kind.elsewhere().expect("of another organisation");
                let house = clinic.another_house().await;
                clinic.person_of(house, role, "Zoe Elsewhere").await
            }
        };
        let practice = Practice::new(clinic, (ana_id, dr_b_id), (kind, &caller), id).await;
        World {
            visit: id,
            caller,
            ana: ana_id,
            dr_b: dr_b_id,
            patient,
            caregiver,
            practice,
            chat: None,
            recorded: recorded(clinic, id, dr_b_id, now).await,
            own: identity::Own::default(),
            opened: None,
            report: None,
            now,
        }
    }

    /// What nobody of another organisation may be told.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let ids = [self.visit.0, self.ana.0, self.dr_b.0, self.patient.0, self.caregiver.0];
        let names = ["Ana Fictional", "Dr. Bo", "Gus Fictional", "Gone Fictional", "Ada Fictional"];
        let ids = ids.map(|it| it.to_string()).into_iter();
        let recorded = [self.recorded.to_string()].into_iter();
        let recorded = recorded.chain(self.opened.map(|it| it.to_string()));
        let recorded = recorded.chain(self.report.map(|it| it.to_string()));
        let chat = self.chat.iter().flat_map(chat::Chat::ids);
        let ids = ids.chain(recorded).chain(chat).chain(self.own.ids());
        ids.chain(names.map(str::to_owned)).chain(self.practice.ids()).collect()
    }

    /// Good params of an operation, about this visit.
    pub(crate) fn params(&self, op: &str) -> Value {
        let visit = self.visit;
        let of_patient = json!({"appointment_id": visit, "participant_id": self.patient});
        let offer = json!({"appointment_id": visit, "offer": "v=0 offer"});
        match op {
            "auth.sign_in" => {
                let email = format!("{}@clinic.invalid", Uuid::now_v7().simple());
                json!({"email": email, "password": "not the passphrase"})
            }
            "auth.refresh" => json!({"session_id": Uuid::now_v7()}),
            "auth.sign_out" | "me.read" => json!({}),
            other if policy::is_of_policy(other) => {
                let conversation = self.chat.as_ref().map(chat::Chat::id);
                policy::params(other, self.ana, conversation, self.opened)
            }
            other if identity::is_of_identity(other) => identity::params(self, other),
            "person.create" | "person.register" => {
                let mut person = json!({
                    "display_name": "New Fictional",
                    "email": format!("{}@clinic.invalid", Uuid::now_v7().simple()),
                    "password": "a fictional passphrase",
                    "time_zone": "Europe/Berlin",
                });
                if op == "person.create" {
                    person["role"] = json!("patient");
                }
                person
            }
            "person.update" => json!({
                "person_id": self.ana,
                "revision": 1,
                "display_name": "Ana Fictional",
                "role": "patient",
                "time_zone": "Europe/Berlin",
            }),
            "person.suspend" => json!({"person_id": self.ana, "reason": "fictional"}),
            "person.reinstate" => json!({"person_id": self.ana}),
            "person.list" => json!({"role": "interpreter"}),
            "appointment.place" => json!({
                "patient_id": self.ana,
                "clinician_id": self.dr_b,
                "starts_at": self.now.plus(crate::support::SLOT * 8),
                "ends_at": self.now.plus(crate::support::SLOT * 9),
                "time_zone": "Europe/Berlin",
            }),
            "appointment.list" => json!({"from": 0, "until": 1}),
            // Nothing that grows with every call: what was before the clinic was there.
            "audit.search" => json!({"until": 1}),
            "audit.export" => json!({"format": "csv", "until": 1}),
            "audit.own" | "audit.sign_ins" => json!({"cursor": "1"}),
            "audit.checkpoint" | "audit.list_reports" => json!({}),
            "audit.save_report" => json!({
                "name": "Visits", "filters": {"patient_id": self.ana, "operation": "visit.read"},
            }),
            "audit.remove_report" => {
                json!({"report_id": self.report.unwrap_or(ReportId(Uuid::now_v7()))})
            }
            "audit.prove" | "audit.read_event" => json!({"audit_id": self.recorded}),
            "video.create_join_token" => of_patient,
            "video.create_session" => json!({"join_token": "nonsense"}),
            "visit.admit" | "visit.hold" | "visit.mute" => of_patient,
            "visit.revoke" => {
                json!({"appointment_id": visit, "participant_id": self.caregiver})
            }
            "visit.invite" => {
                json!({"appointment_id": visit, "role": "colleague", "display_name": "Dr. New"})
            }
            "visit.report_device" => json!({"appointment_id": visit, "check": {
                "camera": "good", "microphone": "good", "speaker": "good", "network": "poor",
            }}),
            "media.join" | "media.restart" => offer,
            "media.set_sources" => {
                json!({"appointment_id": visit, "microphone": true, "camera": true, "screen": false})
            }
            "media.set_view" => {
                json!({"appointment_id": visit, "sizes": [{"slot": 0, "width": 640, "height": 360}]})
            }
            "media.report" => json!({
                "appointment_id": visit, "round_trip_ms": 30, "loss_percent": 0.5,
                "jitter_ms": 4, "freezes": 0, "received_kbps": 900, "sent_kbps": 800,
            }),
            "appointment.read"
            | "appointment.cancel"
            | "visit.read"
            | "visit.enter"
            | "visit.leave"
            | "visit.end"
            | "visit.mark_no_show"
            | "visit.read_attendance" => json!({"appointment_id": visit}),
            other if chat::is_of_chat(other) => {
                chat::params(self.chat.as_ref(), other, visit, self.dr_b)
            }
            other => match self.practice.params(other, visit) {
                Some(params) => params,
                None => panic!("{other} is not covered: give it params here"),
            },
        }
    }
}

/// That the clinician read the visit, written past the door.
async fn recorded(
    clinic: &Clinic,
    visit: AppointmentId,
    clinician: PersonId,
    at: UnixMillis,
) -> AuditId {
    let audit_id = AuditId(Uuid::now_v7());
    let row = AuditRecord {
        audit_id,
        organisation: Some(OrganisationId::FIRST),
        request_id: RequestId(Uuid::now_v7()),
        at,
        phase: "ok",
        caller: Some(format!("person:{clinician}")),
        role: Some(Role::Clinician),
        operation: "visit.read",
        target: Some(format!("appointment_id:{visit}")),
        patient: None,
        returned: None,
        network: None,
    };
    clinic.store.append_audit(vec![row]).await.expect("recorded");
    audit_id
}

/// A guest of a visit of other people.
async fn elsewhere(clinic: &Clinic, now: UnixMillis) -> Someone {
    let (eve, dr_x) = (clinic.patient("Eve Fictional").await, clinic.clinician("Dr. Xu").await);
    let visit = visit_of(eve.person_id.unwrap(), dr_x.person_id.unwrap(), now);
    let id = visit.facts.appointment_id;
    let host = visit.host().unwrap().participant_id;
    let mut story = Story { visit, events: vec![], now };
    story.happens(|it, now| it.enter(host, now));
    let guest = story.guest(host, Role::Interpreter, true);
    story.keep(clinic, vec![]).await;
    clinic.by_link(id, guest, None, Role::Interpreter).await
}
