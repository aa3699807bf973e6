//! Services, profiles, closures, the waiting list and tasks.

use crate::agenda::{Agenda, KEY_USED, MISSING, STALE, exception, minute, notice, service};
use crate::bookings::closes;
use crate::samples::{MINUTE, NOW, answered, at_once};
use crate::support::Clinic;
use bedside::domain::schedule::Service;
use bedside::domain::visit::Closed;
use bedside::protocol::ids::{
    AppointmentId, OrganisationId, PersonId, ServiceId, TaskId, WaitlistId,
};
use bedside::protocol::person::Role;
use bedside::protocol::visit::AttendanceKind;
use bedside::store::schedule::{
    FreedPlace, LicenceRecord, PatientRecord, PlaceOffer, PractitionerRecord, ScheduleChange,
    TaskRecord, WaitlistRecord,
};
use bedside::store::{PersonRecord, StoreError};
use std::time::Duration;
use uuid::Uuid;

pub(crate) async fn services_are_listed_by_name_and_change_by_revision(clinic: Clinic) {
    let store = &clinic.store;
    let (skin, mut advice) = (service("Skin check"), service("Advice"));
    advice.price = None;
    advice.is_active = false;
    store.save_service(OrganisationId::FIRST, skin.clone(), Some(answered("k"))).await.unwrap();
    assert_eq!(
        store.save_service(OrganisationId::FIRST, advice.clone(), Some(answered("k"))).await,
        KEY_USED
    );
    store.save_service(OrganisationId::FIRST, advice.clone(), None).await.unwrap();
    assert_eq!(store.services(OrganisationId::FIRST).await, Ok(vec![advice.clone(), skin.clone()]));

    let next = |revision| Service {
        name: "A skin check".to_owned(),
        min_notice: Duration::from_millis(1),
        revision,
        ..skin.clone()
    };
    for revision in [0, 1, 3] {
        assert_eq!(
            store.save_service(OrganisationId::FIRST, next(revision), None).await,
            STALE,
            "{revision}"
        );
    }
    assert_eq!(
        store.save_service(OrganisationId::FIRST, next(2), Some(answered("two"))).await,
        Ok(())
    );
    assert_eq!(store.save_service(OrganisationId::FIRST, next(2), None).await, STALE);
    assert_eq!(store.services(OrganisationId::FIRST).await, Ok(vec![next(2), advice.clone()]));
    let mut unknown = service("Unknown");
    unknown.revision = 2;
    assert_eq!(store.save_service(OrganisationId::FIRST, unknown, None).await, STALE);
    for odd in [
        Service { duration: Duration::ZERO, ..service("Odd") },
        Service { capacity: 0, ..service("Odd") },
    ] {
        assert_eq!(
            store.save_service(OrganisationId::FIRST, odd, None).await,
            Err(StoreError::Aborted)
        );
    }
}

pub(crate) async fn of_many_who_write_one_revision_one_does(clinic: Clinic) {
    let first = service("Skin check");
    clinic.store.save_service(OrganisationId::FIRST, first.clone(), None).await.unwrap();
    let told = at_once((0..16).map(|n| {
        let store = clinic.store.clone();
        let next = Service { name: format!("By {n}"), revision: 2, ..first.clone() };
        async move { store.save_service(OrganisationId::FIRST, next, None).await }
    }))
    .await;
    assert_eq!(told.iter().filter(|it| it.is_ok()).count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|it| **it == STALE).count(), 15, "{told:?}");
}

fn profile(of: &PersonRecord) -> PractitionerRecord {
    PractitionerRecord {
        specialties: vec!["dermatology".to_owned()],
        languages: vec!["de".to_owned(), "es".to_owned()],
        licences: vec![LicenceRecord {
            jurisdiction: "DE".to_owned(),
            number: "F-1".to_owned(),
            valid_until: Some("2030-12-31".to_owned()),
        }],
        insurers: vec!["fictional mutual".to_owned()],
        about: "Has \"quotes\" and ß".to_owned(),
        experience_years: 12,
        weight: 50,
        service_ids: vec![ServiceId(Uuid::now_v7())],
        revision: 1,
        ..PractitionerRecord::without_profile(
            of.person_id,
            of.display_name.clone(),
            of.role,
            of.time_zone.clone(),
        )
    }
}

pub(crate) async fn practitioners_are_all_whose_time_can_be_booked(clinic: Clinic) {
    let store = &clinic.store;
    let robin = clinic.hires("Dr Robin Sample", Role::Clinician).await;
    let ira = clinic.hires("Ira Madeup", Role::Interpreter).await;
    let pat = clinic.hires("Pat Example", Role::Patient).await;
    clinic.hires("Ada Pretend", Role::Admin).await;
    let plain = PractitionerRecord::without_profile(
        ira.person_id,
        ira.display_name.clone(),
        Role::Interpreter,
        ira.time_zone.clone(),
    );
    let listed = store.practitioners(OrganisationId::FIRST).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!((listed[0].person_id, listed[0].revision), (robin.person_id, 0));
    assert_eq!(listed[1], plain);

    let first = profile(&robin);
    let of_ira = profile(&ira);
    assert_eq!(store.save_practitioner(of_ira.clone(), None).await, Ok(()));
    assert_eq!(store.save_practitioner(first.clone(), Some(answered("k"))).await, Ok(()));
    assert_eq!(store.save_practitioner(first.clone(), None).await, STALE);
    let second = PractitionerRecord { revision: 2, licences: vec![], ..first };
    assert_eq!(store.save_practitioner(second.clone(), Some(answered("k"))).await, KEY_USED);
    // What is of the account is not changed by it.
    let named = PractitionerRecord { display_name: "Dr Else".into(), ..second.clone() };
    assert_eq!(store.save_practitioner(named, None).await, Ok(()));
    assert_eq!(store.practitioners(OrganisationId::FIRST).await, Ok(vec![second, of_ira]));
    let nobody = PersonRecord { person_id: PersonId(Uuid::now_v7()), ..robin };
    for other in [&pat, &nobody] {
        assert_eq!(store.save_practitioner(profile(other), None).await, MISSING);
    }
}

pub(crate) async fn patients_tell_about_themselves(clinic: Clinic) {
    let store = &clinic.store;
    let pat = clinic.hires("Pat Example", Role::Patient).await;
    let robin = clinic.hires("Dr Robin Sample", Role::Clinician).await;
    let nothing = PatientRecord::without_profile(pat.person_id);
    assert_eq!(store.patient(pat.person_id).await, Ok(Some(nothing.clone())));
    for other in [robin.person_id, PersonId(Uuid::now_v7())] {
        assert_eq!(store.patient(other).await, Ok(None));
        let theirs = PatientRecord { revision: 1, ..PatientRecord::without_profile(other) };
        assert_eq!(store.save_patient(theirs, None).await, MISSING);
    }
    assert_eq!(store.save_patient(nothing.clone(), None).await, STALE, "revision 0 is never saved");
    let ana = clinic.hires("Ana Fiction", Role::Patient).await;
    let of_ana = PatientRecord {
        language: Some("de".to_owned()),
        revision: 1,
        ..PatientRecord::without_profile(ana.person_id)
    };
    assert_eq!(store.save_patient(of_ana.clone(), None).await, Ok(()));
    let told = PatientRecord {
        birth_date: Some("1990-02-28".into()),
        gender: Some("as I say".into()),
        phone: Some("+15555550100".into()),
        jurisdiction: Some("US-CA".to_owned()),
        language: Some("es".to_owned()),
        insurer: Some("fictional mutual".into()),
        insurance_number: Some("X-1".into()),
        emergency_contact: Some("Gus Guestly, +15555550101".into()),
        revision: 1,
        ..nothing.clone()
    };
    assert_eq!(store.save_patient(told.clone(), Some(answered("k"))).await, Ok(()));
    assert_eq!(store.patient(pat.person_id).await, Ok(Some(told.clone())));
    assert_eq!(store.save_patient(told.clone(), None).await, STALE);
    let less = PatientRecord { revision: 2, ..nothing };
    assert_eq!(store.save_patient(less.clone(), Some(answered("k"))).await, KEY_USED);
    assert_eq!(store.save_patient(less.clone(), None).await, Ok(()));
    assert_eq!(store.patient(pat.person_id).await, Ok(Some(less)), "what is taken back is gone");
    assert_eq!(store.patient(ana.person_id).await, Ok(Some(of_ana)), "nobody else's");
}

pub(crate) async fn closures_are_of_the_clinic(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let store = agenda.clinic.store.clone();
    let closure = exception(None, "2027-02-01");
    let theirs = exception(Some(agenda.id()), "2027-02-01");
    agenda.saves(0, vec![ScheduleChange::SaveException(theirs.clone())]).await.unwrap();
    assert_eq!(
        store.save_closure(OrganisationId::FIRST, closure.clone(), Some(answered("k"))).await,
        Ok(())
    );
    assert_eq!(
        store.save_closure(OrganisationId::FIRST, closure.clone(), Some(answered("k"))).await,
        KEY_USED
    );
    assert_eq!(store.save_closure(OrganisationId::FIRST, theirs.clone(), None).await, MISSING);
    let mut taken_over = closure.clone();
    taken_over.exception_id = theirs.exception_id;
    assert_eq!(store.save_closure(OrganisationId::FIRST, taken_over, None).await, MISSING);
    let mut longer = closure.clone();
    longer.ends_local = "2027-02-03T12:00".to_owned();
    assert_eq!(store.save_closure(OrganisationId::FIRST, longer.clone(), None).await, Ok(()));
    assert_eq!(store.closures(OrganisationId::FIRST, NOW).await, Ok(vec![longer.clone()]));
    let backwards = bedside::domain::schedule::Exception {
        ends_local: "2027-01-01T00:00".to_owned(),
        ..longer.clone()
    };
    assert_eq!(
        store.save_closure(OrganisationId::FIRST, backwards, None).await,
        Err(StoreError::Aborted)
    );

    // 2027-02-01T08:00Z is 17 days after the stories begin. It is over for sure two days later, in any zone.
    let day = 24 * 60 * MINUTE;
    for (days, expected) in [(19, 1), (20, 1), (21, 0)] {
        let found = store.closures(OrganisationId::FIRST, NOW.plus(days * day)).await.unwrap();
        assert_eq!(found.len(), expected, "after {days} days");
    }
    assert_eq!(
        store.remove_closure(OrganisationId::FIRST, theirs.exception_id, None).await,
        MISSING
    );
    assert_eq!(
        store
            .remove_closure(OrganisationId::FIRST, closure.exception_id, Some(answered("k")))
            .await,
        KEY_USED
    );
    assert_eq!(
        store.remove_closure(OrganisationId::FIRST, closure.exception_id, None).await,
        Ok(())
    );
    assert_eq!(
        store.remove_closure(OrganisationId::FIRST, closure.exception_id, None).await,
        MISSING
    );
    assert_eq!(store.closures(OrganisationId::FIRST, NOW).await, Ok(vec![]));
}

pub(crate) async fn who_waits_first_is_first(clinic: Clinic) {
    let agenda = Agenda::open(clinic).await;
    let store = &agenda.clinic.store;
    let other = service("Advice");
    store.save_service(OrganisationId::FIRST, other.clone(), None).await.unwrap();
    let ana = agenda.clinic.hires("Ana Fiction", Role::Patient).await;
    let entry = |patient: &PersonRecord, service: &Service, since: u32| WaitlistRecord {
        waitlist_id: WaitlistId(Uuid::now_v7()),
        patient_id: patient.person_id,
        service_id: service.service_id,
        clinician_id: Some(agenda.id()),
        from: minute(0),
        until: minute(1_000),
        created_at: minute(since),
        offered_at: None,
    };
    let late = entry(&agenda.patient, &agenda.service, 2);
    let mut first = WaitlistRecord { clinician_id: None, ..entry(&ana, &agenda.service, 1) };
    let elsewhere = entry(&ana, &other, 0);
    for it in [&late, &first, &elsewhere] {
        assert_eq!(store.join_waitlist(it.clone(), None).await, Ok(()));
    }
    assert_eq!(store.join_waitlist(late.clone(), None).await, STALE);
    store.keep_answer(answered("k")).await.unwrap();
    let one_more = entry(&ana, &other, 9);
    assert_eq!(store.join_waitlist(one_more.clone(), Some(answered("k"))).await, KEY_USED);
    for odd in [
        entry(&ana, &service("Unsaved"), 0),
        WaitlistRecord { patient_id: PersonId(Uuid::now_v7()), ..one_more.clone() },
        WaitlistRecord { clinician_id: Some(PersonId(Uuid::now_v7())), ..one_more },
    ] {
        assert_eq!(store.join_waitlist(odd, None).await, MISSING);
    }

    let told = vec![notice(&ana, None)];
    let place = freed(&agenda, 5);
    assert_eq!(store.free_place(place).await, Ok(()));
    let offer = |place, to: &WaitlistRecord| PlaceOffer {
        place,
        waitlist_id: to.waitlist_id,
        at: minute(5),
        next_at: minute(35),
    };
    assert_eq!(store.offer_place(offer(place, &first), told.clone()).await, Ok(()));
    first.offered_at = Some(minute(5));
    let next = FreedPlace { next_at: minute(35), ..place };
    assert_eq!(store.offer_place(offer(next, &late), told).await, STALE, "a notice is new");
    let service = Some(agenda.service.service_id);
    let theirs = Some(ana.person_id);
    let all = vec![elsewhere.clone(), first.clone(), late.clone()];
    assert_eq!(store.waitlist(None, None).await, Ok(all));
    assert_eq!(store.waitlist(service, None).await, Ok(vec![first.clone(), late.clone()]));
    assert_eq!(store.waitlist(None, theirs).await, Ok(vec![elsewhere, first.clone()]));
    assert_eq!(store.waitlist(service, theirs).await, Ok(vec![first.clone()]));

    assert_eq!(store.leave_waitlist(first.waitlist_id, late.patient_id, None).await, Ok(false));
    let taken = store.leave_waitlist(first.waitlist_id, ana.person_id, Some(answered("k"))).await;
    assert_eq!(taken.map(|_| ()), KEY_USED);
    let in_vain =
        store.leave_waitlist(first.waitlist_id, late.patient_id, Some(answered("v"))).await;
    assert_eq!(in_vain, Ok(false));
    let left = store.leave_waitlist(first.waitlist_id, ana.person_id, Some(answered("v"))).await;
    assert_eq!(left, Ok(true), "what was done in vain has used no key");
    assert_eq!(store.leave_waitlist(first.waitlist_id, ana.person_id, None).await, Ok(false));
    assert_eq!(store.offer_place(offer(next, &first), vec![]).await, MISSING);
    assert_eq!(store.waitlist(service, None).await, Ok(vec![late]));
}

/// A time of the agenda that is free, to be told of at that minute.
fn freed(agenda: &Agenda, next: u32) -> FreedPlace {
    FreedPlace {
        place_id: Uuid::now_v7(),
        clinician_id: agenda.id(),
        service_id: agenda.service.service_id,
        starts_at: minute(500),
        next_at: minute(next),
    }
}

pub(crate) async fn of_a_freed_place_each_is_told_once(clinic: Clinic) {
    let agenda = Agenda::open(clinic).await;
    let store = &agenda.clinic.store;
    let mut wishes = Vec::new();
    for since in 0..2 {
        let wish = WaitlistRecord {
            waitlist_id: WaitlistId(Uuid::now_v7()),
            patient_id: agenda.patient.person_id,
            service_id: agenda.service.service_id,
            clinician_id: None,
            from: minute(0),
            until: minute(1_000),
            created_at: minute(since),
            offered_at: None,
        };
        store.join_waitlist(wish.clone(), None).await.unwrap();
        wishes.push(wish.waitlist_id);
    }
    let place = freed(&agenda, 1);
    let odd = FreedPlace { service_id: ServiceId(Uuid::now_v7()), ..place };
    assert_eq!(store.free_place(odd).await, MISSING);
    assert_eq!(store.free_place(place).await, Ok(()));
    assert_eq!(store.free_place(freed(&agenda, 3)).await, Ok(()), "it is there");
    assert_eq!(store.places_due(minute(0), 10).await, Ok(vec![]));
    assert_eq!(store.places_due(minute(9), 10).await, Ok(vec![place]));

    // Of many nodes that tell somebody of it, one does.
    let offer = |place: FreedPlace, to: usize, next: u32| PlaceOffer {
        place,
        waitlist_id: wishes[to],
        at: place.next_at,
        next_at: minute(next),
    };
    let told = at_once((0..8_usize).map(|n| {
        let (store, offer) = (store.clone(), offer(place, n % 2, 31));
        async move { store.offer_place(offer, vec![]).await }
    }))
    .await;
    assert_eq!(told.iter().filter(|it| it.is_ok()).count(), 1, "{told:?}");
    let first = store.told_of(place.place_id).await.unwrap();
    assert_eq!(first.len(), 1);
    let next = FreedPlace { next_at: minute(31), ..place };
    assert_eq!(store.places_due(minute(30), 10).await, Ok(vec![]));
    assert_eq!(store.places_due(minute(31), 10).await, Ok(vec![next]));
    let again = usize::from(first[0] == wishes[1]);
    assert!(store.offer_place(offer(next, again, 61), vec![]).await.is_err(), "told before");
    assert_eq!(store.offer_place(offer(next, 1 - again, 61), vec![]).await, Ok(()));

    let last = FreedPlace { next_at: minute(61), ..place };
    assert_eq!(store.postpone_place(next, None).await, STALE);
    assert_eq!(store.postpone_place(last, Some(minute(62))).await, Ok(()));
    let last = FreedPlace { next_at: minute(62), ..place };
    assert_eq!(store.postpone_place(last, None).await, Ok(()));
    assert_eq!(store.postpone_place(last, None).await, STALE, "it is over");
    assert_eq!(store.places_due(minute(900), 10).await, Ok(vec![]));
    assert_eq!(store.free_place(freed(&agenda, 70)).await, Ok(()), "free anew");
    assert_eq!(store.places_due(minute(900), 10).await.unwrap().len(), 1);
}

pub(crate) async fn a_conflict_is_over_with_the_next_move_and_with_the_end(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let store = agenda.clinic.store.clone();
    let (moved, cancelled) = (agenda.books(100, 130).await, agenda.books(200, 230).await);
    let ended = agenda.books(400, 430).await;
    let mut expected = vec![];
    for (about, kind) in [
        (moved, "zone_conflict"),
        (cancelled, "zone_conflict"),
        (ended, "zone_conflict"),
        (moved, "zone_changed"),
    ] {
        let task = TaskRecord {
            task_id: TaskId(Uuid::now_v7()),
            kind,
            appointment_id: about,
            created_at: NOW,
            done_at: None,
        };
        assert_eq!(store.raise_task(task.clone()).await, Ok(()));
        expected.push(task);
    }
    let hold = agenda.reserves(300, 315).await;
    let change = ScheduleChange::Move(hold, Box::new(agenda.moving(moved, 300)));
    assert_eq!(agenda.saves(0, vec![change]).await, Ok(()));
    let open = store.tasks(OrganisationId::FIRST, 10).await.unwrap();
    assert_eq!(open, expected[1..], "what was changed by the zone is still to be looked at");
    closes(&agenda.clinic, cancelled, Closed::Cancelled, AttendanceKind::Cancelled).await;
    assert_eq!(store.tasks(OrganisationId::FIRST, 10).await.unwrap(), expected[2..]);
    closes(&agenda.clinic, ended, Closed::Ended, AttendanceKind::Ended).await;
    assert_eq!(store.tasks(OrganisationId::FIRST, 10).await.unwrap(), expected[3..]);
}

pub(crate) async fn a_task_is_open_once(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let store = agenda.clinic.store.clone();
    let (first, second) = (agenda.books(100, 130).await, agenda.books(200, 230).await);
    let task = |kind, about, since| TaskRecord {
        task_id: TaskId(Uuid::now_v7()),
        kind,
        appointment_id: about,
        created_at: minute(since),
        done_at: None,
    };
    let late = task("zone_changed", first, 3);
    let (conflict, of_second) = (task("zone_conflict", first, 1), task("zone_changed", second, 2));
    for it in [&late, &conflict, &of_second] {
        assert_eq!(store.raise_task(it.clone()).await, Ok(()));
    }
    assert_eq!(store.raise_task(task("zone_changed", first, 0)).await, Ok(()), "it is there");
    assert_eq!(store.raise_task(late.clone()).await, Ok(()));
    let unknown = AppointmentId(Uuid::now_v7());
    assert_eq!(store.raise_task(task("zone_changed", unknown, 0)).await, MISSING);
    let all = vec![conflict.clone(), of_second.clone(), late.clone()];
    assert_eq!(store.tasks(OrganisationId::FIRST, 10).await, Ok(all));
    assert_eq!(store.tasks(OrganisationId::FIRST, 1).await, Ok(vec![conflict.clone()]));

    assert_eq!(store.finish_task(late.task_id, minute(9), None).await, Ok(()));
    assert_eq!(store.finish_task(late.task_id, minute(9), None).await, MISSING);
    assert_eq!(store.finish_task(TaskId(Uuid::now_v7()), NOW, None).await, MISSING);
    let again = task("zone_changed", first, 4);
    assert_eq!(store.raise_task(again.clone()).await, Ok(()), "it has changed anew");
    assert_eq!(store.tasks(OrganisationId::FIRST, 10).await, Ok(vec![conflict, of_second, again]));
}
