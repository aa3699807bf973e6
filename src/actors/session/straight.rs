//! The straight way of a follow: from its owner to the socket, past the mailbox of the session.
//!
//! Owns: whether that way is open, and how far it was used. Invariants: it is open from the moment that the client is told how its topic
//! stands until the topic is given up, followed anew, or lost; nothing goes by it while a publication waits for this connection, the session has
//! something to write, or its end was asked for. So what is said of a topic arrives in the order of saying, and nothing after a sign-out. Does not: write (`outlet`), or bound what waits (`sink`).

use super::Session;
use crate::actors::outlet::Outlet;
use crate::actors::sink::{FollowNumber, Waiting};
use crate::protocol::codec::Codec;
use crate::protocol::prepared::Prepared;
use crate::protocol::topic::{Position, Topic};
use std::collections::BTreeMap;
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

    fn set(&self, channel: Option<u32>) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).channel = channel;
    }

    fn position(&self) -> Option<Position> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).position
    }
}

/// The straight ways of a connection.
#[derive(Debug)]
pub(super) struct Ways {
    outlet: Option<Arc<Outlet>>,
    all: BTreeMap<Topic, Arc<Straight>>,
}

impl Ways {
    /// Of a connection with that way out; without one, everything goes through the mailbox.
    pub(super) fn new(outlet: Option<Arc<Outlet>>) -> Self {
        Ways { outlet, all: BTreeMap::new() }
    }

    /// A way for a follow that is asked for now. It is not open yet, and that of an earlier follow is not any more.
    pub(super) fn ask(&mut self, topic: Topic, follow: FollowNumber) -> Option<Arc<Straight>> {
        self.close(topic);
        let outlet = self.outlet.clone()?;
        let way = Arc::new(Straight { outlet, follow, told: Mutex::default() });
        self.all.insert(topic, Arc::clone(&way));
        Some(way)
    }

    /// The client is being told how the topic stands for that follow, and by which number it goes. The way of a later follow stays
    /// closed: its state was not told yet.
    pub(super) fn open(&self, topic: Topic, follow: FollowNumber, channel: u32) {
        if let Some(way) = self.all.get(&topic).filter(|it| it.follow == follow) {
            way.set(Some(channel));
        }
    }

    /// Nothing of that topic goes straight any more.
    pub(super) fn close(&mut self, topic: Topic) {
        if let Some(way) = self.all.remove(&topic) {
            way.set(None);
        }
    }

    /// Nothing goes straight any more.
    pub(super) fn close_all(&mut self) {
        for (_, way) in std::mem::take(&mut self.all) {
            way.set(None);
        }
    }

    /// How far the topics have gone by their ways.
    fn positions(&self) -> impl Iterator<Item = (Topic, Position)> + '_ {
        self.all.iter().filter_map(|(topic, way)| Some((*topic, way.position()?)))
    }
}

impl Session {
    /// Takes over what went past the session, before it says how far everything is.
    pub(super) fn catch_up(&mut self) {
        for (topic, position) in self.ways.positions() {
            self.protocol.has_gone(topic, position);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ids::AppointmentId;
    use crate::protocol::time::UnixMillis;
    use crate::protocol::topic::Event;
    use std::task::Waker;
    use tokio::io::{AsyncReadExt as _, DuplexStream, duplex};
    use uuid::Uuid;

    const VISIT: Topic = Topic::Visit(AppointmentId(Uuid::from_u128(1)));
    const FIRST: FollowNumber = FollowNumber(1);
    const OTHER: Topic = Topic::Visit(AppointmentId(Uuid::from_u128(2)));

    fn event(offset: u32) -> Prepared {
        let event = Event::SpeakerChanged { participant_id: None };
        Prepared::new(Position { epoch: 1, offset }, UnixMillis(0), event)
    }

    /// A connection whose session waits and has nothing to write.
    fn waits() -> (Ways, Arc<Outlet>, DuplexStream) {
        let (client, hub) = duplex(1024 * 1024);
        let outlet = Outlet::new(hub);
        outlet.offer(Waker::noop());
        (Ways::new(Some(Arc::clone(&outlet))), outlet, client)
    }

    fn goes(way: &Straight, offset: u32) -> bool {
        way.send(&event(offset), Codec::Json, &Waiting::default())
    }

    #[tokio::test]
    async fn a_way_is_open_from_the_state_of_its_topic_until_it_is_given_up() {
        let (mut ways, outlet, mut client) = waits();
        let way = ways.ask(VISIT, FIRST).expect("the way out is shared");
        assert!(!goes(&way, 1), "the client has not been told how the visit stands");
        ways.open(OTHER, FIRST, 4);
        assert!(!goes(&way, 1), "that was of another visit");
        ways.open(VISIT, FIRST, 7);
        assert!(goes(&way, 2));
        ways.close(VISIT);
        assert!(!goes(&way, 3), "given up");
        outlet.end();
        let mut read = vec![];
        client.read_to_end(&mut read).await.unwrap();
        let framed = event(2);
        assert_eq!(
            read,
            framed.framed(Codec::Json, 7).unwrap().to_vec(),
            "that one, and by its number"
        );
    }

    #[tokio::test]
    async fn a_topic_that_is_followed_anew_has_a_way_of_its_own() {
        let (mut ways, _outlet, _client) = waits();
        let first = ways.ask(VISIT, FIRST).unwrap();
        ways.open(VISIT, FIRST, 7);
        let second = ways.ask(VISIT, FollowNumber(2)).unwrap();
        ways.open(VISIT, FIRST, 7);
        assert!(!goes(&first, 1), "it would say something of what the client has forgotten");
        assert!(!goes(&second, 1), "what was told was the state of the first");
        ways.open(VISIT, FollowNumber(2), 7);
        assert!(goes(&second, 1));
        ways.close_all();
        assert!(!goes(&second, 2), "the session ends");
    }

    #[tokio::test]
    async fn what_waits_elsewhere_goes_first() {
        let (mut ways, _outlet, _client) = waits();
        let way = ways.ask(VISIT, FIRST).unwrap();
        ways.open(VISIT, FIRST, 7);
        let waiting = Waiting::default();
        waiting.note_own(true);
        let is_sent = way.send(&event(1), Codec::Json, &waiting);
        assert!(!is_sent, "the session has something to write");
        waiting.note_own(false);
        let charge = waiting.charged();
        assert!(!way.send(&event(1), Codec::Json, &waiting), "something is in its mailbox");
        drop(charge);
        assert!(way.send(&event(1), Codec::Json, &waiting));
        waiting.leave();
        assert!(!way.send(&event(2), Codec::Json, &waiting), "its end was asked for");
        waiting.note_own(false);
        assert!(!way.send(&event(2), Codec::Json, &waiting), "and stays so");
    }

    #[tokio::test]
    async fn how_far_a_topic_went_is_known_to_the_session() {
        let (mut ways, _outlet, _client) = waits();
        let way = ways.ask(VISIT, FIRST).unwrap();
        ways.open(VISIT, FIRST, 7);
        assert_eq!(ways.positions().count(), 0);
        assert!(goes(&way, 4) && goes(&way, 5));
        let gone: Vec<_> = ways.positions().collect();
        assert_eq!(gone, [(VISIT, Position { epoch: 1, offset: 5 })]);
    }

    #[test]
    fn without_a_shared_way_out_everything_takes_the_mailbox() {
        assert!(Ways::new(None).ask(VISIT, FIRST).is_none());
    }
}
