//! TLS of the hub's own listener: which versions and suites, and the certificate that may change while it runs.
//!
//! Invariants: what is read is used only when key and certificate belong together; a file that is not good leaves the one before
//! in use. TLS 1.3, and 1.2 only where it is asked for: forward secrecy and authenticated encryption in both. No session
//! is kept over a restart, and nothing is taken before the handshake has ended (no early data). Does not: watch files; who does
//! calls [`Certificate::read_again`].

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// The certificate in use, and where it is read again.
pub struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<CertifiedKey>>,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Certificate")
    }
}

impl Certificate {
    /// From two files in PEM.
    ///
    /// # Errors
    /// When one of them cannot be read, or they do not belong together; says which.
    pub fn open(chain: &Path, key: &Path) -> Result<Arc<Self>> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let current = RwLock::new(Arc::new(read(chain, key, &provider)?));
        let (chain, key) = (chain.to_owned(), key.to_owned());
        Ok(Arc::new(Certificate { chain, key, provider, current }))
    }

    /// Reads the files again; whether there is another certificate now. Connections that are open keep theirs.
    ///
    /// # Errors
    /// As [`Certificate::open`]; what was in use stays in use.
    pub fn read_again(&self) -> Result<bool> {
        let read = read(&self.chain, &self.key, &self.provider)?;
        if read.cert == self.current().cert {
            return Ok(false);
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(read);
        Ok(true)
    }

    /// The second (Unix time) until which the certificate in use is good.
    pub fn ends_at_s(&self) -> Option<i64> {
        let current = self.current();
        let (_, parsed) = x509_parser::parse_x509_certificate(current.cert.first()?).ok()?;
        Some(parsed.validity().not_after.timestamp())
    }

    fn current(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What a listener speaks.
    ///
    /// # Errors
    /// Never in a build of ours: when the suites and the versions do not fit.
    pub fn server(self: &Arc<Self>, also_tls12: bool) -> Result<rustls::ServerConfig> {
        let versions: &[_] = if also_tls12 { &[&TLS13, &TLS12] } else { &[&TLS13] };
        let builder = rustls::ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(versions)
            .map_err(Error::other)?;
        let resolver = Arc::clone(self) as Arc<dyn ResolvesServerCert>;
        let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
        config.ignore_client_order = true;
        Ok(config)
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

fn read(chain: &Path, key: &Path, provider: &CryptoProvider) -> Result<CertifiedKey> {
    let wrong = |path: &Path, why: &dyn std::fmt::Display| {
        Error::other(format!("tls: {}: {why}", path.display()))
    };
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(chain)
        .and_then(Iterator::collect)
        .map_err(|it| wrong(chain, &it))?;
    if certificates.is_empty() {
        return Err(wrong(chain, &"there is no certificate in it"));
    }
    // What of a key cannot be read is not told: it might be shown.
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|_| wrong(key, &"cannot be read, or there is no private key in it"))?;
    CertifiedKey::from_der(certificates, private, provider)
        .map_err(|_| wrong(key, &"is not the key of the certificate"))
}
