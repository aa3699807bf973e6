//! What is durable of messages to people: the transactional outbox, the inbox of the portals, preferences.
//!
//! Invariants: OB-1 a notice is saved in the transaction of what it tells; OB-2 it is given to a worker until it is
//! settled, at least once, and to one worker at a time; OB-3 its text is made when it is sent, of the appointment as it
//! is then, never before.
//! Does not: send (`notifications`), or say what a change is told by (`notifications::plan`).

use super::{Answered, Stored};
use crate::protocol::ids::{AppointmentId, NoticeId, OrganisationId, PersonId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use async_trait::async_trait;
use std::time::Duration;
use uuid::Uuid;

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
    /// A message waits for the person, and nobody of their side has looked at it.
    NewMessage,
    /// The person's record was opened in an emergency.
    RecordOpened,
    /// A record was opened in an emergency, and an administrator has to look into it.
    ReviewDue,
    /// The person, or somebody in their name, has asked for a new password.
    PasswordAsked,
    /// An account was made for the person.
    Invited,
    /// The person's password was changed.
    PasswordChanged,
}

impl NoticeKind {
    /// Every kind.
    pub const ALL: [NoticeKind; 12] = [
        NoticeKind::Booked,
        NoticeKind::Moved,
        NoticeKind::Cancelled,
        NoticeKind::DayBefore,
        NoticeKind::HourBefore,
        NoticeKind::PlaceFree,
        NoticeKind::NewMessage,
        NoticeKind::RecordOpened,
        NoticeKind::ReviewDue,
        NoticeKind::PasswordAsked,
        NoticeKind::Invited,
        NoticeKind::PasswordChanged,
    ];

    /// Whether it is told by e-mail whatever was asked for: somebody looked where they may look in an emergency only, or it is about how
    /// the person signs in.
    pub const fn is_alert(self) -> bool {
        let is_of_record = matches!(self, NoticeKind::RecordOpened | NoticeKind::ReviewDue);
        is_of_record || self.has_link() || matches!(self, NoticeKind::PasswordChanged)
    }

    /// Whether its mail carries a link that sets a password.
    pub const fn has_link(self) -> bool {
        matches!(self, NoticeKind::PasswordAsked | NoticeKind::Invited)
    }

    /// As in the tables and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            NoticeKind::Booked => "booked",
            NoticeKind::Moved => "moved",
            NoticeKind::Cancelled => "cancelled",
            NoticeKind::DayBefore => "day_before",
            NoticeKind::HourBefore => "hour_before",
            NoticeKind::PlaceFree => "place_free",
            NoticeKind::NewMessage => "new_message",
            NoticeKind::RecordOpened => "record_opened",
            NoticeKind::ReviewDue => "review_due",
            NoticeKind::PasswordAsked => "password_asked",
            NoticeKind::Invited => "invited",
            NoticeKind::PasswordChanged => "password_changed",
        }
    }

    /// The kind of that name.
    pub fn parse(text: &str) -> Option<Self> {
        NoticeKind::ALL.into_iter().find(|it| it.as_str() == text)
    }

    /// Whether it reminds of what was told before.
    pub const fn is_reminder(self) -> bool {
        matches!(self, NoticeKind::DayBefore | NoticeKind::HourBefore)
    }
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

impl Channel {
    /// Every channel.
    pub const ALL: [Channel; 3] = [Channel::Email, Channel::Sms, Channel::Inbox];

    /// As in the tables and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Channel::Email => "email",
            Channel::Sms => "sms",
            Channel::Inbox => "inbox",
        }
    }

    /// The channel of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Channel::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// What somebody is to be told, by every channel. It is one row until it is due, and then a [`NewNotice`] a channel: of what is
/// planned most is a reminder for weeks later, and much of that is overtaken; and a change that tells two people of four
/// things is saved with four rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Which. The notice to the inbox keeps it.
    pub notice_id: NoticeId,
    /// To whom.
    pub person_id: PersonId,
    /// What.
    pub kind: NoticeKind,
    /// About which appointment.
    pub appointment_id: Option<AppointmentId>,
    /// About which version of it.
    pub version: u32,
    /// Not before.
    pub due_at: UnixMillis,
    /// Pointless after.
    pub useless_at: Option<UnixMillis>,
}

impl Announcement {
    /// What is sent of it by a channel.
    pub fn by(&self, channel: Channel) -> NewNotice {
        let Announcement {
            notice_id,
            person_id,
            kind,
            appointment_id,
            version,
            due_at,
            useless_at,
        } = *self;
        let notice_id = match channel {
            Channel::Inbox => notice_id,
            // Of version 4: one of version 7 would say when it was due, and so when an appointment is.
            Channel::Email | Channel::Sms => NoticeId(Uuid::new_v4()),
        };
        NewNotice {
            notice_id,
            person_id,
            kind,
            channel,
            appointment_id,
            version,
            due_at,
            useless_at,
        }
    }
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

impl NoticeState {
    /// As in the tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            NoticeState::Pending => "pending",
            NoticeState::Sent => "sent",
            NoticeState::Skipped => "skipped",
            NoticeState::Dead => "dead",
        }
    }

    /// The state of that name.
    pub fn parse(text: &str) -> Option<Self> {
        let all =
            [NoticeState::Pending, NoticeState::Sent, NoticeState::Skipped, NoticeState::Dead];
        all.into_iter().find(|it| it.as_str() == text)
    }
}

/// A notice as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRecord {
    /// What is to be sent.
    pub notice: NewNotice,
    /// Where it is.
    pub state: NoticeState,
    /// How often a worker has taken it since it was made or revived; the one that has it included. A worker that dies
    /// with it has tried, too.
    pub attempts: u32,
    /// Nobody takes it before: because it is not due, because somebody has it, or until it is to be tried again.
    pub next_try_at: UnixMillis,
    /// The last failure, or why it was skipped: a word without any value.
    pub failure: Option<String>,
    /// When it was settled.
    pub settled_at: Option<UnixMillis>,
    /// For the inbox: the text as it was told.
    pub text: Option<Phi<String>>,
    /// For the inbox: when it was read.
    pub read_at: Option<UnixMillis>,
}

impl NoticeRecord {
    /// As it is when it is saved.
    pub fn pending(notice: NewNotice) -> Self {
        NoticeRecord {
            state: NoticeState::Pending,
            attempts: 0,
            next_try_at: notice.due_at,
            failure: None,
            settled_at: None,
            text: None,
            read_at: None,
            notice,
        }
    }
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// Sent; with its text when it is of the inbox.
    Sent(Option<Phi<String>>),
    /// Not to be sent, and why: `overtaken`, `seen`, `too_late`, `unwanted`, `no_address`, `no_channel`.
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

/// How much there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Pending ones that are due. What was announced counts once.
    pub due: u64,
    /// Those that were given up.
    pub dead: u64,
}

/// Messages to people.
#[async_trait]
pub trait Outbox {
    /// Saves notices of one channel each, on their own (what is announced comes with another commit).
    /// `Conflict(Missing | Stale)`.
    async fn add_notices(&self, notices: Vec<NewNotice>) -> Stored<()>;
    /// Takes up to `limit` pending ones of a channel that are due at `now`, oldest first, and counts an attempt of each;
    /// for `lease` nobody else gets them. What was announced and is due by then becomes a notice of each channel first, at
    /// most `limit` of it.
    async fn take_due(
        &self,
        channel: Channel,
        now: UnixMillis,
        lease: Duration,
        limit: u32,
    ) -> Stored<Vec<NoticeRecord>>;
    /// When the next pending one of a channel can be taken: when it is due, or when the lease on it ends. What was
    /// announced is of every channel.
    async fn next_due(&self, channel: Channel) -> Stored<Option<UnixMillis>>;
    /// Says how the try with that number ended. Nothing when it was settled meanwhile, or (unless it was sent) when
    /// somebody else has taken it since.
    async fn settle(&self, id: NoticeId, attempt: u32, how: Settled, now: UnixMillis)
    -> Stored<()>;
    /// What a person was told in the portal, newest first.
    async fn inbox(&self, person: PersonId, limit: u32) -> Stored<Vec<NoticeRecord>>;
    /// The person has read it; the first time counts. False when there is no such message of theirs; the answer is kept when
    /// there is. `Conflict(KeyUsed)`.
    async fn mark_read(
        &self,
        person: PersonId,
        id: NoticeId,
        now: UnixMillis,
        answered: Option<Answered>,
    ) -> Stored<bool>;
    /// All to somebody by a channel, those that were due last first; what is announced and was not yet due is none of them.
    async fn notices_of(&self, person: PersonId, limit: u32) -> Stored<Vec<NoticeRecord>>;
    /// Those that were given up, newest first.
    async fn dead_notices(&self, of: OrganisationId, limit: u32) -> Stored<Vec<NoticeRecord>>;
    /// To be tried again, from the first attempt. False when it is not dead; the answer is kept when it was.
    /// `Conflict(KeyUsed)`.
    async fn revive(
        &self,
        id: NoticeId,
        now: UnixMillis,
        answered: Option<Answered>,
    ) -> Stored<bool>;
    /// How much there is to do at `now`.
    async fn backlog(&self, now: UnixMillis) -> Stored<Backlog>;
    /// What a person wants; the default for one who never said.
    async fn preferences(&self, person: PersonId) -> Stored<Preferences>;
    /// As it says from now on. `Conflict(KeyUsed)`; `Conflict(Missing)` without such an account.
    async fn save_preferences(
        &self,
        person: PersonId,
        wanted: Preferences,
        answered: Option<Answered>,
    ) -> Stored<()>;
}
