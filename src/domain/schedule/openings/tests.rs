//! What is offered, on ordinary days and on those when clocks jump; and that what is offered can be claimed.

use super::super::booking::claim_for;
use super::super::tests::{
    appointment, at, daily, exception, hold, minutes, open, service, somebody,
};
use super::super::{Claim, ClaimState, Kind, Schedule, Service, Template};
use super::*;
use crate::protocol::ids::TemplateId;
use proptest::prelude::*;
use rstest::rstest;

const ALL: usize = 10_000;

fn begins(
    schedule: &Schedule,
    service: &Service,
    window: &Range<UnixMillis>,
    now: &str,
) -> Vec<String> {
    let found = openings(schedule, service, window, at(now), ALL);
    let zone = |it: &Opening| Zone::parse(&it.time_zone).unwrap();
    found.iter().map(|it| zone(it).stamp(it.starts_at)[11..25].replace(":00+", "+")).collect()
}

fn day(from: &str) -> Range<UnixMillis> {
    at(from)..at(from).plus(Duration::from_secs(24 * 60 * 60))
}

fn busy(number: u128, from: &str, until: &str) -> Claim {
    Claim {
        slot_id: SlotId(Uuid::from_u128(number)),
        practitioner_id: somebody(),
        starts_at: at(from),
        ends_at: at(until),
        busy_from: at(from),
        busy_until: at(until),
        group: Uuid::from_u128(number),
        seat: 0,
        service_id: None,
        hold_id: hold(number, at(from)).hold_id,
        state: ClaimState::Busy(appointment(number)),
    }
}

#[test]
fn a_time_that_comes_twice_is_two_openings_and_a_skipped_one_is_none() {
    let schedule = open(vec![daily("Europe/Berlin", 60, 240)]);
    let now = "2026-03-01T00:00:00Z";
    assert_eq!(
        begins(&schedule, &service(), &day("2026-10-24T22:00:00Z"), now),
        [
            "01:00+02:00",
            "01:30+02:00",
            "02:00+02:00",
            "02:30+02:00",
            "02:00+01:00",
            "02:30+01:00",
            "03:00+01:00",
            "03:30+01:00"
        ]
    );
    assert_eq!(
        begins(&schedule, &service(), &day("2026-03-28T23:00:00Z"), now),
        ["01:00+01:00", "01:30+01:00", "03:00+02:00", "03:30+02:00"]
    );
}

/// The raster is that of the clocks on the wall, before and after a jump of half an hour.
#[test]
fn alignment_is_local() {
    let hourly = Service { alignment_interval: minutes(60), ..service() };
    let schedule = open(vec![daily("Australia/Lord_Howe", 60, 240)]);
    let now = "2026-01-01T00:00:00Z";
    let forward = begins(&schedule, &hourly, &day("2026-10-03T13:00:00Z"), now);
    assert_eq!(forward, ["01:00+10:30", "03:00+11:00"]);
    let quarter_past = Service { alignment_offset: minutes(15), ..hourly };
    let back = begins(&schedule, &quarter_past, &day("2026-04-04T13:00:00Z"), now);
    assert_eq!(back, ["01:15+11:00", "02:15+10:30", "03:15+10:30"]);
    // 40 minutes do not divide a day: the raster begins anew at each midnight.
    let odd = Service {
        alignment_interval: minutes(7 * 60),
        alignment_offset: Duration::ZERO,
        ..quarter_past
    };
    let schedule = open(vec![daily("UTC", 0, 1_440)]);
    let texts =
        begins(&schedule, &odd, &(at("2026-06-01T00:00:00Z")..at("2026-06-03T00:00:00Z")), now);
    let one_day = ["00:00+00:00", "07:00+00:00", "14:00+00:00", "21:00+00:00"];
    assert_eq!(texts, [one_day, one_day].concat());
}

/// Notice is elapsed time: two hours are two hours, also across a jump.
#[rstest]
#[case("2026-03-28T23:30:00Z", "2026-03-29T01:30:00Z")]
#[case("2026-03-28T23:30:00.001Z", "2026-03-29T02:00:00Z")]
#[case("2026-10-24T23:30:00Z", "2026-10-25T01:30:00Z")]
#[case("2026-10-24T23:31:00Z", "2026-10-25T02:00:00Z")]
#[case("2026-06-01T08:00:00Z", "2026-06-01T10:00:00Z")]
fn notice_on_the_day_of_the_change(#[case] now: &str, #[case] first: &str) {
    let service = Service { min_notice: minutes(120), ..service() };
    let schedule = open(vec![daily("Europe/Berlin", 0, 1_440)]);
    let window = at(now)..at(now).plus(minutes(24 * 60));
    let found = openings(&schedule, &service, &window, at(now), 1);
    assert_eq!(found[0].starts_at, at(first));
    let refused = UnixMillis(at(first).0 - minutes(30).as_millis() as i64);
    assert_eq!(opening_at(&schedule, &service, refused, at(now)), Err(Refusal::TooSoon));
    assert!(opening_at(&schedule, &service, at(first), at(now)).is_ok());
}

/// The horizon counts local days: the whole of the last one is in, whatever time it is and however long days are.
#[rstest]
#[case("Europe/Berlin", "2026-03-27T22:59:00Z", "2026-03-28T22:30:00Z")]
#[case("Europe/Berlin", "2026-03-27T23:00:00Z", "2026-03-29T21:30:00Z")]
#[case("Australia/Sydney", "2026-06-01T13:59:00Z", "2026-06-02T13:30:00Z")]
#[case("Australia/Sydney", "2026-06-01T14:00:00Z", "2026-06-03T13:30:00Z")]
fn the_horizon_is_local(#[case] zone: &str, #[case] now: &str, #[case] last: &str) {
    let service = Service { horizon_days: 1, ..service() };
    let schedule = open(vec![daily(zone, 0, 1_440)]);
    let window = at(now)..at(now).plus(minutes(10 * 24 * 60));
    let found = openings(&schedule, &service, &window, at(now), ALL);
    assert_eq!(found.last().unwrap().starts_at, at(last));
    let beyond = at(last).plus(minutes(30));
    assert_eq!(opening_at(&schedule, &service, beyond, at(now)), Err(Refusal::TooFar));
}

#[test]
fn buffers_keep_apart_and_may_lie_outside_of_hours() {
    let mut schedule = open(vec![daily("UTC", 9 * 60, 12 * 60)]);
    let buffered = Service { buffer_before: minutes(10), buffer_after: minutes(5), ..service() };
    let now = "2026-05-01T00:00:00Z";
    let all = begins(&schedule, &buffered, &day("2026-06-01T00:00:00Z"), now);
    assert_eq!(all.first().unwrap(), "09:00+00:00");
    assert_eq!(all.last().unwrap(), "11:30+00:00");
    // Touching buffers do not overlap: the claim ends at 10:20, the buffer before 10:30 begins then.
    schedule.claims.push(busy(1, "2026-06-01T10:05:00Z", "2026-06-01T10:20:00Z"));
    let left = begins(&schedule, &buffered, &day("2026-06-01T00:00:00Z"), now);
    assert_eq!(left, ["09:00+00:00", "09:30+00:00", "10:30+00:00", "11:00+00:00", "11:30+00:00"]);
    schedule.claims[0].busy_until = at("2026-06-01T10:20:00.001Z");
    let left = begins(&schedule, &buffered, &day("2026-06-01T00:00:00Z"), now);
    assert_eq!(left, ["09:00+00:00", "09:30+00:00", "11:00+00:00", "11:30+00:00"]);
    // 09:30 has its buffer until 10:05: one millisecond more, and it goes too.
    schedule.claims[0].busy_from = at("2026-06-01T10:04:59.999Z");
    let left = begins(&schedule, &buffered, &day("2026-06-01T00:00:00Z"), now);
    assert_eq!(left, ["09:00+00:00", "11:00+00:00", "11:30+00:00"]);
}

#[test]
fn a_long_claim_that_began_before_short_ones_is_seen() {
    let mut schedule = open(vec![daily("UTC", 9 * 60, 12 * 60)]);
    schedule.claims = vec![
        busy(1, "2026-06-01T08:00:00Z", "2026-06-01T11:00:00Z"),
        busy(2, "2026-06-01T08:30:00Z", "2026-06-01T08:40:00Z"),
        busy(3, "2026-06-01T09:10:00Z", "2026-06-01T09:20:00Z"),
    ];
    let left = begins(&schedule, &service(), &day("2026-06-01T00:00:00Z"), "2026-05-01T00:00:00Z");
    assert_eq!(left, ["11:00+00:00", "11:30+00:00"]);
}

#[test]
fn a_group_has_seats_and_others_do_not_get_in() {
    let group = Service { capacity: 2, ..service() };
    let schedule = &mut open(vec![daily("UTC", 9 * 60, 10 * 60)]);
    let now = at("2026-05-01T00:00:00Z");
    let nine = at("2026-06-01T09:00:00Z");
    let left =
        |schedule: &Schedule| opening_at(schedule, &group, nine, now).map(|it| it.seats_left);
    assert_eq!(left(schedule), Ok(2));
    let mut seats = Vec::new();
    for number in [1, 2] {
        let new = hold(number, now.plus(minutes(5)));
        let (claim, _) = claim_for(schedule, &group, somebody(), nine, now, new).unwrap();
        assert_eq!(claim.group, group_of(group.service_id, nine));
        seats.push(claim.seat);
        schedule.apply(claim);
    }
    assert_eq!(seats, [0, 1]);
    assert_eq!(left(schedule), Err(Refusal::GroupFull));
    // The seat that is freed is the one that is given again.
    schedule.release(hold(1, now).hold_id);
    assert_eq!(left(schedule), Ok(1));
    let (claim, _) = claim_for(schedule, &group, somebody(), nine, now, hold(3, now)).unwrap();
    assert_eq!(claim.seat, 0);
    // Another service at the same time is another matter, and so is another begin.
    let other = Service { service_id: ServiceId(Uuid::from_u128(9)), ..group.clone() };
    assert_eq!(opening_at(schedule, &other, nine, now), Err(Refusal::Taken));
    assert_eq!(opening_at(schedule, &service(), nine, now), Err(Refusal::Taken));
    let often = Service { alignment_interval: minutes(15), ..group };
    let overlapping = nine.plus(minutes(15));
    assert_eq!(opening_at(schedule, &often, overlapping, now), Err(Refusal::Taken));
}

#[test]
fn groups_of_one_service_never_meet() {
    let id = service().service_id;
    let begin = at("2026-06-01T09:00:00Z");
    let group = group_of(id, begin);
    assert_eq!(group, group_of(id, begin));
    assert_eq!(group.get_version_num(), 8);
    assert_eq!(group.get_variant(), uuid::Variant::RFC4122);
    let all: std::collections::BTreeSet<Uuid> =
        (0..5_000_u64).map(|it| group_of(id, begin.plus(minutes(it * 5)))).collect();
    assert_eq!(all.len(), 5_000);
    assert_ne!(group, group_of(ServiceId(Uuid::from_u128(id.0.as_u128() ^ 1)), begin));
}

#[rstest]
#[case("2026-06-01T09:30:00Z", Ok(()))]
#[case("2026-06-01T09:15:00Z", Err(Refusal::NotOffered))]
#[case("2026-06-01T09:30:00.001Z", Err(Refusal::NotOffered))]
#[case("2026-06-01T08:30:00Z", Err(Refusal::NotOffered))]
#[case("2026-06-01T11:30:00Z", Ok(()))]
#[case("2026-06-01T12:00:00Z", Err(Refusal::NotOffered))]
#[case("2026-06-01T10:00:00Z", Err(Refusal::Taken))]
#[case("2026-05-01T09:00:00Z", Err(Refusal::InThePast))]
#[case("2029-06-01T09:00:00Z", Err(Refusal::TooFar))]
fn one_begin(#[case] begin: &str, #[case] expected: Result<(), Refusal>) {
    let mut schedule = open(vec![daily("UTC", 9 * 60, 12 * 60)]);
    schedule.claims.push(busy(1, "2026-06-01T10:00:00Z", "2026-06-01T10:30:00Z"));
    let now = at("2026-06-01T07:00:00Z");
    let found = opening_at(&schedule, &service(), at(begin), now);
    assert_eq!(found.map(|it| assert_eq!(it.starts_at, at(begin))), expected);
    let closed = Service { is_active: false, ..service() };
    let refused = opening_at(&schedule, &closed, at(begin), now);
    assert_eq!(refused, Err(Refusal::ServiceClosed));
}

#[test]
fn a_template_for_one_service_is_not_for_another() {
    let other = ServiceId(Uuid::from_u128(9));
    let template = Template { service_ids: vec![other], ..daily("UTC", 540, 720) };
    let schedule = open(vec![template]);
    let window = day("2026-06-01T00:00:00Z");
    let now = at("2026-05-01T00:00:00Z");
    assert_eq!(openings(&schedule, &service(), &window, now, ALL), []);
    let theirs = Service { service_id: other, ..service() };
    assert_eq!(openings(&schedule, &theirs, &window, now, ALL).len(), 6);
    assert_eq!(openings(&schedule, &Service { is_active: false, ..theirs }, &window, now, ALL), []);
}

#[test]
fn two_places_at_once_are_one_opening_and_a_limit_keeps_the_earliest() {
    let elsewhere = Template {
        template_id: TemplateId(Uuid::from_u128(2)),
        location: "Ward Beta".to_owned(),
        ..daily("UTC", 600, 840)
    };
    let schedule = open(vec![elsewhere, daily("UTC", 540, 720)]);
    let window = day("2026-06-01T00:00:00Z");
    let now = at("2026-05-01T00:00:00Z");
    let found = openings(&schedule, &service(), &window, now, ALL);
    assert_eq!(found.len(), 10);
    assert!(found.windows(2).all(|it| it[0].starts_at < it[1].starts_at));
    assert_eq!(&*found[2].location, "Ward Example", "its hours began earlier");
    assert_eq!(&*found[9].location, "Ward Beta");
    let two_days = window.start..window.end.plus(minutes(24 * 60));
    let found = openings(&schedule, &service(), &two_days, now, ALL);
    assert_eq!(found.len(), 20);
    for limit in 0..22 {
        let some = openings(&schedule, &service(), &two_days, now, limit);
        assert_eq!(some, found[..limit.min(20)]);
    }
}

#[test]
fn the_next_ones_are_found_far_away_and_nothing_beyond_the_horizon() {
    let mut schedule = open(vec![daily("UTC", 540, 600)]);
    schedule.templates[0].recurrence = "FREQ=MONTHLY;BYMONTHDAY=15".to_owned();
    let now = at("2026-06-01T00:00:00Z");
    let service = Service { horizon_days: 100, ..service() };
    let found = next_openings(&schedule, &service, now, at("2026-06-15T09:30:00Z"), 4);
    let begins: Vec<UnixMillis> = found.iter().map(|it| it.starts_at).collect();
    let expected = [
        "2026-06-15T09:30:00Z",
        "2026-07-15T09:00:00Z",
        "2026-07-15T09:30:00Z",
        "2026-08-15T09:00:00Z",
    ];
    assert_eq!(begins, expected.map(at));
    assert_eq!(next_openings(&schedule, &service, now, at("2026-01-01T00:00:00Z"), 100).len(), 6);
    assert_eq!(next_openings(&schedule, &service, now, at("2027-01-01T00:00:00Z"), 4), []);
}

#[test]
fn together_with_an_interpreter() {
    let schedule = open(vec![daily("UTC", 9 * 60, 12 * 60)]);
    let mut interpreter = open(vec![daily("UTC", 10 * 60, 18 * 60)]);
    interpreter.claims.push(busy(1, "2026-06-01T10:30:00Z", "2026-06-01T11:00:00Z"));
    let now = at("2026-05-01T00:00:00Z");
    let found = openings(&schedule, &service(), &day("2026-06-01T00:00:00Z"), now, ALL);
    let both = together(found, &interpreter, service().service_id, now);
    let begins: Vec<UnixMillis> = both.iter().map(|it| it.starts_at).collect();
    assert_eq!(
        begins,
        ["2026-06-01T10:00:00Z", "2026-06-01T11:00:00Z", "2026-06-01T11:30:00Z"].map(at)
    );
    assert_eq!(together(Vec::new(), &interpreter, service().service_id, now), []);
}

/// Claims over two days, of all lengths, that may overlap each other, some of them held.
fn claims() -> impl Strategy<Value = Vec<Claim>> {
    let claim = (0_u64..2_880, 1_u64..180, any::<bool>(), -30_i64..30);
    prop::collection::vec(claim, 0..12).prop_map(|all| {
        let start = at("2026-10-24T00:00:00Z");
        let claim = |(number, (from, length, is_held, ends)): (u128, (u64, u64, bool, i64))| {
            let from = start.plus(minutes(from));
            let expires_at = UnixMillis(start.0 + ends * 60_000);
            let held = ClaimState::Held { expires_at };
            Claim {
                starts_at: from,
                busy_from: from,
                ends_at: from.plus(minutes(length)),
                busy_until: from.plus(minutes(length)),
                state: if is_held { held } else { ClaimState::Busy(appointment(number)) },
                ..busy(number, "2026-10-24T00:00:00Z", "2026-10-24T00:00:00Z")
            }
        };
        (1..).zip(all).map(claim).collect()
    })
}

fn services() -> impl Strategy<Value = Service> {
    let lengths = (1_u64..9, 0_u64..4, 0_u64..4, 1_u64..9, 0_u64..9, 0_u64..600, 1_u8..3);
    lengths.prop_map(|(length, before, after, every, offset, notice, capacity)| Service {
        duration: minutes(length * 10),
        buffer_before: minutes(before * 5),
        buffer_after: minutes(after * 5),
        alignment_interval: minutes(every * 5),
        alignment_offset: minutes((offset % every) * 5),
        min_notice: minutes(notice),
        horizon_days: 1,
        capacity,
        ..service()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Over the days around a change of the clocks: the list is exactly what can be claimed minute by minute, and what
    /// is claimed by brute force collides with nothing.
    #[test]
    fn listed_is_what_can_be_claimed(claims in claims(), service in services(), starts in 0_u16..1_300) {
        let mut schedule = open(vec![daily("Europe/Berlin", starts, 1_440)]);
        let closed = exception(Kind::Closed, "Europe/Berlin", "2026-10-25T02:10", "2026-10-25T02:20");
        schedule.exceptions.push(closed);
        schedule.claims = claims;
        let now = at("2026-10-24T00:00:00Z");
        let window = now..now.plus(minutes(50 * 60));
        let listed: Vec<UnixMillis> =
            openings(&schedule, &service, &window, now, ALL).iter().map(|it| it.starts_at).collect();
        let claim = |begin| claim_for(&schedule, &service, somebody(), begin, now, hold(99, now));
        let mut claimed = Vec::new();
        for minute in 0..50 * 60 {
            let begin = now.plus(minutes(minute));
            let free = !schedule.claims.iter().any(|it| {
                it.is_live(now)
                    && it.busy_from < begin.plus(service.duration).plus(service.buffer_after)
                    && it.busy_until > begin.minus(service.buffer_before)
            });
            match claim(begin) {
                Ok((it, _)) => {
                    prop_assert!(free, "{it:?}");
                    claimed.push(begin);
                }
                Err(Refusal::Taken) => prop_assert!(!free),
                Err(_) => {}
            }
        }
        prop_assert_eq!(listed, claimed);
    }

    /// Whatever is taken is not offered again, or has a seat fewer; and everything can be taken to the end.
    #[test]
    fn what_is_taken_is_gone(service in services(), picks in prop::collection::vec(any::<prop::sample::Index>(), 12)) {
        let mut schedule = open(vec![daily("Europe/Berlin", 60, 400)]);
        let now = at("2026-10-24T00:00:00Z");
        let window = now..now.plus(minutes(50 * 60));
        let far = now.plus(minutes(60));
        for (number, pick) in (1..).zip(picks) {
            let before = openings(&schedule, &service, &window, now, ALL);
            if before.is_empty() {
                break;
            }
            let chosen = pick.get(&before).clone();
            let made = claim_for(&schedule, &service, somebody(), chosen.starts_at, now, hold(number, far));
            schedule.apply(made.unwrap().0);
            let after = openings(&schedule, &service, &window, now, ALL);
            let left = after.iter().find(|it| it.starts_at == chosen.starts_at).map_or(0, |it| it.seats_left);
            prop_assert_eq!(left, chosen.seats_left - 1);
            prop_assert!(after.len() <= before.len());
        }
    }
}
