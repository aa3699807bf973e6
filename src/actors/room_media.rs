//! The room's side of media: joining, and what the media plane reports.
//!
//! Invariant RM-2: nobody's transport is asked for before admission, and one that was answered while its owner was sent
//! back ends at once. What an old transport says is dropped; what a new one says before its answer is kept for it.
//! A sign-in that has ended has no media: whoever signs out takes theirs along, and an offer that was under way is void.

use crate::actors::room::Room;
use crate::auth::sessions::holds;
use crate::command::Call;
use crate::domain::policy::Who;
use crate::domain::quality::{Measured, score};
use crate::protocol::auth::IceServer;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{ParticipantId, SessionId};
use crate::protocol::media::{
    JoinMedia, MediaAnswer, Paused, ReportQuality, RestartMedia, Slot, Source as WireSource,
};
use crate::protocol::operation::Operation;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::sfu::{Command, Joined, MediaError, MediaEvent, PauseReason, Seat, SlotState, Source};
use actix::{ActorFutureExt as _, Context, Handler, ResponseActFuture, WrapFuture as _};
use std::sync::Arc;
use std::time::Duration;

/// Reports kept before their transport's join was answered: two a seat.
const MAX_EARLY: usize = 32;
/// One quality report of a participant is kept in so many seconds.
const KEEP_QUALITY_EVERY: Duration = Duration::from_secs(10);

/// An offer, for `media.join` or `media.restart`.
#[derive(actix::Message)]
#[rtype(result = "Result<MediaAnswer, Fault>")]
pub struct Offer {
    /// The call.
    pub call: Call,
    /// SDP.
    pub sdp: Phi<String>,
    /// New ICE credentials only.
    pub is_restart: bool,
    /// STUN and TURN servers for the answer.
    pub ice_servers: Vec<IceServer>,
}

/// The two operations that are offers.
pub trait OfferOperation: Operation<Output = MediaAnswer> {
    /// Of which visit, the SDP, and whether it is a restart.
    fn into_parts(self) -> (crate::protocol::ids::AppointmentId, Phi<String>, bool);
}

impl OfferOperation for JoinMedia {
    fn into_parts(self) -> (crate::protocol::ids::AppointmentId, Phi<String>, bool) {
        (self.appointment_id, self.offer, false)
    }
}

impl OfferOperation for RestartMedia {
    fn into_parts(self) -> (crate::protocol::ids::AppointmentId, Phi<String>, bool) {
        (self.appointment_id, self.offer, true)
    }
}

/// An offer that is under way.
#[derive(Debug, Clone, Copy)]
struct Asked {
    participant: ParticipantId,
    session: SessionId,
    /// How often their media had been ended by then.
    media_ends: u32,
}

/// What the media plane reports of this room.
#[derive(Debug, Clone, actix::Message)]
#[rtype(result = "()")]
pub struct MediaSays(pub MediaEvent);

impl Handler<Offer> for Room {
    type Result = ResponseActFuture<Self, Result<MediaAnswer, Fault>>;

    fn handle(&mut self, offer: Offer, _: &mut Context<Self>) -> Self::Result {
        let asked = self.may_offer(&offer.call).and_then(|it| self.asked(&offer.call, it));
        let (media, store) = (Arc::clone(&self.parts.media), Arc::clone(&self.parts.store));
        let room = self.id;
        let (is_restart, call) = (offer.is_restart, offer.call);
        let now = call.now;
        let joining = async move {
            let asked = asked?;
            let seat = Seat { room, participant: asked.participant };
            let sdp = offer.sdp.into_exposed();
            let joined = match is_restart {
                true => media.restart_ice(seat, sdp).await,
                false => media.join(seat, sdp).await,
            };
            let joined = joined.map_err(fault_of)?;
            // A sign-out that overtook this offer on its way here found no media to end.
            let holds = holds(store.as_ref(), asked.session, now).await;
            Ok((asked, joined, holds))
        };
        let ice_servers = offer.ice_servers;
        Box::pin(joining.into_actor(self).map(move |joined: Result<_, Fault>, room, ctx| {
            let (asked, joined, holds) = joined?;
            room.may_still_join(&call, asked, holds)?;
            if is_restart {
                room.live.entry(asked.participant).media_of = Some(asked.session);
            } else {
                room.joined(asked, &joined, ctx);
            }
            Ok(MediaAnswer {
                answer: Phi::new(joined.answer),
                transport: joined.transport,
                slots: joined.slots,
                ice_servers,
            })
        }))
    }
}

impl Room {
    fn may_offer(&self, call: &Call) -> Result<ParticipantId, Fault> {
        let (visit, me) = self.part_for(&call.principal()?)?;
        visit.may_join_media(me.participant_id, call.now)?;
        Ok(me.participant_id)
    }

    fn asked(&self, call: &Call, participant: ParticipantId) -> Result<Asked, Fault> {
        let session = call.caller.ok_or(FaultCode::Unauthenticated)?.session_id;
        let media_ends = self.live.get(participant).map_or(0, |it| it.media_ends);
        Ok(Asked { participant, session, media_ends })
    }

    /// The media plane has answered. Meanwhile the participant may have been sent back, the visit and the sign-in may
    /// have ended, and whatever was there of media was told to end with it.
    fn may_still_join(
        &self,
        call: &Call,
        asked: Asked,
        holds: Result<(), Fault>,
    ) -> Result<(), Fault> {
        let who = asked.participant;
        let ended = self.live.get(who).map_or(0, |it| it.media_ends);
        let is_void = ended != asked.media_ends;
        let void = || if is_void { Err(FaultCode::MediaUnavailable.into()) } else { Ok(()) };
        let may = self.may_offer(call).and(holds).and_then(|()| void());
        if may.is_err() {
            self.tell_media(Command::Leave(Seat { room: self.id, participant: who }));
        }
        may
    }

    fn joined(&mut self, asked: Asked, joined: &Joined, ctx: &mut Context<Self>) {
        let who = asked.participant;
        self.live.join_media(who, joined.transport, asked.session);
        self.tell_sources(who);
        let early = std::mem::take(&mut self.early);
        let (now_known, later): (Vec<_>, Vec<_>) =
            early.into_iter().partition(|it| transport_of(it) == Some((who, joined.transport)));
        self.early = later;
        now_known.into_iter().for_each(|event| self.media_says(event, ctx));
        self.publish(ctx);
    }

    /// Tells the media plane which sources of somebody are on.
    pub(crate) fn tell_sources(&self, who: ParticipantId) {
        let sources = self.live.of(who).sources;
        let seat = Seat { room: self.id, participant: who };
        for (source, is_on) in [
            (Source::Microphone, sources.microphone),
            (Source::Camera, sources.camera),
            (Source::Screen, sources.screen),
        ] {
            self.tell_media(Command::Mute { seat, source, muted: !is_on });
        }
    }

    fn media_says(&mut self, event: MediaEvent, ctx: &mut Context<Self>) {
        let now = self.parts.clock.now();
        let is_early = transport_of(&event).is_some_and(|(who, transport)| {
            self.live.of(who).media.as_ref().is_none_or(|it| it.transport < transport)
        });
        if is_early && !matches!(event, MediaEvent::Gone { .. }) {
            if self.early.len() < MAX_EARLY {
                self.early.push(event);
            }
            return;
        }
        let has_changed = match event {
            MediaEvent::Connected { seat, transport } => {
                self.live.media_connected(seat.participant, transport)
            }
            MediaEvent::Gone { seat, transport, reason } => {
                tracing::info!(appointment_id = %self.id, ?reason, "a transport is gone");
                self.live.media_gone(seat.participant, transport, now)
            }
            MediaEvent::Slots { seat, transport, slots } => {
                let slots = slots.into_iter().map(slot).collect();
                self.live.set_slots(seat.participant, transport, slots)
            }
            MediaEvent::Speaker { participant, .. } => {
                self.publish_speaker(participant, ctx);
                false
            }
            MediaEvent::Quality { seat, quality } => {
                let loss = quality.uplink_loss_percent.max(quality.downlink_loss_percent);
                let link = Measured { round_trip_ms: quality.round_trip_ms, loss_percent: loss };
                self.set_score(seat.participant, link)
            }
            MediaEvent::WorkerLost { .. } => {
                self.early.clear();
                self.live.media_lost(now);
                true
            }
        };
        if has_changed {
            self.publish(ctx);
            self.start_call_when_together(ctx);
        }
    }

    fn set_score(&mut self, who: ParticipantId, link: Measured) -> bool {
        let person = self.live.entry(who);
        let score = Some(score(link));
        let is_new = person.link_score != score;
        person.link_score = score;
        is_new
    }

    /// Keeps a browser's report with the visit, now and then. What is lost of it is lost: it is no record of care.
    pub(crate) fn keep_quality(
        &mut self,
        who: ParticipantId,
        report: ReportQuality,
        now: UnixMillis,
    ) {
        let last = self.quality_kept.get(&who).copied();
        if last.is_some_and(|it| now.since(it) < KEEP_QUALITY_EVERY) {
            return;
        }
        self.quality_kept.insert(who, now);
        let store = Arc::clone(&self.parts.store);
        actix_rt::spawn(async move {
            if store.record_quality(who, report, now).await.is_err() {
                metrics::counter!("bedside_quality_unkept_total").increment(1);
            }
        });
    }
}

/// A sign-in has ended: the media that it joined ends, that of another sign-in of the same person does not. They stay a
/// member, and may come back.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "()")]
pub struct SessionEnded {
    /// Which.
    pub session: SessionId,
    /// Whose.
    pub who: Who,
}

impl Handler<SessionEnded> for Room {
    type Result = ();

    fn handle(&mut self, SessionEnded { session, who }: SessionEnded, ctx: &mut Context<Self>) {
        let Some(Ok(member)) = self.visit.as_ref().map(|it| it.part_of(who)) else { return };
        let who = member.participant_id;
        let of = self.live.get(who).and_then(|it| it.media_of);
        // Media that nobody is known to have joined is that of an owner before, or on its way: it is joined again by
        // whoever still may.
        if of.is_none_or(|it| it == session) {
            self.end_media(who);
            self.publish(ctx);
        }
    }
}

impl Handler<MediaSays> for Room {
    type Result = ();

    fn handle(&mut self, MediaSays(event): MediaSays, ctx: &mut Context<Self>) {
        if self.visit.is_some() {
            self.media_says(event, ctx);
        }
    }
}

fn transport_of(event: &MediaEvent) -> Option<(ParticipantId, u32)> {
    match event {
        MediaEvent::Connected { seat, transport }
        | MediaEvent::Gone { seat, transport, .. }
        | MediaEvent::Slots { seat, transport, .. } => Some((seat.participant, *transport)),
        MediaEvent::Speaker { .. } | MediaEvent::Quality { .. } | MediaEvent::WorkerLost { .. } => {
            None
        }
    }
}

fn slot(state: SlotState) -> Slot {
    Slot {
        slot: state.slot,
        participant_id: state.participant,
        source: match state.source {
            Source::Microphone => WireSource::Microphone,
            Source::Camera => WireSource::Camera,
            Source::Screen => WireSource::Screen,
        },
        paused: state.paused.map(|why| match why {
            PauseReason::Bandwidth => Paused::Bandwidth,
            PauseReason::Hidden => Paused::Hidden,
        }),
    }
}

fn fault_of(error: MediaError) -> Fault {
    match error {
        MediaError::BadOffer(why) => Fault::new(FaultCode::BadOffer).because(why),
        MediaError::Full | MediaError::Unavailable => FaultCode::MediaUnavailable.into(),
        MediaError::NoSuchSeat => {
            Fault::new(FaultCode::NotAllowedNow).because("There is no transport to restart.")
        }
    }
}
