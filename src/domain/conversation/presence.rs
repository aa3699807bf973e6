//! Where people are, of all their sockets on this node.
//!
//! Owns: the sockets of each, what each socket said, and the visits that somebody is in. Invariants: whoever has no socket
//! is nowhere but reconnecting, for [`RECONNECT_WITHIN`], unless they said goodbye; so nobody stays as a ghost. Told the
//! time. Does not: know who may ask (members of the same conversation: the actor asks for those alone).

use crate::domain::policy::Who;
use crate::protocol::conversation::Presence;
use crate::protocol::ids::{AppointmentId, ConnectionId};
use crate::protocol::time::UnixMillis;
use crate::protocol::visit::Place;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How long after the last socket was lost somebody may be on their way back.
pub const RECONNECT_WITHIN: Duration = Duration::from_secs(10);

/// How a socket ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Its client said goodbye, or the hub ended it for good.
    ForGood,
    /// Without a word.
    Lost,
}

/// Where everybody is.
#[derive(Debug, Default)]
pub struct Whereabouts {
    people: BTreeMap<Who, Sockets>,
    visits: BTreeMap<AppointmentId, BTreeSet<Who>>,
    /// Of these who does not wait.
    inside: BTreeMap<AppointmentId, BTreeSet<Who>>,
}

#[derive(Debug, Default)]
struct Sockets {
    /// Each, and whether nothing was touched there for a while.
    open: BTreeMap<ConnectionId, bool>,
    lost_at: Option<UnixMillis>,
}

impl Whereabouts {
    /// Where somebody is.
    pub fn of(&self, who: Who, now: UnixMillis) -> Presence {
        let Some(sockets) = self.people.get(&who) else { return Presence::Offline };
        if sockets.open.is_empty() {
            let is_back_soon = sockets.lost_at.is_some_and(|at| now.since(at) < RECONNECT_WITHIN);
            return if is_back_soon { Presence::Reconnecting } else { Presence::Offline };
        }
        if self.visits.values().any(|it| it.contains(&who)) {
            Presence::InVisit
        } else if sockets.open.values().all(|is_away| *is_away) {
            Presence::Away
        } else {
            Presence::Online
        }
    }

    /// A socket was opened.
    pub fn opened(&mut self, who: Who, socket: ConnectionId) {
        self.people.entry(who).or_default().open.insert(socket, false);
    }

    /// A socket has ended.
    pub fn ended(&mut self, who: Who, socket: ConnectionId, how: Ended, now: UnixMillis) {
        let Some(sockets) = self.people.get_mut(&who) else { return };
        if sockets.open.remove(&socket).is_none() || !sockets.open.is_empty() {
            return;
        }
        match how {
            Ended::ForGood => {
                self.people.remove(&who);
            }
            Ended::Lost => sockets.lost_at = Some(now),
        }
    }

    /// Nothing was touched at a socket for a while, or something was again. False when there is no such socket of theirs.
    pub fn touched(&mut self, who: Who, socket: ConnectionId, is_away: IsAway) -> bool {
        let open = self.people.get_mut(&who).and_then(|it| it.open.get_mut(&socket));
        open.is_some_and(|it| {
            *it = is_away == IsAway::Yes;
            true
        })
    }

    /// Who is in a visit now. Everybody whose presence that may change.
    pub fn in_visit(&mut self, visit: AppointmentId, who: BTreeSet<Who>) -> BTreeSet<Who> {
        let before = match who.is_empty() {
            true => self.visits.remove(&visit),
            false => self.visits.insert(visit, who.clone()),
        };
        before.unwrap_or_default().symmetric_difference(&who).copied().collect()
    }

    /// Who of them is inside, and does not wait.
    pub fn inside(&mut self, visit: AppointmentId, who: BTreeSet<Who>) {
        match who.is_empty() {
            true => self.inside.remove(&visit),
            false => self.inside.insert(visit, who),
        };
    }

    /// Where somebody is of all visits, connected or not.
    pub fn place(&self, who: Who) -> Place {
        let is_in =
            |all: &BTreeMap<AppointmentId, BTreeSet<Who>>| all.values().any(|it| it.contains(&who));
        match (is_in(&self.inside), is_in(&self.visits)) {
            (true, _) => Place::Inside,
            (false, true) => Place::Waiting,
            (false, false) => Place::Away,
        }
    }

    /// Forgets those who did not come back in time; who they are.
    pub fn give_up(&mut self, now: UnixMillis) -> Vec<Who> {
        let is_gone = |it: &Sockets| {
            it.open.is_empty() && it.lost_at.is_none_or(|at| now.since(at) >= RECONNECT_WITHIN)
        };
        let gone: Vec<_> =
            self.people.iter().filter(|(_, it)| is_gone(it)).map(|(who, _)| *who).collect();
        gone.iter().for_each(|who| {
            self.people.remove(who);
        });
        gone
    }
}

/// Whether nothing was touched for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IsAway {
    /// Nothing was.
    Yes,
    /// Something was.
    No,
}

/// Of somebody who is known by an account and by a part in a visit, the one that says more.
pub fn nearer(one: Presence, other: Presence) -> Presence {
    const fn rank(it: Presence) -> u8 {
        match it {
            Presence::InVisit => 0,
            Presence::Online => 1,
            Presence::Away => 2,
            Presence::Reconnecting => 3,
            Presence::Offline => 4,
        }
    }
    if rank(one) <= rank(other) { one } else { other }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ids::PersonId;
    use uuid::Uuid;

    #[test]
    fn who_is_inside_is_told_from_who_waits_connected_or_not() {
        let visit = AppointmentId(Uuid::from_u128(1));
        let [ana, dr_b, carla] = [2, 3, 4].map(|it| Who::Person(PersonId(Uuid::from_u128(it))));
        let mut all = Whereabouts::default();
        let places = |it: &Whereabouts| [ana, dr_b, carla].map(|who| it.place(who));
        assert_eq!(places(&all), [Place::Away; 3]);
        all.inside(visit, [dr_b].into());
        all.in_visit(visit, [ana, dr_b].into());
        assert_eq!(places(&all), [Place::Waiting, Place::Inside, Place::Away]);
        all.inside(visit, [ana, dr_b].into());
        assert_eq!(places(&all), [Place::Inside, Place::Inside, Place::Away]);
        all.inside(visit, [].into());
        all.in_visit(visit, [].into());
        assert_eq!(places(&all), [Place::Away; 3]);
    }
}
