//! Looks into a ClientHello for the SRTP profiles it offers (RFC 5246, RFC 6347, RFC 5764), before the handshake does.
//!
//! The endpoint picks a profile by the client's order, and browsers list AES-CM first; offering it only GCM is right for
//! all but those who have nothing else. Reads bytes that nobody has authenticated: everything is bounded.

use crate::sfu::rtp::be16;

const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const USE_SRTP: u16 = 14;
const AEAD_AES_128_GCM: u16 = 0x0007;
/// Longest ClientHello that is put together.
const MAX_HELLO: usize = 8 * 1024;

/// Whether the ClientHello in these datagrams offers AEAD_AES_128_GCM; nothing while it is not complete.
pub(crate) fn offers_gcm(datagrams: &[Vec<u8>]) -> Option<bool> {
    let body = assemble(datagrams)?;
    let profiles = profiles(&body)?;
    let mut offered = profiles.chunks_exact(2).filter_map(|profile| be16(profile, 0));
    Some(offered.any(|profile| profile == AEAD_AES_128_GCM))
}

fn be24(bytes: &[u8], at: usize) -> Option<usize> {
    let [a, b, c] = *bytes.get(at..at + 3)?.first_chunk()?;
    Some(usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c))
}

/// Puts the fragments of the newest ClientHello together (the second one repeats the first with a cookie).
fn assemble(datagrams: &[Vec<u8>]) -> Option<Vec<u8>> {
    let mut body: Vec<u8> = Vec::new();
    let (mut message, mut length, mut filled) = (None, 0, 0);
    for datagram in datagrams {
        let mut records = datagram.as_slice();
        while let (Some(&kind), Some(size)) = (records.first(), be16(records, 11)) {
            let record = records.get(13..13 + usize::from(size))?;
            records = records.get(13 + usize::from(size)..)?;
            if kind != HANDSHAKE || record.first() != Some(&CLIENT_HELLO) {
                continue;
            }
            let (total, number) = (be24(record, 1)?, be16(record, 4)?);
            let (offset, size) = (be24(record, 6)?, be24(record, 9)?);
            let fragment = record.get(12..12 + size)?;
            if total > MAX_HELLO || offset + size > total {
                return None;
            }
            if message != Some(number) {
                (message, length, filled) = (Some(number), total, 0);
                body = vec![0; total];
            }
            body.get_mut(offset..offset + size)?.copy_from_slice(fragment);
            filled += size;
        }
    }
    (message.is_some() && filled >= length).then_some(body)
}

/// The list of profiles of `use_srtp`; empty when the client has no such extension.
fn profiles(hello: &[u8]) -> Option<&[u8]> {
    // Version and random, then session id, cookie, cipher suites and compression methods, each behind its length.
    let mut rest = hello.get(34..)?;
    rest = rest.get(1 + usize::from(*rest.first()?)..)?;
    rest = rest.get(1 + usize::from(*rest.first()?)..)?;
    rest = rest.get(2 + usize::from(be16(rest, 0)?)..)?;
    rest = rest.get(1 + usize::from(*rest.first()?)..)?;
    let mut extensions = rest.get(2..)?;
    while let (Some(kind), Some(length)) = (be16(extensions, 0), be16(extensions, 2)) {
        let value = extensions.get(4..4 + usize::from(length))?;
        if kind == USE_SRTP {
            return value.get(2..2 + usize::from(be16(value, 0)?));
        }
        extensions = extensions.get(4 + usize::from(length)..)?;
    }
    Some(&[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hello(profiles: &[u16]) -> Vec<u8> {
        let mut body = vec![0xFE, 0xFD];
        body.extend_from_slice(&[7; 32]);
        body.extend_from_slice(&[0, 0, 0, 2, 0xC0, 0x2B, 1, 0]);
        let list: Vec<u8> = profiles.iter().flat_map(|profile| profile.to_be_bytes()).collect();
        let mut extensions = vec![0, 10, 0, 2, 0, 0, 0, 14];
        extensions.extend_from_slice(&(list.len() as u16 + 3).to_be_bytes());
        extensions.extend_from_slice(&(list.len() as u16).to_be_bytes());
        extensions.extend_from_slice(&list);
        extensions.push(0);
        body.extend_from_slice(&(extensions.len() as u16).to_be_bytes());
        body.extend_from_slice(&extensions);
        body
    }

    fn fragments(body: &[u8], number: u16, size: usize) -> Vec<Vec<u8>> {
        let mut at = 0;
        let mut datagrams = vec![];
        for part in body.chunks(size) {
            let mut record = vec![22, 0xFE, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0];
            record.extend_from_slice(&(part.len() as u16 + 12).to_be_bytes());
            record.push(1);
            record.extend_from_slice(&(body.len() as u32).to_be_bytes()[1..]);
            record.extend_from_slice(&number.to_be_bytes());
            record.extend_from_slice(&(at as u32).to_be_bytes()[1..]);
            record.extend_from_slice(&(part.len() as u32).to_be_bytes()[1..]);
            record.extend_from_slice(part);
            datagrams.push(record);
            at += part.len();
        }
        datagrams
    }

    #[test]
    fn the_profiles_are_found_in_one_datagram_and_in_many() {
        for size in [1000, 20] {
            assert_eq!(offers_gcm(&fragments(&hello(&[1, 7]), 0, size)), Some(true));
            assert_eq!(offers_gcm(&fragments(&hello(&[1, 2]), 0, size)), Some(false));
        }
        let whole = fragments(&hello(&[1, 7]), 0, 20);
        assert_eq!(offers_gcm(&whole[..whole.len() - 1]), None);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(body in prop::collection::vec(any::<u8>(), 0..200), size in 1usize..100) {
            let _ = offers_gcm(std::slice::from_ref(&body));
            let _ = offers_gcm(&fragments(&body, 0, size));
        }
    }
}
