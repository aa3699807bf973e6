//! Whose data may be kept here.
//!
//! Owns: which homes are of this deployment's legal zone, and where the others are. Invariants: who has no home of their own is of the
//! deployment's region; a deployment without a region keeps everybody; what is not named is not kept.
//! Does not: know people, or what follows from it.

use crate::protocol::region::Region;
use std::collections::{BTreeMap, BTreeSet};

/// The regions, as the settings name them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Residency {
    /// The region that this deployment is.
    pub own: Option<Region>,
    /// Further regions of the same legal zone.
    pub keeps: BTreeSet<Region>,
    /// Other deployments, and their addresses.
    pub elsewhere: BTreeMap<Region, String>,
}

/// What is to be done with somebody of a home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MayKeep<'a> {
    /// They may be kept here.
    Kept,
    /// They may not.
    Elsewhere {
        /// Their home.
        region: &'a Region,
        /// Its address, when it is known.
        url: Option<&'a str>,
    },
}

impl Residency {
    /// Whether somebody of that home may be kept here.
    pub fn may_keep<'a>(&'a self, home: Option<&'a Region>) -> MayKeep<'a> {
        let (Some(own), Some(home)) = (&self.own, home) else { return MayKeep::Kept };
        if home == own || self.keeps.contains(home) {
            return MayKeep::Kept;
        }
        MayKeep::Elsewhere { region: home, url: self.elsewhere.get(home).map(String::as_str) }
    }

    /// Whether somebody of that home is kept somewhere else.
    pub fn is_elsewhere(&self, home: Option<&Region>) -> bool {
        self.may_keep(home) != MayKeep::Kept
    }

    /// Where somebody is at home: there, or in the region of this deployment.
    pub fn home<'a>(&'a self, home: Option<&'a Region>) -> Option<&'a Region> {
        home.or(self.own.as_ref())
    }

    /// Whether it is one that somebody may be sent to, or kept for.
    pub fn knows(&self, region: &Region) -> bool {
        self.kept().any(|it| it == region) || self.elsewhere.contains_key(region)
    }

    /// The regions whose people are kept here, the own one first.
    pub fn kept(&self) -> impl Iterator<Item = &Region> {
        self.own.iter().chain(&self.keeps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn region(name: &str) -> Region {
        Region::parse(name).expect("a name")
    }

    fn europe() -> Residency {
        Residency {
            own: Some(region("eu-west")),
            keeps: [region("eu-central")].into(),
            elsewhere: [(region("us-east"), "https://us.clinic.example".to_owned())].into(),
        }
    }

    #[rstest]
    #[case::of_before(None, true, None)]
    #[case::own(Some("eu-west"), true, None)]
    #[case::same_zone(Some("eu-central"), true, None)]
    #[case::other(Some("us-east"), false, Some("https://us.clinic.example"))]
    #[case::unnamed(Some("ap-south"), false, None)]
    #[case::alike(Some("eu-west-1"), false, None)]
    fn who_may_be_kept(
        #[case] home: Option<&str>,
        #[case] is_kept: bool,
        #[case] url: Option<&str>,
    ) {
        let (residency, home) = (europe(), home.map(region));
        let expected = match &home {
            Some(region) if !is_kept => MayKeep::Elsewhere { region, url },
            _ => MayKeep::Kept,
        };
        assert_eq!(residency.may_keep(home.as_ref()), expected);
        assert_eq!(residency.is_elsewhere(home.as_ref()), !is_kept);
    }

    #[test]
    fn without_a_region_everybody_is_kept() {
        let home = region("us-east");
        assert_eq!(Residency::default().may_keep(Some(&home)), MayKeep::Kept);
        assert_eq!(Residency::default().home(None), None);
        assert!(!Residency::default().knows(&home));
    }

    #[test]
    fn who_has_no_home_is_of_the_own_region() {
        let (residency, other) = (europe(), region("us-east"));
        assert_eq!(residency.home(None), Some(&region("eu-west")));
        assert_eq!(residency.home(Some(&other)), Some(&other));
        for (name, is_known) in
            [("eu-west", true), ("eu-central", true), ("us-east", true), ("ap-south", false)]
        {
            assert_eq!(residency.knows(&region(name)), is_known, "{name}");
        }
    }
}
