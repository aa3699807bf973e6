//! The talk of one conversation: owner of its log (through the store's fence) and of its live side.
//!
//! Owns: [`Conversation`], the latest messages, the followers of `conversation:<id>`, who types, where its members are.
//! Invariants: CH-1 the log is numbered without a gap, and what was acknowledged is in it; nothing is published that is not
//! saved; whoever is no member any more hears nothing. Decisions that come while others are being saved are saved together
//! ([`commit_group`](crate::actors::commit::commit_group)): nobody waits on purpose.
//! Does not: decide (that is `domain::conversation`), read pages of history, or know other actors.

mod follow;
mod load;
mod log;
mod marks;
mod recent;
mod scratch;

pub use load::{ReadAway, ReadVisit};
pub use log::{Append, Output, What};
pub use marks::{Mark, PresenceMoved, Type};

use crate::actors::commit::{GroupOwner as _, Owner};
use crate::actors::followers::Followers;
use crate::actors::letters::{Letters, wordless};
use crate::actors::whereabouts::{Registry, Watch};
use crate::actors::{Emit, Happened};
use crate::clock::Clock;
use crate::crypto::Keys;
use crate::domain::conversation::attention::Announced;
use crate::domain::conversation::typing::Typists;
use crate::domain::conversation::{Conversation, Line, view};
use crate::domain::policy::Principal;
use crate::protocol::conversation::{ConversationView, Message, Presence};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::frame::GapReason;
use crate::protocol::ids::{ConversationId, MemberId, MessageId, PersonId};
use crate::protocol::time::UnixMillis;
use crate::protocol::topic::{Position, Topic};
use crate::store::Store;
use actix::{
    Actor, ActorContext as _, ActorFutureExt as _, AsyncContext as _, Context, Handler,
    MessageResult, WrapFuture as _,
};
use log::Ask;
use marks::PendingMarks;
use recent::Recent;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How long a talk without followers stays.
const PASSIVATE_AFTER: Duration = Duration::from_secs(60);
/// How often a talk looks whether it is needed, and whether somebody is owed a gap.
const LOOK_AROUND: Duration = Duration::from_secs(2);
/// How often it is asked whether whoever follows may do so still. What is withdrawn here is told at once; this is for what ends by the
/// clock, and for what was withdrawn on a node that does not know of this talk.
const ASK_AGAIN: Duration = Duration::from_secs(30);
/// How often a talk that somebody follows compares its log with the one that is kept. As often as a socket pings: whoever is still at a
/// node that another has taken the conversation from learns of it no later than they would of a line that broke. Each time is
/// one row by its key.
pub const COMPARE_EVERY: Duration = Duration::from_secs(15);
/// Messages that wait for a talk: sixty people, each with a page of calls.
const MAILBOX: usize = 4_096;
/// Decisions that are saved together. More would keep the first of them waiting for the last.
const MAX_GROUP: usize = 64;

/// What all talks of a node share.
pub struct TalkParts {
    /// Where conversations are kept.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where happenings go.
    pub emit: Emit,
    /// Name of this node, for the fence.
    pub node: String,
    /// What the keys of conversations are sealed with.
    pub keys: Arc<Keys>,
    /// Where people are.
    pub whereabouts: Arc<Registry>,
}

/// The actor.
pub struct Talk {
    id: ConversationId,
    parts: Arc<TalkParts>,
    known: Option<Known>,
    followers: Followers<MemberId>,
    /// Decisions that wait to be saved with the next group.
    asks: Vec<Ask>,
    marks: PendingMarks,
    typists: Typists,
    /// Where members are, as it was told last.
    presence: BTreeMap<MemberId, Presence>,
    watch: Option<Watch>,
    used_at: UnixMillis,
    compared_at: UnixMillis,
}

/// A conversation that was loaded.
struct Known {
    conversation: Conversation,
    letters: Option<Letters>,
    recent: Recent,
    /// Old messages that a decision needs and `recent` does not reach back to, as they are now.
    older: BTreeMap<MessageId, Message>,
    announced: Announced,
    /// The writer's epoch.
    fence: u32,
    /// Of the topic: that of all logs of the database.
    epoch: u32,
}

/// What was saved together.
pub struct Change {
    lines: Vec<(Line, UnixMillis)>,
    announced: Announced,
}

/// The conversation as a member may see it, for who asks over REST or opens a page of history.
#[derive(Debug, Clone, actix::Message)]
#[rtype(result = "Result<Looked, Fault>")]
pub struct Look(pub Principal);

/// What one sees.
#[derive(Debug, Clone)]
pub struct Looked {
    /// The conversation.
    pub view: ConversationView,
    /// Its key; nobody has it when it was destroyed.
    pub letters: Option<Letters>,
    /// The last message that was not deleted.
    pub last: Option<Message>,
    /// When something was last posted.
    pub active_at: UnixMillis,
    /// Messages that the viewer has not had before their eyes, of the latest.
    pub unread: u32,
}

impl Looked {
    /// As it is since its key was destroyed.
    #[must_use]
    pub fn without_key(self) -> Looked {
        let view = ConversationView { can_write: false, ..self.view };
        Looked { view, letters: None, last: self.last.map(wordless), ..self }
    }
}

/// What is known of it may be out of date: the next message starts one that reads the store.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "()")]
pub struct Forget;

impl Talk {
    /// The talk of a conversation; it loads itself when it starts.
    pub fn new(id: ConversationId, parts: Arc<TalkParts>) -> Self {
        let used_at = parts.clock.now();
        Talk {
            id,
            parts,
            known: None,
            followers: Followers::new(Topic::Conversation(id)),
            asks: Vec::new(),
            marks: PendingMarks::default(),
            typists: Typists::default(),
            presence: BTreeMap::new(),
            watch: None,
            used_at,
            compared_at: used_at,
        }
    }

    fn known(&self) -> Result<&Known, Fault> {
        self.known.as_ref().ok_or_else(|| FaultCode::NotFound.into())
    }

    fn position(known: &Known) -> Position {
        Position { epoch: known.epoch, offset: known.conversation.last_offset }
    }

    /// Tells mailboxes.
    fn touched(&self) {
        let Some(known) = &self.known else { return };
        let people = known.conversation.members.iter().filter_map(|it| it.person_id).collect();
        (self.parts.emit)(Happened::ConversationTouched { conversation_id: self.id, people });
    }

    fn look_around(&mut self, ctx: &mut Context<Self>) {
        ctx.run_interval(LOOK_AROUND, |talk, ctx| {
            talk.followers.tell_laggards();
            let now = talk.parts.clock.now();
            let is_used = !talk.followers.is_empty() || talk.marks.is_busy();
            if talk.known.is_none() || !is_used && now.since(talk.used_at) >= PASSIVATE_AFTER {
                ctx.stop();
            }
            talk.compare(ctx);
        });
        ctx.run_interval(ASK_AGAIN, |talk, ctx| talk.ask_again(ctx));
    }
}

impl Actor for Talk {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(MAILBOX);
        let loading = load::load(self.id, Arc::clone(&self.parts));
        ctx.wait(loading.into_actor(self).map(|loaded, talk, ctx| talk.loaded(loaded, ctx)));
        self.look_around(ctx);
        metrics::gauge!("bedside_talks").increment(1.0);
    }
}

impl Drop for Talk {
    /// Runs when the talk is passivated, fenced, or panicked: whoever follows starts the next one by following again.
    fn drop(&mut self) {
        metrics::gauge!("bedside_talks").decrement(1.0);
        self.followers.tell_gap(GapReason::Epoch);
        // Nobody has begun with them.
        for ask in std::mem::take(&mut self.asks) {
            self.answer(ask, Err(FaultCode::Unavailable.into()));
        }
    }
}

impl Owner for Talk {
    type Change = Change;

    fn apply_and_publish(&mut self, change: Change, _: &mut Context<Self>) {
        self.used_at = self.parts.clock.now();
        let Some(known) = &mut self.known else { return };
        known.announced = change.announced;
        for (line, at) in &change.lines {
            self.apply_line(line, *at);
        }
        if change.lines.iter().any(|(line, _)| matches!(line, Line::Member(_))) {
            self.watch_members();
        }
        self.touched();
    }
}

impl Handler<Look> for Talk {
    type Result = MessageResult<Look>;

    fn handle(&mut self, Look(principal): Look, _: &mut Context<Self>) -> Self::Result {
        self.used_at = self.parts.clock.now();
        MessageResult(self.looked(&principal))
    }
}

impl Talk {
    fn looked(&self, principal: &Principal) -> Result<Looked, Fault> {
        let known = self.known()?;
        let you = known.conversation.part_of(principal.who)?;
        Ok(Looked {
            view: view::of(&known.conversation, you.member_id),
            letters: known.letters.clone(),
            last: known.recent.messages().rev().find(|it| it.deleted_at.is_none()).cloned(),
            active_at: known.conversation.active_at,
            unread: view::unread(you, known.recent.messages()),
        })
    }

    /// Accounts of the clinicians who are in it.
    fn clinicians(conversation: &Conversation) -> Vec<PersonId> {
        let is_clinician = |role| role == crate::protocol::person::Role::Clinician;
        let clinicians = conversation.present().filter(|it| is_clinician(it.role));
        clinicians.filter_map(|it| it.person_id).collect()
    }
}

impl Handler<Forget> for Talk {
    type Result = ();

    fn handle(&mut self, _: Forget, ctx: &mut Context<Self>) {
        ctx.stop();
    }
}

/// Everything that has come until now was handled: save it.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "()")]
struct Flush;

/// Marks were collected for long enough.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "()")]
struct SaveMarks;
