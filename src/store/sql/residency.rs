//! Of which region the database is, and the sessions of whoever is kept elsewhere.

use super::call::Call;
use super::sessions::end;
use super::words::unreadable;
use super::{SqlStore, errors};
use crate::domain::residency::Residency;
use crate::protocol::region::Region;
use crate::protocol::time::UnixMillis;
use crate::store::Stored;
use crate::store::residency::Residence;
use async_trait::async_trait;
use entity::{database_identity, session, user};
use migration::SchemaManager;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use std::sync::Arc;

/// Where it stands.
const TABLE: &str = "database_identity";

impl SqlStore {
    /// The region that was written. A schema of before, which is not brought up to date before this was asked, has none.
    async fn written(&self) -> Stored<Option<Region>> {
        let schema = SchemaManager::new(&self.writer);
        if !schema.has_column(TABLE, "region").await.map_err(errors::before_commit)? {
            return Ok(None);
        }
        let row = database_identity::Entity::find().one(&self.writer).await;
        let row = row.map_err(errors::before_commit)?.ok_or_else(|| unreadable(TABLE, "id"))?;
        let parse = |it: String| Region::parse(&it).ok_or_else(|| unreadable(TABLE, "region"));
        row.region.map(parse).transpose()
    }
}

#[async_trait]
impl Residence for SqlStore {
    fn keep_people_of(&self, residency: Arc<Residency>) {
        self.keeps.set(residency);
    }

    fn residency(&self) -> Arc<Residency> {
        self.keeps.get()
    }

    async fn region(&self, own: Option<&Region>) -> Stored<Option<Region>> {
        let call = Call::default();
        call.run(async {
            let written = self.written().await?;
            let (None, Some(own)) = (&written, own) else { return Ok(written) };
            let tx = self.begin(&call).await?;
            let write = database_identity::Entity::update_many()
                .col_expr(database_identity::Column::Region, Expr::value(own.as_str()))
                .filter(database_identity::Column::Region.is_null());
            write.exec(tx.on()).await.map_err(errors::before_commit)?;
            tx.commit_beside().await?;
            self.written().await
        })
        .await
    }

    async fn end_sessions_elsewhere(&self, now: UnixMillis) -> Stored<u32> {
        let residency = self.keeps.get();
        if residency.own.is_none() {
            return Ok(0);
        }
        let gone = user::Entity::find()
            .select_only()
            .column(user::Column::Id)
            .filter(is_elsewhere(&residency))
            .into_query();
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let theirs =
                session::Column::UserId.in_subquery(gone).and(session::Column::ExpiresAt.gt(now.0));
            let ended = end(&tx, theirs, now).await?;
            tx.commit_beside().await?;
            Ok(u32::try_from(ended).unwrap_or(u32::MAX))
        })
        .await
    }
}

/// Whose home is none of those that are kept: [`Residency::is_elsewhere`] as a condition.
pub(super) fn is_elsewhere(residency: &Residency) -> Condition {
    match &residency.own {
        None => Condition::all().add(Expr::value(false)),
        Some(_) => Condition::all()
            .add(user::Column::HomeRegion.is_not_null())
            .add(user::Column::HomeRegion.is_not_in(residency.kept().map(Region::as_str))),
    }
}
