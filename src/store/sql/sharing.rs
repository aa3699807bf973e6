//! What patients share, and how clinicians stand to them, in the tables.
//!
//! Invariant: whoever saves a version takes the account's row first; fences come before that, as for whoever writes a log.

use super::call::Call;
use super::conversations::KIND;
use super::ledger::keep_answer;
use super::records::lock;
use super::words::{count, from_json, to_json};
use super::{SqlStore, errors};
use crate::protocol::ids::{ConversationId, PersonId};
use crate::protocol::time::UnixMillis;
use crate::store::sharing::{PartiesRecord, RelationRecord, Shares, SharingRecord};
use crate::store::{Answered, Conflict, StoreError, Stored};
use async_trait::async_trait;
use entity::{actor_fence, appointment, conversation, conversation_member, sharing_version};
use sea_orm::sea_query::{Expr, ExprTrait, JoinType};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select,
};
use std::collections::HashMap;

const TABLE: &str = "sharing_versions";
/// Ids in one statement.
const IDS: usize = 1_000;

#[async_trait]
impl Shares for SqlStore {
    async fn sharing(&self, of: PersonId) -> Stored<Option<SharingRecord>> {
        self.find_all(latest(of).limit(1)).await?.pop().map(to_sharing).transpose()
    }

    async fn sharing_versions(&self, of: PersonId, limit: u32) -> Stored<Vec<SharingRecord>> {
        let query = latest(of).limit(u64::from(limit));
        self.find_all(query).await?.into_iter().map(to_sharing).collect()
    }

    async fn save_sharing(
        &self,
        it: SharingRecord,
        answered: Option<Answered>,
    ) -> Stored<Vec<ConversationId>> {
        let row = sharing_version::Model {
            user_id: it.person_id.0,
            revision: i64::from(it.revision),
            preferences: to_json(&it.sharing)?,
            at: it.at.0,
        };
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            let talks: Vec<_> = conversation::Entity::find()
                .select_only()
                .column(conversation::Column::Id)
                .filter(conversation::Column::PatientId.eq(it.person_id.0))
                .order_by_asc(conversation::Column::Id)
                .into_tuple::<sea_orm::prelude::Uuid>()
                .all(tx.on())
                .await
                .map_err(errors::before_commit)?;
            for some in talks.chunks(IDS) {
                let epoch = Expr::col(actor_fence::Column::Epoch).add(1_i64);
                let fence = actor_fence::Entity::update_many()
                    .col_expr(actor_fence::Column::Epoch, epoch)
                    .filter(actor_fence::Column::Kind.eq(KIND))
                    .filter(actor_fence::Column::Id.is_in(some.iter().copied()))
                    .exec(tx.on());
                fence.await.map_err(errors::before_commit)?;
            }
            lock(&tx, it.person_id).await?;
            let last = latest(it.person_id).limit(1).one(tx.on()).await;
            let last = last.map_err(errors::before_commit)?.map_or(0, |it| it.revision);
            if last.checked_add(1) != Some(i64::from(it.revision)) {
                return Err(StoreError::Conflict(Conflict::Stale));
            }
            let insert = sharing_version::Entity::insert(row.into_active_model());
            insert.exec_without_returning(tx.on()).await.map_err(errors::before_commit)?;
            tx.commit().await?;
            Ok(talks.into_iter().map(ConversationId).collect())
        })
        .await
    }

    async fn relation(&self, patient: PersonId, clinician: PersonId) -> Stored<RelationRecord> {
        use conversation_member::Column as Member;
        let last = appointment::Entity::find()
            .filter(appointment::Column::PatientId.eq(patient.0))
            .filter(appointment::Column::ClinicianId.eq(clinician.0))
            .filter(appointment::Column::Status.ne("cancelled"))
            .order_by_desc(appointment::Column::EndsAt)
            .limit(1);
        let last = self.find_all(last).await?.pop();
        let is_in = conversation_member::Entity::find()
            .join_rev(
                JoinType::InnerJoin,
                conversation::Entity::belongs_to(conversation_member::Entity)
                    .from(conversation::Column::Id)
                    .to(Member::ConversationId)
                    .into(),
            )
            .filter(conversation::Column::PatientId.eq(patient.0))
            .filter(Member::PersonId.eq(clinician.0))
            .filter(Member::Role.eq("clinician"))
            .filter(Member::LeftAt.is_null())
            .limit(1);
        Ok(RelationRecord {
            last_visit_ends: last.map(|it| UnixMillis(it.ends_at)),
            is_member: !self.find_all(is_in).await?.is_empty(),
        })
    }

    async fn parties(
        &self,
        ids: &[ConversationId],
    ) -> Stored<Vec<(ConversationId, PartiesRecord)>> {
        let (mut found, mut known) = (vec![], HashMap::new());
        for some in ids.chunks(IDS) {
            let query = conversation::Entity::find()
                .filter(conversation::Column::Id.is_in(some.iter().map(|it| it.0)));
            found.extend(self.find_all(query).await?);
        }
        let mut parties = Vec::with_capacity(found.len());
        for it in found {
            let patient = PersonId(it.patient_id);
            let sharing = match known.get(&patient) {
                Some(sharing) => *sharing,
                None => {
                    let sharing = self.sharing(patient).await?.map(|it| it.sharing);
                    known.insert(patient, sharing);
                    sharing
                }
            };
            let clinician_id = PersonId(it.clinician_id);
            parties.push((
                ConversationId(it.id),
                PartiesRecord { patient_id: patient, clinician_id, sharing },
            ));
        }
        Ok(parties)
    }
}

fn latest(of: PersonId) -> Select<sharing_version::Entity> {
    sharing_version::Entity::find()
        .filter(sharing_version::Column::UserId.eq(of.0))
        .order_by_desc(sharing_version::Column::Revision)
}

fn to_sharing(row: sharing_version::Model) -> Stored<SharingRecord> {
    Ok(SharingRecord {
        person_id: PersonId(row.user_id),
        revision: count(row.revision, TABLE, "revision")?,
        sharing: from_json(&row.preferences, TABLE, "preferences")?,
        at: UnixMillis(row.at),
    })
}
