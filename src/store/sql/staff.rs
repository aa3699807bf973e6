//! Accounts changed by administrators, and what stands against a session or an appointment of somebody.
//!
//! Invariants: whoever changes an account takes its row and those of all administrators of the organisation, in the order of their ids,
//! and judges by what is so then: of two who take each other's office one does. Whoever opens a session or books takes the row to look
//! at it, and so comes before the change or after it.

use super::call::{Call, Tx};
use super::ledger::keep_answer;
use super::people::to_record;
use super::sign_ins::end_of;
use super::visit_rows::status;
use super::words::{millis, to_word};
use super::{SqlStore, errors};
use crate::domain::people::Account;
use crate::domain::residency::Residency;
use crate::protocol::ids::{ConversationId, PersonId};
use crate::protocol::person::Role;
use crate::protocol::time::UnixMillis;
use crate::store::people::{Changed, PersonChange, Staff};
use crate::store::{Answered, Conflict, PersonRecord, SessionRecord, StoreError, Stored};
use async_trait::async_trait;
use entity::{appointment, conversation_member, participant, user};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
};
use std::collections::BTreeSet;
use uuid::Uuid;

const SUSPENDED: StoreError = StoreError::Conflict(Conflict::Suspended);

#[async_trait]
impl Staff for SqlStore {
    async fn change_person(
        &self,
        change: PersonChange,
        answered: Option<Answered>,
    ) -> Stored<Changed> {
        let call = Call::default();
        call.run(async {
            let tx = self.begin(&call).await?;
            keep_answer(&tx, answered).await?;
            let residency = self.keeps.get();
            let (before, admins) = locked(&tx, &change.person, &residency).await?;
            let others = admins.iter().filter(|it| **it != before.person_id).count();
            if before.standing.revision.checked_add(1) != Some(change.person.standing.revision) {
                return Err(StoreError::Conflict(Conflict::Stale));
            }
            let account = Account {
                role: before.role,
                status: before.status(),
                is_own: change.by == before.person_id,
                ahead: count_ahead(&tx, before.person_id, change.at).await?,
                is_asked_by_admin: admins.contains(&change.by),
                other_admins: u32::try_from(others).unwrap_or(u32::MAX),
            };
            let has_to_go = match change.judge(&before, &account, &residency) {
                Ok(has_to_go) => has_to_go,
                Err(why) => return Ok(Changed::Refused(why)),
            };
            save(&tx, &change.person).await?;
            let is_renamed = before.display_name != change.person.display_name;
            let renamed_in = match is_renamed {
                true => rename(&tx, &change.person, change.at).await?,
                false => vec![],
            };
            let ended = match has_to_go {
                true => end_of(&tx, before.person_id, None, change.at).await?,
                false => vec![],
            };
            tx.commit().await?;
            Ok(Changed::Done { ended, renamed_in })
        })
        .await
    }

    async fn appointments_ahead(&self, of: PersonId, now: UnixMillis) -> Stored<u32> {
        let query = ahead(of, now);
        let call = Call::default();
        let count = call.run(async {
            query.count(&self.reading().await?).await.map_err(errors::before_commit)
        });
        Ok(u32::try_from(count.await?).unwrap_or(u32::MAX))
    }
}

/// The account as it is, and the administrators who can sign in. All these rows are locked.
async fn locked(
    tx: &Tx<'_>,
    whose: &PersonRecord,
    residency: &Residency,
) -> Stored<(PersonRecord, Vec<PersonId>)> {
    let rows = user::Entity::find()
        .filter(user::Column::OrganisationId.eq(whose.organisation_id.0))
        .filter(
            Condition::any()
                .add(user::Column::Id.eq(whose.person_id.0))
                .add(user::Column::Role.eq(Role::Admin.as_str())),
        )
        .order_by_asc(user::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .all(tx.on());
    let rows = rows.await.map_err(errors::before_commit)?;
    let read = |row| to_record(row, residency);
    let rows = rows.into_iter().map(read).collect::<Stored<Vec<_>>>()?;
    let is_admin = |it: &&PersonRecord| it.role == Role::Admin && it.may_sign_in();
    let admins = rows.iter().filter(is_admin).map(|it| it.person_id).collect();
    let own = rows.into_iter().find(|it| it.person_id == whose.person_id);
    Ok((own.ok_or(StoreError::Conflict(Conflict::Missing))?, admins))
}

fn ahead(of: PersonId, now: UnixMillis) -> Select<appointment::Entity> {
    use appointment::{Column, Entity};
    let theirs = Condition::any()
        .add(Column::ClinicianId.eq(of.0))
        .add(Column::InterpreterId.eq(of.0))
        .add(Column::PatientId.eq(of.0));
    Entity::find()
        .filter(theirs)
        .filter(Column::Status.eq(status(None)))
        .filter(Column::EndsAt.gt(now.0))
}

async fn count_ahead(tx: &Tx<'_>, of: PersonId, now: UnixMillis) -> Stored<u32> {
    let count = ahead(of, now).count(tx.on()).await.map_err(errors::before_commit)?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

async fn save(tx: &Tx<'_>, it: &PersonRecord) -> Stored<()> {
    use user::Column;
    let suspended = it.standing.suspended.as_ref();
    let reason = suspended.map(|it| it.reason.expose().clone());
    let home = it.standing.home_region.as_ref().map(|it| it.as_str().to_owned());
    let update = user::Entity::update_many()
        .col_expr(Column::DisplayName, Expr::value(it.display_name.expose().clone()))
        .col_expr(Column::Role, Expr::value(to_word(&it.role)?))
        .col_expr(Column::Timezone, Expr::value(it.time_zone.clone()))
        .col_expr(Column::Revision, Expr::value(i64::from(it.standing.revision)))
        .col_expr(Column::SuspendedAt, Expr::value(millis(suspended.map(|it| it.at))))
        .col_expr(Column::SuspendedBy, Expr::value(suspended.map(|it| it.by.0)))
        .col_expr(Column::SuspendedBecause, Expr::value(reason))
        .col_expr(Column::HomeRegion, Expr::value(home))
        .filter(Column::Id.eq(it.person_id.0));
    update.exec(tx.on()).await.map(drop).map_err(errors::before_commit)
}

/// Their name in conversations, and in visits that are not over; what took place keeps the name that they had. In which conversations.
async fn rename(tx: &Tx<'_>, it: &PersonRecord, now: UnixMillis) -> Stored<Vec<ConversationId>> {
    let name = || Expr::value(it.display_name.expose().clone());
    let to_come = appointment::Entity::find()
        .select_only()
        .column(appointment::Column::Id)
        .filter(appointment::Column::Status.eq(status(None)))
        .filter(appointment::Column::EndsAt.gt(now.0))
        .into_query();
    let parts = participant::Entity::update_many()
        .col_expr(participant::Column::DisplayName, name())
        .filter(participant::Column::UserId.eq(it.person_id.0))
        .filter(participant::Column::AppointmentId.in_subquery(to_come));
    parts.exec(tx.on()).await.map_err(errors::before_commit)?;
    let members = conversation_member::Entity::update_many()
        .col_expr(conversation_member::Column::DisplayName, name())
        .filter(conversation_member::Column::PersonId.eq(it.person_id.0));
    members.exec(tx.on()).await.map_err(errors::before_commit)?;
    let talks = conversation_member::Entity::find()
        .select_only()
        .column(conversation_member::Column::ConversationId)
        .filter(conversation_member::Column::PersonId.eq(it.person_id.0))
        .into_tuple::<Uuid>()
        .all(tx.on());
    let talks = talks.await.map_err(errors::before_commit)?;
    Ok(talks.into_iter().map(ConversationId).collect())
}

/// Whoever a session is of can sign in, and has its role. A change waits for it, or it sees the change.
pub(super) async fn may_open(
    tx: &Tx<'_>,
    session: &SessionRecord,
    residency: &Residency,
) -> Stored<()> {
    let Some(id) = session.person_id else { return Ok(()) };
    let row = user::Entity::find_by_id(id.0).lock_shared().one(tx.on());
    let row = row.await.map_err(errors::before_commit)?;
    let row = row.ok_or(StoreError::Conflict(Conflict::Missing))?;
    let account = to_record(row, residency)?;
    // Of a link's session the role is that of a part in a visit.
    let has_role = session.visit.is_some() || session.role == account.role;
    if has_role && account.may_sign_in() { Ok(()) } else { Err(SUSPENDED) }
}

/// Whoever is booked for, or written with, is kept here and was not erased. Their rows are locked as those of who holds are, in one order for
/// everybody: a change or an erasure waits for it, or it sees that.
pub(super) async fn must_be_kept(
    tx: &Tx<'_>,
    residency: &Residency,
    patients: &BTreeSet<PersonId>,
) -> Stored<()> {
    if patients.is_empty() {
        return Ok(());
    }
    let rows = user::Entity::find()
        .filter(user::Column::Id.is_in(patients.iter().map(|it| it.0)))
        .order_by_asc(user::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .all(tx.on());
    let rows = rows.await.map_err(errors::before_commit)?;
    let is_there = rows.len() == patients.len();
    let people: Vec<_> =
        rows.into_iter().map(|it| to_record(it, residency)).collect::<Stored<_>>()?;
    if !is_there || people.iter().any(PersonRecord::is_erased) {
        return Err(StoreError::Conflict(Conflict::Missing));
    }
    match people.iter().any(|it| it.standing.is_elsewhere) {
        true => Err(SUSPENDED),
        false => Ok(()),
    }
}

/// Whoever is to be booked can be: they have that role, are not suspended, and are kept here. A change waits for it, or it sees the
/// change.
pub(super) async fn can_be_booked(
    tx: &Tx<'_>,
    residency: &Residency,
    people: &BTreeSet<(PersonId, Role)>,
) -> Stored<()> {
    if people.is_empty() {
        return Ok(());
    }
    let rows = user::Entity::find()
        .filter(user::Column::Id.is_in(people.iter().map(|it| it.0.0)))
        .order_by_asc(user::Column::Id)
        .lock_shared()
        .all(tx.on());
    let rows = rows.await.map_err(errors::before_commit)?;
    for (id, role) in people {
        let row = rows.iter().find(|it| it.id == id.0);
        let row = row.ok_or(StoreError::Conflict(Conflict::Missing))?;
        let account = to_record(row.clone(), residency)?;
        if account.role != *role || account.standing.is_out() {
            return Err(SUSPENDED);
        }
    }
    Ok(())
}
