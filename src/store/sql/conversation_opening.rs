//! What the owner of a conversation begins with, and its place in line: each of one moment.
//!
//! Invariant: whatever is written meanwhile, the messages that are read are those of the lines that are, and the claim is the one
//! under which they were written.

use super::call::Call;
use super::conversation_lists::records;
use super::conversation_rows::to_line;
use super::conversations::KIND;
use super::message_rows::read_messages;
use super::words::{count, unreadable};
use super::{SqlStore, errors};
use crate::protocol::ids::{ConversationId, MessageId};
use crate::store::conversation_state::Opening;
use crate::store::conversations::{LogEntry, LogRecord, MessageRecord};
use crate::store::{Claim, Stored};
use entity::{actor_fence, conversation, conversation_line, log_epoch, message};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use std::collections::HashMap;

impl SqlStore {
    pub(super) async fn read_opening(
        &self,
        id: ConversationId,
        messages: u32,
        lines: u32,
    ) -> Stored<Option<Opening>> {
        let latest = message::Entity::find()
            .filter(message::Column::ConversationId.eq(id.0))
            .order_by_desc(message::Column::Number)
            .limit(u64::from(messages));
        let call = Call::default();
        call.run(async {
            let tx = self.snapshot(&call).await?;
            let found = records(tx.on(), conversation::Entity::find_by_id(id.0)).await?.pop();
            let Some(record) = found else { return Ok(None) };
            let mut messages = read_messages(tx.on(), latest).await?;
            messages.sort_by_key(|it| it.offset);
            let after = record.last_offset.saturating_sub(lines);
            let lines = lines_after(tx.on(), id, after, lines).await?;
            let epochs = log_epoch::Entity::find().all(tx.on());
            let log_epoch = epoch_of(&epochs.await.map_err(errors::before_commit)?)?;
            let claims = fence_of(id).all(tx.on()).await.map_err(errors::before_commit)?;
            let claim = claims.first().map(to_claim).transpose()?;
            Ok(Some(Opening { record, messages, lines, log_epoch, claim }))
        })
        .await
    }

    pub(super) async fn read_epoch(&self) -> Stored<u32> {
        epoch_of(&self.find_all(log_epoch::Entity::find()).await?)
    }

    pub(super) async fn read_claim(&self, id: ConversationId) -> Stored<Option<Claim>> {
        self.find_all(fence_of(id)).await?.first().map(to_claim).transpose()
    }
}

/// Lines with the messages that they name, as they are in that transaction.
pub(super) async fn lines_after(
    tx: &DatabaseTransaction,
    id: ConversationId,
    after: u32,
    limit: u32,
) -> Stored<Vec<(LogRecord, Option<MessageRecord>)>> {
    use conversation_line::{Column, Entity};
    let lines = Entity::find()
        .filter(Column::ConversationId.eq(id.0))
        .filter(Column::Number.gt(i64::from(after)))
        .order_by_asc(Column::Number)
        .limit(u64::from(limit));
    let lines = lines.all(tx).await.map_err(errors::before_commit)?;
    let lines = lines.into_iter().map(to_line).collect::<Stored<Vec<_>>>()?;
    let ids = lines.iter().filter_map(|it| named(it.entry)).map(|it| it.0);
    let all = message::Entity::find().filter(message::Column::Id.is_in(ids));
    let all = read_messages(tx, all).await?.into_iter();
    let messages: HashMap<_, _> = all.map(|it| (it.message_id, it)).collect();
    let with_message = |it: LogRecord| {
        let message = named(it.entry).and_then(|id| messages.get(&id)).cloned();
        (it, message)
    };
    Ok(lines.into_iter().map(with_message).collect())
}

fn fence_of(id: ConversationId) -> Select<actor_fence::Entity> {
    actor_fence::Entity::find()
        .filter(actor_fence::Column::Kind.eq(KIND))
        .filter(actor_fence::Column::Id.eq(id.0))
}

fn to_claim(row: &actor_fence::Model) -> Stored<Claim> {
    let number = |it, column| count(it, "actor_fence", column);
    let (epoch, next) = (number(row.epoch, "epoch")?, number(row.next_offset, "next_offset")?);
    Ok(Claim { epoch, next_offset: next })
}

fn epoch_of(rows: &[log_epoch::Model]) -> Stored<u32> {
    let row = rows.first().ok_or_else(|| unreadable("log_epoch", "epoch"))?;
    count(row.epoch, "log_epoch", "epoch")
}

const fn named(entry: LogEntry) -> Option<MessageId> {
    match entry {
        LogEntry::Posted(id) | LogEntry::Changed(id) => Some(id),
        LogEntry::Member(_) | LogEntry::Conversation => None,
    }
}
