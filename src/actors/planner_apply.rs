//! How a saved change becomes the schedule in a planner's memory.
//!
//! Invariant: nothing is decided here, and nothing fails: what does not fit the memory was saved all the same, and the memory
//! is read again. Does not: publish.

use crate::actors::Happened;
use crate::actors::planner::Planner;
use crate::protocol::time::UnixMillis;
use crate::store::schedule::ScheduleChange;
use std::sync::Arc;

impl Planner {
    /// What was saved becomes what is so.
    pub(crate) fn apply(&mut self, change: ScheduleChange, now: UnixMillis) {
        let schedule = Arc::make_mut(&mut self.schedule);
        match change {
            ScheduleChange::SaveTemplate(it) => {
                schedule.templates.retain(|old| old.template_id != it.template_id);
                schedule.templates.push(it);
                schedule.revision += 1;
            }
            ScheduleChange::RemoveTemplate(id) => {
                schedule.templates.retain(|old| old.template_id != id);
                schedule.revision += 1;
            }
            ScheduleChange::SaveException(it) => {
                schedule.exceptions.retain(|old| old.exception_id != it.exception_id);
                schedule.exceptions.push(it);
                schedule.revision += 1;
            }
            ScheduleChange::RemoveException(id) => {
                schedule.exceptions.retain(|old| old.exception_id != id);
                schedule.revision += 1;
            }
            ScheduleChange::Hold(_, claims) => {
                let own = claims.into_iter().filter(|it| it.practitioner_id == self.id);
                own.for_each(|it| schedule.apply(it));
            }
            ScheduleChange::Release(hold) => schedule.release(hold),
            ScheduleChange::Book(hold, bookings) => {
                let ids: Vec<_> =
                    bookings.iter().map(|it| it.visit.visit.facts.appointment_id).collect();
                if schedule.confirm(hold, &ids, now).is_err() {
                    // Saved all the same: what is in memory is out of date.
                    metrics::counter!("bedside_schedule_cache_stale_total").increment(1);
                    (self.parts.emit)(Happened::ScheduleStale(self.id));
                }
            }
            ScheduleChange::Place(_, claim) => schedule.apply(claim),
            ScheduleChange::Rederive(all) => {
                for it in all {
                    let own = it.claims.into_iter().filter(|it| it.practitioner_id == self.id);
                    schedule.replace(it.moved.appointment_id, own);
                }
            }
            ScheduleChange::ExtendHold(hold, until) => schedule.extend(hold, until),
            ScheduleChange::RaiseTask(_) | ScheduleChange::UsePayment(..) => {}
            ScheduleChange::Move(hold, moved) => {
                if schedule.relocate(hold, moved.appointment_id, now).is_err() {
                    metrics::counter!("bedside_schedule_cache_stale_total").increment(1);
                    (self.parts.emit)(Happened::ScheduleStale(self.id));
                }
            }
        }
    }
}
