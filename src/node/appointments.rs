//! Appointments as lists show them.

use crate::command::{Call, Execute, unsaved};
use crate::domain::policy::{Who, may_name_visit};
use crate::domain::visit::view::{card, card_for};
use crate::node::Node;
use crate::protocol::appointment::{
    AppointmentCard, Appointments, ListAppointments, ReadAppointment,
};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::person::Role;
use crate::store::{PersonRecord, VisitFilter};

/// Appointments in one list.
const MAX_LISTED: u32 = 500;

impl Execute<ListAppointments> for Node {
    async fn execute(&self, call: Call, op: ListAppointments) -> Result<Appointments, Fault> {
        let principal = call.principal()?;
        let person_id = match (principal.role, principal.who) {
            (Role::Admin, Who::Person(_)) => op.person_id,
            (_, Who::Person(id)) if op.person_id.is_none_or(|it| it == id) => Some(id),
            (_, Who::Person(_)) => return Err(FaultCode::NotFound.into()),
            (_, Who::Participant(_)) => return Err(FaultCode::Forbidden.into()),
        };
        let filter = VisitFilter {
            organisation: Some(principal.organisation),
            person_id,
            from: op.from,
            until: op.until,
            limit: MAX_LISTED,
        };
        let visits = self.store.visits(filter).await.map_err(unsaved)?;
        let mut appointments = Vec::with_capacity(visits.len());
        for it in &visits {
            let shown = card_for(it, principal.who);
            appointments.push(self.with_shared_complaint(principal.role, shown, card(it)).await?);
        }
        Ok(Appointments { appointments })
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
        let shown = card_for(&visit, principal.who);
        self.with_shared_complaint(principal.role, shown, card(&visit)).await
    }
}

impl Node {
    pub(super) async fn person_as(
        &self,
        id: crate::protocol::ids::PersonId,
        role: Role,
        field: &'static str,
    ) -> Result<PersonRecord, Fault> {
        let person = self.account(id).await?;
        person
            .filter(|it| it.role == role && !it.is_erased())
            .ok_or_else(|| Fault::invalid(field, "No such person in that role."))
    }
}
