//! Fonts: what the bytes of a shown text stand for, and how wide it is.
//!
//! Owns: the usual encodings as far as detectors need them, which is the letters of ASCII; those of Latin-1 come along. Does
//! not: open the font itself. A code whose meaning only stands in there has none for us, and that is said.

use super::Work;
use super::codes::Codes;
use super::lexer::{Dictionary, Value};
use super::objects::Objects;
use std::collections::BTreeMap;

/// Width of a letter that nobody says, in em, and of a digit, which is the same in most fonts.
const WIDTH: f64 = 0.5;
const DIGIT: f64 = 0.556;
const SPACE: f64 = 0.278;
/// Of every letter, where they are all the same.
const TYPED: f64 = 0.6;

/// A font.
#[derive(Debug, Default)]
pub(super) struct Font {
    codes: Option<Codes>,
    way: Way,
    /// What an encoding says of single codes.
    named: BTreeMap<u8, Option<char>>,
    /// By the first code of a span: its last, and the width of each, in em.
    widths: BTreeMap<u32, (u32, f64)>,
    /// Of every code that `widths` does not name.
    width: Option<f64>,
}

/// How codes are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Way {
    /// A byte each, as almost everybody has it.
    #[default]
    Latin,
    /// A byte each, above ASCII as on old Macs.
    Mac,
    /// Two bytes, which are a letter themselves.
    Unicode,
    /// Two bytes, which are a place in the font.
    Wide,
}

impl Font {
    pub(super) fn read(of: &Dictionary, objects: &Objects<'_>, work: &mut Work<'_>) -> Self {
        let mut font = Font::default();
        if let Some(written) = of.get(b"ToUnicode").and_then(|it| objects.stream(it, work)) {
            font.codes = Some(Codes::read(&written));
        }
        let encoding = of.get(b"Encoding").and_then(|it| objects.resolve(it, work));
        if of.is(b"Subtype", b"Type0") {
            let is_unicode = encoding.as_ref().and_then(Value::name).is_some_and(|it| {
                let has = |what: &[u8]| memchr::memmem::find(it, what).is_some();
                it.starts_with(b"Uni") && (has(b"UCS2") || has(b"UTF16"))
            });
            font.way = if is_unicode { Way::Unicode } else { Way::Wide };
            font.read_wide(of, objects, work);
            return font;
        }
        let base = match &encoding {
            Some(Value::Dictionary(it)) => it.get(b"BaseEncoding").and_then(Value::name),
            Some(it) => it.name(),
            None => None,
        };
        if base == Some(b"MacRomanEncoding") {
            font.way = Way::Mac;
        }
        if let Some(Value::Dictionary(it)) = &encoding {
            let named = it.get(b"Differences").and_then(|it| objects.resolve(it, work));
            font.name(named.as_ref().and_then(Value::list).unwrap_or_default());
        }
        font.read_widths(of, objects, work);
        font
    }

    fn name(&mut self, differences: &[Value]) {
        let mut code = None;
        for it in differences {
            match it {
                Value::Name(name) => {
                    if let Some(at) = code {
                        self.named.insert(at, letter(name));
                    }
                    code = code.and_then(|it: u8| it.checked_add(1));
                }
                other => code = other.whole().and_then(|it| u8::try_from(it).ok()),
            }
        }
    }

    fn read_widths(&mut self, of: &Dictionary, objects: &Objects<'_>, work: &mut Work<'_>) {
        let is_typed = of.get(b"BaseFont").and_then(Value::name);
        if is_typed.is_some_and(|it| memchr::memmem::find(it, b"Courier").is_some()) {
            self.width = Some(TYPED);
        }
        let matrix = of.get(b"FontMatrix").and_then(|it| objects.resolve(it, work));
        let unit = matrix.as_ref().and_then(Value::list).and_then(|it| it.first()?.number());
        let unit = unit.unwrap_or(0.001);
        let first = of.get(b"FirstChar").and_then(Value::whole).unwrap_or(0);
        let Some(all) = of.get(b"Widths").and_then(|it| objects.resolve(it, work)) else { return };
        for (code, width) in (first..256).zip(all.list().unwrap_or_default()) {
            if let Some(width) = width.number() {
                self.widths.insert(code, (code, width * unit));
            }
        }
    }

    fn read_wide(&mut self, of: &Dictionary, objects: &Objects<'_>, work: &mut Work<'_>) {
        let below = of.get(b"DescendantFonts").and_then(|it| objects.resolve(it, work));
        let below = below.as_ref().and_then(Value::list).and_then(|it| it.first());
        let below = below.and_then(|it| objects.resolve(it, work));
        let Some(below) = below.as_ref().and_then(Value::dictionary) else { return };
        let whole = below.get(b"DW").and_then(Value::number).unwrap_or(1_000.0);
        self.width = Some(whole / 1_000.0);
        let all = below.get(b"W").and_then(|it| objects.resolve(it, work));
        let mut rest = all.as_ref().and_then(Value::list).unwrap_or_default();
        while let Some(first) = rest.first() {
            let Some(first) = first.whole() else { return };
            rest = match rest {
                [_, Value::List(each), after @ ..] => {
                    for (code, width) in (first..=u32::MAX).zip(each) {
                        let width = width.number().unwrap_or(whole) / 1_000.0;
                        self.widths.insert(code, (code, width));
                    }
                    after
                }
                [_, last, Value::Number(width), after @ ..] => {
                    let last = last.whole().unwrap_or(first);
                    self.widths.insert(first, (last, width / 1_000.0));
                    after
                }
                _ => return,
            };
        }
    }

    /// How much is kept of it: codes and widths.
    pub(super) fn size(&self) -> usize {
        self.codes.as_ref().map_or(0, Codes::len) + self.widths.len()
    }

    /// The next code of a text, and its bytes.
    pub(super) fn code(&self, text: &[u8]) -> Option<(u32, usize)> {
        let (first, rest) = text.split_first()?;
        let is_short = match self.way {
            Way::Latin | Way::Mac => true,
            Way::Unicode => false,
            Way::Wide => self.codes.as_ref().is_some_and(|it| it.is_short(*first)),
        };
        Some(match rest.first().filter(|_| !is_short) {
            Some(second) => (u32::from(*first) << 8 | u32::from(*second), 2),
            None => (u32::from(*first), 1),
        })
    }

    /// What a code stands for, at the end of a text. Whether it is known.
    pub(super) fn push(&self, code: u32, text: &mut String) -> bool {
        if self.codes.as_ref().is_some_and(|it| it.push(code, text)) {
            return true;
        }
        let letter = match (self.way, u8::try_from(code)) {
            (Way::Wide, _) => None,
            (Way::Unicode, _) => char::from_u32(code),
            (Way::Latin | Way::Mac, Err(_)) => None,
            (way, Ok(code)) => match self.named.get(&code) {
                Some(named) => *named,
                None => plain(code, way),
            },
        };
        text.extend(letter);
        letter.is_some()
    }

    /// How far the next letter is from it, in em.
    pub(super) fn width(&self, code: u32) -> f64 {
        let span = self.widths.range(..=code).next_back();
        let said = span.filter(|(_, (last, _))| code <= *last).map(|(_, (_, width))| *width);
        said.or(self.width).unwrap_or(match u8::try_from(code) {
            Ok(b'0'..=b'9') => DIGIT,
            Ok(b' ' | b'.' | b',' | b':' | b'/') => SPACE,
            Ok(b'-') => 0.333,
            _ => WIDTH,
        })
    }
}

fn plain(code: u8, way: Way) -> Option<char> {
    match (code, way) {
        (0x20..=0x7E, _) | (0xA0.., Way::Latin) => Some(code.into()),
        (0x96, Way::Mac) => Some('\u{F1}'),
        (0xCA, Way::Mac) => Some(' '),
        // What else is there is a letter or a mark, and none that a detector looks for.
        (0x80.., _) => Some('\u{B7}'),
        (b'\t' | b'\n' | b'\r', _) => Some(' '),
        _ => None,
    }
}

/// The letter of a name, as encodings have it.
fn letter(name: &[u8]) -> Option<char> {
    let name = std::str::from_utf8(name).ok()?;
    // What stands behind a dot is how it looks.
    let name = name.split_once('.').map_or(name, |(it, _)| it);
    if let [one] = name.as_bytes()
        && one.is_ascii_alphabetic()
    {
        return Some(char::from(*one));
    }
    let hex = name.strip_prefix("uni").or(name.strip_prefix('u')).filter(|it| it.len() >= 4);
    let by_number = hex.and_then(|it| u32::from_str_radix(it, 16).ok()).and_then(char::from_u32);
    by_number.or_else(|| NAMES.iter().find(|(it, _)| *it == name).map(|(_, letter)| *letter))
}

/// Of everything in ASCII that is no letter, and some more.
const NAMES: &[(&str, char)] = &[
    ("zero", '0'),
    ("one", '1'),
    ("two", '2'),
    ("three", '3'),
    ("four", '4'),
    ("five", '5'),
    ("six", '6'),
    ("seven", '7'),
    ("eight", '8'),
    ("nine", '9'),
    ("space", ' '),
    ("nbspace", ' '),
    ("nonbreakingspace", ' '),
    ("exclam", '!'),
    ("quotedbl", '"'),
    ("numbersign", '#'),
    ("dollar", '$'),
    ("percent", '%'),
    ("ampersand", '&'),
    ("quotesingle", '\''),
    ("quoteright", '\''),
    ("parenleft", '('),
    ("parenright", ')'),
    ("asterisk", '*'),
    ("plus", '+'),
    ("comma", ','),
    ("hyphen", '-'),
    ("minus", '-'),
    ("sfthyphen", '-'),
    ("endash", '\u{2013}'),
    ("period", '.'),
    ("slash", '/'),
    ("colon", ':'),
    ("semicolon", ';'),
    ("less", '<'),
    ("equal", '='),
    ("greater", '>'),
    ("question", '?'),
    ("at", '@'),
    ("bracketleft", '['),
    ("backslash", '\\'),
    ("bracketright", ']'),
    ("asciicircum", '^'),
    ("underscore", '_'),
    ("grave", '`'),
    ("quoteleft", '`'),
    ("braceleft", '{'),
    ("bar", '|'),
    ("braceright", '}'),
    ("asciitilde", '~'),
    ("ntilde", '\u{F1}'),
    ("adieresis", '\u{E4}'),
    ("odieresis", '\u{F6}'),
    ("udieresis", '\u{FC}'),
    ("germandbls", '\u{DF}'),
    ("eacute", '\u{E9}'),
    ("bullet", '\u{2022}'),
    ("fi", '\u{FB01}'),
    ("fl", '\u{FB02}'),
];
