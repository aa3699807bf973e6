//! The pool: which worker a room lives on, and the seam that the rest of the house speaks to.
//!
//! Owns the sockets, so that a worker that is started anew has the port of the one before. A room
//! lives on the worker that its id picks, for as long as the pool lives. Decides nothing about
//! media.

use super::config::Config;
use super::counters::Counters;
use super::lane::{Lane, lane};
use super::socket::{Waker, bind, interface_addresses};
use super::transport::Identity;
use super::worker::{Order, Setup, Shared, Worker};
use super::{Command, Joined, MediaError, MediaEvent, MediaPlane, Seat, WorkerHealth, Workers};
use crate::protocol::ids::AppointmentId;
use async_trait::async_trait;
use std::io::{Error, Result};
use std::net::{SocketAddr, UdpSocket};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// Answers take no longer than this.
const DEADLINE: Duration = Duration::from_secs(2);
/// Events that wait for the house; a worker keeps what does not fit.
const EVENTS: usize = 8192;
/// A worker whose loop has not come round for this long counts as dead.
const STUCK: Duration = Duration::from_secs(1);

struct Running {
    orders: Lane,
    waker: Waker,
    shared: Arc<Shared>,
}

struct Seatless {
    socket: Arc<UdpSocket>,
    addresses: Vec<SocketAddr>,
    numbers: Arc<AtomicU32>,
    running: Mutex<Running>,
}

/// All workers of this process.
pub struct Pool {
    config: Arc<Config>,
    identity: Arc<Identity>,
    workers: Vec<Seatless>,
    events: mpsc::Sender<MediaEvent>,
    /// µs since 1900 at `birth`.
    wall: i64,
    birth: Instant,
}

impl Pool {
    /// Binds the sockets and starts the threads. `unix_micros` is the wall clock now, µs since
    /// 1970.
    ///
    /// # Errors
    ///
    /// When an address cannot be bound, or a thread or a certificate cannot be made.
    pub fn start(config: Config, unix_micros: i64) -> Result<(Self, mpsc::Receiver<MediaEvent>)> {
        let (events, receiver) = mpsc::channel(EVENTS);
        let mut pool = Self {
            identity: Arc::new(Identity::generate()?),
            workers: Vec::new(),
            events,
            wall: unix_micros + 2_208_988_800_000_000,
            birth: Instant::now(),
            config: Arc::new(config),
        };
        for index in 0..pool.config.workers.max(1) {
            let socket = Arc::new(bind(pool.address_of(index)?)?);
            let addresses = pool.advertised(socket.local_addr()?);
            let numbers = Arc::new(AtomicU32::new(1));
            let running = pool.spawn(&socket, &addresses, &numbers)?;
            pool.workers.push(Seatless {
                socket,
                addresses,
                numbers,
                running: Mutex::new(running),
            });
        }
        Ok((pool, receiver))
    }

    fn address_of(&self, index: usize) -> Result<SocketAddr> {
        let mut address = self.config.bind;
        if address.port() != 0 {
            let port =
                u16::try_from(index).ok().and_then(|index| address.port().checked_add(index));
            address.set_port(
                port.ok_or_else(|| Error::other("no UDP port left for this many media workers"))?,
            );
        }
        Ok(address)
    }

    fn advertised(&self, bound: SocketAddr) -> Vec<SocketAddr> {
        let ips = if !self.config.advertise.is_empty() {
            self.config.advertise.clone()
        } else if bound.ip().is_unspecified() {
            interface_addresses(bound.is_ipv6(), self.config.loopback)
        } else {
            vec![bound.ip()]
        };
        ips.into_iter().map(|ip| SocketAddr::new(ip, bound.port())).collect()
    }

    fn spawn(
        &self,
        socket: &Arc<UdpSocket>,
        addresses: &[SocketAddr],
        numbers: &Arc<AtomicU32>,
    ) -> Result<Running> {
        let (orders, waiting) = lane();
        let waker = Waker::new()?;
        let shared = Arc::new(Shared::default());
        shared
            .seen
            .store(u64::try_from(self.birth.elapsed().as_millis()).unwrap_or(0), Ordering::Relaxed);
        let setup = Setup {
            config: self.config.clone(),
            identity: self.identity.clone(),
            addresses: addresses.to_vec(),
            socket: socket.clone(),
            waker: waker.clone(),
            orders: waiting,
            events: self.events.clone(),
            shared: shared.clone(),
            numbers: numbers.clone(),
            wall: self.wall,
            epoch: self.birth,
            birth: self.birth,
            laps: None,
        };
        let (events, watched) = (self.events.clone(), shared.clone());
        std::thread::Builder::new().name("media".to_owned()).spawn(move || {
            let ended = catch_unwind(AssertUnwindSafe(|| Worker::new(setup).run()));
            watched.ended.store(true, Ordering::Release);
            if ended.is_err() {
                let rooms = rooms_of(&watched);
                tracing::error!(rooms = rooms.len(), "a media worker died");
                // The channel outlives any burst of events; a supervisor that misses this sees it
                // in `health`.
                drop(events.blocking_send(MediaEvent::WorkerLost { rooms }));
            }
        })?;
        Ok(Running { orders, waker, shared })
    }

    fn worker_of(&self, room: AppointmentId) -> Option<&Seatless> {
        let count = u128::try_from(self.workers.len()).ok().filter(|count| *count > 0)?;
        self.workers.get(usize::try_from(room.0.as_u128() % count).ok()?)
    }

    fn give(&self, room: AppointmentId, order: Order) -> bool {
        let Some(worker) = self.worker_of(room) else { return false };
        let running = worker.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.shared.ended.load(Ordering::Acquire) {
            return false;
        }
        let is_taken = running.orders.give(order);
        running.waker.wake();
        is_taken
    }

    async fn ask(
        &self,
        room: AppointmentId,
        order: impl FnOnce(oneshot::Sender<std::result::Result<Joined, MediaError>>) -> Order,
    ) -> std::result::Result<Joined, MediaError> {
        let (sender, answer) = oneshot::channel();
        if !self.give(room, order(sender)) {
            return Err(MediaError::Unavailable);
        }
        match tokio::time::timeout(DEADLINE, answer).await {
            Ok(Ok(answer)) => answer,
            _ => Err(MediaError::Unavailable),
        }
    }

    /// Where each worker listens.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.workers.iter().filter_map(|worker| worker.socket.local_addr().ok()).collect()
    }

    /// Totals of all workers, at most a tenth of a second old.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let mut total = Counters::default();
        for worker in &self.workers {
            let running = worker.running.lock().unwrap_or_else(PoisonError::into_inner);
            total.add(&running.shared.counters.lock().unwrap_or_else(PoisonError::into_inner));
        }
        total
    }
}

fn rooms_of(shared: &Shared) -> Vec<AppointmentId> {
    shared.rooms.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

#[async_trait]
impl MediaPlane for Pool {
    async fn join(&self, seat: Seat, offer: String) -> std::result::Result<Joined, MediaError> {
        self.ask(seat.room, |answer| Order::Join { seat, offer, answer }).await
    }

    async fn restart_ice(
        &self,
        seat: Seat,
        offer: String,
    ) -> std::result::Result<Joined, MediaError> {
        self.ask(seat.room, |answer| Order::Restart { seat, offer, answer }).await
    }

    fn tell(&self, command: Command) -> bool {
        let room = match &command {
            Command::Leave(seat) | Command::Mute { seat, .. } | Command::View { seat, .. } => {
                seat.room
            }
            Command::CloseRoom(room) => *room,
        };
        self.give(room, Order::Tell(command))
    }
}

impl Workers for Pool {
    fn health(&self) -> Vec<WorkerHealth> {
        let now = self.birth.elapsed();
        let of = |(worker, seatless): (usize, &Seatless)| {
            let running = seatless.running.lock().unwrap_or_else(PoisonError::into_inner);
            let shared = &running.shared;
            let seen = Duration::from_millis(shared.seen.load(Ordering::Relaxed));
            WorkerHealth {
                worker,
                is_alive: !shared.ended.load(Ordering::Acquire) && now.saturating_sub(seen) < STUCK,
                rooms: rooms_of(shared).len(),
                transports: shared.transports.load(Ordering::Relaxed),
            }
        };
        self.workers.iter().enumerate().map(of).collect()
    }

    fn restart(&self, worker: usize) -> Result<Vec<AppointmentId>> {
        let worker =
            self.workers.get(worker).ok_or_else(|| Error::other("no such media worker"))?;
        let mut running = worker.running.lock().unwrap_or_else(PoisonError::into_inner);
        // One that is stuck ends when it comes round again; until then it holds nothing that the
        // new one needs.
        running.shared.stops.store(true, Ordering::Relaxed);
        running.waker.wake();
        let lost = rooms_of(&running.shared);
        *running = self.spawn(&worker.socket, &worker.addresses, &worker.numbers)?;
        Ok(lost)
    }

    fn counted(&self) -> Vec<(&'static str, u64)> {
        self.counters().named()
    }

    fn kill(&self, worker: usize) -> bool {
        let Some(worker) = self.workers.get(worker).filter(|_| self.config.drills) else {
            return false;
        };
        let running = worker.running.lock().unwrap_or_else(PoisonError::into_inner);
        let is_told = running.orders.give(Order::Panic);
        running.waker.wake();
        is_told
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        for worker in &self.workers {
            let running = worker.running.lock().unwrap_or_else(PoisonError::into_inner);
            running.shared.stops.store(true, Ordering::Relaxed);
            running.waker.wake();
        }
    }
}
