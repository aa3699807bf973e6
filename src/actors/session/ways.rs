//! The straight ways of a connection, one for each follow, and how far the owners of its topics are.
//!
//! Invariant: a way is open from the moment that the client is told how its topic stands until the topic is given up, followed anew,
//! or lost, or the session ends. Does not: send anything (`actors::straight`).

use super::Session;
use super::protocol::Protocol;
use crate::actors::outlet::Outlet;
use crate::actors::reached::Reached;
use crate::actors::sink::{FollowNumber, Waiting};
use crate::actors::straight::Straight;
use crate::protocol::topic::{Position, Topic};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The straight ways of a connection.
#[derive(Debug)]
pub(super) struct Ways {
    outlet: Option<Arc<Outlet>>,
    all: BTreeMap<Topic, Arc<Straight>>,
    /// How far owners have told each follow.
    owners: BTreeMap<Topic, (FollowNumber, Arc<Reached>)>,
}

impl Ways {
    /// Of a connection with that way out; without one, everything goes through the mailbox.
    pub(super) fn new(outlet: Option<Arc<Outlet>>) -> Self {
        Ways { outlet, all: BTreeMap::new(), owners: BTreeMap::new() }
    }

    /// A way for a follow that is asked for now. It is not open yet, and that of an earlier follow is not any more.
    pub(super) fn ask(&mut self, topic: Topic, follow: FollowNumber) -> Option<Arc<Straight>> {
        self.close(topic);
        let outlet = self.outlet.clone()?;
        let way = Arc::new(Straight::new(outlet, follow));
        self.all.insert(topic, Arc::clone(&way));
        Some(way)
    }

    /// Where the owner of a topic is to note how far it has told that follow.
    pub(super) fn reached(&mut self, topic: Topic, follow: FollowNumber) -> Arc<Reached> {
        let reached = Arc::new(Reached::default());
        self.owners.insert(topic, (follow, Arc::clone(&reached)));
        reached
    }

    /// The client is being told how the topic stands for that follow, and by which number it goes. The way of a later follow stays
    /// closed: its state was not told yet.
    pub(super) fn open(&self, topic: Topic, follow: FollowNumber, channel: u32) {
        if let Some(way) = self.all.get(&topic).filter(|it| it.follow() == follow) {
            way.set(Some(channel));
        }
    }

    /// Nothing of that topic goes straight any more.
    pub(super) fn close(&mut self, topic: Topic) {
        self.owners.remove(&topic);
        if let Some(way) = self.all.remove(&topic) {
            way.set(None);
        }
    }

    /// Nothing goes straight any more.
    pub(super) fn close_all(&mut self) {
        self.owners.clear();
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
        catch_up(&self.ways, &self.waiting, &mut self.protocol);
    }
}

/// Takes over what went past the session, and how far owners are: of what they told and is neither sent nor on its way, the next
/// ping says that it was lost.
fn catch_up(ways: &Ways, waiting: &Waiting, protocol: &mut Protocol) {
    // In this order: what is told from here on is on its way, and no loss.
    let owners = ways.owners.iter().filter(|(topic, (follow, _))| protocol.is_of(*follow, **topic));
    let owners: Vec<_> =
        owners.filter_map(|(topic, (_, it))| Some((*topic, it.position()?))).collect();
    for (topic, position) in ways.positions() {
        protocol.has_gone(topic, position);
    }
    if waiting.messages() > 0 {
        return;
    }
    for (topic, position) in owners {
        protocol.has_gone(topic, position);
    }
}

#[cfg(test)]
mod tests {
    use super::super::protocol::Do;
    use super::*;
    use crate::actors::Publication;
    use crate::actors::followers::Followers;
    use crate::actors::sink::Sink;
    use crate::command::Caller;
    use crate::domain::policy::{Principal, Who};
    use crate::protocol::codec::Codec;
    use crate::protocol::frame::{ClientFrame, ServerFrame};
    use crate::protocol::ids::{AppointmentId, ConnectionId, OrganisationId, PersonId, SessionId};
    use crate::protocol::person::Role;
    use crate::protocol::prepared::Prepared;
    use crate::protocol::time::UnixMillis;
    use crate::protocol::topic::Event;
    use actix::{Actor, Context, Handler, System};
    use std::task::Waker;
    use std::time::Duration;
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

    /// Loses whatever is put there.
    struct Lost;

    impl Actor for Lost {
        type Context = Context<Self>;
    }

    impl Handler<Publication> for Lost {
        type Result = ();

        fn handle(&mut self, _: Publication, _: &mut Context<Self>) {}
    }

    fn mark_of(protocol: &mut Protocol, seconds: u64) -> Position {
        let now = UnixMillis(0).plus(Duration::from_secs(seconds));
        protocol.heard(now);
        let does = protocol.tick(now);
        let marks = does.into_iter().find_map(|it| match it {
            Do::Send(ServerFrame::Ping { marks, .. }) => Some(marks),
            _ => None,
        });
        marks.expect("a ping")[0].position
    }

    /// A publication is lost between its owner and the session: the next ping says so, and none does while it may still come.
    #[test]
    fn what_is_lost_on_its_way_is_found_by_the_next_ping() {
        System::new().block_on(async {
            let (mut ways, waiting) = (Ways::new(None), Waiting::default());
            let mut protocol = open();
            let at = |offset| Position { epoch: 1, offset };
            protocol.followed(VISIT, FIRST, at(4));
            let mailbox = Lost.start().recipient();
            let reached = ways.reached(VISIT, FIRST);
            let sink = Sink::new(mailbox, FIRST, Codec::Json, waiting.clone()).noting(reached);
            let mut followers = Followers::new(VISIT);
            followers.add(ConnectionId(Uuid::from_u128(1)), (), sink);
            catch_up(&ways, &waiting, &mut protocol);
            assert_eq!(mark_of(&mut protocol, 15), at(4), "nothing was told");

            followers.publish(|()| Arc::new(event(5)));
            assert_eq!(waiting.messages(), 1);
            catch_up(&ways, &waiting, &mut protocol);
            assert_eq!(mark_of(&mut protocol, 30), at(4), "it is on its way");
            while waiting.messages() > 0 {
                tokio::task::yield_now().await;
            }
            catch_up(&ways, &waiting, &mut protocol);
            assert_eq!(mark_of(&mut protocol, 45), at(5), "it never came");

            // Whoever follows anew was told how it stands.
            let second = FollowNumber(2);
            protocol.lost(VISIT);
            protocol.followed(VISIT, second, at(2));
            catch_up(&ways, &waiting, &mut protocol);
            assert_eq!(mark_of(&mut protocol, 60), at(2), "that was said to the follow before");
        });
    }

    fn open() -> Protocol {
        let mut protocol = Protocol::new(UnixMillis(0));
        let hello = ClientFrame::Hello { token: "t".into(), sdk: None, tab: None, follow: vec![] };
        protocol.frame(Ok(hello), UnixMillis(0));
        let caller = Caller {
            principal: Principal {
                who: Who::Person(PersonId(Uuid::from_u128(1))),
                role: Role::Patient,
                organisation: OrganisationId::FIRST,
                only_visit: None,
            },
            session_id: SessionId(Uuid::from_u128(1)),
            expires_at: UnixMillis(0).plus(Duration::from_secs(900)),
            is_limited: false,
        };
        protocol.open(Ok(caller)).expect("it is open");
        protocol
    }

    #[test]
    fn without_a_shared_way_out_everything_takes_the_mailbox() {
        assert!(Ways::new(None).ask(VISIT, FIRST).is_none());
    }
}
