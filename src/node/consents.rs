//! What patients agree to, by law and by version of the text; and the visit that waits for it.
//!
//! Invariant: CO-1 with `[consent] required` no patient enters a visit who has not agreed to the version of the telehealth text that holds where
//! they will be. A consent that was taken back, or to an earlier version, is none. Does not: keep the texts; the clinic's pages do.

use crate::command::{Call, Execute, unsaved};
use crate::domain::consent::Texts;
use crate::domain::policy::Who;
use crate::domain::schedule::check;
use crate::node::Node;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{AppointmentId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::record::{
    ConsentCard, ConsentKind, ConsentState, Consents, GiveConsent, ListConsents, WithdrawConsent,
};
use crate::store::records::ConsentRecord;
use uuid::Uuid;

const KINDS: [ConsentKind; 3] =
    [ConsentKind::Telehealth, ConsentKind::Sharing, ConsentKind::Analytics];
/// What a page shows when the visit cannot be entered.
const NEEDED: &str = "Consent to telehealth is needed first: consent.list says which version.";

impl Execute<ListConsents> for Node {
    async fn execute(&self, call: Call, op: ListConsents) -> Result<Consents, Fault> {
        let id = self.patient_of(&call).await?;
        let place = match op.jurisdiction {
            Some(place) => place,
            None => self.home_of(id).await?,
        };
        must_be_law(&place)?;
        let said = self.store.consents(id).await.map_err(unsaved)?;
        let cards = KINDS.into_iter().map(|kind| self.consent_card(kind, &place, &said));
        Ok(Consents { consents: cards.collect() })
    }
}

impl Execute<GiveConsent> for Node {
    async fn execute(&self, call: Call, op: GiveConsent) -> Result<ConsentCard, Fault> {
        must_be_law(&op.jurisdiction)?;
        let (_, version) = self.texts().holds(&op.jurisdiction);
        if op.version != version {
            return Err(Fault::invalid("version", "Not the version that holds there now."));
        }
        self.says(&call, op.kind, &op.jurisdiction, true).await
    }
}

impl Execute<WithdrawConsent> for Node {
    async fn execute(&self, call: Call, op: WithdrawConsent) -> Result<ConsentCard, Fault> {
        must_be_law(&op.jurisdiction)?;
        self.says(&call, op.kind, &op.jurisdiction, false).await
    }
}

impl Node {
    async fn says(
        &self,
        call: &Call,
        kind: ConsentKind,
        place: &str,
        is_given: bool,
    ) -> Result<ConsentCard, Fault> {
        let person_id = self.patient_of(call).await?;
        let (jurisdiction, version) = self.texts().holds(place);
        let record = ConsentRecord {
            consent_id: Uuid::now_v7(),
            person_id,
            kind,
            jurisdiction: jurisdiction.to_owned(),
            version: version.to_owned(),
            is_given,
            at: call.now,
        };
        let card = self.consent_card(kind, place, std::slice::from_ref(&record));
        let answered = call.answered(&card)?;
        self.store.save_consent(record, answered).await.map_err(unsaved)?;
        Ok(card)
    }

    /// The texts as the settings name them.
    pub(super) fn texts(&self) -> Texts<'_> {
        let consent = &self.config.consent;
        Texts { version: &consent.version, versions: &consent.versions }
    }

    /// `said` is the latest first.
    fn consent_card(&self, kind: ConsentKind, place: &str, said: &[ConsentRecord]) -> ConsentCard {
        let stands = self.texts().stands(kind, place, said.iter().map(ConsentRecord::said));
        ConsentCard {
            kind,
            jurisdiction: stands.jurisdiction.to_owned(),
            version: stands.version.to_owned(),
            state: stands.state,
            at: stands.at,
            is_required: self.config.consent.required && kind == ConsentKind::Telehealth,
        }
    }

    /// The patient who calls, by their account or by the link into their visit.
    pub(super) async fn patient_of(&self, call: &Call) -> Result<PersonId, Fault> {
        let principal = call.principal()?;
        if principal.role != Role::Patient {
            return Err(FaultCode::Forbidden.into());
        }
        match (principal.who, principal.only_visit) {
            (Who::Person(id), _) => Ok(id),
            (Who::Participant(_), Some(visit)) => {
                let visit = self.store.visit(visit).await.map_err(unsaved)?;
                Ok(visit.ok_or(FaultCode::NotFound)?.facts.patient_id)
            }
            (Who::Participant(_), None) => Err(FaultCode::Forbidden.into()),
        }
    }

    /// How a patient stands to something, as it holds where they live.
    pub(super) async fn consent_of(
        &self,
        id: PersonId,
        kind: ConsentKind,
    ) -> Result<ConsentState, Fault> {
        let place = self.home_of(id).await?;
        let said = self.store.consents(id).await.map_err(unsaved)?;
        Ok(self.consent_card(kind, &place, &said).state)
    }

    async fn home_of(&self, id: PersonId) -> Result<String, Fault> {
        let profile = self.store.patient(id).await.map_err(unsaved)?;
        Ok(profile.and_then(|it| it.jurisdiction).unwrap_or_default())
    }

    /// Whether a caller may enter as far as consent is concerned. Whoever is no patient may.
    pub(super) async fn must_have_consented(
        &self,
        call: &Call,
        visit: AppointmentId,
    ) -> Result<(), Fault> {
        if !self.config.consent.required || call.principal()?.role != Role::Patient {
            return Ok(());
        }
        let id = self.patient_of(call).await?;
        let booking = self.store.bookings(&[visit]).await.map_err(unsaved)?.pop();
        let place = match booking.and_then(|it| it.jurisdiction) {
            Some(place) => place,
            None => self.home_of(id).await?,
        };
        let said = self.store.consents(id).await.map_err(unsaved)?;
        match self.consent_card(ConsentKind::Telehealth, &place, &said).state {
            ConsentState::Given => Ok(()),
            ConsentState::Missing | ConsentState::Withdrawn => {
                Err(Fault::new(FaultCode::NotAllowedNow).because(NEEDED))
            }
        }
    }
}

fn must_be_law(code: &str) -> Result<(), Fault> {
    match code.is_empty() {
        true => Ok(()),
        false => check::jurisdiction(code).map_err(Into::into),
    }
}
