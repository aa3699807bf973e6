//! Somebody who may do everything in the database changes the audit log. Whoever checks it names the entry.

use crate::samples::{NOW, audit};
use crate::support::Clinic;
use crate::trail::signer;
use bedside::audit::checkpoint::Checkpoint;
use bedside::audit::export::{Details, export};
use bedside::audit::folder::Folder;
use bedside::audit::prove::{check, prove};
use bedside::audit::publisher::{Publisher, Unpublished};
use bedside::audit::sequencer::Sequencer;
use bedside::audit::verify::{Report, Trust, Wrong, verify};
use bedside::audit::witness::{Refused, witness};
use bedside::crypto::{NoteKind, NoteSigner};
use bedside::files::tiles::Tiles;
use bedside::store::memory::Memory;
use bedside::store::{AuditRecord, Store};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// Entries of the log, and where checkpoints are.
pub(crate) const SIZE: u64 = 300;
const STEP: u64 = 100;

/// A log that was published, and whoever checks it.
pub(crate) struct Log {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) signer: Arc<NoteSigner>,
    pub(crate) tiles: Tiles,
    pub(crate) folder: TempDir,
    pub(crate) times: AtomicU32,
}

impl Log {
    /// In hundreds, each with a checkpoint.
    pub(crate) async fn written(
        store: Arc<dyn Store>,
        signer: Arc<NoteSigner>,
        size: u64,
        word: &str,
    ) -> Log {
        let folder = tempfile::tempdir().unwrap();
        let tiles = Tiles::open(&folder.path().join("published")).unwrap();
        let mut sequencer = Sequencer::new(Arc::clone(&store), Arc::clone(&signer));
        for step in 0..size / STEP {
            let row = |n| AuditRecord { phase: "ok", ..audit(&format!("{word} {step} {n}")) };
            store.append_audit((0..STEP).map(row).collect()).await.unwrap();
            sequencer.turn(NOW).await.unwrap();
        }
        let log = Log { store, signer, tiles, folder, times: AtomicU32::default() };
        log.publishes().await.unwrap();
        log
    }

    pub(crate) async fn publishes(&self) -> Result<(), Unpublished> {
        let key = self.signer.verifier().clone();
        let publisher = Publisher::new(Arc::clone(&self.store), self.tiles.clone(), key);
        publisher.in_steps_of(128).turn().await
    }

    pub(crate) fn published(&self) -> Folder {
        Folder::at(&self.folder.path().join("published"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) async fn taken_out(&self) -> Folder {
        let time = self.times.fetch_add(1, Ordering::SeqCst);
        let to = Folder::at(&self.path(&format!("export {time}")));
        let keys = self.signer.verifier().clone().into();
        export(&*self.store, &self.tiles, &keys, &to, Details::Shown).await.unwrap();
        to
    }

    pub(crate) fn trust(&self, kept: &[&str]) -> Trust {
        let kept = kept.iter().map(|it| (*it).to_owned()).collect();
        Trust { log: self.signer.verifier().clone(), witnesses: vec![], kept }
    }

    pub(crate) async fn checked(&self) -> Report {
        verify(&self.taken_out().await, &self.trust(&[])).unwrap()
    }

    /// The first thing that is found.
    pub(crate) async fn finds(&self) -> (u64, Wrong) {
        let report = self.checked().await;
        let first = report.findings.into_iter().next().expect("something is wrong");
        (first.entry, first.what)
    }

    fn note(&self) -> String {
        self.published().text("checkpoint").unwrap().unwrap()
    }

    fn witness(&self, seconds: u64, of: &Folder) -> Result<String, Refused> {
        let own = NoteSigner::open(&self.path("own"), "witness.example", NoteKind::Witness);
        let own = own.unwrap();
        witness(of, self.signer.verifier(), &own, &self.path("seen"), seconds)
    }
}

/// Takes all guards away.
pub(crate) async fn unguarded(clinic: &Clinic) -> DatabaseConnection {
    let shell = clinic.shell().await;
    for table in ["audit_entries", "audit_checkpoints", "audit_details", "audit_logs"] {
        let sql = match shell.get_database_backend() {
            DbBackend::Sqlite => ["no_update", "no_delete", "no_replace"]
                .map(|it| format!("DROP TRIGGER IF EXISTS {table}_{it};"))
                .concat(),
            _ => format!("ALTER TABLE {table} DISABLE TRIGGER USER"),
        };
        shell.execute_unprepared(&sql).await.unwrap();
        let keep = format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}");
        shell.execute_unprepared(&keep).await.unwrap();
    }
    shell
}

/// Puts everything back as it was.
pub(crate) async fn restored(shell: &DatabaseConnection) {
    for table in ["audit_entries", "audit_checkpoints", "audit_details", "audit_logs"] {
        let sql = format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept_{table}");
        shell.execute_unprepared(&sql).await.unwrap();
    }
}

pub(crate) async fn whoever_changes_the_log_in_the_database_is_found_out(clinic: Clinic) {
    let log = Log::written(clinic.store.clone(), signer(), SIZE, "row").await;
    let report = log.checked().await;
    assert_eq!((report.size, report.shown, report.erased), (SIZE, SIZE, 0));
    assert_eq!(report.findings, vec![]);
    let shell = unguarded(&clinic).await;
    for (sql, entry, what) in [
        (
            "UPDATE audit_entries SET leaf = replace(leaf, '\"ok\"', '\"no\"') WHERE idx = 17",
            17,
            Wrong::Changed,
        ),
        ("DELETE FROM audit_entries WHERE idx = 17", 17, Wrong::Removed),
        ("DELETE FROM audit_entries WHERE idx IN (255, 256)", 255, Wrong::CutOff),
        ("DELETE FROM audit_entries WHERE idx >= 290", 290, Wrong::CutOff),
        ("DELETE FROM audit_entries", 0, Wrong::CutOff),
        (
            "UPDATE audit_entries SET leaf = (SELECT k.leaf FROM kept_audit_entries k
                                              WHERE k.idx = 8 - audit_entries.idx)
             WHERE idx IN (3, 5)",
            3,
            Wrong::Moved,
        ),
        (
            "UPDATE audit_entries SET leaf = (SELECT k.leaf FROM kept_audit_entries k
                                              WHERE k.idx = 9) WHERE idx = 4",
            4,
            Wrong::Removed,
        ),
        (
            "UPDATE audit_logs SET operation = 'other' WHERE position =
             (SELECT position FROM kept_audit_entries WHERE idx = 20)",
            20,
            Wrong::Row,
        ),
        (
            "UPDATE audit_logs SET network = '203.0.113.0/24' WHERE position =
             (SELECT position FROM kept_audit_entries WHERE idx = 24)",
            24,
            Wrong::Row,
        ),
        (
            "DELETE FROM audit_logs WHERE position =
             (SELECT position FROM kept_audit_entries WHERE idx = 21)",
            21,
            Wrong::RowGone,
        ),
        (
            "UPDATE audit_details SET detail = replace(detail, 'row', 'raw') WHERE idx = 22",
            22,
            Wrong::Detail,
        ),
    ] {
        shell.execute_unprepared(sql).await.unwrap();
        assert_eq!(log.finds().await, (entry, what), "{sql}");
        restored(&shell).await;
    }
    assert_eq!(log.checked().await.findings, vec![], "all is as it was");
    // What is erased is erased, and everything else is as good as before.
    assert_eq!(clinic.store.erase_details(vec![30, 31]).await, Ok(2));
    let report = log.checked().await;
    assert_eq!((report.shown, report.erased, report.findings), (SIZE - 2, 2, vec![]));
}

pub(crate) async fn whoever_makes_hashes_anew_cannot_sign_them(clinic: Clinic) {
    let log = Log::written(clinic.store.clone(), signer(), SIZE, "row").await;
    let shell = unguarded(&clinic).await;
    let change =
        "UPDATE audit_entries SET leaf = replace(leaf, '\"ok\"', '\"no\"') WHERE idx = 150";
    shell.execute_unprepared(change).await.unwrap();
    // The files are made anew from what the database says now, by the hub itself: it notices.
    std::fs::remove_dir_all(log.path("published/tile")).unwrap();
    std::fs::remove_file(log.path("published/checkpoint")).unwrap();
    assert_eq!(log.publishes().await, Err(Unpublished::Changed));
    assert!(!log.path("published/tile").exists(), "nothing of what was not signed");
    // Without any file: between two checkpoints that come with the log, and by its own detail.
    let found: Vec<_> =
        log.checked().await.findings.into_iter().map(|it| (it.entry, it.what)).collect();
    assert_eq!(found, [(100, Wrong::Rewritten(300)), (150, Wrong::Detail)]);
    // A note that nobody signed is none.
    let forged = "UPDATE audit_checkpoints SET note = replace(note, '300', '301')";
    shell.execute_unprepared(forged).await.unwrap();
    let to = Folder::at(&log.path("forged"));
    let keys = log.signer.verifier().clone().into();
    assert!(export(&*log.store, &log.tiles, &keys, &to, Details::Hidden).await.is_err());
}

pub(crate) async fn two_logs_under_one_key_are_told_apart_by_what_was_kept(clinic: Clinic) {
    let signer = signer();
    let log = Log::written(clinic.store.clone(), Arc::clone(&signer), SIZE, "row").await;
    let early = clinic.store.checkpoints(0, 1).await.unwrap().remove(0).note;
    let kept = log.note();
    let memory = || Arc::new(Memory::default()) as Arc<dyn Store>;
    let other = Log::written(memory(), Arc::clone(&signer), SIZE + STEP, "other").await;
    let shorter = Log::written(memory(), Arc::clone(&signer), STEP, "row").await;

    // Each is good by itself.
    for it in [&log, &other, &shorter] {
        assert_eq!(it.checked().await.findings, vec![]);
    }
    let found = async |it: &Log, kept: &[&str]| -> Vec<(u64, Wrong)> {
        let report = verify(&it.taken_out().await, &it.trust(kept)).unwrap();
        report.findings.into_iter().map(|it| (it.entry, it.what)).collect()
    };
    assert_eq!(found(&log, &[&early, &kept]).await, vec![]);
    assert_eq!(found(&other, &[&kept]).await, [(0, Wrong::SplitView(SIZE))]);
    assert_eq!(found(&shorter, &[&kept]).await, [(STEP, Wrong::Shorter(SIZE))]);
    let forged = kept.replace("300", "200");
    assert_eq!(found(&log, &[&forged]).await, [(0, Wrong::UnknownCheckpoint)]);

    // A witness signs one of them.
    let first = log.witness(1_800_000_000, &log.published()).unwrap();
    let signed = log.witness(1_800_000_060, &log.published()).unwrap();
    assert!(first != signed && signed.starts_with(&kept));
    let refused = |it: Result<String, Refused>| it.unwrap_err();
    assert!(matches!(refused(log.witness(1, &other.published())), Refused::SplitView(SIZE)));
    let told = refused(log.witness(1, &shorter.published()));
    assert!(matches!(told, Refused::Shorter(SIZE, STEP)), "{told}");
    // And goes on with what continues it.
    let rows = (0..70).map(|n| audit(&format!("more {n}"))).collect();
    clinic.store.append_audit(rows).await.unwrap();
    let now = NOW.plus(std::time::Duration::from_secs(60));
    let mut next = Sequencer::new(clinic.store.clone(), Arc::clone(&signer));
    assert_eq!(next.turn(now).await, Ok(70));
    log.publishes().await.unwrap();
    let later = log.witness(1_800_000_120, &log.published()).unwrap();

    // What it signed is as good as what the log signed, for whoever knows it.
    let own = NoteSigner::open(&log.path("own"), "witness.example", NoteKind::Witness).unwrap();
    let opened = Checkpoint::opened(&later, own.verifier()).unwrap();
    assert_eq!(opened.head.size, SIZE + 70);
    let own_line = later.lines().last().unwrap();
    let only = format!("{}\n{own_line}\n", later.split_once("\n\n").unwrap().0.to_owned() + "\n");
    let mut trust = log.trust(&[&only]);
    let folder = log.taken_out().await;
    assert_eq!(verify(&folder, &trust).unwrap().findings.len(), 1, "nobody said who that is");
    trust.witnesses.push(own.verifier().clone());
    assert_eq!(verify(&folder, &trust).unwrap().findings, vec![]);
}

pub(crate) async fn an_entry_is_proven_from_files_alone(clinic: Clinic) {
    let log = Log::written(clinic.store.clone(), signer(), SIZE, "row").await;
    let folder = log.taken_out().await;
    let key = log.signer.verifier();
    for entry in [0, 1, 99, 255, 256, 299] {
        let text = prove(&folder, key, entry).unwrap();
        let proven = check(&text, key).unwrap();
        assert_eq!((proven.leaf.seq, proven.size), (entry, SIZE));
        assert_eq!(prove(&log.published(), key, entry).unwrap(), text, "the files are enough");
        let other = prove(&folder, key, (entry + 1) % SIZE).unwrap();
        let line = |it: &str, n: usize| it.lines().nth(n).unwrap().to_owned();
        for (n, what) in [(1, "another entry"), (2, "another place"), (3, "another path")] {
            let forged = text.replacen(&line(&text, n), &line(&other, n), 1);
            assert_eq!(check(&forged, key).is_some(), forged == text, "{what} of {entry}");
        }
        assert_eq!(check(&text, signer().verifier()), None, "another key of the same name");
    }
    assert!(prove(&folder, key, SIZE).is_err());
}

pub(crate) async fn files_that_were_changed_are_found(clinic: Clinic) {
    let log = Log::written(clinic.store.clone(), signer(), SIZE, "row").await;
    let found = |folder: &Folder| {
        let report = verify(folder, &log.trust(&[])).unwrap();
        report.findings.into_iter().next().map(|it| (it.entry, it.what))
    };
    assert_eq!(found(&log.published()), None, "what was published is checked like an export");
    let spoilt = async |name: &str, spoil: fn(&mut Vec<u8>)| {
        let folder = log.taken_out().await;
        let mut bytes = folder.bytes(name).unwrap().unwrap();
        spoil(&mut bytes);
        folder.keep(name, &bytes).unwrap();
        found(&folder)
    };
    let flip: fn(&mut Vec<u8>) = |it| it[40] ^= 1;
    let cut: fn(&mut Vec<u8>) = |it| it.truncate(it.len() - 7);
    assert_eq!(spoilt("tile/entries/000", flip).await, Some((0, Wrong::Changed)));
    assert_eq!(spoilt("tile/entries/001.p/44", cut).await, Some((299, Wrong::CutOff)));
    assert_eq!(spoilt("tile/0/000", flip).await, Some((1, Wrong::Changed)));
    let name = "tile/1/000.p/1";
    assert_eq!(spoilt(name, |it| it[0] ^= 1).await, Some((0, Wrong::Hashes(name.to_owned()))));
    assert_eq!(spoilt("checkpoint", |it| it[2] ^= 1).await, Some((0, Wrong::NotSigned)));
    let unreadable: fn(&mut Vec<u8>) = |it| it.insert(0, b'?');
    assert_eq!(spoilt("details.ndjson", unreadable).await, Some((0, Wrong::Detail)));
}
