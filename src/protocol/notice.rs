//! Messages to people: the inbox of the portals, what somebody wants to be told, and what could not be sent.

use crate::protocol::ids::{AppointmentId, NoticeId, PersonId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeTopic {
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
    /// A place became free.
    PlaceFree,
    /// A message of a conversation waits to be read. Says nothing of it.
    NewMessage,
    /// Somebody who does not treat them has opened their record in an emergency.
    RecordOpened,
    /// A record was opened in an emergency, and somebody has to look into it. Says neither whose nor by whom.
    ReviewDue,
    /// A new password was asked for; the mail has a link.
    PasswordAsked,
    /// An account was made for them; the mail has a link.
    Invited,
    /// Their password was changed.
    PasswordChanged,
}

/// What a message to somebody is about, as far as support may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeMatter {
    /// Appointments: which step of one is of their care, and when it was told says when it begins.
    Appointment,
    /// A message that waits.
    Message,
    /// Somebody looked into a record.
    Record,
    /// How they sign in.
    Account,
}

impl NoticeTopic {
    /// What it is about.
    #[must_use]
    pub const fn matter(self) -> NoticeMatter {
        match self {
            NoticeTopic::Booked
            | NoticeTopic::Moved
            | NoticeTopic::Cancelled
            | NoticeTopic::DayBefore
            | NoticeTopic::HourBefore
            | NoticeTopic::PlaceFree => NoticeMatter::Appointment,
            NoticeTopic::NewMessage => NoticeMatter::Message,
            NoticeTopic::RecordOpened | NoticeTopic::ReviewDue => NoticeMatter::Record,
            NoticeTopic::PasswordAsked | NoticeTopic::Invited | NoticeTopic::PasswordChanged => {
                NoticeMatter::Account
            }
        }
    }
}

/// By which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeChannel {
    /// E-mail.
    Email,
    /// Short message.
    Sms,
    /// In the portals.
    Inbox,
}

/// One message of the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InboxMessage {
    /// Which.
    pub notice_id: NoticeId,
    /// What.
    pub topic: NoticeTopic,
    /// About which appointment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment_id: Option<AppointmentId>,
    /// As it was told.
    pub text: Phi<String>,
    /// When.
    pub at: UnixMillis,
    /// When it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<UnixMillis>,
}

/// `inbox.list`: what the caller was told, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListInbox {}

/// Answer of `inbox.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Inbox {
    /// At most 200.
    pub messages: Vec<InboxMessage>,
}

/// `inbox.mark_read`: it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkRead {
    /// Which.
    pub notice_id: NoticeId,
}

/// What somebody wants to be told, and how. What changes an appointment is always told in the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticePreferences {
    /// By e-mail.
    pub email: bool,
    /// By short message.
    pub sms: bool,
    /// Reminders.
    pub reminders: bool,
}

/// `preferences.read`: what the caller wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadPreferences {}

/// `preferences.update`: what the caller wants from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePreferences {
    /// From now on.
    pub preferences: NoticePreferences,
}

/// A message that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeadNotice {
    /// Which.
    pub notice_id: NoticeId,
    /// To whom.
    pub person_id: PersonId,
    /// About what.
    pub matter: NoticeMatter,
    /// What it says; support is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<NoticeTopic>,
    /// How.
    pub channel: NoticeChannel,
    /// About which appointment; support is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment_id: Option<AppointmentId>,
    /// Tries.
    pub attempts: u32,
    /// Why, a word without any value.
    pub failure: String,
    /// Since when; support is not told of those about appointments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<UnixMillis>,
}

/// `notice.list_dead`: what could not be sent, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListDeadNotices {}

/// Answer of `notice.list_dead`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeadNotices {
    /// At most 200.
    pub notices: Vec<DeadNotice>,
}

/// `notice.retry`: try again to send it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetryNotice {
    /// Which.
    pub notice_id: NoticeId,
}
