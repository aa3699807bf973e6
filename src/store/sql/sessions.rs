//! Sign-ins and their refresh tokens.

use super::call::{Call, Tx};
use super::staff::may_open;
use super::words::{from_json, from_word, millis, to_json, to_word, unreadable};
use super::{SqlStore, errors};
use crate::domain::residency::Residency;
use crate::protocol::ids::{AppointmentId, ParticipantId, PersonId, SessionId};
use crate::protocol::session::ClientKind;
use crate::protocol::time::UnixMillis;
use crate::store::sign_ins::SessionAbout;
use crate::store::verdict::{Presented, presented};
use crate::store::{Rotation, SessionRecord, Sessions, Stored};
use async_trait::async_trait;
use entity::session;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use std::time::Duration;

const TABLE: &str = "sessions";

#[async_trait]
impl Sessions for SqlStore {
    async fn open_session(&self, session: SessionRecord) -> Stored<()> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            insert_session(&tx, session, &self.keeps.get()).await?;
            tx.commit().await
        })
        .await
    }

    async fn session(&self, id: SessionId) -> Stored<Option<SessionRecord>> {
        let query = session::Entity::find_by_id(id.0);
        let found = Call::default()
            .run(async { query.one(&self.reading().await?).await.map_err(errors::before_commit) })
            .await?;
        found.map(to_record).transpose()
    }

    /// The row is locked while it is judged, so that of two who present the same token one rotates and the other is
    /// within the grace period.
    async fn rotate(
        &self,
        id: SessionId,
        hash: &[u8],
        next: &[u8],
        now: UnixMillis,
        grace: Duration,
    ) -> Stored<Rotation> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let query = session::Entity::find_by_id(id.0).lock_exclusive();
            let found = query.one(tx.on()).await.map_err(errors::before_commit)?;
            let Some(row) = found else { return Ok(Rotation::Gone) };
            let mut session = to_record(row)?;
            match presented(&session, hash, now, grace) {
                Presented::Gone => Ok(Rotation::Gone),
                Presented::Grace => Ok(Rotation::Grace(session)),
                Presented::Older => {
                    session.ended_at = Some(now);
                    end(&tx, session::Column::Id.eq(id.0), now).await?;
                    tx.commit_beside().await?;
                    Ok(Rotation::Reused(session))
                }
                Presented::Current => {
                    let before = std::mem::replace(&mut session.refresh_hash, next.to_vec());
                    session.previous_hash = Some(before);
                    session.rotated_at = now;
                    save_hashes(&tx, &session).await?;
                    tx.commit().await?;
                    Ok(Rotation::Rotated(session))
                }
            }
        })
        .await
    }

    async fn end_session(&self, id: SessionId, now: UnixMillis) -> Stored<bool> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let ended = end(&tx, session::Column::Id.eq(id.0), now).await?;
            tx.commit_if(ended > 0).await?;
            Ok(ended > 0)
        })
        .await
    }

    async fn sessions_of_participant(&self, id: ParticipantId) -> Stored<Vec<SessionId>> {
        let query = session::Entity::find()
            .select_only()
            .column(session::Column::Id)
            .filter(session::Column::ParticipantId.eq(id.0))
            .filter(session::Column::EndedAt.is_null())
            .order_by_asc(session::Column::Id)
            .into_tuple::<sea_orm::prelude::Uuid>();
        let found = Call::default()
            .run(async { query.all(&self.reading().await?).await.map_err(errors::before_commit) })
            .await?;
        Ok(found.into_iter().map(SessionId).collect())
    }

    async fn forget_sessions(&self, before: UnixMillis, most: u32) -> Stored<u32> {
        let old = session::Entity::find()
            .select_only()
            .column(session::Column::Id)
            .filter(session::Column::ExpiresAt.lt(before.0))
            .order_by_asc(session::Column::ExpiresAt)
            .limit(u64::from(most))
            .into_query();
        let delete = session::Entity::delete_many().filter(session::Column::Id.in_subquery(old));
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let deleted = delete.exec(tx.on()).await.map_err(errors::before_commit)?;
            tx.commit_beside().await?;
            Ok(u32::try_from(deleted.rows_affected).unwrap_or(u32::MAX))
        })
        .await
    }
}

/// Makes the row of a session, if whoever it is of can sign in.
pub(super) async fn insert_session(
    tx: &Tx<'_>,
    session: SessionRecord,
    residency: &Residency,
) -> Stored<()> {
    may_open(tx, &session, residency).await?;
    let row = to_row(session)?;
    let insert = session::Entity::insert(row.into_active_model());
    insert.exec_without_returning(tx.on()).await.map_err(errors::before_commit)?;
    Ok(())
}

/// Ends the open sessions of participants.
pub(super) async fn end_of_participants(
    tx: &Tx<'_>,
    participants: &[ParticipantId],
    now: UnixMillis,
) -> Stored<()> {
    let ids = participants.iter().map(|it| it.0);
    end(tx, session::Column::ParticipantId.is_in(ids), now).await?;
    Ok(())
}

/// Ends the open sessions that fit; how many there were.
pub(super) async fn end(
    tx: &Tx<'_>,
    which: sea_orm::sea_query::SimpleExpr,
    now: UnixMillis,
) -> Stored<u64> {
    let update = session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(now.0))
        .filter(which)
        .filter(session::Column::EndedAt.is_null());
    let done = update.exec(tx.on()).await.map_err(errors::before_commit)?;
    Ok(done.rows_affected)
}

async fn save_hashes(tx: &Tx<'_>, session: &SessionRecord) -> Stored<()> {
    let update = session::Entity::update_many()
        .col_expr(session::Column::RefreshHash, Expr::value(session.refresh_hash.clone()))
        .col_expr(session::Column::PreviousHash, Expr::value(session.previous_hash.clone()))
        .col_expr(session::Column::RotatedAt, Expr::value(session.rotated_at.0))
        .filter(session::Column::Id.eq(session.session_id.0));
    update.exec(tx.on()).await.map_err(errors::before_commit)?;
    Ok(())
}

fn to_row(session: SessionRecord) -> Stored<session::Model> {
    Ok(session::Model {
        id: session.session_id.0,
        user_id: session.person_id.map(|it| it.0),
        appointment_id: session.visit.map(|(appointment, _)| appointment.0),
        participant_id: session.visit.map(|(_, participant)| participant.0),
        role: to_word(&session.role)?,
        refresh_hash: session.refresh_hash,
        previous_hash: session.previous_hash,
        rotated_at: session.rotated_at.0,
        created_at: session.created_at.0,
        expires_at: session.expires_at.0,
        ended_at: millis(session.ended_at),
        client: Some(to_json(&session.about.client)?),
        last_used_at: Some(session.about.last_used_at.0),
        proved_at: millis(session.about.proved_at),
        is_limited: session.about.is_limited,
    })
}

pub(super) fn to_record(row: session::Model) -> Stored<SessionRecord> {
    let visit = match (row.appointment_id, row.participant_id) {
        (None, None) => None,
        (Some(appointment), Some(participant)) => {
            Some((AppointmentId(appointment), ParticipantId(participant)))
        }
        // Half a limit is no limit: better no session.
        (Some(_), None) | (None, Some(_)) => return Err(unreadable(TABLE, "participant_id")),
    };
    Ok(SessionRecord {
        session_id: SessionId(row.id),
        person_id: row.user_id.map(PersonId),
        visit,
        role: from_word(row.role, TABLE, "role")?,
        refresh_hash: row.refresh_hash,
        previous_hash: row.previous_hash,
        rotated_at: UnixMillis(row.rotated_at),
        created_at: UnixMillis(row.created_at),
        expires_at: UnixMillis(row.expires_at),
        ended_at: row.ended_at.map(UnixMillis),
        about: SessionAbout {
            client: match row.client {
                Some(text) => from_json(&text, TABLE, "client")?,
                None => ClientKind::default(),
            },
            last_used_at: UnixMillis(row.last_used_at.unwrap_or(row.created_at)),
            proved_at: row.proved_at.map(UnixMillis),
            is_limited: row.is_limited,
        },
    })
}
