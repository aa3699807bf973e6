//! Appointments: made by administrators for now, and listed.

use crate::actors::Happened;
use crate::command::{Call, Execute, unsaved};
use crate::domain::policy::{Who, may_name_visit};
use crate::domain::visit::view::card;
use crate::domain::visit::{Facts, Member, Visit};
use crate::node::Node;
use crate::node::people::must_be_zone;
use crate::protocol::appointment::{
    AppointmentCard, Appointments, CreateAppointment, ListAppointments, ReadAppointment,
};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{AppointmentId, ParticipantId};
use crate::protocol::person::Role;
use crate::store::{NewVisit, PersonRecord, VisitFilter};
use std::time::Duration;
use uuid::Uuid;

/// Appointments in one list.
const MAX_LISTED: u32 = 500;
/// Shortest appointment.
const MIN_LENGTH: Duration = Duration::from_secs(5 * 60);
/// Longest appointment.
const MAX_LENGTH: Duration = Duration::from_secs(8 * 60 * 60);

impl Execute<CreateAppointment> for Node {
    async fn execute(&self, call: Call, op: CreateAppointment) -> Result<AppointmentCard, Fault> {
        let length = op.ends_at.since(op.starts_at);
        if length < MIN_LENGTH || length > MAX_LENGTH {
            return Err(Fault::invalid("ends_at", "5 minutes to 8 hours after the begin."));
        }
        if op.ends_at <= call.now {
            return Err(Fault::invalid("starts_at", "The appointment lies in the past."));
        }
        must_be_zone(&op.time_zone)?;
        let patient = self.person_as(op.patient_id, Role::Patient, "patient_id").await?;
        let clinician = self.person_as(op.clinician_id, Role::Clinician, "clinician_id").await?;
        let members = [member(&patient), member(&clinician)];
        let visit = Visit {
            facts: Facts {
                appointment_id: AppointmentId(Uuid::now_v7()),
                clinician_id: clinician.person_id,
                patient_id: patient.person_id,
                starts_at: op.starts_at,
                ends_at: op.ends_at,
                time_zone: op.time_zone,
                patient_may_invite: op.patient_may_invite,
            },
            closed: None,
            is_in_call: false,
            call_started_at: None,
            members: members.into_iter().map(|it| (it.participant_id, it)).collect(),
            revision: 0,
        };
        let made = card(&visit);
        let answered = call.answered(&made)?;
        let new = NewVisit { visit, created_at: call.now };
        self.store.create_visit(new, answered).await.map_err(unsaved)?;
        self.happened(Happened::VisitChanged(Box::new(made.clone())));
        Ok(made)
    }
}

impl Execute<ListAppointments> for Node {
    async fn execute(&self, call: Call, op: ListAppointments) -> Result<Appointments, Fault> {
        let principal = call.principal()?;
        let person_id = match (principal.role, principal.who) {
            (Role::Admin, Who::Person(_)) => None,
            (_, Who::Person(id)) => Some(id),
            (_, Who::Participant(_)) => return Err(FaultCode::Forbidden.into()),
        };
        let filter = VisitFilter { person_id, from: op.from, until: op.until, limit: MAX_LISTED };
        let visits = self.store.visits(filter).await.map_err(unsaved)?;
        Ok(Appointments { appointments: visits.iter().map(card).collect() })
    }
}

impl Execute<ReadAppointment> for Node {
    async fn execute(&self, call: Call, op: ReadAppointment) -> Result<AppointmentCard, Fault> {
        let principal = call.principal()?;
        may_name_visit(&principal, op.appointment_id)?;
        let visit = self.store.visit(op.appointment_id).await.map_err(unsaved)?;
        let visit = visit.ok_or(FaultCode::NotFound)?;
        if principal.role != Role::Admin {
            let member = visit.part_of(principal.who)?;
            // Guests know the visit they are invited to; the card names patient and clinician, which admission shows.
            if member.person_id.is_none() && !member.is_admitted {
                return Err(FaultCode::Forbidden.into());
            }
        }
        Ok(card(&visit))
    }
}

impl Node {
    async fn person_as(
        &self,
        id: crate::protocol::ids::PersonId,
        role: Role,
        field: &'static str,
    ) -> Result<PersonRecord, Fault> {
        let person = self.store.person(id).await.map_err(unsaved)?;
        person
            .filter(|it| it.role == role)
            .ok_or_else(|| Fault::invalid(field, "No such person in that role."))
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
