//! What patients share, said and enforced where conversations are read.
//!
//! Invariant: a version that was saved holds for every reading that begins after it, and whoever follows a conversation that is not shared
//! with them any more hears nothing from then on. Does not: decide (`domain::policy::records`).

use crate::actors::cards::MAX_CARDS;
use crate::actors::sharing::unshared;
use crate::command::{Call, Execute, unsaved};
use crate::domain::policy::records::{Asker, Facts};
use crate::domain::policy::{Principal, Who};
use crate::node::Node;
use crate::protocol::appointment::AppointmentCard;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{ConversationId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::sharing::{
    FieldClass, ListSharingVersions, ReadSharing, Sharing, SharingState, SharingVersions,
    UpdateSharing,
};
use crate::protocol::time::UnixMillis;
use crate::store::Stored;
use crate::store::sharing::SharingRecord;

/// Versions of one list.
const MAX_VERSIONS: u32 = 200;

impl Execute<ReadSharing> for Node {
    async fn execute(&self, call: Call, _: ReadSharing) -> Result<SharingState, Fault> {
        let kept = self.store.sharing(own(&call)?).await.map_err(unsaved)?;
        let never = SharingState { sharing: Sharing::default(), revision: 0, at: None };
        Ok(kept.map_or(never, state))
    }
}

impl Execute<ListSharingVersions> for Node {
    async fn execute(&self, call: Call, _: ListSharingVersions) -> Result<SharingVersions, Fault> {
        let kept = self.store.sharing_versions(own(&call)?, MAX_VERSIONS).await;
        Ok(SharingVersions { versions: kept.map_err(unsaved)?.into_iter().map(state).collect() })
    }
}

impl Execute<UpdateSharing> for Node {
    async fn execute(&self, call: Call, op: UpdateSharing) -> Result<SharingState, Fault> {
        let person_id = own(&call)?;
        let revision = op.revision.saturating_add(1);
        let record = SharingRecord { person_id, revision, sharing: op.sharing, at: call.now };
        let output = state(record);
        let answered = call.answered(&output)?;
        let talks = self.store.save_sharing(record, answered).await.map_err(unsaved)?;
        for id in talks {
            // Whoever follows asks anew, and is denied who may not any more.
            self.forget_talk(id);
            match self.store.conversation(id).await {
                Ok(Some(record)) => self.touched(&record),
                // It is saved, and asked for again (`mailbox`).
                Ok(None) | Err(_) => metrics::counter!("bedside_untold_total").increment(1),
            }
        }
        Ok(output)
    }
}

impl Node {
    /// Whether a conversation is shared with a caller who is in it.
    ///
    /// # Errors
    /// [`FaultCode::NotFound`]: as for whoever is not in it.
    pub(super) async fn must_be_shared(
        &self,
        principal: &Principal,
        id: ConversationId,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        let asker = (principal.who, principal.role);
        let closed = unshared(self.store.as_ref(), asker, &[id], now).await.map_err(unsaved)?;
        if closed.is_empty() { Ok(()) } else { Err(FaultCode::NotFound.into()) }
    }

    /// A clinician has an appointment less with a patient: of the patient's conversations with others that they were called into, those
    /// that only who treats may read are not theirs any more. Whoever follows asks anew.
    pub(super) async fn treats_less(&self, patient: PersonId, clinician: PersonId) -> Stored<()> {
        let theirs = self.store.conversations_of(clinician, MAX_CARDS).await?;
        let of_others = theirs
            .iter()
            .map(|it| &it.record)
            .filter(|it| it.patient_id == patient && it.clinician_id != clinician);
        for record in of_others {
            self.forget_talk(record.conversation_id);
            self.touched(record);
        }
        Ok(())
    }

    /// What an appointment is about, on the card of an interpreter or a guest of it, where the patient says so. `whole`: the card with
    /// all that it says.
    pub(super) async fn with_shared_complaint(
        &self,
        role: Role,
        shown: AppointmentCard,
        whole: AppointmentCard,
    ) -> Result<AppointmentCard, Fault> {
        let is_helper = matches!(role, Role::Interpreter | Role::Caregiver | Role::Colleague);
        if !is_helper || whole.reason.is_none() {
            return Ok(shown);
        }
        let sharing = self.shared_by(whole.patient.person_id).await?;
        let facts =
            Facts { asker: Asker::Helper, sharing, consents_to_sharing: false, has_grant: false };
        let sees = facts.may_see(FieldClass::Complaint);
        Ok(AppointmentCard { reason: whole.reason.filter(|_| sees), ..shown })
    }
}

fn own(call: &Call) -> Result<PersonId, Fault> {
    match call.principal()?.who {
        Who::Person(id) => Ok(id),
        Who::Participant(_) => Err(FaultCode::Forbidden.into()),
    }
}

fn state(it: SharingRecord) -> SharingState {
    SharingState { sharing: it.sharing, revision: it.revision, at: Some(it.at) }
}
