//! A client that stops reading for good: what is kept for it is bounded, it is ended, and nobody else notices.

use crate::support::{Chat, Clinic, DEADLINE, Kind, Party, Socket, eventually, tell_with};
use bedside::actors::sink::{MAX_WAITING_BEFORE_LATEST, MAX_WAITING_BYTES};
use bedside::config::Config;
use bedside::protocol::codec::Codec;
use bedside::protocol::frame::ServerFrame;
use bedside::protocol::topic::Topic;
use bedside::protocol::visit::Connection;
use bedside::sfu::{LinkQuality, MediaEvent};
use std::time::Instant;

/// Sockets of this story: patient, clinician, and a second tab of the patient that does not read.
const OPEN: usize = 3;
/// More than the visit of this story has.
const VIEW: usize = 2 * 1024;
/// Reports at a time.
const BATCH: u8 = 50;
/// More than leaves the hub for who does not read: 64 KiB wait in its kernel, 32 KiB in front of that, 4 KiB at the
/// client, and two batches come until the story notices. Left to itself the kernel alone would take megabytes.
const LEFT: usize = 384 * 1024;

/// Soon, but not before some hundred events have been published on a busy machine.
fn impatient(config: &mut Config) {
    config.unread_ms = 3_000;
}

/// Reports of the clinician's connection, each unlike the one before, so that everybody is told of each.
async fn reports(clinic: &Clinic, dr_b: &Party) {
    for number in 0..BATCH {
        let uplink_loss_percent = if number.is_multiple_of(2) { 0.0 } else { 40.0 };
        let quality = LinkQuality { uplink_loss_percent, ..LinkQuality::default() };
        clinic.media.says(MediaEvent::Quality { seat: dr_b.seat(), quality }).await;
    }
}

/// Bytes of the last event that a socket was told.
fn last_event(socket: &Socket) -> usize {
    let last = socket.frames.iter().rfind(|it| matches!(it, ServerFrame::Event { .. }));
    Codec::Json.encode(last.expect("an event")).expect("a frame").len()
}

/// Hears of everything until there, or of what stands for it.
async fn hears(party: &mut Party, topic: Topic, offset: u32) {
    let what = format!("{} is told everything until {offset}", party.who.name);
    let is_there = |it: &Socket| it.position(topic).is_some_and(|at| at.offset >= offset);
    party.socket.until(&what, is_there).await;
}

#[test]
fn a_client_that_stops_reading_is_ended_and_what_is_kept_for_it_is_bounded() {
    tell_with(Kind::Memory, impatient, async |clinic| {
        let (visit, mut ana, mut dr_b) = clinic.in_call().await;
        let mut stuck = Socket::open_narrowly(&ana.who, Codec::Json).await;
        stuck.follows(Topic::Visit(visit.id)).await.expect("may follow");
        let topic = Topic::Visit(visit.id);
        let begin = stuck.position(topic).expect("follows").offset;

        // From here on the second tab reads nothing, while everybody is told of everything.
        let (mut told, mut most, mut left) = (0, 0, None);
        let began = Instant::now();
        while clinic.sockets() == OPEN {
            assert!(began.elapsed() < DEADLINE, "who does not read is still here after {told}");
            reports(clinic, &dr_b).await;
            told += usize::from(BATCH);
            let until = begin + u32::try_from(told).unwrap();
            hears(&mut ana, topic, until).await;
            hears(&mut dr_b, topic, until).await;
            let waits = clinic.most_waiting();
            if waits > 0 && waits == most {
                // It grows no more, whatever is said: the rest had left the hub, or gave way.
                left.get_or_insert(told * last_event(&dr_b.socket));
            }
            most = most.max(waits);
        }

        // What stands for the others says the same.
        ana.agrees().await;
        dr_b.agrees().await;
        assert!(most > MAX_WAITING_BEFORE_LATEST, "{most} bytes waited, though nobody read {told}");
        let bound = MAX_WAITING_BEFORE_LATEST + 2 * VIEW;
        assert!(most <= bound, "{most} bytes waited: what is out of date waits as well");
        let left = left.expect("what waits stops growing");
        assert!(left < LEFT, "up to {left} bytes had left the hub for who did not read");
        eventually("what waited is thrown away", async || {
            clinic.metric("bedside_waiting_bytes").await == 0.0
        })
        .await;
        assert!(clinic.metric("bedside_closes_total{reason=\"slow\"}").await >= 1.0);

        // Nobody else was closed, sent away from the topic, or kept waiting; the patient has a tab that reads.
        assert_eq!(clinic.sockets(), OPEN - 1);
        for party in [&ana, &dr_b] {
            assert_eq!((party.socket.closed, party.socket.gaps.len()), (None, 0));
        }
        dr_b.sees("she was online all the time", |it| {
            it.participants.iter().all(|it| it.connection == Connection::Online)
        })
        .await;

        // When she reads at last, she finds the end, without a code.
        assert_eq!(stuck.is_closed().await, 1006);
        assert_eq!(stuck.bye(), None);
    });
}

/// Messages that two people may write at once, and what each of them has in it.
const WRITTEN: usize = 24;
const LETTERS: usize = 8_000;

/// Both write as much as they may, and read what the other wrote.
async fn write(ana: &mut Chat, dr_b: &mut Chat) -> usize {
    let text = "x".repeat(LETTERS);
    let known = ana.messages().len();
    for chat in [&mut *ana, &mut *dr_b] {
        for _ in 0..WRITTEN {
            let op = chat.message(&text);
            chat.socket.calls(op).await.expect("may write");
        }
    }
    for chat in [&mut *ana, &mut *dr_b] {
        chat.sees("all of it", |it| it.messages().len() >= known + 2 * WRITTEN).await;
    }
    2 * WRITTEN * text.len()
}

#[test]
fn a_reader_of_a_busy_conversation_that_stops_reading_costs_no_memory() {
    tell_with(Kind::Memory, impatient, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let mut stuck = Socket::open_narrowly(&ana.who, Codec::MessagePack).await;
        stuck.follows(ana.topic()).await.expect("may follow");

        // More than twice as much is written as may wait; whatever waits is counted all along.
        let mut most = 0;
        let counts = async {
            loop {
                most = most.max(clinic.most_waiting());
                tokio::task::yield_now().await;
            }
        };
        let written = tokio::select! {
            () = counts => unreachable!("it counts for ever"),
            bytes = write(&mut ana, &mut dr_b) => bytes,
        };
        assert!(written > 2 * MAX_WAITING_BYTES, "{written} bytes were written");
        assert!(most <= MAX_WAITING_BYTES, "{most} bytes waited for one reader");
        assert!(most > MAX_WAITING_BYTES / 2, "{most} bytes waited, though one did not read");

        // It is taken off the topic and ended; what waited is given back, and the others have missed nothing.
        eventually("who does not read is ended", async || clinic.sockets() == 2).await;
        eventually("what waited is thrown away", async || {
            clinic.metric("bedside_waiting_bytes").await == 0.0
        })
        .await;
        assert!(clinic.metric("bedside_slow_followers_total").await >= 1.0);
        assert!(clinic.metric("bedside_closes_total{reason=\"slow\"}").await >= 1.0);
        for chat in [&ana, &dr_b] {
            assert_eq!((chat.socket.closed, chat.socket.gaps.len()), (None, 0));
        }
        drop(stuck);
    });
}
