//! Messages that cannot be, and conversations that are not there: a coded fault, nothing changed, nothing leaked.

use crate::support::people::told;
use crate::support::{Kind, tell};
use bedside::protocol::conversation::{
    ListMessages, MAX_BODY_BYTES, MarkConversation, SendMessage,
};
use bedside::protocol::fault::FaultCode;
use bedside::protocol::frame::MAX_FOLLOWS;
use bedside::protocol::ids::{ConversationId, MessageId};
use bedside::protocol::topic::Topic;
use serde_json::json;
use uuid::Uuid;

#[test]
fn texts_that_cannot_be_are_refused_and_nothing_is_written() {
    tell(Kind::Memory, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let writes = clinic.memory().writes();
        let texts = [
            "",
            " \n ",
            "\0",
            "a\u{1b}[31m",
            "a\r\nb",
            "take \u{202E}05\u{202C} mg",
            "\u{2066}a\u{2069}",
            "a\u{200B}",
            "\u{FEFF}",
            "a\u{E0041}",
        ];
        for text in texts {
            let fault = ana.socket.calls(ana.message(text)).await.expect_err("refused");
            assert_eq!(
                (fault.code, fault.field.as_deref()),
                (FaultCode::InvalidValue, Some("body"))
            );
        }
        let large = ana.message(&"é".repeat(MAX_BODY_BYTES / 2 + 1));
        told(ana.socket.calls(large.clone()).await, FaultCode::TooLarge);
        told(ana.who.calls(large).await, FaultCode::TooLarge);
        let whole = ana.says(&"é".repeat(MAX_BODY_BYTES / 2)).await;
        let edit = ana.edits(whole.message_id, "\u{202E}").await.expect_err("refused");
        assert_eq!(edit.field.as_deref(), Some("body"));
        let ill = json!({"conversation_id": ana.id, "body": ["a"]});
        told(ana.socket.calls_raw("message.send", ill).await, FaultCode::Malformed);
        let more = json!({"conversation_id": ana.id, "body": "a", "member_id": dr_b.me()});
        told(ana.socket.calls_raw("message.send", more).await, FaultCode::Malformed);
        dr_b.sees("one message", |it| it.messages().len() == 1).await;
        assert_eq!(dr_b.messages()[0].edited_at, None);
        // Its audit and its log: what was refused has written no more than that it was refused.
        assert!(clinic.memory().writes() > writes);
    });
}

#[test]
fn what_is_not_there_is_not_found() {
    tell(Kind::Memory, async |clinic| {
        let (mut ana, _dr_b) = clinic.chat().await;
        let nowhere = ConversationId(Uuid::now_v7());
        let op = SendMessage { conversation_id: nowhere, ..ana.message("Hello?") };
        told(ana.socket.calls(op).await, FaultCode::NotFound);
        told(ana.socket.follows(Topic::Conversation(nowhere)).await, FaultCode::NotFound);
        let mark = MarkConversation {
            conversation_id: nowhere,
            delivered: Some(u32::MAX),
            displayed: Some(u32::MAX),
        };
        told(ana.socket.calls(mark).await, FaultCode::NotFound);
        told(ana.edits(MessageId(Uuid::now_v7()), "New").await, FaultCode::NotFound);
        told(ana.deletes(MessageId(Uuid::now_v7())).await, FaultCode::NotFound);
        for (limit, field) in [(Some(0), "limit"), (Some(101), "limit"), (Some(u32::MAX), "limit")]
        {
            let page = ListMessages { conversation_id: ana.id, since: None, before: None, limit };
            let fault = ana.who.calls(page).await.expect_err("refused");
            assert_eq!(fault.field.as_deref(), Some(field));
        }
        let both = Some(ana.says("One").await.message_id);
        let page = ListMessages { conversation_id: ana.id, since: both, before: both, limit: None };
        assert_eq!(
            ana.who.calls(page).await.expect_err("refused").field.as_deref(),
            Some("before")
        );
        for words in ["", "?!", " \u{1F600} "] {
            let fault = ana
                .socket
                .calls_raw("message.search", json!({"words": words}))
                .await
                .expect_err("no words");
            assert_eq!(fault.field.as_deref(), Some("words"));
        }
        let long = json!({"words": "word ".repeat(100)});
        assert!(ana.socket.calls_raw("message.search", long).await.is_err());
    });
}

#[test]
fn who_writes_too_fast_waits() {
    tell(Kind::Memory, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let mut ids = vec![];
        for number in 0..55 {
            let op = ana.message(&format!("{number}"));
            ids.push(ana.socket.begins(None, &op).await);
        }
        let mut sent = 0;
        for id in ids {
            match ana.socket.answer(id).await {
                Ok(_) => sent += 1,
                Err(fault) => {
                    assert_eq!(fault.code, FaultCode::TooManyRequests);
                    assert!(fault.after_ms.is_some());
                }
            }
        }
        assert!((40..55).contains(&sent), "{sent}");
        dr_b.sees("those that were taken", |it| it.messages().len() == sent).await;
        dr_b.says("I read you").await;
    });
}

#[test]
fn conversations_that_are_not_there_use_nothing_up() {
    tell(Kind::Memory, async |clinic| {
        let (mut ana, _dr_b) = clinic.chat().await;
        for _ in 0..MAX_FOLLOWS + 10 {
            let nowhere = Topic::Conversation(ConversationId(Uuid::now_v7()));
            told(ana.socket.follows(nowhere).await, FaultCode::NotFound);
        }
        ana.says("Still here").await;
        ana.hears("Still here").await;
    });
}
