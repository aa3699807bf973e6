//! The conversation of a visit, and who comes and goes with it.

use crate::support::chat::of_visit;
use crate::support::fold::texts;
use crate::support::people::told;
use crate::support::{Chat, Kind, Socket, eventually, tell};
use bedside::protocol::codec::Codec;
use bedside::protocol::conversation::{ListConversations, Presence, ReadConversation};
use bedside::protocol::fault::FaultCode;
use bedside::protocol::frame::{Followed, ServerFrame};
use bedside::protocol::person::Role;
use bedside::protocol::topic::{Event, Topic};
use bedside::protocol::visit::{AdmitParticipant, HoldParticipant};
use rstest::rstest;

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_guest_reads_along_while_admitted(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (visit, ana, mut dr_b) = clinic.in_call().await;
        let card = ana.who.opens(of_visit(visit.id)).await.expect("her visit");
        let again = dr_b.who.opens(of_visit(visit.id)).await.expect("his visit");
        let id = card.conversation.conversation_id;
        assert_eq!(again.conversation.conversation_id, id, "there is one");
        let mut chat = Chat::follows(ana.who.clone(), id, Codec::Json).await;
        chat.says("My sister will come").await;

        let invited = dr_b.invites(Role::Caregiver, "Gus Fictional").await.expect("invited");
        let guest =
            clinic.stranger().opens_link(&invited.link.join_token).await.expect("a session");
        let mut gus = guest.comes_to(visit.id, Codec::Json).await;
        gus.enters().await;
        // Who waits hears nothing, and does not even know that there is something to hear.
        told(guest.opens(of_visit(visit.id)).await, FaultCode::NotFound);
        told(guest.calls(ReadConversation { conversation_id: id }).await, FaultCode::NotFound);
        told(gus.socket.follows(Topic::Conversation(id)).await, FaultCode::NotFound);
        assert!(guest.calls(ListConversations {}).await.expect("a list").conversations.is_empty());

        dr_b.admits(&gus).await;
        let card = guest.opens(of_visit(visit.id)).await.expect("now it is there");
        assert_eq!(card.conversation.conversation_id, id);
        assert_eq!(guest.calls(ListConversations {}).await.expect("a list").conversations.len(), 1);
        let mut gus = Chat { who: guest, id, socket: gus.socket };
        gus.socket.follows(gus.topic()).await.expect("may follow");
        assert_eq!(gus.texts(), ["My sister will come"]);
        let me = gus.me();
        chat.sees("she is there", |it| it.presence_of(me) == Some(Presence::InVisit)).await;
        gus.says("Here I am").await;
        chat.hears("Here I am").await;

        // Sent back to the waiting room: she hears nothing until she is let in again.
        let hold =
            HoldParticipant { appointment_id: visit.id, participant_id: invited.participant_id };
        dr_b.calls(hold).await.expect("held");
        gus.socket.until("a gap", |it| !it.gaps.is_empty()).await;
        gus.socket.gaps.clear();
        told(gus.socket.follows(gus.topic()).await, FaultCode::NotFound);
        chat.says("Not for her ears").await;
        let left = |it: &Chat| it.view().members.iter().any(|it| it.left_at.is_some());
        chat.sees("she is out", left).await;
        told(gus.who.calls(gus.message("Hello?")).await, FaultCode::NotFound);
        let admit =
            AdmitParticipant { appointment_id: visit.id, participant_id: invited.participant_id };
        dr_b.calls(admit).await.expect("admitted");
        chat.sees("she is in", |it| !left(it)).await;
        gus.socket.follows(gus.topic()).await.expect("may follow");
        assert_eq!(gus.me(), me, "the same member");

        // And when the invitation is withdrawn, she is out for good.
        dr_b.revokes(invited.participant_id).await;
        chat.sees("she is out", left).await;
        gus.socket.is_closed().await;
        assert!(gus.socket.gaps.iter().any(|(topic, _)| *topic == Topic::Conversation(id)));
        chat.says("She is gone").await;
        let heard = gus.socket.frames.iter().filter_map(|it| match it {
            ServerFrame::Event { event: Event::MessagePosted { message }, .. } => Some(message),
            _ => None,
        });
        let heard = texts(&heard.cloned().collect::<Vec<_>>());
        assert!(
            !heard.iter().any(|it| it == "Not for her ears" || it == "She is gone"),
            "{heard:?}"
        );
        told(gus.who.calls(gus.message("Hello?")).await, FaultCode::SessionEnded);
    });
}

#[test]
fn a_link_opens_the_conversation_of_one_visit_only() {
    tell(Kind::Memory, async |clinic| {
        let (mut ana, dr_b) = clinic.chat().await;
        ana.says("Between visits").await;
        let visit = clinic.books_at(&ana.who, &dr_b.who, clinic.tomorrow()).await;
        let other = clinic
            .books_at(&ana.who, &dr_b.who, clinic.tomorrow().plus(crate::support::SLOT))
            .await;
        let person = ana.who.person_id;
        let by_link = clinic.by_link(visit.id, visit.patient, person, Role::Patient).await;
        let card = by_link.opens(of_visit(visit.id)).await.expect("that visit");
        told(by_link.opens(of_visit(other.id)).await, FaultCode::NotFound);
        told(
            by_link.calls(ReadConversation { conversation_id: ana.id }).await,
            FaultCode::NotFound,
        );
        let list = by_link.calls(ListConversations {}).await.expect("a list").conversations;
        assert_eq!(list, [card.clone()]);
        let mut socket = by_link.connects(Codec::Json).await;
        told(socket.follows(Topic::Conversation(ana.id)).await, FaultCode::NotFound);
        told(socket.follows(Topic::Mailbox(person.unwrap())).await, FaultCode::NotFound);
        socket.follows(Topic::Conversation(card.conversation.conversation_id)).await.expect("hers");
        // The account sees both.
        eventually("both are in her list", async || {
            ana.who.calls(ListConversations {}).await.unwrap().conversations.len() == 2
        })
        .await;
    });
}

#[test]
fn who_was_removed_and_resumes_is_denied() {
    tell(Kind::Memory, async |clinic| {
        let (visit, ana, mut dr_b) = clinic.in_call().await;
        let card = ana.who.opens(of_visit(visit.id)).await.expect("her visit");
        let id = card.conversation.conversation_id;
        let invited = dr_b.invites(Role::Colleague, "Dr. Go Fictional").await.expect("invited");
        let part = invited.participant_id;
        let guest = clinic.by_link(visit.id, part, None, Role::Colleague).await;
        let mut party = guest.comes_to(visit.id, Codec::Json).await;
        party.enters().await;
        dr_b.admits(&party).await;
        guest.opens(of_visit(visit.id)).await.expect("now it is there");
        let chat = Chat::follows(guest.clone(), id, Codec::Json).await;
        let mut memory = chat.socket.memory();
        memory.retain(|topic, _| *topic == Topic::Conversation(id));
        chat.socket.cut();
        let hold = HoldParticipant { appointment_id: visit.id, participant_id: part };
        dr_b.calls(hold).await.expect("held");
        eventually("she is out", async || {
            guest.calls(ReadConversation { conversation_id: id }).await.is_err()
        })
        .await;
        let socket = Socket::returns(&guest, Codec::Json, memory).await;
        let Some(ServerFrame::Welcome { followed, .. }) = socket.frames.first() else {
            panic!("a welcome");
        };
        assert!(
            matches!(&followed[..], [Followed::Denied { fault, .. }] if fault.code == FaultCode::NotFound)
        );
        assert!(socket.state(Topic::Conversation(id)).is_none(), "purged");
    });
}
