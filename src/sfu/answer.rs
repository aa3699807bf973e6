//! Writing the answer: what each section of the offer becomes, once for the whole visit.
//!
//! Owns the text only. The same offer gives the same answer but for the ICE credentials, which is what an ICE restart
//! needs. Invariant: payload types and header extension ids are the offer's own.

use super::negotiation::{Offer, Role, Section, uri};
use std::fmt::Write as _;
use std::net::SocketAddr;

/// SSRCs of one slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SlotStreams {
    pub(crate) audio: u32,
    pub(crate) video: u32,
    /// Retransmissions of the video.
    pub(crate) repair: u32,
}

/// What the answer says beside what the offer said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms<'a> {
    /// Our ICE credentials.
    pub(crate) ufrag: &'a str,
    pub(crate) password: &'a str,
    /// SHA-256 of our certificate.
    pub(crate) fingerprint: [u8; 32],
    /// Where we listen, best first.
    pub(crate) addresses: &'a [SocketAddr],
    /// By index of the slot.
    pub(crate) slots: &'a [SlotStreams],
    /// Grows with every answer of one transport.
    pub(crate) version: u32,
}

/// The name that binds the streams of a slot together, in SDP and in sender reports.
pub(crate) fn slot_name(slot: u8) -> String {
    format!("slot{slot}")
}

/// Upper case, because Firefox takes no other.
fn hex(fingerprint: &[u8; 32]) -> String {
    let pairs: Vec<String> = fingerprint.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

/// Writes the answer to an offer.
pub(crate) fn write(offer: &Offer, terms: &Terms<'_>) -> String {
    let mut out = String::with_capacity(1024 * (offer.sections.len() + 1));
    let mids: Vec<&str> = offer.sections.iter().map(|section| section.mid.as_str()).collect();
    line(&mut out, format_args!("v=0"));
    line(&mut out, format_args!("o=- 1 {} IN IP4 0.0.0.0", terms.version));
    line(&mut out, format_args!("s=-"));
    line(&mut out, format_args!("t=0 0"));
    line(&mut out, format_args!("a=ice-lite"));
    line(&mut out, format_args!("a=group:BUNDLE {}", mids.join(" ")));
    line(&mut out, format_args!("a=msid-semantic: WMS *"));
    for section in &offer.sections {
        transport(&mut out, section, terms);
        codecs(&mut out, section);
        extensions(&mut out, section);
        media(&mut out, section, terms);
    }
    out
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    if out.write_fmt(text).is_ok() {
        out.push_str("\r\n");
    }
}

fn transport(out: &mut String, section: &Section, terms: &Terms<'_>) {
    let kind = if section.is_audio { "audio" } else { "video" };
    // The order is our preference: redundant sound before plain.
    let types: Vec<String> = [section.red, Some(section.payload_type), section.rtx]
        .into_iter()
        .flatten()
        .map(|number| number.to_string())
        .collect();
    line(out, format_args!("m={kind} 9 UDP/TLS/RTP/SAVPF {}", types.join(" ")));
    line(out, format_args!("c=IN IP4 0.0.0.0"));
    line(out, format_args!("a=mid:{}", section.mid));
    line(out, format_args!("a=ice-ufrag:{}", terms.ufrag));
    line(out, format_args!("a=ice-pwd:{}", terms.password));
    line(out, format_args!("a=fingerprint:sha-256 {}", hex(&terms.fingerprint)));
    line(out, format_args!("a=setup:passive"));
    line(out, format_args!("a=rtcp-mux"));
    line(out, format_args!("a=rtcp-rsize"));
    for (index, address) in terms.addresses.iter().enumerate() {
        // RFC 8445 section 5.1.2: type preference of a host, then ours, then component 1.
        let local = 65_535_u32.saturating_sub(u32::try_from(index).unwrap_or(u32::MAX));
        let priority = (126 << 24) + (local << 8) + 255;
        let (ip, port) = (address.ip(), address.port());
        line(out, format_args!("a=candidate:{} 1 udp {priority} {ip} {port} typ host", index + 1));
    }
    line(out, format_args!("a=end-of-candidates"));
}

fn codecs(out: &mut String, section: &Section) {
    let payload_type = section.payload_type;
    if section.is_audio {
        line(out, format_args!("a=rtpmap:{payload_type} opus/48000/2"));
        line(out, format_args!("a=rtcp-fb:{payload_type} transport-cc"));
        let parameters = match section.parameters.as_str() {
            "" => "minptime=10;useinbandfec=1",
            offered => offered,
        };
        line(out, format_args!("a=fmtp:{payload_type} {parameters}"));
        if let Some(red) = section.red {
            line(out, format_args!("a=rtpmap:{red} red/48000/2"));
            line(out, format_args!("a=fmtp:{red} {payload_type}/{payload_type}"));
        }
        return;
    }
    line(out, format_args!("a=rtpmap:{payload_type} VP8/90000"));
    for feedback in ["transport-cc", "ccm fir", "nack", "nack pli"] {
        line(out, format_args!("a=rtcp-fb:{payload_type} {feedback}"));
    }
    if let Some(rtx) = section.rtx {
        line(out, format_args!("a=rtpmap:{rtx} rtx/90000"));
        line(out, format_args!("a=fmtp:{rtx} apt={payload_type}"));
    }
}

fn extensions(out: &mut String, section: &Section) {
    let is_sent_by_client = matches!(section.role, Role::Send(_));
    for (id, name) in &section.extensions {
        let is_of_layers = matches!(*name, uri::RID | uri::REPAIRED_RID);
        if is_sent_by_client || !is_of_layers {
            line(out, format_args!("a=extmap:{id} {name}"));
        }
    }
}

fn media(out: &mut String, section: &Section, terms: &Terms<'_>) {
    match section.role {
        Role::Unused => line(out, format_args!("a=inactive")),
        Role::Send(_) => {
            line(out, format_args!("a=recvonly"));
            for rid in &section.rids {
                line(out, format_args!("a=rid:{rid} recv"));
            }
            if !section.rids.is_empty() {
                line(out, format_args!("a=simulcast:recv {}", section.rids.join(";")));
            }
        }
        Role::Slot(slot) => {
            let streams = terms.slots.get(usize::from(slot)).copied().unwrap_or_default();
            let name = slot_name(slot);
            line(out, format_args!("a=sendonly"));
            if section.is_audio {
                line(out, format_args!("a=msid:{name} {name}a"));
                line(out, format_args!("a=ssrc:{} cname:{name}", streams.audio));
                return;
            }
            line(out, format_args!("a=msid:{name} {name}v"));
            let repair = section.rtx.map(|_| streams.repair);
            if let Some(repair) = repair {
                line(out, format_args!("a=ssrc-group:FID {} {repair}", streams.video));
            }
            // The stream itself first: browsers take the first one named for it.
            for ssrc in [Some(streams.video), repair].into_iter().flatten() {
                line(out, format_args!("a=ssrc:{ssrc} cname:{name}"));
            }
        }
    }
}

#[cfg(test)]
mod tests;
