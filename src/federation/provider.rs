//! One provider: its metadata and keys as far as they are known, where a browser is sent, and what its answers are worth.
//!
//! Invariants: metadata name the issuer of the settings to the letter, or none of them is
//! used; keys are fetched anew when they are old, or for a name that nobody knows, then once in [`KEYS_AGAIN`] at most.
//! Does not: keep them (`known`), know whose browser it is.

use super::Refusal;
use super::claims::{Expected, IdClaims, LogoutClaims, LogoutTold, SKEW, Said};
use super::jwt::{KeySet, parse};
use super::known::{Known, Metadata, Turn, WAIT};
use super::outbound::Outbound;
use crate::clock::Clock;
use crate::config::{Config, Provider as Settings, ProviderRole};
use crate::crypto::sha256;
use crate::notifications::read_secret;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use form_urlencoded::{Serializer, byte_serialize};
use jsonwebtoken::Algorithm;
use reqwest::header::HeaderValue;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// How long metadata are believed.
const METADATA_FOR: Duration = Duration::from_secs(60 * 60);
/// How long keys are: within this a key that the provider has withdrawn signs nothing any more.
const KEYS_FOR: Duration = Duration::from_secs(10 * 60);
/// Time between two looks for a key that nobody knows: whoever makes up names of keys does not have the provider asked all the time.
const KEYS_AGAIN: Duration = Duration::from_secs(30);
/// Where an issuer's metadata are (OpenID Connect Discovery 1.0, 4).
const WELL_KNOWN: &str = "/.well-known/openid-configuration";
/// What is asked for: who it is, and by which address an account may be found.
const SCOPE: &str = "openid email";

/// The answer to a code.
#[derive(Deserialize)]
struct TokenAnswer {
    id_token: String,
    #[serde(default)]
    access_token: Option<String>,
}

#[derive(Deserialize)]
struct ErrorAnswer {
    #[serde(default)]
    error: String,
}

/// The secrets of one sign-in, which its browser holds.
#[derive(Debug)]
pub struct Begun<'a> {
    /// Comes back with the code.
    pub state: &'a Phi<String>,
    /// Comes back in the ID token.
    pub nonce: &'a Phi<String>,
    /// Proves at the token endpoint who had asked (PKCE).
    pub verifier: &'a Phi<String>,
    /// What they have to have proven there.
    pub proof: ProofAsked,
}

/// How lately somebody has to have proven there who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofAsked {
    /// Since then, whoever is signed in there: a session that is open in this browser may be somebody else's.
    Anew(UnixMillis),
    /// Within that time.
    Within(Duration),
}

/// A provider.
pub struct Provider {
    settings: Settings,
    redirect_uri: String,
    secret: Option<Phi<String>>,
    outbound: Outbound,
    clock: Arc<dyn Clock>,
    known: Known,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("id", &self.settings.id).finish_non_exhaustive()
    }
}

impl Provider {
    pub(super) fn open(
        settings: &Settings,
        config: &Config,
        clock: &Arc<dyn Clock>,
    ) -> io::Result<Self> {
        let has_file = !settings.secret_file.as_os_str().is_empty();
        let secret = match has_file {
            true => Some(read_secret(&settings.secret_file, "identity.providers.secret_file")?),
            false => settings.secret_given().map(Phi::new),
        };
        let id = &settings.id;
        Ok(Provider {
            redirect_uri: format!("{}/v1/auth/oidc/{id}/callback", config.public_url),
            secret,
            outbound: Outbound::open(settings)?,
            clock: Arc::clone(clock),
            known: Known::new(clock),
            settings: settings.clone(),
        })
    }

    /// Stands in addresses.
    pub fn id(&self) -> &str {
        &self.settings.id
    }

    /// Short name of the organisation whose accounts it signs in; the first one when it says none.
    pub fn organisation(&self) -> Option<&str> {
        self.settings.organisation.as_deref()
    }

    /// For the button.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// As it names itself.
    pub fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    /// Whether accounts of a role may be signed in by it.
    pub fn signs_in(&self, role: ProviderRole) -> bool {
        self.settings.roles.contains(&role)
    }

    /// Whether the settings take an identity with that verified address, or with none.
    pub fn takes(&self, email: Option<&str>) -> bool {
        let domain = email.and_then(|it| it.rsplit_once('@')).map(|(_, domain)| domain);
        let domains = &self.settings.email_domains;
        domains.is_empty() || domain.is_some_and(|it| domains.iter().any(|good| good == it))
    }

    /// How old a proof there may be, where the settings say.
    pub fn max_age(&self) -> Option<Duration> {
        self.settings.max_age_s.map(|it| Duration::from_secs(it.into()))
    }

    /// Whether a verified address of its domains finds the account.
    pub fn is_authoritative(&self) -> bool {
        self.settings.is_authoritative
    }

    /// Whether what was proven there is two factors.
    pub fn is_second_factor(&self, said: &Said) -> bool {
        let class =
            said.acr.as_ref().is_some_and(|it| self.settings.second_factor_acr.contains(it));
        class || said.amr.iter().any(|it| self.settings.second_factor_amr.contains(it))
    }

    /// Where the browser is sent.
    ///
    /// # Errors
    /// When the provider cannot be asked for it, or is not who it should be.
    pub async fn address(&self, begun: &Begun<'_>) -> Result<String, Refusal> {
        let metadata = self.metadata().await?;
        let mut url = self.outbound.may_ask(&metadata.authorization_endpoint)?;
        let challenge = URL_SAFE_NO_PAD.encode(sha256(begun.verifier.expose().as_bytes()));
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("response_type", "code");
            query.append_pair("client_id", &self.settings.client_id);
            query.append_pair("redirect_uri", &self.redirect_uri);
            query.append_pair("scope", SCOPE);
            query.append_pair("state", begun.state.expose());
            query.append_pair("nonce", begun.nonce.expose());
            query.append_pair("code_challenge", &challenge);
            query.append_pair("code_challenge_method", "S256");
            let max_age = match begun.proof {
                ProofAsked::Anew(_) => Duration::ZERO,
                ProofAsked::Within(it) => it,
            };
            query.append_pair("max_age", &max_age.as_secs().to_string());
            if matches!(begun.proof, ProofAsked::Anew(_)) {
                query.append_pair("prompt", "login");
            }
            if !self.settings.second_factor_acr.is_empty() {
                query.append_pair("acr_values", &self.settings.second_factor_acr.join(" "));
            }
        }
        Ok(url.into())
    }

    /// Whether an answer came from this provider (RFC 9207): another one that was asked as well cannot pass its answer off as this one's.
    ///
    /// # Errors
    /// [`Refusal::Issuer`]; whatever keeps the metadata from being known.
    pub async fn must_be_from(&self, iss: Option<&str>) -> Result<(), Refusal> {
        let must_say = self.metadata().await?.authorization_response_iss_parameter_supported;
        match iss {
            Some(iss) if iss == self.settings.issuer => Ok(()),
            None if !must_say => Ok(()),
            _ => Err(Refusal::Issuer),
        }
    }

    /// Exchanges a code, and says who it is.
    ///
    /// # Errors
    /// Whatever keeps the answer from being believed.
    pub async fn exchange(&self, code: &str, begun: &Begun<'_>) -> Result<Said, Refusal> {
        let metadata = self.metadata().await?;
        let url = self.outbound.may_ask(&metadata.token_endpoint)?;
        let (form, authorization) = self.form(&metadata, code, begun.verifier)?;
        let answer = self.outbound.post(url, form, authorization).await?;
        let answer = answer_of(answer)?;
        let (claims, algorithm) = self.verified::<IdClaims>(&answer.id_token, is_id).await?;
        let now = self.clock.now();
        let proven_since = match begun.proof {
            ProofAsked::Anew(since) => since,
            ProofAsked::Within(it) => before(now, it.saturating_add(SKEW)),
        };
        claims.checked(&Expected {
            issuer: &self.settings.issuer,
            client: &self.settings.client_id,
            nonce: begun.nonce.expose(),
            access_token: answer.access_token.as_deref(),
            is_eddsa: algorithm == Algorithm::EdDSA,
            now,
            proven_since,
        })
    }

    /// What is sent for a token, and how this client proves who it is: by a header, unless the provider takes none.
    fn form(
        &self,
        metadata: &Metadata,
        code: &str,
        verifier: &Phi<String>,
    ) -> Result<(String, Option<HeaderValue>), Refusal> {
        let takes_header = |it: &Vec<String>| it.iter().any(|it| it == "client_secret_basic");
        let methods = metadata.token_endpoint_auth_methods_supported.as_ref();
        let by_header = methods.is_none_or(takes_header);
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code");
        form.append_pair("code", code);
        form.append_pair("redirect_uri", &self.redirect_uri);
        form.append_pair("code_verifier", verifier.expose());
        let secret = self.secret()?;
        if let Some(secret) = secret.as_ref().filter(|_| by_header) {
            return Ok((form.finish(), Some(self.basic(secret)?)));
        }
        form.append_pair("client_id", &self.settings.client_id);
        if let Some(secret) = secret {
            form.append_pair("client_secret", secret.expose());
        }
        Ok((form.finish(), None))
    }

    /// Whose sessions end, by a logout token.
    ///
    /// # Errors
    /// Whatever keeps it from being believed.
    pub async fn logout(&self, token: &str) -> Result<LogoutTold, Refusal> {
        let (claims, _) = self.verified::<LogoutClaims>(token, is_logout).await?;
        claims.checked(&self.settings.issuer, &self.settings.client_id, self.clock.now())
    }

    /// Read each time where it is a file: whoever changes it restarts nothing.
    fn secret(&self) -> Result<Option<Phi<String>>, Refusal> {
        if self.settings.secret_file.as_os_str().is_empty() {
            return Ok(self.secret.clone());
        }
        let read = read_secret(&self.settings.secret_file, "identity.providers.secret_file");
        read.map(Some).map_err(|_| Refusal::Client)
    }

    /// As RFC 6749, 2.3.1.
    fn basic(&self, secret: &Phi<String>) -> Result<HeaderValue, Refusal> {
        let encoded = |it: &str| byte_serialize(it.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encoded(&self.settings.client_id), encoded(secret.expose()));
        let header = format!("Basic {}", STANDARD.encode(pair));
        let mut header = HeaderValue::try_from(header).map_err(|_| Refusal::Client)?;
        header.set_sensitive(true);
        Ok(header)
    }

    async fn verified<T: DeserializeOwned>(
        &self,
        token: &str,
        is_kind: fn(Option<&str>) -> bool,
    ) -> Result<(T, Algorithm), Refusal> {
        let token = parse(token)?;
        if !is_kind(token.head.typ.as_deref()) {
            return Err(Refusal::Type);
        }
        let keys = self.keys(KEYS_FOR).await?;
        let claims = match token.claims(&keys) {
            // It may have been made since: the provider is asked again, now and then.
            Err(Refusal::Key) => {
                let keys = self.keys(KEYS_AGAIN).await?;
                token.claims(&keys)?
            }
            other => other?,
        };
        Ok((claims, token.algorithm))
    }

    async fn metadata(&self) -> Result<Arc<Metadata>, Refusal> {
        match self.known.metadata(METADATA_FOR).await {
            Some(it) => Ok(it),
            None => self.metadata_in(&self.known.turn(WAIT).await?).await,
        }
    }

    async fn metadata_in(&self, turn: &Turn<'_>) -> Result<Arc<Metadata>, Refusal> {
        if let Some(metadata) = self.known.metadata(METADATA_FOR).await {
            return Ok(metadata);
        }
        let address = format!("{}{WELL_KNOWN}", self.settings.issuer.trim_end_matches('/'));
        let asked = async {
            let bytes = self.outbound.get(self.outbound.may_ask(&address)?).await?;
            let metadata = serde_json::from_slice(&bytes).map_err(|_| Refusal::Metadata)?;
            self.must_be_ours(&metadata)?;
            Ok(metadata)
        };
        let metadata = turn.ask(asked).await?;
        turn.keep_metadata(&metadata).await;
        Ok(metadata)
    }

    /// They are this issuer's, name nobody else, and take a proof of who has asked.
    fn must_be_ours(&self, metadata: &Metadata) -> Result<(), Refusal> {
        let Metadata { authorization_endpoint, token_endpoint, jwks_uri, .. } = metadata;
        for address in [authorization_endpoint, token_endpoint, jwks_uri] {
            self.outbound.may_ask(address)?;
        }
        let methods = metadata.code_challenge_methods_supported.as_ref();
        let takes_proof = methods.is_none_or(|it| it.iter().any(|it| it == "S256"));
        let is_ours = metadata.issuer == self.settings.issuer && takes_proof;
        if is_ours { Ok(()) } else { Err(Refusal::Metadata) }
    }

    /// Keys that were fetched within that time.
    async fn keys(&self, within: Duration) -> Result<Arc<KeySet>, Refusal> {
        if let Some(keys) = self.known.keys(within).await {
            return Ok(keys);
        }
        let turn = self.known.turn(WAIT).await?;
        if let Some(keys) = self.known.keys(within).await {
            return Ok(keys);
        }
        let metadata = self.metadata_in(&turn).await?;
        let asked = async {
            let bytes = self.outbound.get(self.outbound.may_ask(&metadata.jwks_uri)?).await?;
            KeySet::parse(&bytes)
        };
        let keys = turn.ask(asked).await?;
        turn.keep_keys(&keys).await;
        Ok(keys)
    }
}

fn before(now: UnixMillis, by: Duration) -> UnixMillis {
    UnixMillis(now.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
}

/// An ID token says that it is a JWT, or nothing.
fn is_id(typ: Option<&str>) -> bool {
    typ.is_none_or(|it| it.eq_ignore_ascii_case("jwt"))
}

fn is_logout(typ: Option<&str>) -> bool {
    typ.is_some_and(|it| it.eq_ignore_ascii_case("logout+jwt"))
}

fn answer_of((status, body): (u16, Vec<u8>)) -> Result<TokenAnswer, Refusal> {
    match status {
        200 => serde_json::from_slice(&body).map_err(|_| Refusal::Shape),
        400..=499 => {
            let told = serde_json::from_slice::<ErrorAnswer>(&body);
            let is_client = told.is_ok_and(|it| it.error == "invalid_client");
            Err(if is_client { Refusal::Client } else { Refusal::Code })
        }
        _ => Err(Refusal::Down),
    }
}
