//! `bedside audit`: the log is taken out of the database, and checked without it.
//!
//! Invariant: whoever checks needs files and public keys; only `export` opens the database. Whatever is wrong makes the command fail.

use super::archiving::{archive, show};
use super::{folder, key_files, open_keys};
use crate::audit::export::{Details, export};
use crate::audit::folder::Folder;
use crate::audit::own::Own;
use crate::audit::prove::{check, is_proof, prove};
use crate::audit::publisher::Publisher;
use crate::audit::sequencer::Sequencer;
use crate::audit::succession::Keys;
use crate::audit::uncalled::ROTATE_KEY;
use crate::audit::verify::{Trust, verify};
use crate::audit::witness::witness;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::crypto::archive::BackupKey;
use crate::crypto::{NoteKind, NoteSigner, NoteVerifier};
use crate::files::tiles::Tiles;
use crate::node::open_store;
use crate::protocol::time::UnixMillis;
use crate::store::{AuditRecord, Store, StoreError};
use std::fs;
use std::io::{Error, Result, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Kind of a target that is a key of the log.
pub(super) const KEY: &str = "key";

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Writes entries, hashes, checkpoints and what can be shown into a folder. The hub may run meanwhile.
    Export {
        /// Where to; made when it does not exist.
        folder: PathBuf,
        /// Leaves out who and what is meant; the log can be checked all the same.
        #[arg(long)]
        without_details: bool,
    },
    /// Checks a folder, or a proof, and names the first entry that is wrong.
    Verify {
        /// What `export` wrote, or the published files, or what `prove` wrote.
        what: PathBuf,
        /// The public key of the log, or a file with it. Not the one that came with the files.
        #[arg(long)]
        key: String,
        /// A checkpoint that was kept, with the signature of the log or of a witness. May be given several times.
        #[arg(long)]
        since: Vec<PathBuf>,
        /// The public key of a witness, or a file with it. May be given several times.
        #[arg(long)]
        witness: Vec<String>,
    },
    /// Writes the proof that one entry is in the log.
    Prove {
        /// What `export` wrote, or the published files.
        folder: PathBuf,
        /// Number of the entry.
        #[arg(long)]
        entry: u64,
        /// The public key of the log, or a file with it.
        #[arg(long)]
        key: String,
    },
    /// Signs the checkpoint of a log if it continues the one that was signed last.
    Witness {
        /// What `export` wrote, or the published files.
        folder: PathBuf,
        /// The public key of the log, or a file with it.
        #[arg(long)]
        key: String,
        /// The witness's own key; made when there is none.
        #[arg(long)]
        own_key: PathBuf,
        /// The witness's name, for a key that is made.
        #[arg(long, default_value = "witness")]
        name: String,
        /// Where it remembers what it signed last.
        #[arg(long)]
        seen: PathBuf,
    },
    /// Writes entries of before into sealed files, for a place where they are kept for years. The log keeps them as well.
    Archive {
        /// Where to. What is there is looked at, and never written over.
        folder: PathBuf,
        /// File with the key of backups, as `bedside backup --new-key` makes one.
        #[arg(long)]
        key: PathBuf,
        /// How many days old every entry of a file is at least.
        #[arg(long, default_value_t = 730)]
        older_than_days: u32,
    },
    /// Prints what such a file holds, once all of it is found good.
    ReadArchive {
        /// The file.
        file: PathBuf,
        /// File with the key of backups.
        #[arg(long)]
        key: PathBuf,
        /// What `export` wrote, or the published files: every entry is held against those.
        #[arg(long)]
        log: Option<PathBuf>,
    },
    /// Prints the public key of this hub's log.
    Key,
    /// Hands the log on to a new key. All hubs on this database must have been stopped.
    RotateKey,
}

/// Does it.
///
/// # Errors
/// What is wrong, in words.
pub fn run(settings: &Config, command: Command) -> Result<()> {
    match command {
        Command::Export { folder, without_details } => {
            let details = if without_details { Details::Hidden } else { Details::Shown };
            let system = actix::System::new();
            let size = system.block_on(take_out(settings, &folder, details))?;
            say(&format!("{size} entries\n"))
        }
        Command::Verify { what, key, since, witness } => {
            let key = key_of(&key)?;
            if what.is_file() {
                return check_proof(&what, &key);
            }
            let kept: Result<Vec<_>> = since.iter().map(fs::read_to_string).collect();
            let witnesses: Result<Vec<_>> = witness.iter().map(|it| key_of(it)).collect();
            check_folder(&what, &Trust { log: key, witnesses: witnesses?, kept: kept? })
        }
        Command::Prove { folder, entry, key } => {
            say(&prove(&Folder::at(&folder), &key_of(&key)?, entry)?)
        }
        Command::Witness { folder, key, own_key, name, seen } => {
            let signer = NoteSigner::open(&own_key, &name, NoteKind::Witness)?;
            let seconds = u64::try_from(SystemClock.now().0 / 1_000).unwrap_or_default();
            let folder = Folder::at(&folder);
            let signed = witness(&folder, &key_of(&key)?, &signer, &seen, seconds);
            let note = signed.map_err(Error::other)?;
            let mut stderr = std::io::stderr().lock();
            writeln!(stderr, "the key of this witness: {}", signer.verifier().text())?;
            say(&note)
        }
        Command::Archive { folder, key, older_than_days } => {
            let key = BackupKey::read(&key)?;
            let work = archive(settings, &folder, &key, older_than_days);
            say(&actix::System::new().block_on(work)?)
        }
        Command::ReadArchive { file, key, log } => {
            let key = BackupKey::read(&key)?;
            show(&file, &key, log.as_deref(), &mut std::io::stdout().lock())
        }
        Command::Key => say(&format!("{}\n", open_keys(settings)?.0.verifier().text())),
        Command::RotateKey => {
            let Rotated { before, now, signed } =
                actix::System::new().block_on(rotate(settings))?;
            say(&format!("key {before} has handed the log on to\n{now}\n"))?;
            signed
        }
    }
}

async fn take_out(settings: &Config, to: &Path, details: Details) -> Result<u64> {
    let (_, keys) = open_keys(settings)?;
    let store = open_store(settings).await?;
    let tiles = Tiles::open(&folder(settings))?;
    let done = export(&store, &tiles, &keys, &Folder::at(to), details).await;
    store.close().await;
    done
}

/// What came of a rotation that was stated.
struct Rotated {
    /// The id of the old key.
    before: String,
    /// The new key.
    now: String,
    /// Whether it has signed already; until then a hub with the old key is not refused.
    signed: Result<()>,
}

/// Hands the log on. When all went well that is in the log, signed by the new key, and published.
async fn rotate(settings: &Config) -> Result<Rotated> {
    let (signer, keys) = open_keys(settings)?;
    let before = signer.verifier().id_text();
    let store: Arc<dyn Store> = Arc::new(open_store(settings).await?);
    let tiles = Tiles::open(&folder(settings))?;
    let by = Sequencer::new(Arc::clone(&store), Arc::new(signer)).after(keys);
    let by = by.beside(tiles.clone());
    let (mut by, keys) = key_files(settings)?.rotate(by, &SystemClock).await?;
    let now = keys.current().map(NoteVerifier::text).unwrap_or_default();
    let signed = async {
        let row = row_of_rotation(&keys, SystemClock.now());
        let id = row.audit_id;
        store.append_audit(vec![row]).await.map_err(stored)?;
        let mut signed = 0_u64;
        loop {
            match by.turn(SystemClock.now()).await.map_err(Error::other)? {
                0 => break,
                some => signed = signed.saturating_add(some.into()),
            }
        }
        let own = store.audit_row(id).await.map_err(stored)?;
        if signed == 0 || own.is_none_or(|it| it.entry.is_none()) {
            return Err(Error::other("somebody else appends, or a long transaction is open"));
        }
        Publisher::new(Arc::clone(&store), tiles, keys.clone()).turn().await.map_err(Error::other)
    };
    let signed = signed.await.map_err(|why| {
        Error::other(format!(
            "the log was handed on, but the new key has not signed and published that yet: {why}. See that no hub runs with the \
             old key, wait ten seconds, and run it again"
        ))
    });
    Ok(Rotated { before, now, signed })
}

fn stored(_: StoreError) -> Error {
    Error::other("the store does not answer")
}

/// That it was done.
fn row_of_rotation(keys: &Keys, now: UnixMillis) -> AuditRecord {
    let id = keys.current().map(NoteVerifier::id_text).unwrap_or_default();
    Own::new(ROTATE_KEY, Some(format!("{KEY}:{id}"))).row("ok", now)
}

fn check_proof(file: &Path, key: &NoteVerifier) -> Result<()> {
    let text = fs::read_to_string(file)?;
    if !is_proof(&text) {
        return Err(Error::other("this file is no proof"));
    }
    let proven = check(&text, key).ok_or_else(|| Error::other("the proof does not hold"))?;
    let (leaf, size) = (&proven.leaf, proven.size);
    say(&format!("entry {} of {size} is proven:\n{}\n", leaf.seq, leaf.canonical()))
}

fn check_folder(folder: &Path, trust: &Trust) -> Result<()> {
    let report = verify(&Folder::at(folder), trust)?;
    let Some(first) = report.findings.first() else {
        say(&format!(
            "{} entries are those that were signed; {} are shown, {} were erased; {} kept checkpoints fit\n",
            report.size,
            report.shown,
            report.erased,
            trust.kept.len()
        ))?;
        return report.reigns.iter().try_for_each(|it| say(&format!("{it}\n")));
    };
    let mut text = format!("{first}\n");
    report.findings.iter().skip(1).for_each(|it| text.push_str(&format!("  also: {it}\n")));
    Err(Error::other(text.trim_end().to_owned()))
}

/// A key as text, or the file that it is in.
fn key_of(text: &str) -> Result<NoteVerifier> {
    if let Some(key) = NoteVerifier::parse(text) {
        return Ok(key);
    }
    let file = fs::read_to_string(text)?;
    NoteVerifier::parse(&file)
        .ok_or_else(|| Error::other("this is no public key of a log or a witness"))
}

fn say(text: &str) -> Result<()> {
    std::io::stdout().lock().write_all(text.as_bytes())
}
