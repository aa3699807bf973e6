//! An instant in words for people, in their zone.
//!
//! Owns: the one wording of a time in mails, short messages and the inbox. Invariant: the zone stands beside the time,
//! always, for a time without its zone is missed by whoever travels. Does not: fail; an unknown zone in a row is UTC.

use crate::protocol::time::UnixMillis;
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// Such as `Tue 24 Nov 2026, 14:00 CET (Europe/Berlin)`.
pub fn for_people(at: UnixMillis, zone: &str) -> String {
    let at = timestamp(at);
    match TimeZoneDatabase::bundled().get(zone) {
        Ok(known) if known.iana_name().is_some_and(|it| it != "UTC") => {
            at.to_zoned(known).strftime("%a %-d %b %Y, %H:%M %Z (%Q)").to_string()
        }
        _ => at.to_zoned(TimeZone::UTC).strftime("%a %-d %b %Y, %H:%M UTC").to_string(),
    }
}

/// `20261124T130000Z`, RFC 5545 §3.3.5 form 2.
pub(super) fn for_calendars(at: UnixMillis) -> String {
    timestamp(at).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// `Tue, 24 Nov 2026 13:00:00 GMT`, as a `Date` header is made of.
pub(super) fn for_mail(at: UnixMillis) -> String {
    timestamp(at).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// An instant beyond the calendar (year 9999) is shown as its end.
fn timestamp(at: UnixMillis) -> Timestamp {
    let end = if at.0 < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(at.0).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(1_795_525_200_000, "Europe/Berlin", "Tue 24 Nov 2026, 14:00 CET (Europe/Berlin)")]
    #[case(1_795_525_200_000, "Asia/Kolkata", "Tue 24 Nov 2026, 18:30 IST (Asia/Kolkata)")]
    #[case(
        1_795_525_200_000,
        "America/Sao_Paulo",
        "Tue 24 Nov 2026, 10:00 -03 (America/Sao_Paulo)"
    )]
    #[case(
        1_795_525_200_000,
        "Australia/Lord_Howe",
        "Wed 25 Nov 2026, 00:00 +11 (Australia/Lord_Howe)"
    )]
    #[case(1_795_525_200_000, "UTC", "Tue 24 Nov 2026, 13:00 UTC")]
    #[case(1_795_525_200_000, "Mars/Olympus", "Tue 24 Nov 2026, 13:00 UTC")]
    #[case(1_795_525_200_000, "", "Tue 24 Nov 2026, 13:00 UTC")]
    // The hour that Berlin has twice is told apart by its abbreviation.
    #[case(1_792_888_200_000, "Europe/Berlin", "Sun 25 Oct 2026, 02:30 CEST (Europe/Berlin)")]
    #[case(1_792_891_800_000, "Europe/Berlin", "Sun 25 Oct 2026, 02:30 CET (Europe/Berlin)")]
    fn a_time_is_told_with_its_zone(#[case] at: i64, #[case] zone: &str, #[case] told: &str) {
        assert_eq!(for_people(UnixMillis(at), zone), told);
    }

    #[test]
    fn no_instant_is_too_far() {
        for at in [i64::MIN, i64::MAX] {
            assert!(!for_people(UnixMillis(at), "Europe/Berlin").is_empty());
            assert!(for_calendars(UnixMillis(at)).ends_with('Z'));
        }
    }

    #[test]
    fn machines_read_utc() {
        let at = UnixMillis(1_795_525_200_000);
        assert_eq!(for_calendars(at), "20261124T130000Z");
        assert_eq!(for_mail(at), "Tue, 24 Nov 2026 13:00:00 GMT");
    }
}
