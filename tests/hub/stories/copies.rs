//! Copies of what was written: what is kept beside a message tells nobody of it, and goes with it.

use crate::support::chat::of_visit;
use crate::support::people::told;
use crate::support::{Chat, Clinic, Kind, Someone, tell, tell_with};
use bedside::clock::Clock as _;
use bedside::config::Retention;
use bedside::crypto::sha256;
use bedside::protocol::codec::Codec;
use bedside::protocol::conversation::{EditMessage, Message, SendMessage};
use bedside::protocol::fault::{FaultCode, Outcome, Retry};
use bedside::protocol::ids::MessageId;
use bedside::protocol::operation::Operation;
use bedside::protocol::topic::{Topic, TopicState};
use bedside::store::{Answered, AnsweredBefore};
use rstest::rstest;
use std::time::Duration;

fn edit(of: &Chat, message_id: MessageId, text: &str) -> EditMessage {
    EditMessage { conversation_id: of.id, message_id, body: text.into(), overriding: None }
}

async fn kept<O: Operation>(clinic: &Clinic, of: &Someone, key: &str) -> Option<AnsweredBefore> {
    let caller = format!("person:{}", of.person_id.expect("an account"));
    clinic.store.answered(&caller, O::NAME, key).await.expect("a look")
}

/// Whoever has the database could try every short word, if what is kept of it were a plain hash.
#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_word_cannot_be_guessed_from_what_is_kept_of_it(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (ana, _dr) = clinic.chat().await;
        let op = ana.message("yes");
        let sent = ana.who.calls_with_key("send", op.clone()).await.expect("may write");
        let of_sending = kept::<SendMessage>(clinic, &ana.who, "send").await.expect("kept");
        let plain = serde_json::to_value(&op).unwrap().to_string();
        for guess in [plain.as_str(), "yes", "\"yes\""] {
            assert_ne!(of_sending.params_hash, sha256(guess.as_bytes()), "{guess}");
        }
        assert!(!of_sending.output.to_string().contains("yes"));

        ana.who.calls_with_key("edit", edit(&ana, sent.message_id, "no")).await.expect("may edit");
        // A copy of the text would outlive its deletion: whoever has every key of the hub finds none in what is kept.
        let of_editing = kept::<EditMessage>(clinic, &ana.who, "edit").await.expect("kept");
        assert_ne!(of_editing.params_hash, sha256(b"no"));
        let caller = format!("person:{}", ana.who.person_id.unwrap());
        let place = format!("answer/{caller}/message.edit/edit");
        let sealer = &bedside::command::Hub::keys(clinic.node.as_ref()).sealer;
        let opened = sealer.open(&place, of_editing.output.as_str().unwrap()).expect("sealed");
        let message: Message = serde_json::from_slice(&opened).unwrap();
        assert_eq!((message.message_id, message.body), (sent.message_id, None));
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn a_list_forgets_the_last_words_with_their_conversation(#[case] kind: Kind) {
    let settings = |config: &mut bedside::config::Config| {
        let visit_conversation_days = Some(1);
        config.retention = Retention { visit_conversation_days, ..Retention::default() };
    };
    tell_with(kind, settings, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let dr_b = clinic.clinician("Dr. Bo Fictional").await;
        let visit = clinic.books(&ana, &dr_b).await;
        let card = ana.opens(of_visit(visit.id)).await.expect("opened");
        let mut chat = Chat::follows(ana, card.conversation.conversation_id, Codec::Json).await;
        chat.says("plainly fictional words").await;

        let dr_b = clinic.signs_in_again(&dr_b).await;
        let mut socket = dr_b.connects(Codec::Json).await;
        let mailbox = Topic::Mailbox(dr_b.person_id.unwrap());
        socket.follows(mailbox).await.expect("his");
        let is_there = |it: &crate::support::Socket| match it.state(mailbox) {
            Some(TopicState::Mailbox { cards }) => {
                cards[0].last.as_ref().is_some_and(|it| it.body.is_some())
            }
            other => panic!("{other:?}"),
        };
        socket.until("the words", is_there).await;

        let ends_at = clinic.store.visit(visit.id).await.unwrap().unwrap().facts.ends_at;
        let days = Duration::from_secs(25 * 60 * 60);
        clinic.clock.advance(ends_at.since(clinic.clock.now()) + days);
        clinic.node.keep_house().await;
        socket.until("no words", |it| !is_there(it)).await;
        let rows = clinic.store.audit(100).await.expect("the log");
        let of = |phase: &str| {
            rows.iter().any(|it| {
                it.operation == "conversation.expire"
                    && it.phase == phase
                    && it.target == Some(format!("conversation_id:{}", chat.id))
            })
        };
        assert!(of("begin") && of("ok"), "it is in the log that the hub did that: {rows:?}");
    });
}

/// Ana edits, and her answer is lost; she edits again in another tab; then the first tab asks again.
#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn an_edit_whose_answer_was_lost_is_not_made_twice(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let id = ana.says("At noon").await.message_id;
        ana.who.calls_with_key("a", edit(&ana, id, "At one")).await.expect("may edit");
        ana.who.calls_with_key("b", edit(&ana, id, "At two")).await.expect("may edit");
        let again = ana.who.calls_with_key("a", edit(&ana, id, "At one")).await.expect("done");
        let as_it_stands = again.body.map(|it| it.expose().clone());
        assert_eq!(as_it_stands.as_deref(), Some("At two"));
        let other = ana.who.calls_with_key("a", edit(&ana, id, "At three")).await;
        told(other, FaultCode::KeyReused);
        for it in [&mut ana, &mut dr_b] {
            it.hears("At two").await;
        }
        ana.deletes(id).await.expect("may delete");
        let gone = ana.who.calls_with_key("b", edit(&ana, id, "At two")).await.expect("done");
        assert!(gone.body.is_none() && gone.deleted_at.is_some(), "its words are gone");
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn an_edit_that_changes_nothing_uses_its_key_as_well(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (mut ana, _dr) = clinic.chat().await;
        let id = ana.says("At noon").await.message_id;
        let same = ana.who.calls_with_key("same", edit(&ana, id, "At noon")).await;
        assert_eq!(same.expect("may edit").edited_at, None);
        ana.who.calls_with_key("b", edit(&ana, id, "At two")).await.expect("may edit");
        ana.who.calls_with_key("same", edit(&ana, id, "At noon")).await.expect("done before");
        ana.hears("At two").await;
        let other = ana.who.calls_with_key("same", edit(&ana, id, "At three")).await;
        told(other, FaultCode::KeyReused);
    });
}

/// The key that answers are sealed with was lost: what was done is not done again, and is not told as if it had not been done.
#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn what_was_done_and_cannot_be_told_any_more_is_told_as_done(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (mut ana, _dr) = clinic.chat().await;
        let op = ana.message("Once");
        ana.who.calls_with_key("send", op.clone()).await.expect("may write");
        let before = kept::<SendMessage>(clinic, &ana.who, "send").await.expect("kept");
        let now = clinic.clock.now();
        let forgotten = clinic.store.forget_answers(now.plus(Duration::from_secs(1)), 1_000).await;
        assert!(forgotten.unwrap() > 0);
        let unreadable = Answered {
            caller: format!("person:{}", ana.who.person_id.unwrap()),
            operation: SendMessage::NAME,
            key: "send".to_owned(),
            // The same key has made the hash of what was asked for.
            params_hash: vec![0; before.params_hash.len()],
            output: "sealed by a key that is gone".into(),
            at: now,
        };
        clinic.store.keep_answer(unreadable).await.unwrap();
        let fault = ana.who.calls_with_key("send", op).await.expect_err("nobody can read it");
        let said = (fault.code, fault.outcome, fault.retry);
        assert_eq!(said, (FaultCode::Internal, Outcome::Applied, Retry::Refresh));
        ana.hears("Once").await;
        assert_eq!(ana.texts(), ["Once"]);
    });
}
