//! Messages to people, in memory.

use super::state::{State, ensure};
use super::{Memory, Point, at_most};
use crate::protocol::ids::{AppointmentId, NoticeId, OrganisationId, PersonId};
use crate::protocol::time::UnixMillis;
use crate::store::outbox::{
    Announcement, Backlog, Channel, NewNotice, NoticeRecord, NoticeState, Outbox, Preferences,
    Settled,
};
use crate::store::{Answered, Conflict, Stored};
use async_trait::async_trait;
use std::collections::BTreeSet;
use std::time::Duration;

#[async_trait]
impl Outbox for Memory {
    async fn add_notices(&self, notices: Vec<NewNotice>) -> Stored<()> {
        self.write_beside(Point::AddNotices, |state| {
            state.check_notices(
                notices.iter().map(|it| (it.notice_id, it.person_id, it.appointment_id)),
            )?;
            let new = notices.into_iter().map(|it| (it.notice_id, NoticeRecord::pending(it)));
            state.notices.extend(new);
            Ok(())
        })
        .await
    }

    async fn take_due(
        &self,
        channel: Channel,
        now: UnixMillis,
        lease: Duration,
        limit: u32,
    ) -> Stored<Vec<NoticeRecord>> {
        self.write_beside(Point::TakeDue, |state| Ok(state.take_due(channel, now, lease, limit)))
            .await
    }

    async fn next_due(&self, channel: Channel) -> Stored<Option<UnixMillis>> {
        let state = self.state();
        let waiting = state.notices.values().filter(|it| waits(it, channel));
        let announced = state.announced.values().map(|it| it.due_at);
        Ok(waiting.map(|it| it.next_try_at).chain(announced).min())
    }

    async fn settle(
        &self,
        id: NoticeId,
        attempt: u32,
        how: Settled,
        now: UnixMillis,
    ) -> Stored<()> {
        self.write_beside(Point::Settle, |state| {
            state.settle(id, attempt, how, now);
            Ok(())
        })
        .await
    }

    async fn inbox(&self, person: PersonId, limit: u32) -> Stored<Vec<NoticeRecord>> {
        Ok(self.newest(limit, |it| is_of_inbox(it, person)))
    }

    async fn mark_read(
        &self,
        person: PersonId,
        id: NoticeId,
        now: UnixMillis,
        answered: Option<Answered>,
    ) -> Stored<bool> {
        self.write(Point::MarkRead, |state| {
            state.check_key(answered.as_ref())?;
            let theirs = state.notices.get_mut(&id).filter(|it| is_of_inbox(it, person));
            let is_theirs = theirs.map(|it| it.read_at.get_or_insert(now)).is_some();
            state.keep(answered.filter(|_| is_theirs));
            Ok(is_theirs)
        })
        .await
    }

    async fn notices_of(&self, person: PersonId, limit: u32) -> Stored<Vec<NoticeRecord>> {
        let state = self.state();
        let theirs = state.notices.values().filter(|it| it.notice.person_id == person);
        let mut found: Vec<_> = theirs.cloned().collect();
        found.sort_by_key(|it| std::cmp::Reverse((it.notice.due_at, it.notice.notice_id)));
        found.truncate(at_most(limit));
        Ok(found)
    }

    async fn dead_notices(&self, of: OrganisationId, limit: u32) -> Stored<Vec<NoticeRecord>> {
        let dead = self.newest(u32::MAX, |it| it.state == NoticeState::Dead);
        let state = self.state();
        let theirs = dead.into_iter().filter(|it| state.is_of(it.notice.person_id, of));
        Ok(theirs.take(at_most(limit)).collect())
    }

    async fn revive(
        &self,
        id: NoticeId,
        now: UnixMillis,
        answered: Option<Answered>,
    ) -> Stored<bool> {
        self.write(Point::Revive, |state| {
            state.check_key(answered.as_ref())?;
            let dead = state.notices.get_mut(&id).filter(|it| it.state == NoticeState::Dead);
            let revived = dead.map(|it| {
                it.state = NoticeState::Pending;
                it.attempts = 0;
                it.next_try_at = now;
                it.settled_at = None;
            });
            let is_revived = revived.is_some();
            state.keep(answered.filter(|_| is_revived));
            Ok(is_revived)
        })
        .await
    }

    async fn backlog(&self, now: UnixMillis) -> Stored<Backlog> {
        let state = self.state();
        let announced = state.announced.values().filter(|it| it.due_at <= now).count();
        let mut backlog = Backlog { due: u64::try_from(announced).unwrap_or(u64::MAX), dead: 0 };
        for it in state.notices.values() {
            let is_due = it.state == NoticeState::Pending && it.next_try_at <= now;
            backlog.due += u64::from(is_due);
            backlog.dead += u64::from(it.state == NoticeState::Dead);
        }
        Ok(backlog)
    }

    async fn preferences(&self, person: PersonId) -> Stored<Preferences> {
        Ok(self.state().preferences.get(&person).copied().unwrap_or_default())
    }

    async fn save_preferences(
        &self,
        person: PersonId,
        wanted: Preferences,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.write(Point::SavePreferences, |state| {
            state.check_key(answered.as_ref())?;
            ensure(state.people.contains_key(&person), Conflict::Missing)?;
            state.preferences.insert(person, wanted);
            state.keep(answered);
            Ok(())
        })
        .await
    }
}

impl Memory {
    fn newest(&self, limit: u32, wanted: impl Fn(&NoticeRecord) -> bool) -> Vec<NoticeRecord> {
        let state = self.state();
        let mut found: Vec<_> = state.notices.values().filter(|it| wanted(it)).cloned().collect();
        found.sort_by_key(|it| std::cmp::Reverse((it.settled_at, it.notice.notice_id)));
        found.truncate(at_most(limit));
        found
    }
}

impl State {
    fn take_due(
        &mut self,
        channel: Channel,
        now: UnixMillis,
        lease: Duration,
        limit: u32,
    ) -> Vec<NoticeRecord> {
        self.spread(now, limit);
        let mut due: Vec<_> = self
            .notices
            .values_mut()
            .filter(|it| waits(it, channel) && it.next_try_at <= now)
            .collect();
        due.sort_by_key(|it| (it.next_try_at, it.notice.notice_id));
        due.truncate(at_most(limit));
        let taken = due.into_iter().map(|it| {
            it.attempts = it.attempts.saturating_add(1);
            it.next_try_at = now.plus(lease);
            it.clone()
        });
        taken.collect()
    }

    /// Makes notices of what is announced and due.
    fn spread(&mut self, now: UnixMillis, limit: u32) {
        let mut due: Vec<_> = self.announced.values().filter(|it| it.due_at <= now).collect();
        due.sort_by_key(|it| (it.due_at, it.notice_id));
        due.truncate(at_most(limit));
        let due: Vec<_> = due.into_iter().map(|it| it.notice_id).collect();
        for it in due.into_iter().filter_map(|it| self.announced.remove(&it)) {
            let notices = Channel::ALL.map(|channel| it.by(channel));
            self.notices.extend(notices.map(|it| (it.notice_id, NoticeRecord::pending(it))));
        }
    }

    /// What a transaction checks before it keeps what is announced.
    pub(super) fn check_announced(&self, new: &[Announcement]) -> Stored<()> {
        self.check_notices(new.iter().map(|it| (it.notice_id, it.person_id, it.appointment_id)))
    }

    /// Keeps what was announced and checked.
    pub(super) fn announce(&mut self, new: Vec<Announcement>) {
        self.announced.extend(new.into_iter().map(|it| (it.notice_id, it)));
    }

    fn check_notices(
        &self,
        new: impl Iterator<Item = (NoticeId, PersonId, Option<AppointmentId>)>,
    ) -> Stored<()> {
        let mut ids = BTreeSet::new();
        for (id, person, appointment) in new {
            let is_there = self.notices.contains_key(&id) || self.announced.contains_key(&id);
            ensure(ids.insert(id) && !is_there, Conflict::Stale)?;
            let is_about = appointment.is_none_or(|id| self.visits.contains_key(&id));
            ensure(is_about && self.people.contains_key(&person), Conflict::Missing)?;
        }
        Ok(())
    }

    fn settle(&mut self, id: NoticeId, attempt: u32, how: Settled, now: UnixMillis) {
        let pending = self.notices.get_mut(&id).filter(|it| it.state == NoticeState::Pending);
        let is_sent = matches!(how, Settled::Sent(_));
        let Some(it) = pending.filter(|it| is_sent || it.attempts == attempt) else { return };
        match how {
            Settled::Retry { at, failure } => {
                it.next_try_at = at;
                it.failure = Some(failure.to_owned());
                return;
            }
            Settled::Sent(text) => {
                it.state = NoticeState::Sent;
                it.failure = None;
                it.text = text;
            }
            Settled::Skipped(why) => {
                it.state = NoticeState::Skipped;
                it.failure = Some(why.to_owned());
            }
            Settled::Dead(why) => {
                it.state = NoticeState::Dead;
                it.failure = Some(why.to_owned());
            }
        }
        it.settled_at = Some(now);
    }
}

fn waits(it: &NoticeRecord, channel: Channel) -> bool {
    it.state == NoticeState::Pending && it.notice.channel == channel
}

fn is_of_inbox(it: &NoticeRecord, person: PersonId) -> bool {
    it.notice.person_id == person
        && it.notice.channel == Channel::Inbox
        && it.state == NoticeState::Sent
}
