//! Settings of where people's data may be kept.
//!
//! Invariant: a region is named once: kept here, or elsewhere.

use crate::protocol::region::Region;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of an address.
const MAX_URL: usize = 255;

/// `[residency]`. Without a region nothing of it holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Residency {
    /// The region that this deployment is, such as `eu-west`: 1 to 32 of `a-z`, `0-9` and `-`, beginning with a letter. The database
    /// remembers it: it is not changed by a setting.
    pub region: Option<String>,
    /// Further regions of the same legal zone, whose people may be kept here.
    pub keeps: Vec<String>,
    /// Other deployments: their region, and the address to which people of it are sent.
    pub elsewhere: BTreeMap<String, String>,
}

impl Residency {
    /// The region that this deployment is.
    pub fn own(&self) -> Option<Region> {
        self.region.as_deref().and_then(Region::parse)
    }

    /// The further ones whose people may be kept.
    pub fn kept(&self) -> BTreeSet<Region> {
        self.keeps.iter().filter_map(|it| Region::parse(it)).collect()
    }

    /// The other ones, with their addresses.
    pub fn others(&self) -> BTreeMap<Region, String> {
        let all = self.elsewhere.iter();
        all.filter_map(|(name, url)| Some((Region::parse(name)?, url.clone()))).collect()
    }

    /// Whether a database of that region, or of none yet, may be opened with these settings.
    ///
    /// # Errors
    /// What to say when not.
    pub fn suits(&self, written: Option<&Region>) -> Result<(), String> {
        let own = self.own();
        if written.is_none() || written == own.as_ref() {
            return Ok(());
        }
        let word = |it: Option<&Region>| it.map_or("none", Region::as_str).to_owned();
        let (is, named) = (word(written), word(own.as_ref()));
        Err(format!(
            "the database is of region {is}, and the settings name {named} (residency.region): data do not move by a setting"
        ))
    }

    pub(super) fn mistakes(&self) -> Vec<&'static str> {
        let mut wrong = Vec::new();
        let is_name = |it: &String| Region::parse(it).is_some();
        if !self.region.iter().all(is_name) {
            wrong.push("residency.region: 1 to 32 of a-z, 0-9 and -, beginning with a letter");
        }
        if !self.keeps.iter().all(is_name) {
            wrong.push("residency.keeps: names as of residency.region");
        }
        if !self.elsewhere.keys().all(is_name) {
            wrong.push("residency.elsewhere: names as of residency.region");
        }
        if !self.elsewhere.values().all(|it| is_address(it)) {
            wrong.push("residency.elsewhere: https addresses without a slash at the end, or http at this machine");
        }
        if self.region.is_none() && !(self.keeps.is_empty() && self.elsewhere.is_empty()) {
            wrong.push("residency.keeps, residency.elsewhere: not without residency.region");
        }
        let here: Vec<_> = self.region.iter().chain(&self.keeps).collect();
        if here.iter().collect::<BTreeSet<_>>().len() < here.len() {
            wrong.push("residency.keeps: each region once, and not the own one");
        }
        let mut here = here.into_iter();
        if here.any(|it| self.elsewhere.contains_key(it)) {
            wrong.push("residency.elsewhere: a region is kept here or elsewhere, not both");
        }
        wrong
    }
}

/// An address that people may be sent to. Without TLS at this machine alone: for tests and development.
fn is_address(url: &str) -> bool {
    let is_local = ["http://127.0.0.1:", "http://localhost:"].iter().any(|it| url.starts_with(it));
    let host = url.split_once("://").map_or("", |(_, rest)| rest);
    (url.starts_with("https://") || is_local)
        && !host.is_empty()
        && !url.ends_with('/')
        && url.len() <= MAX_URL
        && url.bytes().all(|it| it.is_ascii_graphic())
        && !url.contains(['?', '#', '@', '\\'])
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change<'a> = &'a dyn Fn(&mut Residency);

    fn good() -> Residency {
        Residency {
            region: Some("eu-west".to_owned()),
            keeps: vec!["eu-central".to_owned()],
            elsewhere: [("us-east".to_owned(), "https://us.clinic.example".to_owned())].into(),
        }
    }

    #[test]
    fn every_mistake_is_named() {
        assert_eq!(good().mistakes(), Vec::<&str>::new());
        assert_eq!(Residency::default().mistakes(), Vec::<&str>::new());
        let put = |it: &mut Residency, name: &str, url: &str| {
            it.elsewhere.insert(name.to_owned(), url.to_owned());
        };
        let wrong = |change: Change| {
            let mut it = good();
            change(&mut it);
            it.mistakes().join("\n")
        };
        let cases: [(Change, &str); 14] = [
            (&|it| it.region = Some("EU".to_owned()), "residency.region: 1 to 32"),
            (&|it| it.region = Some(String::new()), "residency.region: 1 to 32"),
            (&|it| it.keeps.push("eu west".to_owned()), "residency.keeps: names"),
            (&|it| it.keeps.push("eu-west".to_owned()), "residency.keeps: each"),
            (&|it| it.keeps.push("eu-central".to_owned()), "residency.keeps: each"),
            (&|it| put(it, "1", "https://one.example"), "residency.elsewhere: names"),
            (&|it| put(it, "us", "http://us.example"), "residency.elsewhere: https"),
            (&|it| put(it, "us", "https://"), "residency.elsewhere: https"),
            (&|it| put(it, "us", "https://us.example/"), "residency.elsewhere: https"),
            (&|it| put(it, "us", "https://u@us.example"), "residency.elsewhere: https"),
            (&|it| put(it, "us", "javascript:alert(1)"), "residency.elsewhere: https"),
            (&|it| put(it, "eu-west", "https://eu.example"), "not both"),
            (&|it| put(it, "eu-central", "https://eu.example"), "not both"),
            (&|it| it.region = None, "not without residency.region"),
        ];
        for (change, named) in cases {
            assert!(wrong(change).contains(named), "{named}: {}", wrong(change));
        }
        assert_eq!(wrong(&|it| put(it, "dev", "http://127.0.0.1:8081")), "");
    }

    #[test]
    fn a_database_of_a_region_is_for_settings_of_that_region() {
        let (west, east) = (Region::parse("eu-west"), Region::parse("us-east"));
        assert_eq!(good().suits(west.as_ref()), Ok(()));
        assert_eq!(good().suits(None), Ok(()));
        assert_eq!(Residency::default().suits(None), Ok(()));
        assert!(good().suits(east.as_ref()).unwrap_err().contains("of region us-east"));
        assert!(Residency::default().suits(west.as_ref()).unwrap_err().contains("name none"));
    }

    #[test]
    fn what_is_written_is_what_is_meant() {
        let it = good();
        assert_eq!(it.own().map(|it| it.to_string()).as_deref(), Some("eu-west"));
        assert_eq!(it.kept().len(), 1);
        let others: Vec<_> = it.others().into_values().collect();
        assert_eq!(others, ["https://us.clinic.example"]);
    }
}
