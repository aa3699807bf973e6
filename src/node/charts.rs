//! Patients' records as clinicians see them: profile, appointments, conversations.
//!
//! Owns: the facts that `domain::policy::records` decides by, read when they are asked for. Invariants: PO-1 nothing of a patient's
//! record leaves here that the policy has not allowed at that moment, class by class; PO-3 what only an emergency lets somebody see
//! is in the audit log under that. Everything here reads; nothing can be followed. Does not: decide.

use crate::actors::letters::Letters;
use crate::actors::sharing::stands;
use crate::command::{Call, Execute, unsaved};
use crate::domain::policy::Who;
use crate::domain::policy::records::{Asker, Decision, Facts, profession};
use crate::domain::schedule::booking::licence_gate;
use crate::domain::schedule::zone::Zone;
use crate::domain::visit::view::{card, card_for};
use crate::node::Node;
use crate::node::practice::unread;
use crate::node::search::licence;
use crate::protocol::appointment::Appointments;
use crate::protocol::chart::{
    Basis, ListPatientConversations, ListPatientMessages, ListPatientVisits, PatientChart,
    PatientConversation, PatientConversations, ReadPatient,
};
use crate::protocol::conversation::Messages;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{ConversationId, GrantId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::practice::PatientProfile;
use crate::protocol::record::{ConsentKind, ConsentState};
use crate::protocol::sharing::{Audience, FieldClass, Sharing};
use crate::protocol::time::UnixMillis;
use crate::store::conversations::Page;
use crate::store::schedule::PractitionerRecord;
use crate::store::{PersonRecord, VisitFilter};

/// Appointments of one list, as of every other.
const MAX_VISITS: u32 = 500;
/// Conversations of one list.
const MAX_TALKS: u32 = 200;
/// Messages of a page.
const A_PAGE: u32 = 50;
/// What a profile consists of.
const OF_PROFILE: [FieldClass; 3] =
    [FieldClass::Identity, FieldClass::Contact, FieldClass::Insurance];

/// A record that somebody asks for, and everything that counts.
pub(super) struct Chart {
    patient: PersonRecord,
    facts: Facts,
    grant: Option<GrantId>,
}

impl Execute<ReadPatient> for Node {
    async fn execute(&self, call: Call, op: ReadPatient) -> Result<PatientChart, Fault> {
        let chart = self.chart(&call, op.patient_id).await?;
        let shown = match chart.facts.decide(&OF_PROFILE) {
            Decision::Allow => OF_PROFILE.to_vec(),
            Decision::AllowFields(some) => some,
            Decision::Deny(code) => return Err(code.into()),
        };
        let grant_id = chart.used(&call, &shown);
        let opened = self.records().profile(op.patient_id).await.map_err(unread)?;
        let profile = opened.ok_or(FaultCode::NotFound)?.profile;
        let basis = shown.iter().filter_map(|it| chart.facts.basis(*it)).min();
        Ok(PatientChart {
            patient_id: op.patient_id,
            display_name: chart.patient.display_name.clone(),
            profile: only(profile, &shown),
            withheld: FieldClass::ALL.into_iter().filter(|it| !chart.facts.may_see(*it)).collect(),
            basis: basis.ok_or(FaultCode::NotFound)?,
            grant_id,
        })
    }
}

impl Execute<ListPatientVisits> for Node {
    async fn execute(&self, call: Call, op: ListPatientVisits) -> Result<Appointments, Fault> {
        let chart = self.chart(&call, op.patient_id).await?;
        chart.facts.must_see(FieldClass::Visits)?;
        let shows_reasons = chart.facts.may_see(FieldClass::Complaint);
        let shown: &[FieldClass] = match shows_reasons {
            true => &[FieldClass::Visits, FieldClass::Complaint],
            false => &[FieldClass::Visits],
        };
        chart.used(&call, shown);
        let filter = VisitFilter {
            organisation: None,
            person_id: Some(op.patient_id),
            from: op.from,
            until: op.until,
            limit: MAX_VISITS,
        };
        let visits = self.store.visits(filter).await.map_err(unsaved)?;
        let who = call.principal()?.who;
        // What is said in one's own appointments is said to oneself.
        let shown =
            visits.iter().map(|it| if shows_reasons { card(it) } else { card_for(it, who) });
        Ok(Appointments { appointments: shown.collect() })
    }
}

impl Execute<ListPatientConversations> for Node {
    async fn execute(
        &self,
        call: Call,
        op: ListPatientConversations,
    ) -> Result<PatientConversations, Fault> {
        let chart = self.chart(&call, op.patient_id).await?;
        chart.facts.must_see_all_messages()?;
        let grant_id = chart.used_of(chart.facts.outside(), &call, &[FieldClass::Messages]);
        let all = self.store.conversations_of(op.patient_id, MAX_TALKS).await.map_err(unsaved)?;
        let conversations = all.into_iter().map(|it| PatientConversation {
            conversation_id: it.record.conversation_id,
            kind: it.record.kind,
            appointment_id: it.record.appointment_id,
            clinician_id: it.record.clinician_id,
            active_at: it.record.active_at,
        });
        Ok(PatientConversations { conversations: conversations.collect(), grant_id })
    }
}

impl Execute<ListPatientMessages> for Node {
    async fn execute(&self, call: Call, op: ListPatientMessages) -> Result<Messages, Fault> {
        let (id, before) = (op.conversation_id, op.before.unwrap_or(u32::MAX));
        let letters = self.chart_letters(&call, id, Some(op.patient_id)).await?;
        let wanted = A_PAGE.saturating_add(1);
        let kept = self.store.messages(id, Page::Before(before), wanted).await;
        let mut kept = kept.map_err(unsaved)?;
        let has_more = u32::try_from(kept.len()).is_ok_and(|it| it == wanted);
        if has_more {
            kept.remove(0);
        }
        let messages = kept.iter().map(|it| match &letters {
            Some(letters) => letters.read(it),
            None => it.message(None, vec![]),
        });
        Ok(Messages { messages: messages.collect(), has_more })
    }
}

impl Chart {
    /// That these were shown, and to whom. The emergency without which they would not have been is named.
    fn used(&self, call: &Call, shown: &[FieldClass]) -> Option<GrantId> {
        self.used_of(self.facts, call, shown)
    }

    fn used_of(&self, facts: Facts, call: &Call, shown: &[FieldClass]) -> Option<GrantId> {
        call.concerns(self.patient.person_id);
        let is_under = |it: &FieldClass| facts.basis(*it) == Some(Basis::Emergency);
        let grant = self.grant.filter(|_| shown.iter().any(is_under))?;
        call.is_under(grant);
        Some(grant)
    }
}

impl Node {
    /// The record of a patient, for a clinician who asks for it.
    async fn chart(&self, call: &Call, patient: PersonId) -> Result<Chart, Fault> {
        let Who::Person(clinician) = call.principal()?.who else {
            return Err(FaultCode::NotFound.into());
        };
        let person = self.store.person(patient).await.map_err(unsaved)?;
        let person = person.filter(|it| it.role == Role::Patient).ok_or(FaultCode::NotFound)?;
        let sharing = self.shared_by(patient).await?;
        let grant = self.store.grant_at(patient, clinician, call.now).await.map_err(unsaved)?;
        let relation = stands(self.store.as_ref(), patient, clinician, call.now).await;
        let relation = relation.map_err(unsaved)?;
        let clinic = self.clinic(person.organisation_id, call.now).await?;
        let own = clinic.practitioner(clinician);
        let kept = self.store.patient(patient).await.map_err(unsaved)?;
        let place = kept.and_then(|it| it.jurisdiction);
        let asker = Asker::Clinician {
            relation,
            profession: profession(own.map_or(&[], |it| &it.specialties)),
            is_licensed: place.is_none_or(|it| is_licensed(own, &it, call.now)),
        };
        let facts = Facts {
            asker,
            sharing,
            consents_to_sharing: self.consents_to_sharing(patient, &sharing).await?,
            has_grant: grant.is_some(),
        };
        Ok(Chart { patient: person, facts, grant: grant.map(|it| it.grant_id) })
    }

    /// What a patient shares now.
    pub(super) async fn shared_by(&self, patient: PersonId) -> Result<Sharing, Fault> {
        let kept = self.store.sharing(patient).await.map_err(unsaved)?;
        Ok(kept.map(|it| it.sharing).unwrap_or_default())
    }

    /// Asked only where it counts.
    async fn consents_to_sharing(&self, of: PersonId, sharing: &Sharing) -> Result<bool, Fault> {
        let counts = |it: FieldClass| sharing.of(it) == Audience::Clinicians;
        if !FieldClass::ALL.into_iter().any(counts) {
            return Ok(false);
        }
        Ok(self.consent_of(of, ConsentKind::Sharing).await? == ConsentState::Given)
    }

    /// The key of a patient's conversation, for a clinician who may read it without being in it. `of`: whose it must be.
    pub(super) async fn chart_letters(
        &self,
        call: &Call,
        id: ConversationId,
        of: Option<PersonId>,
    ) -> Result<Option<Letters>, Fault> {
        let record = self.store.conversation(id).await.map_err(unsaved)?;
        let record = record.filter(|it| of.is_none_or(|patient| it.patient_id == patient));
        // First whether the record may be seen: whoever may not learns nothing of what is in it.
        let patient = of.or(record.as_ref().map(|it| it.patient_id)).ok_or(FaultCode::NotFound)?;
        let chart = self.chart(call, patient).await?;
        chart.facts.must_see_all_messages()?;
        let record = record.ok_or(FaultCode::NotFound)?;
        chart.used_of(chart.facts.outside(), call, &[FieldClass::Messages]);
        Ok(Letters::open(&self.keys, &*self.store, id, record.key.as_ref()).await?)
    }
}

fn is_licensed(own: Option<&PractitionerRecord>, place: &str, now: UnixMillis) -> bool {
    let Some(own) = own else { return false };
    let Ok(zone) = Zone::parse(&own.time_zone).or_else(|_| Zone::parse("UTC")) else {
        return false;
    };
    let licences: Vec<_> = own.licences.iter().map(licence).collect();
    licence_gate(&licences, place, zone.local(now).wall.date()).is_ok()
}

/// A profile without what is not shown.
fn only(profile: PatientProfile, shown: &[FieldClass]) -> PatientProfile {
    let PatientProfile {
        birth_date,
        gender,
        phone,
        jurisdiction,
        language,
        insurer,
        insurance_number,
        emergency_contact,
    } = profile;
    let identity = shown.contains(&FieldClass::Identity);
    let contact = shown.contains(&FieldClass::Contact);
    let insurance = shown.contains(&FieldClass::Insurance);
    PatientProfile {
        birth_date: birth_date.filter(|_| identity),
        gender: gender.filter(|_| identity),
        phone: phone.filter(|_| contact),
        jurisdiction: jurisdiction.filter(|_| identity),
        language: language.filter(|_| identity),
        insurer: insurer.filter(|_| insurance),
        insurance_number: insurance_number.filter(|_| insurance),
        emergency_contact: emergency_contact.filter(|_| contact),
    }
}
