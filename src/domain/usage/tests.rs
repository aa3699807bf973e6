//! Weeks, and figures: as tables, and what holds of all of them.

use super::*;
use proptest::prelude::*;
use rstest::rstest;
use uuid::Uuid;

const HOUR: i64 = 3_600_000;
/// Monday 2027-01-18, 00:00 in UTC.
const MONDAY: i64 = 1_800_230_400_000;
const WEEK_MS: i64 = 7 * 24 * HOUR;

fn utc() -> Zone {
    Zone::parse("UTC").unwrap()
}

fn of_weeks(count: i64) -> Span {
    Span::touched(UnixMillis(MONDAY), UnixMillis(MONDAY + count * WEEK_MS), &utc()).unwrap()
}

fn patient(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(number))
}

fn service(number: u128) -> Option<ServiceId> {
    Some(ServiceId(Uuid::from_u128(number)))
}

/// An appointment of a patient in a week, on its Tuesday.
fn row(whose: u128, week: i64, closed: Option<Closed>) -> Counted {
    Counted {
        patient_id: patient(whose),
        service_id: service(1),
        starts_at: UnixMillis(MONDAY + week * WEEK_MS + 34 * HOUR),
        closed,
        attended: Attended::default(),
    }
}

/// One appointment of each of so many patients, the first of whom has that number.
fn each(first: u128, count: u128, week: i64, closed: Option<Closed>) -> Vec<Counted> {
    (first..first + count).map(|it| row(it, week, closed)).collect()
}

fn weekly(usage: &Usage, of: impl Fn(&Line) -> Option<u32>) -> Vec<Option<u32>> {
    usage.weeks.iter().map(|(_, line)| of(line)).collect()
}

#[rstest]
#[case::a_moment("UTC", MONDAY, MONDAY + 1, &["2027-01-18"])]
#[case::the_end_is_not_part("UTC", MONDAY, MONDAY + WEEK_MS, &["2027-01-18"])]
#[case::from_the_middle("UTC", MONDAY + 60 * HOUR, MONDAY + WEEK_MS + 1, &["2027-01-18", "2027-01-25"])]
#[case::in_berlin_it_is_monday_before("Europe/Berlin", MONDAY - HOUR, MONDAY, &["2027-01-18"])]
#[case::in_new_york_it_is_sunday_still("America/New_York", MONDAY, MONDAY + HOUR, &["2027-01-11"])]
fn weeks_begin_on_monday_where_the_clinic_is(
    #[case] zone: &str,
    #[case] since: i64,
    #[case] until: i64,
    #[case] mondays: &[&str],
) {
    let zone = Zone::parse(zone).unwrap();
    let span = Span::touched(UnixMillis(since), UnixMillis(until), &zone).unwrap();
    let found: Vec<String> = span.weeks.iter().map(|it| it.monday.to_string()).collect();
    assert_eq!(found, mondays);
    assert!(span.since().0 <= since && until <= span.until().0);
}

/// In the week of 2027-03-28 the clocks of Berlin go forward, in that of 2027-10-31 back.
#[rstest]
#[case("2027-03-22", 167)]
#[case("2027-03-29", 168)]
#[case("2027-10-25", 169)]
fn a_week_is_as_long_as_its_clocks_say(#[case] monday: &str, #[case] hours: i64) {
    let zone = Zone::parse("Europe/Berlin").unwrap();
    let week = Week::from(LocalDate::parse(monday).unwrap(), &zone);
    assert_eq!(week.until.0 - week.since.0, hours * HOUR);
}

#[rstest]
#[case::a_year(0, 53, None)]
#[case::a_week_too_many(0, 54, Some("until"))]
#[case::nothing(0, 0, Some("until"))]
#[case::backwards(1, 0, Some("until"))]
fn a_span_is_a_year_at_most(
    #[case] from: i64,
    #[case] until: i64,
    #[case] refused: Option<&'static str>,
) {
    let at = |weeks: i64| UnixMillis(MONDAY + weeks * WEEK_MS);
    let found = Span::touched(at(from), at(until), &utc());
    let field = found.err().map(|it| match it {
        Refusal::Flawed { field, .. } => field,
        other => panic!("{other}"),
    });
    assert_eq!(field, refused);
}

#[rstest]
#[case(i64::MIN, 0)]
#[case(i64::MIN, i64::MAX)]
#[case(i64::MIN, i64::MIN + 1)]
#[case(i64::MAX - 1, i64::MAX)]
#[case(0, i64::MAX)]
fn what_no_calendar_has_is_refused(#[case] since: i64, #[case] until: i64) {
    for zone in ["UTC", "Europe/Berlin", "Pacific/Kiritimati"] {
        let zone = Zone::parse(zone).unwrap();
        assert!(Span::touched(UnixMillis(since), UnixMillis(until), &zone).is_err());
    }
}

#[rstest]
#[case::nobody(0, Some(0))]
#[case::one(1, None)]
#[case::ten(10, None)]
#[case::eleven(11, Some(11))]
#[case::twelve(12, Some(12))]
fn ten_are_not_told_and_eleven_are(#[case] count: u128, #[case] told: Option<u32>) {
    let usage = usage(&of_weeks(1), &each(1, count, 0, None));
    assert_eq!((usage.patients, usage.whole.booked), (told, told));
    assert_eq!(weekly(&usage, |it| it.booked), [told]);
    assert_eq!(usage.whole.held, Some(0));
}

#[test]
fn many_appointments_of_few_tell_of_few() {
    let rows: Vec<Counted> = (0..5).flat_map(|_| each(1, 10, 0, None)).collect();
    let found = usage(&of_weeks(1), &rows);
    assert_eq!((found.patients, found.whole.booked), (None, None));
    let all = [rows, each(11, 1, 0, None)].concat();
    assert_eq!(usage(&of_weeks(1), &all).whole.booked, Some(51));
}

#[test]
fn what_became_of_an_appointment_is_told_apart() {
    let all = [
        each(1, 11, 0, None),
        each(1, 12, 0, Some(Closed::Ended)),
        each(1, 13, 0, Some(Closed::Cancelled)),
        each(1, 14, 0, Some(Closed::NoShow)),
    ];
    let found = usage(&of_weeks(1), &all.concat());
    let expected = Line { booked: Some(11), held: Some(12), cancelled: Some(13), missed: Some(14) };
    assert_eq!(found.whole, expected);
    assert_eq!(found.weeks[0].1, expected);
    assert_eq!(found.services, [(service(1), expected)]);
    assert_eq!(found.patients, Some(14));
}

#[rstest]
#[case::all_are_shown(&[20, 30, 40], &[Some(20), Some(30), Some(40)])]
#[case::none_is_nothing_to_hide(&[20, 0, 40], &[Some(20), Some(0), Some(40)])]
#[case::one_takes_the_smallest_along(&[20, 3, 40], &[None, None, Some(40)])]
#[case::of_equals_the_earlier(&[20, 3, 20], &[None, None, Some(20)])]
#[case::two_are_enough_when_they_are_many(&[6, 6, 40], &[None, None, Some(40)])]
#[case::two_are_too_few_together(&[5, 5, 40], &[None, None, None])]
#[case::one_and_none(&[3, 0, 20], &[None, Some(0), None])]
#[case::all_alone_with_few(&[3, 0, 0], &[None, Some(0), Some(0)])]
fn what_is_hidden_cannot_be_had_from_the_sum(
    #[case] counts: &[u128],
    #[case] told: &[Option<u32>],
) {
    let (mut rows, mut first) = (vec![], 1);
    for (week, count) in (0..).zip(counts) {
        rows.extend(each(first, *count, week, None));
        first += *count;
    }
    assert_eq!(weekly(&usage(&of_weeks(3), &rows), |it| it.booked), told);
}

#[test]
fn what_is_not_in_the_span_is_not_counted() {
    let span = of_weeks(1);
    let at =
        |at: i64| (1..=11).map(move |it| Counted { starts_at: UnixMillis(at), ..row(it, 0, None) });
    for (begin, told) in
        [(MONDAY - 1, 0), (MONDAY, 11), (MONDAY + WEEK_MS - 1, 11), (MONDAY + WEEK_MS, 0)]
    {
        let found = usage(&span, &at(begin).collect::<Vec<_>>());
        assert_eq!((found.patients, found.whole.booked), (Some(told), Some(told)));
        assert_eq!(found.services.is_empty(), told == 0);
    }
}

/// The n-th patient came at nine, was let in n minutes later, and both were together a minute after that for 2n minutes.
fn visit(n: u128) -> Counted {
    let minute = |it: u128| UnixMillis(MONDAY + 34 * HOUR + i64::try_from(it).unwrap() * 60_000);
    let attended = Attended {
        entered_at: Some(minute(0)),
        admitted_at: Some(minute(n)),
        together_at: Some(minute(n + 1)),
        ended_at: Some(minute(3 * n + 1)),
    };
    Counted { attended, ..row(n, 0, Some(Closed::Ended)) }
}

fn medians(rows: &[Counted]) -> (Option<u32>, Option<u32>) {
    let found = usage(&of_weeks(1), rows);
    (found.waited_min, found.lasted_min)
}

#[test]
fn the_middle_is_told_of_eleven_and_more() {
    let visits = |count| (1..=count).map(visit).collect::<Vec<_>>();
    assert_eq!(medians(&visits(10)), (None, None));
    assert_eq!(medians(&visits(11)), (Some(6), Some(12)));
    assert_eq!(medians(&visits(12)), (Some(7), Some(13)), "six and a half, and thirteen");
    let of_one: Vec<Counted> =
        (1..=11).map(|n| Counted { patient_id: patient(1), ..visit(n) }).collect();
    assert_eq!(medians(&of_one), (None, None), "eleven visits of one patient");
    let missed: Vec<Counted> =
        (1..=11).map(|n| Counted { closed: Some(Closed::NoShow), ..visit(n) }).collect();
    assert_eq!(medians(&missed), (None, None), "nothing took place");
}

#[test]
fn what_is_not_known_of_a_visit_is_left_out() {
    let ran_out = |n: u128| {
        let mut it = visit(n);
        it.attended.ended_at = None;
        it
    };
    let let_in_before = |n: u128| {
        let mut it = visit(n);
        it.attended.admitted_at =
            it.attended.entered_at.map(|it| it.minus(Duration::from_secs(60)));
        it
    };
    assert_eq!(medians(&(1..=11).map(ran_out).collect::<Vec<_>>()), (Some(6), None));
    assert_eq!(medians(&(1..=11).map(let_in_before).collect::<Vec<_>>()).0, Some(0));
}

const FIGURES: [fn(&Line) -> Option<u32>; 4] =
    [|it| it.booked, |it| it.held, |it| it.cancelled, |it| it.missed];

fn any_row() -> impl Strategy<Value = Counted> {
    let outcome = prop_oneof![
        Just(None),
        Just(Some(Closed::Ended)),
        Just(Some(Closed::Cancelled)),
        Just(Some(Closed::NoShow)),
    ];
    (0_u128..60, 0_i64..4, 0_u128..4, outcome).prop_map(|(whose, week, of, closed)| Counted {
        service_id: if of == 0 { None } else { service(of) },
        ..row(whose, week, closed)
    })
}

/// Patients of those rows that are in a part of the span.
fn patients(rows: &[Counted], is_in: impl Fn(&Counted) -> bool) -> BTreeSet<PersonId> {
    rows.iter().filter(|it| is_in(it)).map(|it| it.patient_id).collect()
}

/// What is shown of a column is zero or of enough patients, is so, and what is hidden of a sum that is shown is hidden well.
fn is_well_hidden(
    rows: &[Counted],
    sum: Option<u32>,
    cells: &[(Option<u32>, Vec<Counted>)],
) -> Result<(), TestCaseError> {
    for (told, within) in cells {
        let Some(told) = told else { continue };
        prop_assert_eq!(usize::try_from(*told).unwrap(), within.len());
        let of = patients(within, |_| true).len();
        prop_assert!(of == 0 || of >= FEWEST, "{} patients are told of", of);
        prop_assert!(!(1..=10).contains(told), "{} leaves", told);
    }
    let hidden: Vec<_> = cells.iter().filter(|(told, _)| told.is_none()).collect();
    if let (Some(sum), false) = (sum, hidden.is_empty()) {
        let told: u32 = cells.iter().filter_map(|(told, _)| *told).sum();
        let rest: Vec<Counted> = hidden.iter().flat_map(|(_, it)| it.clone()).collect();
        prop_assert_eq!(usize::try_from(sum - told).unwrap(), rest.len());
        prop_assert!(hidden.len() >= 2, "one is the sum less the others");
        prop_assert!(patients(&rest, |_| true).len() >= FEWEST, "together they are too few");
    }
    let whole: u32 = cells.iter().filter_map(|(told, _)| *told).sum();
    prop_assert!(usize::try_from(whole).unwrap() <= rows.len());
    Ok(())
}

proptest! {
    #[test]
    fn no_figure_of_one_to_ten_ever_leaves(rows in proptest::collection::vec(any_row(), 0..400)) {
        let span = of_weeks(4);
        let found = usage(&span, &rows);
        let everybody = patients(&rows, |_| true).len();
        let told = (everybody == 0 || everybody >= FEWEST).then(|| u32::try_from(everybody).unwrap());
        prop_assert_eq!(found.patients, told);
        let closed = [None, Some(Closed::Ended), Some(Closed::Cancelled), Some(Closed::NoShow)];
        for (of, closed) in FIGURES.into_iter().zip(closed) {
            let these: Vec<Counted> = rows.iter().filter(|it| it.closed == closed).copied().collect();
            let whole = of(&found.whole);
            let count = patients(&these, |_| true).len();
            prop_assert_eq!(whole.is_some(), count == 0 || count >= FEWEST);
            let within = |is_in: &dyn Fn(&Counted) -> bool| -> Vec<Counted> {
                these.iter().filter(|it| is_in(it)).copied().collect()
            };
            let weeks: Vec<_> = found.weeks.iter()
                .map(|(week, line)| (of(line), within(&|it| week.holds(it.starts_at))))
                .collect();
            is_well_hidden(&these, whole, &weeks)?;
            let services: Vec<_> = found.services.iter()
                .map(|(id, line)| (of(line), within(&|it| it.service_id == *id)))
                .collect();
            is_well_hidden(&these, whole, &services)?;
            for cells in [&weeks, &services] {
                let all: usize = cells.iter().map(|(_, it)| it.len()).sum();
                prop_assert_eq!(all, these.len(), "each is counted once");
            }
        }
    }
}
