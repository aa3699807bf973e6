//! The media plane as the rest of the house uses it: through its seam, with real clients over loopback UDP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::large_futures,
    reason = "a test fails by panicking; all of this file and its helpers is test"
)]

mod support;

use bedside::protocol::ids::{AppointmentId, ParticipantId};
use bedside::sfu::{
    Command, Config, GoneReason, MediaError, MediaEvent, MediaPlane as _, Pool, Seat, Source,
    Workers as _,
};
use std::net::UdpSocket;
use std::time::Duration;
use support::relay::Relay;
use support::{Client, eventually};
use tokio::sync::mpsc::Receiver;
use uuid::Uuid;

/// µs since 1970; any moment will do.
const NOW: i64 = 1_800_000_000_000_000;

fn start(config: Config) -> (Pool, Receiver<MediaEvent>) {
    Pool::start(config, NOW).unwrap()
}

fn room() -> AppointmentId {
    AppointmentId(Uuid::now_v7())
}

fn seat(room: AppointmentId) -> Seat {
    Seat { room, participant: ParticipantId(Uuid::now_v7()) }
}

/// Lets two clients talk until each has received some of the other's sound and picture.
async fn talk(one: &Client, two: &Client, round: &str) {
    for number in 0..200 {
        for (client, name) in [(one, "one"), (two, "two")] {
            client.speak(&format!("sound {name} {round}")).await;
            client.show(&format!("picture {name} {round}"), number % 5 == 0).await;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
        let heard = |client: &Client, other: &str| {
            client.count(&format!("sound {other} {round}")) > 5
                && client.count(&format!("picture {other} {round}")) > 5
        };
        if heard(one, "two") && heard(two, "one") {
            return;
        }
    }
    panic!("round {round}: one got {:?}, two got {:?}", tally(one), tally(two));
}

fn tally(client: &Client) -> Vec<(u32, usize)> {
    client.inbox.lock().unwrap().iter().map(|(ssrc, packets)| (*ssrc, packets.len())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_hear_and_see_each_other() {
    let (pool, mut events) = start(Config::default());
    let room = room();
    let (ana, ben) = (seat(room), seat(room));
    let one = Client::join(&pool, ana, 2).await;
    let two = Client::join(&pool, ben, 2).await;
    talk(&one, &two, "first").await;
    let mut connected = vec![];
    while let Ok(event) = events.try_recv() {
        if let MediaEvent::Connected { seat, .. } = event {
            connected.push(seat);
        }
    }
    assert_eq!(connected, [ana, ben]);
    eventually("figures are handed out", || pool.counters().forwarded > 0).await;
}

/// Takes events until one is what is looked for.
async fn event(
    events: &mut Receiver<MediaEvent>,
    is_it: impl Fn(&MediaEvent) -> bool,
) -> MediaEvent {
    let found = async {
        loop {
            let event = events.recv().await.expect("the media plane ended");
            if is_it(&event) {
                return event;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), found).await.expect("the event never came")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn muting_stops_the_source_at_the_server_and_unmuting_brings_it_back() {
    let (pool, _events) = start(Config::default());
    let room = room();
    let ana = seat(room);
    let one = Client::join(&pool, ana, 1).await;
    let two = Client::join(&pool, seat(room), 1).await;
    talk(&one, &two, "before").await;
    for source in [Source::Microphone, Source::Camera] {
        assert!(pool.tell(Command::Mute { seat: ana, source, muted: true }));
    }
    // Commands and packets come in by different ways: leave the command its time.
    tokio::time::sleep(Duration::from_millis(100)).await;
    for number in 0..50 {
        one.speak("muted sound").await;
        one.show("muted picture", number % 5 == 0).await;
        two.speak("other sound").await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    eventually("the other is heard on", || one.count("other sound") > 40).await;
    assert_eq!((two.count("muted sound"), two.count("muted picture")), (0, 0));
    for source in [Source::Microphone, Source::Camera] {
        assert!(pool.tell(Command::Mute { seat: ana, source, muted: false }));
    }
    talk(&one, &two, "after").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_third_person_joins_without_any_new_sdp_for_the_others() {
    let (pool, mut events) = start(Config::default());
    let room = room();
    let (ana, ben, cleo) = (seat(room), seat(room), seat(room));
    let one = Client::join(&pool, ana, 3).await;
    let two = Client::join(&pool, ben, 3).await;
    talk(&one, &two, "two").await;
    let three = Client::join(&pool, cleo, 3).await;
    let table = event(&mut events, |event| match event {
        MediaEvent::Slots { seat, slots, .. } if *seat == ana => {
            slots.iter().flat_map(|slot| slot.participant).count() == 2
        }
        _ => false,
    });
    let MediaEvent::Slots { slots, .. } = table.await else { panic!("no table") };
    let who: Vec<_> = slots.iter().map(|slot| slot.participant).collect();
    assert_eq!(who, [Some(ben.participant), Some(cleo.participant), None]);
    talk(&one, &three, "three").await;
    talk(&two, &three, "all").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_leaves_makes_room_and_a_second_join_takes_the_seat_over() {
    let (pool, mut events) = start(Config { max_room: 2, ..Config::default() });
    let room = room();
    let (ana, ben) = (seat(room), seat(room));
    let one = Client::join(&pool, ana, 1).await;
    let two = Client::join(&pool, ben, 1).await;
    assert_eq!(Client::refused(&pool, seat(room), 1).await, MediaError::Full);
    // The same person again, after a reload: the old transport ends without a word.
    let again = Client::join(&pool, ana, 1).await;
    let (old, new) = (one.joined.as_ref().unwrap(), again.joined.as_ref().unwrap());
    assert!(new.transport > old.transport);
    talk(&again, &two, "again").await;
    assert!(pool.tell(Command::Leave(ben)));
    let third = Client::join(&pool, seat(room), 1).await;
    talk(&again, &third, "third").await;
    while let Ok(event) = events.try_recv() {
        assert!(!matches!(event, MediaEvent::Gone { .. }), "{event:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_closes_is_gone_and_its_slot_is_free() {
    let (pool, mut events) = start(Config::default());
    let room = room();
    let (ana, ben) = (seat(room), seat(room));
    let _one = Client::join(&pool, ana, 1).await;
    let two = Client::join(&pool, ben, 1).await;
    two.close().await;
    let gone = event(&mut events, |event| matches!(event, MediaEvent::Gone { .. })).await;
    let transport = two.joined.as_ref().unwrap().transport;
    assert_eq!(gone, MediaEvent::Gone { seat: ben, transport, reason: GoneReason::ClosedByPeer });
    event(&mut events, |event| match event {
        MediaEvent::Slots { seat, slots, .. } => *seat == ana && slots[0].participant.is_none(),
        _ => false,
    })
    .await;
}

/// A connectivity check for this user, with an integrity that nobody could have made.
fn forged_check(user: &str) -> Vec<u8> {
    let name = format!("{user}:anybody");
    let mut message = vec![0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42];
    message.extend_from_slice(&[9; 12]);
    message.extend_from_slice(&[0, 6, 0, u8::try_from(name.len()).unwrap()]);
    message.extend_from_slice(name.as_bytes());
    message.resize(message.len().next_multiple_of(4), 0);
    message.extend_from_slice(&[0, 8, 0, 20]);
    message.extend_from_slice(&[0; 20]);
    let length = u16::try_from(message.len() - 20).unwrap();
    message[2..4].copy_from_slice(&length.to_be_bytes());
    message
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_forgery_and_replay_are_counted_and_disturb_nobody() {
    let (pool, _events) = start(Config::default());
    let server = pool.addresses()[0];
    let room = room();
    let relay = Relay::new(server).await;
    let one = Client::join_behind(&pool, seat(room), 1, &relay).await;
    let two = Client::join(&pool, seat(room), 1).await;
    talk(&one, &two, "before").await;
    let before = pool.counters();
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    let answer = one.joined.as_ref().unwrap().answer.clone();
    let user = answer.split("a=ice-ufrag:").nth(1).unwrap().lines().next().unwrap();
    for number in 0..50u8 {
        for datagram in [
            vec![number; usize::from(number)],
            vec![70, number, 3, 4],
            forged_check(user),
            forged_check("nobody"),
            vec![22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1],
            [vec![0x80, 111, 0, number], vec![0; 60]].concat(),
            [vec![0x80, 200, 0, number], vec![0; 60]].concat(),
        ] {
            stranger.send_to(&datagram, server).unwrap();
        }
        // From the client's own address, but not by the client.
        relay.inject(&[vec![0x80, 111, 0, number], vec![0; 60]].concat()).await;
        relay.inject(&[vec![0x80, 201, 0, number], vec![0; 60]].concat()).await;
        relay.inject(&[22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]).await;
        let seen = relay.seen.lock().await.last().unwrap().clone();
        relay.inject(&seen).await;
    }
    talk(&one, &two, "after").await;
    let counted = || {
        let now = pool.counters();
        now.garbage - before.garbage >= 60
            && now.unknown_user - before.unknown_user >= 50
            && now.unknown_source - before.unknown_source >= 150
            && now.forged - before.forged >= 150
            && now.replayed - before.replayed >= 50
    };
    eventually("all of it is counted", counted).await;
    assert!(pool.health()[0].is_alive);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_with_another_certificate_than_offered_never_connects() {
    let (pool, mut events) = start(Config::default());
    let ana = seat(room());
    let (mut client, offer) = Client::new(1).await;
    let (before, rest) = offer.split_once("a=fingerprint:sha-256 ").unwrap();
    let (_, after) = rest.split_once("\r\n").unwrap();
    let wrong = ["EE"; 32].join(":");
    let after = after
        .lines()
        .filter(|line| !line.starts_with("a=fingerprint"))
        .collect::<Vec<_>>()
        .join("\r\n");
    let forged = format!("{before}a=fingerprint:sha-256 {wrong}\r\n{after}\r\n");
    let joined = pool.join(ana, forged).await.unwrap();
    let transport = joined.transport;
    client.take(joined).await;
    let gone = event(&mut events, |event| {
        assert!(!matches!(event, MediaEvent::Connected { .. }));
        matches!(event, MediaEvent::Gone { .. })
    })
    .await;
    assert_eq!(
        gone,
        MediaEvent::Gone { seat: ana, transport, reason: GoneReason::HandshakeFailed }
    );
    eventually("it is counted", || pool.counters().handshakes_failed == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_follows_a_client_to_another_address() {
    let (pool, _events) = start(Config::default());
    let room = room();
    let relay = Relay::new(pool.addresses()[0]).await;
    let one = Client::join_behind(&pool, seat(room), 1, &relay).await;
    let two = Client::join(&pool, seat(room), 1).await;
    talk(&one, &two, "home").await;
    assert_eq!(pool.counters().moves, 0);
    relay.rebind().await;
    // Until the next check the new address is unknown.
    let mut moved = false;
    for _ in 0..150 {
        one.speak("walking").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        moved = pool.counters().moves == 1;
        if moved {
            break;
        }
    }
    assert!(moved, "the transport stayed where it was");
    talk(&one, &two, "street").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_worker_is_told_and_replaced_on_the_same_port() {
    let (pool, mut events) = start(Config { drills: true, ..Config::default() });
    let address = pool.addresses()[0];
    let room = room();
    let (ana, ben) = (seat(room), seat(room));
    let first = Client::join(&pool, ana, 1).await;
    assert_eq!((pool.health()[0].rooms, pool.health()[0].transports), (1, 1));
    assert!(pool.kill(0));
    let lost = event(&mut events, |event| matches!(event, MediaEvent::WorkerLost { .. })).await;
    assert_eq!(lost, MediaEvent::WorkerLost { rooms: vec![room] });
    assert!(!pool.health()[0].is_alive);
    assert_eq!(Client::refused(&pool, ben, 1).await, MediaError::Unavailable);
    assert!(!pool.tell(Command::Leave(ana)));
    assert_eq!(pool.restart(0).unwrap(), [room]);
    assert_eq!(pool.addresses()[0], address);
    let one = Client::join(&pool, ana, 1).await;
    let two = Client::join(&pool, ben, 1).await;
    assert!(one.joined.as_ref().unwrap().transport > first.joined.as_ref().unwrap().transport);
    talk(&one, &two, "again").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drills_are_refused_unless_they_are_allowed() {
    let (pool, _events) = start(Config::default());
    assert!(!pool.kill(0));
    assert!(pool.health()[0].is_alive);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ice_restart_is_for_the_transport_that_is_there() {
    let (pool, _events) = start(Config::default());
    let room = room();
    let ana = seat(room);
    let (mut one, offer) = Client::new(1).await;
    assert_eq!(pool.restart_ice(ana, offer.clone()).await, Err(MediaError::NoSuchSeat));
    let joined = pool.join(ana, offer.clone()).await.unwrap();
    one.take(joined.clone()).await;
    one.connected(Duration::from_secs(10)).await;
    let two = Client::join(&pool, seat(room), 1).await;
    assert!(
        matches!(pool.restart_ice(ana, offer.clone()).await, Err(MediaError::BadOffer(_))),
        "nothing new"
    );
    let (_other, foreign) = Client::new(1).await;
    assert!(
        matches!(pool.restart_ice(ana, foreign).await, Err(MediaError::BadOffer(_))),
        "another certificate"
    );
    let old = offer.split("a=ice-ufrag:").nth(1).unwrap().lines().next().unwrap().to_owned();
    let fresh = offer.replace(&format!("a=ice-ufrag:{old}"), "a=ice-ufrag:freshnames");
    let again = pool.restart_ice(ana, fresh).await.unwrap();
    assert_eq!((again.transport, again.slots), (joined.transport, joined.slots));
    let keep = |answer: &str| -> Vec<String> {
        answer
            .lines()
            .filter(|line| !line.starts_with("a=ice-") && !line.starts_with("o="))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(keep(&again.answer), keep(&joined.answer), "streams stay as they are");
    assert_ne!(again.answer, joined.answer);
    // Media goes on under the old names until the new ones are used.
    talk(&one, &two, "on").await;
}
