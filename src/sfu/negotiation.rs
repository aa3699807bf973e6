//! Reading the one offer of a client (RFC 8866, RFC 9429), strictly and with a bound on everything.
//!
//! Owns what an offer may look like. Invariant: an [`Offer`] is complete; the answer and the peer are built from it
//! without a further check. Nothing of the text is ever repeated in an error.

mod section;

use super::{MediaError, Source};

/// Largest offer, bytes. A browser's with eight slots is about 40 KiB.
pub(crate) const MAX_OFFER: usize = 64 * 1024;
/// Most m-lines: three to send and eighteen slots of two, with some room.
pub(crate) const MAX_SECTIONS: usize = 40;
/// Most candidates. They are counted only: an ICE-lite agent learns addresses from checks.
pub(crate) const MAX_CANDIDATES: usize = 50;

/// URIs of the header extensions that are used.
pub(crate) mod uri {
    /// RFC 9143: which m-line a packet belongs to.
    pub(crate) const MID: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
    /// RFC 8852: which simulcast layer.
    pub(crate) const RID: &str = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
    /// RFC 8852: which layer a retransmission belongs to.
    pub(crate) const REPAIRED_RID: &str = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";
    /// Transport-wide sequence numbers.
    pub(crate) const TRANSPORT_CC: &str =
        "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
    /// RFC 6464: how loud a packet is.
    pub(crate) const AUDIO_LEVEL: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
    /// All of them.
    pub(crate) const USED: [&str; 5] = [MID, RID, REPAIRED_RID, TRANSPORT_CC, AUDIO_LEVEL];
}

/// Ids of the header extensions, one table a client because everything is bundled; 0 is "not offered".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ExtensionIds {
    pub(crate) mid: u8,
    pub(crate) rid: u8,
    pub(crate) repaired_rid: u8,
    pub(crate) transport_cc: u8,
    pub(crate) audio_level: u8,
}

/// What a section of the offer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The client sends this source.
    Send(Source),
    /// One half of this receive slot.
    Slot(u8),
    /// Neither: answered as inactive.
    Unused,
}

/// One m-line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) mid: String,
    pub(crate) is_audio: bool,
    pub(crate) role: Role,
    /// Of Opus or VP8.
    pub(crate) payload_type: u8,
    /// Of the retransmissions of it (RFC 4588).
    pub(crate) rtx: Option<u8>,
    /// Of Opus with redundancy (RFC 2198).
    pub(crate) red: Option<u8>,
    /// Format parameters of the codec, echoed for Opus.
    pub(crate) parameters: String,
    /// Header extensions of [`uri::USED`] with their ids, in the order of the offer.
    pub(crate) extensions: Vec<(u8, &'static str)>,
    /// Simulcast layers, smallest first by name: `l`, `m`, `h`.
    pub(crate) rids: Vec<String>,
    /// SSRCs named by the offer: the first is the stream; a FID group names its retransmissions.
    pub(crate) ssrcs: Vec<u32>,
    pub(crate) repair: Vec<(u32, u32)>,
}

/// A usable offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    /// SHA-256 of the client's certificate.
    pub(crate) fingerprint: [u8; 32],
    /// The client's ICE user name fragment.
    pub(crate) ufrag: String,
    pub(crate) ids: ExtensionIds,
    pub(crate) sections: Vec<Section>,
    /// Receive slots.
    pub(crate) slots: u8,
}

const fn bad(why: &'static str) -> MediaError {
    MediaError::BadOffer(why)
}

/// Reads an offer.
///
/// # Errors
///
/// [`MediaError::BadOffer`] with a fixed reason.
pub(crate) fn parse(sdp: &str) -> Result<Offer, MediaError> {
    if sdp.len() > MAX_OFFER {
        return Err(bad("too large"));
    }
    if sdp.bytes().any(|byte| byte == 0 || byte >= 0x80) {
        return Err(bad("not plain text"));
    }
    let (session, media) = split(sdp)?;
    let mut offer = Offer {
        fingerprint: fingerprint(&session, &media)?,
        ufrag: ufrag(&session, &media)?,
        ids: ExtensionIds::default(),
        sections: Vec::with_capacity(media.len()),
        slots: 0,
    };
    transport_rules(&session, &media)?;
    for lines in &media {
        let section = section::read(lines)?;
        if offer.sections.iter().any(|other| other.mid == section.mid) {
            return Err(bad("two sections with one mid"));
        }
        offer.sections.push(section);
    }
    bundle(&session, &offer.sections)?;
    offer.ids = extension_ids(&offer.sections)?;
    offer.slots = assign_roles(&mut offer.sections)?;
    Ok(offer)
}

type Lines<'a> = Vec<&'a str>;

/// The session part and one list of lines a section; the first line of a section is its m-line.
fn split(sdp: &str) -> Result<(Lines<'_>, Vec<Lines<'_>>), MediaError> {
    let (mut session, mut media): (Lines<'_>, Vec<Lines<'_>>) = (vec![], vec![]);
    for line in sdp.lines() {
        if line.starts_with("m=") {
            if media.len() == MAX_SECTIONS {
                return Err(bad("too many sections"));
            }
            media.push(vec![line]);
        } else if line.get(1..2) == Some("=") {
            media.last_mut().unwrap_or(&mut session).push(line);
        } else if !line.is_empty() {
            return Err(bad("a line that is no line of SDP"));
        }
    }
    if session.first() != Some(&"v=0") {
        return Err(bad("not SDP"));
    }
    if media.is_empty() {
        return Err(bad("no media"));
    }
    let candidates = media.iter().flatten().filter(|line| line.starts_with("a=candidate:"));
    if candidates.count() > MAX_CANDIDATES {
        return Err(bad("too many candidates"));
    }
    Ok((session, media))
}

fn attributes<'a>(lines: &'a [&'a str], name: &'a str) -> impl Iterator<Item = &'a str> {
    lines.iter().filter_map(move |line| line.strip_prefix("a=")?.strip_prefix(name))
}

/// The values of an attribute that may stand in the session or in each section, and has to be the same everywhere.
fn everywhere<'a>(
    session: &'a [&'a str],
    media: &'a [Lines<'a>],
    name: &'a str,
) -> impl Iterator<Item = &'a str> {
    attributes(session, name).chain(media.iter().flat_map(move |lines| attributes(lines, name)))
}

fn fingerprint(session: &[&str], media: &[Lines<'_>]) -> Result<[u8; 32], MediaError> {
    let mut found = None;
    for value in everywhere(session, media, "fingerprint:") {
        let Some((algorithm, hex)) = value.split_once(' ') else { return Err(bad("fingerprint")) };
        if !algorithm.eq_ignore_ascii_case("sha-256") {
            continue;
        }
        let hash = hash(hex.trim()).ok_or(bad("fingerprint"))?;
        if *found.get_or_insert(hash) != hash {
            return Err(bad("two fingerprints"));
        }
    }
    found.ok_or(bad("no SHA-256 fingerprint"))
}

fn hash(hex: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    let mut pairs = hex.split(':');
    for byte in &mut hash {
        let pair = pairs.next().filter(|pair| pair.len() == 2 && !pair.starts_with('+'))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    pairs.next().is_none().then_some(hash)
}

fn ufrag(session: &[&str], media: &[Lines<'_>]) -> Result<String, MediaError> {
    let is_ice = |byte: u8| {
        byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/' || byte == b'-' || byte == b'_'
    };
    let mut all = everywhere(session, media, "ice-ufrag:");
    let first = all.next().ok_or(bad("no ICE credentials"))?;
    if !(4..=256).contains(&first.len()) || !first.bytes().all(is_ice) {
        return Err(bad("ICE credentials"));
    }
    if all.any(|other| other != first) {
        return Err(bad("two sets of ICE credentials"));
    }
    Ok(first.to_owned())
}

fn transport_rules(session: &[&str], media: &[Lines<'_>]) -> Result<(), MediaError> {
    if everywhere(session, media, "setup:").any(|role| role != "actpass" && role != "active") {
        return Err(bad("the client has to be able to open DTLS"));
    }
    if everywhere(session, media, "ice-lite").next().is_some() {
        return Err(bad("ICE lite on both sides"));
    }
    Ok(())
}

/// Everything travels on one transport, or not at all (RFC 9143).
fn bundle(session: &[&str], sections: &[Section]) -> Result<(), MediaError> {
    let group: Vec<&str> = attributes(session, "group:BUNDLE ")
        .next()
        .ok_or(bad("no BUNDLE"))?
        .split_ascii_whitespace()
        .take(MAX_SECTIONS + 1)
        .collect();
    if sections.iter().all(|section| group.contains(&section.mid.as_str())) {
        Ok(())
    } else {
        Err(bad("a section outside of the BUNDLE"))
    }
}

fn extension_ids(sections: &[Section]) -> Result<ExtensionIds, MediaError> {
    let mut ids = ExtensionIds::default();
    for (id, name) in sections.iter().flat_map(|section| &section.extensions) {
        let place = match *name {
            uri::MID => &mut ids.mid,
            uri::RID => &mut ids.rid,
            uri::REPAIRED_RID => &mut ids.repaired_rid,
            uri::TRANSPORT_CC => &mut ids.transport_cc,
            _ => &mut ids.audio_level,
        };
        // One id means one thing within a BUNDLE (RFC 8285 section 6).
        if *place != 0 && place != id {
            return Err(bad("one header extension with two ids"));
        }
        *place = *id;
    }
    let mut used = [ids.mid, ids.rid, ids.repaired_rid, ids.transport_cc, ids.audio_level];
    used.sort_unstable();
    if used.iter().zip(used.iter().skip(1)).any(|(a, b)| a == b && *a != 0) {
        return Err(bad("two header extensions with one id"));
    }
    if ids.mid == 0 {
        return Err(bad("no MID extension"));
    }
    Ok(ids)
}

/// First audio that sends is the microphone, first and second video the camera and the screen; the k-th audio and the
/// k-th video that only receive are slot k.
fn assign_roles(sections: &mut [Section]) -> Result<u8, MediaError> {
    let (mut microphones, mut pictures) = (0, 0);
    let (mut audio_slots, mut video_slots) = (0u8, 0u8);
    for section in sections.iter_mut() {
        section.role = match (section.role, section.is_audio) {
            (Role::Send(_), true) => {
                microphones += 1;
                Role::Send(Source::Microphone)
            }
            (Role::Send(_), false) => {
                pictures += 1;
                Role::Send(if pictures == 1 { Source::Camera } else { Source::Screen })
            }
            (Role::Slot(_), is_audio) => {
                let count = if is_audio { &mut audio_slots } else { &mut video_slots };
                *count += 1;
                Role::Slot(*count - 1)
            }
            (Role::Unused, _) => Role::Unused,
        };
    }
    if microphones > 1 || pictures > 2 {
        return Err(bad("more sources than a microphone, a camera and a screen"));
    }
    let slots = audio_slots.min(video_slots);
    for section in sections {
        if matches!(section.role, Role::Slot(slot) if slot >= slots) {
            section.role = Role::Unused;
        }
    }
    Ok(slots)
}

#[cfg(test)]
mod tests;
