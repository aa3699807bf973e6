//! Places that became free, and who was told of them.
//!
//! Invariant: of two nodes that tell the next one at the same time, one does: whoever finds `next_at` as it was read. Nobody is
//! told of a place twice: the key of `place_offers`.

use super::call::{Call, Tx};
use super::notice_rows::announce;
use super::words::millis;
use super::{SqlStore, errors};
use crate::protocol::ids::{PersonId, ServiceId, WaitlistId};
use crate::protocol::time::UnixMillis;
use crate::store::outbox::Announcement;
use crate::store::schedule::{FreedPlace, PlaceOffer};
use crate::store::{Conflict, StoreError, Stored};
use entity::{freed_place, place_offer, waitlist_entry};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

const MISSING: StoreError = StoreError::Conflict(Conflict::Missing);
const STALE: StoreError = StoreError::Conflict(Conflict::Stale);

impl SqlStore {
    pub(super) async fn note_freed(&self, place: FreedPlace) -> Stored<()> {
        let row = freed_place::Model {
            id: place.place_id,
            clinician_id: place.clinician_id.0,
            service_id: place.service_id.0,
            starts_at: place.starts_at.0,
            next_at: Some(place.next_at.0),
        };
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let insert = freed_place::Entity::insert(row.into_active_model())
                .on_conflict(OnConflict::new().do_nothing().to_owned())
                .exec_without_returning(tx.on());
            insert.await.map_err(errors::before_commit)?;
            tx.commit_beside().await
        })
        .await
    }

    pub(super) async fn due_places(&self, now: UnixMillis, limit: u32) -> Stored<Vec<FreedPlace>> {
        let query = freed_place::Entity::find()
            .filter(freed_place::Column::NextAt.lte(now.0))
            .order_by_asc(freed_place::Column::NextAt)
            .order_by_asc(freed_place::Column::Id)
            .limit(u64::from(limit));
        let place = |it: freed_place::Model| {
            Some(FreedPlace {
                place_id: it.id,
                clinician_id: PersonId(it.clinician_id),
                service_id: ServiceId(it.service_id),
                starts_at: UnixMillis(it.starts_at),
                next_at: UnixMillis(it.next_at?),
            })
        };
        Ok(self.find_all(query).await?.into_iter().filter_map(place).collect())
    }

    pub(super) async fn who_was_told(&self, place: Uuid) -> Stored<Vec<WaitlistId>> {
        let query = place_offer::Entity::find()
            .filter(place_offer::Column::PlaceId.eq(place))
            .order_by_asc(place_offer::Column::At)
            .order_by_asc(place_offer::Column::WaitlistId);
        Ok(self.find_all(query).await?.into_iter().map(|it| WaitlistId(it.waitlist_id)).collect())
    }

    pub(super) async fn note_offer(
        &self,
        offer: PlaceOffer,
        notices: Vec<Announcement>,
    ) -> Stored<()> {
        let row = place_offer::Model {
            place_id: offer.place.place_id,
            waitlist_id: offer.waitlist_id.0,
            at: offer.at.0,
        };
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            set_next(&tx, &offer.place, Some(offer.next_at)).await?;
            let update = waitlist_entry::Entity::update_many()
                .col_expr(waitlist_entry::Column::OfferedAt, Expr::value(offer.at.0))
                .filter(waitlist_entry::Column::Id.eq(offer.waitlist_id.0))
                .exec(tx.on());
            if update.await.map_err(errors::before_commit)?.rows_affected == 0 {
                return Err(MISSING);
            }
            let insert = place_offer::Entity::insert(row.into_active_model());
            insert.exec_without_returning(tx.on()).await.map_err(errors::before_commit)?;
            announce(&tx, &notices).await?;
            tx.commit_beside().await
        })
        .await
    }

    pub(super) async fn note_next(
        &self,
        place: FreedPlace,
        next_at: Option<UnixMillis>,
    ) -> Stored<()> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            set_next(&tx, &place, next_at).await?;
            tx.commit_beside().await
        })
        .await
    }
}

async fn set_next(tx: &Tx<'_>, place: &FreedPlace, next_at: Option<UnixMillis>) -> Stored<()> {
    let update = freed_place::Entity::update_many()
        .col_expr(freed_place::Column::NextAt, Expr::value(millis(next_at)))
        .filter(freed_place::Column::Id.eq(place.place_id))
        .filter(freed_place::Column::NextAt.eq(place.next_at.0))
        .exec(tx.on());
    match update.await.map_err(errors::before_commit)?.rows_affected {
        0 => Err(STALE),
        _ => Ok(()),
    }
}
