//! What a client calls the streams of one kind: mid and payload types.

/// Longest mid.
const MID: usize = 16;

/// A mid, kept where the packet writer needs it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Mid {
    bytes: [u8; MID],
    length: usize,
}

impl Mid {
    /// At most 16 bytes of it.
    pub(crate) fn new(text: &str) -> Self {
        let mut mid = Self::default();
        for (place, byte) in mid.bytes.iter_mut().zip(text.bytes()) {
            *place = byte;
            mid.length += 1;
        }
        mid
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// What a client calls the streams of one kind.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Format {
    pub(crate) mid: Mid,
    pub(crate) payload_type: u8,
    pub(crate) rtx: Option<u8>,
    /// Of redundant sound, if the client reads it.
    pub(crate) red: Option<u8>,
    /// Whether packets carry transport-wide numbers. Not on all of a client's m-lines: Firefox
    /// offers them for pictures only, and reports numbers that sound has as lost.
    pub(crate) is_measured: bool,
}
