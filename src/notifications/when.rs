//! An instant in words for people, in their zone.
//!
//! Owns: that a time in a row whose zone is unknown is told in UTC. Invariant: the zone stands beside the time, always,
//! for a time without its zone is missed by whoever travels. Does not: convert anything; `domain::schedule::zone` does.

use crate::domain::schedule::zone::Zone;
pub(super) use crate::domain::schedule::zone::{basic_utc as for_calendars, mail_date as for_mail};
use crate::protocol::time::UnixMillis;

/// Such as `Tue 24 November 2026, 14:00 (Europe/Berlin, UTC+1)`.
pub fn for_people(at: UnixMillis, zone: &str) -> String {
    let zone = Zone::parse(zone).or_else(|_| Zone::parse("UTC"));
    zone.map_or_else(|_| for_mail(at), |it| it.for_people(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("Europe/Berlin", "Tue 24 November 2026, 14:00 (Europe/Berlin, UTC+1)")]
    #[case("Asia/Kolkata", "Tue 24 November 2026, 18:30 (Asia/Kolkata, UTC+5:30)")]
    #[case("Australia/Lord_Howe", "Wed 25 November 2026, 00:00 (Australia/Lord_Howe, UTC+11)")]
    #[case("Mars/Olympus", "Tue 24 November 2026, 13:00 (UTC)")]
    #[case("", "Tue 24 November 2026, 13:00 (UTC)")]
    fn a_time_has_its_zone_beside_it(#[case] zone: &str, #[case] told: &str) {
        assert_eq!(for_people(UnixMillis(1_795_525_200_000), zone), told);
    }

    #[test]
    fn files_and_mails_have_it_in_utc() {
        let at = UnixMillis(1_795_525_200_000);
        assert_eq!(for_calendars(at), "20261124T130000Z");
        assert_eq!(for_mail(at), "Tue, 24 Nov 2026 13:00:00 GMT");
    }

    #[rstest]
    #[case(i64::MIN)]
    #[case(i64::MAX)]
    fn no_instant_is_too_strange_for_words(#[case] at: i64) {
        assert!(!for_people(UnixMillis(at), "Europe/Berlin").is_empty());
        assert!(for_calendars(UnixMillis(at)).ends_with('Z'));
    }
}
