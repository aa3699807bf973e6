//! What people were told, what they want to be told, and what could not be sent.

use crate::command::{Call, Execute, unsaved};
use crate::domain::policy::Who;
use crate::node::Node;
use crate::protocol::auth::Done;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::PersonId;
use crate::protocol::notice::{
    DeadNotice, DeadNotices, Inbox, InboxMessage, ListDeadNotices, ListInbox, MarkRead,
    NoticeChannel, NoticeMatter, NoticePreferences, NoticeTopic, ReadPreferences, RetryNotice,
    UpdatePreferences,
};
use crate::protocol::person::Role;
use crate::store::outbox::{Channel, NoticeKind, NoticeRecord, Preferences};

/// Messages of one list.
const MAX_LISTED: u32 = 200;

impl Execute<ListInbox> for Node {
    async fn execute(&self, call: Call, _: ListInbox) -> Result<Inbox, Fault> {
        let kept = self.store.inbox(own(&call)?, MAX_LISTED).await.map_err(unsaved)?;
        Ok(Inbox { messages: kept.iter().filter_map(message).collect() })
    }
}

impl Execute<MarkRead> for Node {
    async fn execute(&self, call: Call, op: MarkRead) -> Result<Done, Fault> {
        let answered = call.answered(&Done {})?;
        let read = self.store.mark_read(own(&call)?, op.notice_id, call.now, answered);
        if read.await.map_err(unsaved)? { Ok(Done {}) } else { Err(FaultCode::NotFound.into()) }
    }
}

impl Execute<ReadPreferences> for Node {
    async fn execute(&self, call: Call, _: ReadPreferences) -> Result<NoticePreferences, Fault> {
        let kept = self.store.preferences(own(&call)?).await.map_err(unsaved)?;
        let Preferences { email, sms, reminders } = kept;
        Ok(NoticePreferences { email, sms, reminders })
    }
}

impl Execute<UpdatePreferences> for Node {
    async fn execute(&self, call: Call, op: UpdatePreferences) -> Result<NoticePreferences, Fault> {
        let NoticePreferences { email, sms, reminders } = op.preferences;
        let wanted = Preferences { email, sms, reminders };
        let answered = call.answered(&op.preferences)?;
        self.store.save_preferences(own(&call)?, wanted, answered).await.map_err(unsaved)?;
        Ok(op.preferences)
    }
}

impl Execute<ListDeadNotices> for Node {
    async fn execute(&self, call: Call, _: ListDeadNotices) -> Result<DeadNotices, Fault> {
        let caller = call.principal()?;
        let is_support = caller.role == Role::Support;
        let dead = self.store.dead_notices(caller.organisation, MAX_LISTED).await;
        let dead = dead.map_err(unsaved)?;
        let cards = dead.iter().map(given_up);
        let notices = cards.map(|it| if is_support { for_support(it) } else { it });
        Ok(DeadNotices { notices: notices.collect() })
    }
}

impl Execute<RetryNotice> for Node {
    async fn execute(&self, call: Call, op: RetryNotice) -> Result<Done, Fault> {
        let answered = call.answered(&Done {})?;
        if !self.store.revive(op.notice_id, call.now, answered).await.map_err(unsaved)? {
            return Err(FaultCode::NotFound.into());
        }
        self.notices_saved();
        Ok(Done {})
    }
}

fn own(call: &Call) -> Result<PersonId, Fault> {
    match call.principal()?.who {
        Who::Person(id) => Ok(id),
        Who::Participant(_) => Err(FaultCode::Forbidden.into()),
    }
}

pub(super) const fn topic(kind: NoticeKind) -> NoticeTopic {
    match kind {
        NoticeKind::Booked => NoticeTopic::Booked,
        NoticeKind::Moved => NoticeTopic::Moved,
        NoticeKind::Cancelled => NoticeTopic::Cancelled,
        NoticeKind::DayBefore => NoticeTopic::DayBefore,
        NoticeKind::HourBefore => NoticeTopic::HourBefore,
        NoticeKind::PlaceFree => NoticeTopic::PlaceFree,
        NoticeKind::NewMessage => NoticeTopic::NewMessage,
        NoticeKind::RecordOpened => NoticeTopic::RecordOpened,
        NoticeKind::ReviewDue => NoticeTopic::ReviewDue,
        NoticeKind::PasswordAsked => NoticeTopic::PasswordAsked,
        NoticeKind::Invited => NoticeTopic::Invited,
        NoticeKind::PasswordChanged => NoticeTopic::PasswordChanged,
    }
}

pub(super) const fn channel(channel: Channel) -> NoticeChannel {
    match channel {
        Channel::Email => NoticeChannel::Email,
        Channel::Sms => NoticeChannel::Sms,
        Channel::Inbox => NoticeChannel::Inbox,
    }
}

fn message(it: &NoticeRecord) -> Option<InboxMessage> {
    Some(InboxMessage {
        notice_id: it.notice.notice_id,
        topic: topic(it.notice.kind),
        appointment_id: it.notice.appointment_id,
        text: it.text.clone()?,
        at: it.settled_at?,
        read_at: it.read_at,
    })
}

/// Which appointment somebody has, and when, is of their care. A reminder is due a fixed time before.
fn for_support(it: DeadNotice) -> DeadNotice {
    let at = it.at.filter(|_| it.matter != NoticeMatter::Appointment);
    DeadNotice { topic: None, appointment_id: None, at, ..it }
}

fn given_up(it: &NoticeRecord) -> DeadNotice {
    DeadNotice {
        notice_id: it.notice.notice_id,
        person_id: it.notice.person_id,
        matter: topic(it.notice.kind).matter(),
        topic: Some(topic(it.notice.kind)),
        channel: channel(it.notice.channel),
        appointment_id: it.notice.appointment_id,
        attempts: it.attempts,
        failure: it.failure.clone().unwrap_or_default(),
        at: Some(it.settled_at.unwrap_or(it.notice.due_at)),
    }
}
