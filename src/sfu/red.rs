//! Redundant sound (RFC 2198): a packet that carries the ones before it along, so that a single loss is not heard.
//!
//! Owns the layout of blocks. Who can read it gets it as it is, with the payload type that this receiver gave Opus;
//! who cannot gets the newest block alone. Makes no redundancy and decodes nothing.

use super::rtp::be16;

/// Most blocks in one packet; browsers send two or three.
const MAX_BLOCKS: usize = 8;
/// Set in the header of every block but the last.
const MORE: u8 = 0x80;

/// Where the headers end, and the sum of the lengths of all blocks but the last.
fn layout(payload: &[u8]) -> Option<(usize, usize)> {
    let (mut at, mut lengths) = (0, 0);
    for _ in 0..MAX_BLOCKS {
        if payload.get(at)? & MORE == 0 {
            return Some((at + 1, lengths));
        }
        lengths += usize::from(be16(payload, at + 2)? & 0x03FF);
        at += 4;
    }
    None
}

/// The newest block; nothing when the payload does not fit its own lengths.
pub(crate) fn primary(payload: &[u8]) -> Option<&[u8]> {
    let (headers, lengths) = layout(payload)?;
    payload.get(headers + lengths..).filter(|block| !block.is_empty())
}

/// Gives every block this payload type.
pub(crate) fn rename(payload: &mut [u8], payload_type: u8) {
    let Some((headers, _)) = layout(payload) else { return };
    for at in (0..headers).step_by(4) {
        if let Some(byte) = payload.get_mut(at) {
            *byte = *byte & MORE | payload_type & !MORE;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Two older blocks of three and two bytes, and the newest.
    const PACKET: [u8; 19] = [
        0xEF, 0x1E, 0x00, 3, 0xEF, 0x0F, 0x00, 2, 0x6F, 1, 1, 1, 2, 2, b'n', b'e', b'w', b'e', b'r',
    ];

    #[test]
    fn the_newest_block_is_found_behind_the_others() {
        assert_eq!(primary(&PACKET), Some(&b"newer"[..]));
        assert_eq!(primary(&[0x6F, 7]), Some(&[7][..]));
        assert_eq!(primary(&PACKET[..14]), None, "cut short");
        assert_eq!(primary(&[0xEF; 200]), None, "nothing but headers");
    }

    #[test]
    fn every_block_gets_the_payload_type_of_the_receiver() {
        let mut packet = PACKET;
        rename(&mut packet, 109);
        assert_eq!((packet[0], packet[4], packet[8]), (0x80 | 109, 0x80 | 109, 109));
        assert_eq!(packet[9..], PACKET[9..]);
        assert_eq!((&packet[1..4], &packet[5..8]), (&PACKET[1..4], &PACKET[5..8]));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let length = bytes.len();
            let before = layout(&bytes);
            rename(&mut bytes, 111);
            prop_assert_eq!(layout(&bytes), before);
            prop_assert!(primary(&bytes).is_none_or(|block| block.len() < length));
        }
    }
}
