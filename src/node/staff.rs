//! Accounts changed by administrators: what somebody is called and is, and whether they can sign in.
//!
//! Invariants: PE-1 what may be changed is judged in the transaction that changes it; with another role, and when they are suspended, every
//! sign-in of somebody ends, here at once. Why somebody is suspended is for administrators to read, and in no log.
//! Does not: judge (`domain::people`), or open sessions.

use crate::command::{Call, Execute, unsaved};
use crate::domain::people::{Refusal, Wish};
use crate::domain::policy::Who;
use crate::node::Node;
use crate::node::people::{checked_name, must_be_zone};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::PersonId;
use crate::protocol::person::{
    Person, PersonStatus, PersonSuspended, ReinstatePerson, SuspendPerson, UpdatePerson,
};
use crate::protocol::phi::Phi;
use crate::store::people::{Changed, PersonChange, Standing, SuspendedRecord};
use crate::store::{Answered, PersonRecord};

/// Characters of why somebody is suspended.
const MAX_REASON: usize = 500;

impl Execute<UpdatePerson> for Node {
    async fn execute(&self, call: Call, op: UpdatePerson) -> Result<Person, Fault> {
        let before = self.somebody(op.person_id).await?;
        if before.standing.revision != op.revision {
            return Err(FaultCode::Conflict.into());
        }
        must_be_zone(&op.time_zone)?;
        let home_region = self.home_after(&before, op.home_region.as_deref())?;
        let is_elsewhere = self.store.residency().is_elsewhere(home_region.as_ref());
        let standing = next(&before, before.standing.suspended.clone());
        let after = PersonRecord {
            display_name: checked_name(&op.display_name)?,
            role: op.role,
            time_zone: op.time_zone,
            standing: Standing { home_region, is_elsewhere, ..standing },
            ..before
        };
        let output = self.person_of(&after);
        let answered = call.answered(&output)?;
        self.change(&call, after, Wish::Become(op.role), answered).await?;
        Ok(output)
    }
}

impl Execute<SuspendPerson> for Node {
    async fn execute(&self, call: Call, op: SuspendPerson) -> Result<PersonSuspended, Fault> {
        let reason = reason(&op.reason)?;
        let before = self.somebody(op.person_id).await?;
        let suspended = SuspendedRecord { at: call.now, by: own(&call)?, reason };
        let after = PersonRecord { standing: next(&before, Some(suspended)), ..before };
        let ahead = self.store.appointments_ahead(op.person_id, call.now).await;
        let output = PersonSuspended {
            person: self.person_of(&after),
            appointments_ahead: ahead.map_err(unsaved)?,
        };
        let answered = call.answered(&output)?;
        self.change(&call, after, Wish::Suspend, answered).await?;
        Ok(output)
    }
}

impl Execute<ReinstatePerson> for Node {
    async fn execute(&self, call: Call, op: ReinstatePerson) -> Result<Person, Fault> {
        let before = self.somebody(op.person_id).await?;
        let after = PersonRecord { standing: next(&before, None), ..before };
        let output = self.person_of(&after);
        let answered = call.answered(&output)?;
        self.change(&call, after, Wish::Reinstate, answered).await?;
        Ok(output)
    }
}

impl Node {
    /// An account that is there and was not erased: there is nothing of it to be changed or helped.
    pub(super) async fn somebody(&self, id: PersonId) -> Result<PersonRecord, Fault> {
        let found = self.store.person(id).await.map_err(unsaved)?;
        let found = found.ok_or(FaultCode::NotFound)?;
        match found.status() {
            PersonStatus::Erased => Err(Refusal::Erased.into()),
            PersonStatus::Active
            | PersonStatus::Suspended
            | PersonStatus::Elsewhere
            | PersonStatus::Invited => Ok(found),
        }
    }

    async fn change(
        &self,
        call: &Call,
        person: PersonRecord,
        wish: Wish,
        answered: Option<Answered>,
    ) -> Result<(), Fault> {
        let id = person.person_id;
        let change = PersonChange { person, by: own(call)?, at: call.now, wish };
        let changed = self.store.change_person(change, answered).await.map_err(unsaved)?;
        let (ended, renamed_in) = match changed {
            Changed::Done { ended, renamed_in } => (ended, renamed_in),
            Changed::Refused(why) => return Err(why.into()),
        };
        self.account_memory.forget(id);
        self.clinic_memory.forget();
        ended.iter().for_each(|it| self.session_ended(it));
        renamed_in.into_iter().for_each(|it| self.forget_talk(it));
        Ok(())
    }
}

fn own(call: &Call) -> Result<PersonId, Fault> {
    match call.principal()?.who {
        Who::Person(id) => Ok(id),
        Who::Participant(_) => Err(FaultCode::Forbidden.into()),
    }
}

fn next(before: &PersonRecord, suspended: Option<SuspendedRecord>) -> Standing {
    let revision = before.standing.revision.saturating_add(1);
    Standing { revision, suspended, ..before.standing.clone() }
}

fn reason(said: &Phi<String>) -> Result<Phi<String>, Fault> {
    let said = said.expose().trim();
    match said.is_empty() || said.chars().count() > MAX_REASON {
        true => Err(Fault::invalid("reason", "1 to 500 characters.")),
        false => Ok(said.into()),
    }
}
