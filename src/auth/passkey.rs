//! Passkeys (WebAuthn Level 3): what the hub as relying party checks of a new one and of what it signs.
//!
//! Invariants: the challenge is the one that was asked, the page one of this hub's, the host name this hub's; somebody was there,
//! and was checked where that is asked for; the signature is by the key that was kept. Nothing is told of why one is refused.
//! Attestation is not asked for and not looked at: the clinic does not choose whose devices people buy.
//! Does not: keep the counter or spend the challenge; that is the store's. Does not: verify by itself (`crypto::signature`).

use crate::crypto::{PublicKey, sha256};
use crate::protocol::factor::{PasskeyAssertion, PasskeyAttestation};
use crate::protocol::phi::Phi;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciborium::Value;
use serde::Deserialize;

/// COSE numbers of the algorithms that are taken, best first: EdDSA, ES256, RS256.
pub const ALGORITHMS: [i32; 3] = [-8, -7, -257];
/// Largest part of an answer: an attestation with a chain of certificates has some kilobytes.
const MAX_BYTES: usize = 16 * 1024;
/// WebAuthn bounds an id so.
const MAX_CREDENTIAL_BYTES: usize = 1_023;
/// Depth of CBOR that is looked at.
const MAX_DEPTH: usize = 8;

const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;
const HAS_CREDENTIAL: u8 = 1 << 6;

/// The hub as passkeys know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    /// Host name that passkeys belong to.
    pub id: String,
    /// Pages that may ask.
    pub origins: Vec<String>,
}

impl RelyingParty {
    /// By what browsers call the hub.
    pub fn of(public_url: &str, allowed_origins: &[String]) -> Self {
        let host = public_url.split("://").nth(1).unwrap_or(public_url);
        let host = host.split(['/', ':']).next().unwrap_or(host);
        let origins = [public_url.to_owned()].into_iter().chain(allowed_origins.iter().cloned());
        RelyingParty { id: host.to_ascii_lowercase(), origins: origins.collect() }
    }
}

/// A passkey that may be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPasskey {
    /// By which it is found.
    pub credential_id: Vec<u8>,
    /// Its public key: COSE, base64url.
    pub public_key: String,
    /// What it counts from.
    pub counter: i64,
}

/// Looks at a new passkey.
pub fn register(
    of: &RelyingParty,
    challenge: &Phi<String>,
    made: &PasskeyAttestation,
) -> Option<NewPasskey> {
    client_data(of, "webauthn.create", challenge, &decode(&made.client_data)?)?;
    let object = cbor(&mut decode(&made.attestation_object)?.as_slice())?;
    let authenticator = Authenticator::read(of, member(&object, &"authData".into())?.as_bytes()?)?;
    let (credential_id, public_key) = authenticator.credential?;
    read_key(&public_key)?;
    let mut bytes = vec![];
    ciborium::into_writer(&public_key, &mut bytes).ok()?;
    Some(NewPasskey {
        credential_id,
        public_key: URL_SAFE_NO_PAD.encode(bytes),
        counter: authenticator.counter,
    })
}

/// Looks at what a passkey signed: its count.
pub fn verify(
    of: &RelyingParty,
    challenge: &Phi<String>,
    public_key: &str,
    signed: &PasskeyAssertion,
    must_verify_user: bool,
) -> Option<i64> {
    let client = decode(&signed.client_data)?;
    client_data(of, "webauthn.get", challenge, &client)?;
    let bytes = decode(&signed.authenticator_data)?;
    let authenticator = Authenticator::read(of, &bytes)?;
    if must_verify_user && !authenticator.has_verified_user {
        return None;
    }
    let key = URL_SAFE_NO_PAD.decode(public_key).ok()?;
    let key = read_key(&cbor(&mut key.as_slice())?)?;
    let message: Vec<u8> = bytes.into_iter().chain(sha256(&client)).collect();
    key.verifies(&message, &decode(&signed.signature)?).then_some(authenticator.counter)
}

/// The id of a passkey, as bytes.
pub fn credential_id(of: &PasskeyAssertion) -> Option<Vec<u8>> {
    decode(&of.credential_id).filter(|it| it.len() <= MAX_CREDENTIAL_BYTES)
}

/// What the browser says. Members that are told twice are refused by their reader; others there may be.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    r#type: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

fn client_data(of: &RelyingParty, kind: &str, challenge: &Phi<String>, bytes: &[u8]) -> Option<()> {
    let data: ClientData = serde_json::from_slice(bytes).ok()?;
    let is_good = data.r#type == kind
        && data.challenge == *challenge.expose()
        && of.origins.contains(&data.origin)
        && !data.cross_origin;
    is_good.then_some(())
}

/// What the authenticator says.
struct Authenticator {
    has_verified_user: bool,
    counter: i64,
    credential: Option<(Vec<u8>, Value)>,
}

impl Authenticator {
    /// Of this host, with somebody there; otherwise nothing.
    fn read(of: &RelyingParty, bytes: &[u8]) -> Option<Self> {
        let (host, rest) = bytes.split_at_checked(32)?;
        let (flags, rest) = rest.split_first()?;
        let (counter, rest) = rest.split_first_chunk::<4>()?;
        if host != sha256(of.id.as_bytes()) || flags & USER_PRESENT == 0 {
            return None;
        }
        let credential = match flags & HAS_CREDENTIAL {
            0 => None,
            _ => Some(credential(rest)?),
        };
        Some(Authenticator {
            has_verified_user: flags & USER_VERIFIED != 0,
            counter: i64::from(u32::from_be_bytes(*counter)),
            credential,
        })
    }
}

fn credential(bytes: &[u8]) -> Option<(Vec<u8>, Value)> {
    let (_model, rest) = bytes.split_at_checked(16)?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (id, mut rest) = rest.split_at_checked(length)?;
    let is_good = (1..=MAX_CREDENTIAL_BYTES).contains(&length);
    Some((id.to_vec(), cbor(&mut rest)?)).filter(|_| is_good)
}

/// A key of COSE (RFC 9053), of an algorithm that is taken.
fn read_key(key: &Value) -> Option<PublicKey> {
    let number = |label: i64| i64::try_from(member(key, &label.into())?.as_integer()?).ok();
    let bytes = |label: i64| Some(member(key, &label.into())?.as_bytes()?.clone());
    match (number(1)?, number(3)?) {
        (1, -8) if number(-1)? == 6 => Some(PublicKey::Ed25519(bytes(-2)?)),
        (2, -7) if number(-1)? == 1 => Some(PublicKey::P256(bytes(-2)?, bytes(-3)?)),
        (3, -257) => Some(PublicKey::Rsa(bytes(-1)?, bytes(-2)?)),
        _ => None,
    }
}

/// A member of a map that has it once.
fn member<'a>(map: &'a Value, key: &Value) -> Option<&'a Value> {
    let mut found = map.as_map()?.iter().filter(|(it, _)| it == key);
    let (_, value) = found.next()?;
    found.next().is_none().then_some(value)
}

fn cbor(bytes: &mut &[u8]) -> Option<Value> {
    ciborium::de::from_reader_with_recursion_limit(bytes, MAX_DEPTH).ok()
}

fn decode(text: &Phi<String>) -> Option<Vec<u8>> {
    let text = text.expose();
    if text.len() > MAX_BYTES { None } else { URL_SAFE_NO_PAD.decode(text).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use passkey::authenticator::{
        Authenticator as Device, UiHint, UserCheck, UserValidationMethod,
    };
    use passkey::client::{Client, DefaultClientData};
    use passkey::crypto::iana;
    use passkey::crypto::rust_crypto::RustCryptoBackend;
    use passkey::types::ctap2::{Aaguid, Ctap2Error};
    use passkey::types::webauthn::*;
    use passkey::types::{Bytes, Passkey};

    const PAGE: &str = "https://clinic.example";

    struct SomebodyIsThere;

    #[async_trait::async_trait]
    impl UserValidationMethod for SomebodyIsThere {
        type PasskeyItem = Passkey;

        async fn check_user<'a>(
            &self,
            _: UiHint<'a, Passkey>,
            _: bool,
            _: bool,
        ) -> Result<UserCheck, Ctap2Error> {
            Ok(UserCheck { presence: true, verification: true })
        }

        fn is_verification_enabled(&self) -> Option<bool> {
            Some(true)
        }

        fn is_presence_enabled(&self) -> bool {
            true
        }
    }

    fn hub() -> RelyingParty {
        RelyingParty::of(PAGE, &[])
    }

    fn challenge(byte: u8) -> (Phi<String>, Bytes) {
        (Phi::new(URL_SAFE_NO_PAD.encode([byte; 32])), Bytes::from(vec![byte; 32]))
    }

    fn encode(bytes: &[u8]) -> Phi<String> {
        Phi::new(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// What somebody else's software makes of our question.
    #[tokio::test]
    async fn a_passkey_of_another_make_is_taken() {
        let page = url::Url::parse(PAGE).unwrap();
        let device = Device::new(Aaguid::new_empty(), None, SomebodyIsThere, RustCryptoBackend);
        let mut browser = Client::new(device);
        let (asked, bytes) = challenge(7);
        let request = CredentialCreationOptions {
            public_key: PublicKeyCredentialCreationOptions {
                rp: PublicKeyCredentialRpEntity { id: None, name: "Clinic".into() },
                user: PublicKeyCredentialUserEntity {
                    id: vec![1; 16].into(),
                    display_name: "Ana Fictional".into(),
                    name: "ana@clinic.invalid".into(),
                },
                challenge: bytes,
                pub_key_cred_params: vec![PublicKeyCredentialParameters {
                    ty: PublicKeyCredentialType::PublicKey,
                    alg: iana::Algorithm::ES256,
                }],
                timeout: None,
                exclude_credentials: None,
                authenticator_selection: None,
                hints: None,
                attestation: AttestationConveyancePreference::None,
                attestation_formats: None,
                extensions: None,
            },
        };
        let made = browser.register(&page, request, DefaultClientData).await.unwrap();
        let attestation = PasskeyAttestation {
            client_data: encode(&made.response.client_data_json),
            attestation_object: encode(&made.response.attestation_object),
        };
        let kept = register(&hub(), &asked, &attestation).unwrap();
        assert_eq!(kept.credential_id, made.raw_id.to_vec());
        assert_eq!(register(&hub(), &challenge(8).0, &attestation), None, "another question");
        let elsewhere = RelyingParty::of("https://other.example", &[PAGE.to_owned()]);
        assert_eq!(register(&elsewhere, &asked, &attestation), None, "another host");

        let (asked, bytes) = challenge(9);
        let request = CredentialRequestOptions {
            public_key: PublicKeyCredentialRequestOptions {
                challenge: bytes,
                timeout: None,
                rp_id: Some("clinic.example".into()),
                allow_credentials: None,
                user_verification: UserVerificationRequirement::Required,
                hints: None,
                attestation: AttestationConveyancePreference::None,
                attestation_formats: None,
                extensions: None,
            },
        };
        let signed = browser.authenticate(&page, request, DefaultClientData).await.unwrap();
        let assertion = PasskeyAssertion {
            credential_id: encode(&signed.raw_id),
            client_data: encode(&signed.response.client_data_json),
            authenticator_data: encode(&signed.response.authenticator_data),
            signature: encode(&signed.response.signature),
        };
        let count = verify(&hub(), &asked, &kept.public_key, &assertion, true);
        assert!(count.is_some_and(|it| it >= kept.counter), "{count:?}");
        assert_eq!(verify(&hub(), &challenge(8).0, &kept.public_key, &assertion, true), None);
        assert_eq!(verify(&elsewhere, &asked, &kept.public_key, &assertion, true), None);
        // As a registration it is none, and a registration signs nothing in.
        let swapped = PasskeyAttestation {
            client_data: assertion.client_data.clone(),
            attestation_object: attestation.attestation_object.clone(),
        };
        assert_eq!(register(&hub(), &asked, &swapped), None);
    }

    #[test]
    fn nonsense_is_refused_without_a_panic() {
        let (asked, _) = challenge(1);
        let deep = vec![0x82; 5_000];
        for bytes in [vec![], vec![0xa0], vec![0xff; 40], vec![0; 37], deep, vec![0xbf; 9_000]] {
            let it = encode(&bytes);
            let made =
                PasskeyAttestation { client_data: encode(b"{}"), attestation_object: it.clone() };
            assert_eq!(register(&hub(), &asked, &made), None);
            let signed = PasskeyAssertion {
                credential_id: it.clone(),
                client_data: it.clone(),
                authenticator_data: it.clone(),
                signature: it,
            };
            assert_eq!(verify(&hub(), &asked, "AAAA", &signed, false), None);
            assert_eq!(verify(&hub(), &asked, "not base64!", &signed, false), None);
        }
        let said = format!(
            r#"{{"type":"webauthn.get","challenge":"{}","origin":"{PAGE}""#,
            asked.expose()
        );
        let good = |rest: &str| {
            let bytes = format!("{said}{rest}}}");
            client_data(&hub(), "webauthn.get", &asked, bytes.as_bytes()).is_some()
        };
        assert!(good("") && good(r#","crossOrigin":false,"more":[1]"#));
        assert!(!good(r#","crossOrigin":true"#), "in a frame of another page");
        assert!(!good(r#","origin":"https://evil.example""#), "told twice");
        assert!(Authenticator::read(&hub(), &sha256(b"clinic.example")).is_none(), "cut off");
    }

    #[test]
    fn the_host_is_the_hubs_own() {
        let of = |url: &str| RelyingParty::of(url, &[]).id;
        assert_eq!(of("https://Clinic.example:8443"), "clinic.example");
        assert_eq!(of("http://localhost:8080"), "localhost");
        let two = RelyingParty::of(PAGE, &["https://portal.clinic.example".to_owned()]);
        assert_eq!(two.origins.len(), 2);
    }
}
