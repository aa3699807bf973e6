//! Identities at OpenID providers, the sessions that they opened, and logouts.
//!
//! Invariant: whoever opens a session by an identity and whoever ends those of its issuer take the issuer's lock first, and who unlinks it the
//! identity's row, so that one of them sees the other.

use super::call::{Call, Tx};
use super::holds::lock_people;
use super::sessions::{end, insert_session, to_record};
use super::sign_ins::open_session;
use super::words::millis;
use super::{SqlStore, errors};
use crate::protocol::ids::{IdentityId, PersonId, SessionId};
use crate::protocol::time::UnixMillis;
use crate::store::federation::{ExternalIdentity, Federation, Linking, Origin, ProviderLogout};
use crate::store::with_change::{IsChange as _, it_is_about, linked, whose};
use crate::store::{SessionRecord, Stored};
use async_trait::async_trait;
use entity::{external_identity, provider_logout, session, session_origin};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait as _, DbBackend, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Statement,
};
use std::collections::BTreeSet;

#[async_trait]
impl Federation for SqlStore {
    async fn identity(&self, issuer: &str, subject: &str) -> Stored<Option<ExternalIdentity>> {
        let found = self.find_all(external_identity::Entity::find().filter(named(issuer, subject)));
        Ok(found.await?.into_iter().next().map(of_row))
    }

    async fn identities_of(&self, person: PersonId) -> Stored<Vec<ExternalIdentity>> {
        let query = external_identity::Entity::find()
            .filter(external_identity::Column::UserId.eq(person.0))
            .order_by_asc(external_identity::Column::LinkedAt)
            .order_by_asc(external_identity::Column::Id);
        Ok(self.find_all(query).await?.into_iter().map(of_row).collect())
    }

    async fn link_identity(&self, new: ExternalIdentity, within: SessionId) -> Stored<Linking> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            lock_people(&tx, &BTreeSet::from([new.person_id])).await?;
            if open_session(&tx, new.person_id, within, new.linked_at).await?.is_none() {
                return Ok(Linking::Ended);
            }
            insert(&tx, &new).await?;
            let which = named(&new.issuer, &new.subject);
            let there = external_identity::Entity::find().filter(which).one(tx.on());
            let linking = match there.await.map_err(errors::before_commit)?.map(of_row) {
                Some(it) if it.person_id == new.person_id => Linking::Done(it),
                Some(_) => Linking::Taken,
                None => Linking::HasOne,
            };
            it_is_about(linked(&linking).into_iter());
            tx.commit_if(linking.is_change()).await?;
            Ok(linking)
        })
        .await
    }

    async fn unlink_identity(
        &self,
        person: PersonId,
        id: IdentityId,
        but: SessionId,
        now: UnixMillis,
    ) -> Stored<Option<Vec<SessionRecord>>> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let query = external_identity::Entity::find_by_id(id.0)
                .filter(external_identity::Column::UserId.eq(person.0))
                .lock_exclusive();
            let found = query.one(tx.on()).await.map_err(errors::before_commit)?;
            let Some(row) = found else { return Ok(None) };
            let delete = external_identity::Entity::delete_by_id(row.id).exec(tx.on());
            delete.await.map_err(errors::before_commit)?;
            let which = origin(&row.issuer, Some(&row.subject), None);
            let others = Condition::all().add(session::Column::Id.ne(but.0));
            let ended = end_from(&tx, which, others, now).await?;
            tx.commit().await?;
            Ok(Some(ended))
        })
        .await
    }

    async fn open_session_from(&self, session: SessionRecord, from: Origin) -> Stored<bool> {
        let Some(person_id) = session.person_id else { return Ok(false) };
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            lock_issuer(&tx, &from.issuer, Side::Opens).await?;
            // Whoever loses their factors, or is erased, loses identities: one of them is first.
            lock_people(&tx, &BTreeSet::from([person_id])).await?;
            if let Some(identity_id) = from.link {
                let new = ExternalIdentity {
                    identity_id,
                    person_id,
                    issuer: from.issuer.clone(),
                    subject: from.subject.clone(),
                    linked_at: session.created_at,
                    last_used_at: None,
                };
                insert(&tx, &new).await?;
            }
            // Its row is locked from here on.
            let used = external_identity::Entity::update_many()
                .col_expr(external_identity::Column::LastUsedAt, Expr::value(session.created_at.0))
                .filter(named(&from.issuer, &from.subject))
                .filter(external_identity::Column::UserId.eq(person_id.0));
            let used = used.exec(tx.on()).await.map_err(errors::before_commit)?;
            if used.rows_affected == 0 || is_ended(&tx, &from).await? {
                return Ok(false);
            }
            let row = session_origin::Model {
                session_id: session.session_id.0,
                issuer: from.issuer,
                subject: from.subject,
                sid: from.sid,
            };
            insert_session(&tx, session, &self.keeps.get()).await?;
            let insert = session_origin::Entity::insert(row.into_active_model());
            insert.exec_without_returning(tx.on()).await.map_err(errors::before_commit)?;
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    async fn end_by_provider(&self, told: ProviderLogout) -> Stored<Option<Vec<SessionRecord>>> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            lock_issuer(&tx, &told.issuer, Side::Ends).await?;
            let row = provider_logout::Model {
                issuer: told.issuer.clone(),
                jti: told.jti.clone(),
                subject: told.subject.clone(),
                sid: told.sid.clone(),
                at: told.at.0,
                expires_at: told.expires_at.0,
            };
            let insert = provider_logout::Entity::insert(row.into_active_model())
                .on_conflict(OnConflict::new().do_nothing().to_owned())
                .exec_without_returning(tx.on());
            if insert.await.map_err(errors::before_commit)? == 0 {
                return Ok(None);
            }
            let which = origin(&told.issuer, told.subject.as_deref(), told.sid.as_deref());
            let ended = end_from(&tx, which, Condition::all(), told.at).await?;
            it_is_about(whose(&ended));
            tx.commit().await?;
            Ok(Some(ended))
        })
        .await
    }

    async fn forget_logouts(&self, before: UnixMillis, most: u32) -> Stored<u32> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let old = provider_logout::Entity::find()
                .filter(provider_logout::Column::ExpiresAt.lt(before.0))
                .order_by_asc(provider_logout::Column::ExpiresAt)
                .limit(u64::from(most))
                .all(tx.on());
            let mut gone = 0_u32;
            for row in old.await.map_err(errors::before_commit)? {
                let delete = provider_logout::Entity::delete_by_id((row.issuer, row.jti));
                let deleted = delete.exec(tx.on()).await.map_err(errors::before_commit)?;
                gone = gone.saturating_add(u32::try_from(deleted.rows_affected).unwrap_or(1));
            }
            tx.commit_beside().await?;
            Ok(gone)
        })
        .await
    }
}

/// How whoever holds it and others of an issuer go on.
#[derive(Clone, Copy)]
enum Side {
    /// Opens a session: beside others that do.
    Opens,
    /// Ends sessions: alone.
    Ends,
}

/// Of what a logout names, nothing may be there yet that could be locked: the issuer itself is.
async fn lock_issuer(tx: &Tx<'_>, issuer: &str, side: Side) -> Stored<()> {
    if tx.on().get_database_backend() != DbBackend::Postgres {
        // One writes at a time.
        return Ok(());
    }
    let take = match side {
        Side::Opens => "SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))",
        Side::Ends => "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
    };
    let key = [format!("provider {issuer}").into()];
    let take = Statement::from_sql_and_values(DbBackend::Postgres, take, key);
    tx.on().execute_raw(take).await.map(drop).map_err(errors::before_commit)
}

fn named(issuer: &str, subject: &str) -> Condition {
    Condition::all()
        .add(external_identity::Column::Issuer.eq(issuer))
        .add(external_identity::Column::Subject.eq(subject))
}

fn origin(issuer: &str, subject: Option<&str>, sid: Option<&str>) -> Condition {
    Condition::all()
        .add(session_origin::Column::Issuer.eq(issuer))
        .add_option(subject.map(|it| session_origin::Column::Subject.eq(it)))
        .add_option(sid.map(|it| session_origin::Column::Sid.eq(it)))
}

/// Nothing happens when there is an identity of that name, or of that account and issuer.
async fn insert(tx: &Tx<'_>, new: &ExternalIdentity) -> Stored<()> {
    let row = external_identity::Model {
        id: new.identity_id.0,
        user_id: new.person_id.0,
        issuer: new.issuer.clone(),
        subject: new.subject.clone(),
        linked_at: new.linked_at.0,
        last_used_at: millis(new.last_used_at),
    };
    let insert = external_identity::Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx.on());
    insert.await.map(drop).map_err(errors::before_commit)
}

/// The provider has ended it since it said who it is.
async fn is_ended(tx: &Tx<'_>, from: &Origin) -> Stored<bool> {
    let told = provider_logout::Entity::find()
        .filter(provider_logout::Column::Issuer.eq(from.issuer.as_str()))
        .filter(provider_logout::Column::At.gte(from.said_at.0))
        .filter(
            Condition::any()
                .add(provider_logout::Column::Subject.eq(from.subject.as_str()))
                .add_option(
                    from.sid.as_ref().map(|it| provider_logout::Column::Sid.eq(it.as_str())),
                ),
        );
    let told = told.all(tx.on()).await.map_err(errors::before_commit)?;
    let ends = |row: provider_logout::Model| {
        let told = ProviderLogout {
            issuer: row.issuer,
            jti: row.jti,
            subject: row.subject,
            sid: row.sid,
            at: UnixMillis(row.at),
            expires_at: UnixMillis(row.expires_at),
        };
        told.ends(&from.issuer, &from.subject, from.sid.as_deref())
    };
    Ok(told.into_iter().any(ends))
}

async fn end_from(
    tx: &Tx<'_>,
    which: Condition,
    more: Condition,
    now: UnixMillis,
) -> Stored<Vec<SessionRecord>> {
    let ids = session_origin::Entity::find()
        .select_only()
        .column(session_origin::Column::SessionId)
        .filter(which)
        .into_query();
    let open = session::Entity::find()
        .filter(session::Column::Id.in_subquery(ids))
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now.0))
        .filter(more)
        .order_by_asc(session::Column::Id)
        .lock_exclusive()
        .all(tx.on());
    let open = open.await.map_err(errors::before_commit)?;
    end(tx, session::Column::Id.is_in(open.iter().map(|it| it.id)), now).await?;
    open.into_iter()
        .map(|row| Ok(SessionRecord { ended_at: Some(now), ..to_record(row)? }))
        .collect()
}

fn of_row(row: external_identity::Model) -> ExternalIdentity {
    ExternalIdentity {
        identity_id: IdentityId(row.id),
        person_id: PersonId(row.user_id),
        issuer: row.issuer,
        subject: row.subject,
        linked_at: UnixMillis(row.linked_at),
        last_used_at: row.last_used_at.map(UnixMillis),
    }
}

/// Who somebody is at providers is not known any more, nor which session came from where.
pub(super) async fn forget_identities(tx: &Tx<'_>, person: PersonId) -> Stored<()> {
    let theirs = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(session::Column::UserId.eq(person.0))
        .into_query();
    let origins = session_origin::Entity::delete_many()
        .filter(session_origin::Column::SessionId.in_subquery(theirs));
    origins.exec(tx.on()).await.map_err(errors::before_commit)?;
    let identities = external_identity::Entity::delete_many()
        .filter(external_identity::Column::UserId.eq(person.0));
    identities.exec(tx.on()).await.map(drop).map_err(errors::before_commit)
}
