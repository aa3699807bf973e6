//! Keys of people in the tables, and the profiles that they seal.
//!
//! Invariant: whatever is sealed is saved together with the revision that was sealed, in one transaction that asks for the key.

use super::call::{Call, Tx};
use super::fold::{How, fold};
use super::profiles::{patient_row, to_patient};
use super::words::count;
use super::{SqlStore, errors};
use crate::protocol::ids::{ConversationId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::time::UnixMillis;
use crate::store::conversations::WrappedKey;
use crate::store::said::{Opener, Said, SaidOf};
use crate::store::schedule::PatientRecord;
use crate::store::subjects::{BOUND, KeyOwner, SubjectRecord, Subjects};
use crate::store::{Conflict, StoreError, Stored};
use async_trait::async_trait;
use entity::{conversation, patient_profile, subject_key, user};
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, UpdateMany,
};
use std::sync::Arc;
use std::time::Duration;
use subject_key::{Column, Entity};
use uuid::Uuid;

/// How often the log is tried to be wiped while somebody is in the way, and how long after. A fold of the log takes some tens of milliseconds.
const WIPE_TRIES: u32 = 50;
const WIPE_AGAIN: Duration = Duration::from_millis(20);
const TABLE: &str = "subject_keys";
const STALE: StoreError = StoreError::Conflict(Conflict::Stale);
const MISSING: StoreError = StoreError::Conflict(Conflict::Missing);

/// The last revision that was sealed, of somebody who has a key. `Stale` when a later one was. `is_same`: that one may be sealed anew.
pub(super) async fn note_sealed(
    tx: &Tx<'_>,
    id: PersonId,
    revision: i64,
    is_same: bool,
) -> Stored<()> {
    let mark = match is_same {
        true => Column::SealedRevision.lte(revision),
        false => Column::SealedRevision.lt(revision),
    };
    let update = Entity::update_many()
        .col_expr(Column::SealedRevision, Expr::value(revision))
        .filter(Column::UserId.eq(id.0))
        .filter(Column::SealedKey.is_not_null())
        .filter(mark)
        .exec(tx.on());
    if update.await.map_err(errors::before_commit)?.rows_affected > 0 {
        return Ok(());
    }
    let key = Entity::find_by_id(id.0).filter(Column::SealedKey.is_not_null()).one(tx.on());
    let has_key = key.await.map_err(errors::before_commit)?.is_some();
    Err(if has_key { STALE } else { MISSING })
}

fn to_subject(row: subject_key::Model) -> Stored<SubjectRecord> {
    Ok(SubjectRecord {
        key: row.sealed_key.map(|sealed| WrappedKey { key_id: row.key_id, sealed }),
        sealed_revision: count(row.sealed_revision, TABLE, "sealed_revision")?,
        destroyed_at: row.destroyed_at.map(UnixMillis),
    })
}

#[async_trait]
impl Subjects for SqlStore {
    async fn subject(&self, id: PersonId) -> Stored<Option<SubjectRecord>> {
        let found = Call::default()
            .run(async {
                Entity::find_by_id(id.0)
                    .one(&self.reading().await?)
                    .await
                    .map_err(errors::before_commit)
            })
            .await?;
        found.map(to_subject).transpose()
    }

    async fn open_subject(&self, id: PersonId, key: WrappedKey, at: UnixMillis) -> Stored<()> {
        let row = subject_key::Model {
            user_id: id.0,
            key_id: key.key_id,
            sealed_key: Some(key.sealed),
            sealed_revision: 0,
            created_at: at.0,
            destroyed_at: None,
        };
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let insert = Entity::insert(row.into_active_model());
            insert.exec_without_returning(tx.on()).await.map_err(errors::before_commit)?;
            tx.commit_beside().await
        })
        .await
    }

    async fn patient_with_key(
        &self,
        id: PersonId,
    ) -> Stored<Option<(PatientRecord, Option<SubjectRecord>)>> {
        let account =
            user::Entity::find_by_id(id.0).filter(user::Column::Role.eq(Role::Patient.as_str()));
        let call = Call::default();
        let found = call
            .run(async {
                let tx = self.snapshot(&call).await?;
                if account.one(tx.on()).await.map_err(errors::before_commit)?.is_none() {
                    return Ok(None);
                }
                let profile = patient_profile::Entity::find_by_id(id.0).one(tx.on());
                let profile = profile.await.map_err(errors::before_commit)?;
                let key = Entity::find_by_id(id.0).one(tx.on());
                Ok(Some((profile, key.await.map_err(errors::before_commit)?)))
            })
            .await?;
        let Some((profile, key)) = found else { return Ok(None) };
        Ok(Some((to_patient(id, profile)?, key.map(to_subject).transpose()?)))
    }

    async fn unsealed_patients(
        &self,
        after: Option<PersonId>,
        limit: u32,
    ) -> Stored<Vec<PatientRecord>> {
        let of = patient_profile::Column::UserId;
        let (kept, revision) = (patient_profile::Entity, patient_profile::Column::Revision);
        let sealed = Entity::find()
            .select_only()
            .column(Column::UserId)
            .filter(Expr::col((Entity, Column::UserId)).equals((kept, of)))
            .filter(Expr::col((Entity, Column::SealedRevision)).gte(Expr::col((kept, revision))))
            .into_query();
        let query = patient_profile::Entity::find()
            .filter(of.gt(after.map_or(Uuid::nil(), |it| it.0)))
            .filter(Expr::exists(sealed).not())
            .order_by_asc(of)
            .limit(u64::from(limit));
        let found = self.find_all(query).await?.into_iter();
        found.map(|it| to_patient(PersonId(it.user_id), Some(it))).collect()
    }

    async fn seal_patient(&self, record: PatientRecord) -> Stored<()> {
        let id = record.person_id;
        let row = patient_row(record);
        let revision = row.revision;
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            note_sealed(&tx, id, revision, true).await?;
            let update = patient_profile::Entity::update_many()
                .set(row.into_active_model().reset_all())
                .filter(patient_profile::Column::UserId.eq(id.0))
                .filter(patient_profile::Column::Revision.eq(revision))
                .exec(tx.on());
            if update.await.map_err(errors::before_commit)?.rows_affected == 0 {
                return Err(STALE);
            }
            tx.commit_beside().await
        })
        .await
    }

    async fn subjects_sealed_otherwise(
        &self,
        key_id: &str,
        after: Option<PersonId>,
        limit: u32,
    ) -> Stored<Vec<(PersonId, WrappedKey)>> {
        let query = Entity::find()
            .filter(Column::UserId.gt(after.map_or(Uuid::nil(), |it| it.0)))
            .filter(Column::SealedKey.is_not_null())
            .filter(Column::KeyId.ne(key_id).or(unbound(Column::SealedKey)))
            .order_by_asc(Column::UserId)
            .limit(u64::from(limit));
        let found = self.find_all(query).await?.into_iter();
        let key = |it: subject_key::Model| {
            let wrapped = WrappedKey { key_id: it.key_id, sealed: it.sealed_key? };
            Some((PersonId(it.user_id), wrapped))
        };
        Ok(found.filter_map(key).collect())
    }

    async fn unbound_keys(&self) -> Stored<u64> {
        let people = Entity::find().filter(unbound(Column::SealedKey));
        let talks = conversation::Entity::find().filter(unbound(conversation::Column::SealedKey));
        let call = Call::default();
        call.run(async {
            let on = self.reading().await?;
            let people = people.count(&on).await.map_err(errors::before_commit)?;
            let talks = talks.count(&on).await.map_err(errors::before_commit)?;
            Ok(people.saturating_add(talks))
        })
        .await
    }

    async fn subject_counts(&self) -> Stored<Vec<(Option<String>, u64)>> {
        let key = Expr::cust("CASE WHEN sealed_key IS NULL THEN NULL ELSE key_id END");
        let query = Entity::find()
            .select_only()
            .expr_as(key.clone(), "key")
            .expr_as(Column::UserId.count(), "keys")
            .group_by(key)
            .into_tuple::<(Option<String>, i64)>();
        let found = Call::default()
            .run(async { query.all(&self.reading().await?).await.map_err(errors::before_commit) })
            .await?;
        let counts = found.into_iter().map(|(key, n)| (key, u64::try_from(n).unwrap_or(0)));
        let mut counts: Vec<_> = counts.collect();
        counts.sort_unstable();
        Ok(counts)
    }

    async fn rewrap_subject(
        &self,
        id: PersonId,
        before: WrappedKey,
        after: WrappedKey,
    ) -> Stored<()> {
        let update = Entity::update_many()
            .col_expr(Column::KeyId, Expr::value(after.key_id))
            .col_expr(Column::SealedKey, Expr::value(after.sealed))
            .filter(Column::UserId.eq(id.0))
            .filter(Column::KeyId.eq(before.key_id))
            .filter(Column::SealedKey.eq(before.sealed));
        self.update_subjects(update).await
    }

    fn opened_by(&self, opener: Arc<dyn Opener>) {
        self.opened_by.set(opener);
    }

    async fn words_of_before(
        &self,
        at: Said,
        after: Option<Uuid>,
        limit: u32,
    ) -> Stored<Vec<SaidOf>> {
        self.text_of_before(at, after, limit).await
    }

    async fn seal_words(&self, before: SaidOf, sealed: String) -> Stored<()> {
        self.seal_text(before, sealed).await
    }

    /// SQLite overwrites what it lets go of (`secure_delete`); its log has it until it is folded into the file.
    async fn wipe_what_was_sealed(&self) -> Stored<()> {
        let call = Call::default();
        if self.backend != DbBackend::Sqlite {
            let wiping = self.writer.execute_unprepared("VACUUM patient_profiles");
            return call.run(async { wiping.await.map_err(errors::before_commit).map(drop) }).await;
        }
        // Not on the connection that writes, which would keep everybody waiting for whoever is in the way.
        let folder = self.folding.as_ref().map_or(&self.writer, |(_, it)| it);
        for _ in 0..WIPE_TRIES {
            let wiping = fold(folder, How::Wiped);
            let wiped = call.run(async { wiping.await.map_err(errors::before_commit) }).await?;
            if !wiped.is_busy {
                return Ok(());
            }
            // Somebody reads what is there, or folds it beside us.
            tokio::time::sleep(WIPE_AGAIN).await;
        }
        Err(StoreError::Aborted)
    }

    async fn sample_keys(&self, key_id: &str, limit: u32) -> Stored<Vec<(KeyOwner, WrappedKey)>> {
        let person =
            Entity::find().filter(Column::KeyId.eq(key_id)).filter(Column::SealedKey.is_not_null());
        let of_person = |it: subject_key::Model| {
            let wrapped = WrappedKey { key_id: it.key_id, sealed: it.sealed_key? };
            Some((KeyOwner::Person(PersonId(it.user_id)), wrapped))
        };
        let limit = u64::from(limit);
        let people = self.find_all(person.limit(limit)).await?;
        let talk = conversation::Entity::find()
            .filter(conversation::Column::KeyId.eq(key_id))
            .filter(conversation::Column::SealedKey.is_not_null());
        let of_talk = |it: conversation::Model| {
            let wrapped = WrappedKey { key_id: it.key_id?, sealed: it.sealed_key? };
            Some((KeyOwner::Conversation(ConversationId(it.id)), wrapped))
        };
        let talks = self.find_all(talk.limit(limit)).await?;
        let people = people.into_iter().filter_map(of_person);
        Ok(people.chain(talks.into_iter().filter_map(of_talk)).collect())
    }
}

/// A data key that is there and bound to no organisation.
pub(super) fn unbound(sealed: impl ColumnTrait) -> SimpleExpr {
    sealed.not_like(format!("{BOUND}%"))
}

impl SqlStore {
    /// `Stale` when there is no such row.
    async fn update_subjects(&self, update: UpdateMany<Entity>) -> Stored<()> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            if update.exec(tx.on()).await.map_err(errors::before_commit)?.rows_affected == 0 {
                return Err(STALE);
            }
            tx.commit_beside().await
        })
        .await
    }
}
