//! How a session ends: the `bye` that says why and when to come again, the close frame, and the end of the actor.
//!
//! Invariants: `bye` goes before every close code of ours, and waits behind one turn of bulk at most; of a sign-in that was ended it is
//! all that still goes out. Does not: decide that it ends (`protocol`, and the door).

use super::Session;
use crate::protocol::close::{CloseReason, Pause, Verdict};
use crate::protocol::frame::ServerFrame;
use actix::ActorContext as _;
use actix_web_actors::ws::{self, CloseCode, WebsocketContext};

/// Clients spread their return over this when many are sent away at once.
const SPREAD_MS: u32 = 2_000;

impl Session {
    /// There is no room for one more now: nothing was read for them, and nobody else hears of it.
    pub(super) fn send_away(&mut self, pause: Pause, ctx: &mut WebsocketContext<Self>) {
        self.pause = Some(pause);
        let does = self.protocol.close(CloseReason::Busy);
        self.carry_out(does, ctx);
    }

    pub(super) fn close(&mut self, why: CloseReason, ctx: &mut WebsocketContext<Self>) {
        metrics::counter!("bedside_closes_total", "reason" => why.name()).increment(1);
        self.is_gone_for_good |= why.is_for_good();
        let spread_ms = if why.verdict() == Verdict::Resume { SPREAD_MS } else { 0 };
        let pause = self.pause.take().unwrap_or(Pause { after_ms: 0, spread_ms });
        let bye = ServerFrame::Bye {
            code: why.code(),
            reason: why,
            spread_ms: pause.spread_ms,
            after_ms: (pause.after_ms > 0).then_some(pause.after_ms),
        };
        if why.is_for_good() {
            // What they were asked for while they still might be told it is not theirs any more.
            self.waiting.bar();
        }
        // Whoever keeps up is told what was said until here; nobody waits for whoever does not.
        self.move_bulk(ctx);
        if let Ok(bytes) = self.codec.encode_frames(&[bye]) {
            self.write_bye(bytes.into(), ctx);
        }
        let reason = ws::CloseReason {
            code: CloseCode::from(why.code()),
            description: Some(why.name().to_owned()),
        };
        self.end(Some(reason), ctx);
    }

    pub(super) fn end(
        &mut self,
        reason: Option<ws::CloseReason>,
        ctx: &mut WebsocketContext<Self>,
    ) {
        self.is_ended = true;
        self.ways.close_all();
        ctx.close(reason);
        ctx.stop();
    }

    pub(super) fn too_big(&mut self, ctx: &mut WebsocketContext<Self>) {
        let does = self.protocol.close(CloseReason::MessageTooBig);
        self.carry_out(does, ctx);
    }
}
