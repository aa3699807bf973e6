//! Following a topic: its owner is asked, and the client hears how it stands.
//!
//! Invariant: nothing of a topic goes out before its state. Until that is told, what its owner says waits in the mailbox, and the straight
//! way is closed. Does not: decide who may follow what (owners do, and the door).

use super::Session;
use crate::actors::sink::{FollowNumber, Sink};
use crate::actors::{Beginning, Follow, Start};
use crate::command::Caller;
use crate::protocol::fault::Fault;
use crate::protocol::frame::{Followed, Resume, ServerFrame};
use crate::protocol::lane::Lane;
use crate::protocol::topic::Topic;
use actix::{ActorFutureExt as _, AsyncContext as _, WrapFuture as _};
use actix_web_actors::ws::WebsocketContext;

impl Session {
    pub(super) fn follow_message(
        &mut self,
        caller: Caller,
        resume: &Resume,
        ctx: &mut WebsocketContext<Self>,
    ) -> (FollowNumber, Follow) {
        self.asked.insert(resume.topic);
        let (mailbox, codec) = (ctx.address().recipient(), self.codec);
        let number = self.protocol.follow();
        let straight = self.ways.ask(resume.topic, number);
        let reached = self.ways.reached(resume.topic, number);
        let message = Follow {
            principal: caller.principal,
            connection: self.id,
            position: resume.position,
            sink: Sink::new(mailbox, number, codec, self.waiting.clone())
                .with(straight)
                .noting(reached),
        };
        (number, message)
    }

    pub(super) fn follow(
        &mut self,
        id: Option<u32>,
        resume: Resume,
        ctx: &mut WebsocketContext<Self>,
    ) {
        let Some(caller) = self.protocol.caller() else { return };
        let topic = resume.topic;
        let lane = Lane::of_topic(topic);
        if id.is_some_and(|id| !self.may_ask(lane, id, ctx)) {
            self.protocol.settled(topic);
            return;
        }
        let (number, message) = self.follow_message(caller, &resume, ctx);
        let start = self.door.follow(topic, message);
        ctx.wait(start.into_actor(self).map(move |start, it, ctx| {
            it.protocol.settled(topic);
            let Some(id) = id else { return };
            match it.followed(topic, number, start) {
                Followed::Denied { fault, .. } => it.send(&ServerFrame::Failed { id, fault }, ctx),
                followed => {
                    let done = ServerFrame::Done { id, followed: Some(followed) };
                    it.send_in(lane, Some(topic), &done, ctx);
                }
            }
        }));
    }

    pub(super) fn followed(
        &mut self,
        topic: Topic,
        number: FollowNumber,
        start: Result<Start, Fault>,
    ) -> Followed {
        match start {
            Ok(Start { position, how }) => {
                self.lanes.forget(topic);
                let channel = self.protocol.followed(topic, number, position);
                self.ways.open(topic, number, channel);
                match how {
                    Beginning::Whole(state) => {
                        Followed::Snapshot { topic, channel, position, state: *state }
                    }
                    Beginning::Current => Followed::Current { topic, channel, position },
                    Beginning::Missed(events) => {
                        Followed::Resumed { topic, channel, position, events, has_more: false }
                    }
                    Beginning::Part(events) => {
                        Followed::Resumed { topic, channel, position, events, has_more: true }
                    }
                }
            }
            Err(fault) => {
                self.asked.remove(&topic);
                self.ways.close(topic);
                Followed::Denied { topic, fault }
            }
        }
    }
}
