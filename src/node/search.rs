//! `slot.search`: what can be booked, from the board.
//!
//! Invariant: nothing here reserves anything. What is found may be gone a moment later; `slot.hold` tells.

use crate::actors::board::Posted;
use crate::cache::Shared;
use crate::command::{Call, Execute, unsaved};
use crate::domain::policy::Who;
use crate::domain::schedule::booking::{Licence, licence_gate};
use crate::domain::schedule::check;
use crate::domain::schedule::strategy::{
    Candidate, Context, Continuity, Earliest, Priority, Share, SlotStrategy, Urgency,
    WeightedRoundRobin,
};
use crate::domain::schedule::zone::{LocalDate, Zone};
use crate::domain::schedule::{Flaw, Service};
use crate::node::Node;
use crate::node::clinic::Clinic;
use crate::protocol::booking::{OpenSlot, OpenSlots, SearchSlots, Strategy};
use crate::protocol::fault::Fault;
use crate::protocol::ids::{PersonId, ServiceId};
use crate::protocol::person::Role;
use crate::protocol::time::UnixMillis;
use crate::store::schedule::PractitionerRecord;
use futures::{StreamExt as _, TryStreamExt as _};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// Days of a search that names none.
const DAYS: i32 = 14;
/// Days of one search. Whoever looks further asks again.
const MAX_DAYS: i32 = 62;
/// Times of one answer when none were asked for.
const LIMIT: u16 = 50;
/// Times of one answer.
const MAX_LIMIT: u16 = 500;
/// Schedules that are read from the store at the same time: as many as there are connections to spare.
const READ_AT_ONCE: usize = 8;
/// Over how long the load of a pool is counted, each way.
const FAIR_OVER: Duration = Duration::from_secs(28 * 24 * 60 * 60);
/// Clinicians whom a patient has seen, as far as the order of proposals cares.
const SEEN: u32 = 20;

impl Execute<SearchSlots> for Node {
    async fn execute(&self, call: Call, op: SearchSlots) -> Result<OpenSlots, Fault> {
        let limit = op.limit.unwrap_or(LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Fault::invalid("limit", "1 to 500."));
        }
        let clinic = self.clinic(call.principal()?.organisation, call.now).await?;
        let zone = self.zone_of_search(&call, &op).await?;
        let (first_day, window) = days(&op, &zone, call.now)?;
        let offers = offers(&clinic, &op, first_day)?;
        let practitioners: Vec<PersonId> = {
            let mut all: Vec<_> = offers.iter().map(|(it, _)| it.person_id).collect();
            all.dedup();
            all
        };
        let posted = self.posted_all(&practitioners, call.now).await?;
        let wanted = usize::from(limit).saturating_add(1);
        let is_by_time = op.strategy.unwrap_or_default() == Strategy::Earliest;
        let (mut found, mut window) = (Vec::new(), window);
        for (practitioner, service) in &offers {
            let Some(posted) = posted.get(&practitioner.person_id) else { continue };
            let openings = posted.openings(service, window.clone(), call.now, wanted);
            found.extend(openings.into_iter().map(|opening| {
                let practitioner_id = practitioner.person_id;
                (Candidate { practitioner_id, opening }, service.service_id)
            }));
            if is_by_time && found.len() >= wanted.saturating_mul(2) {
                window.end = keep_earliest(&mut found, wanted).min(window.end);
            }
        }
        let ordered = self.in_order(&call, &op, &clinic, found).await?;
        let has_more = ordered.len() > usize::from(limit);
        let slots = ordered.into_iter().take(usize::from(limit));
        let slots = slots.filter_map(|(it, service)| slot(&clinic, it, service)).collect();
        Ok(OpenSlots { slots, has_more })
    }
}

impl Node {
    async fn zone_of_search(&self, call: &Call, op: &SearchSlots) -> Result<Zone, Fault> {
        if let Some(name) = &op.time_zone {
            return Ok(Zone::parse(name)?);
        }
        let Who::Person(id) = call.principal()?.who else { return Ok(Zone::parse("UTC")?) };
        let person = self.account(id).await?;
        let name = person.map_or_else(|| "UTC".to_owned(), |it| it.time_zone);
        Ok(Zone::parse(&name).or_else(|_| Zone::parse("UTC"))?)
    }

    /// The schedule of one practitioner that is not on the board: from what another node has read a moment ago, or from the
    /// store.
    async fn read_posted(&self, id: PersonId, now: UnixMillis) -> Result<Arc<Posted>, Fault> {
        let shared = match &self.redis {
            Some(redis) => redis.schedule(id).await,
            None => None,
        };
        let seen = match shared {
            Some(Shared::Found(mut schedule, until)) => {
                schedule.expire(now);
                return Ok(self.board.put_shared(id, Arc::new(schedule), until));
            }
            Some(Shared::Missing(seen)) => Some(seen),
            None => None,
        };
        let mut schedule = self.store.schedule(id, now).await.map_err(unsaved)?;
        schedule.expire(now);
        if let (Some(redis), Some(seen)) = (&self.redis, seen) {
            redis.keep_schedule(id, &schedule, now, seen).await;
        }
        Ok(self.board.put_read(id, Arc::new(schedule), now))
    }

    async fn posted_all(
        &self,
        ids: &[PersonId],
        now: UnixMillis,
    ) -> Result<BTreeMap<PersonId, Arc<Posted>>, Fault> {
        let (mut found, mut missing) = (BTreeMap::new(), vec![]);
        for id in ids {
            match self.board.get(*id, now) {
                Some(posted) => drop(found.insert(*id, posted)),
                None => missing.push(*id),
            }
        }
        metrics::gauge!("slot_cache_hit_ratio").set(self.board.hit_ratio());
        let read = |id| async move { Ok::<_, Fault>((id, self.read_posted(id, now).await?)) };
        let reads = futures::stream::iter(missing).map(read).buffer_unordered(READ_AT_ONCE);
        let read: Vec<_> = reads.try_collect().await?;
        found.extend(read);
        Ok(found)
    }

    async fn in_order(
        &self,
        call: &Call,
        op: &SearchSlots,
        clinic: &Clinic,
        found: Vec<(Candidate, ServiceId)>,
    ) -> Result<Vec<(Candidate, ServiceId)>, Fault> {
        let mut context = Context {
            now: call.now,
            priority: Priority::Standard,
            seen: vec![],
            pool: BTreeMap::new(),
        };
        let strategy: &dyn SlotStrategy = match op.strategy.unwrap_or_default() {
            Strategy::Earliest => &Earliest,
            Strategy::Urgency => &Urgency,
            Strategy::Continuity => {
                if let Who::Person(id) = call.principal()?.who {
                    context.seen = self.store.seen_by(id, SEEN).await.map_err(unsaved)?;
                }
                &Continuity
            }
            Strategy::RoundRobin => {
                let (from, until) = (call.now.minus(FAIR_OVER), call.now.plus(FAIR_OVER));
                let loads = self.store.loads(from, until).await.map_err(unsaved)?;
                let loads: BTreeMap<_, _> = loads.into_iter().collect();
                context.pool = pool(clinic, &found, &loads);
                &WeightedRoundRobin
            }
        };
        // The same clinician offers several services at one begin: the service follows its candidate.
        let mut services: BTreeMap<(PersonId, UnixMillis, UnixMillis), Vec<_>> = BTreeMap::new();
        let key = |it: &Candidate| (it.practitioner_id, it.opening.starts_at, it.opening.ends_at);
        for (candidate, service) in &found {
            services.entry(key(candidate)).or_default().push(*service);
        }
        let candidates = found.into_iter().map(|(it, _)| it).collect();
        let ordered = strategy.order(candidates, &context).into_iter();
        let with_service = ordered.filter_map(|it| {
            let left = services.get_mut(&key(&it))?;
            let service = if left.is_empty() { return None } else { left.remove(0) };
            Some((it, service))
        });
        Ok(with_service.collect())
    }
}

/// Lets go what cannot be in the answer any more when the order is by time alone; until when what is still to come can be.
/// Without it a search for everybody would carry fifty times of each of them to show fifty.
fn keep_earliest(found: &mut Vec<(Candidate, ServiceId)>, wanted: usize) -> UnixMillis {
    found.sort_by_key(|(it, _)| (it.opening.starts_at, it.practitioner_id));
    found.truncate(wanted);
    let last = found.last().map(|(it, _)| it.opening.starts_at);
    last.map_or(UnixMillis(i64::MAX), |it| it.plus(Duration::from_millis(1)))
}

/// The first day of a search, and from which instant until which it goes.
fn days(
    op: &SearchSlots,
    zone: &Zone,
    now: UnixMillis,
) -> Result<(LocalDate, Range<UnixMillis>), Fault> {
    if op.date.is_some() && (op.from.is_some() || op.until.is_some()) {
        return Err(Fault::invalid("date", "Either one date, or from and until."));
    }
    let today = zone.local(now).wall.date();
    let day = |text: &Option<String>, field: &'static str| -> Result<Option<LocalDate>, Fault> {
        let parsed = text.as_deref().map(LocalDate::parse).transpose();
        Ok(parsed.map_err(|flaw: Flaw| flaw.of(field))?)
    };
    let (first, last) = match day(&op.date, "date")? {
        Some(date) => (date, date),
        None => {
            let first = day(&op.from, "from")?.unwrap_or(today);
            (first, day(&op.until, "until")?.unwrap_or_else(|| first.plus_days(DAYS - 1)))
        }
    };
    if last < first {
        return Err(Fault::invalid("until", "Not before the first day."));
    }
    if last.days().saturating_sub(first.days()) >= MAX_DAYS {
        return Err(Fault::invalid("until", "At most 62 days."));
    }
    let window = zone.day_begins(first)..zone.day_begins(last.plus_days(1));
    Ok((first, window.start.max(now)..window.end.max(now)))
}

/// Who offers what of that which is searched, by practitioner.
fn offers<'a>(
    clinic: &'a Clinic,
    op: &SearchSlots,
    first_day: LocalDate,
) -> Result<Vec<(&'a PractitionerRecord, &'a Service)>, Fault> {
    if let Some(jurisdiction) = &op.jurisdiction {
        check::jurisdiction(jurisdiction)?;
    }
    let same = |wanted: &Option<String>, has: &[String]| {
        wanted.as_ref().is_none_or(|it| has.iter().any(|one| one.eq_ignore_ascii_case(it.trim())))
    };
    let may_treat = |it: &PractitionerRecord| {
        op.jurisdiction.as_ref().is_none_or(|jurisdiction| {
            let licences: Vec<_> = it.licences.iter().map(licence).collect();
            licence_gate(&licences, jurisdiction, first_day).is_ok()
        })
    };
    let people = clinic.practitioners.iter().filter(|it| {
        it.role == Role::Clinician
            && !it.is_out
            && op.clinician_id.is_none_or(|id| it.person_id == id)
            && same(&op.language, &it.languages)
            && same(&op.insurer, &it.insurers)
            && may_treat(it)
    });
    let fits = |it: &&Service| {
        it.is_active
            && op.service_id.is_none_or(|id| it.service_id == id)
            && same(&op.specialty, std::slice::from_ref(&it.specialty))
    };
    let offered = people.flat_map(|person| {
        let offers = move |it: &&Service| person.service_ids.contains(&it.service_id);
        clinic.services.iter().filter(fits).filter(offers).map(move |service| (person, service))
    });
    Ok(offered.collect())
}

pub(super) fn licence(it: &crate::store::schedule::LicenceRecord) -> Licence<'_> {
    Licence { jurisdiction: &it.jurisdiction, valid_until: it.valid_until.as_deref() }
}

fn pool(
    clinic: &Clinic,
    found: &[(Candidate, ServiceId)],
    loads: &BTreeMap<PersonId, u32>,
) -> BTreeMap<PersonId, Share> {
    let share = |id: PersonId| Share {
        load: loads.get(&id).copied().unwrap_or(0),
        weight: clinic.practitioner(id).map_or(1, |it| it.weight.max(1)),
    };
    found.iter().map(|(it, _)| (it.practitioner_id, share(it.practitioner_id))).collect()
}

fn slot(clinic: &Clinic, it: Candidate, service_id: ServiceId) -> Option<OpenSlot> {
    let practitioner = clinic.practitioner(it.practitioner_id)?;
    let opening = it.opening;
    let zone = Zone::parse(&opening.time_zone).ok()?;
    Some(OpenSlot {
        clinician_id: it.practitioner_id,
        clinician_name: practitioner.display_name.clone(),
        service_id,
        starts_at: opening.starts_at,
        ends_at: opening.ends_at,
        local_start: zone.stamp(opening.starts_at),
        time_zone: opening.time_zone.to_string(),
        location: opening.location.to_string(),
        seats_left: opening.seats_left,
    })
}
