//! What is durable of organisations: which there are, and whose something is.
//!
//! Invariant: whoever or whatever is of an organisation stays there: what was found out holds while there is such a thing. Does not:
//! decide what that means for a caller (`domain::policy`).

use super::Stored;
use crate::protocol::ids::{OrganisationId, PersonId};
use crate::protocol::time::UnixMillis;
use async_trait::async_trait;
use std::collections::BTreeMap;
use uuid::Uuid;

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationRecord {
    /// Which.
    pub organisation_id: OrganisationId,
    /// As people read it.
    pub name: String,
    /// As it is named where somebody registers: small letters, digits and hyphens.
    pub slug: String,
    /// IANA zone of its home.
    pub time_zone: String,
    /// When it was made.
    pub created_at: UnixMillis,
}

/// Kinds of things that are somebody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An account.
    Person,
    /// A service that is offered.
    Service,
    /// A closure, or an exception of a practitioner.
    Exception,
    /// An appointment, its visit, its room.
    Appointment,
    /// A sign-in.
    Session,
    /// A conversation.
    Conversation,
    /// A file.
    File,
    /// A message to a person.
    Notice,
    /// Something to look at.
    Task,
    /// A payment.
    Payment,
    /// A wish on the waiting list.
    Wish,
    /// An erasure.
    Erasure,
    /// A legal hold.
    LegalHold,
    /// A row of the audit log.
    Audit,
    /// A record that was opened in an emergency.
    Grant,
    /// A report of the audit log.
    Report,
}

/// Something that a caller names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Named {
    /// Of which kind.
    pub kind: Kind,
    /// Which.
    pub id: Uuid,
}

/// Organisations.
#[async_trait]
pub trait Organisations {
    /// Makes one. `Conflict(Stale)` when another has its slug.
    async fn create_organisation(&self, it: OrganisationRecord) -> Stored<()>;
    /// All, the oldest first.
    async fn organisations(&self) -> Stored<Vec<OrganisationRecord>>;
    /// By what it is called where somebody registers.
    async fn organisation_called(&self, slug: &str) -> Stored<Option<OrganisationRecord>>;
    /// Whose it is; nothing when there is no such thing, or when it is nobody's.
    async fn house_of(&self, it: Named) -> Stored<Option<OrganisationId>>;
    /// Whose these people are; those of them that there are.
    async fn houses_of(&self, people: Vec<PersonId>) -> Stored<BTreeMap<PersonId, OrganisationId>>;
}
