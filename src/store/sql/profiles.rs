//! Services, and what is said of practitioners and patients.
//!
//! Invariant: a revision is written once. Of two who write the next one, one is told `Stale`.

use super::call::{Call, Tx};
use super::ledger::keep_answer;
use super::organisations::people_of;
use super::people::to_record;
use super::schedule_rows::{service_row, small, to_service};
use super::subjects::note_sealed;
use super::words::{count, from_json, to_json};
use super::{SqlStore, errors};
use crate::domain::residency::Residency;
use crate::domain::schedule::Service;
use crate::protocol::ids::{OrganisationId, PersonId};
use crate::protocol::person::Role;
use crate::store::schedule::{Kept, PatientRecord, PractitionerRecord};
use crate::store::verdict::PRACTITIONERS;
use crate::store::{Answered, Conflict, StoreError, Stored};
use entity::{patient_profile, practitioner_profile, service, user};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};
use std::collections::HashMap;
use uuid::Uuid;

const STALE: StoreError = StoreError::Conflict(Conflict::Stale);
const MISSING: StoreError = StoreError::Conflict(Conflict::Missing);

impl SqlStore {
    pub(super) async fn all_services(&self, of: OrganisationId) -> Stored<Vec<Service>> {
        let query = service::Entity::find()
            .filter(service::Column::OrganisationId.eq(of.0))
            .order_by_asc(service::Column::Name)
            .order_by_asc(service::Column::Id);
        self.find_all(query).await?.into_iter().map(to_service).collect()
    }

    pub(super) async fn write_service(
        &self,
        of: OrganisationId,
        service: Service,
        answered: Option<Answered>,
    ) -> Stored<()> {
        let row = service_row(of, service)?;
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            let key = (service::Column::Id, row.id);
            save_revision(&tx, row.revision, key, service::Column::Revision, row).await?;
            tx.commit().await
        })
        .await
    }

    pub(super) async fn all_practitioners(
        &self,
        of: OrganisationId,
    ) -> Stored<Vec<PractitionerRecord>> {
        let roles = PRACTITIONERS.map(Role::as_str);
        let accounts = user::Entity::find()
            .filter(user::Column::OrganisationId.eq(of.0))
            .filter(user::Column::Role.is_in(roles))
            .order_by_asc(user::Column::DisplayName)
            .order_by_asc(user::Column::Id);
        let call = Call::default();
        let (accounts, profiles) = call
            .run(async {
                let tx = self.snapshot(&call).await?;
                let accounts = accounts.all(tx.on()).await.map_err(errors::before_commit)?;
                let theirs = practitioner_profile::Column::UserId.in_subquery(people_of(of));
                let profiles = practitioner_profile::Entity::find().filter(theirs).all(tx.on());
                Ok((accounts, profiles.await.map_err(errors::before_commit)?))
            })
            .await?;
        let mut profiles: HashMap<_, _> = profiles.into_iter().map(|it| (it.user_id, it)).collect();
        let residency = self.keeps.get();
        let both = |it: user::Model| {
            let profile = profiles.remove(&it.id);
            to_practitioner(it, profile, &residency)
        };
        accounts.into_iter().map(both).collect()
    }

    pub(super) async fn write_practitioner(
        &self,
        record: PractitionerRecord,
        answered: Option<Answered>,
    ) -> Stored<()> {
        let id = record.person_id;
        let row = practitioner_row(record)?;
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            ensure_role(&tx, id, &PRACTITIONERS).await?;
            let key = (practitioner_profile::Column::UserId, row.user_id);
            let column = practitioner_profile::Column::Revision;
            save_revision(&tx, row.revision, key, column, row).await?;
            tx.commit().await
        })
        .await
    }

    pub(super) async fn one_patient(&self, id: PersonId) -> Stored<Option<PatientRecord>> {
        let account =
            user::Entity::find_by_id(id.0).filter(user::Column::Role.eq(Role::Patient.as_str()));
        let call = Call::default();
        let found = call
            .run(async {
                let tx = self.snapshot(&call).await?;
                if account.one(tx.on()).await.map_err(errors::before_commit)?.is_none() {
                    return Ok(None);
                }
                let profile = patient_profile::Entity::find_by_id(id.0).one(tx.on());
                Ok(Some(profile.await.map_err(errors::before_commit)?))
            })
            .await?;
        found.map(|profile| to_patient(id, profile)).transpose()
    }

    pub(super) async fn write_patient(
        &self,
        record: PatientRecord,
        answered: Option<Answered>,
    ) -> Stored<()> {
        let (id, is_sealed) = (record.person_id, record.is_sealed());
        let row = patient_row(record);
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            ensure_role(&tx, id, &[Role::Patient]).await?;
            if is_sealed {
                note_sealed(&tx, id, row.revision, false).await?;
            }
            let key = (patient_profile::Column::UserId, row.user_id);
            let column = patient_profile::Column::Revision;
            save_revision(&tx, row.revision, key, column, row).await?;
            tx.commit().await
        })
        .await
    }
}

/// Inserts a first revision, or writes the next one over the one before.
async fn save_revision<M, A>(
    tx: &Tx<'_>,
    revision: i64,
    (key, id): (impl ColumnTrait, Uuid),
    column: impl ColumnTrait,
    row: M,
) -> Stored<()>
where
    M: IntoActiveModel<A>,
    A: ActiveModelTrait + ActiveModelBehavior,
{
    let row = row.into_active_model();
    match revision {
        ..1 => Err(STALE),
        1 => {
            let insert = A::Entity::insert(row).exec_without_returning(tx.on());
            insert.await.map_err(errors::before_commit)?;
            Ok(())
        }
        _ => {
            let update = A::Entity::update_many()
                .set(row.reset_all())
                .filter(key.eq(id))
                .filter(column.eq(revision - 1))
                .exec(tx.on());
            match update.await.map_err(errors::before_commit)?.rows_affected {
                0 => Err(STALE),
                _ => Ok(()),
            }
        }
    }
}

async fn ensure_role(tx: &Tx<'_>, id: PersonId, roles: &[Role]) -> Stored<()> {
    let query = user::Entity::find_by_id(id.0)
        .filter(user::Column::Role.is_in(roles.iter().map(|it| it.as_str())))
        .one(tx.on());
    query.await.map_err(errors::before_commit)?.map(drop).ok_or(MISSING)
}

fn practitioner_row(of: PractitionerRecord) -> Stored<practitioner_profile::Model> {
    Ok(practitioner_profile::Model {
        user_id: of.person_id.0,
        specialties: to_json(&of.specialties)?,
        languages: to_json(&of.languages)?,
        licences: to_json(&of.licences)?,
        insurers: to_json(&of.insurers)?,
        about: of.about,
        experience_years: i64::from(of.experience_years),
        weight: i64::from(of.weight),
        service_ids: to_json(&of.service_ids)?,
        revision: i64::from(of.revision),
    })
}

fn to_practitioner(
    account: user::Model,
    profile: Option<practitioner_profile::Model>,
    residency: &Residency,
) -> Stored<PractitionerRecord> {
    let table = "practitioner_profiles";
    let account = to_record(account, residency)?;
    let mut record = PractitionerRecord::without_profile(
        account.person_id,
        account.display_name,
        account.role,
        account.time_zone,
    );
    record.is_out = account.standing.is_out();
    if let Some(it) = profile {
        record.specialties = from_json(&it.specialties, table, "specialties")?;
        record.languages = from_json(&it.languages, table, "languages")?;
        record.licences = from_json(&it.licences, table, "licences")?;
        record.insurers = from_json(&it.insurers, table, "insurers")?;
        record.about = it.about;
        record.experience_years = small(it.experience_years, table, "experience_years")?;
        record.weight = small(it.weight, table, "weight")?;
        record.service_ids = from_json(&it.service_ids, table, "service_ids")?;
        record.revision = count(it.revision, table, "revision")?;
    }
    Ok(record)
}

pub(super) fn patient_row(of: PatientRecord) -> patient_profile::Model {
    patient_profile::Model {
        user_id: of.person_id.0,
        birth_date: of.birth_date.map(Kept::into_column),
        gender: of.gender.map(Kept::into_column),
        phone: of.phone.map(Kept::into_column),
        jurisdiction: of.jurisdiction,
        language: of.language,
        insurer: of.insurer.map(Kept::into_column),
        insurance_number: of.insurance_number.map(Kept::into_column),
        emergency_contact: of.emergency_contact.map(Kept::into_column),
        revision: i64::from(of.revision),
    }
}

pub(super) fn to_patient(
    id: PersonId,
    profile: Option<patient_profile::Model>,
) -> Stored<PatientRecord> {
    let Some(it) = profile else { return Ok(PatientRecord::without_profile(id)) };
    Ok(PatientRecord {
        person_id: id,
        birth_date: it.birth_date.map(Kept::of),
        gender: it.gender.map(Kept::of),
        phone: it.phone.map(Kept::of),
        jurisdiction: it.jurisdiction,
        language: it.language,
        insurer: it.insurer.map(Kept::of),
        insurance_number: it.insurance_number.map(Kept::of),
        emergency_contact: it.emergency_contact.map(Kept::of),
        revision: count(it.revision, "patient_profiles", "revision")?,
    })
}
