//! A room with real keys and no network: what one client sends is what the others get.

use super::*;
use crate::sfu::rig::{Rig, Send, VP8};
use crate::sfu::rtcp::{self, Message};
use crate::sfu::rtp::{Head, Rtp};
use crate::sfu::{PauseReason, SlotState};

#[cfg(test)]
mod layers;
#[cfg(test)]
mod redundant;
#[cfg(test)]
mod repair;

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
