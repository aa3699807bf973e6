//! Signed notes, as C2SP `signed-note` and `tlog-cosignature` describe them: a text, and under it a line for each signature.
//!
//! Owns: Ed25519 keys that have a name, as text in files of their own, and whether a signature is theirs.
//! Invariant: a key signs under its own name only, and what a log signs is never what a witness signs: each kind has a byte of
//! its own in the id of its key, and a witness signs the time with it.
//! Does not: know what is in a note.

use super::{random, read_or_make};
use aws_lc_rs::digest;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io;
use std::path::Path;

/// What the text form of a private key begins with.
const PRIVATE: &str = "PRIVATE+KEY+";
/// What a line with a signature begins with.
const DASH: &str = "\u{2014} ";
/// Bytes of a key's id.
const ID: usize = 4;
/// Signatures that are looked at under one note.
const MAX_SIGNATURES: usize = 100;

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteKind {
    /// Notes as they are: the log itself.
    Log,
    /// Notes with the time at which they were seen: a witness.
    Witness,
}

impl NoteKind {
    const fn byte(self) -> u8 {
        match self {
            NoteKind::Log => 1,
            NoteKind::Witness => 4,
        }
    }

    const fn of(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(NoteKind::Log),
            4 => Some(NoteKind::Witness),
            _ => None,
        }
    }
}

/// SHA-256 of parts, one after the other.
pub fn sha256_of(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    parts.iter().for_each(|it| context.update(it));
    let mut hash = [0_u8; 32];
    hash.iter_mut().zip(context.finish().as_ref()).for_each(|(to, from)| *to = *from);
    hash
}

/// Who can check a signature: the public half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteVerifier {
    name: String,
    kind: NoteKind,
    key: Vec<u8>,
}

impl NoteVerifier {
    /// From its text, `<name>+<id>+<key>`.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, rest) = text.trim().split_once('+')?;
        let (id, key) = rest.split_once('+')?;
        let key = STANDARD.decode(key).ok()?;
        let (kind, key) = key.split_first()?;
        let key = <[u8; 32]>::try_from(key).ok()?.to_vec();
        let it = NoteVerifier { name: checked(name)?, kind: NoteKind::of(*kind)?, key };
        (it.id_text() == id).then_some(it)
    }

    /// As text.
    pub fn text(&self) -> String {
        let key: Vec<u8> = [self.kind.byte()].into_iter().chain(self.key.clone()).collect();
        format!("{}+{}+{}", self.name, self.id_text(), STANDARD.encode(key))
    }

    /// The name under which it signs.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    pub const fn kind(&self) -> NoteKind {
        self.kind
    }

    /// The key itself, 32 bytes.
    pub fn key(&self) -> &[u8] {
        &self.key
    }

    /// The first bytes of a hash over name, kind and key, hexadecimal: what tells keys of one name apart.
    pub fn id_text(&self) -> String {
        self.id().iter().map(|it| format!("{it:02x}")).collect()
    }

    fn id(&self) -> [u8; ID] {
        let hash = sha256_of(&[self.name.as_bytes(), b"\n", &[self.kind.byte()], &self.key]);
        let mut id = [0_u8; ID];
        id.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        id
    }
}

/// A key that signs.
pub struct NoteSigner {
    pair: Ed25519KeyPair,
    verifier: NoteVerifier,
}

impl std::fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NoteSigner")
    }
}

impl NoteSigner {
    /// Reads the key in that file, or makes one of this name. A key keeps the name that it was made with.
    ///
    /// # Errors
    /// When the file cannot be read or written, holds something else, or the name cannot be one.
    pub fn open(path: &Path, name: &str, kind: NoteKind) -> io::Result<Self> {
        let bytes = read_or_make(path, || {
            let name = checked(name).ok_or_else(|| io::Error::other("no name for a key"))?;
            let seed = random::<32>()?;
            let made = NoteSigner::of(name, kind, &seed)?;
            let key: Vec<u8> = [kind.byte()].into_iter().chain(seed).collect();
            let NoteVerifier { name, .. } = &made.verifier;
            let id = made.verifier.id_text();
            Ok(format!("{PRIVATE}{name}+{id}+{}\n", STANDARD.encode(key)).into_bytes())
        })?;
        let text = String::from_utf8(bytes).map_err(|_| no_key())?;
        let it = NoteSigner::parse(&text).ok_or_else(no_key)?;
        if it.verifier.kind == kind { Ok(it) } else { Err(no_key()) }
    }

    fn parse(text: &str) -> Option<Self> {
        let (name, rest) = text.trim().strip_prefix(PRIVATE)?.split_once('+')?;
        let (id, key) = rest.split_once('+')?;
        let key = STANDARD.decode(key).ok()?;
        let (kind, seed) = key.split_first()?;
        let it = NoteSigner::of(checked(name)?, NoteKind::of(*kind)?, seed).ok()?;
        (it.verifier.id_text() == id).then_some(it)
    }

    fn of(name: String, kind: NoteKind, seed: &[u8]) -> io::Result<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| no_key())?;
        let key = pair.public_key().as_ref().to_vec();
        Ok(NoteSigner { pair, verifier: NoteVerifier { name, kind, key } })
    }

    /// The public half.
    pub const fn verifier(&self) -> &NoteVerifier {
        &self.verifier
    }

    /// A line for under a note. `seconds` since 1970 are what a witness says of when it saw the note.
    pub fn sign(&self, text: &str, seconds: u64) -> String {
        let (message, prefix) = signed_of(self.verifier.kind, text, seconds);
        let signature = self.pair.sign(message.as_bytes());
        let all = [&self.verifier.id(), prefix.as_slice(), signature.as_ref()].concat();
        format!("{DASH}{} {}\n", self.verifier.name, STANDARD.encode(all))
    }
}

/// What is signed, and what stands in front of the signature.
fn signed_of(kind: NoteKind, text: &str, seconds: u64) -> (String, Vec<u8>) {
    match kind {
        NoteKind::Log => (text.to_owned(), vec![]),
        NoteKind::Witness => {
            let message = format!("cosignature/v1\ntime {seconds}\n{text}");
            (message, seconds.to_be_bytes().to_vec())
        }
    }
}

fn no_key() -> io::Error {
    io::Error::other("no key of the audit log")
}

/// A name has no blank and no `+`.
fn checked(name: &str) -> Option<String> {
    let is_name = !name.is_empty() && !name.contains(|it: char| it == '+' || it.is_whitespace());
    is_name.then(|| name.to_owned())
}

/// A note: a text that ends with a line break, and signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<(String, Vec<u8>)>,
}

impl Note {
    /// From its text. Whether anybody signed it is asked later.
    pub fn parse(note: &str) -> Option<Self> {
        let (text, lines) = note.rsplit_once("\n\n")?;
        let signature = |line: &str| -> Option<(String, Vec<u8>)> {
            let (name, bytes) = line.strip_prefix(DASH)?.split_once(' ')?;
            Some((name.to_owned(), STANDARD.decode(bytes).ok()?))
        };
        let signatures: Option<Vec<_>> = lines.lines().map(signature).collect();
        let signatures = signatures.filter(|it| !it.is_empty() && it.len() <= MAX_SIGNATURES)?;
        Some(Note { text: format!("{text}\n"), signatures })
    }

    /// What was signed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether this key signed it; when, if it is one of a witness (0 otherwise), in seconds since 1970.
    pub fn signed_by(&self, verifier: &NoteVerifier) -> Option<u64> {
        let theirs = self.signatures.iter().filter(|it| it.0 == verifier.name);
        theirs.filter_map(|(_, bytes)| time_of(bytes, &self.text, verifier)).next()
    }

    /// Whether a line says that this key signed it. Whether that is so, [`Note::signed_by`] says.
    pub fn names(&self, verifier: &NoteVerifier) -> bool {
        let is_theirs = |(name, bytes): &(String, Vec<u8>)| {
            *name == verifier.name && bytes.starts_with(&verifier.id())
        };
        self.signatures.iter().any(is_theirs)
    }
}

fn time_of(bytes: &[u8], text: &str, verifier: &NoteVerifier) -> Option<u64> {
    let signature = bytes.strip_prefix(&verifier.id())?;
    let (seconds, signature) = match verifier.kind {
        NoteKind::Log => (0, signature),
        NoteKind::Witness => {
            let (seconds, signature) = signature.split_first_chunk::<8>()?;
            (u64::from_be_bytes(*seconds), signature)
        }
    };
    let (message, _) = signed_of(verifier.kind, text, seconds);
    let key = UnparsedPublicKey::new(&ED25519, &verifier.key);
    key.verify(message.as_bytes(), signature).ok().map(|()| seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "clinic.example/audit\n7\nAAAA\n";

    fn signer(folder: &tempfile::TempDir, file: &str, kind: NoteKind) -> NoteSigner {
        NoteSigner::open(&folder.path().join(file), "clinic.example/audit", kind).unwrap()
    }

    /// The example of the Go package `note`, from which the format is.
    #[test]
    fn a_note_of_others_is_read() {
        let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let note = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n\n\
                    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        let verifier = NoteVerifier::parse(key).unwrap();
        assert_eq!((verifier.name(), verifier.text().as_str()), ("PeterNeumann", key));
        assert_eq!(Note::parse(note).unwrap().signed_by(&verifier), Some(0));
        let other = Note::parse(&note.replace("your problem is", "it is")).unwrap();
        assert_eq!(other.signed_by(&verifier), None);
    }

    #[test]
    fn a_key_is_made_once_and_keeps_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let first = signer(&folder, "log", NoteKind::Log);
        let path = folder.path().join("log");
        let again = NoteSigner::open(&path, "another.name", NoteKind::Log).unwrap();
        assert_eq!(again.verifier(), first.verifier());
        assert!(NoteSigner::open(&path, "x", NoteKind::Witness).is_err());
        assert!(NoteSigner::open(&folder.path().join("new"), "two words", NoteKind::Log).is_err());
        std::fs::write(&path, "PRIVATE+KEY+x+00000000+AAAA\n").unwrap();
        assert!(NoteSigner::open(&path, "x", NoteKind::Log).is_err());
    }

    #[test]
    fn whoever_signed_is_known_and_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let log = signer(&folder, "log", NoteKind::Log);
        let witness = signer(&folder, "witness", NoteKind::Witness);
        let other = signer(&folder, "other", NoteKind::Log);
        let signed = format!("{TEXT}\n{}{}", log.sign(TEXT, 0), witness.sign(TEXT, 1_800_000_000));
        let note = Note::parse(&signed).unwrap();
        assert_eq!(note.text(), TEXT);
        assert_eq!(note.signed_by(log.verifier()), Some(0));
        assert_eq!(note.signed_by(witness.verifier()), Some(1_800_000_000));
        assert_eq!(note.signed_by(other.verifier()), None);
        // The time of a witness is signed with it.
        let later = witness.sign(TEXT, 1_800_000_001);
        let (head, _) = later.rsplit_once(' ').unwrap();
        let mut bytes = STANDARD.decode(later.trim().rsplit_once(' ').unwrap().1).unwrap();
        bytes[11] ^= 1;
        let moved = format!("{TEXT}\n{head} {}\n", STANDARD.encode(bytes));
        assert_eq!(Note::parse(&moved).unwrap().signed_by(witness.verifier()), None);
        for no_note in ["", "text\n", "text\n\n", "text\n\nno signature\n", "a\n\n\u{2014} b !\n"] {
            assert_eq!(Note::parse(no_note), None, "{no_note}");
        }
    }

    #[test]
    fn verifiers_are_parsed_or_refused() {
        let folder = tempfile::tempdir().unwrap();
        let text = signer(&folder, "log", NoteKind::Log).verifier().text();
        assert!(NoteVerifier::parse(&format!("{text}\n")).is_some());
        for wrong in ["", "a", "a+b", "a+00000000+AAAA", &text.replace("clinic", "klinik")] {
            assert_eq!(NoteVerifier::parse(wrong), None, "{wrong}");
        }
    }
}
