//! The desk of one person: their appointments as they are now, and, for a clinician, the waiting line.
//!
//! Owns: the cards of one person in memory, the followers of `agenda:<id>`, the order of the line (by `domain::desk`).
//! Invariant: cards come from the store or from what a room has saved; a card never goes back to an older revision.
//! Does not: keep anything; a desk that is started anew reads the store again.

use crate::actors::followers::Followers;
use crate::actors::{Beginning, Emit, Follow, Happened, Start, Unfollow};
use crate::clock::Clock;
use crate::domain::desk::{host_state, queue};
use crate::domain::policy::Who;
use crate::domain::visit::view::card;
use crate::protocol::appointment::AppointmentCard;
use crate::protocol::fault::FaultCode;
use crate::protocol::frame::GapReason;
use crate::protocol::ids::{AppointmentId, PersonId};
use crate::protocol::prepared::Prepared;
use crate::protocol::time::UnixMillis;
use crate::protocol::topic::{Event, Position, Topic, TopicState};
use crate::protocol::visit::{HostState, Queue};
use crate::store::{Store, Stored, VisitFilter};
use actix::{
    Actor, ActorContext as _, ActorFutureExt as _, AsyncContext as _, Context, Handler,
    MessageResult, WrapFuture as _,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How far back a desk looks.
const PAST: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How far ahead a desk looks.
const AHEAD: Duration = Duration::from_secs(60 * 24 * 60 * 60);
/// Cards of one desk. A clinician with thirty visits a day has so many in a fortnight.
const MAX_CARDS: u32 = 500;
/// How long a desk that nobody follows stays.
const PASSIVATE_AFTER: Duration = Duration::from_secs(120);
/// Messages that wait for a desk.
const MAILBOX: usize = 1_024;

/// What all desks of a node share.
pub struct DeskParts {
    /// Where visits are kept.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where happenings go.
    pub emit: Emit,
}

/// The actor.
pub struct Desk {
    person_id: PersonId,
    parts: Arc<DeskParts>,
    cards: BTreeMap<AppointmentId, AppointmentCard>,
    told: BTreeMap<AppointmentId, (Option<Queue>, HostState)>,
    position: Position,
    followers: Followers<()>,
    used_at: UnixMillis,
}

/// A visit of this person is new, or changed.
#[derive(Debug, Clone, actix::Message)]
#[rtype(result = "()")]
pub struct CardChanged(pub Box<AppointmentCard>);

/// The same, when it may be on this list and nobody knows: an interpreter's, whom no card names.
#[derive(Debug, Clone, actix::Message)]
#[rtype(result = "()")]
pub struct CardKnown(pub Box<AppointmentCard>);

/// A room asks for the line and the clinician's whereabouts.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "()")]
pub struct TellLine(pub AppointmentId);

/// Something may have been missed: read the store again.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "()")]
pub struct Reload;

impl Desk {
    /// The desk of a person; it loads itself when it starts.
    pub fn new(person_id: PersonId, parts: Arc<DeskParts>) -> Self {
        let used_at = parts.clock.now();
        Desk {
            person_id,
            parts,
            cards: BTreeMap::new(),
            told: BTreeMap::new(),
            position: Position { epoch: Uuid::new_v4().as_fields().0, offset: 0 },
            followers: Followers::new(Topic::Agenda(person_id)),
            used_at,
        }
    }

    fn load(&self) -> impl Future<Output = Stored<Vec<AppointmentCard>>> + 'static {
        let now = self.parts.clock.now();
        let filter = VisitFilter {
            organisation: None,
            person_id: Some(self.person_id),
            from: Some(now.minus(PAST)),
            until: Some(now.plus(AHEAD)),
            limit: MAX_CARDS,
        };
        let store = Arc::clone(&self.parts.store);
        async move { Ok(store.visits(filter).await?.iter().map(card).collect()) }
    }

    fn loaded(&mut self, loaded: Stored<Vec<AppointmentCard>>, ctx: &mut Context<Self>) {
        match loaded {
            Ok(cards) => {
                for card in cards {
                    self.put(Box::new(card));
                }
                self.tell_lines(None);
            }
            Err(_) => {
                tracing::error!("a desk could not be loaded");
                ctx.stop();
            }
        }
    }

    fn put(&mut self, mut card: Box<AppointmentCard>) {
        if ![card.patient.person_id, card.clinician.person_id].contains(&self.person_id) {
            // What it is about is between patient and clinician; an interpreter has a part without that.
            card.reason = None;
        }
        let known = self.cards.get(&card.appointment_id);
        let is_older =
            |it: &AppointmentCard| (it.version, it.revision) > (card.version, card.revision);
        if known.is_some_and(|it| is_older(it) || *it == *card) {
            return;
        }
        self.cards.insert(card.appointment_id, (*card).clone());
        let now = self.parts.clock.now();
        self.position.offset = self.position.offset.saturating_add(1);
        let prepared = Arc::new(Prepared::new(self.position, now, Event::CardChanged { card }));
        self.followers.publish(|()| Arc::clone(&prepared));
    }

    /// Tells rooms what changed of the line; `always` is told in any case.
    fn tell_lines(&mut self, always: Option<AppointmentId>) {
        let now = self.parts.clock.now();
        let own = |it: &&AppointmentCard| it.clinician.person_id == self.person_id;
        let line = queue(self.cards.values().filter(own), now);
        let host = host_state(self.cards.values().filter(own), !self.followers.is_empty());
        let open: Vec<_> = self
            .cards
            .values()
            .filter(own)
            .filter(|it| !it.stage.is_closed())
            .map(|it| it.appointment_id)
            .chain(always)
            .collect();
        for appointment_id in open {
            let queue = line.get(&appointment_id).copied();
            let before = self.told.insert(appointment_id, (queue, host));
            if before != Some((queue, host)) || always == Some(appointment_id) {
                (self.parts.emit)(Happened::LineChanged { appointment_id, queue, host });
            }
        }
    }

    fn passivate_when_idle(&mut self, ctx: &mut Context<Self>) {
        ctx.run_interval(PASSIVATE_AFTER, |desk, ctx| {
            let now = desk.parts.clock.now();
            if desk.followers.is_empty() && now.since(desk.used_at) >= PASSIVATE_AFTER {
                ctx.stop();
            }
        });
    }
}

impl Actor for Desk {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(MAILBOX);
        let loading = self.load();
        ctx.wait(loading.into_actor(self).map(|loaded, desk, ctx| desk.loaded(loaded, ctx)));
        self.passivate_when_idle(ctx);
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.followers.tell_gap(GapReason::Epoch);
    }
}

impl Handler<CardChanged> for Desk {
    type Result = ();

    fn handle(&mut self, CardChanged(card): CardChanged, _: &mut Context<Self>) {
        self.used_at = self.parts.clock.now();
        self.put(card);
        self.tell_lines(None);
    }
}

impl Handler<CardKnown> for Desk {
    type Result = ();

    fn handle(&mut self, CardKnown(card): CardKnown, _: &mut Context<Self>) {
        if self.cards.contains_key(&card.appointment_id) {
            self.put(card);
        }
    }
}

impl Handler<TellLine> for Desk {
    type Result = ();

    fn handle(&mut self, TellLine(id): TellLine, _: &mut Context<Self>) {
        self.used_at = self.parts.clock.now();
        self.tell_lines(Some(id));
    }
}

impl Handler<Reload> for Desk {
    type Result = ();

    fn handle(&mut self, _: Reload, ctx: &mut Context<Self>) {
        // What was told may have been lost: all of it is told again.
        self.told.clear();
        let loading = self.load();
        ctx.wait(loading.into_actor(self).map(|loaded, desk, ctx| desk.loaded(loaded, ctx)));
    }
}

impl Handler<Follow> for Desk {
    type Result = MessageResult<Follow>;

    fn handle(&mut self, follow: Follow, _: &mut Context<Self>) -> Self::Result {
        if follow.principal.who != Who::Person(self.person_id) {
            return MessageResult(Err(FaultCode::NotFound.into()));
        }
        self.followers.add(follow.connection, (), follow.sink);
        self.tell_lines(None);
        let is_current = follow.position == Some(self.position);
        let state = (!is_current).then(|| {
            let mut cards: Vec<_> = self.cards.values().cloned().collect();
            cards.sort_by_key(|it| (it.starts_at, it.appointment_id));
            TopicState::Agenda { cards }
        });
        MessageResult(Ok(Start {
            position: self.position,
            how: Beginning::whole_unless_current(state),
        }))
    }
}

impl Handler<Unfollow> for Desk {
    type Result = ();

    fn handle(&mut self, unfollow: Unfollow, _: &mut Context<Self>) {
        self.used_at = self.parts.clock.now();
        if self.followers.remove(unfollow.connection).is_some() {
            self.tell_lines(None);
        }
    }
}
