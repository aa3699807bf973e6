//! What the store does wrong while people write, and that nothing that was acknowledged is lost.

use crate::support::people::told;
use crate::support::{Chat, Kind, tell};
use bedside::protocol::codec::Codec;
use bedside::protocol::conversation::{SendMessage, SentMessage};
use bedside::protocol::fault::FaultCode;
use bedside::store::memory::{Failure, Point};
use rstest::rstest;
use std::collections::BTreeMap;

/// Sends many at once by one socket, each with its key.
async fn all_at_once(
    chat: &mut Chat,
    ops: &[(String, SendMessage)],
) -> Vec<Result<SentMessage, FaultCode>> {
    let mut ids = vec![];
    for (key, op) in ops {
        ids.push(chat.socket.begins(Some(key), op).await);
    }
    let mut answers = vec![];
    for id in ids {
        let answer = chat.socket.answer(id).await;
        answers
            .push(answer.map(|it| serde_json::from_value(it).expect("sent")).map_err(|it| it.code));
    }
    answers
}

fn ops(chat: &Chat, count: usize) -> Vec<(String, SendMessage)> {
    (0..count).map(|it| (format!("key-{it}"), chat.message(&format!("message {it}")))).collect()
}

#[rstest]
#[case::aborted(Failure::Aborted)]
#[case::saved(Failure::AmbiguousSaved)]
#[case::not_saved(Failure::AmbiguousNotSaved)]
#[case::hung(Failure::Hang)]
#[case::panicked(Failure::Panic)]
fn a_group_that_fails_is_found_out_by_the_same_keys(#[case] failure: Failure) {
    tell(Kind::Memory, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        ana.says("Before").await;
        dr_b.hears("Before").await;
        let before = dr_b.memory();
        let ops = ops(&ana, 12);
        clinic.memory().fail_next(Point::AppendLog, failure);
        let first = all_at_once(&mut ana, &ops).await;
        let failed = first.iter().filter(|it| it.is_err()).count();
        if failure != Failure::AmbiguousSaved {
            assert!(failed > 0, "a group has failed: {first:?}");
        }
        for answer in first.iter().filter_map(|it| it.as_ref().err()) {
            let expected = match failure {
                Failure::Aborted => FaultCode::Unavailable,
                _ => FaultCode::OutcomeUnknown,
            };
            assert!(*answer == expected || *answer == FaultCode::Unavailable, "{answer:?}");
        }
        // Again with the same keys, until all of them are through: each takes effect once.
        let mut again = all_at_once(&mut ana, &ops).await;
        for _ in 0..20 {
            if again.iter().all(Result::is_ok) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            again = all_at_once(&mut ana, &ops).await;
        }
        for (first, again) in first.iter().zip(&again) {
            let again = again.expect("it is through");
            assert!(first.is_err() || *first == Ok(again), "what was acknowledged stays so");
        }
        if failure == Failure::Aborted {
            dr_b.sees("all of them", |it| it.messages().len() == 13).await;
        } else {
            dr_b.goes_on(before).await;
        }
        let mut count = BTreeMap::new();
        for text in dr_b.texts() {
            *count.entry(text).or_insert(0) += 1;
        }
        assert_eq!(count.len(), 13, "none is lost: {count:?}");
        assert!(count.values().all(|it| *it == 1), "none is twice: {count:?}");
        for sent in again.iter().flatten() {
            let message = dr_b.messages().iter().find(|it| it.message_id == sent.message_id);
            assert_eq!(message.map(|it| it.offset), Some(sent.position.offset));
        }
    });
}

#[test]
fn a_key_that_comes_twice_at_once_fails_nobody_else() {
    tell(Kind::Memory, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let mut ops = ops(&ana, 8);
        let twice = ops[3].clone();
        ops.extend([twice.clone(), twice]);
        let answers = all_at_once(&mut ana, &ops).await;
        for (number, answer) in answers.iter().enumerate() {
            match answer {
                Ok(sent) if number >= 8 => assert_eq!(Ok(*sent), answers[3]),
                Ok(_) => {}
                Err(code) => assert_eq!((*code, number >= 3), (FaultCode::StillRunning, true)),
            }
        }
        dr_b.sees("all of them, once", |it| it.messages().len() == 8).await;
    });
}

#[test]
fn what_cannot_be_saved_is_not_told() {
    tell(Kind::Memory, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        clinic.memory().fail_next(Point::AppendLog, Failure::Aborted);
        told(ana.socket.calls(ana.message("Lost")).await, FaultCode::Unavailable);
        clinic.memory().fail_next(Point::AppendAudit, Failure::Aborted);
        told(ana.socket.calls(ana.message("Lost, too")).await, FaultCode::Unavailable);
        clinic.memory().fail_next(Point::SaveMarks, Failure::Aborted);
        let sent = ana.says("Kept").await;
        dr_b.hears("Kept").await;
        let mark = bedside::protocol::conversation::MarkConversation {
            conversation_id: dr_b.id,
            delivered: None,
            displayed: Some(sent.position.offset),
        };
        told(dr_b.socket.calls(mark).await, FaultCode::Unavailable);
        dr_b.has_seen(sent.position.offset).await;
        let me = dr_b.me();
        ana.sees("it was looked at", |it| it.marks_of(me).is_some_and(|it| it.displayed > 0)).await;
        assert_eq!(ana.texts(), ["Kept"]);
    });
}

#[test]
fn an_owner_that_was_overtaken_writes_nothing() {
    tell(Kind::Memory, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        ana.says("One").await;
        dr_b.hears("One").await;
        let before = dr_b.memory();
        clinic.store.claim_conversation(ana.id, "another node").await.expect("claimed");
        told(ana.socket.calls(ana.message("Two")).await, FaultCode::Moved);
        dr_b.goes_on(before).await;
        assert_eq!(dr_b.texts(), ["One"]);
        ana.socket.gaps.clear();
        let mut ana = Chat::follows(ana.who, ana.id, Codec::Json).await;
        ana.says("Two").await;
        dr_b.hears("Two").await;
    });
}

#[test]
fn a_conversation_that_cannot_be_read_is_not_available() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = clinic.chat().await;
        let (id, who) = (ana.id, ana.who.clone());
        ana.socket.cut();
        dr_b.socket.cut();
        clinic.restarts().await;
        let who = clinic.signs_in_again(&who).await;
        clinic.memory().fail_next(Point::ClaimConversation, Failure::Aborted);
        let read = bedside::protocol::conversation::ReadConversation { conversation_id: id };
        told(who.calls(read).await, FaultCode::Unavailable);
        who.calls(read).await.expect("now it can");
    });
}
