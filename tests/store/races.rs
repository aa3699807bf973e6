//! Many at once: whoever comes first has it, and nobody has half of it.

use crate::agenda::{Agenda, KEY_USED, STALE, TAKEN, claim, minute, notice};
use crate::samples::{MINUTE, answered, at_once, audit, commit, event, who};
use crate::support::Clinic;
use bedside::domain::schedule::{Claim, ClaimState};
use bedside::domain::visit::Closed;
use bedside::protocol::ids::WaitlistId;
use bedside::protocol::person::Role;
use bedside::protocol::visit::AttendanceKind;
use bedside::store::outbox::Channel;
use bedside::store::schedule::{
    BookingEvent, MAX_HOLDS, MAX_WISHES, ScheduleChange, ScheduleCommit, WaitlistRecord,
};
use bedside::store::{Conflict, StoreError, Stored};
use std::collections::BTreeSet;
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

/// Decisions of many schedules that are written at the same moment, as a store that writes several in one transaction
/// takes them up: each is told about itself.
pub(crate) async fn a_refusal_concerns_whoever_caused_it_and_nobody_else(clinic: Clinic) {
    let agenda = Agenda::open(clinic).await;
    agenda.clinic.store.keep_answer(answered("used")).await.unwrap();
    let (mut calls, mut expected, mut others) = (vec![], vec![], vec![]);
    for n in 0..40_u32 {
        let mut other = agenda.elsewhere(&format!("Dr Lee Specimen {n}")).await;
        let first = other.reserves(100, 130).await;
        let (_, next) = other.hold(vec![claim(&other.clinician, 200, 230)]);
        let (_, overlapping) = other.hold(vec![claim(&other.clinician, 120, 150)]);
        let book = |at| ScheduleChange::Book(first, vec![other.booking(at, at + 30)]);
        let answer = |key: &str| Some(answered(key));
        let held = vec![(100, 130, false)];
        let (saving, told, taken) = match n % 7 {
            0 => (other.saving(0, vec![overlapping]), TAKEN, held),
            1 => {
                let used =
                    ScheduleCommit { answered: answer("used"), ..other.saving(0, vec![next]) };
                (used, KEY_USED, held)
            }
            2 => {
                let fenced =
                    ScheduleCommit { epoch: other.epoch + 1, ..other.saving(0, vec![next]) };
                (fenced, Err(StoreError::Fenced), held)
            }
            3 => (other.saving(10, vec![book(100)]), STALE, held),
            4 => (other.saving(0, vec![book(160)]), STALE, held),
            5 => (other.saving(0, vec![book(100)]), Ok(()), vec![(100, 130, true)]),
            _ => {
                let answered = answer(&format!("key {n}"));
                let good = ScheduleCommit { answered, ..other.saving(0, vec![next]) };
                (good, Ok(()), vec![(100, 130, false), (200, 230, false)])
            }
        };
        expected.push(told);
        let store = other.clinic.store.clone();
        calls.push(async move { store.commit_schedule(saving).await });
        others.push((other, taken));
    }
    assert_eq!(at_once(calls).await, expected);
    for (other, taken) in others {
        assert_eq!(other.taken().await, taken, "{}", other.id());
    }
}

/// The same when nothing is refused, so that what is written together is what is read.
pub(crate) async fn what_many_owners_write_at_once_is_all_there(clinic: Clinic) {
    let agenda = Agenda::open(clinic).await;
    let (mut calls, mut others) = (vec![], vec![]);
    for n in 0..24_u32 {
        let mut other = agenda.elsewhere(&format!("Dr Ash Specimen {n}")).await;
        let hold = other.reserves(100, 130).await;
        let new = other.booking(100, 130);
        let id = new.booking.appointment_id;
        let (next, change) = other.hold(vec![claim(&other.clinician, 200, 230)]);
        let change = if n % 2 == 0 { change } else { ScheduleChange::Book(hold, vec![new]) };
        let mut saving = other.saving(0, vec![change]);
        saving.answered = Some(answered(&format!("key {n}")));
        saving.audit = vec![audit(&format!("{n} begin")), audit(&format!("{n} end"))];
        saving.notices = vec![notice(&other.clinician, (n % 2 == 1).then_some(id))];
        let store = other.clinic.store.clone();
        calls.push(async move { store.commit_schedule(saving).await });
        others.push((other, id, next));
    }
    assert_eq!(at_once(calls).await, vec![Ok(()); 24]);
    let store = &agenda.clinic.store;
    for (n, (other, id, next)) in others.into_iter().enumerate() {
        match n % 2 {
            0 => assert_eq!(store.hold_claims(next).await.unwrap().len(), 1),
            _ => {
                assert_eq!(other.taken().await, [(100, 130, true)]);
                let history = store.history(id).await.unwrap();
                assert_eq!(
                    history.iter().map(|it| it.event).collect::<Vec<_>>(),
                    [BookingEvent::Booked]
                );
                assert_eq!(history[0].clinician_id, other.id());
                assert!(store.visit(id).await.unwrap().is_some());
            }
        }
        let answer =
            store.answered("a caller", "test.operation", &format!("key {n}")).await.unwrap();
        assert!(answer.is_some(), "{n}");
    }
    let told = store.take_due(Channel::Email, minute(1), MINUTE, 100).await.unwrap();
    assert_eq!(told.len(), 24);
    let rows = store.audit(100).await.unwrap().into_iter().filter_map(|it| it.target);
    let wanted = (0..24).flat_map(|n| [format!("{n} begin"), format!("{n} end")]);
    assert_eq!(rows.collect::<BTreeSet<_>>(), wanted.collect());
}

/// Of many that are written at once some are refused: each of those alone, whatever it is for, and nothing of it is kept.
pub(crate) async fn whoever_is_refused_among_many_is_refused_alone(clinic: Clinic) {
    let agenda = Agenda::open(clinic).await;
    let (mut calls, mut others) = (vec![], vec![]);
    for n in 0..24_u32 {
        let mut other = agenda.elsewhere(&format!("Dr Ash Specimen {n}")).await;
        let hold = other.reserves(100, 130).await;
        let (from, until) = if n % 4 == 1 { (101, 131) } else { (100, 130) };
        let mut new = other.booking(from, until);
        if n % 4 == 2 {
            // Another's time in one's own schedule.
            new.visit.visit.facts.clinician_id = agenda.id();
        }
        let id = new.booking.appointment_id;
        let mut saving = other.saving(0, vec![ScheduleChange::Book(hold, vec![new])]);
        let key = if n % 4 == 3 { "the same".to_owned() } else { format!("key {n}") };
        saving.answered = Some(answered(&key));
        let store = other.clinic.store.clone();
        calls.push(async move { store.commit_schedule(saving).await });
        others.push((other, id, key));
    }
    let told = at_once(calls).await;
    let stale = Err(StoreError::Conflict(Conflict::Stale));
    let used = Err(StoreError::Conflict(Conflict::KeyUsed));
    let by_kind = |kind: usize| told.iter().skip(kind).step_by(4).copied().collect::<Vec<_>>();
    assert_eq!(by_kind(0), vec![Ok(()); 6], "nothing was wrong with these");
    assert_eq!((by_kind(1), by_kind(2)), (vec![stale; 6], vec![stale; 6]));
    let same = by_kind(3);
    assert_eq!((count(&same, Ok(())), count(&same, used)), (1, 5), "{same:?}");
    let store = &agenda.clinic.store;
    for ((other, id, key), told) in others.into_iter().zip(&told) {
        assert_eq!(other.taken().await, [(100, 130, told.is_ok())]);
        assert_eq!(store.visit(id).await.unwrap().is_some(), told.is_ok());
        if key != "the same" {
            let answer = store.answered("a caller", "test.operation", &key).await.unwrap();
            assert_eq!(answer.is_some(), told.is_ok(), "{key}");
        }
    }
}

/// What has expired and was not taken away yet is in nobody's way, whether they are written alone or with others.
pub(crate) async fn what_has_expired_is_in_the_way_of_none_of_many(clinic: Clinic) {
    let agenda = Agenda::open(clinic).await;
    let (mut calls, mut others) = (vec![], vec![]);
    for n in 0..24_u32 {
        let mut other = agenda.elsewhere(&format!("Dr Ash Specimen {n}")).await;
        if n % 3 == 0 {
            other.reserves(100, 130).await;
        }
        let (id, mut change) = other.hold(vec![claim(&other.clinician, 100, 130)]);
        if let ScheduleChange::Hold(record, _) = &mut change {
            record.expires_at = minute(70);
        }
        let saving = other.saving(60, vec![change]);
        let store = other.clinic.store.clone();
        calls.push(async move { store.commit_schedule(saving).await });
        others.push(id);
    }
    assert_eq!(at_once(calls).await, vec![Ok(()); 24]);
    for id in others {
        assert_eq!(agenda.clinic.store.hold_claims(id).await.unwrap().len(), 1);
    }
}
