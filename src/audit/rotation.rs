//! The key of a log on disk, with those that were before it, and how it is handed on.
//!
//! Owns: three files in the folder of keys: the key, the one that comes next while it is handed on, and the statements of all that were.
//! Invariants: a statement is on disk before the key that it names signs anything, and the old key signs nothing after it. Whatever stops in
//! between is finished by whoever opens the key next. The private half of an old key is not kept.
//! Does not: publish (`publisher`), or believe (`succession`).

use super::sequencer::{Sequencer, Unsigned};
use super::succession::{Keys, Statement};
use crate::crypto::{NoteKind, NoteSigner, NoteVerifier};
use crate::protocol::time::UnixMillis;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The key.
const KEY: &str = "audit-log.key";
/// The one that comes next.
const NEXT: &str = "audit-log.next.key";
/// The statements, a note as JSON text a line, the first first.
const STATEMENTS: &str = "audit-log.rotations";

/// The folder of keys.
#[derive(Debug, Clone)]
pub struct KeyFiles(PathBuf);

impl KeyFiles {
    /// There.
    pub fn at(folder: &Path) -> Self {
        KeyFiles(folder.to_owned())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn signer(&self, name: &str, log: &str) -> io::Result<NoteSigner> {
        NoteSigner::open(&self.path(name), log, NoteKind::Log)
    }

    /// The key, made when there never was one, and all that lead to it.
    ///
    /// # Errors
    /// When one cannot be read or made, or the key is not the one to which the others lead.
    pub fn open(&self, log: &str) -> io::Result<(NoteSigner, Keys)> {
        let notes = self.statements()?;
        let Some(last) = notes.last() else {
            let signer = self.signer(KEY, log)?;
            let keys = Keys::only(signer.verifier().clone());
            return Ok((signer, keys));
        };
        let wrong = |why: &str| io::Error::other(format!("{}: {why}", self.path(KEY).display()));
        let last = Statement::opened(last);
        let last = last.ok_or_else(|| wrong("the last statement of rotated keys is damaged"))?;
        if self.path(NEXT).is_file() {
            self.finish(&last.new, log)?;
        }
        if !self.path(KEY).is_file() {
            return Err(wrong("is missing beside the statements of rotated keys; put it back"));
        }
        let signer = self.signer(KEY, log)?;
        let first = notes.first().and_then(|it| Statement::opened(it));
        let first = first.ok_or_else(|| wrong("the first statement of rotated keys is damaged"))?;
        let keys = Keys::follow(&first.old, notes.iter().map(String::as_str));
        let keys = keys.map_err(|error| wrong(&error.to_string()))?;
        if keys.current() != Some(signer.verifier()) {
            return Err(wrong("is not the key to which the log was handed on; put that back"));
        }
        Ok((signer, keys))
    }

    /// What was stated is done; what was only prepared is forgotten.
    fn finish(&self, stated: &NoteVerifier, log: &str) -> io::Result<()> {
        let next = self.signer(NEXT, log)?;
        if next.verifier() == stated {
            fs::rename(self.path(NEXT), self.path(KEY))
        } else {
            fs::remove_file(self.path(NEXT))
        }
    }

    fn statements(&self) -> io::Result<Vec<String>> {
        match fs::read_to_string(self.path(STATEMENTS)) {
            Ok(text) => text.lines().map(|it| Ok(serde_json::from_str(it)?)).collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(vec![]),
            Err(error) => Err(error),
        }
    }

    /// On disk as a whole, or as before.
    fn state(&self, note: String) -> io::Result<()> {
        let mut notes = self.statements()?;
        notes.push(note);
        let written = self.path(STATEMENTS).with_extension("new");
        let mut file = File::create(&written)?;
        for it in &notes {
            serde_json::to_writer(&mut file, it)?;
            file.write_all(b"\n")?;
        }
        file.sync_all()?;
        fs::rename(written, self.path(STATEMENTS))
    }

    /// Hands the log on to a new key. Whatever signs it must have ended: what still runs with the old key is refused by the log from then
    /// on. What comes out is what signs now.
    ///
    /// # Errors
    /// When there is no entry yet, somebody else appends, the log is not what the old key has signed, or a file cannot be written.
    pub async fn rotate(
        &self,
        mut by: Sequencer,
        now: UnixMillis,
    ) -> io::Result<(Sequencer, Keys)> {
        // One that was prepared and not stated is nobody's key.
        match fs::remove_file(self.path(NEXT)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let new = Arc::new(self.signer(NEXT, by.keys().name())?);
        let stated = by.hand_on(&new, now).await.map_err(|error| match error {
            Unsigned::Down(_) => io::Error::other("the store does not answer, or a hub is running"),
            Unsigned::Refused(why) => io::Error::other(why),
        })?;
        let note = stated.ok_or_else(|| {
            io::Error::other("there is no entry yet, or a hub is running: stop all of them, and wait ten seconds")
        })?;
        self.state(note)?;
        fs::rename(self.path(NEXT), self.path(KEY))?;
        let keys = by.keys().clone();
        Ok((by, keys))
    }
}
