//! Links that set a password: one that is good at a time, good once, and of nobody's address nothing.

use crate::samples::{MINUTE, NOW, answered, hash, person, session};
use crate::support::Clinic;
use bedside::domain::identity::LinkKind;
use bedside::protocol::factor::ProofKind;
use bedside::protocol::ids::{FactorId, NoticeId, PersonId};
use bedside::protocol::person::{PersonStatus, Role};
use bedside::protocol::time::UnixMillis;
use bedside::store::factors::{Enrolled, FactorRecord};
use bedside::store::outbox::{Announcement, Channel, NoticeKind};
use bedside::store::people::{Standing, Which};
use bedside::store::sign_ins::NewPassword;
use bedside::store::sign_ins::links::{LinkRecord, PasswordByLink};
use bedside::store::{Conflict, PersonRecord, StoreError, Stored};
use std::time::Duration;
use uuid::Uuid;

const DAY: Duration = Duration::from_secs(86_400);
/// Links a day, in these stories.
const MOST: u32 = 3;

fn link(of: Option<PersonId>, kind: LinkKind, seed: u8, at: UnixMillis) -> LinkRecord {
    LinkRecord {
        link_id: NoticeId(Uuid::new_v4()),
        person_id: of,
        kind,
        token_hash: hash(seed),
        created_at: at,
        expires_at: at.plus(30 * MINUTE),
    }
}

fn reset(of: &PersonRecord, seed: u8, at: UnixMillis) -> LinkRecord {
    link(Some(of.person_id), LinkKind::Reset, seed, at)
}

fn by(it: &LinkRecord, whose: &PersonRecord, at: UnixMillis) -> PasswordByLink {
    PasswordByLink {
        token_hash: it.token_hash.clone(),
        person_id: whose.person_id,
        hash: "$argon2id$by-link".into(),
        is_short: false,
        at,
        notices: vec![],
    }
}

/// Asks, and has it looked at.
async fn opens(clinic: &Clinic, it: &LinkRecord) -> Stored<bool> {
    clinic.store.ask_link(it.clone()).await.expect("asked");
    clinic.store.open_link(it.link_id, MOST, it.created_at).await
}

async fn is_good(clinic: &Clinic, it: &LinkRecord, at: UnixMillis) -> bool {
    let by_token = clinic.store.good_link(&it.token_hash, at).await.expect("a look");
    let by_mail = clinic.store.link_of_mail(it.link_id, at).await.expect("a look");
    assert_eq!(by_token, by_mail, "they are one");
    assert!(by_token.as_ref().is_none_or(|found| found == it));
    by_token.is_some()
}

async fn mails_to(clinic: &Clinic, who: &PersonRecord) -> Vec<(NoticeKind, NoticeId)> {
    let all = clinic.store.notices_of(who.person_id, 100).await.expect("notices");
    let mut mails: Vec<_> = all
        .iter()
        .filter(|it| it.notice.channel == Channel::Email)
        .map(|it| (it.notice.kind, it.notice.notice_id))
        .collect();
    assert_eq!(mails.len(), all.len(), "by e-mail and by nothing else");
    mails.sort_unstable_by_key(|it| it.1);
    mails
}

pub(crate) async fn a_link_is_good_when_it_was_looked_at(clinic: Clinic) {
    let store = &clinic.store;
    let ana = clinic.hires("Ana Fiction", Role::Patient).await;
    let it = reset(&ana, 1, NOW);
    store.ask_link(it.clone()).await.unwrap();
    let nobodys = link(None, LinkKind::Reset, 2, NOW.plus(MINUTE));
    store.ask_link(nobodys.clone()).await.unwrap();
    assert!(!is_good(&clinic, &it, NOW).await, "it was only asked for");
    assert_eq!(mails_to(&clinic, &ana).await, []);
    assert_eq!(store.asked_links(10).await, Ok(vec![it.link_id, nobodys.link_id]));
    assert_eq!(store.asked_links(1).await, Ok(vec![it.link_id]), "the oldest first");

    assert_eq!(store.open_link(it.link_id, MOST, NOW).await, Ok(true));
    assert_eq!(store.open_link(it.link_id, MOST, NOW).await, Ok(false), "once");
    assert_eq!(store.open_link(nobodys.link_id, MOST, NOW).await, Ok(false));
    assert_eq!(store.open_link(NoticeId(Uuid::new_v4()), MOST, NOW).await, Ok(false));
    assert_eq!(store.asked_links(10).await, Ok(vec![]));
    assert!(!is_good(&clinic, &nobodys, NOW).await);
    assert_eq!(mails_to(&clinic, &ana).await, [(NoticeKind::PasswordAsked, it.link_id)]);
    assert!(is_good(&clinic, &it, NOW.plus(30 * MINUTE).minus(Duration::from_millis(1))).await);
    assert!(!is_good(&clinic, &it, NOW.plus(30 * MINUTE)).await, "it has ended");

    let of_nobody = link(Some(PersonId(Uuid::now_v7())), LinkKind::Reset, 3, NOW);
    let missing = store.ask_link(of_nobody).await;
    assert_eq!(missing, Err(StoreError::Conflict(Conflict::Missing)));
}

pub(crate) async fn an_account_has_one_link_that_is_good(clinic: Clinic) {
    let ana = clinic.hires("Ana Fiction", Role::Patient).await;
    let otto = clinic.hires("Otto Fiction", Role::Patient).await;
    let (first, second) = (reset(&ana, 1, NOW), reset(&ana, 2, NOW.plus(MINUTE)));
    let his = reset(&otto, 9, NOW);
    for it in [&his, &first, &second] {
        assert_eq!(opens(&clinic, it).await, Ok(true));
    }
    let now = NOW.plus(MINUTE);
    assert!(!is_good(&clinic, &first, now).await);
    assert!(is_good(&clinic, &second, now).await && is_good(&clinic, &his, now).await);
    let third = reset(&ana, 3, NOW.plus(2 * MINUTE));
    assert_eq!(opens(&clinic, &third).await, Ok(true));
    let fourth = reset(&ana, 4, NOW.plus(3 * MINUTE));
    assert_eq!(opens(&clinic, &fourth).await, Ok(false), "so many a day");
    assert!(is_good(&clinic, &third, NOW.plus(3 * MINUTE)).await, "what there is stays");
    let next_day = reset(&ana, 5, NOW.plus(DAY).plus(MINUTE));
    assert_eq!(opens(&clinic, &next_day).await, Ok(true));
    assert_eq!(mails_to(&clinic, &ana).await.len(), 4);
}

pub(crate) async fn a_password_by_a_link_ends_what_there_was(clinic: Clinic) {
    let store = &clinic.store;
    let ana = clinic.hires("Ana Fiction", Role::Patient).await;
    let otto = clinic.hires("Otto Fiction", Role::Patient).await;
    let (hers, his) = (session(&ana), session(&otto));
    for it in [&hers, &his] {
        store.open_session(it.clone()).await.unwrap();
    }
    let it = reset(&ana, 1, NOW);
    assert_eq!(store.set_password(by(&it, &ana, NOW)).await, Ok(None), "there is none");
    store.ask_link(it.clone()).await.unwrap();
    assert_eq!(store.set_password(by(&it, &ana, NOW)).await, Ok(None), "not yet");
    store.open_link(it.link_id, MOST, NOW).await.unwrap();
    assert_eq!(store.set_password(by(&it, &otto, NOW)).await, Ok(None), "it is not his");
    let late = by(&it, &ana, NOW.plus(30 * MINUTE));
    assert_eq!(store.set_password(late).await, Ok(None), "too late");
    let short = PasswordByLink { is_short: true, ..by(&it, &ana, NOW) };
    let stale = Err(StoreError::Conflict(Conflict::Stale));
    assert_eq!(store.set_password(short.clone()).await, stale, "nothing is beside it");
    let kept = store.person(ana.person_id).await.unwrap().unwrap();
    assert_eq!(kept, ana, "nothing has happened");

    // One that was asked for and not looked at ends as well.
    let asked = reset(&ana, 2, NOW);
    store.ask_link(asked.clone()).await.unwrap();
    let told = Announcement {
        notice_id: NoticeId(Uuid::now_v7()),
        person_id: ana.person_id,
        kind: NoticeKind::PasswordChanged,
        appointment_id: None,
        version: 0,
        due_at: NOW,
        useless_at: None,
    };
    let new = PasswordByLink { notices: vec![told], ..by(&it, &ana, NOW) };
    let ended = store.set_password(new.clone()).await.unwrap().expect("it is good");
    assert_eq!(ended.iter().map(|it| it.session_id).collect::<Vec<_>>(), [hers.session_id]);
    assert_eq!(store.set_password(new).await, Ok(None), "once");
    assert_eq!(store.open_link(asked.link_id, MOST, NOW).await, Ok(false));
    let kept = store.person(ana.person_id).await.unwrap().unwrap();
    assert_eq!(kept.password_hash.expose(), "$argon2id$by-link");
    assert_eq!(store.session(his.session_id).await.unwrap().unwrap().ended_at, None);
    assert_eq!(
        store.backlog(NOW).await.unwrap().due,
        2,
        "the link's mail, and that it was changed"
    );

    let key = FactorRecord {
        factor_id: FactorId(Uuid::now_v7()),
        person_id: ana.person_id,
        kind: ProofKind::Passkey,
        name: "Key".into(),
        secret: "sealed".to_owned(),
        credential_id: Some(vec![7]),
        counter: 0,
        created_at: NOW,
        confirmed_at: Some(NOW),
        last_used_at: None,
    };
    let here = session(&ana);
    store.open_session(here.clone()).await.unwrap();
    let with = Enrolled { codes: vec![], session_id: here.session_id, at: NOW.plus(MINUTE) };
    store.add_factor(key, with).await.unwrap();
    let again = reset(&ana, 3, NOW);
    opens(&clinic, &again).await.unwrap();
    let short = PasswordByLink { is_short: true, ..by(&again, &ana, NOW) };
    assert!(store.set_password(short).await.unwrap().is_some(), "a factor is beside it");
    assert_eq!(store.has_short_password(ana.person_id).await, Ok(true));
}

pub(crate) async fn a_password_that_is_changed_ends_the_link(clinic: Clinic) {
    let store = &clinic.store;
    let first = Standing { password_until: Some(NOW.plus(DAY)), ..Standing::default() };
    let ana = PersonRecord { standing: first, ..person("Ana Fiction", Role::Patient) };
    store.create_person(ana.clone(), None).await.unwrap();
    assert_eq!(store.person(ana.person_id).await, Ok(Some(ana.clone())));
    assert_eq!(ana.password_at(NOW), Some(ana.password_hash.clone()));
    assert_eq!(ana.password_at(NOW.plus(DAY)), None, "somebody else knows it");
    let here = session(&ana);
    store.open_session(here.clone()).await.unwrap();
    let it = reset(&ana, 1, NOW);
    opens(&clinic, &it).await.unwrap();
    let new = NewPassword {
        person_id: ana.person_id,
        hash: "$argon2id$changed".into(),
        is_short: false,
        but: here.session_id,
        at: NOW,
        notices: vec![],
    };
    store.change_password(new).await.unwrap().expect("changed");
    assert!(!is_good(&clinic, &it, NOW).await);
    let kept = store.person(ana.person_id).await.unwrap().unwrap();
    assert_eq!(kept.standing.password_until, None, "it is her own now");
}

async fn invites(clinic: &Clinic, name: &str, seed: u8) -> (PersonRecord, LinkRecord) {
    let standing = Standing { invited_at: Some(NOW), ..Standing::default() };
    let person =
        PersonRecord { standing, password_hash: "".into(), ..person(name, Role::Clinician) };
    let it = link(Some(person.person_id), LinkKind::Invitation, seed, NOW);
    let made = clinic.store.create_invited(person.clone(), it.clone(), Some(answered("k"))).await;
    made.expect("invited");
    (person, it)
}

pub(crate) async fn whoever_is_invited_has_no_session_until_they_chose(clinic: Clinic) {
    let store = &clinic.store;
    let (dr_b, first) = invites(&clinic, "Dr Bo Fiction", 1).await;
    assert_eq!(dr_b.status(), PersonStatus::Invited);
    assert_eq!(store.person(dr_b.person_id).await, Ok(Some(dr_b.clone())));
    assert_eq!(mails_to(&clinic, &dr_b).await, [(NoticeKind::Invited, first.link_id)]);
    let shut = Err(StoreError::Conflict(Conflict::Suspended));
    assert_eq!(store.open_session(session(&dr_b)).await, shut, "by nothing");
    let which = |status| Which { role: None, status: Some(status) };
    let of = dr_b.organisation_id;
    let waiting = store.people(of, which(PersonStatus::Invited), 9).await.unwrap();
    assert_eq!(waiting, std::slice::from_ref(&dr_b));
    assert_eq!(store.people(of, which(PersonStatus::Active), 9).await, Ok(vec![]));
    assert_eq!(opens(&clinic, &reset(&dr_b, 2, NOW)).await, Ok(false), "there is none to forget");

    let twin = PersonRecord { person_id: PersonId(Uuid::now_v7()), ..dr_b.clone() };
    let other = link(Some(twin.person_id), LinkKind::Invitation, 3, NOW);
    let taken = store.create_invited(twin, other, None).await;
    assert_eq!(taken, Err(StoreError::Conflict(Conflict::EmailTaken)));

    let at = NOW.plus(MINUTE);
    let again = |seed| link(Some(dr_b.person_id), LinkKind::Invitation, seed, at);
    let used = store.invite(again(4), MOST, Some(answered("k"))).await;
    assert_eq!(used, Err(StoreError::Conflict(Conflict::KeyUsed)));
    let (second, third) = (again(5), again(6));
    for it in [&second, &third] {
        assert_eq!(store.invite(it.clone(), MOST, None).await, Ok(true));
    }
    let full = store.invite(again(7), MOST, None).await;
    assert_eq!(full, Err(StoreError::Conflict(Conflict::Full)));
    assert!(!is_good(&clinic, &first, at).await && !is_good(&clinic, &second, at).await);
    assert_eq!(store.set_password(by(&third, &dr_b, at)).await, Ok(Some(vec![])));
    let chosen = store.person(dr_b.person_id).await.unwrap().unwrap();
    assert_eq!(chosen.status(), PersonStatus::Active);
    store.open_session(session(&dr_b)).await.expect("they sign in");
    let late = again(8);
    assert_eq!(store.invite(late, MOST, None).await, Ok(false), "they have chosen");
    let unknown = link(Some(PersonId(Uuid::now_v7())), LinkKind::Invitation, 9, NOW);
    let missing = Err(StoreError::Conflict(Conflict::Missing));
    assert_eq!(store.invite(unknown, MOST, None).await, missing);
}

pub(crate) async fn of_many_who_use_one_link_one_sets_the_password(clinic: Clinic) {
    let ana = clinic.hires("Ana Fiction", Role::Patient).await;
    let it = reset(&ana, 1, NOW);
    opens(&clinic, &it).await.unwrap();
    let tries = (0..8).map(|number| {
        let hash = format!("$argon2id${number}").into();
        clinic.store.set_password(PasswordByLink { hash, ..by(&it, &ana, NOW) })
    });
    let done = futures::future::join_all(tries).await;
    assert_eq!(done.iter().filter(|it| matches!(it, Ok(Some(_)))).count(), 1, "{done:?}");
    // Nor does an account get two that are good when two are looked at together.
    let links: Vec<_> = (2..4).map(|seed| reset(&ana, seed, NOW)).collect();
    for it in &links {
        clinic.store.ask_link(it.clone()).await.unwrap();
    }
    let looks = links.iter().map(|it| clinic.store.open_link(it.link_id, MOST, NOW));
    assert_eq!(futures::future::join_all(looks).await, [Ok(true), Ok(true)]);
    let mut good = 0;
    for it in &links {
        good += usize::from(is_good(&clinic, it, NOW).await);
    }
    assert_eq!(good, 1);
}

pub(crate) async fn links_are_forgotten_after_their_end(clinic: Clinic) {
    let ana = clinic.hires("Ana Fiction", Role::Patient).await;
    let (old, new) = (reset(&ana, 1, NOW), reset(&ana, 2, NOW.plus(MINUTE)));
    for it in [&old, &new, &link(None, LinkKind::Reset, 3, NOW)] {
        opens(&clinic, it).await.unwrap();
    }
    let store = &clinic.store;
    assert_eq!(store.forget_links(old.expires_at, 10).await, Ok(0), "not yet");
    let after = old.expires_at.plus(Duration::from_millis(1));
    assert_eq!(store.forget_links(after, 1).await, Ok(1), "so many at a time");
    assert_eq!(store.forget_links(after, 10).await, Ok(1));
    assert_eq!(store.forget_links(after, 10).await, Ok(0));
    assert!(is_good(&clinic, &new, NOW.plus(MINUTE)).await);
}
