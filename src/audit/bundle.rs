//! Entries in a file: each with its length in front, two bytes, the larger first (C2SP `tlog-tiles`).

/// Appends an entry; false when it is longer than a length can say. A leaf has some hundred bytes.
#[must_use]
pub fn push(bundle: &mut Vec<u8>, entry: &[u8]) -> bool {
    let Ok(length) = u16::try_from(entry.len()) else { return false };
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    true
}

/// The entries of a file, as far as they are whole; whether that was all of it.
pub fn entries(mut bundle: &[u8]) -> (Vec<&[u8]>, bool) {
    let mut found = Vec::new();
    while let Some((length, rest)) = bundle.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length));
        let Some((entry, rest)) = rest.split_at_checked(length) else { return (found, false) };
        found.push(entry);
        bundle = rest;
    }
    (found, bundle.is_empty())
}
