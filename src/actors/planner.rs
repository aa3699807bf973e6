//! The planner of one practitioner: owner of a schedule (through the store's fence), the single writer of a human's time.
//!
//! Owns: [`Schedule`] in memory, the followers of `schedule:<id>` and `openings:<id>`. Invariants: RM-1 for schedules (one
//! owner, older ones are fenced); SC-1 is judged by the table, the memory here is its cache; nothing is published that is
//! not saved; what can be searched ([`Board`](crate::actors::board::Board)) is what this actor has saved last.
//! Does not: decide (that is `domain::schedule`), know who may ask (that is `node`), or make appointments of holds.

use crate::actors::board::Board;
use crate::actors::commit::{Owner, Step};
use crate::actors::followers::Followers;
use crate::actors::{Emit, Happened};
use crate::clock::Clock;
use crate::command::Call;
use crate::domain::policy::has_schedule;
use crate::domain::schedule::Schedule;
use crate::domain::schedule::view;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::frame::GapReason;
use crate::protocol::ids::PersonId;
use crate::protocol::prepared::Prepared;
use crate::protocol::time::UnixMillis;
use crate::protocol::topic::{Event, Position, Topic};
use crate::store::outbox::Announcement;
use crate::store::schedule::{ScheduleChange, ScheduleCommit};
use crate::store::with_change::OfCall as _;
use crate::store::{Claim as Fence, Store, StoreError, Stored};
use actix::{
    Actor, ActorContext as _, ActorFutureExt as _, AsyncContext as _, Context, SpawnHandle,
    WrapFuture as _,
};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How far back a planner looks: claims that are over do not matter, but a calendar of today shows this morning.
const PAST: Duration = Duration::from_secs(2 * 24 * 60 * 60);
/// How long a planner that nobody follows or asks stays.
const PASSIVATE_AFTER: Duration = Duration::from_secs(10 * 60);
/// How often a planner looks whether it is needed, and forgets what is long over.
const LOOK_AROUND: Duration = Duration::from_secs(60);
/// How long a planner that lost its schedule to another node waits at least before it takes it back, and at most twice
/// that: a few commits of the other.
const YIELD_FOR: Duration = Duration::from_millis(40);
/// Messages that wait for a planner: a storm of a thousand people for one slot, each answered in turn.
const MAILBOX: usize = 4_096;

/// What all planners of a node share.
pub struct PlannerParts {
    /// Where schedules are kept.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where happenings go.
    pub emit: Emit,
    /// Name of this node, for the fence.
    pub node: String,
    /// What searches read.
    pub board: Arc<Board>,
}

/// The actor.
pub struct Planner {
    pub(crate) id: PersonId,
    pub(crate) parts: Arc<PlannerParts>,
    /// Shared with what searches and lookers read: a change copies it once, and only while somebody else has it.
    pub(crate) schedule: Arc<Schedule>,
    pub(crate) fence: Fence,
    pub(crate) is_known: bool,
    pub(crate) position: Position,
    pub(crate) openings: Position,
    pub(crate) watchers: Followers<()>,
    pub(crate) searchers: Followers<()>,
    pub(crate) timer: Option<SpawnHandle>,
    pub(crate) used_at: UnixMillis,
}

/// What a decision changes, and what of it other actors are told.
#[derive(Default)]
pub struct Change {
    /// As saved.
    pub(crate) changes: Vec<ScheduleChange>,
    /// Told once it is saved.
    pub(crate) happened: Vec<Happened>,
}

/// A decision about one schedule, with everything that it needs besides the schedule itself.
pub trait Work: Send + 'static {
    /// What the caller is told.
    type Output: Send + 'static;

    /// Decides. The schedule has no hold any more that ended at `call.now`.
    ///
    /// # Errors
    /// The refusal.
    fn decide(self, planner: &Planner, call: &Call) -> Result<Planned<Self::Output>, Fault>;
}

/// What was decided.
pub struct Planned<T> {
    /// To be saved, in this order; nothing when empty.
    pub changes: Vec<ScheduleChange>,
    /// Saved with it.
    pub notices: Vec<Announcement>,
    /// Told once it is saved.
    pub happened: Vec<Happened>,
    /// The answer as it is kept for the call's key.
    pub answered: Option<crate::store::Answered>,
    /// The answer.
    pub output: T,
}

impl Planner {
    /// The planner of a practitioner; it loads itself when it starts.
    pub fn new(id: PersonId, parts: Arc<PlannerParts>) -> Self {
        let used_at = parts.clock.now();
        Planner {
            id,
            parts,
            schedule: Arc::default(),
            fence: Fence { epoch: 0, next_offset: 1 },
            is_known: false,
            position: Position::default(),
            openings: Position::default(),
            watchers: Followers::new(Topic::Schedule(id)),
            searchers: Followers::new(Topic::Openings(id)),
            timer: None,
            used_at,
        }
    }

    fn loaded(&mut self, loaded: Stored<Option<(Schedule, Fence)>>, ctx: &mut Context<Self>) {
        match loaded {
            Ok(Some((schedule, fence))) => {
                self.fence = fence;
                self.is_known = true;
                self.position = Position { epoch: fence.epoch, offset: 0 };
                self.openings = self.position;
                self.schedule = Arc::new(schedule);
                self.post();
                self.arm(ctx);
            }
            Ok(None) => {}
            Err(_) => {
                // Whoever waits is told that it is not available; the next message starts another one.
                tracing::error!("a schedule could not be loaded");
                ctx.stop();
            }
        }
    }

    /// What was read again; the fence stays this planner's.
    pub(crate) fn read_again(&mut self, read: Stored<Schedule>, ctx: &mut Context<Self>) {
        match read {
            Ok(schedule) => {
                let before = std::mem::replace(&mut self.schedule, Arc::new(schedule));
                self.publish(&before);
                self.arm(ctx);
            }
            Err(_) => ctx.stop(),
        }
    }

    pub(crate) fn step<W: Work>(
        &mut self,
        call: &Call,
        work: W,
        ctx: &mut Context<Self>,
    ) -> Result<Step<Change, W::Output>, Fault> {
        if !self.is_known {
            return Err(FaultCode::NotFound.into());
        }
        self.used_at = call.now;
        self.expire(call.now, ctx);
        let Planned { changes, notices, happened, answered, output } = work.decide(self, call)?;
        if changes.is_empty() {
            return Ok(Step::Answer(Ok(output)));
        }
        let attempt = call.attempt();
        let audit = attempt.as_ref().map(|it| it.rows()).unwrap_or_default();
        let attempt = attempt.filter(|_| !audit.is_empty());
        let commit = ScheduleCommit {
            practitioner_id: self.id,
            epoch: self.fence.epoch,
            offset: self.fence.next_offset,
            at: call.now,
            changes: changes.clone(),
            notices,
            answered,
            audit,
        };
        let store = Arc::clone(&self.parts.store);
        let write = Box::pin(async move {
            // Given up on the way, nobody knows.
            attempt.iter().for_each(|it| it.told(&Err(StoreError::Ambiguous)));
            let saved = store.commit_schedule(commit).await;
            attempt.iter().for_each(|it| it.told(&saved));
            saved
        });
        Ok(Step::Save { write, change: Change { changes, happened }, output })
    }

    /// What searches read from here on.
    fn post(&self) {
        let revision = self.fence.next_offset.saturating_sub(1);
        self.parts.board.put(self.id, Arc::clone(&self.schedule), revision);
    }

    /// From here on another node may write the schedule: searches read it anew, followers follow anew.
    fn nobody_vouches(&mut self) {
        self.parts.board.forget(self.id);
        self.watchers.tell_gap(GapReason::Epoch);
        self.searchers.tell_gap(GapReason::Epoch);
    }

    /// Forgets holds that have ended, and says so.
    pub(crate) fn expire(&mut self, now: UnixMillis, ctx: &mut Context<Self>) {
        if self.schedule.next_expiry().is_none_or(|at| at > now) {
            return;
        }
        let before = Arc::clone(&self.schedule);
        Arc::make_mut(&mut self.schedule).expire(now);
        self.publish(&before);
        self.arm(ctx);
    }

    /// Sets the timer to the end of the next hold.
    pub(crate) fn arm(&mut self, ctx: &mut Context<Self>) {
        if let Some(handle) = self.timer.take() {
            ctx.cancel_future(handle);
        }
        let Some(at) = self.schedule.next_expiry() else { return };
        let wait = at.since(self.parts.clock.now()).max(Duration::from_millis(1));
        self.timer = Some(ctx.run_later(wait, |planner, ctx| {
            planner.timer = None;
            let now = planner.parts.clock.now();
            planner.expire(now, ctx);
            // The clock of the timer may be ahead of ours: then it is not over yet.
            if planner.timer.is_none() {
                planner.arm(ctx);
            }
        }));
    }

    /// Tells followers what is different from `before`, and what searches read.
    pub(crate) fn publish(&mut self, before: &Schedule) {
        self.post();
        if self.watchers.is_empty() && self.searchers.is_empty() {
            // Nobody is told what is different, and whoever comes back with an older position gets the whole.
            self.position.offset = self.position.offset.saturating_add(1);
            self.openings.offset = self.openings.offset.saturating_add(1);
            return;
        }
        let has_other_hours = before.templates != self.schedule.templates
            || before.exceptions != self.schedule.exceptions;
        let mut events = Vec::new();
        if has_other_hours {
            events.push(Event::HoursChanged { hours: view::hours(&self.schedule) });
        }
        events.extend(view::difference(&before.claims, &self.schedule.claims));
        if events.is_empty() {
            return;
        }
        let now = self.parts.clock.now();
        for event in events {
            self.position.offset = self.position.offset.saturating_add(1);
            let prepared = Arc::new(Prepared::new(self.position, now, event));
            self.watchers.publish(|()| Arc::clone(&prepared));
        }
        self.openings.offset = self.openings.offset.saturating_add(1);
        let prepared = Arc::new(Prepared::new(self.openings, now, Event::OpeningsChanged {}));
        self.searchers.publish(|()| Arc::clone(&prepared));
    }

    fn look_around(&mut self, ctx: &mut Context<Self>) {
        ctx.run_interval(LOOK_AROUND, |planner, ctx| {
            let now = planner.parts.clock.now();
            let over = now.minus(PAST);
            if planner.schedule.claims.iter().any(|it| it.busy_until <= over) {
                let schedule = Arc::make_mut(&mut planner.schedule);
                schedule.claims.retain(|it| it.busy_until > over);
            }
            let is_followed = !planner.watchers.is_empty() || !planner.searchers.is_empty();
            if !is_followed && now.since(planner.used_at) >= PASSIVATE_AFTER {
                ctx.stop();
            }
        });
    }
}

async fn load(id: PersonId, parts: Arc<PlannerParts>) -> Stored<Option<(Schedule, Fence)>> {
    let person = parts.store.person(id).await?;
    if !person.is_some_and(|it| has_schedule(it.role)) {
        return Ok(None);
    }
    // The claim first: what is read after it, no older owner changes any more.
    let fence = parts.store.claim_schedule(id, &parts.node).await?;
    let schedule = read(id, &parts).await?;
    Ok(Some((schedule, fence)))
}

pub(crate) async fn read(id: PersonId, parts: &PlannerParts) -> Stored<Schedule> {
    let now = parts.clock.now();
    let mut schedule = parts.store.schedule(id, now.minus(PAST)).await?;
    schedule.expire(now);
    Ok(schedule)
}

impl Actor for Planner {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(MAILBOX);
        let loading = load(self.id, Arc::clone(&self.parts));
        ctx.wait(loading.into_actor(self).map(|loaded, planner, ctx| planner.loaded(loaded, ctx)));
        self.look_around(ctx);
    }
}

impl Drop for Planner {
    fn drop(&mut self) {
        self.nobody_vouches();
    }
}

impl Owner for Planner {
    type Change = Change;

    fn apply_and_publish(&mut self, change: Change, ctx: &mut Context<Self>) {
        let now = self.parts.clock.now();
        self.fence.next_offset = self.fence.next_offset.saturating_add(1);
        let before = Arc::clone(&self.schedule);
        change.changes.into_iter().for_each(|it| self.apply(it, now));
        self.publish(&before);
        self.arm(ctx);
        change.happened.into_iter().for_each(|it| (self.parts.emit)(it));
    }

    /// Two nodes that are asked for one schedule take it from each other. Whoever has lost it keeps its mailbox and waits
    /// for a moment before it takes the schedule back, so that the other gets its own calls done meanwhile; taking it
    /// back at once would fence the other at its first commit, and nobody would get anything done.
    fn fenced(&mut self, ctx: &mut Context<Self>) {
        self.nobody_vouches();
        self.watchers = Followers::new(Topic::Schedule(self.id));
        self.searchers = Followers::new(Topic::Openings(self.id));
        self.is_known = false;
        let (id, parts) = (self.id, Arc::clone(&self.parts));
        let [.., chance] = Uuid::new_v4().into_bytes();
        let pause = YIELD_FOR + YIELD_FOR * u32::from(chance) / u32::from(u8::MAX);
        let loading = async move {
            actix_rt::time::sleep(pause).await;
            load(id, parts).await
        };
        ctx.wait(loading.into_actor(self).map(|loaded, planner, ctx| planner.loaded(loaded, ctx)));
    }
}
