//! Signing in and out, in one step or two; proving it again; and join links.

use crate::protocol::factor::{
    FactorChallenge, PasskeyAssertion, PasskeyRequest, Proof, ProofKind,
};
use crate::protocol::ids::{AppointmentId, ParticipantId, SessionId};
use crate::protocol::person::{Me, Role};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `auth.sign_in`: opens a session, or, for an account with a second factor, asks for that. The refresh token comes in an
/// HttpOnly cookie of this session's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// Whatever its case.
    pub email: Phi<String>,
    /// Compared whole.
    pub password: Phi<String>,
    /// From the cookies of devices that are known; never in the body.
    #[serde(skip)]
    #[schemars(skip)]
    pub devices: Vec<Phi<String>>,
}

/// Answer of `auth.sign_in`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum SignInAnswer {
    /// A session is open: as [`SignedIn`].
    SignedIn {
        /// JWT (EdDSA) of 15 minutes.
        access_token: Phi<String>,
        /// When it ends.
        expires_at: UnixMillis,
        /// Who.
        me: Me,
        /// For the cookie; never in the body.
        #[serde(skip)]
        #[schemars(skip)]
        refresh_token: Phi<String>,
        /// For the cookie by which the device is known; never in the body.
        #[serde(skip)]
        #[schemars(skip)]
        device: Option<Phi<String>>,
    },
    /// The password is right, and no session is open: prove it by `auth.verify_factor`. As [`FactorChallenge`].
    FactorRequired {
        /// Goes back with the proof.
        challenge: Phi<String>,
        /// When it ends.
        expires_at: UnixMillis,
        /// What would prove it.
        methods: Vec<ProofKind>,
        /// For `navigator.credentials.get`, when there is a passkey.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        passkey: Option<PasskeyRequest>,
    },
}

impl From<SignedIn> for SignInAnswer {
    fn from(it: SignedIn) -> Self {
        let SignedIn { access_token, expires_at, me, refresh_token, device } = it;
        SignInAnswer::SignedIn { access_token, expires_at, me, refresh_token, device }
    }
}

impl From<FactorChallenge> for SignInAnswer {
    fn from(it: FactorChallenge) -> Self {
        let FactorChallenge { challenge, expires_at, methods, passkey } = it;
        SignInAnswer::FactorRequired { challenge, expires_at, methods, passkey }
    }
}

impl SignInAnswer {
    /// The session, or what is asked for it.
    ///
    /// # Errors
    /// What is asked.
    pub fn opened(self) -> Result<SignedIn, Box<FactorChallenge>> {
        match self {
            SignInAnswer::SignedIn { access_token, expires_at, me, refresh_token, device } => {
                Ok(SignedIn { access_token, expires_at, me, refresh_token, device })
            }
            SignInAnswer::FactorRequired { challenge, expires_at, methods, passkey } => {
                Err(Box::new(FactorChallenge { challenge, expires_at, methods, passkey }))
            }
        }
    }
}

/// `auth.verify_factor`: the second step of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyFactor {
    /// From `auth.sign_in`.
    pub challenge: Phi<String>,
    /// By one of its methods.
    pub proof: Proof,
}

/// `auth.begin_passkey`: signing in with a passkey and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginPasskeySignIn {}

/// What a passkey is to sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PasskeySignIn {
    /// Goes back with what was signed.
    pub challenge: Phi<String>,
    /// When it ends.
    pub expires_at: UnixMillis,
    /// For `navigator.credentials.get`.
    pub passkey: PasskeyRequest,
}

/// `auth.sign_in_passkey`: opens a session of whose passkey it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInPasskey {
    /// From `auth.begin_passkey`.
    pub challenge: Phi<String>,
    /// What was signed.
    pub assertion: PasskeyAssertion,
}

/// `auth.begin_step_up`: what would prove that it is still them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginStepUp {}

/// `auth.step_up`: proves it, for operations that ask for a proof of late (fault `step_up`). The session and its tokens go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepUp {
    /// From `auth.begin_step_up`.
    pub challenge: Phi<String>,
    /// By one of its methods.
    pub proof: Proof,
}

/// It is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SteppedUp {
    /// When.
    pub proved_at: UnixMillis,
}

/// `auth.change_password`: of the caller. Every other sign-in of theirs ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// At least 15 characters, or 8 with a second factor; at most 256. No rules beyond that it cannot be guessed easily.
    pub password: Phi<String>,
}

/// `auth.ask_reset`: a link to choose a new password, for who has forgotten theirs. The answer is the same whether there is such an
/// account or not; where there is, and it can sign in, the link comes by e-mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskReset {
    /// Whatever its case.
    pub email: Phi<String>,
}

/// `auth.reset_password`: chooses a password by a link that came by e-mail. Every sign-in of the account ends, and none begins. A link is good
/// once: whoever has not heard the answer signs in with what they chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetPassword {
    /// From the fragment of the link.
    pub link_token: Phi<String>,
    /// As of `auth.change_password`.
    pub password: Phi<String>,
}

/// `auth.refresh`: a new access token for a session. The refresh token travels in the cookie only, and rotates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// Which of the browser's sessions; names the cookie.
    pub session_id: SessionId,
    /// From the cookie; never in the body.
    #[serde(skip)]
    #[schemars(skip)]
    pub refresh_token: Phi<String>,
}

/// `auth.sign_out`: ends the session of the caller and closes its sockets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignOut {}

/// An open session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignedIn {
    /// JWT (EdDSA) of 15 minutes.
    pub access_token: Phi<String>,
    /// When it ends.
    pub expires_at: UnixMillis,
    /// Who.
    pub me: Me,
    /// For the cookie; never in the body.
    #[serde(skip)]
    #[schemars(skip)]
    pub refresh_token: Phi<String>,
    /// For the cookie by which the device is known; never in the body.
    #[serde(skip)]
    #[schemars(skip)]
    pub device: Option<Phi<String>>,
}

/// Done, nothing to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Done {}

/// `video.create_join_token`: a link into a visit for one participant, to be used once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateJoinToken {
    /// The visit.
    pub appointment_id: AppointmentId,
    /// For whom; the caller when absent. Only staff can ask for somebody else, and nobody else for the clinician.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant_id: Option<ParticipantId>,
}

/// A join link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JoinToken {
    /// 256 random bits, base64url. Belongs in the fragment of a URL, never in its path or query.
    pub join_token: Phi<String>,
    /// The link to open.
    pub url: Phi<String>,
    /// For whom.
    pub participant_id: ParticipantId,
    /// Their role.
    pub role: Role,
    /// When the link ends, used or not.
    pub expires_at: UnixMillis,
}

/// `video.create_session`: exchanges a join link, once, for a session that is good for this one visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateVideoSession {
    /// From the link.
    pub join_token: Phi<String>,
}

/// A session for one visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VideoSession {
    /// The room, which is the appointment.
    pub room_id: AppointmentId,
    /// Access token, JWT of 15 minutes, good for this visit only.
    pub token: Phi<String>,
    /// When it ends.
    pub expires_at: UnixMillis,
    /// Who.
    pub me: Me,
    /// STUN and TURN servers. Empty when the SFU is reached directly.
    pub ice_servers: Vec<IceServer>,
    /// For the cookie; never in the body.
    #[serde(skip)]
    #[schemars(skip)]
    pub refresh_token: Phi<String>,
}

/// As `RTCIceServer` of WebRTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IceServer {
    /// `stun:` or `turn:` URLs.
    pub urls: Vec<String>,
    /// For TURN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// For TURN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Phi<String>>,
}
