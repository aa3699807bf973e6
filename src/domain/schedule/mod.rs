//! One human's time: when they work, what of it is taken, what can be booked, and what a booking claims.
//!
//! Owns: the state of one practitioner's schedule ([`Schedule`]), what a claim is, and the rules that decide. Slots are
//! computed, never made in advance; what is held, busy or blocked is a [`Claim`].
//! Invariants: SC-1 no human has two claims that overlap, buffers included, unless both are seats of one group
//! ([`Claim::group`]); every local time goes through [`zone`], and nothing else converts one.
//! Does not: persist, know the time by itself, or know who asks (that is `policy` and the door).

use crate::protocol::ids::{
    AppointmentId, ExceptionId, HoldId, PersonId, ServiceId, SlotId, TemplateId,
};
use crate::protocol::time::UnixMillis;
use std::time::Duration;
use uuid::Uuid;

pub mod booking;
pub mod check;
pub mod claims;
pub mod derive;
pub mod hours;
pub mod openings;
pub mod profile;
mod recurrence;
mod refusal;
pub mod shift;
pub mod strategy;
pub mod turns;
pub mod view;
pub mod zone;

pub use refusal::{Flaw, Refusal};

#[cfg(test)]
mod tests;

/// What can be booked (FHIR `HealthcareService`, with the scheduling parameters that Medplum names).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Which.
    pub service_id: ServiceId,
    /// As patients read it.
    pub name: String,
    /// Specialty, lower case, such as `dermatology`.
    pub specialty: String,
    /// Length of an appointment.
    pub duration: Duration,
    /// Kept free before it.
    pub buffer_before: Duration,
    /// Kept free after it.
    pub buffer_after: Duration,
    /// Appointments begin at multiples of this, counted in local time from midnight …
    pub alignment_interval: Duration,
    /// … and this much later.
    pub alignment_offset: Duration,
    /// No appointment begins sooner than this from now.
    pub min_notice: Duration,
    /// No appointment begins later than so many days from today.
    pub horizon_days: u16,
    /// People who share one appointment time; 1 for all but groups.
    pub capacity: u8,
    /// Whether it can be booked.
    pub is_active: bool,
    /// What is to be paid before it is confirmed, in the smallest unit of the currency (ISO 4217).
    pub price: Option<(u32, String)>,
    /// Grows with every change.
    pub revision: u32,
}

/// A recurring rule of hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Which.
    pub template_id: TemplateId,
    /// Where the practitioner sits meanwhile. All locations of one human are one calendar.
    pub location: String,
    /// IANA zone in which the hours are meant.
    pub time_zone: String,
    /// RFC 5545 recurrence rule of the days, such as `FREQ=WEEKLY;BYDAY=MO,TU`; it has no times.
    pub recurrence: String,
    /// First minute of the day, 0 to 1439.
    pub starts_minute: u16,
    /// Minute of the day before which it ends, 1 to 1440; after `starts_minute`.
    pub ends_minute: u16,
    /// First day, `YYYY-MM-DD`.
    pub valid_from: String,
    /// Last day.
    pub valid_until: Option<String>,
    /// Days that are left out.
    pub except_dates: Vec<String>,
    /// For these services; for all when empty.
    pub service_ids: Vec<ServiceId>,
}

/// Whether a deviation opens or closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Additional hours.
    Open,
    /// No appointments.
    Closed,
}

/// A deviation from the hours, for once. `Closed` wins over `Open`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Which.
    pub exception_id: ExceptionId,
    /// Whose hours; everybody's when absent (a closure of the clinic).
    pub practitioner_id: Option<PersonId>,
    /// Opens or closes.
    pub kind: Kind,
    /// IANA zone in which it is meant.
    pub time_zone: String,
    /// Wall time, `YYYY-MM-DDTHH:MM`.
    pub starts_local: String,
    /// Wall time, `YYYY-MM-DDTHH:MM`, after the begin.
    pub ends_local: String,
    /// Where; of an opening.
    pub location: String,
    /// Why, for colleagues. Never shown to patients.
    pub reason: String,
}

/// What a claim is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimState {
    /// Until it is confirmed or expires at that moment.
    Held {
        /// When.
        expires_at: UnixMillis,
    },
    /// By a confirmed appointment.
    Busy(AppointmentId),
}

/// A claim on one human's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Which.
    pub slot_id: SlotId,
    /// Whose time: a clinician's or an interpreter's.
    pub practitioner_id: PersonId,
    /// Begin of the appointment.
    pub starts_at: UnixMillis,
    /// Its end.
    pub ends_at: UnixMillis,
    /// Begin with the buffer before.
    pub busy_from: UnixMillis,
    /// End with the buffer after.
    pub busy_until: UnixMillis,
    /// Claims of one human with the same group may overlap; everything else may not. The slot's own id when the service
    /// has a capacity of one.
    pub group: Uuid,
    /// Place in the group, from 0.
    pub seat: u8,
    /// The service; absent for an appointment that an administrator placed.
    pub service_id: Option<ServiceId>,
    /// The hold that made it.
    pub hold_id: HoldId,
    /// Held or busy.
    pub state: ClaimState,
}

/// Everything that decides what can be booked with one human.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schedule {
    /// Hours.
    pub templates: Vec<Template>,
    /// Deviations, closures of the clinic included.
    pub exceptions: Vec<Exception>,
    /// What is taken and not over.
    pub claims: Vec<Claim>,
    /// Grows with every change of hours or claims.
    pub revision: u32,
}
