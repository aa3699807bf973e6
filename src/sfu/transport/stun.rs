//! Verifies a connectivity check and writes its answer (RFC 8489, RFC 8445).

use rtc::crypto::RTCCrypto;
use rtc::stun::attributes::ATTR_USE_CANDIDATE;
use rtc::stun::fingerprint::FINGERPRINT;
use rtc::stun::integrity::MessageIntegrity;
use rtc::stun::message::{BINDING_REQUEST, BINDING_SUCCESS, Message};
use rtc::stun::xoraddr::XorMappedAddress;
use std::net::SocketAddr;

/// A check that is authentic.
pub(crate) struct Check {
    /// The client wants this address to be the one (USE-CANDIDATE).
    pub(crate) nominates: bool,
    /// What to send back, to where the check came from.
    pub(crate) answer: Vec<u8>,
}

/// Nothing when the check does not know the password.
pub(crate) fn verify(
    datagram: &[u8],
    password: &str,
    from: SocketAddr,
    crypto: &dyn RTCCrypto,
) -> Option<Check> {
    let mut request = Message { raw: datagram.to_vec(), ..Message::default() };
    request.decode().ok()?;
    if request.typ != BINDING_REQUEST {
        return None;
    }
    MessageIntegrity::check(&mut request, password.as_bytes(), crypto).ok()?;
    let nominates = request.contains(ATTR_USE_CANDIDATE);
    let integrity =
        MessageIntegrity::new_short_term_integrity_with_provider(password.to_owned(), crypto);
    let mut answer = Message::new();
    answer
        .build(&[
            Box::new(request),
            Box::new(BINDING_SUCCESS),
            Box::new(XorMappedAddress { ip: from.ip(), port: from.port() }),
            Box::new(integrity),
            Box::new(FINGERPRINT),
        ])
        .ok()?;
    Some(Check { nominates, answer: answer.raw })
}
