//! An HTTP gateway for short messages that keeps what it is given and answers as it is told to.

use serde_json::Value;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Request line and headers.
    pub(crate) head: String,
    pub(crate) body: Value,
    /// What it was answered.
    pub(crate) status: u16,
}

pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    next: Arc<Mutex<VecDeque<u16>>>,
    asked: watch::Receiver<Vec<Asked>>,
    work: JoinHandle<()>,
}

impl Gateway {
    pub(crate) async fn start() -> Gateway {
        Gateway::with(None).await
    }

    /// Over HTTPS.
    pub(crate) async fn secured(tls: TlsAcceptor) -> Gateway {
        Gateway::with(Some(tls)).await
    }

    async fn with(tls: Option<TlsAcceptor>) -> Gateway {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let next = Arc::new(Mutex::new(VecDeque::new()));
        let (sender, asked) = watch::channel(vec![]);
        let script = Arc::clone(&next);
        let work = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let status = script.lock().unwrap().pop_front().unwrap_or(201);
                let served = match &tls {
                    Some(tls) => match tls.accept(stream).await {
                        Ok(stream) => serve(stream, status).await,
                        Err(error) => Err(error),
                    },
                    None => serve(stream, status).await,
                };
                if let Ok((head, body)) = served {
                    sender.send_modify(|it| it.push(Asked { head, body, status }));
                }
            }
        });
        Gateway { address, next, asked, work }
    }

    /// The next requests are answered like this; all others 201.
    pub(crate) fn next(&self, statuses: impl IntoIterator<Item = u16>) {
        self.next.lock().unwrap().extend(statuses);
    }

    /// Waits until it was asked so often.
    pub(crate) async fn is_asked(&self, count: usize) -> Vec<Asked> {
        let mut asked = self.asked.clone();
        let wanted =
            tokio::time::timeout(Duration::from_secs(30), asked.wait_for(|it| it.len() >= count));
        wanted.await.expect("a request").expect("it is listening").clone()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.work.abort();
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    status: u16,
) -> std::io::Result<(String, Value)> {
    let mut bytes = Vec::new();
    let (head, length) = loop {
        if let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let lower = head.to_ascii_lowercase();
            let length = lower.split("\r\n").find_map(|it| it.strip_prefix("content-length: "));
            let length: usize = length.expect("a length").parse().expect("a number");
            bytes.drain(..end + 4);
            break (head, length);
        }
        more(&mut stream, &mut bytes).await?;
    };
    while bytes.len() < length {
        more(&mut stream, &mut bytes).await?;
    }
    let body = serde_json::from_slice(&bytes).expect("JSON");
    let location = if status == 302 { "location: http://127.0.0.1:9/\r\n" } else { "" };
    let answer = format!(
        "HTTP/1.1 {status} X\r\n{location}content-length: 2\r\nconnection: close\r\n\r\n{{}}"
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    Ok((head, body))
}

async fn more(stream: &mut (impl AsyncRead + Unpin), bytes: &mut Vec<u8>) -> std::io::Result<()> {
    let mut buffer = [0; 4096];
    let read = stream.read(&mut buffer).await?;
    if read == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    bytes.extend_from_slice(&buffer[..read]);
    Ok(())
}
