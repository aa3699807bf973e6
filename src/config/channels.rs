//! Settings of what the hub talks to: the ways by which people are told, and Redis.
//!
//! Invariant: a secret is in a file of its own, and the setting is its path: what `check-config` prints holds none.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// `[mail]`. Without a host, mails are written into `outbox/` of the data folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// Host of the SMTP server.
    pub host: String,
    /// Its port; 0 is the usual one (465, 587 or 25, by `tls`).
    pub port: u16,
    /// How the connection is protected.
    pub tls: MailTls,
    /// Name to sign in with; empty for a server that asks for none.
    pub user: String,
    /// File with the password.
    pub password_file: PathBuf,
    /// File with certificates (PEM) of the authorities that are trusted in the place of the machine's own, as of a server with a
    /// certificate of the clinic's; the machine's own when empty.
    pub ca_file: PathBuf,
    /// Mailbox that mails come from, such as `Clinic <no-reply@clinic.example>`.
    pub from: String,
}

/// How a connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTls {
    /// TLS from the first byte (RFC 8314).
    Implicit,
    /// `STARTTLS`, and nothing is sent when the server does not offer it.
    Starttls,
    /// None: for a relay on the same machine.
    None,
}

/// `[sms]`. Without a URL there are no short messages.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sms {
    /// Where messages are posted to, in the shape of Sinch's `batches`.
    pub url: String,
    /// File with the bearer token.
    pub token_file: PathBuf,
    /// File with certificates (PEM) of authorities that are trusted in the place of the machine's own, as of a server with a
    /// certificate of the clinic's; none when empty.
    pub ca_file: PathBuf,
    /// Number or name that messages come from.
    pub sender: String,
}

/// `[redis]`. Without an address every node has caches and limits of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Redis {
    /// Such as `rediss://10.0.0.5:6379/0`, or `rediss://NAME@10.0.0.5:6379/0`; `redis://` without TLS, where it stands on the same
    /// machine or in a network of the hub's own.
    pub url: String,
    /// File with the password.
    pub password_file: PathBuf,
    /// File (PEM) with the authorities that a server is believed by, in the place of the machine's own; the machine's own when empty.
    pub ca_file: PathBuf,
    /// File (PEM) with the certificate by which the hub says who it is, when the server asks; none when empty.
    pub certificate_file: PathBuf,
    /// File (PEM) with its private key.
    pub key_file: PathBuf,
    /// What every key begins with: hubs that share a server have different ones, nodes of one hub the same.
    pub prefix: String,
    /// Milliseconds that a question may take before the node goes on without an answer.
    pub deadline_ms: u32,
}

impl Default for Redis {
    fn default() -> Self {
        Redis {
            url: String::new(),
            password_file: PathBuf::new(),
            ca_file: PathBuf::new(),
            certificate_file: PathBuf::new(),
            key_file: PathBuf::new(),
            prefix: "bedside".to_owned(),
            deadline_ms: 50,
        }
    }
}

impl Default for Mail {
    fn default() -> Self {
        Mail {
            host: String::new(),
            port: 0,
            tls: MailTls::Implicit,
            user: String::new(),
            password_file: PathBuf::new(),
            ca_file: PathBuf::new(),
            from: String::new(),
        }
    }
}

impl Mail {
    pub(super) fn mistakes(&self) -> Vec<&'static str> {
        let mut wrong = Vec::new();
        if !self.host.is_empty() && !self.from.contains('@') {
            wrong.push("mail.from: a mailbox, when there is mail.host");
        }
        if self.user.is_empty() != is_empty(&self.password_file) {
            wrong.push("mail.user, mail.password_file: both or none");
        }
        if !self.user.is_empty() && self.tls == MailTls::None {
            wrong.push("mail.tls: a password is not sent in the clear");
        }
        if !self.host.is_empty() && self.tls == MailTls::None && !is_this_machine(&self.host) {
            wrong
                .push("mail.tls: none is for a relay on this machine: localhost, 127.0.0.1 or ::1");
        }
        wrong
    }
}

impl Sms {
    pub(super) fn mistakes(&self) -> Vec<&'static str> {
        let mut wrong = Vec::new();
        if self.url.is_empty() {
            return wrong;
        }
        if !self.url.starts_with("https://") && !self.url.starts_with("http://127.0.0.1:") {
            wrong.push("sms.url: https, or a gateway at 127.0.0.1");
        }
        if is_empty(&self.token_file) {
            wrong.push("sms.token_file: needed with sms.url");
        }
        if self.sender.is_empty() {
            wrong.push("sms.sender: needed with sms.url");
        }
        wrong
    }
}

impl Redis {
    pub(super) fn mistakes(&self) -> Vec<&'static str> {
        let mut wrong = Vec::new();
        if !self.url.is_empty() {
            let after = ["redis://", "rediss://"].iter().find_map(|it| self.url.strip_prefix(it));
            if after.is_none_or(str::is_empty) {
                wrong.push("redis.url: begins with rediss:// or redis://");
            }
            if self.url.contains('#') {
                wrong.push("redis.url: nothing stands behind a #");
            }
            let user = after.and_then(|it| it.rsplit_once('@')).map(|(user, _)| user);
            if user.is_some_and(|it| it.contains(':')) {
                wrong.push("redis.url: the password belongs into redis.password_file");
            }
        } else if !is_empty(&self.password_file) {
            wrong.push("redis.password_file: needs redis.url");
        }
        let files = [&self.ca_file, &self.certificate_file, &self.key_file];
        if !self.url.starts_with("rediss://") && files.into_iter().any(|it| !is_empty(it)) {
            wrong.push("redis.ca_file, certificate_file and key_file: need rediss:// in redis.url");
        }
        if is_empty(&self.certificate_file) != is_empty(&self.key_file) {
            wrong.push("redis.certificate_file and redis.key_file: both or neither");
        }
        if self.prefix.is_empty()
            || self.prefix.len() > 64
            || self.prefix.contains(char::is_whitespace)
        {
            wrong.push("redis.prefix: 1 to 64 bytes without a space");
        }
        if !(1..=1_000).contains(&self.deadline_ms) {
            wrong.push("redis.deadline_ms: 1 to 1000");
        }
        wrong
    }
}

/// Whether a host is the machine itself.
pub(super) fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

fn is_empty(path: &Path) -> bool {
    path.as_os_str().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_needs_tls_and_a_user() {
        let mail = Mail {
            host: "mail.clinic.example".to_owned(),
            from: "no-reply@clinic.example".to_owned(),
            user: "hub".to_owned(),
            password_file: "secret".into(),
            ..Mail::default()
        };
        assert_eq!(mail.mistakes(), Vec::<&str>::new());
        let clear = Mail { tls: MailTls::None, ..mail.clone() };
        assert_eq!(clear.mistakes().iter().filter(|it| it.contains("mail.tls")).count(), 2);
        let relay = Mail { host: "localhost".to_owned(), ..clear };
        assert_eq!(relay.mistakes().len(), 1, "a password is a secret there, too");
        let nobody = Mail { user: String::new(), from: String::new(), ..mail };
        assert_eq!(nobody.mistakes().len(), 2);
    }

    #[test]
    fn a_password_of_redis_is_in_a_file() {
        let at = |url: &str| Redis { url: url.to_owned(), ..Redis::default() };
        for good in ["", "redis://10.0.0.5", "redis://hub@10.0.0.5:6379/0", "rediss://10.0.0.5"] {
            assert_eq!(at(good).mistakes(), Vec::<&str>::new(), "{good}");
        }
        for bad in ["10.0.0.5:6379", "http://10.0.0.5", "rediss://", "redis://:secret@10.0.0.5"] {
            let said = at(bad).mistakes();
            assert!(said.len() == 1 && said[0].contains("redis.url"), "{bad}: {said:?}");
            assert!(!said[0].contains("secret"));
        }
        let lost = Redis { password_file: "secret".into(), deadline_ms: 0, ..Redis::default() };
        assert_eq!(lost.mistakes().len(), 2);
    }

    #[test]
    fn certificates_of_redis_need_tls_and_each_other() {
        let tls = |it: &str| Redis { url: it.to_owned(), ca_file: "ca".into(), ..Redis::default() };
        assert_eq!(tls("rediss://10.0.0.5").mistakes(), Vec::<&str>::new());
        for clear in ["", "redis://10.0.0.5"] {
            assert!(tls(clear).mistakes()[0].contains("rediss://"), "{clear}");
        }
        let half = Redis { key_file: "key".into(), ..tls("rediss://10.0.0.5") };
        assert!(half.mistakes()[0].contains("both or neither"));
        let whole = Redis { certificate_file: "certificate".into(), ..half };
        assert_eq!(whole.mistakes(), Vec::<&str>::new());
    }

    #[test]
    fn a_gateway_is_reached_by_tls() {
        let sms = Sms {
            url: "https://gateway.example/xms/v1/plan/batches".to_owned(),
            token_file: "token".into(),
            ca_file: PathBuf::new(),
            sender: "Clinic".to_owned(),
        };
        assert_eq!(sms.mistakes(), Vec::<&str>::new());
        let clear = Sms { url: sms.url.replace("https", "http"), ..sms };
        assert!(clear.mistakes()[0].contains("sms.url"));
        assert_eq!(Sms::default().mistakes(), Vec::<&str>::new());
        let bare = Sms { url: "https://gateway.example".to_owned(), ..Sms::default() };
        assert_eq!(bare.mistakes().len(), 2);
    }
}
