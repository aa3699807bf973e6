//! Files in the tables.
//!
//! Invariants: an update names the revision that it was decided on; what a person has open and what a conversation holds is
//! counted under the lock of both.

use super::call::{Call, Tx};
use super::ledger::keep_answer;
use super::organisations::people_of;
use super::words::{count, from_word, millis, to_word, unreadable};
use super::{SqlStore, errors};
use crate::protocol::file::FileState;
use crate::protocol::ids::{ConversationId, FileId, MemberId, MessageId, OrganisationId};
use crate::protocol::time::UnixMillis;
use crate::store::files::{Due, FileBounds, FileChange, FileRecord, Files};
use crate::store::{Answered, Conflict, StoreError, Stored};
use async_trait::async_trait;
use entity::file::{Column, Entity, Model};
use entity::{conversation, conversation_member, database_identity, user};
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, UpdateMany,
};
use uuid::Uuid;

const STALE: StoreError = StoreError::Conflict(Conflict::Stale);
const MISSING: StoreError = StoreError::Conflict(Conflict::Missing);
const TABLE: &str = "files";
/// Zero of no rows.
const ALL_BYTES: &str = "CAST(COALESCE(SUM(bytes), 0) AS BIGINT)";

#[async_trait]
impl Files for SqlStore {
    async fn begin_file(
        &self,
        new: FileRecord,
        bounds: FileBounds,
        answered: Option<Answered>,
    ) -> Stored<()> {
        let row = to_row(&new)?;
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            lock_owner(&tx, &new).await?;
            has_room(&tx, &new, bounds).await?;
            let insert = Entity::insert(row.into_active_model()).exec_without_returning(tx.on());
            insert.await.map_err(errors::before_commit)?;
            tx.commit().await
        })
        .await
    }

    async fn file(&self, id: FileId) -> Stored<Option<FileRecord>> {
        let found = self.find_all(Entity::find_by_id(id.0)).await?;
        found.into_iter().next().map(from_row).transpose()
    }

    async fn add_chunk(
        &self,
        id: FileId,
        number: u32,
        is_last: bool,
        at: UnixMillis,
    ) -> Stored<()> {
        let mut update = grown(id)
            .col_expr(Column::Chunks, Expr::value(i64::from(number) + 1))
            .filter(Column::Chunks.eq(i64::from(number)))
            .filter(Column::State.eq(to_word(&FileState::Uploading)?))
            .filter(Column::RemovedAt.is_null());
        if is_last {
            update = update
                .col_expr(Column::State, Expr::value(to_word(&FileState::Checking)?))
                .col_expr(Column::DueAt, Expr::value(at.0));
        }
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            one(&tx, update).await?;
            // Bytes on their way are not yet what was asked for.
            tx.commit_if(is_last).await
        })
        .await
    }

    async fn save_file(
        &self,
        record: FileRecord,
        from: u32,
        answered: Option<Answered>,
    ) -> Stored<()> {
        let update = saving(&record, from)?;
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            one(&tx, update).await?;
            tx.commit().await
        })
        .await
    }

    async fn take_due_files(
        &self,
        now: UnixMillis,
        until: UnixMillis,
        what: Due,
        limit: u32,
    ) -> Stored<Vec<FileRecord>> {
        let is_due = is_due(now, what)?;
        // Looking costs nobody their turn to write.
        let any = Entity::find().filter(is_due.clone()).limit(1);
        if self.find_all(any).await?.is_empty() {
            return Ok(vec![]);
        }
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let due = Entity::find()
                .filter(is_due)
                .order_by_asc(Column::DueAt)
                .order_by_asc(Column::Id)
                .limit(u64::from(limit))
                .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
            let mut rows = due.all(tx.on()).await.map_err(errors::before_commit)?;
            if rows.is_empty() {
                return Ok(vec![]);
            }
            let taking = Entity::update_many()
                .col_expr(Column::DueAt, Expr::value(until.0))
                .col_expr(Column::Revision, Expr::col(Column::Revision).add(1_i64))
                .filter(Column::Id.is_in(rows.iter().map(|it| it.id)));
            taking.exec(tx.on()).await.map_err(errors::before_commit)?;
            tx.commit_beside().await?;
            for row in &mut rows {
                row.due_at = Some(until.0);
                row.revision = row.revision.saturating_add(1);
            }
            // One that this version cannot read holds up no other; it is in the log.
            Ok(rows.into_iter().filter_map(|row| from_row(row).ok()).collect())
        })
        .await
    }

    async fn quarantined_files(
        &self,
        of: OrganisationId,
        after: Option<FileId>,
        limit: u32,
    ) -> Stored<Vec<FileRecord>> {
        let theirs = conversation::Entity::find()
            .select_only()
            .column(conversation::Column::Id)
            .filter(conversation::Column::PatientId.in_subquery(people_of(of)))
            .into_query();
        let mut query = Entity::find()
            .filter(Column::State.eq(to_word(&FileState::Quarantined)?))
            .filter(Column::ConversationId.in_subquery(theirs))
            .filter(Column::RemovedAt.is_null());
        if let Some(after) = after {
            query = query.filter(Column::Id.gt(after.0));
        }
        let rows = self.find_all(query.order_by_asc(Column::Id).limit(u64::from(limit))).await?;
        rows.into_iter().map(from_row).collect()
    }

    async fn forget_file(&self, id: FileId) -> Stored<()> {
        let delete = Entity::delete_many()
            .filter(Column::Id.eq(id.0))
            .filter(Column::RemovedAt.is_not_null());
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            delete.exec(tx.on()).await.map_err(errors::before_commit)?;
            tx.commit_beside().await
        })
        .await
    }

    async fn database_id(&self) -> Stored<Uuid> {
        let rows = self.find_all(database_identity::Entity::find()).await?;
        let name = rows.first().and_then(|it| Uuid::parse_str(&it.name).ok());
        name.ok_or_else(|| unreadable("database_identity", "name"))
    }

    async fn known_blobs(&self, blobs: Vec<Uuid>) -> Stored<Vec<Uuid>> {
        let query = Entity::find().filter(Column::Blob.is_in(blobs));
        Ok(self.find_all(query).await?.into_iter().map(|it| it.blob).collect())
    }

    async fn has_blobs(&self) -> Stored<bool> {
        let over = [to_word(&FileState::Refused)?, to_word(&FileState::Expired)?];
        let query = Entity::find()
            .filter(Column::Chunks.gt(0))
            .filter(Column::RemovedAt.is_null())
            .filter(Column::State.is_not_in(over))
            .limit(1);
        Ok(!self.find_all(query).await?.is_empty())
    }
}

/// As [`FileRecord::waits_for_check`].
fn is_due(now: UnixMillis, what: Due) -> Stored<Condition> {
    let is_due = Condition::all().add(Column::DueAt.lte(now.0));
    let is_over =
        Condition::all().add(Column::MessageId.is_null()).add(Column::ExpiresAt.lte(now.0));
    let is_other = Condition::any()
        .add(Column::State.ne(to_word(&FileState::Checking)?))
        .add(Column::RemovedAt.is_not_null())
        .add(is_over);
    Ok(match what {
        Due::All => is_due,
        Due::ButChecks => is_due.add(is_other),
    })
}

impl SqlStore {
    /// Files of a conversation that nobody can read any more.
    pub(super) async fn drop_files_in(&self, id: ConversationId, at: UnixMillis) -> Stored<()> {
        let update = dropping(at).filter(Column::ConversationId.eq(id.0));
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            update.exec(tx.on()).await.map_err(errors::before_commit)?;
            tx.commit_beside().await
        })
        .await
    }
}

/// Whoever begins another one at the same moment waits.
async fn lock_owner(tx: &Tx<'_>, new: &FileRecord) -> Stored<()> {
    let key = (new.conversation_id.0, new.uploader.0);
    let member = conversation_member::Entity::find_by_id(key).one(tx.on());
    let member = member.await.map_err(errors::before_commit)?.ok_or(MISSING)?;
    if let Some(person) = member.person_id {
        let person = user::Entity::find_by_id(person).lock(LockType::Update).one(tx.on());
        person.await.map_err(errors::before_commit)?;
    }
    let conversation = conversation::Entity::find_by_id(new.conversation_id.0);
    let conversation = conversation.lock(LockType::Update).one(tx.on());
    conversation.await.map_err(errors::before_commit)?.ok_or(MISSING)?;
    Ok(())
}

async fn has_room(tx: &Tx<'_>, new: &FileRecord, bounds: FileBounds) -> Stored<()> {
    let over = [to_word(&FileState::Refused)?, to_word(&FileState::Expired)?];
    let open = Entity::find()
        .select_only()
        .expr_as(Column::Id.count(), "open")
        .expr_as(Expr::cust(ALL_BYTES), "bytes")
        .filter(Column::Owner.eq(new.owner.as_str()))
        .filter(Column::MessageId.is_null())
        .filter(Column::RemovedAt.is_null())
        .filter(Column::State.is_not_in(over.clone()))
        .into_tuple::<(i64, i64)>()
        .one(tx.on());
    let (open, open_bytes) = open.await.map_err(errors::before_commit)?.unwrap_or_default();
    let bytes = Entity::find()
        .select_only()
        .expr_as(Expr::cust(ALL_BYTES), "bytes")
        .filter(Column::ConversationId.eq(new.conversation_id.0))
        .filter(Column::RemovedAt.is_null())
        .filter(Column::State.is_not_in(over))
        .into_tuple::<i64>()
        .one(tx.on());
    let bytes = bytes.await.map_err(errors::before_commit)?.unwrap_or(0);
    let with_new =
        |it: i64| u64::try_from(it).unwrap_or(u64::MAX).saturating_add(u64::from(new.bytes));
    let has_room = open < i64::from(bounds.open)
        && with_new(open_bytes) <= bounds.open_bytes
        && with_new(bytes) <= bounds.bytes;
    if has_room { Ok(()) } else { Err(StoreError::Conflict(Conflict::Full)) }
}

/// What the lines of a log do to files, each with the message that the line is about.
pub(super) async fn change_files(tx: &Tx<'_>, changes: Vec<(MessageId, FileChange)>) -> Stored<()> {
    for (message, change) in changes {
        match change {
            FileChange::Attach(id, revision) => {
                let over = [FileState::Uploading, FileState::Refused, FileState::Expired];
                let over = over.iter().map(to_word).collect::<Stored<Vec<_>>>()?;
                let checking = Expr::col(Column::State).eq(to_word(&FileState::Checking)?);
                let due = Expr::case(checking, Expr::col(Column::DueAt))
                    .finally(Expr::value(None::<i64>));
                let attach = grown(id)
                    .col_expr(Column::MessageId, Expr::value(message.0))
                    .col_expr(Column::DueAt, due.into())
                    .filter(Column::Revision.eq(i64::from(revision)))
                    .filter(Column::MessageId.is_null())
                    .filter(Column::RemovedAt.is_null())
                    .filter(Column::State.is_not_in(over));
                one(tx, attach).await?;
            }
            FileChange::Save(record, from) => one(tx, saving(&record, from)?).await?,
        }
    }
    Ok(())
}

/// What was sent with messages that are taken back goes with them.
pub(super) async fn drop_files_of(
    tx: &Tx<'_>,
    messages: &[MessageId],
    at: UnixMillis,
) -> Stored<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let update = dropping(at).filter(Column::MessageId.is_in(messages.iter().map(|it| it.0)));
    update.exec(tx.on()).await.map_err(errors::before_commit)?;
    Ok(())
}

fn dropping(at: UnixMillis) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::RemovedAt, Expr::value(at.0))
        .col_expr(Column::DueAt, Expr::value(at.0))
        .col_expr(Column::Revision, Expr::col(Column::Revision).add(1_i64))
        .filter(Condition::all().add(Column::RemovedAt.is_null()))
}

fn grown(id: FileId) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::Revision, Expr::col(Column::Revision).add(1_i64))
        .filter(Column::Id.eq(id.0))
}

fn saving(record: &FileRecord, from: u32) -> Stored<UpdateMany<Entity>> {
    let why = record.why.as_ref().map(to_word).transpose()?;
    Ok(grown(record.file_id)
        .col_expr(Column::SealedFacts, Expr::value(record.sealed_facts.as_str()))
        .col_expr(Column::State, Expr::value(to_word(&record.state)?))
        .col_expr(Column::Why, Expr::value(why))
        .col_expr(Column::Scanned, Expr::value(record.scanned))
        .col_expr(Column::RemovedAt, Expr::value(millis(record.removed_at)))
        .col_expr(Column::DueAt, Expr::value(millis(record.due_at)))
        .col_expr(Column::Attempts, Expr::value(i64::from(record.attempts)))
        .filter(Column::Revision.eq(i64::from(from))))
}

async fn one(tx: &Tx<'_>, update: UpdateMany<Entity>) -> Stored<()> {
    match update.exec(tx.on()).await.map_err(errors::before_commit)?.rows_affected {
        0 => Err(STALE),
        _ => Ok(()),
    }
}

fn to_row(of: &FileRecord) -> Stored<Model> {
    Ok(Model {
        id: of.file_id.0,
        conversation_id: of.conversation_id.0,
        uploader: of.uploader.0,
        owner: of.owner.clone(),
        blob: of.blob,
        sealed_facts: of.sealed_facts.clone(),
        bytes: i64::from(of.bytes),
        chunks: i64::from(of.chunks),
        state: to_word(&of.state)?,
        why: of.why.as_ref().map(to_word).transpose()?,
        scanned: of.scanned,
        message_id: of.message_id.map(|it| it.0),
        created_at: of.created_at.0,
        expires_at: of.expires_at.0,
        removed_at: millis(of.removed_at),
        due_at: millis(of.due_at),
        attempts: i64::from(of.attempts),
        revision: i64::from(of.revision),
    })
}

fn from_row(row: Model) -> Stored<FileRecord> {
    Ok(FileRecord {
        file_id: FileId(row.id),
        conversation_id: ConversationId(row.conversation_id),
        uploader: MemberId(row.uploader),
        owner: row.owner,
        blob: row.blob,
        sealed_facts: row.sealed_facts,
        bytes: count(row.bytes, TABLE, "bytes")?,
        chunks: count(row.chunks, TABLE, "chunks")?,
        state: from_word(row.state, TABLE, "state")?,
        why: row.why.map(|it| from_word(it, TABLE, "why")).transpose()?,
        scanned: row.scanned,
        message_id: row.message_id.map(MessageId),
        created_at: UnixMillis(row.created_at),
        expires_at: UnixMillis(row.expires_at),
        removed_at: row.removed_at.map(UnixMillis),
        due_at: row.due_at.map(UnixMillis),
        attempts: count(row.attempts, TABLE, "attempts")?,
        revision: count(row.revision, TABLE, "revision")?,
    })
}
