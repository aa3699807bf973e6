//! Somebody who may do everything in the database forges the end of the log, or lines of an export. Nobody signs or believes it.

use crate::samples::{NOW, audit};
use crate::support::Clinic;
use crate::tampering::{Log, SIZE, restored, unguarded};
use crate::trail::signer;
use bedside::audit::MERKLE;
use bedside::audit::folder::Folder;
use bedside::audit::publisher::Unpublished;
use bedside::audit::sequencer::{BATCH, Sequencer, Unsigned};
use bedside::audit::verify::{Wrong, verify};
use bedside::domain::merkle::Frontier;
use bedside::protocol::time::UnixMillis;
use bedside::store::Store;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const CHANGED: Result<u32, Unsigned> = Err(Unsigned::Refused(Unpublished::Changed));

fn minutes(number: u64) -> UnixMillis {
    NOW.plus(Duration::from_secs(number * 60))
}

/// A node that has just started.
fn node(log: &Log) -> Sequencer {
    Sequencer::new(Arc::clone(&log.store), Arc::clone(&log.signer)).beside(log.tiles.clone())
}

async fn size(store: &Arc<dyn Store>) -> u64 {
    store.trail_head().await.unwrap().unwrap().size
}

/// The end of the log as it follows from the entries that the database has.
async fn end_is_made_anew(log: &Log, shell: &DatabaseConnection) {
    let mut end = Frontier::default();
    for it in log.store.trail(0, 10_000).await.unwrap() {
        end.append(MERKLE, MERKLE.leaf(it.leaf.as_bytes()));
    }
    let blob = |bytes: &[u8]| {
        let hex = bedside::audit::hex(bytes);
        match shell.get_database_backend() {
            DbBackend::Postgres => format!("'\\x{hex}'::bytea"),
            _ => format!("X'{hex}'"),
        }
    };
    let sql = format!(
        "UPDATE audit_checkpoints SET frontier = {}, root = {} WHERE size = {SIZE}",
        blob(&end.to_bytes()),
        blob(&end.root(MERKLE))
    );
    shell.execute_unprepared(&sql).await.unwrap();
}

pub(crate) async fn nobody_signs_an_end_that_was_forged(clinic: Clinic) {
    let log = Log::written(clinic.store.clone(), signer(), SIZE, "row").await;
    clinic.store.append_audit(vec![audit("later")]).await.unwrap();
    let shell = unguarded(&clinic).await;
    let rewrite = "UPDATE audit_entries SET leaf = replace(leaf, '\"ok\"', '\"no\"') WHERE idx = ";
    // An entry and everything that follows from it, but the signature.
    shell.execute_unprepared(&format!("{rewrite} 150")).await.unwrap();
    end_is_made_anew(&log, &shell).await;
    let mut alone = Sequencer::new(Arc::clone(&log.store), Arc::clone(&log.signer));
    assert_eq!(alone.turn(minutes(1)).await, CHANGED);
    assert_eq!(node(&log).turn(minutes(2)).await, CHANGED);
    restored(&shell).await;
    // An end that was signed, and from before the one that was published.
    shell.execute_unprepared("DELETE FROM audit_entries WHERE idx >= 200").await.unwrap();
    shell.execute_unprepared("DELETE FROM audit_checkpoints WHERE size > 200").await.unwrap();
    assert_eq!(node(&log).turn(minutes(3)).await, CHANGED);
    shell.execute_unprepared("DELETE FROM audit_entries").await.unwrap();
    shell.execute_unprepared("DELETE FROM audit_checkpoints").await.unwrap();
    assert_eq!(node(&log).turn(minutes(4)).await, CHANGED);
    restored(&shell).await;
    // Somebody else's key does not go on with it, and says why.
    let other = Sequencer::new(Arc::clone(&log.store), signer()).turn(minutes(5)).await;
    let told = other.unwrap_err();
    assert_eq!(told, Unsigned::Refused(Unpublished::AnotherKey));
    assert!(told.to_string().contains("signed by another key than this node's"), "{told}");
    assert_eq!(size(&clinic.store).await, SIZE);
    // As it was, it goes on: from the files, and without them from its beginning.
    assert_eq!(node(&log).turn(minutes(6)).await, Ok(1));
    log.publishes().await.unwrap();
    std::fs::remove_dir_all(log.path("published/tile/0")).unwrap();
    clinic.store.append_audit(vec![audit("later still")]).await.unwrap();
    assert_eq!(node(&log).turn(minutes(7)).await, Ok(1));
    log.publishes().await.unwrap();
    assert_eq!(log.checked().await.findings, vec![]);
}

/// All files, with what is in them.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for it in std::fs::read_dir(folder).unwrap() {
        let path = it.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.display().to_string(), std::fs::read(&path).unwrap());
        }
    }
    found
}

pub(crate) async fn what_was_published_stays_as_the_evidence(clinic: Clinic) {
    let log = Log::written(clinic.store.clone(), signer(), SIZE, "row").await;
    let folder = log.path("published");
    let shell = unguarded(&clinic).await;
    let mut going_on = Sequencer::new(Arc::clone(&log.store), Arc::clone(&log.signer));
    let rows = async |word: &str| {
        let rows = (0..250).map(|n| audit(&format!("{word} {n}"))).collect();
        clinic.store.append_audit(rows).await.unwrap();
    };
    rows("more").await;
    for expected in [BATCH, 250 - BATCH] {
        assert_eq!(going_on.turn(minutes(1)).await, Ok(expected));
    }
    // A file with room is lost, and an entry of a full one is not in the database as it was.
    std::fs::remove_dir_all(folder.join("tile/0/001.p")).unwrap();
    let before = files(&folder);
    let rewrite =
        "UPDATE audit_entries SET leaf = replace(leaf, '\"ok\"', '\"no\"') WHERE idx = 17";
    shell.execute_unprepared(rewrite).await.unwrap();
    assert_eq!(log.publishes().await, Err(Unpublished::Changed));
    assert_eq!(files(&folder), before);
    let back = "UPDATE audit_entries SET leaf = (SELECT k.leaf FROM kept_audit_entries k
                                                 WHERE k.idx = 17) WHERE idx = 17";
    shell.execute_unprepared(back).await.unwrap();
    // A full file that somebody changed stays, too.
    let full = folder.join("tile/0/000");
    let bytes = std::fs::read(&full).unwrap();
    std::fs::write(&full, vec![7; 8_192]).unwrap();
    let before = files(&folder);
    assert_eq!(log.publishes().await, Err(Unpublished::Changed));
    assert_eq!(files(&folder), before);
    std::fs::write(&full, bytes).unwrap();
    // What covers the old files is replaced before they go.
    assert!(folder.join("tile/entries/001.p/44").is_file());
    log.publishes().await.unwrap();
    assert!(folder.join("tile/0/001").is_file() && folder.join("tile/0/002.p/38").is_file());
    assert!(!folder.join("tile/entries/001.p/44").exists());
    assert_eq!(log.checked().await.findings, vec![]);
    // Another key's hub does not write over it.
    let other = Log { signer: signer(), ..log };
    assert_eq!(other.publishes().await, Err(Unpublished::AnotherKey));
}

pub(crate) async fn lines_that_are_shown_are_all_there_and_in_order(clinic: Clinic) {
    let log = Log::written(clinic.store.clone(), signer(), SIZE, "row").await;
    assert_eq!(clinic.store.erase_details(vec![30]).await, Ok(1));
    let good = log.taken_out().await.text("details.ndjson").unwrap().unwrap();
    let good: Vec<String> = good.lines().map(str::to_owned).collect();
    let found = async |change: &(dyn Fn(&mut Vec<String>) + Sync)| -> Vec<(u64, Wrong)> {
        let folder: Folder = log.taken_out().await;
        let mut lines = good.clone();
        change(&mut lines);
        folder.keep("details.ndjson", (lines.join("\n") + "\n").as_bytes()).unwrap();
        let report = verify(&folder, &log.trust(&[])).unwrap();
        report.findings.into_iter().map(|it| (it.entry, it.what)).collect()
    };
    let forged = |entry: u64| good[20].replace("\"entry\":20,", &format!("\"entry\":{entry},"));
    let named = |entry: u64| forged(entry).replace("row", "raw");
    assert_eq!(found(&|_| {}).await, []);
    assert_eq!(found(&|it| it[20] = named(20)).await, [(20, Wrong::Detail)]);
    let late = found(&|it| it.insert(280, named(20))).await;
    assert_eq!(late, [(20, Wrong::Stray)], "out of order");
    assert_eq!(found(&|it| it.push(named(20))).await, [(20, Wrong::Stray)]);
    assert_eq!(found(&|it| it.push(named(SIZE))).await, [(SIZE, Wrong::Stray)]);
    let hides = found(&|it| it.insert(0, named(5_000))).await;
    assert!(hides.contains(&(0, Wrong::NotShown)), "{hides:?}");
    assert_eq!(found(&|it| drop(it.remove(20))).await, [(20, Wrong::NotShown)]);
    assert_eq!(found(&|it| it.truncate(299)).await, [(299, Wrong::NotShown)]);
    assert!(found(&Vec::clear).await.contains(&(1, Wrong::NotShown)));
    // Of what was erased the leaf still says what it was.
    assert!(good[30].contains("\"outcome\":\"ok\""), "{}", good[30]);
    let other = found(&|it| it[30] = it[30].replace("\"outcome\":\"ok\"", "\"outcome\":\"no\""));
    assert_eq!(other.await, [(30, Wrong::Row)]);
    let silent = found(&|it| it[30] = "{\"entry\":30}".to_owned());
    assert_eq!(silent.await, [(30, Wrong::Row)]);
    let shell = unguarded(&clinic).await;
    let change = "UPDATE audit_logs SET operation = 'other' WHERE position =
                  (SELECT position FROM kept_audit_entries WHERE idx = 30)";
    shell.execute_unprepared(change).await.unwrap();
    assert_eq!(log.finds().await, (30, Wrong::Row));
}
