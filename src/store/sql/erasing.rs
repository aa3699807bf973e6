//! Erasures, carried out in the tables: of everything about a patient, or of their conversations alone.
//!
//! Invariant: the account's row comes first, so that whoever sets a legal hold and whoever erases see each other; the certificate is saved
//! with what it says, or neither is. What is left out is judged in the statement that destroys, and once more where it is certified.

use super::call::{Call, Tx};
use super::federation::forget_identities;
use super::ledger::keep_answer;
use super::password_links::delete_links;
use super::records::{STALE, must_not_be_held};
use super::words::{count, to_word};
use super::{SqlStore, errors};
use crate::protocol::ids::{ConversationId, PersonId, SessionId};
use crate::protocol::record::ErasureScope;
use crate::protocol::time::UnixMillis;
use crate::store::records::{
    CertificateRecord, ERASED_NAME, Erase, EraseTalks, TalkCounts, TalksOf, erased_email,
};
use crate::store::{Answered, Stored};
use entity::erasure::Column;
use entity::{
    appointment, audit_report, conversation, conversation_member, emergency_grant, erasure, factor,
    idempotency_key, notice, participant, patient_profile, payment, recovery_code, session,
    sharing_version, subject_key, user, waitlist_entry,
};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, Func, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select, SelectGetableTuple, Selector, UpdateMany,
};

impl SqlStore {
    pub(super) async fn erase_person(
        &self,
        erase: Erase,
        answered: Option<Answered>,
    ) -> Stored<Vec<SessionId>> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            must_not_be_held(&tx, erase.person_id).await?;
            must_be_gone(&tx, TalksOf::all(erase.person_id)).await?;
            certify(&tx, &erase, None).await?;
            certify_other(&tx, &erase).await?;
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

    pub(super) async fn certify_talks(
        &self,
        EraseTalks { erase, but_after, left_out }: EraseTalks,
        answered: Option<Answered>,
    ) -> Stored<()> {
        let of = TalksOf { patient: erase.person_id, but_after: Some(but_after) };
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            must_not_be_held(&tx, of.patient).await?;
            must_be_gone(&tx, of).await?;
            let stay = counts(of).one(tx.on()).await.map_err(errors::before_commit)?;
            if to_counts(stay.unwrap_or_default())?.left_out != left_out {
                return Err(STALE);
            }
            certify(&tx, &erase, Some(left_out)).await?;
            tx.commit().await
        })
        .await
    }

    pub(super) async fn list_standing(
        &self,
        of: TalksOf,
        limit: u32,
    ) -> Stored<Vec<ConversationId>> {
        let query = meant(of)
            .filter(conversation::Column::KeyId.is_not_null())
            .order_by_asc(conversation::Column::Id)
            .limit(u64::from(limit));
        Ok(self.find_all(query).await?.into_iter().map(|it| ConversationId(it.id)).collect())
    }

    pub(super) async fn count_talks(&self, of: TalksOf) -> Stored<TalkCounts> {
        let query = counts(of);
        let call = Call::default();
        let found = call
            .run(async { query.one(&self.reading().await?).await.map_err(errors::before_commit) });
        to_counts(found.await?.unwrap_or_default())
    }
}

/// Of a visit that is to come or under way.
fn is_left_out(of: TalksOf) -> Option<Condition> {
    let open = appointment::Entity::find()
        .select_only()
        .column(appointment::Column::Id)
        .filter(appointment::Column::PatientId.eq(of.patient.0))
        .filter(appointment::Column::Status.eq("booked"))
        .filter(appointment::Column::EndsAt.gte(of.but_after?.0))
        .into_query();
    Some(Condition::all().add(conversation::Column::AppointmentId.in_subquery(open)))
}

/// One of theirs that is not left out. One of no visit never is.
pub(super) fn is_meant(of: TalksOf) -> Condition {
    let of_none = conversation::Column::AppointmentId.is_null();
    let goes = is_left_out(of).map(|it| Condition::any().add(of_none).add(it.not()));
    Condition::all().add(conversation::Column::PatientId.eq(of.patient.0)).add_option(goes)
}

fn meant(of: TalksOf) -> Select<conversation::Entity> {
    conversation::Entity::find().filter(is_meant(of))
}

async fn must_be_gone(tx: &Tx<'_>, of: TalksOf) -> Stored<()> {
    let stands = meant(of).filter(conversation::Column::SealedKey.is_not_null()).one(tx.on());
    match stands.await.map_err(errors::before_commit)? {
        Some(_) => Err(STALE),
        None => Ok(()),
    }
}

/// Those that are meant and have their key, all that have it, and those without one.
type Counts = (i64, i64, i64);

fn counts(of: TalksOf) -> Selector<SelectGetableTuple<Counts>> {
    use conversation::Column;
    let counted = |which: Condition| {
        Expr::from(Func::count(CaseStatement::new().case(which, Expr::value(1_i32))))
    };
    let has_key = || Condition::all().add(Column::SealedKey.is_not_null());
    conversation::Entity::find()
        .filter(Column::PatientId.eq(of.patient.0))
        .select_only()
        .expr_as(counted(has_key().add(is_meant(of))), "standing")
        .expr_as(counted(has_key()), "with_key")
        .expr_as(counted(Condition::all().add(Column::SealedKey.is_null())), "destroyed")
        .into_tuple::<Counts>()
}

fn to_counts((standing, with_key, destroyed): Counts) -> Stored<TalkCounts> {
    let count = |it| count(it, "conversations", "id");
    Ok(TalkCounts {
        standing: count(standing)?,
        left_out: count(with_key.saturating_sub(standing))?,
        destroyed: count(destroyed)?,
    })
}

/// What is written to one that is carried out.
fn done(erase: &Erase, left_out: Option<u32>) -> UpdateMany<erasure::Entity> {
    let CertificateRecord { text, signature, public_key } = erase.certificate.clone();
    erasure::Entity::update_many()
        .col_expr(Column::DoneBy, Expr::value(erase.by.0))
        .col_expr(Column::DoneAt, Expr::value(erase.at.0))
        .col_expr(Column::Certificate, Expr::value(text))
        .col_expr(Column::Signature, Expr::value(signature))
        .col_expr(Column::PublicKey, Expr::value(public_key))
        .col_expr(Column::LeftOut, Expr::value(left_out.map(i64::from)))
        .filter(Column::UserId.eq(erase.person_id.0))
        .filter(Column::DoneAt.is_null())
}

async fn certify(tx: &Tx<'_>, erase: &Erase, left_out: Option<u32>) -> Stored<()> {
    let scope = match left_out {
        Some(_) => ErasureScope::Conversations,
        None => ErasureScope::Everything,
    };
    let update = done(erase, left_out)
        .filter(Column::Id.eq(erase.erasure_id.0))
        .filter(Column::Scope.eq(to_word(&scope)?))
        .exec(tx.on());
    match update.await.map_err(errors::before_commit)?.rows_affected {
        0 => Err(STALE),
        _ => Ok(()),
    }
}

/// Whoever has asked for their conversations as well has got that with everything: nothing was left out.
async fn certify_other(tx: &Tx<'_>, erase: &Erase) -> Stored<()> {
    let other = done(erase, Some(0))
        .filter(Column::Scope.eq(to_word(&ErasureScope::Conversations)?))
        .exec(tx.on());
    other.await.map(drop).map_err(errors::before_commit)
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
    // A report is called after whom it is about, as likely as not.
    let about = Condition::any()
        .add(audit_report::Column::PatientId.eq(id.0))
        .add(audit_report::Column::PersonId.eq(id.0));
    let reports = audit_report::Entity::delete_many().filter(about).exec(tx.on());
    reports.await.map_err(errors::before_commit)?;
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
