//! The audit log is of all organisations, and each is shown its own.

use crate::support::people::told;
use crate::support::{Clinic, Kind, Someone, tell};
use bedside::protocol::appointment::ReadAppointment;
use bedside::protocol::audit::{AuditEntry, AuditFormat, ExportAudit, ProveAudit, SearchAudit};
use bedside::protocol::chart::ReadPatient;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::person::{ReadMe, Role};
use rstest::rstest;
use std::time::Duration;

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
        for format in [AuditFormat::Csv, AuditFormat::Ndjson] {
            let file = zora.calls(export(format)).await.expect("a file");
            assert!(!file.text.expose().contains("Ana Fictional"));
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
