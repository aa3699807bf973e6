//! The erasure of a patient's record, or of their conversations alone.
//!
//! Invariants: ER-1 nobody is erased while a legal hold stands, before the time is over for which the law wants the record kept, or with
//! an appointment to come; a hold is looked at again in each transaction that destroys. What is destroyed are keys: of the conversations first, one after the other, then of the person, in one
//! transaction with name, address, sign-ins and the certificate. Whoever is interrupted in between calls again.
//! ER-2 of an erasure of conversations the same holds, but that appointments to come stand against nothing: the conversations of their visits, and of
//! one that is under way, stay, and the certificate says how many. The person keeps their key, and all that is sealed by it.
//! Does not: reach backups. They go by their age, see docs/records.md.

mod legal_holds;

use crate::command::{Call, Execute, unsaved};
use crate::crypto::Owner;
use crate::crypto::certificate::{Signed, sign};
use crate::domain::policy::Who;
use crate::domain::visit::CLOSES_AFTER;
use crate::node::Node;
use crate::protocol::close::CloseReason;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{ConversationId, ErasureId, PersonId};
use crate::protocol::record::{
    AskErasure, EraseRecord, ErasureCard, ErasureCertificate, ErasureScope, ErasureState, Erasures,
    ListErasures, OwnErasure, ReadCertificate, ReadOwnErasure,
};
use crate::protocol::time::UnixMillis;
use crate::store::records::{
    CertificateRecord, Erase, EraseTalks, ErasureRecord, HoldsOf, TalkCounts, TalksOf,
};
use crate::store::{Conflict, StoreError, VisitFilter};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// What certificates are signed under.
const HEADING: &str = "bedside erasure certificate v1";
/// Erasures of one answer: a list that people read.
const MOST: u32 = 200;
/// Appointments to come of one person that are looked at.
const MOST_TO_COME: u32 = 1_000;
/// Conversations that are listed at once. There is another list until there is none left.
const STEP: u32 = 100;
/// Why somebody is not erased.
const HELD: &str = "A legal hold stands against it.";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Execute<AskErasure> for Node {
    async fn execute(&self, call: Call, op: AskErasure) -> Result<ErasureCard, Fault> {
        let record = ErasureRecord {
            erasure_id: ErasureId(Uuid::now_v7()),
            person_id: own(&call)?,
            scope: op.scope,
            asked_at: call.now,
            done: None,
            left_out: None,
        };
        // No answer is kept: asking again finds the same one, as it is then.
        let record = self.store.ask_erasure(record).await.map_err(unsaved)?;
        self.erasure_card(record, call.now).await
    }
}

impl Execute<ReadOwnErasure> for Node {
    async fn execute(&self, call: Call, _: ReadOwnErasure) -> Result<OwnErasure, Fault> {
        let last = async |scope| {
            let found = self.store.last_erasure(own(&call)?, scope).await.map_err(unsaved)?;
            match found {
                Some(record) => self.erasure_card(record, call.now).await.map(Some),
                None => Ok(None),
            }
        };
        Ok(OwnErasure {
            erasure: last(ErasureScope::Everything).await?,
            conversations: last(ErasureScope::Conversations).await?,
        })
    }
}

impl Execute<ListErasures> for Node {
    async fn execute(&self, call: Call, _: ListErasures) -> Result<Erasures, Fault> {
        let of = call.principal()?.organisation;
        let mut erasures = Vec::new();
        for it in self.store.erasures(of, MOST).await.map_err(unsaved)? {
            erasures.push(self.erasure_card(it, call.now).await?);
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
        self.may_be_erased(&asked, call.now).await?;
        match asked.scope {
            ErasureScope::Everything => self.erase_everything(&call, &asked, by).await,
            ErasureScope::Conversations => self.erase_conversations(&call, &asked, by).await,
        }
    }
}

impl Node {
    async fn erase_everything(
        &self,
        call: &Call,
        asked: &ErasureRecord,
        by: PersonId,
    ) -> Result<ErasureCertificate, Fault> {
        let id = asked.person_id;
        let counts = self.destroy_conversations(TalksOf::all(id)).await?;
        let erase = self.certify(asked, by, call.now, counts)?;
        let output = certificate(asked.erasure_id, erase.certificate.clone());
        let answered = call.answered(&output)?;
        let ended = self.store.erase(erase, answered).await.map_err(unsaved)?;
        self.account_memory.forget(id);
        self.keys.vault.forget(Owner::Person(id.0));
        self.said.forget(id);
        for session in ended {
            self.sessions.forget(session);
            self.sockets.close_session(session, CloseReason::SignedOut);
        }
        metrics::counter!("bedside_records_erased_total", "scope" => "everything").increment(1);
        Ok(output)
    }

    /// Nobody's account or sign-in changes. A conversation between visits can be begun anew by who was in it.
    async fn erase_conversations(
        &self,
        call: &Call,
        asked: &ErasureRecord,
        by: PersonId,
    ) -> Result<ErasureCertificate, Fault> {
        let but_after = open_since(call.now);
        let counts = self.destroy_conversations(talks_of(asked, call.now)).await?;
        let erase = self.certify(asked, by, call.now, counts)?;
        let output = certificate(asked.erasure_id, erase.certificate.clone());
        let answered = call.answered(&output)?;
        let erase = EraseTalks { erase, but_after, left_out: counts.left_out };
        self.store.erase_talks(erase, answered).await.map_err(unsaved)?;
        metrics::counter!("bedside_records_erased_total", "scope" => "conversations").increment(1);
        Ok(output)
    }

    async fn erasure_card(&self, it: ErasureRecord, now: UnixMillis) -> Result<ErasureCard, Fault> {
        let card = ErasureCard {
            erasure_id: it.erasure_id,
            person_id: it.person_id,
            scope: it.scope,
            asked_at: it.asked_at,
            state: ErasureState::Asked,
            done_at: None,
            is_held: false,
            not_before: None,
            conversations: None,
            left_out: it.left_out,
        };
        if let Some((at, _)) = it.done {
            return Ok(ErasureCard { state: ErasureState::Done, done_at: Some(at), ..card });
        }
        let holds = self.store.legal_holds(HoldsOf::Person(it.person_id), 1).await;
        let counts = self.store.talk_counts(talks_of(&it, now)).await.map_err(unsaved)?;
        let is_everything = it.scope == ErasureScope::Everything;
        Ok(ErasureCard {
            is_held: holds.map_err(unsaved)?.first().is_some_and(|it| it.lifted_at.is_none()),
            not_before: self.kept_until(it.person_id).await?,
            conversations: Some(counts.standing),
            left_out: (!is_everything).then_some(counts.left_out),
            ..card
        })
    }

    /// Until when the law wants the record of a patient kept, by the settings.
    async fn kept_until(&self, id: PersonId) -> Result<Option<UnixMillis>, Fault> {
        let Some(days) = self.config.retention.record_days else { return Ok(None) };
        let last = self.store.last_ends_at(id).await.map_err(unsaved)?;
        Ok(last.map(|it| it.plus(DAY.saturating_mul(days))))
    }

    async fn may_be_erased(&self, asked: &ErasureRecord, now: UnixMillis) -> Result<(), Fault> {
        let id = asked.person_id;
        let not_now = |why| Err(Fault::new(FaultCode::NotAllowedNow).because(why));
        let holds = self.store.legal_holds(HoldsOf::Person(id), 1).await.map_err(unsaved)?;
        if holds.first().is_some_and(|it| it.lifted_at.is_none()) {
            return not_now(HELD);
        }
        if self.kept_until(id).await?.is_some_and(|until| until > now) {
            return not_now("The law wants the record kept; not_before says until when.");
        }
        if asked.scope == ErasureScope::Conversations {
            return Ok(());
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

    /// None of those that are meant is left when this returns. How many there are without a key, ever: those too that were destroyed before.
    async fn destroy_conversations(&self, of: TalksOf) -> Result<TalkCounts, Fault> {
        loop {
            let some = self.store.standing_talks(of, STEP).await.map_err(unsaved)?;
            if some.is_empty() {
                return self.store.talk_counts(of).await.map_err(unsaved);
            }
            let mut goes_on = false;
            for it in some {
                goes_on |= self.destroy_conversation(of, it).await?;
            }
            if !goes_on {
                return Err(FaultCode::Conflict.into());
            }
        }
    }

    async fn destroy_conversation(&self, of: TalksOf, id: ConversationId) -> Result<bool, Fault> {
        let told = self.store.destroy_talk(of, id).await;
        if matches!(told, Err(StoreError::Conflict(Conflict::Stale))) {
            return Err(Fault::new(FaultCode::NotAllowedNow).because(HELD));
        }
        // Where nobody knows what came of it, what is in memory goes all the same.
        self.keys.vault.forget(Owner::Conversation(id.0));
        self.end_talk(id).await;
        let destroyed = told.map_err(unsaved)?;
        if let Some(record) = self.store.conversation(id).await.map_err(unsaved)? {
            self.touched(&record);
        }
        Ok(destroyed)
    }

    fn certify(
        &self,
        asked: &ErasureRecord,
        by: PersonId,
        at: UnixMillis,
        counts: TalkCounts,
    ) -> Result<Erase, Fault> {
        let (erasure_id, person_id) = (asked.erasure_id, asked.person_id);
        let text = json!({
            "erasure_id": erasure_id,
            "person_id": person_id,
            "scope": asked.scope,
            "asked_at": asked.asked_at,
            "carried_out_at": at,
            "carried_out_by": by,
            "node": self.config.node,
            "destroyed": destroyed(asked.scope, counts),
        })
        .to_string();
        let signed = sign(self.keys.signing.expose(), HEADING, &text);
        let Signed { signature, public_key } = signed.map_err(|_| FaultCode::Internal)?;
        let certificate = CertificateRecord { text, signature, public_key };
        Ok(Erase { erasure_id, person_id, by, at, certificate })
    }
}

/// What a certificate says of it, and of what stayed.
fn destroyed(scope: ErasureScope, counts: TalkCounts) -> Value {
    match scope {
        ErasureScope::Everything => json!({
            "key_of_the_person": true,
            "keys_of_conversations": counts.destroyed,
            "name_and_address": true,
        }),
        ErasureScope::Conversations => json!({
            "key_of_the_person": false,
            "keys_of_conversations": counts.destroyed,
            "left_out_of_visits_to_come": counts.left_out,
            "name_and_address": false,
        }),
    }
}

/// Which conversations an erasure means.
fn talks_of(asked: &ErasureRecord, now: UnixMillis) -> TalksOf {
    match asked.scope {
        ErasureScope::Everything => TalksOf::all(asked.person_id),
        ErasureScope::Conversations => {
            TalksOf { patient: asked.person_id, but_after: Some(open_since(now)) }
        }
    }
}

/// A visit that was not closed can be entered until so long after its end: until then it is to come or under way.
fn open_since(now: UnixMillis) -> UnixMillis {
    now.minus(CLOSES_AFTER)
}

/// Whose account it is that calls.
fn own(call: &Call) -> Result<PersonId, Fault> {
    match call.principal()?.who {
        Who::Person(id) => Ok(id),
        Who::Participant(_) => Err(FaultCode::Forbidden.into()),
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
