//! Where people are kept: what the settings say, held against what the database is.
//!
//! Invariants: RS-1 a database that is of a region serves no settings that name another one, or none. RS-2 nobody has a session here who
//! is at home where people of here are not kept; where that is, is told to whoever has proven who they are, and to nobody else.
//! Does not: judge (`domain::residency`, in the transactions of the store), or move data.

use crate::command::unsaved;
use crate::config::Config;
use crate::domain::residency::{MayKeep, Residency};
use crate::node::Node;
use crate::node::identity::refused;
use crate::protocol::fault::{Fault, FaultCode, KeptElsewhere};
use crate::protocol::person::{PersonStatus, RegionCard};
use crate::protocol::region::Region;
use crate::protocol::time::UnixMillis;
use crate::store::residency::Residence;
use crate::store::{PersonRecord, Store, StoreError};
use std::io::{self, Error};
use std::sync::Arc;

/// The regions, as the settings name them.
pub(super) fn of(config: &Config) -> Arc<Residency> {
    let said = &config.residency;
    let (own, keeps, elsewhere) = (said.own(), said.kept(), said.others());
    Arc::new(Residency { own, keeps, elsewhere })
}

/// Holds the settings against the database, before anything of it is changed.
///
/// # Errors
/// When the database is of another region, or cannot be read.
pub(super) async fn look<S: Residence>(store: &S, config: &Config) -> io::Result<()> {
    let written = store.region(None).await.map_err(Error::other)?;
    config.residency.suits(written.as_ref()).map_err(Error::other)
}

/// The same; the database is of the settings' region from now on if it was of none, and the store is told whom it keeps.
///
/// # Errors
/// When the database is of another region, or cannot be written.
pub(super) async fn settle<S: Residence>(store: &S, config: &Config) -> io::Result<()> {
    let residency = of(config);
    let before = store.region(None).await.map_err(Error::other)?;
    let written = store.region(residency.own.as_ref()).await.map_err(Error::other)?;
    config.residency.suits(written.as_ref()).map_err(Error::other)?;
    if before != written {
        let region = written.as_ref().map(Region::as_str);
        tracing::warn!(region, "the database is of this region from now on");
    }
    store.keep_people_of(residency);
    Ok(())
}

/// Ends what is open of whoever is kept elsewhere by the settings of now.
///
/// # Errors
/// When the store cannot be written.
pub(super) async fn end_sessions_elsewhere(store: &dyn Store, now: UnixMillis) -> io::Result<()> {
    let ended = store.end_sessions_elsewhere(now).await.map_err(Error::other)?;
    if ended > 0 {
        tracing::info!(sessions = ended, "sign-ins of people who are kept elsewhere have ended");
    }
    Ok(())
}

impl Node {
    /// Where somebody new is at home: where it is said, or here.
    ///
    /// # Errors
    /// `invalid_value` of `home_region`, and `kept_elsewhere`.
    pub(super) fn home_of_new(&self, said: Option<&str>) -> Result<Option<Region>, Fault> {
        let Some(said) = said else { return Ok(self.store.residency().own.clone()) };
        let region = self.region_called(said)?;
        match self.elsewhere(Some(&region)) {
            Some(fault) => Err(fault),
            None => Ok(Some(region)),
        }
    }

    /// Where somebody is at home from now on: where it is said, or where they were.
    ///
    /// # Errors
    /// `invalid_value` of `home_region`.
    pub(super) fn home_after(
        &self,
        before: &PersonRecord,
        said: Option<&str>,
    ) -> Result<Option<Region>, Fault> {
        match said {
            None => Ok(before.standing.home_region.clone()),
            Some(said) => self.region_called(said).map(Some),
        }
    }

    fn region_called(&self, said: &str) -> Result<Region, Fault> {
        let known = Region::parse(said).filter(|it| self.store.residency().knows(it));
        known.ok_or_else(|| Fault::invalid("home_region", "A region that this hub knows."))
    }

    /// What somebody is told whose home is not kept here; it names the home, so it is for whoever has proven who they are.
    pub(super) fn elsewhere(&self, home: Option<&Region>) -> Option<Fault> {
        let residency = self.store.residency();
        let MayKeep::Elsewhere { region, url } = residency.may_keep(home) else { return None };
        let elsewhere = KeptElsewhere { region: region.to_string(), url: url.map(str::to_owned) };
        let elsewhere = Some(Box::new(elsewhere));
        Some(Fault { elsewhere, ..Fault::new(FaultCode::KeptElsewhere) })
    }

    /// Whoever has proven who they are is kept here, or told where they are.
    ///
    /// # Errors
    /// `kept_elsewhere`.
    pub(super) fn must_be_kept(&self, person: &PersonRecord) -> Result<(), Fault> {
        match self.elsewhere(person.standing.home_region.as_ref()) {
            Some(fault) if person.status() == PersonStatus::Elsewhere => Err(fault),
            _ => Ok(()),
        }
    }

    /// A session was not opened for somebody who had proven who they are: who is kept elsewhere meanwhile is told so, and who is
    /// suspended what they would be told without an account.
    pub(super) async fn not_opened(
        &self,
        error: StoreError,
        person: &PersonRecord,
        told: FaultCode,
    ) -> Fault {
        match self.store.person(person.person_id).await {
            Ok(Some(now)) => self.must_be_kept(&now).err().unwrap_or_else(|| refused(error, told)),
            Ok(None) => refused(error, told),
            Err(error) => unsaved(error),
        }
    }

    /// The regions that an administrator may choose from; none where the hub has none.
    pub(super) fn regions(&self) -> Vec<RegionCard> {
        let card = |region: &Region, is_kept| RegionCard { region: region.to_string(), is_kept };
        let residency = self.store.residency();
        let kept = residency.kept().map(|it| card(it, true));
        kept.chain(residency.elsewhere.keys().map(|it| card(it, false))).collect()
    }

    /// As it is shown: where somebody is at home, on a hub with a region.
    pub(super) fn home_shown(&self, person: &PersonRecord) -> Option<String> {
        let residency = self.store.residency();
        let home = residency.home(person.standing.home_region.as_ref());
        home.filter(|_| residency.own.is_some()).map(Region::to_string)
    }
}
