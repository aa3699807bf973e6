//! Routes the operations of a room to its actor, and follows to the owner of the topic.

use crate::actors::room::{Ask, Room};
use crate::actors::room_media::{Offer, OfferOperation};
use crate::actors::room_operations::RoomOperation;
use crate::actors::{Follow, Start, Unfollow};
use crate::command::{Call, Execute, topic_of_one_house, unsaved};
use crate::domain::policy::{Who, may_name_visit};
use crate::domain::visit::view;
use crate::node::schedules::may_edit;
use crate::node::{Node, lost};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{AppointmentId, ConnectionId};
use crate::protocol::media::{JoinMedia, MediaAnswer, RestartMedia};
use crate::protocol::operation::{Effect, Operation as _};
use crate::protocol::person::Role;
use crate::protocol::topic::Topic;
use crate::protocol::visit::{Attendance, EnterVisit, ReadAttendance};
use actix::{Addr, MailboxError};

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

    pub(super) async fn follow(&self, topic: Topic, follow: Follow) -> Result<Start, Fault> {
        let principal = follow.principal;
        topic_of_one_house(self, &principal, topic).await?;
        match topic {
            Topic::Visit(id) => {
                may_name_visit(&principal, id)?;
                let room = self.rooms.find(id).ok_or(FaultCode::Draining)?;
                room.send(follow).await.map_err(|it| not_following(&it))?
            }
            Topic::Agenda(id) => {
                if principal.who != Who::Person(id) {
                    return Err(FaultCode::NotFound.into());
                }
                let desk = self.desks.find(id).ok_or(FaultCode::Draining)?;
                desk.send(follow).await.map_err(|it| not_following(&it))?
            }
            Topic::Schedule(id) => {
                may_edit(&principal, id)?;
                self.follow_schedule(id, follow, true).await
            }
            Topic::Openings(id) => self.follow_schedule(id, follow, false).await,
            Topic::Conversation(id) => {
                self.must_be_shared(&principal, id, self.clock.now()).await?;
                let (talk, connection) =
                    (self.talks.find(id).ok_or(FaultCode::Draining)?, follow.connection);
                let start = talk.send(follow).await.map_err(|it| not_following(&it))??;
                // What was withdrawn meanwhile may have been told before this talk knew of the follower.
                if let Err(fault) = self.must_be_shared(&principal, id, self.clock.now()).await {
                    self.unfollow(topic, connection);
                    return Err(fault);
                }
                Ok(start)
            }
            Topic::Mailbox(id) => {
                if principal.who != Who::Person(id) {
                    return Err(FaultCode::NotFound.into());
                }
                let mailbox = self.mailboxes.find(id).ok_or(FaultCode::Draining)?;
                mailbox.send(follow).await.map_err(|it| not_following(&it))?
            }
        }
    }

    pub(super) fn unfollow(&self, topic: Topic, connection: ConnectionId) {
        let message = Unfollow { connection };
        let is_told = match topic {
            Topic::Visit(id) => {
                self.rooms.find_running(id).is_none_or(|it| it.try_send(message).is_ok())
            }
            Topic::Agenda(id) => {
                self.desks.find_running(id).is_none_or(|it| it.try_send(message).is_ok())
            }
            Topic::Schedule(id) => self.leave_schedule(id, connection, true),
            Topic::Openings(id) => self.leave_schedule(id, connection, false),
            Topic::Conversation(id) => {
                self.talks.find_running(id).is_none_or(|it| it.try_send(message).is_ok())
            }
            Topic::Mailbox(id) => {
                self.mailboxes.find_running(id).is_none_or(|it| it.try_send(message).is_ok())
            }
        };
        if !is_told {
            // The owner finds the closed mailbox at its next publication.
            metrics::counter!("bedside_unfollows_untold_total").increment(1);
        }
    }
}

/// Following changes nothing: whoever could not, tries again.
fn not_following(_: &MailboxError) -> Fault {
    FaultCode::Unavailable.into()
}
