//! The threads of a measurement: a worker with clients that are connected already, and where its
//! packets go.

use crate::protocol::ids::{AppointmentId, ParticipantId};
use crate::sfu::config::Config;
use crate::sfu::lane::{Lane, lane};
use crate::sfu::peer::Peer;
use crate::sfu::rig::{Client, connected};
use crate::sfu::rtp::{be16, be32};
use crate::sfu::socket::{Waker, bind};
use crate::sfu::transport::Identity;
use crate::sfu::worker::{Setup, Shared, Worker};
use crate::sfu::{MediaEvent, Seat, negotiation};
use std::io::Result;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A way that never limits, bit/s.
const WIDE: u64 = 1_000_000_000;

/// What ends a measured thread.
pub(super) enum Stops {
    Worker(Arc<Shared>),
    Calls(Arc<AtomicBool>),
}

/// A thread whose CPU time can be read from outside, until it is told to stop.
pub(super) struct Measured {
    path: std::path::PathBuf,
    stops: Stops,
    wake: Waker,
    thread: JoinHandle<()>,
}

impl Measured {
    pub(super) fn spawn(
        wake: Waker,
        stops: Stops,
        run: impl FnOnce() + std::marker::Send + 'static,
    ) -> Result<Self> {
        let (sender, path) = channel();
        let thread = std::thread::Builder::new().name("measured".to_owned()).spawn(move || {
            // Where this thread's figures are, for who reads them from another one.
            let link = std::fs::read_link("/proc/thread-self").unwrap_or_default();
            if sender.send(std::path::Path::new("/proc").join(link).join("schedstat")).is_ok() {
                run();
            }
        })?;
        let path = path.recv().map_err(std::io::Error::other)?;
        Ok(Self { path, stops, wake, thread })
    }

    /// CPU time so far, ns.
    pub(super) fn cpu(&self) -> f64 {
        let text = std::fs::read_to_string(&self.path).unwrap_or_default();
        text.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0.0)
    }

    pub(super) fn stop(self) {
        match &self.stops {
            Stops::Worker(shared) => shared.stops.store(true, Ordering::Relaxed),
            Stops::Calls(flag) => flag.store(true, Ordering::Relaxed),
        }
        self.wake.wake();
        // One that panicked has said so.
        drop(self.thread.join());
    }
}

/// What arrived at the subscribers: stream, sequence number, when.
pub(super) struct Sink {
    pub(super) address: SocketAddr,
    stops: Arc<AtomicBool>,
    thread: JoinHandle<Vec<(u32, u16, Instant)>>,
}

impl Sink {
    pub(super) fn start() -> Result<Self> {
        let socket = bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        socket.set_nonblocking(false)?;
        socket.set_read_timeout(Some(Duration::from_millis(50)))?;
        let (address, stops) = (socket.local_addr()?, Arc::new(AtomicBool::new(false)));
        let stopped = stops.clone();
        let thread = std::thread::Builder::new().name("sink".to_owned()).spawn(move || {
            let (mut buffer, mut arrived) = ([0u8; 2048], Vec::with_capacity(1 << 17));
            while !stopped.load(Ordering::Relaxed) {
                let Ok(length) = socket.recv(&mut buffer) else { continue };
                let packet = buffer.get(..length).unwrap_or_default();
                let is_media = !matches!(packet.get(1), Some(192..=223));
                if let (true, Some(ssrc), Some(sequence)) =
                    (is_media, be32(packet, 8), be16(packet, 2))
                {
                    arrived.push((ssrc, sequence, Instant::now()));
                }
            }
            arrived
        })?;
        Ok(Self { address, stops, thread })
    }

    pub(super) fn stop(self) -> Vec<(u32, u16, Instant)> {
        self.stops.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_default()
    }
}

/// A worker with clients that are connected already.
pub(super) struct Load {
    setup: Setup,
    /// With the addresses they send from.
    peers: Vec<(Peer, SocketAddr)>,
    wake: Waker,
    address: SocketAddr,
    identity: Arc<Identity>,
    epoch: Instant,
    shared: Arc<Shared>,
    /// Ends of channels that have to stay open.
    open: (Lane, tokio::sync::mpsc::Receiver<MediaEvent>),
}

impl Load {
    pub(super) fn new() -> Result<Self> {
        let socket = Arc::new(bind(SocketAddr::from(([127, 0, 0, 1], 0)))?);
        let (address, wake, epoch) = (socket.local_addr()?, Waker::new()?, Instant::now());
        let identity = Arc::new(Identity::generate()?);
        let shared = Arc::new(Shared::default());
        let (order, orders) = lane();
        // Room for all events of a measurement, because nobody takes them.
        let (events, event) = tokio::sync::mpsc::channel(65_536);
        let setup = Setup {
            config: Arc::new(Config::default()),
            identity: identity.clone(),
            addresses: vec![address],
            socket,
            waker: wake.clone(),
            orders,
            events,
            shared: shared.clone(),
            numbers: Arc::new(AtomicU32::new(1)),
            wall: 3_900_000_000_000_000,
            epoch,
            birth: epoch,
        };
        let open = (order, event);
        Ok(Self { setup, peers: Vec::new(), wake, address, identity, epoch, shared, open })
    }

    /// Adds a client that sends from one address and receives at another.
    pub(super) fn add(
        &mut self,
        room: u32,
        number: u32,
        offer: &str,
        from: SocketAddr,
        to: SocketAddr,
    ) -> Result<Client> {
        let failed = || std::io::Error::other("a client of the measurement");
        let seat = Seat {
            room: AppointmentId(Uuid::from_u128(u128::from(room))),
            participant: ParticipantId(Uuid::from_u128(u128::from(number))),
        };
        let offer = negotiation::parse(offer).map_err(|_| failed())?;
        let made = connected(&self.identity, (seat, number), offer, to, (0, self.epoch));
        let (mut peer, client) = made.ok_or_else(failed)?;
        peer.assume(WIDE);
        self.peers.push((peer, from));
        Ok(client)
    }

    /// Starts the thread.
    pub(super) fn run(self) -> Result<(Measured, SocketAddr)> {
        let (setup, peers, shared, open) = (self.setup, self.peers, self.shared, self.open);
        let measured = Measured::spawn(self.wake, Stops::Worker(shared), move || {
            let mut worker = Worker::new(setup);
            for (peer, from) in peers {
                worker.adopt(peer, from);
            }
            worker.run();
            drop(open);
        })?;
        Ok((measured, self.address))
    }
}
