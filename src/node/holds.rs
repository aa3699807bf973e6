//! Reserving a time: who may, for whom, with whom, and where the patient will be.
//!
//! Invariant: a hold claims everything that is needed, or nothing; whether a time is free is the planner's decision and
//! the table's judgement. Does not: make appointments.

use crate::actors::planner_work::{HoldWork, ReleaseWork};
use crate::command::{Call, Execute, Recorded, unsaved};
use crate::crypto::{new_token, sha256};
use crate::domain::policy::{Principal, may_book_with};
use crate::domain::schedule::booking::licence_gate;
use crate::domain::schedule::zone::Zone;
use crate::domain::schedule::{Refusal, Schedule, Service, check};
use crate::node::Node;
use crate::node::agreed::{MAX_REASON, person_of};
use crate::node::search::licence;
use crate::protocol::auth::Done;
use crate::protocol::booking::{Hold, HoldSlot, ReleaseHold};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{AppointmentId, HoldId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::time::UnixMillis;
use crate::store::schedule::{HoldRecord, MAX_HOLDS, PractitionerRecord};
use crate::store::{Conflict, StoreError};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How long a time is reserved: enough to read and confirm, and no queue of people who look at a full calendar.
pub(super) const HOLD_FOR: Duration = Duration::from_secs(5 * 60);

impl Execute<HoldSlot> for Node {
    const RECORDED: Recorded = Recorded::WithIt;

    async fn execute(&self, call: Call, mut op: HoldSlot) -> Result<Hold, Fault> {
        let principal = call.principal()?;
        may_book_with(&principal, op.clinician_id)?;
        let (by, patient_id) = self.whose(&principal, op.patient_id).await?;
        call.concerns(patient_id);
        let service = self.bookable(principal.organisation, op.service_id, call.now).await?;
        let clinician = self.offering(&principal, op.clinician_id, &service, call.now).await?;
        if let Some(id) = op.moves {
            self.must_be_of(id, patient_id, &op).await?;
            if op.interpreter_id.is_none() && op.interpreter_language.is_none() {
                op.interpreter_id = self.interpreter_of(id).await?;
            }
        }
        let (jurisdiction, licence_override) =
            self.licensed(&principal, &op, patient_id, &clinician, call.now).await?;
        self.must_have_a_hand_free(patient_id, call.now).await?;
        let interpreter = self.interpreter(&principal, &op, &service, call.now).await?;
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
        let needs_payment = op.moves.is_none() && self.owed(&hold, &service).is_some();
        if needs_payment && op.repeat.is_some() {
            return Err(Fault::invalid("repeat", "What is paid for is booked one at a time."));
        }
        let theirs = interpreter.map(|it| it.1);
        let work = || HoldWork {
            service: service.clone(),
            starts_at: op.starts_at,
            repeat: op.repeat,
            hold: hold.clone(),
            token: token.clone(),
            interpreter: theirs.clone(),
            moves: op.moves,
            needs_payment,
        };
        let held = self.plan(op.clinician_id, &call, work).await;
        if held.as_ref().is_err_and(|it| it.code == FaultCode::NotAllowedNow) {
            self.full_hands.remember(patient_id, call.now);
        }
        held
    }
}

impl Execute<ReleaseHold> for Node {
    async fn execute(&self, call: Call, op: ReleaseHold) -> Result<Done, Fault> {
        let (hold, is_open) = self.hold_of(&call, &op.hold_token).await?;
        if !is_open {
            return Ok(Done {});
        }
        let (hold_id, interpreter_id) = (hold.hold_id, hold.interpreter_id);
        self.plan(hold.practitioner_id, &call, || ReleaseWork { hold_id, interpreter_id }).await
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

    /// The table judges; whoever was refused lately is told so before a planner is asked.
    async fn must_have_a_hand_free(&self, who: PersonId, now: UnixMillis) -> Result<(), Fault> {
        if !self.full_hands.knows(who, now) {
            return Ok(());
        }
        let open = self.store.open_holds(who, now).await.map_err(unsaved)?;
        match open < MAX_HOLDS {
            true => Ok(()),
            false => Err(unsaved(StoreError::Conflict(Conflict::Full))),
        }
    }

    /// The clinician, when they offer the service.
    async fn offering(
        &self,
        principal: &Principal,
        id: PersonId,
        service: &Service,
        now: UnixMillis,
    ) -> Result<PractitionerRecord, Fault> {
        let clinic = self.clinic(principal.organisation, now).await?;
        let found = clinic.practitioner(id).filter(|it| it.role == Role::Clinician);
        let found = found.ok_or_else(|| Fault::invalid("clinician_id", "No such clinician."))?;
        if found.is_out || !found.service_ids.contains(&service.service_id) {
            return Err(Refusal::NotOffered.into());
        }
        Ok(found.clone())
    }

    async fn must_be_of(
        &self,
        id: AppointmentId,
        patient: PersonId,
        op: &HoldSlot,
    ) -> Result<(), Fault> {
        let visit = self.store.visit(id).await.map_err(unsaved)?;
        let facts = visit.map(|it| it.facts).filter(|it| it.patient_id == patient);
        let facts = facts.ok_or_else(|| Fault::invalid("moves", "No such appointment."))?;
        if facts.clinician_id != op.clinician_id {
            return Err(Fault::invalid("clinician_id", "An appointment keeps its clinician."));
        }
        match facts.booking.service_id.is_none_or(|it| it == op.service_id) {
            true => Ok(()),
            false => Err(Fault::invalid("service_id", "An appointment keeps its service.")),
        }
    }

    /// Who interprets at an appointment.
    pub(super) async fn interpreter_of(
        &self,
        id: AppointmentId,
    ) -> Result<Option<PersonId>, Fault> {
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
        now: UnixMillis,
    ) -> Result<(Option<String>, Option<String>), Fault> {
        // What moves keeps what was agreed on, the reason of an override included.
        let agreed = match op.moves {
            Some(id) => self.store.bookings(&[id]).await.map_err(unsaved)?.pop(),
            None => None,
        };
        let named = op.jurisdiction.clone();
        let named = named.or_else(|| agreed.as_ref().and_then(|it| it.jurisdiction.clone()));
        let profile = match named {
            Some(named) => Some(named),
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
        if let Some(it) = agreed.filter(|it| it.licence_override.is_some())
            && it.jurisdiction == profile
        {
            return Ok((profile, it.licence_override));
        }
        let clinic = self.clinic(principal.organisation, now).await?;
        if clinic.practitioners.iter().all(|it| it.licences.is_empty()) {
            return Ok((profile, None));
        }
        let zone = Zone::parse(&clinician.time_zone).or_else(|_| Zone::parse("UTC"))?;
        let date = zone.local(op.starts_at).wall.date();
        let days = op
            .repeat
            .map_or(0, |it| i32::from(it.every_weeks) * 7 * i32::from(it.count.saturating_sub(1)));
        let licences: Vec<_> = clinician.licences.iter().map(licence).collect();
        let place = profile.as_deref().ok_or_else(|| {
            Fault::invalid("jurisdiction", "Where the patient will be, such as DE or US-CA.")
        })?;
        licence_gate(&licences, place, date)?;
        // Licences end and do not begin: what covers the last of a series covers all of it.
        licence_gate(&licences, place, date.plus_days(days))?;
        Ok((profile, None))
    }

    /// The interpreter that was asked for, or the first who speaks the language and has time, with their schedule.
    async fn interpreter(
        &self,
        principal: &Principal,
        op: &HoldSlot,
        service: &Service,
        now: UnixMillis,
    ) -> Result<Option<(PersonId, Arc<Schedule>)>, Fault> {
        if op.interpreter_id.is_none() && op.interpreter_language.is_none() {
            return Ok(None);
        }
        let clinic = self.clinic(principal.organisation, now).await?;
        let speaks = |it: &PractitionerRecord| {
            op.interpreter_language.as_ref().is_none_or(|wanted| {
                it.languages.iter().any(|has| has.eq_ignore_ascii_case(wanted.trim()))
            })
        };
        let all = clinic.practitioners.iter().filter(|it| {
            it.role == Role::Interpreter
                && !it.is_out
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
}
