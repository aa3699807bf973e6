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
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// What the node says to a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, actix::Message)]
#[rtype(result = "()")]
pub enum Word {
    /// It ends.
    Close(CloseReason),
    /// The node goes down soon: its client opens another one before this one is closed.
    Drain {
        /// It is closed after that time.
        within_ms: u32,
        /// Clients spread over this.
        spread_ms: u32,
    },
}

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
    pub mailbox: Recipient<Word>,
    /// Publications that wait for it.
    pub waiting: Waiting,
}

/// The list.
pub struct Sockets {
    open: Mutex<HashMap<ConnectionId, Socket>>,
    /// What is said to everybody who comes in from now on.
    leaving: OnceLock<Word>,
    whereabouts: Arc<Registry>,
}

impl Sockets {
    /// None yet.
    pub fn new(whereabouts: Arc<Registry>) -> Self {
        Sockets { open: Mutex::default(), leaving: OnceLock::new(), whereabouts }
    }

    /// Adds one. An older socket of the same tab of the same session is closed as replaced.
    pub fn add(&self, id: ConnectionId, socket: Socket) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        for older in open.values() {
            let is_same = older.session_id == socket.session_id
                && older.tab.is_some()
                && older.tab == socket.tab;
            if is_same {
                tell(older, Word::Close(CloseReason::Replaced));
            }
        }
        if let Some(word) = self.leaving.get() {
            tell(&socket, *word);
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

    /// Whose they are, in which session.
    pub fn all(&self) -> Vec<(SessionId, Who)> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.values().map(|it| (it.session_id, it.who)).collect()
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

    /// Has everybody move to another node: they open a socket there before theirs is closed here.
    pub fn hand_over(&self, within: Duration, spread: Duration) {
        let millis = |it: Duration| u32::try_from(it.as_millis()).unwrap_or(u32::MAX);
        let word = Word::Drain { within_ms: millis(within), spread_ms: millis(spread) };
        // Under the lock, so that whoever comes in hears it once: by this, or by `add`.
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if self.leaving.set(word).is_ok() {
            open.values().for_each(|it| tell(it, word));
        }
    }

    /// Whether everybody is to move to another node.
    pub fn is_leaving(&self) -> bool {
        self.leaving.get().is_some()
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
            tell(socket, Word::Close(why));
        }
    }
}

fn tell(socket: &Socket, word: Word) {
    if let Word::Close(why) = word {
        // Before the word, which waits in the mailbox for as long as the session waits for anything.
        socket.waiting.leave();
        if why.is_for_good() {
            socket.waiting.bar();
        }
    }
    if socket.mailbox.try_send(word).is_err() {
        // Full: the client does not read and is ended by the transport. Closed: it has ended.
        metrics::counter!("bedside_close_unsent_total").increment(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::protocol::ids::PersonId;
    use actix::{Actor, AsyncContext as _, Context, Handler, System};
    use uuid::Uuid;

    /// A session that waits for something and hears no word.
    struct Waits;

    impl Actor for Waits {
        type Context = Context<Self>;

        fn started(&mut self, ctx: &mut Context<Self>) {
            ctx.wait(actix::fut::wrap_future(std::future::pending::<()>()));
        }
    }

    impl Handler<Word> for Waits {
        type Result = ();
        fn handle(&mut self, _: Word, _: &mut Context<Self>) {}
    }

    #[test]
    fn whoever_is_signed_out_is_told_nothing_more_though_their_session_has_not_heard_of_it() {
        System::new().block_on(async {
            let registry = Registry::new(Arc::new(SystemClock), Arc::new(|_| {}));
            let sockets = Sockets::new(Arc::new(registry));
            let session = |number| SessionId(Uuid::from_u128(number));
            let waiting = [1, 2].map(|number| {
                let waiting = Waiting::default();
                let socket = Socket {
                    session_id: session(number),
                    who: Who::Person(PersonId(Uuid::from_u128(number))),
                    tab: None,
                    mailbox: Waits.start().recipient(),
                    waiting: waiting.clone(),
                };
                sockets.add(ConnectionId(Uuid::from_u128(number)), socket);
                waiting
            });
            sockets.hand_over(Duration::from_secs(1), Duration::from_secs(1));
            assert!(waiting.iter().all(Waiting::nothing), "they stay until they have moved");
            sockets.close_session(session(1), CloseReason::SignedOut);
            assert_eq!([waiting[0].nothing(), waiting[1].nothing()], [false, true]);
        });
    }
}
