//! Conversations in somebody's list, and messages that are searched: a fixed number of statements, however many there are.

use super::call::Call;
use super::conversation_rows::{to_conversation, to_message};
use super::{SqlStore, errors};
use crate::protocol::ids::{ConversationId, PersonId};
use crate::store::Stored;
use crate::store::conversations::{
    BlindQuery, ConversationRecord, ConversationSummary, MOST_UNREAD, MessageRecord,
};
use entity::{conversation, conversation_member, message, message_term};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// The last message of the conversation of a member that was not deleted. Both databases understand it as it stands, and
/// read it from the end of an index.
const LAST: &str = "
    (SELECT m.id FROM messages m
     WHERE m.conversation_id = conversation_members.conversation_id AND m.deleted_at IS NULL
     ORDER BY m.number DESC LIMIT 1)";

/// What [`unread`] counts.
const UNREAD: &str = "
    SELECT 1 FROM messages m
    WHERE m.conversation_id = conversation_members.conversation_id
      AND m.number > conversation_members.displayed
      AND m.member_id <> conversation_members.member_id AND m.deleted_at IS NULL";

/// Messages of others that a member has not had before their eyes; so many rows are read and no more.
fn unread() -> String {
    format!("(SELECT count(*) FROM ({UNREAD} LIMIT {MOST_UNREAD}) AS counted)")
}

impl SqlStore {
    /// One conversation, or nothing.
    pub(super) async fn read_conversation(
        &self,
        query: Select<conversation::Entity>,
    ) -> Stored<Option<ConversationRecord>> {
        let call = Call::default();
        call.run(async {
            let tx = self.snapshot(&call).await?;
            Ok(records(tx.on(), query).await?.into_iter().next())
        })
        .await
    }

    /// The conversations that somebody is in, of all or of one.
    pub(super) async fn summaries(
        &self,
        person: PersonId,
        only: Option<ConversationId>,
        limit: u32,
    ) -> Stored<Vec<ConversationSummary>> {
        let mut query = conversation::Entity::find()
            .filter(conversation::Column::Id.in_subquery(parts_of(person)))
            .order_by_desc(conversation::Column::ActiveAt)
            .order_by_desc(conversation::Column::Id)
            .limit(u64::from(limit));
        if let Some(id) = only {
            query = query.filter(conversation::Column::Id.eq(id.0));
        }
        let call = Call::default();
        call.run(async {
            let tx = self.snapshot(&call).await?;
            let records = records(tx.on(), query).await?;
            let mut tails = tails(tx.on(), person, &records).await?;
            let summary = |record: ConversationRecord| {
                let (last, unread) = tails.remove(&record.conversation_id.0).unwrap_or_default();
                ConversationSummary { record, last, unread }
            };
            Ok(records.into_iter().map(summary).collect())
        })
        .await
    }

    pub(super) async fn search(
        &self,
        queries: Vec<BlindQuery>,
        limit: u32,
    ) -> Stored<Vec<MessageRecord>> {
        let mut by_count: BTreeMap<usize, Condition> = BTreeMap::new();
        for it in queries {
            let terms: BTreeSet<_> = it.terms.into_iter().collect();
            if terms.is_empty() {
                continue;
            }
            let condition = by_count.entry(terms.len()).or_insert_with(Condition::any);
            let here = message_term::Column::ConversationId.eq(it.conversation_id.0);
            let any = message_term::Column::Term.is_in(terms);
            *condition = condition.clone().add(here.and(any));
        }
        if by_count.is_empty() {
            return Ok(vec![]);
        }
        let place = [message::Column::ConversationId, message::Column::Number].map(Expr::col);
        let place = Expr::tuple(place);
        let having =
            by_count.into_iter().map(|(count, any)| place.clone().in_subquery(places(count, any)));
        let found = message::Entity::find()
            .filter(having.fold(Condition::any(), Condition::add))
            .filter(message::Column::DeletedAt.is_null())
            .order_by_desc(message::Column::At)
            .order_by_desc(message::Column::Id)
            .limit(u64::from(limit));
        self.find_all(found).await?.into_iter().map(to_message).collect()
    }
}

/// Conversations in which somebody has a part that they have not left.
fn parts_of(person: PersonId) -> SelectStatement {
    conversation_member::Entity::find()
        .select_only()
        .column(conversation_member::Column::ConversationId)
        .filter(conversation_member::Column::PersonId.eq(person.0))
        .filter(conversation_member::Column::LeftAt.is_null())
        .into_query()
}

/// Where messages are that have `count` of these terms.
fn places(count: usize, any: Condition) -> SelectStatement {
    let key = [message_term::Column::ConversationId, message_term::Column::Number];
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    Query::select()
        .columns(key)
        .from(message_term::Entity)
        .cond_where(any)
        .group_by_columns(key)
        .and_having(Expr::col(message_term::Column::Term).count().eq(count))
        .take()
}

/// The conversations that `query` finds, in its order, with their members.
async fn records(
    tx: &DatabaseTransaction,
    query: Select<conversation::Entity>,
) -> Stored<Vec<ConversationRecord>> {
    let rows = query.all(tx).await.map_err(errors::before_commit)?;
    let ids = rows.iter().map(|it| it.id);
    let all = conversation_member::Entity::find()
        .filter(conversation_member::Column::ConversationId.is_in(ids))
        .order_by_asc(conversation_member::Column::JoinedAt)
        .order_by_asc(conversation_member::Column::MemberId)
        .all(tx);
    let mut members: HashMap<_, Vec<_>> = HashMap::new();
    for it in all.await.map_err(errors::before_commit)? {
        members.entry(it.conversation_id).or_default().push(it);
    }
    let whole = |it: conversation::Model| {
        let members = members.remove(&it.id).unwrap_or_default();
        to_conversation(it, members)
    };
    rows.into_iter().map(whole).collect()
}

/// The last message of each conversation, and how many somebody has not read.
async fn tails(
    tx: &DatabaseTransaction,
    person: PersonId,
    of: &[ConversationRecord],
) -> Stored<HashMap<Uuid, (Option<MessageRecord>, u32)>> {
    use conversation_member::{Column, Entity};
    let found = Entity::find()
        .select_only()
        .column(Column::ConversationId)
        .expr_as(Expr::cust(LAST), "last_id")
        .expr_as(Expr::cust(unread()), "unread")
        .filter(Column::PersonId.eq(person.0))
        .filter(Column::LeftAt.is_null())
        .filter(Column::ConversationId.is_in(of.iter().map(|it| it.conversation_id.0)))
        .order_by_desc(Column::JoinedAt)
        .order_by_desc(Column::MemberId)
        .into_tuple::<(Uuid, Option<Uuid>, i64)>()
        .all(tx);
    // Of two parts of one person the first counts, as it does for the members.
    let tails: BTreeMap<_, _> = found
        .await
        .map_err(errors::before_commit)?
        .into_iter()
        .map(|(id, last, unread)| (id, (last, unread)))
        .collect();
    let ids = tails.values().filter_map(|(last, _)| *last);
    let last = message::Entity::find().filter(message::Column::Id.is_in(ids)).all(tx);
    let mut messages = HashMap::new();
    for it in last.await.map_err(errors::before_commit)? {
        messages.insert(it.id, to_message(it)?);
    }
    let tail = |(id, (last, unread)): (Uuid, (Option<Uuid>, i64))| {
        let last = last.and_then(|it| messages.remove(&it));
        (id, (last, u32::try_from(unread).unwrap_or(MOST_UNREAD)))
    };
    Ok(tails.into_iter().map(tail).collect())
}
