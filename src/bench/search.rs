//! Searching messages: what the store takes to find some in all conversations that one search looks into.
//!
//! As many conversations as a search may have, each with some hundred messages of ten words and forty terms, some words in every message and most in few.
//! Measured is the store's part, with its queries one after the other; blinding eight words for each conversation is hashes.

use crate::actors::cards::MAX_CARDS;
use crate::bench::door::Folder;
use crate::bench::figures::Spans;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::crypto::sha256;
use crate::node;
use crate::protocol::conversation::{ConversationKind, ConversationStatus};
use crate::protocol::ids::{ConversationId, MemberId, MessageId, OrganisationId, PersonId};
use crate::protocol::person::Role;
use crate::store::conversations::{
    BlindQuery, ConversationRecord, LogChange, LogCommit, LogEntry, LogLine, LogRecord,
    MemberRecord, MessageRecord, TERM_BYTES, Term, WrappedKey,
};
use crate::store::people::Standing;
use crate::store::{PersonRecord, Store};
use serde_json::{Value, json};
use std::io::{Error, Result};
use std::time::Instant;
use uuid::Uuid;

/// Messages of each conversation, and how many are saved at once.
const MESSAGES: u32 = 512;
const AT_ONCE: u32 = 64;
/// Terms of a message of ten words.
const TERMS: u32 = 40;
/// Words that there are; the first ones are in every message.
const WORDS: u32 = 20_000;
const IN_ALL: u32 = 4;
/// Searches of each kind.
const SEARCHES: u32 = 40;
/// What a search shows.
const SHOWN: u32 = 50;

/// Measures it on SQLite, and on PostgreSQL when there is one.
pub(super) async fn measure() -> Result<Value> {
    let folder = Folder::make()?;
    let mut figures = of(folder.config("search", None)).await?;
    if let Some(url) = crate::config::bench_postgres() {
        let postgres = of(folder.config("search-postgres", Some(url))).await?;
        if let Value::Object(fields) = &mut figures {
            fields.insert("postgres".to_owned(), postgres);
        }
    }
    Ok(figures)
}

async fn of(config: Config) -> Result<Value> {
    let store = node::open_store(&config).await?;
    let clinician = hired(&store, Role::Clinician, 0).await?;
    let mut ids = vec![];
    for number in 1..=MAX_CARDS {
        let patient = hired(&store, Role::Patient, number).await?;
        ids.push(filled(&store, clinician, patient).await?);
    }
    let none = searches(&store, &ids, |at| vec![WORDS + at]).await?;
    let few = searches(&store, &ids, |at| vec![IN_ALL + at * 100]).await?;
    let all = searches(&store, &ids, |_| vec![0]).await?;
    let both = searches(&store, &ids, |at| vec![0, IN_ALL + at * 100]).await?;
    Ok(json!({
        "conversations": MAX_CARDS,
        "messages": MAX_CARDS * MESSAGES,
        "none_ms": none.percentiles(),
        "few_ms": few.percentiles(),
        "all_ms": all.percentiles(),
        "both_ms": both.percentiles(),
    }))
}

async fn searches(
    store: &impl Store,
    ids: &[ConversationId],
    words: impl Fn(u32) -> Vec<u32>,
) -> Result<Spans> {
    let mut spans = Spans::default();
    for at in 0..SEARCHES {
        let query = |id: &ConversationId| BlindQuery {
            conversation_id: *id,
            terms: words(at).into_iter().map(|it| term(*id, it)).collect(),
        };
        let queries = ids.iter().map(query).collect();
        let began = Instant::now();
        store.find_messages(queries, SHOWN).await.map_err(Error::other)?;
        spans.push(began.elapsed());
    }
    Ok(spans)
}

/// Each conversation has terms of its own.
fn term(of: ConversationId, word: u32) -> Term {
    let hash = sha256(format!("{of}{word}").as_bytes());
    let mut term = [0; TERM_BYTES];
    term.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    term
}

async fn hired(store: &impl Store, role: Role, number: u32) -> Result<PersonId> {
    let person_id = PersonId(Uuid::now_v7());
    let person = PersonRecord {
        person_id,
        organisation_id: OrganisationId::FIRST,
        display_name: format!("Person {number}").into(),
        email: format!("person-{number}@bench.invalid").into(),
        password_hash: String::new().into(),
        role,
        time_zone: "Europe/Berlin".to_owned(),
        created_at: SystemClock.now(),
        standing: Standing::default(),
    };
    store.create_person(person, None).await.map_err(Error::other)?;
    Ok(person_id)
}

/// A conversation with all its messages.
async fn filled(
    store: &impl Store,
    clinician: PersonId,
    patient: PersonId,
) -> Result<ConversationId> {
    let record = opened(clinician, patient);
    let (id, by) = (record.conversation_id, record.members.first().map(|it| it.member_id));
    let by = by.ok_or_else(|| Error::other("nobody is in it"))?;
    store.open_conversation(record, None).await.map_err(Error::other)?;
    let claim = store.claim_conversation(id, "bench").await.map_err(Error::other)?;
    let mut next = claim.next_offset;
    while next < claim.next_offset + MESSAGES {
        let lines = (next..next + AT_ONCE).map(|it| line(id, by, it)).collect();
        next += AT_ONCE;
        let active_at = SystemClock.now();
        let commit = LogCommit {
            conversation_id: id,
            epoch: claim.epoch,
            lines,
            answers: vec![],
            active_at,
        };
        store.append_log(commit).await.map_err(Error::other)?;
    }
    Ok(id)
}

fn line(id: ConversationId, by: MemberId, offset: u32) -> LogLine {
    let at = SystemClock.now();
    let message = MessageRecord {
        message_id: MessageId(Uuid::now_v7()),
        conversation_id: id,
        offset,
        member_id: by,
        at,
        sealed_body: Some("x".repeat(160)),
        sealed_files: None,
        reply_to: None,
        edited_at: None,
        deleted_at: None,
        changed: None,
    };
    // A stride that is prime to the number of words spreads them.
    let others = (0..TERMS - IN_ALL).map(|it| IN_ALL + (offset * 7_919 + it * 104_729) % WORDS);
    let terms = (0..IN_ALL).chain(others).map(|it| term(id, it)).collect();
    let record = LogRecord { offset, at, entry: LogEntry::Posted(message.message_id) };
    let change = LogChange::Post(message, terms);
    LogLine { record, change, answered: None, notices: vec![], files: vec![] }
}

fn opened(clinician: PersonId, patient: PersonId) -> ConversationRecord {
    let now = SystemClock.now();
    let member = |person_id, role| MemberRecord {
        member_id: MemberId(Uuid::now_v7()),
        person_id: Some(person_id),
        participant_id: None,
        role,
        display_name: "Person".into(),
        joined_at: now,
        left_at: None,
        delivered: 0,
        displayed: 0,
    };
    ConversationRecord {
        conversation_id: ConversationId(Uuid::now_v7()),
        kind: ConversationKind::Care,
        appointment_id: None,
        patient_id: patient,
        clinician_id: clinician,
        status: ConversationStatus::Quiet,
        assigned_to: None,
        created_at: now,
        active_at: now,
        key: Some(WrappedKey { key_id: "bench".to_owned(), sealed: "bench".to_owned() }),
        members: vec![member(clinician, Role::Clinician), member(patient, Role::Patient)],
        last_offset: 0,
    }
}
