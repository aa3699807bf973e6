//! Conversations, in memory.

use super::chats::Chat;
use super::state::{State, ensure};
use super::{Memory, Point, at_most};
use crate::protocol::conversation::{ConversationKind, MemberMarks};
use crate::protocol::ids::{AppointmentId, ConversationId, MessageId, PersonId};
use crate::protocol::time::UnixMillis;
use crate::store::conversation_state::Opening;
use crate::store::conversations::{
    AwayRecord, BlindQuery, ConversationRecord, ConversationSummary, Conversations, LogCommit,
    LogRecord, MemberRecord, MessageRecord, Page, WrappedKey,
};
use crate::store::{Answered, Claim, Conflict, StoreError, Stored};
use async_trait::async_trait;
use std::collections::BTreeSet;

/// Nothing outlives the process, so offsets of it never go back.
const LOG_EPOCH: u32 = 1;

#[async_trait]
impl Conversations for Memory {
    async fn log_epoch(&self) -> Stored<u32> {
        Ok(LOG_EPOCH)
    }

    async fn open_conversation(
        &self,
        new: ConversationRecord,
        answered: Option<Answered>,
    ) -> Stored<ConversationRecord> {
        let open = |state: &mut State| state.open_conversation(new, answered);
        self.write(Point::OpenConversation, open).await.map(|(it, _)| it)
    }

    async fn conversation(&self, id: ConversationId) -> Stored<Option<ConversationRecord>> {
        Ok(self.state().talks.chats.get(&id).map(|it| it.record.clone()))
    }

    async fn conversation_of_visit(&self, id: AppointmentId) -> Stored<Option<ConversationId>> {
        let state = self.state();
        let mut all = state.talks.chats.values().map(|it| &it.record);
        Ok(all.find(|it| it.appointment_id == Some(id)).map(|it| it.conversation_id))
    }

    async fn conversations_of(&self, id: PersonId, limit: u32) -> Stored<Vec<ConversationSummary>> {
        Ok(self.state().talks.list(id, limit))
    }

    async fn summary(
        &self,
        id: ConversationId,
        person: PersonId,
    ) -> Stored<Option<ConversationSummary>> {
        Ok(self.state().talks.chats.get(&id).and_then(|it| it.summary(person)))
    }

    async fn claim_conversation(&self, id: ConversationId, _node: &str) -> Stored<Claim> {
        self.write_beside(Point::ClaimConversation, |state| state.talks.chat(id)?.claim()).await
    }

    async fn opening(
        &self,
        id: ConversationId,
        messages: u32,
        lines: u32,
    ) -> Stored<Option<Opening>> {
        let state = self.state();
        Ok(state.talks.chats.get(&id).map(|it| Opening {
            record: it.record.clone(),
            messages: it.page(Page::Before(u32::MAX), messages),
            lines: it.log_since(it.record.last_offset.saturating_sub(lines), lines),
            log_epoch: LOG_EPOCH,
            claim: it.claimed(),
        }))
    }

    async fn conversation_fence(&self, id: ConversationId) -> Stored<Option<Claim>> {
        Ok(self.state().talks.chats.get(&id).and_then(Chat::claimed))
    }

    async fn append_log(&self, commit: LogCommit) -> Stored<()> {
        self.write(Point::AppendLog, |state| state.append_log(commit)).await
    }

    async fn log_since(
        &self,
        id: ConversationId,
        after: u32,
        limit: u32,
    ) -> Stored<Vec<(LogRecord, Option<MessageRecord>)>> {
        let state = self.state();
        let chat = state.talks.chats.get(&id);
        Ok(chat.map(|it| it.log_since(after, limit)).unwrap_or_default())
    }

    async fn message(&self, id: MessageId) -> Stored<Option<MessageRecord>> {
        let state = self.state();
        let Some((chat, number)) = state.talks.places.get(&id) else { return Ok(None) };
        Ok(state.talks.chats.get(chat).and_then(|it| it.messages.get(number)).cloned())
    }

    async fn messages(
        &self,
        id: ConversationId,
        page: Page,
        limit: u32,
    ) -> Stored<Vec<MessageRecord>> {
        let state = self.state();
        Ok(state.talks.chats.get(&id).map(|it| it.page(page, limit)).unwrap_or_default())
    }

    async fn save_marks(&self, id: ConversationId, marks: Vec<MemberMarks>) -> Stored<()> {
        self.write_beside(Point::SaveMarks, |state| {
            if let Some(chat) = state.talks.chats.get_mut(&id) {
                chat.mark(&marks);
            }
            Ok(())
        })
        .await
    }

    async fn find_messages(
        &self,
        queries: Vec<BlindQuery>,
        limit: u32,
    ) -> Stored<Vec<MessageRecord>> {
        Ok(self.state().talks.find(&queries, limit))
    }

    async fn keys_sealed_otherwise(
        &self,
        key_id: &str,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Stored<Vec<(ConversationId, WrappedKey)>> {
        let keys = self.state().talks.sealed_otherwise(key_id);
        let later = keys.into_iter().filter(|(id, _)| after.is_none_or(|it| *id > it));
        Ok(later.take(at_most(limit)).collect())
    }

    async fn key_counts(&self) -> Stored<Vec<(Option<String>, u64)>> {
        Ok(self.state().talks.key_counts())
    }

    async fn rewrap_key(
        &self,
        id: ConversationId,
        before: WrappedKey,
        after: WrappedKey,
    ) -> Stored<()> {
        self.write_beside(Point::RewrapKey, |state| {
            let chat = state.talks.chats.get_mut(&id);
            let same = chat.filter(|it| it.record.key.as_ref() == Some(&before));
            let chat = same.ok_or(StoreError::Conflict(Conflict::Stale))?;
            chat.record.key = Some(after);
            Ok(())
        })
        .await
    }

    async fn renew_key(&self, id: ConversationId, key: WrappedKey, at: UnixMillis) -> Stored<()> {
        self.write(Point::RenewKey, |state| {
            let chat = state.talks.chats.get_mut(&id);
            let without = chat.filter(|it| it.record.key.is_none());
            let chat = without.ok_or(StoreError::Conflict(Conflict::Stale))?;
            chat.record.key = Some(key);
            chat.record.active_at = at;
            chat.fence_off();
            Ok(())
        })
        .await
    }

    async fn idle_conversations(
        &self,
        kind: ConversationKind,
        before: UnixMillis,
        limit: u32,
    ) -> Stored<Vec<ConversationId>> {
        let state = self.state();
        let idle = state.talks.chats.values().filter(|it| it.record.kind == kind);
        let idle = idle.filter(|it| state.is_idle(&it.record, before));
        let mut idle: Vec<_> =
            idle.map(|it| (it.record.active_at, it.record.conversation_id)).collect();
        idle.sort_unstable();
        idle.truncate(at_most(limit));
        Ok(idle.into_iter().map(|(_, id)| id).collect())
    }

    async fn destroy_key(&self, id: ConversationId, before: UnixMillis) -> Stored<bool> {
        self.write_beside(Point::DestroyKey, |state| Ok(state.destroy_key(id, before))).await
    }

    async fn keyless(&self, ids: &[ConversationId]) -> Stored<Vec<ConversationId>> {
        let state = self.state();
        let found = ids.iter().filter_map(|it| state.talks.chats.get(it)).map(|it| &it.record);
        let gone = found.filter(|it| it.key.is_none());
        Ok(gone.map(|it| it.conversation_id).collect())
    }

    async fn away(&self, id: PersonId) -> Stored<Option<AwayRecord>> {
        Ok(self.state().talks.away.get(&id).copied())
    }

    async fn save_away(
        &self,
        id: PersonId,
        away: Option<AwayRecord>,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.write(Point::SaveAway, |state| {
            state.check_key(answered.as_ref())?;
            let covers = away.and_then(|it| it.covered_by);
            let mut people = away.map(|_| id).into_iter().chain(covers);
            ensure(people.all(|it| state.people.contains_key(&it)), Conflict::Missing)?;
            match away {
                Some(it) => state.talks.away.insert(id, AwayRecord { person_id: id, ..it }),
                None => state.talks.away.remove(&id),
            };
            state.keep(answered);
            Ok(())
        })
        .await
    }
}

impl State {
    fn open_conversation(
        &mut self,
        new: ConversationRecord,
        answered: Option<Answered>,
    ) -> Stored<(ConversationRecord, bool)> {
        self.check_key(answered.as_ref())?;
        if let Some(there) = self.talks.same_as(&new) {
            return Ok((there.clone(), false));
        }
        ensure(!self.talks.chats.contains_key(&new.conversation_id), Conflict::Stale)?;
        let visit = new.appointment_id.is_none_or(|it| self.visits.contains_key(&it));
        let patient = self.people.get(&new.patient_id);
        let has_people = patient.is_some_and(|it| !it.is_erased())
            && self.people.contains_key(&new.clinician_id);
        ensure(visit && has_people, Conflict::Missing)?;
        for it in &new.members {
            self.check_talker(it)?;
        }
        let chat = Chat::new(new);
        let record = chat.record.clone();
        self.talks.chats.insert(record.conversation_id, chat);
        self.keep(answered);
        Ok((record, true))
    }

    fn is_idle(&self, of: &ConversationRecord, before: UnixMillis) -> bool {
        let visit = of.appointment_id.and_then(|it| self.visits.get(&it));
        let is_over = visit.is_none_or(|it| it.facts.ends_at < before);
        let is_held = self.must_not_be_held(of.patient_id).is_err();
        is_over && of.active_at < before && of.key.is_some() && !is_held
    }

    pub(super) fn destroy_key(&mut self, id: ConversationId, before: UnixMillis) -> bool {
        let idle = self.talks.chats.get(&id).is_some_and(|it| self.is_idle(&it.record, before));
        if let Some(chat) = self.talks.chats.get_mut(&id).filter(|_| idle) {
            chat.record.key = None;
            chat.terms.clear();
            chat.fence_off();
            self.drop_files(before, |it| it.conversation_id == id);
        }
        idle
    }

    fn append_log(&mut self, commit: LogCommit) -> Stored<()> {
        match commit.lines.is_empty() {
            true if commit.answers.is_empty() => return Ok(()),
            true => self.talks.must_hold(&commit)?,
            false => self.talks.check(&commit)?,
        }
        let mut keys = BTreeSet::new();
        for it in commit.answers() {
            self.check_key(Some(it))?;
            let is_first = keys.insert((it.caller.clone(), it.operation, it.key.clone()));
            ensure(is_first, Conflict::KeyUsed)?;
        }
        for it in commit.members() {
            self.check_talker(it)?;
        }
        let notices: Vec<_> = commit.notices().cloned().collect();
        self.check_announced(&notices)?;
        self.check_files(&commit)?;

        for it in commit.answers() {
            self.keep(Some(it.clone()));
        }
        if commit.lines.is_empty() {
            return Ok(());
        }
        self.announce(notices);
        self.change_files(&commit);
        self.talks.apply(commit);
        Ok(())
    }

    /// A member refers to an account and a part in a visit that exist.
    fn check_talker(&self, of: &MemberRecord) -> Stored<()> {
        let has_person = of.person_id.is_none_or(|it| self.people.contains_key(&it));
        let mut visits = self.visits.values();
        let has_part =
            of.participant_id.is_none_or(|part| visits.any(|it| it.members.contains_key(&part)));
        ensure(has_person && has_part, Conflict::Missing)
    }
}
