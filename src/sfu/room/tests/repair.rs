//! What was lost, and is asked for or sent again.

use super::*;

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
