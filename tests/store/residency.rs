//! Of which region a database is, and what is refused to whoever is kept elsewhere.

use crate::agenda::{Agenda, claim};
use crate::samples::{NOW, guest_session, hash, link, session, who};
use crate::staff::{change, done, refused};
use crate::support::Clinic;
use bedside::domain::people::{Refusal, Wish};
use bedside::domain::residency::Residency;
use bedside::protocol::person::{PersonStatus, Role};
use bedside::protocol::region::Region;
use bedside::store::people::{Changed, Standing, Which};
use bedside::store::schedule::ScheduleChange;
use bedside::store::{Conflict, PersonRecord, SessionRecord, Store, StoreError};
use std::sync::Arc;

const OUT: StoreError = StoreError::Conflict(Conflict::Suspended);

fn region(name: &str) -> Region {
    Region::parse(name).expect("a name")
}

/// A deployment in the west of Europe that keeps people of its middle as well.
pub(crate) fn europe() -> Arc<Residency> {
    Arc::new(Residency {
        own: Some(region("eu-west")),
        keeps: [region("eu-central")].into(),
        elsewhere: [(region("us-east"), "https://us.clinic.example".to_owned())].into(),
    })
}

pub(crate) fn at_home_in(person: &PersonRecord, name: &str) -> PersonRecord {
    let home_region = Some(region(name));
    let is_elsewhere = europe().is_elsewhere(home_region.as_ref());
    let standing = Standing { home_region, is_elsewhere, ..person.standing.clone() };
    PersonRecord { standing, ..person.clone() }
}

pub(crate) async fn a_database_is_of_the_region_that_was_written_first(clinic: Clinic) {
    let store = &clinic.store;
    assert_eq!(store.region(None).await, Ok(None), "of none");
    let west = region("eu-west");
    assert_eq!(store.region(Some(&west)).await, Ok(Some(west.clone())));
    let east = region("us-east");
    assert_eq!(store.region(Some(&east)).await, Ok(Some(west.clone())), "it stays what it is");
    assert_eq!(store.region(None).await, Ok(Some(west)));
}

pub(crate) async fn of_nodes_that_write_a_region_at_once_all_are_told_the_same(clinic: Clinic) {
    let names: Vec<_> = (0..8).map(|it| region(&format!("region-{it}"))).collect();
    let mut asked = vec![];
    for name in names {
        let other: Arc<dyn Store> = Arc::new(clinic.open_again().await);
        asked.push(tokio::spawn(async move { other.region(Some(&name)).await.expect("told") }));
    }
    let mut told = vec![];
    for it in asked {
        told.push(it.await.expect("it ends"));
    }
    let is = clinic.store.region(None).await.unwrap();
    assert!(is.is_some() && told.iter().all(|it| *it == is), "{is:?} {told:?}");
}

pub(crate) async fn whoever_moved_away_has_no_session_until_they_come_back(clinic: Clinic) {
    let store = &clinic.store;
    store.keep_people_of(europe());
    let ada = clinic.hires("Ada Invented", Role::Admin).await;
    let pat = clinic.hires("Pat Example", Role::Patient).await;
    let near = at_home_in(&pat, "eu-central");
    store.open_session(session(&pat)).await.unwrap();
    let (near, ended) = done(&clinic, change(&near, &ada, Wish::Become(Role::Patient))).await;
    assert_eq!((ended.len(), near.status()), (0, PersonStatus::Active), "of the same zone");

    let gone = at_home_in(&near, "us-east");
    let (gone, ended) = done(&clinic, change(&gone, &ada, Wish::Become(Role::Patient))).await;
    assert_eq!(ended.len(), 1);
    assert_eq!(gone.status(), PersonStatus::Elsewhere);
    assert_eq!(store.person(pat.person_id).await, Ok(Some(gone.clone())));
    assert_eq!(store.sessions_of(pat.person_id, NOW, 10).await, Ok(vec![]));
    assert_eq!(store.open_session(session(&pat)).await, Err(OUT));
    let listed = async |status| {
        let which = Which { role: None, status };
        store.people(ada.organisation_id, which, 10).await.unwrap()
    };
    assert_eq!(listed(Some(PersonStatus::Elsewhere)).await, std::slice::from_ref(&gone));
    assert_eq!(listed(Some(PersonStatus::Active)).await, std::slice::from_ref(&ada));
    let own = change(&at_home_in(&ada, "eu-central"), &ada, Wish::Become(Role::Admin));
    assert_eq!(refused(&store.change_person(own, None).await), Some(Refusal::Own));

    let back = at_home_in(&gone, "eu-west");
    let (back, _) = done(&clinic, change(&back, &ada, Wish::Become(Role::Patient))).await;
    assert_eq!(back.status(), PersonStatus::Active);
    assert_eq!(store.open_session(session(&pat)).await, Ok(()));
}

pub(crate) async fn what_is_open_of_whoever_is_kept_elsewhere_by_now_ends(clinic: Clinic) {
    let store = &clinic.store;
    let visit = clinic.books().await;
    let pat = store.person(visit.facts.patient_id).await.unwrap().unwrap();
    let eve = at_home_in(&crate::samples::person("Eve Elsewhere", Role::Patient), "us-east");
    store.create_person(eve.clone(), None).await.unwrap();
    for it in [&pat, &eve] {
        store.open_session(session(it)).await.expect("without a region everybody is kept");
    }
    assert_eq!(store.end_sessions_elsewhere(NOW).await, Ok(0));
    store.keep_people_of(europe());
    assert_eq!(store.end_sessions_elsewhere(NOW).await, Ok(1), "hers");
    assert_eq!(store.sessions_of(eve.person_id, NOW, 10).await, Ok(vec![]));
    assert_eq!(store.sessions_of(pat.person_id, NOW, 10).await.unwrap().len(), 1);
    assert_eq!(store.open_session(session(&eve)).await, Err(OUT));
    // A link is a way in as well.
    let part = who(&visit, Role::Patient);
    let card = link(&visit, part, 5);
    store.create_link(card.clone(), None).await.unwrap();
    let of_link = SessionRecord {
        person_id: Some(eve.person_id),
        role: Role::Patient,
        ..guest_session(&card)
    };
    assert_eq!(store.use_link(&hash(5), of_link, NOW).await, Err(OUT));
}

pub(crate) async fn nothing_is_booked_for_or_with_whoever_moved_away(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let store = agenda.clinic.store.clone();
    store.keep_people_of(europe());
    let ada = agenda.clinic.hires("Ada Invented", Role::Admin).await;
    let pat = agenda.patient.clone();
    for moved in [pat.clone(), agenda.clinician.clone()] {
        let reserved = agenda.reserves(100, 130).await;
        let wish = Wish::Become(moved.role);
        let gone = at_home_in(&moved, "us-east");
        let (gone, _) = done(&agenda.clinic, change(&gone, &ada, wish)).await;
        let (_, hold) = agenda.hold(vec![claim(&agenda.clinician, 200, 230)]);
        let new = agenda.booking(100, 130);
        let placed = agenda.booking(300, 330);
        let theirs = claim(&agenda.clinician, 300, 330);
        for change in [
            hold,
            ScheduleChange::Book(reserved, vec![new.clone()]),
            ScheduleChange::Place(Box::new(placed), theirs),
        ] {
            let told = store.commit_schedule(agenda.saving(1, vec![change])).await;
            assert_eq!(told, Err(OUT), "{:?}", moved.role);
        }
        let back = at_home_in(&gone, "eu-west");
        done(&agenda.clinic, change(&back, &ada, wish)).await;
        let release = agenda.saving(1, vec![ScheduleChange::Release(reserved)]);
        store.commit_schedule(release).await.unwrap();
        agenda.next += 1;
    }
}

pub(crate) async fn a_booking_and_a_move_at_once_do_not_miss_each_other(clinic: Clinic) {
    let first = Agenda::open(clinic).await;
    let store = first.clinic.store.clone();
    store.keep_people_of(europe());
    let ada = first.clinic.hires("Ada Invented", Role::Admin).await;
    for round in 0..8 {
        let mut agenda = first.beside(&format!("Dr Kim Specimen {round}")).await;
        let hold = agenda.reserves(100, 130).await;
        let new = agenda.booking(100, 130);
        let book = agenda.saving(1, vec![ScheduleChange::Book(hold, vec![new])]);
        let pat = store.person(agenda.patient.person_id).await.unwrap().unwrap();
        let leaves = change(&at_home_in(&pat, "us-east"), &ada, Wish::Become(Role::Patient));
        let (booking, changing) = (store.clone(), store.clone());
        let (booked, changed) = tokio::join!(
            tokio::spawn(async move { booking.commit_schedule(book).await }),
            tokio::spawn(async move { changing.change_person(leaves, None).await }),
        );
        let (booked, changed) = (booked.unwrap(), changed.unwrap());
        let is_changed = matches!(changed, Ok(Changed::Done { .. }));
        let expected = if is_changed { Err(OUT) } else { Ok(()) };
        assert_eq!(booked, expected, "an appointment of somebody who is gone: {changed:?}");
        if !is_changed {
            // From now on they have an appointment to come.
            assert_eq!(refused(&changed), Some(Refusal::Expected));
            return;
        }
        let release = agenda.saving(2, vec![ScheduleChange::Release(hold)]);
        store.commit_schedule(release).await.unwrap();
        let gone = store.person(pat.person_id).await.unwrap().unwrap();
        let back = at_home_in(&gone, "eu-west");
        done(&agenda.clinic, change(&back, &ada, Wish::Become(Role::Patient))).await;
    }
}
