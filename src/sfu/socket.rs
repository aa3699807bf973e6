//! The one UDP socket of a worker: bursts in, bursts out, and a way to wake its thread.

use super::counters::Counters;
use super::outbox::Outbox;
use super::stopwatch::{Call, Stopwatch};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::socket::sockopt::ReceiveTimestampns;
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, sendmmsg, setsockopt,
};
use nix::sys::time::TimeSpec;
use socket2::{Domain, Protocol, Socket as Raw, Type};
use std::io::{IoSlice, IoSliceMut, Result};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::ops::Range;
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::sync::Arc;
use std::time::Duration;

/// Largest datagram that is taken; nobody sends media above the MTU of Ethernet.
pub(crate) const LARGEST: usize = 2048;
/// Most datagrams in one system call.
const BURST: usize = 64;
/// And at first, because laying out headers for many costs more than a second call that is rarely
/// needed.
const FEW: usize = 8;
/// What is read of a datagram where only its head counts, bytes.
const HEAD: usize = 12;
/// Kernel buffers, bytes: about a quarter of a second of fifty videos.
const KERNEL_BUFFER: usize = 4 << 20;

/// Binds the socket of a worker.
///
/// # Errors
///
/// When the address is taken or not ours.
pub(crate) fn bind(address: SocketAddr) -> Result<UdpSocket> {
    let raw = Raw::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    raw.set_nonblocking(true)?;
    // More than the system allows is cut to what it allows, which is no error.
    raw.set_recv_buffer_size(KERNEL_BUFFER)?;
    raw.set_send_buffer_size(KERNEL_BUFFER)?;
    raw.bind(&address.into())?;
    Ok(raw.into())
}

/// Wakes a worker that waits for datagrams.
#[derive(Debug, Clone)]
pub(crate) struct Waker(Arc<EventFd>);

impl Waker {
    /// A new one.
    ///
    /// # Errors
    ///
    /// When the system has no descriptor left.
    pub(crate) fn new() -> Result<Self> {
        let flags = EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC;
        Ok(Self(Arc::new(EventFd::from_value_and_flags(0, flags)?)))
    }

    /// Wakes the worker, now or when it next waits.
    pub(crate) fn wake(&self) {
        // A full counter means that it is awake already.
        if self.0.write(1).is_err() {}
    }

    fn calm(&self) {
        if self.0.read().is_err() {}
    }
}

/// A worker's end of the socket.
pub(crate) struct Socket {
    socket: Arc<UdpSocket>,
    waker: Waker,
    headers: MultiHeaders<SockaddrStorage>,
    addresses: Vec<Option<SockaddrStorage>>,
    /// In measurements only.
    watch: Option<Stopwatch>,
}

impl Socket {
    pub(crate) fn new(socket: Arc<UdpSocket>, waker: Waker, watch: Option<Stopwatch>) -> Self {
        Self {
            socket,
            waker,
            watch,
            headers: MultiHeaders::preallocate(BURST, None),
            addresses: Vec::with_capacity(BURST),
        }
    }

    fn enter(&mut self) {
        if let Some(watch) = &mut self.watch {
            watch.enter();
        }
    }

    fn leave(&mut self, call: Call) {
        if let Some(watch) = &mut self.watch {
            watch.leave(call);
        }
    }

    fn count(&mut self, received: usize, sent: usize) {
        if let Some(watch) = &mut self.watch {
            watch.count(received, sent);
        }
    }

    /// Waits until a datagram came, somebody woke us, or the time is over.
    pub(crate) fn wait(&mut self, timeout: Duration) {
        self.enter();
        self.sleep(timeout);
        self.leave(Call::Wait);
    }

    fn sleep(&self, timeout: Duration) {
        let millis = u16::try_from(timeout.as_millis()).unwrap_or(u16::MAX);
        let mut watched = [
            PollFd::new(self.socket.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.waker.0.as_fd(), PollFlags::POLLIN),
        ];
        let is_ready = poll(&mut watched, PollTimeout::from(millis)).is_ok();
        let [_, waker] = &watched;
        if is_ready && waker.any().unwrap_or(false) {
            self.waker.calm();
        }
    }

    /// Takes the datagrams that wait, at most a burst of them. True when there may be more.
    pub(crate) fn receive(&mut self, inbox: &mut Inbox) -> bool {
        let has_more =
            if inbox.has_more { self.take::<BURST>(inbox) } else { self.take::<FEW>(inbox) };
        inbox.has_more = has_more;
        has_more
    }

    fn take<const MOST: usize>(&mut self, inbox: &mut Inbox) -> bool {
        inbox.arrived.clear();
        let mut buffers = inbox.buffers.iter_mut();
        let mut slices: [[IoSliceMut<'_>; 1]; MOST] = std::array::from_fn(|_| {
            [IoSliceMut::new(buffers.next().map_or(&mut [], Vec::as_mut_slice))]
        });
        self.enter();
        let received = recvmmsg(
            self.socket.as_raw_fd(),
            &mut inbox.headers,
            slices.iter_mut(),
            MsgFlags::MSG_DONTWAIT,
            None,
        );
        self.leave(Call::Receive);
        match received {
            Ok(received) => inbox.arrived.extend(received.map(|datagram| {
                let from = datagram.address.as_ref().and_then(address);
                // Cut short: nobody sends media above the MTU of Ethernet.
                let length = if datagram.bytes < LARGEST { datagram.bytes } else { 0 };
                (length, from)
            })),
            // An ICMP error of an earlier datagram, or a signal: there may be more to read.
            Err(Errno::EAGAIN) => return false,
            Err(_) => return true,
        }
        self.count(inbox.arrived.len(), 0);
        inbox.arrived.len() == MOST
    }

    /// Sends everything in the outbox and empties it.
    pub(crate) fn flush(&mut self, out: &mut Outbox, counters: &mut Counters) {
        let mut rest = out.items.as_slice();
        while !rest.is_empty() {
            let sent = if rest.len() <= FEW {
                self.give::<FEW>(&out.bytes, rest)
            } else {
                self.give::<BURST>(&out.bytes, rest)
            };
            // What the kernel does not take is lost, like on any other part of the way; at least
            // one, to get on.
            let (taken, lost) = match sent {
                Ok(count) if count > 0 => (count, 0),
                Err(Errno::EINTR) => (0, 0),
                _ => (0, 1),
            };
            self.count(0, taken);
            counters.sent += u64::try_from(taken).unwrap_or(0);
            counters.send_failed += u64::try_from(lost).unwrap_or(0);
            rest = rest.get(taken + lost..).unwrap_or_default();
        }
        out.clear();
    }

    /// Offers the first of these datagrams to the kernel; how many it took.
    fn give<const MOST: usize>(
        &mut self,
        bytes: &[u8],
        items: &[(Range<usize>, SocketAddr)],
    ) -> nix::Result<usize> {
        let items = items.get(..MOST).unwrap_or(items);
        let slices: [[IoSlice<'_>; 1]; MOST] = std::array::from_fn(|index| {
            let item = items.get(index).and_then(|(range, _)| bytes.get(range.clone()));
            [IoSlice::new(item.unwrap_or_default())]
        });
        self.addresses.clear();
        self.addresses.extend(items.iter().map(|(_, to)| Some(SockaddrStorage::from(*to))));
        self.enter();
        let sent = sendmmsg(
            self.socket.as_raw_fd(),
            &mut self.headers,
            slices.get(..items.len()).unwrap_or_default(),
            &self.addresses,
            [],
            MsgFlags::MSG_DONTWAIT,
        )
        .map(Iterator::count);
        self.leave(Call::Send);
        sent
    }
}

/// Datagrams that came in one burst; the memory is used again and again.
pub(crate) struct Inbox {
    buffers: Vec<Vec<u8>>,
    headers: MultiHeaders<SockaddrStorage>,
    arrived: Vec<(usize, Option<SocketAddr>)>,
    /// The last call brought as many as it could.
    has_more: bool,
}

impl Inbox {
    pub(crate) fn new() -> Self {
        Self {
            buffers: vec![vec![0; LARGEST]; BURST],
            headers: MultiHeaders::preallocate(BURST, None),
            arrived: Vec::with_capacity(BURST),
            has_more: false,
        }
    }

    /// The datagrams, to be opened where they lie, and where they came from.
    pub(crate) fn datagrams(&mut self) -> impl Iterator<Item = (&mut [u8], SocketAddr)> {
        self.buffers
            .iter_mut()
            .zip(&self.arrived)
            .filter_map(|(buffer, (length, from))| Some((buffer.get_mut(..*length)?, (*from)?)))
    }
}

/// Receives the heads of datagrams with the kernel's stamps. For measurements only.
pub(crate) struct Stamped {
    socket: UdpSocket,
    headers: MultiHeaders<SockaddrStorage>,
    heads: Vec<[u8; HEAD]>,
    stamps: Vec<Option<Duration>>,
}

impl Stamped {
    pub(crate) fn new(socket: UdpSocket) -> Result<Self> {
        setsockopt(&socket, ReceiveTimestampns, &true)?;
        Ok(Self {
            socket,
            headers: MultiHeaders::preallocate(BURST, Some(nix::cmsg_space!(TimeSpec))),
            heads: vec![[0; HEAD]; BURST],
            stamps: Vec::with_capacity(BURST),
        })
    }

    /// Takes the datagrams that wait, with the kernel's time of their arrival; false when there is
    /// none.
    pub(crate) fn take(&mut self, mut each: impl FnMut(&[u8], Duration)) -> bool {
        let mut slices: Vec<_> = self.heads.iter_mut().map(|it| [IoSliceMut::new(it)]).collect();
        let (fd, flags) = (self.socket.as_raw_fd(), MsgFlags::MSG_DONTWAIT);
        let received = recvmmsg(fd, &mut self.headers, slices.iter_mut(), flags, None);
        let Ok(received) = received else { return false };
        self.stamps.clear();
        self.stamps.extend(received.map(|datagram| {
            datagram.cmsgs().ok()?.find_map(|message| match message {
                ControlMessageOwned::ScmTimestampns(stamp) => Some(Duration::from(stamp)),
                _ => None,
            })
        }));
        for (head, stamp) in self.heads.iter().zip(&self.stamps) {
            stamp.iter().for_each(|stamp| each(head, *stamp));
        }
        true
    }
}

fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = storage.as_sockaddr_in().map(|v4| SocketAddr::from((v4.ip(), v4.port())));
    v4.or_else(|| storage.as_sockaddr_in6().map(|v6| plain(SocketAddr::from((v6.ip(), v6.port())))))
}

/// An IPv4 client of a socket for both families is an IPv4 client.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// What to tell clients of a socket that is bound to "any": the addresses of the interfaces, of the
/// socket's family.
pub(crate) fn interface_addresses(is_v6: bool, with_loopback: bool) -> Vec<IpAddr> {
    let Ok(interfaces) = nix::ifaddrs::getifaddrs() else { return Vec::new() };
    let mut found: Vec<IpAddr> = Vec::new();
    for storage in interfaces.filter_map(|interface| interface.address) {
        let ip = match (storage.as_sockaddr_in(), storage.as_sockaddr_in6()) {
            (Some(v4), _) => IpAddr::V4(v4.ip()),
            (None, Some(v6)) if is_v6 && !v6.ip().is_unicast_link_local() => IpAddr::V6(v6.ip()),
            _ => continue,
        };
        if !ip.is_loopback() && !found.contains(&ip) {
            found.push(ip);
        }
    }
    if with_loopback || found.is_empty() {
        found.push(IpAddr::V4(Ipv4Addr::LOCALHOST));
        if is_v6 {
            found.push(IpAddr::V6(Ipv6Addr::LOCALHOST));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_goes_out_in_order_and_an_address_that_takes_nothing_stops_nobody() {
        let to = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = to.local_addr().unwrap();
        let socket = Arc::new(bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap());
        let mut socket = Socket::new(socket, Waker::new().unwrap(), None);
        let (mut out, mut counters) = (Outbox::default(), Counters::default());
        for number in 0..200u8 {
            out.push(&[number], address);
            if number % 50 == 7 {
                out.push(&[number], SocketAddr::from(([127, 0, 0, 1], 0)));
            }
        }
        socket.flush(&mut out, &mut counters);
        assert!(out.items.is_empty() && out.bytes.is_empty());
        assert_eq!((counters.sent, counters.send_failed), (200, 4));
        let mut buffer = [0; 8];
        for number in 0..200u8 {
            to.recv(&mut buffer).unwrap();
            assert_eq!(buffer[0], number);
        }
    }

    #[test]
    fn a_burst_comes_in_in_order_and_what_is_too_large_is_nothing() {
        let socket = Arc::new(bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap());
        let to = socket.local_addr().unwrap();
        let mut socket = Socket::new(socket, Waker::new().unwrap(), None);
        let from = UdpSocket::bind("127.0.0.1:0").unwrap();
        for number in 0..100u8 {
            let length = if number == 50 { 4000 } else { 3 };
            from.send_to(&vec![number; length], to).unwrap();
        }
        let (mut inbox, mut seen) = (Inbox::new(), vec![]);
        while socket.receive(&mut inbox) || !inbox.arrived.is_empty() {
            for (datagram, address) in inbox.datagrams() {
                assert_eq!(address, from.local_addr().unwrap());
                seen.push((datagram.first().copied(), datagram.len()));
            }
        }
        let expected = |number: u8| if number == 50 { (None, 0) } else { (Some(number), 3) };
        assert_eq!(seen, (0..100).map(expected).collect::<Vec<_>>());
    }

    #[test]
    fn a_waiting_worker_can_be_woken() {
        let socket = Arc::new(bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap());
        let waker = Waker::new().unwrap();
        let mut waiting = Socket::new(socket, waker.clone(), None);
        waker.wake();
        waiting.wait(Duration::from_secs(30));
    }

    #[test]
    fn the_interfaces_of_this_machine_are_found() {
        assert!(interface_addresses(false, true).contains(&IpAddr::V4(Ipv4Addr::LOCALHOST)));
        assert!(!interface_addresses(false, false).is_empty());
    }
}
