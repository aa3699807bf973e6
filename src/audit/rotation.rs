//! The key of a log on disk, with those that were before it, and how it is handed on.
//!
//! Owns: three files in the folder of keys: the key, the one that comes next while it is handed on, and the statements of all that were.
//! Invariants: a key is on disk before it is stated, a statement before the key that it names signs anything, and the old key signs nothing
//! after it. One rotates at a time, and nobody else takes a key away. Whatever stops in between is finished by whoever opens the key next.
//! The private half of an old key is not kept.
//! Does not: publish (`publisher`), or believe (`succession`).

use super::sequencer::{Sequencer, Unsigned};
use super::succession::{Keys, Statement};
use crate::clock::Clock;
use crate::crypto::{NoteKind, NoteSigner, NoteVerifier, rename_kept, write_private};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The key.
const KEY: &str = "audit-log.key";
/// The one that comes next.
const NEXT: &str = "audit-log.next.key";
/// The statements, a note as JSON text a line, the first first.
const STATEMENTS: &str = "audit-log.rotations";
/// Locked by whoever rotates; empty.
const LOCK: &str = "audit-log.lock";

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
        // Whoever rotates has the lock and finishes by themselves.
        if self.path(NEXT).is_file()
            && let Some(last) = self.statements()?.last().and_then(|it| Statement::opened(it))
            && let Ok(_lock) = self.lock()
        {
            self.finish(&last.new, log)?;
        }
        self.read(log)
    }

    /// The keys alone, for whoever only looks: nothing is made and nothing finished.
    ///
    /// # Errors
    /// When there is no key, or one cannot be read.
    pub fn look(&self, log: &str) -> io::Result<Keys> {
        let key = self.path(KEY);
        let wrong = |why: &str| io::Error::other(format!("{}: {why}", key.display()));
        let notes = self.statements()?;
        let Some(first) = notes.first() else {
            if !key.is_file() {
                return Err(wrong("is not there, and is not made by whoever only looks"));
            }
            return Ok(Keys::only(self.signer(KEY, log)?.verifier().clone()));
        };
        let first = Statement::opened(first);
        let first = first.ok_or_else(|| wrong("the first statement of rotated keys is damaged"))?;
        let keys = Keys::follow(&first.old, notes.iter().map(String::as_str));
        keys.map_err(|error| wrong(&error.to_string()))
    }

    /// As [`KeyFiles::open`], with nothing finished.
    fn read(&self, log: &str) -> io::Result<(NoteSigner, Keys)> {
        let notes = self.statements()?;
        let Some(first) = notes.first() else {
            let signer = self.signer(KEY, log)?;
            let keys = Keys::only(signer.verifier().clone());
            return Ok((signer, keys));
        };
        let wrong = |why: &str| io::Error::other(format!("{}: {why}", self.path(KEY).display()));
        let first = Statement::opened(first);
        let first = first.ok_or_else(|| wrong("the first statement of rotated keys is damaged"))?;
        let keys = Keys::follow(&first.old, notes.iter().map(String::as_str));
        let keys = keys.map_err(|error| wrong(&error.to_string()))?;
        if !self.path(KEY).is_file() {
            return Err(wrong("is missing beside the statements of rotated keys; put it back"));
        }
        let signer = self.signer(KEY, log)?;
        if keys.current() != Some(signer.verifier()) {
            return Err(wrong("is not the key to which the log was handed on; put that back"));
        }
        Ok((signer, keys))
    }

    /// One at a time rotates. It is given back when what comes out is dropped, or the process ends.
    fn lock(&self) -> io::Result<File> {
        let path = self.path(LOCK);
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        file.try_lock()
            .map_err(|_| io::Error::other("the key is being rotated by somebody else"))?;
        Ok(file)
    }

    /// What was stated is done, under the lock. What was only prepared stays where it is: until it is stated it is nobody's key, and whoever
    /// rotates next takes it away.
    fn finish(&self, stated: &NoteVerifier, log: &str) -> io::Result<()> {
        if self.is_next(stated, log)? {
            rename_kept(&self.path(NEXT), &self.path(KEY))?;
        }
        Ok(())
    }

    /// Whether this very key is kept as the next.
    fn is_next(&self, key: &NoteVerifier, log: &str) -> io::Result<bool> {
        Ok(self.path(NEXT).is_file() && self.signer(NEXT, log)?.verifier() == key)
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
        let mut text = Vec::new();
        for it in &notes {
            serde_json::to_writer(&mut text, it)?;
            text.push(b'\n');
        }
        write_private(&self.path(STATEMENTS), &text)
    }

    /// Hands the log on to a new key. Whatever signs it must have ended: what still runs with the old key is refused by the log as soon as the
    /// new one has signed. What comes out is what signs now.
    ///
    /// # Errors
    /// When there is no entry yet, somebody else appends or rotates, the log is not what the old key has signed, or a file cannot be written.
    pub async fn rotate(
        &self,
        mut by: Sequencer,
        clock: &dyn Clock,
    ) -> io::Result<(Sequencer, Keys)> {
        let log = by.keys().name().to_owned();
        let _lock = self.lock()?;
        // Another one may have rotated it since it was opened.
        if self.read(&log)?.1 != *by.keys() {
            return Err(io::Error::other("the key was rotated meanwhile: nothing was done"));
        }
        // One that was prepared and not stated is nobody's key.
        match fs::remove_file(self.path(NEXT)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let new = Arc::new(self.signer(NEXT, &log)?);
        let stated = by.hand_on(&new, clock).await.map_err(|error| match error {
            Unsigned::Down(_) => io::Error::other("the store does not answer, or a hub is running"),
            Unsigned::Refused(why) => io::Error::other(why),
        })?;
        let note = stated.ok_or_else(|| {
            io::Error::other("there is no entry yet, or a hub is running: stop all of them, and wait ten seconds")
        })?;
        // Nothing is handed on to a key that is in memory alone.
        if !self.is_next(new.verifier(), &log)? {
            return Err(io::Error::other("the new key is not on disk: nothing was handed on"));
        }
        self.state(note)?;
        self.finish(new.verifier(), &log)?;
        let keys = by.keys().clone();
        Ok((by, keys))
    }
}
