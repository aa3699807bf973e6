//! Streams as they were before they were packed.
//!
//! Invariants: no more comes out than was said, whatever goes in, in each step of several; what came out before something broke is
//! kept. Does not: know pictures, or what is packed by rows (predictors) or by LZW: that is said to be unread.

use super::Unread;
use super::lexer::{Dictionary, Value, from_hex};
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_zlib_with_limit};

/// Ways one after the other; two are usual.
const MAX_STEPS: usize = 4;

/// What came out, and whether that is all.
pub(super) struct Unpacked {
    pub(super) bytes: Vec<u8>,
    pub(super) missing: Option<Unread>,
}

/// Unpacks a stream of that dictionary.
pub(super) fn unpack(of: &Dictionary, packed: &[u8], limit: usize) -> Unpacked {
    let nothing = |why| Unpacked { bytes: vec![], missing: Some(why) };
    let steps: Vec<&[u8]> = match of.get(b"Filter") {
        None => vec![],
        Some(Value::Name(it)) => vec![it],
        Some(Value::List(all)) => all.iter().map(|it| it.name().unwrap_or_default()).collect(),
        Some(_) => return nothing(Unread::Packed),
    };
    if steps.len() > MAX_STEPS || of.get(b"F").is_some() || has_rows(of) {
        return nothing(Unread::Packed);
    }
    if packed.len() > limit && steps.is_empty() {
        return nothing(Unread::Bound);
    }
    let (mut bytes, mut missing) = (packed.to_vec(), None);
    for step in steps {
        let done = match step {
            b"FlateDecode" | b"Fl" => inflate(&bytes, limit),
            b"ASCIIHexDecode" | b"AHx" => whole(from_hex(until(&bytes, b'>'))),
            b"ASCII85Decode" | b"A85" => ascii85(until(&bytes, b'~'), limit),
            b"RunLengthDecode" | b"RL" => run_length(&bytes, limit),
            _ => return nothing(Unread::Packed),
        };
        bytes = done.bytes;
        missing = missing.or(done.missing);
    }
    Unpacked { bytes, missing }
}

/// Whether rows were made shorter by what stands above them. Nobody does that to text.
fn has_rows(of: &Dictionary) -> bool {
    let is_one = |it: &Value| {
        let rows = it.dictionary().and_then(|it| it.get(b"Predictor"));
        matches!(it, Value::Reference(_)) || rows.is_some_and(|it| it.number() != Some(1.0))
    };
    match of.get(b"DecodeParms").or(of.get(b"DP")) {
        Some(Value::List(all)) => all.iter().any(is_one),
        Some(one) => is_one(one),
        None => false,
    }
}

const fn whole(bytes: Vec<u8>) -> Unpacked {
    Unpacked { bytes, missing: None }
}

fn until(bytes: &[u8], end: u8) -> &[u8] {
    bytes.get(..memchr::memchr(end, bytes).unwrap_or(bytes.len())).unwrap_or_default()
}

fn inflate(packed: &[u8], limit: usize) -> Unpacked {
    match decompress_to_vec_zlib_with_limit(packed, limit) {
        Ok(bytes) => whole(bytes),
        Err(broken) => {
            let is_much = broken.status == TINFLStatus::HasMoreOutput;
            let missing = Some(if is_much { Unread::Bound } else { Unread::Broken });
            Unpacked { bytes: broken.output, missing }
        }
    }
}

/// Five letters are four bytes; `z` is four zeros. Bytes that are none of its letters are passed over.
fn ascii85(written: &[u8], limit: usize) -> Unpacked {
    let mut bytes = Vec::new();
    let (mut value, mut count) = (0_u32, 0_usize);
    for it in written {
        if bytes.len() + 4 > limit {
            return Unpacked { bytes, missing: Some(Unread::Bound) };
        }
        match it {
            b'z' if count == 0 => bytes.extend([0; 4]),
            b'!'..=b'u' => {
                value = value.wrapping_mul(85).wrapping_add(u32::from(it - b'!'));
                count += 1;
                if count == 5 {
                    bytes.extend(value.to_be_bytes());
                    (value, count) = (0, 0);
                }
            }
            _ => {}
        }
    }
    if count > 1 {
        // As if the highest letter stood in the places that are missing.
        let value = (count..5).fold(value, |it, _| it.wrapping_mul(85).wrapping_add(84));
        bytes.extend(value.to_be_bytes().iter().take(count - 1));
    }
    whole(bytes)
}

fn run_length(packed: &[u8], limit: usize) -> Unpacked {
    let mut bytes = Vec::new();
    let mut rest = packed;
    while let Some((length, after)) = rest.split_first() {
        let count = match length {
            0..=127 => usize::from(*length) + 1,
            128 => break,
            129.. => 257 - usize::from(*length),
        };
        if bytes.len() + count > limit {
            return Unpacked { bytes, missing: Some(Unread::Bound) };
        }
        let taken = if *length < 128 { count } else { 1 };
        let Some((run, behind)) = after.split_at_checked(taken) else {
            return Unpacked { bytes, missing: Some(Unread::Broken) };
        };
        match (length, run) {
            (0..=127, run) => bytes.extend_from_slice(run),
            (_, [one, ..]) => bytes.extend(std::iter::repeat_n(*one, count)),
            (_, []) => {}
        }
        rest = behind;
    }
    whole(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_of_writing_bytes_are_undone() {
        assert_eq!(ascii85(b"87cURD]i,\"Ebo80", 99).bytes, b"Hello World!");
        assert_eq!(ascii85(b"z87 cU\nRDZ", 99).bytes, b"\0\0\0\0Hello");
        assert_eq!(ascii85(&[b'z'; 99], 99).missing, Some(Unread::Bound));
        assert_eq!(run_length(&[2, b'a', b'b', b'c', 254, b'x', 128, b'y'], 9).bytes, b"abcxxx");
        let bomb = run_length(&[129, b'x'].repeat(9), 1_000);
        assert_eq!((bomb.bytes.len(), bomb.missing), (896, Some(Unread::Bound)));
    }
}
