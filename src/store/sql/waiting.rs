//! Who waits for an earlier place, and what somebody at the clinic has to look at.

use super::booking_rows::{task_row, to_task, to_waiting, waitlist_row};
use super::call::{Call, Tx};
use super::holds::lock_people;
use super::ledger::keep_answer;
use super::{SqlStore, errors};
use crate::protocol::ids::{
    AppointmentId, OrganisationId, PersonId, ServiceId, TaskId, WaitlistId,
};
use crate::protocol::time::UnixMillis;
use crate::store::schedule::{MAX_WISHES, TaskRecord, WaitlistRecord, ZONE_CONFLICT};
use crate::store::{Answered, Conflict, StoreError, Stored};
use entity::{appointment, task, waitlist_entry};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};
use std::collections::BTreeSet;

const MISSING: StoreError = StoreError::Conflict(Conflict::Missing);

impl SqlStore {
    pub(super) async fn begin_waiting(
        &self,
        entry: WaitlistRecord,
        answered: Option<Answered>,
    ) -> Stored<()> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            lock_people(&tx, &BTreeSet::from([entry.patient_id])).await?;
            keep_answer(&tx, answered).await?;
            let theirs = waitlist_entry::Entity::find()
                .filter(waitlist_entry::Column::PatientId.eq(entry.patient_id.0))
                .count(tx.on());
            if theirs.await.map_err(errors::before_commit)? >= u64::from(MAX_WISHES) {
                return Err(StoreError::Conflict(Conflict::Full));
            }
            let insert = waitlist_entry::Entity::insert(waitlist_row(entry).into_active_model());
            insert.exec_without_returning(tx.on()).await.map_err(errors::before_commit)?;
            tx.commit().await
        })
        .await
    }

    pub(super) async fn end_waiting(
        &self,
        id: WaitlistId,
        patient: PersonId,
        answered: Option<Answered>,
    ) -> Stored<bool> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            let delete = waitlist_entry::Entity::delete_by_id(id.0)
                .filter(waitlist_entry::Column::PatientId.eq(patient.0))
                .exec(tx.on());
            if delete.await.map_err(errors::before_commit)?.rows_affected == 0 {
                return Ok(false);
            }
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    pub(super) async fn who_waits(
        &self,
        service: Option<ServiceId>,
        patient: Option<PersonId>,
    ) -> Stored<Vec<WaitlistRecord>> {
        let mut query = waitlist_entry::Entity::find();
        if let Some(service) = service {
            query = query.filter(waitlist_entry::Column::ServiceId.eq(service.0));
        }
        if let Some(patient) = patient {
            query = query.filter(waitlist_entry::Column::PatientId.eq(patient.0));
        }
        let query = query
            .order_by_asc(waitlist_entry::Column::CreatedAt)
            .order_by_asc(waitlist_entry::Column::Id);
        Ok(self.find_all(query).await?.into_iter().map(to_waiting).collect())
    }

    pub(super) async fn open_task(&self, record: TaskRecord) -> Stored<()> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            insert_task(&tx, record).await?;
            tx.commit_beside().await
        })
        .await
    }

    pub(super) async fn open_tasks(
        &self,
        of: OrganisationId,
        limit: u32,
    ) -> Stored<Vec<TaskRecord>> {
        let theirs = appointment::Entity::find()
            .select_only()
            .column(appointment::Column::Id)
            .filter(appointment::Column::OrganisationId.eq(of.0))
            .into_query();
        let query = task::Entity::find()
            .filter(task::Column::DoneAt.is_null())
            .filter(task::Column::AppointmentId.in_subquery(theirs))
            .order_by_asc(task::Column::CreatedAt)
            .order_by_asc(task::Column::Id)
            .limit(u64::from(limit));
        self.find_all(query).await?.into_iter().map(to_task).collect()
    }

    pub(super) async fn close_task(
        &self,
        id: TaskId,
        at: UnixMillis,
        answered: Option<Answered>,
    ) -> Stored<()> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            let update = task::Entity::update_many()
                .col_expr(task::Column::DoneAt, Expr::value(at.0))
                .filter(task::Column::Id.eq(id.0))
                .filter(task::Column::DoneAt.is_null())
                .exec(tx.on());
            if update.await.map_err(errors::before_commit)?.rows_affected == 0 {
                return Err(MISSING);
            }
            tx.commit().await
        })
        .await
    }
}

/// An appointment that was moved or cancelled stands in nobody's way any more: whoever was to look at that is done.
pub(super) async fn settle_conflict(tx: &Tx<'_>, id: AppointmentId, at: UnixMillis) -> Stored<()> {
    let update = task::Entity::update_many()
        .col_expr(task::Column::DoneAt, Expr::value(at.0))
        .filter(task::Column::AppointmentId.eq(id.0))
        .filter(task::Column::Kind.eq(ZONE_CONFLICT))
        .filter(task::Column::DoneAt.is_null())
        .exec(tx.on());
    update.await.map_err(errors::before_commit)?;
    Ok(())
}

/// Raises a task, unless it is there already, whichever key it meets.
pub(super) async fn insert_task(tx: &Tx<'_>, record: TaskRecord) -> Stored<()> {
    let insert = task::Entity::insert(task_row(record).into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx.on());
    insert.await.map_err(errors::before_commit)?;
    Ok(())
}
