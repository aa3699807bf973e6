//! Copies of what was written: what is kept beside a message tells nobody of it, and goes with it.

use crate::support::chat::of_visit;
use crate::support::{Chat, Clinic, Kind, Someone, tell, tell_with};
use bedside::clock::Clock as _;
use bedside::config::Retention;
use bedside::crypto::sha256;
use bedside::protocol::codec::Codec;
use bedside::protocol::conversation::{EditMessage, SendMessage};
use bedside::protocol::operation::Operation;
use bedside::protocol::topic::{Topic, TopicState};
use bedside::store::AnsweredBefore;
use rstest::rstest;
use std::time::Duration;

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

        let op = EditMessage {
            conversation_id: ana.id,
            message_id: sent.message_id,
            body: "no".to_owned().into(),
            overriding: None,
        };
        ana.who.calls_with_key("edit", op).await.expect("may edit");
        // The answer of an edit is the message itself: a copy would outlive its deletion.
        assert!(kept::<EditMessage>(clinic, &ana.who, "edit").await.is_none());
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
