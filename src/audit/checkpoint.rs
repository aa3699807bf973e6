//! What is signed of the log: C2SP `tlog-checkpoint`. Three lines: whose log, how many entries, which root.

use crate::crypto::{Note, NoteSigner, NoteVerifier};
use crate::domain::merkle::Hash;
use crate::domain::merkle::proof::Head;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Why a checkpoint is not this log's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotOwn {
    /// It is none, or its signature is not good.
    Forged,
    /// Another key signed it.
    AnotherKey,
}

/// A log at one moment, with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose log.
    pub origin: String,
    /// Entries and root.
    pub head: Head,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        let Head { size, root } = &self.head;
        format!("{}\n{size}\n{}\n", self.origin, STANDARD.encode(root))
    }

    /// From a text.
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let number: u64 = size.parse().ok()?;
        let root = Hash::try_from(STANDARD.decode(root).ok()?).ok()?;
        let is_whole = !origin.is_empty() && number.to_string() == size;
        let head = Head { size: number, root };
        is_whole.then(|| Checkpoint { origin: origin.to_owned(), head })
    }

    /// The note with the log's own signature. The name of its key is the name of the log.
    pub fn signed(head: Head, signer: &NoteSigner) -> String {
        let origin = signer.verifier().name().to_owned();
        let text = Checkpoint { origin, head }.text();
        format!("{text}\n{}", signer.sign(&text, 0))
    }

    /// From a note of the log whose key this is.
    ///
    /// # Errors
    /// [`NotOwn`].
    pub fn own(note: &str, key: &NoteVerifier) -> Result<Self, NotOwn> {
        if let Some(it) = Checkpoint::opened(note, key) {
            return Ok(it);
        }
        let note = Note::parse(note).ok_or(NotOwn::Forged)?;
        Err(if note.names(key) { NotOwn::Forged } else { NotOwn::AnotherKey })
    }

    /// From a note, if this key signed it. That of the log signs only what bears its name.
    pub fn opened(note: &str, key: &NoteVerifier) -> Option<Self> {
        let note = Note::parse(note)?;
        note.signed_by(key)?;
        let it = Checkpoint::parse(note.text())?;
        let is_own = key.kind() != crate::crypto::NoteKind::Log || it.origin == key.name();
        is_own.then_some(it)
    }
}
