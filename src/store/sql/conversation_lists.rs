//! Conversations in somebody's list, and messages that are searched: a fixed number of statements, however many there are.

use super::call::Call;
use super::conversation_rows::to_conversation;
use super::message_rows::read_messages;
use super::{SqlStore, errors};
use crate::protocol::ids::{ConversationId, PersonId};
use crate::store::Stored;
use crate::store::conversations::{
    ConversationRecord, ConversationSummary, MOST_UNREAD, MessageRecord,
};
use entity::{conversation, conversation_member, message};
use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
};
use std::collections::{BTreeMap, HashMap};
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

/// The conversations that `query` finds, in its order, with their members.
pub(super) async fn records(
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
    let last = message::Entity::find().filter(message::Column::Id.is_in(ids));
    let last = read_messages(tx, last).await?.into_iter();
    let mut messages: HashMap<_, _> = last.map(|it| (it.message_id.0, it)).collect();
    let tail = |(id, (last, unread)): (Uuid, (Option<Uuid>, i64))| {
        let last = last.and_then(|it| messages.remove(&it));
        (id, (last, u32::try_from(unread).unwrap_or(MOST_UNREAD)))
    };
    Ok(tails.into_iter().map(tail).collect())
}
