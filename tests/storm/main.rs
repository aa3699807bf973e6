//! The storm: a fleet of people books, moves and cancels at random against the real binary, which is killed every few
//! seconds; then a checker looks whether all that can have been.
//!
//! Owns: the fleet, the process under test, the checker. Invariant: the checker finds what it is for, which the runs with
//! a database that does not judge prove. Bounded by operations and by time, over loopback, with every process ended.
//! Does not: test rules (`domain`) or stories (`tests/hub`).
//!
//! The seed is printed and decides what everybody wishes; how their calls meet is the machine's. `BEDSIDE_TEST_SEED`
//! repeats one. `make storm` sails for long: `BEDSIDE_TEST_OPERATIONS` on each database, or a hundred thousand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that meets what it does not expect has failed"
)]

mod client;
mod dice;
mod fleet;
mod history;
mod hub;

use fleet::{Report, Size, sail};
use hub::{Hub, Kind};
use rstest::rstest;
use std::time::Duration;
use uuid::Uuid;

/// What every change is tested with.
const SHORT: Size = Size {
    patients: 24,
    clinicians: 4,
    interpreters: 2,
    half_hours: 12,
    interpreted: 40,
    searches: 15,
    keeps: 2,
    operations: 6_000,
    at_most: Duration::from_secs(20),
    kill_every: Some(Duration::from_secs(4)),
};
/// What `make storm` sails.
const LONG: Size = Size {
    patients: 48,
    operations: 100_000,
    at_most: Duration::from_secs(60 * 60),
    half_hours: 40,
    ..SHORT
};
/// Everybody wants the one interpreter, whose time no clinician's planner owns: there the table alone is the judge.
const CROWDED: Size = Size {
    clinicians: 6,
    interpreters: 1,
    half_hours: 4,
    interpreted: 100,
    searches: 0,
    keeps: 0,
    operations: 4_000,
    at_most: Duration::from_secs(10),
    kill_every: None,
    ..SHORT
};

#[expect(
    clippy::disallowed_methods,
    reason = "how the tests are run is no configuration of the hub"
)]
fn told(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|it| it.parse().expect("a number"))
}

fn seed() -> u64 {
    told("BEDSIDE_TEST_SEED").unwrap_or_else(|| Uuid::new_v4().as_u64_pair().0 >> 16)
}

/// One run against a database that was tampered with, or was not.
fn run(kind: Kind, size: Size, tampering: &[&str]) -> Option<Report> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut hub = Hub::start(kind).await?;
        hub.tampers(tampering).await;
        let seed = seed();
        println!("{kind:?}, seed {seed}");
        let report = sail(&mut hub, size, seed).await;
        hub.stop().await;
        let Report { operations, kills, retries, refused, booked, violations } = &report;
        println!(
            "{kind:?}, seed {seed}: {operations} operations, {booked} bookings and moves, {refused} refused, \
             {kills} kills, {retries} retries, {} violations",
            violations.len()
        );
        Some(report)
    })
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn nothing_is_lost_and_nobody_is_booked_twice(#[case] kind: Kind) {
    let Some(report) = run(kind, SHORT, &[]) else { return };
    assert_eq!(report.violations, Vec::<String>::new());
    assert!(report.kills > 0 && report.booked > 0 && report.refused > 0, "{report:?}");
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[ignore = "sails for many minutes: make storm"]
fn a_hundred_thousand_operations(#[case] kind: Kind) {
    let operations = told("BEDSIDE_TEST_OPERATIONS").unwrap_or(LONG.operations);
    let Some(report) = run(kind, Size { operations, ..LONG }, &[]) else { return };
    assert_eq!(report.violations, Vec::<String>::new());
    assert!(report.operations >= operations, "{report:?}");
}

/// The hub looks whether an interpreter is free and then writes, as every scheduler does that has no judge. Without the
/// constraint that is what is left, and the checker must see it.
#[rstest]
#[case::sqlite(Kind::Sqlite, &["DROP TRIGGER slots_overlap_insert"])]
#[case::postgres(Kind::Postgres, &["ALTER TABLE slots DROP CONSTRAINT slots_overlap"])]
fn without_a_judge_the_checker_sees_it(#[case] kind: Kind, #[case] tampering: &[&str]) {
    let mut last = None;
    // Two have to meet at the same moment: they do so several times in every run, unless the machine stands still.
    for _ in 0..3 {
        let Some(report) = run(kind, CROWDED, tampering) else { return };
        if report.violations.iter().any(|it| it.starts_with("B1")) {
            return;
        }
        last = Some(report);
    }
    panic!("a hub that checks and then writes was not noticed: {last:?}");
}

/// The same crowd, with the judge: what is noticed is the missing constraint, and not the crowd.
#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn the_same_crowd_with_a_judge_is_clean(#[case] kind: Kind) {
    let Some(report) = run(kind, CROWDED, &[]) else { return };
    assert_eq!(report.violations, Vec::<String>::new());
}
