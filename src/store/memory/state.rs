//! The rows of the memory store, and its transactions.
//!
//! Invariant: a transaction checks everything before it changes anything, so that a refused one leaves no trace.

use super::booked::Booked;
use super::chats::Chats;
use super::federation::Federated;
use super::identity::Identity;
use super::organisations::Houses;
use super::password_links::Links;
use super::sharing::Shared;
use super::table::Table;
use super::trail::Kept;
use crate::domain::residency::Residency;
use crate::domain::visit::{Closed, Detail, Visit, What};
use crate::protocol::ids::{
    AppointmentId, AuditId, FileId, NoticeId, ParticipantId, PersonId, SessionId,
};
use crate::protocol::media::ReportQuality;
use crate::protocol::region::Region;
use crate::protocol::time::UnixMillis;
use crate::store::files::FileRecord;
use crate::store::outbox::{Announcement, NoticeRecord, Preferences};
use crate::store::records::{ConsentRecord, ErasureRecord, LegalHoldRecord};
use crate::store::reports::ReportRecord;
use crate::store::subjects::SubjectRecord;
use crate::store::verdict::{LinkState, Presented, link_state, presented};
use crate::store::{
    Answered, AnsweredBefore, AuditRecord, Claim, Conflict, JoinLinkRecord, LinkUse, NewVisit,
    PersonRecord, Rotation, SessionRecord, StoreError, Stored, VisitCommit,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Everything that is kept.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) houses: Houses,
    pub(super) people: BTreeMap<PersonId, PersonRecord>,
    pub(super) residency: Arc<Residency>,
    pub(super) region: Option<Region>,
    pub(super) sessions: BTreeMap<SessionId, SessionRecord>,
    pub(super) identity: Identity,
    pub(super) password_links: Links,
    pub(super) federated: Federated,
    pub(super) visits: Table<AppointmentId, Visit>,
    pub(super) booked: Booked,
    pub(super) consents: Vec<ConsentRecord>,
    pub(super) legal_holds: Vec<LegalHoldRecord>,
    pub(super) erasures: Vec<ErasureRecord>,
    pub(super) reports: Vec<ReportRecord>,
    pub(super) subjects: BTreeMap<PersonId, SubjectRecord>,
    pub(super) shared: Shared,
    pub(super) talks: Chats,
    pub(super) files: BTreeMap<FileId, FileRecord>,
    pub(super) events: BTreeMap<AppointmentId, Vec<What>>,
    pub(super) links: BTreeMap<Vec<u8>, Link>,
    pub(super) answers: BTreeMap<AnswerKey, (UnixMillis, AnsweredBefore)>,
    pub(super) audit: Vec<AuditRecord>,
    /// Of all of them.
    audit_ids: BTreeSet<AuditId>,
    /// Rows that were saved with what they tell.
    pub(super) audit_with_change: BTreeSet<AuditId>,
    pub(super) trail: Kept,
    pub(super) notices: BTreeMap<NoticeId, NoticeRecord>,
    pub(super) announced: BTreeMap<NoticeId, Announcement>,
    pub(super) preferences: BTreeMap<PersonId, Preferences>,
    pub(super) quality: Vec<(ParticipantId, ReportQuality, UnixMillis)>,
    fences: BTreeMap<AppointmentId, Claim>,
}

/// Caller, operation, key.
type AnswerKey = (String, String, String);

/// A join link and what became of it.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) record: JoinLinkRecord,
    pub(super) used_at: Option<UnixMillis>,
    pub(super) withdrawn_at: Option<UnixMillis>,
}

impl Link {
    fn new(record: JoinLinkRecord) -> Self {
        Link { record, used_at: None, withdrawn_at: None }
    }

    pub(super) fn is_spent(&self) -> bool {
        self.used_at.is_some() || self.withdrawn_at.is_some()
    }
}

pub(super) const fn conflict<T>(what: Conflict) -> Stored<T> {
    Err(StoreError::Conflict(what))
}

pub(super) fn ensure(holds: bool, otherwise: Conflict) -> Stored<()> {
    if holds { Ok(()) } else { conflict(otherwise) }
}

impl State {
    pub(super) fn create_person(
        &mut self,
        person: PersonRecord,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.check_key(answered.as_ref())?;
        let is_email_free = self.people.values().all(|it| it.email != person.email);
        ensure(is_email_free, Conflict::EmailTaken)?;
        ensure(!self.people.contains_key(&person.person_id), Conflict::Stale)?;
        let mut person = person;
        person.standing.judged_by(&self.residency);
        self.people.insert(person.person_id, person);
        self.keep(answered);
        Ok(())
    }

    pub(super) fn open_session(&mut self, session: SessionRecord) -> Stored<()> {
        self.check_session(&session)?;
        self.sessions.insert(session.session_id, session);
        Ok(())
    }

    pub(super) fn rotate(
        &mut self,
        id: SessionId,
        hash: &[u8],
        next: &[u8],
        now: UnixMillis,
        grace: Duration,
    ) -> Stored<Rotation> {
        let Some(session) = self.sessions.get_mut(&id) else { return Ok(Rotation::Gone) };
        Ok(match presented(session, hash, now, grace) {
            Presented::Gone => Rotation::Gone,
            Presented::Grace => Rotation::Grace(session.clone()),
            Presented::Older => {
                session.ended_at = Some(now);
                Rotation::Reused(session.clone())
            }
            Presented::Current => {
                let before = std::mem::replace(&mut session.refresh_hash, next.to_vec());
                session.previous_hash = Some(before);
                session.rotated_at = now;
                Rotation::Rotated(session.clone())
            }
        })
    }

    pub(super) fn end_session(&mut self, id: SessionId, now: UnixMillis) -> Stored<bool> {
        let open = self.sessions.get_mut(&id).filter(|it| it.ended_at.is_none());
        Ok(open.map(|it| it.ended_at = Some(now)).is_some())
    }

    pub(super) fn create_visit(&mut self, new: NewVisit, answered: Option<Answered>) -> Stored<()> {
        self.check_key(answered.as_ref())?;
        self.insert_plain(new)?;
        self.keep(answered);
        Ok(())
    }

    pub(super) fn claim_visit(&mut self, id: AppointmentId) -> Stored<Claim> {
        let Some(visit) = self.visits.get(&id) else { return conflict(Conflict::Missing) };
        let next_offset = visit.revision.checked_add(1).ok_or(StoreError::Aborted)?;
        let claim = self.fences.entry(id).or_insert(Claim { epoch: 0, next_offset });
        claim.epoch = claim.epoch.checked_add(1).ok_or(StoreError::Aborted)?;
        Ok(*claim)
    }

    pub(super) fn commit_visit(&mut self, commit: VisitCommit) -> Stored<()> {
        let id = commit.visit.facts.appointment_id;
        let next_offset = self.check_fence(&commit)?;
        self.check_key(commit.answered.as_ref())?;
        self.check_people(&commit.visit)?;
        let mut hashes = BTreeSet::new();
        for link in &commit.links {
            let is_new = hashes.insert(&link.token_hash);
            ensure(is_new && !self.links.contains_key(&link.token_hash), Conflict::Stale)?;
            let is_member = commit.visit.members.contains_key(&link.participant_id);
            ensure(is_member && link.appointment_id == id, Conflict::Missing)?;
        }

        self.check_announced(&commit.notices)?;

        let at = commit.at();
        if let Some(fence) = self.fences.get_mut(&id) {
            fence.next_offset = next_offset;
        }
        let was = self.visits.get(&id).and_then(|it| it.closed);
        if commit.visit.closed != was {
            self.booked.settle_conflict(id, at);
        }
        if commit.is_cancelled() && was != Some(Closed::Cancelled) {
            self.cancel(&commit);
        }
        self.links
            .extend(commit.links.into_iter().map(|it| (it.token_hash.clone(), Link::new(it))));
        self.revoke(&commit.revoked, at);
        let events = commit.events.into_iter().map(|it| What { detail: Detail::None, ..it });
        self.events.entry(id).or_default().extend(events);
        // What was agreed stays as it is, and so do names, which are of the accounts.
        let mut next = commit.visit;
        let kept = self.visits.get(&id).map(|it| it.members.clone()).unwrap_or_default();
        for (part, member) in &mut next.members {
            if let Some(kept) = kept.get(part) {
                member.display_name.clone_from(&kept.display_name);
            }
        }
        self.visits.change(&id, |kept| *kept = Visit { facts: kept.facts.clone(), ..next });
        self.announce(commit.notices);
        self.keep(commit.answered);
        Ok(())
    }

    pub(super) fn create_link(
        &mut self,
        link: JoinLinkRecord,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.check_key(answered.as_ref())?;
        let member = self
            .visits
            .get(&link.appointment_id)
            .and_then(|it| it.members.get(&link.participant_id));
        ensure(member.is_some_and(|it| !it.is_revoked), Conflict::Missing)?;
        ensure(!self.links.contains_key(&link.token_hash), Conflict::Stale)?;
        self.links.insert(link.token_hash.clone(), Link::new(link));
        self.keep(answered);
        Ok(())
    }

    pub(super) fn use_link(
        &mut self,
        token_hash: &[u8],
        session: SessionRecord,
        now: UnixMillis,
    ) -> Stored<LinkUse> {
        let Some(link) = self.links.get(token_hash) else { return Ok(LinkUse::Unknown) };
        match link_state(&link.record, link.used_at, link.withdrawn_at, now) {
            LinkState::Withdrawn => return Ok(LinkUse::Unknown),
            LinkState::Used => return Ok(LinkUse::Used),
            LinkState::Expired => return Ok(LinkUse::Expired),
            LinkState::Good => {}
        }
        let record = link.record.clone();
        let part = (record.appointment_id, record.participant_id);
        ensure(session.visit == Some(part), Conflict::Stale)?;
        self.open_session(session)?;
        if let Some(link) = self.links.get_mut(token_hash) {
            link.used_at = Some(now);
        }
        Ok(LinkUse::Opened(record))
    }

    pub(super) fn record_quality(
        &mut self,
        participant: ParticipantId,
        report: ReportQuality,
        at: UnixMillis,
    ) -> Stored<()> {
        ensure(self.is_member(report.appointment_id, participant), Conflict::Missing)?;
        self.quality.push((participant, report, at));
        Ok(())
    }

    pub(super) fn keep_answer(&mut self, answered: Answered) -> Stored<()> {
        self.check_key(Some(&answered))?;
        self.keep(Some(answered));
        Ok(())
    }

    pub(super) fn forget_answers(&mut self, before: UnixMillis, most: u32) -> Stored<u32> {
        let mut old: Vec<_> = self.answers.iter().filter(|(_, (at, _))| *at < before).collect();
        old.sort_by_key(|(_, (at, _))| *at);
        let keys: Vec<_> = old.into_iter().map(|(key, _)| key.clone()).collect();
        Ok((0..most).zip(keys).filter_map(|(_, key)| self.answers.remove(&key)).map(|_| 1).sum())
    }

    pub(super) fn forget_sessions(&mut self, before: UnixMillis, most: u32) -> Stored<u32> {
        let mut old: Vec<_> = self.sessions.values().filter(|it| it.expires_at < before).collect();
        old.sort_by_key(|it| it.expires_at);
        let ids: Vec<_> = old.into_iter().map(|it| it.session_id).collect();
        Ok((0..most).zip(ids).filter_map(|(_, id)| self.sessions.remove(&id)).map(|_| 1).sum())
    }

    pub(super) fn append_audit(&mut self, rows: Vec<AuditRecord>) -> Stored<()> {
        self.check_audit(&rows)?;
        self.put_audit(rows);
        Ok(())
    }

    pub(super) fn check_audit(&self, rows: &[AuditRecord]) -> Stored<()> {
        let mut ids = BTreeSet::new();
        let is_new =
            |it: &AuditRecord| !self.audit_ids.contains(&it.audit_id) && ids.insert(it.audit_id);
        ensure(rows.iter().all(is_new), Conflict::Stale)
    }

    /// With what they tell, once [`State::check_audit`] has let them pass.
    pub(super) fn keep_audit(&mut self, rows: Vec<AuditRecord>) {
        self.audit_with_change.extend(rows.iter().map(|it| it.audit_id));
        self.put_audit(rows);
    }

    fn put_audit(&mut self, rows: Vec<AuditRecord>) {
        self.audit_ids.extend(rows.iter().map(|it| it.audit_id));
        self.audit.extend(rows);
    }

    /// Returns what the next number will be after the commit.
    fn check_fence(&self, commit: &VisitCommit) -> Stored<u32> {
        let fence = self.fences.get(&commit.visit.facts.appointment_id);
        let (fence, (count, first)) = fence.zip(commit.numbers()).ok_or(StoreError::Fenced)?;
        if fence.epoch != commit.epoch || fence.next_offset != first {
            return Err(StoreError::Fenced);
        }
        first.checked_add(count).ok_or(StoreError::Aborted)
    }

    pub(super) fn check_key(&self, answered: Option<&Answered>) -> Stored<()> {
        let is_used = answered.is_some_and(|it| self.answers.contains_key(&key_of(it)));
        ensure(!is_used, Conflict::KeyUsed)
    }

    pub(super) fn check_visit(&self, new: &NewVisit) -> Stored<()> {
        let facts = &new.visit.facts;
        // The tables refuse that by a CHECK, which is no conflict that a caller could be told.
        if facts.starts_at >= facts.ends_at {
            return Err(StoreError::Aborted);
        }
        ensure(!self.visits.contains_key(&facts.appointment_id), Conflict::Stale)?;
        self.check_people(&new.visit)
    }

    fn check_people(&self, visit: &Visit) -> Stored<()> {
        let facts = [visit.facts.clinician_id, visit.facts.patient_id];
        let members = visit.members.values().filter_map(|it| it.person_id);
        let mut all = facts.into_iter().chain(members);
        ensure(all.all(|it| self.people.contains_key(&it)), Conflict::Missing)
    }

    fn check_session(&self, session: &SessionRecord) -> Stored<()> {
        ensure(!self.sessions.contains_key(&session.session_id), Conflict::Stale)?;
        let has_person = session.person_id.is_none_or(|it| self.people.contains_key(&it));
        let has_part = session.visit.is_none_or(|(visit, part)| self.is_member(visit, part));
        ensure(has_person && has_part, Conflict::Missing)?;
        let Some(it) = session.person_id.and_then(|it| self.people.get(&it)) else { return Ok(()) };
        let has_role = session.visit.is_some() || session.role == it.role;
        ensure(has_role && it.may_sign_in(), Conflict::Suspended)
    }

    fn is_member(&self, visit: AppointmentId, part: ParticipantId) -> bool {
        self.visits.get(&visit).is_some_and(|it| it.members.contains_key(&part))
    }

    fn revoke(&mut self, revoked: &[ParticipantId], at: UnixMillis) {
        for link in self.links.values_mut() {
            if revoked.contains(&link.record.participant_id) {
                link.withdrawn_at.get_or_insert(at);
            }
        }
        for session in self.sessions.values_mut() {
            if session.visit.is_some_and(|(_, part)| revoked.contains(&part)) {
                session.ended_at.get_or_insert(at);
            }
        }
    }

    pub(super) fn keep(&mut self, answered: Option<Answered>) {
        if let Some(it) = answered {
            let key = key_of(&it);
            let kept = AnsweredBefore { params_hash: it.params_hash, output: it.output };
            self.answers.insert(key, (it.at, kept));
        }
    }
}

fn key_of(answered: &Answered) -> AnswerKey {
    (answered.caller.clone(), answered.operation.to_owned(), answered.key.clone())
}
