//! `bedside backup` and `bedside restore`, as an operator calls them: what is refused, and that nothing is written then.

use std::path::Path;
use std::process::{Command, Output};

fn bedside(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().expect("it runs")
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bedside"));
    command.args(arguments).current_dir(folder).env_clear().env("BEDSIDE_DATA_DIR", folder);
    command
}

fn says(folder: &Path, arguments: &[&str]) -> String {
    let output = bedside(folder, arguments);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout).expect("text")
}

fn refuses(folder: &Path, arguments: &[&str]) -> String {
    let output = bedside(folder, arguments);
    assert!(!output.status.success(), "it was taken: {arguments:?}");
    let text = String::from_utf8(output.stderr).expect("text");
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

const PIECE: &str = "files/0192/original/0";

/// A clinic with keys, a conversation's worth of rows and an object of a file; and its backup.
fn clinic(folder: &Path) {
    says(folder, &["migrate"]);
    says(folder, &["keys", "status"]);
    let object = folder.join(PIECE);
    std::fs::create_dir_all(object.parent().unwrap()).unwrap();
    std::fs::write(&object, vec![7; 3_000_000]).unwrap();
}

#[test]
fn a_backup_comes_back_into_an_empty_place_only() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let out = tempfile::tempdir().unwrap();
    clinic(here.path());
    let path = |name: &str| out.path().join(name).to_str().unwrap().to_owned();
    let (file, key) = (path("a.backup"), path("key"));
    let told = refuses(here.path(), &["backup", &file, "--key", &key, "--with-keys"]);
    assert!(told.contains("cannot be read"), "no key is made unasked: {told}");
    let new = ["backup", &file, "--key", &key, "--new-key", "--with-keys"];
    let told = says(here.path(), &new);
    assert!(told.contains("a new key of backups"), "{told}");
    assert!(refuses(here.path(), &new).contains("key is there already"));
    assert!(told.contains("audit log up to 1"), "{told}");
    let bytes = std::fs::read(&file).unwrap();
    assert!(!bytes.windows(6).any(|it| it == b"SQLite"), "it is sealed");
    assert!(!bytes.windows(64).any(|it| it == [7; 64]));
    assert!(refuses(here.path(), &["backup", &file, "--key", &key]).contains("there already"));
    assert_eq!(
        std::fs::read_dir(here.path())
            .unwrap()
            .filter(|it| {
                let name = it.as_ref().unwrap().file_name().into_string().unwrap();
                name.contains("copy") || name.contains("partial")
            })
            .count(),
        0,
        "nothing is left in the clear"
    );

    let look = ["restore", &file, "--key", &key, "--only-look"];
    assert!(says(there.path(), &look).starts_with("good: "));
    assert_eq!(std::fs::read_dir(there.path()).unwrap().count(), 0, "nothing was written");
    let restore = ["restore", &file, "--key", &key];
    says(there.path(), &restore);
    assert_eq!(std::fs::read(there.path().join(PIECE)).unwrap(), vec![7; 3_000_000]);
    let keys = |of: &Path| says(of, &["keys", "status"]);
    assert_eq!(keys(there.path()), keys(here.path()));
    assert!(refuses(there.path(), &restore).contains("not empty"));
    std::fs::remove_dir_all(there.path().join("files")).unwrap();
    std::fs::remove_dir_all(there.path().join("keys")).unwrap();
    assert!(refuses(there.path(), &restore).contains("bedside.sqlite is not empty"));
    for beside in ["-wal", "-shm", "-journal"] {
        for entry in std::fs::read_dir(there.path()).unwrap() {
            let path = entry.unwrap().path();
            std::fs::remove_file(path).unwrap();
        }
        let name = format!("bedside.sqlite{beside}");
        std::fs::write(there.path().join(&name), "of before").unwrap();
        let told = refuses(there.path(), &restore);
        assert!(told.contains(&format!("{name} is not empty")), "{told}");
    }
}

#[test]
fn a_backup_that_is_damaged_cut_off_too_old_or_of_another_key_is_refused() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    clinic(here.path());
    let path = |name: &str| here.path().join(name).to_str().unwrap().to_owned();
    let (file, key, other) = (path("a.backup"), path("key"), path("other"));
    says(here.path(), &["backup", &file, "--key", &key, "--new-key"]);
    says(here.path(), &["backup", &path("b.backup"), "--key", &other, "--new-key"]);
    let good = std::fs::read(&file).unwrap();
    let restores = |bytes: &[u8], key: &str, more: &[&str]| {
        std::fs::write(path("tried"), bytes).unwrap();
        let tried = path("tried");
        let arguments = [&["restore", &tried, "--key", key][..], more].concat();
        let told = refuses(there.path(), &arguments);
        assert_eq!(
            std::fs::read_dir(there.path()).unwrap().count(),
            0,
            "nothing was written: {told}"
        );
        told
    };
    let mut changed = good.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    assert!(restores(&changed, &key, &[]).contains("damaged"));
    for end in [good.len() - 1, good.len() / 2, 40, 3] {
        let told = restores(&good[..end], &key, &[]);
        assert!(told.contains("cut off") || told.contains("no backup"), "{told}");
    }
    assert!(restores(&[&good[..], b"more"].concat(), &key, &[]).contains("damaged"));
    assert!(restores(&good, &other, &[]).contains("another key"));
    assert!(restores(&good, &path("none"), &[]).contains("cannot be read"));
    assert!(restores(&good, &key, &["--at-least", "2"]).contains("too old"));
    std::fs::write(path("short"), "c2hvcnQ=\n").unwrap();
    assert!(restores(&good, &path("short"), &[]).contains("not 32 bytes"));
}

#[test]
fn a_run_removes_nothing_of_another_and_what_is_left_of_one_that_was_cut_short() {
    let here = tempfile::tempdir().unwrap();
    clinic(here.path());
    let path = |name: &str| here.path().join(name).to_str().unwrap().to_owned();
    let (file, key) = (path("a.backup"), path("key"));
    let left = path("019ac5f0-0000-7000-8000-000000000001.copy");
    std::fs::write(&left, "in the clear").unwrap();
    std::fs::write(path("other.copy"), "somebody else's").unwrap();
    std::fs::write(path("a.backup.partial"), "of another run").unwrap();
    let told = refuses(here.path(), &["backup", &file, "--key", &key, "--new-key"]);
    assert!(told.contains("a.backup.partial"), "{told}");
    assert_eq!(std::fs::read(path("a.backup.partial")).unwrap(), b"of another run");
    says(here.path(), &["backup", &path("b.backup"), "--key", &key]);
    assert!(!Path::new(&left).exists(), "swept");
    assert!(Path::new(&path("other.copy")).exists());
}

/// With these settings of regions; what it says on either way out, and whether it did it.
fn in_region(folder: &Path, region: Option<&str>, arguments: &[&str]) -> (bool, String) {
    let region = region.map(|it| ("BEDSIDE_RESIDENCY__REGION", it));
    let output = command(folder, arguments).envs(region).output().expect("it runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).expect("text"))
}

#[test]
fn a_backup_goes_back_into_its_own_region_only() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let out = tempfile::tempdir().unwrap();
    let path = |name: &str| out.path().join(name).to_str().unwrap().to_owned();
    let (of_none, of_west, key) = (path("none"), path("west"), path("key"));
    says(here.path(), &["migrate"]);
    says(here.path(), &["backup", &of_none, "--key", &key, "--new-key", "--with-keys"]);
    let west = Some("eu-west");
    assert!(in_region(here.path(), west, &["migrate"]).0);
    assert!(in_region(here.path(), west, &["backup", &of_west, "--key", &key, "--with-keys"]).0);
    for region in [Some("us-east"), None] {
        let other = path("other");
        let backup = ["backup", &other, "--key", &key, "--with-keys"];
        let (is_done, said) = in_region(here.path(), region, &backup);
        assert!(!is_done && said.contains("the database is of region eu-west"), "{said}");
        assert!(!Path::new(&other).exists(), "nothing was written");
    }
    let restore = ["restore", &of_west, "--key", &key];
    for (region, named) in [(Some("us-east"), "name us-east"), (None, "name none")] {
        let (is_done, said) = in_region(there.path(), region, &restore);
        assert!(!is_done && said.contains("the backup is of region eu-west"), "{said}");
        assert!(said.contains(named), "{said}");
        assert_eq!(std::fs::read_dir(there.path()).unwrap().count(), 0, "nothing was written");
    }
    let (is_done, said) = in_region(there.path(), west, &restore);
    assert!(is_done, "{said}");
    assert!(in_region(there.path(), west, &["keys", "status"]).0, "it is what it was");
    // One of before regions goes anywhere, and is of that region from then on.
    let elsewhere = tempfile::tempdir().unwrap();
    let east = Some("us-east");
    assert!(in_region(elsewhere.path(), east, &["restore", &of_none, "--key", &key]).0);
    assert!(in_region(elsewhere.path(), east, &["migrate"]).0);
    assert!(!in_region(elsewhere.path(), west, &["migrate"]).0);
}
