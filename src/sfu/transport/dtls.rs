//! The DTLS server side of one transport (RFC 6347, RFC 5764): who the client is, and the SRTP
//! keys.
//!
//! Owns the handshake. Invariant: keys exist only for a client whose certificate has the
//! fingerprint of its offer.

use super::srtp::{Inbound, Master, Outbound, Profile};
use rtc::crypto::providers::AwsLcRsProvider;
use rtc::crypto::{HashAlgorithm, RTCCryptoProvider, SignatureScheme};
use rtc::dtls::cipher_suite::CipherSuiteId;
use rtc::dtls::config::{
    ClientAuthType, ConfigBuilder, ExtendedMasterSecretType, HandshakeConfig,
    VerifyPeerCertificateFn,
};
use rtc::dtls::crypto::Certificate;
use rtc::dtls::endpoint::{Endpoint, EndpointEvent};
use rtc::dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc::peer_connection::certificate::{CertificateParams, RTCCertificate};
use rtc::shared::TransportProtocol;
use rtc::shared::error::Error;
use rtc::srtp::config::LABEL_EXTRACTOR_DTLS_SRTP;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A lost flight is sent again after this long, doubled each time.
const FLIGHT_INTERVAL: Duration = Duration::from_millis(200);
/// Datagrams of a ClientHello that are kept in case the handshake has to begin anew with the other
/// profile.
const MAX_HELLO: usize = 8;

/// The endpoint keys its connections by address. A constant one lets the real address move
/// underneath.
const KEY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 1);

/// Our certificate and the cryptography that goes with it; one for all transports of a pool.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) provider: Arc<dyn RTCCryptoProvider>,
    certificate: Certificate,
    /// SHA-256 of the certificate.
    pub(crate) fingerprint: [u8; 32],
}

fn io_error(error: impl std::fmt::Display) -> std::io::Error {
    std::io::Error::other(format!("certificate for media: {error}"))
}

impl Identity {
    /// A fresh P-256 key with a self-signed certificate.
    ///
    /// # Errors
    ///
    /// When the cryptographic library fails.
    pub(crate) fn generate() -> std::io::Result<Self> {
        let provider: Arc<dyn RTCCryptoProvider> = Arc::new(AwsLcRsProvider::default());
        let crypto = provider.crypto();
        let params = CertificateParams::new(vec!["bedside".to_owned()]).map_err(io_error)?;
        let generated = RTCCertificate::generate(crypto, SignatureScheme::EcdsaP256Sha256, params)
            .map_err(io_error)?;
        let pem = generated.serialize_pem().map_err(io_error)?;
        // In front of the key stands the expiry, which the endpoint's own reader does not know.
        let key = pem.find("-----BEGIN PRIVATE").and_then(|at| pem.get(at..)).unwrap_or(&pem);
        let certificate = Certificate::from_pem(key, crypto).map_err(io_error)?;
        let der = certificate.certificate.first().ok_or_else(|| io_error("none"))?;
        let fingerprint = hash(provider.as_ref(), der).ok_or_else(|| io_error("no hash"))?;
        Ok(Self { provider, certificate, fingerprint })
    }

    /// A random number from the cryptographic library.
    pub(crate) fn random(&self) -> Option<u64> {
        let mut bytes = [0; 8];
        self.provider.random().fill(&mut bytes).ok()?;
        Some(u64::from_ne_bytes(bytes))
    }

    fn config(&self, client: [u8; 32], profile: Profile) -> Option<Arc<HandshakeConfig>> {
        let provider = self.provider.clone();
        let verify: VerifyPeerCertificateFn = Arc::new(move |certificates, _| {
            let der = certificates.first().ok_or(Error::ErrNonCertificate)?;
            if hash(provider.as_ref(), der) == Some(client) {
                Ok(())
            } else {
                Err(Error::ErrNoMatchingCertificateFingerprint)
            }
        });
        let profile = match profile {
            Profile::Aes128Gcm => SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm,
            Profile::Aes128CmSha1 => SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80,
        };
        ConfigBuilder::default()
            .with_crypto_provider(self.provider.clone())
            .with_certificates(vec![self.certificate.clone()])
            .with_cipher_suites(SUITES.to_vec())
            .with_srtp_protection_profiles(vec![profile])
            .with_client_auth(ClientAuthType::RequireAnyClientCert)
            // There is no chain to verify: the fingerprint of the offer is the proof (RFC 8122).
            .with_insecure_skip_verify(true)
            .with_verify_peer_certificate(Some(verify))
            .with_extended_master_secret(ExtendedMasterSecretType::Require)
            .with_flight_interval(FLIGHT_INTERVAL)
            .build(false, None)
            .ok()
            .map(Arc::new)
    }
}

/// What a client may choose of: authenticated encryption with forward secrecy only (RFC 8827, 6.5: the first one is what everybody has). The
/// library's own list has CBC with SHA-1 in it, and the client's order decides.
const SUITES: [CipherSuiteId; 2] = [
    CipherSuiteId::Tls_Ecdhe_Ecdsa_With_Aes_128_Gcm_Sha256,
    CipherSuiteId::Tls_Ecdhe_Ecdsa_With_ChaCha20_Poly1305_Sha256,
];

fn hash(provider: &dyn RTCCryptoProvider, data: &[u8]) -> Option<[u8; 32]> {
    provider.crypto().hash(HashAlgorithm::Sha256, data).ok()?.try_into().ok()
}

/// Both directions of SRTP.
pub(crate) struct Keys {
    pub(crate) inbound: Inbound,
    pub(crate) outbound: Outbound,
}

/// What a datagram or a timer brought about.
pub(crate) enum Progress {
    /// Nothing to tell.
    Going,
    /// The handshake is done.
    Done(Box<Keys>),
    /// The client said goodbye.
    Closed,
    /// The handshake failed, for good.
    Failed,
}

/// One handshake and what remains of it.
pub(crate) struct Dtls {
    identity: Arc<Identity>,
    client: [u8; 32],
    profile: Profile,
    endpoint: Endpoint,
    hello: Vec<Vec<u8>>,
    is_done: bool,
}

impl Dtls {
    /// Waits for a client whose certificate has this SHA-256.
    pub(crate) fn new(identity: Arc<Identity>, client: [u8; 32]) -> Option<Self> {
        let profile = Profile::Aes128Gcm;
        let config = identity.config(client, profile)?;
        let endpoint = Endpoint::new(KEY, TransportProtocol::UDP, Some(config));
        Some(Self { identity, client, profile, endpoint, hello: Vec::new(), is_done: false })
    }

    /// Feeds one datagram.
    pub(crate) fn read(&mut self, datagram: &[u8], now: Instant) -> Progress {
        if self.has_to_fall_back(datagram) && !self.fall_back(now) {
            return Progress::Failed;
        }
        // A panic of the library on hostile bytes ends this client's transport, not the worker. The
        // endpoint is not used any more afterwards.
        let endpoint = &mut self.endpoint;
        let read =
            catch_unwind(AssertUnwindSafe(|| endpoint.read(now, KEY, None, datagram.into())));
        let events = match read {
            Ok(Ok(events)) => events,
            // Afterwards anybody can forge a record; before, it is the end of this attempt.
            Ok(Err(_)) if self.is_done => return Progress::Going,
            _ => return Progress::Failed,
        };
        for event in events {
            match event {
                EndpointEvent::HandshakeComplete if !self.is_done => {
                    self.is_done = true;
                    self.hello = Vec::new();
                    return self
                        .keys()
                        .map_or(Progress::Failed, |keys| Progress::Done(Box::new(keys)));
                }
                EndpointEvent::PeerClosed => return Progress::Closed,
                _ => {}
            }
        }
        Progress::Going
    }

    /// Looks for a ClientHello that has no AES-GCM among its SRTP profiles.
    fn has_to_fall_back(&mut self, datagram: &[u8]) -> bool {
        if self.is_done || self.profile != Profile::Aes128Gcm || self.hello.len() >= MAX_HELLO {
            return false;
        }
        self.hello.push(datagram.to_vec());
        matches!(super::hello::offers_gcm(&self.hello), Some(false))
    }

    /// Begins anew with the profile that every client has, and shows it what came so far but the
    /// last datagram.
    fn fall_back(&mut self, now: Instant) -> bool {
        self.profile = Profile::Aes128CmSha1;
        let Some(config) = self.identity.config(self.client, self.profile) else { return false };
        self.endpoint = Endpoint::new(KEY, TransportProtocol::UDP, Some(config));
        let hello = std::mem::take(&mut self.hello);
        hello
            .iter()
            .take(hello.len() - 1.min(hello.len()))
            .all(|datagram| self.endpoint.read(now, KEY, None, datagram.as_slice().into()).is_ok())
    }

    fn keys(&self) -> Option<Keys> {
        let state = self.endpoint.get_connection_state(KEY)?;
        let salt_length = match self.profile {
            Profile::Aes128Gcm => 12,
            Profile::Aes128CmSha1 => 14,
        };
        let material = state
            .export_keying_material(LABEL_EXTRACTOR_DTLS_SRTP, &[], 32 + 2 * salt_length)
            .ok()?;
        // RFC 5764 section 4.2: client key, server key, client salt, server salt.
        let (keys, salts) = material.as_ref().split_at_checked(32)?;
        let (client_key, server_key) = keys.split_at_checked(16)?;
        let (client_salt, server_salt) = salts.split_at_checked(salt_length)?;
        let crypto = self.identity.provider.crypto();
        let client = Master { key: client_key, salt: client_salt };
        let server = Master { key: server_key, salt: server_salt };
        Some(Keys {
            inbound: Inbound::new(crypto, self.profile, &client)?,
            outbound: Outbound::new(crypto, self.profile, &server)?,
        })
    }

    /// Sends a lost flight again when it is time to.
    pub(crate) fn tick(&mut self, now: Instant) -> Progress {
        let is_due = self.endpoint.poll_timeout(&KEY).is_some_and(|at| at <= now);
        if is_due && self.endpoint.handle_timeout(KEY, now).is_err() && !self.is_done {
            return Progress::Failed;
        }
        Progress::Going
    }

    /// Datagrams to send.
    pub(crate) fn drain(&mut self, mut send: impl FnMut(&[u8])) {
        while let Some(transmit) = self.endpoint.poll_transmit() {
            send(&transmit.message);
        }
    }

    /// Says goodbye; what there is to send comes out of [`Dtls::drain`].
    pub(crate) fn close(&mut self, now: Instant) {
        if self.is_done {
            self.endpoint.stop(now, KEY);
        }
    }
}

#[cfg(test)]
mod tests;
