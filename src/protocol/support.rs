//! What support sees: accounts and whether they can sign in, how messages went, how the node is. Nothing of anybody's care.

use crate::protocol::ids::PersonId;
use crate::protocol::notice::{NoticeChannel, NoticeMatter};
use crate::protocol::person::{PersonStatus, Role};
use crate::protocol::phi::Phi;
use crate::protocol::session::SessionCard;
use crate::protocol::time::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `support.list_people`: accounts, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSupported {
    /// Only this role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

/// An account as support sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SupportedPerson {
    /// Id.
    pub person_id: PersonId,
    /// Name as it is shown to others.
    pub display_name: Phi<String>,
    /// Role.
    pub role: Role,
    /// Whether they can sign in; why not is told to administrators.
    pub status: PersonStatus,
    /// When the account was made.
    pub created_at: UnixMillis,
}

/// Answer of `support.list_people`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SupportedPeople {
    /// At most 500.
    pub people: Vec<SupportedPerson>,
}

/// `support.read_sign_in`: whether and where somebody is signed in, and by what they could be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadSignInState {
    /// Whose.
    pub person_id: PersonId,
}

/// Answer of `support.read_sign_in`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignInState {
    /// Whose.
    pub person_id: PersonId,
    /// Second factors that are confirmed.
    pub factors: u32,
    /// Recovery codes that are left.
    pub recovery_codes: u32,
    /// Open sign-ins, newest first, at most 100; for which visit a link was is not said.
    pub sessions: Vec<SessionCard>,
}

/// Where a message to somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeProgress {
    /// To be sent.
    Pending,
    /// Sent.
    Sent,
    /// Not to be sent any more.
    Skipped,
    /// Given up.
    Dead,
}

/// `support.list_notices`: how messages to somebody went, the latest first, at most 200. Neither their texts nor which appointment they are about, nor when that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSentNotices {
    /// To whom.
    pub person_id: PersonId,
}

/// How one message went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SentNotice {
    /// About what.
    pub matter: NoticeMatter,
    /// How.
    pub channel: NoticeChannel,
    /// Where it is.
    pub state: NoticeProgress,
    /// Tries.
    pub attempts: u32,
    /// Why it was not sent, a word without any value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// When it was settled; not said of those about appointments: reminders are sent a fixed time before they begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<UnixMillis>,
}

/// Answer of `support.list_notices`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SentNotices {
    /// See the operation.
    pub notices: Vec<SentNotice>,
}

/// `node.read_state`: how the node is that answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadNodeState {}

/// A part of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NodePart {
    /// Which.
    pub name: String,
    /// Whether it answers.
    pub answers: bool,
    /// Whether the node takes no traffic without it.
    pub is_needed: bool,
}

/// Answer of `node.read_state`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NodeState {
    /// Its name.
    pub node: String,
    /// Its version.
    pub version: String,
    /// Its parts.
    pub parts: Vec<NodePart>,
    /// Messages to people that are due.
    pub notices_due: u32,
    /// Messages to people that were given up.
    pub notices_dead: u32,
}
