//! Short bursts above the estimate that show whether more would come through.
//!
//! Owns: when to probe, how much, and what a probe has shown. Invariant: at most one probe is under
//! way, and none while the queue grows or when nobody could use what it might find.
//! Does not: send anything; the sender fills a probe with padding and whatever else it has to send.

use super::Config;

/// A probe lasts about this long…
const LENGTH_US: f64 = 20_000.0;
/// …but has at least so many bytes, enough for five small packets.
const LEAST_BYTES: f64 = 2_500.0;
/// The sender must have sent a probe, and heard of it, within this time.
const PATIENCE_US: i64 = 2_000_000;
/// Pause between probes; doubled after each one that finds nothing, up to the second value.
const PAUSE_US: (i64, i64) = (5_000_000, 40_000_000);
/// How far the first probe of a connection aims above the estimate, and later ones.
pub(super) const FIRST_FACTOR: f64 = 3.0;
const FACTOR: f64 = 2.0;
/// A probe that reaches this share of its rate is followed by a higher one at once.
const FOLLOW: f64 = 0.7;
/// No probes so soon after the rate was lowered.
const REST_US: i64 = 1_000_000;
/// An estimate that has fallen to this share since the last probe asks for a new one soon.
const FALLEN: f64 = 0.66;
/// Share of a probe's packets and bytes that must be received.
const LEAST_RECEIVED: f64 = 0.8;
/// Received faster than sent by more than this: the burst was held and let go, which measures
/// nothing.
const BUNCHED: f64 = 2.0;
/// A receive rate below this share of the send rate shows the limit itself; of that a little less
/// is used.
const LIMIT: f64 = 0.9;
const BELOW_LIMIT: f64 = 0.95;

/// A burst to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// The rate at which the sender should send until `bytes` have left, in bits a second.
    pub bitrate_bps: u64,
    /// How much, media included.
    pub bytes: usize,
}

/// What decides whether to probe.
#[derive(Debug, Clone, Copy)]
pub(super) struct Situation {
    /// The estimate in force, bits a second.
    pub(super) estimate_bps: f64,
    /// What all streams would take at their best, bits a second.
    pub(super) wanted_bps: f64,
    /// The delay says that the queue grows.
    pub(super) is_overused: bool,
    /// When the estimate was last lowered.
    pub(super) decreased_us: Option<i64>,
    /// Now.
    pub(super) now_us: i64,
}

/// The schedule of probes and the one under way.
#[derive(Debug)]
pub(super) struct Prober {
    bounds: Config,
    factor: f64,
    next_us: Option<i64>,
    pause_us: i64,
    /// The estimate at the last probe.
    probed_bps: f64,
    running: Option<Cluster>,
    last_id: u32,
}

/// The packets of one probe.
#[derive(Debug, Default)]
struct Cluster {
    id: u32,
    rate: f64,
    target_bytes: usize,
    issued_us: i64,
    sent: Leg,
    received: Leg,
    settled: u32,
}

/// One end's view of a burst.
#[derive(Debug, Default)]
struct Leg {
    packets: u32,
    bytes: usize,
    first_us: i64,
    last_us: i64,
    first_bytes: usize,
    last_bytes: usize,
}

impl Prober {
    /// Ready to probe at once.
    pub(super) fn new(bounds: Config) -> Self {
        Prober {
            bounds,
            factor: FIRST_FACTOR,
            next_us: None,
            pause_us: PAUSE_US.0,
            probed_bps: 0.0,
            running: None,
            last_id: 0,
        }
    }

    /// The probe that should be sent now, if any. Each one is returned once.
    pub(super) fn next(&mut self, situation: Situation) -> Option<Probe> {
        let now_us = situation.now_us;
        if let Some(cluster) = &self.running {
            if now_us.saturating_sub(cluster.issued_us) < PATIENCE_US {
                return None;
            }
            self.running = None;
            self.put_off(now_us);
        }
        if situation.estimate_bps < FALLEN * self.probed_bps {
            // A new situation: earlier probes that found nothing say nothing of it.
            self.probed_bps = situation.estimate_bps;
            self.pause_us = PAUSE_US.0;
            self.next_us = Some(now_us.saturating_add(self.pause_us));
        }
        let rests = situation.decreased_us.is_some_and(|at| now_us.saturating_sub(at) < REST_US);
        let is_due = self.next_us.is_none_or(|at| now_us >= at);
        let is_useful = situation.estimate_bps < situation.wanted_bps;
        if rests || !is_due || !is_useful || situation.is_overused {
            return None;
        }
        // Twice what is wanted would only fill the way with padding.
        let most = situation.wanted_bps * 1.2;
        let rate = self.bounds.clamp((situation.estimate_bps * self.factor).min(most));
        if rate <= situation.estimate_bps {
            return None;
        }
        self.factor = FACTOR;
        self.probed_bps = situation.estimate_bps;
        Some(self.start(rate, now_us))
    }

    fn start(&mut self, rate: f64, now_us: i64) -> Probe {
        let bytes = (rate * LENGTH_US / 8e6).max(LEAST_BYTES).ceil() as usize;
        self.last_id = self.last_id.wrapping_add(1);
        self.running = Some(Cluster {
            id: self.last_id,
            rate,
            target_bytes: bytes,
            issued_us: now_us,
            ..Cluster::default()
        });
        Probe { bitrate_bps: rate as u64, bytes }
    }

    /// Takes a packet into the running probe while that still lacks bytes; returns the probe's
    /// number.
    pub(super) fn on_sent(&mut self, bytes: usize, now_us: i64) -> Option<u32> {
        let cluster = self.running.as_mut()?;
        if cluster.sent.bytes >= cluster.target_bytes {
            return None;
        }
        cluster.sent.push(bytes, now_us);
        Some(cluster.id)
    }

    /// A packet of a probe was received (`Some` arrival) or lost. Returns the rate that the probe
    /// has proven, once.
    pub(super) fn on_settled(
        &mut self,
        id: u32,
        bytes: usize,
        arrival_us: Option<i64>,
        now_us: i64,
    ) -> Option<f64> {
        let cluster = self.running.as_mut().filter(|cluster| cluster.id == id)?;
        cluster.settled += 1;
        if let Some(at) = arrival_us {
            cluster.received.push(bytes, at);
        }
        let is_sent = cluster.sent.bytes >= cluster.target_bytes;
        if !is_sent || cluster.settled < cluster.sent.packets {
            return None;
        }
        let (proven, aim) = (cluster.proven(), cluster.rate);
        self.running = None;
        self.put_off(now_us);
        if proven.is_some_and(|bps| bps >= FOLLOW * aim) {
            self.pause_us = PAUSE_US.0;
            self.next_us = Some(now_us);
        }
        proven
    }

    fn put_off(&mut self, now_us: i64) {
        self.next_us = Some(now_us.saturating_add(self.pause_us));
        self.pause_us = self.pause_us.saturating_mul(2).min(PAUSE_US.1);
    }
}

impl Cluster {
    fn proven(&self) -> Option<f64> {
        let enough_packets =
            f64::from(self.received.packets) >= LEAST_RECEIVED * f64::from(self.sent.packets);
        let enough_bytes = self.received.bytes as f64 >= LEAST_RECEIVED * self.sent.bytes as f64;
        if !enough_packets || !enough_bytes || self.received.packets < 3 {
            return None;
        }
        // The last packet's bits leave after the send interval, the first one's arrive before the
        // receive interval.
        let sent = self.sent.rate(self.sent.last_bytes)?;
        let received = self.received.rate(self.received.first_bytes)?;
        if received > BUNCHED * sent {
            return None;
        }
        Some(if received < LIMIT * sent { BELOW_LIMIT * received } else { sent.min(received) })
    }
}

impl Leg {
    fn push(&mut self, bytes: usize, at_us: i64) {
        if self.packets == 0 || at_us < self.first_us {
            self.first_us = at_us;
            self.first_bytes = bytes;
        }
        if self.packets == 0 || at_us >= self.last_us {
            self.last_us = at_us;
            self.last_bytes = bytes;
        }
        self.packets += 1;
        self.bytes += bytes;
    }

    /// Bits a second over the interval, without one packet at its edge; `None` when it took no
    /// time.
    fn rate(&self, without: usize) -> Option<f64> {
        let passed = self.last_us.saturating_sub(self.first_us);
        (passed > 0).then(|| self.bytes.saturating_sub(without) as f64 * 8e6 / passed as f64)
    }
}
