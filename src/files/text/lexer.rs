//! Words and values, as objects and contents of pages are written.
//!
//! Invariants: whatever is read, it goes forward and ends; nothing is deeper than [`MAX_DEPTH`] or has more than [`MAX_VALUES`]
//! values, and what was left out is said. Each byte is looked at a fixed number of times.

/// Lists within lists; what is deeper is read as if it stood beside. Real documents have six.
const MAX_DEPTH: usize = 24;
/// Values of one object, or of one operator: more are left out. A page tree with a leaf for each of 50 000 pages fits.
const MAX_VALUES: usize = 100_000;

/// What is written in a document.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Number(f64),
    Name(Vec<u8>),
    Text(Vec<u8>),
    List(Vec<Value>),
    Dictionary(Dictionary),
    Reference(u32),
    /// True, false, nothing, or what does not belong there.
    Other,
}

/// Values by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Dictionary(pub(super) Vec<(Vec<u8>, Value)>);

/// The next thing that is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'a> {
    Value(Value),
    Word(&'a [u8]),
}

/// Reads one thing after the other.
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    left: usize,
    has_references: bool,
    /// Whether something was left out, or did not end.
    pub(super) is_short: bool,
}

impl Value {
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Value::Number(it) => Some(*it),
            _ => None,
        }
    }

    /// A number that counts something.
    pub(super) fn whole(&self) -> Option<u32> {
        let text = self.number().filter(|it| it.fract() == 0.0).map(|it| it.to_string());
        text.and_then(|it| it.parse().ok())
    }

    pub(super) fn name(&self) -> Option<&[u8]> {
        match self {
            Value::Name(it) => Some(it),
            _ => None,
        }
    }

    pub(super) fn list(&self) -> Option<&[Value]> {
        match self {
            Value::List(it) => Some(it),
            _ => None,
        }
    }

    pub(super) fn dictionary(&self) -> Option<&Dictionary> {
        match self {
            Value::Dictionary(it) => Some(it),
            _ => None,
        }
    }
}

impl Dictionary {
    pub(super) fn get(&self, name: &[u8]) -> Option<&Value> {
        self.0.iter().find(|(it, _)| it == name).map(|(_, value)| value)
    }

    pub(super) fn is(&self, name: &[u8], value: &[u8]) -> bool {
        self.get(name).and_then(Value::name) == Some(value)
    }
}

pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | 0x0C | 0)
}

const fn is_regular(byte: u8) -> bool {
    !is_space(byte)
        && !matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

impl<'a> Lexer<'a> {
    /// Of an object, in which references stand.
    pub(super) fn of_object(bytes: &'a [u8]) -> Self {
        Lexer { has_references: true, ..Self::of_contents(bytes) }
    }

    /// Of contents, in which operators stand.
    pub(super) fn of_contents(bytes: &'a [u8]) -> Self {
        let (at, depth, left) = (0, 0, MAX_VALUES);
        Lexer { bytes, at, depth, left, has_references: false, is_short: false }
    }

    /// How far it is.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Goes on behind so many bytes.
    pub(super) fn skip(&mut self, count: usize) {
        self.at = self.at.saturating_add(count).min(self.bytes.len());
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// What comes next. Each one may have as many values as any other.
    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        (self.left, self.depth) = (MAX_VALUES, 0);
        self.token()
    }

    fn token(&mut self) -> Option<Token<'a>> {
        self.skip_spaces();
        let rest = self.rest();
        let is_deep = self.depth >= MAX_DEPTH;
        Some(match rest {
            [] => return None,
            [b'/', ..] => Token::Value(Value::Name(self.name())),
            [b'(', ..] => Token::Value(Value::Text(self.text())),
            [b'<', b'<', ..] if !is_deep => Token::Value(Value::Dictionary(self.dictionary())),
            [b'[', ..] if !is_deep => Token::Value(Value::List(self.list())),
            [b'<', b'<', ..] | [b'>', b'>', ..] => self.word(2),
            [b'<', ..] => Token::Value(Value::Text(self.hex())),
            [first, ..] if is_regular(*first) => self.regular(),
            _ => self.word(1),
        })
    }

    fn skip_spaces(&mut self) {
        loop {
            let rest = self.rest();
            self.skip(rest.iter().take_while(|it| is_space(**it)).count());
            let rest = self.rest();
            if rest.first() != Some(&b'%') {
                return;
            }
            self.skip(rest.iter().take_while(|it| !matches!(it, b'\n' | b'\r')).count());
        }
    }

    fn word(&mut self, length: usize) -> Token<'a> {
        let rest = self.rest();
        self.skip(length);
        Token::Word(rest.get(..length).unwrap_or(rest))
    }

    fn regular(&mut self) -> Token<'a> {
        let length = self.rest().iter().take_while(|it| is_regular(**it)).count();
        let Token::Word(word) = self.word(length) else { return Token::Word(b"") };
        match number(word) {
            None => Token::Word(word),
            Some(number) => {
                let number = Value::Number(number);
                let reference = if self.has_references { self.reference(&number) } else { None };
                Token::Value(reference.unwrap_or(number))
            }
        }
    }

    /// `<n> <g> R`, of which the first number was read.
    fn reference(&mut self, number: &Value) -> Option<Value> {
        let rest = self.rest();
        let spaces = |bytes: &[u8]| bytes.iter().take_while(|it| is_space(**it)).count();
        let first = spaces(rest);
        let behind = rest.get(first..)?;
        let digits = behind.iter().take(6).take_while(|it| it.is_ascii_digit()).count();
        let second = spaces(behind.get(digits..)?);
        let length = first + digits + second;
        let is_one = first > 0 && digits > 0 && second > 0 && rest.get(length) == Some(&b'R');
        let is_end = rest.get(length + 1).is_none_or(|it| !is_regular(*it));
        if !is_one || !is_end {
            return None;
        }
        let number = number.whole()?;
        self.skip(length + 1);
        Some(Value::Reference(number))
    }

    fn name(&mut self) -> Vec<u8> {
        self.skip(1);
        let rest = self.rest();
        let written = rest.get(..rest.iter().take_while(|it| is_regular(**it)).count());
        let written = written.unwrap_or_default();
        self.skip(written.len());
        let mut name = Vec::with_capacity(written.len());
        let mut rest = written;
        while let Some((first, after)) = rest.split_first() {
            rest = after;
            let number = match (first, after) {
                (b'#', [high, low, ..]) => hex_digit(*high).zip(hex_digit(*low)),
                _ => None,
            };
            match number {
                Some((high, low)) => {
                    name.push(high * 16 + low);
                    rest = after.get(2..).unwrap_or_default();
                }
                None => name.push(*first),
            }
        }
        name
    }

    fn text(&mut self) -> Vec<u8> {
        self.skip(1);
        let (mut text, mut open) = (Vec::new(), 1_usize);
        loop {
            let rest = self.rest();
            let Some(first) = rest.first() else {
                self.is_short = true;
                return text;
            };
            self.skip(1);
            match first {
                b'\\' => self.escaped(&mut text),
                b'(' => open += 1,
                b')' => open -= 1,
                _ => {}
            }
            if open == 0 {
                return text;
            }
            if *first != b'\\' {
                text.push(*first);
            }
        }
    }

    fn escaped(&mut self, text: &mut Vec<u8>) {
        let rest = self.rest();
        let digits = rest.iter().take(3).take_while(|it| matches!(it, b'0'..=b'7')).count();
        if digits > 0 {
            let value =
                rest.iter().take(digits).fold(0_u32, |all, it| all * 8 + u32::from(it - b'0'));
            // What is too large loses its highest digit.
            text.push(u8::try_from(value & 0xFF).unwrap_or_default());
            return self.skip(digits);
        }
        let (count, letter) = match rest {
            [b'\r', b'\n', ..] => (2, None),
            [b'\r' | b'\n', ..] => (1, None),
            [b'n', ..] => (1, Some(b'\n')),
            [b'r', ..] => (1, Some(b'\r')),
            [b't', ..] => (1, Some(b'\t')),
            [b'b' | b'f', ..] => (1, Some(b' ')),
            [other, ..] => (1, Some(*other)),
            [] => (0, None),
        };
        text.extend(letter);
        self.skip(count);
    }

    fn hex(&mut self) -> Vec<u8> {
        self.skip(1);
        let rest = self.rest();
        let length = memchr::memchr(b'>', rest);
        self.is_short |= length.is_none();
        let length = length.unwrap_or(rest.len());
        self.skip(length + 1);
        from_hex(rest.get(..length).unwrap_or_default())
    }

    fn list(&mut self) -> Vec<Value> {
        self.skip(1);
        self.depth += 1;
        let mut list = Vec::new();
        loop {
            self.skip_spaces();
            if self.rest().first() == Some(&b']') {
                self.skip(1);
                break;
            }
            match self.token() {
                None => {
                    self.is_short = true;
                    break;
                }
                Some(Token::Value(value)) => self.keep(|| list.push(value)),
                Some(Token::Word(_)) => self.keep(|| list.push(Value::Other)),
            }
        }
        self.depth -= 1;
        list
    }

    fn dictionary(&mut self) -> Dictionary {
        self.skip(2);
        self.depth += 1;
        let mut entries = Vec::new();
        let mut name = None;
        loop {
            self.skip_spaces();
            if self.rest().starts_with(b">>") {
                self.skip(2);
                break;
            }
            let value = match self.token() {
                None | Some(Token::Word(b"endobj")) => {
                    self.is_short = true;
                    break;
                }
                Some(Token::Value(value)) => value,
                Some(Token::Word(_)) => Value::Other,
            };
            match (name.take(), value) {
                (None, Value::Name(it)) => name = Some(it),
                (None, _) => {}
                (Some(name), value) => self.keep(|| entries.push((name, value))),
            }
        }
        self.depth -= 1;
        Dictionary(entries)
    }

    fn keep(&mut self, push: impl FnOnce()) {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                push();
            }
            None => self.is_short = true,
        }
    }
}

fn number(word: &[u8]) -> Option<f64> {
    let is_number = |it: &u8| it.is_ascii_digit() || matches!(it, b'+' | b'-' | b'.');
    if word.len() > 40 || !word.iter().all(is_number) || !word.iter().any(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(word).ok()?.parse().ok()
}

fn hex_digit(it: u8) -> Option<u8> {
    char::from(it).to_digit(16).and_then(|it| u8::try_from(it).ok())
}

/// Digits, whatever stands between them; of an odd number the last is a high one.
pub(super) fn from_hex(written: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = written.iter().filter_map(|it| hex_digit(*it)).collect();
    let pair = |it: &[u8]| match it {
        [high, low] => high * 16 + low,
        [high] => high * 16,
        _ => 0,
    };
    digits.chunks(2).map(pair).collect()
}
