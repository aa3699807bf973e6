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
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait as _, EntityTrait, QueryFilter, QuerySelect,
    QueryTrait, Statement,
};
use std::sync::Arc;

/// By a statement that fits a schema of before as well: a backup looks before anything is brought up to date.
const READ: &str = "SELECT * FROM database_identity";

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
            if let Some(own) = own {
                let tx = self.begin(&call).await?;
                let write = database_identity::Entity::update_many()
                    .col_expr(database_identity::Column::Region, Expr::value(own.as_str()))
                    .filter(database_identity::Column::Region.is_null());
                write.exec(tx.on()).await.map_err(errors::before_commit)?;
                tx.commit().await?;
            }
            let read = Statement::from_string(self.backend, READ);
            let row = self.writer.query_one_raw(read).await.map_err(errors::before_commit)?;
            let row = row.ok_or_else(|| unreadable("database_identity", "id"))?;
            let written = row.try_get::<Option<String>>("", "region").ok().flatten();
            let region = written.map(|it| {
                Region::parse(&it).ok_or_else(|| unreadable("database_identity", "region"))
            });
            region.transpose()
        })
        .await
    }

    async fn end_sessions_elsewhere(&self, now: UnixMillis) -> Stored<u32> {
        let residency = self.keeps.get();
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
            tx.commit().await?;
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
