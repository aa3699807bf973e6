//! Signing in and out, and join links.

use crate::protocol::ids::{AppointmentId, ParticipantId, SessionId};
use crate::protocol::person::{Me, Role};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `auth.sign_in`: opens a session. Over REST the refresh token comes in an HttpOnly cookie of this session's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// Whatever its case.
    pub email: Phi<String>,
    /// Compared whole.
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
