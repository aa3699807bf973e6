//! The people of an appointment, what was agreed, and what is written down of it.
//!
//! Owns: how a visit is made of people and terms. Does not: decide or save.

use crate::domain::policy::{Principal, Who};
use crate::domain::schedule::zone::{Zone, tzdb_version};
use crate::domain::schedule::{Schedule, Service};
use crate::domain::visit::{Booking, Facts, Member, Visit};
use crate::notifications::plan::{self, Change};
use crate::protocol::fault::Fault;
use crate::protocol::ids::{AppointmentId, ParticipantId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::store::PersonRecord;
use crate::store::outbox::Announcement;
use crate::store::schedule::BookingRecord;
use uuid::Uuid;

/// Characters of what an appointment is about.
pub(super) const MAX_REASON: usize = 500;

/// The people of an appointment.
pub(super) struct People {
    pub(super) patient: PersonRecord,
    pub(super) clinician: PersonRecord,
    pub(super) interpreter: Option<PersonRecord>,
}

/// What was agreed.
pub(super) struct Terms<'a> {
    pub(super) starts_at: UnixMillis,
    pub(super) ends_at: UnixMillis,
    pub(super) zone: &'a Zone,
    pub(super) patient_may_invite: bool,
    pub(super) booking: Booking,
}

impl People {
    pub(super) fn visit(&self, terms: Terms<'_>) -> Visit {
        let people = [Some(&self.patient), Some(&self.clinician), self.interpreter.as_ref()];
        let members = people.into_iter().flatten().map(member);
        Visit {
            facts: Facts {
                appointment_id: AppointmentId(Uuid::now_v7()),
                organisation_id: self.clinician.organisation_id,
                clinician_id: self.clinician.person_id,
                patient_id: self.patient.person_id,
                starts_at: terms.starts_at,
                ends_at: terms.ends_at,
                time_zone: terms.zone.name().to_owned(),
                patient_may_invite: terms.patient_may_invite,
                booking: terms.booking,
            },
            closed: None,
            is_in_call: false,
            call_started_at: None,
            members: members.map(|it| (it.participant_id, it)).collect(),
            revision: 0,
        }
    }

    pub(super) fn told(&self, visit: &Visit, change: Change, now: UnixMillis) -> Vec<Announcement> {
        let appointment = plan::Appointment {
            appointment_id: visit.facts.appointment_id,
            version: visit.facts.booking.version,
            starts_at: visit.facts.starts_at,
            patient: self.patient.person_id,
            clinician: self.clinician.person_id,
            interpreter: self.interpreter.as_ref().map(|it| it.person_id),
        };
        plan::about(appointment, change, now, plan::fresh)
    }
}

fn member(person: &PersonRecord) -> Member {
    Member {
        participant_id: ParticipantId(Uuid::now_v7()),
        person_id: Some(person.person_id),
        role: person.role,
        display_name: person.display_name.clone(),
        is_admitted: person.role == Role::Clinician,
        is_present: false,
        waiting_since: None,
        is_revoked: false,
        device_check: None,
        invited_by: None,
    }
}

pub(super) fn person_of(principal: &Principal) -> Option<PersonId> {
    match principal.who {
        Who::Person(id) => Some(id),
        Who::Participant(_) => None,
    }
}

pub(super) fn reason(text: Option<Phi<String>>) -> Result<Option<Phi<String>>, Fault> {
    let text = text.map(|it| it.expose().trim().to_owned()).filter(|it| !it.is_empty());
    match text {
        Some(it) if it.chars().count() > MAX_REASON || it.chars().any(char::is_control) => {
            Err(Fault::invalid("reason", "At most 500 characters, without control characters."))
        }
        it => Ok(it.map(Phi::new)),
    }
}

/// The zone of the hours in which an appointment lies; what is agreed there is agreed in that zone.
pub(super) fn zone_at(
    schedule: &Schedule,
    service: &Service,
    starts_at: UnixMillis,
    otherwise: &str,
) -> Result<Zone, Fault> {
    let window = starts_at..starts_at.plus(service.duration);
    let hours = crate::domain::schedule::hours::open_intervals(schedule, &window);
    let hours = hours.into_iter().find(|it| it.is_for(service.service_id));
    match hours {
        Some(it) => Ok(it.zone),
        None => Ok(Zone::parse(otherwise).or_else(|_| Zone::parse("UTC"))?),
    }
}

/// What of an appointment says when it is agreed, in words that outlive a change of the zone's law.
pub(super) fn booking_record(visit: &Visit, zone: &Zone) -> BookingRecord {
    let booking = &visit.facts.booking;
    BookingRecord {
        appointment_id: visit.facts.appointment_id,
        version: booking.version,
        service_id: booking.service_id,
        service_name: None,
        interpreter_id: None,
        series_id: booking.series_id,
        reason: booking.reason.clone(),
        sealed_reason: None,
        jurisdiction: None,
        licence_override: None,
        local_start: zone.local_text(visit.facts.starts_at),
        tzdb_version: tzdb_version().to_owned(),
    }
}
