//! The relay itself: connections, their two ways, and what a test asks of it.
//!
//! Invariants: the handshake passes as it is, so that the hub's refusals arrive; everything ends with [`Proxy`].

use crate::frames::Codec;
use crate::lane::{Asked, End, Lane};
use crate::rule::{Rule, Rules, Toward};
use futures::{SinkExt as _, StreamExt as _};
use std::io::{Error, Result};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};

/// Bytes of the head of a request or an answer.
const MAX_HEAD: usize = 16 * 1024;
/// How long a client that was told a close code may take to say that it heard it.
const CLOSED_WITHIN: Duration = Duration::from_secs(1);

type Socket = WebSocketStream<TcpStream>;

/// The proxy. It and its connections end when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepts: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    upstream: SocketAddr,
    rules: Mutex<Rules>,
    /// Grows whenever a rule may have acted.
    looks: watch::Sender<u64>,
    /// Grows whenever everything is cut.
    cuts: watch::Sender<u64>,
    is_away: AtomicBool,
}

impl Proxy {
    /// In front of a hub, on a free port of loopback.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn start(upstream: SocketAddr) -> Result<Proxy> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            upstream,
            rules: Mutex::default(),
            looks: watch::Sender::new(0),
            cuts: watch::Sender::new(0),
            is_away: AtomicBool::new(false),
        });
        let accepts = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Proxy { address, shared, accepts })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Adds a rule; its number.
    pub fn add(&self, rule: Rule) -> usize {
        self.shared.rules().add(rule)
    }

    /// From now on everything passes. What rules did stays counted.
    pub fn clear(&self) {
        self.shared.rules().clear();
    }

    /// How often a rule has acted; nothing when there is no such rule.
    pub fn hits(&self, number: usize) -> Option<u32> {
        self.shared.rules().hits(number)
    }

    /// Waits until a rule has acted so often. There is no such rule: for ever.
    pub async fn until_hit(&self, number: usize, times: u32) {
        let mut looks = self.shared.looks.subscribe();
        // The sender lives as long as this does.
        let is_so = |_: &u64| self.hits(number).is_some_and(|it| it >= times);
        let _seen = looks.wait_for(is_so).await;
    }

    /// Every connection goes without a word.
    pub fn cut_all(&self) {
        self.shared.cuts.send_modify(|it| *it = it.wrapping_add(1));
    }

    /// The network is away: nobody gets through any more, or again.
    pub fn is_away(&self, is_away: bool) {
        self.shared.is_away.store(is_away, Ordering::SeqCst);
        if is_away {
            self.cut_all();
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepts.abort();
    }
}

impl Shared {
    fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn looked(&self) {
        self.looks.send_modify(|it| *it = it.wrapping_add(1));
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // They end with this task.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { return };
                if !shared.is_away.load(Ordering::SeqCst) {
                    connections.spawn(serve(client, Arc::clone(&shared)));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(client: TcpStream, shared: Arc<Shared>) {
    let mut cuts = shared.cuts.subscribe();
    cuts.mark_unchanged();
    tokio::select! {
        // Whoever is cut, and whoever has not been let in, just goes.
        _ended = carry(client, &shared) => {}
        _cut = cuts.changed() => {}
    }
}

async fn carry(mut client: TcpStream, shared: &Shared) -> Result<()> {
    let request = head(&mut client).await?;
    let mut hub = TcpStream::connect(shared.upstream).await?;
    client.set_nodelay(true)?;
    hub.set_nodelay(true)?;
    if header(&request, "upgrade").is_none_or(|it| !it.eq_ignore_ascii_case("websocket")) {
        hub.write_all(&once(&request)).await?;
        copy_bidirectional(&mut client, &mut hub).await?;
        return Ok(());
    }
    hub.write_all(request.as_bytes()).await?;
    let answer = head(&mut hub).await?;
    client.write_all(answer.as_bytes()).await?;
    if !answer.starts_with("HTTP/1.1 101") {
        copy_bidirectional(&mut client, &mut hub).await?;
        return Ok(());
    }
    let codec = header(&answer, "sec-websocket-protocol").and_then(Codec::of_subprotocol);
    let client = WebSocketStream::from_raw_socket(client, Role::Server, None).await;
    let hub = WebSocketStream::from_raw_socket(hub, Role::Client, None).await;
    relay(client, hub, codec, shared).await;
    Ok(())
}

async fn relay(mut client: Socket, mut hub: Socket, codec: Option<Codec>, shared: &Shared) {
    let (mut up, mut down) = (Lane::new(Toward::Hub, codec), Lane::new(Toward::Client, codec));
    let mut asked = Asked::new();
    loop {
        let now = Instant::now();
        while let Some(message) = up.take_due(now) {
            if hub.send(message).await.is_err() {
                return;
            }
        }
        while let Some(message) = down.take_due(now) {
            if client.send(message).await.is_err() {
                return;
            }
        }
        let due = up.due().into_iter().chain(down.due()).min();
        let (toward, message) = tokio::select! {
            message = client.next() => (Toward::Hub, message),
            message = hub.next() => (Toward::Client, message),
            () = sleep_until(due.unwrap_or(now)), if due.is_some() => continue,
        };
        let Some(Ok(message)) = message else { return };
        let (lane, other) = match toward {
            Toward::Hub => (&mut up, &mut hub),
            Toward::Client => (&mut down, &mut client),
        };
        match message {
            Message::Text(_) | Message::Binary(_) => {}
            Message::Close(frame) => {
                let _told = other.close(frame).await;
                return;
            }
            // Each side answers for itself.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
        }
        let end = lane.comes(message, &mut shared.rules(), &mut asked, Instant::now());
        if let Some(end) = end {
            while let Some(message) = lane.take_due(Instant::now()) {
                let _sent = other.send(message).await;
            }
            drop(hub);
            shared.looked();
            if let End::Close(code) = end {
                close(client, code).await;
            }
            return;
        }
        shared.looked();
    }
}

async fn close(mut client: Socket, code: u16) {
    let frame = CloseFrame { code: code.into(), reason: "by rule".into() };
    if client.close(Some(frame)).await.is_ok() {
        let hears = async { while let Some(Ok(_)) = client.next().await {} };
        let _heard = timeout(CLOSED_WITHIN, hears).await;
    }
}

/// The head of a request or an answer, with the empty line at its end.
async fn head(stream: &mut TcpStream) -> Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= MAX_HEAD {
            return Err(Error::other("a head that is too long"));
        }
        head.push(stream.read_u8().await?);
    }
    String::from_utf8(head).map_err(Error::other)
}

/// A field of a head.
fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let fields = head.lines().filter_map(|it| it.split_once(':'));
    fields.map(|it| (it.0, it.1.trim())).find(|it| it.0.eq_ignore_ascii_case(name)).map(|it| it.1)
}

/// The same request, after which nothing comes on this connection: the next may be an upgrade, and is looked at.
fn once(head: &str) -> Vec<u8> {
    let is_kept = |it: &&str| !it.to_ascii_lowercase().starts_with("connection:");
    let lines: Vec<_> = head.trim_end().lines().filter(is_kept).collect();
    format!("{}\r\nconnection: close\r\n\r\n", lines.join("\r\n")).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_whatever_its_case_and_asked_for_once() {
        let head =
            "GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\nUpgrade:  WebSocket\r\n\r\n";
        assert_eq!(header(head, "upgrade"), Some("WebSocket"));
        assert_eq!(header(head, "origin"), None);
        let expected =
            "GET / HTTP/1.1\r\nHost: x\r\nUpgrade:  WebSocket\r\nconnection: close\r\n\r\n";
        assert_eq!(String::from_utf8(once(head)).unwrap(), expected);
    }
}
