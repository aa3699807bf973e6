//! Who follows an actor's topic, and what becomes of who does not keep up.
//!
//! Invariant: one [`Sink`] per follower is kept, because actix bounds a mailbox per handle. A follower for whom too many
//! messages or bytes wait gets nothing more but a gap, as soon as there is room for it.

use crate::actors::Published;
use crate::actors::sink::{Refused, Sink};
use crate::protocol::frame::GapReason;
use crate::protocol::ids::ConnectionId;
use crate::protocol::prepared::Prepared;
use crate::protocol::topic::Topic;
use std::collections::{BTreeMap, BTreeSet};
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
    sink: Sink,
    is_behind: bool,
}

impl<V: Copy + Ord> Followers<V> {
    /// Nobody yet.
    pub fn new(topic: Topic) -> Self {
        Followers { topic, all: BTreeMap::new() }
    }

    /// Adds one; a socket follows a topic once.
    pub fn add(&mut self, connection: ConnectionId, viewer: V, sink: Sink) {
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

    /// Those as whom it is followed.
    pub fn viewers(&self) -> BTreeSet<V> {
        self.all.values().map(|it| it.viewer).collect()
    }

    /// Nobody follows.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether somebody waits for the gap that they are owed.
    pub fn has_laggards(&self) -> bool {
        self.all.values().any(|it| it.is_behind)
    }

    /// Sends everybody what `prepare` makes for a viewer; it is asked once a viewer. Returns who turned out to be gone.
    pub fn publish(&mut self, prepare: impl FnMut(V) -> Arc<Prepared>) -> Vec<(ConnectionId, V)> {
        self.publish_to(|_| true, prepare)
    }

    /// As [`Followers::publish`], to those viewers only.
    pub fn publish_to(
        &mut self,
        is_meant: impl Fn(V) -> bool,
        mut prepare: impl FnMut(V) -> Arc<Prepared>,
    ) -> Vec<(ConnectionId, V)> {
        let mut prepared: BTreeMap<V, Arc<Prepared>> = BTreeMap::new();
        let mut gone = Vec::new();
        for (connection, follower) in self.all.iter_mut().filter(|(_, it)| is_meant(it.viewer)) {
            let what = if follower.is_behind {
                Published::Gap(GapReason::Slow)
            } else {
                let event =
                    prepared.entry(follower.viewer).or_insert_with(|| prepare(follower.viewer));
                Published::Event(Arc::clone(event))
            };
            let told = match &what {
                Published::Event(event) => Some(event.position()),
                Published::Gap(_) | Published::Latest(_) => None,
            };
            let put = follower.sink.put(self.topic, what);
            if let Some(position) = told {
                follower.sink.note(position);
            }
            match put {
                Ok(()) if follower.is_behind => gone.push((*connection, follower.viewer)),
                Ok(()) => {}
                Err(Refused::Full) => {
                    metrics::counter!("bedside_slow_followers_total").increment(1);
                    follower.is_behind = true;
                }
                Err(Refused::Gone) => gone.push((*connection, follower.viewer)),
            }
        }
        for (connection, _) in &gone {
            self.all.remove(connection);
        }
        gone
    }

    /// Sends those viewers what may be lost. Who is behind gets none of it, and nobody falls behind by it.
    pub fn whisper(&mut self, is_meant: impl Fn(V) -> bool, prepared: &Arc<Prepared>) {
        let is_meant = |it: &&Follower<V>| !it.is_behind && is_meant(it.viewer);
        for follower in self.all.values().filter(is_meant) {
            let event = Published::Event(Arc::clone(prepared));
            if follower.sink.put_ephemeral(self.topic, event).is_err() {
                // It is found and taken off with the next event that counts.
                metrics::counter!("bedside_ephemeral_dropped_total").increment(1);
            }
        }
    }

    /// Takes all of a viewer off, who hears nothing any more but that they are to follow again. Whoever has no room for
    /// that is told as soon as there is.
    pub fn dismiss(&mut self, viewer: V, why: GapReason) {
        let topic = self.topic;
        self.all.retain(|_, it| {
            let is_kept = it.viewer == viewer
                && it.sink.put(topic, Published::Gap(why)) == Err(Refused::Full);
            it.is_behind |= is_kept;
            it.viewer != viewer || is_kept
        });
    }

    /// Tells those who are behind, as far as there is room now. Returns who was told, or turned out to be gone.
    pub fn tell_laggards(&mut self) -> Vec<(ConnectionId, V)> {
        let topic = self.topic;
        let mut settled = Vec::new();
        for (connection, it) in self.all.iter().filter(|(_, it)| it.is_behind) {
            if it.sink.put(topic, Published::Gap(GapReason::Slow)) != Err(Refused::Full) {
                settled.push((*connection, it.viewer));
            }
        }
        for (connection, _) in &settled {
            self.all.remove(connection);
        }
        settled
    }

    /// Tells everybody to follow again. For an owner that goes down, by will or by panic.
    pub fn tell_gap(&self, why: GapReason) {
        for follower in self.all.values() {
            if follower.sink.put(self.topic, Published::Gap(why)).is_err() {
                metrics::counter!("bedside_gaps_unsent_total").increment(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::Publication;
    use crate::actors::sink::{FollowNumber, Waiting};
    use crate::protocol::codec::Codec;
    use crate::protocol::ids::AppointmentId;
    use crate::protocol::time::UnixMillis;
    use crate::protocol::topic::{Event, Position};
    use actix::{Actor, AsyncContext as _, Context, Handler, System};
    use std::sync::Mutex;
    use tokio::sync::Notify;
    use uuid::Uuid;

    const TOPIC: Topic = Topic::Visit(AppointmentId(Uuid::from_u128(1)));
    /// Messages that the reader of these tests keeps waiting.
    const MAILBOX: usize = 4;

    type Heard = Arc<Mutex<Vec<Published>>>;

    struct Reader {
        heard: Heard,
        may_read: Arc<Notify>,
    }

    impl Actor for Reader {
        type Context = Context<Self>;

        fn started(&mut self, ctx: &mut Context<Self>) {
            ctx.set_mailbox_capacity(MAILBOX);
            let may_read = Arc::clone(&self.may_read);
            ctx.wait(actix::fut::wrap_future(async move { may_read.notified().await }));
        }
    }

    impl Handler<Publication> for Reader {
        type Result = ();

        fn handle(&mut self, publication: Publication, _: &mut Context<Self>) {
            assert_eq!(publication.topic, TOPIC);
            self.heard.lock().unwrap().push(publication.what);
        }
    }

    fn sink(reader: &actix::Addr<Reader>) -> Sink {
        let (mailbox, follow) = (reader.clone().recipient(), FollowNumber::default());
        Sink::new(mailbox, follow, Codec::Json, Waiting::default())
    }

    fn connection(number: u128) -> ConnectionId {
        ConnectionId(Uuid::from_u128(number))
    }

    fn event() -> Arc<Prepared> {
        let event = Event::SpeakerChanged { participant_id: None };
        Arc::new(Prepared::new(Position::default(), UnixMillis(0), event))
    }

    /// Somebody who reads when they are told to.
    async fn reader() -> (actix::Addr<Reader>, Heard, Arc<Notify>) {
        let (heard, may_read) = (Heard::default(), Arc::new(Notify::new()));
        let reader = Reader { heard: Arc::clone(&heard), may_read: Arc::clone(&may_read) };
        let address = reader.start();
        // It has started when the test goes on, and waits.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        (address, heard, may_read)
    }

    async fn heard_at_least(heard: &Heard, count: usize) {
        while heard.lock().unwrap().len() < count {
            tokio::task::yield_now().await;
        }
    }

    #[test]
    fn who_does_not_read_gets_a_gap_and_no_more() {
        System::new().block_on(async {
            let (slow, slow_heard, may_read) = reader().await;
            let mut followers = Followers::new(TOPIC);
            followers.add(connection(1), 1_u8, sink(&slow));
            for _ in 0..50 {
                assert_eq!(followers.publish(|_| event()), [], "not gone: only behind");
            }
            may_read.notify_one();
            heard_at_least(&slow_heard, 1).await;
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            let kept = slow_heard.lock().unwrap().len();
            // actix lets a handle put one more than the bound.
            assert!(kept <= MAILBOX + 1, "{kept} were kept for who does not read");
            assert_eq!(followers.publish(|_| event()), [(connection(1), 1)], "told, and taken off");
            assert!(followers.is_empty());
            heard_at_least(&slow_heard, kept + 1).await;
            let last = slow_heard.lock().unwrap().last().cloned();
            assert!(matches!(last, Some(Published::Gap(GapReason::Slow))), "{last:?}");
        });
    }

    #[test]
    fn a_view_is_made_once_a_viewer_and_who_is_gone_is_named() {
        System::new().block_on(async {
            let mut followers = Followers::new(TOPIC);
            let mut readers = vec![];
            for (number, viewer) in [(1, 1_u8), (2, 1), (3, 2)] {
                let (address, heard, may_read) = reader().await;
                may_read.notify_one();
                followers.add(connection(number), viewer, sink(&address));
                readers.push(heard);
            }
            let mut made = vec![];
            let gone = followers.publish(|viewer| {
                made.push(viewer);
                event()
            });
            assert_eq!((made, gone), (vec![1, 2], vec![]));
            for heard in &readers {
                heard_at_least(heard, 1).await;
            }
            assert_eq!(followers.remove_viewer(1), [connection(1), connection(2)]);
            assert_eq!((followers.len(), followers.remove(connection(1))), (1, None));
            followers.tell_gap(GapReason::Epoch);
            heard_at_least(&readers[2], 2).await;
            let last = readers[2].lock().unwrap().last().cloned();
            assert!(matches!(last, Some(Published::Gap(GapReason::Epoch))));
        });
    }

    #[test]
    fn a_reader_that_ended_is_gone() {
        System::new().block_on(async {
            let mut followers = Followers::new(TOPIC);
            let arbiter = actix_rt::Arbiter::new();
            let reader = Reader { heard: Heard::default(), may_read: Arc::default() };
            let address = Reader::start_in_arbiter(&arbiter.handle(), move |_| reader);
            followers.add(connection(1), 1_u8, sink(&address));
            assert!(arbiter.stop());
            arbiter.join().unwrap();
            while address.connected() {
                tokio::task::yield_now().await;
            }
            assert_eq!(followers.publish(|_| event()), [(connection(1), 1)]);
            assert!(followers.is_empty());
        });
    }
}
