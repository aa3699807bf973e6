//! Lists, search and keys of conversations.

use crate::samples::at_once;
use crate::support::Clinic;
use crate::talk::{Talk, at, conversation, key, terms};
use bedside::protocol::conversation::ConversationKind;
use bedside::protocol::ids::{ConversationId, MessageId};
use bedside::protocol::person::Role;
use bedside::protocol::time::UnixMillis;
use bedside::store::conversations::{BlindQuery, MOST_UNREAD, MessageRecord, WrappedKey};
use bedside::store::{Conflict, StoreError};

const STALE: Result<(), StoreError> = Err(StoreError::Conflict(Conflict::Stale));
const MISSING: Result<(), StoreError> = Err(StoreError::Conflict(Conflict::Missing));
const FENCED: Result<(), StoreError> = Err(StoreError::Fenced);
const EVER: UnixMillis = UnixMillis(i64::MAX);

/// How many messages the two have not read.
async fn unread(talk: &Talk) -> (u32, u32) {
    let store = &talk.clinic.store;
    let of = async |person| store.summary(talk.id, person).await.unwrap().unwrap().unread;
    (of(talk.clinician.person_id).await, of(talk.patient.person_id).await)
}

pub(crate) async fn messages_of_others_are_unread_until_they_were_displayed(clinic: Clinic) {
    let mut talk = Talk::open(clinic).await;
    let (doctor, ill) = (talk.doctor, talk.ill);
    assert_eq!(unread(&talk).await, (0, 0));
    let first = talk.writes(ill, &[]).await;
    let second = talk.writes(ill, &[]).await;
    talk.writes(doctor, &[]).await;
    assert_eq!(unread(&talk).await, (2, 1));
    talk.marks(doctor, 3, first.offset).await;
    assert_eq!(unread(&talk).await, (1, 1), "delivered is not displayed");
    talk.takes_back(&second).await;
    assert_eq!(unread(&talk).await, (0, 1), "what was deleted is not unread");
    talk.marks(ill, 4, 4).await;
    assert_eq!(unread(&talk).await, (0, 0));
    for _ in 0..17 {
        let lines = (0..64).map(|_| talk.post(ill, &[]).0).collect();
        talk.saves(lines).await.unwrap();
    }
    assert_eq!(unread(&talk).await, (MOST_UNREAD, 0));
}

pub(crate) async fn conversations_are_listed_by_what_was_posted_last(clinic: Clinic) {
    let robin = clinic.hires("Dr Robin Sample", Role::Clinician).await;
    let mut talks = vec![];
    for n in 0..4 {
        let patient = clinic.hires(&format!("Pat Example {n}"), Role::Patient).await;
        let mut talk = Talk::between(clinic.clone(), robin.clone(), patient).await;
        let ill = talk.ill;
        let lines: Vec<_> = (0..=n).map(|_| talk.post(ill, &[])).collect();
        let last = lines.last().unwrap().1.clone();
        talk.saves(lines.into_iter().map(|(it, _)| it).collect()).await.unwrap();
        talks.push((talk, last));
    }
    let list = clinic.store.conversations_of(robin.person_id, 3).await.unwrap();
    let expected: Vec<_> = talks.iter().rev().take(3).collect();
    assert_eq!(list.len(), 3);
    for (summary, (talk, last)) in list.iter().zip(expected) {
        assert_eq!(summary.record, talk.record().await);
        assert_eq!((summary.last.as_ref(), summary.unread), (Some(last), last.offset));
        let one = clinic.store.summary(talk.id, robin.person_id).await.unwrap();
        assert_eq!(one.as_ref(), Some(summary));
    }
    let (talk, last) = &mut talks[3];
    let gone = talk.takes_back(last).await;
    let list = clinic.store.conversations_of(robin.person_id, 3).await.unwrap();
    assert_eq!(list[0].last.as_ref().map(|it| it.offset), Some(gone.offset - 1));
    let (other, talk) = (talks[0].0.patient.person_id, &talks[1].0);
    assert_eq!(clinic.store.summary(talk.id, other).await, Ok(None), "not theirs");
    let theirs = clinic.store.conversations_of(other, 9).await.unwrap();
    assert_eq!(theirs.iter().map(|it| it.unread).collect::<Vec<_>>(), [0]);
}

fn query(talk: &Talk, of: &[u8]) -> BlindQuery {
    BlindQuery { conversation_id: talk.id, terms: terms(of) }
}

async fn found(clinic: &Clinic, queries: Vec<BlindQuery>, limit: u32) -> Vec<MessageId> {
    let found = clinic.store.find_messages(queries, limit).await.unwrap();
    found.into_iter().map(|it| it.message_id).collect()
}

pub(crate) async fn messages_are_found_by_all_of_their_terms(clinic: Clinic) {
    let robin = clinic.hires("Dr Robin Sample", Role::Clinician).await;
    let pat = clinic.hires("Pat Example", Role::Patient).await;
    let ana = clinic.hires("Ana Fiction", Role::Patient).await;
    let mut one = Talk::between(clinic.clone(), robin.clone(), pat).await;
    let mut two = Talk::between(clinic.clone(), robin, ana).await;
    let a = one.writes(one.ill, &[1, 2, 3]).await.message_id;
    let b = one.writes(one.ill, &[1, 2, 2]).await.message_id;
    let c = one.writes(one.doctor, &[1]).await.message_id;
    for _ in 0..4 {
        two.writes(two.ill, &[7]).await;
    }
    let d = two.writes(two.ill, &[1, 4]).await.message_id;
    let find = async |queries, limit| found(&clinic, queries, limit).await;
    assert_eq!(find(vec![query(&one, &[1])], 9).await, [c, b, a]);
    assert_eq!(find(vec![query(&one, &[1])], 2).await, [c, b]);
    assert_eq!(find(vec![query(&one, &[1, 2])], 9).await, [b, a]);
    assert_eq!(find(vec![query(&one, &[2, 1, 2])], 9).await, [b, a]);
    assert_eq!(find(vec![query(&one, &[1, 2, 3])], 9).await, [a]);
    assert_eq!(find(vec![query(&one, &[1, 4])], 9).await, []);
    assert_eq!(find(vec![query(&one, &[])], 9).await, []);
    assert_eq!(find(vec![], 9).await, []);
    // Each conversation has its own words; they may be of different number.
    assert_eq!(find(vec![query(&one, &[1, 2]), query(&two, &[1])], 9).await, [d, b, a]);
    assert_eq!(find(vec![query(&one, &[4]), query(&two, &[3])], 9).await, []);
    let many = (0..200).map(|_| query(&one, &[1, 2])).collect();
    assert_eq!(find(many, 9).await, [b, a]);
}

pub(crate) async fn what_is_written_anew_is_found_by_its_new_words(clinic: Clinic) {
    let mut talk = Talk::open(clinic.clone()).await;
    let ill = talk.ill;
    let first = talk.writes(ill, &[1, 2]).await;
    let sealed_body = Some("sealed anew".to_owned());
    let (edited_at, changed) = (Some(at(2)), Some(talk.next));
    let edited = MessageRecord { sealed_body, edited_at, changed, ..first };
    let line = talk.rewrite(&edited, &[2, 3]);
    talk.saves(vec![line]).await.unwrap();
    let id = edited.message_id;
    assert_eq!(clinic.store.message(id).await, Ok(Some(edited.clone())));
    let log = clinic.store.log_since(talk.id, 0, 9).await.unwrap();
    let named: Vec<_> = log.into_iter().map(|(_, it)| it).collect();
    assert_eq!(named, [Some(edited.clone()), Some(edited.clone())], "as it is now");
    for (word, expected) in [(1, vec![]), (2, vec![id]), (3, vec![id])] {
        assert_eq!(found(&clinic, vec![query(&talk, &[word])], 9).await, expected, "{word}");
    }
    let gone = talk.takes_back(&edited).await;
    assert_eq!(gone.sealed_body, None);
    assert_eq!(clinic.store.message(id).await, Ok(Some(gone)), "that it was there is kept");
    assert_eq!(found(&clinic, vec![query(&talk, &[2])], 9).await, []);

    // Posted, edited twice, and another one taken back, in one group.
    let (post, message) = talk.post(ill, &[5]);
    let (other_post, other) = talk.post(ill, &[5]);
    let changed = |it| Some(talk.next + it);
    let better = MessageRecord { edited_at: Some(at(7)), changed: changed(0), ..message };
    let sealed_body = Some("best".to_owned());
    let best = MessageRecord { sealed_body, changed: changed(1), ..better.clone() };
    let deleted_at = Some(at(8));
    let gone = MessageRecord { sealed_body: None, deleted_at, changed: changed(2), ..other };
    let lines = vec![
        post,
        other_post,
        talk.rewrite(&better, &[6]),
        talk.rewrite(&best, &[7]),
        talk.rewrite(&gone, &[]),
    ];
    talk.saves(lines).await.unwrap();
    let id = best.message_id;
    assert_eq!(clinic.store.message(id).await, Ok(Some(best)));
    assert_eq!(clinic.store.message(gone.message_id).await, Ok(Some(gone)));
    for (word, expected) in [(5, vec![]), (6, vec![]), (7, vec![id])] {
        assert_eq!(found(&clinic, vec![query(&talk, &[word])], 9).await, expected, "{word}");
    }
}

pub(crate) async fn a_message_of_thousands_of_terms_is_kept_whole(clinic: Clinic) {
    let mut talk = Talk::open(clinic.clone()).await;
    let ill = talk.ill;
    let wide = |n: u32| (u64::from(n) << 32 | u64::from(!n)).to_be_bytes();
    let mut lines = vec![];
    for n in 0..40_u32 {
        let (mut line, message) = talk.post(ill, &[]);
        let terms = (0..300).map(|it| wide(n * 200 + it)).collect();
        line.change = bedside::store::conversations::LogChange::Post(message, terms);
        lines.push(line);
    }
    talk.saves(lines).await.unwrap();
    for (term, expected) in [(0, 1), (250, 2), (39 * 200 + 299, 1), (39 * 200 + 300, 0)] {
        let query = BlindQuery { conversation_id: talk.id, terms: vec![wide(term)] };
        assert_eq!(found(&clinic, vec![query], 9).await.len(), expected, "{term}");
    }
}

pub(crate) async fn keys_are_sealed_anew_one_after_the_other(clinic: Clinic) {
    let robin = clinic.hires("Dr Robin Sample", Role::Clinician).await;
    let mut ids = vec![];
    for n in 0..5 {
        let patient = clinic.hires(&format!("Pat Example {n}"), Role::Patient).await;
        let new = conversation(&robin, &patient);
        ids.push(clinic.store.open_conversation(new, None).await.unwrap().conversation_id);
    }
    let store = &clinic.store;
    assert_eq!(store.keys_sealed_otherwise("node-key-1", None, 9).await, Ok(vec![]));
    let later = store.keys_sealed_otherwise("node-key-2", Some(ids[3]), 9).await.unwrap();
    assert_eq!(later, [(ids[4], key("node-key-1"))]);
    let some = store.keys_sealed_otherwise("node-key-2", None, 3).await.unwrap();
    let expected: Vec<_> = ids.iter().take(3).map(|it| (*it, key("node-key-1"))).collect();
    assert_eq!(some, expected);
    let told = at_once((0..4).map(|n| {
        let (store, id) = (store.clone(), ids[0]);
        let after = key(&format!("node-key-2{n}"));
        async move { store.rewrap_key(id, key("node-key-1"), after).await }
    }))
    .await;
    assert_eq!(told.iter().filter(|it| it.is_ok()).count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|it| **it == STALE).count(), 3, "{told:?}");
    for id in &ids[1..4] {
        store.rewrap_key(*id, key("node-key-1"), key("node-key-2")).await.unwrap();
    }
    assert_eq!(store.destroy_key(ids[4], EVER).await, Ok(true));
    assert_eq!(store.keys_sealed_otherwise("node-key-2", None, 9).await.unwrap().len(), 1);
    assert_eq!(store.unbound_keys().await, Ok(0));
    let before = WrappedKey { sealed: "of before".to_owned(), ..key("node-key-2") };
    store.rewrap_key(ids[2], key("node-key-2"), before.clone()).await.unwrap();
    let some = store.keys_sealed_otherwise("node-key-2", Some(ids[1]), 9).await.unwrap();
    assert_eq!(some, [(ids[2], before)], "bound to no organisation");
    assert_eq!(store.unbound_keys().await, Ok(1));
    let counts = store.key_counts().await.unwrap();
    assert_eq!(counts.len(), 3);
    assert_eq!(counts[0], (None, 1));
    assert_eq!(counts[1], (Some("node-key-2".to_owned()), 3));
    let kept = store.conversation(ids[1]).await.unwrap().unwrap();
    assert_eq!(kept.key, Some(key("node-key-2")));
}

pub(crate) async fn a_destroyed_key_leaves_nothing_to_read_or_to_find(clinic: Clinic) {
    let mut talk = Talk::open(clinic.clone()).await;
    let (id, ill) = (talk.id, talk.ill);
    talk.writes(ill, &[1]).await;
    let store = &clinic.store;
    let idle = async |kind, before| store.idle_conversations(kind, before, 9).await.unwrap();
    assert_eq!(idle(ConversationKind::Care, at(1)).await, []);
    assert_eq!(idle(ConversationKind::Visit, at(2)).await, []);
    assert_eq!(idle(ConversationKind::Care, at(2)).await, [id]);
    // Found idle, but somebody wrote before it came to that.
    talk.writes(ill, &[1]).await;
    assert_eq!(store.destroy_key(id, at(2)).await, Ok(false));
    assert_eq!(found(&clinic, vec![query(&talk, &[1])], 9).await.len(), 2);
    assert_eq!(store.renew_key(id, key("node-key-9"), at(5)).await, STALE, "it has one");

    assert_eq!(store.destroy_key(id, at(3)).await, Ok(true));
    assert_eq!(store.destroy_key(id, at(3)).await, Ok(false));
    assert_eq!(talk.record().await.key, None);
    assert_eq!(found(&clinic, vec![query(&talk, &[1])], 9).await, []);
    assert_eq!(idle(ConversationKind::Care, EVER).await, []);
    assert_eq!(store.rewrap_key(id, key("node-key-1"), key("node-key-2")).await, STALE);
    let (line, message) = talk.post(ill, &[1]);
    assert_eq!(talk.saves(vec![line.clone()]).await, FENCED, "its owner knows a key that is gone");
    talk.epoch = store.claim_conversation(id, "node-b").await.unwrap().epoch;
    assert_eq!(talk.saves(vec![line.clone()]).await, MISSING, "nobody could read it");
    assert_eq!(talk.numbers().await, [1, 2]);
    assert_eq!(store.message(message.message_id).await, Ok(None));

    store.renew_key(id, key("node-key-9"), at(5)).await.unwrap();
    assert_eq!(idle(ConversationKind::Care, at(5)).await, [], "it is active again");
    assert_eq!(talk.saves(vec![line.clone()]).await, FENCED, "its owner knows no key");
    talk.epoch = store.claim_conversation(id, "node-b").await.unwrap().epoch;
    assert_eq!(talk.saves(vec![line]).await, Ok(()));
    assert_eq!(found(&clinic, vec![query(&talk, &[1])], 9).await, [message.message_id]);
    let nowhere = ConversationId(uuid::Uuid::now_v7());
    assert_eq!(store.destroy_key(nowhere, EVER).await, Ok(false));
    assert_eq!(store.renew_key(nowhere, key("node-key-9"), at(5)).await, STALE);
}

pub(crate) async fn a_long_conversation_is_destroyed_in_short_steps(clinic: Clinic) {
    let mut talk = Talk::open(clinic.clone()).await;
    let ill = talk.ill;
    let all: Vec<u8> = (0..=255).collect();
    let lines = (0..20).map(|_| talk.post(ill, &all).0).collect();
    talk.saves(lines).await.unwrap();
    assert_eq!(clinic.store.destroy_key(talk.id, EVER).await, Ok(true));
    for word in [0, 100, 255] {
        assert_eq!(found(&clinic, vec![query(&talk, &[word])], 9).await, []);
    }
}
