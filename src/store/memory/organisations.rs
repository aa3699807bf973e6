//! Organisations in the memory store.

use super::Memory;
use super::state::{State, ensure};
use crate::domain::schedule::Exception;
use crate::protocol::ids::{
    AppointmentId, AuditId, ConversationId, ErasureId, ExceptionId, FileId, GrantId, LegalHoldId,
    NoticeId, OrganisationId, PaymentId, PersonId, ReportId, ServiceId, SessionId, TaskId,
    WaitlistId,
};
use crate::protocol::time::UnixMillis;
use crate::store::memory::faults::Point;
use crate::store::organisations::{Kind, Named, OrganisationRecord, Organisations};
use crate::store::{Answered, Conflict, Stored};
use async_trait::async_trait;
use std::collections::BTreeMap;

/// Which there are, and whose is what does not say so itself.
#[derive(Debug)]
pub(super) struct Houses {
    pub(super) all: Vec<OrganisationRecord>,
    pub(super) services: BTreeMap<ServiceId, OrganisationId>,
    pub(super) closures: BTreeMap<ExceptionId, OrganisationId>,
}

impl Default for Houses {
    /// As the migration leaves it.
    fn default() -> Self {
        let first = OrganisationRecord {
            organisation_id: OrganisationId::FIRST,
            name: "The first clinic".to_owned(),
            slug: "first".to_owned(),
            time_zone: "UTC".to_owned(),
            created_at: UnixMillis(0),
        };
        Houses { all: vec![first], services: BTreeMap::new(), closures: BTreeMap::new() }
    }
}

#[async_trait]
impl Organisations for Memory {
    async fn create_organisation(&self, it: OrganisationRecord) -> Stored<()> {
        self.write(Point::CreateOrganisation, |state| {
            let is_new = |other: &OrganisationRecord| {
                other.slug != it.slug && other.organisation_id != it.organisation_id
            };
            ensure(state.houses.all.iter().all(is_new), Conflict::Stale)?;
            state.houses.all.push(it);
            state.houses.all.sort_by_key(|it| (it.created_at, it.organisation_id));
            Ok(())
        })
        .await
    }

    async fn organisations(&self) -> Stored<Vec<OrganisationRecord>> {
        Ok(self.state().houses.all.clone())
    }

    async fn organisation_called(&self, slug: &str) -> Stored<Option<OrganisationRecord>> {
        Ok(self.state().houses.all.iter().find(|it| it.slug == slug).cloned())
    }

    async fn house_of(&self, it: Named) -> Stored<Option<OrganisationId>> {
        Ok(self.state().house_of(it))
    }

    async fn houses_of(&self, people: Vec<PersonId>) -> Stored<BTreeMap<PersonId, OrganisationId>> {
        let state = self.state();
        Ok(people.into_iter().filter_map(|it| Some((it, state.house_of_person(it)?))).collect())
    }
}

impl State {
    /// Whose an account is.
    pub(super) fn house_of_person(&self, id: PersonId) -> Option<OrganisationId> {
        self.people.get(&id).map(|it| it.organisation_id)
    }

    pub(super) fn is_of(&self, id: PersonId, house: OrganisationId) -> bool {
        self.house_of_person(id) == Some(house)
    }

    fn house_of_visit(&self, id: AppointmentId) -> Option<OrganisationId> {
        self.visits.get(&id).map(|it| it.facts.organisation_id)
    }

    pub(super) fn house_of_talk(&self, id: ConversationId) -> Option<OrganisationId> {
        self.house_of_person(self.talks.chats.get(&id)?.record.patient_id)
    }

    fn house_of(&self, Named { kind, id }: Named) -> Option<OrganisationId> {
        let person = |id: PersonId| self.house_of_person(id);
        match kind {
            Kind::Person => person(PersonId(id)),
            Kind::Service => self.houses.services.get(&ServiceId(id)).copied(),
            Kind::Exception => {
                let exception = self.booked.exceptions.get(&ExceptionId(id))?;
                match exception.practitioner_id {
                    Some(whose) => person(whose),
                    None => self.houses.closures.get(&ExceptionId(id)).copied(),
                }
            }
            Kind::Appointment => self.house_of_visit(AppointmentId(id)),
            Kind::Session => {
                let session = self.sessions.get(&SessionId(id))?;
                let visit = session.visit.and_then(|(visit, _)| self.house_of_visit(visit));
                visit.or_else(|| person(session.person_id?))
            }
            Kind::Conversation => self.house_of_talk(ConversationId(id)),
            Kind::File => self.house_of_talk(self.files.get(&FileId(id))?.conversation_id),
            Kind::Notice => person(self.notices.get(&NoticeId(id))?.notice.person_id),
            Kind::Task => self.house_of_visit(self.booked.tasks.get(&TaskId(id))?.appointment_id),
            Kind::Payment => person(self.booked.payments.get(&PaymentId(id))?.patient_id),
            Kind::Wish => person(self.booked.waitlist.get(&WaitlistId(id))?.patient_id),
            Kind::Erasure => {
                let all = &self.erasures;
                person(all.iter().find(|it| it.erasure_id == ErasureId(id))?.person_id)
            }
            Kind::LegalHold => {
                let all = &self.legal_holds;
                person(all.iter().find(|it| it.hold_id == LegalHoldId(id))?.person_id)
            }
            Kind::Report => {
                let all = &self.reports;
                person(all.iter().find(|it| it.report_id == ReportId(id))?.made_by)
            }
            Kind::Grant => person(self.shared.patient_of(GrantId(id))?),
            Kind::Audit => self.audit.iter().find(|it| it.audit_id == AuditId(id))?.organisation,
        }
    }

    pub(super) fn save_closure(
        &mut self,
        of: OrganisationId,
        closure: Exception,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.check_key(answered.as_ref())?;
        let id = closure.exception_id;
        let whose = self.houses.closures.get(&id);
        ensure(whose.is_none_or(|it| *it == of), Conflict::Missing)?;
        self.put_exception(closure, None)?;
        self.houses.closures.insert(id, of);
        self.keep(answered);
        Ok(())
    }

    pub(super) fn remove_closure(
        &mut self,
        of: OrganisationId,
        id: ExceptionId,
        answered: Option<Answered>,
    ) -> Stored<()> {
        self.check_key(answered.as_ref())?;
        ensure(self.houses.closures.get(&id) == Some(&of), Conflict::Missing)?;
        self.drop_exception(id, None)?;
        self.houses.closures.remove(&id);
        self.keep(answered);
        Ok(())
    }
}
