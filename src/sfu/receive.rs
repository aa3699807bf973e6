//! One incoming stream: which packets came, which are missing, when to ask for them, what to
//! report.
//!
//! Owns the receiver side of RFC 3550 and RFC 4585 for one SSRC. Told the time (µs), holds no
//! socket. Invariant: [`Incoming::take`] gives every sequence number out at most once, widened to
//! 64 bits.

use super::Source;
use super::clock::Anchor;
use super::history::History;
use super::rtcp::ReportBlock;
use super::window::{Window, widen};
use std::collections::BTreeMap;

/// A gap wider than this is not worth asking for; a key frame is.
const WIDEST_GAP: u64 = 128;
/// Most packets that are asked for at a time.
const MAX_MISSING: usize = 256;
/// Times that one packet is asked for.
const MAX_TRIES: u8 = 10;
/// Reordering in the network gets this long before the first request, µs.
const PATIENCE: i64 = 5_000;
/// Between requests while the round trip is unknown, and at least, µs.
const FIRST_INTERVAL: i64 = 20_000;
/// A packet that is missing for longer is of no use to anybody, µs.
const GIVE_UP: i64 = 1_000_000;
/// Header, extensions and tag of a packet, bytes.
const OVERHEAD: u64 = 40;
/// A stream without packets for this long feeds nobody, µs.
const LIVE: i64 = 600_000;

#[derive(Debug, Clone, Copy)]
struct Missing {
    since: i64,
    asked: i64,
    tries: u8,
}

/// Loss of one stream since it was last asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Loss {
    pub(crate) expected: u64,
    pub(crate) lost: u64,
}

/// What is known of one incoming SSRC.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) ssrc: u32,
    pub(crate) source: Source,
    /// 0 is the smallest picture.
    pub(crate) layer: u8,
    /// Clock rate, Hz.
    pub(crate) rate: u32,
    /// Both clocks at the last sender report.
    pub(crate) anchor: Option<Anchor>,
    pub(crate) history: History,
    /// Bytes received, for rates.
    pub(crate) octets: u64,
    /// Payload bit rate of the last second, bit/s.
    pub(crate) bitrate: u64,
    window: Window,
    first: u64,
    highest: u64,
    received: u64,
    /// The last number that came along with a later packet only.
    restored: Option<u64>,
    reported: Loss,
    measured: Loss,
    jitter: i64,
    transit: i64,
    last: i64,
    last_filled: i64,
    last_sender_report: Option<(u32, i64)>,
    missing: BTreeMap<u64, Missing>,
    rate_since: (i64, u64),
    wants_key: bool,
}

impl Incoming {
    /// A stream that was seen for the first time.
    pub(crate) fn new(ssrc: u32, source: Source, layer: u8) -> Self {
        Self {
            ssrc,
            source,
            layer,
            rate: if source == Source::Microphone { 48_000 } else { 90_000 },
            anchor: None,
            history: History::new(source, layer),
            octets: 0,
            bitrate: 0,
            window: Window::default(),
            first: 0,
            highest: 0,
            received: 0,
            restored: None,
            reported: Loss::default(),
            measured: Loss::default(),
            jitter: 0,
            transit: 0,
            last: i64::MIN / 2,
            last_filled: i64::MIN / 2,
            last_sender_report: None,
            missing: BTreeMap::new(),
            rate_since: (0, 0),
            wants_key: false,
        }
    }

    /// Takes a packet; its number in 64 bits, or nothing when it came before or is too old.
    pub(crate) fn take(
        &mut self,
        sequence: u16,
        timestamp: u32,
        size: usize,
        now: i64,
    ) -> Option<u64> {
        if self.received == 0 {
            // One cycle up, so that packets from before the first one have a number too.
            self.first = 0x1_0000 + u64::from(sequence);
            self.highest = self.first;
        }
        let number = widen(self.highest, sequence)?;
        if !self.window.insert(number) {
            // It was late and not lost, after all.
            let is_late = self.restored.take_if(|restored| *restored == number).is_some();
            self.received += u64::from(is_late);
            return None;
        }
        if number > self.highest {
            if self.source != Source::Microphone {
                self.note_gap(number, now);
            }
            self.highest = number;
        }
        self.missing.remove(&number);
        if size > 0 {
            self.last_filled = now;
        }
        self.note_arrival(timestamp, now);
        self.received += 1;
        self.octets += u64::try_from(size).unwrap_or(0) + OVERHEAD;
        self.note_rate(now);
        Some(number)
    }

    /// Takes a packet that did not come but was brought along by a later one; true when it was
    /// missing. It still counts as lost.
    pub(crate) fn restore(&mut self, number: u64) -> bool {
        let is_missing = number >= self.first && self.window.insert(number);
        if is_missing {
            self.restored = Some(number);
        }
        is_missing
    }

    fn note_gap(&mut self, number: u64, now: i64) {
        let gap = number - self.highest - 1;
        if gap > WIDEST_GAP
            || self.missing.len() + usize::try_from(gap).unwrap_or(MAX_MISSING) > MAX_MISSING
        {
            self.missing.clear();
            self.wants_key = true;
            return;
        }
        for lost in self.highest + 1..number {
            self.missing.insert(lost, Missing { since: now, asked: i64::MIN / 2, tries: 0 });
        }
    }

    /// RFC 3550 appendix A.8, in RTP units with four fractional bits.
    fn note_arrival(&mut self, timestamp: u32, now: i64) {
        let transit = now * i64::from(self.rate) / 1_000_000 - i64::from(timestamp);
        // Modulo 2³², because the timestamp wraps.
        let difference = i64::from(i32::from_ne_bytes(
            (transit - self.transit).to_ne_bytes().first_chunk().copied().unwrap_or_default(),
        ));
        if self.received > 0 && difference.abs() < i64::from(self.rate) {
            self.jitter += difference.abs() - ((self.jitter + 8) >> 4);
        }
        (self.transit, self.last) = (transit, now);
    }

    fn note_rate(&mut self, now: i64) {
        let (since, octets) = self.rate_since;
        if now - since >= 1_000_000 {
            let elapsed = u64::try_from(now - since).unwrap_or(1).max(1);
            self.bitrate = (self.octets - octets).saturating_mul(8_000_000) / elapsed;
            self.rate_since = (now, self.octets);
        }
    }

    /// Whether a retransmission of this number is needed. Most of what comes that way is probing
    /// with old packets.
    pub(crate) fn misses(&self, sequence: u16) -> bool {
        widen(self.highest, sequence).is_some_and(|number| self.missing.contains_key(&number))
    }

    /// When the number was first asked for, if it was asked for once only: a measure of the round
    /// trip.
    pub(crate) fn asked_once(&self, sequence: u16) -> Option<i64> {
        let number = widen(self.highest, sequence)?;
        self.missing.get(&number).filter(|missing| missing.tries == 1).map(|missing| missing.asked)
    }

    /// Fills `out` with the numbers to ask for now, in ascending order.
    pub(crate) fn due(&mut self, now: i64, round_trip: Option<i64>, out: &mut Vec<u16>) {
        out.clear();
        let interval = round_trip.map_or(FIRST_INTERVAL, |rtt| (rtt + rtt / 4).max(FIRST_INTERVAL));
        let mut lost = false;
        self.missing.retain(|number, missing| {
            if missing.tries >= MAX_TRIES || now - missing.since > GIVE_UP {
                lost = true;
                return false;
            }
            if now - missing.since >= PATIENCE && now - missing.asked >= interval {
                (missing.asked, missing.tries) = (now, missing.tries + 1);
                out.push(u16::try_from(number & 0xFFFF).unwrap_or(0));
            }
            true
        });
        self.wants_key |= lost;
    }

    /// True once after packets were lost for good.
    pub(crate) fn lost_for_good(&mut self) -> bool {
        std::mem::take(&mut self.wants_key)
    }

    /// Whether packets come.
    pub(crate) fn is_live(&self, now: i64) -> bool {
        now - self.last_filled < LIVE
    }

    /// The client says that nothing more comes for now.
    pub(crate) fn rest(&mut self) {
        self.last_filled = i64::MIN / 2;
        self.missing.clear();
    }

    /// µs since the last packet that was not padding only. Browsers pad streams that have no track.
    pub(crate) fn silent_for(&self, now: i64) -> i64 {
        now.saturating_sub(self.last_filled)
    }

    /// Capture time of a packet on our clock; its arrival while no sender report is known.
    pub(crate) fn captured(&self, timestamp: u32, now: i64) -> i64 {
        self.anchor.map_or(now, |anchor| anchor.captured(timestamp, self.rate))
    }

    /// A sender report came; `at` is its moment on our clock.
    pub(crate) fn sender_report(&mut self, ntp: u64, timestamp: u32, at: i64, now: i64) {
        self.anchor = Some(Anchor { at, timestamp });
        self.last_sender_report = Some((u32::try_from(ntp >> 16 & 0xFFFF_FFFF).unwrap_or(0), now));
    }

    fn expected(&self) -> u64 {
        if self.received == 0 { 0 } else { self.highest - self.first.min(self.highest) + 1 }
    }

    fn loss_since(&self, mark: Loss) -> Loss {
        let expected = self.expected() - mark.expected.min(self.expected());
        let total = self.expected().saturating_sub(self.received);
        Loss { expected, lost: total.saturating_sub(mark.lost).min(expected) }
    }

    fn mark(&self) -> Loss {
        Loss { expected: self.expected(), lost: self.expected().saturating_sub(self.received) }
    }

    /// Loss since this was last called, for the figures of the link.
    pub(crate) fn loss(&mut self) -> Loss {
        let loss = self.loss_since(self.measured);
        self.measured = self.mark();
        loss
    }

    /// A block for the next receiver report; none before the first packet.
    pub(crate) fn report(&mut self, now: i64) -> Option<ReportBlock> {
        if self.received == 0 {
            return None;
        }
        let loss = self.loss_since(self.reported);
        self.reported = self.mark();
        let fraction = (loss.lost * 256).checked_div(loss.expected).unwrap_or(0).min(255);
        let (last_report, delay) = self.last_sender_report.map_or((0, 0), |(middle, came)| {
            (middle, u32::try_from((now - came).max(0) * 65_536 / 1_000_000).unwrap_or(u32::MAX))
        });
        Some(ReportBlock {
            ssrc: self.ssrc,
            fraction_lost: u8::try_from(fraction).unwrap_or(255),
            lost: u32::try_from(self.mark().lost).unwrap_or(u32::MAX),
            highest: u32::try_from((self.highest - 0x1_0000.min(self.highest)) & 0xFFFF_FFFF)
                .unwrap_or(0),
            jitter: u32::try_from(self.jitter >> 4).unwrap_or(0),
            last_report,
            delay,
        })
    }
}

#[cfg(test)]
mod tests;
