//! A visit as rows, and back.

use super::words::{count, from_json, from_word, millis, to_json, to_word, unreadable};
use crate::domain::visit::{Booking, Closed, Detail, Facts, Member, Visit, What};
use crate::protocol::ids::{
    AppointmentId, OrganisationId, ParticipantId, PersonId, SeriesId, ServiceId,
};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::store::schedule::BookingRecord;
use crate::store::{AttendanceRecord, NewVisit, StoreError, Stored};
use entity::{appointment, participant, visit, visit_event};
use std::collections::BTreeMap;

/// `appointments.status` while nothing has closed the visit.
const BOOKED: &str = "booked";

/// The word for how a visit was closed, or that it was not.
pub(super) fn status(closed: Option<Closed>) -> &'static str {
    closed.map_or(BOOKED, |it| it.stage().as_str())
}

pub(super) fn from_status(text: &str) -> Stored<Option<Closed>> {
    const ALL: [Option<Closed>; 4] =
        [None, Some(Closed::Ended), Some(Closed::NoShow), Some(Closed::Cancelled)];
    let known = ALL.into_iter().find(|it| status(*it) == text);
    known.ok_or_else(|| unreadable("appointments", "status"))
}

/// An appointment without a booking is one that somebody made without a schedule: its wall time is not known.
pub(super) fn appointment_row(
    new: &NewVisit,
    booking: Option<&BookingRecord>,
) -> appointment::Model {
    let facts = &new.visit.facts;
    let text = |of: fn(&BookingRecord) -> &String| booking.map(of).cloned().unwrap_or_default();
    appointment::Model {
        id: facts.appointment_id.0,
        organisation_id: facts.organisation_id.0,
        clinician_id: facts.clinician_id.0,
        patient_id: facts.patient_id.0,
        starts_at: facts.starts_at.0,
        ends_at: facts.ends_at.0,
        timezone: facts.time_zone.clone(),
        patient_may_invite: facts.patient_may_invite,
        status: status(new.visit.closed).to_owned(),
        created_at: new.created_at.0,
        version: booking.map_or(1, |it| i64::from(it.version)),
        service_id: booking.and_then(|it| it.service_id).map(|it| it.0),
        interpreter_id: booking.and_then(|it| it.interpreter_id).map(|it| it.0),
        series_id: booking.and_then(|it| it.series_id).map(|it| it.0),
        reason: booking.and_then(kept_reason),
        jurisdiction: booking.and_then(|it| it.jurisdiction.clone()),
        licence_override: booking.and_then(|it| it.licence_override.clone()),
        local_start: Some(text(|it| &it.local_start)),
        tzdb_version: Some(text(|it| &it.tzdb_version)),
    }
}

/// Sealed, unless whoever books seals nothing.
fn kept_reason(of: &BookingRecord) -> Option<String> {
    of.sealed_reason.clone().or_else(|| of.reason.clone().map(Phi::into_exposed))
}

pub(super) fn visit_row(of: &Visit) -> visit::Model {
    visit::Model {
        appointment_id: of.facts.appointment_id.0,
        is_in_call: of.is_in_call,
        call_started_at: millis(of.call_started_at),
        revision: i64::from(of.revision),
    }
}

pub(super) fn participant_rows(of: &Visit) -> Stored<Vec<participant::Model>> {
    let appointment_id = of.facts.appointment_id.0;
    let row = |it: &Member| {
        Ok(participant::Model {
            id: it.participant_id.0,
            appointment_id,
            user_id: it.person_id.map(|it| it.0),
            role: to_word(&it.role)?,
            display_name: it.display_name.expose().clone(),
            is_admitted: it.is_admitted,
            is_present: it.is_present,
            waiting_since: millis(it.waiting_since),
            is_revoked: it.is_revoked,
            device_check: it.device_check.as_ref().map(to_json).transpose()?,
            invited_by: it.invited_by.map(|it| it.0),
        })
    };
    of.members.values().map(row).collect()
}

/// Rows of events, the first of which has the number `first`.
pub(super) fn event_rows(
    id: AppointmentId,
    first: u32,
    events: Vec<What>,
) -> Stored<Vec<visit_event::Model>> {
    let numbered = (i64::from(first)..).zip(events);
    let row = |(number, what): (i64, What)| {
        Ok(visit_event::Model {
            appointment_id: id.0,
            number,
            kind: to_word(&what.kind)?,
            at: what.at.0,
            about_id: what.about.map(|it| it.0),
            by_id: what.by.map(|it| it.0),
        })
    };
    numbered.map(row).collect()
}

pub(super) fn attendance_record(row: visit_event::Model) -> Stored<AttendanceRecord> {
    Ok(AttendanceRecord {
        number: count(row.number, "visit_events", "number")?,
        what: What {
            kind: from_word(row.kind, "visit_events", "kind")?,
            at: UnixMillis(row.at),
            about: row.about_id.map(ParticipantId),
            by: row.by_id.map(ParticipantId),
            detail: Detail::None,
        },
    })
}

/// Puts a visit together.
pub(super) fn assemble(
    appointment: appointment::Model,
    state: visit::Model,
    participants: Vec<participant::Model>,
) -> Stored<Visit> {
    let members = participants.into_iter().map(member);
    let members = members
        .map(|it| it.map(|it| (it.participant_id, it)))
        .collect::<Result<BTreeMap<_, _>, StoreError>>()?;
    Ok(Visit {
        closed: from_status(&appointment.status)?,
        facts: Facts {
            appointment_id: AppointmentId(appointment.id),
            organisation_id: OrganisationId(appointment.organisation_id),
            clinician_id: PersonId(appointment.clinician_id),
            patient_id: PersonId(appointment.patient_id),
            starts_at: UnixMillis(appointment.starts_at),
            ends_at: UnixMillis(appointment.ends_at),
            time_zone: appointment.timezone,
            patient_may_invite: appointment.patient_may_invite,
            booking: Booking {
                version: count(appointment.version, "appointments", "version")?,
                service_id: appointment.service_id.map(ServiceId),
                series_id: appointment.series_id.map(SeriesId),
                reason: appointment.reason.map(Phi::new),
            },
        },
        is_in_call: state.is_in_call,
        call_started_at: state.call_started_at.map(UnixMillis),
        members,
        revision: count(state.revision, "visits", "revision")?,
    })
}

fn member(row: participant::Model) -> Stored<Member> {
    let check = row.device_check.as_deref();
    Ok(Member {
        participant_id: ParticipantId(row.id),
        person_id: row.user_id.map(PersonId),
        role: from_word(row.role, "participants", "role")?,
        display_name: row.display_name.into(),
        is_admitted: row.is_admitted,
        is_present: row.is_present,
        waiting_since: row.waiting_since.map(UnixMillis),
        is_revoked: row.is_revoked,
        device_check: check.map(|it| from_json(it, "participants", "device_check")).transpose()?,
        invited_by: row.invited_by.map(ParticipantId),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_close_is_read_as_it_was_written() {
        let all = [None, Some(Closed::Ended), Some(Closed::NoShow), Some(Closed::Cancelled)];
        for closed in all {
            assert_eq!(from_status(status(closed)), Ok(closed));
        }
        assert_eq!(from_status("scheduled"), Err(StoreError::Aborted));
    }
}
