//! What patients can ask of their record: a copy, that it goes, and that nothing happens without their consent.

use crate::support::chat::with;
use crate::support::people::told;
use crate::support::{Chat, Clinic, Kind, SLOT, Someone, tell, tell_with};
use bedside::clock::Clock as _;
use bedside::config::{Config, Consent, Retention};
use bedside::crypto::certificate::{Signed, is_signed_by};
use bedside::protocol::appointment::{CancelAppointment, PlaceAppointment};
use bedside::protocol::audit::{AuditFormat, ExportAudit, SearchAudit};
use bedside::protocol::booking::HoldSlot;
use bedside::protocol::codec::Codec;
use bedside::protocol::conversation::{ListMessages, OpenConversation, OpenWith};
use bedside::protocol::fault::{Fault, FaultCode};
use bedside::protocol::file::{DropQuarantined, ReleaseQuarantined};
use bedside::protocol::ids::{AppointmentId, FileId, PersonId, ServiceId};
use bedside::protocol::person::ReadMe;
use bedside::protocol::practice::{PatientProfile, ReadProfile, UpdateProfile};
use bedside::protocol::record::{
    AskErasure, ConsentKind, ConsentState, EraseRecord, ErasureState, ExportRecord, GiveConsent,
    LiftLegalHold, ListConsents, ListErasures, ListLegalHolds, ReadCertificate, ReadOwnErasure,
    SetLegalHold, WithdrawConsent,
};
use bedside::protocol::visit::{EndVisit, EnterVisit};
use bedside::store::memory::{Failure, Point};
use bedside::store::records::erased_email;
use rstest::rstest;
use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn profile() -> PatientProfile {
    PatientProfile {
        birth_date: Some("1990-02-28".into()),
        gender: Some("non-binary".into()),
        phone: Some("+15555550100".into()),
        ..PatientProfile::default()
    }
}

/// Ana and her doctor have met and written to each other.
async fn met(clinic: &Clinic) -> (Chat, Chat) {
    let (visit, ana, dr_b) = clinic.in_call().await;
    let (ana, dr_b) = (ana.who, dr_b.who);
    ana.calls(UpdateProfile { profile: profile(), revision: 0 }).await.expect("a profile");
    let card = ana.calls(with(dr_b.person_id.unwrap())).await.expect("a conversation");
    let id = card.conversation.conversation_id;
    let mut ana = Chat::follows(ana, id, Codec::Json).await;
    let mut dr_b = Chat::follows(dr_b, id, Codec::MessagePack).await;
    ana.says("It itches behind the knee.").await;
    dr_b.says("Leave it alone.").await;
    ana.hears("Leave it alone.").await;
    dr_b.hears("Leave it alone.").await;
    dr_b.who.calls(EndVisit { appointment_id: visit.id }).await.expect("ended");
    clinic.clock.advance(SLOT + DAY);
    (ana, dr_b)
}

async fn again(clinic: &Clinic, who: &Someone) -> Someone {
    clinic.signs_in_again(who).await
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_patient_takes_a_copy_along(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (ana, dr_b) = met(clinic).await;
        let (ana, dr_b) = (again(clinic, &ana.who).await, again(clinic, &dr_b.who).await);
        let export = ana.calls(ExportRecord {}).await.expect("a copy");
        let bundle: Value = serde_json::from_str(export.fhir.expose()).expect("JSON");
        assert_eq!((bundle["resourceType"].as_str(), export.is_cut), (Some("Bundle"), false));
        let resources: Vec<_> =
            bundle["entry"].as_array().unwrap().iter().map(|it| &it["resource"]).collect();
        let of = |kind: &str| -> Vec<&&Value> {
            resources.iter().filter(|it| it["resourceType"] == kind).collect()
        };
        let patient = of("Patient")[0];
        assert_eq!(patient["birthDate"], "1990-02-28");
        assert_eq!(patient["gender"], "other", "in her own words, which are beside it");
        assert_eq!(patient["name"][0]["text"], "Ana Fictional");
        assert_eq!(of("Appointment")[0]["status"], "fulfilled");
        assert_eq!(of("Encounter").len(), 1);
        let written: Vec<_> = of("Communication")
            .iter()
            .map(|it| it["payload"][0]["contentString"].clone())
            .collect();
        assert_eq!(written.len(), 2);
        assert!(written.contains(&"It itches behind the knee.".into()), "{written:?}");
        let own: Vec<_> =
            of("Communication").into_iter().filter(|it| it.get("sender").is_some()).collect();
        assert_eq!(own.len(), 1, "who wrote what");
        let mine = format!("person:{}", ana.person_id.unwrap());
        assert!(export.access.iter().any(|it| it.caller.as_ref() == Some(&mine)));
        let theirs = format!("person:{}", dr_b.person_id.unwrap());
        let entered = export.access.iter().filter(|it| it.operation == "visit.enter");
        let entered: Vec<_> = entered.filter_map(|it| it.caller.clone()).collect();
        assert!(entered.contains(&theirs), "who was in her visit: {entered:?}");
        told(dr_b.calls(ExportRecord {}).await, FaultCode::Forbidden);
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_record_is_erased_once_nothing_stands_against_it(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (ana, dr_b) = met(clinic).await;
        let conversation_id = ana.id;
        let dr_b = again(clinic, &dr_b.who).await;
        let ana = again(clinic, &ana.who).await;
        let admin = clinic.admin_again().await;
        clinic.admin = admin.clone();
        let id = ana.person_id.unwrap();
        let state = async || ana.calls(ReadOwnErasure {}).await.expect("where it stands").erasure;
        assert_eq!(state().await, None);
        let asked = ana.calls(AskErasure::default()).await.expect("asked");
        assert_eq!(ana.calls(AskErasure::default()).await.expect("once"), asked);
        assert_eq!(state().await.as_ref(), Some(&asked));
        let other = clinic.patient("Otto Example").await;
        assert_eq!(other.calls(ReadOwnErasure {}).await.expect("none").erasure, None);
        told(dr_b.calls(ReadOwnErasure {}).await, FaultCode::Forbidden);
        let op = EraseRecord { erasure_id: asked.erasure_id };
        told(ana.calls(op).await, FaultCode::Forbidden);
        told(
            admin.calls(ReadCertificate { erasure_id: asked.erasure_id }).await,
            FaultCode::NotFound,
        );

        let reason = "A letter of the court".into();
        let set = SetLegalHold { person_id: id, reason };
        let hold = admin.calls(set).await.expect("a hold");
        told(admin.calls(op).await, FaultCode::NotAllowedNow);
        let waits = admin.calls(ListErasures {}).await.expect("a list").erasures;
        assert!(waits[0].is_held && waits[0].state == ErasureState::Asked);
        assert!(state().await.is_some_and(|it| it.is_held), "she is told what it waits for");
        assert!(ana.calls(ReadProfile {}).await.is_ok(), "nothing was destroyed");
        let none = LiftLegalHold { hold_id: hold.hold_id, reason: " ".into() };
        assert_eq!(admin.calls(none).await.unwrap_err().field.as_deref(), Some("reason"));
        let lift = LiftLegalHold { hold_id: hold.hold_id, reason: "It is over".into() };
        admin.calls(lift.clone()).await.expect("lifted");
        told(admin.calls(lift).await, FaultCode::NotFound);
        let holds = admin.calls(ListLegalHolds {}).await.expect("a list").holds;
        assert!(holds[0].lifted_at.is_some());

        let next = clinic.books_at(&ana, &dr_b, clinic.clock.now().plus(DAY)).await;
        told(admin.calls(op).await, FaultCode::NotAllowedNow);
        dr_b.calls(CancelAppointment { appointment_id: next.id }).await.expect("cancelled");

        let certificate = admin.calls(op).await.expect("erased");
        let signed = Signed {
            signature: certificate.signature.clone(),
            public_key: certificate.public_key.clone(),
        };
        assert!(is_signed_by("bedside erasure certificate v1", &certificate.text, &signed));
        assert!(!certificate.text.contains("Fictional"), "without a name");
        let read: Value = serde_json::from_str(&certificate.text).unwrap();
        assert_eq!(read["destroyed"]["keys_of_conversations"], 1);
        assert_eq!(admin.calls(op).await.expect("the same"), certificate);
        let read = ReadCertificate { erasure_id: asked.erasure_id };
        assert_eq!(admin.calls(read).await.expect("afterwards"), certificate);

        told(ana.calls(ReadMe {}).await, FaultCode::SessionEnded);
        let person = clinic.store.person(id).await.unwrap().expect("the account's row");
        assert_eq!(person.display_name.expose(), "Erased");
        assert_eq!(*person.email.expose(), erased_email(id));
        assert!(clinic.store.subject(id).await.unwrap().unwrap().key.is_none());
        assert_eq!(clinic.store.patient(id).await.unwrap().unwrap().revision, 0);
        let kept = clinic.store.conversation(conversation_id).await.unwrap().unwrap();
        assert!(
            kept.key.is_none()
                && kept.members.iter().all(|it| it.display_name.expose() != "Ana Fictional")
        );
        let page = ListMessages { conversation_id, since: None, before: None, limit: None };
        let page = dr_b.calls(page).await.expect("a page");
        assert!(page.messages.iter().all(|it| it.body.is_none()), "nobody reads it");
        let visits = clinic.store.visits(Default::default()).await.unwrap();
        let names = visits.iter().flat_map(|it| it.members.values());
        assert!(names.clone().all(|it| it.display_name.expose() != "Ana Fictional"));
        begins_nothing(clinic, (&admin, &dr_b), id, next.id).await;
    });
}

/// Whoever was erased is nobody for whoever wants to begin something with them.
async fn begins_nothing(
    clinic: &Clinic,
    (admin, dr_b): (&Someone, &Someone),
    gone: PersonId,
    visit: AppointmentId,
) {
    let of_visit = OpenConversation { with: OpenWith::Visit { appointment_id: visit } };
    told(dr_b.calls(of_visit).await, FaultCode::NotFound);
    assert_eq!(clinic.store.conversation_of_visit(visit).await.unwrap(), None);
    let starts_at = clinic.clock.now().plus(2 * DAY);
    let place = |patient_id| PlaceAppointment {
        patient_id,
        clinician_id: dr_b.person_id.unwrap(),
        starts_at,
        ends_at: starts_at.plus(SLOT),
        time_zone: "Europe/Berlin".to_owned(),
        patient_may_invite: false,
    };
    let nobody = PersonId(Uuid::now_v7());
    let of_nobody = admin.calls(place(nobody)).await.expect_err("nobody");
    let refused = admin.calls(place(gone)).await.expect_err("erased");
    assert_eq!(refused.field.as_deref(), Some("patient_id"));
    assert_eq!(Fault { request_id: None, ..refused }, Fault { request_id: None, ..of_nobody });
    let hold = HoldSlot {
        clinician_id: dr_b.person_id.unwrap(),
        service_id: ServiceId(Uuid::now_v7()),
        starts_at,
        patient_id: Some(gone),
        interpreter_id: None,
        interpreter_language: None,
        jurisdiction: None,
        licence_override: None,
        repeat: None,
        moves: None,
    };
    let refused = dr_b.calls(hold).await.expect_err("erased");
    assert_eq!(refused.field.as_deref(), Some("patient_id"));
}

#[test]
fn who_was_interrupted_certifies_all_that_was_destroyed() {
    tell(Kind::Memory, async |clinic| {
        let (ana, _) = met(clinic).await;
        let ana = again(clinic, &ana.who).await;
        let admin = clinic.admin_again().await;
        let asked = ana.calls(AskErasure::default()).await.expect("asked");
        let op = EraseRecord { erasure_id: asked.erasure_id };
        clinic.memory().fail_next(Point::DestroyKey, Failure::AmbiguousSaved);
        admin.calls(op).await.expect_err("interrupted");
        let certificate = admin.calls(op).await.expect("erased");
        let read: Value = serde_json::from_str(&certificate.text).unwrap();
        assert_eq!(read["destroyed"]["keys_of_conversations"], 1);
    });
}

#[test]
fn what_cannot_be_undone_asks_who_is_there() {
    tell(Kind::Memory, async |clinic| {
        let (ana, _) = met(clinic).await;
        let ana = again(clinic, &ana.who).await;
        let admin = clinic.admin_again().await;
        let asked = ana.calls(AskErasure::default()).await.expect("asked");
        let reason = "A letter of the court".into();
        let set = SetLegalHold { person_id: ana.person_id.unwrap(), reason };
        let hold = admin.calls(set).await.expect("whoever keeps a record may be in a hurry");
        clinic.clock.advance(Duration::from_secs(601));
        let lift = LiftLegalHold { hold_id: hold.hold_id, reason: "It is over".into() };
        told(admin.calls(lift).await, FaultCode::StepUp);
        told(admin.calls(EraseRecord { erasure_id: asked.erasure_id }).await, FaultCode::StepUp);
        let file_id = FileId(Uuid::from_u128(1));
        told(admin.calls(ReleaseQuarantined { file_id }).await, FaultCode::StepUp);
        told(admin.calls(DropQuarantined { file_id }).await, FaultCode::StepUp);
        let holds = admin.calls(ListLegalHolds {}).await.expect("a list").holds;
        assert_eq!(holds[0].lifted_at, None);
    });
}

#[test]
fn what_carries_much_out_asks_who_is_there() {
    tell(Kind::Memory, async |clinic| {
        let (ana, _) = met(clinic).await;
        let (ana, admin) = (again(clinic, &ana.who).await, clinic.admin_again().await);
        let export = |format| ExportAudit {
            format,
            person_id: None,
            patient_id: None,
            operation: None,
            outcome: None,
            from: None,
            until: None,
            cursor: None,
        };
        let formats = [AuditFormat::Csv, AuditFormat::Ndjson, AuditFormat::Fhir];
        clinic.clock.advance(Duration::from_secs(599));
        ana.calls(ExportRecord {}).await.expect("within ten minutes");
        for it in formats {
            admin.calls(export(it)).await.expect("within ten minutes");
        }
        clinic.clock.advance(Duration::from_secs(1));
        let mut faults = vec![ana.calls(ExportRecord {}).await.expect_err("later")];
        for it in formats {
            faults.push(admin.calls(export(it)).await.expect_err("later"));
        }
        for fault in faults {
            assert_eq!(fault.code, FaultCode::StepUp);
            assert_eq!(fault.step_up.map(|it| it.max_age_s), Some(600));
        }
        // What is looked at on a page asks for nothing.
        admin.calls(SearchAudit::default()).await.expect("a page");
    });
}

#[test]
fn the_law_may_want_a_record_kept() {
    let settings = |config: &mut Config| {
        config.retention = Retention { record_days: Some(10), ..Retention::default() };
    };
    tell_with(Kind::Memory, settings, async |clinic| {
        let (ana, _) = met(clinic).await;
        let ana = again(clinic, &ana.who).await;
        let admin = clinic.admin_again().await;
        let asked = ana.calls(AskErasure::default()).await.expect("asked");
        let until = asked.not_before.expect("a time");
        let op = EraseRecord { erasure_id: asked.erasure_id };
        told(admin.calls(op).await, FaultCode::NotAllowedNow);
        clinic.clock.advance(until.since(clinic.clock.now()));
        let admin = clinic.admin_again().await;
        admin.calls(op).await.expect("erased");
    });
}

fn by_consent(config: &mut Config) {
    let versions = [("US-CA".to_owned(), "2026-3".to_owned())].into();
    config.consent = Consent { required: true, versions, ..Consent::default() };
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_visit_waits_for_consent(#[case] kind: Kind) {
    tell_with(kind, by_consent, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let dr_b = clinic.clinician("Dr. Bo Fictional").await;
        let visit = clinic.books(&ana, &dr_b).await;
        let enter = EnterVisit { appointment_id: visit.id };
        told(ana.calls(enter).await, FaultCode::NotAllowedNow);
        dr_b.calls(enter).await.expect("a clinician needs none");
        let list = async |place: Option<&str>| {
            let op = ListConsents { jurisdiction: place.map(str::to_owned) };
            ana.calls(op).await.expect("a list").consents
        };
        let card = list(None).await[0].clone();
        assert_eq!((card.kind, card.state), (ConsentKind::Telehealth, ConsentState::Missing));
        assert!(card.is_required && card.version == "1");
        let give = |version: &str, place: &str| GiveConsent {
            kind: ConsentKind::Telehealth,
            jurisdiction: place.to_owned(),
            version: version.to_owned(),
        };
        let wrong = ana.calls(give("0", "")).await.unwrap_err();
        assert_eq!(wrong.field.as_deref(), Some("version"));
        ana.calls(give("2026-3", "US-CA")).await.expect("elsewhere");
        told(ana.calls(enter).await, FaultCode::NotAllowedNow);
        ana.calls(give("1", "")).await.expect("here");
        assert_eq!(list(None).await[0].state, ConsentState::Given);
        ana.calls(enter).await.expect("in");

        clinic.clock.advance(Duration::from_secs(1));
        let back = WithdrawConsent { kind: ConsentKind::Telehealth, jurisdiction: String::new() };
        ana.calls(back).await.expect("taken back");
        assert_eq!(list(None).await[0].state, ConsentState::Withdrawn);
        assert_eq!(list(Some("US-CA")).await[0].state, ConsentState::Given, "the other law");
        told(ana.calls(enter).await, FaultCode::NotAllowedNow);
        told(dr_b.calls(give("1", "")).await, FaultCode::Forbidden);
    });
}
