//! What people enter, checked before it becomes part of a schedule.
//!
//! Owns: the bounds of services, hours, exceptions and windows, each with its name and reason.
//! Invariant: what passes here can be expanded by [`super::hours`] and [`super::openings`] at a bounded cost.
//! Does not: know who enters it.

use super::hours::{self, MAX_WINDOW, OpenInterval};
use super::recurrence::Rule;
use super::refusal::{Flaw, Refusal};
use super::zone::{LocalDate, WallTime, Zone};
use super::{Exception, Kind, Service, Template};
use crate::protocol::time::UnixMillis;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

#[cfg(test)]
mod tests;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Length of an appointment: shorter is no conversation, longer is no single appointment.
pub const DURATION: RangeInclusive<Duration> =
    super::booking::MIN_LENGTH..=super::booking::MAX_LENGTH;
/// Longest buffer on either side: a ward round.
pub const MAX_BUFFER: Duration = Duration::from_secs(4 * 60 * 60);
/// How often appointments may begin: more often than every five minutes is a list that nobody can read.
pub const ALIGNMENT: RangeInclusive<Duration> =
    Duration::from_secs(5 * 60)..=super::booking::MAX_LENGTH;
/// Longest notice: a month.
pub const MAX_NOTICE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Furthest horizon: yearly check-ups.
pub const MAX_HORIZON_DAYS: u16 = 366;
/// Seats of a group: a video visit with more is a lecture.
pub const MAX_CAPACITY: u8 = 20;
/// Templates of one human: every expansion reads all of them.
pub const MAX_TEMPLATES: usize = 64;
/// Exceptions that are not over, of one human or of the clinic: a year of single days.
pub const MAX_EXCEPTIONS: usize = 400;
/// Days that one template leaves out: a year's, and some of the next.
pub const MAX_EXCEPT_DATES: usize = 400;
/// How long a template with an end may be valid: after ten years it should be looked at.
pub const MAX_TEMPLATE_DAYS: i32 = 3_653;
/// Longest exception: a year of leave.
pub const MAX_EXCEPTION_DAYS: i64 = 366;
/// Services that one template names.
pub const MAX_TEMPLATE_SERVICES: usize = 64;
/// Length of names and places, in characters.
pub const MAX_NAME_CHARS: usize = 120;
/// Length of reasons, in characters.
pub const MAX_REASON_CHARS: usize = 200;
/// Largest price, in the smallest unit of a currency.
pub const MAX_PRICE: u32 = 100_000_000;
/// How far two templates are compared: every pair of rules with intervals of at most twelve days, weeks or months has met
/// by then, if it ever meets. Yearly rules that meet later are not found here; an overlap of hours is untidy, and
/// never a double booking.
const COMPARED_DAYS: i32 = 3 * 366;

/// Whether a service can be offered.
///
/// # Errors
/// The first flaw, with its field.
pub fn service(service: &Service) -> Result<(), Refusal> {
    text("name", &service.name, 1, MAX_NAME_CHARS)?;
    text("specialty", &service.specialty, 1, MAX_NAME_CHARS)?;
    if service.specialty.chars().any(char::is_uppercase) {
        return Err(Flaw::Misshapen("Lower case.").of("specialty"));
    }
    minutes("duration_min", service.duration, &DURATION, "5 minutes to 8 hours.")?;
    let buffer = Duration::ZERO..=MAX_BUFFER;
    minutes("buffer_before_min", service.buffer_before, &buffer, "At most 4 hours.")?;
    minutes("buffer_after_min", service.buffer_after, &buffer, "At most 4 hours.")?;
    minutes(
        "alignment_interval_min",
        service.alignment_interval,
        &ALIGNMENT,
        "5 minutes to 8 hours.",
    )?;
    let offset = Duration::ZERO..=service.alignment_interval.saturating_sub(MINUTE);
    let shorter = "Shorter than the interval of the alignment.";
    minutes("alignment_offset_min", service.alignment_offset, &offset, shorter)?;
    minutes(
        "min_notice_min",
        service.min_notice,
        &(Duration::ZERO..=MAX_NOTICE),
        "At most 30 days.",
    )?;
    if !(1..=MAX_HORIZON_DAYS).contains(&service.horizon_days) {
        return Err(Flaw::OutOfBounds("1 to 366 days.").of("horizon_days"));
    }
    if service.min_notice >= DAY * u32::from(service.horizon_days) {
        return Err(
            Flaw::OutOfBounds("The notice must be shorter than the horizon.").of("min_notice_min")
        );
    }
    if !(1..=MAX_CAPACITY).contains(&service.capacity) {
        return Err(Flaw::OutOfBounds("1 to 20 people.").of("slot_capacity"));
    }
    match &service.price {
        Some((amount, _)) if !(1..=MAX_PRICE).contains(amount) => {
            Err(Flaw::OutOfBounds("1 to 100000000, or no price.").of("price"))
        }
        Some((_, currency)) if !is_currency(currency) => {
            Err(Flaw::Misshapen("Three capital letters (ISO 4217).").of("currency"))
        }
        _ => Ok(()),
    }
}

/// Whether a template can be added to, or changed among, the `others` of the same human. One with the same id among
/// them is the one that it replaces.
///
/// # Errors
/// The first flaw, with its field. [`Flaw::OverlapsOtherHours`] when it opens a time that another one opens for a
/// service of both, wherever: one human is in one place.
pub fn template(template: &Template, others: &[Template]) -> Result<(), Refusal> {
    let zone = Zone::parse(&template.time_zone)?;
    text("location", &template.location, 1, MAX_NAME_CHARS)?;
    minutes_of_day(template)?;
    let (from, until) = validity(template)?;
    let rule = Rule::parse(&template.recurrence).map_err(|flaw| flaw.of("recurrence"))?;
    if template.except_dates.len() > MAX_EXCEPT_DATES {
        return Err(Flaw::OutOfBounds("At most 400 days are left out.").of("except_dates"));
    }
    for date in &template.except_dates {
        LocalDate::parse(date).map_err(|flaw| flaw.of("except_dates"))?;
    }
    if template.service_ids.len() > MAX_TEMPLATE_SERVICES {
        return Err(Flaw::OutOfBounds("At most 64 services.").of("service_ids"));
    }
    let last = until.unwrap_or(from.plus_days(MAX_TEMPLATE_DAYS));
    if rule.dates(from, from..=last).is_empty() {
        return Err(Flaw::NamesNoDay.of("recurrence"));
    }
    let others = others.iter().filter(|it| it.template_id != template.template_id);
    if others.clone().count() >= MAX_TEMPLATES {
        return Err(Flaw::OutOfBounds("At most 64 templates.").of("template_id"));
    }
    for other in others {
        if overlaps(template, other, &zone, from) {
            return Err(Flaw::OverlapsOtherHours.of("recurrence"));
        }
    }
    Ok(())
}

/// Whether an exception can be added to, or changed among, `others` that are not over.
///
/// # Errors
/// The first flaw, with its field.
pub fn exception(exception: &Exception, others: &[Exception]) -> Result<(), Refusal> {
    let zone = Zone::parse(&exception.time_zone)?;
    let begin = WallTime::parse(&exception.starts_local).map_err(|it| it.of("starts"))?;
    let end = WallTime::parse(&exception.ends_local).map_err(|it| it.of("ends"))?;
    if end <= begin {
        return Err(Flaw::EndsBeforeItStarts.of("ends"));
    }
    if end.minutes_since(begin) > MAX_EXCEPTION_DAYS * 24 * 60 {
        return Err(Flaw::OutOfBounds("At most 366 days.").of("ends"));
    }
    if zone.end(end) <= zone.begin(begin) {
        return Err(Flaw::SkippedByTheClocks.of("starts"));
    }
    if exception.kind == Kind::Open {
        text("location", &exception.location, 1, MAX_NAME_CHARS)?;
    }
    text("reason", &exception.reason, 0, MAX_REASON_CHARS)?;
    let count = others.iter().filter(|it| it.exception_id != exception.exception_id).count();
    if count >= MAX_EXCEPTIONS {
        return Err(Flaw::OutOfBounds("At most 400 exceptions to come.").of("exception_id"));
    }
    Ok(())
}

/// Whether a window of time can be computed.
///
/// # Errors
/// A flaw of `until`: not after `from`, or further than [`MAX_WINDOW`].
pub fn window(from: UnixMillis, until: UnixMillis) -> Result<Range<UnixMillis>, Refusal> {
    if until <= from {
        return Err(Flaw::EndsBeforeItStarts.of("until"));
    }
    if until.since(from) > MAX_WINDOW {
        return Err(Flaw::OutOfBounds("At most 800 days.").of("until"));
    }
    Ok(from..until)
}

/// Whether that is the code of a jurisdiction: ISO 3166-1 alpha-2, or 3166-2.
///
/// # Errors
/// A flaw of `jurisdiction`.
pub fn jurisdiction(code: &str) -> Result<(), Refusal> {
    let (country, part) = code.split_once('-').map_or((code, None), |(it, part)| (it, Some(part)));
    let is_country = country.len() == 2 && country.bytes().all(|it| it.is_ascii_uppercase());
    let is_part = part.is_none_or(|it| {
        let is_plain = |it: u8| it.is_ascii_uppercase() || it.is_ascii_digit();
        (1..=3).contains(&it.len()) && it.bytes().all(is_plain)
    });
    if is_country && is_part {
        Ok(())
    } else {
        Err(Flaw::Misshapen("An ISO 3166 code, such as DE or US-CA.").of("jurisdiction"))
    }
}

fn minutes_of_day(template: &Template) -> Result<(), Refusal> {
    if template.starts_minute > 1_439 {
        return Err(Flaw::OutOfBounds("0 to 1439.").of("starts"));
    }
    if template.ends_minute > 1_440 {
        return Err(Flaw::OutOfBounds("1 to 1440.").of("ends"));
    }
    if template.ends_minute <= template.starts_minute {
        return Err(Flaw::EndsBeforeItStarts.of("ends"));
    }
    Ok(())
}

fn validity(template: &Template) -> Result<(LocalDate, Option<LocalDate>), Refusal> {
    let from = LocalDate::parse(&template.valid_from).map_err(|it| it.of("valid_from"))?;
    let until = match &template.valid_until {
        None => return Ok((from, None)),
        Some(text) => LocalDate::parse(text).map_err(|it| it.of("valid_until"))?,
    };
    if until < from {
        return Err(Flaw::EndsBeforeItStarts.of("valid_until"));
    }
    if until.days() - from.days() > MAX_TEMPLATE_DAYS {
        return Err(Flaw::OutOfBounds("At most ten years; or no end.").of("valid_until"));
    }
    Ok((from, Some(until)))
}

/// Whether both open some instant for some service, in the [`COMPARED_DAYS`] after the later one begins.
fn overlaps(one: &Template, other: &Template, zone: &Zone, from: LocalDate) -> bool {
    let is_shared = one.service_ids.is_empty()
        || other.service_ids.is_empty()
        || one.service_ids.iter().any(|it| other.service_ids.contains(it));
    let is_apart = one.time_zone == other.time_zone
        && (one.ends_minute <= other.starts_minute || other.ends_minute <= one.starts_minute);
    let Ok(other_from) = LocalDate::parse(&other.valid_from) else {
        return false;
    };
    if !is_shared || is_apart {
        return false;
    }
    let first = from.max(other_from).plus_days(-2);
    let window = zone.day_begins(first)..zone.day_begins(first.plus_days(COMPARED_DAYS));
    meet(&hours::of_template(one, &window), &hours::of_template(other, &window))
}

/// Whether two lists, each by begin, have a common instant.
fn meet(ones: &[OpenInterval], others: &[OpenInterval]) -> bool {
    let mut others = others.iter().peekable();
    ones.iter().any(|one| {
        while others.next_if(|it| it.until <= one.from).is_some() {}
        others.peek().is_some_and(|it| it.from < one.until)
    })
}

fn text(field: &'static str, text: &str, min: usize, max: usize) -> Result<(), Refusal> {
    let chars = text.chars().count();
    if chars > max {
        return Err(Flaw::OutOfBounds("Too long.").of(field));
    }
    if text.trim().chars().count() < min {
        return Err(Flaw::Misshapen("It is empty.").of(field));
    }
    if text.chars().any(char::is_control) {
        return Err(Flaw::Misshapen("Plain text on one line.").of(field));
    }
    Ok(())
}

fn minutes(
    field: &'static str,
    length: Duration,
    bounds: &RangeInclusive<Duration>,
    sentence: &'static str,
) -> Result<(), Refusal> {
    if !bounds.contains(&length) {
        return Err(Flaw::OutOfBounds(sentence).of(field));
    }
    if length.subsec_nanos() != 0 || !length.as_secs().is_multiple_of(60) {
        return Err(Flaw::NotWholeMinutes.of(field));
    }
    Ok(())
}

fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|it| it.is_ascii_uppercase())
}
