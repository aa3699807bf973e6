//! What a client's slots send to it: whose packets, which layer, and how much of it the way
//! carries.

use super::{Peer, Turn};
use crate::sfu::allocation::{Budget, Choice, Demand, NOMINAL_BPS};
use crate::sfu::layers::{Live, best, wanted};
use crate::sfu::rewrite::Packet;
use crate::sfu::slot::{Occupant, Sent, Sheet, Slot};
use crate::sfu::{PauseReason, Source};

/// What a client that has not said how large it shows a slot is taken to show.
const UNSAID: (u16, u16) = (1280, 720);
/// Sound of a publisher whose rate has not been measured yet, bit/s.
const NOMINAL_SOUND: u64 = 40_000;
/// Headers of 50 packets a second, bit/s: copies of sound that come along with the next have none.
const SOUND_HEADERS: u64 = 16_000;

/// What a source costs, for the allocation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Feed {
    pub(crate) occupant: Occupant,
    /// Bit/s by layer; `None` for what does not exist.
    pub(crate) layers: [Option<u64>; 3],
    /// Bit/s of the sound beside it, without copies.
    pub(crate) sound: u64,
}

impl Peer {
    /// What the camera (with the microphone) or the screen of this peer costs who watches it.
    pub(crate) fn feed(&self, source: Source, now: i64) -> Feed {
        let live = self.live(source, now);
        let is_quiet = live.iter().all(Option::is_none);
        let layers_offered = self.layers_offered(source);
        let mut layers = [None; 3];
        for ((place, ssrc), (layer, nominal)) in
            layers.iter_mut().zip(live).zip(NOMINAL_BPS.into_iter().enumerate())
        {
            let stream =
                ssrc.and_then(|ssrc| self.incoming.iter().find(|stream| stream.ssrc == ssrc));
            *place = match stream {
                Some(stream) if stream.bitrate > 0 => Some(stream.bitrate),
                Some(_) => Some(nominal),
                // Nothing has come yet: what will come is granted ahead, so that the first picture
                // need not wait.
                None => (is_quiet && !self.is_muted(source) && layer < layers_offered)
                    .then_some(nominal),
            };
        }
        let microphone = self.incoming.iter().find(|stream| stream.source == Source::Microphone);
        let sound = microphone.map_or(NOMINAL_SOUND, |stream| stream.bitrate.max(NOMINAL_SOUND));
        let has_sound = source == Source::Camera && !self.is_muted(Source::Microphone);
        let occupant = Occupant { transport: self.number, source };
        Feed { occupant, layers, sound: if has_sound { sound } else { 0 } }
    }

    /// Shares what the way carries out over the slots; true when a pause began or ended.
    pub(crate) fn share_out(&mut self, feeds: &[Feed], now: i64) -> bool {
        let (mut demands, mut audio_bps, mut wanted_bps) = (Vec::new(), 0, 0);
        let copies = self.link.copies(now);
        for (slot, index) in self.slots.iter_mut().zip(0u8..) {
            slot.audio.copies = copies;
            let feed = feeds.iter().find(|feed| Some(feed.occupant) == slot.occupant);
            let Some(feed) = feed else { continue };
            let (width, height) = slot.size.unwrap_or(UNSAID);
            let sound = feed.sound + copied(feed, slot);
            audio_bps += sound;
            wanted_bps += sound + at_best(feed, slot);
            demands.push(Demand {
                slot: index,
                source: feed.occupant.source,
                width,
                height,
                layers: feed.layers,
            });
        }
        self.link.want(wanted_bps);
        let (estimate_bps, trial_bps) = (self.link.estimate(now), self.link.trial(now));
        let budget = Budget { estimate_bps, trial_bps, audio_bps };
        let mut is_changed = false;
        for grant in self.allocator.allocate(budget, &demands, now) {
            let Some(slot) = self.slots.get_mut(usize::from(grant.slot)) else { continue };
            let granted = match grant.choice {
                Choice::Layer(layer) => Ok(layer),
                Choice::Paused(why) => Err(why),
                Choice::Nothing => Ok(0),
            };
            is_changed |= granted.err() != slot.granted.err();
            if granted.is_err() && slot.video.current.take().is_some() {
                self.link.discard(slot.video.ssrc);
            }
            slot.granted = granted;
        }
        is_changed
    }

    /// Puts sources into slots as the table says; true when something changed.
    pub(crate) fn give_slots(&mut self, table: &[Option<Occupant>], now: i64) -> bool {
        let mut is_changed = false;
        for ((slot, occupant), index) in self.slots.iter_mut().zip(table).zip(0u8..) {
            if slot.occupant != *occupant {
                slot.give(*occupant, now);
                self.link.discard(slot.video.ssrc);
                self.allocator.forget(index);
                is_changed = true;
            }
        }
        is_changed
    }

    /// Ends what the slots send of a source: it was muted.
    pub(crate) fn silence(&mut self, transport: u32, source: Source) {
        for stream in self.slots.iter_mut().flat_map(|slot| [&mut slot.audio, &mut slot.video]) {
            let is_it = |origin: &crate::sfu::rewrite::Origin| {
                origin.transport == transport && origin.source == source
            };
            if stream.current.as_ref().is_some_and(is_it) {
                stream.current = None;
                self.link.discard(stream.ssrc);
            }
        }
    }

    /// Sends a packet of another peer, if a slot shows its source. `live` are that peer's layers;
    /// they are only looked at where a switch is possible.
    pub(crate) fn forward(&mut self, packet: &Packet<'_>, live: &Live, turn: &mut Turn<'_>) {
        if !self.transport.is_connected() {
            return;
        }
        for slot in &mut self.slots {
            let granted = slot.granted;
            let Some(stream) = slot.stream_for(packet.origin) else { continue };
            if stream.current != Some(packet.origin) {
                if packet.payload.is_empty() || !may_begin(packet, live, granted) {
                    continue;
                }
                stream.switch(packet, turn.now);
            }
            let start = turn.out.bytes.len();
            let mut sheet = Sheet { out: &mut turn.out.bytes, ids: self.offer.ids };
            let Some(written) = stream.forward(packet, &mut sheet) else { continue };
            turn.counters.forwarded += 1;
            if !self.link.offer(written, start, &mut self.transport, turn) {
                self.broken.push(written.ssrc);
            }
        }
    }

    /// Sends a packet again that the client misses.
    pub(crate) fn repeat(&mut self, slot: usize, sent: &Sent, payload: &[u8], turn: &mut Turn<'_>) {
        let Some(slot) = self.slots.get_mut(slot) else { return };
        let start = turn.out.bytes.len();
        let mut sheet = Sheet { out: &mut turn.out.bytes, ids: self.offer.ids };
        let Some(written) = slot.video.repeat(sent, payload, &mut sheet) else { return };
        turn.counters.retransmitted += 1;
        // One that finds no room will be asked for again.
        self.link.offer(written, start, &mut self.transport, turn);
    }

    /// Lets go what waits, and fills probes.
    pub(crate) fn pace(&mut self, turn: &mut Turn<'_>) {
        if !self.transport.is_connected() {
            return;
        }
        let (ids, slots) = (self.offer.ids, &mut self.slots);
        let pad = |size, out: &mut Vec<u8>| {
            slots
                .iter_mut()
                .find_map(|slot| slot.video.pad(size, &mut Sheet { out: &mut *out, ids }))
        };
        self.link.pace(&mut self.transport, turn, &mut self.broken, pad);
    }

    /// The streams of publishers whose pictures were broken here by a lack of room.
    pub(crate) fn take_broken(&mut self) -> Vec<super::Asked> {
        let broken = std::mem::take(&mut self.broken);
        let of =
            |ssrc: &u32| self.slots.iter().find(|slot| slot.video.ssrc == *ssrc)?.video.current;
        broken.iter().filter_map(of).collect()
    }
}

/// Whether a stream that shows something else, or nothing, may go over to the stream of this
/// packet.
fn may_begin(packet: &Packet<'_>, live: &Live, granted: Result<u8, PauseReason>) -> bool {
    if packet.origin.source == Source::Microphone {
        return true;
    }
    let target = granted.ok().and_then(|ceiling| best(live, ceiling));
    packet.starts_key_frame() && target.is_some_and(|(_, ssrc)| ssrc == packet.origin.ssrc)
}

/// What the copies of sound in a slot take, bit/s.
fn copied(feed: &Feed, slot: &Slot) -> u64 {
    let copies = if slot.reads_copies() { slot.audio.copies } else { 0 };
    feed.sound.saturating_sub(SOUND_HEADERS) * u64::try_from(copies).unwrap_or(0)
}

/// What a slot would take if there were room for everything, bit/s.
fn at_best(feed: &Feed, slot: &Slot) -> u64 {
    let ceiling = match feed.occupant.source {
        Source::Screen => Some(2),
        _ => wanted(slot.size),
    };
    let Some(ceiling) = ceiling else { return 0 };
    let fitting = feed.layers.iter().take(usize::from(ceiling) + 1).flatten().copied();
    fitting.last().or_else(|| feed.layers.iter().flatten().copied().next()).unwrap_or(0)
}
