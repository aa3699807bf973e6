//! Sound that carries what came before it (RFC 2198).

use super::*;

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
