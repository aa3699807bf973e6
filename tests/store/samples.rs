//! Plainly fictional rows.

use crate::support::Clinic;
use bedside::domain::visit::{Detail, Facts, Member, Visit, What};
use bedside::protocol::ids::{
    AppointmentId, AuditId, JoinLinkId, OrganisationId, ParticipantId, PersonId, RequestId,
    SessionId,
};
use bedside::protocol::person::Role;
use bedside::protocol::time::UnixMillis;
use bedside::protocol::visit::AttendanceKind;
use bedside::store::people::Standing;
use bedside::store::sign_ins::SessionAbout;
use bedside::store::{
    Answered, AuditRecord, JoinLinkRecord, NewVisit, PersonRecord, SessionRecord, VisitCommit,
};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// When the stories begin.
pub(crate) const NOW: UnixMillis = UnixMillis(1_800_000_000_000);
/// A minute.
pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// A hash of a token, told apart by `seed`.
pub(crate) fn hash(seed: u8) -> Vec<u8> {
    vec![seed; 32]
}

pub(crate) fn person(name: &str, role: Role) -> PersonRecord {
    PersonRecord {
        person_id: PersonId(Uuid::now_v7()),
        organisation_id: OrganisationId::FIRST,
        display_name: name.into(),
        email: format!("{}@clinic.example", name.to_lowercase().replace(' ', ".")).into(),
        password_hash: "$argon2id$v=19$fictional".into(),
        role,
        time_zone: "Europe/Berlin".to_owned(),
        created_at: NOW,
        standing: Standing::default(),
    }
}

pub(crate) fn session(person: &PersonRecord) -> SessionRecord {
    SessionRecord {
        session_id: SessionId(Uuid::now_v7()),
        person_id: Some(person.person_id),
        visit: None,
        role: person.role,
        refresh_hash: hash(1),
        previous_hash: None,
        rotated_at: NOW,
        created_at: NOW,
        expires_at: NOW.plus(60 * MINUTE),
        ended_at: None,
        about: SessionAbout::proven(NOW),
    }
}

/// The session that a link opens.
pub(crate) fn guest_session(link: &JoinLinkRecord) -> SessionRecord {
    SessionRecord {
        session_id: SessionId(Uuid::now_v7()),
        person_id: None,
        visit: Some((link.appointment_id, link.participant_id)),
        role: Role::Interpreter,
        refresh_hash: hash(9),
        previous_hash: None,
        rotated_at: NOW,
        created_at: NOW,
        expires_at: NOW.plus(60 * MINUTE),
        ended_at: None,
        about: SessionAbout::proven(NOW),
    }
}

pub(crate) fn member(role: Role, person: Option<&PersonRecord>) -> Member {
    Member {
        participant_id: ParticipantId(Uuid::now_v7()),
        person_id: person.map(|it| it.person_id),
        role,
        display_name: person.map_or_else(|| "Gus Guestly".into(), |it| it.display_name.clone()),
        is_admitted: role == Role::Clinician,
        is_present: false,
        waiting_since: None,
        is_revoked: false,
        device_check: None,
        invited_by: None,
    }
}

/// A visit from minute `from` to minute `until` after [`NOW`].
pub(crate) fn visit(
    clinician: &PersonRecord,
    patient: &PersonRecord,
    from: u32,
    until: u32,
) -> NewVisit {
    let members = [member(Role::Clinician, Some(clinician)), member(Role::Patient, Some(patient))];
    let facts = Facts {
        appointment_id: AppointmentId(Uuid::now_v7()),
        organisation_id: OrganisationId::FIRST,
        clinician_id: clinician.person_id,
        patient_id: patient.person_id,
        starts_at: NOW.plus(from * MINUTE),
        ends_at: NOW.plus(until * MINUTE),
        time_zone: "America/Lima".to_owned(),
        patient_may_invite: true,
        booking: bedside::domain::visit::Booking::default(),
    };
    let members: BTreeMap<_, _> = members.into_iter().map(|it| (it.participant_id, it)).collect();
    let visit = Visit {
        facts,
        closed: None,
        is_in_call: false,
        call_started_at: None,
        members,
        revision: 0,
    };
    NewVisit { visit, created_at: NOW }
}

pub(crate) fn link(visit: &Visit, participant: ParticipantId, seed: u8) -> JoinLinkRecord {
    JoinLinkRecord {
        join_link_id: JoinLinkId(Uuid::now_v7()),
        token_hash: hash(seed),
        appointment_id: visit.facts.appointment_id,
        participant_id: participant,
        created_at: NOW,
        expires_at: NOW.plus(10 * MINUTE),
    }
}

pub(crate) fn answered(key: &str) -> Answered {
    Answered {
        caller: "a caller".to_owned(),
        operation: "test.operation",
        key: key.to_owned(),
        params_hash: hash(7),
        output: serde_json::json!({"zeta": 1, "alpha": {"list": [true, null, "ß"]}}),
        at: NOW,
    }
}

pub(crate) fn audit(target: &str) -> AuditRecord {
    AuditRecord {
        audit_id: AuditId(Uuid::now_v7()),
        organisation: Some(OrganisationId::FIRST),
        request_id: RequestId(Uuid::now_v7()),
        at: NOW,
        phase: "begin",
        caller: Some("a caller".to_owned()),
        role: Some(Role::Clinician),
        operation: "test.operation",
        target: Some(target.to_owned()),
        patient: None,
        returned: None,
        network: None,
    }
}

pub(crate) fn event(kind: AttendanceKind, about: ParticipantId) -> What {
    What { kind, at: NOW.plus(MINUTE), about: Some(about), by: None, detail: Detail::None }
}

/// A commit of `events` on top of `visit`, by the writer of `epoch`.
pub(crate) fn commit(visit: &Visit, epoch: u32, events: Vec<What>) -> VisitCommit {
    let mut visit = visit.clone();
    visit.revision += u32::try_from(events.len()).unwrap();
    VisitCommit {
        epoch,
        visit,
        events,
        links: vec![],
        revoked: vec![],
        notices: vec![],
        answered: None,
    }
}

/// Whoever has that role in the visit.
pub(crate) fn who(visit: &Visit, role: Role) -> ParticipantId {
    visit.members.values().find(|it| it.role == role).unwrap().participant_id
}

impl Clinic {
    /// Makes an account.
    pub(crate) async fn hires(&self, name: &str, role: Role) -> PersonRecord {
        let person = person(name, role);
        self.store.create_person(person.clone(), None).await.expect("an account");
        person
    }

    /// Makes a clinician, a patient, and a visit of theirs.
    pub(crate) async fn books(&self) -> Visit {
        let clinician = self.hires("Dr Robin Sample", Role::Clinician).await;
        let patient = self.hires("Pat Example", Role::Patient).await;
        let new = visit(&clinician, &patient, 0, 30);
        self.store.create_visit(new.clone(), None).await.expect("a visit");
        new.visit
    }

    /// Invites a guest into a visit; the writer has epoch 1 afterwards.
    pub(crate) async fn invites(&self, visit: &Visit) -> (Visit, ParticipantId) {
        let id = visit.facts.appointment_id;
        let epoch = self.store.claim_visit(id, "node-a").await.expect("a claim").epoch;
        let guest = member(Role::Interpreter, None);
        let participant = guest.participant_id;
        let mut saving = commit(visit, epoch, vec![event(AttendanceKind::Invited, participant)]);
        saving.visit.members.insert(participant, guest);
        self.store.commit_visit(saving.clone()).await.expect("a guest");
        (saving.visit, participant)
    }
}

/// Runs all of them at the same time.
pub(crate) async fn at_once<T: Send + 'static>(
    calls: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let calls: Vec<_> = calls.into_iter().map(tokio::spawn).collect();
    let mut outcomes = Vec::new();
    for call in calls {
        outcomes.push(call.await.expect("no panic"));
    }
    outcomes
}
