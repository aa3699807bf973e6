//! The list of somebody's conversations, as it is followed.

use crate::support::chat::{of_visit, with};
use crate::support::{Chat, Kind, Socket, Someone, eventually, tell};
use bedside::protocol::codec::Codec;
use bedside::protocol::conversation::{ConversationCard, ListConversations};
use bedside::protocol::topic::{Topic, TopicState};
use rstest::rstest;

fn cards(socket: &Socket, who: &Someone) -> Vec<ConversationCard> {
    match socket.state(Topic::Mailbox(who.person_id.unwrap())) {
        Some(TopicState::Mailbox { cards }) => cards.clone(),
        other => panic!("{other:?}"),
    }
}

/// Waits until what is known by events is so; it is then what the list says.
async fn sees(
    socket: &mut Socket,
    who: &Someone,
    what: &str,
    is_so: impl Fn(&[ConversationCard]) -> bool,
) {
    socket.until(what, |it| is_so(&cards(it, who))).await;
    let fresh = who.calls(ListConversations {}).await.expect("a list").conversations;
    socket.until("the same as the list", |it| cards(it, who) == fresh).await;
    socket.follows(Topic::Mailbox(who.person_id.unwrap())).await.expect("the same anew");
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_mailbox_is_kept_up_to_date(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let dr_b = clinic.clinician("Dr. Bo Fictional").await;
        let visit = clinic.books(&ana, &dr_b).await;
        let mut socket = dr_b.connects(Codec::Json).await;
        socket.follows(Topic::Mailbox(dr_b.person_id.unwrap())).await.expect("his");
        assert!(cards(&socket, &dr_b).is_empty());

        let card = ana.opens(with(dr_b.person_id.unwrap())).await.expect("opened");
        sees(&mut socket, &dr_b, "a conversation", |it| it.len() == 1).await;
        let id = card.conversation.conversation_id;
        let mut ana = Chat::follows(ana, id, Codec::Json).await;
        ana.says("One").await;
        let last = ana.says("Two").await;
        sees(&mut socket, &dr_b, "two unread", |it| {
            it[0].unread == 2
                && it[0].last.as_ref().is_some_and(|it| it.message_id == last.message_id)
        })
        .await;
        let mut dr = Chat::follows(dr_b.clone(), id, Codec::Json).await;
        dr.has_seen(last.position.offset).await;
        sees(&mut socket, &dr_b, "none unread", |it| it[0].unread == 0).await;
        dr.says("Three").await;
        ana.hears("Three").await;
        sees(&mut socket, &dr_b, "his own is not unread", |it| {
            it[0].last.as_ref().is_some_and(|it| it.member_id == dr.me()) && it[0].unread == 0
        })
        .await;
        clinic.clock.advance(std::time::Duration::from_secs(1));
        ana.who.opens(of_visit(visit.id)).await.expect("her visit");
        sees(&mut socket, &dr_b, "two, the newer first", |it| {
            it.len() == 2 && it[1].conversation.conversation_id == id
        })
        .await;
        // Many at once are few readings.
        for number in 0..10 {
            ana.says(&format!("{number}")).await;
        }
        sees(&mut socket, &dr_b, "ten unread", |it| it.iter().any(|it| it.unread == 10)).await;
        eventually("her list knows as well", async || {
            ana.who.calls(ListConversations {}).await.unwrap().conversations.len() == 2
        })
        .await;
    });
}
