//! Many sockets that only listen: each answers pings and counts what is delivered to it.

use crate::bench::line::Socket;
use crate::bench::way::{Heard, Way};
use futures::{SinkExt as _, StreamExt as _};
use std::io::Result;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::task::{JoinHandle, JoinSet};

/// Handshakes at once.
const AT_ONCE: usize = 64;
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
    /// Opens `count` sockets, each as `open` says.
    pub(super) async fn open<F>(count: usize, open: impl Fn(usize) -> F) -> Result<Self>
    where
        F: Future<Output = Result<(Socket, Way)>> + Send + 'static,
    {
        let mut swarm = Swarm { seen: Arc::default(), is_closing: Arc::default(), sockets: vec![] };
        let mut opening = JoinSet::new();
        for number in 0..count {
            if opening.len() >= AT_ONCE {
                swarm.take(&mut opening).await?;
            }
            opening.spawn(open(number));
        }
        while !opening.is_empty() {
            swarm.take(&mut opening).await?;
        }
        Ok(swarm)
    }

    async fn take(&mut self, opening: &mut JoinSet<Result<(Socket, Way)>>) -> Result<()> {
        if let Some(opened) = opening.join_next().await {
            let (socket, way) = opened.map_err(std::io::Error::other)??;
            let (seen, is_closing) = (Arc::clone(&self.seen), Arc::clone(&self.is_closing));
            self.sockets.push(tokio::spawn(listen(socket, way, seen, is_closing)));
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

async fn listen(mut socket: Socket, way: Way, seen: Arc<Seen>, is_closing: Arc<AtomicBool>) {
    while let Some(Ok(message)) = socket.next().await {
        match way.hear(&message) {
            Heard::Event => {
                let length = u64::try_from(message.len()).unwrap_or(0);
                seen.bytes.fetch_add(length, Ordering::Relaxed);
                seen.deliveries.fetch_add(1, Ordering::Relaxed);
            }
            Heard::Ping(pong) => {
                if socket.send(pong).await.is_err() {
                    break;
                }
            }
            Heard::Nothing => {}
            Heard::Done | Heard::Trouble => {
                seen.troubles.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    if !is_closing.load(Ordering::Relaxed) {
        seen.troubles.fetch_add(1, Ordering::Relaxed);
    }
}
