//! A WebSocket of a client: handshake, hello, calls. Nothing resumes here; a benchmark whose socket breaks has failed.

use crate::protocol::close::{CloseReason, Pause};
use crate::protocol::codec::Codec;
use crate::protocol::frame::{ClientFrame, Followed, Resume, ServerFrame};
use crate::protocol::operation::Operation;
use crate::protocol::phi::Phi;
use crate::protocol::topic::Topic;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use std::collections::HashMap;
use std::io::{Error, Result};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{Mutex, oneshot};
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::{HeaderValue, header};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Message};

/// Small buffers: a benchmark holds thousands of these.
const BUFFER: usize = 4 * 1024;
/// Longest wait for an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// An open socket.
pub(super) type Socket = WebSocketStream<TcpStream>;

/// What a hello was answered with.
pub(super) enum Answered {
    /// Welcome, and how following begins.
    Welcome(Box<Socket>, Vec<Followed>),
    /// Too many come at once.
    Later(Pause),
}

/// Opens a socket, says hello, and waits for the welcome; comes again when it is told to.
pub(super) async fn open(
    hub: SocketAddr,
    codec: Codec,
    token: &Phi<String>,
    follow: Option<Topic>,
) -> Result<Socket> {
    let follow: Vec<_> = follow.map(|topic| Resume { topic, position: None }).into_iter().collect();
    loop {
        match hello(hub, codec, token, follow.clone()).await? {
            Answered::Welcome(socket, _) => return Ok(*socket),
            Answered::Later(pause) => {
                tokio::time::sleep(Duration::from_millis(pause.after_ms.into())).await;
            }
        }
    }
}

/// Opens a socket and says hello, once.
pub(super) async fn hello(
    hub: SocketAddr,
    codec: Codec,
    token: &Phi<String>,
    follow: Vec<Resume>,
) -> Result<Answered> {
    let [message_pack, json] = Codec::SUBPROTOCOLS;
    let subprotocol = match codec {
        Codec::MessagePack => message_pack,
        Codec::Json => json,
    };
    let mut socket = connect(hub, "/v1/socket", Some(subprotocol)).await?;
    let hello = ClientFrame::Hello { token: token.clone(), sdk: None, tab: None, follow };
    socket.send(message(codec, &hello)?).await.map_err(Error::other)?;
    let answer = socket.next().await.ok_or_else(closed)?.map_err(Error::other)?;
    match frames(codec, &answer)?.into_iter().next() {
        Some(ServerFrame::Welcome { followed, .. }) => {
            Ok(Answered::Welcome(Box::new(socket), followed))
        }
        Some(ServerFrame::Bye { reason: CloseReason::Busy, spread_ms, after_ms, .. }) => {
            Ok(Answered::Later(Pause { after_ms: after_ms.unwrap_or(0), spread_ms }))
        }
        _ => Err(Error::other("the hub did not welcome a socket")),
    }
}

/// The handshake alone.
pub(super) async fn connect(
    server: SocketAddr,
    path: &str,
    subprotocol: Option<&'static str>,
) -> Result<Socket> {
    let mut request = format!("ws://{server}{path}").into_client_request().map_err(Error::other)?;
    if let Some(name) = subprotocol.map(HeaderValue::from_static) {
        request.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, name);
    }
    let stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default().read_buffer_size(BUFFER).write_buffer_size(0);
    let opened = tokio_tungstenite::client_async_with_config(request, stream, Some(config));
    Ok(opened.await.map_err(Error::other)?.0)
}

/// One frame as a message.
pub(super) fn message(codec: Codec, frame: &ClientFrame) -> Result<Message> {
    let bytes = codec.encode(std::slice::from_ref(frame)).map_err(|_| malformed())?;
    match codec {
        Codec::MessagePack => Ok(Message::Binary(Bytes::from(bytes))),
        Codec::Json => Ok(Message::text(String::from_utf8(bytes).map_err(Error::other)?)),
    }
}

/// The frames of a message.
pub(super) fn frames(codec: Codec, message: &Message) -> Result<Vec<ServerFrame>> {
    match message {
        Message::Binary(bytes) => codec.decode(bytes).map_err(|_| malformed()),
        Message::Text(text) => codec.decode(text.as_bytes()).map_err(|_| malformed()),
        Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(vec![]),
        Message::Close(_) => Err(closed()),
    }
}

fn malformed() -> Error {
    Error::other("a message could not be read or written")
}

fn closed() -> Error {
    Error::other("the hub closed a socket")
}

type Waiting = Arc<StdMutex<HashMap<u32, oneshot::Sender<Result<serde_json::Value>>>>>;

/// A socket that calls operations and answers pings; events pass unread.
pub(super) struct Line {
    codec: Codec,
    sink: Arc<Mutex<SplitSink<Socket, Message>>>,
    waiting: Waiting,
    next: AtomicU32,
    reader: JoinHandle<()>,
}

impl Line {
    /// Opens one that follows `topic`.
    pub(super) async fn open(hub: SocketAddr, token: &Phi<String>, topic: Topic) -> Result<Self> {
        let codec = Codec::MessagePack;
        let (sink, stream) = open(hub, codec, token, Some(topic)).await?.split();
        let (sink, waiting) = (Arc::new(Mutex::new(sink)), Waiting::default());
        let reader = tokio::spawn(read(stream, codec, Arc::clone(&sink), Arc::clone(&waiting)));
        Ok(Line { codec, sink, waiting, next: AtomicU32::new(1), reader })
    }

    /// Calls an operation.
    pub(super) async fn call<O: Operation>(&self, op: &O) -> Result<O::Output> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, answer) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id, sender);
        let request = ClientFrame::Request {
            id,
            op: O::NAME.to_owned(),
            params: serde_json::to_value(op)?,
            key: None,
            deadline_ms: None,
            condition: None,
            traceparent: None,
        };
        let request = message(self.codec, &request)?;
        self.sink.lock().await.send(request).await.map_err(Error::other)?;
        let output = tokio::time::timeout(ANSWER_WITHIN, answer)
            .await
            .map_err(|_| Error::other(format!("{}: no answer", O::NAME)))?
            .map_err(|_| closed())?
            .map_err(|error| Error::other(format!("{}: {error}", O::NAME)))?;
        Ok(serde_json::from_value(output)?)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

async fn read(
    mut stream: SplitStream<Socket>,
    codec: Codec,
    sink: Arc<Mutex<SplitSink<Socket, Message>>>,
    waiting: Waiting,
) {
    while let Some(Ok(received)) = stream.next().await {
        for frame in frames(codec, &received).unwrap_or_default() {
            let (id, result) = match frame {
                ServerFrame::Reply { id, output } => (id, Ok(output)),
                ServerFrame::Failed { id, fault } => (id, Err(Error::other(fault.code.as_str()))),
                ServerFrame::Ping { number, .. } => {
                    let Ok(pong) = message(codec, &ClientFrame::Pong { number }) else { return };
                    if sink.lock().await.send(pong).await.is_err() {
                        return;
                    }
                    continue;
                }
                _ => continue,
            };
            let waits = waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
            if let Some(waits) = waits {
                let _heard = waits.send(result);
            }
        }
    }
    // Whoever still waits is told by the dropped sender.
    waiting.lock().unwrap_or_else(PoisonError::into_inner).clear();
}
