//! Holds, claims, and the fence of a schedule.

use crate::agenda::{Agenda, MISSING, STALE, TAKEN, claim, exception, minute, notice, template};
use crate::samples::{MINUTE, NOW, answered, audit, visit};
use crate::support::Clinic;
use bedside::domain::schedule::{Claim, ClaimState, Schedule};
use bedside::protocol::ids::{HoldId, OrganisationId, PersonId, ServiceId};
use bedside::protocol::person::Role;
use bedside::store::schedule::{ScheduleChange, ScheduleCommit};
use bedside::store::{Claim as Fence, Conflict, StoreError};
use std::time::Duration;
use uuid::Uuid;

pub(crate) async fn a_schedule_is_claimed_like_a_visit(clinic: Clinic) {
    let store = clinic.store.clone();
    let missing = Err(StoreError::Conflict(Conflict::Missing));
    let patient = clinic.hires("Ana Fiction", Role::Patient).await;
    assert_eq!(store.claim_schedule(patient.person_id, "node-a").await, missing);
    assert_eq!(store.claim_schedule(PersonId(Uuid::now_v7()), "node-a").await, missing);
    let mut agenda = Agenda::open(clinic).await;
    assert_eq!((agenda.epoch, agenda.next), (1, 1));
    assert_eq!(agenda.saves(0, vec![]).await, Ok(()));
    let again = store.claim_schedule(agenda.id(), "node-b").await;
    assert_eq!(again, Ok(Fence { epoch: 2, next_offset: 2 }));
    let interpreter = agenda.clinic.hires("Ira Madeup", Role::Interpreter).await;
    let first = store.claim_schedule(interpreter.person_id, "node-b").await;
    assert_eq!(first, Ok(Fence { epoch: 1, next_offset: 1 }));
}

pub(crate) async fn a_writer_with_an_old_epoch_or_another_count_changes_no_schedule(
    clinic: Clinic,
) {
    let mut agenda = Agenda::open(clinic).await;
    let (_, change) = agenda.hold(vec![claim(&agenda.clinician, 100, 130)]);
    let saving = ScheduleCommit {
        notices: vec![notice(&agenda.patient, None)],
        answered: Some(answered("k")),
        ..agenda.saving(0, vec![change])
    };
    let store = agenda.clinic.store.clone();
    for (epoch, offset) in [(0, 1), (2, 1), (1, 0), (1, 2)] {
        let other = ScheduleCommit { epoch, offset, ..saving.clone() };
        assert_eq!(store.commit_schedule(other).await, Err(StoreError::Fenced));
    }
    let newer = store.claim_schedule(agenda.id(), "node-b").await.unwrap();
    assert_eq!(store.commit_schedule(saving.clone()).await, Err(StoreError::Fenced), "overtaken");
    assert_eq!(agenda.claims().await, vec![]);
    assert_eq!(store.answered("a caller", "test.operation", "k").await, Ok(None));

    agenda.epoch = newer.epoch;
    let saving = ScheduleCommit { epoch: newer.epoch, ..saving };
    assert_eq!(agenda.commits(saving.clone()).await, Ok(()));
    assert_eq!(store.commit_schedule(saving).await, Err(StoreError::Fenced), "once more");
    assert_eq!(store.schedule(agenda.id(), NOW).await.unwrap().revision, 1);
    let other =
        ScheduleCommit { practitioner_id: agenda.patient.person_id, ..agenda.saving(0, vec![]) };
    assert_eq!(store.commit_schedule(other).await, Err(StoreError::Fenced), "no schedule");
}

pub(crate) async fn a_schedule_commit_has_its_rows_of_the_audit_log_or_is_not_done(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let store = agenda.clinic.store.clone();
    let (begin, end) = (audit("begin"), audit("end"));
    let (_, change) = agenda.hold(vec![claim(&agenda.clinician, 100, 130)]);
    let rows = vec![begin.clone(), end.clone()];
    let saving = ScheduleCommit { audit: rows, ..agenda.saving(0, vec![change.clone()]) };
    let late = ScheduleCommit { epoch: 0, ..saving.clone() };
    assert_eq!(store.commit_schedule(late).await, Err(StoreError::Fenced));
    assert_eq!(store.audit(10).await, Ok(vec![]), "what is refused has recorded nothing");
    store.append_audit(vec![end.clone()]).await.unwrap();
    assert_eq!(agenda.commits(saving).await, STALE, "another has told the end of this call");
    assert_eq!(agenda.claims().await, vec![]);
    assert_eq!(store.audit(10).await.unwrap().len(), 1);
    let rows = vec![begin, audit("another end")];
    let saving = ScheduleCommit { audit: rows, ..agenda.saving(0, vec![change]) };
    assert_eq!(agenda.commits(saving).await, Ok(()), "the number is free still");
    let targets = store.audit(10).await.unwrap().into_iter().filter_map(|it| it.target);
    assert_eq!(targets.collect::<Vec<_>>(), ["another end", "begin", "end"]);
}

pub(crate) async fn a_used_key_takes_the_whole_schedule_commit_back(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    agenda.clinic.store.keep_answer(answered("k")).await.unwrap();
    let (_, change) = agenda.hold(vec![claim(&agenda.clinician, 100, 130)]);
    let saving =
        ScheduleCommit { answered: Some(answered("k")), ..agenda.saving(0, vec![change.clone()]) };
    assert_eq!(agenda.commits(saving).await, Err(StoreError::Conflict(Conflict::KeyUsed)));
    assert_eq!(agenda.claims().await, vec![]);
    assert_eq!(agenda.saves(0, vec![change]).await, Ok(()), "the number is free still");
}

pub(crate) async fn hours_come_back_as_they_were_saved(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let mut other = agenda.beside("Dr Kim Specimen").await;
    let store = agenda.clinic.store.clone();
    let empty = store.schedule(agenda.id(), NOW).await;
    assert_eq!(empty, Ok(Schedule::default()));

    // NOW is 2027-01-15T08:00Z.
    let (mut first, later) = (template(), exception(Some(agenda.id()), "2027-02-01"));
    let closure = exception(None, "2027-01-20");
    let long_over = exception(Some(agenda.id()), "2027-01-12");
    let changes = vec![
        ScheduleChange::SaveTemplate(first.clone()),
        ScheduleChange::SaveException(later.clone()),
        ScheduleChange::SaveException(long_over.clone()),
    ];
    assert_eq!(agenda.saves(0, changes).await, Ok(()));
    store.save_closure(OrganisationId::FIRST, closure.clone(), None).await.unwrap();
    first.valid_until = None;
    first.service_ids.clear();
    assert_eq!(agenda.saves(0, vec![ScheduleChange::SaveTemplate(first.clone())]).await, Ok(()));
    let read = store.schedule(agenda.id(), NOW).await.unwrap();
    assert_eq!(read.templates, vec![first.clone()]);
    assert_eq!(read.exceptions, vec![closure.clone(), later.clone()]);
    assert_eq!((read.claims, read.revision), (vec![], 2));
    let before = store.schedule(agenda.id(), NOW.minus(5 * 24 * 60 * MINUTE)).await.unwrap();
    assert_eq!(before.exceptions, vec![long_over, closure.clone(), later.clone()]);

    // What is of another schedule is none of this one, and a closure is nobody's.
    let theirs = [
        ScheduleChange::SaveTemplate(first.clone()),
        ScheduleChange::RemoveTemplate(first.template_id),
        ScheduleChange::SaveException(later.clone()),
        ScheduleChange::RemoveException(later.exception_id),
        ScheduleChange::RemoveException(closure.exception_id),
        ScheduleChange::SaveException(closure.clone()),
    ];
    for change in theirs {
        assert_eq!(other.saves(0, vec![change]).await, MISSING);
    }
    let stolen =
        bedside::domain::schedule::Exception { practitioner_id: Some(other.id()), ..later.clone() };
    assert_eq!(other.saves(0, vec![ScheduleChange::SaveException(stolen)]).await, MISSING);
    assert_eq!(store.schedule(other.id(), NOW).await.unwrap().exceptions, vec![closure.clone()]);

    let gone = || {
        vec![
            ScheduleChange::RemoveTemplate(first.template_id),
            ScheduleChange::RemoveException(later.exception_id),
        ]
    };
    assert_eq!(agenda.saves(0, gone()).await, Ok(()));
    assert_eq!(agenda.saves(0, gone()).await, MISSING);
    let read = store.schedule(agenda.id(), NOW).await.unwrap();
    assert_eq!((read.templates, read.exceptions, read.revision), (vec![], vec![closure], 3));
}

pub(crate) async fn a_hold_claims_time_until_it_expires(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let store = agenda.clinic.store.clone();
    let with_buffers = Claim {
        busy_from: minute(95),
        busy_until: minute(140),
        service_id: Some(agenda.service.service_id),
        ..claim(&agenda.clinician, 100, 130)
    };
    let (id, change) = agenda.hold(vec![with_buffers.clone()]);
    let ScheduleChange::Hold(record, _) = change.clone() else { panic!() };
    assert_eq!(agenda.saves(0, vec![change]).await, Ok(()));

    let held = ClaimState::Held { expires_at: minute(10) };
    let kept = Claim { hold_id: id, state: held, ..with_buffers };
    assert_eq!(store.hold_claims(id).await, Ok(vec![kept.clone()]));
    assert_eq!(agenda.claims().await, vec![kept]);
    let found = store.hold(&record.token_hash, minute(9)).await;
    assert_eq!(found, Ok(Some((*record.clone(), true))));
    let late = store.hold(&record.token_hash, minute(10)).await;
    assert_eq!(late, Ok(Some((*record.clone(), false))));
    assert_eq!(store.hold(b"another", NOW).await, Ok(None));
    for (at, expected) in [(9, 1), (10, 0)] {
        assert_eq!(store.open_holds(agenda.patient.person_id, minute(at)).await, Ok(expected));
        let there = store.schedule(agenda.id(), minute(at)).await.unwrap().claims.len();
        assert_eq!(u32::try_from(there), Ok(expected), "at minute {at}");
    }
    assert_eq!(store.open_holds(agenda.id(), NOW).await, Ok(0));
    // Over is what ends at that moment, buffer included.
    let id = agenda.books(200, 230).await;
    for (at, expected) in [(229, 1), (230, 0)] {
        let claims = store.schedule(agenda.id(), minute(at)).await.unwrap().claims;
        assert_eq!(claims.len(), expected);
        assert!(claims.iter().all(|it| it.state == ClaimState::Busy(id)));
    }
}

pub(crate) async fn claims_may_touch_but_not_overlap(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let mut other = agenda.elsewhere("Dr Kim Specimen").await;
    let there = Claim {
        busy_from: minute(90),
        busy_until: minute(150),
        ..claim(&agenda.clinician, 100, 130)
    };
    agenda.holds(vec![there.clone()]).await.unwrap();
    for (from, until) in [(100, 130), (60, 91), (149, 180), (95, 96), (60, 200), (140, 145)] {
        let (id, change) = agenda.hold(vec![claim(&agenda.clinician, from, until)]);
        assert_eq!(agenda.saves(0, vec![change]).await, TAKEN, "{from} to {until}");
        assert_eq!(agenda.clinic.store.hold_claims(id).await, Ok(vec![]));
        let plain = visit(&agenda.clinician, &agenda.patient, from, until);
        assert_eq!(agenda.clinic.store.create_visit(plain, None).await, TAKEN);
    }
    // The buffers of the new one count as well.
    let wide = Claim { busy_from: minute(149), ..claim(&agenda.clinician, 160, 170) };
    assert!(agenda.holds(vec![wide]).await.is_err());
    for (from, until) in [(60, 90), (150, 180)] {
        agenda.reserves(from, until).await;
    }
    assert_eq!(agenda.taken().await, [(60, 90, false), (100, 130, false), (150, 180, false)]);
    other.reserves(100, 130).await;
    // The first patient has as many holds as one may have.
    agenda.patient = other.patient.clone();
    // Two claims of one hold are no better.
    let twice = vec![claim(&agenda.clinician, 300, 330), claim(&agenda.clinician, 320, 350)];
    let (_, change) = agenda.hold(twice);
    assert_eq!(agenda.saves(0, vec![change]).await, TAKEN);
    // What no claim can be is refused as well, without a conflict to tell.
    for odd in [
        claim(&agenda.clinician, 400, 400),
        Claim { busy_from: minute(401), ..claim(&agenda.clinician, 400, 430) },
        Claim { busy_until: minute(429), ..claim(&agenda.clinician, 400, 430) },
    ] {
        let (_, change) = agenda.hold(vec![odd]);
        assert_eq!(agenda.saves(0, vec![change]).await, Err(StoreError::Aborted));
    }
}

pub(crate) async fn seats_of_a_group_share_a_time(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let group = Uuid::now_v7();
    let seat = |agenda: &Agenda, seat| Claim { group, seat, ..claim(&agenda.clinician, 100, 130) };
    for n in 0..3 {
        let claim = seat(&agenda, n);
        agenda.holds(vec![claim]).await.unwrap();
    }
    // The first patient has as many holds as one may have.
    agenda.patient = agenda.clinic.hires("Sam Sample", Role::Patient).await;
    let (_, change) = agenda.hold(vec![seat(&agenda, 1)]);
    assert_eq!(agenda.saves(0, vec![change]).await, TAKEN, "the seat");
    let (_, change) = agenda.hold(vec![claim(&agenda.clinician, 110, 120)]);
    assert_eq!(agenda.saves(0, vec![change]).await, TAKEN, "another group");
    assert_eq!(agenda.claims().await.len(), 3);
}

pub(crate) async fn what_has_expired_is_never_in_the_way(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let first = agenda.reserves(100, 130).await;
    let (_, same) = agenda.hold(vec![claim(&agenda.clinician, 100, 130)]);
    assert_eq!(agenda.saves(9, vec![same.clone()]).await, TAKEN);
    // Nobody has ended it; at this minute it holds nothing.
    assert_eq!(agenda.saves(10, vec![same]).await, Ok(()));
    let store = agenda.clinic.store.clone();
    assert_eq!(store.hold_claims(first).await, Ok(vec![]));
    assert_eq!(store.expire_holds(minute(9), 10).await, Ok(vec![]));
    // Both have expired by the clock, whatever their claims: each schedule is named once.
    assert_eq!(store.expire_holds(minute(10), 10).await, Ok(vec![agenda.id()]));
    assert_eq!(store.expire_holds(minute(10), 10).await, Ok(vec![]));
    assert_eq!(agenda.claims().await, vec![]);
}

pub(crate) async fn a_hold_that_expires_at_the_moment_of_booking_books_nothing(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let hold = agenda.reserves(100, 130).await;
    let new = agenda.booking(100, 130);
    let book = |new| vec![ScheduleChange::Book(hold, vec![new])];
    assert_eq!(agenda.saves(10, book(new.clone())).await, STALE);
    let store = agenda.clinic.store.clone();
    assert_eq!(store.visit(new.booking.appointment_id).await, Ok(None));
    let mut last = agenda.saving(0, book(new.clone()));
    last.at = minute(10).minus(Duration::from_millis(1));
    assert_eq!(agenda.commits(last).await, Ok(()));
    assert_eq!(store.expire_holds(minute(10), 10).await, Ok(vec![]), "it was booked");
    assert_eq!(agenda.taken().await, [(100, 130, true)]);
}

pub(crate) async fn ended_holds_give_their_time_back(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let other = agenda.beside("Dr Kim Specimen").await;
    let interpreter = agenda.clinic.hires("Ira Madeup", Role::Interpreter).await;
    let store = agenda.clinic.store.clone();
    let hold = agenda.reserves(100, 130).await;
    let mut stranger = other;
    assert_eq!(stranger.saves(0, vec![ScheduleChange::Release(hold)]).await, Ok(()));
    assert_eq!(agenda.taken().await, [(100, 130, false)], "another schedule's");
    for _ in 0..2 {
        assert_eq!(agenda.saves(0, vec![ScheduleChange::Release(hold)]).await, Ok(()));
        assert_eq!(agenda.taken().await, []);
    }
    let unknown = ScheduleChange::Release(HoldId(Uuid::now_v7()));
    assert_eq!(agenda.saves(0, vec![unknown]).await, Ok(()));
    assert_eq!(store.open_holds(agenda.patient.person_id, NOW).await, Ok(0));
    let new = agenda.booking(100, 130);
    assert_eq!(agenda.saves(0, vec![ScheduleChange::Book(hold, vec![new])]).await, STALE);

    // The time is taken and given back with the interpreter's; at most as many as asked for, the oldest first.
    let both = |from| {
        vec![claim(&agenda.clinician, from, from + 30), claim(&interpreter, from, from + 30)]
    };
    let (claims, more) = (both(100), both(200));
    agenda.holds(claims).await.unwrap();
    agenda.holds(more).await.unwrap();
    stranger.holds(vec![claim(&stranger.clinician, 100, 130)]).await.unwrap();
    let whose = store.schedule(interpreter.person_id, NOW).await.unwrap();
    assert_eq!((whose.claims.len(), whose.revision), (2, 0));
    assert_eq!(store.expire_holds(minute(10), 1).await.unwrap().len(), 1);
    assert_eq!(store.expire_holds(minute(10), 10).await.unwrap().len(), 2);
    assert_eq!(store.schedule(interpreter.person_id, NOW).await.unwrap().claims, vec![]);
    assert_eq!(agenda.taken().await, []);
}

pub(crate) async fn no_hold_is_left_with_half_of_its_claims(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let mut other = agenda.beside("Dr Kim Specimen").await;
    let interpreter = agenda.clinic.hires("Ira Madeup", Role::Interpreter).await;
    let both = vec![claim(&agenda.clinician, 100, 130), claim(&interpreter, 100, 130)];
    let hold = agenda.holds(both).await.unwrap();
    // Another schedule, whose clock is ahead, takes the interpreter's time that has expired for it.
    let theirs = vec![claim(&other.clinician, 100, 130), claim(&interpreter, 100, 130)];
    let (_, change) = other.hold(theirs.clone());
    assert_eq!(other.saves(9, vec![change]).await, TAKEN);
    let (_, change) = other.hold(theirs);
    assert_eq!(other.saves(10, vec![change]).await, Ok(()));
    assert_eq!(agenda.clinic.store.hold_claims(hold).await, Ok(vec![]));
    let new = agenda.booking(100, 130);
    let told = agenda.saves(9, vec![ScheduleChange::Book(hold, vec![new])]).await;
    assert_eq!(told, STALE, "by this schedule's clock it could be booked");
}

pub(crate) async fn a_hold_refers_to_what_exists(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let mut other = agenda.beside("Dr Kim Specimen").await;
    let nobody = PersonId(Uuid::now_v7());
    let change = |change: fn(&mut bedside::store::schedule::HoldRecord, PersonId)| {
        let (_, hold) = agenda.hold(vec![claim(&agenda.clinician, 100, 130)]);
        let ScheduleChange::Hold(mut record, claims) = hold else { panic!() };
        change(&mut record, nobody);
        ScheduleChange::Hold(record, claims)
    };
    let cases = [
        change(|it, nobody| it.patient_id = nobody),
        change(|it, nobody| it.held_by = nobody),
        change(|it, nobody| it.interpreter_id = Some(nobody)),
        change(|it, nobody| it.service_id = ServiceId(nobody.0)),
    ];
    for case in cases {
        assert_eq!(agenda.saves(0, vec![case]).await, MISSING);
    }
    let mut strange = claim(&agenda.clinician, 100, 130);
    strange.practitioner_id = nobody;
    let (_, hold) = agenda.hold(vec![strange]);
    assert_eq!(agenda.saves(0, vec![hold]).await, MISSING);
    let (_, theirs) = agenda.hold(vec![claim(&agenda.clinician, 100, 130)]);
    assert_eq!(other.saves(0, vec![theirs.clone()]).await, STALE, "another's schedule");

    let mut told = agenda.saving(0, vec![theirs.clone()]);
    told.notices =
        vec![notice(&agenda.patient, Some(bedside::protocol::ids::AppointmentId(nobody.0)))];
    assert_eq!(agenda.commits(told).await, MISSING, "a notice about nothing");
    assert_eq!(agenda.taken().await, []);
    assert_eq!(agenda.saves(0, vec![theirs.clone()]).await, Ok(()));
    assert_eq!(
        agenda.saves(0, vec![ScheduleChange::Release(HoldId(nobody.0)), theirs]).await,
        STALE,
        "twice"
    );
}
