//! Where an owner puts what a follower is to hear, and how much may wait there.
//!
//! Invariant: what waits for one connection is bounded by messages (its mailbox) and by bytes ([`MAX_WAITING_BYTES`]),
//! over all topics that it follows. Bytes count from the moment that they are put until they are taken or thrown away
//! with the mailbox. Does not: decide what becomes of a follower whose sink is full (`followers`).

use crate::actors::{Publication, Published};
use crate::protocol::codec::Codec;
use crate::protocol::topic::Topic;
use actix::Recipient;
use actix::dev::SendError;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of publications that wait for one connection. A view of a visit of two has nearly 1 KiB, a full one about 4:
/// whoever is some thirty to a hundred of them behind is served better, and cheaper, by the whole anew. With all 15 000
/// sockets of a node standing still at once it is 2 GB, and no more.
pub const MAX_WAITING_BYTES: usize = 128 * 1024;

/// Bytes above which what may be lost is not put at all: whoever has a page of events to take needs no typing signal.
pub const MAX_WAITING_BEFORE_EPHEMERAL: usize = 4 * 1024;

/// Counts the bytes that wait for one connection. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Waiting(Arc<AtomicUsize>);

/// Bytes that wait; dropping it gives them back.
#[derive(Debug)]
pub struct Charge {
    waiting: Waiting,
    bytes: usize,
}

/// Why a publication was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// As much waits as may.
    Full,
    /// The connection has ended.
    Gone,
}

/// The way to one follower.
#[derive(Debug)]
pub struct Sink {
    mailbox: Recipient<Publication>,
    codec: Codec,
    waiting: Waiting,
}

impl Waiting {
    /// Bytes that wait now.
    pub fn bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts some more, unless that would be too many. Something that is larger than the bound by itself waits alone.
    fn charge(&self, bytes: usize) -> Result<Charge, Refused> {
        let added = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| {
            let sum = now.saturating_add(bytes);
            (bytes == 0 || now == 0 || sum <= MAX_WAITING_BYTES).then_some(sum)
        });
        match added {
            Ok(_) => {
                metrics::gauge!("bedside_waiting_bytes").increment(in_metrics(bytes));
                Ok(Charge { waiting: self.clone(), bytes })
            }
            Err(_) => Err(Refused::Full),
        }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.waiting.0.fetch_sub(self.bytes, Ordering::Relaxed);
        metrics::gauge!("bedside_waiting_bytes").decrement(in_metrics(self.bytes));
    }
}

impl Sink {
    /// To a connection that speaks `codec` and counts in `waiting`.
    pub fn new(mailbox: Recipient<Publication>, codec: Codec, waiting: Waiting) -> Self {
        Sink { mailbox, codec, waiting }
    }

    /// Puts something there.
    ///
    /// # Errors
    /// [`Refused::Full`] when too many messages or bytes wait; [`Refused::Gone`] when nobody will ever take it.
    pub fn put(&self, topic: Topic, what: Published) -> Result<(), Refused> {
        let bytes = match &what {
            Published::Event(event) => event.size(self.codec),
            // It says that there is nothing more to come, so it always has room.
            Published::Gap(_) => 0,
        };
        let charge = match self.waiting.charge(bytes) {
            Err(_) if !self.mailbox.connected() => return Err(Refused::Gone),
            charge => charge?,
        };
        self.mailbox.try_send(Publication { topic, what, charge }).map_err(|error| match error {
            SendError::Full(_) => Refused::Full,
            SendError::Closed(_) => Refused::Gone,
        })
    }
}

impl Sink {
    /// Puts something there that may be lost: it is the first to be dropped when bytes wait.
    ///
    /// # Errors
    /// [`Refused::Gone`] when nobody will ever take anything.
    pub fn put_ephemeral(&self, topic: Topic, what: Published) -> Result<(), Refused> {
        let is_dropped = self.waiting.bytes() > MAX_WAITING_BEFORE_EPHEMERAL;
        match if is_dropped { Err(Refused::Full) } else { self.put(topic, what) } {
            Err(Refused::Full) => {
                metrics::counter!("bedside_ephemeral_dropped_total").increment(1);
                Ok(())
            }
            put => put,
        }
    }
}

/// Exact up to 4 GiB, which is above what may wait.
fn in_metrics(bytes: usize) -> f64 {
    u32::try_from(bytes).unwrap_or(u32::MAX).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_bounded_and_given_back() {
        let waiting = Waiting::default();
        let most = waiting.charge(MAX_WAITING_BYTES - 1).expect("there is room");
        assert_eq!(waiting.charge(2).unwrap_err(), Refused::Full);
        assert_eq!(waiting.bytes(), MAX_WAITING_BYTES - 1, "what was refused does not count");
        let last = waiting.charge(1).expect("exactly full");
        let gap = waiting.charge(0).expect("a gap always has room");
        drop((most, gap));
        assert_eq!(waiting.bytes(), 1);
        assert_eq!(waiting.clone().charge(MAX_WAITING_BYTES).unwrap_err(), Refused::Full);
        drop(last);
        let alone = waiting.charge(2 * MAX_WAITING_BYTES).expect("large, but alone");
        assert_eq!(waiting.charge(1).unwrap_err(), Refused::Full);
        drop(alone);
        assert_eq!(waiting.bytes(), 0);
    }
}
