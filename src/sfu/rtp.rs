//! RTP packets (RFC 3550) with header extensions (RFC 8285): reading without a copy, writing into a
//! given buffer.
//!
//! Owns the layout of bytes only. Every read is bounded; a packet that does not fit its own lengths
//! is `None`.

/// Size of the fixed header, bytes.
pub(crate) const FIXED_HEADER: usize = 12;

/// Reads two bytes in network order.
pub(crate) fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at.checked_add(2)?)?.try_into().ok().map(u16::from_be_bytes)
}

/// Reads four bytes in network order.
pub(crate) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_be_bytes)
}

/// Length of everything before the payload: what SRTP authenticates but does not encrypt.
pub(crate) fn header_length(packet: &[u8]) -> Option<usize> {
    let first = *packet.first()?;
    if first >> 6 != 2 {
        return None;
    }
    let mut length = FIXED_HEADER + 4 * usize::from(first & 0x0F);
    if first & 0x10 != 0 {
        length += 4 + 4 * usize::from(be16(packet, length + 2)?);
    }
    (packet.len() >= length).then_some(length)
}

/// A packet as it lies in memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rtp<'a> {
    /// End of a frame (video) or start of a talk spurt (audio).
    pub(crate) marker: bool,
    /// Payload type, 7 bits.
    pub(crate) payload_type: u8,
    /// Sequence number.
    pub(crate) sequence: u16,
    /// In units of the clock rate.
    pub(crate) timestamp: u32,
    /// The stream.
    pub(crate) ssrc: u32,
    /// Without padding; empty for a packet that is padding only.
    pub(crate) payload: &'a [u8],
    extensions: &'a [u8],
    profile: u16,
}

impl<'a> Rtp<'a> {
    /// Reads a decrypted packet.
    pub(crate) fn parse(packet: &'a [u8]) -> Option<Self> {
        let start = header_length(packet)?;
        let first = *packet.first()?;
        let second = *packet.get(1)?;
        let (mut extensions, mut profile) = (&[][..], 0);
        if first & 0x10 != 0 {
            let at = FIXED_HEADER + 4 * usize::from(first & 0x0F);
            profile = be16(packet, at)?;
            extensions = packet.get(at + 4..start)?;
        }
        let mut end = packet.len();
        if first & 0x20 != 0 {
            let padding = usize::from(*packet.last()?);
            end = end.checked_sub(padding).filter(|_| padding != 0)?;
        }
        Some(Self {
            marker: second & 0x80 != 0,
            payload_type: second & 0x7F,
            sequence: be16(packet, 2)?,
            timestamp: be32(packet, 4)?,
            ssrc: be32(packet, 8)?,
            payload: packet.get(start..end)?,
            extensions,
            profile,
        })
    }

    /// The value of the header extension with this id, in the one-byte or two-byte form. Id 0 is
    /// nothing.
    pub(crate) fn extension(&self, id: u8) -> Option<&'a [u8]> {
        if id == 0 {
            return None;
        }
        let mut rest = self.extensions;
        while let Some((&head, tail)) = rest.split_first() {
            if head == 0 {
                rest = tail;
                continue;
            }
            let (found, length, value) = match self.profile {
                0xBEDE => (head >> 4, usize::from(head & 0x0F) + 1, tail),
                profile if profile & 0xFFF0 == 0x1000 => {
                    let (&length, value) = tail.split_first()?;
                    (head, usize::from(length), value)
                }
                _ => return None,
            };
            if self.profile == 0xBEDE && found == 15 {
                return None; // RFC 8285 section 4.2: stop at the reserved id.
            }
            let (value, after) = value.split_at_checked(length)?;
            if found == id {
                return Some(value);
            }
            rest = after;
        }
        None
    }
}

/// What [`write_header`] puts in front of a payload.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    /// As in [`Rtp::marker`].
    pub(crate) marker: bool,
    /// Payload type, 7 bits.
    pub(crate) payload_type: u8,
    /// Sequence number.
    pub(crate) sequence: u16,
    /// In units of the clock rate.
    pub(crate) timestamp: u32,
    /// The stream.
    pub(crate) ssrc: u32,
}

/// Appends a header with one-byte extensions: ids 1 to 14, values of 1 to 16 bytes; others are left
/// out.
pub(crate) fn write_header(out: &mut Vec<u8>, head: &Head, extensions: &[(u8, &[u8])]) {
    let fits = |(id, value): &&(u8, &[u8])| (1..15).contains(id) && (1..=16).contains(&value.len());
    let size: usize = extensions.iter().filter(fits).map(|(_, value)| 1 + value.len()).sum();
    let words = size.div_ceil(4);
    out.reserve(FIXED_HEADER + 4 + 4 * words);
    let first = if size > 0 { 0x90 } else { 0x80 };
    let second = head.payload_type & 0x7F | if head.marker { 0x80 } else { 0 };
    let ([a, b], [c, d, e, f]) = (head.sequence.to_be_bytes(), head.timestamp.to_be_bytes());
    let [g, h, i, j] = head.ssrc.to_be_bytes();
    out.extend_from_slice(&[first, second, a, b, c, d, e, f, g, h, i, j]);
    if size == 0 {
        return;
    }
    let [high, low] = u16::try_from(words).unwrap_or(0).to_be_bytes();
    out.extend_from_slice(&[0xBE, 0xDE, high, low]);
    for (id, value) in extensions.iter().filter(fits) {
        out.push(id << 4 | (u8::try_from(value.len()).unwrap_or(1) - 1));
        out.extend_from_slice(value);
    }
    out.extend_from_slice([0; 3].get(..4 * words - size).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEAD: Head =
        Head { marker: true, payload_type: 96, sequence: 7, timestamp: 90_000, ssrc: 0xABCD };

    #[test]
    fn what_is_written_is_read_again() {
        let mut packet = vec![];
        write_header(&mut packet, &HEAD, &[(3, &[1, 2]), (0, &[9]), (4, b"mid0"), (15, &[1])]);
        packet.extend_from_slice(b"payload");
        let rtp = Rtp::parse(&packet).unwrap();
        assert_eq!((rtp.marker, rtp.payload_type, rtp.sequence), (true, 96, 7));
        assert_eq!((rtp.timestamp, rtp.ssrc, rtp.payload), (90_000, 0xABCD, &b"payload"[..]));
        assert_eq!(rtp.extension(3), Some(&[1u8, 2][..]));
        assert_eq!(rtp.extension(4), Some(&b"mid0"[..]));
        assert_eq!((rtp.extension(0), rtp.extension(15), rtp.extension(5)), (None, None, None));
    }

    #[test]
    fn two_byte_extensions_are_read() {
        let mut packet = vec![0x90, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0x10, 0, 0, 2];
        packet.extend_from_slice(&[20, 3, b'a', b'b', b'c', 0, 0, 0, 42]);
        let rtp = Rtp::parse(&packet).unwrap();
        assert_eq!(rtp.extension(20), Some(&b"abc"[..]));
        assert_eq!(rtp.payload, [42]);
    }

    #[test]
    fn padding_is_cut_and_a_padding_only_packet_is_empty() {
        let mut packet = vec![0xA0, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
        packet.extend_from_slice(&[0, 0, 0, 4]);
        assert!(Rtp::parse(&packet).unwrap().payload.is_empty());
        *packet.last_mut().unwrap() = 17;
        assert!(Rtp::parse(&packet).is_none(), "more padding than packet");
        *packet.last_mut().unwrap() = 0;
        assert!(Rtp::parse(&packet).is_none(), "padding of no length");
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), id in any::<u8>()) {
            if let Some(rtp) = Rtp::parse(&bytes) {
                let _ = rtp.extension(id);
            }
        }
    }
}
