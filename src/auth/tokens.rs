//! Access tokens: JWT (RFC 7519) with `typ: at+jwt` (RFC 9068), EdDSA (RFC 8037) and nothing else.
//!
//! Invariant: the algorithm is ours, never the token's; `kid` is compared, not looked up; issuer and audience are fixed.

use crate::auth::ACCESS_FOR;
use crate::command::Caller;
use crate::crypto::sha256;
use crate::domain::policy::{Principal, Who};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{AppointmentId, SessionId};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const AUDIENCE: &str = "bedside";
/// Seconds that clocks may differ.
const LEEWAY_S: u64 = 5;
/// Longest token that is looked at.
const MAX_TOKEN_BYTES: usize = 2_048;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: SessionId,
    role: Role,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    visit: Option<AppointmentId>,
    iat: i64,
    exp: i64,
}

/// Signs and verifies.
pub struct Tokens {
    issuer: String,
    kid: String,
    public: Vec<u8>,
    signing: EncodingKey,
    verifying: DecodingKey,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

impl Tokens {
    /// From the PKCS#8 of an Ed25519 key.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(issuer: &str, pkcs8: &Phi<Vec<u8>>) -> std::io::Result<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8.expose())
            .map_err(|_| std::io::Error::other("the signing key cannot be read"))?;
        let public = pair.public_key().as_ref().to_vec();
        let kid = URL_SAFE_NO_PAD.encode(sha256(&public).get(..12).unwrap_or_default());
        Ok(Tokens {
            issuer: issuer.to_owned(),
            kid,
            signing: EncodingKey::from_ed_der(pkcs8.expose()),
            verifying: DecodingKey::from_ed_der(&public),
            public,
        })
    }

    /// A token for a session, and when it ends: after 15 minutes, or with the session.
    ///
    /// # Errors
    /// [`FaultCode::Internal`] when it cannot be signed.
    pub fn issue(
        &self,
        principal: Principal,
        session_id: SessionId,
        now: UnixMillis,
        session_ends: UnixMillis,
    ) -> Result<(Phi<String>, UnixMillis), Fault> {
        let expires_at = now.plus(ACCESS_FOR).min(session_ends);
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            sub: principal.who.to_string(),
            sid: session_id,
            role: principal.role,
            visit: principal.only_visit,
            iat: now.0.div_euclid(1_000),
            exp: expires_at.0.div_euclid(1_000),
        };
        let header = Header {
            typ: Some("at+jwt".to_owned()),
            kid: Some(self.kid.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        let token = encode(&header, &claims, &self.signing).map_err(|_| FaultCode::Internal)?;
        Ok((Phi::new(token), UnixMillis(claims.exp.saturating_mul(1_000))))
    }

    /// Whose token it is. Says nothing about whether the session still holds.
    ///
    /// # Errors
    /// [`FaultCode::Unauthenticated`], always the same, whatever is wrong.
    pub fn verify(&self, token: &str, now: UnixMillis) -> Result<Caller, Fault> {
        let refuse = || Fault::new(FaultCode::Unauthenticated);
        if token.len() > MAX_TOKEN_BYTES {
            return Err(refuse());
        }
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[AUDIENCE]);
        // The library would read the wall clock; we compare the times ourselves, with the clock we are told.
        validation.validate_exp = false;
        validation.required_spec_claims = ["exp", "iss", "aud", "sub"].map(str::to_owned).into();
        let data = decode::<Claims>(token, &self.verifying, &validation).map_err(|_| refuse())?;
        let is_ours = data.header.typ.as_deref() == Some("at+jwt")
            && data.header.kid.as_deref() == Some(self.kid.as_str());
        let claims = data.claims;
        let leeway = std::time::Duration::from_secs(LEEWAY_S);
        let expires_at = UnixMillis(claims.exp.saturating_mul(1_000));
        let began = UnixMillis(claims.iat.saturating_mul(1_000));
        if !is_ours || now >= expires_at.plus(leeway) || began > now.plus(leeway) {
            return Err(refuse());
        }
        let who = parse_who(&claims.sub).ok_or_else(refuse)?;
        let principal = Principal { who, role: claims.role, only_visit: claims.visit };
        Ok(Caller { principal, session_id: claims.sid, expires_at })
    }

    /// The public key as JWK Set (RFC 7517, RFC 8037).
    pub fn jwks(&self) -> Value {
        json!({"keys": [{
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
            "kid": self.kid, "x": URL_SAFE_NO_PAD.encode(&self.public),
        }]})
    }
}

fn parse_who(subject: &str) -> Option<Who> {
    match subject.split_once(':')? {
        ("person", id) => id.parse().ok().map(Who::Person),
        ("participant", id) => id.parse().ok().map(Who::Participant),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Keys;
    use crate::protocol::ids::PersonId;
    use std::time::Duration;
    use uuid::Uuid;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

    fn tokens(keys: &Keys) -> Tokens {
        Tokens::new("http://localhost:8080", &keys.signing).unwrap()
    }

    fn ana() -> Principal {
        Principal {
            who: Who::Person(PersonId(Uuid::from_u128(7))),
            role: Role::Patient,
            only_visit: None,
        }
    }

    fn issue(tokens: &Tokens) -> String {
        let session = SessionId(Uuid::from_u128(8));
        let ends = NOW.plus(Duration::from_secs(86_400));
        tokens.issue(ana(), session, NOW, ends).unwrap().0.into_exposed()
    }

    #[test]
    fn a_token_says_who_until_it_ends() {
        let tokens = tokens(&Keys::ephemeral().unwrap());
        let token = issue(&tokens);
        let caller = tokens.verify(&token, NOW).unwrap();
        assert_eq!(caller.principal, ana());
        assert_eq!(caller.expires_at, NOW.plus(ACCESS_FOR));
        assert!(tokens.verify(&token, NOW.plus(Duration::from_secs(904))).is_ok());
        assert!(tokens.verify(&token, NOW.plus(Duration::from_secs(905))).is_err());
        assert!(tokens.verify(&token, NOW.minus(Duration::from_secs(6))).is_err());
    }

    #[test]
    fn whatever_is_wrong_the_answer_is_the_same() {
        let keys = Keys::ephemeral().unwrap();
        let ours = tokens(&keys);
        let good = issue(&ours);
        let parts: Vec<&str> = good.split('.').collect();
        let header = |json: &str| URL_SAFE_NO_PAD.encode(json);
        let none = format!("{}.{}.", header(r#"{"alg":"none","typ":"at+jwt"}"#), parts[1]);
        let hmac_key = EncodingKey::from_secret(&ours.public);
        let claims: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        let confused = encode(
            &Header {
                typ: Some("at+jwt".into()),
                kid: Some(ours.kid.clone()),
                ..Header::new(Algorithm::HS256)
            },
            &claims,
            &hmac_key,
        )
        .unwrap();
        let stranger = issue(&tokens(&Keys::ephemeral().unwrap()));
        let elsewhere = issue(&Tokens::new("http://elsewhere", &keys.signing).unwrap());
        let no_typ = encode(
            &Header { typ: None, kid: Some(ours.kid.clone()), ..Header::new(Algorithm::EdDSA) },
            &claims,
            &ours.signing,
        )
        .unwrap();
        let cut = format!("{}.{}.", parts[0], parts[1]);
        for bad in
            [none, confused, stranger, elsewhere, no_typ, cut, String::new(), "x".repeat(5_000)]
        {
            let fault = ours.verify(&bad, NOW).unwrap_err();
            assert_eq!(fault, Fault::new(FaultCode::Unauthenticated));
        }
    }
}
