//! A client that stops reading for good: what is kept for it is bounded, it is ended, and nobody else notices.

use crate::support::{Clinic, DEADLINE, Kind, Party, Socket, eventually, tell_with};
use bedside::actors::sink::MAX_WAITING_BYTES;
use bedside::protocol::codec::Codec;
use bedside::protocol::topic::Topic;
use bedside::protocol::visit::Connection;
use bedside::sfu::{LinkQuality, MediaEvent};
use std::time::Instant;

/// Sockets of these stories: patient, clinician, and a second tab of the patient that does not read.
const OPEN: usize = 3;

/// Reports of the clinician's connection, each unlike the one before, so that everybody is told of each.
async fn reports(clinic: &Clinic, dr_b: &Party, count: u8) {
    for number in 0..count {
        let uplink_loss_percent = if number.is_multiple_of(2) { 0.0 } else { 40.0 };
        let quality = LinkQuality { uplink_loss_percent, ..LinkQuality::default() };
        clinic.media.says(MediaEvent::Quality { seat: dr_b.seat(), quality }).await;
    }
}

/// Both have heard everything until now, in order and without a gap.
async fn know_it_all(parties: &mut [&mut Party]) {
    for party in parties {
        party.agrees().await;
    }
}

#[test]
fn a_client_that_stops_reading_is_ended_and_what_is_kept_for_it_is_bounded() {
    tell_with(
        Kind::Memory,
        |it| it.unread_ms = 3_000,
        async |clinic| {
            let (visit, mut ana, mut dr_b) = clinic.in_call().await;
            let mut stuck = Socket::open_narrowly(&ana.who, Codec::Json).await;
            stuck.follows(Topic::Visit(visit.id)).await.expect("may follow");
            let heard = stuck.frames.len();
            let frames = (ana.socket.frames.len(), dr_b.socket.frames.len());

            // From here on the second tab reads nothing, while everybody is told of everything.
            let (mut told, mut most) = (0_usize, 0);
            let began = Instant::now();
            while clinic.sockets() == OPEN {
                assert!(began.elapsed() < DEADLINE, "who does not read is still here after {told}");
                reports(clinic, &dr_b, 50).await;
                told += 50;
                know_it_all(&mut [&mut ana, &mut dr_b]).await;
                most = most.max(clinic.most_waiting());
            }

            let told_off = clinic.metric("bedside_slow_followers_total").await;
            assert!(
                told_off > 0.0,
                "the publisher was first: {told} reports, {most} bytes at most"
            );
            assert!(most > MAX_WAITING_BYTES / 2, "{most} bytes waited, though nobody read {told}");
            assert!(most <= MAX_WAITING_BYTES, "{most} bytes waited for one client");
            eventually("what waited is thrown away", async || clinic.most_waiting() == 0).await;
            assert_eq!(clinic.metric("bedside_waiting_bytes").await, 0.0);
            assert_eq!(clinic.metric("bedside_closes_total{reason=\"slow\"}").await, 1.0);

            // Nobody else was closed, sent away from the topic, or kept waiting; the patient has a tab that reads.
            assert_eq!(clinic.sockets(), OPEN - 1);
            for (party, before) in [(&ana, frames.0), (&dr_b, frames.1)] {
                assert_eq!((party.socket.closed, party.socket.gaps.len()), (None, 0));
                assert!(party.socket.frames.len() - before >= told, "every report was heard");
            }
            dr_b.sees("she was online all the time", |it| {
                it.participants.iter().all(|it| it.connection == Connection::Online)
            })
            .await;

            // What had left the hub before is still there to be read; then comes the end, without a code.
            assert_eq!(stuck.is_closed().await, 1006);
            assert_eq!(stuck.bye(), None);
            let kept = stuck.frames.len() - heard;
            assert!(kept < told, "{kept} of {told} reached who did not read");
        },
    );
}
