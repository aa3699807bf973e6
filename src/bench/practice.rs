//! A practice to be searched and booked: clinicians with hours, a service, patients.
//!
//! Accounts are written past the door, because two hundred passwords would measure Argon2.

use crate::bench::door::Door;
use crate::clock::{Clock as _, SystemClock};
use crate::protocol::all::*;
use crate::protocol::ids::{OrganisationId, PersonId, ServiceId};
use crate::protocol::time::UnixMillis;
use crate::store::PersonRecord;
use crate::store::people::Standing;
use futures::{StreamExt as _, TryStreamExt as _};
use std::io::{Error, Result};
use uuid::Uuid;

pub(super) const ZONE: &str = "Europe/Berlin";
/// How far ahead can be booked, in days.
pub(super) const DAYS: u16 = 60;
/// Length and raster of an appointment, in minutes.
pub(super) const MINUTES: u16 = 30;
/// Accounts that are made at the same time.
const AT_ONCE: usize = 16;

/// What there is.
pub(super) struct Practice {
    pub(super) service_id: ServiceId,
    pub(super) clinicians: Vec<PersonId>,
    pub(super) patients: Vec<PersonId>,
}

impl Practice {
    /// Makes one. All clinicians are there from `starts` to `ends`, `HH:MM`, every day.
    pub(super) async fn made(
        door: &Door,
        clinicians: usize,
        patients: usize,
        (starts, ends): (&str, &str),
    ) -> Result<Practice> {
        let service = door.prepares(CreateService { terms: service() }).await?;
        let service_id = service.service_id;
        let clinicians = people(door, Role::Clinician, clinicians).await?;
        let patients = people(door, Role::Patient, patients).await?;
        for person_id in &clinicians {
            let profile = PractitionerProfile {
                weight: 100,
                service_ids: vec![service_id],
                ..PractitionerProfile::default()
            };
            let op = UpdatePractitioner { person_id: *person_id, revision: 0, profile };
            door.prepares(op).await?;
            let terms = hours(starts, ends);
            let op = SaveTemplate { practitioner_id: *person_id, template_id: None, terms };
            door.prepares(op).await?;
        }
        Ok(Practice { service_id, clinicians, patients })
    }

    /// The plainest wish for a time.
    pub(super) fn wish(&self, clinician_id: PersonId, starts_at: UnixMillis) -> HoldSlot {
        HoldSlot {
            clinician_id,
            service_id: self.service_id,
            starts_at,
            patient_id: None,
            interpreter_id: None,
            interpreter_language: None,
            jurisdiction: None,
            licence_override: None,
            repeat: None,
            moves: None,
        }
    }
}

async fn people(door: &Door, role: Role, count: usize) -> Result<Vec<PersonId>> {
    let store = door.node().store();
    let make = |_| async move {
        let person_id = PersonId(Uuid::now_v7());
        let record = PersonRecord {
            person_id,
            organisation_id: OrganisationId::FIRST,
            display_name: "Bench Fictional".into(),
            email: format!("{}@bench.invalid", person_id.0.simple()).into(),
            password_hash: "none".into(),
            role,
            time_zone: ZONE.to_owned(),
            created_at: SystemClock.now(),
            standing: Standing::default(),
        };
        store.create_person(record, None).await.map_err(Error::other)?;
        Ok(person_id)
    };
    futures::stream::iter(0..count).map(make).buffer_unordered(AT_ONCE).try_collect().await
}

fn service() -> ServiceTerms {
    ServiceTerms {
        name: "Consultation".to_owned(),
        specialty: "general".to_owned(),
        duration_min: MINUTES,
        buffer_before_min: 0,
        buffer_after_min: 0,
        alignment_interval_min: MINUTES,
        alignment_offset_min: 0,
        min_notice_min: 0,
        horizon_days: DAYS,
        slot_capacity: 1,
        is_active: true,
        price: None,
    }
}

fn hours(starts: &str, ends: &str) -> TemplateTerms {
    TemplateTerms {
        location: "Room 1".to_owned(),
        time_zone: ZONE.to_owned(),
        recurrence: "FREQ=DAILY".to_owned(),
        starts: starts.to_owned(),
        ends: ends.to_owned(),
        valid_from: "2020-01-01".to_owned(),
        valid_until: None,
        except_dates: vec![],
        service_ids: vec![],
    }
}
