//! What people have of their own record: consents, an export, erasure; and legal holds, which an erasure waits for.

use crate::protocol::ids::{ErasureId, LegalHoldId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What somebody agrees to.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ConsentKind {
    /// To be treated by video.
    Telehealth,
    /// That clinicians who do not treat them may be told.
    Sharing,
    /// That they are counted in the figures of their clinic (`report.read_usage`), which name nobody.
    Analytics,
}

/// How somebody stands to something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentState {
    /// They never agreed, or to another version.
    Missing,
    /// They agreed to this version.
    Given,
    /// They took it back.
    Withdrawn,
}

/// One consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConsentCard {
    /// To what.
    pub kind: ConsentKind,
    /// Under which law: ISO 3166-1 or 3166-2 code; empty where none is named.
    pub jurisdiction: String,
    /// The version of the text that holds there now.
    pub version: String,
    /// How they stand to it.
    pub state: ConsentState,
    /// When they said so last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<UnixMillis>,
    /// Whether a visit there cannot be entered without it.
    pub is_required: bool,
}

/// Answer of `consent.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Consents {
    /// One for each kind, as it holds in that jurisdiction.
    pub consents: Vec<ConsentCard>,
}

/// `consent.list`: how the caller, a patient, stands to each.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListConsents {
    /// Under which law; that of their profile when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
}

/// `consent.give`: the caller agrees to the version that they have read. Another one is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveConsent {
    /// To what.
    pub kind: ConsentKind,
    /// Under which law; empty where none is named.
    #[serde(default)]
    pub jurisdiction: String,
    /// Which version they have read.
    pub version: String,
}

/// `consent.withdraw`: the caller takes it back, from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawConsent {
    /// What.
    pub kind: ConsentKind,
    /// Under which law; empty where none is named.
    #[serde(default)]
    pub jurisdiction: String,
}

/// `record.export`: everything that is kept of the caller, a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportRecord {}

/// One line about who had to do with somebody's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccessLine {
    /// When.
    pub at: UnixMillis,
    /// Who, as the audit log names them: `person:…` or `participant:…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// In which role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// What they did.
    pub operation: String,
    /// How it ended: `begin`, `ok` or the code of a fault.
    pub phase: String,
}

/// Answer of `record.export`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordExport {
    /// A FHIR R4 bundle (`application/fhir+json`) as text: Patient, Appointment, Encounter, Communication, DocumentReference, and AuditEvent
    /// for who saw or changed the record.
    pub fhir: Phi<String>,
    /// Who had to do with it, the latest first.
    pub access: Vec<AccessLine>,
    /// Whether there was more than is in it: the oldest messages or lines are left out.
    pub is_cut: bool,
    /// When it was made.
    pub made_at: UnixMillis,
}

/// How much goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErasureScope {
    /// Everything about them, and their account.
    #[default]
    Everything,
    /// What was written and sent as files in their conversations. Account, appointments and profile stay.
    Conversations,
}

impl ErasureScope {
    // By reference, as serde asks it.
    fn is_everything(&self) -> bool {
        *self == ErasureScope::Everything
    }
}

/// `record.ask_erasure`: the caller, a patient, asks that everything about them goes, or their conversations alone. One of each may wait;
/// asking for the same again changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskErasure {
    /// How much; everything when absent. A hub of before knows nothing else, and refuses the other.
    #[serde(default, skip_serializing_if = "ErasureScope::is_everything")]
    pub scope: ErasureScope,
}

/// `record.read_erasure`: where the erasures stand that the caller, a patient, asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadOwnErasure {}

/// Answer of `record.read_erasure`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OwnErasure {
    /// That of everything. Absent when none waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erasure: Option<ErasureCard>,
    /// That of their conversations: the one that waits, else the last one that was carried out. Absent when they never asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversations: Option<ErasureCard>,
}

/// Where an erasure stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErasureState {
    /// It was asked for.
    Asked,
    /// It was carried out.
    Done,
}

/// One erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErasureCard {
    /// Which.
    pub erasure_id: ErasureId,
    /// Of whom.
    pub person_id: PersonId,
    /// How much goes. Everything when absent: a hub of before knows nothing else.
    #[serde(default)]
    pub scope: ErasureScope,
    /// When it was asked for.
    pub asked_at: UnixMillis,
    /// Where it stands.
    pub state: ErasureState,
    /// When it was carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at: Option<UnixMillis>,
    /// A legal hold stands against it now.
    pub is_held: bool,
    /// Before that the law wants the record kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<UnixMillis>,
    /// Conversations that would go now. Absent once it was carried out: its certificate says how many went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversations: Option<u32>,
    /// Conversations that stay, because their visit is to come or under way: now, or when it was carried out. Absent where everything goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<u32>,
}

/// Answer of `record.list_erasures`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Erasures {
    /// Those that wait first, the oldest before.
    pub erasures: Vec<ErasureCard>,
}

/// `record.list_erasures`: what was asked for and what was carried out, at most 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListErasures {}

/// `record.erase`: an administrator carries it out. There is no way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EraseRecord {
    /// Which.
    pub erasure_id: ErasureId,
}

/// `record.read_certificate`: that of an erasure that was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadCertificate {
    /// Which.
    pub erasure_id: ErasureId,
}

/// That an erasure was carried out, signed by the hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErasureCertificate {
    /// Which.
    pub erasure_id: ErasureId,
    /// What is certified: JSON, byte for byte as it was signed, without a name.
    pub text: String,
    /// Ed25519 over `bedside erasure certificate v1`, a line break, and the text; base64.
    pub signature: String,
    /// The key of the node that signed; base64.
    pub public_key: String,
}

/// Why somebody's record may not be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LegalHold {
    /// Which.
    pub hold_id: LegalHoldId,
    /// Whose record.
    pub person_id: PersonId,
    /// Why.
    pub reason: Phi<String>,
    /// Since when.
    pub set_at: UnixMillis,
    /// By whom.
    pub set_by: PersonId,
    /// Since when not any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifted_at: Option<UnixMillis>,
}

/// Answer of `record.list_holds`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LegalHolds {
    /// Those that stand first.
    pub holds: Vec<LegalHold>,
}

/// `record.list_holds`: legal holds, at most 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListLegalHolds {}

/// `record.hold`: nothing of this record may be erased until that is lifted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetLegalHold {
    /// Whose.
    pub person_id: PersonId,
    /// 1 to 500 characters.
    pub reason: Phi<String>,
}

/// `record.lift_hold`: it may be erased again, as far as this hold is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiftLegalHold {
    /// Which.
    pub hold_id: LegalHoldId,
    /// 1 to 500 characters.
    pub reason: Phi<String>,
}
