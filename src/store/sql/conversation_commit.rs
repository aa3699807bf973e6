//! Saving lines of a log: fence, answers, where the conversation stands, members, lines, messages, what can be searched,
//! notices, in one transaction and a handful of statements, however many lines there are.
//!
//! Invariant: CH-1, the fence comes first, as for visits. What the lines of one commit do to the same message or member is
//! put together before anything is written, so that each row is written once.

use super::call::{Call, Tx};
use super::commit::{Fence, hold_fence, pass_fence};
use super::conversation_rows::{line_row, member_row};
use super::conversations::KIND;
use super::files::{change_files, drop_files_of};
use super::ledger::keep_answers;
use super::message_rows::message_row;
use super::message_search::{put_terms, take_terms};
use super::notice_rows::announce;
use super::words::{millis, to_word};
use super::{SqlStore, errors};
use crate::protocol::conversation::ConversationStatus;
use crate::protocol::ids::{ConversationId, MemberId, MessageId};
use crate::protocol::time::UnixMillis;
use crate::store::conversations::{
    LogChange, LogCommit, LogEntry, MemberRecord, MessageRecord, Term,
};
use crate::store::files::FileChange;
use crate::store::{Conflict, StoreError, Stored};
use entity::{conversation, conversation_member, message};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use std::collections::BTreeMap;

const MISSING: StoreError = StoreError::Conflict(Conflict::Missing);

impl SqlStore {
    pub(super) async fn save_log(&self, commit: LogCommit) -> Stored<()> {
        if commit.lines.is_empty() {
            return self.save_answers(commit).await;
        }
        let (count, first) = commit.numbers().ok_or(StoreError::Fenced)?;
        let id = commit.conversation_id;
        let fence = Fence { kind: KIND, id: id.0, epoch: commit.epoch, first, count };
        let lines: Vec<_> = commit.lines.iter().map(|it| line_row(id, &it.record)).collect();
        let answers = commit.answers().cloned().collect();
        let notices: Vec<_> = commit.notices().cloned().collect();
        let changes = Changes::of(commit);
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            pass_fence(&tx, fence).await?;
            keep_answers(&tx, answers).await?;
            update_conversation(&tx, &changes).await?;
            upsert_members(&tx, id, changes.members.values()).await?;
            insert(&tx, lines.into_iter().map(IntoActiveModel::into_active_model)).await?;
            let posts = changes.posts.into_values().map(message_row);
            insert(&tx, posts.map(IntoActiveModel::into_active_model)).await?;
            for it in changes.rewrites.into_values() {
                rewrite(&tx, it).await?;
            }
            put_terms(&tx, id, changes.terms).await?;
            change_files(&tx, changes.files).await?;
            drop_files_of(&tx, &changes.deleted, changes.active_at).await?;
            announce(&tx, &notices).await?;
            tx.commit().await
        })
        .await
    }

    /// What changes nothing needs no place in line. That it changes nothing is said by whoever knows the end of the line.
    async fn save_answers(&self, commit: LogCommit) -> Stored<()> {
        let LogCommit { conversation_id, epoch, answers, .. } = commit;
        if answers.is_empty() {
            return Ok(());
        }
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            hold_fence(&tx, KIND, conversation_id.0, epoch).await?;
            keep_answers(&tx, answers).await?;
            tx.commit().await
        })
        .await
    }
}

/// What a commit comes to.
struct Changes {
    id: ConversationId,
    last_offset: u32,
    active_at: UnixMillis,
    /// A body is among it: nothing without the conversation's key.
    seals: bool,
    status: Option<(ConversationStatus, Option<MemberId>)>,
    members: BTreeMap<MemberId, MemberRecord>,
    posts: BTreeMap<MessageId, MessageRecord>,
    rewrites: BTreeMap<MessageId, MessageRecord>,
    /// With the time of the message.
    terms: BTreeMap<u32, (UnixMillis, Vec<Term>)>,
    files: Vec<(MessageId, FileChange)>,
    deleted: Vec<MessageId>,
}

impl Changes {
    fn of(commit: LogCommit) -> Self {
        let mut changes = Changes {
            id: commit.conversation_id,
            last_offset: commit.lines.last().map_or(0, |it| it.record.offset),
            active_at: commit.active_at,
            seals: commit.seals(),
            status: None,
            members: BTreeMap::new(),
            posts: BTreeMap::new(),
            rewrites: BTreeMap::new(),
            terms: BTreeMap::new(),
            files: Vec::new(),
            deleted: Vec::new(),
        };
        for line in commit.lines {
            if let LogEntry::Posted(id) | LogEntry::Changed(id) = line.record.entry {
                changes.files.extend(line.files.into_iter().map(|it| (id, it)));
            }
            match line.change {
                LogChange::Post(message, terms) => {
                    changes.terms.insert(message.offset, (message.at, terms));
                    changes.posts.insert(message.message_id, message);
                }
                LogChange::Rewrite(message, terms) => changes.rewrite(message, terms),
                LogChange::Member(it) => {
                    changes.members.insert(it.member_id, it);
                }
                LogChange::Conversation(status, assigned) => {
                    changes.status = Some((status, assigned));
                }
                LogChange::Nothing => {}
            }
        }
        changes
    }

    /// One that was posted a moment ago, in the same commit, is posted as it was written anew.
    fn rewrite(&mut self, message: MessageRecord, terms: Vec<Term>) {
        self.terms.insert(message.offset, (message.at, terms));
        if message.deleted_at.is_some() {
            self.deleted.push(message.message_id);
        }
        match self.posts.get_mut(&message.message_id) {
            Some(post) => {
                post.sealed_body = message.sealed_body;
                post.sealed_files = message.sealed_files;
                post.edited_at = message.edited_at;
                post.deleted_at = message.deleted_at;
            }
            None => {
                self.rewrites.insert(message.message_id, message);
            }
        }
    }
}

async fn update_conversation(tx: &Tx<'_>, changes: &Changes) -> Stored<()> {
    use conversation::{Column, Entity};
    let mut update = Entity::update_many()
        .col_expr(Column::LastOffset, Expr::value(i64::from(changes.last_offset)))
        .col_expr(Column::ActiveAt, Expr::value(changes.active_at.0))
        .filter(Column::Id.eq(changes.id.0));
    if let Some((status, assigned)) = &changes.status {
        update = update
            .col_expr(Column::Status, Expr::value(to_word(status)?))
            .col_expr(Column::AssignedTo, Expr::value(assigned.map(|it| it.0)));
    }
    if changes.seals {
        update = update.filter(Column::SealedKey.is_not_null());
    }
    match update.exec(tx.on()).await.map_err(errors::before_commit)?.rows_affected {
        0 => Err(MISSING),
        _ => Ok(()),
    }
}

/// Members are added and changed, never taken away. Receipts have a way of their own and do not come back by this one.
pub(super) async fn upsert_members(
    tx: &Tx<'_>,
    id: ConversationId,
    members: impl Iterator<Item = &MemberRecord>,
) -> Stored<()> {
    use conversation_member::{Column, Entity};
    let rows = members.map(|it| member_row(id, it).map(IntoActiveModel::into_active_model));
    let rows = rows.collect::<Stored<Vec<_>>>()?;
    if rows.is_empty() {
        return Ok(());
    }
    let changes =
        [Column::PersonId, Column::ParticipantId, Column::Role, Column::JoinedAt, Column::LeftAt];
    let upsert = OnConflict::columns([Column::ConversationId, Column::MemberId])
        .update_columns(changes)
        .to_owned();
    let insert = Entity::insert_many(rows).on_conflict(upsert);
    insert.exec_without_returning(tx.on()).await.map_err(errors::before_commit)?;
    Ok(())
}

async fn insert<A: ActiveModelTrait>(tx: &Tx<'_>, rows: impl Iterator<Item = A>) -> Stored<()> {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return Ok(());
    }
    let insert = <A::Entity as EntityTrait>::insert_many(rows);
    insert.exec_without_returning(tx.on()).await.map_err(errors::before_commit)?;
    Ok(())
}

async fn rewrite(tx: &Tx<'_>, of: MessageRecord) -> Stored<()> {
    use message::{Column, Entity};
    let update = Entity::update_many()
        .col_expr(Column::SealedBody, Expr::value(of.sealed_body))
        .col_expr(Column::SealedFiles, Expr::value(of.sealed_files))
        .col_expr(Column::EditedAt, Expr::value(millis(of.edited_at)))
        .col_expr(Column::DeletedAt, Expr::value(millis(of.deleted_at)))
        .filter(Column::Id.eq(of.message_id.0))
        .filter(Column::ConversationId.eq(of.conversation_id.0))
        .filter(Column::Number.eq(i64::from(of.offset)));
    if update.exec(tx.on()).await.map_err(errors::before_commit)?.rows_affected == 0 {
        return Err(MISSING);
    }
    take_terms(tx, of.conversation_id, of.offset).await
}
