//! Does the queue in the network grow? The delay part of the estimate.
//!
//! Owns: packet groups, the trend of the one-way delay and the detector with its adaptive
//! threshold, after draft-ietf-rmcat-gcc-02 sections 5.2 to 5.4, with a regression line in the
//! place of the Kalman filter.
//! Invariant: only differences of times are used, so the two clocks need not agree.
//! Does not: know any bit rate.

use std::collections::VecDeque;

/// Packets that leave within this time are one group: pacing and video frames send in bursts.
const BURST_US: i64 = 5_000;
/// A group that keeps arriving in one burst is closed after this time all the same.
const LONGEST_GROUP_US: i64 = 100_000;
/// A delay that jumps by more than this is a new clock or a new path and not a queue.
const JUMP_US: i64 = 3_000_000;
/// So many groups in the wrong order mean that the receiver's clock was set back.
const REORDERED_GROUPS: u32 = 3;
/// Points of the regression.
const POINTS: usize = 20;
/// Weight of the past in the smoothed delay.
const SMOOTHING: f64 = 0.9;
/// The slope is scaled by this and by the number of differences, up to [`MOST_DELTAS`], before it
/// is compared.
const GAIN: f64 = 4.0;
const MOST_DELTAS: f64 = 60.0;
/// The trend must stand above the threshold for this long.
const OVERUSE_MS: f64 = 10.0;
/// Least, first and greatest threshold.
const THRESHOLD_MS: (f64, f64, f64) = (6.0, 12.5, 600.0);
/// How fast the threshold follows a trend above it, and one below, per millisecond.
const RISE: f64 = 0.0087;
const FALL: f64 = 0.039;
/// A peak this far above the threshold does not teach it.
const OUTLIER_MS: f64 = 15.0;

/// What the delay says of the bottleneck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Usage {
    /// The queue stands still.
    #[default]
    Normal,
    /// The queue grows: more comes in than goes out.
    Over,
    /// The queue drains.
    Under,
}

/// From send and arrival times to [`Usage`].
#[derive(Debug, Default)]
pub(super) struct DelayDetector {
    groups: Groups,
    trend: Trend,
    detector: Detector,
}

impl DelayDetector {
    /// One received packet, in the order of sending.
    pub(super) fn on_packet(&mut self, sent_us: i64, arrival_us: i64) {
        match self.groups.push(sent_us, arrival_us) {
            Step::Same => {}
            Step::Reset => {
                self.trend = Trend::default();
                self.detector.rest();
            }
            Step::Next { send_ms, arrival_ms, at_ms } => {
                if let Some(slope) = self.trend.push(arrival_ms - send_ms, at_ms) {
                    let trend = self.trend.deltas * slope * GAIN;
                    self.detector.detect(trend, send_ms, at_ms);
                }
            }
        }
    }

    /// The present verdict.
    pub(super) fn usage(&self) -> Usage {
        self.detector.usage
    }
}

#[derive(Debug, Clone, Copy)]
struct Group {
    first_sent: i64,
    last_sent: i64,
    first_arrival: i64,
    last_arrival: i64,
}

impl Group {
    fn of(sent: i64, arrival: i64) -> Self {
        Group { first_sent: sent, last_sent: sent, first_arrival: arrival, last_arrival: arrival }
    }

    /// Sent in one burst, or held somewhere on the way and let go in one burst.
    fn takes(&self, sent: i64, arrival: i64) -> bool {
        if sent.saturating_sub(self.first_sent) <= BURST_US {
            return true;
        }
        let send_delta = sent.saturating_sub(self.last_sent);
        let arrival_delta = arrival.saturating_sub(self.last_arrival);
        arrival_delta <= BURST_US
            && arrival_delta < send_delta
            && arrival.saturating_sub(self.first_arrival) < LONGEST_GROUP_US
    }
}

#[derive(Debug, Default)]
struct Groups {
    previous: Option<Group>,
    current: Option<Group>,
    reordered: u32,
}

enum Step {
    Same,
    Next { send_ms: f64, arrival_ms: f64, at_ms: f64 },
    Reset,
}

impl Groups {
    fn push(&mut self, sent: i64, arrival: i64) -> Step {
        let fresh = Group::of(sent, arrival);
        let Some(current) = &mut self.current else {
            self.current = Some(fresh);
            return Step::Same;
        };
        if sent < current.first_sent {
            return Step::Same;
        }
        if current.takes(sent, arrival) {
            current.last_sent = current.last_sent.max(sent);
            current.last_arrival = current.last_arrival.max(arrival);
            return Step::Same;
        }
        let done = *current;
        self.close(done, fresh)
    }

    /// Compares a finished group with the one before it.
    fn close(&mut self, done: Group, fresh: Group) -> Step {
        self.current = Some(fresh);
        let Some(previous) = self.previous else {
            self.previous = Some(done);
            return Step::Same;
        };
        let send_us = done.last_sent.saturating_sub(previous.last_sent);
        let arrival_us = done.last_arrival.saturating_sub(previous.last_arrival);
        let is_jump = arrival_us.saturating_sub(send_us).saturating_abs() > JUMP_US;
        self.reordered = if arrival_us < 0 { self.reordered + 1 } else { 0 };
        if is_jump || self.reordered >= REORDERED_GROUPS {
            *self = Groups { current: Some(fresh), ..Groups::default() };
            return Step::Reset;
        }
        if arrival_us < 0 {
            return Step::Same;
        }
        self.previous = Some(done);
        Step::Next {
            send_ms: send_us as f64 / 1e3,
            arrival_ms: arrival_us as f64 / 1e3,
            at_ms: done.last_arrival as f64 / 1e3,
        }
    }
}

/// A regression line through the smoothed sum of the delay differences.
#[derive(Debug, Default)]
struct Trend {
    deltas: f64,
    sum_ms: f64,
    smoothed_ms: f64,
    points: VecDeque<(f64, f64)>,
}

impl Trend {
    /// Milliseconds of delay gained per millisecond; `None` until there are enough points.
    fn push(&mut self, delay_ms: f64, at_ms: f64) -> Option<f64> {
        self.deltas = (self.deltas + 1.0).min(MOST_DELTAS);
        self.sum_ms += delay_ms;
        self.smoothed_ms = SMOOTHING * self.smoothed_ms + (1.0 - SMOOTHING) * self.sum_ms;
        self.points.push_back((at_ms, self.smoothed_ms));
        if self.points.len() > POINTS {
            self.points.pop_front();
        }
        if self.points.len() < POINTS { None } else { self.slope() }
    }

    fn slope(&self) -> Option<f64> {
        let n = self.points.len() as f64;
        let (x, y) = self.points.iter().fold((0.0, 0.0), |(x, y), p| (x + p.0 / n, y + p.1 / n));
        let (above, below) = self.points.iter().fold((0.0, 0.0), |(above, below), p| {
            (above + (p.0 - x) * (p.1 - y), below + (p.0 - x) * (p.0 - x))
        });
        (below > 0.0).then(|| above / below)
    }
}

/// Over-use detector, section 5.4 of the draft.
#[derive(Debug)]
struct Detector {
    usage: Usage,
    threshold_ms: f64,
    over_ms: f64,
    over_count: u32,
    last_trend: f64,
    last_at_ms: Option<f64>,
}

impl Default for Detector {
    fn default() -> Self {
        Detector {
            usage: Usage::Normal,
            threshold_ms: THRESHOLD_MS.1,
            over_ms: 0.0,
            over_count: 0,
            last_trend: 0.0,
            last_at_ms: None,
        }
    }
}

impl Detector {
    /// Forgets what is under way and keeps what the threshold has learned of this path.
    fn rest(&mut self) {
        *self = Detector { threshold_ms: self.threshold_ms, ..Detector::default() };
    }

    fn detect(&mut self, trend: f64, send_ms: f64, at_ms: f64) {
        if trend > self.threshold_ms {
            self.over_ms += if self.over_count == 0 { send_ms / 2.0 } else { send_ms };
            self.over_count += 1;
            if self.over_ms > OVERUSE_MS && self.over_count > 1 && trend >= self.last_trend {
                self.over_ms = 0.0;
                self.over_count = 0;
                self.usage = Usage::Over;
            }
        } else {
            self.over_ms = 0.0;
            self.over_count = 0;
            self.usage = if trend < -self.threshold_ms { Usage::Under } else { Usage::Normal };
        }
        self.last_trend = trend;
        self.adapt(trend.abs(), at_ms);
    }

    /// The threshold follows the trend slowly, so that a flow that fills queues beside us does not
    /// starve us.
    fn adapt(&mut self, trend: f64, at_ms: f64) {
        let passed = (at_ms - self.last_at_ms.unwrap_or(at_ms)).clamp(0.0, 100.0);
        self.last_at_ms = Some(at_ms);
        if trend > self.threshold_ms + OUTLIER_MS {
            return;
        }
        let speed = if trend < self.threshold_ms { FALL } else { RISE };
        let next = self.threshold_ms + speed * (trend - self.threshold_ms) * passed;
        self.threshold_ms = next.clamp(THRESHOLD_MS.0, THRESHOLD_MS.2);
    }
}
