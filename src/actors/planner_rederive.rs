//! The decision about appointments whose instants were derived anew: all of one clinician's that are due, at once.
//!
//! Invariant: what moves is saved together with the tasks that tell of it. Does not: read the zone database (`node`).

use crate::actors::Happened;
use crate::actors::planner::{Planned, Planner, Work};
use crate::command::Call;
use crate::domain::schedule::shift::{Obstacle, Shift, shift};
use crate::domain::schedule::{Schedule, Service};
use crate::protocol::appointment::AppointmentCard;
use crate::protocol::fault::Fault;
use crate::protocol::ids::{AppointmentId, PersonId, TaskId};
use crate::protocol::time::UnixMillis;
use crate::store::outbox::Announcement;
use crate::store::schedule::{Moved, Rederived, ScheduleChange, TaskRecord, ZONE_CONFLICT};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// One appointment, with everything that changes when it can follow.
#[derive(Debug, Clone)]
pub struct Rederivation {
    /// From where to where.
    pub shift: Shift,
    /// As it is saved.
    pub moved: Moved,
    /// Told with it.
    pub notices: Vec<Announcement>,
    /// The appointment as it is then.
    pub card: AppointmentCard,
    /// Who interprets.
    pub interpreter_id: Option<PersonId>,
}

/// Whether others may still make room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Others have yet to move: who is stuck is asked again.
    First,
    /// Who is stuck now is a person's to solve.
    Last,
}

/// What became of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It has followed.
    Moved,
    /// It may be able to soon.
    Waits,
    /// Somebody has to look at it.
    Stuck,
}

/// The decision.
#[derive(Clone)]
pub struct RederiveWork {
    /// About which.
    pub all: Vec<Rederivation>,
    /// What the clinic offers.
    pub services: Vec<Service>,
    /// Schedules of those who interpret. What stands there is believed here and judged by the table.
    pub interpreters: BTreeMap<PersonId, Arc<Schedule>>,
    /// Which pass it is.
    pub pass: Pass,
}

impl Work for RederiveWork {
    type Output = Vec<(AppointmentId, Outcome)>;

    fn decide(self, planner: &Planner, call: &Call) -> Result<Planned<Self::Output>, Fault> {
        let RederiveWork { all, services, interpreters: mut schedules, pass } = self;
        schedules.insert(planner.id, Arc::clone(&planner.schedule));
        let shifts: Vec<_> = all.iter().map(|it| it.shift).collect();
        let shifted = shift(&schedules, &services, &shifts, call.now);
        let mut planned = Planned {
            changes: vec![],
            notices: vec![],
            happened: vec![],
            answered: None,
            output: vec![],
        };
        let mut all: BTreeMap<_, _> =
            all.into_iter().map(|it| (it.shift.appointment_id, it)).collect();
        let (mut followed, mut tasks) = (vec![], vec![]);
        for (id, claims) in shifted.moved {
            let Some(it) = all.remove(&id) else { continue };
            followed.push(Rederived { moved: it.moved, claims });
            tasks.push(task("zone_changed", id, call.now));
            planned.notices.extend(it.notices);
            planned.happened.push(Happened::AppointmentMoved(id));
            planned.happened.push(Happened::VisitChanged(Box::new(it.card)));
            planned.happened.extend(it.interpreter_id.map(Happened::ScheduleStale));
            planned.output.push((id, Outcome::Moved));
        }
        for (id, why) in shifted.stuck {
            let outcome = match why {
                Obstacle::Held => Outcome::Waits,
                Obstacle::Refused(_) => Outcome::Stuck,
            };
            if outcome == Outcome::Stuck && pass == Pass::Last {
                tasks.push(task(ZONE_CONFLICT, id, call.now));
            }
            planned.output.push((id, outcome));
        }
        if !followed.is_empty() {
            planned.changes.push(ScheduleChange::Rederive(followed));
        }
        planned.changes.extend(tasks.into_iter().map(ScheduleChange::RaiseTask));
        Ok(planned)
    }
}

/// A task about an appointment.
pub fn task(kind: &'static str, appointment_id: AppointmentId, now: UnixMillis) -> TaskRecord {
    TaskRecord {
        task_id: TaskId(Uuid::now_v7()),
        kind,
        appointment_id,
        created_at: now,
        done_at: None,
    }
}
