//! What messages are found by: a row for each message, with its blind terms one after the other.
//!
//! Invariants: what is written anew is found by its new words only. Rows of the version before, one for each term, are taken
//! over by triggers as they come; here they are only deleted.
//! Does not: look at where terms begin. That eight bytes of a hash are found across two others is as good as impossible: the keys are
//! secret, so nobody can make words for it.

use super::call::{Call, Tx};
use super::{SqlStore, errors};
use crate::protocol::ids::ConversationId;
use crate::store::Stored;
use crate::store::conversations::{BlindQuery, MessageRecord, Term};
use entity::message_search::{Column, Entity, Model};
use entity::{message, message_term};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, DbBackend, DeleteMany, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
};
use std::collections::{BTreeMap, BTreeSet};

/// Rows that one transaction takes away.
const PER_STEP: u64 = 2_000;

impl SqlStore {
    pub(super) async fn search(
        &self,
        queries: Vec<BlindQuery>,
        limit: u32,
    ) -> Stored<Vec<MessageRecord>> {
        let has = |it: Term| has_term(self.backend, it);
        let within = |it: BlindQuery| {
            let here = Condition::all().add(Column::ConversationId.eq(it.conversation_id.0));
            let terms: BTreeSet<_> = it.terms.into_iter().collect();
            (!terms.is_empty()).then(|| terms.into_iter().map(has).fold(here, Condition::add))
        };
        let any: Vec<_> = queries.into_iter().filter_map(within).collect();
        if any.is_empty() {
            return Ok(vec![]);
        }
        let key = [Column::ConversationId, Column::Number];
        let places = Entity::find()
            .select_only()
            .columns(key)
            .filter(any.into_iter().fold(Condition::any(), Condition::add))
            .into_query();
        let place = [message::Column::ConversationId, message::Column::Number].map(Expr::col);
        let found = message::Entity::find()
            .filter(Expr::tuple(place).in_subquery(places))
            .filter(message::Column::DeletedAt.is_null())
            .order_by_desc(message::Column::At)
            .order_by_desc(message::Column::Id)
            .limit(u64::from(limit));
        self.messages_found(found).await
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
            tx.commit().await?;
            Ok(deleted.rows_affected)
        })
        .await
    }
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
    terms: BTreeMap<u32, Vec<Term>>,
) -> Stored<()> {
    let rows = terms.into_iter().filter_map(|(number, terms)| {
        let distinct: BTreeSet<_> = terms.into_iter().collect();
        let terms: Vec<u8> = distinct.into_iter().flatten().collect();
        let row = Model { conversation_id: id.0, number: i64::from(number), terms };
        (!row.terms.is_empty()).then(|| row.into_active_model())
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    let insert = Entity::insert_many(rows).exec_without_returning(tx.on());
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
