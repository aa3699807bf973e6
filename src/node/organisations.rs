//! Organisations at the terminal: made and listed by whoever runs the hub. Nobody makes one over the network.

use crate::audit::own::{ORGANISATION, Own};
use crate::audit::uncalled::ADD_ORGANISATION;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::names;
use crate::node::people::must_be_zone;
use crate::protocol::ids::OrganisationId;
use crate::protocol::time::UnixMillis;
use crate::store::organisations::{OrganisationRecord, Organisations};
use crate::store::sql::SqlStore;
use crate::store::{Conflict, StoreError};
use std::fmt::Write as _;
use std::io::{Error, Result};
use uuid::Uuid;

/// Letters of a short name: it is typed, and stands in addresses.
const MAX_SLUG_CHARS: usize = 40;

/// Said whenever there are several and nothing but the queries keeps them apart.
const NO_WALL: &str = "the database does not keep organisations apart by itself; see docs/runbook";
/// Said of each that is made.
const ONLY_THIS: &str = "From now on no version of before organisations may serve this database: it would show everything to everybody.\n";

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Makes one. Its first administrator is made by `user create-admin`.
    Add {
        /// Name that people read.
        #[arg(long)]
        name: String,
        /// Short name, for where people register: small letters, digits and hyphens.
        #[arg(long)]
        slug: String,
        /// IANA zone of its home.
        #[arg(long, default_value = "UTC")]
        time_zone: String,
    },
    /// Says which there are.
    List,
}

/// `bedside organisation`: what is to be said at the terminal.
///
/// # Errors
/// As [`add`] and [`list`].
pub async fn run(config: &Config, command: Command) -> Result<String> {
    match command {
        Command::Add { name, slug, time_zone } => {
            add(config, &name, &slug, &time_zone, SystemClock.now()).await
        }
        Command::List => list(config).await,
    }
}

/// `bedside organisation add`: makes one, and says what it is called and what keeps it apart.
///
/// # Errors
/// When a name is none, the short name is taken, a program that knows no organisations is connected, or the store cannot be written.
async fn add(
    config: &Config,
    name: &str,
    slug: &str,
    time_zone: &str,
    now: UnixMillis,
) -> Result<String> {
    let name = names::checked(name);
    let name =
        name.ok_or_else(|| Error::other("a name has 1 to 120 characters that can be seen"))?;
    if !is_slug(slug) {
        return Err(Error::other("a short name has 1 to 40 small letters, digits and hyphens"));
    }
    must_be_zone(time_zone).map_err(|_| Error::other("a zone is a name such as Europe/Berlin"))?;
    let store = super::open_store(config).await?;
    if store.has_program_of_before().await.map_err(Error::other)? {
        return Err(Error::other(
            "a program that knows no organisations is connected to the database and would show everything to everybody: end it first",
        ));
    }
    let made = OrganisationRecord {
        organisation_id: OrganisationId(Uuid::now_v7()),
        name: name.to_owned(),
        slug: slug.to_owned(),
        time_zone: time_zone.to_owned(),
        created_at: now,
    };
    let mut said = line(&made);
    let making = async {
        match store.create_organisation(made).await {
            Err(StoreError::Conflict(Conflict::Stale)) => {
                Err(Error::other(format!("there is an organisation {slug} already")))
            }
            done => done.map_err(Error::other),
        }
    };
    let own = Own::new(ADD_ORGANISATION, Some(format!("{ORGANISATION}:{slug}")));
    own.recorded(&store, &SystemClock, making).await?;
    said.push_str(ONLY_THIS);
    if !store.has_wall().await.map_err(Error::other)? {
        said.push_str(NO_WALL);
        said.push('\n');
    }
    Ok(said)
}

/// `bedside organisation list`: one a line, the oldest first.
///
/// # Errors
/// When the store cannot be read.
async fn list(config: &Config) -> Result<String> {
    let store = super::open_store(config).await?;
    let all = store.organisations().await.map_err(Error::other)?;
    Ok(all.iter().map(line).collect())
}

/// Which one is meant: by its short name, or the first one.
///
/// # Errors
/// When there is none of that name, or the store cannot be read.
pub(super) async fn called(
    store: &dyn crate::store::Store,
    slug: Option<&str>,
) -> Result<OrganisationId> {
    let Some(slug) = slug else { return Ok(OrganisationId::FIRST) };
    let found = store.organisation_called(slug).await.map_err(Error::other)?;
    let found = found.ok_or_else(|| Error::other(format!("there is no organisation {slug}")))?;
    Ok(found.organisation_id)
}

/// A role that row-level security does not hold for leaves organisations to the queries alone.
pub(super) async fn warn_of_no_wall(store: &SqlStore) -> Result<()> {
    let has_several = store.organisations().await.map_err(Error::other)?.len() > 1;
    let has_wall = store.has_wall().await.map_err(Error::other)?;
    if has_several && !has_wall {
        tracing::warn!("{NO_WALL}");
    }
    Ok(())
}

fn line(it: &OrganisationRecord) -> String {
    let mut text = String::new();
    let _never_fails =
        writeln!(text, "{}  {}  {}  {}", it.organisation_id, it.slug, it.time_zone, it.name);
    text
}

fn is_slug(text: &str) -> bool {
    let is_one = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    (1..=MAX_SLUG_CHARS).contains(&text.len()) && text.chars().all(is_one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_can_be_typed() {
        for good in ["first", "st-vitus-2"] {
            assert!(is_slug(good), "{good}");
        }
        for bad in ["", "Two", "a b", "é", &"x".repeat(41)] {
            assert!(!is_slug(bad), "{bad}");
        }
    }
}
