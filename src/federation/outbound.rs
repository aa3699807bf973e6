//! What is asked of a provider over HTTP.
//!
//! Invariants: only hosts that the settings name, only over TLS, only at addresses that a provider may have, looked at after the name was
//! resolved and for this very connection; no redirect is followed, no proxy of the environment is used, and no answer is read
//! beyond [`MAX_ANSWER`] or [`REQUEST`]. A provider at 127.0.0.1 without TLS is one that the settings allow for tests, and is
//! asked at that address and port alone.

use super::Refusal;
use crate::config::Provider as Settings;
use crate::notifications::client_builder;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, RequestBuilder, Url};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// How long one request may take: somebody waits for a page.
pub(super) const REQUEST: Duration = Duration::from_secs(5);
/// Bytes of an answer that are read. Metadata are some two thousand, keys some ten thousand.
const MAX_ANSWER: usize = 128 * 1024;

/// The way to one provider.
#[derive(Debug)]
pub(super) struct Outbound {
    client: Client,
    hosts: Vec<String>,
    /// The only origin of a provider without TLS.
    loopback: Option<String>,
}

impl Outbound {
    pub(super) fn open(settings: &Settings) -> io::Result<Self> {
        let wrong = || io::Error::other("identity.providers.issuer: no URL");
        let issuer: Url = settings.issuer.parse().map_err(|_| wrong())?;
        let host = issuer.host_str().ok_or_else(wrong)?.to_owned();
        let loopback = settings.is_loopback().then(|| issuer.origin().ascii_serialization());
        let guarded = Guarded { is_inside: settings.is_inside };
        let builder = client_builder(&settings.ca_file, "identity.providers.ca_file")?;
        let client = builder
            .timeout(REQUEST)
            .no_proxy()
            .https_only(loopback.is_none())
            .dns_resolver(Arc::new(guarded))
            .build()
            .map_err(|_| io::Error::other("identity.providers.ca_file: no HTTPS with these"))?;
        let hosts = settings.hosts.iter().map(|it| it.to_ascii_lowercase());
        Ok(Outbound { client, hosts: hosts.chain([host]).collect(), loopback })
    }

    /// An address that may be asked.
    pub(super) fn may_ask(&self, text: &str) -> Result<Url, Refusal> {
        let url: Url = text.parse().map_err(|_| Refusal::Metadata)?;
        let is_plain = url.username().is_empty() && url.password().is_none();
        let may = match &self.loopback {
            Some(origin) => url.origin().ascii_serialization() == *origin,
            None => {
                let host = url.host_str().unwrap_or_default();
                url.scheme() == "https"
                    && !is_address(host)
                    && self.hosts.iter().any(|it| it == host)
            }
        };
        if is_plain && may && url.fragment().is_none() { Ok(url) } else { Err(Refusal::Metadata) }
    }

    /// What there is.
    pub(super) async fn get(&self, url: Url) -> Result<Vec<u8>, Refusal> {
        match self.send(self.client.get(url)).await? {
            (200, body) => Ok(body),
            _ => Err(Refusal::Down),
        }
    }

    /// Status and body of the answer to a form.
    pub(super) async fn post(
        &self,
        url: Url,
        form: String,
        authorization: Option<HeaderValue>,
    ) -> Result<(u16, Vec<u8>), Refusal> {
        let request = self.client.post(url).body(form);
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = match authorization {
            Some(it) => request.header(AUTHORIZATION, it),
            None => request,
        };
        self.send(request).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<(u16, Vec<u8>), Refusal> {
        let request = request.header(ACCEPT, "application/json");
        let mut answer = request.send().await.map_err(|_| Refusal::Down)?;
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|_| Refusal::Down)? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_ANSWER {
                return Err(Refusal::Shape);
            }
        }
        Ok((status, body))
    }
}

/// Whether a host is an address instead of a name. The parser has brought all its ways of writing to one.
fn is_address(host: &str) -> bool {
    host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

/// Resolves names to addresses that a provider may have. What comes out is what is connected to: nobody resolves again.
#[derive(Debug, Clone, Copy)]
struct Guarded {
    is_inside: bool,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let is_inside = self.is_inside;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let good: Vec<SocketAddr> =
                found.filter(|it| may_connect(it.ip(), is_inside)).collect();
            if good.is_empty() {
                return Err(io::Error::other("no address that a provider may have").into());
            }
            Ok(Box::new(good.into_iter()) as Addrs)
        })
    }
}

/// Whether a provider may be there: in the world, or, if the settings say so, in the clinic's own network.
fn may_connect(address: IpAddr, is_inside: bool) -> bool {
    match address.to_canonical() {
        IpAddr::V4(it) => is_of_world_v4(it) || (is_inside && is_of_clinic_v4(it)),
        IpAddr::V6(it) => is_of_world_v6(it) || (is_inside && is_of_clinic_v6(it)),
    }
}

fn is_of_clinic_v4(it: Ipv4Addr) -> bool {
    let [a, b, ..] = it.octets();
    it.is_private() || (a == 100 && (64..128).contains(&b))
}

fn is_of_world_v4(it: Ipv4Addr) -> bool {
    let [a, b, c, _] = it.octets();
    let is_special = it.is_loopback()
        || it.is_link_local()
        || it.is_multicast()
        || it.is_documentation()
        || a == 0
        || a >= 240
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19));
    !is_special && !is_of_clinic_v4(it)
}

/// Unique local addresses, but for the one at which clouds tell machines their secrets.
fn is_of_clinic_v6(it: Ipv6Addr) -> bool {
    let [first, second, ..] = it.segments();
    (first & 0xfe00) == 0xfc00 && (first, second) != (0xfd00, 0x0ec2)
}

/// Global unicast, but for what carries IPv4 addresses within, and documentation.
fn is_of_world_v6(it: Ipv6Addr) -> bool {
    let [first, second, ..] = it.segments();
    let is_tunnel = first == 0x2002 || (first == 0x2001 && second == 0);
    let is_documentation = first == 0x2001 && second == 0x0db8;
    (first & 0xe000) == 0x2000 && !is_tunnel && !is_documentation
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ProviderRole;
    use std::path::PathBuf;

    fn settings(issuer: &str) -> Settings {
        Settings {
            id: "sso".to_owned(),
            name: "Clinic".to_owned(),
            issuer: issuer.to_owned(),
            client_id: "bedside".to_owned(),
            secret_file: PathBuf::new(),
            organisation: None,
            roles: vec![ProviderRole::Clinician],
            email_domains: vec![],
            is_authoritative: false,
            second_factor_acr: vec![],
            second_factor_amr: vec![],
            max_age_s: None,
            hosts: vec!["Keys.example".to_owned()],
            is_inside: false,
            ca_file: PathBuf::new(),
        }
    }

    #[test]
    fn only_hosts_of_the_settings_are_asked_and_only_by_tls() {
        let way = Outbound::open(&settings("https://id.example/realm")).unwrap();
        for good in ["https://id.example/token", "https://KEYS.example/jwks?x=1"] {
            assert!(way.may_ask(good).is_ok(), "{good}");
        }
        for bad in [
            "http://id.example/token",
            "https://other.example/token",
            "https://id.example.evil/token",
            "https://id.example@evil.example/token",
            "https://somebody@id.example/token",
            "https://id.example/token#fragment",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://[::ffff:7f00:1]/",
            "https://169.254.169.254/latest",
            "gopher://id.example/",
            "file:///etc/passwd",
            "not an address",
        ] {
            assert_eq!(way.may_ask(bad).map(|_| ()), Err(Refusal::Metadata), "{bad}");
        }
        let here = Outbound::open(&settings("http://127.0.0.1:4000")).unwrap();
        assert!(here.may_ask("http://127.0.0.1:4000/token").is_ok());
        for bad in ["http://127.0.0.1:4001/", "http://id.example/", "https://keys.example/"] {
            assert!(here.may_ask(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_leads_to_no_address_that_no_provider_has() {
        let world = ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34"];
        let clinic = ["10.0.0.7", "192.168.1.1", "172.16.0.1", "100.64.0.1", "fd12::1"];
        let nobody = [
            "127.0.0.1",
            "0.0.0.0",
            "169.254.169.254",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.2.1",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "fe80::1",
            "ff02::1",
            "fd00:ec2::254",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
        ];
        let may = |it: &str, is_inside| may_connect(it.parse().unwrap(), is_inside);
        for it in world {
            assert!(may(it, false) && may(it, true), "{it}");
        }
        for it in clinic {
            assert!(!may(it, false) && may(it, true), "{it}");
        }
        for it in nobody {
            assert!(!may(it, false) && !may(it, true), "{it}");
        }
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_not_connected_to() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let way = Outbound::open(&settings("https://localhost")).unwrap();
        let url = way.may_ask(&format!("https://localhost:{port}/")).unwrap();
        assert_eq!(way.get(url).await, Err(Refusal::Down));
        assert!(listener.accept().is_err(), "nobody has come");
    }
}
