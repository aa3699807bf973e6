//! Pictures, made anew: small enough to be looked at, and without anything but their pixels.
//!
//! Owns: the bounds of what is decoded. Invariants: pixels are counted from the header before anything is decoded; what comes
//! out was encoded here, so neither place nor time nor device of the camera is in it, nor anything that a reader could take for
//! something else. `image` is chosen because it is safe Rust throughout.
//! Does not: keep what moves; of a GIF the first picture is shown.

use super::jpeg;
use crate::protocol::file::FileFault;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// Pixels of one picture. Telephones make 50 million.
pub const MAX_PIXELS: u64 = 64 * 1_000_000;
/// Samples (pixels by colours) of a picture that is sent in passes: a decoder keeps all of them until the last has come, twice as
/// wide, beside what it makes. It is 24 million pixels; cameras do not write such files, web pages do.
const MAX_SAMPLES_IN_PASSES: u64 = 72 * 1_000_000;
/// Pixels of one side.
const MAX_SIDE: u32 = 16_384;
/// Bytes that decoding may take.
const MAX_ALLOC: u64 = 320 * 1024 * 1024;
/// Pixels of the longer side of a preview: a large screen.
const PREVIEW: u32 = 2_048;
/// The same of a thumbnail.
const THUMBNAIL: u32 = 512;
/// Of JPEG.
const QUALITY: u8 = 82;

/// A picture made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remade {
    /// Pixels of the original, as it is looked at.
    pub width: u32,
    /// The same.
    pub height: u32,
    /// Type of both.
    pub content_type: &'static str,
    /// Encoded.
    pub preview: Vec<u8>,
    /// Encoded.
    pub thumbnail: Vec<u8>,
}

/// Makes a picture anew.
///
/// # Errors
/// [`FileFault::TooManyPixels`], [`FileFault::Damaged`].
pub fn remake(bytes: &[u8], format: ImageFormat) -> Result<Remade, FileFault> {
    let damaged = |_| FileFault::Damaged;
    if format == ImageFormat::Jpeg {
        let samples = jpeg::samples_in_passes(bytes)?;
        if samples.is_some_and(|it| it > MAX_SAMPLES_IN_PASSES) {
            return Err(FileFault::TooManyPixels);
        }
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOC);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    let is_large = u64::from(width).saturating_mul(u64::from(height)) > MAX_PIXELS;
    if is_large || width > MAX_SIDE || height > MAX_SIDE || decoder.total_bytes() > MAX_ALLOC {
        return Err(FileFault::TooManyPixels);
    }
    let orientation = decoder.orientation().map_err(damaged)?;
    let original = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    let has_alpha = original.color().has_alpha();
    let mut preview = shrunk(original, PREVIEW);
    preview.apply_orientation(orientation);
    let is_turned = (width > height) != (preview.width() > preview.height());
    let thumbnail = shrunk(preview.clone(), THUMBNAIL);
    let (width, height) = if is_turned { (height, width) } else { (width, height) };
    Ok(Remade {
        width,
        height,
        content_type: if has_alpha { "image/png" } else { "image/jpeg" },
        preview: encode(preview, has_alpha)?,
        thumbnail: encode(thumbnail, has_alpha)?,
    })
}

fn shrunk(picture: DynamicImage, side: u32) -> DynamicImage {
    match picture.width().max(picture.height()) > side {
        true => picture.thumbnail(side, side),
        false => picture,
    }
}

fn encode(picture: DynamicImage, has_alpha: bool) -> Result<Vec<u8>, FileFault> {
    let mut out = Cursor::new(Vec::new());
    let encoded = match has_alpha {
        true => DynamicImage::from(picture.into_rgba8()).write_to(&mut out, ImageFormat::Png),
        false => {
            let encoder = JpegEncoder::new_with_quality(&mut out, QUALITY);
            picture.into_rgb8().write_with_encoder(encoder)
        }
    };
    encoded.map_err(|_| FileFault::Damaged)?;
    Ok(out.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        picture.write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    #[test]
    fn a_picture_becomes_smaller_ones_of_the_same_form() {
        for (format, width, shown, small) in [
            (ImageFormat::Jpeg, 2_560, 2_048, 512),
            (ImageFormat::Png, 600, 600, 512),
            (ImageFormat::WebP, 80, 80, 80),
            (ImageFormat::Gif, 80, 80, 80),
        ] {
            let picture = RgbImage::from_pixel(width, width / 2, Rgb([9, 99, 200]));
            let bytes = encoded(&DynamicImage::from(picture), format);
            let made = remake(&bytes, format).unwrap();
            assert_eq!((made.width, made.height), (width, width / 2), "{format:?}");
            for (bytes, side) in [(&made.preview, shown), (&made.thumbnail, small)] {
                let size = (side, side / 2);
                let of = ImageFormat::from_mime_type(made.content_type).unwrap();
                let again = image::load_from_memory_with_format(bytes, of).unwrap();
                assert_eq!((again.width(), again.height()), size, "{format:?}");
            }
        }
        let clear = DynamicImage::from(RgbaImage::from_pixel(8, 8, Rgba([1, 2, 3, 4])));
        let made = remake(&encoded(&clear, ImageFormat::Png), ImageFormat::Png).unwrap();
        assert_eq!(made.content_type, "image/png");
    }

    #[test]
    fn what_the_camera_wrote_is_gone_and_the_picture_stands_upright() {
        let picture = DynamicImage::from(RgbImage::from_pixel(40, 20, Rgb([1, 2, 3])));
        let plain = encoded(&picture, ImageFormat::Jpeg);
        // APP1 with a TIFF header and one tag: orientation 6, turned by a quarter; then words that look like a place.
        let mut exif =
            b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
        exif.extend_from_slice(b"GPS 52.5200 13.4050");
        let mut with_exif = plain[..2].to_vec();
        with_exif.extend_from_slice(&[0xff, 0xe1]);
        with_exif.extend_from_slice(&u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
        with_exif.extend_from_slice(&exif);
        with_exif.extend_from_slice(&plain[2..]);
        let made = remake(&with_exif, ImageFormat::Jpeg).unwrap();
        assert_eq!((made.width, made.height), (20, 40), "upright");
        for bytes in [&made.preview, &made.thumbnail] {
            assert!(!bytes.windows(4).any(|it| it == b"Exif" || it == b"GPS "));
        }
    }

    #[test]
    fn pixels_are_counted_before_they_are_decoded() {
        // A header that says 50 000 by 50 000, and nothing else.
        let mut header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        header.extend_from_slice(&50_000_u32.to_be_bytes());
        header.extend_from_slice(&50_000_u32.to_be_bytes());
        header.extend_from_slice(&[8, 2, 0, 0, 0]);
        let crc = crc(&header[12..]);
        header.extend_from_slice(&crc.to_be_bytes());
        header.extend_from_slice(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
        assert_eq!(remake(&header, ImageFormat::Png), Err(FileFault::TooManyPixels));
        assert_eq!(remake(b"\x89PNG\r\n\x1a\n", ImageFormat::Png), Err(FileFault::Damaged));
    }

    /// The beginning of a JPEG of that kind and size, and nothing else.
    fn jpeg_head(frame: u8, side: u16) -> Vec<u8> {
        let mut bytes = vec![0xff, 0xd8, 0xff, frame, 0, 17, 8];
        bytes.extend_from_slice(&side.to_be_bytes());
        bytes.extend_from_slice(&side.to_be_bytes());
        bytes.extend_from_slice(&[3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
        bytes
    }

    #[test]
    fn a_picture_in_passes_may_be_smaller_because_it_takes_more_memory() {
        for (frame, side, expected) in [
            (0xc0, 7_000, FileFault::Damaged),
            (0xc2, 4_800, FileFault::Damaged),
            (0xc2, 7_000, FileFault::TooManyPixels),
            (0xca, 7_000, FileFault::TooManyPixels),
            (0xc0, 9_000, FileFault::TooManyPixels),
        ] {
            let found = remake(&jpeg_head(frame, side), ImageFormat::Jpeg);
            // What is small enough goes on to the decoder, which finds nothing behind the head.
            assert!(
                found == Err(expected) || expected == FileFault::TooManyPixels && frame == 0xc0,
                "{frame:x} {side}: {found:?}"
            );
        }
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |it, _| {
                (it >> 1) ^ if it & 1 == 1 { 0xedb8_8320 } else { 0 }
            })
        })
    }
}
