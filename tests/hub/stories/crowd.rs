//! Too many come at once: they are told when to come again, and those in a call come first.

use crate::support::raw::{RawSocket, upgrade};
use crate::support::{Kind, Socket, Someone, tell_with};
use bedside::config::Config;
use bedside::protocol::close::CloseReason;
use bedside::protocol::codec::Codec;
use bedside::protocol::frame::ServerFrame;
use bedside::protocol::topic::Topic;
use rstest::rstest;
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;

/// Eight at once, of which four are for those who come to no visit, and four a second. The clock of stories stands still.
fn narrow(config: &mut Config) {
    config.hellos_per_second = Some(4);
}
const OTHERS: usize = 4;

async fn comes(who: &Someone) -> Result<Socket, u16> {
    Socket::open(who, Codec::Json, None, vec![]).await
}

/// Comes, and is sent away: how long to wait before trying again, and over how long to spread that.
async fn is_sent_away(who: &Someone, codec: Codec) -> (u32, u32) {
    let mut socket = RawSocket::open(who.hub, codec).await;
    socket.says_json(&json!([{ "type": "hello", "token": who.token }])).await;
    let bye = socket.until(|it| matches!(it, ServerFrame::Bye { .. })).await;
    let ServerFrame::Bye { code, reason, spread_ms, after_ms } = bye else { unreachable!() };
    assert_eq!((code, reason), (CloseReason::Busy.code(), CloseReason::Busy));
    assert_eq!(socket.is_closed().await, CloseReason::Busy.code());
    (after_ms.expect("a turn"), spread_ms)
}

#[test]
fn who_comes_in_a_crowd_is_told_when_to_come_and_who_is_in_a_call_comes_first() {
    tell_with(Kind::Memory, narrow, async |clinic| {
        let (_visit, ana, dr_b) = clinic.in_call().await;
        let carla = clinic.patient("Carla Invented").await;
        clinic.clock.advance(Duration::from_secs(10));

        let mut crowd = vec![];
        for _ in 0..OTHERS {
            crowd.push(comes(&carla).await.expect("there is room"));
        }
        let sockets = clinic.sockets();
        let (first, spread) = is_sent_away(&carla, Codec::Json).await;
        let (second, _) = is_sent_away(&carla, Codec::MessagePack).await;
        assert!(first >= 250 && second >= first + 250 && spread > 0, "{first} {second} {spread}");
        assert_eq!(clinic.sockets(), sockets, "nobody hears of who was sent away");
        let later = r#"bedside_hellos_total{class="other",verdict="later"}"#;
        assert!(clinic.metric(later).await >= 2.0);

        // The call goes on: both lose their socket, and are let in at once.
        for party in [ana, dr_b] {
            let who = party.who.clone();
            party.socket.cut();
            crowd.push(comes(&who).await.expect("they are in a call"));
        }
        assert!(
            clinic.metric(r#"bedside_hellos_total{class="call",verdict="welcome"}"#).await >= 2.0
        );

        // And everybody else at their turn.
        clinic.clock.advance(Duration::from_millis(second.into()) + Duration::from_secs(1));
        crowd.push(comes(&carla).await.expect("it is her turn"));
    });
}

#[test]
fn who_waits_to_be_let_in_comes_before_who_looks_at_a_list() {
    tell_with(Kind::Memory, narrow, async |clinic| {
        let (ana, dr_b) =
            (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo Fictional").await);
        let visit = clinic.books(&ana, &dr_b).await;
        let mut ana = ana.comes_to(visit.id, Codec::Json).await;
        ana.enters().await;
        let carla = clinic.patient("Carla Invented").await;
        clinic.clock.advance(Duration::from_secs(10));
        let mut crowd = vec![];
        for _ in 0..OTHERS {
            crowd.push(comes(&carla).await.expect("there is room"));
        }
        is_sent_away(&carla, Codec::Json).await;
        let who = ana.who.clone();
        ana.socket.cut();
        let mut again = comes(&who).await.expect("she waits for a visit");
        again.follows(Topic::Visit(visit.id)).await.expect("may follow");
        assert!(
            clinic.metric(r#"bedside_hellos_total{class="waiting",verdict="welcome"}"#).await
                >= 1.0
        );
        crowd.push(again);
    });
}

async fn opens(hub: SocketAddr) -> (String, tokio::net::TcpStream) {
    upgrade(hub, "sec-websocket-protocol: bedside.v1.json\r\n").await
}

#[rstest]
#[case::memory(Kind::Memory)]
fn more_than_anybody_needs_is_refused_before_anybody_says_who_they_are(#[case] kind: Kind) {
    tell_with(kind, narrow, async |clinic| {
        // Four upgrades a hello.
        let mut open = vec![];
        for number in 0..=8 * 4 {
            let (head, stream) = opens(clinic.hub).await;
            if !head.starts_with("HTTP/1.1 101") {
                assert_eq!(number, 8 * 4, "{head}");
                assert!(head.starts_with("HTTP/1.1 503"), "{head}");
                assert!(head.to_ascii_lowercase().contains("\r\nretry-after: 1\r\n"), "{head}");
            }
            open.push(stream);
        }
        assert!(clinic.metric("bedside_upgrades_refused_total").await >= 1.0);
        clinic.clock.advance(Duration::from_secs(1));
        assert!(opens(clinic.hub).await.0.starts_with("HTTP/1.1 101"));
    });
}
