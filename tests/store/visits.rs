//! Appointments with their visits, fences and attendance.

use crate::samples::{
    MINUTE, NOW, answered, at_once, commit, event, hash, link, member, person, visit, who,
};
use crate::support::Clinic;
use bedside::domain::visit::{Closed, Detail, Member, Visit, What};
use bedside::protocol::ids::{AppointmentId, ParticipantId};
use bedside::protocol::media::ReportQuality;
use bedside::protocol::person::Role;
use bedside::protocol::visit::{AttendanceKind, DeviceCheck, DeviceVerdict};
use bedside::store::{Claim, Conflict, PersonRecord, StoreError, Stored, VisitCommit, VisitFilter};
use uuid::Uuid;

const SLOT_TAKEN: Stored<()> = Err(StoreError::Conflict(Conflict::SlotTaken));

async fn two(clinic: &Clinic) -> (PersonRecord, PersonRecord) {
    let clinician = clinic.hires("Dr Robin Sample", Role::Clinician).await;
    (clinician, clinic.hires("Pat Example", Role::Patient).await)
}

/// Everything that is read of a visit, to see that nothing has changed.
async fn all_of(clinic: &Clinic, id: AppointmentId) -> (Option<Visit>, usize) {
    let attendance = clinic.store.attendance(id).await.unwrap();
    (clinic.store.visit(id).await.unwrap(), attendance.len())
}

pub(crate) async fn a_visit_comes_back_as_it_was_made(clinic: Clinic) {
    let visit = clinic.books().await;
    let id = visit.facts.appointment_id;
    assert_eq!(clinic.store.visit(id).await, Ok(Some(visit)));
    assert_eq!(clinic.store.attendance(id).await, Ok(vec![]));
    assert_eq!(clinic.store.visit(AppointmentId(Uuid::now_v7())).await, Ok(None));
}

pub(crate) async fn a_visit_needs_its_people(clinic: Clinic) {
    let (clinician, patient) = two(&clinic).await;
    let stranger = person("Nobody Atall", Role::Patient);
    let missing = Err(StoreError::Conflict(Conflict::Missing));
    for new in [visit(&clinician, &stranger, 0, 30), visit(&stranger, &patient, 0, 30)] {
        let id = new.visit.facts.appointment_id;
        assert_eq!(clinic.store.create_visit(new, Some(answered("k"))).await, missing);
        assert_eq!(clinic.store.visit(id).await, Ok(None));
    }
    let backwards = visit(&clinician, &patient, 30, 0);
    assert_eq!(clinic.store.create_visit(backwards, None).await, Err(StoreError::Aborted));
    let kept = clinic.store.answered("a caller", "test.operation", "k").await;
    assert_eq!(kept, Ok(None));
}

pub(crate) async fn appointments_may_touch_but_not_overlap(clinic: Clinic) {
    let (clinician, patient) = two(&clinic).await;
    let other = clinic.hires("Dr Kim Specimen", Role::Clinician).await;
    let there = visit(&clinician, &patient, 100, 130);
    assert_eq!(clinic.store.create_visit(there, None).await, Ok(()));

    let overlapping =
        [(100, 130), (100, 101), (129, 160), (90, 101), (110, 120), (90, 140), (100, 90 + 90)];
    for (from, until) in overlapping {
        let new = visit(&clinician, &patient, from, until);
        let id = new.visit.facts.appointment_id;
        assert_eq!(clinic.store.create_visit(new, None).await, SLOT_TAKEN, "{from} to {until}");
        assert_eq!(clinic.store.visit(id).await, Ok(None));
    }
    for (from, until) in [(70, 100), (130, 160)] {
        let new = visit(&clinician, &patient, from, until);
        assert_eq!(clinic.store.create_visit(new, None).await, Ok(()), "{from} to {until}");
    }
    let elsewhere = visit(&other, &patient, 100, 130);
    assert_eq!(clinic.store.create_visit(elsewhere, None).await, Ok(()));
}

pub(crate) async fn a_cancelled_visit_no_longer_holds_the_time(clinic: Clinic) {
    let (clinician, patient) = two(&clinic).await;
    // One that was ended, or where the patient did not come, keeps its claim as a record of that time.
    for (from, closed, is_free) in
        [(0, Closed::Cancelled, true), (100, Closed::NoShow, false), (200, Closed::Ended, false)]
    {
        let new = visit(&clinician, &patient, from, from + 30);
        let id = new.visit.facts.appointment_id;
        clinic.store.create_visit(new.clone(), None).await.unwrap();
        let epoch = clinic.store.claim_visit(id, "node-a").await.unwrap().epoch;
        let about = who(&new.visit, Role::Patient);
        let mut closing = commit(&new.visit, epoch, vec![event(AttendanceKind::Ended, about)]);
        closing.visit.closed = Some(closed);
        clinic.store.commit_visit(closing.clone()).await.unwrap();
        // Whoever cancels has counted that already; the row agrees.
        closing.visit.facts.booking.version += u32::from(closed == Closed::Cancelled);
        assert_eq!(clinic.store.visit(id).await, Ok(Some(closing.visit)));

        let next = visit(&clinician, &patient, from + 10, from + 20);
        let expected = if is_free { Ok(()) } else { SLOT_TAKEN };
        assert_eq!(clinic.store.create_visit(next, None).await, expected, "{closed:?}");
        let late = visit(&clinician, &patient, from + 5, from + 15);
        assert_eq!(clinic.store.create_visit(late, None).await, SLOT_TAKEN, "{closed:?}");
    }
}

pub(crate) async fn of_64_who_want_one_slot_one_gets_it(clinic: Clinic) {
    let (clinician, patient) = two(&clinic).await;
    let told = at_once((0..64).map(|n| {
        let store = clinic.store.clone();
        // All of them overlap at minute 30, and no two begin at the same one.
        let new = visit(&clinician, &patient, n % 30, 31 + n);
        async move { store.create_visit(new, None).await }
    }))
    .await;
    assert_eq!(told.iter().filter(|it| it.is_ok()).count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|it| **it == SLOT_TAKEN).count(), 63, "{told:?}");
    let filter = VisitFilter { limit: 100, ..VisitFilter::default() };
    assert_eq!(clinic.store.visits(filter).await.unwrap().len(), 1);
}

pub(crate) async fn of_two_bookings_with_one_key_one_is_made(clinic: Clinic) {
    let (clinician, patient) = two(&clinic).await;
    let told = at_once((0..2).map(|n| {
        let store = clinic.store.clone();
        let new = visit(&clinician, &patient, n * 100, n * 100 + 30);
        async move { store.create_visit(new, Some(answered("k"))).await }
    }))
    .await;
    let used = Err(StoreError::Conflict(Conflict::KeyUsed));
    assert_eq!(told.iter().filter(|it| it.is_ok()).count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|it| **it == used).count(), 1, "{told:?}");
    let filter = VisitFilter { limit: 100, ..VisitFilter::default() };
    assert_eq!(clinic.store.visits(filter).await.unwrap().len(), 1);
}

pub(crate) async fn visits_are_listed_by_person_and_time(clinic: Clinic) {
    let (clinician, patient) = two(&clinic).await;
    let other = clinic.hires("Ali Pretend", Role::Patient).await;
    let mut made = Vec::new();
    for (whose, from) in [(&patient, 200), (&other, 100), (&patient, 0)] {
        let new = visit(&clinician, whose, from, from + 30);
        clinic.store.create_visit(new.clone(), None).await.unwrap();
        made.push(new.visit);
    }
    let [late, middle, early] = <[Visit; 3]>::try_from(made).unwrap();
    let all = VisitFilter { limit: 10, ..VisitFilter::default() };
    let of = |person: &PersonRecord| VisitFilter { person_id: Some(person.person_id), ..all };
    let minute = |n: u32| Some(NOW.plus(n * MINUTE));
    let cases = [
        (all, vec![&early, &middle, &late]),
        (VisitFilter { limit: 2, ..all }, vec![&early, &middle]),
        (VisitFilter { limit: 0, ..all }, vec![]),
        (of(&clinician), vec![&early, &middle, &late]),
        (of(&patient), vec![&early, &late]),
        (of(&other), vec![&middle]),
        // Its end does not belong to an appointment, its begin does.
        (VisitFilter { from: minute(29), ..all }, vec![&early, &middle, &late]),
        (VisitFilter { from: minute(30), ..all }, vec![&middle, &late]),
        (VisitFilter { until: minute(100), ..all }, vec![&early]),
        (VisitFilter { until: minute(101), ..all }, vec![&early, &middle]),
        (VisitFilter { from: minute(50), until: minute(150), ..all }, vec![&middle]),
        (VisitFilter { from: minute(50), until: minute(150), ..of(&patient) }, vec![]),
    ];
    for (filter, expected) in cases {
        let expected: Vec<_> = expected.into_iter().cloned().collect();
        assert_eq!(clinic.store.visits(filter).await, Ok(expected), "{filter:?}");
    }
}

pub(crate) async fn a_claim_grows_the_epoch(clinic: Clinic) {
    let store = &clinic.store;
    let visit = clinic.books().await;
    let id = visit.facts.appointment_id;
    let claim = |epoch, next_offset| Ok(Claim { epoch, next_offset });
    assert_eq!(store.claim_visit(id, "node-a").await, claim(1, 1));
    assert_eq!(store.claim_visit(id, "node-b").await, claim(2, 1));
    let about = who(&visit, Role::Patient);
    let two = vec![event(AttendanceKind::Entered, about), event(AttendanceKind::Left, about)];
    store.commit_visit(commit(&visit, 2, two)).await.unwrap();
    assert_eq!(store.claim_visit(id, "node-b").await, claim(3, 3));
    let unknown = store.claim_visit(AppointmentId(Uuid::now_v7()), "node-a").await;
    assert_eq!(unknown, Err(StoreError::Conflict(Conflict::Missing)));
}

pub(crate) async fn of_many_concurrent_claims_each_gets_its_own_epoch(clinic: Clinic) {
    let id = clinic.books().await.facts.appointment_id;
    let told = at_once((0..16).map(|_| {
        let store = clinic.store.clone();
        async move { store.claim_visit(id, "node-a").await.unwrap().epoch }
    }))
    .await;
    let mut epochs = told;
    epochs.sort_unstable();
    assert_eq!(epochs, (1..=16).collect::<Vec<_>>());
}

pub(crate) async fn a_commit_is_saved_whole(clinic: Clinic) {
    let store = &clinic.store;
    let visit = clinic.books().await;
    let id = visit.facts.appointment_id;
    let epoch = store.claim_visit(id, "node-a").await.unwrap().epoch;
    let (host, patient) = (who(&visit, Role::Clinician), who(&visit, Role::Patient));
    let guest = Member { invited_by: Some(host), ..member(Role::Interpreter, None) };
    let check = DeviceCheck {
        camera: DeviceVerdict::Denied,
        microphone: DeviceVerdict::Good,
        speaker: DeviceVerdict::Skipped,
        network: DeviceVerdict::Poor,
    };
    let invited = What {
        by: Some(host),
        detail: Detail::Guest(Box::new(guest.clone())),
        ..event(AttendanceKind::Invited, guest.participant_id)
    };
    let checked =
        What { detail: Detail::Check(check), ..event(AttendanceKind::DeviceChecked, patient) };
    let started = What { about: None, ..event(AttendanceKind::CallStarted, host) };
    let mut saving = commit(&visit, epoch, vec![invited.clone(), checked.clone(), started.clone()]);
    saving.visit.is_in_call = true;
    saving.visit.call_started_at = Some(NOW.plus(MINUTE));
    let theirs = saving.visit.members.get_mut(&patient).unwrap();
    theirs.is_present = true;
    theirs.is_admitted = true;
    theirs.waiting_since = Some(NOW);
    theirs.device_check = Some(check);
    saving.links = vec![link(&visit, guest.participant_id, 5)];
    saving.visit.members.insert(guest.participant_id, guest);
    saving.answered = Some(answered("k"));
    assert_eq!(store.commit_visit(saving.clone()).await, Ok(()));

    assert_eq!(store.visit(id).await, Ok(Some(saving.visit)));
    let lines = store.attendance(id).await.unwrap();
    let numbers: Vec<_> = lines.iter().map(|it| it.number).collect();
    assert_eq!(numbers, [1, 2, 3]);
    let whats: Vec<_> = lines.into_iter().map(|it| it.what).collect();
    let plain = |it: What| What { detail: Detail::None, ..it };
    assert_eq!(whats, [plain(invited), plain(checked), started]);
    let kept = store.link(&hash(5)).await.unwrap();
    assert_eq!(kept, Some((saving.links[0].clone(), false)));
    let answer = store.answered("a caller", "test.operation", "k").await.unwrap();
    assert_eq!(answer.unwrap().params_hash, hash(7));
}

pub(crate) async fn a_commit_does_not_change_what_was_agreed(clinic: Clinic) {
    let visit = clinic.books().await;
    let id = visit.facts.appointment_id;
    let epoch = clinic.store.claim_visit(id, "node-a").await.unwrap().epoch;
    let entered = event(AttendanceKind::Entered, who(&visit, Role::Patient));
    let mut saving = commit(&visit, epoch, vec![entered]);
    saving.visit.facts.starts_at = NOW.plus(5 * MINUTE);
    saving.visit.facts.patient_may_invite = false;
    clinic.store.commit_visit(saving).await.unwrap();
    assert_eq!(clinic.store.visit(id).await.unwrap().unwrap().facts, visit.facts);
}

pub(crate) async fn a_visit_is_read_as_of_one_moment(clinic: Clinic) {
    let visit = clinic.books().await;
    let id = visit.facts.appointment_id;
    let epoch = clinic.store.claim_visit(id, "node-a").await.unwrap().epoch;
    let store = clinic.store.clone();
    let writing = tokio::spawn(async move {
        let mut visit = visit;
        for _ in 0..40 {
            let guest = member(Role::Caregiver, None);
            let invited = event(AttendanceKind::Invited, guest.participant_id);
            let mut saving = commit(&visit, epoch, vec![invited]);
            saving.visit.members.insert(guest.participant_id, guest);
            store.commit_visit(saving.clone()).await.unwrap();
            visit = saving.visit;
        }
    });
    while !writing.is_finished() {
        let read = clinic.store.visit(id).await.unwrap().unwrap();
        // Each event brings one member.
        assert_eq!(read.members.len(), 2 + usize::try_from(read.revision).unwrap());
        tokio::task::yield_now().await;
    }
    writing.await.unwrap();
}

pub(crate) async fn a_writer_with_an_old_epoch_changes_nothing(clinic: Clinic) {
    let store = &clinic.store;
    let visit = clinic.books().await;
    let id = visit.facts.appointment_id;
    let about = who(&visit, Role::Patient);
    let old = store.claim_visit(id, "node-a").await.unwrap();
    let new = store.claim_visit(id, "node-b").await.unwrap();
    let entered = vec![event(AttendanceKind::Entered, about)];
    let mut late = commit(&visit, old.epoch, entered.clone());
    late.links = vec![link(&visit, about, 5)];
    late.answered = Some(answered("k"));
    assert_eq!(store.commit_visit(late).await, Err(StoreError::Fenced));
    assert_eq!(all_of(&clinic, id).await, (Some(visit.clone()), 0));
    assert_eq!(store.link(&hash(5)).await, Ok(None));
    assert_eq!(store.answered("a caller", "test.operation", "k").await, Ok(None));

    let ahead = commit(&visit, new.epoch + 1, entered.clone());
    assert_eq!(store.commit_visit(ahead).await, Err(StoreError::Fenced), "nobody has that epoch");
    assert_eq!(store.commit_visit(commit(&visit, new.epoch, entered.clone())).await, Ok(()));
    let after = VisitCommit { epoch: old.epoch, ..commit(&visit, 0, entered) };
    assert_eq!(store.commit_visit(after).await, Err(StoreError::Fenced));
    assert_eq!(all_of(&clinic, id).await.1, 1);
}

pub(crate) async fn a_writer_that_counts_otherwise_changes_nothing(clinic: Clinic) {
    let store = &clinic.store;
    let visit = clinic.books().await;
    let id = visit.facts.appointment_id;
    let about = who(&visit, Role::Patient);
    let epoch = store.claim_visit(id, "node-a").await.unwrap().epoch;
    let entered = || vec![event(AttendanceKind::Entered, about)];
    let first = commit(&visit, epoch, entered());
    let second = commit(&first.visit, epoch, entered());
    assert_eq!(store.commit_visit(second.clone()).await, Err(StoreError::Fenced), "a gap");
    assert_eq!(store.commit_visit(first.clone()).await, Ok(()));
    assert_eq!(store.commit_visit(first.clone()).await, Err(StoreError::Fenced), "once more");
    let mut none = commit(&visit, epoch, entered());
    none.visit.revision = 0;
    assert_eq!(store.commit_visit(none).await, Err(StoreError::Fenced), "no number at all");
    assert_eq!(all_of(&clinic, id).await, (Some(first.visit), 1));
    assert_eq!(store.commit_visit(second).await, Ok(()));
}

pub(crate) async fn a_writer_without_a_claim_changes_nothing(clinic: Clinic) {
    let visit = clinic.books().await;
    let id = visit.facts.appointment_id;
    let about = who(&visit, Role::Patient);
    for epoch in [0, 1] {
        let unclaimed = commit(&visit, epoch, vec![event(AttendanceKind::Entered, about)]);
        assert_eq!(clinic.store.commit_visit(unclaimed).await, Err(StoreError::Fenced));
    }
    assert_eq!(all_of(&clinic, id).await, (Some(visit), 0));
}

pub(crate) async fn a_commit_without_events_keeps_the_numbers(clinic: Clinic) {
    let store = &clinic.store;
    let visit = clinic.books().await;
    let id = visit.facts.appointment_id;
    let about = who(&visit, Role::Patient);
    let epoch = store.claim_visit(id, "node-a").await.unwrap().epoch;
    let saving = VisitCommit { answered: Some(answered("k")), ..commit(&visit, epoch, vec![]) };
    assert_eq!(store.commit_visit(saving).await, Ok(()));
    let entered = vec![event(AttendanceKind::Entered, about)];
    assert_eq!(store.commit_visit(commit(&visit, epoch, entered)).await, Ok(()));
    assert_eq!(store.attendance(id).await.unwrap()[0].number, 1);
}

pub(crate) async fn of_many_who_write_one_number_one_does(clinic: Clinic) {
    let visit = clinic.books().await;
    let id = visit.facts.appointment_id;
    let about = who(&visit, Role::Patient);
    let epoch = clinic.store.claim_visit(id, "node-a").await.unwrap().epoch;
    let mut visit = visit;
    for round in 1..=4 {
        let told = at_once((0..8).map(|_| {
            let store = clinic.store.clone();
            let saving = commit(&visit, epoch, vec![event(AttendanceKind::Entered, about)]);
            async move { store.commit_visit(saving).await }
        }))
        .await;
        assert_eq!(told.iter().filter(|it| it.is_ok()).count(), 1, "{told:?}");
        let fenced = Err(StoreError::Fenced);
        assert_eq!(told.iter().filter(|it| **it == fenced).count(), 7, "{told:?}");
        visit.revision = round;
    }
    let lines = clinic.store.attendance(id).await.unwrap();
    let numbers: Vec<_> = lines.iter().map(|it| it.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
}

pub(crate) async fn a_used_key_takes_the_whole_commit_back(clinic: Clinic) {
    let store = &clinic.store;
    let visit = clinic.books().await;
    let id = visit.facts.appointment_id;
    let about = who(&visit, Role::Patient);
    let epoch = store.claim_visit(id, "node-a").await.unwrap().epoch;
    store.keep_answer(answered("k")).await.unwrap();
    let entered = || vec![event(AttendanceKind::Entered, about)];
    let mut saving = commit(&visit, epoch, entered());
    saving.links = vec![link(&visit, about, 5)];
    saving.answered = Some(answered("k"));
    let told = store.commit_visit(saving).await;
    assert_eq!(told, Err(StoreError::Conflict(Conflict::KeyUsed)));
    assert_eq!(all_of(&clinic, id).await, (Some(visit.clone()), 0));
    assert_eq!(store.link(&hash(5)).await, Ok(None));
    let again = commit(&visit, epoch, entered());
    assert_eq!(store.commit_visit(again).await, Ok(()), "the number is free still");
}

pub(crate) async fn a_refused_link_takes_the_whole_commit_back(clinic: Clinic) {
    let store = &clinic.store;
    let visit = clinic.books().await;
    let id = visit.facts.appointment_id;
    let about = who(&visit, Role::Patient);
    let epoch = store.claim_visit(id, "node-a").await.unwrap().epoch;
    let nobody = ParticipantId(Uuid::now_v7());
    let mut saving = commit(&visit, epoch, vec![event(AttendanceKind::Entered, about)]);
    saving.links = vec![link(&visit, about, 5), link(&visit, nobody, 6)];
    let told = store.commit_visit(saving).await;
    assert_eq!(told, Err(StoreError::Conflict(Conflict::Missing)));
    assert_eq!(all_of(&clinic, id).await, (Some(visit), 0));
    assert_eq!(store.link(&hash(5)).await, Ok(None));
}

pub(crate) async fn quality_is_kept_for_members_only(clinic: Clinic) {
    let visit = clinic.books().await;
    let report = ReportQuality {
        appointment_id: visit.facts.appointment_id,
        round_trip_ms: 40,
        loss_percent: 2.5,
        jitter_ms: 3,
        freezes: 1,
        received_kbps: 900,
        sent_kbps: u32::MAX,
    };
    let patient = who(&visit, Role::Patient);
    assert_eq!(clinic.store.record_quality(patient, report, NOW).await, Ok(()));
    assert_eq!(clinic.store.record_quality(patient, report, NOW).await, Ok(()));
    let missing = Err(StoreError::Conflict(Conflict::Missing));
    let nobody = ParticipantId(Uuid::now_v7());
    assert_eq!(clinic.store.record_quality(nobody, report, NOW).await, missing);
    let elsewhere = ReportQuality { appointment_id: AppointmentId(Uuid::now_v7()), ..report };
    assert_eq!(clinic.store.record_quality(patient, elsewhere, NOW).await, missing);
}
