//! One m-line of an offer: codec, layers, SSRCs and header extensions.

use super::{Lines, Role, Section, attributes, bad, uri};
use crate::sfu::{MediaError, Source};

/// Longest mid or rid: a one-byte header extension carries 16 bytes.
const MAX_NAME: usize = 16;
/// Most header extensions, payload types or SSRCs named in one section.
const MAX_ENTRIES: usize = 64;
/// Most lines of a section.
const MAX_LINES: usize = 2048;

fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// RFC 5761: payload types 64 to 95 would be taken for RTCP.
fn payload_type(text: &str) -> Option<u8> {
    text.parse().ok().filter(|number| *number < 128 && !(64..96).contains(number))
}

/// Reads a section; its first line is the m-line.
pub(super) fn read(lines: &Lines<'_>) -> Result<Section, MediaError> {
    let line = lines.first().and_then(|line| line.strip_prefix("m=")).unwrap_or_default();
    let is_audio = line.starts_with("audio ");
    if !is_audio && !line.starts_with("video ") {
        return Err(bad("neither audio nor video"));
    }
    let protocol = line.split_ascii_whitespace().nth(2).unwrap_or_default();
    if !matches!(protocol, "UDP/TLS/RTP/SAVPF" | "RTP/SAVPF") {
        return Err(bad("not SRTP with feedback"));
    }
    if lines.len() > MAX_LINES {
        return Err(bad("a section of too many lines"));
    }
    let mid = attributes(lines, "mid:").next().filter(|mid| is_name(mid)).ok_or(bad("mid"))?;
    let codec = if is_audio { "opus/48000/2" } else { "VP8/90000" };
    let payload_type = attributes(lines, "rtpmap:")
        .filter_map(|value| value.split_once(' '))
        .find(|(_, name)| name.trim().eq_ignore_ascii_case(codec))
        .and_then(|(number, _)| payload_type(number))
        .ok_or(bad(if is_audio { "no Opus" } else { "no VP8" }))?;
    let (parameters, rtx) = formats(lines, payload_type);
    Ok(Section {
        mid: mid.to_owned(),
        is_audio,
        role: direction(lines),
        payload_type,
        rtx: rtx.filter(|_| !is_audio),
        red: redundancy(lines, payload_type).filter(|_| is_audio),
        parameters,
        extensions: extensions(lines),
        rids: rids(lines)?,
        ssrcs: ssrcs(lines),
        repair: repair(lines),
    })
}

/// Whether the section sends (`Send(Camera)` until roles are given out), receives, or neither.
fn direction(lines: &[&str]) -> Role {
    let is = |name: &str| lines.iter().any(|line| line.strip_prefix("a=") == Some(name));
    if is("inactive") {
        Role::Unused
    } else if is("recvonly") {
        Role::Slot(0)
    } else {
        Role::Send(Source::Camera)
    }
}

fn formats(lines: &[&str], wanted: u8) -> (String, Option<u8>) {
    let (mut own, mut rtx) = (String::new(), None);
    for (number, value) in attributes(lines, "fmtp:").filter_map(|value| value.split_once(' ')) {
        let Some(number) = payload_type(number) else { continue };
        if number == wanted && value.len() <= 256 {
            value.clone_into(&mut own);
        } else if value.trim().strip_prefix("apt=").and_then(payload_type) == Some(wanted) {
            rtx = Some(number);
        }
    }
    (own, rtx)
}

/// The payload type under which nothing but Opus is sent redundantly.
fn redundancy(lines: &[&str], opus: u8) -> Option<u8> {
    let (number, _) = attributes(lines, "rtpmap:")
        .filter_map(|value| value.split_once(' '))
        .find(|(_, name)| name.trim().eq_ignore_ascii_case("red/48000/2"))?;
    let blocks = attributes(lines, "fmtp:")
        .filter_map(|value| value.split_once(' '))
        .find(|(other, _)| *other == number)?
        .1;
    let is_opus = blocks.split('/').all(|block| payload_type(block) == Some(opus));
    payload_type(number).filter(|_| is_opus)
}

fn extensions(lines: &[&str]) -> Vec<(u8, &'static str)> {
    attributes(lines, "extmap:")
        .take(MAX_ENTRIES)
        .filter_map(|value| {
            let mut words = value.split_ascii_whitespace();
            let id =
                words.next()?.split('/').next()?.parse().ok().filter(|id| (1..15).contains(id))?;
            let named = words.next()?;
            Some((id, uri::USED.into_iter().find(|known| *known == named)?))
        })
        .collect()
}

/// The layers that the client sends, in the order smallest to largest.
fn rids(lines: &[&str]) -> Result<Vec<String>, MediaError> {
    let mut rids = Vec::new();
    for value in attributes(lines, "rid:") {
        let mut words = value.split_ascii_whitespace();
        let (Some(rid), Some("send")) = (words.next(), words.next()) else { continue };
        if !is_name(rid) || rids.len() == 3 {
            return Err(bad("layers"));
        }
        rids.push(rid.to_owned());
    }
    // By our own names when they are used; else in the order of the offer.
    let rank = |rid: &String| ["l", "m", "h"].iter().position(|known| known == rid);
    if rids.iter().all(|rid| rank(rid).is_some()) {
        rids.sort_by_key(rank);
    }
    rids.dedup();
    Ok(rids)
}

fn ssrcs(lines: &[&str]) -> Vec<u32> {
    let mut found: Vec<u32> = Vec::new();
    for value in attributes(lines, "ssrc:").take(MAX_ENTRIES) {
        if let Some(Ok(ssrc)) = value.split(' ').next().map(str::parse)
            && !found.contains(&ssrc)
        {
            found.push(ssrc);
        }
    }
    found
}

fn repair(lines: &[&str]) -> Vec<(u32, u32)> {
    attributes(lines, "ssrc-group:FID ")
        .take(MAX_ENTRIES)
        .filter_map(|value| {
            let (stream, repair) = value.split_once(' ')?;
            Some((stream.parse().ok()?, repair.trim().parse().ok()?))
        })
        .collect()
}
