//! Messages as rows, and back.
//!
//! Invariant: whoever reads a message reads with it, in one statement, which line of the log changed it last: the log is only added to, so
//! a row that somebody puts back to what it was before is known for what it is.

use super::words::{count, millis};
use super::{SqlStore, errors};
use crate::protocol::ids::{ConversationId, MemberId, MessageId};
use crate::protocol::time::UnixMillis;
use crate::store::Stored;
use crate::store::conversations::MessageRecord;
use entity::message;
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, QueryResult, QuerySelect, Select};

/// By an index of changed lines alone.
const CHANGED: &str = "(SELECT MAX(l.number) FROM conversation_log l WHERE l.kind = 'changed'
     AND l.about_id = messages.id AND l.conversation_id = messages.conversation_id)";

/// A row, and the number of the line that changed it last.
#[derive(Debug)]
pub(super) struct MessageRow {
    pub(super) message: message::Model,
    changed: Option<i64>,
}

impl FromQueryResult for MessageRow {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let message = message::Model::from_query_result(row, prefix)?;
        Ok(MessageRow { message, changed: row.try_get(prefix, "changed")? })
    }
}

/// What a query finds, read on `on`.
pub(super) async fn read_messages(
    on: &impl ConnectionTrait,
    query: Select<message::Entity>,
) -> Stored<Vec<MessageRecord>> {
    let query = query.expr_as(Expr::cust(CHANGED), "changed").into_model::<MessageRow>();
    let rows = query.all(on).await.map_err(errors::before_commit)?;
    rows.into_iter().map(to_message).collect()
}

impl SqlStore {
    /// What a query finds.
    pub(super) async fn messages_found(
        &self,
        query: Select<message::Entity>,
    ) -> Stored<Vec<MessageRecord>> {
        super::call::Call::default().run(read_messages(&self.reader, query)).await
    }
}

pub(super) fn message_row(of: MessageRecord) -> message::Model {
    message::Model {
        id: of.message_id.0,
        conversation_id: of.conversation_id.0,
        number: i64::from(of.offset),
        member_id: of.member_id.0,
        at: of.at.0,
        sealed_body: of.sealed_body,
        sealed_files: of.sealed_files,
        reply_to: of.reply_to.map(|it| it.0),
        edited_at: millis(of.edited_at),
        deleted_at: millis(of.deleted_at),
    }
}

fn to_message(row: MessageRow) -> Stored<MessageRecord> {
    let MessageRow { message: row, changed } = row;
    let changed = changed.map(|it| count(it, "conversation_log", "number")).transpose()?;
    Ok(MessageRecord {
        message_id: MessageId(row.id),
        conversation_id: ConversationId(row.conversation_id),
        offset: count(row.number, "messages", "number")?,
        member_id: MemberId(row.member_id),
        at: UnixMillis(row.at),
        sealed_body: row.sealed_body,
        sealed_files: row.sealed_files,
        reply_to: row.reply_to.map(MessageId),
        edited_at: row.edited_at.map(UnixMillis),
        deleted_at: row.deleted_at.map(UnixMillis),
        changed,
    })
}
