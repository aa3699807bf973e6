//! How somebody stands to what they are asked to agree to.
//!
//! Owns: THE rule of consents, and which version of a text holds where. Invariant: the last that somebody said under the law that holds
//! where they are counts, and nothing else; what was agreed to in another version is not agreed to. Does not: keep the texts, or know who
//! asks.

use crate::protocol::record::{ConsentKind, ConsentState};
use crate::protocol::time::UnixMillis;
use std::collections::BTreeMap;

/// Which version of the texts holds where.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'a> {
    /// Where none is named.
    pub version: &'a str,
    /// Under a law: by ISO 3166-1 or 3166-2 code, such as `US-CA`.
    pub versions: &'a BTreeMap<String, String>,
}

/// Somebody agreed, or took it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said<'a> {
    /// To what.
    pub kind: ConsentKind,
    /// Under which law; empty where none is named.
    pub jurisdiction: &'a str,
    /// Version of the text.
    pub version: &'a str,
    /// Given, or taken back.
    pub is_given: bool,
    /// When.
    pub at: UnixMillis,
}

/// How somebody stands to something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stands<'a> {
    /// The law that holds; empty where none is named.
    pub jurisdiction: &'a str,
    /// The version of the text that holds by it.
    pub version: &'a str,
    /// How they stand to it.
    pub state: ConsentState,
    /// When they said so last.
    pub at: Option<UnixMillis>,
}

impl<'a> Texts<'a> {
    /// The law by which a version holds in a place, and that version: `US-CA`, else `US`, else the clinic's own.
    pub fn holds(&self, place: &str) -> (&'a str, &'a str) {
        let country = place.split('-').next().unwrap_or_default();
        let named = |code: &str| self.versions.get_key_value(code);
        match named(place).or_else(|| named(country)) {
            Some((law, version)) => (law, version),
            None => ("", self.version),
        }
    }

    /// How somebody stands to it where that place's law holds; `said` is the latest first.
    pub fn stands<'b>(
        &self,
        kind: ConsentKind,
        place: &str,
        said: impl IntoIterator<Item = Said<'b>>,
    ) -> Stands<'a> {
        let (jurisdiction, version) = self.holds(place);
        let mut said = said.into_iter();
        let last = said.find(|it| it.kind == kind && it.jurisdiction == jurisdiction);
        let state = match last {
            Some(it) if !it.is_given => ConsentState::Withdrawn,
            Some(it) if it.version == version => ConsentState::Given,
            _ => ConsentState::Missing,
        };
        Stands { jurisdiction, version, state, at: last.map(|it| it.at) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn versions() -> BTreeMap<String, String> {
        [("US", "2"), ("US-CA", "3")].map(|(a, b)| (a.to_owned(), b.to_owned())).into()
    }

    fn said(jurisdiction: &'static str, version: &'static str, is_given: bool) -> Said<'static> {
        let kind = ConsentKind::Analytics;
        Said { kind, jurisdiction, version, is_given, at: UnixMillis(7) }
    }

    #[rstest]
    #[case("US-CA", ("US-CA", "3"))]
    #[case("US-NY", ("US", "2"))]
    #[case("DE", ("", "1"))]
    #[case("", ("", "1"))]
    fn the_nearest_law_holds(#[case] place: &str, #[case] expected: (&str, &str)) {
        let versions = versions();
        assert_eq!(Texts { version: "1", versions: &versions }.holds(place), expected);
    }

    #[rstest]
    #[case::never("US-CA", &[], ConsentState::Missing)]
    #[case::given("US-CA", &[said("US-CA", "3", true)], ConsentState::Given)]
    #[case::an_older_text("US-CA", &[said("US-CA", "2", true)], ConsentState::Missing)]
    #[case::of_another_law("US-NY", &[said("US-CA", "3", true)], ConsentState::Missing)]
    #[case::taken_back("DE", &[said("", "1", false), said("", "1", true)], ConsentState::Withdrawn)]
    #[case::given_again("DE", &[said("", "1", true), said("", "1", false)], ConsentState::Given)]
    #[case::taken_back_elsewhere("DE", &[said("US", "2", false), said("", "1", true)], ConsentState::Given)]
    fn the_last_that_was_said_there_counts(
        #[case] place: &str,
        #[case] all: &[Said<'static>],
        #[case] expected: ConsentState,
    ) {
        let versions = versions();
        let texts = Texts { version: "1", versions: &versions };
        let stands = texts.stands(ConsentKind::Analytics, place, all.iter().copied());
        assert_eq!(stands.state, expected);
        let other = texts.stands(ConsentKind::Sharing, place, all.iter().copied());
        assert_eq!((other.state, other.at), (ConsentState::Missing, None), "of another kind");
    }
}
