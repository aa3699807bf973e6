//! Layers, and who comes to see one of them.

use super::*;

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
