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
use tokio::io::AsyncWrite;

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
    out: Option<Box<dyn AsyncWrite + Send + Unpin>>,
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

impl Inner {
    fn out(&mut self) -> Result<Pin<&mut (dyn AsyncWrite + Send + Unpin)>> {
        let out = self.out.as_mut().ok_or_else(|| Error::from(ErrorKind::BrokenPipe))?;
        Ok(Pin::new(out.as_mut()))
    }

    /// What the kernel takes of it now, if anything. Nobody waits for more of it: what it does not take, the task writes.
    fn write_now(&mut self, message: &Bytes) -> Option<usize> {
        match now(|cx| self.out()?.poll_write(cx, message)) {
            Poll::Ready(Ok(written)) if written > 0 => Some(written),
            _ => None,
        }
    }

    fn flush_now(&mut self) -> bool {
        matches!(now(|cx| self.out()?.poll_flush(cx)), Poll::Ready(Ok(())))
    }
}

/// Polls once, for nobody. Not bounded by the turn of the task that this happens to run in: that bound is made for one
/// connection, and whoever tells a thousand has as many.
fn now<T>(poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
    let once = pin!(tokio::task::unconstrained(std::future::poll_fn(poll)));
    once.poll(&mut Context::from_waker(Waker::noop()))
}

impl Outlet {
    /// Of a socket. Its task has it first.
    pub fn new(out: impl AsyncWrite + Send + Unpin + 'static) -> Arc<Self> {
        let out: Box<dyn AsyncWrite + Send + Unpin> = Box::new(out);
        Arc::new(Outlet(Mutex::new(Inner {
            out: Some(out),
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
        let Some(written) = inner.write_now(message) else { return false };
        if written < message.len() || !inner.flush_now() {
            inner.is_free = false;
            inner.rest = Some(message.slice(written.min(message.len())..));
            if let Some(task) = inner.task.take() {
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
