//! Many sockets that only listen: each answers pings and counts what is delivered to it.

use crate::bench::line;
use crate::protocol::codec::Codec;
use crate::protocol::frame::{ClientFrame, ServerFrame};
use crate::protocol::phi::Phi;
use crate::protocol::topic::Topic;
use futures::{SinkExt as _, StreamExt as _};
use std::io::Result;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::task::{JoinHandle, JoinSet};
use tokio_tungstenite::tungstenite::Message;

/// Handshakes at once.
const AT_ONCE: usize = 64;
/// What stands in an event of a visit, in both codecs.
const EVENT: &[u8] = b"visit_changed";

/// What the sockets of a swarm have seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Events delivered.
    pub(super) deliveries: AtomicU64,
    /// Their bytes.
    pub(super) bytes: AtomicU64,
    /// Sockets that ended, gaps, and messages that could not be read. Anything but zero spoils the figure.
    pub(super) troubles: AtomicU64,
}

/// The sockets. They close when it is dropped.
pub(super) struct Swarm {
    /// What they have seen.
    pub(super) seen: Arc<Seen>,
    is_closing: Arc<AtomicBool>,
    sockets: Vec<JoinHandle<()>>,
}

impl Swarm {
    /// Opens `count` sockets of one session; those with an even number speak the first of `codecs`.
    pub(super) async fn open(
        hub: SocketAddr,
        token: &Phi<String>,
        follow: Option<Topic>,
        codecs: [Codec; 2],
        count: usize,
    ) -> Result<Self> {
        let mut swarm = Swarm { seen: Arc::default(), is_closing: Arc::default(), sockets: vec![] };
        let mut opening = JoinSet::new();
        let [even, odd] = codecs;
        for number in 0..count {
            if opening.len() >= AT_ONCE {
                swarm.take(&mut opening).await?;
            }
            let codec = if number % 2 == 0 { even } else { odd };
            let token = token.clone();
            opening.spawn(async move {
                line::open(hub, codec, &token, follow).await.map(|socket| (socket, codec))
            });
        }
        while !opening.is_empty() {
            swarm.take(&mut opening).await?;
        }
        Ok(swarm)
    }

    async fn take(&mut self, opening: &mut JoinSet<Result<(line::Socket, Codec)>>) -> Result<()> {
        if let Some(opened) = opening.join_next().await {
            let (socket, codec) = opened.map_err(std::io::Error::other)??;
            let (seen, is_closing) = (Arc::clone(&self.seen), Arc::clone(&self.is_closing));
            self.sockets.push(tokio::spawn(listen(socket, codec, seen, is_closing)));
        }
        Ok(())
    }

    /// Deliveries so far.
    pub(super) fn deliveries(&self) -> u64 {
        self.seen.deliveries.load(Ordering::Relaxed)
    }
}

impl Drop for Swarm {
    fn drop(&mut self) {
        self.is_closing.store(true, Ordering::Relaxed);
        self.sockets.iter().for_each(JoinHandle::abort);
    }
}

async fn listen(
    mut socket: line::Socket,
    codec: Codec,
    seen: Arc<Seen>,
    is_closing: Arc<AtomicBool>,
) {
    while let Some(Ok(message)) = socket.next().await {
        let bytes: &[u8] = match &message {
            Message::Binary(bytes) => bytes,
            Message::Text(text) => text.as_bytes(),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
            Message::Close(_) => break,
        };
        // Looking for a word is cheaper than reading a thousand copies, and leaves the CPU to the hub.
        if bytes.windows(EVENT.len()).any(|it| it == EVENT) {
            let length = u64::try_from(bytes.len()).unwrap_or(0);
            seen.bytes.fetch_add(length, Ordering::Relaxed);
            seen.deliveries.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        let frames = line::frames(codec, &message).unwrap_or_default();
        let Some(ServerFrame::Ping { number, .. }) = frames.first() else {
            seen.troubles.fetch_add(1, Ordering::Relaxed);
            continue;
        };
        let Ok(pong) = line::message(codec, &ClientFrame::Pong { number: *number }) else { break };
        if socket.send(pong).await.is_err() {
            break;
        }
    }
    if !is_closing.load(Ordering::Relaxed) {
        seen.troubles.fetch_add(1, Ordering::Relaxed);
    }
}
