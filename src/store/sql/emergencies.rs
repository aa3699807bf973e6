//! Records that were opened in an emergency, in the tables.
//!
//! Invariant: of two that one clinician opens at once each sees the other: their account's row comes first.

use super::call::Call;
use super::ledger::keep_answer;
use super::notice_rows::announce;
use super::organisations::people_of;
use super::records::lock;
use super::words::{from_word, to_word, unreadable};
use super::{SqlStore, errors};
use crate::protocol::ids::{GrantId, OrganisationId, PersonId};
use crate::protocol::time::UnixMillis;
use crate::store::outbox::Announcement;
use crate::store::records::erased_email;
use crate::store::sharing::{Emergencies, GrantRecord, Quota, ReviewRecord};
use crate::store::{Answered, Conflict, StoreError, Stored};
use async_trait::async_trait;
use entity::emergency_grant::{Column, Entity, Model};
use entity::user;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};

const TABLE: &str = "emergency_grants";

#[async_trait]
impl Emergencies for SqlStore {
    async fn open_grant(
        &self,
        grant: GrantRecord,
        quota: Quota,
        notices: Vec<Announcement>,
    ) -> Stored<GrantRecord> {
        let row = to_row(&grant)?;
        let (at, clinician) = (grant.opened_at, grant.clinician_id);
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            // Both, in one order: what erases the patient takes their row as well.
            let mut both = [clinician, grant.patient_id];
            both.sort();
            for account in both {
                lock(&tx, account).await?;
            }
            let patient = user::Entity::find_by_id(grant.patient_id.0).one(tx.on()).await;
            let gone = erased_email(grant.patient_id);
            if patient.map_err(errors::before_commit)?.is_none_or(|it| it.email == gone) {
                return Err(StoreError::Conflict(Conflict::Missing));
            }
            let known = open_at(clinician, at)
                .filter(Column::PatientId.eq(grant.patient_id.0))
                .one(tx.on());
            if let Some(known) = known.await.map_err(errors::before_commit)? {
                return to_grant(known);
            }
            let since = at.minus(quota.within).0;
            let opened = Entity::find()
                .filter(Column::ClinicianId.eq(clinician.0))
                .filter(Column::OpenedAt.gt(since))
                .count(tx.on());
            if opened.await.map_err(errors::before_commit)? >= u64::from(quota.most) {
                return Err(StoreError::Conflict(Conflict::Full));
            }
            let insert = Entity::insert(row.into_active_model());
            insert.exec_without_returning(tx.on()).await.map_err(errors::before_commit)?;
            announce(&tx, &notices).await?;
            tx.commit().await?;
            Ok(grant)
        })
        .await
    }

    async fn grant_at(
        &self,
        patient: PersonId,
        clinician: PersonId,
        at: UnixMillis,
    ) -> Stored<Option<GrantRecord>> {
        let query = open_at(clinician, at).filter(Column::PatientId.eq(patient.0)).limit(1);
        self.find_all(query).await?.pop().map(to_grant).transpose()
    }

    async fn open_grants(&self, clinician: PersonId, at: UnixMillis) -> Stored<Vec<GrantRecord>> {
        self.find_all(open_at(clinician, at)).await?.into_iter().map(to_grant).collect()
    }

    async fn grants(&self, of: OrganisationId, limit: u32) -> Stored<Vec<GrantRecord>> {
        let theirs = || Column::PatientId.in_subquery(people_of(of));
        let limit = u64::from(limit);
        let waiting = Entity::find()
            .filter(Column::ReviewedAt.is_null())
            .filter(theirs())
            .order_by_asc(Column::OpenedAt)
            .order_by_asc(Column::Id)
            .limit(limit);
        let done = Entity::find()
            .filter(Column::ReviewedAt.is_not_null())
            .filter(theirs())
            .order_by_desc(Column::ReviewedAt)
            .order_by_desc(Column::Id)
            .limit(limit);
        let mut found = self.find_all(waiting).await?;
        found.extend(self.find_all(done).await?);
        found.into_iter().map(to_grant).collect()
    }

    async fn grant(&self, id: GrantId) -> Stored<Option<GrantRecord>> {
        let query = Entity::find().filter(Column::Id.eq(id.0));
        self.find_all(query).await?.pop().map(to_grant).transpose()
    }

    async fn review_grant(
        &self,
        id: GrantId,
        review: ReviewRecord,
        answered: Option<Answered>,
    ) -> Stored<()> {
        let update = Entity::update_many()
            .col_expr(Column::ReviewedBy, Expr::value(review.by.0))
            .col_expr(Column::ReviewedAt, Expr::value(review.at.0))
            .col_expr(Column::Verdict, Expr::value(to_word(&review.verdict)?))
            .col_expr(Column::Note, Expr::value(review.note.into_exposed()))
            .filter(Column::Id.eq(id.0))
            .filter(Column::ReviewedAt.is_null())
            .filter(Column::ClinicianId.ne(review.by.0));
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            let updated = update.exec(tx.on()).await.map_err(errors::before_commit)?;
            if updated.rows_affected == 0 {
                let known = Entity::find_by_id(id.0).one(tx.on()).await;
                let is_known = known.map_err(errors::before_commit)?.is_some();
                let why = if is_known { Conflict::Stale } else { Conflict::Missing };
                return Err(StoreError::Conflict(why));
            }
            tx.commit().await
        })
        .await
    }
}

/// Those of a clinician that are open at a moment, the latest first.
fn open_at(clinician: PersonId, at: UnixMillis) -> Select<Entity> {
    Entity::find()
        .filter(Column::ClinicianId.eq(clinician.0))
        .filter(Column::OpenedAt.lte(at.0))
        .filter(Column::EndsAt.gt(at.0))
        .order_by_desc(Column::OpenedAt)
        .order_by_desc(Column::Id)
}

fn to_row(it: &GrantRecord) -> Stored<Model> {
    let review = it.review.as_ref();
    Ok(Model {
        id: it.grant_id.0,
        patient_id: it.patient_id.0,
        clinician_id: it.clinician_id.0,
        reason: to_word(&it.reason)?,
        because: it.text.expose().clone(),
        opened_at: it.opened_at.0,
        ends_at: it.ends_at.0,
        reviewed_by: review.map(|it| it.by.0),
        reviewed_at: review.map(|it| it.at.0),
        verdict: review.map(|it| to_word(&it.verdict)).transpose()?,
        note: review.map(|it| it.note.expose().clone()),
    })
}

fn to_grant(row: Model) -> Stored<GrantRecord> {
    let review = match (row.reviewed_by, row.reviewed_at, row.verdict) {
        (Some(by), Some(at), Some(verdict)) => Some(ReviewRecord {
            by: PersonId(by),
            at: UnixMillis(at),
            verdict: from_word(verdict, TABLE, "verdict")?,
            note: row.note.unwrap_or_default().into(),
        }),
        (None, None, None) => None,
        _ => return Err(unreadable(TABLE, "verdict")),
    };
    Ok(GrantRecord {
        grant_id: GrantId(row.id),
        patient_id: PersonId(row.patient_id),
        clinician_id: PersonId(row.clinician_id),
        reason: from_word(row.reason, TABLE, "reason")?,
        text: row.because.into(),
        opened_at: UnixMillis(row.opened_at),
        ends_at: UnixMillis(row.ends_at),
        review,
    })
}
