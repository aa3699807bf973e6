//! Administrators keep what they look for in the audit log.

use crate::support::people::told;
use crate::support::{Kind, Someone, tell};
use bedside::protocol::audit_report::{
    AuditFilters, AuditReport, ListAuditReports, MAX_REPORT_NAME, RemoveAuditReport,
    SaveAuditReport,
};
use bedside::protocol::fault::FaultCode;
use bedside::protocol::ids::{PersonId, ReportId};
use bedside::protocol::person::{Role, SuspendPerson};
use bedside::protocol::time::UnixMillis;
use rstest::rstest;
use uuid::Uuid;

fn save(name: &str, filters: AuditFilters, shared: bool) -> SaveAuditReport {
    SaveAuditReport { name: name.into(), filters, shared }
}

async fn sees(who: &Someone) -> Vec<AuditReport> {
    who.calls(ListAuditReports {}).await.expect("a list").reports
}

async fn names(who: &Someone) -> Vec<String> {
    sees(who).await.into_iter().map(|it| it.name.expose().clone()).collect()
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_report_is_the_same_in_every_browser(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let ada = clinic.admin_again().await;
        let ida = clinic.person(Role::Admin, "Ida Invented").await;
        let ana = clinic.patient("Ana Fictional").await;
        let filters = AuditFilters {
            patient_id: ana.person_id,
            operation: Some("visit.read".to_owned()),
            from: Some(UnixMillis(5)),
            until: Some(UnixMillis(6)),
            ..AuditFilters::default()
        };
        let kept = ada.calls(save("  Who read visits ", filters.clone(), false)).await;
        let kept = kept.expect("saved");
        assert_eq!(kept.name.expose(), "Who read visits");
        assert_eq!((kept.made_by, kept.shared), (ada.person_id.unwrap(), false));
        let again = clinic.admin_again().await;
        assert_eq!(sees(&again).await, std::slice::from_ref(&kept), "with all that it looks for");
        assert_eq!(sees(&ida).await, [], "hers alone");

        let other = ada.calls(save("Who read visits", AuditFilters::default(), true)).await;
        let other = other.expect("replaced");
        assert_eq!(sees(&again).await, std::slice::from_ref(&other));
        assert_eq!(sees(&ida).await, std::slice::from_ref(&other), "shared by now");
        let op = RemoveAuditReport { report_id: other.report_id };
        told(ida.calls(op).await, FaultCode::NotFound);
        ida.calls(save("Who read visits", filters, false)).await.expect("another one of that name");
        ada.calls(op).await.expect("removed");
        told(ada.calls(op).await, FaultCode::NotFound);
        assert_eq!((names(&ada).await.len(), names(&ida).await.len()), (0, 1));
    });
}

#[test]
fn what_is_shared_stays_when_who_made_it_is_suspended() {
    tell(Kind::Memory, async |clinic| {
        let ada = clinic.admin_again().await;
        let ida = clinic.person(Role::Admin, "Ida Invented").await;
        ida.calls(save("Refused", AuditFilters::default(), true)).await.expect("saved");
        ida.calls(save("Mine", AuditFilters::default(), false)).await.expect("saved");
        let (person_id, reason) = (ida.person_id.unwrap(), "Gone for a year".into());
        ada.calls(SuspendPerson { person_id, reason }).await.expect("suspended");
        told(ida.calls(ListAuditReports {}).await, FaultCode::SessionEnded);
        assert_eq!(names(&ada).await, ["Refused"], "nobody reads the other");
    });
}

#[test]
fn what_no_search_takes_is_not_kept() {
    tell(Kind::Memory, async |clinic| {
        let ada = clinic.admin_again().await;
        let long = "x".repeat(MAX_REPORT_NAME + 1);
        let of = |operation: &str| AuditFilters {
            operation: Some(operation.to_owned()),
            ..AuditFilters::default()
        };
        let backwards = AuditFilters {
            from: Some(UnixMillis(6)),
            until: Some(UnixMillis(6)),
            ..AuditFilters::default()
        };
        for (op, field) in [
            (save(" ", AuditFilters::default(), false), "name"),
            (save(&long, AuditFilters::default(), false), "name"),
            (save("a", of(""), false), "operation"),
            (save("a", of(&"y".repeat(65)), false), "operation"),
            (save("a", backwards, false), "until"),
        ] {
            let fault = ada.calls(op).await.expect_err("not kept");
            assert_eq!(
                (fault.code, fault.field.as_deref()),
                (FaultCode::InvalidValue, Some(field))
            );
        }
        let elsewhere = clinic.another_house().await;
        let stranger = clinic.person_of(elsewhere, Role::Patient, "Otto Elsewhere").await;
        for patient_id in [stranger.person_id, Some(PersonId(Uuid::now_v7()))] {
            let about = AuditFilters { patient_id, ..AuditFilters::default() };
            told(ada.calls(save("a", about, false)).await, FaultCode::NotFound);
        }
        assert_eq!(names(&ada).await, Vec::<String>::new());
        let there = clinic.person_of(elsewhere, Role::Admin, "Ora Elsewhere").await;
        let kept = there.calls(save("There", AuditFilters::default(), true)).await.expect("saved");
        assert_eq!(names(&ada).await, Vec::<String>::new(), "another organisation's");
        let op = RemoveAuditReport { report_id: kept.report_id };
        told(ada.calls(op).await, FaultCode::NotFound);
        let none = RemoveAuditReport { report_id: ReportId(Uuid::now_v7()) };
        told(ada.calls(none).await, FaultCode::NotFound);
    });
}
