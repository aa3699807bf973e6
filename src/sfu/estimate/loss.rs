//! The bound that losses set.
//!
//! Owns: the smoothed loss, and the belief how much of it has nothing to do with our rate.
//! Invariant: losses alone never push the bound below what demonstrably arrives.
//! Does not: look at delay.
//!
//! draft-ietf-rmcat-gcc-02 section 6 lowers the rate whenever more than a tenth is lost. On a radio
//! link that loses a fifth whatever is sent, that ends at the floor and helps nobody. So every cut
//! is also an experiment: a bottleneck that was passed predicts that the loss shrinks with the
//! rate, a bad link that it stays. When it stayed, that much loss is taken as given, and only what
//! exceeds it counts.

use super::Config;

/// Losses above this call for less, below the other for more.
const HIGH: f64 = 0.10;
const LOW: f64 = 0.02;
/// Growth a second while nothing is lost.
const GROWTH: f64 = 1.08;
/// Weight of a new sample in the smoothed loss.
const WEIGHT: f64 = 0.3;
/// A sample has at least so many packets…
const SAMPLE_PACKETS: u32 = 25;
/// …and spans at least this time.
const SAMPLE_US: i64 = 250_000;
/// Pause between two cuts, besides a round trip.
const CUT_US: i64 = 300_000;
/// The rate must have fallen to this share before the experiment is read…
const TRIAL_SHARE: f64 = 0.75;
/// …the network gets this long to show it, …
const SETTLE_US: i64 = 500_000;
/// …and it is read over this long and so many packets.
const READ_US: i64 = 1_000_000;
const READ_PACKETS: u32 = 40;
/// Nobody is believed to lose more than this without our doing.
const MOST_INHERENT: f64 = 0.30;
/// A cut never goes below this share of what arrives.
const DELIVERED_SHARE: f64 = 0.95;

/// What a sample of losses belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context {
    /// The estimate in force, bits a second.
    pub(super) estimate_bps: f64,
    /// What is sent, bits a second.
    pub(super) sent_bps: f64,
    /// What arrives, bits a second.
    pub(super) delivered_bps: f64,
    /// Round trip.
    pub(super) round_trip_us: i64,
    /// Now.
    pub(super) now_us: i64,
}

/// The loss-based bound.
#[derive(Debug)]
pub(super) struct LossBound {
    bounds: Config,
    bound: f64,
    received: u32,
    lost: u32,
    since_us: Option<i64>,
    smoothed: f64,
    /// Loss that does not depend on our rate.
    inherent: f64,
    trial: Option<Trial>,
    cut_us: Option<i64>,
}

/// A cut under observation.
#[derive(Debug, Clone, Copy)]
struct Trial {
    bound: f64,
    sent_bps: f64,
    loss: f64,
    reading: Option<Reading>,
}

#[derive(Debug, Clone, Copy)]
struct Reading {
    from_us: i64,
    received: u32,
    lost: u32,
    sent_bps: f64,
}

impl LossBound {
    /// No bound but the cap.
    pub(super) fn new(bounds: Config) -> Self {
        LossBound {
            bounds,
            bound: bounds.cap_bps as f64,
            received: 0,
            lost: 0,
            since_us: None,
            smoothed: 0.0,
            inherent: 0.0,
            trial: None,
            cut_us: None,
        }
    }

    /// Bits a second.
    pub(super) fn bound(&self) -> f64 {
        self.bound
    }

    /// A probe came through at this rate.
    pub(super) fn raise_to(&mut self, bps: f64) {
        self.bound = self.bounds.clamp(self.bound.max(bps));
    }

    /// Counts settled packets; judges when there are enough.
    pub(super) fn count(&mut self, received: u32, lost: u32, context: Context) {
        self.received = self.received.saturating_add(received);
        self.lost = self.lost.saturating_add(lost);
        let since = *self.since_us.get_or_insert(context.now_us);
        let passed = context.now_us.saturating_sub(since);
        if self.received.saturating_add(self.lost) < SAMPLE_PACKETS || passed < SAMPLE_US {
            return;
        }
        let (received, lost) = (self.received, self.lost);
        (self.received, self.lost, self.since_us) = (0, 0, Some(context.now_us));
        self.sample(received, lost, passed, context);
    }

    /// A packet that had been counted as lost arrived after all.
    pub(super) fn recover(&mut self) {
        self.lost = self.lost.saturating_sub(1);
    }

    /// A fraction reported by other means, over `passed_us`.
    pub(super) fn report(&mut self, fraction: f64, passed_us: i64, context: Context) {
        let lost = (fraction.clamp(0.0, 1.0) * 100.0).round();
        self.sample((100.0 - lost) as u32, lost as u32, passed_us, context);
    }

    fn sample(&mut self, received: u32, lost: u32, passed_us: i64, context: Context) {
        let loss = f64::from(lost) / f64::from((received.saturating_add(lost)).max(1));
        self.smoothed += WEIGHT * (loss - self.smoothed);
        if self.smoothed < self.inherent {
            self.inherent += WEIGHT * (self.smoothed - self.inherent);
        }
        self.read(received, lost, context);
        let ours = self.ours(self.smoothed);
        if ours > HIGH {
            self.cut(ours, context);
        } else if ours < LOW {
            self.trial = None;
            let seconds = passed_us.clamp(0, 1_000_000) as f64 / 1e6;
            self.bound = self.bounds.clamp(self.bound * GROWTH.powf(seconds));
        }
    }

    /// The share of the loss that may be of our own making.
    fn ours(&self, loss: f64) -> f64 {
        ((loss - self.inherent) / (1.0 - self.inherent)).max(0.0)
    }

    fn cut(&mut self, ours: f64, context: Context) {
        let trial = self.trial.get_or_insert(Trial {
            bound: self.bound.min(context.estimate_bps),
            sent_bps: context.sent_bps,
            loss: self.smoothed,
            reading: None,
        });
        if trial.reading.is_some() {
            return;
        }
        // The smoothed loss lags behind, so its peak is what belongs to the rate before the cut.
        trial.loss = trial.loss.max(self.smoothed);
        if context.sent_bps <= TRIAL_SHARE * trial.sent_bps {
            let from_us = context.now_us.saturating_add(SETTLE_US);
            trial.reading =
                Some(Reading { from_us, received: 0, lost: 0, sent_bps: context.sent_bps });
            return;
        }
        let pause_us = CUT_US.saturating_add(context.round_trip_us);
        if self.cut_us.is_some_and(|at| context.now_us.saturating_sub(at) < pause_us) {
            return;
        }
        let now = self.bound.min(context.estimate_bps);
        let lowered = (now * (1.0 - 0.5 * ours)).max(DELIVERED_SHARE * context.delivered_bps);
        self.bound = self.bounds.clamp(lowered.min(now));
        self.cut_us = Some(context.now_us);
    }

    /// Reads the experiment once it has run long enough.
    fn read(&mut self, received: u32, lost: u32, context: Context) {
        let Some(trial) = &mut self.trial else { return };
        let Some(reading) = &mut trial.reading else { return };
        if context.now_us < reading.from_us {
            return;
        }
        reading.received = reading.received.saturating_add(received);
        reading.lost = reading.lost.saturating_add(lost);
        let packets = reading.received.saturating_add(reading.lost);
        if context.now_us.saturating_sub(reading.from_us) < READ_US || packets < READ_PACKETS {
            return;
        }
        let loss = f64::from(reading.lost) / f64::from(packets.max(1));
        let sent_bps = reading.sent_bps;
        let passed_bottleneck = trial.loss_if_passed(sent_bps);
        let is_inherent = loss > (trial.loss + passed_bottleneck) / 2.0
            && trial.loss - passed_bottleneck > HIGH / 2.0;
        let bound = trial.bound;
        self.trial = None;
        self.smoothed = loss;
        if is_inherent {
            self.inherent = loss.min(MOST_INHERENT);
            if self.ours(loss) < HIGH {
                self.bound = self.bounds.clamp(bound);
            }
        }
    }
}

impl Trial {
    /// The loss to expect at `sent_bps` if before the cut a bottleneck had thrown away what it
    /// could not carry.
    fn loss_if_passed(&self, sent_bps: f64) -> f64 {
        let carried = self.sent_bps * (1.0 - self.loss);
        (1.0 - carried / sent_bps.max(1.0)).clamp(0.0, 1.0)
    }
}
