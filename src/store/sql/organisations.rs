//! Organisations, and whose something is: one statement a kind.

use super::SqlStore;
use super::call::Call;
use super::errors::before_commit;
use crate::protocol::ids::{OrganisationId, PersonId};
use crate::protocol::time::UnixMillis;
use crate::store::organisations::{Kind, Named, OrganisationRecord, Organisations};
use crate::store::{Conflict, StoreError, Stored};
use async_trait::async_trait;
use entity::{organisation, user};
use sea_orm::sea_query::{OnConflict, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait as _, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Statement,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Ids in one statement: SQLite binds at most 32 766 values.
const IDS: usize = 10_000;

#[async_trait]
impl Organisations for SqlStore {
    async fn create_organisation(&self, it: OrganisationRecord) -> Stored<()> {
        let row = organisation::Model {
            id: it.organisation_id.0,
            name: it.name,
            slug: it.slug,
            timezone: it.time_zone,
            created_at: it.created_at.0,
        };
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let insert = organisation::Entity::insert(row.into_active_model())
                .on_conflict(OnConflict::new().do_nothing().to_owned())
                .exec_without_returning(tx.on());
            match insert.await.map_err(before_commit)? {
                0 => Err(StoreError::Conflict(Conflict::Stale)),
                _ => tx.commit().await,
            }
        })
        .await
    }

    async fn organisations(&self) -> Stored<Vec<OrganisationRecord>> {
        let all = organisation::Entity::find()
            .order_by_asc(organisation::Column::CreatedAt)
            .order_by_asc(organisation::Column::Id);
        Ok(self.find_all(all).await?.into_iter().map(to_record).collect())
    }

    async fn organisation_called(&self, slug: &str) -> Stored<Option<OrganisationRecord>> {
        let one = organisation::Entity::find().filter(organisation::Column::Slug.eq(slug));
        Ok(self.find_all(one).await?.pop().map(to_record))
    }

    async fn house_of(&self, it: Named) -> Stored<Option<OrganisationId>> {
        let query = Statement::from_sql_and_values(self.backend, whose(it.kind), [it.id.into()]);
        let call = Call::default();
        let found = call
            .run(async { self.reader.query_one_raw(query).await.map_err(before_commit) })
            .await?;
        let Some(row) = found else { return Ok(None) };
        let house: Option<Uuid> = row.try_get("", "organisation_id").map_err(before_commit)?;
        Ok(house.map(OrganisationId))
    }

    async fn houses_of(&self, people: Vec<PersonId>) -> Stored<BTreeMap<PersonId, OrganisationId>> {
        let mut found = BTreeMap::new();
        for some in people.chunks(IDS) {
            let query = user::Entity::find()
                .select_only()
                .columns([user::Column::Id, user::Column::OrganisationId])
                .filter(user::Column::Id.is_in(some.iter().map(|it| it.0)));
            let pairs = self.pairs(query).await?;
            found.extend(pairs.into_iter().map(|(id, of)| (PersonId(id), OrganisationId(of))));
        }
        Ok(found)
    }
}

/// The statement that finds whose a thing of a kind is.
const fn whose(kind: Kind) -> &'static str {
    match kind {
        Kind::Person => "SELECT organisation_id FROM users WHERE id = $1",
        Kind::Service => "SELECT organisation_id FROM services WHERE id = $1",
        Kind::Appointment => "SELECT organisation_id FROM appointments WHERE id = $1",
        Kind::Audit => "SELECT organisation_id FROM audit_logs WHERE id = $1",
        Kind::Grant => {
            "SELECT u.organisation_id FROM emergency_grants g JOIN users u ON u.id = g.patient_id
             WHERE g.id = $1"
        }
        Kind::Report => {
            "SELECT u.organisation_id FROM audit_reports r JOIN users u ON u.id = r.made_by
             WHERE r.id = $1"
        }
        Kind::Exception => {
            "SELECT COALESCE(u.organisation_id, e.organisation_id) AS organisation_id
             FROM availability_exceptions e LEFT JOIN users u ON u.id = e.practitioner_id
             WHERE e.id = $1"
        }
        Kind::Session => {
            "SELECT COALESCE(a.organisation_id, u.organisation_id) AS organisation_id
             FROM sessions s LEFT JOIN users u ON u.id = s.user_id
             LEFT JOIN appointments a ON a.id = s.appointment_id WHERE s.id = $1"
        }
        Kind::Conversation => {
            "SELECT u.organisation_id FROM conversations c JOIN users u ON u.id = c.patient_id
             WHERE c.id = $1"
        }
        Kind::File => {
            "SELECT u.organisation_id FROM files f JOIN conversations c ON c.id = f.conversation_id
             JOIN users u ON u.id = c.patient_id WHERE f.id = $1"
        }
        Kind::Task => {
            "SELECT a.organisation_id FROM tasks t JOIN appointments a ON a.id = t.appointment_id
             WHERE t.id = $1"
        }
        Kind::Notice => {
            "SELECT u.organisation_id FROM notices n JOIN users u ON u.id = n.person_id
             WHERE n.id = $1"
        }
        Kind::Payment => {
            "SELECT u.organisation_id FROM payments p JOIN users u ON u.id = p.patient_id
             WHERE p.id = $1"
        }
        Kind::Wish => {
            "SELECT u.organisation_id FROM waitlist w JOIN users u ON u.id = w.patient_id
             WHERE w.id = $1"
        }
        Kind::Erasure => {
            "SELECT u.organisation_id FROM erasures e JOIN users u ON u.id = e.user_id
             WHERE e.id = $1"
        }
        Kind::LegalHold => {
            "SELECT u.organisation_id FROM legal_holds h JOIN users u ON u.id = h.user_id
             WHERE h.id = $1"
        }
    }
}

/// The people of an organisation, to be among.
pub(super) fn people_of(house: OrganisationId) -> SelectStatement {
    user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .filter(user::Column::OrganisationId.eq(house.0))
        .into_query()
}

fn to_record(row: organisation::Model) -> OrganisationRecord {
    OrganisationRecord {
        organisation_id: OrganisationId(row.id),
        name: row.name,
        slug: row.slug,
        time_zone: row.timezone,
        created_at: UnixMillis(row.created_at),
    }
}
