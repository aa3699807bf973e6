//! What of a document has text: pages, forms, and what is written beside them.
//!
//! Invariant: each page is read once, with the fonts that it says or has from above. A way up has [`MAX_UP`] steps.

use super::contents::{self, Resources, Shown};
use super::fonts::Font;
use super::lexer::{Dictionary, Value};
use super::objects::{Objects, Place};
use super::{Bounds, Unread, Work, codes};
use std::collections::HashMap;
use std::rc::Rc;

/// Levels above a page. Trees of ten thousand pages have four.
const MAX_UP: usize = 32;
/// Codes and widths of fonts that are kept for the next page: with all that belongs to one, some 30 MB.
const MAX_KEPT: usize = 300_000;
/// Streams of one page.
const MAX_STREAMS: usize = 10_000;
/// Bytes of one text beside a page. Who writes a letter writes it on one.
const MAX_WRITTEN: usize = 64 * 1024;
/// What people write beside pages: comments, fields, titles, and what is read aloud instead of a picture.
const WRITTEN: &[&[u8]] = &[
    b"Contents",
    b"V",
    b"DV",
    b"RC",
    b"Opt",
    b"Title",
    b"Subject",
    b"Keywords",
    b"Author",
    b"TU",
    b"Alt",
    b"ActualText",
    b"E",
];

/// Fonts of the document, and what the page at hand calls them.
struct Fonts<'a, 'b> {
    objects: &'a Objects<'b>,
    kept: HashMap<u32, Rc<Font>>,
    size: usize,
    fonts: HashMap<Vec<u8>, Value>,
    drawn: HashMap<Vec<u8>, Value>,
    /// Fonts of this page that were read.
    named: HashMap<Vec<u8>, Rc<Font>>,
}

/// Reads all of it.
pub(super) fn read(bytes: &[u8], bounds: &Bounds, work: &mut Work<'_>) {
    let objects = Objects::find(bytes, bounds, work);
    let (fonts, drawn, named) = (HashMap::new(), HashMap::new(), HashMap::new());
    let mut fonts = Fonts { objects: &objects, kept: HashMap::new(), size: 0, fonts, drawn, named };
    let (mut pages, mut left) = (0_usize, bounds.pages);
    let mut all = Shown::default();
    for place in objects.places() {
        if !work.goes_on() {
            return;
        }
        let Some(value) = objects.read(place, work) else { continue };
        write_beside(&value, None, work);
        let Value::Dictionary(of) = value else { continue };
        let is_page = !place.has_stream() && is_page(&of);
        if !is_page && !is_form(place, &of) {
            continue;
        }
        let Some(less) = left.checked_sub(1) else {
            work.miss(Unread::Bound);
            return;
        };
        left = less;
        let shown = if is_page { fonts.page(&of, work) } else { fonts.form(place, &of, work) };
        if is_page {
            pages += 1;
            if shown == (Shown { has_pictures: true, ..Shown::default() }) {
                work.miss(Unread::Picture);
            }
        }
        all.has_text |= shown.has_text;
        all.has_pictures |= shown.has_pictures;
    }
    if pages == 0 {
        work.miss(Unread::Broken);
    } else if all.has_pictures && !all.has_text {
        work.miss(Unread::Picture);
    }
}

/// Comments have contents as well, which are written there.
fn is_page(of: &Dictionary) -> bool {
    let has_contents = matches!(of.get(b"Contents"), Some(Value::Reference(_) | Value::List(_)));
    of.is(b"Type", b"Page") || has_contents && of.get(b"Type").is_none()
}

fn is_form(place: Place, of: &Dictionary) -> bool {
    place.has_stream() && (of.is(b"Subtype", b"Form") || of.get(b"PatternType").is_some())
}

/// What is written beside pages, as lines. Where a name is given, of that only.
fn write_beside(value: &Value, name: Option<&[u8]>, work: &mut Work<'_>) {
    match value {
        Value::Text(it) if name.is_none_or(|it| WRITTEN.contains(&it)) => {
            if work.letters.len() >= work.text || it.len() > MAX_WRITTEN {
                work.miss(Unread::Bound);
            }
            if work.letters.len() < work.text {
                work.letters.push_str(&text(it.get(..MAX_WRITTEN).unwrap_or(it)));
                work.end_line();
            }
        }
        // A list that stands by itself is one of places that links lead to.
        Value::List(all) => {
            let name = name.unwrap_or_default();
            all.iter().for_each(|it| write_beside(it, Some(name), work));
        }
        Value::Dictionary(of) => {
            of.0.iter().for_each(|(name, it)| write_beside(it, Some(name), work));
        }
        Value::Text(_) | Value::Number(_) | Value::Name(_) | Value::Reference(_) | Value::Other => {
        }
    }
}

/// A text that is shown nowhere says how it is written.
fn text(bytes: &[u8]) -> String {
    match bytes {
        [0xFE, 0xFF, rest @ ..] => codes::utf16(rest),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => bytes.iter().map(|it| char::from(*it)).collect(),
    }
}

impl Fonts<'_, '_> {
    fn page(&mut self, of: &Dictionary, work: &mut Work<'_>) -> Shown {
        let resources = self.resources(of, work);
        self.take(&resources, work);
        let Some(contents) = of.get(b"Contents") else { return Shown::default() };
        let streams = match contents {
            // A list of streams may be an object itself.
            Value::Reference(number) => {
                let place = self.objects.place(*number);
                match place.and_then(|it| self.objects.read(it, work)) {
                    Some(Value::List(all)) => all,
                    _ => vec![contents.clone()],
                }
            }
            Value::List(all) => all.clone(),
            _ => vec![],
        };
        let mut bytes = Vec::new();
        for (at, it) in streams.iter().enumerate() {
            if at >= MAX_STREAMS || work.left_to_unpack() == 0 {
                work.miss(Unread::Bound);
                break;
            }
            match self.objects.stream(it, work) {
                Some(more) => bytes.extend(more),
                None => work.miss(Unread::Broken),
            }
            // A word does not go on in the next one.
            bytes.push(b'\n');
        }
        contents::read(&bytes, self, work)
    }

    fn form(&mut self, place: Place, of: &Dictionary, work: &mut Work<'_>) -> Shown {
        // One that has none uses those of the page, which is the one before as a rule.
        if let Some(resources) = self.objects.dictionary(of, b"Resources", work) {
            self.take(&resources, work);
        }
        let bytes = self.objects.unpacked(place, of, work);
        contents::read(&bytes, self, work)
    }

    fn resources(&self, of: &Dictionary, work: &mut Work<'_>) -> Dictionary {
        let mut of = of.clone();
        for _ in 0..MAX_UP {
            if !work.goes_on() {
                break;
            }
            if of.get(b"Resources").is_some() {
                return self.objects.dictionary(&of, b"Resources", work).unwrap_or_default();
            }
            let Some(above) = self.objects.dictionary(&of, b"Parent", work) else { break };
            of = above;
        }
        Dictionary::default()
    }

    fn take(&mut self, resources: &Dictionary, work: &mut Work<'_>) {
        let objects = self.objects;
        let mut named = |name: &[u8]| {
            let of = objects.dictionary(resources, name, work).unwrap_or_default();
            of.0.into_iter().collect()
        };
        (self.fonts, self.drawn) = (named(b"Font"), named(b"XObject"));
        self.named.clear();
    }
}

impl Resources for Fonts<'_, '_> {
    fn font(&mut self, name: &[u8], work: &mut Work<'_>) -> Rc<Font> {
        if let Some(font) = self.named.get(name) {
            return Rc::clone(font);
        }
        let Some(value) = self.fonts.get(name) else { return Rc::default() };
        let number = match value {
            Value::Reference(number) => Some(*number),
            _ => None,
        };
        if let Some(font) = number.and_then(|it| self.kept.get(&it)) {
            self.named.insert(name.to_vec(), Rc::clone(font));
            return Rc::clone(font);
        }
        let font = match self.objects.resolve(value, work) {
            Some(Value::Dictionary(of)) => Rc::new(Font::read(&of, self.objects, work)),
            _ => Rc::default(),
        };
        self.size += font.size() + 1;
        if self.size > MAX_KEPT {
            self.kept.clear();
            self.size = font.size();
        }
        if let Some(number) = number {
            self.kept.insert(number, Rc::clone(&font));
        }
        self.named.insert(name.to_vec(), Rc::clone(&font));
        font
    }

    fn is_picture(&mut self, name: &[u8], work: &mut Work<'_>) -> bool {
        let Some(value) = self.drawn.get(name) else { return false };
        match self.objects.resolve(value, work) {
            Some(Value::Dictionary(of)) => of.is(b"Subtype", b"Image"),
            _ => false,
        }
    }
}
