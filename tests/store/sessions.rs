//! Sign-ins.

use crate::samples::{MINUTE, NOW, at_once, guest_session, hash, link, session};
use crate::support::Clinic;
use bedside::protocol::ids::{ParticipantId, PersonId, SessionId};
use bedside::protocol::person::Role;
use bedside::store::{Conflict, Rotation, SessionRecord, StoreError};
use std::time::Duration;
use uuid::Uuid;

const GRACE: Duration = Duration::from_secs(10);
const SECOND: Duration = Duration::from_secs(1);

async fn signed_in(clinic: &Clinic) -> SessionRecord {
    let ana = clinic.hires("Ana Fiction", Role::Patient).await;
    let session = session(&ana);
    clinic.store.open_session(session.clone()).await.expect("a session");
    session
}

pub(crate) async fn a_session_is_opened_and_ended_once(clinic: Clinic) {
    let store = &clinic.store;
    let session = signed_in(&clinic).await;
    let id = session.session_id;
    assert_eq!(store.session(id).await, Ok(Some(session.clone())));
    assert_eq!(store.end_session(id, NOW.plus(SECOND)).await, Ok(true));
    assert_eq!(store.end_session(id, NOW.plus(MINUTE)).await, Ok(false));
    let ended = SessionRecord { ended_at: Some(NOW.plus(SECOND)), ..session };
    assert_eq!(store.session(id).await, Ok(Some(ended)), "the first end counts");
    let unknown = SessionId(Uuid::now_v7());
    assert_eq!(store.session(unknown).await, Ok(None));
    assert_eq!(store.end_session(unknown, NOW).await, Ok(false));
}

pub(crate) async fn a_session_refers_to_what_exists(clinic: Clinic) {
    let store = &clinic.store;
    let known = signed_in(&clinic).await;
    let missing = Err(StoreError::Conflict(Conflict::Missing));
    let id = || SessionId(Uuid::now_v7());

    let stranger = Some(PersonId(Uuid::now_v7()));
    let of_nobody = SessionRecord { session_id: id(), person_id: stranger, ..known.clone() };
    assert_eq!(store.open_session(of_nobody.clone()).await, missing);
    assert_eq!(store.session(of_nobody.session_id).await, Ok(None));

    let visit = clinic.books().await.facts.appointment_id;
    let part = Some((visit, ParticipantId(Uuid::now_v7())));
    let of_no_part = SessionRecord { session_id: id(), visit: part, ..known.clone() };
    assert_eq!(store.open_session(of_no_part).await, missing);

    let again = store.open_session(known).await;
    assert_eq!(again, Err(StoreError::Conflict(Conflict::Stale)), "an id is used once");
}

pub(crate) async fn a_refresh_token_rotates(clinic: Clinic) {
    let store = &clinic.store;
    let session = signed_in(&clinic).await;
    let id = session.session_id;
    let at = NOW.plus(MINUTE);
    let rotated = SessionRecord {
        refresh_hash: hash(2),
        previous_hash: Some(hash(1)),
        rotated_at: at,
        ..session
    };
    let told = store.rotate(id, &hash(1), &hash(2), at, GRACE).await;
    assert_eq!(told, Ok(Rotation::Rotated(rotated.clone())));
    assert_eq!(store.session(id).await, Ok(Some(rotated)));
    let told = store.rotate(id, &hash(2), &hash(3), at.plus(MINUTE), GRACE).await.unwrap();
    let Rotation::Rotated(now) = told else { panic!("{told:?}") };
    assert_eq!((now.refresh_hash, now.previous_hash), (hash(3), Some(hash(2))));
}

pub(crate) async fn the_token_before_is_good_until_the_grace_period_ends(clinic: Clinic) {
    let store = &clinic.store;
    let id = signed_in(&clinic).await.session_id;
    store.rotate(id, &hash(1), &hash(2), NOW, GRACE).await.unwrap();
    let kept = store.session(id).await.unwrap().unwrap();

    let last = NOW.plus(GRACE).minus(Duration::from_millis(1));
    for at in [NOW, NOW.plus(SECOND), last] {
        let told = store.rotate(id, &hash(1), &hash(3), at, GRACE).await;
        assert_eq!(told, Ok(Rotation::Grace(kept.clone())), "nothing changes");
    }
    assert_eq!(store.session(id).await, Ok(Some(kept)));
    let told = store.rotate(id, &hash(1), &hash(3), NOW.plus(GRACE), GRACE).await.unwrap();
    assert!(matches!(told, Rotation::Reused(_)), "{told:?}");
}

pub(crate) async fn an_older_token_ends_the_session(clinic: Clinic) {
    let store = &clinic.store;
    let id = signed_in(&clinic).await.session_id;
    store.rotate(id, &hash(1), &hash(2), NOW, GRACE).await.unwrap();
    store.rotate(id, &hash(2), &hash(3), NOW, GRACE).await.unwrap();

    let at = NOW.plus(SECOND);
    let told = store.rotate(id, &hash(1), &hash(4), at, GRACE).await.unwrap();
    let Rotation::Reused(ended) = told else { panic!("{told:?}") };
    assert_eq!(ended.ended_at, Some(at));
    assert_eq!(ended.refresh_hash, hash(3), "the new one was not taken");
    assert_eq!(store.session(id).await, Ok(Some(ended)));
    for presented in [1, 2, 3, 4] {
        let told = store.rotate(id, &hash(presented), &hash(5), at, GRACE).await;
        assert_eq!(told, Ok(Rotation::Gone), "whoever holds the newest is out as well");
    }
}

pub(crate) async fn a_session_that_ended_or_expired_is_gone(clinic: Clinic) {
    let store = &clinic.store;
    let session = signed_in(&clinic).await;
    let id = session.session_id;
    let told = store.rotate(id, &hash(1), &hash(2), session.expires_at, GRACE).await;
    assert_eq!(told, Ok(Rotation::Gone));
    let told = store.rotate(id, &hash(8), &hash(2), session.expires_at, GRACE).await;
    assert_eq!(told, Ok(Rotation::Gone), "an older token of an expired session is no alarm");
    assert_eq!(store.session(id).await, Ok(Some(session.clone())), "nothing was changed");

    let just = session.expires_at.minus(Duration::from_millis(1));
    let told = store.rotate(id, &hash(1), &hash(2), just, GRACE).await.unwrap();
    assert!(matches!(told, Rotation::Rotated(_)), "{told:?}");

    assert_eq!(store.end_session(id, just).await, Ok(true));
    assert_eq!(store.rotate(id, &hash(2), &hash(3), just, GRACE).await, Ok(Rotation::Gone));
    let unknown = SessionId(Uuid::now_v7());
    assert_eq!(store.rotate(unknown, &hash(1), &hash(2), NOW, GRACE).await, Ok(Rotation::Gone));
}

pub(crate) async fn of_many_concurrent_rotations_one_rotates(clinic: Clinic) {
    let id = signed_in(&clinic).await.session_id;
    let told = at_once((0..16).map(|n| {
        let store = clinic.store.clone();
        async move { store.rotate(id, &hash(1), &hash(100 + n), NOW, GRACE).await.unwrap() }
    }))
    .await;
    let rotated: Vec<_> = told
        .iter()
        .filter_map(|it| if let Rotation::Rotated(it) = it { Some(it.clone()) } else { None })
        .collect();
    let in_grace = told.iter().filter(|it| matches!(it, Rotation::Grace(_))).count();
    assert_eq!((rotated.len(), in_grace), (1, 15));
    assert_eq!(clinic.store.session(id).await, Ok(Some(rotated[0].clone())));
}

pub(crate) async fn open_sessions_of_a_participant_are_listed(clinic: Clinic) {
    let store = &clinic.store;
    let visit = clinic.books().await;
    let (visit, guest) = clinic.invites(&visit).await;
    let first = guest_session(&link(&visit, guest, 1));
    let second = guest_session(&link(&visit, guest, 2));
    for session in [&first, &second] {
        store.open_session(session.clone()).await.unwrap();
    }
    let mut both = vec![first.session_id, second.session_id];
    both.sort();
    assert_eq!(store.sessions_of_participant(guest).await, Ok(both));
    store.end_session(first.session_id, NOW).await.unwrap();
    assert_eq!(store.sessions_of_participant(guest).await, Ok(vec![second.session_id]));
    assert_eq!(store.sessions_of_participant(ParticipantId(Uuid::now_v7())).await, Ok(vec![]));
}

pub(crate) async fn sessions_that_expired_long_ago_are_deleted_and_no_others(clinic: Clinic) {
    let store = &clinic.store;
    let ana = clinic.hires("Ana Fiction", Role::Patient).await;
    let before = NOW.plus(Duration::from_secs(3_600));
    let expiring = |expires_at| SessionRecord { expires_at, ..session(&ana) };
    let old: Vec<_> =
        (1..=3).map(|n| expiring(before.minus(Duration::from_secs(60 * n)))).collect();
    let at_the_edge = expiring(before);
    // Ended, and yet kept: whoever presents one of its tokens is still told apart from a stranger.
    let ended = SessionRecord { ended_at: Some(NOW), ..expiring(before.plus(SECOND)) };
    for it in old.iter().chain([&at_the_edge, &ended]) {
        store.open_session(it.clone()).await.unwrap();
    }
    assert_eq!(store.forget_sessions(before, 2).await, Ok(2), "no more than asked for");
    assert_eq!(store.session(old[2].session_id).await, Ok(None), "the oldest first");
    assert_eq!(store.session(old[1].session_id).await, Ok(None));
    assert_eq!(store.session(old[0].session_id).await, Ok(Some(old[0].clone())));
    assert_eq!(store.forget_sessions(before, 2).await, Ok(1));
    assert_eq!(store.forget_sessions(before, 2).await, Ok(0));
    for kept in [at_the_edge, ended] {
        assert_eq!(store.session(kept.session_id).await, Ok(Some(kept)));
    }
}
