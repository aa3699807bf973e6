//! What owners publish, and events that wait to go out together in one WebSocket message.
//!
//! Invariant: what is said goes out in the order in which it was said: any other frame sends these first. Bounded by
//! frames and bytes; nothing waits longer than until everything that has come by now was looked at.

use super::Session;
use crate::actors::{Publication, Published};
use crate::protocol::frame::MAX_FRAMES;
use crate::protocol::frame::ServerFrame;
use crate::protocol::prepared::{Prepared, together};
use crate::protocol::topic::Topic;
use actix::{AsyncContext as _, Handler};
use actix_web_actors::ws::WebsocketContext;
use bytes::Bytes;

/// Bytes above which a message goes out: more in one message spares nobody anything.
const MAX_BYTES: usize = 32 * 1024;

/// Frames of one message to be.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    frames: Vec<Bytes>,
    bytes: usize,
}

/// Everything that has come by now was looked at.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "()")]
pub(super) struct Depart;

impl Session {
    fn tell(&mut self, topic: Topic, event: &Prepared, ctx: &mut WebsocketContext<Self>) {
        let Some(channel) = self.protocol.channel(topic, Some(event.position())) else { return };
        self.say(event, channel, ctx);
    }

    /// Puts an event to those that go out together. One behind which nothing waits goes out at once: it is written once
    /// for everybody, and nobody has to be woken for it a second time.
    pub(super) fn say(&mut self, event: &Prepared, channel: u32, ctx: &mut WebsocketContext<Self>) {
        if self.outgoing.frames.is_empty() && self.waiting.messages() <= 1 {
            if let Ok(message) = event.message(self.codec, channel) {
                self.write_message(message, ctx);
            }
            return;
        }
        let Ok(frame) = event.frame(self.codec, channel) else { return };
        self.outgoing.bytes = self.outgoing.bytes.saturating_add(frame.len());
        self.outgoing.frames.push(frame);
        if self.outgoing.frames.len() >= MAX_FRAMES || self.outgoing.bytes >= MAX_BYTES {
            self.depart(ctx);
        } else if self.outgoing.frames.len() == 1 {
            ctx.notify(Depart);
        }
    }

    /// Sends what waits.
    pub(super) fn depart(&mut self, ctx: &mut WebsocketContext<Self>) {
        let Outgoing { frames, .. } = std::mem::take(&mut self.outgoing);
        if !frames.is_empty() {
            self.write_message(together(self.codec, &frames), ctx);
        }
    }
}

impl Handler<Publication> for Session {
    type Result = ();

    fn handle(&mut self, publication: Publication, ctx: &mut Self::Context) {
        let topic = publication.topic;
        match publication.what {
            Published::Event(event) => self.tell(topic, &event, ctx),
            Published::Latest(latest) => {
                if let Some(event) = latest.take() {
                    self.tell(topic, &event, ctx);
                }
            }
            Published::Gap(why) => {
                if let Some(channel) = self.protocol.lost(topic) {
                    self.send(&ServerFrame::Gap { channel, why }, ctx);
                }
            }
        }
    }
}

impl Handler<Depart> for Session {
    type Result = ();

    fn handle(&mut self, _: Depart, ctx: &mut Self::Context) {
        self.depart(ctx);
    }
}
