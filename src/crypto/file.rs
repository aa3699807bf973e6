//! What a conversation's key does for files: it seals their pieces, and what is known of them.
//!
//! Invariant: a piece opens in its conversation, file and variant, at its number, and as the last one only if it was sealed as
//! the last: pieces that were swapped, left out, cut off or moved to another file do not open.

use super::conversation::{ConversationKey, Written, first_that_opens};
use super::vault::NotOpened;
use std::io;
use uuid::Uuid;

const ATTACHED: &str = "sealed_files";

/// Which piece of which file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// The file.
    pub file: Uuid,
    /// Which of its contents: a word.
    pub variant: &'static str,
    /// From 0.
    pub number: u32,
    /// Whether no other comes after it.
    pub is_last: bool,
}

impl ConversationKey {
    /// Seals a piece of a file.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn seal_piece(&self, piece: Piece, plain: &[u8]) -> io::Result<Vec<u8>> {
        let [place, _] = self.at(piece);
        self.files.seal_bytes(&place, plain)
    }

    /// A piece of a file.
    ///
    /// # Errors
    /// When it was not sealed as this piece by this key.
    pub fn open_piece(&self, piece: Piece, sealed: &[u8]) -> Result<Vec<u8>, NotOpened> {
        first_that_opens(self.at(piece), |it| self.files.open_bytes(it, sealed))
    }

    /// Seals what is known of a file.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn seal_facts(&self, file: Uuid, text: &str) -> io::Result<String> {
        let [place, _] = self.facts(file);
        self.files.seal(&place, text.as_bytes())
    }

    /// What is known of a file.
    ///
    /// # Errors
    /// When it was not sealed for this file by this key.
    pub fn open_facts(&self, file: Uuid, sealed: &str) -> Result<Vec<u8>, NotOpened> {
        first_that_opens(self.facts(file), |it| self.files.open(it, sealed))
    }

    /// Seals what was sent with a message.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn seal_attached(&self, written: Written, text: &str) -> io::Result<String> {
        self.files.seal(&self.of_message(ATTACHED, written), text.as_bytes())
    }

    /// What was sent with a message.
    ///
    /// # Errors
    /// When it was not sealed for this message, as this line wrote it, by this key.
    pub fn open_attached(&self, written: Written, sealed: &str) -> Result<Vec<u8>, NotOpened> {
        self.open_written(&self.files, ATTACHED, written, sealed)
    }

    fn facts(&self, file: Uuid) -> [String; 2] {
        self.places("files", "sealed_facts", &self.within(file))
    }

    fn at(&self, piece: Piece) -> [String; 2] {
        let end = if piece.is_last { "last" } else { "more" };
        let row = format!("{}/{}/{}/{end}", self.within(piece.file), piece.variant, piece.number);
        self.places("files", "piece", &row)
    }
}

#[cfg(test)]
mod tests {
    use super::super::place::Tenant;
    use super::super::vault::KEY_BYTES;
    use super::*;

    fn key(conversation: u128, seed: u8) -> ConversationKey {
        of_house(conversation, seed, 30)
    }

    fn of_house(conversation: u128, seed: u8, house: u128) -> ConversationKey {
        let tenant = Tenant::of(Uuid::from_u128(house));
        ConversationKey::new(Uuid::from_u128(conversation), tenant, &[seed; KEY_BYTES]).unwrap()
    }

    fn piece(file: u128, number: u32, is_last: bool) -> Piece {
        Piece { file: Uuid::from_u128(file), variant: "original", number, is_last }
    }

    #[test]
    fn a_piece_opens_in_its_place_only() {
        let here = key(1, 7);
        let sealed = here.seal_piece(piece(5, 3, false), b"a shadow").unwrap();
        assert_eq!(here.open_piece(piece(5, 3, false), &sealed).unwrap(), b"a shadow");
        for (name, at) in [
            ("reordered", piece(5, 2, false)),
            ("cut off", piece(5, 3, true)),
            ("of another file", piece(6, 3, false)),
            ("of another variant", Piece { variant: "preview", ..piece(5, 3, false) }),
        ] {
            assert_eq!(here.open_piece(at, &sealed), Err(NotOpened::Damaged), "{name}");
        }
        let elsewhere = key(2, 7).open_piece(piece(5, 3, false), &sealed);
        assert_eq!(elsewhere, Err(NotOpened::Damaged), "of another conversation");
        let elsewhere = of_house(1, 7, 31).open_piece(piece(5, 3, false), &sealed);
        assert_eq!(elsewhere, Err(NotOpened::Damaged), "of another organisation");
        let [_, before] = here.at(piece(5, 3, false));
        let sealed = here.files.seal_bytes(&before, b"a shadow").unwrap();
        assert_eq!(here.open_piece(piece(5, 3, false), &sealed).unwrap(), b"a shadow", "of before");
        let other = key(1, 8).open_piece(piece(5, 3, false), &sealed);
        assert_eq!(other, Err(NotOpened::UnknownKey));
        for n in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[n] ^= 1;
            assert!(here.open_piece(piece(5, 3, false), &changed).is_err(), "{n}");
            assert!(here.open_piece(piece(5, 3, false), &sealed[..n]).is_err(), "{n}");
        }
    }

    #[test]
    fn facts_and_what_is_attached_are_not_each_other() {
        let (here, id) = (key(1, 7), Uuid::from_u128(5));
        let sealed = here.seal_facts(id, "name").unwrap();
        assert_eq!(here.open_facts(id, &sealed).unwrap(), b"name");
        let written = Written { message: id, line: 3, by: Uuid::from_u128(20) };
        assert!(here.open_attached(written, &sealed).is_err());
        assert!(here.open_body(written, &sealed).is_err());
        let attached = here.seal_attached(written, "card").unwrap();
        assert_eq!(here.open_attached(written, &attached).unwrap(), b"card");
        assert!(here.open_attached(Written { line: 4, ..written }, &attached).is_err());
    }
}
