//! Media signaling: one offer, one answer; everything later is state in the [`crate::protocol::visit::VisitView`].

use crate::protocol::auth::IceServer;
use crate::protocol::ids::{AppointmentId, ParticipantId};
use crate::protocol::phi::Phi;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What somebody sends.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// One audio stream.
    Microphone,
    /// One video stream in up to three sizes.
    Camera,
    /// One video stream of a screen.
    Screen,
}

/// `media.join`: the one offer of a visit. Refused with `not_admitted` before admission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinMedia {
    /// The visit.
    pub appointment_id: AppointmentId,
    /// SDP: microphone, camera, screen (send only), then pairs of audio and video (receive only), the slots.
    pub offer: Phi<String>,
}

/// `media.restart`: an offer with new ICE credentials for the same transport, after a change of network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RestartMedia {
    /// The visit.
    pub appointment_id: AppointmentId,
    /// SDP.
    pub offer: Phi<String>,
}

/// The one answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MediaAnswer {
    /// SDP.
    pub answer: Phi<String>,
    /// Number of this transport; the slot table in the visit's view names the transport that it belongs to.
    pub transport: u32,
    /// Receive slots granted.
    pub slots: u8,
    /// STUN and TURN servers. Empty when the SFU is reached directly.
    pub ice_servers: Vec<IceServer>,
}

/// `media.set_sources`: what the caller sends. What is off is not forwarded, whatever arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetSources {
    /// The visit.
    pub appointment_id: AppointmentId,
    /// Microphone on.
    pub microphone: bool,
    /// Camera on.
    pub camera: bool,
    /// Screen shared.
    pub screen: bool,
}

/// `media.set_view`: how large the caller shows its slots, so that no more is sent than is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetView {
    /// The visit.
    pub appointment_id: AppointmentId,
    /// At most 32 entries.
    pub sizes: Vec<SlotSize>,
}

/// Size of one slot in device pixels; 0×0 when it is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlotSize {
    /// Index, by order of the receive lines in the offer.
    pub slot: u8,
    /// Pixels.
    pub width: u16,
    /// Pixels.
    pub height: u16,
}

/// `media.report`: what the caller's browser measures, every few seconds; kept with the visit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportQuality {
    /// The visit.
    pub appointment_id: AppointmentId,
    /// Round trip to the SFU.
    pub round_trip_ms: u32,
    /// Per cent of received packets lost, 0 to 100.
    pub loss_percent: f32,
    /// Jitter of received audio.
    pub jitter_ms: u32,
    /// Freezes of received video so far.
    pub freezes: u32,
    /// Received, kbit/s.
    pub received_kbps: u32,
    /// Sent, kbit/s.
    pub sent_kbps: u32,
}

/// What one receive slot shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Slot {
    /// Index, by order of the receive lines in the offer.
    pub slot: u8,
    /// Who is in it; nobody when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant_id: Option<ParticipantId>,
    /// `camera` (with the microphone beside it) or `screen`.
    pub source: Source,
    /// Why video is held back, while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Paused>,
}

/// Why the SFU holds a video back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Paused {
    /// The viewer's network has room for sound only.
    Bandwidth,
    /// The viewer shows it nowhere.
    Hidden,
}

/// The viewer's own media.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MediaView {
    /// Number of the transport that the slots belong to.
    pub transport: u32,
    /// True once media can flow.
    pub is_connected: bool,
    /// One entry a slot.
    pub slots: Vec<Slot>,
}
