//! Who follows an actor's topic, and what becomes of who does not keep up.
//!
//! Invariant: one `Recipient` per follower is kept and used with `try_send`, because actix bounds a mailbox per handle.
//! A follower whose mailbox is full gets nothing more but a gap, as soon as there is room for it.

use crate::actors::{Publication, Published};
use crate::protocol::frame::GapReason;
use crate::protocol::ids::ConnectionId;
use crate::protocol::prepared::Prepared;
use crate::protocol::topic::Topic;
use actix::Recipient;
use actix::dev::SendError;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The followers of one topic, each with what the owner knows of them.
#[derive(Debug)]
pub struct Followers<V> {
    topic: Topic,
    all: BTreeMap<ConnectionId, Follower<V>>,
}

#[derive(Debug)]
struct Follower<V> {
    viewer: V,
    sink: Recipient<Publication>,
    is_behind: bool,
}

impl<V: Copy + Ord> Followers<V> {
    /// Nobody yet.
    pub fn new(topic: Topic) -> Self {
        Followers { topic, all: BTreeMap::new() }
    }

    /// Adds one; a socket follows a topic once.
    pub fn add(&mut self, connection: ConnectionId, viewer: V, sink: Recipient<Publication>) {
        self.all.insert(connection, Follower { viewer, sink, is_behind: false });
    }

    /// Removes one.
    pub fn remove(&mut self, connection: ConnectionId) -> Option<V> {
        self.all.remove(&connection).map(|it| it.viewer)
    }

    /// Removes all of a viewer.
    pub fn remove_viewer(&mut self, viewer: V) -> Vec<ConnectionId> {
        let gone: Vec<_> =
            self.all.iter().filter(|(_, it)| it.viewer == viewer).map(|(id, _)| *id).collect();
        self.all.retain(|_, it| it.viewer != viewer);
        gone
    }

    /// Nobody follows.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Sends everybody what `prepare` makes for a viewer; it is asked once a viewer. Returns who turned out to be gone.
    pub fn publish(
        &mut self,
        mut prepare: impl FnMut(V) -> Arc<Prepared>,
    ) -> Vec<(ConnectionId, V)> {
        let mut prepared: BTreeMap<V, Arc<Prepared>> = BTreeMap::new();
        let mut gone = Vec::new();
        for (connection, follower) in &mut self.all {
            let what = if follower.is_behind {
                Published::Gap(GapReason::Slow)
            } else {
                let event =
                    prepared.entry(follower.viewer).or_insert_with(|| prepare(follower.viewer));
                Published::Event(Arc::clone(event))
            };
            match follower.sink.try_send(Publication { topic: self.topic, what }) {
                Ok(()) if follower.is_behind => gone.push((*connection, follower.viewer)),
                Ok(()) => {}
                Err(SendError::Full(_)) => {
                    metrics::counter!("bedside_slow_followers_total").increment(1);
                    follower.is_behind = true;
                }
                Err(SendError::Closed(_)) => gone.push((*connection, follower.viewer)),
            }
        }
        for (connection, _) in &gone {
            self.all.remove(connection);
        }
        gone
    }

    /// Tells everybody to follow again. For an owner that goes down, by will or by panic.
    pub fn tell_gap(&self, why: GapReason) {
        for follower in self.all.values() {
            let gap = Publication { topic: self.topic, what: Published::Gap(why) };
            if follower.sink.try_send(gap).is_err() {
                metrics::counter!("bedside_gaps_unsent_total").increment(1);
            }
        }
    }
}
