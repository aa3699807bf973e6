//! A conversation between a patient and a clinician, and somebody who writes its log.

use crate::samples::NOW;
use crate::support::Clinic;
use bedside::protocol::conversation::{ConversationKind, ConversationStatus, MemberMarks};
use bedside::protocol::ids::{ConversationId, MemberId, MessageId};
use bedside::protocol::person::Role;
use bedside::protocol::time::UnixMillis;
use bedside::store::conversations::{
    ConversationRecord, LogChange, LogCommit, LogEntry, LogLine, LogRecord, MemberRecord,
    MessageRecord, Term, WrappedKey,
};
use bedside::store::subjects::BOUND;
use bedside::store::{Answered, PersonRecord, Stored};
use std::time::Duration;
use uuid::Uuid;

/// The moment of the line with that number.
pub(crate) fn at(offset: u32) -> UnixMillis {
    NOW.plus(Duration::from_secs(u64::from(offset)))
}

/// Terms that are told apart by their first byte.
pub(crate) fn terms(of: &[u8]) -> Vec<Term> {
    of.iter().map(|it| [*it; 8]).collect()
}

pub(crate) fn key(key_id: &str) -> WrappedKey {
    WrappedKey { key_id: key_id.to_owned(), sealed: format!("{BOUND}sealed by {key_id}") }
}

pub(crate) fn member(person: &PersonRecord) -> MemberRecord {
    MemberRecord {
        member_id: MemberId(Uuid::now_v7()),
        person_id: Some(person.person_id),
        participant_id: None,
        role: person.role,
        display_name: person.display_name.clone(),
        joined_at: NOW,
        left_at: None,
        delivered: 0,
        displayed: 0,
    }
}

/// A conversation that nobody has opened yet.
pub(crate) fn conversation(clinician: &PersonRecord, patient: &PersonRecord) -> ConversationRecord {
    ConversationRecord {
        conversation_id: ConversationId(Uuid::now_v7()),
        kind: ConversationKind::Care,
        appointment_id: None,
        patient_id: patient.person_id,
        clinician_id: clinician.person_id,
        status: ConversationStatus::Quiet,
        assigned_to: None,
        created_at: NOW,
        active_at: NOW,
        key: Some(key("node-key-1")),
        members: vec![member(clinician), member(patient)],
        last_offset: 0,
    }
}

/// A conversation, and its writer.
pub(crate) struct Talk {
    pub(crate) clinic: Clinic,
    pub(crate) clinician: PersonRecord,
    pub(crate) patient: PersonRecord,
    pub(crate) id: ConversationId,
    pub(crate) doctor: MemberId,
    pub(crate) ill: MemberId,
    pub(crate) epoch: u32,
    pub(crate) next: u32,
}

impl Talk {
    pub(crate) async fn open(clinic: Clinic) -> Self {
        let clinician = clinic.hires("Dr Robin Sample", Role::Clinician).await;
        let patient = clinic.hires("Pat Example", Role::Patient).await;
        Talk::between(clinic, clinician, patient).await
    }

    pub(crate) async fn between(
        clinic: Clinic,
        clinician: PersonRecord,
        patient: PersonRecord,
    ) -> Self {
        let new = conversation(&clinician, &patient);
        let record = clinic.store.open_conversation(new, None).await.unwrap();
        let claim = clinic.store.claim_conversation(record.conversation_id, "node-a").await;
        let claim = claim.unwrap();
        let of = |role| record.members.iter().find(|it| it.role == role).unwrap().member_id;
        let (doctor, ill) = (of(Role::Clinician), of(Role::Patient));
        let (epoch, next) = (claim.epoch, claim.next_offset);
        Talk { clinic, clinician, patient, id: record.conversation_id, doctor, ill, epoch, next }
    }

    /// The line that comes next.
    pub(crate) fn line(&mut self, entry: LogEntry, change: LogChange) -> LogLine {
        let record = LogRecord { offset: self.next, at: at(self.next), entry };
        self.next += 1;
        LogLine { record, change, answered: None, notices: vec![], files: vec![] }
    }

    /// The posting that comes next.
    pub(crate) fn post(&mut self, by: MemberId, found_by: &[u8]) -> (LogLine, MessageRecord) {
        let message = MessageRecord {
            message_id: MessageId(Uuid::now_v7()),
            conversation_id: self.id,
            offset: self.next,
            member_id: by,
            at: at(self.next),
            sealed_body: Some(format!("sealed {}", self.next)),
            sealed_files: None,
            reply_to: None,
            edited_at: None,
            deleted_at: None,
            changed: None,
        };
        let posted = LogEntry::Posted(message.message_id);
        (self.line(posted, LogChange::Post(message.clone(), terms(found_by))), message)
    }

    pub(crate) fn answered_post(&mut self, by: MemberId, answered: Answered) -> LogLine {
        LogLine { answered: Some(answered), ..self.post(by, &[]).0 }
    }

    /// The rewriting that comes next.
    pub(crate) fn rewrite(&mut self, message: &MessageRecord, found_by: &[u8]) -> LogLine {
        let changed = LogEntry::Changed(message.message_id);
        let message = MessageRecord { changed: Some(self.next), ..message.clone() };
        self.line(changed, LogChange::Rewrite(message, terms(found_by)))
    }

    pub(crate) fn commit(&self, lines: Vec<LogLine>) -> LogCommit {
        let active_at = lines.last().map_or(NOW, |it| it.record.at);
        LogCommit { conversation_id: self.id, epoch: self.epoch, lines, answers: vec![], active_at }
    }

    pub(crate) async fn saves(&self, lines: Vec<LogLine>) -> Stored<()> {
        self.clinic.store.append_log(self.commit(lines)).await
    }

    /// One after the other, each in a commit of its own.
    pub(crate) async fn writes(&mut self, by: MemberId, found_by: &[u8]) -> MessageRecord {
        let (line, message) = self.post(by, found_by);
        self.saves(vec![line]).await.unwrap();
        message
    }

    /// What the message is after it was taken back.
    pub(crate) async fn takes_back(&mut self, message: &MessageRecord) -> MessageRecord {
        let (deleted_at, changed) = (Some(at(self.next)), Some(self.next));
        let gone = MessageRecord { sealed_body: None, deleted_at, changed, ..message.clone() };
        let line = self.rewrite(&gone, &[]);
        self.saves(vec![line]).await.unwrap();
        gone
    }

    pub(crate) async fn marks(&self, member_id: MemberId, delivered: u32, displayed: u32) {
        let marks = vec![MemberMarks { member_id, delivered, displayed }];
        self.clinic.store.save_marks(self.id, marks).await.unwrap();
    }

    pub(crate) async fn record(&self) -> ConversationRecord {
        self.clinic.store.conversation(self.id).await.unwrap().unwrap()
    }

    /// Numbers of the log.
    pub(crate) async fn numbers(&self) -> Vec<u32> {
        let log = self.clinic.store.log_since(self.id, 0, 1_000).await.unwrap();
        log.iter().map(|(it, _)| it.offset).collect()
    }
}
