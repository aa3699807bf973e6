//! The list of somebody's conversations, as it is followed.

use crate::support::chat::{of_visit, with};
use crate::support::{Chat, Kind, Socket, Someone, eventually, tell};
use bedside::clock::Clock as _;
use bedside::protocol::appointment::PlaceAppointment;
use bedside::protocol::codec::Codec;
use bedside::protocol::conversation::{ConversationCard, ConversationKind, ListConversations};
use bedside::protocol::ids::{ConversationId, MemberId};

use bedside::protocol::topic::{Topic, TopicState};
use rstest::rstest;
use uuid::Uuid;

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

/// A list has two hundred conversations; whoever has more is told of none that it was taken away.
#[test]
fn of_two_hundred_and_one_conversations_the_newest_are_in_the_list() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = clinic.chat().await;
        let (first, dr_b) = (ana.id, dr_b.who);
        let own = clinic.store.conversation(first).await.expect("read").expect("there");
        clinic.clock.advance(std::time::Duration::from_secs(60));
        for n in 0..199 {
            let pat =
                clinic.patient(&format!("Pat Example {n}")).await.person_id.expect("an account");
            let mut new = own.clone();
            (new.conversation_id, new.patient_id) = (ConversationId(Uuid::now_v7()), pat);
            (new.kind, new.appointment_id) = (ConversationKind::Care, None);
            (new.created_at, new.active_at) = (clinic.clock.now(), clinic.clock.now());
            for member in &mut new.members {
                member.member_id = MemberId(Uuid::now_v7());
                if member.person_id != dr_b.person_id {
                    member.person_id = Some(pat);
                }
            }
            clinic.store.open_conversation(new, None).await.expect("a conversation");
        }
        let mut socket = dr_b.connects(Codec::Json).await;
        socket.follows(Topic::Mailbox(dr_b.person_id.unwrap())).await.expect("his");
        let has_first =
            |it: &[ConversationCard]| it.iter().any(|it| it.conversation.conversation_id == first);
        let known = cards(&socket, &dr_b);
        assert!(known.len() == 200 && has_first(&known));
        let otto = clinic.patient("Otto Fictional").await;
        let begins = clinic.clock.now().plus(std::time::Duration::from_secs(7_200));
        let visit = PlaceAppointment {
            patient_id: otto.person_id.unwrap(),
            clinician_id: dr_b.person_id.unwrap(),
            starts_at: begins,
            ends_at: begins.plus(crate::support::SLOT),
            time_zone: "Europe/Berlin".to_owned(),
            patient_may_invite: false,
        };
        clinic.admin.calls(visit).await.expect("a visit");
        clinic.clock.advance(std::time::Duration::from_secs(60));
        let new = otto
            .opens(with(dr_b.person_id.unwrap()))
            .await
            .expect("a new one")
            .conversation
            .conversation_id;
        let has =
            |it: &[ConversationCard], id| it.iter().any(|it| it.conversation.conversation_id == id);
        socket.until("the new one", |it| has(&cards(it, &dr_b), new)).await;
        assert!(has_first(&cards(&socket, &dr_b)), "nobody took it away");
        let mut later = dr_b.connects(Codec::Json).await;
        later.follows(Topic::Mailbox(dr_b.person_id.unwrap())).await.expect("his");
        let known = cards(&later, &dr_b);
        assert!(known.len() == 200 && has(&known, new) && !has_first(&known), "{}", known.len());
    });
}
