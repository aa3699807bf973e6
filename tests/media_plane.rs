//! The media plane as the rest of the house uses it: through its seam, with real clients over loopback UDP.

mod support;

use bedside::protocol::ids::{AppointmentId, ParticipantId};
use bedside::sfu::{Config, MediaEvent, Pool, Seat};
use std::time::Duration;
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
