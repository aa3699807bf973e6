//! The rows of conversations in the memory store, and what is found in them.
//!
//! Invariant: CH-1 and CH-2 as in the tables. A commit is checked whole before anything of it is applied.

use super::at_most;
use super::state::{conflict, ensure};
use crate::protocol::conversation::{ConversationKind, MemberMarks};
use crate::protocol::ids::{ConversationId, MessageId, PersonId};
use crate::store::conversations::{
    AwayRecord, BlindQuery, ConversationRecord, ConversationSummary, LogChange, LogCommit,
    LogEntry, LogRecord, MOST_UNREAD, MemberRecord, MessageRecord, Page, Term, WrappedKey,
};
use crate::store::{Claim, Conflict, StoreError, Stored};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that is kept of conversations.
#[derive(Debug, Default)]
pub(super) struct Chats {
    pub(super) chats: BTreeMap<ConversationId, Chat>,
    pub(super) places: BTreeMap<MessageId, (ConversationId, u32)>,
    pub(super) away: BTreeMap<PersonId, AwayRecord>,
}

/// One conversation.
#[derive(Debug)]
pub(super) struct Chat {
    pub(super) record: ConversationRecord,
    pub(super) log: Vec<LogRecord>,
    pub(super) messages: BTreeMap<u32, MessageRecord>,
    /// What can be searched of each message.
    pub(super) terms: BTreeMap<u32, BTreeSet<Term>>,
    pub(super) fence: Option<Claim>,
}

impl Chat {
    pub(super) fn new(mut record: ConversationRecord) -> Self {
        in_order(&mut record.members);
        let (log, messages, terms) = (vec![], BTreeMap::new(), BTreeMap::new());
        Chat { record, log, messages, terms, fence: None }
    }

    /// The part of somebody who is in it.
    fn part_of(&self, person: PersonId) -> Option<&MemberRecord> {
        let is_theirs = |it: &&MemberRecord| it.person_id == Some(person) && it.left_at.is_none();
        self.record.members.iter().find(is_theirs)
    }

    pub(super) fn claim(&mut self) -> Stored<Claim> {
        let next_offset = self.record.last_offset.checked_add(1).ok_or(StoreError::Aborted)?;
        let epoch = self.fence.map_or(0, |it| it.epoch);
        let epoch = epoch.checked_add(1).ok_or(StoreError::Aborted)?;
        Ok(*self.fence.insert(Claim { epoch, next_offset }))
    }

    /// The latest claim.
    pub(super) fn claimed(&self) -> Option<Claim> {
        self.fence
    }

    /// Its owner, if it has one, is none any more.
    pub(super) fn fence_off(&mut self) {
        if let Some(fence) = &mut self.fence {
            fence.epoch = fence.epoch.saturating_add(1);
        }
    }

    pub(super) fn summary(&self, person: PersonId) -> Option<ConversationSummary> {
        let you = self.part_of(person)?;
        let is_there = |it: &&MessageRecord| it.deleted_at.is_none();
        let mut all = self.messages.values().filter(is_there);
        let of_others =
            all.clone().filter(|it| it.offset > you.displayed && it.member_id != you.member_id);
        Some(ConversationSummary {
            record: self.record.clone(),
            last: all.next_back().cloned(),
            unread: (0..MOST_UNREAD).zip(of_others).map(|_| 1).sum(),
        })
    }

    pub(super) fn log_since(
        &self,
        after: u32,
        limit: u32,
    ) -> Vec<(LogRecord, Option<MessageRecord>)> {
        let lines = self.log.iter().filter(|it| it.offset > after).take(at_most(limit));
        let with_message = |it: &LogRecord| {
            let named = match it.entry {
                LogEntry::Posted(id) | LogEntry::Changed(id) => Some(id),
                LogEntry::Member(_) | LogEntry::Conversation => None,
            };
            let found = named.and_then(|id| self.messages.values().find(|it| it.message_id == id));
            (*it, found.cloned())
        };
        lines.map(with_message).collect()
    }

    pub(super) fn page(&self, page: Page, limit: u32) -> Vec<MessageRecord> {
        let most = at_most(limit);
        match page {
            Page::After(after) => {
                let later = self.messages.values().filter(|it| it.offset > after);
                later.take(most).cloned().collect()
            }
            Page::Before(before) => {
                let earlier = self.messages.range(..before).rev().take(most);
                let mut found: Vec<_> = earlier.map(|(_, it)| it.clone()).collect();
                found.reverse();
                found
            }
        }
    }

    pub(super) fn mark(&mut self, marks: &[MemberMarks]) {
        for it in marks {
            let member = self.record.members.iter_mut().find(|kept| kept.member_id == it.member_id);
            if let Some(kept) = member {
                kept.delivered = kept.delivered.max(it.delivered);
                kept.displayed = kept.displayed.max(it.displayed);
            }
        }
    }

    fn find(&self, terms: &[Term]) -> impl Iterator<Item = &MessageRecord> {
        let has_all = |number: &u32| {
            let of_it = self.terms.get(number);
            !terms.is_empty() && of_it.is_some_and(|of| terms.iter().all(|it| of.contains(it)))
        };
        self.messages.iter().filter(move |(number, _)| has_all(number)).map(|(_, it)| it)
    }

    /// Applies what was checked.
    pub(super) fn apply(&mut self, commit: LogCommit) {
        for line in commit.lines {
            let offset = line.record.offset;
            self.log.push(line.record);
            self.record.last_offset = offset;
            if let Some(fence) = &mut self.fence {
                fence.next_offset = offset.saturating_add(1);
            }
            match line.change {
                LogChange::Post(message, terms) => {
                    self.terms.insert(offset, terms.into_iter().collect());
                    self.messages.insert(offset, message);
                }
                LogChange::Rewrite(message, terms) => self.rewrite(message, terms),
                LogChange::Member(member) => self.change_member(member),
                LogChange::Conversation(status, assigned_to) => {
                    self.record.status = status;
                    self.record.assigned_to = assigned_to;
                }
                LogChange::Nothing => {}
            }
        }
        self.record.active_at = commit.active_at;
    }

    fn rewrite(&mut self, message: MessageRecord, terms: Vec<Term>) {
        let id = message.message_id;
        if let Some(kept) = self.messages.values_mut().find(|it| it.message_id == id) {
            kept.sealed_body = message.sealed_body;
            kept.sealed_files = message.sealed_files;
            kept.edited_at = message.edited_at;
            kept.deleted_at = message.deleted_at;
            kept.changed = message.changed;
            self.terms.insert(kept.offset, terms.into_iter().collect());
        }
    }

    fn change_member(&mut self, member: MemberRecord) {
        let members = &mut self.record.members;
        match members.iter_mut().find(|it| it.member_id == member.member_id) {
            Some(kept) => {
                let (delivered, displayed) = (kept.delivered, kept.displayed);
                // A name is of the account, and changes with it.
                let display_name = kept.display_name.clone();
                *kept = MemberRecord { delivered, displayed, display_name, ..member };
            }
            None => members.push(member),
        }
        in_order(members);
    }
}

/// As the tables give them.
fn in_order(members: &mut [MemberRecord]) {
    members.sort_by_key(|it| (it.joined_at, it.member_id));
}

impl Chats {
    /// The conversation that there may be one of.
    pub(super) fn same_as(&self, new: &ConversationRecord) -> Option<&ConversationRecord> {
        let is_same = |it: &&ConversationRecord| match (new.kind, new.appointment_id) {
            (_, Some(visit)) => it.appointment_id == Some(visit),
            (ConversationKind::Care, None) => {
                it.kind == ConversationKind::Care
                    && (it.patient_id, it.clinician_id) == (new.patient_id, new.clinician_id)
            }
            (ConversationKind::Visit, None) => false,
        };
        self.chats.values().map(|it| &it.record).find(is_same)
    }

    pub(super) fn chat(&mut self, id: ConversationId) -> Stored<&mut Chat> {
        self.chats.get_mut(&id).map_or_else(|| conflict(Conflict::Missing), Ok)
    }

    /// Whether the fence lets a commit pass, and whether what it names is there.
    /// Nobody has claimed since.
    pub(super) fn must_hold(&self, commit: &LogCommit) -> Stored<()> {
        let chat = self.chats.get(&commit.conversation_id).ok_or(StoreError::Fenced)?;
        let holds = chat.fence.is_some_and(|it| it.epoch == commit.epoch);
        if holds { Ok(()) } else { Err(StoreError::Fenced) }
    }

    pub(super) fn check(&self, commit: &LogCommit) -> Stored<()> {
        let (_, first) = commit.numbers().ok_or(StoreError::Fenced)?;
        let chat = self.chats.get(&commit.conversation_id).ok_or(StoreError::Fenced)?;
        let passed =
            chat.fence.is_some_and(|it| it.epoch == commit.epoch && it.next_offset == first);
        if !passed {
            return Err(StoreError::Fenced);
        }
        ensure(!commit.seals() || chat.record.key.is_some(), Conflict::Missing)?;
        let joining = commit.members().map(|it| it.member_id);
        let members: BTreeSet<_> =
            chat.record.members.iter().map(|it| it.member_id).chain(joining).collect();
        let mut posted = BTreeSet::new();
        for line in &commit.lines {
            match &line.change {
                LogChange::Post(message, _) => {
                    let id = message.message_id;
                    let is_new = posted.insert(id) && !self.places.contains_key(&id);
                    ensure(is_new, Conflict::Stale)?;
                    let answers = message
                        .reply_to
                        .is_none_or(|it| posted.contains(&it) || self.places.contains_key(&it));
                    ensure(answers && members.contains(&message.member_id), Conflict::Missing)?;
                }
                LogChange::Rewrite(message, _) => {
                    let id = message.message_id;
                    let place = Some((commit.conversation_id, message.offset));
                    let is_here = posted.contains(&id) || self.places.get(&id).copied() == place;
                    ensure(is_here, Conflict::Missing)?;
                }
                LogChange::Member(_) | LogChange::Conversation(..) | LogChange::Nothing => {}
            }
        }
        Ok(())
    }

    pub(super) fn apply(&mut self, commit: LogCommit) {
        let id = commit.conversation_id;
        for line in &commit.lines {
            if let LogEntry::Posted(message) = line.record.entry {
                self.places.insert(message, (id, line.record.offset));
            }
        }
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.apply(commit);
        }
    }

    pub(super) fn list(&self, person: PersonId, limit: u32) -> Vec<ConversationSummary> {
        let mut found: Vec<_> = self.chats.values().filter_map(|it| it.summary(person)).collect();
        found.sort_by_key(|it| Reverse((it.record.active_at, it.record.conversation_id)));
        found.truncate(at_most(limit));
        found
    }

    pub(super) fn find(&self, queries: &[BlindQuery], limit: u32) -> Vec<MessageRecord> {
        let mut found = BTreeMap::new();
        for query in queries {
            let chat = self.chats.get(&query.conversation_id);
            for it in chat.into_iter().flat_map(|it| it.find(&query.terms)) {
                found.insert(Reverse((it.at, it.message_id)), it);
            }
        }
        let there = found.into_values().filter(|it| it.deleted_at.is_none());
        there.take(at_most(limit)).cloned().collect()
    }

    pub(super) fn sealed_otherwise(&self, key_id: &str) -> Vec<(ConversationId, WrappedKey)> {
        let keys = self.chats.iter().filter_map(|(id, it)| Some((*id, it.record.key.clone()?)));
        keys.filter(|(_, it)| it.is_of_before(key_id)).collect()
    }

    pub(super) fn key_counts(&self) -> Vec<(Option<String>, u64)> {
        let mut counts = BTreeMap::new();
        for it in self.chats.values() {
            let key = it.record.key.as_ref().map(|it| it.key_id.clone());
            *counts.entry(key).or_default() += 1;
        }
        counts.into_iter().collect()
    }
}
