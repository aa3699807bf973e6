//! Legal holds: why somebody's record may not be erased.
//!
//! Invariant: a hold is set at once and lifted with a fresh proof, each with its reason. Does not: stop anything by itself; whoever destroys
//! looks for one (`erasing`, `housekeeping`).

use super::own;
use crate::command::{Call, Execute, unsaved};
use crate::node::Node;
use crate::protocol::auth::Done;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{LegalHoldId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::protocol::record::{LegalHold, LegalHolds, LiftLegalHold, ListLegalHolds, SetLegalHold};
use crate::store::records::{HoldsOf, LegalHoldRecord, Lift};
use uuid::Uuid;

/// Holds of one answer: a list that people read.
const MOST: u32 = 200;
/// Characters of a reason: which case, and who asked for it.
const MAX_REASON: usize = 500;

impl Execute<ListLegalHolds> for Node {
    async fn execute(&self, call: Call, _: ListLegalHolds) -> Result<LegalHolds, Fault> {
        let of = HoldsOf::Organisation(call.principal()?.organisation);
        let holds = self.store.legal_holds(of, MOST).await.map_err(unsaved)?;
        Ok(LegalHolds { holds: holds.into_iter().map(hold).collect() })
    }
}

impl Execute<SetLegalHold> for Node {
    async fn execute(&self, call: Call, op: SetLegalHold) -> Result<LegalHold, Fault> {
        let record = LegalHoldRecord {
            hold_id: LegalHoldId(Uuid::now_v7()),
            person_id: self.must_be_patient(op.person_id).await?,
            reason: reason(&op.reason)?,
            set_by: own(&call)?,
            set_at: call.now,
            lifted_at: None,
        };
        let output = hold(record.clone());
        let answered = call.answered(&output)?;
        self.store.set_legal_hold(record, answered).await.map_err(unsaved)?;
        Ok(output)
    }
}

impl Execute<LiftLegalHold> for Node {
    async fn execute(&self, call: Call, op: LiftLegalHold) -> Result<Done, Fault> {
        let (by, at) = (own(&call)?, call.now);
        let lift = Lift { hold_id: op.hold_id, by, at, reason: reason(&op.reason)? };
        let answered = call.answered(&Done {})?;
        self.store.lift_legal_hold(lift, answered).await.map_err(unsaved)?;
        Ok(Done {})
    }
}

impl Node {
    async fn must_be_patient(&self, id: PersonId) -> Result<PersonId, Fault> {
        let person = self.store.person(id).await.map_err(unsaved)?;
        let is_patient = person.is_some_and(|it| it.role == Role::Patient);
        if is_patient { Ok(id) } else { Err(FaultCode::NotFound.into()) }
    }
}

fn reason(said: &Phi<String>) -> Result<Phi<String>, Fault> {
    let said = said.expose().trim();
    match said.is_empty() || said.chars().count() > MAX_REASON {
        true => Err(Fault::invalid("reason", "1 to 500 characters.")),
        false => Ok(said.into()),
    }
}

fn hold(it: LegalHoldRecord) -> LegalHold {
    LegalHold {
        hold_id: it.hold_id,
        person_id: it.person_id,
        reason: it.reason,
        set_at: it.set_at,
        set_by: it.set_by,
        lifted_at: it.lifted_at,
    }
}
