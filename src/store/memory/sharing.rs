//! What patients share, and records that were opened in an emergency, in the memory store.

use super::state::{State, conflict, ensure};
use super::{Memory, Point, at_most};
use crate::domain::visit::Closed;
use crate::protocol::ids::{ConversationId, GrantId, OrganisationId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::time::UnixMillis;
use crate::store::outbox::Announcement;
use crate::store::records::erased_email;
use crate::store::sharing::{
    Emergencies, GrantRecord, PartiesRecord, Quota, RelationRecord, ReviewRecord, Shares,
    SharingRecord,
};
use crate::store::{Answered, Conflict, PersonRecord, Stored};
use async_trait::async_trait;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Its rows.
#[derive(Debug, Default)]
pub(super) struct Shared {
    versions: BTreeMap<PersonId, Vec<SharingRecord>>,
    grants: BTreeMap<GrantId, GrantRecord>,
}

impl Shared {
    /// Nothing is left of what an erased patient shared, and of what was said of them in an emergency.
    pub(super) fn erase(&mut self, id: PersonId) {
        self.versions.remove(&id);
        for grant in self.grants.values_mut().filter(|it| it.patient_id == id) {
            grant.text = String::new().into();
            if let Some(review) = &mut grant.review {
                review.note = String::new().into();
            }
        }
    }

    pub(super) fn patient_of(&self, id: GrantId) -> Option<PersonId> {
        Some(self.grants.get(&id)?.patient_id)
    }

    fn last(&self, of: PersonId) -> Option<SharingRecord> {
        self.versions.get(&of)?.last().copied()
    }

    /// The latest first.
    fn open_at(&self, clinician: PersonId, at: UnixMillis) -> Vec<GrantRecord> {
        let is_open = |it: &&GrantRecord| {
            it.clinician_id == clinician && it.opened_at <= at && at < it.ends_at
        };
        let mut found: Vec<_> = self.grants.values().filter(is_open).cloned().collect();
        found.sort_by_key(|it| Reverse((it.opened_at, it.grant_id)));
        found
    }
}

impl State {
    fn save_sharing(
        &mut self,
        it: SharingRecord,
        answered: Option<Answered>,
    ) -> Stored<Vec<ConversationId>> {
        self.check_key(answered.as_ref())?;
        ensure(self.people.contains_key(&it.person_id), Conflict::Missing)?;
        let last = self.shared.last(it.person_id).map_or(0, |it| it.revision);
        ensure(last.checked_add(1) == Some(it.revision), Conflict::Stale)?;
        let theirs =
            self.talks.chats.values_mut().filter(|chat| chat.record.patient_id == it.person_id);
        let talks = theirs.map(|chat| {
            chat.fence_off();
            chat.record.conversation_id
        });
        let talks = talks.collect();
        self.shared.versions.entry(it.person_id).or_default().push(it);
        self.keep(answered);
        Ok(talks)
    }

    fn open_grant(
        &mut self,
        grant: GrantRecord,
        quota: Quota,
        notices: Vec<Announcement>,
    ) -> Stored<(GrantRecord, bool)> {
        let (at, clinician) = (grant.opened_at, grant.clinician_id);
        let mut people = [grant.patient_id, clinician].into_iter();
        ensure(people.all(|it| self.people.contains_key(&it)), Conflict::Missing)?;
        let gone = erased_email(grant.patient_id);
        let is_erased = |it: &PersonRecord| it.email.expose() == &gone;
        ensure(!self.people.get(&grant.patient_id).is_some_and(is_erased), Conflict::Missing)?;
        let open = self.shared.open_at(clinician, at);
        if let Some(known) = open.into_iter().find(|it| it.patient_id == grant.patient_id) {
            return Ok((known, false));
        }
        let since = at.minus(quota.within);
        let theirs = self.shared.grants.values().filter(|it| it.clinician_id == clinician);
        let opened = theirs.filter(|it| it.opened_at > since).count();
        ensure(opened < at_most(quota.most), Conflict::Full)?;
        self.check_announced(&notices)?;
        self.announce(notices);
        self.shared.grants.insert(grant.grant_id, grant.clone());
        Ok((grant, true))
    }

    fn review_grant(
        &mut self,
        id: GrantId,
        review: ReviewRecord,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.check_key(answered.as_ref())?;
        let Some(grant) = self.shared.grants.get_mut(&id) else {
            return conflict(Conflict::Missing);
        };
        let may = grant.review.is_none() && grant.clinician_id != review.by;
        ensure(may, Conflict::Stale)?;
        grant.review = Some(review);
        self.keep(answered);
        Ok(())
    }
}

#[async_trait]
impl Shares for Memory {
    async fn sharing(&self, of: PersonId) -> Stored<Option<SharingRecord>> {
        Ok(self.state().shared.last(of))
    }

    async fn sharing_versions(&self, of: PersonId, limit: u32) -> Stored<Vec<SharingRecord>> {
        let state = self.state();
        let versions = state.shared.versions.get(&of).into_iter().flatten().rev();
        Ok(versions.take(at_most(limit)).copied().collect())
    }

    async fn save_sharing(
        &self,
        it: SharingRecord,
        answered: Option<Answered>,
    ) -> Stored<Vec<ConversationId>> {
        self.write(Point::SaveSharing, |state| state.save_sharing(it, answered)).await
    }

    async fn relation(&self, patient: PersonId, clinician: PersonId) -> Stored<RelationRecord> {
        let state = self.state();
        let theirs = state.visits.values().filter(|it| {
            (it.facts.patient_id, it.facts.clinician_id) == (patient, clinician)
                && matches!(it.closed, None | Some(Closed::Ended))
        });
        let (mut last_visit_ends, mut last_arranged_ends) = (None, None);
        for it in theirs {
            let lines = state.booked.history.get(&it.facts.appointment_id);
            let first = lines.and_then(|it| it.iter().find(|it| it.version == 1));
            let is_own = first.is_some_and(|it| it.by == Some(clinician));
            let last = match is_own && it.call_started_at.is_none() {
                true => &mut last_arranged_ends,
                false => &mut last_visit_ends,
            };
            *last = (*last).max(Some(it.facts.ends_at));
        }
        let mut members = state
            .talks
            .chats
            .values()
            .filter(|it| it.record.patient_id == patient)
            .flat_map(|it| &it.record.members);
        let is_member = members.any(|it| {
            it.person_id == Some(clinician) && it.role == Role::Clinician && it.left_at.is_none()
        });
        Ok(RelationRecord { last_visit_ends, last_arranged_ends, is_member })
    }

    async fn parties(
        &self,
        ids: &[ConversationId],
    ) -> Stored<Vec<(ConversationId, PartiesRecord)>> {
        let state = self.state();
        let parties = ids.iter().filter_map(|id| {
            let record = &state.talks.chats.get(id)?.record;
            let sharing = state.shared.last(record.patient_id).map(|it| it.sharing);
            let (patient_id, clinician_id) = (record.patient_id, record.clinician_id);
            Some((*id, PartiesRecord { patient_id, clinician_id, sharing }))
        });
        Ok(parties.collect())
    }
}

#[async_trait]
impl Emergencies for Memory {
    async fn open_grant(
        &self,
        grant: GrantRecord,
        quota: Quota,
        notices: Vec<Announcement>,
    ) -> Stored<GrantRecord> {
        let open = |state: &mut State| state.open_grant(grant, quota, notices);
        self.write(Point::OpenGrant, open).await.map(|(it, _)| it)
    }

    async fn grant_at(
        &self,
        patient: PersonId,
        clinician: PersonId,
        at: UnixMillis,
    ) -> Stored<Option<GrantRecord>> {
        let open = self.state().shared.open_at(clinician, at);
        Ok(open.into_iter().find(|it| it.patient_id == patient))
    }

    async fn open_grants(&self, clinician: PersonId, at: UnixMillis) -> Stored<Vec<GrantRecord>> {
        Ok(self.state().shared.open_at(clinician, at))
    }

    async fn grants(&self, of: OrganisationId, limit: u32) -> Stored<Vec<GrantRecord>> {
        let state = self.state();
        let theirs = state.shared.grants.values().filter(|it| state.is_of(it.patient_id, of));
        let (mut waiting, mut done): (Vec<_>, Vec<_>) =
            theirs.cloned().partition(|it| it.review.is_none());
        waiting.sort_by_key(|it| (it.opened_at, it.grant_id));
        done.sort_by_key(|it| Reverse((it.review.as_ref().map(|it| it.at), it.grant_id)));
        waiting.truncate(at_most(limit));
        done.truncate(at_most(limit));
        waiting.extend(done);
        Ok(waiting)
    }

    async fn grant(&self, id: GrantId) -> Stored<Option<GrantRecord>> {
        Ok(self.state().shared.grants.get(&id).cloned())
    }

    async fn review_grant(
        &self,
        id: GrantId,
        review: ReviewRecord,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.write(Point::ReviewGrant, |state| state.review_grant(id, review, answered)).await
    }
}
