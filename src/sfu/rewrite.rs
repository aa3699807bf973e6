//! Makes one continuous stream of whatever feeds a slot: sequence numbers, timestamps and VP8
//! picture ids.
//!
//! Owns the numbering of one outgoing SSRC. Invariant: a number that [`Rewriter::place`] gives out
//! is given out once in the life of the stream, whatever comes in: with AES-GCM a second packet
//! under one number would give the key away. All comparisons are on 64-bit numbers, so nothing here
//! wraps. Does not write packets.

use super::Source;
use super::clock::ticks;
use super::vp8::{self, Descriptor, PictureIds, PictureShift};
use super::window::Window;
use std::collections::VecDeque;

/// Between the last packet of one source and the first of the next, at least, µs.
const LEAST_STEP: i64 = 10_000;
/// Gaps closed lately that late packets still have to be numbered around.
const MAX_SHIFTS: usize = 64;

/// Which stream of whom a packet is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Number of the publisher's transport.
    pub(crate) transport: u32,
    /// A publisher that starts a layer anew does so with another SSRC.
    pub(crate) ssrc: u32,
    pub(crate) source: Source,
    pub(crate) layer: u8,
}

/// An authentic packet of a publisher, as it is offered to every receiver.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packet<'a> {
    pub(crate) origin: Origin,
    /// Sequence number in 64 bits.
    pub(crate) number: u64,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    /// µs on our clock.
    pub(crate) captured: i64,
    /// Empty when the packet was padding only. Of sound that came with copies of what was before it,
    /// the newest alone.
    pub(crate) payload: &'a [u8],
    /// Of VP8.
    pub(crate) descriptor: Option<Descriptor>,
    /// RFC 6464, as it came.
    pub(crate) level: Option<u8>,
}

impl Packet<'_> {
    /// Whether a picture can begin here.
    pub(crate) fn starts_key_frame(&self) -> bool {
        self.descriptor.is_some_and(|descriptor| descriptor.starts_key_frame)
    }
}

/// Where a packet stands in the outgoing stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    /// Outgoing sequence number in 64 bits: rollover counter and 16 bits of SRTP.
    pub(crate) number: u64,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    pub(crate) pictures: PictureShift,
}

/// From this incoming number on, `difference` is added (modulo 2⁶⁴).
#[derive(Debug, Clone, Copy)]
struct Shift {
    from: u64,
    difference: u64,
}

/// Numbering of one outgoing stream.
#[derive(Debug)]
pub(crate) struct Rewriter {
    rate: u32,
    /// Highest outgoing number.
    highest: u64,
    last_timestamp: u32,
    last_captured: Option<i64>,
    given: Window,
    shifts: VecDeque<Shift>,
    /// Highest incoming number of the present source.
    source_highest: u64,
    timestamp_difference: u32,
    pictures: PictureIds,
    marks_next: bool,
}

impl Rewriter {
    /// A stream that begins at a random place; its first sequence number is in the low half, so
    /// that no receiver takes an early reordering for a rollover (RFC 3711 section 3.3.1).
    pub(crate) fn new(rate: u32, seed: u64) -> Self {
        Self {
            rate,
            highest: seed & 0x3FFF,
            last_timestamp: u32::try_from(seed >> 32).unwrap_or(0),
            last_captured: None,
            given: Window::default(),
            shifts: VecDeque::new(),
            source_highest: 0,
            timestamp_difference: 0,
            pictures: PictureIds::default(),
            marks_next: false,
        }
    }

    /// From this packet on another source feeds the stream: next number, time by the difference of
    /// capture.
    pub(crate) fn switch(&mut self, packet: &Packet<'_>) {
        let step = packet.captured - self.last_captured.unwrap_or(packet.captured);
        let next = self.last_timestamp.wrapping_add(ticks(step.max(LEAST_STEP), self.rate));
        self.timestamp_difference = next.wrapping_sub(packet.timestamp);
        self.shifts.clear();
        let difference = (self.highest + 1).wrapping_sub(packet.number);
        self.shifts.push_back(Shift { from: packet.number, difference });
        self.source_highest = packet.number - 1.min(packet.number);
        if let Some(descriptor) = &packet.descriptor {
            self.pictures.align(descriptor, packet.payload);
        }
        self.marks_next = packet.origin.source == Source::Microphone;
    }

    /// The newest timestamp given out.
    pub(crate) fn last_timestamp(&self) -> u32 {
        self.last_timestamp
    }

    /// What has to be added to a timestamp of the present source.
    pub(crate) fn timestamp_difference(&self) -> u32 {
        self.timestamp_difference
    }

    /// Gives a packet of the present source its place; nothing when it must not be sent: from
    /// before the switch, a double, too late, or padding only at the head (whose gap is closed).
    pub(crate) fn place(&mut self, packet: &Packet<'_>) -> Option<Placed> {
        let shift = self.shifts.iter().rev().find(|shift| shift.from <= packet.number).copied()?;
        let is_head = packet.number > self.source_highest;
        if packet.payload.is_empty() && is_head {
            self.close_gap(packet.number, shift);
            return None;
        }
        let number = packet.number.wrapping_add(shift.difference);
        if !self.given.insert(number) {
            return None;
        }
        if is_head {
            self.source_highest = packet.number;
        }
        let timestamp = packet.timestamp.wrapping_add(self.timestamp_difference);
        if number > self.highest {
            self.advance(packet, number, timestamp);
        }
        Some(Placed {
            number,
            timestamp,
            marker: packet.marker | std::mem::take(&mut self.marks_next),
            pictures: self.pictures.shift(),
        })
    }

    fn close_gap(&mut self, number: u64, present: Shift) {
        self.source_highest = number;
        if self.shifts.len() == MAX_SHIFTS {
            // What is older than the oldest shift kept is not sent any more.
            self.shifts.pop_front();
        }
        self.shifts
            .push_back(Shift { from: number + 1, difference: present.difference.wrapping_sub(1) });
    }

    fn advance(&mut self, packet: &Packet<'_>, number: u64, timestamp: u32) {
        self.highest = number;
        if self.last_captured.is_none()
            || timestamp.wrapping_sub(self.last_timestamp).cast_signed() > 0
        {
            (self.last_timestamp, self.last_captured) = (timestamp, Some(packet.captured));
        }
        if let Some(descriptor) = &packet.descriptor {
            self.pictures.sent(descriptor, packet.payload);
        }
    }
}

/// Rewrites the picture ids of a copied payload.
pub(crate) fn shift_pictures(shift: PictureShift, payload: &mut [u8]) {
    if let Some(descriptor) = vp8::parse(payload) {
        vp8::apply(shift, &descriptor, payload);
    }
}

#[cfg(test)]
mod tests;
