//! Figures of a clinic's use: who agrees now is counted, few are not told, and nobody is named.

use crate::support::people::told;
use crate::support::{Booked, Clinic, Kind, SLOT, Someone, tell};
use bedside::clock::Clock as _;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::person::Role;
use bedside::protocol::record::{
    AskErasure, ConsentKind, EraseRecord, GiveConsent, WithdrawConsent,
};
use bedside::protocol::report::{ReadUsage, UsageLine, UsageReport};
use bedside::protocol::visit::{AdmitParticipant, EndVisit, EnterVisit};
use rstest::rstest;
use std::time::Duration;

const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);
const MINUTE: Duration = Duration::from_secs(60);

/// The four weeks until now, and the one that goes on.
fn lately(clinic: &Clinic) -> ReadUsage {
    let now = clinic.clock.now();
    ReadUsage { since: now.minus(4 * WEEK), until: now.plus(MINUTE) }
}

async fn agrees(who: &Someone) {
    let op = GiveConsent {
        kind: ConsentKind::Analytics,
        jurisdiction: String::new(),
        version: "1".to_owned(),
    };
    who.calls(op).await.expect("agreed");
}

async fn takes_it_back(clinic: &Clinic, who: &Someone) {
    clinic.clock.advance(Duration::from_secs(1));
    let op = WithdrawConsent { kind: ConsentKind::Analytics, jurisdiction: String::new() };
    who.calls(op).await.expect("taken back");
}

/// So many patients of one clinician, one after the other from now on.
async fn expects(clinic: &Clinic, dr: &Someone, count: u32) -> Vec<(Someone, Booked)> {
    let mut all = vec![];
    for n in 0..count {
        let patient = clinic.patient(&format!("Pat {n} Fictional")).await;
        let visit = clinic.books_at(&patient, dr, clinic.clock.now().plus(SLOT * n)).await;
        all.push((patient, visit));
    }
    all
}

fn booked(count: Option<u32>) -> UsageLine {
    UsageLine { booked: count, held: Some(0), cancelled: Some(0), missed: Some(0) }
}

/// What is told of appointments that nobody has come to: in all, in the last week and of what no service was named for.
fn is_told(report: &UsageReport, count: Option<u32>) {
    assert_eq!((report.patients, report.whole), (count, booked(count)));
    let mut weeks = report.weeks.iter().rev().map(|it| it.appointments);
    assert_eq!(weeks.next(), Some(booked(count)));
    assert!(weeks.all(|it| it == booked(Some(0))), "nobody came before");
    let services: Vec<_> =
        report.services.iter().map(|it| (it.service_id, it.appointments)).collect();
    let expected = if count == Some(0) { vec![] } else { vec![(None, booked(count))] };
    assert_eq!(services, expected);
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn who_agrees_now_is_counted(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let dr = clinic.clinician("Dr. Bo Fictional").await;
        let patients = expects(clinic, &dr, 13).await;
        let admin = &clinic.admin;
        is_told(&admin.calls(lately(clinic)).await.expect("figures"), Some(0));
        for (patient, _) in &patients[..12] {
            agrees(patient).await;
        }
        let report = admin.calls(lately(clinic)).await.expect("figures");
        is_told(&report, Some(12));
        assert_eq!((report.time_zone.as_str(), report.weeks.len()), ("UTC", 5));
        let mondays: Vec<_> = report.weeks.iter().map(|it| it.monday.as_str()).collect();
        assert_eq!((mondays[0], mondays[4]), ("2026-12-14", "2027-01-11"));
        assert_eq!((report.waited_min, report.lasted_min), (None, None));

        takes_it_back(clinic, &patients[0].0).await;
        is_told(&admin.calls(lately(clinic)).await.expect("figures"), Some(11));
        takes_it_back(clinic, &patients[1].0).await;
        is_told(&admin.calls(lately(clinic)).await.expect("figures"), None);
        agrees(&patients[12].0).await;
        is_told(&admin.calls(lately(clinic)).await.expect("figures"), Some(11));

        told(dr.calls(lately(clinic)).await, FaultCode::Forbidden);
        told(patients[0].0.calls(lately(clinic)).await, FaultCode::Forbidden);
        let house = clinic.another_house().await;
        let elsewhere = clinic.person_of(house, Role::Admin, "Zora Elsewhere").await;
        let nothing = elsewhere.calls(lately(clinic)).await.expect("figures");
        is_told(&nothing, Some(0));
        assert_eq!(nothing.time_zone, "Europe/Berlin", "their own");
        names_nobody(clinic).await;
    });
}

/// The log says that figures were read, and of nobody.
async fn names_nobody(clinic: &Clinic) {
    let rows = clinic.store.audit(10_000).await.expect("the log");
    let of_figures: Vec<_> =
        rows.iter().filter(|it| it.operation == "report.read_usage" && it.phase == "ok").collect();
    assert_eq!(of_figures.len(), 6);
    for row in of_figures {
        assert!(row.caller.is_some());
        assert_eq!((&row.target, &row.patient, &row.returned), (&None, &None, &None));
    }
}

#[test]
fn who_was_erased_is_not_counted() {
    tell(Kind::Memory, async |clinic| {
        let dr = clinic.clinician("Dr. Bo Fictional").await;
        let patients = expects(clinic, &dr, 11).await;
        for (patient, _) in &patients {
            agrees(patient).await;
        }
        clinic.clock.advance(24 * 60 * MINUTE);
        let admin = clinic.admin_again().await;
        is_told(&admin.calls(lately(clinic)).await.expect("figures"), Some(11));
        let pat = clinic.again(&patients[3].0).await;
        let asked = pat.calls(AskErasure::default()).await.expect("asked");
        admin.calls(EraseRecord { erasure_id: asked.erasure_id }).await.expect("erased");
        is_told(&admin.calls(lately(clinic)).await.expect("figures"), None);
    });
}

#[test]
fn what_became_of_appointments_and_how_long_people_waited() {
    tell(Kind::Memory, async |clinic| {
        let [bo, xu] = [
            clinic.clinician("Dr. Bo Fictional").await,
            clinic.clinician("Dr. Xu Fictional").await,
        ];
        let of_bo = expects(clinic, &bo, 6).await;
        let of_xu = expects(clinic, &xu, 6).await;
        let all = || of_bo.iter().map(|it| (&bo, it)).chain(of_xu.iter().map(|it| (&xu, it)));
        for (_, (patient, visit)) in all() {
            agrees(patient).await;
            patient.calls(EnterVisit { appointment_id: visit.id }).await.expect("may enter");
        }
        clinic.clock.advance(3 * MINUTE);
        for (dr, (_, visit)) in all().take(11) {
            dr.calls(EnterVisit { appointment_id: visit.id }).await.expect("may enter");
            let op = AdmitParticipant { appointment_id: visit.id, participant_id: visit.patient };
            dr.calls(op).await.expect("may admit");
            dr.calls(EndVisit { appointment_id: visit.id }).await.expect("may end");
        }
        let report = clinic.admin.calls(lately(clinic)).await.expect("figures");
        let expected =
            UsageLine { booked: None, held: Some(11), cancelled: Some(0), missed: Some(0) };
        assert_eq!((report.patients, report.whole), (Some(12), expected));
        assert_eq!(report.waited_min, Some(3));
        assert_eq!(report.lasted_min, None, "nobody was seen: there were no media");
    });
}

#[test]
fn a_span_is_a_year_at_most() {
    tell(Kind::Memory, async |clinic| {
        let now = clinic.clock.now();
        let until = async |until| {
            let told = clinic.admin.calls(ReadUsage { since: now, until }).await;
            told.map(|it| it.weeks.len())
        };
        assert_eq!(until(now.plus(52 * WEEK)).await.expect("figures"), 53);
        for wrong in [now, now.minus(WEEK), now.plus(53 * WEEK)] {
            let fault = until(wrong).await.expect_err("a fault");
            assert_eq!(
                (fault.code, fault.field.as_deref()),
                (FaultCode::InvalidValue, Some("until"))
            );
        }
    });
}
