//! What a region may be called.
//!
//! Invariant: a [`Region`] is a name that was looked at: there is no other way to one. Does not: know which regions there are.

use std::fmt;

/// Letters of a name: it stands in settings, in logs and in a column.
const MAX_CHARS: usize = 32;

/// The name of a region, such as `eu-west`: a deployment, and where people's data live.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region(String);

impl Region {
    /// The region of that name: 1 to 32 of `a-z`, `0-9` and `-`, beginning with a letter.
    pub fn parse(text: &str) -> Option<Self> {
        let is_one = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
        let begins = text.starts_with(|it: char| it.is_ascii_lowercase());
        let is_name = begins && text.len() <= MAX_CHARS && text.chars().all(is_one);
        is_name.then(|| Region(text.to_owned()))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_begins_with_a_letter_and_is_short() {
        for good in ["eu-west", "a", "us-east-1", &"x".repeat(32)] {
            assert_eq!(Region::parse(good).map(|it| it.to_string()).as_deref(), Some(good));
        }
        for bad in ["", "1-eu", "-eu", "EU", "eu west", "eu_west", "eü", &"x".repeat(33)] {
            assert_eq!(Region::parse(bad), None, "{bad}");
        }
    }
}
