//! The data folder at start, and the store that the settings name.
//!
//! Invariant: whether something can be kept is tried, not read from permissions: a full disk and a read-only one are found as well.
//! Nothing is left behind. Does not: know what lies in it.

use crate::config::Config;
use crate::store::sql::SqlStore;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

/// Makes the data folder, and tries whether something can be kept in it.
///
/// # Errors
/// When not; names the folder.
pub fn must_be_writable(folder: &Path) -> Result<()> {
    let probe = folder.join(format!(".writable-{}", std::process::id()));
    let tried = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&probe, b"x"));
    match std::fs::remove_file(&probe) {
        // Another start in this process was faster.
        Err(error) if error.kind() == ErrorKind::NotFound => tried,
        removed => tried.and(removed),
    }
    .map_err(|error| {
        let folder = folder.display();
        Error::other(format!("nothing can be kept in the folder {folder} ({error})"))
    })
}

/// Opens the store that the settings name, and brings its schema up to date.
///
/// # Errors
/// When the folder or the database cannot be written, or the database is of another region than the settings.
pub async fn open_store(config: &Config) -> Result<SqlStore> {
    must_be_writable(&config.data_dir)?;
    let store = SqlStore::open(&config.database()).await.map_err(Error::other)?;
    // The schema of another region's database is not ours to change.
    super::residency::look(&store, config).await?;
    store.migrate().await.map_err(Error::other)?;
    super::residency::settle(&store, config).await?;
    Ok(store)
}
