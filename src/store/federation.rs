//! What is durable of sign-ins by an OpenID provider: which identity is whose, which session came from which, and logouts that the
//! provider told of.
//!
//! Invariants: an identity (issuer and subject) belongs to one account, and an account has one of each issuer. A session that a provider opened
//! is saved with where it came from, and not after the provider has ended it. A logout is taken once, in the transaction that
//! ends its sessions. Does not: believe anybody; what comes here was checked.

use super::{SessionRecord, Stored};
use crate::protocol::ids::{IdentityId, PersonId, SessionId};
use crate::protocol::time::UnixMillis;
use async_trait::async_trait;

/// An identity at a provider that signs an account in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalIdentity {
    /// Id.
    pub identity_id: IdentityId,
    /// Whose.
    pub person_id: PersonId,
    /// The provider, as it names itself.
    pub issuer: String,
    /// Who, as the provider names them.
    pub subject: String,
    /// When it was linked.
    pub linked_at: UnixMillis,
    /// When it last signed them in.
    pub last_used_at: Option<UnixMillis>,
}

/// By which identity a session is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The provider, as it names itself.
    pub issuer: String,
    /// Who, as the provider names them.
    pub subject: String,
    /// The provider's own session, when it has said one.
    pub sid: Option<String>,
    /// When the provider said so: what it has ended since then is not opened.
    pub said_at: UnixMillis,
    /// Links the identity to the account if it is nobody's.
    pub link: Option<IdentityId>,
}

/// What became of an identity that was to be linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Linking {
    /// It is the account's, of now or of before.
    Done(ExternalIdentity),
    /// It is another account's.
    Taken,
    /// The account has another identity of that provider.
    HasOne,
    /// The session in which it was asked has ended.
    Ended,
}

/// A logout that a provider told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderLogout {
    /// The provider, as it names itself.
    pub issuer: String,
    /// Name of the token.
    pub jti: String,
    /// Who, as the provider names them.
    pub subject: Option<String>,
    /// The provider's own session; without one all of the subject.
    pub sid: Option<String>,
    /// When.
    pub at: UnixMillis,
    /// When the token has ended for certain.
    pub expires_at: UnixMillis,
}

impl ProviderLogout {
    /// Whether it ends what came from there.
    #[must_use]
    pub fn ends(&self, issuer: &str, subject: &str, sid: Option<&str>) -> bool {
        let is_theirs = self.subject.as_deref().is_none_or(|it| it == subject);
        let is_that = self.sid.as_deref().is_none_or(|it| sid == Some(it));
        let says_which = self.subject.is_some() || self.sid.is_some();
        self.issuer == issuer && says_which && is_theirs && is_that
    }
}

/// Identities, origins and logouts.
#[async_trait]
pub trait Federation {
    /// The identity of that name.
    async fn identity(&self, issuer: &str, subject: &str) -> Stored<Option<ExternalIdentity>>;
    /// Those of somebody, oldest first.
    async fn identities_of(&self, person: PersonId) -> Stored<Vec<ExternalIdentity>>;
    /// Links one, in a session of its account that has not ended.
    async fn link_identity(&self, new: ExternalIdentity, within: SessionId) -> Stored<Linking>;
    /// Unlinks one of somebody, and ends the sessions that it has opened, but for one; which they were. Nothing when there is
    /// none such.
    async fn unlink_identity(
        &self,
        person: PersonId,
        id: IdentityId,
        but: SessionId,
        now: UnixMillis,
    ) -> Stored<Option<Vec<SessionRecord>>>;
    /// Opens a session of whose identity it is: false when it is not the account's, or the provider has ended it meanwhile.
    async fn open_session_from(&self, session: SessionRecord, origin: Origin) -> Stored<bool>;
    /// Ends the sessions that a provider has ended; which they were. Nothing when that was told before.
    async fn end_by_provider(&self, told: ProviderLogout) -> Stored<Option<Vec<SessionRecord>>>;
    /// Deletes at most `most` logouts whose tokens had ended before; how many.
    async fn forget_logouts(&self, before: UnixMillis, most: u32) -> Stored<u32>;
}
