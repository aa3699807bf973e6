//! Rows of the audit log become entries.
//!
//! Invariant: a row is found however late it is committed. Positions are given out before rows are committed, so a smaller one
//! may appear after a larger one. What is not an entry yet is looked for above a mark, and the mark moves on only when
//! every transaction that could still bring a row below it has ended, by PostgreSQL's own word. SQLite has one writer. And whoever looks
//! sees the rows of all organisations: behind the wall of one, the mark would pass those of the others.

use super::call::{Call, Tx};
use super::ledger::as_far_as_readable;
use super::{SqlStore, errors};
use crate::protocol::ids::PersonId;
use crate::protocol::time::UnixMillis;
use crate::store::behalf::behalf;
use crate::store::trail::{CheckpointRecord, NewEntry, TrailBatch, TrailEntry};
use crate::store::{AuditRecordRead, Conflict, StoreError, Stored};
use entity::{
    audit_checkpoint, audit_detail, audit_entry, audit_lease, audit_log, audit_subject, audit_touch,
};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel,
    Iterable, QueryFilter, QueryOrder, QuerySelect, Statement,
};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// Values in one statement: SQLite binds at most 32 766.
const VALUES: usize = 30_000;
/// Positions below the last entry in which a node that has just started looks for rows that were late: far more than are
/// given out while one transaction may last.
const LOOK_BACK: i64 = 100_000;
/// How long the mark waits besides: between the moment at which a position is given out and that at which its transaction has a
/// number lies no more than one statement, which has two seconds.
const SETTLES: Duration = Duration::from_secs(5);
const NOT_AN_ENTRY: &str =
    "NOT EXISTS (SELECT 1 FROM audit_entries e WHERE e.position = audit_logs.position)";

/// Below what every row is an entry.
#[derive(Debug, Default)]
pub(super) struct Mark(Mutex<Option<Marks>>);

#[derive(Debug, Clone, Copy)]
struct Marks {
    /// Every row up to here is an entry.
    low: i64,
    /// Up to here, once all transactions before `xmax` have ended.
    next: Option<Next>,
}

#[derive(Debug, Clone, Copy)]
struct Next {
    position: i64,
    xmax: u64,
    at: UnixMillis,
}

/// What PostgreSQL says of its transactions, and where the log ends.
struct Horizon {
    high: i64,
    /// Of those that have not ended: the first, and the one after the last. Without, nothing can be late.
    running: Option<(u64, u64)>,
}

impl Mark {
    fn low(&self, horizon: &Horizon) -> i64 {
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match horizon.running {
            None => horizon.high,
            Some(_) => {
                let low = horizon.high.saturating_sub(LOOK_BACK);
                marks.get_or_insert(Marks { low, next: None }).low
            }
        }
    }

    /// Moves on when what is below is settled and nothing of it was found.
    fn looked(&self, horizon: &Horizon, found: &[AuditRecordRead], now: UnixMillis) {
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some(marks), Some((xmin, xmax))) = (marks.as_mut(), horizon.running) else { return };
        if let Some(next) = marks.next {
            let is_complete = found.iter().all(|it| it.position > next.position);
            if xmin >= next.xmax && now.since(next.at) >= SETTLES && is_complete {
                marks.low = next.position;
                marks.next = None;
            }
        }
        let next = Next { position: horizon.high, xmax, at: now };
        marks.next.get_or_insert(next);
    }
}

impl SqlStore {
    pub(super) async fn rows_without_entry(
        &self,
        now: UnixMillis,
        most: u32,
    ) -> Stored<Vec<AuditRecordRead>> {
        must_be_the_hubs_own()?;
        let call = Call::default();
        call.run(async {
            let tx = self.snapshot(&call).await?;
            let horizon = horizon(&tx, self.backend).await?;
            let query = audit_log::Entity::find()
                .filter(audit_log::Column::Position.gt(self.mark.low(&horizon)))
                .filter(Expr::cust(NOT_AN_ENTRY))
                .order_by_asc(audit_log::Column::Position)
                .limit(u64::from(most));
            let found = query.all(tx.on()).await.map_err(errors::before_commit)?;
            let found: Vec<_> = found.into_iter().map(as_far_as_readable).collect();
            self.mark.looked(&horizon, &found, now);
            Ok(found)
        })
        .await
    }

    pub(super) async fn take_lead(
        &self,
        holder: Uuid,
        now: UnixMillis,
        until: UnixMillis,
    ) -> Stored<bool> {
        let is_free = audit_lease::Column::Holder
            .eq(holder)
            .or(audit_lease::Column::Until.lte(now.0))
            .or(audit_lease::Column::Holder.is_null());
        let take = audit_lease::Entity::update_many()
            .col_expr(audit_lease::Column::Holder, Expr::value(holder))
            .col_expr(audit_lease::Column::Until, Expr::value(until.0))
            .filter(is_free);
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let taken = take.exec(tx.on()).await.map_err(errors::before_commit)?;
            tx.commit_beside().await?;
            Ok(taken.rows_affected == 1)
        })
        .await
    }

    pub(super) async fn append_entries(&self, batch: TrailBatch) -> Stored<()> {
        must_be_the_hubs_own()?;
        let first = batch.entries.first().map_or(batch.checkpoint.size, |it| it.entry.index);
        let Rows { entries, details, touched } = rows_of(batch.entries);
        let subjects: Vec<_> = batch.pseudonyms.into_iter().map(subject_row).collect();
        let checkpoint = checkpoint_row(batch.checkpoint);
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            must_lead(&tx, batch.holder).await?;
            must_follow(&tx, first).await?;
            let columns = [audit_subject::Column::Subject];
            let same = OnConflict::columns(columns).do_nothing().to_owned();
            insert::<audit_subject::ActiveModel>(&tx, subjects, Some(same)).await?;
            insert::<audit_entry::ActiveModel>(&tx, entries, None).await?;
            insert::<audit_detail::ActiveModel>(&tx, details, None).await?;
            insert::<audit_touch::ActiveModel>(&tx, touched, None).await?;
            insert::<audit_checkpoint::ActiveModel>(&tx, vec![checkpoint], None).await?;
            tx.commit_beside().await
        })
        .await
    }

    pub(super) async fn known_pseudonyms(
        &self,
        subjects: Vec<String>,
    ) -> Stored<BTreeMap<String, Uuid>> {
        let mut known = BTreeMap::new();
        for some in subjects.chunks(VALUES) {
            let is_one = audit_subject::Column::Subject.is_in(some.iter().cloned());
            let found = self.find_all(audit_subject::Entity::find().filter(is_one)).await?;
            known.extend(found.into_iter().map(|it| (it.subject, it.pseudonym)));
        }
        Ok(known)
    }
}

/// Nobody puts the log in order on behalf of an organisation: refused rather than done with a part of the rows.
fn must_be_the_hubs_own() -> Stored<()> {
    let is_own = behalf().is_none();
    debug_assert!(is_own, "the audit log is put in order on behalf of an organisation");
    if is_own { Ok(()) } else { Err(StoreError::Aborted) }
}

async fn horizon(tx: &Tx<'_>, backend: DbBackend) -> Stored<Horizon> {
    let high = "COALESCE((SELECT MAX(position) FROM audit_entries), 0) AS high";
    let is_postgres = backend == DbBackend::Postgres;
    let running = match is_postgres {
        true => {
            ", pg_snapshot_xmin(pg_current_snapshot())::text AS xmin,
             pg_snapshot_xmax(pg_current_snapshot())::text AS xmax"
        }
        false => "",
    };
    let statement = Statement::from_string(backend, format!("SELECT {high}{running}"));
    let row = tx.on().query_one_raw(statement).await.map_err(errors::before_commit)?;
    let row = row.ok_or(StoreError::Aborted)?;
    let number = |name: &str| -> Stored<u64> {
        let text: String = row.try_get("", name).map_err(errors::before_commit)?;
        text.parse().map_err(|_| StoreError::Aborted)
    };
    let running = match is_postgres {
        true => Some((number("xmin")?, number("xmax")?)),
        false => None,
    };
    Ok(Horizon { high: row.try_get("", "high").map_err(errors::before_commit)?, running })
}

/// The row of the lease is locked until the end: whoever takes it over waits, and finds these entries.
async fn must_lead(tx: &Tx<'_>, holder: Uuid) -> Stored<()> {
    let mine = audit_lease::Entity::update_many()
        .col_expr(audit_lease::Column::Holder, Expr::value(holder))
        .filter(audit_lease::Column::Holder.eq(holder));
    let mine = mine.exec(tx.on()).await.map_err(errors::before_commit)?;
    if mine.rows_affected == 1 { Ok(()) } else { Err(StoreError::Fenced) }
}

/// The log ends where these entries begin.
async fn must_follow(tx: &Tx<'_>, first: u64) -> Stored<()> {
    let last = audit_checkpoint::Entity::find()
        .select_only()
        .column(audit_checkpoint::Column::Size)
        .order_by_desc(audit_checkpoint::Column::Size)
        .limit(1)
        .into_tuple::<i64>();
    let last = last.one(tx.on()).await.map_err(errors::before_commit)?;
    let follows = u64::try_from(last.unwrap_or(0)) == Ok(first);
    if follows { Ok(()) } else { Err(StoreError::Conflict(Conflict::Stale)) }
}

async fn insert<A>(
    tx: &Tx<'_>,
    rows: Vec<<A::Entity as EntityTrait>::Model>,
    on_conflict: Option<OnConflict>,
) -> Stored<()>
where
    A: ActiveModelTrait + Send,
    <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
{
    let columns = <A::Entity as EntityTrait>::Column::iter().count().max(1);
    let mut rows = rows.into_iter().map(IntoActiveModel::into_active_model).peekable();
    while rows.peek().is_some() {
        let mut insert = A::Entity::insert_many(rows.by_ref().take(VALUES / columns));
        if let Some(same) = &on_conflict {
            insert = insert.on_conflict(same.clone());
        }
        insert.exec_without_returning(tx.on()).await.map_err(errors::before_commit)?;
    }
    Ok(())
}

struct Rows {
    entries: Vec<audit_entry::Model>,
    details: Vec<audit_detail::Model>,
    touched: Vec<audit_touch::Model>,
}

fn rows_of(new: Vec<NewEntry>) -> Rows {
    let mut rows = Rows { entries: vec![], details: vec![], touched: vec![] };
    for NewEntry { entry, salt, detail, patients } in new {
        let TrailEntry { index, position, leaf } = entry;
        let idx = stored(index);
        let touch = |PersonId(patient)| audit_touch::Model { patient, position };
        rows.touched.extend(patients.into_iter().map(touch));
        rows.entries.push(audit_entry::Model { idx, position, leaf });
        rows.details.push(audit_detail::Model { idx, salt, detail });
    }
    rows
}

fn subject_row((subject, pseudonym): (String, Uuid)) -> audit_subject::Model {
    audit_subject::Model { subject, pseudonym }
}

fn checkpoint_row(it: CheckpointRecord) -> audit_checkpoint::Model {
    let CheckpointRecord { size, root, frontier, note, at } = it;
    audit_checkpoint::Model { size: stored(size), root, frontier, note, at: at.0 }
}

/// A number of entries as the tables have it. A log of 2^63 entries is not reached.
pub(super) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
