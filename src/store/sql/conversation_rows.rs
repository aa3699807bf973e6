//! Conversations, members, lines and messages as rows, and back.

use super::words::{count, from_word, millis, to_word, unreadable};
use crate::protocol::ids::{
    AppointmentId, ConversationId, MemberId, MessageId, ParticipantId, PersonId,
};
use crate::protocol::time::UnixMillis;
use crate::store::Stored;
use crate::store::conversations::{
    AwayRecord, ConversationRecord, LogEntry, LogRecord, MemberRecord, WrappedKey,
};
use entity::{conversation, conversation_line, conversation_member, out_of_office};
use uuid::Uuid;

const POSTED: &str = "posted";
const CHANGED: &str = "changed";
const MEMBER: &str = "member";
const CONVERSATION: &str = "conversation";

pub(super) fn conversation_row(of: &ConversationRecord) -> Stored<conversation::Model> {
    let (key_id, sealed_key) = of.key.clone().map(|it| (it.key_id, it.sealed)).unzip();
    Ok(conversation::Model {
        id: of.conversation_id.0,
        kind: to_word(&of.kind)?,
        appointment_id: of.appointment_id.map(|it| it.0),
        patient_id: of.patient_id.0,
        clinician_id: of.clinician_id.0,
        status: to_word(&of.status)?,
        assigned_to: of.assigned_to.map(|it| it.0),
        created_at: of.created_at.0,
        active_at: of.active_at.0,
        key_id,
        sealed_key,
        last_offset: i64::from(of.last_offset),
    })
}

/// `members` in their order.
pub(super) fn to_conversation(
    row: conversation::Model,
    members: Vec<conversation_member::Model>,
) -> Stored<ConversationRecord> {
    let table = "conversations";
    Ok(ConversationRecord {
        conversation_id: ConversationId(row.id),
        kind: from_word(row.kind, table, "kind")?,
        appointment_id: row.appointment_id.map(AppointmentId),
        patient_id: PersonId(row.patient_id),
        clinician_id: PersonId(row.clinician_id),
        status: from_word(row.status, table, "status")?,
        assigned_to: row.assigned_to.map(MemberId),
        created_at: UnixMillis(row.created_at),
        active_at: UnixMillis(row.active_at),
        key: to_key(row.key_id, row.sealed_key),
        members: members.into_iter().map(to_member).collect::<Stored<_>>()?,
        last_offset: count(row.last_offset, table, "last_offset")?,
    })
}

/// Both, or it was destroyed.
pub(super) fn to_key(key_id: Option<String>, sealed: Option<String>) -> Option<WrappedKey> {
    key_id.zip(sealed).map(|(key_id, sealed)| WrappedKey { key_id, sealed })
}

pub(super) fn member_row(
    id: ConversationId,
    of: &MemberRecord,
) -> Stored<conversation_member::Model> {
    Ok(conversation_member::Model {
        conversation_id: id.0,
        member_id: of.member_id.0,
        person_id: of.person_id.map(|it| it.0),
        participant_id: of.participant_id.map(|it| it.0),
        role: to_word(&of.role)?,
        display_name: of.display_name.expose().clone(),
        joined_at: of.joined_at.0,
        left_at: millis(of.left_at),
        delivered: i64::from(of.delivered),
        displayed: i64::from(of.displayed),
    })
}

fn to_member(row: conversation_member::Model) -> Stored<MemberRecord> {
    let table = "conversation_members";
    Ok(MemberRecord {
        member_id: MemberId(row.member_id),
        person_id: row.person_id.map(PersonId),
        participant_id: row.participant_id.map(ParticipantId),
        role: from_word(row.role, table, "role")?,
        display_name: row.display_name.into(),
        joined_at: UnixMillis(row.joined_at),
        left_at: row.left_at.map(UnixMillis),
        delivered: count(row.delivered, table, "delivered")?,
        displayed: count(row.displayed, table, "displayed")?,
    })
}

pub(super) fn line_row(id: ConversationId, of: &LogRecord) -> conversation_line::Model {
    let (kind, about): (_, Option<Uuid>) = match of.entry {
        LogEntry::Posted(message) => (POSTED, Some(message.0)),
        LogEntry::Changed(message) => (CHANGED, Some(message.0)),
        LogEntry::Member(member) => (MEMBER, Some(member.0)),
        LogEntry::Conversation => (CONVERSATION, None),
    };
    conversation_line::Model {
        conversation_id: id.0,
        number: i64::from(of.offset),
        at: of.at.0,
        kind: kind.to_owned(),
        about_id: about,
    }
}

pub(super) fn to_line(row: conversation_line::Model) -> Stored<LogRecord> {
    let entry = match (row.kind.as_str(), row.about_id) {
        (POSTED, Some(id)) => LogEntry::Posted(MessageId(id)),
        (CHANGED, Some(id)) => LogEntry::Changed(MessageId(id)),
        (MEMBER, Some(id)) => LogEntry::Member(MemberId(id)),
        (CONVERSATION, None) => LogEntry::Conversation,
        _ => return Err(unreadable("conversation_log", "kind")),
    };
    let offset = count(row.number, "conversation_log", "number")?;
    Ok(LogRecord { offset, at: UnixMillis(row.at), entry })
}

pub(super) fn away_row(id: PersonId, of: AwayRecord) -> out_of_office::Model {
    out_of_office::Model {
        person_id: id.0,
        until_at: of.until.0,
        covered_by: of.covered_by.map(|it| it.0),
    }
}

pub(super) fn to_away(row: out_of_office::Model) -> AwayRecord {
    AwayRecord {
        person_id: PersonId(row.person_id),
        until: UnixMillis(row.until_at),
        covered_by: row.covered_by.map(PersonId),
    }
}
