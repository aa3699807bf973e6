//! Consents, legal holds and erasures in the memory store.

use super::state::{State, ensure};
use super::{Memory, Point, as_read, at_most};
use crate::domain::visit::Closed;
use crate::protocol::ids::{ConversationId, ErasureId, OrganisationId, PersonId, SessionId};
use crate::protocol::phi::Phi;
use crate::protocol::record::ErasureScope;
use crate::protocol::time::UnixMillis;
use crate::store::conversations::ConversationRecord;
use crate::store::records::{
    ConsentRecord, ERASED_NAME, Erase, EraseTalks, ErasureRecord, HoldsOf, LegalHoldRecord, Lift,
    MAX_CONSENTS, RecordRights, TalkCounts, TalksOf, erased_email,
};
use crate::store::subjects::SubjectRecord;
use crate::store::{Answered, AuditRecordRead, Conflict, StoreError, Stored};
use async_trait::async_trait;
use std::cmp::Reverse;

/// Later than any conversation was written to.
const EVER: UnixMillis = UnixMillis(i64::MAX);

impl State {
    pub(super) fn must_not_be_held(&self, id: PersonId) -> Stored<()> {
        let stands = |it: &LegalHoldRecord| it.person_id == id && it.lifted_at.is_none();
        ensure(!self.legal_holds.iter().any(stands), Conflict::Stale)
    }

    fn destroy_talk(&mut self, of: TalksOf, id: ConversationId) -> Stored<bool> {
        self.must_not_be_held(of.patient)?;
        let is_meant = self.meant(of).any(|it| it.conversation_id == id);
        Ok(is_meant && self.destroy_key(id, EVER))
    }

    fn talks_of(&self, patient: PersonId) -> impl Iterator<Item = &ConversationRecord> {
        self.talks.chats.values().map(|it| &it.record).filter(move |it| it.patient_id == patient)
    }

    /// Of a visit that is to come or under way.
    fn is_left_out(&self, it: &ConversationRecord, of: TalksOf) -> bool {
        let visit = it.appointment_id.and_then(|it| self.visits.get(&it));
        let ends_at = visit.filter(|it| it.closed.is_none()).map(|it| it.facts.ends_at);
        ends_at.zip(of.but_after).is_some_and(|(ends_at, after)| ends_at >= after)
    }

    fn meant(&self, of: TalksOf) -> impl Iterator<Item = &ConversationRecord> {
        self.talks_of(of.patient).filter(move |it| !self.is_left_out(it, of))
    }

    fn talk_counts(&self, of: TalksOf) -> TalkCounts {
        let number = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        let has_key = |it: &&ConversationRecord| it.key.is_some();
        let theirs = || self.talks_of(of.patient);
        TalkCounts {
            standing: number(self.meant(of).filter(has_key).count()),
            left_out: number(
                theirs().filter(has_key).filter(|it| self.is_left_out(it, of)).count(),
            ),
            destroyed: number(theirs().filter(|it| it.key.is_none()).count()),
        }
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

    fn last_erasure(&self, of: PersonId, scope: ErasureScope) -> Option<&ErasureRecord> {
        let asked = self.erasures.iter().filter(|it| it.person_id == of && it.scope == scope);
        asked.max_by_key(|it| (it.done.is_none(), it.done.as_ref().map(|(at, _)| *at)))
    }

    fn waits(&mut self, erase: &Erase, scope: ErasureScope) -> Option<&mut ErasureRecord> {
        self.erasures
            .iter_mut()
            .find(|it| it.person_id == erase.person_id && it.scope == scope && it.done.is_none())
    }

    /// That one, when it waits.
    fn certify(&mut self, erase: &Erase, scope: ErasureScope, left_out: Option<u32>) -> Stored<()> {
        let waits = self.waits(erase, scope).filter(|it| it.erasure_id == erase.erasure_id);
        let erasure = waits.ok_or(StoreError::Conflict(Conflict::Stale))?;
        erasure.done = Some((erase.at, erase.certificate.clone()));
        erasure.left_out = left_out;
        Ok(())
    }

    fn erase_talks(&mut self, it: &EraseTalks, answered: Option<Answered>) -> Stored<()> {
        self.check_key(answered.as_ref())?;
        let patient = it.erase.person_id;
        ensure(self.people.contains_key(&patient), Conflict::Missing)?;
        self.must_not_be_held(patient)?;
        let counts = self.talk_counts(TalksOf { patient, but_after: Some(it.but_after) });
        ensure(counts.standing == 0 && counts.left_out == it.left_out, Conflict::Stale)?;
        self.certify(&it.erase, ErasureScope::Conversations, Some(it.left_out))?;
        self.keep(answered);
        Ok(())
    }

    fn ask_erasure(&mut self, it: ErasureRecord) -> Stored<(ErasureRecord, bool)> {
        ensure(self.people.contains_key(&it.person_id), Conflict::Missing)?;
        let last = self.last_erasure(it.person_id, it.scope);
        if let Some(waits) = last.filter(|it| it.done.is_none()) {
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
        ensure(!self.talks_of(id).any(|it| it.key.is_some()), Conflict::Stale)?;
        self.certify(&erase, ErasureScope::Everything, None)?;
        // Whoever has asked for their conversations as well has got that with everything.
        if let Some(other) = self.waits(&erase, ErasureScope::Conversations) {
            other.done = Some((erase.at, erase.certificate.clone()));
            other.left_out = Some(0);
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
        self.forget_reports_about(id);
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

    async fn last_erasure(
        &self,
        of: PersonId,
        scope: ErasureScope,
    ) -> Stored<Option<ErasureRecord>> {
        Ok(self.state().last_erasure(of, scope).cloned())
    }

    async fn erasure(&self, id: ErasureId) -> Stored<Option<ErasureRecord>> {
        Ok(self.state().erasures.iter().find(|it| it.erasure_id == id).cloned())
    }

    async fn standing_talks(&self, of: TalksOf, limit: u32) -> Stored<Vec<ConversationId>> {
        let state = self.state();
        let standing = state.meant(of).filter(|it| it.key.is_some());
        Ok(standing.map(|it| it.conversation_id).take(at_most(limit)).collect())
    }

    async fn destroy_talk(&self, of: TalksOf, id: ConversationId) -> Stored<bool> {
        self.write_beside(Point::DestroyKey, |state| state.destroy_talk(of, id)).await
    }

    async fn talk_counts(&self, of: TalksOf) -> Stored<TalkCounts> {
        Ok(self.state().talk_counts(of))
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

    async fn erase_talks(&self, erase: EraseTalks, answered: Option<Answered>) -> Stored<()> {
        self.write(Point::EraseTalks, |state| state.erase_talks(&erase, answered)).await
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
