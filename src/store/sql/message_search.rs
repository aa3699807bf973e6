//! What messages are found by: a row for each message, with its blind terms one after the other.
//!
//! Invariants: what is written anew is found by its new words only. Rows of the version before, one for each term, are taken
//! over by triggers as they come; here they are only deleted. Whichever version changes a message or destroys a key, triggers take away
//! what was found by it.
//! Does not: look at where terms begin. That eight bytes of a hash are found across two others is as good as impossible: the keys are
//! secret, so nobody can make words for it.

use super::call::{Call, Tx};
use super::message_rows::read_messages;
use super::{SqlStore, errors};
use crate::protocol::ids::ConversationId;
use crate::protocol::time::UnixMillis;
use crate::store::Stored;
use crate::store::conversations::{BlindQuery, MessageRecord, Term};
use entity::message_search::{Column, Entity, Model};
use entity::{message, message_term};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, DbBackend, DeleteMany, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// When, in which conversation, at which number.
type Place = (i64, Uuid, i64);

/// Rows that one transaction takes away.
const PER_STEP: u64 = 2_000;

impl SqlStore {
    /// Looks into one conversation after the other, the newest of each first: one statement for all of them is planned by PostgreSQL as a look at
    /// every message of the clinic.
    pub(super) async fn search(
        &self,
        queries: Vec<BlindQuery>,
        limit: u32,
    ) -> Stored<Vec<MessageRecord>> {
        let call = Call::default();
        call.run(async {
            let tx = self.snapshot(&call).await?;
            let mut places = BTreeSet::new();
            for it in queries {
                let Some(query) = within(self.backend, it) else { continue };
                let query = query.limit(u64::from(limit)).into_tuple::<Place>();
                places.extend(query.all(tx.on()).await.map_err(errors::before_commit)?);
            }
            let newest = places.into_iter().rev().take(usize::try_from(limit).unwrap_or(0));
            let newest: Vec<_> = newest.map(|(_, id, number)| (id, number)).collect();
            if newest.is_empty() {
                return Ok(vec![]);
            }
            let place = [message::Column::ConversationId, message::Column::Number].map(Expr::col);
            let found = message::Entity::find()
                .filter(Expr::tuple(place).in_tuples(newest))
                .filter(message::Column::DeletedAt.is_null())
                .order_by_desc(message::Column::At)
                .order_by_desc(message::Column::Id);
            read_messages(tx.on(), found).await
        })
        .await
    }

    /// What a conversation was found by goes, in steps.
    pub(super) async fn forget_terms(&self, id: ConversationId) -> Stored<()> {
        while self.forget_old_rows(id).await? == PER_STEP {}
        while self.forget_rows(id).await? == PER_STEP {}
        Ok(())
    }

    async fn forget_rows(&self, id: ConversationId) -> Stored<u64> {
        let some = Entity::find()
            .select_only()
            .column(Column::Number)
            .filter(Column::ConversationId.eq(id.0))
            .limit(PER_STEP)
            .into_query();
        let delete = Entity::delete_many()
            .filter(Column::ConversationId.eq(id.0))
            .filter(Column::Number.in_subquery(some));
        self.delete(delete).await
    }

    async fn forget_old_rows(&self, id: ConversationId) -> Stored<u64> {
        use message_term::{Column, Entity};
        let key = [Column::Term, Column::Number];
        let some = Entity::find()
            .select_only()
            .columns(key)
            .filter(Column::ConversationId.eq(id.0))
            .limit(PER_STEP)
            .into_query();
        let delete = Entity::delete_many()
            .filter(Column::ConversationId.eq(id.0))
            .filter(Expr::tuple(key.map(Expr::col)).in_subquery(some));
        self.delete(delete).await
    }

    async fn delete<E: EntityTrait>(&self, rows: DeleteMany<E>) -> Stored<u64> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let deleted = rows.exec(tx.on()).await.map_err(errors::before_commit)?;
            tx.commit_beside().await?;
            Ok(deleted.rows_affected)
        })
        .await
    }
}

/// Where the messages of a conversation are that have all terms of a query, with their times, the newest first.
fn within(backend: DbBackend, query: BlindQuery) -> Option<Select<Entity>> {
    let terms: BTreeSet<_> = query.terms.into_iter().collect();
    if terms.is_empty() {
        return None;
    }
    let here = Condition::all().add(Column::ConversationId.eq(query.conversation_id.0));
    let all = terms.into_iter().map(|it| has_term(backend, it)).fold(here, Condition::add);
    let found = Entity::find()
        .select_only()
        .columns([Column::At, Column::ConversationId, Column::Number])
        .filter(all)
        .order_by_desc(Column::Number);
    Some(found)
}

/// Whether a row has this term. Each database has a word of its own for it.
fn has_term(backend: DbBackend, term: Term) -> Expr {
    let position = match backend {
        DbBackend::Postgres => "POSITION($2 IN $1) > 0",
        _ => "INSTR(?, ?) > 0",
    };
    let terms = Expr::col((Entity, Column::Terms));
    Expr::cust_with_exprs(position, [terms, Expr::value(term.to_vec())])
}

/// What messages of a conversation are found by from now on.
pub(super) async fn put_terms(
    tx: &Tx<'_>,
    id: ConversationId,
    terms: BTreeMap<u32, (UnixMillis, Vec<Term>)>,
) -> Stored<()> {
    let rows = terms.into_iter().filter_map(|(number, (at, terms))| {
        let distinct: BTreeSet<_> = terms.into_iter().collect();
        let terms: Vec<u8> = distinct.into_iter().flatten().collect();
        let row = Model { conversation_id: id.0, number: i64::from(number), at: at.0, terms };
        (!row.terms.is_empty()).then(|| row.into_active_model())
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    let put = OnConflict::columns([Column::ConversationId, Column::Number])
        .update_column(Column::Terms)
        .to_owned();
    let insert = Entity::insert_many(rows).on_conflict(put).exec_without_returning(tx.on());
    insert.await.map_err(errors::before_commit)?;
    Ok(())
}

/// What a message was found by.
pub(super) async fn take_terms(tx: &Tx<'_>, id: ConversationId, number: u32) -> Stored<()> {
    use message_term::{Column as Old, Entity as OldRows};
    let number = i64::from(number);
    let old = OldRows::delete_many()
        .filter(Old::ConversationId.eq(id.0))
        .filter(Old::Number.eq(number))
        .exec(tx.on());
    old.await.map_err(errors::before_commit)?;
    let row = Entity::delete_many()
        .filter(Column::ConversationId.eq(id.0))
        .filter(Column::Number.eq(number))
        .exec(tx.on());
    row.await.map_err(errors::before_commit)?;
    Ok(())
}
