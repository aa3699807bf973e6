//! Appointments, as far as a visit needs them.

use crate::protocol::ids::{AppointmentId, ParticipantId, PersonId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::protocol::visit::{DeviceCheck, Stage};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `appointment.create`: a confirmed appointment of one patient with one clinician.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAppointment {
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

/// `appointment.list`: the caller's appointments, earliest first; an administrator sees all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListAppointments {
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

/// `appointment.cancel`: it will not take place. Whoever waits is told.
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
    /// Grows with every change of the visit.
    pub revision: u32,
}
