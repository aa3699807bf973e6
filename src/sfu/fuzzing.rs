//! Doors for fuzz targets: bytes that anybody can send, as they reach the parsers and the room.
//!
//! Owns nothing but the way in. Every function takes any bytes and returns; a panic is the finding.

use super::rig::Rig;
use super::rtp::{be16, be32, header_length};
use super::{ice, negotiation, rtcp, rtp, vp8};
use std::cell::RefCell;

/// Packets after which a room begins anew, so that a finding needs no long story.
const STORY: usize = 64;

struct Story {
    rig: Rig,
    packets: usize,
}

thread_local! {
    static ROOM: RefCell<Option<Story>> = const { RefCell::new(None) };
}

/// An offer, as text that a client sent.
pub fn sdp(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(offer) = negotiation::parse(text) {
        let slots = vec![super::answer::SlotStreams::default(); usize::from(offer.slots)];
        let terms = super::answer::Terms {
            ufrag: "ufrag",
            password: "password",
            fingerprint: [0; 32],
            addresses: &[],
            slots: &slots,
            version: 1,
        };
        let answer = super::answer::write(&offer, &terms);
        assert!(answer.matches("\r\nm=").count() == offer.sections.len());
    }
}

/// A datagram on the media port. The first byte picks how far it gets: refused by cryptography, or, as if its sender had
/// the keys, into the room.
pub fn packet(data: &[u8]) {
    let Some((&way, datagram)) = data.split_first() else { return };
    parsers(datagram);
    ROOM.with_borrow_mut(|story| {
        if story.as_ref().is_none_or(|story| story.packets >= STORY) {
            *story = begin();
        }
        if let Some(story) = story {
            story.packets += 1;
            deliver(&mut story.rig, way, datagram);
        }
    });
}

fn begin() -> Option<Story> {
    let mut rig = Rig::new().ok()?;
    for _ in 0..3 {
        rig.join(2)?;
    }
    Some(Story { rig, packets: 0 })
}

fn parsers(datagram: &[u8]) {
    if let Some(packet) = rtp::Rtp::parse(datagram) {
        for id in 0..16 {
            packet.extension(id);
        }
        vp8::parse(packet.payload);
    }
    rtcp::parse(datagram, |_| {});
    ice::peek_user(datagram);
}

fn deliver(rig: &mut Rig, way: u8, datagram: &[u8]) {
    let client = usize::from(way >> 4) % 3;
    match way & 0x03 {
        0 => rig.media(client, datagram.to_vec()),
        1 => rig.control(client, datagram),
        2 => {
            // As the client itself would send it.
            let mut packet = datagram.to_vec();
            let parts = header_length(datagram).zip(be32(datagram, 8)).zip(be16(datagram, 2));
            let Some(((header, ssrc), sequence)) = parts else { return };
            if let Some(sender) = rig.clients.get_mut(client)
                && sender.seal.seal_rtp(ssrc, u64::from(sequence), header, &mut packet, 0)
            {
                rig.media(client, packet);
            }
        }
        _ => rig.pass(i64::from(way >> 2) * 1_000),
    }
    for client in 0..3 {
        rig.received(client);
    }
}
