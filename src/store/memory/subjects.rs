//! Keys of people in the memory store, and the profiles that they seal.

use super::state::{State, ensure};
use super::{Memory, Point, at_most};
use crate::protocol::ids::PersonId;
use crate::protocol::time::UnixMillis;
use crate::store::conversations::WrappedKey;
use crate::store::said::{Said, SaidOf};
use crate::store::schedule::PatientRecord;
use crate::store::subjects::{KeyOwner, SubjectRecord, Subjects};
use crate::store::{Conflict, StoreError, Stored};
use async_trait::async_trait;
use std::collections::BTreeMap;
use uuid::Uuid;

impl State {
    /// The last revision that was sealed, of somebody who has a key. `is_same`: that one may be sealed anew.
    pub(super) fn note_sealed(&mut self, record: &PatientRecord, is_same: bool) -> Stored<()> {
        let subject = self.subjects.get_mut(&record.person_id).filter(|it| it.key.is_some());
        ensure(subject.is_some(), Conflict::Missing)?;
        if let Some(subject) = subject {
            let (mark, next) = (subject.sealed_revision, record.revision);
            ensure(mark < next || (is_same && mark == next), Conflict::Stale)?;
            subject.sealed_revision = record.revision;
        }
        Ok(())
    }

    fn open_subject(&mut self, id: PersonId, key: WrappedKey) -> Stored<()> {
        ensure(!self.subjects.contains_key(&id), Conflict::Stale)?;
        ensure(self.people.contains_key(&id), Conflict::Missing)?;
        let new = SubjectRecord { key: Some(key), sealed_revision: 0, destroyed_at: None };
        self.subjects.insert(id, new);
        Ok(())
    }

    fn seal_patient(&mut self, record: PatientRecord) -> Stored<()> {
        let kept = self.booked.patients.get(&record.person_id);
        let is_same = kept.is_some_and(|it| it.revision == record.revision);
        let has_key = self.subjects.get(&record.person_id).is_some_and(|it| it.key.is_some());
        ensure(has_key, Conflict::Missing)?;
        ensure(is_same, Conflict::Stale)?;
        self.note_sealed(&record, true)?;
        self.booked.patients.insert(record.person_id, record);
        Ok(())
    }

    fn rewrap_subject(
        &mut self,
        id: PersonId,
        before: &WrappedKey,
        after: WrappedKey,
    ) -> Stored<()> {
        let same = self.subjects.get_mut(&id).filter(|it| it.key.as_ref() == Some(before));
        ensure(same.is_some(), Conflict::Stale)?;
        if let Some(subject) = same {
            subject.key = Some(after);
        }
        Ok(())
    }
}

impl Memory {
    /// A profile as a program writes it that knows of no keys: for tests.
    pub fn writes_plainly(&self, record: PatientRecord) {
        self.state().booked.patients.insert(record.person_id, record);
    }

    /// The revision beside a person's key, past every check: for tests of what somebody does who has the database.
    pub fn puts_back(&self, id: PersonId, revision: u32) {
        if let Some(subject) = self.state().subjects.get_mut(&id) {
            subject.sealed_revision = revision;
        }
    }
}

#[async_trait]
impl Subjects for Memory {
    async fn subject(&self, id: PersonId) -> Stored<Option<SubjectRecord>> {
        Ok(self.state().subjects.get(&id).cloned())
    }

    async fn open_subject(&self, id: PersonId, key: WrappedKey, _at: UnixMillis) -> Stored<()> {
        self.write_beside(Point::OpenSubject, |state| state.open_subject(id, key)).await
    }

    async fn patient_with_key(
        &self,
        id: PersonId,
    ) -> Stored<Option<(PatientRecord, Option<SubjectRecord>)>> {
        let state = self.state();
        Ok(state.patient(id).map(|it| (it, state.subjects.get(&id).cloned())))
    }

    async fn unsealed_patients(
        &self,
        after: Option<PersonId>,
        limit: u32,
    ) -> Stored<Vec<PatientRecord>> {
        let state = self.state();
        let mark = |id: &PersonId| state.subjects.get(id).map_or(0, |it| it.sealed_revision);
        let open = state.booked.patients.values().filter(|it| it.revision > mark(&it.person_id));
        let later = open.filter(|it| after.is_none_or(|after| it.person_id > after));
        Ok(later.take(at_most(limit)).cloned().collect())
    }

    async fn seal_patient(&self, record: PatientRecord) -> Stored<()> {
        self.write_beside(Point::SealPatient, |state| state.seal_patient(record)).await
    }

    async fn subjects_sealed_otherwise(
        &self,
        key_id: &str,
        after: Option<PersonId>,
        limit: u32,
    ) -> Stored<Vec<(PersonId, WrappedKey)>> {
        let state = self.state();
        let keys = state.subjects.iter().filter_map(|(id, it)| Some((*id, it.key.clone()?)));
        let other = keys.filter(|(_, it)| it.is_of_before(key_id));
        let later = other.filter(|(id, _)| after.is_none_or(|after| *id > after));
        Ok(later.take(at_most(limit)).collect())
    }

    async fn unbound_keys(&self) -> Stored<u64> {
        let state = self.state();
        let of_talks = state.talks.chats.values().filter_map(|it| it.record.key.as_ref());
        let keys = state.subjects.values().filter_map(|it| it.key.as_ref()).chain(of_talks);
        Ok(keys.filter(|it| !it.is_bound()).map(|_| 1).sum())
    }

    async fn subject_counts(&self) -> Stored<Vec<(Option<String>, u64)>> {
        let mut counts = BTreeMap::<_, u64>::new();
        for it in self.state().subjects.values() {
            let counted = counts.entry(it.key.as_ref().map(|it| it.key_id.clone())).or_default();
            *counted = counted.saturating_add(1);
        }
        Ok(counts.into_iter().collect())
    }

    async fn rewrap_subject(
        &self,
        id: PersonId,
        before: WrappedKey,
        after: WrappedKey,
    ) -> Stored<()> {
        self.write_beside(Point::RewrapSubject, |state| state.rewrap_subject(id, &before, after))
            .await
    }

    /// What is written here is told by who writes it; nothing is older than the process.
    async fn words_of_before(
        &self,
        _at: Said,
        _after: Option<Uuid>,
        _limit: u32,
    ) -> Stored<Vec<SaidOf>> {
        Ok(vec![])
    }

    async fn seal_words(&self, _before: SaidOf, _sealed: String) -> Stored<()> {
        Err(StoreError::Conflict(Conflict::Stale))
    }

    async fn wipe_what_was_sealed(&self) -> Stored<()> {
        Ok(())
    }

    async fn sample_keys(&self, key_id: &str, limit: u32) -> Stored<Vec<(KeyOwner, WrappedKey)>> {
        let state = self.state();
        let is_of = |it: &WrappedKey| it.key_id == key_id;
        let people = state
            .subjects
            .iter()
            .filter_map(|(id, it)| Some((KeyOwner::Person(*id), it.key.clone().filter(is_of)?)));
        let talks = state.talks.chats.iter().filter_map(|(id, it)| {
            let key = it.record.key.clone().filter(is_of)?;
            Some((KeyOwner::Conversation(*id), key))
        });
        let limit = at_most(limit);
        Ok(people.take(limit).chain(talks.take(limit)).collect())
    }
}
