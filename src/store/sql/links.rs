//! Links into a visit: kept, looked at, used once, withdrawn.
//!
//! Invariants: of any number of concurrent uses one opens; the session that it opens is in the same transaction. After a
//! withdrawal is committed no link of that participant opens, and no session that one opened goes on.

use super::call::{Call, Tx};
use super::ledger::keep_answer;
use super::sessions::insert_session;
use super::{SqlStore, errors};
use crate::protocol::ids::{AppointmentId, JoinLinkId, ParticipantId};
use crate::protocol::time::UnixMillis;
use crate::store::verdict::{LinkState, link_state};
use crate::store::{
    Answered, Conflict, JoinLinkRecord, LinkUse, SessionRecord, StoreError, Stored,
};
use entity::{join_link, participant};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
};

impl SqlStore {
    pub(super) async fn keep_link(
        &self,
        link: JoinLinkRecord,
        answered: Option<Answered>,
    ) -> Stored<()> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            // Locked, so that a revocation at this moment either goes first or sees the link.
            let member = participant::Entity::find_by_id(link.participant_id.0)
                .filter(participant::Column::AppointmentId.eq(link.appointment_id.0))
                .filter(participant::Column::IsRevoked.eq(false))
                .lock_shared()
                .one(tx.on());
            if member.await.map_err(errors::before_commit)?.is_none() {
                return Err(StoreError::Conflict(Conflict::Missing));
            }
            insert_links(&tx, vec![link]).await?;
            tx.commit().await
        })
        .await
    }

    pub(super) async fn look_at_link(
        &self,
        token_hash: &[u8],
    ) -> Stored<Option<(JoinLinkRecord, bool)>> {
        let found = Call::default().run(find(&self.reader, token_hash)).await?;
        Ok(found.map(|row| {
            let is_spent = row.used_at.is_some() || row.withdrawn_at.is_some();
            (to_record(row), is_spent)
        }))
    }

    pub(super) async fn use_up_link(
        &self,
        token_hash: &[u8],
        session: SessionRecord,
        now: UnixMillis,
    ) -> Stored<LinkUse> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            let is_winner = take(&tx, token_hash, now).await?;
            let Some(row) = find(tx.on(), token_hash).await? else { return Ok(LinkUse::Unknown) };
            if !is_winner {
                return Ok(why_not(row, now));
            }
            let link = to_record(row);
            if session.visit != Some((link.appointment_id, link.participant_id)) {
                return Err(StoreError::Conflict(Conflict::Stale));
            }
            insert_session(&tx, session, &self.keeps.get()).await?;
            tx.commit().await?;
            Ok(LinkUse::Opened(link))
        })
        .await
    }
}

/// Keeps links. The table refuses one whose participant is of another visit.
pub(super) async fn insert_links(tx: &Tx<'_>, links: Vec<JoinLinkRecord>) -> Stored<()> {
    if links.is_empty() {
        return Ok(());
    }
    let rows = links.into_iter().map(|it| to_row(it).into_active_model());
    let insert = join_link::Entity::insert_many(rows);
    insert.exec_without_returning(tx.on()).await.map_err(errors::before_commit)?;
    Ok(())
}

/// Withdraws all links of participants, used ones too.
pub(super) async fn withdraw(
    tx: &Tx<'_>,
    participants: &[ParticipantId],
    now: UnixMillis,
) -> Stored<()> {
    let update = join_link::Entity::update_many()
        .col_expr(join_link::Column::WithdrawnAt, Expr::value(now.0))
        .filter(join_link::Column::ParticipantId.is_in(participants.iter().map(|it| it.0)))
        .filter(join_link::Column::WithdrawnAt.is_null());
    update.exec(tx.on()).await.map_err(errors::before_commit)?;
    Ok(())
}

/// The one statement that decides who uses a link.
async fn take(tx: &Tx<'_>, token_hash: &[u8], now: UnixMillis) -> Stored<bool> {
    let update = join_link::Entity::update_many()
        .col_expr(join_link::Column::UsedAt, Expr::value(now.0))
        .filter(join_link::Column::TokenHash.eq(token_hash))
        .filter(join_link::Column::UsedAt.is_null())
        .filter(join_link::Column::WithdrawnAt.is_null())
        .filter(join_link::Column::ExpiresAt.gt(now.0));
    let done = update.exec(tx.on()).await.map_err(errors::before_commit)?;
    Ok(done.rows_affected > 0)
}

async fn find(on: &impl ConnectionTrait, token_hash: &[u8]) -> Stored<Option<join_link::Model>> {
    let query = join_link::Entity::find().filter(join_link::Column::TokenHash.eq(token_hash));
    query.one(on).await.map_err(errors::before_commit)
}

/// Why a link that exists did not open.
fn why_not(row: join_link::Model, now: UnixMillis) -> LinkUse {
    let used_at = row.used_at.map(UnixMillis);
    let withdrawn_at = row.withdrawn_at.map(UnixMillis);
    match link_state(&to_record(row), used_at, withdrawn_at, now) {
        LinkState::Withdrawn => LinkUse::Unknown,
        LinkState::Expired => LinkUse::Expired,
        // A link that is good now was not when it was tried: it can only have been made in between.
        LinkState::Used | LinkState::Good => LinkUse::Used,
    }
}

fn to_row(link: JoinLinkRecord) -> join_link::Model {
    join_link::Model {
        id: link.join_link_id.0,
        token_hash: link.token_hash,
        appointment_id: link.appointment_id.0,
        participant_id: link.participant_id.0,
        created_at: link.created_at.0,
        expires_at: link.expires_at.0,
        used_at: None,
        withdrawn_at: None,
    }
}

fn to_record(row: join_link::Model) -> JoinLinkRecord {
    JoinLinkRecord {
        join_link_id: JoinLinkId(row.id),
        token_hash: row.token_hash,
        appointment_id: AppointmentId(row.appointment_id),
        participant_id: ParticipantId(row.participant_id),
        created_at: UnixMillis(row.created_at),
        expires_at: UnixMillis(row.expires_at),
    }
}
