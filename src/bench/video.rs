//! Made-up VP8: enough of it that an SFU forwards it and a receiver knows when a key frame is whole.
//!
//! Descriptor by RFC 7741, frame header by RFC 6386 section 9.1; what follows is filler, which nobody here decodes.

use std::collections::BTreeMap;

/// Payload bytes of one packet.
const PACKET: usize = 1_100;
/// The smallest of the SDK's three layers, 150 kbit/s: what whoever has just come is sent first. A larger stream alone
/// may have to wait until the way to the receiver is known to carry it.
const KEY_FRAME: usize = 6_000;
/// A frame in between.
const INTER_FRAME: usize = 650;
const WIDTH: u16 = 320;
const HEIGHT: u16 = 180;
/// Bytes of the descriptor that is written here: X, I and M set, so a picture id of 15 bits.
const DESCRIPTOR: usize = 4;

/// One frame as the payloads of its packets.
pub(super) fn frame(picture: u16, is_key: bool) -> Vec<Vec<u8>> {
    let body = body(is_key);
    let [high, low] = picture.to_be_bytes();
    let chunks = body.chunks(PACKET).enumerate();
    let packet = |(index, chunk): (usize, &[u8])| {
        let first = if index == 0 { 0x90 } else { 0x80 };
        [&[first, 0x80, 0x80 | high, low], chunk].concat()
    };
    chunks.map(packet).collect()
}

fn body(is_key: bool) -> Vec<u8> {
    // Key frame bit (0 is key), version 0, show_frame, then the size of the first partition, which nobody reads.
    let mut body = vec![if is_key { 0x10 } else { 0x11 }, 0x20, 0];
    if is_key {
        body.extend_from_slice(&[0x9D, 0x01, 0x2A]);
        body.extend_from_slice(&WIDTH.to_le_bytes());
        body.extend_from_slice(&HEIGHT.to_le_bytes());
    }
    body.resize(if is_key { KEY_FRAME } else { INTER_FRAME }, 0x5A);
    body
}

/// Tells when the first key frame is whole.
#[derive(Debug, Default)]
pub(super) struct KeyFrames {
    frames: BTreeMap<u32, Progress>,
}

#[derive(Debug, Default)]
struct Progress {
    first: Option<u16>,
    last: Option<u16>,
    packets: BTreeMap<u16, ()>,
}

impl KeyFrames {
    /// A packet has arrived. True when it makes a key frame whole.
    pub(super) fn take(
        &mut self,
        (sequence, timestamp): (u16, u32),
        marker: bool,
        payload: &[u8],
    ) -> bool {
        let starts = payload.first().is_some_and(|it| it & 0x17 == 0x10);
        let is_key = payload.get(DESCRIPTOR).is_some_and(|it| it & 1 == 0);
        let frame = self.frames.entry(timestamp).or_default();
        frame.packets.insert(sequence, ());
        if starts && is_key {
            frame.first = Some(sequence);
        }
        if marker {
            frame.last = Some(sequence);
        }
        frame.is_whole()
    }
}

impl Progress {
    fn is_whole(&self) -> bool {
        let (Some(first), Some(last)) = (self.first, self.last) else { return false };
        usize::from(last.wrapping_sub(first)) < self.packets.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds packets in this order, from a sequence number that wraps; the index at which a key frame was whole.
    fn whole_at(is_key: bool, order: impl Fn(&mut Vec<usize>)) -> Option<usize> {
        let packets = frame(9, is_key);
        let mut indices: Vec<usize> = (0..packets.len()).collect();
        order(&mut indices);
        let mut frames = KeyFrames::default();
        indices.iter().position(|index| {
            let sequence = 65_530_u16.wrapping_add(u16::try_from(*index).unwrap());
            frames.take((sequence, 4_000), index + 1 == packets.len(), &packets[*index])
        })
    }

    #[test]
    fn a_key_frame_is_whole_with_its_last_packet_in_any_order() {
        let last = frame(9, true).len() - 1;
        assert!(last >= 5);
        assert_eq!(whole_at(true, |_| {}), Some(last));
        assert_eq!(whole_at(true, |it| it.reverse()), Some(last));
    }

    #[test]
    fn a_key_frame_with_a_hole_is_not_whole_and_no_other_frame_is_one() {
        assert_eq!(whole_at(true, |it| it.retain(|index| *index != 3)), None);
        assert_eq!(whole_at(true, |it| it.retain(|index| *index != 0)), None);
        assert_eq!(whole_at(false, |_| {}), None);
    }
}
