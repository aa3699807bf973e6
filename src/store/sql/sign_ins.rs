//! Sign-ins beside their tokens, passwords that are changed, and tries that were in vain.

use super::call::{Call, Tx};
use super::factors::confirmed;
use super::holds::lock_people;
use super::notice_rows::announce;
use super::password_links::end_links;
use super::sessions::{end, to_record};
use super::words::count;
use super::{SqlStore, errors};
use crate::domain::identity::Failures;
use crate::protocol::ids::{PersonId, SessionId};
use crate::protocol::time::UnixMillis;
use crate::store::sign_ins::{NewPassword, SignIns, Try};
use crate::store::{Conflict, SessionRecord, StoreError, Stored};
use async_trait::async_trait;
use entity::{failed_try, session, user};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, SimpleExpr};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const TRIES: &str = "failed_tries";

#[async_trait]
impl SignIns for SqlStore {
    /// The rows are there and locked, in the order of their keys, before they are judged.
    async fn attempt(&self, tries: &[Try], now: UnixMillis) -> Stored<Option<Duration>> {
        let tries: BTreeMap<_, _> = tries.iter().map(|it| (it.key.clone(), it.rule)).collect();
        let none = |key: &String| failed_try::Model { key: key.clone(), count: 0, last_at: 0 };
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let rows = tries.keys().map(|key| none(key).into_active_model());
            let insert = failed_try::Entity::insert_many(rows)
                .on_conflict(OnConflict::new().do_nothing().to_owned())
                .exec_without_returning(tx.on());
            insert.await.map_err(errors::before_commit)?;
            let rows = failed_try::Entity::find()
                .filter(failed_try::Column::Key.is_in(tries.keys().cloned()))
                .order_by_asc(failed_try::Column::Key)
                .lock_exclusive()
                .all(tx.on());
            let mut counts = vec![];
            let mut longest = None;
            for row in rows.await.map_err(errors::before_commit)? {
                let Some(rule) = tries.get(&row.key) else { continue };
                let failures = Failures {
                    count: count(row.count, TRIES, "count")?,
                    last_at: UnixMillis(row.last_at),
                };
                longest = Ord::max(longest, rule.wait(Some(failures), now));
                counts.push((row.key, rule.tried(Some(failures), now)));
            }
            if longest.is_some() {
                return Ok(longest);
            }
            for (key, tried) in counts {
                let update = failed_try::Entity::update_many()
                    .col_expr(failed_try::Column::Count, Expr::value(i64::from(tried.count)))
                    .col_expr(failed_try::Column::LastAt, Expr::value(tried.last_at.0))
                    .filter(failed_try::Column::Key.eq(key));
                update.exec(tx.on()).await.map_err(errors::before_commit)?;
            }
            tx.commit_beside().await?;
            Ok(None)
        })
        .await
    }

    /// All rows are locked first, in the order that [`SignIns::attempt`] locks them in, so that the two do not wait for each
    /// other. They stay: one that is gone would not count for whoever has just found it.
    async fn forgive(&self, wholly: &[String], once: &[String]) -> Stored<()> {
        let lock = failed_try::Entity::find()
            .filter(failed_try::Column::Key.is_in(wholly.iter().chain(once).cloned()))
            .order_by_asc(failed_try::Column::Key)
            .lock_exclusive();
        let none = failed_try::Entity::update_many()
            .col_expr(failed_try::Column::Count, Expr::value(0_i64))
            .filter(failed_try::Column::Key.is_in(wholly.iter().cloned()));
        let less = failed_try::Entity::update_many()
            .col_expr(failed_try::Column::Count, Expr::col(failed_try::Column::Count).sub(1))
            .filter(failed_try::Column::Key.is_in(once.iter().cloned()))
            .filter(failed_try::Column::Count.gt(0));
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            lock.all(tx.on()).await.map_err(errors::before_commit)?;
            none.exec(tx.on()).await.map_err(errors::before_commit)?;
            if !once.is_empty() {
                less.exec(tx.on()).await.map_err(errors::before_commit)?;
            }
            tx.commit_beside().await
        })
        .await
    }

    async fn forget_failures(&self, before: UnixMillis, most: u32) -> Stored<u32> {
        let old = failed_try::Entity::find()
            .select_only()
            .column(failed_try::Column::Key)
            .filter(failed_try::Column::LastAt.lt(before.0))
            .order_by_asc(failed_try::Column::LastAt)
            .limit(u64::from(most))
            .into_query();
        let delete =
            failed_try::Entity::delete_many().filter(failed_try::Column::Key.in_subquery(old));
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let gone = delete.exec(tx.on()).await.map_err(errors::before_commit)?;
            tx.commit_beside().await?;
            Ok(u32::try_from(gone.rows_affected).unwrap_or(u32::MAX))
        })
        .await
    }

    async fn sessions_of(
        &self,
        person: PersonId,
        now: UnixMillis,
        limit: u32,
    ) -> Stored<Vec<SessionRecord>> {
        let query = session::Entity::find()
            .filter(session::Column::UserId.eq(person.0))
            .filter(session::Column::EndedAt.is_null())
            .filter(session::Column::ExpiresAt.gt(now.0))
            .order_by_desc(session::Column::CreatedAt)
            .order_by_desc(session::Column::Id)
            .limit(u64::from(limit));
        self.find_all(query).await?.into_iter().map(to_record).collect()
    }

    async fn end_sessions_of(
        &self,
        person: PersonId,
        but: Option<SessionId>,
        now: UnixMillis,
    ) -> Stored<Vec<SessionRecord>> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            lock_people(&tx, &BTreeSet::from([person])).await?;
            let ended = end_of(&tx, person, but, now).await?;
            tx.commit().await?;
            Ok(ended)
        })
        .await
    }

    async fn sessions_ended_since(
        &self,
        since: UnixMillis,
        limit: u32,
    ) -> Stored<Vec<SessionRecord>> {
        let query = session::Entity::find()
            .filter(session::Column::EndedAt.is_not_null())
            .filter(session::Column::EndedAt.gte(since.0))
            .order_by_desc(session::Column::EndedAt)
            .limit(u64::from(limit));
        self.find_all(query).await?.into_iter().map(to_record).collect()
    }

    async fn touch_sessions(&self, used: &[(SessionId, UnixMillis)]) -> Stored<()> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            // In the order of their ids, so that two nodes do not wait for each other.
            for (id, at) in used.iter().copied().collect::<BTreeMap<_, _>>() {
                let update = session::Entity::update_many()
                    .col_expr(session::Column::LastUsedAt, Expr::value(at.0))
                    .filter(session::Column::Id.eq(id.0))
                    .filter(
                        session::Column::LastUsedAt
                            .is_null()
                            .or(session::Column::LastUsedAt.lt(at.0)),
                    );
                update.exec(tx.on()).await.map_err(errors::before_commit)?;
            }
            tx.commit_beside().await
        })
        .await
    }

    async fn prove_session(&self, id: SessionId, now: UnixMillis) -> Stored<()> {
        let update = session::Entity::update_many()
            .col_expr(session::Column::ProvedAt, Expr::value(now.0))
            .filter(session::Column::Id.eq(id.0));
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            update.exec(tx.on()).await.map_err(errors::before_commit)?;
            tx.commit().await
        })
        .await
    }

    async fn change_password(&self, new: NewPassword) -> Stored<Option<Vec<SessionRecord>>> {
        let update = user::Entity::update_many()
            .col_expr(user::Column::PasswordHash, Expr::value(new.hash.into_exposed()))
            .col_expr(user::Column::PasswordIsShort, Expr::value(new.is_short))
            .col_expr(user::Column::PasswordUntil, Expr::value(None::<i64>))
            .filter(user::Column::Id.eq(new.person_id.0));
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            lock_people(&tx, &BTreeSet::from([new.person_id])).await?;
            if open_session(&tx, new.person_id, new.but, new.at).await?.is_none() {
                return Ok(None);
            }
            if new.is_short && confirmed(&tx, new.person_id).await?.is_empty() {
                return Err(StoreError::Conflict(Conflict::Stale));
            }
            update.exec(tx.on()).await.map_err(errors::before_commit)?;
            end_links(&tx, new.person_id, new.at).await?;
            let ended = end_of(&tx, new.person_id, Some(new.but), new.at).await?;
            announce(&tx, &new.notices).await?;
            tx.commit().await?;
            Ok(Some(ended))
        })
        .await
    }

    async fn has_short_password(&self, person: PersonId) -> Stored<bool> {
        let found = self.find_all(user::Entity::find_by_id(person.0)).await?;
        Ok(found.first().is_some_and(|it| it.password_is_short))
    }
}

/// A session of somebody that has not ended, locked: it does not end before the transaction does.
pub(super) async fn open_session(
    tx: &Tx<'_>,
    person: PersonId,
    id: SessionId,
    now: UnixMillis,
) -> Stored<Option<session::Model>> {
    let query = session::Entity::find_by_id(id.0)
        .filter(session::Column::UserId.eq(person.0))
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now.0))
        .lock_exclusive();
    query.one(tx.on()).await.map_err(errors::before_commit)
}

pub(super) async fn end_of(
    tx: &Tx<'_>,
    person: PersonId,
    but: Option<SessionId>,
    now: UnixMillis,
) -> Stored<Vec<SessionRecord>> {
    let which = || -> SimpleExpr {
        let theirs = session::Column::UserId.eq(person.0);
        match but {
            Some(but) => theirs.and(session::Column::Id.ne(but.0)),
            None => theirs,
        }
    };
    let open = session::Entity::find()
        .filter(which())
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now.0))
        .lock_exclusive()
        .all(tx.on());
    let open = open.await.map_err(errors::before_commit)?;
    end(tx, which(), now).await?;
    open.into_iter()
        .map(|row| Ok(SessionRecord { ended_at: Some(now), ..to_record(row)? }))
        .collect()
}
