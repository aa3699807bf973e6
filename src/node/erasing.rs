//! Legal holds, and the erasure of a patient's record.
//!
//! Invariants: ER-1 nobody is erased while a legal hold stands, before the time is over for which the law wants the record kept, or with
//! an appointment to come; a hold is looked at again in each transaction that destroys. What is destroyed are keys: of the conversations first, one after the other, then of the person, in one
//! transaction with name, address, sign-ins and the certificate. Whoever is interrupted in between calls again.
//! Does not: reach backups. They go by their age, see docs/records.md.

use crate::command::{Call, Execute, unsaved};
use crate::crypto::Owner;
use crate::crypto::certificate::{Signed, sign};
use crate::domain::policy::Who;
use crate::node::Node;
use crate::protocol::auth::Done;
use crate::protocol::close::CloseReason;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{ConversationId, ErasureId, LegalHoldId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::protocol::record::{
    AskErasure, EraseRecord, ErasureCard, ErasureCertificate, ErasureState, Erasures, LegalHold,
    LegalHolds, LiftLegalHold, ListErasures, ListLegalHolds, OwnErasure, ReadCertificate,
    ReadOwnErasure, SetLegalHold,
};
use crate::protocol::time::UnixMillis;
use crate::store::records::{
    CertificateRecord, Erase, ErasureRecord, HoldsOf, LegalHoldRecord, Lift,
};
use crate::store::{Conflict, StoreError, VisitFilter};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

/// What certificates are signed under.
const HEADING: &str = "bedside erasure certificate v1";
/// Holds and erasures of one answer: lists that people read.
const MOST: u32 = 200;
/// Appointments to come of one person that are looked at.
const MOST_TO_COME: u32 = 1_000;
/// Conversations that are listed at once. There is another list until there is none left.
const STEP: u32 = 100;
/// Why somebody is not erased.
const HELD: &str = "A legal hold stands against it.";
const MAX_REASON: usize = 500;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

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

impl Execute<AskErasure> for Node {
    async fn execute(&self, call: Call, _: AskErasure) -> Result<ErasureCard, Fault> {
        let record = ErasureRecord {
            erasure_id: ErasureId(Uuid::now_v7()),
            person_id: own(&call)?,
            asked_at: call.now,
            done: None,
        };
        // No answer is kept: asking again finds the same one, as it is then.
        let record = self.store.ask_erasure(record).await.map_err(unsaved)?;
        self.erasure_card(record).await
    }
}

impl Execute<ReadOwnErasure> for Node {
    async fn execute(&self, call: Call, _: ReadOwnErasure) -> Result<OwnErasure, Fault> {
        let erasure = match self.store.waiting_erasure(own(&call)?).await.map_err(unsaved)? {
            Some(record) => Some(self.erasure_card(record).await?),
            None => None,
        };
        Ok(OwnErasure { erasure })
    }
}

impl Execute<ListErasures> for Node {
    async fn execute(&self, call: Call, _: ListErasures) -> Result<Erasures, Fault> {
        let of = call.principal()?.organisation;
        let mut erasures = Vec::new();
        for it in self.store.erasures(of, MOST).await.map_err(unsaved)? {
            erasures.push(self.erasure_card(it).await?);
        }
        Ok(Erasures { erasures })
    }
}

impl Execute<ReadCertificate> for Node {
    async fn execute(&self, _: Call, op: ReadCertificate) -> Result<ErasureCertificate, Fault> {
        let found = self.store.erasure(op.erasure_id).await.map_err(unsaved)?;
        let (_, kept) = found.and_then(|it| it.done).ok_or(FaultCode::NotFound)?;
        Ok(certificate(op.erasure_id, kept))
    }
}

impl Execute<EraseRecord> for Node {
    async fn execute(&self, call: Call, op: EraseRecord) -> Result<ErasureCertificate, Fault> {
        let by = own(&call)?;
        let found = self.store.erasure(op.erasure_id).await.map_err(unsaved)?;
        let asked = found.ok_or(FaultCode::NotFound)?;
        if let Some((_, kept)) = asked.done {
            return Ok(certificate(op.erasure_id, kept));
        }
        self.may_be_erased(asked.person_id, call.now).await?;
        let conversations = self.destroy_conversations(asked.person_id).await?;
        let kept = self.certify(&asked, by, call.now, conversations)?;
        let output = certificate(op.erasure_id, kept.clone());
        let erase = Erase {
            erasure_id: op.erasure_id,
            person_id: asked.person_id,
            by,
            at: call.now,
            certificate: kept,
        };
        let answered = call.answered(&output)?;
        let ended = self.store.erase(erase, answered).await.map_err(unsaved)?;
        self.account_memory.forget(asked.person_id);
        self.keys.vault.forget(Owner::Person(asked.person_id.0));
        self.said.forget(asked.person_id);
        for session in ended {
            self.sessions.forget(session);
            self.sockets.close_session(session, CloseReason::SignedOut);
        }
        metrics::counter!("bedside_records_erased_total").increment(1);
        Ok(output)
    }
}

impl Node {
    async fn must_be_patient(&self, id: PersonId) -> Result<PersonId, Fault> {
        let person = self.store.person(id).await.map_err(unsaved)?;
        let is_patient = person.is_some_and(|it| it.role == Role::Patient);
        if is_patient { Ok(id) } else { Err(FaultCode::NotFound.into()) }
    }

    async fn erasure_card(&self, it: ErasureRecord) -> Result<ErasureCard, Fault> {
        let is_done = it.done.is_some();
        let holds =
            self.store.legal_holds(HoldsOf::Person(it.person_id), 1).await.map_err(unsaved)?;
        let is_held = !is_done && holds.first().is_some_and(|it| it.lifted_at.is_none());
        let not_before = match is_done {
            true => None,
            false => self.kept_until(it.person_id).await?,
        };
        Ok(ErasureCard {
            erasure_id: it.erasure_id,
            person_id: it.person_id,
            asked_at: it.asked_at,
            state: if is_done { ErasureState::Done } else { ErasureState::Asked },
            is_held,
            not_before,
        })
    }

    /// Until when the law wants the record of a patient kept, by the settings.
    async fn kept_until(&self, id: PersonId) -> Result<Option<UnixMillis>, Fault> {
        let Some(days) = self.config.retention.record_days else { return Ok(None) };
        let last = self.store.last_ends_at(id).await.map_err(unsaved)?;
        Ok(last.map(|it| it.plus(DAY.saturating_mul(days))))
    }

    async fn may_be_erased(&self, id: PersonId, now: UnixMillis) -> Result<(), Fault> {
        let not_now = |why| Err(Fault::new(FaultCode::NotAllowedNow).because(why));
        let holds = self.store.legal_holds(HoldsOf::Person(id), 1).await.map_err(unsaved)?;
        if holds.first().is_some_and(|it| it.lifted_at.is_none()) {
            return not_now(HELD);
        }
        if self.kept_until(id).await?.is_some_and(|until| until > now) {
            return not_now("The law wants the record kept; not_before says until when.");
        }
        let filter = VisitFilter {
            person_id: Some(id),
            from: Some(now),
            limit: MOST_TO_COME,
            ..Default::default()
        };
        let to_come = self.store.visits(filter).await.map_err(unsaved)?;
        if to_come.iter().any(|it| it.closed.is_none()) {
            return not_now("There are appointments to come: cancel them first.");
        }
        Ok(())
    }

    /// None is left when this returns. How many there were, ever: those too that were destroyed before.
    async fn destroy_conversations(&self, id: PersonId) -> Result<u32, Fault> {
        loop {
            let some = self.store.standing_talks(id, STEP).await.map_err(unsaved)?;
            if some.is_empty() {
                return self.store.destroyed_talks(id).await.map_err(unsaved);
            }
            let mut goes_on = false;
            for it in some {
                goes_on |= self.destroy_conversation(id, it).await?;
            }
            if !goes_on {
                return Err(FaultCode::Conflict.into());
            }
        }
    }

    async fn destroy_conversation(&self, of: PersonId, id: ConversationId) -> Result<bool, Fault> {
        let destroyed = match self.store.destroy_talk(of, id).await {
            Err(StoreError::Conflict(Conflict::Stale)) => {
                return Err(Fault::new(FaultCode::NotAllowedNow).because(HELD));
            }
            other => other.map_err(unsaved)?,
        };
        self.keys.vault.forget(Owner::Conversation(id.0));
        self.forget_talk(id);
        if let Some(record) = self.store.conversation(id).await.map_err(unsaved)? {
            self.touched(&record);
        }
        Ok(destroyed)
    }

    fn certify(
        &self,
        asked: &ErasureRecord,
        by: PersonId,
        now: UnixMillis,
        conversations: u32,
    ) -> Result<CertificateRecord, Fault> {
        let text = json!({
            "erasure_id": asked.erasure_id,
            "person_id": asked.person_id,
            "asked_at": asked.asked_at,
            "carried_out_at": now,
            "carried_out_by": by,
            "node": self.config.node,
            "destroyed": {
                "key_of_the_person": true,
                "keys_of_conversations": conversations,
                "name_and_address": true,
            },
        })
        .to_string();
        let signed = sign(self.keys.signing.expose(), HEADING, &text);
        let Signed { signature, public_key } = signed.map_err(|_| FaultCode::Internal)?;
        Ok(CertificateRecord { text, signature, public_key })
    }
}

fn own(call: &Call) -> Result<PersonId, Fault> {
    match call.principal()?.who {
        Who::Person(id) => Ok(id),
        Who::Participant(_) => Err(FaultCode::Forbidden.into()),
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

fn certificate(erasure_id: ErasureId, kept: CertificateRecord) -> ErasureCertificate {
    ErasureCertificate {
        erasure_id,
        text: kept.text,
        signature: kept.signature,
        public_key: kept.public_key,
    }
}
