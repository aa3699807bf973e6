//! WHAT IS DURABLE: traits by aggregate, and their implementations.
//!
//! Owns: the shape of what is kept, the two kinds of failure, the fences. `sql` is the only place that names
//! `entity::` and sea-orm (SQLite and PostgreSQL); `memory` is for tests and fails on demand.
//! Invariants: a call that returns `Ok` is on disk (SQLite: WAL with `synchronous=FULL`). One call is one transaction.
//! A write of an older epoch changes nothing (`Fenced`). Audit and attendance rows are never changed. Does not: decide. What the constraint of a table refuses is told as a [`StoreError::Conflict`].

use crate::domain::visit::{Visit, What};
use crate::protocol::ids::{
    AppointmentId, JoinLinkId, OrganisationId, ParticipantId, PersonId, SessionId,
};
use crate::protocol::media::ReportQuality;
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use async_trait::async_trait;
use outbox::Announcement;
use people::{Standing, Which};
use sign_ins::SessionAbout;
use std::time::Duration;

pub mod behalf;
pub mod checks;
pub mod conversation_state;
pub mod conversations;
pub mod factors;
pub mod federation;
pub mod files;
mod ledger;
pub mod memory;
pub mod organisations;
pub mod outbox;
pub mod payment;
pub mod people;
mod profile;
pub mod records;
pub mod reports;
pub mod residency;
pub mod said;
pub mod schedule;
pub mod sharing;
pub mod sign_ins;
pub mod sql;
pub mod subjects;
mod task;
pub mod trail;
pub mod usage;
mod verdict;
mod whole;
pub mod with_change;

pub use ledger::{Answered, AnsweredBefore, AuditRecord, AuditRecordRead, Ledger, Returned};
pub use whole::Store;

/// No call of the store takes longer: after that its outcome is [`StoreError::Ambiguous`].
pub const DEADLINE: Duration = Duration::from_secs(2);

/// Why a call did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A constraint of the database refused it. Surely not saved.
    #[error("refused by a constraint: {0:?}")]
    Conflict(Conflict),
    /// A newer owner has taken over. Surely not saved; the caller is no owner any more.
    #[error("fenced by a newer owner")]
    Fenced,
    /// Surely not saved: no connection, busy, rolled back.
    #[error("surely not saved")]
    Aborted,
    /// May or may not be saved: the connection was lost or the deadline passed during the commit.
    #[error("outcome unknown")]
    Ambiguous,
}

/// Which constraint refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// Another account has this e-mail address.
    EmailTaken,
    /// SC-1: a human (clinician or interpreter) has another claim that overlaps, or the seat is taken.
    SlotTaken,
    /// This caller has used this idempotency key before (two calls at the same time).
    KeyUsed,
    /// The row was changed meanwhile.
    Stale,
    /// What it refers to does not exist.
    Missing,
    /// One person has as many of these as one person may have.
    Full,
    /// Somebody whom it needs is suspended, erased or kept elsewhere, or has another role by now.
    Suspended,
}

/// A result of the store.
pub type Stored<T> = Result<T, StoreError>;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRecord {
    /// Id.
    pub person_id: PersonId,
    /// Whose people they are one of. Never changes.
    pub organisation_id: OrganisationId,
    /// Name that others see.
    pub display_name: Phi<String>,
    /// Lower case, unique.
    pub email: Phi<String>,
    /// PHC string (Argon2id).
    pub password_hash: Phi<String>,
    /// Role.
    pub role: Role,
    /// IANA zone.
    pub time_zone: String,
    /// When it was made.
    pub created_at: UnixMillis,
    /// Whether they can sign in, and how often that or anything else of it was changed.
    pub standing: Standing,
}

/// One sign-in on one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// Id.
    pub session_id: SessionId,
    /// The account; guests have none.
    pub person_id: Option<PersonId>,
    /// What a session from a join link is limited to.
    pub visit: Option<(AppointmentId, ParticipantId)>,
    /// Role of the session.
    pub role: Role,
    /// SHA-256 of the current refresh token.
    pub refresh_hash: Vec<u8>,
    /// SHA-256 of the one before, which is good for a few seconds more (two tabs, a lost answer).
    pub previous_hash: Option<Vec<u8>>,
    /// When the current one was made.
    pub rotated_at: UnixMillis,
    /// When the session began.
    pub created_at: UnixMillis,
    /// When it ends in any case.
    pub expires_at: UnixMillis,
    /// When it was ended.
    pub ended_at: Option<UnixMillis>,
    /// Beside its tokens.
    pub about: SessionAbout,
}

/// What happened to a refresh token that was presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotation {
    /// It was the current one; the new one is current now.
    Rotated(SessionRecord),
    /// It was the one before, within the grace period; nothing changed. The caller gets an access token and keeps
    /// whatever refresh token the other call was given.
    Grace(SessionRecord),
    /// It was an older one: somebody has a copy. The session was ended by this call.
    Reused(SessionRecord),
    /// No such session, ended or expired.
    Gone,
}

/// A new appointment, with its visit and its two first members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVisit {
    /// Revision 0, patient and clinician as members.
    pub visit: Visit,
    /// When it was made.
    pub created_at: UnixMillis,
}

/// Which visits to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VisitFilter {
    /// Of this organisation; of all when absent, which is for the hub itself.
    pub organisation: Option<OrganisationId>,
    /// Where this person has a part: patient, clinician or interpreter.
    pub person_id: Option<PersonId>,
    /// That end after this.
    pub from: Option<UnixMillis>,
    /// That begin before this.
    pub until: Option<UnixMillis>,
    /// At most so many, earliest first.
    pub limit: u32,
}

/// What a node gets when it takes an actor's key: the fence for all its writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Grows with every claim of this key.
    pub epoch: u32,
    /// Number that the next event gets, from 1.
    pub next_offset: u32,
}

/// Everything that one decision changes, for one transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct VisitCommit {
    /// The writer's epoch.
    pub epoch: u32,
    /// The state after the events; its revision is the number of the last one.
    pub visit: Visit,
    /// The events, numbered `visit.revision - events.len() + 1 ..= visit.revision`.
    pub events: Vec<What>,
    /// Links that begin to be good with it (an invited guest's).
    pub links: Vec<JoinLinkRecord>,
    /// Participants whose links and sessions end with it.
    pub revoked: Vec<ParticipantId>,
    /// Saved with it.
    pub notices: Vec<Announcement>,
    /// The answer, when the call had an idempotency key.
    pub answered: Option<Answered>,
}

/// One line of the attendance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttendanceRecord {
    /// From 1, without a gap.
    pub number: u32,
    /// What happened; `detail` is not kept here and always `Detail::None`.
    pub what: What,
}

/// A link into a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinLinkRecord {
    /// Id.
    pub join_link_id: JoinLinkId,
    /// SHA-256 of the token. The token itself is nowhere.
    pub token_hash: Vec<u8>,
    /// The visit.
    pub appointment_id: AppointmentId,
    /// For whom.
    pub participant_id: ParticipantId,
    /// When it was made.
    pub created_at: UnixMillis,
    /// When it ends, used or not.
    pub expires_at: UnixMillis,
}

/// What happened to a join token that was presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkUse {
    /// It was good, and is used up now; the session that it opens was made in the same transaction.
    Opened(JoinLinkRecord),
    /// No such link, or withdrawn.
    Unknown,
    /// Too late.
    Expired,
    /// Used before.
    Used,
}

/// Accounts.
#[async_trait]
pub trait People {
    /// Makes one. `Conflict(EmailTaken)`, `Conflict(KeyUsed)`.
    async fn create_person(&self, person: PersonRecord, answered: Option<Answered>) -> Stored<()>;
    /// By id.
    async fn person(&self, id: PersonId) -> Stored<Option<PersonRecord>>;
    /// By lower-case e-mail address.
    async fn person_by_email(&self, email: &str) -> Stored<Option<PersonRecord>>;
    /// Of an organisation, by name, at most `limit`.
    async fn people(
        &self,
        of: OrganisationId,
        which: Which,
        limit: u32,
    ) -> Stored<Vec<PersonRecord>>;
}

/// Sign-ins.
#[async_trait]
pub trait Sessions {
    /// Opens one.
    async fn open_session(&self, session: SessionRecord) -> Stored<()>;
    /// By id, ended ones included.
    async fn session(&self, id: SessionId) -> Stored<Option<SessionRecord>>;
    /// Presents the refresh token with hash `presented`; see [`Rotation`]. `grace` is how long the one before is good.
    async fn rotate(
        &self,
        id: SessionId,
        presented: &[u8],
        next: &[u8],
        now: UnixMillis,
        grace: Duration,
    ) -> Stored<Rotation>;
    /// Ends one; false when it had ended before.
    async fn end_session(&self, id: SessionId, now: UnixMillis) -> Stored<bool>;
    /// Open sessions of one participant (from join links).
    async fn sessions_of_participant(&self, id: ParticipantId) -> Stored<Vec<SessionId>>;
    /// Deletes at most `most` sessions that expired before `before`; how many. Those that were ended earlier are kept
    /// until then too, with the hashes by which a token that is presented again is known.
    async fn forget_sessions(&self, before: UnixMillis, most: u32) -> Stored<u32>;
}

/// Appointments, visits, attendance, join links.
#[async_trait]
pub trait Visits {
    /// Makes an appointment with its visit, version 1, with a claim of its time and no buffers.
    /// `Conflict(SlotTaken | KeyUsed | Missing)`.
    async fn create_visit(&self, new: NewVisit, answered: Option<Answered>) -> Stored<()>;
    /// One visit with all its members.
    async fn visit(&self, id: AppointmentId) -> Stored<Option<Visit>>;
    /// Several, earliest first.
    async fn visits(&self, filter: VisitFilter) -> Stored<Vec<Visit>>;
    /// Takes the key of a visit's actor for this node: the epoch grows by one, older owners are fenced from now on.
    async fn claim_visit(&self, id: AppointmentId, node: &str) -> Stored<Claim>;
    /// Saves a decision: fence and numbers (`Fenced` when epoch or offset do not fit), state, events, links, notices,
    /// answer. One that cancels the visit gives its time back and makes the appointment's next version; one that was
    /// ended or a no-show keeps its claim as a record of that time.
    async fn commit_visit(&self, commit: VisitCommit) -> Stored<()>;
    /// By number.
    async fn attendance(&self, id: AppointmentId) -> Stored<Vec<AttendanceRecord>>;
    /// Keeps a link. `Conflict(KeyUsed | Missing)`.
    async fn create_link(&self, link: JoinLinkRecord, answered: Option<Answered>) -> Stored<()>;
    /// Looks at a link without using it: the record, and whether it was used or withdrawn.
    async fn link(&self, token_hash: &[u8]) -> Stored<Option<(JoinLinkRecord, bool)>>;
    /// Uses a link and opens the session in one transaction. Exactly one of two concurrent calls gets `Opened`.
    async fn use_link(
        &self,
        token_hash: &[u8],
        session: SessionRecord,
        now: UnixMillis,
    ) -> Stored<LinkUse>;
    /// Keeps one quality report of a participant.
    async fn record_quality(
        &self,
        participant: ParticipantId,
        report: ReportQuality,
        at: UnixMillis,
    ) -> Stored<()>;
}
