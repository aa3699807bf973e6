//! The straight way of a follow: from its owner to the socket, past the mailbox of the session.
//!
//! Owns: whether that way is open, and how far it was used. Invariant: nothing goes by it while it is shut, a publication waits for this
//! connection, the session has something to write, or its end was asked for. So what is said of a topic arrives in the order of saying,
//! and nothing after a sign-out. Does not: know when to open (`session`), write (`outlet`), or bound what waits (`sink`).

use crate::actors::outlet::Outlet;
use crate::actors::sink::{FollowNumber, Waiting};
use crate::protocol::codec::Codec;
use crate::protocol::prepared::Prepared;
use crate::protocol::topic::Position;
use std::sync::{Arc, Mutex, PoisonError};

/// The straight way of one follow.
#[derive(Debug)]
pub struct Straight {
    outlet: Arc<Outlet>,
    follow: FollowNumber,
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    /// The number of the topic's channel, while the way is open.
    channel: Option<u32>,
    /// The last that went by it.
    position: Option<Position>,
}

impl Straight {
    /// That of a follow that is asked for now. It is shut.
    pub fn new(outlet: Arc<Outlet>, follow: FollowNumber) -> Self {
        Straight { outlet, follow, told: Mutex::default() }
    }

    /// Of which follow.
    pub fn follow(&self) -> FollowNumber {
        self.follow
    }

    /// Sends an event, if the way is open and free. False when it is to take the way through the mailbox.
    pub fn send(&self, event: &Prepared, codec: Codec, waiting: &Waiting) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(channel) = told.channel else { return false };
        let Ok(message) = event.framed(codec, channel) else { return false };
        // A session that has something of its own, or a publication in its mailbox, comes first.
        let is_sent = self.outlet.send(&message, || waiting.nothing());
        if is_sent {
            told.position = Some(event.position());
        }
        is_sent
    }

    /// Opens it, for the number by which the client calls the topic, or shuts it.
    pub fn set(&self, channel: Option<u32>) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).channel = channel;
    }

    /// The last that went by it.
    pub fn position(&self) -> Option<Position> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).position
    }
}
