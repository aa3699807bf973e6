//! Connections that stop being HTTP: bytes between a socket and the body that answers it.
//!
//! Owns: the socket (its writing half by an `Outlet`, which a route may share), from the request that asked for an upgrade on. Invariants: an idle connection holds no buffer, for
//! what is read comes by a stack's worth and what is written is let go when the kernel has it; the body is polled only
//! while everything it gave before is written, so that its client's pace is its own; one turn takes a bounded number
//! of bytes in; whoever waits for the client, route or body, ends with the connection. Its end is told before the
//! socket goes: what the client was still sending is read and dropped for a moment, because the kernel takes back what
//! was written to whoever is not read. The dispatcher of `actix-http` keeps two buffers of 8 KiB a connection as long as that lives, which is
//! most of what an idle socket would hold; it hands the socket over here and is gone.
//! Does not: know WebSockets. Routes answer as they do everywhere else.

use crate::actors::outlet::{Out, Outlet};
use actix_codec::{Framed, FramedParts};
use actix_http::body::{BoxBody, MessageBody};
use actix_http::error::PayloadError;
use actix_http::h1::{Codec, Message};
use actix_http::{
    BoxedPayloadStream, ConnectionType, HttpMessage as _, Payload, Request, Response, StatusCode,
};
use actix_service::Service;
use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::rt::net::TcpStream;
use bytes::{Bytes, BytesMut};
use futures::Stream;
use std::cell::{Cell, RefCell};
use std::future::{Future as _, poll_fn};
use std::io::{Error, Result};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf, ReadHalf, WriteHalf};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio_util::codec::Encoder as _;

/// Bytes of one read: a hello with its token and a dozen topics.
const READ_BYTES: usize = 4 * 1024;
/// Bytes that one turn takes in. The next turn takes more; without a bound whoever sends faster than its frames are
/// looked at would fill the memory.
const TURN_BYTES: usize = 32 * 1024;

/// Time that a client may take to end its side after the last byte.
const CLIENT_END_WITHIN: Duration = Duration::from_secs(1);

/// A connection whose directions go apart, each at the pace of its own.
pub(super) trait Connection: AsyncRead + AsyncWrite + Unpin + 'static {
    /// What comes from the client.
    type Read: AsyncRead + Unpin + 'static;
    /// What goes to it.
    type Write: Out;
    /// Both.
    fn apart(self) -> (Self::Read, Self::Write);
}

impl Connection for TcpStream {
    type Read = OwnedReadHalf;
    type Write = OwnedWriteHalf;
    fn apart(self) -> (OwnedReadHalf, OwnedWriteHalf) {
        self.into_split()
    }
}

impl Connection for TlsStream<TcpStream> {
    type Read = ReadHalf<Self>;
    type Write = WriteHalf<Self>;
    fn apart(self) -> (ReadHalf<Self>, WriteHalf<Self>) {
        tokio::io::split(self)
    }
}

/// Both directions read by it: the payload, and what comes after the end.
type Socket<R> = Rc<RefCell<R>>;

/// What both directions of a connection know of each other.
#[derive(Debug, Default)]
struct Turn {
    taken: Cell<usize>,
    failed: RefCell<Option<Error>>,
}

/// What the client sends, as the payload of its request.
struct Incoming<R> {
    /// What had come behind the head of the request.
    first: Bytes,
    socket: Socket<R>,
    turn: Rc<Turn>,
}

impl<R: AsyncRead + Unpin> Stream for Incoming<R> {
    type Item = std::result::Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.first.is_empty() {
            let first = std::mem::take(&mut self.first);
            self.turn.taken.set(self.turn.taken.get().saturating_add(first.len()));
            return Poll::Ready(Some(Ok(first)));
        }
        if self.turn.taken.get() >= TURN_BYTES {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut space = [MaybeUninit::uninit(); READ_BYTES];
        let mut space = ReadBuf::uninit(&mut space);
        match ready!(Pin::new(&mut *self.socket.borrow_mut()).poll_read(cx, &mut space)) {
            Ok(()) if space.filled().is_empty() => Poll::Ready(None),
            Ok(()) => {
                let bytes = Bytes::copy_from_slice(space.filled());
                self.turn.taken.set(self.turn.taken.get().saturating_add(bytes.len()));
                Poll::Ready(Some(Ok(bytes)))
            }
            Err(error) => {
                // The whole connection ends by it: whoever answers is dropped and not told of an end of the stream.
                *self.turn.failed.borrow_mut() = Some(error);
                Poll::Pending
            }
        }
    }
}

/// Lets the socket go when the connection ends, however it does.
struct Ends(Arc<Outlet>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Answers a request that asked for an upgrade, and carries bytes until either side has ended. What comes behind the
/// request is given to a route that `is_for_stream`; every other is asked as if nothing came.
///
/// # Errors
/// When the socket fails.
pub(super) async fn serve<C, S, B>(
    service: Rc<S>,
    request: Request,
    framed: Framed<C, Codec>,
    is_for_stream: bool,
) -> Result<()>
where
    C: Connection,
    S: Service<Request, Response: Into<Response<B>>, Error: Into<Response<BoxBody>>>,
    B: MessageBody + 'static,
{
    let FramedParts { io, mut codec, read_buf, write_buf: mut bytes, .. } = framed.into_parts();
    let (socket, out) = io.apart();
    let out = Outlet::new(out);
    let _ends = Ends(Arc::clone(&out));
    let socket = Rc::new(RefCell::new(socket));
    let turn = Rc::<Turn>::default();
    // A copy: a piece of the buffer, even an empty one, would keep all of it.
    let first = Bytes::copy_from_slice(&read_buf);
    drop(read_buf);
    let payload = if is_for_stream {
        let incoming = Incoming { first, socket: Rc::clone(&socket), turn: Rc::clone(&turn) };
        let incoming: BoxedPayloadStream = Box::pin(incoming);
        Payload::from(incoming)
    } else {
        Payload::None
    };
    let (request, _) = request.replace_payload(payload);
    // A route may share it with whoever has something for this client.
    request.extensions_mut().insert(Arc::clone(&out));
    // In a box, and its parts with it: what deciding takes is not kept as long as the connection lives.
    let mut answer = Box::pin(async move {
        match service.call(request).await {
            Ok(response) => {
                let (head, body) = response.into().into_parts();
                (head, body.boxed())
            }
            Err(error) => error.into().into_parts(),
        }
    });
    let (mut head, body) = watched(&turn, |cx| answer.as_mut().poll(cx)).await?;
    drop(answer);
    if head.status() != StatusCode::SWITCHING_PROTOCOLS {
        // The client may have sent anything behind its request: what that would mean cannot be known.
        head.head_mut().set_connection_type(ConnectionType::Close);
        head.head_mut().no_chunking(true);
    }
    let is_raw = head.status() == StatusCode::SWITCHING_PROTOCOLS;
    codec.encode(Message::Item((head, body.size())), &mut bytes)?;
    out.write(bytes.freeze()).await?;
    carry(body, codec, is_raw, &out, &turn).await?;
    out.shutdown().await?;
    linger(&socket).await;
    Ok(())
}

/// What is no HTTP any more goes out as it is, without a copy. While the body has nothing, others may write.
async fn carry(
    mut body: BoxBody,
    mut codec: Codec,
    is_raw: bool,
    out: &Outlet,
    turn: &Turn,
) -> Result<()> {
    let mut next = |cx: &mut Context<'_>| {
        if let Some(rest) = out.begin() {
            return Poll::Ready(Some(Ok((rest, true))));
        }
        let next = Pin::new(&mut body).poll_next(cx);
        if next.is_pending() && is_raw {
            out.offer(cx.waker());
        }
        next.map_ok(|chunk| (chunk, is_raw))
    };
    while let Some(chunk) = watched(turn, &mut next).await? {
        let (chunk, is_ready) = chunk.map_err(|it| Error::other(it.to_string()))?;
        if is_ready {
            out.write(chunk).await?;
        } else {
            let mut bytes = BytesMut::with_capacity(chunk.len());
            codec.encode(Message::Chunk(Some(chunk)), &mut bytes)?;
            out.write(bytes.freeze()).await?;
        }
    }
    Ok(())
}

/// What is waited for, unless the socket fails meanwhile. Each poll is a turn.
async fn watched<T>(turn: &Turn, mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Result<T> {
    poll_fn(|cx| {
        turn.taken.set(0);
        let ready = poll(cx);
        match turn.failed.take() {
            Some(error) => Poll::Ready(Err(error)),
            None => ready.map(Ok),
        }
    })
    .await
}

/// Reads and drops what the client still sends, until it ends its side or the moment is over.
async fn linger(socket: &Socket<impl AsyncRead + Unpin>) {
    let end = poll_fn(|cx| {
        let mut space = [MaybeUninit::uninit(); READ_BYTES];
        let mut space = ReadBuf::uninit(&mut space);
        match ready!(Pin::new(&mut *socket.borrow_mut()).poll_read(cx, &mut space)) {
            Ok(()) if !space.filled().is_empty() => {
                // Others have their turn before the next piece.
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            _ => Poll::Ready(()),
        }
    });
    // Whoever takes longer has been told already, or cannot be.
    let _ended = actix_web::rt::time::timeout(CLIENT_END_WITHIN, end).await;
}
