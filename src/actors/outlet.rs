//! The way out of a connection, which its own task shares with whoever has something for it.
//!
//! Most of what a delivery costs besides the kernel is waking the task of the connection, which then looks at everything that
//! it waits for. While that task waits and has nothing to write, whoever has a message writes it here by themselves
//! ([ADR 28](../../docs/adr/0028-past-the-mailbox.md)).
//!
//! Owns: the writing half of the socket. Invariants: one message is written at a time, and whole before the next; nothing but the task
//! writes from the moment that it is polled ([`Outlet::begin`]) until it waits with all of its own written ([`Outlet::offer`]); a message
//! that the kernel took a part of is ended by the task before anything else goes out. Does not: know whether a message may go out
//! now, which whoever brings it has to say while nobody else can write (`sink`).

use bytes::{Buf as _, Bytes};
use std::future::Future as _;
use std::io::{Error, ErrorKind, Result};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use tokio::io::{AsyncRead, AsyncWrite, WriteHalf};
use tokio::net::tcp::OwnedWriteHalf;

/// Messages that were written past a mailbox, in this process.
static STRAIGHT: AtomicU64 = AtomicU64::new(0);

/// Messages that were written past a mailbox, in this process.
pub fn all_straight() -> u64 {
    STRAIGHT.load(Ordering::Relaxed)
}

/// The way out.
#[derive(Debug)]
pub struct Outlet(Mutex<Inner>);

struct Inner {
    /// Nothing when the connection has ended.
    out: Option<Kept>,
    /// The task waits, and everything that it had is written.
    is_free: bool,
    /// What is left of a message that the kernel took a part of; nothing of it when it is only to be flushed.
    rest: Option<Bytes>,
    task: Option<Waker>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("is_free", &self.is_free).finish_non_exhaustive()
    }
}

/// The writing half of a socket.
pub trait Out: AsyncWrite + Send + Unpin + 'static {
    /// Writes what the kernel takes of it now: how much that was, and whether all of that has left this process. Nothing when it
    /// takes nothing. Nobody is woken when it would take more.
    fn write_now(&mut self, message: &[u8]) -> Option<(usize, bool)> {
        match now(|cx| Pin::new(&mut *self).poll_write(cx, message)) {
            Poll::Ready(Ok(written)) if written > 0 => {
                let flushed = now(|cx| Pin::new(&mut *self).poll_flush(cx));
                Some((written, matches!(flushed, Poll::Ready(Ok(())))))
            }
            _ => None,
        }
    }

    /// How it is kept.
    fn kept(self) -> Kept
    where
        Self: Sized,
    {
        Kept::Other(Box::new(self))
    }
}

impl<S: AsyncRead + AsyncWrite + Send + 'static> Out for WriteHalf<S> {}

impl Out for OwnedWriteHalf {
    // It has no buffer, and asks the kernel without a look at who waits for it.
    fn write_now(&mut self, message: &[u8]) -> Option<(usize, bool)> {
        self.try_write(message).ok().filter(|it| *it > 0).map(|it| (it, true))
    }

    fn kept(self) -> Kept {
        Kept::Tcp(self)
    }
}

/// A writing half as it is kept: what nearly all are stands here itself, because a thousand are gone through for one event, and each
/// step to somewhere else is one that the processor waits for.
pub enum Kept {
    /// Without TLS, or behind somebody who ends it.
    Tcp(OwnedWriteHalf),
    /// Every other.
    Other(Box<dyn Out>),
}

impl Kept {
    fn out(&mut self) -> &mut dyn Out {
        match self {
            Kept::Tcp(it) => it,
            Kept::Other(it) => it.as_mut(),
        }
    }
}

/// Polls once, for nobody. Not bounded by the turn of the task that this happens to run in: that bound is made for one
/// connection, and whoever tells a thousand has as many.
fn now<T>(poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
    let once = pin!(tokio::task::unconstrained(std::future::poll_fn(poll)));
    once.poll(&mut Context::from_waker(Waker::noop()))
}

impl Inner {
    fn out(&mut self) -> Result<Pin<&mut dyn Out>> {
        let out = self.out.as_mut().ok_or_else(|| Error::from(ErrorKind::BrokenPipe))?;
        Ok(Pin::new(out.out()))
    }
}

impl Outlet {
    /// Of a socket. Its task has it first.
    pub fn new(out: impl Out) -> Arc<Self> {
        Arc::new(Outlet(Mutex::new(Inner {
            out: Some(out.kept()),
            is_free: false,
            rest: None,
            task: None,
        })))
    }

    /// The task is polled: until it waits again nobody else writes. It is given what it has to write before anything of its own.
    pub fn begin(&self) -> Option<Bytes> {
        let mut inner = self.lock();
        inner.is_free = false;
        inner.rest.take()
    }

    /// The task waits, and everything that it had is written: others may write.
    pub fn offer(&self, task: &Waker) {
        let mut inner = self.lock();
        inner.is_free = true;
        if !inner.task.as_ref().is_some_and(|it| it.will_wake(task)) {
            inner.task = Some(task.clone());
        }
    }

    /// Writes a message if nobody else has to write before, and if `may_go`, which is asked while nobody can. False when it is to take
    /// the way through the mailbox; nothing of it was written then.
    pub fn send(&self, message: &Bytes, may_go: impl FnOnce() -> bool) -> bool {
        let mut inner = self.lock();
        if !inner.is_free || !may_go() {
            return false;
        }
        let taken = inner.out.as_mut().and_then(|it| it.out().write_now(message));
        let Some((written, is_out)) = taken else { return false };
        if written < message.len() || !is_out {
            inner.is_free = false;
            inner.rest = Some(message.slice(written.min(message.len())..));
            let task = inner.task.take();
            drop(inner);
            if let Some(task) = task {
                task.wake();
            }
        }
        STRAIGHT.fetch_add(1, Ordering::Relaxed);
        true
    }

    /// Writes all of it, for the task.
    ///
    /// # Errors
    /// When the socket fails.
    pub async fn write(&self, mut bytes: Bytes) -> Result<()> {
        std::future::poll_fn(|cx| {
            while !bytes.is_empty() {
                let written = ready!(self.lock().out()?.poll_write(cx, &bytes))?;
                if written == 0 {
                    return Poll::Ready(Err(Error::from(ErrorKind::WriteZero)));
                }
                bytes.advance(written.min(bytes.len()));
            }
            // TLS may hold a piece back until it is asked for all.
            self.lock().out()?.poll_flush(cx)
        })
        .await
    }

    /// Ends this direction, for the task.
    ///
    /// # Errors
    /// When the socket fails.
    pub async fn shutdown(&self) -> Result<()> {
        self.begin();
        std::future::poll_fn(|cx| self.lock().out()?.poll_shutdown(cx)).await
    }

    /// Lets the socket go, whoever still knows of this way.
    pub fn end(&self) {
        let mut inner = self.lock();
        *inner = Inner { out: None, is_free: false, rest: None, task: None };
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "outlet_tests.rs"]
mod tests;
