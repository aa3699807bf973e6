//! Whether a JPEG comes in passes, and how much of it: a decoder of such a file keeps every sample until the last pass has come.
//!
//! Invariant: reads markers only, once, from the beginning to the end. Does not: decode.

use crate::protocol::file::FileFault;

/// Markers without a length behind them: stuffing, restarts, begin.
const fn is_alone(marker: u8) -> bool {
    matches!(marker, 0x00 | 0x01 | 0xd0..=0xd8 | 0xff)
}

/// Of frames: `SOF0` to `SOF15` without `DHT`, `JPG` and `DAC`.
const fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

/// Of frames in passes: progressive, by Huffman or arithmetic coding, alone or differential.
const fn is_in_passes(marker: u8) -> bool {
    matches!(marker, 0xc2 | 0xc6 | 0xca | 0xce)
}

/// Pixels times colours, when it comes in passes.
///
/// # Errors
/// [`FileFault::Damaged`] when it says more than once how large it is.
pub(super) fn samples_in_passes(bytes: &[u8]) -> Result<Option<u64>, FileFault> {
    let (mut frames, mut samples) = (0_u32, None);
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(0xff, rest) {
        rest = rest.get(at.saturating_add(1)..).unwrap_or_default();
        let Some((marker, behind)) = rest.split_first() else { break };
        // An end before anything that could end is passed over by decoders.
        if is_alone(*marker) || *marker == 0xd9 && frames == 0 {
            // A second 0xff may be the beginning of a marker itself.
            rest = if *marker == 0xff { rest } else { behind };
            continue;
        }
        if *marker == 0xd9 {
            break;
        }
        let Some((head, _)) = behind.split_first_chunk::<2>() else { break };
        let length = usize::from(u16::from_be_bytes(*head));
        if is_frame(*marker) {
            frames = frames.saturating_add(1);
            let colours = behind.get(2..8).and_then(|it| <[u8; 6]>::try_from(it).ok());
            if let Some([_, h1, h2, w1, w2, count]) = colours.filter(|_| is_in_passes(*marker)) {
                let side = |it| u64::from(u16::from_be_bytes(it));
                let pixels = side([h1, h2]).saturating_mul(side([w1, w2]));
                samples = Some(pixels.saturating_mul(count.into()));
            }
        }
        // What is packed behind a scan has no marker but those that stand alone, so going on from its head finds the next.
        rest = behind.get(length..).unwrap_or_default();
    }
    if frames > 1 { Err(FileFault::Damaged) } else { Ok(samples) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
        let length = u16::try_from(payload.len() + 2).unwrap();
        [&[0xff, marker], length.to_be_bytes().as_slice(), payload].concat()
    }

    fn frame(marker: u8, height: u16, width: u16) -> Vec<u8> {
        let mut payload = vec![8];
        payload.extend_from_slice(&height.to_be_bytes());
        payload.extend_from_slice(&width.to_be_bytes());
        payload.extend_from_slice(&[3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
        segment(marker, &payload)
    }

    #[test]
    fn passes_are_found_wherever_the_frame_stands() {
        let begin = vec![0xff, 0xd8];
        // A small picture within the picture is none of it.
        let inside = segment(0xe1, &[begin.clone(), frame(0xc2, 900, 900)].concat());
        let scan =
            [segment(0xda, &[1, 1, 0, 0, 63, 0]), vec![7, 0xff, 0, 9, 0xff, 0xd1, 3]].concat();
        let of = |parts: &[&[u8]]| samples_in_passes(&parts.concat());
        assert_eq!(of(&[&begin, &inside, &frame(0xc0, 10, 20)]), Ok(None));
        assert_eq!(of(&[&begin, &inside, &[0xff], &frame(0xc2, 10, 20)]), Ok(Some(600)));
        assert_eq!(of(&[&begin, &scan, &frame(0xc2, 10, 20)]), Ok(Some(600)));
        let twice = of(&[&begin, &frame(0xc0, 1, 1), &scan, &frame(0xc2, 10, 20)]);
        assert_eq!(twice, Err(FileFault::Damaged));
        let end = [0xff, 0xd9];
        assert_eq!(of(&[&begin, &frame(0xc0, 1, 1), &end, &frame(0xc2, 9, 9)]), Ok(None));
        assert_eq!(of(&[&begin, &end, &begin, &frame(0xc2, 10, 20)]), Ok(Some(600)));
        for cut in [&[][..], &[0xff], &[0xff, 0xc2], &[0xff, 0xc2, 0], &[0xff, 0xc2, 0, 17, 8]] {
            assert_eq!(of(&[&begin, cut]), Ok(None));
        }
    }
}
