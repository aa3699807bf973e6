//! Records that clinicians open in an emergency, and who looks into it.
//!
//! Invariants: PO-4 nobody opens one without a reason and a proof of late of who they are; the patient and every administrator of their organisation are told in
//! the transaction that opens it; it is over by the clock, which is asked at each reading, and no task has to end it. Whoever looks into one has
//! not opened it. It lets nobody write, and nobody follow: there is nothing to be ended when it is over.
//! Does not: say what may be read under it (`domain::policy::records`).

use crate::command::{Call, Execute, unsaved};
use crate::domain::policy::Who;
use crate::node::Node;
use crate::node::practice::unread;
use crate::notifications::plan;
use crate::protocol::emergency::{
    Emergencies, EmergencyCard, EmergencyReview, EmergencyReviews, EmergencyUse, EmergencyUses,
    ListEmergencies, ListEmergencyReviews, ListEmergencyUses, OpenEmergency, ReviewEmergency,
};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{GrantId, PersonId};
use crate::protocol::person::{PersonStatus, Role};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::store::people::Which;
use crate::store::said::{Said, SaidOf};
use crate::store::schedule::Kept;
use crate::store::sharing::{GrantRecord, Quota, ReviewRecord};
use crate::store::trail::AuditQuery;
use crate::store::{Conflict, StoreError};
use std::time::Duration;
use uuid::Uuid;

/// How long a record stays open: an emergency is seen through in an hour or handed on to somebody who treats.
const OPEN_FOR: Duration = Duration::from_secs(60 * 60);
/// Records that one clinician opens so within a day: a night with several is bad luck, a list that is gone through is something else.
const QUOTA: Quota = Quota { most: 5, within: Duration::from_secs(24 * 60 * 60) };
/// A reason that says something.
const LEAST_CHARS: usize = 10;
/// Characters of a reason or a note.
const MOST_CHARS: usize = 500;
/// Rows of one list.
const MAX_LISTED: u32 = 200;
/// Readings of one list.
const MAX_USES: usize = 200;
/// Administrators who are told. A clinic has fewer.
const MAX_ADMINS: u32 = 200;
/// Who is told: whoever can look into it.
const ADMINS: Which = Which { role: Some(Role::Admin), status: Some(PersonStatus::Active) };
/// Uses of emergencies are told by operations that begin so; what is done with one is not.
const OWN: &str = "emergency.";

impl Execute<OpenEmergency> for Node {
    async fn execute(&self, call: Call, op: OpenEmergency) -> Result<EmergencyCard, Fault> {
        let clinician_id = own(&call)?;
        let text = words(&op.text, "text", LEAST_CHARS, "10 to 500 characters.")?;
        let patient = self.store.person(op.patient_id).await.map_err(unsaved)?;
        let patient = patient.filter(|it| it.role == Role::Patient).ok_or(FaultCode::NotFound)?;
        let grant_id = GrantId(Uuid::now_v7());
        let text =
            self.sealed(Said::Emergency, grant_id, patient.person_id, &text, call.now).await?;
        let grant = GrantRecord {
            grant_id,
            patient_id: patient.person_id,
            clinician_id,
            reason: op.reason,
            text,
            opened_at: call.now,
            ends_at: call.now.plus(OPEN_FOR),
            review: None,
        };
        let of = patient.organisation_id;
        let admins = self.store.people(of, ADMINS, MAX_ADMINS).await.map_err(unsaved)?;
        let admins = admins.into_iter().map(|it| it.person_id);
        let notices = plan::about_emergency(patient.person_id, admins, call.now, plan::fresh);
        call.concerns(patient.person_id);
        let opened =
            self.store.open_grant(grant, QUOTA, notices).await.map_err(|error| match error {
                StoreError::Conflict(Conflict::Full) => FaultCode::EmergencyQuota.into(),
                other => unsaved(other),
            })?;
        metrics::counter!("bedside_emergencies_total").increment(1);
        self.notices_saved();
        // Whoever is cut off before that asks again, and is answered what is open.
        self.kept(&call, card(&opened)).await
    }
}

impl Execute<ListEmergencies> for Node {
    async fn execute(&self, call: Call, _: ListEmergencies) -> Result<Emergencies, Fault> {
        let open = self.store.open_grants(own(&call)?, call.now).await.map_err(unsaved)?;
        Ok(Emergencies { emergencies: open.iter().map(card).collect() })
    }
}

impl Execute<ListEmergencyReviews> for Node {
    async fn execute(
        &self,
        call: Call,
        _: ListEmergencyReviews,
    ) -> Result<EmergencyReviews, Fault> {
        let of = call.principal()?.organisation;
        let mut reviews = vec![];
        for it in self.store.grants(of, MAX_LISTED).await.map_err(unsaved)? {
            reviews.push(review(self.opened_grant(it).await?));
        }
        Ok(EmergencyReviews { reviews })
    }
}

impl Execute<ListEmergencyUses> for Node {
    async fn execute(&self, call: Call, op: ListEmergencyUses) -> Result<EmergencyUses, Fault> {
        self.store.grant(op.grant_id).await.map_err(unsaved)?.ok_or(FaultCode::NotFound)?;
        let query = AuditQuery {
            organisation: Some(call.principal()?.organisation),
            target: Some(format!("grant_id:{}", op.grant_id)),
            limit: MAX_LISTED.saturating_add(1),
            ..AuditQuery::default()
        };
        let mut found = self.store.search_audit(query).await.map_err(unsaved)?;
        let is_cut = found.len() > MAX_USES;
        found.truncate(MAX_USES);
        let read = found.into_iter().map(|it| it.row).filter(|it| !it.operation.starts_with(OWN));
        let uses = read.map(|it| EmergencyUse {
            audit_id: it.audit_id,
            at: it.at,
            operation: it.operation,
            outcome: it.phase,
            returned: it.returned.map(|it| it.ids).unwrap_or_default(),
        });
        Ok(EmergencyUses { uses: uses.collect(), is_cut })
    }
}

impl Execute<ReviewEmergency> for Node {
    async fn execute(&self, call: Call, op: ReviewEmergency) -> Result<EmergencyReview, Fault> {
        let by = own(&call)?;
        let note = words(&op.note, "note", 1, "1 to 500 characters.")?;
        let grant = self.store.grant(op.grant_id).await.map_err(unsaved)?;
        let grant = grant.ok_or(FaultCode::NotFound)?;
        if grant.clinician_id == by {
            let why = "Whoever opened it does not look into it.";
            return Err(Fault::new(FaultCode::Forbidden).because(why));
        }
        call.concerns(grant.patient_id);
        let whose = grant.patient_id;
        let sealed = self.sealed(Said::Review, op.grant_id, whose, &note, call.now).await?;
        let found = ReviewRecord { by, at: call.now, verdict: op.verdict, note };
        let grant = self.opened_grant(grant).await?;
        let output = review(GrantRecord { review: Some(found.clone()), ..grant });
        let answered = call.answered(&output)?;
        let found = ReviewRecord { note: sealed, ..found };
        self.store.review_grant(op.grant_id, found, answered).await.map_err(unsaved)?;
        Ok(output)
    }
}

impl Node {
    /// Words about the patient, as they are kept.
    async fn sealed(
        &self,
        at: Said,
        id: GrantId,
        patient: PersonId,
        text: &Phi<String>,
        now: UnixMillis,
    ) -> Result<Phi<String>, Fault> {
        let sealed = self.records().seal_said(at, id.0, patient, text, now).await;
        sealed.map(Into::into).map_err(unread)
    }

    /// With its words; those whose key was destroyed say nothing, as those that were taken away.
    async fn opened_grant(&self, grant: GrantRecord) -> Result<GrantRecord, Fault> {
        let (row, patient) = (grant.grant_id.0, grant.patient_id);
        let open = async |at: Said, text: Phi<String>| {
            let said = SaidOf { at, row, patient, text: Kept::of(text.into_exposed()) };
            self.records().open_said(said).await.map(Option::unwrap_or_default).map_err(unread)
        };
        let text = open(Said::Emergency, grant.text.clone()).await?;
        let review = match grant.review.clone() {
            None => None,
            Some(it) => Some(ReviewRecord { note: open(Said::Review, it.note).await?, ..it }),
        };
        Ok(GrantRecord { text, review, ..grant })
    }
}

fn own(call: &Call) -> Result<PersonId, Fault> {
    match call.principal()?.who {
        Who::Person(id) => Ok(id),
        Who::Participant(_) => Err(FaultCode::Forbidden.into()),
    }
}

fn words(
    said: &Phi<String>,
    field: &'static str,
    least: usize,
    why: &'static str,
) -> Result<Phi<String>, Fault> {
    let text = said.expose().trim();
    match (least..=MOST_CHARS).contains(&text.chars().count()) {
        true => Ok(text.to_owned().into()),
        false => Err(Fault::invalid(field, why)),
    }
}

fn card(it: &GrantRecord) -> EmergencyCard {
    EmergencyCard {
        grant_id: it.grant_id,
        patient_id: it.patient_id,
        clinician_id: it.clinician_id,
        reason: it.reason,
        opened_at: it.opened_at,
        ends_at: it.ends_at,
    }
}

fn review(it: GrantRecord) -> EmergencyReview {
    let emergency = card(&it);
    let found = it.review;
    EmergencyReview {
        emergency,
        text: it.text,
        verdict: found.as_ref().map(|it| it.verdict),
        reviewed_by: found.as_ref().map(|it| it.by),
        reviewed_at: found.as_ref().map(|it| it.at),
        note: found.map(|it| it.note),
    }
}
