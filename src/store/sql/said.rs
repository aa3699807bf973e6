//! Words about patients in the tables: opened where appointments are read, and sealed where they are still text.
//!
//! Invariant: a row never goes back from sealed to text: whoever seals names the text that was there. Does not: know a key.

use super::call::{Call, Tx};
use super::{SqlStore, errors};
use crate::protocol::ids::{OrganisationId, PersonId};
use crate::protocol::phi::Phi;
use crate::store::conversations::WrappedKey;
use crate::store::said::{Away, Opener, Said, SaidOf};
use crate::store::schedule::Kept;
use crate::store::{Conflict, StoreError, Stored};
use entity::{appointment, subject_key, user};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Statement};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};
use uuid::Uuid;

/// Who opens, once there is somebody: commands at the terminal do without.
#[derive(Clone, Default)]
pub(super) struct OpenedBy(Arc<OnceLock<Arc<dyn Opener>>>);

impl OpenedBy {
    pub(super) fn set(&self, opener: Arc<dyn Opener>) {
        // The first one is as good as any other.
        let _is_first = self.0.set(opener);
    }

    /// What appointments are about, in the place of what is kept of it. Nobody who only reads writes it back.
    pub(super) async fn open(&self, rows: &mut [appointment::Model], keys: &Keys) {
        let mut is_away = false;
        for row in rows {
            let Some(text) = row.reason.take() else { continue };
            row.reason = match Kept::of(text) {
                Kept::Plain(text) => Some(text.into_exposed()),
                Kept::Sealed(_) if is_away => None,
                sealed @ Kept::Sealed(_) => {
                    let patient = PersonId(row.patient_id);
                    let said = SaidOf { at: Said::Appointment, row: row.id, patient, text: sealed };
                    match self.one(&said, keys).await {
                        Ok(text) => text.map(Phi::into_exposed),
                        Err(Away) => {
                            // It is not asked for once more for each of them.
                            is_away = true;
                            None
                        }
                    }
                }
            };
        }
    }

    async fn one(&self, said: &SaidOf, keys: &Keys) -> Result<Option<Phi<String>>, Away> {
        match (self.0.get(), keys.get(&said.patient.0)) {
            (Some(opener), Some((key, house))) => opener.open(said, key, *house).await,
            _ => Ok(None),
        }
    }
}

/// Keys by whose they are, and of which organisation that is.
pub(super) type Keys = HashMap<Uuid, (WrappedKey, OrganisationId)>;

/// Keys of those of whom something sealed is in these rows, at the same moment.
pub(super) async fn keys_of(tx: &Tx<'_>, rows: &[appointment::Model]) -> Stored<Keys> {
    let is_sealed = |it: &&appointment::Model| {
        it.reason.as_ref().is_some_and(|it| matches!(Kept::of(it.clone()), Kept::Sealed(_)))
    };
    let whose: BTreeSet<_> = rows.iter().filter(is_sealed).map(|it| it.patient_id).collect();
    if whose.is_empty() {
        return Ok(Keys::new());
    }
    let houses = user::Entity::find()
        .select_only()
        .columns([user::Column::Id, user::Column::OrganisationId])
        .filter(user::Column::Id.is_in(whose.iter().copied()))
        .into_tuple::<(Uuid, Uuid)>();
    let houses = houses.all(tx.on()).await.map_err(errors::before_commit)?;
    let houses: HashMap<_, _> = houses.into_iter().collect();
    let query = subject_key::Entity::find().filter(subject_key::Column::UserId.is_in(whose));
    let found = query.all(tx.on()).await.map_err(errors::before_commit)?;
    let key = |it: subject_key::Model| {
        let house = OrganisationId(*houses.get(&it.user_id)?);
        let key = WrappedKey { key_id: it.key_id, sealed: it.sealed_key? };
        Some((it.user_id, (key, house)))
    };
    Ok(found.into_iter().filter_map(key).collect())
}

impl SqlStore {
    pub(super) async fn text_of_before(
        &self,
        at: Said,
        after: Option<Uuid>,
        limit: u32,
    ) -> Stored<Vec<SaidOf>> {
        let (table, column) = (at.table(), at.column());
        let sql = format!(
            "SELECT id, patient_id, {column} AS text FROM {table}
             WHERE {column} <> '' AND {column} NOT LIKE '~1.%' AND id > $1 ORDER BY id LIMIT $2"
        );
        let values = [after.unwrap_or_default().into(), i64::from(limit).into()];
        let query = Statement::from_sql_and_values(self.backend, &sql, values);
        let found = Call::default()
            .run(async {
                let rows = self.reading().await?.query_all_raw(query).await;
                rows.map_err(errors::before_commit)
            })
            .await?;
        let one = |it: &sea_orm::QueryResult| {
            let patient = PersonId(it.try_get("", "patient_id")?);
            let text = Kept::of(it.try_get("", "text")?);
            Ok(SaidOf { at, row: it.try_get("", "id")?, patient, text })
        };
        found.iter().map(one).collect::<Result<_, _>>().map_err(errors::before_commit)
    }

    pub(super) async fn seal_text(&self, before: SaidOf, sealed: String) -> Stored<()> {
        let (table, column) = (before.at.table(), before.at.column());
        let sql = format!("UPDATE {table} SET {column} = $1 WHERE id = $2 AND {column} = $3");
        let values = [sealed.into(), before.row.into(), before.text.into_column().into()];
        let update = Statement::from_sql_and_values(self.backend, &sql, values);
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let done = tx.on().execute_raw(update).await.map_err(errors::before_commit)?;
            if done.rows_affected() == 0 {
                return Err(StoreError::Conflict(Conflict::Stale));
            }
            tx.commit_beside().await
        })
        .await
    }
}
