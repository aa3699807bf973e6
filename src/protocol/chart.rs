//! A patient's record as a clinician sees it: only what treating, sharing or an emergency lets them see.

use crate::protocol::conversation::ConversationKind;
use crate::protocol::ids::{AppointmentId, ConversationId, GrantId, PersonId};
use crate::protocol::phi::Phi;
use crate::protocol::practice::PatientProfile;
use crate::protocol::sharing::FieldClass;
use crate::protocol::time::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why somebody may see something.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// They treat the patient.
    Treating,
    /// They were called into a conversation of the patient.
    CareTeam,
    /// The patient shares it with every clinician.
    Shared,
    /// They opened the record in an emergency.
    Emergency,
}

/// `patient.read`: what a clinician may see of a patient's profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadPatient {
    /// Whose.
    pub patient_id: PersonId,
}

/// Answer of `patient.read`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PatientChart {
    /// Whose.
    pub patient_id: PersonId,
    /// Name.
    pub display_name: Phi<String>,
    /// What may be seen of it; everything else is absent.
    pub profile: PatientProfile,
    /// What is not shown, whether there is anything or not.
    pub withheld: Vec<FieldClass>,
    /// By what the most of it may be seen.
    pub basis: Basis,
    /// The emergency without which less would be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<GrantId>,
}

/// `patient.list_visits`: a patient's appointments, with whomever, earliest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListPatientVisits {
    /// Whose.
    pub patient_id: PersonId,
    /// Ends after this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<UnixMillis>,
    /// Begins before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<UnixMillis>,
}

/// `patient.list_conversations`: a patient's conversations, the most recently active first, at most 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListPatientConversations {
    /// Whose.
    pub patient_id: PersonId,
}

/// A conversation of a patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PatientConversation {
    /// Which.
    pub conversation_id: ConversationId,
    /// What for.
    pub kind: ConversationKind,
    /// Of which visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment_id: Option<AppointmentId>,
    /// With whom it was opened.
    pub clinician_id: PersonId,
    /// When something was last posted.
    pub active_at: UnixMillis,
}

/// Answer of `patient.list_conversations`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PatientConversations {
    /// See the operation.
    pub conversations: Vec<PatientConversation>,
    /// The emergency without which it would not be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<GrantId>,
}

/// `patient.list_messages`: a page of a patient's conversation, read without being in it. It moves no marks, and nothing can be
/// written. Its files are read by `file.read` and `file.link` as long as this may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListPatientMessages {
    /// Whose.
    pub patient_id: PersonId,
    /// Which.
    pub conversation_id: ConversationId,
    /// Those before this offset; the latest when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u32>,
}
