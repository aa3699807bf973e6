//! What one conversation's key does: it seals the bodies of its messages, and blinds the words that they are found by.
//!
//! Owns: the subkeys (HKDF-SHA-256, RFC 5869) for sealing, for searching and for the key's own id, the place of a body.
//! Invariants: a body opens at its message in its conversation only, as the line of the log wrote it that changed it last: what it said before
//! does not open any more. The same word gives the same terms within one
//! conversation and others in every other one. A text never gives more than [`MAX_TERMS`] terms.
//! What the terms tell somebody who has the database is written down in docs/adr/0013.

use super::place::Tenant;
use super::vault::{KEY_BYTES, KEY_ID_LETTERS, NamedKey, NotOpened, hex};
use super::words::{beginnings, longest_beginning, words};
use crate::protocol::phi::Phi;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use aws_lc_rs::hmac;
use std::collections::BTreeSet;
use std::io;
use uuid::Uuid;

/// Terms of one message: 4 KiB of them. Beyond about a hundred different words the rest cannot be searched.
pub const MAX_TERMS: usize = 512;
/// Words of one search that are looked for.
pub const MAX_WORDS: usize = 8;
/// Bytes of a term, the beginning of an HMAC: two words of a conversation meet when it has some 2^32 (birthday bound), and then
/// a search finds one message too many.
const TERM_BYTES: usize = 8;

/// What a word is found by, blind.
pub type Term = [u8; TERM_BYTES];

const TABLE: &str = "messages";
const BODY: &str = "sealed_body";

/// What a message says is bound to the line of the log that wrote it, and to who did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Which message.
    pub message: Uuid,
    /// Number of the line that posted it, or changed it last.
    pub line: u32,
    /// Its author.
    pub by: Uuid,
}

/// The key of one conversation.
pub struct ConversationKey {
    conversation: Uuid,
    tenant: Tenant,
    bodies: NamedKey,
    pub(super) files: NamedKey,
    search: hmac::Key,
}

impl std::fmt::Debug for ConversationKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ConversationKey")
    }
}

impl ConversationKey {
    /// From the data key.
    pub(super) fn new(conversation: Uuid, tenant: Tenant, data: &[u8]) -> io::Result<Self> {
        if data.len() != KEY_BYTES {
            return Err(io::Error::other("a data key has 32 bytes"));
        }
        let prk = Salt::new(HKDF_SHA256, b"bedside conversation v1").extract(data);
        let id = hex(&subkey::<{ KEY_ID_LETTERS / 2 }>(&prk, b"key id")?);
        let bodies = NamedKey::new(id, &subkey::<KEY_BYTES>(&prk, b"bodies")?)?;
        let id = hex(&subkey::<{ KEY_ID_LETTERS / 2 }>(&prk, b"key id of files")?);
        let files = NamedKey::new(id, &subkey::<KEY_BYTES>(&prk, b"files")?)?;
        let search = hmac::Key::new(hmac::HMAC_SHA256, &subkey::<KEY_BYTES>(&prk, b"search")?);
        Ok(ConversationKey { conversation, tenant, bodies, files, search })
    }

    /// Seals a message's text.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn seal_body(&self, written: Written, text: &str) -> io::Result<String> {
        self.bodies.seal(&self.of_message(BODY, written), text.as_bytes())
    }

    /// The text of a message. [`NotOpened::UnknownKey`] when it was sealed by a key that this conversation had before,
    /// and that was destroyed.
    ///
    /// # Errors
    /// When it was not sealed for this message, as this line wrote it, by this key.
    pub fn open_body(&self, written: Written, sealed: &str) -> Result<Phi<String>, NotOpened> {
        let plain = self.open_written(&self.bodies, BODY, written, sealed)?;
        String::from_utf8(plain).map(Phi::new).map_err(|_| NotOpened::Damaged)
    }

    /// What a text is found by, each term once.
    pub fn terms_of(&self, text: &str) -> Vec<Term> {
        let mut seen = BTreeSet::new();
        for word in words(text) {
            for it in beginnings(&word) {
                if seen.len() == MAX_TERMS {
                    return self.blind(seen);
                }
                seen.insert(it.to_owned());
            }
        }
        self.blind(seen)
    }

    /// What to look for: a message with all of these has all the words, or words that begin with them. The first
    /// [`MAX_WORDS`] words count; there are no terms when there are no words.
    pub fn terms_to_find(&self, asked: &str) -> Vec<Term> {
        let asked = words(asked).take(MAX_WORDS);
        self.blind(asked.map(|it| longest_beginning(&it).to_owned()).collect())
    }

    /// Sorted by themselves, so that their order says nothing about the text.
    fn blind(&self, beginnings: BTreeSet<String>) -> Vec<Term> {
        let term = |it: String| {
            let tag = hmac::sign(&self.search, it.as_bytes());
            let mut term = [0; TERM_BYTES];
            term.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
            term
        };
        let mut terms: Vec<_> = beginnings.into_iter().map(term).collect();
        terms.sort_unstable();
        terms
    }

    /// The place of something of a message, as one line of the log wrote it.
    pub(super) fn of_message(&self, column: &str, written: Written) -> String {
        self.written_in(self.tenant, column, written)
    }

    fn written_in(&self, tenant: Tenant, column: &str, written: Written) -> String {
        let Written { message, line, by } = written;
        tenant.place(TABLE, column, &format!("{}/{line}/{by}", self.within(message)))
    }

    /// A program of before bound no organisation, and one before that neither line nor author. What they sealed opens, for ever: only of a
    /// message that the latter has never written is there nothing that could be put back in this way. The key itself is of one
    /// organisation.
    pub(super) fn open_written(
        &self,
        key: &NamedKey,
        column: &str,
        written: Written,
        sealed: &str,
    ) -> Result<Vec<u8>, NotOpened> {
        let before = Tenant::BEFORE;
        let places = [
            self.of_message(column, written),
            self.written_in(before, column, written),
            before.place(TABLE, column, &self.within(written.message)),
        ];
        first_that_opens(places, |it| key.open(it, sealed))
    }

    /// The place of something else of this conversation, and where a program of before put it.
    pub(super) fn places(&self, table: &str, column: &str, row: &str) -> [String; 2] {
        [self.tenant, Tenant::BEFORE].map(|it| it.place(table, column, row))
    }

    /// A row of this conversation.
    pub(super) fn within(&self, row: Uuid) -> String {
        format!("{}/{row}", self.conversation)
    }
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// What is sealed, opened at the first place where it belongs.
pub(super) fn first_that_opens<const N: usize>(
    places: [String; N],
    open: impl Fn(&str) -> Result<Vec<u8>, NotOpened>,
) -> Result<Vec<u8>, NotOpened> {
    let mut opened = Err(NotOpened::Damaged);
    for place in places {
        opened = open(&place);
        if opened != Err(NotOpened::Damaged) {
            break;
        }
    }
    opened
}

pub(super) fn subkey<const N: usize>(prk: &Prk, what: &[u8]) -> io::Result<[u8; N]> {
    let mut bytes = [0_u8; N];
    let derived = prk.expand(&[what], Length(N)).and_then(|it| it.fill(&mut bytes));
    derived.map_err(|_| io::Error::other("no subkey"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "The new tablets make me dizzy in the morning.";

    fn key(conversation: u128, seed: u8) -> ConversationKey {
        of_house(conversation, seed, 30)
    }

    fn of_house(conversation: u128, seed: u8, house: u128) -> ConversationKey {
        let tenant = Tenant::of(Uuid::from_u128(house));
        ConversationKey::new(Uuid::from_u128(conversation), tenant, &[seed; KEY_BYTES]).unwrap()
    }

    fn written(message: u128, line: u32) -> Written {
        Written { message: Uuid::from_u128(message), line, by: Uuid::from_u128(20) }
    }

    fn finds(key: &ConversationKey, text: &str, asked: &str) -> bool {
        let (of, wanted) = (key.terms_of(text), key.terms_to_find(asked));
        !wanted.is_empty() && wanted.iter().all(|it| of.contains(it))
    }

    #[test]
    fn a_body_opens_at_its_message_only() {
        let (here, message) = (key(1, 7), written(10, 3));
        let sealed = here.seal_body(message, TEXT).unwrap();
        assert_eq!(here.open_body(message, &sealed).unwrap().expose(), TEXT);
        assert!(!sealed.contains("tablets"));
        for (what, other) in [
            ("swapped", written(11, 3)),
            ("put back", written(10, 4)),
            ("somebody else's", Written { by: Uuid::from_u128(21), ..message }),
        ] {
            assert_eq!(here.open_body(other, &sealed), Err(NotOpened::Damaged), "{what}");
        }
        assert_eq!(key(2, 7).open_body(message, &sealed), Err(NotOpened::Damaged), "moved");
        let elsewhere = of_house(1, 7, 31).open_body(message, &sealed);
        assert_eq!(elsewhere, Err(NotOpened::Damaged), "of another organisation");
        assert_eq!(key(1, 8).open_body(message, &sealed), Err(NotOpened::UnknownKey), "wrong key");
        assert_ne!(here.seal_body(message, TEXT).unwrap(), sealed, "a nonce each");
    }

    #[test]
    fn what_a_program_of_before_sealed_opens() {
        let (here, message) = (key(1, 7), written(10, 3));
        for before in [
            Tenant::BEFORE.place(TABLE, BODY, &here.within(message.message)),
            here.written_in(Tenant::BEFORE, BODY, message),
        ] {
            let sealed = here.bodies.seal(&before, TEXT.as_bytes()).unwrap();
            assert_eq!(here.open_body(message, &sealed).unwrap().expose(), TEXT);
            assert_eq!(here.open_body(written(11, 3), &sealed), Err(NotOpened::Damaged));
        }
    }

    #[test]
    fn what_was_cut_off_or_changed_does_not_open() {
        let (here, message) = (key(1, 7), written(10, 3));
        let sealed = here.seal_body(message, TEXT).unwrap();
        for n in 0..sealed.len() {
            let cut = here.open_body(message, &sealed[..n]);
            assert!(cut.is_err(), "{n}");
            let mut changed = sealed.clone().into_bytes();
            changed[n] = if changed[n] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            // The last letter of base64url may carry bits that say nothing; those are refused, too.
            assert!(here.open_body(message, &changed).is_err(), "{n}");
        }
        let unknown = sealed.replacen(&sealed[..4], "0000", 1);
        assert_eq!(here.open_body(message, &unknown), Err(NotOpened::UnknownKey));
        for nonsense in ["", ".", "not sealed", "0123456789abcdef", "0123.AAAA"] {
            assert_eq!(here.open_body(message, nonsense), Err(NotOpened::Damaged), "{nonsense}");
        }
    }

    #[test]
    fn words_are_found_whole_and_by_their_beginnings() {
        let key = key(1, 7);
        for asked in ["tablets", "TAB", "dizz", "morning the", "me", "new, tablets!", "Tablets"] {
            assert!(finds(&key, TEXT, asked), "{asked}");
        }
        for asked in ["ablets", "tabletss", "ta", "evening", "tablets evening", "", "?!"] {
            assert!(!finds(&key, TEXT, asked), "{asked}");
        }
    }

    #[test]
    fn terms_are_the_same_here_and_others_elsewhere() {
        let here = key(1, 7);
        assert_eq!(here.terms_of(TEXT), here.terms_of(TEXT));
        assert_eq!(here.terms_of("morning dizzy"), here.terms_of("dizzy morning, dizzy"));
        let elsewhere = key(1, 8);
        let of: BTreeSet<_> = here.terms_of(TEXT).into_iter().collect();
        assert!(elsewhere.terms_of(TEXT).iter().all(|it| !of.contains(it)));
        assert!(of.len() > 1 && of.iter().all(|it| *it != [0; TERM_BYTES]));
    }

    #[test]
    fn a_text_has_a_bounded_number_of_terms() {
        let key = key(1, 7);
        let long: String = (0..2_000).map(|n| format!("word{n:04} ")).collect();
        assert_eq!(key.terms_of(&long).len(), MAX_TERMS);
        assert!(finds(&key, &long, "word0000") && !finds(&key, &long, "word1999"));
        assert_eq!(key.terms_to_find(&long).len(), MAX_WORDS);
    }

    #[test]
    fn a_data_key_has_32_bytes() {
        assert!(ConversationKey::new(Uuid::nil(), Tenant::BEFORE, &[7; 31]).is_err());
        assert!(ConversationKey::new(Uuid::nil(), Tenant::BEFORE, &[]).is_err());
    }
}
