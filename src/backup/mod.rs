//! BACKUPS: everything that a clinic has, in one sealed file, and back into an empty place.
//!
//! Owns: what belongs into a backup (the database of one moment, the objects of files, and the node's keys when that is asked for), the
//! manifest, and what is refused. Invariants: BK-1 everything that was acknowledged before a backup began is in it. What is damaged, cut
//! off, sealed by another key, or older than what is known, is refused before anything is written; nothing is restored over
//! anything that is there. Nothing of a clinic lies in the clear anywhere but in its own data folder, for as long as it takes. Nothing that belongs
//! into it is passed over.
//! Does not: run by itself (a timer of the system does), or keep the key of backups.

use crate::clock::Clock;
use crate::config::{Config, postgres_options};
use crate::crypto::Digest;
use crate::crypto::archive::BackupKey;
use crate::store::conversations::Conversations as _;
use crate::store::residency::Residence as _;
use crate::store::sql::{Place, SqlStore, program};
use crate::store::subjects::Subjects as _;
use manifest::{NAME, Part};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Error, Read, Result, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use stream::Sealing;

mod manifest;
mod restore;
pub mod sealed;
mod stream;

pub use manifest::Manifest;
pub use restore::{Wanted, restore};

/// Bytes of one part of a database that comes by a pipe.
const PIECE: usize = 8 << 20;
/// Where parts are in the archive.
const DATABASE: &str = "database/";
const OBJECTS: &str = "files/";
const KEYS: &str = "keys/";
/// How the copy of a database is called that is on its way into an archive.
const COPY: &str = ".copy";
/// Folders in folders. Ours are three deep; a link that leads back ends here.
const MAX_DEPTH: u32 = 8;

type Writer = tar::Builder<Sealing<BufWriter<File>>>;

/// What a backup came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Where it is.
    pub path: PathBuf,
    /// What it says about itself.
    pub manifest: Manifest,
}

/// Makes a backup while the hub runs. `to` is a file that is not there yet, or a folder, in which it gets a name that sorts by time.
///
/// # Errors
/// In a sentence. Then there is no file of that name.
pub async fn make(
    config: &Config,
    clock: &dyn Clock,
    to: &Path,
    key: &BackupKey,
    with_keys: bool,
) -> Result<Made> {
    let backup_id = uuid::Uuid::now_v7();
    let path = match to.is_dir() {
        true => to.join(format!("{backup_id}.backup")),
        false => to.to_owned(),
    };
    if path.exists() {
        return Err(Error::other(format!("{} is there already", path.display())));
    }
    let url = config.database();
    let store = SqlStore::open(&url).await.map_err(Error::other)?;
    let place = Place::of(&url, postgres_options())?;
    let region = store.region(None).await.map_err(Error::other)?;
    // What is of another region is not written into the folder of this one.
    config.residency.suits(region.as_ref()).map_err(Error::other)?;
    let manifest = Manifest {
        backup_id,
        began_at: clock.now().0,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        database: match &place {
            Place::File(_) => "sqlite".to_owned(),
            Place::Server(_) => "postgres".to_owned(),
        },
        audit_position: store.audit_position().await?,
        key_ids: key_ids(&store).await?,
        region: region.map(|it| it.to_string()),
        has_keys: with_keys,
        parts: BTreeMap::new(),
    };
    let mut partial = path.clone().into_os_string();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let begun = match private(&partial) {
        Ok(file) => {
            let written = write_parts(config, &store, &place, file, key, manifest).await;
            let named = written.and_then(|it| name_it(&partial, &path).map(|()| it));
            if named.is_err() {
                let _removed = fs::remove_file(&partial);
            }
            named
        }
        // Another run's, or what is left of one: not this one's to remove.
        Err(error) => Err(Error::other(format!("{}: {error}", partial.display()))),
    };
    store.close().await;
    begun.map(|manifest| Made { path, manifest })
}

/// While the partial file is there nobody else can give its name to another one.
fn name_it(partial: &Path, path: &Path) -> Result<()> {
    if path.exists() {
        return Err(Error::other(format!("{} is there already", path.display())));
    }
    fs::rename(partial, path)
}

/// A file that is not there yet, for its owner alone.
fn private(path: &Path) -> Result<File> {
    File::options().write(true).create_new(true).mode(0o600).open(path)
}

/// Removes copies of the database that were left in the data folder by backups that were cut short. One that is being made is locked.
///
/// # Errors
/// When one cannot be removed: it is the database in the clear.
pub fn sweep(data_dir: &Path) -> Result<()> {
    let entries = match fs::read_dir(data_dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default();
        let id = name.strip_suffix(COPY).filter(|it| uuid::Uuid::try_parse(it).is_ok());
        if id.is_some() && File::open(&path).is_ok_and(|it| it.try_lock().is_ok()) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

async fn key_ids(store: &SqlStore) -> Result<Vec<String>> {
    let mut counts = store.key_counts().await.map_err(Error::other)?;
    counts.extend(store.subject_counts().await.map_err(Error::other)?);
    let mut ids: Vec<_> = counts.into_iter().filter_map(|(id, _)| id).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

async fn write_parts(
    config: &Config,
    store: &SqlStore,
    place: &Place,
    file: File,
    key: &BackupKey,
    mut manifest: Manifest,
) -> Result<Manifest> {
    let mut archive = tar::Builder::new(Sealing::begin(BufWriter::new(file), key)?);
    let parts = &mut manifest.parts;
    // The database first: an object is there before a row names it, and no object changes.
    match place {
        Place::File(_) => {
            sweep(&config.data_dir)?;
            let copy = config.data_dir.join(format!("{}{COPY}", manifest.backup_id));
            // Locked until it is gone.
            let own = private(&copy)?;
            own.try_lock()?;
            let copied = store.copy_into(&copy).await;
            let added =
                copied.and_then(|()| add_file(&mut archive, parts, &copy, "database/sqlite"));
            let removed = fs::remove_file(&copy);
            added?;
            removed?;
        }
        Place::Server(told) => {
            must_see_all(store).await?;
            dump(&mut archive, parts, told)?;
        }
    }
    add_folder(&mut archive, parts, &files_folder(config), OBJECTS, 0)?;
    if manifest.has_keys {
        add_folder(&mut archive, parts, &config.data_dir.join("keys"), KEYS, 0)?;
        let is_in = |id: &String| parts.contains_key(&format!("{KEYS}kek/{id}.key"));
        manifest.has_keys = manifest.key_ids.iter().all(is_in);
    }
    let text = serde_json::to_vec_pretty(&manifest)?;
    add(&mut archive, &mut BTreeMap::new(), NAME, &text)?;
    let file = archive.into_inner()?.end()?.into_inner().map_err(|it| it.into_error())?;
    file.sync_all()?;
    Ok(manifest)
}

fn files_folder(config: &Config) -> PathBuf {
    match config.files.folder.as_os_str().is_empty() {
        true => config.data_dir.join("files"),
        false => config.files.folder.clone(),
    }
}

/// `pg_dump` reaches the server as the hub does, and says the same to it. What does not arrive there would leave out rows without a word.
async fn must_see_all(store: &SqlStore) -> Result<()> {
    match store.is_hubs_own().await.map_err(Error::other)? {
        true => Ok(()),
        false => Err(Error::other(
            "the database was not told that this is the hub (bedside.organisation); see docs/runbook",
        )),
    }
}

/// `pg_dump` by a pipe, piece by piece: nothing of it lies on this machine's disk in the clear.
fn dump(
    archive: &mut Writer,
    parts: &mut BTreeMap<String, Part>,
    told: &[(&'static str, String)],
) -> Result<()> {
    // Behind the wall between organisations, on the side of the hub, whatever the role is.
    let wall = "--enable-row-security";
    let arguments = ["--format=custom", "--compress=1", "--no-owner", "--no-privileges", wall];
    let mut command = program("pg_dump", told, &arguments);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(|error| {
            Error::other(format!("pg_dump cannot be started ({error}); see docs/runbook"))
        })?;
    let mut out = child.stdout.take().ok_or_else(|| Error::other("pg_dump says nothing"))?;
    for number in 0_u32.. {
        let mut piece = Vec::new();
        let limit = u64::try_from(PIECE).map_err(Error::other)?;
        if out.by_ref().take(limit).read_to_end(&mut piece)? == 0 {
            break;
        }
        add(archive, parts, &format!("database/postgres/{number:08}"), &piece)?;
    }
    match child.wait()?.success() {
        true => Ok(()),
        false => Err(Error::other("pg_dump has failed")),
    }
}

fn add(
    archive: &mut Writer,
    parts: &mut BTreeMap<String, Part>,
    name: &str,
    bytes: &[u8],
) -> Result<()> {
    let mut digest = Digest::default();
    digest.update(bytes);
    let length = u64::try_from(bytes.len()).map_err(Error::other)?;
    archive.append_data(&mut head(length), name, bytes)?;
    parts.insert(name.to_owned(), Part { bytes: length, sha256: hex(&digest.finish()) });
    Ok(())
}

fn add_file(
    archive: &mut Writer,
    parts: &mut BTreeMap<String, Part>,
    path: &Path,
    name: &str,
) -> Result<()> {
    let file = File::open(path)?;
    let bytes = file.metadata()?.len();
    add_bytes(archive, parts, file, name, bytes)
}

/// So many of them, or it is an error: what is shorter by now would move what comes after it.
fn add_bytes(
    archive: &mut Writer,
    parts: &mut BTreeMap<String, Part>,
    from: impl Read,
    name: &str,
    bytes: u64,
) -> Result<()> {
    let from = BufReader::new(from.take(bytes));
    let mut reading = Hashing { from, digest: Digest::default() };
    archive.append_data(&mut head(bytes), name, &mut reading)?;
    if reading.from.get_ref().limit() > 0 {
        return Err(Error::other(format!("{name} became shorter while it was read")));
    }
    let sha256 = hex(&reading.digest.finish());
    parts.insert(name.to_owned(), Part { bytes, sha256 });
    Ok(())
}

/// Every file below a folder, and what links lead to: keys that are mounted are links. A file that goes away meanwhile was given up by
/// its row; a link that leads nowhere, and what is neither file nor folder, is an error.
fn add_folder(
    archive: &mut Writer,
    parts: &mut BTreeMap<String, Part>,
    folder: &Path,
    name: &str,
    depth: u32,
) -> Result<()> {
    if depth > MAX_DEPTH {
        return Err(Error::other(format!("{} is too deep", folder.display())));
    }
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    let mut entries: Vec<_> = entries.collect::<Result<_>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let word = entry.file_name().into_string().map_err(|_| Error::other("an odd name"))?;
        let (path, name) = (entry.path(), format!("{name}{word}"));
        let mut kind = entry.file_type()?;
        if kind.is_symlink() {
            let to = fs::metadata(&path);
            let nowhere =
                |error| Error::other(format!("{} leads nowhere ({error})", path.display()));
            kind = to.map_err(nowhere)?.file_type();
        }
        if kind.is_dir() {
            let depth = depth.saturating_add(1);
            add_folder(archive, parts, &path, &format!("{name}/"), depth)?;
        } else if kind.is_file() {
            match add_file(archive, parts, &path, &name) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                added => added?,
            }
        } else {
            return Err(Error::other(format!("{} is neither file nor folder", path.display())));
        }
    }
    Ok(())
}

fn head(bytes: u64) -> tar::Header {
    let mut head = tar::Header::new_gnu();
    head.set_size(bytes);
    head.set_mode(0o600);
    head.set_entry_type(tar::EntryType::Regular);
    head
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

/// Hashes what is read.
struct Hashing<R> {
    from: R,
    digest: Digest,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let read = self.from.read(into)?;
        self.digest.update(into.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// Makes a private file and its folders, and writes all of it.
fn write_file(path: &Path, from: &mut impl Read) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut out = BufWriter::new(private(path)?);
    std::io::copy(from, &mut out)?;
    out.flush()?;
    out.into_inner().map_err(|it| it.into_error())?.sync_all()
}

#[cfg(test)]
mod tests;
