//! Routes the operations of a room to its actor.

use crate::actors::room::{Ask, Room};
use crate::actors::room_media::{Offer, OfferOperation};
use crate::actors::room_operations::RoomOperation;
use crate::command::{Call, Execute, unsaved};
use crate::domain::policy::may_name_visit;
use crate::domain::visit::view;
use crate::node::{Node, lost};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::AppointmentId;
use crate::protocol::media::{JoinMedia, MediaAnswer, RestartMedia};
use crate::protocol::operation::{Effect, Operation as _};
use crate::protocol::person::Role;
use crate::protocol::visit::{Attendance, EnterVisit, ReadAttendance};
use actix::Addr;

impl<O: RoomOperation> Execute<O> for Node {
    async fn execute(&self, call: Call, op: O) -> Result<O::Output, Fault> {
        let room = self.room(&call, op.appointment_id())?;
        if O::NAME == EnterVisit::NAME {
            self.must_have_consented(&call, op.appointment_id()).await?;
        }
        match room.send(Ask { call, op }).await {
            Ok(answer) => answer,
            // A read that got lost has changed nothing, whatever became of its room.
            Err(_) if O::EFFECT == Effect::Read => Err(FaultCode::Unavailable.into()),
            Err(error) => Err(lost(&error)),
        }
    }
}

impl Execute<JoinMedia> for Node {
    async fn execute(&self, call: Call, op: JoinMedia) -> Result<MediaAnswer, Fault> {
        self.offer(call, op).await
    }
}

impl Execute<RestartMedia> for Node {
    async fn execute(&self, call: Call, op: RestartMedia) -> Result<MediaAnswer, Fault> {
        self.offer(call, op).await
    }
}

impl Execute<ReadAttendance> for Node {
    async fn execute(&self, call: Call, op: ReadAttendance) -> Result<Attendance, Fault> {
        let principal = call.principal()?;
        may_name_visit(&principal, op.appointment_id)?;
        let visit = self.store.visit(op.appointment_id).await.map_err(unsaved)?;
        let visit = visit.ok_or(FaultCode::NotFound)?;
        if principal.role != Role::Admin {
            visit.part_of(principal.who)?;
        }
        let lines = self.store.attendance(op.appointment_id).await.map_err(unsaved)?;
        Ok(view::attendance(&visit, lines.into_iter().map(|it| (it.number, it.what))))
    }
}

impl Node {
    fn room(&self, call: &Call, id: AppointmentId) -> Result<Addr<Room>, Fault> {
        may_name_visit(&call.principal()?, id)?;
        self.rooms.find(id).ok_or_else(|| FaultCode::Draining.into())
    }

    async fn offer<O: OfferOperation>(&self, call: Call, op: O) -> Result<MediaAnswer, Fault> {
        let (id, sdp, is_restart) = op.into_parts();
        let room = self.room(&call, id)?;
        let ice_servers = self.ice_servers();
        let offer = Offer { call, sdp, is_restart, ice_servers };
        room.send(offer).await.map_err(|it| lost(&it))?
    }
}
