//! The waiting list: who would like an earlier place, and who is told when one becomes free.
//!
//! Nobody is given a place: whoever is told first may book it, and so may anybody else. What is promised is only that
//! they hear of it, one after the other, in the order in which they came.

use crate::command::{Call, Execute, unsaved};
use crate::domain::policy::Who;
use crate::domain::schedule::check;
use crate::node::Node;
use crate::notifications::plan;
use crate::protocol::auth::Done;
use crate::protocol::booking::{JoinWaitlist, LeaveWaitlist, ListWaitlist, Waitlist, WaitlistCard};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{PersonId, ServiceId, WaitlistId};
use crate::protocol::time::UnixMillis;
use crate::store::outbox::{Channel, NewNotice, NoticeKind};
use crate::store::schedule::WaitlistRecord;
use std::time::Duration;
use uuid::Uuid;

/// The longest wish.
const MAX_AHEAD: Duration = Duration::from_secs(366 * 24 * 60 * 60);
/// How long after an offer the same person is not told again: the next one's turn.
const TURN: Duration = Duration::from_secs(30 * 60);

impl Execute<JoinWaitlist> for Node {
    async fn execute(&self, call: Call, op: JoinWaitlist) -> Result<WaitlistCard, Fault> {
        let patient = own(&call)?;
        check::window(op.from, op.until)?;
        if op.until <= call.now {
            return Err(Fault::invalid("until", "In the future."));
        }
        if op.until > call.now.plus(MAX_AHEAD) {
            return Err(Fault::invalid("until", "At most 366 days from now."));
        }
        let service = self.bookable(op.service_id, call.now).await?;
        let clinic = self.clinic(call.now).await?;
        let offers = |id: PersonId| {
            clinic.practitioner(id).is_some_and(|it| it.service_ids.contains(&service.service_id))
        };
        if op.clinician_id.is_some_and(|id| !offers(id)) {
            return Err(Fault::invalid("clinician_id", "Somebody who offers the service."));
        }
        let entry = WaitlistRecord {
            waitlist_id: WaitlistId(Uuid::now_v7()),
            patient_id: patient,
            service_id: op.service_id,
            clinician_id: op.clinician_id,
            from: op.from,
            until: op.until,
            created_at: call.now,
            offered_at: None,
        };
        let output = card(&entry);
        let answered = call.answered(&output)?;
        self.store.join_waitlist(entry, answered).await.map_err(unsaved)?;
        Ok(output)
    }
}

impl Execute<LeaveWaitlist> for Node {
    async fn execute(&self, call: Call, op: LeaveWaitlist) -> Result<Done, Fault> {
        let answered = call.answered(&Done {})?;
        let left = self.store.leave_waitlist(op.waitlist_id, own(&call)?, answered);
        let left = left.await.map_err(unsaved)?;
        if left { Ok(Done {}) } else { Err(FaultCode::NotFound.into()) }
    }
}

impl Execute<ListWaitlist> for Node {
    async fn execute(&self, call: Call, _: ListWaitlist) -> Result<Waitlist, Fault> {
        let entries = self.store.waitlist(None, Some(own(&call)?)).await.map_err(unsaved)?;
        Ok(Waitlist { entries: entries.iter().map(card).collect() })
    }
}

impl Node {
    /// A time became free: the first who waits for such a one is told.
    pub(super) async fn offer_freed(
        &self,
        clinician: PersonId,
        service: ServiceId,
        starts_at: UnixMillis,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        if starts_at <= now {
            return Ok(());
        }
        let waiting = self.store.waitlist(Some(service), None).await.map_err(unsaved)?;
        let next = waiting.into_iter().find(|it| {
            it.clinician_id.is_none_or(|id| id == clinician)
                && it.from <= starts_at
                && starts_at < it.until
                && it.offered_at.is_none_or(|at| now.since(at) >= TURN)
        });
        let Some(next) = next else { return Ok(()) };
        let notices = Channel::ALL.map(|channel| NewNotice {
            notice_id: plan::fresh(),
            person_id: next.patient_id,
            kind: NoticeKind::PlaceFree,
            channel,
            appointment_id: None,
            version: 0,
            due_at: now,
            useless_at: Some(starts_at),
        });
        self.store.offer_place(next.waitlist_id, now, notices.into()).await.map_err(unsaved)?;
        self.notices_saved();
        Ok(())
    }
}

fn own(call: &Call) -> Result<PersonId, Fault> {
    match call.principal()?.who {
        Who::Person(id) => Ok(id),
        Who::Participant(_) => Err(FaultCode::Forbidden.into()),
    }
}

fn card(it: &WaitlistRecord) -> WaitlistCard {
    WaitlistCard {
        waitlist_id: it.waitlist_id,
        service_id: it.service_id,
        clinician_id: it.clinician_id,
        from: it.from,
        until: it.until,
        offered_at: it.offered_at,
    }
}
