//! Second factors and sign-ins in memory.

use super::state::{State, ensure};
use super::{Memory, Point, at_most};
use crate::domain::identity::{Failures, MAX_FACTORS};
use crate::protocol::ids::{FactorId, PersonId, SessionId};
use crate::protocol::time::UnixMillis;
use crate::store::factors::{Enrolled, Enrolment, FactorRecord, Factors, Removal};
use crate::store::sign_ins::{NewPassword, SignIns, Try};
use crate::store::{Conflict, SessionRecord, Stored};
use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use uuid::Uuid;

/// Everything of it.
#[derive(Debug, Default)]
pub(super) struct Identity {
    pub(super) factors: BTreeMap<FactorId, FactorRecord>,
    recovery: BTreeSet<(PersonId, Vec<u8>)>,
    spent: BTreeMap<Uuid, UnixMillis>,
    failures: BTreeMap<String, Failures>,
    short: BTreeSet<PersonId>,
}

impl Identity {
    fn of(&self, person: PersonId) -> Vec<FactorRecord> {
        let mut found: Vec<_> =
            self.factors.values().filter(|it| it.person_id == person).cloned().collect();
        found.sort_by_key(|it| (it.created_at, it.factor_id));
        found
    }

    pub(super) fn confirmed(&self, person: PersonId) -> Vec<FactorId> {
        let counts = self.of(person).into_iter().filter(|it| it.confirmed_at.is_some());
        counts.map(|it| it.factor_id).collect()
    }

    pub(super) fn is_short(&mut self, person: PersonId, is_short: bool) {
        match is_short {
            true => self.short.insert(person),
            false => self.short.remove(&person),
        };
    }

    pub(super) fn replace_codes(&mut self, person: PersonId, codes: Vec<Vec<u8>>) {
        self.recovery.retain(|(whose, _)| *whose != person);
        self.recovery.extend(codes.into_iter().map(|it| (person, it)));
    }
}

impl State {
    fn insert_factor(&mut self, factor: FactorRecord) -> Stored<()> {
        ensure(self.people.contains_key(&factor.person_id), Conflict::Missing)?;
        let there = self.identity.of(factor.person_id).len();
        ensure(there < at_most(MAX_FACTORS), Conflict::Full)?;
        let is_known = |it: &FactorRecord| {
            it.credential_id.is_some() && it.credential_id == factor.credential_id
        };
        ensure(!self.identity.factors.values().any(is_known), Conflict::Stale)?;
        self.identity.factors.insert(factor.factor_id, factor);
        Ok(())
    }

    pub(super) fn open_session_of(
        &mut self,
        person: PersonId,
        id: SessionId,
        now: UnixMillis,
    ) -> Option<&mut SessionRecord> {
        let session = self.sessions.get_mut(&id);
        session.filter(|it| {
            it.person_id == Some(person) && it.ended_at.is_none() && it.expires_at > now
        })
    }

    /// Whether the session may still enrol: asked before anything is changed.
    fn may_enrol(&mut self, person: PersonId, with: &Enrolled) -> bool {
        let is_first = self.identity.confirmed(person).is_empty();
        let session = self.open_session_of(person, with.session_id, with.at);
        session.is_some_and(|it| is_first || !it.about.is_limited)
    }

    /// `is_first`: nothing counted before.
    fn enrolled(&mut self, person: PersonId, is_first: bool, with: Enrolled) -> Enrolment {
        if let Some(session) = self.open_session_of(person, with.session_id, with.at) {
            session.about.is_limited = false;
            session.about.proved_at = Some(with.at);
        }
        if !is_first {
            return Enrolment::More;
        }
        self.identity.replace_codes(person, with.codes);
        Enrolment::First(self.end_sessions(person, Some(with.session_id), with.at))
    }

    pub(super) fn end_sessions(
        &mut self,
        person: PersonId,
        but: Option<SessionId>,
        now: UnixMillis,
    ) -> Vec<SessionRecord> {
        let is_theirs = |it: &&mut SessionRecord| {
            it.person_id == Some(person)
                && Some(it.session_id) != but
                && it.ended_at.is_none()
                && it.expires_at > now
        };
        let theirs = self.sessions.values_mut().filter(is_theirs);
        theirs
            .map(|it| {
                it.ended_at = Some(now);
                it.clone()
            })
            .collect()
    }
}

#[async_trait]
impl Factors for Memory {
    async fn factors(&self, person: PersonId) -> Stored<Vec<FactorRecord>> {
        Ok(self.state().identity.of(person))
    }

    async fn factor_of_credential(&self, credential_id: &[u8]) -> Stored<Option<FactorRecord>> {
        let is_it = |it: &&FactorRecord| it.credential_id.as_deref() == Some(credential_id);
        Ok(self.state().identity.factors.values().find(is_it).cloned())
    }

    async fn begin_factor(&self, factor: FactorRecord) -> Stored<()> {
        let begin = |state: &mut State| {
            let person = factor.person_id;
            let is_kept = |it: &FactorRecord| it.person_id != person || it.confirmed_at.is_some();
            let before = state.identity.factors.clone();
            state.identity.factors.retain(|_, it| is_kept(it));
            let inserted = state.insert_factor(factor);
            if inserted.is_err() {
                state.identity.factors = before;
            }
            inserted
        };
        self.write(Point::SaveFactor, begin).await
    }

    async fn confirm_factor(
        &self,
        id: FactorId,
        counter: i64,
        with: Enrolled,
    ) -> Stored<Enrolment> {
        let confirm = |state: &mut State| {
            let begun = state.identity.factors.get(&id).filter(|it| it.confirmed_at.is_none());
            let Some(person) = begun.map(|it| it.person_id) else {
                return Ok(Enrolment::Missing);
            };
            if !state.may_enrol(person, &with) {
                return Ok(Enrolment::TooLate);
            }
            let is_first = state.identity.confirmed(person).is_empty();
            let Some(factor) = state.identity.factors.get_mut(&id) else {
                return Ok(Enrolment::Missing);
            };
            factor.confirmed_at = Some(with.at);
            factor.last_used_at = Some(with.at);
            factor.counter = counter;
            Ok(state.enrolled(person, is_first, with))
        };
        self.write(Point::SaveFactor, confirm).await
    }

    async fn add_factor(&self, factor: FactorRecord, with: Enrolled) -> Stored<Enrolment> {
        let add = |state: &mut State| {
            let person = factor.person_id;
            let (is_first, may_enrol) =
                (state.identity.confirmed(person).is_empty(), state.may_enrol(person, &with));
            if !may_enrol {
                return Ok(Enrolment::TooLate);
            }
            state.insert_factor(factor)?;
            Ok(state.enrolled(person, is_first, with))
        };
        self.write(Point::SaveFactor, add).await
    }

    async fn use_factor(&self, id: FactorId, counter: i64, now: UnixMillis) -> Stored<bool> {
        let used = |state: &mut State| {
            let factor = state.identity.factors.get_mut(&id);
            let is_good = |it: &&mut FactorRecord| {
                let is_later = it.counter < counter || (it.counter == 0 && counter == 0);
                it.confirmed_at.is_some() && is_later
            };
            let Some(factor) = factor.filter(is_good) else { return Ok(false) };
            factor.counter = counter;
            factor.last_used_at = Some(now);
            Ok(true)
        };
        self.write_beside(Point::UseFactor, used).await
    }

    async fn remove_factor(
        &self,
        person: PersonId,
        id: FactorId,
        must_have: bool,
    ) -> Stored<Removal> {
        let remove = |state: &mut State| {
            let is_last = state.identity.confirmed(person) == [id];
            if is_last && must_have {
                return Ok(Removal::Last);
            }
            if is_last && state.identity.short.contains(&person) {
                return Ok(Removal::ShortPassword);
            }
            let is_theirs =
                state.identity.factors.get(&id).is_some_and(|it| it.person_id == person);
            if is_theirs {
                state.identity.factors.remove(&id);
            }
            if is_last {
                state.identity.replace_codes(person, vec![]);
            }
            Ok(if is_theirs { Removal::Done } else { Removal::Missing })
        };
        self.write(Point::SaveFactor, remove).await
    }

    async fn reset_factors(&self, person: PersonId, now: UnixMillis) -> Stored<Vec<SessionRecord>> {
        let reset = |state: &mut State| {
            ensure(state.people.contains_key(&person), Conflict::Missing)?;
            state.identity.factors.retain(|_, it| it.person_id != person);
            state.identity.replace_codes(person, vec![]);
            state.federated.forget(person);
            Ok(state.end_sessions(person, None, now))
        };
        self.write(Point::SaveFactor, reset).await
    }

    async fn recovery_left(&self, person: PersonId) -> Stored<u32> {
        let state = self.state();
        let left = state.identity.recovery.iter().filter(|(whose, _)| *whose == person).count();
        Ok(u32::try_from(left).unwrap_or(u32::MAX))
    }

    async fn use_recovery(&self, person: PersonId, hash: &[u8]) -> Stored<bool> {
        let code = (person, hash.to_vec());
        self.write_beside(Point::UseFactor, |state| Ok(state.identity.recovery.remove(&code))).await
    }

    async fn replace_recovery(&self, person: PersonId, codes: Vec<Vec<u8>>) -> Stored<()> {
        let replace = |state: &mut State| {
            state.identity.replace_codes(person, codes);
            Ok(())
        };
        self.write(Point::SaveFactor, replace).await
    }

    async fn spend_challenge(&self, id: Uuid, expires_at: UnixMillis) -> Stored<bool> {
        let spend = |state: &mut State| Ok(state.identity.spent.insert(id, expires_at).is_none());
        self.write_beside(Point::SpendChallenge, spend).await
    }

    async fn forget_challenges(&self, before: UnixMillis, most: u32) -> Stored<u32> {
        let forget = |state: &mut State| {
            let old: Vec<_> = state.identity.spent.iter().filter(|(_, at)| **at < before).collect();
            let ids: Vec<_> = old.into_iter().map(|(id, _)| *id).collect();
            Ok((0..most)
                .zip(ids)
                .filter_map(|(_, id)| state.identity.spent.remove(&id))
                .map(|_| 1)
                .sum())
        };
        self.write_beside(Point::ForgetSessions, forget).await
    }
}

#[async_trait]
impl SignIns for Memory {
    async fn attempt(&self, tries: &[Try], now: UnixMillis) -> Stored<Option<Duration>> {
        let attempt = |state: &mut State| {
            let failures = &mut state.identity.failures;
            let waits = tries.iter().map(|it| it.rule.wait(failures.get(&it.key).copied(), now));
            if let Some(wait) = waits.max().flatten() {
                return Ok(Some(wait));
            }
            for Try { key, rule } in tries {
                let tried = rule.tried(failures.get(key).copied(), now);
                failures.insert(key.clone(), tried);
            }
            Ok(None)
        };
        self.write_beside(Point::CountTry, attempt).await
    }

    async fn forgive(&self, wholly: &[String], once: &[String]) -> Stored<()> {
        let forgive = |state: &mut State| {
            let failures = &mut state.identity.failures;
            for key in wholly {
                if let Some(it) = failures.get_mut(key) {
                    it.count = 0;
                }
            }
            for key in once {
                if let Some(it) = failures.get_mut(key) {
                    it.count = it.count.saturating_sub(1);
                }
            }
            Ok(())
        };
        self.write_beside(Point::CountTry, forgive).await
    }

    async fn forget_failures(&self, before: UnixMillis, most: u32) -> Stored<u32> {
        let forget = |state: &mut State| {
            let failures = &mut state.identity.failures;
            let old: Vec<_> = failures
                .iter()
                .filter(|(_, it)| it.last_at < before)
                .map(|(key, _)| key.clone())
                .collect();
            Ok((0..most).zip(old).filter_map(|(_, key)| failures.remove(&key)).map(|_| 1).sum())
        };
        self.write_beside(Point::ForgetSessions, forget).await
    }

    async fn sessions_of(
        &self,
        person: PersonId,
        now: UnixMillis,
        limit: u32,
    ) -> Stored<Vec<SessionRecord>> {
        let state = self.state();
        let is_theirs = |it: &&SessionRecord| {
            it.person_id == Some(person) && it.ended_at.is_none() && it.expires_at > now
        };
        let mut found: Vec<_> = state.sessions.values().filter(is_theirs).cloned().collect();
        found.sort_by_key(|it| std::cmp::Reverse((it.created_at, it.session_id)));
        found.truncate(at_most(limit));
        Ok(found)
    }

    async fn end_sessions_of(
        &self,
        person: PersonId,
        but: Option<SessionId>,
        now: UnixMillis,
    ) -> Stored<Vec<SessionRecord>> {
        self.write(Point::EndSession, |state| Ok(state.end_sessions(person, but, now))).await
    }

    async fn sessions_ended_since(
        &self,
        since: UnixMillis,
        limit: u32,
    ) -> Stored<Vec<SessionRecord>> {
        let state = self.state();
        let is_new = |it: &&SessionRecord| it.ended_at.is_some_and(|at| at >= since);
        Ok(state.sessions.values().filter(is_new).take(at_most(limit)).cloned().collect())
    }

    async fn touch_sessions(&self, used: &[(SessionId, UnixMillis)]) -> Stored<()> {
        let touch = |state: &mut State| {
            for (id, at) in used {
                if let Some(session) = state.sessions.get_mut(id) {
                    session.about.last_used_at = session.about.last_used_at.max(*at);
                }
            }
            Ok(())
        };
        self.write_beside(Point::TouchSessions, touch).await
    }

    async fn prove_session(&self, id: SessionId, now: UnixMillis) -> Stored<()> {
        let prove = |state: &mut State| {
            if let Some(session) = state.sessions.get_mut(&id) {
                session.about.proved_at = Some(now);
            }
            Ok(())
        };
        self.write(Point::ProveSession, prove).await
    }

    async fn change_password(&self, new: NewPassword) -> Stored<Option<Vec<SessionRecord>>> {
        self.write(Point::ChangePassword, |state| state.change_password(new)).await
    }

    async fn has_short_password(&self, person: PersonId) -> Stored<bool> {
        Ok(self.state().identity.short.contains(&person))
    }
}
