//! Second factors, tries, and sign-ins beside their tokens.

use crate::samples::{MINUTE, NOW, at_once, hash, session};
use crate::support::Clinic;
use bedside::domain::identity::{Backoff, MAX_FACTORS};
use bedside::protocol::factor::ProofKind;
use bedside::protocol::ids::{FactorId, PersonId, SessionId};
use bedside::protocol::person::Role;
use bedside::store::factors::{Enrolled, Enrolment, FactorRecord, Removal};
use bedside::store::sign_ins::{NewPassword, SessionAbout, Try};
use bedside::store::{Conflict, SessionRecord, StoreError};
use std::time::Duration;
use uuid::Uuid;

const SECOND: Duration = Duration::from_secs(1);
const RULE: Backoff = Backoff {
    free: 3,
    longest: Duration::from_secs(60),
    most: 20,
    forget_after: Duration::from_secs(600),
    drains_every: None,
};

fn factor(person_id: PersonId, kind: ProofKind, number: u64) -> FactorRecord {
    let is_passkey = kind == ProofKind::Passkey;
    FactorRecord {
        factor_id: FactorId(Uuid::now_v7()),
        person_id,
        kind,
        name: format!("Device {number}").into(),
        secret: "sealed".to_owned(),
        credential_id: is_passkey.then(|| number.to_be_bytes().to_vec()),
        counter: 0,
        created_at: NOW.plus(SECOND * u32::try_from(number).unwrap()),
        confirmed_at: is_passkey.then_some(NOW),
        last_used_at: None,
    }
}

fn with(session_id: SessionId, codes: &[u8]) -> Enrolled {
    Enrolled { codes: codes.iter().map(|it| hash(*it)).collect(), session_id, at: NOW.plus(MINUTE) }
}

async fn limited(clinic: &Clinic, name: &str) -> SessionRecord {
    let person = clinic.hires(name, Role::Clinician).await;
    let about = SessionAbout { is_limited: true, proved_at: None, ..SessionAbout::proven(NOW) };
    let session = SessionRecord { about, ..session(&person) };
    clinic.store.open_session(session.clone()).await.expect("a session");
    session
}

pub(crate) async fn a_factor_counts_from_its_confirmation_on(clinic: Clinic) {
    let store = &clinic.store;
    let session = limited(&clinic, "Ana Fiction").await;
    let person = session.person_id.unwrap();
    let first = factor(person, ProofKind::Totp, 1);
    store.begin_factor(first.clone()).await.unwrap();
    let begun = factor(person, ProofKind::Totp, 2);
    store.begin_factor(begun.clone()).await.unwrap();
    assert_eq!(store.factors(person).await, Ok(vec![begun.clone()]), "the older is forgotten");
    assert_eq!(store.use_factor(begun.factor_id, 7, NOW).await, Ok(false), "not yet");

    let enrolled = with(session.session_id, &[1, 2, 3]);
    assert_eq!(
        store.confirm_factor(first.factor_id, 7, enrolled.clone()).await,
        Ok(Enrolment::Missing)
    );
    let confirm = |counter| store.confirm_factor(begun.factor_id, counter, enrolled.clone());
    assert_eq!(confirm(7).await, Ok(Enrolment::First(vec![])));
    assert_eq!(confirm(8).await, Ok(Enrolment::Missing), "once");
    let at = Some(NOW.plus(MINUTE));
    let confirmed =
        FactorRecord { counter: 7, confirmed_at: at, last_used_at: at, ..begun.clone() };
    assert_eq!(store.factors(person).await, Ok(vec![confirmed.clone()]));
    let about = store.session(session.session_id).await.unwrap().unwrap().about;
    assert_eq!((about.is_limited, about.proved_at), (false, at));
    assert_eq!(store.recovery_left(person).await, Ok(3));
    store.begin_factor(factor(person, ProofKind::Totp, 3)).await.unwrap();
    assert_eq!(store.factors(person).await.unwrap()[0], confirmed, "what counts stays");
}

pub(crate) async fn a_step_or_a_count_is_used_once(clinic: Clinic) {
    let store = &clinic.store;
    let session = limited(&clinic, "Ana Fiction").await;
    let person = session.person_id.unwrap();
    let key = factor(person, ProofKind::Passkey, 1);
    store.add_factor(key.clone(), with(session.session_id, &[])).await.unwrap();
    let known = factor(person, ProofKind::Passkey, 1);
    let again = store.add_factor(known, with(session.session_id, &[])).await;
    assert_eq!(again, Err(StoreError::Conflict(Conflict::Stale)), "that passkey is known");
    let id = key.factor_id;
    for _ in 0..2 {
        assert_eq!(store.use_factor(id, 0, NOW).await, Ok(true), "it does not count");
    }
    let told = at_once((0..8).map(|_| {
        let store = clinic.store.clone();
        async move { store.use_factor(id, 5, NOW).await }
    }))
    .await;
    assert_eq!(told.iter().filter(|it| **it == Ok(true)).count(), 1, "{told:?}");
    for (counter, is_good) in [(5, false), (4, false), (0, false), (6, true)] {
        assert_eq!(store.use_factor(id, counter, NOW).await, Ok(is_good), "{counter}");
    }
    let found = store.factor_of_credential(&1_u64.to_be_bytes()).await.unwrap().unwrap();
    assert_eq!((found.counter, found.last_used_at), (6, Some(NOW)));
    assert_eq!(store.factor_of_credential(b"unknown").await, Ok(None));
}

pub(crate) async fn recovery_codes_and_challenges_are_used_once(clinic: Clinic) {
    let store = &clinic.store;
    let session = limited(&clinic, "Ana Fiction").await;
    let person = session.person_id.unwrap();
    let other = clinic.hires("Bo Invented", Role::Patient).await.person_id;
    store.replace_recovery(person, vec![hash(1), hash(2)]).await.unwrap();
    assert_eq!(store.use_recovery(other, &hash(1)).await, Ok(false), "it is hers");
    let told = at_once((0..8).map(|_| {
        let store = clinic.store.clone();
        async move { store.use_recovery(person, &hash(1)).await }
    }))
    .await;
    assert_eq!(told.iter().filter(|it| **it == Ok(true)).count(), 1, "{told:?}");
    store.replace_recovery(person, vec![hash(3)]).await.unwrap();
    assert_eq!(store.use_recovery(person, &hash(2)).await, Ok(false), "older ones are gone");
    assert_eq!(store.recovery_left(person).await, Ok(1));

    let id = Uuid::now_v7();
    let told = at_once((0..8).map(|_| {
        let store = clinic.store.clone();
        async move { store.spend_challenge(id, NOW).await }
    }))
    .await;
    assert_eq!(told.iter().filter(|it| **it == Ok(true)).count(), 1, "{told:?}");
    store.spend_challenge(Uuid::now_v7(), NOW.plus(MINUTE)).await.unwrap();
    assert_eq!(store.forget_challenges(NOW.plus(SECOND), 10).await, Ok(1));
    assert_eq!(store.spend_challenge(id, NOW).await, Ok(true), "forgotten");
}

pub(crate) async fn factors_are_bounded_removed_and_reset(clinic: Clinic) {
    let store = &clinic.store;
    let session = limited(&clinic, "Ana Fiction").await;
    let person = session.person_id.unwrap();
    let keys: Vec<_> = (1..=u64::from(MAX_FACTORS))
        .map(|number| factor(person, ProofKind::Passkey, number))
        .collect();
    for key in &keys {
        store.add_factor(key.clone(), with(session.session_id, &[1])).await.unwrap();
    }
    let full = StoreError::Conflict(Conflict::Full);
    let more = factor(person, ProofKind::Passkey, 99);
    assert_eq!(store.add_factor(more, with(session.session_id, &[])).await, Err(full));
    assert_eq!(store.begin_factor(factor(person, ProofKind::Totp, 98)).await, Err(full));
    let other = clinic.hires("Bo Invented", Role::Patient).await.person_id;
    let remove = |person, key: &FactorRecord| store.remove_factor(person, key.factor_id, false);
    assert_eq!(remove(other, &keys[0]).await, Ok(Removal::Missing));
    assert_eq!(remove(person, &keys[0]).await, Ok(Removal::Done));
    assert_eq!(store.recovery_left(person).await, Ok(1), "while there is a factor");
    for key in &keys[1..] {
        assert_eq!(remove(person, key).await, Ok(Removal::Done));
    }
    assert_eq!(store.recovery_left(person).await, Ok(0), "they go with the last");
    store.add_factor(keys[0].clone(), with(session.session_id, &[2])).await.unwrap();
    let ended = store.reset_factors(person, NOW).await.unwrap();
    let ended: Vec<_> = ended.iter().map(|it| (it.session_id, it.ended_at)).collect();
    assert_eq!(ended, [(session.session_id, Some(NOW))], "in the same breath");
    assert_eq!(store.factors(person).await, Ok(vec![]));
    assert_eq!(store.recovery_left(person).await, Ok(0));
    let stranger = factor(PersonId(Uuid::now_v7()), ProofKind::Totp, 1);
    assert_eq!(store.begin_factor(stranger).await, Err(StoreError::Conflict(Conflict::Missing)));
}

pub(crate) async fn of_many_tries_at_once_no_more_get_through_than_the_rule_lets(clinic: Clinic) {
    let store = &clinic.store;
    let tries = |keys: &[&str]| -> Vec<Try> {
        keys.iter().map(|it| Try { key: (*it).to_owned(), rule: RULE }).collect()
    };
    let told = at_once((0..16).map(|_| {
        let (store, tries) = (clinic.store.clone(), tries(&["ana", "here"]));
        async move { store.attempt(&tries, NOW).await }
    }))
    .await;
    assert_eq!(told.iter().filter(|it| **it == Ok(None)).count(), 3, "{told:?}");
    assert_eq!(told.iter().filter(|it| **it == Ok(Some(SECOND))).count(), 13, "{told:?}");
    // One that has to wait counts nothing for the other.
    assert_eq!(store.attempt(&tries(&["here", "bo"]), NOW).await, Ok(Some(SECOND)));
    assert_eq!(store.attempt(&tries(&["bo"]), NOW).await, Ok(None));
    assert_eq!(store.attempt(&tries(&["ana"]), NOW.plus(SECOND)).await, Ok(None), "it has waited");
    assert_eq!(store.attempt(&tries(&["ana"]), NOW.plus(SECOND)).await, Ok(Some(SECOND * 2)));
    store.forgive(&["ana".to_owned()], &["here".to_owned()]).await.unwrap();
    assert_eq!(store.attempt(&tries(&["ana", "here"]), NOW).await, Ok(None));
    assert_eq!(store.attempt(&tries(&["here"]), NOW).await, Ok(Some(SECOND)), "one was forgiven");
    let later = NOW.plus(RULE.forget_after);
    assert_eq!(store.attempt(&tries(&["here"]), later).await, Ok(None), "long ago");
    assert_eq!(store.forget_failures(later, 1).await, Ok(1));
    assert_eq!(store.forget_failures(later, 10).await, Ok(1), "one is younger");
}

pub(crate) async fn sign_ins_are_listed_ended_and_followed(clinic: Clinic) {
    let store = &clinic.store;
    let ana = clinic.hires("Ana Fiction", Role::Patient).await;
    let bo = clinic.hires("Bo Invented", Role::Patient).await;
    let at =
        |minutes: u32| SessionRecord { created_at: NOW.plus(MINUTE * minutes), ..session(&ana) };
    let (first, second, third) = (at(1), at(2), at(3));
    let over = SessionRecord { expires_at: NOW.plus(SECOND), ..session(&ana) };
    let others = session(&bo);
    for it in [&first, &second, &third, &over, &others] {
        store.open_session(it.clone()).await.unwrap();
    }
    let now = NOW.plus(MINUTE * 5);
    let listed = store.sessions_of(ana.person_id, now, 10).await.unwrap();
    assert_eq!(listed, [third.clone(), second.clone(), first.clone()], "newest first");
    assert_eq!(store.sessions_of(ana.person_id, now, 1).await.unwrap().len(), 1);
    let used =
        [(first.session_id, now), (second.session_id, NOW), (SessionId(Uuid::now_v7()), now)];
    store.touch_sessions(&used).await.unwrap();
    store.touch_sessions(&[(first.session_id, NOW)]).await.unwrap();
    let about = |id| async move { store.session(id).await.unwrap().unwrap().about };
    assert_eq!(about(first.session_id).await.last_used_at, now, "never back");
    store.prove_session(first.session_id, now).await.unwrap();
    assert_eq!(about(first.session_id).await.proved_at, Some(now));

    let ended = store.end_sessions_of(ana.person_id, Some(second.session_id), now).await.unwrap();
    let mut ids: Vec<_> = ended.iter().map(|it| it.session_id).collect();
    ids.sort();
    let mut expected = [first.session_id, third.session_id];
    expected.sort();
    assert_eq!(ids, expected);
    assert!(ended.iter().all(|it| it.ended_at == Some(now)));
    let followed = store.sessions_ended_since(now, 10).await.unwrap();
    assert_eq!(followed.iter().filter(|it| ids.contains(&it.session_id)).count(), 2);
    assert_eq!(store.sessions_ended_since(now.plus(SECOND), 10).await, Ok(vec![]));
    assert_eq!(store.sessions_of(ana.person_id, now, 10).await.unwrap().len(), 1);
    assert_eq!(store.sessions_of(bo.person_id, now, 10).await, Ok(vec![others]));
}

pub(crate) async fn a_new_password_ends_the_others(clinic: Clinic) {
    let store = &clinic.store;
    let ana = clinic.hires("Ana Fiction", Role::Patient).await;
    let (here, there) = (session(&ana), session(&ana));
    for it in [&here, &there] {
        store.open_session(it.clone()).await.unwrap();
    }
    let new = |person_id, is_short| NewPassword {
        person_id,
        hash: "$argon2id$other".into(),
        is_short,
        but: here.session_id,
        at: NOW,
        notices: vec![],
    };
    let missing = store.change_password(new(PersonId(Uuid::now_v7()), false)).await;
    assert_eq!(missing, Err(StoreError::Conflict(Conflict::Missing)));
    let ended = store.change_password(new(ana.person_id, false)).await.unwrap().unwrap();
    assert_eq!(ended.iter().map(|it| it.session_id).collect::<Vec<_>>(), [there.session_id]);
    let kept = store.person(ana.person_id).await.unwrap().unwrap();
    assert_eq!(kept.password_hash.expose(), "$argon2id$other");
    let short = || store.change_password(new(ana.person_id, true));
    assert_eq!(short().await, Err(StoreError::Conflict(Conflict::Stale)), "nothing is beside it");
    let key = factor(ana.person_id, ProofKind::Passkey, 1);
    store.add_factor(key.clone(), with(here.session_id, &[])).await.unwrap();
    assert_eq!(short().await, Ok(Some(vec![])));
    assert_eq!(store.has_short_password(ana.person_id).await, Ok(true));
    let remove = || store.remove_factor(ana.person_id, key.factor_id, false);
    assert_eq!(remove().await, Ok(Removal::ShortPassword));
    store.change_password(new(ana.person_id, false)).await.unwrap();
    assert_eq!(store.has_short_password(ana.person_id).await, Ok(false));
    assert_eq!(remove().await, Ok(Removal::Done));
    store.end_session(here.session_id, NOW).await.unwrap();
    let over = store.change_password(new(ana.person_id, false)).await;
    assert_eq!(over, Ok(None), "it is over on every node at once");
}

pub(crate) async fn a_first_factor_ends_what_a_password_alone_has_opened(clinic: Clinic) {
    let store = &clinic.store;
    let owner = limited(&clinic, "Ana Fiction").await;
    let person = owner.person_id.unwrap();
    let of_hers = |is_limited| SessionRecord {
        session_id: SessionId(Uuid::now_v7()),
        about: SessionAbout { is_limited, ..SessionAbout::proven(NOW) },
        ..owner.clone()
    };
    let (thief, later, full) = (of_hers(true), of_hers(true), of_hers(false));
    store.open_session(thief.clone()).await.unwrap();
    let begun = factor(person, ProofKind::Totp, 1);
    store.begin_factor(begun.clone()).await.unwrap();
    let key = |number| factor(person, ProofKind::Passkey, number);
    let became = store.add_factor(key(2), with(owner.session_id, &[1, 2])).await.unwrap();
    let Enrolment::First(ended) = became else { panic!("{became:?}") };
    assert_eq!(ended.iter().map(|it| it.session_id).collect::<Vec<_>>(), [thief.session_id]);
    // One was asked for its password before she enrolled, and opened after.
    store.open_session(later.clone()).await.unwrap();
    for session in [&thief, &later] {
        let with = with(session.session_id, &[3]);
        let added = store.add_factor(key(3), with.clone()).await;
        assert_eq!(added, Ok(Enrolment::TooLate));
        let confirmed = store.confirm_factor(begun.factor_id, 1, with).await;
        assert_eq!(confirmed, Ok(Enrolment::TooLate));
        let about = store.session(session.session_id).await.unwrap().unwrap().about;
        assert!(about.is_limited);
    }
    let count = async || {
        let factors = store.factors(person).await.unwrap();
        factors.iter().filter(|it| it.confirmed_at.is_some()).count()
    };
    assert_eq!((count().await, store.recovery_left(person).await), (1, Ok(2)), "nothing changed");
    store.open_session(full.clone()).await.unwrap();
    let added = store.add_factor(key(4), with(full.session_id, &[4])).await;
    assert_eq!(added, Ok(Enrolment::More));
    store.end_session(full.session_id, NOW).await.unwrap();
    let added = store.add_factor(key(5), with(full.session_id, &[5])).await;
    assert_eq!(added, Ok(Enrolment::TooLate), "it has ended");
    assert_eq!((count().await, store.recovery_left(person).await), (2, Ok(2)));
}

pub(crate) async fn of_many_at_once_one_is_the_first_and_one_stays(clinic: Clinic) {
    let session = limited(&clinic, "Ana Fiction").await;
    let person = session.person_id.unwrap();
    let keys: Vec<_> = (1..=8).map(|number| factor(person, ProofKind::Passkey, number)).collect();
    let told = at_once(keys.clone().into_iter().zip(1_u8..).map(|(key, code)| {
        let (store, with) = (clinic.store.clone(), with(session.session_id, &[code, code + 100]));
        async move { store.add_factor(key, with).await }
    }))
    .await;
    let first = told.iter().filter(|it| matches!(it, Ok(Enrolment::First(_)))).count();
    let more = told.iter().filter(|it| **it == Ok(Enrolment::More)).count();
    assert_eq!((first, more), (1, 7), "{told:?}");
    assert_eq!(clinic.store.recovery_left(person).await, Ok(2), "those that were told");
    let told = at_once(keys.into_iter().map(|key| {
        let store = clinic.store.clone();
        async move { store.remove_factor(person, key.factor_id, true).await }
    }))
    .await;
    assert_eq!(told.iter().filter(|it| **it == Ok(Removal::Last)).count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|it| **it == Ok(Removal::Done)).count(), 7, "{told:?}");
    assert_eq!(clinic.store.factors(person).await.unwrap().len(), 1);
}

pub(crate) async fn an_address_drains_and_is_given_successes_back(clinic: Clinic) {
    let store = &clinic.store;
    let rule = Backoff { drains_every: Some(MINUTE), ..RULE };
    let here = [Try { key: "here".to_owned(), rule }];
    let tries = |at| store.attempt(&here, at);
    for _ in 0..3 {
        assert_eq!(tries(NOW).await, Ok(None));
    }
    assert_eq!(tries(NOW).await, Ok(Some(MINUTE)));
    let later = NOW.plus(MINUTE);
    for n in 0..50 {
        // Everybody behind it signs in, one after the other, as soon as one place is free.
        assert_eq!(tries(later).await, Ok(None), "{n}");
        store.forgive(&[], &["here".to_owned()]).await.unwrap();
    }
    assert_eq!(tries(later).await, Ok(None));
    assert_eq!(tries(later.plus(SECOND * 50)).await, Ok(Some(SECOND * 10)));
    assert_eq!(tries(later.plus(MINUTE)).await, Ok(None));
    for _ in 0..3 {
        assert_eq!(tries(later.plus(MINUTE * 4)).await, Ok(None), "empty");
    }
}

pub(crate) async fn tries_and_successes_do_not_wait_for_each_other(clinic: Clinic) {
    let rule = Backoff { free: 10_000, ..RULE };
    // The account comes after the address in the order of keys, or before it.
    let told = at_once((0..48).map(|n| {
        let store = clinic.store.clone();
        let (account, source) = if n % 2 == 0 { ("z", "m") } else { ("a", "m") };
        let (account, source) = (account.to_owned(), source.to_owned());
        async move {
            let tries = [&account, &source].map(|it| Try { key: it.clone(), rule });
            let tried = store.attempt(&tries, NOW).await;
            tried.and(store.forgive(&[account], &[source]).await)
        }
    }))
    .await;
    assert!(told.iter().all(|it| *it == Ok(())), "{told:?}");
}
