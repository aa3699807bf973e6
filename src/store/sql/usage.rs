//! Appointments of who agrees to be counted, in the tables.
//!
//! Invariant: who agrees is found out first, by the rule itself and not by a copy of it in SQL; of nobody else more is read than that there is
//! an appointment.

use super::call::{Call, Tx};
use super::record_rows::to_consent;
use super::visit_rows::from_status;
use super::words::{from_word, is, to_word};
use super::{SqlStore, errors};
use crate::domain::usage::{Attended, Counted};
use crate::domain::visit::Closed;
use crate::protocol::ids::{AppointmentId, PersonId, ServiceId};
use crate::protocol::record::{ConsentKind, ConsentState};
use crate::protocol::time::UnixMillis;
use crate::protocol::visit::AttendanceKind;
use crate::store::Stored;
use crate::store::records::{ConsentRecord, erased_email};
use crate::store::usage::{Usage, UsageOf, UsagePage};
use async_trait::async_trait;
use entity::{appointment, consent, participant, patient_profile, user, visit, visit_event};
use sea_orm::sea_query::{Expr, JoinType};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Nobody has said anything later of the same, under the same law. Both databases understand it as it stands.
const IS_LATEST: &str = "
    NOT EXISTS (SELECT 1 FROM consents n
                WHERE n.user_id = consents.user_id AND n.kind = consents.kind
                  AND n.jurisdiction = consents.jurisdiction
                  AND (n.at > consents.at OR (n.at = consents.at AND n.id > consents.id)))";

/// Id, begin, whose, their address, since when they are erased, where they live.
type Looked = (Uuid, i64, Uuid, String, Option<i64>, Option<String>);
/// Id, whose, what for, begin, status, since when both were together.
type Booked = (Uuid, Uuid, Option<Uuid>, i64, String, Option<i64>);
/// Of which appointment, what, when for the first time.
type Happened = (Uuid, String, i64);

#[async_trait]
impl Usage for SqlStore {
    async fn counted(&self, of: UsageOf<'_>) -> Stored<UsagePage> {
        let call = Call::default();
        call.run(async {
            let tx = self.snapshot(&call).await?;
            let page = page(&of).into_tuple::<Looked>().all(tx.on());
            let page = page.await.map_err(errors::before_commit)?;
            let is_full = page.len() >= usize::try_from(of.most).unwrap_or(usize::MAX);
            let last = page.last().filter(|_| is_full);
            let next = last.map(|it| (UnixMillis(it.1), AppointmentId(it.0)));
            let agreed = agreed(&tx, &of, page).await?;
            let rows = if agreed.is_empty() { vec![] } else { rows(&tx, &agreed).await? };
            Ok(UsagePage { rows, next })
        })
        .await
    }
}

/// Appointments of the organisation in the span, and whose: so many are looked at, along the index, and no more.
fn page(of: &UsageOf<'_>) -> Select<appointment::Entity> {
    use appointment::Column;
    let patient =
        appointment::Entity::belongs_to(user::Entity).from(Column::PatientId).to(user::Column::Id);
    let profile = user::Entity::belongs_to(patient_profile::Entity)
        .from(user::Column::Id)
        .to(patient_profile::Column::UserId);
    let since = of.after.map_or(of.since, |(begin, _)| begin.max(of.since));
    let mut page = appointment::Entity::find()
        .select_only()
        .columns([Column::Id, Column::StartsAt, Column::PatientId])
        .columns([user::Column::Email, user::Column::ErasedAt])
        .column(patient_profile::Column::Jurisdiction)
        .join(JoinType::InnerJoin, patient.into())
        .join(JoinType::LeftJoin, profile.into())
        .filter(Column::OrganisationId.eq(of.organisation.0))
        .filter(Column::StartsAt.gte(since.0))
        .filter(Column::StartsAt.lt(of.until.0));
    if let Some((begin, id)) = of.after {
        let behind = Condition::any().add(Column::StartsAt.gt(begin.0)).add(Column::Id.gt(id.0));
        page = page.filter(behind);
    }
    page.order_by_asc(Column::StartsAt).order_by_asc(Column::Id).limit(u64::from(of.most))
}

/// Those of patients who agree. Who was erased by a program of before is known by an address that nobody else has.
async fn agreed(tx: &Tx<'_>, of: &UsageOf<'_>, page: Vec<Looked>) -> Stored<Vec<Uuid>> {
    let whose: BTreeSet<Uuid> = page.iter().map(|it| it.2).collect();
    let latest = consent::Entity::find()
        .filter(consent::Column::UserId.is_in(whose))
        .filter(consent::Column::Kind.eq(to_word(&ConsentKind::Analytics)?))
        .filter(Expr::cust(IS_LATEST))
        .all(tx.on());
    let mut said: HashMap<Uuid, Vec<ConsentRecord>> = HashMap::new();
    for it in latest.await.map_err(errors::before_commit)? {
        said.entry(it.user_id).or_default().push(to_consent(it)?);
    }
    let agrees = |(_, _, whose, email, erased_at, place): &Looked| {
        let said = said.get(whose).into_iter().flatten().map(ConsentRecord::said);
        let place = place.as_deref().unwrap_or_default();
        let is_erased = erased_at.is_some() || *email == erased_email(PersonId(*whose));
        let stands = of.texts.stands(ConsentKind::Analytics, place, said);
        !is_erased && stands.state == ConsentState::Given
    };
    Ok(page.into_iter().filter(agrees).map(|it| it.0).collect())
}

async fn rows(tx: &Tx<'_>, ids: &[Uuid]) -> Stored<Vec<Counted>> {
    use appointment::Column;
    let state = appointment::Entity::belongs_to(visit::Entity)
        .from(Column::Id)
        .to(visit::Column::AppointmentId);
    let booked = appointment::Entity::find()
        .select_only()
        .columns([Column::Id, Column::PatientId, Column::ServiceId])
        .columns([Column::StartsAt, Column::Status])
        .column(visit::Column::CallStartedAt)
        .join(JoinType::InnerJoin, state.into())
        .filter(Column::Id.is_in(ids.iter().copied()))
        .into_tuple::<Booked>()
        .all(tx.on());
    let booked = booked.await.map_err(errors::before_commit)?;
    let mut attended = attended(tx, ids).await?;
    let counted = |(id, patient, service, starts_at, status, together): Booked| {
        let closed = from_status(&status)?;
        let is_held = closed == Some(Closed::Ended);
        let seen = attended.remove(&id).filter(|_| is_held).unwrap_or_default();
        let together_at = together.filter(|_| is_held).map(UnixMillis);
        Ok(Counted {
            patient_id: PersonId(patient),
            service_id: service.map(ServiceId),
            starts_at: UnixMillis(starts_at),
            closed,
            attended: Attended { together_at, ..seen },
        })
    };
    booked.into_iter().map(counted).collect()
}

/// When the patient came and was let in for the first time, and when it was ended.
async fn attended(tx: &Tx<'_>, ids: &[Uuid]) -> Stored<HashMap<Uuid, Attended>> {
    use visit_event::Column;
    let about = visit_event::Entity::belongs_to(participant::Entity)
        .from(Column::AboutId)
        .to(participant::Column::Id);
    let of_patient = Condition::all()
        .add(is(participant::Column::Role, "patient"))
        .add(Column::Kind.is_in(["entered", "admitted"]));
    let happened = visit_event::Entity::find()
        .select_only()
        .columns([Column::AppointmentId, Column::Kind])
        .column_as(Column::At.min(), "first_at")
        .join(JoinType::LeftJoin, about.into())
        .filter(Column::AppointmentId.is_in(ids.iter().copied()))
        .filter(Condition::any().add(is(Column::Kind, "ended")).add(of_patient))
        .group_by(Column::AppointmentId)
        .group_by(Column::Kind)
        .into_tuple::<Happened>()
        .all(tx.on());
    let mut all: HashMap<Uuid, Attended> = HashMap::new();
    for (id, kind, at) in happened.await.map_err(errors::before_commit)? {
        let it = all.entry(id).or_default();
        let at = Some(UnixMillis(at));
        match from_word(kind, "visit_events", "kind")? {
            AttendanceKind::Entered => it.entered_at = at,
            AttendanceKind::Admitted => it.admitted_at = at,
            _ => it.ended_at = at,
        }
    }
    Ok(all)
}
