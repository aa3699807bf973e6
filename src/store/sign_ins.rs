//! What is durable of sign-ins beside their tokens: when they were used and proven, who has failed how often, and passwords that
//! are changed.
//!
//! Invariant: a try is counted before the secret is looked at, in the transaction that says whether it may be looked at: of many
//! at once no more get through than the rule lets. Does not: know a rule (`domain::identity`) or compare a secret.

use super::outbox::Announcement;
use super::{SessionRecord, Stored};
use crate::domain::identity::Backoff;
use crate::protocol::ids::{PersonId, SessionId};
use crate::protocol::phi::Phi;
use crate::protocol::session::ClientKind;
use crate::protocol::time::UnixMillis;
use async_trait::async_trait;
use links::PasswordLinks;
use std::time::Duration;

pub mod links;

/// What a session is beside its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionAbout {
    /// With what.
    pub client: ClientKind,
    /// When it was last used, to about a minute.
    pub last_used_at: UnixMillis,
    /// When its owner last proved that it is them; never in a session of a join link.
    pub proved_at: Option<UnixMillis>,
    /// It can only enrol a second factor.
    pub is_limited: bool,
}

impl SessionAbout {
    /// Of a sign-in at that moment, by an unknown client.
    #[must_use]
    pub fn proven(at: UnixMillis) -> Self {
        SessionAbout {
            client: ClientKind::default(),
            last_used_at: at,
            proved_at: Some(at),
            is_limited: false,
        }
    }
}

/// A try that is to be counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Try {
    /// What is tried, from where: a word that says nothing of either.
    pub key: String,
    /// How it is slowed down.
    pub rule: Backoff,
}

/// A password that is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPassword {
    /// Whose.
    pub person_id: PersonId,
    /// PHC string.
    pub hash: Phi<String>,
    /// Too short to be the only factor.
    pub is_short: bool,
    /// Every other sign-in of theirs ends.
    pub but: SessionId,
    /// When.
    pub at: UnixMillis,
    /// Saved with it.
    pub notices: Vec<Announcement>,
}

/// Sign-ins.
#[async_trait]
pub trait SignIns: PasswordLinks {
    /// Counts tries that may come now: nothing, or how long the longest of them has to wait; then none is counted.
    async fn attempt(&self, tries: &[Try], now: UnixMillis) -> Stored<Option<Duration>>;
    /// What was tried was right: all failures of some count no more, and one of others.
    async fn forgive(&self, wholly: &[String], once: &[String]) -> Stored<()>;
    /// Deletes at most `most` failures of before; how many.
    async fn forget_failures(&self, before: UnixMillis, most: u32) -> Stored<u32>;
    /// Open sessions of somebody, newest first.
    async fn sessions_of(
        &self,
        person: PersonId,
        now: UnixMillis,
        limit: u32,
    ) -> Stored<Vec<SessionRecord>>;
    /// Ends the open sessions of somebody, but for one; which they were.
    async fn end_sessions_of(
        &self,
        person: PersonId,
        but: Option<SessionId>,
        now: UnixMillis,
    ) -> Stored<Vec<SessionRecord>>;
    /// Sessions that were ended since then, at most `limit`.
    async fn sessions_ended_since(
        &self,
        since: UnixMillis,
        limit: u32,
    ) -> Stored<Vec<SessionRecord>>;
    /// They were used then, or later.
    async fn touch_sessions(&self, used: &[(SessionId, UnixMillis)]) -> Stored<()>;
    /// Its owner has proven that it is them.
    async fn prove_session(&self, id: SessionId, now: UnixMillis) -> Stored<()>;
    /// Changes a password, and ends the other sessions and whatever link would set another; which sessions they were. Nothing when the one that it is changed in has
    /// ended. `Conflict(Missing | Stale)`; stale: it is short, and the factor beside it is gone.
    async fn change_password(&self, new: NewPassword) -> Stored<Option<Vec<SessionRecord>>>;
    /// Whether somebody's password is too short to be the only factor.
    async fn has_short_password(&self, person: PersonId) -> Stored<bool>;
}
