//! What patients share, their records as clinicians see them, emergencies, and what support sees.

use super::{at, text, uuid};
use crate::golden::Golden;
use bedside::protocol::all::*;
use bedside::protocol::ids::*;

fn ana_id() -> PersonId {
    PersonId(uuid(0x01))
}
fn grant() -> GrantId {
    GrantId(uuid(0xe1))
}

fn emergency() -> EmergencyCard {
    EmergencyCard {
        grant_id: grant(),
        patient_id: ana_id(),
        clinician_id: PersonId(uuid(0x02)),
        reason: EmergencyReason::Danger,
        opened_at: at(0),
        ends_at: at(60),
    }
}

fn waiting() -> EmergencyReview {
    EmergencyReview {
        emergency: emergency(),
        text: text("Found without consciousness"),
        verdict: None,
        reviewed_by: None,
        reviewed_at: None,
        note: None,
    }
}

fn looked_into() -> EmergencyReview {
    EmergencyReview {
        verdict: Some(EmergencyVerdict::Appropriate),
        reviewed_by: Some(PersonId(uuid(0x03))),
        reviewed_at: Some(at(90)),
        note: Some(text("As it should be")),
        ..waiting()
    }
}

fn chart() -> PatientChart {
    let birth_date = Some(text("1990-02-28"));
    PatientChart {
        patient_id: ana_id(),
        display_name: text("Ana Fictional"),
        profile: PatientProfile { birth_date, ..PatientProfile::default() },
        withheld: vec![FieldClass::Insurance, FieldClass::Visits],
        basis: Basis::CareTeam,
        grant_id: None,
    }
}

pub(super) fn calls() -> Vec<Golden> {
    let never = SharingState { sharing: Sharing::default(), revision: 0, at: None };
    let said = SharingState { revision: 1, at: Some(at(0)), ..never };
    let conversation = PatientConversation {
        conversation_id: ConversationId(uuid(0xc1)),
        kind: ConversationKind::Care,
        appointment_id: None,
        clinician_id: PersonId(uuid(0x02)),
        active_at: at(5),
    };
    let conversations =
        PatientConversations { conversations: vec![conversation], grant_id: Some(grant()) };
    let page = ListPatientMessages {
        patient_id: ana_id(),
        conversation_id: ConversationId(uuid(0xc1)),
        before: Some(17),
    };
    let open = OpenEmergency {
        patient_id: ana_id(),
        reason: EmergencyReason::Danger,
        text: text("Found without consciousness"),
    };
    let used = EmergencyUse {
        audit_id: AuditId(uuid(0xad)),
        at: at(5),
        operation: "patient.read".into(),
        outcome: "ok".into(),
        returned: vec![format!("person:{}", ana_id())],
    };
    let review = ReviewEmergency {
        grant_id: grant(),
        verdict: EmergencyVerdict::Appropriate,
        note: text("As it should be"),
    };
    vec![
        Golden::new("read what I share", ReadSharing {}),
        Golden::new("what is shared by who never said", never),
        Golden::new("share", UpdateSharing { revision: 0, sharing: Sharing::default() }),
        Golden::new("list what I shared", ListSharingVersions {}),
        Golden::new("versions of what is shared", SharingVersions { versions: vec![said] }),
        Golden::new("read a patient's record", ReadPatient { patient_id: ana_id() }),
        Golden::new("a patient's record", chart()),
        Golden::new(
            "list a patient's appointments",
            ListPatientVisits { patient_id: ana_id(), from: Some(at(0)), until: None },
        ),
        Golden::new(
            "list a patient's conversations",
            ListPatientConversations { patient_id: ana_id() },
        ),
        Golden::new("a patient's conversations", conversations),
        Golden::new("read a patient's conversation", page),
        Golden::new("open a record in an emergency", open),
        Golden::new("an emergency", emergency()),
        Golden::new("list my emergencies", ListEmergencies {}),
        Golden::new("emergencies", Emergencies { emergencies: vec![emergency()] }),
        Golden::new("list what has to be looked into", ListEmergencyReviews {}),
        Golden::new(
            "emergencies to look into",
            EmergencyReviews { reviews: vec![waiting(), looked_into()] },
        ),
        Golden::new("list what was read in an emergency", ListEmergencyUses { grant_id: grant() }),
        Golden::new(
            "what was read in an emergency",
            EmergencyUses { uses: vec![used], is_cut: false },
        ),
        Golden::new("say what was found", review),
        Golden::new("an emergency that was looked into", looked_into()),
    ]
}

pub(super) fn support() -> Vec<Golden> {
    let ana = SupportedPerson {
        person_id: ana_id(),
        display_name: text("Ana Fictional"),
        role: Role::Patient,
        status: PersonStatus::Active,
        created_at: at(0),
    };
    let state =
        SignInState { person_id: ana_id(), factors: 1, recovery_codes: 9, sessions: vec![] };
    let notice = SentNotice {
        matter: NoticeMatter::Message,
        channel: NoticeChannel::Email,
        state: NoticeProgress::Dead,
        attempts: 9,
        failure: Some("refused".into()),
        settled_at: Some(at(5)),
    };
    let node = NodeState {
        node: "node-a".into(),
        version: "0.1.0".into(),
        parts: vec![NodePart { name: "database".into(), answers: true, is_needed: true }],
        notices_due: 3,
        notices_dead: 1,
    };
    vec![
        Golden::new("list accounts for support", ListSupported { role: Some(Role::Patient) }),
        Golden::new("accounts for support", SupportedPeople { people: vec![ana] }),
        Golden::new("read how somebody signs in", ReadSignInState { person_id: ana_id() }),
        Golden::new("how somebody signs in", state),
        Golden::new("list how messages went", ListSentNotices { person_id: ana_id() }),
        Golden::new("how messages went", SentNotices { notices: vec![notice] }),
        Golden::new("read how the node is", ReadNodeState {}),
        Golden::new("how the node is", node),
    ]
}
