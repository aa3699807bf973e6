//! Consents, legal holds and erasures in the tables. Carrying one out is in `erasing`.
//!
//! Invariant: whoever sets a legal hold and whoever erases take the account's row first, so that one of them sees the other.

use super::call::{Call, Tx};
use super::ledger::{keep_answer, to_audit_record};
use super::organisations::people_of;
use super::record_rows::{asked_for, to_consent, to_erasure, to_hold, waiting};
use super::words::to_word;
use super::{SqlStore, errors};
use crate::protocol::ids::{ConversationId, ErasureId, OrganisationId, PersonId, SessionId};
use crate::protocol::record::ErasureScope;
use crate::protocol::time::UnixMillis;
use crate::store::records::{
    ConsentRecord, Erase, EraseTalks, ErasureRecord, HoldsOf, LegalHoldRecord, Lift, MAX_CONSENTS,
    RecordRights, TalkCounts, TalksOf,
};
use crate::store::{Answered, AuditRecordRead, Conflict, StoreError, Stored};
use async_trait::async_trait;
use entity::{appointment, audit_log, consent, erasure, legal_hold, user};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};

/// Later than any conversation was written to.
const EVER: UnixMillis = UnixMillis(i64::MAX);
pub(super) const STALE: StoreError = StoreError::Conflict(Conflict::Stale);
const MISSING: StoreError = StoreError::Conflict(Conflict::Missing);

#[async_trait]
impl RecordRights for SqlStore {
    async fn consents(&self, of: PersonId) -> Stored<Vec<ConsentRecord>> {
        let query = consent::Entity::find()
            .filter(consent::Column::UserId.eq(of.0))
            .order_by_desc(consent::Column::At)
            .order_by_desc(consent::Column::Id)
            .limit(u64::from(MAX_CONSENTS));
        self.find_all(query).await?.into_iter().map(to_consent).collect()
    }

    async fn save_consent(&self, it: ConsentRecord, answered: Option<Answered>) -> Stored<()> {
        let row = consent::Model {
            id: it.consent_id,
            user_id: it.person_id.0,
            kind: to_word(&it.kind)?,
            jurisdiction: it.jurisdiction,
            version: it.version,
            is_given: it.is_given,
            at: it.at.0,
        };
        self.insert_with(it.person_id, row, answered).await
    }

    async fn legal_holds(&self, of: HoldsOf, limit: u32) -> Stored<Vec<LegalHoldRecord>> {
        let whose = legal_hold::Column::UserId;
        let is_wanted = match of {
            HoldsOf::Person(of) => whose.eq(of.0),
            HoldsOf::Organisation(of) => whose.in_subquery(people_of(of)),
        };
        let query = legal_hold::Entity::find()
            .filter(is_wanted)
            .order_by_desc(legal_hold::Column::LiftedAt.is_null())
            .order_by_desc(legal_hold::Column::SetAt)
            .order_by_desc(legal_hold::Column::Id)
            .limit(u64::from(limit));
        Ok(self.find_all(query).await?.into_iter().map(to_hold).collect())
    }

    async fn set_legal_hold(&self, it: LegalHoldRecord, answered: Option<Answered>) -> Stored<()> {
        let row = legal_hold::Model {
            id: it.hold_id.0,
            user_id: it.person_id.0,
            reason: it.reason.into_exposed(),
            set_by: it.set_by.0,
            set_at: it.set_at.0,
            lifted_by: None,
            lifted_at: None,
            lifted_because: None,
        };
        self.insert_with(it.person_id, row, answered).await
    }

    async fn lift_legal_hold(&self, lift: Lift, answered: Option<Answered>) -> Stored<()> {
        use legal_hold::{Column, Entity};
        let update = Entity::update_many()
            .col_expr(Column::LiftedBy, Expr::value(lift.by.0))
            .col_expr(Column::LiftedAt, Expr::value(lift.at.0))
            .col_expr(Column::LiftedBecause, Expr::value(lift.reason.into_exposed()))
            .filter(Column::Id.eq(lift.hold_id.0))
            .filter(Column::LiftedAt.is_null());
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            let updated = update.exec(tx.on()).await.map_err(errors::before_commit)?;
            if updated.rows_affected == 0 {
                return Err(MISSING);
            }
            tx.commit().await
        })
        .await
    }

    async fn ask_erasure(&self, it: ErasureRecord) -> Stored<ErasureRecord> {
        let row = erasure::Model {
            id: it.erasure_id.0,
            user_id: it.person_id.0,
            scope: to_word(&it.scope)?,
            asked_at: it.asked_at.0,
            done_by: None,
            done_at: None,
            certificate: None,
            signature: None,
            public_key: None,
            left_out: None,
        };
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            lock(&tx, it.person_id).await?;
            let waits = waiting(it.person_id, it.scope)?.one(tx.on());
            if let Some(waits) = waits.await.map_err(errors::before_commit)? {
                return to_erasure(waits);
            }
            let insert = erasure::Entity::insert(row.into_active_model());
            insert.exec_without_returning(tx.on()).await.map_err(errors::before_commit)?;
            tx.commit().await?;
            Ok(it)
        })
        .await
    }

    async fn erasures(&self, of: OrganisationId, limit: u32) -> Stored<Vec<ErasureRecord>> {
        let half = |is_done: bool| {
            let query = erasure::Entity::find()
                .filter(erasure::Column::UserId.in_subquery(people_of(of)))
                .limit(u64::from(limit));
            match is_done {
                true => query
                    .filter(erasure::Column::DoneAt.is_not_null())
                    .order_by_desc(erasure::Column::DoneAt),
                false => query
                    .filter(erasure::Column::DoneAt.is_null())
                    .order_by_asc(erasure::Column::AskedAt),
            }
        };
        let mut found = self.find_all(half(false)).await?;
        found.extend(self.find_all(half(true)).await?);
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        found.into_iter().map(to_erasure).collect()
    }

    async fn last_erasure(
        &self,
        of: PersonId,
        scope: ErasureScope,
    ) -> Stored<Option<ErasureRecord>> {
        let last = asked_for(of, scope)?
            .order_by_desc(erasure::Column::DoneAt.is_null())
            .order_by_desc(erasure::Column::DoneAt)
            .limit(1);
        self.find_all(last).await?.pop().map(to_erasure).transpose()
    }

    async fn erasure(&self, id: ErasureId) -> Stored<Option<ErasureRecord>> {
        let query = erasure::Entity::find().filter(erasure::Column::Id.eq(id.0));
        self.find_all(query).await?.pop().map(to_erasure).transpose()
    }

    async fn standing_talks(&self, of: TalksOf, limit: u32) -> Stored<Vec<ConversationId>> {
        self.list_standing(of, limit).await
    }

    async fn destroy_talk(&self, of: TalksOf, id: ConversationId) -> Stored<bool> {
        self.destroy(id, EVER, of).await
    }

    async fn talk_counts(&self, of: TalksOf) -> Stored<TalkCounts> {
        self.count_talks(of).await
    }

    async fn last_ends_at(&self, of: PersonId) -> Stored<Option<UnixMillis>> {
        use appointment::{Column, Entity};
        let last = Entity::find()
            .filter(Column::PatientId.eq(of.0))
            .filter(Column::Status.ne("cancelled"))
            .order_by_desc(Column::EndsAt)
            .limit(1);
        Ok(self.find_all(last).await?.pop().map(|it| UnixMillis(it.ends_at)))
    }

    async fn erase(&self, erase: Erase, answered: Option<Answered>) -> Stored<Vec<SessionId>> {
        self.erase_person(erase, answered).await
    }

    async fn erase_talks(&self, erase: EraseTalks, answered: Option<Answered>) -> Stored<()> {
        self.certify_talks(erase, answered).await
    }

    async fn access_of(
        &self,
        id: PersonId,
        about: &[String],
        limit: u32,
    ) -> Stored<Vec<AuditRecordRead>> {
        let is_theirs = Condition::any()
            .add(audit_log::Column::Caller.eq(format!("person:{id}")))
            .add(audit_log::Column::Target.is_in(about.to_vec()));
        let query = audit_log::Entity::find()
            .filter(is_theirs)
            .order_by_desc(audit_log::Column::Position)
            .limit(u64::from(limit));
        self.find_all(query).await?.into_iter().map(to_audit_record).collect()
    }
}

impl SqlStore {
    async fn insert_with<M, A>(
        &self,
        of: PersonId,
        row: M,
        answered: Option<Answered>,
    ) -> Stored<()>
    where
        M: IntoActiveModel<A>,
        A: ActiveModelTrait + ActiveModelBehavior + Send,
    {
        let row = row.into_active_model();
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            lock(&tx, of).await?;
            let insert = A::Entity::insert(row).exec_without_returning(tx.on());
            insert.await.map_err(errors::before_commit)?;
            tx.commit().await
        })
        .await
    }
}

/// Takes the account's row until the transaction ends. `Stale` while a legal hold stands.
pub(super) async fn must_not_be_held(tx: &Tx<'_>, id: PersonId) -> Stored<()> {
    lock(tx, id).await?;
    let stands = legal_hold::Entity::find()
        .filter(legal_hold::Column::UserId.eq(id.0))
        .filter(legal_hold::Column::LiftedAt.is_null())
        .one(tx.on());
    match stands.await.map_err(errors::before_commit)? {
        Some(_) => Err(STALE),
        None => Ok(()),
    }
}

/// The account's row, until the transaction ends.
pub(super) async fn lock(tx: &Tx<'_>, id: PersonId) -> Stored<()> {
    let account = user::Entity::find_by_id(id.0).lock_exclusive().one(tx.on());
    account.await.map_err(errors::before_commit)?.map(drop).ok_or(MISSING)
}
