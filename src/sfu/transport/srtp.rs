//! SRTP and SRTCP (RFC 3711) with AEAD_AES_128_GCM (RFC 7714); AES_CM_128_HMAC_SHA1_80 for who has
//! nothing else.
//!
//! Owns the session keys of one transport. GCM works in place on the caller's buffer, and on 64-bit
//! packet indexes that the caller keeps, so that nothing is copied and no rollover is guessed when
//! sending. Invariant: nothing is remembered of a packet before it has been authenticated (of
//! AES-CM, a bounded number of SSRCs).

use crate::sfu::rtp::{be16, be32, header_length};
use crate::sfu::window::{Window, widen};
use rtc::crypto::{AeadAlgorithm, AeadCipher, BlockCipherAlgorithm, RTCCrypto};
use rtc::shared::error::Error;
use rtc::srtp::context::Context;
use rtc::srtp::option::{srtcp_replay_protection, srtp_replay_protection};
use rtc::srtp::protection_profile::ProtectionProfile;
use std::collections::HashMap;

/// Length of an authentication tag of GCM.
const TAG: usize = 16;
/// Length of an authentication tag of HMAC-SHA1-80.
const CLASSIC_TAG: usize = 10;
/// Streams of one client that are followed; an offer names far fewer.
const MAX_STREAMS: usize = 64;

/// Why a packet was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Too short, or its lengths do not fit.
    Garbage,
    /// It does not authenticate.
    Forged,
    /// It came before, or is too old to know.
    Replayed,
}

/// How packets are protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Aes128Gcm,
    Aes128CmSha1,
}

/// Master key and salt of one direction.
pub(crate) struct Master<'a> {
    pub(crate) key: &'a [u8],
    pub(crate) salt: &'a [u8],
}

/// Derives a session key (RFC 3711 section 4.3, with AES-CM and a derivation rate of 0).
fn derive(
    crypto: &dyn RTCCrypto,
    master: &Master<'_>,
    label: u8,
    length: usize,
) -> Option<Vec<u8>> {
    let mut input = [0u8; 16];
    input.get_mut(..master.salt.len())?.copy_from_slice(master.salt);
    *input.get_mut(7)? ^= label;
    let mut out = Vec::with_capacity(length + 16);
    for counter in 0..length.div_ceil(16) {
        let mut block = input;
        *block.last_mut()? = u8::try_from(counter).ok()?;
        crypto.block_encrypt(BlockCipherAlgorithm::Aes128, master.key, &mut block).ok()?;
        out.extend_from_slice(&block);
    }
    out.truncate(length);
    Some(out)
}

struct Gcm {
    rtp: Box<dyn AeadCipher>,
    rtp_salt: [u8; 12],
    rtcp: Box<dyn AeadCipher>,
    rtcp_salt: [u8; 12],
}

impl Gcm {
    fn new(crypto: &dyn RTCCrypto, master: &Master<'_>) -> Option<Self> {
        let cipher = |label| {
            let key = derive(crypto, master, label, 16)?;
            crypto.new_aead(AeadAlgorithm::Aes128Gcm, &key).ok()
        };
        let salt = |label| derive(crypto, master, label, 12)?.try_into().ok();
        Some(Self { rtp: cipher(0)?, rtp_salt: salt(2)?, rtcp: cipher(3)?, rtcp_salt: salt(5)? })
    }
}

/// RFC 7714 sections 8.1 and 9.1: two zero bytes, SSRC, 48-bit index, all of it over the salt.
fn nonce(salt: &[u8; 12], ssrc: u32, index: u64) -> [u8; 12] {
    let value = u128::from(ssrc) << 48 | u128::from(index & 0xFFFF_FFFF_FFFF);
    let [_, _, _, _, value @ ..] = (value ^ u128::from_be_bytes(wide(salt))).to_be_bytes();
    value
}

/// With four zero bytes in front.
fn wide(salt: &[u8; 12]) -> [u8; 16] {
    let [a, b, c, d, e, f, g, h, i, j, k, l] = *salt;
    [0, 0, 0, 0, a, b, c, d, e, f, g, h, i, j, k, l]
}

#[derive(Default)]
struct Stream {
    highest: u64,
    window: Window,
}

enum Cipher {
    Gcm(Gcm),
    /// Copies, and guesses rollovers by itself.
    Classic(Box<Context>),
}

fn cipher(
    crypto: &dyn RTCCrypto,
    profile: Profile,
    master: &Master<'_>,
    is_inbound: bool,
) -> Option<Cipher> {
    match profile {
        Profile::Aes128Gcm => Gcm::new(crypto, master).map(Cipher::Gcm),
        Profile::Aes128CmSha1 => {
            let profile = ProtectionProfile::Aes128CmHmacSha1_80;
            let rtp = is_inbound.then(|| srtp_replay_protection(1024));
            let rtcp = is_inbound.then(|| srtcp_replay_protection(128));
            let context = Context::new(master.key, master.salt, profile, rtp, rtcp, crypto).ok()?;
            Some(Cipher::Classic(Box::new(context)))
        }
    }
}

/// What comes from the client.
pub(crate) struct Inbound {
    cipher: Cipher,
    /// By SSRC; a client has a handful, so looking through them beats hashing.
    streams: Vec<(u32, Stream)>,
    reports: HashMap<u32, Window>,
}

impl Inbound {
    /// Keys of the client's direction.
    pub(crate) fn new(
        crypto: &dyn RTCCrypto,
        profile: Profile,
        master: &Master<'_>,
    ) -> Option<Self> {
        let cipher = cipher(crypto, profile, master, true)?;
        Some(Self { cipher, streams: Vec::new(), reports: HashMap::new() })
    }

    /// Decrypts an RTP packet in place; returns its length.
    pub(crate) fn open_rtp(&mut self, packet: &mut [u8]) -> Result<usize, Refused> {
        let header = header_length(packet).ok_or(Refused::Garbage)?;
        let (sequence, ssrc) = be16(packet, 2).zip(be32(packet, 8)).ok_or(Refused::Garbage)?;
        let gcm = match &mut self.cipher {
            Cipher::Gcm(gcm) => gcm,
            Cipher::Classic(context) => {
                if !self.streams.iter().any(|(known, _)| *known == ssrc) {
                    if self.streams.len() >= MAX_STREAMS {
                        return Err(Refused::Forged);
                    }
                    self.streams.push((ssrc, Stream::default()));
                }
                return classic(packet, |bytes| context.decrypt_rtp(bytes));
            }
        };
        let end =
            packet.len().checked_sub(TAG).filter(|end| *end >= header).ok_or(Refused::Garbage)?;
        let known = self.streams.iter().position(|(known, _)| *known == ssrc);
        let index = match known.and_then(|place| self.streams.get(place)) {
            Some((_, stream)) => {
                let index = widen(stream.highest, sequence).ok_or(Refused::Replayed)?;
                if !stream.window.is_new(index) {
                    return Err(Refused::Replayed);
                }
                index
            }
            None if self.streams.len() >= MAX_STREAMS => return Err(Refused::Forged),
            None => u64::from(sequence),
        };
        open(gcm.rtp.as_mut(), &nonce(&gcm.rtp_salt, ssrc, index), packet, header, end)?;
        let place = known.unwrap_or(self.streams.len());
        if known.is_none() {
            self.streams.push((ssrc, Stream::default()));
        }
        if let Some((_, stream)) = self.streams.get_mut(place) {
            stream.window.insert(index);
            stream.highest = stream.highest.max(index);
        }
        Ok(end)
    }

    /// Decrypts an RTCP packet in place; returns its length.
    pub(crate) fn open_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, Refused> {
        let gcm = match &mut self.cipher {
            Cipher::Gcm(gcm) => gcm,
            Cipher::Classic(context) => {
                // The library lets a report that claims not to be encrypted in without looking at
                // its tag.
                let word =
                    packet.len().checked_sub(CLASSIC_TAG + 4).and_then(|at| be32(packet, at));
                if word.ok_or(Refused::Garbage)? & 0x8000_0000 == 0 {
                    return Err(Refused::Forged);
                }
                return classic(packet, |bytes| context.decrypt_rtcp(bytes));
            }
        };
        let end =
            packet.len().checked_sub(TAG + 4).filter(|end| *end >= 8).ok_or(Refused::Garbage)?;
        let (word, ssrc) = be32(packet, end + TAG).zip(be32(packet, 4)).ok_or(Refused::Garbage)?;
        if word & 0x8000_0000 == 0 {
            return Err(Refused::Forged); // Not encrypted: nobody agreed to that.
        }
        let index = u64::from(word & 0x7FFF_FFFF);
        let known = self.reports.get(&ssrc);
        if known.is_some_and(|window| !window.is_new(index)) {
            return Err(Refused::Replayed);
        }
        if known.is_none() && self.reports.len() >= MAX_STREAMS {
            return Err(Refused::Forged);
        }
        let mut associated = [0u8; 12];
        for (place, byte) in
            associated.iter_mut().zip(packet.iter().take(8).chain(&word.to_be_bytes()))
        {
            *place = *byte;
        }
        let (body, tag) = packet
            .get_mut(8..end + TAG)
            .and_then(|rest| rest.split_at_mut_checked(end - 8))
            .ok_or(Refused::Garbage)?;
        let nonce = nonce(&gcm.rtcp_salt, ssrc, index);
        gcm.rtcp.open_in_place(&nonce, &associated, body, tag).map_err(|_| Refused::Forged)?;
        self.reports.entry(ssrc).or_default().insert(index);
        Ok(end)
    }
}

fn open(
    cipher: &mut dyn AeadCipher,
    nonce: &[u8; 12],
    packet: &mut [u8],
    header: usize,
    end: usize,
) -> Result<(), Refused> {
    let (head, rest) = packet.split_at_mut_checked(header).ok_or(Refused::Garbage)?;
    let (body, tag) = rest.split_at_mut_checked(end - header).ok_or(Refused::Garbage)?;
    cipher.open_in_place(nonce, head, body, tag).map_err(|_| Refused::Forged)
}

fn classic<B: AsRef<[u8]>>(
    packet: &mut [u8],
    decrypt: impl FnOnce(&[u8]) -> Result<B, Error>,
) -> Result<usize, Refused> {
    let plain = decrypt(packet).map_err(|error| match error {
        Error::SrtpSsrcDuplicated(..) | Error::SrtcpSsrcDuplicated(..) => Refused::Replayed,
        Error::ErrTooShortRtp | Error::ErrTooShortRtcp => Refused::Garbage,
        _ => Refused::Forged,
    })?;
    let plain = plain.as_ref();
    packet.get_mut(..plain.len()).ok_or(Refused::Garbage)?.copy_from_slice(plain);
    Ok(plain.len())
}

/// What goes to the client.
pub(crate) struct Outbound {
    cipher: Cipher,
    report_index: u32,
}

impl Outbound {
    /// Keys of our direction.
    pub(crate) fn new(
        crypto: &dyn RTCCrypto,
        profile: Profile,
        master: &Master<'_>,
    ) -> Option<Self> {
        Some(Self { cipher: cipher(crypto, profile, master, false)?, report_index: 0 })
    }

    /// Encrypts the packet that begins at `start` of the buffer and ends with it. The caller
    /// vouches that `index` was never used for this SSRC before. False when it cannot be sent.
    pub(crate) fn seal_rtp(
        &mut self,
        ssrc: u32,
        index: u64,
        header: usize,
        buffer: &mut Vec<u8>,
        start: usize,
    ) -> bool {
        let gcm = match &mut self.cipher {
            Cipher::Gcm(gcm) => gcm,
            Cipher::Classic(context) => {
                return replace(buffer, start, |bytes| context.encrypt_rtp(bytes));
            }
        };
        let nonce = nonce(&gcm.rtp_salt, ssrc, index);
        let Some(packet) = buffer.get_mut(start..) else { return false };
        let Some((head, body)) = packet.split_at_mut_checked(header) else { return false };
        let mut tag = [0u8; TAG];
        let is_sealed = gcm.rtp.seal_in_place(&nonce, head, body, &mut tag).is_ok();
        buffer.extend_from_slice(&tag);
        is_sealed
    }

    /// Encrypts the compound packet that begins at `start` of the buffer and ends with it.
    pub(crate) fn seal_rtcp(&mut self, buffer: &mut Vec<u8>, start: usize) -> bool {
        let gcm = match &mut self.cipher {
            Cipher::Gcm(gcm) => gcm,
            Cipher::Classic(context) => {
                return replace(buffer, start, |bytes| context.encrypt_rtcp(bytes));
            }
        };
        // One count for all streams is unique for each of them; 2³¹ reports are some thousand
        // years.
        self.report_index = self.report_index.wrapping_add(1) & 0x7FFF_FFFF;
        let word = (0x8000_0000 | self.report_index).to_be_bytes();
        let Some(packet) = buffer.get_mut(start..) else { return false };
        let Some(ssrc) = be32(packet, 4) else { return false };
        let mut associated = [0u8; 12];
        for (place, byte) in associated.iter_mut().zip(packet.iter().take(8).chain(&word)) {
            *place = *byte;
        }
        let nonce = nonce(&gcm.rtcp_salt, ssrc, u64::from(self.report_index));
        let Some(body) = packet.get_mut(8..) else { return false };
        let mut tag = [0u8; TAG];
        let is_sealed = gcm.rtcp.seal_in_place(&nonce, &associated, body, &mut tag).is_ok();
        buffer.extend_from_slice(&tag);
        buffer.extend_from_slice(&word);
        is_sealed
    }
}

fn replace<B: AsRef<[u8]>>(
    buffer: &mut Vec<u8>,
    start: usize,
    encrypt: impl FnOnce(&[u8]) -> Result<B, Error>,
) -> bool {
    let Some(Ok(sealed)) = buffer.get(start..).map(encrypt) else { return false };
    buffer.truncate(start);
    buffer.extend_from_slice(sealed.as_ref());
    true
}

#[cfg(test)]
mod tests;
