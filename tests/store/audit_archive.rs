//! `bedside audit archive`: an operator puts old entries onto a disk for years, and somebody reads them there.

use crate::samples::audit;
use bedside::audit::archive::SEGMENT;
use bedside::audit::sequencer::Sequencer;
use bedside::crypto::archive::BackupKey;
use bedside::crypto::{NoteKind, NoteSigner};
use bedside::protocol::time::UnixMillis;
use bedside::store::sql::SqlStore;
use bedside::store::trail::AuditQuery;
use bedside::store::{AuditRecord, Store};
use sea_orm::{ConnectionTrait as _, Database};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use tempfile::TempDir;

/// In 2020: long ago, whenever this is read.
const LONG_AGO: UnixMillis = UnixMillis(1_600_000_000_000);

struct Desk {
    hub: TempDir,
    store: Arc<dyn Store>,
    sequencer: Sequencer,
}

impl Desk {
    async fn open() -> Desk {
        let hub = tempfile::tempdir().unwrap();
        BackupKey::make(&hub.path().join("backup.key")).unwrap();
        let url = format!("sqlite:{}", hub.path().join("bedside.sqlite").display());
        let store = SqlStore::open(&url).await.unwrap();
        store.migrate().await.unwrap();
        let store: Arc<dyn Store> = Arc::new(store);
        std::fs::create_dir_all(hub.path().join("keys")).unwrap();
        let path = hub.path().join("keys/audit-log.key");
        let signer = NoteSigner::open(&path, "clinic.example/audit", NoteKind::Log).unwrap();
        let sequencer = Sequencer::new(Arc::clone(&store), Arc::new(signer));
        Desk { hub, store, sequencer }
    }

    async fn writes(&mut self, count: u64, at: UnixMillis) {
        let row = |n| AuditRecord { at, phase: "ok", ..audit(&format!("row {n}")) };
        let rows: Vec<_> = (0..count).map(row).collect();
        for some in rows.chunks(500) {
            self.store.append_audit(some.to_vec()).await.unwrap();
        }
        while self.sequencer.turn(at).await.unwrap() > 0 {}
    }

    fn runs(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_bedside"))
            .args(["audit"])
            .args(arguments)
            .current_dir(self.hub.path())
            .env_clear()
            .env("BEDSIDE_DATA_DIR", self.hub.path())
            .env("BEDSIDE_PUBLIC_URL", "https://clinic.example")
            .output()
            .expect("it runs")
    }

    fn says(&self, arguments: &[&str]) -> String {
        let output = self.runs(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {stderr}");
        String::from_utf8(output.stdout).expect("text")
    }

    fn fails(&self, arguments: &[&str]) -> String {
        let output = self.runs(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        String::from_utf8(output.stderr).expect("text")
    }

    fn file(&self, first: u64) -> PathBuf {
        self.hub.path().join(format!("kept/audit-{first:012}.sealed"))
    }
}

const ARCHIVE: [&str; 4] = ["archive", "kept", "--key", "backup.key"];

fn read(file: &Path) -> [&str; 4] {
    ["read-archive", file.to_str().expect("a path"), "--key", "backup.key"]
}

#[tokio::test(flavor = "multi_thread")]
async fn old_entries_are_archived_and_read_again_without_the_database() {
    let mut desk = Desk::open().await;
    desk.writes(SEGMENT, LONG_AGO).await;
    let older = [&ARCHIVE[..], &["--older-than-days", "5000"]].concat();
    assert!(desk.says(&older).starts_with("0 files written; entries below 0 are"), "too young");
    assert!(
        desk.says(&ARCHIVE).starts_with(&format!("1 files written; entries below {SEGMENT} are"))
    );
    let before = std::fs::read(desk.file(0)).unwrap();
    assert!(desk.says(&ARCHIVE).starts_with("0 files written"), "what is there is left as it is");
    assert_eq!(std::fs::read(desk.file(0)).unwrap(), before);
    let sealed = String::from_utf8_lossy(&before);
    assert!(!sealed.contains("test.operation") && !sealed.contains("checkpoint"));

    // What was done is in the log.
    let named = AuditQuery {
        operations: vec!["audit.archive".to_owned()],
        target: Some(format!("entry:{SEGMENT}")),
        limit: 9,
        ..AuditQuery::default()
    };
    assert_eq!(desk.store.search_audit(named).await.unwrap().len(), 2, "when it was done");

    desk.says(&["export", "out"]);
    std::fs::remove_file(desk.hub.path().join("bedside.sqlite")).unwrap();
    let file = desk.file(0);
    let text = desk.says(&read(&file));
    assert_eq!(u64::try_from(text.lines().count()).unwrap(), SEGMENT + 1);
    assert!(text.lines().nth(7).unwrap().contains("\"entry\":6"), "a line an entry");
    let against = [&read(&file)[..], &["--log", "out"]].concat();
    assert_eq!(desk.says(&against), text);

    // Another log than the one that was published, a file that was cut off, and another key.
    let tile = desk.hub.path().join("out/tile/entries/003");
    let bytes = std::fs::read(&tile).unwrap();
    std::fs::write(
        &tile,
        String::from_utf8_lossy(&bytes).replacen("test.operation", "best.operation", 1),
    )
    .unwrap();
    assert!(desk.fails(&against).contains("entry 768 is not the one that was published"));
    std::fs::write(&file, &before[..before.len() - 9]).unwrap();
    assert!(desk.fails(&read(&file)).contains("the backup"));
    BackupKey::make(&desk.hub.path().join("other.key")).unwrap();
    std::fs::write(&file, &before).unwrap();
    let other = ["read-archive", file.to_str().unwrap(), "--key", "other.key"];
    assert!(desk.fails(&other).contains("sealed by another key"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_waits_until_it_is_whole() {
    let mut desk = Desk::open().await;
    assert!(desk.says(&ARCHIVE).starts_with("0 files written; entries below 0 are"));
    desk.writes(SEGMENT - 3, LONG_AGO).await;
    assert!(desk.says(&ARCHIVE).starts_with("0 files written; entries below 0 are"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_is_not_archived_and_named() {
    let mut desk = Desk::open().await;
    desk.writes(SEGMENT, LONG_AGO).await;
    let url = format!("sqlite:{}", desk.hub.path().join("bedside.sqlite").display());
    let shell = Database::connect(&url).await.unwrap();
    let frees = ["no_update", "no_delete", "no_replace"]
        .map(|it| format!("DROP TRIGGER IF EXISTS audit_details_{it};"))
        .concat();
    shell.execute_unprepared(&frees).await.unwrap();
    let change = "UPDATE audit_details SET detail = replace(detail, 'test', 'best') WHERE idx = 41";
    assert_eq!(shell.execute_unprepared(change).await.unwrap().rows_affected(), 1);
    let told = desk.fails(&ARCHIVE);
    assert!(told.contains("entry 41: what is shown is not what it commits to"), "{told}");
    assert!(!desk.file(0).exists());
    // Nobody writes over a file, not even over one that is damaged.
    std::fs::create_dir_all(desk.hub.path().join("kept")).unwrap();
    std::fs::write(desk.file(0), "nonsense").unwrap();
    let told = desk.fails(&ARCHIVE);
    assert!(told.contains("audit-000000000000.sealed: this is no backup"), "{told}");
    assert_eq!(std::fs::read(desk.file(0)).unwrap(), b"nonsense");
}
