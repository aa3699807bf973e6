//! One room: who is in it, who sees whom, and the way of a packet from one to all others.
//!
//! Owns the peers and the slot tables. Invariant RM-2: what reaches a slot came from a peer of this
//! room, authentic and not muted. Told the time; datagrams come in by reference, and go out into
//! the turn's outbox.

mod review;

use super::layers::{Live, best};
use super::levels::ActiveSpeaker;
use super::peer::{Asked, Peer, Turn};
use super::rewrite::{Origin, Packet};
use super::slot::Occupant;
use super::transport::Change;
use super::{GoneReason, MediaEvent, Seat, SlotSize, Source};
use crate::protocol::ids::{AppointmentId, ParticipantId};
use std::net::SocketAddr;

/// Between two looks at slots, layers and the speaker, µs.
const REVIEW: i64 = 100_000;
/// Between two reports of quality, µs.
const QUALITY: i64 = 2_000_000;

/// One room.
pub(crate) struct Room {
    pub(crate) id: AppointmentId,
    /// In the order of joining.
    pub(crate) peers: Vec<Peer>,
    levels: ActiveSpeaker,
    speaker: Option<ParticipantId>,
    reviewed: i64,
    measured: i64,
    /// A slot table may be out of date.
    is_stale: bool,
    scratch: Vec<u8>,
}

impl Room {
    /// An empty room.
    pub(crate) fn new(id: AppointmentId) -> Self {
        Self {
            id,
            peers: Vec::new(),
            levels: ActiveSpeaker::default(),
            speaker: None,
            reviewed: 0,
            measured: 0,
            is_stale: false,
            scratch: Vec::new(),
        }
    }

    /// The peer with this transport.
    pub(crate) fn peer(&mut self, number: u32) -> Option<&mut Peer> {
        self.peers.iter_mut().find(|peer| peer.number == number)
    }

    /// The transport of a seat.
    pub(crate) fn transport_of(&self, seat: Seat) -> Option<u32> {
        self.peers.iter().find(|peer| peer.seat == seat).map(|peer| peer.number)
    }

    /// Takes a peer in and tells everybody's slots.
    pub(crate) fn enter(&mut self, peer: Peer, turn: &mut Turn<'_>) {
        let number = peer.number;
        self.peers.push(peer);
        let told = turn.events.len();
        self.give_slots(turn);
        // The newcomer gets its table even when it is empty.
        let is_told = turn.events.iter().skip(told).any(
            |event| matches!(event, MediaEvent::Slots { transport, .. } if *transport == number),
        );
        if !is_told {
            self.tell_slots(&[number], turn);
        }
    }

    /// Takes a peer out; its slots at the others become free.
    pub(crate) fn leave(&mut self, number: u32, turn: &mut Turn<'_>) -> Option<Peer> {
        let place = self.peers.iter().position(|peer| peer.number == number)?;
        let mut gone = self.peers.remove(place);
        self.levels.remove(number);
        gone.transport.close(turn.now, turn.out);
        self.give_slots(turn);
        Some(gone)
    }

    /// Mutes or unmutes a source.
    pub(crate) fn mute(&mut self, number: u32, source: Source, muted: bool, turn: &mut Turn<'_>) {
        let Some(peer) = self.peer(number) else { return };
        if peer.is_muted(source) == muted {
            return;
        }
        peer.mute(source, muted);
        // What was sent before does not go on by itself: a picture begins anew with a key frame, a
        // sound with a mark.
        for peer in &mut self.peers {
            peer.silence(number, source);
        }
        if source == Source::Microphone {
            self.levels.remove(number);
        }
        self.give_slots(turn);
        self.ask_key_frames(turn);
    }

    /// Notes at which sizes a client shows its slots.
    pub(crate) fn view(&mut self, number: u32, sizes: &[SlotSize], turn: &mut Turn<'_>) {
        let Some(peer) = self.peer(number) else { return };
        for size in sizes {
            if let Some(slot) = peer.slots.get_mut(usize::from(size.slot)) {
                slot.size = Some((size.width, size.height));
            }
        }
        self.allocate(turn);
        self.ask_key_frames(turn);
    }

    /// A DTLS record for one of the peers.
    pub(crate) fn handshake(
        &mut self,
        number: u32,
        datagram: &[u8],
        turn: &mut Turn<'_>,
    ) -> Change {
        let Some(peer) = self.peer(number) else { return Change::Nothing };
        let change = peer.transport.handshake(datagram, turn.now, turn.out);
        self.apply(number, change, turn);
        change
    }

    fn apply(&mut self, number: u32, change: Change, turn: &mut Turn<'_>) {
        let Some(peer) = self.peer(number) else { return };
        let (seat, transport) = (peer.seat, number);
        let gone = |reason| MediaEvent::Gone { seat, transport, reason };
        match change {
            Change::Nothing => {}
            Change::Connected => {
                turn.events.push(MediaEvent::Connected { seat, transport });
                self.ask_key_frames(turn);
            }
            Change::Closed => turn.events.push(gone(GoneReason::ClosedByPeer)),
            Change::Failed => {
                turn.counters.handshakes_failed += 1;
                turn.events.push(gone(GoneReason::HandshakeFailed));
            }
        }
    }

    /// An SRTP packet of one of the peers goes to all others.
    pub(crate) fn media(
        &mut self,
        number: u32,
        datagram: &mut [u8],
        from: SocketAddr,
        turn: &mut Turn<'_>,
    ) {
        let Some(place) = self.peers.iter().position(|peer| peer.number == number) else { return };
        let Some(publisher) = self.peers.get_mut(place) else { return };
        let Some(received) = publisher.receive(datagram, from, turn) else { return };
        for packet in received.packets() {
            self.pass_on(place, &packet, turn);
        }
    }

    /// A packet of the peer at this place goes to all others.
    fn pass_on(&mut self, place: usize, packet: &Packet<'_>, turn: &mut Turn<'_>) {
        let live = match self.peers.get(place) {
            Some(publisher) if packet.starts_key_frame() => {
                publisher.live(packet.origin.source, turn.now)
            }
            _ => Live::default(),
        };
        if let Some(level) = packet.level {
            let number = packet.origin.transport;
            self.levels.on_level(number, level & 0x7F, level & 0x80 != 0, turn.now);
        }
        self.is_stale |= packet.origin.source == Source::Screen
            && !packet.payload.is_empty()
            && !self.is_shown(packet.origin);
        for (other, peer) in self.peers.iter_mut().enumerate() {
            if other != place {
                peer.forward(packet, &live, turn);
            }
        }
    }

    fn is_shown(&self, origin: Origin) -> bool {
        let occupant = Some(Occupant { transport: origin.transport, source: origin.source });
        self.peers.iter().any(|peer| peer.slots.iter().any(|slot| slot.occupant == occupant))
    }

    /// An SRTCP packet of one of the peers.
    pub(crate) fn control(
        &mut self,
        number: u32,
        datagram: &mut [u8],
        from: SocketAddr,
        turn: &mut Turn<'_>,
    ) {
        let Some(peer) = self.peer(number) else { return };
        let requests = peer.listen(datagram, from, turn);
        for (slot, sent) in requests.repeats {
            let mut payload = std::mem::take(&mut self.scratch);
            payload.clear();
            let publisher = self.peers.iter().find(|peer| peer.number == sent.origin.transport);
            let kept = publisher
                .and_then(|peer| {
                    peer.incoming.iter().find(|stream| stream.ssrc == sent.origin.ssrc)
                })
                .and_then(|stream| stream.history.get(sent.source_number));
            payload.extend_from_slice(kept.unwrap_or_default());
            if let Some(peer) = self.peer(number).filter(|_| !payload.is_empty()) {
                peer.repeat(slot, &sent, &payload, turn);
            }
            self.scratch = payload;
        }
        for asked in requests.key_frames {
            self.ask_key_frame(asked, turn);
        }
    }

    fn ask_key_frame(&mut self, asked: Asked, turn: &mut Turn<'_>) {
        if let Some(publisher) = self.peer(asked.transport) {
            publisher.ask_key_frame(asked.ssrc, turn);
        }
    }

    /// Asks for a key frame wherever a slot waits for one.
    fn ask_key_frames(&mut self, turn: &mut Turn<'_>) {
        let mut asked: Vec<Asked> = Vec::new();
        for peer in self.peers.iter().filter(|peer| peer.transport.is_connected()) {
            for slot in &peer.slots {
                let (Some(occupant), Ok(ceiling)) = (slot.occupant, slot.granted) else {
                    continue;
                };
                let Some(publisher) =
                    self.peers.iter().find(|peer| peer.number == occupant.transport)
                else {
                    continue;
                };
                let live = publisher.live(occupant.source, turn.now);
                let Some((layer, ssrc)) = best(&live, ceiling) else { continue };
                if slot.video.current.map(|origin| origin.ssrc) != Some(ssrc) {
                    asked.push(Origin {
                        transport: occupant.transport,
                        ssrc,
                        source: occupant.source,
                        layer,
                    });
                }
            }
        }
        for origin in asked {
            self.ask_key_frame(origin, turn);
        }
    }

    /// Whether the last one has left.
    pub(crate) fn is_empty(&self) -> bool {
        self.peers.is_empty()
    }
}

#[cfg(test)]
mod tests;
