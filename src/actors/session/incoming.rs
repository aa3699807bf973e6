//! What a client sends: messages, pieces of messages, pings.
//!
//! Invariant: every frame of the transport counts towards what a client may send a second, also one that carries nothing.

use super::Session;
use super::fragments::Assembled;
use super::protocol::Do;
use super::wire::close_of;
use crate::protocol::close::CloseReason;
use crate::protocol::codec::Codec;
use crate::protocol::fault::FaultCode;
use actix::{ActorContext as _, StreamHandler};
use actix_http::ws::Item;
use actix_web_actors::ws::{Message, ProtocolError, WebsocketContext};

impl Session {
    fn message(&mut self, bytes: &[u8], is_text: bool, ctx: &mut WebsocketContext<Self>) {
        if is_text != (self.codec == Codec::Json) {
            let does = self.protocol.unreadable(FaultCode::Unsupported.into());
            return self.carry_out(does, ctx);
        }
        let now = self.door.now();
        match self.codec.decode_frames(bytes) {
            Ok(frames) => {
                for frame in frames {
                    let is_stranger = self.protocol.is_silent();
                    let does = self.protocol.frame(frame, now);
                    match does.first() {
                        Some(Do::Close(CloseReason::HelloExpected)) if is_stranger => {
                            self.turn_away(does, ctx);
                        }
                        _ => self.carry_out(does, ctx),
                    }
                }
            }
            Err(fault) if fault.code == FaultCode::TooLarge => self.too_big(ctx),
            Err(fault) => {
                let does = self.protocol.unreadable(fault);
                self.carry_out(does, ctx);
            }
        }
    }

    fn fragment(&mut self, item: Item, ctx: &mut WebsocketContext<Self>) {
        match self.fragments.add(item) {
            Assembled::NotYet => {}
            Assembled::Whole { bytes, is_text } => self.message(&bytes, is_text, ctx),
            Assembled::TooBig => self.too_big(ctx),
            Assembled::Bad(why) => self.close(why, ctx),
        }
    }
}

impl StreamHandler<Result<Message, ProtocolError>> for Session {
    fn finished(&mut self, ctx: &mut Self::Context) {
        // The client has gone without a word.
        self.is_ended = true;
        self.ways.close_all();
        ctx.stop();
    }

    fn handle(&mut self, message: Result<Message, ProtocolError>, ctx: &mut Self::Context) {
        let now = self.door.now();
        self.protocol.heard(now);
        let is_beside = matches!(
            message,
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Nop | Message::Continuation(_))
        );
        if is_beside {
            let does = self.protocol.beside(now);
            self.carry_out(does, ctx);
        }
        match message {
            Ok(_) if self.is_ended => {}
            Ok(Message::Text(text)) => self.message(text.as_bytes(), true, ctx),
            Ok(Message::Binary(bytes)) => self.message(&bytes, false, ctx),
            Ok(Message::Continuation(item)) => self.fragment(item, ctx),
            Ok(Message::Ping(bytes)) => ctx.pong(&bytes),
            Ok(Message::Pong(_) | Message::Nop) => {}
            Ok(Message::Close(reason)) => self.end(reason, ctx),
            Err(error) => self.close(close_of(&error), ctx),
        }
    }
}
