//! Hours on the days when clocks jump, and how hours, openings and closures meet.

use super::super::tests::{at, daily, exception, open, somebody};
use super::*;
use crate::protocol::ids::{ExceptionId, TemplateId};
use rstest::rstest;
use uuid::Uuid;

fn week(from: &str) -> Range<UnixMillis> {
    at(from)..at(from).plus(Duration::from_secs(7 * 24 * 60 * 60))
}

/// Begin and end of what is open, as the clocks of the zone show them with their offsets.
fn shown(schedule: &Schedule, window: &Range<UnixMillis>) -> Vec<String> {
    let hours = open_intervals(schedule, window);
    let text =
        |zone: &Zone, at| zone.stamp(at).split_at(25).0.replace(":00+", "+").replace(":00-", "-");
    hours
        .iter()
        .map(|it| format!("{} {}", text(&it.zone, it.from), text(&it.zone, it.until)))
        .collect()
}

/// A day of hours from midnight to midnight has as many minutes as the law gives it.
#[rstest]
#[case("Europe/Berlin", "2026-03-29", 23 * 60)]
#[case("Europe/Berlin", "2026-10-25", 25 * 60)]
#[case("America/New_York", "2026-03-08", 23 * 60)]
#[case("America/New_York", "2026-11-01", 25 * 60)]
#[case("Australia/Sydney", "2026-10-04", 23 * 60)]
#[case("Australia/Sydney", "2026-04-05", 25 * 60)]
#[case("Australia/Lord_Howe", "2026-10-04", 23 * 60 + 30)]
#[case("Australia/Lord_Howe", "2026-04-05", 24 * 60 + 30)]
#[case("Asia/Kolkata", "2026-03-29", 24 * 60)]
#[case("Asia/Amman", "2022-02-25", 23 * 60)]
#[case("Asia/Amman", "2026-02-27", 24 * 60)]
#[case("America/Sao_Paulo", "2018-11-04", 23 * 60)]
#[case("America/Sao_Paulo", "2026-11-01", 24 * 60)]
fn a_day_is_as_long_as_the_law_says(#[case] zone: &str, #[case] day: &str, #[case] minutes: u64) {
    let mut template = daily(zone, 0, 1_440);
    day.clone_into(&mut template.valid_from);
    template.valid_until = Some(day.to_owned());
    let window = at(&format!("{day}T00:00:00Z")).minus(Duration::from_secs(3 * 86_400));
    let hours = open_intervals(&open(vec![template]), &week_from(window));
    let [only] = hours.as_slice() else { panic!("{hours:?}") };
    assert_eq!(only.until.since(only.from), Duration::from_secs(minutes * 60));
    assert_eq!(only.zone.local(only.from).wall.date().to_string(), day);
}

fn week_from(from: UnixMillis) -> Range<UnixMillis> {
    from..from.plus(Duration::from_secs(7 * 24 * 60 * 60))
}

/// Hours that touch the hour that is skipped, or comes twice.
#[rstest]
// The clocks skip 02:00 to 03:00.
#[case("2026-03-29", 60, 180, &["2026-03-29T01:00+01:00 2026-03-29T03:00+02:00"])]
#[case("2026-03-29", 120, 240, &["2026-03-29T03:00+02:00 2026-03-29T04:00+02:00"])]
#[case("2026-03-29", 60, 150, &["2026-03-29T01:00+01:00 2026-03-29T03:00+02:00"])]
#[case("2026-03-29", 120, 180, &[])]
#[case("2026-03-29", 130, 170, &[])]
// 02:00 to 03:00 comes twice.
#[case("2026-10-25", 60, 240, &["2026-10-25T01:00+02:00 2026-10-25T04:00+01:00"])]
#[case("2026-10-25", 120, 180, &["2026-10-25T02:00+02:00 2026-10-25T03:00+01:00"])]
#[case("2026-10-25", 60, 150, &["2026-10-25T01:00+02:00 2026-10-25T02:30+02:00", "2026-10-25T02:00+01:00 2026-10-25T02:30+01:00"])]
#[case("2026-10-25", 150, 240, &["2026-10-25T02:30+02:00 2026-10-25T02:00+01:00", "2026-10-25T02:30+01:00 2026-10-25T04:00+01:00"])]
fn hours_at_the_edge(
    #[case] day: &str,
    #[case] starts: u16,
    #[case] ends: u16,
    #[case] expected: &[&str],
) {
    let mut template = daily("Europe/Berlin", starts, ends);
    day.clone_into(&mut template.valid_from);
    template.valid_until = Some(day.to_owned());
    let window = at(&format!("{day}T12:00:00Z")).minus(Duration::from_secs(2 * 86_400));
    assert_eq!(shown(&open(vec![template]), &week_from(window)), expected);
}

#[test]
fn an_exception_begins_at_the_first_and_ends_at_the_second_of_two() {
    let mut schedule = open(vec![daily("Europe/Berlin", 0, 1_440)]);
    let closed = exception(Kind::Closed, "Europe/Berlin", "2026-10-25T02:30", "2026-10-25T02:45");
    schedule.exceptions.push(closed);
    let day = at("2026-10-24T22:00:00Z")..at("2026-10-25T23:00:00Z");
    assert_eq!(
        shown(&schedule, &day),
        [
            "2026-10-25T00:00+02:00 2026-10-25T02:30+02:00",
            "2026-10-25T02:45+01:00 2026-10-26T00:00+01:00"
        ]
    );
    let opening = exception(Kind::Open, "Europe/Berlin", "2026-03-29T02:30", "2026-03-29T04:00");
    let schedule = Schedule { exceptions: vec![opening], ..Schedule::default() };
    assert_eq!(
        shown(&schedule, &week("2026-03-25T00:00:00Z")),
        ["2026-03-29T03:00+02:00 2026-03-29T04:00+02:00"]
    );
}

#[test]
fn recurrence_follows_the_local_calendar() {
    // 08:00 in Sydney is the evening before in UTC.
    let mut template = daily("Australia/Sydney", 8 * 60, 9 * 60);
    template.recurrence = "FREQ=WEEKLY;BYDAY=MO,TH".to_owned();
    template.except_dates = vec!["2026-06-04".to_owned()];
    let schedule = open(vec![template]);
    let window = at("2026-06-01T00:00:00Z")..at("2026-06-12T00:00:00Z");
    assert_eq!(
        shown(&schedule, &window),
        [
            "2026-06-08T08:00+10:00 2026-06-08T09:00+10:00",
            "2026-06-11T08:00+10:00 2026-06-11T09:00+10:00"
        ]
    );
}

#[rstest]
#[case("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", &["2026-06-01", "2026-06-15", "2026-06-29"])]
#[case("FREQ=WEEKLY;INTERVAL=2", &["2026-06-01", "2026-06-15", "2026-06-29"])]
#[case("FREQ=WEEKLY;INTERVAL=5;BYDAY=MO", &["2026-06-08"])]
#[case("FREQ=DAILY;INTERVAL=12", &["2026-06-11", "2026-06-23"])]
#[case("FREQ=MONTHLY;BYDAY=1TU,-1FR", &["2026-06-02", "2026-06-26"])]
#[case("FREQ=MONTHLY;BYMONTHDAY=31", &[])]
#[case("FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=24", &["2026-06-24"])]
#[case("FREQ=DAILY;UNTIL=20260603", &["2026-06-01", "2026-06-02", "2026-06-03"])]
#[case("FREQ=DAILY;COUNT=518", &["2026-06-01", "2026-06-02"])]
#[case("FREQ=WEEKLY;BYDAY=SA,SU;WKST=SU;INTERVAL=4", &["2026-06-14", "2026-06-20"])]
fn rules_count_from_their_first_day(#[case] rule: &str, #[case] expected: &[&str]) {
    // 30 December 2024 is a Monday; what a calendar of then shows for June 2026, seventeen months later.
    let mut template = daily("Europe/Berlin", 600, 660);
    template.valid_from = "2024-12-30".to_owned();
    if rule.contains("COUNT") {
        template.valid_from = "2025-01-01".to_owned();
    }
    template.recurrence = rule.to_owned();
    let june = at("2026-05-31T22:00:00Z")..at("2026-06-30T22:00:00Z");
    let days: Vec<String> = open_intervals(&open(vec![template]), &june)
        .iter()
        .map(|it| it.zone.local(it.from).wall.date().to_string())
        .collect();
    assert_eq!(days, expected);
}

#[test]
fn closed_wins_over_open_and_closures_are_everybodys() {
    let mut schedule = open(vec![daily("Europe/Berlin", 9 * 60, 17 * 60)]);
    let extra = exception(Kind::Open, "Europe/Berlin", "2026-06-01T18:00", "2026-06-01T20:00");
    let closure = Exception {
        practitioner_id: None,
        exception_id: ExceptionId(Uuid::from_u128(2)),
        ..exception(Kind::Closed, "Europe/London", "2026-06-01T11:00", "2026-06-01T18:00")
    };
    schedule.exceptions = vec![closure, extra];
    let day = at("2026-05-31T22:00:00Z")..at("2026-06-01T22:00:00Z");
    assert_eq!(
        shown(&schedule, &day),
        [
            "2026-06-01T09:00+02:00 2026-06-01T12:00+02:00",
            "2026-06-01T19:00+02:00 2026-06-01T20:00+02:00"
        ]
    );
    schedule.exceptions.reverse();
    assert_eq!(shown(&schedule, &day).len(), 2);
    assert_eq!(schedule.exceptions[0].practitioner_id, Some(somebody()));
}

#[test]
fn a_closure_within_a_longer_one_does_not_end_it() {
    let mut schedule = open(vec![daily("Europe/Berlin", 9 * 60, 17 * 60)]);
    let closed = |from, until| exception(Kind::Closed, "Europe/Berlin", from, until);
    schedule.exceptions = vec![
        closed("2026-06-01T11:00", "2026-06-01T12:00"),
        closed("2026-06-01T10:00", "2026-06-01T16:00"),
        closed("2026-06-01T16:30", "2026-06-02T09:30"),
    ];
    let days = at("2026-05-31T22:00:00Z")..at("2026-06-02T22:00:00Z");
    assert_eq!(
        shown(&schedule, &days),
        [
            "2026-06-01T09:00+02:00 2026-06-01T10:00+02:00",
            "2026-06-01T16:00+02:00 2026-06-01T16:30+02:00",
            "2026-06-02T09:30+02:00 2026-06-02T17:00+02:00"
        ]
    );
}

#[test]
fn hours_that_touch_are_one_stretch_and_places_stay_apart() {
    let evening = daily("Europe/Berlin", 20 * 60, 1_440);
    let night =
        Template { template_id: TemplateId(Uuid::from_u128(2)), ..daily("Europe/Berlin", 0, 120) };
    let elsewhere = Template {
        template_id: TemplateId(Uuid::from_u128(3)),
        location: "Ward Beta".to_owned(),
        ..daily("America/New_York", 15 * 60, 16 * 60)
    };
    let schedule = open(vec![evening, night, elsewhere]);
    let window = at("2026-06-01T10:00:00Z")..at("2026-06-02T10:00:00Z");
    let hours = open_intervals(&schedule, &window);
    let text = |it: &OpenInterval| format!("{} {}", it.location, it.zone.stamp(it.from));
    let texts: Vec<String> = hours.iter().map(text).collect();
    assert_eq!(
        texts,
        [
            "Ward Example 2026-06-01T20:00:00+02:00[Europe/Berlin]",
            "Ward Beta 2026-06-01T15:00:00-04:00[America/New_York]"
        ]
    );
    assert_eq!(hours[0].until, at("2026-06-02T00:00:00Z"));
}

#[test]
fn what_cannot_be_read_opens_nothing_and_a_closure_closes_all_the_same() {
    let window = week("2026-06-01T00:00:00Z");
    for broken in [
        Template { time_zone: "Mars/Olympus_Mons".to_owned(), ..daily("UTC", 0, 60) },
        Template { recurrence: "FREQ=HOURLY".to_owned(), ..daily("UTC", 0, 60) },
        Template { valid_from: "2026-02-30".to_owned(), ..daily("UTC", 0, 60) },
        Template { valid_until: Some("soon".to_owned()), ..daily("UTC", 0, 60) },
        Template { starts_minute: 60, ..daily("UTC", 0, 60) },
    ] {
        assert_eq!(open_intervals(&open(vec![broken]), &window), []);
    }
    let mut schedule = open(vec![daily("UTC", 0, 1_440)]);
    let closed = exception(Kind::Closed, "Gone/Zone", "2026-06-03T00:00", "2026-06-04T00:00");
    schedule.exceptions.push(closed);
    assert_eq!(
        shown(&schedule, &window),
        [
            "2026-06-01T00:00+00:00 2026-06-02T10:00+00:00",
            "2026-06-04T12:00+00:00 2026-06-08T00:00+00:00"
        ]
    );
}

#[test]
fn a_window_is_cut() {
    let schedule = open(vec![daily("UTC", 0, 1_440)]);
    let all = at("2026-06-01T00:00:00Z")..UnixMillis(i64::MAX);
    let hours = open_intervals(&schedule, &all);
    assert_eq!(hours.len(), 1);
    assert_eq!(hours[0].until, all.start.plus(MAX_WINDOW));
    let backwards = all.end..all.start;
    assert_eq!(open_intervals(&schedule, &backwards), []);
}
