//! Doors for fuzz targets: bytes that anybody can send, as they reach the parsers and the room.
//!
//! Owns nothing but the way in. Every function takes any bytes and returns; a panic is the finding.

use super::rig::Rig;
use super::rtp::{be16, be32, header_length};
use super::transport::Identity;
use super::{ice, negotiation, rtcp, rtp, vp8};
use std::sync::Arc;

/// Datagrams of one story; more of them find nothing that these do not, only later.
const STORY: usize = 64;

thread_local! {
    /// Making a certificate takes longer than a story.
    static IDENTITY: Option<Arc<Identity>> = Identity::generate().ok().map(Arc::new);
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

/// What three clients in a room send, one datagram after the other: `way`, two bytes of length, the datagram. The way
/// says whose it is and how far it gets: refused by cryptography, or, as if its sender had the keys, into the room. Every
/// story has a room of its own, so that a finding is the whole of its bytes.
pub fn packets(data: &[u8]) {
    let Some(mut rig) = begin() else { return };
    for (way, datagram) in Datagrams(data).take(STORY) {
        parsers(datagram);
        deliver(&mut rig, way, datagram);
    }
}

struct Datagrams<'a>(&'a [u8]);

impl<'a> Iterator for Datagrams<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (&[way, high, low], rest) = self.0.split_first_chunk()?;
        // Lengths beyond that of a datagram that comes through any network teach nothing.
        let length = usize::from(u16::from_be_bytes([high, low]) & 0x07FF).min(rest.len());
        let (datagram, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((way, datagram))
    }
}

fn begin() -> Option<Rig> {
    let identity = IDENTITY.with(Option::clone)?;
    let mut rig = Rig::with(identity);
    for _ in 0..3 {
        rig.join(2)?;
    }
    Some(rig)
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Something like a packet: its first bytes say so, the rest is anything.
    fn datagram() -> impl Strategy<Value = Vec<u8>> {
        let head = prop_oneof![
            Just(vec![0x90, 96]),
            Just(vec![0x90, 97]),
            Just(vec![0xB0, 111]),
            Just(vec![0x80, 200]),
            Just(vec![0x8F, 205]),
            Just(vec![0x81, 206]),
            Just(vec![0, 1]),
        ];
        let body = prop::collection::vec(prop_oneof![any::<u8>(), Just(0), Just(1)], 0..200);
        (head, body).prop_map(|(head, body)| [head, body].concat())
    }

    #[test]
    fn a_story_is_its_datagrams() {
        let bytes = [7, 0, 2, 1, 2, 9, 0, 0, 8, 0xFF, 0xFF, 3, 4, 5];
        let datagrams: Vec<_> = Datagrams(&bytes).collect();
        assert_eq!(datagrams, [(7, &[1, 2][..]), (9, &[]), (8, &[3, 4, 5])]);
        assert_eq!(Datagrams(&[7, 0]).count(), 0);
    }

    proptest! {
        // The fuzz targets look for longer.
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn no_datagram_panics_with_or_without_the_keys(
            story in prop::collection::vec((any::<u8>(), datagram()), 1..20),
        ) {
            let told = story.iter().flat_map(|(way, datagram)| {
                let length = u16::try_from(datagram.len()).unwrap().to_be_bytes();
                [&[*way], &length[..], datagram].concat()
            });
            packets(&told.collect::<Vec<u8>>());
        }

        #[test]
        fn what_is_taken_for_an_offer_is_answered(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            sdp(&bytes);
            sdp(&[super::super::rig::offer_text(2).as_bytes(), &bytes].concat());
        }
    }
}
