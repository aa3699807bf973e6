//! Settings of payments. Off by default: then a price is only shown.
//!
//! Invariant: a secret is in a file of its own, and the setting is its path.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use url::Url;

/// `[payments]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Payments {
    /// Who takes money.
    pub provider: PaymentKind,
    /// Of `http`: where its intents are, in the shape of docs/payments.md.
    pub url: String,
    /// Of `http`: hosts of the pages on which people pay, such as `checkout.stripe.com`; that of `url` when empty.
    pub page_hosts: Vec<String>,
    /// Of `http`: file with the bearer token.
    pub token_file: PathBuf,
    /// Of `http`: file with certificates (PEM) of authorities that are trusted in the place of the machine's own, which are when empty.
    pub ca_file: PathBuf,
    /// File with the secret by which the provider signs its messages; without it they are refused, and the hub asks by itself.
    pub webhook_secret_file: PathBuf,
    /// A patient who cancels so many hours before the begin, or earlier, is paid back. The clinic always pays back.
    pub refund_notice_hours: u16,
}

/// Who takes money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentKind {
    /// Nobody.
    None,
    /// The hub's own fictional provider: no money moves. For demos.
    Sandbox,
    /// A provider over HTTP.
    Http,
}

impl Default for Payments {
    fn default() -> Self {
        Payments {
            provider: PaymentKind::None,
            url: String::new(),
            page_hosts: Vec::new(),
            token_file: PathBuf::new(),
            ca_file: PathBuf::new(),
            webhook_secret_file: PathBuf::new(),
            refund_notice_hours: 24,
        }
    }
}

impl Payments {
    /// Whether people may be sent there to pay: a page of the provider, over TLS.
    pub fn is_page(&self, page: &str) -> bool {
        let Ok(page) = Url::parse(page) else { return false };
        let mut hosts: Vec<_> = self.page_hosts.iter().filter_map(|it| host_of(it)).collect();
        if hosts.is_empty() {
            hosts
                .extend(Url::parse(&self.url).ok().and_then(|it| it.host_str().map(str::to_owned)));
        }
        page.scheme() == "https" && hosts.iter().any(|it| page.host_str() == Some(it))
    }

    pub(super) fn mistakes(&self) -> Vec<&'static str> {
        let mut wrong = Vec::new();
        if self.refund_notice_hours > 24 * 60 {
            wrong.push("payments.refund_notice_hours: at most 1440");
        }
        if self.provider != PaymentKind::Http {
            return wrong;
        }
        if !self.url.starts_with("https://") && !self.url.starts_with("http://127.0.0.1:") {
            wrong.push("payments.url: https, or a provider at 127.0.0.1");
        }
        if self.token_file.as_os_str().is_empty() {
            wrong.push("payments.token_file: needed with a provider over http");
        }
        if self.page_hosts.is_empty() && self.url.starts_with("http://127.0.0.1:") {
            wrong.push("payments.page_hosts: the hosts of the pages on which people pay");
        }
        if self.page_hosts.iter().any(|it| host_of(it).is_none()) {
            wrong.push("payments.page_hosts: names of hosts, without https:// and without a port");
        }
        wrong
    }
}

/// A host as an address has it: small letters, international names in ASCII. Nothing when it is more than a host, or none.
fn host_of(name: &str) -> Option<String> {
    let url = Url::parse(&format!("https://{name}")).ok()?;
    let is_bare = url.path() == "/" && url.port().is_none() && url.username().is_empty();
    let has_more = name.contains(['/', ':', '@', '?', '#']);
    (is_bare && !has_more).then(|| url.host_str().map(str::to_owned))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_reached_by_tls_and_with_a_token() {
        assert_eq!(Payments::default().mistakes(), Vec::<&str>::new());
        let bare = Payments { provider: PaymentKind::Http, ..Payments::default() };
        assert_eq!(bare.mistakes().len(), 2);
        let good = Payments {
            url: "https://pay.example/v1".to_owned(),
            token_file: "token".into(),
            ..bare
        };
        assert_eq!(good.mistakes(), Vec::<&str>::new());
        for (page, is_one) in [
            ("https://pay.example/in-1", true),
            ("http://pay.example/in-1", false),
            ("https://pay.example.evil.example/in-1", false),
            ("https://pay.example@evil.example/in-1", false),
            ("https://checkout.example/in-1", false),
            ("javascript:alert(1)", false),
        ] {
            assert_eq!(good.is_page(page), is_one, "{page}");
        }
        let elsewhere =
            Payments { page_hosts: vec!["checkout.example".to_owned()], ..good.clone() };
        assert!(elsewhere.is_page("https://checkout.example/in-1"));
        assert!(!elsewhere.is_page("https://pay.example/in-1"));
        let shouted = Payments { page_hosts: vec!["Checkout.Example".to_owned()], ..good.clone() };
        assert!(shouted.is_page("https://checkout.example/in-1"));
        let near = Payments { url: "http://127.0.0.1:4000/v1".to_owned(), ..good.clone() };
        assert!(near.mistakes()[0].contains("page_hosts"));
        for wrong in ["https://pay.example", "pay.example:443", "a@pay.example", ""] {
            let it = Payments { page_hosts: vec![wrong.to_owned()], ..good.clone() };
            assert!(it.mistakes()[0].contains("page_hosts"), "{wrong}");
        }
        let slip = Payments { refund_notice_hours: 2_000, ..good };
        assert!(slip.mistakes()[0].contains("refund_notice_hours"));
    }
}
