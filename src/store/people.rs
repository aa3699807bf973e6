//! What is durable of accounts beside who they are: whether they can sign in, and what administrators change of them.
//!
//! Invariants: a change is judged by `domain::people`, in the transaction that makes it and behind the locks that what it is judged by
//! needs; of two administrators who make each other something else at once one does. Whoever is suspended, or at home elsewhere, has no open session, and
//! none is opened, by whatever way; nor is one opened in a role that somebody has no more.

use super::records::erased_email;
use super::{Answered, PersonRecord, SessionRecord, Stored};
use crate::domain::people::{Account, Refusal, Wish, may};
use crate::domain::residency::Residency;
use crate::protocol::ids::{ConversationId, PersonId};
use crate::protocol::person::{PersonStatus, Role};
use crate::protocol::phi::Phi;
use crate::protocol::region::Region;
use crate::protocol::time::UnixMillis;
use async_trait::async_trait;

/// Whether somebody can sign in, and how often their account was changed by others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// From 1; grows with every change by an administrator.
    pub revision: u32,
    /// They cannot sign in.
    pub suspended: Option<SuspendedRecord>,
    /// When their record was erased; unknown of some who were.
    pub erased_at: Option<UnixMillis>,
    /// The region where their data live; the database's own when absent.
    pub home_region: Option<Region>,
    /// As the store judges when it is read: people of that home are not kept here.
    pub is_elsewhere: bool,
    /// Since when they are invited. They have chosen no password yet, and cannot sign in by anything.
    pub invited_at: Option<UnixMillis>,
    /// Until when their password is taken: somebody else has chosen it.
    pub password_until: Option<UnixMillis>,
}

impl Default for Standing {
    fn default() -> Self {
        Standing {
            revision: 1,
            suspended: None,
            erased_at: None,
            home_region: None,
            is_elsewhere: false,
            invited_at: None,
            password_until: None,
        }
    }
}

/// They cannot sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuspendedRecord {
    /// Since when.
    pub at: UnixMillis,
    /// By whom.
    pub by: PersonId,
    /// Why.
    pub reason: Phi<String>,
}

impl PersonRecord {
    /// Whether their record was erased. Whoever it was is nobody for what is new.
    pub(crate) fn is_erased(&self) -> bool {
        self.standing.erased_at.is_some() || *self.email.expose() == erased_email(self.person_id)
    }

    /// Whether they can sign in. Whoever was erased is known by an address that nobody else has, which a program of before wrote as well.
    pub fn status(&self) -> PersonStatus {
        match (self.is_erased(), &self.standing.suspended, self.standing.is_elsewhere) {
            (true, _, _) => PersonStatus::Erased,
            (false, Some(_), _) => PersonStatus::Suspended,
            (false, None, true) => PersonStatus::Elsewhere,
            (false, None, false) if self.standing.invited_at.is_some() => PersonStatus::Invited,
            (false, None, false) => PersonStatus::Active,
        }
    }

    /// What a password that was typed is compared with; nothing once nobody's password is good for them any more.
    pub fn password_at(&self, now: UnixMillis) -> Option<Phi<String>> {
        let is_good = self.standing.password_until.is_none_or(|it| now < it);
        is_good.then(|| self.password_hash.clone())
    }

    /// Whether a session may be opened for them.
    pub fn may_sign_in(&self) -> bool {
        self.status() == PersonStatus::Active
    }
}

impl Standing {
    /// Whether they are not counted on: nobody writes to them, books with them or is covered by them.
    pub(super) const fn is_out(&self) -> bool {
        self.suspended.is_some() || self.is_elsewhere
    }

    /// Judges anew whether people of that home are kept here.
    pub(super) fn judged_by(&mut self, residency: &Residency) {
        self.is_elsewhere = residency.is_elsewhere(self.home_region.as_ref());
    }
}

/// Which people to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Which {
    /// Of this role; of any when absent.
    pub role: Option<Role>,
    /// Who is that; all when absent.
    pub status: Option<PersonStatus>,
}

impl Which {
    /// Everybody.
    pub const ALL: Which = Which { role: None, status: None };

    /// Everybody of a role.
    pub const fn of(role: Role) -> Self {
        Which { role: Some(role), status: None }
    }

    /// Whether somebody is one of them.
    pub(super) fn is(&self, it: &PersonRecord) -> bool {
        self.role.is_none_or(|role| it.role == role)
            && self.status.is_none_or(|status| it.status() == status)
    }
}

/// What an administrator changes of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonChange {
    /// Whose; as they are afterwards, with the next revision.
    pub person: PersonRecord,
    /// By whom.
    pub by: PersonId,
    /// When.
    pub at: UnixMillis,
    /// What it is.
    pub wish: Wish,
}

impl PersonChange {
    /// Whether it may be done to an account that is so, and then whether their sessions end with it.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn judge(
        &self,
        before: &PersonRecord,
        account: &Account,
        residency: &Residency,
    ) -> Result<bool, Refusal> {
        may(account, self.wish)?;
        let (from, to) = (&before.standing.home_region, &self.person.standing.home_region);
        let leaves = residency.is_elsewhere(to.as_ref()) && !residency.is_elsewhere(from.as_ref());
        if residency.home(from.as_ref()) != residency.home(to.as_ref()) {
            may(account, Wish::Move { leaves })?;
        }
        Ok(leaves || self.wish == Wish::Suspend || before.role != self.person.role)
    }
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// It is so.
    Done {
        /// Sessions that ended with it.
        ended: Vec<SessionRecord>,
        /// Conversations in which they have another name now.
        renamed_in: Vec<ConversationId>,
    },
    /// It may not be.
    Refused(Refusal),
}

/// Changes of accounts by administrators.
#[async_trait]
pub trait Staff {
    /// Changes one: name, role, time zone and standing. Their sessions end when they have another role, are suspended, or are at home
    /// where nobody of here is kept. A new name
    /// is that of their parts in conversations, and in visits that are to come. `Conflict(Missing | Stale | KeyUsed)`.
    async fn change_person(
        &self,
        change: PersonChange,
        answered: Option<Answered>,
    ) -> Stored<Changed>;
    /// Appointments with them as clinician, interpreter or patient that are neither cancelled nor over.
    async fn appointments_ahead(&self, of: PersonId, now: UnixMillis) -> Stored<u32>;
}
