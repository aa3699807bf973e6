//! SETTINGS: a TOML file, then the environment on top, read once at start, with errors that name the setting.
//!
//! `bedside.toml` (or what `--config` names), then `BEDSIDE_<SETTING>`, with `__` between a section and its setting:
//! `BEDSIDE_LISTEN=0.0.0.0:8080`, `BEDSIDE_MEDIA__ADVERTISE=203.0.113.7`. Unknown settings are errors, because a typo in
//! a security setting must not pass. Does not: hold secrets; those are files in `data_dir`.

use figment::Figment;
use figment::providers::{Env, Format as _, Serialized, Toml};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

mod channels;
mod consent;
mod database;
mod files;
mod identity;
mod keys;
mod payments;
mod providers;
mod residency;
mod retention;
mod telemetry;
mod tls;

pub use channels::{Mail, MailTls, Redis, Sms};
pub use consent::Consent;
pub use files::{Dlp, DlpAction, DlpSide, FileStore, Files, S3};
pub use identity::Identity;
pub use keys::{KEK_VARIABLE, KeyProvider, Keys, kek_variable};
pub use payments::{PaymentKind, Payments};
pub use providers::{PROVIDER_SECRET_VARIABLE, Provider, ProviderRole};
pub use residency::Residency;
pub use retention::Retention;
pub use telemetry::{LogFormat, Telemetry};
pub use tls::{Tls, TlsVersion};

/// All settings, with their defaults: a clinic on one machine, reachable from that machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address of HTTP and WebSocket.
    pub listen: SocketAddr,
    /// TLS by the hub itself.
    pub tls: Tls,
    /// What browsers call this hub, without a slash at the end. Base of links; the only origin that may open sockets.
    pub public_url: String,
    /// Further origins that may open sockets (a portal that is served elsewhere).
    pub allowed_origins: Vec<String>,
    /// Where whoever has found a weakness is to write, `mailto:…` or `https://…`, best first: told at
    /// `/.well-known/security.txt` (RFC 9116), which there is not without one.
    pub security_contacts: Vec<String>,
    /// Keys and, by default, the database are here.
    pub data_dir: PathBuf,
    /// `sqlite:<path>` or `postgres://…`. Empty: `bedside.sqlite` in `data_dir`.
    pub database_url: String,
    /// Name of this node in welcomes, fences and logs.
    pub node: String,
    /// HTTP worker threads; rooms live on as many.
    pub threads: usize,
    /// Addresses of reverse proxies whose `Forwarded`/`X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Milliseconds that bytes may wait for a client that does not take them before the kernel ends its connection. Long
    /// enough for a phone that changes from one network to another, short enough that a dead one holds nothing.
    pub unread_ms: u32,
    /// Milliseconds in which clients move to another node when this one is told to end. Only where another one serves the
    /// same address by then: a second process with `reuse_port`, or one behind the same balancer. Zero: they are sent away
    /// and come back.
    pub drain_ms: u32,
    /// Lets another process listen on the same address, so that the next one is there before this one ends. Linux.
    pub reuse_port: bool,
    /// Hellos that are welcomed in a second, after twice as many at once; the others are told when to come again. The
    /// table of limits (`command::limits`) says how many when absent.
    pub hellos_per_second: Option<u32>,
    /// Keys that seal data keys.
    pub keys: Keys,
    /// The media plane.
    pub media: Media,
    /// E-mail.
    pub mail: Mail,
    /// Short messages.
    pub sms: Sms,
    /// What nodes share.
    pub redis: Redis,
    /// Payments.
    pub payments: Payments,
    /// Signing in.
    pub identity: Identity,
    /// Files of conversations.
    pub files: Files,
    /// What may not be written.
    pub dlp: Dlp,
    /// What patients agree to.
    pub consent: Consent,
    /// Where people's data may be kept.
    pub residency: Residency,
    /// What is not kept for ever.
    pub retention: Retention,
    /// Logs and traces.
    pub telemetry: Telemetry,
    /// Enables what only failure drills and tests need: killing a media worker over HTTP.
    pub drills: bool,
}

/// `[media]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Media {
    /// UDP address of the first media worker; the next ones take the next ports.
    pub listen: SocketAddr,
    /// Addresses that browsers can reach; all of the machine's when empty.
    pub advertise: Vec<IpAddr>,
    /// Worker threads.
    pub workers: usize,
    /// STUN and TURN URLs for clients.
    pub ice_urls: Vec<String>,
    /// Per cent of packets to lose on purpose, each way; for tests of lossy networks only.
    pub lose_percent: f32,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            tls: Tls::default(),
            public_url: "http://localhost:8080".to_owned(),
            security_contacts: vec![],
            allowed_origins: vec![],
            data_dir: PathBuf::from("data"),
            database_url: String::new(),
            node: "node-1".to_owned(),
            threads: 1,
            trusted_proxies: vec![],
            unread_ms: 15_000,
            drain_ms: 0,
            reuse_port: false,
            hellos_per_second: None,
            keys: Keys::default(),
            media: Media::default(),
            mail: Mail::default(),
            sms: Sms::default(),
            redis: Redis::default(),
            payments: Payments::default(),
            identity: Identity::default(),
            files: Files::default(),
            dlp: Dlp::default(),
            consent: Consent::default(),
            residency: Residency::default(),
            retention: Retention::default(),
            telemetry: Telemetry::default(),
            drills: false,
        }
    }
}

impl Default for Media {
    fn default() -> Self {
        Media {
            listen: SocketAddr::from(([0, 0, 0, 0], 40_000)),
            advertise: vec![],
            workers: 1,
            ice_urls: vec![],
            lose_percent: 0.0,
        }
    }
}

/// What is wrong with the settings, a line each.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadConfig(pub String);

impl Config {
    /// Reads file and environment. A file that is named must exist; `bedside.toml` may be missing.
    ///
    /// # Errors
    /// Every mistake that was found, with the name of the setting and where it came from.
    pub fn read(file: Option<&Path>) -> Result<Self, BadConfig> {
        let path = file.unwrap_or(Path::new("bedside.toml"));
        if file.is_some() && !path.exists() {
            return Err(BadConfig(format!("the file {} does not exist", path.display())));
        }
        let config: Config = Figment::from(Serialized::defaults(Config::default()))
            .merge(Toml::file(path))
            .merge(Env::prefixed("BEDSIDE_").filter(|it| is_setting(it.as_str())).split("__"))
            .extract()
            .map_err(|error| {
                BadConfig(error.into_iter().map(|it| it.to_string()).collect::<Vec<_>>().join("\n"))
            })?;
        config.check()?;
        Ok(config)
    }

    /// Rules between settings.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn check(&self) -> Result<(), BadConfig> {
        let mut wrong = Vec::new();
        if !self.public_url.starts_with("http://") && !self.public_url.starts_with("https://") {
            wrong.push("public_url: begins with http:// or https://");
        }
        if self.public_url.ends_with('/') {
            wrong.push("public_url: has no slash at the end");
        }
        if !(1..=64).contains(&self.threads) {
            wrong.push("threads: 1 to 64");
        }
        if !(1_000..=120_000).contains(&self.unread_ms) {
            wrong.push("unread_ms: 1000 to 120000");
        }
        if self.drain_ms > 600_000 {
            wrong.push("drain_ms: 0 to 600000");
        }
        if self.hellos_per_second.is_some_and(|it| !(1..=100_000).contains(&it)) {
            wrong.push("hellos_per_second: 1 to 100000");
        }
        if !(1..=64).contains(&self.media.workers) {
            wrong.push("media.workers: 1 to 64");
        }
        if !(0.0..=50.0).contains(&self.media.lose_percent) {
            wrong.push("media.lose_percent: 0 to 50, and 0 outside of tests");
        }
        if self.node.is_empty() || self.node.len() > 64 {
            wrong.push("node: 1 to 64 bytes");
        }
        let is_contact = |it: &String| {
            let has_scheme =
                ["mailto:", "https://", "tel:"].iter().any(|scheme| it.starts_with(scheme));
            has_scheme && it.bytes().all(|it| it.is_ascii_graphic())
        };
        if !self.security_contacts.iter().all(is_contact) {
            wrong.push("security_contacts: addresses that begin with mailto:, https:// or tel:");
        }
        wrong.extend(database::mistake(&self.database_url));
        wrong.extend(self.telemetry.mistake());
        wrong.extend(self.tls.mistakes(&self.public_url, self.listen));
        wrong.extend(self.keys.mistakes());
        wrong.extend(self.mail.mistakes());
        wrong.extend(self.sms.mistakes());
        wrong.extend(self.redis.mistakes());
        wrong.extend(self.payments.mistakes());
        wrong.extend(self.identity.mistakes());
        wrong.extend(self.files.mistakes());
        wrong.extend(self.consent.mistakes());
        wrong.extend(self.residency.mistakes());
        wrong.extend(self.retention.mistakes());
        if wrong.is_empty() { Ok(()) } else { Err(BadConfig(wrong.join("\n"))) }
    }

    /// The database, with the default filled in.
    pub fn database(&self) -> String {
        if self.database_url.is_empty() {
            format!("sqlite:{}", self.data_dir.join("bedside.sqlite").display())
        } else {
            self.database_url.clone()
        }
    }

    /// All of it as it may be shown: without a secret.
    #[must_use]
    pub fn shown(&self) -> Config {
        Config { database_url: database::shown(&self.database_url), ..self.clone() }
    }

    /// Whether browsers reach the hub over TLS; then cookies are for TLS only.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// Whether `BEDSIDE_<name>` is one of ours. Those of tests and benchmarks may stand in the same environment, and so does a key.
fn is_setting(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name != "kek"
        && !["test_", "bench_", "bin", "oidc_secret_"].iter().any(|it| name.starts_with(it))
}

/// The settings of the process: the command line names the file, the environment comes on top.
///
/// # Errors
/// As [`Config::read`].
pub fn from_command_line(file: Option<&Path>) -> Result<Config, BadConfig> {
    Config::read(file)
}

/// Id and secret of a key as every tool of S3 finds them: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`.
#[expect(
    clippy::disallowed_methods,
    reason = "the environment is read here; a secret is no setting, and is printed by none"
)]
pub fn aws_key() -> Option<(String, String)> {
    let read = |name| std::env::var(name).ok().filter(|it| !it.is_empty());
    read("AWS_ACCESS_KEY_ID").zip(read("AWS_SECRET_ACCESS_KEY"))
}

/// What an operator tells programs of PostgreSQL: `PGOPTIONS`.
#[expect(
    clippy::disallowed_methods,
    reason = "the environment is read here; it is no setting of a hub"
)]
pub fn postgres_options() -> Option<String> {
    std::env::var("PGOPTIONS").ok().filter(|it| !it.is_empty())
}

/// Address of an empty PostgreSQL database for `bedside bench book`: `BEDSIDE_BENCH_POSTGRES`.
#[expect(
    clippy::disallowed_methods,
    reason = "the environment is read here; it is no setting of a hub"
)]
pub fn bench_postgres() -> Option<String> {
    std::env::var("BEDSIDE_BENCH_POSTGRES").ok().filter(|it| !it.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_good() {
        Config::default().check().unwrap();
    }

    #[test]
    fn what_tests_are_told_is_no_setting() {
        for name in
            ["TEST_POSTGRES", "test_pg_port", "BENCH_SECONDS", "BIN", "KEK", "OIDC_SECRET_SSO"]
        {
            assert!(!is_setting(name), "{name}");
        }
        for name in ["LISTEN", "MEDIA__WORKERS", "telemetry__log", "TESTS"] {
            assert!(is_setting(name), "{name}");
        }
    }

    #[test]
    fn every_mistake_is_named() {
        let config =
            Config { public_url: "localhost/".to_owned(), threads: 0, ..Config::default() };
        let text = config.check().unwrap_err().to_string();
        assert!(text.contains("public_url: begins") && text.contains("threads"), "{text}");
        let none = Retention { care_conversation_days: Some(0), ..Retention::default() };
        let text = Config { retention: none, ..Config::default() }.check().unwrap_err().to_string();
        assert_eq!(text, "retention.care_conversation_days: 1 to 36500");
    }

    #[test]
    fn a_file_is_read_and_a_typo_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.toml");
        let text = "threads = 2\n[media]\nworkers = 3\n[retention]\nvisit_conversation_days = 90\n";
        std::fs::write(&path, text).unwrap();
        let config = Config::read(Some(&path)).unwrap();
        assert_eq!((config.threads, config.media.workers), (2, 3));
        let Retention { visit_conversation_days, care_conversation_days, .. } = config.retention;
        assert_eq!((visit_conversation_days, care_conversation_days), (Some(90), None));
        std::fs::write(&path, "allowed_origin = [\"http://x\"]\n").unwrap();
        let text = Config::read(Some(&path)).unwrap_err().to_string();
        assert!(text.contains("allowed_origin"), "{text}");
        assert!(Config::read(Some(&folder.path().join("none.toml"))).is_err());
    }
}
