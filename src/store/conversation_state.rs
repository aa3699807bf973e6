//! From what is kept of conversations to what rules know, and back.
//!
//! Invariant: nothing is lost on the way but what is sealed: a text is opened elsewhere, and who is out of office is kept
//! by person and put in by whoever knows. Does not: read or write anything.

use super::Claim;
use super::conversations::{
    ConversationRecord, LogChange, LogEntry, LogRecord, MemberRecord, MessageRecord, Term,
};
use crate::domain::conversation::{Conversation, Line, Member};
use crate::protocol::conversation::Message;
use crate::protocol::file::FileCard;
use crate::protocol::ids::ConversationId;
use crate::protocol::phi::Phi;

/// What is kept of a message that only its key opens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sealed {
    /// Its text.
    pub body: Option<String>,
    /// What was sent with it.
    pub files: Option<String>,
    /// What it is found by.
    pub terms: Vec<Term>,
}

/// A conversation as its owner begins with it, all of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The conversation.
    pub record: ConversationRecord,
    /// The latest messages, ascending.
    pub messages: Vec<MessageRecord>,
    /// The latest lines, ascending, with the messages that they name.
    pub lines: Vec<(LogRecord, Option<MessageRecord>)>,
    /// The epoch of all logs.
    pub log_epoch: u32,
    /// Under which it was written last.
    pub claim: Option<Claim>,
}

impl ConversationRecord {
    /// As rules know it.
    pub fn conversation(&self) -> Conversation {
        Conversation {
            conversation_id: self.conversation_id,
            kind: self.kind,
            appointment_id: self.appointment_id,
            patient_id: self.patient_id,
            clinician_id: self.clinician_id,
            status: self.status,
            assigned_to: self.assigned_to,
            is_closed: self.key.is_none(),
            members: self.members.iter().map(MemberRecord::member).collect(),
            active_at: self.active_at,
            last_offset: self.last_offset,
        }
    }
}

impl MemberRecord {
    /// As rules know them.
    pub fn member(&self) -> Member {
        Member {
            member_id: self.member_id,
            person_id: self.person_id,
            participant_id: self.participant_id,
            role: self.role,
            display_name: self.display_name.clone(),
            joined_at: self.joined_at,
            left_at: self.left_at,
            delivered: self.delivered,
            displayed: self.displayed,
            away: None,
        }
    }

    /// As they are kept.
    pub fn of(member: &Member) -> Self {
        MemberRecord {
            member_id: member.member_id,
            person_id: member.person_id,
            participant_id: member.participant_id,
            role: member.role,
            display_name: member.display_name.clone(),
            joined_at: member.joined_at,
            left_at: member.left_at,
            delivered: member.delivered,
            displayed: member.displayed,
        }
    }
}

impl MessageRecord {
    /// As people read it, with its text and its files when those could be opened.
    pub fn message(&self, body: Option<Phi<String>>, files: Vec<FileCard>) -> Message {
        Message {
            message_id: self.message_id,
            offset: self.offset,
            member_id: self.member_id,
            at: self.at,
            body,
            reply_to: self.reply_to,
            edited_at: self.edited_at,
            deleted_at: self.deleted_at,
            files,
        }
    }

    /// As it is kept, with its text sealed.
    pub fn of(
        message: &Message,
        within: ConversationId,
        sealed: &Sealed,
        changed: Option<u32>,
    ) -> Self {
        MessageRecord {
            message_id: message.message_id,
            conversation_id: within,
            offset: message.offset,
            member_id: message.member_id,
            at: message.at,
            sealed_body: sealed.body.clone(),
            sealed_files: sealed.files.clone(),
            reply_to: message.reply_to,
            edited_at: message.edited_at,
            deleted_at: message.deleted_at,
            changed,
        }
    }

    /// Number of the line that wrote it as it is.
    pub fn line(&self) -> u32 {
        self.changed.unwrap_or(self.offset)
    }
}

impl LogEntry {
    /// How a line is named in the log.
    pub fn of(line: &Line) -> Self {
        match line {
            Line::Posted(message) => LogEntry::Posted(message.message_id),
            Line::Rewritten(message) => LogEntry::Changed(message.message_id),
            Line::Member(member) | Line::Away(member) => LogEntry::Member(member.member_id),
            Line::Conversation(..) => LogEntry::Conversation,
        }
    }
}

impl LogChange {
    /// What the line of that number changes. A message's text comes sealed, with what can be searched of it.
    pub fn of(line: &Line, number: u32, within: ConversationId, sealed: Sealed) -> Self {
        match line {
            Line::Posted(message) => {
                LogChange::Post(MessageRecord::of(message, within, &sealed, None), sealed.terms)
            }
            Line::Rewritten(message) => {
                let record = MessageRecord::of(message, within, &sealed, Some(number));
                LogChange::Rewrite(record, sealed.terms)
            }
            Line::Member(member) => LogChange::Member(MemberRecord::of(member)),
            Line::Away(_) => LogChange::Nothing,
            Line::Conversation(status, assigned_to) => {
                LogChange::Conversation(*status, *assigned_to)
            }
        }
    }
}
