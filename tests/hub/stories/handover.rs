//! A node goes down while another one is there already: clients are on the other before they leave the first.

use crate::support::chat::Chat;
use crate::support::http::Request;
use crate::support::raw::upgrade;
use crate::support::{Kind, Socket, Someone, eventually, tell};
use bedside::actors::talk::COMPARE_EVERY;
use bedside::protocol::close::CloseReason;
use bedside::protocol::codec::Codec;
use bedside::protocol::frame::{Followed, ServerFrame};
use rstest::rstest;
use std::time::Duration;

const WITHIN: Duration = Duration::from_secs(20);

fn is_told_to_move(socket: &Socket) -> usize {
    let is_drain = |it: &&ServerFrame| {
        matches!(it, ServerFrame::Drain { within_ms: 20_000, spread_ms: 10_000 })
    };
    socket.frames.iter().filter(is_drain).count()
}

/// The second socket of somebody, at another node, from where the first one is now.
async fn moves(chat: &Chat, to: std::net::SocketAddr, codec: Codec) -> Chat {
    let who = Someone { hub: to, ..chat.who.clone() };
    let socket = Socket::returns(&who, codec, chat.socket.memory()).await;
    Chat { who, id: chat.id, socket }
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn who_moves_to_another_node_misses_nothing_and_hears_nothing_twice(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        ana.says("Before").await;
        dr_b.hears("Before").await;
        let other = clinic.twin(|_| {}).await;
        clinic.node.hand_over(WITHIN);
        for it in [&mut ana, &mut dr_b] {
            it.socket.until("is told to move", |it| is_told_to_move(it) == 1).await;
        }
        // The first node goes on until they have moved, and takes nobody in.
        ana.says("Meanwhile").await;
        dr_b.hears("Meanwhile").await;
        ana.hears("Meanwhile").await;
        let (head, _) = upgrade(clinic.hub, "sec-websocket-protocol: bedside.v1.json\r\n").await;
        assert!(head.starts_with("HTTP/1.1 503"), "{head}");
        let ready = Request::new("GET", "/readyz").send(clinic.hub).await;
        assert_eq!(ready.status, 503);

        let mut moved = moves(&dr_b, other.hub, Codec::Json).await;
        let Some(ServerFrame::Welcome { followed, .. }) = moved.socket.frames.first() else {
            panic!("no welcome");
        };
        let is_live =
            |it: &Followed| matches!(it, Followed::Current { .. } | Followed::Resumed { .. });
        assert!(followed.iter().all(is_live), "nothing is fetched anew: {followed:?}");
        assert_eq!(moved.texts(), ["Before", "Meanwhile"]);
        dr_b.socket.says_goodbye().await;
        let mut ana_moved = moves(&ana, other.hub, Codec::MessagePack).await;
        ana.socket.says_goodbye().await;
        eventually("nobody is at the first", async || clinic.sockets() == 0).await;
        // Every socket of a story fails on a number that is missing or comes twice.
        ana_moved.says("After").await;
        moved.hears("After").await;
        assert_eq!(moved.texts(), ["Before", "Meanwhile", "After"]);
        other.goes().await;
    });
}

/// One of them has moved and writes there; the other is still at the first node, whose talk knows nothing of it.
#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn who_is_left_behind_is_told_that_the_others_write_elsewhere(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        ana.says("Before").await;
        dr_b.hears("Before").await;
        let other = clinic.twin(|_| {}).await;
        let mut moved = moves(&ana, other.hub, Codec::Json).await;
        moved.says("From over there").await;
        assert_eq!(dr_b.texts(), ["Before"], "nobody has told him");
        let before = dr_b.memory();
        clinic.clock.advance(COMPARE_EVERY);
        dr_b.goes_on(before).await;
        assert_eq!(dr_b.texts(), ["Before", "From over there"]);

        // Where nothing was written elsewhere, nobody is disturbed.
        let before = dr_b.position();
        clinic.clock.advance(COMPARE_EVERY);
        dr_b.says("And from here").await;
        dr_b.agrees().await;
        assert!(dr_b.socket.gaps.is_empty() && before < dr_b.position());
        other.goes().await;
    });
}

#[test]
fn who_does_not_move_in_time_is_sent_away() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let mut socket = ana.connects(Codec::Json).await;
        clinic.node.hand_over(WITHIN);
        clinic.node.hand_over(WITHIN);
        socket.until("is told to move", |it| is_told_to_move(it) > 0).await;
        clinic.node.drain();
        assert_eq!(socket.is_closed().await, CloseReason::Draining.code());
        assert_eq!(is_told_to_move(&socket), 1, "once");
    });
}
