//! How much the way to one subscriber carries: send-side bandwidth estimation.
//!
//! Owns: one number, [`Estimator::bitrate_bps`], and the wish to probe, [`Estimator::probe`]. In
//! the spirit of Google congestion control (draft-ietf-rmcat-gcc-02) from transport-wide feedback
//! (draft-holmer-rmcat-transport-wide-cc-extensions-01): a delay trend, a loss bound, and bursts
//! that look for more.
//! Invariant: the estimate stays within [`Config`], whatever a client reports, and all memory is
//! bounded.
//! Does not: send, pace, read a clock, or decide what the rate is spent on.
//!
//! The rule of use, once a subscriber:
//! 1. [`Estimator::on_sent`] for every packet that carries a transport sequence, in order, at the
//!    moment it leaves;
//! 2. [`Estimator::on_feedback`] for every feedback packet, in order; [`Estimator::on_loss`] for
//!    receiver reports and [`Estimator::on_round_trip`] whenever a round trip was measured;
//! 3. then [`Estimator::bitrate_bps`] for the allocator, [`Estimator::set_wanted`] with what the
//!    streams could use, and [`Estimator::probe`]: what it returns is sent at its rate, with
//!    padding where media does not suffice.

mod history;
mod loss;
mod probe;
mod rate_control;
mod trendline;

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

pub use probe::Probe;

use history::{Delivered, History, Outcome, Sent, SentRate};
use loss::{Context, LossBound};
use probe::{FIRST_FACTOR, Prober, Situation};
use rate_control::RateControl;
use trendline::{DelayDetector, Usage};

/// Without feedback for this long, although packets were sent, the estimate begins to fall.
const SILENCE_US: i64 = 1_500_000;
/// It halves in this time.
const HALVING_US: f64 = 1_000_000.0;
/// After silence this long the path has to be learned anew.
const FORGET_US: i64 = 5_000_000;
/// While transport feedback is younger than this, receiver reports tell the same losses a second
/// time.
const FRESH_US: i64 = 2_000_000;
/// Round trip until one was measured.
const ROUND_TRIP_US: i64 = 100_000;
/// A way that has shown nothing for so long is not tried any further.
const TRIAL_US: i64 = 5_000_000;
/// Longest round trip believed.
const LONGEST_ROUND_TRIP_US: i64 = 5_000_000;

/// Bounds of an estimate, bits a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// What a fresh connection is trusted with.
    pub start_bps: u64,
    /// Never less.
    pub floor_bps: u64,
    /// Never more.
    pub cap_bps: u64,
}

impl Default for Config {
    fn default() -> Self {
        Config { start_bps: 600_000, floor_bps: 30_000, cap_bps: 8_000_000 }
    }
}

impl Config {
    fn clamp(&self, bps: f64) -> f64 {
        bps.min(self.cap_bps as f64).max(self.floor_bps as f64)
    }
}

/// One transport-wide feedback packet, parsed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Feedback {
    /// Transport sequence and, when it was received, the time in microseconds on the receiver's own
    /// clock.
    pub packets: Vec<(u16, Option<i64>)>,
}

impl Feedback {
    /// From the fields of the packet (section 3.1 of the draft): reference time in units of 64 ms,
    /// then for each sequence from `base` on either a delta in units of 250 µs to the packet
    /// received before it, or nothing.
    ///
    /// The reference has 24 bits and starts over after 12 days; the estimator treats that as a new
    /// clock.
    pub fn from_deltas(
        reference: u32,
        base: u16,
        deltas: impl IntoIterator<Item = Option<i16>>,
    ) -> Self {
        let mut at_us = i64::from(reference) * 64_000;
        let mut seq = base;
        let mut packets = Vec::new();
        for delta in deltas {
            let arrival = delta.map(|quarters| {
                at_us += i64::from(quarters) * 250;
                at_us
            });
            packets.push((seq, arrival));
            seq = seq.wrapping_add(1);
        }
        Feedback { packets }
    }
}

/// The estimate for one subscriber.
#[derive(Debug)]
pub struct Estimator {
    config: Config,
    history: History,
    delivered: Delivered,
    sent_rate: SentRate,
    delay: DelayDetector,
    rate: RateControl,
    loss: LossBound,
    prober: Prober,
    wanted_bps: f64,
    round_trip_us: i64,
    feedback_us: Option<i64>,
    /// The first packet sent since the last feedback.
    waiting_us: Option<i64>,
    reported_us: Option<i64>,
    /// The first packet sent.
    began_us: Option<i64>,
    /// The way has shown what it carries, or that it carries less than was sent.
    is_tried: bool,
}

impl Estimator {
    /// A connection about which nothing is known yet.
    pub fn new(config: Config) -> Self {
        Estimator {
            config,
            history: History::default(),
            delivered: Delivered::default(),
            sent_rate: SentRate::default(),
            delay: DelayDetector::default(),
            rate: RateControl::new(config, config.start_bps as f64),
            loss: LossBound::new(config),
            prober: Prober::new(config),
            wanted_bps: config.cap_bps as f64,
            round_trip_us: ROUND_TRIP_US,
            feedback_us: None,
            waiting_us: None,
            reported_us: None,
            began_us: None,
            is_tried: false,
        }
    }

    /// A packet with this transport sequence left, `bytes` long on the wire. Sequences go forward;
    /// others are ignored.
    pub fn on_sent(&mut self, transport_seq: u16, bytes: usize, now_us: i64) {
        let probe = self.prober.on_sent(bytes, now_us);
        self.history.sent(transport_seq, bytes, probe, now_us);
        self.sent_rate.push(bytes, now_us);
        self.waiting_us.get_or_insert(now_us);
        self.began_us.get_or_insert(now_us);
    }

    /// The client told what arrived, and when.
    pub fn on_feedback(&mut self, feedback: &Feedback, now_us: i64) {
        if self.silence_us(now_us) > FORGET_US {
            self.on_route_change(now_us);
        }
        let (mut received, mut lost) = (0, 0);
        for &(seq, arrival_us) in &feedback.packets {
            match self.history.settle(seq, arrival_us.is_some()) {
                Outcome::Received { packet, was_lost } => {
                    if was_lost {
                        self.loss.recover();
                    }
                    received += 1;
                    self.on_received(packet, arrival_us.unwrap_or(0), was_lost, now_us);
                }
                Outcome::Lost { packet } => {
                    lost += 1;
                    self.on_probe_settled(packet, None, now_us);
                }
                Outcome::Ignored => {}
            }
        }
        if received == 0 && lost == 0 {
            return;
        }
        self.feedback_us = Some(now_us);
        self.waiting_us = None;
        self.loss.count(received, lost, self.context(now_us));
        let throughput = self.delivered.throughput();
        let usage = match throughput {
            Some(seen) if seen.is_overwhelmed() => Usage::Over,
            _ => self.delay.usage(),
        };
        self.is_tried |= usage == Usage::Over;
        self.rate.update(usage, throughput, self.round_trip_us, now_us);
    }

    /// A receiver report told which fraction (0 to 1) was lost. Used only while no transport
    /// feedback comes.
    pub fn on_loss(&mut self, fraction: f64, now_us: i64) {
        let is_fresh = self.feedback_us.is_some_and(|at| now_us.saturating_sub(at) < FRESH_US);
        if is_fresh || !fraction.is_finite() {
            return;
        }
        let passed = self.reported_us.map_or(0, |at| now_us.saturating_sub(at));
        self.reported_us = Some(now_us);
        self.loss.report(fraction, passed, self.context(now_us));
    }

    /// A round trip was measured, in milliseconds.
    pub fn on_round_trip(&mut self, ms: u32) {
        self.round_trip_us = (i64::from(ms) * 1_000).clamp(1_000, LONGEST_ROUND_TRIP_US);
    }

    /// The client moved to another network: what was learned of the old one does not hold any more.
    pub fn on_route_change(&mut self, now_us: i64) {
        let start = self.bitrate_bps(now_us).min(self.config.start_bps);
        self.delivered = Delivered::default();
        self.delay = DelayDetector::default();
        self.rate = RateControl::new(self.config, start as f64);
        self.loss = LossBound::new(self.config);
        self.prober = Prober::new(self.config);
        self.waiting_us = None;
        (self.began_us, self.is_tried) = (None, false);
    }

    /// What all streams of this subscriber would take at their best, bits a second. Nothing is
    /// probed beyond it.
    pub fn set_wanted(&mut self, bps: u64) {
        self.wanted_bps = bps as f64;
    }

    /// What the way carries, bits a second, everything included that carries a transport sequence.
    pub fn bitrate_bps(&self, now_us: i64) -> u64 {
        let excess = self.silence_us(now_us).saturating_sub(SILENCE_US);
        if excess <= 0 {
            return self.config.clamp(self.unhindered()) as u64;
        }
        let halvings = excess as f64 / HALVING_US;
        self.config.clamp(self.unhindered() * 0.5_f64.powf(halvings)) as u64
    }

    /// What a first picture may take, bits a second. Where a fresh connection starts is a guess, and a
    /// picture that is held back for it shows nothing of the way: until that shows something itself, as
    /// much is tried as the first probe would. Afterwards this is the estimate.
    pub fn trial_bps(&self, now_us: i64) -> u64 {
        let estimate = self.bitrate_bps(now_us);
        let is_over = self.began_us.is_some_and(|at| now_us.saturating_sub(at) >= TRIAL_US);
        let is_lossy = self.loss.bound() < self.rate.rate();
        if self.is_tried || is_over || is_lossy {
            return estimate;
        }
        self.config.clamp(estimate as f64 * FIRST_FACTOR) as u64
    }

    /// A burst that should be sent now, if one is due. Ask after every feedback and at least ten
    /// times a second.
    pub fn probe(&mut self, now_us: i64) -> Option<Probe> {
        // A burst is for a way of which something is known, and which is not drawing our packets
        // out already.
        let is_easy = self.delivered.throughput().is_some_and(|seen| !seen.is_stretched());
        if self.silence_us(now_us) > SILENCE_US || !is_easy {
            return None;
        }
        self.prober.next(Situation {
            estimate_bps: self.unhindered(),
            wanted_bps: self.wanted_bps,
            is_overused: self.delay.usage() == Usage::Over,
            decreased_us: self.rate.decreased_us(),
            now_us,
        })
    }

    fn unhindered(&self) -> f64 {
        self.rate.rate().min(self.loss.bound())
    }

    /// How long we have waited for feedback; 0 for a client that has never sent any.
    fn silence_us(&self, now_us: i64) -> i64 {
        match (self.feedback_us, self.waiting_us) {
            (Some(_), Some(since)) => now_us.saturating_sub(since),
            _ => 0,
        }
    }

    fn on_received(&mut self, packet: Sent, arrival_us: i64, was_lost: bool, now_us: i64) {
        self.delivered.push(packet.sent_us, arrival_us, packet.bytes);
        self.on_probe_settled(packet, Some(arrival_us).filter(|_| !was_lost), now_us);
        // A probe overfills the way on purpose; that queue is no sign that the media is too much.
        if packet.probe.is_none() {
            self.delay.on_packet(packet.sent_us, arrival_us);
        }
    }

    fn on_probe_settled(&mut self, packet: Sent, arrival_us: Option<i64>, now_us: i64) {
        let Some(id) = packet.probe else { return };
        let proven = self.prober.on_settled(id, packet.bytes, arrival_us, now_us);
        if let Some(bps) = proven.filter(|_| self.delay.usage() != Usage::Over) {
            self.is_tried = true;
            self.rate.raise_to(bps);
            self.loss.raise_to(bps);
        }
    }

    fn context(&self, now_us: i64) -> Context {
        Context {
            estimate_bps: self.unhindered(),
            sent_bps: self.sent_rate.at(now_us),
            delivered_bps: self.delivered.throughput().map_or(0.0, |seen| seen.acked_bps),
            round_trip_us: self.round_trip_us,
            now_us,
        }
    }
}
