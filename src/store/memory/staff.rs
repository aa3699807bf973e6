//! Accounts changed by administrators, in the memory store.

use super::state::{State, ensure};
use super::{Memory, Point};
use crate::domain::people::Account;
use crate::domain::visit::Visit;
use crate::protocol::ids::{ConversationId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::time::UnixMillis;
use crate::store::people::{Changed, PersonChange, Staff, Standing};
use crate::store::{Answered, Conflict, PersonRecord, StoreError, Stored};
use async_trait::async_trait;

#[async_trait]
impl Staff for Memory {
    async fn change_person(
        &self,
        change: PersonChange,
        answered: Option<Answered>,
    ) -> Stored<Changed> {
        self.write(Point::ChangePerson, |state| state.change_person(change, answered)).await
    }

    async fn appointments_ahead(&self, of: PersonId, now: UnixMillis) -> Stored<u32> {
        Ok(self.state().ahead(of, now))
    }
}

impl State {
    fn change_person(
        &mut self,
        change: PersonChange,
        answered: Option<Answered>,
    ) -> Stored<Changed> {
        self.check_key(answered.as_ref())?;
        let (by, at, id) = (change.by, change.at, change.person.person_id);
        let missing = StoreError::Conflict(Conflict::Missing);
        let before = self.people.get(&id).cloned().ok_or(missing)?;
        let is_of_house = before.organisation_id == change.person.organisation_id;
        ensure(is_of_house, Conflict::Missing)?;
        let next = before.standing.revision.checked_add(1);
        ensure(next == Some(change.person.standing.revision), Conflict::Stale)?;
        let is_admin = |it: &&PersonRecord| {
            it.organisation_id == before.organisation_id
                && it.role == Role::Admin
                && it.may_sign_in()
        };
        let admins = || self.people.values().filter(is_admin);
        let others = admins().filter(|it| it.person_id != id).count();
        let account = Account {
            role: before.role,
            status: before.status(),
            is_own: by == id,
            is_asked_by_admin: admins().any(|it| it.person_id == by),
            ahead: self.ahead(id, at),
            other_admins: u32::try_from(others).unwrap_or(u32::MAX),
        };
        let has_to_go = match change.judge(&before, &account, &self.residency) {
            Ok(has_to_go) => has_to_go,
            Err(why) => return Ok(Changed::Refused(why)),
        };
        let mut person = change.person;
        person.standing.judged_by(&self.residency);
        let is_renamed = before.display_name != person.display_name;
        let renamed_in = if is_renamed { self.rename(&person, at) } else { vec![] };
        // What the change is not about stays as it is.
        let (invited_at, password_until) =
            (before.standing.invited_at, before.standing.password_until);
        let saved = PersonRecord {
            display_name: person.display_name,
            role: person.role,
            time_zone: person.time_zone,
            standing: Standing { invited_at, password_until, ..person.standing },
            ..before
        };
        self.people.insert(id, saved);
        let ended = if has_to_go { self.end_sessions(id, None, at) } else { vec![] };
        self.keep(answered);
        Ok(Changed::Done { ended, renamed_in })
    }

    fn ahead(&self, of: PersonId, now: UnixMillis) -> u32 {
        let interprets = |it: &Visit| {
            let booking = self.booked.bookings.get(&it.facts.appointment_id);
            booking.is_some_and(|it| it.record.interpreter_id == Some(of))
        };
        let with = |it: &Visit| it.facts.clinician_id == of || it.facts.patient_id == of;
        let is_theirs = |it: &&Visit| is_to_come(it, now) && (with(it) || interprets(it));
        u32::try_from(self.visits.values().filter(is_theirs).count()).unwrap_or(u32::MAX)
    }

    fn rename(&mut self, person: &PersonRecord, now: UnixMillis) -> Vec<ConversationId> {
        let (id, name) = (person.person_id, &person.display_name);
        let to_come = self.visits.values().filter(|it| is_to_come(it, now));
        let to_come: Vec<_> = to_come.map(|it| it.facts.appointment_id).collect();
        for visit in to_come {
            self.visits.change(&visit, |it| {
                let theirs = it.members.values_mut().filter(|it| it.person_id == Some(id));
                theirs.for_each(|it| it.display_name.clone_from(name));
            });
        }
        let mut renamed_in = vec![];
        for (talk, chat) in &mut self.talks.chats {
            for it in chat.record.members.iter_mut().filter(|it| it.person_id == Some(id)) {
                it.display_name.clone_from(name);
                renamed_in.push(*talk);
            }
        }
        renamed_in
    }
}

fn is_to_come(it: &Visit, now: UnixMillis) -> bool {
    it.closed.is_none() && it.facts.ends_at > now
}
