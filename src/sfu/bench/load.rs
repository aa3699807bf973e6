//! The threads of a measurement: a worker with clients that are connected already, and where its
//! packets go.

use crate::protocol::ids::{AppointmentId, ParticipantId};
use crate::sfu::config::Config;
use crate::sfu::lane::{Lane, lane};
use crate::sfu::peer::Peer;
use crate::sfu::rig::{Client, connected};
use crate::sfu::rtp::{be16, be32};
use crate::sfu::socket::{Stamped, Waker, bind};
use crate::sfu::stopwatch::Lap;
use crate::sfu::transport::Identity;
use crate::sfu::worker::{Setup, Shared, Worker};
use crate::sfu::{MediaEvent, Seat, negotiation};
use std::io::Result;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Datagrams that put the two clocks side by side.
const COMPARISONS: usize = 32;
/// Between two looks at what arrived. Where the system caps buffers low, a socket holds some ninety
/// packets.
const LOOK: Duration = Duration::from_millis(1);
/// A way that never limits, bit/s.
pub(super) const WIDE: u64 = 1_000_000_000;

/// The thread of a worker, whose CPU time and turns can be read from outside.
pub(super) struct Measured {
    path: std::path::PathBuf,
    shared: Arc<Shared>,
    wake: Waker,
    laps: Receiver<Lap>,
    thread: JoinHandle<()>,
}

impl Measured {
    fn spawn(
        (wake, shared): (Waker, Arc<Shared>),
        laps: Receiver<Lap>,
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
        Ok(Self { path, shared, wake, laps, thread })
    }

    /// The turns since this was last called.
    pub(super) fn laps(&self) -> Vec<Lap> {
        self.laps.try_iter().collect()
    }

    /// CPU time so far, ns.
    pub(super) fn cpu(&self) -> f64 {
        let text = std::fs::read_to_string(&self.path).unwrap_or_default();
        text.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0.0)
    }

    pub(super) fn stop(self) {
        self.shared.stops.store(true, Ordering::Relaxed);
        self.wake.wake();
        // One that panicked has said so.
        drop(self.thread.join());
    }
}

/// A packet that arrived at a subscriber.
pub(super) struct Arrival {
    pub(super) ssrc: u32,
    pub(super) sequence: u16,
    /// When it lay in the subscriber's socket, by the kernel's stamp.
    pub(super) at: Instant,
}

/// Where the packets of all subscribers arrive. Looks now and then instead of waiting: the kernel
/// stamps what comes, and a thread that waits would be woken by every packet, on the worker's time,
/// which no network card asks for.
pub(super) struct Sink {
    pub(super) address: SocketAddr,
    stops: Arc<AtomicBool>,
    thread: JoinHandle<Result<Vec<Arrival>>>,
}

impl Sink {
    pub(super) fn start() -> Result<Self> {
        let socket = bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let (address, stops) = (socket.local_addr()?, Arc::new(AtomicBool::new(false)));
        let stopped = stops.clone();
        let thread = std::thread::Builder::new().name("sink".to_owned()).spawn(move || {
            let mut socket = Stamped::new(socket)?;
            let (zero, mut arrived) = (zero(&mut socket, address)?, Vec::with_capacity(1 << 17));
            loop {
                let is_last = stopped.load(Ordering::Relaxed);
                while socket.take(|packet, stamp| arrived.extend(arrival(packet, zero + stamp))) {}
                if is_last {
                    return Ok(arrived);
                }
                std::thread::sleep(LOOK);
            }
        })?;
        Ok(Self { address, stops, thread })
    }

    pub(super) fn stop(self) -> Result<Vec<Arrival>> {
        self.stops.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| std::io::Error::other("the sink panicked"))?
    }
}

fn arrival(packet: &[u8], at: Instant) -> Option<Arrival> {
    let is_media = !matches!(packet.get(1), Some(192..=223));
    let (ssrc, sequence) = be32(packet, 8).zip(be16(packet, 2)).filter(|_| is_media)?;
    Some(Arrival { ssrc, sequence, at })
}

/// What our clock said when the kernel's stood at `first`, from datagrams to itself: each is
/// stamped after it was sent, so the latest of these moments is the nearest.
fn zero(socket: &mut Stamped, address: SocketAddr) -> Result<Zero> {
    let sender = std::net::UdpSocket::bind("127.0.0.1:0")?;
    let mut zero: Option<Zero> = None;
    for _ in 0..COMPARISONS {
        let sent = Instant::now();
        sender.send_to(&[0], address)?;
        while !socket.take(|_, stamp| {
            let first = zero.map_or(stamp, |zero| zero.first);
            let at = sent.checked_sub(stamp.saturating_sub(first)).unwrap_or(sent);
            zero = Some(Zero { first, at: zero.map_or(at, |zero| zero.at.max(at)) });
        }) {}
    }
    zero.ok_or_else(|| std::io::Error::other("no stamps"))
}

/// A moment on both clocks.
#[derive(Debug, Clone, Copy)]
struct Zero {
    first: Duration,
    at: Instant,
}

impl std::ops::Add<Duration> for Zero {
    type Output = Instant;

    fn add(self, stamp: Duration) -> Instant {
        self.at + stamp.saturating_sub(self.first)
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
            laps: None,
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
        let (mut setup, peers, open) = (self.setup, self.peers, self.open);
        let (sender, laps) = channel();
        setup.laps = Some(sender);
        let measured = Measured::spawn((self.wake, self.shared), laps, move || {
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
