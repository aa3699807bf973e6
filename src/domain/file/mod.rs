//! Files: what a name may be, and what is said of one when it is fetched.
//!
//! Owns: the cleaning of names ([`clean`]), the header by which a browser saves a file ([`disposition`]), how long a file may be
//! on its way. Invariant: pure. Does not: look into files (`crate::files`).

use super::conversation::body::is_refused;
use crate::protocol::file::MAX_NAME_BYTES;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::time::Duration;
use unicode_normalization::UnicodeNormalization as _;

/// How long a file may be on its way before it is sent. A day lets somebody go on in the evening with what they began
/// in the train.
pub const ATTACH_WITHIN: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a link is good: long enough for a browser to begin, too short to be passed on.
pub const LINK_WITHIN: Duration = Duration::from_secs(60);
/// Files of one person that are not sent yet.
pub const MAX_OPEN: u32 = 20;
/// Bytes of those: five of the largest, or dozens of photos. It leaves most of a conversation to the others in it, whatever one of them
/// begins and does not send.
pub const MAX_OPEN_BYTES: u64 = 128 * 1024 * 1024;
/// Bytes of all files of one conversation: twenty of the largest, or hundreds of photos.
pub const MAX_CONVERSATION_BYTES: u64 = 512 * 1024 * 1024;
/// Waits between looks at a file that came to nothing: the first …
const FIRST_WAIT: Duration = Duration::from_secs(5);
/// … doubled each time, and the longest.
const LONGEST_WAIT: Duration = Duration::from_secs(10 * 60);

/// What may stand in an extended value of a header (RFC 8187, `attr-char`).
const EXTENDED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// A name without what is none of it: folders, controls, what turns text around or cannot be seen, what file systems refuse.
/// Nothing when it is longer than a name may be.
pub fn clean(name: &str) -> Option<String> {
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        return None;
    }
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let seen = last.nfc().filter(|it| !is_refused(*it) && !it.is_control() && !is_tag(*it));
    let safe = seen.map(|it| if r#"<>:"|?*"#.contains(it) { '_' } else { it });
    let safe: String = safe.collect();
    let words: Vec<_> = safe.split_whitespace().collect();
    let name = words.join(" ");
    let name = name.trim_matches(['.', ' ']);
    let name = if name.is_empty() { "file" } else { name };
    // Composed letters may have become longer.
    (name.len() <= MAX_NAME_BYTES).then(|| name.to_owned())
}

const fn is_tag(it: char) -> bool {
    matches!(it, '\u{E0000}'..='\u{E007F}')
}

/// How a browser takes what it fetches (RFC 6266), with the name in both ways of writing (RFC 8187).
pub fn disposition(name: &str, is_shown: bool) -> String {
    let how = if is_shown { "inline" } else { "attachment" };
    let is_plain = |it: char| it.is_ascii_graphic() && !matches!(it, '"' | '\\' | '%') || it == ' ';
    let plain: String = name.chars().map(|it| if is_plain(it) { it } else { '_' }).collect();
    format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{}", utf8_percent_encode(name, EXTENDED))
}

/// How long to wait after so many looks in a row that came to nothing.
pub fn wait_after(attempts: u32) -> Duration {
    FIRST_WAIT.saturating_mul(1 << attempts.min(16)).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("left arm.jpg", "left arm.jpg")]
    #[case("C:\\Users\\pat\\report.pdf", "report.pdf")]
    #[case("../../etc/passwd", "passwd")]
    #[case("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie_ x=1.txt")]
    #[case("invoice\u{202E}fdp.exe", "invoicefdp.exe")]
    #[case("  two   words .txt ", "two words .txt")]
    #[case("Gru\u{308}\u{df}e.txt", "Gr\u{fc}\u{df}e.txt")]
    #[case("...", "file")]
    #[case("\u{200B}", "file")]
    #[case("a/", "file")]
    fn names_are_cleaned(#[case] name: &str, #[case] expected: &str) {
        assert_eq!(clean(name).as_deref(), Some(expected));
    }

    #[test]
    fn a_name_has_a_length() {
        assert_eq!(clean(""), None);
        assert_eq!(clean(&"a".repeat(256)), None);
        assert!(clean(&"a".repeat(255)).is_some());
    }

    #[test]
    fn a_header_says_the_name_in_both_ways() {
        assert_eq!(
            disposition("Gr\u{fc}\u{df}e \"1\".txt", false),
            "attachment; filename=\"Gr__e _1_.txt\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22.txt"
        );
        assert!(disposition("a.jpg", true).starts_with("inline; filename=\"a.jpg\""));
    }

    #[test]
    fn waits_grow_and_end() {
        assert_eq!(wait_after(0), Duration::from_secs(5));
        assert_eq!(wait_after(3), Duration::from_secs(40));
        assert_eq!(wait_after(u32::MAX), LONGEST_WAIT);
    }

    proptest! {
        #[test]
        fn no_name_leaves_a_header(name in any::<String>()) {
            if let Some(clean) = clean(&name) {
                let header = disposition(&clean, false);
                prop_assert!(header.bytes().all(|it| (0x20..0x7f).contains(&it)));
                prop_assert_eq!(header.matches('"').count(), 2);
                let again = super::clean(&clean);
                prop_assert_eq!(again.as_deref(), Some(clean.as_str()));
            }
        }
    }
}
