//! A NAT between a client and the media plane: gives the client another outside address on demand, and lets a test
//! send as if it were the client.

use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::UdpSocket;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

/// The relay; it ends when it is dropped.
pub(crate) struct Relay {
    inside: Arc<UdpSocket>,
    outside: watch::Sender<Arc<UdpSocket>>,
    server: SocketAddr,
    /// Datagrams of media that the client sent, to be replayed.
    pub(crate) seen: Arc<Mutex<Vec<Vec<u8>>>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Relay {
    /// In front of this server.
    pub(crate) async fn new(server: SocketAddr) -> Self {
        let inside = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let first = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let (outside, watched) = watch::channel(first);
        let client = Arc::new(Mutex::new(None));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let up = tokio::spawn(upward(
            inside.clone(),
            watched.clone(),
            client.clone(),
            server,
            seen.clone(),
        ));
        let down = tokio::spawn(downward(inside.clone(), watched, client));
        Self { inside, outside, server, seen, tasks: vec![up, down] }
    }

    /// The answer as a client behind this NAT has to see it.
    pub(crate) fn translate(&self, answer: &str) -> String {
        let ours = format!("127.0.0.1 {}", self.inside.local_addr().unwrap().port());
        answer.replace(&format!("127.0.0.1 {}", self.server.port()), &ours)
    }

    /// Another outside address from now on.
    pub(crate) async fn rebind(&self) {
        self.outside.send_replace(Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap()));
    }

    /// Sends as if it were the client.
    pub(crate) async fn inject(&self, datagram: &[u8]) {
        let outside = self.outside.borrow().clone();
        outside.send_to(datagram, self.server).await.unwrap();
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn upward(
    inside: Arc<UdpSocket>,
    outside: watch::Receiver<Arc<UdpSocket>>,
    client: Arc<Mutex<Option<SocketAddr>>>,
    server: SocketAddr,
    seen: Arc<Mutex<Vec<Vec<u8>>>>,
) {
    let mut buffer = [0; 2048];
    while let Ok((length, from)) = inside.recv_from(&mut buffer).await {
        *client.lock().await = Some(from);
        if buffer[0] >= 128 {
            seen.lock().await.push(buffer[..length].to_vec());
        }
        let outside = outside.borrow().clone();
        outside.send_to(&buffer[..length], server).await.unwrap();
    }
}

async fn downward(
    inside: Arc<UdpSocket>,
    mut outside: watch::Receiver<Arc<UdpSocket>>,
    client: Arc<Mutex<Option<SocketAddr>>>,
) {
    let mut buffer = [0; 2048];
    loop {
        let present = outside.borrow_and_update().clone();
        tokio::select! {
            _ = outside.changed() => {}
            Ok((length, _)) = present.recv_from(&mut buffer) => {
                let to = *client.lock().await;
                if let Some(to) = to {
                    inside.send_to(&buffer[..length], to).await.unwrap();
                }
            }
        }
    }
}
