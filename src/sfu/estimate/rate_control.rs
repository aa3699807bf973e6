//! From the state of the queue to a rate: additive or multiplicative increase, multiplicative
//! decrease.
//!
//! Owns: the delay-based rate and the memory of where the bottleneck was (draft-ietf-rmcat-gcc-02
//! section 5.5).
//! Invariant: the rate is raised only as far as what arrived bears out, and an application that
//! sends little loses nothing by it.
//! Does not: look at losses or probes.

use super::Config;
use super::history::Throughput;
use super::trendline::Usage;

/// Share of the delivered rate that is kept when the queue grows.
const BETA: f64 = 0.85;
/// Growth a second while nothing is known of the bottleneck.
const GROWTH: f64 = 1.08;
/// Slowest growth near a known bottleneck, bits a second each second.
const SLOWEST_BPS: f64 = 4_000.0;
/// How far above the delivered rate the estimate may be raised: a factor and a constant.
const HEADROOM: (f64, f64) = (1.5, 10_000.0);
/// Below this share of the estimate the application, not the network, sets the pace.
const APP_LIMITED: f64 = 0.65;
/// Wait between two decreases that only a trembling delay asks for.
const TREMBLE_US: i64 = 1_000_000;

/// The delay-based rate.
#[derive(Debug)]
pub(super) struct RateControl {
    rate: f64,
    bounds: Config,
    is_holding: bool,
    updated_us: Option<i64>,
    decreased_us: Option<i64>,
    bottleneck: Bottleneck,
}

impl RateControl {
    /// Begins at `start_bps`.
    pub(super) fn new(bounds: Config, start_bps: f64) -> Self {
        RateControl {
            rate: bounds.clamp(start_bps),
            bounds,
            is_holding: false,
            updated_us: None,
            decreased_us: None,
            bottleneck: Bottleneck::default(),
        }
    }

    /// Bits a second.
    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    /// When the rate was last lowered.
    pub(super) fn decreased_us(&self) -> Option<i64> {
        self.decreased_us
    }

    /// A probe has shown that the way carries this much.
    pub(super) fn raise_to(&mut self, bps: f64) {
        if bps > self.rate {
            self.rate = self.bounds.clamp(bps);
            self.bottleneck = Bottleneck::default();
        }
    }

    /// One round of feedback.
    pub(super) fn update(
        &mut self,
        usage: Usage,
        throughput: Option<Throughput>,
        round_trip_us: i64,
        now_us: i64,
    ) {
        let passed_us = self.updated_us.map_or(0, |at| now_us.saturating_sub(at));
        self.updated_us = Some(now_us);
        match usage {
            Usage::Over => self.decrease(throughput, round_trip_us, now_us),
            // The queue that we built drains; whoever grows now fills it again.
            Usage::Under => self.is_holding = true,
            Usage::Normal if self.is_holding => self.is_holding = false,
            Usage::Normal => {
                let seconds = passed_us.clamp(0, 1_000_000) as f64 / 1e6;
                self.increase(throughput, round_trip_us, seconds);
            }
        }
    }

    fn increase(&mut self, throughput: Option<Throughput>, round_trip_us: i64, seconds: f64) {
        let Some(seen) = throughput else { return };
        if self.bottleneck.is_exceeded_by(seen.acked_bps) {
            self.bottleneck = Bottleneck::default();
        }
        let raised = if self.bottleneck.is_known() {
            self.rate + self.packets_per_response(round_trip_us) * seconds
        } else {
            self.rate * GROWTH.powf(seconds)
        };
        let borne_out = HEADROOM.0 * seen.acked_bps + HEADROOM.1;
        self.rate = self.bounds.clamp(raised.min(borne_out).max(self.rate));
    }

    /// Bits a second each second: one packet in the time in which we would notice that it was too
    /// much.
    fn packets_per_response(&self, round_trip_us: i64) -> f64 {
        let frame_bits = self.rate / 30.0;
        let packets = (frame_bits / 9_600.0).ceil().max(1.0);
        let response_s = round_trip_us as f64 / 1e6 + 0.1;
        (frame_bits / packets / response_s).max(SLOWEST_BPS)
    }

    fn decrease(&mut self, throughput: Option<Throughput>, round_trip_us: i64, now_us: i64) {
        self.is_holding = true;
        let since_us = self.decreased_us.map_or(i64::MAX, |at| now_us.saturating_sub(at));
        let at_limit = throughput
            .filter(|seen| seen.is_stretched() || seen.acked_bps >= APP_LIMITED * self.rate);
        let lowered = match at_limit {
            Some(seen) => {
                let is_far_off = seen.acked_bps < 0.5 * self.rate;
                if since_us < round_trip_us.clamp(50_000, 250_000) && !is_far_off {
                    return;
                }
                self.bottleneck.learn(seen.acked_bps);
                BETA * seen.acked_bps
            }
            // Little was sent and it came through as it was sent. The delay trembles for another
            // reason, so this says nothing about where the limit is, only that one should be
            // careful.
            None if since_us < TREMBLE_US => return,
            None => (BETA * self.rate).max(throughput.map_or(0.0, |seen| seen.acked_bps)),
        };
        if lowered < self.rate {
            self.rate = self.bounds.clamp(lowered);
            self.decreased_us = Some(now_us);
        }
    }
}

/// Where the queue began to grow, kbit/s, as a mean with a deviation.
#[derive(Debug, Default)]
struct Bottleneck {
    mean_kbps: Option<f64>,
    /// Variance divided by the mean.
    spread: f64,
}

impl Bottleneck {
    const WEIGHT: f64 = 0.05;
    const SPREAD: (f64, f64) = (0.4, 2.5);

    fn is_known(&self) -> bool {
        self.mean_kbps.is_some()
    }

    fn margin_kbps(&self) -> f64 {
        3.0 * (self.spread * self.mean_kbps.unwrap_or(0.0)).sqrt()
    }

    fn is_exceeded_by(&self, bps: f64) -> bool {
        self.mean_kbps.is_some_and(|mean| bps / 1e3 > mean + self.margin_kbps())
    }

    fn learn(&mut self, bps: f64) {
        let kbps = bps / 1e3;
        let known = self.mean_kbps.filter(|mean| (kbps - mean).abs() <= self.margin_kbps());
        let Some(mean) = known else {
            *self = Bottleneck { mean_kbps: Some(kbps), spread: Self::SPREAD.0 };
            return;
        };
        let next = mean + Self::WEIGHT * (kbps - mean);
        let error = (next - kbps).powi(2) / next.max(1.0);
        let spread = self.spread + Self::WEIGHT * (error - self.spread);
        self.spread = spread.clamp(Self::SPREAD.0, Self::SPREAD.1);
        self.mean_kbps = Some(next);
    }
}
