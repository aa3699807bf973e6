//! Settings of TLS.

use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::PathBuf;

/// `[tls]`. Without a certificate the hub speaks plain HTTP at `listen`, for a proxy in front that does TLS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// Address of HTTPS and WSS. At the plain `listen` browsers are then told to come here.
    pub listen: SocketAddr,
    /// File (PEM) with the certificate and whatever lies between it and its authority, in this order.
    pub certificate: PathBuf,
    /// File (PEM) with its private key.
    pub key: PathBuf,
    /// The oldest version that is spoken.
    pub minimum: TlsVersion,
}

/// Versions of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TlsVersion {
    /// Only for clients that know nothing newer; with forward secrecy and authenticated encryption alone.
    #[serde(rename = "1.2")]
    Tls12,
    /// RFC 8446.
    #[serde(rename = "1.3")]
    Tls13,
}

impl Default for Tls {
    fn default() -> Self {
        Tls {
            listen: SocketAddr::from(([127, 0, 0, 1], 8443)),
            certificate: PathBuf::new(),
            key: PathBuf::new(),
            minimum: TlsVersion::Tls13,
        }
    }
}

impl Tls {
    /// Whether the hub speaks TLS itself.
    pub fn is_on(&self) -> bool {
        !self.certificate.as_os_str().is_empty()
    }

    pub(super) fn mistakes(&self, public_url: &str, plain: SocketAddr) -> Vec<&'static str> {
        let mut wrong = vec![];
        if self.is_on() == self.key.as_os_str().is_empty() {
            wrong.push("tls: certificate and key, both or none");
        }
        if self.is_on() && !public_url.starts_with("https://") {
            wrong.push("tls: with a certificate, public_url begins with https://");
        }
        if self.is_on() && self.listen == plain && plain.port() != 0 {
            wrong.push("tls.listen: another address than listen");
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_comes_with_its_key_an_address_and_an_https_url() {
        let plain = SocketAddr::from(([127, 0, 0, 1], 8080));
        assert!(Tls::default().mistakes("http://localhost:8080", plain).is_empty());
        let whole = Tls { certificate: "a.pem".into(), key: "b.pem".into(), ..Tls::default() };
        assert!(whole.mistakes("https://clinic.example", plain).is_empty());
        assert_eq!(whole.mistakes("http://clinic.example", plain).len(), 1);
        assert_eq!(whole.mistakes("https://clinic.example", whole.listen).len(), 1);
        let half = Tls { key: PathBuf::new(), ..whole.clone() };
        assert_eq!(half.mistakes("https://clinic.example", plain).len(), 1);
        let other = Tls { certificate: PathBuf::new(), ..whole };
        assert_eq!(other.mistakes("https://clinic.example", plain).len(), 1);
    }
}
