//! What a new version of the zone database changes: appointments keep the wall time that was agreed, and their instants follow.
//!
//! Templates and exceptions are kept as wall times and read anew every time, and a hold is over within minutes: only
//! appointments keep an instant. A run finds the future ones that an older database has derived. Where the instant is the same,
//! only the version is renewed; where it is another one, the appointment moves through its planner, with its history, its
//! notices and a task that tells of it, in one transaction. One that cannot move (its new time is taken, or outside of the
//! hours) keeps its instant and its old version, and a task asks somebody to look.
//! Invariants: only forward: what a newer database has derived is left to newer nodes. A run can stop anywhere and be done
//! again: what is done is not found again. Bounds: [`PAGE`], [`MOST`], [`BATCH`].
//! Does not: decide what can follow (`domain::schedule::shift`).

use crate::actors::planner_rederive::{Outcome, Pass, Rederivation, RederiveWork, task};
use crate::command::{Call, unsaved};
use crate::domain::schedule::derive::{Agreed, Change, derive_all};
use crate::domain::schedule::shift::Shift;
use crate::domain::schedule::zone::{Zone, tzdb_version};
use crate::domain::visit::Visit;
use crate::domain::visit::view::card;
use crate::node::Node;
use crate::notifications::plan;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{AppointmentId, PersonId};
use crate::protocol::time::UnixMillis;
use crate::store::organisations::{Kind, Named};
use crate::store::schedule::{BookingRecord, LiveFilter, Moved, ZONE_CONFLICT};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::time::Duration;

/// Time between two runs when nothing is left: a node that started with the same database finds nothing in any case, and one
/// that runs beside an older one finds what that has booked.
const EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// And when something is left that may solve itself: the longest hold is over by then.
const SOON: Duration = Duration::from_secs(10 * 60);
/// Appointments that are read at a time.
const PAGE: u32 = 200;
/// Appointments that move in one run; a change of one zone's law in a large clinic. The rest is for the next run.
const MOST: usize = 2_000;
/// Appointments that move in one transaction: half a year of one clinician's weeks, within the store's deadline.
const BATCH: usize = 200;

impl Node {
    /// One run, and when to make the next one.
    pub async fn follow_zone_laws(&self) -> Duration {
        match self.rederive().await {
            Ok(Left::Nothing) => EVERY,
            Ok(Left::Something) => SOON,
            Err(fault) => {
                tracing::warn!(code = fault.code.as_str(), "instants could not be derived anew");
                SOON
            }
        }
    }

    async fn rederive(&self) -> Result<Left, Fault> {
        let call = Call::new(None, self.clock.now(), Ipv4Addr::LOCALHOST.into());
        let mut waiting: BTreeMap<PersonId, Vec<Rederivation>> = BTreeMap::new();
        let found = self.derived_by_older(call.now).await?;
        let mut left = if found.len() < MOST { Left::Nothing } else { Left::Something };
        for it in found {
            waiting.entry(it.card.clinician.person_id).or_default().push(it);
        }
        // Two who share an interpreter can be in each other's way until the first of them has moved.
        for pass in [Pass::First, Pass::Last] {
            for (clinician, all) in &mut waiting {
                let mut stuck = Vec::new();
                for batch in all.chunks(BATCH) {
                    let batch = batch.to_vec();
                    let (more, rest) = self.follow_or_stay(*clinician, &call, batch, pass).await;
                    left = left.and(more);
                    stuck.extend(rest);
                }
                *all = stuck;
            }
        }
        Ok(left)
    }

    /// All that an older database has derived to another instant. What is the same gets the version of now.
    async fn derived_by_older(&self, now: UnixMillis) -> Result<Vec<Rederivation>, Fault> {
        let tzdb = tzdb_version();
        let mut filter = LiveFilter { from: now, after: None, limit: PAGE };
        let mut found = Vec::new();
        loop {
            let page = self.store.derived_otherwise(tzdb, filter).await.map_err(unsaved)?;
            let Some(last) = page.last().map(|it| it.appointment_id) else { break };
            let mut known = BTreeMap::new();
            for booking in page {
                let id = booking.appointment_id;
                let Some(visit) = self.store.visit(id).await.map_err(unsaved)? else { continue };
                if id == last {
                    filter = LiveFilter { from: visit.facts.starts_at, after: Some(id), ..filter };
                }
                // The letters of a year come in order, so that later versions are greater.
                if booking.tzdb_version.as_str() < tzdb {
                    known.insert(id, (visit, booking));
                }
            }
            let agreed: Vec<_> = known.values().map(|(visit, it)| agreed(visit, it)).collect();
            let (changes, unreadable) = derive_all(&agreed);
            for change in changes {
                if let Some((visit, booking)) = known.remove(&change.appointment_id) {
                    found.push(rederivation(&visit, &booking, change, now)?);
                }
            }
            for (id, _) in unreadable {
                // Its zone or its wall time cannot be read: nothing that a machine can solve.
                known.remove(&id);
                self.raise(id, now).await?;
            }
            let same: Vec<_> = known.into_iter().map(|(id, (_, it))| (id, it.version)).collect();
            if !same.is_empty() {
                self.store.renew_derived(tzdb, same).await.map_err(unsaved)?;
            }
            if found.len() >= MOST || filter.after != Some(last) {
                break;
            }
        }
        Ok(found)
    }

    /// Those that stay, and whether another run may help them. What is refused as a whole is tried one by one.
    async fn follow_or_stay(
        &self,
        clinician: PersonId,
        call: &Call,
        all: Vec<Rederivation>,
        pass: Pass,
    ) -> (Left, Vec<Rederivation>) {
        let (mut left, mut stuck) = (Left::Nothing, Vec::new());
        let mut tries = vec![all];
        while let Some(batch) = tries.pop() {
            match self.follow_law(clinician, call, &batch, pass).await {
                Ok(outcomes) => {
                    for it in batch {
                        match outcomes.get(&it.shift.appointment_id) {
                            Some(Outcome::Moved) => {}
                            Some(Outcome::Stuck) if pass == Pass::Last => {}
                            Some(Outcome::Stuck) => stuck.push(it),
                            Some(Outcome::Waits) | None => left = Left::Something,
                        }
                    }
                }
                Err(_) if batch.len() > 1 => {
                    tries.extend(batch.into_iter().rev().map(|it| vec![it]));
                }
                // The table knows of somebody whom this node does not: as the last word, a person looks at it.
                Err(fault) => {
                    left = Left::Something;
                    let ids = batch.iter().map(|it| it.shift.appointment_id);
                    if fault.code == FaultCode::SlotTaken && pass == Pass::Last {
                        for id in ids {
                            // One that is not raised now is raised by the next run.
                            if self.raise(id, call.now).await.is_err() {
                                tracing::warn!("a task could not be raised");
                            }
                        }
                    }
                    stuck.extend(batch);
                }
            }
        }
        (left, stuck)
    }

    async fn raise(&self, id: AppointmentId, now: UnixMillis) -> Result<(), Fault> {
        self.store.raise_task(task(ZONE_CONFLICT, id, now)).await.map_err(unsaved)
    }

    async fn follow_law(
        &self,
        clinician: PersonId,
        call: &Call,
        all: &[Rederivation],
        pass: Pass,
    ) -> Result<BTreeMap<AppointmentId, Outcome>, Fault> {
        if all.is_empty() {
            return Ok(BTreeMap::new());
        }
        let named = Named { kind: Kind::Person, id: clinician.0 };
        let of = self.find_house(named).await?.ok_or(FaultCode::NotFound)?;
        let services = self.clinic(of, call.now).await?.services.clone();
        let mut interpreters = BTreeMap::new();
        let wanted: BTreeSet<_> = all.iter().filter_map(|it| it.interpreter_id).collect();
        for id in wanted {
            interpreters.insert(id, self.look(id).await?);
        }
        let work = RederiveWork { all: all.to_vec(), services, interpreters, pass };
        let outcomes = self.plan(clinician, call, || work.clone()).await?;
        for (_, outcome) in &outcomes {
            metrics::counter!("bedside_rederived_total", "outcome" => word(*outcome)).increment(1);
        }
        self.notices_saved();
        Ok(outcomes.into_iter().collect())
    }
}

/// Whether another run soon may do more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Nothing,
    Something,
}

impl Left {
    const fn and(self, other: Left) -> Left {
        match (self, other) {
            (Left::Nothing, Left::Nothing) => Left::Nothing,
            _ => Left::Something,
        }
    }
}

const fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Moved => "moved",
        Outcome::Waits => "waits",
        Outcome::Stuck => "stuck",
    }
}

fn agreed(visit: &Visit, booking: &BookingRecord) -> Agreed {
    Agreed {
        appointment_id: booking.appointment_id,
        time_zone: visit.facts.time_zone.clone(),
        local_start: booking.local_start.clone(),
        starts_at: visit.facts.starts_at,
    }
}

fn rederivation(
    visit: &Visit,
    booking: &BookingRecord,
    change: Change,
    now: UnixMillis,
) -> Result<Rederivation, Fault> {
    let mut next = visit.clone();
    let facts = &mut next.facts;
    facts.ends_at = UnixMillis(facts.ends_at.0.saturating_add(change.to.0 - change.from.0));
    facts.starts_at = change.to;
    facts.booking.version = booking.version.saturating_add(1);
    let zone = Zone::parse(&facts.time_zone)?;
    let appointment = plan::Appointment {
        appointment_id: change.appointment_id,
        version: facts.booking.version,
        starts_at: change.to,
        patient: facts.patient_id,
        clinician: facts.clinician_id,
        interpreter: booking.interpreter_id,
    };
    let moved = Moved {
        appointment_id: change.appointment_id,
        from_version: booking.version,
        visit_revision: visit.revision,
        starts_at: change.to,
        ends_at: facts.ends_at,
        // What was agreed, unless the clocks skip it from now on.
        local_start: match change.is_skipped {
            true => zone.local_text(change.to),
            false => booking.local_start.clone(),
        },
        time_zone: facts.time_zone.clone(),
        tzdb_version: tzdb_version().to_owned(),
        jurisdiction: booking.jurisdiction.clone(),
        licence_override: booking.licence_override.clone(),
        interpreter_id: booking.interpreter_id,
        by: None,
    };
    let shift = Shift { appointment_id: change.appointment_id, from: change.from, to: change.to };
    Ok(Rederivation {
        shift,
        moved,
        notices: plan::about(appointment, plan::Change::Moved, now, plan::fresh),
        card: card(&next),
        interpreter_id: booking.interpreter_id,
    })
}
