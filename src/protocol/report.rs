//! What a clinic is told of its own use: figures, and nobody's name.

use crate::protocol::ids::ServiceId;
use crate::protocol::time::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `report.read_usage`: figures of the calendar weeks that a span touches, at most 53, in the time zone of the organisation. Only appointments
/// of patients are counted who agree to `analytics` at this moment. A figure that would tell of 1 to 10 patients, or give such a one away, is
/// absent; zero is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadUsage {
    /// An instant in the first week.
    pub since: UnixMillis,
    /// After the last instant that is asked for.
    pub until: UnixMillis,
}

/// Appointments by what became of them. Absent is not told: fewer than 11 patients, or it would give such a figure away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct UsageLine {
    /// To come, or nobody has said what became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booked: Option<u32>,
    /// The visit took place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<u32>,
    /// Cancelled, by whomever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<u32>,
    /// The patient did not come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<u32>,
}

/// A calendar week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UsageWeek {
    /// Its Monday, `YYYY-MM-DD`.
    pub monday: String,
    /// Appointments that begin in it.
    pub appointments: UsageLine,
}

/// A service in that span.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UsageService {
    /// Which; absent for what an administrator placed without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_id: Option<ServiceId>,
    /// As it is called now; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Appointments for it.
    pub appointments: UsageLine,
}

/// Answer of `report.read_usage`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UsageReport {
    /// IANA zone of the organisation, in which weeks begin.
    pub time_zone: String,
    /// First instant of the first week.
    pub since: UnixMillis,
    /// First instant after the last week.
    pub until: UnixMillis,
    /// Of how many patients the figures tell; absent when they are 1 to 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patients: Option<u32>,
    /// All weeks together.
    pub whole: UsageLine,
    /// Each week, the earliest first.
    pub weeks: Vec<UsageWeek>,
    /// Services of which there was an appointment, by name; what has none at the end.
    pub services: Vec<UsageService>,
    /// Median of the minutes from a patient's first coming to being let in for the first time, of visits that took place; of 11 patients or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited_min: Option<u32>,
    /// Median of the minutes from patient and clinician being together to the clinician's ending it; of 11 patients or more. What nobody ended
    /// is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasted_min: Option<u32>,
}
