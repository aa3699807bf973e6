//! The storms: people do at random what they may do, against the real binary, which is killed every few seconds; then a
//! checker looks whether all that can have been. A fleet books, moves and cancels ([`fleet`]); others talk ([`chat`]).
//!
//! Owns: the fleet, the process under test, the checker. Invariant: the checker finds what it is for, which the runs with
//! a database that does not judge prove. Bounded by operations and by time, over loopback, with every process ended.
//! Does not: test rules (`domain`) or stories (`tests/hub`).
//!
//! The seed is printed and decides what everybody wishes; how their calls meet is the machine's. `BEDSIDE_TEST_SEED`
//! repeats one. `make storm` sails for long: `BEDSIDE_TEST_OPERATIONS` on each database, or a hundred thousand, and then
//! talks for `BEDSIDE_TEST_SECONDS` on each, or ten minutes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that meets what it does not expect has failed"
)]

#[path = "../support/canary.rs"]
mod canary;
mod chat;
mod client;
mod crowd;
mod fleet;
#[allow(dead_code, reason = "stories of the hub use all of it")]
#[path = "../support/follower.rs"]
mod follower;
mod history;
mod hub;
mod rehearsal;

use chat::Weather;
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

/// What every change is tested with.
const SQUALL: Weather = Weather {
    lasts: Duration::from_secs(12),
    kill_every: Some(Duration::from_secs(3)),
    readers_are_careless: false,
};
/// Long enough for a planted fault to show, and without kills, so that it is that fault.
const GUST: Weather = Weather { lasts: Duration::from_secs(4), kill_every: None, ..SQUALL };

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

fn on_threads<T>(work: impl Future<Output = T>) -> T {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(work)
}

/// One run against a database that was tampered with, or was not.
fn run(kind: Kind, size: Size, tampering: &[&str]) -> Option<Report> {
    on_threads(async {
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

/// One run of those who talk.
fn talk(kind: Kind, weather: Weather, tampering: &[&str]) -> Option<chat::Report> {
    on_threads(async {
        let mut hub = Hub::start(kind).await?;
        hub.tampers(tampering).await;
        let seed = seed();
        println!("{kind:?}, seed {seed}");
        let report = chat::blow(&mut hub, weather, seed).await;
        hub.stop().await;
        let chat::Report {
            acknowledged,
            maybe,
            kills,
            retries,
            replayed,
            anew,
            disbelieved,
            violations,
        } = &report;
        println!(
            "{kind:?}, seed {seed}: {acknowledged} messages, {maybe} given up, {kills} kills, {retries} retries; \
             told {replayed} lines later and {anew} times the whole, {disbelieved} events not believed; {} violations: \
             {violations:#?}",
            violations.len()
        );
        Some(report)
    })
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn no_message_is_lost_or_twice_and_all_hear_the_same(#[case] kind: Kind) {
    let Some(report) = talk(kind, SQUALL, &[]) else { return };
    assert_eq!(report.violations, Vec::<String>::new());
    assert!(report.acknowledged > 0 && report.kills > 0 && report.retries > 0, "{report:?}");
    assert!(report.replayed > 0 && report.disbelieved > 0, "{report:?}");
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[ignore = "talks for many minutes: make storm"]
fn ten_minutes_of_talk(#[case] kind: Kind) {
    let lasts = Duration::from_secs(told("BEDSIDE_TEST_SECONDS").unwrap_or(600));
    let Some(report) = talk(kind, Weather { lasts, ..SQUALL }, &[]) else { return };
    assert_eq!(report.violations, Vec::<String>::new());
}

fn is_found(report: &chat::Report, what: &str) -> bool {
    report.violations.iter().any(|it| it.starts_with(what))
}

/// Rows of messages vanish after they were written, as they do where the answer goes out before the commit.
#[rstest]
#[case::sqlite(Kind::Sqlite, &["CREATE TRIGGER lost_writes AFTER INSERT ON messages WHEN NEW.number % 5 = 0
     BEGIN DELETE FROM messages WHERE id = NEW.id; END"])]
#[case::postgres(Kind::Postgres, &[
    "CREATE FUNCTION lost_write() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN IF NEW.number % 5 = 0 THEN DELETE FROM messages WHERE id = NEW.id; END IF; RETURN NULL; END $$",
    "CREATE TRIGGER lost_writes AFTER INSERT ON messages FOR EACH ROW EXECUTE FUNCTION lost_write()",
])]
fn a_lost_write_is_seen(#[case] kind: Kind, #[case] tampering: &[&str]) {
    let Some(report) = talk(kind, GUST, tampering) else { return };
    assert!(is_found(&report, "C1"), "a hub that loses what it has acknowledged was not noticed");
}

/// The hub forgets which keys it has answered, and posts once more when it is asked again.
#[rstest]
#[case::sqlite(Kind::Sqlite, &["CREATE TRIGGER forgets AFTER INSERT ON idempotency_keys
     BEGIN DELETE FROM idempotency_keys WHERE rowid = NEW.rowid; END"])]
#[case::postgres(Kind::Postgres, &[
    "CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM idempotency_keys
     WHERE caller = NEW.caller AND operation = NEW.operation AND key = NEW.key; RETURN NULL; END $$",
    "CREATE TRIGGER forgets AFTER INSERT ON idempotency_keys FOR EACH ROW EXECUTE FUNCTION forget()",
])]
fn a_retry_that_posts_twice_is_seen(#[case] kind: Kind, #[case] tampering: &[&str]) {
    let Some(report) = talk(kind, GUST, tampering) else { return };
    assert!(is_found(&report, "C2"), "a hub that posts a retry again was not noticed");
}

/// Events are lost, and readers do not look.
#[test]
fn a_reader_that_skips_silently_is_seen() {
    let careless = Weather { readers_are_careless: true, ..GUST };
    let report = talk(Kind::Sqlite, careless, &[]).expect("SQLite is there");
    assert!(is_found(&report, "C5"), "a reader that skips was not noticed");
}

/// The same gust without a planted fault: what is seen is the fault, and not the gust.
#[test]
fn the_same_gust_without_a_fault_is_clean() {
    let report = talk(Kind::Sqlite, GUST, &[]).expect("SQLite is there");
    assert_eq!(report.violations, Vec::<String>::new());
}
