//! Conversations in the tables: opening, reading, receipts, out of office. Keys are in `conversation_keys`.
//!
//! Invariant: CH-2 receipts grow in the statement that writes them, whoever else writes at the same moment.

use super::call::Call;
use super::conversation_commit::upsert_members;
use super::conversation_opening::lines_after;
use super::conversation_rows::{away_row, conversation_row, to_away};
use super::ledger::keep_answer;
use super::staff::must_be_kept;
use super::words::to_word;
use super::{SqlStore, errors};
use crate::domain::residency::Residency;
use crate::protocol::conversation::{ConversationKind, MemberMarks};
use crate::protocol::ids::{AppointmentId, ConversationId, MessageId, PersonId};
use crate::protocol::time::UnixMillis;
use crate::store::conversation_state::Opening;
use crate::store::conversations::{
    AwayRecord, BlindQuery, ConversationRecord, ConversationSummary, Conversations, LogCommit,
    LogRecord, MessageRecord, Page, WrappedKey,
};
use crate::store::{Answered, Claim, Conflict, StoreError, Stored};
use async_trait::async_trait;
use entity::{conversation, conversation_member, message, out_of_office};
use sea_orm::sea_query::{Expr, Func, OnConflict};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select,
};
use std::collections::BTreeSet;

/// What a conversation's actor is called in `actor_fence`.
pub(super) const KIND: &str = "conversation";

/// Takes the key, as for visits.
const CLAIM: &str = "
    INSERT INTO actor_fence (kind, id, epoch, node, incarnation, next_offset, sealed)
    SELECT $1, id, 1, $2, 0, last_offset + 1, FALSE FROM conversations WHERE id = $3
    ON CONFLICT (kind, id) DO UPDATE
    SET epoch = actor_fence.epoch + 1, node = excluded.node, incarnation = excluded.incarnation,
        sealed = FALSE
    RETURNING epoch, next_offset";

#[async_trait]
impl Conversations for SqlStore {
    async fn log_epoch(&self) -> Stored<u32> {
        self.read_epoch().await
    }

    async fn open_conversation(
        &self,
        new: ConversationRecord,
        answered: Option<Answered>,
    ) -> Stored<ConversationRecord> {
        let there = same_as(&new)?;
        if self.make_conversation(&new, answered).await? {
            let made = conversation::Entity::find_by_id(new.conversation_id.0);
            return self.read_conversation(made).await?.ok_or(StoreError::Aborted);
        }
        let found = self.read_conversation(there).await?;
        found.ok_or(StoreError::Conflict(Conflict::Stale))
    }

    async fn conversation(&self, id: ConversationId) -> Stored<Option<ConversationRecord>> {
        self.read_conversation(conversation::Entity::find_by_id(id.0)).await
    }

    async fn conversation_of_visit(&self, id: AppointmentId) -> Stored<Option<ConversationId>> {
        let query =
            conversation::Entity::find().filter(conversation::Column::AppointmentId.eq(id.0));
        let found = self.find_all(query).await?;
        Ok(found.first().map(|it| ConversationId(it.id)))
    }

    async fn conversations_of(&self, id: PersonId, limit: u32) -> Stored<Vec<ConversationSummary>> {
        self.summaries(id, None, limit).await
    }

    async fn summary(
        &self,
        id: ConversationId,
        person: PersonId,
    ) -> Stored<Option<ConversationSummary>> {
        Ok(self.summaries(person, Some(id), 1).await?.into_iter().next())
    }

    async fn claim_conversation(&self, id: ConversationId, node: &str) -> Stored<Claim> {
        self.take_fence(CLAIM, KIND, id.0, node).await
    }

    async fn opening(
        &self,
        id: ConversationId,
        messages: u32,
        lines: u32,
    ) -> Stored<Option<Opening>> {
        self.read_opening(id, messages, lines).await
    }

    async fn conversation_fence(&self, id: ConversationId) -> Stored<Option<Claim>> {
        self.read_claim(id).await
    }

    async fn append_log(&self, commit: LogCommit) -> Stored<()> {
        self.save_log(commit).await
    }

    async fn log_since(
        &self,
        id: ConversationId,
        after: u32,
        limit: u32,
    ) -> Stored<Vec<(LogRecord, Option<MessageRecord>)>> {
        let call = Call::default();
        call.run(async {
            let tx = self.snapshot(&call).await?;
            lines_after(tx.on(), id, after, limit).await
        })
        .await
    }

    async fn message(&self, id: MessageId) -> Stored<Option<MessageRecord>> {
        Ok(self.messages_found(message::Entity::find_by_id(id.0)).await?.pop())
    }

    async fn messages(
        &self,
        id: ConversationId,
        page: Page,
        limit: u32,
    ) -> Stored<Vec<MessageRecord>> {
        use message::{Column, Entity};
        let all = Entity::find().filter(Column::ConversationId.eq(id.0)).limit(u64::from(limit));
        let page = match page {
            Page::After(it) => {
                all.filter(Column::Number.gt(i64::from(it))).order_by_asc(Column::Number)
            }
            Page::Before(it) => {
                all.filter(Column::Number.lt(i64::from(it))).order_by_desc(Column::Number)
            }
        };
        let mut found = self.messages_found(page).await?;
        found.sort_by_key(|it| it.offset);
        Ok(found)
    }

    async fn save_marks(&self, id: ConversationId, marks: Vec<MemberMarks>) -> Stored<()> {
        use conversation_member::{Column, Entity};
        let larger = |column: Column, given: u32| {
            Func::greatest([Expr::col(column), Expr::value(i64::from(given))])
        };
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            for it in in_order(marks) {
                let update = Entity::update_many()
                    .col_expr(Column::Delivered, larger(Column::Delivered, it.delivered).into())
                    .col_expr(Column::Displayed, larger(Column::Displayed, it.displayed).into())
                    .filter(Column::ConversationId.eq(id.0))
                    .filter(Column::MemberId.eq(it.member_id.0));
                update.exec(tx.on()).await.map_err(errors::before_commit)?;
            }
            tx.commit_beside().await
        })
        .await
    }

    async fn find_messages(
        &self,
        queries: Vec<BlindQuery>,
        limit: u32,
    ) -> Stored<Vec<MessageRecord>> {
        self.search(queries, limit).await
    }

    async fn keys_sealed_otherwise(
        &self,
        key_id: &str,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Stored<Vec<(ConversationId, WrappedKey)>> {
        self.other_keys(key_id, after, limit).await
    }

    async fn key_counts(&self) -> Stored<Vec<(Option<String>, u64)>> {
        self.count_keys().await
    }

    async fn rewrap_key(
        &self,
        id: ConversationId,
        before: WrappedKey,
        after: WrappedKey,
    ) -> Stored<()> {
        self.change_key(id, before, after).await
    }

    async fn renew_key(&self, id: ConversationId, key: WrappedKey, at: UnixMillis) -> Stored<()> {
        self.put_key(id, key, at).await
    }

    async fn idle_conversations(
        &self,
        kind: ConversationKind,
        before: UnixMillis,
        limit: u32,
    ) -> Stored<Vec<ConversationId>> {
        self.idle(kind, before, limit).await
    }

    async fn destroy_key(&self, id: ConversationId, before: UnixMillis) -> Stored<bool> {
        self.destroy_idle(id, before).await
    }

    async fn keyless(&self, ids: &[ConversationId]) -> Stored<Vec<ConversationId>> {
        self.without_key(ids).await
    }

    async fn away(&self, id: PersonId) -> Stored<Option<AwayRecord>> {
        let found = self.find_all(out_of_office::Entity::find_by_id(id.0)).await?;
        Ok(found.into_iter().next().map(to_away))
    }

    async fn save_away(
        &self,
        id: PersonId,
        away: Option<AwayRecord>,
        answered: Option<Answered>,
    ) -> Stored<()> {
        use out_of_office::{Column, Entity};
        let replace = OnConflict::column(Column::PersonId)
            .update_columns([Column::UntilAt, Column::CoveredBy])
            .to_owned();
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            match away {
                Some(it) => {
                    let insert = Entity::insert(away_row(id, it).into_active_model())
                        .on_conflict(replace)
                        .exec_without_returning(tx.on());
                    insert.await.map_err(errors::before_commit)?;
                }
                None => {
                    let delete = Entity::delete_by_id(id.0).exec(tx.on());
                    delete.await.map_err(errors::before_commit)?;
                }
            }
            tx.commit().await
        })
        .await
    }
}

impl SqlStore {
    /// False, and nothing is saved, when there is one already.
    async fn make_conversation(
        &self,
        new: &ConversationRecord,
        answered: Option<Answered>,
    ) -> Stored<bool> {
        let row = conversation_row(new)?.into_active_model();
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            let insert = conversation::Entity::insert(row)
                .on_conflict(OnConflict::new().do_nothing().to_owned())
                .exec_without_returning(tx.on());
            if insert.await.map_err(errors::before_commit)? == 0 {
                return Ok(false);
            }
            // Wherever their home is: this is of a visit that there was.
            must_be_kept(&tx, &Residency::default(), &BTreeSet::from([new.patient_id])).await?;
            upsert_members(&tx, new.conversation_id, new.members.iter()).await?;
            tx.commit().await?;
            Ok(true)
        })
        .await
    }
}

/// The conversation that there may be one of.
fn same_as(new: &ConversationRecord) -> Stored<Select<conversation::Entity>> {
    use conversation::{Column, Entity};
    let all = Entity::find();
    Ok(match new.appointment_id {
        Some(visit) => all.filter(Column::AppointmentId.eq(visit.0)),
        None => all
            .filter(Column::PatientId.eq(new.patient_id.0))
            .filter(Column::ClinicianId.eq(new.clinician_id.0))
            .filter(Column::Kind.eq(to_word(&ConversationKind::Care)?)),
    })
}

/// Rows are locked in one order, so that two writers of the same receipts never wait for each other.
fn in_order(mut marks: Vec<MemberMarks>) -> Vec<MemberMarks> {
    marks.sort_by_key(|it| it.member_id);
    marks
}
