//! Redundant sound (RFC 2198): a packet that carries the ones before it along, so that a loss is not
//! heard.
//!
//! Owns the layout of blocks. Decides nothing: which sound goes along is the slot's choice, and what
//! is missing the stream's knowledge. Decodes nothing.

use super::rtp::{be16, be32};

/// Most blocks in one packet; browsers send two or three.
const MAX_BLOCKS: usize = 8;
/// Set in the header of every block but the last.
const MORE: u8 = 0x80;
/// How many older blocks are read.
pub(crate) const OLDER: usize = 2;
/// How much older a block can be, in RTP time, and how long.
const MOST_OFFSET: u32 = 0x3FFF;
const LONGEST: u32 = 0x03FF;

/// A block: how much older than the newest it is, in RTP time, and its sound.
pub(crate) type Older<'a> = (u32, &'a [u8]);

/// What a packet carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Contents<'a> {
    /// Never empty.
    pub(crate) newest: &'a [u8],
    /// The nearest first.
    pub(crate) older: [Option<Older<'a>>; OLDER],
}

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

/// The blocks; nothing when the payload does not fit its own lengths.
pub(crate) fn read(payload: &[u8]) -> Option<Contents<'_>> {
    let (headers, lengths) = layout(payload)?;
    let newest = payload.get(headers + lengths..).filter(|block| !block.is_empty())?;
    let (mut older, mut body) = ([None; OLDER], headers);
    for at in (0..headers - 1).step_by(4) {
        let fields = be32(payload, at)?;
        let length = usize::try_from(fields & LONGEST).ok()?;
        let block = payload.get(body..body + length)?;
        body += length;
        older.rotate_right(1);
        if let Some(nearest) = older.first_mut() {
            *nearest = Some((fields >> 10 & MOST_OFFSET, block));
        }
    }
    Some(Contents { newest, older })
}

/// Appends a payload: `older` begins with the oldest. What does not fit the layout is left out.
pub(crate) fn write(out: &mut Vec<u8>, payload_type: u8, older: &[Older<'_>], newest: &[u8]) {
    let number = payload_type & !MORE;
    let fits = |(offset, block): &&Older<'_>| {
        let length = u32::try_from(block.len()).unwrap_or(u32::MAX);
        (1..=MOST_OFFSET).contains(offset) && (1..=LONGEST).contains(&length)
    };
    for (offset, block) in older.iter().filter(fits) {
        let length = u32::try_from(block.len()).unwrap_or(0);
        let fields = u32::from(MORE | number) << 24 | offset << 10 | length;
        out.extend_from_slice(&fields.to_be_bytes());
    }
    out.push(number);
    for (_, block) in older.iter().filter(fits) {
        out.extend_from_slice(block);
    }
    out.extend_from_slice(newest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Two older blocks of three and two bytes, 1 920 and 960 older, and the newest.
    const PACKET: [u8; 19] = [
        0xEF, 0x1E, 0x00, 3, 0xEF, 0x0F, 0x00, 2, 0x6F, 1, 1, 1, 2, 2, b'n', b'e', b'w', b'e', b'r',
    ];

    #[test]
    fn the_newest_block_is_found_behind_the_others() {
        let contents = read(&PACKET).unwrap();
        assert_eq!(contents.newest, b"newer");
        assert_eq!(contents.older, [Some((960, &[2, 2][..])), Some((1920, &[1, 1, 1][..]))]);
        assert_eq!(read(&[0x6F, 7]), Some(Contents { newest: &[7], older: [None; 2] }));
        assert_eq!(read(&PACKET[..14]), None, "cut short");
        assert_eq!(read(&[0xEF; 200]), None, "nothing but headers");
    }

    #[test]
    fn what_is_written_has_the_payload_type_of_the_receiver_in_every_block() {
        let mut packet = vec![];
        write(&mut packet, 109, &[(1920, &[1, 1, 1]), (960, &[2, 2])], b"newer");
        assert_eq!((packet[0], packet[4], packet[8]), (0x80 | 109, 0x80 | 109, 109));
        assert_eq!(packet[9..], PACKET[9..]);
        assert_eq!((&packet[1..4], &packet[5..8]), (&PACKET[1..4], &PACKET[5..8]));
    }

    #[test]
    fn what_the_layout_cannot_say_is_left_out() {
        let mut packet = vec![];
        let long = [7; 1024];
        write(&mut packet, 111, &[(0x4000, b"old"), (0, b"same"), (960, &long), (1, b"")], b"new");
        assert_eq!(packet, [111, b'n', b'e', b'w']);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            prop_assert!(read(&bytes).is_none_or(|contents| contents.newest.len() < bytes.len()));
        }

        #[test]
        fn reading_is_the_inverse_of_writing(
            older in prop::collection::vec((1u32..0x4000, prop::collection::vec(any::<u8>(), 1..1024)), 0..=OLDER),
            newest in prop::collection::vec(any::<u8>(), 1..100),
        ) {
            let blocks: Vec<Older<'_>> = older.iter().map(|(offset, block)| (*offset, &block[..])).collect();
            let mut packet = vec![];
            write(&mut packet, 63, &blocks, &newest);
            let contents = read(&packet).unwrap();
            prop_assert_eq!(contents.newest, &newest[..]);
            let back: Vec<Older<'_>> = contents.older.into_iter().flatten().collect();
            prop_assert!(back.iter().rev().eq(blocks.iter()));
        }
    }
}
