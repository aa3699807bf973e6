//! Notices as rows.
//!
//! Invariants: OB-1 what is announced is written in the transaction of what it tells; [`announce`] takes that transaction
//! and has no other way in. What is due of it becomes notices of the channels in one transaction, under its lock.

use super::call::Tx;
use super::errors;
use super::words::{is, millis};
use crate::protocol::time::UnixMillis;
use crate::store::Stored;
use crate::store::outbox::{Announcement, Channel, NewNotice, NoticeState};
use entity::notice::{self, Column};
use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

/// The channel of what is announced, in the table: it is none yet.
const EVERY: &str = "every";

/// Saves notices as pending. `Conflict(Missing)` when the person or the appointment does not exist, `Conflict(Stale)` when
/// one is there already.
pub(super) async fn insert_notices(tx: &Tx<'_>, notices: &[NewNotice]) -> Stored<()> {
    insert(tx, notices.iter().map(to_row)).await
}

/// Saves what is announced. Conflicts as those of [`insert_notices`].
pub(super) async fn announce(tx: &Tx<'_>, announced: &[Announcement]) -> Stored<()> {
    let row = |it: &Announcement| notice::Model {
        channel: EVERY.to_owned(),
        ..to_row(&it.by(Channel::Inbox))
    };
    insert(tx, announced.iter().map(row)).await
}

/// Makes notices of up to `limit` announcements that are due, first those that were due first; says whether there were any.
/// Those that another worker is just spreading are left to it.
pub(super) async fn spread(tx: &Tx<'_>, now: UnixMillis, limit: u32) -> Stored<bool> {
    let due = announced()
        .filter(Column::NextTryAt.lte(now.0))
        .order_by_asc(Column::NextTryAt)
        .order_by_asc(Column::Id)
        .limit(u64::from(limit))
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    let rows = due.all(tx.on()).await.map_err(errors::before_commit)?;
    if rows.is_empty() {
        return Ok(false);
    }
    let ids: Vec<_> = rows.iter().map(|it| it.id).collect();
    let others: Vec<_> = rows.into_iter().flat_map(by_the_others).collect();
    insert(tx, others.into_iter()).await?;
    let keep = notice::Entity::update_many()
        .col_expr(Column::Channel, Expr::value(Channel::Inbox.as_str()))
        .filter(Column::Id.is_in(ids));
    keep.exec(tx.on()).await.map_err(errors::before_commit)?;
    Ok(true)
}

/// Rows of what is announced by every channel but the inbox, which keeps the row that is there.
fn by_the_others(row: notice::Model) -> impl Iterator<Item = notice::Model> {
    let others = Channel::ALL.into_iter().filter(|it| *it != Channel::Inbox);
    others.map(move |channel| notice::Model {
        id: Uuid::new_v4(),
        channel: channel.as_str().to_owned(),
        ..row.clone()
    })
}

/// What is announced and has not become notices yet.
pub(super) fn announced() -> Select<notice::Entity> {
    notice::Entity::find()
        .filter(is(Column::State, NoticeState::Pending.as_str()))
        .filter(is(Column::Channel, EVERY))
}

/// What has become notices.
pub(super) fn spread_out() -> Select<notice::Entity> {
    notice::Entity::find().filter(Column::Channel.ne(EVERY))
}

async fn insert(tx: &Tx<'_>, rows: impl Iterator<Item = notice::Model>) -> Stored<()> {
    let mut rows = rows.map(IntoActiveModel::into_active_model).peekable();
    if rows.peek().is_none() {
        return Ok(());
    }
    let insert = notice::Entity::insert_many(rows);
    insert.exec_without_returning(tx.on()).await.map_err(errors::before_commit)?;
    Ok(())
}

fn to_row(new: &NewNotice) -> notice::Model {
    notice::Model {
        id: new.notice_id.0,
        person_id: new.person_id.0,
        kind: new.kind.as_str().to_owned(),
        channel: new.channel.as_str().to_owned(),
        appointment_id: new.appointment_id.map(|it| it.0),
        version: i64::from(new.version),
        due_at: new.due_at.0,
        useless_at: millis(new.useless_at),
        state: NoticeState::Pending.as_str().to_owned(),
        attempts: 0,
        next_try_at: new.due_at.0,
        failure: None,
        settled_at: None,
        text: None,
        read_at: None,
    }
}
