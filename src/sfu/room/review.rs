//! What a room looks at again and again: transports, speakers, slots, layers.

use super::{QUALITY, REVIEW, Room};
use crate::protocol::ids::ParticipantId;
use crate::sfu::peer::{Feed, Peer, Turn};
use crate::sfu::rewrite::Origin;
use crate::sfu::router::{Candidate, assign};
use crate::sfu::slot::Occupant;
use crate::sfu::transport::Change;
use crate::sfu::{GoneReason, MediaEvent, SlotState, Source};

impl Room {
    /// Every few milliseconds. Returns the transports that ended by themselves.
    pub(crate) fn tick(&mut self, turn: &mut Turn<'_>) -> Vec<u32> {
        let gone = self.check_transports(turn);
        for peer in &mut self.peers {
            peer.feed_back(turn);
            peer.tick_link(turn.now);
        }
        self.pace(turn);
        self.report_sent(turn);
        if turn.now - self.reviewed >= REVIEW || self.is_stale {
            (self.reviewed, self.is_stale) = (turn.now, false);
            self.note_speaker(turn);
            self.give_slots(turn);
        }
        self.ask_key_frames(turn);
        if turn.now - self.measured >= QUALITY {
            self.measured = turn.now;
            for peer in self.peers.iter_mut().filter(|peer| peer.transport.is_connected()) {
                let quality = peer.quality(turn.now);
                turn.events.push(MediaEvent::Quality { seat: peer.seat, quality });
            }
        }
        gone
    }

    /// Lets packets go that waited for their time.
    pub(crate) fn pace(&mut self, turn: &mut Turn<'_>) {
        let mut broken = Vec::new();
        for peer in &mut self.peers {
            peer.pace(turn);
            broken.extend(peer.take_broken());
        }
        for asked in broken {
            self.ask_key_frame(asked, turn);
        }
    }

    fn check_transports(&mut self, turn: &mut Turn<'_>) -> Vec<u32> {
        let mut changes = Vec::new();
        let mut gone = Vec::new();
        for peer in &mut self.peers {
            if peer.transport.ice.is_expired(turn.now) {
                let (seat, transport) = (peer.seat, peer.number);
                turn.events.push(MediaEvent::Gone {
                    seat,
                    transport,
                    reason: GoneReason::ConsentExpired,
                });
                gone.push(transport);
                continue;
            }
            let change = peer.transport.tick(turn.now, turn.out);
            if change != Change::Nothing {
                changes.push((peer.number, change));
            }
        }
        for (number, change) in changes {
            self.apply(number, change, turn);
            if matches!(change, Change::Closed | Change::Failed) {
                gone.push(number);
            }
        }
        gone
    }

    fn report_sent(&mut self, turn: &mut Turn<'_>) {
        for index in 0..self.peers.len() {
            let (before, rest) = self.peers.split_at_mut(index);
            let Some((peer, after)) = rest.split_first_mut() else { return };
            let anchor = |origin: Origin| {
                let publisher = before
                    .iter()
                    .chain(after.iter())
                    .find(|peer| peer.number == origin.transport)?;
                publisher.incoming.iter().find(|stream| stream.ssrc == origin.ssrc)?.anchor
            };
            peer.report_sent(anchor, turn);
        }
    }

    fn note_speaker(&mut self, turn: &mut Turn<'_>) {
        let speaker = self.levels.current(turn.now).and_then(|number| self.peer(number));
        let participant = speaker.map(|peer| {
            peer.spoke = turn.now;
            peer.seat.participant
        });
        if participant != self.speaker {
            self.speaker = participant;
            turn.events.push(MediaEvent::Speaker { room: self.id, participant });
        }
    }

    /// Brings every slot table up to date and tells whose changed.
    pub(super) fn give_slots(&mut self, turn: &mut Turn<'_>) {
        let candidates: Vec<Candidate> = self
            .peers
            .iter()
            .flat_map(|peer| {
                let place = |source| Occupant { transport: peer.number, source };
                let camera = Candidate { occupant: place(Source::Camera), spoke: peer.spoke };
                let screen = Candidate { occupant: place(Source::Screen), spoke: peer.spoke };
                [Some(camera), peer.shares_screen(turn.now).then_some(screen)].into_iter().flatten()
            })
            .collect();
        let mut changed = Vec::new();
        for peer in &mut self.peers {
            let others: Vec<Candidate> = candidates
                .iter()
                .filter(|candidate| candidate.occupant.transport != peer.number)
                .copied()
                .collect();
            let slots: Vec<_> = peer.slots.iter().map(|slot| slot.occupant).collect();
            if peer.give_slots(&assign(&slots, &others), turn.now) {
                changed.push(peer.number);
            }
        }
        changed.extend(self.allocate_quietly(turn.now));
        self.tell_slots(&changed, turn);
    }

    pub(super) fn allocate(&mut self, turn: &mut Turn<'_>) {
        let changed = self.allocate_quietly(turn.now);
        self.tell_slots(&changed, turn);
    }

    /// Shares out what each way carries; returns whose pauses changed.
    fn allocate_quietly(&mut self, now: i64) -> Vec<u32> {
        let of =
            |peer: &Peer| [Source::Camera, Source::Screen].map(|source| peer.feed(source, now));
        let feeds: Vec<Feed> = self.peers.iter().flat_map(of).collect();
        let changed = self
            .peers
            .iter_mut()
            .filter_map(|peer| peer.share_out(&feeds, now).then_some(peer.number));
        changed.collect()
    }

    pub(super) fn tell_slots(&self, changed: &[u32], turn: &mut Turn<'_>) {
        let people: Vec<(u32, ParticipantId)> =
            self.peers.iter().map(|peer| (peer.number, peer.seat.participant)).collect();
        for peer in self.peers.iter().filter(|peer| changed.contains(&peer.number)) {
            turn.events.push(slots_event(peer, &people));
        }
    }
}

fn slots_event(peer: &Peer, people: &[(u32, ParticipantId)]) -> MediaEvent {
    let slots = (0u8..)
        .zip(&peer.slots)
        .map(|(index, slot)| SlotState {
            slot: index,
            participant: slot.occupant.and_then(|occupant| {
                people
                    .iter()
                    .find(|(number, _)| *number == occupant.transport)
                    .map(|(_, participant)| *participant)
            }),
            source: slot.occupant.map_or(Source::Camera, |occupant| occupant.source),
            paused: slot.occupant.and(slot.granted.err()),
        })
        .collect();
    MediaEvent::Slots { seat: peer.seat, transport: peer.number, slots }
}
