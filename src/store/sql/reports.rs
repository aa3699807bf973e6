//! Reports of the audit log in the table.
//!
//! Invariant: whoever saves takes their own account's row first, so that of two that are saved at once the later sees the earlier.

use super::call::Call;
use super::ledger::keep_answer;
use super::organisations::people_of;
use super::records::lock;
use super::{SqlStore, errors};
use crate::protocol::audit_report::{AuditFilters, MAX_REPORTS};
use crate::protocol::ids::{OrganisationId, PersonId, ReportId};
use crate::protocol::time::UnixMillis;
use crate::store::reports::{ReportRecord, Reports};
use crate::store::{Answered, Conflict, StoreError, Stored};
use async_trait::async_trait;
use entity::audit_report::{Column, Entity, Model};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

#[async_trait]
impl Reports for SqlStore {
    async fn save_report(&self, it: ReportRecord, answered: Option<Answered>) -> Stored<()> {
        let whose = Column::MadeBy.eq(it.made_by.0);
        let row = to_row(it.clone());
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            lock(&tx, it.made_by).await?;
            let same = Entity::delete_many()
                .filter(whose.clone())
                .filter(Column::Name.eq(it.name.expose()))
                .exec(tx.on());
            same.await.map_err(errors::before_commit)?;
            let theirs = Entity::find().filter(whose).count(tx.on());
            if theirs.await.map_err(errors::before_commit)? >= u64::from(MAX_REPORTS) {
                return Err(StoreError::Conflict(Conflict::Full));
            }
            let insert = Entity::insert(row.into_active_model());
            insert.exec_without_returning(tx.on()).await.map_err(errors::before_commit)?;
            tx.commit().await
        })
        .await
    }

    async fn reports(
        &self,
        own: PersonId,
        of: OrganisationId,
        limit: u32,
    ) -> Stored<Vec<ReportRecord>> {
        let is_own = || Column::MadeBy.eq(own.0);
        let of_others = Condition::all()
            .add(Column::IsShared.eq(true))
            .add(Column::MadeBy.in_subquery(people_of(of)));
        let query = Entity::find()
            .filter(Condition::any().add(is_own()).add(of_others))
            .order_by_desc(is_own())
            .order_by_asc(Column::Name)
            .order_by_asc(Column::Id)
            .limit(u64::from(limit));
        Ok(self.find_all(query).await?.into_iter().map(to_record).collect())
    }

    async fn remove_report(
        &self,
        id: ReportId,
        by: PersonId,
        answered: Option<Answered>,
    ) -> Stored<()> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            let delete = Entity::delete_by_id(id.0).filter(Column::MadeBy.eq(by.0)).exec(tx.on());
            if delete.await.map_err(errors::before_commit)?.rows_affected == 0 {
                return Err(StoreError::Conflict(Conflict::Missing));
            }
            tx.commit().await
        })
        .await
    }
}

fn to_row(it: ReportRecord) -> Model {
    let AuditFilters { person_id, patient_id, operation, outcome, from, until } = it.filters;
    Model {
        id: it.report_id.0,
        made_by: it.made_by.0,
        name: it.name.into_exposed(),
        person_id: person_id.map(|it| it.0),
        patient_id: patient_id.map(|it| it.0),
        operation,
        outcome,
        from_at: from.map(|it| it.0),
        until_at: until.map(|it| it.0),
        is_shared: it.is_shared,
        saved_at: it.saved_at.0,
    }
}

fn to_record(row: Model) -> ReportRecord {
    ReportRecord {
        report_id: ReportId(row.id),
        made_by: PersonId(row.made_by),
        name: row.name.into(),
        filters: AuditFilters {
            person_id: row.person_id.map(PersonId),
            patient_id: row.patient_id.map(PersonId),
            operation: row.operation,
            outcome: row.outcome,
            from: row.from_at.map(UnixMillis),
            until: row.until_at.map(UnixMillis),
        },
        is_shared: row.is_shared,
        saved_at: UnixMillis(row.saved_at),
    }
}
