//! The signature of a provider's token, and what stands below it.
//!
//! Invariants: the algorithm is one of our list, suits the key, and is never the token's own choice of a secret; `kid` is compared with
//! the names of the issuer's keys, and no key, address or certificate in a header is looked at. Does not: know what the
//! claims mean (`claims`), or the time.

use super::Refusal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::de::IgnoredAny;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// Longest token that is looked at.
const MAX_TOKEN_BYTES: usize = 16 * 1024;
/// Keys of one issuer that are looked at.
const MAX_KEYS: usize = 32;

/// What a token says of itself. Members that are not named here are not read.
#[derive(Debug, Deserialize)]
pub(super) struct Head {
    alg: String,
    #[serde(default)]
    pub(super) kid: Option<String>,
    #[serde(default)]
    pub(super) typ: Option<String>,
    /// Extensions that must be understood; we understand none.
    #[serde(default)]
    crit: Option<IgnoredAny>,
}

/// A token in its parts.
#[derive(Debug)]
pub(super) struct Token<'a> {
    pub(super) head: Head,
    pub(super) algorithm: Algorithm,
    signed: &'a str,
    payload: &'a str,
    signature: &'a str,
}

/// Keys of an issuer.
#[derive(Debug, Default)]
pub(super) struct KeySet(Vec<Jwk>);

impl KeySet {
    /// Of a JWK Set. What is no key that we know is passed over.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        #[derive(Deserialize)]
        struct Raw {
            keys: Vec<Value>,
        }
        let raw: Raw = serde_json::from_slice(bytes).map_err(|_| Refusal::Shape)?;
        let keys = raw.keys.into_iter().take(MAX_KEYS);
        Ok(KeySet(keys.filter_map(|it| serde_json::from_value(it).ok()).collect()))
    }

    /// The key that a token names, or the only one that suits one that names none.
    fn find(&self, token: &Token<'_>) -> Option<&Jwk> {
        let mut suiting = self.0.iter().filter(|it| suits(it, token.algorithm));
        let Some(kid) = &token.head.kid else {
            let only = suiting.next();
            return only.filter(|_| suiting.next().is_none());
        };
        suiting.find(|it| it.common.key_id.as_ref() == Some(kid))
    }
}

/// The algorithms that are believed, and the ways in which keys name them.
fn named(algorithm: Algorithm) -> Option<KeyAlgorithm> {
    match algorithm {
        Algorithm::RS256 => Some(KeyAlgorithm::RS256),
        Algorithm::PS256 => Some(KeyAlgorithm::PS256),
        Algorithm::ES256 => Some(KeyAlgorithm::ES256),
        Algorithm::EdDSA => Some(KeyAlgorithm::EdDSA),
        _ => None,
    }
}

fn algorithm(name: &str) -> Result<Algorithm, Refusal> {
    match name {
        "RS256" => Ok(Algorithm::RS256),
        "PS256" => Ok(Algorithm::PS256),
        "ES256" => Ok(Algorithm::ES256),
        "EdDSA" => Ok(Algorithm::EdDSA),
        _ => Err(Refusal::Algorithm),
    }
}

/// Whether a key is of that kind, and meant for signatures by that algorithm.
fn suits(key: &Jwk, algorithm: Algorithm) -> bool {
    let of_kind = match (&key.algorithm, algorithm) {
        (AlgorithmParameters::RSA(_), Algorithm::RS256 | Algorithm::PS256) => true,
        (AlgorithmParameters::EllipticCurve(it), Algorithm::ES256) => {
            it.curve == EllipticCurve::P256
        }
        (AlgorithmParameters::OctetKeyPair(it), Algorithm::EdDSA) => {
            it.curve == EllipticCurve::Ed25519
        }
        _ => false,
    };
    let signs = matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature));
    let is_its = key.common.key_algorithm.is_none() || key.common.key_algorithm == named(algorithm);
    of_kind && signs && is_its
}

/// Takes a token apart.
pub(super) fn parse(token: &str) -> Result<Token<'_>, Refusal> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(Refusal::Shape);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::Shape)?;
    let (head, payload) = signed.split_once('.').ok_or(Refusal::Shape)?;
    let head: Head = json(head)?;
    if head.crit.is_some() {
        return Err(Refusal::Type);
    }
    let algorithm = algorithm(&head.alg)?;
    Ok(Token { head, algorithm, signed, payload, signature })
}

impl Token<'_> {
    /// What it says, if one of these keys has signed it.
    pub(super) fn claims<T: DeserializeOwned>(&self, keys: &KeySet) -> Result<T, Refusal> {
        let key = keys.find(self).ok_or(Refusal::Key)?;
        let key = DecodingKey::from_jwk(key).map_err(|_| Refusal::Key)?;
        let verified = jsonwebtoken::crypto::verify(
            self.signature,
            self.signed.as_bytes(),
            &key,
            self.algorithm,
        );
        match verified {
            Ok(true) => json(self.payload),
            Ok(false) | Err(_) => Err(Refusal::Signature),
        }
    }
}

/// A part as JSON. A member that is named and stands twice is refused.
fn json<T: DeserializeOwned>(part: &str) -> Result<T, Refusal> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Refusal::Shape)?;
    serde_json::from_slice(&bytes).map_err(|_| Refusal::Shape)
}
