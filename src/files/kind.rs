//! What a file is, by its contents, and whether it is taken.
//!
//! Owns: the list of what is taken: pictures that are decoded and made anew, documents of the one kind that everybody reads,
//! and plain text. SVG, HTML and whatever runs are none of them, under any name. Invariant: contents, name and claimed type
//! agree, or it is refused; a file that is two things at once is refused.
//! `infer` is chosen for the signatures because it needs nothing and knows what we refuse as well.

use crate::protocol::file::FileFault;
use image::ImageFormat;

/// What is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A photo.
    Jpeg,
    /// A picture.
    Png,
    /// A picture.
    WebP,
    /// A picture; what moves in it is not shown.
    Gif,
    /// A document.
    Pdf,
    /// UTF-8.
    Text,
}

/// How far into a file something is looked for that another program would begin with.
const HEAD: usize = 1024;
/// What `infer` knows by two letters (`MZ`, `BC`, `BM`).
const SHORT: &[&str] =
    &["application/vnd.microsoft.portable-executable", "application/x-llvm", "image/bmp"];
/// What browsers, shells and readers of documents would find in a picture that is more than one.
const FOREIGN: &[&[u8]] =
    &[b"<script", b"<svg", b"<html", b"<iframe", b"<!doctype", b"<?php", b"javascript:"];

impl Kind {
    const ALL: [Kind; 6] = [Kind::Jpeg, Kind::Png, Kind::WebP, Kind::Gif, Kind::Pdf, Kind::Text];

    /// Its type.
    pub const fn content_type(self) -> &'static str {
        match self {
            Kind::Jpeg => "image/jpeg",
            Kind::Png => "image/png",
            Kind::WebP => "image/webp",
            Kind::Gif => "image/gif",
            Kind::Pdf => "application/pdf",
            Kind::Text => "text/plain",
        }
    }

    /// As the decoder knows it; nothing when it is no picture.
    pub const fn picture(self) -> Option<ImageFormat> {
        match self {
            Kind::Jpeg => Some(ImageFormat::Jpeg),
            Kind::Png => Some(ImageFormat::Png),
            Kind::WebP => Some(ImageFormat::WebP),
            Kind::Gif => Some(ImageFormat::Gif),
            Kind::Pdf | Kind::Text => None,
        }
    }

    const fn endings(self) -> &'static [&'static str] {
        match self {
            Kind::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
            Kind::Png => &["png"],
            Kind::WebP => &["webp"],
            Kind::Gif => &["gif"],
            Kind::Pdf => &["pdf"],
            Kind::Text => &["txt", "text", "csv", "tsv", "md", "log"],
        }
    }

    fn may_claim(self, claimed: &str) -> bool {
        let claimed = claimed.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        matches!(claimed.as_str(), "" | "application/octet-stream")
            || claimed == self.content_type()
            || match self {
                Kind::Jpeg => matches!(claimed.as_str(), "image/jpg" | "image/pjpeg"),
                Kind::Pdf => claimed == "application/x-pdf",
                Kind::Text => matches!(
                    claimed.as_str(),
                    "text/csv" | "text/tab-separated-values" | "text/markdown"
                ),
                Kind::Png | Kind::WebP | Kind::Gif => false,
            }
    }
}

/// What a file is.
///
/// # Errors
/// [`FileFault::TypeNotAllowed`], [`FileFault::TypeMismatch`].
pub fn kind(bytes: &[u8], name: &str, claimed: Option<&str>) -> Result<Kind, FileFault> {
    let kind = by_contents(bytes)?;
    let ending = ending(name);
    let is_named = ending.as_deref().is_none_or(|it| kind.endings().contains(&it));
    let is_one = kind.picture().is_none() || !is_two(bytes);
    if is_named && is_one && claimed.is_none_or(|it| kind.may_claim(it)) {
        Ok(kind)
    } else {
        Err(FileFault::TypeMismatch)
    }
}

fn by_contents(bytes: &[u8]) -> Result<Kind, FileFault> {
    match infer::get(bytes) {
        // Two letters are no signature of what is text from the beginning to the end: "BMI 24", "MZ of Monday".
        Some(found) if SHORT.contains(&found.mime_type()) && is_text(bytes) => Ok(Kind::Text),
        Some(found) => {
            let kind = Kind::ALL.into_iter().find(|it| it.content_type() == found.mime_type());
            kind.ok_or(FileFault::TypeNotAllowed)
        }
        None if is_text(bytes) => Ok(Kind::Text),
        None => Err(FileFault::TypeNotAllowed),
    }
}

/// Letters that people write, and nothing that begins like markup or a program.
fn is_text(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let is_written = |it: char| !it.is_control() || matches!(it, '\n' | '\r' | '\t' | '\u{C}');
    let begin = text.trim_start();
    let is_markup = begin.strip_prefix('<').is_some_and(|it| {
        it.starts_with(|next: char| next.is_ascii_alphabetic() || matches!(next, '!' | '?' | '/'))
    });
    text.chars().all(is_written)
        && !is_markup
        && !begin.starts_with("#!")
        && !begin.starts_with("%PDF")
        && !bytes.is_empty()
}

/// Whether a picture is something else besides.
fn is_two(bytes: &[u8]) -> bool {
    let lower = bytes.to_ascii_lowercase();
    let has = |what: &[u8]| lower.windows(what.len()).any(|it| it == what);
    // Readers of documents look for the beginning of one in so many bytes.
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let is_document = head.windows(5).any(|it| it == b"%PDF-");
    // An archive is read from its end.
    let tail = bytes.get(bytes.len().saturating_sub(64 * 1024)..).unwrap_or(bytes);
    let is_archive = tail.windows(4).any(|it| it == b"PK\x05\x06");
    is_document || is_archive || FOREIGN.iter().any(|it| has(it))
}

/// The ending of a name, when it has one: what stands behind the last dot, however long it is. Behind a dot and a space a word goes
/// on.
fn ending(name: &str) -> Option<String> {
    let (before, ending) = name.rsplit_once('.')?;
    let is_one = !before.is_empty()
        && !ending.is_empty()
        && ending.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_'));
    is_one.then(|| ending.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

    #[rstest]
    #[case(PNG, "a.png", None, Kind::Png)]
    #[case(PNG, "no ending", Some("image/png"), Kind::Png)]
    #[case(PNG, "letter of Dr. Miller", Some("application/octet-stream"), Kind::Png)]
    #[case(b"\xff\xd8\xff\xe0", "a.JPEG", Some("image/jpg"), Kind::Jpeg)]
    #[case(b"%PDF-1.7\n", "a.pdf", None, Kind::Pdf)]
    #[case("Gr\u{fc}\u{df}e\n".as_bytes(), "a.txt", Some("text/plain; charset=utf-8"), Kind::Text)]
    #[case(b"a;b\n1;2\n", "values.csv", Some("text/csv"), Kind::Text)]
    #[case(b"<3 thank you", "a.txt", None, Kind::Text)]
    #[case(b"BC of the throat, since Monday", "a.txt", None, Kind::Text)]
    #[case(b"BMI 24", "a.txt", None, Kind::Text)]
    #[case(b"MZ: pain when walking", "a.txt", None, Kind::Text)]
    fn these_are_taken(
        #[case] bytes: &[u8],
        #[case] name: &str,
        #[case] claimed: Option<&str>,
        #[case] expected: Kind,
    ) {
        assert_eq!(kind(bytes, name, claimed), Ok(expected));
    }

    #[rstest]
    #[case(b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "a.svg", None)]
    #[case(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.png", None)]
    #[case(b"  <!DOCTYPE html><html></html>", "a.png", Some("image/png"))]
    #[case(b"<?xml version='1.0'?><a/>", "a.txt", None)]
    #[case(b"#!/bin/sh\nrm", "a.txt", None)]
    #[case(b"MZ\x90\0", "a.txt", None)]
    #[case(b"BC\xc0\xde\x35", "a.txt", None)]
    #[case(b"PK\x03\x04", "a.docx", None)]
    #[case(b"\0\x01\x02", "a.txt", None)]
    #[case(b"\xff\xfe<\0h\0", "a.txt", None)]
    fn these_are_not(#[case] bytes: &[u8], #[case] name: &str, #[case] claimed: Option<&str>) {
        assert_eq!(kind(bytes, name, claimed), Err(FileFault::TypeNotAllowed));
    }

    #[rstest]
    #[case(PNG, "a.jpg", None)]
    #[case(PNG, "a.html", None)]
    #[case(PNG, "a.png", Some("text/html"))]
    #[case(b"alert(1)", "a.js", None)]
    #[case(b"[Desktop Entry]\nExec=sh", "notes.desktop", None)]
    #[case(b"{}", "notes.webmanifest", None)]
    #[case(b"hello", "notes.library-ms", None)]
    #[case(PNG, "a.application", None)]
    #[case(b"GIF89a/*\0\0\0*/=1;<script>", "a.gif", None)]
    #[case(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR%PDF-1.4", "a.png", None)]
    #[case(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDRPK\x05\x06", "a.png", None)]
    fn these_pretend(#[case] bytes: &[u8], #[case] name: &str, #[case] claimed: Option<&str>) {
        assert_eq!(kind(bytes, name, claimed), Err(FileFault::TypeMismatch));
    }
}
