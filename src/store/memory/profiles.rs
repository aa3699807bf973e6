//! Profiles, lists, the waiting list and tasks in the memory store.

use super::at_most;
use super::state::{State, ensure};
use crate::domain::schedule::{Claim, ClaimState, Exception, Schedule, Service};
use crate::domain::visit::{Closed, Visit};
use crate::protocol::ids::{
    AppointmentId, OrganisationId, PersonId, ServiceId, TaskId, WaitlistId,
};
use crate::protocol::person::Role;
use crate::protocol::time::UnixMillis;
use crate::store::schedule::{
    BookingRecord, LiveFilter, MAX_WISHES, PatientRecord, PractitionerRecord, TaskRecord,
    WaitlistRecord,
};
use crate::store::verdict::{PRACTITIONERS, wall_time_surely_before};
use crate::store::{Answered, Conflict, PersonRecord, StoreError, Stored};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Of two who write the same revision, one is told `Stale`.
fn check_revision(next: u32, before: Option<u32>) -> Stored<()> {
    ensure(next.checked_sub(1) == Some(before.unwrap_or(0)), Conflict::Stale)
}

impl State {
    pub(super) fn save_service(
        &mut self,
        of: OrganisationId,
        service: Service,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.check_key(answered.as_ref())?;
        let before = self.booked.services.get(&service.service_id);
        check_revision(service.revision, before.map(|it| it.revision))?;
        if service.duration.is_zero() || service.capacity == 0 {
            return Err(StoreError::Aborted);
        }
        let whose = self.houses.services.entry(service.service_id).or_insert(of);
        ensure(*whose == of, Conflict::Stale)?;
        self.booked.services.insert(service.service_id, service);
        self.keep(answered);
        Ok(())
    }

    pub(super) fn practitioners(&self, of: OrganisationId) -> Vec<PractitionerRecord> {
        let is_theirs =
            |it: &&PersonRecord| it.organisation_id == of && PRACTITIONERS.contains(&it.role);
        let accounts = self.people.values().filter(is_theirs);
        let record = |id: PersonId| self.booked.practitioners.get(&id).cloned();
        let both = accounts.map(|it| {
            let (name, zone) = (it.display_name.clone(), it.time_zone.clone());
            let is_out = it.standing.is_out();
            let plain = PractitionerRecord::without_profile(
                it.person_id,
                name.clone(),
                it.role,
                zone.clone(),
            );
            match record(it.person_id) {
                // What is of the account is as the account has it.
                Some(kept) => PractitionerRecord {
                    display_name: name,
                    role: it.role,
                    time_zone: zone,
                    is_out,
                    ..kept
                },
                None => PractitionerRecord { is_out, ..plain },
            }
        });
        let mut all: Vec<_> = both.collect();
        all.sort_by(|a, b| (&a.display_name, a.person_id).cmp(&(&b.display_name, b.person_id)));
        all
    }

    pub(super) fn save_practitioner(
        &mut self,
        record: PractitionerRecord,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.check_key(answered.as_ref())?;
        self.check_role(record.person_id, &PRACTITIONERS)?;
        let before = self.booked.practitioners.get(&record.person_id);
        check_revision(record.revision, before.map(|it| it.revision))?;
        self.booked.practitioners.insert(record.person_id, record);
        self.keep(answered);
        Ok(())
    }

    pub(super) fn patient(&self, id: PersonId) -> Option<PatientRecord> {
        self.check_role(id, &[Role::Patient]).ok()?;
        let kept = self.booked.patients.get(&id).cloned();
        Some(kept.unwrap_or_else(|| PatientRecord::without_profile(id)))
    }

    pub(super) fn save_patient(
        &mut self,
        record: PatientRecord,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.check_key(answered.as_ref())?;
        self.check_role(record.person_id, &[Role::Patient])?;
        let before = self.booked.patients.get(&record.person_id);
        check_revision(record.revision, before.map(|it| it.revision))?;
        if record.is_sealed() {
            self.note_sealed(&record, false)?;
        }
        self.booked.patients.insert(record.person_id, record);
        self.keep(answered);
        Ok(())
    }

    fn check_role(&self, id: PersonId, roles: &[Role]) -> Stored<()> {
        let role = self.people.get(&id).map(|it| it.role);
        ensure(role.is_some_and(|it| roles.contains(&it)), Conflict::Missing)
    }

    pub(super) fn schedule(&self, id: PersonId, from: UnixMillis) -> Schedule {
        let templates = self.booked.templates.values().filter(|(whose, _)| *whose == id);
        let holds_on = |it: &&Claim| match it.state {
            ClaimState::Busy(_) => true,
            ClaimState::Held { expires_at } => expires_at > from,
        };
        let claims = self.booked.claims(id).filter(|it| it.busy_until > from).filter(holds_on);
        let mut claims: Vec<_> = claims.cloned().collect();
        claims.sort_by_key(|it| (it.starts_at, it.slot_id));
        let fence = self.booked.fences.get(&id);
        let house = self.house_of_person(id).unwrap_or(OrganisationId::FIRST);
        Schedule {
            templates: templates.map(|(_, it)| it.clone()).collect(),
            exceptions: self.exceptions(Some(id), house, from),
            claims,
            revision: fence.map_or(0, |it| it.next_offset.saturating_sub(1)),
        }
    }

    /// Closures of an organisation, and with them somebody's exceptions.
    pub(super) fn exceptions(
        &self,
        of: Option<PersonId>,
        house: OrganisationId,
        from: UnixMillis,
    ) -> Vec<Exception> {
        let over = wall_time_surely_before(from);
        let is_theirs = |it: &Exception| match it.practitioner_id {
            None => self.houses.closures.get(&it.exception_id) == Some(&house),
            whose => whose == of,
        };
        let wanted = |it: &&Exception| it.ends_local > over && is_theirs(it);
        let mut found: Vec<_> = self.booked.exceptions.values().filter(wanted).cloned().collect();
        found.sort_by(|a, b| {
            (&a.starts_local, a.exception_id).cmp(&(&b.starts_local, b.exception_id))
        });
        found
    }

    pub(super) fn booking(&self, id: AppointmentId) -> Option<BookingRecord> {
        let kept = self.booked.bookings.get(&id)?.record.clone();
        let service = kept.service_id.and_then(|it| self.booked.services.get(&it));
        Some(BookingRecord { service_name: service.map(|it| it.name.clone()), ..kept })
    }

    pub(super) fn derived_otherwise(&self, tzdb: &str, filter: LiveFilter) -> Vec<BookingRecord> {
        let is_next = |it: &&Visit| {
            let (begin, id) = (it.facts.starts_at, it.facts.appointment_id);
            begin > filter.from
                || (begin == filter.from && filter.after.is_some_and(|after| id > after))
        };
        let live = self.live().filter(is_next);
        let mut live: Vec<_> =
            live.map(|it| (it.facts.starts_at, it.facts.appointment_id)).collect();
        live.sort_unstable();
        let bookings = live.into_iter().filter_map(|(_, id)| self.booking(id));
        let otherwise =
            bookings.filter(|it| !it.tzdb_version.is_empty() && it.tzdb_version != tzdb);
        otherwise.take(at_most(filter.limit)).collect()
    }

    pub(super) fn renew_derived(&mut self, tzdb: &str, of: &[(AppointmentId, u32)]) {
        for (id, version) in of {
            self.booked.bookings.change(id, |it| {
                if it.record.version == *version {
                    it.record.tzdb_version = tzdb.to_owned();
                }
            });
        }
    }

    fn live(&self) -> impl Iterator<Item = &Visit> {
        self.visits.values().filter(|it| it.closed.is_none())
    }

    pub(super) fn loads(&self, from: UnixMillis, until: UnixMillis) -> Vec<(PersonId, u32)> {
        let mut loads = BTreeMap::new();
        for it in self.live().filter(|it| (from..until).contains(&it.facts.starts_at)) {
            *loads.entry(it.facts.clinician_id).or_default() += 1;
        }
        loads.into_iter().collect()
    }

    pub(super) fn seen_by(&self, patient: PersonId) -> Vec<PersonId> {
        let mut last: BTreeMap<PersonId, UnixMillis> = BTreeMap::new();
        let took_place = self.visits.values().filter(|it| it.closed == Some(Closed::Ended));
        for it in took_place.filter(|it| it.facts.patient_id == patient) {
            let at = last.entry(it.facts.clinician_id).or_insert(it.facts.starts_at);
            *at = it.facts.starts_at.max(*at);
        }
        let mut seen: Vec<_> = last.into_iter().collect();
        seen.sort_by_key(|(id, at)| (Reverse(*at), *id));
        seen.into_iter().map(|(id, _)| id).collect()
    }

    pub(super) fn join_waitlist(
        &mut self,
        entry: WaitlistRecord,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.check_key(answered.as_ref())?;
        ensure(!self.booked.waitlist.contains_key(&entry.waitlist_id), Conflict::Stale)?;
        self.booked.check_service(Some(entry.service_id))?;
        let people = [Some(entry.patient_id), entry.clinician_id];
        let mut people = people.into_iter().flatten();
        ensure(people.all(|it| self.people.contains_key(&it)), Conflict::Missing)?;
        let theirs = self.who_waits(None, Some(entry.patient_id)).len();
        ensure(u32::try_from(theirs).is_ok_and(|it| it < MAX_WISHES), Conflict::Full)?;
        self.booked.waitlist.insert(entry.waitlist_id, entry);
        self.keep(answered);
        Ok(())
    }

    pub(super) fn leave_waitlist(
        &mut self,
        id: WaitlistId,
        patient: PersonId,
        answered: Option<Answered>,
    ) -> Stored<bool> {
        self.check_key(answered.as_ref())?;
        let entry = self.booked.waitlist.get(&id);
        if entry.is_none_or(|it| it.patient_id != patient) {
            return Ok(false);
        }
        self.booked.waitlist.remove(&id);
        self.keep(answered);
        Ok(true)
    }

    pub(super) fn who_waits(
        &self,
        service: Option<ServiceId>,
        patient: Option<PersonId>,
    ) -> Vec<WaitlistRecord> {
        let wanted = |it: &&WaitlistRecord| {
            service.is_none_or(|id| it.service_id == id)
                && patient.is_none_or(|id| it.patient_id == id)
        };
        let mut found: Vec<_> = self.booked.waitlist.values().filter(wanted).cloned().collect();
        found.sort_by_key(|it| (it.created_at, it.waitlist_id));
        found
    }

    pub(super) fn raise_task(&mut self, task: TaskRecord) -> Stored<()> {
        ensure(self.visits.contains_key(&task.appointment_id), Conflict::Missing)?;
        let is_open = |it: &TaskRecord| {
            it.done_at.is_none() && it.kind == task.kind && it.appointment_id == task.appointment_id
        };
        let is_there = self.booked.tasks.contains_key(&task.task_id)
            || self.booked.tasks.values().any(is_open);
        if !is_there {
            self.booked.tasks.insert(task.task_id, task);
        }
        Ok(())
    }

    pub(super) fn finish_task(
        &mut self,
        id: TaskId,
        at: UnixMillis,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.check_key(answered.as_ref())?;
        let open = self.booked.tasks.get(&id).filter(|it| it.done_at.is_none());
        ensure(open.is_some(), Conflict::Missing)?;
        self.booked.tasks.change(&id, |it| it.done_at = Some(at));
        self.keep(answered);
        Ok(())
    }
}
