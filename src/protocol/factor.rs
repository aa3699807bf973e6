//! Second factors: codes of an authenticator app, passkeys, recovery codes; and how somebody proves that it is them.
//!
//! Bytes of WebAuthn are base64url without padding, as browsers give them.

use crate::protocol::ids::{FactorId, PersonId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of proof.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ProofKind {
    /// A code of an authenticator app.
    Totp,
    /// A passkey.
    Passkey,
    /// One of the recovery codes.
    Recovery,
    /// The password; only where there is no second factor.
    Password,
}

/// A proof that it is them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Proof {
    /// The code that the app shows. Good once.
    Totp {
        /// Six digits; blanks do not count.
        code: Phi<String>,
    },
    /// Signed by a passkey.
    Passkey {
        /// What it signed.
        assertion: PasskeyAssertion,
    },
    /// A recovery code. Good once.
    Recovery {
        /// Sixteen letters; case, blanks and hyphens do not count.
        code: Phi<String>,
    },
    /// The password; only where there is no second factor.
    Password {
        /// Compared whole.
        password: Phi<String>,
    },
}

/// Something that is to be proven, within some minutes and once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FactorChallenge {
    /// Goes back with the proof. Sealed: it says nothing, and opens nothing by itself.
    pub challenge: Phi<String>,
    /// When it ends.
    pub expires_at: UnixMillis,
    /// What would prove it.
    pub methods: Vec<ProofKind>,
    /// For `navigator.credentials.get`, when there is a passkey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passkey: Option<PasskeyRequest>,
}

/// What a passkey is asked to sign (`PublicKeyCredentialRequestOptions`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PasskeyRequest {
    /// Bytes to sign, base64url.
    pub challenge: Phi<String>,
    /// The host name that the passkey belongs to.
    pub rp_id: String,
    /// Passkeys that may answer, base64url; any of this host when empty.
    pub allow: Vec<String>,
    /// Whether the device must check who holds it.
    pub must_verify_user: bool,
    /// Milliseconds until it is too late.
    pub timeout_ms: u32,
}

/// What a passkey signed (`AuthenticatorAssertionResponse`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyAssertion {
    /// Which passkey: `rawId`.
    pub credential_id: Phi<String>,
    /// `clientDataJSON`.
    pub client_data: Phi<String>,
    /// `authenticatorData`.
    pub authenticator_data: Phi<String>,
    /// `signature`.
    pub signature: Phi<String>,
}

/// What a new passkey is made for (`PublicKeyCredentialCreationOptions`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PasskeyCreation {
    /// Bytes to sign, base64url.
    pub challenge: Phi<String>,
    /// The host name that it will belong to.
    pub rp_id: String,
    /// Shown when it is made.
    pub rp_name: String,
    /// The account, base64url.
    pub user_id: Phi<String>,
    /// The account's e-mail address.
    pub user_name: Phi<String>,
    /// The account's name.
    pub user_display_name: Phi<String>,
    /// COSE numbers of algorithms, best first.
    pub algorithms: Vec<i32>,
    /// Passkeys that the account has, base64url: a device that has one of them makes no second one.
    pub exclude: Vec<String>,
    /// Milliseconds until it is too late.
    pub timeout_ms: u32,
}

/// A new passkey (`AuthenticatorAttestationResponse`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyAttestation {
    /// `clientDataJSON`.
    pub client_data: Phi<String>,
    /// `attestationObject`.
    pub attestation_object: Phi<String>,
}

/// A factor of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Factor {
    /// Which.
    pub factor_id: FactorId,
    /// An app or a passkey.
    pub kind: ProofKind,
    /// What its owner calls it.
    pub name: Phi<String>,
    /// Since when.
    pub created_at: UnixMillis,
    /// When it last proved something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<UnixMillis>,
}

/// `factor.list`: the second factors of the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListFactors {}

/// Answer of `factor.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Factors {
    /// Oldest first.
    pub factors: Vec<Factor>,
    /// Recovery codes that were not used yet.
    pub recovery_codes_left: u32,
    /// Whether the role must have a factor.
    pub is_required: bool,
}

/// `factor.begin_totp`: a secret for an authenticator app. It counts from its confirmation on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginTotp {
    /// What the owner calls it, 1 to 60 characters.
    pub name: Phi<String>,
}

/// A secret to be put into an app. Told once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TotpSecret {
    /// The factor that it will be.
    pub factor_id: FactorId,
    /// Base32, to be typed.
    pub secret: Phi<String>,
    /// `otpauth://`, to be shown as a QR code.
    pub url: Phi<String>,
    /// Until when it can be confirmed.
    pub expires_at: UnixMillis,
}

/// `factor.confirm_totp`: the app shows a code of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmTotp {
    /// Which was begun.
    pub factor_id: FactorId,
    /// Six digits.
    pub code: Phi<String>,
}

/// A factor that counts from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FactorAdded {
    /// It.
    pub factor: Factor,
    /// With the first factor: recovery codes. Told once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recovery_codes: Vec<Phi<String>>,
}

/// `factor.begin_passkey`: what a new passkey is to be made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginPasskey {}

/// A passkey to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PasskeyBegun {
    /// Goes back with the passkey.
    pub challenge: Phi<String>,
    /// When it ends.
    pub expires_at: UnixMillis,
    /// For `navigator.credentials.create`.
    pub passkey: PasskeyCreation,
}

/// `factor.add_passkey`: the passkey that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddPasskey {
    /// From `factor.begin_passkey`.
    pub challenge: Phi<String>,
    /// What the owner calls it, 1 to 60 characters.
    pub name: Phi<String>,
    /// It.
    pub passkey: PasskeyAttestation,
}

/// `factor.remove`: a factor counts no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveFactor {
    /// Which of the caller's.
    pub factor_id: FactorId,
}

/// `factor.renew_recovery`: new recovery codes; older ones count no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RenewRecovery {}

/// New recovery codes. Told once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecoveryCodes {
    /// Ten, each good once.
    pub recovery_codes: Vec<Phi<String>>,
}

/// `person.reset_factors`: an account loses its factors, its identities at providers and its sign-ins, because its owner has lost
/// the device. They sign in with their password and enrol again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetFactors {
    /// Whose.
    pub person_id: PersonId,
}
