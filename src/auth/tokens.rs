//! Access tokens: JWT (RFC 7519) with `typ: at+jwt` (RFC 9068), EdDSA (RFC 8037) and nothing else.
//!
//! Owns: which key signs (the newest), and until when an older one verifies. Invariants: the algorithm is ours, never the token's;
//! `kid` is compared with those of our keys, and leads nowhere; issuer and audience are fixed.

use crate::auth::ACCESS_FOR;
use crate::command::{Caller, Refusal};
use crate::crypto::{Keys, TokenKey};
use crate::domain::policy::{Principal, Who};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{AppointmentId, OrganisationId, SessionId};
use crate::protocol::person::Role;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// A new key is known to every node of a clinic within this.
const NOTICED_WITHIN: std::time::Duration = std::time::Duration::from_secs(60);
/// Milliseconds between two looks for a key that nobody knows.
const LOOK_EVERY_MS: i64 = 1_000;
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
    org: OrganisationId,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    visit: Option<AppointmentId>,
    /// It can only enrol a second factor.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    enrol: bool,
    iat: i64,
    exp: i64,
}

impl Claims {
    /// Whether they go together as ours do: a life of 15 minutes at most, one visit for whoever came by a link and for nobody else,
    /// and only an account has a second factor to enrol.
    fn fit(&self, who: Who) -> bool {
        let life = self.exp.checked_sub(self.iat).and_then(|it| u64::try_from(it).ok());
        let is_short = life.is_some_and(|it| it <= ACCESS_FOR.as_secs());
        let is_guest = matches!(who, Who::Participant(_));
        is_short && is_guest == self.visit.is_some() && !(is_guest && self.enrol)
    }
}

/// One key.
struct Key {
    id: String,
    made_at: UnixMillis,
    /// Since when a newer one signs.
    followed_at: Option<UnixMillis>,
    public: Vec<u8>,
    signing: EncodingKey,
    verifying: DecodingKey,
}

impl Key {
    fn of(key: &TokenKey) -> Self {
        Key {
            id: key.id.clone(),
            made_at: UnixMillis(key.made_at),
            followed_at: None,
            signing: EncodingKey::from_ed_der(key.pkcs8.expose()),
            verifying: DecodingKey::from_ed_der(&key.public),
            public: key.public.clone(),
        }
    }

    /// Whether a token of it may still live: its own life after the next key signs, and what a node needs to notice that.
    fn verifies(&self, now: UnixMillis) -> bool {
        let ends = |it: UnixMillis| it.plus(ACCESS_FOR.saturating_add(NOTICED_WITHIN));
        self.followed_at.is_none_or(|it| now < ends(it))
    }
}

/// Signs and verifies.
pub struct Tokens {
    issuer: String,
    /// Oldest first; the last one signs.
    keys: RwLock<Vec<Key>>,
    /// Where they are read again.
    from: Option<Arc<Keys>>,
    read_at: AtomicI64,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

impl Tokens {
    /// From the PKCS#8 of an Ed25519 key, and no other.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(issuer: &str, pkcs8: &Phi<Vec<u8>>) -> std::io::Result<Self> {
        let key = Key::of(&TokenKey::read(pkcs8, 0)?);
        Ok(Tokens::with(issuer, vec![key], None))
    }

    /// From the keys of the node, as they are now and as they will be.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn open(issuer: &str, from: Arc<Keys>) -> std::io::Result<Self> {
        let keys = read(&from)?;
        Ok(Tokens::with(issuer, keys, Some(from)))
    }

    fn with(issuer: &str, keys: Vec<Key>, from: Option<Arc<Keys>>) -> Self {
        let keys = RwLock::new(keys);
        Tokens { issuer: issuer.to_owned(), keys, from, read_at: AtomicI64::new(i64::MIN) }
    }

    /// Reads the keys again: another process may have made one. What cannot be read leaves them as they are.
    pub fn read_again(&self) {
        let Some(from) = &self.from else { return };
        match read(from) {
            Ok(keys) => *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys,
            Err(error) => tracing::error!(%error, "the keys of access tokens cannot be read"),
        }
    }

    /// When the key that signs was made.
    pub fn signing_since(&self) -> UnixMillis {
        self.keys().last().map_or(UnixMillis(0), |it| it.made_at)
    }

    fn keys(&self) -> RwLockReadGuard<'_, Vec<Key>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
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
        self.issue_for(principal, session_id, now, session_ends, false)
    }

    /// The same, for a session that can only enrol a second factor when `is_limited`.
    ///
    /// # Errors
    /// As [`Tokens::issue`].
    pub fn issue_for(
        &self,
        principal: Principal,
        session_id: SessionId,
        now: UnixMillis,
        session_ends: UnixMillis,
        is_limited: bool,
    ) -> Result<(Phi<String>, UnixMillis), Fault> {
        let expires_at = now.plus(ACCESS_FOR).min(session_ends);
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            sub: principal.who.to_string(),
            sid: session_id,
            role: principal.role,
            org: principal.organisation,
            visit: principal.only_visit,
            enrol: is_limited,
            iat: now.0.div_euclid(1_000),
            exp: expires_at.0.div_euclid(1_000),
        };
        let keys = self.keys();
        let key = keys.last().ok_or(FaultCode::Internal)?;
        let token =
            encode(&header_of(&key.id), &claims, &key.signing).map_err(|_| FaultCode::Internal)?;
        Ok((Phi::new(token), UnixMillis(claims.exp.saturating_mul(1_000))))
    }

    /// Whose token it is. Says nothing about whether the session still holds.
    ///
    /// # Errors
    /// [`FaultCode::Unauthenticated`], always the same, whatever is wrong.
    pub fn verify(&self, token: &str, now: UnixMillis) -> Result<Caller, Fault> {
        Ok(self.judge(token, now)?)
    }

    /// The same. Who is refused is named where the token is signed, and only its time is over or has not come.
    ///
    /// # Errors
    /// As [`Tokens::verify`].
    pub fn judge(&self, token: &str, now: UnixMillis) -> Result<Caller, Refusal> {
        let refuse = || Refusal::from(FaultCode::Unauthenticated);
        if token.len() > MAX_TOKEN_BYTES {
            return Err(refuse());
        }
        let header = decode_header(token).map_err(|_| refuse())?;
        let id = our_kid(&header).ok_or_else(refuse)?;
        if !self.knows(id) {
            self.look_for_new_keys(now);
        }
        let claims = {
            let keys = self.keys();
            let key = keys.iter().find(|it| it.id == *id && it.verifies(now));
            self.claims(token, &key.ok_or_else(refuse)?.verifying).ok_or_else(refuse)?
        };
        let leeway = std::time::Duration::from_secs(LEEWAY_S);
        let expires_at = UnixMillis(claims.exp.saturating_mul(1_000));
        let began = UnixMillis(claims.iat.saturating_mul(1_000));
        let who = parse_who(&claims.sub).filter(|it| claims.fit(*it)).ok_or_else(refuse)?;
        let principal = Principal {
            who,
            role: claims.role,
            organisation: claims.org,
            only_visit: claims.visit,
        };
        let is_limited = claims.enrol;
        let caller = Caller { principal, session_id: claims.sid, expires_at, is_limited };
        if now >= expires_at.plus(leeway) || began > now.plus(leeway) {
            return Err(Refusal::of(FaultCode::Unauthenticated, caller));
        }
        Ok(caller)
    }

    fn claims(&self, token: &str, key: &DecodingKey) -> Option<Claims> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[AUDIENCE]);
        // The library would read the wall clock; we compare the times ourselves, with the clock we are told.
        validation.validate_exp = false;
        validation.required_spec_claims = ["exp", "iss", "aud", "sub"].map(str::to_owned).into();
        Some(decode::<Claims>(token, key, &validation).ok()?.claims)
    }

    fn knows(&self, id: &str) -> bool {
        self.keys().iter().any(|it| it.id == *id)
    }

    /// Now and then: whoever makes up names of keys does not have the folder read all the time.
    fn look_for_new_keys(&self, now: UnixMillis) {
        let last = self.read_at.load(Ordering::Relaxed);
        let is_due = now.0.saturating_sub(last) >= LOOK_EVERY_MS;
        let takes =
            || self.read_at.compare_exchange(last, now.0, Ordering::Relaxed, Ordering::Relaxed);
        if is_due && takes().is_ok() {
            self.read_again();
        }
    }

    /// The public keys as JWK Set (RFC 7517, RFC 8037): the one that signs, and older ones while tokens of them may live.
    pub fn jwks(&self, now: UnixMillis) -> Value {
        let keys = self.keys();
        let newest_first = keys.iter().rev().filter(|it| it.verifies(now));
        let keys: Vec<Value> = newest_first
            .map(|it| {
                json!({
                    "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
                    "kid": it.id, "x": URL_SAFE_NO_PAD.encode(&it.public),
                })
            })
            .collect();
        json!({ "keys": keys })
    }
}

fn read(from: &Keys) -> std::io::Result<Vec<Key>> {
    let mut keys: Vec<Key> = from.token_keys()?.iter().map(Key::of).collect();
    let mut followed_at = None;
    for key in keys.iter_mut().rev() {
        key.followed_at = followed_at;
        followed_at = Some(key.made_at);
    }
    Ok(keys)
}

/// The header of a token of ours.
fn header_of(kid: &str) -> Header {
    let (typ, kid) = (Some("at+jwt".to_owned()), Some(kid.to_owned()));
    Header { typ, kid, ..Header::new(Algorithm::EdDSA) }
}

/// The name of the key in a header that says what ours say and nothing more: no key of its own, no address of one, no algorithm
/// but ours, nothing that we would have to understand first (`crit`), nothing inside that is a token again (`cty`).
fn our_kid(header: &Header) -> Option<&String> {
    header.kid.as_ref().filter(|kid| *header == header_of(kid))
}

fn parse_who(subject: &str) -> Option<Who> {
    match subject.split_once(':')? {
        ("person", id) => id.parse().ok().map(Who::Person),
        ("participant", id) => id.parse().ok().map(Who::Participant),
        _ => None,
    }
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
