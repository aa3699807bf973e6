//! Appointments of who agrees to be counted, in the tables.
//!
//! Invariant: who agrees is found out first, by the rule itself and not by a copy of it in SQL; of nobody else an appointment is read.

use super::call::{Call, Tx};
use super::record_rows::to_consent;
use super::visit_rows::from_status;
use super::words::{from_word, is, to_word};
use super::{SqlStore, errors};
use crate::domain::consent::Said;
use crate::domain::usage::{Attended, Counted};
use crate::domain::visit::Closed;
use crate::protocol::ids::{PersonId, ServiceId};
use crate::protocol::record::{ConsentKind, ConsentState};
use crate::protocol::time::UnixMillis;
use crate::protocol::visit::AttendanceKind;
use crate::store::Stored;
use crate::store::records::{ConsentRecord, erased_email};
use crate::store::usage::{Reports, UsageOf, UsagePage};
use async_trait::async_trait;
use entity::{appointment, consent, participant, patient_profile, user, visit, visit_event};
use sea_orm::sea_query::{Expr, ExprTrait, JoinType};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};
use std::collections::HashMap;
use uuid::Uuid;

/// Nobody has said anything later of the same, under the same law. Both databases understand it as it stands.
const IS_LATEST: &str = "
    NOT EXISTS (SELECT 1 FROM consents n
                WHERE n.user_id = consents.user_id AND n.kind = consents.kind
                  AND n.jurisdiction = consents.jurisdiction
                  AND (n.at > consents.at OR (n.at = consents.at AND n.id > consents.id)))";

/// Id, address, where they live.
type Patient = (Uuid, String, Option<String>);
/// Id, whose, what for, begin, status, since when both were together.
type Booked = (Uuid, Uuid, Option<Uuid>, i64, String, Option<i64>);
/// Of which appointment, what, when for the first time.
type Happened = (Uuid, String, i64);

#[async_trait]
impl Reports for SqlStore {
    async fn counted(&self, of: UsageOf<'_>) -> Stored<UsagePage> {
        let kind = to_word(&ConsentKind::Analytics)?;
        let call = Call::default();
        call.run(async {
            let tx = self.snapshot(&call).await?;
            let page = patients(&of, &kind).into_tuple::<Patient>().all(tx.on());
            let page = page.await.map_err(errors::before_commit)?;
            let is_full = page.len() >= usize::try_from(of.patients).unwrap_or(usize::MAX);
            let next = page.last().filter(|_| is_full).map(|it| PersonId(it.0));
            let agreed = agreed(&tx, &of, &kind, page).await?;
            let rows = if agreed.is_empty() { vec![] } else { rows(&tx, &of, &agreed).await? };
            Ok(UsagePage { rows, next })
        })
        .await
    }
}

/// Patients of the organisation who have said something about it and have an appointment in the span, by id.
fn patients(of: &UsageOf<'_>, kind: &str) -> Select<user::Entity> {
    let said = consent::Entity::find()
        .select_only()
        .column(consent::Column::Id)
        .filter(consent::Column::Kind.eq(kind))
        .filter(
            Expr::col((consent::Entity, consent::Column::UserId))
                .equals((user::Entity, user::Column::Id)),
        );
    let booked = booked_in(of).filter(
        Expr::col((appointment::Entity, appointment::Column::PatientId))
            .equals((user::Entity, user::Column::Id)),
    );
    let profile = user::Entity::belongs_to(patient_profile::Entity)
        .from(user::Column::Id)
        .to(patient_profile::Column::UserId);
    let mut page = user::Entity::find()
        .select_only()
        .columns([user::Column::Id, user::Column::Email])
        .column(patient_profile::Column::Jurisdiction)
        .join(JoinType::LeftJoin, profile.into())
        .filter(user::Column::OrganisationId.eq(of.organisation.0))
        .filter(is(user::Column::Role, "patient"))
        .filter(user::Column::ErasedAt.is_null())
        .filter(Expr::exists(said.into_query()))
        .filter(Expr::exists(booked.into_query()));
    if let Some(after) = of.after {
        page = page.filter(user::Column::Id.gt(after.0));
    }
    page.order_by_asc(user::Column::Id).limit(u64::from(of.patients))
}

/// Those who agree. Who was erased by a program of before is known by an address that nobody else has.
async fn agreed(
    tx: &Tx<'_>,
    of: &UsageOf<'_>,
    kind: &str,
    page: Vec<Patient>,
) -> Stored<Vec<Uuid>> {
    let latest = consent::Entity::find()
        .filter(consent::Column::UserId.is_in(page.iter().map(|it| it.0)))
        .filter(consent::Column::Kind.eq(kind))
        .filter(Expr::cust(IS_LATEST))
        .all(tx.on());
    let mut said: HashMap<Uuid, Vec<ConsentRecord>> = HashMap::new();
    for it in latest.await.map_err(errors::before_commit)? {
        said.entry(it.user_id).or_default().push(to_consent(it)?);
    }
    let agrees = |(id, email, place): &Patient| {
        let said = said.get(id).into_iter().flatten();
        let said: Vec<Said<'_>> = said.map(ConsentRecord::said).collect();
        let place = place.as_deref().unwrap_or_default();
        let stands = of.texts.stands(ConsentKind::Analytics, place, said);
        stands.state == ConsentState::Given && *email != erased_email(PersonId(*id))
    };
    Ok(page.iter().filter(|it| agrees(it)).map(|it| it.0).collect())
}

/// Appointments of the organisation in the span.
fn booked_in(of: &UsageOf<'_>) -> Select<appointment::Entity> {
    appointment::Entity::find()
        .select_only()
        .column(appointment::Column::Id)
        .filter(appointment::Column::OrganisationId.eq(of.organisation.0))
        .filter(appointment::Column::StartsAt.gte(of.since.0))
        .filter(appointment::Column::StartsAt.lt(of.until.0))
}

/// Those of these patients.
fn of_patients(of: &UsageOf<'_>, whose: &[Uuid]) -> Select<appointment::Entity> {
    booked_in(of).filter(appointment::Column::PatientId.is_in(whose.iter().copied()))
}

async fn rows(tx: &Tx<'_>, of: &UsageOf<'_>, whose: &[Uuid]) -> Stored<Vec<Counted>> {
    use appointment::Column;
    let state = appointment::Entity::belongs_to(visit::Entity)
        .from(Column::Id)
        .to(visit::Column::AppointmentId);
    let booked = of_patients(of, whose)
        .columns([Column::PatientId, Column::ServiceId, Column::StartsAt, Column::Status])
        .column(visit::Column::CallStartedAt)
        .join(JoinType::InnerJoin, state.into())
        .limit(u64::from(of.most))
        .into_tuple::<Booked>()
        .all(tx.on());
    let booked = booked.await.map_err(errors::before_commit)?;
    let mut attended = attended(tx, of, whose).await?;
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

/// When the patient came and was let in for the first time, and when it was ended, of those that took place.
async fn attended(
    tx: &Tx<'_>,
    of: &UsageOf<'_>,
    whose: &[Uuid],
) -> Stored<HashMap<Uuid, Attended>> {
    use visit_event::Column;
    let held = of_patients(of, whose).filter(is(appointment::Column::Status, "ended"));
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
        .filter(Column::AppointmentId.in_subquery(held.into_query()))
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
