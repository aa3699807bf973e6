//! What is in a document: objects by their numbers, found by going through it from its beginning to its end.
//!
//! The table of places at the end of a document is not read: what it leaves out is there all the same, and a table that leads
//! in a circle leads nobody. Invariants: a document is gone through once; the last object of a number is the one that counts, as
//! for readers; a way over references has [`MAX_HOPS`] steps. Does not: know pages.

use super::Work;
use super::lexer::{Dictionary, Lexer, Token, Value, is_space};
use super::unpack::unpack;
use super::{Bounds, Unread};
use std::collections::HashMap;

/// References that lead to one another. Writers make one.
const MAX_HOPS: usize = 8;

/// Where an object is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    number: u32,
    /// The file, or one of what was unpacked.
    source: usize,
    start: usize,
    end: usize,
    /// Its packed bytes, in the file.
    stream: Option<(usize, usize)>,
}

/// All of them.
pub(super) struct Objects<'a> {
    /// The file first, then each stream of objects.
    sources: Vec<std::borrow::Cow<'a, [u8]>>,
    all: Vec<Place>,
    latest: HashMap<u32, usize>,
}

impl<'a> Objects<'a> {
    pub(super) fn find(file: &'a [u8], bounds: &Bounds, work: &mut Work<'_>) -> Self {
        let mut objects =
            Objects { sources: vec![file.into()], all: vec![], latest: HashMap::new() };
        let mut scan = Scan { file, at: 0, next_stream: Some(0) };
        while let Some(place) = scan.next(work) {
            if !work.goes_on() {
                break;
            }
            if !objects.add(place, bounds) {
                work.miss(Unread::Bound);
                break;
            }
            if place.stream.is_some() {
                objects.look_into(place, bounds, work);
            }
        }
        objects
    }

    fn add(&mut self, place: Place, bounds: &Bounds) -> bool {
        let is_more = self.all.len() < bounds.objects;
        if is_more {
            self.latest.insert(place.number, self.all.len());
            self.all.push(place);
        }
        is_more
    }

    /// Adds what is in a stream of objects, if it is one.
    fn look_into(&mut self, place: Place, bounds: &Bounds, work: &mut Work<'_>) {
        let Some(Value::Dictionary(of)) = self.read(place, work) else { return };
        if !of.is(b"Type", b"ObjStm") {
            return;
        }
        let bytes = self.unpacked(place, &of, work);
        let whole = |name: &[u8]| {
            of.get(name).and_then(Value::whole).and_then(|it| usize::try_from(it).ok())
        };
        let (count, first) = (whole(b"N").unwrap_or(0), whole(b"First").unwrap_or(0));
        let source = self.sources.len();
        let mut head = Lexer::of_contents(bytes.get(..first).unwrap_or_default());
        let mut number = || match head.next() {
            Some(Token::Value(it)) => it.whole(),
            _ => None,
        };
        let (mut is_more, end) = (true, bytes.len());
        let mut found = 0;
        for _ in 0..count {
            let Some((number, offset)) = number().zip(number()) else { break };
            let start = usize::try_from(offset).map_or(end, |it| it.saturating_add(first)).min(end);
            is_more &= self.add(Place { number, source, start, end, stream: None }, bounds);
            found += 1;
            if !is_more {
                break;
            }
        }
        if !is_more {
            work.miss(Unread::Bound);
        } else if found < count {
            work.miss(Unread::Broken);
        }
        self.sources.push(bytes.into());
    }

    /// Those that count, in the order in which they stand.
    pub(super) fn places(&self) -> Vec<Place> {
        let counts =
            |(at, it): (usize, &Place)| (self.latest.get(&it.number) == Some(&at)).then_some(*it);
        self.all.iter().enumerate().filter_map(counts).collect()
    }

    pub(super) fn place(&self, number: u32) -> Option<Place> {
        self.all.get(*self.latest.get(&number)?).copied()
    }

    /// An object as it is written.
    pub(super) fn read(&self, place: Place, work: &mut Work<'_>) -> Option<Value> {
        let bytes = self.sources.get(place.source)?.get(place.start..place.end)?;
        let mut lexer = Lexer::of_object(bytes);
        let value = match lexer.next() {
            Some(Token::Value(value)) => Some(value),
            Some(Token::Word(_)) | None => None,
        };
        work.has_parsed(lexer.at());
        if lexer.is_short {
            work.miss(Unread::Broken);
        }
        value
    }

    /// A value, or what it refers to.
    pub(super) fn resolve(&self, value: &Value, work: &mut Work<'_>) -> Option<Value> {
        let mut value = value.clone();
        for _ in 0..MAX_HOPS {
            let Value::Reference(number) = value else { return Some(value) };
            value = self.read(self.place(number)?, work)?;
        }
        None
    }

    /// The dictionary of that name, wherever it stands.
    pub(super) fn dictionary(
        &self,
        of: &Dictionary,
        name: &[u8],
        work: &mut Work<'_>,
    ) -> Option<Dictionary> {
        match self.resolve(of.get(name)?, work)? {
            Value::Dictionary(it) => Some(it),
            _ => None,
        }
    }

    /// The bytes of a stream.
    pub(super) fn unpacked(&self, place: Place, of: &Dictionary, work: &mut Work<'_>) -> Vec<u8> {
        let Some((start, end)) = place.stream else { return vec![] };
        let packed = self.sources.first().and_then(|it| it.get(start..end)).unwrap_or_default();
        // How it is packed may stand elsewhere.
        let mut of = of.clone();
        for (name, value) in &mut of.0 {
            if matches!(name.as_slice(), b"Filter" | b"DecodeParms" | b"DP") {
                *value = self.resolve(value, work).unwrap_or(Value::Other);
            }
        }
        if !work.goes_on() || work.left_to_unpack() == 0 {
            work.miss(Unread::Bound);
            return vec![];
        }
        work.has_parsed(packed.len());
        let done = unpack(&of, packed, work.left_to_unpack());
        work.has_unpacked(done.bytes.len());
        if let Some(why) = done.missing {
            work.miss(why);
        }
        done.bytes
    }

    /// A stream that somebody refers to.
    pub(super) fn stream(&self, value: &Value, work: &mut Work<'_>) -> Option<Vec<u8>> {
        let Value::Reference(number) = value else { return None };
        let place = self.place(*number)?;
        match self.read(place, work)? {
            Value::Dictionary(of) if place.stream.is_some() => {
                Some(self.unpacked(place, &of, work))
            }
            _ => None,
        }
    }
}

impl Place {
    pub(super) const fn has_stream(self) -> bool {
        self.stream.is_some()
    }
}

/// Goes through a file, once.
struct Scan<'a> {
    file: &'a [u8],
    at: usize,
    /// Where the next stream begins, from where it was looked for last.
    next_stream: Option<usize>,
}

impl Scan<'_> {
    fn next(&mut self, work: &mut Work<'_>) -> Option<Place> {
        let (number, start) = self.header(self.at)?;
        let behind = self.header(start);
        let end = behind.map_or(self.file.len(), |(_, it)| it);
        self.at = start;
        let Some(begin) = self.stream_after(start).filter(|it| *it < end) else {
            return Some(Place { number, source: 0, start, end, stream: None });
        };
        let data = begin + b"stream".len();
        let line = match self.file.get(data..) {
            Some([b'\r', b'\n', ..]) => 2,
            _ => 1,
        };
        let data = (data + line).min(self.file.len());
        let rest = self.file.get(data..).unwrap_or_default();
        let length = memchr::memmem::find(rest, b"endstream").unwrap_or_else(|| {
            work.miss(Unread::Broken);
            rest.len()
        });
        self.at = data + length;
        Some(Place { number, source: 0, start, end: begin, stream: Some((data, self.at)) })
    }

    /// The next `<n> <g> obj`: its number, and where it is over.
    fn header(&self, from: usize) -> Option<(u32, usize)> {
        let rest = self.file.get(from..)?;
        memchr::memmem::find_iter(rest, b"obj").find_map(|at| {
            let number = number_before(rest.get(..at)?)?;
            Some((number, from + at + b"obj".len()))
        })
    }

    fn stream_after(&mut self, from: usize) -> Option<usize> {
        if self.next_stream? < from {
            let rest = self.file.get(from..)?;
            let is_one = |at: &usize| {
                let is_end = rest.get(..*at).is_some_and(|it| it.ends_with(b"end"));
                !is_end && matches!(rest.get(*at + b"stream".len()), Some(b'\r' | b'\n'))
            };
            let found = memchr::memmem::find_iter(rest, b"stream").find(is_one);
            self.next_stream = found.map(|it| from + it);
        }
        self.next_stream
    }
}

/// Of `<n> <g> `, which stands at the end.
fn number_before(bytes: &[u8]) -> Option<u32> {
    // Numbers that are longer are none.
    let bytes = bytes.get(bytes.len().saturating_sub(40)..)?;
    let spaces = |it: &[u8]| it.iter().rev().take_while(|it| is_space(**it)).count();
    let digits = |it: &[u8]| it.iter().rev().take_while(|it| it.is_ascii_digit()).count();
    let but = |it: &'_ [u8], count: usize| it.len() - count;
    let bytes = bytes.get(..but(bytes, spaces(bytes)))?;
    let generation = digits(bytes);
    let bytes = bytes.get(..but(bytes, generation))?;
    let between = spaces(bytes);
    let bytes = bytes.get(..but(bytes, between))?;
    let number = bytes.get(but(bytes, digits(bytes))..)?;
    if generation == 0 || between == 0 || number.is_empty() {
        return None;
    }
    std::str::from_utf8(number).ok()?.parse().ok()
}
