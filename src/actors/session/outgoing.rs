//! What goes out: events of the call at once, several in one WebSocket message; everything else by turns (`lanes`).
//!
//! Invariant: within a lane, what is said goes out in the order in which it was said. Messages are bounded by frames and bytes; nothing
//! urgent waits longer than until everything that has come by now was looked at.

use super::Session;
use super::lanes::{TURN_BYTES, Waits};
use crate::actors::{Publication, Published};
use crate::protocol::close::CloseReason;
use crate::protocol::frame::{MAX_FRAMES, ServerFrame};
use crate::protocol::lane::Lane;
use crate::protocol::prepared::{Prepared, together};
use crate::protocol::topic::Topic;
use actix::{ActorFuture, AsyncContext as _, Handler};
use actix_web_actors::ws::WebsocketContext;
use bytes::Bytes;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Bytes above which a message goes out: more in one message spares nobody anything.
const MAX_BYTES: usize = 32 * 1024;

/// Frames of one message to be.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    frames: Vec<Bytes>,
    bytes: usize,
}

impl Outgoing {
    /// Adds one. Whether the message is large enough.
    fn add(&mut self, frame: Bytes) -> bool {
        self.bytes = self.bytes.saturating_add(frame.len());
        self.frames.push(frame);
        self.frames.len() >= MAX_FRAMES || self.bytes >= MAX_BYTES
    }
}

/// Everything that has come by now was looked at.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "()")]
pub(super) struct Depart;

/// Moves the bulk lane each time that the connection is asked for more.
#[derive(Debug)]
pub(super) struct Mover;

impl ActorFuture<Session> for Mover {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        session: &mut Session,
        ctx: &mut WebsocketContext<Session>,
        _: &mut Context<'_>,
    ) -> Poll<()> {
        // Not here: answers that are ready by now have their place after this, and go first.
        if session.may_move() {
            ctx.notify(Depart);
        }
        Poll::Pending
    }
}

impl Session {
    /// Sends a frame behind what was said in its lane, of that topic if it is of one.
    pub(super) fn send_in(
        &mut self,
        lane: Lane,
        topic: Option<Topic>,
        frame: &ServerFrame,
        ctx: &mut WebsocketContext<Self>,
    ) {
        match (self.codec.encode_frames(std::slice::from_ref(frame)), lane) {
            (Ok(bytes), Lane::Urgent) => self.write(bytes.into(), ctx),
            (Ok(bytes), Lane::Bulk) => self.wait(Waits::Written(bytes.into(), topic), ctx),
            (Err(_), _) => self.close(CloseReason::Internal, ctx),
        }
    }

    fn wait(&mut self, it: Waits, ctx: &mut WebsocketContext<Self>) {
        if self.lanes.is_empty() {
            ctx.notify(Depart);
        }
        self.lanes.put(it);
        self.note_own();
    }

    /// Says whether something is here that goes out before what others have.
    fn note_own(&self) {
        self.waiting.note_own(!self.outgoing.frames.is_empty() || !self.lanes.is_empty());
    }

    /// The frame of an event, if its topic is still followed.
    fn frame_of(&mut self, topic: Topic, event: &Prepared) -> Option<Bytes> {
        let channel = self.protocol.channel(topic, Some(event.position()))?;
        event.frame(self.codec, channel).ok()
    }

    fn gap(&mut self, topic: Topic, why: crate::protocol::frame::GapReason) -> Option<Bytes> {
        let channel = self.protocol.lost(topic)?;
        self.ways.close(topic);
        self.codec.encode_frames(&[ServerFrame::Gap { channel, why }]).ok().map(Into::into)
    }

    /// Puts an event to those that go out together. One behind which nothing waits goes out at once: it is written once
    /// for everybody, and nobody has to be woken for it a second time.
    fn say(&mut self, topic: Topic, event: &Prepared, ctx: &mut WebsocketContext<Self>) {
        if self.outgoing.frames.is_empty() && self.waiting.messages() <= 1 {
            return self.say_alone(topic, event, ctx);
        }
        let Some(frame) = self.frame_of(topic, event) else { return };
        if self.outgoing.add(frame) {
            self.depart(ctx);
        } else if self.outgoing.frames.len() == 1 {
            self.note_own();
            ctx.notify(Depart);
        }
    }

    fn say_alone(&mut self, topic: Topic, event: &Prepared, ctx: &mut WebsocketContext<Self>) {
        let Some(channel) = self.protocol.channel(topic, Some(event.position())) else { return };
        if let Ok(message) = event.message(self.codec, channel) {
            self.write_message(message, ctx);
        }
    }

    /// Sends what is urgent.
    pub(super) fn depart(&mut self, ctx: &mut WebsocketContext<Self>) {
        let urgent = std::mem::take(&mut self.outgoing);
        self.flush(urgent, ctx);
        self.note_own();
    }

    fn flush(&self, Outgoing { frames, .. }: Outgoing, ctx: &mut WebsocketContext<Self>) {
        if !frames.is_empty() {
            self.write_message(together(self.codec, &frames), ctx);
        }
    }

    fn may_move(&self) -> bool {
        !self.lanes.is_empty() && !self.is_ended && self.turn.has_come()
    }

    /// One turn of the bulk lane, behind what is urgent, when everything before has left the hub.
    pub(super) fn move_bulk(&mut self, ctx: &mut WebsocketContext<Self>) {
        if !self.may_move() || !self.turn.take() {
            return;
        }
        let had_urgent = !self.outgoing.frames.is_empty();
        self.depart(ctx);
        let (mut together, mut sent) = (Outgoing::default(), 0_usize);
        while sent.saturating_add(together.bytes) < TURN_BYTES {
            let whole = match self.lanes.next() {
                None => break,
                Some(Waits::Written(bytes, _)) => Some(bytes),
                // What is counted for it is given back here, where it goes out.
                Some(Waits::Told(it)) if !self.protocol.is_of(it.follow, it.topic) => None,
                Some(Waits::Told(Publication { topic, what, charge: _charge, .. })) => match what {
                    Published::Gap(why) => self.gap(topic, why),
                    what => {
                        let frame = event_of(what).and_then(|it| self.frame_of(topic, &it));
                        let is_large = frame.is_some_and(|it| together.add(it));
                        if is_large {
                            sent = sent.saturating_add(together.bytes);
                            self.flush(std::mem::take(&mut together), ctx);
                        }
                        None
                    }
                },
            };
            if let Some(whole) = whole {
                sent = sent.saturating_add(together.bytes).saturating_add(whole.len());
                self.flush(std::mem::take(&mut together), ctx);
                self.write_message(whole, ctx);
            }
        }
        if sent == 0 && together.frames.is_empty() && !had_urgent {
            // All of it was of topics that are not followed any more.
            self.turn.give_back();
        }
        self.flush(together, ctx);
        self.note_own();
    }
}

fn event_of(what: Published) -> Option<std::sync::Arc<Prepared>> {
    match what {
        Published::Event(event) => Some(event),
        Published::Latest(latest) => latest.take(),
        Published::Gap(_) => None,
    }
}

impl Handler<Publication> for Session {
    type Result = ();

    fn handle(&mut self, publication: Publication, ctx: &mut Self::Context) {
        let topic = publication.topic;
        if !self.protocol.is_of(publication.follow, topic) {
            return;
        }
        if Lane::of_topic(topic) == Lane::Bulk {
            return self.wait(Waits::Told(publication), ctx);
        }
        match publication.what {
            Published::Gap(why) => {
                if let Some(gap) = self.gap(topic, why) {
                    self.write(gap, ctx);
                }
            }
            what => {
                if let Some(event) = event_of(what) {
                    self.say(topic, &event, ctx);
                }
            }
        }
    }
}

impl Handler<Depart> for Session {
    type Result = ();

    fn handle(&mut self, _: Depart, ctx: &mut Self::Context) {
        self.depart(ctx);
        self.move_bulk(ctx);
    }
}
