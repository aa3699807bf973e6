//! A backup back into an empty place.
//!
//! Invariant: it is read twice. The first time every part is opened and compared with the manifest, and nothing is written; only then is it
//! put where it belongs. Whoever is interrupted the second time finds a place that is not empty, empties it, and begins again.

use super::manifest::{Manifest, NAME};
use super::stream::Opening;
use super::{DATABASE, Hashing, KEYS, OBJECTS, files_folder, hex, write_file};
use crate::config::{Config, postgres_options};
use crate::crypto::Digest;
use crate::crypto::archive::BackupKey;
use crate::store::sql::{Place, SqlStore, program};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, Error, Read as _, Result};
use std::path::{Component, Path, PathBuf};
use std::process::{Child, Stdio};

/// What is asked of a backup.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// The audit log has to have come so far: a position that was written down elsewhere.
    pub at_least: i64,
    /// Only look whether it is good.
    pub only_look: bool,
}

/// Restores a backup.
///
/// # Errors
/// In a sentence: why it is refused. Nothing was written then, unless the sentence says so.
pub async fn restore(
    config: &Config,
    from: &Path,
    key: &BackupKey,
    wanted: Wanted,
) -> Result<Manifest> {
    let manifest = look(from, key)?;
    if manifest.audit_position < wanted.at_least {
        return Err(Error::other(format!(
            "the backup is too old: its audit log ends at {}, and {} is known",
            manifest.audit_position, wanted.at_least
        )));
    }
    if wanted.only_look {
        return Ok(manifest);
    }
    must_be_of_region(config, &manifest)?;
    let place = Place::of(&config.database(), postgres_options())?;
    let kind = match &place {
        Place::File(_) => "sqlite",
        Place::Server(_) => "postgres",
    };
    if kind != manifest.database {
        let text = format!("the backup is of {}, and database_url names {kind}", manifest.database);
        return Err(Error::other(text));
    }
    must_be_empty(config, &place, &manifest).await?;
    put_back(config, &place, from, key)?;
    let store = SqlStore::open(&config.database()).await.map_err(Error::other)?;
    let position = store.audit_position().await;
    let anew = store.begin_another_epoch().await;
    let is_whole = match place {
        Place::File(_) => store.is_whole().await,
        Place::Server(_) => Ok(true),
    };
    store.close().await;
    anew?;
    if position? < manifest.audit_position || !is_whole? {
        return Err(Error::other("what was restored is not what the backup says: do not use it"));
    }
    Ok(manifest)
}

/// What is of a region goes back into a deployment of that region: data are moved by no backup, and the start would be refused. A
/// deployment that stands in for another one is of that one's region.
fn must_be_of_region(config: &Config, manifest: &Manifest) -> Result<()> {
    let Some(region) = &manifest.region else { return Ok(()) };
    let named = config.residency.region.as_deref();
    match named == Some(region) {
        true => Ok(()),
        false => Err(Error::other(format!(
            "the backup is of region {region}, and the settings name {} (residency.region)",
            named.unwrap_or("none")
        ))),
    }
}

/// Opens every part, and compares it with the manifest.
fn look(from: &Path, key: &BackupKey) -> Result<Manifest> {
    let mut archive = open(from, key)?;
    let mut seen = BTreeMap::new();
    let mut manifest = None;
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = name_of(&entry)?;
        if manifest.is_some() {
            return Err(Error::other("the backup has parts after its manifest"));
        }
        if name == NAME {
            let mut text = Vec::new();
            entry.read_to_end(&mut text)?;
            manifest = Some(serde_json::from_slice::<Manifest>(&text)?);
            continue;
        }
        let mut reading = Hashing { from: &mut entry, digest: Digest::default() };
        let bytes = std::io::copy(&mut reading, &mut std::io::sink())?;
        seen.insert(name, super::Part { bytes, sha256: hex(&reading.digest.finish()) });
    }
    // What comes after the archive's own end is sealed as well: whoever cut the file off there is found out.
    std::io::copy(&mut archive.into_inner(), &mut std::io::sink())?;
    let manifest = manifest.ok_or_else(|| Error::other("the backup has no manifest"))?;
    match seen == manifest.parts {
        true => Ok(manifest),
        false => Err(Error::other("the backup's parts are not those of its manifest")),
    }
}

type Archive = tar::Archive<Opening<BufReader<File>>>;

fn open(from: &Path, key: &BackupKey) -> Result<Archive> {
    let file = File::open(from)
        .map_err(|error| Error::other(format!("{} cannot be read ({error})", from.display())))?;
    Ok(tar::Archive::new(Opening::begin(BufReader::new(file), key)?))
}

/// The name of a part: words with slashes between them, and nothing that leads elsewhere.
fn name_of<R: std::io::Read>(entry: &tar::Entry<'_, R>) -> Result<String> {
    let path = entry.path()?.into_owned();
    let is_plain = path.components().all(|it| matches!(it, Component::Normal(_)));
    let name = path.into_os_string().into_string().ok().filter(|_| is_plain);
    name.ok_or_else(|| Error::other("the backup has a part with an odd name"))
}

async fn must_be_empty(config: &Config, place: &Place, manifest: &Manifest) -> Result<()> {
    let taken = |what: &Path| Error::other(format!("{} is not empty", what.display()));
    let mut folders = vec![files_folder(config)];
    if manifest.parts.keys().any(|it| it.starts_with(KEYS)) {
        folders.push(config.data_dir.join("keys"));
    }
    for folder in folders {
        if fs::read_dir(&folder).is_ok_and(|mut it| it.next().is_some()) {
            return Err(taken(&folder));
        }
    }
    match place {
        Place::File(path) => {
            // A log of before would be played into what is restored.
            let beside = ["", "-wal", "-shm", "-journal"].map(|it| {
                let mut name = path.clone().into_os_string();
                name.push(it);
                PathBuf::from(name)
            });
            beside.iter().find(|it| it.exists()).map_or(Ok(()), |it| Err(taken(it)))
        }
        Place::Server(_) => {
            let store = SqlStore::open(&config.database()).await.map_err(Error::other)?;
            let is_empty = store.has_no_table().await;
            store.close().await;
            match is_empty? {
                true => Ok(()),
                false => Err(Error::other("the database is not empty")),
            }
        }
    }
}

fn put_back(config: &Config, place: &Place, from: &Path, key: &BackupKey) -> Result<()> {
    fs::create_dir_all(&config.data_dir)?;
    let mut server = None;
    for entry in open(from, key)?.entries()? {
        let mut entry = entry?;
        let name = name_of(&entry)?;
        let (folder, rest): (PathBuf, _) = if let Some(rest) = name.strip_prefix(OBJECTS) {
            (files_folder(config), rest)
        } else if let Some(rest) = name.strip_prefix(KEYS) {
            (config.data_dir.join("keys"), rest)
        } else if name.starts_with(DATABASE) {
            match place {
                Place::File(path) => write_file(path, &mut entry)?,
                Place::Server(told) => feed(&mut server, told, &mut entry)?,
            }
            continue;
        } else {
            continue;
        };
        write_file(&folder.join(rest), &mut entry)?;
    }
    let Some(mut child) = server else { return Ok(()) };
    drop(child.stdin.take());
    match child.wait()?.success() {
        true => Ok(()),
        false => Err(Error::other("pg_restore has failed; the database is as it was")),
    }
}

/// The next piece into `pg_restore`, which does all of it in one transaction.
fn feed(
    server: &mut Option<Child>,
    told: &[(&'static str, String)],
    piece: &mut impl std::io::Read,
) -> Result<()> {
    if server.is_none() {
        let database =
            told.iter().find(|(name, _)| *name == "PGDATABASE").map(|(_, it)| it.as_str());
        let database = format!("--dbname={}", database.unwrap_or("postgres"));
        let arguments = ["--exit-on-error", "--single-transaction", "--no-owner", &database];
        let mut command = program("pg_restore", told, &arguments);
        let started = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
        *server = Some(started.map_err(|error| {
            Error::other(format!("pg_restore cannot be started ({error}); see docs/runbook"))
        })?);
    }
    let into = server.as_mut().and_then(|it| it.stdin.as_mut());
    let into = into.ok_or_else(|| Error::other("pg_restore takes nothing"))?;
    std::io::copy(piece, into).map(drop)
}
