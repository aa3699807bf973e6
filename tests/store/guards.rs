//! What the tables of schedules hold and refuse when somebody goes around the store.

use crate::agenda::{Agenda, minute};
use crate::samples::{NOW, at_once, visit};
use crate::support::Clinic;
use bedside::protocol::time::UnixMillis;
use bedside::store::schedule::{BookingEvent, Schedules};
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use uuid::Uuid;

fn literal(backend: DbBackend, id: Uuid) -> String {
    match backend {
        DbBackend::Sqlite => format!("x'{}'", id.simple()),
        _ => format!("'{id}'"),
    }
}

/// A statement that makes a claim for an appointment.
fn insert(
    backend: DbBackend,
    whose: Uuid,
    about: Uuid,
    group: Uuid,
    seat: i64,
    times: [i64; 4],
) -> String {
    let id = |it| literal(backend, it);
    let [busy_from, starts_at, ends_at, busy_until] = times.map(|it| NOW.0 + it * 60_000);
    format!(
        "INSERT INTO slots (id, practitioner_id, starts_at, ends_at, busy_from, busy_until, group_id, seat,
                            appointment_id, state)
         VALUES ({}, {}, {starts_at}, {ends_at}, {busy_from}, {busy_until}, {}, {seat}, {}, 'busy')",
        id(Uuid::now_v7()), id(whose), id(group), id(about),
    )
}

pub(crate) async fn the_tables_themselves_refuse_an_overlap(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let about = agenda.books(100, 130).await;
    agenda.reserves(300, 330).await;
    let shell = agenda.clinic.shell().await;
    let backend = shell.get_database_backend();
    let group = agenda.claims().await[0].group;
    let sql = |group, seat, times| insert(backend, agenda.id().0, about.0, group, seat, times);
    let other = Uuid::now_v7();
    let refused = [
        ("the same time", sql(other, 0, [100, 100, 130, 130])),
        ("across the begin", sql(other, 0, [90, 90, 101, 101])),
        ("by a buffer", sql(other, 0, [129, 140, 150, 150])),
        ("a held one", sql(other, 0, [320, 320, 340, 340])),
        ("the same seat", sql(group, 0, [100, 100, 130, 130])),
    ];
    for (what, sql) in refused {
        let error = shell.execute_unprepared(&sql).await.expect_err(what).to_string();
        assert!(error.contains("slots"), "{what}: {error}");
    }
    let may = [sql(group, 1, [100, 100, 130, 130]), sql(other, 0, [130, 130, 140, 140])];
    for sql in may {
        shell.execute_unprepared(&sql).await.unwrap();
    }
    // Nor is there another way: by moving one, by making it longer, by giving it to somebody or to a group.
    let at = |n: i64| NOW.0 + n * 60_000;
    let last = format!("WHERE busy_from = {}", at(130));
    for (set, may) in [
        (format!("busy_from = {}", at(129)), false),
        (format!("busy_until = {}", at(301)), false),
        (format!("busy_until = {}", at(300)), true),
        (format!("group_id = {}, seat = 0", literal(backend, group)), false),
        (format!("practitioner_id = {}", literal(backend, agenda.patient.person_id.0)), true),
        (format!("practitioner_id = {}", literal(backend, agenda.id().0)), true),
    ] {
        let done = shell.execute_unprepared(&format!("UPDATE slots SET {set} {last}")).await;
        assert_eq!(done.is_ok(), may, "{set}");
    }
}

pub(crate) async fn the_tables_themselves_refuse_what_no_claim_is(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let about = agenda.books(100, 130).await;
    agenda.reserves(300, 330).await;
    let shell = agenda.clinic.shell().await;
    let backend = shell.get_database_backend();
    for times in [[0, 0, 0, 0], [11, 10, 20, 20], [10, 10, 20, 19], [10, 20, 10, 20]] {
        let sql = insert(backend, agenda.id().0, about.0, Uuid::now_v7(), 0, times);
        shell.execute_unprepared(&sql).await.expect_err("a check");
    }
    let sql = insert(backend, agenda.id().0, about.0, Uuid::now_v7(), -1, [10, 10, 20, 20]);
    shell.execute_unprepared(&sql).await.expect_err("no such seat");
    for sql in [
        "UPDATE slots SET expires_at = NULL WHERE state = 'held'",
        "UPDATE slots SET appointment_id = NULL WHERE state = 'busy'",
        "UPDATE slots SET state = 'busy' WHERE state = 'held'",
        "UPDATE slots SET state = 'odd'",
        "UPDATE holds SET state = 'odd'",
        "UPDATE availability_templates SET starts_minute = ends_minute",
        "UPDATE services SET capacity = 0",
        "DELETE FROM services",
        "DELETE FROM holds",
    ] {
        let done = shell.execute_unprepared(sql).await;
        let is_template = sql.contains("templates");
        assert_eq!(done.is_ok(), is_template, "{sql}: there is no template to refuse");
    }
}

pub(crate) async fn of_64_connections_that_insert_one_claim_one_does(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    let about = agenda.books(500, 530).await;
    let mut shells = Vec::new();
    for _ in 0..64 {
        shells.push(agenda.clinic.shell().await);
    }
    let whose = agenda.id().0;
    let told = at_once((0_i64..).zip(shells).map(|(n, shell)| async move {
        let backend = shell.get_database_backend();
        let times = [n % 30, n % 30, 31 + n, 31 + n];
        let sql = insert(backend, whose, about.0, Uuid::now_v7(), 0, times);
        let done = shell.execute_unprepared(&sql).await;
        shell.close().await.unwrap();
        done.map_err(|it| it.to_string())
    }))
    .await;
    assert_eq!(told.iter().filter(|it| it.is_ok()).count(), 1, "{told:?}");
    let refused = told.iter().filter_map(|it| it.as_ref().err());
    assert_eq!(refused.filter(|it| it.contains("slots_overlap")).count(), 63, "{told:?}");
}

/// Names of the constraints and triggers that a table has.
async fn guards(shell: &DatabaseConnection) -> Vec<String> {
    let backend = shell.get_database_backend();
    let sql = match backend {
        DbBackend::Sqlite => "SELECT name FROM sqlite_master WHERE type IN ('trigger', 'index')",
        _ => {
            "SELECT conname::text AS name FROM pg_constraint
             UNION ALL SELECT tgname::text FROM pg_trigger
             UNION ALL SELECT relname::text FROM pg_class"
        }
    };
    let rows = shell.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
    rows.into_iter().map(|it| it.try_get::<String>("", "name").unwrap()).collect()
}

pub(crate) async fn every_guard_is_there(clinic: Clinic) {
    let shell = clinic.shell().await;
    let there = guards(&shell).await;
    let both = ["slots_seat", "appointments_cancelled", "appointments_claim", "tasks_open"];
    let own: &[&str] = match shell.get_database_backend() {
        DbBackend::Sqlite => &[
            "slots_overlap_insert",
            "slots_overlap_update",
            "appointment_history_no_update",
            "appointment_history_no_delete",
            "appointment_history_no_replace",
        ],
        _ => &[
            "slots_overlap",
            "slots_queue",
            "appointment_history_append_only",
            "appointment_history_no_truncate",
            "appointment_history_default",
            "appointment_history_default_no_truncate",
        ],
    };
    for expected in both.iter().chain(own) {
        assert!(there.iter().any(|it| it == expected), "{expected} is not among {there:#?}");
    }
    for gone in ["appointments_overlap", "appointments_live", "appointments_overlap_insert"] {
        assert!(!there.iter().any(|it| it == gone), "{gone}: groups share a time");
    }
}

pub(crate) async fn the_program_before_still_books_and_cancels(clinic: Clinic) {
    let mut agenda = Agenda::open(clinic).await;
    agenda.books(100, 130).await;
    let shell = agenda.clinic.shell().await;
    let backend = shell.get_database_backend();
    let older = |from: i64, until: i64| {
        let id = |it| literal(backend, it);
        let about = Uuid::now_v7();
        let (starts_at, ends_at) = (NOW.0 + from * 60_000, NOW.0 + until * 60_000);
        let sql =
            format!(
            "INSERT INTO appointments (id, clinician_id, patient_id, starts_at, ends_at, timezone,
                                       patient_may_invite, status, created_at)
             VALUES ({}, {}, {}, {starts_at}, {ends_at}, 'UTC', TRUE, 'booked', {})",
            id(about), id(agenda.id().0), id(agenda.patient.person_id.0), NOW.0,
        );
        (about, sql)
    };
    let (_, across) = older(129, 160);
    shell.execute_unprepared(&across).await.expect_err("it would overlap");
    let (about, sql) = older(130, 160);
    shell.execute_unprepared(&sql).await.unwrap();
    assert_eq!(agenda.taken().await, [(100, 130, true), (130, 160, true)]);
    let cancel = format!(
        "UPDATE appointments SET status = 'cancelled' WHERE id = {}",
        literal(backend, about)
    );
    shell.execute_unprepared(&cancel).await.unwrap();
    assert_eq!(agenda.taken().await, [(100, 130, true)]);
    let booking =
        agenda.clinic.store.bookings(&[bedside::protocol::ids::AppointmentId(about)]).await;
    assert_eq!(booking.unwrap()[0].version, 1);
}

pub(crate) async fn what_was_booked_before_the_migration_holds_its_time(clinic: Clinic) {
    // The schema as it was.
    let url = clinic.url.clone().unwrap();
    let (url, shell) = if url.starts_with("sqlite:") {
        let url = format!("{url}.older");
        let shell = Database::connect(format!("{url}?mode=rwc")).await.unwrap();
        (url, shell)
    } else {
        let shell = clinic.shell().await;
        shell
            .execute_unprepared(
                "DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner",
            )
            .await
            .unwrap();
        shell.close().await.unwrap();
        let shell = Database::connect(&url).await.unwrap();
        (url, shell)
    };
    Migrator::up(&shell, Some(1)).await.unwrap();
    let backend = shell.get_database_backend();
    let id = |n: u128| literal(backend, Uuid::from_u128(n));
    for (n, role) in [(1, "clinician"), (2, "patient")] {
        let sql = format!(
            "INSERT INTO users (id, display_name, email, password_hash, role, timezone, created_at)
             VALUES ({}, 'Somebody', '{n}@clinic.example', 'none', '{role}', 'UTC', 0)",
            id(n)
        );
        shell.execute_unprepared(&sql).await.unwrap();
    }
    for (n, from, status) in
        [(11, 0, "booked"), (12, 5, "ended"), (13, 7, "cancelled"), (14, 30, "booked")]
    {
        let (starts_at, ends_at) = (minute(from).0, minute(from + 30).0);
        let sql = format!(
            "INSERT INTO appointments VALUES
             ({}, {}, {}, {starts_at}, {ends_at}, 'UTC', TRUE, '{status}', {})",
            id(n),
            id(1),
            id(2),
            NOW.0
        );
        shell.execute_unprepared(&sql).await.unwrap();
        let sql = format!("INSERT INTO visits VALUES ({}, FALSE, NULL, 0)", id(n));
        shell.execute_unprepared(&sql).await.unwrap();
    }
    shell.close().await.unwrap();

    let store = bedside::store::sql::SqlStore::open(&url).await.unwrap();
    store.migrate().await.unwrap();
    let whose = bedside::protocol::ids::PersonId(Uuid::from_u128(1));
    let claims = store.schedule(whose, NOW).await.unwrap().claims;
    let begins: Vec<_> = claims.iter().map(|it| it.starts_at).collect();
    assert_eq!(begins, [minute(0), minute(30)], "only what is live");
    let about = bedside::protocol::ids::AppointmentId(Uuid::from_u128(12));
    let lines = store.history(about).await.unwrap();
    assert_eq!((lines.len(), lines[0].event, lines[0].at), (1, BookingEvent::Booked, NOW));
    assert_eq!(store.bookings(&[about]).await.unwrap()[0].version, 1);
    store.close().await;
}

/// Which partitions PostgreSQL would read for a month that begins at that instant.
async fn partitions_read(shell: &DatabaseConnection, from: i64, until: i64) -> Vec<String> {
    let sql =
        format!("EXPLAIN SELECT * FROM appointment_history WHERE at >= {from} AND at < {until}");
    let rows = shell.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
    let plan = rows.into_iter().map(|it| it.try_get::<String>("", "QUERY PLAN").unwrap());
    // A bitmap of the index belongs to the scan of its table, which has a line of its own.
    let is_scan = |it: &String| it.contains("Scan") && !it.contains("Bitmap Index Scan");
    let read = plan.filter(is_scan).filter(|it| it.contains(" on appointment_history"));
    read.map(|it| it.split(" on ").nth(1).unwrap().split(' ').next().unwrap().to_owned()).collect()
}

/// PostgreSQL only: elsewhere there are no partitions, and nothing to do.
pub(crate) async fn a_month_of_history_is_one_partition(clinic: Clinic) {
    let agenda = Agenda::open(clinic).await;
    let store = agenda.clinic.store.clone();
    let shell = agenda.clinic.shell().await;
    // 2031-03-01, 2031-04-01 and 2031-05-01 at midnight UTC.
    let [march, april, may] = [1_930_089_600_000, 1_932_768_000_000, 1_935_360_000_000];
    let mut early = visit(&agenda.clinician, &agenda.patient, 0, 30);
    early.created_at = UnixMillis(march - 1);
    store.create_visit(early.clone(), None).await.unwrap();
    for _ in 0..2 {
        assert_eq!(store.prepare_partitions(UnixMillis(march + 5)).await, Ok(()));
    }
    let mut new = visit(&agenda.clinician, &agenda.patient, 30, 60);
    new.created_at = UnixMillis(april);
    store.create_visit(new.clone(), None).await.unwrap();
    let lines = store.history(new.visit.facts.appointment_id).await.unwrap();
    assert_eq!(lines[0].at, UnixMillis(april));
    if shell.get_database_backend() != DbBackend::Postgres {
        return;
    }
    let read = async |from, until| partitions_read(&shell, from, until).await;
    assert_eq!(read(march, april).await, ["appointment_history_2031_03"]);
    assert_eq!(read(april, may).await, ["appointment_history_2031_04"]);
    assert_eq!(read(march, may).await.len(), 2);
    // A month with lines that nobody made ready for stays where its lines are.
    assert_eq!(store.prepare_partitions(UnixMillis(march - 1)).await, Ok(()));
    let february = march - 28 * 86_400_000;
    assert_eq!(read(february, march).await, ["appointment_history_default"]);
    assert_eq!(store.history(early.visit.facts.appointment_id).await.unwrap().len(), 1);
    for partition in ["appointment_history_2031_04", "appointment_history_default"] {
        for sql in [format!("TRUNCATE {partition}"), format!("DELETE FROM {partition}")] {
            let error = shell.execute_unprepared(&sql).await.expect_err(&sql).to_string();
            assert!(error.contains("append_only"), "{sql}: {error}");
        }
    }
}
