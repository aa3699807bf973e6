//! How local times are written: for rows, for machines, and for people. Mail, SMS, calendar files and the API take
//! their texts from here, so they cannot disagree.

use super::{LocalDate, LocalTime, WallTime, Zone};
use crate::protocol::time::UnixMillis;
use jiff::Timestamp;
use std::fmt;

const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Reads a text of exactly the shape of `pattern`, in which `d` stands for a digit, as the numbers in it.
pub(super) fn numbers<const N: usize>(text: &str, pattern: &str) -> Option<[i16; N]> {
    if text.len() != pattern.len() {
        return None;
    }
    let mut numbers = [0_i16; N];
    let mut place = 0;
    for (given, wanted) in text.bytes().zip(pattern.bytes()) {
        match wanted {
            b'd' if given.is_ascii_digit() => {
                let number = numbers.get_mut(place)?;
                *number = number.checked_mul(10)?.checked_add(i16::from(given - b'0'))?;
            }
            b'd' => return None,
            _ if given == wanted => place += 1,
            _ => return None,
        }
    }
    Some(numbers)
}

/// `YYYY-MM-DD`.
impl fmt::Display for LocalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.civil();
        write!(f, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
    }
}

/// `YYYY-MM-DDTHH:MM`, as rows keep it.
impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minute = self.minute();
        write!(f, "{}T{:02}:{:02}", self.date(), minute / 60, minute % 60)
    }
}

impl LocalTime {
    /// `+02:00`, as RFC 3339 writes it.
    pub fn offset_text(self) -> String {
        let minutes = self.offset_seconds.unsigned_abs() / 60;
        let sign = if self.offset_seconds < 0 { '-' } else { '+' };
        format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }

    /// `UTC+2`, `UTC+5:30`, as people say it. Plain ASCII, so that it costs no SMS its alphabet.
    fn utc_text(self) -> String {
        let minutes = self.offset_seconds.unsigned_abs() / 60;
        let sign = if self.offset_seconds < 0 { '-' } else { '+' };
        match minutes % 60 {
            0 => format!("UTC{sign}{}", minutes / 60),
            rest => format!("UTC{sign}{}:{rest:02}", minutes / 60),
        }
    }
}

/// An instant as calendar files have it, `20261124T130000Z` (RFC 5545 §3.3.5, form 2).
pub fn basic_utc(at: UnixMillis) -> String {
    utc(at).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// An instant as the `Date` of a mail is made of, `Tue, 24 Nov 2026 13:00:00 GMT` (RFC 5322 §3.3).
pub fn mail_date(at: UnixMillis) -> String {
    utc(at).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// An instant in UTC, to the millisecond, as RFC 3339 and FHIR have it.
pub fn instant_utc(at: UnixMillis) -> String {
    utc(at).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// The wall time of an instant in UTC, `2026-11-24T13:00`.
pub fn wall_utc(at: UnixMillis) -> String {
    utc(at).strftime("%Y-%m-%dT%H:%M").to_string()
}

/// An instant beyond the calendar (year 9999) is shown as its end.
fn utc(at: UnixMillis) -> Timestamp {
    let end = if at.0 < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(at.0).unwrap_or(end)
}

impl Zone {
    /// The wall time of an instant, `2026-03-29T03:00`.
    pub fn local_text(&self, at: UnixMillis) -> String {
        self.local(at).wall.to_string()
    }

    /// An instant with its zone (RFC 9557): `2026-03-29T03:00:00+02:00[Europe/Berlin]`. That text has seconds always.
    pub fn stamp(&self, at: UnixMillis) -> String {
        let local = self.local(at);
        let seconds = at.0.div_euclid(1_000).saturating_add(i64::from(local.offset_seconds));
        format!(
            "{}:{:02}{}[{}]",
            local.wall,
            seconds.rem_euclid(60),
            local.offset_text(),
            self.name()
        )
    }

    /// An instant for people: `Sun 29 March 2026, 03:00 (Europe/Berlin, UTC+2)`. The offset tells two equal wall
    /// times apart.
    pub fn for_people(&self, at: UnixMillis) -> String {
        let local = self.local(at);
        let (day, minute) = (local.wall.date(), local.wall.minute());
        let date = day.civil();
        let weekday = usize::try_from(day.days().rem_euclid(7)).unwrap_or_default();
        let month = usize::try_from(date.month() - 1).unwrap_or_default();
        let zone = match self.name() {
            "UTC" => "UTC".to_owned(),
            name => format!("{name}, {}", local.utc_text()),
        };
        format!(
            "{} {} {} {}, {:02}:{:02} ({zone})",
            WEEKDAYS.get(weekday).copied().unwrap_or_default(),
            date.day(),
            MONTHS.get(month).copied().unwrap_or_default(),
            date.year(),
            minute / 60,
            minute % 60
        )
    }
}
