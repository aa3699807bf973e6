//! Answers by idempotency key, and the reading side of the audit log.

use super::call::{Call, Tx};
use super::words::{count, from_json, from_word, to_json};
use super::{SqlStore, errors};
use crate::protocol::ids::{AuditId, OrganisationId, PersonId, RequestId};
use crate::protocol::time::UnixMillis;
use crate::store::{
    Answered, AnsweredBefore, AuditRecord, AuditRecordRead, Conflict, Ledger, Returned, StoreError,
    Stored,
};
use async_trait::async_trait;
use entity::{audit_log, idempotency_key};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use std::collections::BTreeSet;

#[async_trait]
impl Ledger for SqlStore {
    async fn answered(
        &self,
        caller: &str,
        operation: &str,
        key: &str,
    ) -> Stored<Option<AnsweredBefore>> {
        let id = (caller.to_owned(), operation.to_owned(), key.to_owned());
        let query = idempotency_key::Entity::find_by_id(id);
        // The table is no organisation's: a key is its caller's, and what it holds is sealed.
        let found = Call::default()
            .run(async { query.one(&self.reader).await.map_err(errors::before_commit) })
            .await?;
        found
            .map(|row| {
                let output = from_json(&row.output, "idempotency_keys", "output")?;
                Ok(AnsweredBefore { params_hash: row.params_hash, output })
            })
            .transpose()
    }

    async fn keep_answer(&self, answered: Answered) -> Stored<()> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, Some(answered)).await?;
            tx.commit().await
        })
        .await
    }

    async fn forget_answers(&self, before: UnixMillis, most: u32) -> Stored<u32> {
        let key = [
            idempotency_key::Column::Caller,
            idempotency_key::Column::Operation,
            idempotency_key::Column::Key,
        ];
        let old = idempotency_key::Entity::find()
            .select_only()
            .columns(key)
            .filter(idempotency_key::Column::At.lt(before.0))
            .order_by_asc(idempotency_key::Column::At)
            .limit(u64::from(most))
            .into_query();
        let is_old = Expr::tuple(key.map(Expr::col)).in_subquery(old);
        let delete = idempotency_key::Entity::delete_many().filter(is_old);
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let deleted = delete.exec(tx.on()).await.map_err(errors::before_commit)?;
            tx.commit_beside().await?;
            Ok(u32::try_from(deleted.rows_affected).unwrap_or(u32::MAX))
        })
        .await
    }

    async fn append_audit(&self, rows: Vec<AuditRecord>) -> Stored<()> {
        self.audit.append(rows).await
    }

    async fn audit(&self, limit: u32) -> Stored<Vec<AuditRecordRead>> {
        let query = audit_log::Entity::find()
            .order_by_desc(audit_log::Column::Position)
            .limit(u64::from(limit));
        let found = Call::default()
            .run(async { query.all(&self.reading().await?).await.map_err(errors::before_commit) })
            .await?;
        found.into_iter().map(to_audit_record).collect()
    }

    async fn ready(&self) -> Stored<()> {
        let call = Call::default();
        call.run(async {
            for connection in [&self.writer, &self.reader] {
                let ask = connection.execute_unprepared("SELECT 1");
                ask.await.map_err(errors::before_commit)?;
            }
            Ok(())
        })
        .await
    }
}

/// Keeps an answer in the transaction of what it answers. Of two calls with the same key one gets `KeyUsed`, and with it
/// goes everything else that its transaction did.
pub(super) async fn keep_answer(tx: &Tx<'_>, answered: Option<Answered>) -> Stored<()> {
    keep_answers(tx, answered.into_iter().collect()).await
}

/// The same for several answers; one whose key was used takes the others with it.
pub(super) async fn keep_answers(tx: &Tx<'_>, answered: Vec<Answered>) -> Stored<()> {
    if answered.is_empty() {
        return Ok(());
    }
    let count = answered.len();
    let rows = answered.into_iter().map(answer_row).collect::<Stored<Vec<_>>>()?;
    let key = [
        idempotency_key::Column::Caller,
        idempotency_key::Column::Operation,
        idempotency_key::Column::Key,
    ];
    let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
    let insert = idempotency_key::Entity::insert_many(rows)
        .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
        .exec_without_returning(tx.on());
    let kept = insert.await.map_err(errors::before_commit)?;
    match usize::try_from(kept) == Ok(count) {
        true => Ok(()),
        false => Err(StoreError::Conflict(Conflict::KeyUsed)),
    }
}

/// What an answer is kept under.
pub(super) type Key = (String, String, String);

pub(super) fn key_of(answered: &Answered) -> Key {
    (answered.caller.clone(), answered.operation.to_owned(), answered.key.clone())
}

/// Which of these keys have an answer.
pub(super) async fn used_keys(
    on: &DatabaseConnection,
    asked: &[&Answered],
) -> Stored<BTreeSet<Key>> {
    use idempotency_key::{Column, Entity};
    let this = |it: &&Answered| {
        Condition::all()
            .add(Column::Caller.eq(it.caller.as_str()))
            .add(Column::Operation.eq(it.operation))
            .add(Column::Key.eq(it.key.as_str()))
    };
    let query = Entity::find()
        .select_only()
        .columns([Column::Caller, Column::Operation, Column::Key])
        .filter(asked.iter().map(this).fold(Condition::any(), Condition::add))
        .into_tuple::<Key>();
    let call = Call::default();
    let found = call.run(async { query.all(on).await.map_err(errors::before_commit) }).await?;
    Ok(found.into_iter().collect())
}

fn answer_row(answered: Answered) -> Stored<idempotency_key::Model> {
    Ok(idempotency_key::Model {
        output: to_json(&answered.output)?,
        caller: answered.caller,
        operation: answered.operation.to_owned(),
        key: answered.key,
        params_hash: answered.params_hash,
        at: answered.at.0,
    })
}

/// A row with a column that this version cannot read is as much a part of the log as any other: it says that, and everything as it
/// stands. Were it refused, nothing behind it would ever be signed.
pub(super) fn as_far_as_readable(row: audit_log::Model) -> AuditRecordRead {
    const UNREADABLE: &str = "unreadable";
    let raw = row.clone();
    to_audit_record(row).unwrap_or_else(|_| {
        let count = raw.returned_count.map(|it| it.to_string());
        let columns = [Some(raw.operation), Some(raw.phase), raw.role, raw.returned, count];
        let ids = columns.into_iter().map(Option::unwrap_or_default).collect();
        AuditRecordRead {
            position: raw.position,
            audit_id: AuditId(raw.id),
            organisation: raw.organisation_id.map(OrganisationId),
            request_id: RequestId(raw.request_id),
            at: UnixMillis(raw.at),
            phase: UNREADABLE.to_owned(),
            caller: raw.caller,
            role: None,
            operation: format!("{UNREADABLE}:{}", raw.position),
            target: raw.target,
            patient: raw.patient.map(PersonId),
            returned: Some(Returned { ids, count: 0 }),
            network: raw.network,
        }
    })
}

pub(super) fn to_audit_record(row: audit_log::Model) -> Stored<AuditRecordRead> {
    let returned = match row.returned_count {
        None => None,
        Some(number) => Some(Returned {
            ids: row
                .returned
                .map(|it| from_json(&it, "audit_logs", "returned"))
                .transpose()?
                .unwrap_or_default(),
            count: count(number, "audit_logs", "returned_count")?,
        }),
    };
    Ok(AuditRecordRead {
        position: row.position,
        audit_id: AuditId(row.id),
        organisation: row.organisation_id.map(OrganisationId),
        request_id: RequestId(row.request_id),
        at: UnixMillis(row.at),
        phase: row.phase,
        caller: row.caller,
        role: row.role.map(|it| from_word(it, "audit_logs", "role")).transpose()?,
        operation: row.operation,
        target: row.target,
        patient: row.patient.map(PersonId),
        returned,
        network: row.network,
    })
}
