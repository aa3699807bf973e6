//! A network told by seed: one bottleneck with a queue, random loss, and a subscriber that reports
//! every 50 ms.
//!
//! Everything is computed in steps of a millisecond, so a minute of network takes a moment and
//! every run is the same.

use super::{Config, Estimator, Feedback};
use std::collections::VecDeque;

const STEP_US: i64 = 1_000;
const ONE_WAY_US: i64 = 25_000;
const FEEDBACK_US: i64 = 50_000;
const AUDIO_US: i64 = 20_000;
const AUDIO_BYTES: usize = 110;
const VIDEO_BYTES: usize = 1_200;
const PADDING_BYTES: usize = 255;
/// The receiver's clock began at another moment than ours.
const CLOCK_OFFSET_US: i64 = 77_000_000_000;

/// One thing that happens, or one thing that must be true.
pub(super) enum Step {
    /// Time passes, seconds.
    Runs(f64),
    /// Time passes, and at every tenth of a second the estimate is within these kbit/s.
    Holds(f64, &'static str, (u64, u64)),
    /// The estimate is within these kbit/s now.
    Expects(&'static str, (u64, u64)),
    /// The bottleneck gets another capacity, kbit/s.
    Capacity(u64),
    /// This share of the packets is lost by chance.
    Loss(f64),
    /// Delay of a packet varies by up to so many milliseconds.
    Jitter(f64),
    /// The video that there is to send, kbit/s; it is never sent faster than the estimate allows.
    Video(u64),
    /// What the streams could use, kbit/s.
    Wants(u64),
    /// Feedback reaches us, or does not.
    FeedbackArrives(bool),
    /// Nothing arrives and nothing is heard of.
    Moves,
}

/// The world.
pub(super) struct Network {
    pub(super) estimator: Estimator,
    now_us: i64,
    capacity_bps: f64,
    queue_bytes: f64,
    free_us: f64,
    loss: f64,
    jitter_us: f64,
    video_bps: f64,
    feedback_arrives: bool,
    random: u64,
    seq: i64,
    credit: f64,
    probe: Option<(f64, usize)>,
    probe_credit: f64,
    on_the_way: VecDeque<(i64, i64)>,
    last_arrival_us: i64,
    reported: i64,
    feedback: VecDeque<(i64, Feedback)>,
    pub(super) lost_audio: u32,
    pub(super) audio: u32,
    pub(super) padding_bytes: usize,
}

impl Network {
    pub(super) fn new(capacity_kbps: u64, seed: u64) -> Self {
        Network {
            estimator: Estimator::new(Config::default()),
            now_us: 0,
            capacity_bps: capacity_kbps as f64 * 1e3,
            queue_bytes: 40_000.0,
            free_us: 0.0,
            loss: 0.0,
            jitter_us: 0.0,
            video_bps: 8e6,
            feedback_arrives: true,
            random: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            seq: 65_000,
            credit: 0.0,
            probe: None,
            probe_credit: 0.0,
            on_the_way: VecDeque::new(),
            last_arrival_us: 0,
            reported: 65_000,
            feedback: VecDeque::new(),
            lost_audio: 0,
            audio: 0,
            padding_bytes: 0,
        }
    }

    /// Leaves room for three packets in the queue.
    pub(super) fn shallow_queue(&mut self) {
        self.queue_bytes = 3.0 * VIDEO_BYTES as f64 + 100.0;
    }

    /// How long a packet would wait at the bottleneck now.
    pub(super) fn queue_ms(&self) -> f64 {
        (self.free_us - self.now_us as f64).max(0.0) / 1e3
    }
    /// Plays a story; panics with the description of the step that does not hold.
    pub(super) fn play(&mut self, steps: &[Step]) {
        for step in steps {
            match *step {
                Step::Runs(seconds) => self.run(seconds, |_| {}),
                Step::Holds(seconds, what, range) => self.run(seconds, |n| n.check(what, range)),
                Step::Expects(what, range) => self.check(what, range),
                Step::Capacity(kbps) => {
                    let next = kbps as f64 * 1e3;
                    let waiting = (self.free_us - self.now_us as f64).max(0.0);
                    self.free_us = self.now_us as f64 + waiting * self.capacity_bps / next;
                    self.capacity_bps = next;
                }
                Step::Loss(share) => self.loss = share,
                Step::Jitter(ms) => self.jitter_us = ms * 1e3,
                Step::Video(kbps) => self.video_bps = kbps as f64 * 1e3,
                Step::Wants(kbps) => self.estimator.set_wanted(kbps * 1_000),
                Step::FeedbackArrives(does) => self.feedback_arrives = does,
                Step::Moves => self.estimator.on_route_change(self.now_us),
            }
        }
    }

    pub(super) fn now_us(&self) -> i64 {
        self.now_us
    }

    pub(super) fn kbps(&self) -> u64 {
        self.estimator.bitrate_bps(self.now_us) / 1_000
    }

    fn check(&self, what: &str, (low, high): (u64, u64)) {
        let kbps = self.kbps();
        let at = self.now_us as f64 / 1e6;
        assert!((low..=high).contains(&kbps), "{at:.1} s, {what}: {kbps} kb/s");
    }

    fn run(&mut self, seconds: f64, mut every_tenth: impl FnMut(&Self)) {
        let end = self.now_us + (seconds * 1e6) as i64;
        while self.now_us < end {
            self.step();
            if self.now_us % 100_000 == 0 {
                every_tenth(self);
            }
        }
    }

    fn step(&mut self) {
        self.now_us += STEP_US;
        while self.feedback.front().is_some_and(|f| f.0 <= self.now_us) {
            if let Some((_, feedback)) = self.feedback.pop_front().filter(|_| self.feedback_arrives)
            {
                self.estimator.on_feedback(&feedback, self.now_us);
            }
        }
        if self.now_us % AUDIO_US == 0 {
            self.audio += 1;
            if !self.send(AUDIO_BYTES) {
                self.lost_audio += 1;
            }
        }
        self.send_probe();
        self.send_video();
        if self.now_us % FEEDBACK_US == 0 {
            self.report();
        }
    }

    fn send_video(&mut self) {
        let audio_bps = (AUDIO_BYTES * 8) as f64 * 1e6 / AUDIO_US as f64;
        let estimate = self.estimator.bitrate_bps(self.now_us) as f64;
        let rate = self.video_bps.min(estimate - audio_bps).max(0.0);
        self.credit = (self.credit + rate * STEP_US as f64 / 8e6).min(3.0 * VIDEO_BYTES as f64);
        while self.credit >= VIDEO_BYTES as f64 {
            self.credit -= VIDEO_BYTES as f64;
            self.send(VIDEO_BYTES);
        }
    }

    fn send_probe(&mut self) {
        if self.probe.is_none()
            && self.now_us % 10_000 == 0
            && let Some(probe) = self.estimator.probe(self.now_us)
        {
            self.probe = Some((probe.bitrate_bps as f64, probe.bytes));
            self.probe_credit = 0.0;
        }
        let Some((rate, mut left)) = self.probe else { return };
        self.probe_credit += rate * STEP_US as f64 / 8e6;
        while left > 0 && self.probe_credit >= PADDING_BYTES as f64 {
            self.probe_credit -= PADDING_BYTES as f64;
            left = left.saturating_sub(PADDING_BYTES);
            self.padding_bytes += PADDING_BYTES;
            self.send(PADDING_BYTES);
        }
        self.probe = (left > 0).then_some((rate, left));
    }

    /// Through the queue and over the way; false when it was lost.
    fn send(&mut self, bytes: usize) -> bool {
        let seq = self.seq;
        self.seq += 1;
        self.estimator.on_sent((seq % 65_536) as u16, bytes, self.now_us);
        let now = self.now_us as f64;
        let waiting = (self.free_us - now).max(0.0) * self.capacity_bps / 8e6;
        if waiting + bytes as f64 > self.queue_bytes {
            return false;
        }
        self.free_us = self.free_us.max(now) + bytes as f64 * 8e6 / self.capacity_bps;
        if self.chance() < self.loss {
            return false;
        }
        let jitter = self.chance() * self.jitter_us;
        let arrival = (self.free_us + jitter) as i64 + ONE_WAY_US;
        self.last_arrival_us = self.last_arrival_us.max(arrival);
        self.on_the_way.push_back((seq, self.last_arrival_us));
        true
    }

    fn report(&mut self) {
        let mut packets = Vec::new();
        while let Some(&(seq, at)) = self.on_the_way.front().filter(|p| p.1 <= self.now_us) {
            self.on_the_way.pop_front();
            for missing in self.reported..seq {
                packets.push(((missing % 65_536) as u16, None));
            }
            self.reported = seq + 1;
            let ticks = (at + CLOCK_OFFSET_US) / 250;
            packets.push(((seq % 65_536) as u16, Some(ticks * 250)));
        }
        if !packets.is_empty() {
            self.feedback.push_back((self.now_us + ONE_WAY_US, Feedback { packets }));
        }
    }

    /// xorshift64*, 0 to 1.
    fn chance(&mut self) -> f64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        (self.random.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
