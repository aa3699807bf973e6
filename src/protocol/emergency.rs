//! Records that are opened in an emergency: why, for how long, and who looks into it afterwards.

use crate::protocol::ids::{AuditId, GrantId, PersonId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a record is opened by somebody who does not treat the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EmergencyReason {
    /// Their life or health is in danger now.
    Danger,
    /// They cannot be asked, and somebody has to decide for them.
    CannotConsent,
    /// Whoever treats them cannot be reached, and it does not wait.
    CoversColleague,
    /// Something else: the text says what.
    Other,
}

/// What was found when it was looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EmergencyVerdict {
    /// It was an emergency.
    Appropriate,
    /// It was none.
    Inappropriate,
}

/// `emergency.open`: a clinician opens the record of one patient, to read it, for an hour. The patient and every administrator
/// are told, and somebody looks into it. One that is open already is answered as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenEmergency {
    /// Whose record.
    pub patient_id: PersonId,
    /// Why.
    pub reason: EmergencyReason,
    /// In one's own words, 10 to 500 characters.
    pub text: Phi<String>,
}

/// A record that was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EmergencyCard {
    /// Which.
    pub grant_id: GrantId,
    /// Whose record.
    pub patient_id: PersonId,
    /// Who opened it.
    pub clinician_id: PersonId,
    /// Why.
    pub reason: EmergencyReason,
    /// Since when.
    pub opened_at: UnixMillis,
    /// Until when it can be read.
    pub ends_at: UnixMillis,
}

/// `emergency.list`: those that the caller has open now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListEmergencies {}

/// Answer of `emergency.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Emergencies {
    /// The latest first.
    pub emergencies: Vec<EmergencyCard>,
}

/// `emergency.list_reviews`: what has to be looked into, the oldest first; then what was, the latest first. At most 200 of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListEmergencyReviews {}

/// An emergency as whoever looks into it sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EmergencyReview {
    /// What was opened.
    pub emergency: EmergencyCard,
    /// Why, in the words of who opened it.
    pub text: Phi<String>,
    /// What was found; absent while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<EmergencyVerdict>,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewed_by: Option<PersonId>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewed_at: Option<UnixMillis>,
    /// In their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Phi<String>>,
}

/// Answer of `emergency.list_reviews`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EmergencyReviews {
    /// See the operation.
    pub reviews: Vec<EmergencyReview>,
}

/// `emergency.list_uses`: what was read under one, the latest first, at most 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListEmergencyUses {
    /// Which.
    pub grant_id: GrantId,
}

/// One reading under an emergency: what was returned, by kind and id, and not what stands there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EmergencyUse {
    /// The row of the audit log.
    pub audit_id: AuditId,
    /// When.
    pub at: UnixMillis,
    /// By which operation.
    pub operation: String,
    /// What came back, as `kind:id`, as many as the audit log keeps.
    pub returned: Vec<String>,
    /// How it ended.
    pub outcome: String,
}

/// Answer of `emergency.list_uses`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EmergencyUses {
    /// See the operation.
    pub uses: Vec<EmergencyUse>,
    /// There were more.
    pub is_cut: bool,
}

/// `emergency.review`: an administrator says what they found. Never who opened it, and once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewEmergency {
    /// Which.
    pub grant_id: GrantId,
    /// What was found.
    pub verdict: EmergencyVerdict,
    /// In one's own words, 1 to 500 characters.
    pub note: Phi<String>,
}
