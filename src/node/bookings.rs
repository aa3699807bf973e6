//! Holding, booking, moving and placing: who may, with whom, and what an appointment is made of.
//!
//! The decision whether a time is free belongs to the planner of the clinician, and the judgement to the table; here
//! stands everything around it. Invariant: nothing is booked without a hold, except what an administrator places.

use crate::actors::planner_work::{BookWork, HoldWork, MoveWork, PlaceWork, ReleaseWork};
use crate::command::{Call, Execute, unsaved};
use crate::crypto::{new_token, sha256};
use crate::domain::policy::{Principal, Who};
use crate::domain::schedule::booking::{licence_gate, may_move};
use crate::domain::schedule::zone::{Zone, tzdb_version};
use crate::domain::schedule::{Claim, Refusal, Schedule, Service, check};
use crate::domain::visit::view::card;
use crate::domain::visit::{Booking, Facts, Member, Visit};
use crate::node::Node;
use crate::node::search::licence;
use crate::notifications::plan::{self, Change};
use crate::protocol::appointment::{AppointmentCard, PlaceAppointment};
use crate::protocol::auth::Done;
use crate::protocol::booking::{CreateAppointment, Hold, HoldSlot, MoveAppointment, ReleaseHold};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{AppointmentId, HoldId, ParticipantId, PersonId, SeriesId};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::store::outbox::NewNotice;
use crate::store::schedule::{BookingRecord, HoldRecord, Moved, NewBooking, PractitionerRecord};
use crate::store::{NewVisit, PersonRecord};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How long a time is reserved: enough to read and confirm, and no queue of people who look at a full calendar.
pub(super) const HOLD_FOR: Duration = Duration::from_secs(5 * 60);
/// Times that one patient has reserved at a moment. One is what people need; a second tab and a second thought are human.
const MAX_HOLDS: u32 = 3;
/// Characters of what an appointment is about.
const MAX_REASON: usize = 500;

impl Execute<HoldSlot> for Node {
    async fn execute(&self, call: Call, mut op: HoldSlot) -> Result<Hold, Fault> {
        let principal = call.principal()?;
        let (by, patient_id) = self.whose(&principal, op.patient_id).await?;
        let service = self.bookable(op.service_id, call.now).await?;
        let clinician = self.offering(op.clinician_id, &service, call.now).await?;
        if let Some(id) = op.moves {
            self.must_be_of(id, patient_id, op.clinician_id).await?;
            if op.interpreter_id.is_none() && op.interpreter_language.is_none() {
                op.interpreter_id = self.interpreter_of(id).await?;
            }
        }
        let (jurisdiction, licence_override) =
            self.licensed(&principal, &op, patient_id, &clinician).await?;
        let open = self.store.open_holds(patient_id, call.now).await.map_err(unsaved)?;
        if open >= MAX_HOLDS {
            return Err(Fault::new(FaultCode::NotAllowedNow)
                .because("As many times as one person may reserve are reserved."));
        }
        let interpreter = self.interpreter(&op, &service, call.now).await?;
        let token = new_token().map_err(|_| FaultCode::Internal)?;
        let hold = HoldRecord {
            hold_id: HoldId(Uuid::now_v7()),
            token_hash: sha256(token.expose().as_bytes()),
            practitioner_id: op.clinician_id,
            interpreter_id: interpreter.as_ref().map(|it| it.0),
            patient_id,
            held_by: by,
            service_id: service.service_id,
            jurisdiction,
            licence_override,
            created_at: call.now,
            expires_at: call.now.plus(HOLD_FOR),
        };
        let theirs = interpreter.map(|it| it.1);
        let work = || HoldWork {
            service: service.clone(),
            starts_at: op.starts_at,
            repeat: op.repeat,
            hold: hold.clone(),
            token: token.clone(),
            interpreter: theirs.clone(),
            moves: op.moves,
        };
        self.plan(op.clinician_id, &call, work).await
    }
}

impl Execute<ReleaseHold> for Node {
    async fn execute(&self, call: Call, op: ReleaseHold) -> Result<Done, Fault> {
        let (hold, is_open) = self.hold_of(&call.principal()?, &op.hold_token, call.now).await?;
        if !is_open {
            return Ok(Done {});
        }
        let (hold_id, interpreter_id) = (hold.hold_id, hold.interpreter_id);
        self.plan(hold.practitioner_id, &call, || ReleaseWork { hold_id, interpreter_id }).await
    }
}

impl Execute<CreateAppointment> for Node {
    async fn execute(&self, call: Call, op: CreateAppointment) -> Result<AppointmentCard, Fault> {
        let reason = reason(op.reason)?;
        let principal = call.principal()?;
        let (hold, is_open) = self.hold_of(&principal, &op.hold_token, call.now).await?;
        if !is_open {
            return Err(Refusal::HoldExpired.into());
        }
        let service = self.bookable(hold.service_id, call.now).await?;
        let claims = self.claims_of(&hold).await?;
        let schedule = self.look(hold.practitioner_id).await?;
        let people = self.people_of(&hold).await?;
        let series = (claims.len() > 1).then(|| SeriesId(Uuid::now_v7()));
        let (mut bookings, mut cards, mut notices) = (vec![], vec![], vec![]);
        for claim in &claims {
            let zone = zone_at(&schedule, &service, claim.starts_at, &people.clinician.time_zone)?;
            let terms = Terms {
                starts_at: claim.starts_at,
                ends_at: claim.ends_at,
                zone: &zone,
                patient_may_invite: op.patient_may_invite,
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
        };
        let booked = self.plan(hold.practitioner_id, &call, work).await?;
        self.notices_saved();
        Ok(booked)
    }
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
        let (hold, is_open) = self.hold_of(&principal, &op.hold_token, call.now).await?;
        let is_same = hold.practitioner_id == visit.facts.clinician_id
            && hold.patient_id == visit.facts.patient_id;
        if !is_same {
            return Err(Fault::invalid("hold_token", "Held for another patient or clinician."));
        }
        if hold.interpreter_id != self.interpreter_of(op.appointment_id).await? {
            return Err(Fault::invalid("hold_token", "Held with another interpreter, or none."));
        }
        if !is_open {
            return Err(Refusal::HoldExpired.into());
        }
        if visit.closed.is_some() {
            return Err(FaultCode::VisitClosed.into());
        }
        may_move(visit.facts.starts_at, call.now)?;
        let claims = self.claims_of(&hold).await?;
        let [claim] = claims.as_slice() else {
            return Err(Fault::invalid("hold_token", "One appointment moves to one time."));
        };
        let service = self.bookable(hold.service_id, call.now).await?;
        let schedule = self.look(hold.practitioner_id).await?;
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
            by: person_of(&principal),
        };
        let people = self.people_of(&hold).await?;
        let notices = people.told(&next, Change::Moved, call.now);
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
    /// Who asks, and for which patient.
    async fn whose(
        &self,
        principal: &Principal,
        patient: Option<PersonId>,
    ) -> Result<(PersonId, PersonId), Fault> {
        let by = person_of(principal).ok_or(FaultCode::Forbidden)?;
        match (principal.role, patient) {
            (Role::Patient, None) => Ok((by, by)),
            (Role::Patient, Some(id)) if id == by => Ok((by, by)),
            (Role::Clinician | Role::Admin, Some(id)) => {
                self.person_as(id, Role::Patient, "patient_id").await?;
                Ok((by, id))
            }
            (Role::Clinician | Role::Admin, None) => {
                Err(Fault::invalid("patient_id", "For whom it is."))
            }
            _ => Err(FaultCode::Forbidden.into()),
        }
    }

    /// The clinician, when they offer the service.
    async fn offering(
        &self,
        id: PersonId,
        service: &Service,
        now: UnixMillis,
    ) -> Result<PractitionerRecord, Fault> {
        let clinic = self.clinic(now).await?;
        let found = clinic.practitioner(id).filter(|it| it.role == Role::Clinician);
        let found = found.ok_or_else(|| Fault::invalid("clinician_id", "No such clinician."))?;
        if !found.service_ids.contains(&service.service_id) {
            return Err(Refusal::NotOffered.into());
        }
        Ok(found.clone())
    }

    async fn must_be_of(
        &self,
        id: AppointmentId,
        patient: PersonId,
        clinician: PersonId,
    ) -> Result<(), Fault> {
        let visit = self.store.visit(id).await.map_err(unsaved)?;
        let facts = visit.map(|it| it.facts).filter(|it| it.patient_id == patient);
        let facts = facts.ok_or_else(|| Fault::invalid("moves", "No such appointment."))?;
        match facts.clinician_id == clinician {
            true => Ok(()),
            false => Err(Fault::invalid("clinician_id", "An appointment keeps its clinician.")),
        }
    }

    /// Who interprets at an appointment.
    async fn interpreter_of(&self, id: AppointmentId) -> Result<Option<PersonId>, Fault> {
        let kept = self.store.bookings(&[id]).await.map_err(unsaved)?;
        Ok(kept.first().and_then(|it| it.interpreter_id))
    }

    /// Where the patient will be, and why that is allowed (A14). A clinic that knows of no licences has no gate.
    async fn licensed(
        &self,
        principal: &Principal,
        op: &HoldSlot,
        patient: PersonId,
        clinician: &PractitionerRecord,
    ) -> Result<(Option<String>, Option<String>), Fault> {
        let profile = match &op.jurisdiction {
            Some(named) => Some(named.clone()),
            None => {
                let profile = self.store.patient(patient).await.map_err(unsaved)?;
                profile.and_then(|it| it.jurisdiction)
            }
        };
        if let Some(code) = &profile {
            check::jurisdiction(code)?;
        }
        let why = op.licence_override.as_ref().map(|it| it.expose().trim().to_owned());
        if let Some(why) = &why {
            if principal.role == Role::Patient {
                return Err(FaultCode::Forbidden.into());
            }
            if why.is_empty() || why.chars().count() > MAX_REASON {
                return Err(Fault::invalid("licence_override", "1 to 500 characters."));
            }
            return Ok((profile, Some(why.clone())));
        }
        if clinician.licences.is_empty() {
            return Ok((profile, None));
        }
        let zone = Zone::parse(&clinician.time_zone).or_else(|_| Zone::parse("UTC"))?;
        let date = zone.local(op.starts_at).wall.date();
        let licences: Vec<_> = clinician.licences.iter().map(licence).collect();
        let place = profile.as_deref().ok_or_else(|| {
            Fault::invalid("jurisdiction", "Where the patient will be, such as DE or US-CA.")
        })?;
        licence_gate(&licences, place, date)?;
        Ok((profile, None))
    }

    /// The interpreter that was asked for, or the first who speaks the language and has time, with their schedule.
    async fn interpreter(
        &self,
        op: &HoldSlot,
        service: &Service,
        now: UnixMillis,
    ) -> Result<Option<(PersonId, Arc<Schedule>)>, Fault> {
        if op.interpreter_id.is_none() && op.interpreter_language.is_none() {
            return Ok(None);
        }
        let clinic = self.clinic(now).await?;
        let speaks = |it: &PractitionerRecord| {
            op.interpreter_language.as_ref().is_none_or(|wanted| {
                it.languages.iter().any(|has| has.eq_ignore_ascii_case(wanted.trim()))
            })
        };
        let all = clinic.practitioners.iter().filter(|it| {
            it.role == Role::Interpreter
                && op.interpreter_id.is_none_or(|id| it.person_id == id)
                && speaks(it)
        });
        let needed = op.starts_at..op.starts_at.plus(service.duration);
        for it in all {
            let schedule = self.look(it.person_id).await?;
            let is_open = crate::domain::schedule::openings::is_open;
            let is_free = crate::domain::schedule::openings::is_free;
            let mut left = Schedule::clone(&schedule);
            if let Some(id) = op.moves {
                left.free(id);
            }
            if is_open(&left, service.service_id, &needed) && is_free(&left, &needed, now) {
                return Ok(Some((it.person_id, schedule)));
            }
        }
        Err(Fault::new(FaultCode::NotOffered).because("No interpreter has time then."))
    }

    /// The hold of that token, for who made it or for whom it is. For everybody else there is none.
    async fn hold_of(
        &self,
        principal: &Principal,
        token: &Phi<String>,
        now: UnixMillis,
    ) -> Result<(HoldRecord, bool), Fault> {
        let hash = sha256(token.expose().as_bytes());
        let found = self.store.hold(&hash, now).await.map_err(unsaved)?;
        let by = person_of(principal);
        found
            .filter(|(it, _)| Some(it.patient_id) == by || Some(it.held_by) == by)
            .ok_or_else(|| FaultCode::NotFound.into())
    }

    /// The clinician's claims of a hold, by begin.
    async fn claims_of(&self, hold: &HoldRecord) -> Result<Vec<Claim>, Fault> {
        let mut claims = self.store.hold_claims(hold.hold_id).await.map_err(unsaved)?;
        claims.retain(|it| it.practitioner_id == hold.practitioner_id);
        claims.sort_by_key(|it| it.starts_at);
        match claims.is_empty() {
            true => Err(Refusal::HoldExpired.into()),
            false => Ok(claims),
        }
    }

    async fn people_of(&self, hold: &HoldRecord) -> Result<People, Fault> {
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

/// The people of an appointment.
struct People {
    patient: PersonRecord,
    clinician: PersonRecord,
    interpreter: Option<PersonRecord>,
}

/// What was agreed.
struct Terms<'a> {
    starts_at: UnixMillis,
    ends_at: UnixMillis,
    zone: &'a Zone,
    patient_may_invite: bool,
    booking: Booking,
}

impl People {
    fn visit(&self, terms: Terms<'_>) -> Visit {
        let people = [Some(&self.patient), Some(&self.clinician), self.interpreter.as_ref()];
        let members = people.into_iter().flatten().map(member);
        Visit {
            facts: Facts {
                appointment_id: AppointmentId(Uuid::now_v7()),
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

    fn told(&self, visit: &Visit, change: Change, now: UnixMillis) -> Vec<NewNotice> {
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

fn person_of(principal: &Principal) -> Option<PersonId> {
    match principal.who {
        Who::Person(id) => Some(id),
        Who::Participant(_) => None,
    }
}

fn reason(text: Option<Phi<String>>) -> Result<Option<Phi<String>>, Fault> {
    let text = text.map(|it| it.expose().trim().to_owned()).filter(|it| !it.is_empty());
    match text {
        Some(it) if it.chars().count() > MAX_REASON || it.chars().any(char::is_control) => {
            Err(Fault::invalid("reason", "At most 500 characters, without control characters."))
        }
        it => Ok(it.map(Phi::new)),
    }
}

/// The zone of the hours in which an appointment lies; what is agreed there is agreed in that zone.
fn zone_at(
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
fn booking_record(visit: &Visit, zone: &Zone) -> BookingRecord {
    let booking = &visit.facts.booking;
    BookingRecord {
        appointment_id: visit.facts.appointment_id,
        version: booking.version,
        service_id: booking.service_id,
        service_name: None,
        interpreter_id: None,
        series_id: booking.series_id,
        reason: booking.reason.clone(),
        jurisdiction: None,
        licence_override: None,
        local_start: zone.local_text(visit.facts.starts_at),
        tzdb_version: tzdb_version().to_owned(),
    }
}
