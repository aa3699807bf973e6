//! The audit log as FHIR `AuditEvent`s, held against the profiles of IHE BALP.

use crate::support::balp::wrong_with;
use crate::support::people::told;
use crate::support::{Clinic, Kind, tell};
use bedside::audit::fhir::{Recorder, events};
use bedside::clock::Clock as _;
use bedside::protocol::appointment::ReadAppointment;
use bedside::protocol::audit::{
    AuditCaller, AuditEntry, AuditFormat, AuditPerson, AuditTarget, ExportAudit, ReadAuditEvent,
    SearchAudit,
};
use bedside::protocol::catalogue::CATALOGUE;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::ids::{AuditId, PersonId, RequestId};
use bedside::protocol::person::{ListPeople, Role};
use bedside::protocol::record::ExportRecord;
use bedside::protocol::time::UnixMillis;
use bedside::store::{AuditRecord, Returned};
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

const HUB: Recorder<'static> = Recorder { url: "https://clinic.example" };

fn entry(operation: &str, role: Option<Role>, patients: u128) -> AuditEntry {
    let person = |it| PersonId(Uuid::from_u128(it));
    AuditEntry {
        audit_id: AuditId(Uuid::from_u128(1)),
        entry: None,
        at: UnixMillis(1_800_000_000_000),
        request_id: RequestId(Uuid::from_u128(3)),
        caller: role.map(|role| AuditCaller {
            person_id: Some(person(2)),
            participant_id: None,
            display_name: None,
            role: Some(role),
        }),
        operation: operation.to_owned(),
        outcome: "ok".to_owned(),
        target: Some(AuditTarget {
            kind: "appointment".to_owned(),
            id: Uuid::from_u128(4).to_string(),
        }),
        patients: (10..10 + patients)
            .map(|it| AuditPerson { person_id: person(it), display_name: None })
            .collect(),
        returned: None,
        network: None,
    }
}

#[test]
fn what_every_operation_becomes_is_an_event_of_its_profile() {
    let mut profiles = std::collections::BTreeSet::new();
    for row in CATALOGUE {
        for role in Role::ALL.into_iter().map(Some).chain([None]) {
            for (patients, target) in [(0, true), (1, true), (1, false), (3, true)] {
                let it = entry(row.name, role, patients);
                let it = AuditEntry { target: it.target.clone().filter(|_| target), ..it };
                let all = events(&it, HUB);
                assert_eq!(all.len(), usize::try_from(patients.max(1)).unwrap());
                for event in all {
                    assert_eq!(wrong_with(&event), Vec::<String>::new(), "{event:#}");
                    assert!(event["subtype"][0]["code"].is_string(), "{}", row.name);
                    profiles.extend(event["meta"]["profile"][0].as_str().map(str::to_owned));
                }
            }
        }
    }
    assert_eq!(profiles.len(), 10, "each profile is there: {profiles:?}");
}

/// The check is worth something: whatever is taken out of an event is missed.
#[test]
fn an_event_without_what_its_profile_asks_for_is_told() {
    for (operation, places) in [
        (
            "visit.read",
            vec!["/type", "/subtype", "/action", "/outcome", "/recorded", "/agent/0/who"],
        ),
        ("visit.read", vec!["/agent/0/network", "/agent/1/type", "/agent/2/requestor", "/source"]),
        (
            "visit.read",
            vec!["/entity/1/what", "/entity/1/role", "/entity/2/role", "/entity/2/what"],
        ),
        ("message.list", vec!["/entity/1/query", "/entity/1/role", "/agent/0/type", "/action"]),
        ("file.remove", vec!["/agent/0/type", "/agent/1/type", "/agent/2/who", "/entity/1/type"]),
    ] {
        let good = events(&entry(operation, Some(Role::Clinician), 1), HUB).remove(0);
        assert_eq!(wrong_with(&good), Vec::<String>::new());
        for place in places {
            let mut bad = good.clone();
            let (parent, name) = place.rsplit_once('/').expect("a place");
            let parent = bad.pointer_mut(parent).and_then(Value::as_object_mut).expect(place);
            parent.remove(name).expect(place);
            assert!(!wrong_with(&bad).is_empty(), "{operation} {place}");
        }
    }
    let good = events(&entry("visit.read", Some(Role::Clinician), 1), HUB).remove(0);
    for (place, value) in [
        ("/outcome", json!("4")),
        ("/action", json!("U")),
        ("/entity/2/what/reference", json!("Person/1")),
        ("/agent/2/type/coding/0/code", json!("AUT")),
        ("/recorded", json!("yesterday")),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(place).expect(place) = value;
        assert!(!wrong_with(&bad).is_empty(), "{place}");
    }
}

fn export(cursor: Option<String>) -> ExportAudit {
    ExportAudit {
        format: AuditFormat::Fhir,
        person_id: None,
        patient_id: None,
        operation: None,
        outcome: None,
        from: None,
        until: None,
        cursor,
    }
}

async fn exported(clinic: &Clinic, op: ExportAudit) -> Vec<Value> {
    clinic.node.order_audit().await;
    let file = clinic.admin.calls(op).await.expect("a file");
    assert_eq!(file.content_type, "application/fhir+ndjson");
    let lines = file.text.expose().lines();
    let all: Vec<Value> = lines.map(|it| serde_json::from_str(it).expect("JSON")).collect();
    assert_eq!(usize::try_from(file.rows).unwrap(), all.len());
    all
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn the_log_is_told_as_events(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let otto = clinic.patient("Otto Fictional").await;
        let (bo, xu) = (clinic.clinician("Dr. Bo").await, clinic.clinician("Dr. Xu").await);
        let booked = clinic.books(&ana, &bo).await;
        let read = ReadAppointment { appointment_id: booked.id };
        bo.calls(read).await.expect("their own");
        told(xu.calls(read).await, FaultCode::NotFound);
        clinic
            .admin
            .calls(ListPeople { role: Some(Role::Patient), status: None })
            .await
            .expect("listed");
        let all = exported(clinic, export(None)).await;
        for event in &all {
            assert_eq!(wrong_with(event), Vec::<String>::new(), "{event:#}");
        }
        // Who listed the patients has seen both: an event each.
        let listed = all.iter().filter(|it| it.to_string().contains("person.list"));
        assert_eq!(listed.count(), 2);
        let patient_id = ana.person_id;
        let operation = Some("appointment.read".to_owned());
        let op = ExportAudit { operation, patient_id, ..export(None) };
        let reads = exported(clinic, op).await;
        let [refused, done] = &*reads else { panic!("two: {reads:#?}") };
        assert_eq!(
            (&refused["outcome"], &refused["outcomeDesc"]),
            (&json!("4"), &json!("not_found"))
        );
        assert!(done["meta"]["profile"][0].as_str().unwrap().ends_with("PatientRead"));
        let (text, bo_id) = (done.to_string(), bo.person_id.unwrap());
        assert!(text.contains(&format!("Practitioner/{bo_id}")) && text.contains("Dr. Bo"));
        assert!(text.contains("Ana Fictional"), "what the administrator is shown anyhow");
        assert!(!text.contains(&otto.person_id.unwrap().to_string()));
        // One of them by its id.
        let audit_id = AuditId(done["id"].as_str().unwrap().parse().unwrap());
        let one = clinic.admin.calls(ReadAuditEvent { audit_id }).await.expect("read");
        let bundle: Value = serde_json::from_str(one.fhir.expose()).expect("JSON");
        assert_eq!(
            (&bundle["type"], &bundle["entry"][0]["resource"]),
            (&json!("collection"), done)
        );
        told(ana.calls(ReadAuditEvent { audit_id }).await, FaultCode::Forbidden);
        let audit_id = AuditId(Uuid::now_v7());
        told(clinic.admin.calls(ReadAuditEvent { audit_id }).await, FaultCode::NotFound);
        // Who looked for Otto has seen that list again, and so Ana's record: whom they looked for is none of her business.
        let of_otto = SearchAudit { patient_id: otto.person_id, ..SearchAudit::default() };
        clinic.admin.calls(of_otto).await.expect("found");
        clinic.node.order_audit().await;
        // What Ana takes along says who was there, and no name but hers.
        let bundle = ana.calls(ExportRecord {}).await.expect("hers").fhir;
        let bundle: Value = serde_json::from_str(bundle.expose()).expect("JSON");
        let resources = bundle["entry"].as_array().unwrap().iter().map(|it| &it["resource"]);
        let own: Vec<_> = resources.filter(|it| it["resourceType"] == "AuditEvent").collect();
        assert!(own.iter().any(|it| it.to_string().contains(&bo_id.to_string())), "{own:#?}");
        let looked = |it: &&&Value| it["type"]["code"] == "110101";
        assert!(own.iter().filter(looked).count() > 0, "who looked at the log is there");
        let otto = otto.person_id.unwrap().to_string();
        for event in own {
            let text = event.to_string();
            assert_eq!(wrong_with(event), Vec::<String>::new(), "{event:#}");
            assert!(!text.contains("Dr. Bo") && !text.contains(&otto), "{text}");
            assert_eq!(event["outcome"], "0", "what was refused is not told");
        }
    });
}

/// A list of patients that nobody who is known has asked for.
fn listed(patients: &[PersonId], at: UnixMillis) -> AuditRecord {
    AuditRecord {
        audit_id: AuditId(Uuid::now_v7()),
        organisation: None,
        request_id: RequestId(Uuid::now_v7()),
        at,
        phase: "ok",
        caller: None,
        role: None,
        operation: "person.list",
        target: None,
        patient: None,
        returned: Some(Returned {
            ids: patients.iter().map(|it| format!("patient_id:{it}")).collect(),
            count: u32::try_from(patients.len()).unwrap(),
        }),
        network: None,
    }
}

/// What is left out of it by intention counts too.
#[test]
fn a_record_with_more_entries_than_are_taken_along_says_so() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        for (entries, is_cut) in [(0, false), (1_000, true)] {
            let row = |_| listed(&[ana.person_id.unwrap()], clinic.clock.now());
            clinic.store.append_audit((0..entries).map(row).collect()).await.expect("recorded");
            clinic.node.order_audit().await;
            let export = ana.calls(ExportRecord {}).await.expect("hers");
            assert_eq!(export.is_cut, is_cut, "{entries} entries");
        }
    });
}

#[test]
fn files_of_events_are_bounded_and_go_on() {
    tell(Kind::Memory, async |clinic| {
        let mut patients = vec![];
        for number in 0..500 {
            let patient = clinic.patient(&format!("Patient {number} Fictional")).await;
            patients.push(patient.person_id.expect("an account"));
        }
        let row = || listed(&patients, clinic.clock.now());
        clinic.store.append_audit((0..9).map(|_| row()).collect()).await.expect("recorded");
        clinic.node.order_audit().await;
        let (mut cursor, mut files, mut ids) = (None, vec![], std::collections::BTreeSet::new());
        let until = Some(UnixMillis(clinic.clock.now().0 + 1));
        loop {
            let operation = Some("person.list".to_owned());
            let op = ExportAudit { operation, until, ..export(cursor) };
            let file = clinic.admin.calls(op).await.expect("a file");
            files.push(file.rows);
            for line in file.text.expose().lines() {
                let it: Value = serde_json::from_str(line).expect("JSON");
                assert!(ids.insert(it["id"].as_str().unwrap().to_owned()), "told twice");
            }
            cursor = file.cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!((files.as_slice(), ids.len()), ([2_000, 2_000, 500].as_slice(), 4_500));
    });
}
