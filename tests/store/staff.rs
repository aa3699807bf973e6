//! Accounts changed by administrators, who can sign in, and who can be booked.

use crate::agenda::{Agenda, claim, minute};
use crate::samples::{MINUTE, NOW, answered, at_once, guest_session, hash, link, session, who};
use crate::support::Clinic;
use bedside::domain::people::{Refusal, Wish};
use bedside::protocol::ids::PersonId;
use bedside::protocol::person::{PersonStatus, Role};
use bedside::store::people::{Changed, PersonChange, Standing, SuspendedRecord, Which};
use bedside::store::schedule::{Moved, ScheduleChange};
use bedside::store::{Conflict, LinkUse, PersonRecord, SessionRecord, StoreError, Stored};

const SUSPENDED: StoreError = StoreError::Conflict(Conflict::Suspended);

/// As they are to be, by somebody else.
pub(crate) fn change(person: &PersonRecord, by: &PersonRecord, wish: Wish) -> PersonChange {
    let suspended = SuspendedRecord {
        at: NOW.plus(MINUTE),
        by: by.person_id,
        reason: "left the fictional clinic".into(),
    };
    let before = person.standing.clone();
    let suspended = match wish {
        Wish::Suspend => Some(suspended),
        Wish::Reinstate => None,
        Wish::Become(_) | Wish::Move { .. } => before.suspended,
    };
    let standing = Standing { revision: before.revision + 1, suspended, ..before };
    let role = if let Wish::Become(role) = wish { role } else { person.role };
    let person = PersonRecord { standing, role, ..person.clone() };
    PersonChange { person, by: by.person_id, at: NOW.plus(MINUTE), wish }
}

/// Does it; the account as it is then.
pub(crate) async fn done(
    clinic: &Clinic,
    change: PersonChange,
) -> (PersonRecord, Vec<SessionRecord>) {
    let person = change.person.clone();
    match clinic.store.change_person(change, None).await {
        Ok(Changed::Done { ended, .. }) => (person, ended),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn refused(told: &Stored<Changed>) -> Option<Refusal> {
    match told {
        Ok(Changed::Refused(why)) => Some(*why),
        _ => None,
    }
}

pub(crate) async fn a_change_is_kept_once_and_ends_sessions_with_a_role(clinic: Clinic) {
    let store = &clinic.store;
    let ada = clinic.hires("Ada Invented", Role::Admin).await;
    let sol = clinic.hires("Sol Fiction", Role::Support).await;
    let open = session(&sol);
    store.open_session(open.clone()).await.unwrap();
    let renamed = PersonRecord {
        display_name: "Sol Otherwise".into(),
        time_zone: "America/Lima".to_owned(),
        ..sol.clone()
    };
    let (renamed, ended) = done(&clinic, change(&renamed, &ada, Wish::Become(Role::Support))).await;
    assert_eq!(ended, [], "with another name they stay where they are");
    assert_eq!(store.person(sol.person_id).await, Ok(Some(renamed.clone())));
    let (made, ended) = done(&clinic, change(&renamed, &ada, Wish::Become(Role::Clinician))).await;
    assert_eq!(ended.iter().map(|it| it.session_id).collect::<Vec<_>>(), [open.session_id]);
    assert_eq!(store.person(sol.person_id).await, Ok(Some(made.clone())));
    assert_eq!(made.standing.revision, 3);

    let late = store.change_person(change(&renamed, &ada, Wish::Suspend), None).await;
    assert_eq!(late, Err(StoreError::Conflict(Conflict::Stale)), "it was another one");
    let before = session(&sol);
    assert_eq!(store.open_session(before).await, Err(SUSPENDED), "no session of a role of before");
    assert_eq!(store.open_session(session(&made)).await, Ok(()));
}

pub(crate) async fn a_used_key_changes_nobody_again(clinic: Clinic) {
    let store = &clinic.store;
    let ada = clinic.hires("Ada Invented", Role::Admin).await;
    let sol = clinic.hires("Sol Fiction", Role::Support).await;
    store.keep_answer(answered("k")).await.unwrap();
    let told = store.change_person(change(&sol, &ada, Wish::Suspend), Some(answered("k"))).await;
    assert_eq!(told, Err(StoreError::Conflict(Conflict::KeyUsed)));
    assert_eq!(store.person(sol.person_id).await, Ok(Some(sol.clone())));
    // What is refused keeps no answer.
    let own = store.change_person(change(&ada, &ada, Wish::Suspend), Some(answered("other"))).await;
    assert_eq!(refused(&own), Some(Refusal::Own));
    assert_eq!(store.answered("a caller", "test.operation", "other").await, Ok(None));
}

pub(crate) async fn whoever_is_suspended_has_no_session_until_they_come_back(clinic: Clinic) {
    let store = &clinic.store;
    let ada = clinic.hires("Ada Invented", Role::Admin).await;
    let visit = clinic.books().await;
    let pat = visit.facts.patient_id;
    let pat = store.person(pat).await.unwrap().unwrap();
    let part = who(&visit, Role::Patient);
    let (own, by_link) = (link(&visit, part, 5), link(&visit, part, 6));
    store.create_link(own.clone(), None).await.unwrap();
    store.create_link(by_link.clone(), None).await.unwrap();
    let of_link = |it: &_| SessionRecord {
        person_id: Some(pat.person_id),
        role: Role::Patient,
        ..guest_session(it)
    };
    store.open_session(session(&pat)).await.unwrap();
    let opened = store.use_link(&hash(6), of_link(&by_link), NOW).await;
    assert!(matches!(opened, Ok(LinkUse::Opened(_))), "{opened:?}");

    let (gone, ended) = done(&clinic, change(&pat, &ada, Wish::Suspend)).await;
    assert_eq!(ended.len(), 2, "that of the account, and that of the link");
    assert_eq!(store.person(pat.person_id).await, Ok(Some(gone.clone())));
    assert_eq!(gone.status(), PersonStatus::Suspended);
    assert_eq!(store.sessions_of(pat.person_id, NOW, 10).await, Ok(vec![]));
    assert_eq!(store.open_session(session(&pat)).await, Err(SUSPENDED));
    assert_eq!(store.use_link(&hash(5), of_link(&own), NOW).await, Err(SUSPENDED));
    let again = store.change_person(change(&gone, &ada, Wish::Suspend), None).await;
    assert_eq!(refused(&again), Some(Refusal::Suspended));

    let (back, ended) = done(&clinic, change(&gone, &ada, Wish::Reinstate)).await;
    assert_eq!((ended, back.status()), (vec![], PersonStatus::Active));
    assert_eq!(store.person(pat.person_id).await, Ok(Some(back)));
    assert_eq!(store.open_session(session(&pat)).await, Ok(()));
    let used = store.use_link(&hash(5), of_link(&own), NOW).await;
    assert!(matches!(used, Ok(LinkUse::Opened(_))), "it was not used up: {used:?}");
}

pub(crate) async fn people_are_listed_by_whether_they_can_sign_in(clinic: Clinic) {
    let store = &clinic.store;
    let ada = clinic.hires("Ada Invented", Role::Admin).await;
    let sol = clinic.hires("Sol Fiction", Role::Support).await;
    let (sol, _) = done(&clinic, change(&sol, &ada, Wish::Suspend)).await;
    // As a program of before leaves somebody whom it has erased, and somebody with an address like that.
    let id = PersonId(uuid::Uuid::now_v7());
    let erased = |of: PersonId| format!("{}@erased.invalid", of.0.simple()).into();
    let gone = crate::samples::person("Erased", Role::Patient);
    let gone = PersonRecord { person_id: id, email: erased(id), ..gone };
    let like = crate::samples::person("Like Made-up", Role::Patient);
    let like = PersonRecord { email: erased(ada.person_id), ..like };
    for it in [&gone, &like] {
        store.create_person(it.clone(), None).await.unwrap();
    }
    let of = ada.organisation_id;
    let listed = async |status| {
        let which = Which { role: None, status };
        store.people(of, which, 10).await.unwrap()
    };
    assert_eq!(listed(Some(PersonStatus::Active)).await, [ada.clone(), like.clone()]);
    assert_eq!(listed(Some(PersonStatus::Suspended)).await, std::slice::from_ref(&sol));
    assert_eq!(listed(Some(PersonStatus::Erased)).await, std::slice::from_ref(&gone));
    assert_eq!(listed(None).await, [ada.clone(), gone.clone(), like, sol]);
    let told = store.change_person(change(&gone, &ada, Wish::Suspend), None).await;
    assert_eq!(refused(&told), Some(Refusal::Erased));
}

pub(crate) async fn of_two_administrators_who_take_each_others_office_one_stays(clinic: Clinic) {
    let store = &clinic.store;
    let mut ada = clinic.hires("Ada Invented", Role::Admin).await;
    // That there is a third one does not let the two go on with it.
    let zoe = clinic.hires("Zoe Invented", Role::Admin).await;
    for round in 0..8 {
        let eve = clinic.hires(&format!("Eve Invented {round}"), Role::Admin).await;
        let wish = if round % 2 == 0 { Wish::Suspend } else { Wish::Become(Role::Support) };
        let each = [change(&ada, &eve, wish), change(&eve, &ada, wish)];
        let told = at_once(each.map(|it| {
            let store = store.clone();
            async move { store.change_person(it, None).await }
        }))
        .await;
        let late = told.iter().filter(|it| refused(it) == Some(Refusal::NoAdmin)).count();
        assert_eq!(late, 1, "{told:?}");
        let which = Which { role: Some(Role::Admin), status: Some(PersonStatus::Active) };
        let left = store.people(ada.organisation_id, which, 10).await.unwrap();
        assert_eq!(left.len(), 2);
        ada = left.into_iter().find(|it| it.person_id != zoe.person_id).unwrap();
    }
}

pub(crate) async fn nobody_decides_who_is_no_administrator_there(clinic: Clinic) {
    let store = &clinic.store;
    let ada = clinic.hires("Ada Invented", Role::Admin).await;
    let eve = clinic.hires("Eve Invented", Role::Admin).await;
    let sol = clinic.hires("Sol Fiction", Role::Support).await;
    let second = crate::houses::organisation("second");
    store.create_organisation(second.clone()).await.unwrap();
    let elsewhere = second.organisation_id;
    let uma = crate::samples::person("Uma Elsewhere", Role::Admin);
    let uma = PersonRecord { organisation_id: elsewhere, ..uma };
    store.create_person(uma.clone(), None).await.unwrap();
    let (gone, _) = done(&clinic, change(&eve, &ada, Wish::Suspend)).await;
    for (by, of, wish) in [
        (&sol, &ada, Wish::Suspend),
        (&gone, &sol, Wish::Suspend),
        (&gone, &gone, Wish::Reinstate),
        (&uma, &sol, Wish::Become(Role::Interpreter)),
    ] {
        let told = store.change_person(change(of, by, wish), None).await;
        assert_eq!(refused(&told), Some(Refusal::NoAdmin), "{wish:?}");
    }
}

pub(crate) async fn nothing_is_booked_with_who_is_suspended(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let ada = agenda.clinic.hires("Ada Invented", Role::Admin).await;
    let ira = agenda.clinic.hires("Ira Madeup", Role::Interpreter).await;
    let reserved = agenda.reserves(100, 130).await;
    let store = agenda.clinic.store.clone();
    let of = agenda.clinician.person_id;
    assert_eq!(store.appointments_ahead(of, NOW).await, Ok(0));
    let (gone, _) = done(&agenda.clinic, change(&agenda.clinician, &ada, Wish::Suspend)).await;
    let listed = store.practitioners(ada.organisation_id).await.unwrap();
    let is_suspended = |id| listed.iter().find(|it| it.person_id == id).unwrap().is_out;
    assert!(is_suspended(of) && !is_suspended(ira.person_id));

    let (_, hold) = agenda.hold(vec![claim(&agenda.clinician, 200, 230)]);
    let new = agenda.booking(100, 130);
    let booked = new.visit.visit.facts.appointment_id;
    let placed = agenda.booking(300, 330);
    let theirs = claim(&agenda.clinician, 300, 330);
    for refused in [
        hold,
        ScheduleChange::Book(reserved, vec![new.clone()]),
        ScheduleChange::Place(Box::new(placed), theirs),
    ] {
        let told = store.commit_schedule(agenda.saving(1, vec![refused])).await;
        assert_eq!(told, Err(SUSPENDED));
    }
    // They come back in time for what was reserved.
    let (back, _) = done(&agenda.clinic, change(&gone, &ada, Wish::Reinstate)).await;
    let book = agenda.saving(1, vec![ScheduleChange::Book(reserved, vec![new])]);
    assert_eq!(store.commit_schedule(book).await, Ok(()));
    agenda.next += 1;
    assert_eq!(store.appointments_ahead(of, minute(0)).await, Ok(1));
    assert_eq!(store.appointments_ahead(of, minute(130)).await, Ok(0), "it is over");

    let told = store.change_person(change(&back, &ada, Wish::Become(Role::Admin)), None).await;
    assert_eq!(refused(&told), Some(Refusal::Ahead));
    // An interpreter is somebody too whom nobody takes along who is suspended.
    done(&agenda.clinic, change(&ira, &ada, Wish::Suspend)).await;
    let (_, mut hold) = agenda.hold(vec![claim(&agenda.clinician, 200, 230)]);
    if let ScheduleChange::Hold(record, claims) = &mut hold {
        record.interpreter_id = Some(ira.person_id);
        claims.push(claim(&ira, 200, 230));
    }
    assert_eq!(store.commit_schedule(agenda.saving(1, vec![hold])).await, Err(SUSPENDED));
    // Nor does an appointment move to a time with somebody who was suspended since it was reserved.
    let later = agenda.reserves(200, 230).await;
    let moves = |interpreter_id| {
        let moved = agenda.moving(booked, 200);
        ScheduleChange::Move(later, Box::new(Moved { interpreter_id, ..moved }))
    };
    let told = store.commit_schedule(agenda.saving(1, vec![moves(Some(ira.person_id))])).await;
    assert_eq!(told, Err(SUSPENDED));
    done(&agenda.clinic, change(&back, &ada, Wish::Suspend)).await;
    let told = store.commit_schedule(agenda.saving(1, vec![moves(None)])).await;
    assert_eq!(told, Err(SUSPENDED));
}

pub(crate) async fn a_booking_and_a_change_at_once_do_not_miss_each_other(clinic: Clinic) {
    let first = Agenda::open(clinic).await;
    let store = first.clinic.store.clone();
    let ada = first.clinic.hires("Ada Invented", Role::Admin).await;
    for round in 0..8 {
        let mut agenda = first.beside(&format!("Dr Kim Specimen {round}")).await;
        let hold = agenda.reserves(100, 130).await;
        let new = agenda.booking(100, 130);
        let book = agenda.saving(1, vec![ScheduleChange::Book(hold, vec![new])]);
        let becomes = change(&agenda.clinician, &ada, Wish::Become(Role::Support));
        let (booking, changing) = (store.clone(), store.clone());
        let (booked, changed) = tokio::join!(
            tokio::spawn(async move { booking.commit_schedule(book).await }),
            tokio::spawn(async move { changing.change_person(becomes, None).await }),
        );
        let (booked, changed) = (booked.unwrap(), changed.unwrap());
        let is_changed = matches!(changed, Ok(Changed::Done { .. }));
        let expected = if is_changed { Err(SUSPENDED) } else { Ok(()) };
        assert_eq!(booked, expected, "an appointment with nobody to keep it: {changed:?}");
        assert_eq!(refused(&changed), (!is_changed).then_some(Refusal::Ahead));
        if is_changed {
            let release = agenda.saving(2, vec![ScheduleChange::Release(hold)]);
            store.commit_schedule(release).await.unwrap();
        }
    }
}

pub(crate) async fn a_new_name_is_that_of_what_is_to_come(clinic: Clinic) {
    let store = &clinic.store;
    let ada = clinic.hires("Ada Invented", Role::Admin).await;
    let robin = clinic.hires("Dr Robin Sample", Role::Clinician).await;
    let pat = clinic.hires("Pat Example", Role::Patient).await;
    let over = crate::samples::visit(&robin, &pat, 0, 1);
    let to_come = crate::samples::visit(&robin, &pat, 30, 60);
    for it in [&over, &to_come] {
        store.create_visit(it.clone(), None).await.unwrap();
    }
    let renamed = PersonRecord { display_name: "Pat Otherwise".into(), ..pat.clone() };
    done(&clinic, change(&renamed, &ada, Wish::Become(Role::Patient))).await;
    let name_in = async |visit: &bedside::store::NewVisit| {
        let visit = store.visit(visit.visit.facts.appointment_id).await.unwrap().unwrap();
        let part = visit.members.values().find(|it| it.role == Role::Patient).unwrap();
        part.display_name.expose().clone()
    };
    assert_eq!(name_in(&over).await, "Pat Example", "it took place with that name");
    assert_eq!(name_in(&to_come).await, "Pat Otherwise");
    // Whoever has the visit in hand since before does not write the old name back.
    let id = to_come.visit.facts.appointment_id;
    let epoch = store.claim_visit(id, "node-a").await.unwrap().epoch;
    let part = who(&to_come.visit, Role::Patient);
    let event = crate::samples::event(bedside::protocol::visit::AttendanceKind::Entered, part);
    store.commit_visit(crate::samples::commit(&to_come.visit, epoch, vec![event])).await.unwrap();
    assert_eq!(name_in(&to_come).await, "Pat Otherwise");
}
