//! What the codes of a font stand for, as a document says it (`ToUnicode`).
//!
//! Invariant: a span of codes is kept as a span, so that what is kept is never more than what was written.

use super::lexer::{Lexer, Token, Value};
use std::collections::BTreeMap;

/// Spans of one font; a font has no more codes than two bytes can say.
const MAX_SPANS: usize = 65_536;
/// Bytes that one code stands for: a word, where somebody has made one letter of it.
const MAX_BYTES: usize = 32;

/// Codes, and what they stand for.
#[derive(Debug, Default)]
pub(super) struct Codes {
    /// By the first of a span: its last, and what the first stands for.
    spans: BTreeMap<u32, (u32, String)>,
    /// First and last of the codes that are one byte long.
    short: Vec<(u32, u32)>,
}

impl Codes {
    pub(super) fn read(written: &[u8]) -> Self {
        let mut codes = Codes::default();
        let mut lexer = Lexer::of_contents(written);
        let mut values = Vec::new();
        while let Some(token) = lexer.next() {
            match token {
                Token::Value(value) if values.len() < MAX_SPANS => values.push(value),
                Token::Value(_) => {}
                Token::Word(word) => {
                    match word {
                        b"endcodespacerange" => codes.spaces(&values),
                        b"endbfchar" => codes.letters(&values),
                        b"endbfrange" => codes.ranges(&values),
                        _ => {}
                    }
                    values.clear();
                }
            }
        }
        codes
    }

    fn spaces(&mut self, values: &[Value]) {
        for it in values.chunks(2) {
            if let [Value::Text(first), Value::Text(last)] = it
                && first.len() == 1
                && self.short.len() < 256
            {
                self.short.push((code(first), code(last)));
            }
        }
    }

    fn letters(&mut self, values: &[Value]) {
        for it in values.chunks(2) {
            if let [Value::Text(of), Value::Text(to)] = it {
                self.add(code(of), code(of), to);
            }
        }
    }

    fn ranges(&mut self, values: &[Value]) {
        for it in values.chunks(3) {
            match it {
                [Value::Text(first), Value::Text(last), Value::Text(to)] => {
                    self.add(code(first), code(last), to);
                }
                [Value::Text(first), Value::Text(_), Value::List(all)] => {
                    for (of, to) in (code(first)..=u32::MAX).zip(all) {
                        if let Value::Text(to) = to {
                            self.add(of, of, to);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn add(&mut self, first: u32, last: u32, to: &[u8]) {
        if self.spans.len() < MAX_SPANS {
            let to = utf16(to.get(..MAX_BYTES).unwrap_or(to));
            self.spans.insert(first, (last, to));
        }
    }

    /// What a code stands for, at the end of a text. Whether it is known.
    pub(super) fn push(&self, code: u32, text: &mut String) -> bool {
        let Some((first, (last, to))) = self.spans.range(..=code).next_back() else { return false };
        let mut letters = to.chars();
        let Some(end) = letters.next_back().filter(|_| code <= *last) else { return false };
        let Some(end) = u32::from(end).checked_add(code - first).and_then(char::from_u32) else {
            return false;
        };
        if matches!(end, '\0' | '\u{FFFD}') {
            return false;
        }
        text.push_str(letters.as_str());
        text.push(end);
        true
    }

    /// How many spans are kept.
    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether one byte is a code.
    pub(super) fn is_short(&self, byte: u8) -> bool {
        self.short.iter().any(|(first, last)| (*first..=*last).contains(&byte.into()))
    }
}

fn code(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |all, it| (all << 8) | u32::from(*it))
}

pub(super) fn utf16(bytes: &[u8]) -> String {
    let unit = |it: &[u8]| match it {
        [high, low] => u16::from_be_bytes([*high, *low]),
        [one] => u16::from(*one),
        _ => 0,
    };
    let units: Vec<u16> = bytes.chunks(2).map(unit).collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_for_what_is_said() {
        let codes = Codes::read(
            b"1 begincodespacerange <00> <7f> endcodespacerange 1 beginbfchar <0005> <00660069>
              endbfchar 2 beginbfrange <0010> <0019> <0030> <0020> <0021> [<0041> <0042>] endbfrange",
        );
        let mut text = String::new();
        let known =
            [5, 0x10, 0x14, 0x19, 0x20, 0x21, 0x1A, 0x22, 0].map(|it| codes.push(it, &mut text));
        assert_eq!(text, "fi049AB");
        assert_eq!(known, [true, true, true, true, true, true, false, false, false]);
        assert!(codes.is_short(0x7F) && !codes.is_short(0x80));
    }

    #[test]
    fn codes_end_where_numbers_end() {
        let codes = Codes::read(b"<ffffffff> <ffffffff> [<0041> <0042>] endbfrange");
        let mut text = String::new();
        assert!(codes.push(u32::MAX, &mut text) && !codes.push(0, &mut text));
        assert_eq!(text, "A");
    }

    #[test]
    fn a_span_of_everything_is_one_span() {
        let codes = Codes::read(b"<00000000> <ffffffff> <0000> endbfrange");
        let mut text = String::new();
        assert!(codes.push(0x41, &mut text) && !codes.push(u32::MAX, &mut text));
        assert_eq!((text.as_str(), codes.spans.len()), ("A", 1));
    }
}
