//! What is durable of second factors: secrets that come sealed, what was used of them, and the challenges that were spent.
//!
//! Invariants: a code, a count and a challenge are used once, whoever asks and on whichever node: the statement that takes one
//! compares it first. A secret comes and goes sealed; a recovery code is a hash. Does not: compare a code.

use super::{SessionRecord, Stored};
use crate::protocol::factor::ProofKind;
use crate::protocol::ids::{FactorId, PersonId, SessionId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use async_trait::async_trait;
use uuid::Uuid;

/// A second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactorRecord {
    /// Id.
    pub factor_id: FactorId,
    /// Whose.
    pub person_id: PersonId,
    /// An app or a passkey.
    pub kind: ProofKind,
    /// What its owner calls it.
    pub name: Phi<String>,
    /// The secret of an app, sealed, or the public key of a passkey.
    pub secret: String,
    /// Of a passkey: by which it is found.
    pub credential_id: Option<Vec<u8>>,
    /// What was used last: the time step of an app's code, or the count that a passkey keeps.
    pub counter: i64,
    /// When it was begun.
    pub created_at: UnixMillis,
    /// Since when it counts.
    pub confirmed_at: Option<UnixMillis>,
    /// When it last proved something.
    pub last_used_at: Option<UnixMillis>,
}

/// A factor that counts from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// Hashes of the recovery codes that come with it if it is the first.
    pub codes: Vec<Vec<u8>>,
    /// The session that it was done in: it is proven, and no longer one that can only enrol.
    pub session_id: SessionId,
    /// When.
    pub at: UnixMillis,
}

/// What became of a factor that was to count. Judged while nobody else changes the factors of that account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Enrolment {
    /// It is the first of its account: recovery codes came with it, and the other sessions have ended. Whoever opened one
    /// had shown a password and nothing more.
    First(Vec<SessionRecord>),
    /// It is one more.
    More,
    /// There is none such that was begun.
    Missing,
    /// The session has ended, or it can only enrol and somebody else has enrolled before.
    TooLate,
}

/// What became of a factor that was to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// It is gone.
    Done,
    /// There is none such.
    Missing,
    /// It is the last one, and its owner must have one.
    Last,
    /// It is the last one, and the password is too short without it.
    ShortPassword,
}

/// Second factors.
#[async_trait]
pub trait Factors {
    /// Those of somebody, begun ones too, oldest first.
    async fn factors(&self, person: PersonId) -> Stored<Vec<FactorRecord>>;
    /// The passkey of that id.
    async fn factor_of_credential(&self, credential_id: &[u8]) -> Stored<Option<FactorRecord>>;
    /// Begins one that counts from its confirmation on; others that were begun are forgotten. `Conflict(Full | Missing)`.
    async fn begin_factor(&self, factor: FactorRecord) -> Stored<()>;
    /// One that was begun counts from now on, and its first counter is used.
    async fn confirm_factor(&self, id: FactorId, counter: i64, with: Enrolled)
    -> Stored<Enrolment>;
    /// One that counts at once. `Conflict(Full | Missing | Stale)`; stale: that passkey is known.
    async fn add_factor(&self, factor: FactorRecord, with: Enrolled) -> Stored<Enrolment>;
    /// Uses a counter: false when it was used, or a later one. A passkey that keeps no count says zero each time.
    async fn use_factor(&self, id: FactorId, counter: i64, now: UnixMillis) -> Stored<bool>;
    /// Removes one of somebody, and the recovery codes with the last.
    async fn remove_factor(
        &self,
        person: PersonId,
        id: FactorId,
        must_have: bool,
    ) -> Stored<Removal>;
    /// Removes all of somebody and their recovery codes, and ends their sessions; which they were. `Conflict(Missing)`.
    async fn reset_factors(&self, person: PersonId, now: UnixMillis) -> Stored<Vec<SessionRecord>>;
    /// Recovery codes that were not used.
    async fn recovery_left(&self, person: PersonId) -> Stored<u32>;
    /// Uses a recovery code: false when there is none such.
    async fn use_recovery(&self, person: PersonId, hash: &[u8]) -> Stored<bool>;
    /// New recovery codes in place of those there are.
    async fn replace_recovery(&self, person: PersonId, codes: Vec<Vec<u8>>) -> Stored<()>;
    /// Spends a challenge: false when it was spent before.
    async fn spend_challenge(&self, id: Uuid, expires_at: UnixMillis) -> Stored<bool>;
    /// Deletes at most `most` spent challenges that had ended before; how many.
    async fn forget_challenges(&self, before: UnixMillis, most: u32) -> Stored<u32>;
}
