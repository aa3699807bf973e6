//! The room of one visit: owner of its durable state (through the store's fence) and of its live side.
//!
//! Owns: [`Visit`], [`Live`], the followers of `visit:<id>`. Invariants: RM-1, RM-2; nothing is published that is not
//! saved; membership outlives sockets, and the room outlives them too.
//! Does not: decide (that is `domain::visit`), open sessions, know how media is moved.

use crate::actors::commit::{Owner, Step, commit};
use crate::actors::followers::Followers;
use crate::actors::{Emit, Happened, room_effects};
use crate::clock::Clock;
use crate::command::Call;
use crate::domain::policy::{Principal, Who};
use crate::domain::visit::live::Live;
use crate::domain::visit::rules::Decided;
use crate::domain::visit::view::{self, Viewer};
use crate::domain::visit::{Member, Visit, What};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::frame::GapReason;
use crate::protocol::ids::{AppointmentId, ParticipantId};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::protocol::topic::{Position, Topic};
use crate::protocol::visit::{HostState, Queue};
use crate::sfu::MediaPlane;
use crate::store::with_change::saved_with;
use crate::store::{Claim, JoinLinkRecord, Store, StoreError, VisitCommit};
use actix::{
    Actor, ActorContext as _, ActorFutureExt as _, AsyncContext as _, AtomicResponse, Context,
    Handler, SpawnHandle, WrapFuture as _,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How long a room without followers and without anybody present stays.
const PASSIVATE_AFTER: Duration = Duration::from_secs(60);
/// How long after a follower's mailbox was full it is tried again.
const RETRY_GAP_AFTER: Duration = Duration::from_secs(1);
/// How long after it was not saved that the time of a visit is over that is tried again.
const RETRY_CLOSING_AFTER: Duration = Duration::from_secs(1);
/// Messages that wait for a room. A visit has eight people; each may have 64 calls open.
const MAILBOX: usize = 1_024;

/// What all rooms of a node share.
pub struct RoomParts {
    /// Where visits are kept.
    pub store: Arc<dyn Store>,
    /// Where media is moved.
    pub media: Arc<dyn MediaPlane>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where happenings go.
    pub emit: Emit,
    /// Name of this node, for the fence.
    pub node: String,
    /// Where the portals are, without a slash at the end: the base of join links.
    pub public_url: String,
}

impl RoomParts {
    /// The link that carries a join token, in the fragment, which no browser sends to any server.
    pub fn link_to(&self, token: &Phi<String>) -> String {
        format!("{}/join#{}", self.public_url, token.expose())
    }
}

/// The actor.
pub struct Room {
    pub(crate) id: AppointmentId,
    pub(crate) parts: Arc<RoomParts>,
    pub(crate) visit: Option<Visit>,
    pub(crate) live: Live,
    pub(crate) position: Position,
    pub(crate) followers: Followers<Viewer>,
    /// The one timer, and when it is due.
    timer: Option<(SpawnHandle, UnixMillis)>,
    pub(crate) used_at: UnixMillis,
    /// When it was last tried to save that the time of the visit is over.
    tried_to_close: Option<UnixMillis>,
    /// What media said of a transport before its join was answered here. Bounded by the seats of a room.
    pub(crate) early: Vec<crate::sfu::MediaEvent>,
    /// When a quality report of somebody was last kept.
    pub(crate) quality_kept: BTreeMap<ParticipantId, UnixMillis>,
}

/// What a decision changes.
pub struct Change {
    events: Vec<What>,
    next: Visit,
}

/// A call of an operation that a room owns.
#[derive(actix::Message)]
#[rtype(result = "Result<O::Output, Fault>")]
pub struct Ask<O: crate::protocol::operation::Operation> {
    /// The call.
    pub call: Call,
    /// The params.
    pub op: O,
}

/// Where the clinician is and where the patient stands in line, from the desk.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "()")]
pub struct Line {
    /// The patient's place.
    pub queue: Option<Queue>,
    /// The clinician.
    pub host: HostState,
}

/// The appointment was moved: what this room knows of it is out of date. The next one reads it again.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "()")]
pub struct Outdated;

/// What the hub itself does to a visit.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "Result<(), Fault>")]
pub(crate) enum HubDoes {
    /// Patient and clinician are both connected.
    StartCall,
    /// The grace period of somebody is over.
    Lose(ParticipantId),
    /// The time in which the visit could be held is over.
    Close,
}

/// What a decision brings besides events.
#[derive(Default)]
pub(crate) struct Besides {
    pub(crate) links: Vec<JoinLinkRecord>,
    pub(crate) revoked: Vec<ParticipantId>,
}

impl Room {
    /// The room of a visit; it loads itself when it starts.
    pub fn new(id: AppointmentId, parts: Arc<RoomParts>) -> Self {
        let used_at = parts.clock.now();
        Room {
            id,
            parts,
            visit: None,
            live: Live::default(),
            position: Position::default(),
            followers: Followers::new(Topic::Visit(id)),
            timer: None,
            used_at,
            tried_to_close: None,
            early: Vec::new(),
            quality_kept: BTreeMap::new(),
        }
    }

    /// The visit, for who may know it.
    pub(crate) fn visit_for(&self, principal: &Principal) -> Result<(&Visit, Viewer), Fault> {
        let visit = self.visit.as_ref().ok_or(FaultCode::NotFound)?;
        if principal.role == Role::Admin && matches!(principal.who, Who::Person(_)) {
            return Ok((visit, Viewer::Admin));
        }
        let member = visit.part_of(principal.who)?;
        Ok((visit, Viewer::Member(member.participant_id)))
    }

    /// The visit and the caller's part in it.
    pub(crate) fn part_for(&self, principal: &Principal) -> Result<(&Visit, &Member), Fault> {
        let visit = self.visit.as_ref().ok_or(FaultCode::NotFound)?;
        Ok((visit, visit.part_of(principal.who)?))
    }

    /// A decision as a step of `commit`.
    pub(crate) fn step<T: serde::Serialize>(
        &self,
        call: &Call,
        decided: Decided,
        besides: Besides,
        answer: impl FnOnce(&Visit, &Live) -> T,
    ) -> Step<Change, T> {
        match self.try_step(call, decided, besides, answer) {
            Ok(step) => step,
            Err(fault) => Step::Answer(Err(fault)),
        }
    }

    fn try_step<T: serde::Serialize>(
        &self,
        call: &Call,
        decided: Decided,
        besides: Besides,
        answer: impl FnOnce(&Visit, &Live) -> T,
    ) -> Result<Step<Change, T>, Fault> {
        let visit = self.visit.as_ref().ok_or(FaultCode::NotFound)?;
        let events = decided?;
        if events.is_empty() {
            return Ok(Step::Answer(Ok(answer(visit, &self.live))));
        }
        let mut next = visit.clone();
        events.iter().for_each(|event| next.apply(event));
        let output = answer(&next, &self.live);
        let commit = VisitCommit {
            epoch: self.position.epoch,
            visit: next.clone(),
            events: events.clone(),
            links: besides.links,
            revoked: besides.revoked,
            notices: room_effects::cancellation(&next, &events, call.now),
            answered: call.answered(&output)?,
        };
        let store = Arc::clone(&self.parts.store);
        let calls = call.attempt().into_iter().map(|it| it as _).collect();
        let write = async move { store.commit_visit(commit).await };
        let write = Box::pin(saved_with(calls, write));
        Ok(Step::Save { write, change: Change { events, next }, output })
    }

    pub(crate) fn everybody(&self) -> Vec<ParticipantId> {
        self.visit.iter().flat_map(|it| it.members.keys().copied()).collect()
    }

    fn present(&self) -> Vec<ParticipantId> {
        let members = self.visit.iter().flat_map(|it| it.members.values());
        members.filter(|it| it.is_present).map(|it| it.participant_id).collect()
    }

    /// Sets the one timer to the next moment at which something changes by time alone.
    pub(crate) fn arm(&mut self, ctx: &mut Context<Self>) {
        let now = self.parts.clock.now();
        // What is due and was not told yet stays due: a deadline that is set anew must not skip it.
        let due_at = self.disarm(ctx).filter(|at| *at <= now);
        let present = self.present();
        let is_used = !self.followers.is_empty() || !present.is_empty();
        let idle_at = (!is_used).then(|| self.used_at.plus(PASSIVATE_AFTER));
        let change_at = self.live.next_deadline(present.into_iter(), now);
        // Who did not keep up is owed a gap, also when nothing else happens.
        let owed_at = self.followers.has_laggards().then(|| now.plus(RETRY_GAP_AFTER));
        let all = [due_at, idle_at, change_at, owed_at, self.closes_at()];
        let Some(next) = all.into_iter().flatten().min() else { return };
        let wait = next.since(now).max(Duration::from_millis(1));
        self.timer = Some((ctx.run_later(wait, Room::tick), next));
    }

    /// When the hub takes out of the visit whoever is still there.
    fn closes_at(&self) -> Option<UnixMillis> {
        let visit = self.visit.as_ref().filter(|it| it.is_held())?;
        let at = visit.closes_at().plus(Duration::from_millis(1));
        Some(self.tried_to_close.map_or(at, |tried| at.max(tried.plus(RETRY_CLOSING_AFTER))))
    }

    /// Stops the timer; when it was due.
    pub(crate) fn disarm(&mut self, ctx: &mut Context<Self>) -> Option<UnixMillis> {
        let (handle, at) = self.timer.take()?;
        ctx.cancel_future(handle);
        Some(at)
    }

    fn tick(&mut self, ctx: &mut Context<Self>) {
        let now = self.parts.clock.now();
        let present = self.present();
        let is_used = !self.followers.is_empty() || !present.is_empty();
        if !is_used && now >= self.used_at.plus(PASSIVATE_AFTER) {
            ctx.stop();
            return;
        }
        for who in self.live.lost(present.into_iter(), now) {
            ctx.notify(HubDoes::Lose(who));
        }
        if self.closes_at().is_some_and(|at| at <= now) {
            self.tried_to_close = Some(now);
            ctx.notify(HubDoes::Close);
        }
        self.publish(ctx);
    }

    /// Begins the call when patient and clinician are both connected.
    pub(crate) fn start_call_when_together(&self, ctx: &mut Context<Self>) {
        let Some(visit) = &self.visit else { return };
        let is_connected = |it: Option<&Member>| {
            it.and_then(|it| self.live.get(it.participant_id))
                .and_then(|it| it.media.as_ref())
                .is_some_and(|it| it.is_connected)
        };
        if is_connected(visit.patient()) && is_connected(visit.host()) {
            ctx.notify(HubDoes::StartCall);
        }
    }

    fn loaded(
        &mut self,
        loaded: Result<(Option<Visit>, Claim), StoreError>,
        ctx: &mut Context<Self>,
    ) {
        let Ok((visit, claim)) = loaded else {
            // Whoever waits is told that the room is not available; the next message starts another one.
            tracing::error!(appointment_id = %self.id, "a room could not be loaded");
            ctx.stop();
            return;
        };
        self.position = Position { epoch: claim.epoch, offset: 0 };
        let now = self.parts.clock.now();
        if let Some(visit) = &visit {
            let present = visit.members.values().filter(|it| it.is_present);
            present.for_each(|it| self.live.expect_back(it.participant_id, now));
            self.catch_up(visit);
            self.tell_conversations(visit, &[]);
            (self.parts.emit)(Happened::RoomStarted {
                appointment_id: self.id,
                clinician_id: visit.facts.clinician_id,
            });
        }
        self.visit = visit;
        self.arm(ctx);
    }
}

async fn load(
    id: AppointmentId,
    parts: Arc<RoomParts>,
) -> Result<(Option<Visit>, Claim), StoreError> {
    // Look first: a key is claimed only for a visit that exists, and the state is read after the claim, when no older
    // owner can write any more.
    if parts.store.visit(id).await?.is_none() {
        return Ok((None, Claim { epoch: 0, next_offset: 1 }));
    }
    let claim = parts.store.claim_visit(id, &parts.node).await?;
    Ok((parts.store.visit(id).await?, claim))
}

impl Actor for Room {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(MAILBOX);
        let loading = load(self.id, Arc::clone(&self.parts));
        let loaded = loading.into_actor(self).map(|loaded, room, ctx| room.loaded(loaded, ctx));
        ctx.wait(loaded);
        metrics::gauge!("bedside_rooms").increment(1.0);
    }
}

impl Drop for Room {
    /// Runs when the room is passivated, fenced, or panicked: whoever follows starts the next one by following again.
    fn drop(&mut self) {
        metrics::gauge!("bedside_rooms").decrement(1.0);
        self.followers.tell_gap(GapReason::Epoch);
    }
}

impl Owner for Room {
    type Change = Change;

    fn apply_and_publish(&mut self, change: Change, ctx: &mut Context<Self>) {
        self.used_at = self.parts.clock.now();
        change.events.iter().for_each(|what| self.effects(what));
        let card = view::card(&change.next);
        self.tell_conversations(&change.next, &change.events);
        self.visit = Some(change.next);
        self.publish(ctx);
        (self.parts.emit)(Happened::VisitChanged(Box::new(card)));
        self.start_call_when_together(ctx);
    }
}

impl Handler<HubDoes> for Room {
    type Result = AtomicResponse<Self, Result<(), Fault>>;

    fn handle(&mut self, does: HubDoes, _: &mut Context<Self>) -> Self::Result {
        let now = self.parts.clock.now();
        let Some(visit) = &self.visit else { return commit(Step::Answer(Ok(()))) };
        let decided = match does {
            HubDoes::StartCall => visit.start_call(now),
            HubDoes::Close => visit.run_out(now),
            HubDoes::Lose(who) => match self.live.lost([who].into_iter(), now).is_empty() {
                true => Ok(vec![]), // they came back meanwhile
                false => visit.lose(who, now),
            },
        };
        let call = Call::new(None, now, std::net::Ipv4Addr::LOCALHOST.into());
        commit(self.step(&call, decided, Besides::default(), |_, _| ()))
    }
}

impl Handler<Outdated> for Room {
    type Result = ();

    fn handle(&mut self, _: Outdated, ctx: &mut Context<Self>) {
        ctx.stop();
    }
}
