//! Consents, legal holds and erasures in the memory store.

use super::state::{State, ensure};
use super::{Memory, Point, as_read, at_most};
use crate::domain::visit::Closed;
use crate::protocol::ids::{ConversationId, ErasureId, OrganisationId, PersonId, SessionId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::store::records::{
    ConsentRecord, ERASED_NAME, Erase, ErasureRecord, HoldsOf, LegalHoldRecord, Lift, MAX_CONSENTS,
    RecordRights, erased_email,
};
use crate::store::subjects::SubjectRecord;
use crate::store::{Answered, AuditRecordRead, Conflict, Stored};
use async_trait::async_trait;
use std::cmp::Reverse;

/// Later than any conversation was written to.
const EVER: UnixMillis = UnixMillis(i64::MAX);

impl State {
    pub(super) fn must_not_be_held(&self, id: PersonId) -> Stored<()> {
        let stands = |it: &LegalHoldRecord| it.person_id == id && it.lifted_at.is_none();
        ensure(!self.legal_holds.iter().any(stands), Conflict::Stale)
    }

    fn destroy_talk(&mut self, of: PersonId, id: ConversationId) -> Stored<bool> {
        self.must_not_be_held(of)?;
        Ok(self.destroy_key(id, EVER))
    }

    fn take_reasons(&mut self, id: PersonId) {
        let theirs = self.visits.values().filter(|it| it.facts.patient_id == id);
        let theirs: Vec<_> = theirs.map(|it| it.facts.appointment_id).collect();
        for visit in theirs {
            self.booked.bookings.change(&visit, |it| it.record.reason = None);
        }
        let paid = self.booked.payments.values().filter(|it| it.patient_id == id);
        let paid: Vec<_> = paid.map(|it| it.payment_id).collect();
        for payment in paid {
            self.booked.payments.change(&payment, |it| {
                it.reason = None;
                it.revision = it.revision.saturating_add(1);
            });
        }
    }

    fn lift(&mut self, lift: &Lift, answered: Option<Answered>) -> Stored<()> {
        self.check_key(answered.as_ref())?;
        let stands =
            |it: &&mut LegalHoldRecord| it.hold_id == lift.hold_id && it.lifted_at.is_none();
        let hold = self.legal_holds.iter_mut().find(stands);
        ensure(hold.is_some(), Conflict::Missing)?;
        if let Some(hold) = hold {
            hold.lifted_at = Some(lift.at);
        }
        self.keep(answered);
        Ok(())
    }

    fn waiting_erasure(&self, of: PersonId) -> Option<&ErasureRecord> {
        self.erasures.iter().find(|it| it.person_id == of && it.done.is_none())
    }

    fn ask_erasure(&mut self, it: ErasureRecord) -> Stored<(ErasureRecord, bool)> {
        ensure(self.people.contains_key(&it.person_id), Conflict::Missing)?;
        if let Some(waits) = self.waiting_erasure(it.person_id) {
            return Ok((waits.clone(), false));
        }
        self.erasures.push(it.clone());
        Ok((it, true))
    }

    fn erase(&mut self, erase: Erase, answered: Option<Answered>) -> Stored<Vec<SessionId>> {
        self.check_key(answered.as_ref())?;
        let id = erase.person_id;
        ensure(self.people.contains_key(&id), Conflict::Missing)?;
        self.must_not_be_held(id)?;
        let mut talks = self.talks.chats.values().map(|it| &it.record);
        ensure(!talks.any(|it| it.patient_id == id && it.key.is_some()), Conflict::Stale)?;
        let waits = |it: &&mut ErasureRecord| {
            it.erasure_id == erase.erasure_id && it.person_id == id && it.done.is_none()
        };
        let erasure = self.erasures.iter_mut().find(waits);
        ensure(erasure.is_some(), Conflict::Stale)?;
        if let Some(erasure) = erasure {
            erasure.done = Some((erase.at, erase.certificate));
        }
        let gone = SubjectRecord { key: None, sealed_revision: 0, destroyed_at: Some(erase.at) };
        self.subjects.insert(id, gone);
        self.booked.patients.remove(&id);
        self.take_reasons(id);
        if let Some(person) = self.people.get_mut(&id) {
            person.display_name = ERASED_NAME.into();
            person.email = erased_email(id).into();
            person.password_hash = "none".into();
            person.standing.erased_at = Some(erase.at);
            person.standing.revision = person.standing.revision.saturating_add(1);
            if let Some(it) = &mut person.standing.suspended {
                it.reason = Phi::default();
            }
        }
        let visits: Vec<_> = self.visits.values().map(|it| it.facts.appointment_id).collect();
        for visit in visits {
            self.visits.change(&visit, |it| {
                let theirs = it.members.values_mut().filter(|it| it.person_id == Some(id));
                theirs.for_each(|it| it.display_name = ERASED_NAME.into());
            });
        }
        for chat in self.talks.chats.values_mut() {
            let theirs = chat.record.members.iter_mut().filter(|it| it.person_id == Some(id));
            theirs.for_each(|it| it.display_name = ERASED_NAME.into());
        }
        let wishes = self.booked.waitlist.values().filter(|it| it.patient_id == id);
        let wishes: Vec<_> = wishes.map(|it| it.waitlist_id).collect();
        wishes.iter().for_each(|it| {
            self.booked.waitlist.remove(it);
        });
        self.notices.retain(|_, it| it.notice.person_id != id);
        self.announced.retain(|_, it| it.person_id != id);
        self.identity.factors.retain(|_, it| it.person_id != id);
        self.identity.replace_codes(id, vec![]);
        self.federated.forget(id);
        self.password_links.forget(id);
        self.shared.erase(id);
        let caller = format!("person:{id}");
        self.answers.retain(|(by, _, _), _| *by != caller);
        let open = self.sessions.values_mut().filter(|it| it.person_id == Some(id));
        let open = open.filter(|it| it.ended_at.is_none());
        let ended = open.map(|it| {
            it.ended_at = Some(erase.at);
            it.session_id
        });
        let ended = ended.collect();
        self.keep(answered);
        Ok(ended)
    }
}

#[async_trait]
impl RecordRights for Memory {
    async fn consents(&self, of: PersonId) -> Stored<Vec<ConsentRecord>> {
        let state = self.state();
        let mut found: Vec<_> =
            state.consents.iter().filter(|it| it.person_id == of).cloned().collect();
        found.sort_by_key(|it| Reverse((it.at, it.consent_id)));
        found.truncate(at_most(MAX_CONSENTS));
        Ok(found)
    }

    async fn save_consent(&self, it: ConsentRecord, answered: Option<Answered>) -> Stored<()> {
        self.write(Point::SaveConsent, |state| {
            state.check_key(answered.as_ref())?;
            ensure(state.people.contains_key(&it.person_id), Conflict::Missing)?;
            state.consents.push(it);
            state.keep(answered);
            Ok(())
        })
        .await
    }

    async fn legal_holds(&self, of: HoldsOf, limit: u32) -> Stored<Vec<LegalHoldRecord>> {
        let state = self.state();
        let wanted = |it: &&LegalHoldRecord| match of {
            HoldsOf::Person(of) => it.person_id == of,
            HoldsOf::Organisation(of) => state.is_of(it.person_id, of),
        };
        let mut found: Vec<_> = state.legal_holds.iter().filter(wanted).cloned().collect();
        found.sort_by_key(|it| (it.lifted_at.is_some(), Reverse((it.set_at, it.hold_id))));
        found.truncate(at_most(limit));
        Ok(found)
    }

    async fn set_legal_hold(&self, it: LegalHoldRecord, answered: Option<Answered>) -> Stored<()> {
        self.write(Point::SetLegalHold, |state| {
            state.check_key(answered.as_ref())?;
            ensure(state.people.contains_key(&it.person_id), Conflict::Missing)?;
            state.legal_holds.push(it);
            state.keep(answered);
            Ok(())
        })
        .await
    }

    async fn lift_legal_hold(&self, lift: Lift, answered: Option<Answered>) -> Stored<()> {
        self.write(Point::LiftLegalHold, |state| state.lift(&lift, answered)).await
    }

    async fn ask_erasure(&self, it: ErasureRecord) -> Stored<ErasureRecord> {
        self.write(Point::AskErasure, |state| state.ask_erasure(it)).await.map(|(it, _)| it)
    }

    async fn erasures(&self, of: OrganisationId, limit: u32) -> Stored<Vec<ErasureRecord>> {
        let mut found = {
            let state = self.state();
            let theirs = state.erasures.iter().filter(|it| state.is_of(it.person_id, of));
            theirs.cloned().collect::<Vec<_>>()
        };
        found.sort_by_key(|it| match &it.done {
            None => (false, it.asked_at.0),
            Some((at, _)) => (true, at.0.saturating_neg()),
        });
        found.truncate(at_most(limit));
        Ok(found)
    }

    async fn waiting_erasure(&self, of: PersonId) -> Stored<Option<ErasureRecord>> {
        Ok(self.state().waiting_erasure(of).cloned())
    }

    async fn erasure(&self, id: ErasureId) -> Stored<Option<ErasureRecord>> {
        Ok(self.state().erasures.iter().find(|it| it.erasure_id == id).cloned())
    }

    async fn standing_talks(&self, of: PersonId, limit: u32) -> Stored<Vec<ConversationId>> {
        let state = self.state();
        let talks = state.talks.chats.values().map(|it| &it.record);
        let theirs = talks.filter(|it| it.patient_id == of && it.key.is_some());
        Ok(theirs.map(|it| it.conversation_id).take(at_most(limit)).collect())
    }

    async fn destroy_talk(&self, of: PersonId, id: ConversationId) -> Stored<bool> {
        self.write_beside(Point::DestroyKey, |state| state.destroy_talk(of, id)).await
    }

    async fn destroyed_talks(&self, of: PersonId) -> Stored<u32> {
        let state = self.state();
        let talks = state.talks.chats.values().map(|it| &it.record);
        let gone = talks.filter(|it| it.patient_id == of && it.key.is_none());
        Ok(u32::try_from(gone.count()).unwrap_or(u32::MAX))
    }

    async fn last_ends_at(&self, of: PersonId) -> Stored<Option<UnixMillis>> {
        let state = self.state();
        let theirs = state.visits.values().filter(|it| it.facts.patient_id == of);
        let took_place = theirs.filter(|it| it.closed != Some(Closed::Cancelled));
        Ok(took_place.map(|it| it.facts.ends_at).max())
    }

    async fn erase(&self, erase: Erase, answered: Option<Answered>) -> Stored<Vec<SessionId>> {
        self.write(Point::Erase, |state| state.erase(erase, answered)).await
    }

    async fn access_of(
        &self,
        id: PersonId,
        about: &[String],
        limit: u32,
    ) -> Stored<Vec<AuditRecordRead>> {
        let state = self.state();
        let caller = format!("person:{id}");
        let rows = state.audit.iter().enumerate().rev().filter(|(_, it)| {
            it.caller.as_deref() == Some(&caller)
                || it.target.as_ref().is_some_and(|it| about.contains(it))
        });
        let rows = rows.take(at_most(limit));
        Ok(rows.map(|(before, row)| as_read(before, row.clone())).collect())
    }
}
