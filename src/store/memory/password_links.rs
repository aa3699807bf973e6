//! Links that set a password, in memory; and passwords that are changed.

use super::state::{State, ensure};
use super::{Memory, Point, at_most};
use crate::domain::identity::LINKS_COUNTED_FOR;
use crate::protocol::ids::{NoticeId, PersonId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::store::outbox::NoticeRecord;
use crate::store::sign_ins::NewPassword;
use crate::store::sign_ins::links::{LinkRecord, PasswordByLink, PasswordLinks};
use crate::store::{Answered, Conflict, PersonRecord, SessionRecord, StoreError, Stored};
use async_trait::async_trait;
use std::collections::BTreeMap;

/// A link and what became of it.
#[derive(Debug, Clone)]
struct Kept {
    record: LinkRecord,
    opened_at: Option<UnixMillis>,
    ended_at: Option<UnixMillis>,
}

impl Kept {
    fn is_asked(&self) -> bool {
        self.opened_at.is_none() && self.ended_at.is_none()
    }

    fn is_good(&self, now: UnixMillis) -> bool {
        self.opened_at.is_some() && self.ended_at.is_none() && self.record.expires_at > now
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Links(BTreeMap<NoticeId, Kept>);

impl Links {
    pub(super) fn forget(&mut self, person: PersonId) {
        self.0.retain(|_, it| it.record.person_id != Some(person));
    }

    fn of(&mut self, person: PersonId) -> impl Iterator<Item = &mut Kept> {
        let theirs = self.0.values_mut().filter(move |it| it.record.person_id == Some(person));
        theirs.filter(|it| it.ended_at.is_none())
    }

    fn good_of(&mut self, person: PersonId) -> impl Iterator<Item = &mut Kept> {
        self.of(person).filter(|it| it.opened_at.is_some())
    }

    fn had_lately(&self, person: PersonId, now: UnixMillis) -> usize {
        let since = now.minus(LINKS_COUNTED_FOR);
        let theirs = self.0.values().filter(|it| it.record.person_id == Some(person));
        theirs.filter(|it| it.opened_at.is_some_and(|at| at > since)).count()
    }

    fn check(&self, link: &LinkRecord) -> Stored<()> {
        let is_it = |it: &Kept| it.record.token_hash == link.token_hash;
        let is_there = self.0.contains_key(&link.link_id) || self.0.values().any(is_it);
        ensure(!is_there, Conflict::Stale)
    }

    fn keep(&mut self, record: LinkRecord, opened_at: Option<UnixMillis>) {
        self.0.insert(record.link_id, Kept { record, opened_at, ended_at: None });
    }
}

impl State {
    fn mail_link(&mut self, link: &LinkRecord, to: PersonId) {
        self.notices.insert(link.link_id, NoticeRecord::pending(link.mail(to)));
    }

    fn open_link(&mut self, id: NoticeId, most: u32, now: UnixMillis) -> bool {
        let Some(kept) = self.password_links.0.get(&id).filter(|it| it.is_asked()) else {
            return false;
        };
        let link = kept.record.clone();
        let account = link.person_id.and_then(|it| self.people.get(&it));
        let to = account.filter(|it| link.kind.is_for(it.status())).map(|it| it.person_id);
        let to = to.filter(|it| self.password_links.had_lately(*it, now) < at_most(most));
        if let Some(to) = to {
            self.password_links.good_of(to).for_each(|it| it.ended_at = Some(now));
            self.mail_link(&link, to);
        }
        if let Some(kept) = self.password_links.0.get_mut(&id) {
            match to {
                Some(_) => kept.opened_at = Some(now),
                None => kept.ended_at = Some(now),
            }
        }
        to.is_some()
    }

    fn create_invited(
        &mut self,
        person: PersonRecord,
        link: LinkRecord,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.password_links.check(&link)?;
        let id = person.person_id;
        self.create_person(person, answered)?;
        self.mail_link(&link, id);
        let at = link.created_at;
        self.password_links.keep(link, Some(at));
        Ok(())
    }

    fn invite(&mut self, link: LinkRecord, most: u32, answered: Option<Answered>) -> Stored<bool> {
        self.check_key(answered.as_ref())?;
        self.password_links.check(&link)?;
        let missing = StoreError::Conflict(Conflict::Missing);
        let account = link.person_id.and_then(|it| self.people.get(&it)).ok_or(missing)?;
        if !link.kind.is_for(account.status()) {
            return Ok(false);
        }
        let (id, at) = (account.person_id, link.created_at);
        ensure(self.password_links.had_lately(id, at) < at_most(most), Conflict::Full)?;
        self.password_links.good_of(id).for_each(|it| it.ended_at = Some(at));
        self.mail_link(&link, id);
        self.password_links.keep(link, Some(at));
        self.keep(answered);
        Ok(true)
    }

    fn set_password(&mut self, new: PasswordByLink) -> Stored<Option<Vec<SessionRecord>>> {
        let id = new.person_id;
        let missing = StoreError::Conflict(Conflict::Missing);
        let status = self.people.get(&id).ok_or(missing)?.status();
        let is_it = |it: &&mut Kept| {
            it.record.token_hash == new.token_hash
                && it.is_good(new.at)
                && it.record.kind.is_for(status)
        };
        if self.password_links.of(id).find(is_it).is_none() {
            return Ok(None);
        }
        self.is_strong_enough(id, new.is_short)?;
        self.check_announced(&new.notices)?;
        self.become_password(id, new.hash, new.is_short, new.at)?;
        self.announce(new.notices);
        Ok(Some(self.end_sessions(id, None, new.at)))
    }

    pub(super) fn change_password(
        &mut self,
        new: NewPassword,
    ) -> Stored<Option<Vec<SessionRecord>>> {
        let id = new.person_id;
        ensure(self.people.contains_key(&id), Conflict::Missing)?;
        if self.open_session_of(id, new.but, new.at).is_none() {
            return Ok(None);
        }
        self.is_strong_enough(id, new.is_short)?;
        self.check_announced(&new.notices)?;
        self.become_password(id, new.hash, new.is_short, new.at)?;
        self.announce(new.notices);
        Ok(Some(self.end_sessions(id, Some(new.but), new.at)))
    }

    fn is_strong_enough(&self, person: PersonId, is_short: bool) -> Stored<()> {
        let has_factor = !self.identity.confirmed(person).is_empty();
        ensure(has_factor || !is_short, Conflict::Stale)
    }

    fn become_password(
        &mut self,
        id: PersonId,
        hash: Phi<String>,
        is_short: bool,
        at: UnixMillis,
    ) -> Stored<()> {
        let missing = StoreError::Conflict(Conflict::Missing);
        let person = self.people.get_mut(&id).ok_or(missing)?;
        person.password_hash = hash;
        person.standing.invited_at = None;
        person.standing.password_until = None;
        self.identity.is_short(id, is_short);
        self.password_links.of(id).for_each(|it| it.ended_at = Some(at));
        Ok(())
    }
}

#[async_trait]
impl PasswordLinks for Memory {
    async fn ask_link(&self, link: LinkRecord) -> Stored<()> {
        let ask = |state: &mut State| {
            state.password_links.check(&link)?;
            let is_there = link.person_id.is_none_or(|it| state.people.contains_key(&it));
            ensure(is_there, Conflict::Missing)?;
            state.password_links.keep(link, None);
            Ok(())
        };
        self.write(Point::SaveLink, ask).await
    }

    async fn asked_links(&self, limit: u32) -> Stored<Vec<NoticeId>> {
        let state = self.state();
        let asked = state.password_links.0.values().filter(|it| it.is_asked());
        let mut found: Vec<_> = asked.map(|it| (it.record.created_at, it.record.link_id)).collect();
        found.sort_unstable();
        Ok(found.into_iter().take(at_most(limit)).map(|(_, id)| id).collect())
    }

    async fn open_link(&self, id: NoticeId, most: u32, now: UnixMillis) -> Stored<bool> {
        self.write_beside(Point::OpenLink, |state| Ok(state.open_link(id, most, now))).await
    }

    async fn create_invited(
        &self,
        person: PersonRecord,
        link: LinkRecord,
        answered: Option<Answered>,
    ) -> Stored<()> {
        let create = |state: &mut State| state.create_invited(person, link, answered);
        self.write(Point::CreatePerson, create).await
    }

    async fn invite(
        &self,
        link: LinkRecord,
        most: u32,
        answered: Option<Answered>,
    ) -> Stored<bool> {
        self.write(Point::SaveLink, |state| state.invite(link, most, answered)).await
    }

    async fn good_link(&self, token_hash: &[u8], now: UnixMillis) -> Stored<Option<LinkRecord>> {
        let state = self.state();
        let mut good = state.password_links.0.values().filter(|it| it.is_good(now));
        Ok(good.find(|it| it.record.token_hash == token_hash).map(|it| it.record.clone()))
    }

    async fn link_of_mail(&self, id: NoticeId, now: UnixMillis) -> Stored<Option<LinkRecord>> {
        let state = self.state();
        let good = state.password_links.0.get(&id).filter(|it| it.is_good(now));
        Ok(good.map(|it| it.record.clone()))
    }

    async fn set_password(&self, new: PasswordByLink) -> Stored<Option<Vec<SessionRecord>>> {
        self.write(Point::ChangePassword, |state| state.set_password(new)).await
    }

    async fn forget_links(&self, before: UnixMillis, most: u32) -> Stored<u32> {
        let forget = |state: &mut State| {
            let links = &mut state.password_links.0;
            let mut old: Vec<_> = links
                .values()
                .map(|it| (it.record.expires_at, it.record.link_id))
                .filter(|(at, _)| *at < before)
                .collect();
            old.sort_unstable();
            Ok((0..most).zip(old).filter_map(|(_, (_, id))| links.remove(&id)).map(|_| 1).sum())
        };
        self.write_beside(Point::ForgetSessions, forget).await
    }
}
