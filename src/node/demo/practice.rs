//! What the demo clinic offers, when, and two appointments that its patients have booked as patients do.
//!
//! Invariant: everything goes through the one door; nothing is placed past the rules of booking.

use super::{ZONE, as_somebody, caller_call, found, said};
use crate::command::{Caller, call};
use crate::domain::schedule::zone::Zone;
use crate::node::Node;
use crate::protocol::all::*;
use crate::protocol::ids::{PersonId, ServiceId};
use crate::protocol::time::UnixMillis;
use crate::store::PersonRecord;
use std::io::{Error, Result};
use std::time::Duration;

/// Whom the second set of hours belongs to, beside the clinician of the visit that is open.
pub(super) const SECOND_CLINICIAN: (&str, &str) =
    ("Dr. Cleo Sample", "second.clinician@demo.invalid");
/// Somebody who can be booked along.
pub(super) const INTERPRETER: (&str, &str) = ("Iris Placeholder", "interpreter@demo.invalid");

const WEEKDAYS: &str = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR";
/// How long the demo is open for whoever walks in.
const WALK_IN_FOR: Duration = Duration::from_secs(4 * 60 * 60);
/// Appointments of walk-ins begin at multiples of this.
const WALK_IN_EVERY_MS: i64 = 5 * 60 * 1_000;
const WALK_IN: &str = "Walk-in video visit";
const SKIN: &str = "Skin consultation";

/// Services, profiles and hours, when there are none yet.
pub(super) async fn prepare(
    node: &Node,
    admin: Caller,
    (clinician, patient): (&PersonRecord, &PersonRecord),
    now: UnixMillis,
) -> Result<()> {
    let known = call(node, caller_call(admin, now), ListServices {}).await.map_err(said)?;
    if !known.services.is_empty() {
        return Ok(());
    }
    let mut ids = Vec::new();
    for terms in services() {
        let op = CreateService { terms };
        ids.push(call(node, caller_call(admin, now), op).await.map_err(said)?.service_id);
    }
    if let Some(skin) = ids.first() {
        super::past::write(node, clinician, patient, *skin, now).await?;
    }
    let second = found(node, SECOND_CLINICIAN.1).await?;
    let interpreter = found(node, INTERPRETER.1).await?;
    let bela = profile(&["dermatology", "general practice"], &["de", "en"], &ids, 12);
    let cleo = profile(&["general practice"], &["en", "fr"], ids.get(2..).unwrap_or_default(), 7);
    let iris = profile(&[], &["uk", "ar", "de", "en"], &[], 5);
    for (person, profile) in [(clinician, bela), (&second, cleo), (&interpreter, iris)] {
        let op = UpdatePractitioner { person_id: person.person_id, revision: 0, profile };
        call(node, caller_call(admin, now), op).await.map_err(said)?;
    }
    let berlin = |days: &str, starts: &str, ends: &str| hours(days, starts, ends, ZONE);
    let all = [
        (clinician, berlin(WEEKDAYS, "09:00", "12:30")),
        (clinician, berlin(WEEKDAYS, "13:30", "17:00")),
        (clinician, hours("FREQ=WEEKLY;BYDAY=SA", "10:00", "12:00", "Europe/London")),
        (&second, hours(WEEKDAYS, "08:00", "16:00", "Europe/London")),
        (&interpreter, berlin("FREQ=DAILY", "07:00", "20:00")),
    ];
    for (person, terms) in all {
        let op = SaveTemplate { practitioner_id: person.person_id, template_id: None, terms };
        call(node, caller_call(admin, now), op).await.map_err(said)?;
    }
    Ok(())
}

/// The patient walks in: the clinician opens for a few hours, and the next time is booked.
pub(super) async fn walk_in(
    node: &Node,
    clinician: &PersonRecord,
    patient: &PersonRecord,
    now: UnixMillis,
) -> Result<AppointmentCard> {
    let zone = Zone::parse(ZONE).map_err(|it| said(it.into()))?;
    let next = UnixMillis(now.0.saturating_add(WALK_IN_EVERY_MS));
    let starts_at = UnixMillis(next.0 - next.0.rem_euclid(WALK_IN_EVERY_MS));
    let open = SaveException {
        practitioner_id: clinician.person_id,
        exception_id: None,
        terms: ExceptionTerms {
            kind: ExceptionKind::Open,
            time_zone: ZONE.to_owned(),
            starts: zone.local_text(now),
            ends: zone.local_text(now.plus(WALK_IN_FOR)),
            location: "Demo clinic, open door".to_owned(),
            reason: "Somebody is trying the demo".to_owned(),
        },
    };
    let own = as_somebody(clinician.person_id, Role::Clinician, now);
    call(node, caller_call(own, now), open).await.map_err(said)?;
    let service_id = service(node, patient.person_id, WALK_IN, now).await?;
    let card =
        book(node, patient.person_id, clinician.person_id, service_id, starts_at, now).await?;
    card.ok_or_else(|| Error::other("the demo clinic has no time for a walk-in"))
}

/// The second patient has booked the first skin consultation from tomorrow on. Nothing when there is none.
pub(super) async fn later(
    node: &Node,
    clinician: &PersonRecord,
    patient: &PersonRecord,
    now: UnixMillis,
) -> Result<()> {
    let service_id = service(node, patient.person_id, SKIN, now).await?;
    let own = as_somebody(patient.person_id, Role::Patient, now);
    let search = SearchSlots {
        clinician_id: Some(clinician.person_id),
        service_id: Some(service_id),
        limit: Some(1),
        ..SearchSlots::default()
    };
    let found = call(node, caller_call(own, now), search).await.map_err(said)?;
    if let Some(slot) = found.slots.first() {
        book(node, patient.person_id, clinician.person_id, service_id, slot.starts_at, now).await?;
    }
    Ok(())
}

async fn service(node: &Node, patient: PersonId, name: &str, now: UnixMillis) -> Result<ServiceId> {
    let own = as_somebody(patient, Role::Patient, now);
    let known = call(node, caller_call(own, now), ListServices {}).await.map_err(said)?;
    let found = known.services.into_iter().find(|it| it.terms.name == name);
    found
        .map(|it| it.service_id)
        .ok_or_else(|| Error::other("the demo clinic is incomplete; start with a new data folder"))
}

/// Holds and books as the patient. `None` when somebody else has that time.
async fn book(
    node: &Node,
    patient: PersonId,
    clinician_id: PersonId,
    service_id: ServiceId,
    starts_at: UnixMillis,
    now: UnixMillis,
) -> Result<Option<AppointmentCard>> {
    let own = as_somebody(patient, Role::Patient, now);
    let op = HoldSlot {
        clinician_id,
        service_id,
        starts_at,
        patient_id: None,
        interpreter_id: None,
        interpreter_language: None,
        jurisdiction: Some("DE-BE".to_owned()),
        licence_override: None,
        repeat: None,
        moves: None,
    };
    let Ok(hold) = call(node, caller_call(own, now), op).await else { return Ok(None) };
    let op = CreateAppointment {
        hold_token: hold.hold_token,
        reason: Some("Trying the demo".into()),
        patient_may_invite: true,
    };
    Ok(Some(call(node, caller_call(own, now), op).await.map_err(said)?))
}

fn services() -> [ServiceTerms; 4] {
    let terms = |name: &str, specialty: &str, duration_min, notice, buffer| ServiceTerms {
        name: name.to_owned(),
        specialty: specialty.to_owned(),
        duration_min,
        buffer_before_min: 0,
        buffer_after_min: buffer,
        alignment_interval_min: 15,
        alignment_offset_min: 0,
        min_notice_min: notice,
        horizon_days: 60,
        slot_capacity: 1,
        is_active: true,
        price: None,
    };
    let walk_in = terms(WALK_IN, "general practice", 120, 0, 0);
    [
        terms(SKIN, "dermatology", 20, 24 * 60, 10),
        ServiceTerms { alignment_interval_min: 5, horizon_days: 1, ..walk_in },
        terms("Video consultation", "general practice", 30, 120, 0),
        terms("Follow-up", "general practice", 15, 120, 0),
    ]
}

fn profile(
    specialties: &[&str],
    languages: &[&str],
    services: &[ServiceId],
    years: u8,
) -> PractitionerProfile {
    let owned = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect();
    PractitionerProfile {
        specialties: owned(specialties),
        languages: owned(languages),
        licences: vec![
            Licence { jurisdiction: "DE".into(), number: "DEMO-1".into(), valid_until: None },
            Licence { jurisdiction: "GB".into(), number: "DEMO-2".into(), valid_until: None },
        ],
        insurers: owned(&["demo mutual"]),
        about: "Plainly fictional, and here to be booked.".to_owned(),
        experience_years: years,
        weight: 50,
        service_ids: services.to_vec(),
    }
}

fn hours(days: &str, starts: &str, ends: &str, zone: &str) -> TemplateTerms {
    TemplateTerms {
        location: format!("Demo clinic, {}", zone.rsplit('/').next().unwrap_or(zone)),
        time_zone: zone.to_owned(),
        recurrence: days.to_owned(),
        starts: starts.to_owned(),
        ends: ends.to_owned(),
        valid_from: "2026-01-01".to_owned(),
        valid_until: None,
        except_dates: vec![],
        service_ids: vec![],
    }
}
