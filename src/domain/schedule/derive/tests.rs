//! What becomes of agreed wall times when the instants that were kept are those of another law.

use super::super::refusal::Flaw;
use super::super::tests::{appointment, at};
use super::*;
use rstest::rstest;

#[rstest]
#[case("Europe/Berlin", "2026-06-01T10:00", "2026-06-01T08:00:00Z", Derived::Unchanged)]
// As if the law of that day had known no summer time.
#[case("Europe/Berlin", "2026-06-01T10:00", "2026-06-01T09:00:00Z", moved("2026-06-01T08:00:00Z"))]
// Jordan abolished winter time in October 2022: what was booked before for that winter moved by an hour.
#[case("Asia/Amman", "2022-12-01T10:00", "2022-12-01T08:00:00Z", moved("2022-12-01T07:00:00Z"))]
#[case("Asia/Amman", "2022-07-01T10:00", "2022-07-01T07:00:00Z", Derived::Unchanged)]
// Seconds that were agreed stay.
#[case("Europe/Berlin", "2026-06-01T10:00", "2026-06-01T08:00:30Z", Derived::Unchanged)]
#[case("Europe/Berlin", "2026-06-01T10:00", "2026-06-01T09:00:30Z", moved("2026-06-01T08:00:30Z"))]
// Whichever of two was agreed stays; another becomes the nearer one.
#[case("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00Z", Derived::Unchanged)]
#[case("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T01:30:00Z", Derived::Unchanged)]
#[case("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T02:30:00Z", moved("2026-10-25T01:30:00Z"))]
#[case("Europe/Berlin", "2026-10-25T02:30", "2026-10-24T23:30:00Z", moved("2026-10-25T00:30:00Z"))]
// The wall time is skipped by the law of now.
#[case(
    "Europe/Berlin",
    "2026-03-29T02:30",
    "2026-03-29T00:30:00Z",
    Derived::Skipped(at("2026-03-29T01:30:00Z"))
)]
fn derived(#[case] zone: &str, #[case] local: &str, #[case] old: &str, #[case] expected: Derived) {
    assert_eq!(derive(zone, local, at(old)), Ok(expected));
}

fn moved(to: &str) -> Derived {
    Derived::Moved(at(to))
}

#[test]
fn a_list_of_what_moved() {
    let agreed = |number, time_zone: &str, local_start: &str, starts_at: &str| Agreed {
        appointment_id: appointment(number),
        time_zone: time_zone.to_owned(),
        local_start: local_start.to_owned(),
        starts_at: at(starts_at),
    };
    let (changes, unreadable) = derive_all(&[
        agreed(1, "Asia/Amman", "2022-12-01T10:00", "2022-12-01T08:00:00Z"),
        agreed(2, "Asia/Amman", "2022-07-01T10:00", "2022-07-01T07:00:00Z"),
        agreed(3, "Gone/Zone", "2022-07-01T10:00", "2022-07-01T07:00:00Z"),
        agreed(4, "Europe/Berlin", "2026-03-29T02:30", "2026-03-29T00:30:00Z"),
        agreed(5, "Europe/Berlin", "yesterday", "2026-03-29T00:30:00Z"),
    ]);
    let change = |number, from: &str, to: &str, is_skipped| Change {
        appointment_id: appointment(number),
        from: at(from),
        to: at(to),
        is_skipped,
    };
    assert_eq!(
        changes,
        [
            change(1, "2022-12-01T08:00:00Z", "2022-12-01T07:00:00Z", false),
            change(4, "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z", true)
        ]
    );
    assert_eq!(
        unreadable,
        [
            (appointment(3), Flaw::UnknownZone.of("time_zone")),
            (appointment(5), Flaw::ImpossibleTime.of("local_start"))
        ]
    );
}
