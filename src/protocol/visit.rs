//! The visit: its life, its people, its waiting room.

use crate::protocol::auth::JoinToken;
use crate::protocol::ids::{AppointmentId, ParticipantId};
use crate::protocol::media::MediaView;
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a visit is in its life.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The patient is not there.
    Scheduled,
    /// The patient waits.
    Waiting,
    /// The patient was admitted; the call has not begun.
    Admitted,
    /// Patient and clinician have been in the call together since the last admission.
    InCall,
    /// The clinician ended it.
    Ended,
    /// The patient did not come.
    NoShow,
    /// It was cancelled.
    Cancelled,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Stage; 7] = [
        Stage::Scheduled,
        Stage::Waiting,
        Stage::Admitted,
        Stage::InCall,
        Stage::Ended,
        Stage::NoShow,
        Stage::Cancelled,
    ];

    /// As on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Stage::Scheduled => "scheduled",
            Stage::Waiting => "waiting",
            Stage::Admitted => "admitted",
            Stage::InCall => "in_call",
            Stage::Ended => "ended",
            Stage::NoShow => "no_show",
            Stage::Cancelled => "cancelled",
        }
    }

    /// The stage of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Stage::ALL.into_iter().find(|it| it.as_str() == text)
    }

    /// True when nothing follows.
    pub const fn is_closed(self) -> bool {
        matches!(self, Stage::Ended | Stage::NoShow | Stage::Cancelled)
    }
}

/// Where somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Not there.
    Away,
    /// In the waiting room.
    Waiting,
    /// In the visit.
    Inside,
    /// The invitation was withdrawn.
    Revoked,
}

/// How somebody is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// With a socket.
    Online,
    /// The socket is gone; media may go on, and they are expected back.
    Reconnecting,
    /// Not connected.
    Offline,
}

/// What the clinician does at the moment, as a waiting patient may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HostState {
    /// Not signed in.
    Away,
    /// Signed in.
    Online,
    /// With another patient.
    Busy,
    /// In this visit's room.
    Here,
}

/// Place in line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Queue {
    /// 1 is next.
    pub position: u16,
    /// Since when the viewer waits.
    pub waiting_since: UnixMillis,
    /// When it may be their turn: not before the appointment, not before those ahead had their time.
    pub estimated_at: UnixMillis,
}

/// Somebody in the visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Participant {
    /// Part in the visit.
    pub participant_id: ParticipantId,
    /// Name.
    pub display_name: Phi<String>,
    /// Role.
    pub role: Role,
    /// Where they are.
    pub place: Place,
    /// How they are connected.
    pub connection: Connection,
    /// Since when they wait, while they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<UnixMillis>,
    /// Their microphone is on and is forwarded.
    pub microphone: bool,
    /// The host has muted them; they can unmute themselves.
    pub muted_by_host: bool,
    /// Their camera is on.
    pub camera: bool,
    /// They share a screen.
    pub screen: bool,
    /// Result of their last device check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_check: Option<DeviceCheck>,
    /// Their link, from 0 (unusable) to 5; absent when nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_score: Option<u8>,
}

/// What the viewer may do now. The hub decides; a button is there when its word is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Can {
    /// `visit.enter`.
    Enter,
    /// `visit.leave`.
    Leave,
    /// `media.join`.
    JoinMedia,
    /// `visit.admit`, `visit.hold`, `visit.mute`.
    Host,
    /// `visit.invite`, and `visit.revoke` of whom the viewer invited; a host may revoke any guest.
    Invite,
    /// `visit.end`.
    End,
    /// `visit.mark_no_show`.
    MarkNoShow,
}

/// A visit as one viewer may see it. Before admission `participants` holds the viewer alone and `media` is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VisitView {
    /// Which.
    pub appointment_id: AppointmentId,
    /// Stage.
    pub stage: Stage,
    /// Begin of the appointment.
    pub starts_at: UnixMillis,
    /// End of the appointment.
    pub ends_at: UnixMillis,
    /// IANA zone in which it was agreed.
    pub time_zone: String,
    /// The viewer's part; absent for administrators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub you: Option<ParticipantId>,
    /// Name of the clinician.
    pub clinician_name: Phi<String>,
    /// What the clinician does.
    pub clinician: HostState,
    /// Place in line, for a patient who waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<Queue>,
    /// The roster, as far as the viewer may see it, the viewer included.
    pub participants: Vec<Participant>,
    /// The viewer's own media, once joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<MediaView>,
    /// When patient and clinician were first together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_started_at: Option<UnixMillis>,
    /// What the viewer may do.
    pub can: Vec<Can>,
    /// Grows with every durable change.
    pub revision: u32,
}

/// How one part of a device check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeviceVerdict {
    /// Works.
    Good,
    /// Works badly (network: sound first).
    Poor,
    /// The person or the browser refused.
    Denied,
    /// There is none.
    Missing,
    /// Another program holds it.
    Busy,
    /// Does not work.
    Failed,
    /// Was not tried.
    Skipped,
}

/// Result of a device check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceCheck {
    /// Camera.
    pub camera: DeviceVerdict,
    /// Microphone.
    pub microphone: DeviceVerdict,
    /// Loudspeaker.
    pub speaker: DeviceVerdict,
    /// Network.
    pub network: DeviceVerdict,
}

macro_rules! of_a_visit {
    ($($(#[$doc:meta])* $name:ident;)+) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// The visit.
            pub appointment_id: AppointmentId,
        }
    )+ };
}

of_a_visit! {
    /// `visit.read`: the visit as the caller may see it.
    ReadVisit;
    /// `visit.enter`: the caller is here. The clinician goes in; everybody else waits until admitted.
    EnterVisit;
    /// `visit.leave`: the caller goes. The visit goes on, and they can come back.
    LeaveVisit;
    /// `visit.end`: the visit is over for all, for good.
    EndVisit;
    /// `visit.mark_no_show`: the patient did not come.
    MarkNoShow;
    /// `visit.read_attendance`: who came and went, when and why.
    ReadAttendance;
}

macro_rules! of_a_participant {
    ($($(#[$doc:meta])* $name:ident;)+) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// The visit.
            pub appointment_id: AppointmentId,
            /// Whom.
            pub participant_id: ParticipantId,
        }
    )+ };
}

of_a_participant! {
    /// `visit.admit`: from the waiting room into the visit.
    AdmitParticipant;
    /// `visit.hold`: back to the waiting room; their media ends at once.
    HoldParticipant;
    /// `visit.mute`: mutes somebody's microphone. There is no remote unmute.
    MuteParticipant;
    /// `visit.revoke`: withdraws a guest's invitation; their link, session and media end at once. For the host, and for
    /// whoever invited that guest.
    RevokeGuest;
}

/// `visit.invite`: a link for a guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteGuest {
    /// The visit.
    pub appointment_id: AppointmentId,
    /// Interpreter, caregiver or colleague.
    pub role: Role,
    /// Name under which all see them; 1 to 120 characters.
    pub display_name: Phi<String>,
}

/// An invited guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InvitedGuest {
    /// Their part in the visit.
    pub participant_id: ParticipantId,
    /// Their link.
    pub link: JoinToken,
}

/// `visit.report_device`: result of the caller's device check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportDevice {
    /// The visit.
    pub appointment_id: AppointmentId,
    /// The result.
    pub check: DeviceCheck,
}

/// What happened, in the attendance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttendanceKind {
    /// Came.
    Entered,
    /// Was let in.
    Admitted,
    /// Was sent back to the waiting room.
    Held,
    /// Went by themselves.
    Left,
    /// Was gone for longer than the grace period.
    ConnectionLost,
    /// Was invited.
    Invited,
    /// The invitation was withdrawn.
    Revoked,
    /// Patient and clinician were together.
    CallStarted,
    /// Ran the device check.
    DeviceChecked,
    /// The visit was ended.
    Ended,
    /// The patient did not come.
    NoShow,
    /// The appointment was cancelled.
    Cancelled,
    /// The time in which the visit could be held was over, hours after its end: whoever was still there was taken out.
    TimeOver,
}

/// One line of the attendance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AttendanceEntry {
    /// 1, 2, 3 … without a gap.
    pub number: u32,
    /// When.
    pub at: UnixMillis,
    /// What.
    pub what: AttendanceKind,
    /// About whom; absent when it is about the visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant_id: Option<ParticipantId>,
    /// Their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<Phi<String>>,
    /// Their role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Who did it, when it was somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<ParticipantId>,
}

/// Answer of `visit.read_attendance`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attendance {
    /// By number.
    pub entries: Vec<AttendanceEntry>,
}
