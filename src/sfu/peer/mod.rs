//! One participant at the media plane: what comes from it, and what its slots send to it.
//!
//! Owns the transport, the incoming streams and the slots of one seat, and the RTCP of both directions.
//! Invariant RM-2, first half: a packet leaves [`Peer::receive`] only when it is authentic, belongs to a source of the
//! offer, and that source is not muted. Does not know the other peers of the room.

use super::allocation::Allocator;
use super::answer::{self, SlotStreams, Terms};
use super::clock::PublisherClock;
use super::config::Dice;
use super::counters::Counters;
use super::estimate::Config as Bounds;
use super::layers::Live;
use super::link::Link;
use super::negotiation::{Offer, Role, Section};
use super::outbox::Outbox;
use super::receive::Incoming;
use super::rewrite::Origin;
use super::slot::{Format, Mid, Sent, Slot};
use super::transport::{Refused, Transport};
use super::twcc::Arrivals;
use super::{MediaEvent, Seat, Source};
use std::net::SocketAddr;

mod control;
mod intake;
mod sending;

pub(crate) use sending::Feed;

/// Requests for a key frame: for one layer, and for one client, at most this often, µs.
const LAYER_PLI: i64 = 500_000;
const PEER_PLI: i64 = 250_000;
/// Between receiver reports, µs.
const REPORT_INTERVAL: i64 = 1_000_000;

/// Everything that one turn of the worker's loop lends to rooms and peers.
pub(crate) struct Turn<'a> {
    /// µs on the worker's clock.
    pub(crate) now: i64,
    /// µs since 1900 at the worker's time zero.
    pub(crate) wall: i64,
    pub(crate) out: &'a mut Outbox,
    pub(crate) events: &'a mut Vec<MediaEvent>,
    pub(crate) counters: &'a mut Counters,
    pub(crate) dice: &'a mut Dice,
    /// Set when packets wait for their time.
    pub(crate) is_pacing: &'a mut bool,
}

/// A key frame was asked for: by which slot's stream.
pub(crate) type Asked = Origin;

/// What a receiver's RTCP asks of the room.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    /// Streams of publishers that have to send a key frame.
    pub(crate) key_frames: Vec<Asked>,
    /// Packets to send again: index of the slot, and where they came from.
    pub(crate) repeats: Vec<(usize, Sent)>,
}

/// Figures since the last report of quality.
#[derive(Debug, Default)]
struct Measured {
    since: i64,
    octets_in: u64,
    /// Per cent.
    lost_down: f32,
}

/// One participant.
pub(crate) struct Peer {
    pub(crate) seat: Seat,
    /// Number of the transport at this worker.
    pub(crate) number: u32,
    pub(crate) transport: Transport,
    pub(crate) slots: Vec<Slot>,
    /// When this person spoke last, µs.
    pub(crate) spoke: i64,
    pub(crate) incoming: Vec<Incoming>,
    offer: Offer,
    streams: Vec<SlotStreams>,
    answers: u32,
    /// SSRC of retransmissions, SSRC of the stream they repair.
    repairs: Vec<(u32, u32)>,
    muted: [bool; 3],
    clock: PublisherClock,
    arrivals: Arrivals,
    link: Link,
    allocator: Allocator,
    /// Streams of ours that lost a packet on the way into the pacer.
    broken: Vec<u32>,
    round_trip: Option<i64>,
    asked_layer: [i64; 3],
    asked: i64,
    reported: i64,
    measured: Measured,
    names: Vec<String>,
    scratch: Scratch,
}

/// Buffers that are kept to be used again.
#[derive(Debug, Default)]
struct Scratch {
    compound: Vec<u8>,
    missing: Vec<u16>,
}

const fn index(source: Source) -> usize {
    match source {
        Source::Microphone => 0,
        Source::Camera => 1,
        Source::Screen => 2,
    }
}

fn format(section: Option<&Section>) -> Format {
    section.map_or_else(Format::default, |section| Format {
        mid: Mid::new(&section.mid),
        payload_type: section.payload_type,
        rtx: section.rtx,
        red: section.red,
    })
}

impl Peer {
    /// A participant with an offer that was read; `random` gives SSRCs and places to begin at.
    pub(crate) fn new(
        seat: Seat,
        number: u32,
        transport: Transport,
        offer: Offer,
        mut random: impl FnMut() -> u64,
    ) -> Self {
        // SSRCs count up from a random place, so that those of one client differ; 0 and ours are left out.
        let first = (u32::try_from(random() >> 33).unwrap_or(0) & 0x3FFF_FFFF) + 0x1000;
        let streams: Vec<SlotStreams> = (0..u32::from(offer.slots))
            .map(|slot| first + 3 * slot)
            .map(|ssrc| SlotStreams { audio: ssrc, video: ssrc + 1, repair: ssrc + 2 })
            .collect();
        let slots = (0u8..)
            .zip(&streams)
            .map(|(slot, streams)| {
                let half = |is_audio: bool| {
                    let is_half = |section: &&Section| {
                        section.role == Role::Slot(slot) && section.is_audio == is_audio
                    };
                    format(offer.sections.iter().find(is_half))
                };
                Slot::new(*streams, half(true), half(false), [random(), random()])
            })
            .collect();
        let offer_measures = offer.ids.transport_cc != 0;
        Self {
            seat,
            number,
            transport,
            slots,
            spoke: i64::MIN,
            incoming: Vec::new(),
            names: (0..offer.slots).map(answer::slot_name).collect(),
            offer,
            streams,
            answers: 0,
            repairs: Vec::new(),
            muted: [false; 3],
            clock: PublisherClock::default(),
            arrivals: Arrivals::default(),
            link: Link::new(offer_measures, Bounds::default()),
            allocator: Allocator::default(),
            broken: Vec::new(),
            round_trip: None,
            asked_layer: [i64::MIN / 2; 3],
            asked: i64::MIN / 2,
            reported: 0,
            measured: Measured::default(),
            scratch: Scratch::default(),
        }
    }

    /// The answer to the offer, with the present ICE credentials.
    pub(crate) fn answer(&mut self, fingerprint: [u8; 32], addresses: &[SocketAddr]) -> String {
        self.answers += 1;
        let credentials = self.transport.ice.credentials();
        let terms = Terms {
            ufrag: &credentials.ufrag,
            password: &credentials.password,
            fingerprint,
            addresses,
            slots: &self.streams,
            version: self.answers,
        };
        answer::write(&self.offer, &terms)
    }

    /// Whether another offer is one for the same transport: an ICE restart changes nothing but the credentials.
    pub(crate) fn is_restart(&self, offer: &Offer) -> bool {
        let shape = |offer: &Offer| -> Vec<(String, bool)> {
            offer.sections.iter().map(|section| (section.mid.clone(), section.is_audio)).collect()
        };
        offer.fingerprint == self.offer.fingerprint
            && offer.ufrag != self.offer.ufrag
            && offer.slots == self.offer.slots
            && shape(offer) == shape(&self.offer)
    }

    /// Takes new ICE credentials; returns the name fragment that is not good any more.
    pub(crate) fn restart(
        &mut self,
        ice: super::ice::Credentials,
        client: String,
    ) -> Option<String> {
        self.offer.ufrag.clone_from(&client);
        self.transport.ice.restart(ice, client).map(|old| old.ufrag)
    }

    /// How many slots there are.
    pub(crate) fn slot_count(&self) -> u8 {
        self.offer.slots
    }

    /// Mutes or unmutes a source. After unmuting, pictures begin with a key frame.
    pub(crate) fn mute(&mut self, source: Source, muted: bool) {
        if let Some(place) = self.muted.get_mut(index(source)) {
            *place = muted;
        }
    }

    /// Whether packets of this source are dropped.
    pub(crate) fn is_muted(&self, source: Source) -> bool {
        self.muted.get(index(source)).copied().unwrap_or(true)
    }

    /// Whether a screen is being shared. A still one sends rarely, hence the long patience.
    pub(crate) fn shares_screen(&self, now: i64) -> bool {
        !self.is_muted(Source::Screen)
            && self
                .incoming
                .iter()
                .any(|stream| stream.source == Source::Screen && stream.silent_for(now) < 5_000_000)
    }

    /// The live layers of a picture; none of a muted one.
    pub(crate) fn live(&self, source: Source, now: i64) -> Live {
        let mut live = Live::default();
        if self.is_muted(source) {
            return live;
        }
        // A still screen is live for as long as it is shared.
        let is_live = |stream: &&Incoming| {
            stream.source == source
                && (stream.is_live(now) || source == Source::Screen && self.shares_screen(now))
        };
        for stream in self.incoming.iter().filter(is_live) {
            if let Some(place) = live.get_mut(usize::from(stream.layer)) {
                *place = Some(stream.ssrc);
            }
        }
        live
    }

    fn note_round_trip(&mut self, measured: i64) {
        let measured = measured.clamp(0, 2_000_000);
        let smoothed = self.round_trip.map_or(measured, |known| (7 * known + measured) / 8);
        self.round_trip = Some(smoothed);
        self.link.round_trip(smoothed);
    }

    /// Takes the way to carry this much whatever is measured, for measurements of our own cost.
    pub(crate) fn assume(&mut self, bps: u64) {
        let bounds = Bounds { start_bps: bps, floor_bps: bps, cap_bps: bps };
        self.link = Link::new(self.offer.ids.transport_cc != 0, bounds);
    }

    /// The client is at another address: what was learned of the old way does not hold.
    pub(crate) fn moved(&mut self, now: i64) {
        self.link.moved(now);
    }

    /// Follows the estimate of the way.
    pub(crate) fn tick_link(&mut self, now: i64) {
        self.link.tick(now);
    }

    /// How many layers of a source the offer speaks of.
    fn layers_offered(&self, source: Source) -> usize {
        let is_it = |section: &&Section| section.role == Role::Send(source);
        self.offer.sections.iter().find(is_it).map_or(0, |section| section.rids.len().max(1))
    }
}

fn refused(why: Refused, counters: &mut Counters) {
    match why {
        Refused::Garbage => counters.garbage += 1,
        Refused::Forged => counters.forged += 1,
        Refused::Replayed => counters.replayed += 1,
    }
}
