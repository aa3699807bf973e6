//! Arrivals of one client's packets, for the transport-wide feedback that its own bandwidth
//! estimate lives on.
//!
//! Owns the list between two feedback messages. Invariant: a sequence number is reported as arrived
//! at most once, and every message goes on where the one before ended.

use super::rtcp::{self, MAX_COVERED};
use super::window::widen;

/// Between two feedback messages, µs.
const INTERVAL: i64 = 50_000;
/// Most arrivals between two messages; a client that sends more gets its feedback early.
const MAX_WAITING: usize = 512;

/// Collects arrivals and writes feedback.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    waiting: Vec<(u64, i64)>,
    /// Highest number seen, in 64 bits; 0 when none was.
    highest: u64,
    /// First number that no message covers.
    next: u64,
    count: u8,
    last: i64,
}

impl Arrivals {
    /// A packet with this transport-wide number came.
    pub(crate) fn arrived(&mut self, sequence: u16, now: i64) {
        if self.highest == 0 {
            self.highest = 0x1_0000 + u64::from(sequence);
            self.next = self.highest;
        }
        let Some(number) = widen(self.highest, sequence) else { return };
        self.highest = self.highest.max(number);
        if number >= self.next && self.waiting.len() < MAX_WAITING {
            self.waiting.push((number, now));
        }
    }

    /// Appends a feedback message when one is due.
    pub(crate) fn feedback(&mut self, media: u32, now: i64, out: &mut Vec<u8>) {
        let is_due = now - self.last >= INTERVAL || self.waiting.len() >= MAX_WAITING;
        if self.waiting.is_empty() || !is_due {
            return;
        }
        self.last = now;
        self.waiting.sort_unstable();
        self.waiting.dedup_by_key(|(number, _)| *number);
        let last = self.waiting.last().map_or(self.next, |(number, _)| *number);
        // After a long silence the gap itself says nothing: go on near the end.
        let span = u64::try_from(MAX_COVERED).unwrap_or(1) - 1;
        let first = self.next.max(last.saturating_sub(span));
        let cut = |number: u64| u16::try_from(number & 0xFFFF).unwrap_or(0);
        let arrivals: Vec<(u16, i64)> = self
            .waiting
            .iter()
            .filter(|(number, _)| *number >= first)
            .map(|(number, at)| (cut(*number), *at))
            .collect();
        rtcp::write_arrivals(out, media, self.count, cut(first), &arrivals);
        self.count = self.count.wrapping_add(1);
        self.next = last + 1;
        self.waiting.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sfu::rtcp::Message;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Vec<(u16, Option<i64>)> {
        let mut all = vec![];
        rtcp::parse(bytes, |message| {
            if let Message::Arrivals { arrivals } = message {
                all.extend(arrivals);
            }
        });
        all
    }

    proptest! {
        #[test]
        fn every_arrival_is_reported_once_and_messages_join_without_a_hole(
            start in any::<u16>(),
            order in prop::collection::vec((-3i64..8, 0i64..30_000), 1..400),
        ) {
            let (mut arrivals, mut out, mut now) = (Arrivals::default(), vec![], 1_000_000);
            let mut at = i64::from(start) + 65_536;
            for (step, later) in order {
                at += step;
                now += later;
                arrivals.arrived((at & 0xFFFF) as u16, now);
                arrivals.feedback(1, now, &mut out);
            }
            arrivals.feedback(1, now + INTERVAL, &mut out);
            let got = read(&out);
            for (one, two) in got.iter().zip(got.iter().skip(1)) {
                prop_assert_eq!(two.0, one.0.wrapping_add(1));
            }
        }
    }
}
