//! Messages to people: the outbox that workers empty, the inbox, preferences.
//!
//! Invariant: OB-2 a row is taken under its lock, and `next_try_at` moves to the end of the lease in the same
//! transaction; PostgreSQL skips rows that another worker is just taking, SQLite has one writer.

use super::call::{Call, Tx};
use super::ledger::keep_answer;
use super::notice_rows::{announced, insert_notices, spread, spread_out};
use super::organisations::people_of;
use super::settlements::Settlement;
use super::words::{count, is, unreadable};
use super::{SqlStore, errors};
use crate::protocol::ids::{AppointmentId, NoticeId, OrganisationId, PersonId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::store::outbox::{
    Backlog, Channel, NewNotice, NoticeKind, NoticeRecord, NoticeState, Outbox, Preferences,
    Settled,
};
use crate::store::{Answered, StoreError, Stored};
use async_trait::async_trait;
use entity::{notice, notification_preference};
use sea_orm::sea_query::{Expr, LockBehavior, LockType, OnConflict};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait as _, IntoActiveModel, PaginatorTrait as _, QueryFilter,
    QueryOrder, QuerySelect, Select, UpdateMany,
};
use std::time::Duration;

const TABLE: &str = "notices";

type Rows = Select<notice::Entity>;
use notice::Column;

#[async_trait]
impl Outbox for SqlStore {
    async fn add_notices(&self, notices: Vec<NewNotice>) -> Stored<()> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            insert_notices(&tx, &notices).await?;
            tx.commit_beside().await
        })
        .await
    }

    async fn take_due(
        &self,
        channel: Channel,
        now: UnixMillis,
        lease: Duration,
        limit: u32,
    ) -> Stored<Vec<NoticeRecord>> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let is_spread = spread(&tx, now, limit).await?;
            let due = waiting(channel)
                .filter(Column::NextTryAt.lte(now.0))
                .order_by_asc(Column::NextTryAt)
                .order_by_asc(Column::Id)
                .limit(u64::from(limit))
                .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
            let mut rows = due.all(tx.on()).await.map_err(errors::before_commit)?;
            if rows.is_empty() {
                // Somebody else has what is due of this channel; what was spread is of the others, too.
                if is_spread {
                    tx.commit_beside().await?;
                }
                return Ok(vec![]);
            }
            let until = now.plus(lease).0;
            let taking = notice::Entity::update_many()
                .col_expr(Column::NextTryAt, Expr::value(until))
                .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
                .filter(Column::Id.is_in(rows.iter().map(|it| it.id)));
            changed(taking, &tx).await?;
            tx.commit_beside().await?;
            for row in &mut rows {
                row.attempts = row.attempts.saturating_add(1);
                row.next_try_at = until;
            }
            // One that this version cannot read holds up no other; it is in the log.
            Ok(rows.into_iter().filter_map(|row| to_record(row).ok()).collect())
        })
        .await
    }

    async fn next_due(&self, channel: Channel) -> Stored<Option<UnixMillis>> {
        let first = |rows: Rows| {
            let times = rows.select_only().column(Column::NextTryAt);
            times.order_by_asc(Column::NextTryAt).limit(1).into_tuple::<i64>()
        };
        let (of_it, of_all) = (first(waiting(channel)), first(announced()));
        let call = Call::default();
        let found = call.run(async {
            let reading = self.reading().await?;
            // In this order: what is spread between the two is found by the second.
            let of_all = of_all.one(&reading).await.map_err(errors::before_commit)?;
            let of_it = of_it.one(&reading).await.map_err(errors::before_commit)?;
            Ok(of_it.into_iter().chain(of_all).min())
        });
        Ok(found.await?.map(UnixMillis))
    }

    async fn settle(
        &self,
        id: NoticeId,
        attempt: u32,
        how: Settled,
        now: UnixMillis,
    ) -> Stored<()> {
        self.settlements.save(Settlement { id, attempt, how, now }).await
    }

    async fn inbox(&self, person: PersonId, limit: u32) -> Stored<Vec<NoticeRecord>> {
        self.notices(newest(of_inbox(person), limit)).await
    }

    async fn mark_read(
        &self,
        person: PersonId,
        id: NoticeId,
        now: UnixMillis,
        answered: Option<Answered>,
    ) -> Stored<bool> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            let theirs = of_inbox(person).filter(Column::Id.eq(id.0));
            let found = theirs.count(tx.on()).await.map_err(errors::before_commit)?;
            let reading = notice::Entity::update_many()
                .col_expr(Column::ReadAt, Expr::value(now.0))
                .filter(Column::Id.eq(id.0))
                .filter(Column::PersonId.eq(person.0))
                .filter(Column::ReadAt.is_null());
            if found == 0 {
                return Ok(false);
            }
            changed(reading, &tx).await?;
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    async fn notices_of(&self, person: PersonId, limit: u32) -> Stored<Vec<NoticeRecord>> {
        let theirs = spread_out()
            .filter(Column::PersonId.eq(person.0))
            .order_by_desc(Column::DueAt)
            .order_by_desc(Column::Id)
            .limit(u64::from(limit));
        self.notices(theirs).await
    }

    async fn dead_notices(&self, of: OrganisationId, limit: u32) -> Stored<Vec<NoticeRecord>> {
        let theirs = Column::PersonId.in_subquery(people_of(of));
        self.notices(newest(in_state(NoticeState::Dead).filter(theirs), limit)).await
    }

    async fn revive(
        &self,
        id: NoticeId,
        now: UnixMillis,
        answered: Option<Answered>,
    ) -> Stored<bool> {
        let update = notice::Entity::update_many()
            .col_expr(Column::State, Expr::value(NoticeState::Pending.as_str()))
            .col_expr(Column::Attempts, Expr::value(0_i64))
            .col_expr(Column::NextTryAt, Expr::value(now.0))
            .col_expr(Column::SettledAt, Expr::value(None::<i64>))
            .filter(Column::Id.eq(id.0))
            .filter(Column::State.eq(NoticeState::Dead.as_str()));
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            if changed(update, &tx).await? == 0 {
                return Ok(false);
            }
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    async fn backlog(&self, now: UnixMillis) -> Stored<Backlog> {
        let due = in_state(NoticeState::Pending).filter(Column::NextTryAt.lte(now.0));
        let dead = in_state(NoticeState::Dead);
        let call = Call::default();
        call.run(async {
            let tx = self.snapshot(&call).await?;
            Ok(Backlog {
                due: due.count(tx.on()).await.map_err(errors::before_commit)?,
                dead: dead.count(tx.on()).await.map_err(errors::before_commit)?,
            })
        })
        .await
    }

    async fn preferences(&self, person: PersonId) -> Stored<Preferences> {
        let query = notification_preference::Entity::find_by_id(person.0);
        let found = Call::default()
            .run(async { query.one(&self.reading().await?).await.map_err(errors::before_commit) })
            .await?;
        Ok(found.map_or_else(Preferences::default, |row| Preferences {
            email: row.email,
            sms: row.sms,
            reminders: row.reminders,
        }))
    }

    async fn save_preferences(
        &self,
        person: PersonId,
        wanted: Preferences,
        answered: Option<Answered>,
    ) -> Stored<()> {
        let row = notification_preference::Model {
            person_id: person.0,
            email: wanted.email,
            sms: wanted.sms,
            reminders: wanted.reminders,
        };
        let columns = [
            notification_preference::Column::Email,
            notification_preference::Column::Sms,
            notification_preference::Column::Reminders,
        ];
        let replace = OnConflict::column(notification_preference::Column::PersonId)
            .update_columns(columns)
            .to_owned();
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            notification_preference::Entity::insert(row.into_active_model())
                .on_conflict(replace)
                .exec_without_returning(tx.on())
                .await
                .map_err(errors::before_commit)?;
            tx.commit().await
        })
        .await
    }
}

impl SqlStore {
    async fn notices(&self, query: Rows) -> Stored<Vec<NoticeRecord>> {
        let found = Call::default()
            .run(async { query.all(&self.reading().await?).await.map_err(errors::before_commit) })
            .await?;
        found.into_iter().map(to_record).collect()
    }
}

async fn changed(update: UpdateMany<notice::Entity>, tx: &Tx<'_>) -> Stored<u64> {
    Ok(update.exec(tx.on()).await.map_err(errors::before_commit)?.rows_affected)
}

fn in_state(state: NoticeState) -> Rows {
    notice::Entity::find().filter(is(Column::State, state.as_str()))
}

fn waiting(channel: Channel) -> Rows {
    in_state(NoticeState::Pending).filter(is(Column::Channel, channel.as_str()))
}

fn of_inbox(person: PersonId) -> Rows {
    in_state(NoticeState::Sent)
        .filter(Column::PersonId.eq(person.0))
        .filter(is(Column::Channel, Channel::Inbox.as_str()))
}

fn newest(rows: Rows, limit: u32) -> Rows {
    rows.order_by_desc(Column::SettledAt).order_by_desc(Column::Id).limit(u64::from(limit))
}

/// What the end of a try changes in its row.
pub(super) fn settling(how: Settled, now: UnixMillis) -> UpdateMany<notice::Entity> {
    let update = notice::Entity::update_many();
    let (state, failure, text) = match how {
        Settled::Retry { at, failure } => {
            return update
                .col_expr(Column::NextTryAt, Expr::value(at.0))
                .col_expr(Column::Failure, Expr::value(failure));
        }
        Settled::Sent(text) => (NoticeState::Sent, None, text.map(Phi::into_exposed)),
        Settled::Skipped(why) => (NoticeState::Skipped, Some(why), None),
        Settled::Dead(why) => (NoticeState::Dead, Some(why), None),
    };
    update
        .col_expr(Column::State, Expr::value(state.as_str()))
        .col_expr(Column::Failure, Expr::value(failure))
        .col_expr(Column::Text, Expr::value(text))
        .col_expr(Column::SettledAt, Expr::value(now.0))
}

fn to_record(row: notice::Model) -> Stored<NoticeRecord> {
    let lost = |column| -> StoreError { unreadable(TABLE, column) };
    Ok(NoticeRecord {
        notice: NewNotice {
            notice_id: NoticeId(row.id),
            person_id: PersonId(row.person_id),
            kind: NoticeKind::parse(&row.kind).ok_or_else(|| lost("kind"))?,
            channel: Channel::parse(&row.channel).ok_or_else(|| lost("channel"))?,
            appointment_id: row.appointment_id.map(AppointmentId),
            version: count(row.version, TABLE, "version")?,
            due_at: UnixMillis(row.due_at),
            useless_at: row.useless_at.map(UnixMillis),
        },
        state: NoticeState::parse(&row.state).ok_or_else(|| lost("state"))?,
        attempts: count(row.attempts, TABLE, "attempts")?,
        next_try_at: UnixMillis(row.next_try_at),
        failure: row.failure,
        settled_at: row.settled_at.map(UnixMillis),
        text: row.text.map(Phi::new),
        read_at: row.read_at.map(UnixMillis),
    })
}
