//! Losses, requests and reports of one incoming stream.

use super::*;
use proptest::prelude::*;

const MS: i64 = 1_000;

fn camera() -> Incoming {
    Incoming::new(7, Source::Camera, 2)
}

/// Feeds packets of 33 ms each at their time.
fn feed(stream: &mut Incoming, sequences: &[u16]) {
    for (index, sequence) in (0i64..).zip(sequences) {
        stream.take(*sequence, u32::from(*sequence).wrapping_mul(3000), 1000, index * 33 * MS);
    }
}

fn due(stream: &mut Incoming, now: i64, round_trip: Option<i64>) -> Vec<u16> {
    let mut out = vec![];
    stream.due(now, round_trip, &mut out);
    out
}

#[test]
fn a_lost_packet_is_asked_for_soon_and_again_by_the_round_trip() {
    let mut stream = camera();
    feed(&mut stream, &[10, 11, 14]);
    let lost_at = 66 * MS;
    assert!(due(&mut stream, lost_at + MS, None).is_empty(), "it may be late only");
    assert_eq!(due(&mut stream, lost_at + 6 * MS, None), [12, 13]);
    assert!(due(&mut stream, lost_at + 16 * MS, None).is_empty());
    assert_eq!(due(&mut stream, lost_at + 26 * MS, None), [12, 13], "about 20 ms after the first");
    assert!(due(&mut stream, lost_at + 80 * MS, Some(100 * MS)).is_empty());
    assert_eq!(due(&mut stream, lost_at + 152 * MS, Some(100 * MS)), [12, 13]);
}

#[test]
fn asking_is_bounded_in_number_and_time_and_ends_in_a_key_frame() {
    let mut stream = camera();
    feed(&mut stream, &[10, 12]);
    let asked = (0..200)
        .filter(|tick| !due(&mut stream, 40 * MS + tick * 10 * MS, None).is_empty())
        .count();
    assert!((5..=10).contains(&asked), "asked {asked} times");
    assert!(stream.lost_for_good());
    assert!(!stream.lost_for_good(), "told once");
}

#[test]
fn a_wide_gap_is_not_asked_for() {
    let mut stream = camera();
    feed(&mut stream, &[10, 10 + 500]);
    assert!(due(&mut stream, 100 * MS, None).is_empty());
    assert!(stream.lost_for_good());
}

#[test]
fn only_missing_packets_are_restored() {
    let mut stream = camera();
    feed(&mut stream, &[65_533, 65_534, 1, 2]);
    assert!(stream.misses(65_535) && stream.misses(0));
    assert!(!stream.misses(1) && !stream.misses(65_000) && !stream.misses(3));
    assert!(stream.take(0, 0, 1000, 200 * MS).is_some());
    assert!(!stream.misses(0), "restored once");
    assert!(stream.take(0, 0, 1000, 201 * MS).is_none(), "the original after its retransmission");
}

#[test]
fn sound_is_not_asked_for() {
    let mut stream = Incoming::new(1, Source::Microphone, 0);
    feed(&mut stream, &[1, 5]);
    assert!(due(&mut stream, 200 * MS, None).is_empty());
}

#[test]
fn a_report_tells_loss_jitter_and_the_last_sender_report() {
    let mut stream = camera();
    assert_eq!(stream.report(0), None, "nothing came yet");
    feed(&mut stream, &[100, 101, 102, 104]);
    stream.sender_report(0x1234_5678_9ABC_DEF0, 0, 0, 100 * MS);
    let report = stream.report(1_100 * MS).unwrap();
    assert_eq!((report.ssrc, report.fraction_lost, report.lost, report.highest), (7, 51, 1, 104));
    assert_eq!((report.last_report, report.delay), (0x5678_9ABC, 65_536));
    assert!(report.jitter < 400, "{}", report.jitter);
    assert_eq!(stream.report(1_200 * MS).unwrap().fraction_lost, 0, "only what is new");
}

#[test]
fn cycles_are_counted_in_the_highest_number() {
    let mut stream = camera();
    feed(&mut stream, &[65_534, 65_535, 0, 1]);
    assert_eq!(stream.report(0).unwrap().highest, 65_537);
}

#[test]
fn a_padded_stream_without_pictures_is_not_live() {
    let mut stream = camera();
    stream.take(1, 0, 0, 0);
    assert!(!stream.is_live(MS));
    stream.take(2, 0, 100, 2 * MS);
    assert!(stream.is_live(3 * MS) && !stream.is_live(700 * MS));
}

proptest! {
    #[test]
    fn every_number_is_given_out_at_most_once_and_memory_is_bounded(
        steps in prop::collection::vec((any::<u16>(), 0i64..50_000), 1..500),
    ) {
        let (mut stream, mut now, mut seen) = (camera(), 0, std::collections::HashSet::new());
        for (sequence, later) in steps {
            now += later;
            if let Some(number) = stream.take(sequence, u32::from(sequence), 10, now) {
                prop_assert!(seen.insert(number));
                prop_assert_eq!((number & 0xFFFF) as u16, sequence);
            }
            prop_assert!(stream.missing.len() <= MAX_MISSING);
            prop_assert!(due(&mut stream, now, None).len() <= MAX_MISSING);
            stream.report(now);
        }
    }
}
