//! What is durable of messages to people: the transactional outbox, the inbox of the portals, preferences.
//!
//! Invariants: OB-1 a notice is saved in the transaction of what it tells; OB-2 it is given to a worker until it is
//! settled, at least once, and to one worker at a time; OB-3 its text is made when it is sent, of the appointment as it
//! is then, never before.

use super::Stored;
use crate::protocol::ids::{AppointmentId, NoticeId, PersonId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use async_trait::async_trait;
use std::time::Duration;

/// What is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeKind {
    /// An appointment was made.
    Booked,
    /// It was moved.
    Moved,
    /// It was cancelled.
    Cancelled,
    /// It is tomorrow.
    DayBefore,
    /// It begins within the hour.
    HourBefore,
    /// A place became free that the person waits for.
    PlaceFree,
}

/// By which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// E-mail.
    Email,
    /// Short message.
    Sms,
    /// In the portals.
    Inbox,
}

/// A message to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotice {
    /// Which.
    pub notice_id: NoticeId,
    /// To whom.
    pub person_id: PersonId,
    /// What.
    pub kind: NoticeKind,
    /// How.
    pub channel: Channel,
    /// About which appointment.
    pub appointment_id: Option<AppointmentId>,
    /// About which version of it. One that is about an older version than the appointment has is not sent.
    pub version: u32,
    /// Not before.
    pub due_at: UnixMillis,
    /// Pointless after: an hour's reminder that comes a day late is none.
    pub useless_at: Option<UnixMillis>,
}

/// Where a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeState {
    /// To be sent.
    Pending,
    /// Sent.
    Sent,
    /// Not to be sent any more: overtaken, too late, or not wanted by the person.
    Skipped,
    /// Given up; an administrator sees it.
    Dead,
}

/// A notice as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRecord {
    /// What is to be sent.
    pub notice: NewNotice,
    /// Where it is.
    pub state: NoticeState,
    /// Tries so far.
    pub attempts: u32,
    /// The last failure, a word without any value.
    pub failure: Option<String>,
    /// When it was settled.
    pub settled_at: Option<UnixMillis>,
    /// For the inbox: the text as it was told.
    pub text: Option<Phi<String>>,
    /// For the inbox: when it was read.
    pub read_at: Option<UnixMillis>,
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// Sent; with its text when it is of the inbox.
    Sent(Option<Phi<String>>),
    /// Not to be sent, and why: `overtaken`, `too_late`, `unwanted`, `no_address`, `no_channel`.
    Skipped(&'static str),
    /// To be tried again.
    Retry {
        /// When.
        at: UnixMillis,
        /// Why, a word without any value.
        failure: &'static str,
    },
    /// Given up.
    Dead(&'static str),
}

/// What a person wants to be told, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preferences {
    /// By e-mail.
    pub email: bool,
    /// By short message.
    pub sms: bool,
    /// Reminders; what changes an appointment is always told in the portal.
    pub reminders: bool,
}

impl Default for Preferences {
    /// E-mail and reminders; a short message costs somebody money and is asked for.
    fn default() -> Self {
        Preferences { email: true, sms: false, reminders: true }
    }
}

/// Messages to people.
#[async_trait]
pub trait Outbox {
    /// Saves notices on their own (most come with another commit).
    async fn add_notices(&self, notices: Vec<NewNotice>) -> Stored<()>;
    /// Takes up to `limit` pending ones that are due at `now`, oldest first; for `lease` nobody else gets them.
    async fn take_due(
        &self,
        now: UnixMillis,
        lease: Duration,
        limit: u32,
    ) -> Stored<Vec<NoticeRecord>>;
    /// When the next pending one is due.
    async fn next_due(&self) -> Stored<Option<UnixMillis>>;
    /// Says how a try ended. Nothing when it was settled meanwhile.
    async fn settle(&self, id: NoticeId, how: Settled, now: UnixMillis) -> Stored<()>;
    /// What a person was told in the portal, newest first.
    async fn inbox(&self, person: PersonId, limit: u32) -> Stored<Vec<NoticeRecord>>;
    /// The person has read it; false when there is no such message of theirs.
    async fn mark_read(&self, person: PersonId, id: NoticeId, now: UnixMillis) -> Stored<bool>;
    /// Those that were given up, newest first.
    async fn dead_notices(&self, limit: u32) -> Stored<Vec<NoticeRecord>>;
    /// To be tried again, from the first attempt. False when it is not dead.
    async fn revive(&self, id: NoticeId, now: UnixMillis) -> Stored<bool>;
    /// What a person wants.
    async fn preferences(&self, person: PersonId) -> Stored<Preferences>;
    /// As it says from now on.
    async fn save_preferences(&self, person: PersonId, wanted: Preferences) -> Stored<()>;
}
