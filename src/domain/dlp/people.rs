//! Somebody else's data: numbers of records, and lists of people.
//!
//! Owns: what counts as one. It is told by the text alone: looking addresses up would tell whoever writes them who has an
//! account here, or who is treated. So one address of one person is no finding, and a list of them is.

use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

type Pattern = LazyLock<Option<Regex>>;

/// So many different people are a list.
const LIST: usize = 3;

/// A number that is said to be that of a record, a patient or a case.
static RECORD: Pattern = LazyLock::new(|| {
    let what = r"(?i)\b(?:mrn|(?:medical )?record (?:no|nr|number)|patient (?:id|no|nr|number)|case (?:no|number)";
    let german = r"|patientennummer|patienten-nr|fallnummer|aktenzeichen)";
    Regex::new(&format!(r"{what}{german}\.?\s*[:#]?\s*([A-Z]{{0,3}}-?\d{{5,12}})\b")).ok()
});
static EMAIL: Pattern =
    LazyLock::new(|| Regex::new(r"(?i)\b[a-z0-9._%+-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+\b").ok());

fn different(pattern: &Pattern, text: &str) -> usize {
    let found = pattern.as_ref().map(|it| it.find_iter(text));
    found.map_or(0, |it| it.map(|it| it.as_str().to_lowercase()).collect::<BTreeSet<_>>().len())
}

/// Numbers of records.
pub(super) fn record_numbers(text: &str) -> usize {
    different(&RECORD, text)
}

/// Lists of people: three different addresses, or three numbers of records.
pub(super) fn lists(text: &str) -> usize {
    usize::from(different(&EMAIL, text) >= LIST || record_numbers(text) >= LIST)
}

#[cfg(test)]
pub(super) fn are_good() -> bool {
    RECORD.is_some() && EMAIL.is_some()
}
