//! What appointments have besides their visits, the waiting list and tasks as rows, and back.

use super::words::{count, millis, unreadable};
use crate::domain::visit::Facts;
use crate::protocol::ids::{AppointmentId, PersonId, SeriesId, ServiceId, TaskId, WaitlistId};
use crate::protocol::time::UnixMillis;
use crate::store::Stored;
use crate::store::schedule::{
    BookingEvent, BookingRecord, HistoryRecord, Kept, TASK_KINDS, TaskRecord, WaitlistRecord,
};
use entity::{appointment, appointment_history, task, waitlist_entry};

const EVENTS: [(BookingEvent, &str); 3] = [
    (BookingEvent::Booked, "booked"),
    (BookingEvent::Moved, "moved"),
    (BookingEvent::Cancelled, "cancelled"),
];

/// The line for what happened to an appointment that is `facts` from then on.
pub(super) fn history_of(
    facts: &Facts,
    version: u32,
    event: BookingEvent,
    at: UnixMillis,
    by: Option<PersonId>,
) -> HistoryRecord {
    HistoryRecord {
        appointment_id: facts.appointment_id,
        version,
        event,
        at,
        by,
        clinician_id: facts.clinician_id,
        starts_at: facts.starts_at,
        ends_at: facts.ends_at,
    }
}

pub(super) fn history_row(of: &HistoryRecord) -> appointment_history::Model {
    appointment_history::Model {
        appointment_id: of.appointment_id.0,
        version: i64::from(of.version),
        event: event_word(of.event).to_owned(),
        at: of.at.0,
        by_id: of.by.map(|it| it.0),
        clinician_id: of.clinician_id.0,
        starts_at: of.starts_at.0,
        ends_at: of.ends_at.0,
    }
}

pub(super) const fn event_word(event: BookingEvent) -> &'static str {
    match event {
        BookingEvent::Booked => "booked",
        BookingEvent::Moved => "moved",
        BookingEvent::Cancelled => "cancelled",
    }
}

pub(super) fn to_history(row: appointment_history::Model) -> Stored<HistoryRecord> {
    let table = "appointment_history";
    let event = EVENTS.into_iter().find(|(_, word)| *word == row.event);
    let (event, _) = event.ok_or_else(|| unreadable(table, "event"))?;
    Ok(HistoryRecord {
        appointment_id: AppointmentId(row.appointment_id),
        version: count(row.version, table, "version")?,
        event,
        at: UnixMillis(row.at),
        by: row.by_id.map(PersonId),
        clinician_id: PersonId(row.clinician_id),
        starts_at: UnixMillis(row.starts_at),
        ends_at: UnixMillis(row.ends_at),
    })
}

/// `name` is that of the service, when there is one.
pub(super) fn to_booking(row: appointment::Model, name: Option<String>) -> Stored<BookingRecord> {
    let (reason, sealed_reason) = match row.reason.map(Kept::of) {
        None => (None, None),
        Some(Kept::Plain(text)) => (Some(text), None),
        // Whoever shows it reads the visit.
        Some(Kept::Sealed(text)) => (None, Some(text)),
    };
    Ok(BookingRecord {
        appointment_id: AppointmentId(row.id),
        version: count(row.version, "appointments", "version")?,
        service_id: row.service_id.map(ServiceId),
        service_name: name,
        interpreter_id: row.interpreter_id.map(PersonId),
        series_id: row.series_id.map(SeriesId),
        reason,
        sealed_reason,
        jurisdiction: row.jurisdiction,
        licence_override: row.licence_override,
        local_start: row.local_start.unwrap_or_default(),
        tzdb_version: row.tzdb_version.unwrap_or_default(),
    })
}

pub(super) fn waitlist_row(of: WaitlistRecord) -> waitlist_entry::Model {
    waitlist_entry::Model {
        id: of.waitlist_id.0,
        patient_id: of.patient_id.0,
        service_id: of.service_id.0,
        clinician_id: of.clinician_id.map(|it| it.0),
        from_at: of.from.0,
        until_at: of.until.0,
        created_at: of.created_at.0,
        offered_at: millis(of.offered_at),
    }
}

pub(super) fn to_waiting(row: waitlist_entry::Model) -> WaitlistRecord {
    WaitlistRecord {
        waitlist_id: WaitlistId(row.id),
        patient_id: PersonId(row.patient_id),
        service_id: ServiceId(row.service_id),
        clinician_id: row.clinician_id.map(PersonId),
        from: UnixMillis(row.from_at),
        until: UnixMillis(row.until_at),
        created_at: UnixMillis(row.created_at),
        offered_at: row.offered_at.map(UnixMillis),
    }
}

pub(super) fn task_row(of: TaskRecord) -> task::Model {
    task::Model {
        id: of.task_id.0,
        kind: of.kind.to_owned(),
        appointment_id: of.appointment_id.0,
        created_at: of.created_at.0,
        done_at: millis(of.done_at),
    }
}

pub(super) fn to_task(row: task::Model) -> Stored<TaskRecord> {
    let kind = TASK_KINDS.into_iter().find(|it| *it == row.kind);
    Ok(TaskRecord {
        task_id: TaskId(row.id),
        kind: kind.ok_or_else(|| unreadable("tasks", "kind"))?,
        appointment_id: AppointmentId(row.appointment_id),
        created_at: UnixMillis(row.created_at),
        done_at: row.done_at.map(UnixMillis),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_read_as_it_was_written() {
        for (event, word) in EVENTS {
            assert_eq!(event_word(event), word);
        }
    }
}
