//! What is durable of people's rights in their record: consents, legal holds, erasures; and who had to do with it.
//!
//! Invariants: a consent is a row each time somebody agrees or takes it back, and none is changed. Nobody is erased while a legal hold
//! stands, looked at in every transaction that destroys something; what the last of them destroys is destroyed together, and the certificate with it.
//! Does not: sign, or know what the law wants.

use super::{Answered, AuditRecordRead, Stored};
use crate::domain::consent::Said;
use crate::protocol::ids::{
    ConversationId, ErasureId, LegalHoldId, OrganisationId, PersonId, SessionId,
};
use crate::protocol::phi::Phi;
use crate::protocol::record::{ConsentKind, ErasureScope};
use crate::protocol::time::UnixMillis;
use async_trait::async_trait;
use uuid::Uuid;

/// What somebody is called who was erased.
pub const ERASED_NAME: &str = "Erased";
/// How the address of somebody ends who was erased.
pub const ERASED_DOMAIN: &str = "@erased.invalid";
/// Consents of one person that are read: the latest.
pub const MAX_CONSENTS: u32 = 500;

/// Somebody agreed, or took it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentRecord {
    /// Row.
    pub consent_id: Uuid,
    /// Who.
    pub person_id: PersonId,
    /// To what.
    pub kind: ConsentKind,
    /// Under which law; empty where none is named.
    pub jurisdiction: String,
    /// Version of the text.
    pub version: String,
    /// Given, or taken back.
    pub is_given: bool,
    /// When.
    pub at: UnixMillis,
}

impl ConsentRecord {
    /// As the rule of consents takes it.
    pub fn said(&self) -> Said<'_> {
        Said {
            kind: self.kind,
            jurisdiction: &self.jurisdiction,
            version: &self.version,
            is_given: self.is_given,
            at: self.at,
        }
    }
}

/// A legal hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalHoldRecord {
    /// Which.
    pub hold_id: LegalHoldId,
    /// Whose record.
    pub person_id: PersonId,
    /// Why.
    pub reason: Phi<String>,
    /// By whom.
    pub set_by: PersonId,
    /// When.
    pub set_at: UnixMillis,
    /// When it was lifted.
    pub lifted_at: Option<UnixMillis>,
}

/// Somebody lifts a legal hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lift {
    /// Which.
    pub hold_id: LegalHoldId,
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: UnixMillis,
    /// Why.
    pub reason: Phi<String>,
}

/// What was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRecord {
    /// As it was signed.
    pub text: String,
    /// Base64.
    pub signature: String,
    /// Base64.
    pub public_key: String,
}

/// An erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasureRecord {
    /// Which.
    pub erasure_id: ErasureId,
    /// Of whom.
    pub person_id: PersonId,
    /// How much goes.
    pub scope: ErasureScope,
    /// When it was asked for.
    pub asked_at: UnixMillis,
    /// When it was carried out, and what says so.
    pub done: Option<(UnixMillis, CertificateRecord)>,
    /// Of conversations, once it was carried out: how many stayed for a visit to come or under way.
    pub left_out: Option<u32>,
}

/// An erasure is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erase {
    /// Which.
    pub erasure_id: ErasureId,
    /// Of whom.
    pub person_id: PersonId,
    /// By whom.
    pub by: PersonId,
    /// When.
    pub at: UnixMillis,
    /// What says so.
    pub certificate: CertificateRecord,
}

/// The conversations of somebody are erased, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EraseTalks {
    /// Which, by whom, and what says so.
    pub erase: Erase,
    /// What stays: see [`TalksOf::but_after`].
    pub but_after: UnixMillis,
    /// How many stay, as the certificate has it.
    pub left_out: u32,
}

/// Which conversations of a patient, those that they have left among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TalksOf {
    /// Whose.
    pub patient: PersonId,
    /// But for those of a visit that was not closed and ends at that time or later.
    pub but_after: Option<UnixMillis>,
}

impl TalksOf {
    /// All of them.
    pub fn all(patient: PersonId) -> TalksOf {
        TalksOf { patient, but_after: None }
    }
}

/// How many conversations a patient has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TalkCounts {
    /// Of those that are meant, with their key.
    pub standing: u32,
    /// Left out, with their key.
    pub left_out: u32,
    /// Without a key, whenever it was destroyed.
    pub destroyed: u32,
}

/// An address that nobody has, so that the one of before is free again.
pub fn erased_email(id: PersonId) -> String {
    format!("{}{ERASED_DOMAIN}", id.0.simple())
}

/// Which legal holds to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldsOf {
    /// Those of one record.
    Person(PersonId),
    /// Those of all records of an organisation.
    Organisation(OrganisationId),
}

/// Rights in a record.
#[async_trait]
pub trait RecordRights {
    /// What somebody agreed to and took back, the latest first, at most [`MAX_CONSENTS`].
    async fn consents(&self, of: PersonId) -> Stored<Vec<ConsentRecord>>;
    /// One more. `Conflict(Missing | KeyUsed)`.
    async fn save_consent(&self, it: ConsentRecord, answered: Option<Answered>) -> Stored<()>;
    /// Legal holds, those that stand first, the latest before.
    async fn legal_holds(&self, of: HoldsOf, limit: u32) -> Stored<Vec<LegalHoldRecord>>;
    /// One more. `Conflict(Missing | KeyUsed)`.
    async fn set_legal_hold(&self, it: LegalHoldRecord, answered: Option<Answered>) -> Stored<()>;
    /// It stands no more. `Conflict(Missing)` when it does not stand, `Conflict(KeyUsed)`.
    async fn lift_legal_hold(&self, lift: Lift, answered: Option<Answered>) -> Stored<()>;
    /// Asks for an erasure; the one of that scope that waits, when there is one. `Conflict(Missing)` without such an account.
    async fn ask_erasure(&self, it: ErasureRecord) -> Stored<ErasureRecord>;
    /// Of an organisation: those that wait first, the oldest before; then those that are done, the latest before.
    async fn erasures(&self, of: OrganisationId, limit: u32) -> Stored<Vec<ErasureRecord>>;
    /// The one of that scope that somebody asked for and that was not carried out, else the last that was.
    async fn last_erasure(
        &self,
        of: PersonId,
        scope: ErasureScope,
    ) -> Stored<Option<ErasureRecord>>;
    /// One.
    async fn erasure(&self, id: ErasureId) -> Stored<Option<ErasureRecord>>;
    /// Conversations of a patient whose key stands, or of which something is left to take away, at most `limit`. Whether the patient
    /// has left one changes nothing.
    async fn standing_talks(&self, of: TalksOf, limit: u32) -> Stored<Vec<ConversationId>>;
    /// Destroys one of them, as `destroy_key` does. `Conflict(Stale)`, and nothing is destroyed, while a legal hold stands. False when it
    /// is none of those that are meant.
    async fn destroy_talk(&self, of: TalksOf, id: ConversationId) -> Stored<bool>;
    /// How many there are.
    async fn talk_counts(&self, of: TalksOf) -> Stored<TalkCounts>;
    /// When the last of a patient's appointments ends, or has ended, that was not cancelled.
    async fn last_ends_at(&self, of: PersonId) -> Stored<Option<UnixMillis>>;
    /// Destroys the person's key and profile, takes name and address from account, visits and conversations and what they said
    /// from appointments and payments, deletes what was told them and what they wished, ends their sign-ins, which are returned, and
    /// keeps the certificate. An erasure of conversations that waits is carried out with it, by the same certificate.
    /// `Conflict(Stale)` while a legal hold stands or a conversation has its key, or when it was carried out before.
    async fn erase(&self, erase: Erase, answered: Option<Answered>) -> Stored<Vec<SessionId>>;
    /// Keeps the certificate of an erasure of conversations. `Conflict(Stale)` while a legal hold stands or one that goes has its key, when
    /// others stay than `left_out` says, or when it was carried out before.
    async fn erase_talks(&self, erase: EraseTalks, answered: Option<Answered>) -> Stored<()>;
    /// Rows of the audit log by a person, or with one of these targets, the latest first.
    async fn access_of(
        &self,
        id: PersonId,
        about: &[String],
        limit: u32,
    ) -> Stored<Vec<AuditRecordRead>>;
}
