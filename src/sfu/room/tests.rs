//! A room with real keys and no network: what one client sends is what the others get.

use super::*;
use crate::sfu::rig::{Rig, Send, VP8};
use crate::sfu::rtcp::{self, Message};
use crate::sfu::rtp::{Head, Rtp};
use crate::sfu::{PauseReason, SlotState};

const SECOND: i64 = 1_000_000;
/// Payload types of sound and of retransmissions.
const OPUS: u8 = 111;
const RTX: u8 = 97;
/// SSRC of a layer of the camera.
const LAYERS: [u32; 3] = [1000, 1001, 1002];
const RIDS: [&[u8]; 3] = [b"l", b"m", b"h"];

/// A room with this many clients of three slots each.
fn room(clients: usize) -> Rig {
    let mut rig = Rig::new().unwrap();
    for _ in 0..clients {
        rig.join(3).unwrap();
    }
    rig.events.clear();
    rig
}

fn head(ssrc: u32, payload_type: u8, index: u64) -> Head {
    let number = u32::try_from(index).unwrap();
    Head {
        marker: true,
        payload_type,
        sequence: (index & 0xFFFF) as u16,
        timestamp: number.wrapping_mul(3000),
        ssrc,
    }
}

fn bare<'a>(ssrc: u32, payload_type: u8, index: u64, payload: &'a [u8]) -> Send<'a> {
    let head = head(ssrc, payload_type, index);
    Send { head, index, mid: b"", rid: b"", repaired_rid: b"", level: None, payload }
}

/// A picture in one packet; its last byte is the number.
fn picture(index: u64, is_key: bool) -> Vec<u8> {
    let [.., high, low] = index.to_be_bytes();
    vec![0x90, 0x80, 0x80 | high & 0x7F, low, u8::from(!is_key), 7, 7, low]
}

/// A client shows one picture on one layer.
fn show(rig: &mut Rig, client: usize, layer: usize, index: u64, is_key: bool) {
    let payload = picture(index, is_key);
    let send = Send { mid: b"1", rid: RIDS[layer], ..bare(LAYERS[layer], VP8, index, &payload) };
    let datagram = rig.clients[client].sealed(&send).unwrap();
    rig.media(client, datagram);
}

fn speak(rig: &mut Rig, client: usize, index: u64, level: u8) {
    let send = Send { mid: b"0", level: Some(level), ..bare(500, OPUS, index, b"sound") };
    let datagram = rig.clients[client].sealed(&send).unwrap();
    rig.media(client, datagram);
}

/// What a client got: SSRC, sequence number, payload.
fn got(rig: &mut Rig, client: usize) -> Vec<(u32, u16, Vec<u8>)> {
    let (media, _) = rig.received(client);
    let read = |packet: &Vec<u8>| {
        let rtp = Rtp::parse(packet).unwrap();
        (rtp.ssrc, rtp.sequence, rtp.payload.to_vec())
    };
    media.iter().map(read).collect()
}

fn told(rig: &mut Rig, client: usize) -> Vec<Message> {
    let (_, control) = rig.received(client);
    let mut messages = vec![];
    for packet in control {
        rtcp::parse(&packet, |message| messages.push(message));
    }
    messages
}

fn key_frames_asked(messages: &[Message]) -> usize {
    messages.iter().filter(|message| matches!(message, Message::KeyFrame { .. })).count()
}

fn tables(rig: &Rig, client: usize) -> Vec<Vec<SlotState>> {
    let number = rig.clients[client].number;
    let of = |event: &MediaEvent| match event {
        MediaEvent::Slots { transport, slots, .. } if *transport == number => Some(slots.clone()),
        _ => None,
    };
    rig.events.iter().filter_map(of).collect()
}

#[test]
fn sound_and_picture_of_one_reach_all_others_and_nobody_else() {
    let mut rig = room(3);
    speak(&mut rig, 0, 10, 30);
    show(&mut rig, 0, 0, 10, true);
    assert_eq!(got(&mut rig, 0), []);
    for other in [1, 2] {
        let received = got(&mut rig, other);
        let payloads: Vec<&[u8]> =
            received.iter().map(|packet| &packet.2[packet.2.len() - 5..]).collect();
        assert_eq!(payloads.len(), 2, "client {other}");
        assert_eq!(payloads[0], b"sound");
        assert_eq!(payloads[1][4], 10);
    }
}

#[test]
fn a_third_person_changes_nothing_for_the_two_but_a_free_slot() {
    let mut rig = room(2);
    let before = rig.room.peers[0].slots[0].occupant;
    rig.join(3).unwrap();
    let table = tables(&rig, 0).pop().unwrap();
    assert_eq!(rig.room.peers[0].slots[0].occupant, before);
    let who: Vec<_> = table.iter().map(|slot| slot.participant).collect();
    assert_eq!(
        who,
        [Some(rig.clients[1].seat.participant), Some(rig.clients[2].seat.participant), None]
    );
    assert_eq!(tables(&rig, 2).len(), 1, "the newcomer has its table");
}

#[test]
fn a_newcomer_to_an_empty_room_gets_an_empty_table() {
    let mut rig = Rig::new().unwrap();
    rig.join(2).unwrap();
    let table = tables(&rig, 0).pop().unwrap();
    assert!(table.len() == 2 && table.iter().all(|slot| slot.participant.is_none()));
}

/// RM-2.
#[test]
fn nothing_of_a_muted_source_is_forwarded_and_it_begins_anew_with_a_key_frame() {
    let mut rig = room(2);
    speak(&mut rig, 0, 10, 30);
    show(&mut rig, 0, 0, 10, true);
    assert_eq!(got(&mut rig, 1).len(), 2);
    let number = rig.clients[0].number;
    for source in [Source::Microphone, Source::Camera] {
        rig.turn(|room, turn| room.mute(number, source, true, turn));
    }
    for index in 11..20 {
        speak(&mut rig, 0, index, 30);
        show(&mut rig, 0, 0, index, true);
    }
    assert_eq!(got(&mut rig, 1), []);
    assert_eq!(rig.counters.muted, 18);
    for source in [Source::Microphone, Source::Camera] {
        rig.turn(|room, turn| room.mute(number, source, false, turn));
    }
    show(&mut rig, 0, 0, 20, false);
    assert_eq!(got(&mut rig, 1), [], "not in the middle of a picture");
    speak(&mut rig, 0, 20, 30);
    show(&mut rig, 0, 0, 21, true);
    assert_eq!(got(&mut rig, 1).len(), 2);
}

#[test]
fn a_stream_is_learned_once_and_known_without_its_names() {
    let mut rig = room(2);
    show(&mut rig, 0, 0, 10, true);
    for index in 11..14 {
        let payload = picture(index, false);
        let datagram = rig.clients[0].sealed(&bare(LAYERS[0], VP8, index, &payload)).unwrap();
        rig.media(0, datagram);
    }
    assert_eq!(got(&mut rig, 1).len(), 4);
    let stranger = rig.clients[0].sealed(&bare(9_999, VP8, 1, &picture(1, true))).unwrap();
    rig.media(0, stranger);
    let unknown = Send { mid: b"7", ..bare(9_998, VP8, 1, b"x") };
    let unknown = rig.clients[0].sealed(&unknown).unwrap();
    rig.media(0, unknown);
    assert_eq!((got(&mut rig, 1), rig.counters.unmapped), (vec![], 2));
}

#[test]
fn a_retransmission_restores_what_is_missing_and_probing_is_dropped() {
    let mut rig = room(2);
    for index in [10, 11, 13] {
        show(&mut rig, 0, 0, index, index == 10);
    }
    let before = got(&mut rig, 1);
    let again = |rig: &mut Rig, index: u64, original: u64| {
        let mut payload = (original as u16).to_be_bytes().to_vec();
        payload.extend_from_slice(&picture(original, false));
        let send = Send { mid: b"1", repaired_rid: b"l", ..bare(2000, RTX, index, &payload) };
        let datagram = rig.clients[0].sealed(&send).unwrap();
        rig.media(0, datagram);
    };
    again(&mut rig, 1, 11); // came already: probing
    again(&mut rig, 2, 12);
    again(&mut rig, 3, 12); // restored already
    let padding = Send { mid: b"1", repaired_rid: b"l", ..bare(2000, RTX, 4, &[]) };
    let padding = rig.clients[0].sealed(&padding).unwrap();
    rig.media(0, padding);
    let after = got(&mut rig, 1);
    assert_eq!(after.len(), 1);
    assert_eq!(after[0].1, before[1].1 + 1, "it takes the place that was left for it");
    assert_eq!((rig.counters.restored, rig.counters.useless), (1, 3));
    show(&mut rig, 0, 0, 12, false);
    assert_eq!(got(&mut rig, 1), [], "the original after its retransmission");
}

#[test]
fn lost_packets_are_asked_for_and_sent_again_to_who_misses_them() {
    let mut rig = room(2);
    for index in [10, 11, 13] {
        show(&mut rig, 0, 0, index, index == 10);
    }
    rig.pass(30_000);
    let asked: Vec<Message> = told(&mut rig, 0);
    assert!(asked.contains(&Message::Nack { ssrc: LAYERS[0], sequences: vec![12] }), "{asked:?}");
    let video = rig.room.peers[1].slots[0].video.ssrc;
    show(&mut rig, 0, 0, 14, false);
    let sequence = got(&mut rig, 1).last().unwrap().1;
    let mut compound = vec![];
    rtcp::write_nack(&mut compound, video, &[sequence, sequence + 7]);
    rig.control(1, &compound);
    let repeated = got(&mut rig, 1);
    assert_eq!(repeated.len(), 1);
    assert_eq!(repeated[0].0, video + 1, "on the stream of retransmissions");
    assert_eq!(repeated[0].2[..2], sequence.to_be_bytes());
    assert_eq!(repeated[0].2.last(), Some(&14));
}

#[test]
fn a_request_for_a_key_frame_reaches_the_publisher_at_most_twice_a_second() {
    let mut rig = room(3);
    for index in 0..3 {
        show(&mut rig, 0, index as usize, 10 + index, true);
    }
    got(&mut rig, 1);
    got(&mut rig, 2);
    rig.pass(SECOND);
    told(&mut rig, 0);
    // Both receivers ask all the time for five seconds.
    let mut asked = 0;
    for round in 0..500u64 {
        for client in [1, 2] {
            let mut compound = vec![];
            rtcp::write_pli(&mut compound, rig.room.peers[client].slots[0].video.ssrc);
            rig.control(client, &compound);
        }
        if round % 10 == 0 {
            show(&mut rig, 0, 0, 20 + round, false);
        }
        rig.pass(10_000);
        asked += key_frames_asked(&told(&mut rig, 0));
    }
    assert!((5..=11).contains(&asked), "asked {asked} times in 5 s");
}

#[test]
fn a_smaller_view_gets_a_smaller_layer_at_its_next_key_frame() {
    let mut rig = room(2);
    let number = rig.clients[1].number;
    let shown = |rig: &mut Rig, index: u64, is_key: bool| -> Vec<u8> {
        for layer in 0..3 {
            show(rig, 0, layer, index + 100 * layer as u64, is_key);
        }
        got(rig, 1).iter().map(|packet| *packet.2.last().unwrap()).collect()
    };
    // Layers are told apart by their last byte: 10, 110 and 210 count on together.
    shown(&mut rig, 10, true);
    let steady = shown(&mut rig, 11, false);
    assert_eq!(steady, [111], "the estimate at the start carries the middle layer");
    let size = SlotSize { slot: 0, width: 320, height: 180 };
    rig.turn(|room, turn| room.view(number, &[size], turn));
    assert_eq!(key_frames_asked(&told(&mut rig, 0)), 1);
    assert_eq!(shown(&mut rig, 12, false), [112], "not before a key frame");
    let switched = shown(&mut rig, 13, true);
    assert_eq!(switched, [13]);
    assert_eq!(shown(&mut rig, 14, false), [14]);
    let hidden = SlotSize { slot: 0, width: 0, height: 0 };
    rig.turn(|room, turn| room.view(number, &[hidden], turn));
    assert_eq!(tables(&rig, 1).pop().unwrap()[0].paused, Some(PauseReason::Hidden));
    assert_eq!(shown(&mut rig, 15, true), [] as [u8; 0]);
}

#[test]
fn a_screen_takes_a_slot_when_its_first_picture_comes_and_frees_it_after_silence() {
    let mut rig = room(2);
    let padding = Send { mid: b"2", ..bare(3000, VP8, 1, &[]) };
    let padding = rig.clients[0].sealed(&padding).unwrap();
    rig.media(0, padding);
    rig.pass(20_000);
    assert!(tables(&rig, 1).is_empty(), "browsers pad a screen that is not shared");
    let payload = picture(2, true);
    let shared =
        rig.clients[0].sealed(&Send { mid: b"2", ..bare(3000, VP8, 2, &payload) }).unwrap();
    rig.media(0, shared);
    rig.pass(20_000);
    let table = tables(&rig, 1).pop().unwrap();
    assert_eq!(table[1].source, Source::Screen);
    assert_eq!(table[1].participant, Some(rig.clients[0].seat.participant));
    rig.pass(6 * SECOND);
    assert_eq!(tables(&rig, 1).pop().unwrap()[1].participant, None);
}

#[test]
fn a_loud_voice_becomes_the_speaker_within_300_ms() {
    let mut rig = room(2);
    let begin = rig.now;
    for index in 0..50 {
        speak(&mut rig, 1, 100 + index, 20);
        rig.pass(20_000);
        let speaker = Some(rig.clients[1].seat.participant);
        let room = rig.room.id;
        if rig.events.contains(&MediaEvent::Speaker { room, participant: speaker }) {
            assert!(rig.now - begin <= 350_000, "after {} µs", rig.now - begin);
            return;
        }
    }
    panic!("nobody speaks");
}

#[test]
fn a_way_that_carries_nothing_keeps_the_sound_and_pauses_the_picture_with_a_reason() {
    let mut rig = room(2);
    let large = |rig: &mut Rig, index| {
        let mut payload = picture(index, true);
        payload.resize(1000, 0);
        let send = Send { mid: b"1", rid: b"l", ..bare(LAYERS[0], VP8, index, &payload) };
        let datagram = rig.clients[0].sealed(&send).unwrap();
        rig.media(0, datagram);
    };
    let (mut base, mut next) = (0u16, 0u16);
    for index in 0..600u64 {
        speak(&mut rig, 0, 100 + index, 30);
        large(&mut rig, 100 + index);
        rig.pass(20_000);
        let sent = u16::try_from(got(&mut rig, 1).len()).unwrap();
        next = next.wrapping_add(sent);
        // Everything is said to be lost but every tenth packet.
        if let Some(arrived) = (base..next).rev().find(|number| number % 10 == 0) {
            let mut compound = vec![];
            let count = (index & 0xFF) as u8;
            rtcp::write_arrivals(&mut compound, 1, count, base, &[(arrived, rig.now)]);
            rig.control(1, &compound);
            base = arrived + 1;
        }
    }
    let table = tables(&rig, 1).pop().unwrap();
    assert_eq!(table[0].paused, Some(PauseReason::Bandwidth));
    speak(&mut rig, 0, 5_000, 30);
    large(&mut rig, 5_000);
    let received = got(&mut rig, 1);
    assert!(received.iter().any(|packet| packet.2 == b"sound"));
    assert_eq!(received.len(), 1);
}

#[test]
fn who_gives_no_sign_for_thirty_seconds_is_gone() {
    let mut rig = room(2);
    for _ in 0..32 {
        rig.pass(SECOND);
        let index = rig.now.unsigned_abs() / 1000;
        speak(&mut rig, 0, index, 30);
    }
    let gone: Vec<_> = rig
        .events
        .iter()
        .filter(|event| matches!(event, MediaEvent::Gone { .. }))
        .cloned()
        .collect();
    let (seat, transport) = (rig.clients[1].seat, rig.clients[1].number);
    assert!(!gone.is_empty());
    let expected = MediaEvent::Gone { seat, transport, reason: GoneReason::ConsentExpired };
    assert!(gone.iter().all(|event| *event == expected), "{gone:?}");
}

#[test]
fn forged_and_replayed_media_is_counted_and_goes_nowhere() {
    let mut rig = room(2);
    show(&mut rig, 0, 0, 10, true);
    got(&mut rig, 1);
    let payload = picture(11, true);
    let good = rig.clients[0].sealed(&bare(LAYERS[0], VP8, 11, &payload)).unwrap();
    let mut forged = good.clone();
    *forged.last_mut().unwrap() ^= 1;
    rig.media(0, forged);
    rig.media(0, good.clone());
    rig.media(0, good);
    rig.media(0, vec![0x80, 96, 1]);
    assert_eq!(got(&mut rig, 1).len(), 1);
    let counters = rig.counters;
    assert_eq!((counters.forged, counters.replayed, counters.garbage), (1, 1, 1));
}

/// A packet of redundant sound as it is read: number, time, newest, older ones with their age.
type Heard = (u16, u32, Vec<u8>, Vec<(u32, Vec<u8>)>);

/// Speaks to two clients that read redundant sound, each under a payload type of its own, and to one
/// that does not.
struct Redundant {
    rig: Rig,
    number: u64,
}

impl Redundant {
    fn new() -> Self {
        let plain = crate::sfu::rig::offer_text(2);
        let red = plain.replace(
            "a=rtpmap:111 opus/48000/2\r\n",
            "a=rtpmap:111 opus/48000/2\r\na=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n",
        );
        let mut rig = Rig::new().unwrap();
        for (port, offer) in (1..).zip([&red, &red.replace("63", "35"), &plain]) {
            let offer = crate::sfu::negotiation::parse(offer).unwrap();
            rig.enter(offer, SocketAddr::from(([127, 0, 0, 1], port))).unwrap();
        }
        Self { rig, number: 10 }
    }

    /// The next packet is lost on its way to us.
    fn loses(&mut self) {
        self.number += 1;
    }

    fn sends(&mut self, payload: &[u8]) {
        let send = Send { mid: b"0", ..bare(500, 63, self.number, payload) };
        self.number += 1;
        let datagram = self.rig.clients[0].sealed(&send).unwrap();
        self.rig.media(0, datagram);
    }

    /// A sound with one before it.
    fn says(&mut self, old: &[u8; 3], new: &[u8; 3]) {
        let mut payload = vec![];
        crate::sfu::red::write(&mut payload, 111, &[(3000, old)], new);
        self.sends(&payload);
    }

    /// What the second client got.
    fn heard(&mut self) -> Vec<Heard> {
        let (media, _) = self.rig.received(1);
        let read = |packet: &Vec<u8>| {
            let rtp = Rtp::parse(packet).unwrap();
            assert_eq!((rtp.payload_type, rtp.payload[0] & 0x7F), (35, 111));
            let contents = crate::sfu::red::read(rtp.payload).unwrap();
            let older = contents.older.iter().flatten();
            let older = older.map(|(age, block)| (*age, block.to_vec())).collect();
            (rtp.sequence, rtp.timestamp, contents.newest.to_vec(), older)
        };
        media.iter().map(read).collect()
    }

    /// What the third client got: plain sound.
    fn heard_plainly(&mut self) -> Vec<(u16, Vec<u8>)> {
        let (media, _) = self.rig.received(2);
        let read = |packet: &Vec<u8>| {
            let rtp = Rtp::parse(packet).unwrap();
            assert_eq!(rtp.payload_type, 111);
            (rtp.sequence, rtp.payload.to_vec())
        };
        media.iter().map(read).collect()
    }
}

#[test]
fn redundant_sound_goes_to_who_reads_it_and_its_newest_part_to_who_does_not() {
    let mut talk = Redundant::new();
    talk.says(b"abc", b"old");
    talk.says(b"old", b"new");
    let heard = talk.heard();
    let (first, second) = (heard[0].1, &heard[1]);
    assert_eq!((second.1.wrapping_sub(first), &second.2[..]), (3000, &b"new"[..]));
    assert_eq!(second.3, [(3000, b"old".to_vec())]);
    let plainly = talk.heard_plainly();
    assert_eq!(plainly[1].1, b"new");
    talk.sends(&[0xFF; 5]);
    assert_eq!(talk.heard_plainly(), [], "broken");
    talk.says(b"old", b"new");
    assert_eq!(talk.heard_plainly()[0].0, plainly[1].0 + 1);
}

/// A loss on the way to us is one that nobody behind us has to repair again.
#[test]
fn sound_that_was_lost_on_the_way_to_us_reaches_the_others_whole() {
    let mut talk = Redundant::new();
    talk.says(b"xyz", b"one");
    talk.loses();
    talk.says(b"two", b"thr");
    let plainly = talk.heard_plainly();
    let (numbers, sounds): (Vec<u16>, Vec<&[u8]>) =
        plainly.iter().map(|(number, sound)| (number - plainly[0].0, &sound[..])).unzip();
    assert_eq!(numbers, [0, 1, 2]);
    assert_eq!(sounds, [b"one", b"two", b"thr"]);
    let heard = talk.heard();
    let times: Vec<u32> = heard.iter().map(|it| it.1.wrapping_sub(heard[0].1)).collect();
    assert_eq!(times, [0, 3000, 6000]);
    assert_eq!(heard[2].3, [(3000, b"two".to_vec())]);
    assert_eq!(talk.rig.counters.sound_restored, 1);
}

/// AES-GCM: a number that was used for a copy is not used again for the packet that came late.
#[test]
fn sound_that_came_late_after_its_copy_is_not_sent_twice_and_does_not_count_as_lost() {
    let mut talk = Redundant::new();
    talk.says(b"xyz", b"one");
    talk.loses();
    talk.says(b"two", b"thr");
    talk.number = 11;
    talk.says(b"one", b"two");
    let sounds: Vec<Vec<u8>> = talk.heard_plainly().into_iter().map(|it| it.1).collect();
    assert_eq!(sounds, [b"one", b"two", b"thr"]);
    let microphone = &mut talk.rig.room.peers[0].incoming[0];
    assert_eq!(microphone.loss().lost, 0);
}

/// What was muted is not heard by way of the packet after it.
#[test]
fn nothing_said_while_muted_is_brought_along_by_what_comes_after() {
    let mut talk = Redundant::new();
    talk.says(b"xyz", b"one");
    talk.rig.turn(|room, turn| room.mute(1, Source::Microphone, true, turn));
    talk.says(b"one", b"two");
    talk.rig.turn(|room, turn| room.mute(1, Source::Microphone, false, turn));
    talk.says(b"two", b"thr");
    let heard = talk.heard();
    let sounds: Vec<&[u8]> = heard.iter().map(|it| &it.2[..]).collect();
    assert_eq!(sounds, [b"one", b"thr"]);
    assert!(heard.iter().all(|it| it.3.is_empty()));
}

/// The client says what it lacks; when that is more than a little, each sound brings two along.
#[test]
fn who_loses_much_gets_each_sound_three_times() {
    let mut talk = Redundant::new();
    let mut next = 0_u16;
    let mut copies = |lost_of_twenty: u16| {
        for _ in 0..100 {
            talk.says(b"two", b"new");
        }
        talk.rig.received(1);
        let arrived = (0..100).filter(|it| it % 20 >= lost_of_twenty || *it == 0 || *it == 99);
        let arrivals: Vec<(u16, i64)> =
            arrived.map(|it| (next + it, i64::from(it) * 250)).collect();
        let mut feedback = vec![];
        rtcp::write_arrivals(&mut feedback, 1, 0, next, &arrivals);
        talk.rig.control(1, &feedback);
        talk.rig.pass(100_000);
        talk.says(b"two", b"new");
        next += 101;
        talk.heard().pop().unwrap().3.len()
    };
    assert_eq!(copies(0), 1, "nothing is lost");
    assert_eq!(copies(1), 2, "5 % are lost");
    assert_eq!(copies(0), 2, "loss comes in spells");
}

/// Browsers say goodbye to a layer they switch off, and later go on under the same SSRC without its
/// names.
#[test]
fn a_layer_that_said_goodbye_is_known_when_it_comes_back() {
    let mut rig = room(2);
    show(&mut rig, 0, 0, 10, true);
    assert_eq!(got(&mut rig, 1).len(), 1);
    let [a, b, c, d] = LAYERS[0].to_be_bytes();
    rig.control(0, &[0x81, 203, 0, 1, a, b, c, d]);
    let now = rig.now;
    assert_eq!(rig.room.peers[0].live(Source::Camera, now), [None; 3]);
    let payload = picture(11, true);
    let datagram = rig.clients[0].sealed(&bare(LAYERS[0], VP8, 11, &payload)).unwrap();
    rig.media(0, datagram);
    assert_eq!(got(&mut rig, 1).len(), 1);
}

/// Firefox offers transport-wide numbers for pictures only, and would report those of sound as
/// lost.
#[test]
fn transport_wide_numbers_are_given_only_where_they_were_negotiated() {
    let text = crate::sfu::rig::offer_text(2);
    let sections: Vec<String> = text
        .split_inclusive("m=audio")
        .collect::<Vec<_>>()
        .join("|")
        .split('|')
        .map(str::to_owned)
        .collect();
    let without = |part: &String| {
        let (sound, pictures) = part.split_once("m=video").unwrap_or((part, ""));
        let sound: Vec<&str> =
            sound.split_inclusive("\r\n").filter(|line| !line.contains("extmap:3")).collect();
        let join = if pictures.is_empty() { "" } else { "m=video" };
        format!("{}{join}{pictures}", sound.concat())
    };
    let offer: String = sections.iter().map(without).collect();
    let offer = crate::sfu::negotiation::parse(&offer).unwrap();
    let mut rig = room(1);
    rig.enter(offer, SocketAddr::from(([127, 0, 0, 1], 9))).unwrap();
    let mut numbers = vec![];
    for index in 10..14 {
        speak(&mut rig, 0, index, 30);
        show(&mut rig, 0, 0, index, index == 10);
    }
    let (media, _) = rig.received(1);
    assert_eq!(media.len(), 8);
    for packet in &media {
        let rtp = Rtp::parse(packet).unwrap();
        match rtp.payload {
            b"sound" => assert_eq!(rtp.extension(3), None),
            _ => numbers.push(rtp.extension(3).unwrap().to_vec()),
        }
    }
    assert_eq!(numbers, [[0, 0], [0, 1], [0, 2], [0, 3]]);
}

/// Firefox on a telephone sends one layer; there is no smaller one to begin with.
#[test]
fn a_newcomer_sees_a_single_stream_of_a_megabit_at_once() {
    let single = crate::sfu::rig::offer_text(2)
        .replace("a=rid:l send\r\na=rid:m send\r\na=rid:h send\r\na=simulcast:send l;m;h\r\n", "");
    let single = crate::sfu::negotiation::parse(&single).unwrap();
    let mut rig = Rig::new().unwrap();
    rig.enter(single, SocketAddr::from(([127, 0, 0, 1], 9))).unwrap();
    let mut index = 10;
    let mut film = |rig: &mut Rig, is_key: bool| {
        // 125 packets of 1 000 bytes a second.
        for step in 0..25 {
            let mut payload = picture(index, is_key && step == 0);
            payload.resize(1_000, 7);
            let send = Send { mid: b"1", ..bare(LAYERS[0], VP8, index, &payload) };
            let datagram = rig.clients[0].sealed(&send).unwrap();
            rig.media(0, datagram);
            rig.pass(8_000);
            index += 1;
        }
    };
    for _ in 0..10 {
        film(&mut rig, true);
    }
    rig.events.clear();
    let newcomer = rig.join(2).unwrap();
    film(&mut rig, true);
    let pauses = tables(&rig, newcomer).concat().into_iter().filter(|slot| slot.paused.is_some());
    assert_eq!(pauses.count(), 0);
    let (media, _) = rig.received(newcomer);
    assert!(media.len() > 10, "{} packets", media.len());
}
