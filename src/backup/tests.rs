//! What belongs into a backup, and what is refused on the way.

use super::*;
use std::os::unix::fs::{PermissionsExt as _, symlink};

fn archive(folder: &Path) -> Writer {
    let key = BackupKey::make(&folder.join("key")).unwrap();
    let file = private(&folder.join("archive")).unwrap();
    tar::Builder::new(Sealing::begin(BufWriter::new(file), &key).unwrap())
}

#[test]
fn a_file_that_is_shorter_than_it_was_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let (mut archive, mut parts) = (archive(folder.path()), BTreeMap::new());
    add_bytes(&mut archive, &mut parts, &b"four"[..], "a", 4).unwrap();
    let told = add_bytes(&mut archive, &mut parts, &b"four"[..], "b", 5).unwrap_err();
    assert!(told.to_string().contains("shorter"), "{told}");
    assert_eq!(parts.len(), 1);
}

#[test]
fn links_are_followed_and_nothing_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let (mut archive, mut parts) = (archive(folder.path()), BTreeMap::new());
    let (there, keys) = (folder.path().join("there"), folder.path().join("keys"));
    fs::create_dir(&there).unwrap();
    fs::create_dir(&keys).unwrap();
    fs::write(there.join("a.key"), "a").unwrap();
    symlink(there.join("a.key"), keys.join("a.key")).unwrap();
    symlink(&there, keys.join("kek")).unwrap();
    add_folder(&mut archive, &mut parts, &keys, KEYS, 0).unwrap();
    assert_eq!(parts.keys().collect::<Vec<_>>(), ["keys/a.key", "keys/kek/a.key"]);
    let mut refuses = |to: &Path| {
        symlink(to, keys.join("odd")).unwrap();
        let told = add_folder(&mut archive, &mut parts, &keys, KEYS, 0).unwrap_err();
        fs::remove_file(keys.join("odd")).unwrap();
        told.to_string()
    };
    assert!(refuses(Path::new("/nowhere/at/all")).contains("leads nowhere"));
    assert!(refuses(Path::new("/dev/null")).contains("neither file nor folder"));
    assert!(refuses(&keys).contains("too deep"));
}

#[tokio::test]
async fn a_copy_is_for_its_owner_alone_and_is_swept_unless_it_is_being_made() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("bedside.sqlite").display());
    let store = SqlStore::open(&url).await.unwrap();
    let copy = folder.path().join(format!("{}{COPY}", uuid::Uuid::now_v7()));
    let own = private(&copy).unwrap();
    own.try_lock().unwrap();
    store.copy_into(&copy).await.unwrap();
    store.close().await;
    let kept = fs::metadata(&copy).unwrap();
    assert!(kept.len() > 0);
    assert_eq!(kept.permissions().mode() & 0o777, 0o600);
    sweep(folder.path()).unwrap();
    assert!(copy.exists(), "it is being made");
    drop(own);
    sweep(folder.path()).unwrap();
    assert!(!copy.exists(), "nothing is left in the clear");
    assert!(folder.path().join("bedside.sqlite").exists());
}
