//! What is true of a visit only as long as sockets and media last: who is connected, what they send, their slots.
//!
//! Owns: [`Live`], and the rule when somebody is taken for gone. Told the time; says the next deadline.
//! Invariant: membership belongs to the visit, never to a socket. A lost socket makes somebody "reconnecting"; only
//! when socket *and* media have been gone for [`LOST_AFTER`] are they taken for gone.

use crate::protocol::ids::{ConnectionId, ParticipantId, SessionId};
use crate::protocol::media::{MediaView, Slot};
use crate::protocol::time::UnixMillis;
use crate::protocol::visit::{Connection, HostState, Queue};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How long somebody without a socket is shown as reconnecting: long enough for a browser to come back by itself, short
/// enough that nobody talks to somebody who has gone.
pub const RECONNECTING_FOR: Duration = Duration::from_secs(10);
/// How long somebody may be without socket and media before the attendance says that the connection was lost. They
/// may come back at any time and need no new admission. Ten minutes: a lift, a tunnel or a router that starts again is
/// no departure.
pub const LOST_AFTER: Duration = Duration::from_secs(10 * 60);

/// What somebody sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sources {
    /// Microphone.
    pub microphone: bool,
    /// Camera.
    pub camera: bool,
    /// Screen.
    pub screen: bool,
}

/// Somebody's live part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Presence {
    /// Sockets that follow the visit as this participant.
    pub connections: BTreeSet<ConnectionId>,
    /// Since when there is none of them.
    pub offline_since: Option<UnixMillis>,
    /// Their media.
    pub media: Option<MediaView>,
    /// The sign-in that joined it. Of somebody with two, only the one that ended takes its media along.
    pub media_of: Option<SessionId>,
    /// How often their media was ended: an answer to an offer from before the last time is void.
    pub media_ends: u32,
    /// What they send.
    pub sources: Sources,
    /// The host has muted them.
    pub is_muted_by_host: bool,
    /// 0 to 5.
    pub link_score: Option<u8>,
}

/// The live part of who never was here.
static NOBODY: Presence = Presence {
    connections: BTreeSet::new(),
    offline_since: None,
    media: None,
    media_of: None,
    media_ends: 0,
    sources: Sources { microphone: false, camera: false, screen: false },
    is_muted_by_host: false,
    link_score: None,
};

impl Presence {
    fn has_media(&self) -> bool {
        self.media.as_ref().is_some_and(|it| it.is_connected)
    }

    /// How they are connected at `now`.
    pub fn connection(&self, now: UnixMillis) -> Connection {
        match self.offline_since {
            _ if !self.connections.is_empty() => Connection::Online,
            Some(since) if self.has_media() || now.since(since) < RECONNECTING_FOR => {
                Connection::Reconnecting
            }
            _ => Connection::Offline,
        }
    }
}

/// The live side of one visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    people: BTreeMap<ParticipantId, Presence>,
    /// Where the clinician is, when not here.
    pub host_elsewhere: HostState,
    /// The patient's place in line.
    pub queue: Option<Queue>,
}

impl Default for Live {
    fn default() -> Self {
        Live { people: BTreeMap::new(), host_elsewhere: HostState::Away, queue: None }
    }
}

impl Live {
    /// Somebody's live part; an empty one for who never was here.
    pub fn of(&self, who: ParticipantId) -> &Presence {
        self.people.get(&who).unwrap_or(&NOBODY)
    }

    /// The same; nothing for who never was here.
    pub fn get(&self, who: ParticipantId) -> Option<&Presence> {
        self.people.get(&who)
    }

    /// Their live part, to change it.
    pub fn entry(&mut self, who: ParticipantId) -> &mut Presence {
        self.people.entry(who).or_default()
    }

    /// A socket follows the visit.
    pub fn connect(&mut self, who: ParticipantId, connection: ConnectionId) {
        let person = self.entry(who);
        person.connections.insert(connection);
        person.offline_since = None;
    }

    /// A socket is gone. True when it was the last one.
    pub fn disconnect(
        &mut self,
        who: ParticipantId,
        connection: ConnectionId,
        now: UnixMillis,
    ) -> bool {
        let person = self.entry(who);
        let was_there = person.connections.remove(&connection);
        let is_last = was_there && person.connections.is_empty();
        if is_last {
            person.offline_since = Some(now);
        }
        is_last
    }

    /// Somebody who is present, by the store, was found without a socket when the owner started: the clock starts now.
    pub fn expect_back(&mut self, who: ParticipantId, now: UnixMillis) {
        self.entry(who).offline_since = Some(now);
    }

    /// A new transport, joined by a sign-in: nothing of the old one holds.
    pub fn join_media(&mut self, who: ParticipantId, transport: u32, of: SessionId) {
        let person = self.entry(who);
        person.media = Some(MediaView { transport, is_connected: false, slots: vec![] });
        person.media_of = Some(of);
    }

    /// Their media ended (sent back, left, closed).
    pub fn end_media(&mut self, who: ParticipantId) {
        let person = self.entry(who);
        person.media = None;
        person.media_of = None;
        person.media_ends = person.media_ends.wrapping_add(1);
        person.sources = Sources::default();
        person.is_muted_by_host = false;
    }

    /// The transport says that media can flow. False when that transport is not the current one.
    pub fn media_connected(&mut self, who: ParticipantId, transport: u32) -> bool {
        match self.entry(who).media.as_mut().filter(|it| it.transport == transport) {
            Some(media) => {
                media.is_connected = true;
                true
            }
            None => false,
        }
    }

    /// The transport ended by itself. False when that transport is not the current one.
    pub fn media_gone(&mut self, who: ParticipantId, transport: u32, now: UnixMillis) -> bool {
        let person = self.entry(who);
        if person.media.as_ref().is_none_or(|it| it.transport != transport) {
            return false;
        }
        person.media = None;
        person.media_of = None;
        if person.connections.is_empty() {
            person.offline_since = Some(now);
        }
        true
    }

    /// A worker died: every transport is gone, nobody left.
    pub fn media_lost(&mut self, now: UnixMillis) {
        for person in self.people.values_mut() {
            person.media = None;
            person.media_of = None;
            if person.connections.is_empty() {
                person.offline_since.get_or_insert(now);
            }
        }
    }

    /// The slot table of a transport. False when that transport is not the current one or nothing changed.
    pub fn set_slots(&mut self, who: ParticipantId, transport: u32, slots: Vec<Slot>) -> bool {
        match self.entry(who).media.as_mut().filter(|it| it.transport == transport) {
            Some(media) if media.slots != slots => {
                media.slots = slots;
                true
            }
            _ => false,
        }
    }

    /// Who of `present` has been gone for too long.
    pub fn lost(
        &self,
        present: impl Iterator<Item = ParticipantId>,
        now: UnixMillis,
    ) -> Vec<ParticipantId> {
        present.filter(|id| self.lost_at(*id).is_some_and(|at| at <= now)).collect()
    }

    /// When something changes by time alone: somebody turns from reconnecting to offline, or is taken for gone.
    pub fn next_deadline(
        &self,
        present: impl Iterator<Item = ParticipantId>,
        now: UnixMillis,
    ) -> Option<UnixMillis> {
        present
            .filter_map(|id| {
                let lost_at = self.lost_at(id)?;
                let offline_at = lost_at.minus(LOST_AFTER).plus(RECONNECTING_FOR);
                Some(if offline_at > now { offline_at } else { lost_at })
            })
            .min()
    }

    fn lost_at(&self, who: ParticipantId) -> Option<UnixMillis> {
        let person = self.people.get(&who)?;
        let is_gone = person.connections.is_empty() && !person.has_media();
        person.offline_since.filter(|_| is_gone).map(|since| since.plus(LOST_AFTER))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const ANA: ParticipantId = ParticipantId(Uuid::from_u128(1));
    const SOCKET: ConnectionId = ConnectionId(Uuid::from_u128(9));
    const SESSION: SessionId = SessionId(Uuid::from_u128(8));

    fn at(seconds: i64) -> UnixMillis {
        UnixMillis(seconds * 1_000)
    }

    #[test]
    fn a_lost_socket_is_reconnecting_then_offline_and_much_later_gone() {
        let mut live = Live::default();
        live.connect(ANA, SOCKET);
        assert_eq!(live.of(ANA).connection(at(0)), Connection::Online);
        assert!(live.disconnect(ANA, SOCKET, at(100)));
        assert_eq!(live.of(ANA).connection(at(109)), Connection::Reconnecting);
        assert_eq!(live.of(ANA).connection(at(110)), Connection::Offline);
        assert_eq!(live.next_deadline([ANA].into_iter(), at(100)), Some(at(110)));
        assert_eq!(live.next_deadline([ANA].into_iter(), at(110)), Some(at(700)));
        assert!(live.lost([ANA].into_iter(), at(699)).is_empty());
        assert_eq!(live.lost([ANA].into_iter(), at(700)), [ANA]);
    }

    #[test]
    fn media_that_flows_keeps_somebody_there_without_a_socket() {
        let mut live = Live::default();
        live.connect(ANA, SOCKET);
        live.join_media(ANA, 1, SESSION);
        assert!(live.media_connected(ANA, 1));
        live.disconnect(ANA, SOCKET, at(0));
        assert_eq!(live.of(ANA).connection(at(3_000)), Connection::Reconnecting);
        assert!(live.lost([ANA].into_iter(), at(3_000)).is_empty());
        assert!(live.media_gone(ANA, 1, at(3_000)));
        assert_eq!(live.lost([ANA].into_iter(), at(3_600)), [ANA]);
    }

    #[test]
    fn what_an_old_transport_says_does_not_count() {
        let mut live = Live::default();
        live.join_media(ANA, 2, SESSION);
        assert!(!live.media_connected(ANA, 1));
        assert!(!live.media_gone(ANA, 1, at(0)));
        assert!(!live.set_slots(ANA, 1, vec![]));
        assert!(live.media_connected(ANA, 2));
    }
}
