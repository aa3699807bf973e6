use super::paper::{FIRST, FONT, Paper};
use super::*;
use rstest::rstest;

/// A test number of the issuers; it belongs to nobody.
pub(super) const CARD: &str = "4111 1111 1111 1111";
pub(super) fn reads(bytes: &[u8]) -> Text {
    read(bytes, &Bounds::USUAL, &AtomicBool::new(false))
}

/// All of a document was read, and that is in it.
#[track_caller]
pub(super) fn tells(bytes: &[u8], text: &str) {
    let read = reads(bytes);
    assert!(read.letters.lines().any(|it| it == text), "{:?} is not in {:?}", text, read.letters);
    assert_eq!(read.unread, None);
}

/// As most programs write it.
#[rstest]
#[case::shown_at_once("BT /F1 12 Tf 72 720 Td (4111 1111 1111 1111) Tj ET")]
#[case::pushed_together("BT /F1 12 Tf [(41) 20 (11 1) -15 (111 11) 30.5 (11 1111)] TJ ET")]
#[case::spaces_that_are_gaps("BT /F1 12 Tf [(4111) -278 (1111) -278 (1111) -300 (1111)] TJ ET")]
#[case::hex("BT /F1 12 Tf <34313131 2031313131 2031313131 2031313131> Tj ET")]
#[case::half_hex("BT /F1 12 Tf <343131312031313131203131313120313131313> Tj ET")]
#[case::escaped("BT /F1 12 Tf (\\064111 11\\\n11\\0401111 1111) Tj ET")]
#[case::next_line("BT /F1 12 Tf 14 TL (Mine:) Tj (4111 1111 1111 1111) ' ET")]
#[case::next_line_wide("BT /F1 12 Tf 14 TL (Mine:) Tj 0 0 (4111 1111 1111 1111) \" ET")]
#[case::group_by_group(
    "BT /F1 10 Tf 72 720 Td (4111) Tj 25 0 Td (1111) Tj 25 0 Td (1111) Tj 25 0 Td (1111) Tj ET"
)]
#[case::letter_by_letter(
    "BT /F1 10 Tf 1 0 0 1 72 720 Tm (4) Tj 1 0 0 1 77.6 720 Tm (111) Tj 1 0 0 1 97 720 Tm (1111 1111 1111) Tj ET"
)]
#[case::texts_beside_each_other(
    "BT /F1 10 Tf 72 720 Td (4111 11) Tj ET q BT /F1 10 Tf 1 0 0 1 108.1 720 Tm (11 1111 1111) Tj ET Q"
)]
#[case::turned(
    "BT /F1 10 Tf 0 1 -1 0 300 72 Tm (4111) Tj 0 1 -1 0 300 97 Tm (1111 1111 1111) Tj ET"
)]
#[case::scaled(
    "q .1 0 0 .1 0 0 cm BT /F1 100 Tf 720 7200 Td (4111) Tj 250 0 Td (1111 1111 1111) Tj ET Q"
)]
#[case::behind_a_picture(
    "BI /W 2 /H 1 /BPC 8 ID (\x01((EI( EI BT /F1 12 Tf (4111 1111 1111 1111) Tj ET"
)]
fn what_is_shown_is_read(#[case] contents: &str) {
    let read = reads(&Paper::of(&[contents]).bytes());
    assert!(read.letters.lines().any(|it| it.starts_with(CARD)), "{:?}", read.letters);
    assert_eq!(read.unread, None);
    // The same, packed.
    let packed = Paper::empty(1).page(FIRST, FIRST + 1);
    tells(
        &packed.packed(FIRST + 1, "", contents.as_bytes()).bytes(),
        read.letters.lines().last().unwrap(),
    );
}

#[test]
fn lines_are_lines() {
    let bytes =
        Paper::of(&["BT /F1 12 Tf 72 720 Td (4111 1111) Tj 0 -14 Td (1111 1111) Tj T* ET"]).bytes();
    assert_eq!(reads(&bytes).letters, "4111 1111\n1111 1111\n");
    let right =
        Paper::of(&["BT /F1 10 Tf 72 720 Td (4111 1111) Tj 47.26 -14 Td (1111 1111) Tj ET"]);
    assert_eq!(
        reads(&right.bytes()).letters,
        "4111 1111\n1111 1111\n",
        "it begins where the other ended"
    );
    let pages = Paper::of(&["BT /F1 9 Tf (one) Tj ET", "BT /F1 9 Tf (4111 1111 1111 1111) Tj ET"]);
    assert_eq!(reads(&pages.bytes()).letters, "one\n4111 1111 1111 1111\n");
}

#[test]
fn a_word_goes_on_in_the_next_stream_of_its_page() {
    let page = "<</Type /Page /Parent 2 0 R /Resources <</Font <</F1 3 0 R>>>> /Contents 20 0 R>>";
    let paper = Paper::empty(1)
        .object(FIRST, page)
        .object(20, "[21 0 R 22 0 R]")
        .stream(21, "", b"BT /F1 12 Tf (4111 11) Tj")
        .packed(22, "", b"(11 1111 1111) Tj ET");
    tells(&paper.bytes(), CARD);
}

pub(super) const TO_UNICODE: &str =
    "begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange
    1 beginbfrange <0010> <0019> <0030> endbfrange 1 beginbfchar <0003> <0020> endbfchar endcmap";
pub(super) const GLYPHS: &str =
    "<0014001100110011000300110011001100110003001100110011001100030011001100110011>";

fn by_glyphs(to_unicode: Option<&str>) -> Vec<u8> {
    let font = "/Type /Font /Subtype /Type0 /BaseFont /A+B /Encoding /Identity-H /DescendantFonts [31 0 R]";
    let font = match to_unicode {
        Some(_) => format!("<<{font} /ToUnicode 32 0 R>>"),
        None => format!("<<{font}>>"),
    };
    Paper::of(&[&format!("BT /F1 12 Tf {GLYPHS} Tj ET")])
        .object(FONT, &font)
        .object(31, "<</Type /Font /Subtype /CIDFontType2 /DW 500 /W [16 25 556 3 [278]]>>")
        .packed(32, "", to_unicode.unwrap_or_default().as_bytes())
        .bytes()
}

#[test]
fn places_in_a_font_are_letters_where_the_document_says_which() {
    tells(&by_glyphs(Some(TO_UNICODE)), CARD);
    assert_eq!(reads(&by_glyphs(None)).unread, Some(Unread::Letters));
    assert_eq!(reads(&by_glyphs(Some("begincmap endcmap"))).unread, Some(Unread::Letters));
}

#[test]
fn an_encoding_may_name_its_letters() {
    let named = "<</Type /Font /Subtype /Type1 /Encoding <</Differences [1 /four /one /space /uni0031 /one.lf]>>>>";
    let contents = "BT /F1 12 Tf <01 02 04 05 03 02020202 03 02020202 03 02020202> Tj ET";
    tells(&Paper::of(&[contents]).object(FONT, named).bytes(), CARD);
    let unknown = "<</Type /Font /Subtype /Type3 /Encoding <</Differences [1 /g17 /g18 /g19]>>>>";
    let read =
        reads(&Paper::of(&["BT /F1 12 Tf <010203010203> Tj ET"]).object(FONT, unknown).bytes());
    assert_eq!(read.unread, Some(Unread::Letters));
}

#[test]
fn widths_say_where_a_letter_ends() {
    let narrow = "<</Type /Font /Subtype /TrueType /FirstChar 32 /Widths [250 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 250 250 250 250 250]>>";
    // A gap of 0.3 em behind narrow digits, which would be none behind usual ones.
    let contents = "BT /F1 10 Tf (4111) Tj 13 0 Td (1111) Tj 10 0 Td (11) Tj ET";
    tells(&Paper::of(&[contents]).object(FONT, narrow).bytes(), "4111 111111");
}

#[test]
fn objects_may_be_packed_with_others() {
    let page = "<</Type /Page /Parent 2 0 R /Resources <</Font <</F1 40 0 R>>>> /Contents 41 0 R>>";
    let contents = format!("BT /F1 12 Tf {GLYPHS} Tj ET");
    let paper = Paper::empty(1)
        .object_within(FIRST, page)
        .object_within(
            40,
            "<</Type /Font /Subtype /Type0 /Encoding /Identity-H /ToUnicode 42 0 R>>",
        )
        .packed(41, "", contents.as_bytes())
        .packed(42, "", TO_UNICODE.as_bytes());
    tells(&paper.bytes(), CARD);
}

#[test]
fn packed_twice_and_forms_and_what_is_above() {
    let written: String =
        b"BT /F1 9 Tf (4111 1111 1111 1111) Tj ET".iter().map(|it| format!("{it:02x} ")).collect();
    let hex = Paper::empty(1).page(FIRST, 11).stream(
        11,
        "/Filter [/ASCIIHexDecode]",
        format!("{written}>").as_bytes(),
    );
    tells(&hex.bytes(), CARD);
    let both = Paper::empty(1).page(FIRST, 11).object(50, "[/AHx /Fl]");
    let packed = miniz_oxide::deflate::compress_to_vec_zlib(b"BT (4111 1111 1111 1111) Tj ET", 6);
    let written: String = packed.iter().map(|it| format!("{it:02X}")).collect();
    tells(&both.stream(11, "/Filter 50 0 R", written.as_bytes()).bytes(), CARD);
    let form = Paper::of(&["/X1 Do"]).packed(
        60,
        "/Type /XObject /Subtype /Form",
        b"BT /F1 9 Tf (4111 1111 1111 1111) Tj ET",
    );
    tells(&form.bytes(), CARD);
    let above = Paper::empty(1)
        .object(2, "<</Type /Pages /Kids [10 0 R] /Resources <</Font <</F9 70 0 R>>>>>>")
        .object(70, "<</Type /Font /Encoding <</Differences [65 /four /one]>>>>")
        .object(FIRST, "<</Type /Page /Parent 2 0 R /Contents 11 0 R>>")
        .stream(11, "", b"BT /F9 9 Tf (ABBB BBBB BBBB BBBB) Tj ET");
    tells(&above.bytes(), CARD);
}

#[test]
fn what_is_written_beside_pages_is_read() {
    for beside in [
        "<</Type /Annot /Subtype /Text /Contents (4111 1111 1111 1111)>>",
        "<</FT /Tx /T (card) /V (4111 1111 1111 1111)>>",
        "<</Title <feff0034003100310031002000310031003100310020003100310031003100200031003100310031>>>",
        "(4111 1111 1111 1111)",
        "<</K [<</S /Span /ActualText (4111 1111 1111 1111)>>]>>",
    ] {
        tells(&Paper::of(&[""]).object(80, beside).bytes(), CARD);
    }
    let id = Paper::of(&[""])
        .object(80, "<</ID [(4111 1111 1111 1111) (1)] /Dests [(4111111111111111)]>>");
    assert_eq!(reads(&id.bytes()).letters, "");
}

/// What was written anew is what readers show.
#[test]
fn the_last_of_a_number_counts() {
    let paper =
        Paper::of(&["BT /F1 9 Tf (4111 1111 1111 1111) Tj ET"]).stream(11, "", b"BT (none) Tj ET");
    assert_eq!(reads(&paper.bytes()).letters, "none\n");
    let page = Paper::of(&["BT (4111 1111 1111 1111) Tj ET"]).page(FIRST, 13).stream(
        13,
        "",
        b"BT (none) Tj ET",
    );
    assert_eq!(reads(&page.bytes()).letters, "none\n");
}

#[test]
fn what_is_not_read_is_said() {
    let unread = |paper: Paper| reads(&paper.bytes()).unread;
    let scanned = "<</Type /Page /Resources <</XObject <</Im1 90 0 R>>>> /Contents 11 0 R>>";
    let scan = Paper::of(&["q 595 0 0 842 0 0 cm /Im1 Do Q"]).object(FIRST, scanned).stream(
        90,
        "/Subtype /Image /Filter /DCTDecode",
        b"\xFF\xD8",
    );
    assert_eq!(unread(scan.clone()), Some(Unread::Picture));
    let beside = scan.page(12, 13).stream(13, "", b"BT (4111 1111 1111 1111) Tj ET");
    let read = reads(&beside.bytes());
    assert_eq!((read.letters.trim(), read.unread), (CARD, Some(Unread::Picture)));
    let within = "q BI /W 1 /H 1 ID \x7F EI Q";
    assert_eq!(unread(Paper::of(&[within])), Some(Unread::Picture));
    for (filter, why) in [
        ("/Filter /LZWDecode", Unread::Packed),
        ("/Filter /Crypt", Unread::Packed),
        ("/Filter 999 0 R", Unread::Packed),
        ("/Filter /FlateDecode /DecodeParms <</Predictor 12>>", Unread::Packed),
        ("/F (elsewhere.bin)", Unread::Packed),
        ("/Filter /FlateDecode", Unread::Broken),
    ] {
        let paper = Paper::empty(1).page(FIRST, 11).stream(11, filter, b"BT (1) Tj ET");
        assert_eq!(unread(paper), Some(why), "{filter}");
    }
    assert_eq!(unread(Paper::empty(1).page(FIRST, 11)), Some(Unread::Broken), "no such stream");
    assert_eq!(unread(Paper::default()), Some(Unread::Broken), "no page");
    assert_eq!(unread(Paper::of(&[""])), None, "an empty page is read to its end");
}
