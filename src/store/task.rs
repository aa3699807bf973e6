//! What is durable of what somebody at the clinic has to look at, and of what is looked through for it. Owns the kinds that there
//! are.

use crate::protocol::ids::{AppointmentId, TaskId};
use crate::protocol::time::UnixMillis;

/// What a task can be about.
pub const TASK_KINDS: [&str; 2] = ["zone_changed", ZONE_CONFLICT];
/// An appointment could not be moved to its new instant. Done with the next move of it, and with its end.
pub const ZONE_CONFLICT: &str = "zone_conflict";

/// Something for a person at the clinic to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRecord {
    /// Which.
    pub task_id: TaskId,
    /// What, one of [`TASK_KINDS`]: `zone_changed` (the instant of an appointment was derived anew) or `zone_conflict` (it
    /// could not be moved).
    pub kind: &'static str,
    /// About which appointment.
    pub appointment_id: AppointmentId,
    /// Since when.
    pub created_at: UnixMillis,
    /// Since when it is done.
    pub done_at: Option<UnixMillis>,
}

/// Which appointments to read the bookings of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveFilter {
    /// Live appointments that begin after this …
    pub from: UnixMillis,
    /// (or then, when their id comes after this: where the page before ended) …
    pub after: Option<AppointmentId>,
    /// … and were derived by another version of the zone database are wanted, at most so many, earliest first.
    pub limit: u32,
}
