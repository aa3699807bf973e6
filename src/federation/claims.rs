//! What an ID token and a logout token have to say to be believed.
//!
//! Invariant: pure; told the time and what is expected. OpenID Connect Core 1.0, 3.1.3.7, and Back-Channel Logout 1.0, 2.6; where they
//! leave a choice, the strict one.

use super::Refusal;
use crate::crypto::{sha256, sha512};
use crate::protocol::time::UnixMillis;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::time::Duration;

/// How much clocks may differ.
pub(super) const SKEW: Duration = Duration::from_secs(60);
/// What a time of a token is rounded down to.
const SECOND: Duration = Duration::from_secs(1);
/// How old an ID token may be: it is fetched at once.
const OLD_ID: Duration = Duration::from_secs(5 * 60);
/// How old a logout token may be: a provider tries again.
const OLD_LOGOUT: Duration = Duration::from_secs(15 * 60);
/// Bytes of a subject (OpenID Connect Core 1.0, 2), and of a session and a name of a token likewise.
const MAX_NAME: usize = 255;
/// The event of a logout.
const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// One or many.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    /// Whether it is for this client and nobody else, or for others beside it who were given it by this client's request.
    fn is_for(&self, client: &str, authorised: Option<&str>) -> bool {
        let authorised_is_good = authorised.is_none_or(|it| it == client);
        match self {
            Audience::One(it) => it == client && authorised_is_good,
            Audience::Many(all) => {
                let is_alone = all.len() == 1 || authorised == Some(client);
                all.iter().any(|it| it == client) && is_alone && authorised_is_good
            }
        }
    }
}

/// Claims of an ID token that are read.
#[derive(Debug, Deserialize)]
pub(super) struct IdClaims {
    iss: String,
    sub: String,
    aud: Audience,
    #[serde(default)]
    azp: Option<String>,
    exp: i64,
    iat: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    at_hash: Option<String>,
    #[serde(default)]
    auth_time: Option<i64>,
    #[serde(default)]
    acr: Option<String>,
    #[serde(default)]
    amr: Vec<String>,
    #[serde(default)]
    sid: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    email_verified: Option<Value>,
}

/// What an ID token is compared with.
#[derive(Debug)]
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client: &'a str,
    pub(super) nonce: &'a str,
    pub(super) access_token: Option<&'a str>,
    /// The token's algorithm hashes by SHA-512.
    pub(super) is_eddsa: bool,
    pub(super) now: UnixMillis,
    /// They must have proven there since then who they are; seconds count whole.
    pub(super) proven_since: UnixMillis,
}

/// What a provider has said of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Who, as the provider names them.
    pub subject: String,
    /// The provider's own session.
    pub sid: Option<String>,
    /// An e-mail address that the provider has verified, in lower case.
    pub email: Option<String>,
    /// When they last proved there who they are.
    pub proved_at: Option<UnixMillis>,
    /// Class of that proof.
    pub acr: Option<String>,
    /// Ways of that proof.
    pub amr: Vec<String>,
}

impl IdClaims {
    /// Whoever it is about.
    pub(super) fn checked(self, expected: &Expected<'_>) -> Result<Said, Refusal> {
        if self.iss != expected.issuer {
            return Err(Refusal::Issuer);
        }
        if !self.aud.is_for(expected.client, self.azp.as_deref()) {
            return Err(Refusal::Audience);
        }
        let times = Times { iat: self.iat, exp: self.exp, nbf: self.nbf };
        times.checked(expected.now, OLD_ID)?;
        if self.nonce.as_deref() != Some(expected.nonce) {
            return Err(Refusal::Nonce);
        }
        if let Some(hash) = &self.at_hash {
            let token = expected.access_token.ok_or(Refusal::AccessHash)?;
            if *hash != half_hash(token, expected.is_eddsa) {
                return Err(Refusal::AccessHash);
            }
        }
        let is_verified = self.email_verified == Some(Value::Bool(true));
        let email = self.email.filter(|it| is_verified && it.len() <= MAX_NAME);
        let proved = self.auth_time.map(seconds).filter(|it| *it <= expected.now.plus(SKEW));
        if proved.is_none_or(|it| it.plus(SECOND) <= expected.proven_since) {
            return Err(Refusal::Proof);
        }
        Ok(Said {
            subject: name(self.sub)?,
            sid: self.sid.map(name).transpose()?,
            email: email.map(|it| it.trim().to_lowercase()),
            proved_at: proved.map(|it| it.min(expected.now)),
            acr: self.acr,
            amr: self.amr,
        })
    }
}

/// Claims of a logout token that are read.
#[derive(Debug, Deserialize)]
pub(super) struct LogoutClaims {
    iss: String,
    aud: Audience,
    iat: i64,
    exp: i64,
    jti: String,
    #[serde(default)]
    events: Map<String, Value>,
    #[serde(default)]
    sub: Option<String>,
    #[serde(default)]
    sid: Option<String>,
    #[serde(default)]
    nonce: Option<Value>,
}

/// A logout that a provider tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutTold {
    /// Name of the token.
    pub jti: String,
    /// Who.
    pub subject: Option<String>,
    /// Which session of the provider's.
    pub sid: Option<String>,
    /// When it has ended for certain, by every clock.
    pub expires_at: UnixMillis,
}

impl LogoutClaims {
    /// Whose sessions end.
    pub(super) fn checked(
        self,
        issuer: &str,
        client: &str,
        now: UnixMillis,
    ) -> Result<LogoutTold, Refusal> {
        if self.iss != issuer {
            return Err(Refusal::Issuer);
        }
        if !self.aud.is_for(client, None) {
            return Err(Refusal::Audience);
        }
        Times { iat: self.iat, exp: self.exp, nbf: None }.checked(now, OLD_LOGOUT)?;
        // What is of a sign-in is no logout, whatever it says.
        if self.nonce.is_some() {
            return Err(Refusal::Nonce);
        }
        if !self.events.get(LOGOUT).is_some_and(Value::is_object) {
            return Err(Refusal::Event);
        }
        if self.sub.is_none() && self.sid.is_none() {
            return Err(Refusal::Subject);
        }
        let life = OLD_LOGOUT.saturating_add(SKEW.saturating_mul(2));
        Ok(LogoutTold {
            jti: name(self.jti)?,
            subject: self.sub.map(name).transpose()?,
            sid: self.sid.map(name).transpose()?,
            expires_at: seconds(self.iat).plus(life),
        })
    }
}

/// When a token holds.
struct Times {
    iat: i64,
    exp: i64,
    nbf: Option<i64>,
}

impl Times {
    fn checked(&self, now: UnixMillis, old: Duration) -> Result<(), Refusal> {
        let is_over = now >= seconds(self.exp).plus(SKEW);
        let is_early = seconds(self.iat) > now.plus(SKEW)
            || self.nbf.is_some_and(|it| seconds(it) > now.plus(SKEW));
        let is_old = now >= seconds(self.iat).plus(old.saturating_add(SKEW));
        if is_over || is_early || is_old { Err(Refusal::Time) } else { Ok(()) }
    }
}

fn seconds(of: i64) -> UnixMillis {
    UnixMillis(of.saturating_mul(1_000))
}

/// What names somebody or something: not empty, bounded, and readable.
fn name(text: String) -> Result<String, Refusal> {
    let is_good = (1..=MAX_NAME).contains(&text.len())
        && text.chars().all(|it| it.is_ascii_graphic() || it == ' ');
    if is_good { Ok(text) } else { Err(Refusal::Subject) }
}

/// The left half of the hash of an access token, base64url (OpenID Connect Core 1.0, 3.1.3.6).
fn half_hash(token: &str, is_eddsa: bool) -> String {
    let hash = if is_eddsa { sha512(token.as_bytes()) } else { sha256(token.as_bytes()) };
    let half = hash.get(..hash.len() / 2).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(half)
}

#[cfg(test)]
#[path = "claims_tests.rs"]
mod tests;
