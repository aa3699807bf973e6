//! One human's schedule: read whole, and the hours in it written.
//!
//! Invariant: a template or an exception belongs to one schedule for good. Who writes another's finds none (`Missing`).

use super::call::{Call, Tx};
use super::ledger::keep_answer;
use super::schedule_rows::{
    BUSY, exception_row, template_row, to_claim, to_exception, to_template,
};
use super::words::count;
use super::{SqlStore, errors};
use crate::domain::schedule::{Exception, Schedule, Template};
use crate::protocol::ids::{ExceptionId, OrganisationId, PersonId, TemplateId};
use crate::protocol::time::UnixMillis;
use crate::store::verdict::wall_time_surely_before;
use crate::store::{Answered, Conflict, StoreError, Stored};
use entity::{actor_fence, availability_exception, availability_template, slot, user};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, Iterable, PrimaryKeyToColumn,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

/// What a schedule's actor is called in `actor_fence`.
pub(super) const KIND: &str = "schedule";

const MISSING: StoreError = StoreError::Conflict(Conflict::Missing);

impl SqlStore {
    pub(super) async fn read_schedule(&self, id: PersonId, from: UnixMillis) -> Stored<Schedule> {
        let templates = availability_template::Entity::find()
            .filter(availability_template::Column::PractitionerId.eq(id.0))
            .order_by_asc(availability_template::Column::Id);
        let house = user::Entity::find_by_id(id.0)
            .select_only()
            .column(user::Column::OrganisationId)
            .into_query();
        let closes = Condition::all()
            .add(availability_exception::Column::PractitionerId.is_null())
            .add(availability_exception::Column::OrganisationId.in_subquery(house));
        let whose = Condition::any()
            .add(availability_exception::Column::PractitionerId.eq(id.0))
            .add(closes);
        let exceptions = exceptions(whose, from);
        let claims = slot::Entity::find()
            .filter(slot::Column::PractitionerId.eq(id.0))
            .filter(slot::Column::BusyUntil.gt(from.0))
            .filter(
                Condition::any()
                    .add(slot::Column::State.eq(BUSY))
                    .add(slot::Column::ExpiresAt.gt(from.0)),
            )
            .order_by_asc(slot::Column::StartsAt)
            .order_by_asc(slot::Column::Id);
        let fence = actor_fence::Entity::find_by_id((KIND.to_owned(), id.0));
        let call = Call::default();
        let (templates, exceptions, claims, fence) = call
            .run(async {
                let tx = self.snapshot(&call).await?;
                let templates = templates.all(tx.on()).await.map_err(errors::before_commit)?;
                let exceptions = exceptions.all(tx.on()).await.map_err(errors::before_commit)?;
                let claims = claims.all(tx.on()).await.map_err(errors::before_commit)?;
                let fence = fence.one(tx.on()).await.map_err(errors::before_commit)?;
                Ok((templates, exceptions, claims, fence))
            })
            .await?;

        let done = fence.map_or(0, |it| it.next_offset - 1);
        Ok(Schedule {
            templates: templates.into_iter().map(to_template).collect::<Stored<_>>()?,
            exceptions: exceptions.into_iter().map(to_exception).collect::<Stored<_>>()?,
            claims: claims.into_iter().map(to_claim).collect::<Stored<_>>()?,
            revision: count(done, "actor_fence", "next_offset")?,
        })
    }

    pub(super) async fn all_closures(
        &self,
        of: OrganisationId,
        from: UnixMillis,
    ) -> Stored<Vec<Exception>> {
        let is_closure = Condition::all()
            .add(availability_exception::Column::PractitionerId.is_null())
            .add(availability_exception::Column::OrganisationId.eq(of.0));
        let found = self.find_all(exceptions(is_closure, from)).await?;
        found.into_iter().map(to_exception).collect()
    }

    pub(super) async fn write_closure(
        &self,
        of: OrganisationId,
        closure: Exception,
        answered: Option<Answered>,
    ) -> Stored<()> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            save_exception(&tx, closure, Owner::Clinic(of)).await?;
            tx.commit().await
        })
        .await
    }

    pub(super) async fn drop_closure(
        &self,
        of: OrganisationId,
        id: ExceptionId,
        answered: Option<Answered>,
    ) -> Stored<()> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            remove_exception(&tx, id, Owner::Clinic(of)).await?;
            tx.commit().await
        })
        .await
    }
}

fn exceptions(
    whose: Condition,
    from: UnixMillis,
) -> sea_orm::Select<availability_exception::Entity> {
    availability_exception::Entity::find()
        .filter(whose)
        .filter(availability_exception::Column::EndsLocal.gt(wall_time_surely_before(from)))
        .order_by_asc(availability_exception::Column::StartsLocal)
        .order_by_asc(availability_exception::Column::Id)
}

pub(super) async fn save_template(
    tx: &Tx<'_>,
    template: Template,
    practitioner: PersonId,
) -> Stored<()> {
    use availability_template::{Column, Entity};
    let is_theirs = Expr::col((Entity, Column::PractitionerId)).eq(practitioner.0);
    let row = template_row(template, practitioner)?;
    let insert = Entity::insert(row.into_active_model())
        .on_conflict(overwrite::<Entity>().action_and_where(is_theirs).to_owned())
        .exec_without_returning(tx.on());
    one(insert.await.map_err(errors::before_commit)?)
}

pub(super) async fn remove_template(
    tx: &Tx<'_>,
    id: TemplateId,
    practitioner: PersonId,
) -> Stored<()> {
    let delete = availability_template::Entity::delete_by_id(id.0)
        .filter(availability_template::Column::PractitionerId.eq(practitioner.0))
        .exec(tx.on());
    one(delete.await.map_err(errors::before_commit)?.rows_affected)
}

/// Whose a deviation from the hours is: an exception of a practitioner, or a closure of an organisation.
#[derive(Debug, Clone, Copy)]
pub(super) enum Owner {
    Practitioner(PersonId),
    Clinic(OrganisationId),
}

impl Owner {
    fn is_it(self) -> Condition {
        use availability_exception::{Column, Entity};
        let whose = Expr::col((Entity, Column::PractitionerId));
        match self {
            Owner::Practitioner(it) => Condition::all().add(whose.eq(it.0)),
            Owner::Clinic(it) => Condition::all()
                .add(whose.is_null())
                .add(Expr::col((Entity, Column::OrganisationId)).eq(it.0)),
        }
    }
}

/// An exception of the practitioner, or a closure.
pub(super) async fn save_exception(tx: &Tx<'_>, exception: Exception, owner: Owner) -> Stored<()> {
    use availability_exception::Entity;
    let (practitioner, closes) = match owner {
        Owner::Practitioner(it) => (Some(it), None),
        Owner::Clinic(it) => (None, Some(it)),
    };
    if exception.practitioner_id != practitioner {
        return Err(MISSING);
    }
    let is_theirs = owner.is_it();
    let insert = Entity::insert(exception_row(exception, closes).into_active_model())
        .on_conflict(overwrite::<Entity>().action_cond_where(is_theirs).to_owned())
        .exec_without_returning(tx.on());
    one(insert.await.map_err(errors::before_commit)?)
}

/// See [`save_exception`].
pub(super) async fn remove_exception(tx: &Tx<'_>, id: ExceptionId, owner: Owner) -> Stored<()> {
    let delete = availability_exception::Entity::delete_by_id(id.0);
    let delete = delete.filter(owner.is_it()).exec(tx.on());
    one(delete.await.map_err(errors::before_commit)?.rows_affected)
}

/// Whoever is there already is written over, but for the key.
fn overwrite<E: EntityTrait>() -> OnConflict {
    let keys: Vec<_> = E::PrimaryKey::iter().map(|it| it.into_column()).collect();
    OnConflict::columns(keys).update_columns(E::Column::iter()).to_owned()
}

fn one(rows: u64) -> Stored<()> {
    if rows == 0 { Err(MISSING) } else { Ok(()) }
}
