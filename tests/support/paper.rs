//! Documents as small as they can be, written here: objects by their numbers, with a table of places.

use miniz_oxide::deflate::compress_to_vec_zlib;

/// A document that is being written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Paper {
    objects: Vec<(u32, Vec<u8>)>,
    /// What goes into a stream of objects.
    within: Vec<(u32, String)>,
}

/// The numbers that every document has here.
pub(crate) const CATALOG: u32 = 1;
pub(crate) const PAGES: u32 = 2;
pub(crate) const FONT: u32 = 3;
/// The first page, then its contents, and so on.
pub(crate) const FIRST: u32 = 10;

impl Paper {
    /// A document with such pages, in a usual font.
    pub(crate) fn of(pages: &[&str]) -> Self {
        let mut paper = Paper::empty(pages.len());
        for (number, contents) in (FIRST..).step_by(2).zip(pages) {
            paper = paper.page(number, number + 1).stream(number + 1, "", contents.as_bytes());
        }
        paper
    }

    /// One without its pages, which are to be put in at [`FIRST`].
    pub(crate) fn empty(pages: usize) -> Self {
        let kids: Vec<_> = (FIRST..).step_by(2).take(pages).map(|it| format!("{it} 0 R")).collect();
        let pages = format!("<</Type /Pages /Kids [{}] /Count {pages}>>", kids.join(" "));
        Paper::default()
            .object(CATALOG, "<</Type /Catalog /Pages 2 0 R>>")
            .object(PAGES, &pages)
            .object(FONT, "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>")
    }

    pub(crate) fn page(self, number: u32, contents: u32) -> Self {
        let resources = format!("<</Font <</F1 {FONT} 0 R>>>>");
        let page = format!("<</Type /Page /Parent {PAGES} 0 R /MediaBox [0 0 595 842]");
        self.object(number, &format!("{page} /Resources {resources} /Contents {contents} 0 R>>"))
    }

    /// Written, or written anew.
    pub(crate) fn object(mut self, number: u32, written: &str) -> Self {
        self.objects.push((number, written.as_bytes().to_vec()));
        self
    }

    /// The same, in a stream of objects.
    pub(crate) fn object_within(mut self, number: u32, written: &str) -> Self {
        self.within.push((number, written.to_owned()));
        self
    }

    pub(crate) fn stream(mut self, number: u32, dictionary: &str, bytes: &[u8]) -> Self {
        let mut written =
            format!("<<{dictionary} /Length {}>>\nstream\n", bytes.len()).into_bytes();
        written.extend_from_slice(bytes);
        written.extend_from_slice(b"\nendstream");
        self.objects.push((number, written));
        self
    }

    pub(crate) fn packed(self, number: u32, dictionary: &str, bytes: &[u8]) -> Self {
        let packed = compress_to_vec_zlib(bytes, 6);
        self.stream(number, &format!("{dictionary} /Filter /FlateDecode"), &packed)
    }

    /// All of it, as it is sent.
    pub(crate) fn bytes(mut self) -> Vec<u8> {
        if !self.within.is_empty() {
            let (mut head, mut body) = (String::new(), String::new());
            for (number, written) in &self.within {
                head.push_str(&format!("{number} {} ", body.len()));
                body.push_str(written);
                body.push(' ');
            }
            let says = format!("/Type /ObjStm /N {} /First {}", self.within.len(), head.len());
            self = self.packed(900_000, &says, format!("{head}{body}").as_bytes());
        }
        let mut bytes = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
        let mut table = String::from("xref\n0 1\n0000000000 65535 f \n");
        for (number, written) in &self.objects {
            table.push_str(&format!("{number} 1\n{:010} 00000 n \n", bytes.len()));
            bytes.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
            bytes.extend_from_slice(written);
            bytes.extend_from_slice(b"\nendobj\n");
        }
        let at = bytes.len();
        let trailer = format!("{table}trailer <</Root 1 0 R /Size 900001>>\nstartxref\n{at}\n");
        bytes.extend_from_slice(trailer.as_bytes());
        bytes.extend_from_slice(b"%%EOF\n");
        bytes
    }
}

/// One page with one line.
pub(crate) fn letter(line: &str) -> Vec<u8> {
    Paper::of(&[&format!("BT /F1 12 Tf 72 720 Td ({line}) Tj ET")]).bytes()
}
