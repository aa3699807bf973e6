//! Services, the directory of practitioners, and patients' profiles.

use crate::command::{Call, Execute, unsaved};
use crate::domain::policy::Who;
use crate::domain::schedule::zone::{LocalDate, Zone};
use crate::domain::schedule::{Flaw, Service, booking::licence_gate, check, profile};
use crate::node::Node;
use crate::node::schedules::may_edit;
use crate::node::search::licence;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{PersonId, ServiceId};
use crate::protocol::person::Role;
use crate::protocol::practice::{
    CreateService, Licence, ListPractitioners, ListServices, MAX_SERVICES, OwnProfile,
    Practitioner, PractitionerProfile, Practitioners, Price, ReadProfile, ServiceCard,
    ServiceTerms, Services, UpdatePractitioner, UpdateProfile, UpdateService,
};
use crate::protocol::time::UnixMillis;
use crate::records::{Opened, Records, Unread};
use crate::store::schedule::{LicenceRecord, PractitionerRecord};
use std::time::Duration;
use uuid::Uuid;

const MINUTE: u64 = 60;

impl Execute<ListServices> for Node {
    async fn execute(&self, call: Call, _: ListServices) -> Result<Services, Fault> {
        let principal = call.principal()?;
        let is_admin = principal.role == Role::Admin;
        let clinic = self.clinic(principal.organisation, call.now).await?;
        let shown = clinic.services.iter().filter(|it| it.is_active || is_admin);
        Ok(Services { services: shown.map(card).collect() })
    }
}

impl Execute<CreateService> for Node {
    async fn execute(&self, call: Call, op: CreateService) -> Result<ServiceCard, Fault> {
        let of = call.principal()?.organisation;
        let known = self.store.services(of).await.map_err(unsaved)?;
        if known.len() >= MAX_SERVICES {
            return Err(Flaw::OutOfBounds("At most 500 services.").of("terms").into());
        }
        self.save_service(&call, ServiceId(Uuid::now_v7()), 1, op.terms).await
    }
}

impl Execute<UpdateService> for Node {
    async fn execute(&self, call: Call, op: UpdateService) -> Result<ServiceCard, Fault> {
        let of = call.principal()?.organisation;
        let known = self.store.services(of).await.map_err(unsaved)?;
        let before = known.iter().find(|it| it.service_id == op.service_id);
        if before.ok_or(FaultCode::NotFound)?.revision != op.revision {
            return Err(FaultCode::Conflict.into());
        }
        let revision = op.revision.saturating_add(1);
        self.save_service(&call, op.service_id, revision, op.terms).await
    }
}

impl Execute<ListPractitioners> for Node {
    async fn execute(&self, call: Call, op: ListPractitioners) -> Result<Practitioners, Fault> {
        if let Some(code) = &op.jurisdiction {
            check::jurisdiction(code)?;
        }
        let clinic = self.clinic(call.principal()?.organisation, call.now).await?;
        let has = |wanted: &Option<String>, all: &[String]| {
            wanted
                .as_ref()
                .is_none_or(|it| all.iter().any(|one| one.eq_ignore_ascii_case(it.trim())))
        };
        // Whoever keeps calendars looks after those of who is away as well.
        let shows_suspended = matches!(call.principal()?.role, Role::Admin | Role::Clinician);
        let shown = clinic.practitioners.iter().filter(|it| {
            (shows_suspended || !it.is_out)
                && op.role.is_none_or(|role| it.role == role)
                && has(&op.specialty, &it.specialties)
                && has(&op.language, &it.languages)
                && has(&op.insurer, &it.insurers)
                && op.service_id.is_none_or(|id| it.service_ids.contains(&id))
                && op.jurisdiction.as_ref().is_none_or(|code| may_treat(it, code, call.now))
        });
        Ok(Practitioners { practitioners: shown.map(practitioner).collect() })
    }
}

impl Execute<UpdatePractitioner> for Node {
    async fn execute(&self, call: Call, op: UpdatePractitioner) -> Result<Practitioner, Fault> {
        let principal = call.principal()?;
        may_edit(&principal, op.person_id)?;
        let all = self.store.practitioners(principal.organisation).await.map_err(unsaved)?;
        let before = all.into_iter().find(|it| it.person_id == op.person_id);
        let before = before.ok_or(FaultCode::NotFound)?;
        if before.revision != op.revision {
            return Err(FaultCode::Conflict.into());
        }
        let told = profile::practitioner(op.profile)?;
        if principal.role != Role::Admin && told.weight != before.weight {
            // Whoever sets their own share of the pool takes it from the others.
            return Err(FaultCode::Forbidden.into());
        }
        let clinic = self.clinic(principal.organisation, call.now).await?;
        if told.service_ids.iter().any(|id| clinic.service(*id).is_none()) {
            return Err(Fault::invalid("service_ids", "Services of this clinic."));
        }
        let record = record(before, told);
        let output = practitioner(&record);
        let answered = call.answered(&output)?;
        self.store.save_practitioner(record, answered).await.map_err(unsaved)?;
        self.clinic_memory.forget();
        Ok(output)
    }
}

impl Execute<ReadProfile> for Node {
    async fn execute(&self, call: Call, _: ReadProfile) -> Result<OwnProfile, Fault> {
        let opened = self.records().profile(own_id(&call)?).await.map_err(unread)?;
        let Opened { revision, profile, .. } = opened.ok_or(FaultCode::NotFound)?;
        Ok(OwnProfile { revision, profile })
    }
}

impl Execute<UpdateProfile> for Node {
    async fn execute(&self, call: Call, op: UpdateProfile) -> Result<OwnProfile, Fault> {
        let id = own_id(&call)?;
        let before = self.records().revision(id).await.map_err(unread)?;
        if before.ok_or(FaultCode::NotFound)? != op.revision {
            return Err(FaultCode::Conflict.into());
        }
        profile::patient(&op.profile, today(call.now)?)?;
        let revision = op.revision.saturating_add(1);
        let opened = Opened { person_id: id, revision, profile: op.profile.clone() };
        let record = self.records().seal(opened, call.now).await.map_err(unread)?;
        let output = OwnProfile { revision, profile: op.profile };
        let answered = call.answered(&output)?;
        self.store.save_patient(record, answered).await.map_err(unsaved)?;
        Ok(output)
    }
}

impl Node {
    async fn save_service(
        &self,
        call: &Call,
        service_id: ServiceId,
        revision: u32,
        terms: ServiceTerms,
    ) -> Result<ServiceCard, Fault> {
        let service = service(service_id, revision, terms);
        check::service(&service)?;
        let output = card(&service);
        let answered = call.answered(&output)?;
        let of = call.principal()?.organisation;
        self.store.save_service(of, service, answered).await.map_err(unsaved)?;
        self.clinic_memory.forget();
        Ok(output)
    }

    /// What is kept of people, sealed and opened.
    pub(super) fn records(&self) -> Records<'_> {
        Records::new(self.store.as_ref(), &self.keys.vault)
    }
}

fn own_id(call: &Call) -> Result<PersonId, Fault> {
    match call.principal()?.who {
        Who::Person(id) => Ok(id),
        Who::Participant(_) => Err(FaultCode::Forbidden.into()),
    }
}

/// The fault of a record that was not read or not sealed. Nothing was changed.
pub(super) fn unread(why: Unread) -> Fault {
    match why {
        Unread::Store(error) => unsaved(error),
        Unread::Damaged => Fault::new(FaultCode::Internal)
            .because("What is kept is not what was saved. It was reported, and is not shown."),
        Unread::Unavailable => FaultCode::Unavailable.into(),
        Unread::Gone => FaultCode::NotFound.into(),
    }
}

/// The latest day there is anywhere: nobody is told that they are not born yet.
fn today(now: UnixMillis) -> Result<LocalDate, Fault> {
    Ok(Zone::parse("Pacific/Kiritimati")?.local(now).wall.date())
}

fn may_treat(it: &PractitionerRecord, code: &str, now: UnixMillis) -> bool {
    let Ok(zone) = Zone::parse(&it.time_zone).or_else(|_| Zone::parse("UTC")) else {
        return false;
    };
    let licences: Vec<_> = it.licences.iter().map(licence).collect();
    licence_gate(&licences, code, zone.local(now).wall.date()).is_ok()
}

fn card(it: &Service) -> ServiceCard {
    let minutes = |it: Duration| it.as_secs() / MINUTE;
    let short = |it: Duration| u16::try_from(minutes(it)).unwrap_or(u16::MAX);
    ServiceCard {
        service_id: it.service_id,
        terms: ServiceTerms {
            name: it.name.clone(),
            specialty: it.specialty.clone(),
            duration_min: short(it.duration),
            buffer_before_min: short(it.buffer_before),
            buffer_after_min: short(it.buffer_after),
            alignment_interval_min: short(it.alignment_interval),
            alignment_offset_min: short(it.alignment_offset),
            min_notice_min: u32::try_from(minutes(it.min_notice)).unwrap_or(u32::MAX),
            horizon_days: it.horizon_days,
            slot_capacity: it.capacity,
            is_active: it.is_active,
            price: it
                .price
                .clone()
                .map(|(amount_minor, currency)| Price { amount_minor, currency }),
        },
        revision: it.revision,
    }
}

fn service(service_id: ServiceId, revision: u32, terms: ServiceTerms) -> Service {
    let minutes = |it: u64| Duration::from_secs(it * MINUTE);
    Service {
        service_id,
        name: terms.name.trim().to_owned(),
        specialty: terms.specialty.trim().to_lowercase(),
        duration: minutes(terms.duration_min.into()),
        buffer_before: minutes(terms.buffer_before_min.into()),
        buffer_after: minutes(terms.buffer_after_min.into()),
        alignment_interval: minutes(terms.alignment_interval_min.into()),
        alignment_offset: minutes(terms.alignment_offset_min.into()),
        min_notice: minutes(terms.min_notice_min.into()),
        horizon_days: terms.horizon_days,
        capacity: terms.slot_capacity,
        is_active: terms.is_active,
        price: terms.price.map(|it| (it.amount_minor, it.currency)),
        revision,
    }
}

fn practitioner(it: &PractitionerRecord) -> Practitioner {
    Practitioner {
        person_id: it.person_id,
        display_name: it.display_name.clone(),
        role: it.role,
        time_zone: it.time_zone.clone(),
        profile: PractitionerProfile {
            specialties: it.specialties.clone(),
            languages: it.languages.clone(),
            licences: it
                .licences
                .iter()
                .map(|it| Licence {
                    jurisdiction: it.jurisdiction.clone(),
                    number: it.number.clone(),
                    valid_until: it.valid_until.clone(),
                })
                .collect(),
            insurers: it.insurers.clone(),
            about: it.about.clone(),
            experience_years: it.experience_years,
            weight: it.weight,
            service_ids: it.service_ids.clone(),
        },
        revision: it.revision,
    }
}

fn record(before: PractitionerRecord, told: PractitionerProfile) -> PractitionerRecord {
    let licences = told.licences.into_iter().map(|it| LicenceRecord {
        jurisdiction: it.jurisdiction,
        number: it.number,
        valid_until: it.valid_until,
    });
    PractitionerRecord {
        specialties: told.specialties,
        languages: told.languages,
        licences: licences.collect(),
        insurers: told.insurers,
        about: told.about,
        experience_years: told.experience_years,
        weight: told.weight,
        service_ids: told.service_ids,
        revision: before.revision.saturating_add(1),
        ..before
    }
}
