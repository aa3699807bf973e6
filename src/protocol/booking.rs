//! Finding a time, holding it, booking it, moving it, waiting for an earlier one.

use crate::protocol::ids::{AppointmentId, HoldId, PersonId, ServiceId, WaitlistId};
use crate::protocol::phi::Phi;
use crate::protocol::practice::Price;
use crate::protocol::time::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// In which order times are proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// By time.
    #[default]
    Earliest,
    /// By time, and what is left for the urgent stays free for them.
    Urgency,
    /// Clinicians whom the patient has seen first.
    Continuity,
    /// By the clinicians' weights and what they have already.
    RoundRobin,
}

/// `slot.search`: times that can be booked. Every filter narrows it; `doctorId` is read as `clinician_id`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchSlots {
    /// With whom.
    #[serde(default, alias = "doctorId", skip_serializing_if = "Option::is_none")]
    pub clinician_id: Option<PersonId>,
    /// For what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_id: Option<ServiceId>,
    /// Of that specialty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specialty: Option<String>,
    /// On that day, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// From that day on; today when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Until that day, included; at most 62 days after the first; 14 days when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// IANA zone in which the days are meant; the caller's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// With somebody who speaks that language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// With somebody whom that insurer pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insurer: Option<String>,
    /// With somebody who may treat there on that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
    /// In which order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Strategy>,
    /// At most so many, 1 to 500; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u16>,
}

/// A time that can be booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenSlot {
    /// With whom.
    pub clinician_id: PersonId,
    /// Their name.
    pub clinician_name: Phi<String>,
    /// For what.
    pub service_id: ServiceId,
    /// Begin.
    pub starts_at: UnixMillis,
    /// End.
    pub ends_at: UnixMillis,
    /// IANA zone of the place where the clinician sits.
    pub time_zone: String,
    /// The begin there, with offset and zone (RFC 9557).
    pub local_start: String,
    /// Where the clinician sits.
    pub location: String,
    /// People who can still book it.
    pub seats_left: u8,
}

/// Answer of `slot.search`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenSlots {
    /// In the order that was asked for.
    pub slots: Vec<OpenSlot>,
    /// There are more than were asked for.
    pub has_more: bool,
}

/// The same again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// Weeks from one to the next, 1 to 12.
    pub every_weeks: u8,
    /// How many in all, 2 to 26.
    pub count: u8,
}

/// `slot.hold`: reserves a time for a few minutes. All of a series and everybody that is needed, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldSlot {
    /// With whom.
    pub clinician_id: PersonId,
    /// For what.
    pub service_id: ServiceId,
    /// When.
    pub starts_at: UnixMillis,
    /// For whom; staff only. Oneself when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_id: Option<PersonId>,
    /// With somebody who interprets, by id …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interpreter_id: Option<PersonId>,
    /// … or anybody who is free and speaks that language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interpreter_language: Option<String>,
    /// Where the patient will be; what their profile says when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
    /// Why the clinician may treat there although no licence says so; staff only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence_override: Option<Phi<String>>,
    /// A series.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
    /// The appointment that shall be moved here: its own time counts as free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moves: Option<AppointmentId>,
}

/// Time that is reserved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hold {
    /// Which.
    pub hold_id: HoldId,
    /// What booking needs. Whoever has it can book; it is nowhere else.
    pub hold_token: Phi<String>,
    /// When it ends unless it is booked.
    pub expires_at: UnixMillis,
    /// What is reserved, by begin.
    pub slots: Vec<HeldSlot>,
    /// Who interprets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interpreter_id: Option<PersonId>,
    /// What it costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// Whether the price has to be paid here before it can be booked.
    #[serde(default)]
    pub needs_payment: bool,
}

/// One time of a hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HeldSlot {
    /// Begin.
    pub starts_at: UnixMillis,
    /// End.
    pub ends_at: UnixMillis,
    /// The begin where the clinician sits (RFC 9557).
    pub local_start: String,
}

/// `slot.release`: the reservation is not needed any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseHold {
    /// As the hold was answered.
    pub hold_token: Phi<String>,
}

/// `appointment.create`: books what is held. With a series, its first appointment is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAppointment {
    /// As the hold was answered.
    pub hold_token: Phi<String>,
    /// What it is about, at most 500 characters; for the clinician.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Phi<String>>,
    /// Whether the patient may invite guests.
    #[serde(default)]
    pub patient_may_invite: bool,
}

/// `appointment.move`: to what is held, in one step: the new time is claimed and the old one is free, or nothing changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveAppointment {
    /// Which.
    pub appointment_id: AppointmentId,
    /// The new time, held with the same clinician.
    pub hold_token: Phi<String>,
}

/// What happened to an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HistoryKind {
    /// It was made.
    Booked,
    /// It was moved.
    Moved,
    /// It was cancelled.
    Cancelled,
}

/// One line of an appointment's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryLine {
    /// The version that it made, from 1.
    pub version: u32,
    /// What.
    pub what: HistoryKind,
    /// When.
    pub at: UnixMillis,
    /// Who: an account; absent for the hub itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
    /// Begin, from then on.
    pub starts_at: UnixMillis,
    /// End, from then on.
    pub ends_at: UnixMillis,
}

/// `appointment.read_history`: what happened to an appointment, oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadHistory {
    /// Which.
    pub appointment_id: AppointmentId,
}

/// Answer of `appointment.read_history`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct History {
    /// Oldest first.
    pub lines: Vec<HistoryLine>,
}

/// `appointment.read_calendar_file`: the appointment as an iCalendar file (RFC 5545), to be added to a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadCalendarFile {
    /// Which.
    pub appointment_id: AppointmentId,
}

/// Answer of `appointment.read_calendar_file`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CalendarFile {
    /// A name for the file.
    pub file_name: String,
    /// Its text, `text/calendar`.
    pub text: Phi<String>,
}

/// `waitlist.join`: tell me when an earlier place becomes free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinWaitlist {
    /// For what.
    pub service_id: ServiceId,
    /// With whom; with anybody when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clinician_id: Option<PersonId>,
    /// Not before.
    pub from: UnixMillis,
    /// Not after; at most 366 days from now.
    pub until: UnixMillis,
}

/// A wish for an earlier place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaitlistCard {
    /// Which.
    pub waitlist_id: WaitlistId,
    /// For what.
    pub service_id: ServiceId,
    /// With whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clinician_id: Option<PersonId>,
    /// Not before.
    pub from: UnixMillis,
    /// Not after.
    pub until: UnixMillis,
    /// When a place was last offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered_at: Option<UnixMillis>,
}

/// `waitlist.leave`: not any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaveWaitlist {
    /// Which.
    pub waitlist_id: WaitlistId,
}

/// `waitlist.list`: what the caller waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListWaitlist {}

/// Answer of `waitlist.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Waitlist {
    /// First come first.
    pub entries: Vec<WaitlistCard>,
}
