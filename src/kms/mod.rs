//! WHO SEALS DATA KEYS, as the settings say: files, the environment, or a transit engine over HTTP ([`transit`]).
//!
//! Owns: opening the provider, and the sentence about one that cannot be used. Invariants: a hub does not start without its keys; the
//! sentence names the key, the file, the variable or the server, and nothing that is secret.
//! Does not: know what data keys are for (`crypto::vault`).

use crate::clock::Clock;
use crate::config::{Config, KEK_VARIABLE, KeyProvider, kek_variable};
use crate::crypto::kek::{FileKeys, GivenKeys, KeyEncryption, Moving};
use crate::crypto::{Keys, Vault};
use crate::protocol::phi::Phi;
use std::io;
use std::sync::Arc;

pub mod transit;

/// The vault that the settings name.
///
/// # Errors
/// In a sentence: what is missing, wrong or unreadable.
pub fn open_vault(config: &Config, clock: &Arc<dyn Clock>) -> io::Result<Vault> {
    let provider: Arc<dyn KeyEncryption> = match config.keys.provider {
        KeyProvider::File => Arc::new(FileKeys::open(&kek_folder(config))?),
        KeyProvider::Env => {
            let given = kek_variable().ok_or_else(|| {
                io::Error::other(format!("{KEK_VARIABLE} is not set: it holds the keys of `env`"))
            })?;
            after_files(config, Arc::new(GivenKeys::parse(KEK_VARIABLE, &Phi::new(given))?))?
        }
        KeyProvider::Transit => {
            after_files(config, Arc::new(transit::Transit::open(&config.keys, clock)?))?
        }
    };
    Ok(Vault::new(provider))
}

/// The same, for whoever only looks: no key is made.
///
/// # Errors
/// As [`open_vault`], and when there is no key yet.
pub fn look_at_vault(config: &Config, clock: &Arc<dyn Clock>) -> io::Result<Vault> {
    let current = kek_folder(config).join("current");
    if config.keys.provider == KeyProvider::File && !current.is_file() {
        let current = current.display();
        return Err(io::Error::other(format!(
            "{current} is not there: it names the key-encryption key, and is not made by whoever only looks"
        )));
    }
    open_vault(config, clock)
}

/// What the key files sealed before the settings named somebody else still opens, until it was sealed anew.
fn after_files(config: &Config, to: Arc<dyn KeyEncryption>) -> io::Result<Arc<dyn KeyEncryption>> {
    let folder = kek_folder(config);
    if !folder.join("current").exists() {
        return Ok(to);
    }
    let from = FileKeys::open(&folder)?;
    Ok(Arc::new(Moving { to, from: Arc::new(from) }))
}

fn kek_folder(config: &Config) -> std::path::PathBuf {
    config.data_dir.join("keys").join("kek")
}

/// All keys of the node.
///
/// # Errors
/// As [`open_vault`], and which file of keys cannot be read.
pub fn open(config: &Config, clock: &Arc<dyn Clock>) -> io::Result<Keys> {
    Keys::open_with(&config.data_dir.join("keys"), open_vault(config, clock)?)
}
