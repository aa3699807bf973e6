//! What a patient shares with whom, beyond those who treat them; each version of it is kept.

use crate::protocol::time::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What of a record is shared or withheld together.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FieldClass {
    /// Date of birth, gender, where they live, which language they speak.
    Identity,
    /// Telephone, and whom to call.
    Contact,
    /// Insurer and number.
    Insurance,
    /// What they said that their appointments are about.
    Complaint,
    /// Which appointments they have and had, and with whom.
    Visits,
    /// What they write and are written, with its files.
    Messages,
}

impl FieldClass {
    /// Every class.
    pub const ALL: [FieldClass; 6] = [
        FieldClass::Identity,
        FieldClass::Contact,
        FieldClass::Insurance,
        FieldClass::Complaint,
        FieldClass::Visits,
        FieldClass::Messages,
    ];
}

/// Which clinicians; each includes those before it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Who treats them: has an appointment with them, or had one within a year. They see all that treating takes.
    Treating,
    /// And who was called into a conversation of theirs.
    CareTeam,
    /// And every clinician of the clinic, as long as the consent `sharing` is given.
    Clinicians,
}

/// What interpreters and guests see of a visit that they are admitted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HelperSharing {
    /// What the appointment is about.
    pub complaint: bool,
    /// The conversation of the visit, with its files.
    pub messages: bool,
}

/// What a patient shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sharing {
    /// [`FieldClass::Identity`].
    pub identity: Audience,
    /// [`FieldClass::Contact`].
    pub contact: Audience,
    /// [`FieldClass::Insurance`].
    pub insurance: Audience,
    /// [`FieldClass::Complaint`].
    pub complaint: Audience,
    /// [`FieldClass::Visits`].
    pub visits: Audience,
    /// [`FieldClass::Messages`].
    pub messages: Audience,
    /// Interpreters, and guests of a visit.
    pub helpers: HelperSharing,
}

impl Default for Sharing {
    /// Of somebody who never said: those who were called in see what they were called in for, and nobody else does.
    fn default() -> Self {
        Sharing {
            identity: Audience::CareTeam,
            contact: Audience::CareTeam,
            insurance: Audience::Treating,
            complaint: Audience::CareTeam,
            visits: Audience::Treating,
            messages: Audience::CareTeam,
            helpers: HelperSharing { complaint: false, messages: true },
        }
    }
}

impl Sharing {
    /// With whom a class is shared.
    #[must_use]
    pub const fn of(&self, class: FieldClass) -> Audience {
        match class {
            FieldClass::Identity => self.identity,
            FieldClass::Contact => self.contact,
            FieldClass::Insurance => self.insurance,
            FieldClass::Complaint => self.complaint,
            FieldClass::Visits => self.visits,
            FieldClass::Messages => self.messages,
        }
    }
}

/// What holds, or held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SharingState {
    /// What is shared.
    pub sharing: Sharing,
    /// Grows with every change; 0 for what holds of somebody who never said.
    pub revision: u32,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<UnixMillis>,
}

/// `sharing.read`: what the caller, a patient, shares now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadSharing {}

/// `sharing.update`: what the caller shares from now on. Conversations that somebody may not read any more end for them at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateSharing {
    /// The one that was read.
    pub revision: u32,
    /// From now on.
    pub sharing: Sharing,
}

/// `sharing.list_versions`: what the caller has shared since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSharingVersions {}

/// Answer of `sharing.list_versions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SharingVersions {
    /// The latest first, at most 200.
    pub versions: Vec<SharingState>,
}
