//! Links into a visit.

use crate::samples::{
    MINUTE, NOW, answered, at_once, commit, event, guest_session, hash, link, who,
};
use crate::support::Clinic;
use bedside::domain::visit::Visit;
use bedside::protocol::ids::{AppointmentId, ParticipantId};
use bedside::protocol::person::Role;
use bedside::protocol::visit::AttendanceKind;
use bedside::store::{Conflict, JoinLinkRecord, LinkUse, StoreError, VisitCommit};
use std::time::Duration;
use uuid::Uuid;

/// A visit with a guest and a link for them.
async fn invited(clinic: &Clinic) -> (Visit, ParticipantId, JoinLinkRecord) {
    let visit = clinic.books().await;
    let (visit, guest) = clinic.invites(&visit).await;
    let link = link(&visit, guest, 5);
    clinic.store.create_link(link.clone(), None).await.expect("a link");
    (visit, guest, link)
}

/// The commit that takes the guest's invitation back, by the writer of epoch 1.
fn revocation(visit: &Visit, guest: ParticipantId) -> VisitCommit {
    let mut saving = commit(visit, 1, vec![event(AttendanceKind::Revoked, guest)]);
    saving.visit.members.get_mut(&guest).unwrap().is_revoked = true;
    saving.revoked = vec![guest];
    saving
}

pub(crate) async fn a_link_is_looked_at_without_being_used(clinic: Clinic) {
    let store = &clinic.store;
    let (_, _, link) = invited(&clinic).await;
    for _ in 0..2 {
        assert_eq!(store.link(&hash(5)).await, Ok(Some((link.clone(), false))));
    }
    let session = guest_session(&link);
    let used = store.use_link(&hash(5), session.clone(), NOW).await;
    assert_eq!(used, Ok(LinkUse::Opened(link.clone())));
    assert_eq!(store.session(session.session_id).await, Ok(Some(session)));
    assert_eq!(store.link(&hash(5)).await, Ok(Some((link, true))));
    assert_eq!(store.link(&hash(6)).await, Ok(None));
}

pub(crate) async fn a_link_is_for_a_member_of_the_visit(clinic: Clinic) {
    let store = &clinic.store;
    let (visit, guest, first) = invited(&clinic).await;
    let missing = Err(StoreError::Conflict(Conflict::Missing));
    let nobody = link(&visit, ParticipantId(Uuid::now_v7()), 6);
    assert_eq!(store.create_link(nobody, None).await, missing);
    let elsewhere = AppointmentId(Uuid::now_v7());
    let elsewhere = JoinLinkRecord { appointment_id: elsewhere, ..link(&visit, guest, 6) };
    assert_eq!(store.create_link(elsewhere, Some(answered("k"))).await, missing);
    assert_eq!(store.link(&hash(6)).await, Ok(None));
    assert_eq!(store.answered("a caller", "test.operation", "k").await, Ok(None));

    let same_token = JoinLinkRecord { token_hash: first.token_hash, ..link(&visit, guest, 6) };
    let told = store.create_link(same_token, None).await;
    assert_eq!(told, Err(StoreError::Conflict(Conflict::Stale)));

    store.commit_visit(revocation(&visit, guest)).await.unwrap();
    assert_eq!(store.create_link(link(&visit, guest, 7), None).await, missing, "revoked");
}

pub(crate) async fn a_used_key_keeps_no_second_link(clinic: Clinic) {
    let store = &clinic.store;
    let (visit, guest, _) = invited(&clinic).await;
    let first = link(&visit, guest, 6);
    assert_eq!(store.create_link(first, Some(answered("k"))).await, Ok(()));
    let told = store.create_link(link(&visit, guest, 7), Some(answered("k"))).await;
    assert_eq!(told, Err(StoreError::Conflict(Conflict::KeyUsed)));
    assert_eq!(store.link(&hash(7)).await, Ok(None));
}

pub(crate) async fn of_32_who_use_one_link_one_gets_in(clinic: Clinic) {
    let (_, guest, link) = invited(&clinic).await;
    let told = at_once((0..32).map(|_| {
        let store = clinic.store.clone();
        let session = guest_session(&link);
        let id = session.session_id;
        async move { (id, store.use_link(&hash(5), session, NOW).await.unwrap()) }
    }))
    .await;
    let opened = LinkUse::Opened(link);
    let winners: Vec<_> = told.iter().filter(|(_, it)| *it == opened).map(|(id, _)| *id).collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(told.iter().filter(|(_, it)| *it == LinkUse::Used).count(), 31);
    assert_eq!(clinic.store.sessions_of_participant(guest).await, Ok(winners));
}

pub(crate) async fn a_link_expires(clinic: Clinic) {
    let store = &clinic.store;
    let (_, guest, link) = invited(&clinic).await;
    for at in [link.expires_at, link.expires_at.plus(MINUTE)] {
        let told = store.use_link(&hash(5), guest_session(&link), at).await;
        assert_eq!(told, Ok(LinkUse::Expired));
    }
    assert_eq!(store.sessions_of_participant(guest).await, Ok(vec![]));
    let just = link.expires_at.minus(Duration::from_millis(1));
    let told = store.use_link(&hash(5), guest_session(&link), just).await;
    assert_eq!(told, Ok(LinkUse::Opened(link.clone())));
    let told = store.use_link(&hash(5), guest_session(&link), link.expires_at).await;
    assert_eq!(told, Ok(LinkUse::Used), "that somebody was here is said first");
    let told = store.use_link(&hash(6), guest_session(&link), NOW).await;
    assert_eq!(told, Ok(LinkUse::Unknown));
}

pub(crate) async fn a_link_opens_a_session_for_its_participant_only(clinic: Clinic) {
    let store = &clinic.store;
    let (visit, _, link) = invited(&clinic).await;
    let mut other = guest_session(&link);
    other.visit = Some((link.appointment_id, who(&visit, Role::Clinician)));
    let told = store.use_link(&hash(5), other, NOW).await;
    assert_eq!(told, Err(StoreError::Conflict(Conflict::Stale)));
    let told = store.use_link(&hash(5), guest_session(&link), NOW).await;
    assert_eq!(told, Ok(LinkUse::Opened(link)), "it was not used up");
}

pub(crate) async fn a_revocation_withdraws_links_and_ends_sessions(clinic: Clinic) {
    let store = &clinic.store;
    let (visit, guest, first) = invited(&clinic).await;
    let second = link(&visit, guest, 6);
    store.create_link(second.clone(), None).await.unwrap();
    let patients = link(&visit, who(&visit, Role::Patient), 7);
    store.create_link(patients.clone(), None).await.unwrap();
    let (theirs, others) = (guest_session(&first), guest_session(&patients));
    store.use_link(&hash(5), theirs.clone(), NOW).await.unwrap();
    store.use_link(&hash(7), others.clone(), NOW).await.unwrap();

    let saving = revocation(&visit, guest);
    assert_eq!(store.commit_visit(saving.clone()).await, Ok(()));
    assert_eq!(store.visit(visit.facts.appointment_id).await, Ok(Some(saving.visit)));
    let told = store.use_link(&hash(6), guest_session(&second), NOW).await;
    assert_eq!(told, Ok(LinkUse::Unknown));
    assert_eq!(store.link(&hash(6)).await, Ok(Some((second, true))));
    assert_eq!(store.sessions_of_participant(guest).await, Ok(vec![]));
    let ended = store.session(theirs.session_id).await.unwrap().unwrap();
    assert_eq!(ended.ended_at, Some(NOW.plus(MINUTE)), "with the event");
    let untouched = store.session(others.session_id).await.unwrap().unwrap();
    assert_eq!(untouched.ended_at, None);
}

pub(crate) async fn a_revocation_and_a_use_at_the_same_time_leave_no_session(clinic: Clinic) {
    let visit = clinic.books().await;
    let (mut visit, _) = clinic.invites(&visit).await;
    for round in 10..18 {
        let guest = crate::samples::member(Role::Caregiver, None);
        let id = guest.participant_id;
        let mut inviting = commit(&visit, 1, vec![event(AttendanceKind::Invited, id)]);
        inviting.visit.members.insert(id, guest);
        inviting.links = vec![link(&visit, id, round)];
        clinic.store.commit_visit(inviting.clone()).await.unwrap();

        let (store, saving) = (clinic.store.clone(), revocation(&inviting.visit, id));
        visit = saving.visit.clone();
        let revoking = tokio::spawn(async move { store.commit_visit(saving).await });
        let (store, session) = (clinic.store.clone(), guest_session(&inviting.links[0]));
        let using = tokio::spawn(async move { store.use_link(&hash(round), session, NOW).await });
        assert_eq!(revoking.await.unwrap(), Ok(()));
        let used = using.await.unwrap().unwrap();
        assert!(matches!(used, LinkUse::Opened(_) | LinkUse::Unknown), "{used:?}");
        assert_eq!(clinic.store.sessions_of_participant(id).await, Ok(vec![]), "{used:?}");
    }
}

pub(crate) async fn a_revocation_and_a_new_link_at_the_same_time_leave_no_good_link(
    clinic: Clinic,
) {
    let visit = clinic.books().await;
    let (mut visit, _) = clinic.invites(&visit).await;
    for round in 10..18 {
        let guest = crate::samples::member(Role::Caregiver, None);
        let id = guest.participant_id;
        let mut inviting = commit(&visit, 1, vec![event(AttendanceKind::Invited, id)]);
        inviting.visit.members.insert(id, guest);
        clinic.store.commit_visit(inviting.clone()).await.unwrap();

        let (store, saving) = (clinic.store.clone(), revocation(&inviting.visit, id));
        visit = saving.visit.clone();
        let revoking = tokio::spawn(async move { store.commit_visit(saving).await });
        let (store, new) = (clinic.store.clone(), link(&visit, id, round));
        let linking = tokio::spawn(async move { store.create_link(new, None).await });
        assert_eq!(revoking.await.unwrap(), Ok(()));
        let linked = linking.await.unwrap();
        let kept = clinic.store.link(&hash(round)).await.unwrap();
        match linked {
            Ok(()) => assert!(kept.is_some_and(|(_, is_spent)| is_spent), "withdrawn at once"),
            Err(told) => {
                assert_eq!(told, StoreError::Conflict(Conflict::Missing));
                assert_eq!(kept, None);
            }
        }
    }
}
