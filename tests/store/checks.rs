//! Somebody who may do everything in the database breaks one promise after the other. Each is found by its check, and by no other.

use crate::agenda::Agenda;
use crate::broken::{BROKEN, BROKEN_FILE};
use crate::payments::payment;
use crate::residency::europe;
use crate::samples::{NOW, audit, commit, event, session, who};
use crate::subjects::sealed;
use crate::support::Clinic;
use crate::talk::Talk;
use crate::trail::signer;
use bedside::audit::sequencer::Sequencer;
use bedside::crypto::{NoteSigner, Vault};
use bedside::node::checks::{Answer, Found, Inspector, Report};
use bedside::protocol::person::Role;
use bedside::protocol::visit::AttendanceKind;
use bedside::store::AuditRecord;
use bedside::store::checks::{After, Check};
use bedside::store::conversations::WrappedKey;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement,
};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;

/// A clinic in which something of everything has happened.
struct Practice {
    clinic: Clinic,
    signer: Arc<NoteSigner>,
    sequencer: Sequencer,
    vault: Vault,
    shell: DatabaseConnection,
    _folder: TempDir,
}

impl Practice {
    async fn open(clinic: Clinic) -> Practice {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(&folder.path().join("kek")).unwrap();
        let mut agenda = Agenda::open(clinic).await;
        let hold = agenda.reserves(100, 130).await;
        let new = agenda.booking(100, 130);
        let visit = new.visit.visit.clone();
        let book = bedside::store::schedule::ScheduleChange::Book(hold, vec![new]);
        agenda.saves(0, vec![book]).await.unwrap();
        let store = agenda.clinic.store.clone();
        let later = agenda.reserves(300, 330).await;
        store.begin_payment(payment(&agenda, later)).await.unwrap();

        let epoch = store.claim_visit(visit.facts.appointment_id, "node-a").await.unwrap().epoch;
        let came = event(AttendanceKind::Entered, who(&visit, Role::Clinician));
        store.commit_visit(commit(&visit, epoch, vec![came])).await.unwrap();

        let Agenda { clinic, clinician, patient, .. } = agenda;
        let mut talk = Talk::between(clinic.clone(), clinician.clone(), patient.clone()).await;
        let ill = talk.ill;
        talk.writes(ill, &[1]).await;
        let gone = talk.writes(ill, &[2]).await;
        talk.takes_back(&gone).await;

        let key_id = vault.current().await.unwrap();
        let key = WrappedKey { key_id: key_id.clone(), sealed: "sealed".to_owned() };
        store.open_subject(patient.person_id, key, NOW).await.unwrap();
        store.save_patient(sealed(patient.person_id, 1, "a"), None).await.unwrap();
        store.open_session(session(&clinician)).await.unwrap();
        clinic.hires("Gone Formerly", Role::Support).await;

        let signer = signer();
        let who = patient.person_id;
        let row = |n| AuditRecord {
            phase: "ok",
            patient: (n == 7).then_some(who),
            ..audit(&format!("row {n}"))
        };
        store.append_audit((0..9).map(row).collect()).await.unwrap();
        let mut sequencer = Sequencer::new(store.clone(), Arc::clone(&signer));
        sequencer.turn(NOW).await.unwrap();
        store.erase_details(vec![5]).await.unwrap();

        let shell = unguarded(&clinic).await;
        for sql in [
            &*format!("UPDATE conversations SET key_id = '{key_id}'"),
            "UPDATE users SET erased_at = 1 WHERE role = 'support'",
            "INSERT INTO erasures (id, user_id, scope, asked_at, done_by, done_at, certificate,
                                   signature, public_key, left_out)
             SELECT id, id, 'conversations', 1, id, 1, 'text', 'sig', 'key', 0
             FROM users WHERE role = 'patient'",
            "INSERT INTO audit_reports (id, made_by, name, patient_id, is_shared, saved_at)
             SELECT id, id, 'A report', id, true, 1 FROM users WHERE role = 'patient'",
        ] {
            shell.execute_unprepared(sql).await.unwrap();
        }
        Practice { clinic, signer, sequencer, vault, shell, _folder: folder }
    }

    fn inspector(&self) -> Inspector {
        let keys = self.signer.verifier().clone().into();
        Inspector::new(self.clinic.store.clone(), keys, vec![])
    }

    async fn looks(&self) -> Report {
        self.asks(&mut self.inspector()).await
    }

    async fn asks(&self, inspector: &mut Inspector) -> Report {
        inspector.run(&self.vault, NOW, Duration::ZERO).await
    }

    /// So many rows of the audit log, and a checkpoint of them.
    async fn signs(&mut self, rows: u32) {
        let row = |n| AuditRecord { phase: "ok", ..audit(&format!("later {n}")) };
        self.clinic.store.append_audit((0..rows).map(row).collect()).await.unwrap();
        self.sequencer.turn(NOW).await.unwrap();
    }

    async fn does(&self, sql: &str) {
        self.shell.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

/// Which checks say that something is wrong; all others are good, or are not asked.
fn wrong(report: &Report) -> Vec<Check> {
    assert!(report.found.iter().all(|it| it.answer != Answer::Unanswered), "{report:?}");
    report.found.iter().filter(|it| it.answer == Answer::Wrong).map(|it| it.check).collect()
}

/// One connection, on which nothing is guarded any more: as the server's superuser, or as whoever has the file.
async fn unguarded(clinic: &Clinic) -> DatabaseConnection {
    let mut options = ConnectOptions::new(clinic.power.clone().expect("a database"));
    options.max_connections(1);
    let shell = Database::connect(options).await.unwrap();
    if shell.get_database_backend() == DbBackend::Sqlite {
        let triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'";
        let all = shell.query_all_raw(Statement::from_string(DbBackend::Sqlite, triggers)).await;
        for row in all.unwrap() {
            let name: String = row.try_get("", "name").unwrap();
            shell.execute_unprepared(&format!("DROP TRIGGER {name}")).await.unwrap();
        }
        let off = "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON";
        shell.execute_unprepared(off).await.unwrap();
    } else {
        for sql in [
            "SET session_replication_role = replica",
            "ALTER TABLE slots DROP CONSTRAINT slots_overlap",
        ] {
            shell.execute_unprepared(sql).await.unwrap();
        }
    }
    shell
}

fn literal(on: DbBackend, id: Uuid) -> String {
    match on {
        DbBackend::Sqlite => format!("X'{}'", id.simple()),
        _ => format!("'{id}'"),
    }
}

pub(crate) async fn a_promise_that_is_broken_is_found_by_its_check_and_no_other(clinic: Clinic) {
    let it = Practice::open(clinic).await;
    let on = it.shell.get_database_backend();
    let (new, other) = (literal(on, Uuid::now_v7()), literal(on, Uuid::now_v7()));
    it.does(&format!(
        "INSERT INTO organisations (id, name, slug, timezone, created_at)
         VALUES ({other}, 'Another', 'another', 'UTC', 0)"
    ))
    .await;
    let whole = it.looks().await;
    assert_eq!(wrong(&whole), vec![], "{whole:?}");
    let is_file = on == DbBackend::Sqlite;
    for found in &whole.found {
        let is_asked = is_file || found.check != Check::File;
        assert_eq!(found.answer != Answer::NotAsked, is_asked, "{found:?}");
        assert!(!is_asked || found.asked > 0, "it was looked at nothing: {found:?}");
    }
    let gone = "(SELECT id FROM users WHERE role = 'support')";
    let told =
        |sql: &str| sql.replace("{new}", &new).replace("{other}", &other).replace("{gone}", gone);
    let (mut seen, mut missed) = (vec![], vec![]);
    for (check, breaks, mends) in BROKEN.iter().chain(is_file.then_some(&BROKEN_FILE)) {
        it.does(&told(breaks)).await;
        let report = it.looks().await;
        if wrong(&report) != [*check] {
            missed.push((check.name(), breaks, wrong(&report)));
        }
        let named = report.found.iter().find(|it| it.check == *check).unwrap();
        assert_eq!(named.wrong > 0, !named.named.is_empty(), "{named:?}");
        it.does(&told(mends)).await;
        seen.push(*check);
    }
    assert!(missed.is_empty(), "not found, or found by others: {missed:#?}");
    let report = it.looks().await;
    assert_eq!(wrong(&report), vec![], "all is as it was: {report:?}");
    for found in whole.found.iter().filter(|it| it.answer != Answer::NotAsked) {
        assert!(seen.contains(&found.check), "nobody has broken {}", found.check.name());
    }
}

pub(crate) async fn what_is_being_destroyed_is_not_wrong(clinic: Clinic) {
    let it = Practice::open(clinic).await;
    // The key is taken away first; terms follow in steps, and `key_id` stays until they are gone.
    it.does("UPDATE conversations SET sealed_key = NULL").await;
    let report = it.looks().await;
    assert_eq!(wrong(&report), vec![], "{report:?}");
}

pub(crate) async fn a_sign_in_of_whoever_is_kept_elsewhere_is_found(clinic: Clinic) {
    let it = Practice::open(clinic).await;
    it.clinic.store.keep_people_of(europe());
    it.does("UPDATE users SET home_region = 'eu-central'").await;
    assert_eq!(wrong(&it.looks().await), vec![], "of the same zone");
    it.does("UPDATE users SET home_region = 'us-east'").await;
    assert_eq!(wrong(&it.looks().await), [Check::Sessions]);
    it.clinic.store.keep_people_of(Arc::default());
    assert_eq!(wrong(&it.looks().await), vec![], "without a region everybody is kept");
}

pub(crate) async fn a_check_goes_on_page_by_page(clinic: Clinic) {
    let robin = clinic.hires("Dr Robin Sample", Role::Clinician).await;
    for _ in 0..5 {
        clinic.store.open_session(session(&robin)).await.unwrap();
    }
    let shell = unguarded(&clinic).await;
    shell.execute_unprepared("UPDATE users SET suspended_at = 1").await.unwrap();
    let (mut after, mut pages, mut found) = (After::Nothing, vec![], 0);
    loop {
        let page = clinic.store.look(Check::Sessions, after, NOW, 2).await.unwrap().unwrap();
        pages.push(page.asked);
        found += page.wrong.len();
        let Some(next) = page.next else { break };
        after = next;
    }
    assert_eq!((pages, found), (vec![2, 2, 1], 5));
    let late = NOW.plus(Duration::from_secs(24 * 60 * 60));
    let page = clinic.store.look(Check::Sessions, After::Nothing, late, 9).await.unwrap().unwrap();
    assert_eq!(page.wrong, Vec::<String>::new(), "what has ended by itself is not open");
}

fn of(report: &Report, check: Check) -> Found {
    report.found.iter().find(|it| it.check == check).cloned().unwrap()
}

pub(crate) async fn what_was_found_good_is_not_read_again_until_it_is_time(clinic: Clinic) {
    let it = Practice::open(clinic).await;
    let mut inspector = it.inspector();
    let mut runs = vec![];
    for _ in 0..8 {
        runs.push(of(&it.asks(&mut inspector).await, Check::AuditSigned).asked);
    }
    assert_eq!(runs, [9, 0, 0, 0, 0, 0, 0, 9]);
}

pub(crate) async fn a_row_that_is_wrong_is_told_each_night_until_it_is_mended(clinic: Clinic) {
    let mut it = Practice::open(clinic).await;
    let mut inspector = it.inspector();
    it.does("UPDATE audit_logs SET operation = 'other' WHERE target = 'row 4'").await;
    let told = Found {
        check: Check::AuditRows,
        answer: Answer::Wrong,
        asked: 9,
        wrong: 1,
        named: vec!["entry 4".to_owned()],
    };
    assert_eq!(of(&it.asks(&mut inspector).await, Check::AuditRows), told);
    // What comes behind it is looked at all the same.
    it.signs(3).await;
    let second = it.asks(&mut inspector).await;
    assert_eq!(wrong(&second), [Check::AuditRows]);
    assert_eq!(of(&second, Check::AuditRows), Found { asked: 3, ..told.clone() });
    for _ in 0..8 {
        assert_eq!(of(&it.asks(&mut inspector).await, Check::AuditRows).named, told.named);
    }
    it.does("UPDATE audit_logs SET operation = 'test.operation' WHERE target = 'row 4'").await;
    let mended = it.asks(&mut inspector).await;
    assert!(mended.is_good(), "{mended:?}");
}

pub(crate) async fn a_check_that_takes_several_nights_says_so_and_forgets_nothing(clinic: Clinic) {
    let robin = clinic.hires("Dr Robin Sample", Role::Clinician).await;
    for _ in 0..5 {
        clinic.store.open_session(session(&robin)).await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open(&folder.path().join("kek")).unwrap();
    let keys = signer().verifier().clone().into();
    let mut inspector = Inspector::new(clinic.store.clone(), keys, vec![]).in_pages(2, 1);
    let mut night = async || {
        let report = inspector.run(&vault, NOW, Duration::ZERO).await;
        let it = of(&report, Check::Sessions);
        (it.answer, it.asked, it.wrong, report.is_good())
    };
    assert_eq!(night().await, (Answer::Partly, 2, 0, false));
    assert_eq!(night().await, (Answer::Partly, 2, 0, false));
    assert_eq!(night().await.0, Answer::Good, "it has come to its end");
    let shell = unguarded(&clinic).await;
    shell.execute_unprepared("UPDATE users SET suspended_at = 1").await.unwrap();
    let told = [night().await, night().await, night().await];
    assert_eq!(told.map(|it| (it.0, it.2)), [2, 4, 5].map(|it| (Answer::Wrong, it)));
    shell.execute_unprepared("UPDATE users SET suspended_at = NULL").await.unwrap();
    // All of it is told until all of it was looked at again.
    let told = [night().await, night().await, night().await];
    let wrong = Answer::Wrong;
    assert_eq!(told.map(|it| (it.0, it.2)), [(wrong, 5), (wrong, 5), (Answer::Good, 0)]);
}

pub(crate) async fn a_long_log_is_read_over_several_nights_to_its_end(clinic: Clinic) {
    let mut it = Practice::open(clinic).await;
    for _ in 0..6 {
        it.signs(1).await;
    }
    // A page is of four entries, or up to the next checkpoint; the first checkpoint is of nine.
    let mut inspector = it.inspector().in_pages(4, 1);
    let mut nights = vec![];
    for _ in 0..4 {
        let found = of(&it.asks(&mut inspector).await, Check::AuditSigned);
        nights.push((found.answer, found.asked));
    }
    let (part, end) = (Answer::Partly, Answer::Good);
    assert_eq!(nights, [(part, 9), (part, 4), (part, 2), (end, 0)]);
    it.does("UPDATE audit_entries SET leaf = replace(leaf, '\"ok\"', '\"no\"') WHERE idx = 13")
        .await;
    let mut nights = vec![];
    for _ in 0..8 {
        let found = of(&it.asks(&mut inspector).await, Check::AuditSigned);
        nights.push((found.answer, found.asked, found.named));
    }
    let none: Vec<String> = vec![];
    let named = vec!["entries 13 to 13".to_owned()];
    assert_eq!(
        nights[..3],
        [(end, 0, none.clone()), (end, 0, none.clone()), (end, 0, none.clone())]
    );
    // Every seventh run all is read anew, and goes on there the next night.
    assert_eq!(nights[3..5], [(part, 9, none.clone()), (part, 4, none)]);
    assert_eq!(nights[5], (Answer::Wrong, 1, named.clone()));
    // It is not passed …
    assert_eq!(nights[7], (Answer::Wrong, 1, named.clone()));
    // … and told while all is read anew once more.
    let mut asked = vec![];
    for _ in 0..6 {
        let found = of(&it.asks(&mut inspector).await, Check::AuditSigned);
        assert_eq!((found.answer, found.named), (Answer::Wrong, named.clone()));
        asked.push(found.asked);
    }
    assert!(asked.contains(&9), "{asked:?}");
    it.does("UPDATE audit_entries SET leaf = replace(leaf, '\"no\"', '\"ok\"') WHERE idx = 13")
        .await;
    let mut whole = it.inspector().in_pages(4, 1).to_the_end();
    let report = it.asks(&mut whole).await;
    assert!(report.is_good(), "{report:?}");
}
