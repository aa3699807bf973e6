//! One continuous stream, whatever comes in: the numbers of SRTP depend on it.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

const SECOND: i64 = 1_000_000;

fn packet(ssrc: u32, number: u64, timestamp: u32, captured: i64, payload: &[u8]) -> Packet<'_> {
    Packet {
        origin: Origin { transport: 1, ssrc, source: Source::Camera, layer: 0 },
        number,
        timestamp,
        marker: false,
        captured,
        payload,
        descriptor: vp8::parse(payload),
        level: None,
    }
}

/// A key frame's first packet with this 15-bit picture id.
fn picture(id: u16) -> Vec<u8> {
    let [high, low] = id.to_be_bytes();
    vec![0x90, 0x80, 0x80 | high, low, 0, 1, 2, 3]
}

fn place(rewriter: &mut Rewriter, ssrc: u32, number: u64) -> Option<u64> {
    rewriter.place(&packet(ssrc, number, 0, 0, &picture(0))).map(|placed| placed.number)
}

#[test]
fn a_stream_begins_in_the_low_half() {
    for seed in [0, 0x3FFF, u64::MAX, 0xFFFF_FFFF_0000_8000] {
        let mut rewriter = Rewriter::new(90_000, seed);
        rewriter.switch(&packet(1, 70_000, 0, 0, &picture(0)));
        assert!(place(&mut rewriter, 1, 70_000).unwrap() <= 0x4000);
    }
}

#[test]
fn a_switch_goes_on_by_one_and_by_the_difference_of_capture() {
    let mut rewriter = Rewriter::new(90_000, 5);
    let payload = picture(9);
    let one = packet(1, 70_000, 1_000_000, SECOND, &payload);
    rewriter.switch(&one);
    let first = rewriter.place(&one).unwrap();
    // The other source has other numbers, another time and other picture ids; its picture was taken
    // 40 ms later.
    let payload = picture(20_000);
    let two = packet(2, 123_456, 77, SECOND + 40_000, &payload);
    rewriter.switch(&two);
    let second = rewriter.place(&two).unwrap();
    assert_eq!(second.number, first.number + 1);
    assert_eq!(second.timestamp.wrapping_sub(first.timestamp), 3_600);
    let mut sent = payload.clone();
    shift_pictures(second.pictures, &mut sent);
    let id = vp8::picture_id(&vp8::parse(&sent).unwrap(), &sent);
    let mut before = picture(9);
    shift_pictures(first.pictures, &mut before);
    let id_before = vp8::picture_id(&vp8::parse(&before).unwrap(), &before);
    assert_eq!(id, id_before.map(|id| id + 1));
}

#[test]
fn time_goes_on_by_ten_milliseconds_at_least() {
    let mut rewriter = Rewriter::new(48_000, 5);
    let payload = [1, 2];
    let one = packet(1, 70_000, 1_000, SECOND, &payload);
    rewriter.switch(&one);
    let first = rewriter.place(&one).unwrap();
    let two = packet(2, 80_000, 5, SECOND - 300_000, &payload);
    rewriter.switch(&two);
    assert_eq!(rewriter.place(&two).unwrap().timestamp.wrapping_sub(first.timestamp), 480);
}

#[test]
fn sound_is_marked_after_a_switch_once() {
    let mut rewriter = Rewriter::new(48_000, 5);
    let mut one = packet(1, 70_000, 1_000, SECOND, &[1]);
    one.origin.source = Source::Microphone;
    rewriter.switch(&one);
    assert!(rewriter.place(&one).unwrap().marker);
    one.number += 1;
    assert!(!rewriter.place(&one).unwrap().marker);
}

#[test]
fn packets_from_before_the_switch_are_dropped() {
    let mut rewriter = Rewriter::new(90_000, 5);
    rewriter.switch(&packet(1, 70_000, 0, 0, &picture(0)));
    assert!(place(&mut rewriter, 1, 69_999).is_none());
    assert!(place(&mut rewriter, 1, 70_000).is_some());
    assert!(place(&mut rewriter, 1, 69_998).is_none());
}

/// A comparison of 16 bits would take a packet for one from before the switch after 32 768 others.
#[test]
fn a_stream_lives_on_long_after_a_switch() {
    let mut rewriter = Rewriter::new(90_000, 5);
    rewriter.switch(&packet(1, 70_000, 0, 0, &picture(0)));
    let first = place(&mut rewriter, 1, 70_000).unwrap();
    for number in 1..200_000 {
        assert_eq!(place(&mut rewriter, 1, 70_000 + number), Some(first + number));
    }
}

#[test]
fn a_double_and_a_very_late_packet_are_dropped() {
    let mut rewriter = Rewriter::new(90_000, 5);
    rewriter.switch(&packet(1, 70_000, 0, 0, &picture(0)));
    assert!(place(&mut rewriter, 1, 70_000).is_some());
    assert!(place(&mut rewriter, 1, 70_000).is_none(), "double");
    assert!(place(&mut rewriter, 1, 75_000).is_some());
    assert!(place(&mut rewriter, 1, 74_500).is_some(), "late, and not sent yet");
    assert!(place(&mut rewriter, 1, 70_001).is_none(), "too late to know");
}

#[test]
fn the_gap_of_a_padding_only_packet_is_closed_and_late_packets_keep_their_place() {
    let mut rewriter = Rewriter::new(90_000, 5);
    rewriter.switch(&packet(1, 70_000, 0, 0, &picture(0)));
    let first = place(&mut rewriter, 1, 70_000).unwrap();
    // 70 001 is late; 70 002 and 70 003 are padding.
    for number in [70_002, 70_003] {
        assert!(rewriter.place(&packet(1, number, 0, 0, &[])).is_none());
    }
    assert_eq!(place(&mut rewriter, 1, 70_004), Some(first + 2));
    assert_eq!(place(&mut rewriter, 1, 70_001), Some(first + 1));
    // Padding that comes late has had its place given away: it is sent empty.
    assert_eq!(place(&mut rewriter, 1, 70_006), Some(first + 4));
    let late = packet(1, 70_005, 0, 0, &[]);
    assert_eq!(rewriter.place(&late).map(|placed| placed.number), Some(first + 3));
}

#[derive(Debug, Clone)]
enum Step {
    /// The present source goes on by this many numbers; some of them are lost.
    Next { skip: u64, padding: bool },
    /// A packet from this far behind comes (again).
    Late { behind: u64, padding: bool },
    /// Another source takes over.
    Switch { number: u64, timestamp: u32, later: i64 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0u64..4, any::<bool>())
            .prop_map(|(skip, pad)| Step::Next { skip, padding: pad && skip == 0 }),
        3 => (0u64..1500, prop::bool::weighted(0.1)).prop_map(|(behind, padding)| Step::Late { behind, padding }),
        1 => (0x1_0000u64..0x8_0000, any::<u32>(), -SECOND..SECOND)
            .prop_map(|(number, timestamp, later)| Step::Switch { number, timestamp, later }),
    ];
    prop::collection::vec(step, 1..400)
}

proptest! {
    /// Whatever is switched, lost, doubled or late: no number is given out twice, sources follow
    /// each other without going back, and within a source the order of numbers is the order of the
    /// source.
    #[test]
    fn no_number_is_given_out_twice_and_nothing_goes_back(seed in any::<u64>(), steps in steps()) {
        let mut rewriter = Rewriter::new(90_000, seed);
        let (mut source, mut at, mut captured) = (0, 0x2_0000u64, SECOND);
        let mut given: BTreeMap<u64, (u32, u64)> = BTreeMap::new();
        let (mut highest, mut floor) = (seed & 0x3FFF, 0);
        rewriter.switch(&packet(source, at, 0, captured, &picture(0)));
        for step in steps {
            let (number, padding) = match step {
                Step::Next { skip, padding } => { at += 1 + skip; (at, padding) }
                Step::Late { behind, padding } => (at.saturating_sub(behind), padding),
                Step::Switch { number, timestamp, later } => {
                    source += 1;
                    at = number;
                    captured += later;
                    let payload = picture(3);
                    rewriter.switch(&packet(source, at, timestamp, captured, &payload));
                    floor = highest;
                    (at, false)
                }
            };
            let payload = if padding { vec![] } else { picture(7) };
            if let Some(placed) = rewriter.place(&packet(source, number, 0, captured, &payload)) {
                prop_assert!(given.insert(placed.number, (source, number)).is_none(), "{} twice", placed.number);
                prop_assert!(placed.number > floor, "{} is from before the switch", placed.number);
                highest = highest.max(placed.number);
                let (mut before, after) = (given.range(..placed.number), given.range(placed.number + 1..));
                let neighbours = [before.next_back(), { after }.next()];
                for (other, (its_source, its_number)) in neighbours.into_iter().flatten() {
                    if *its_source == source {
                        prop_assert_eq!(other.cmp(&placed.number), its_number.cmp(&number));
                    }
                }
            }
        }
    }
}
