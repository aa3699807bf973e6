//! Keys of conversations in the tables: which key of the node seals them, sealing them anew, destroying them.
//!
//! Invariant: a key is changed and destroyed by one statement that says what it must have been before. Destroying takes
//! the key away first; what could be searched follows in steps that are short enough for the deadline, and `key_id` stays
//! until they are done, so that whoever is interrupted is found again.

use super::call::Call;
use super::conversation_rows::to_key;
use super::conversations::KIND;
use super::erasing::is_meant;
use super::records::must_not_be_held;
use super::subjects::unbound;
use super::words::to_word;
use super::{SqlStore, errors};
use crate::protocol::conversation::ConversationKind;
use crate::protocol::ids::{ConversationId, PersonId};
use crate::protocol::time::UnixMillis;
use crate::store::conversations::WrappedKey;
use crate::store::records::TalksOf;
use crate::store::{Conflict, StoreError, Stored};
use entity::{actor_fence, appointment, conversation, legal_hold};
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    UpdateMany,
};
use uuid::Uuid;

use conversation::{Column, Entity};

/// Nothing was posted, the visit is over, and there is something to destroy.
fn is_idle(before: UnixMillis) -> Condition {
    let over = appointment::Entity::find()
        .select_only()
        .column(appointment::Column::Id)
        .filter(appointment::Column::EndsAt.lt(before.0))
        .into_query();
    let of_none = Column::AppointmentId.is_null();
    Condition::all()
        .add(Column::KeyId.is_not_null())
        .add(Column::ActiveAt.lt(before.0))
        .add(of_none.or(Column::AppointmentId.in_subquery(over)))
}

/// A legal hold stands on its patient: nothing of it goes by itself.
fn is_held() -> SimpleExpr {
    let held = legal_hold::Entity::find()
        .select_only()
        .column(legal_hold::Column::UserId)
        .filter(legal_hold::Column::LiftedAt.is_null())
        .into_query();
    Column::PatientId.in_subquery(held)
}

impl SqlStore {
    pub(super) async fn other_keys(
        &self,
        key_id: &str,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Stored<Vec<(ConversationId, WrappedKey)>> {
        let after = after.map_or(Uuid::nil(), |it| it.0);
        let query = Entity::find()
            .filter(Column::Id.gt(after))
            .filter(Column::SealedKey.is_not_null())
            .filter(Column::KeyId.ne(key_id).or(unbound(Column::SealedKey)))
            .order_by_asc(Column::Id)
            .limit(u64::from(limit));
        let found = self.find_all(query).await?.into_iter();
        Ok(found
            .filter_map(|it| Some((ConversationId(it.id), to_key(it.key_id, it.sealed_key)?)))
            .collect())
    }

    pub(super) async fn count_keys(&self) -> Stored<Vec<(Option<String>, u64)>> {
        let key = Expr::cust("CASE WHEN sealed_key IS NULL THEN NULL ELSE key_id END");
        let query = Entity::find()
            .select_only()
            .expr_as(key.clone(), "key")
            .expr_as(Column::Id.count(), "keys")
            .group_by(key)
            .into_tuple::<(Option<String>, i64)>();
        let found = Call::default()
            .run(async { query.all(&self.reading().await?).await.map_err(errors::before_commit) })
            .await?;
        let counts = found.into_iter().map(|(key, n)| (key, u64::try_from(n).unwrap_or(0)));
        let mut counts: Vec<_> = counts.collect();
        counts.sort_unstable();
        Ok(counts)
    }

    pub(super) async fn change_key(
        &self,
        id: ConversationId,
        before: WrappedKey,
        after: WrappedKey,
    ) -> Stored<()> {
        let update = with_key(id, after)
            .filter(Column::KeyId.eq(before.key_id))
            .filter(Column::SealedKey.eq(before.sealed));
        match self.update_conversations(update, None, false).await? {
            0 => Err(StoreError::Conflict(Conflict::Stale)),
            _ => Ok(()),
        }
    }

    pub(super) async fn put_key(
        &self,
        id: ConversationId,
        key: WrappedKey,
        at: UnixMillis,
    ) -> Stored<()> {
        let update = with_key(id, key)
            .col_expr(Column::ActiveAt, Expr::value(at.0))
            .filter(Column::SealedKey.is_null());
        match self.update_conversations(update, Some(id), true).await? {
            0 => Err(StoreError::Conflict(Conflict::Stale)),
            _ => Ok(()),
        }
    }

    pub(super) async fn idle(
        &self,
        kind: ConversationKind,
        before: UnixMillis,
        limit: u32,
    ) -> Stored<Vec<ConversationId>> {
        let query = Entity::find()
            .filter(Column::Kind.eq(to_word(&kind)?))
            .filter(is_idle(before))
            .filter(is_held().not())
            .order_by_asc(Column::ActiveAt)
            .order_by_asc(Column::Id)
            .limit(u64::from(limit));
        Ok(self.find_all(query).await?.into_iter().map(|it| ConversationId(it.id)).collect())
    }

    pub(super) async fn without_key(&self, ids: &[ConversationId]) -> Stored<Vec<ConversationId>> {
        let query = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::Id.is_in(ids.iter().map(|it| it.0)))
            .filter(Column::SealedKey.is_null())
            .into_tuple::<Uuid>();
        let call = Call::default();
        let found = call
            .run(async { query.all(&self.reading().await?).await.map_err(errors::before_commit) });
        Ok(found.await?.into_iter().map(ConversationId).collect())
    }

    /// Whether it was. While a legal hold stands on its patient it is not, however long it was idle.
    pub(super) async fn destroy_idle(
        &self,
        id: ConversationId,
        before: UnixMillis,
    ) -> Stored<bool> {
        let Some(found) = self.find_all(Entity::find_by_id(id.0)).await?.pop() else {
            return Ok(false);
        };
        match self.destroy(id, before, TalksOf::all(PersonId(found.patient_id))).await {
            Err(StoreError::Conflict(Conflict::Stale)) => Ok(false),
            destroyed => destroyed,
        }
    }

    /// `of`: whose it is, and which of theirs may go. `Conflict(Stale)` while a legal hold stands on them.
    pub(super) async fn destroy(
        &self,
        id: ConversationId,
        before: UnixMillis,
        of: TalksOf,
    ) -> Stored<bool> {
        let idle = || Entity::update_many().filter(Column::Id.eq(id.0)).filter(is_idle(before));
        let taking =
            idle().filter(is_meant(of)).col_expr(Column::SealedKey, Expr::value(None::<String>));
        if self.update_unless_held(taking, Some(id), Some(of.patient), false).await? == 0 {
            return Ok(false);
        }
        self.forget_terms(id).await?;
        self.drop_files_in(id, before).await?;
        let done = idle()
            .filter(Column::SealedKey.is_null())
            .col_expr(Column::KeyId, Expr::value(None::<String>));
        self.update_conversations(done, None, false).await?;
        Ok(true)
    }

    /// With `fenced` the owner of that conversation is none any more. The fence comes first, as for whoever writes: two who
    /// took these rows in another order would wait for each other.
    async fn update_conversations(
        &self,
        update: UpdateMany<Entity>,
        fenced: Option<ConversationId>,
        is_asked_for: bool,
    ) -> Stored<u64> {
        self.update_unless_held(update, fenced, None, is_asked_for).await
    }

    /// The account comes after the fence: whoever writes a log and names a member takes them in that order too.
    async fn update_unless_held(
        &self,
        update: UpdateMany<Entity>,
        fenced: Option<ConversationId>,
        of: Option<PersonId>,
        is_asked_for: bool,
    ) -> Stored<u64> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            if let Some(id) = fenced {
                let epoch = Expr::col(actor_fence::Column::Epoch).add(1_i64);
                let fence = actor_fence::Entity::update_many()
                    .col_expr(actor_fence::Column::Epoch, epoch)
                    .filter(actor_fence::Column::Kind.eq(KIND))
                    .filter(actor_fence::Column::Id.eq(id.0))
                    .exec(tx.on());
                fence.await.map_err(errors::before_commit)?;
            }
            if let Some(of) = of {
                must_not_be_held(&tx, of).await?;
            }
            let updated = update.exec(tx.on()).await.map_err(errors::before_commit)?;
            // What has changed nothing fences nobody.
            if updated.rows_affected > 0 {
                tx.commit_if(is_asked_for).await?;
            }
            Ok(updated.rows_affected)
        })
        .await
    }
}

fn with_key(id: ConversationId, key: WrappedKey) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::KeyId, Expr::value(key.key_id))
        .col_expr(Column::SealedKey, Expr::value(key.sealed))
        .filter(Column::Id.eq(id.0))
}
