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
use entity::{
    actor_fence, appointment, appointment_history, conversation, conversation_member,
    sharing_version, visit,
};
use sea_orm::sea_query::{Expr, ExprTrait, JoinType};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
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
        let ends = async |theirs: Select<appointment::Entity>| {
            let last = self.find_all(theirs.limit(1)).await?.pop();
            Ok::<_, StoreError>(last.map(|it| UnixMillis(it.ends_at)))
        };
        let agreed = appointments(patient, clinician).filter(is_agreed(clinician));
        let arranged = appointments(patient, clinician).filter(is_agreed(clinician).not());
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
            last_visit_ends: ends(agreed).await?,
            last_arranged_ends: ends(arranged).await?,
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

/// Appointments of the two that are to come or took place, the last one first.
fn appointments(patient: PersonId, clinician: PersonId) -> Select<appointment::Entity> {
    appointment::Entity::find()
        .filter(appointment::Column::PatientId.eq(patient.0))
        .filter(appointment::Column::ClinicianId.eq(clinician.0))
        .filter(appointment::Column::Status.is_in(["booked", "ended"]))
        .order_by_desc(appointment::Column::EndsAt)
}

/// Somebody other than the clinician made it, or the two have met in it.
fn is_agreed(clinician: PersonId) -> Condition {
    use appointment_history::Column as History;
    let own = appointment_history::Entity::find()
        .select_only()
        .column(History::AppointmentId)
        .filter(History::Version.eq(1))
        .filter(History::ById.eq(clinician.0))
        .filter(
            Expr::col((appointment_history::Entity, History::AppointmentId))
                .equals((appointment::Entity, appointment::Column::Id)),
        );
    let met = visit::Entity::find()
        .select_only()
        .column(visit::Column::AppointmentId)
        .filter(visit::Column::CallStartedAt.is_not_null())
        .filter(
            Expr::col((visit::Entity, visit::Column::AppointmentId))
                .equals((appointment::Entity, appointment::Column::Id)),
        );
    Condition::any().add(Expr::exists(own.into_query()).not()).add(Expr::exists(met.into_query()))
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
