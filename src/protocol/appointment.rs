//! Appointments, as far as a visit needs them.

use crate::protocol::ids::{AppointmentId, ParticipantId, PersonId, SeriesId, ServiceId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::protocol::visit::{DeviceCheck, Stage};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `appointment.place`: an appointment at any time that the clinician is not taken, within their hours or not, without
/// a hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceAppointment {
    /// Who is treated.
    pub patient_id: PersonId,
    /// Who treats.
    pub clinician_id: PersonId,
    /// Begin.
    pub starts_at: UnixMillis,
    /// End; 5 minutes to 8 hours after the begin.
    pub ends_at: UnixMillis,
    /// IANA zone in which it was agreed.
    pub time_zone: String,
    /// Whether the patient may invite guests.
    #[serde(default)]
    pub patient_may_invite: bool,
}

/// `appointment.read`: one appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadAppointment {
    /// Which.
    pub appointment_id: AppointmentId,
}

/// `appointment.list`: the caller's appointments, earliest first; an administrator sees all, or those of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListAppointments {
    /// Of this patient or clinician: administrators only, or oneself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// Ends after this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<UnixMillis>,
    /// Begins before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<UnixMillis>,
}

/// Answer of `appointment.list`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Appointments {
    /// At most 500.
    pub appointments: Vec<AppointmentCard>,
}

/// `appointment.cancel`: it will not take place. By its patient, its clinician or an administrator; whoever waits is
/// told, and its time is free again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelAppointment {
    /// Which.
    pub appointment_id: AppointmentId,
}

/// Somebody on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CardPerson {
    /// Part in the visit.
    pub participant_id: ParticipantId,
    /// Account.
    pub person_id: PersonId,
    /// Name.
    pub display_name: Phi<String>,
}

/// An appointment as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentCard {
    /// Which.
    pub appointment_id: AppointmentId,
    /// Begin.
    pub starts_at: UnixMillis,
    /// End.
    pub ends_at: UnixMillis,
    /// IANA zone in which it was agreed.
    pub time_zone: String,
    /// Who is treated.
    pub patient: CardPerson,
    /// Who treats.
    pub clinician: CardPerson,
    /// Where its visit is.
    pub stage: Stage,
    /// Since when the patient waits, while they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<UnixMillis>,
    /// Whether the clinician is in the room now.
    pub clinician_present: bool,
    /// Guests that are invited and not revoked.
    pub guests: u8,
    /// The patient's last device check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_check: Option<DeviceCheck>,
    /// Grows when it is moved or cancelled.
    pub version: u32,
    /// What it is for; absent when an administrator placed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_id: Option<ServiceId>,
    /// What the patient said it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Phi<String>>,
    /// The series that it is one of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series_id: Option<SeriesId>,
    /// Grows with every change of the visit.
    pub revision: u32,
}
