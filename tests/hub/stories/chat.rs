//! Two people write to each other.

use crate::support::chat::{of_visit, with};
use crate::support::fold::texts;
use crate::support::people::told;
use crate::support::{Chat, Kind, eventually, tell};
use bedside::domain::conversation::EDIT_WITHIN;
use bedside::protocol::codec::Codec;
use bedside::protocol::conversation::{
    AssignConversation, ConversationStatus, ListConversations, ListMessages, MarkConversation,
    MemberMarks, ReadConversation, ResolveConversation, SearchMessages, SendMessage,
};
use bedside::protocol::fault::FaultCode;
use bedside::protocol::topic::Topic;
use futures::future::join_all;
use rstest::rstest;
use std::time::Duration;

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn two_people_write_to_each_other(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let sent = ana.says("Is it bad that it itches?").await;
        ana.hears("Is it bad that it itches?").await;
        let posted = &ana.messages()[0];
        assert_eq!((posted.message_id, posted.offset), (sent.message_id, sent.position.offset));
        assert_eq!(sent.position.epoch, ana.position().epoch);
        dr_b.hears("Is it bad that it itches?").await;
        dr_b.sees("somebody waits", |it| it.status() == ConversationStatus::NeedsAnswer).await;
        dr_b.says("No.\nIt heals.").await;
        ana.hears("No.\nIt heals.").await;
        ana.sees("it is answered", |it| it.status() == ConversationStatus::Quiet).await;
        let op = SendMessage { reply_to: Some(sent.message_id), ..dr_b.message("Leave it alone.") };
        dr_b.socket.calls(op).await.expect("an answer to a message");
        ana.hears("Leave it alone.").await;
        assert_eq!(ana.messages()[2].reply_to, Some(sent.message_id));
        dr_b.socket.calls(ResolveConversation { conversation_id: dr_b.id }).await.expect("done");
        ana.sees("it is done", |it| it.status() == ConversationStatus::Resolved).await;
        told(
            ana.socket.calls(ResolveConversation { conversation_id: ana.id }).await,
            FaultCode::Forbidden,
        );
        dr_b.agrees().await;
        assert_eq!(ana.texts(), dr_b.texts());
        assert_eq!(ana.position(), dr_b.position(), "one log for all");

        // The same by pages over REST.
        let page =
            ListMessages { conversation_id: ana.id, since: None, before: None, limit: Some(2) };
        let latest = ana.who.calls(page).await.expect("a page");
        assert_eq!((texts(&latest.messages), latest.has_more), (ana.texts()[1..].to_vec(), true));
        let before = Some(latest.messages[0].message_id);
        let older = ana.who.calls(ListMessages { before, ..page }).await.expect("a page");
        assert_eq!((texts(&older.messages), older.has_more), (ana.texts()[..1].to_vec(), false));
        let since = Some(older.messages[0].message_id);
        let newer = dr_b.who.calls(ListMessages { since, ..page }).await.expect("a page");
        assert_eq!((newer.messages, newer.has_more), (latest.messages, false));
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn a_key_posts_once(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let op = ana.message("Once");
        let first = ana.socket.calls_with_key(Some("m-1"), op.clone()).await.expect("sent");
        let again = ana.who.calls_with_key("m-1", op.clone()).await.expect("the same answer");
        assert_eq!(first, again);
        told(
            ana.socket.calls_with_key(Some("m-1"), ana.message("Twice")).await,
            FaultCode::KeyReused,
        );
        let calls = (0..8).map(|_| ana.who.calls_with_key("m-2", ana.message("All at once")));
        let mut sent: Vec<_> = vec![];
        for result in join_all(calls).await {
            match result {
                Ok(it) => sent.push(it),
                Err(fault) => assert_eq!(fault.code, FaultCode::StillRunning),
            }
        }
        assert!(!sent.is_empty() && sent.iter().all(|it| *it == sent[0]), "{sent:?}");
        dr_b.hears("All at once").await;
        assert_eq!(dr_b.texts(), ["Once", "All at once"]);
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn what_was_written_is_corrected_and_taken_back(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let dose = dr_b.says("Take 50 mg").await.message_id;
        ana.hears("Take 50 mg").await;
        told(ana.edits(dose, "Take none").await, FaultCode::Forbidden);
        told(ana.deletes(dose).await, FaultCode::Forbidden);
        let edited = dr_b.edits(dose, "Take 5 mg").await.expect("its author");
        assert!(edited.edited_at.is_some());
        ana.hears("Take 5 mg").await;
        let gone = dr_b.deletes(dose).await.expect("its author");
        assert_eq!((gone.body, gone.deleted_at.is_some()), (None, true));
        ana.sees("it is gone", |it| it.messages()[0].deleted_at.is_some()).await;
        told(dr_b.edits(dose, "Take 5 mg").await, FaultCode::NotAllowedNow);
        let late = dr_b.says("Good night").await.message_id;
        clinic.clock.advance(EDIT_WITHIN + Duration::from_millis(1));
        told(dr_b.edits(late, "Good morning").await, FaultCode::NotAllowedNow);
        told(dr_b.deletes(late).await, FaultCode::NotAllowedNow);
        ana.hears("Good night").await;
        dr_b.agrees().await;

        let find = |words: &str| SearchMessages { words: words.into(), conversation_id: None };
        let found = ana.who.calls(find("night")).await.expect("a search").found;
        assert_eq!((found.len(), found[0].message.message_id), (1, late));
        assert!(ana.who.calls(find("Take")).await.expect("a search").found.is_empty());
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn one_sees_how_far_the_other_is(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let last = ana.says("One").await.position.offset;
        let dr_id = dr_b.me();
        let conversation_id = ana.id;
        let mark = |delivered, displayed| MarkConversation {
            conversation_id,
            delivered: Some(delivered),
            displayed: Some(displayed),
        };
        dr_b.hears("One").await;
        let list = dr_b.who.calls(ListConversations {}).await.expect("a list");
        assert_eq!((list.conversations.len(), list.conversations[0].unread), (1, 1));
        dr_b.socket.calls(mark(last, 0)).await.expect("may mark");
        let marks =
            |delivered, displayed| Some(MemberMarks { member_id: dr_id, delivered, displayed });
        ana.sees("it arrived", |it| it.marks_of(dr_id) == marks(last, 0)).await;
        let end = dr_b.position().offset;
        dr_b.socket.calls(mark(0, 1_000_000)).await.expect("may mark");
        ana.sees("it was looked at", |it| it.marks_of(dr_id) == marks(end, end)).await;
        dr_b.socket.calls(mark(0, 0)).await.expect("nothing goes back");
        let list = dr_b.who.calls(ListConversations {}).await.expect("a list");
        assert_eq!(list.conversations[0].unread, 0);
        dr_b.says("Two").await;
        ana.hears("Two").await;
        assert_eq!(ana.marks_of(dr_id), marks(end, end));
        clinic.restarts().await;
        let ana = Chat::follows(clinic.signs_in_again(&ana.who).await, ana.id, Codec::Json).await;
        assert_eq!(ana.marks_of(dr_id), marks(end, end), "it is kept");
    });
}

#[test]
fn one_sees_that_the_other_is_writing() {
    tell(Kind::Memory, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let position = ana.position();
        for is_typing in [true, true, false, true] {
            dr_b.types(is_typing).await;
        }
        clinic.clock.advance(Duration::from_secs(3));
        dr_b.types(true).await;
        let dr_id = dr_b.me();
        ana.socket.until("typing", |it| it.typing.len() >= 3).await;
        assert_eq!(ana.socket.typing, [(dr_id, true), (dr_id, false), (dr_id, true)]);
        ana.agrees().await;
        assert_eq!((ana.position(), dr_b.socket.typing.len()), (position, 0), "it passes by");
    });
}

#[test]
fn a_stranger_does_not_know_that_there_is_a_conversation() {
    tell(Kind::Memory, async |clinic| {
        let (mut ana, dr_b) = clinic.chat().await;
        let message_id = ana.says("Between us").await.message_id;
        let (eve, dr_x) = (clinic.patient("Eve Fictional").await, clinic.clinician("Dr. Xu").await);
        for who in [&eve, &dr_x] {
            let id = ana.id;
            told(who.calls(ReadConversation { conversation_id: id }).await, FaultCode::NotFound);
            told(who.calls(ana.message("Hello?")).await, FaultCode::NotFound);
            let page = ListMessages { conversation_id: id, since: None, before: None, limit: None };
            told(who.calls(page).await, FaultCode::NotFound);
            let found = SearchMessages { words: "Between".into(), conversation_id: Some(id) };
            told(who.calls(found).await, FaultCode::NotFound);
            let found = SearchMessages { words: "Between".into(), conversation_id: None };
            assert!(who.calls(found).await.expect("a search").found.is_empty());
            let mut socket = who.connects(Codec::Json).await;
            told(socket.follows(Topic::Conversation(id)).await, FaultCode::NotFound);
            told(
                socket.follows(Topic::Mailbox(ana.who.person_id.unwrap())).await,
                FaultCode::NotFound,
            );
        }
        told(
            clinic.admin.calls(ReadConversation { conversation_id: ana.id }).await,
            FaultCode::Forbidden,
        );
        let mut admin = clinic.admin.connects(Codec::Json).await;
        told(admin.follows(Topic::Conversation(ana.id)).await, FaultCode::NotFound);
        // Nobody opens one with whom they have no appointment, or with whom there is none to have.
        told(eve.opens(with(dr_b.who.person_id.unwrap())).await, FaultCode::NotFound);
        told(dr_x.opens(with(ana.who.person_id.unwrap())).await, FaultCode::NotFound);
        told(ana.who.opens(with(eve.person_id.unwrap())).await, FaultCode::NotFound);
        // And a message of one conversation is no message of another.
        let visit = clinic.books_at(&eve, &dr_x, clinic.tomorrow()).await;
        let other = eve.opens(of_visit(visit.id)).await.expect("her visit");
        told(ana.who.opens(of_visit(visit.id)).await, FaultCode::NotFound);
        let id = other.conversation.conversation_id;
        let mut eve = Chat::follows(eve, id, Codec::Json).await;
        told(eve.deletes(message_id).await, FaultCode::NotFound);
        let op = SendMessage { reply_to: Some(message_id), ..eve.message("?") };
        assert_eq!(
            eve.socket.calls(op).await.expect_err("of another").field.as_deref(),
            Some("reply_to")
        );
        let page = ListMessages {
            conversation_id: id,
            since: Some(message_id),
            before: None,
            limit: None,
        };
        assert_eq!(
            eve.who.calls(page).await.expect_err("of another").field.as_deref(),
            Some("since")
        );
    });
}

#[test]
fn a_colleague_is_asked_to_look_after_it() {
    tell(Kind::Memory, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        ana.says("Are you there?").await;
        let dr_x = clinic.clinician("Dr. Xu Fictional").await;
        let assign = |clinician_id| AssignConversation { conversation_id: ana.id, clinician_id };
        let op = assign(ana.who.person_id.unwrap());
        let refused = dr_b.socket.calls(op).await.expect_err("a patient");
        assert_eq!(refused.field.as_deref(), Some("clinician_id"));
        let view = dr_b.socket.calls(assign(dr_x.person_id.unwrap())).await.expect("assigned");
        let mut dr_x = Chat::follows(dr_x, ana.id, Codec::Json).await;
        assert_eq!(view.assigned_to, Some(dr_x.me()));
        ana.sees("who looks after it", |it| it.view().assigned_to == view.assigned_to).await;
        dr_b.agrees().await;
        dr_x.says("I am").await;
        ana.hears("I am").await;
        eventually("it is in her list", async || {
            dr_x.who.calls(ListConversations {}).await.unwrap().conversations.len() == 1
        })
        .await;
    });
}
