//! One receive slot of a client: a sound and a picture with constant SSRCs, whoever is in it.
//!
//! Owns which source feeds each stream and when it may change: video at a key frame only, to the
//! best layer that is wanted; sound at once. Keeps what is needed to send a packet again. Writes
//! plain packets, seals nothing.

mod format;
mod sound;

pub(crate) use format::{Format, Mid};
pub(crate) use sound::MOST_COPIES;

use super::answer::SlotStreams;
use super::clock::Anchor;
use super::negotiation::ExtensionIds;
use super::pacer::Kind;
use super::rewrite::{Origin, Packet, Placed, Rewriter, shift_pictures};
use super::rtcp::SenderReport;
use super::rtp::{Head, write_header};
use super::vp8::PictureShift;
use super::{PauseReason, Source};
use sound::Recent;

/// Packets that can be sent again; a power of two.
const SENT: usize = 512;
/// How often one packet is sent again at most.
const MAX_REPEATS: u8 = 4;
/// Sender reports come this often, µs, and in a burst of [`BURST`] after a switch.
const REPORT_INTERVAL: i64 = 1_000_000;
const BURST_INTERVAL: i64 = 200_000;
const BURST: u8 = 4;

/// Where a sent packet came from, so that it can be built again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent {
    number: u64,
    pub(crate) origin: Origin,
    /// The publisher's number of it.
    pub(crate) source_number: u64,
    timestamp: u32,
    marker: bool,
    pictures: PictureShift,
    repeats: u8,
    last: i64,
}

/// A packet that lies ready to be sealed: where in the buffer, and under which number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) ssrc: u32,
    /// Rollover counter and sequence number.
    pub(crate) index: u64,
    /// Length of the header.
    pub(crate) header: usize,
    /// What kind of packet it is for the pacer.
    pub(crate) kind: Kind,
    /// Whether it has room for a transport-wide number.
    pub(crate) is_measured: bool,
}

/// Where the transport-wide number stands in a packet, which gets it only when it leaves: behind
/// the fixed header, the head of the extensions, and the head of the first extension, which it is.
pub(crate) const TRANSPORT_SEQUENCE: std::ops::Range<usize> = 17..19;

/// Stands in for the transport-wide number.
const NOT_YET: [u8; 2] = [0; 2];

/// Writes into the datagram buffer of a client, with its header extension ids.
#[derive(Debug)]
pub(crate) struct Sheet<'a> {
    pub(crate) out: &'a mut Vec<u8>,
    pub(crate) ids: ExtensionIds,
}

/// One outgoing stream.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) ssrc: u32,
    pub(crate) current: Option<Origin>,
    /// When the slot was given to its present source, µs.
    pub(crate) mapped: i64,
    pub(crate) packets: u32,
    /// How many of the packets before it each packet of sound brings along, for who reads that.
    pub(crate) copies: usize,
    rate: u32,
    format: Format,
    rewriter: Rewriter,
    octets: u32,
    next_report: i64,
    burst: u8,
    repair: Option<(u32, u8)>,
    repair_next: u64,
    sent: Vec<Option<Sent>>,
    recent: Recent,
}

impl Outgoing {
    fn new(ssrc: u32, repair: Option<u32>, rate: u32, format: Format, seed: u64) -> Self {
        Self {
            ssrc,
            current: None,
            mapped: 0,
            packets: 0,
            copies: 1,
            rate,
            format,
            rewriter: Rewriter::new(rate, seed),
            octets: 0,
            next_report: i64::MAX,
            burst: 0,
            repair: repair.zip(format.rtx),
            repair_next: (seed >> 16) & 0x3FFF,
            sent: Vec::new(),
            recent: Recent::default(),
        }
    }

    /// Lets a new source feed the stream from this packet on.
    pub(crate) fn switch(&mut self, packet: &Packet<'_>, now: i64) {
        self.rewriter.switch(packet);
        self.recent.forget();
        self.current = Some(packet.origin);
        (self.next_report, self.burst) = (now, BURST);
    }

    /// Writes a packet of the present source; nothing when it must not be sent.
    pub(crate) fn forward(
        &mut self,
        packet: &Packet<'_>,
        sheet: &mut Sheet<'_>,
    ) -> Option<Written> {
        let placed = self.rewriter.place(packet)?;
        let is_sound = packet.origin.source == Source::Microphone;
        let red = self.format.red.filter(|_| is_sound);
        let head = self.head(&placed, red.unwrap_or(self.format.payload_type));
        let start = sheet.out.len();
        let level = packet.level.map(|level| [level]);
        write_header(
            sheet.out,
            &head,
            &[
                (self.transport_cc(sheet), &NOT_YET),
                (sheet.ids.mid, self.format.mid.as_bytes()),
                (sheet.ids.audio_level, level.as_ref().map_or(&[], |level| level)),
            ],
        );
        let payload = sheet.out.len();
        if red.is_some() {
            let (own, copies) = (self.format.payload_type, self.copies);
            self.recent.write(sheet.out, &placed, own, copies, packet.payload);
        } else {
            sheet.out.extend_from_slice(packet.payload);
        }
        if packet.descriptor.is_some() {
            shift_pictures(placed.pictures, sheet.out.get_mut(payload..).unwrap_or_default());
        }
        self.packets = self.packets.wrapping_add(1);
        let length = sheet.out.len() - payload;
        self.octets = self.octets.wrapping_add(u32::try_from(length).unwrap_or(0));
        self.remember(packet, &placed);
        let is_measured = self.format.is_measured;
        let kind = if is_sound { Kind::Audio } else { Kind::Video };
        Some(Written {
            ssrc: self.ssrc,
            index: placed.number,
            header: payload - start,
            kind,
            is_measured,
        })
    }

    fn head(&self, placed: &Placed, payload_type: u8) -> Head {
        Head {
            marker: placed.marker,
            payload_type,
            sequence: low(placed.number),
            timestamp: placed.timestamp,
            ssrc: self.ssrc,
        }
    }

    /// Id of the extension with the transport-wide number; 0 leaves it out.
    fn transport_cc(&self, sheet: &Sheet<'_>) -> u8 {
        if self.format.is_measured { sheet.ids.transport_cc } else { 0 }
    }

    fn remember(&mut self, packet: &Packet<'_>, placed: &Placed) {
        if self.repair.is_none() {
            return;
        }
        if self.sent.is_empty() {
            self.sent.resize(SENT, None);
        }
        if let Some(place) = self.sent.get_mut(place(placed.number)) {
            *place = Some(Sent {
                number: placed.number,
                origin: packet.origin,
                source_number: packet.number,
                timestamp: placed.timestamp,
                marker: placed.marker,
                pictures: placed.pictures,
                repeats: 0,
                last: i64::MIN / 2,
            });
        }
    }

    /// The sent packet that a receiver misses, when it may be sent (again) now.
    pub(crate) fn missed(
        &mut self,
        sequence: u16,
        now: i64,
        round_trip: Option<i64>,
    ) -> Option<Sent> {
        let sent = self.sent.get_mut(usize::from(sequence) % SENT)?.as_mut()?;
        let pause = round_trip.unwrap_or(20_000).clamp(5_000, 200_000);
        if low(sent.number) != sequence || sent.repeats >= MAX_REPEATS || now - sent.last < pause {
            return None;
        }
        (sent.repeats, sent.last) = (sent.repeats + 1, now);
        Some(*sent)
    }

    /// Writes a packet again as RFC 4588 has it. With MID, because Firefox ignores it otherwise.
    pub(crate) fn repeat(
        &mut self,
        sent: &Sent,
        payload: &[u8],
        sheet: &mut Sheet<'_>,
    ) -> Option<Written> {
        let (ssrc, payload_type) = self.repair?;
        self.repair_next += 1;
        let head = Head {
            marker: sent.marker,
            payload_type,
            sequence: low(self.repair_next),
            timestamp: sent.timestamp,
            ssrc,
        };
        let start = sheet.out.len();
        let extensions =
            [(self.transport_cc(sheet), &NOT_YET[..]), (sheet.ids.mid, self.format.mid.as_bytes())];
        write_header(sheet.out, &head, &extensions);
        let header = sheet.out.len() - start;
        sheet.out.extend_from_slice(&low(sent.number).to_be_bytes());
        let body = sheet.out.len();
        sheet.out.extend_from_slice(payload);
        shift_pictures(sent.pictures, sheet.out.get_mut(body..).unwrap_or_default());
        Some(Written {
            ssrc,
            index: self.repair_next,
            header,
            kind: Kind::Retransmission,
            is_measured: self.format.is_measured,
        })
    }

    /// Writes padding on the stream of the retransmissions, to fill a probe; `size` is cut to what
    /// one packet may pad.
    pub(crate) fn pad(&mut self, size: usize, sheet: &mut Sheet<'_>) -> Option<Written> {
        let (ssrc, payload_type) = self.repair.filter(|_| self.packets > 0)?;
        self.repair_next += 1;
        let head = Head {
            marker: false,
            payload_type,
            sequence: low(self.repair_next),
            timestamp: self.rewriter.last_timestamp(),
            ssrc,
        };
        let start = sheet.out.len();
        write_header(
            sheet.out,
            &head,
            &[(self.transport_cc(sheet), &NOT_YET), (sheet.ids.mid, self.format.mid.as_bytes())],
        );
        if let Some(first) = sheet.out.get_mut(start) {
            *first |= 0x20;
        }
        let header = sheet.out.len() - start;
        let padding = u8::try_from(size).unwrap_or(u8::MAX).max(1);
        sheet.out.resize(sheet.out.len() + usize::from(padding), 0);
        if let Some(last) = sheet.out.last_mut() {
            *last = padding;
        }
        Some(Written {
            ssrc,
            index: self.repair_next,
            header,
            kind: Kind::Padding,
            is_measured: self.format.is_measured,
        })
    }

    /// The sender report that is due now, in the source's clock carried over to this stream.
    pub(crate) fn report<'a>(
        &mut self,
        anchor: Anchor,
        ntp: u64,
        now: i64,
        name: &'a str,
    ) -> Option<SenderReport<'a>> {
        if now < self.next_report {
            return None;
        }
        let is_burst = self.burst > 0;
        self.burst = self.burst.saturating_sub(1);
        self.next_report = now + if is_burst { BURST_INTERVAL } else { REPORT_INTERVAL };
        let timestamp =
            anchor.timestamp(now, self.rate).wrapping_add(self.rewriter.timestamp_difference());
        Some(SenderReport {
            ssrc: self.ssrc,
            ntp,
            timestamp,
            packets: self.packets,
            octets: self.octets,
            name,
        })
    }
}

fn low(number: u64) -> u16 {
    u16::try_from(number & 0xFFFF).unwrap_or(0)
}

fn place(number: u64) -> usize {
    usize::from(low(number)) % SENT
}

/// Who is in a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Occupant {
    /// Number of the publisher's transport.
    pub(crate) transport: u32,
    /// Camera (with the microphone beside it) or screen.
    pub(crate) source: Source,
}

/// One receive slot.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) occupant: Option<Occupant>,
    pub(crate) audio: Outgoing,
    pub(crate) video: Outgoing,
    /// How large the client shows it, pixels; the height is what counts.
    pub(crate) size: Option<(u16, u16)>,
    /// The best layer that the allocation grants, or why there is none.
    pub(crate) granted: Result<u8, PauseReason>,
}

impl Slot {
    /// A free slot.
    pub(crate) fn new(streams: SlotStreams, audio: Format, video: Format, seeds: [u64; 2]) -> Self {
        let [audio_seed, video_seed] = seeds;
        Self {
            occupant: None,
            audio: Outgoing::new(streams.audio, None, 48_000, audio, audio_seed),
            video: Outgoing::new(streams.video, Some(streams.repair), 90_000, video, video_seed),
            size: None,
            granted: Ok(2),
        }
    }

    /// Puts somebody else in; both streams wait for a packet to begin with.
    pub(crate) fn give(&mut self, occupant: Option<Occupant>, now: i64) {
        self.occupant = occupant;
        for stream in [&mut self.audio, &mut self.video] {
            (stream.current, stream.mapped) = (None, now);
        }
    }

    /// Whether sound can bring copies along here.
    pub(crate) fn reads_copies(&self) -> bool {
        self.audio.format.red.is_some()
    }

    /// Which stream a packet belongs into, if its publisher is in this slot.
    pub(crate) fn stream_for(&mut self, origin: Origin) -> Option<&mut Outgoing> {
        let occupant = self.occupant.filter(|occupant| occupant.transport == origin.transport)?;
        match origin.source {
            Source::Microphone if occupant.source == Source::Camera => Some(&mut self.audio),
            source if source == occupant.source => Some(&mut self.video),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
