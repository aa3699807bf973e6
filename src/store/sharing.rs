//! What is durable of who may see what: what patients share, how clinicians stand to them, and records that were opened in an
//! emergency.
//!
//! Invariants: a version of what is shared is never changed, and the last one holds. With a new one the owners of the patient's
//! conversations are fenced, so that nobody goes on who has read the one before. What is told of an emergency is saved with it.
//! Does not: know who may see what (`domain::policy`).

use super::outbox::Announcement;
use super::{Answered, Stored};
use crate::protocol::emergency::{EmergencyReason, EmergencyVerdict};
use crate::protocol::ids::{ConversationId, GrantId, OrganisationId, PersonId};
use crate::protocol::phi::Phi;
use crate::protocol::sharing::Sharing;
use crate::protocol::time::UnixMillis;
use async_trait::async_trait;
use std::time::Duration;

/// A version of what a patient shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharingRecord {
    /// Whose.
    pub person_id: PersonId,
    /// From 1, without a gap.
    pub revision: u32,
    /// What.
    pub sharing: Sharing,
    /// Since when.
    pub at: UnixMillis,
}

/// How a clinician stands to a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RelationRecord {
    /// When the last of their appointments ends, or has ended, that the patient took part in making: they or the clinic agreed on it, or
    /// they came and the two were together. Neither cancelled nor missed.
    pub last_visit_ends: Option<UnixMillis>,
    /// The same of those that the clinician made alone.
    pub last_arranged_ends: Option<UnixMillis>,
    /// The clinician is in a conversation of the patient.
    pub is_member: bool,
}

/// Whose conversation it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartiesRecord {
    /// Whose.
    pub patient_id: PersonId,
    /// With whom it was opened.
    pub clinician_id: PersonId,
    /// What the patient shares; absent when they never said.
    pub sharing: Option<Sharing>,
}

/// A record that was opened in an emergency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRecord {
    /// Which.
    pub grant_id: GrantId,
    /// Whose record.
    pub patient_id: PersonId,
    /// Who opened it.
    pub clinician_id: PersonId,
    /// Why.
    pub reason: EmergencyReason,
    /// In their words.
    pub text: Phi<String>,
    /// Since when.
    pub opened_at: UnixMillis,
    /// Until when.
    pub ends_at: UnixMillis,
    /// What was found.
    pub review: Option<ReviewRecord>,
}

/// What was found when an emergency was looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewRecord {
    /// By whom.
    pub by: PersonId,
    /// When.
    pub at: UnixMillis,
    /// What.
    pub verdict: EmergencyVerdict,
    /// In their words.
    pub note: Phi<String>,
}

/// How many emergencies one clinician may open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// So many.
    pub most: u32,
    /// Within.
    pub within: Duration,
}

/// Who may see what.
#[async_trait]
pub trait Shares {
    /// What a patient shares now; `None` when they never said.
    async fn sharing(&self, of: PersonId) -> Stored<Option<SharingRecord>>;
    /// Every version, the latest first, at most `limit`.
    async fn sharing_versions(&self, of: PersonId, limit: u32) -> Stored<Vec<SharingRecord>>;
    /// One more version; the owners of the patient's conversations are fenced with it, and which those are is returned.
    /// `Conflict(Stale)` unless it follows the last one, `Conflict(Missing | KeyUsed)`.
    async fn save_sharing(
        &self,
        it: SharingRecord,
        answered: Option<Answered>,
    ) -> Stored<Vec<ConversationId>>;
    /// How a clinician stands to a patient.
    async fn relation(&self, patient: PersonId, clinician: PersonId) -> Stored<RelationRecord>;
    /// Whose conversations these are; those that there are.
    async fn parties(&self, ids: &[ConversationId])
    -> Stored<Vec<(ConversationId, PartiesRecord)>>;
}

/// Records that are opened in emergencies.
#[async_trait]
pub trait Emergencies {
    /// Opens one, and saves what is told of it. One of the same two that is open at that moment is returned instead, and nothing is
    /// told. `Conflict(Full)` when the clinician has opened as many as they may; counted under the lock of their account.
    /// `Conflict(Missing)` also of a patient who was erased.
    async fn open_grant(
        &self,
        grant: GrantRecord,
        quota: Quota,
        notices: Vec<Announcement>,
    ) -> Stored<GrantRecord>;
    /// The one by which a clinician may read a patient's record at that moment.
    async fn grant_at(
        &self,
        patient: PersonId,
        clinician: PersonId,
        at: UnixMillis,
    ) -> Stored<Option<GrantRecord>>;
    /// Those that a clinician has open at that moment, the latest first.
    async fn open_grants(&self, clinician: PersonId, at: UnixMillis) -> Stored<Vec<GrantRecord>>;
    /// Those of an organisation that wait to be looked into, the oldest first, then those that were, the latest first; at most `limit`
    /// of each.
    async fn grants(&self, of: OrganisationId, limit: u32) -> Stored<Vec<GrantRecord>>;
    /// One.
    async fn grant(&self, id: GrantId) -> Stored<Option<GrantRecord>>;
    /// What was found. `Conflict(Missing)` when there is none such; `Conflict(Stale)` when it was looked into before, or opened by
    /// who says so. `Conflict(KeyUsed)`.
    async fn review_grant(
        &self,
        id: GrantId,
        review: ReviewRecord,
        answered: Option<Answered>,
    ) -> Stored<()>;
}
