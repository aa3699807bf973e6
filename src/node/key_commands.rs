//! `bedside keys`: what is done at the machine with the keys of a node.
//!
//! Invariant: what changes a key is in the audit log before it is done. Does not: know how keys are kept ([`crate::kms`], [`crate::crypto`]).

use crate::audit::own::Own;
use crate::audit::uncalled::{REWRAP_KEYS, ROTATE_KEK, ROTATE_TOKENS, SEAL_PROFILES};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::crypto::{Keys, Vault};
use crate::kms;
use crate::node::{keyring, open_store, sealing};
use crate::store::sql::SqlStore;
use std::io::{Error, Result};
use std::sync::Arc;

/// What to do.
#[derive(Debug, Clone, Copy, clap::Subcommand)]
pub enum Command {
    /// Says which key seals how many conversations and people.
    Status,
    /// Makes a new key, which seals what is new from now on.
    Rotate,
    /// Makes a new key for access tokens. The hub may run meanwhile: it notices, and takes older tokens until they end.
    RotateTokens,
    /// Seals by the current key whatever an older one seals. The hub may run meanwhile.
    Rewrap,
    /// Seals profiles and texts of appointments and emergencies that were saved before those were sealed, once no program of before serves any more. The hub may run meanwhile.
    Seal,
}

impl Command {
    /// As the log has it; `None` for what only looks.
    const fn recorded(self) -> Option<&'static str> {
        match self {
            Command::Status => None,
            Command::Rotate => Some(ROTATE_KEK),
            Command::RotateTokens => Some(ROTATE_TOKENS),
            Command::Rewrap => Some(REWRAP_KEYS),
            Command::Seal => Some(SEAL_PROFILES),
        }
    }
}

/// Does it: what is to be said at the terminal.
///
/// # Errors
/// When keys or database cannot be read or written, and when something cannot be opened any more.
pub async fn run(config: &Config, command: Command) -> Result<String> {
    let store = open_store(config).await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let vault = kms::open_vault(config, &clock)?;
    let work = Box::pin(done(config, &store, &vault, clock.as_ref(), command));
    let said = match command.recorded() {
        Some(name) => Own::new(name, None).recorded(&store, clock.as_ref(), work).await,
        None => work.await,
    };
    store.close().await;
    said
}

async fn done(
    config: &Config,
    store: &SqlStore,
    vault: &Vault,
    clock: &dyn Clock,
    command: Command,
) -> Result<String> {
    match command {
        Command::Status => keyring::status(store, vault).await,
        Command::Rotate => {
            let id = vault.rotate().await?;
            Ok(format!("{id} is the current key. Next: bedside keys rewrap\n"))
        }
        Command::RotateTokens => {
            let keys = Keys::open(&config.data_dir.join("keys"))?;
            Ok(format!(
                "{} signs access tokens from now on\n",
                keys.rotate_token_key(clock.now().0)?
            ))
        }
        Command::Rewrap => {
            let done = keyring::rewrap(store, vault).await?;
            if done.unopened > 0 {
                return Err(Error::other(format!(
                    "{} sealed anew; {} cannot be opened: see bedside keys status",
                    done.anew, done.unopened
                )));
            }
            Ok(format!("{} sealed anew\n", done.anew))
        }
        Command::Seal => {
            let sealed = sealing::seal_all(store, vault, clock.now()).await;
            let (profiles, words) = sealed.map_err(Error::other)?;
            Ok(format!(
                "{profiles} profiles sealed, and {words} texts of appointments and emergencies\n"
            ))
        }
    }
}
