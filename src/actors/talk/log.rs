//! Decisions about a conversation: how they wait, are saved together, and become known.
//!
//! Invariants: a decision looks at what those before it in its group have made of the conversation; what it needs of the
//! past is read before it waits, so that deciding reads nothing. Bodies leave this file sealed.

use super::{Change, Flush, Known, MAX_GROUP, Talk};
use crate::actors::commit::{Group, GroupOwner, Verdict, commit_group};
use crate::actors::letters::Letters;
use crate::command::{Call, unsaved};
use crate::domain::conversation::attention::{Announced, ESCALATE_AFTER, audience};
use crate::domain::conversation::parts::{Part, follow};
use crate::domain::conversation::rules::Draft;
use crate::domain::conversation::{Away, Conversation, Cover, Line, Refusal, Side, view};
use crate::domain::policy::Who;
use crate::notifications::plan;
use crate::protocol::conversation::{ConversationView, Message, SentMessage};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::file::FileCard;
use crate::protocol::ids::{FileId, MemberId, MessageId, PersonId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::protocol::topic::Position;
use crate::store::Answered;
use crate::store::conversation_state::Sealed;
use crate::store::conversations::{LogChange, LogCommit, LogEntry, LogLine, LogRecord};
use crate::store::files::{FileChange, FileRecord};
use crate::store::outbox::Announcement;
use actix::{
    ActorFutureExt as _, AsyncContext as _, Context, Handler, ResponseFuture, WrapFuture as _,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::oneshot;

/// What is to be decided.
#[derive(Debug, Clone)]
pub enum What {
    /// A new message, and the revisions of the files that are sent with it.
    Send(Draft, Vec<(FileId, u32)>),
    /// A message is written anew.
    Edit(MessageId, Phi<String>),
    /// A message is taken back.
    Delete(MessageId),
    /// A file of that message was checked; its row had that revision. By the hub.
    Settle(MessageId, FileCard, Box<FileRecord>, u32),
    /// The clinic has dealt with it.
    Resolve,
    /// Somebody else looks after it.
    Assign(Cover),
    /// These belong into it by the visit; by the hub.
    Follow(Vec<Part>),
    /// Somebody is out of office from now on, or back; by the hub.
    Away(PersonId, Option<Away>),
}

/// What whoever asked is told.
#[derive(Debug, Clone)]
pub enum Output {
    /// It is saved, and here it stands.
    Sent(SentMessage),
    /// The message as it is now.
    Message(Box<Message>),
    /// The conversation as they see it now.
    View(Box<ConversationView>),
    /// Nothing but that it is done.
    Done,
}

/// Asks for a decision.
#[derive(Debug, actix::Message)]
#[rtype(result = "Result<Output, Fault>")]
pub struct Append {
    /// The call.
    pub call: Call,
    /// What.
    pub what: What,
}

/// A decision that waits.
pub struct Ask {
    pub(super) call: Call,
    pub(super) what: What,
    pub(super) reply: oneshot::Sender<Result<Output, Fault>>,
}

/// What a group has made of a conversation so far.
struct Scratch<'a> {
    known: &'a Known,
    conversation: Conversation,
    announced: Announced,
    /// Messages that the group has posted or changed.
    changed: BTreeMap<MessageId, Message>,
    now: UnixMillis,
    saved: Vec<LogLine>,
    lines: Vec<(Line, UnixMillis)>,
}

/// One decision before it is written down.
struct Planned {
    lines: Vec<Line>,
    output: Output,
    answered: Option<Answered>,
    /// What happens to files, with the first line.
    files: Vec<FileChange>,
}

impl Handler<Append> for Talk {
    type Result = ResponseFuture<Result<Output, Fault>>;

    fn handle(&mut self, append: Append, ctx: &mut Context<Self>) -> Self::Result {
        let (reply, answer) = oneshot::channel();
        let ask = Ask { call: append.call, what: append.what, reply };
        match self.needs(&ask.what) {
            None => self.ask(ask, ctx),
            Some(id) => self.read_first(id, ask, ctx),
        }
        // Whoever decided has gone in the middle of it: nobody knows.
        Box::pin(async { answer.await.unwrap_or_else(|_| Err(FaultCode::OutcomeUnknown.into())) })
    }
}

impl Handler<Flush> for Talk {
    type Result = ();

    fn handle(&mut self, _: Flush, ctx: &mut Context<Self>) {
        self.flush(ctx);
    }
}

impl Talk {
    /// Puts a decision to those that wait. Everything that has come until now is handled before the group is saved, and
    /// everything that comes while it is saved is the next group: nobody waits for a clock.
    pub(super) fn ask(&mut self, ask: Ask, ctx: &mut Context<Self>) {
        self.asks.push(ask);
        match self.asks.len() {
            1 => ctx.notify(Flush),
            MAX_GROUP => self.flush(ctx),
            _ => {}
        }
    }

    pub(super) fn flush(&mut self, ctx: &mut Context<Self>) {
        let asks = std::mem::take(&mut self.asks);
        if !asks.is_empty() {
            commit_group(self, asks, ctx);
        }
    }

    /// The message of the past that a decision needs and nobody here knows.
    fn needs(&self, what: &What) -> Option<MessageId> {
        let id = match what {
            What::Send(draft, _) => draft.reply_to?,
            What::Edit(id, _) | What::Delete(id) | What::Settle(id, ..) => *id,
            What::Resolve | What::Assign(_) | What::Follow(_) | What::Away(..) => return None,
        };
        let known = self.known.as_ref()?;
        known.message(id).is_none().then_some(id)
    }

    /// Reads a message, and then asks; nothing of this conversation happens in between.
    fn read_first(&mut self, id: MessageId, ask: Ask, ctx: &mut Context<Self>) {
        let store = Arc::clone(&self.parts.store);
        let reading = async move { store.message(id).await };
        ctx.wait(reading.into_actor(self).map(move |read, talk, ctx| match read {
            Ok(found) => {
                let id = talk.id;
                let nobody_waits = talk.asks.is_empty();
                if let Some(known) = &mut talk.known {
                    // What waits to be decided may need what was read for it.
                    if nobody_waits && known.older.len() >= MAX_GROUP {
                        known.older.clear();
                    }
                    if let Some(kept) = found.filter(|it| it.conversation_id == id) {
                        let message = known.open(&kept);
                        known.older.insert(message.message_id, message);
                    }
                }
                talk.asks.push(ask);
                talk.flush(ctx);
            }
            Err(error) => talk.answer(ask, Err(unsaved(error))),
        }));
    }
}

impl Known {
    /// A message as it is now, when it is known here.
    pub(super) fn message(&self, id: MessageId) -> Option<&Message> {
        self.recent.message(id).or_else(|| self.older.get(&id))
    }

    /// A message as it is kept, opened.
    pub(super) fn open(&self, kept: &crate::store::conversations::MessageRecord) -> Message {
        match &self.letters {
            Some(letters) => letters.read(kept),
            None => kept.message(None, vec![]),
        }
    }
}

impl GroupOwner for Talk {
    type Ask = Ask;
    type Output = Output;

    fn decide(&self, asks: &[Ask]) -> Group<Change, Output> {
        let Some(known) = &self.known else {
            let none = || Verdict::Now(Err(FaultCode::NotFound.into()));
            return Group { verdicts: asks.iter().map(|_| none()).collect(), save: None };
        };
        let mut scratch = Scratch {
            known,
            conversation: known.conversation.clone(),
            announced: known.announced,
            changed: BTreeMap::new(),
            now: self.parts.clock.now(),
            saved: vec![],
            lines: vec![],
        };
        let verdicts = asks.iter().map(|ask| scratch.take(ask)).collect();
        let Scratch { conversation, announced, saved, lines, .. } = scratch;
        if lines.is_empty() {
            return Group { verdicts, save: None };
        }
        let commit = LogCommit {
            conversation_id: self.id,
            epoch: known.fence,
            lines: saved,
            active_at: conversation.active_at,
        };
        let store = Arc::clone(&self.parts.store);
        let write = Box::pin(async move { store.append_log(commit).await });
        Group { verdicts, save: Some((write, Change { lines, announced })) }
    }

    fn answer(&mut self, ask: Ask, answer: Result<Output, Fault>) {
        // Whoever asked may have gone.
        let _gone = ask.reply.send(answer);
    }
}

impl Scratch<'_> {
    fn take(&mut self, ask: &Ask) -> Verdict<Output> {
        let written = self.plan(ask).and_then(|planned| self.write_down(planned));
        match written {
            Ok((output, true)) => Verdict::WhenSaved(output),
            // It is so by what those before it have made, which is not saved yet.
            Ok((output, false)) if !self.lines.is_empty() => Verdict::WhenSaved(output),
            Ok((output, false)) => Verdict::Now(Ok(output)),
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
        // A text is sealed by the key of its conversation and nowhere else. To write the same once more changes nothing.
        let answered = match message.body {
            Some(_) => None,
            None => ask.call.answered(&message)?,
        };
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

    /// Writes a decision down behind the others, sealed. Whether there is anything to save.
    fn write_down(&mut self, planned: Planned) -> Result<(Output, bool), Fault> {
        let Planned { lines, output, mut answered, mut files } = planned;
        // Sealed first: what cannot be sealed leaves nothing behind.
        let numbers = self.conversation.last_offset.saturating_add(1)..;
        let sealed = lines.iter().zip(numbers).map(|(it, number)| self.seal(it, number));
        let sealed = sealed.collect::<Result<Vec<_>, Fault>>()?;
        let has_lines = !lines.is_empty();
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
        Ok((output, has_lines))
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
