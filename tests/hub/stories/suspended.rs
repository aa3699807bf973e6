//! What others do not count on while somebody is suspended.

use crate::support::chat::with;
use crate::support::{Clinic, Kind, Someone, at, tell};
use bedside::clock::Clock as _;
use bedside::protocol::booking::{JoinWaitlist, ListWaitlist};
use bedside::protocol::conversation::{OutOfOffice, UpdateOutOfOffice};
use bedside::protocol::fault::FaultCode;
use bedside::protocol::person::SuspendPerson;
use std::time::Duration;

async fn suspends(clinic: &Clinic, who: &Someone) {
    let person_id = who.person_id.expect("an account");
    let op = SuspendPerson { person_id, reason: "left the fictional clinic".into() };
    clinic.admin.calls(op).await.expect("suspended");
}

#[test]
fn nobody_writes_to_who_is_suspended_or_is_covered_by_them() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = clinic.chat().await;
        let dr_x = clinic.clinician("Dr. Xu Fictional").await;
        let bea = clinic.patient("Bea Fictional").await;
        clinic.books(&bea, &dr_x).await;
        let until = Some(clinic.clock.now().plus(Duration::from_secs(86_400)));
        let away = || UpdateOutOfOffice {
            out_of_office: OutOfOffice { until, covered_by: dr_x.person_id },
        };
        dr_b.who.calls(away()).await.expect("he covers");
        suspends(clinic, &dr_x).await;
        let fault = dr_b.who.calls(away()).await.expect_err("nobody would answer");
        assert_eq!(fault.field.as_deref(), Some("covered_by"));
        let other = bea.calls(with(dr_x.person_id.expect("an account"))).await;
        assert_eq!(other.expect_err("nobody would read it").code, FaultCode::NotFound);
        assert_eq!(ana.view().members.len(), 2);
    });
}

#[test]
fn a_place_is_offered_past_a_patient_who_is_suspended() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let otto = clinic.patient("Otto Fictional").await;
        let bea = clinic.patient("Bea Fictional").await;
        let card = ana.makes(&practice, at(3, "10:00")).await;
        let wish = || JoinWaitlist {
            service_id: practice.service_id(),
            clinician_id: None,
            from: at(1, "00:00"),
            until: at(5, "00:00"),
        };
        otto.calls(wish()).await.expect("waits");
        clinic.clock.advance(Duration::from_secs(1));
        bea.calls(wish()).await.expect("waits behind him");
        suspends(clinic, &otto).await;
        ana.cancels(&card).await.expect("cancelled");
        let offered = async || {
            clinic.node.offer_places().await;
            bea.calls(ListWaitlist {}).await.expect("hers").entries[0].offered_at.is_some()
        };
        clinic.soon("she is told, and not after his turn", offered).await;
    });
}
