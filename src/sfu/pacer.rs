//! When each packet to one subscriber may leave.
//!
//! Owns: the packets between the forwarder and the socket, and the rate at which they leave.
//! Generic over what a packet is: the pacer knows its size and its kind.
//! Invariant: sound leaves at once, whatever waits; every packet comes out exactly once, to be
//! sent, or as given up.
//! Does not: read a clock, send, or decide what is worth sending.
//!
//! The loop around it:
//! 1. [`Pacer::push`] what is to be sent; a packet that comes back found no room;
//! 2. [`Pacer::pop`] until it returns nothing; send what is [`Popped::Send`], and for a
//!    [`Popped::Late`] video ask for a key frame, because the pictures after it cannot be decoded;
//! 3. while [`Pacer::padding_wanted`] says so, push padding of that size and pop again;
//! 4. sleep until [`Pacer::next_deadline`].

use super::estimate::Probe;
use std::collections::VecDeque;

/// Pace, per cent of the estimate: more than all of it, so that a key frame does not wait for long.
pub const PACING_PERCENT: u64 = 150;
/// After a pause so much time's worth may leave in one go; saves wake-ups and lets one system call
/// send several.
const BURST_US: i64 = 5_000;
/// What sound and a lowered rate may owe to the video at most.
const MOST_DEBT_US: i64 = 200_000;
/// Least rate, bits a second; below it a single packet would block the way for seconds.
const LEAST_BPS: u64 = 30_000;
/// A probe that the sender cannot fill within this time is given up.
const PROBE_US: i64 = 500_000;

/// What a packet is. The order is the order of leaving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Sound: leaves at once, and what it took is taken off the others.
    Audio,
    /// Video that was lost on the way: somebody's picture stands still until it arrives.
    Retransmission,
    /// New video.
    Video,
    /// Fills a probe.
    Padding,
}

/// A packet that waits or waited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet<T> {
    /// What it is.
    pub kind: Kind,
    /// Size on the wire.
    pub bytes: usize,
    /// The owner's handle.
    pub payload: T,
}

/// A packet that leaves the pacer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Popped<T> {
    /// To be sent now.
    Send(Packet<T>),
    /// It has waited for so long that nobody needs it any more.
    Late(Packet<T>),
}

/// The packets to one subscriber that have not left yet.
#[derive(Debug)]
pub struct Pacer<T> {
    audio: Queue<T>,
    retransmissions: Queue<T>,
    video: Queue<T>,
    padding: Queue<T>,
    rate_bps: u64,
    /// When everything that has left will have passed at this rate. Before that only sound leaves.
    free_us: i64,
    probe: Option<Running>,
}

#[derive(Debug)]
struct Running {
    rate_bps: u64,
    bytes_left: usize,
    until_us: i64,
}

impl<T> Pacer<T> {
    /// An empty pacer for an estimate in bits a second.
    pub fn new(estimate_bps: u64) -> Self {
        let mut pacer = Pacer {
            audio: Queue::new(100, 200_000),
            retransmissions: Queue::new(256, 300_000),
            video: Queue::new(600, 500_000),
            padding: Queue::new(64, 100_000),
            rate_bps: 0,
            free_us: i64::MIN,
            probe: None,
        };
        pacer.set_estimate(estimate_bps);
        pacer
    }

    /// The estimate has changed, bits a second.
    pub fn set_estimate(&mut self, bps: u64) {
        self.rate_bps = (bps.saturating_mul(PACING_PERCENT) / 100).max(LEAST_BPS);
    }

    /// Until so many bytes have left, packets leave at the rate of the probe.
    pub fn start_probe(&mut self, probe: Probe, now_us: i64) {
        self.free_us = self.free_us.min(now_us);
        self.probe = Some(Running {
            rate_bps: probe.bitrate_bps.max(LEAST_BPS),
            bytes_left: probe.bytes,
            until_us: now_us.saturating_add(PROBE_US),
        });
    }

    /// Takes a packet. Returns one that found no room: of sound the oldest, of everything else the
    /// one just pushed.
    #[must_use = "of a packet that found no room somebody must know, for video asks for a key frame"]
    pub fn push(&mut self, packet: Packet<T>, now_us: i64) -> Option<Packet<T>> {
        match packet.kind {
            Kind::Audio => {
                let oldest = self.audio.is_full().then(|| self.audio.take()).flatten();
                oldest.or(self.audio.push(packet, now_us))
            }
            Kind::Retransmission => self.retransmissions.push(packet, now_us),
            Kind::Video => self.video.push(packet, now_us),
            Kind::Padding => self.padding.push(packet, now_us),
        }
    }

    /// Whether a packet that has not been pushed may leave right now, because nothing that comes
    /// before it waits; if so it counts as gone. Saves the way through the queues.
    #[must_use = "a packet that may not pass has to be pushed"]
    pub fn pass(&mut self, kind: Kind, bytes: usize, now_us: i64) -> bool {
        let is_first = match kind {
            Kind::Audio => self.audio.is_empty(),
            _ => self.free_us <= now_us && self.queued() == 0,
        };
        if is_first {
            self.account(bytes, now_us);
        }
        is_first
    }

    /// The next packet that may leave now, or that has waited too long.
    pub fn pop(&mut self, now_us: i64) -> Option<Popped<T>> {
        let queues =
            [&mut self.audio, &mut self.retransmissions, &mut self.video, &mut self.padding];
        for queue in queues {
            if queue.is_late(now_us) {
                return queue.take().map(Popped::Late);
            }
        }
        let packet = match self.audio.take() {
            Some(packet) => packet,
            None if self.free_us > now_us => return None,
            None => {
                let video = self.retransmissions.take().or_else(|| self.video.take());
                video.or_else(|| self.padding.take())?
            }
        };
        self.account(packet.bytes, now_us);
        Some(Popped::Send(packet))
    }

    /// When [`Pacer::pop`] has something to say again if nothing is pushed; `None` when everything
    /// has left.
    pub fn next_deadline(&self, now_us: i64) -> Option<i64> {
        if !self.audio.is_empty() {
            return Some(now_us);
        }
        let paced = [&self.retransmissions, &self.video, &self.padding];
        let late_us = paced.iter().filter_map(|queue| queue.late_us()).min();
        let is_probing = self.probe.as_ref().is_some_and(|probe| now_us < probe.until_us);
        if late_us.is_none() && !is_probing {
            return None;
        }
        Some(self.free_us.min(late_us.unwrap_or(i64::MAX)).max(now_us))
    }

    /// How many bytes of padding the running probe lacks now; 0 while there is anything else to
    /// send.
    pub fn padding_wanted(&self, now_us: i64) -> usize {
        let probe = self.probe.as_ref().filter(|probe| now_us < probe.until_us);
        let may_leave = self.queued() == 0 && self.free_us <= now_us;
        probe.filter(|_| may_leave).map_or(0, |probe| probe.bytes_left)
    }

    /// Drops packets without a word, when their stream has ended or their slot shows somebody else.
    pub fn discard(&mut self, mut is_unwanted: impl FnMut(&T) -> bool) {
        for queue in
            [&mut self.audio, &mut self.retransmissions, &mut self.video, &mut self.padding]
        {
            queue.waiting.retain(|(_, packet)| !is_unwanted(&packet.payload));
        }
    }

    /// How many packets wait.
    pub fn queued(&self) -> usize {
        [&self.audio, &self.retransmissions, &self.video, &self.padding]
            .iter()
            .map(|queue| queue.waiting.len())
            .sum()
    }

    /// Notes that so many bytes leave.
    fn account(&mut self, bytes: usize, now_us: i64) {
        let mut rate_bps = self.rate_bps;
        if let Some(probe) = &mut self.probe {
            rate_bps = rate_bps.max(probe.rate_bps);
            probe.bytes_left = probe.bytes_left.saturating_sub(bytes);
            if probe.bytes_left == 0 || now_us >= probe.until_us {
                self.probe = None;
            }
        }
        let takes_us = (bytes as u64).saturating_mul(8_000_000) / rate_bps;
        let from_us = self.free_us.max(now_us.saturating_sub(BURST_US));
        let until_us = from_us.saturating_add(i64::try_from(takes_us).unwrap_or(i64::MAX));
        self.free_us = until_us.min(now_us.saturating_add(MOST_DEBT_US));
    }
}

/// First in, first out, bounded by number and age.
#[derive(Debug)]
struct Queue<T> {
    /// With the time of the push.
    waiting: VecDeque<(i64, Packet<T>)>,
    most: usize,
    age_us: i64,
}

impl<T> Queue<T> {
    fn new(most: usize, age_us: i64) -> Self {
        Queue { waiting: VecDeque::new(), most, age_us }
    }

    fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn is_full(&self) -> bool {
        self.waiting.len() >= self.most
    }

    fn push(&mut self, packet: Packet<T>, now_us: i64) -> Option<Packet<T>> {
        if self.is_full() {
            return Some(packet);
        }
        self.waiting.push_back((now_us, packet));
        None
    }

    fn take(&mut self) -> Option<Packet<T>> {
        self.waiting.pop_front().map(|(_, packet)| packet)
    }

    /// When the first packet will have waited too long.
    fn late_us(&self) -> Option<i64> {
        self.waiting.front().map(|(at_us, _)| at_us.saturating_add(self.age_us))
    }

    fn is_late(&self, now_us: i64) -> bool {
        self.late_us().is_some_and(|at| at <= now_us)
    }
}

#[cfg(test)]
mod tests;
