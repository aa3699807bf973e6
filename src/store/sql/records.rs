//! Consents, legal holds and erasures in the tables.
//!
//! Invariant: whoever sets a legal hold and whoever erases take the account's row first, so that one of them sees the other.

use super::call::{Call, Tx};
use super::federation::forget_identities;
use super::ledger::{keep_answer, to_audit_record};
use super::organisations::people_of;
use super::password_links::delete_links;
use super::record_rows::{to_consent, to_erasure, to_hold, waiting};
use super::words::to_word;
use super::{SqlStore, errors};
use crate::protocol::ids::{ConversationId, ErasureId, OrganisationId, PersonId, SessionId};
use crate::protocol::time::UnixMillis;
use crate::store::records::{
    CertificateRecord, ConsentRecord, ERASED_NAME, Erase, ErasureRecord, HoldsOf, LegalHoldRecord,
    Lift, MAX_CONSENTS, RecordRights, erased_email,
};
use crate::store::{Answered, AuditRecordRead, Conflict, StoreError, Stored};
use async_trait::async_trait;
use entity::{
    appointment, audit_log, consent, conversation, conversation_member, emergency_grant, erasure,
    factor, idempotency_key, legal_hold, notice, participant, patient_profile, payment,
    recovery_code, session, sharing_version, subject_key, user, waitlist_entry,
};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

/// Later than any conversation was written to.
const EVER: UnixMillis = UnixMillis(i64::MAX);
const STALE: StoreError = StoreError::Conflict(Conflict::Stale);
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
            asked_at: it.asked_at.0,
            done_by: None,
            done_at: None,
            certificate: None,
            signature: None,
            public_key: None,
        };
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            lock(&tx, it.person_id).await?;
            if let Some(waits) =
                waiting(it.person_id).one(tx.on()).await.map_err(errors::before_commit)?
            {
                return Ok(to_erasure(waits));
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
        Ok(found.into_iter().map(to_erasure).collect())
    }

    async fn waiting_erasure(&self, of: PersonId) -> Stored<Option<ErasureRecord>> {
        Ok(self.find_all(waiting(of)).await?.pop().map(to_erasure))
    }

    async fn erasure(&self, id: ErasureId) -> Stored<Option<ErasureRecord>> {
        let query = erasure::Entity::find().filter(erasure::Column::Id.eq(id.0));
        Ok(self.find_all(query).await?.pop().map(to_erasure))
    }

    async fn standing_talks(&self, of: PersonId, limit: u32) -> Stored<Vec<ConversationId>> {
        let query = talks_of(of)
            .filter(conversation::Column::KeyId.is_not_null())
            .order_by_asc(conversation::Column::Id)
            .limit(u64::from(limit));
        Ok(self.find_all(query).await?.into_iter().map(|it| ConversationId(it.id)).collect())
    }

    async fn destroy_talk(&self, of: PersonId, id: ConversationId) -> Stored<bool> {
        self.destroy(id, EVER, of).await
    }

    async fn destroyed_talks(&self, of: PersonId) -> Stored<u32> {
        let gone = talks_of(of).filter(conversation::Column::SealedKey.is_null());
        let call = Call::default();
        let count = call
            .run(async { gone.count(&self.reading().await?).await.map_err(errors::before_commit) });
        Ok(u32::try_from(count.await?).unwrap_or(u32::MAX))
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
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            must_not_be_held(&tx, erase.person_id).await?;
            let stands = talks_of(erase.person_id)
                .filter(conversation::Column::SealedKey.is_not_null())
                .one(tx.on());
            if stands.await.map_err(errors::before_commit)?.is_some() {
                return Err(STALE);
            }
            certify(&tx, &erase).await?;
            destroy_key(&tx, &erase).await?;
            take_names(&tx, erase.person_id, erase.at).await?;
            take_reasons(&tx, erase.person_id).await?;
            delete_rest(&tx, erase.person_id).await?;
            let ended = end_sessions(&tx, erase.person_id, erase.at).await?;
            tx.commit().await?;
            Ok(ended)
        })
        .await
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

fn talks_of(patient: PersonId) -> Select<conversation::Entity> {
    conversation::Entity::find().filter(conversation::Column::PatientId.eq(patient.0))
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

async fn certify(tx: &Tx<'_>, erase: &Erase) -> Stored<()> {
    use erasure::{Column, Entity};
    let CertificateRecord { text, signature, public_key } = erase.certificate.clone();
    let update = Entity::update_many()
        .col_expr(Column::DoneBy, Expr::value(erase.by.0))
        .col_expr(Column::DoneAt, Expr::value(erase.at.0))
        .col_expr(Column::Certificate, Expr::value(text))
        .col_expr(Column::Signature, Expr::value(signature))
        .col_expr(Column::PublicKey, Expr::value(public_key))
        .filter(Column::Id.eq(erase.erasure_id.0))
        .filter(Column::UserId.eq(erase.person_id.0))
        .filter(Column::DoneAt.is_null())
        .exec(tx.on());
    match update.await.map_err(errors::before_commit)?.rows_affected {
        0 => Err(STALE),
        _ => Ok(()),
    }
}

/// Who had no key never gets one.
async fn destroy_key(tx: &Tx<'_>, erase: &Erase) -> Stored<()> {
    use subject_key::Column;
    let row = subject_key::Model {
        user_id: erase.person_id.0,
        key_id: String::new(),
        sealed_key: None,
        sealed_revision: 0,
        created_at: erase.at.0,
        destroyed_at: Some(erase.at.0),
    };
    let gone = [Column::SealedKey, Column::DestroyedAt];
    let insert = subject_key::Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::column(Column::UserId).update_columns(gone).to_owned())
        .exec_without_returning(tx.on());
    insert.await.map(drop).map_err(errors::before_commit)
}

async fn take_names(tx: &Tx<'_>, id: PersonId, at: UnixMillis) -> Stored<()> {
    let account = user::Entity::update_many()
        .col_expr(user::Column::DisplayName, Expr::value(ERASED_NAME))
        .col_expr(user::Column::Email, Expr::value(erased_email(id)))
        .col_expr(user::Column::PasswordHash, Expr::value("none"))
        .col_expr(user::Column::SuspendedBecause, Expr::value(None::<String>))
        .col_expr(user::Column::ErasedAt, Expr::value(at.0))
        .col_expr(user::Column::Revision, Expr::col(user::Column::Revision).add(1_i64))
        .filter(user::Column::Id.eq(id.0));
    account.exec(tx.on()).await.map_err(errors::before_commit)?;
    let parts = participant::Entity::update_many()
        .col_expr(participant::Column::DisplayName, Expr::value(ERASED_NAME))
        .filter(participant::Column::UserId.eq(id.0));
    parts.exec(tx.on()).await.map_err(errors::before_commit)?;
    let members = conversation_member::Entity::update_many()
        .col_expr(conversation_member::Column::DisplayName, Expr::value(ERASED_NAME))
        .filter(conversation_member::Column::PersonId.eq(id.0));
    members.exec(tx.on()).await.map(drop).map_err(errors::before_commit)
}

/// What the patient said that an appointment is about, and what was said of them in an emergency. Whoever has read a payment before cannot write it back.
async fn take_reasons(tx: &Tx<'_>, id: PersonId) -> Stored<()> {
    let none = || Expr::value(None::<String>);
    let booked = appointment::Entity::update_many()
        .col_expr(appointment::Column::Reason, none())
        .filter(appointment::Column::PatientId.eq(id.0));
    booked.exec(tx.on()).await.map_err(errors::before_commit)?;
    let opened = emergency_grant::Entity::update_many()
        .col_expr(emergency_grant::Column::Because, Expr::value(""))
        .col_expr(emergency_grant::Column::Note, none())
        .filter(emergency_grant::Column::PatientId.eq(id.0));
    opened.exec(tx.on()).await.map_err(errors::before_commit)?;
    let paid = payment::Entity::update_many()
        .col_expr(payment::Column::Reason, none())
        .col_expr(payment::Column::Revision, Expr::col(payment::Column::Revision).add(1_i64))
        .filter(payment::Column::PatientId.eq(id.0));
    paid.exec(tx.on()).await.map(drop).map_err(errors::before_commit)
}

async fn delete_rest(tx: &Tx<'_>, id: PersonId) -> Stored<()> {
    let profile = patient_profile::Entity::delete_by_id(id.0).exec(tx.on());
    profile.await.map_err(errors::before_commit)?;
    let wishes =
        waitlist_entry::Entity::delete_many().filter(waitlist_entry::Column::PatientId.eq(id.0));
    wishes.exec(tx.on()).await.map_err(errors::before_commit)?;
    let told = notice::Entity::delete_many().filter(notice::Column::PersonId.eq(id.0));
    told.exec(tx.on()).await.map_err(errors::before_commit)?;
    let shared =
        sharing_version::Entity::delete_many().filter(sharing_version::Column::UserId.eq(id.0));
    shared.exec(tx.on()).await.map_err(errors::before_commit)?;
    let factors = factor::Entity::delete_many().filter(factor::Column::UserId.eq(id.0));
    factors.exec(tx.on()).await.map_err(errors::before_commit)?;
    let codes = recovery_code::Entity::delete_many().filter(recovery_code::Column::UserId.eq(id.0));
    codes.exec(tx.on()).await.map_err(errors::before_commit)?;
    forget_identities(tx, id).await?;
    delete_links(tx, id).await?;
    let answers = idempotency_key::Entity::delete_many()
        .filter(idempotency_key::Column::Caller.eq(format!("person:{id}")));
    answers.exec(tx.on()).await.map(drop).map_err(errors::before_commit)
}

async fn end_sessions(tx: &Tx<'_>, id: PersonId, at: UnixMillis) -> Stored<Vec<SessionId>> {
    let open = || {
        Condition::all()
            .add(session::Column::UserId.eq(id.0))
            .add(session::Column::EndedAt.is_null())
    };
    let found = session::Entity::find().filter(open()).all(tx.on()).await;
    let found = found.map_err(errors::before_commit)?;
    let update = session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(at.0))
        .filter(open());
    update.exec(tx.on()).await.map_err(errors::before_commit)?;
    Ok(found.into_iter().map(|it| SessionId(it.id)).collect())
}
