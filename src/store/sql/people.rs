//! Accounts.

use super::call::{Call, Tx};
use super::ledger::keep_answer;
use super::residency::is_elsewhere;
use super::words::{count, from_word, millis, to_word, unreadable};
use super::{SqlStore, errors};
use crate::domain::residency::Residency;
use crate::protocol::ids::{OrganisationId, PersonId};
use crate::protocol::person::PersonStatus;
use crate::protocol::region::Region;
use crate::protocol::time::UnixMillis;
use crate::store::people::{Standing, SuspendedRecord, Which};
use crate::store::records::ERASED_DOMAIN;
use crate::store::{Answered, People, PersonRecord, Stored};
use async_trait::async_trait;
use entity::user;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};

const TABLE: &str = "users";

#[async_trait]
impl People for SqlStore {
    async fn create_person(&self, person: PersonRecord, answered: Option<Answered>) -> Stored<()> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            insert_person(&tx, person).await?;
            tx.commit().await
        })
        .await
    }

    async fn person(&self, id: PersonId) -> Stored<Option<PersonRecord>> {
        self.one_person(user::Entity::find_by_id(id.0)).await
    }

    async fn person_by_email(&self, email: &str) -> Stored<Option<PersonRecord>> {
        self.one_person(user::Entity::find().filter(user::Column::Email.eq(email))).await
    }

    async fn people(
        &self,
        of: OrganisationId,
        which: Which,
        limit: u32,
    ) -> Stored<Vec<PersonRecord>> {
        let residency = self.keeps.get();
        let mut query = user::Entity::find().filter(user::Column::OrganisationId.eq(of.0));
        if let Some(role) = which.role {
            query = query.filter(user::Column::Role.eq(role.as_str()));
        }
        if let Some(status) = which.status {
            query = query.filter(has(status, &residency));
        }
        let query = query
            .order_by_asc(user::Column::DisplayName)
            .order_by_asc(user::Column::Id)
            .limit(u64::from(limit));
        let found = Call::default()
            .run(async { query.all(&self.reading().await?).await.map_err(errors::before_commit) })
            .await?;
        let read = |row| to_record(row, &residency);
        let found = found.into_iter().map(read).collect::<Stored<Vec<_>>>()?;
        Ok(found.into_iter().filter(|it| which.is(it)).collect())
    }
}

/// Whoever may have that status: an address of a kind is looked at more closely when the row is read.
fn has(status: PersonStatus, residency: &Residency) -> Condition {
    let gone = || {
        Condition::any()
            .add(user::Column::ErasedAt.is_not_null())
            .add(user::Column::Email.ends_with(ERASED_DOMAIN))
    };
    let there = Condition::all().add(user::Column::ErasedAt.is_null());
    let here = || {
        there.clone().add(user::Column::SuspendedAt.is_null()).add(is_elsewhere(residency).not())
    };
    match status {
        PersonStatus::Active => here().add(user::Column::InvitedAt.is_null()),
        PersonStatus::Invited => here().add(user::Column::InvitedAt.is_not_null()),
        PersonStatus::Suspended => there.add(user::Column::SuspendedAt.is_not_null()),
        PersonStatus::Erased => gone(),
        PersonStatus::Elsewhere => {
            there.add(user::Column::SuspendedAt.is_null()).add(is_elsewhere(residency))
        }
    }
}

impl SqlStore {
    async fn one_person(
        &self,
        query: sea_orm::Select<user::Entity>,
    ) -> Stored<Option<PersonRecord>> {
        let found = Call::default()
            .run(async { query.one(&self.reading().await?).await.map_err(errors::before_commit) })
            .await?;
        let residency = self.keeps.get();
        found.map(|row| to_record(row, &residency)).transpose()
    }
}

pub(super) async fn insert_person(tx: &Tx<'_>, person: PersonRecord) -> Stored<()> {
    let insert = user::Entity::insert(to_row(person)?.into_active_model());
    insert.exec_without_returning(tx.on()).await.map(drop).map_err(errors::before_commit)
}

fn to_row(person: PersonRecord) -> Stored<user::Model> {
    Ok(user::Model {
        id: person.person_id.0,
        organisation_id: person.organisation_id.0,
        display_name: person.display_name.into_exposed(),
        email: person.email.into_exposed(),
        password_hash: person.password_hash.into_exposed(),
        role: to_word(&person.role)?,
        timezone: person.time_zone,
        created_at: person.created_at.0,
        password_is_short: false,
        revision: i64::from(person.standing.revision),
        suspended_at: person.standing.suspended.as_ref().map(|it| it.at.0),
        suspended_by: person.standing.suspended.as_ref().map(|it| it.by.0),
        suspended_because: person.standing.suspended.map(|it| it.reason.into_exposed()),
        erased_at: millis(person.standing.erased_at),
        home_region: person.standing.home_region.map(|it| it.as_str().to_owned()),
        invited_at: millis(person.standing.invited_at),
        password_until: millis(person.standing.password_until),
    })
}

pub(super) fn to_record(row: user::Model, residency: &Residency) -> Stored<PersonRecord> {
    let home = row
        .home_region
        .map(|it| Region::parse(&it).ok_or_else(|| unreadable(TABLE, "home_region")));
    let home_region = home.transpose()?;
    let standing = Standing {
        is_elsewhere: residency.is_elsewhere(home_region.as_ref()),
        home_region,
        revision: count(row.revision, TABLE, "revision")?,
        suspended: row.suspended_at.map(|at| SuspendedRecord {
            at: UnixMillis(at),
            by: PersonId(row.suspended_by.unwrap_or_default()),
            reason: row.suspended_because.unwrap_or_default().into(),
        }),
        erased_at: row.erased_at.map(UnixMillis),
        invited_at: row.invited_at.map(UnixMillis),
        password_until: row.password_until.map(UnixMillis),
    };
    Ok(PersonRecord {
        person_id: PersonId(row.id),
        organisation_id: OrganisationId(row.organisation_id),
        display_name: row.display_name.into(),
        email: row.email.into(),
        password_hash: row.password_hash.into(),
        role: from_word(row.role, TABLE, "role")?,
        time_zone: row.timezone,
        created_at: UnixMillis(row.created_at),
        standing,
    })
}
