//! The life of a visit: scheduled → patient waiting → admitted → in call → ended | no-show | cancelled, with re-hold,
//! re-admission, leaving and returning.
//!
//! Owns: the durable state ([`Visit`]), its events ([`What`]) and the rules that decide them.
//! Invariants: RM-2 nobody but the clinician is inside without having been admitted since the last hold; a closed visit
//! never opens again; `revision` is the number of the last event, so attendance is numbered without a gap.
//! Does not: know sockets and media (that is [`live`]), nor who may see what ([`view`]).

use crate::domain::names::NOT_A_NAME;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{
    AppointmentId, OrganisationId, ParticipantId, PersonId, SeriesId, ServiceId,
};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::protocol::visit::{AttendanceKind, DeviceCheck, Place, Stage};
use std::collections::BTreeMap;
use std::time::Duration;

mod cancel;
pub mod live;
pub mod rules;
pub mod view;

#[cfg(test)]
mod tests;

/// People in one visit, invited guests included. A room with more would not be a visit; the media plane has eight slots.
pub const MAX_MEMBERS: usize = 8;
/// Guests ever invited to one visit, withdrawn ones included: bounds what has to be loaded.
pub const MAX_INVITATIONS: usize = 24;
/// How long before its begin the visit can be entered. Patients come early; half a day would be a mistake.
pub const OPENS_BEFORE: Duration = Duration::from_secs(2 * 60 * 60);
/// How long after its end a visit that nobody ended can still be entered. Clinics run late.
pub const CLOSES_AFTER: Duration = Duration::from_secs(12 * 60 * 60);

/// What does not change about a visit: its appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The appointment, the visit, the room.
    pub appointment_id: AppointmentId,
    /// In whose clinic.
    pub organisation_id: OrganisationId,
    /// Who treats.
    pub clinician_id: PersonId,
    /// Who is treated.
    pub patient_id: PersonId,
    /// Begin.
    pub starts_at: UnixMillis,
    /// End.
    pub ends_at: UnixMillis,
    /// IANA zone in which it was agreed.
    pub time_zone: String,
    /// Whether the patient may invite guests.
    pub patient_may_invite: bool,
    /// How it was booked.
    pub booking: Booking,
}

/// What an appointment is for, and which version of it this is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// Grows when the appointment is moved or cancelled, from 1.
    pub version: u32,
    /// What it is for; absent when an administrator placed it.
    pub service_id: Option<ServiceId>,
    /// The series that it is one of.
    pub series_id: Option<SeriesId>,
    /// What the patient said it is about.
    pub reason: Option<Phi<String>>,
}

impl Default for Booking {
    /// Of an appointment that was placed.
    fn default() -> Self {
        Booking { version: 1, service_id: None, series_id: None, reason: None }
    }
}

/// How a visit was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// By the clinician, after it took place, or by the hub, when its time was long over.
    Ended,
    /// The patient did not come.
    NoShow,
    /// Before it took place.
    Cancelled,
}

impl Closed {
    /// As a stage.
    pub const fn stage(self) -> Stage {
        match self {
            Closed::Ended => Stage::Ended,
            Closed::NoShow => Stage::NoShow,
            Closed::Cancelled => Stage::Cancelled,
        }
    }
}

/// Somebody's part in a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Id.
    pub participant_id: ParticipantId,
    /// Account; guests have none.
    pub person_id: Option<PersonId>,
    /// Role in this visit.
    pub role: Role,
    /// Name that the others see.
    pub display_name: Phi<String>,
    /// Let in by the clinician, and not sent back since. Always true for the clinician.
    pub is_admitted: bool,
    /// Entered, and neither left nor lost since.
    pub is_present: bool,
    /// Since when they wait, while they do.
    pub waiting_since: Option<UnixMillis>,
    /// The invitation was withdrawn.
    pub is_revoked: bool,
    /// Last device check.
    pub device_check: Option<DeviceCheck>,
    /// Who invited them, for a guest: besides the host, only they may withdraw the invitation.
    pub invited_by: Option<ParticipantId>,
}

impl Member {
    /// Where they are.
    pub fn place(&self) -> Place {
        match (self.is_revoked, self.is_present, self.is_admitted) {
            (true, ..) => Place::Revoked,
            (false, false, _) => Place::Away,
            (false, true, true) => Place::Inside,
            (false, true, false) => Place::Waiting,
        }
    }

    /// Whether they are the clinician whose visit it is.
    pub fn is_host(&self) -> bool {
        self.role == Role::Clinician
    }
}

/// The durable state of a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The appointment.
    pub facts: Facts,
    /// How it was closed, once it was.
    pub closed: Option<Closed>,
    /// Patient and clinician have been together since the last admission of the patient.
    pub is_in_call: bool,
    /// When they were first together.
    pub call_started_at: Option<UnixMillis>,
    /// Everybody who is or was part of it, by id.
    pub members: BTreeMap<ParticipantId, Member>,
    /// Number of the last event; 0 for a visit nothing has happened to.
    pub revision: u32,
}

impl Visit {
    /// The last moment at which it can be held, when nobody ended it.
    pub fn closes_at(&self) -> UnixMillis {
        self.facts.ends_at.plus(CLOSES_AFTER)
    }

    /// Whether its time, once over, takes somebody out of it.
    pub fn is_held(&self) -> bool {
        self.closed.is_none() && (self.is_in_call || self.members.values().any(|it| it.is_present))
    }
}

/// Who does something to a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A member.
    Member(ParticipantId),
    /// An administrator, who is no member.
    Admin,
    /// The hub itself: a grace period ended, media connected.
    Hub,
}

/// Something that happened to a visit, for good. One line of the attendance each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct What {
    /// What.
    pub kind: AttendanceKind,
    /// When.
    pub at: UnixMillis,
    /// About whom; nobody when it is about the visit.
    pub about: Option<ParticipantId>,
    /// Who did it, when it was somebody else.
    pub by: Option<ParticipantId>,
    /// What the kind needs besides.
    pub detail: Detail,
}

/// What an event carries besides its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// Nothing.
    None,
    /// The new member, for `Invited`.
    Guest(Box<Member>),
    /// The result, for `DeviceChecked`.
    Check(DeviceCheck),
}

/// Why something cannot be done. Says the state, not the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The caller is no member and may not know that there is a visit.
    #[error("no such visit")]
    NoSuchVisit,
    /// There is no such member, or they were revoked.
    #[error("no such participant")]
    NoSuchMember,
    /// Only the clinician of this visit may do that.
    #[error("not the host")]
    NotHost,
    /// The caller was not given the right to invite, or did not invite this guest.
    #[error("may not invite")]
    MayNotInvite,
    /// The caller's invitation was withdrawn.
    #[error("invitation withdrawn")]
    InvitationWithdrawn,
    /// The caller waits.
    #[error("not admitted")]
    NotAdmitted,
    /// The visit is closed.
    #[error("visit closed")]
    VisitClosed,
    /// The visit cannot be entered so early.
    #[error("not open yet")]
    NotOpenYet,
    /// It took place, or somebody is there: then it is ended, not cancelled or marked.
    #[error("patient is there")]
    PatientIsThere,
    /// A patient cancels what has begun.
    #[error("has begun")]
    HasBegun,
    /// No-show before the appointment has begun.
    #[error("has not begun")]
    HasNotBegun,
    /// The person is not there.
    #[error("not there")]
    NotThere,
    /// The host cannot be admitted, held, muted or revoked; a patient cannot be revoked.
    #[error("not a guest")]
    NotAGuest,
    /// That role cannot be invited.
    #[error("role cannot be invited")]
    RoleCannotBeInvited,
    /// The name is empty or too long.
    #[error("bad name")]
    BadName,
    /// As many people as a visit may have.
    #[error("visit full")]
    VisitFull,
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        let fault = |code: FaultCode, why: &'static str| Fault::new(code).because(why);
        match refusal {
            Refusal::NoSuchVisit | Refusal::NoSuchMember => FaultCode::NotFound.into(),
            Refusal::NotHost => {
                fault(FaultCode::Forbidden, "Only the clinician of this visit may do that.")
            }
            Refusal::MayNotInvite => fault(
                FaultCode::Forbidden,
                "The caller may not invite here, or not revoke this guest.",
            ),
            Refusal::InvitationWithdrawn => {
                fault(FaultCode::Forbidden, "The invitation was withdrawn.")
            }
            Refusal::NotAdmitted => FaultCode::NotAdmitted.into(),
            Refusal::VisitClosed => FaultCode::VisitClosed.into(),
            Refusal::NotOpenYet => {
                fault(FaultCode::NotAllowedNow, "The visit cannot be entered so early.")
            }
            Refusal::PatientIsThere => fault(
                FaultCode::NotAllowedNow,
                "The patient is or was there; end the visit instead.",
            ),
            Refusal::HasBegun => fault(FaultCode::NotAllowedNow, "The appointment has begun."),
            Refusal::HasNotBegun => {
                fault(FaultCode::NotAllowedNow, "The appointment has not begun yet.")
            }
            Refusal::NotThere => fault(FaultCode::NotAllowedNow, "That person is not there."),
            Refusal::NotAGuest => {
                fault(FaultCode::NotAllowedNow, "That cannot be done to this participant.")
            }
            Refusal::RoleCannotBeInvited => {
                Fault::invalid("role", "Interpreters, caregivers and colleagues can be invited.")
            }
            Refusal::BadName => Fault::invalid("display_name", NOT_A_NAME),
            Refusal::VisitFull => FaultCode::VisitFull.into(),
        }
    }
}
