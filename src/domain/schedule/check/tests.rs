//! Everything that people can enter wrongly, and the field that is blamed.

use super::super::tests::{at, daily, exception, minutes, service as good_service};
use super::*;
use crate::protocol::ids::{ExceptionId, ServiceId, TemplateId};
use rstest::rstest;
use uuid::Uuid;

fn blamed(result: Result<(), Refusal>) -> Option<(&'static str, Flaw)> {
    match result {
        Ok(()) => None,
        Err(Refusal::Flawed { field, flaw }) => Some((field, flaw)),
        Err(other) => panic!("{other:?}"),
    }
}

type Change<T> = fn(&mut T);

#[rstest]
#[case("", |_: &mut Service| {})]
#[case("name", |it: &mut Service| it.name = " ".to_owned())]
#[case("name", |it: &mut Service| it.name = "n".repeat(121))]
#[case("name", |it: &mut Service| it.name = "two\nlines".to_owned())]
#[case("specialty", |it: &mut Service| it.specialty = "Dermatology".to_owned())]
#[case("duration_min", |it: &mut Service| it.duration = Duration::ZERO)]
#[case("duration_min", |it: &mut Service| it.duration = minutes(481))]
#[case("duration_min", |it: &mut Service| it.duration = Duration::from_secs(601))]
#[case("", |it: &mut Service| it.duration = minutes(480))]
#[case("buffer_before_min", |it: &mut Service| it.buffer_before = minutes(241))]
#[case("buffer_after_min", |it: &mut Service| it.buffer_after = Duration::MAX)]
#[case("buffer_after_min", |it: &mut Service| it.buffer_after = Duration::from_millis(60_001))]
#[case("alignment_interval_min", |it: &mut Service| it.alignment_interval = Duration::ZERO)]
#[case("alignment_interval_min", |it: &mut Service| it.alignment_interval = minutes(1_441))]
#[case("alignment_offset_min", |it: &mut Service| it.alignment_offset = minutes(30))]
#[case("", |it: &mut Service| it.alignment_offset = minutes(29))]
#[case("min_notice_min", |it: &mut Service| it.min_notice = minutes(60 * 24 * 60 + 1))]
#[case("min_notice_min", |it: &mut Service| { it.horizon_days = 1; it.min_notice = minutes(24 * 60) })]
#[case("horizon_days", |it: &mut Service| it.horizon_days = 0)]
#[case("horizon_days", |it: &mut Service| it.horizon_days = 401)]
#[case("slot_capacity", |it: &mut Service| it.capacity = 0)]
#[case("slot_capacity", |it: &mut Service| it.capacity = 51)]
#[case("price", |it: &mut Service| it.price = Some((0, "EUR".to_owned())))]
#[case("price", |it: &mut Service| it.price = Some((u32::MAX, "EUR".to_owned())))]
#[case("currency", |it: &mut Service| it.price = Some((100, "eur".to_owned())))]
#[case("", |it: &mut Service| it.price = Some((100, "EUR".to_owned())))]
fn services(#[case] field: &str, #[case] change: Change<Service>) {
    let mut service = good_service();
    change(&mut service);
    assert_eq!(blamed(super::service(&service)).map_or("", |(field, _)| field), field);
}

#[rstest]
#[case("", |_: &mut Template| {})]
#[case("time_zone", |it: &mut Template| it.time_zone = "Mars/Olympus_Mons".to_owned())]
#[case("location", |it: &mut Template| it.location = String::new())]
#[case("starts", |it: &mut Template| it.starts_minute = 1_440)]
#[case("ends", |it: &mut Template| it.ends_minute = 1_441)]
#[case("ends", |it: &mut Template| it.ends_minute = 540)]
#[case("ends", |it: &mut Template| it.ends_minute = 539)]
#[case("", |it: &mut Template| { it.starts_minute = 1_439; it.ends_minute = 1_440 })]
#[case("valid_from", |it: &mut Template| it.valid_from = "2026-02-30".to_owned())]
#[case("valid_from", |it: &mut Template| it.valid_from = "0001-01-01".to_owned())]
#[case("valid_until", |it: &mut Template| it.valid_until = Some("12026-01-01".to_owned()))]
#[case("valid_until", |it: &mut Template| it.valid_until = Some("2199-12-31".to_owned()))]
#[case("valid_until", |it: &mut Template| it.valid_until = Some("2014-12-31".to_owned()))]
#[case("", |it: &mut Template| it.valid_until = Some("2015-01-01".to_owned()))]
#[case("except_dates", |it: &mut Template| it.except_dates = vec!["2026-04-31".to_owned()])]
#[case("except_dates", |it: &mut Template| it.except_dates = vec!["2026-04-30".to_owned(); 401])]
#[case("service_ids", |it: &mut Template| it.service_ids = vec![ServiceId(Uuid::from_u128(1)); 65])]
fn templates(#[case] field: &str, #[case] change: Change<Template>) {
    let mut changed = daily("Europe/Berlin", 540, 720);
    change(&mut changed);
    assert_eq!(blamed(template(&changed, &[])).map_or("", |(field, _)| field), field);
}

#[rstest]
#[case("FREQ=DAILY")]
#[case("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR")]
#[case("FREQ=WEEKLY;INTERVAL=12;BYDAY=MO;WKST=SU")]
#[case("FREQ=MONTHLY;BYDAY=-1FR")]
#[case("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1")]
#[case("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29")]
#[case("FREQ=DAILY;COUNT=1000")]
#[case("FREQ=DAILY;UNTIL=20161231")]
fn a_recurrence(#[case] rule: &str) {
    let mut changed = daily("Europe/Berlin", 540, 720);
    rule.clone_into(&mut changed.recurrence);
    assert_eq!(template(&changed, &[]), Ok(()));
}

#[rstest]
#[case("", None)]
#[case("every day", None)]
#[case("FREQ=SECONDLY", None)]
#[case("FREQ=HOURLY", None)]
#[case("FREQ=FORTNIGHTLY", None)]
#[case("BYDAY=MO", None)]
#[case("FREQ=DAILY;FREQ=WEEKLY", None)]
#[case("FREQ=DAILY;BYHOUR=9", None)]
#[case("FREQ=DAILY;BYMINUTE=9", None)]
#[case("FREQ=DAILY;BYSECOND=9", None)]
#[case("FREQ=WEEKLY;BYDAY=XX", None)]
#[case("FREQ=WEEKLY;BYDAY=", None)]
#[case("FREQ=DAILY;", None)]
#[case("FREQ=DAILY\nRRULE:FREQ=DAILY", None)]
#[case("FREQ=DAILY\nEXDATE:20260101T000000Z", None)]
#[case("FREQ=DAILY;X-COLOUR=RED", None)]
#[case("FREQ=DAILY;BYMONTH=13", None)]
#[case("FREQ=DAILY;INTERVAL=-1", None)]
#[case("FREQ=DAILY;COUNT=2;UNTIL=20261231", None)]
#[case("FREQ=DAILY;UNTIL=20261231T000000Z", Some(Flaw::ImpossibleDate))]
#[case("FREQ=DAILY;UNTIL=20260230", Some(Flaw::ImpossibleDate))]
#[case("FREQ=DAILY;UNTIL=\u{e9}\u{e9}\u{e9}\u{e9}", Some(Flaw::ImpossibleDate))]
#[case("FREQ=DAILY;UNTIL=20141231", Some(Flaw::NamesNoDay))]
#[case("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", Some(Flaw::NamesNoDay))]
#[case("FREQ=DAILY;INTERVAL=0", Some(Flaw::OutOfBounds("INTERVAL must be from 1 to 12.")))]
#[case(
    "FREQ=DAILY;INTERVAL=99999999999",
    Some(Flaw::OutOfBounds("INTERVAL must be from 1 to 12."))
)]
#[case("FREQ=DAILY;COUNT=1001", Some(Flaw::OutOfBounds("COUNT must be from 1 to 1000.")))]
#[case(
    "FREQ=DAILY;BYMONTHDAY=1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1",
    Some(Flaw::OutOfBounds("At most 200 characters."))
)]
fn no_recurrence(#[case] rule: &str, #[case] flaw: Option<Flaw>) {
    let mut changed = daily("Europe/Berlin", 540, 720);
    rule.clone_into(&mut changed.recurrence);
    let flaw = flaw.unwrap_or(Flaw::UnreadableRecurrence);
    assert_eq!(blamed(template(&changed, &[])), Some(("recurrence", flaw)));
}

fn second(change: impl Fn(&mut Template)) -> Template {
    let mut other = daily("Europe/Berlin", 540, 720);
    other.template_id = TemplateId(Uuid::from_u128(2));
    change(&mut other);
    other
}

const ONE: ServiceId = ServiceId(Uuid::from_u128(1));
const TWO: ServiceId = ServiceId(Uuid::from_u128(2));

#[rstest]
#[case(true, |_: &mut Template| {})]
#[case(true, |it: &mut Template| it.location = "Ward Beta".to_owned())]
#[case(false, |it: &mut Template| { it.starts_minute = 720; it.ends_minute = 780 })]
#[case(true, |it: &mut Template| { it.starts_minute = 719; it.ends_minute = 780 })]
#[case(false, |it: &mut Template| it.valid_until = Some("2016-01-03".to_owned()))]
#[case(true, |it: &mut Template| it.valid_until = Some("2016-01-04".to_owned()))]
// 09:00 to 12:00 in London is 10:00 to 13:00 in Berlin.
#[case(true, |it: &mut Template| it.time_zone = "Europe/London".to_owned())]
#[case(false, |it: &mut Template| { it.time_zone = "Europe/London".to_owned(); it.starts_minute = 660 })]
// Every other Monday, and those in between; every third meets them both.
#[case(false, |it: &mut Template| it.recurrence = "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU".to_owned())]
#[case(true, |it: &mut Template| it.recurrence = "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO".to_owned())]
// For other services, the same hours may be open twice.
#[case(false, |it: &mut Template| it.service_ids = vec![TWO])]
#[case(true, |it: &mut Template| it.service_ids = vec![TWO, ONE])]
fn templates_that_overlap(#[case] is_refused: bool, #[case] change: Change<Template>) {
    let first = Template {
        // A Monday.
        valid_from: "2016-01-04".to_owned(),
        recurrence: "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO".to_owned(),
        service_ids: vec![ONE],
        ..daily("Europe/Berlin", 540, 720)
    };
    let other = second(change);
    let expected = is_refused.then_some(("recurrence", Flaw::OverlapsOtherHours));
    assert_eq!(blamed(template(&first, std::slice::from_ref(&other))), expected);
    assert_eq!(blamed(template(&other, std::slice::from_ref(&first))), expected);
}

#[test]
fn a_template_may_replace_itself_and_there_are_not_too_many() {
    let template = daily("Europe/Berlin", 540, 720);
    assert_eq!(super::template(&template, std::slice::from_ref(&template)), Ok(()));
    let other = |number: u16| Template {
        template_id: TemplateId(Uuid::from_u128(100 + u128::from(number))),
        starts_minute: number * 5,
        ends_minute: number * 5 + 5,
        ..daily("Europe/Berlin", 0, 5)
    };
    let mut others: Vec<Template> = (0..63).map(other).collect();
    assert_eq!(super::template(&template, &others), Ok(()));
    others.push(other(63));
    let refused = super::template(&template, &others);
    assert_eq!(blamed(refused).unwrap().0, "template_id");
}

#[rstest]
#[case("", |_: &mut Exception| {})]
#[case("time_zone", |it: &mut Exception| it.time_zone = "Europe/Atlantis".to_owned())]
#[case("starts", |it: &mut Exception| it.starts_local = "2026-02-30T10:00".to_owned())]
#[case("ends", |it: &mut Exception| it.ends_local = "2026-06-01T25:00".to_owned())]
#[case("ends", |it: &mut Exception| it.ends_local = it.starts_local.clone())]
#[case("ends", |it: &mut Exception| it.ends_local = "2026-06-01T09:59".to_owned())]
#[case("ends", |it: &mut Exception| it.ends_local = "2027-06-03T10:00".to_owned())]
#[case("ends", |it: &mut Exception| it.ends_local = "9999-12-31T10:00".to_owned())]
#[case("", |it: &mut Exception| it.ends_local = "2027-06-02T10:00".to_owned())]
// The clocks skip 02:00 to 03:00: nothing is left of these.
#[case("starts", |it: &mut Exception| { it.starts_local = "2026-03-29T02:10".to_owned(); it.ends_local = "2026-03-29T02:50".to_owned() })]
#[case("", |it: &mut Exception| { it.starts_local = "2026-03-29T02:10".to_owned(); it.ends_local = "2026-03-29T03:10".to_owned() })]
#[case("location", |it: &mut Exception| { it.kind = Kind::Open; it.location = String::new() })]
#[case("", |it: &mut Exception| it.location = String::new())]
#[case("reason", |it: &mut Exception| it.reason = "r".repeat(501))]
fn exceptions(#[case] field: &str, #[case] change: Change<Exception>) {
    let mut changed =
        exception(Kind::Closed, "Europe/Berlin", "2026-06-01T10:00", "2026-06-01T12:00");
    change(&mut changed);
    assert_eq!(blamed(super::exception(&changed, &[])).map_or("", |(field, _)| field), field);
}

#[test]
fn there_are_not_too_many_exceptions() {
    let one = exception(Kind::Closed, "Europe/Berlin", "2026-06-01T10:00", "2026-06-01T12:00");
    let other = |it| Exception { exception_id: ExceptionId(Uuid::from_u128(it)), ..one.clone() };
    let others: Vec<Exception> = (100..500).map(other).collect();
    assert_eq!(super::exception(&one, &others[1..]), Ok(()));
    assert_eq!(super::exception(&others[0], &others), Ok(()));
    let refused = super::exception(&one, &others);
    assert_eq!(blamed(refused).unwrap().0, "exception_id");
}

#[test]
fn windows() {
    let now = at("2026-06-01T00:00:00Z");
    assert_eq!(window(now, now.plus(MAX_WINDOW)), Ok(now..now.plus(MAX_WINDOW)));
    for until in
        [now, now.minus(minutes(1)), now.plus(MAX_WINDOW + minutes(1)), UnixMillis(i64::MAX)]
    {
        assert_eq!(blamed(window(now, until).map(|_| ())).unwrap().0, "until");
    }
}
