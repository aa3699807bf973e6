//! The audit log for people: who looked is told to whom it concerns, and whoever doubts it checks.

use crate::support::http::Request;
use crate::support::people::told;
use crate::support::{Clinic, Kind, tell};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bedside::audit::MERKLE;
use bedside::audit::checkpoint::Checkpoint;
use bedside::audit::leaf::{Leaf, commitment};
use bedside::clock::Clock as _;
use bedside::crypto::NoteVerifier;
use bedside::domain::merkle::{Hash, proof};
use bedside::protocol::appointment::ReadAppointment;
use bedside::protocol::audit::{
    AuditEntry, AuditFormat, AuditProof, ExportAudit, ListOwnAccess, ListSignIns, ProveAudit,
    ReadAuditCheckpoint, SearchAudit,
};
use bedside::protocol::fault::FaultCode;
use bedside::protocol::ids::{AuditId, OrganisationId, RequestId};
use bedside::protocol::person::{CreatePerson, ListPeople, Role};
use bedside::store::AuditRecord;
use rstest::rstest;
use serde_json::json;
use uuid::Uuid;

fn search() -> SearchAudit {
    SearchAudit::default()
}

/// Rows of the log past the door, of many calls.
async fn records(clinic: &Clinic, count: u32) {
    let row = |_| AuditRecord {
        audit_id: AuditId(Uuid::now_v7()),
        organisation: Some(OrganisationId::FIRST),
        request_id: RequestId(Uuid::now_v7()),
        at: clinic.clock.now(),
        phase: "ok",
        caller: None,
        role: None,
        operation: "me.read",
        target: None,
        patient: None,
        returned: None,
        network: None,
    };
    clinic.store.append_audit((0..count).map(row).collect()).await.expect("recorded");
}

async fn searches(clinic: &Clinic, op: SearchAudit) -> Vec<AuditEntry> {
    clinic.node.order_audit().await;
    clinic.admin.calls(op).await.expect("found").records
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_patient_is_told_who_saw_their_record(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let (bo, xu) = (clinic.clinician("Dr. Bo").await, clinic.clinician("Dr. Xu").await);
        let booked = clinic.books(&ana, &bo).await;
        let read = ReadAppointment { appointment_id: booked.id };
        bo.calls(read).await.expect("their own");
        told(xu.calls(read).await, FaultCode::NotFound);
        ana.calls(read).await.expect("hers");
        clinic
            .admin
            .calls(ListPeople { role: Some(Role::Patient), status: None })
            .await
            .expect("listed");
        clinic.node.order_audit().await;
        let seen = ana.calls(ListOwnAccess::default()).await.expect("hers").accesses;
        let plain: Vec<_> = seen
            .iter()
            .map(|it| {
                let name = it.display_name.as_ref().expect("a name").expose().as_str();
                (name, it.role.expect("a role"), it.operation.as_str(), it.is_read)
            })
            .collect();
        let placed = ("Ada Invented", Role::Admin, "appointment.place", false);
        assert_eq!(plain[0], ("Ada Invented", Role::Admin, "person.list", true), "{plain:?}");
        assert_eq!(plain[1], ("Dr. Bo", Role::Clinician, "appointment.read", true), "{plain:?}");
        assert_eq!(plain[2..], [placed], "{plain:?}");
        assert_eq!(seen[1].target.as_ref().unwrap().id, booked.id.to_string());
        // Otto was in the list of people, and in nothing else.
        let seen = otto.calls(ListOwnAccess::default()).await.expect("his").accesses;
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert_eq!(seen[0].operation, "person.list");
        // An administrator who looked for Otto has seen that list again, and so Ana's record: Otto's id is none of her business.
        let of_otto = SearchAudit { patient_id: otto.person_id, ..search() };
        assert!(!searches(clinic, of_otto).await.is_empty());
        clinic.node.order_audit().await;
        for (who, is_shown) in [(&ana, false), (&otto, true)] {
            let seen = who.calls(ListOwnAccess::default()).await.expect("theirs").accesses;
            assert_eq!(seen[0].operation, "audit.search");
            assert_eq!(seen[0].target.is_some(), is_shown, "{seen:?}");
        }
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn an_administrator_finds_what_was_refused_and_what_was_read(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let (bo, xu) = (clinic.clinician("Dr. Bo").await, clinic.clinician("Dr. Xu").await);
        let booked = clinic.books(&ana, &bo).await;
        let read = ReadAppointment { appointment_id: booked.id };
        told(xu.calls(read).await, FaultCode::NotFound);
        told(xu.calls(search()).await, FaultCode::Forbidden);
        bo.calls(read).await.expect("their own");
        let of_xu = searches(clinic, SearchAudit { person_id: xu.person_id, ..search() }).await;
        let plain: Vec<_> =
            of_xu.iter().map(|it| (it.operation.as_str(), it.outcome.as_str())).collect();
        assert_eq!(plain, [("audit.search", "forbidden"), ("appointment.read", "not_found")]);
        // What was tried is told although nothing came of it, and whose record it was.
        assert_eq!(of_xu[1].patients[0].person_id, ana.person_id.unwrap());
        let operation = Some("appointment.read".to_owned());
        let outcome = Some("ok".to_owned());
        let patient_id = ana.person_id;
        let found =
            searches(clinic, SearchAudit { operation, outcome, patient_id, ..search() }).await;
        assert_eq!(found.len(), 1);
        let (it, name) = (&found[0], found[0].patients[0].display_name.as_ref().unwrap());
        assert_eq!((it.returned, name.expose().as_str()), (Some(3), "Ana Fictional"));
        assert_eq!(it.caller.as_ref().unwrap().person_id, bo.person_id);
        assert!(it.entry.is_some());
        // Page by page, each once.
        let mut seen = vec![];
        let mut cursor = None;
        loop {
            let op = SearchAudit { limit: Some(3), cursor, ..search() };
            let page = clinic.admin.calls(op).await.expect("a page");
            seen.extend(page.records.iter().map(|it| it.audit_id));
            cursor = page.cursor;
            if cursor.is_none() {
                break;
            }
        }
        let distinct: std::collections::BTreeSet<_> = seen.iter().collect();
        assert_eq!(distinct.len(), seen.len());
        assert!(seen.contains(&it.audit_id));
    });
}

#[test]
fn filters_that_cannot_be_are_refused() {
    tell(Kind::Memory, async |clinic| {
        let text = |it: &str| Some(it.to_owned());
        for (op, field) in [
            (SearchAudit { limit: Some(0), ..search() }, "limit"),
            (SearchAudit { limit: Some(201), ..search() }, "limit"),
            (SearchAudit { cursor: text("x"), ..search() }, "cursor"),
            (SearchAudit { cursor: text("-1"), ..search() }, "cursor"),
            (SearchAudit { operation: text(""), ..search() }, "operation"),
            (SearchAudit { outcome: text(&"x".repeat(65)), ..search() }, "outcome"),
            (
                SearchAudit {
                    from: Some(bedside::protocol::time::UnixMillis(5)),
                    until: Some(bedside::protocol::time::UnixMillis(5)),
                    ..search()
                },
                "until",
            ),
        ] {
            let fault = clinic.admin.calls(op).await.expect_err(field);
            assert_eq!(fault.field.as_deref(), Some(field));
        }
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn sign_ins_and_attempts_are_shown_to_whose_account_it_is(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let op = CreatePerson {
            home_region: None,
            display_name: "Ana Fictional".into(),
            email: "ana@clinic.invalid".into(),
            password: Some("a fictional passphrase".into()),
            role: Role::Patient,
            time_zone: "Europe/Berlin".to_owned(),
        };
        let person = clinic.admin.calls(op).await.expect("an account");
        let tries = async |email: &str, password: &str| {
            let params = json!({"email": email, "password": password});
            let request = Request::new("POST", "/v1/auth/login").json(&params);
            request.send(clinic.hub).await.status
        };
        assert_eq!(tries("ana@clinic.invalid", "not the passphrase").await, 401);
        assert_eq!(tries("nobody@clinic.invalid", "not the passphrase").await, 401);
        assert_eq!(tries("ana@clinic.invalid", "a fictional passphrase").await, 200);
        let ana = clinic.signs_in(person.person_id, Role::Patient, "Ana Fictional").await;
        let seen = ana.calls(ListSignIns::default()).await.expect("hers").sign_ins;
        let plain: Vec<_> = seen
            .iter()
            .map(|it| (it.succeeded, it.outcome.as_str(), it.network.as_deref()))
            .collect();
        let from = Some("127.0.0.0/24");
        assert_eq!(plain, [(true, "ok", from), (false, "wrong_credentials", from)]);
        // Nobody is known before they have signed in: that is no stranger at her record.
        clinic.node.order_audit().await;
        let seen = ana.calls(ListOwnAccess::default()).await.expect("hers").accesses;
        assert!(seen.iter().all(|it| it.display_name.is_some()), "{seen:?}");
        let otto = clinic.patient("Otto Fictional").await;
        let seen = otto.calls(ListSignIns::default()).await.expect("his").sign_ins;
        assert_eq!(seen, vec![]);
        // Nobody's account: the administrator sees that it was tried.
        let outcome = Some("wrong_credentials".to_owned());
        let found = searches(clinic, SearchAudit { outcome, ..search() }).await;
        assert_eq!((found.len(), &found[0].target), (2, &None));
    });
}

#[test]
fn a_file_of_the_log_is_no_formula_and_is_recorded() {
    tell(Kind::Memory, async |clinic| {
        let eve = clinic.patient("=cmd|' /C calc'!A0").await;
        eve.calls(bedside::protocol::person::ReadMe {}).await.expect("hers");
        let export = |format| ExportAudit {
            format,
            person_id: eve.person_id,
            patient_id: None,
            operation: None,
            outcome: None,
            from: None,
            until: None,
            cursor: None,
        };
        let file = clinic.admin.calls(export(AuditFormat::Csv)).await.expect("a file");
        let text = file.text.expose();
        assert_eq!((file.rows, file.content_type.as_str()), (1, "text/csv"));
        assert!(text.contains("\"'=cmd|' /C calc'!A0\"") && !text.contains("\"=cmd"), "{text}");
        assert_eq!(text.lines().count(), 2);
        let file = clinic.admin.calls(export(AuditFormat::Ndjson)).await.expect("a file");
        let it: AuditEntry = serde_json::from_str(file.text.expose()).expect("one line");
        assert_eq!(it.operation, "me.read");
        let operation = Some("audit.export".to_owned());
        let found = searches(clinic, SearchAudit { operation, ..search() }).await;
        assert_eq!(found.len(), 2, "also that the log was saved is in the log");
    });
}

/// What a browser does: it believes nothing but the key.
fn holds(it: &AuditProof, key: &str) -> bool {
    let key = NoteVerifier::parse(key).expect("a key");
    let signed = Checkpoint::opened(&it.checkpoint, &key).expect("signed");
    let hash = |text: &String| Hash::try_from(STANDARD.decode(text).unwrap()).unwrap();
    let path: Vec<_> = it.hashes.iter().map(hash).collect();
    let entry = u64::try_from(it.entry.0).unwrap();
    let leaf = MERKLE.leaf(it.leaf.as_bytes());
    assert_eq!(i64::try_from(signed.head.size).unwrap(), it.size.0);
    proof::includes(MERKLE, &signed.head, entry, &leaf, &path)
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn an_entry_is_proven_to_whom_it_concerns(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let (bo, xu) = (clinic.clinician("Dr. Bo").await, clinic.clinician("Dr. Xu").await);
        let booked = clinic.books(&ana, &bo).await;
        bo.calls(ReadAppointment { appointment_id: booked.id }).await.expect("their own");
        clinic.node.order_audit().await;
        let seen = ana.calls(ListOwnAccess::default()).await.expect("hers").accesses;
        let op = ProveAudit { audit_id: seen[0].audit_id };
        let key = ana.calls(ReadAuditCheckpoint {}).await.expect("signed").key;
        let proven = ana.calls(op).await.expect("proven");
        assert!(holds(&proven, &key) && proven.detail.is_none());
        let leaf = Leaf::parse(proven.leaf.as_bytes()).expect("a leaf");
        assert_eq!((leaf.action.as_str(), leaf.outcome.as_str()), ("appointment.read", "ok"));
        let other = AuditProof { leaf: proven.leaf.replace("\"ok\"", "\"no\""), ..proven.clone() };
        assert!(!holds(&other, &key));
        assert!(holds(&bo.calls(op).await.expect("theirs"), &key));
        told(xu.calls(op).await, FaultCode::NotFound);
        // More than a file of hashes later it still holds, and an administrator is shown what it hides.
        records(clinic, 300).await;
        clinic.node.order_audit().await;
        clinic.node.publish_audit().await;
        let proven = clinic.admin.calls(op).await.expect("proven");
        assert!(holds(&proven, &key) && proven.size.0 > 256, "{}", proven.size.0);
        let detail = proven.detail.expect("shown");
        let salt = bedside::audit::from_hex(&detail.salt).unwrap();
        assert_eq!(commitment(&salt, &detail.text), leaf.detail);
        assert!(detail.text.contains(&bo.person_id.unwrap().to_string()));
    });
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn files_of_the_log_go_on_after_a_restart(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let published = |clinic: &Clinic| {
            let path = clinic.data_dir().join("audit/checkpoint");
            let note = std::fs::read_to_string(path).expect("published");
            let key = std::fs::read_to_string(clinic.data_dir().join("audit/key")).expect("a key");
            let key = NoteVerifier::parse(&key).expect("a key");
            Checkpoint::opened(&note, &key).expect("signed").head.size
        };
        records(clinic, 300).await;
        clinic.node.order_audit().await;
        clinic.node.publish_audit().await;
        let before = published(clinic);
        assert!(before >= 300, "{before}");
        clinic.restarts().await;
        clinic.clock.advance(std::time::Duration::from_secs(60));
        records(clinic, 240).await;
        clinic.node.order_audit().await;
        clinic.node.publish_audit().await;
        assert!(published(clinic) >= before + 240);
        let tile = |name: &str| clinic.data_dir().join("audit/tile").join(name);
        assert!(
            tile("0/000").is_file() && tile("0/001").is_file() && tile("entries/001").is_file()
        );
        assert!(!tile("0/000.p").join("5").exists() && tile("1/000.p/2").is_file());
    });
}

#[test]
fn a_log_that_was_changed_is_not_signed_any_more() {
    tell(Kind::Sqlite, async |clinic| {
        let size = async || clinic.store.trail_head().await.expect("there").expect("signed").size;
        let turn = async |rows: u32| {
            records(clinic, rows).await;
            clinic.node.order_audit().await;
            clinic.node.publish_audit().await;
        };
        let is_degraded = async || {
            let answer = Request::new("GET", "/readyz").send(clinic.hub).await;
            let said: serde_json::Value = answer.json();
            (said["ready"] == true, said["degraded"] == true)
        };
        turn(3).await;
        assert_eq!(is_degraded().await, (true, false));
        // What was published was signed, and by nobody whom this hub knows.
        let path = clinic.data_dir().join("audit/checkpoint");
        let good = std::fs::read_to_string(&path).expect("published");
        std::fs::write(&path, good.replacen('/', "+", 1)).expect("written");
        turn(3).await;
        let before = size().await;
        assert_eq!(is_degraded().await, (true, true));
        // Neither now nor when it is looked at again.
        turn(3).await;
        clinic.clock.advance(std::time::Duration::from_secs(301));
        turn(3).await;
        assert_eq!(size().await, before);
        // Somebody has looked, and put back what was there.
        std::fs::write(&path, &good).expect("written");
        turn(3).await;
        assert_eq!(size().await, before, "it waits until it is looked at again");
        clinic.clock.advance(std::time::Duration::from_secs(301));
        turn(0).await;
        turn(1).await;
        assert!(size().await >= before + 10, "{before}");
        assert_eq!(is_degraded().await, (true, false));
    });
}
