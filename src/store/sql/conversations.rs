//! Conversations in the tables: to be written.

use super::SqlStore;
use crate::protocol::conversation::{ConversationKind, MemberMarks};
use crate::protocol::ids::{AppointmentId, ConversationId, MessageId, PersonId};
use crate::protocol::time::UnixMillis;
use crate::store::conversations::{
    AwayRecord, BlindQuery, ConversationRecord, ConversationSummary, Conversations, LogCommit,
    LogRecord, MessageRecord, Page, WrappedKey,
};
use crate::store::{Answered, Claim, StoreError, Stored};
use async_trait::async_trait;

#[async_trait]
impl Conversations for SqlStore {
    async fn log_epoch(&self) -> Stored<u32> {
        Err(StoreError::Aborted)
    }
    async fn open_conversation(
        &self,
        _new: ConversationRecord,
        _answered: Option<Answered>,
    ) -> Stored<ConversationRecord> {
        Err(StoreError::Aborted)
    }
    async fn conversation(&self, _id: ConversationId) -> Stored<Option<ConversationRecord>> {
        Err(StoreError::Aborted)
    }
    async fn conversation_of_visit(&self, _id: AppointmentId) -> Stored<Option<ConversationId>> {
        Err(StoreError::Aborted)
    }
    async fn conversations_of(
        &self,
        _id: PersonId,
        _limit: u32,
    ) -> Stored<Vec<ConversationSummary>> {
        Err(StoreError::Aborted)
    }
    async fn summary(
        &self,
        _id: ConversationId,
        _person: PersonId,
    ) -> Stored<Option<ConversationSummary>> {
        Err(StoreError::Aborted)
    }
    async fn claim_conversation(&self, _id: ConversationId, _node: &str) -> Stored<Claim> {
        Err(StoreError::Aborted)
    }
    async fn append_log(&self, _commit: LogCommit) -> Stored<()> {
        Err(StoreError::Aborted)
    }
    async fn log_since(
        &self,
        _id: ConversationId,
        _after: u32,
        _limit: u32,
    ) -> Stored<Vec<(LogRecord, Option<MessageRecord>)>> {
        Err(StoreError::Aborted)
    }
    async fn message(&self, _id: MessageId) -> Stored<Option<MessageRecord>> {
        Err(StoreError::Aborted)
    }
    async fn messages(
        &self,
        _id: ConversationId,
        _page: Page,
        _limit: u32,
    ) -> Stored<Vec<MessageRecord>> {
        Err(StoreError::Aborted)
    }
    async fn save_marks(&self, _id: ConversationId, _marks: Vec<MemberMarks>) -> Stored<()> {
        Err(StoreError::Aborted)
    }
    async fn find_messages(
        &self,
        _queries: Vec<BlindQuery>,
        _limit: u32,
    ) -> Stored<Vec<MessageRecord>> {
        Err(StoreError::Aborted)
    }
    async fn keys_sealed_otherwise(
        &self,
        _key_id: &str,
        _limit: u32,
    ) -> Stored<Vec<(ConversationId, WrappedKey)>> {
        Err(StoreError::Aborted)
    }
    async fn key_counts(&self) -> Stored<Vec<(Option<String>, u64)>> {
        Err(StoreError::Aborted)
    }
    async fn rewrap_key(
        &self,
        _id: ConversationId,
        _before: WrappedKey,
        _after: WrappedKey,
    ) -> Stored<()> {
        Err(StoreError::Aborted)
    }
    async fn renew_key(&self, _id: ConversationId, _key: WrappedKey) -> Stored<()> {
        Err(StoreError::Aborted)
    }
    async fn idle_conversations(
        &self,
        _kind: ConversationKind,
        _before: UnixMillis,
        _limit: u32,
    ) -> Stored<Vec<ConversationId>> {
        Err(StoreError::Aborted)
    }
    async fn destroy_key(&self, _id: ConversationId, _before: UnixMillis) -> Stored<bool> {
        Err(StoreError::Aborted)
    }
    async fn away(&self, _id: PersonId) -> Stored<Option<AwayRecord>> {
        Err(StoreError::Aborted)
    }
    async fn save_away(
        &self,
        _id: PersonId,
        _away: Option<AwayRecord>,
        _answered: Option<Answered>,
    ) -> Stored<()> {
        Err(StoreError::Aborted)
    }
}
