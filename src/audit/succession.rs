//! Keys of a log that follow each other: who signed it, up to which entry, and who after that.
//!
//! Owns: the statement by which a key hands the log on, and what is believed of such statements. A statement is a note with both signatures:
//! the old key names its successor and the log as it was then, and the new key shows that it exists. Invariants: who trusts one key trusts
//! those that follow from it, and no others; a key is believed for the entries of its own time only, so whoever finds an old one
//! later can sign nothing that is new; two successors of one key are none.
//! Does not: keep keys (`rotation`).

use super::checkpoint::{Checkpoint, NotOwn};
use crate::crypto::{Note, NoteSigner, NoteVerifier};
use crate::domain::merkle::proof::Head;

/// What a statement begins with. No log has a name with blanks, so it is never a checkpoint.
const TITLE: &str = "bedside audit key rotation v1";

/// A key hands a log on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The log as it was then: all that the old key has signed.
    pub last: Checkpoint,
    /// The key that signed until then.
    pub old: NoteVerifier,
    /// The key that signs from then on.
    pub new: NoteVerifier,
}

impl Statement {
    fn text(&self) -> String {
        let (old, new) = (self.old.text(), self.new.text());
        format!("{TITLE}\n{}{old}\n{new}\n", self.last.text())
    }

    /// The note, with the signatures of both.
    pub fn signed(last: Head, old: &NoteSigner, new: &NoteSigner) -> String {
        let origin = old.verifier().name().to_owned();
        let it = Statement {
            last: Checkpoint { origin, head: last },
            old: old.verifier().clone(),
            new: new.verifier().clone(),
        };
        let text = it.text();
        format!("{text}\n{}{}", old.sign(&text, 0), new.sign(&text, 0))
    }

    /// From a note that both have signed, about a log that bears the name of both.
    pub fn opened(note: &str) -> Option<Self> {
        let note = Note::parse(note)?;
        let body = note.text().strip_prefix(TITLE)?.strip_prefix('\n')?;
        let lines: Vec<&str> = body.lines().collect();
        let [_, _, _, old, new] = *lines else { return None };
        let (old, new) = (NoteVerifier::parse(old)?, NoteVerifier::parse(new)?);
        let it = Statement { last: Checkpoint::parse(body)?, old, new };
        let names = [it.old.name(), it.new.name()];
        let is_one = names.iter().all(|name| *name == it.last.origin) && it.old != it.new;
        let is_signed = note.signed_by(&it.old).is_some() && note.signed_by(&it.new).is_some();
        // There is one text of each statement.
        (is_one && is_signed && it.text() == note.text()).then_some(it)
    }
}

/// Why statements lead nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Forged {
    /// It is none, or one of the two has not signed it.
    #[error("a statement of rotated keys is not signed by both keys")]
    NotSigned,
    /// It does not follow from the key before it: another one signed, or one key has two successors.
    #[error("a statement of rotated keys does not follow from the key before it")]
    Stray,
    /// It is about fewer entries than the one before it.
    #[error("a statement of rotated keys goes back behind the one before it")]
    Backwards,
}

/// A key and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reign {
    /// Who.
    pub key: NoteVerifier,
    /// The smallest log that it signs.
    pub from: u64,
    /// The largest; `None` while it signs.
    pub until: Option<u64>,
}

impl std::fmt::Display for Reign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Reign { key, from, until } = self;
        write!(f, "key {} from {from} entries on", key.id_text())?;
        until.map_or(Ok(()), |it| write!(f, ", until {it}"))
    }
}

impl Reign {
    fn covers(&self, size: u64) -> bool {
        self.from <= size && self.until.is_none_or(|it| size <= it)
    }
}

/// The keys of a log from one that is trusted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    reigns: Vec<Reign>,
    statements: Vec<Checkpoint>,
    notes: Vec<String>,
}

impl From<NoteVerifier> for Keys {
    fn from(key: NoteVerifier) -> Self {
        Keys::only(key)
    }
}

impl Keys {
    /// One key that was never rotated.
    pub fn only(key: NoteVerifier) -> Self {
        Keys {
            reigns: vec![Reign { key, from: 0, until: None }],
            statements: vec![],
            notes: vec![],
        }
    }

    /// From a key on, by statements in their order. Those before its time are passed over, but lead to it as all lead to the next.
    ///
    /// # Errors
    /// [`Forged`]: then nothing that a statement says is believed.
    pub fn follow<'a>(
        trusted: &NoteVerifier,
        statements: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, Forged> {
        let opened = |it: &'a str| Some((Statement::opened(it)?, it));
        let opened: Option<Vec<_>> = statements.into_iter().map(opened).collect();
        let all = opened.ok_or(Forged::NotSigned)?;
        let first = all.first().map_or(trusted, |it| &it.0.old);
        let mut keys = Keys::only(first.clone());
        for (it, note) in all {
            keys.hand_on(it, note)?;
        }
        let at = keys.reigns.iter().position(|it| it.key == *trusted).ok_or(Forged::Stray)?;
        keys.reigns.drain(..at);
        keys.statements.drain(..at);
        keys.notes.drain(..at);
        Ok(keys)
    }

    /// One more.
    ///
    /// # Errors
    /// [`Forged`]; then they are as before.
    pub fn handed_on_by(&self, note: &str) -> Result<Self, Forged> {
        let mut keys = self.clone();
        keys.hand_on(Statement::opened(note).ok_or(Forged::NotSigned)?, note)?;
        Ok(keys)
    }

    fn hand_on(&mut self, it: Statement, note: &str) -> Result<(), Forged> {
        let is_new = self.reigns.iter().all(|known| known.key != it.new);
        let Some(reign) = self.reigns.last_mut().filter(|last| last.key == it.old && is_new) else {
            return Err(Forged::Stray);
        };
        let size = it.last.head.size;
        if size < reign.from {
            return Err(Forged::Backwards);
        }
        reign.until = Some(size);
        self.reigns.push(Reign { key: it.new, from: size, until: None });
        self.statements.push(it.last);
        self.notes.push(note.to_owned());
        Ok(())
    }

    /// Each with its time, the first that is trusted first.
    pub fn reigns(&self) -> &[Reign] {
        &self.reigns
    }

    /// What keys said of the log when they handed it on.
    pub fn handed_on(&self) -> &[Checkpoint] {
        &self.statements
    }

    /// The statements themselves, a note as JSON text a line; those about a log of at most so many entries. A checkpoint that is older than
    /// a statement beside it would look as if the log had been cut off.
    pub fn lines_until(&self, size: u64) -> String {
        let line = |it: &String| serde_json::to_string(it).map(|it| it + "\n").unwrap_or_default();
        let all = self.statements.iter().zip(&self.notes);
        all.filter(|(it, _)| it.head.size <= size).map(|(_, note)| line(note)).collect()
    }

    /// The one that signs now.
    pub fn current(&self) -> Option<&NoteVerifier> {
        self.reigns.last().map(|it| &it.key)
    }

    /// The name of the log.
    pub fn name(&self) -> &str {
        self.reigns.first().map_or("", |it| it.key.name())
    }

    /// From a note that one of them signed in its time.
    pub fn opened(&self, note: &str) -> Option<Checkpoint> {
        self.opened_by(note).map(|it| it.1)
    }

    /// The same, with whose signature it was; where a log is handed on without growing, that of the newer.
    pub fn opened_by(&self, note: &str) -> Option<(&NoteVerifier, Checkpoint)> {
        self.reigns.iter().rev().find_map(|it| {
            let opened = Checkpoint::opened(note, &it.key)?;
            it.covers(opened.head.size).then_some((&it.key, opened))
        })
    }

    /// From a note of the log whose keys these are.
    ///
    /// # Errors
    /// [`NotOwn`].
    pub fn own(&self, note: &str) -> Result<Checkpoint, NotOwn> {
        if let Some(it) = self.opened(note) {
            return Ok(it);
        }
        let parsed = Note::parse(note).ok_or(NotOwn::Forged)?;
        let is_named = self.reigns.iter().any(|it| parsed.names(&it.key));
        Err(if is_named { NotOwn::Forged } else { NotOwn::AnotherKey })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::NoteKind;

    fn key(folder: &tempfile::TempDir, file: &str) -> NoteSigner {
        let path = folder.path().join(file);
        NoteSigner::open(&path, "clinic.example/audit", NoteKind::Log).unwrap()
    }

    fn head(size: u64) -> Head {
        Head { size, root: [7; 32] }
    }

    #[test]
    fn whoever_trusts_the_first_key_trusts_the_last() {
        let folder = tempfile::tempdir().unwrap();
        let [a, b, c] = ["a", "b", "c"].map(|it| key(&folder, it));
        let notes = [Statement::signed(head(10), &a, &b), Statement::signed(head(20), &b, &c)];
        let all = || notes.iter().map(String::as_str);
        let keys = Keys::follow(a.verifier(), all()).unwrap();
        let of = |it: &Reign| (it.from, it.until);
        let times: Vec<_> = keys.reigns().iter().map(of).collect();
        assert_eq!(times, [(0, Some(10)), (10, Some(20)), (20, None)]);
        assert_eq!(keys.handed_on().len(), 2);
        // Each for its own time: an old key that was stolen signs nothing that is new, and a new one nothing that is old.
        for (signer, size, is_good) in [
            (&a, 0, true),
            (&a, 10, true),
            (&a, 11, false),
            (&b, 9, false),
            (&b, 10, true),
            (&b, 20, true),
            (&b, 21, false),
            (&c, 19, false),
            (&c, 1_000, true),
        ] {
            let note = Checkpoint::signed(head(size), signer);
            assert_eq!(keys.opened(&note).is_some(), is_good, "{size}");
            assert_eq!(keys.own(&note).err(), (!is_good).then_some(NotOwn::Forged));
        }
        // Statements about what a checkpoint does not cover yet are no use beside it.
        for (size, known) in [(9, 0), (10, 1), (19, 1), (20, 2)] {
            assert_eq!(keys.lines_until(size).lines().count(), known, "{size}");
        }
        // Who came later trusts from there on.
        let later = Keys::follow(b.verifier(), all()).unwrap();
        let times: Vec<_> = later.reigns().iter().map(of).collect();
        assert_eq!(times, [(10, Some(20)), (20, None)]);
        let last = Keys::follow(c.verifier(), all()).unwrap();
        assert_eq!(last.reigns().iter().map(of).collect::<Vec<_>>(), [(20, None)]);
        let stranger = Checkpoint::signed(head(5), &key(&folder, "x"));
        assert_eq!(keys.own(&stranger), Err(NotOwn::AnotherKey));
        assert_eq!(Keys::follow(key(&folder, "x").verifier(), all()), Err(Forged::Stray));
    }

    #[test]
    fn a_successor_whom_the_key_before_has_not_named_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let [a, b, thief, x] = ["a", "b", "thief", "x"].map(|it| key(&folder, it));
        let by_x = Statement::signed(head(5), &x, &thief);
        let follow = |notes: &[&str]| Keys::follow(a.verifier(), notes.iter().copied());
        let good = Statement::signed(head(10), &a, &b);
        assert!(follow(&[&good]).is_ok());
        // Signed by the successor alone, and with a signature of somebody else under it.
        let (text, lines) = good.rsplit_once("\n\n").unwrap();
        let [of_a, of_b] = *lines.lines().collect::<Vec<_>>() else { panic!("two") };
        for signatures in [format!("{of_b}\n"), format!("{of_a}\n"), thief.sign(text, 0)] {
            assert_eq!(follow(&[&format!("{text}\n\n{signatures}")]), Err(Forged::NotSigned));
        }
        // Another key, another size, another root in what was signed.
        let others = [
            good.replace(&b.verifier().text(), &thief.verifier().text()),
            good.replacen("\n10\n", "\n11\n", 1),
            good.replacen("BwcH", "CAgI", 1),
        ];
        for other in &others {
            assert_ne!(other, &good);
            assert_eq!(follow(&[other]), Err(Forged::NotSigned));
        }
        // By a key that was never the log's, by one that has handed it on already, and back behind what was handed on.
        let by_thief = Statement::signed(head(10), &thief, &b);
        assert_eq!(follow(&[&by_thief]), Err(Forged::Stray));
        let twice = Statement::signed(head(12), &a, &thief);
        assert_eq!(follow(&[&good, &twice]), Err(Forged::Stray));
        let back = Statement::signed(head(9), &b, &thief);
        assert_eq!(follow(&[&good, &back]), Err(Forged::Backwards));
        let round = Statement::signed(head(12), &b, &a);
        assert_eq!(follow(&[&good, &round]), Err(Forged::Stray));
        // What is passed over leads to the key that is trusted: no statement is left out, and none stands beside it.
        let later = Statement::signed(head(20), &b, &thief);
        for passed in [vec![&*by_x, &*good], vec![&*by_x, &*later], vec![&*good, &*good]] {
            let all = passed.into_iter().chain([&*later]);
            assert_eq!(Keys::follow(b.verifier(), all), Err(Forged::Stray));
        }
        // A log of another name.
        let path = folder.path().join("other");
        let other = NoteSigner::open(&path, "another.example/audit", NoteKind::Log).unwrap();
        assert_eq!(follow(&[&Statement::signed(head(10), &a, &other)]), Err(Forged::NotSigned));
    }

    #[test]
    fn a_statement_is_no_checkpoint_and_a_checkpoint_no_statement() {
        let folder = tempfile::tempdir().unwrap();
        let [a, b] = ["a", "b"].map(|it| key(&folder, it));
        let statement = Statement::signed(head(10), &a, &b);
        assert_eq!(Checkpoint::opened(&statement, a.verifier()), None);
        assert_eq!(Statement::opened(&Checkpoint::signed(head(10), &a)), None);
    }
}
