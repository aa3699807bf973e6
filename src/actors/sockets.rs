//! Which sockets are open on this node, by session and by person, so that they can be closed from outside.
//!
//! Invariant: a socket is in the list from its welcome to its end, and so is what is known of where its person is. Closing goes through the socket's own mailbox; a
//! client that does not read is ended by TCP_USER_TIMEOUT (`http`).

use crate::actors::sink::Waiting;
use crate::actors::whereabouts::Registry;
pub use crate::domain::conversation::presence::Ended;
use crate::domain::policy::Who;
use crate::protocol::close::CloseReason;
use crate::protocol::ids::{ConnectionId, SessionId};
use actix::Recipient;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Closes a socket.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "()")]
pub struct Close(pub CloseReason);

/// One open socket.
#[derive(Debug, Clone)]
pub struct Socket {
    /// The sign-in.
    pub session_id: SessionId,
    /// Who.
    pub who: Who,
    /// Name of the browser tab, when it has one.
    pub tab: Option<String>,
    /// Its mailbox.
    pub mailbox: Recipient<Close>,
    /// Publications that wait for it.
    pub waiting: Waiting,
}

/// The list.
pub struct Sockets {
    open: Mutex<HashMap<ConnectionId, Socket>>,
    whereabouts: Arc<Registry>,
}

impl Sockets {
    /// None yet.
    pub fn new(whereabouts: Arc<Registry>) -> Self {
        Sockets { open: Mutex::default(), whereabouts }
    }

    /// Adds one. An older socket of the same tab of the same session is closed as replaced.
    pub fn add(&self, id: ConnectionId, socket: Socket) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        for older in open.values() {
            let is_same = older.session_id == socket.session_id
                && older.tab.is_some()
                && older.tab == socket.tab;
            if is_same {
                tell(older, CloseReason::Replaced);
            }
        }
        let who = socket.who;
        open.insert(id, socket);
        drop(open);
        self.whereabouts.opened(who, id);
    }

    /// Removes one.
    pub fn remove(&self, id: ConnectionId, how: Ended) {
        let removed = self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        if let Some(socket) = removed {
            self.whereabouts.ended(socket.who, id, how);
        }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Bytes of publications that wait for the one for whom most wait.
    pub fn most_waiting(&self) -> usize {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.values().map(|it| it.waiting.bytes()).max().unwrap_or(0)
    }

    /// None.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Closes those of a session.
    pub fn close_session(&self, session_id: SessionId, why: CloseReason) {
        self.close(why, |it| it.session_id == session_id);
    }

    /// Closes those of somebody.
    pub fn close_person(&self, who: Who, why: CloseReason) {
        self.close(why, |it| it.who == who);
    }

    /// Closes all.
    pub fn close_all(&self, why: CloseReason) {
        self.close(why, |_| true);
    }

    fn close(&self, why: CloseReason, which: impl Fn(&Socket) -> bool) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        for socket in open.values().filter(|it| which(it)) {
            tell(socket, why);
        }
    }
}

fn tell(socket: &Socket, why: CloseReason) {
    if socket.mailbox.try_send(Close(why)).is_err() {
        // Full: the client does not read and is ended by the transport. Closed: it has ended.
        metrics::counter!("bedside_close_unsent_total").increment(1);
    }
}
