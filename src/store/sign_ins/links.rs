//! What is durable of links that set a password: for who has forgotten theirs, and for who was invited.
//!
//! Invariants: PL-2 a link is good once, until its time, and while its account is as it has to be for one of its kind; of an account one is good
//! at a time. The row has a hash of the token, and so does nothing else. Asking writes one row, whether or not there is an
//! account: what becomes of it is decided afterwards, by [`PasswordLinks::open_link`].
//! Does not: derive a token, or word a mail (`notifications::links`).

use crate::domain::identity::LinkKind;
use crate::protocol::ids::{NoticeId, PersonId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::store::outbox::{Announcement, Channel, NewNotice, NoticeKind};
use crate::store::{Answered, PersonRecord, SessionRecord, Stored};
use async_trait::async_trait;

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRecord {
    /// Which; the mail that carries it has the same id.
    pub link_id: NoticeId,
    /// Whose; nobody's when an address was asked for that has no account.
    pub person_id: Option<PersonId>,
    /// For what.
    pub kind: LinkKind,
    /// SHA-256 of its token.
    pub token_hash: Vec<u8>,
    /// When it was asked for.
    pub created_at: UnixMillis,
    /// When it ends, used or not.
    pub expires_at: UnixMillis,
}

impl LinkRecord {
    /// The mail that carries it to its account. By e-mail and by nothing else: that it arrives there is what it proves.
    pub fn mail(&self, to: PersonId) -> NewNotice {
        NewNotice {
            notice_id: self.link_id,
            person_id: to,
            kind: match self.kind {
                LinkKind::Reset => NoticeKind::PasswordAsked,
                LinkKind::Invitation => NoticeKind::Invited,
            },
            channel: Channel::Email,
            appointment_id: None,
            version: 0,
            due_at: self.created_at,
            useless_at: Some(self.expires_at),
        }
    }
}

/// A password that is set by a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordByLink {
    /// Of the token.
    pub token_hash: Vec<u8>,
    /// Whose it is; another account's link sets nothing of theirs.
    pub person_id: PersonId,
    /// PHC string.
    pub hash: Phi<String>,
    /// Too short to be the only factor.
    pub is_short: bool,
    /// When.
    pub at: UnixMillis,
    /// Saved with it.
    pub notices: Vec<Announcement>,
}

/// Links that set a password.
#[async_trait]
pub trait PasswordLinks {
    /// Keeps what somebody has asked for. It is good for nothing yet.
    async fn ask_link(&self, link: LinkRecord) -> Stored<()>;
    /// What was asked for and not looked at, oldest first.
    async fn asked_links(&self, limit: u32) -> Stored<Vec<NoticeId>>;
    /// Looks at it: from here on it is good and its mail is on its way, and the one before is not any more. Unless it is nobody's,
    /// its account is not as it has to be, or has had `most` within a day: then it ends. Whether it is good.
    async fn open_link(&self, id: NoticeId, most: u32, now: UnixMillis) -> Stored<bool>;
    /// Makes an account with its invitation. `Conflict(EmailTaken | KeyUsed)`.
    async fn create_invited(
        &self,
        person: PersonRecord,
        link: LinkRecord,
        answered: Option<Answered>,
    ) -> Stored<()>;
    /// Another invitation instead of the one before; false when its account does not wait for one. `Conflict(KeyUsed | Missing)`, and
    /// `Full` when it has had `most` within a day.
    async fn invite(&self, link: LinkRecord, most: u32, answered: Option<Answered>)
    -> Stored<bool>;
    /// The link of a token, when it is good at `now`.
    async fn good_link(&self, token_hash: &[u8], now: UnixMillis) -> Stored<Option<LinkRecord>>;
    /// The link that a mail carries, when it is good at `now`.
    async fn link_of_mail(&self, id: NoticeId, now: UnixMillis) -> Stored<Option<LinkRecord>>;
    /// Sets a password by a link. The link, every other one of the account and every sign-in of theirs end; which these were. Nothing when the
    /// link is not good. `Conflict(Stale)`: it is short, and the factor beside it is gone.
    async fn set_password(&self, new: PasswordByLink) -> Stored<Option<Vec<SessionRecord>>>;
    /// Deletes at most `most` that ended before `before`; how many.
    async fn forget_links(&self, before: UnixMillis, most: u32) -> Stored<u32>;
}
