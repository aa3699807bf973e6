//! A worker: one thread, one UDP socket, the rooms that live on it, and no locks on the way of a
//! packet.
//!
//! Owns the loop and the tables that name the peer of a datagram. The canonical turn, in this
//! order, nothing in between:
//!
//! 1. take the commands;
//! 2. read a burst of datagrams and let each go its way;
//! 3. when it is time, tick the rooms;
//! 4. flush what is to be sent;
//! 5. hand out the events.
//!
//! A panic ends this thread only; its rooms are told.

mod orders;

use super::config::{Config, Dice};
use super::counters::Counters;
use super::ice::{Limiter, peek_user};
use super::lane::Orders;
use super::outbox::Outbox;
use super::peer::Turn;
use super::room::Room;
use super::socket::{Inbox, Socket, Waker};
use super::stopwatch::{Lap, Stopwatch};
use super::transport::{AddressChange, Change, Identity};
use super::{Command, Joined, MediaError, MediaEvent, Seat};
use crate::protocol::ids::AppointmentId;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::TryRecvError;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// Commands that are taken in one turn.
const COMMANDS: usize = 64;
/// Between ticks of the rooms, µs.
const TICK: i64 = 10_000;
/// Between two looks at packets that wait for their time, µs.
const PACE: i64 = 2_000;
/// How long an idle worker sleeps at most, so that its supervisor sees it alive.
const IDLE: Duration = Duration::from_millis(250);

/// What a worker is told.
pub(crate) enum Order {
    Join {
        seat: Seat,
        offer: String,
        answer: oneshot::Sender<Result<Joined, MediaError>>,
    },
    Restart {
        seat: Seat,
        offer: String,
        answer: oneshot::Sender<Result<Joined, MediaError>>,
    },
    Tell(Command),
    /// For failure drills.
    Panic,
}

/// What the pool may see of a worker while it runs.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// Ends the thread.
    pub(crate) stops: AtomicBool,
    /// Set when the thread has ended.
    pub(crate) ended: AtomicBool,
    /// Milliseconds since the start of the pool when the loop last came round.
    pub(crate) seen: AtomicU64,
    pub(crate) transports: AtomicUsize,
    /// Touched only when rooms come and go, and when figures are handed out.
    pub(crate) rooms: Mutex<Vec<AppointmentId>>,
    pub(crate) counters: Mutex<Counters>,
}

/// Everything a worker's thread begins with.
pub(crate) struct Setup {
    pub(crate) config: Arc<Config>,
    pub(crate) identity: Arc<Identity>,
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) socket: Arc<UdpSocket>,
    pub(crate) waker: Waker,
    pub(crate) orders: Orders,
    pub(crate) events: mpsc::Sender<MediaEvent>,
    pub(crate) shared: Arc<Shared>,
    /// Numbers of transports go on from those of the worker before.
    pub(crate) numbers: Arc<std::sync::atomic::AtomicU32>,
    /// µs since 1900 at `epoch`.
    pub(crate) wall: i64,
    pub(crate) epoch: Instant,
    /// Start of the pool.
    pub(crate) birth: Instant,
    /// Measures the thread; in measurements only.
    pub(crate) laps: Option<std::sync::mpsc::Sender<Lap>>,
}

/// The state of a worker's thread.
pub(crate) struct Worker {
    socket: Socket,
    setup: Setup,
    rooms: BTreeMap<AppointmentId, Room>,
    by_user: HashMap<String, (AppointmentId, u32)>,
    by_address: HashMap<SocketAddr, (AppointmentId, u32)>,
    limiter: Limiter,
    out: Outbox,
    events: Vec<MediaEvent>,
    counters: Counters,
    dice: Dice,
    ticked: i64,
    /// Packets wait for their time.
    is_pacing: bool,
    paced: i64,
    published: i64,
    /// When events that found no room are offered again.
    retry: i64,
    /// µs from the start of the pool to the worker's time zero.
    age: i64,
}

/// Lends the worker's parts to a room; a macro, because the room itself is borrowed beside them.
macro_rules! turn {
    ($worker:ident, $now:expr) => {
        Turn {
            now: $now,
            wall: $worker.setup.wall,
            out: &mut $worker.out,
            events: &mut $worker.events,
            counters: &mut $worker.counters,
            dice: &mut $worker.dice,
            is_pacing: &mut $worker.is_pacing,
        }
    };
}
use turn;

impl Worker {
    pub(crate) fn new(mut setup: Setup) -> Self {
        let dice = Dice::new(setup.config.loss);
        let watch = setup.laps.take().map(Stopwatch::new);
        let age = setup.epoch.saturating_duration_since(setup.birth).as_micros();
        Self {
            socket: Socket::new(setup.socket.clone(), setup.waker.clone(), watch),
            setup,
            rooms: BTreeMap::new(),
            by_user: HashMap::new(),
            by_address: HashMap::new(),
            limiter: Limiter::default(),
            out: Outbox::default(),
            events: Vec::new(),
            counters: Counters::default(),
            dice,
            ticked: 0,
            is_pacing: false,
            paced: 0,
            published: 0,
            retry: 0,
            age: i64::try_from(age).unwrap_or(0),
        }
    }

    fn now(&self) -> i64 {
        i64::try_from(self.setup.epoch.elapsed().as_micros()).unwrap_or(i64::MAX)
    }

    /// The loop. Returns when it is told to stop, or when nobody can tell it anything any more.
    pub(crate) fn run(mut self) {
        let mut inbox = Inbox::new();
        while !self.setup.shared.stops.load(Ordering::Relaxed) {
            if !self.obey() {
                return;
            }
            let has_more = self.socket.receive(&mut inbox);
            // One look at the clock for all of a turn: what came in one burst came at one time.
            let now = self.now();
            for (datagram, from) in inbox.datagrams() {
                self.counters.received += 1;
                self.datagram(datagram, from, now);
            }
            if now - self.ticked >= TICK {
                self.ticked = now;
                self.tick(now);
            } else if self.is_pacing && now - self.paced >= PACE {
                self.pace(now);
            }
            self.socket.flush(&mut self.out, &mut self.counters);
            self.hand_out(now);
            if !has_more {
                self.socket.wait(self.patience(now));
            }
        }
        self.part();
    }

    /// How long there is nothing to do unless something comes. The system counts in milliseconds.
    fn patience(&self, now: i64) -> Duration {
        if self.rooms.is_empty() {
            return IDLE;
        }
        let next = if self.is_pacing { self.paced + PACE } else { self.ticked + TICK };
        let left = u64::try_from(next - now).unwrap_or(0);
        Duration::from_millis(left.div_ceil(1000))
    }

    /// Takes waiting commands; false when the pool is gone.
    fn obey(&mut self) -> bool {
        for _ in 0..COMMANDS {
            match self.setup.orders.next() {
                Ok(order) => self.execute(order),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
        true
    }

    /// RFC 7983: the first byte tells what it is.
    fn datagram(&mut self, datagram: &mut [u8], from: SocketAddr, now: i64) {
        match datagram.first() {
            Some(0..=3) => self.check(datagram, from, now),
            Some(20..=63) => self.handshake(datagram, from, now),
            Some(128..=191) => self.media(datagram, from, now),
            _ => self.counters.garbage += 1,
        }
    }

    fn check(&mut self, datagram: &[u8], from: SocketAddr, now: i64) {
        let Some(names) = peek_user(datagram) else {
            self.counters.garbage += 1;
            return;
        };
        let Some(&(id, number)) = self.by_user.get(names.0) else {
            self.counters.unknown_user += 1;
            return;
        };
        if !self.limiter.allows(from.ip(), now) {
            self.counters.rate_limited += 1;
            return;
        }
        let Some(peer) = self.rooms.get_mut(&id).and_then(|room| room.peer(number)) else { return };
        let selected = peer.transport.ice.selected();
        let change =
            peer.transport.check(datagram, names, from, now, (&mut self.out, &mut self.counters));
        if selected.is_some() && selected != peer.transport.ice.selected() {
            peer.moved(now);
        }
        self.note_addresses(change, (id, number));
    }

    fn note_addresses(&mut self, change: AddressChange, whose: (AppointmentId, u32)) {
        if let Some(address) = change.accepted {
            self.by_address.insert(address, whose);
        }
        if let Some(address) = change.forgotten {
            self.by_address.remove(&address);
        }
    }

    fn handshake(&mut self, datagram: &[u8], from: SocketAddr, now: i64) {
        let Some(&(id, number)) = self.by_address.get(&from) else {
            self.counters.unknown_source += 1;
            return;
        };
        let Some(room) = self.rooms.get_mut(&id) else { return };
        let change = room.handshake(number, datagram, &mut turn!(self, now));
        if matches!(change, Change::Closed | Change::Failed) {
            self.remove(id, number);
        }
    }

    fn media(&mut self, datagram: &mut [u8], from: SocketAddr, now: i64) {
        let Some(&(id, number)) = self.by_address.get(&from) else {
            self.counters.unknown_source += 1;
            return;
        };
        if self.dice.loses_up() {
            self.counters.lost_on_purpose += 1;
            return;
        }
        let Some(room) = self.rooms.get_mut(&id) else { return };
        // RFC 5761: these payload types are RTCP.
        if matches!(datagram.get(1), Some(192..=223)) {
            room.control(number, datagram, from, &mut turn!(self, now));
        } else {
            room.media(number, datagram, from, &mut turn!(self, now));
        }
    }

    fn pace(&mut self, now: i64) {
        (self.paced, self.is_pacing) = (now, false);
        for room in self.rooms.values_mut() {
            room.pace(&mut turn!(self, now));
        }
    }

    fn tick(&mut self, now: i64) {
        (self.paced, self.is_pacing) = (now, false);
        let mut gone = Vec::new();
        for (id, room) in &mut self.rooms {
            let ended = room.tick(&mut turn!(self, now));
            gone.extend(ended.into_iter().map(|number| (*id, number)));
        }
        for (id, number) in gone {
            self.remove(id, number);
        }
    }

    fn give_events(&mut self, now: i64) {
        let mut waiting = std::mem::take(&mut self.events).into_iter();
        while waiting.len() > 0 {
            match self.setup.events.try_reserve() {
                Ok(place) => {
                    if let Some(event) = waiting.next() {
                        place.send(event);
                    }
                }
                // Nobody is there to be told.
                Err(mpsc::error::TrySendError::Closed(())) => break,
                Err(mpsc::error::TrySendError::Full(())) => {
                    self.events = thin_out(waiting.collect());
                    self.retry = now + TICK;
                    break;
                }
            }
        }
    }

    /// Says goodbye to everybody, so that no client waits for its own timers.
    fn part(&mut self) {
        let rooms: Vec<AppointmentId> = self.rooms.keys().copied().collect();
        for room in rooms {
            self.close(room);
        }
        self.socket.flush(&mut self.out, &mut self.counters);
    }

    fn transports(&self) -> usize {
        self.rooms.values().map(|room| room.peers.len()).sum()
    }

    fn publish_rooms(&self) {
        self.setup.shared.transports.store(self.transports(), Ordering::Relaxed);
        let mut rooms = self.setup.shared.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.clear();
        rooms.extend(self.rooms.keys());
    }

    /// Hands the events out in order. When nobody takes them they wait here; figures of quality do
    /// not.
    fn hand_out(&mut self, now: i64) {
        if !self.events.is_empty() && now >= self.retry {
            self.give_events(now);
        }
        let seen = u64::try_from((now + self.age) / 1000).unwrap_or(0);
        self.setup.shared.seen.store(seen, Ordering::Relaxed);
        if now - self.published >= 100_000 || self.rooms.is_empty() {
            self.published = now;
            *self.setup.shared.counters.lock().unwrap_or_else(PoisonError::into_inner) =
                self.counters;
        }
    }
}

/// Of events that nobody takes, keeps those that are not overtaken by a later one: memory stays bounded
/// by the number of transports.
fn thin_out(events: Vec<MediaEvent>) -> Vec<MediaEvent> {
    let (mut tables, mut speakers) = (HashSet::new(), HashSet::new());
    let is_current = |event: &MediaEvent| match event {
        MediaEvent::Quality { .. } => false,
        MediaEvent::Slots { transport, .. } => tables.insert(*transport),
        MediaEvent::Speaker { room, .. } => speakers.insert(*room),
        _ => true,
    };
    let mut kept: Vec<MediaEvent> = events.into_iter().rev().collect();
    kept.retain(is_current);
    kept.reverse();
    kept
}

#[cfg(test)]
#[path = "worker_tests.rs"]
mod tests;
