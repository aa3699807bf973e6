//! Series, placements, changes, licences, and interpreters.

use super::super::tests::{appointment, at, daily, hold, minutes, open, service, somebody};
use super::*;
use crate::protocol::ids::ServiceId;
use rstest::rstest;
use uuid::Uuid;

/// The wall time stays; the instant follows the clocks.
#[rstest]
#[case("Europe/Berlin", "2026-03-20T08:00:00Z", &["2026-03-20T09:00", "2026-03-27T09:00", "2026-04-03T09:00"])]
#[case("America/New_York", "2026-10-26T13:00:00Z", &["2026-10-26T09:00", "2026-11-02T09:00", "2026-11-09T09:00"])]
#[case("Australia/Lord_Howe", "2026-09-27T22:30:00Z", &["2026-09-28T09:00", "2026-10-05T09:00", "2026-10-12T09:00"])]
#[case("Asia/Kolkata", "2026-03-27T03:30:00Z", &["2026-03-27T09:00", "2026-04-03T09:00", "2026-04-10T09:00"])]
// 02:30 is skipped on 29 March: an hour later on the clock that day, and back again.
#[case("Europe/Berlin", "2026-03-22T01:30:00Z", &["2026-03-22T02:30", "2026-03-29T03:30", "2026-04-05T02:30"])]
fn a_series_keeps_its_wall_time(
    #[case] zone: &str,
    #[case] first: &str,
    #[case] expected: &[&str],
) {
    let zone = Zone::parse(zone).unwrap();
    let begins = repeat(&zone, at(first), 1, 3).unwrap();
    let texts: Vec<String> = begins.iter().map(|it| zone.local_text(*it)).collect();
    assert_eq!(texts, expected);
    assert_eq!(begins[0], at(first));
}

#[test]
fn a_series_that_meets_a_time_that_comes_twice_takes_the_first() {
    let zone = Zone::parse("Europe/Berlin").unwrap();
    let begins = repeat(&zone, at("2026-10-18T00:30:00Z"), 1, 3).unwrap();
    let expected = ["2026-10-18T00:30:00Z", "2026-10-25T00:30:00Z", "2026-11-01T01:30:00Z"];
    assert_eq!(begins, expected.map(at));
    // One that begins with the second stays where it was agreed.
    let begins = repeat(&zone, at("2026-10-25T01:30:00Z"), 2, 2).unwrap();
    assert_eq!(begins, ["2026-10-25T01:30:00Z", "2026-11-08T01:30:00Z"].map(at));
}

#[rstest]
#[case(0, 2, Some("every_weeks"))]
#[case(13, 2, Some("every_weeks"))]
#[case(1, 0, Some("count"))]
#[case(1, 27, Some("count"))]
#[case(12, 26, None)]
#[case(1, 1, None)]
fn a_series_is_bounded(#[case] weeks: u8, #[case] count: u8, #[case] blamed: Option<&str>) {
    let zone = Zone::parse("Europe/Berlin").unwrap();
    match repeat(&zone, at("2026-03-20T08:00:00Z"), weeks, count) {
        Ok(begins) => assert_eq!((begins.len(), blamed), (usize::from(count), None)),
        Err(Refusal::Flawed { field, .. }) => assert_eq!(Some(field), blamed),
        Err(other) => panic!("{other:?}"),
    }
}

#[rstest]
#[case("2026-06-01T03:00:00Z", "2026-06-01T03:05:00Z", Ok(()))]
#[case("2026-06-01T03:00:00Z", "2026-06-01T11:00:00Z", Err(Refusal::Taken))]
#[case("2026-06-01T03:00:00Z", "2026-06-01T10:00:00Z", Ok(()))]
#[case("2026-06-01T10:30:00Z", "2026-06-01T18:30:00Z", Ok(()))]
#[case("2026-06-01T10:30:00Z", "2026-06-01T18:30:00.001Z", Err(long()))]
#[case("2026-06-01T10:30:00Z", "2026-06-01T10:34:59Z", Err(long()))]
#[case("2026-06-01T10:30:00Z", "2026-06-01T10:30:00Z", Err(Flaw::EndsBeforeItStarts.of("ends_at")))]
#[case("2026-06-01T10:30:00Z", "2026-06-01T10:00:00Z", Err(Flaw::EndsBeforeItStarts.of("ends_at")))]
#[case("2026-06-01T10:15:00Z", "2026-06-01T11:00:00Z", Err(Refusal::Taken))]
#[case("2026-05-31T23:50:00Z", "2026-06-01T00:30:00Z", Ok(()))]
#[case("2026-05-31T23:30:00Z", "2026-06-01T00:00:00Z", Err(Refusal::InThePast))]
#[case("2099-06-01T10:00:00Z", "2099-06-01T11:00:00Z", Err(Refusal::TooFar))]
fn an_administrator_places(
    #[case] starts: &str,
    #[case] ends: &str,
    #[case] expected: Result<(), Refusal>,
) {
    let now = at("2026-06-01T00:00:00Z");
    let mut schedule = open(vec![daily("UTC", 9 * 60, 12 * 60)]);
    let ten = at("2026-06-01T10:00:00Z");
    let taken = claim_for(&schedule, &service(), somebody(), ten, now, hold(1, ten)).unwrap();
    schedule.apply(taken.0);
    let new = hold(2, now);
    let placement = Placement {
        slot_id: new.slot_id,
        hold_id: new.hold_id,
        appointment_id: appointment(1),
        starts_at: at(starts),
        ends_at: at(ends),
    };
    let placed = place(&schedule, somebody(), placement, now);
    if let Ok(claim) = &placed {
        assert_eq!(claim.state, ClaimState::Busy(appointment(1)));
        assert_eq!((claim.busy_from, claim.busy_until), (at(starts), at(ends)));
    }
    assert_eq!(placed.map(|_| ()), expected);
}

fn long() -> Refusal {
    Flaw::OutOfBounds("An appointment has 5 minutes to 8 hours.").of("ends_at")
}

#[test]
fn until_when_an_appointment_is_changed() {
    let (begin, end) = (at("2026-06-01T10:00:00Z"), at("2026-06-01T10:30:00Z"));
    let before = |it: UnixMillis| UnixMillis(it.0 - 1);
    assert_eq!(may_move(begin, before(begin)), Ok(()));
    assert_eq!(may_move(begin, begin), Err(Refusal::HasBegun));
    let cancel = |now, by| may_cancel(begin, end, now, by);
    assert_eq!(cancel(before(begin), Cancels::Patient), Ok(()));
    assert_eq!(cancel(begin, Cancels::Patient), Err(Refusal::HasBegun));
    assert_eq!(cancel(begin, Cancels::Clinic), Ok(()));
    assert_eq!(cancel(before(end), Cancels::Clinic), Ok(()));
    assert_eq!(cancel(end, Cancels::Clinic), Err(Refusal::IsOver));
    assert_eq!(cancel(end, Cancels::Patient), Err(Refusal::IsOver));
}

#[rstest]
#[case("DE", None, "DE", true)]
#[case("DE", None, "DE-BY", true)]
#[case("DE-BY", None, "DE-BY", true)]
#[case("DE-BY", None, "DE", false)]
#[case("DE-BY", None, "DE-BE", false)]
#[case("DE", None, "AT", false)]
#[case("US-CA", None, "US-CA", true)]
#[case("US-CA", None, "US-NV", false)]
#[case("US", None, "US-CA", false)]
#[case("CA", None, "CA-ON", false)]
#[case("CA-ON", None, "CA-ON", true)]
#[case("AU", None, "AU-NSW", true)]
#[case("DE", Some("2026-06-01"), "DE", true)]
#[case("DE", Some("2026-05-31"), "DE", false)]
#[case("DE", Some("for life"), "DE", false)]
fn licences(
    #[case] jurisdiction: &str,
    #[case] valid_until: Option<&str>,
    #[case] patient: &str,
    #[case] is_covered: bool,
) {
    let day = LocalDate::parse("2026-06-01").unwrap();
    let gate = |it: &[Licence<'_>]| licence_gate(it, patient, day);
    let expected = if is_covered { Ok(()) } else { Err(Refusal::LicenceRequired) };
    assert_eq!(gate(&[Licence { jurisdiction, valid_until }]), expected);
    assert_eq!(gate(&[]), Err(Refusal::LicenceRequired));
    let other = Licence { jurisdiction: "JP", valid_until: None };
    assert_eq!(gate(&[other, Licence { jurisdiction, valid_until }]), expected);
}

#[rstest]
#[case("US")]
#[case("CA")]
#[case("")]
#[case("de")]
#[case("DE-")]
#[case("DE-ABCD")]
#[case("DEU")]
#[case("DE-BY-X")]
fn a_place_that_cannot_be_judged(#[case] patient: &str) {
    let day = LocalDate::parse("2026-06-01").unwrap();
    let all =
        ["US", "CA", "DE", "US-CA"].map(|jurisdiction| Licence { jurisdiction, valid_until: None });
    let refused = licence_gate(&all, patient, day);
    assert!(matches!(refused, Err(Refusal::Flawed { field: "jurisdiction", .. })), "{refused:?}");
}

#[test]
fn an_interpreter_is_claimed_beside() {
    let now = at("2026-06-01T00:00:00Z");
    let buffered = Service { buffer_after: minutes(30), ..service() };
    let clinician = open(vec![daily("UTC", 9 * 60, 12 * 60)]);
    let begin = at("2026-06-01T10:00:00Z");
    let new = hold(1, now.plus(minutes(5)));
    let (claim, _) = claim_for(&clinician, &buffered, somebody(), begin, now, new).unwrap();
    let interpreter = PersonId(Uuid::from_u128(8));
    let slot = SlotId(Uuid::from_u128(70));
    let mut schedule = open(vec![daily("UTC", 10 * 60, 11 * 60)]);
    let beside = interpreter_claim(&schedule, interpreter, &claim, slot, now).unwrap();
    assert_eq!((beside.practitioner_id, beside.slot_id, beside.group), (interpreter, slot, slot.0));
    assert_eq!((beside.hold_id, beside.state), (claim.hold_id, claim.state));
    assert_eq!((beside.busy_from, beside.busy_until), (begin, begin.plus(minutes(30))));
    schedule.apply(beside);
    let again = interpreter_claim(&schedule, interpreter, &claim, slot, now);
    assert_eq!(again, Err(Refusal::Taken));
    let nobody = Schedule::default();
    let refused = interpreter_claim(&nobody, interpreter, &claim, slot, now);
    assert_eq!(refused, Err(Refusal::NotOffered));
    let mut others = open(vec![daily("UTC", 10 * 60, 11 * 60)]);
    others.templates[0].service_ids = vec![ServiceId(Uuid::from_u128(9))];
    let refused = interpreter_claim(&others, interpreter, &claim, slot, now);
    assert_eq!(refused, Err(Refusal::NotOffered));
}

/// Where a move may go, nobody else may; and a second try for the move takes nothing from the first.
#[test]
fn what_is_held_beside_an_appointment_is_for_that_appointment() {
    let now = at("2026-06-01T00:00:00Z");
    let mut schedule = open(vec![daily("UTC", 9 * 60, 12 * 60)]);
    let begin = at("2026-06-01T10:00:00Z");
    let held = |number: u128, begin: UnixMillis, on: &Schedule| {
        let new = hold(number, now.plus(minutes(5)));
        let claim = claim_for(on, &service(), somebody(), begin, now, new).unwrap().0;
        (new.hold_id, claim)
    };
    let (first, claim) = held(1, begin, &schedule);
    schedule.apply(claim);
    schedule.confirm(first, &[appointment(1)], now).unwrap();
    let old = schedule.claims[0].clone();

    let mut without = schedule.clone();
    without.free(appointment(1));
    let (over, claim) = held(2, begin, &without);
    let claim = beside(claim, &old, &schedule.claims);
    assert_eq!((claim.group, claim.seat), (old.group, 1));
    without.apply(claim.clone());
    let (apart, elsewhere) = held(3, begin.plus(minutes(60)), &without);
    let plain = beside(elsewhere.clone(), &old, &schedule.claims);
    assert_eq!(plain, elsewhere, "where nothing overlaps, it is like any other");
    schedule.apply(claim);
    schedule.apply(plain);

    let may = |id: HoldId, moves| may_use(&schedule, &service(), id, moves);
    assert_eq!(may(over, None), Err(Refusal::Taken));
    assert_eq!(may(over, Some(appointment(2))), Err(Refusal::Taken));
    assert_eq!(may(over, Some(appointment(1))), Ok(()));
    assert_eq!(may(apart, None), Ok(()));
    schedule.free(appointment(1));
    assert_eq!(may_use(&schedule, &service(), over, None), Ok(()), "nobody is there any more");
}
