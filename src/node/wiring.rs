//! Who hears what: the lines between actors, the media plane and the sockets.
//!
//! Invariant: no actor holds the address of another kind. What happens goes into one bounded channel; when it is full,
//! desks read the store again, so nothing that a screen shows stays wrong.

use crate::actors::desk::{CardChanged, CardKnown, Reload, TellLine};
use crate::actors::mailbox::{ReadAll, Touched};
use crate::actors::planner_handlers::{Freed, ReadAgain};
use crate::actors::room::{Line, Outdated};
use crate::actors::room_media::MediaSays;
use crate::actors::supervisor::Supervisor;
use crate::actors::talk::{Forget, PresenceMoved, ReadVisit};
use crate::actors::{Emit, Happened};
use crate::domain::policy::Who;
use crate::node::{
    Node, audit, checks, files, housekeeping, out_of_office, settling, sign_ins, upkeep,
};
use crate::protocol::appointment::AppointmentCard;
use crate::protocol::close::CloseReason;
use crate::protocol::ids::{AppointmentId, PersonId, ServiceId};
use crate::protocol::time::UnixMillis;
use crate::protocol::visit::Stage;
use crate::sfu::MediaEvent;
use crate::store::VisitFilter;
use actix::{Actor as _, Addr, Handler, Message};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

/// How far around now rooms are woken at start: whoever is present is so in an appointment of today or yesterday.
const WAKE_AROUND: Duration = Duration::from_secs(36 * 60 * 60);
/// Rooms woken at start, at most.
const MAX_WOKEN: u32 = 5_000;

/// The channel of happenings: where to put them, where they come out, and whether one was lost.
pub(super) fn channel(size: usize) -> (Emit, mpsc::Receiver<Happened>, Arc<AtomicBool>) {
    let (sender, receiver) = mpsc::channel(size);
    let overflow = Arc::new(AtomicBool::new(false));
    let has_lost = Arc::clone(&overflow);
    let emit: Emit = Arc::new(move |happened| {
        if sender.try_send(happened).is_err() {
            metrics::counter!("bedside_happenings_lost_total").increment(1);
            has_lost.store(true, Ordering::SeqCst);
        }
    });
    (emit, receiver, overflow)
}

/// Starts the lines. They end when the node is dropped.
pub(super) fn connect(
    node: &Arc<Node>,
    mut happened: mpsc::Receiver<Happened>,
    overflow: Arc<AtomicBool>,
    mut media: mpsc::Receiver<MediaEvent>,
) {
    let weak = Arc::downgrade(node);
    actix_rt::spawn(async move {
        while let Some(what) = happened.recv().await {
            let Some(node) = weak.upgrade() else { return };
            if overflow.swap(false, Ordering::SeqCst) {
                node.desks.running().iter().for_each(|it| tell(it, Reload));
                node.board.forget_all();
                node.planners.running().iter().for_each(|it| tell(it, ReadAgain));
                node.mailboxes.running().iter().for_each(|it| tell(it, ReadAll));
                conversations_missed_something(&node);
            }
            hear(&node, what);
        }
    });
    let weak = Arc::downgrade(node);
    actix_rt::spawn(async move {
        while let Some(event) = media.recv().await {
            let Some(node) = weak.upgrade() else { return };
            hear_media(&node, event);
        }
    });
    let weak = Arc::downgrade(node);
    let supervisor = Supervisor {
        counted: BTreeMap::new(),
        workers: Arc::clone(&node.workers),
        tell: Box::new(move |event| {
            if let Some(node) = weak.upgrade() {
                hear_media(&node, event);
            }
        }),
    };
    supervisor.start();
}

/// What a node does by time alone, or when nobody asks.
pub(super) fn start_tasks(node: &Arc<Node>) {
    housekeeping::start(node);
    upkeep::start(node);
    settling::start(node);
    sign_ins::start(node);
    files::start(node);
    audit::start(node);
    checks::start(node);
    out_of_office::watch_whereabouts(node);
}

fn hear(node: &Arc<Node>, what: Happened) {
    match what {
        Happened::VisitChanged(card) => visit_changed(node, card),
        Happened::AppointmentMoved(appointment_id) => {
            if let Some(room) = node.rooms.find_running(appointment_id) {
                tell(&room, Outdated);
            }
            parts_changed(node, appointment_id);
        }
        Happened::TimeFreed { clinician_id, service_id, starts_at } => {
            offer_freed(node, clinician_id, service_id, starts_at);
        }
        Happened::ScheduleStale(person_id) => schedule_stale(node, person_id),
        Happened::AwayChanged(person_id) => {
            let node = Arc::clone(node);
            actix_rt::spawn(async move { node.tell_away(person_id).await });
        }
        Happened::ClosuresChanged => {
            node.board.forget_all();
            node.planners.running().iter().for_each(|it| tell(it, ReadAgain));
        }
        Happened::RoomStarted { appointment_id, clinician_id } => {
            if let Some(desk) = node.desks.find(clinician_id) {
                tell(&desk, TellLine(appointment_id));
            }
        }
        Happened::GuestRevoked(participant) => {
            node.sessions.forget_all();
            node.sockets.close_person(Who::Participant(participant), CloseReason::Revoked);
        }
        Happened::PartsChanged(appointment_id) => parts_changed(node, appointment_id),
        Happened::InVisit { appointment_id, people, inside } => {
            node.whereabouts.inside(appointment_id, inside);
            node.whereabouts.in_visit(appointment_id, people);
        }
        Happened::PresenceMoved { who, conversations } => {
            let talks = conversations.iter().filter_map(|it| node.talks.find_running(*it));
            talks.for_each(|it| tell(&it, PresenceMoved(Some(who))));
        }
        Happened::ConversationTouched { conversation_id, people } => {
            let running = people.iter().filter_map(|it| node.mailboxes.find_running(*it));
            running.for_each(|it| tell(&it, Touched(conversation_id)));
        }
        Happened::LineChanged { appointment_id, queue, host } => {
            if let Some(room) = node.rooms.find_running(appointment_id) {
                tell(&room, Line { queue, host });
            }
        }
    }
}

/// The conversation of a visit has the members that the visit has: it reads the visit again, when it runs. One that does
/// not run does so when it starts.
fn parts_changed(node: &Arc<Node>, id: AppointmentId) {
    let node = Arc::clone(node);
    actix_rt::spawn(async move {
        match node.store.conversation_of_visit(id).await {
            Ok(found) => {
                let talk = found.and_then(|it| Some((it, node.talks.find_running(it)?)));
                if let Some((id, talk)) = talk
                    && !matches!(talk.send(ReadVisit).await, Ok(Ok(())))
                {
                    // Who does not belong any more must not hear on: the next one reads who belongs when it starts.
                    metrics::counter!("bedside_untold_total").increment(1);
                    node.forget_talk(id);
                }
            }
            Err(_) => {
                // Which conversation it is cannot be read now: all of them read who belongs when they start.
                metrics::counter!("bedside_untold_total").increment(1);
                node.forget_talks();
            }
        }
    });
}

/// Everything that conversations may not have been told of.
fn conversations_missed_something(node: &Arc<Node>) {
    for talk in node.talks.running() {
        tell(&talk, PresenceMoved(None));
        actix_rt::spawn(async move {
            if !matches!(talk.send(ReadVisit).await, Ok(Ok(()))) {
                metrics::counter!("bedside_untold_total").increment(1);
                tell(&talk, Forget);
            }
        });
    }
}

/// Beside everything else: whoever waits may hear of it a moment later.
fn offer_freed(node: &Arc<Node>, clinician: PersonId, service: ServiceId, starts_at: UnixMillis) {
    let node = Arc::clone(node);
    actix_rt::spawn(async move {
        let now = node.clock.now();
        if node.offer_freed(clinician, service, starts_at, now).await.is_err() {
            // The place is found by whoever searches; only nobody is told of it.
            metrics::counter!("bedside_waitlist_untold_total").increment(1);
        }
    });
}

fn treats_less(node: &Arc<Node>, patient: PersonId, clinician: PersonId) {
    let node = Arc::clone(node);
    actix_rt::spawn(async move {
        if node.treats_less(patient, clinician).await.is_err() {
            // Talks and mailboxes ask by themselves, a little later.
            metrics::counter!("bedside_untold_total").increment(1);
        }
    });
}

fn schedule_stale(node: &Node, person_id: PersonId) {
    node.board.forget(person_id);
    // An interpreter hears of a new appointment this way.
    if let Some(desk) = node.desks.find_running(person_id) {
        tell(&desk, Reload);
    }
    if let Some(planner) = node.planners.find_running(person_id) {
        tell(&planner, ReadAgain);
    }
}

fn visit_changed(node: &Arc<Node>, card: Box<AppointmentCard>) {
    if card.stage == Stage::Cancelled {
        node.notices_saved();
        node.board.forget(card.clinician.person_id);
        // An interpreter's time is free as well, and the card does not say whose.
        let freed = Freed(card.appointment_id);
        node.planners.running().iter().for_each(|it| tell(it, freed));
        let known = CardKnown(card.clone());
        node.desks.running().iter().for_each(|it| tell(it, known.clone()));
        treats_less(node, card.patient.person_id, card.clinician.person_id);
        if let Some(service) = card.service_id {
            offer_freed(node, card.clinician.person_id, service, card.starts_at);
        }
    }
    // The clinician's desk keeps the line, so it runs whenever something happens; a patient's only while followed.
    if let Some(desk) = node.desks.find_running(card.patient.person_id) {
        tell(&desk, CardChanged(card.clone()));
    }
    if let Some(desk) = node.desks.find(card.clinician.person_id) {
        tell(&desk, CardChanged(card));
    }
}

fn hear_media(node: &Node, event: MediaEvent) {
    let rooms: Vec<AppointmentId> = match &event {
        MediaEvent::Connected { seat, .. }
        | MediaEvent::Gone { seat, .. }
        | MediaEvent::Slots { seat, .. }
        | MediaEvent::Quality { seat, .. } => vec![seat.room],
        MediaEvent::Speaker { room, .. } => vec![*room],
        MediaEvent::WorkerLost { rooms } => rooms.clone(),
    };
    for room in rooms {
        match node.rooms.find_running(room) {
            Some(room) => tell(&room, MediaSays(event.clone())),
            None => metrics::counter!("bedside_media_events_unheard_total").increment(1),
        }
    }
}

fn tell<A, M>(to: &Addr<A>, message: M)
where
    A: Handler<M>,
    A::Context: actix::dev::ToEnvelope<A, M>,
    M: Message<Result = ()> + Send + 'static,
{
    if to.try_send(message).is_err() {
        metrics::counter!("bedside_untold_total").increment(1);
    }
}

/// See [`Node::wake_rooms`].
pub(super) async fn wake_rooms(node: &Node) {
    let now = node.clock.now();
    let filter = VisitFilter {
        organisation: None,
        person_id: None,
        from: Some(now.minus(WAKE_AROUND)),
        until: Some(now.plus(WAKE_AROUND)),
        limit: MAX_WOKEN,
    };
    match node.store.visits(filter).await {
        Ok(visits) => {
            for visit in visits.iter().filter(|it| it.members.values().any(|it| it.is_present)) {
                if node.rooms.find(visit.facts.appointment_id).is_none() {
                    tracing::error!("a room could not be woken");
                }
            }
        }
        Err(error) => tracing::error!(%error, "rooms could not be woken"),
    }
}
