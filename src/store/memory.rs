//! A store in memory that fails on demand: for tests of everything that stands above the store.
//!
//! Owns: the same semantics as the databases (one suite runs on all three), and the faults.
//! Invariant: a call is atomic, as a transaction is. Does not: keep anything; nothing here outlives the process.

use super::people::Which;
use super::with_change::{IsChange, of_these};
use super::{
    Answered, AnsweredBefore, AttendanceRecord, AuditRecord, AuditRecordRead, Claim,
    JoinLinkRecord, Ledger, LinkUse, NewVisit, People, PersonRecord, Rotation, SessionRecord,
    Sessions, Stored, VisitCommit, VisitFilter, Visits,
};
use crate::domain::visit::Visit;
use crate::protocol::ids::{
    AppointmentId, AuditId, OrganisationId, ParticipantId, PersonId, SessionId,
};
use crate::protocol::media::ReportQuality;
use crate::protocol::time::UnixMillis;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use uuid::Uuid;

mod booked;
mod booking_state;
mod chats;
mod checks;
mod conversations;
mod faults;
mod federation;
mod files;
mod identity;
mod organisations;
mod outbox;
mod password_links;
mod payments;
mod places;
mod profiles;
mod records;
mod reports;
mod residency;
mod schedule;
mod sharing;
mod staff;
mod state;
mod subjects;
mod table;
mod trail;
mod usage;

use faults::Faults;
pub use faults::{Failure, Point};
use state::State;

/// The store. A clone is another handle on the same rows.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    faults: Faults,
    identity: OnceLock<Uuid>,
    writes: Mutex<BTreeMap<Point, usize>>,
}

impl Memory {
    /// Which one it is.
    fn identity(&self) -> Uuid {
        *self.inner.identity.get_or_init(Uuid::new_v4)
    }

    /// The next call of that method fails in that way. Asked twice, the next two do.
    pub fn fail_next(&self, point: Point, failure: Failure) {
        self.inner.faults.push(point, failure);
    }

    /// Whether every fault that was asked for has happened.
    pub fn has_no_faults_left(&self) -> bool {
        self.inner.faults.are_none()
    }

    /// How many writes were saved so far, those included whose outcome was told as unknown.
    pub fn writes(&self) -> usize {
        self.counted().values().sum()
    }

    /// Those of them that are of these kinds.
    pub fn writes_at(&self, points: &[Point]) -> usize {
        let counted = self.counted();
        points.iter().filter_map(|it| counted.get(it)).sum()
    }

    fn counted(&self) -> MutexGuard<'_, BTreeMap<Point, usize>> {
        self.inner.writes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a row of the audit log was saved with what it tells, and not by itself.
    pub fn is_with_its_change(&self, row: AuditId) -> bool {
        self.state().audit_with_change.contains(&row)
    }

    /// The quality reports that were kept, oldest first.
    pub fn quality(&self) -> Vec<(ParticipantId, ReportQuality, UnixMillis)> {
        self.state().quality.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a call was made for, with its rows of the audit log when anything is changed.
    async fn write<T: IsChange>(
        &self,
        point: Point,
        change: impl FnOnce(&mut State) -> Stored<T>,
    ) -> Stored<T> {
        let calls = of_these();
        if calls.rows().is_empty() {
            return self.write_beside(point, change).await;
        }
        let with_rows = |state: &mut State| {
            state.check_audit(&calls.rows())?;
            let done = change(state)?;
            if done.is_change() {
                // What it is about may be known only now.
                state.keep_audit(calls.rows());
                calls.committing();
            }
            Ok(done)
        };
        let outcome = self.write_beside(point, with_rows).await;
        if outcome.as_ref().is_ok_and(IsChange::is_change) {
            calls.told(&Ok(()));
        }
        outcome
    }

    /// What no call was made for: what is on the way to its change, or the hub's own.
    async fn write_beside<T>(
        &self,
        point: Point,
        change: impl FnOnce(&mut State) -> Stored<T>,
    ) -> Stored<T> {
        let saving = || {
            let outcome = change(&mut self.state());
            if outcome.is_ok() {
                let mut counted = self.counted();
                let count = counted.entry(point).or_default();
                *count = count.saturating_add(1);
            }
            outcome
        };
        self.inner.faults.apply(point, saving).await
    }
}

/// As many as fit; a limit beyond the address space is none.
fn at_most(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

#[async_trait]
impl People for Memory {
    async fn create_person(&self, person: PersonRecord, answered: Option<Answered>) -> Stored<()> {
        self.write(Point::CreatePerson, |state| state.create_person(person, answered)).await
    }

    async fn person(&self, id: PersonId) -> Stored<Option<PersonRecord>> {
        Ok(self.state().people.get(&id).cloned())
    }

    async fn person_by_email(&self, email: &str) -> Stored<Option<PersonRecord>> {
        Ok(self.state().people.values().find(|it| it.email.expose() == email).cloned())
    }

    async fn people(
        &self,
        of: OrganisationId,
        which: Which,
        limit: u32,
    ) -> Stored<Vec<PersonRecord>> {
        let mut found: Vec<_> = {
            let state = self.state();
            let wanted = |it: &&PersonRecord| it.organisation_id == of && which.is(it);
            state.people.values().filter(wanted).cloned().collect()
        };
        found.sort_by(|a, b| (&a.display_name, a.person_id).cmp(&(&b.display_name, b.person_id)));
        found.truncate(at_most(limit));
        Ok(found)
    }
}

#[async_trait]
impl Sessions for Memory {
    async fn open_session(&self, session: SessionRecord) -> Stored<()> {
        self.write(Point::OpenSession, |state| state.open_session(session)).await
    }

    async fn session(&self, id: SessionId) -> Stored<Option<SessionRecord>> {
        Ok(self.state().sessions.get(&id).cloned())
    }

    async fn rotate(
        &self,
        id: SessionId,
        presented: &[u8],
        next: &[u8],
        now: UnixMillis,
        grace: Duration,
    ) -> Stored<Rotation> {
        self.write(Point::Rotate, |state| state.rotate(id, presented, next, now, grace)).await
    }

    async fn end_session(&self, id: SessionId, now: UnixMillis) -> Stored<bool> {
        self.write(Point::EndSession, |state| state.end_session(id, now)).await
    }

    async fn sessions_of_participant(&self, id: ParticipantId) -> Stored<Vec<SessionId>> {
        let state = self.state();
        let open = state.sessions.values().filter(|it| it.ended_at.is_none());
        let theirs = open.filter(|it| it.visit.is_some_and(|(_, part)| part == id));
        Ok(theirs.map(|it| it.session_id).collect())
    }

    async fn forget_sessions(&self, before: UnixMillis, most: u32) -> Stored<u32> {
        self.write_beside(Point::ForgetSessions, |state| state.forget_sessions(before, most)).await
    }
}

#[async_trait]
impl Visits for Memory {
    async fn create_visit(&self, new: NewVisit, answered: Option<Answered>) -> Stored<()> {
        self.write(Point::CreateVisit, |state| state.create_visit(new, answered)).await
    }

    async fn visit(&self, id: AppointmentId) -> Stored<Option<Visit>> {
        Ok(self.state().visits.get(&id).cloned())
    }

    async fn visits(&self, filter: VisitFilter) -> Stored<Vec<Visit>> {
        let wanted = |it: &&Visit| {
            let facts = &it.facts;
            let is_part = |person: PersonId| {
                let mut parts = it.members.values();
                facts.clinician_id == person
                    || facts.patient_id == person
                    || parts.any(|part| part.person_id == Some(person))
            };
            filter.organisation.is_none_or(|it| facts.organisation_id == it)
                && filter.person_id.is_none_or(is_part)
                && filter.from.is_none_or(|from| facts.ends_at > from)
                && filter.until.is_none_or(|until| facts.starts_at < until)
        };
        let read = || {
            let mut found: Vec<_> = self.state().visits.values().filter(wanted).cloned().collect();
            found.sort_by_key(|it| (it.facts.starts_at, it.facts.appointment_id));
            found.truncate(at_most(filter.limit));
            Ok(found)
        };
        self.inner.faults.apply(Point::Visits, read).await
    }

    async fn claim_visit(&self, id: AppointmentId, _node: &str) -> Stored<Claim> {
        self.write_beside(Point::ClaimVisit, |state| state.claim_visit(id)).await
    }

    async fn commit_visit(&self, commit: VisitCommit) -> Stored<()> {
        self.write(Point::CommitVisit, |state| state.commit_visit(commit)).await
    }

    async fn attendance(&self, id: AppointmentId) -> Stored<Vec<AttendanceRecord>> {
        let state = self.state();
        let events = state.events.get(&id).into_iter().flatten().cloned();
        Ok((1..).zip(events).map(|(number, what)| AttendanceRecord { number, what }).collect())
    }

    async fn create_link(&self, link: JoinLinkRecord, answered: Option<Answered>) -> Stored<()> {
        self.write(Point::CreateLink, |state| state.create_link(link, answered)).await
    }

    async fn link(&self, token_hash: &[u8]) -> Stored<Option<(JoinLinkRecord, bool)>> {
        Ok(self.state().links.get(token_hash).map(|it| (it.record.clone(), it.is_spent())))
    }

    async fn use_link(
        &self,
        token_hash: &[u8],
        session: SessionRecord,
        now: UnixMillis,
    ) -> Stored<LinkUse> {
        self.write(Point::UseLink, |state| state.use_link(token_hash, session, now)).await
    }

    async fn record_quality(
        &self,
        participant: ParticipantId,
        report: ReportQuality,
        at: UnixMillis,
    ) -> Stored<()> {
        self.write_beside(Point::RecordQuality, |state| {
            state.record_quality(participant, report, at)
        })
        .await
    }
}

#[async_trait]
impl Ledger for Memory {
    async fn answered(
        &self,
        caller: &str,
        operation: &str,
        key: &str,
    ) -> Stored<Option<AnsweredBefore>> {
        let key = (caller.to_owned(), operation.to_owned(), key.to_owned());
        Ok(self.state().answers.get(&key).map(|(_, answer)| answer.clone()))
    }

    async fn keep_answer(&self, answered: Answered) -> Stored<()> {
        self.write(Point::KeepAnswer, |state| state.keep_answer(answered)).await
    }

    async fn forget_answers(&self, before: UnixMillis, most: u32) -> Stored<u32> {
        self.write_beside(Point::ForgetAnswers, |state| state.forget_answers(before, most)).await
    }

    async fn append_audit(&self, rows: Vec<AuditRecord>) -> Stored<()> {
        self.write_beside(Point::AppendAudit, |state| state.append_audit(rows)).await
    }

    async fn audit(&self, limit: u32) -> Stored<Vec<AuditRecordRead>> {
        let state = self.state();
        let numbered = state.audit.iter().enumerate().rev().take(at_most(limit));
        Ok(numbered.map(|(before, row)| as_read(before, row.clone())).collect())
    }

    async fn ready(&self) -> Stored<()> {
        Ok(())
    }
}

/// A row, with its position: how many there are before it, and one.
fn as_read(before: usize, row: AuditRecord) -> AuditRecordRead {
    AuditRecordRead {
        position: i64::try_from(before).unwrap_or(i64::MAX).saturating_add(1),
        audit_id: row.audit_id,
        organisation: row.organisation,
        request_id: row.request_id,
        at: row.at,
        phase: row.phase.to_owned(),
        caller: row.caller,
        role: row.role,
        operation: row.operation.to_owned(),
        target: row.target,
        patient: row.patient,
        returned: row.returned,
        network: row.network,
    }
}
