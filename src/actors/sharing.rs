//! Which conversations somebody who is in them may not read, because their patient does not share them.
//!
//! Owns: the facts of that question, read when it is asked. Invariant: PO-2 the patient and whoever the conversation was opened with
//! read it; of everybody else it is asked each time, by `domain::policy::records`. A licence is not asked for: who was called in was so by
//! somebody who treats. Does not: know who is in a conversation (`domain::conversation`).

use crate::domain::policy::Who;
use crate::domain::policy::records::{Asker, Between, Facts, Profession, Relation, relation};
use crate::protocol::ids::{ConversationId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::sharing::FieldClass;
use crate::protocol::time::UnixMillis;
use crate::store::sharing::{PartiesRecord, RelationRecord};
use crate::store::{Store, Stored};
use std::collections::BTreeSet;

/// Those of these that this caller may not read.
///
/// # Errors
/// Those of the store.
pub async fn unshared(
    store: &dyn Store,
    (who, role): (Who, Role),
    ids: &[ConversationId],
    now: UnixMillis,
) -> Stored<BTreeSet<ConversationId>> {
    let mut closed = BTreeSet::new();
    // The patient's own; and administrators and support are in none.
    if ids.is_empty() || matches!(role, Role::Patient | Role::Admin | Role::Support) {
        return Ok(closed);
    }
    for (id, parties) in store.parties(ids).await? {
        // Who never said shares all messages with those who are in a conversation.
        let Some(sharing) = parties.sharing else { continue };
        let Some(asker) = asker(store, (who, role), &parties, now).await? else { continue };
        let facts = Facts { asker, sharing, consents_to_sharing: false, has_grant: false };
        if !facts.may_see(FieldClass::Messages) {
            closed.insert(id);
        }
    }
    Ok(closed)
}

/// Nobody who has to be asked about: the conversation was opened with them, or a link let them in as who treats.
async fn asker(
    store: &dyn Store,
    (who, role): (Who, Role),
    parties: &PartiesRecord,
    now: UnixMillis,
) -> Stored<Option<Asker>> {
    match (role, who) {
        (Role::Clinician, Who::Person(id)) if id == parties.clinician_id => Ok(None),
        (Role::Clinician, Who::Participant(_)) => Ok(None),
        (Role::Clinician, Who::Person(id)) => {
            let relation = stands(store, parties.patient_id, id, now).await?;
            let relation = relation.max(Relation::CareTeam);
            let profession = Profession::Specialist;
            Ok(Some(Asker::Clinician { relation, profession, is_licensed: true }))
        }
        _ => Ok(Some(Asker::Helper)),
    }
}

/// How a clinician stands to a patient at this moment.
///
/// # Errors
/// Those of the store.
pub async fn stands(
    store: &dyn Store,
    patient: PersonId,
    clinician: PersonId,
    now: UnixMillis,
) -> Stored<Relation> {
    let kept = store.relation(patient, clinician).await?;
    let RelationRecord { last_visit_ends, last_arranged_ends, is_member } = kept;
    Ok(relation(Between { last_visit_ends, last_arranged_ends, is_member }, now))
}
