//! Both edges of daylight saving in nine zones, by hand from the laws of the countries, not from this code.

use super::super::tests::at;
use super::*;
use proptest::prelude::*;
use rstest::rstest;

fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}

fn wall(text: &str) -> WallTime {
    WallTime::parse(text).unwrap()
}

/// Clocks go forward: a wall time that is missing, the moment of the jump, what RFC 5545 makes of it.
#[rstest]
#[case(
    "Europe/Berlin",
    "2026-03-29T02:30",
    "2026-03-29T01:00:00Z",
    "2026-03-29T01:30:00Z",
    "2026-03-29T03:30"
)]
#[case(
    "Europe/Berlin",
    "2026-03-29T02:00",
    "2026-03-29T01:00:00Z",
    "2026-03-29T01:00:00Z",
    "2026-03-29T03:00"
)]
#[case(
    "America/New_York",
    "2026-03-08T02:30",
    "2026-03-08T07:00:00Z",
    "2026-03-08T07:30:00Z",
    "2026-03-08T03:30"
)]
#[case(
    "Australia/Sydney",
    "2026-10-04T02:30",
    "2026-10-03T16:00:00Z",
    "2026-10-03T16:30:00Z",
    "2026-10-04T03:30"
)]
#[case(
    "Australia/Lord_Howe",
    "2026-10-04T02:15",
    "2026-10-03T15:30:00Z",
    "2026-10-03T15:45:00Z",
    "2026-10-04T02:45"
)]
#[case(
    "America/Sao_Paulo",
    "2018-11-04T00:30",
    "2018-11-04T03:00:00Z",
    "2018-11-04T03:30:00Z",
    "2018-11-04T01:30"
)]
#[case(
    "Europe/Istanbul",
    "2016-03-27T03:30",
    "2016-03-27T01:00:00Z",
    "2016-03-27T01:30:00Z",
    "2016-03-27T04:30"
)]
#[case(
    "Asia/Amman",
    "2022-02-25T00:30",
    "2022-02-24T22:00:00Z",
    "2022-02-24T22:30:00Z",
    "2022-02-25T01:30"
)]
fn a_skipped_wall_time(
    #[case] name: &str,
    #[case] skipped: &str,
    #[case] jump: &str,
    #[case] shifted: &str,
    #[case] shows: &str,
) {
    let zone = zone(name);
    let expected = Resolved::Never { jump: at(jump), shifted: at(shifted) };
    assert_eq!(zone.instant(wall(skipped)), expected);
    assert_eq!(zone.agreed(wall(skipped)), at(shifted));
    assert_eq!(zone.begin(wall(skipped)), at(jump));
    assert_eq!(zone.end(wall(skipped)), at(jump));
    assert_eq!(zone.local_text(at(shifted)), shows);
}

/// Clocks go back: a wall time that comes twice, and its two instants.
#[rstest]
#[case("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z")]
#[case("Europe/Berlin", "2026-10-25T02:00", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z")]
#[case("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z")]
#[case("Australia/Sydney", "2026-04-05T02:30", "2026-04-04T15:30:00Z", "2026-04-04T16:30:00Z")]
#[case("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z")]
#[case("America/Sao_Paulo", "2019-02-16T23:30", "2019-02-17T01:30:00Z", "2019-02-17T02:30:00Z")]
#[case("Europe/Istanbul", "2015-11-08T03:30", "2015-11-08T00:30:00Z", "2015-11-08T01:30:00Z")]
#[case("Africa/Casablanca", "2026-02-15T02:30", "2026-02-15T01:30:00Z", "2026-02-15T02:30:00Z")]
#[case("Asia/Amman", "2021-10-29T00:30", "2021-10-28T21:30:00Z", "2021-10-28T22:30:00Z")]
fn a_wall_time_that_comes_twice(
    #[case] name: &str,
    #[case] twice: &str,
    #[case] earlier: &str,
    #[case] later: &str,
) {
    let zone = zone(name);
    let expected = Resolved::Twice { earlier: at(earlier), later: at(later) };
    assert_eq!(zone.instant(wall(twice)), expected);
    assert_eq!(zone.agreed(wall(twice)), at(earlier));
    assert_eq!(zone.begin(wall(twice)), at(earlier));
    assert_eq!(zone.end(wall(twice)), at(later));
    assert_eq!(zone.local_text(at(earlier)), twice);
    assert_eq!(zone.local_text(at(later)), twice);
}

/// The minutes on either side of a missing and of a doubled hour are ordinary.
#[rstest]
#[case("Europe/Berlin", "2026-03-29T01:59", "2026-03-29T00:59:00Z")]
#[case("Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00:00Z")]
#[case("Europe/Berlin", "2026-10-25T01:59", "2026-10-24T23:59:00Z")]
#[case("Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00:00Z")]
#[case("Australia/Lord_Howe", "2026-10-04T02:30", "2026-10-03T15:30:00Z")]
#[case("Australia/Lord_Howe", "2026-04-05T02:00", "2026-04-04T15:30:00Z")]
#[case("Asia/Kolkata", "2026-03-29T02:30", "2026-03-28T21:00:00Z")]
// Laws that ended: no jump where there was one before.
#[case("America/Sao_Paulo", "2026-11-01T00:30", "2026-11-01T03:30:00Z")]
#[case("Europe/Istanbul", "2026-03-29T03:30", "2026-03-29T00:30:00Z")]
#[case("Asia/Amman", "2026-02-27T00:30", "2026-02-26T21:30:00Z")]
fn an_ordinary_wall_time(#[case] name: &str, #[case] text: &str, #[case] instant: &str) {
    assert_eq!(zone(name).instant(wall(text)), Resolved::Once(at(instant)));
}

#[rstest]
#[case("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z")]
#[case("Europe/Berlin", "2026-10-26", "2026-10-25T23:00:00Z")]
#[case("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z")]
#[case("Asia/Amman", "2022-02-25", "2022-02-24T22:00:00Z")]
#[case("Asia/Kolkata", "2026-01-01", "2025-12-31T18:30:00Z")]
fn a_day_begins(#[case] name: &str, #[case] day: &str, #[case] instant: &str) {
    let zone = zone(name);
    let day = LocalDate::parse(day).unwrap();
    let begins = zone.day_begins(day);
    assert_eq!(begins, at(instant));
    assert_eq!(zone.local(begins).wall.date(), day);
    assert_eq!(zone.local(UnixMillis(begins.0 - 1)).wall.date(), day.plus_days(-1));
}

#[rstest]
#[case(
    "Europe/Berlin",
    "2026-03-29T01:00:00Z",
    "2026-03-29T03:00",
    "2026-03-29T03:00:00+02:00[Europe/Berlin]",
    "Sun 29 March 2026, 03:00 (Europe/Berlin, UTC+2)"
)]
#[case(
    "Europe/Berlin",
    "2026-10-25T00:30:00Z",
    "2026-10-25T02:30",
    "2026-10-25T02:30:00+02:00[Europe/Berlin]",
    "Sun 25 October 2026, 02:30 (Europe/Berlin, UTC+2)"
)]
#[case(
    "Europe/Berlin",
    "2026-10-25T01:30:00Z",
    "2026-10-25T02:30",
    "2026-10-25T02:30:00+01:00[Europe/Berlin]",
    "Sun 25 October 2026, 02:30 (Europe/Berlin, UTC+1)"
)]
#[case(
    "Asia/Kolkata",
    "2026-01-01T00:00:05Z",
    "2026-01-01T05:30",
    "2026-01-01T05:30:05+05:30[Asia/Kolkata]",
    "Thu 1 January 2026, 05:30 (Asia/Kolkata, UTC+5:30)"
)]
#[case(
    "America/St_Johns",
    "2026-01-01T00:00:00Z",
    "2025-12-31T20:30",
    "2025-12-31T20:30:00-03:30[America/St_Johns]",
    "Wed 31 December 2025, 20:30 (America/St_Johns, UTC-3:30)"
)]
#[case(
    "UTC",
    "2028-02-29T23:59:00Z",
    "2028-02-29T23:59",
    "2028-02-29T23:59:00+00:00[UTC]",
    "Tue 29 February 2028, 23:59 (UTC)"
)]
fn texts(
    #[case] name: &str,
    #[case] instant: &str,
    #[case] local: &str,
    #[case] stamp: &str,
    #[case] people: &str,
) {
    let zone = zone(name);
    let instant = at(instant);
    assert_eq!(zone.local_text(instant), local);
    assert_eq!(zone.stamp(instant), stamp);
    assert_eq!(zone.for_people(instant), people);
    // Another reader of RFC 9557 agrees.
    let read: jiff::Zoned = stamp.parse().unwrap();
    assert_eq!(read.timestamp().as_millisecond(), instant.0);
}

#[rstest]
#[case("")]
#[case("Mars/Olympus_Mons")]
#[case("Etc/Unknown")]
#[case("Factory")]
#[case("local")]
#[case("+02:00")]
#[case("EST5EDT,M3.2.0,M11.1.0")]
#[case("../../etc/localtime")]
fn no_zone(#[case] name: &str) {
    assert_eq!(Zone::parse(name), Err(Flaw::UnknownZone.of("time_zone")));
}

#[test]
fn a_zone_is_named_as_the_database_spells_it() {
    assert_eq!(zone("europe/berlin").name(), "Europe/Berlin");
    assert_eq!(zone("europe/berlin"), zone("Europe/Berlin"));
    assert_ne!(zone("Europe/Paris"), zone("Europe/Berlin"));
    let version = tzdb_version();
    assert!(version.len() == 5 && version.starts_with("20"), "{version}");
}

#[rstest]
#[case("2026-02-30", Flaw::ImpossibleDate)]
#[case("2026-02-29", Flaw::ImpossibleDate)]
#[case("2026-13-01", Flaw::ImpossibleDate)]
#[case("2026-00-01", Flaw::ImpossibleDate)]
#[case("2026-1-1", Flaw::ImpossibleDate)]
#[case("20260101", Flaw::ImpossibleDate)]
#[case("2026-01-01 ", Flaw::ImpossibleDate)]
#[case("2026-01-0\u{661}", Flaw::ImpossibleDate)]
#[case("-001-01-01", Flaw::ImpossibleDate)]
#[case("9999-01-01", Flaw::YearOutOfRange)]
#[case("1999-12-31", Flaw::YearOutOfRange)]
fn no_date(#[case] text: &str, #[case] flaw: Flaw) {
    assert_eq!(LocalDate::parse(text), Err(flaw));
}

#[rstest]
#[case("2026-02-30T10:00", Flaw::ImpossibleTime)]
#[case("2026-02-28T24:00", Flaw::ImpossibleTime)]
#[case("2026-02-28T10:60", Flaw::ImpossibleTime)]
#[case("2026-02-28T10:00:00", Flaw::ImpossibleTime)]
#[case("2026-02-28T10:00Z", Flaw::ImpossibleTime)]
#[case("2026-02-28 10:00", Flaw::ImpossibleTime)]
#[case("2026-02-28", Flaw::ImpossibleTime)]
#[case("9999-02-28T10:00", Flaw::YearOutOfRange)]
fn no_wall_time(#[case] text: &str, #[case] flaw: Flaw) {
    assert_eq!(WallTime::parse(text), Err(flaw));
}

#[test]
fn dates_and_wall_times_are_read_as_they_are_written() {
    for text in ["2000-01-01", "2026-02-28", "2028-02-29", "2199-12-31"] {
        assert_eq!(LocalDate::parse(text).unwrap().to_string(), text);
    }
    assert_eq!(wall("2026-03-29T23:59").to_string(), "2026-03-29T23:59");
    assert_eq!(wall("2026-02-28T10:00").plus_days(1).to_string(), "2026-03-01T10:00");
    assert_eq!(LocalDate::parse("2026-03-29").unwrap().at(1_440), wall("2026-03-30T00:00"));
}

#[test]
fn nothing_fails_for_an_instant() {
    for extreme in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX] {
        for name in ["Europe/Berlin", "Pacific/Apia"] {
            let text = zone(name).for_people(UnixMillis(extreme));
            assert!(text.contains(name), "{text}");
            let _stamp = zone(name).stamp(UnixMillis(extreme));
            let offsets = zone(name).offsets(&(UnixMillis(extreme)..UnixMillis(extreme)));
            let day = wall("2026-06-01T00:00")..wall("2026-06-02T00:00");
            assert!(!offsets.spans(day).is_empty());
        }
    }
}

const ZONES: [&str; 10] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Europe/Istanbul",
    "Asia/Amman",
    "Pacific/Apia",
];

/// Some instant from 2010 to 2037, often within a day of a jump of the clocks.
fn instants() -> impl Strategy<Value = (Zone, UnixMillis)> {
    let all = at("2010-01-01T00:00:00Z").0..at("2037-12-31T00:00:00Z").0;
    (prop::sample::select(&ZONES[..]), all, any::<bool>(), -86_400_000_i64..86_400_000).prop_map(
        |(name, any, is_near, distance)| {
            let zone = zone(name);
            let jump = zone.rules.following(timestamp(UnixMillis(any))).next();
            let near = jump.map(|it| millis(it.timestamp()).0 + distance);
            (zone, UnixMillis(near.filter(|_| is_near).unwrap_or(any)))
        },
    )
}

proptest! {
    /// Every instant's wall time leads back to it.
    #[test]
    fn local_and_instant_are_inverse((zone, at) in instants()) {
        let minute = UnixMillis(at.0.div_euclid(60_000) * 60_000);
        match zone.instant(zone.local(at).wall) {
            Resolved::Once(it) => prop_assert_eq!(it, minute),
            Resolved::Twice { earlier, later } => {
                prop_assert!(earlier < later);
                prop_assert!(minute == earlier || minute == later);
            }
            Resolved::Never { .. } => prop_assert!(false, "the clocks show it, so it exists"),
        }
    }

    /// Hours are the instants whose wall time lies in them: no more and no less, at every quarter of an hour.
    #[test]
    fn spans_are_what_the_clocks_show((zone, near) in instants(), starts in 0_u16..1_440, length in 1_u16..1_440) {
        let date = zone.local(near).wall.date();
        let walls = date.at(starts)..date.at((starts + length).min(1_440));
        let spans = zone.offsets(&(near..near)).spans(walls.clone());
        let day = UnixMillis(near.0.div_euclid(900_000) * 900_000);
        for step in -160_i64..160 {
            let it = UnixMillis(day.0 + step * 900_000);
            let is_shown = walls.contains(&zone.local(it).wall);
            prop_assert_eq!(spans.iter().any(|span| span.contains(&it)), is_shown, "{}", zone.stamp(it));
        }
        for pair in spans.windows(2) {
            prop_assert!(pair[0].end < pair[1].start);
        }
    }

    /// The steps of a grid are the instants at which the clocks show a multiple, in order.
    #[test]
    fn steps_are_what_the_clocks_show((zone, near) in instants(), every in 1_u64..30, offset in 0_u64..60) {
        let (every, offset) = (every * 5, offset % (every * 5));
        let minutes = |it: u64| std::time::Duration::from_secs(it * 60);
        let grid = Grid::new(minutes(every), minutes(offset));
        let first = near.0.div_euclid(60_000) * 60_000;
        let within = UnixMillis(first)..UnixMillis(first + 30 * 3_600_000);
        let offsets = zone.offsets(&within);
        let mut steps = Vec::new();
        offsets.steps(&within, grid, |it| { steps.push(it); true });
        let is_shown = |it: &UnixMillis| {
            let minute = u64::from(zone.local(*it).wall.minute());
            minute >= offset && (minute - offset) % every == 0
        };
        let all = (0..30 * 60).map(|it| UnixMillis(first + it * 60_000));
        let shown: Vec<UnixMillis> = all.filter(is_shown).collect();
        prop_assert!(steps.iter().all(|it| offsets.is_step(*it, grid)));
        prop_assert_eq!(steps, shown);
    }
}
