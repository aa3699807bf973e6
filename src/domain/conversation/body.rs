//! What the text of a message may be.
//!
//! Owns: the bounds and the characters. Invariant: whoever reads a message sees all of it, in the order in which it was
//! written: no controls but line breaks and tabs, no overrides of direction, nothing that cannot be seen. The joiners that
//! scripts and emoji need, and the marks that only say which way a neighbour goes, may stand.

use super::Refusal;
use crate::protocol::conversation::MAX_BODY_BYTES;

/// Begins a flag that is written with tags, such as Scotland's.
const BLACK_FLAG: char = '\u{1F3F4}';

/// Checks a text.
///
/// # Errors
/// [`Refusal::TooLong`], [`Refusal::Empty`], [`Refusal::Invisible`].
pub fn check(text: &str) -> Result<(), Refusal> {
    if text.len() > MAX_BODY_BYTES {
        return Err(Refusal::TooLong);
    }
    let mut is_flag = false;
    for it in text.chars() {
        let is_tag = is_tag(it);
        if is_refused(it) || is_tag && !is_flag {
            return Err(Refusal::Invisible);
        }
        is_flag = it == BLACK_FLAG || is_flag && is_tag;
    }
    if text.chars().all(char::is_whitespace) { Err(Refusal::Empty) } else { Ok(()) }
}

pub(in crate::domain) const fn is_tag(it: char) -> bool {
    matches!(it, '\u{E0000}'..='\u{E007F}')
}

pub(in crate::domain) fn is_refused(it: char) -> bool {
    match it {
        '\n' | '\t' => false,
        // Embeddings, overrides and isolates of direction.
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => true,
        // Separators that no font shows, invisible operators, deprecated controls.
        '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2065}' | '\u{206A}'..='\u{206F}' => true,
        // A space without width, a byte order mark, annotations between lines, a separator of one script.
        '\u{200B}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{180E}' => true,
        // Beats and slurs of musical notation, and of shorthand.
        '\u{1D173}'..='\u{1D17A}' | '\u{1BCA0}'..='\u{1BCA3}' => true,
        _ => it.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("Good morning")]
    #[case("two\nlines\tand a tab")]
    #[case("👩\u{200D}⚕\u{FE0F} 👍🏽")]
    #[case("🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}")]
    #[case("می\u{200C}خواهم")]
    #[case("שלום\u{200F} (a)")]
    #[case("e\u{301} – “quoted” 37,5 °C")]
    fn people_write_like_this(#[case] text: &str) {
        assert_eq!(check(text), Ok(()));
    }

    #[rstest]
    #[case("", Refusal::Empty)]
    #[case(" \n\t\u{3000}", Refusal::Empty)]
    #[case("a\0b", Refusal::Invisible)]
    #[case("a\rb", Refusal::Invisible)]
    #[case("a\u{7f}", Refusal::Invisible)]
    #[case("a\u{85}", Refusal::Invisible)]
    #[case("a\u{1b}[2J", Refusal::Invisible)]
    #[case("take 5\u{202E}01 mg", Refusal::Invisible)]
    #[case("a\u{2066}b\u{2069}", Refusal::Invisible)]
    #[case("a\u{200B}b", Refusal::Invisible)]
    #[case("\u{FEFF}a", Refusal::Invisible)]
    #[case("a\u{E0041}", Refusal::Invisible)]
    #[case("a\u{2028}b", Refusal::Invisible)]
    fn these_are_refused(#[case] text: &str, #[case] why: Refusal) {
        assert_eq!(check(text), Err(why));
    }

    #[test]
    fn the_bound_is_of_bytes() {
        assert_eq!(check(&"a".repeat(MAX_BODY_BYTES)), Ok(()));
        assert_eq!(check(&"a".repeat(MAX_BODY_BYTES + 1)), Err(Refusal::TooLong));
        assert_eq!(check(&"é".repeat(MAX_BODY_BYTES / 2 + 1)), Err(Refusal::TooLong));
    }

    proptest! {
        #[test]
        fn what_passes_has_no_controls(text in any::<String>()) {
            if check(&text).is_ok() {
                let is_plain = |it: char| !it.is_control() || it == '\n' || it == '\t';
                prop_assert!(text.chars().all(is_plain));
                let turns = |it| matches!(it, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
                let is_turned = text.contains(turns);
                prop_assert!(!is_turned);
            }
        }
    }
}
