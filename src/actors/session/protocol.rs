//! What a connection does with a frame: a pure state machine, told the time. The shell (`super`) carries it out.
//!
//! Invariants: nothing but `hello` is heard before authentication; every request id is answered once; a topic has one
//! channel number as long as the connection lasts; what comes too fast is refused, and who goes on is closed.

use super::doing::id_of;
pub use super::doing::{Do, Request};
use super::pace::Pace;
use crate::actors::sink::FollowNumber;
use crate::command::Caller;
use crate::protocol::close::CloseReason;
use crate::protocol::codec::Unreadable;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::frame::{ClientFrame, MAX_FOLLOWS, MAX_IN_FLIGHT, Mark, Resume, ServerFrame};
use crate::protocol::time::UnixMillis;
use crate::protocol::topic::{Position, Topic};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How long after opening a client may take to say hello.
pub const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// How often a ping goes out.
pub const PING_EVERY: Duration = Duration::from_secs(15);
/// How much longer than that a client may be silent.
pub const SILENCE_GRACE: Duration = Duration::from_secs(20);
/// How long before its end a new access token is asked for.
pub const ASK_TOKEN_BEFORE: Duration = Duration::from_secs(60);
/// Frames that could not be read, or came too fast, before the connection is closed.
pub const MAX_STRIKES: u32 = 20;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    Silent,
    Verifying,
    Open(Caller),
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Channel {
    number: u32,
    follow: FollowNumber,
    position: Position,
}

/// The state of one connection.
#[derive(Debug)]
pub struct Protocol {
    phase: Phase,
    opened_at: UnixMillis,
    heard_at: UnixMillis,
    pinged_at: UnixMillis,
    pings: u32,
    has_asked_token: bool,
    in_flight: BTreeSet<u32>,
    channels: BTreeMap<Topic, Channel>,
    /// Follows whose owners have not answered yet. They count: many come in one message, before any is answered.
    pending: BTreeMap<Topic, u32>,
    next_channel: u32,
    last_follow: FollowNumber,
    strikes: u32,
    pace: Pace,
}

impl Protocol {
    /// A socket was opened.
    pub fn new(now: UnixMillis) -> Self {
        Protocol {
            phase: Phase::Silent,
            opened_at: now,
            heard_at: now,
            pinged_at: now,
            pings: 0,
            has_asked_token: false,
            in_flight: BTreeSet::new(),
            channels: BTreeMap::new(),
            pending: BTreeMap::new(),
            next_channel: 1,
            last_follow: FollowNumber::default(),
            strikes: 0,
            pace: Pace::new(now),
        }
    }

    /// Something was heard: any bytes count.
    pub fn heard(&mut self, now: UnixMillis) {
        self.heard_at = now;
    }

    /// A frame of the transport came that carries none of ours by itself: a ping, or a piece of a message. They count
    /// like ours: a flood of them would be taken in faster than it is looked at.
    pub fn beside(&mut self, now: UnixMillis) -> Vec<Do> {
        if self.phase == Phase::Closed || self.pace.take(now) {
            return vec![];
        }
        self.strike(CloseReason::TooFast)
    }

    /// Who is connected.
    pub fn caller(&self) -> Option<Caller> {
        match self.phase {
            Phase::Open(caller) => Some(caller),
            Phase::Silent | Phase::Verifying | Phase::Closed => None,
        }
    }

    /// Nobody has said who they are, not even falsely.
    pub fn is_silent(&self) -> bool {
        self.phase == Phase::Silent
    }

    /// Topics that are followed.
    pub fn topics(&self) -> Vec<Topic> {
        self.channels.keys().copied().collect()
    }

    /// The number of a topic's channel, when it is followed. Notes the position that goes out on it.
    pub fn channel(&mut self, topic: Topic, position: Option<Position>) -> Option<u32> {
        let channel = self.channels.get_mut(&topic)?;
        channel.position = position.unwrap_or(channel.position);
        Some(channel.number)
    }

    /// So much of a topic went out past this. What is known to be further stays so.
    pub fn has_gone(&mut self, topic: Topic, position: Position) {
        if let Some(channel) = self.channels.get_mut(&topic) {
            channel.position = channel.position.max(position);
        }
    }

    /// A message could not even be taken apart.
    pub fn unreadable(&mut self, fault: Fault) -> Vec<Do> {
        let mut does = vec![Do::Send(ServerFrame::Error { fault })];
        does.extend(self.strike(CloseReason::Malformed));
        does
    }

    /// One frame.
    pub fn frame(&mut self, frame: Result<ClientFrame, Unreadable>, now: UnixMillis) -> Vec<Do> {
        if self.phase == Phase::Closed {
            return vec![];
        }
        if !self.pace.take(now) {
            let fault = Fault::new(FaultCode::TooManyRequests);
            let mut does = vec![match frame.as_ref().map_or_else(|it| it.id, id_of) {
                Some(id) => Do::Send(ServerFrame::Failed { id, fault }),
                None => Do::Send(ServerFrame::Error { fault }),
            }];
            does.extend(self.strike(CloseReason::TooFast));
            return does;
        }
        match (frame, self.phase) {
            (Err(Unreadable { id: Some(id), fault }), Phase::Open(_)) => {
                let mut does = vec![Do::Send(ServerFrame::Failed { id, fault: *fault })];
                does.extend(self.strike(CloseReason::Malformed));
                does
            }
            (Err(unreadable), Phase::Open(_)) => self.unreadable(*unreadable.fault),
            (Ok(ClientFrame::Hello { token, tab, follow, .. }), Phase::Silent) => {
                let topics: BTreeSet<_> = follow.iter().map(|it| it.topic).collect();
                if follow.len() > MAX_FOLLOWS || topics.len() < follow.len() {
                    return self.close(CloseReason::Malformed);
                }
                self.phase = Phase::Verifying;
                vec![Do::Open { token, tab, follow }]
            }
            (Ok(frame), Phase::Open(caller)) => self.open_frame(frame, caller),
            (_, Phase::Silent | Phase::Verifying | Phase::Closed) => {
                self.close(CloseReason::HelloExpected)
            }
        }
    }

    fn open_frame(&mut self, frame: ClientFrame, caller: Caller) -> Vec<Do> {
        match frame {
            ClientFrame::Hello { .. } => self.close(CloseReason::HelloExpected),
            ClientFrame::Request { id, op, params, key, deadline_ms, condition, traceparent } => {
                if self.in_flight.len() >= MAX_IN_FLIGHT || !self.in_flight.insert(id) {
                    let fault = FaultCode::TooManyInFlight.into();
                    return vec![Do::Send(ServerFrame::Failed { id, fault })];
                }
                vec![Do::Call(Box::new(Request {
                    id,
                    caller,
                    op,
                    params,
                    key,
                    deadline_ms,
                    condition,
                    traceparent,
                }))]
            }
            ClientFrame::Cancel { id } => {
                if self.in_flight.remove(&id) {
                    let fault = FaultCode::Cancelled.into();
                    vec![Do::Send(ServerFrame::Failed { id, fault })]
                } else {
                    vec![]
                }
            }
            ClientFrame::Follow { id, topic, position } => {
                let is_new =
                    !self.channels.contains_key(&topic) && !self.pending.contains_key(&topic);
                if is_new && self.follows() >= MAX_FOLLOWS {
                    let fault = FaultCode::TooManyFollows.into();
                    return vec![Do::Send(ServerFrame::Failed { id, fault })];
                }
                *self.pending.entry(topic).or_default() += 1;
                vec![Do::Follow { id: Some(id), resume: Resume { topic, position } }]
            }
            ClientFrame::Unfollow { id, topic } => {
                self.channels.remove(&topic);
                let done = ServerFrame::Done { id, followed: None };
                vec![Do::Unfollow(topic), Do::SendOn(topic, done)]
            }
            ClientFrame::Authenticate { id, token } => vec![Do::Renew { id, token }],
            ClientFrame::Pong { .. } => vec![],
            ClientFrame::Bye {} => {
                self.phase = Phase::Closed;
                vec![Do::End]
            }
        }
    }

    /// The token of the hello was verified, or was not.
    pub fn open(&mut self, verified: Result<Caller, Fault>) -> Result<Caller, Vec<Do>> {
        match verified {
            Ok(caller) => {
                self.phase = Phase::Open(caller);
                Ok(caller)
            }
            Err(fault) => Err(self.refuse(&fault)),
        }
    }

    /// Whoever is there may not be.
    pub fn refuse(&mut self, fault: &Fault) -> Vec<Do> {
        self.close(close_for(fault.code))
    }

    /// Another token was verified, or was not. It must be of the same session.
    pub fn renew(&mut self, id: u32, verified: Result<Caller, Fault>) -> Vec<Do> {
        let Some(before) = self.caller() else { return vec![] };
        match verified {
            Ok(caller) if caller.session_id == before.session_id => {
                self.phase = Phase::Open(caller);
                self.has_asked_token = false;
                vec![Do::Send(ServerFrame::Done { id, followed: None })]
            }
            Ok(_) => {
                let fault = FaultCode::Unauthenticated.into();
                vec![Do::Send(ServerFrame::Failed { id, fault })]
            }
            Err(fault) => vec![Do::Send(ServerFrame::Failed { id, fault })],
        }
    }

    /// A call came back. `None` when the client has given up waiting.
    pub fn answer(
        &mut self,
        id: u32,
        result: Result<serde_json::Value, Fault>,
    ) -> Option<ServerFrame> {
        self.in_flight.remove(&id).then_some(match result {
            Ok(output) => ServerFrame::Reply { id, output },
            Err(fault) => ServerFrame::Failed { id, fault },
        })
    }

    /// A call was answered before it was made.
    pub fn unasked(&mut self, id: u32) {
        self.in_flight.remove(&id);
    }

    /// How many topics are followed, or will be when their owners answer.
    fn follows(&self) -> usize {
        let pending = self.pending.keys().filter(|it| !self.channels.contains_key(it));
        self.channels.len() + pending.count()
    }

    /// A follow was answered, whatever was said, or is not asked for.
    pub fn settled(&mut self, topic: Topic) {
        match self.pending.get_mut(&topic) {
            Some(waiting) if *waiting > 1 => *waiting -= 1,
            _ => drop(self.pending.remove(&topic)),
        }
    }

    /// Whether an owner has yet to answer.
    pub fn is_pending(&self, topic: Topic) -> bool {
        self.pending.contains_key(&topic)
    }

    /// The number of a follow that is asked for now.
    pub fn follow(&mut self) -> FollowNumber {
        self.last_follow = FollowNumber(self.last_follow.0.wrapping_add(1));
        self.last_follow
    }

    /// Whether something that was said to that follow is for the client still: neither is the topic given up, nor followed anew.
    pub fn is_of(&self, follow: FollowNumber, topic: Topic) -> bool {
        self.channels.get(&topic).is_some_and(|it| it.follow == follow)
    }

    /// A topic is followed from now on; its channel number.
    pub fn followed(&mut self, topic: Topic, follow: FollowNumber, position: Position) -> u32 {
        let number = match self.channels.get(&topic) {
            Some(known) => known.number,
            None => {
                let number = self.next_channel;
                self.next_channel = self.next_channel.wrapping_add(1);
                number
            }
        };
        self.channels.insert(topic, Channel { number, follow, position });
        number
    }

    /// A topic is not followed any more.
    pub fn lost(&mut self, topic: Topic) -> Option<u32> {
        self.channels.remove(&topic).map(|it| it.number)
    }

    /// Time has passed.
    pub fn tick(&mut self, now: UnixMillis) -> Vec<Do> {
        match self.phase {
            Phase::Closed => vec![],
            Phase::Silent | Phase::Verifying => {
                if now.since(self.opened_at) >= HELLO_WITHIN {
                    self.close(CloseReason::HelloExpected)
                } else {
                    vec![]
                }
            }
            Phase::Open(caller) => self.tick_open(caller, now),
        }
    }

    fn tick_open(&mut self, caller: Caller, now: UnixMillis) -> Vec<Do> {
        if now.since(self.heard_at) >= PING_EVERY + SILENCE_GRACE {
            return self.close(CloseReason::Silent);
        }
        if now >= caller.expires_at {
            return self.close(CloseReason::TokenExpired);
        }
        let mut does = vec![];
        if !self.has_asked_token && now.plus(ASK_TOKEN_BEFORE) >= caller.expires_at {
            self.has_asked_token = true;
            does.push(Do::Send(ServerFrame::Reauthenticate { by: caller.expires_at }));
        }
        if now.since(self.pinged_at) >= PING_EVERY {
            self.pinged_at = now;
            self.pings = self.pings.wrapping_add(1);
            let marks = self.channels.values();
            let marks = marks.map(|it| Mark { channel: it.number, position: it.position });
            let ping = ServerFrame::Ping { number: self.pings, now, marks: marks.collect() };
            does.push(Do::Send(ping));
        }
        does
    }

    /// The node goes down soon. Who is not open yet is closed with the others.
    pub fn drain(&self, within_ms: u32, spread_ms: u32) -> Vec<Do> {
        match self.phase {
            Phase::Open(_) => vec![Do::Send(ServerFrame::Drain { within_ms, spread_ms })],
            Phase::Silent | Phase::Verifying | Phase::Closed => vec![],
        }
    }

    /// Closes for a reason.
    pub fn close(&mut self, why: CloseReason) -> Vec<Do> {
        if self.phase == Phase::Closed {
            return vec![];
        }
        self.phase = Phase::Closed;
        vec![Do::Close(why)]
    }

    fn strike(&mut self, why: CloseReason) -> Vec<Do> {
        self.strikes = self.strikes.saturating_add(1);
        if self.strikes >= MAX_STRIKES { self.close(why) } else { vec![] }
    }
}

/// How a refused token closes a socket.
fn close_for(code: FaultCode) -> CloseReason {
    match code {
        FaultCode::SessionEnded => CloseReason::SignedOut,
        FaultCode::Unavailable | FaultCode::OutcomeUnknown => CloseReason::Internal,
        _ => CloseReason::TokenInvalid,
    }
}

#[cfg(test)]
#[path = "protocol_tests.rs"]
mod tests;
