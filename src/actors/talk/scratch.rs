//! What a group of decisions makes of a conversation, before anything of it is saved.
//!
//! Invariants: a decision looks at what those before it in its group have made of the conversation. Bodies leave this file
//! sealed by the key of the conversation; no answer that is kept for a key holds one.

use super::log::{Ask, Output, What};
use super::{Change, Known};
use crate::actors::commit::Verdict;
use crate::actors::letters::Letters;
use crate::domain::conversation::attention::{Announced, ESCALATE_AFTER, audience};
use crate::domain::conversation::parts::follow;
use crate::domain::conversation::rules::Draft;
use crate::domain::conversation::{Conversation, Line, Refusal, Side, view};
use crate::domain::policy::Who;
use crate::notifications::plan;
use crate::protocol::conversation::{Message, SentMessage};
use crate::protocol::fault::Fault;
use crate::protocol::ids::{FileId, MemberId, MessageId};
use crate::protocol::time::UnixMillis;
use crate::protocol::topic::Position;
use crate::store::Answered;
use crate::store::conversation_state::Sealed;
use crate::store::conversations::{LogChange, LogCommit, LogEntry, LogLine, LogRecord};
use crate::store::files::FileChange;
use crate::store::outbox::Announcement;
use crate::store::with_change::OfCall;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a group has made of a conversation so far.
pub(super) struct Scratch<'a> {
    known: &'a Known,
    conversation: Conversation,
    announced: Announced,
    /// Messages that the group has posted or changed.
    changed: BTreeMap<MessageId, Message>,
    now: UnixMillis,
    saved: Vec<LogLine>,
    /// Of decisions that change nothing: their keys are used all the same.
    answers: Vec<Answered>,
    lines: Vec<(Line, UnixMillis)>,
    /// Whose answers are true once it is saved.
    calls: Vec<Arc<dyn OfCall>>,
}

/// What a group comes to.
pub(super) struct ToSave {
    /// The transaction …
    pub(super) commit: LogCommit,
    /// … for these calls …
    pub(super) calls: Vec<Arc<dyn OfCall>>,
    /// … and what it changes.
    pub(super) change: Change,
}

/// One decision before it is written down.
struct Planned {
    lines: Vec<Line>,
    output: Output,
    answered: Option<Answered>,
    /// What happens to files, with the first line.
    files: Vec<FileChange>,
}

impl<'a> Scratch<'a> {
    /// Nothing was decided yet.
    pub(super) fn of(known: &'a Known, now: UnixMillis) -> Self {
        Scratch {
            known,
            conversation: known.conversation.clone(),
            announced: known.announced,
            changed: BTreeMap::new(),
            now,
            saved: vec![],
            answers: vec![],
            lines: vec![],
            calls: vec![],
        }
    }

    /// What is to be saved; nothing when there is nothing.
    pub(super) fn into_commit(self) -> Option<ToSave> {
        let Scratch { known, conversation, announced, saved, answers, lines, calls, .. } = self;
        if lines.is_empty() && answers.is_empty() {
            return None;
        }
        let commit = LogCommit {
            conversation_id: conversation.conversation_id,
            epoch: known.fence,
            lines: saved,
            answers,
            active_at: conversation.active_at,
        };
        Some(ToSave { commit, calls, change: Change { lines, announced } })
    }

    /// Decides one, on top of those before it.
    pub(super) fn take(&mut self, ask: &Ask) -> Verdict<Output> {
        let written = self.plan(ask).and_then(|planned| self.write_down(planned));
        match written {
            // What changes nothing may be so by what those before it have made, which is not saved yet.
            Ok(output) if !self.lines.is_empty() || !self.answers.is_empty() => {
                self.calls.extend(ask.call.attempt().map(|it| it as _));
                Verdict::WhenSaved(output)
            }
            Ok(output) => Verdict::Now(Ok(output)),
            Err(fault) => Verdict::Now(Err(fault)),
        }
    }

    fn plan(&self, ask: &Ask) -> Result<Planned, Fault> {
        let now = self.now;
        let who = || ask.call.principal().map(|it| it.who);
        if let Some(condition) = &ask.call.condition {
            // Who is in it may know where it is; those before it in the group count.
            self.conversation.part_of(who()?)?;
            let offset = self.conversation.last_offset;
            condition.must_be_at(Position { epoch: self.known.epoch, offset })?;
        }
        match &ask.what {
            What::Send(draft, files) => self.plan_send(ask, who()?, draft, files),
            What::Edit(id, text) => {
                self.conversation.writer(who()?)?;
                let known = self.message(*id)?;
                let lines = self.conversation.edit(who()?, known, text, now)?;
                self.rewritten(ask, known, lines)
            }
            What::Delete(id) => {
                self.conversation.writer(who()?)?;
                let known = self.message(*id)?;
                let lines = self.conversation.delete(who()?, known, now)?;
                self.rewritten(ask, known, lines)
            }
            What::Settle(id, card, record, from) => {
                let lines = self.conversation.settle_file(self.message(*id)?, card);
                let files = vec![FileChange::Save(record.clone(), *from)];
                Ok(Planned { files, ..by_hub(lines) })
            }
            What::Resolve => self.viewed(ask, self.conversation.resolve(who()?)?),
            What::Assign(to) => {
                let lines = self.conversation.assign(who()?, to, fresh_member(), now)?;
                self.viewed(ask, lines)
            }
            What::Follow(parts) => Ok(by_hub(follow(&self.conversation, parts, now))),
            What::Away(person, away) => {
                Ok(by_hub(self.conversation.goes_away(*person, away.clone())))
            }
        }
    }

    fn plan_send(
        &self,
        ask: &Ask,
        who: Who,
        draft: &Draft,
        files: &[(FileId, u32)],
    ) -> Result<Planned, Fault> {
        self.conversation.writer(who)?;
        if let Some(id) = draft.reply_to {
            self.message(id).map_err(|_| Fault::invalid("reply_to", "A message of it."))?;
        }
        let lines = self.conversation.post(who, draft, fresh_member(), self.now)?;
        let offset = self.conversation.last_offset.saturating_add(1);
        let position = Position { epoch: self.known.epoch, offset };
        let sent = SentMessage { message_id: draft.message_id, position, at: self.now };
        let files = files.iter().map(|(id, from)| FileChange::Attach(*id, *from)).collect();
        let answered = ask.call.answered(&sent)?;
        Ok(Planned { lines, output: Output::Sent(sent), answered, files })
    }

    fn message(&self, id: MessageId) -> Result<&Message, Refusal> {
        let found = self.changed.get(&id).or_else(|| self.known.message(id));
        found.ok_or(Refusal::NoSuchMessage)
    }

    fn rewritten(&self, ask: &Ask, known: &Message, lines: Vec<Line>) -> Result<Planned, Fault> {
        let message = match lines.first() {
            Some(Line::Rewritten(message)) => message.clone(),
            _ => known.clone(),
        };
        // A text is sealed by the key of its conversation and nowhere else, so that it ends with it: what is kept for the key
        // says which message it was, and whoever asks again is told how that stands.
        let without_text = Message { body: None, files: vec![], ..message.clone() };
        let answered = ask.call.answered(&without_text)?;
        let output = Output::Message(Box::new(message));
        Ok(Planned { lines, output, answered, files: vec![] })
    }

    fn viewed(&self, ask: &Ask, lines: Vec<Line>) -> Result<Planned, Fault> {
        let you = self.conversation.part_of(ask.call.principal()?.who)?.member_id;
        let mut next = self.conversation.clone();
        lines.iter().for_each(|line| next.apply(line));
        let view = view::of(&next, you);
        let answered = ask.call.answered(&view)?;
        let output = Output::View(Box::new(view));
        Ok(Planned { lines, output, answered, files: vec![] })
    }

    /// Writes a decision down behind the others, sealed.
    fn write_down(&mut self, planned: Planned) -> Result<Output, Fault> {
        let Planned { lines, output, mut answered, mut files } = planned;
        // Sealed first: what cannot be sealed leaves nothing behind.
        let numbers = self.conversation.last_offset.saturating_add(1)..;
        let sealed = lines.iter().zip(numbers).map(|(it, number)| self.seal(it, number));
        let sealed = sealed.collect::<Result<Vec<_>, Fault>>()?;
        for (line, sealed) in lines.into_iter().zip(sealed) {
            let notices = self.notices(&line);
            self.conversation.apply(&line);
            if let Line::Posted(message) | Line::Rewritten(message) = &line {
                self.changed.insert(message.message_id, message.clone());
            }
            let offset = self.conversation.last_offset;
            self.saved.push(LogLine {
                record: LogRecord { offset, at: self.now, entry: LogEntry::of(&line) },
                change: LogChange::of(&line, offset, self.conversation.conversation_id, sealed),
                answered: answered.take(),
                notices,
                files: std::mem::take(&mut files),
            });
            self.lines.push((line, self.now));
        }
        self.answers.extend(answered);
        Ok(output)
    }

    fn seal(&self, line: &Line, number: u32) -> Result<Sealed, Fault> {
        let (Line::Posted(message) | Line::Rewritten(message)) = line else {
            return Ok(Sealed::default());
        };
        if message.body.is_none() {
            return Ok(Sealed::default());
        }
        let letters: &Letters = self.known.letters.as_ref().ok_or(Refusal::Closed)?;
        letters.seal(message, number)
    }

    /// Who is told that a new message waits, when nobody looks.
    fn notices(&mut self, line: &Line) -> Vec<Announcement> {
        let Line::Posted(message) = line else { return vec![] };
        let author = self.conversation.member(message.member_id);
        let Some(side) = author.and_then(|it| Side::of(it.role)) else { return vec![] };
        if !self.announced.announce(side, self.now) {
            return vec![];
        }
        // Due long after the courier looks by itself: nobody has to wake it.
        let due_at = self.now.plus(ESCALATE_AFTER);
        plan::about_message(&audience(&self.conversation, side), due_at, plan::fresh)
    }
}

fn by_hub(lines: Vec<Line>) -> Planned {
    Planned { lines, output: Output::Done, answered: None, files: vec![] }
}

fn fresh_member() -> MemberId {
    MemberId(uuid::Uuid::now_v7())
}
