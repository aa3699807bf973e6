//! A passkey in software: signs what it is asked, and whatever else a story wants.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bedside::crypto::{random, sha256};
use bedside::protocol::factor::{
    PasskeyAssertion, PasskeyAttestation, PasskeyCreation, PasskeyRequest,
};
use bedside::protocol::phi::Phi;
use ciborium::Value;
use serde_json::json;

/// One passkey, and the page that it is used in.
pub(crate) struct Authenticator {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    /// What it counts; stays zero for one that does not count.
    pub(crate) counter: u32,
    /// It checks who holds it.
    pub(crate) verifies_user: bool,
    /// The page.
    pub(crate) origin: String,
    /// The host name that it believes to be at.
    pub(crate) host: String,
}

impl Authenticator {
    pub(crate) fn new(origin: &str) -> Self {
        Authenticator {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key"),
            id: random::<32>().expect("randomness").to_vec(),
            counter: 1,
            verifies_user: true,
            origin: origin.to_owned(),
            host: origin.split("://").nth(1).expect("a host").to_owned(),
        }
    }

    /// Makes itself known.
    pub(crate) fn makes(&self, asked: &PasskeyCreation) -> PasskeyAttestation {
        let point = self.key.public_key().as_ref();
        let map = |members: Vec<(i64, Value)>| {
            Value::Map(members.into_iter().map(|(key, it)| (key.into(), it)).collect())
        };
        let key = map(vec![
            (1, 2.into()),
            (3, (-7).into()),
            (-1, 1.into()),
            (-2, Value::Bytes(point[1..33].to_vec())),
            (-3, Value::Bytes(point[33..].to_vec())),
        ]);
        let mut data = self.data(1 << 6);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        ciborium::into_writer(&key, &mut data).expect("written");
        let object = Value::Map(vec![
            ("fmt".into(), "none".into()),
            ("attStmt".into(), Value::Map(vec![])),
            ("authData".into(), Value::Bytes(data)),
        ]);
        let mut attestation = vec![];
        ciborium::into_writer(&object, &mut attestation).expect("written");
        PasskeyAttestation {
            client_data: encode(&self.client("webauthn.create", asked.challenge.expose())),
            attestation_object: encode(&attestation),
        }
    }

    /// Signs.
    pub(crate) fn signs(&self, asked: &PasskeyRequest) -> PasskeyAssertion {
        let client = self.client("webauthn.get", asked.challenge.expose());
        let data = self.data(0);
        let message: Vec<u8> = data.iter().copied().chain(sha256(&client)).collect();
        let signature = self.key.sign(&SystemRandom::new(), &message).expect("signed");
        PasskeyAssertion {
            credential_id: encode(&self.id),
            client_data: encode(&client),
            authenticator_data: encode(&data),
            signature: encode(signature.as_ref()),
        }
    }

    fn client(&self, kind: &str, challenge: &str) -> Vec<u8> {
        let said = json!({
            "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false,
            "other_keys_can_be_added_here": "do not compare clientDataJSON against a template",
        });
        serde_json::to_vec(&said).expect("JSON")
    }

    fn data(&self, more: u8) -> Vec<u8> {
        let verified = if self.verifies_user { 1 << 2 } else { 0 };
        let mut data = sha256(self.host.as_bytes());
        data.push(1 | verified | more);
        data.extend(self.counter.to_be_bytes());
        data
    }
}

fn encode(bytes: &[u8]) -> Phi<String> {
    Phi::new(URL_SAFE_NO_PAD.encode(bytes))
}
