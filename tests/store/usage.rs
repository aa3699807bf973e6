//! Appointments of who agrees to be counted.

use crate::agenda::{Agenda, minute};
use crate::houses::organisation;
use crate::rights::is_erased;
use crate::samples::{MINUTE, NOW, commit, event, person, visit, who};
use crate::support::Clinic;
use bedside::domain::consent::Texts;
use bedside::domain::usage::{Attended, Counted};
use bedside::domain::visit::{Closed, Visit, What};
use bedside::protocol::ids::{OrganisationId, PersonId};
use bedside::protocol::person::Role;
use bedside::protocol::record::ConsentKind;
use bedside::protocol::time::UnixMillis;
use bedside::protocol::visit::AttendanceKind;
use bedside::store::records::ConsentRecord;
use bedside::store::schedule::PatientRecord;
use bedside::store::usage::UsageOf;
use bedside::store::{PersonRecord, Store};
use std::collections::BTreeMap;
use uuid::Uuid;

fn said(whose: PersonId, version: &str, is_given: bool, n: u32) -> ConsentRecord {
    ConsentRecord {
        consent_id: Uuid::now_v7(),
        person_id: whose,
        kind: ConsentKind::Analytics,
        jurisdiction: String::new(),
        version: version.to_owned(),
        is_given,
        at: minute(n),
    }
}

fn in_california(it: ConsentRecord) -> ConsentRecord {
    ConsentRecord { jurisdiction: "US-CA".to_owned(), ..it }
}

/// Texts of version 1, and 3 in California.
struct Asked {
    store: std::sync::Arc<dyn Store>,
    versions: BTreeMap<String, String>,
    organisation: OrganisationId,
    since: UnixMillis,
    until: UnixMillis,
}

impl Asked {
    fn of(clinic: &Clinic) -> Asked {
        Asked {
            store: clinic.store.clone(),
            versions: [("US-CA".to_owned(), "3".to_owned())].into(),
            organisation: OrganisationId::FIRST,
            since: NOW,
            until: minute(10_000),
        }
    }

    fn page(&self) -> UsageOf<'_> {
        UsageOf {
            organisation: self.organisation,
            since: self.since,
            until: self.until,
            texts: Texts { version: "1", versions: &self.versions },
            after: None,
            most: 2,
        }
    }

    /// All pages, by begin.
    async fn rows(&self) -> Vec<Counted> {
        let (mut rows, mut page) = (vec![], self.page());
        loop {
            let found = self.store.counted(page).await.expect("rows");
            rows.extend(found.rows);
            match found.next {
                Some(last) => page.after = Some(last),
                None => break,
            }
        }
        rows.sort_by_key(|it: &Counted| it.starts_at);
        rows
    }

    /// Whose.
    async fn whose(&self) -> Vec<PersonId> {
        self.rows().await.into_iter().map(|it| it.patient_id).collect()
    }
}

/// Somebody with an appointment from that minute on.
async fn comes(clinic: &Clinic, dr: &PersonRecord, name: &str, from: u32) -> PersonId {
    let patient = clinic.hires(name, Role::Patient).await;
    clinic.store.create_visit(visit(dr, &patient, from, from + 10), None).await.expect("a visit");
    patient.person_id
}

async fn lives_in_california(store: &dyn Store, who: PersonId) {
    let lives = PatientRecord {
        jurisdiction: Some("US-CA".to_owned()),
        revision: 1,
        ..PatientRecord::without_profile(who)
    };
    store.save_patient(lives, None).await.expect("a profile");
}

pub(crate) async fn who_agrees_now_is_counted_and_nobody_else(clinic: Clinic) {
    let store = &clinic.store;
    let dr = clinic.hires("Dr Robin Sample", Role::Clinician).await;
    let ada = clinic.hires("Ada Invented", Role::Admin).await;
    let pat = comes(&clinic, &dr, "Pat Example", 0).await;
    let _never = comes(&clinic, &dr, "Nora Example", 10).await;
    let back = comes(&clinic, &dr, "Bea Example", 20).await;
    let older = comes(&clinic, &dr, "Olga Example", 30).await;
    let cal = comes(&clinic, &dr, "Cal Example", 40).await;
    let other_law = comes(&clinic, &dr, "Lou Example", 50).await;
    let other_kind = comes(&clinic, &dr, "Kim Example", 60).await;
    let gone = comes(&clinic, &dr, "Gus Example", 70).await;
    for it in [cal, other_law] {
        lives_in_california(store.as_ref(), it).await;
    }
    let sharing = ConsentRecord { kind: ConsentKind::Sharing, ..said(other_kind, "1", true, 0) };
    for it in [
        said(pat, "1", true, 0),
        said(back, "1", true, 0),
        said(back, "1", false, 1),
        said(older, "0", true, 0),
        in_california(said(cal, "3", true, 0)),
        // Elsewhere they do not want it, which is no answer here.
        said(cal, "1", false, 1),
        said(other_law, "1", true, 0),
        sharing,
        said(gone, "1", true, 0),
    ] {
        store.save_consent(it, None).await.expect("said");
    }
    let asked = Asked::of(&clinic);
    assert_eq!(asked.whose().await, [pat, cal, gone]);
    is_erased(store.as_ref(), gone, ada.person_id).await;
    assert_eq!(asked.whose().await, [pat, cal], "who was erased");
    store.save_consent(said(pat, "1", false, 2), None).await.unwrap();
    store.save_consent(said(back, "1", true, 2), None).await.unwrap();
    assert_eq!(asked.whose().await, [back, cal], "as they say now");
    let of_one_moment = [said(pat, "1", true, 3), said(pat, "1", false, 3)];
    for it in of_one_moment {
        store.save_consent(it, None).await.unwrap();
    }
    assert_eq!(asked.whose().await, [back, cal], "of one moment the later one counts");
}

pub(crate) async fn figures_are_of_one_organisation(clinic: Clinic) {
    let store = &clinic.store;
    let dr = clinic.hires("Dr Robin Sample", Role::Clinician).await;
    let pat = comes(&clinic, &dr, "Pat Example", 0).await;
    let second = organisation("second");
    store.create_organisation(second.clone()).await.unwrap();
    let there = |name: &str, role| {
        let organisation_id = second.organisation_id;
        PersonRecord { organisation_id, ..person(name, role) }
    };
    let (zu, zoe) = (there("Dr Zu Sample", Role::Clinician), there("Zoe Sample", Role::Patient));
    for it in [&zu, &zoe] {
        store.create_person(it.clone(), None).await.unwrap();
    }
    let mut new = visit(&zu, &zoe, 0, 10);
    new.visit.facts.organisation_id = second.organisation_id;
    store.create_visit(new, None).await.unwrap();
    for it in [pat, zoe.person_id] {
        store.save_consent(said(it, "1", true, 0), None).await.unwrap();
    }
    let asked = Asked::of(&clinic);
    assert_eq!(asked.whose().await, [pat]);
    let asked = Asked { organisation: second.organisation_id, ..asked };
    assert_eq!(asked.whose().await, [zoe.person_id]);
}

pub(crate) async fn what_is_counted_is_bounded_by_time_and_number(clinic: Clinic) {
    let dr = clinic.hires("Dr Robin Sample", Role::Clinician).await;
    let mut all = vec![];
    for n in 0..5 {
        let name = format!("Pat {n} Example");
        let pat = comes(&clinic, &dr, &name, 10 * n).await;
        clinic.store.save_consent(said(pat, "1", true, 0), None).await.unwrap();
        all.push(pat);
    }
    let whole = Asked::of(&clinic);
    assert_eq!(whole.whose().await, all, "three pages");
    let page = whole.store.counted(whole.page()).await.unwrap();
    assert_eq!((page.rows.len(), page.next.unwrap().0), (2, minute(10)));
    let all_at_once = UsageOf { most: 6, ..whole.page() };
    let page = whole.store.counted(all_at_once).await.unwrap();
    assert_eq!((page.rows.len(), page.next), (5, None));
    let some = Asked { since: minute(10), until: minute(30), ..whole };
    assert_eq!(some.whose().await, all[1..3], "the first instant is part of it, the last is not");
}

fn at(kind: AttendanceKind, about: &Visit, whose: Role, n: u32) -> What {
    let about = who(about, whose);
    What { at: NOW.plus(n * MINUTE), ..event(kind, about) }
}

fn of_visit(kind: AttendanceKind, about: &Visit, n: u32) -> What {
    What { about: None, ..at(kind, about, Role::Clinician, n) }
}

/// Saves what happened in a visit, and how it was closed.
async fn happened(
    store: &dyn Store,
    visit: &Visit,
    closed: Closed,
    together: Option<u32>,
    events: Vec<What>,
) {
    let id = visit.facts.appointment_id;
    let epoch = store.claim_visit(id, "node-a").await.unwrap().epoch;
    let mut saving = commit(visit, epoch, events);
    saving.visit.closed = Some(closed);
    saving.visit.call_started_at = together.map(minute);
    store.commit_visit(saving).await.unwrap();
}

pub(crate) async fn what_happened_in_a_visit_is_given_with_it(clinic: Clinic) {
    use AttendanceKind::{Admitted, CallStarted, Ended, Entered, Held, NoShow, TimeOver};
    use Role::{Clinician, Patient};
    let mut agenda = Agenda::open(clinic).await;
    let store = agenda.clinic.store.clone();
    let pat = agenda.patient.person_id;
    store.save_consent(said(pat, "1", true, 0), None).await.unwrap();
    let mut visits = vec![];
    for n in 0..4 {
        let id = agenda.books(100 * n + 100, 100 * n + 130).await;
        visits.push(store.visit(id).await.unwrap().unwrap());
    }
    let [held, ran_out, missed, to_come] = &visits[..] else { panic!("four visits") };
    let events = vec![
        at(Entered, held, Clinician, 90),
        at(Entered, held, Patient, 95),
        at(Admitted, held, Patient, 102),
        of_visit(CallStarted, held, 103),
        at(Held, held, Patient, 110),
        at(Admitted, held, Patient, 111),
        of_visit(CallStarted, held, 112),
        of_visit(Ended, held, 120),
    ];
    happened(store.as_ref(), held, Closed::Ended, Some(103), events).await;
    let events = vec![
        at(Entered, ran_out, Patient, 200),
        at(Admitted, ran_out, Patient, 201),
        of_visit(TimeOver, ran_out, 950),
    ];
    happened(store.as_ref(), ran_out, Closed::Ended, None, events).await;
    let events = vec![at(Entered, missed, Patient, 300), of_visit(NoShow, missed, 310)];
    happened(store.as_ref(), missed, Closed::NoShow, None, events).await;

    let counted = |visit: &Visit, closed, attended| Counted {
        patient_id: pat,
        service_id: Some(agenda.service.service_id),
        starts_at: visit.facts.starts_at,
        closed,
        attended,
    };
    let when = |n: u32| Some(minute(n));
    let expected = [
        counted(
            held,
            Some(Closed::Ended),
            Attended {
                entered_at: when(95),
                admitted_at: when(102),
                together_at: when(103),
                ended_at: when(120),
            },
        ),
        counted(
            ran_out,
            Some(Closed::Ended),
            Attended {
                entered_at: when(200),
                admitted_at: when(201),
                together_at: None,
                ended_at: None,
            },
        ),
        counted(missed, Some(Closed::NoShow), Attended::default()),
        counted(to_come, None, Attended::default()),
    ];
    assert_eq!(Asked::of(&agenda.clinic).rows().await, expected);
}
