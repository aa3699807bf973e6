//! The last payloads of one incoming stream, kept once for all who may ask for them again.
//!
//! Owns the copies. Invariant: at most a fixed number of them a stream; buffers are reused, so that a stream at rest
//! allocates nothing.

use super::Source;

/// How many packets are kept: at least a second of what a layer usually sends.
const LARGE: usize = 256;
const MIDDLE: usize = 128;
const SMALL: usize = 64;

#[derive(Debug, Default)]
struct Kept {
    sequence: u64,
    payload: Vec<u8>,
}

/// A ring of payloads by sequence number.
#[derive(Debug)]
pub(crate) struct History {
    ring: Vec<Kept>,
    depth: usize,
}

impl History {
    /// For the packets of one layer.
    pub(crate) fn new(source: Source, layer: u8) -> Self {
        let depth = match (source, layer) {
            (Source::Camera, 0) => SMALL,
            (Source::Camera, 1) => MIDDLE,
            _ => LARGE,
        };
        Self { ring: Vec::new(), depth }
    }

    fn place(&self, sequence: u64) -> usize {
        usize::try_from(sequence).unwrap_or(0) % self.depth
    }

    /// Keeps a payload (not empty) under its number.
    pub(crate) fn keep(&mut self, sequence: u64, payload: &[u8]) {
        if self.ring.is_empty() {
            self.ring.resize_with(self.depth, Kept::default);
        }
        let place = self.place(sequence);
        if let Some(kept) = self.ring.get_mut(place) {
            kept.sequence = sequence;
            kept.payload.clear();
            kept.payload.extend_from_slice(payload);
        }
    }

    /// The payload of this number, while it is kept.
    pub(crate) fn get(&self, sequence: u64) -> Option<&[u8]> {
        let kept = self.ring.get(self.place(sequence))?;
        (kept.sequence == sequence && !kept.payload.is_empty()).then_some(&kept.payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_packets_are_kept_and_older_ones_are_gone() {
        let mut history = History::new(Source::Camera, 2);
        assert_eq!(history.get(0), None);
        for sequence in 0..600u64 {
            history.keep(sequence, &sequence.to_be_bytes());
        }
        assert_eq!(history.get(599), Some(&599u64.to_be_bytes()[..]));
        assert_eq!(history.get(600 - LARGE as u64), Some(&(600 - LARGE as u64).to_be_bytes()[..]));
        assert_eq!(history.get(599 - LARGE as u64), None);
    }
}
