//! The audit log is of all organisations, and each is shown its own.

use crate::support::people::told;
use crate::support::{Clinic, Kind, Someone, tell};
use bedside::clock::Clock as _;
use bedside::protocol::appointment::ReadAppointment;
use bedside::protocol::audit::{
    AuditEntry, AuditFormat, ExportAudit, ProveAudit, ReadAuditEvent, SearchAudit,
};
use bedside::protocol::chart::ReadPatient;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::ids::{AuditId, RequestId};
use bedside::protocol::person::{ReadMe, Role};
use bedside::store::AuditRecord;
use bedside::store::trail::{AuditQuery, FoundAudit};
use rstest::rstest;
use std::time::Duration;
use uuid::Uuid;

async fn log_of(admin: &Someone, op: SearchAudit) -> Vec<AuditEntry> {
    admin.calls(op).await.expect("found").records
}

/// Zora, an administrator of another organisation, and a clinician there.
async fn elsewhere(clinic: &Clinic) -> (Someone, Someone) {
    let house = clinic.another_house().await;
    let zora = clinic.person_of(house, Role::Admin, "Zora Elsewhere").await;
    (zora, clinic.person_of(house, Role::Clinician, "Dr. Zu Elsewhere").await)
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn every_row_becomes_an_entry_whoever_asks_for_a_proof(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let (zora, _) = elsewhere(clinic).await;
        clinic.node.order_audit().await;
        // Hers is no entry yet, and those of the others come after it.
        ana.calls(ReadMe {}).await.expect("herself");
        for _ in 0..4 {
            zora.calls(ReadMe {}).await.expect("herself");
            let newest = SearchAudit { limit: Some(1), ..SearchAudit::default() };
            let audit_id = log_of(&zora, newest).await[0].audit_id;
            zora.calls(ProveAudit { audit_id }).await.expect("proven");
            // What is late is waited for by the clock.
            clinic.clock.advance(Duration::from_secs(6));
        }
        clinic.node.order_audit().await;
        let of_ana = SearchAudit { person_id: ana.person_id, ..SearchAudit::default() };
        let found = log_of(&clinic.admin, of_ana).await;
        assert_eq!(found.len(), 1);
        assert!(found[0].entry.is_some(), "{found:?}");
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_refusal_at_the_door_does_not_tell_whose_it_was(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (ana, bo) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let booked = clinic.books(&ana, &bo).await;
        let (zora, dr_zu) = elsewhere(clinic).await;
        let read = ReadAppointment { appointment_id: booked.id };
        told(zora.calls(read).await, FaultCode::NotFound);
        let chart = ReadPatient { patient_id: ana.person_id.unwrap() };
        told(dr_zu.calls(chart).await, FaultCode::NotFound);
        // Who may not do such a thing at all is refused before anybody asks whose it is.
        told(zora.calls(chart).await, FaultCode::Forbidden);
        clinic.node.order_audit().await;
        let log = log_of(&zora, SearchAudit::default()).await;
        assert_eq!(log.len(), 3, "{log:?}");
        for it in &log {
            assert!(it.entry.is_some() && it.target.is_some(), "{it:?}");
            assert_eq!(it.patients, [], "{it:?}");
        }
        for format in [AuditFormat::Csv, AuditFormat::Ndjson, AuditFormat::Fhir] {
            let file = zora.calls(export(format)).await.expect("a file");
            assert!(!file.text.expose().contains("Ana Fictional"));
        }
    });
}

/// Every call on the deployment, whoever made it.
async fn whole_log(clinic: &Clinic) -> Vec<FoundAudit> {
    let query = AuditQuery { limit: 1_000, ..AuditQuery::default() };
    clinic.store.search_audit(query).await.expect("found")
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn events_are_those_of_ones_own_organisation(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let (zora, dr_zu) = elsewhere(clinic).await;
        for it in [&ana, &dr_zu, &zora, &clinic.admin] {
            it.calls(ReadMe {}).await.expect("themselves");
        }
        // Names something, and nobody is known of whose organisation it would be.
        let nobodys = AuditRecord {
            audit_id: AuditId(Uuid::now_v7()),
            organisation: None,
            request_id: RequestId(Uuid::now_v7()),
            at: clinic.clock.now(),
            phase: "wrong_credentials",
            caller: None,
            role: None,
            operation: "auth.finish_provider",
            target: Some("provider:clinic-sso".to_owned()),
            patient: None,
            returned: None,
            network: None,
        };
        let nobodys_id = nobodys.audit_id;
        clinic.store.append_audit(vec![nobodys]).await.expect("recorded");
        clinic.node.order_audit().await;
        let log = whole_log(clinic).await;
        assert!(log.iter().any(|it| it.row.audit_id == nobodys_id));
        for admin in [&clinic.admin, &zora] {
            let of = admin.person_id.expect("an account");
            let own = clinic.store.person(of).await.unwrap().expect("an account").organisation_id;
            let file = admin.calls(export(AuditFormat::Fhir)).await.expect("a file");
            let text = file.text.expose();
            let mut theirs = 0_usize;
            for FoundAudit { row, .. } in &log {
                let is_theirs = row.house() == Some(own);
                theirs += usize::from(is_theirs);
                assert_eq!(text.contains(&row.audit_id.to_string()), is_theirs, "{row:?}");
                let read = admin.calls(ReadAuditEvent { audit_id: row.audit_id }).await;
                match is_theirs {
                    true => drop(read.expect("their own")),
                    false => told(read, FaultCode::NotFound),
                }
            }
            assert!(theirs > 1, "{}", admin.name);
        }
    });
}

fn export(format: AuditFormat) -> ExportAudit {
    ExportAudit {
        format,
        person_id: None,
        patient_id: None,
        operation: None,
        outcome: None,
        from: None,
        until: None,
        cursor: None,
    }
}
