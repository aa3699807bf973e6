//! Payments.
//!
//! Invariant: an update names the revision that it was decided on, so that of two who change a payment one does.

use super::call::{Call, Tx};
use super::organisations::people_of;
use super::words::{count, millis, unreadable};
use super::{SqlStore, errors};
use crate::domain::payment::State;
use crate::protocol::ids::{AppointmentId, HoldId, OrganisationId, PaymentId, PersonId};
use crate::protocol::time::UnixMillis;
use crate::store::payment::{PaymentRecord, Payments};
use crate::store::{Conflict, StoreError, Stored};
use async_trait::async_trait;
use entity::payment;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

const STALE: StoreError = StoreError::Conflict(Conflict::Stale);

#[async_trait]
impl Payments for SqlStore {
    async fn begin_payment(&self, record: PaymentRecord) -> Stored<PaymentRecord> {
        let hold = record.hold_id;
        let call = Call::default();
        let row = call
            .run(async {
                let tx = self.begin(&call).await?;
                let insert = payment::Entity::insert(to_row(record).into_active_model())
                    .on_conflict(OnConflict::new().do_nothing().to_owned())
                    .exec_without_returning(tx.on());
                let inserted = insert.await.map_err(errors::before_commit)?;
                let known = payment::Entity::find().filter(payment::Column::HoldId.eq(hold.0));
                let known = known.one(tx.on()).await.map_err(errors::before_commit)?;
                tx.commit_if(inserted > 0).await?;
                known.ok_or(STALE)
            })
            .await?;
        from_row(row)
    }

    async fn payment(&self, id: PaymentId) -> Stored<Option<PaymentRecord>> {
        let found = self.find_all(payment::Entity::find_by_id(id.0)).await?;
        found.into_iter().next().map(from_row).transpose()
    }

    async fn payment_of(&self, hold: HoldId) -> Stored<Option<PaymentRecord>> {
        let query = payment::Entity::find().filter(payment::Column::HoldId.eq(hold.0));
        self.find_all(query).await?.into_iter().next().map(from_row).transpose()
    }

    async fn save_payment(&self, record: PaymentRecord, from: u32) -> Stored<()> {
        use payment::Column;
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let update = payment::Entity::update_many()
                .col_expr(Column::State, Expr::value(record.state.as_str()))
                .col_expr(Column::ProviderRef, Expr::value(record.provider_ref))
                .col_expr(Column::PageUrl, Expr::value(record.page_url))
                .col_expr(Column::UpdatedAt, Expr::value(record.updated_at.0))
                .col_expr(Column::NextLookAt, Expr::value(millis(record.next_look_at)))
                .col_expr(Column::Attempts, Expr::value(i64::from(record.attempts)))
                .col_expr(Column::Revision, Expr::col(Column::Revision).add(1_i64))
                .filter(Column::Id.eq(record.payment_id.0))
                .filter(Column::Revision.eq(i64::from(from)))
                .exec(tx.on());
            if update.await.map_err(errors::before_commit)?.rows_affected == 0 {
                return Err(STALE);
            }
            tx.commit_beside().await
        })
        .await
    }

    async fn payments_due(&self, now: UnixMillis, limit: u32) -> Stored<Vec<PaymentRecord>> {
        let query = payment::Entity::find()
            .filter(payment::Column::NextLookAt.lte(now.0))
            .order_by_asc(payment::Column::NextLookAt)
            .order_by_asc(payment::Column::Id)
            .limit(u64::from(limit));
        self.find_all(query).await?.into_iter().map(from_row).collect()
    }

    async fn payments(&self, of: OrganisationId, limit: u32) -> Stored<Vec<PaymentRecord>> {
        let query = payment::Entity::find()
            .filter(payment::Column::PatientId.in_subquery(people_of(of)))
            .order_by_desc(payment::Column::CreatedAt)
            .order_by_desc(payment::Column::Id)
            .limit(u64::from(limit));
        self.find_all(query).await?.into_iter().map(from_row).collect()
    }
}

/// What is reserved for the hold becomes the appointment's. `Stale` when it is not reserved any more.
pub(super) async fn use_payment(
    tx: &Tx<'_>,
    id: PaymentId,
    hold: HoldId,
    appointment: AppointmentId,
    at: UnixMillis,
) -> Stored<()> {
    use payment::Column;
    let update = payment::Entity::update_many()
        .col_expr(Column::State, Expr::value(State::Booked.as_str()))
        .col_expr(Column::AppointmentId, Expr::value(appointment.0))
        .col_expr(Column::UpdatedAt, Expr::value(at.0))
        .col_expr(Column::NextLookAt, Expr::value(at.0))
        .col_expr(Column::Attempts, Expr::value(0_i64))
        .col_expr(Column::Revision, Expr::col(Column::Revision).add(1_i64))
        .filter(Column::Id.eq(id.0))
        .filter(Column::HoldId.eq(hold.0))
        .filter(Column::State.eq(State::Authorised.as_str()))
        .exec(tx.on());
    match update.await.map_err(errors::before_commit)?.rows_affected {
        0 => Err(STALE),
        _ => Ok(()),
    }
}

/// The appointment was cancelled: its payment is looked at.
pub(super) async fn look_at_payment(
    tx: &Tx<'_>,
    appointment: AppointmentId,
    at: UnixMillis,
) -> Stored<()> {
    let update = payment::Entity::update_many()
        .col_expr(payment::Column::NextLookAt, Expr::value(at.0))
        .col_expr(payment::Column::Revision, Expr::col(payment::Column::Revision).add(1_i64))
        .filter(payment::Column::AppointmentId.eq(appointment.0))
        .exec(tx.on());
    update.await.map_err(errors::before_commit)?;
    Ok(())
}

fn to_row(of: PaymentRecord) -> payment::Model {
    payment::Model {
        id: of.payment_id.0,
        hold_id: of.hold_id.0,
        patient_id: of.patient_id.0,
        amount_minor: i64::from(of.amount_minor),
        currency: of.currency,
        state: of.state.as_str().to_owned(),
        provider_ref: of.provider_ref,
        page_url: of.page_url,
        reason: of.reason.map(|it| it.expose().clone()),
        appointment_id: of.appointment_id.map(|it| it.0),
        created_at: of.created_at.0,
        updated_at: of.updated_at.0,
        next_look_at: millis(of.next_look_at),
        attempts: i64::from(of.attempts),
        revision: i64::from(of.revision),
    }
}

fn from_row(row: payment::Model) -> Stored<PaymentRecord> {
    Ok(PaymentRecord {
        payment_id: PaymentId(row.id),
        hold_id: HoldId(row.hold_id),
        patient_id: PersonId(row.patient_id),
        amount_minor: count(row.amount_minor, "payments", "amount_minor")?,
        currency: row.currency,
        state: State::parse(&row.state).ok_or_else(|| unreadable("payments", "state"))?,
        provider_ref: row.provider_ref,
        page_url: row.page_url,
        reason: row.reason.map(Into::into),
        appointment_id: row.appointment_id.map(AppointmentId),
        created_at: UnixMillis(row.created_at),
        updated_at: UnixMillis(row.updated_at),
        next_look_at: row.next_look_at.map(UnixMillis),
        attempts: count(row.attempts, "payments", "attempts")?,
        revision: count(row.revision, "payments", "revision")?,
    })
}
