//! What a worker is told: joins, ICE restarts, commands.

use super::{Order, Worker, turn};
use crate::protocol::ids::AppointmentId;
use crate::sfu::ice::Ice;
use crate::sfu::peer::{Peer, Turn};
use crate::sfu::room::Room;
use crate::sfu::transport::Transport;
use crate::sfu::{Command, Joined, MediaError, Seat, negotiation};
use std::net::SocketAddr;
use std::sync::atomic::Ordering;

impl Worker {
    #[allow(clippy::panic, reason = "the drill is there to see a worker die")]
    pub(super) fn execute(&mut self, order: Order) {
        match order {
            // Whoever asked may have gone; the transport then ends by consent.
            Order::Join { seat, offer, answer } => drop(answer.send(self.join(seat, &offer))),
            Order::Restart { seat, offer, answer } => drop(answer.send(self.restart(seat, &offer))),
            Order::Tell(command) => self.command(command),
            Order::Panic => panic!("a drill ends this media worker"),
        }
    }

    /// Takes in a peer that is connected already, for measurements.
    pub(crate) fn adopt(&mut self, peer: Peer, address: SocketAddr) {
        let (now, id, number) = (self.now(), peer.seat.room, peer.number);
        self.by_address.insert(address, (id, number));
        let room = self.rooms.entry(id).or_insert_with(|| Room::new(id));
        room.enter(peer, &mut turn!(self, now));
    }

    fn join(&mut self, seat: Seat, offer: &str) -> Result<Joined, MediaError> {
        let offer = negotiation::parse(offer)?;
        let taken_over = self.rooms.get(&seat.room).and_then(|room| room.transport_of(seat));
        let in_room = self.rooms.get(&seat.room).map_or(0, |room| room.peers.len());
        let is_full = self.transports() >= self.setup.config.max_transports
            || in_room >= self.setup.config.max_room;
        if is_full && taken_over.is_none() {
            return Err(MediaError::Full);
        }
        if let Some(number) = taken_over {
            self.remove(seat.room, number);
        }
        let now = self.now();
        let mut peer = self.peer(seat, offer, now).ok_or(MediaError::Unavailable)?;
        let (number, slots) = (peer.number, peer.slot_count());
        let answer = peer.answer(self.setup.identity.fingerprint, &self.setup.addresses);
        for name in peer.transport.ice.names() {
            self.by_user.insert(name.to_owned(), (seat.room, number));
        }
        let room = self.rooms.entry(seat.room).or_insert_with(|| Room::new(seat.room));
        room.enter(peer, &mut turn!(self, now));
        self.publish_rooms();
        Ok(Joined { answer, transport: number, slots })
    }

    fn peer(&self, seat: Seat, offer: negotiation::Offer, now: i64) -> Option<Peer> {
        let identity = &self.setup.identity;
        let credentials = Transport::credentials(identity)?;
        let ice = Ice::new(credentials, offer.ufrag.clone(), now);
        let transport = Transport::new(identity.clone(), ice, offer.fingerprint, self.setup.epoch)?;
        let number = self.setup.numbers.fetch_add(1, Ordering::Relaxed);
        let random = || identity.random().unwrap_or(0x5EED);
        Some(Peer::new(seat, number, transport, offer, random))
    }

    fn restart(&mut self, seat: Seat, offer: &str) -> Result<Joined, MediaError> {
        let offer = negotiation::parse(offer)?;
        let credentials =
            Transport::credentials(&self.setup.identity).ok_or(MediaError::Unavailable)?;
        let room = self.rooms.get_mut(&seat.room).ok_or(MediaError::NoSuchSeat)?;
        let number = room.transport_of(seat).ok_or(MediaError::NoSuchSeat)?;
        let peer = room.peer(number).ok_or(MediaError::NoSuchSeat)?;
        if !peer.is_restart(&offer) {
            return Err(MediaError::BadOffer("not an ICE restart of this transport"));
        }
        self.by_user.insert(credentials.ufrag.clone(), (seat.room, number));
        if let Some(old) = peer.restart(credentials, offer.ufrag) {
            self.by_user.remove(&old);
        }
        let answer = peer.answer(self.setup.identity.fingerprint, &self.setup.addresses);
        Ok(Joined { answer, transport: number, slots: peer.slot_count() })
    }

    fn command(&mut self, command: Command) {
        let now = self.now();
        let (Command::Leave(seat) | Command::Mute { seat, .. } | Command::View { seat, .. }) =
            &command
        else {
            if let Command::CloseRoom(room) = command {
                self.close(room);
            }
            return;
        };
        let room = self.rooms.get_mut(&seat.room);
        let found = room.and_then(|room| room.transport_of(*seat).map(|number| (room, number)));
        let Some((room, number)) = found else {
            self.counters.stray_commands += 1;
            return;
        };
        match command {
            Command::Leave(seat) => self.remove(seat.room, number),
            Command::Mute { source, muted, .. } => {
                room.mute(number, source, muted, &mut turn!(self, now))
            }
            Command::View { sizes, .. } => room.view(number, &sizes, &mut turn!(self, now)),
            Command::CloseRoom(_) => {}
        }
    }

    pub(super) fn close(&mut self, id: AppointmentId) {
        let Some(room) = self.rooms.get(&id) else {
            self.counters.stray_commands += 1;
            return;
        };
        let numbers: Vec<u32> = room.peers.iter().map(|peer| peer.number).collect();
        for number in numbers {
            self.remove(id, number);
        }
    }

    pub(super) fn remove(&mut self, id: AppointmentId, number: u32) {
        let now = self.now();
        let Some(room) = self.rooms.get_mut(&id) else { return };
        if let Some(gone) = room.leave(number, &mut turn!(self, now)) {
            for name in gone.transport.ice.names() {
                self.by_user.remove(name);
            }
            for address in gone.transport.ice.addresses() {
                self.by_address.remove(address);
            }
        }
        if room.is_empty() {
            self.rooms.remove(&id);
        }
        self.publish_rooms();
    }
}
