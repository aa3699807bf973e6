//! A practitioner's hours and calendar.

use crate::protocol::ids::{
    AppointmentId, ExceptionId, PersonId, ServiceId, SlotId, TaskId, TemplateId,
};
use crate::protocol::time::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A recurring rule of hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateTerms {
    /// Where the practitioner sits meanwhile; at most 120 characters.
    pub location: String,
    /// IANA zone in which the hours are meant.
    pub time_zone: String,
    /// RFC 5545 recurrence rule of the days, without times: `FREQ=WEEKLY;BYDAY=MO,TU`.
    pub recurrence: String,
    /// `HH:MM`.
    pub starts: String,
    /// `HH:MM`, after the begin; `24:00` is the end of the day.
    pub ends: String,
    /// First day, `YYYY-MM-DD`.
    pub valid_from: String,
    /// Last day, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
    /// Days that are left out, `YYYY-MM-DD`.
    #[serde(default)]
    pub except_dates: Vec<String>,
    /// For these services; for all when empty.
    #[serde(default)]
    pub service_ids: Vec<ServiceId>,
}

/// A rule of hours as kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TemplateCard {
    /// Which.
    pub template_id: TemplateId,
    /// What it says.
    pub terms: TemplateTerms,
}

/// Whether a deviation opens or closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionKind {
    /// Additional hours.
    Open,
    /// No appointments.
    Closed,
}

/// A deviation from the hours, for once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExceptionTerms {
    /// Opens or closes; closing wins.
    pub kind: ExceptionKind,
    /// IANA zone in which it is meant.
    pub time_zone: String,
    /// Wall time, `YYYY-MM-DDTHH:MM`.
    pub starts: String,
    /// Wall time, after the begin.
    pub ends: String,
    /// Where; of an opening.
    #[serde(default)]
    pub location: String,
    /// Why, for colleagues; never shown to patients. At most 200 characters.
    #[serde(default)]
    pub reason: String,
}

/// A deviation as kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExceptionCard {
    /// Which.
    pub exception_id: ExceptionId,
    /// A closure of the clinic, which only administrators change.
    pub is_closure: bool,
    /// What it says.
    pub terms: ExceptionTerms,
}

/// `schedule.read`: a practitioner's hours; one's own, or anybody's for an administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadSchedule {
    /// Whose.
    pub practitioner_id: PersonId,
}

/// A practitioner's hours.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Hours {
    /// Recurring.
    pub templates: Vec<TemplateCard>,
    /// For once, closures of the clinic included.
    pub exceptions: Vec<ExceptionCard>,
}

/// `schedule.save_template`: a new rule of hours, or other terms of one. Appointments that are booked stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveTemplate {
    /// Whose.
    pub practitioner_id: PersonId,
    /// Which; a new one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_id: Option<TemplateId>,
    /// What it says from now on.
    pub terms: TemplateTerms,
}

/// `schedule.remove_template`: the rule is no more. Appointments that are booked stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveTemplate {
    /// Whose.
    pub practitioner_id: PersonId,
    /// Which.
    pub template_id: TemplateId,
}

/// `schedule.save_exception`: a new deviation, or other terms of one. Appointments that are booked stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveException {
    /// Whose.
    pub practitioner_id: PersonId,
    /// Which; a new one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception_id: Option<ExceptionId>,
    /// What it says from now on.
    pub terms: ExceptionTerms,
}

/// `schedule.remove_exception`: the deviation is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveException {
    /// Whose.
    pub practitioner_id: PersonId,
    /// Which.
    pub exception_id: ExceptionId,
}

/// `closure.list`: when the clinic is closed, from today on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListClosures {}

/// Answer of `closure.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Closures {
    /// Earliest first.
    pub closures: Vec<ExceptionCard>,
}

/// `closure.save`: the clinic is closed then, for everybody. Appointments that are booked stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveClosure {
    /// Which; a new one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception_id: Option<ExceptionId>,
    /// What it says from now on; its kind is `closed`.
    pub terms: ExceptionTerms,
}

/// `closure.remove`: the clinic is not closed then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveClosure {
    /// Which.
    pub exception_id: ExceptionId,
}

/// What takes a practitioner's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Somebody is booking it (FHIR `busy-tentative`).
    Held,
    /// An appointment (FHIR `busy`).
    Booked,
}

/// One thing in a practitioner's calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CalendarEntry {
    /// Which.
    pub slot_id: SlotId,
    /// Held or booked.
    pub kind: EntryKind,
    /// Begin.
    pub starts_at: UnixMillis,
    /// End.
    pub ends_at: UnixMillis,
    /// Begin of the time that is kept free before.
    pub busy_from: UnixMillis,
    /// End of the time that is kept free after.
    pub busy_until: UnixMillis,
    /// When the hold ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UnixMillis>,
    /// The appointment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment_id: Option<AppointmentId>,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_id: Option<ServiceId>,
    /// Place in a group, from 0.
    pub seat: u8,
}

/// When somebody can be booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenHours {
    /// Begin.
    pub from: UnixMillis,
    /// End.
    pub until: UnixMillis,
    /// Where.
    pub location: String,
    /// IANA zone of the place.
    pub time_zone: String,
}

/// `schedule.calendar`: a practitioner's time within; one's own, or anybody's for an administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadCalendar {
    /// Whose.
    pub practitioner_id: PersonId,
    /// Begin.
    pub from: UnixMillis,
    /// End; at most 62 days after the begin.
    pub until: UnixMillis,
}

/// A practitioner's time. Who the appointments are with stands in their cards (`agenda:<id>`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Calendar {
    /// By begin.
    pub entries: Vec<CalendarEntry>,
    /// When they work, by begin.
    pub open: Vec<OpenHours>,
}

/// Something that a person at the clinic has to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaskCard {
    /// Which.
    pub task_id: TaskId,
    /// What.
    pub kind: TaskKind,
    /// About which appointment.
    pub appointment_id: AppointmentId,
    /// Since when.
    pub created_at: UnixMillis,
}

/// What has to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// A zone's law changed; the appointment keeps its wall time and is at another instant now.
    ZoneChanged,
    /// A zone's law changed, and the appointment could not be moved to its wall time.
    ZoneConflict,
}

/// `task.list`: what is to be looked at, oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListTasks {}

/// Answer of `task.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tasks {
    /// At most 200.
    pub tasks: Vec<TaskCard>,
}

/// `task.finish`: it was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishTask {
    /// Which.
    pub task_id: TaskId,
}
