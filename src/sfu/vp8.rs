//! The VP8 payload descriptor (RFC 7741): where a key frame starts, and numbering pictures through
//! across switches.
//!
//! Owns [`PictureIds`]: what a receiver sees in one slot counts on by one whatever feeds the slot.
//! Decodes no picture.

use super::rtp::be16;

/// Where the numbers of a descriptor lie in the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Descriptor {
    /// The first packet of a key frame.
    pub(crate) starts_key_frame: bool,
    picture: Picture,
    /// Offset of TL0PICIDX.
    tl0: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Picture {
    #[default]
    Absent,
    /// 7 bits at this offset.
    Short(usize),
    /// 15 bits at this offset.
    Long(usize),
}

/// Reads the descriptor; `None` when the payload is shorter than it says.
pub(crate) fn parse(payload: &[u8]) -> Option<Descriptor> {
    let first = *payload.first()?;
    let (mut at, mut picture, mut tl0) = (1, Picture::Absent, None);
    if first & 0x80 != 0 {
        let extended = *payload.get(1)?;
        at = 2;
        if extended & 0x80 != 0 {
            let long = *payload.get(at)? & 0x80 != 0;
            picture = if long { Picture::Long(at) } else { Picture::Short(at) };
            at += if long { 2 } else { 1 };
        }
        if extended & 0x40 != 0 {
            tl0 = Some(at);
            at += 1;
        }
        if extended & 0x30 != 0 {
            at += 1;
        }
    }
    // The frame header's lowest bit is 0 for a key frame; it exists only at the start of the first
    // partition.
    let starts_frame = first & 0x10 != 0 && first & 0x07 == 0;
    let header = *payload.get(at)?;
    Some(Descriptor { starts_key_frame: starts_frame && header & 1 == 0, picture, tl0 })
}

/// What has to be added to the numbers of the source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct PictureShift {
    picture: u16,
    tl0: u8,
}

/// Picture numbers of one outgoing stream.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PictureIds {
    shift: PictureShift,
    last_picture: u16,
    last_tl0: u8,
}

impl PictureIds {
    /// A new source begins with this packet: its picture follows the last one sent.
    pub(crate) fn align(&mut self, descriptor: &Descriptor, payload: &[u8]) {
        if let Some(id) = picture_id(descriptor, payload) {
            self.shift.picture = self.last_picture.wrapping_add(1).wrapping_sub(id);
        }
        if let Some(tl0) = descriptor.tl0.and_then(|at| payload.get(at)) {
            self.shift.tl0 = self.last_tl0.wrapping_add(1).wrapping_sub(*tl0);
        }
    }

    /// What to add to a packet of the present source.
    pub(crate) fn shift(&self) -> PictureShift {
        self.shift
    }

    /// The newest packet of the stream was this one (before the shift).
    pub(crate) fn sent(&mut self, descriptor: &Descriptor, payload: &[u8]) {
        if let Some(id) = picture_id(descriptor, payload) {
            self.last_picture = id.wrapping_add(self.shift.picture);
        }
        if let Some(tl0) = descriptor.tl0.and_then(|at| payload.get(at)) {
            self.last_tl0 = tl0.wrapping_add(self.shift.tl0);
        }
    }
}

/// The picture id as it stands in the payload.
pub(crate) fn picture_id(descriptor: &Descriptor, payload: &[u8]) -> Option<u16> {
    match descriptor.picture {
        Picture::Absent => None,
        Picture::Short(at) => payload.get(at).map(|id| u16::from(id & 0x7F)),
        Picture::Long(at) => be16(payload, at).map(|id| id & 0x7FFF),
    }
}

/// Adds the shift to a payload in place. Lengths never change: a 7-bit id stays one.
pub(crate) fn apply(shift: PictureShift, descriptor: &Descriptor, payload: &mut [u8]) {
    if let Some(id) = picture_id(descriptor, payload) {
        let [high, low] = id.wrapping_add(shift.picture).to_be_bytes();
        match descriptor.picture {
            Picture::Absent => {}
            Picture::Short(at) => {
                if let Some(byte) = payload.get_mut(at) {
                    *byte = low & 0x7F;
                }
            }
            Picture::Long(at) => {
                if let Some([a, b]) = payload.get_mut(at..at + 2) {
                    (*a, *b) = (0x80 | high, low);
                }
            }
        }
    }
    if let Some(byte) = descriptor.tl0.and_then(|at| payload.get_mut(at)) {
        *byte = byte.wrapping_add(shift.tl0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A payload with a 15-bit picture id and a TL0PICIDX.
    fn payload(id: u16, tl0: u8, key: bool) -> Vec<u8> {
        let [high, low] = id.to_be_bytes();
        vec![0x90, 0xE0, 0x80 | high, low, tl0, 0, u8::from(!key), 1, 2]
    }

    #[test]
    fn a_key_frame_is_known_by_its_first_packet_only() {
        assert!(parse(&payload(5, 1, true)).unwrap().starts_key_frame);
        assert!(!parse(&payload(5, 1, false)).unwrap().starts_key_frame);
        let mut continuation = payload(5, 1, true);
        continuation[0] = 0x80;
        assert!(!parse(&continuation).unwrap().starts_key_frame);
    }

    #[test]
    fn picture_ids_count_on_across_sources() {
        let mut ids = PictureIds::default();
        let mut seen = vec![];
        for (source, id, tl0) in
            [(0, 32_766, 254), (0, 32_767, 255), (0, 0, 0), (1, 900, 7), (1, 901, 8)]
        {
            let mut bytes = payload(id, tl0, true);
            let descriptor = parse(&bytes).unwrap();
            if source == 1 && id == 900 || seen.is_empty() {
                ids.align(&descriptor, &bytes);
            }
            ids.sent(&descriptor, &bytes);
            apply(ids.shift(), &descriptor, &mut bytes);
            seen.push((picture_id(&descriptor, &bytes).unwrap(), bytes[4]));
        }
        assert_eq!(seen, [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5)]);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..20)) {
            if let Some(descriptor) = parse(&bytes) {
                let length = bytes.len();
                apply(PictureShift { picture: 3, tl0: 4 }, &descriptor, &mut bytes);
                prop_assert_eq!(bytes.len(), length);
                prop_assert_eq!(parse(&bytes), Some(descriptor));
            }
        }
    }
}
