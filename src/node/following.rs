//! Following: asked of the owner of a topic, and recorded like any other access.
//!
//! Invariants: a follower is told nothing before that they follow is in the audit log, with what they are shown of a list; and nothing at all when it cannot be
//! written. Who is refused for good is recorded too. What is told later, for as long as somebody follows, belongs to that one access.
//! Does not: decide who may hear what; that is the owner's.

use crate::actors::{Beginning, Follow, Start, Unfollow};
use crate::audit::followed::Followed;
use crate::command::{returned, topic_of_one_house};
use crate::domain::policy::{Principal, Who, may_name_visit};
use crate::node::Node;
use crate::node::schedules::may_edit;
use crate::protocol::fault::{Fault, FaultCode, Retry};
use crate::protocol::ids::{AuditId, ConnectionId, RequestId};
use crate::protocol::topic::Topic;
use crate::store::{AuditRecord, Returned};
use actix::MailboxError;
use serde::Serialize;
use uuid::Uuid;

impl Node {
    /// Follows, once that is recorded.
    pub(super) async fn follow(&self, topic: Topic, follow: Follow) -> Result<Start, Fault> {
        let (principal, connection) = (follow.principal, follow.connection);
        // Before anything is written, as at the door.
        self.limits.take_follow(&principal.who.to_string())?;
        let begun = self.begin(topic, follow).await;
        let Some((followed, target)) = Followed::of(topic) else { return begun };
        if begun.as_ref().is_err_and(|it| it.retry != Retry::Never) {
            // They come again, and are recorded then.
            return begun;
        }
        let row = self.row_of(&principal, followed, target, &begun);
        if self.store.append_audit(vec![row]).await.is_err() {
            if begun.is_ok() {
                self.unfollow(topic, connection);
            }
            return Err(FaultCode::Unavailable.into());
        }
        begun
    }

    fn row_of(
        &self,
        principal: &Principal,
        followed: Followed,
        target: String,
        begun: &Result<Start, Fault>,
    ) -> AuditRecord {
        let shown = begun.as_ref().ok().filter(|_| followed.is_list());
        AuditRecord {
            audit_id: AuditId(Uuid::now_v7()),
            organisation: Some(principal.organisation),
            request_id: RequestId(Uuid::now_v7()),
            at: self.clock.now(),
            phase: begun.as_ref().map_or_else(|it| it.code.as_str(), |_| "ok"),
            caller: Some(principal.who.to_string()),
            role: Some(principal.role),
            operation: followed.name(),
            target: Some(target),
            patient: None,
            returned: shown.and_then(|it| ids_of(&it.how)),
            network: None,
        }
    }

    async fn begin(&self, topic: Topic, follow: Follow) -> Result<Start, Fault> {
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
                let is_gone = match self.must_be_shared(&principal, id, self.clock.now()).await {
                    Ok(()) => self.is_gone(&principal, id).await,
                    Err(fault) => Err(fault),
                };
                if !matches!(is_gone, Ok(false)) {
                    self.unfollow(topic, connection);
                }
                if is_gone? {
                    // Whoever comes again is told what is so.
                    self.forget_talk(id);
                    return Err(FaultCode::Unavailable.into());
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

/// Ids of what is shown at the beginning.
fn ids_of(how: &Beginning) -> Option<Returned> {
    match how {
        Beginning::Current => None,
        Beginning::Whole(state) => ids(state),
        Beginning::Missed(events) | Beginning::Part(events) => ids(events),
    }
}

fn ids<T: Serialize>(shown: &T) -> Option<Returned> {
    Some(returned(&serde_json::to_value(shown).ok()?))
}
