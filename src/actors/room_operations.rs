//! The operations that a room owns, a few lines each: find the caller's part, ask the rule, `commit`.
//!
//! Adding one: its row in the catalogue, its rule in `domain::visit`, and an `impl RoomOperation` here.

use crate::actors::commit::{Step, commit};
use crate::actors::room::{Ask, Besides, Change, Room};
use crate::auth::LINK_AFTER_END;
use crate::command::Call;
use crate::crypto::{new_token, sha256};
use crate::domain::visit::live::Sources;
use crate::domain::visit::rules::NewGuest;
use crate::domain::visit::view::{self, Viewer};
use crate::domain::visit::{By, What};
use crate::protocol::appointment::{AppointmentCard, CancelAppointment};
use crate::protocol::auth::{Done, JoinToken};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{AppointmentId, JoinLinkId, ParticipantId};
use crate::protocol::media::{ReportQuality, SetSources, SetView};
use crate::protocol::operation::Operation;
use crate::protocol::phi::Phi;
use crate::protocol::visit::{
    AdmitParticipant, EndVisit, EnterVisit, HoldParticipant, InviteGuest, InvitedGuest, LeaveVisit,
    MarkNoShow, MuteParticipant, ReadVisit, ReportDevice, RevokeGuest, VisitView,
};
use crate::sfu::{Command, Seat, Source};
use crate::store::JoinLinkRecord;
use actix::{AtomicResponse, Context, Handler};
use uuid::Uuid;

/// Slots whose size one call may tell; the media plane has eight.
const MAX_SIZES: usize = 32;

/// An operation that the room of a visit owns.
pub trait RoomOperation: Operation {
    /// Of which visit.
    fn appointment_id(&self) -> AppointmentId;

    /// Decides.
    fn decide(
        self,
        room: &mut Room,
        call: &Call,
        ctx: &mut Context<Room>,
    ) -> Result<Step<Change, Self::Output>, Fault>;
}

impl<O: RoomOperation> Handler<Ask<O>> for Room {
    type Result = AtomicResponse<Self, Result<O::Output, Fault>>;

    fn handle(&mut self, ask: Ask<O>, ctx: &mut Context<Self>) -> Self::Result {
        let step = ask.op.decide(self, &ask.call, ctx);
        commit(step.unwrap_or_else(|fault| Step::Answer(Err(fault))))
    }
}

/// Operations of the form "the caller does something, and is shown the visit".
macro_rules! seen_by_the_caller {
    ($($op:ident => |$visit:ident, $me:ident, $it:ident, $now:ident| $decide:expr, $besides:expr;)+) => { $(
        impl RoomOperation for $op {
            fn appointment_id(&self) -> AppointmentId {
                self.appointment_id
            }

            fn decide(
                self,
                room: &mut Room,
                call: &Call,
                _: &mut Context<Room>,
            ) -> Result<Step<Change, VisitView>, Fault> {
                let $it = self;
                let $now = call.now;
                let ($visit, member) = room.part_for(&call.principal()?)?;
                let $me = member.participant_id;
                let decided = $decide;
                Ok(room.step(call, decided, $besides, |next, live| {
                    view::of(next, live, Viewer::Member($me), $now)
                }))
            }
        }
    )+ };
}

seen_by_the_caller! {
    EnterVisit => |visit, me, _it, now| visit.enter(me, now), Besides::default();
    LeaveVisit => |visit, me, _it, now| visit.leave(me, now), Besides::default();
    AdmitParticipant => |visit, me, it, now| visit.admit(me, it.participant_id, now), Besides::default();
    HoldParticipant => |visit, me, it, now| visit.hold(me, it.participant_id, now), Besides::default();
    EndVisit => |visit, me, _it, now| visit.end(me, now), Besides::default();
    MarkNoShow => |visit, me, _it, now| visit.mark_no_show(me, now), Besides::default();
    ReportDevice => |visit, me, it, now| visit.check_device(me, it.check, now), Besides::default();
    RevokeGuest => |visit, me, it, now| visit.revoke(me, it.participant_id, now),
        Besides { revoked: vec![it.participant_id], ..Besides::default() };
}

impl RoomOperation for ReadVisit {
    fn appointment_id(&self) -> AppointmentId {
        self.appointment_id
    }

    fn decide(
        self,
        room: &mut Room,
        call: &Call,
        _: &mut Context<Room>,
    ) -> Result<Step<Change, VisitView>, Fault> {
        let (visit, viewer) = room.visit_for(&call.principal()?)?;
        Ok(Step::Answer(Ok(view::of(visit, &room.live, viewer, call.now))))
    }
}

impl RoomOperation for CancelAppointment {
    fn appointment_id(&self) -> AppointmentId {
        self.appointment_id
    }

    fn decide(
        self,
        room: &mut Room,
        call: &Call,
        _: &mut Context<Room>,
    ) -> Result<Step<Change, AppointmentCard>, Fault> {
        let (visit, viewer) = room.visit_for(&call.principal()?)?;
        if let Some(condition) = &call.condition {
            condition.must_be_version(visit.facts.booking.version)?;
        }
        let by = match viewer {
            Viewer::Member(id) => By::Member(id),
            Viewer::Admin => By::Admin,
        };
        let decided = visit.cancel(by, call.now);
        Ok(room.step(call, decided, Besides::default(), |next, _| view::card(next)))
    }
}

impl RoomOperation for InviteGuest {
    fn appointment_id(&self) -> AppointmentId {
        self.appointment_id
    }

    fn decide(
        self,
        room: &mut Room,
        call: &Call,
        _: &mut Context<Room>,
    ) -> Result<Step<Change, InvitedGuest>, Fault> {
        let (visit, me) = room.part_for(&call.principal()?)?;
        let guest = NewGuest {
            participant_id: ParticipantId(Uuid::now_v7()),
            role: self.role,
            display_name: self.display_name,
        };
        let (participant_id, role) = (guest.participant_id, guest.role);
        let decided = visit.invite(me.participant_id, guest, call.now);
        let join_token = new_token().map_err(|_| FaultCode::Internal)?;
        let link = JoinLinkRecord {
            join_link_id: JoinLinkId(Uuid::now_v7()),
            token_hash: sha256(join_token.expose().as_bytes()),
            appointment_id: room.id,
            participant_id,
            created_at: call.now,
            expires_at: visit.facts.ends_at.plus(LINK_AFTER_END),
        };
        let expires_at = link.expires_at;
        let url = Phi::new(room.parts.link_to(&join_token));
        let link_out = JoinToken { join_token, url, participant_id, role, expires_at };
        let besides = Besides { links: vec![link], ..Besides::default() };
        Ok(room
            .step(call, decided, besides, |_, _| InvitedGuest { participant_id, link: link_out }))
    }
}

impl RoomOperation for MuteParticipant {
    fn appointment_id(&self) -> AppointmentId {
        self.appointment_id
    }

    fn decide(
        self,
        room: &mut Room,
        call: &Call,
        ctx: &mut Context<Room>,
    ) -> Result<Step<Change, VisitView>, Fault> {
        let (visit, me) = room.part_for(&call.principal()?)?;
        let me = me.participant_id;
        let none: Vec<What> = visit.mute(me, self.participant_id, call.now)?;
        debug_assert!(none.is_empty(), "muting is live");
        let person = room.live.entry(self.participant_id);
        person.is_muted_by_host = true;
        person.sources.microphone = false;
        let seat = Seat { room: room.id, participant: self.participant_id };
        room.tell_media(Command::Mute { seat, source: Source::Microphone, muted: true });
        room.publish(ctx);
        let (visit, _) = room.part_for(&call.principal()?)?;
        Ok(Step::Answer(Ok(view::of(visit, &room.live, Viewer::Member(me), call.now))))
    }
}

impl RoomOperation for SetSources {
    fn appointment_id(&self) -> AppointmentId {
        self.appointment_id
    }

    fn decide(
        self,
        room: &mut Room,
        call: &Call,
        ctx: &mut Context<Room>,
    ) -> Result<Step<Change, Done>, Fault> {
        let (visit, me) = room.part_for(&call.principal()?)?;
        let me = me.participant_id;
        visit.may_join_media(me, call.now)?;
        let sources =
            Sources { microphone: self.microphone, camera: self.camera, screen: self.screen };
        let person = room.live.entry(me);
        let is_new = person.sources != sources || (person.is_muted_by_host && sources.microphone);
        person.sources = sources;
        if sources.microphone {
            // The host can mute; only the person can unmute.
            person.is_muted_by_host = false;
        }
        room.tell_sources(me);
        if is_new {
            room.publish(ctx);
        }
        Ok(Step::Answer(Ok(Done {})))
    }
}

impl RoomOperation for SetView {
    fn appointment_id(&self) -> AppointmentId {
        self.appointment_id
    }

    fn decide(
        self,
        room: &mut Room,
        call: &Call,
        _: &mut Context<Room>,
    ) -> Result<Step<Change, Done>, Fault> {
        let (visit, me) = room.part_for(&call.principal()?)?;
        visit.may_join_media(me.participant_id, call.now)?;
        if self.sizes.len() > MAX_SIZES {
            return Err(Fault::invalid("sizes", "At most 32 sizes."));
        }
        let seat = Seat { room: room.id, participant: me.participant_id };
        let sizes = self.sizes.iter().map(|it| crate::sfu::SlotSize {
            slot: it.slot,
            width: it.width,
            height: it.height,
        });
        room.tell_media(Command::View { seat, sizes: sizes.collect() });
        Ok(Step::Answer(Ok(Done {})))
    }
}

impl RoomOperation for ReportQuality {
    fn appointment_id(&self) -> AppointmentId {
        self.appointment_id
    }

    fn decide(
        self,
        room: &mut Room,
        call: &Call,
        _: &mut Context<Room>,
    ) -> Result<Step<Change, Done>, Fault> {
        let (visit, me) = room.part_for(&call.principal()?)?;
        visit.may_join_media(me.participant_id, call.now)?;
        if !self.loss_percent.is_finite() || !(0.0..=100.0).contains(&self.loss_percent) {
            return Err(Fault::invalid("loss_percent", "0 to 100."));
        }
        let me = me.participant_id;
        room.keep_quality(me, self, call.now);
        Ok(Step::Answer(Ok(Done {})))
    }
}
