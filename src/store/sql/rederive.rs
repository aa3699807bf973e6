//! Instants that another zone database made: finding them, and deriving them anew.
//!
//! Invariant: what moves, moves in one transaction, and a version is made once, as for every move.

use super::bookings::{insert_history, leave, line_of, update_times};
use super::call::{Call, Tx};
use super::holds::claim;
use super::schedule_rows::ClaimedBy;
use super::visit_rows::status;
use super::waiting::settle_conflict;
use super::{SqlStore, errors};
use crate::protocol::ids::{AppointmentId, PersonId};
use crate::protocol::time::UnixMillis;
use crate::store::Stored;
use crate::store::schedule::{BookingRecord, LiveFilter, Rederived};
use entity::appointment;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

impl SqlStore {
    pub(super) async fn live_derived_otherwise(
        &self,
        tzdb: &str,
        filter: LiveFilter,
    ) -> Stored<Vec<BookingRecord>> {
        use appointment::Column;
        let beside = filter.after.map(|id| {
            Condition::all().add(Column::StartsAt.eq(filter.from.0)).add(Column::Id.gt(id.0))
        });
        let is_next = Condition::any().add(Column::StartsAt.gt(filter.from.0)).add_option(beside);
        let query = appointment::Entity::find()
            .filter(Column::Status.eq(status(None)))
            .filter(is_next)
            .filter(Column::TzdbVersion.is_not_in(["", tzdb]))
            .order_by_asc(Column::StartsAt)
            .order_by_asc(Column::Id)
            .limit(u64::from(filter.limit));
        self.read_bookings(query).await
    }

    pub(super) async fn note_derived(
        &self,
        tzdb: &str,
        of: Vec<(AppointmentId, u32)>,
    ) -> Stored<()> {
        use appointment::Column;
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            for (id, version) in of {
                let update = appointment::Entity::update_many()
                    .col_expr(Column::TzdbVersion, Expr::value(tzdb))
                    .filter(Column::Id.eq(id.0))
                    .filter(Column::Version.eq(i64::from(version)))
                    .exec(tx.on());
                update.await.map_err(errors::before_commit)?;
            }
            tx.commit_beside().await
        })
        .await
    }
}

/// All of them leave their claims before any of them takes its new ones.
pub(super) async fn rederive(
    tx: &Tx<'_>,
    all: Vec<Rederived>,
    practitioner: PersonId,
    at: UnixMillis,
) -> Stored<()> {
    let mut lines = Vec::new();
    for it in &all {
        let others = it.claims.iter().map(|it| it.practitioner_id);
        let interpreter = others.into_iter().find(|it| *it != practitioner);
        let version = update_times(tx, &it.moved, practitioner, interpreter).await?;
        leave(tx, &it.moved).await?;
        settle_conflict(tx, it.moved.appointment_id, at).await?;
        lines.push(line_of(&it.moved, version, practitioner, at));
    }
    let claims = all.into_iter().flat_map(|it| {
        let by = ClaimedBy::Appointment(it.moved.appointment_id);
        it.claims.into_iter().map(move |claim| (claim, by))
    });
    claim(tx, claims.collect()).await?;
    insert_history(tx, &lines).await
}
