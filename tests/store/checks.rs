//! Somebody who may do everything in the database breaks one promise after the other. Each is found by its check, and by no other.

use crate::agenda::Agenda;
use crate::broken::{BROKEN, BROKEN_FILE};
use crate::payments::payment;
use crate::samples::{NOW, audit, commit, event, session, who};
use crate::subjects::sealed;
use crate::support::Clinic;
use crate::talk::Talk;
use crate::trail::signer;
use bedside::audit::sequencer::Sequencer;
use bedside::crypto::{NoteSigner, Vault};
use bedside::node::checks::{Answer, Inspector, Report};
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
        let row = |n| AuditRecord { phase: "ok", ..audit(&format!("row {n}")) };
        store.append_audit((0..9).map(row).collect()).await.unwrap();
        Sequencer::new(store.clone(), Arc::clone(&signer)).turn(NOW).await.unwrap();
        store.erase_details(vec![5]).await.unwrap();

        let shell = unguarded(&clinic).await;
        for sql in [
            &*format!("UPDATE conversations SET key_id = '{key_id}'"),
            "UPDATE users SET erased_at = 1 WHERE role = 'support'",
        ] {
            shell.execute_unprepared(sql).await.unwrap();
        }
        Practice { clinic, signer, vault, shell, _folder: folder }
    }

    async fn looks(&self) -> Report {
        let keys = self.signer.verifier().clone().into();
        let mut inspector = Inspector::new(self.clinic.store.clone(), keys, vec![]);
        inspector.run(&self.vault, NOW, Duration::ZERO).await
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

pub(crate) async fn what_was_found_good_is_not_read_again_until_it_is_time(clinic: Clinic) {
    let it = Practice::open(clinic).await;
    let keys = it.signer.verifier().clone().into();
    let mut inspector = Inspector::new(it.clinic.store.clone(), keys, vec![]);
    let mut entries = async || {
        let report = inspector.run(&it.vault, NOW, Duration::ZERO).await;
        let found = report.found.into_iter().find(|it| it.check == Check::AuditSigned).unwrap();
        found.asked
    };
    let mut runs = vec![];
    for _ in 0..8 {
        runs.push(entries().await);
    }
    assert_eq!(runs, [9, 0, 0, 0, 0, 0, 0, 9]);
}
