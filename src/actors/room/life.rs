//! The life of a room: it loads itself, looks again when time changes something, and ends.
//!
//! Owns: the one timer, and what the hub itself does to a visit. Invariant: a room that is in doubt, or that nobody
//! uses, stops; the next message starts one that loads from the store.
//! Does not: decide; what the hub does goes through the same rules and the same `commit` as what people do.

use super::{Besides, Room, RoomParts};
use crate::actors::Happened;
use crate::actors::commit::{Step, commit};
use crate::command::Call;
use crate::domain::visit::{Member, Visit};
use crate::protocol::fault::Fault;
use crate::protocol::frame::GapReason;
use crate::protocol::ids::{AppointmentId, ParticipantId};
use crate::protocol::topic::Position;
use crate::store::{Claim, StoreError};
use actix::{
    Actor, ActorContext as _, ActorFutureExt as _, AsyncContext as _, AtomicResponse, Context,
    Handler, WrapFuture as _,
};
use std::sync::Arc;
use std::time::Duration;

/// How long a room without followers and without anybody present stays.
const PASSIVATE_AFTER: Duration = Duration::from_secs(60);
/// Messages that wait for a room. A visit has eight people; each may have 64 calls open.
const MAILBOX: usize = 1_024;

/// What the hub itself does to a visit.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "Result<(), Fault>")]
enum HubDoes {
    /// Patient and clinician are both connected.
    StartCall,
    /// The grace period of somebody is over.
    Lose(ParticipantId),
}

impl Room {
    /// Sets the one timer to the next moment at which something changes by time alone.
    pub(crate) fn arm(&mut self, ctx: &mut Context<Self>) {
        if let Some(old) = self.timer.take() {
            ctx.cancel_future(old);
        }
        let now = self.parts.clock.now();
        let present = self.present();
        let is_used = !self.followers.is_empty() || !present.is_empty();
        let idle_at = (!is_used).then(|| self.used_at.plus(PASSIVATE_AFTER));
        let change_at = self.live.next_deadline(present.into_iter(), now);
        let Some(next) = idle_at.into_iter().chain(change_at).min() else { return };
        let wait = next.since(now).max(Duration::from_millis(1));
        self.timer = Some(ctx.run_later(wait, Room::tick));
    }

    fn tick(&mut self, ctx: &mut Context<Self>) {
        let now = self.parts.clock.now();
        let present = self.present();
        let is_used = !self.followers.is_empty() || !present.is_empty();
        if !is_used && now >= self.used_at.plus(PASSIVATE_AFTER) {
            ctx.stop();
            return;
        }
        for who in self.live.lost(present.into_iter(), now) {
            ctx.notify(HubDoes::Lose(who));
        }
        self.publish(ctx);
    }

    /// Begins the call when patient and clinician are both connected.
    pub(crate) fn start_call_when_together(&self, ctx: &mut Context<Self>) {
        let Some(visit) = &self.visit else { return };
        let is_connected = |it: Option<&Member>| {
            it.and_then(|it| self.live.get(it.participant_id))
                .and_then(|it| it.media.as_ref())
                .is_some_and(|it| it.is_connected)
        };
        if is_connected(visit.patient()) && is_connected(visit.host()) {
            ctx.notify(HubDoes::StartCall);
        }
    }

    fn loaded(
        &mut self,
        loaded: Result<(Option<Visit>, Claim), StoreError>,
        ctx: &mut Context<Self>,
    ) {
        let Ok((visit, claim)) = loaded else {
            // Whoever waits is told that the room is not available; the next message starts another one.
            tracing::error!(appointment_id = %self.id, "a room could not be loaded");
            ctx.stop();
            return;
        };
        self.position = Position { epoch: claim.epoch, offset: 0 };
        let now = self.parts.clock.now();
        if let Some(visit) = &visit {
            let present = visit.members.values().filter(|it| it.is_present);
            present.for_each(|it| self.live.expect_back(it.participant_id, now));
            (self.parts.emit)(Happened::RoomStarted {
                appointment_id: self.id,
                clinician_id: visit.facts.clinician_id,
            });
        }
        self.visit = visit;
        self.arm(ctx);
    }
}

async fn load(
    id: AppointmentId,
    parts: Arc<RoomParts>,
) -> Result<(Option<Visit>, Claim), StoreError> {
    // Look first: a key is claimed only for a visit that exists, and the state is read after the claim, when no older
    // owner can write any more.
    if parts.store.visit(id).await?.is_none() {
        return Ok((None, Claim { epoch: 0, next_offset: 1 }));
    }
    let claim = parts.store.claim_visit(id, &parts.node).await?;
    Ok((parts.store.visit(id).await?, claim))
}

impl Actor for Room {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(MAILBOX);
        let loading = load(self.id, Arc::clone(&self.parts));
        let loaded = loading.into_actor(self).map(|loaded, room, ctx| room.loaded(loaded, ctx));
        ctx.wait(loaded);
        metrics::gauge!("bedside_rooms").increment(1.0);
    }
}

impl Drop for Room {
    /// Runs when the room is passivated, fenced, or panicked: whoever follows starts the next one by following again.
    fn drop(&mut self) {
        metrics::gauge!("bedside_rooms").decrement(1.0);
        self.followers.tell_gap(GapReason::Epoch);
    }
}

impl Handler<HubDoes> for Room {
    type Result = AtomicResponse<Self, Result<(), Fault>>;

    fn handle(&mut self, does: HubDoes, _: &mut Context<Self>) -> Self::Result {
        let now = self.parts.clock.now();
        let Some(visit) = &self.visit else { return commit(Step::Answer(Ok(()))) };
        let decided = match does {
            HubDoes::StartCall => visit.start_call(now),
            HubDoes::Lose(who) => match self.live.lost([who].into_iter(), now).is_empty() {
                true => Ok(vec![]), // they came back meanwhile
                false => visit.lose(who, now),
            },
        };
        let call = Call::new(None, now, std::net::Ipv4Addr::LOCALHOST.into());
        commit(self.step(&call, decided, Besides::default(), |_, _| ()))
    }
}
