//! Recurrence rules (RFC 5545, 3.3.10) as dates.
//!
//! Owns: which rules are accepted and which dates they name. Invariants: dates only; rules are evaluated as if every day
//! had 24 hours, so the crate that expands them never decides a local time; what is expanded is bounded by the window
//! that is asked for.
//! Does not: know zones or hours.

use super::refusal::Flaw;
use super::zone::LocalDate;
use std::ops::RangeInclusive;

/// Length of a rule. A rule of hours with every part that is accepted has less than a hundred characters.
pub(super) const MAX_RULE_CHARS: usize = 200;
/// Largest `INTERVAL`. Every twelfth week, or once a year by months; also what makes a comparison of two rules finite.
pub(super) const MAX_INTERVAL: u32 = 12;
/// Largest `COUNT`: daily for nearly three years.
pub(super) const MAX_COUNT: u32 = 1_000;

/// How often a rule steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// A recurrence rule of days that can be expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    /// Without `UNTIL`.
    parts: String,
    frequency: Frequency,
    interval: i32,
    has_count: bool,
    until: Option<LocalDate>,
}

impl Rule {
    /// Reads `FREQ=WEEKLY;BYDAY=MO,TU`. Accepted: `FREQ` of days or longer, `INTERVAL`, `COUNT`, `UNTIL` as a date
    /// (`20261231`), `BYDAY`, `BYMONTHDAY`, `BYMONTH`, `BYSETPOS`, `WKST`, each once.
    pub(super) fn parse(text: &str) -> Result<Rule, Flaw> {
        if text.len() > MAX_RULE_CHARS {
            return Err(Flaw::OutOfBounds("At most 200 characters."));
        }
        let mut seen: Vec<&str> = Vec::new();
        let mut rule = Rule {
            parts: String::with_capacity(text.len()),
            frequency: Frequency::Daily,
            interval: 1,
            has_count: false,
            until: None,
        };
        for part in text.split(';') {
            let (key, value) = part.split_once('=').ok_or(Flaw::UnreadableRecurrence)?;
            if seen.contains(&key) {
                return Err(Flaw::UnreadableRecurrence);
            }
            seen.push(key);
            rule.take(key, value)?;
        }
        if !seen.contains(&"FREQ") || (rule.has_count && rule.until.is_some()) {
            return Err(Flaw::UnreadableRecurrence);
        }
        if rule.set(LocalDate::from_days(0)).is_none() {
            return Err(Flaw::UnreadableRecurrence);
        }
        Ok(rule)
    }

    fn take(&mut self, key: &str, value: &str) -> Result<(), Flaw> {
        match key {
            "FREQ" => self.frequency = frequency(value)?,
            "INTERVAL" => {
                let interval = number(value, MAX_INTERVAL, "INTERVAL must be from 1 to 12.")?;
                self.interval = i32::try_from(interval).unwrap_or(1);
            }
            "COUNT" => {
                number(value, MAX_COUNT, "COUNT must be from 1 to 1000.")?;
                self.has_count = true;
            }
            "UNTIL" => {
                self.until = Some(basic_date(value)?);
                return Ok(());
            }
            "BYDAY" | "BYMONTHDAY" | "BYMONTH" | "BYSETPOS" | "WKST" => list(value)?,
            _ => return Err(Flaw::UnreadableRecurrence),
        }
        if !self.parts.is_empty() {
            self.parts.push(';');
        }
        self.parts.push_str(key);
        self.parts.push('=');
        self.parts.push_str(value);
        Ok(())
    }

    /// The dates that the rule names, counted from `starts`, within `within`, in order. A `starts` that does not
    /// match the rule is not one of them.
    pub(super) fn dates(
        &self,
        starts: LocalDate,
        within: RangeInclusive<LocalDate>,
    ) -> Vec<LocalDate> {
        let last = self.until.map_or(*within.end(), |it| it.min(*within.end()));
        let first = *within.start();
        if starts > last || first > last {
            return Vec::new();
        }
        let Some(set) = self.set(self.skipped_to(starts, first)) else {
            return Vec::new();
        };
        set.limit()
            .into_iter()
            .map(|it| it.timestamp().div_euclid(86_400))
            .filter_map(|days| i32::try_from(days).ok().map(LocalDate::from_days))
            .take_while(|date| *date <= last)
            .filter(|date| *date >= first)
            .collect()
    }

    /// A later start with the same dates after `first`, so that a rule of long ago is not counted through from its
    /// begin. Only whole steps are left out, and nothing when the number of dates counts.
    fn skipped_to(&self, starts: LocalDate, first: LocalDate) -> LocalDate {
        let step = match self.frequency {
            Frequency::Daily => self.interval,
            Frequency::Weekly => self.interval.saturating_mul(7),
            Frequency::Monthly | Frequency::Yearly => return starts,
        };
        if self.has_count || first <= starts {
            return starts;
        }
        let steps = (first.days() - starts.days()) / step;
        starts.plus_days((steps - 1).max(0).saturating_mul(step))
    }

    /// At midnight UTC of the start: every day has one, and 24 hours lie between two.
    fn set(&self, starts: LocalDate) -> Option<rrule::RRuleSet> {
        let starts = starts.to_string().replace('-', "");
        format!("DTSTART:{starts}T000000Z\nRRULE:{}", self.parts).parse().ok()
    }
}

fn frequency(text: &str) -> Result<Frequency, Flaw> {
    match text {
        "DAILY" => Ok(Frequency::Daily),
        "WEEKLY" => Ok(Frequency::Weekly),
        "MONTHLY" => Ok(Frequency::Monthly),
        "YEARLY" => Ok(Frequency::Yearly),
        _ => Err(Flaw::UnreadableRecurrence),
    }
}

fn number(text: &str, max: u32, bounds: &'static str) -> Result<u32, Flaw> {
    if text.is_empty() || !text.bytes().all(|it| it.is_ascii_digit()) {
        return Err(Flaw::UnreadableRecurrence);
    }
    let number = text.parse().unwrap_or(u32::MAX);
    if (1..=max).contains(&number) { Ok(number) } else { Err(Flaw::OutOfBounds(bounds)) }
}

/// `20261231`: a day, as the rule has no times.
fn basic_date(text: &str) -> Result<LocalDate, Flaw> {
    match (text.get(..4), text.get(4..6), text.get(6..)) {
        (Some(year), Some(month), Some(day)) => LocalDate::parse(&format!("{year}-{month}-{day}")),
        _ => Err(Flaw::ImpossibleDate),
    }
}

/// Letters, digits, signs and commas: nothing that could begin another property.
fn list(text: &str) -> Result<(), Flaw> {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b',' | b'-' | b'+');
    if !text.is_empty() && text.bytes().all(is_plain) {
        Ok(())
    } else {
        Err(Flaw::UnreadableRecurrence)
    }
}
