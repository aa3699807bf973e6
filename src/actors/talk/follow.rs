//! Who follows a conversation: how they begin, what they are told, and when it ends.
//!
//! Invariants: between what is replayed and what is told live nothing is lost and nothing comes twice, because both belong
//! to one turn of the actor; whoever is no member any more hears nothing from the line on that says so.

use super::{COMPARE_EVERY, Known, Talk};
use crate::actors::sharing::unshared;
use crate::actors::{Beginning, Follow, Start, Unfollow};
use crate::command::unsaved;
use crate::domain::conversation::{Line, view};
use crate::protocol::conversation::{MemberPresence, Message};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::frame::{GapReason, MAX_REPLAYED, REPLAY_WITHIN};
use crate::protocol::ids::MemberId;
use crate::protocol::prepared::Prepared;
use crate::protocol::time::UnixMillis;
use crate::protocol::topic::{Event, PastEvent, Position, TopicState};
use crate::store::conversations::{LogEntry, LogRecord, MessageRecord};
use crate::store::{StoreError, Stored};
use actix::{
    ActorContext as _, ActorFutureExt as _, AsyncContext as _, Context, Handler, ResponseFuture,
    WrapFuture as _,
};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Events that pass by, which come last: marks and presence.
const PASSING: usize = 2;
/// Lines of one page of replay.
const PAGE: usize = MAX_REPLAYED - PASSING;
/// Bytes of text of one page of replay; one message more may stand in it.
const PAGE_BYTES: usize = 256 * 1024;

type Missed = Vec<(LogRecord, Option<Message>)>;

impl Handler<Follow> for Talk {
    type Result = ResponseFuture<Result<Start, Fault>>;

    fn handle(&mut self, follow: Follow, ctx: &mut Context<Self>) -> Self::Result {
        self.used_at = self.parts.clock.now();
        let begun = match self.missed(&follow) {
            Err(fault) => Err(fault),
            Ok(Some(after)) => return self.read_missed(follow, after, ctx),
            Ok(None) => self.begin(follow),
        };
        Box::pin(std::future::ready(begun))
    }
}

impl Handler<Unfollow> for Talk {
    type Result = ();

    fn handle(&mut self, unfollow: Unfollow, _: &mut Context<Self>) {
        self.used_at = self.parts.clock.now();
        self.followers.remove(unfollow.connection);
    }
}

impl Talk {
    /// From where on the store has to be asked what somebody missed; nothing when it need not be.
    fn missed(&self, follow: &Follow) -> Result<Option<u32>, Fault> {
        let known = self.known()?;
        known.conversation.part_of(follow.principal.who)?;
        let after = known.resumes_after(follow.position);
        Ok(after.filter(|it| known.recent.since(*it).is_none()))
    }

    /// Begins with what is in memory.
    fn begin(&mut self, follow: Follow) -> Result<Start, Fault> {
        let known = self.known()?;
        let missed = known.resumes_after(follow.position).and_then(|it| known.recent.since(it));
        self.attach(follow, missed)
    }

    /// Begins with what is in the store. Nothing else of this conversation happens meanwhile.
    fn read_missed(
        &mut self,
        follow: Follow,
        after: u32,
        ctx: &mut Context<Self>,
    ) -> ResponseFuture<Result<Start, Fault>> {
        let (reply, answer) = oneshot::channel();
        let (id, store) = (self.id, Arc::clone(&self.parts.store));
        let limit = u32::try_from(PAGE + 1).unwrap_or(u32::MAX);
        let reading = async move { store.log_since(id, after, limit).await };
        ctx.wait(reading.into_actor(self).map(move |read, talk, _| {
            // Whoever asked may have gone.
            let _gone = reply.send(talk.begin_with(follow, read));
        }));
        Box::pin(async { answer.await.unwrap_or_else(|_| Err(FaultCode::Unavailable.into())) })
    }

    fn begin_with(
        &mut self,
        follow: Follow,
        read: Stored<Vec<(LogRecord, Option<MessageRecord>)>>,
    ) -> Result<Start, Fault> {
        let known = self.known()?;
        let open = |(line, kept): (LogRecord, Option<MessageRecord>)| {
            (line, kept.map(|it| known.open(&it)))
        };
        let missed = read.map_err(unsaved)?.into_iter().map(open).collect();
        self.attach(follow, Some(missed))
    }

    /// One turn: what was missed until here, and everything from here on.
    fn attach(&mut self, follow: Follow, missed: Option<Missed>) -> Result<Start, Fault> {
        let known = self.known()?;
        let you = known.conversation.part_of(follow.principal.who)?.member_id;
        let position = Talk::position(known);
        let how = match missed {
            None => Beginning::Whole(Box::new(self.snapshot(known, you))),
            Some(missed) => {
                // A hole in what is kept is no reason to show one.
                let Some(mut events) = known.page(missed, you) else {
                    return self.attach(follow, None);
                };
                let reached = events.last().map(|it| it.position);
                match reached.filter(|it| it.offset < position.offset) {
                    Some(position) => {
                        // Nothing is live before the rest was asked for, whatever was before.
                        self.followers.remove(follow.connection);
                        return Ok(Start { position, how: Beginning::Part(events) });
                    }
                    None => {
                        events.extend(self.passing(known, position));
                        Beginning::Missed(events)
                    }
                }
            }
        };
        self.followers.add(follow.connection, you, follow.sink);
        Ok(Start { position, how })
    }

    /// Takes off whoever may not read the conversation any more: they follow again, and are told.
    pub(super) fn ask_again(&mut self, ctx: &mut Context<Self>) {
        let Some(known) = &self.known else { return };
        let viewers = self.followers.viewers();
        let present = known.conversation.present().filter(|it| viewers.contains(&it.member_id));
        let asked: Vec<_> =
            present.filter_map(|it| Some((it.member_id, it.who()?, it.role))).collect();
        let (id, store, now) = (self.id, Arc::clone(&self.parts.store), self.parts.clock.now());
        let asking = async move {
            let mut closed = vec![];
            for (member, who, role) in asked {
                if !unshared(store.as_ref(), (who, role), &[id], now).await?.is_empty() {
                    closed.push(member);
                }
            }
            Stored::Ok(closed)
        };
        ctx.spawn(asking.into_actor(self).map(|closed, talk, _| match closed {
            Ok(closed) => {
                closed.into_iter().for_each(|it| talk.followers.dismiss(it, GapReason::Epoch));
            }
            Err(_) => metrics::counter!("bedside_unasked_total").increment(1),
        }));
    }

    /// Looks whether the log that is kept is further than what is known here: then another node writes it, and nobody who follows here
    /// hears of that. Or whether its key was destroyed there. They are told, and follow anew.
    pub(super) fn compare(&mut self, ctx: &mut Context<Self>) {
        let now = self.parts.clock.now();
        if self.followers.is_empty() || now.since(self.compared_at) < COMPARE_EVERY {
            return;
        }
        self.compared_at = now;
        let Some(known) = &self.known else { return };
        let (fence, has_key) = (known.fence, known.letters.is_some());
        let (id, store) = (self.id, Arc::clone(&self.parts.store));
        let reading = async move {
            let kept = store.conversation_fence(id).await?;
            // Whoever destroys a key fences its owner.
            let is_asked = has_key && kept.as_ref().is_some_and(|it| it.epoch != fence);
            let is_gone = is_asked && !store.keyless(&[id]).await?.is_empty();
            Ok::<_, StoreError>((kept, is_gone))
        };
        // What is saved from here is known before this is: nothing else is done while it is saved.
        ctx.spawn(reading.into_actor(self).map(|read, talk, ctx| match (read, &talk.known) {
            (Ok((Some(kept), is_gone)), Some(known)) => {
                let is_further =
                    kept.next_offset > known.conversation.last_offset.saturating_add(1);
                if is_further || is_gone {
                    metrics::counter!("bedside_talks_overtaken_total").increment(1);
                    ctx.stop();
                }
            }
            (Ok(_), _) => {}
            (Err(_), _) => metrics::counter!("bedside_unasked_total").increment(1),
        }));
    }

    fn snapshot(&self, known: &Known, you: MemberId) -> TopicState {
        let (messages, has_older) = known.recent.latest();
        TopicState::Conversation {
            conversation: Box::new(view::of(&known.conversation, you)),
            messages,
            has_older,
            marks: view::marks(&known.conversation),
            presence: self.presence_now(),
        }
    }

    fn presence_now(&self) -> Vec<MemberPresence> {
        let all = self.presence.iter();
        all.map(|(id, it)| MemberPresence { member_id: *id, presence: *it }).collect()
    }

    /// Marks and presence as they are now: nobody knows what of them somebody missed.
    fn passing(&self, known: &Known, position: Position) -> [PastEvent; PASSING] {
        let at = self.parts.clock.now();
        let marks = Event::MarksChanged { marks: view::marks(&known.conversation) };
        let presence = Event::PresenceChanged { presence: self.presence_now() };
        [marks, presence].map(|event| PastEvent { position, at, event })
    }

    /// Makes a saved line so, and tells the followers.
    pub(super) fn apply_line(&mut self, line: &Line, at: UnixMillis) {
        let Some(known) = &mut self.known else { return };
        known.conversation.apply(line);
        let offset = known.conversation.last_offset;
        known.recent.push(offset, at, line);
        if let Line::Rewritten(message) = line
            && let Some(older) = known.older.get_mut(&message.message_id)
        {
            older.clone_from(message);
        }
        let position = Position { epoch: known.epoch, offset };
        let of_all = |event| Arc::new(Prepared::new(position, at, event));
        let prepared = match line {
            Line::Posted(message) => {
                self.typists.posted(message.member_id);
                of_all(Event::MessagePosted { message: message.clone() })
            }
            Line::Rewritten(message) => of_all(Event::MessageChanged { message: message.clone() }),
            Line::Member(member) | Line::Away(member) => {
                if !member.is_in() {
                    // From here on they hear nothing; whoever follows again is denied.
                    self.followers.dismiss(member.member_id, GapReason::Epoch);
                }
                of_all(Event::MemberChanged { member: view::member(member) })
            }
            Line::Conversation(..) => {
                let conversation = &known.conversation;
                self.followers.publish(|viewer| {
                    let conversation = Box::new(view::of(conversation, viewer));
                    of_all(Event::ConversationChanged { conversation })
                });
                return;
            }
        };
        self.followers.publish(|_| Arc::clone(&prepared));
    }

    /// Tells the followers something that passes by.
    pub(super) fn publish_passing(&mut self, event: Event) {
        let Some(known) = &self.known else { return };
        let now = self.parts.clock.now();
        let prepared = Arc::new(Prepared::new(Talk::position(known), now, event));
        self.followers.publish(|_| Arc::clone(&prepared));
    }
}

impl Known {
    /// After which line somebody goes on; nothing when the whole is told.
    fn resumes_after(&self, position: Option<Position>) -> Option<u32> {
        let position = position.filter(|it| it.epoch == self.epoch)?;
        let missed = self.conversation.last_offset.checked_sub(position.offset)?;
        (missed <= REPLAY_WITHIN).then_some(position.offset)
    }

    /// The first page of what was missed, as it is now, for one viewer.
    fn page(&self, missed: Missed, you: MemberId) -> Option<Vec<PastEvent>> {
        let mut bytes = 0_usize;
        let mut events = Vec::new();
        for (line, message) in missed.into_iter().take(PAGE) {
            if bytes > PAGE_BYTES {
                break;
            }
            let body = message.as_ref().and_then(|it| it.body.as_ref());
            bytes = bytes.saturating_add(body.map_or(0, |it| it.expose().len()));
            let position = Position { epoch: self.epoch, offset: line.offset };
            let event = self.event(&line, message, you)?;
            events.push(PastEvent { position, at: line.at, event });
        }
        Some(events)
    }

    fn event(&self, line: &LogRecord, message: Option<Message>, you: MemberId) -> Option<Event> {
        Some(match line.entry {
            LogEntry::Posted(_) => Event::MessagePosted { message: message? },
            LogEntry::Changed(_) => Event::MessageChanged { message: message? },
            LogEntry::Member(id) => {
                Event::MemberChanged { member: view::member(self.conversation.member(id)?) }
            }
            LogEntry::Conversation => Event::ConversationChanged {
                conversation: Box::new(view::of(&self.conversation, you)),
            },
        })
    }
}
