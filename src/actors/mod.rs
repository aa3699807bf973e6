//! THIN SHELLS: long-lived owners of live state. One room per visit, one desk per person, one planner
//! per practitioner, one talk per conversation, one mailbox per person, one session per WebSocket.
//!
//! The one rule: *decide, persist, apply, publish — in that order, nothing in between.*
//!
//! 1. `decide`: a pure function of `domain` looks at the state and says the events, or refuses.
//! 2. `persist`: the store saves them in one transaction; its constraints are the judge.
//! 3. `apply`: only now does the memory change.
//! 4. `publish`: only now does anybody hear of it; then the caller is answered.
//!
//! [`commit::commit`] is that rule, and [`commit::commit_group`] the same for several decisions at once, written once. Invariants: no actor holds the address of another kind of actor; it
//! emits [`Happened`], and `node` connects who hears it. `AtomicResponse` is used in `commit` and nowhere else.
//! Does not: know implementations of store and media plane; contain a rule of medicine.

pub mod board;
pub mod cards;
pub mod commit;
pub mod desk;
pub mod directory;
pub mod followers;
pub mod letters;
pub mod mailbox;
pub mod outlet;
pub mod planner;
mod planner_apply;
pub mod planner_handlers;
pub mod planner_rederive;
pub mod planner_work;
pub mod reached;
pub mod room;
mod room_effects;
mod room_followers;
pub mod room_media;
pub mod room_operations;
pub mod session;
pub mod sharing;
pub mod sink;
pub mod sockets;
pub mod straight;
pub mod supervisor;
pub mod talk;
pub mod whereabouts;

use crate::domain::policy::Who;
use crate::protocol::appointment::AppointmentCard;
use crate::protocol::fault::Fault;
use crate::protocol::frame::GapReason;
use crate::protocol::ids::{
    AppointmentId, ConnectionId, ConversationId, ParticipantId, PersonId, ServiceId,
};
use crate::protocol::prepared::Prepared;
use crate::protocol::time::UnixMillis;
use crate::protocol::topic::{PastEvent, Position, TopicState};
use crate::protocol::visit::{HostState, Queue};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What actors tell each other, through `node`.
#[derive(Debug, Clone)]
pub enum Happened {
    /// A visit is new, or changed for good.
    VisitChanged(Box<AppointmentCard>),
    /// A room was started and wants to know the line and its clinician.
    RoomStarted {
        /// Which.
        appointment_id: AppointmentId,
        /// Whose desk knows.
        clinician_id: PersonId,
    },
    /// An appointment was moved: its room, when it runs, reads it again.
    AppointmentMoved(AppointmentId),
    /// A time became free that somebody may wait for.
    TimeFreed {
        /// Whose.
        clinician_id: PersonId,
        /// For what.
        service_id: ServiceId,
        /// Begin.
        starts_at: UnixMillis,
    },
    /// A schedule was written past its planner, when one runs: it reads the store again.
    ScheduleStale(PersonId),
    /// Closures of the clinic changed: all planners read the store again.
    ClosuresChanged,
    /// A guest's invitation was withdrawn: their sockets close.
    GuestRevoked(ParticipantId),
    /// Who has a part in a visit changed: its conversation, when it runs, reads the visit again.
    PartsChanged(AppointmentId),
    /// Who is in a visit now, by account and by part.
    InVisit {
        /// Which.
        appointment_id: AppointmentId,
        /// Who, waiting or inside.
        people: BTreeSet<Who>,
        /// Who of them is inside.
        inside: BTreeSet<Who>,
    },
    /// Somebody may be somewhere else than before: conversations that they are in look.
    PresenceMoved {
        /// Who.
        who: Who,
        /// Where that is seen.
        conversations: Vec<ConversationId>,
    },
    /// Something of a conversation changed: the mailboxes of these people read it again.
    ConversationTouched {
        /// Which.
        conversation_id: ConversationId,
        /// Whose list it is in, or was until now.
        people: Vec<PersonId>,
    },
    /// A clinician is out of office, or is back.
    AwayChanged(PersonId),
    /// The line of a clinician, or where the clinician is, changed.
    LineChanged {
        /// For which visit.
        appointment_id: AppointmentId,
        /// The patient's place, when they wait.
        queue: Option<Queue>,
        /// Where the clinician is.
        host: HostState,
    },
}

/// Where actors put what happened. Bounded: see `node::wiring`.
pub type Emit = Arc<dyn Fn(Happened) + Send + Sync>;

/// What an owner sends to a follower, by its [`sink::Sink`].
#[derive(Debug, actix::Message)]
#[rtype(result = "()")]
pub struct Publication {
    /// The topic.
    pub topic: crate::protocol::topic::Topic,
    /// Which follow of it.
    pub follow: sink::FollowNumber,
    /// What.
    pub what: Published,
    /// The bytes of it, as long as it waits.
    /// A [`Published::Latest`] has its own.
    pub charge: Option<sink::Charge>,
}

/// The content of a publication.
#[derive(Debug, Clone)]
pub enum Published {
    /// An event.
    Event(Arc<Prepared>),
    /// A whole state that may have given way to a newer one; nothing when it was taken already.
    Latest(Arc<sink::Latest>),
    /// The follower was taken off: it follows again, without a position.
    Gap(GapReason),
}

/// Follows the topic of an actor.
#[derive(Debug, actix::Message)]
#[rtype(result = "Result<Start, Fault>")]
pub struct Follow {
    /// Who follows.
    pub principal: crate::domain::policy::Principal,
    /// By which socket.
    pub connection: ConnectionId,
    /// What they know.
    pub position: Option<Position>,
    /// Where events go.
    pub sink: sink::Sink,
}

/// How following begins.
#[derive(Debug)]
pub struct Start {
    /// Where events go on.
    pub position: Position,
    /// What is told before that.
    pub how: Beginning,
}

/// What a follower is told at the beginning.
#[derive(Debug)]
pub enum Beginning {
    /// Nothing: they are at that position.
    Current,
    /// The whole.
    Whole(Box<TopicState>),
    /// What they have missed, in order.
    Missed(Vec<PastEvent>),
    /// The first part of it: nothing goes on before they ask for the rest.
    Part(Vec<PastEvent>),
}

impl Beginning {
    /// The whole, unless the follower has it.
    pub fn whole_unless_current(state: Option<TopicState>) -> Self {
        state.map_or(Beginning::Current, |it| Beginning::Whole(Box::new(it)))
    }
}

/// Follows no more, or the socket is gone.
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "()")]
pub struct Unfollow {
    /// Which socket.
    pub connection: ConnectionId,
}
