//! Where the people of this node are, for conversations to look at.
//!
//! Owns: one [`Whereabouts`], fed by sockets, by rooms and by what clients say, and who watches whom. Invariants: only who
//! is watched makes news, and the news say who, never where: a conversation asks for its own members. What is watched ends
//! with the [`Watch`]. Does not: outlive the process; another node has its own.

use crate::actors::{Emit, Happened};
use crate::clock::Clock;
use crate::domain::conversation::presence::{Ended, IsAway, Whereabouts, nearer};
use crate::domain::policy::Who;
use crate::protocol::conversation::Presence;
use crate::protocol::ids::{AppointmentId, ConnectionId, ConversationId};
use crate::protocol::visit::Place;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Everybody of this node.
pub struct Registry {
    inner: Mutex<Inner>,
    clock: Arc<dyn Clock>,
    emit: Emit,
}

#[derive(Default)]
struct Inner {
    all: Whereabouts,
    watched: BTreeMap<Who, BTreeMap<u64, ConversationId>>,
    next: u64,
}

/// A conversation watches these people, until this is dropped.
pub struct Watch {
    registry: Arc<Registry>,
    number: u64,
    people: Vec<Who>,
}

impl Registry {
    /// Nobody yet.
    pub fn new(clock: Arc<dyn Clock>, emit: Emit) -> Self {
        Registry { inner: Mutex::default(), clock, emit }
    }

    /// A socket was opened.
    pub fn opened(&self, who: Who, socket: ConnectionId) {
        self.inner().all.opened(who, socket);
        self.tell([who]);
    }

    /// A socket has ended.
    pub fn ended(&self, who: Who, socket: ConnectionId, how: Ended) {
        let now = self.clock.now();
        self.inner().all.ended(who, socket, how, now);
        self.tell([who]);
    }

    /// Nothing was touched at a socket for a while, or something was again.
    pub fn touched(&self, who: Who, socket: ConnectionId, is_away: IsAway) {
        if self.inner().all.touched(who, socket, is_away) {
            self.tell([who]);
        }
    }

    /// Who is in a visit now.
    pub fn in_visit(&self, visit: AppointmentId, people: BTreeSet<Who>) {
        let moved = self.inner().all.in_visit(visit, people);
        self.tell(moved);
    }

    /// Who of them is inside, and does not wait.
    pub fn inside(&self, visit: AppointmentId, people: BTreeSet<Who>) {
        self.inner().all.inside(visit, people);
    }

    /// Where somebody is of all visits, connected or not.
    pub fn place(&self, who: Who) -> Place {
        self.inner().all.place(who)
    }

    /// Forgets those who did not come back in time.
    pub fn give_up(&self) {
        let now = self.clock.now();
        let gone = self.inner().all.give_up(now);
        self.tell(gone);
    }

    /// Where somebody is who is known by these.
    pub fn of(&self, known_as: impl IntoIterator<Item = Who>) -> Presence {
        let now = self.clock.now();
        let inner = self.inner();
        let each = known_as.into_iter().map(|who| inner.all.of(who, now));
        each.fold(Presence::Offline, nearer)
    }

    /// Watches these people for a conversation.
    pub fn watch(self: &Arc<Self>, conversation: ConversationId, people: Vec<Who>) -> Watch {
        let mut inner = self.inner();
        inner.next += 1;
        let number = inner.next;
        for who in &people {
            inner.watched.entry(*who).or_default().insert(number, conversation);
        }
        drop(inner);
        Watch { registry: Arc::clone(self), number, people }
    }

    fn tell(&self, people: impl IntoIterator<Item = Who>) {
        for who in people {
            let watchers = self.inner().watched.get(&who).cloned();
            let conversations: Vec<_> =
                watchers.into_iter().flat_map(BTreeMap::into_values).collect();
            if !conversations.is_empty() {
                (self.emit)(Happened::PresenceMoved { who, conversations });
            }
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut inner = self.registry.inner();
        for who in &self.people {
            if let Some(watchers) = inner.watched.get_mut(who) {
                watchers.remove(&self.number);
                if watchers.is_empty() {
                    inner.watched.remove(who);
                }
            }
        }
    }
}
