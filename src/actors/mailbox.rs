//! The mailbox of one person: the list of their conversations as it is now, with what they have not read.
//!
//! Owns: the cards of one person in memory, the followers of `mailbox:<id>`. Invariants: a card is what the store says,
//! read after it was told that something changed; many changes within a moment are one reading. Whether a conversation is
//! shared, and has its key still, is asked anew for whoever begins to follow, and every [`PASSIVATE_AFTER`]. A mailbox that nobody follows ends.
//! Does not: keep anything, or know more of a conversation than its card (`cards`).

use crate::actors::cards::{MAX_CARDS, card, closed_to, read_cards};
use crate::actors::followers::Followers;
use crate::actors::letters::wordless;
use crate::actors::sharing::unshared;
use crate::actors::{Beginning, Follow, Start, Unfollow};
use crate::clock::Clock;
use crate::command::unsaved;
use crate::crypto::Keys;
use crate::domain::policy::Who;
use crate::protocol::conversation::ConversationCard;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::frame::GapReason;
use crate::protocol::ids::{ConversationId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::prepared::Prepared;
use crate::protocol::time::UnixMillis;
use crate::protocol::topic::{Event, Position, Topic, TopicState};
use crate::store::{Store, Stored};
use actix::{
    Actor, ActorContext as _, ActorFutureExt as _, AsyncContext as _, Context, Handler,
    ResponseActFuture, WrapFuture as _,
};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How long a mailbox waits for more of what changed, before it reads.
const COLLECT_FOR: Duration = Duration::from_millis(50);
/// How long it waits after the store did not answer.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How long a mailbox that nobody follows stays.
const PASSIVATE_AFTER: Duration = Duration::from_secs(30);
/// Messages that wait for a mailbox.
const MAILBOX: usize = 1_024;

/// What all mailboxes of a node share.
pub struct MailboxParts {
    /// Where conversations are kept.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What the keys of conversations are sealed with.
    pub keys: Arc<Keys>,
}

/// The actor.
pub struct Mailbox {
    person_id: PersonId,
    parts: Arc<MailboxParts>,
    cards: BTreeMap<ConversationId, ConversationCard>,
    position: Position,
    followers: Followers<()>,
    /// Conversations of which something changed since they were read.
    dirty: BTreeSet<ConversationId>,
    is_reading: bool,
    /// How often the whole was read: what was read before that of one conversation is out of date.
    readings: u32,
    used_at: UnixMillis,
    /// Of who followed last.
    role: Option<Role>,
}

/// Something of a conversation changed.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "()")]
pub struct Touched(pub ConversationId);

/// Something may have been missed: read the store again.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "()")]
pub struct ReadAll;

/// What changed was collected for long enough.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "()")]
struct ReadDirty;

type Cards = Vec<(ConversationId, Option<ConversationCard>)>;
/// As [`read_cards`] tells it.
type Loaded = (Vec<ConversationCard>, Option<UnixMillis>);

/// Conversations that a list may not show as it has them.
#[derive(Debug, Default)]
struct Closed {
    /// Not at all.
    unshared: BTreeSet<ConversationId>,
    /// Without what was said last: another node may have destroyed the key.
    keyless: Vec<ConversationId>,
}

fn wordless_card(card: &ConversationCard) -> ConversationCard {
    let mut card = card.clone();
    card.last = card.last.map(wordless);
    card.conversation.can_write = false;
    card
}

impl Mailbox {
    /// The mailbox of a person; it loads itself when it starts.
    pub fn new(person_id: PersonId, parts: Arc<MailboxParts>) -> Self {
        let used_at = parts.clock.now();
        Mailbox {
            person_id,
            parts,
            cards: BTreeMap::new(),
            position: Position { epoch: Uuid::new_v4().as_fields().0, offset: 0 },
            followers: Followers::new(Topic::Mailbox(person_id)),
            dirty: BTreeSet::new(),
            is_reading: false,
            readings: 0,
            used_at,
            role: None,
        }
    }

    fn read_all(&self, ctx: &mut Context<Self>) {
        let (person, parts) = (self.person_id, Arc::clone(&self.parts));
        let now = parts.clock.now();
        let loading =
            async move { read_cards(person, parts.store.as_ref(), &parts.keys, now).await };
        ctx.wait(loading.into_actor(self).map(|loaded, mailbox, ctx| mailbox.loaded(loaded, ctx)));
    }

    fn loaded(&mut self, loaded: Stored<Loaded>, ctx: &mut Context<Self>) {
        match loaded {
            Ok((cards, beyond)) => {
                self.readings = self.readings.wrapping_add(1);
                let there: BTreeSet<_> =
                    cards.iter().map(|it| it.conversation.conversation_id).collect();
                // What is only beyond the bound is not gone: whoever has it may keep it.
                let is_beyond =
                    |it: &ConversationCard| beyond.is_some_and(|last| it.active_at <= last);
                self.cards.retain(|id, it| there.contains(id) || !is_beyond(it));
                let gone = self.cards.keys().filter(|it| !there.contains(it));
                let gone: Vec<_> = gone.map(|it| (*it, None)).collect();
                let cards = cards.into_iter().map(|it| (it.conversation.conversation_id, Some(it)));
                self.put(cards.chain(gone).collect());
            }
            Err(_) => {
                tracing::error!("a mailbox could not be loaded");
                ctx.stop();
            }
        }
    }

    /// Takes what was read, and tells what is new of it.
    fn put(&mut self, read: Cards) {
        for (conversation_id, card) in read {
            let event = match card {
                Some(card) if self.cards.get(&conversation_id) == Some(&card) => continue,
                Some(card) => {
                    self.cards.insert(conversation_id, card.clone());
                    Event::ConversationCardChanged { card: Box::new(card) }
                }
                None if self.cards.remove(&conversation_id).is_none() => continue,
                None => Event::ConversationRemoved { conversation_id },
            };
            self.position.offset = self.position.offset.saturating_add(1);
            let now = self.parts.clock.now();
            let prepared = Arc::new(Prepared::new(self.position, now, event));
            self.followers.publish(|()| Arc::clone(&prepared));
        }
        self.bounded();
    }

    /// Those that nobody wrote in for the longest time are left out of what is told at the beginning, as a fresh reading leaves them out.
    fn bounded(&mut self) {
        while u32::try_from(self.cards.len()).is_ok_and(|it| it > MAX_CARDS) {
            let oldest = self.cards.iter().min_by_key(|(id, it)| (it.active_at, **id));
            let Some(oldest) = oldest.map(|(id, _)| *id) else { return };
            self.cards.remove(&oldest);
        }
    }

    /// Which of the cards are of conversations that are not shared with who looks at them, and which have lost their key, as the store says
    /// now.
    fn closed(&self) -> impl Future<Output = Stored<Closed>> + use<> {
        let (person, role, parts) = (self.person_id, self.role, Arc::clone(&self.parts));
        let ids: Vec<_> = self.cards.keys().copied().collect();
        async move {
            let Some(role) = role else { return Ok(Closed::default()) };
            let (store, now) = (parts.store.as_ref(), parts.clock.now());
            let unshared = unshared(store, (Who::Person(person), role), &ids, now).await?;
            let keyless = store.keyless(&ids).await?;
            Ok(Closed { unshared, keyless })
        }
    }

    fn take_away(&mut self, closed: Closed) {
        let gone = closed.keyless.iter().filter_map(|it| self.cards.get(it));
        let mut read: Cards =
            gone.map(|it| (it.conversation.conversation_id, Some(wordless_card(it)))).collect();
        read.extend(closed.unshared.into_iter().map(|it| (it, None)));
        self.put(read);
    }

    /// What ends by the clock, or was told to another node alone, is taken off the list of whoever looks at it.
    fn ask_again(&self, ctx: &mut Context<Self>) {
        if self.followers.is_empty() {
            return;
        }
        ctx.spawn(self.closed().into_actor(self).map(|closed, mailbox, _| match closed {
            Ok(closed) => mailbox.take_away(closed),
            Err(_) => metrics::counter!("bedside_unasked_total").increment(1),
        }));
    }

    fn begin(&mut self, follow: Follow) -> Start {
        self.followers.add(follow.connection, (), follow.sink);
        let is_current = follow.position == Some(self.position);
        let state = (!is_current).then(|| {
            let mut cards: Vec<_> = self.cards.values().cloned().collect();
            cards.sort_by_key(|it| Reverse((it.active_at, it.conversation.conversation_id)));
            TopicState::Mailbox { cards }
        });
        let how = Beginning::whole_unless_current(state);
        Start { position: self.position, how }
    }

    fn read_soon(&mut self, after: Duration, ctx: &mut Context<Self>) {
        if !self.is_reading && !self.dirty.is_empty() {
            self.is_reading = true;
            ctx.notify_later(ReadDirty, after);
        }
    }

    fn read_dirty(&mut self, ctx: &mut Context<Self>) {
        let wanted = std::mem::take(&mut self.dirty);
        let (person, parts) = (self.person_id, Arc::clone(&self.parts));
        let (readings, now) = (self.readings, self.parts.clock.now());
        let reading = {
            let wanted = wanted.clone();
            async move {
                let store = parts.store.as_ref();
                let mut read = Cards::new();
                for id in wanted {
                    let summary = store.summary(id, person).await?;
                    let closed = closed_to(person, summary.as_slice(), store, now).await?;
                    let card = match summary.filter(|_| closed.is_empty()) {
                        Some(it) => card(&it, person, store, &parts.keys).await?,
                        None => None,
                    };
                    read.push((id, card));
                }
                Ok::<_, crate::store::StoreError>(read)
            }
        };
        ctx.spawn(reading.into_actor(self).map(move |read, mailbox, ctx| {
            mailbox.is_reading = false;
            match read {
                Ok(cards) if mailbox.readings == readings => {
                    mailbox.put(cards);
                    mailbox.read_soon(COLLECT_FOR, ctx);
                }
                Ok(_) => {
                    mailbox.dirty.extend(wanted);
                    mailbox.read_soon(COLLECT_FOR, ctx);
                }
                Err(_) => {
                    mailbox.dirty.extend(wanted);
                    mailbox.read_soon(RETRY_AFTER, ctx);
                }
            }
        }));
    }
}

impl Actor for Mailbox {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(MAILBOX);
        self.read_all(ctx);
        ctx.run_interval(PASSIVATE_AFTER, |mailbox, ctx| {
            mailbox.followers.tell_laggards();
            mailbox.ask_again(ctx);
            let now = mailbox.parts.clock.now();
            if mailbox.followers.is_empty() && now.since(mailbox.used_at) >= PASSIVATE_AFTER {
                ctx.stop();
            }
        });
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.followers.tell_gap(GapReason::Epoch);
    }
}

impl Handler<Touched> for Mailbox {
    type Result = ();

    fn handle(&mut self, Touched(id): Touched, ctx: &mut Context<Self>) {
        self.dirty.insert(id);
        self.read_soon(COLLECT_FOR, ctx);
    }
}

impl Handler<ReadDirty> for Mailbox {
    type Result = ();

    fn handle(&mut self, _: ReadDirty, ctx: &mut Context<Self>) {
        self.read_dirty(ctx);
    }
}

impl Handler<ReadAll> for Mailbox {
    type Result = ();

    fn handle(&mut self, _: ReadAll, ctx: &mut Context<Self>) {
        self.read_all(ctx);
    }
}

impl Handler<Follow> for Mailbox {
    type Result = ResponseActFuture<Self, Result<Start, Fault>>;

    /// The cards were read some time ago: that they are shared is asked now.
    fn handle(&mut self, follow: Follow, _: &mut Context<Self>) -> Self::Result {
        if follow.principal.who != Who::Person(self.person_id) {
            return Box::pin(ready(Err(FaultCode::NotFound.into())).into_actor(self));
        }
        self.used_at = self.parts.clock.now();
        self.role = Some(follow.principal.role);
        Box::pin(self.closed().into_actor(self).map(|closed, mailbox, _| {
            mailbox.take_away(closed.map_err(unsaved)?);
            Ok(mailbox.begin(follow))
        }))
    }
}

impl Handler<Unfollow> for Mailbox {
    type Result = ();

    fn handle(&mut self, unfollow: Unfollow, _: &mut Context<Self>) {
        self.used_at = self.parts.clock.now();
        self.followers.remove(unfollow.connection);
    }
}
