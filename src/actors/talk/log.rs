//! Decisions about a conversation: how they wait, are saved together, and become known.
//!
//! Invariant: what a decision needs of the past is read before it waits, so that deciding reads nothing. Does not: decide
//! (see `scratch`).

use super::scratch::{Scratch, ToSave};
use super::{Change, Flush, Known, MAX_GROUP, Talk};
use crate::actors::commit::{Group, GroupOwner, Verdict, commit_group};
use crate::command::{Call, unsaved};
use crate::domain::conversation::parts::Part;
use crate::domain::conversation::rules::Draft;
use crate::domain::conversation::{Away, Cover};
use crate::protocol::conversation::{ConversationView, Message, SentMessage};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::file::FileCard;
use crate::protocol::ids::{FileId, MessageId, PersonId};
use crate::protocol::phi::Phi;
use crate::store::files::FileRecord;
use crate::store::with_change::saved_with;
use actix::{
    ActorFutureExt as _, AsyncContext as _, Context, Handler, ResponseFuture, WrapFuture as _,
};
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
        let mut scratch = Scratch::of(known, self.parts.clock.now());
        let verdicts = asks.iter().map(|ask| scratch.take(ask)).collect();
        let Some(ToSave { commit, calls, change }) = scratch.into_commit() else {
            return Group { verdicts, save: None };
        };
        let store = Arc::clone(&self.parts.store);
        let write = saved_with(calls, async move { store.append_log(commit).await });
        Group { verdicts, save: Some((Box::pin(write), change)) }
    }

    fn answer(&mut self, ask: Ask, answer: Result<Output, Fault>) {
        // Whoever asked may have gone.
        let _gone = ask.reply.send(answer);
    }
}
