//! What is durable of people's keys, and of what they seal.
//!
//! Invariants: a person has one key, ever: one that was destroyed is not made again. Sealed fields are taken only for somebody who
//! has a key, and the revision that was sealed last is kept beside the key: a row that was put back to an earlier one is noticed.
//! Does not: seal, or know who may read.

use super::Stored;
use super::conversations::WrappedKey;
use super::said::{Opener, Said, SaidOf};
use super::schedule::PatientRecord;
use crate::protocol::ids::{ConversationId, PersonId};
use crate::protocol::time::UnixMillis;
use async_trait::async_trait;
use std::sync::Arc;
use uuid::Uuid;

/// The key of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectRecord {
    /// Sealed; `None` when it was destroyed.
    pub key: Option<WrappedKey>,
    /// Of the profile: the last revision that was sealed; 0 before the first.
    pub sealed_revision: u32,
    /// When it was destroyed.
    pub destroyed_at: Option<UnixMillis>,
}

/// How the sealed form of a data key begins that is bound to an organisation; as `crypto` writes it.
pub const BOUND: &str = "~2.";

impl WrappedKey {
    /// Whether it is bound to an organisation: whoever seals keys anew looks for those that are not.
    pub fn is_bound(&self) -> bool {
        self.sealed.starts_with(BOUND)
    }

    /// Whether it is to be sealed anew, when that key of the node is the current one.
    pub fn is_of_before(&self, current: &str) -> bool {
        self.key_id != current || !self.is_bound()
    }
}

/// Whose a data key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOwner {
    /// A conversation's.
    Conversation(ConversationId),
    /// A person's.
    Person(PersonId),
}

/// Keys of people, and what they seal.
#[async_trait]
pub trait Subjects {
    /// The key of somebody; `None` when they never had one.
    async fn subject(&self, id: PersonId) -> Stored<Option<SubjectRecord>>;
    /// A first key. `Conflict(Stale)` for who has or had one, `Conflict(Missing)` without such an account.
    async fn open_subject(&self, id: PersonId, key: WrappedKey, at: UnixMillis) -> Stored<()>;
    /// What a patient told, and their key, as both are at one moment. `None` when there is no such account of a patient.
    async fn patient_with_key(
        &self,
        id: PersonId,
    ) -> Stored<Option<(PatientRecord, Option<SubjectRecord>)>>;
    /// Profiles that a program saved that seals no fields, whenever that was: their revision is above the one that was sealed last. At most `limit`, by id, those after `after`.
    async fn unsealed_patients(
        &self,
        after: Option<PersonId>,
        limit: u32,
    ) -> Stored<Vec<PatientRecord>>;
    /// The same revision of a profile, sealed. `Conflict(Stale)` when there is a later one, or one was sealed; `Conflict(Missing)` without a key.
    async fn seal_patient(&self, record: PatientRecord) -> Stored<()>;
    /// Keys that are sealed by another key of the node than `key_id`, or bound to no organisation, at most `limit`, by id, those after `after`.
    async fn subjects_sealed_otherwise(
        &self,
        key_id: &str,
        after: Option<PersonId>,
        limit: u32,
    ) -> Stored<Vec<(PersonId, WrappedKey)>>;
    /// How many keys of people each key of the node seals; `None`: how many were destroyed.
    async fn subject_counts(&self) -> Stored<Vec<(Option<String>, u64)>>;
    /// How many keys of people and conversations are bound to no organisation.
    async fn unbound_keys(&self) -> Stored<u64>;
    /// A key sealed anew. `Conflict(Stale)` when it is no longer `before`.
    async fn rewrap_subject(
        &self,
        id: PersonId,
        before: WrappedKey,
        after: WrappedKey,
    ) -> Stored<()>;
    /// Whoever opens what was said, from now on.
    fn opened_by(&self, _opener: Arc<dyn Opener>) {}
    /// Words that a program wrote that seals none, at most `limit`, by row, those after `after`.
    async fn words_of_before(
        &self,
        at: Said,
        after: Option<Uuid>,
        limit: u32,
    ) -> Stored<Vec<SaidOf>>;
    /// The same words, sealed. `Conflict(Stale)` when they are others by now, or gone.
    async fn seal_words(&self, before: SaidOf, sealed: String) -> Stored<()>;
    /// What rows held before they were sealed goes from the database's files, as far as the database can do that.
    async fn wipe_what_was_sealed(&self) -> Stored<()>;
    /// Some data keys that a key of the node seals, at most `limit` of people and `limit` of conversations: to see whether that key is
    /// the one that it should be.
    async fn sample_keys(&self, key_id: &str, limit: u32) -> Stored<Vec<(KeyOwner, WrappedKey)>>;
}
