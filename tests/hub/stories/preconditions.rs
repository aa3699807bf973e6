//! Two people decide upon the same thing: the second is told that it is not any more what they saw.

use crate::support::http::{Request, row};
use crate::support::people::told;
use crate::support::practice::Practice;
use crate::support::{Kind, at, tell};
use bedside::protocol::appointment::{CancelAppointment, ListAppointments};
use bedside::protocol::conversation::{
    AssignConversation, ConversationStatus, DeleteMessage, EditMessage, ResolveConversation,
};
use bedside::protocol::fault::FaultCode;
use bedside::protocol::operation::Operation as _;
use bedside::protocol::person::ReadMe;
use bedside::protocol::precondition::Precondition;
use bedside::protocol::topic::Position;
use rstest::rstest;

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_conversation_that_went_on_is_not_closed_by_who_has_not_read_it(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let other = clinic.clinician("Dr. Cy Fictional").await;
        let first = ana.says("Does it hurt when I press it?").await;
        let seen = Precondition::at(first.position);
        let id = ana.id;
        let second = ana.says("It does, since this morning.").await;
        let resolve = ResolveConversation { conversation_id: id };
        let clinician_id = other.person_id.unwrap();
        let assign = AssignConversation { conversation_id: id, clinician_id };
        told(dr_b.socket.calls_if(seen, None, resolve).await, FaultCode::Stale);
        told(dr_b.socket.calls_if(seen, None, assign).await, FaultCode::Stale);
        let message_id = first.message_id;
        let edit = EditMessage {
            conversation_id: id,
            message_id,
            body: "Does it hurt?".into(),
            overriding: None,
        };
        let delete = DeleteMessage { conversation_id: id, message_id };
        told(ana.socket.calls_if(seen, None, edit.clone()).await, FaultCode::Stale);
        told(ana.socket.calls_if(seen, None, delete).await, FaultCode::Stale);
        told(ana.socket.calls_if(seen, None, ana.message("Hello?")).await, FaultCode::Stale);
        let elsewhere = Position { epoch: second.position.epoch ^ 1, ..second.position };
        let elsewhere = Precondition::at(elsewhere);
        told(dr_b.socket.calls_if(elsewhere, None, resolve).await, FaultCode::Stale);
        ana.agrees().await;
        assert_eq!(ana.position(), second.position, "nothing has changed");

        let now = Precondition::at(second.position);
        dr_b.socket.calls_if(now, Some("resolve"), resolve).await.expect("has read everything");
        told(dr_b.socket.calls_if(now, Some("another"), resolve).await, FaultCode::Stale);
        let again = dr_b.socket.calls_if(now, Some("resolve"), resolve).await;
        again.expect("what has taken effect is answered as it was");
        ana.sees("it is resolved", |it| it.status() == ConversationStatus::Resolved).await;

        // A stranger is told of no position.
        let stranger = clinic.clinician("Dr. Di Fictional").await;
        let mut stranger = stranger.connects(bedside::protocol::codec::Codec::Json).await;
        told(stranger.calls_if(now, None, resolve).await, FaultCode::NotFound);
        // The same over REST.
        let tag = format!("\"{}.{}\"", first.position.epoch, first.position.offset);
        let params = serde_json::to_value(&edit).unwrap();
        let request = Request::of(row(EditMessage::NAME), &params).with("if-match", &tag);
        let answer = ana.who.signed(request).send(clinic.hub).await;
        assert_eq!((answer.status, answer.code().as_str()), (412, "stale"));
        let position = ana.position();
        let tag = format!("\"{}.{}\"", position.epoch, position.offset);
        let request = Request::of(row(EditMessage::NAME), &params).with("if-match", &tag);
        assert_eq!(ana.who.signed(request).send(clinic.hub).await.status, 200);
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn an_appointment_that_was_moved_is_not_cancelled_by_who_saw_the_old_time(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let practice: Practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let card = ana.makes(&practice, at(3, "10:00")).await;
        let mut socket = ana.connects(bedside::protocol::codec::Codec::Json).await;
        let cancel = CancelAppointment { appointment_id: card.appointment_id };
        let before = Precondition::version(card.version);
        let hold = ana.calls(practice.hold(at(3, "14:00"))).await.expect("held");
        let moves = bedside::protocol::booking::MoveAppointment {
            appointment_id: card.appointment_id,
            hold_token: hold.hold_token.clone(),
        };
        let wrong = Precondition::version(card.version + 1);
        told(socket.calls_if(wrong, None, moves.clone()).await, FaultCode::Stale);
        let moved = socket.calls_if(before, None, moves).await.expect("as it was seen");
        assert!(moved.version > card.version);
        told(socket.calls_if(before, None, cancel).await, FaultCode::Stale);
        let params = serde_json::to_value(cancel).unwrap();
        for (tag, status, code) in [
            (format!("\"{}\"", card.version), 412, "stale"),
            (format!("W/\"{}\"", moved.version), 400, "invalid_value"),
            (moved.version.to_string(), 400, "invalid_value"),
            ("\"1.2.3\"".to_owned(), 400, "invalid_value"),
            ("\"1.2\"".to_owned(), 400, "invalid_value"),
            ("\"99999999999\"".to_owned(), 400, "invalid_value"),
        ] {
            let request = Request::of(row(CancelAppointment::NAME), &params);
            let request = request.with("if-match", &tag);
            let answer = ana.signed(request).send(clinic.hub).await;
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{tag}");
        }
        let op = ListAppointments { person_id: None, from: None, until: None };
        let all = ana.calls(op).await.expect("hers").appointments;
        assert_eq!(all.iter().map(|it| it.version).collect::<Vec<_>>(), [moved.version]);
        let request = Request::of(row(CancelAppointment::NAME), &params);
        let request = request.with("if-match", &format!("\"{}\"", moved.version));
        assert_eq!(ana.signed(request).send(clinic.hub).await.status, 200);
    });
}

#[test]
fn a_condition_that_nobody_would_look_at_is_refused() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let mut socket = ana.connects(bedside::protocol::codec::Codec::MessagePack).await;
        let fault = socket.calls_if(Precondition::version(1), None, ReadMe {}).await.unwrap_err();
        assert_eq!((fault.code, fault.field.as_deref()), (FaultCode::InvalidValue, Some("if")));
        let request = Request::of(row(ReadMe::NAME), &serde_json::json!({}));
        let answer = ana.signed(request.with("if-match", "\"1\"")).send(clinic.hub).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_value"));
        let request = Request::of(row(ReadMe::NAME), &serde_json::json!({}));
        let answer = ana.signed(request.with("if-match", "*")).send(clinic.hub).await;
        assert_eq!(answer.status, 200, "it is there");
    });
}
