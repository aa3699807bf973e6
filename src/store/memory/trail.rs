//! The audit log in its one order, in memory.
//!
//! Its writes are the hub's own, at no call of anybody: no fault is asked for at them, and they are not counted.

use super::state::{State, conflict, ensure};
use super::{Memory, as_read, at_most};
use crate::protocol::ids::{
    AppointmentId, AuditId, ConversationId, FileId, GrantId, MessageId, ParticipantId, PaymentId,
    PersonId, WaitlistId,
};
use crate::protocol::person::Role;
use crate::protocol::time::UnixMillis;
use crate::store::trail::{
    AuditQuery, CheckpointRecord, FoundAudit, Named, Opening, Trail, TrailBatch, TrailEntry,
};
use crate::store::{AuditRecordRead, Conflict, StoreError, Stored};
use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What is kept of it.
#[derive(Debug, Default)]
pub(super) struct Kept {
    entries: Vec<TrailEntry>,
    /// Which entry a row is, by its position.
    places: BTreeMap<i64, u64>,
    details: BTreeMap<u64, (Vec<u8>, String)>,
    touched: BTreeSet<(i64, PersonId)>,
    pseudonyms: BTreeMap<String, Uuid>,
    checkpoints: Vec<CheckpointRecord>,
    lease: Option<(Uuid, UnixMillis)>,
}

impl Kept {
    fn append(&mut self, batch: TrailBatch) -> Stored<()> {
        if self.lease.is_none_or(|it| it.0 != batch.holder) {
            return Err(StoreError::Fenced);
        }
        let size = self.checkpoints.last().map_or(0, |it| it.size);
        let first = batch.entries.first().map(|it| it.entry.index);
        ensure(first.unwrap_or(batch.checkpoint.size) == size, Conflict::Stale)?;
        if batch.entries.iter().any(|it| self.places.contains_key(&it.entry.position)) {
            return conflict(Conflict::Stale);
        }
        for it in batch.entries {
            let touched = it.patients.into_iter().map(|who| (it.entry.position, who));
            self.touched.extend(touched);
            self.details.insert(it.entry.index, (it.salt, it.detail));
            self.places.insert(it.entry.position, it.entry.index);
            self.entries.push(it.entry);
        }
        for (subject, pseudonym) in batch.pseudonyms {
            self.pseudonyms.entry(subject).or_insert(pseudonym);
        }
        self.checkpoints.push(batch.checkpoint);
        Ok(())
    }

    fn patients(&self, position: i64) -> Vec<PersonId> {
        let (first, last) = (PersonId(Uuid::nil()), PersonId(Uuid::max()));
        self.touched.range((position, first)..=(position, last)).map(|it| it.1).collect()
    }

    fn from(&self, from: u64, most: u32) -> Vec<TrailEntry> {
        let all = self.entries.iter().filter(|it| it.index >= from);
        all.take(at_most(most)).cloned().collect()
    }
}

impl State {
    fn rows(&self) -> impl DoubleEndedIterator<Item = AuditRecordRead> + '_ {
        let numbered = self.audit.iter().enumerate();
        numbered.map(|(before, row)| as_read(before, row.clone()))
    }

    fn found(&self, row: AuditRecordRead) -> FoundAudit {
        let entry = self.trail.places.get(&row.position).copied();
        let patients = self.trail.patients(row.position);
        FoundAudit { entry, patients, row }
    }

    /// Whose record it is.
    fn whose(&self, named: &str) -> Option<PersonId> {
        let (kind, id) = named.split_once(':')?;
        let id: Uuid = id.parse().ok()?;
        let of_visit = |id: AppointmentId| self.visits.get(&id).map(|it| it.facts.patient_id);
        let of_talk = |id: ConversationId| self.talks.chats.get(&id).map(|it| it.record.patient_id);
        match kind {
            "patient_id" => Some(PersonId(id)),
            "person_id" => {
                let person = self.people.get(&PersonId(id))?;
                (person.role == Role::Patient).then_some(person.person_id)
            }
            "appointment_id" => of_visit(AppointmentId(id)),
            "participant_id" => {
                let has =
                    |it: &&crate::domain::visit::Visit| it.members.contains_key(&ParticipantId(id));
                self.visits.values().find(has).map(|it| it.facts.patient_id)
            }
            "conversation_id" => of_talk(ConversationId(id)),
            "message_id" => of_talk(self.talks.places.get(&MessageId(id))?.0),
            "file_id" => of_talk(self.files.get(&FileId(id))?.conversation_id),
            "payment_id" => Some(self.booked.payments.get(&PaymentId(id))?.patient_id),
            "waitlist_id" => Some(self.booked.waitlist.get(&WaitlistId(id))?.patient_id),
            "grant_id" => self.shared.patient_of(GrantId(id)),
            _ => None,
        }
    }

    fn named(&self, who: &str) -> Option<Named> {
        let (kind, id) = who.split_once(':')?;
        let id: Uuid = id.parse().ok()?;
        if kind == "person" {
            let it = self.people.get(&PersonId(id))?;
            let (person_id, display_name) = (Some(it.person_id), it.display_name.clone());
            return Some(Named { person_id, display_name, role: it.role });
        }
        let part = ParticipantId(id);
        let it = self.visits.values().find_map(|it| it.members.get(&part))?;
        let display_name = it.display_name.clone();
        Some(Named { person_id: it.person_id, display_name, role: it.role })
    }
}

#[async_trait]
impl Trail for Memory {
    async fn trail_head(&self) -> Stored<Option<CheckpointRecord>> {
        Ok(self.state().trail.checkpoints.last().cloned())
    }

    async fn lead_trail(&self, holder: Uuid, now: UnixMillis, until: UnixMillis) -> Stored<bool> {
        let mut state = self.state();
        let is_free = state.trail.lease.is_none_or(|(who, end)| who == holder || end <= now);
        if is_free {
            state.trail.lease = Some((holder, until));
        }
        Ok(is_free)
    }

    async fn unsequenced(&self, _now: UnixMillis, most: u32) -> Stored<Vec<AuditRecordRead>> {
        let state = self.state();
        // Rows are entries in their order: there is one writer.
        let known = state.trail.entries.len();
        Ok(state.rows().skip(known).take(at_most(most)).collect())
    }

    async fn pseudonyms(&self, subjects: Vec<String>) -> Stored<BTreeMap<String, Uuid>> {
        let state = self.state();
        let known = |it: String| state.trail.pseudonyms.get(&it).map(|id| (it.clone(), *id));
        Ok(subjects.into_iter().filter_map(known).collect())
    }

    async fn patients_of(&self, named: Vec<String>) -> Stored<BTreeMap<String, PersonId>> {
        let state = self.state();
        let whose = |it: String| state.whose(&it).map(|patient| (it, patient));
        Ok(named.into_iter().filter_map(whose).collect())
    }

    async fn append_trail(&self, batch: TrailBatch) -> Stored<()> {
        self.state().trail.append(batch)
    }

    async fn trail(&self, from: u64, most: u32) -> Stored<Vec<TrailEntry>> {
        Ok(self.state().trail.from(from, most))
    }

    async fn openings(&self, from: u64, most: u32) -> Stored<Vec<Opening>> {
        let state = self.state();
        let opening = |entry: TrailEntry| Opening {
            committed: state.trail.details.get(&entry.index).cloned(),
            row: state.rows().find(|it| it.position == entry.position),
            patients: state.trail.patients(entry.position),
            entry,
        };
        Ok(state.trail.from(from, most).into_iter().map(opening).collect())
    }

    async fn checkpoints(&self, after: u64, most: u32) -> Stored<Vec<CheckpointRecord>> {
        let state = self.state();
        let later = state.trail.checkpoints.iter().filter(|it| it.size > after);
        Ok(later.take(at_most(most)).cloned().collect())
    }

    async fn erase_details(&self, entries: Vec<u64>) -> Stored<u32> {
        let details = &mut self.state().trail.details;
        Ok(entries.iter().filter_map(|it| details.remove(it)).map(|_| 1).sum())
    }

    async fn search_audit(&self, query: AuditQuery) -> Stored<Vec<FoundAudit>> {
        let state = self.state();
        let is = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|it| found == Some(it))
        };
        let is_wanted = |it: &FoundAudit| {
            let row = &it.row;
            query.organisation.is_none_or(|it| row.house() == Some(it))
                && is(&query.caller, row.caller.as_deref())
                && is(&query.target, row.target.as_deref())
                && (query.operations.is_empty() || query.operations.contains(&row.operation))
                && query.phase.as_ref().map_or(row.phase != "begin", |it| *it == row.phase)
                && query.patient.is_none_or(|who| it.patients.contains(&who))
                && query.from.is_none_or(|at| row.at >= at)
                && query.until.is_none_or(|at| row.at < at)
                && query.before.is_none_or(|before| row.position < before)
        };
        let all = state.rows().rev().map(|it| state.found(it));
        Ok(all.filter(is_wanted).take(at_most(query.limit)).collect())
    }

    async fn audit_row(&self, id: AuditId) -> Stored<Option<FoundAudit>> {
        let state = self.state();
        Ok(state.rows().find(|it| it.audit_id == id).map(|it| state.found(it)))
    }

    async fn named(&self, who: Vec<String>) -> Stored<BTreeMap<String, Named>> {
        let state = self.state();
        Ok(who.into_iter().filter_map(|it| Some((it.clone(), state.named(&it)?))).collect())
    }
}
