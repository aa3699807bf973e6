//! Many at once: whoever comes first has it, and nobody has half of it.

use crate::agenda::{Agenda, STALE, TAKEN, claim, minute};
use crate::samples::{at_once, commit, event, who};
use crate::support::Clinic;
use bedside::domain::schedule::{Claim, ClaimState};
use bedside::domain::visit::Closed;
use bedside::protocol::ids::WaitlistId;
use bedside::protocol::person::Role;
use bedside::protocol::visit::AttendanceKind;
use bedside::store::schedule::{
    BookingEvent, MAX_HOLDS, MAX_WISHES, ScheduleChange, WaitlistRecord,
};
use bedside::store::{Conflict, StoreError, Stored};
use uuid::Uuid;

fn count(told: &[Stored<()>], what: Stored<()>) -> usize {
    told.iter().filter(|it| **it == what).count()
}

pub(crate) async fn of_many_owners_of_one_schedule_one_writes(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    for round in 0..4 {
        let told = at_once((0..8).map(|_| {
            let (_, hold) = agenda.hold(vec![claim(&agenda.clinician, 100, 130)]);
            let store = agenda.clinic.store.clone();
            let saving = agenda.saving(10 * round, vec![hold]);
            async move { store.commit_schedule(saving).await }
        }))
        .await;
        assert_eq!(
            (count(&told, Ok(())), count(&told, Err(StoreError::Fenced))),
            (1, 7),
            "{told:?}"
        );
        agenda.next += 1;
        assert_eq!(agenda.claims().await.len(), 1);
    }
}

/// Each clinician's schedule has another owner; the interpreter is whom they meet at.
async fn meet(
    agenda: &Agenda,
    many: u32,
    claims: impl Fn(&Agenda, u32) -> Vec<Claim>,
) -> Vec<Stored<()>> {
    let mut calls = Vec::new();
    for n in 0..many {
        let other = agenda.beside(&format!("Dr Kim Specimen {n}")).await;
        let (_, hold) = other.hold(claims(&other, n));
        let saving = other.saving(0, vec![hold]);
        let store = agenda.clinic.store.clone();
        calls.push(async move { store.commit_schedule(saving).await });
    }
    at_once(calls).await
}

pub(crate) async fn of_many_schedules_that_want_one_interpreter_one_gets_them(clinic: Clinic) {
    let agenda = Agenda::open(clinic).await;
    let interpreter = agenda.clinic.hires("Ira Madeup", Role::Interpreter).await;
    let told = meet(&agenda, 24, |other, n| {
        vec![claim(&other.clinician, n, 200 + n), claim(&interpreter, n, 200 + n)]
    })
    .await;
    assert_eq!((count(&told, Ok(())), count(&told, TAKEN)), (1, 23), "{told:?}");
    let store = &agenda.clinic.store;
    assert_eq!(store.schedule(interpreter.person_id, minute(0)).await.unwrap().claims.len(), 1);
    assert_eq!(store.open_holds(agenda.patient.person_id, minute(0)).await, Ok(1));
}

pub(crate) async fn of_many_holds_of_one_patient_three_are_made(clinic: Clinic) {
    let agenda = Agenda::open(clinic).await;
    let told = meet(&agenda, 6, |other, _| vec![claim(&other.clinician, 100, 130)]).await;
    let full = Err(StoreError::Conflict(Conflict::Full));
    assert_eq!((count(&told, Ok(())), count(&told, full)), (3, 3), "{told:?}");
    let store = &agenda.clinic.store;
    assert_eq!(store.open_holds(agenda.patient.person_id, minute(0)).await, Ok(MAX_HOLDS));
    // What has ended is none of them, whether anybody has said so or not.
    assert_eq!(store.open_holds(agenda.patient.person_id, minute(60)).await, Ok(0));
}

pub(crate) async fn of_many_wishes_of_one_patient_ten_are_kept(clinic: Clinic) {
    let agenda = Agenda::open(clinic).await;
    let told = at_once((0..24).map(|_| {
        let store = agenda.clinic.store.clone();
        let wish = WaitlistRecord {
            waitlist_id: WaitlistId(Uuid::now_v7()),
            patient_id: agenda.patient.person_id,
            service_id: agenda.service.service_id,
            clinician_id: None,
            from: minute(0),
            until: minute(1_000),
            created_at: minute(0),
            offered_at: None,
        };
        async move { store.join_waitlist(wish, None).await }
    }))
    .await;
    let full = Err(StoreError::Conflict(Conflict::Full));
    assert_eq!((count(&told, Ok(())), count(&told, full)), (10, 14), "{told:?}");
    let theirs = agenda.clinic.store.waitlist(None, Some(agenda.patient.person_id)).await.unwrap();
    assert_eq!(theirs.len(), MAX_WISHES as usize);
}

pub(crate) async fn a_group_has_as_many_as_it_has_seats(clinic: Clinic) {
    let agenda = Agenda::open(clinic).await;
    let interpreter = agenda.clinic.hires("Ira Madeup", Role::Interpreter).await;
    let group = Uuid::now_v7();
    let told = meet(&agenda, 24, |other, n| {
        let seat = u8::try_from(n % 3).unwrap();
        let theirs = Claim { group, seat, ..claim(&interpreter, 100, 130) };
        vec![claim(&other.clinician, 100, 130), theirs]
    })
    .await;
    // All are for one patient, who has as many as they may have as soon as the seats are gone.
    let full = Err(StoreError::Conflict(Conflict::Full));
    let refused = count(&told, TAKEN) + count(&told, full);
    assert_eq!((count(&told, Ok(())), refused), (3, 21), "{told:?}");
    let claims =
        agenda.clinic.store.schedule(interpreter.person_id, minute(0)).await.unwrap().claims;
    let mut seats: Vec<_> = claims.iter().map(|it| it.seat).collect();
    seats.sort_unstable();
    assert_eq!(seats, [0, 1, 2]);
}

pub(crate) async fn a_hold_is_booked_or_it_expires(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    for round in 0..12 {
        let from = 100 + 30 * round;
        let hold = agenda.reserves(from, from + 30).await;
        let new = agenda.booking(from, from + 30);
        let id = new.booking.appointment_id;
        let book = agenda.saving(9, vec![ScheduleChange::Book(hold, vec![new])]);
        let (booking, ending) = (agenda.clinic.store.clone(), agenda.clinic.store.clone());
        // By the clock of another node it has expired.
        let (booked, ended) = tokio::join!(
            tokio::spawn(async move { booking.commit_schedule(book).await }),
            tokio::spawn(async move { ending.expire_holds(minute(10), 10).await }),
        );
        let (booked, ended) = (booked.unwrap(), ended.unwrap().unwrap());
        let claims = agenda.clinic.store.hold_claims(hold).await.unwrap();
        match booked {
            Ok(()) => {
                agenda.next += 1;
                assert_eq!(ended, []);
                assert_eq!(claims[0].state, ClaimState::Busy(id));
            }
            told => {
                assert_eq!((told, ended), (STALE, vec![agenda.id()]));
                assert_eq!(claims, []);
                assert_eq!(agenda.clinic.store.visit(id).await, Ok(None));
            }
        }
    }
}

pub(crate) async fn a_move_and_a_cancellation_at_the_same_time_leave_no_claim(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    for round in 0..8 {
        let from = 100 + 100 * round;
        let id = agenda.books(from, from + 30).await;
        let hold = agenda.reserves(from + 50, from + 65).await;
        let moving = ScheduleChange::Move(hold, Box::new(agenda.moving(id, from + 50)));
        let saving = agenda.saving(0, vec![moving]);
        let store = agenda.clinic.store.clone();
        let visit = store.visit(id).await.unwrap().unwrap();
        let epoch = store.claim_visit(id, "node-a").await.unwrap().epoch;
        let host = who(&visit, Role::Clinician);
        let mut closing = commit(&visit, epoch, vec![event(AttendanceKind::Cancelled, host)]);
        closing.visit.closed = Some(Closed::Cancelled);
        let other = store.clone();
        let (moved, cancelled) = tokio::join!(
            tokio::spawn(async move { store.commit_schedule(saving).await }),
            tokio::spawn(async move { other.commit_visit(closing).await }),
        );
        let (moved, cancelled) = (moved.unwrap(), cancelled.unwrap());
        assert_eq!(cancelled, Ok(()));
        let store = &agenda.clinic.store;
        let history = store.history(id).await.unwrap();
        let events: Vec<_> = history.iter().map(|it| (it.version, it.event)).collect();
        if moved.is_ok() {
            agenda.next += 1;
            let all =
                [(1, BookingEvent::Booked), (2, BookingEvent::Moved), (3, BookingEvent::Cancelled)];
            assert_eq!(events, all);
        } else {
            assert_eq!(moved, STALE);
            assert_eq!(events, [(1, BookingEvent::Booked), (2, BookingEvent::Cancelled)]);
            agenda.saves(0, vec![ScheduleChange::Release(hold)]).await.unwrap();
        }
        assert_eq!(agenda.taken().await, [], "round {round}");
    }
}
