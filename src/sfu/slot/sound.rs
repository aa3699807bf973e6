//! The sound that a slot sent lately, which goes along with what comes next.
//!
//! Owns the copies of one outgoing stream, under its own numbers and times, so that they are right
//! whoever feeds it. Forgets them when another source begins: nobody's sound is repeated after theirs
//! has ended.

use crate::sfu::red::{self, Older};
use crate::sfu::rewrite::Placed;

/// Most earlier packets that one packet brings along.
pub(crate) const MOST_COPIES: usize = 2;

#[derive(Debug, Default)]
struct Sound {
    number: u64,
    timestamp: u32,
    bytes: Vec<u8>,
}

/// The last packets, each in the place of its number. Buffers are reused.
#[derive(Debug, Default)]
pub(super) struct Recent {
    ring: [Sound; MOST_COPIES],
}

impl Recent {
    /// Another source begins.
    pub(super) fn forget(&mut self) {
        self.ring.iter_mut().for_each(|sound| sound.bytes.clear());
    }

    /// Appends the payload of a packet with up to `copies` packets before it, and keeps it for those
    /// that follow.
    pub(super) fn write(
        &mut self,
        out: &mut Vec<u8>,
        placed: &Placed,
        payload_type: u8,
        copies: usize,
        newest: &[u8],
    ) {
        let mut older: [Older<'_>; MOST_COPIES] = [(0, &[]); MOST_COPIES];
        for (back, block) in (1..=copies as u64).rev().zip(&mut older) {
            let number = placed.number.wrapping_sub(back);
            if let Some(sound) = self.ring.iter().find(|sound| sound.number == number) {
                *block = (placed.timestamp.wrapping_sub(sound.timestamp), &sound.bytes);
            }
        }
        red::write(out, payload_type, &older, newest);
        let place = usize::try_from(placed.number % MOST_COPIES as u64).unwrap_or(0);
        if let Some(sound) = self.ring.get_mut(place).filter(|kept| kept.number <= placed.number) {
            (sound.number, sound.timestamp) = (placed.number, placed.timestamp);
            sound.bytes.clear();
            sound.bytes.extend_from_slice(newest);
        }
    }
}
