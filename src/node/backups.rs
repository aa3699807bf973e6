//! `bedside backup` and `bedside restore`, recorded: who has the machine takes everything along, or puts it back.
//!
//! Invariants: that a backup is being made is in the log before it is, so a backup holds its own beginning; that one was put back is in the log that was put back.
//! Whoever cannot write into the database any more needs a backup most: it is made, and the log has nothing of it.
//! Does not: know what is in one ([`crate::backup`]).

use crate::audit::own::{BACKUP, Own};
use crate::audit::uncalled::{BACK_UP, RESTORE};
use crate::backup::{self, Made, Manifest, Wanted};
use crate::clock::Clock;
use crate::config::Config;
use crate::crypto::archive::BackupKey;
use crate::protocol::fault::FaultCode;
use crate::store::sql::SqlStore;
use std::io::{Error, Result};
use std::path::Path;

/// Makes one.
///
/// # Errors
/// As [`backup::make`].
pub async fn make(
    config: &Config,
    clock: &dyn Clock,
    to: &Path,
    key: &BackupKey,
    with_keys: bool,
) -> Result<Made> {
    let store = SqlStore::open(&config.database()).await.map_err(Error::other)?;
    let own = Own::new(BACK_UP, None);
    own.ended(&store, "begin", clock.now()).await;
    let made = backup::make(config, clock, to, key, with_keys).await;
    let (own, phase) = match &made {
        Ok(it) => (own.about(named(&it.manifest)), "ok"),
        Err(_) => (own, FaultCode::Internal.as_str()),
    };
    own.ended(&store, phase, clock.now()).await;
    store.close().await;
    made
}

/// Puts one back, or looks at it.
///
/// # Errors
/// As [`backup::restore`].
pub async fn restore(
    config: &Config,
    clock: &dyn Clock,
    from: &Path,
    key: &BackupKey,
    wanted: Wanted,
) -> Result<Manifest> {
    let is_look = wanted.only_look;
    let manifest = backup::restore(config, from, key, wanted).await?;
    if !is_look {
        let store = SqlStore::open(&config.database()).await.map_err(Error::other)?;
        let own = Own::new(RESTORE, None).about(named(&manifest));
        own.ended(&store, "ok", clock.now()).await;
        store.close().await;
    }
    Ok(manifest)
}

fn named(manifest: &Manifest) -> String {
    format!("{BACKUP}:{}", manifest.backup_id)
}
