//! Documents that were made to break their reader: each ends within its bounds.

use super::paper::{FIRST, FONT, Paper, letter};
use super::tests::{CARD, GLYPHS, TO_UNICODE, reads, tells};
use super::*;
use proptest::prelude::*;
use rstest::rstest;

/// Bounds that are reached in a moment.
const SMALL: Bounds =
    Bounds { unpacked: 1 << 20, parsed: 4 << 20, objects: 5_000, pages: 100, text: 1 << 18 };

fn read_within(bytes: &[u8], bounds: &Bounds) -> Text {
    read(bytes, bounds, &AtomicBool::new(false))
}

/// A bomb of a gigabyte in a megabyte is a bound like any other.
#[test]
fn no_more_is_unpacked_than_is_said() {
    let spaces = vec![b' '; SMALL.unpacked + 1];
    let bomb = Paper::empty(1).page(FIRST, 11).packed(11, "", &spaces);
    assert_eq!(read_within(&bomb.bytes(), &SMALL).unread, Some(Unread::Bound));
    // Many that are small, and one that many refer to.
    let mut many = Paper::empty(90).packed(11, "", &vec![b' '; SMALL.unpacked / 50]);
    for page in 0..90 {
        many = many.page(FIRST + 20 + page, 11);
    }
    assert_eq!(read_within(&many.bytes(), &SMALL).unread, Some(Unread::Bound));
    // Packed, and packed again.
    let inner = miniz_oxide::deflate::compress_to_vec_zlib(&vec![0; 8 << 20], 9);
    let twice = Paper::empty(1).page(FIRST, 11).packed(11, "/Filter [/Fl /Fl] /Of", &inner);
    assert_eq!(read_within(&twice.bytes(), &SMALL).unread, Some(Unread::Bound));
    let within =
        Paper::of(&[""]).packed(99, "/Type /ObjStm /N 1 /First 4", &vec![b' '; SMALL.unpacked + 1]);
    assert_eq!(read_within(&within.bytes(), &SMALL).unread, Some(Unread::Bound));
}

#[test]
fn text_and_pages_and_objects_have_an_end() {
    let show = "(0123456789) Tj ".repeat(SMALL.text / 5);
    let long = read_within(&Paper::of(&[&show]).bytes(), &Bounds { unpacked: 8 << 20, ..SMALL });
    assert_eq!(long.unread, Some(Unread::Bound));
    assert!((SMALL.text..SMALL.text + 64).contains(&long.letters.len()), "{}", long.letters.len());
    let one = format!("({}) Tj", "0".repeat(2 * SMALL.text));
    let one = read_within(&Paper::of(&[&one]).bytes(), &SMALL);
    assert_eq!((one.unread, one.letters.len()), (Some(Unread::Bound), SMALL.text + 1));
    let beside = Paper::of(&[""]).object(80, &format!("<</Title ({})>>", "4".repeat(SMALL.text)));
    let beside = read_within(&beside.bytes(), &SMALL);
    assert_eq!((beside.unread, beside.letters.len()), (Some(Unread::Bound), 64 * 1024 + 1));
    let pages = vec!["BT (x) Tj ET"; SMALL.pages + 1];
    let read = read_within(&Paper::of(&pages).bytes(), &SMALL);
    assert_eq!((read.unread, read.letters.len()), (Some(Unread::Bound), 2 * SMALL.pages));
    let objects: Vec<u8> =
        (0..SMALL.objects + 1).flat_map(|it| format!("{it} 0 obj 1 ").into_bytes()).collect();
    assert_eq!(read_within(&objects, &SMALL).unread, Some(Unread::Bound));
}

/// A hundred thousand pages, one above the other and one beside the other.
#[test]
fn a_hundred_thousand_pages_are_not_gone_through() {
    let mut deep = b"%PDF-1.7\n".to_vec();
    for it in 1..=100_000 {
        let page =
            format!("{it} 0 obj <</Type /Page /Parent {} 0 R /Contents [7 0 R]>> endobj\n", it + 1);
        deep.extend_from_slice(page.as_bytes());
    }
    assert_eq!(
        read_within(&deep, &Bounds::USUAL).unread,
        Some(Unread::Broken),
        "no such stream, and many more"
    );
    let kids = "5 0 R ".repeat(100_001);
    let flat = Paper::of(&[""]).object(2, &format!("<</Type /Pages /Kids [{kids}]>>"));
    assert_eq!(reads(&flat.bytes()).unread, Some(Unread::Broken));
}

#[test]
fn circles_end() {
    let circle = Paper::empty(1)
        .object(2, "<</Type /Pages /Kids [2 0 R 10 0 R 2 0 R] /Parent 2 0 R>>")
        .object(FIRST, "<</Type /Page /Parent 2 0 R /Contents 11 0 R>>")
        .object(11, "12 0 R")
        .object(12, "11 0 R")
        .object(13, "<</Type /Page /Contents 13 0 R /Resources 14 0 R /Parent 13 0 R>>")
        .object(14, "14 0 R")
        .object(15, "<</Type /Page /Contents [15 0 R [15 0 R] 16 0 R] /Resources <</Font 14 0 R /XObject 14 0 R>>>>")
        .stream(16, "/Filter 14 0 R", b"");
    assert!(reads(&circle.bytes()).unread.is_some());
    let own = Paper::of(&["/F1 1 Tf /X1 Do BT (4111 1111 1111 1111) Tj ET"])
        .object(FONT, "<</Type /Font /Subtype /Type0 /DescendantFonts [3 0 R] /ToUnicode 3 0 R /Encoding 3 0 R>>")
        .object(14, "<</Type /ObjStm>>")
        .packed(60, "/Type /XObject /Subtype /Form /Resources <</XObject <</X1 60 0 R>>>>", b"/X1 Do");
    assert_eq!(reads(&own.bytes()).unread, Some(Unread::Letters));
    // The table of places is not read, so it may say what it likes.
    let mut table = letter(CARD);
    table.extend_from_slice(b"xref\n0 4294967295\ntrailer <</Prev 9 /XRefStm 9 /Size 99999999999>>\nstartxref\n9\n%%EOF");
    tells(&table, CARD);
}

#[rstest]
#[case::lists(b"[".repeat(100_000))]
#[case::dictionaries(b"<</A ".repeat(100_000))]
#[case::texts(b"(".repeat(100_000))]
#[case::hex(b"<4".repeat(100_000))]
#[case::ends(b">>])} ".repeat(100_000))]
#[case::saved(b"q ".repeat(100_000))]
#[case::fonts(b"/F1 1 Tf /No 1 Tf /X Do ".repeat(50_000))]
#[case::pictures(b"ID EI".repeat(100_000))]
#[case::headers(b"1 0 obj (".repeat(100_000))]
#[case::objects(b"1 0 obj <</Type /Page /Contents 1 0 R>>stream\n".repeat(50_000))]
#[case::numbers(b"1e9 -.-. 99999999999999999999999999999999999999999999999999 0 R ".repeat(20_000))]
fn what_goes_deep_or_has_no_end_ends(#[case] written: Vec<u8>) {
    let text = String::from_utf8(written).unwrap();
    for paper in [
        Paper::of(&[&text]),
        Paper::of(&[""]).object(80, &text),
        Paper::of(&["BT /F1 9 Tf (1) Tj ET"]).stream(
            81,
            "/Type /ObjStm /N 4000000000 /First 99",
            text.as_bytes(),
        ),
        Paper::of(&["BT /F1 9 Tf (1) Tj ET"]).object(FONT, "<</ToUnicode 82 0 R>>").stream(
            82,
            "",
            text.as_bytes(),
        ),
    ] {
        let read = read_within(&paper.bytes(), &SMALL);
        assert!(read.letters.len() <= SMALL.text + 64);
    }
}

#[test]
fn whoever_says_that_it_is_over_is_heard() {
    let is_over = AtomicBool::new(true);
    let read = read(&letter(CARD), &Bounds::USUAL, &is_over);
    assert_eq!((read.letters.as_str(), read.unread), ("", Some(Unread::Late)));
}

/// Everything that there is, in one document.
fn rich() -> Vec<u8> {
    Paper::of(&[&format!("BT /F1 12 Tf {GLYPHS} Tj [(4) -9 (1)] TJ ET /X1 Do"), "BI ID x EI BT <41> ' ET"])
        .object(FONT, "<</Type /Font /Subtype /Type0 /Encoding /Identity-H /DescendantFonts [31 0 R] /ToUnicode 32 0 R>>")
        .object(31, "<</DW 500 /W [16 25 556 3 [278 4294967295]] /Title (a \\( b)>>")
        .packed(32, "", TO_UNICODE.as_bytes())
        .packed(33, "/Subtype /Form /Resources <</Font 34 0 R>>", b"/F1 9 Tf (1) Tj")
        .object_within(34, "<</F1 <</Encoding <</Differences [1 /one 2 /uni0032]>>>>>>")
        .bytes()
}

#[test]
fn cut_off_anywhere_it_ends() {
    let whole = rich();
    assert!(reads(&whole).letters.contains(CARD));
    for end in 0..whole.len() {
        reads(&whole[..end]);
    }
}

proptest! {
    #[test]
    fn no_bytes_are_too_much(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        read_within(&bytes, &SMALL);
        // As contents, as codes of a font, and as objects.
        let paper = Paper::of(&[""]).stream(11, "", &bytes).stream(32, "", &bytes).object(FONT, "<</ToUnicode 32 0 R>>");
        read_within(&paper.stream(99, "/Type /ObjStm /N 9 /First 40", &bytes).bytes(), &SMALL);
    }

    #[test]
    fn a_document_with_other_bytes_in_it_ends(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
    ) {
        let mut bytes = rich();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        read_within(&bytes, &SMALL);
    }

    /// Words that mean something, in any order.
    #[test]
    fn no_order_of_words_is_too_much(
        words in prop::collection::vec(prop::sample::select(vec![
            "q", "Q", "BT", "ET", "Tj", "TJ", "Td", "TD", "Tm", "T*", "'", "\"", "Tf", "Do", "cm", "Tc", "Tw", "Tz", "TL",
            "/F1", "/X1", "(4111)", "<34", ">", "[", "]", "<<", ">>", "1", "-1", "99999999999999", ".5", "BI", "ID", "EI", "%", "\n",
        ]), 0..300),
    ) {
        read_within(&Paper::of(&[&words.join(" ")]).bytes(), &SMALL);
    }
}
