//! Second factors, recovery codes, and challenges that were spent.

use super::call::{Call, Tx};
use super::federation::forget_identities;
use super::holds::lock_people;
use super::sign_ins::{end_of, open_session};
use super::words::{from_word, millis, to_word};
use super::{SqlStore, errors};
use crate::domain::identity::MAX_FACTORS;
use crate::protocol::ids::{FactorId, PersonId};
use crate::protocol::time::UnixMillis;
use crate::store::factors::{Enrolled, Enrolment, FactorRecord, Factors, Removal};
use crate::store::{Conflict, SessionRecord, StoreError, Stored};
use async_trait::async_trait;
use entity::{factor, recovery_code, session, spent_challenge, user};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};
use std::collections::BTreeSet;
use uuid::Uuid;

const TABLE: &str = "factors";

#[async_trait]
impl Factors for SqlStore {
    async fn factors(&self, person: PersonId) -> Stored<Vec<FactorRecord>> {
        let query = factor::Entity::find()
            .filter(factor::Column::UserId.eq(person.0))
            .order_by_asc(factor::Column::CreatedAt)
            .order_by_asc(factor::Column::Id);
        self.find_all(query).await?.into_iter().map(to_record).collect()
    }

    async fn factor_of_credential(&self, credential_id: &[u8]) -> Stored<Option<FactorRecord>> {
        let query = factor::Entity::find().filter(factor::Column::CredentialId.eq(credential_id));
        self.find_all(query).await?.into_iter().next().map(to_record).transpose()
    }

    async fn begin_factor(&self, factor: FactorRecord) -> Stored<()> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let begun = factor::Entity::delete_many()
                .filter(factor::Column::UserId.eq(factor.person_id.0))
                .filter(factor::Column::ConfirmedAt.is_null());
            begun.exec(tx.on()).await.map_err(errors::before_commit)?;
            insert(&tx, factor).await?;
            tx.commit().await
        })
        .await
    }

    async fn confirm_factor(
        &self,
        id: FactorId,
        counter: i64,
        with: Enrolled,
    ) -> Stored<Enrolment> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let found = factor::Entity::find_by_id(id.0).one(tx.on()).await;
            let Some(row) = found.map_err(errors::before_commit)? else {
                return Ok(Enrolment::Missing);
            };
            let person = PersonId(row.user_id);
            lock_people(&tx, &BTreeSet::from([person])).await?;
            let others = confirmed(&tx, person).await?;
            let update = factor::Entity::update_many()
                .col_expr(factor::Column::ConfirmedAt, Expr::value(with.at.0))
                .col_expr(factor::Column::LastUsedAt, Expr::value(with.at.0))
                .col_expr(factor::Column::Counter, Expr::value(counter))
                .filter(factor::Column::Id.eq(id.0))
                .filter(factor::Column::ConfirmedAt.is_null());
            let done = update.exec(tx.on()).await.map_err(errors::before_commit)?;
            if done.rows_affected == 0 {
                return Ok(Enrolment::Missing);
            }
            let became = enrolled(&tx, person, &others, with).await?;
            if became != Enrolment::TooLate {
                tx.commit().await?;
            }
            Ok(became)
        })
        .await
    }

    async fn add_factor(&self, factor: FactorRecord, with: Enrolled) -> Stored<Enrolment> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let person = factor.person_id;
            lock_people(&tx, &BTreeSet::from([person])).await?;
            let others = confirmed(&tx, person).await?;
            insert(&tx, factor).await?;
            let became = enrolled(&tx, person, &others, with).await?;
            if became != Enrolment::TooLate {
                tx.commit().await?;
            }
            Ok(became)
        })
        .await
    }

    /// Compared and taken in one statement: of two who show the same code, one is right.
    async fn use_factor(&self, id: FactorId, counter: i64, now: UnixMillis) -> Stored<bool> {
        let is_later = factor::Column::Counter.lt(counter);
        let keeps_none = factor::Column::Counter.eq(0).and(Expr::value(counter).eq(0));
        let update = factor::Entity::update_many()
            .col_expr(factor::Column::Counter, Expr::value(counter))
            .col_expr(factor::Column::LastUsedAt, Expr::value(now.0))
            .filter(factor::Column::Id.eq(id.0))
            .filter(factor::Column::ConfirmedAt.is_not_null())
            .filter(is_later.or(keeps_none));
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let done = update.exec(tx.on()).await.map_err(errors::before_commit)?;
            tx.commit_beside().await?;
            Ok(done.rows_affected > 0)
        })
        .await
    }

    async fn remove_factor(
        &self,
        person: PersonId,
        id: FactorId,
        must_have: bool,
    ) -> Stored<Removal> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            lock_people(&tx, &BTreeSet::from([person])).await?;
            let is_last = *confirmed(&tx, person).await? == [id.0];
            if is_last && must_have {
                return Ok(Removal::Last);
            }
            if is_last && has_short_password(&tx, person).await? {
                return Ok(Removal::ShortPassword);
            }
            let delete = factor::Entity::delete_many()
                .filter(factor::Column::Id.eq(id.0))
                .filter(factor::Column::UserId.eq(person.0));
            let gone = delete.exec(tx.on()).await.map_err(errors::before_commit)?;
            if is_last {
                delete_codes(&tx, person).await?;
            }
            tx.commit_if(gone.rows_affected > 0).await?;
            Ok(if gone.rows_affected > 0 { Removal::Done } else { Removal::Missing })
        })
        .await
    }

    async fn reset_factors(&self, person: PersonId, now: UnixMillis) -> Stored<Vec<SessionRecord>> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            lock_people(&tx, &BTreeSet::from([person])).await?;
            let delete = factor::Entity::delete_many()
                .filter(factor::Column::UserId.eq(person.0))
                .exec(tx.on());
            delete.await.map_err(errors::before_commit)?;
            delete_codes(&tx, person).await?;
            let ended = end_of(&tx, person, None, now).await?;
            forget_identities(&tx, person).await?;
            tx.commit().await?;
            Ok(ended)
        })
        .await
    }

    async fn recovery_left(&self, person: PersonId) -> Stored<u32> {
        let query =
            recovery_code::Entity::find().filter(recovery_code::Column::UserId.eq(person.0));
        let left = self.find_all(query).await?.len();
        Ok(u32::try_from(left).unwrap_or(u32::MAX))
    }

    async fn use_recovery(&self, person: PersonId, hash: &[u8]) -> Stored<bool> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let delete = recovery_code::Entity::delete_many()
                .filter(recovery_code::Column::UserId.eq(person.0))
                .filter(recovery_code::Column::Hash.eq(hash));
            let gone = delete.exec(tx.on()).await.map_err(errors::before_commit)?;
            tx.commit_beside().await?;
            Ok(gone.rows_affected > 0)
        })
        .await
    }

    async fn replace_recovery(&self, person: PersonId, codes: Vec<Vec<u8>>) -> Stored<()> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            lock_people(&tx, &BTreeSet::from([person])).await?;
            replace_codes(&tx, person, codes).await?;
            tx.commit().await
        })
        .await
    }

    async fn spend_challenge(&self, id: Uuid, expires_at: UnixMillis) -> Stored<bool> {
        let row = spent_challenge::Model { id, expires_at: expires_at.0 };
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let insert = spent_challenge::Entity::insert(row.into_active_model())
                .on_conflict(OnConflict::new().do_nothing().to_owned())
                .exec_without_returning(tx.on());
            let spent = insert.await.map_err(errors::before_commit)?;
            tx.commit_beside().await?;
            Ok(spent > 0)
        })
        .await
    }

    async fn forget_challenges(&self, before: UnixMillis, most: u32) -> Stored<u32> {
        let old = spent_challenge::Entity::find()
            .select_only()
            .column(spent_challenge::Column::Id)
            .filter(spent_challenge::Column::ExpiresAt.lt(before.0))
            .order_by_asc(spent_challenge::Column::ExpiresAt)
            .limit(u64::from(most))
            .into_query();
        let delete = spent_challenge::Entity::delete_many()
            .filter(spent_challenge::Column::Id.in_subquery(old));
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let gone = delete.exec(tx.on()).await.map_err(errors::before_commit)?;
            tx.commit_beside().await?;
            Ok(u32::try_from(gone.rows_affected).unwrap_or(u32::MAX))
        })
        .await
    }
}

/// One more, while there are not too many.
async fn insert(tx: &Tx<'_>, factor: FactorRecord) -> Stored<()> {
    lock_people(tx, &BTreeSet::from([factor.person_id])).await?;
    let there =
        factor::Entity::find().filter(factor::Column::UserId.eq(factor.person_id.0)).count(tx.on());
    if there.await.map_err(errors::before_commit)? >= u64::from(MAX_FACTORS) {
        return Err(StoreError::Conflict(Conflict::Full));
    }
    let row = to_row(factor)?.into_active_model();
    let insert = factor::Entity::insert(row).exec_without_returning(tx.on());
    insert.await.map_err(errors::before_commit)?;
    Ok(())
}

/// Those of somebody that count.
pub(super) async fn confirmed(tx: &Tx<'_>, person: PersonId) -> Stored<Vec<Uuid>> {
    let query = factor::Entity::find()
        .select_only()
        .column(factor::Column::Id)
        .filter(factor::Column::UserId.eq(person.0))
        .filter(factor::Column::ConfirmedAt.is_not_null())
        .into_tuple();
    query.all(tx.on()).await.map_err(errors::before_commit)
}

async fn has_short_password(tx: &Tx<'_>, person: PersonId) -> Stored<bool> {
    let found = user::Entity::find_by_id(person.0).one(tx.on()).await;
    Ok(found.map_err(errors::before_commit)?.is_some_and(|it| it.password_is_short))
}

/// The account is locked, and `others` counted before.
async fn enrolled(
    tx: &Tx<'_>,
    person: PersonId,
    others: &[Uuid],
    with: Enrolled,
) -> Stored<Enrolment> {
    let session = open_session(tx, person, with.session_id, with.at).await?;
    if !session.is_some_and(|it| others.is_empty() || !it.is_limited) {
        return Ok(Enrolment::TooLate);
    }
    let update = session::Entity::update_many()
        .col_expr(session::Column::IsLimited, Expr::value(false))
        .col_expr(session::Column::ProvedAt, Expr::value(with.at.0))
        .filter(session::Column::Id.eq(with.session_id.0))
        .filter(session::Column::UserId.eq(person.0));
    update.exec(tx.on()).await.map_err(errors::before_commit)?;
    if !others.is_empty() {
        return Ok(Enrolment::More);
    }
    replace_codes(tx, person, with.codes).await?;
    Ok(Enrolment::First(end_of(tx, person, Some(with.session_id), with.at).await?))
}

async fn replace_codes(tx: &Tx<'_>, person: PersonId, codes: Vec<Vec<u8>>) -> Stored<()> {
    delete_codes(tx, person).await?;
    if codes.is_empty() {
        return Ok(());
    }
    let row = |hash| recovery_code::Model { user_id: person.0, hash }.into_active_model();
    let insert = recovery_code::Entity::insert_many(codes.into_iter().map(row))
        .exec_without_returning(tx.on());
    insert.await.map_err(errors::before_commit)?;
    Ok(())
}

async fn delete_codes(tx: &Tx<'_>, person: PersonId) -> Stored<()> {
    let delete = recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::UserId.eq(person.0))
        .exec(tx.on());
    delete.await.map_err(errors::before_commit)?;
    Ok(())
}

fn to_row(factor: FactorRecord) -> Stored<factor::Model> {
    Ok(factor::Model {
        id: factor.factor_id.0,
        user_id: factor.person_id.0,
        kind: to_word(&factor.kind)?,
        name: factor.name.into_exposed(),
        secret: factor.secret,
        credential_id: factor.credential_id,
        counter: factor.counter,
        created_at: factor.created_at.0,
        confirmed_at: millis(factor.confirmed_at),
        last_used_at: millis(factor.last_used_at),
    })
}

fn to_record(row: factor::Model) -> Stored<FactorRecord> {
    Ok(FactorRecord {
        factor_id: FactorId(row.id),
        person_id: PersonId(row.user_id),
        kind: from_word(row.kind, TABLE, "kind")?,
        name: row.name.into(),
        secret: row.secret,
        credential_id: row.credential_id,
        counter: row.counter,
        created_at: UnixMillis(row.created_at),
        confirmed_at: row.confirmed_at.map(UnixMillis),
        last_used_at: row.last_used_at.map(UnixMillis),
    })
}
