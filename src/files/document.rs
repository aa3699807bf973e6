//! What of a PDF is looked for: something that runs when it is opened, or that cannot be looked into.
//!
//! Owns: the names that are refused, and the bound of what is unpacked to find them. Invariants: no more than [`MAX_UNPACKED`] bytes
//! are unpacked of one document; one that needs more is refused. Each object stream that is named was unpacked and looked
//! through, or the document is refused: whatever filter, place or way of writing would keep it from being found. Does not: understand
//! the document, or promise that it is harmless: it is given to nobody but as a file to be saved.

use crate::protocol::file::FileFault;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

/// Bytes of all object streams of one document, unpacked. Pictures and pages are not unpacked.
pub const MAX_UNPACKED: usize = 32 * 1024 * 1024;

/// Scripts, and what starts programs, brings files along, or calls somewhere.
const ACTIVE: &[&[u8]] = &[
    b"/JavaScript",
    b"/Launch",
    b"/EmbeddedFile",
    b"/EmbeddedFiles",
    b"/RichMedia",
    b"/SubmitForm",
    b"/ImportData",
];
/// The same, by names so short that packed bytes contain them by chance: there they count among letters only.
const ACTIVE_SHORT: &[&[u8]] = &[b"/JS", b"/XFA"];
/// Bytes before and behind a short name that have to be letters of text.
const AROUND: usize = 8;

/// What unpacks a stream. Of an object stream, one alone is looked into.
const PACKED: &[u8] = b"/FlateDecode";
/// What makes something else of it, before or after.
const OTHERWISE: &[&[u8]] = &[
    b"/ASCIIHexDecode",
    b"/AHx",
    b"/ASCII85Decode",
    b"/A85",
    b"/LZWDecode",
    b"/LZW",
    b"/RunLengthDecode",
    b"/RL",
    b"/Fl",
    b"/CCITTFaxDecode",
    b"/JBIG2Decode",
    b"/DCTDecode",
    b"/JPXDecode",
    b"/Crypt",
    b"/DecodeParms",
    b"/DP",
    b"/F",
];

/// A stream: what stands before it, since the one before, and its bytes.
struct Stream {
    /// With letters of names as letters.
    before: Vec<u8>,
    /// The part of that which is its own dictionary.
    dictionary: Vec<u8>,
    is_packed: bool,
    /// Whether it could be told which dictionary that is.
    is_clear: bool,
}

/// Looks through a document.
///
/// # Errors
/// [`FileFault::ActiveContent`], [`FileFault::Encrypted`], [`FileFault::Damaged`] when an object stream cannot be looked into, or
/// not within the bound.
pub fn check(bytes: &[u8]) -> Result<(), FileFault> {
    let mut left = MAX_UNPACKED;
    let (mut named, mut seen) = (0_usize, 0_usize);
    let mut rest = bytes;
    while let Some(at) = next_stream(rest) {
        let (before, body) = rest.split_at(at);
        let body = body.get(b"stream".len()..).unwrap_or_default();
        let end = find(body, b"endstream").unwrap_or(body.len());
        let packed = body.get(..end).unwrap_or(body);
        let stream = Stream::after(before);
        look(&stream.before, false)?;
        let plain = without_numbers(packed);
        look(&plain, stream.is_packed)?;
        for it in [&stream.before, &plain] {
            named = named.saturating_add(count(it, b"/ObjStm"));
        }
        if stream.holds_objects() {
            left = stream.look_into(packed, left)?;
            // A dictionary says it once.
            seen = seen.saturating_add(count(&stream.dictionary, b"/ObjStm").min(1));
        }
        rest = body.get(end.saturating_add(b"endstream".len())..).unwrap_or_default();
    }
    let tail = without_numbers(rest);
    look(&tail, false)?;
    // One that is named where no stream was found is hidden from us, and perhaps from nobody else.
    match named.saturating_add(count(&tail, b"/ObjStm")) == seen {
        true => Ok(()),
        false => Err(FileFault::Damaged),
    }
}

impl Stream {
    fn after(before: &[u8]) -> Self {
        // The dictionary stands right before it, behind `<n> <g> obj`. Where that cannot be told it is anywhere before.
        let own = last_object(before).and_then(without_text);
        let is_packed = own.as_ref().is_some_and(|it| has_name(&without_numbers(it), b"/Filter"));
        let dictionary = without_numbers(own.as_deref().unwrap_or(before));
        Stream { before: without_numbers(before), dictionary, is_packed, is_clear: own.is_some() }
    }

    /// Whether objects are in it: it says so, or has what only such a stream has.
    fn holds_objects(&self) -> bool {
        let has = |name| has_name(&self.dictionary, name);
        let (first, count) = (has(b"/First"), has(b"/N"));
        // Of what cannot be told apart the other half may stand elsewhere.
        has(b"/ObjStm") || first && count || !self.is_clear && (first || count)
    }

    /// Looks at the objects in it; how much may be unpacked after that.
    fn look_into(&self, packed: &[u8], left: usize) -> Result<usize, FileFault> {
        let is_otherwise = OTHERWISE.iter().any(|it| has_name(&self.dictionary, it));
        let times = count(&self.dictionary, PACKED);
        let is_packed = has_name(&self.dictionary, b"/Filter");
        let is_elsewhere = times == 0 && (is_packed || !self.is_clear);
        if is_otherwise || times > 1 || is_elsewhere {
            return Err(FileFault::Damaged);
        }
        if times == 0 {
            // It was looked through as it stands.
            return Ok(left);
        }
        let packed = packed.strip_prefix(b"\r\n").or(packed.strip_prefix(b"\n"));
        let unpacked = decompress_to_vec_zlib_with_limit(packed.unwrap_or_default(), left);
        let unpacked = unpacked.map_err(|_| FileFault::Damaged)?;
        let plain = without_numbers(&unpacked);
        look(&plain, false)?;
        if has_name(&plain, b"/ObjStm") {
            // No stream stands in another one.
            return Err(FileFault::Damaged);
        }
        Ok(left.saturating_sub(unpacked.len()))
    }
}

/// Looks for names in what has letters for letters: `/J#61vaScript` is written out.
fn look(plain: &[u8], is_packed: bool) -> Result<(), FileFault> {
    if has_name(plain, b"/Encrypt") && !is_packed {
        return Err(FileFault::Encrypted);
    }
    let is_short = |name: &&[u8]| match is_packed {
        true => has_name_among_letters(plain, name),
        false => has_name(plain, name),
    };
    let is_active =
        ACTIVE.iter().any(|it| has_name(plain, it)) || ACTIVE_SHORT.iter().any(is_short);
    if is_active { Err(FileFault::ActiveContent) } else { Ok(()) }
}

/// Where a stream begins: the word, at the end of its line.
fn next_stream(bytes: &[u8]) -> Option<usize> {
    let is_one = |at: &usize| {
        let is_end = bytes.get(..*at).is_some_and(|it| it.ends_with(b"end"));
        !is_end && matches!(bytes.get(at.saturating_add(b"stream".len())), Some(b'\r' | b'\n'))
    };
    memchr::memmem::find_iter(bytes, b"stream").find(is_one)
}

fn without_numbers(bytes: &[u8]) -> Vec<u8> {
    let digit = |it: u8| char::from(it).to_digit(16).and_then(|it| u8::try_from(it).ok());
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let number = match (first, after) {
            (b'#', [high, low, ..]) => digit(*high).zip(digit(*low)),
            _ => None,
        };
        match number {
            Some((high, low)) => {
                plain.push(high * 16 + low);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                plain.push(*first);
                rest = after;
            }
        }
    }
    plain
}

/// Whether a name stands there, and not only as the beginning of a longer one.
fn has_name(bytes: &[u8], name: &[u8]) -> bool {
    places(bytes, name).next().is_some()
}

fn count(bytes: &[u8], name: &[u8]) -> usize {
    places(bytes, name).count()
}

/// Where a name stands.
fn places<'a>(bytes: &'a [u8], name: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let mut from = 0_usize;
    std::iter::from_fn(move || {
        loop {
            let at = from.saturating_add(find(bytes.get(from..)?, name)?);
            from = at.saturating_add(name.len());
            if bytes.get(from).is_none_or(|it| !it.is_ascii_alphanumeric()) {
                return Some(at);
            }
        }
    })
}

fn has_name_among_letters(bytes: &[u8], name: &[u8]) -> bool {
    places(bytes, name).any(|at| {
        let end = at.saturating_add(name.len()).saturating_add(AROUND).min(bytes.len());
        let around = bytes.get(at.saturating_sub(AROUND)..end).unwrap_or_default();
        around.iter().all(|it| it.is_ascii_graphic() || it.is_ascii_whitespace())
    })
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, what)
}

/// What stands behind the last `<n> <g> obj`, unless that stands in a comment.
fn last_object(bytes: &[u8]) -> Option<&[u8]> {
    let is_space = |it: u8| it.is_ascii_whitespace() || it == 0;
    let number = |bytes: &[u8]| {
        let rest = bytes.trim_ascii_end();
        let digits = rest.iter().rev().take_while(|it| it.is_ascii_digit()).count();
        (digits > 0).then_some(rest.len().saturating_sub(digits))
    };
    memchr::memmem::rfind_iter(bytes, b"obj").find_map(|at| {
        let before = bytes.get(..at)?;
        let generation = number(before)?;
        let start = number(
            before.get(..generation).filter(|it| it.last().copied().is_some_and(is_space))?,
        )?;
        let line = bytes.get(..start)?.rsplit(|it| matches!(it, b'\n' | b'\r')).next()?;
        let behind = bytes.get(at.saturating_add(b"obj".len())..)?;
        Some((!line.contains(&b'%')).then_some(behind))
    })?
}

/// Without its strings. Nothing when there are comments, or when it closes what it did not open: then it began in the middle of a
/// string or of a dictionary, and what is in it cannot be told.
fn without_text(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(bytes.len());
    let (mut strings, mut dictionaries) = (0_usize, 0_usize);
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, after.first()) {
            (b'\\', _) if strings > 0 => rest = after.get(1..).unwrap_or_default(),
            (b'(', _) => strings = strings.saturating_add(1),
            (b')', _) => strings = strings.checked_sub(1)?,
            _ if strings > 0 => {}
            (b'%', _) => return None,
            (b'<', Some(b'<')) | (b'>', Some(b'>')) => {
                dictionaries = match first {
                    b'<' => dictionaries.saturating_add(1),
                    _ => dictionaries.checked_sub(1)?,
                };
                plain.extend([*first, *first]);
                rest = after.get(1..).unwrap_or_default();
            }
            _ => plain.push(*first),
        }
    }
    (strings == 0 && dictionaries == 0).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use miniz_oxide::deflate::compress_to_vec_zlib;

    fn with_stream(kind: &str, plain: &[u8]) -> Vec<u8> {
        let mut bytes =
            format!("%PDF-1.7\n1 0 obj <</Type {kind} /Filter /FlateDecode>>\nstream\n");
        let packed = compress_to_vec_zlib(plain, 6);
        let mut all = std::mem::take(&mut bytes).into_bytes();
        all.extend(packed);
        all.extend_from_slice(b"\nendstream endobj\n");
        all
    }

    #[test]
    fn a_plain_document_is_taken() {
        assert_eq!(check(b"%PDF-1.7\n1 0 obj <</Type /Catalog /JSomething 1>> endobj\n"), Ok(()));
        assert_eq!(check(&with_stream("/ObjStm", b"<</Type /Page>>")), Ok(()));
        let text = "/ObjStm /Title (a \\( of 9 9 obj)";
        assert_eq!(check(&with_stream("/XObject /Title (in \\) 3 \\()", b"x")), Ok(()));
        assert_eq!(check(&with_stream(text, b"<</Type /Page>>")), Ok(()));
        // The contents of a page are no names.
        assert_eq!(check(&with_stream("/XObject", b"/JavaScript")), Ok(()));
    }

    #[test]
    fn what_runs_is_found_however_it_is_written() {
        for text in
            ["/OpenAction <</S /JavaScript>>", "/J#61vaScript", "/JS (app.alert(1))", "/Launch"]
        {
            let plain = format!("%PDF-1.7\n1 0 obj <<{text}>> endobj");
            assert_eq!(check(plain.as_bytes()), Err(FileFault::ActiveContent), "{text}");
            let packed = with_stream("/ObjStm", text.as_bytes());
            assert_eq!(check(&packed), Err(FileFault::ActiveContent), "{text}");
        }
        assert_eq!(check(b"%PDF-1.7 trailer <</Encrypt 5 0 R>>"), Err(FileFault::Encrypted));
    }

    #[test]
    fn what_cannot_be_looked_into_is_refused() {
        // Long enough that packing leaves no word of it as it is.
        let script = "/S /JavaScript /JS (app.alert(1)) ".repeat(20);
        let script = script.as_bytes();
        // A hidden script in an object stream, which each of these keeps from being found.
        for kind in [
            "/Obj#53tm",
            "/ObjStm /Pad (a very long string that pushes the name of the kind away %)",
            "/ObjStm % obj\n",
            "/N 1 /First 4",
            // The same, behind something that looks like the beginning of another object.
            "/ObjStm /Pad (obj)",
            "/N 1 /First 4 /Pad (obj)",
            "/N 1 /First 4 /Pad (9 9 obj)",
            "/N 1 /First 4 /Pad (9 9 obj <<>> (\\))",
            "/N 1 /First 4 /Pad (9 9 obj << %)\n",
            "/N 1 /First 4 % 9 9 obj <<\n",
            "/N 1 /First 4 /Pad <9 9 obj>",
            "/N 1 /First 4 /Pad 9 9 obj",
            "/N 1 /First 4 /Pad (stream\nendstream)",
            "/N 1 /Pad (stream\nendstream) /First 4",
        ] {
            let found = check(&with_stream(kind, script));
            let expected = [Err(FileFault::ActiveContent), Err(FileFault::Damaged)];
            assert!(expected.contains(&found), "{kind}: {found:?}");
        }
        let far = format!("/ObjStm /Pad ({})", "x".repeat(2_000));
        assert_eq!(check(&with_stream(&far, script)), Err(FileFault::ActiveContent));
        let filtered = |filter: &str| {
            let mut all =
                format!("%PDF-1.7\n1 0 obj <</Type /ObjStm {filter}>>\nstream\n").into_bytes();
            all.extend(compress_to_vec_zlib(script, 6));
            all.extend_from_slice(b"\nendstream endobj\n");
            all
        };
        for (filter, expected) in [
            ("/Filter /Fl#61teDecode", FileFault::ActiveContent),
            ("/Filter [/FlateDecode]", FileFault::ActiveContent),
            ("/Filter /LZWDecode", FileFault::Damaged),
            ("/Filter [/ASCIIHexDecode /FlateDecode]", FileFault::Damaged),
            ("/Filter [/FlateDecode /FlateDecode]", FileFault::Damaged),
            ("/Filter 7 0 R", FileFault::Damaged),
            ("/Filter /FlateDecode /DecodeParms <</Predictor 12>>", FileFault::Damaged),
            ("/F (elsewhere.bin) /Filter /FlateDecode", FileFault::Damaged),
        ] {
            assert_eq!(check(&filtered(filter)), Err(expected), "{filter}");
        }
        let inner = [b"<</Type /ObjStm /Pad (x)>> ".repeat(3), b"and more".to_vec()].concat();
        assert_eq!(check(&with_stream("/N 1 /First 4", &inner)), Err(FileFault::Damaged));
        // One that only whoever goes by the table of places would find.
        let mut hidden = b"%PDF-1.7\n1 0 obj <</Length 9>> stream\n2 0 obj <</Type /ObjStm /Filter /FlateDecode>>".to_vec();
        hidden.extend(compress_to_vec_zlib(script, 6));
        hidden.extend_from_slice(b"\nendstream endobj\n");
        assert_eq!(check(&hidden), Err(FileFault::Damaged));
    }

    #[test]
    fn packed_bytes_that_look_like_a_short_name_by_chance_are_none() {
        let picture = |bytes: &[u8]| {
            let head = b"%PDF-1.7\n1 0 obj <</Subtype /Image /Filter /DCTDecode>>\nstream\n";
            [head.as_slice(), bytes, b"\nendstream endobj\n"].concat()
        };
        assert_eq!(check(&picture(b"\xff\xd8\x01\x02/JS\x90\x91\x92")), Ok(()));
        assert_eq!(check(&picture(b"\xff\xd8/XFA\xff\xd9 and more")), Ok(()));
        let hidden = picture(b"\xff\xd8 2 0 obj <</S /JavaScript /JS (1)>> endobj \xff\xd9");
        assert_eq!(check(&hidden), Err(FileFault::ActiveContent));
        assert_eq!(check(&picture(b"<</Kind 1 /JS (app)>>")), Err(FileFault::ActiveContent));
    }

    #[test]
    fn what_unpacks_to_much_is_refused_before_it_has() {
        let bomb = with_stream("/ObjStm", &vec![b' '; MAX_UNPACKED + 1]);
        assert!(bomb.len() < MAX_UNPACKED / 100);
        assert_eq!(check(&bomb), Err(FileFault::Damaged));
    }
}
