//! The room's followers: who hears of the visit, and how it looks to each of them.
//!
//! Invariant: a view is made for its viewer (`domain::visit::view`); a participant is connected as long as a socket
//! follows as them, and nothing here ends a membership.

use crate::actors::room::{Line, Room};
use crate::actors::{Beginning, Follow, Start, Unfollow};
use crate::domain::visit::view::{self, Viewer};
use crate::protocol::ids::{ConnectionId, ParticipantId};
use crate::protocol::prepared::Prepared;
use crate::protocol::topic::{Event, TopicState};
use crate::protocol::visit::Place;
use actix::{Context, Handler, MessageResult};
use std::sync::Arc;

impl Room {
    /// Tells every follower how the visit is now.
    pub(crate) fn publish(&mut self, ctx: &mut Context<Self>) {
        let Some(visit) = &self.visit else { return };
        let now = self.parts.clock.now();
        self.position.offset = self.position.offset.saturating_add(1);
        let (live, position) = (&self.live, self.position);
        let gone = self.followers.publish(|viewer| {
            let visit = Box::new(view::of(visit, live, viewer, now));
            Arc::new(Prepared::new(position, now, Event::VisitChanged { visit }))
        });
        if self.are_gone(gone) {
            // The others see them reconnecting. Ends: whoever was found gone is no follower any more.
            return self.publish(ctx);
        }
        // Whatever changed by time until now has just been told.
        self.disarm(ctx);
        self.arm(ctx);
    }

    /// Tells every follower inside who speaks. Whoever waits hears nothing of it, not even that somebody does. It passes
    /// by: it shares the position of what stays.
    pub(crate) fn publish_speaker(
        &mut self,
        participant_id: Option<ParticipantId>,
        ctx: &mut Context<Self>,
    ) {
        let Some(visit) = &self.visit else { return };
        let event = Event::SpeakerChanged { participant_id };
        let prepared = Arc::new(Prepared::new(self.position, self.parts.clock.now(), event));
        let is_inside = |viewer| {
            matches!(viewer, Viewer::Member(id)
                if visit.members.get(&id).is_some_and(|it| it.place() == Place::Inside))
        };
        let gone = self.followers.publish_to(is_inside, |_| Arc::clone(&prepared));
        if self.are_gone(gone) {
            self.publish(ctx);
        }
    }

    /// Sockets turned out to be gone. True when one was the last of somebody, which the others have not been told.
    fn are_gone(&mut self, gone: Vec<(ConnectionId, Viewer)>) -> bool {
        let mut is_news = false;
        for (connection, viewer) in gone {
            is_news |= self.disconnected(connection, viewer);
        }
        is_news
    }

    /// A socket is gone. True when it was the last one of somebody.
    fn disconnected(&mut self, connection: ConnectionId, viewer: Viewer) -> bool {
        let Viewer::Member(who) = viewer else { return false };
        self.live.disconnect(who, connection, self.parts.clock.now())
    }
}

impl Handler<Follow> for Room {
    type Result = MessageResult<Follow>;

    fn handle(&mut self, follow: Follow, ctx: &mut Context<Self>) -> Self::Result {
        let viewer = match self.visit_for(&follow.principal) {
            Ok((_, viewer)) => viewer,
            Err(fault) => return MessageResult(Err(fault)),
        };
        self.followers.add(follow.connection, viewer, follow.sink);
        if let Viewer::Member(who) = viewer {
            let was_offline = self.live.of(who).connections.is_empty();
            self.live.connect(who, follow.connection);
            if was_offline {
                self.publish(ctx);
            }
        }
        self.arm(ctx);
        let now = self.parts.clock.now();
        let is_current = follow.position == Some(self.position);
        let state = self.visit.as_ref().filter(|_| !is_current).map(|visit| TopicState::Visit {
            visit: Box::new(view::of(visit, &self.live, viewer, now)),
        });
        MessageResult(Ok(Start {
            position: self.position,
            how: Beginning::whole_unless_current(state),
        }))
    }
}

impl Handler<Unfollow> for Room {
    type Result = ();

    fn handle(&mut self, unfollow: Unfollow, ctx: &mut Context<Self>) {
        self.used_at = self.parts.clock.now();
        let Some(viewer) = self.followers.remove(unfollow.connection) else { return };
        if self.disconnected(unfollow.connection, viewer) {
            self.publish(ctx);
        }
        self.arm(ctx);
    }
}

impl Handler<Line> for Room {
    type Result = ();

    fn handle(&mut self, line: Line, ctx: &mut Context<Self>) {
        if (self.live.queue, self.live.host_elsewhere) != (line.queue, line.host) {
            self.live.queue = line.queue;
            self.live.host_elsewhere = line.host;
            self.publish(ctx);
        }
    }
}
