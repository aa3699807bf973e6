//! Every message that is written is read again; nothing that arrives can panic.

use super::*;
use proptest::prelude::*;

fn read(bytes: &[u8]) -> Vec<Message> {
    let mut messages = vec![];
    parse(bytes, |message| messages.push(message));
    messages
}

#[test]
fn a_sender_report_carries_both_clocks_and_a_name() {
    let mut out = vec![];
    let report = SenderReport {
        ssrc: 7,
        ntp: 0x1_8000_0000,
        timestamp: 90,
        packets: 3,
        octets: 4,
        name: "slot0",
    };
    write_sender_report(&mut out, &report);
    assert_eq!(out.len() % 4, 0);
    assert_eq!(read(&out), [Message::SenderReport { ssrc: 7, ntp: 0x1_8000_0000, timestamp: 90 }]);
}

#[test]
fn reports_of_many_streams_are_split_at_31() {
    let blocks: Vec<ReportBlock> = (0..40)
        .map(|ssrc| ReportBlock {
            ssrc,
            fraction_lost: 12,
            lost: 99,
            highest: 70_000,
            jitter: 5,
            last_report: 6,
            delay: 7,
        })
        .collect();
    let mut out = vec![];
    write_receiver_reports(&mut out, &blocks);
    assert_eq!(read(&out), blocks.into_iter().map(Message::Report).collect::<Vec<_>>());
}

#[test]
fn a_key_frame_is_asked_for_by_pli_and_by_fir() {
    let mut out = vec![];
    write_pli(&mut out, 42);
    out.extend_from_slice(&[0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 43, 9, 0, 0, 0]);
    assert_eq!(read(&out), [Message::KeyFrame { ssrc: 42 }, Message::KeyFrame { ssrc: 43 }]);
}

#[test]
fn a_goodbye_names_its_streams() {
    assert_eq!(
        read(&[0x82, 203, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]),
        [Message::Bye { ssrc: 1 }, Message::Bye { ssrc: 2 }]
    );
}

#[test]
fn a_huge_feedback_count_is_bounded() {
    // One run of 8191 lost packets, eight times, and a count of 65 535.
    let mut out = vec![0x8F, 205, 0, 8, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0];
    out.extend_from_slice(&[0x1F, 0xFF].repeat(8));
    let [Message::Arrivals { arrivals }] = &read(&out)[..] else { panic!("no feedback read") };
    assert_eq!(arrivals.len(), MAX_COVERED);
}

proptest! {
    #[test]
    fn a_nack_names_exactly_what_is_missing(first in any::<u16>(), gaps in prop::collection::vec(1u16..40, 1..60)) {
        let mut sequences = vec![first];
        for gap in gaps {
            sequences.push(sequences.last().unwrap().wrapping_add(gap));
        }
        let mut out = vec![];
        write_nack(&mut out, 9, &sequences);
        prop_assert_eq!(read(&out), vec![Message::Nack { ssrc: 9, sequences }]);
    }

    #[test]
    fn arrivals_survive_the_wire(
        base in any::<u16>(),
        start in 0i64..1 << 38,
        packets in prop::collection::vec((0u16..20, 0i64..300_000), 1..200),
    ) {
        let (mut sequence, mut time, mut sent) = (base, start, vec![]);
        for (gap, later) in packets {
            sequence = sequence.wrapping_add(gap);
            time += later;
            sent.push((sequence, time));
            sequence = sequence.wrapping_add(1);
        }
        let mut out = vec![];
        write_arrivals(&mut out, 5, 3, base, &sent);
        prop_assert_eq!(out.len() % 4, 0);
        let got = read(&out);
        let [Message::Arrivals { arrivals }] = &got[..] else { return Err(TestCaseError::fail("unread")) };
        let got: Vec<_> = arrivals.iter().filter_map(|(sequence, at)| at.map(|at| (*sequence, at))).collect();
        prop_assert_eq!(got.len(), sent.len());
        // 24 bits of 64 ms wrap after 12 days; only differences count.
        let wrap = got[0].1.div_euclid(64_000) - sent[0].1.div_euclid(64_000);
        for ((got_sequence, got_at), (sequence, at)) in got.iter().zip(&sent) {
            prop_assert_eq!(got_sequence, sequence);
            prop_assert!((got_at - wrap * 64_000 - at).abs() <= 250);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read(&bytes);
    }

    #[test]
    fn arbitrary_feedback_never_panics(count in 0u8..32, kind in 200u8..208, body in prop::collection::vec(any::<u32>(), 0..40)) {
        let mut bytes = vec![0x80 | count, kind];
        bytes.extend_from_slice(&(body.len() as u16).to_be_bytes());
        for word in body {
            bytes.extend_from_slice(&word.to_be_bytes());
        }
        read(&bytes);
    }
}
