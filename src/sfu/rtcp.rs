//! RTCP (RFC 3550, 4585, 5104 and the transport-wide feedback draft): what the forwarder says and
//! what it listens to.
//!
//! Owns the layout of bytes only. REMB, XR and application packets are passed over. A compound
//! packet is read until the first piece that does not fit; what came before counts.

use super::rtp::{be16, be32};

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;
const TRANSPORT_FEEDBACK: u8 = 205;
const PAYLOAD_FEEDBACK: u8 = 206;

/// The SSRC that the forwarder speaks with where it is not one of its streams.
pub(crate) const OWN_SSRC: u32 = 1;

/// Most NACKed sequence numbers taken from one feedback message.
const MAX_NACKED: usize = 512;

/// Most packets covered by one transport-wide feedback message.
pub(crate) const MAX_COVERED: usize = 4096;

/// One report block (RFC 3550 section 6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ReportBlock {
    /// Whose packets are reported on.
    pub(crate) ssrc: u32,
    /// Lost since the last report, in 1/256.
    pub(crate) fraction_lost: u8,
    /// Lost in all, 24 bits, not below 0 here.
    pub(crate) lost: u32,
    /// Highest sequence number with its cycles.
    pub(crate) highest: u32,
    /// In units of the clock rate.
    pub(crate) jitter: u32,
    /// Middle 32 bits of the last sender report's NTP time.
    pub(crate) last_report: u32,
    /// Since that report came, in 1/65536 s.
    pub(crate) delay: u32,
}

/// One piece of a compound packet that means something to the forwarder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message {
    /// The publisher's clock: NTP time (32.32) and RTP time of the same moment.
    SenderReport { ssrc: u32, ntp: u64, timestamp: u32 },
    /// How a receiver gets one of our streams, or a sender reports beside its own.
    Report(ReportBlock),
    /// A receiver wants a key frame (PLI or FIR).
    KeyFrame { ssrc: u32 },
    /// A receiver misses packets.
    Nack { ssrc: u32, sequences: Vec<u16> },
    /// Arrival times of what we sent: µs on the receiver's clock, `None` for what did not arrive.
    Arrivals { arrivals: Vec<(u16, Option<i64>)> },
    /// A stream ended.
    Bye { ssrc: u32 },
}

/// Reads a decrypted compound packet.
pub(crate) fn parse(mut compound: &[u8], mut each: impl FnMut(Message)) {
    while let (Some(&[first, kind]), Some(words)) = (compound.get(..2), be16(compound, 2)) {
        let Some((packet, rest)) = compound.split_at_checked(4 + 4 * usize::from(words)) else {
            return;
        };
        compound = rest;
        if first >> 6 != 2 {
            return;
        }
        let count = first & 0x1F;
        let understood = match kind {
            SENDER_REPORT => sender_report(packet, count, &mut each),
            RECEIVER_REPORT => blocks(packet, 8, count, &mut each),
            GOODBYE => goodbye(packet, count, &mut each),
            TRANSPORT_FEEDBACK if count == 1 => nack(packet, &mut each),
            TRANSPORT_FEEDBACK if count == 15 => arrivals(packet, &mut each),
            PAYLOAD_FEEDBACK if count == 1 => {
                be32(packet, 8).map(|ssrc| each(Message::KeyFrame { ssrc }))
            }
            PAYLOAD_FEEDBACK if count == 4 => full_intra(packet, &mut each),
            _ => Some(()),
        };
        if understood.is_none() {
            return;
        }
    }
}

fn sender_report(packet: &[u8], count: u8, each: &mut impl FnMut(Message)) -> Option<()> {
    let (high, low) = (be32(packet, 8)?, be32(packet, 12)?);
    each(Message::SenderReport {
        ssrc: be32(packet, 4)?,
        ntp: u64::from(high) << 32 | u64::from(low),
        timestamp: be32(packet, 16)?,
    });
    blocks(packet, 28, count, each)
}

fn blocks(packet: &[u8], start: usize, count: u8, each: &mut impl FnMut(Message)) -> Option<()> {
    for index in 0..usize::from(count) {
        let at = start + 24 * index;
        let lost = be32(packet, at + 4)?;
        each(Message::Report(ReportBlock {
            ssrc: be32(packet, at)?,
            fraction_lost: (lost >> 24).to_be_bytes()[3],
            // A negative count (more duplicates than losses) is no loss.
            lost: if lost & 0x80_0000 == 0 { lost & 0x7F_FFFF } else { 0 },
            highest: be32(packet, at + 8)?,
            jitter: be32(packet, at + 12)?,
            last_report: be32(packet, at + 16)?,
            delay: be32(packet, at + 20)?,
        }));
    }
    Some(())
}

fn goodbye(packet: &[u8], count: u8, each: &mut impl FnMut(Message)) -> Option<()> {
    for index in 0..usize::from(count) {
        each(Message::Bye { ssrc: be32(packet, 4 + 4 * index)? });
    }
    Some(())
}

fn nack(packet: &[u8], each: &mut impl FnMut(Message)) -> Option<()> {
    let ssrc = be32(packet, 8)?;
    let mut sequences = Vec::new();
    for entry in packet.get(12..)?.chunks_exact(4) {
        let (first, mask) = (be16(entry, 0)?, be16(entry, 2)?);
        sequences.push(first);
        sequences.extend(
            (0..16).filter(|bit| mask >> bit & 1 == 1).map(|bit| first.wrapping_add(bit + 1)),
        );
        if sequences.len() >= MAX_NACKED {
            break;
        }
    }
    each(Message::Nack { ssrc, sequences });
    Some(())
}

fn full_intra(packet: &[u8], each: &mut impl FnMut(Message)) -> Option<()> {
    for entry in packet.get(12..)?.chunks_exact(8) {
        each(Message::KeyFrame { ssrc: be32(entry, 0)? });
    }
    Some(())
}

/// Transport-wide feedback: a base, the packets' states in runs or vectors, then one delta for each
/// that arrived.
fn arrivals(packet: &[u8], each: &mut impl FnMut(Message)) -> Option<()> {
    let base = be16(packet, 12)?;
    let count = usize::from(be16(packet, 14)?).min(MAX_COVERED);
    // 24 signed bits of 64 ms; the lowest byte counts the feedback messages.
    let reference = i64::from(be32(packet, 16)?.cast_signed() >> 8);
    let mut at = 20;
    let mut states = Vec::with_capacity(count);
    while states.len() < count {
        let chunk = be16(packet, at)?;
        at += 2;
        let left = count - states.len();
        if chunk & 0x8000 == 0 {
            let run = usize::from(chunk & 0x1FFF).min(left);
            if run == 0 {
                return None;
            }
            states.resize(states.len() + run, chunk >> 13 & 3);
        } else if chunk & 0x4000 == 0 {
            states.extend((0..14).take(left).map(|bit| chunk >> (13 - bit) & 1));
        } else {
            states.extend((0..7).take(left).map(|pair| chunk >> (12 - 2 * pair) & 3));
        }
    }
    let mut time = reference * 64_000;
    let mut sequence = base;
    let mut arrivals = Vec::with_capacity(count);
    for state in states {
        let arrival = match state {
            1 => {
                time += 250 * i64::from(*packet.get(at)?);
                at += 1;
                Some(time)
            }
            2 => {
                time += 250 * i64::from(be16(packet, at)?.cast_signed());
                at += 2;
                Some(time)
            }
            _ => None,
        };
        arrivals.push((sequence, arrival));
        sequence = sequence.wrapping_add(1);
    }
    each(Message::Arrivals { arrivals });
    Some(())
}

/// Appends a header; `body` is in bytes and a multiple of four.
fn head(out: &mut Vec<u8>, count: u8, kind: u8, body: usize) {
    out.extend_from_slice(&[0x80 | count & 0x1F, kind]);
    out.extend_from_slice(&u16::try_from(body / 4).unwrap_or(0).to_be_bytes());
}

fn words(out: &mut Vec<u8>, values: &[u32]) {
    for value in values {
        out.extend_from_slice(&value.to_be_bytes());
    }
}

/// Appends a request for a key frame (RFC 4585 section 6.3.1).
pub(crate) fn write_pli(out: &mut Vec<u8>, media: u32) {
    head(out, 1, PAYLOAD_FEEDBACK, 8);
    words(out, &[OWN_SSRC, media]);
}

/// Appends a request for lost packets (RFC 4585 section 6.2.1); `sequences` ascend.
pub(crate) fn write_nack(out: &mut Vec<u8>, media: u32, sequences: &[u16]) {
    let mut entries: Vec<(u16, u16)> = Vec::new();
    for &sequence in sequences {
        match entries.last_mut() {
            Some((first, mask)) if (1..=16).contains(&sequence.wrapping_sub(*first)) => {
                *mask |= 1 << (sequence.wrapping_sub(*first) - 1);
            }
            _ => entries.push((sequence, 0)),
        }
    }
    head(out, 1, TRANSPORT_FEEDBACK, 8 + 4 * entries.len());
    words(out, &[OWN_SSRC, media]);
    for (first, mask) in entries {
        out.extend_from_slice(&first.to_be_bytes());
        out.extend_from_slice(&mask.to_be_bytes());
    }
}

/// A sender report of one of our streams.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SenderReport<'a> {
    /// The stream.
    pub(crate) ssrc: u32,
    /// Now, 32.32 seconds since 1900.
    pub(crate) ntp: u64,
    /// Now, on the stream's clock.
    pub(crate) timestamp: u32,
    /// Sent so far.
    pub(crate) packets: u32,
    /// Payload bytes sent so far.
    pub(crate) octets: u32,
    /// Binds the streams of one slot together for lip sync.
    pub(crate) name: &'a str,
}

/// Appends a sender report and the description that RFC 3550 wants beside it.
pub(crate) fn write_sender_report(out: &mut Vec<u8>, report: &SenderReport<'_>) {
    head(out, 0, SENDER_REPORT, 24);
    let [high, low] =
        [report.ntp >> 32, report.ntp & 0xFFFF_FFFF].map(|half| u32::try_from(half).unwrap_or(0));
    words(out, &[report.ssrc, high, low, report.timestamp, report.packets, report.octets]);
    let name = report.name.as_bytes().get(..report.name.len().min(255)).unwrap_or_default();
    // The chunk ends with at least one zero byte and at a multiple of four.
    let body = (4 + 2 + name.len() + 1).next_multiple_of(4);
    head(out, 1, DESCRIPTION, body);
    words(out, &[report.ssrc]);
    out.extend_from_slice(&[1, u8::try_from(name.len()).unwrap_or(0)]);
    out.extend_from_slice(name);
    out.resize(out.len() + body - 6 - name.len(), 0);
}

/// Appends receiver reports, 31 blocks each.
pub(crate) fn write_receiver_reports(out: &mut Vec<u8>, blocks: &[ReportBlock]) {
    for chunk in blocks.chunks(31) {
        head(out, u8::try_from(chunk.len()).unwrap_or(0), RECEIVER_REPORT, 4 + 24 * chunk.len());
        words(out, &[OWN_SSRC]);
        for block in chunk {
            let lost = u32::from(block.fraction_lost) << 24 | block.lost.min(0x7F_FFFF);
            words(
                out,
                &[block.ssrc, lost, block.highest, block.jitter, block.last_report, block.delay],
            );
        }
    }
}

/// Appends transport-wide feedback. `arrivals` ascend by distance from `base`, without doubles, and
/// span at most [`MAX_COVERED`]; times are µs. Nothing is written when there is nothing to say.
pub(crate) fn write_arrivals(
    out: &mut Vec<u8>,
    media: u32,
    count: u8,
    base: u16,
    arrivals: &[(u16, i64)],
) {
    let (Some(first), Some(last)) = (arrivals.first(), arrivals.last()) else { return };
    let covered = usize::from(last.0.wrapping_sub(base)) + 1;
    if covered > MAX_COVERED {
        return;
    }
    let reference = first.1.div_euclid(64_000);
    let mut time = reference * 64_000;
    let (mut states, mut deltas) = (vec![0u16; covered], Vec::with_capacity(arrivals.len()));
    for (sequence, arrival) in arrivals {
        let ticks = (arrival - time).div_euclid(250).clamp(-32_768, 32_767);
        time += ticks * 250;
        let state = match u8::try_from(ticks) {
            Ok(small) => {
                deltas.push(small);
                1
            }
            Err(_) => {
                deltas.extend_from_slice(&i16::try_from(ticks).unwrap_or(0).to_be_bytes());
                2
            }
        };
        if let Some(place) = states.get_mut(usize::from(sequence.wrapping_sub(base))) {
            *place = state;
        }
    }
    let body = (16 + 2 * covered.div_ceil(7) + deltas.len()).next_multiple_of(4);
    let end = out.len() + 4 + body;
    head(out, 15, TRANSPORT_FEEDBACK, body);
    words(out, &[OWN_SSRC, media]);
    out.extend_from_slice(&base.to_be_bytes());
    out.extend_from_slice(&u16::try_from(covered).unwrap_or(0).to_be_bytes());
    let [.., a, b, c] = reference.to_be_bytes();
    out.extend_from_slice(&[a, b, c, count]);
    for chunk in states.chunks(7) {
        let vector = chunk
            .iter()
            .enumerate()
            .fold(0xC000, |bits, (place, state)| bits | state << (12 - 2 * place));
        out.extend_from_slice(&vector.to_be_bytes());
    }
    out.extend_from_slice(&deltas);
    out.resize(end, 0);
}

#[cfg(test)]
mod tests;
