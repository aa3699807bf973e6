//! Who follows a schedule, and what they are told; what searches read.
//!
//! Owns: the two topics of a planner, `schedule:<id>` (the calendar, for its owner and administrators) and `openings:<id>`
//! (only that something changed, for whoever searches). Invariant: nothing is told or posted that is not saved.
//! Does not: change a schedule.

use crate::actors::planner::Planner;
use crate::actors::{Follow, Start};
use crate::domain::policy::Who;
use crate::domain::schedule::{Claim, Schedule, view};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::frame::GapReason;
use crate::protocol::ids::ConnectionId;
use crate::protocol::person::Role;
use crate::protocol::prepared::Prepared;
use crate::protocol::topic::{Event, TopicState};
use actix::{Context, Handler, MessageResult};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Follows the calendar, or only whether what can be booked changes.
#[derive(actix::Message)]
#[rtype(result = "Result<Start, Fault>")]
pub struct FollowSchedule {
    /// Who, from where.
    pub follow: Follow,
    /// The whole calendar.
    pub is_whole: bool,
}

/// Follows no more, or the socket is gone.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "()")]
pub struct LeaveSchedule {
    /// Which socket.
    pub connection: ConnectionId,
    /// Of the whole calendar.
    pub is_whole: bool,
}

impl Planner {
    /// From here on another node may write the schedule: searches read it anew, followers follow anew.
    pub(crate) fn nobody_vouches(&mut self) {
        self.parts.board.forget(self.id);
        self.watchers.tell_gap(GapReason::Epoch);
        self.searchers.tell_gap(GapReason::Epoch);
    }

    /// Tells followers what is different from `before`, and what searches read.
    pub(crate) fn publish(&mut self, before: &Schedule) {
        self.parts.board.put(self.id, Arc::clone(&self.schedule));
        if self.watchers.is_empty() && self.searchers.is_empty() {
            // Nobody is told what is different, and whoever comes back with an older position gets the whole.
            self.position.offset = self.position.offset.saturating_add(1);
            self.openings.offset = self.openings.offset.saturating_add(1);
            return;
        }
        let has_other_hours = before.templates != self.schedule.templates
            || before.exceptions != self.schedule.exceptions;
        let mut events = Vec::new();
        if has_other_hours {
            events.push(Event::HoursChanged { hours: view::hours(&self.schedule) });
        }
        events.extend(difference(&before.claims, &self.schedule.claims));
        if events.is_empty() {
            return;
        }
        let now = self.parts.clock.now();
        for event in events {
            self.position.offset = self.position.offset.saturating_add(1);
            let prepared = Arc::new(Prepared::new(self.position, now, event));
            self.watchers.publish(|()| Arc::clone(&prepared));
        }
        self.openings.offset = self.openings.offset.saturating_add(1);
        let prepared = Arc::new(Prepared::new(self.openings, now, Event::OpeningsChanged {}));
        self.searchers.publish(|()| Arc::clone(&prepared));
    }
}

/// What entries became of entries.
fn difference(before: &[Claim], after: &[Claim]) -> Vec<Event> {
    let old: BTreeMap<_, _> = before.iter().map(|it| (it.slot_id, it)).collect();
    let new: BTreeMap<_, _> = after.iter().map(|it| (it.slot_id, it)).collect();
    let gone = old.keys().filter(|id| !new.contains_key(*id));
    let gone = gone.map(|id| Event::EntryRemoved { slot_id: *id });
    let changed = new.iter().filter(|(id, it)| old.get(*id) != Some(*it));
    let changed = changed.map(|(_, it)| Event::EntryChanged { entry: view::entry(it) });
    gone.chain(changed).collect()
}

impl Handler<FollowSchedule> for Planner {
    type Result = MessageResult<FollowSchedule>;

    fn handle(&mut self, message: FollowSchedule, ctx: &mut Context<Self>) -> Self::Result {
        let FollowSchedule { follow, is_whole } = message;
        if !self.is_known {
            return MessageResult(Err(FaultCode::NotFound.into()));
        }
        let now = self.parts.clock.now();
        self.used_at = now;
        self.expire(now, ctx);
        if !is_whole {
            self.searchers.add(follow.connection, (), follow.sink);
            let is_current = follow.position == Some(self.openings);
            let state = (!is_current).then_some(TopicState::Openings {});
            return MessageResult(Ok(Start { position: self.openings, state }));
        }
        let is_own = follow.principal.who == Who::Person(self.id);
        if !is_own && follow.principal.role != Role::Admin {
            return MessageResult(Err(FaultCode::NotFound.into()));
        }
        self.watchers.add(follow.connection, (), follow.sink);
        let is_current = follow.position == Some(self.position);
        let state = (!is_current).then(|| TopicState::Schedule {
            hours: view::hours(&self.schedule),
            entries: view::entries(&self.schedule.claims),
        });
        MessageResult(Ok(Start { position: self.position, state }))
    }
}

impl Handler<LeaveSchedule> for Planner {
    type Result = ();

    fn handle(&mut self, leave: LeaveSchedule, _: &mut Context<Self>) {
        self.used_at = self.parts.clock.now();
        match leave.is_whole {
            true => self.watchers.remove(leave.connection),
            false => self.searchers.remove(leave.connection),
        };
    }
}
