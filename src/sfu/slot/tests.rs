//! The packets and reports of one slot.

use super::*;
use crate::sfu::rtcp;
use crate::sfu::rtp::Rtp;
use crate::sfu::vp8;

const IDS: ExtensionIds =
    ExtensionIds { mid: 4, rid: 10, repaired_rid: 11, transport_cc: 3, audio_level: 1 };
const SECOND: i64 = 1_000_000;

fn slot() -> Slot {
    let format = |mid, payload_type, rtx| Format {
        mid: Mid::new(mid),
        payload_type,
        rtx,
        red: None,
        is_measured: true,
    };
    let streams = SlotStreams { audio: 100, video: 200, repair: 300 };
    Slot::new(streams, format("3", 111, None), format("4", 96, Some(97)), [1, 2])
}

fn packet(number: u64, captured: i64, payload: &[u8]) -> Packet<'_> {
    Packet {
        origin: Origin { transport: 9, ssrc: 5, source: Source::Camera, layer: 1 },
        number,
        timestamp: 1_000,
        marker: true,
        captured,
        payload,
        descriptor: vp8::parse(payload),
        level: None,
    }
}

const PICTURE: [u8; 8] = [0x90, 0x80, 0x80, 7, 0, 1, 2, 3];

fn send(stream: &mut Outgoing, packet: &Packet<'_>) -> (Vec<u8>, Option<Written>) {
    let mut out = vec![];
    let written = stream.forward(packet, &mut Sheet { out: &mut out, ids: IDS });
    (out, written)
}

#[test]
fn a_packet_leaves_with_the_slots_ssrc_mid_and_payload_type() {
    let mut slot = slot();
    let packet = packet(70_000, 0, &PICTURE);
    slot.video.switch(&packet, 0);
    let (bytes, written) = send(&mut slot.video, &packet);
    let written = written.unwrap();
    let rtp = Rtp::parse(&bytes).unwrap();
    assert_eq!((rtp.ssrc, rtp.payload_type, rtp.marker), (200, 96, true));
    assert_eq!(rtp.extension(4), Some(&b"4"[..]));
    assert_eq!(u64::from(rtp.sequence), written.index & 0xFFFF);
    assert_eq!(bytes.len() - written.header, rtp.payload.len());
    // The number gets its place when the packet leaves.
    let mut numbered = bytes.clone();
    numbered[TRANSPORT_SEQUENCE].copy_from_slice(&[0xAA, 0xBB]);
    assert_eq!(Rtp::parse(&numbered).unwrap().extension(3), Some(&[0xAA, 0xBB][..]));
}

/// Firefox ignores a retransmission without the MID.
#[test]
fn a_retransmission_is_the_same_packet_behind_its_number_with_a_mid() {
    let mut slot = slot();
    let first = packet(70_000, 0, &PICTURE);
    slot.video.switch(&first, 0);
    let (bytes, _) = send(&mut slot.video, &first);
    let original = Rtp::parse(&bytes).unwrap();
    let sent = slot.video.missed(original.sequence, SECOND, None).unwrap();
    assert_eq!((sent.source_number, sent.origin), (70_000, first.origin));
    let mut out = vec![];
    let written =
        slot.video.repeat(&sent, &PICTURE, &mut Sheet { out: &mut out, ids: IDS }).unwrap();
    let repeated = Rtp::parse(&out).unwrap();
    assert_eq!((written.ssrc, repeated.ssrc, repeated.payload_type), (300, 300, 97));
    assert_eq!(repeated.extension(4), Some(&b"4"[..]));
    assert_eq!((repeated.timestamp, repeated.marker), (original.timestamp, original.marker));
    let (number, payload) = repeated.payload.split_at(2);
    assert_eq!((number, payload), (&original.sequence.to_be_bytes()[..], original.payload));
}

#[test]
fn sending_again_is_bounded_and_numbered_anew_each_time() {
    let mut slot = slot();
    let first = packet(70_000, 0, &PICTURE);
    slot.video.switch(&first, 0);
    let (_, written) = send(&mut slot.video, &first);
    let sequence = low(written.unwrap().index);
    let mut indexes = std::collections::HashSet::new();
    for round in 0..100 {
        if let Some(sent) = slot.video.missed(sequence, round * 10_000, Some(20_000)) {
            let mut out = vec![];
            let written =
                slot.video.repeat(&sent, &PICTURE, &mut Sheet { out: &mut out, ids: IDS });
            assert!(indexes.insert(written.unwrap().index));
        }
    }
    assert_eq!(indexes.len(), usize::from(MAX_REPEATS));
    assert!(slot.video.missed(sequence.wrapping_add(1), 0, None).is_none(), "never sent");
}

#[test]
fn padding_is_padding_and_only_on_the_stream_of_retransmissions() {
    let mut slot = slot();
    let mut out = vec![];
    assert!(
        slot.video.pad(100, &mut Sheet { out: &mut out, ids: IDS }).is_none(),
        "nothing was sent yet"
    );
    let first = packet(70_000, 0, &PICTURE);
    slot.video.switch(&first, 0);
    send(&mut slot.video, &first);
    let written = slot.video.pad(900, &mut Sheet { out: &mut out, ids: IDS }).unwrap();
    let rtp = Rtp::parse(&out).unwrap();
    assert!(rtp.payload.is_empty());
    assert_eq!((written.ssrc, rtp.ssrc, out.len() - written.header), (300, 300, 255));
    assert!(slot.audio.pad(100, &mut Sheet { out: &mut out, ids: IDS }).is_none());
}

#[test]
fn reports_come_in_a_burst_after_a_switch_and_their_time_goes_on_across_it() {
    let mut slot = slot();
    let first = packet(70_000, SECOND, &PICTURE);
    slot.video.switch(&first, SECOND);
    send(&mut slot.video, &first);
    let anchor = Anchor { at: SECOND, timestamp: 1_000 };
    let mut reports: Vec<(i64, u32)> = vec![];
    for now in (SECOND..5 * SECOND).step_by(10_000) {
        if let Some(report) = slot.video.report(anchor, 0, now, "slot0") {
            reports.push((now, report.timestamp));
        }
    }
    let gaps: Vec<i64> = reports.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    assert_eq!(gaps[..4], [BURST_INTERVAL; 4]);
    assert!(gaps[4..].iter().all(|gap| *gap == REPORT_INTERVAL), "{gaps:?}");
    // Another source, whose clock is elsewhere; its picture was taken 4 s after the first.
    let mut second = packet(500_000, 5 * SECOND, &PICTURE);
    second.timestamp = 3_000_000_000;
    slot.video.switch(&second, 5 * SECOND);
    let anchor = Anchor { at: 5 * SECOND, timestamp: 3_000_000_000 };
    let report = slot.video.report(anchor, 0, 5 * SECOND, "slot0").unwrap();
    assert_eq!(report.timestamp.wrapping_sub(reports[0].1), 4 * 90_000);
    let mut out = vec![];
    rtcp::write_sender_report(&mut out, &report);
    assert!(!out.is_empty());
}

#[test]
fn a_screen_goes_into_its_own_slot_and_brings_no_sound() {
    let mut slot = slot();
    let origin = |source| Origin { transport: 9, ssrc: 1, source, layer: 0 };
    slot.give(Some(Occupant { transport: 9, source: Source::Screen }), 0);
    assert!(slot.stream_for(origin(Source::Screen)).is_some());
    assert!(slot.stream_for(origin(Source::Camera)).is_none());
    assert!(slot.stream_for(origin(Source::Microphone)).is_none());
    slot.give(Some(Occupant { transport: 9, source: Source::Camera }), 0);
    assert_eq!(slot.stream_for(origin(Source::Microphone)).unwrap().ssrc, 100);
    assert_eq!(slot.stream_for(origin(Source::Camera)).unwrap().ssrc, 200);
    assert!(slot.stream_for(Origin { transport: 8, ..origin(Source::Camera) }).is_none());
}
