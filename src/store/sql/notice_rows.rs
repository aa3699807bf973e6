//! Notices as rows.
//!
//! Invariant: OB-1 a notice is written in the transaction of what it tells; [`insert_notices`] takes that transaction and
//! has no other way in.

use super::call::Tx;
use super::errors;
use super::words::millis;
use crate::store::Stored;
use crate::store::outbox::{NewNotice, NoticeState};
use entity::notice;
use sea_orm::{EntityTrait, IntoActiveModel};

/// Saves notices as pending. `Conflict(Missing)` when the person or the appointment does not exist, `Conflict(Stale)` when
/// one is there already.
pub(super) async fn insert_notices(tx: &Tx<'_>, notices: &[NewNotice]) -> Stored<()> {
    if notices.is_empty() {
        return Ok(());
    }
    let rows = notices.iter().map(|it| to_row(it).into_active_model());
    let insert = notice::Entity::insert_many(rows);
    insert.exec_without_returning(tx.on()).await.map_err(errors::before_commit)?;
    Ok(())
}

fn to_row(new: &NewNotice) -> notice::Model {
    notice::Model {
        id: new.notice_id.0,
        person_id: new.person_id.0,
        kind: new.kind.as_str().to_owned(),
        channel: new.channel.as_str().to_owned(),
        appointment_id: new.appointment_id.map(|it| it.0),
        version: i64::from(new.version),
        due_at: new.due_at.0,
        useless_at: millis(new.useless_at),
        state: NoticeState::Pending.as_str().to_owned(),
        attempts: 0,
        next_try_at: new.due_at.0,
        failure: None,
        settled_at: None,
        text: None,
        read_at: None,
    }
}
