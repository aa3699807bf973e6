//! What of a PDF is looked for: something that runs when it is opened, or that cannot be looked into.
//!
//! Owns: the names that are refused, and the bound of what is unpacked to find them. Invariant: no more than [`MAX_UNPACKED`] bytes
//! are unpacked of one document; one that needs more is refused. Does not: understand the document, or promise that it is
//! harmless: it is given to nobody but as a file to be saved.

use crate::protocol::file::FileFault;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

/// Bytes of all object streams of one document, unpacked. Pictures and pages are not unpacked.
pub const MAX_UNPACKED: usize = 32 * 1024 * 1024;

/// Scripts, and what starts programs, brings files along, or calls somewhere.
const ACTIVE: &[&[u8]] = &[
    b"/JavaScript",
    b"/JS",
    b"/Launch",
    b"/EmbeddedFile",
    b"/EmbeddedFiles",
    b"/RichMedia",
    b"/XFA",
    b"/SubmitForm",
    b"/ImportData",
];

/// Looks through a document.
///
/// # Errors
/// [`FileFault::ActiveContent`], [`FileFault::Encrypted`], [`FileFault::Damaged`] when an object stream cannot be unpacked
/// within the bound.
pub fn check(bytes: &[u8]) -> Result<(), FileFault> {
    look(bytes)?;
    let mut left = MAX_UNPACKED;
    let mut rest = bytes;
    while let Some(at) = find(rest, b"stream") {
        let (head, body) = rest.split_at(at);
        let body = body.get(b"stream".len()..).unwrap_or_default();
        let end = find(body, b"endstream").unwrap_or(body.len());
        // The dictionary stands right before it.
        let dictionary = head.get(head.len().saturating_sub(512)..).unwrap_or(head);
        let dictionary = after_last(dictionary, b"obj");
        let packed = body.get(..end).unwrap_or(body);
        if has_name(dictionary, b"/ObjStm") && has_name(dictionary, b"/FlateDecode") {
            let packed = packed.strip_prefix(b"\r\n").or(packed.strip_prefix(b"\n"));
            let unpacked = decompress_to_vec_zlib_with_limit(packed.unwrap_or_default(), left);
            let unpacked = unpacked.map_err(|_| FileFault::Damaged)?;
            left = left.saturating_sub(unpacked.len());
            look(&unpacked)?;
        }
        rest = body.get(end.saturating_add(b"endstream".len())..).unwrap_or_default();
    }
    Ok(())
}

fn look(bytes: &[u8]) -> Result<(), FileFault> {
    // A letter of a name may be written as its number: `/J#61vaScript`.
    let plain = without_numbers(bytes);
    if has_name(&plain, b"/Encrypt") {
        return Err(FileFault::Encrypted);
    }
    match ACTIVE.iter().any(|it| has_name(&plain, it)) {
        true => Err(FileFault::ActiveContent),
        false => Ok(()),
    }
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
    let mut rest = bytes;
    while let Some(at) = find(rest, name) {
        let after = rest.get(at.saturating_add(name.len())..).unwrap_or_default();
        if after.first().is_none_or(|it| !it.is_ascii_alphanumeric()) {
            return true;
        }
        rest = after;
    }
    false
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|it| it == what)
}

fn after_last<'a>(bytes: &'a [u8], what: &[u8]) -> &'a [u8] {
    let last = bytes.windows(what.len()).rposition(|it| it == what);
    last.map_or(bytes, |at| bytes.get(at..).unwrap_or(bytes))
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
    fn what_unpacks_to_much_is_refused_before_it_has() {
        let bomb = with_stream("/ObjStm", &vec![b' '; MAX_UNPACKED + 1]);
        assert!(bomb.len() < MAX_UNPACKED / 100);
        assert_eq!(check(&bomb), Err(FileFault::Damaged));
    }
}
