//! What is done at the machine is in the audit log too, and so is that the settings are others.

use crate::support::Clinic;
use bedside::audit::own::{Own, settings_are_known};
use bedside::clock::SystemClock;
use bedside::store::memory::{Failure, Memory, Point};
use bedside::store::sql::SqlStore;
use bedside::store::{AuditRecordRead, Ledger as _};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

fn says(folder: &Path, arguments: &[&str], input: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bedside"));
    command.args(arguments).current_dir(folder).env_clear().env("BEDSIDE_DATA_DIR", folder);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().expect("it runs");
    running.stdin.take().unwrap().write_all(input.as_bytes()).expect("it listens");
    let output = running.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).expect("text")
}

async fn rows(folder: &Path) -> Vec<AuditRecordRead> {
    let url = format!("sqlite:{}", folder.join("bedside.sqlite").display());
    let store = SqlStore::open(&url).await.expect("a store");
    let mut rows = store.audit(1_000).await.expect("the log");
    store.close().await;
    rows.reverse();
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_at_the_machine_is_recorded() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let out = tempfile::tempdir().unwrap();
    let path = |name: &str| out.path().join(name).to_str().unwrap().to_owned();
    let (file, key) = (path("a.backup"), path("key"));
    let at = |arguments: &[&str]| says(here.path(), arguments, "");
    at(&["migrate"]);
    let admin = ["user", "create-admin", "--name", "Ada Invented", "--email", "ada@clinic.invalid"];
    says(here.path(), &admin, "plainly fictional passphrase\n");
    at(&["organisation", "add", "--name", "Second", "--slug", "second"]);
    at(&["keys", "status"]);
    for command in ["rotate", "rewrap", "rotate-tokens", "seal"] {
        at(&["keys", command]);
    }
    at(&["backup", &file, "--key", &key, "--new-key", "--with-keys"]);
    let rows_here = rows(here.path()).await;
    let told: Vec<_> =
        rows_here.iter().map(|it| (it.operation.as_str(), it.phase.as_str())).collect();
    let wanted = [
        "user.create_admin",
        "organisation.add",
        "keys.rotate",
        "keys.rewrap",
        "keys.rotate_tokens",
        "keys.seal",
        "backup.make",
    ];
    let wanted: Vec<_> = wanted.into_iter().flat_map(|it| [(it, "begin"), (it, "ok")]).collect();
    assert_eq!(told, wanted);
    assert!(rows_here.iter().all(|it| it.caller.is_none() && it.organisation.is_some()));
    let about = |at: usize| rows_here[at].target.clone().unwrap_or_default();
    assert!(about(1).starts_with("person_id:"), "{}", about(1));
    assert_eq!(about(3), "organisation:second");
    assert!(about(13).starts_with("backup:"));
    let text = format!("{rows_here:?}");
    assert!(!text.contains("Ada") && !text.contains("fictional"), "no name: {text}");

    says(there.path(), &["restore", &file, "--key", &key], "");
    let last = rows(there.path()).await.pop().expect("a row");
    assert_eq!((last.operation.as_str(), last.phase.as_str()), ("backup.restore", "ok"));
    assert_eq!(last.target, Some(about(13)));
}

#[tokio::test]
async fn nothing_is_done_that_cannot_be_recorded_and_what_failed_is_said_to_have() {
    let log = Memory::default();
    let own = || Own::new("keys.rotate", None);
    log.fail_next(Point::AppendAudit, Failure::Aborted);
    let mut is_done = false;
    let work = async {
        is_done = true;
        Ok(())
    };
    own().recorded(&log, &SystemClock, work).await.expect_err("not recorded");
    assert!(!is_done && log.audit(10).await.unwrap().is_empty());
    let failing = async { Err::<(), _>(std::io::Error::other("it fails")) };
    let told = own().recorded(&log, &SystemClock, failing).await.expect_err("it fails");
    assert_eq!(told.to_string(), "it fails");
    let phases: Vec<_> = log.audit(10).await.unwrap().into_iter().map(|it| it.phase).collect();
    assert_eq!(phases, ["internal", "begin"]);
}

pub(crate) async fn other_settings_are_recorded_once_for_each_node(clinic: Clinic) {
    let store = clinic.store.as_ref();
    let now = crate::samples::NOW;
    let count = async || {
        let rows = store.audit(100).await.unwrap();
        rows.iter().filter(|it| it.operation == "settings.change").count()
    };
    for (node, settings, expected) in [
        ("one", "a", 1),
        ("one", "a", 1),
        ("two", "a", 2),
        ("one", "b", 3),
        ("two", "a", 3),
        ("one", "a", 4),
    ] {
        settings_are_known(store, node, settings.as_bytes(), now).await.unwrap();
        assert_eq!(count().await, expected, "{node} {settings}");
    }
}
