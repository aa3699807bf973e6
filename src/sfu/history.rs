//! The last payloads of one incoming stream, kept once for all who may ask for them again.
//!
//! Owns the copies. Invariant: at most [`DEPTH`] of them; buffers are reused, so a stream at rest allocates nothing.

/// How many packets are kept: about half a second of a 4 Mb/s picture, and several seconds of a thumbnail.
pub(crate) const DEPTH: usize = 256;

#[derive(Debug, Default)]
struct Kept {
    sequence: u64,
    payload: Vec<u8>,
}

/// A ring of payloads by sequence number.
#[derive(Debug, Default)]
pub(crate) struct History {
    ring: Vec<Kept>,
}

impl History {
    fn place(sequence: u64) -> usize {
        usize::try_from(sequence).unwrap_or(0) % DEPTH
    }

    /// Keeps a payload (not empty) under its number.
    pub(crate) fn keep(&mut self, sequence: u64, payload: &[u8]) {
        if self.ring.is_empty() {
            self.ring.resize_with(DEPTH, Kept::default);
        }
        if let Some(kept) = self.ring.get_mut(Self::place(sequence)) {
            kept.sequence = sequence;
            kept.payload.clear();
            kept.payload.extend_from_slice(payload);
        }
    }

    /// The payload of this number, while it is kept.
    pub(crate) fn get(&self, sequence: u64) -> Option<&[u8]> {
        let kept = self.ring.get(Self::place(sequence))?;
        (kept.sequence == sequence && !kept.payload.is_empty()).then_some(&kept.payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_packets_are_kept_and_older_ones_are_gone() {
        let mut history = History::default();
        assert_eq!(history.get(0), None);
        for sequence in 0..600u64 {
            history.keep(sequence, &sequence.to_be_bytes());
        }
        assert_eq!(history.get(599), Some(&599u64.to_be_bytes()[..]));
        assert_eq!(history.get(600 - DEPTH as u64), Some(&(600 - DEPTH as u64).to_be_bytes()[..]));
        assert_eq!(history.get(599 - DEPTH as u64), None);
    }
}
