//! `bedside audit`, as a compliance officer and somebody outside call it.

use crate::samples::{NOW, audit};
use bedside::audit::sequencer::Sequencer;
use bedside::clock::{Clock as _, SystemClock};
use bedside::crypto::{NoteKind, NoteSigner};
use bedside::protocol::ids::OrganisationId;
use bedside::protocol::time::UnixMillis;
use bedside::store::Store;
use bedside::store::sql::SqlStore;
use bedside::store::trail::{AuditQuery, Trail as _};
use sea_orm::{ConnectionTrait as _, Database};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

fn bedside(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bedside"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("BEDSIDE_DATA_DIR", folder)
        .env("BEDSIDE_PUBLIC_URL", "https://clinic.example")
        .output()
        .expect("it runs")
}

fn says(folder: &Path, arguments: &[&str]) -> String {
    let output = bedside(folder, arguments);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).expect("text")
}

fn fails(folder: &Path, arguments: &[&str]) -> String {
    let output = bedside(folder, arguments);
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8(output.stderr).expect("text")
}

async fn writes(folder: &Path, count: usize) {
    let now = NOW.plus(std::time::Duration::from_secs(u64::try_from(count).unwrap() * 60));
    writes_at(folder, count, now).await;
}

async fn writes_at(folder: &Path, count: usize, now: UnixMillis) {
    let url = format!("sqlite:{}", folder.join("bedside.sqlite").display());
    let store: Arc<dyn Store> = Arc::new(SqlStore::open(&url).await.unwrap());
    let path = folder.join("keys/audit-log.key");
    let signer = Arc::new(NoteSigner::open(&path, "unused", NoteKind::Log).unwrap());
    store.append_audit((0..count).map(|n| audit(&format!("row {n}"))).collect()).await.unwrap();
    assert!(Sequencer::new(store, signer).turn(now).await.unwrap() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_taken_out_checked_proven_and_witnessed() {
    let (hub, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (hub, outside) = (hub.path(), outside.path());
    says(hub, &["migrate"]);
    let key = says(hub, &["audit", "key"]);
    let key = key.trim();
    assert!(key.starts_with("clinic.example/audit+"), "{key}");
    let out = hub.join("out");
    let out = out.to_str().unwrap();
    assert!(fails(hub, &["audit", "export", out]).contains("there is no entry yet"));
    writes(hub, 20).await;
    assert_eq!(says(hub, &["audit", "export", out]), "20 entries\n");

    // From here on nobody has the database.
    let told = says(outside, &["audit", "verify", out, "--key", key]);
    assert!(told.starts_with("20 entries are those that were signed; 20 are shown"), "{told}");
    let proof = says(outside, &["audit", "prove", out, "--entry", "7", "--key", key]);
    std::fs::write(outside.join("proof"), &proof).unwrap();
    let told = says(outside, &["audit", "verify", "proof", "--key", key]);
    assert!(told.starts_with("entry 7 of 20 is proven:\n{\"action\":"), "{told}");
    std::fs::write(outside.join("proof"), proof.replace("index 7", "index 8")).unwrap();
    assert!(fails(outside, &["audit", "verify", "proof", "--key", key]).contains("does not hold"));

    let sign = |out: &str| {
        let own = ["--own-key", "own.key", "--name", "dpo.example", "--seen", "seen"];
        let all: Vec<_> = ["audit", "witness", out, "--key", key].into_iter().chain(own).collect();
        bedside(outside, &all)
    };
    let first = sign(out);
    assert!(first.status.success());
    let stderr = String::from_utf8(first.stderr).unwrap();
    let own = stderr.trim().rsplit_once(' ').unwrap().1.to_owned();
    std::fs::write(outside.join("kept"), &first.stdout).unwrap();
    writes(hub, 30).await;
    assert_eq!(says(hub, &["audit", "export", out, "--without-details"]), "50 entries\n");
    std::fs::remove_file(Path::new(out).join("details.ndjson")).unwrap();
    let since = ["audit", "verify", out, "--key", key, "--since", "kept", "--witness", &own];
    let told = says(outside, &since);
    assert!(told.contains("0 are shown") && told.contains("1 kept checkpoints fit"), "{told}");
    assert!(sign(out).status.success());

    // Somebody changes one letter of one entry.
    let path = Path::new(out).join("tile/entries/000.p/50");
    let bytes = std::fs::read(&path).unwrap();
    let words = bytes.windows(14).enumerate().filter(|it| it.1 == b"test.operation");
    let offset = words.map(|it| it.0).nth(33).unwrap();
    let mut changed = bytes.clone();
    changed[offset] = b'T';
    std::fs::write(&path, changed).unwrap();
    let told = fails(outside, &since);
    assert!(told.contains("entry 33 was changed"), "{told}");
    assert!(
        fails(outside, &["audit", "prove", out, "--entry", "33", "--key", key])
            .contains("cannot be proven")
    );
    // Another hub's key checks nothing of this one.
    let other = tempfile::tempdir().unwrap();
    let other = says(other.path(), &["audit", "key"]);
    let told = fails(outside, &["audit", "verify", out, "--key", other.trim()]);
    assert!(told.contains("not signed by this key"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_rotated_and_whoever_trusts_the_old_one_checks_on() {
    let (hub, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (hub, outside) = (hub.path(), outside.path());
    says(hub, &["migrate"]);
    let key = says(hub, &["audit", "key"]).trim().to_owned();
    let id = |key: &str| key.split('+').nth(1).unwrap().to_owned();
    let empty = tempfile::tempdir().unwrap();
    says(empty.path(), &["migrate"]);
    let unused = says(empty.path(), &["audit", "key"]);
    assert!(fails(empty.path(), &["audit", "rotate-key"]).contains("there is no entry yet"));
    assert_eq!(says(empty.path(), &["audit", "key"]), unused);
    // A hub that ended a minute ago.
    let minute = std::time::Duration::from_secs(60);
    writes_at(hub, 20, SystemClock.now().minus(minute)).await;
    let told = says(hub, &["audit", "rotate-key"]);
    let new = says(hub, &["audit", "key"]).trim().to_owned();
    assert_eq!(told, format!("key {} has handed the log on to\n{new}\n", id(&key)));
    assert_ne!(new, key);
    // That it was done is in the log, signed by the new one.
    let out = hub.join("out");
    let out = out.to_str().unwrap();
    assert_eq!(says(hub, &["audit", "export", out]), "21 entries\n");
    let details = std::fs::read_to_string(Path::new(out).join("details.ndjson")).unwrap();
    assert!(details.contains("audit.rotate_key") && details.contains(&format!("key:{}", id(&new))));
    // Administrators of the first organisation, who run the deployment, find it.
    let url = format!("sqlite:{}", hub.join("bedside.sqlite").display());
    let store = SqlStore::open(&url).await.unwrap();
    let of = Some(OrganisationId::FIRST);
    let query = AuditQuery { organisation: of, limit: 1, ..AuditQuery::default() };
    let found = store.search_audit(query).await.unwrap();
    assert_eq!(found[0].row.operation, "audit.rotate_key");
    let told = says(outside, &["audit", "verify", out, "--key", &key]);
    assert!(told.starts_with("21 entries are those that were signed"), "{told}");
    assert!(told.contains(&format!("key {} from 0 entries on, until 20\n", id(&key))), "{told}");
    assert!(told.contains(&format!("key {} from 20 entries on\n", id(&new))), "{told}");
    says(outside, &["audit", "verify", out, "--key", &new]);
    let proof = says(outside, &["audit", "prove", out, "--entry", "7", "--key", &key]);
    std::fs::write(outside.join("proof"), &proof).unwrap();
    says(outside, &["audit", "verify", "proof", "--key", &new]);
}

/// Somebody else appends as soon as it is written down that the key was rotated.
#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_the_new_key_has_not_signed_is_an_error_and_is_done_again() {
    let hub = tempfile::tempdir().unwrap();
    let hub = hub.path();
    says(hub, &["migrate"]);
    let key = says(hub, &["audit", "key"]);
    writes_at(hub, 20, SystemClock.now().minus(std::time::Duration::from_secs(60))).await;
    let shell = Database::connect(format!("sqlite:{}", hub.join("bedside.sqlite").display()));
    let shell = shell.await.unwrap();
    let steals =
        "CREATE TRIGGER steals AFTER INSERT ON audit_logs WHEN NEW.operation = 'audit.rotate_key'
        BEGIN UPDATE audit_lease SET holder = randomblob(16); END";
    shell.execute_unprepared(steals).await.unwrap();
    let told = bedside(hub, &["audit", "rotate-key"]);
    let (stdout, stderr) = (String::from_utf8(told.stdout), String::from_utf8(told.stderr));
    let (stdout, stderr) = (stdout.unwrap(), stderr.unwrap());
    assert!(!told.status.success(), "{stdout}{stderr}");
    assert!(stdout.contains("has handed the log on to"), "{stdout}");
    assert!(stderr.contains("not signed") && stderr.contains("run it again"), "{stderr}");
    let second = says(hub, &["audit", "key"]);
    assert_ne!(second, key);
    let frees = "DROP TRIGGER steals; UPDATE audit_lease SET until = 0";
    shell.execute_unprepared(frees).await.unwrap();
    says(hub, &["audit", "rotate-key"]);
    let out = hub.join("out");
    let out = out.to_str().unwrap();
    assert_eq!(says(hub, &["audit", "export", out]), "22 entries\n");
    let told = says(hub, &["audit", "verify", out, "--key", key.trim()]);
    assert!(told.starts_with("22 entries are those that were signed"), "{told}");
    shell.close().await.unwrap();
}
