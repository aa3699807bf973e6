//! Accounts.

use super::call::Call;
use super::ledger::keep_answer;
use super::words::{from_word, to_word};
use super::{SqlStore, errors};
use crate::protocol::ids::{OrganisationId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::time::UnixMillis;
use crate::store::{Answered, People, PersonRecord, Stored};
use async_trait::async_trait;
use entity::user;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

const TABLE: &str = "users";

#[async_trait]
impl People for SqlStore {
    async fn create_person(&self, person: PersonRecord, answered: Option<Answered>) -> Stored<()> {
        let call = Call::default();
        call.run(async {
            let row = to_row(person)?;
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            let insert = user::Entity::insert(row.into_active_model());
            insert.exec_without_returning(tx.on()).await.map_err(errors::before_commit)?;
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
        role: Option<Role>,
        limit: u32,
    ) -> Stored<Vec<PersonRecord>> {
        let mut query = user::Entity::find().filter(user::Column::OrganisationId.eq(of.0));
        if let Some(role) = role {
            query = query.filter(user::Column::Role.eq(role.as_str()));
        }
        let query = query
            .order_by_asc(user::Column::DisplayName)
            .order_by_asc(user::Column::Id)
            .limit(u64::from(limit));
        let found = Call::default()
            .run(async { query.all(&self.reading().await?).await.map_err(errors::before_commit) })
            .await?;
        found.into_iter().map(to_record).collect()
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
        found.map(to_record).transpose()
    }
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
    })
}

fn to_record(row: user::Model) -> Stored<PersonRecord> {
    Ok(PersonRecord {
        person_id: PersonId(row.id),
        organisation_id: OrganisationId(row.organisation_id),
        display_name: row.display_name.into(),
        email: row.email.into(),
        password_hash: row.password_hash.into(),
        role: from_word(row.role, TABLE, "role")?,
        time_zone: row.timezone,
        created_at: UnixMillis(row.created_at),
    })
}
