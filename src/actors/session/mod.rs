//! One per WebSocket: the shell around [`protocol::Protocol`]. One of the two files that name actix-web-actors.
//!
//! Owns: reassembly of fragments, codecs, the timer, the mailbox of publications. Invariant: contains no rule about
//! medicine, and membership is never tied to it; when it ends, owners are told `Unfollow` and nothing else happens.
//! What actix does and this relies on: the actor is polled only while its client reads, so publishers bound what they
//! send (`followers`), and TCP_USER_TIMEOUT (`http`) ends whoever stopped reading.

mod arriving;
mod doing;
mod door;
mod farewell;
mod following;
mod fragments;
mod incoming;
mod lanes;
mod outgoing;
mod pace;
pub mod protocol;
mod terms;
mod ways;
mod wire;

pub use door::Door;
pub use lanes::Turn;

use crate::actors::outlet::Outlet;
use crate::actors::sink::{MAX_WAITING_MESSAGES, Waiting};
use crate::actors::sockets::{Ended, Word};
use crate::command::{Call, Caller};
use crate::protocol::close::{CloseReason, Pause};
use crate::protocol::codec::Codec;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::frame::{Resume, ServerFrame};
use crate::protocol::ids::ConnectionId;
use crate::protocol::lane::Lane;
use crate::protocol::topic::Topic;
use actix::{Actor, ActorFutureExt as _, AsyncContext as _, Handler, WrapFuture as _};
use actix_web_actors::ws::WebsocketContext;
use bytes::Bytes;
use fragments::Fragments;
use lanes::Lanes;
use outgoing::{Mover, Outgoing};
use protocol::{Do, Protocol, Request};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;
use ways::Ways;
use wire::bytestring;

/// How often the protocol is told the time.
const TICK: Duration = Duration::from_secs(5);
/// Longest time a call may take; a request's own deadline can only be shorter.
const CALL_WITHIN: Duration = Duration::from_secs(30);

/// The actor.
pub struct Session {
    id: ConnectionId,
    codec: Codec,
    address: IpAddr,
    door: Arc<dyn Door>,
    protocol: Protocol,
    fragments: Fragments,
    /// Topics whose owners were asked: they are told when this ends, whether they had answered or not.
    asked: BTreeSet<Topic>,
    waiting: Waiting,
    outgoing: Outgoing,
    lanes: Lanes,
    turn: Turn,
    ways: Ways,
    /// Client or hub said that it ends.
    is_ended: bool,
    /// Nobody is expected back: the client said goodbye, or may not come back.
    is_gone_for_good: bool,
    /// When whoever is sent away comes again, unless the reason says it.
    pause: Option<Pause>,
}

impl Session {
    /// A socket was opened. Owners may write to its way out, if it has one that is shared.
    pub fn new(
        codec: Codec,
        address: IpAddr,
        door: Arc<dyn Door>,
        outlet: Option<Arc<Outlet>>,
    ) -> Self {
        let now = door.now();
        let id = ConnectionId(Uuid::now_v7());
        Session {
            id,
            codec,
            address,
            door,
            protocol: Protocol::new(now),
            fragments: Fragments::default(),
            asked: BTreeSet::new(),
            waiting: Waiting::default(),
            outgoing: Outgoing::default(),
            lanes: Lanes::default(),
            turn: Turn::default(),
            ways: Ways::new(outlet),
            is_ended: false,
            is_gone_for_good: false,
            pause: None,
        }
    }

    /// What the body of the connection tells when it is asked for more.
    pub fn turn(&self) -> Turn {
        self.turn.clone()
    }

    fn carry_out(&mut self, does: Vec<Do>, ctx: &mut WebsocketContext<Self>) {
        for it in does {
            match it {
                Do::Send(ServerFrame::Ping { number, now, mut marks }) => {
                    // Of what still waits a mark would say that it was lost.
                    let ahead = self.lanes.ahead();
                    let ahead: Vec<_> =
                        ahead.iter().filter_map(|it| self.protocol.channel(*it, None)).collect();
                    marks.retain(|it| !ahead.contains(&it.channel));
                    self.send(&ServerFrame::Ping { number, now, marks }, ctx);
                }
                Do::Send(frame) => self.send(&frame, ctx),
                Do::SendOn(topic, frame) => {
                    self.send_in(Lane::of_topic(topic), Some(topic), &frame, ctx);
                }
                Do::Open { token, tab, follow } => self.open(token, tab, follow, ctx),
                Do::Renew { id, token } => self.renew(id, token, ctx),
                Do::Call(request) => self.call(*request, ctx),
                Do::Follow { id, resume } => self.follow(id, resume, ctx),
                Do::Unfollow(topic) => {
                    if !self.protocol.is_pending(topic) {
                        self.asked.remove(&topic);
                    }
                    self.lanes.forget(topic);
                    self.ways.close(topic);
                    self.door.unfollow(topic, self.id);
                }
                Do::Close(why) => self.close(why, ctx),
                Do::End => {
                    self.is_gone_for_good = true;
                    self.end(None, ctx);
                }
            }
        }
    }

    fn send(&mut self, frame: &ServerFrame, ctx: &mut WebsocketContext<Self>) {
        self.send_in(Lane::Urgent, None, frame, ctx);
    }

    /// Whether an answer of that lane may be asked for: whoever does not take those that wait asks for no more.
    fn may_ask(&mut self, lane: Lane, id: u32, ctx: &mut WebsocketContext<Self>) -> bool {
        let has_room = lane == Lane::Urgent || self.lanes.has_room();
        if !has_room {
            let fault = FaultCode::TooManyInFlight.into();
            self.send(&ServerFrame::Failed { id, fault }, ctx);
        }
        has_room
    }

    /// Sends a message that is urgent, after what is so as well.
    fn write(&mut self, bytes: Bytes, ctx: &mut WebsocketContext<Self>) {
        self.depart(ctx);
        self.write_message(bytes, ctx);
    }

    /// Unless nothing may be told any more: all that is said goes through here.
    fn write_message(&self, bytes: Bytes, ctx: &mut WebsocketContext<Self>) {
        if !self.waiting.is_barred() {
            self.write_anyway(bytes, ctx);
        }
    }

    /// The last word, which is told in any case.
    fn write_bye(&mut self, bytes: Bytes, ctx: &mut WebsocketContext<Self>) {
        self.depart(ctx);
        self.write_anyway(bytes, ctx);
    }

    fn write_anyway(&self, bytes: Bytes, ctx: &mut WebsocketContext<Self>) {
        match self.codec {
            Codec::MessagePack => ctx.binary(bytes),
            Codec::Json => match bytestring(bytes) {
                Some(text) => ctx.text(text),
                None => metrics::counter!("bedside_unsent_total").increment(1),
            },
        }
    }

    fn begin(&mut self, caller: Caller, follow: Vec<Resume>, ctx: &mut WebsocketContext<Self>) {
        let starts: Vec<_> = follow
            .into_iter()
            .map(|it| {
                let (number, message) = self.follow_message(caller, &it, ctx);
                let start = self.door.follow(it.topic, message);
                async move { (it.topic, number, start.await) }
            })
            .collect();
        let all = futures::future::join_all(starts);
        // Events that come meanwhile wait in the mailbox, so that none goes out before its state.
        ctx.wait(all.into_actor(self).map(move |starts, it, ctx| {
            let followed =
                starts.into_iter().map(|(topic, number, start)| it.followed(topic, number, start));
            let welcome = ServerFrame::Welcome {
                followed: followed.collect(),
                connection_id: it.id,
                node: it.door.node(),
                now: it.door.now(),
                expires_at: caller.expires_at,
                heartbeat: terms::heartbeat(TICK),
                limits: terms::limits(),
            };
            it.send(&welcome, ctx);
        }));
    }

    fn call(&mut self, request: Request, ctx: &mut WebsocketContext<Self>) {
        let Request { id, caller, op, params, key, deadline_ms, condition, traceparent } = request;
        let lane = Lane::of_operation(&op);
        if !self.may_ask(lane, id, ctx) {
            self.protocol.unasked(id);
            return;
        }
        let call = Call::new(Some(caller), self.door.now(), self.address).by(self.id).with_key(key);
        let call = call.under(condition);
        let within = deadline_ms.map_or(CALL_WITHIN, |it| Duration::from_millis(it.into()));
        let work = self.door.call(call, op, params, traceparent);
        // Detached: a call that has begun runs to its end, and to the end of its audit, whatever becomes of the socket.
        let work = actix_rt::spawn(work);
        let answer = async move {
            match tokio::time::timeout(within.min(CALL_WITHIN), work).await {
                Ok(Ok(result)) => result,
                // It may have been done before that.
                Ok(Err(_panicked)) => Err(Fault::new(FaultCode::Internal).unknown()),
                Err(_elapsed) => Err(FaultCode::DeadlineExceeded.into()),
            }
        };
        ctx.spawn(answer.into_actor(self).map(move |result, it, ctx| {
            let lane = if result.is_err() { Lane::Urgent } else { lane };
            if let Some(frame) = it.protocol.answer(id, result) {
                it.send_in(lane, None, &frame, ctx);
            }
        }));
    }
}

impl Actor for Session {
    type Context = WebsocketContext<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAX_WAITING_MESSAGES);
        ctx.run_interval(TICK, |it, ctx| {
            it.catch_up();
            let does = it.protocol.tick(it.door.now());
            it.carry_out(does, ctx);
        });
        ctx.spawn(Mover);
        metrics::gauge!("bedside_sockets").increment(1.0);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        metrics::gauge!("bedside_sockets").decrement(1.0);
        self.ways.close_all();
        if !self.is_ended && self.waiting.bytes() > 0 {
            // The kernel ended the transport: its client did not take what waited, and hears no code.
            metrics::counter!("bedside_closes_total", "reason" => CloseReason::Slow.name())
                .increment(1);
        }
        let how = if self.is_gone_for_good { Ended::ForGood } else { Ended::Lost };
        self.door.sockets().remove(self.id, how);
        for topic in std::mem::take(&mut self.asked) {
            self.door.unfollow(topic, self.id);
        }
    }
}

impl Handler<Word> for Session {
    type Result = ();

    fn handle(&mut self, word: Word, ctx: &mut Self::Context) {
        let does = match word {
            Word::Close(why) => self.protocol.close(why),
            Word::Drain { within_ms, spread_ms } => self.protocol.drain(within_ms, spread_ms),
        };
        self.carry_out(does, ctx);
    }
}
