//! Settings of consents: which version of a text holds where, and whether a visit waits for it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Letters of a version.
const MAX_VERSION: usize = 64;

/// `[consent]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Consent {
    /// A patient enters a visit only after they have agreed to telehealth, as it holds where they are.
    pub required: bool,
    /// The version that holds where none is named.
    pub version: String,
    /// The version that holds under a law: by ISO 3166-1 or 3166-2 code, such as `US-CA`.
    pub versions: BTreeMap<String, String>,
}

impl Default for Consent {
    fn default() -> Self {
        Consent { required: false, version: "1".to_owned(), versions: BTreeMap::new() }
    }
}

impl Consent {
    pub(super) fn mistakes(&self) -> Vec<&'static str> {
        let is_good = |it: &String| !it.is_empty() && it.len() <= MAX_VERSION;
        let are_good = is_good(&self.version) && self.versions.values().all(is_good);
        if are_good { vec![] } else { vec!["consent.version, consent.versions: 1 to 64 letters"] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_has_letters() {
        let versions = [("US", "2"), ("US-CA", "3")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        let consent = Consent { versions: versions.into(), ..Consent::default() };
        assert_eq!(consent.mistakes(), Vec::<&str>::new());
        assert_eq!(Consent { version: String::new(), ..consent }.mistakes().len(), 1);
    }
}
