//! Identities at OpenID providers, the sessions that they open, and logouts.

use crate::samples::{MINUTE, NOW, at_once, session};
use crate::support::Clinic;
use bedside::protocol::ids::{IdentityId, PersonId};
use bedside::protocol::person::Role;
use bedside::protocol::time::UnixMillis;
use bedside::store::federation::{ExternalIdentity, Linking, Origin, ProviderLogout};
use bedside::store::{PersonRecord, SessionRecord};
use uuid::Uuid;

const ISSUER: &str = "https://id.example";

fn identity(person_id: PersonId, subject: &str) -> ExternalIdentity {
    ExternalIdentity {
        identity_id: IdentityId(Uuid::now_v7()),
        person_id,
        issuer: ISSUER.to_owned(),
        subject: subject.to_owned(),
        linked_at: NOW,
        last_used_at: None,
    }
}

fn origin(subject: &str, sid: Option<&str>, said_at: UnixMillis) -> Origin {
    Origin {
        issuer: ISSUER.to_owned(),
        subject: subject.to_owned(),
        sid: sid.map(str::to_owned),
        said_at,
        link: None,
    }
}

fn logout(jti: &str, subject: Option<&str>, sid: Option<&str>) -> ProviderLogout {
    ProviderLogout {
        issuer: ISSUER.to_owned(),
        jti: jti.to_owned(),
        subject: subject.map(str::to_owned),
        sid: sid.map(str::to_owned),
        at: NOW.plus(MINUTE),
        expires_at: NOW.plus(MINUTE * 20),
    }
}

/// Somebody with an open session, and whose identity is linked.
async fn linked(clinic: &Clinic, name: &str, subject: &str) -> PersonRecord {
    let person = clinic.hires(name, Role::Patient).await;
    let within = session(&person);
    clinic.store.open_session(within.clone()).await.unwrap();
    let new = identity(person.person_id, subject);
    let told = clinic.store.link_identity(new.clone(), within.session_id).await;
    assert_eq!(told, Ok(Linking::Done(new)));
    person
}

async fn is_open(clinic: &Clinic, it: &SessionRecord) -> bool {
    let found = clinic.store.session(it.session_id).await.unwrap();
    found.is_some_and(|it| it.ended_at.is_none())
}

pub(crate) async fn an_identity_is_one_accounts_and_an_account_has_one_of_each_issuer(
    clinic: Clinic,
) {
    let store = &clinic.store;
    let ana = linked(&clinic, "Ana Fiction", "ana").await;
    let bo = clinic.hires("Bo Invented", Role::Patient).await;
    let (hers, his) = (session(&ana), session(&bo));
    for it in [&hers, &his] {
        store.open_session(it.clone()).await.unwrap();
    }
    let there = store.identity(ISSUER, "ana").await.unwrap().expect("hers");
    let link = |who: PersonId, subject: &str, within: &SessionRecord| {
        store.link_identity(identity(who, subject), within.session_id)
    };
    let again = link(ana.person_id, "ana", &hers).await;
    assert_eq!(again, Ok(Linking::Done(there.clone())), "as it was");
    assert_eq!(link(bo.person_id, "ana", &his).await, Ok(Linking::Taken));
    assert_eq!(link(ana.person_id, "ana.two", &hers).await, Ok(Linking::HasOne));
    assert_eq!(link(bo.person_id, "bo", &hers).await, Ok(Linking::Ended), "not his session");
    store.end_session(his.session_id, NOW).await.unwrap();
    assert_eq!(link(bo.person_id, "bo", &his).await, Ok(Linking::Ended));
    assert_eq!(store.identities_of(ana.person_id).await, Ok(vec![there.clone()]));
    assert_eq!(store.identities_of(bo.person_id).await, Ok(vec![]));
    assert_eq!(store.identity("https://other.example", "ana").await, Ok(None));
    let other = ExternalIdentity {
        issuer: "https://other.example".to_owned(),
        ..identity(ana.person_id, "ana")
    };
    let told = store.link_identity(other.clone(), hers.session_id).await;
    assert_eq!(told, Ok(Linking::Done(other)), "another provider's");
}

pub(crate) async fn with_the_factors_of_an_account_go_its_identities(clinic: Clinic) {
    let store = &clinic.store;
    let ana = linked(&clinic, "Ana Fiction", "ana").await;
    let bo = linked(&clinic, "Bo Invented", "bo").await;
    let by_them = session(&ana);
    let open = store.open_session_from(by_them.clone(), origin("ana", Some("one"), NOW)).await;
    assert_eq!(open, Ok(true));
    let ended = store.reset_factors(ana.person_id, NOW).await.unwrap();
    assert!(ended.iter().any(|it| it.session_id == by_them.session_id));
    assert_eq!(store.identities_of(ana.person_id).await, Ok(vec![]));
    assert_eq!(store.identity(ISSUER, "ana").await, Ok(None));
    let again = store.open_session_from(session(&ana), origin("ana", None, NOW)).await;
    assert_eq!(again, Ok(false));
    assert_eq!(store.identities_of(bo.person_id).await.unwrap().len(), 1, "his stays");
}

pub(crate) async fn of_many_who_link_one_identity_one_gets_it(clinic: Clinic) {
    let mut people = vec![];
    for n in 0..4 {
        let person = clinic.hires(&format!("Person {n}"), Role::Patient).await;
        let within = session(&person);
        clinic.store.open_session(within.clone()).await.unwrap();
        people.push((person.person_id, within.session_id));
    }
    let told = at_once(people.into_iter().map(|(person, within)| {
        let store = clinic.store.clone();
        async move { store.link_identity(identity(person, "one"), within).await }
    }))
    .await;
    let done = told.iter().filter(|it| matches!(it, Ok(Linking::Done(_)))).count();
    let taken = told.iter().filter(|it| **it == Ok(Linking::Taken)).count();
    assert_eq!((done, taken), (1, 3), "{told:?}");
}

pub(crate) async fn a_session_that_a_provider_opened_is_ended_by_it_once(clinic: Clinic) {
    let store = &clinic.store;
    let ana = linked(&clinic, "Ana Fiction", "ana").await;
    let sessions = [session(&ana), session(&ana), session(&ana)];
    for (it, sid) in sessions.iter().zip([Some("one"), Some("two"), None]) {
        assert_eq!(store.open_session_from(it.clone(), origin("ana", sid, NOW)).await, Ok(true));
    }
    let used = store.identity(ISSUER, "ana").await.unwrap().expect("hers").last_used_at;
    assert_eq!(used, Some(sessions[0].created_at));
    let told = store.end_by_provider(logout("a", Some("eve"), None)).await;
    assert_eq!(told, Ok(Some(vec![])), "somebody else");
    let other = ProviderLogout {
        issuer: "https://other.example".to_owned(),
        ..logout("b", Some("ana"), None)
    };
    assert_eq!(store.end_by_provider(other).await, Ok(Some(vec![])), "another provider");
    let told = store.end_by_provider(logout("c", Some("eve"), Some("one"))).await;
    assert_eq!(told, Ok(Some(vec![])), "that session is hers, and not Eve's");
    let ended = store.end_by_provider(logout("d", None, Some("one"))).await.unwrap().unwrap();
    let ids: Vec<_> = ended.iter().map(|it| it.session_id).collect();
    assert_eq!(ids, [sessions[0].session_id]);
    assert_eq!(ended[0].ended_at, Some(NOW.plus(MINUTE)));
    assert_eq!(
        store.end_by_provider(logout("d", Some("ana"), None)).await,
        Ok(None),
        "told before"
    );
    assert!(is_open(&clinic, &sessions[1]).await && is_open(&clinic, &sessions[2]).await);
    let ended = store.end_by_provider(logout("e", Some("ana"), None)).await.unwrap().unwrap();
    assert_eq!(ended.len(), 2, "all of hers that a provider has opened");
    for it in &sessions {
        assert!(!is_open(&clinic, it).await);
    }
}

pub(crate) async fn what_is_ended_is_not_opened_and_what_is_unlinked_neither(clinic: Clinic) {
    let store = &clinic.store;
    let ana = linked(&clinic, "Ana Fiction", "ana").await;
    let bo = clinic.hires("Bo Invented", Role::Patient).await;
    let open = |who: &PersonRecord, from: Origin| store.open_session_from(session(who), from);
    assert_eq!(open(&bo, origin("ana", None, NOW)).await, Ok(false), "it is hers");
    assert_eq!(open(&bo, origin("bo", None, NOW)).await, Ok(false), "nobody's");
    store.end_by_provider(logout("a", Some("ana"), Some("one"))).await.unwrap();
    assert_eq!(open(&ana, origin("ana", Some("one"), NOW)).await, Ok(false), "it has ended");
    assert_eq!(open(&ana, origin("ana", Some("two"), NOW)).await, Ok(true), "another one");
    store.end_by_provider(logout("b", Some("ana"), None)).await.unwrap();
    assert_eq!(open(&ana, origin("ana", Some("three"), NOW)).await, Ok(false), "all have");
    let later = NOW.plus(MINUTE * 2);
    let here = session(&ana);
    assert_eq!(
        store.open_session_from(here.clone(), origin("ana", None, later)).await,
        Ok(true),
        "what the provider said after that"
    );
    // Linked with the session that it opens, once.
    let link = |subject: &str| Origin {
        link: Some(IdentityId(Uuid::now_v7())),
        ..origin(subject, None, later)
    };
    assert_eq!(open(&bo, link("ana")).await, Ok(false), "it is hers");
    assert_eq!(open(&bo, link("bo")).await, Ok(true));
    assert_eq!(open(&bo, link("bo.two")).await, Ok(false), "he has one");
    assert_eq!(store.identities_of(bo.person_id).await.unwrap().len(), 1);

    let id = store.identity(ISSUER, "ana").await.unwrap().expect("hers").identity_id;
    let by_password = session(&ana);
    store.open_session(by_password.clone()).await.unwrap();
    let unlink = |who: &PersonRecord| {
        store.unlink_identity(who.person_id, id, by_password.session_id, later)
    };
    assert_eq!(unlink(&bo).await, Ok(None), "not his");
    let ended = unlink(&ana).await.unwrap().expect("hers");
    let ids: Vec<_> = ended.iter().map(|it| it.session_id).collect();
    assert_eq!(ids, [here.session_id], "and what a password has opened goes on");
    assert_eq!(unlink(&ana).await, Ok(None), "once");
    assert_eq!(open(&ana, origin("ana", None, later)).await, Ok(false));
}

pub(crate) async fn a_logout_and_a_sign_in_at_once_leave_nothing_open(clinic: Clinic) {
    let ana = linked(&clinic, "Ana Fiction", "ana").await;
    for round in 0..24 {
        let sid = format!("s{round}");
        // By an identity that is linked, by one that is linked with it; by subject and session, and by either.
        let (who, subject, link) = match round % 2 {
            0 => (ana.clone(), "ana".to_owned(), None),
            _ => {
                let new = clinic.hires(&format!("Person {round}"), Role::Patient).await;
                (new, format!("new{round}"), Some(IdentityId(Uuid::now_v7())))
            }
        };
        let told = match round % 3 {
            0 => logout(&sid, Some(&subject), Some(&sid)),
            1 => logout(&sid, None, Some(&sid)),
            _ => logout(&sid, Some(&subject), None),
        };
        // All of a subject are ended for whatever was said before that.
        let said_at = NOW.plus(MINUTE).plus(MINUTE * round);
        let (told, from) = (
            ProviderLogout { at: said_at, ..told },
            Origin { link, ..origin(&subject, Some(&sid), said_at) },
        );
        let opened = session(&who);
        let (opening, ending) = (clinic.store.clone(), clinic.store.clone());
        let it = opened.clone();
        let (is_opened, is_told) = tokio::join!(
            tokio::spawn(async move { opening.open_session_from(it, from).await }),
            tokio::spawn(async move { ending.end_by_provider(told).await }),
        );
        assert!(is_opened.unwrap().is_ok() && is_told.unwrap().unwrap().is_some());
        assert!(!is_open(&clinic, &opened).await, "round {round}");
    }
}

pub(crate) async fn logouts_are_forgotten_after_their_end(clinic: Clinic) {
    let store = &clinic.store;
    for jti in ["a", "b", "c"] {
        store.end_by_provider(logout(jti, Some("ana"), None)).await.unwrap();
    }
    let later =
        ProviderLogout { expires_at: NOW.plus(MINUTE * 60), ..logout("d", Some("ana"), None) };
    store.end_by_provider(later).await.unwrap();
    assert_eq!(store.forget_logouts(NOW.plus(MINUTE * 20), 10).await, Ok(0), "not yet");
    assert_eq!(store.forget_logouts(NOW.plus(MINUTE * 21), 2).await, Ok(2));
    assert_eq!(store.forget_logouts(NOW.plus(MINUTE * 21), 10).await, Ok(1));
    assert_eq!(store.end_by_provider(logout("d", Some("ana"), None)).await, Ok(None));
}
