//! `bedside audit archive` and `read-archive`: old entries in sealed files on a disk that somebody keeps for years.
//!
//! Invariants: a file that is there is read and left as it is; one that was written is read again before it counts. That it was done is in the log.

use crate::audit::archive::{SEGMENT, name_of, read, segment};
use crate::audit::folder::Folder;
use crate::audit::own::Own;
use crate::audit::uncalled::ARCHIVE_AUDIT;
use crate::backup::sealed;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::crypto::archive::BackupKey;
use crate::node::open_store;
use crate::protocol::time::UnixMillis;
use crate::store::Store;
use std::fs;
use std::io::{BufRead as _, BufReader, Error, Result, Write};
use std::path::Path;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Kind of a target that is a place in the log.
const ENTRY: &str = "entry";

/// Writes what is due; a line about it.
///
/// # Errors
/// When a file there is not what it should be, something cannot be read or written, or entries are not those that were signed.
pub(super) async fn archive(
    settings: &Config,
    folder: &Path,
    key: &BackupKey,
    older_than_days: u32,
) -> Result<String> {
    let (_, keys) = super::open_keys(settings)?;
    let store = open_store(settings).await?;
    let now = SystemClock.now();
    let before = now.minus(DAY.saturating_mul(older_than_days));
    fs::create_dir_all(folder)?;
    let work = async {
        let written = write_due(&store, &keys, folder, key, before).await?;
        Ok((written, format!("{ENTRY}:{}", written.end)))
    };
    let own = Own::new(ARCHIVE_AUDIT, None);
    let done = own.recorded_about(&store, &SystemClock, work, |it| Some(it.1.clone())).await;
    store.close().await;
    let (written, _) = done?;
    Ok(format!(
        "{} files written; entries below {} are in {}\n",
        written.files,
        written.end,
        folder.display()
    ))
}

#[derive(Debug, Clone, Copy, Default)]
struct Written {
    files: u64,
    /// The first entry that is in no file.
    end: u64,
}

async fn write_due(
    store: &dyn Store,
    keys: &crate::audit::succession::Keys,
    folder: &Path,
    key: &BackupKey,
    before: UnixMillis,
) -> Result<Written> {
    let mut done = Written::default();
    loop {
        let path = folder.join(name_of(done.end));
        if !path.exists() {
            let Some(text) = segment(store, keys, done.end, before).await? else { return Ok(done) };
            sealed::write(&path, key, &text)?;
            done.files = done.files.saturating_add(1);
        }
        let wrong = |error| Error::other(format!("{}: {error}", path.display()));
        let head = read(text_of(&path, key).map_err(wrong)?, None, |_| Ok(())).map_err(wrong)?;
        if head.first != done.end {
            return Err(wrong(Error::other("it is a file of other entries")));
        }
        done.end = done.end.saturating_add(SEGMENT);
    }
}

/// Writes what a file says to `out`, a JSON object a line, once all of it was found good.
///
/// # Errors
/// The first line that is wrong.
pub(super) fn show(
    file: &Path,
    key: &BackupKey,
    log: Option<&Path>,
    out: &mut dyn Write,
) -> Result<()> {
    let published = log.map(Folder::at);
    read(text_of(file, key)?, published.as_ref(), |_| Ok(()))?;
    for line in text_of(file, key)?.lines() {
        writeln!(out, "{}", line?)?;
    }
    Ok(())
}

fn text_of(file: &Path, key: &BackupKey) -> Result<BufReader<impl std::io::Read + use<>>> {
    Ok(BufReader::new(sealed::open(file, key)?))
}
