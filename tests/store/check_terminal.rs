//! `bedside check`, as an operator calls it: it looks, and changes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn bedside(folder: &Path, arguments: &[&str], region: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bedside"));
    command.args(arguments).current_dir(folder).env_clear();
    command.env("BEDSIDE_DATA_DIR", folder).env("BEDSIDE_PUBLIC_URL", "https://clinic.example");
    if let Some(region) = region {
        command.env("BEDSIDE_RESIDENCY__REGION", region);
    }
    command.output().expect("it runs")
}

/// What it says when it refuses.
fn refuses(folder: &Path, region: Option<&str>) -> String {
    let output = bedside(folder, &["check"], region);
    assert!(!output.status.success(), "it has looked");
    String::from_utf8(output.stderr).expect("text")
}

fn succeeds(folder: &Path, arguments: &[&str], region: Option<&str>) -> String {
    let output = bedside(folder, arguments, region);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).expect("text")
}

/// Every file and what is in it, without what SQLite shares with other processes, and a log with nothing in it.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for it in fs::read_dir(next).expect("a folder") {
            let path = it.expect("a file").path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.extension().is_some_and(|it| it == "sqlite-shm") => {}
                false => {
                    let bytes = fs::read(&path).expect("it is read");
                    if !bytes.is_empty() || path.extension().is_none_or(|it| it != "sqlite-wal") {
                        all.insert(path, bytes);
                    }
                }
            }
        }
    }
    all
}

#[test]
fn whoever_looks_makes_nothing_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    assert!(refuses(folder, None).contains("audit-log.key"), "there is no key of the log");
    assert_eq!(files(folder).len(), 0);
    succeeds(folder, &["audit", "key"], None);
    let before = files(folder);
    assert!(refuses(folder, None).contains("kek/current"), "there is no key of the node");
    assert_eq!(files(folder), before);
    succeeds(folder, &["migrate"], None);
    succeeds(folder, &["keys", "status"], None);
    let before = files(folder);
    let said = succeeds(folder, &["check"], None);
    assert!(said.contains("audit_signed"), "{said}");
    let after = files(folder);
    let names = |it: &BTreeMap<PathBuf, Vec<u8>>| it.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&after), names(&before));
    assert!(after == before, "a file is another one");

    // The file of the database is gone: there is nothing to look at, and none is made.
    let database = folder.join("bedside.sqlite");
    fs::rename(&database, folder.join("away")).expect("away");
    let before = files(folder);
    assert!(refuses(folder, None).contains("the database cannot be opened"));
    assert!(files(folder) == before && !database.exists());
    fs::write(&database, b"").expect("an empty file");
    assert!(refuses(folder, None).contains("nothing of a hub"));
    assert_eq!(fs::read(&database).expect("it is read"), b"");
    // And so is the key of the node.
    fs::rename(folder.join("away"), &database).expect("back");
    fs::remove_file(folder.join("keys/kek/current")).expect("gone");
    let before = files(folder);
    assert!(refuses(folder, None).contains("kek/current"));
    assert!(files(folder) == before, "no new key is the current one");
}

#[test]
fn a_database_of_another_region_is_not_looked_at() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    succeeds(folder, &["migrate"], Some("eu-west"));
    succeeds(folder, &["audit", "key"], Some("eu-west"));
    succeeds(folder, &["keys", "status"], Some("eu-west"));
    succeeds(folder, &["check"], Some("eu-west"));
    for region in [Some("us-east"), None] {
        let said = refuses(folder, region);
        assert!(said.contains("eu-west"), "{said}");
    }
}
