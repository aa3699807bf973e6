//! Booking, moving and placing: what an appointment is made of.
//!
//! Invariant: nothing is booked without a hold, except what an administrator places.

use crate::actors::planner_work::{BookWork, MoveWork, PlaceWork};
use crate::command::{Call, Execute, Recorded, unsaved};
use crate::crypto::sha256;
use crate::domain::schedule::booking::may_move;
use crate::domain::schedule::zone::Zone;
use crate::domain::schedule::{Claim, Refusal, Schedule};
use crate::domain::visit::view::card;
use crate::domain::visit::{Booking, Visit};
use crate::node::Node;
use crate::node::agreed::{People, Terms, booking_record, person_of, reason, zone_at};
use crate::notifications::plan::Change;
use crate::protocol::appointment::{AppointmentCard, PlaceAppointment};
use crate::protocol::booking::{CreateAppointment, MoveAppointment};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{AppointmentId, SeriesId};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::store::NewVisit;
use crate::store::schedule::{BookingRecord, HoldRecord, Moved, NewBooking};
use uuid::Uuid;

impl Execute<CreateAppointment> for Node {
    const RECORDED: Recorded = Recorded::WithIt;

    async fn execute(&self, call: Call, op: CreateAppointment) -> Result<AppointmentCard, Fault> {
        let reason = reason(op.reason)?;
        let (hold, is_open) = self.hold_of(&call, &op.hold_token).await?;
        if !is_open {
            return Err(Refusal::HoldExpired.into());
        }
        self.book(&call, &hold, reason, op.patient_may_invite).await
    }
}

/// Whether an appointment can be moved now, and is the one that the caller saw. The store compares the version again, in
/// the transaction.
fn may_be_moved(call: &Call, visit: &Visit) -> Result<(), Fault> {
    if let Some(condition) = &call.condition {
        condition.must_be_version(visit.facts.booking.version)?;
    }
    if visit.closed.is_some() {
        return Err(FaultCode::VisitClosed.into());
    }
    may_move(visit.facts.starts_at, call.now)?;
    Ok(())
}

impl Execute<MoveAppointment> for Node {
    async fn execute(&self, call: Call, op: MoveAppointment) -> Result<AppointmentCard, Fault> {
        let principal = call.principal()?;
        let visit = self.store.visit(op.appointment_id).await.map_err(unsaved)?;
        let visit = visit.ok_or(FaultCode::NotFound)?;
        if principal.role != Role::Admin {
            let member = visit.part_of(principal.who)?;
            if !member.is_host() && member.role != Role::Patient {
                return Err(FaultCode::Forbidden.into());
            }
        }
        let (hold, is_open) = self.hold_of(&call, &op.hold_token).await?;
        let facts = &visit.facts;
        let is_same = hold.practitioner_id == facts.clinician_id
            && hold.patient_id == facts.patient_id
            && facts.booking.service_id.is_none_or(|it| it == hold.service_id);
        if !is_same {
            let why = "Held for another patient, clinician or service.";
            return Err(Fault::invalid("hold_token", why));
        }
        self.must_keep_its_override(op.appointment_id, &hold).await?;
        if hold.interpreter_id != self.interpreter_of(op.appointment_id).await? {
            return Err(Fault::invalid("hold_token", "Held with another interpreter, or none."));
        }
        if !is_open {
            return Err(Refusal::HoldExpired.into());
        }
        may_be_moved(&call, &visit)?;
        let schedule = self.look(hold.practitioner_id).await?;
        let claims = self.claims_of(&hold, &schedule).await?;
        let [claim] = claims.as_slice() else {
            return Err(Fault::invalid("hold_token", "One appointment moves to one time."));
        };
        let service = self.bookable(principal.organisation, hold.service_id, call.now).await?;
        let zone = zone_at(&schedule, &service, claim.starts_at, &visit.facts.time_zone)?;
        let mut next = visit.clone();
        next.facts.starts_at = claim.starts_at;
        next.facts.ends_at = claim.ends_at;
        next.facts.time_zone = zone.name().to_owned();
        next.facts.booking.version = next.facts.booking.version.saturating_add(1);
        let record = booking_record(&next, &zone);
        let moved = Moved {
            appointment_id: op.appointment_id,
            from_version: visit.facts.booking.version,
            visit_revision: visit.revision,
            starts_at: claim.starts_at,
            ends_at: claim.ends_at,
            local_start: record.local_start,
            time_zone: next.facts.time_zone.clone(),
            tzdb_version: record.tzdb_version,
            jurisdiction: hold.jurisdiction.clone(),
            licence_override: hold.licence_override.clone(),
            interpreter_id: hold.interpreter_id,
            by: person_of(&principal),
        };
        let notices = self.people_of(&hold).await?.told(&next, Change::Moved, call.now);
        let work = || MoveWork {
            hold_id: hold.hold_id,
            service: service.clone(),
            moved: moved.clone(),
            notices: notices.clone(),
            card: card(&next),
            interpreter_id: hold.interpreter_id,
            freed: visit.facts.starts_at,
        };
        let answer = self.plan(hold.practitioner_id, &call, work).await?;
        self.notices_saved();
        Ok(answer)
    }
}

impl Execute<PlaceAppointment> for Node {
    async fn execute(&self, call: Call, op: PlaceAppointment) -> Result<AppointmentCard, Fault> {
        let zone = Zone::parse(&op.time_zone)?;
        let patient = self.person_as(op.patient_id, Role::Patient, "patient_id").await?;
        let clinician = self.person_as(op.clinician_id, Role::Clinician, "clinician_id").await?;
        let people = People { patient, clinician, interpreter: None };
        let visit = people.visit(Terms {
            starts_at: op.starts_at,
            ends_at: op.ends_at,
            zone: &zone,
            patient_may_invite: op.patient_may_invite,
            booking: Booking::default(),
        });
        let notices = people.told(&visit, Change::Booked, call.now);
        let made = card(&visit);
        let booking = NewBooking {
            booking: booking_record(&visit, &zone),
            visit: NewVisit { visit, created_at: call.now },
            by: person_of(&call.principal()?),
        };
        let work =
            || PlaceWork { booking: booking.clone(), notices: notices.clone(), card: made.clone() };
        let placed = self.plan(op.clinician_id, &call, work).await?;
        self.notices_saved();
        Ok(placed)
    }
}

impl Node {
    /// Books what is held, with what was paid for it when that is needed.
    pub(super) async fn book(
        &self,
        call: &Call,
        hold: &HoldRecord,
        reason: Option<Phi<String>>,
        patient_may_invite: bool,
    ) -> Result<AppointmentCard, Fault> {
        let principal = call.principal()?;
        self.must_not_be_for_a_move(hold).await?;
        let service = self.bookable(principal.organisation, hold.service_id, call.now).await?;
        let payment = self.paid(hold, &service, call.now).await?;
        let reason = match (reason, &payment) {
            (None, Some(payment)) => self.reason_of(payment).await?,
            (reason, _) => reason,
        };
        let schedule = self.look(hold.practitioner_id).await?;
        let claims = self.claims_of(hold, &schedule).await?;
        let people = self.people_of(hold).await?;
        let series = (claims.len() > 1).then(|| SeriesId(Uuid::now_v7()));
        let (mut bookings, mut cards, mut notices) = (vec![], vec![], vec![]);
        for claim in &claims {
            let zone = zone_at(&schedule, &service, claim.starts_at, &people.clinician.time_zone)?;
            let terms = Terms {
                starts_at: claim.starts_at,
                ends_at: claim.ends_at,
                zone: &zone,
                patient_may_invite,
                booking: Booking {
                    version: 1,
                    service_id: Some(service.service_id),
                    series_id: series,
                    reason: reason.clone(),
                },
            };
            let visit = people.visit(terms);
            let record = BookingRecord {
                service_name: Some(service.name.clone()),
                interpreter_id: hold.interpreter_id,
                jurisdiction: hold.jurisdiction.clone(),
                licence_override: hold.licence_override.clone(),
                sealed_reason: self.sealed_reason(&visit, call.now).await?,
                ..booking_record(&visit, &zone)
            };
            notices.extend(people.told(&visit, Change::Booked, call.now));
            cards.push(card(&visit));
            bookings.push(NewBooking {
                visit: NewVisit { visit, created_at: call.now },
                booking: record,
                by: person_of(&principal),
            });
        }
        let work = || BookWork {
            hold_id: hold.hold_id,
            service: service.clone(),
            bookings: bookings.clone(),
            notices: notices.clone(),
            cards: cards.clone(),
            interpreter_id: hold.interpreter_id,
            payment: payment.as_ref().map(|it| it.payment_id),
        };
        let booked = self.plan(hold.practitioner_id, call, work).await?;
        self.notices_saved();
        Ok(booked)
    }

    /// The hold of that token, for who made it or for whom it is. For everybody else there is none.
    pub(super) async fn hold_of(
        &self,
        call: &Call,
        token: &Phi<String>,
    ) -> Result<(HoldRecord, bool), Fault> {
        let hash = sha256(token.expose().as_bytes());
        let found = self.store.hold(&hash, call.now).await.map_err(unsaved)?;
        let by = person_of(&call.principal()?);
        let found = found.filter(|(it, _)| Some(it.patient_id) == by || Some(it.held_by) == by);
        let (hold, is_open) = found.ok_or(FaultCode::NotFound)?;
        call.concerns(hold.patient_id);
        Ok((hold, is_open))
    }

    /// The clinician's claims of a hold, by begin: those that the owner of the schedule knows, or those of the table when
    /// it knows none, because another node may own the schedule meanwhile.
    pub(super) async fn claims_of(
        &self,
        hold: &HoldRecord,
        schedule: &Schedule,
    ) -> Result<Vec<Claim>, Fault> {
        let known = schedule.claims.iter().filter(|it| it.hold_id == hold.hold_id);
        let mut claims: Vec<_> = known.cloned().collect();
        if claims.is_empty() {
            claims = self.store.hold_claims(hold.hold_id).await.map_err(unsaved)?;
        }
        claims.retain(|it| it.practitioner_id == hold.practitioner_id);
        claims.sort_by_key(|it| it.starts_at);
        match claims.is_empty() {
            true => Err(Refusal::HoldExpired.into()),
            false => Ok(claims),
        }
    }

    /// A hold that a move made is for that move: it may lie beside what moves, and it carries what was agreed on there.
    async fn must_not_be_for_a_move(&self, hold: &HoldRecord) -> Result<(), Fault> {
        // Only with an interpreter there are claims that can tell.
        let claims = match hold.interpreter_id {
            Some(_) => self.store.hold_claims(hold.hold_id).await.map_err(unsaved)?,
            None => vec![],
        };
        let lies_beside =
            |it: &Claim| it.practitioner_id != hold.practitioner_id && it.group != it.slot_id.0;
        // Only staff give a reason; a patient's hold has one from the appointment that moves.
        let is_inherited = hold.licence_override.is_some() && hold.held_by == hold.patient_id;
        match is_inherited || claims.iter().any(lies_beside) {
            true => Err(Fault::invalid("hold_token", "Held to move an appointment.")),
            false => Ok(()),
        }
    }

    /// An override that a patient's hold has is that of the appointment that moves.
    async fn must_keep_its_override(
        &self,
        id: AppointmentId,
        hold: &HoldRecord,
    ) -> Result<(), Fault> {
        if hold.licence_override.is_none() || hold.held_by != hold.patient_id {
            return Ok(());
        }
        let agreed = self.store.bookings(&[id]).await.map_err(unsaved)?.pop();
        let is_same = agreed.is_some_and(|it| {
            it.licence_override == hold.licence_override && it.jurisdiction == hold.jurisdiction
        });
        match is_same {
            true => Ok(()),
            false => Err(Fault::invalid("hold_token", "Held to move another appointment.")),
        }
    }

    pub(super) async fn people_of(&self, hold: &HoldRecord) -> Result<People, Fault> {
        let patient = self.person_as(hold.patient_id, Role::Patient, "patient_id").await?;
        let clinician =
            self.person_as(hold.practitioner_id, Role::Clinician, "clinician_id").await?;
        let interpreter = match hold.interpreter_id {
            Some(id) => Some(self.person_as(id, Role::Interpreter, "interpreter_id").await?),
            None => None,
        };
        Ok(People { patient, clinician, interpreter })
    }
}
