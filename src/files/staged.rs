//! What a process that ended in the middle of a write leaves in a folder: `object_store` writes `<name>#<number>` beside an
//! object and then moves it there, and lists none of these.
//!
//! Owns: which of them are over. Invariant: one that may still be written, also by another process, is left alone.
//! Does not: touch objects.

use std::fs;
use std::path::Path;
use std::time::Duration;

/// Nothing is written for so long.
pub(super) const OLD: Duration = Duration::from_secs(60 * 60);
/// Folders below: `<blob>/<variant>/<number>#<number>`.
const DEPTH: u32 = 2;

/// Removes those that are older, and folders that are empty then. How many there were.
pub(super) fn sweep(folder: &Path, old: Duration) -> u32 {
    let mut swept = 0;
    within(folder, old, DEPTH, &mut swept);
    swept
}

fn within(folder: &Path, old: Duration, depth: u32, swept: &mut u32) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && depth > 0 {
            let before = *swept;
            within(&path, old, depth.saturating_sub(1), swept);
            // One that is not empty stays, and says so.
            if *swept > before {
                let _stays = fs::remove_dir(&path);
            }
        } else if kind.is_file() && is_staged(&path) && is_older(&path, old) {
            *swept = swept.saturating_add(u32::from(fs::remove_file(&path).is_ok()));
        }
    }
}

fn is_staged(path: &Path) -> bool {
    let name = path.file_name().map(|it| it.to_string_lossy());
    let number = name.as_ref().and_then(|it| it.rsplit_once('#')).map(|(_, number)| number);
    number.is_some_and(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()))
}

fn is_older(path: &Path, old: Duration) -> bool {
    let modified = fs::metadata(path).and_then(|it| it.modified());
    modified.ok().and_then(|it| it.elapsed().ok()).is_some_and(|it| it >= old)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::blobs::Blobs;
    use uuid::Uuid;

    #[tokio::test]
    async fn what_a_crash_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        let (whole, torn) = (Uuid::from_u128(1), Uuid::from_u128(2));
        blobs.put(whole, "original", 0, b"a".to_vec()).await.unwrap();
        let written = |blob: Uuid, name: &str, is_old: bool| {
            let path = folder.path().join(format!("{blob}/original/{name}"));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, b"half").unwrap();
            let age = if is_old { OLD * 2 } else { Duration::ZERO };
            let file = fs::File::options().write(true).open(&path).unwrap();
            let now = file.metadata().unwrap().modified().unwrap();
            file.set_modified(now - age).unwrap();
            path
        };
        let old = [written(whole, "1#1", true), written(torn, "0#12", true)];
        let kept =
            [written(whole, "2#1", false), folder.path().join(format!("{whole}/original/0"))];
        assert_eq!(blobs.sweep_staged(), 2);
        assert!(old.iter().all(|it| !it.exists()) && kept.iter().all(|it| it.exists()));
        assert!(!folder.path().join(torn.to_string()).exists(), "nor its folders");
        assert_eq!(blobs.get(whole, "original", 0).await.unwrap(), "a");
    }
}
