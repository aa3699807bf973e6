//! Links that set a password.
//!
//! Invariants: whoever makes a link good, or uses one, holds the row of its account first and the link after it, so that the two do not wait for each
//! other; a link is looked at again behind that lock. An index keeps an account from having two that are good.

use super::call::{Call, Tx};
use super::factors::confirmed;
use super::holds::lock_people;
use super::ledger::keep_answer;
use super::notice_rows::{announce, insert_notices};
use super::people::{insert_person, to_record};
use super::sign_ins::end_of;
use super::words::unreadable;
use super::{SqlStore, errors};
use crate::domain::identity::{LINKS_COUNTED_FOR, LinkKind};
use crate::protocol::ids::{NoticeId, PersonId};
use crate::protocol::time::UnixMillis;
use crate::store::sign_ins::links::{LinkRecord, PasswordByLink, PasswordLinks};
use crate::store::{Answered, Conflict, PersonRecord, SessionRecord, StoreError, Stored};
use async_trait::async_trait;
use entity::{password_link, user};
use password_link::Column;
use sea_orm::sea_query::{Expr, ExprTrait as _, SimpleExpr};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select,
};
use std::collections::BTreeSet;
use uuid::Uuid;

const TABLE: &str = "password_links";

#[async_trait]
impl PasswordLinks for SqlStore {
    async fn ask_link(&self, link: LinkRecord) -> Stored<()> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            insert(&tx, &link, None).await?;
            tx.commit().await
        })
        .await
    }

    async fn asked_links(&self, limit: u32) -> Stored<Vec<NoticeId>> {
        let query = asked()
            .select_only()
            .column(Column::Id)
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .limit(u64::from(limit))
            .into_tuple::<Uuid>();
        let found = Call::default()
            .run(async { query.all(&self.reading().await?).await.map_err(errors::before_commit) })
            .await?;
        Ok(found.into_iter().map(NoticeId).collect())
    }

    async fn open_link(&self, id: NoticeId, most: u32, now: UnixMillis) -> Stored<bool> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let query = || asked().filter(Column::Id.eq(id.0));
            let found = query().one(tx.on()).await.map_err(errors::before_commit)?;
            let Some(row) = found else { return Ok(false) };
            let link = to_link(row)?;
            let account = match link.person_id {
                Some(person) => Some(self.locked_account(&tx, person).await?),
                None => None,
            };
            // Behind the lock: another node may have been quicker.
            let again = query().lock_exclusive().one(tx.on()).await;
            if again.map_err(errors::before_commit)?.is_none() {
                return Ok(false);
            }
            let account = account.filter(|it| link.kind.is_for(it.status()));
            let to = account.map(|it| it.person_id);
            let is_one_too_many = match to {
                Some(to) => had_lately(&tx, to, now).await? >= most,
                None => false,
            };
            let Some(to) = to.filter(|_| !is_one_too_many) else {
                end(&tx, Column::Id.eq(id.0), now).await?;
                tx.commit_beside().await?;
                return Ok(false);
            };
            end_good(&tx, to, now).await?;
            let open = password_link::Entity::update_many()
                .col_expr(Column::OpenedAt, Expr::value(now.0))
                .filter(Column::Id.eq(id.0));
            open.exec(tx.on()).await.map_err(errors::before_commit)?;
            insert_notices(&tx, &[link.mail(to)]).await?;
            tx.commit_beside().await?;
            Ok(true)
        })
        .await
    }

    async fn create_invited(
        &self,
        person: PersonRecord,
        link: LinkRecord,
        answered: Option<Answered>,
    ) -> Stored<()> {
        let call = Call::default();
        call.run(async {
            let (id, at) = (person.person_id, link.created_at);
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            insert_person(&tx, person).await?;
            insert(&tx, &link, Some(at)).await?;
            insert_notices(&tx, &[link.mail(id)]).await?;
            tx.commit().await
        })
        .await
    }

    async fn invite(
        &self,
        link: LinkRecord,
        most: u32,
        answered: Option<Answered>,
    ) -> Stored<bool> {
        let person = link.person_id.ok_or(StoreError::Conflict(Conflict::Missing))?;
        let at = link.created_at;
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            let account = self.locked_account(&tx, person).await?;
            if !link.kind.is_for(account.status()) {
                return Ok(false);
            }
            if had_lately(&tx, person, at).await? >= most {
                return Err(StoreError::Conflict(Conflict::Full));
            }
            end_good(&tx, person, at).await?;
            insert(&tx, &link, Some(at)).await?;
            insert_notices(&tx, &[link.mail(person)]).await?;
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    async fn good_link(&self, token_hash: &[u8], now: UnixMillis) -> Stored<Option<LinkRecord>> {
        self.one_link(good(now).filter(Column::TokenHash.eq(token_hash))).await
    }

    async fn link_of_mail(&self, id: NoticeId, now: UnixMillis) -> Stored<Option<LinkRecord>> {
        self.one_link(good(now).filter(Column::Id.eq(id.0))).await
    }

    async fn set_password(&self, new: PasswordByLink) -> Stored<Option<Vec<SessionRecord>>> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let account = self.locked_account(&tx, new.person_id).await?;
            let link = good(new.at)
                .filter(Column::TokenHash.eq(new.token_hash))
                .filter(Column::UserId.eq(new.person_id.0))
                .lock_exclusive();
            let link = link.one(tx.on()).await.map_err(errors::before_commit)?;
            let link = link.map(to_link).transpose()?;
            if !link.is_some_and(|it| it.kind.is_for(account.status())) {
                return Ok(None);
            }
            if new.is_short && confirmed(&tx, new.person_id).await?.is_empty() {
                return Err(StoreError::Conflict(Conflict::Stale));
            }
            let set = user::Entity::update_many()
                .col_expr(user::Column::PasswordHash, Expr::value(new.hash.into_exposed()))
                .col_expr(user::Column::PasswordIsShort, Expr::value(new.is_short))
                .col_expr(user::Column::InvitedAt, Expr::value(None::<i64>))
                .col_expr(user::Column::PasswordUntil, Expr::value(None::<i64>))
                .filter(user::Column::Id.eq(new.person_id.0));
            set.exec(tx.on()).await.map_err(errors::before_commit)?;
            end_links(&tx, new.person_id, new.at).await?;
            let ended = end_of(&tx, new.person_id, None, new.at).await?;
            announce(&tx, &new.notices).await?;
            tx.commit().await?;
            Ok(Some(ended))
        })
        .await
    }

    async fn forget_links(&self, before: UnixMillis, most: u32) -> Stored<u32> {
        let old = password_link::Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::ExpiresAt.lt(before.0))
            .order_by_asc(Column::ExpiresAt)
            .limit(u64::from(most))
            .into_query();
        let delete = password_link::Entity::delete_many().filter(Column::Id.in_subquery(old));
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

impl SqlStore {
    /// The account as it is, and stays until the transaction ends.
    async fn locked_account(&self, tx: &Tx<'_>, id: PersonId) -> Stored<PersonRecord> {
        lock_people(tx, &BTreeSet::from([id])).await?;
        let row = user::Entity::find_by_id(id.0).one(tx.on()).await;
        let row = row.map_err(errors::before_commit)?;
        to_record(row.ok_or(StoreError::Conflict(Conflict::Missing))?, &self.keeps.get())
    }

    async fn one_link(&self, query: Select<password_link::Entity>) -> Stored<Option<LinkRecord>> {
        let found = Call::default()
            .run(async { query.one(&self.reading().await?).await.map_err(errors::before_commit) })
            .await?;
        found.map(to_link).transpose()
    }
}

/// Those that nobody has looked at.
fn asked() -> Select<password_link::Entity> {
    password_link::Entity::find()
        .filter(Column::OpenedAt.is_null())
        .filter(Column::EndedAt.is_null())
}

/// Those that are good.
fn good(now: UnixMillis) -> Select<password_link::Entity> {
    password_link::Entity::find()
        .filter(Column::OpenedAt.is_not_null())
        .filter(Column::EndedAt.is_null())
        .filter(Column::ExpiresAt.gt(now.0))
}

async fn had_lately(tx: &Tx<'_>, person: PersonId, now: UnixMillis) -> Stored<u32> {
    let lately = password_link::Entity::find()
        .filter(Column::UserId.eq(person.0))
        .filter(Column::OpenedAt.gt(now.minus(LINKS_COUNTED_FOR).0));
    let count = lately.count(tx.on()).await.map_err(errors::before_commit)?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Every link of somebody ends, those that were only asked for as well.
pub(super) async fn end_links(tx: &Tx<'_>, person: PersonId, now: UnixMillis) -> Stored<()> {
    end(tx, Column::UserId.eq(person.0), now).await
}

async fn end_good(tx: &Tx<'_>, person: PersonId, now: UnixMillis) -> Stored<()> {
    end(tx, Column::UserId.eq(person.0).and(Column::OpenedAt.is_not_null()), now).await
}

async fn end(tx: &Tx<'_>, which: SimpleExpr, now: UnixMillis) -> Stored<()> {
    let update = password_link::Entity::update_many()
        .col_expr(Column::EndedAt, Expr::value(now.0))
        .filter(which)
        .filter(Column::EndedAt.is_null());
    update.exec(tx.on()).await.map(drop).map_err(errors::before_commit)
}

/// What is left of somebody's links when they are erased: nothing.
pub(super) async fn delete_links(tx: &Tx<'_>, person: PersonId) -> Stored<()> {
    let delete = password_link::Entity::delete_many().filter(Column::UserId.eq(person.0));
    delete.exec(tx.on()).await.map(drop).map_err(errors::before_commit)
}

async fn insert(tx: &Tx<'_>, it: &LinkRecord, opened_at: Option<UnixMillis>) -> Stored<()> {
    let row = password_link::Model {
        id: it.link_id.0,
        user_id: it.person_id.map(|it| it.0),
        kind: it.kind.as_str().to_owned(),
        token_hash: it.token_hash.clone(),
        created_at: it.created_at.0,
        expires_at: it.expires_at.0,
        opened_at: opened_at.map(|it| it.0),
        ended_at: None,
    };
    let insert = password_link::Entity::insert(row.into_active_model());
    insert.exec_without_returning(tx.on()).await.map(drop).map_err(errors::before_commit)
}

fn to_link(row: password_link::Model) -> Stored<LinkRecord> {
    Ok(LinkRecord {
        link_id: NoticeId(row.id),
        person_id: row.user_id.map(PersonId),
        kind: LinkKind::parse(&row.kind).ok_or_else(|| unreadable(TABLE, "kind"))?,
        token_hash: row.token_hash,
        created_at: UnixMillis(row.created_at),
        expires_at: UnixMillis(row.expires_at),
    })
}
