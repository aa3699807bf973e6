//! Words of a text as they are looked for: split by the rules of Unicode (UAX 29), without case and without accents.
//!
//! Owns: what counts as the same word. Invariant: pure; changing it makes what was written before harder to find.
//! Does not: know a language. There is no stemming but by beginnings: `tablet` finds `tablets`.

use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

/// Letters of the shortest beginning by which a longer word is found.
const SHORTEST: usize = 3;
/// Letters beyond which words are taken for the same.
const LONGEST: usize = 12;

/// The words of a text, in its order.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> {
    let plain: String = text.nfkd().filter(|it| !is_accent(*it)).nfc().collect();
    let split: Vec<_> = plain.unicode_words().map(fold).collect();
    split.into_iter()
}

/// Accents of Latin, Greek and Cyrillic letters. Signs of other scripts are letters of their own.
fn is_accent(letter: char) -> bool {
    ('\u{0300}'..='\u{036f}').contains(&letter)
}

/// Upper case first, so that `ß` and `ss`, `ς` and `σ` are the same.
fn fold(word: &str) -> String {
    word.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// What a word is found by: its beginnings of 3 to 12 letters; a shorter word by itself.
pub(super) fn beginnings(word: &str) -> impl Iterator<Item = &str> {
    let ends = word.char_indices().map(|(at, letter)| at.saturating_add(letter.len_utf8()));
    let ends: Vec<_> = ends.take(LONGEST).collect();
    let first = ends.len().min(SHORTEST).saturating_sub(1);
    ends.into_iter().skip(first).filter_map(|end| word.get(..end))
}

/// The one by which a word is looked for.
pub(super) fn longest_beginning(word: &str) -> &str {
    beginnings(word).last().unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        words(text).collect()
    }

    #[test]
    fn words_are_split_and_folded() {
        for (text, expected) in [
            ("Take 2 tablets, twice a day!", vec!["take", "2", "tablets", "twice", "a", "day"]),
            ("Straße STRASSE", vec!["strasse", "strasse"]),
            ("Crème brûlée, cafe\u{301}", vec!["creme", "brulee", "cafe"]),
            ("ΟΔΟΣ οδός", vec!["οδοσ", "οδοσ"]),
            ("ﬁne ２５ mg", vec!["fine", "25", "mg"]),
            ("頭痛", vec!["頭", "痛"]),
            ("두통이 있어요", vec!["두통이", "있어요"]),
            ("a\tb\nc", vec!["a", "b", "c"]),
            ("… — 👍", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(all(text), expected, "{text}");
        }
    }

    #[test]
    fn beginnings_have_three_to_twelve_letters() {
        let of = |word| beginnings(word).collect::<Vec<_>>();
        assert_eq!(of("a"), ["a"]);
        assert_eq!(of("mg"), ["mg"]);
        assert_eq!(of("day"), ["day"]);
        assert_eq!(of("dizzy"), ["diz", "dizz", "dizzy"]);
        assert_eq!(of("émeraude").first(), Some(&"éme"));
        assert_eq!(of("electrocardiogram").len(), 10);
        assert_eq!(longest_beginning("electrocardiogram"), "electrocardi");
        assert_eq!(longest_beginning("mg"), "mg");
        assert!(of("").is_empty());
    }
}
