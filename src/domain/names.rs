//! What somebody, or an organisation, may be called.
//!
//! Invariant: whoever reads a name sees all of it, in the order in which it was written: no controls, no line breaks, no overrides of
//! direction, nothing that cannot be seen; and there is a letter or a digit in it.

use super::conversation::body::{is_refused, is_tag};

/// Longest name, in characters.
pub const MAX_NAME_CHARS: usize = 120;
/// What is said of one that cannot be.
pub const NOT_A_NAME: &str = "1 to 120 characters that can be seen.";

/// A name without the blanks around it; nothing when it is none.
pub fn checked(text: &str) -> Option<&str> {
    let name = text.trim();
    let is_one = !name.is_empty() && name.chars().count() <= MAX_NAME_CHARS;
    let hides = |it: char| matches!(it, '\n' | '\t') || is_refused(it) || is_tag(it);
    (is_one && !name.chars().any(hides) && name.chars().any(char::is_alphanumeric)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("Ana Fictional", Some("Ana Fictional"))]
    #[case("  Dr. B.\u{A0}", Some("Dr. B."))]
    #[case("José Ficticio-Nuñez", Some("José Ficticio-Nuñez"))]
    #[case("علي الخيالي", Some("علي الخيالي"))]
    #[case("", None)]
    #[case(" \t ", None)]
    #[case("Ana\nFictional", None)]
    #[case("Ana\tFictional", None)]
    #[case("Ana\u{0}", None)]
    #[case("Ana\u{202E}lanoitciF", None)]
    #[case("A\u{200B}na", None)]
    #[case("\u{FEFF}", None)]
    #[case("Ana\u{E0041}\u{E0042}", None)]
    #[case("\u{200D}\u{FE0F}", None)]
    #[case("\u{AD}", None)]
    #[case("\u{2800}", None)]
    #[case("...", None)]
    #[case("नमस्ते\u{200D}", Some("नमस्ते\u{200D}"))]
    fn a_name_is_what_is_seen(#[case] text: &str, #[case] name: Option<&str>) {
        assert_eq!(checked(text), name);
    }

    #[test]
    fn a_name_has_an_end() {
        let longest = "ü".repeat(MAX_NAME_CHARS);
        assert_eq!(checked(&longest), Some(&*longest));
        assert_eq!(checked(&format!("{longest}ü")), None);
    }
}
