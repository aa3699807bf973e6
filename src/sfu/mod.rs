//! MEDIA PLANE: our own SFU. A worker is one thread with one UDP socket and no locks; a room lives on one worker.
//!
//! Owns: transports, forwarding, slots, layers, mute, levels. Knows rooms and participants by id only: who these people
//! are, and who may enter, is decided elsewhere, *before* [`MediaPlane::join`] is called.
//! Invariant RM-2: a packet is forwarded only from a seat that was joined here and whose source is not muted.
//! Does not: persist, log anything of a packet's content, speak to clients other than by media.
//!
//! The rule of use: *one offer and one answer a visit*. Whatever changes later (somebody joins, a layer switches, a
//! source is muted) is a [`MediaEvent`], never a new negotiation. Only an ICE restart offers again.
//!
//! The way of a packet: `socket` (a burst) → `worker` (whose is it) → `transport` (is it authentic) →
//! `peer::intake` (which stream, is it new, is it muted) → `room` (who watches) → `peer::sending` with
//! `slot` and `rewrite` (which slot, under which number) → `link` (when) → `transport` (sealed) →
//! `socket`. Beside it, `room::review` looks at slots, layers and speakers ten times a second, and
//! `peer::control` speaks RTCP. `negotiation` and `answer` are the one offer and the one answer. Only
//! `transport` names the WebRTC crates; only `worker`, `socket` and `workers` know threads, sockets and
//! clocks: everything else is told the time.

pub mod allocation;
mod answer;
pub mod bench;
mod clock;
mod config;
mod counters;
pub mod estimate;
#[doc(hidden)]
pub mod fuzzing;
mod history;
mod ice;
mod lane;
mod layers;
pub mod levels;
mod link;
mod negotiation;
mod outbox;
pub mod pacer;
mod peer;
mod receive;
mod red;
mod rewrite;
mod rig;
mod room;
mod router;
mod rtcp;
mod rtp;
mod slot;
mod socket;
mod stopwatch;
mod transport;
mod twcc;
mod vp8;
mod window;
mod worker;
mod workers;

pub use config::{Config, Loss};
pub use counters::Counters;
pub use workers::Pool;

use crate::protocol::ids::{AppointmentId, ParticipantId};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// What a participant can send. The order is the order of the m-lines in the client's offer.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// One Opus stream.
    Microphone,
    /// Up to three simulcast layers `l`, `m`, `h`.
    Camera,
    /// One video stream, larger than the camera, fewer frames.
    Screen,
}

/// A place at the media plane: which participant of which room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seat {
    /// The room, which is the visit, which is the appointment.
    pub room: AppointmentId,
    /// Whose media.
    pub participant: ParticipantId,
}

/// The answer to an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// SDP answer, final for this transport.
    pub answer: String,
    /// Number of this transport at the worker; a later join of the same seat takes it over with a higher one. Events
    /// carry it, so that what an old transport still says is recognized and dropped.
    pub transport: u32,
    /// How many receive slots the offer asked for and the answer grants.
    pub slots: u8,
}

/// What one receive slot of a client shows. A slot is one audio and one video stream with constant SSRCs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotState {
    /// Index of the slot, by order of the receive m-lines in the offer.
    pub slot: u8,
    /// Who is in it; `None` when it is free.
    pub participant: Option<ParticipantId>,
    /// `Camera` (with the microphone beside it) or `Screen`.
    pub source: Source,
    /// Why video is not sent at the moment although the publisher has some.
    pub paused: Option<PauseReason>,
}

/// Why the SFU holds a video back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseReason {
    /// The receiver's network has room for sound only.
    Bandwidth,
    /// The receiver said that it shows this slot nowhere.
    Hidden,
}

/// How large the client shows a slot, in CSS pixels times its pixel ratio. 0×0 means not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotSize {
    /// Index of the slot.
    pub slot: u8,
    /// Pixels.
    pub width: u16,
    /// Pixels.
    pub height: u16,
}

/// What may be told to a seat at any time. Commands for seats that do not exist are counted and dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Ends the transport; sends nothing more, forgets the keys.
    Leave(Seat),
    /// Stops or resumes forwarding one source of this seat. Enforced here, whatever the client does.
    Mute {
        /// Whose source.
        seat: Seat,
        /// Which source.
        source: Source,
        /// True stops it.
        muted: bool,
    },
    /// The sizes at which this client shows its slots.
    View {
        /// Whose view.
        seat: Seat,
        /// One entry a slot; a slot not named keeps its size.
        sizes: Vec<SlotSize>,
    },
    /// Ends every transport of the room.
    CloseRoom(AppointmentId),
}

/// Figures of one transport over the last few seconds, as the SFU sees them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LinkQuality {
    /// Round trip, ms, from receiver reports; 0 when unknown.
    pub round_trip_ms: u32,
    /// Per cent of packets lost on the way from the client to us.
    pub uplink_loss_percent: f32,
    /// Per cent of packets lost on the way from us to the client.
    pub downlink_loss_percent: f32,
    /// kbit/s received from the client.
    pub uplink_kbps: u32,
    /// kbit/s sent to the client.
    pub downlink_kbps: u32,
    /// What we believe the way to the client carries, kbit/s; 0 when unknown.
    pub downlink_estimate_kbps: u32,
}

/// What the media plane reports, in order for one room.
#[derive(Debug, Clone, PartialEq)]
pub enum MediaEvent {
    /// DTLS is done, media can flow.
    Connected {
        /// Whose transport.
        seat: Seat,
        /// Which one of this seat.
        transport: u32,
    },
    /// The transport ended without being told to (consent expired, DTLS failed, closed by the peer).
    Gone {
        /// Whose transport.
        seat: Seat,
        /// Which one of this seat.
        transport: u32,
        /// Why, for the attendance and the logs.
        reason: GoneReason,
    },
    /// The whole slot table of one client; replaces the one before.
    Slots {
        /// Whose table.
        seat: Seat,
        /// Which transport of this seat.
        transport: u32,
        /// One entry a slot.
        slots: Vec<SlotState>,
    },
    /// Who speaks now, by RFC 6464 levels; `None` when nobody does.
    Speaker {
        /// Where.
        room: AppointmentId,
        /// Who.
        participant: Option<ParticipantId>,
    },
    /// Link figures, about every 2 s a connected transport.
    Quality {
        /// Whose link.
        seat: Seat,
        /// The figures.
        quality: LinkQuality,
    },
    /// A worker died with these rooms on it. Its clients have to offer again; nobody left.
    WorkerLost {
        /// The rooms that were on it.
        rooms: Vec<AppointmentId>,
    },
}

/// Why a transport ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoneReason {
    /// No authenticated STUN check and no authenticated packet for the consent period (RFC 7675: 30 s).
    ConsentExpired,
    /// The DTLS handshake failed, or the certificate was not the one of the offer.
    HandshakeFailed,
    /// The client closed it (DTLS close_notify).
    ClosedByPeer,
}

/// Why an offer was not answered. Says nothing of the offer's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// The SDP does not parse, is too large, or lacks something that we need (fingerprint, Opus, BUNDLE…).
    #[error("the offer cannot be used: {0}")]
    BadOffer(&'static str),
    /// The worker has no room left, or the room is full.
    #[error("no room left on the media plane")]
    Full,
    /// There is no such seat (ICE restart of a transport that has gone).
    #[error("no such transport")]
    NoSuchSeat,
    /// The worker did not answer in time or is being restarted. Nothing was joined, or it will be taken over.
    #[error("the media worker is restarting")]
    Unavailable,
}

/// The seam between actors and media (a `VideoBackend` in the words of the requirements).
///
/// All calls have a deadline of 2 s ([`MediaError::Unavailable`] afterwards).
#[async_trait]
pub trait MediaPlane: Send + Sync + 'static {
    /// Answers the one offer of a seat. A seat that already has a transport is taken over: the old transport ends
    /// without a [`MediaEvent::Gone`].
    async fn join(&self, seat: Seat, offer: String) -> Result<Joined, MediaError>;
    /// Answers an offer with new ICE credentials for the transport that the seat has; keys, slots and streams stay.
    async fn restart_ice(&self, seat: Seat, offer: String) -> Result<Joined, MediaError>;
    /// Tells a worker something; never blocks. False when its worker is dead, and with it every seat, and for a view that
    /// finds its queue full. What ends or silences media is never lost to a queue.
    fn tell(&self, command: Command) -> bool;
}

/// One worker as its supervisor sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerHealth {
    /// Index of the worker.
    pub worker: usize,
    /// False once its thread has ended, or has not gone round its loop for a second.
    pub is_alive: bool,
    /// Rooms on it.
    pub rooms: usize,
    /// Transports on it.
    pub transports: usize,
}

/// What the supervising actor may do to workers.
pub trait Workers: Send + Sync + 'static {
    /// One entry a worker, by index.
    fn health(&self) -> Vec<WorkerHealth>;
    /// Starts a dead worker anew, on the same address; returns the rooms that were lost with the old one. For a worker
    /// that panicked, [`MediaEvent::WorkerLost`] has told the same; for one that hangs, only this does.
    fn restart(&self, worker: usize) -> std::io::Result<Vec<AppointmentId>>;
    /// Makes a worker's thread panic. For failure drills only; refused unless drills are enabled in the configuration.
    fn kill(&self, worker: usize) -> bool;
    /// Name and total of everything that is counted on the media port, of each worker since it was started.
    fn counted(&self) -> Vec<(&'static str, u64)>;
}
