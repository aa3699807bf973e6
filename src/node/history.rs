//! What happened to an appointment, and its entry for a calendar.

use crate::command::{Call, Execute, unsaved};
use crate::domain::visit::{Closed, Visit};
use crate::node::Node;
use crate::notifications::calendar::{Entry, download};
use crate::protocol::booking::{
    CalendarFile, History, HistoryKind, HistoryLine, ReadCalendarFile, ReadHistory,
};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::AppointmentId;
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::store::schedule::BookingEvent;

impl Execute<ReadHistory> for Node {
    async fn execute(&self, call: Call, op: ReadHistory) -> Result<History, Fault> {
        self.appointment_for(&call, op.appointment_id).await?;
        let kept = self.store.history(op.appointment_id).await.map_err(unsaved)?;
        let lines = kept.into_iter().map(|it| HistoryLine {
            version: it.version,
            what: match it.event {
                BookingEvent::Booked => HistoryKind::Booked,
                BookingEvent::Moved => HistoryKind::Moved,
                BookingEvent::Cancelled => HistoryKind::Cancelled,
            },
            at: it.at,
            by: it.by,
            starts_at: it.starts_at,
            ends_at: it.ends_at,
        });
        Ok(History { lines: lines.collect() })
    }
}

impl Execute<ReadCalendarFile> for Node {
    async fn execute(&self, call: Call, op: ReadCalendarFile) -> Result<CalendarFile, Fault> {
        let visit = self.appointment_for(&call, op.appointment_id).await?;
        let text = download(Entry {
            appointment_id: op.appointment_id,
            version: visit.facts.booking.version,
            starts_at: visit.facts.starts_at,
            ends_at: visit.facts.ends_at,
            is_cancelled: visit.closed == Some(Closed::Cancelled),
            made_at: call.now,
            public_url: &self.config.public_url,
            organizer: &self.organizer,
        });
        Ok(CalendarFile { file_name: "appointment.ics".to_owned(), text: Phi::new(text) })
    }
}

impl Node {
    /// The appointment, for its people and for administrators. For everybody else there is none.
    async fn appointment_for(&self, call: &Call, id: AppointmentId) -> Result<Visit, Fault> {
        let principal = call.principal()?;
        let visit = self.store.visit(id).await.map_err(unsaved)?;
        let visit = visit.ok_or(FaultCode::NotFound)?;
        if principal.role != Role::Admin {
            visit.part_of(principal.who)?;
        }
        Ok(visit)
    }
}
