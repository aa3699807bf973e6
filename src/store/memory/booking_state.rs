//! Decisions about schedules in the memory store.
//!
//! Invariant: a commit is applied as the SQL store applies it, change by change, and put back as a whole when one is
//! refused.

use super::booked::Booking;
use super::state::{State, conflict, ensure};
use crate::domain::schedule::{Claim, ClaimState, Exception};
use crate::protocol::ids::{AppointmentId, ExceptionId, HoldId, PersonId};
use crate::protocol::time::UnixMillis;
use crate::store::schedule::{
    BookingEvent, BookingRecord, HistoryRecord, HoldRecord, MAX_HOLDS, Moved, NewBooking,
    Rederived, ScheduleChange, ScheduleCommit,
};
use crate::store::verdict::{PRACTITIONERS, begins, is_for, plain_claim};
use crate::store::{
    Claim as Fence, Conflict, NewVisit, PersonRecord, StoreError, Stored, VisitCommit,
};
use std::collections::BTreeSet;
use uuid::Uuid;

impl State {
    pub(super) fn claim_schedule(&mut self, id: PersonId) -> Stored<Fence> {
        let role = self.people.get(&id).map(|it| it.role);
        ensure(role.is_some_and(|it| PRACTITIONERS.contains(&it)), Conflict::Missing)?;
        let first = Fence { epoch: 0, next_offset: 1 };
        let fence = self.booked.fences.entry(id).or_insert(first);
        fence.epoch = fence.epoch.checked_add(1).ok_or(StoreError::Aborted)?;
        Ok(*fence)
    }

    pub(super) fn commit_schedule(&mut self, commit: ScheduleCommit) -> Stored<()> {
        let practitioner = commit.practitioner_id;
        let fence = self.booked.fences.get(&practitioner).copied().ok_or(StoreError::Fenced)?;
        if fence.epoch != commit.epoch || fence.next_offset != commit.offset {
            return Err(StoreError::Fenced);
        }
        let next_offset = fence.next_offset.checked_add(1).ok_or(StoreError::Aborted)?;
        self.check_key(commit.answered.as_ref())?;
        self.check_audit(&commit.audit)?;
        self.can_be_booked(&commit)?;

        self.visits.begin();
        self.booked.begin();
        let humans = commit.humans();
        let changed = self.change_schedule(commit.changes, &humans, practitioner, commit.at);
        let outcome = changed.and_then(|()| self.check_announced(&commit.notices));
        self.visits.end(outcome.is_ok());
        self.booked.end(outcome.is_ok());
        outcome?;

        self.announce(commit.notices);
        self.booked.fences.insert(practitioner, Fence { next_offset, ..fence });
        self.keep(commit.answered);
        self.keep_audit(commit.audit);
        Ok(())
    }

    /// Whoever is to be booked has that role, and is neither suspended nor kept elsewhere; nor is whoever is booked for, who was not erased either.
    fn can_be_booked(&self, commit: &ScheduleCommit) -> Stored<()> {
        for (id, role) in commit.booked() {
            let Some(it) = self.people.get(&id) else { return conflict(Conflict::Missing) };
            let is_good = it.role == role && !it.standing.is_out();
            ensure(is_good, Conflict::Suspended)?;
        }
        let patients = commit.patients();
        let mut patients = patients.iter().filter_map(|it| self.people.get(it));
        ensure(!patients.clone().any(PersonRecord::is_erased), Conflict::Missing)?;
        ensure(!patients.any(|it| it.standing.is_elsewhere), Conflict::Suspended)
    }

    fn change_schedule(
        &mut self,
        changes: Vec<ScheduleChange>,
        humans: &BTreeSet<PersonId>,
        practitioner: PersonId,
        at: UnixMillis,
    ) -> Stored<()> {
        self.booked.sweep(humans, at);
        changes.into_iter().try_for_each(|it| self.apply(it, practitioner, at))
    }

    fn apply(
        &mut self,
        change: ScheduleChange,
        practitioner: PersonId,
        at: UnixMillis,
    ) -> Stored<()> {
        match change {
            ScheduleChange::SaveTemplate(it) => {
                let before = self.booked.templates.get(&it.template_id);
                let is_theirs = before.is_none_or(|(whose, _)| *whose == practitioner);
                ensure(is_theirs, Conflict::Missing)?;
                if it.starts_minute >= it.ends_minute {
                    return Err(StoreError::Aborted);
                }
                self.booked.templates.insert(it.template_id, (practitioner, it));
                Ok(())
            }
            ScheduleChange::RemoveTemplate(id) => {
                let before = self.booked.templates.get(&id);
                let is_theirs = before.is_some_and(|(whose, _)| *whose == practitioner);
                ensure(is_theirs, Conflict::Missing)?;
                self.booked.templates.remove(&id);
                Ok(())
            }
            ScheduleChange::SaveException(it) => self.put_exception(it, Some(practitioner)),
            ScheduleChange::RemoveException(id) => self.drop_exception(id, Some(practitioner)),
            ScheduleChange::Hold(record, claims) => self.hold(*record, claims, practitioner, at),
            ScheduleChange::Release(id) => {
                self.booked.release(id, practitioner);
                Ok(())
            }
            ScheduleChange::Book(hold, new) => self.book(hold, new, practitioner, at),
            ScheduleChange::Place(new, claim) => self.place(*new, claim, practitioner, at),
            ScheduleChange::Move(hold, moved) => self.move_to(hold, *moved, practitioner, at),
            ScheduleChange::Rederive(all) => self.rederive(all, practitioner, at),
            ScheduleChange::RaiseTask(task) => self.raise_task(task),
            ScheduleChange::ExtendHold(id, until) => {
                self.booked.extend(id, practitioner, until, at);
                Ok(())
            }
            ScheduleChange::UsePayment(id, hold, by) => self.use_payment(id, hold, by, at),
        }
    }

    pub(super) fn put_exception(&mut self, new: Exception, whose: Option<PersonId>) -> Stored<()> {
        let before = self.booked.exceptions.get(&new.exception_id);
        let is_theirs = before.is_none_or(|it| it.practitioner_id == whose);
        ensure(is_theirs && new.practitioner_id == whose, Conflict::Missing)?;
        if new.starts_local >= new.ends_local {
            return Err(StoreError::Aborted);
        }
        self.booked.exceptions.insert(new.exception_id, new);
        Ok(())
    }

    pub(super) fn drop_exception(
        &mut self,
        id: ExceptionId,
        whose: Option<PersonId>,
    ) -> Stored<()> {
        let before = self.booked.exceptions.get(&id);
        ensure(before.is_some_and(|it| it.practitioner_id == whose), Conflict::Missing)?;
        self.booked.exceptions.remove(&id);
        Ok(())
    }

    fn hold(
        &mut self,
        record: HoldRecord,
        claims: Vec<Claim>,
        practitioner: PersonId,
        at: UnixMillis,
    ) -> Stored<()> {
        ensure(record.practitioner_id == practitioner, Conflict::Stale)?;
        let people = [record.practitioner_id, record.patient_id, record.held_by];
        let others = record.interpreter_id.into_iter();
        let others = others.chain(claims.iter().map(|it| it.practitioner_id));
        let mut all = people.into_iter().chain(others);
        ensure(all.all(|it| self.people.contains_key(&it)), Conflict::Missing)?;
        let open = self.booked.open_holds(record.patient_id, at);
        ensure(open < MAX_HOLDS, Conflict::Full)?;
        self.booked.hold(record, claims)
    }

    fn book(
        &mut self,
        hold: HoldId,
        new: Vec<NewBooking>,
        practitioner: PersonId,
        at: UnixMillis,
    ) -> Stored<()> {
        let claims = self.booked.take(hold, practitioner, at)?;
        let Some(begins) = begins(&claims, practitioner) else {
            return conflict(Conflict::Stale);
        };
        ensure(is_for(&begins, &new, practitioner), Conflict::Stale)?;
        for it in new {
            let facts = it.visit.visit.facts.clone();
            self.insert_booking(it, at)?;
            self.booked.occupy(&begins, &claims, facts.starts_at, facts.appointment_id)?;
        }
        Ok(())
    }

    fn place(
        &mut self,
        new: NewBooking,
        claim: Claim,
        practitioner: PersonId,
        at: UnixMillis,
    ) -> Stored<()> {
        let facts = &new.visit.visit.facts;
        let is_theirs = facts.clinician_id == practitioner && claim.practitioner_id == practitioner;
        ensure(is_theirs, Conflict::Stale)?;
        let id = facts.appointment_id;
        self.insert_booking(new, at)?;
        self.claim_for(id, claim)
    }

    fn claim_for(&mut self, id: AppointmentId, claim: Claim) -> Stored<()> {
        let (hold_id, state) = (HoldId(Uuid::nil()), ClaimState::Busy(id));
        let key = self.booked.claim(Claim { hold_id, state, ..claim })?;
        self.booked.bookings.change(&id, |it| it.claims.push(key));
        Ok(())
    }

    fn move_to(
        &mut self,
        hold: HoldId,
        moved: Moved,
        practitioner: PersonId,
        at: UnixMillis,
    ) -> Stored<()> {
        let id = moved.appointment_id;
        let claims = self.booked.take(hold, practitioner, at)?;
        let Some(begins) = begins(&claims, practitioner) else {
            return conflict(Conflict::Stale);
        };
        ensure(begins.len() == 1 && begins.contains_key(&moved.starts_at), Conflict::Stale)?;
        let version = self.next_version(&moved, practitioner)?;

        self.booked.vacate(id);
        let others = claims.iter().map(|it| it.practitioner_id);
        let interpreter = others.into_iter().find(|it| *it != practitioner);
        self.booked.occupy(&begins, &claims, moved.starts_at, id)?;
        self.retime(&moved, version, interpreter, at);
        Ok(())
    }

    /// The version that a move makes, if all is as it was when it was decided.
    fn next_version(&self, moved: &Moved, practitioner: PersonId) -> Stored<u32> {
        let id = moved.appointment_id;
        let version = self.booked.bookings.get(&id).map(|it| it.record.version);
        let is_as_decided = self.visits.get(&id).is_some_and(|it| {
            it.closed.is_none()
                && it.facts.clinician_id == practitioner
                && it.revision == moved.visit_revision
        });
        ensure(is_as_decided && version == Some(moved.from_version), Conflict::Stale)?;
        if moved.starts_at >= moved.ends_at {
            return Err(StoreError::Aborted);
        }
        moved.from_version.checked_add(1).ok_or(StoreError::Aborted)
    }

    fn retime(
        &mut self,
        moved: &Moved,
        version: u32,
        interpreter: Option<PersonId>,
        at: UnixMillis,
    ) {
        let id = moved.appointment_id;
        self.booked.settle_conflict(id, at);
        self.booked.bookings.change(&id, |it| {
            it.record.version = version;
            it.record.interpreter_id = interpreter;
            it.record.local_start.clone_from(&moved.local_start);
            it.record.tzdb_version.clone_from(&moved.tzdb_version);
            it.record.jurisdiction.clone_from(&moved.jurisdiction);
            it.record.licence_override.clone_from(&moved.licence_override);
        });
        self.visits.change(&id, |it| {
            it.facts.starts_at = moved.starts_at;
            it.facts.ends_at = moved.ends_at;
            it.facts.time_zone.clone_from(&moved.time_zone);
            it.facts.booking.version = version;
        });
        self.remember(id, BookingEvent::Moved, at, moved.by);
    }

    fn rederive(
        &mut self,
        all: Vec<Rederived>,
        practitioner: PersonId,
        at: UnixMillis,
    ) -> Stored<()> {
        for it in &all {
            let version = self.next_version(&it.moved, practitioner)?;
            let others = it.claims.iter().map(|it| it.practitioner_id);
            let interpreter = others.into_iter().find(|it| *it != practitioner);
            self.booked.vacate(it.moved.appointment_id);
            self.booked.bookings.change(&it.moved.appointment_id, |it| it.claims.clear());
            self.retime(&it.moved, version, interpreter, at);
        }
        for it in all {
            let id = it.moved.appointment_id;
            it.claims.into_iter().try_for_each(|claim| self.claim_for(id, claim))?;
        }
        Ok(())
    }

    fn insert_booking(&mut self, new: NewBooking, at: UnixMillis) -> Stored<()> {
        let id = new.visit.visit.facts.appointment_id;
        self.check_visit(&new.visit)?;
        self.booked.check_service(new.booking.service_id)?;
        let interpreter = new.booking.interpreter_id;
        let is_there = interpreter.is_none_or(|it| self.people.contains_key(&it));
        ensure(is_there, Conflict::Missing)?;
        self.visits.insert(id, new.visit.visit);
        let record = BookingRecord { appointment_id: id, ..new.booking };
        self.booked.bookings.insert(id, Booking { record, claims: vec![] });
        self.remember(id, BookingEvent::Booked, at, new.by);
        Ok(())
    }

    /// An appointment that somebody made without a schedule.
    pub(super) fn insert_plain(&mut self, new: NewVisit) -> Stored<()> {
        self.check_visit(&new)?;
        let facts = new.visit.facts.clone();
        let id = facts.appointment_id;
        let is_live = new.visit.closed.is_none();
        let claim = plain_claim(&facts);
        if is_live {
            self.booked.check_claim(&claim)?;
        }
        let record = BookingRecord {
            appointment_id: id,
            version: 1,
            service_id: None,
            service_name: None,
            interpreter_id: None,
            series_id: None,
            reason: None,
            sealed_reason: None,
            jurisdiction: None,
            licence_override: None,
            local_start: String::new(),
            tzdb_version: String::new(),
        };
        self.visits.insert(id, new.visit);
        self.booked.bookings.insert(id, Booking { record, claims: vec![] });
        self.remember(id, BookingEvent::Booked, new.created_at, None);
        if is_live { self.claim_for(id, claim) } else { Ok(()) }
    }

    /// What a commit of a visit does to its appointment when it cancels it.
    pub(super) fn cancel(&mut self, commit: &VisitCommit) {
        let id = commit.visit.facts.appointment_id;
        self.booked.vacate(id);
        self.look_at_payment(id, commit.at());
        self.booked.bookings.change(&id, |it| it.record.version += 1);
        if let Some(version) = self.booked.bookings.get(&id).map(|it| it.record.version) {
            self.visits.change(&id, |it| it.facts.booking.version = version);
        }
        self.remember(id, BookingEvent::Cancelled, commit.at(), commit.cancelled_by());
    }

    /// Writes the line for what the appointment is now.
    fn remember(
        &mut self,
        id: AppointmentId,
        event: BookingEvent,
        at: UnixMillis,
        by: Option<PersonId>,
    ) {
        let visit = self.visits.get(&id).map(|it| &it.facts);
        if let Some((facts, booking)) = visit.zip(self.booked.bookings.get(&id)) {
            let line = HistoryRecord {
                appointment_id: id,
                version: booking.record.version,
                event,
                at,
                by,
                clinician_id: facts.clinician_id,
                starts_at: facts.starts_at,
                ends_at: facts.ends_at,
            };
            self.booked.remember(line);
        }
    }
}
