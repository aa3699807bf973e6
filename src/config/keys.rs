//! Settings of the keys that seal data keys.
//!
//! Invariant: no secret is a setting. Keys are files, one variable of the environment, or somewhere else; a token is a file.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The variable with the keys of `env`. It is no setting.
pub const KEK_VARIABLE: &str = "BEDSIDE_KEK";

/// `[keys]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// Who seals data keys.
    pub provider: KeyProvider,
    /// Of `transit`: address of the server, such as `https://vault.example:8200`.
    pub url: String,
    /// Of `transit`: where the engine is mounted.
    pub mount: String,
    /// Of `transit`: name of the key.
    pub key: String,
    /// Of `transit`: file with the token.
    pub token_file: PathBuf,
    /// Of `transit`: file with certificates (PEM) of authorities that are trusted in the place of the machine's own, which are when empty.
    pub ca_file: PathBuf,
    /// Ids of keys that are known to be lost. The hub starts without them, and what they sealed stays unreadable.
    pub lost: Vec<String>,
}

/// Who seals data keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyProvider {
    /// Files in the data folder, made at the first run.
    File,
    /// Keys in the variable `BEDSIDE_KEK`: base64, the current one first, separated by commas.
    Env,
    /// A transit engine, as HashiCorp Vault and OpenBao have it.
    Transit,
}

impl Default for Keys {
    fn default() -> Self {
        Keys {
            provider: KeyProvider::File,
            url: String::new(),
            mount: "transit".to_owned(),
            key: "bedside".to_owned(),
            token_file: PathBuf::new(),
            ca_file: PathBuf::new(),
            lost: vec![],
        }
    }
}

impl Keys {
    pub(super) fn mistakes(&self) -> Vec<&'static str> {
        let mut wrong = Vec::new();
        if self.provider != KeyProvider::Transit {
            return wrong;
        }
        if !self.url.starts_with("https://") && !self.url.starts_with("http://127.0.0.1:") {
            wrong.push("keys.url: https, or a server at 127.0.0.1");
        }
        if self.token_file.as_os_str().is_empty() {
            wrong.push("keys.token_file: needed with transit");
        }
        let is_name = |it: &str| {
            let good = |it: char| it.is_ascii_alphanumeric() || "-_.".contains(it);
            !it.is_empty() && it.len() <= 64 && it.chars().all(good)
        };
        if !is_name(&self.key) || !self.mount.split('/').all(is_name) {
            wrong.push("keys.key, keys.mount: letters, digits, `-`, `_` and `.`");
        }
        wrong
    }
}

/// The keys of `env`.
#[expect(
    clippy::disallowed_methods,
    reason = "the environment is read here; a key is no setting, for settings are printed"
)]
pub fn kek_variable() -> Option<String> {
    std::env::var(KEK_VARIABLE).ok().filter(|it| !it.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transit_engine_is_reached_by_tls_and_with_a_token() {
        assert_eq!(Keys::default().mistakes(), Vec::<&str>::new());
        let bare = Keys { provider: KeyProvider::Transit, ..Keys::default() };
        assert_eq!(bare.mistakes().len(), 2);
        let good = Keys { url: "https://vault.example".to_owned(), token_file: "t".into(), ..bare };
        assert_eq!(good.mistakes(), Vec::<&str>::new());
        let odd = Keys { key: "../sys/seal".to_owned(), ..good };
        assert!(odd.mistakes()[0].contains("keys.key"));
    }
}
