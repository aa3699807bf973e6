//! What was sent and what became of it.
//!
//! Owns: the packets whose fate is still open, the 64-bit numbering of transport sequences, and the
//! rates seen over the last moments. Invariant: a packet is counted as received once and as lost at
//! most once, whatever a client reports.
//! Does not: judge the network.

use std::collections::VecDeque;

/// How many packets are remembered: four seconds at 8 Mb/s. Older ones are forgotten without a
/// verdict.
const PACKETS: usize = 4096;
/// How long a packet is remembered.
const AGE_US: i64 = 10_000_000;
/// Length of the window over which the delivered rate is taken.
const WINDOW_US: i64 = 400_000;
/// Upper bound of entries in that window; at 8 Mb/s it holds about 330.
const WINDOW_PACKETS: usize = 1024;
/// A window shorter than this says nothing about a rate.
const SHORTEST_US: i64 = 100_000;
/// What it takes to call a way overwhelmed: so many packets over this time.
const OVERWHELMED_PACKETS: usize = 5;
const OVERWHELMED_US: i64 = 200_000;
/// Time constant of the rate at which packets were handed out.
const SENT_TAU_US: f64 = 500_000.0;
/// Packets are taken into that rate together, this often.
const SENT_STEP_US: i64 = 5_000;

/// One packet as it was sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    number: i64,
    /// When it left, on our clock.
    pub(super) sent_us: i64,
    /// Size on the wire.
    pub(super) bytes: usize,
    /// The probe that it was part of.
    pub(super) probe: Option<u32>,
    fate: Fate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Open,
    Lost,
    Received,
}

/// What a line of feedback meant.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
    /// Heard of for the first time. `was_lost` when an earlier feedback took it for lost.
    Received { packet: Sent, was_lost: bool },
    /// Reported missing for the first time.
    Lost { packet: Sent },
    /// Unknown, too old, or already settled.
    Ignored,
}

/// Packets in the order in which they were sent.
#[derive(Debug, Default)]
pub(super) struct History {
    packets: VecDeque<Sent>,
    last_number: Option<i64>,
}

impl History {
    /// Notes a packet. A sequence that does not go forward is ignored.
    pub(super) fn sent(&mut self, seq: u16, bytes: usize, probe: Option<u32>, now_us: i64) {
        let number = match self.last_number {
            None => i64::from(seq),
            Some(last) => last + forward(last, seq),
        };
        if self.last_number.is_some_and(|last| number <= last) {
            return;
        }
        self.last_number = Some(number);
        self.packets.push_back(Sent { number, sent_us: now_us, bytes, probe, fate: Fate::Open });
        while self.packets.len() > PACKETS
            || self.packets.front().is_some_and(|p| now_us.saturating_sub(p.sent_us) > AGE_US)
        {
            self.packets.pop_front();
        }
    }

    /// Settles one packet.
    pub(super) fn settle(&mut self, seq: u16, received: bool) -> Outcome {
        let Some(last) = self.last_number else { return Outcome::Ignored };
        let number = last + forward(last, seq);
        let found = self.packets.binary_search_by_key(&number, |p| p.number);
        let Some(packet) = found.ok().and_then(|at| self.packets.get_mut(at)) else {
            return Outcome::Ignored;
        };
        match (packet.fate, received) {
            (Fate::Open, false) => {
                packet.fate = Fate::Lost;
                Outcome::Lost { packet: *packet }
            }
            (Fate::Open | Fate::Lost, true) => {
                let was_lost = packet.fate == Fate::Lost;
                packet.fate = Fate::Received;
                Outcome::Received { packet: *packet, was_lost }
            }
            (Fate::Lost, false) | (Fate::Received, _) => Outcome::Ignored,
        }
    }

    /// How many packets are remembered.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.packets.len()
    }
}

/// The signed distance from `last` to the nearest number that ends in `seq`.
fn forward(last: i64, seq: u16) -> i64 {
    let low = u16::try_from(last.rem_euclid(65_536)).unwrap_or(0);
    i64::from(seq.wrapping_sub(low).cast_signed())
}

/// The same packets seen at both ends of the way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Throughput {
    /// Bits a second at which they arrived.
    pub(super) acked_bps: f64,
    /// Bits a second at which those that arrived had been sent.
    pub(super) sent_bps: f64,
    packets: usize,
    arrival_us: i64,
}

impl Throughput {
    /// True when the way drew the packets out: it carries no more than what arrived.
    pub(super) fn is_stretched(&self) -> bool {
        self.acked_bps < 0.9 * self.sent_bps
    }

    /// True when so much more is sent than arrives that no trend is needed to see it. On a narrow
    /// way packets arrive too rarely for a trend, and a queue of seconds would build up until there
    /// is one.
    pub(super) fn is_overwhelmed(&self) -> bool {
        self.packets >= OVERWHELMED_PACKETS
            && self.arrival_us >= OVERWHELMED_US
            && self.acked_bps < 0.5 * self.sent_bps
    }
}

/// Delivered packets of the last moments.
#[derive(Debug, Default)]
pub(super) struct Delivered {
    /// Send time, arrival time, bytes; ordered by arrival as far as the network was.
    window: VecDeque<(i64, i64, usize)>,
    bytes: usize,
}

impl Delivered {
    /// Notes a received packet.
    pub(super) fn push(&mut self, sent_us: i64, arrival_us: i64, bytes: usize) {
        let last = self.window.back().map_or(arrival_us, |last| last.1);
        if arrival_us.saturating_sub(last).saturating_abs() > WINDOW_US {
            // Silence, or another clock: what came before has nothing to do with the rate now.
            self.window.clear();
            self.bytes = 0;
        }
        self.window.push_back((sent_us, arrival_us, bytes));
        self.bytes += bytes;
        while self.window.len() > WINDOW_PACKETS
            || self.window.front().is_some_and(|f| arrival_us.saturating_sub(f.1) > WINDOW_US)
        {
            self.bytes -= self.window.pop_front().map_or(0, |first| first.2);
        }
    }

    /// The rates over the window; `None` while it is too short to say.
    pub(super) fn throughput(&self) -> Option<Throughput> {
        let (first, last) = (self.window.front()?, self.window.back()?);
        let arrival_us = last.1.saturating_sub(first.1);
        // What left in no time at all is stretched by any network; that is no sign of its limit.
        let sent_us = last.0.saturating_sub(first.0).max(SHORTEST_US);
        if arrival_us < SHORTEST_US {
            return None;
        }
        // The first packet opens the interval, so its bits do not belong to it.
        let bits = (self.bytes - first.2) as f64 * 8.0;
        Some(Throughput {
            acked_bps: bits * 1e6 / arrival_us as f64,
            sent_bps: bits * 1e6 / sent_us as f64,
            packets: self.window.len(),
            arrival_us,
        })
    }
}

/// The rate at which packets are handed to the network, smoothed over half a second.
#[derive(Debug, Default)]
pub(super) struct SentRate {
    bps: f64,
    /// Bytes that are not in `bps` yet; a power for each packet would cost more than all else here.
    bytes: usize,
    since_us: Option<i64>,
}

impl SentRate {
    /// Notes a packet.
    pub(super) fn push(&mut self, bytes: usize, now_us: i64) {
        self.bytes += bytes;
        if self.since_us.is_none_or(|since| now_us.saturating_sub(since) >= SENT_STEP_US) {
            (self.bps, self.bytes) = (self.at(now_us), 0);
            self.since_us = Some(now_us);
        }
    }

    /// Bits a second at this moment.
    pub(super) fn at(&self, now_us: i64) -> f64 {
        let passed = self.since_us.map_or(0, |since| now_us.saturating_sub(since).max(0));
        let kept = self.bps * (-(passed as f64) / SENT_TAU_US).exp();
        kept + self.bytes as f64 * 8e6 / SENT_TAU_US
    }
}
