//! Hours and calendars: read and changed by their practitioner, or by an administrator.

use crate::actors::planner::{Planner, Work};
use crate::actors::planner_handlers::{FollowSchedule, LeaveSchedule, Look, Plan};
use crate::actors::planner_work::{
    RemoveExceptionWork, RemoveTemplateWork, SaveExceptionWork, SaveTemplateWork,
};
use crate::actors::{Follow, Start};
use crate::command::{Call, Execute, unsaved};
use crate::domain::policy::{Principal, Who, has_schedule};
use crate::domain::schedule::{Exception, Kind, Schedule, Template, check, view};
use crate::node::{Node, lost};
use crate::protocol::auth::Done;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{ConnectionId, ExceptionId, PersonId, TemplateId};
use crate::protocol::person::Role;
use crate::protocol::schedule::{
    Calendar, ExceptionCard, ExceptionKind, ExceptionTerms, Hours, ReadCalendar, ReadSchedule,
    RemoveException, RemoveTemplate, SaveException, SaveTemplate, TemplateCard, TemplateTerms,
};
use actix::{Addr, MailboxError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use uuid::Uuid;

/// Longest calendar of one answer: two months, as a page shows at most.
const MAX_CALENDAR: Duration = Duration::from_secs(62 * 24 * 60 * 60);
/// How often a decision is asked for when its owner turns out to be another one. Two nodes that are asked for one schedule
/// by fifty people at once take it from each other more often than a few times, and the more so the slower the machine.
const TRIES: u8 = 8;
/// Longest pause before the second try; each further one may be so much longer.
const PAUSE_MS: u8 = 25;

impl Execute<SaveTemplate> for Node {
    async fn execute(&self, call: Call, op: SaveTemplate) -> Result<TemplateCard, Fault> {
        may_edit(&call.principal()?, op.practitioner_id)?;
        let id = op.template_id.unwrap_or_else(|| TemplateId(Uuid::now_v7()));
        let template = template(id, op.terms)?;
        self.plan(op.practitioner_id, &call, || SaveTemplateWork(template.clone())).await
    }
}

impl Execute<RemoveTemplate> for Node {
    async fn execute(&self, call: Call, op: RemoveTemplate) -> Result<Done, Fault> {
        may_edit(&call.principal()?, op.practitioner_id)?;
        self.plan(op.practitioner_id, &call, || RemoveTemplateWork(op.template_id)).await
    }
}

impl Execute<SaveException> for Node {
    async fn execute(&self, call: Call, op: SaveException) -> Result<ExceptionCard, Fault> {
        may_edit(&call.principal()?, op.practitioner_id)?;
        let id = op.exception_id.unwrap_or_else(|| ExceptionId(Uuid::now_v7()));
        let exception = exception(id, Some(op.practitioner_id), op.terms);
        self.plan(op.practitioner_id, &call, || SaveExceptionWork(exception.clone())).await
    }
}

impl Execute<RemoveException> for Node {
    async fn execute(&self, call: Call, op: RemoveException) -> Result<Done, Fault> {
        may_edit(&call.principal()?, op.practitioner_id)?;
        self.plan(op.practitioner_id, &call, || RemoveExceptionWork(op.exception_id)).await
    }
}

impl Execute<ReadSchedule> for Node {
    async fn execute(&self, call: Call, op: ReadSchedule) -> Result<Hours, Fault> {
        may_edit(&call.principal()?, op.practitioner_id)?;
        Ok(view::hours(self.look(op.practitioner_id).await?.as_ref()))
    }
}

impl Execute<ReadCalendar> for Node {
    async fn execute(&self, call: Call, op: ReadCalendar) -> Result<Calendar, Fault> {
        may_edit(&call.principal()?, op.practitioner_id)?;
        let window = check::window(op.from, op.until)?;
        if window.end.since(window.start) > MAX_CALENDAR {
            return Err(Fault::invalid("until", "At most 62 days after the begin."));
        }
        Ok(view::calendar(self.look(op.practitioner_id).await?.as_ref(), &window))
    }
}

impl Node {
    /// The planner of somebody whose time can be booked. For anybody else none is started, as it would stay for a while.
    async fn planner(&self, id: PersonId) -> Result<Addr<Planner>, Fault> {
        if let Some(running) = self.planners.find_running(id) {
            return Ok(running);
        }
        let person = self.store.person(id).await.map_err(unsaved)?;
        if !person.is_some_and(|it| has_schedule(it.role)) {
            return Err(FaultCode::NotFound.into());
        }
        self.planners.find(id).ok_or_else(|| FaultCode::Draining.into())
    }

    /// The schedule as its owner knows it.
    pub(super) async fn look(&self, id: PersonId) -> Result<Arc<Schedule>, Fault> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.planner(id).await?.send(Look).await {
                Ok(schedule) => return schedule,
                // Reading changes nothing: the next owner is asked.
                Err(MailboxError::Closed) if tries < TRIES => {}
                Err(_) => return Err(FaultCode::Unavailable.into()),
            }
        }
    }

    /// Asks the owner for a decision. When another node has taken the schedule over, surely nothing was saved, neither
    /// of what that owner had begun nor of what was still in its mailbox: the next owner is asked.
    pub(super) async fn plan<W: Work>(
        &self,
        id: PersonId,
        call: &Call,
        work: impl Fn() -> W,
    ) -> Result<W::Output, Fault> {
        let mut tries = 0;
        loop {
            tries += 1;
            let is_begun = Arc::new(AtomicBool::new(false));
            let plan = Plan { call: call.clone(), work: work(), is_begun: Arc::clone(&is_begun) };
            match self.planner(id).await?.send(plan).await {
                Ok(Err(fault)) if fault.code == FaultCode::Moved && tries < TRIES => {
                    actix_rt::time::sleep(pause(call, tries)).await;
                }
                Err(MailboxError::Closed) if !is_begun.load(Ordering::SeqCst) && tries < TRIES => {}
                Ok(answer) => return answer,
                Err(error) => return Err(lost(&error)),
            }
        }
    }

    pub(super) async fn follow_schedule(
        &self,
        id: PersonId,
        follow: Follow,
        is_whole: bool,
    ) -> Result<Start, Fault> {
        if follow.principal.only_visit.is_some() {
            return Err(FaultCode::NotFound.into());
        }
        let message = FollowSchedule { follow, is_whole };
        self.planner(id).await?.send(message).await.map_err(|_| FaultCode::Unavailable)?
    }

    /// Whether the owner was told, or need not be.
    pub(super) fn leave_schedule(
        &self,
        id: PersonId,
        connection: ConnectionId,
        is_whole: bool,
    ) -> bool {
        let message = LeaveSchedule { connection, is_whole };
        self.planners.find_running(id).is_none_or(|it| it.try_send(message).is_ok())
    }
}

/// How long to wait before the next owner is asked. Two nodes that want one schedule take it from each other; whoever waits
/// a little lets the other finish, and by the call's own number they do not wait alike.
fn pause(call: &Call, tries: u8) -> Duration {
    let [.., last] = call.request_id.0.into_bytes();
    Duration::from_millis(u64::from(last % PAUSE_MS) * u64::from(tries))
}

/// One's own schedule, or anybody's as an administrator. For everybody else there is none.
pub(super) fn may_edit(principal: &Principal, practitioner: PersonId) -> Result<(), Fault> {
    let is_own = principal.who == Who::Person(practitioner);
    match is_own || principal.role == Role::Admin {
        true => Ok(()),
        false => Err(FaultCode::NotFound.into()),
    }
}

fn template(template_id: TemplateId, terms: TemplateTerms) -> Result<Template, Fault> {
    let minute = |text: &str, field: &'static str| {
        view::minute(text).ok_or_else(|| Fault::invalid(field, "A time of the day, HH:MM."))
    };
    Ok(Template {
        template_id,
        starts_minute: minute(&terms.starts, "starts")?,
        ends_minute: minute(&terms.ends, "ends")?,
        location: terms.location.trim().to_owned(),
        time_zone: terms.time_zone,
        recurrence: terms.recurrence,
        valid_from: terms.valid_from,
        valid_until: terms.valid_until,
        except_dates: terms.except_dates,
        service_ids: terms.service_ids,
    })
}

/// A deviation of one practitioner, or of the clinic.
pub(super) fn exception(
    exception_id: ExceptionId,
    practitioner_id: Option<PersonId>,
    terms: ExceptionTerms,
) -> Exception {
    Exception {
        exception_id,
        practitioner_id,
        kind: match terms.kind {
            ExceptionKind::Open => Kind::Open,
            ExceptionKind::Closed => Kind::Closed,
        },
        time_zone: terms.time_zone,
        starts_local: terms.starts,
        ends_local: terms.ends,
        location: terms.location.trim().to_owned(),
        reason: terms.reason.trim().to_owned(),
    }
}
