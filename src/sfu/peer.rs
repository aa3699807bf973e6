//! One participant at the media plane: what comes from it, and what its slots send to it.
//!
//! Owns the transport, the incoming streams and the slots of one seat, and the RTCP of both directions.
//! Invariant RM-2, first half: a packet leaves [`Peer::receive`] only when it is authentic, belongs to a source of the
//! offer, and that source is not muted. Does not know the other peers of the room.

use super::answer::{self, SlotStreams, Terms};
use super::clock::{self, PublisherClock};
use super::config::Dice;
use super::counters::Counters;
use super::ice::Ice;
use super::layers::{Live, best};
use super::negotiation::{Offer, Role, Section};
use super::outbox::Outbox;
use super::receive::Incoming;
use super::rewrite::{Origin, Packet};
use super::rtcp;
use super::rtp::Rtp;
use super::slot::{Format, Mid, Occupant, Sent, Sheet, Slot};
use super::transport::{Refused, Transport};
use super::twcc::Arrivals;
use super::{LinkQuality, MediaEvent, Seat, Source, vp8};
use std::net::SocketAddr;

/// Incoming streams of one client: a microphone, three layers, a screen, and some that took the place of others.
const MAX_INCOMING: usize = 8;
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
    octets_out: u64,
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
    transport_sequence: u16,
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
            transport_sequence: 0,
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

    /// Decrypts and books one RTP packet; what is left is for the room to forward.
    pub(crate) fn receive<'a>(
        &mut self,
        datagram: &'a mut [u8],
        turn: &mut Turn<'_>,
    ) -> Option<Packet<'a>> {
        let now = turn.now;
        let length = match self.transport.open_rtp(datagram, now) {
            Ok(length) => length,
            Err(why) => {
                refused(why, turn.counters);
                return None;
            }
        };
        self.measured.octets_in += u64::try_from(datagram.len()).unwrap_or(0);
        let Some(rtp) = datagram.get(..length).and_then(Rtp::parse) else {
            turn.counters.garbage += 1;
            return None;
        };
        if let Some([high, low]) = rtp.extension(self.offer.ids.transport_cc) {
            self.arrivals.arrived(u16::from_be_bytes([*high, *low]), now);
        }
        let Some((stream, rtp)) = self.identify(rtp, turn) else { return None };
        let packet = self.book(stream, &rtp, turn)?;
        if self.is_muted(packet.origin.source) {
            turn.counters.muted += 1;
            return None;
        }
        Some(packet)
    }

    /// Finds the stream of a packet; a retransmission that is needed becomes the packet that it restores.
    fn identify<'a>(&mut self, mut rtp: Rtp<'a>, turn: &mut Turn<'_>) -> Option<(usize, Rtp<'a>)> {
        if let Some(stream) = self.stream(rtp.ssrc) {
            return Some((stream, rtp));
        }
        if !self.repairs.iter().any(|(repair, _)| *repair == rtp.ssrc) && !self.learn(&rtp) {
            turn.counters.unmapped += 1;
            return None;
        }
        if let Some(stream) = self.stream(rtp.ssrc) {
            return Some((stream, rtp));
        }
        let media = self.repairs.iter().find(|(repair, _)| *repair == rtp.ssrc)?.1;
        let stream = self.stream(media)?;
        // RFC 4588: the original number stands in front. Padding has none; probing repeats what came long ago.
        let original = rtp.payload.split_first_chunk::<2>();
        let needed = original.map(|(number, rest)| (u16::from_be_bytes(*number), rest)).filter(
            |(number, rest)| {
                !rest.is_empty()
                    && self.incoming.get(stream).is_some_and(|known| known.misses(*number))
            },
        );
        let Some((number, rest)) = needed else {
            turn.counters.useless += 1;
            return None;
        };
        if let Some(asked) = self.incoming.get(stream).and_then(|known| known.asked_once(number)) {
            self.note_round_trip(turn.now - asked);
        }
        turn.counters.restored += 1;
        (rtp.sequence, rtp.payload, rtp.ssrc) = (number, rest, media);
        Some((stream, rtp))
    }

    fn stream(&self, ssrc: u32) -> Option<usize> {
        self.incoming.iter().position(|stream| stream.ssrc == ssrc)
    }

    /// Learns what an SSRC is, from mid, rid and repaired rid, or from what the offer said of it. Once: later packets
    /// do not carry these any more. False when it belongs to nothing.
    fn learn(&mut self, rtp: &Rtp<'_>) -> bool {
        let ids = self.offer.ids;
        let text = |id| rtp.extension(id).and_then(|value| std::str::from_utf8(value).ok());
        let mid = text(ids.mid);
        let found = self.offer.sections.iter().find(|section| match mid {
            Some(mid) => section.mid == mid,
            None => section.ssrcs.contains(&rtp.ssrc),
        });
        let Some(section) = found else { return false };
        let Role::Send(source) = section.role else { return false };
        let is_repair = Some(rtp.payload_type) == section.rtx;
        if !is_repair && rtp.payload_type != section.payload_type {
            return false;
        }
        let rid = if is_repair { text(ids.repaired_rid) } else { text(ids.rid) };
        let layer = match (section.rids.is_empty(), rid) {
            (true, _) => Some(0),
            (false, rid) => section.rids.iter().position(|known| Some(known.as_str()) == rid),
        };
        let Some(layer) = layer.and_then(|layer| u8::try_from(layer).ok()) else { return false };
        let same = self
            .incoming
            .iter()
            .position(|stream| stream.source == source && stream.layer == layer);
        if is_repair {
            let Some(media) = same.and_then(|stream| self.incoming.get(stream)) else {
                return false;
            };
            self.repairs.retain(|(_, repaired)| *repaired != media.ssrc);
            self.repairs.push((rtp.ssrc, media.ssrc));
            return true;
        }
        if let Some(same) = same {
            // The client began this layer anew.
            let old = self.incoming.swap_remove(same);
            self.repairs.retain(|(_, repaired)| *repaired != old.ssrc);
        }
        if self.incoming.len() >= MAX_INCOMING {
            return false;
        }
        self.incoming.push(Incoming::new(rtp.ssrc, source, layer));
        true
    }

    fn book<'a>(
        &mut self,
        stream: usize,
        rtp: &Rtp<'a>,
        turn: &mut Turn<'_>,
    ) -> Option<Packet<'a>> {
        let number = self.number;
        let stream = self.incoming.get_mut(stream)?;
        let Some(sequence) = stream.take(rtp.sequence, rtp.timestamp, rtp.payload.len(), turn.now)
        else {
            turn.counters.useless += 1;
            return None;
        };
        let is_picture = stream.source != Source::Microphone;
        if is_picture && !rtp.payload.is_empty() {
            stream.history.keep(sequence, rtp.payload);
        }
        let level =
            rtp.extension(self.offer.ids.audio_level).and_then(|level| level.first().copied());
        Some(Packet {
            origin: Origin {
                transport: number,
                ssrc: stream.ssrc,
                source: stream.source,
                layer: stream.layer,
            },
            number: sequence,
            timestamp: rtp.timestamp,
            marker: rtp.marker,
            captured: stream.captured(rtp.timestamp, turn.now),
            payload: rtp.payload,
            descriptor: if is_picture { vp8::parse(rtp.payload) } else { None },
            level: level.filter(|_| !is_picture),
        })
    }

    fn note_round_trip(&mut self, measured: i64) {
        let measured = measured.clamp(0, 2_000_000);
        self.round_trip =
            Some(self.round_trip.map_or(measured, |known| (7 * known + measured) / 8));
    }

    /// Sends a packet of another peer, if a slot shows its source. `live` are that peer's layers; they are only
    /// looked at where a switch is possible.
    pub(crate) fn forward(&mut self, packet: &Packet<'_>, live: &Live, turn: &mut Turn<'_>) {
        if !self.transport.is_connected() {
            return;
        }
        for slot in &mut self.slots {
            let ceiling = slot.granted;
            let Some(stream) = slot.stream_for(packet.origin) else { continue };
            let is_sound = packet.origin.source == Source::Microphone;
            if stream.current != Some(packet.origin) {
                let is_wanted = is_sound
                    || ceiling.is_some_and(|ceiling| {
                        packet.starts_key_frame()
                            && (stream.current.is_none()
                                || best(live, ceiling).map(|(_, ssrc)| ssrc)
                                    == Some(packet.origin.ssrc))
                    });
                if !is_wanted || packet.payload.is_empty() {
                    continue;
                }
                stream.switch(packet, turn.now);
            }
            let start = turn.out.bytes.len();
            let mut sheet = Sheet {
                out: &mut turn.out.bytes,
                ids: self.offer.ids,
                transport_sequence: self.transport_sequence,
            };
            let Some(written) = stream.forward(packet, &mut sheet) else { continue };
            turn.counters.forwarded += 1;
            self.transport_sequence = self.transport_sequence.wrapping_add(1);
            let sent = self.transport.send_rtp(written, start, turn.out);
            self.measured.octets_out += u64::try_from(sent.unwrap_or(0)).unwrap_or(0);
            lose(turn);
        }
    }

    /// Sends a packet again that the client misses.
    pub(crate) fn repeat(&mut self, slot: usize, sent: &Sent, payload: &[u8], turn: &mut Turn<'_>) {
        let Some(slot) = self.slots.get_mut(slot) else { return };
        let start = turn.out.bytes.len();
        let mut sheet = Sheet {
            out: &mut turn.out.bytes,
            ids: self.offer.ids,
            transport_sequence: self.transport_sequence,
        };
        let Some(written) = slot.video.repeat(sent, payload, &mut sheet) else { return };
        turn.counters.retransmitted += 1;
        self.transport_sequence = self.transport_sequence.wrapping_add(1);
        let sent = self.transport.send_rtp(written, start, turn.out);
        self.measured.octets_out += u64::try_from(sent.unwrap_or(0)).unwrap_or(0);
        lose(turn);
    }

    /// Decrypts and reads one RTCP packet.
    pub(crate) fn listen(&mut self, datagram: &mut [u8], turn: &mut Turn<'_>) -> Requests {
        let mut requests = Requests::default();
        let length = match self.transport.open_rtcp(datagram, turn.now) {
            Ok(length) => length,
            Err(why) => {
                refused(why, turn.counters);
                return requests;
            }
        };
        let plain = datagram.get(..length).unwrap_or_default();
        rtcp::parse(plain, |message| self.hear(message, turn, &mut requests));
        requests
    }

    fn hear(&mut self, message: rtcp::Message, turn: &mut Turn<'_>, requests: &mut Requests) {
        let now = turn.now;
        match message {
            rtcp::Message::SenderReport { ssrc, ntp, timestamp } => {
                if let Some(stream) = self.incoming.iter_mut().find(|stream| stream.ssrc == ssrc) {
                    let at = self.clock.report(ntp, now);
                    stream.sender_report(ntp, timestamp, at, now);
                }
            }
            rtcp::Message::Report(block) => self.hear_report(&block, turn),
            rtcp::Message::KeyFrame { ssrc } => {
                let slot = self.slots.iter().find(|slot| slot.video.ssrc == ssrc);
                requests.key_frames.extend(slot.and_then(|slot| slot.video.current));
            }
            rtcp::Message::Nack { ssrc, sequences } => {
                let round_trip = self.round_trip;
                let slots = self.slots.iter_mut().enumerate();
                let Some((index, slot)) = { slots }.find(|(_, slot)| slot.video.ssrc == ssrc)
                else {
                    return;
                };
                let missed = sequences
                    .iter()
                    .filter_map(|sequence| slot.video.missed(*sequence, now, round_trip));
                requests.repeats.extend(missed.map(|sent| (index, sent)));
            }
            rtcp::Message::Arrivals { .. } => {}
            rtcp::Message::Bye { ssrc } => {
                self.incoming.retain(|stream| stream.ssrc != ssrc);
                self.repairs.retain(|(repair, media)| *repair != ssrc && *media != ssrc);
            }
        }
    }

    fn hear_report(&mut self, block: &rtcp::ReportBlock, turn: &Turn<'_>) {
        let is_ours = |slot: &Slot| slot.video.ssrc == block.ssrc || slot.audio.ssrc == block.ssrc;
        if !self.slots.iter().any(is_ours) {
            return;
        }
        let loss = f32::from(block.fraction_lost) / 2.56;
        // Over the streams of one client, the last few reports weigh in.
        self.measured.lost_down = self.measured.lost_down * 0.7 + loss * 0.3;
        if block.last_report == 0 {
            return;
        }
        // RFC 3550 section 6.4.1, in 1/65 536 s, modulo 2³².
        let middle =
            u32::try_from(clock::ntp(turn.wall, turn.now) >> 16 & 0xFFFF_FFFF).unwrap_or(0);
        let trip = middle.wrapping_sub(block.last_report).wrapping_sub(block.delay);
        if trip < 4 << 16 {
            self.note_round_trip(i64::from(trip) * 1_000_000 / 65_536);
        }
    }

    /// Asks the client for a key frame of one stream, unless it was asked lately: a request for one layer keys all.
    pub(crate) fn ask_key_frame(&mut self, ssrc: u32, turn: &mut Turn<'_>) {
        let now = turn.now;
        let Some(stream) = self.stream(ssrc).and_then(|stream| self.incoming.get(stream)) else {
            return;
        };
        let Some(layer) = self.asked_layer.get_mut(usize::from(stream.layer)) else { return };
        if now - *layer < LAYER_PLI || now - self.asked < PEER_PLI || !self.transport.is_connected()
        {
            return;
        }
        (*layer, self.asked) = (now, now);
        turn.counters.key_frames_asked += 1;
        let mut compound = Vec::with_capacity(12);
        rtcp::write_pli(&mut compound, ssrc);
        self.transport.send_rtcp(&compound, turn.out);
    }

    /// Receiver reports, feedback and requests for what is missing.
    pub(crate) fn feed_back(&mut self, turn: &mut Turn<'_>) {
        if !self.transport.is_connected() {
            return;
        }
        let now = turn.now;
        let mut compound = std::mem::take(&mut self.scratch.compound);
        compound.clear();
        if now - self.reported >= REPORT_INTERVAL {
            self.reported = now;
            let blocks: Vec<_> =
                self.incoming.iter_mut().filter_map(|stream| stream.report(now)).collect();
            if !blocks.is_empty() {
                rtcp::write_receiver_reports(&mut compound, &blocks);
            }
        }
        if let Some(any) = self.incoming.first() {
            self.arrivals.feedback(any.ssrc, now, &mut compound);
        }
        let has_repair = self.offer.sections.iter().any(|section| section.rtx.is_some());
        for stream in self.incoming.iter_mut().filter(|_| has_repair) {
            stream.due(now, self.round_trip, &mut self.scratch.missing);
            if !self.scratch.missing.is_empty() {
                rtcp::write_nack(&mut compound, stream.ssrc, &self.scratch.missing);
            }
        }
        self.transport.send_rtcp(&compound, turn.out);
        self.scratch.compound = compound;
        let lost: Vec<u32> = self
            .incoming
            .iter_mut()
            .filter_map(|stream| stream.lost_for_good().then_some(stream.ssrc))
            .collect();
        for ssrc in lost {
            self.ask_key_frame(ssrc, turn);
        }
    }

    /// Sender reports that are due. `anchor` finds the clock of the stream that feeds one of ours.
    pub(crate) fn report_sent(
        &mut self,
        anchor: impl Fn(Origin) -> Option<clock::Anchor>,
        turn: &mut Turn<'_>,
    ) {
        if !self.transport.is_connected() {
            return;
        }
        let ntp = clock::ntp(turn.wall, turn.now);
        for (slot, name) in self.slots.iter_mut().zip(&self.names) {
            for stream in [&mut slot.audio, &mut slot.video] {
                let Some(anchor) = stream.current.and_then(&anchor) else { continue };
                let Some(report) = stream.report(anchor, ntp, turn.now, name) else { continue };
                self.scratch.compound.clear();
                rtcp::write_sender_report(&mut self.scratch.compound, &report);
                self.transport.send_rtcp(&self.scratch.compound, turn.out);
            }
        }
    }

    /// The figures of the link since they were last asked for.
    pub(crate) fn quality(&mut self, now: i64) -> LinkQuality {
        let elapsed = u64::try_from(now - self.measured.since).unwrap_or(1).max(1);
        let rate =
            |octets: u64| u32::try_from(octets.saturating_mul(8_000) / elapsed).unwrap_or(u32::MAX);
        let mut total = super::receive::Loss::default();
        for loss in self.incoming.iter_mut().map(Incoming::loss) {
            total.expected += loss.expected;
            total.lost += loss.lost;
        }
        let quality = LinkQuality {
            round_trip_ms: self
                .round_trip
                .map_or(0, |trip| u32::try_from(trip / 1000).unwrap_or(0)),
            uplink_loss_percent: percent(total.lost, total.expected),
            downlink_loss_percent: self.measured.lost_down,
            uplink_kbps: rate(self.measured.octets_in),
            downlink_kbps: rate(self.measured.octets_out),
            downlink_estimate_kbps: 0,
        };
        self.measured =
            Measured { since: now, lost_down: self.measured.lost_down, ..Measured::default() };
        quality
    }

    /// Puts sources into slots as the table says; true when something changed.
    pub(crate) fn give_slots(&mut self, table: &[Option<Occupant>], now: i64) -> bool {
        let mut is_changed = false;
        for (slot, occupant) in self.slots.iter_mut().zip(table) {
            if slot.occupant != *occupant {
                slot.give(*occupant, now);
                is_changed = true;
            }
        }
        is_changed
    }
}

fn percent(part: u64, whole: u64) -> f32 {
    let per_mille = (part * 1000).checked_div(whole).unwrap_or(0);
    f32::from(u16::try_from(per_mille).unwrap_or(1000)) / 10.0
}

fn refused(why: Refused, counters: &mut Counters) {
    match why {
        Refused::Garbage => counters.garbage += 1,
        Refused::Forged => counters.forged += 1,
        Refused::Replayed => counters.replayed += 1,
    }
}

/// Takes the packet that was just queued back, when the test-only loss says so.
fn lose(turn: &mut Turn<'_>) {
    if turn.dice.loses_down()
        && let Some((range, _)) = turn.out.items.pop()
    {
        turn.out.bytes.truncate(range.start);
        turn.counters.lost_on_purpose += 1;
    }
}

/// A transport that waits for its client.
pub(crate) fn waiting_ice(credentials: super::ice::Credentials, client: &str, now: i64) -> Ice {
    Ice::new(credentials, client.to_owned(), now)
}
