//! Reports of the audit log.

use crate::rights::is_erased;
use crate::samples::{NOW, answered, at_once};
use crate::support::Clinic;
use bedside::protocol::audit_report::{AuditFilters, MAX_REPORTS};
use bedside::protocol::ids::{OrganisationId, PersonId, ReportId};
use bedside::protocol::person::Role;
use bedside::protocol::time::UnixMillis;
use bedside::store::organisations::{Kind, Named};
use bedside::store::reports::ReportRecord;
use bedside::store::{Conflict, Store, StoreError, Stored};
use uuid::Uuid;

const MISSING: Stored<()> = Err(StoreError::Conflict(Conflict::Missing));
const FULL: Stored<()> = Err(StoreError::Conflict(Conflict::Full));
const KEY_USED: Stored<()> = Err(StoreError::Conflict(Conflict::KeyUsed));
const HERE: OrganisationId = OrganisationId::FIRST;

fn report(made_by: PersonId, name: &str) -> ReportRecord {
    ReportRecord {
        report_id: ReportId(Uuid::now_v7()),
        made_by,
        name: name.into(),
        filters: AuditFilters {
            operation: Some("visit.read".to_owned()),
            outcome: Some("ok".to_owned()),
            from: Some(UnixMillis(1)),
            until: Some(UnixMillis(2)),
            ..AuditFilters::default()
        },
        is_shared: false,
        saved_at: NOW,
    }
}

async fn seen(store: &dyn Store, by: PersonId) -> Vec<ReportRecord> {
    store.reports(by, HERE, 99).await.unwrap()
}

pub(crate) async fn a_report_is_kept_under_its_name_and_seen_by_whom_it_is_for(clinic: Clinic) {
    let store = &*clinic.store;
    let ada = clinic.hires("Ada Pretend", Role::Admin).await.person_id;
    let ida = clinic.hires("Ida Pretend", Role::Admin).await.person_id;
    let own = report(ada, "b");
    assert_eq!(store.save_report(own.clone(), Some(answered("k"))).await, Ok(()));
    assert_eq!(store.save_report(report(ada, "c"), Some(answered("k"))).await, KEY_USED);
    let shared = ReportRecord { is_shared: true, ..report(ida, "a") };
    let hers = report(ida, "d");
    for it in [&shared, &hers] {
        store.save_report(it.clone(), None).await.unwrap();
    }
    assert_eq!(seen(store, ada).await, [own.clone(), shared.clone()], "one's own first");
    assert_eq!(seen(store, ida).await, [shared.clone(), hers.clone()]);
    assert_eq!(store.reports(ada, HERE, 1).await.unwrap(), std::slice::from_ref(&own));
    let elsewhere = OrganisationId(Uuid::now_v7());
    assert_eq!(store.reports(ada, elsewhere, 99).await.unwrap(), std::slice::from_ref(&own));

    let again = ReportRecord { filters: AuditFilters::default(), ..report(ada, "b") };
    store.save_report(again.clone(), None).await.unwrap();
    let of_another = ReportRecord { is_shared: false, ..report(ada, "a") };
    store.save_report(of_another.clone(), None).await.unwrap();
    assert_eq!(seen(store, ada).await, [of_another, again.clone(), shared.clone()], "replaced");

    let named = Named { kind: Kind::Report, id: shared.report_id.0 };
    assert_eq!(store.house_of(named).await, Ok(Some(HERE)));
    assert_eq!(store.remove_report(shared.report_id, ada, None).await, MISSING, "not hers");
    assert_eq!(store.remove_report(own.report_id, ada, None).await, MISSING, "it was replaced");
    assert_eq!(store.remove_report(again.report_id, ada, Some(answered("r"))).await, Ok(()));
    assert_eq!(store.remove_report(again.report_id, ada, None).await, MISSING, "once");
    assert_eq!(seen(store, ida).await, [shared, hers]);
    let about_nobody = ReportRecord {
        filters: AuditFilters {
            patient_id: Some(PersonId(Uuid::now_v7())),
            ..AuditFilters::default()
        },
        ..report(ada, "e")
    };
    assert_eq!(store.save_report(about_nobody, None).await, MISSING);
}

pub(crate) async fn nobody_keeps_more_reports_than_they_may(clinic: Clinic) {
    let ada = clinic.hires("Ada Pretend", Role::Admin).await.person_id;
    let ida = clinic.hires("Ida Pretend", Role::Admin).await.person_id;
    for n in 2..MAX_REPORTS {
        clinic.store.save_report(report(ada, &format!("{n:02}")), None).await.unwrap();
    }
    let told = at_once((90..96).map(|n| {
        let (store, it) = (clinic.store.clone(), report(ada, &n.to_string()));
        async move { store.save_report(it, None).await }
    }))
    .await;
    let kept = told.iter().filter(|it| it.is_ok()).count();
    assert_eq!((kept, told.iter().filter(|it| **it == FULL).count()), (2, 4), "{told:?}");
    let last = seen(&*clinic.store, ada).await.pop().unwrap();
    let same = report(ada, last.name.expose());
    assert_eq!(clinic.store.save_report(same, None).await, Ok(()), "it takes the other's place");
    assert_eq!(clinic.store.save_report(report(ida, "1"), None).await, Ok(()));
}

pub(crate) async fn a_report_about_somebody_goes_with_them(clinic: Clinic) {
    let store = &*clinic.store;
    let ada = clinic.hires("Ada Pretend", Role::Admin).await.person_id;
    let pat = clinic.hires("Pat Example", Role::Patient).await.person_id;
    let of = |name: &str, filters| ReportRecord { filters, ..report(ada, name) };
    let about = AuditFilters { patient_id: Some(pat), ..AuditFilters::default() };
    let by = AuditFilters { person_id: Some(pat), ..AuditFilters::default() };
    let other = report(ada, "Other");
    for it in [of("Pat", about), of("By Pat", by), other.clone()] {
        store.save_report(it, None).await.unwrap();
    }
    is_erased(store, pat, ada).await;
    assert_eq!(seen(store, ada).await, [other]);
}
