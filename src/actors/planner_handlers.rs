//! What a planner is told, and how it takes it: decisions, looks, followers, and what was written past it.
//!
//! Invariant: a message changes the schedule only by `commit`, or by reading the store again. Does not: decide.

use crate::actors::commit::{Step, commit};
use crate::actors::planner::{Planner, Work, read};
use crate::actors::{Beginning, Follow, Start};
use crate::command::Call;
use crate::domain::policy::Who;
use crate::domain::schedule::view;
use crate::domain::schedule::{ClaimState, Schedule};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{AppointmentId, ConnectionId};
use crate::protocol::person::Role;
use crate::protocol::topic::TopicState;
use actix::{
    ActorFutureExt as _, AsyncContext as _, AtomicResponse, Context, Handler, MessageResult,
    WrapFuture as _,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Asks for a decision.
#[derive(actix::Message)]
#[rtype(result = "Result<W::Output, Fault>")]
pub struct Plan<W: Work> {
    /// The call.
    pub call: Call,
    /// What is to be decided.
    pub work: W,
    /// Set when the owner takes it up: a message that an owner has left in its mailbox was surely not done.
    pub is_begun: Arc<AtomicBool>,
}

/// The schedule as it is now.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "Result<Arc<Schedule>, Fault>")]
pub struct Look;

/// An appointment's time is free again: it was cancelled.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "()")]
pub struct Freed(pub AppointmentId);

/// Something was written past this planner (another's hold of this interpreter, a closure): read the store again.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "()")]
pub struct ReadAgain;

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

impl<W: Work> Handler<Plan<W>> for Planner {
    type Result = AtomicResponse<Self, Result<W::Output, Fault>>;

    fn handle(&mut self, plan: Plan<W>, ctx: &mut Context<Self>) -> Self::Result {
        plan.is_begun.store(true, Ordering::SeqCst);
        let step = self.step(&plan.call, plan.work, ctx);
        commit(step.unwrap_or_else(|fault| Step::Answer(Err(fault))))
    }
}

impl Handler<Look> for Planner {
    type Result = MessageResult<Look>;

    fn handle(&mut self, _: Look, ctx: &mut Context<Self>) -> Self::Result {
        if !self.is_known {
            return MessageResult(Err(FaultCode::NotFound.into()));
        }
        let now = self.parts.clock.now();
        self.used_at = now;
        self.expire(now, ctx);
        MessageResult(Ok(Arc::clone(&self.schedule)))
    }
}

impl Handler<Freed> for Planner {
    type Result = ();

    fn handle(&mut self, Freed(id): Freed, _: &mut Context<Self>) {
        if self.schedule.claims.iter().any(|it| it.state == ClaimState::Busy(id)) {
            let before = Arc::clone(&self.schedule);
            Arc::make_mut(&mut self.schedule).free(id);
            self.publish(&before);
        }
    }
}

impl Handler<ReadAgain> for Planner {
    type Result = ();

    fn handle(&mut self, _: ReadAgain, ctx: &mut Context<Self>) {
        if !self.is_known {
            return;
        }
        let (id, parts) = (self.id, Arc::clone(&self.parts));
        let reading = async move { read(id, &parts).await };
        ctx.wait(reading.into_actor(self).map(|read, planner, ctx| planner.read_again(read, ctx)));
    }
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
            return MessageResult(Ok(Start {
                position: self.openings,
                how: Beginning::whole_unless_current(state),
            }));
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
        MessageResult(Ok(Start {
            position: self.position,
            how: Beginning::whole_unless_current(state),
        }))
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
