//! What can be booked: begins of appointments, computed from hours and claims.
//!
//! Owns: [`Opening`], [`openings`], and the question whether one begin is one ([`opening_at`]).
//! Invariants: what is listed can be claimed at the same `now`, and what can be claimed is listed; an appointment lies
//! wholly in open hours, its buffers need not; nothing overlaps a live claim, buffers included, except seats of its own
//! group; a hold that ends at or before `now` takes nothing.
//! Does not: change anything.
//!
//! Cost: hours once, claims sorted once, then one binary search a begin. Two hundred clinicians and sixty days are read
//! this way, so nothing here is per pair.

use super::hours::{OpenInterval, open_for};
use super::refusal::Refusal;
use super::zone::{Grid, Offsets, Zone};
use super::{Claim, Schedule, Service};
use crate::protocol::ids::{ServiceId, SlotId};
use crate::protocol::time::UnixMillis;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

#[cfg(test)]
mod tests;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How far [`next_openings`] looks at first; twice as far each time after that.
const FIRST_LOOK: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// A time that can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Begin of the appointment.
    pub starts_at: UnixMillis,
    /// Its end.
    pub ends_at: UnixMillis,
    /// Begin with the buffer before.
    pub busy_from: UnixMillis,
    /// End with the buffer after.
    pub busy_until: UnixMillis,
    /// IANA zone of the hours.
    pub time_zone: Arc<str>,
    /// Where.
    pub location: Arc<str>,
    /// How many more people can come; 1 for all but groups.
    pub seats_left: u8,
}

/// The openings that begin within `window`, earliest first, at most `limit`. A time that two places offer is listed
/// once, at the place whose hours began earlier.
pub fn openings(
    schedule: &Schedule,
    service: &Service,
    window: &Range<UnixMillis>,
    now: UnixMillis,
    limit: usize,
) -> Vec<Opening> {
    if !service.is_active || limit == 0 {
        return Vec::new();
    }
    let first = window.start.max(now.plus(service.min_notice));
    let beyond = now.plus(DAY * (u32::from(service.horizon_days) + 2));
    let begins = first..window.end.min(beyond);
    let hours =
        open_for(schedule, &(begins.start..begins.end.plus(service.duration)), service.service_id);
    let taken = Taken::of(&schedule.claims, now);
    let mut found: Vec<Opening> = Vec::new();
    let mut rasters: Vec<Raster> = Vec::new();
    let mut reached = UnixMillis::default();
    for interval in &hours {
        if found.len() >= limit && interval.from >= reached {
            sort(&mut found);
            if found.len() >= limit {
                break;
            }
        }
        reached = reached.max(interval.until);
        if rasters.iter().all(|it| it.zone != interval.zone) {
            rasters.push(Raster::of(&interval.zone, service, &begins, now));
        }
        if let Some(raster) = rasters.iter().find(|it| it.zone == interval.zone) {
            found.extend(raster.list(interval, service, &taken, limit));
        }
    }
    sort(&mut found);
    found.truncate(limit);
    found
}

/// By begin, each begin once. The sort is stable, so of two places the earlier listed one stays.
fn sort(found: &mut Vec<Opening>) {
    found.sort_by_key(|it| it.starts_at);
    found.dedup_by_key(|it| it.starts_at);
}

/// The next `count` openings that begin at `after` or later: what is offered instead of a time that went.
pub fn next_openings(
    schedule: &Schedule,
    service: &Service,
    now: UnixMillis,
    after: UnixMillis,
    count: usize,
) -> Vec<Opening> {
    let start = after.max(now);
    let beyond = now.plus(DAY * (u32::from(service.horizon_days) + 2));
    let mut look = FIRST_LOOK;
    loop {
        let end = start.plus(look);
        let found = openings(schedule, service, &(start..end), now, count);
        if found.len() >= count || end >= beyond {
            return found;
        }
        look *= 2;
    }
}

/// The opening that begins at `starts_at`, or why there is none.
///
/// # Errors
/// In this order: [`Refusal::ServiceClosed`], [`Refusal::InThePast`], [`Refusal::TooSoon`], [`Refusal::NotOffered`],
/// [`Refusal::TooFar`], [`Refusal::Taken`], [`Refusal::GroupFull`].
pub fn opening_at(
    schedule: &Schedule,
    service: &Service,
    starts_at: UnixMillis,
    now: UnixMillis,
) -> Result<Opening, Refusal> {
    if !service.is_active {
        return Err(Refusal::ServiceClosed);
    }
    if starts_at < now {
        return Err(Refusal::InThePast);
    }
    if starts_at < now.plus(service.min_notice) {
        return Err(Refusal::TooSoon);
    }
    if starts_at >= now.plus(DAY * (u32::from(service.horizon_days) + 2)) {
        return Err(Refusal::TooFar);
    }
    let needed = starts_at..starts_at.plus(service.duration);
    let grid = grid(service);
    let hours = open_for(schedule, &needed, service.service_id);
    let interval = hours
        .iter()
        .filter(|it| it.from == needed.start && it.until == needed.end)
        .find(|it| it.zone.offsets(&needed).is_step(starts_at, grid))
        .ok_or(Refusal::NotOffered)?;
    if starts_at >= horizon(service, &interval.zone, now) {
        return Err(Refusal::TooFar);
    }
    let seats_left = Taken::of(&schedule.claims, now).seats_left(service, starts_at)?;
    Ok(opening(interval, service, starts_at, seats_left))
}

/// Whether nobody has the human within `busy`, at `now`.
pub fn is_free(schedule: &Schedule, busy: &Range<UnixMillis>, now: UnixMillis) -> bool {
    Taken::of(&schedule.claims, now).is_free(busy, None)
}

/// Whether the human is open for the service, without a gap, from begin to end.
pub fn is_open(schedule: &Schedule, service: ServiceId, needed: &Range<UnixMillis>) -> bool {
    let hours = open_for(schedule, needed, service);
    hours.iter().any(|it| it.from == needed.start && it.until == needed.end)
}

/// Those of `openings` for which somebody else, such as an interpreter, is there as well: open, and free without
/// buffers, which are the clinician's.
pub fn together(
    mut openings: Vec<Opening>,
    other: &Schedule,
    service: ServiceId,
    now: UnixMillis,
) -> Vec<Opening> {
    let (Some(first), Some(last)) = (openings.first(), openings.last()) else {
        return openings;
    };
    let hours = open_for(other, &(first.starts_at..last.ends_at), service);
    let taken = Taken::of(&other.claims, now);
    openings.retain(|it| {
        hours.iter().any(|open| open.from <= it.starts_at && it.ends_at <= open.until)
            && taken.is_free(&(it.starts_at..it.ends_at), None)
    });
    openings
}

/// The group that appointments of a service at one begin form: what lets the claims of a human overlap.
///
/// A UUID of version 8 (RFC 9562: a layout of our own): the service's id, with the begin in milliseconds laid over its
/// last 62 bits by exclusive or. For one service, two begins never make the same group.
pub fn group_of(service: ServiceId, starts_at: UnixMillis) -> Uuid {
    let begin = u128::from(starts_at.0.unsigned_abs());
    uuid::Builder::from_custom_bytes((service.0.as_u128() ^ begin).to_be_bytes()).into_uuid()
}

/// The group of a claim: shared when the service has more than one seat, else the slot's own.
pub(super) fn group_for(service: &Service, starts_at: UnixMillis, slot: SlotId) -> Uuid {
    if service.capacity > 1 { group_of(service.service_id, starts_at) } else { slot.0 }
}

/// What all begins of one search in one zone share.
struct Raster {
    zone: Zone,
    offsets: Offsets,
    grid: Grid,
    /// Within which they begin, the horizon included.
    begins: Range<UnixMillis>,
}

impl Raster {
    fn of(zone: &Zone, service: &Service, begins: &Range<UnixMillis>, now: UnixMillis) -> Raster {
        let begins = begins.start..begins.end.min(horizon(service, zone, now));
        let offsets = zone.offsets(&begins);
        Raster { zone: zone.clone(), offsets, grid: grid(service), begins }
    }

    /// The openings of one stretch of hours, the earliest `limit` of them.
    fn list(
        &self,
        interval: &OpenInterval,
        service: &Service,
        taken: &Taken<'_>,
        limit: usize,
    ) -> Vec<Opening> {
        let last = interval.until.minus(service.duration).0.saturating_add(1);
        let from = interval.from.max(self.begins.start);
        let within = from..UnixMillis(last).min(self.begins.end);
        let mut found = Vec::new();
        self.offsets.steps(&within, self.grid, |at| {
            if let Ok(seats_left) = taken.seats_left(service, at) {
                found.push(opening(interval, service, at, seats_left));
            }
            found.len() < limit
        });
        found
    }
}

fn opening(interval: &OpenInterval, service: &Service, at: UnixMillis, seats_left: u8) -> Opening {
    let ends_at = at.plus(service.duration);
    Opening {
        starts_at: at,
        ends_at,
        busy_from: at.minus(service.buffer_before),
        busy_until: ends_at.plus(service.buffer_after),
        time_zone: interval.zone.shared_name(),
        location: Arc::clone(&interval.location),
        seats_left,
    }
}

fn grid(service: &Service) -> Grid {
    Grid::new(service.alignment_interval, service.alignment_offset)
}

/// The instant from which on begins are beyond the horizon: the end of the last local day that counts.
fn horizon(service: &Service, zone: &Zone, now: UnixMillis) -> UnixMillis {
    let today = zone.local(now).wall.date();
    zone.day_begins(today.plus_days(i32::from(service.horizon_days) + 1))
}

/// The live claims of one human, ready to be asked about stretches of time.
pub(super) struct Taken<'a> {
    /// By `busy_from`.
    live: Vec<&'a Claim>,
    /// The latest `busy_until` of the claims up to each.
    reach: Vec<UnixMillis>,
}

impl<'a> Taken<'a> {
    pub(super) fn of(claims: &'a [Claim], now: UnixMillis) -> Taken<'a> {
        let mut live: Vec<&Claim> = claims.iter().filter(|it| it.is_live(now)).collect();
        live.sort_by_key(|it| it.busy_from);
        let reach = live
            .iter()
            .scan(UnixMillis(i64::MIN), |reach, it| {
                *reach = it.busy_until.max(*reach);
                Some(*reach)
            })
            .collect();
        Taken { live, reach }
    }

    /// The claims that overlap `busy`, the last begun first.
    fn overlapping(&self, busy: &Range<UnixMillis>) -> impl Iterator<Item = &'a Claim> {
        let before = self.live.partition_point(|it| it.busy_from < busy.end);
        let started = self.live.iter().zip(&self.reach).take(before).rev();
        started
            .take_while(|(_, reach)| **reach > busy.start)
            .map(|(claim, _)| *claim)
            .filter(|it| it.busy_until > busy.start)
    }

    /// Whether nothing but seats of `group` overlaps.
    pub(super) fn is_free(&self, busy: &Range<UnixMillis>, group: Option<Uuid>) -> bool {
        self.overlapping(busy).all(|it| Some(it.group) == group)
    }

    /// The seats of the service that are left at that begin, at least one.
    fn seats_left(&self, service: &Service, at: UnixMillis) -> Result<u8, Refusal> {
        let busy = busy(service, at);
        if service.capacity <= 1 {
            return if self.is_free(&busy, None) { Ok(1) } else { Err(Refusal::Taken) };
        }
        let group = group_of(service.service_id, at);
        if !self.is_free(&busy, Some(group)) {
            return Err(Refusal::Taken);
        }
        let sold = self.overlapping(&busy).count();
        match usize::from(service.capacity).checked_sub(sold) {
            None | Some(0) => Err(Refusal::GroupFull),
            Some(left) => Ok(u8::try_from(left).unwrap_or(u8::MAX)),
        }
    }

    /// The lowest seat of the group that is free at that begin.
    pub(super) fn seat(&self, service: &Service, at: UnixMillis, group: Uuid) -> u8 {
        let busy = busy(service, at);
        let sold: Vec<u8> =
            self.overlapping(&busy).filter(|it| it.group == group).map(|it| it.seat).collect();
        (0..service.capacity).find(|seat| !sold.contains(seat)).unwrap_or_default()
    }
}

fn busy(service: &Service, at: UnixMillis) -> Range<UnixMillis> {
    let ends_at = at.plus(service.duration);
    at.minus(service.buffer_before)..ends_at.plus(service.buffer_after)
}
