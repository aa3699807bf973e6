//! What has happened at the demo clinic before it was started: visits that took place, one that was missed, one that was cancelled.
//!
//! Invariant: what happened was decided by the rules of visits, at the time at which it happened; only its writing goes past the
//! door, which lets nobody book what is over. Written once, before the clinic has hours, and thus before anybody owns a schedule.

use super::ZONE;
use crate::domain::schedule::zone::{WallTime, Zone};
use crate::domain::schedule::{Claim, ClaimState};
use crate::domain::visit::rules::Decided;
use crate::domain::visit::{Booking, By, Visit, What};
use crate::node::Node;
use crate::node::agreed::{People, Terms, booking_record};
use crate::protocol::ids::{HoldId, ServiceId, SlotId};
use crate::protocol::time::UnixMillis;
use crate::store::schedule::{BookingRecord, NewBooking, ScheduleChange, ScheduleCommit};
use crate::store::{NewVisit, PersonRecord, VisitCommit};
use std::io::{Error, Result};
use std::time::Duration;
use uuid::Uuid;

const MINUTE: Duration = Duration::from_secs(60);
const LENGTH: Duration = Duration::from_secs(20 * 60);
/// How long before it an appointment was booked.
const BOOKED_BEFORE: Duration = Duration::from_secs(6 * 24 * 60 * 60);

/// What became of one.
#[derive(Debug, Clone, Copy)]
enum Ending {
    TookPlace,
    NoShow,
    Cancelled,
}

/// Days ago, wall time there, and what became of it. Within the week that people's start pages show.
const ALL: [(i32, &str, Ending); 4] = [
    (6, "10:15", Ending::TookPlace),
    (5, "09:30", Ending::NoShow),
    (3, "15:00", Ending::Cancelled),
    (2, "11:00", Ending::TookPlace),
];

/// Writes them, of one patient with one clinician.
pub(super) async fn write(
    node: &Node,
    clinician: &PersonRecord,
    patient: &PersonRecord,
    service: ServiceId,
    now: UnixMillis,
) -> Result<()> {
    let zone = Zone::parse(ZONE).map_err(|_| Error::other("the demo's zone"))?;
    let today = zone.local(now).wall.date();
    for (days, clock, ending) in ALL {
        let wall = format!("{}T{clock}", today.plus_days(-days));
        let wall = WallTime::parse(&wall).map_err(|_| Error::other("the demo's past"))?;
        let people =
            People { patient: patient.clone(), clinician: clinician.clone(), interpreter: None };
        let starts_at = zone.agreed(wall);
        let visit = people.visit(Terms {
            starts_at,
            ends_at: starts_at.plus(LENGTH),
            zone: &zone,
            patient_may_invite: true,
            booking: Booking { version: 1, service_id: Some(service), ..Booking::default() },
        });
        let booking = booking_record(&visit, &zone);
        place(node, visit.clone(), booking).await?;
        happen(node, visit, ending).await?;
    }
    Ok(())
}

async fn place(node: &Node, visit: Visit, booking: BookingRecord) -> Result<()> {
    let facts = visit.facts.clone();
    let slot_id = SlotId(Uuid::now_v7());
    let claim = Claim {
        slot_id,
        practitioner_id: facts.clinician_id,
        starts_at: facts.starts_at,
        ends_at: facts.ends_at,
        busy_from: facts.starts_at,
        busy_until: facts.ends_at,
        group: slot_id.0,
        seat: 0,
        service_id: facts.booking.service_id,
        hold_id: HoldId(Uuid::nil()),
        state: ClaimState::Busy(facts.appointment_id),
    };
    let at = facts.starts_at.minus(BOOKED_BEFORE);
    let by = Some(facts.patient_id);
    let new = NewBooking { visit: NewVisit { visit, created_at: at }, booking, by };
    let store = &node.store;
    let fence = store.claim_schedule(facts.clinician_id, "demo").await.map_err(Error::other)?;
    let commit = ScheduleCommit {
        practitioner_id: facts.clinician_id,
        epoch: fence.epoch,
        offset: fence.next_offset,
        at,
        changes: vec![ScheduleChange::Place(Box::new(new), claim)],
        notices: vec![],
        answered: None,
        audit: vec![],
    };
    store.commit_schedule(commit).await.map_err(Error::other)
}

/// What the people did, in order, as the rules say it.
async fn happen(node: &Node, mut visit: Visit, ending: Ending) -> Result<()> {
    let part = |id: Option<crate::protocol::ids::ParticipantId>| {
        id.ok_or_else(|| Error::other("the demo's past has its people"))
    };
    let patient = part(visit.patient().map(|it| it.participant_id))?;
    let host = part(visit.host().map(|it| it.participant_id))?;
    let (begin, end) = (visit.facts.starts_at, visit.facts.ends_at);
    let mut events: Vec<What> = Vec::new();
    let mut happens = |visit: &mut Visit, decide: &dyn Fn(&Visit) -> Decided| -> Result<()> {
        for event in decide(visit).map_err(|_| Error::other("the demo's past was refused"))? {
            visit.apply(&event);
            events.push(event);
        }
        Ok(())
    };
    match ending {
        Ending::TookPlace => {
            happens(&mut visit, &|it| it.enter(patient, begin.minus(4 * MINUTE)))?;
            happens(&mut visit, &|it| it.enter(host, begin.minus(MINUTE)))?;
            happens(&mut visit, &|it| it.admit(host, patient, begin.plus(MINUTE)))?;
            happens(&mut visit, &|it| it.start_call(begin.plus(MINUTE)))?;
            happens(&mut visit, &|it| it.end(host, end.minus(2 * MINUTE)))?;
        }
        Ending::NoShow => {
            happens(&mut visit, &|it| it.enter(host, begin))?;
            happens(&mut visit, &|it| it.mark_no_show(host, begin.plus(15 * MINUTE)))?;
        }
        Ending::Cancelled => {
            let at = begin.minus(26 * 60 * MINUTE);
            happens(&mut visit, &|it| it.cancel(By::Member(patient), at))?;
        }
    }
    let id = visit.facts.appointment_id;
    let epoch = node.store.claim_visit(id, "demo").await.map_err(Error::other)?.epoch;
    let commit = VisitCommit {
        epoch,
        visit,
        events,
        links: vec![],
        revoked: vec![],
        notices: vec![],
        answered: None,
    };
    node.store.commit_visit(commit).await.map_err(Error::other)
}
