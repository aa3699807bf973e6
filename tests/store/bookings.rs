//! Booking, placing, moving and cancelling.

use crate::agenda::{Agenda, KEY_USED, MISSING, STALE, TAKEN, claim, minute, notice};
use crate::samples::{MINUTE, NOW, answered, commit, event, visit, who};
use crate::support::Clinic;
use bedside::domain::schedule::ClaimState;
use bedside::domain::visit::{Closed, What};
use bedside::protocol::ids::{AppointmentId, HoldId, OrganisationId, SeriesId, ServiceId};
use bedside::protocol::person::Role;
use bedside::protocol::visit::AttendanceKind;
use bedside::store::schedule::{
    BookingEvent, BookingRecord, HistoryRecord, LiveFilter, Moved, NewBooking, ScheduleChange,
    ScheduleCommit,
};
use bedside::store::{StoreError, VisitFilter};
use uuid::Uuid;

/// Closes a visit by a commit of its owner.
pub(crate) async fn closes(clinic: &Clinic, id: AppointmentId, how: Closed, kind: AttendanceKind) {
    let visit = clinic.store.visit(id).await.unwrap().unwrap();
    let epoch = clinic.store.claim_visit(id, "node-a").await.unwrap().epoch;
    let host = who(&visit, Role::Clinician);
    let closing = What { by: Some(host), about: None, ..event(kind, host) };
    let mut saving = commit(&visit, epoch, vec![closing]);
    saving.visit.closed = Some(how);
    clinic.store.commit_visit(saving).await.unwrap();
}

async fn events(clinic: &Clinic, id: AppointmentId) -> Vec<(u32, BookingEvent)> {
    let lines = clinic.store.history(id).await.unwrap();
    lines.into_iter().map(|it| (it.version, it.event)).collect()
}

pub(crate) async fn a_hold_becomes_an_appointment(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let store = agenda.clinic.store.clone();
    let hold = agenda.reserves(100, 130).await;
    let new = agenda.booking(100, 130);
    let id = new.booking.appointment_id;
    let telling = ScheduleCommit {
        notices: vec![notice(&agenda.patient, Some(id)), notice(&agenda.clinician, Some(id))],
        answered: Some(answered("k")),
        ..agenda.saving(1, vec![ScheduleChange::Book(hold, vec![new.clone()])])
    };
    assert_eq!(agenda.commits(telling.clone()).await, Ok(()));
    assert_eq!(store.visit(id).await, Ok(Some(new.visit.visit.clone())));
    assert_eq!(store.bookings(&[id]).await, Ok(vec![new.booking.clone()]));
    let line = HistoryRecord {
        appointment_id: id,
        version: 1,
        event: BookingEvent::Booked,
        at: minute(1),
        by: Some(agenda.patient.person_id),
        clinician_id: agenda.id(),
        starts_at: minute(100),
        ends_at: minute(130),
    };
    assert_eq!(store.history(id).await, Ok(vec![line]));
    let claims = store.hold_claims(hold).await.unwrap();
    assert_eq!(claims.len(), 1);
    assert_eq!((claims[0].state, claims[0].hold_id), (ClaimState::Busy(id), hold));
    assert!(store.answered("a caller", "test.operation", "k").await.unwrap().is_some());
    assert_eq!(store.open_holds(agenda.patient.person_id, NOW).await, Ok(0));

    let again = ScheduleCommit { offset: agenda.next, ..telling };
    assert_eq!(agenda.commits(again.clone()).await, KEY_USED);
    let again = ScheduleCommit { answered: None, ..again };
    assert_eq!(agenda.commits(again).await, STALE, "the hold is used");
    let (_, same) = agenda.hold(vec![claim(&agenda.clinician, 129, 160)]);
    assert_eq!(agenda.saves(0, vec![same]).await, TAKEN);
}

pub(crate) async fn a_hold_is_booked_for_what_it_holds(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let mut other = agenda.beside("Dr Kim Specimen").await;
    let hold = agenda.reserves(100, 130).await;
    let (fits, elsewhere) = (agenda.booking(100, 130), agenda.booking(101, 130));
    let of_other = other.booking(100, 130);
    let cases = [vec![], vec![elsewhere], vec![of_other.clone()], vec![fits.clone(), fits.clone()]];
    for new in cases {
        assert_eq!(agenda.saves(0, vec![ScheduleChange::Book(hold, new)]).await, STALE);
    }
    for new in [fits.clone(), of_other] {
        let told = other.saves(0, vec![ScheduleChange::Book(hold, vec![new])]).await;
        assert_eq!(told, STALE, "a hold of one clinician books no other");
    }
    let unknown = HoldId(Uuid::now_v7());
    let told = agenda.saves(0, vec![ScheduleChange::Book(unknown, vec![fits.clone()])]).await;
    assert_eq!(told, STALE);
    let mut without_service = fits.clone();
    without_service.booking.service_id = Some(ServiceId(Uuid::now_v7()));
    let told = agenda.saves(0, vec![ScheduleChange::Book(hold, vec![without_service])]).await;
    assert_eq!(told, MISSING);
    let all = VisitFilter { limit: 10, ..VisitFilter::default() };
    assert_eq!(agenda.clinic.store.visits(all).await, Ok(vec![]));
    assert_eq!(agenda.saves(0, vec![ScheduleChange::Book(hold, vec![fits])]).await, Ok(()));
}

pub(crate) async fn a_series_is_booked_whole_or_not_at_all(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let store = agenda.clinic.store.clone();
    let interpreter = agenda.clinic.hires("Ira Madeup", Role::Interpreter).await;
    let begins = [300, 100, 200];
    let with_interpreter = |agenda: &Agenda| {
        let both = |from| [&agenda.clinician, &interpreter].map(|it| claim(it, from, from + 30));
        begins.into_iter().flat_map(both).collect::<Vec<_>>()
    };
    // One of its times is taken for the interpreter alone: none of them is held.
    let mut other = agenda.beside("Dr Kim Specimen").await;
    let theirs = vec![claim(&other.clinician, 210, 220), claim(&interpreter, 210, 220)];
    let blocking = other.holds(theirs).await.unwrap();
    let (_, change) = agenda.hold(with_interpreter(&agenda));
    assert_eq!(agenda.saves(0, vec![change.clone()]).await, TAKEN);
    assert_eq!(agenda.taken().await, []);
    assert_eq!(store.open_holds(agenda.patient.person_id, NOW).await, Ok(1));
    other.saves(0, vec![ScheduleChange::Release(blocking)]).await.unwrap();

    let hold = agenda.holds(with_interpreter(&agenda)).await.unwrap();
    let series = Some(SeriesId(Uuid::now_v7()));
    let member = |from: u32| {
        let mut new = agenda.booking(from, from + 30);
        new.booking.series_id = series;
        new.booking.interpreter_id = Some(interpreter.person_id);
        new
    };
    let new: Vec<_> = begins.into_iter().map(member).collect();
    let mut same_twice = new.clone();
    same_twice[1].visit.visit.facts.appointment_id = new[0].booking.appointment_id;
    for wrong in [new[..2].to_vec(), same_twice] {
        assert_eq!(agenda.saves(0, vec![ScheduleChange::Book(hold, wrong)]).await, STALE);
        let all = VisitFilter { limit: 10, ..VisitFilter::default() };
        assert_eq!(store.visits(all).await, Ok(vec![]));
    }
    assert_eq!(agenda.saves(0, vec![ScheduleChange::Book(hold, new.clone())]).await, Ok(()));
    for it in &new {
        let id = it.booking.appointment_id;
        assert_eq!(store.bookings(&[id]).await, Ok(vec![it.booking.clone()]));
        let claims = store.hold_claims(hold).await.unwrap();
        let theirs = claims.iter().filter(|it| it.state == ClaimState::Busy(id));
        let begins: Vec<_> = theirs.map(|it| it.starts_at).collect();
        assert_eq!(begins, [it.visit.visit.facts.starts_at; 2], "clinician and interpreter");
    }
    // Cancelled is one of them, with the interpreter's part of it.
    let second = new[1].booking.appointment_id;
    closes(&agenda.clinic, second, Closed::Cancelled, AttendanceKind::Cancelled).await;
    assert_eq!(agenda.taken().await, [(200, 230, true), (300, 330, true)]);
    let left = store.schedule(interpreter.person_id, NOW).await.unwrap().claims;
    assert_eq!(left.len(), 2);
}

pub(crate) async fn an_administrator_places_without_a_hold(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let other = agenda.beside("Dr Kim Specimen").await;
    let place = |new: &NewBooking, whose| {
        vec![ScheduleChange::Place(Box::new(new.clone()), claim(whose, 100, 130))]
    };
    let robin = agenda.clinician.clone();
    let mut new = agenda.booking(100, 130);
    new.booking.service_id = None;
    new.booking.service_name = None;
    let id = new.booking.appointment_id;
    assert_eq!(agenda.saves(0, place(&new, &other.clinician)).await, STALE);
    assert_eq!(agenda.saves(0, place(&other.booking(100, 130), &robin)).await, STALE);
    agenda.reserves(120, 140).await;
    assert_eq!(agenda.saves(9, place(&new, &robin)).await, TAKEN);
    assert_eq!(agenda.clinic.store.visit(id).await, Ok(None));
    assert_eq!(agenda.saves(10, place(&new, &robin)).await, Ok(()), "it has expired");
    let claims = agenda.claims().await;
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0].state, ClaimState::Busy(id));
    assert_eq!(claims[0].hold_id, HoldId(Uuid::nil()), "no hold made it");
    assert_eq!(agenda.clinic.store.bookings(&[id]).await, Ok(vec![new.booking]));
    assert_eq!(events(&agenda.clinic, id).await, [(1, BookingEvent::Booked)]);
}

pub(crate) async fn a_visit_without_a_schedule_claims_its_time(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let store = agenda.clinic.store.clone();
    let new = visit(&agenda.clinician, &agenda.patient, 100, 130);
    let id = new.visit.facts.appointment_id;
    store.create_visit(new.clone(), None).await.unwrap();
    let (_, across) = agenda.hold(vec![claim(&agenda.clinician, 129, 160)]);
    assert_eq!(agenda.saves(0, vec![across.clone()]).await, TAKEN);
    let plain = BookingRecord {
        appointment_id: id,
        version: 1,
        service_id: None,
        service_name: None,
        interpreter_id: None,
        series_id: None,
        sealed_reason: None,
        reason: None,
        jurisdiction: None,
        licence_override: None,
        local_start: String::new(),
        tzdb_version: String::new(),
    };
    assert_eq!(store.bookings(&[id]).await, Ok(vec![plain]));
    let line = store.history(id).await.unwrap().remove(0);
    assert_eq!((line.event, line.at, line.by), (BookingEvent::Booked, NOW, None));
    closes(&agenda.clinic, id, Closed::Cancelled, AttendanceKind::Cancelled).await;
    assert_eq!(agenda.saves(0, vec![across]).await, Ok(()));
}

pub(crate) async fn a_cancellation_is_a_version_and_gives_the_time_back(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let store = agenda.clinic.store.clone();
    let id = agenda.books(100, 130).await;
    let visit = store.visit(id).await.unwrap().unwrap();
    let epoch = store.claim_visit(id, "node-a").await.unwrap().epoch;
    let host = who(&visit, Role::Clinician);
    let cancelled = What { by: Some(host), ..event(AttendanceKind::Cancelled, host) };
    let mut saving = commit(&visit, epoch, vec![cancelled]);
    saving.visit.closed = Some(Closed::Cancelled);
    saving.notices = vec![notice(&agenda.patient, Some(AppointmentId(Uuid::now_v7())))];
    assert_eq!(store.commit_visit(saving.clone()).await, MISSING, "a notice about nothing");
    assert_eq!(agenda.taken().await, [(100, 130, true)]);
    saving.notices = vec![notice(&agenda.patient, Some(id))];
    assert_eq!(store.commit_visit(saving.clone()).await, Ok(()));

    assert_eq!(agenda.taken().await, []);
    assert_eq!(store.bookings(&[id]).await.unwrap()[0].version, 2);
    let lines = store.history(id).await.unwrap();
    let last = HistoryRecord {
        version: 2,
        event: BookingEvent::Cancelled,
        at: NOW.plus(MINUTE),
        by: Some(agenda.id()),
        ..lines[0].clone()
    };
    assert_eq!(lines[1..], [last]);
    // A later commit of the same visit cancels nothing once more.
    let patient = who(&visit, Role::Patient);
    let after = commit(&saving.visit, epoch, vec![event(AttendanceKind::Left, patient)]);
    assert_eq!(store.commit_visit(after).await, Ok(()));
    assert_eq!(events(&agenda.clinic, id).await.len(), 2);
    let hold = agenda.reserves(200, 215).await;
    let moved = Moved { from_version: 2, visit_revision: 2, ..agenda.moving(id, 200) };
    let told = agenda.saves(0, vec![ScheduleChange::Move(hold, Box::new(moved))]).await;
    assert_eq!(told, STALE, "a cancelled one goes nowhere");
}

pub(crate) async fn what_took_place_keeps_its_time(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    for (from, how, kind) in
        [(100, Closed::Ended, AttendanceKind::Ended), (200, Closed::NoShow, AttendanceKind::NoShow)]
    {
        let id = agenda.books(from, from + 30).await;
        closes(&agenda.clinic, id, how, kind).await;
        assert_eq!(events(&agenda.clinic, id).await, [(1, BookingEvent::Booked)]);
        let (_, across) = agenda.hold(vec![claim(&agenda.clinician, from + 10, from + 20)]);
        assert_eq!(agenda.saves(0, vec![across]).await, TAKEN, "{how:?}");
    }
    assert_eq!(agenda.taken().await, [(100, 130, true), (200, 230, true)]);
}

pub(crate) async fn a_move_takes_the_new_time_and_gives_the_old_one_back(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let store = agenda.clinic.store.clone();
    let interpreter = agenda.clinic.hires("Ira Madeup", Role::Interpreter).await;
    let id = agenda.books(100, 130).await;
    let both = vec![claim(&agenda.clinician, 200, 215), claim(&interpreter, 200, 215)];
    let hold = agenda.holds(both).await.unwrap();
    let moved = agenda.moving(id, 200);
    let mut saving = agenda.saving(2, vec![ScheduleChange::Move(hold, Box::new(moved.clone()))]);
    saving.notices = vec![notice(&agenda.patient, Some(id))];
    assert_eq!(agenda.commits(saving).await, Ok(()));

    assert_eq!(agenda.taken().await, [(200, 215, true)]);
    let theirs = store.schedule(interpreter.person_id, NOW).await.unwrap().claims;
    assert_eq!(theirs[0].state, ClaimState::Busy(id));
    let facts = store.visit(id).await.unwrap().unwrap().facts;
    assert_eq!((facts.starts_at, facts.ends_at), (minute(200), minute(215)));
    assert_eq!((facts.time_zone, facts.clinician_id), (moved.time_zone.clone(), agenda.id()));
    let booking = store.bookings(&[id]).await.unwrap().remove(0);
    assert_eq!((booking.version, booking.interpreter_id), (2, Some(interpreter.person_id)));
    let agreed = (booking.jurisdiction, booking.licence_override);
    assert_eq!(agreed, (moved.jurisdiction.clone(), moved.licence_override.clone()));
    assert!(agreed.0.is_some() && agreed.1.is_some());
    assert_eq!(
        (booking.local_start, booking.tzdb_version),
        (moved.local_start, moved.tzdb_version)
    );
    let line = store.history(id).await.unwrap().remove(1);
    let expected = HistoryRecord {
        appointment_id: id,
        version: 2,
        event: BookingEvent::Moved,
        at: minute(2),
        by: Some(agenda.id()),
        clinician_id: agenda.id(),
        starts_at: minute(200),
        ends_at: minute(215),
    };
    assert_eq!(line, expected);
    agenda.reserves(100, 130).await;
    // And once more, from there; without an interpreter this time.
    let hold = agenda.reserves(300, 315).await;
    let again = Moved { from_version: 2, ..agenda.moving(id, 300) };
    assert_eq!(agenda.saves(0, vec![ScheduleChange::Move(hold, Box::new(again))]).await, Ok(()));
    assert_eq!(agenda.taken().await, [(100, 130, false), (300, 315, true)]);
    assert_eq!(store.bookings(&[id]).await.unwrap()[0].interpreter_id, None);
    assert_eq!(store.schedule(interpreter.person_id, NOW).await.unwrap().claims, vec![]);
    // The room goes on with the visit: it does not put the old time back.
    closes(&agenda.clinic, id, Closed::Ended, AttendanceKind::Ended).await;
    assert_eq!(store.visit(id).await.unwrap().unwrap().facts.starts_at, minute(300));
}

pub(crate) async fn a_move_that_is_refused_moves_nothing(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let mut other = agenda.beside("Dr Kim Specimen").await;
    let store = agenda.clinic.store.clone();
    let id = agenda.books(100, 130).await;
    let (hold, theirs) = (agenda.reserves(200, 215).await, other.reserves(200, 215).await);
    let two = vec![claim(&agenda.clinician, 300, 315), claim(&agenda.clinician, 400, 415)];
    let two = agenda.holds(two).await.unwrap();
    let right = agenda.moving(id, 200);
    let cases = [
        ("a version that is over", hold, Moved { from_version: 0, ..right.clone() }),
        ("a version to come", hold, Moved { from_version: 2, ..right.clone() }),
        ("somebody has entered", hold, Moved { visit_revision: 1, ..right.clone() }),
        ("another time than the hold's", hold, Moved { starts_at: minute(201), ..right.clone() }),
        ("several times", two, agenda.moving(id, 300)),
        ("another's hold", theirs, right.clone()),
        ("no hold", HoldId(Uuid::now_v7()), right.clone()),
        ("no appointment", hold, agenda.moving(AppointmentId(Uuid::now_v7()), 200)),
    ];
    for (what, hold, moved) in cases {
        let told = agenda.saves(0, vec![ScheduleChange::Move(hold, Box::new(moved))]).await;
        assert_eq!(told, STALE, "{what}");
    }
    let change = || ScheduleChange::Move(hold, Box::new(right.clone()));
    assert_eq!(agenda.saves(10, vec![change()]).await, STALE, "the hold has expired");
    let to_other = ScheduleChange::Move(theirs, Box::new(right.clone()));
    assert_eq!(other.saves(0, vec![to_other]).await, STALE, "the clinician does not change");
    let backwards = Moved { ends_at: minute(200), ..right.clone() };
    let told = agenda.saves(0, vec![ScheduleChange::Move(hold, Box::new(backwards))]).await;
    assert_eq!(told, Err(StoreError::Aborted));
    let missing = ScheduleChange::RemoveTemplate(bedside::protocol::ids::TemplateId(Uuid::nil()));
    assert_eq!(agenda.saves(0, vec![change(), missing]).await, MISSING, "all or nothing");

    let expected = [(100, 130, true), (200, 215, false), (300, 315, false), (400, 415, false)];
    assert_eq!(agenda.taken().await, expected);
    assert_eq!(store.visit(id).await.unwrap().unwrap().facts.starts_at, minute(100));
    assert_eq!(events(&agenda.clinic, id).await, [(1, BookingEvent::Booked)]);

    // Who enters the room between the decision and the commit is not left alone in it.
    let visit = store.visit(id).await.unwrap().unwrap();
    let epoch = store.claim_visit(id, "node-a").await.unwrap().epoch;
    let entered = event(AttendanceKind::Entered, who(&visit, Role::Patient));
    store.commit_visit(commit(&visit, epoch, vec![entered])).await.unwrap();
    assert_eq!(agenda.saves(0, vec![change()]).await, STALE);
    let seen = Moved { visit_revision: 1, ..right };
    assert_eq!(agenda.saves(0, vec![ScheduleChange::Move(hold, Box::new(seen))]).await, Ok(()));
}

pub(crate) async fn bookings_are_read_in_the_order_asked_for(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let store = agenda.clinic.store.clone();
    let (first, second) = (agenda.books(100, 130).await, agenda.books(200, 230).await);
    let unknown = AppointmentId(Uuid::now_v7());
    let read = store.bookings(&[second, unknown, first]).await.unwrap();
    let ids: Vec<_> = read.iter().map(|it| it.appointment_id).collect();
    assert_eq!(ids, [second, first]);
    assert_eq!(store.bookings(&[]).await, Ok(vec![]));
    assert_eq!(store.history(unknown).await, Ok(vec![]));
    // The name is the service's, as it is called now.
    let mut renamed = agenda.service.clone();
    renamed.name = "Look at the skin".to_owned();
    renamed.revision = 2;
    store.save_service(OrganisationId::FIRST, renamed, None).await.unwrap();
    let name = store.bookings(&[first]).await.unwrap().remove(0).service_name;
    assert_eq!(name.as_deref(), Some("Look at the skin"));
}

pub(crate) async fn live_appointments_are_found_by_their_zone_database(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let store = agenda.clinic.store.clone();
    let (second, first) = (agenda.books(200, 230).await, agenda.books(100, 130).await);
    let gone = agenda.books(300, 330).await;
    closes(&agenda.clinic, gone, Closed::Cancelled, AttendanceKind::Cancelled).await;
    let plain = visit(&agenda.clinician, &agenda.patient, 400, 430);
    store.create_visit(plain, None).await.unwrap();
    let found = async |tzdb: &str, from, limit| {
        let filter = LiveFilter { from: minute(from), after: None, limit };
        let found = store.derived_otherwise(tzdb, filter).await.unwrap();
        found.into_iter().map(|it| it.appointment_id).collect::<Vec<_>>()
    };
    assert_eq!(found("2026b", 0, 10).await, [first, second]);
    assert_eq!(found("2026b", 100, 10).await, [second], "the first begins at that minute");
    assert_eq!(found("2026b", 0, 1).await, [first]);
    assert_eq!(found("2026a", 0, 10).await, []);
}

pub(crate) async fn loads_and_clinicians_seen_are_counted(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let mut other = agenda.beside("Dr Kim Specimen").await;
    let store = agenda.clinic.store.clone();
    let ids = [agenda.books(100, 130).await, agenda.books(200, 230).await];
    let late = other.books(230, 260).await;
    agenda.reserves(600, 630).await;
    let mut expected = [(agenda.id(), 2), (other.id(), 1)];
    expected.sort_unstable();
    assert_eq!(store.loads(minute(100), minute(231)).await, Ok(expected.to_vec()));
    assert_eq!(store.loads(minute(101), minute(230)).await, Ok(vec![(agenda.id(), 1)]));
    assert_eq!(store.loads(minute(600), minute(700)).await, Ok(vec![]));

    let patient = agenda.patient.person_id;
    assert_eq!(store.seen_by(patient, 10).await, Ok(vec![]), "nothing has taken place");
    closes(&agenda.clinic, ids[0], Closed::Ended, AttendanceKind::Ended).await;
    closes(&agenda.clinic, late, Closed::Ended, AttendanceKind::Ended).await;
    closes(&agenda.clinic, ids[1], Closed::NoShow, AttendanceKind::NoShow).await;
    assert_eq!(store.seen_by(patient, 10).await, Ok(vec![other.id(), agenda.id()]));
    assert_eq!(store.seen_by(patient, 1).await, Ok(vec![other.id()]));
    assert_eq!(store.seen_by(agenda.id(), 10).await, Ok(vec![]));
    assert_eq!(store.loads(minute(0), minute(700)).await, Ok(vec![]), "none is live any more");
}
