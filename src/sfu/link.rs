//! The way from us to one client: when a packet leaves, under which transport-wide number, and what
//! the way carries.
//!
//! Owns the pacer, the estimate and the numbering for one subscriber. Invariant: transport-wide
//! numbers are given out in the order in which packets leave, so that the client's feedback means
//! what it says; sound never waits. Packets that may leave at once are sealed where they were
//! written; only those that have to wait are copied.

use super::estimate::{Config, Estimator, Feedback, Probe};
use super::pacer::{Kind, Pacer, Packet, Popped};
use super::peer::Turn;
use super::slot::{MOST_COPIES, TRANSPORT_SEQUENCE, Written};
use super::transport::Transport;

/// Buffers that are kept for packets that have to wait.
const SPARE: usize = 64;
/// A way that loses more than this share, over the last [`LOSS_PACKETS`] or so, is a lossy one, and stays
/// one for [`LOSSY`], µs: loss comes in spells.
const LOSSY_SHARE: f32 = 0.02;
const LOSS_PACKETS: f32 = 128.0;
const LOSSY: i64 = 30_000_000;
/// Below this estimate more copies would take from what they are to save, bit/s.
const ROOM_FOR_COPIES: u64 = 200_000;

/// A plain packet that waits.
#[derive(Debug)]
struct Waiting {
    bytes: Vec<u8>,
    written: Written,
}

/// What arrived of what was sent, since this was last asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Arrived {
    pub(crate) sent: u64,
    pub(crate) lost: u64,
}

/// One subscriber's way.
#[derive(Debug)]
pub(crate) struct Link {
    pacer: Pacer<Waiting>,
    estimator: Estimator,
    /// Whether packets carry transport-wide numbers; without them nothing can be estimated.
    is_measured: bool,
    next: u16,
    spare: Vec<Vec<u8>>,
    arrived: Arrived,
    /// Share of lost packets, smoothed.
    loss: f32,
    lossy_until: i64,
    /// Bytes on the wire.
    octets: u64,
}

impl Link {
    /// A way of which nothing is known yet.
    pub(crate) fn new(is_measured: bool, config: Config) -> Self {
        let start = if is_measured { config.start_bps } else { u64::MAX };
        Self {
            pacer: Pacer::new(start),
            estimator: Estimator::new(config),
            is_measured,
            next: 0,
            spare: Vec::new(),
            arrived: Arrived::default(),
            loss: 0.0,
            lossy_until: i64::MIN,
            octets: 0,
        }
    }

    /// Sends the plain packet at the end of the outbox that begins at `start`, now or when there is
    /// room. False when it found no room at all: the picture it belongs to is broken.
    pub(crate) fn offer(
        &mut self,
        written: Written,
        start: usize,
        transport: &mut Transport,
        turn: &mut Turn<'_>,
    ) -> bool {
        let size = turn.out.bytes.len() - start.min(turn.out.bytes.len());
        if self.pacer.pass(written.kind, size, turn.now) {
            self.depart(written, start, transport, turn);
            return true;
        }
        let mut bytes = self.spare.pop().unwrap_or_default();
        bytes.clear();
        bytes.extend_from_slice(turn.out.bytes.get(start..).unwrap_or_default());
        turn.out.bytes.truncate(start);
        *turn.is_pacing = true;
        let packet =
            Packet { kind: written.kind, bytes: size, payload: Waiting { bytes, written } };
        self.pacer.push(packet, turn.now).is_none()
    }

    /// Numbers, seals and queues the packet that begins at `start` of the outbox.
    fn depart(
        &mut self,
        written: Written,
        start: usize,
        transport: &mut Transport,
        turn: &mut Turn<'_>,
    ) {
        let number = self.next;
        if written.is_measured {
            self.next = number.wrapping_add(1);
            let packet = turn.out.bytes.get_mut(start..).unwrap_or_default();
            if let Some([high, low]) = packet.get_mut(TRANSPORT_SEQUENCE) {
                [*high, *low] = number.to_be_bytes();
            }
        }
        let Some(size) = transport.send_rtp(written, start, turn.out) else { return };
        self.octets += u64::try_from(size).unwrap_or(0);
        if written.is_measured {
            self.estimator.on_sent(number, size, turn.now);
        }
        if turn.dice.loses_down()
            && let Some((range, _)) = turn.out.items.pop()
        {
            turn.out.bytes.truncate(range.start);
            turn.counters.lost_on_purpose += 1;
        }
    }

    /// Lets go what may go now; `late` gets the SSRCs of pictures that waited too long. `pad`
    /// writes padding of at most so many bytes for a probe, if there is a stream that can carry it.
    pub(crate) fn pace(
        &mut self,
        transport: &mut Transport,
        turn: &mut Turn<'_>,
        late: &mut Vec<u32>,
        mut pad: impl FnMut(usize, &mut Vec<u8>) -> Option<Written>,
    ) {
        while let Some(popped) = self.pacer.pop(turn.now) {
            let mut waiting = match popped {
                Popped::Late(packet) => {
                    late.extend(
                        (packet.kind == Kind::Video).then_some(packet.payload.written.ssrc),
                    );
                    packet.payload
                }
                Popped::Send(packet) => {
                    let start = turn.out.bytes.len();
                    turn.out.bytes.extend_from_slice(&packet.payload.bytes);
                    self.depart(packet.payload.written, start, transport, turn);
                    packet.payload
                }
            };
            if self.spare.len() < SPARE {
                self.spare.push(std::mem::take(&mut waiting.bytes));
            }
        }
        while let wanted @ 1.. = self.pacer.padding_wanted(turn.now) {
            let start = turn.out.bytes.len();
            let Some(written) = pad(wanted, &mut turn.out.bytes) else { break };
            if !self.pacer.pass(Kind::Padding, turn.out.bytes.len() - start, turn.now) {
                turn.out.bytes.truncate(start);
                break;
            }
            self.depart(written, start, transport, turn);
        }
        *turn.is_pacing |= self.pacer.next_deadline(turn.now).is_some();
    }

    /// Follows the estimate, and starts a probe when one is due.
    pub(crate) fn tick(&mut self, now: i64) {
        if !self.is_measured {
            return;
        }
        self.pacer.set_estimate(self.estimator.bitrate_bps(now));
        if let Some(probe) = self.estimator.probe(now) {
            self.start_probe(probe, now);
        }
    }

    fn start_probe(&mut self, probe: Probe, now: i64) {
        self.pacer.start_probe(probe, now);
    }

    /// What the way carries, bit/s; everything when it cannot be measured.
    pub(crate) fn estimate(&self, now: i64) -> u64 {
        if self.is_measured { self.estimator.bitrate_bps(now) } else { u64::MAX }
    }

    /// What a first picture may take while the estimate is a guess, bit/s.
    pub(crate) fn trial(&self, now: i64) -> u64 {
        if self.is_measured { self.estimator.trial_bps(now) } else { u64::MAX }
    }

    /// How many of the packets before it each packet of sound should bring along.
    pub(crate) fn copies(&self, now: i64) -> usize {
        let is_lossy = now < self.lossy_until && self.estimate(now) >= ROOM_FOR_COPIES;
        if is_lossy { MOST_COPIES } else { 1 }
    }

    /// What all slots would take at their best, bit/s.
    pub(crate) fn want(&mut self, bps: u64) {
        self.estimator.set_wanted(bps);
    }

    /// The client told what arrived.
    pub(crate) fn feedback(&mut self, packets: Vec<(u16, Option<i64>)>, now: i64) {
        if !self.is_measured {
            return;
        }
        let lost = packets.iter().filter(|(_, arrival)| arrival.is_none()).count();
        self.arrived.sent += u64::try_from(packets.len()).unwrap_or(0);
        self.arrived.lost += u64::try_from(lost).unwrap_or(0);
        for (_, arrival) in &packets {
            let lost = if arrival.is_none() { 1.0 } else { 0.0 };
            self.loss += (lost - self.loss) / LOSS_PACKETS;
        }
        if self.loss >= LOSSY_SHARE {
            self.lossy_until = now + LOSSY;
        }
        self.estimator.on_feedback(&Feedback { packets }, now);
    }

    /// A receiver report told a loss, 0 to 1.
    pub(crate) fn loss(&mut self, fraction: f64, now: i64) {
        self.estimator.on_loss(fraction, now);
    }

    /// A round trip was measured, µs.
    pub(crate) fn round_trip(&mut self, micros: i64) {
        self.estimator.on_round_trip(u32::try_from(micros / 1000).unwrap_or(0));
    }

    /// The client is at another address.
    pub(crate) fn moved(&mut self, now: i64) {
        self.estimator.on_route_change(now);
    }

    /// Forgets what waits of this stream: its source was muted, or another one is shown.
    pub(crate) fn discard(&mut self, ssrc: u32) {
        self.pacer.discard(|waiting| waiting.written.ssrc == ssrc);
    }

    /// Bytes sent, and what the client's feedback says of them, since this was last called.
    pub(crate) fn measured(&mut self) -> (u64, Arrived) {
        (std::mem::take(&mut self.octets), std::mem::take(&mut self.arrived))
    }
}
